"""Names: what can be one, that two things are never taken for one, and that no text is taken for anything but a name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import z3
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from checker.decide import Setting
from checker.explicit.search import search
from checker.explicit.source import Translation
from checker.export.promela import promela
from checker.export.tla import tla
from checker.host.limits import Limits, Strategy
from checker.liveness.search import find_lasso
from checker.proof import symbols, terms
from checker.proof.files import file_name
from checker.proof.kinduction import _Induction
from checker.proof.obligations import Proof
from checker.proof.reading import read_formula, written
from checker.proof.smtlib import script
from checker.proof.solvers import SOLVERS, by_z3
from checker.proof.subject import Subject
from checker.proof.terms import BITS, UNBOUNDED, Evaluation, Width
from checker.symbolic.bmc import bounded_search
from model.notation.analysis import mentions
from model.notation.expr import FALSE, TRUE, Expr, Op, negate
from model.notation.pretty import pretty
from model.notation.sorts import BOOL, Enum, Nat, NotationError, Relation, Sort
from model.notation.system import Action, Event, TransitionSystem, Variable, View, choose, draw
from model.tcp.endpoint import EventKind
from model.tcp.scope import SCOPES
from properties.claim import Claim, Kind, invariant
from properties.fairness import some_step
from properties.observe import Check, Monitored, Obligation, Seen
from properties.specification import SPECIFICATIONS, specify
from reports.document import document, one_action
from tests.command_line import Ask
from tests.hostile_names import NAMES, renamed
from tests.random_systems import plain_systems
from tests.test_export import needs_spin, spin

DEPTH = 4
SECONDS = 20.0
"""What a solver may take for a question that takes it milliseconds."""

# -- what can be a name ------------------------------------------------------------------------------------------------

NO_NAMES = (
    "",
    " ",
    " a",
    "a ",
    "a  b",
    "a\nb",
    "a\rb",
    "a\x00b",
    "a\x85b",
    "a\u2028b",
    "a\u202eb",
    "a\u200bb",
    "\ud800",
    "a" * 201,
)
READ = Variable("v", BOOL, False).value
DECLARED: Mapping[str, Callable[[str], object]] = {
    "a variable": lambda name: Variable(name, BOOL, False),
    "a choice": lambda name: choose(name, BOOL),
    "a row drawn": lambda name: draw(name, Variable("r", Relation((("n", BOOL),)), frozenset()).value),
    "an action": Action,
    "who acts": lambda name: Action("a", by=name) if name else Action(name),
    "an event": lambda name: Event(EventKind.OPENS, name),
    "an Enum": lambda name: Enum(name, ("a",)),
    "a member": lambda name: Enum("E", ("a", name)),
    "a column": lambda name: Relation((("a", BOOL), (name, BOOL))),
    "a system": lambda name: TransitionSystem(name, (), ()),
    "a role": lambda name: TransitionSystem("s", (Variable("v", BOOL, False),), (), {name: View(READ)}),
    "a claim": lambda name: invariant(name, READ, trigger=READ, when="it was so"),
}


@pytest.mark.parametrize("name", NO_NAMES, ids=ascii)
@pytest.mark.parametrize("declare", DECLARED.values(), ids=DECLARED)
def test_what_cannot_be_a_name_is_refused_where_it_is_declared(declare: Callable[[str], object], name: str) -> None:
    with pytest.raises(NotationError) as raised:
        declare(name)
    assert "a name has from 1 to 200 signs that can be seen, and single spaces between them" in str(raised.value)
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("declare", DECLARED.values(), ids=DECLARED)
def test_anything_that_can_be_seen_is_a_name(declare: Callable[[str], object]) -> None:
    for name in (*NAMES, "client.state", "SYN,ACK", "three-way/ports-1", "(events).client", "x" * 200):
        declare(name)


def test_cells_of_one_action_are_read_by_different_names() -> None:
    """Two rows drawn in one action, whose parameters and columns differ, and which formulas could not tell apart."""
    one = draw("a", Variable("r", Relation((("b.c", BOOL),)), frozenset()).value)
    other = draw("a.b", Variable("s", Relation((("c", BOOL),)), frozenset()).value)
    bags = tuple(Variable(name, p.source.sort, frozenset()) for name, p in (("r", one), ("s", other)) if p.source is not None)
    with pytest.raises(NotationError, match=r"two parameters of which formulas read 'a\.b\.c'"):
        TransitionSystem("s", bags, (Action("x", parameters=(one, other)),))
    TransitionSystem("s", bags, (Action("x", parameters=(one,)), Action("y", parameters=(other,))))


def remembering(name: str, *observers: str) -> Claim:
    """Return a claim that remembers something, and never minds."""
    kept = tuple(Variable(observer, BOOL, False) for observer in observers)
    so = "it is so"
    return Claim(name, Kind.SAFETY, so, so, so, so, so, so, (), lambda _: Seen(trigger=TRUE), kept)


@pytest.mark.parametrize(
    ("variable", "claims", "says"),
    [
        ("c.told", (remembering("c", "told"),), "claim 'c' remembers 'c.told', which is also a variable of s"),
        ("v", (remembering("a", "b.c"), remembering("a.b", "c")), "'a.b.c', which is also what claim 'a' remembers"),
        ("(events).client", (), "begins with a parenthesis"),
        ("v", (remembering("(events)"),), "begins with a parenthesis"),
    ],
)
def test_what_claims_remember_has_names_of_its_own(variable: str, claims: tuple[Claim, ...], says: str) -> None:
    with pytest.raises(NotationError) as raised:
        specify(TransitionSystem("s", (Variable(variable, BOOL, False),), (Action("rests"),)), claims)
    assert says in str(raised.value)


# -- a variable and a parameter of one name -----------------------------------------------------------------------------


def colliding(ticks: int) -> TransitionSystem:
    """Return a system that counts up to ``ticks`` and then sets ``n`` to whatever it chooses, which is called ``n`` too."""
    count, n, k = Variable("count", Nat(ticks), 0), Variable("n", Nat(3), 0), choose("n", Nat(3))
    counts = Action("ticks", guard=count.value < ticks, updates={"count": count.value + 1})
    sets = Action("sets", guard=count.value == ticks, updates={"n": k.value}, parameters=(k,))
    return TransitionSystem("collide", (count, n), (counts, sets))


NO_N = Variable("n", Nat(3), 0).value == 0
N_IS_0 = Check("n-is-0", {"sets": choose("n", Nat(3)).value != 0})


@pytest.mark.parametrize("width", [BITS, UNBOUNDED], ids=lambda w: w.name)
@pytest.mark.parametrize("ticks", [5, 500_000])
def test_that_n_is_0_is_not_inductive_where_n_is_set_to_an_n_that_is_chosen(ticks: int, width: Width) -> None:
    """The step from n = 0 in which 1 is chosen breaks it, however many steps come before; the search below takes them."""
    proof = Proof(Monitored(colliding(ticks), (N_IS_0,)), N_IS_0, (NO_N,), width)
    answers = {o.name: {ask(o.smt2(), SECONDS) for ask in SOLVERS.values()} for o in proof.obligations()}
    assert answers == {
        "initiation": {"unsat"},
        "consecution-ticks": {"unsat"},
        "consecution-sets": {"sat"},
        "safety-sets": {"sat"},
    }


def test_the_claim_is_violated_after_the_last_tick() -> None:
    watched = Monitored(colliding(5), (N_IS_0,))
    assert len(search(watched).schedules["n-is-0"]) == len(bounded_search(watched, Limits(depth=7)).schedules["n-is-0"]) == 6


COLLIDE = """\
from model import Action, Nat, TransitionSystem, Variable, choose
from properties import invariant, specify

