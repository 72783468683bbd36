"""Proofs prove what they say, and nothing that is false; certificates are refused for any byte that differs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import z3

from checker.decide import Setting
from checker.explicit.explorer import Explorer
from checker.proof import certificate, solvers
from checker.proof.finding import Finding
from checker.proof.obligations import possible
from checker.proof.prove import first_fault
from checker.proof.reading import read_formula
from checker.proof.steps import UndecidedError
from checker.proof.subject import Subject
from checker.proof.terms import BITS, UNBOUNDED, Evaluation, Width
from checker.studies.proving import prove
from checker.studies.study import INVARIANTS
from checker.verdict import Outcome
from model.notation.expr import Expr, Op, conj, literal, variable
from model.notation.interpreter import Interpreter, State, cells, evaluate
from model.notation.network import keeping_everything
from model.notation.sorts import MODULUS, NotationError, Relation, Value
from model.notation.system import TransitionSystem
from model.tcp.assumptions import Assumptions
from model.tcp.scope import SCOPES
from properties.claim import invariant, monitored
from properties.specification import SPECIFICATIONS, Specification, specification
from tests.command_line import Ask
from tests.models import counter, model
from tests.mutants import CAUGHT, Mutant

DEFAULT = Setting(SCOPES["default"])


def subject(handshake: str, claim: str, helpers: tuple[str, ...] = (), **assumptions: str) -> Subject:
    spec = SPECIFICATIONS[handshake]
    setting = replace(DEFAULT, assumptions=Assumptions(**assumptions))  # type: ignore[arg-type]
    return Subject(spec, spec.claim[claim], tuple(spec.claim[name] for name in helpers), setting)


AGREEMENT = """\
client.state != SYN-RECEIVED
~(client.state == SYN-SENT & client.snd_nxt != client.iss + 1)
~(client.state == ESTABLISHED & ~server.isns.has(client.rcv_nxt - 1))
~(server.state == SYN-RECEIVED & server.iss != server.snd_una)
~(server.state == SYN-RECEIVED & server.rcv_nxt != server.irs + 1)
~(server.state == SYN-RECEIVED & server.snd_nxt != server.snd_una + 1)
~(server.state == SYN-RECEIVED & ~server.isns.has(server.iss))
~network.exists(row: row.destination == client & row.ctl == SYN)
~network.exists(row: row.destination == client & row.data != 0)
~network.exists(row: row.ctl == SYN,ACK & ~server.isns.has(row.seq))
~network.exists(row: row.destination == server & row.ctl == ACK & ~server.isns.has(row.ack - 1))
~(server.state == SYN-RECEIVED & network.exists(row: row.ctl == SYN,ACK & server.iss == row.seq & row.ack != server.irs + 1))
~(server.state == SYN-RECEIVED & ~agreement.agreed & \
network.exists(row: row.destination == server & row.ctl == ACK & server.snd_nxt == row.ack))
~(client.state == ESTABLISHED & server.state == SYN-RECEIVED & ~agreement.agreed & client.rcv_nxt == server.snd_nxt)
"""
"""An invariant that proves agreement. That it is one is what the tests show; it is written down to save the time to find it."""


def agreement(of: Subject) -> list[Expr]:
    return [read_formula(line, of.watched.system) for line in AGREEMENT.splitlines()]


# -- terms mean what formulas mean ---------------------------------------------------------------------------------------------


def fixed(state: State, system: TransitionSystem, evaluation: Evaluation, width: Width) -> Iterator[z3.ExprRef]:
    """Yield terms that say that the state before the step is ``state``, as far as it is asked about."""
    for name, sort in system.sorts.items():
        value = state[name]
        if not isinstance(sort, Relation):
            yield evaluation.variable(name, sort) == width.literal(value, sort)
            continue
        assert isinstance(value, frozenset)
        columns = [column for _, column in sort.columns]
        x = [z3.Const(f"any {i}", width.sort(column)) for i, column in enumerate(columns)]
        rows = [[width.literal(cell, c) for cell, c in zip(row, columns, strict=True)] for row in sorted(value)]
        is_row = [z3.And([a == b for a, b in zip(x, row, strict=True)]) for row in rows]
        yield z3.ForAll(x, evaluation.function(name)(*x) == z3.Or([*is_row, z3.BoolVal(val=False)]))


def met(handshake: str, steps: int) -> list[State]:
    """Return states of a handshake in a scope with all ISNs in the lower half of the circle, breadth first."""
    system = keeping_everything(SPECIFICATIONS[handshake].build(SCOPES["default"], Assumptions()))
    interpreter = Interpreter(system)
    states, seen = [interpreter.initial()], set[tuple[Value, ...]]()
    for state in states:
        for step in interpreter.steps(state):
            key = tuple(step.state.values())
            if key not in seen and len(states) < steps:
                seen.add(key)
                states.append(step.state)
    return states


@pytest.mark.parametrize("width", [BITS, UNBOUNDED], ids=lambda w: w.name)
def test_a_step_is_possible_for_z3_where_it_is_for_the_interpreter(width: Width) -> None:
    """Each action of three-way, in states spread over a search, with every choice of its arguments."""
    system = keeping_everything(SPECIFICATIONS["three-way"].build(SCOPES["default"], Assumptions(seq_check="window")))
    interpreter = Interpreter(system)
    compared = {True: 0, False: 0}
    for state in met("three-way", 3000)[:: 3000 // 4]:
        for action in system.actions:
            for arguments in interpreter.choices(action, state):
                values = cells(action, arguments)
                evaluation, solver = Evaluation(width, system.sorts), z3.Solver()
                for e in possible(action):
                    solver.add(*evaluation.assume(e))
                solver.add(*evaluation.instances())
                sorts = {n: s for p in action.parameters for n, (_, s) in zip(p.names, p.columns, strict=True)}
                solver.add(*(evaluation.parameter(n, s) == width.literal(values[n], s) for n, s in sorts.items()))
                solver.add(*fixed(state, system, evaluation, width))
                enabled = interpreter.enabled(action, state, arguments)
                assert solver.check() == (z3.sat if enabled else z3.unsat), (action.name, values)
                compared[enabled] += 1
    assert min(compared.values()) > 20


def test_distances_backwards_are_the_longest_without_wrap() -> None:
    """Over the integers -1 lies so far ahead of 0 that no window reaches it, as it does on the circle."""
    seq = variable("x", SPECIFICATIONS["three-way"].build(SCOPES["small"], Assumptions()).sorts["client.iss"])
    for width in (BITS, UNBOUNDED):
        for x, inside in ((0, True), (9, True), (10, False), (-1 % MODULUS, False)):
            evaluation, solver = Evaluation(width, {"x": seq.sort}), z3.Solver()
            solver.add(*evaluation.assume(seq.in_window(literal(0, seq.sort), 10)))
            solver.add(evaluation.variable("x", seq.sort) == width.literal(x, seq.sort))
            assert (solver.check() == z3.sat) is inside


# -- formulas are read as they are written -------------------------------------------------------------------------------------


def test_what_is_printed_is_read_again() -> None:
    of = subject("three-way", "agreement")
    assert [str(e) for e in agreement(of)] == AGREEMENT.splitlines()
    system = of.watched.system
    read = 0
    for action in system.actions:
        for e in (action.guard, *action.updates.values()):
            for part in e.args if e.op is Op.AND else (e,):
                if part.sort == system.actions[0].guard.sort and not any(p.names for p in action.parameters):
                    assert str(read_formula(str(part), system)) == str(part)
                    read += 1
    assert read > 10


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("client.stat == CLOSED", "did you mean 'client.state'?"),
        ("client.state == CLOSD", "did you mean 'CLOSED'?"),
        ("client.state", "not a truth value"),
        ("client.state == CLOSED client", "after a formula"),
        ("(client.state == CLOSED", "missing"),
        ("client.iss < 3", "no order"),
        ("CLOSED == CLOSED", "both constants"),
        ("network.exists(row: row.sequence == 1)", "seq"),
        ("network.holds(1)", "did you mean"),
        ("", "ends too early"),
        ("ite(1, 2) == CLOSED", "ite(...) takes"),
        ("(" * 3000 + "client.state == CLOSED", "stand in each other"),
        ("~" * 3000 + "client.exists", "stand in each other"),
        ("client.iss + 99999999999 == 5", "no 32-bit number"),
    ],
)
def test_a_formula_that_is_none_is_answered_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(NotationError) as raised:
        read_formula(text, subject("three-way", "agreement").watched.system)
    assert says in str(raised.value)


# -- invariants ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seq_check", ["exact", "window", "none"])
@pytest.mark.parametrize("width", [BITS, UNBOUNDED], ids=lambda w: w.name)
def test_agreement_is_proved_under_every_check(width: Width, seq_check: str) -> None:
    """The invariant does not speak of SEG.SEQ, so that one proof does for all checks. Two solvers agree."""
    of = subject("three-way", "agreement", seq_check=seq_check)
    for obligation in of.proof(agreement(of), width).obligations():
        text = obligation.smt2()
        assert {ask(text, 20) for ask in solvers.SOLVERS.values()} == {"unsat"}, obligation.name


KEPT = sorted(path.stem for path in INVARIANTS.glob("*.txt") if path.stem != "three-way-agreement")


NUMBERED = ("text-is-acknowledged", "numbers-only-grow", "acknowledged-was-received")
"""Claims about numbers that need an invariant."""
SLOW = tuple(f"three-way-{claim}" for claim in NUMBERED[1:])
"""Invariants of so many conjuncts that showing them takes a quarter of a minute each."""


def test_what_is_claimed_of_both_is_kept() -> None:
    """All that is asserted of three-way under either check, and of four-way what it does not violate; agreement is above."""
    claims = {"no-stale-establishment", "one-connection-per-attempt", "client-agreement", "isn-acknowledged", "isn-paired"}
    others = {"agreement", *claims} - {"client-agreement"}  # which four-way violates: its client is ESTABLISHED too early
    expected = {f"three-way-{claim}{end}" for claim in claims for end in ("", "-window")}
    expected |= {f"three-way-{claim}" for claim in (*NUMBERED, "reset-is-for-this-attempt")}
    assert set(KEPT) == expected | {f"four-way-{claim}" for claim in others}


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.long) if name in SLOW else name for name in KEPT])
def test_an_invariant_that_is_kept_proves_its_claim_at_both_widths(name: str, ask: Ask) -> None:
    """Each obligation is made anew, from the model as it is now, and shown."""
    claim, window, _ = name.partition("-way-")[2].partition("-window")
    check = "window" if window else "exact"
    handshake = name.partition("-way-")[0] + "-way"
    answer = ask(
        *("prove", handshake, claim, "--invariant", str(INVARIANTS / f"{name}.txt"), "--seq-check", check, "--json"),
        *("--timeout", "600"),
    )
    (record,) = answer.records
    assert (answer.code, record["verdict"], set(record["invariants"])) == (0, "holds", {"32", "unbounded"})


@pytest.mark.parametrize("left_out", range(14))
def test_no_conjunct_can_be_left_out(left_out: int) -> None:
    of = subject("three-way", "agreement")
    conjuncts = [e for i, e in enumerate(agreement(of)) if i != left_out]
    fault = first_fault(of, conjuncts, BITS)
    assert fault is not None


def test_a_counterexample_to_induction_is_one() -> None:
    """By the interpreter: the state meets all conjuncts, the step is possible, and breaks the conjunct named."""
    of = subject("three-way", "agreement")
    conjuncts = agreement(of)[:-2]
    wrong = read_formula("server.state == ESTABLISHED", of.watched.system)
    fault = first_fault(of, [*conjuncts, ~wrong], BITS)
    assert fault is not None
    assert fault.trace is not None
    assert all(evaluate(e, fault.trace.initial) is True for e in [*conjuncts, ~wrong])
    broken = fault.conjunct
    if broken is None:
        assert fault.trace.steps[0].states["server"] == "ESTABLISHED"
    else:
        assert evaluate(broken, fault.trace.end) is False


def test_a_conjunct_that_is_false_at_the_start_is_named() -> None:
    of = subject("three-way", "agreement")
    wrong = read_formula("client.state == ESTABLISHED", of.watched.system)
    fault = first_fault(of, [wrong], BITS)
    assert fault is not None
    assert (fault.conjunct, fault.trace) == (wrong, None) or str(fault.conjunct) == str(wrong)


def test_an_invariant_is_true_of_every_state_that_a_search_finds() -> None:
    of = subject("three-way", "agreement")
    spec = of.spec
    watched = monitored(spec.build(SCOPES["default"], Assumptions()), [of.claim])
    explorer = Explorer(replace(watched, system=keeping_everything(watched.system)))
    conjuncts = conj(*agreement(of))
    seen, todo = {explorer.initial}, [explorer.initial]
    while todo and len(seen) < 4000:
        control, pool = todo.pop(0)
        if explorer.lacks(control, pool):
            explorer.grow(control, pool)
        assert evaluate(conjuncts, explorer.state(control, pool)) is True
        for step in explorer.moves[control]:
            after = step.control, pool & step.keep | step.add
            if step.possible(pool) and after not in seen:
                seen.add(after)
                todo.append(after)


def refuses_to_prove(spec: Specification, claim: str, assumptions: Assumptions, seconds: float) -> bool:
    """Return whether no invariant is found, without a look for a counterexample before."""
    of = Subject(spec, spec.claim[claim], (), replace(DEFAULT, assumptions=assumptions))
    try:
        Finding(of, time.monotonic() + seconds, lambda _: None).invariant(UNBOUNDED, ())
    except UndecidedError:
        return True
    return False


@pytest.mark.parametrize("claim", ["agreement", "no-stale-establishment", "isn-acknowledged"])
def test_what_two_way_violates_is_not_proved(claim: str) -> None:
    assert refuses_to_prove(SPECIFICATIONS["two-way"], claim, Assumptions(), 12)


FAULTS = [m for m in CAUGHT if m.caught_by in ("agreement", "client-agreement", "isn-paired", "no-stale-establishment")]


@pytest.mark.parametrize("mutant", FAULTS[:4], ids=lambda m: m.name)
def test_a_fault_is_not_proved(mutant: Mutant) -> None:
    assert mutant.caught_by is not None
    assert refuses_to_prove(specification(mutant.handshake), mutant.caught_by, mutant.assumptions, 10)


@pytest.mark.parametrize("mutant", FAULTS, ids=lambda m: m.name)
def test_an_invariant_of_three_way_does_not_prove_a_faulty_one(mutant: Mutant) -> None:
    """The proof of what a fault violates fails, and the step that breaks it is one of the faulty handshake's."""
    assert mutant.caught_by is not None
    spec = specification(mutant.handshake)
    lines = (INVARIANTS / f"three-way-{mutant.caught_by}.txt").read_text(encoding="utf-8").splitlines()
    setting = replace(DEFAULT, assumptions=mutant.assumptions)
    of = certificate.speaking_of(Subject(spec, spec.claim[mutant.caught_by], (), setting), lines)
    conjuncts = list(certificate.read_invariant(lines, of, mutant.name))
    fault = first_fault(of, conjuncts, BITS)
    assert fault is not None
    assert fault.trace is not None


