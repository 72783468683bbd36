"""Counterexample-guided synthesis of handshakes: Z3 proposes a member of the family, a search attacks it, and so on.

Z3 knows what the attacks found so far have in common with their victims, as conditions on the parameters, and proposes the
smallest member that meets none. Breadth-first search looks for an attack on that member, a shortest run that violates a
claim. The attack is then tried on every member: the moves of the run, with the messages that the other member sends in
their place. Where they violate a claim too, the member is killed without a search. A member for which the search comes to
the end of the scope without an attack survives. (A. Solar-Lezama et al., Combinatorial sketching for finite programs,
ASPLOS 2006, is where such loops come from.)

No verdict rests on Z3 or on a condition being right. A member is killed only when the interpreter has followed the attack
on that member to a step that violates a claim, and survives only when its own search says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from checker.engine import Counts
from checker.host.interrupt import noticing
from checker.host.limits import Limits
from checker.host.solving import z3
from checker.runs.trace import ReplayError, Trace
from checker.studies.minimal.conditions import Condition, covering
from checker.studies.minimal.trial import ATTACK, CONNECTION, Move, Trial, honest
from model.tcp.handshakes.parametric import ESTABLISHES, Choice, Member, Parametric
from properties.catalogue import CLAIMS
from properties.claim import Claim

ATTACKED = (
    "no-stale-establishment",
    "isn-paired",
    "one-connection-per-attempt",
    "client-agreement",
    "agreement",
)
"""The claims that can be asked of the family: those that go by events and ISNs alone, and not by fields of TCP's header."""

DEFAULT = ATTACKED[:-1]
"""Those that are asked unless told otherwise. ``agreement`` wants the client to be ESTABLISHED before the server: it rules out
by its wording each handshake of four messages in which the client is the last to be told."""


@dataclass(frozen=True, slots=True)
class Attack:
    """A run of one member that violates claims, and what else it kills.

    ``on`` is the member it was found on, ``works_on`` all members that fall to the same moves, and ``killed`` those of them
    that no attack before had killed. ``conditions`` say what the latter have in common.
    """

    on: Member
    claims: tuple[str, ...]
    trace: Trace
    moves: tuple[Move, ...]
    works_on: tuple[Member, ...]
    killed: tuple[Member, ...]
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Survivor:
    """A member on which no attack was found. ``complete`` says that every state of the scope was searched for one."""

    member: Member
    complete: bool
    counts: Counts


@dataclass(frozen=True, slots=True)
class Synthesis:
    """What became of each member of a family. ``useless`` are those whose honest run does not connect both sides."""

    family: Parametric
    claims: tuple[str, ...]
    useless: tuple[Member, ...]
    attacks: tuple[Attack, ...]
    survivors: tuple[Survivor, ...]
    proposals: int
    seconds: float

    @property
    def decided(self) -> bool:
        """Whether every member is useless, or was killed, or survived a search of the whole scope."""
        return all(survivor.complete for survivor in self.survivors)

    @property
    def depth(self) -> int | None:
        """How far survivors were searched: up to runs of so many steps, or to the farthest state of the scope.

        It is None where nobody survives.
        """
        depths = [(survivor.counts.depth or 0, survivor.complete) for survivor in self.survivors]
        cut_short = [depth for depth, complete in depths if not complete]
        return min(cut_short) if cut_short else max((depth for depth, _ in depths), default=None)


@dataclass(frozen=True, slots=True)
class Exhaustive:
    """What a search of every member found, one by one, without Z3 and without trying attacks on others."""

    members: int
    survivors: tuple[Member, ...]
    complete: bool
    states: int
    seconds: float


def claims_named(names: Sequence[str]) -> tuple[Claim, ...]:
    """Return claims of :data:`ATTACKED` by name."""
    return tuple(CLAIMS[name] for name in names)