count = Variable("count", Nat({ticks}), 0)
n = Variable("n", Nat(3), 0)
k = choose("n", Nat(3))
SPEC = specify(
    TransitionSystem("collide", (count, n), (
        Action("ticks", guard=count.value < {ticks}, updates={{"count": count.value + 1}}),
        Action("sets", guard=count.value == {ticks}, updates={{"n": k.value}}, parameters=(k,)),
    )),
    claims=(invariant("n-is-0", n.value == 0, trigger=count.value > 0, when="it ticked"),),
)
"""


def test_the_command_refutes_it(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "collide.py"
    file.write_text(COLLIDE.format(ticks=5), encoding="utf-8")
    answer = ask("prove", str(file), "--timeout", "20")
    assert answer.code == 12
    assert "violated" in answer.out


INJECT = """\
from model import Enum
PHASE = Enum("Phase", ("idle", "two\\n(assert false)\\n; lines"))
"""


def test_a_name_that_is_none_is_answered_with_its_line(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "inject.py"
    file.write_text(INJECT, encoding="utf-8")
    answer = ask("prove", str(file))
    assert (answer.code, answer.out) == (65, "")
    assert re.fullmatch(r"synproof: \S*inject\.py, line 2: a member of Phase is 'two.*: a name has from 1 to .*\n", answer.err)


SORTS = """\
from model import BOOL, Action, Nat, TransitionSystem, Variable, choose
from properties import invariant, specify
n = Variable("n", Nat(3), 0)
b = Variable("b", BOOL, False)
one, other, same = choose("k", Nat(3)), choose("k", BOOL), choose("n", BOOL)
SPEC = specify(TransitionSystem("sorts", (n, b), (
    Action("a", guard=one.value < 2, updates={"n": one.value}, parameters=(one,)),
    Action("c", guard=other.value & (n.value < 2), updates={"b": other.value}, parameters=(other,)),
    Action("d", guard=same.value & (n.value < 2), updates={"n": n.value + 1}, parameters=(same,)))),
    claims=(
        invariant("holds", n.value != 3, trigger=n.value > 0, when="n was more than 0"),
        invariant("fails", n.value != 2, trigger=n.value > 0, when="n was more than 0"),
    ))
