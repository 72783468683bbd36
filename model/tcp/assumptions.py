"""Assumptions: what a verdict presupposes about ISNs, endpoints and the network. Each has a name, a default and alternatives.

Why the defaults are what they are:

- ISNs are *fresh* (never used before by that side, not even before a crash: as with a host that keeps quiet for long enough,
  §3.4.3) and *spaced*: different ones lie further apart than the numbers that one connection mentions
  (its ISS, and the numbers after its SYN and after its one octet). They are not spaced by more than a window. RFC 9293's clock
  ticks 250,000 times a second (§3.4.1), so the ISNs of two attempts made within a quarter of a second lie inside one window of
  65535; a model that spaced them further would make the window check as good as the exact one, which it is not.
- SEG.SEQ is checked *exactly* in SYN-RECEIVED and ESTABLISHED: a segment is acceptable if it begins at RCV.NXT, a stricter
  reading than the RFC's. ``window`` is the RFC's own test (§3.10.7.4, Table 6), with RCV.WND octets; ``none`` is no test.
- RFC 5961 is followed, as in deployed stacks: a RST has to match RCV.NXT exactly, a SYN in a synchronized state and a RST
  elsewhere in the window draw a challenge ACK, and an ACK must not lie further back than a window. Without it RFC 793's rules
  apply: a RST or SYN in the window ends the connection.
- A closed host *resets*: it answers an unexpected segment with RST (§3.10.7.1). The client of some textbooks is ``silent``.
- An ESTABLISHED endpoint may *abort*: by the user's ABORT, with a RST (§3.10.5), or because the user time-out has aborted the
  connection, without one (§3.10.8). Otherwise it stays until it is released, reset, or crashes.
- A host that crashes keeps *quiet* until nothing that it sent is left (§3.4.3). What that secures is that its ISNs stay what
  the assumption about ISNs says. Without quiet time the host has forgotten which ISNs it used, and may use them again.
- The network loses, duplicates, reorders and delays for ever.

How ISNs are chosen, from the weakest assumption to the strongest:

- ``arbitrary``: any number at any time, also one that is in use or lives on in old segments. RFC 9293 §3.4.1 is there to
  prevent it.
- ``unacknowledged``: as ``arbitrary``, but when a listener answers SYN(x) with y, no segment <SEQ=x+1, ACK=y+1> to it is in
  flight: what would complete the handshake is not there before its answer is.
- ``unpaired``: ``unacknowledged``, and the other endpoint does not hold x and y in a connection either. Nothing in the world
  pairs x with y: an endpoint that remembers both answers a repeated SYN,ACK with <SEQ=x+1, ACK=y+1> at any time (§3.10.7.4).
- ``unmentioned``: nothing mentions a number that a connection with this ISN would use, isn to isn+1 and as many more as there
  are octets: no segment in flight does (as SEQ in one of this side, as ACK in one of the other's), and the other endpoint has
  not received one of them as a SYN in a connection that it still has. This is what RFC 9293 §3.4.3 wants a maximum segment
  lifetime and the quiet time for. (The SEQ=0 of the RST of a closed host mentions nothing.)
- ``fresh``: never used before by that side.
- ``clock``: ahead (RFC 9293 §3.4: by less than half the circle) of every ISN that side chose before. So the first half of a
  turn of the clock of §3.4.1 is looked at, in which no old number lies ahead. That there is nothing more to look at is
  the MSL's doing: what was sent half a turn ago, more than two hours, is not in flight any more (§3.4.3).

By the first four the same ISN may be chosen again. A search then chooses the next ISN of its scope or one that was chosen
before, as often as the scope has ISNs. (Where ISNs are fresh, it takes them in their order.)
"""

from __future__ import annotations

from dataclasses import dataclass

from model.notation.assumed import Assumed, assume
from model.notation.sorts import MODULUS

LARGEST_WINDOW = 65535
"""The largest receive window without window scaling, in octets (RFC 9293 §3.1)."""


