"""Whatever the notation allows has one meaning in every engine and in what is exported, at its edges as well.

The small files each stand for a kind: what they answer, and why that is right for a second reason, stands beside them. Random
systems at the edges (:mod:`tests.extreme_systems`) are held against the reference semantics: by search, as Python and as
machine code, by bounded model checking, as terms of a proof, by SPIN, and by a reader of TLA+ that knows only the text.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import z3

from checker.explicit import source
from checker.export import promela as promela_text
from checker.export.promela import promela
from checker.export.steps import Instance
from checker.export.tla import configuration, tla
from checker.proof.terms import BITS, UNBOUNDED, Evaluation, Width
from checker.symbolic import lower
from model.notation.analysis import subformulas
from model.notation.expr import TRUE, Expr, Op, parameter, variable
from model.notation.interpreter import Interpreter, State, cells, evaluate
from model.notation.sorts import DISTANCE, SEQ, Nat, NotationError, Relation, Value
from model.notation.system import Action, TransitionSystem, Variable, View, draw
from properties.claim import invariant, monitored
from properties.observe import Check, Monitored
from tests.command_line import Ask
from tests.extreme_systems import WRITTEN, WRITTEN_COLUMNS, edges_of, extreme_system
from tests.naive import Explored, explore
from tests.random_systems import NEVER
from tests.test_export import Spin, spin
from tests.test_random_systems import bounded_agrees, enough, explicit_agrees
from tests.tla_checker import Module

DEPTH = 3

# -- the files ---------------------------------------------------------------------------------------------------------

BEGINS = """
from model import BOOL, SEQ, Action, Enum, Nat, Network, Relation, TransitionSystem, Variable, View, choose, draw
from properties import invariant, reachable, specify
"""
COUNTS = """
x, n = Variable("x", SEQ, 0), Variable("n", Nat(2**40), {begin})
adds = Action("adds", guard=n.value < {begin} + 5, updates={{"x": x.value + n.value, "n": n.value + 1}})
asked = invariant("c", x.value != {never}, trigger=n.value > 0, when="it counted")
M = specify(TransitionSystem("counts", (x, n), (adds,)), (asked,))
"""
VIEWED = """
net, n = Variable("net", Relation((("n", Nat(2)),)), frozenset()), Variable("n", Nat(3), 0)
m = draw("m", net.value)
sends = Action("sends", guard=n.value < 2, sends=((1,),), updates={"n": n.value + 1}, by="a")
gets = Action("gets", parameters=(m,), receives="m", updates={"n": n.value + 1}, by="a")
view = View(n.value, exists=~net.value.exists(lambda r: r.n == 2))
system = TransitionSystem("viewed", (net, n), (sends, gets), views={"a": view}, network=Network("net"))
M = specify(system, (invariant("c", n.value < 3, trigger=n.value > 0, when="it counted"),))
"""
INSTEAD = "as in Relation((('n', Nat(3)),)), or write a variable of the sort BOOL, which says as much"
REFUSED = {
    "no member": (
        'k = choose("k", Enum("Nobody", ()))',
        "Nobody has no members, so that nothing could ever be a Nobody: give it one",
    ),
    "no column": (
        'r = Variable("r", Relation(()), frozenset())',
        f"a relation has no columns: give it one, {INSTEAD}",
    ),
}


def written(folder: Path, text: str) -> str:
    (folder / "model.py").write_text(BEGINS + text, encoding="utf-8")
    return str(folder / "model.py")


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        (COUNTS.format(begin=0, never=6), 4),  # 0 + 1 + 2 + 3 = 6
        (COUNTS.format(begin=0, never=77), None),  # 0, 1, 3, 6, 10 are all the sums
        (COUNTS.format(begin=2**33, never=3), 3),  # 2^33 is twice around the circle, so that 0 + 1 + 2 are added
        (COUNTS.format(begin=2**33 + 2**32 - 1, never=2**32 - 1), 1),  # and so is 3 * 2^32
        (VIEWED, 3),  # two sends count to 2, and one receipt to 3; nothing else counts
    ],
    ids=["sum", "no sum", "beyond the circle", "just before its end", "a view reads the network"],
)
@pytest.mark.parametrize(
    "engine",
    [("check",), ("check", "--engine", "bmc", "--max-depth", "6"), ("prove",), ("check", "--no-reduction"), ("trace",)],
)
def test_each_engine_answers_alike(text: str, steps: int | None, engine: tuple[str, ...], ask: Ask, tmp_path: Path) -> None:
    command, *options = engine
    answer = ask(command, written(tmp_path, text), "c", *options, "--json")
    if steps is None:
        assert answer.code == {"trace": 1, "prove": 20}.get(command, 20 if options[:1] == ["--engine"] else 0)
        return
    assert answer.code == (0 if command == "trace" else 12)
    if command == "trace":
        assert len(json.loads(answer.out)["steps"]) == steps
    else:
        assert [record["trace_length"] for record in answer.records] == [steps]


@pytest.mark.parametrize("why", REFUSED)
@pytest.mark.parametrize("command", ["check", "prove", "graph", "simulate", "show", "explain"])
def test_a_sort_without_values_is_refused_where_it_is_declared(why: str, command: str, ask: Ask, tmp_path: Path) -> None:
    declared, said = REFUSED[why]
    answer = ask(command, written(tmp_path, declared))
    assert (answer.code, answer.err) == (65, f"synproof: {tmp_path / 'model.py'}, line 4: {said}\n")


def test_a_view_is_a_reader_of_the_network(tmp_path: Path, ask: Ask) -> None:
    """Whichever of its formulas it is: none may be judged where every segment is kept, nor where a network is set apart."""
    net = Variable("net", Relation((("n", SEQ),)), frozenset())
    seen = net.value.exists(lambda row: row.n == 1)
    receives = Action("gets", parameters=(draw("m", net.value),))
    for part in ("state", "established", "exists", "spent"):
        view = View(**{"state": TRUE, part: seen})
        system = TransitionSystem("viewed", (net,), (receives,), views={"a": view})
        assert source.pool_of(system, ()) == ""
    assert source.pool_of(TransitionSystem("viewed", (net,), (receives,), views={"a": View(TRUE)}), ()) == "net"
    for command in (
        ("graph",),
        ("simulate",),
        ("explain",),
        ("show",),
        ("export", "--to", "promela"),
        ("export", "--to", "tla"),
    ):
        assert ask(command[0], written(tmp_path, VIEWED), *command[1:]).code == 0


@pytest.mark.parametrize("text", [COUNTS.format(begin=0, never=6)])
@pytest.mark.parametrize("to", ["promela", "tla"])
def test_what_another_checker_cannot_count_is_refused_in_a_sentence(text: str, to: str, ask: Ask, tmp_path: Path) -> None:
    answer = ask("export", written(tmp_path, text), "--to", to)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "synproof: a counter up to 1099511627776 cannot be exported: 2147483647 is the most\n"


@pytest.mark.needs("spin", "gcc")
def test_a_far_counter_that_nothing_counts_is_exported(tmp_path: Path) -> None:
    """It has only to be compared with others."""
    m = Variable("m", Nat(2**40), 7)
    rows = Variable("rows", Relation((("n", Nat(2**40)),)), frozenset({(5,)}))
    action = Action("adds", updates={"rows": rows.value.add(m.value)})
    written_out(Monitored(TransitionSystem("far", (m, rows), (action,))), tmp_path)


def test_a_far_counter_is_less_than_another_in_proofs_without_wrap(ask: Ask, tmp_path: Path) -> None:
    """Half the circle is nothing to a counter: from 2^33 on it never is as small as 2^31, of which it stays above."""
    file = written(tmp_path, COUNTS.format(begin=2**33, never=77).replace("x.value != 77", "n.value >= 2**31"))
    (tmp_path / "invariant.txt").write_text("n >= 2147483648\n", encoding="utf-8")
    proved = ask("prove", file, "c", "--invariant", str(tmp_path / "invariant.txt"), "-o", str(tmp_path / "certificate"))
    assert proved.code == 0, proved.out + proved.err
    assert ask("recheck", str(tmp_path / "certificate"), "--model", file).code == 0


# -- random systems ----------------------------------------------------------------------------------------------------


def explored(watched: Monitored, depth: int | None = DEPTH) -> Explored | None:
    """Return what there is, None where there is too much of it."""
    try:
        return explore(watched, depth)
    except AssertionError:
        return None


def searched(watched: Monitored) -> None:
    """Compare the searches, and bounded model checking."""
    bounded_agrees(watched, explicit_agrees(watched, DEPTH), DEPTH)


def written_out(watched: Monitored, folder: Path) -> None:
    """Compare what is exported, as read by the other checkers."""
    naive = explore(watched)
    nearest = {name: steps - 1 for name, steps in naive.shortest.items()}
    found: Spin = spin(promela(watched, []), folder)
    assert (found.states, found.transitions, found.depth) == (naive.states, naive.transitions + 1, naive.depth)
    assert found.first == min(nearest.values(), default=None)


def read_as_tla(watched: Monitored) -> None:
    """Compare what is exported as TLA+."""
    naive = explore(watched)
    names = re.findall(r"INVARIANT (\w+)", configuration(watched))
    if not watched.system.variables:
        with pytest.raises(NotationError, match="has no variables"):
            tla(watched, "Model", [])
        return
    found = Module(tla(watched, "Model", [])).check(tuple(names))
    assert (found.states, found.transitions, found.depth) == (naive.states, naive.transitions, naive.depth)
    by_name = dict(zip((check.name for check in watched.checks), names, strict=True))
    assert found.broken == {by_name[name]: steps - 1 for name, steps in naive.shortest.items()}


def formulas_of(action: Action, checks: tuple[Check, ...]) -> Iterator[Expr]:
    """Yield what a step evaluates, of a relation whether it then has some row."""
    yield action.guard
    yield from (check.stop[action.name] for check in checks if action.name in check.stop)
    for new in action.updates.values():
        if isinstance(new.sort, Relation):
            for values in zip(*(edges_of(sort) * 2 for _, sort in new.sort.columns), strict=False):
                yield new.has(*values)
        else:
            yield new


def proved_of(watched: Monitored, width: Width, seen: Counter[str], states: int = 3) -> None:
    """Compare the terms of a proof with the interpreter, in some states and with some arguments."""
    interpreter = Interpreter(watched.system)
    state = interpreter.initial()
    for _ in range(states):
        for action in watched.system.actions:
            formulas = [e for e in formulas_of(action, watched.checks) if width is BITS or not wraps(e)]
            quantified = [e for e in formulas if any(part.op is Op.EXISTS for part in subformulas(e))]
            plain = [e for e in formulas if not any(e is other for other in quantified)]
            for arguments in list(interpreter.choices(action, state))[:2]:
                given = Given(watched, action, state, cells(action, arguments), width)
                given.compare(plain)
                for formula in quantified:
                    given.may_be(formula)
                seen[width.name] += len(formulas)
        step = next((step for step in interpreter.steps(state) if step.state != state), None)
        if step is None:
            break
        state = step.state


def wraps(formula: Expr) -> bool:
    """Return whether a formula is about sequence numbers, which without a circle are others."""
    sorts = [part.sort for part in subformulas(formula)]
    columns = [column for sort in sorts if isinstance(sort, Relation) for _, column in sort.columns]
    return bool({SEQ, DISTANCE} & {*sorts, *columns})


@dataclass(frozen=True)
class Given:
    """A state, and the arguments of an action, as the terms of a proof have them."""

    watched: Monitored
    action: Action
    state: State
    values: Mapping[str, Value]
    width: Width

    def compare(self, formulas: list[Expr]) -> None:
        """Fail unless each formula, which has no quantifier, can have the value that it has, and no other."""
        evaluation = Evaluation(self.width, self.watched.system.sorts)
        expected = [self.width.literal(evaluate(e, self.state, self.values), e.sort) for e in formulas]
        terms_of = [evaluation.term(e) for e in formulas]
        pinned = self.pins(evaluation)
        same = z3.And([term == value for term, value in zip(terms_of, expected, strict=True)])
        for asked, outcome in ((same, z3.sat), (z3.Not(same), z3.unsat)):
            solver = z3.Solver()
            solver.add(*pinned, asked)
            assert solver.check() == outcome, f"{formulas} in {self.state} with {self.values}"

    def may_be(self, formula: Expr) -> None:
        """Fail where a formula is true, and what a proof says of it excludes that."""
        if evaluate(formula, self.state, self.values) is not True:
            return
        evaluation = Evaluation(self.width, self.watched.system.sorts)
        said = [*evaluation.assume(formula), *evaluation.instances(rounds=2)]
        solver = z3.Solver()
        solver.add(*said, *self.pins(evaluation))
        assert solver.check() == z3.sat, f"{formula} in {self.state} with {self.values}"

    def pins(self, evaluation: Evaluation) -> list[z3.BoolRef]:
        """Return that everything has the value that it has, rows that were mentioned among it."""
        width, sorts = self.width, self.watched.system.sorts
        cells_of = {n: sort for p in self.action.parameters for n, (_, sort) in zip(p.names, p.columns, strict=True)}
        read = [(parameter(name, sort), self.values[name]) for name, sort in cells_of.items()]
        read += [(variable(name, sort), self.state[name]) for name, sort in sorts.items() if not isinstance(sort, Relation)]
        pinned = [evaluation.term(e) == width.literal(value, e.sort) for e, value in read]
        for name, mentioned in evaluation.rows.items():
            sort, rows = sorts[name], self.state[name]
            assert isinstance(sort, Relation)
            assert isinstance(rows, frozenset)
            for row in mentioned:
                among = [
                    z3.And([a == width.literal(b, s) for a, b, (_, s) in zip(row, there, sort.columns, strict=True)])
                    for there in rows
                ]
                pinned.append(evaluation.function(name)(*row) == z3.Or([z3.BoolVal(val=False), *among]))
        return pinned


def for_each(seeds: range, compare: Callable[[Monitored], None], *, written: bool = False) -> Counter[str]:
    """Compare a system for each seed, and count what they were like."""
    seen = Counter[str]()
    for seed in seeds:
        watched = extreme_system(seed, WRITTEN, WRITTEN_COLUMNS) if written else extreme_system(seed)
        naive = explored(watched, None if written else DEPTH)
        if naive is None:
            continue
        try:
            compare(watched)
        except Exception as error:
            error.add_note(f"the system of seed {seed}")
            raise
        seen["examples"] += 1
        seen["moving"] += naive.states > 1
        seen["decided"] += len(naive.shortest)
    return seen


def test_engines_agree_at_the_edges() -> None:
    enough(for_each(range(20), searched), examples=18, moving=12, decided=12)


def test_proofs_say_what_the_interpreter_says_at_the_edges() -> None:
    """Of formulas without quantifiers exactly that; a counter is the same whatever becomes of sequence numbers."""
    seen = Counter[str]()

    def compare(watched: Monitored) -> None:
        for width in (BITS, UNBOUNDED):
            proved_of(watched, width, seen)

    for_each(range(30), compare)
    enough(seen, **{"32": 200, "unbounded": 70})


@pytest.mark.needs("spin", "gcc")
def test_spin_counts_at_the_edges(tmp_path: Path) -> None:
    enough(for_each(range(8), lambda watched: written_out(watched, tmp_path), written=True), examples=8, moving=4)


def test_tla_is_read_as_it_is_meant_at_the_edges() -> None:
    enough(for_each(range(80), read_as_tla, written=True), examples=75, moving=45, decided=70)


@pytest.mark.needs("spin", "gcc")
@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_a_thousand_systems_at_the_edges(part: int, tmp_path: Path) -> None:
    seeds, seen = range(1000 + 100 * part, 1100 + 100 * part), Counter[str]()

    def compare(watched: Monitored) -> None:
        searched(watched)
        for width in (BITS, UNBOUNDED):
            proved_of(watched, width, seen)

    for_each(seeds, compare)

    def export(watched: Monitored) -> None:
        read_as_tla(watched)
        written_out(watched, tmp_path)

    for_each(seeds, export, written=True)


# -- that it can fail --------------------------------------------------------------------------------------------------


def fails(seeds: Iterable[int], compare: Callable[[Monitored], None], *, written: bool = False) -> bool:
    """Return whether a comparison fails for some of the systems."""
    for seed in seeds:
        try:
            for_each(range(seed, seed + 1), compare, written=written)
        except AssertionError:
            return True
    return False


def test_a_counter_that_is_taken_for_a_distance_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was: beyond half the circle everything was less."""
    less = Width.less
    monkeypatch.setattr(Width, "less", lambda self, left, right, _: less(self, left, right, DISTANCE))
    assert fails(range(30), lambda watched: proved_of(watched, UNBOUNDED, Counter()))