"""
"""Parameters of one name and different sorts, and one called like a variable of another sort. ``n`` comes from 0 or 1 to 2 by
``d``, and never to 3: ``d`` adds to less than 2, and ``a`` chooses less than 2."""


def test_parameters_of_one_name_have_the_sorts_that_each_has(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "sorts.py"
    file.write_text(SORTS, encoding="utf-8")
    for words in (("check",), ("prove",)):
        assert ask(*words, str(file), "holds").code == 0, words
        assert ask(*words, str(file), "fails").code == 12, words
    assert ask("check", str(file), "fails", "--engine", "bmc").code == 12
    for language in ("promela", "tla"):
        assert ask("export", str(file), "--to", language, "--claims", "all").code == 0


def test_what_is_chosen_is_told_from_a_variable_where_the_model_is_shown(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "collide.py"
    file.write_text(COLLIDE.format(ticks=5), encoding="utf-8")
    assert "Set n to ?n." in ask("show", str(file)).out
    system = colliding(5)
    assert "n := ?n" in one_action(system, system.action["sets"])


# -- symbols, comments, files ------------------------------------------------------------------------------------------


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(symbols.Kind), st.lists(st.text("n#%|\\x1; é.$?"), min_size=1, max_size=3)), min_size=2)
)
def test_no_two_things_have_one_symbol(things: list[tuple[symbols.Kind, list[str]]]) -> None:
    different = {(kind, tuple(parts)) for kind, parts in things}
    assert len({symbols.symbol(kind, *parts) for kind, parts in different}) == len(different)


def test_every_symbol_is_taken_by_both_solvers_and_means_nothing_else() -> None:
    """Each name as a variable, a parameter and a cell, all of them different: which can be only where none is another."""
    unknowns = [
        z3.BitVec(symbols.symbol(kind, *parts), 16)
        for name in NAMES
        for kind, parts in (
            (symbols.Kind.VARIABLE, (name,)),
            (symbols.Kind.PARAMETER, (name,)),
            (symbols.Kind.CELL, (name, name, 1)),
        )
    ]
    apart = [(name, unknown == z3.BitVecVal(i, 16)) for i, (name, unknown) in enumerate(zip(NAMES * 3, unknowns, strict=True))]
    text = script(apart, ["a\n(assert false)\r(assert false)\u2028(assert false)"], "QF_UFBV")
    assert {ask(text, SECONDS) for ask in SOLVERS.values()} == {"sat"}
    contrary = script([*apart, ("", unknowns[0] != z3.BitVecVal(0, 16))], [], "QF_UFBV")
    assert {ask(contrary, SECONDS) for ask in SOLVERS.values()} == {"unsat"}


def test_an_obligation_says_nothing_that_its_texts_say() -> None:
    """A text in a comment that would assert false, did it end the comment, makes no obligation unsatisfiable."""
    n = Variable("n", Nat(3), 0)
    check = Check("c", {"goes": TRUE})
    system = TransitionSystem("s", (n,), (Action("goes", updates={"n": n.value + 1}),))
    (safety,) = [o for o in Proof(Monitored(system, (check,)), check, (), BITS).obligations() if o.name.startswith("safety")]
    text = replace(safety, says="so\n(assert false)\n").smt2()
    assert {ask(text, SECONDS) for ask in SOLVERS.values()} == {"sat"}


def test_each_action_has_a_file_of_its_own_on_every_file_system() -> None:
    actions = [
        *NAMES,
        "../../x",
        "a/b",
        "A/B",
        "CON",
        "con",
        "con.txt",
        "%63on",
        ".",
        "..",
        "x" * 200,
        "x" * 199 + "y",
        "X",
        "x",
    ]
    files = [file_name(action) for action in actions]
    assert len({name.lower() for name in files}) == len(set(actions))
    assert all(re.fullmatch(r"[a-z0-9_%~-]{1,130}", name) for name in files)
    assert not {"con", "nul"} & set(files)
    for spec in SPECIFICATIONS.values():
        system = spec.build(SCOPES["small"], Setting(SCOPES["small"]).assumptions)
        assert all(file_name(name) == name for name in system.action if name == name.lower())


# -- formulas are read as they are written -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_whatever_the_names_a_formula_is_read_as_it_was(seed: int) -> None:
    """Every name of the list is a variable, a value and a column in turn, and most are called like another."""
    chance = NAMES[seed * 7 :] + NAMES[: seed * 7]
    members, variables = chance[:30], chance[15:60]
    sort = Enum("E", members)
    rows = Relation(tuple((name, sort) for name in chance[20:40]))
    scalars = tuple(Variable(name, sort, members[0]) for name in variables)
    bag = Variable(chance[60], rows, frozenset())
    system = TransitionSystem("s", (*scalars, bag), ())

    def formulas(member: str, v: Variable, column: str) -> tuple[Expr, ...]:
        return (
            v.value == member,
            (scalars[0].value == v.value) | (v.value != member),
            bag.value.exists(lambda row: (row[column] == member) & bag.value.forall(lambda r: r[column] == row[column])),
            bag.value.exists(lambda row: row[column] == v.value),
            bag.value.has(*(cell.value for cell in scalars[:20])),
        )

    for member, v, column in zip(members, scalars, rows.names * 2, strict=False):
        for e in formulas(member, v, column):
            text = written(e, system)
            assert read_formula(text, system) is e, text


def test_ordinary_names_stand_bare() -> None:
    sort = Enum("E", ("SYN,ACK", "SYN-SENT", "two words", "true", "client.state"))
    v = Variable("client.state", sort, "true")
    told = [written(v.value == member, TransitionSystem("s", (v,), ())) for member in sort.members]
    assert [text.removeprefix("client.state == ") for text in told] == [
        "SYN,ACK",
        "SYN-SENT",
        '"two words"',
        '"true"',
        '"client.state"',
    ]
    assert pretty(v.value == "client.state") == "client.state == client.state"


@pytest.mark.parametrize("text", ["n == ²", "n == ٣", "n == 1²", "² == n", "n == 1x"])
def test_other_digits_are_no_numbers(text: str, ask: Ask, tmp_path: Path) -> None:
    file, given = tmp_path / "collide.py", tmp_path / "invariant.txt"
    file.write_text(COLLIDE.format(ticks=5), encoding="utf-8")
    given.write_text(f"{text}\n", encoding="utf-8")
    answer = ask("prove", str(file), "n-is-0", "--invariant", str(given))
    assert (answer.code, answer.out) == (1, "")
    assert re.fullmatch(r"synproof: .*, line 1: .* is no variable and no name of a value; .*\n", answer.err)


# -- the same system by other names ------------------------------------------------------------------------------------


def proof_answers(monitored: Monitored, conjuncts: Sequence[Expr], width: Width) -> list[str]:
    """Return what Z3 says of each obligation, or why there is none."""
    try:
        proof = Proof(monitored, monitored.checks[1], tuple(conjuncts), width)
        return [by_z3(o.smt2(), SECONDS) for o in proof.obligations()]
    except NotationError as error:
        return [str(error).partition(":")[0]]


def candidates(monitored: Monitored) -> list[Check]:
    """Return checks whose conditions are about states, to make invariants of, and one that asks for nothing."""
    stops = [e for check in monitored.checks for e in check.stop.values()]
    states = [e for e in stops if not any(op is Op.PARAMETER for op, _ in mentions(e))]
    return [Check(f"conjunct {i}", at_start=negate(e)) for i, e in enumerate(states[:3])]


def asked_of(monitored: Monitored) -> Monitored:
    """Return a system with all that is asked of it as checks: so it is renamed with it."""
    system, ours = replace(monitored.system, constraint=TRUE), candidates(monitored)  # it is in the guards already
    states = [negate(check.at_start) for check in ours] or [FALSE]
    fair = (some_step(system),)
    lasting = Check("lasting", obligation=Obligation(TRUE, states[0], fair))
    return Monitored(system, (*monitored.checks, *ours, lasting))


def answers(monitored: Monitored, *, quick: bool) -> Iterator[object]:
    """Yield what each engine says."""
    checks = [c for c in monitored.checks if c.obligation is None and not c.name.startswith("conjunct")]
    conjuncts = [c.at_start for c in monitored.checks if c.name.startswith("conjunct")]
    watched = replace(monitored, checks=tuple(checks))
    yield proof_answers(watched, conjuncts, BITS)
    yield proof_answers(watched, conjuncts[:1], UNBOUNDED)
    if quick:
        return
    for strategy in (Strategy(), Strategy(1, handover=1)):
        found = search(watched, Limits(depth=DEPTH), strategy=strategy)
        yield found.counts.states, found.counts.transitions, found.counts.depth, found.complete, found.triggered
        yield {name: len(schedule) for name, schedule in found.schedules.items()}
    bounded = bounded_search(watched, Limits(depth=DEPTH - 1))
    yield {name: len(schedule) for name, schedule in bounded.schedules.items()}, bounded.triggered
    lasting = replace(monitored, checks=tuple(c for c in monitored.checks if c.obligation is not None))
    lasso = find_lasso(lasting, Limits(states=2000))
    yield lasso.complete and (not lasso.schedules, lasso.counts.states, lasso.counts.open_states)
    yield induction(watched)


def induction(monitored: Monitored) -> object:
    """Return what k-induction makes of the first check."""
    check = monitored.checks[0]
    claim = replace(remembering("c"), watch=lambda step: Seen(check.stop.get(step.action.name, FALSE), TRUE))
    subject = Subject(specify(monitored.system, (claim,)), claim, (), Setting(SCOPES["small"]))
    try:
        found = _Induction(subject, (), BITS, float("inf"), lambda _: None).up_to(2)
    except (NotationError, RuntimeError, Exception) as error:  # noqa: BLE001  # which it is has to be the same by other names
        return type(error).__name__
    return found.k, found.path is None


def for_each(count: int, compare: Callable[[Monitored, int], None]) -> None:
    """Draw systems and numbers, the same on every run."""

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(plain_systems(), st.integers(0, 2**32))
    def run(monitored: Monitored, seed: int) -> None:
        compare(asked_of(monitored), seed)

    run()


def differing(count: int, *, quick: bool, seen: Counter[str] | None = None) -> int:
    """Return of how many systems something else is said when they are renamed."""
    wrong = 0

    def compare(monitored: Monitored, seed: int) -> None:
        nonlocal wrong
        other = renamed(monitored, seed)
        plain = list(answers(monitored, quick=quick))
        try:
            told = list(answers(other, quick=quick))
        except z3.Z3Exception as error:  # two things of different sorts are one
            told = [str(error)]
        wrong += plain != told
        if seen is not None:
            names = {p.name for a in other.system.actions for p in a.parameters}
            seen["alike"] += bool(names & set(other.system.sorts))
            seen["sat"] += sum("sat" in said for said in plain if isinstance(said, list))
            seen["unsat"] += sum("unsat" in said for said in plain if isinstance(said, list))
            seen["examples"] += 1

    for_each(count, compare)
    return wrong


def test_no_engine_knows_what_things_are_called() -> None:
    seen: Counter[str] = Counter()
    assert differing(20, quick=False, seen=seen) == 0
    assert min(seen["alike"], seen["sat"], seen["unsat"]) >= 8, seen


@pytest.mark.long
def test_no_engine_knows_what_a_thousand_things_are_called() -> None:
    assert differing(1000, quick=False) == 0


def without_kinds(self: Evaluation, kind: symbols.Kind, name: str, sort: Sort) -> object:
    """Return an unknown as proofs once had it: one for each name, of whatever kind."""
    alike = self.constants.setdefault((symbols.Kind.VARIABLE, name), {})
    if not alike:
        alike[sort] = self.width.constant(name, sort)
        self._ranged(alike[sort], sort)
    return next(iter(alike.values()))


def test_a_proof_that_takes_two_things_for_one_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once one unknown stood for a variable and for a parameter of its name."""
    monkeypatch.setattr(Evaluation, "_unknown", without_kinds)
    assert differing(25, quick=True) >= 1


