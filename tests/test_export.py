"""What is exported has the states, the steps and the depths that the search counts.

SPIN says so, of which the C compiler makes programs.

TLC is not needed here: ``test_tlc.py`` runs it. Of the TLA+ text these tests look at what can be seen without running it.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

import checker.export.promela
from checker.decide import Setting, search_network
from checker.explicit.search import search
from checker.export import occurring as occurrences
from checker.export.names import Names
from checker.export.occurring import Occurring, occurring
from checker.export.promela import promela
from checker.export.tla import configuration, tla
from checker.host.limits import Limits
from checker.liveness.search import find_lasso
from model.notation.expr import TRUE, Expr, disj
from model.notation.network import connect, keeping_everything
from model.notation.sorts import BOOL, DISTANCE, SEQ, Enum, Nat, Relation, Sort, Value
from model.notation.system import Action, TransitionSystem, Variable, choose, draw
from model.tcp.assumptions import Assumptions
from model.tcp.scope import scope_named
from properties.claim import leads_to, monitored
from properties.fairness import some_step
from properties.observe import Check, Monitored
from properties.specification import SPECIFICATIONS, built_in
from tests import liveness_toys, toy_networks, toys
from tests.command_line import Ask
from tests.models import MODELS, model
from tests.random_systems import networked_systems, plain_systems
from tests.test_random_systems import for_each
from tests.tools import program
from tests.toys import Toy

ROOT = Path(__file__).parents[1]
TOYS = {toy.name: toy for toy in (*toys.TOYS, *toy_networks.TOYS)}
ENDING = Limits(states=400_000)
LETTERS = "abcdefghijklmnopqrstuvwxyz"

needs_spin = pytest.mark.needs("spin", "gcc")
every_toy = pytest.mark.parametrize("toy", TOYS.values(), ids=TOYS)


@dataclass(frozen=True)
class Spin:
    """What SPIN counted. ``first`` is the depth at which it met its first error, None where it met none."""

    states: int
    transitions: int
    depth: int
    errors: int
    first: int | None


def spin(text: str, folder: Path) -> Spin:
    """Run SPIN, breadth first and to the end. Whoever does says so: ``@needs_spin``."""
    make_pan(text, folder)
    printed = run(folder, "./pan", "-c0", "-w20")
    counted = [re.search(rf"{what}", printed) for what in (r"(\d+) states, stored", r"(\d+) transitions")]
    states, transitions, depth, errors = (
        int(found[1])
        for found in (*counted, re.search(r"depth reached (\d+)", printed), re.search(r"errors: (\d+)", printed))
        if found is not None
    )
    return Spin(states, transitions, depth, errors, first_error(folder) if errors else None)


def length_by_spin(name: str, claim: str, scope: str, folder: Path) -> int:
    """Return how many steps the first violation of a claim has that SPIN meets, breadth first; the search ends there."""
    spec = built_in(name)
    system = connect(spec.build(scope_named(scope), Assumptions()))
    make_pan(promela(monitored(system, [spec.claim[claim]]), ["a test"]), folder)
    first = first_error(folder)
    assert first is not None
    return first + 1


def make_pan(text: str, folder: Path) -> None:
    """Have SPIN and a compiler make the program that searches, breadth first."""
    folder.mkdir(exist_ok=True)
    (folder / "model.pml").write_text(text, encoding="utf-8")
    run(folder, program("spin"), "-o2", "-a", "model.pml")
    run(folder, program("gcc"), "-O0", "-w", "-DSAFETY", "-DNOREDUCE", "-DBFS", "-o", "pan", "pan.c")


def first_error(folder: Path) -> int | None:
    """Return the depth at which that program meets its first error."""
    first = re.search(r"at depth (\d+)", run(folder, "./pan", "-w20"))
    return int(first[1]) if first else None


def run(folder: Path, *words: str) -> str:
    """Return what a program printed; it must not fail, nor complain."""
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "error" not in done.stderr.lower(), done.stderr
    return done.stdout


def counts_are_the_same(watched: Monitored, folder: Path) -> Spin:
    """Compare SPIN with the search: states, steps, depth, and how far away the first step is that a check looks for."""
    ours, theirs = search(watched, ENDING, exhaust=True), spin(promela(watched, ["a test"]), folder)
    assert ours.complete
    assert (theirs.states, theirs.transitions, theirs.depth) == (
        ours.counts.states,
        (ours.counts.transitions or 0) + 1,
        ours.counts.depth,
    )
    assert theirs.first == min((len(schedule) - 1 for schedule in ours.schedules.values()), default=None)
    return theirs


def exact(name: str, scope: str, claims: str) -> Monitored:
    """Return a model with all of its asserted claims or none, its network written out."""
    spec = model(name)
    spacing = "adjacent" if scope.startswith("adjacent") else "spaced"
    system = spec.build(scope_named(scope), Assumptions(isn_spacing=spacing))
    watched = monitored(system, spec.asserted if claims == "all" else ())
    return replace(watched, system=connect(watched.system))


# -- Promela -----------------------------------------------------------------------------------------------------------


@every_toy
@needs_spin
def test_spin_counts_every_toy(toy: Toy, tmp_path: Path) -> None:
    """Catches an operator written wrongly, a step that is missed or written twice, and an order among updates."""
    found = counts_are_the_same(toy.monitored, tmp_path)
    assert (found.states, found.transitions, found.depth) == (toy.states, toy.transitions + 1, toy.depth)
    assert found.first == (None if toy.stop is None else toy.stop - 1)


@pytest.mark.parametrize("claims", ["none", "all"])
@pytest.mark.parametrize("name", [*SPECIFICATIONS, *MODELS])
@needs_spin
def test_spin_counts_every_model(name: str, claims: str, tmp_path: Path) -> None:
    """Every handshake in every composition, and the tutorials."""
    counts_are_the_same(exact(name, "small", claims), tmp_path)


@pytest.mark.parametrize(
    ("name", "scope", "claims"),
    [
        ("three-way", "default,attempts=2,answers=1,data=0", "all"),
        ("two-way", "default,attempts=1,answers=2,data=0", "all"),
        ("three-way", "default,attempts=2,answers=1", "all"),
        ("three-way", "adjacent,data=0", "none"),
        ("two-way", "wrap,data=0", "none"),
    ],
)
@needs_spin
def test_spin_counts_larger_scopes(name: str, scope: str, claims: str, tmp_path: Path) -> None:
    """Numbers that wrap, numbers next to each other, and more than one of each."""
    counts_are_the_same(exact(name, scope, claims), tmp_path)


@pytest.mark.parametrize("networked", [False, True])
@needs_spin
def test_spin_counts_random_systems(networked: bool, tmp_path: Path) -> None:
    """Features of the notation together."""

    def compare(watched: Monitored) -> None:
        counts_are_the_same(replace(watched, system=connect(watched.system)), tmp_path)

    for_each(networked_systems() if networked else plain_systems(), 18, compare)


@needs_spin
def test_a_network_that_keeps_everything_is_exported_as_it_is_searched(tmp_path: Path) -> None:
    """And has fewer states."""
    spec = SPECIFICATIONS["two-way"]
    watched = monitored(spec.build(scope_named("default"), Assumptions()), [spec.claim["agreement"]])
    assert search_network(watched, Setting(scope_named("default"))).kept_everything
    kept = replace(watched, system=keeping_everything(watched.system))
    assert counts_are_the_same(kept, tmp_path).first == 2


@needs_spin
def test_each_claim_is_violated_as_soon_as_the_search_says(tmp_path: Path) -> None:
    """Catches an assertion about the state after the step, or one that belongs to another claim."""
    spec = SPECIFICATIONS["two-way"]
    system = spec.build(scope_named("default,attempts=2,answers=1,data=0"), Assumptions())
    lengths: dict[str, int | None] = {}
    for claim in ("no-stale-establishment", "agreement", "one-connection-per-attempt", "client-agreement"):
        watched = monitored(system, [spec.claim[claim]])
        lengths[claim] = counts_are_the_same(replace(watched, system=connect(watched.system)), tmp_path).first
    assert lengths["agreement"] == 2  # of three steps
    assert lengths["no-stale-establishment"] == 3
    assert lengths["client-agreement"] is None


# -- that it can fail --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [0, 15, 30])
@needs_spin
def test_an_option_that_is_left_out_is_noticed(at: int, tmp_path: Path) -> None:
    """Each of them is needed by some state, in the number of its steps if nowhere else."""
    watched = exact("three-way", "small", "none")
    head, *options = re.split(r"(?=^    :: d_step)", promela(watched, []), flags=re.MULTILINE)
    assert len(options) > 31
    ours, theirs = search(watched, exhaust=True), spin("".join([head, *options[:at], *options[at + 1 :]]), tmp_path)
    assert theirs.transitions < (ours.counts.transitions or 0) + 1


@needs_spin
def test_a_case_that_is_left_out_is_an_error(tmp_path: Path) -> None:
    """An option that may be taken has to have a case to take."""
    text = promela(exact("three-way", "small", "none"), [])
    mutant = re.sub(r"       /\* server_discards_rst_when_closed: .*?(?=       /\*)", "", text, count=1, flags=re.DOTALL)
    assert mutant != text
    assert spin(mutant, tmp_path).errors > 0


@pytest.mark.parametrize("conditions", [True, False])
def test_what_excludes_each_other_is_found_without_asking_how_it_is_written(conditions: bool) -> None:
    """Catches steps put together that can both happen: one of them would be lost."""
    x, y = Variable("x", Nat(2), 0), Variable("y", Nat(2), 0)
    less = x.value < y.value
    both = (less, y.value < x.value) if conditions else (less, x.value != y.value)
    steps = tuple(Action(f"step_{i}", guard=guard) for i, guard in enumerate(both))
    moves = tuple(Action(f"moves_{v.name}", updates={v.name: v.value + 1}) for v in (x, y))
    text = promela(Monitored(TransitionSystem("pair", (x, y), (*steps, *moves))), [])
    assert len(re.findall(r"^    :: d_step", text, re.MULTILINE)) == (3 if conditions else 4)


@pytest.mark.needs("spin", "gcc")
@pytest.mark.parametrize("lost", ["a value", "a row"])
def test_what_the_tables_lack_is_an_error(lost: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a table that is too small, which could pass for a smaller state space."""

    def lacking(watched: Monitored) -> Occurring:
        whole = occurring(watched)
        if lost == "a row":
            return replace(whole, rows={**whole.rows, "network": whole.rows["network"][1:]})
        return replace(whole, values={**whole.values, "client.rcv_nxt": whole.values["client.rcv_nxt"][:-1]})

    watched = exact("three-way", "small", "none")
    monkeypatch.setattr(checker.export.promela, "occurring", lacking)
    assert spin(promela(watched, []), tmp_path).errors > 0