def synthesise(
    family: Parametric,
    names: Sequence[str] = DEFAULT,
    limits: Limits | None = None,
    told: Callable[[str], None] = lambda _: None,
) -> Synthesis:
    """Decide which members of a family hold some claims, each member searched within limits; ``told`` hears how far it is."""
    started = time.perf_counter()
    connects = honest(family.messages)
    useless = tuple(member for member in family.members if not Trial(family, member, ()).connects_by(connects))
    asked = claims_named(names)
    trials = {member: Trial(family, member, asked) for member in family.members if member not in useless}
    left = list(trials)
    proposer = Proposer(family.choices)
    for condition in covering(useless, useless, family.members):
        proposer.exclude(condition)
    attacks: list[Attack] = []
    survivors: list[Survivor] = []
    proposals = 0
    while (member := proposer.propose(family)) is not None:
        proposals += 1
        judged = len(trials) - len(left)
        told(f"{judged} of {len(trials)} members judged, {len(attacks)} attacks, {len(survivors)} survivors")
        attack, survivor = _judged(trials, member, left, useless, limits or Limits())
        if survivor is not None:
            survivors.append(survivor)
            left.remove(member)
            proposer.exclude({choice: choice in member.chosen for choice in family.choices})
        if attack is not None:
            attacks.append(attack)
            left = [other for other in left if other not in attack.killed]
            for condition in attack.conditions:
                proposer.exclude(condition)
    assert not left, "every member that Z3 no longer proposes was judged"
    seconds = time.perf_counter() - started
    return Synthesis(family, tuple(names), useless, tuple(attacks), tuple(survivors), proposals, seconds)


def _judged(
    trials: dict[Member, Trial], member: Member, left: Sequence[Member], useless: Sequence[Member], limits: Limits
) -> tuple[Attack | None, Survivor | None]:
    """Search a member; return the attack, tried on all others, or the survivor."""
    trial = trials[member]
    found = trial.search(limits)
    if ATTACK not in found.schedules:
        return None, Survivor(member, found.complete, found.counts)
    schedule = found.schedules[ATTACK]
    claims = trial.violated_by(schedule)
    moves = trial.moves(schedule)
    if not claims or not trial.falls_to(moves):
        raise ReplayError(f"the attack reported on {member} violates no claim when it is replayed")
    works_on = tuple(other for other, tried in trials.items() if tried.falls_to(moves))
    killed = tuple(other for other in left if other in works_on)
    conditions = covering(killed, {*works_on, *useless}, (*trials, *useless))
    return Attack(member, claims, trial.trace(claims[0], schedule), moves, works_on, killed, conditions), None


class Proposer:
    """Z3, which proposes members that no condition excludes, those with the fewest fields first."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        self._unknowns = {choice: z3.Bool(str(choice)) for choice in choices}
        self._solver = z3.Optimize()
        weights = {choice: (choice.what != ESTABLISHES) << len(choices) | 1 << i for i, choice in enumerate(choices)}
        self._solver.minimize(z3.Sum([z3.If(self._unknowns[choice], weight, 0) for choice, weight in weights.items()]))

    def exclude(self, condition: Condition) -> None:
        """Propose no member that meets a condition."""
        self._solver.add(z3.Or([self._unknowns[choice] != value for choice, value in condition.items()]))

    def propose(self, family: Parametric) -> Member | None:
        """Return a member that meets none of the conditions, if there is one."""
        stopped: list[bool] = []
        with noticing(lambda: stopped.append(True)):  # an exception inside Z3's bindings may be lost
            answer = self._solver.check()
        if stopped:
            raise KeyboardInterrupt
        if answer == z3.unsat:
            return None
        assert answer == z3.sat, "nine Booleans are no trouble to Z3"
        model = self._solver.model()
        return family.member(tuple(z3.is_true(model.eval(unknown, True)) for unknown in self._unknowns.values()))


def exhaustive(
    family: Parametric,
    names: Sequence[str] = DEFAULT,
    limits: Limits | None = None,
    told: Callable[[str], None] = lambda _: None,
) -> Exhaustive:
    """Search every member to the end, also for a run that connects both sides: no attack on one is tried on another."""
    started = time.perf_counter()
    survivors: list[Member] = []
    complete, states = True, 0
    for number, member in enumerate(family.members):
        told(f"{number} of {len(family.members)} members searched one by one")
        found = Trial(family, member, claims_named(names)).search(limits or Limits(), connection=True)
        states += found.counts.states or 0
        decided = found.schedules.keys() >= {ATTACK} or found.complete
        complete &= decided
        if CONNECTION in found.schedules and ATTACK not in found.schedules:
            survivors.append(member)
    return Exhaustive(len(family.members), tuple(survivors), complete, states, time.perf_counter() - started)
