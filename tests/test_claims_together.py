"""What a claim is found to be never depends on which others are asked, nor on how the network is searched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings

import checker.decide as decide_module
from checker.decide import Setting, decide
from checker.host.limits import Limits
from checker.proof.subject import Subject
from checker.studies.proving import prove
from checker.verdict import Outcome, Verdict
from model import BOOL, FALSE, TRUE, Action, Expr, Nat, Network, Relation, TransitionSystem, Variable, draw
from model.notation.analysis import mentions
from model.notation.interpreter import Interpreter, evaluate
from model.notation.network import KEPT, LOSES, connect
from model.tcp.scope import SCOPES
from properties import Claim, Kind, Seen, Step, claim, invariant, losses, reachable, specify
from properties.observe import Monitored
from properties.step import monitor
from tests.naive import Explored, explore
from tests.random_claims import questions, said

DEPTH = 4


def right_answer(system: TransitionSystem, claim: Claim) -> tuple[int | None, Explored]:
    """Return in how many steps a claim is decided, and what there is: by the naive search, on the exact network, alone."""
    exact, check = monitor(connect(system), claim.name, claim.observing(system), claim.watch)
    explored = explore(Monitored(exact, (check,)), DEPTH)
    at_start = evaluate(claim.at_start, Interpreter(system).initial()) is True
    return 0 if at_start else explored.shortest.get(claim.name), explored


def faults(system: TransitionSystem, claims: Sequence[Claim], seen: Counter[str], engines: Sequence[str]) -> list[str]:
    """Return each answer that is wrong: of each claim alone, of all together, and of two that are side by side."""
    spec = specify(system, claims)
    right = {claim.name: right_answer(system, claim) for claim in claims}
    alone = [(claim,) for claim in claims]
    wrong = []

    def look(verdict: Verdict, how: str) -> None:
        name = verdict.question.claim.name
        steps, explored = right[name]
        found = None if verdict.trace is None else len(verdict.trace)
        shown = Outcome.HOLDS if verdict.question.claim.kind is Kind.REACHABILITY else Outcome.VIOLATED
        triggered = name in explored.triggered
        if found != steps or (verdict.outcome is shown) is not (steps is not None):
            wrong.append(f"{name} {how}: {verdict.outcome.value} in {found} steps, and not {steps}")
        if verdict.exercised is not None and verdict.exercised is not triggered:
            wrong.append(f"{name} {how}: its trigger was {'' if verdict.exercised else 'not '}met")
        seen[f"about the network: {'about the network' in verdict.counts.network}, decided: {found is not None}"] += 1

    for asked in (*alone, claims, claims[::-2], claims[1:3]):
        for engine in engines:
            for reduction in (True, False) if engine == "bfs" else (True,):
                setting = Setting(SCOPES["default"], engine=engine, reduction=reduction, limits=Limits(depth=DEPTH))
                for verdict in decide(spec, asked, setting):
                    how = f"by {engine} with {', '.join(c.name for c in asked)}, {'reduced' if reduction else 'exact'}"
                    look(verdict, how)
    return wrong


def first_fault(examples: int, engines: Sequence[str] = ("bfs",)) -> tuple[str, Counter[str]]:
    """Return the first wrong answer to so many examples, the same on every run, or ""; and what they were."""
    found: list[str] = []
    seen = Counter[str]()

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(questions())
    def run(question: tuple[TransitionSystem, tuple[Claim, ...]]) -> None:
        if not found:
            found.extend(faults(*question, seen, engines))
            seen["examples"] += 1

    run()
    return next(iter(found), ""), seen


def test_no_claim_depends_on_others() -> None:
    """Catches a claim that is decided as if nothing were lost, or otherwise than alone."""
    wrong, seen = first_fault(24)
    assert wrong == ""
    assert len(seen) == 5, seen  # decided and not, by claims that notice the network and by others
    assert min(seen.values()) >= 24, seen


@pytest.mark.long
def test_no_claim_of_a_thousand_systems_depends_on_others() -> None:
    """Catches what is rarer."""
    wrong, seen = first_fault(1000)
    assert wrong == ""
    assert seen["examples"] == 1000


@pytest.mark.long
def test_bounded_model_checking_agrees() -> None:
    """Catches a loss that Z3 is not shown."""
    assert first_fault(60, ("bmc",))[0] == ""


def compared_with_nothing(system: TransitionSystem, claims: Iterable[Claim]) -> Monitored:
    """Weave claims in as was once thought to be enough: a loss is noticed if it prints otherwise than a step without effect."""
    asked = tuple(claims)
    watched, _ = claim._woven(system, asked)  # noqa: SLF001  # what is put in its place differs from it in the decision alone
    connected = connect(system)
    assert system.network is not None
    with_idle = replace(connected, actions=(*connected.actions, Action("(nothing)")))
    exact, _ = claim._woven(with_idle, asked)  # noqa: SLF001  # as above

    def seen(by: Monitored, action: str) -> list[Expr]:
        remembered = [e for name, e in by.system.action[action].updates.items() if name not in system.sorts]
        return [*remembered, *(of[action] for c in by.checks for of in (c.stop, c.trigger) if action in of)]

    network = {KEPT, system.network.variable}
    noticed = (
        any(network & {name for _, name in mentions(e)} for a in connected.action for e in seen(exact, a))
        or any(len(seen(exact, a)) != len(seen(watched, a)) for a in system.action)
        or (LOSES in connected.action and list(map(str, seen(exact, LOSES))) != list(map(str, seen(exact, "(nothing)"))))
    )
    return claim._woven(connected, asked)[0] if noticed else watched  # noqa: SLF001  # as above


def test_comparing_with_a_step_that_does_nothing_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches examples too dull to show anything."""
    monkeypatch.setattr(decide_module, "monitored", compared_with_nothing)
    assert first_fault(24)[0] != ""


