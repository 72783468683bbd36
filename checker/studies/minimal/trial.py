"""One member of the family on trial: the search for an attack on it, and attacks on other members tried on it.

An attack is found as the run of one member. To try it on another it has to say what is done and not which numbers are in
the messages: these differ between members. So it is a list of moves, each an action, and for a message taken the step that
sent it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from checker.engine import Answer
from checker.explicit.search import search
from checker.host.limits import INTERRUPTED, Limits, Schedule
from checker.runs.trace import Trace, replay
from model.notation.analysis import substitute
from model.notation.expr import FALSE, Expr, disj
from model.notation.interpreter import Arguments, Interpreter, State, cells, evaluate
from model.notation.network import keeping_everything
from model.notation.sorts import Value
from model.notation.system import TransitionSystem
from model.tcp.handshakes.parametric import OPENS, Member, Parametric, both_know, recorded, takes
from properties.claim import Claim, monitored
from properties.observe import Check, Monitored
from properties.safety import ISN_PAIRED

Sent = tuple[Value, ...] | None
"""The message that a step sent, if it sent one: no step sends two."""

ATTACK, CONNECTION = "(attack)", "(connection)"
"""What is looked for beside claims: a step that violates one of them, and one after which both sides know both ISNs."""


@dataclass(frozen=True, slots=True)
class Move:
    """A step of a run as any member can be asked for it: the action, and the step, from 0, that sent the message it takes."""

    action: str
    sent_in: int | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """What moves came to: the state after the last, the claims that it violated, and the run of this member that they are."""

    state: State
    violated: frozenset[str]
    schedule: Schedule


def honest(messages: int) -> tuple[Move, ...]:
    """Return the moves of a run in which nothing goes wrong: the client opens, and each message is taken when it is sent."""
    return (Move(OPENS), *(Move(takes(message), message - 1) for message in range(1, messages + 1)))


def searched(monitored: Monitored, limits: Limits | None = None) -> Answer:
    """Search as :func:`checker.explicit.search.search` does, and let Ctrl-C end everything: half of a family says nothing."""
    found = search(monitored, limits)
    if found.reason == INTERRUPTED:
        raise KeyboardInterrupt
    return found


def reaching(name: str, system: TransitionSystem, goal: Expr) -> Check:
    """Return what looks for a step after which ``goal`` is true."""
    return Check(name, {action.name: substitute(goal, action.updates) for action in system.actions})


class Trial:
    """A member of a family, and the claims that it has to hold."""

    def __init__(self, family: Parametric, member: Member, claims: Sequence[Claim]) -> None:
        self.member = member
        self.system = family.system(member)
        self._claims = claims

    @cached_property
    def watched(self) -> Monitored:
        """The member with its claims woven in: that about ISNs by what was noted down, the others by who sent message 1."""
        watched = Monitored(self.system)
        for views, about_isns in ((self.system.views, False), (recorded(self.system), True)):
            claims = [claim for claim in self._claims if (claim is ISN_PAIRED) == about_isns]
            if claims:
                woven = monitored(replace(watched.system, views=views), claims)
                watched = Monitored(woven.system, (*watched.checks, *woven.checks))
        return replace(watched, system=replace(watched.system, views=self.system.views))

    @cached_property
    def _kept(self) -> TransitionSystem:
        """The member with a network that keeps everything (:mod:`model.notation.network`): no claim and no rule reads it."""
        return keeping_everything(self.watched.system)

    @cached_property
    def connection(self) -> Check:
        """What decides that both can become ESTABLISHED and know both ISNs."""
        return reaching(CONNECTION, self.system, both_know(self.system))

    def search(self, limits: Limits, *, connection: bool = False) -> Answer:
        """Look for a shortest attack, or for the end of the scope; asked for a ``connection``, look for one as well."""
        checks = self.watched.checks
        stop = {a.name: disj(*(check.stop.get(a.name, FALSE) for check in checks)) for a in self._kept.actions}
        asked = (Check(ATTACK, stop), *((self.connection,) if connection else ()))
        return searched(Monitored(self._kept, asked), limits)

    def moves(self, schedule: Schedule) -> tuple[Move, ...]:
        """Return what is done in a run of this member."""
        interpreter = Interpreter(self._kept)
        state, sent, moves = interpreter.initial(), list[Sent](), list[Move]()
        for name, arguments in schedule:
            action = self._kept.named(name)
            message = arguments.get(action.receives)
            moves.append(Move(name, sent.index(message) if isinstance(message, tuple) else None))
            sent.append(self._sent(name, state, arguments))
            state = interpreter.take(state, name, arguments).state
        return tuple(moves)

    def taking(self, moves: Sequence[Move]) -> Iterator[Replay]:
        """Make moves as far as this member can, and yield what each came to."""
        interpreter = Interpreter(self._kept)
        state, sent, schedule = interpreter.initial(), list[Sent](), list[tuple[str, Arguments]]()
        for move in moves:
            action = self._kept.named(move.action)
            message = None if move.sent_in is None else sent[move.sent_in]
            given = {} if message is None else {action.receives: message}
            choices = interpreter.choices(action, state, given)
            arguments = next((chosen for chosen in choices if interpreter.enabled(action, state, chosen)), None)
            if arguments is None or (move.sent_in is not None and message is None):
                return
            values = cells(action, arguments)
            violated = frozenset(
                check.name
                for check in self.watched.checks
                if evaluate(check.stop.get(move.action, FALSE), state, values) is True
            )
            sent.append(self._sent(move.action, state, arguments))
            state = interpreter.take(state, move.action, arguments).state
            schedule.append((move.action, arguments))
            yield Replay(state, violated, tuple(schedule))

    def _sent(self, name: str, state: State, arguments: Arguments) -> Sent:
        action = self._kept.named(name)
        values = cells(action, arguments)
        return next((tuple(evaluate(cell, state, values) for cell in message) for message in action.sends), None)

    def falls_to(self, moves: Sequence[Move]) -> bool:
        """Return whether these moves, or the first of them, are an attack on this member."""
        return any(taken.violated for taken in self.taking(moves))

    def connects_by(self, moves: Sequence[Move]) -> bool:
        """Return whether all of these moves are possible, and both know both ISNs after them."""
        made = tuple(self.taking(moves))
        return len(made) == len(moves) and evaluate(both_know(self.system), made[-1].state) is True

    def violated_by(self, schedule: Schedule) -> tuple[str, ...]:
        """Return the claims that the last step of a run violates."""
        *_, last = self.taking(self.moves(schedule))
        return tuple(claim.name for claim in self._claims if claim.name in last.violated)

    def trace(self, name: str, schedule: Schedule) -> Trace:
        """Return a run that ends in a step which decides a claim, replayed on the exact network."""
        checks = {check.name: check for check in (*self.watched.checks, self.connection)}
        return replay(self.watched, checks[name], schedule, kept_everything=True)
