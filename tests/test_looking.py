"""Steps that look into the network: what is found where it is set apart, and what the reference semantics says.

Each model here asks the network in another way. Small ones are held against the naive search over the reference semantics,
handshakes against Python's search in which each network is a part of the control.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from checker.engine import Answer
from checker.explicit import search as searching
from checker.explicit.explorer import Explorer
from checker.explicit.levels import Block
from checker.explicit.looking import Looks
from checker.explicit.packing import StepTable
from checker.explicit.search import explore, search
from checker.explicit.spilling import SpillingSearch
from checker.host.limits import Keep, Limits, Strategy
from model.notation.expr import TRUE, Expr, conj, disj, ite, lift, literal
from model.notation.network import connect
from model.notation.sorts import MODULUS, SEQ, Enum, Nat, Relation
from model.notation.system import Action, Network, TransitionSystem, Variable, choose, draw
from model.tcp.assumptions import Assumptions
from model.tcp.handshakes import HANDSHAKES
from model.tcp.scope import scope_named
from properties import leads_to
from properties.claim import monitored
from properties.observe import Check, Monitored
from properties.specification import SPECIFICATIONS
from tests.naive import explore as naive
from tests.naive import replay

KIND = Enum("Kind", ("ASK", "ANSWER"))
SEGMENTS = Relation((("kind", KIND), ("n", Nat(2))))
WAYS = (Strategy(1, handover=1), Strategy(2, handover=1, words=2), Strategy(2, handover=20))

ASKED, ANSWERED = Variable("asked", Nat(2), 0), Variable("answered", Nat(2), 0)
WIRE, NUMBER = Variable("wire", SEGMENTS, frozenset()), Variable("number", SEQ, MODULUS - 1)
wire, asked, answered = WIRE.value, ASKED.value, ANSWERED.value
SEGMENT = draw("segment", wire)
row = SEGMENT.row


def there(kind: str) -> Expr:
    """Return whether a segment of a kind is in flight."""
    return wire.exists(lambda r: r.kind == kind)


ASKS = Action("asks", asked < 2, {"asked": asked + 1}, sends=((literal("ASK", KIND), asked),))
ANSWERS = Action(
    "answers", row.kind == "ASK", {"answered": answered + 1}, (SEGMENT,), "segment", ((literal("ANSWER", KIND), row.n),)
)
HEARS = Action("hears", row.kind == "ANSWER", {}, (SEGMENT,), "segment")
"""Asked twice at most, by number; each question that arrives is answered by its number, and answers are heard."""


def when(guard: Expr, action: Action = ASKS) -> tuple[Action, ...]:
    """Return the three actions, of which one has a guard more."""
    return tuple(replace(a, guard=a.guard & guard) if a is action else a for a in (ASKS, ANSWERS, HEARS))


def also(name: str, *parameters: object, **what: object) -> tuple[Action, ...]:
    """Return the three actions and another one."""
    return ASKS, ANSWERS, HEARS, Action(name, parameters=parameters, **what)  # type: ignore[arg-type]


OTHER = draw("other", wire)
LEFT = draw("left", wire.remove("ASK", 0).add("ANSWER", 2))
EITHER = draw("either", ite(there("ASK"), wire, literal(frozenset({("ASK", 1)}), SEGMENTS)))
NEXT = choose("next", Nat(2), (ite(there("ASK"), lift(1, Nat(2)), asked), ite(there("ANSWER"), lift(2, Nat(2)), answered)))
ISN = choose("isn", SEQ, (literal(MODULUS - 1, SEQ), literal(0, SEQ), literal(1, SEQ)))
COPY = Variable("copy", SEGMENTS, frozenset())
MODELS: dict[str, tuple[Action, ...]] = {
    "none may be there": when(~wire.exists(lambda _: TRUE)),
    "none of a kind may be there": when(~there("ANSWER"), HEARS) + also("rests", guard=~there("ASK"))[3:],
    "one must be there": when(there("ASK") | (asked == 0)),
    "two kinds must be there": also("marks", guard=there("ASK") & there("ANSWER"), updates={"asked": lift(0, Nat(2))}),
    "all are of a kind": when(wire.forall(lambda r: (r.kind == "ASK") & (r.n <= asked))),
    "a certain one": when(~wire.has("ANSWER", answered - 1) | wire.has("ASK", 0)),
    "one that arrives is not there otherwise": when(~wire.has("ANSWER", row.n), ANSWERS),
    "the oldest first": when(~wire.exists(lambda r: (r.kind == row.kind) & (r.n < row.n)), ANSWERS),
    "two unlike each other": when(~wire.exists(lambda r: wire.exists(lambda s: (r.kind != s.kind) | (r.n != s.n)))),
    "two at most of all": when(
        ~wire.exists(
            lambda r: wire.exists(
                lambda s: (r.n != s.n) & wire.exists(lambda t: conj(*(disj(t.kind != u.kind, t.n != u.n) for u in (r, s))))
            )
        )
    ),
    "after an edit": when(wire.remove("ASK", 0).add("ANSWER", 2).forall(lambda r: (r.n == 2) | (r.kind == "ANSWER"))),
    "an edit under a condition": when(~ite(there("ANSWER"), wire.remove("ASK", asked), wire.add("ASK", 1)).has("ASK", 1)),
    "two are taken": also("takes", SEGMENT, OTHER, guard=(row.n == 0) & (OTHER.row.kind == "ANSWER"), updates={"asked": row.n}),
    "one after one of what is left": also("takes", LEFT, SEGMENT, guard=LEFT.row.n == row.n, updates={"answered": row.n}),
    "one of what is left": also("takes", LEFT, guard=LEFT.row.kind == "ANSWER", updates={"answered": LEFT.row.n}),
    "drawn from one or another": also("takes", EITHER, updates={"answered": EITHER.row.n}),
    "after a choice that asks": also("takes", NEXT, SEGMENT, guard=NEXT.value == row.n, updates={"answered": NEXT.value}),
    "chosen among what it says": also("picks", NEXT, updates={"asked": NEXT.value}),
    "an update that asks": also("notes", updates={"answered": ite(there("ANSWER"), answered, lift(0, Nat(2)))}),
    "what is sent depends on it": (
        replace(ASKS, sends=((ite(there("ASK"), literal("ANSWER", KIND), literal("ASK", KIND)), asked),)),
        *when(TRUE)[1:],
    ),
    "a number of which the network says which": also(
        "moves", choose("to", SEQ, (NUMBER.value, NUMBER.value + 1)), updates={"number": ite(there("ASK"), NUMBER.value, 1)}
    ),
    "an equation says the value": also(
        "sets",
        value := choose("value", Nat(2)),
        guard=value.value == ite(there("ASK"), asked, answered),
        updates={"asked": value.value},
    ),
    "a number that none mentions": also(
        "numbers", ISN, guard=~wire.exists(lambda r: (NUMBER.value + r.n) == ISN.value), updates={"number": ISN.value}
    ),
}
"""Ways to look into the network, each in a model of its own."""


def model_of(actions: tuple[Action, ...], *, loss: bool, duplication: bool) -> Monitored:
    system = TransitionSystem("looks", (ASKED, ANSWERED, WIRE, NUMBER), actions, network=Network("wire", loss, duplication))
    stop = {a.name: (answered == 2) & ~there("ASK") for a in connect(system).actions}
    late = {a.name: there("ANSWER") & (asked == 1) for a in actions}
    return Monitored(connect(system), (Check("quiet", stop, late), Check("plain", {"answers": answered == 1}, {"asks": TRUE})))


def counted(found: Answer) -> tuple[object, ...]:
    """Return what has to be the same however states are searched."""
    counts = found.counts
    lengths = {name: len(run) for name, run in found.schedules.items()}
    return counts.states, counts.transitions, counts.depth, counts.levels, counts.never_taken, lengths, found.triggered


@pytest.mark.parametrize(
    "travels",
    [(True, True), (False, False), *(pytest.param(way, marks=pytest.mark.long) for way in ((True, False), (False, True)))],
)
@pytest.mark.parametrize("name", MODELS)
def test_each_way_to_look_means_what_the_interpreter_says(name: str, travels: tuple[bool, bool]) -> None:
    """Catches a step that a network allows and the search does not know, or the other way round."""
    loss, duplication = travels
    asking = model_of(MODELS[name], loss=loss, duplication=duplication)
    assert Explorer(asking, looking=True).looking
    reference = naive(asking)
    for strategy in (Strategy(handover=None), *WAYS):
        found = search(asking, exhaust=True, strategy=strategy)
        counts = found.counts
        assert (counts.states, counts.transitions, counts.depth) == (reference.states, reference.transitions, reference.depth)
        assert (found.triggered, found.complete) == (reference.triggered, True)
        assert {of: len(run) for of, run in found.schedules.items()} == reference.shortest
        for check in asking.checks:
            if check.name in found.schedules:
                replay(asking, found.schedules[check.name], check)
        assert counts.workers == (0 if strategy.handover is None or strategy.handover > reference.states else strategy.workers)


def handshake(name: str, scope: str) -> Monitored:
    spec = SPECIFICATIONS[name]
    system = spec.build(scope_named(scope), replace(Assumptions(), isn="unmentioned"))
    asking = monitored(system, spec.claims)
    return replace(asking, system=connect(asking.system))


QUICK = (("two-way", "small,data=0"),)


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        *QUICK,
        *(
            pytest.param(name, "small", marks=pytest.mark.long)
            for name in (*HANDSHAKES, "three-way/simultaneous", "two-way/crash")
        ),
    ],
)
def test_handshakes_whose_numbers_are_unmentioned(name: str, scope: str) -> None:
    """Catches another count, depth or trace than Python finds that takes each network for a part of the state."""
    asking = handshake(name, scope)
    python, explorer, _ = explore(asking)
    assert not explorer.has_pool
    for strategy in (Strategy(handover=None), Strategy(1, handover=1), Strategy(2, handover=500, words=2)):
        found = search(asking, exhaust=True, strategy=strategy)
        assert (counted(found), found.schedules) == (counted(python), python.schedules)


def forgets_gaps(patch: pytest.MonkeyPatch) -> None:
    real = Looks.there

    def there_(looks: Looks, bit: int) -> bool:
        answer = real(looks, bit)
        looks._asked.gaps.clear()  # noqa: SLF001  # what goes wrong
        return answer

    patch.setattr(Looks, "there", there_)


def looks_at_less(patch: pytest.MonkeyPatch) -> None:
    copy = StepTable.copy

    def copied(table: StepTable, control: int) -> None:
        moves = table.explorer.moves
        right = moves[control]
        moves[control] = [step._replace(looks=step.need) for step in right]
        copy(table, control)
        moves[control] = right

    patch.setattr(StepTable, "copy", copied)


def has_no_gaps(patch: pytest.MonkeyPatch) -> None:
    copy = StepTable.copy

    def copied(table: StepTable, control: int) -> None:
        gaps = table.explorer.gaps
        right = gaps[control]
        gaps[control] = set()
        copy(table, control)
        gaps[control] = right

    patch.setattr(StepTable, "copy", copied)


@pytest.mark.parametrize("breaks", [forgets_gaps, looks_at_less, has_no_gaps])
def test_what_goes_wrong_is_noticed(breaks: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Shows that the comparisons above can fail."""
    asking = model_of(MODELS["one must be there"], loss=True, duplication=True)
    right = counted(search(asking, exhaust=True, strategy=Strategy(handover=None)))
    breaks(monkeypatch)
    assert counted(search(asking, exhaust=True, strategy=Strategy(1, handover=1))) != right