# -- what can occur ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["three-way", "four-way/listeners"])
def test_whatever_is_reached_is_in_the_tables(name: str) -> None:
    """The tables are larger where rows are met that never are in flight together, and never smaller."""
    watched = exact(name, "small", "all")
    tables = occurring(watched)
    for state in occurrences._visited(watched):  # noqa: SLF001  # what is found state by state is the measure
        for variable, value in state.items():
            if isinstance(value, frozenset):
                assert value <= set(tables.rows[variable])
            else:
                assert value in tables.values[variable]


def test_a_system_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one sentence; and where combinations do not come to an end, the states may."""
    monkeypatch.setattr(occurrences, "MOST_COMBINATIONS", 100)
    bag = TOYS["drawn_rows"].monitored
    assert occurring(bag).values["total"] == (0, 1, 2, 3)
    monkeypatch.setattr(occurrences, "MOST_STATES", 5)
    with pytest.raises(TypeError, match=r"cannot be exported to Promela: .* more than 5 states; choose a smaller scope"):
        promela(bag, [])


# -- names -------------------------------------------------------------------------------------------------------------

NAMES = (
    "do", "int", "now", "BIT", "a.b", "a b", "a_b", "é", "_pid", "1", "linux", "if", "NULL", "x'", "end", "n0", "A", "a_b_2",
    "spare", "steps", "Init", "Next", "vars", "row", "IF", "Plus", "goal", "segment", "x1", "*/", "SF_",
)  # fmt: skip


def oddly_named() -> Monitored:
    """Return a system in which everything has a name that means something elsewhere, or is spelt like another."""
    shade = Enum("do", ("if", "NULL", "a.b", "a b", "IF"))
    flags = tuple(Variable(name, BOOL, False) for name in NAMES)
    point, colour = Variable("goto", SEQ, 0), Variable("init", shade, "if")
    rows = Variable("run", Relation((("a.b", shade), ("a b", BOOL), ("IF", Nat(1)))), frozenset({("a b", True, 0)}))
    chosen, drawn = choose("a.b", shade), draw("a b", rows.value)
    moves = tuple(
        Action(name, guard=~a.value, updates={a.name: TRUE, b.name: a.value}, doc="*/ \\* (*")
        for name, a, b in zip(NAMES, flags, flags[1:], strict=False)
        if name in ("do", "now", "BIT", "*/")
    )
    more = (
        Action("goto", updates={"init": chosen.value}, guard=chosen.value != "NULL", parameters=(chosen,)),
        Action("run", updates={"run": rows.value.add("IF", False, 1), "goto": point.value + 1}, guard=point.value != 2),
        Action("init", updates={"run": rows.value.remove(*drawn.row)}, guard=drawn.row.IF == 0, parameters=(drawn,)),
    )
    system = TransitionSystem("int", (*flags, point, colour, rows), (*moves, *more))
    return Monitored(system, (Check("goal", {"init": (point.value == 2) & (colour.value == "IF")}),))


@needs_spin
def test_spin_takes_any_name(tmp_path: Path) -> None:
    """Catches a name of the model's that is a word of Promela or C, or a macro."""
    assert counts_are_the_same(oddly_named(), tmp_path).first == 3