# -- each condition by itself ------------------------------------------------------------------------------------------

WIRE = Variable("wire", Relation((("n", Nat(2)),)), frozenset())
N = Variable("n", Nat(1), 0)
ARRIVING = draw("row", WIRE.value)
SENDS = Action("sends", guard=N.value == 0, sends=((1,),), updates={"n": 1})
TAKES = Action("takes", parameters=(ARRIVING,), receives="row")


def posed(*actions: Action, in_flight: Iterable[int] = ()) -> TransitionSystem:
    """Return a system with some segments in flight at first."""
    wire = replace(WIRE, initial=frozenset((n,) for n in in_flight))
    return TransitionSystem("posed", (wire, N), actions, network=Network("wire"))


def objecting(name: str, look: Callable[[Step], Expr]) -> Claim:
    """Return the claim that no step looks so."""
    return replace(invariant(name, TRUE, trigger=TRUE, when="a step was taken"), watch=lambda step: Seen(look(step), TRUE))


def on_loss(step: Step, formula: Expr) -> Expr:
    return formula if step.action.name == LOSES else FALSE


@dataclass(frozen=True)
class Needed:
    """A claim that is decided in so many steps, and in how many if one condition were not asked; None if in none."""

    system: TransitionSystem
    claim: Claim
    steps: int
    otherwise: int | None = None


NEEDED: dict[Callable[[losses.Shown], bool], Needed] = {
    # Sending puts a segment into the network, in the first step; losses are looked at by nobody.
    losses.says_otherwise: Needed(
        posed(SENDS, TAKES),
        objecting("changes", lambda step: said(step.action.name != LOSES and "wire" in step.action.updates)),
        1,
    ),
    # 1 and 2 are there after the first step, the second loses 1, the third loses 2, and before it 1 is not there.
    losses.tells_losses_apart: Needed(
        posed(Action("fills", guard=N.value == 0, updates={"wire": frozenset({(1,), (2,)}), "n": 1})),
        objecting("there", lambda step: ~WIRE.value.has(1) if step.action.name == LOSES else step.after(~WIRE.value.has(1))),
        3,
    ),
    # Nothing is possible but to lose what is in flight, after which n is 0 as it was before.
    losses.says_more_at_first: Needed(
        posed(Action("goes", guard=N.value == 1, updates={"n": 1}), in_flight=(1,)),
        objecting("is 1", lambda step: step.after(N.value == 0)),
        1,
    ),
    # The first step sends; the second loses what was sent, and neither receives nor sends.
    losses.says_more_after_a_step: Needed(
        posed(SENDS, TAKES), objecting("idle", lambda step: said(step.received_row is None and not step.sent_rows)), 2
    ),
}


def steps_of(case: Needed, **how: object) -> int | None:
    (verdict,) = decide(specify(case.system, [case.claim]), [case.claim], Setting(SCOPES["default"], **how))  # type: ignore[arg-type]
    return None if verdict.trace is None else len(verdict.trace)


@pytest.mark.parametrize("condition", losses.CONDITIONS, ids=lambda condition: condition.__name__)
def test_each_condition_is_needed(condition: Callable[[losses.Shown], bool], monkeypatch: pytest.MonkeyPatch) -> None:
    """Worked out by hand: what is decided with all conditions, with Z3, and what would be without this one."""
    case = NEEDED[condition]
    assert right_answer(case.system, case.claim)[0] == case.steps
    assert steps_of(case) == steps_of(case, engine="bmc", limits=Limits(depth=case.steps)) == case.steps
    monkeypatch.setattr(losses, "CONDITIONS", tuple(other for other in losses.CONDITIONS if other is not condition))
    assert steps_of(case) == case.otherwise