def test_a_shift_that_cannot_be_as_far_as_a_counter_counts_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was: what is shorter than a number was made longer, and what is longer was not thought of."""
    x, n = Variable("x", SEQ, 0), Variable("n", Nat(2**40), 2**40)
    adds = Action("adds", updates={"x": x.value + n.value, "n": n.value - 1})
    watched = Monitored(
        TransitionSystem("adds", (x, n), (adds,)), (Check("goal", {"adds": x.value + n.value == 2**32 - 3}), Check(NEVER))
    )
    assert explore(watched, DEPTH).shortest == {"goal": 3}  # 2^40 - 1 and 2^40 - 2 were added, each a multiple of 2^32 and that
    for compare in (searched, lambda w: proved_of(w, BITS, Counter())):
        compare(watched)
        with monkeypatch.context() as was:
            was.setattr(lower, "resized", lambda term, bits: z3.ZeroExt(max(bits - term.size(), 0), term))
            with pytest.raises(z3.Z3Exception):
                compare(watched)


@pytest.mark.needs("spin", "gcc")
def test_assertions_about_rows_that_are_added_and_removed_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was: a row that was added had to be one that some state has, also where it is removed in the same step."""
    writer = promela_text._Writer  # noqa: SLF001  # what is written wrongly
    edited = writer._edited  # noqa: SLF001

    def was(self: Any, name: str, new: Expr, instance: Instance, assignments: list[Any]) -> Iterator[str]:  # noqa: ANN401
        known = self.folder.occurring.rows[name]
        for op, rows in self._edits(name, new, instance) or []:
            if op is Op.ADD:
                yield from self._certain(self.folder.either(*(there for row, there in rows.items() if row in known)))
        yield from edited(self, name, new, instance, assignments)

    now = {seed: text_of(seed) for seed in range(60)}
    monkeypatch.setattr(writer, "_edited", was)
    changed = [seed for seed, text in now.items() if text != text_of(seed)]
    assert fails(changed, lambda watched: written_out(watched, tmp_path), written=True)