def test_no_two_names_are_alike() -> None:
    names = Names("do int")
    given = [names.new(name) for name in ("do", "a.b", "a b", "a_b", "a_b_2", "1", "é", "", "int", "int")]
    assert len(set(given)) == len(given)
    assert given[:3] == ["do_2", "a_b", "a_b_2"]
    assert names.new("a.b", "c.b") == "c_b"
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) for name in given)


# -- TLA+ --------------------------------------------------------------------------------------------------------------


def definitions(text: str) -> Mapping[str, str]:
    """Return what a module defines, without the comments."""
    plain = re.sub(r"^\\\*.*$", "", text, flags=re.MULTILINE)
    return {
        found[1]: found[2] for found in re.finditer(r"^(\w+)(?:\([^)]*\))? ==(.*?)(?=^\S|\Z)", plain, re.MULTILINE | re.DOTALL)
    }


@pytest.mark.parametrize("name", ["three-way", "four-way/listeners", "two-way/crash"])
def test_a_module_defines_everything_once(name: str) -> None:
    """Catches an action or a claim that is left out, an update that is forgotten, and parentheses that do not match."""
    watched = exact(name, "small", "all")
    text = tla(watched, "Model", ["a test"])
    assert re.match(r"-{4,} MODULE Model -{4,}\n", text)
    assert text.endswith("=" * 78 + "\n")
    defined = definitions(text)
    assert len(re.findall(r"^\w+(?:\([^)]*\))? ==", text, re.MULTILINE)) == len(defined)
    variables = re.findall(r"\w+", defined["vars"])
    assert len(set(variables)) == len(watched.system.variables) == len(re.findall(r"/\\ \w+ = ", defined["Init"]))
    for action in watched.system.actions:
        updated = re.findall(r"(\w+)' = ", defined[action.name])
        unchanged = re.findall(r"\w+", "".join(re.findall(r"UNCHANGED <<(.*?)>>", defined[action.name], re.DOTALL)))
        assert len(updated) == len(action.updates)
        assert sorted([*updated, *unchanged]) == sorted(variables)
        assert defined["Next"].count(f" {action.name}(" if action.parameters else f" {action.name}\n") == 1
    for check in watched.checks:
        assert defined[check.name.replace("-", "_")].count(r"/\ ~(") >= len(check.stop)
    for opening, closing in ("()", "[]", "{}", ("<<", ">>")):
        assert text.count(opening) == text.count(closing)
    claims = [check.name.replace("-", "_") for check in watched.checks]
    assert configuration(watched).splitlines() == ["SPECIFICATION Spec", *(f"INVARIANT {claim}" for claim in claims)]


