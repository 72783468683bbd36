"""Whether a claim notices what the network does: then the network is written out for it, and may not be reduced.

What a claim says is what it says of the steps of the exact network (:func:`model.notation.network.connect`), in which a
delivery also chooses whether a copy is kept, and a loss is a step like any other. Where the network is not written out a claim
is not shown its losses, and where it keeps everything there are none. Nothing is missed by that if the claim *notices nothing*
of the network:

1. Of each action it says the same formulas whether the network is written out or not, so that no formula reads what only the
   exact network has: what a step makes of the network, and the choice to keep a copy. (A claim is a function in Python.
   Whatever it looked at, what counts is what it says.)
2. Of a loss it says only what was so before. Let F be the formula by which it stops there. F reads the state, neither the
   network nor which segment is lost. After any other action F is true only if that step stops already, by the formulas: each
   part of the disjunction F, with the action's updates put in, is a part of what stops there. In the initial state F is false,
   or ``at_start`` decides the claim, or there is nothing to lose. Likewise its trigger. An observer that is set by a loss is
   set to what every action, and the initial state, have made it already.

Then a loss changes no variable but the network. Let F be true before a loss. The step before it was an action, and stopped; or
it was a loss, before which F was true as well; or there was none, and the claim was decided at the start. By induction it was
decided sooner, so no shortest run that decides it ends in a loss. With the argument of :mod:`model.notation.network`, which
asks besides that no formula reads the network, it is decided in as many steps whichever network is searched. One claim that
notices makes the network exact for all that are asked together, and so changes nothing for the others.

A claim such as "x stays small" says of a loss that x is not small, which is what it said of the step that made it so. One that
objects to steps in which nothing is received or sent, or that counts steps, says of a loss what was not so before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from model.notation.analysis import mentions, rewritten, substitute
from model.notation.expr import FALSE, TRUE, Expr, Op, conj, conjuncts, disj, disjuncts, variable
from model.notation.interpreter import Interpreter, cells, evaluate
from model.notation.network import LOSES
from model.notation.system import TransitionSystem
from properties.observe import Check, Monitored


@dataclass(frozen=True)
class Shown:
    """What claims say when they are shown a system as it is, and when its network is written out."""

    system: TransitionSystem
    watched: Monitored
    exact: Monitored

    @property
    def network(self) -> str:
        """The variable that holds the segments in flight."""
        assert self.system.network is not None
        return self.system.network.variable

    @cached_property
    def observers(self) -> tuple[str, ...]:
        """What the claims remember."""
        return tuple(name for name in self.watched.system.sorts if name not in self.system.sorts)

    def said(self, action: str, by: Monitored) -> tuple[Expr, ...]:
        """Return what is said of an action: what each observer becomes, then for each check when it stops, and its trigger."""
        updates, sorts = by.system.action[action].updates, by.system.sorts
        remembered = (updates.get(name, variable(name, sorts[name])) for name in self.observers)
        return *remembered, *(f.get(action, FALSE) for check in by.checks for f in (check.stop, check.trigger))

    @cached_property
    def lost(self) -> tuple[Expr, ...]:
        """What is said of a loss, without what is plainly never true; nothing where nothing is ever lost."""
        return tuple(map(_settled, self.said(LOSES, self.exact))) if LOSES in self.exact.system.action else ()


def notices(system: TransitionSystem, watched: Monitored, exact: Monitored) -> bool:
    """Return whether some claim notices what the network of ``system`` does.

    ``watched`` has the claims woven into the system, and ``exact`` has them woven into the system with its network written out.
    """
    shown = Shown(system, watched, exact)
    return any(condition(shown) for condition in CONDITIONS)


def says_otherwise(shown: Shown) -> bool:
    """Return whether something else is said of an action where the network is written out."""
    both = ((shown.said(a.name, shown.watched), shown.said(a.name, shown.exact)) for a in shown.system.actions)
    return any(one is not other for watched, exact in both for one, other in zip(watched, exact, strict=True))


def tells_losses_apart(shown: Shown) -> bool:
    """Return whether what is said of a loss reads more than what a loss leaves as it is."""
    return any(op is Op.PARAMETER or name == shown.network for e in shown.lost for op, name in mentions(e))


def says_more_at_first(shown: Shown) -> bool:
    """Return whether something is lost in the initial state, of which more is said than was so at the start."""
    state = Interpreter(shown.watched.system).initial()
    if not (shown.lost and state[shown.network]):
        return False
    if any(op is Op.PARAMETER for e in shown.lost for op, _ in mentions(e)):
        return True  # which segment is lost is no part of the state
    remembered, decided = shown.lost[: len(shown.observers)], shown.lost[len(shown.observers) :]
    return any(evaluate(e, state) != state[name] for name, e in zip(shown.observers, remembered, strict=True)) or any(
        (evaluate(stop, state) is True and evaluate(check.at_start, state) is not True)
        or (evaluate(trigger, state) is True and not _triggered_first(shown.watched.system, check))
        for check, stop, trigger in zip(shown.watched.checks, decided[::2], decided[1::2], strict=True)
    )


def says_more_after_a_step(shown: Shown) -> bool:
    """Return whether what is said of a loss after some action was not said of that action."""
    asked = [
        (number, left)
        for number, left in enumerate(shown.lost)
        if not (
            left is FALSE if number >= len(shown.observers) else left.op is Op.VARIABLE and left.name == shown.observers[number]
        )
    ]
    for action in shown.system.actions if asked else ():
        updates = shown.exact.system.action[action.name].updates
        every = shown.said(action.name, shown.exact)
        for number, left in asked:
            said = every[number]
            after, before = _settled(substitute(left, updates)), _settled(said)
            if not (_within(after, before) and (number >= len(shown.observers) or _within(before, after))):
                return True
    return False


CONDITIONS: tuple[Callable[[Shown], bool], ...] = (
    says_otherwise,
    tells_losses_apart,
    says_more_at_first,
    says_more_after_a_step,
)
"""Whatever of these is true of a claim, it notices what the network does."""


def _triggered_first(system: TransitionSystem, check: Check) -> bool:
    """Return whether some step from the initial state is known to meet the trigger of a check."""
    steps = Interpreter(system)
    initial = steps.initial()
    return any(
        evaluate(check.trigger.get(action.name, FALSE), initial, cells(action, arguments)) is True
        for action in system.actions
        if all(p.source is not None or p.candidates for p in action.parameters)  # the choices are few enough to try them
        for arguments in steps.choices(action, initial)
        if steps.enabled(action, initial, arguments)
    )


def _within(one: Expr, other: Expr) -> bool:
    """Return whether each part of the one disjunction is one of the other."""
    always = other.op is Op.LITERAL and other.data is True
    return always or {part.key for part in disjuncts(one)} <= {part.key for part in disjuncts(other)}


def _settled(e: Expr) -> Expr:
    """Return ``e`` without what is plain from how it is written: x == x, x < x, p & ~p, p | ~p, p & p."""
    return rewritten(e, _plainly)


def _plainly(e: Expr) -> Expr:
    match e.op:
        case Op.EQUAL:
            return e.args[0] == e.args[1]
        case Op.LESS if e.args[0] is e.args[1]:
            return FALSE
        case Op.AND:
            parts = _once(conjuncts(e))
            return FALSE if _opposed(parts, conjuncts) else conj(*parts)
        case Op.OR:
            parts = _once(disjuncts(e))
            return TRUE if _opposed(parts, disjuncts) else disj(*parts)
    return e


def _once(parts: Iterable[Expr]) -> tuple[Expr, ...]:
    return tuple({part.key: part for part in parts}.values())


def _opposed(parts: tuple[Expr, ...], split: Callable[[Expr], tuple[Expr, ...]]) -> bool:
    """Return whether some part says the opposite of others taken together."""
    said = {part.key for part in parts}
    return any(said.issuperset(one.key for one in split(part.args[0])) for part in parts if part.op is Op.NOT)