def text_of(seed: int) -> str:
    watched = extreme_system(seed, WRITTEN, WRITTEN_COLUMNS)
    return "" if explored(watched, None) is None else promela(watched, [])


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r" \union ", " \\ "),  # a row removed in place of added
        ("IF ", "IF ~"),
        ("Counted(", "Plus("),
        ("' = r", "' = s"),
    ],
)
def test_a_module_that_says_something_else_is_noticed(right: str, wrong: str) -> None:
    """Catches a reader of TLA+ that finds whatever is wanted."""
    noticed = 0
    for seed in range(40):
        watched = extreme_system(seed, WRITTEN, WRITTEN_COLUMNS)
        naive = explored(watched, None)
        if naive is None or not watched.system.variables:
            continue
        text = tla(watched, "Model", [])
        head, begin, rest = text.partition("\nNext ==")
        mutant = head.replace(right, wrong) + begin + rest
        if mutant != text:
            try:
                found = Module(mutant).check(())
            except Exception:  # noqa: BLE001  # nonsense is noticed as well
                noticed += 1
                continue
            noticed += (found.states, found.transitions, found.depth) != (naive.states, naive.transitions, naive.depth)
    assert noticed > 0


@pytest.mark.needs("spin", "gcc")
def test_a_row_added_and_removed_in_one_step_is_exported(tmp_path: Path) -> None:
    """The two states of a counter that is set once, and the same step again, are all there is."""
    r, n = Variable("r", Relation((("n", Nat(1)),)), frozenset()), Variable("n", Nat(1), 0)
    action = Action("sets", updates={"r": r.value.add(1).remove(1), "n": 1})
    watched = monitored(
        TransitionSystem("addrem", (r, n), (action,)), [invariant("c", n.value <= 1, trigger=n.value == 1, when="it is set")]
    )
    naive = explore(watched)
    assert (naive.states, naive.transitions, naive.shortest) == (2, 2, {})
    written_out(watched, tmp_path)
    read_as_tla(watched)