@pytest.mark.parametrize("watched", [exact("three-way", "small", "none"), *(t.monitored for t in TOYS.values())])
def test_no_action_leaves_a_choice_that_is_no_step(watched: Monitored) -> None:
    """TLC counts a state for each alternative of a disjunction, or quantifier, that is not inside something else."""
    for name, text in definitions(tla(replace(watched, checks=()), "Model", [])).items():
        if name in {action.name for action in watched.system.actions}:
            level, outside = 0, ""
            for sign in text:
                level += (sign in "({[") - (sign in ")}]")
                outside += sign if level == 0 else ""
            assert r"\/" not in outside
            assert r"\E" not in outside


def arithmetic(text: str, name: str, *numbers: int) -> int:
    """Return what an operator of the module comes to, by reading its definition as Python."""
    found = re.search(rf"^{name}\((.*?)\) ==(.*?)(?=^\S|^$)", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    source = re.sub(r"\s+", " ", found[2]).replace("/\\", "and").replace(" = ", " == ").strip()
    while "IF" in source:
        source = re.sub(r"IF ((?:(?!IF).)*?) THEN ((?:(?!IF).)*?) ELSE ((?:(?!IF).)*)$", r"((\2) if (\1) else (\3))", source)
    scope = {"Plus": partial(arithmetic, text, "Plus"), **dict(zip(found[1].split(", "), numbers, strict=True))}
    return int(eval(source, scope))  # noqa: S307  # the module's own text


def signed(number: int) -> int:
    """Return a number of 32 bits as TLC has it."""
    return number - 2**32 if number >= 2**31 else number


def test_arithmetic_is_modulo_2_to_the_32() -> None:
    """Also where TLC's integers would overflow: no sum on the way is one that it cannot hold."""
    text = tla(exact("three-way", "wrap", "none"), "Model", [])
    ends = (0, 1, 2, 2**31 - 2, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 2, 2**32 - 1)
    for a in ends:
        for b in ends:
            assert arithmetic(text, "Plus", signed(a), signed(b)) == signed((a + b) % 2**32)
            assert arithmetic(text, "Minus", signed(a), signed(b)) == signed((a - b) % 2**32)
            assert arithmetic(text, "Below", signed(a), signed(b)) == (a < b)


def test_numbers_from_half_the_circle_on_are_negative() -> None:
    """TLC reads no number above 2^31-1, and -2^31 only as a difference."""
    sorts: tuple[tuple[Sort, Value], ...] = ((SEQ, 2**32 - 1), (SEQ, 2**31), (SEQ, 2**31 - 1), (DISTANCE, 2**32 - 5))
    variables = tuple(Variable(letter, sort, value) for letter, (sort, value) in zip(LETTERS, sorts, strict=False))
    text = tla(Monitored(TransitionSystem("numbers", variables, ())), "Model", [])
    assert re.findall(r"/\\ \w = (.*)", text) == ["-1", "(-2147483647 - 1)", "2147483647", "-5"]
    assert "Next ==\n    FALSE" in text


def test_a_counter_beyond_the_numbers_of_the_other_checker_is_refused() -> None:
    n = Variable("n", Nat(2**31), 0)
    watched = Monitored(TransitionSystem("far", (n,), (Action("jumps", updates={"n": n.value + 2**31}),)))
    far = "a counter up to 2147483648 cannot be exported: 2147483647 is the most"
    with pytest.raises(TypeError, match=far):
        promela(watched, [])
    with pytest.raises(TypeError, match=far):
        tla(watched, "Model", [])


# -- the command -------------------------------------------------------------------------------------------------------


def test_the_command_prints_a_model(ask: Ask) -> None:
    printed = ask("export", "three-way", "--to", "promela", "--scope", "small")
    assert (printed.code, printed.err) == (0, "")
    assert "three-way: SYN, SYN,ACK, ACK" in printed.out
    assert ask("export", "three-way", "--to", "promela", "--scope", "small", "--claims", "none").out == printed.out
    assert "MODULE three_way_listeners" in ask("export", "three-way/listeners", "--to", "tla").out


def test_the_command_exports_what_it_is_asked_for(ask: Ask) -> None:
    words = ("export", "two-way", "--to", "promela", "--scope", "small", "--claims")
    assert re.findall(r"^ \*   ([\w-]+): ", ask(*words, "agreement", "isn-paired").out, re.MULTILINE) == [
        "agreement",
        "isn-paired",
    ]
    every = re.findall(r"^ \*   ([\w-]+): ", ask(*words, "all").out, re.MULTILINE)
    assert every == [claim.name for claim in SPECIFICATIONS["two-way"].asserted]
    assert "network: each loss, each copy kept is a step" in ask(*words, "none").out
    kept = ask("export", "two-way", "--to", "promela", "--scope", "small", "--reduction").out
    assert "network: every segment stays for ever" in kept
    assert "network_loses" not in kept


def test_the_command_writes_the_configuration_beside_the_module(ask: Ask, tmp_path: Path) -> None:
    written = ask("export", "two-way", "--to", "tla", "--claims", "agreement", "-o", str(tmp_path / "TwoWay.tla"))
    assert written.code == 0
    assert [line.rpartition(":")[0] for line in written.out.splitlines()] == [
        str(tmp_path / f"TwoWay.{s}") for s in ("tla", "cfg")
    ]
    assert "MODULE TwoWay" in (tmp_path / "TwoWay.tla").read_text(encoding="utf-8")
    assert (tmp_path / "TwoWay.cfg").read_text(encoding="utf-8") == "SPECIFICATION Spec\nINVARIANT agreement\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("two-way",), "--to"),
        (("two-way", "--to", "pomela"), "did you mean 'promela'?"),
        (("two-way", "--to", "tla", "--claims", "agrement"), "did you mean 'agreement'?"),
        (("two-way", "--to", "tla", "--claims", "none", "agreement"), "--claims none stands alone"),
        (("two-way", "--to", "tla", "--claims", "agreement", "all"), "--claims all stands alone"),
        (("two-way", "--to", "tla", "--reduction", "--no-duplication"), "duplication is switched off"),
        (("two-way", "--to", "tla", "-o", "two-way.tla"), "write two_way.tla"),
        (("two-way", "--to", "tla", "-o", "two_way.pml"), "write two_way.tla"),
        (("two-way", "--to", "tla", "--scope", "adjacent"), "add --isn-spacing adjacent"),
        ((str(ROOT / "model/tutorials/mutual_exclusion.py"), "--to", "tla", "--reduction"), "it has no network"),
    ],
)
def test_what_cannot_be_exported_is_said_in_a_sentence(ask: Ask, words: Sequence[str], said: str) -> None:
    answer = ask("export", *words)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert answer.err.count("\n") == 1


