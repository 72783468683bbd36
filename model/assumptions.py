"""Assumptions: what a verdict presupposes about ISNs, endpoints and the network. Each has a name, a default and alternatives.

Why the defaults are what they are:

- ISNs are *fresh* (never used before by that side) and *spaced*: further apart than the numbers that one connection mentions
  (its ISS, and the numbers after its SYN and after its one octet). They are not spaced by more than a window. RFC 9293's clock
  ticks 250,000 times a second (§3.4.1), so the ISNs of two attempts made within a quarter of a second lie inside one window of
  65535; a model that spaced them further would make the window check as good as the exact one, which it is not.
- SEG.SEQ is checked *exactly* in SYN-RECEIVED: a stricter reading than the RFC's window. ``window`` is the RFC's, ``none`` is
  no check.
- A closed host *resets*: it answers an unexpected segment with RST (§3.10.7.1). The client of some textbooks is ``silent``.
- The network loses, duplicates, reorders and delays for ever.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

RCV_WND = 65535
"""RCV.WND, the receive window, in octets: the largest without window scaling (RFC 9293 §3.1)."""

SPACING = 3
"""How far apart spaced ISNs lie at least: a connection mentions ISS, ISS+1 and ISS+2."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """One choice for each assumption. The fields are also the command line's options."""

    isn: str = "fresh"
    isn_spacing: str = "spaced"
    seq_check: str = "exact"
    closed_host: str = "resets"
    loss: bool = True
    duplication: bool = True

    def as_dict(self) -> dict[str, str | bool]:
        """Return the assumptions by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def __str__(self) -> str:
        network = [word for word, on in (("loses", self.loss), ("duplicates", self.duplication)) if on]
        return (
            f"ISNs {self.isn} and {self.isn_spacing}; SEG.SEQ check in SYN-RECEIVED: {self.seq_check}; "
            f"a closed host {'resets' if self.closed_host == 'resets' else 'is silent'}; "
            f"the network {', '.join([*network, 'reorders'])} and delays"
        )


CHOICES: dict[str, tuple[str, ...]] = {
    "isn": ("fresh",),
    "isn_spacing": ("spaced", "adjacent"),
    "seq_check": ("exact", "window", "none"),
    "closed_host": ("resets", "silent"),
}
"""What each assumption that is not a switch may be, its default first."""

MEANINGS: dict[str, str] = {
    "isn": "how they are chosen: fresh (never used before by that side)",
    "isn_spacing": "spaced (no two connections share a number), or adjacent",
    "seq_check": "of SEG.SEQ in SYN-RECEIVED: exact, window (RFC 9293), or none",
    "closed_host": "what it does with a segment: resets (RFC 9293), or silent",
    "loss": "whether the network may lose a segment",
    "duplication": "whether the network may deliver a segment more than once",
}
