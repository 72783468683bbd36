"""Whether the events that a system declares are what happens in it.

Claims go by events. A handshake whose server enters ESTABLISHED without saying so would satisfy every claim about entering it,
so what somebody wrote themselves is held against this while it is searched:

- a step is declared as *establishes* exactly where the view of the role becomes established;
- a step that deletes a TCB is declared as *ends*, and only a role that has one ends, and does not go on in it;
- a role becomes established only when it opened, or answered, since its last end;
- a step that gives a connection another ISS is declared as *opens* or *answers*; neither happens to a role that did so and has
  not ended since, and after either it has a connection;
- a step in which a segment gives a role another IRS, SND.UNA or RCV.NXT, or establishes it, is declared as *accepts*, and only
  a role that receives a segment accepts one.

That a segment is accepted and changes nothing cannot be seen in any state: there the model's word is all there is. So it is of
a listener that answers and keeps no TCB, and says itself what its answer is about (a SYN cookie): nothing need exist after it,
and what it answered once may establish it at any time. What a view does not show is taken as that nobody is established,
everybody exists, and numbers are 0.

The events of another protocol are held against what its kinds say of themselves: which part of a view becomes true, or false,
exactly where they happen (:class:`model.notation.system.Happening`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from model.notation.expr import FALSE, TRUE, Expr, conj, disj, literal, negate, variable
from model.notation.interpreter import State, evaluate
from model.notation.sorts import BOOL, SEQ, Value
from model.notation.system import BEGINS, TransitionSystem, Variable, View
from model.tcp.endpoint import EventKind
from properties.claim import Claim, Kind
from properties.observe import Seen, observer_name
from properties.step import Step

NAME = "(events)"
"""What no claim of the user's is called: theirs do not begin with a parenthesis."""


def events_claim(system: TransitionSystem) -> Claim:
    """Return the claim that ``system`` declares its events as they happen."""
    return Claim(
        NAME,
        Kind.SAFETY,
        brief="events are what happens",
        statement="Every step that enters ESTABLISHED, deletes a TCB or opens a connection says so, and no other does.",
        formula="G (declared events = what the state shows)",
        why="Claims go by events.",
        when_stopped="a step's events were not what happened",
        trigger="a step was taken",
        roles=(),
        watch=_watch,
        observers=_observers(system),
    )


def wrong(system: TransitionSystem, action: str, before: State, cells: Mapping[str, Value]) -> str:
    """Return what is wrong with the events of a step of a system into which the claim is woven, or ""."""
    own = {v.name: replace(v, name=observer_name(NAME, v.name)) for v in _observers(system)}
    step = Step(system, system.named(action), own)
    _watch(step)
    return next((what for when, what in _disagreements(step) if evaluate(when, before, cells) is True), "")


ZERO = literal(0, SEQ)


def existing(view: View) -> Expr:
    """Return whether a role has a connection, as far as its view shows that."""
    return view.part("exists", TRUE)


def established(view: View) -> Expr:
    """Return whether a role is established, as far as its view shows that."""
    return view.part("established", FALSE)


def _keeps_nothing(step: Step, role: str) -> bool:
    """Return whether an endpoint answers somewhere without keeping what it answered."""
    return any((event := a.event(EventKind.ANSWERS, role)) is not None and event.formulas for a in step.system.actions)


def is_tcp(system: TransitionSystem) -> bool:
    """Return whether the events of a system are TCP's, as they are where it says none."""
    return all(isinstance(event.kind, EventKind) for action in system.actions for event in action.events)


def _observers(system: TransitionSystem) -> tuple[Variable, ...]:
    return tuple(Variable(role, BOOL, False) for role in system.views) if is_tcp(system) else ()


def _watch(step: Step) -> Seen:
    for role in step.system.views if is_tcp(step.system) else ():
        if step.opens(role) or step.answers(role):
            step.set(role, value=True)
        elif step.ends(role) and not _keeps_nothing(step, role):
            step.set(role, value=False)
    return Seen(stop=disj(*(wrong for wrong, _ in _disagreements(step))), trigger=TRUE)


def _disagreements(step: Step) -> Iterator[tuple[Expr, str]]:
    """Yield each way in which the events of a step can be wrong: when they are, and what is wrong then.

    That a run begins in one state or another happens to nobody.
    """
    if step.system.chosen and step.action.name == BEGINS:
        return
    for role in step.system.views:
        if not is_tcp(step.system):
            yield from _as_they_say(step, role)
            continue
        yield from _establishing(step, role)
        yield from _beginning(step, role)
        yield from _accepting(step, role)
        yield from _ending(step, role)