def test_the_invariant_of_three_way_does_not_prove_two_way() -> None:
    of = subject("two-way", "agreement")
    assert first_fault(of, agreement(of), BITS) is not None


def test_a_system_without_a_network_is_proved() -> None:
    """A counter that stops: its claim holds for a reason that a search in a scope could show too."""
    within = counter(5, lambda n: invariant("within", n.value < 6, trigger=n.value == 5, when="it was 5"))
    assert prove(within, within.claim["within"], DEFAULT, 20).outcome is Outcome.HOLDS
    beyond = counter(5, lambda n: invariant("beyond", n.value < 5, trigger=n.value == 4, when="it was 4"))
    assert prove(beyond, beyond.claim["beyond"], DEFAULT, 20).outcome is Outcome.VIOLATED


def test_mutual_exclusion_is_proved() -> None:
    spec = model("mutual_exclusion.py")
    verdicts = {claim.name: prove(spec, claim, DEFAULT, 20).outcome for claim in spec.safety}
    assert set(verdicts.values()) == {Outcome.HOLDS}


# -- commands ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claim", ["no-stale-establishment", "agreement", "isn-acknowledged", "isn-paired", "one-connection-per-attempt"]
)
def test_what_two_way_violates_is_refuted_as_shortly_as_by_bfs(claim: str, ask: Ask) -> None:
    (refuted,) = ask("prove", "two-way", claim, "--json").records
    (checked,) = ask("check", "two-way", claim, "--json").records
    assert (refuted["verdict"], refuted["trace_length"]) == ("violated", checked["trace_length"])


