"""Fairness: what a claim about the long run assumes that does happen, if it can.

A run may stop for ever at any moment (stuttering is allowed, as in TLA), and may do one thing for ever and never another. What
a claim must not reckon with it excludes by fairness (L. Lamport, "The Temporal Logic of Actions", 1994, section 5):

- *weak* fairness of an action, WF(A): if from some time on A can always be taken, it is taken again and again;
- *strong* fairness of an action, SF(A): if A can be taken again and again, it is taken again and again.

An action counts as taken also where its step changes nothing: a duplicate that arrives and is dropped has arrived. That is
where this differs from TLA, which asks for a step that changes something.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from model.notation.expr import TRUE, Expr
from model.notation.said import said
from model.notation.sorts import BOOL, NotationError, brief, check_is, check_name, nearest
from model.notation.system import BEGINS, Action, TransitionSystem


class Strength(Enum):
    """How often an action has to be possible for it to be taken in the end."""

    WEAK = "WF"  # always, from some time on
    STRONG = "SF"  # again and again


class Per(Enum):
    """What is treated fairly."""

    TOGETHER = "them together"  # that one of the actions is taken is enough
    ACTION = "each action"
    SEGMENT = "each segment"  # that some action receives it; whether the network keeps a copy does not matter


@dataclass(frozen=True, eq=False)
class Fairness:
    """An assumption that some actions are taken in the end.

    ``name`` is what it is called on the command line, ``statement`` says it in words, as a clause. ``actions`` are names; or
    they are those of ``roles`` that begin with ``does``, as in "retransmits_"; or what these send by themselves, whatever it
    is, without having received anything. It is about the actions only in states that meet ``when``, and in which the view of a
    role shows what is ``seen``: a role, and the name of a part.
    """

    name: str
    statement: str
    strength: Strength = Strength.WEAK
    per: Per = Per.TOGETHER
    actions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    when: Expr = TRUE
    does: str = ""
    seen: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        check_name("the name of a fairness assumption", self.name)
        condition: object = self.when
        if not (isinstance(condition, Expr) and condition.sort == BOOL):
            write = "write a condition over the state, such as x.value == 1"
            raise NotationError(f"fairness {self.name!r} is limited to {brief(condition)}: {write}")

    def covers(self, action: Action) -> bool:
        """Return whether it is about an action."""
        if self.per is Per.SEGMENT:
            return bool(action.receives)
        if action.by not in self.roles:
            return action.name in self.actions
        if self.does:
            return action.name.startswith(f"{action.by}_{self.does}")
        return not action.receives and bool(action.sends) and not action.events

    def check(self, system: TransitionSystem) -> None:
        """Raise :class:`~model.notation.sorts.NotationError` for an action, or a variable, that the system has not."""
        for name in self.actions:
            if name not in system.action:
                known = nearest(name, tuple(system.action))
                raise NotationError(f"assumes fairness of {name!r}, which is no action of {system.name}; {known}", name)
        if self.per is Per.SEGMENT and system.network is None:
            raise NotationError(f"assumes fairness for each segment, and {system.name} has no network")
        system.check_reads([self.when])

    def within(self, system: TransitionSystem) -> Fairness:
        """Return the assumption for a system, in which what it wants to be seen is a formula."""
        if self.seen is None:
            return self
        role, part = self.seen
        return replace(self, when=self.when & system.views[role].part(part, TRUE), seen=None)

    def parts(self, system: TransitionSystem) -> tuple[str, ...]:
        """Return the names of the actions of a system that it is about."""
        return tuple(action.name for action in system.actions if self.covers(action))

    def is_progress(self, system: TransitionSystem) -> bool:
        """Return whether all it says is that a run goes on as long as some step is possible."""
        weakly_all = self.strength is Strength.WEAK and self.per is Per.TOGETHER and self.when is TRUE
        begins = {BEGINS} if system.chosen else set()  # which always is taken in the end
        return weakly_all and {*self.parts(system)} | begins == {action.name for action in system.actions}

    def symbols(self, system: TransitionSystem) -> str:
        """Return it as a formula in the manner of TLA."""
        when = self.within(system).when
        limit = "" if when is TRUE else f" & {when}"
        if self.per is Per.SEGMENT:
            return said("for each segment s: {how}(s is received{limit})", how=self.strength.value, limit=limit)
        names = self.parts(system)
        if not names:
            return "TRUE"  # there is nothing to be fair to
        if self.per is Per.ACTION:
            return " & ".join(f"{self.strength.value}({name}{limit})" for name in names)
        every = "Next" if len(names) > 1 and self.is_progress(system) else " | ".join(names)
        return f"{self.strength.value}({f'({every})' if limit and len(names) > 1 else every}{limit})"


def _of(  # noqa: PLR0913  # all that its two callers are given
    strength: Strength, actions: tuple[str, ...], when: Expr, name: str, statement: str, *, each: bool
) -> Fairness:
    for action in actions:
        check_is("what is treated fairly", action, str, "the name of an action")
    if not actions:
        raise NotationError("fairness of no action says nothing: name one, as in weakly('turns')")
    possible = {Strength.WEAK: "it can always be", Strength.STRONG: "it can be again and again"}[strength]
    among = "" if len(actions) == 1 else "each of " if each else "one of "
    told = statement or f"{among}{', '.join(actions)} is taken in the end, if {possible}"
    return Fairness(name or actions[0], told, strength, Per.ACTION if each else Per.TOGETHER, actions, (), when)


def weakly(*actions: str, when: Expr = TRUE, each: bool = False, name: str = "", statement: str = "") -> Fairness:
    """Return weak fairness of an action, of several together, or of ``each`` of several, in states that meet ``when``."""
    return _of(Strength.WEAK, actions, when, name, statement, each=each)


def strongly(*actions: str, when: Expr = TRUE, each: bool = False, name: str = "", statement: str = "") -> Fairness:
    """Return strong fairness of an action, of several together, or of ``each`` of several, in states that meet ``when``."""
    return _of(Strength.STRONG, actions, when, name, statement, each=each)


def delivery(strength: Strength = Strength.STRONG) -> Fairness:
    """Return the fairness of a network: each segment that is in flight again and again is received again and again."""
    said = "each segment that is in flight again and again is delivered in the end"
    return Fairness("delivery", said, strength, Per.SEGMENT)


def some_step(system: TransitionSystem) -> Fairness:
    """Return the assumption that a run does not stop where a step is possible."""
    said = "a run goes on as long as some step is possible"
    return Fairness("progress", said, Strength.WEAK, Per.TOGETHER, tuple(action.name for action in system.actions))
