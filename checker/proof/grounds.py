"""Showing what a claim rests on: that the events which actions declare are what happens (:mod:`properties.events`).

That is a claim of safety like others, and has an invariant of its own. What is needed of it is nearly always of one form: in
which states an endpoint can be, before it opened or answered and after; and, where its view compares numbers to say whether it
is established, how these compare in which state. So these are guessed, all of them, and those are kept that are true at the
start and that no step breaks (Houdini; Flanagan and Leino, 2001). Where that is not enough the invariant is learned like any
other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product

from checker.proof.finding import Finding
from checker.proof.steps import Steps, UndecidedError
from checker.proof.subject import Subject
from checker.proof.terms import Width
from checker.proof.verifying import verified
from model.notation.analysis import subformulas
from model.notation.expr import Expr, Op, conj, literal, negate, variable
from model.notation.interpreter import Interpreter, evaluate
from model.notation.network import keeping_everything
from model.notation.sorts import BOOL, Enum, Nat
from model.notation.system import View
from properties import events
from properties.observe import Monitored, observer_name

MOST_STATES = 20
"""How many different states of an endpoint are told apart at most."""


def grounded(  # noqa: PLR0913  # what is to be shown, what is known, how much may be tried
    ground: Subject, width: Width, known: Sequence[Expr], deadline: float, log: Callable[[str], None], *, learn: bool
) -> tuple[tuple[Expr, ...], dict[str, str]]:
    """Return an invariant that shows that events are what happens, ``known`` where that is one, and its obligations by name.

    Where guesses are not enough it may ``learn`` one. Raises :class:`~checker.proof.steps.UndecidedError` where none is found,
    with the action whose events may be wrong, or that the time is over.
    """
    kept = replace(ground.watched, system=keeping_everything(ground.watched.system))
    guessed = tuple(known) or _guessed(ground, kept, width, deadline)
    scripts, missing = verified(ground, guessed, width, deadline)
    if not missing:
        log(f"events: shown with {len(guessed)} conjuncts ({width.name})")
        return guessed, scripts
    fault = _why(ground, kept, guessed, width, deadline)
    if not fault and time.monotonic() > deadline:  # what is missing was not looked at, and the model may be right
        raise UndecidedError("the time is over")
    why = f"its events are not shown to be what happens: {fault or missing}"
    if not learn:
        raise UndecidedError(why)
    log(f"{why}: an invariant is looked for")
    try:
        learned, obligations = Finding(ground, deadline, log).invariant(width, guessed)
    except UndecidedError as error:
        raise UndecidedError(why) from error
    return tuple(learned), dict(obligations)


def _guessed(ground: Subject, kept: Monitored, width: Width, deadline: float) -> tuple[Expr, ...]:
    """Return those of the guesses that are inductive together, and as few of them as show the claim where they do."""
    initial = Interpreter(kept.system).initial()
    steps = Steps(kept, width, deadline)
    lemmas = [guess for guess in _guesses(kept) if guess.op is not Op.LITERAL and evaluate(guess, initial) is True]
    while lemmas and (broken := steps.breaking(lemmas, [])[1]):
        lemmas = [lemma for lemma in lemmas if lemma.key not in broken]
    check = ground.check(kept)

    def enough(some: list[Expr]) -> bool:
        return steps.meeting(check.stop, some)[0] is None and (not some or steps.breaking(some, [])[0] is None)

    if enough(lemmas):
        for lemma in list(lemmas):
            without = [other for other in lemmas if other is not lemma]
            lemmas = without if enough(without) else lemmas
    return tuple(lemmas)


def _guesses(kept: Monitored) -> Iterator[Expr]:
    """Yield for each endpoint that it is never in a state, or only after or before it opened or answered.

    Yield also that what its view compares is equal in a state, or never is: as SND.UNA and ISS are in SYN-RECEIVED.
    """
    for role, view in kept.system.views.items():
        remembered = observer_name(events.NAME, role)
        begun = variable(remembered, BOOL)
        for situation, equal in product(_situations(view), _compared(view)):
            yield from (negate(conj(situation, equal)), negate(conj(situation, negate(equal))))
        for situation in _situations(view):
            yield negate(situation)
            if remembered not in kept.system.sorts:  # the events of another protocol than TCP
                continue
            yield negate(conj(situation, negate(begun)))
            yield negate(conj(situation, begun))
            yield negate(conj(negate(situation), begun))


def _compared(view: View) -> Iterator[Expr]:
    """Yield what a view compares, besides the state, to say whether the endpoint is established."""
    return (e for e in subformulas(events.established(view)) if e.op is Op.EQUAL and e.args[0].sort != view.state.sort)


def _situations(view: View) -> Iterator[Expr]:
    """Yield what an endpoint can be seen to be."""
    yield events.existing(view)
    yield events.established(view)
    sort = view.state.sort
    if sort == BOOL:
        yield view.state
    elif (isinstance(sort, Enum) and len(sort.members) <= MOST_STATES) or (isinstance(sort, Nat) and sort.limit < MOST_STATES):
        for value in sort.values():
            yield view.state == literal(value, sort)


def _why(ground: Subject, kept: Monitored, guessed: Sequence[Expr], width: Width, deadline: float) -> str:
    """Return what may be wrong with the events of which action, or "" where nothing is found in the network that keeps all."""
    found, _ = Steps(kept, width, deadline).meeting(ground.check(kept).stop, guessed)
    if found is None:
        return ""
    wrong = events.wrong(kept.system, found.action, found.state, found.parameters)
    return f"action {found.action!r} may not be what they say: {wrong}" if wrong else f"action {found.action!r}"
