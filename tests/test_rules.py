"""The rules of the handshakes, written in the RFC's order and words: what they are made of, and that it means what it says."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

import model.tcp.handshakes.checks
import model.tcp.handshakes.four_way
import model.tcp.handshakes.three_way
from model import Response, Segment, Tcb
from model.notation.cases import Cases, first, in_turn
from model.notation.circle import as_written, between, from_to, within
from model.notation.expr import TRUE, Expr, conj, lift, literal, variable
from model.notation.interpreter import evaluate
from model.notation.sorts import BOOL, DISTANCE, MODULUS, SEQ, Nat, NotationError, Value
from model.notation.system import TransitionSystem, choose, draw
from model.tcp.assumptions import Assumptions
from model.tcp.composition import COMPOSITIONS
from model.tcp.endpoint import CONTINUE, NUMBERS, continuing
from model.tcp.handshakes import HANDSHAKES, ThreeWay
from model.tcp.handshakes.checks import check
from model.tcp.handshakes.closing import Closing
from model.tcp.handshakes.with_syn import WithSyn
from model.tcp.scope import SCOPES
from model.tcp.segment import ANY_CTL, BITS, COLUMNS, CTL, NO_BITS, bits_of, ctl_with
from tests import oracle
from tests.command_line import Ask

# -- inequalities --------------------------------------------------------------------------------------------------------------

LOW, X, HIGH = (variable(name, SEQ) for name in ("low", "x", "high"))


@pytest.mark.parametrize("low", [0, 7, MODULUS - 3, MODULUS - 1])
@pytest.mark.parametrize("size", [0, 1, 4])
def test_an_inequality_goes_round_the_circle(low: int, size: int) -> None:
    """Going up from ``low``, ``size`` numbers on, what is passed is what is between."""
    high = (low + size) % MODULUS
    passed = [(low + step) % MODULUS for step in range(size + 1)]
    for x in ((low + step) % MODULUS for step in range(-3, 9)):
        state: dict[str, Value] = {"low": low, "x": x, "high": high}
        assert evaluate(between(LOW, X, HIGH), state) is (x in passed[1:])
        assert evaluate(within(LOW, X, HIGH), state) is (x in passed[:-1])
        assert evaluate(from_to(LOW, X, HIGH), state) is (x in passed)
        assert evaluate(within(LOW, X, LOW + size), state) is (x in passed[:-1])
        assert evaluate(between(LOW - 1, X, LOW + size), state) is (x in passed)


@pytest.mark.parametrize(("written", "signs"), [(between, ("<", "=<")), (within, ("=<", "<")), (from_to, ("=<", "=<"))])
def test_an_inequality_is_read_as_it_was_written(written: Callable[[Expr, Expr, Expr], Expr], signs: tuple[str, str]) -> None:
    """Whatever its ends are, as long as their distance is not known."""
    for low, high in ((LOW, HIGH), (LOW + 1, HIGH), (LOW - 100, HIGH)):
        read = as_written(written(low, X, high))
        assert read is not None
        assert (read[1], read[3]) == signs
        assert [part.key for part in read[::2]] == [low.key, X.key, high.key]
    assert as_written(X.in_window(LOW + 2, HIGH - LOW)) is None


def _by_distance(size: Callable[[Expr, Expr], Expr], ahead: int) -> Callable[[Expr, Expr, Expr], Expr]:
    """Return an inequality as it was spelt before there was one: x.in_window(a + 1, b - a) and the like."""
    return lambda low, x, high: x.in_window(low + ahead if ahead else low, size(low, high))


def _window(low: Expr, x: Expr, end: Expr) -> Expr:
    assert end.args[1].sort == DISTANCE  # RCV.NXT + RCV.WND
    return x.in_window(low, int(str(end.args[1].value)))


OLD = {
    "between": _by_distance(lambda low, high: high - low, 1),
    "from_to": _by_distance(lambda low, high: (high + 1) - low, 0),
    "within": _window,
}


def _written(system: TransitionSystem) -> Iterator[object]:
    for a in system.actions:
        yield a.name, str(a.guard), {name: str(value) for name, value in a.updates.items()}


@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_an_inequality_is_the_window_that_it_was(handshake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every action, of a client and a server and of peers, under each check of SEG.SEQ: the same formula."""
    asked = [
        (composition, Assumptions(seq_check=seq_check, rfc5961=rfc5961))
        for composition in (COMPOSITIONS[""], COMPOSITIONS["listeners"])
        for seq_check, rfc5961 in (("exact", True), ("window", True), ("window", False))
    ]

    def systems() -> list[object]:
        return [w for c, assumed in asked for w in _written(HANDSHAKES[handshake](SCOPES["default"], assumed, c).system())]

    now, replaced = systems(), 0
    for module in (model.tcp.handshakes.checks, model.tcp.handshakes.three_way, model.tcp.handshakes.four_way):
        for name, old in OLD.items():
            if hasattr(module, name):
                monkeypatch.setattr(module, name, old)
                replaced += 1
    assert replaced == 5
    assert systems() == now