def _as_they_say(step: Step, role: str) -> Iterator[tuple[Expr, str]]:
    """Yield where an event and the part of the view that shows it do not go together, for another protocol than TCP."""
    enumerations = {type(event.kind) for action in step.system.actions for event in action.events}
    view = step.view(role)
    for kind in (kind for kinds in enumerations for kind in kinds):
        for part, before in ((kind.enters, False), (kind.leaves, True)):
            if not part or part not in view.parts:
                continue
            shown = view.parts[part]
            changes = conj(shown, negate(step.after(shown))) if before else conj(negate(shown), step.after(shown))
            if step.does(kind, role):
                yield negate(changes), f"it says {kind.name} of the {role}, and {part!r} does not become {not before} of it"
            else:
                say = f"add Event({type(kind).__name__}.{kind.name}, {role!r})"
                yield changes, f"{part!r} becomes {not before} of the {role} in it, and it does not say so: {say}"


def _beginning(step: Step, role: str) -> Iterator[tuple[Expr, str]]:
    view = step.view(role)
    if (answer := step.event(EventKind.ANSWERS, role)) is not None and answer.formulas:
        return  # it keeps nothing
    if step.opens(role) or step.answers(role):
        says = f"it says that the {role} opens or answers"
        if not step.ends(role):  # one connection may give way to another in one step
            ends = f"add Event(EventKind.{EventKind.ENDS.name}, {role!r}) where that connection is over"
            going_on = established(view) if _keeps_nothing(step, role) else step[role]
            yield going_on, f"{says}, and the {role} did so before and has not ended since: {ends}"
        yield negate(step.after(existing(view))), f"{says}, and the {role} has no connection after it"
    elif not step.ends(role) and not (step.establishes(role) and _keeps_nothing(step, role)):
        kinds = f"Event(EventKind.{EventKind.OPENS.name}, {role!r}), or {EventKind.ANSWERS.name}"
        yield (
            _another(step, role, view.part("iss", ZERO)),
            f"the {role} has a new ISS after it, and it does not say so: add {kinds}",
        )


def _establishing(step: Step, role: str) -> Iterator[tuple[Expr, str]]:
    view = step.view(role)
    enters = negate(established(view)) & step.after(established(view))
    if step.establishes(role):
        yield negate(enters), f"it says that the {role} enters ESTABLISHED, and the {role} does not"
        yield negate(step.after(step[role])), f"the {role} becomes ESTABLISHED and neither opened nor answered before"
    else:
        say = f"add .establish(tcb) or Event(EventKind.{EventKind.ESTABLISHES.name}, {role!r})"
        yield enters, f"the {role} enters ESTABLISHED in it, and it does not say so: {say}"


def _accepting(step: Step, role: str) -> Iterator[tuple[Expr, str]]:
    receives = step.received_row is not None and step.by in (role, "")  # whoever acts where nobody is named
    if step.accepts(role):
        yield literal(not receives, BOOL), f"it says that the {role} accepts a segment, and the {role} receives none"
    elif receives:
        say = f"add .accept() or Event(EventKind.{EventKind.ACCEPTS.name}, {role!r})"
        if not step.ends(role):
            for name, number in (("IRS", step.view(role).part("irs", ZERO)), *_moved(step, role)):
                yield _another(step, role, number), f"a segment gives the {role} another {name}, and it does not say so: {say}"
        if step.establishes(role):
            yield TRUE, f"a segment makes the {role} ESTABLISHED, and it does not say that it is accepted: {say}"


def _ending(step: Step, role: str) -> Iterator[tuple[Expr, str]]:
    view = step.view(role)
    if step.ends(role):
        says = f"it says that the {role}'s connection ends"
        yield negate(existing(view)), f"{says}, and the {role} has none"
        if not (step.opens(role) or step.answers(role)):
            stays = step.after(existing(view)) & (step.after(view.state) == view.state)
            yield step.after(established(view)) | stays, f"{says}, and the {role} goes on in it"
    else:
        say = f"add .end(tcb) or Event(EventKind.{EventKind.ENDS.name}, {role!r})"
        yield existing(view) & negate(step.after(existing(view))), f"it deletes the {role}'s TCB, and does not say so: {say}"


def _moved(step: Step, role: str) -> Iterator[tuple[str, Expr]]:
    """Yield the numbers of a TCB that only a segment moves, where a role has them, with their names in the RFC."""
    for name, said in (("snd_una", "SND.UNA"), ("rcv_nxt", "RCV.NXT")):
        if step.system.sorts.get(f"{role}.{name}") == SEQ:
            yield said, variable(f"{role}.{name}", SEQ)


def _another(step: Step, role: str, number: Expr) -> Expr:
    """Return whether a role has a connection after the step, with another number than before."""
    return step.after(existing(step.view(role))) & (step.after(number) != number)