def test_a_claim_that_the_initial_state_decides_is_refused(ask: Ask, tmp_path: Path) -> None:
    """An export looks at steps, and would say that nothing is wrong."""
    source = (
        "from model import *\nfrom properties import invariant, specify\n"
        "n = Variable('n', Nat(2), 0)\ncounts = Action('counts', updates={'n': n.value + 1})\n"
        "system = TransitionSystem('counter', (n,), (counts,))\n"
        "model = specify(system, [invariant('positive', n.value > 0, trigger=n.value > 0, when='it counted')])\n"
    )
    (tmp_path / "counter.py").write_text(source, encoding="utf-8")
    answer = ask("export", str(tmp_path / "counter.py"), "--to", "promela", "--claims", "positive")
    assert answer.code == 2
    assert "positive is decided by the initial state, before any step: leave it out" in answer.err
    assert ask("export", str(tmp_path / "counter.py"), "--to", "promela").code == 0


# -- the page ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A row of the table in EXPORTS.md."""

    asked: tuple[str, str, str]
    counts: tuple[int, ...]


def table() -> list[Row]:
    text = (ROOT / "checker/export/EXPORTS.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| (none|all) \| ([\d,]+) \| ([\d,]+) \| (\d+) \|$", text, re.MULTILINE)
    return [
        Row((name, scope, claims), tuple(int(n.replace(",", "")) for n in numbers)) for name, scope, claims, *numbers in rows
    ]