# -- cases by name -------------------------------------------------------------------------------------------------------------

N = variable("n", BOOL)
LETTERS: Cases[str] = first(N, "alpha").otherwise(~N, "beta").otherwise(True, "gamma")


def test_cases_are_chosen_by_name() -> None:
    def names(cases: Cases[str]) -> list[str]:
        return [then for _, then in cases.branches]

    assert names(LETTERS.without("beta")) == ["alpha", "gamma"]
    assert names(LETTERS.only("gamma", "alpha")) == ["alpha", "gamma"]
    assert names(LETTERS.replacing("beta", "delta")) == ["alpha", "delta", "gamma"]
    assert names(LETTERS.replacing("beta", str.upper)) == ["alpha", "BETA", "gamma"]
    assert names(LETTERS.only("beta") + LETTERS.only("alpha")) == ["beta", "alpha"]
    assert [str(when) for when, _ in LETTERS.under(variable("m", BOOL)).branches] == ["n & m", "~n & m", "m"]
    assert [str(when) for when, _ in LETTERS.replacing("beta", "delta").branches] == ["n", "~n", "true"]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: LETTERS.without("betta"),
        lambda: LETTERS.only("alpha", "betta"),
        lambda: LETTERS.replacing("betta", "delta"),
    ],
)
def test_a_name_that_no_case_has_is_loud(wrong: Callable[[], object]) -> None:
    with pytest.raises(NotationError, match="there is no case 'betta' here; did you mean 'beta'"):
        wrong()


def test_cases_are_added_to_cases_only() -> None:
    with pytest.raises(NotationError, match="what is added to cases is 'beta': write first"):
        LETTERS + "beta"  # type: ignore[operator]


RENAMED = """\
from model import Cases, Response, Segment, Tcb
from model.tcp.handshakes import ThreeWay


class Lenient(ThreeWay):
    name = "lenient"

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        return super().syn_sent(tcb, segment).without("resets_wrong_acks")
"""


def test_a_renamed_branch_is_a_mistake_in_a_file(tmp_path: Path, ask: Ask) -> None:
    """Until names were checked such a file had all the rules, and no verdict that told of it."""
    file = tmp_path / "lenient.py"
    file.write_text(RENAMED, encoding="utf-8")
    answer = ask("check", str(file), "agreement")
    assert answer.code == 65
    assert "line 9" in answer.err
    assert "there is no case 'resets_wrong_acks' here; did you mean 'resets_wrong_ack'" in answer.err


@pytest.mark.parametrize(
    ("gone", "instead"), [("with_syn", r"syn_bit\(tcb, segment\)"), ("create", r"select_iss\(response, tcb, answered\)")]
)
def test_a_rule_that_is_asked_no_more_is_answered_with_the_one_that_is(gone: str, instead: str) -> None:
    with pytest.raises(NotationError, match=f"{gone} is not asked any more: write {instead}"):
        type("Mine", (ThreeWay,), {gone: lambda *_: None})


# -- checks in turn ------------------------------------------------------------------------------------------------------------

TCB = ThreeWay(SCOPES["default"], Assumptions(), COMPOSITIONS["listeners"]).endpoints[0]
ARRIVING = Segment.of(draw("segment", ThreeWay(SCOPES["default"], Assumptions(), COMPOSITIONS["listeners"]).network).row)
NXT, UNA = f"{TCB.role}.rcv_nxt", f"{TCB.role}.snd_una"


