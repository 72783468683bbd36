"""Text beyond the window of who is to receive it (RFC 9293 §3.8.6), which no rule of the model speaks of.

The right edge is the greatest that was announced, by any segment that was seen: a window may shrink (§3.8.6), and segments may
be lost after the tap, and neither makes text right that goes beyond it.
"""

from __future__ import annotations

from model.notation.said import counted
from model.notation.sorts import MODULUS

SECTION = "RFC 9293 §3.8.6"
_HALF = MODULUS // 2


def later(edge: int | None, other: int) -> int:
    """Return the later of two right edges; None is none."""
    return other if edge is None or (other - edge) % MODULUS < _HALF else edge


def beyond(edge: int | None, seq: int, octets: int, *, rested: bool) -> int:
    """Return how many octets of text are beyond a right edge.

    One octet may be, and any text that begins at the edge once nothing was seen for a while: a probe (§3.8.6.1).
    """
    if edge is None or not octets or (rested and seq == edge):
        return 0
    over = (seq + octets - edge) % MODULUS
    return min(over, octets) if 1 < over < _HALF else 0


def wrong(octets: int) -> str:
    """Return what is wrong with so many octets of text beyond a window."""
    several = "{number} octets of its text are beyond the window that its peer has announced"
    return counted(octets, "an octet of its text is beyond the window that its peer has announced", several)