def test_what_every_claim_says_of_a_loss_is_no_reason_to_write_it_out() -> None:
    """Catches conditions so careful that nothing is reduced: claims about a state, a change, an arrival, a memory."""
    seen = Variable("seen", BOOL, False)

    def remembering(step: Step) -> Seen:
        step.set("seen", step["seen"] | step.after(N.value == 1))
        return Seen(step.after(step["seen"]) & step.after(N.value == 0), step.after(N.value) != N.value)

    harmless = (
        invariant("small", N.value == 0, trigger=N.value == 1, when="it sent"),
        reachable("sent", N.value == 1),
        objecting("shrinks", lambda step: step.after(N.value) < N.value),
        objecting("takes", lambda step: said(step.received_row is not None)),
        replace(objecting("again", lambda _: FALSE), observers=(seen,), watch=remembering),
    )
    for harmless_claim in harmless:
        (verdict,) = decide(specify(posed(SENDS, TAKES), harmless), [harmless_claim], Setting(SCOPES["default"]))
        assert "kept for ever" in verdict.counts.network, harmless_claim.name


# -- claims that are asked together ------------------------------------------------------------------------------------


def test_a_claim_is_not_shown_what_another_remembers() -> None:
    """Catches a claim that counts variables, or what an action updates, and counts the observers of others."""
    seen = Variable("seen", BOOL, False)

    def remembering(step: Step) -> Seen:
        step.set("seen", value=True)
        return Seen()

    other = replace(objecting("remembers", lambda _: FALSE), observers=(seen,), watch=remembering)
    counting = objecting("two", lambda step: said(len(step.system.variables) != 2 or "remembers.seen" in step.action.updates))
    for asked in ([counting], [other, counting]):
        *_, verdict = decide(specify(posed(SENDS), asked), asked, Setting(SCOPES["default"]))
        assert verdict.trace is None


def test_a_claim_decided_at_the_start_has_no_trigger_that_was_not_looked_for() -> None:
    """Catches "its trigger never happened" of a claim for which nobody looked, since others had the whole scope searched."""
    early = invariant("early", N.value == 1, trigger=N.value == 1, when="it sent")
    late = invariant("late", N.value <= 1, trigger=N.value == 1, when="it sent")
    spec = specify(posed(SENDS), (early, late))
    for asked in ((early,), (early, late)):
        verdict, *_ = decide(spec, asked, Setting(SCOPES["default"]))
        assert (verdict.outcome, verdict.exercised) == (Outcome.VIOLATED, None)


IDLE = NEEDED[losses.says_more_after_a_step]
STAYS = invariant("stays", (N.value == 0) | WIRE.value.has(1), trigger=N.value == 1, when="it sent")


@pytest.mark.parametrize("asked", [(IDLE.claim,), (IDLE.claim, STAYS), (STAYS, IDLE.claim)], ids=len)
def test_an_idle_step_is_one_whoever_asks(asked: tuple[Claim, ...]) -> None:
    """What was sent is lost in the second step, which neither receives nor sends; a segment taken is gone after two as well."""
    for verdict in decide(specify(IDLE.system, asked), asked, Setting(SCOPES["default"])):
        assert verdict.trace is not None
        assert len(verdict.trace) == 2
        if verdict.question.claim is IDLE.claim:
            assert [step.action for step in verdict.trace.steps] == ["sends", LOSES]


def test_a_proof_is_shown_losses_where_the_claim_notices_them() -> None:
    """Catches a proof of what a loss violates: an idle step is one, so that no invariant proves that there is none."""
    spec, setting = specify(IDLE.system, [IDLE.claim]), Setting(SCOPES["default"])
    subject = Subject(spec, IDLE.claim, (), setting)
    assert subject.check(subject.watched).stop[LOSES] is not FALSE
    assert prove(spec, IDLE.claim, setting, seconds=20).outcome is Outcome.VIOLATED


def test_a_claim_is_shown_an_action_again_only_where_it_shows_something_else() -> None:
    """Whatever the guard; and catches one that is taken for another which updates otherwise, or stands in another system."""
    n = Variable("n", Nat(3), 0)
    shown: list[str] = []

    def watch(step: Step) -> Seen:
        shown.append(step.by)
        return Seen(stop=step.after(n.value) == 3)

    def stops(*, adds: int, when: Expr = TRUE, assumes: int = 0) -> Expr:
        action = Action("acts", when, {"n": n.value + adds}, by="it")
        system = TransitionSystem("s", (n,), (action,), assumptions={"what": assumes})
        return monitor(system, "c", (), watch)[1].stop["acts"]

    first = stops(adds=1)
    assert stops(adds=1, when=n.value < 2) is first
    assert len(shown) == 1
    assert stops(adds=2) is not first
    assert stops(adds=1, assumes=1) is first
    assert len(shown) == 3