def test_a_later_check_sees_what_an_earlier_one_has_done() -> None:
    counts = Response("counts", "counts.", continues=True).set(TCB, rcv_nxt=TCB.rcv_nxt + 1)
    notes = Response("notes", "notes.").set(TCB, snd_una=TCB.rcv_nxt).send(TCB.acknowledgment())
    ((when, both), (otherwise, alone)) = in_turn(first(True, counts), first(TCB.rcv_nxt == 5, notes)).branches
    assert (str(when), str(otherwise)) == (f"{NXT} + 1 == 5", "true")
    assert {name: str(value) for name, value in both.updates.items()} == {NXT: f"{NXT} + 1", UNA: f"{NXT} + 1"}
    assert [str(s.ack) for s in both.sends] == [f"{NXT} + 1"]
    assert (both.name, both.continues, alone) == ("notes", False, counts)


def test_what_returns_ends_processing() -> None:
    drops, takes = Response("drops", "drops it."), Response("takes", "takes it.")
    one, other = in_turn(first(ARRIVING.rst, drops), first(True, takes)).disjoint()
    assert (one[1], other[1]) == (drops, takes)
    assert other[0].key == (~ARRIVING.rst).key


def test_what_does_more_than_to_note_numbers_down_keeps_its_name() -> None:
    opens = Response("opens", "opens.", continues=True).establish(TCB)
    for added, name, doc in (
        (("", ""), "opens_and_takes", "opens, and takes text."),
        (("with_text", " and takes its text."), "opens_with_text", "opens and takes its text."),
    ):
        takes = Response("takes", "takes text.", added=added).accept()
        assert (opens.then(takes).name, opens.then(takes).doc) == (name, doc)
    seen = Response("sees", "sees.", continues=True).accept()
    assert seen.then(Response("takes", "takes text.")).name == "takes"


def test_where_nothing_is_done_there_is_no_alternative() -> None:
    takes = Response("takes", "takes it.")
    ((when, then),) = in_turn(first(ARRIVING.rst, CONTINUE), first(ARRIVING.syn, takes)).branches[-1:]
    assert then is takes
    assert when.key == (conj(~ARRIVING.rst, ARRIVING.syn)).key
    assert in_turn(first(ARRIVING.rst, CONTINUE)).branches == ()


def test_what_two_checks_choose_by_one_name_is_one_choice() -> None:
    one, other = (Response(name, "chooses.", continues=True).choosing(choose("p", BOOL)) for name in ("one", "other"))
    assert len(one.then(other).parameters) == 1
    with pytest.raises(NotationError, match="one and other choose 'p' differently"):
        one.then(Response("other", "chooses.").choosing(choose("p", SEQ, among=(1, 2))))


class Watched(ThreeWay):
    """The three-way handshake, whose checks of §3.10.7.4 can be asked one by one."""

    name = "watched"

    def in_order(self, tcb: Tcb, segment: Segment) -> tuple[Cases[Response], ...]:
        checks = (self.sequence_number, self.rst_bit, self.syn_bit, self.ack_field, self.segment_text)
        return tuple(asked(tcb, segment) for asked in checks)


def _one_by_one(
    checks: tuple[Cases[Response], ...], state: dict[str, Value], cells: dict[str, Value]
) -> tuple[object, ...] | None:
    """Go through checks as §3.10.7.4 says: each is asked of the state that those before it have left, until one returns."""
    now, sent, done = dict(state), list[tuple[Value, ...]](), False
    for asked in checks:
        met = next((then for when, then in asked.branches if evaluate(when, now, cells)), None)
        if met is None or met is CONTINUE:
            continue
        done = True
        sent += [tuple(evaluate(cell, now, cells) for cell in segment) for segment in met.sends]
        now |= {name: evaluate(value, now, cells) for name, value in met.updates.items()}
        if not met.continues:
            break
    return (now, sent) if done else None


