"""What a claim rests on is proved with it: declared events are what happens, or there is no proof."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from checker.decide import Setting
from checker.explicit.search import search
from checker.proof.grounds import grounded
from checker.proof.steps import UndecidedError
from checker.proof.subject import Subject
from checker.proof.terms import BITS, UNBOUNDED, Width
from checker.studies.proving import prove
from checker.verdict import Outcome
from model.notation.expr import Expr, ite
from model.notation.sorts import SEQ, Enum, Nat
from model.notation.system import Action, Event, TransitionSystem, Variable, View
from model.tcp.endpoint import EventKind
from model.tcp.scope import SCOPES
from properties import events, specify
from properties.claim import invariant, monitored
from tests.command_line import Ask
from tests.forgeries import GATE, model

DEFAULT = Setting(SCOPES["default"])
STATE = Enum("State", ("CLOSED", "SYN-RECEIVED", "ESTABLISHED"))


def test_a_claim_that_goes_by_events_is_proved_with_them() -> None:
    spec = model("gate")
    attempt = prove(spec, spec.claim["enters-by-the-gate"], DEFAULT, 60)
    assert attempt.outcome is Outcome.HOLDS
    assert {part for shown in attempt.shown.values() for part in shown.invariants} == {"", "events"}


@pytest.mark.parametrize("how", [["--invariant", "{true}"], ["--max-k", "3"], []], ids=["invariant", "k-induction", "learned"])
def test_what_slips_in_without_an_event_is_not_proved(how: list[str], tmp_path: Path, ask: Ask) -> None:
    """By its states the claim is violated: the search says so of the events, after two steps, before it says anything else."""
    (tmp_path / "true.txt").write_text("true\n", encoding="utf-8")
    words = [word.replace("{true}", str(tmp_path / "true.txt")) for word in how]
    answer = ask("prove", f"{GATE}:slips", "enters-by-the-gate", *words)
    assert answer.code == 65
    assert "action 'slips' is not what its events say: the server enters ESTABLISHED in it" in answer.err


@pytest.mark.parametrize(
    ("name", "action", "wrong"),
    [
        ("pretends-to-end", "stays", "the server's connection ends, and the server goes on in it"),
        ("pretends-to-open", "nobody", "the server opens or answers, and the server has no connection after it"),
    ],
)
def test_what_is_said_and_does_not_happen_is_noticed(name: str, action: str, wrong: str, ask: Ask) -> None:
    """The states of both are those of ``gate``: what is said besides would have a claim forget, or remember, for nothing."""
    for command in ("check", "prove"):
        answer = ask(command, f"{GATE}:{name}", "enters-by-the-gate")
        assert answer.code == 65
        assert f"action {action!r} is not what its events say" in answer.err
        assert wrong in answer.err


SNEAKY = """\
from model import Cases, Response, Segment, Tcb
from model.tcp.handshakes import ThreeWay