def test_symbols_without_marks_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that are one another, made of others, or known to solvers: as they are where nothing keeps them apart."""
    monkeypatch.setattr(terms, "symbol", lambda _, *parts: ".".join(map(str, parts)))
    assert differing(25, quick=True) >= 1


# -- other languages ---------------------------------------------------------------------------------------------------


def shapes(text: str) -> list[list[str]]:
    """Return the conjuncts of a module of TLA+, all names in each by the order in which it first mentions them.

    Fields of records are named apart from all else. Which names conjuncts have in common is not compared: parameters of
    different actions have one name or several.
    """
    plain = re.sub(r"^\s*\\\*.*$", "", text, flags=re.MULTILINE)
    found = []
    for part in re.split(r"^(?=\w.* ==$|    [\\/])", plain, flags=re.MULTILINE):
        numbers: dict[str, str] = {}
        tokens = re.findall(r'"(?:[^"\\]|\\.)*"|\.\w+|\w+|[^\w\s]', re.sub(r"(\w+)\s+\|->", r".\1 |->", part))
        named = [t not in TLA_WORDS and re.match(r'\.?[A-Za-z_]|"', t) for t in tokens]
        found.append([numbers.setdefault(t, f"<{len(numbers)}>") if n else t for t, n in zip(tokens, named, strict=True)])
    return found


TLA_WORDS = (
    *("MODULE", "EXTENDS", "Integers", "VARIABLES", "IF", "THEN", "ELSE", "E", "in", "notin", "union", "UNCHANGED"),
    *("TRUE", "FALSE", "BOOLEAN", "Init", "Next", "Spec", "vars"),
)


def test_a_module_of_tla_is_the_same_by_other_names() -> None:
    """Catches a parameter taken for another action's, a name given twice, and a text that ends its comment or its quotes."""
    compared = 0

    def compare(monitored: Monitored, seed: int) -> None:
        nonlocal compared
        watched = replace(monitored, checks=tuple(c for c in monitored.checks if c.obligation is None))
        one, other = (tla(of, "Model", ["a\nb"]) for of in (watched, renamed(watched, seed, members=False)))
        assert shapes(one) == shapes(other)
        compared += 1

    for_each(40, compare)
    assert compared >= 30


