"""All that RFC 9293 says to one segment, as a table: all states, all combinations of control bits, the edges of all intervals.

SEG.SEQ is compared with the receive window, and SEG.ACK with what was sent and not acknowledged, and with how far back an ACK
may lie (RFC 5961 §5). So each of them is asked about below such an interval, at its edges, inside and above. Where a state has
no such number, there is one question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from checker.conformance.host import STATES, WAYS, Answer, Host
from model.tcp.segment import ANY_CTL, bits_of

SEQS: Mapping[str, str] = {
    "below": "rcv.nxt-1",
    "left edge": "rcv.nxt",
    "inside": "rcv.nxt+1",
    "right edge": "rcv.nxt+rcv.wnd-1",
    "above": "rcv.nxt+rcv.wnd",
}
"""Where SEG.SEQ lies in the receive window."""
ACKS: Mapping[str, str] = {
    "far below": "snd.una-max.snd.wnd-1",
    "far left edge": "snd.una-max.snd.wnd",
    "below": "snd.una-1",
    "SND.UNA": "snd.una",
    "SND.NXT": "snd.nxt",
    "above": "snd.nxt+1",
}
"""Where SEG.ACK lies, by the two intervals that it is compared with."""
_NO_WINDOW = ("CLOSED", "LISTEN", "SYN-SENT")
_NOTHING_SENT = ("CLOSED", "LISTEN")
_ONE = {"": ""}


@dataclass(frozen=True, slots=True)
class Row:
    """One question and its answer. ``seq`` and ``ack`` say where the numbers lie, "" where there is nothing to compare with."""

    state: str
    passive: bool
    ctl: str
    seq: str
    ack: str
    segment: str
    answer: Answer


def table(host: Host, states: Sequence[str] = STATES) -> Iterator[Row]:
    """Yield what the endpoint answers to everything, state by state. Questions that come to the same numbers are one."""
    for state in states:
        for passive in WAYS[state]:
            variables = host.come_to(state, passive=passive)
            asked = set()
            for ctl, seq, ack, written in questions(state):
                answer = host.does(host.read(written), variables)
                if answer.took not in asked:
                    asked.add(answer.took)
                    yield Row(state, passive, ctl, seq, ack, written, answer)


def questions(state: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield what is asked about in a state: control bits, where the numbers lie, and the segment as it is written."""
    seqs = _ONE if state in _NO_WINDOW else SEQS
    for ctl in ANY_CTL.members:
        acks = _ONE if state in _NOTHING_SENT or "ACK" not in bits_of(ctl) else ACKS
        for (seq, at), (ack, of) in ((s, a) for s in seqs.items() for a in acks.items()):
            yield ctl, seq, ack, " ".join([ctl, *([f"seq={at}"] if at else []), *([f"ack={of}"] if of else [])])