class Sneaky(ThreeWay):
    name = "sneaky"
    summary = "three-way, but from its third answer on the server is ESTABLISHED at once and does not say so"

    def listen(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        third = tcb.isns.exists(lambda a: tcb.isns.exists(lambda b: a.isn != b.isn))
        answer = self.answer_syn(tcb, segment)
        set_ = answer.set(tcb, state="ESTABLISHED")
        said = (set_.when, set_.updates, set_.sends, set_.events, set_.parameters)
        hasty = Response("receives_syn_hastily", "is ESTABLISHED.", *said)
        return Cases(
            tuple(
                branch
                for when, then in super().listen(tcb, segment).branches
                for branch in ([(when & third, hasty), (when, answer)] if then.name == "receives_syn" else [(when, then)])
            )
        )
"""


def test_a_handshake_that_lies_later_than_a_search_looks_is_not_proved(tmp_path: Path, ask: Ask) -> None:
    """No answer of the default scope is the third, so that nothing is found there. With three answers the search finds it."""
    file = tmp_path / "sneaky.py"
    file.write_text(SNEAKY, encoding="utf-8")
    kept = GATE.parents[2] / "properties" / "invariants" / "three-way-agreement.txt"
    proved = ask("prove", str(file), "agreement", "--invariant", str(kept), "--timeout", "60")
    assert proved.code == 20
    assert "server_receives_syn_hastily" in proved.out
    assert ask("check", str(file), "agreement").code == 0
    searched = ask("check", str(file), "agreement", "--scope", "default,answers=3")
    assert searched.code == 65
    assert "'server_receives_syn_hastily' is not what its events say" in searched.err


def test_no_claim_of_a_users_takes_the_place_of_what_claims_rest_on(tmp_path: Path, ask: Ask) -> None:
    """One that is called like it would be proved by itself."""
    file = tmp_path / "same.py"
    text = GATE.read_text(encoding="utf-8")
    file.write_text(text.replace('"enters-by-the-gate"', repr(events.NAME)), encoding="utf-8")
    answer = ask("prove", f"{file}:slips", events.NAME)
    assert answer.code == 65
    assert "begins with a parenthesis" in answer.err


def test_events_that_nothing_shows_are_not_proved(tmp_path: Path, ask: Ask) -> None:
    file = tmp_path / "unseen.py"
    text = GATE.read_text(encoding="utf-8")
    file.write_text(text.replace(', views={"server": seen}', ""), encoding="utf-8")
    answer = ask("prove", f"{file}:gate", "enters-by-the-gate")
    assert answer.code == 20
    assert "has no views by which they could be held against its states" in " ".join(answer.out.split())


def closing_early(una: int) -> TransitionSystem:
    """Return an endpoint that closes before its SYN, with the number 5, is acknowledged: then it is established by the ACK.

    ``una`` is what it has for SND.UNA when it opens.
    """
    place = Variable("a.place", Enum("State", ("CLOSED", "SYN-RECEIVED", "FIN-WAIT-1")), "CLOSED")
    acknowledged, iss = Variable("a.acknowledged", SEQ, 0), Variable("a.first", SEQ, 0)
    state, opened = place.value, acknowledged.value != iss.value
    actions = (
        Action(
            "opens",
            state == "CLOSED",
            {"a.place": "SYN-RECEIVED", "a.acknowledged": una, "a.first": 5},
            by="a",
            events=(Event(EventKind.OPENS, "a"),),
        ),
        Action("closes", state == "SYN-RECEIVED", {"a.place": "FIN-WAIT-1"}, by="a"),
        Action(
            "is_acknowledged",
            (state == "FIN-WAIT-1") & ~opened,
            {"a.acknowledged": iss.value + 1},
            by="a",
            events=(Event(EventKind.ESTABLISHES, "a"),),
        ),
        Action("ends", state == "FIN-WAIT-1", {"a.place": "CLOSED"}, by="a", events=(Event(EventKind.ENDS, "a"),)),
    )
    view = View(state, established=(state == "FIN-WAIT-1") & opened, exists=state != "CLOSED", iss=iss.value)
    return TransitionSystem("closing early", (place, acknowledged, iss), actions, views={"a": view})


@pytest.mark.parametrize("width", [BITS, UNBOUNDED], ids=lambda w: w.name)
def test_what_a_view_compares_is_guessed(width: Width) -> None:
    """Whether CLOSE establishes depends on SND.UNA in SYN-RECEIVED. Were it 6 there, CLOSE would, and not say so."""

    def shown(una: int) -> tuple[Expr, ...]:
        system = closing_early(una)
        spec = specify(
            system, [invariant("open", (first := system.variables[2].value) != 7, trigger=first == 5, when="it opened")]
        )
        ground = Subject(spec, spec.claim["open"], (), DEFAULT).ground
        assert ground is not None
        return grounded(ground, width, (), time.monotonic() + 60, lambda _: None, learn=False)[0]

    assert any("SYN-RECEIVED" in str(conjunct) and "a.acknowledged" in str(conjunct) for conjunct in shown(5))
    with pytest.raises(UndecidedError, match="'closes' may not be what they say: the a enters ESTABLISHED"):
        shown(6)


@pytest.mark.parametrize("learn", [False, True])
def test_time_that_is_over_is_no_fault_of_the_model(learn: bool) -> None:
    """What shows these events is known and is not looked at any more: no action and no obligation is to blame."""
    system = closing_early(5)
    first = system.variables[2].value
    spec = specify(system, [invariant("open", first != 7, trigger=first == 5, when="it opened")])
    ground = Subject(spec, spec.claim["open"], (), DEFAULT).ground
    assert ground is not None
    known = grounded(ground, BITS, (), time.monotonic() + 60, lambda _: None, learn=False)[0]
    with pytest.raises(UndecidedError, match=r"^the time is over$"):
        grounded(ground, BITS, known, time.monotonic(), lambda _: None, learn=learn)


# -- bounded model checking and liveness ---------------------------------------------------------------------------------------


def late(limit: int) -> str:
    """Return a model whose server is ESTABLISHED without a word when a counter has come to its end, and idles before."""
    return f"""\
from model import *
from properties import invariant, leads_to, specify, weakly
n = Variable("n", Nat({limit}), 0)
state = Variable("state", Enum("State", ("CLOSED", "ESTABLISHED")), "CLOSED")
SYSTEM = TransitionSystem(
    "late",
    (n, state),
    (
        Action("ticks", guard=n.value < {limit}, updates={{"n": n.value + 1}}),
        Action("slips", (n.value == {limit}) & (state.value == "CLOSED"), {{"state": "ESTABLISHED"}}, by="server"),
    ),
    views={{"server": View(state.value, established=state.value == "ESTABLISHED", exists=state.value != "CLOSED")}},
)
LATE = specify(SYSTEM, (
    invariant("below", n.value <= {limit}, trigger=n.value == 1, when="it ticked"),
    invariant("at-most-2", n.value <= 2, trigger=n.value == 1, when="it ticked"),
    leads_to("ends", n.value == 0, n.value == {limit}, fairness=(weakly("ticks"),)),
))
"""


def test_bounded_model_checking_looks_at_events_as_deep_as_at_claims(tmp_path: Path, ask: Ask) -> None:
    """The lie is the sixth step: at depth 6 it is found, whatever is asked, and at depth 3 the claim is violated before it."""
    file = tmp_path / "late.py"
    file.write_text(late(5), encoding="utf-8")
    assert ask("check", str(file), "at-most-2", "--engine", "bmc").code == 12
    assert ask("check", str(file), "below", "--engine", "bmc", "--max-depth", "5").code == 20
    answer = ask("check", str(file), "below", "--engine", "bmc", "--max-depth", "6")
    assert answer.code == 65
    assert "'slips' is not what its events say" in answer.err


def test_a_claim_of_liveness_holds_only_where_all_events_were_looked_at(tmp_path: Path, ask: Ask) -> None:
    file = tmp_path / "late.py"
    file.write_text(late(5_000), encoding="utf-8")
    answer = ask("check", str(file), "ends")
    assert answer.code == 65
    assert "'slips' is not what its events say" in answer.err
    limited = ask("check", str(file), "ends", "--max-states", "100")
    assert limited.code == 20


# -- many systems --------------------------------------------------------------------------------------------------------------


def endpoints(chance: random.Random) -> TransitionSystem:
    """Return a system of one or two endpoints that go from state to state, and say what they do, or mostly do."""
    roles = ("a", "b")[: chance.randint(1, 2)]
    counter = Variable("n", Nat(3), 0)
    variables, actions, views = [counter], list[Action](), {}
    for role in roles:
        state = Variable(f"{role}.place", STATE, "CLOSED")
        variables.append(state)
        views[role] = View(state.value, established=state.value == "ESTABLISHED", exists=state.value != "CLOSED")
        for before, after in (("CLOSED", 1), ("SYN-RECEIVED", 2), ("SYN-RECEIVED", 0), ("ESTABLISHED", 0), ("CLOSED", 2)):
            guard: Expr = state.value == before
            if chance.random() < 0.5:
                guard &= counter.value == chance.randint(0, 3)
            told = list(_told(before, STATE.members[after], role))
            if chance.random() < 0.15 and told:
                told.remove(chance.choice(told))
            if chance.random() < 0.08:
                told.append(Event(chance.choice(list(EventKind)), role))
            updates = {f"{role}.place": STATE.members[after]}
            if chance.random() < 0.5:
                updates["n"] = ite(counter.value == 3, 0, counter.value + 1)  # type: ignore[assignment]
            actions.append(Action(f"{role}_{len(actions)}", guard, updates, events=tuple(dict.fromkeys(told)), by=role))
    return TransitionSystem("endpoints", tuple(variables), tuple(actions), views=views)


def _told(before: str, after: str, role: str) -> Iterator[Event]:
    """Yield the events of a step as they happen."""
    if before == "CLOSED":
        yield Event(EventKind.OPENS, role)
    if after == "ESTABLISHED":
        yield Event(EventKind.ESTABLISHES, role)
    if after == "CLOSED":
        yield Event(EventKind.ENDS, role)


def shows_what_is_false(seed: int) -> bool | None:
    """Return whether events are shown to be what happens, though a search of all states finds a step in which they are not.

    None where they are what happens, and that is shown.
    """
    system = endpoints(random.Random(seed))  # noqa: S311  # chance, not secrecy
    spec = specify(system, [invariant("small", system.variables[0].value <= 3, trigger=True_, when="it began")])
    ground = Subject(spec, spec.claim["small"], (), DEFAULT).ground
    assert ground is not None
    watched = monitored(system, [ground.claim])
    found = search(watched)
    honest = not found.schedules
    assert found.complete or not honest
    try:
        grounded(ground, BITS, (), time.monotonic() + 60, lambda _: None, learn=False)
    except UndecidedError:
        return False
    return None if honest else True


True_ = Variable("n", Nat(3), 0).value <= 3


def test_only_honest_systems_are_shown_to_be_honest() -> None:
    answers = [shows_what_is_false(seed) for seed in range(30)]
    assert True not in answers
    assert {None, False} == set(answers)


@pytest.mark.long
def test_only_honest_systems_of_a_thousand_are_shown_to_be_honest() -> None:
    answers = [shows_what_is_false(seed) for seed in range(1000)]
    assert True not in answers
    assert min(answers.count(None), answers.count(False)) > 100  # both kinds are there


@pytest.mark.parametrize("rule", ["_establishing", "_beginning"])
def test_each_rule_about_events_is_needed(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one of them some system that lies is shown to be honest: by the other rules, for all that a proof can say."""
    lying = [seed for seed in range(25) if shows_what_is_false(seed) is False]
    monkeypatch.setattr(events, rule, lambda *_: iter(()))
    assert any(shows_what_is_false(seed) is None for seed in lying)