def test_an_invariant_of_the_users_is_checked(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "invariant.txt"
    path.write_text("# what is known of agreement\n\n" + AGREEMENT, encoding="utf-8")
    answer = ask("prove", "three-way", "agreement", "--invariant", str(path))
    assert (answer.code, answer.err) == (0, "")
    assert "Proved for 32-bit numbers" in answer.out
    path.write_text("".join(AGREEMENT.splitlines(keepends=True)[:5]), encoding="utf-8")
    answer = ask("prove", "three-way", "agreement", "--invariant", str(path))
    assert answer.code == 20
    assert "It is not inductive" in answer.out
    assert "The state before, which need not be one that is reached:" in answer.out
    assert all(len(line) <= 80 for line in answer.out.splitlines())
    path.write_text("client.state == OPEN\n", encoding="utf-8")
    answer = ask("prove", "three-way", "agreement", "--invariant", str(path))
    assert answer.code == 1
    assert "line 1" in answer.err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("prove", "three-way", "connection-possible"), 2, "is a claim of reachability"),
        (("prove", "three-way", "--invariant", "nowhere.txt"), 2, "--invariant is for one claim"),
        (("prove", "three-way", "agreement", "--invariant", "nowhere.txt"), 74, "cannot be read"),
        (("prove", "three-way", "agreement", "-o", "model"), 2, "has other files in it"),
        (("prove", "three-way", "agreement", "-o", "README.md"), 2, "is a file"),
        (("prove", "three-way", "agreement", "-o", "/proc/nowhere"), 74, "cannot be made"),
    ],
)
def test_what_cannot_be_asked_is_answered_in_a_sentence(words: tuple[str, ...], code: int, says: str, ask: Ask) -> None:
    answer = ask(*words)
    assert answer.code == code
    assert says in answer.err
    assert answer.err.count("\n") == 1


def test_what_is_no_certificate_is_refused(ask: Ask, tmp_path: Path) -> None:
    answer = ask("recheck", str(tmp_path))
    assert answer.code == 1
    assert "is no certificate, it has no" in answer.err
