"""The tests that RFC 9293 §3.10.7 puts a segment to, by themselves: what a rule then makes of the answer is the rule's.

Numbers are compared by their distances, so that nothing here depends on where they lie.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from model.notation.analysis import substitute
from model.notation.cases import Cases, first
from model.notation.circle import between, from_to, within
from model.notation.expr import FALSE, TRUE, Expr, literal
from model.tcp.endpoint import Response, Tcb
from model.tcp.handshakes.handshake import Handshake
from model.tcp.segment import Segment

Branch = tuple[Expr | bool, Response]
"""A condition and what is done where it is met."""


def check(title: str, *branches: Branch | Cases[Response]) -> Cases[Response]:
    """Return one of the checks of §3.10.7 under its title in the RFC, as "Second, check the RST bit"."""
    return _each(branches, lambda response: replace(response, check=title))


def left_out(title: str, why: str) -> Cases[Response]:
    """Return a check that the RFC has and the model has not, and why: no segment is met by it, and ``show`` says so."""
    return Cases((), ((title, why),))


def only_in(tcb: Tcb, state: str, *branches: Branch | Cases[Response]) -> Cases[Response]:
    """Return what is done in one of the states that a rule is about, as under "SYN-RECEIVED STATE" in the RFC."""
    return _each(branches, lambda response: replace(response, state=state)).under(tcb.state == state)


def later(tcb: Tcb, *branches: Branch) -> Cases[Response]:
    """Return what is done in all states of §3.10.7.4 but SYN-RECEIVED: where the RFC says "the same as for ESTABLISHED"."""
    return _each(branches, lambda response: response).under(tcb.state != "SYN-RECEIVED")


def _each(branches: Iterable[Branch | Cases[Response]], marked: Callable[[Response], Response]) -> Cases[Response]:
    """Return branches in their order as cases, each response ``marked``."""
    cases: Cases[Response] = Cases(())
    for branch in branches:
        cases += branch if isinstance(branch, Cases) else first(*branch)
    return replace(cases, branches=tuple((when, marked(response)) for when, response in cases.branches))


def in_state(tcb: Tcb, state: str, cases: Cases[Response], suffix: str = "") -> Cases[Response]:
    """Return what cases for several states are in one of them. The names of what is done alike in all end in ``suffix``."""
    known = {f"{tcb.role}.state": literal(state, tcb.state.sort)}
    branches: list[tuple[Expr, Response]] = []
    for when, response in cases.branches:
        if response.state in ("", state):
            own = replace(response, name=response.name + ("" if response.state else suffix))
            branches.append((substitute(when, known), own))
    return replace(cases, branches=tuple(branches))


class Checks(Handshake):
    """Which segments are acceptable, by the assumptions ``seq_check``, ``rcv_wnd`` and ``rfc5961``."""

    def acceptable(self, tcb: Tcb, segment: Segment) -> Expr:
        """§3.10.7.4, first: whether SEG.SEQ is acceptable, by the assumption ``seq_check``."""
        exactly = segment.seq == tcb.rcv_nxt
        return {"exact": exactly, "window": self.in_receive_window(tcb, segment), "none": TRUE}[self.assumptions.seq_check]

    def in_receive_window(self, tcb: Tcb, segment: Segment) -> Expr:
        """Table 6: the four cases of SEG.LEN and RCV.WND being zero or not."""
        window = self.receive_window(tcb)
        end = tcb.rcv_nxt + window
        if isinstance(window, int) and window == 0:
            return ~segment.has_length & (segment.seq == tcb.rcv_nxt)
        begins = within(tcb.rcv_nxt, segment.seq, end)
        return begins | (segment.has_length & within(tcb.rcv_nxt, segment.end - 1, end))

    def receive_window(self, tcb: Tcb) -> Expr | int:  # for who has one that changes
        """Return RCV.WND, in octets."""
        return self.assumptions.rcv_wnd

    def challenged(self, tcb: Tcb, segment: Segment) -> Expr:
        """§3.10.7.4, second: whether RFC 5961 has an acceptable RST answered, because it is not exactly at RCV.NXT."""
        never = not self.assumptions.follows("rst") or self.assumptions.seq_check == "exact"
        return FALSE if never else segment.seq != tcb.rcv_nxt

    def acknowledges(self, tcb: Tcb, segment: Segment) -> Expr:
        """§3.10.7.4, fifth: whether SEG.ACK is of something sent that was not acknowledged before."""
        return between(tcb.snd_una, segment.ack, tcb.snd_nxt)

    def plausible_ack(self, tcb: Tcb, segment: Segment) -> Expr:
        """§3.10.7.4, fifth: SEG.ACK =< SND.NXT, and with RFC 5961 not further back than SND.UNA - MAX.SND.WND."""
        if not self.assumptions.follows("ack"):
            return ~segment.ack.is_after(tcb.snd_nxt)
        return from_to(tcb.snd_una - self.assumptions.max_snd_wnd, segment.ack, tcb.snd_nxt)