@pytest.mark.parametrize("rfc5961", [True, False])
@pytest.mark.parametrize("seq_check", ["exact", "window", "none"])
def test_the_rule_of_a_state_is_its_checks_one_by_one(seq_check: str, rfc5961: bool) -> None:
    """Each of them by the interpreter, and all of them as one action: states, segments, and which of them there is none for."""
    handshake = Watched(SCOPES["default"], Assumptions(seq_check=seq_check, rfc5961=rfc5961), COMPOSITIONS["listeners"])
    tcb = handshake.endpoints[0]
    segment = Segment.of(draw("segment", handshake.network).row)
    checks = handshake.in_order(tcb, segment)
    random, outcomes = Random(20), set[str]()  # noqa: S311  # examples
    for name, rule in (("SYN-RECEIVED", handshake.syn_received), ("ESTABLISHED", handshake.established)):
        leaves = tuple(rule(tcb, segment).disjoint())
        for _ in range(400):
            state: dict[str, Value] = {f"{tcb.role}.{n}": (100 + random.randrange(4)) for n in NUMBERS}
            state |= {f"{tcb.role}.state": name, f"{tcb.role}.passive": random.random() < 0.5, f"{tcb.role}.isns": frozenset()}
            numbers = (99 + random.randrange(5), 99 + random.randrange(6))
            fields = (tcb.peer, tcb.role, *numbers, random.choice(CTL.members), random.randrange(2))
            cells: dict[str, Value] = dict(zip((f"segment.{column}" for column in COLUMNS), fields, strict=True))
            taken = [then for when, then in leaves if evaluate(when, state, cells)]
            expected = _one_by_one(checks, state, cells)
            if expected is None:
                assert taken == []
                continue
            (then,) = taken
            outcomes.add(then.name)
            after = {**state, **{n: evaluate(value, state, cells) for n, value in then.updates.items()}}
            assert (after, [tuple(evaluate(cell, state, cells) for cell in s) for s in then.sends]) == expected
    assert {
        "receives_ack",
        "receives_ack_with_data",
        "takes_ack",
        "receives_data",
        "resets_wrong_ack_in_syn_received",
    } <= outcomes


# -- control bits --------------------------------------------------------------------------------------------------------------


def test_every_combination_of_control_bits_can_be_said() -> None:
    assert len(ANY_CTL.members) == 2 ** len(BITS)
    assert {frozenset(bits_of(ctl)) for ctl in ANY_CTL.members} == {
        frozenset(bit for i, bit in enumerate(BITS) if n >> i & 1) for n in range(2 ** len(BITS))
    }
    assert ctl_with("ACK,FIN", "ACK,SYN", NO_BITS).members == (*CTL.members, "FIN,ACK", NO_BITS)


@pytest.mark.parametrize(
    ("ctl", "wrong"),
    [("SIN", "'SIN' is no control bit; did you mean 'SYN'"), ("ACK,ACK", "ACK is there twice"), ("", "'' is no control bit")],
)
def test_what_is_no_combination_is_answered(ctl: str, wrong: str) -> None:
    with pytest.raises(NotationError, match=wrong):
        ctl_with(ctl)


def test_a_combination_that_a_handshake_has_not_declared_is_answered() -> None:
    with pytest.raises(NotationError, match=r"write in the class of the handshake: ctl = ctl_with\('FIN,ACK'\)"):
        TCB.segment("FIN,ACK", seq=0)


@pytest.mark.parametrize("ctl", ANY_CTL.members)
def test_each_bit_is_asked_of_the_combination(ctl: str) -> None:
    who = lift("A", TCB.hosts)
    said = Segment(who, who, lift(10, SEQ), lift(0, SEQ), literal(ctl, ANY_CTL), lift(3, ARRIVING.data.sort))
    for bit, asked in (("SYN", said.syn), ("FIN", said.fin), ("RST", said.rst), ("ACK", said.has_ack)):
        assert evaluate(asked, {}) is (bit in ctl.split(","))
    assert evaluate(said.end, {}) == 10 + 3 + ("SYN" in ctl) + ("FIN" in ctl)
    assert evaluate(said.neither_syn_nor_ack_nor_rst, {}) is (ctl in (NO_BITS, "FIN"))


# -- beside the RFC ------------------------------------------------------------------------------------------------------------


BESIDE = {*vars(Closing), *vars(WithSyn), "text_with_syn", "sent_with_syn"} - vars(ThreeWay).keys() - vars(object).keys()
CLOSING = re.compile(rf"\b(closes|{'|'.join(BESIDE)})\b")
"""What hands over to the rules of closing, and of text with a SYN, of which the plain formulation knows nothing."""


def _lines(function: Callable[..., object]) -> int:
    """Return how many lines a function has, but for empty ones, comments, what documents it, and what is about closing."""
    source = textwrap.dedent(inspect.getsource(function))
    (tree,) = ast.parse(source).body
    assert isinstance(tree, ast.FunctionDef)
    documented = range(tree.body[0].lineno, (tree.body[0].end_lineno or 0) + 1) if ast.get_docstring(tree) else ()
    lines = enumerate(source.splitlines(), 1)
    counted = (line for number, line in lines if number not in documented and line.strip() and line.strip()[0] != "#")
    return sum(CLOSING.search(line) is None for line in counted)