@dataclass(frozen=True, slots=True)
class Assumptions(Assumed):
    """One choice for each assumption about TCP. The command line takes its options from it."""

    isn: str = assume(
        *("fresh", "clock", "unmentioned", "unpaired", "unacknowledged", "arbitrary"),
        meaning="fresh (never used before by that side), clock (each ahead of those before), unmentioned (in no segment in "
        "flight and no SYN that the other end still holds), unpaired (no ACK for the answer in flight, and the other end does "
        "not hold the pair already), unacknowledged (no ACK for the answer in flight), or arbitrary",
    )
    isn_spacing: str = assume(
        "spaced", "adjacent", meaning="spaced (connections of different ISNs share no number), or adjacent"
    )
    seq_check: str = assume("exact", "window", "none", meaning="of SEG.SEQ: exact, window (RFC 9293), or none")
    rcv_wnd: int = assume(
        LARGEST_WINDOW,
        among=range(LARGEST_WINDOW + 1),
        meaning=f"the receive window in octets, from 0 to {LARGEST_WINDOW}",
        kind="window",
        unit="octets",
    )
    rfc5961: bool = assume(
        True,
        meaning="whether endpoints follow RFC 5961, or RFC 793 where that differs",
        without="RFC 793 where RFC 5961 differs",
    )
    closed_host: str = assume("resets", "silent", meaning="what it does with a segment: resets (RFC 9293), or silent")
    abort_established: bool = assume(
        True,
        meaning="whether an ESTABLISHED endpoint may abort, or give up after the user time-out",
    )
    quiet_time: bool = assume(
        True,
        meaning="whether a host that crashed keeps quiet, or uses ISNs again that it forgot",
    )
    close_early: bool = assume(
        True,
        meaning="whether CLOSE in SYN-RECEIVED sends a FIN at once (RFC 9293), or waits for ESTABLISHED",
    )
    time_wait: str = assume(
        *("2msl", "short", "none"),
        meaning="how long TIME-WAIT lasts, where there is one: 2msl (when it ends, nothing sent before is left in flight), "
        "short (it ends at any time), or none",
    )
    new_syn: str = assume(
        *("challenged", "reopens", "returns"),
        meaning="what a SYN does to TIME-WAIT: challenged (RFC 5961's ACK, or RFC 793's reset), reopens (RFC 6191 without "
        "timestamps: where its SEG.SEQ is later, by a later ISS), or returns (RFC 9293 MAY-2: it reopens by a later ISS, and "
        "TIME-WAIT is returned to where the SYN was an old duplicate)",
    )
    half_duplex: bool = assume(
        False,
        meaning="whether CLOSE with data unread sends a RST, and text after CLOSE draws one (RFC 9293 MAY-1, SHLD-3)",
    )
    keep_alive: bool = assume(
        False,
        meaning="whether an idle endpoint sends keep-alives, and gives up where they are not answered (RFC 9293 §3.8.4)",
    )
    text_on_syn: bool = assume(
        False,
        meaning="whether a SYN, a SYN,ACK and the RST of an ABORT may carry text, which is delivered once ESTABLISHED",
    )
    rfc1337: bool = assume(
        False,
        meaning="whether TIME-WAIT ignores a RST (RFC 1337), or is ended by it (RFC 9293)",
    )
    guesses: int = assume(
        0,
        among=range(3),
        meaning="how many numbers that endpoints hold an attacker guesses right, where there is one that sees nothing",
        unit="guesses",
    )
    interval: int = assume(
        1,
        among=range(1, MODULUS + 1),
        meaning="of how many numbers in a row that attacker knows each that it guesses to be one, with the worst of luck",
        unit="numbers",
    )
    tries: int = assume(
        1,
        among=range(1, MODULUS + 1),
        meaning="how many segments it has for each guess, spread over that interval",
        unit="segments",
    )
    loss: bool = assume(
        True,
        meaning="whether the network may lose a segment",
        without="the network loses nothing",
    )
    duplication: bool = assume(
        True,
        meaning="whether the network may deliver a segment more than once",
        without="the network delivers each segment once (one sent again while in flight is that same segment)",
    )

    @property
    def repeats_isns(self) -> bool:
        """Whether one side may choose the same ISN again."""
        return self.isn in REPEATING

    @property
    def max_snd_wnd(self) -> int:
        """MAX.SND.WND, the largest window that the other side has announced: as large as one's own."""
        return self.rcv_wnd

    def follows(self, mechanism: str) -> bool:  # noqa: ARG002  # for who takes them one by one
        """Return whether a mechanism of RFC 5961 is there: ``rst`` (§3), ``syn`` (§4) or ``ack`` (§5). All are, or none."""
        return self.rfc5961

    def __str__(self) -> str:
        network = [word for word, on in (("loses", self.loss), ("duplicates", self.duplication)) if on]
        return (
            f"ISNs {self.isn} and {self.isn_spacing}; SEG.SEQ check: {self.seq_check}, RCV.WND {self.rcv_wnd}; "
            f"{'with' if self.rfc5961 else 'without'} RFC 5961; "
            f"a closed host {'resets' if self.closed_host == 'resets' else 'is silent'}; "
            f"ESTABLISHED {'may' if self.abort_established else 'does not'} abort; "
            f"{'quiet time' if self.quiet_time else 'no quiet time'}; "
            f"the network {', '.join([*network, 'reorders'])} and delays{self._of_time_wait}"
        )

    @property
    def _of_time_wait(self) -> str:
        """What is assumed of TIME-WAIT, where it is not the usual: most of what is asked has none."""
        parts = (
            {"short": "it ends at any time", "none": "there is none"}.get(self.time_wait, ""),
            {"reopens": "a later SYN reopens it", "returns": "a SYN reopens it, unless it was an old one"}.get(
                self.new_syn, ""
            ),
            "a RST does not end it" if self.rfc1337 else "",
        )
        said = ", ".join(filter(None, parts))
        early = "" if self.close_early else "; CLOSE waits for ESTABLISHED"
        early += "; keep-alives" if self.keep_alive else ""
        early += "; text goes with a SYN" if self.text_on_syn else ""
        early += "; CLOSE with data unread sends a RST" if self.half_duplex else ""
        return f"{early}; TIME-WAIT: {said}" if said else early


REPEATING = ("arbitrary", "unacknowledged", "unpaired", "unmentioned")
"""The ways of choosing ISNs in which the same one may be chosen again."""

PAIRING = ("unacknowledged", "unpaired")
"""Those of them in which the ISN of an answer depends on the SYN that it answers."""

CHOICES = {name: assumption.words for name, assumption in Assumptions.declared().items() if assumption.words}
"""What each assumption that is no switch and no number may be, its default first."""

OTHERWISE: tuple[tuple[str, str | bool], ...] = (
    *(("seq_check", value) for value in CHOICES["seq_check"]),
    *(("rfc5961", value) for value in (True, False)),
    *(("closed_host", value) for value in CHOICES["closed_host"]),
)
"""Assumptions about what endpoints do with a segment: a proof that does not need one covers the others."""
