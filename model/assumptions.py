"""Assumptions: what a verdict presupposes about ISNs, endpoints and the network. Each has a name, a default and alternatives.

Why the defaults are what they are:

- ISNs are *fresh* (never used before by that side, not even before a crash: as with a clock that goes on, or a host that keeps
  quiet for long enough, §3.4.3) and *spaced*: further apart than the numbers that one connection mentions
  (its ISS, and the numbers after its SYN and after its one octet). They are not spaced by more than a window. RFC 9293's clock
  ticks 250,000 times a second (§3.4.1), so the ISNs of two attempts made within a quarter of a second lie inside one window of
  65535; a model that spaced them further would make the window check as good as the exact one, which it is not.
- SEG.SEQ is checked *exactly* in SYN-RECEIVED and ESTABLISHED: a segment is acceptable if it begins at RCV.NXT, a stricter
  reading than the RFC's. ``window`` is the RFC's own test (§3.10.7.4, Table 6), with RCV.WND octets; ``none`` is no test.
- RFC 5961 is followed, as in deployed stacks: a RST has to match RCV.NXT exactly, a SYN in a synchronized state and a RST
  elsewhere in the window draw a challenge ACK, and an ACK must not lie further back than a window. Without it RFC 793's rules
  apply: a RST or SYN in the window ends the connection.
- A closed host *resets*: it answers an unexpected segment with RST (§3.10.7.1). The client of some textbooks is ``silent``.
- The network loses, duplicates, reorders and delays for ever.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

LARGEST_WINDOW = 65535
"""The largest receive window without window scaling, in octets (RFC 9293 §3.1)."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """One choice for each assumption. The fields are also the command line's options."""

    isn: str = "fresh"
    isn_spacing: str = "spaced"
    seq_check: str = "exact"
    rcv_wnd: int = LARGEST_WINDOW
    rfc5961: bool = True
    closed_host: str = "resets"
    loss: bool = True
    duplication: bool = True

    def as_dict(self) -> dict[str, str | bool | int]:
        """Return the assumptions by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def __str__(self) -> str:
        network = [word for word, on in (("loses", self.loss), ("duplicates", self.duplication)) if on]
        return (
            f"ISNs {self.isn} and {self.isn_spacing}; SEG.SEQ check: {self.seq_check}, RCV.WND {self.rcv_wnd}; "
            f"{'with' if self.rfc5961 else 'without'} RFC 5961; "
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
    "seq_check": "of SEG.SEQ: exact, window (RFC 9293), or none",
    "rcv_wnd": "the receive window in octets, from 0 to 65535",
    "rfc5961": "whether endpoints follow RFC 5961, or RFC 793 where that differs",
    "closed_host": "what it does with a segment: resets (RFC 9293), or silent",
    "loss": "whether the network may lose a segment",
    "duplication": "whether the network may deliver a segment more than once",
}
