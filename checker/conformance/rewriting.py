"""What shows that something on the way rewrites numbers, ports or addresses: a NAT, a proxy, a firewall that hides ISNs.

The rules of an endpoint say nothing of it, and a capture does not either. It shows where the two ends of a connection speak of
different numbers and go on all the same, which endpoints do not: one that is wrong is answered by an ACK or a RST. Four signs:

- one end opens with two ISNs at once, and both are acknowledged: packets were captured on both sides of what rewrites;
- all that one end acknowledges is off by one distance from what the other sent: each direction was captured on another side;
- numbers jump, by more than the largest window, and the other end goes along (:class:`~checker.conformance.missed.Gap`);
- a connection that was not opened goes on with the numbers of another at the same end: its ports or addresses changed.

Where all that was captured was rewritten alike, nothing shows, and nothing need: numbers count from wherever they begin, and
who answers in the place of an endpoint is the endpoint that is judged.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.notation.said import said
from model.notation.sorts import MODULUS

_HALF = MODULUS // 2
_AT_ONCE = 10**9
"""Within how many nanoseconds no endpoint has given a connection up and opened another."""
_SEVERAL, _SEGMENTS = 2, 64
_REMEMBERED = 2**16
"""How far back an acknowledgment may be in a connection that another goes on with, in octets."""


@dataclass(slots=True)
class Numbering:
    """The numbers of one end: how far it has sent, and what of them the other end has acknowledged.

    ``isn`` and ``opened_at`` are of its first SYN, ``other`` is that of a second, and ``answered`` which of the two were
    acknowledged. ``distance`` is how far the first acknowledgment of its SYN is from the right one, ``shifted`` are those that
    are as far off from the ``ends`` of its segments, None once one is not.
    """

    isn: int | None = None
    next: int = 0
    opened_at: int = 0
    other: int | None = None
    answered: frozenset[int] = frozenset()
    distance: int = 0
    shifted: frozenset[int] | None = frozenset()
    ends: tuple[int, ...] = ()

    def sends(self, seq: int, length: int, *, syn: bool, time: int) -> None:
        """Take notice of a segment of this end."""
        end = (seq + length) % MODULUS
        if syn and self.isn is None:
            self.isn, self.next, self.opened_at = seq, end, time
        elif syn and seq != self.isn and time - self.opened_at < _AT_ONCE:
            self.other = seq
        elif (end - self.next) % MODULUS < _HALF:
            self.next = end
        if self.shifted is not None:
            self.ends = (*self.ends, end)[-_SEGMENTS:]

    def acknowledged(self, ack: int) -> None:
        """Take notice of what the other end acknowledges."""
        if self.isn is None:
            return
        begins = (self.isn + 1) % MODULUS
        if self.other is not None and (ack - 1) % MODULUS in (self.isn, self.other):
            self.answered |= {ack}
        if self.distance == 0:
            if ack == begins or self.shifted is None or self.next != begins:
                self.shifted = None
                return
            self.distance = (ack - begins) % MODULUS
        if self.shifted is not None:
            right = (ack - self.distance) % MODULUS in self.ends
            more = self.shifted if len(self.shifted) >= _SEVERAL else self.shifted | {ack}
            self.shifted = more if right else None

    @property
    def rewritten(self) -> str:
        """How it shows that its numbers are rewritten, as a sentence, or "" where it does not."""
        if len(self.answered) == _SEVERAL:
            return said("one end opens with two ISNs, and both are acknowledged: something on the way rewrites numbers")
        if self.shifted is not None and len(self.shifted) >= _SEVERAL:
            distance = (self.distance + _HALF) % MODULUS - _HALF
            pattern = "all that one end acknowledges is off by {number}, and both go on: something on the way rewrites numbers"
            return said(pattern, number=distance)
        return ""

    def goes_on_with(self, seq: int) -> bool:
        """Return whether a number is the one that this end sends next."""
        return self.isn is not None and seq == self.next

    def may_acknowledge(self, ack: int) -> bool:
        """Return whether a number is one that the other end may acknowledge of what was sent lately."""
        return self.isn is not None and (self.next - ack) % MODULUS < _REMEMBERED