def test_a_search_of_which_each_state_is_unlike_the_others_is_left_to_python(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Catches steps that are computed for each state and kept for nothing; such a search also cannot have states elsewhere."""
    asking = model_of(MODELS["two at most of all"], loss=True, duplication=True)
    expected = counted(search(asking, exhaust=True, strategy=Strategy(handover=None)))
    monkeypatch.setattr(searching, "_SLICE", 1)
    monkeypatch.setattr(searching, "_TOLD", 10)
    begun: list[bool] = []
    real = Explorer.__init__

    def counting(explorer: Explorer, *how: object, looking: bool = False) -> None:
        begun.append(looking)
        real(explorer, *how, looking=looking)  # type: ignore[arg-type]

    monkeypatch.setattr(Explorer, "__init__", counting)
    found = search(asking, exhaust=True, strategy=Strategy(1, handover=1000))
    assert begun == [True, False]
    assert counted(found) == expected
    assert found.counts.workers == 0
    for elsewhere in (
        Strategy(1, handover=1000, keep=Keep(tmp_path, spills=True)),
        Strategy(1, handover=1000, cluster="local:2"),
    ):
        found = search(asking, exhaust=True, strategy=elsewhere)
        assert not found.complete
        assert "Python searches it" in found.reason


def test_a_network_that_is_taken_as_a_whole_is_not_set_apart() -> None:
    """Catches a network set apart that a step copies, or that a goal of liveness is about."""
    copies = Action("copies", updates={"copy": wire})
    system = TransitionSystem("copied", (ASKED, ANSWERED, WIRE, COPY), (ASKS, ANSWERS, copies), network=Network("wire"))
    assert not Explorer(Monitored(connect(system)), looking=True).has_pool
    looked = TransitionSystem("looked", (ASKED, ANSWERED, WIRE), when(there("ASK")), network=Network("wire"))
    for goal, apart in ((answered == 1, True), (there("ANSWER"), False)):
        asking = monitored(looked, [leads_to("comes", asked == 1, goal)])
        assert Explorer(replace(asking, system=connect(asking.system)), looking=True).has_pool is apart


@pytest.mark.parametrize("name", ["two-way", pytest.param("three-way", marks=pytest.mark.long)])
def test_states_go_to_disk_and_a_search_goes_on(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a checkpoint that does not say for which networks steps are known, and a run that spilling loses."""
    asking = handshake(name, "small,data=0")
    whole = search(asking, exhaust=True, strategy=Strategy(handover=None))
    kept, aside, real = Keep(tmp_path / "spilt", spills=True), list[None](), SpillingSearch._lay_aside  # noqa: SLF001  # no count shows it

    def lay_aside(spilling: SpillingSearch, found: list[Block]) -> None:
        aside.append(None)
        real(spilling, found)

    monkeypatch.setattr(SpillingSearch, "_lay_aside", lay_aside)
    spilt = search(asking, Limits(memory=1_000_000), exhaust=True, strategy=Strategy(1, handover=1, keep=kept))
    assert aside
    assert (counted(spilt), spilt.schedules) == (counted(whole), whole.schedules)
    place = tmp_path / "kept"
    saves = Keep(place, saves=True, every=0.0)
    part = search(asking, Limits(depth=7), exhaust=True, strategy=Strategy(1, handover=1, keep=saves))
    assert not part.complete
    rest = search(asking, exhaust=True, strategy=Strategy(2, handover=1, keep=replace(saves, saves=False, resumes=True)))
    assert (counted(rest), rest.schedules) == (counted(whole), whole.schedules)