def test_the_page_has_every_handshake() -> None:
    assert {row.asked for row in table()} >= {(name, "small", claims) for name in SPECIFICATIONS for claims in ("none", "all")}


@pytest.mark.parametrize("row", table(), ids=lambda row: " ".join(row.asked))
def test_the_page_says_what_is_counted(row: Row) -> None:
    found = search(exact(*row.asked), exhaust=True)
    assert (found.counts.states, found.counts.transitions, found.counts.depth) == row.counts


@pytest.mark.parametrize("isn", ["arbitrary", "unpaired", "unmentioned"])
@needs_spin
def test_spin_counts_however_isns_are_chosen(isn: str, tmp_path: Path) -> None:
    """Also where the choice of an ISN asks what is in flight."""
    system = SPECIFICATIONS["three-way"].build(scope_named("small,answers=2,data=0"), Assumptions(isn=isn))
    counts_are_the_same(Monitored(connect(system)), tmp_path)


# -- claims of liveness ------------------------------------------------------------------------------------------------


def accepts(text: str, folder: Path) -> bool:
    """Return whether SPIN finds no cycle that violates the one claim of liveness."""
    folder.mkdir(exist_ok=True)
    (folder / "model.pml").write_text(text, encoding="utf-8")
    run(folder, program("spin"), "-a", "model.pml")
    run(folder, program("gcc"), "-O0", "-w", "-DNOREDUCE", "-o", "pan", "pan.c")
    found = re.search(r"errors: (\d+)", run(folder, "./pan", "-a", "-f", "-m100000"))
    assert found is not None
    return found[1] == "0"


