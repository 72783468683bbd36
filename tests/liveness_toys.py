"""Small systems with a claim of liveness and a known answer, worked out by hand in the comment of each.

Where the claim is violated the answer is the length of the shortest stem and of the cycle after it; 0 is to stop for ever.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.notation.expr import Expr, disj, ite, lift
from model.notation.family import family
from model.notation.sorts import BOOL, Enum, Nat, Relation
from model.notation.system import Action, Network, TransitionSystem, Variable, draw
from properties import Fairness, delivery, eventually, leads_to, strongly, weakly
from properties.claim import Claim
from properties.fairness import Strength, some_step

SIDE = Enum("Side", ("left", "right"))
OTHER = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class LivenessToy:
    """A system and a claim about it: the lasso that violates it as two lengths, None where it holds."""

    name: str
    system: TransitionSystem
    claim: Claim
    lasso: tuple[int, int] | None
    deadlock: bool = False


def walk(name: str, edges: dict[str, list[tuple[int, int]]]) -> tuple[TransitionSystem, Expr]:
    """Return a system with one number: an action for each name, and a step of it for each pair of numbers."""
    at = Variable("at", Nat(max(n for pairs in edges.values() for pair in pairs for n in pair)), 0)
    actions: list[Action] = []
    for action, pairs in edges.items():
        new: Expr = at.value
        for before, after in pairs:
            new = ite(at.value == before, at.value + (after - before), new)
        actions.append(Action(action, disj(*(at.value == before for before, _ in pairs)), {"at": new}))
    return TransitionSystem(name, (at,), tuple(actions)), at.value


def lock(*fairness: Fairness, lasso: tuple[int, int] | None, name: str) -> LivenessToy:
    """Two processes take turns with a lock, or do not: whoever is there first has it."""
    place = family("place", SIDE, Enum("Place", ("idle", "waiting", "critical")))
    actions = tuple(
        action
        for me in SIDE.members
        for action in (
            Action(f"{me}_waits", place[me] == "idle", place.set(me, "waiting")),
            Action(f"{me}_enters", (place[me] == "waiting") & (place[OTHER[me]] != "critical"), place.set(me, "critical")),
            Action(f"{me}_leaves", place[me] == "critical", place.set(me, "idle")),
        )
    )
    system = TransitionSystem(name, place.variables("idle"), actions)
    claim = leads_to("left-enters", place["left"] == "waiting", place["left"] == "critical", fairness=fairness)
    return LivenessToy(name, system, claim, lasso)


def locks() -> tuple[LivenessToy, ...]:
    leaves = weakly("left_leaves", "right_leaves", each=True, name="leaves")
    return (
        # Nothing has to happen: it waits, and that is all.
        lock(lasso=(1, 0), name="lock without fairness"),
        # Weak fairness lets the right process have the lock again and again: left waits, right waits, and then right enters,
        # leaves, waits. While it is inside, the left one cannot enter, so it is not always that it can. The stem is only that
        # left waits: the cycle can begin with the right one idle.
        lock(weakly("left_enters"), leaves, lasso=(1, 3), name="lock, unfair"),
        # If it can enter again and again, it does. If the right one does not stay inside for ever, it can.
        lock(strongly("left_enters"), leaves, lasso=None, name="lock, fair"),
        # It may stay inside for ever where nothing makes it leave: left waits, right waits, right enters.
        lock(strongly("left_enters"), lasso=(3, 0), name="lock that is kept"),
    )


def ring(*fairness: Fairness, lasso: tuple[int, int] | None, name: str, hops: int = 3) -> LivenessToy:
    """A token goes round a ring of three."""
    system, at = walk(name, {"passes": [(n, (n + 1) % hops) for n in range(hops)]})
    return LivenessToy(name, system, eventually("third-has-it", at == 2, fairness=fairness), lasso)


def livelock() -> LivenessToy:
    # Two people in a corridor step aside for each other, both at once, for ever: from one side to the other is one step, back
    # another. Only on different sides could they pass, and they never are. All steps that are possible are taken.
    mine, yours, done = Variable("mine", SIDE, "left"), Variable("yours", SIDE, "left"), Variable("passed", BOOL, initial=False)
    aside = {v.name: ite(v.value == "left", lift("right", SIDE), lift("left", SIDE)) for v in (mine, yours)}
    system = TransitionSystem(
        "corridor",
        (mine, yours, done),
        (
            Action("step_aside", ~done.value, aside),
            Action("pass", ~done.value & (mine.value != yours.value), {"passed": True}),
        ),
    )
    fairness = (weakly("step_aside"), strongly("pass"))
    return LivenessToy("livelock", system, eventually("they-pass", done.value, fairness=fairness), (0, 2))


def deadlock() -> LivenessToy:
    # Two take two forks, each the one on its left first. When each has one, nobody can go on: two steps.
    fork = family("fork", SIDE, Enum("Owner", ("free", "left", "right")))
    fed = Variable("fed", BOOL, initial=False)
    actions = tuple(
        action
        for me in SIDE.members
        for action in (
            Action(f"{me}_takes_first", fork[me] == "free", fork.set(me, me)),
            Action(
                f"{me}_takes_second",
                (fork[me] == me) & (fork[OTHER[me]] == "free"),
                fork.set(me, "free") | {"fed": True},
            ),
        )
    )
    system = TransitionSystem("forks", (*fork.variables("free"), fed), actions)
    claim = eventually("somebody-eats", fed.value, fairness=(some_step(system),))
    return LivenessToy("deadlock", system, claim, (2, 0), deadlock=True)


def avoided() -> tuple[LivenessToy, ...]:
    """A component that is unfair as a whole, and what is left of it without the state that makes it so."""
    inner = {"to_and_fro": [(0, 1), (1, 0)], "aside": [(0, 2), (2, 0)]}
    there, at = walk("avoided", {**inner, "escapes": [(2, 3)]})
    between, of_it = walk("on the way", {**inner, "escapes": [(0, 3)]})
    both = weakly("to_and_fro", "aside")
    return (
        # {0, 1, 2} is one component. In 2 it could escape, so who is there again and again does. {0, 1} avoids that.
        LivenessToy("avoided", there, leads_to("escape", at == 0, at == 3, fairness=(both, strongly("escapes"))), (0, 2)),
        # Where it could escape from 0, no cycle avoids that: without 0 there are 1 and 2 alone, which are left if one goes on.
        LivenessToy(
            "on the way", between, leads_to("escape", of_it == 0, of_it == 3, fairness=(both, strongly("escapes"))), None
        ),
        # To be able to escape now and then is not enough for weak fairness: 0, 1, 0, as above.
        LivenessToy(
            "now and then", between, leads_to("escape", of_it == 0, of_it == 3, fairness=(both, weakly("escapes"))), (0, 2)
        ),
    )


def around_the_goal() -> tuple[LivenessToy, ...]:
    """Cycles that violate nothing: through the goal, before the premise, and after the goal."""
    system, at = walk("stations", {"goes": [(0, 1), (1, 2), (2, 0)], "rests": [(2, 2)]})
    goes = weakly("goes")
    return (
        # Every cycle passes 2 in the end, unless it stops; and stopping is unfair.
        LivenessToy("through the goal", system, leads_to("comes", at == 0, at == 2, fairness=(goes,)), None),
        # From 1 to 2 it may not go at all.
        LivenessToy("stops before", system, leads_to("comes", at == 1, at == 2), (1, 0)),
        # The goal is met where the premise is.
        LivenessToy("at once", system, leads_to("comes", at == 1, at <= 1), None),
        # 2 and 0 are not 1, but from where the premise is, 1, nothing has to follow that was not before it: 1, 2, 0, 1.
        LivenessToy("never again", system, leads_to("is-nowhere", at == 1, (at == 0) & (at == 1), fairness=(goes,)), (1, 3)),
    )


def posts() -> tuple[LivenessToy, ...]:
    """A letter is sent again and again over a network that loses."""
    net = Variable("post", Relation((("letter", BOOL),)), frozenset())
    read = Variable("read", BOOL, initial=False)
    letter = draw("letter", net.value)

    def post(name: str, *fairness: Fairness, lasso: tuple[int, int] | None, loss: bool = True) -> LivenessToy:
        system = TransitionSystem(
            name,
            (net, read),
            (
                Action("sends", ~read.value, sends=((True,),)),
                Action("receives", parameters=(letter,), receives="letter", updates={"read": True}),
            ),
            network=Network("post", loss=loss, duplication=True),
        )
        return LivenessToy(name, system, eventually("is-read", read.value, fairness=fairness), lasso)

    again = weakly("sends")
    return (
        # Sent, lost, sent, lost: it can be received again and again, and not always.
        post("post, weakly fair", again, delivery(Strength.WEAK), lasso=(0, 2)),
        post("post, strongly fair", again, delivery(), lasso=None),
        # Sent once and lost, it is not there to be received: and nothing has to be sent at all.
        post("post that nobody sends", delivery(), lasso=(0, 0)),
        # Where nothing is lost it stays until it is received: then it always can be.
        post("post without loss", again, delivery(Strength.WEAK), lasso=None, loss=False),
    )


TOYS: tuple[LivenessToy, ...] = (
    *locks(),
    ring(weakly("passes"), lasso=None, name="ring"),
    ring(lasso=(0, 0), name="ring that may stop"),
    livelock(),
    deadlock(),
    *avoided(),
    *around_the_goal(),
    *posts(),
)