def test_a_row_drawn_and_a_choice_are_told_apart_in_tla_by_their_action() -> None:
    """In one action ``s.n`` is the cell of a row, in the other a choice of that name."""
    bag = Variable("bag", Relation((("n", BOOL),)), frozenset())
    row, chosen = draw("s", bag.value), choose("s.n", BOOL)
    actions = (
        Action("takes", guard=row.row.n, parameters=(row,)),
        Action("picks", guard=chosen.value, parameters=(chosen,)),
    )
    text = tla(Monitored(TransitionSystem("s", (bag,), actions)), "Model", [])
    assert re.findall(r"^(\w+)\((\w+)\) ==\n    /\\ (.*)$", text, re.MULTILINE) == [
        ("takes", "s", "s.n"),
        ("picks", "s_n", "s_n"),
    ]


def test_generated_python_has_no_line_that_a_name_wrote() -> None:
    """Each line begins as the ones that are written for plain names, and Python takes the whole."""
    line = re.compile(r"\s*(?:if |for |yield |# \d+ '|# \d+ \"|def steps\(|(?:v\d+_\w*, )*v\d+_\w*, = state$)")

    def compare(monitored: Monitored, seed: int) -> None:
        text = Translation(renamed(monitored, seed)).steps()
        assert text.isascii()
        assert all(line.match(written_line) for written_line in text.split("\n")), text
        compile(text, "text", "exec")

    for_each(40, compare)