def test_the_rules_are_no_longer_than_the_oracle() -> None:
    """§3.10.7.2 to §3.10.7.4 in the notation, and in plain Python by somebody who had no notation, and no FIN."""
    plain: list[Callable[..., object]] = [oracle.arrives, oracle.in_listen, oracle.an_answer, oracle.in_syn_sent]
    plain += [oracle.in_syn_received, oracle.in_established, oracle.takes_text]
    rules: list[Callable[..., object]] = [ThreeWay.listen, ThreeWay.answer_syn, ThreeWay.syn_sent, ThreeWay.complete]
    rules += [ThreeWay.syn_received, ThreeWay.established, ThreeWay.other_states, ThreeWay.sequence_number, ThreeWay.rst_bit]
    rules += [ThreeWay.syn_bit, ThreeWay.ack_field, ThreeWay.segment_text]
    assert sum(map(_lines, rules)) <= sum(map(_lines, plain))


class Finishes(ThreeWay):
    """The eighth check of §3.10.7.4, for a handshake whose segments may have a FIN or no bit at all."""

    name = "finishes"
    ctl = ctl_with("FIN,ACK", NO_BITS)

    def established(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        takes = continuing("receives_fin", "takes a FIN and acknowledges it.").then_set(tcb, rcv_nxt=tcb.rcv_nxt + 1)
        fin_bit = check("Eighth, check the FIN bit", (segment.fin, takes.then_send(tcb.acknowledgment())))
        return in_turn(super().established(tcb, segment), fin_bit)


def test_a_handshake_with_other_control_bits() -> None:
    """What has no bit is dropped; a FIN is counted once, after the text before it, and the ACK that it comes with is taken."""
    system = Finishes(SCOPES["default"], Assumptions()).system()
    usual = ThreeWay(SCOPES["default"], Assumptions()).system()
    more = {a.name for a in system.actions} - {a.name for a in usual.actions}
    dropping = {f"{role}_drops_without_ack" for role in ("client", "server")}
    taking = {f"{role}_{before}receives_fin" for role in ("client", "server") for before in ("", "receives_data_and_")}
    assert more == dropping | taking | {
        "server_drops_without_ack_in_syn_received",
        "client_drops_without_ack_in_syn_received",
        "server_drops_other_control",
    }
    fields = ("client", "server", 7, 42, "FIN,ACK", 2)
    cells: dict[str, Value] = dict(zip((f"segment.{column}" for column in COLUMNS), fields, strict=True))
    numbers = {"iss": 40, "irs": 5, "snd_una": 41, "snd_nxt": 42, "rcv_nxt": 7}
    state: dict[str, Value] = {"server.state": "ESTABLISHED", **{f"server.{name}": n for name, n in numbers.items()}}
    rule = Finishes(SCOPES["default"], Assumptions())
    tcb = rule.endpoints[1]
    segment = Segment.of(draw("segment", rule.network).row)
    (taken,) = (then for when, then in rule.established(tcb, segment).disjoint() if evaluate(when, state, cells))
    after = {name: evaluate(value, state, cells) for name, value in taken.updates.items()}
    assert after == {"server.snd_una": 42, "server.rcv_nxt": 10}
    assert [evaluate(sent.ack, state, cells) for sent in taken.sends] == [9, 10]


@pytest.mark.parametrize("written", [between, within, from_to])
def test_an_inequality_takes_constants_and_says_of_what_is_no_sequence_number_what_to_write(
    written: Callable[..., Expr],
) -> None:
    """Catches a constant that is no formula, and counters that end in a message of Python's."""
    low, high = literal(2, SEQ), literal(4, SEQ)
    assert written(2, X, high) is written(low, X, high)
    assert written(low, X, 4) is written(low, X, high)
    for given in ((1, 2, 3), (variable("n", Nat(3)),) * 3):
        with pytest.raises(NotationError, match="it is for sequence numbers; what has an order is compared in it"):
            written(*given)


def test_what_cannot_be_taken_in_turn_is_answered() -> None:
    """Catches a message about an attribute that the reader never wrote."""
    with pytest.raises(NotationError, match="a check taken in turn is 1: write cases, such as first"):
        in_turn(1)  # type: ignore[arg-type]
    with pytest.raises(NotationError, match="what is done in a check taken in turn is 'drops': write a Response or a Reaction"):
        in_turn(first(TRUE, "drops"))  # type: ignore[type-var]