def lasting(system: TransitionSystem, premise: Expr, goal: Expr, folder: Path) -> bool:
    """Return whether a claim holds that assumes no more than that a run goes on; here and by SPIN."""
    claim = leads_to("in-the-end", premise, goal, fairness=(some_step(system),))
    watched = monitored(system, [claim])
    connected = replace(watched, system=watched.exact)
    found = find_lasso(connected, ENDING)
    assert found.complete
    assert accepts(promela(connected, []), folder) is (not found.schedules)
    return not found.schedules


@needs_spin
def test_spin_decides_claims_of_liveness_alike(tmp_path: Path) -> None:
    """One each way: Peterson's processes get in, if they run; with a lock one of them may wait for ever."""
    peterson = model("mutual_exclusion.py").build(scope_named("default"), Assumptions())
    place = {v.name[6:-1]: v.value for v in peterson.variables if v.name.startswith("place[")}
    somebody = disj(*(at == "critical" for at in place.values()))
    assert lasting(peterson, disj(*(at == "waiting" for at in place.values())), somebody, tmp_path)
    assert not lasting(peterson, place["left"] == "idle", place["left"] == "critical", tmp_path)
    # Whoever runs round a ring passes each place. That some step is taken brings nobody out of a cycle beside the goal.
    known = {
        "ring": True,
        "through the goal": True,
        "deadlock": False,
        "livelock": False,
        "lock, fair": False,
        "avoided": False,
    }
    toys_by_name = {toy.name: toy for toy in liveness_toys.TOYS}
    for name, holds in known.items():
        asked = toys_by_name[name].claim.leads_to
        assert asked is not None
        assert lasting(toys_by_name[name].system, asked.premise, asked.goal, tmp_path) is holds


def test_a_claim_that_assumes_more_is_not_exported(ask: Ask) -> None:
    """SPIN would decide another question."""
    for words, why in (
        (("three-way", "--to", "promela", "--claims", "half-open-is-released"), "all that SPIN assumes is"),
        (("three-way", "--to", "tla", "--claims", "half-open-is-released"), "exported to Promela only"),
    ):
        answer = ask("export", *words)
        assert answer.code == 2
        assert why in answer.err