@needs_spin
def test_spin_reads_what_has_such_names(tmp_path: Path) -> None:
    """States and steps are those of the search, for one system with all its names out of the list, and its claims."""
    flags = tuple(Variable(name, BOOL, False) for name in NAMES[:20])
    sort = Enum("*/", NAMES[20:60])
    shade, k = Variable("#define x", sort, NAMES[20]), choose(NAMES[0], sort, NAMES[20:23])
    turns = tuple(
        Action(name, guard=~a.value & (k.value == shade.value), updates={a.name: TRUE, shade.name: NAMES[21]}, parameters=(k,))
        for name, a in zip(NAMES[60:63], flags, strict=False)
    )
    watched = Monitored(
        TransitionSystem("a*/b", (*flags, shade), turns), (Check("x */ y", {NAMES[61]: flags[0].value & flags[2].value}),)
    )
    ours, theirs = search(watched, exhaust=True), spin(promela(watched, ["*/", "a\nb"]), tmp_path)
    assert (theirs.states, theirs.transitions) == (ours.counts.states, (ours.counts.transitions or 0) + 1)
    assert theirs.first == len(ours.schedules["x */ y"]) - 1


def test_a_model_is_shown_whatever_its_names() -> None:
    """No line of the text is anything but what is written for plain names, in as many lines for each action."""

    def compare(monitored: Monitored, seed: int) -> None:
        other = renamed(monitored, seed)
        if any(name.startswith("(") for name in (*other.system.sorts, *other.system.action)):
            return
        text = document(specify(other.system), other.system)
        assert all(line.isprintable() for line in text.split("\n"))
        for action in other.system.actions:
            assert all(line.isprintable() for line in one_action(other.system, action).split("\n"))

    for_each(20, compare)
