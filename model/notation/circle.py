"""Inequalities on the circle of sequence numbers, as RFC 9293 writes them: SND.UNA < SEG.ACK =< SND.NXT (§3.4).

Numbers wrap, so that only distances from the low end can be compared: that is what these are spelt with.

>>> from model.notation.expr import variable
>>> from model.notation.sorts import SEQ
>>> una, ack, nxt = (variable(name, SEQ) for name in ("snd_una", "seg_ack", "snd_nxt"))
>>> print(between(una, ack, nxt))
seg_ack - (snd_una + 1) < snd_nxt - snd_una
>>> print(within(una, ack, una + 100))
seg_ack - snd_una < 100
"""

from __future__ import annotations

from model.notation.expr import Expr, Op, lift
from model.notation.sorts import NotationError, Seq


def between(low: Expr | int, x: Expr | int, high: Expr | int) -> Expr:
    """Return low < x =< high: of ``x`` after ``low`` and not after ``high``; of none where the two are the same."""
    low, x, high = _on_circle(low, x, high)
    return x.in_window(low + 1, _distance(low, high))


def within(low: Expr | int, x: Expr | int, end: Expr | int) -> Expr:
    """Return low =< x < end: of ``x`` in the window from ``low`` to before ``end``; of none where the two are the same."""
    low, x, end = _on_circle(low, x, end)
    return x.in_window(low, _distance(low, end))


def from_to(low: Expr | int, x: Expr | int, high: Expr | int) -> Expr:
    """Return low =< x =< high: of ``x`` that is ``low``, ``high`` or between them; of none where ``low`` is high + 1."""
    low, x, high = _on_circle(low, x, high)
    return x.in_window(low, _distance(low, high + 1))


def as_written(e: Expr) -> tuple[Expr, str, Expr, str, Expr] | None:
    """Return low, sign, x, sign and high of a formula that one of these functions has made, None of any other.

    It is their inverse, but for a window whose size is a number: that it was ``between`` and not ``within`` cannot be told.
    """
    if e.op is not Op.LESS or e.args[0].op is not Op.DIFFERENCE:
        return None
    (x, begins), size = e.args[0].args, e.args[1]
    if size.op is Op.LITERAL and isinstance(size.data, int):
        return begins, "=<", x, "<", begins + size.data
    if size.op is not Op.DIFFERENCE:
        return None
    high, low = size.args
    if low is begins:
        up_to, beyond = _written(high)
        return (low, "=<", x, "=<", up_to) if beyond == 1 else (low, "=<", x, "<", high)
    return (low, "<", x, "=<", high) if low + 1 is begins else None


def _on_circle(low: Expr | int, x: Expr | int, high: Expr | int) -> tuple[Expr, Expr, Expr]:
    """Return the numbers of an inequality as formulas; a constant is on the circle of the others."""
    sorts = [given.sort for given in (x, low, high) if isinstance(given, Expr)]
    if not sorts or not isinstance(sorts[0], Seq):
        raise NotationError(
            f"an inequality on a circle is about {sorts[0] if sorts else 'constants only'}: it is for sequence numbers; "
            "what has an order is compared in it, as in (low < x) & (x <= high)"
        )
    return lift(low, sorts[0]), lift(x, sorts[0]), lift(high, sorts[0])


def _distance(low: Expr, high: Expr) -> Expr | int:
    """Return how far ``high`` lies ahead of ``low``: a number where it is written as ``low`` and a number."""
    begins, ahead = _written(low)
    ends, further = _written(high)
    assert isinstance(low.sort, Seq)
    return (further - ahead) % low.sort.modulus if begins is ends else high - low


def _written(x: Expr) -> tuple[Expr, int]:
    """Return what a number of steps is added to, and the number."""
    if x.op is Op.SHIFT and isinstance(x.args[1].data, int) and x.args[1].op is Op.LITERAL:
        return x.args[0], x.args[1].data
    return x, 0
