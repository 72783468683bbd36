"""An ACK and a SYN as one segment.

The textbook says of the four-way handshake that its two middle steps, the server's ACK and the server's SYN, go the same way
and can be put into one. Here that is two operations on a transition system, whatever its rules say. The one makes two actions
one step (:func:`model.notation.sequence.merged`). The other, :func:`as_one_segment`, lets an ACK and a SYN that are sent in one
step travel as one segment with both bits, and gives each endpoint, for that segment, the composition of what it does with the
ACK and then with the SYN. Its own rules for a SYN,ACK are not asked: where no SYN,ACK is sent, nobody has tried them.

Both are read off the actions. No rule of the merged handshake is written by anybody.

What one segment says has one place in the sequence space: the pair has the SYN's SEG.SEQ. Where the ACK was sent together with
the SYN for the first time it has the same, and where both are sent again it has the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from model.notation.analysis import replaced
from model.notation.expr import Expr, Op, conj, lift, literal, negate
from model.notation.reasons import contradicts_itself
from model.notation.sequence import in_sequence, verb
from model.notation.sorts import NotationError
from model.notation.system import Action, TransitionSystem
from model.tcp.endpoint import EventKind
from model.tcp.segment import COLUMNS, Segment

_CTL = COLUMNS.index("ctl")


def as_one_segment(system: TransitionSystem, *, whole: bool = True) -> TransitionSystem:
    """Return the system in which an ACK and a SYN sent in one step are one segment, taken in one step.

    As a ``whole`` means: an endpoint that refuses the ACK (that does not accept it) drops the SYN with it, as the early returns
    of RFC 9293 §3.10.7 drop the rest of a segment. Otherwise it looks at the SYN whatever became of the ACK.
    """
    sends = [segment for action in system.actions for segment in action.sends]
    if system.segments is None or system.segments.names != COLUMNS or not all(s[_CTL].op is Op.LITERAL for s in sends):
        raise NotationError(f"{system.name} sends segments that are not TCP's, or whose CTL is computed: write each CTL out")
    if any(segment[_CTL].data == "SYN,ACK" for segment in sends):
        raise NotationError(f"{system.name} sends a SYN,ACK already, which an ACK and a SYN as one would be: leave them apart")
    together = [(action, replace(action, sends=tuple(_joined(action.sends)))) for action in system.actions]
    of_pairs = [segment for _, action in together for segment in action.sends if segment[_CTL].data == "SYN,ACK"]
    receivers = {Segment(*segment).destination.data for segment in of_pairs}
    actions: list[Action] = []
    for action, sending in together:
        if not action.receives or action.by not in receivers:
            actions.append(sending)
            continue
        apart = conj(sending.guard, negate(_field(sending, "ctl") == "SYN,ACK"))
        if not contradicts_itself(apart):
            actions.append(replace(sending, guard=apart))
        actions += _receptions_of_both(action, [a for a in system.actions if a.receives and a.by == action.by], whole=whole)
    return replace(system, actions=tuple(actions))


def _receptions_of_both(of_ack: Action, others: Iterable[Action], *, whole: bool) -> Iterator[Action]:
    """Yield what an endpoint does with an ACK and a SYN in one segment, where ``of_ack`` is what it does with the ACK."""
    pair = _field(of_ack, "ctl") == "SYN,ACK"
    first = _half(of_ack, "ACK")
    if whole and not of_ack.does(EventKind.ACCEPTS, of_ack.by):
        alone = replace(
            first,
            name=f"{of_ack.name}_with_its_syn",
            guard=conj(pair, first.guard),
            doc=f"{of_ack.doc.removesuffix('.')}, and the SYN with it.",
        )
        if not contradicts_itself(alone.guard):
            yield alone
        return
    for other in others:
        both = in_sequence(first, _half(other, "SYN"), f"{of_ack.name}_and_{verb(other)}")
        guard = conj(pair, both.guard)
        if not contradicts_itself(guard):
            yield replace(both, guard=guard, sends=tuple(_joined(both.sends)))


def _half(action: Action, ctl: str) -> Action:
    """Return a reception as it is of the ACK or of the SYN of a pair; a SYN has no ACK field, and neither has text."""
    fixed = {"ctl": literal(ctl, _field(action, "ctl").sort), "data": lift(0, _field(action, "data").sort)}
    if ctl == "SYN":
        fixed["ack"] = lift(0, _field(action, "ack").sort)
    cells = {f"{action.receives}.{column}": value for column, value in fixed.items()}

    def read(e: Expr) -> Expr:
        return replaced(e, lambda node: cells.get(node.name) if node.op is Op.PARAMETER else None)

    return replace(
        action,
        guard=read(action.guard),
        updates={variable: read(e) for variable, e in action.updates.items()},
        sends=tuple(tuple(map(read, segment)) for segment in action.sends),
    )


def _joined(sends: tuple[tuple[Expr, ...], ...]) -> Iterator[tuple[Expr, ...]]:
    """Yield segments, an ACK without text and a SYN to the same endpoint as one; the others as they are."""
    acks = [Segment(*s) for s in sends if s[_CTL].data == "ACK"]
    syns = [Segment(*s) for s in sends if s[_CTL].data == "SYN"]
    pairs = [(a, s) for a in acks for s in syns if a.destination.data == s.destination.data and a.data.data == 0]
    if not pairs:
        yield from sends
        return
    ((ack, syn),) = pairs
    for segment in sends:
        if segment[_CTL].data == "ACK":
            yield tuple(replace(syn, ack=ack.ack, ctl=literal("SYN,ACK", syn.ctl.sort)))
        elif segment[_CTL].data != "SYN":
            yield segment


def _field(action: Action, column: str) -> Expr:
    assert action.segment is not None
    field: Expr = getattr(Segment.of(action.segment.row), column)
    return field
