"""A second, independent formulation of a connection from its opening to its end, between a client and a server.

It was written by hand from RFC 9293 (sections 3.6 and 3.10) and from what `model/ASSUMPTIONS.md` says of the composition
`lifecycle`: what users, time-outs and the network may do. It is not in the project's notation, and shares no code with the
models, the properties and the checker. Like `tests/oracle.py`, which does the same for the opening, it serves to confirm
results: `levels` gives the number of reachable states at each depth, `shortest` the length of a shortest trace to a violation.

Each endpoint does what one of the functions below says, in the order of the RFC's checks; everything else is a plain
breadth-first search. Segments are numbered as they first occur, so that a network is a set of bits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

MODULUS = 2**32

CLOSED, LISTEN, SYN_SENT, SYN_RECEIVED, ESTABLISHED = "CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED"
FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT = "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT"
CLOSING, LAST_ACK, TIME_WAIT = "CLOSING", "LAST-ACK", "TIME-WAIT"
TAKES_TEXT = (ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2)
MAY_SEND = (ESTABLISHED, CLOSE_WAIT)
IDLE = (ESTABLISHED, CLOSE_WAIT, FIN_WAIT_2)
SENT_FIN = (FIN_WAIT_1, FIN_WAIT_2, CLOSING, LAST_ACK, TIME_WAIT)
GOT_FIN = (CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT)
CLIENT, SERVER = 0, 1
SYN, SYN_ACK, ACK, RST, RST_ACK, FIN_ACK = "SYN", "SYN,ACK", "ACK", "RST", "RST,ACK", "FIN,ACK"


@dataclass(frozen=True)
class Case:
    """The bounds and assumptions under which a connection is explored."""

    client_isns: tuple[int, ...]  # in the order chosen
    server_isns: tuple[int, ...]
    data: int = 1  # how often each user may send text in all
    octets: int = 1  # how many octets that is each time
    seq_check: str = "exact"  # exact, window or none
    rcv_wnd: int = 65535
    rfc5961: bool = True
    closed_host: str = "resets"  # resets or silent
    abort_established: bool = True
    close_early: bool = True
    time_wait: str = "2msl"  # 2msl, short or none
    new_syn: str = "challenged"  # challenged, reopens or returns
    rfc1337: bool = False
    loss: bool = True
    duplication: bool = True
    crashes: bool = False  # whether the client's host may crash; it keeps quiet for long enough, and no ISN comes again
    half_duplex: bool = False
    keep_alive: bool = False
    text_on_syn: bool = False  # whether a SYN, a SYN,ACK and the RST of an ABORT may carry text
    kept: bool = False  # whether somebody keeps what was sent beyond any lifetime, and sends it again


class Segment(NamedTuple):
    """A segment in the network; it is addressed to the endpoint that did not send it."""

    sender: int
    seq: int
    ack: int  # 0 without the ACK bit
    ctl: str
    text: int = 0  # octets


class Tcb(NamedTuple):
    """One side of the connection; all numbers are 0 when there is no transmission control block."""

    state: str
    iss: int = 0
    irs: int = 0
    una: int = 0
    nxt: int = 0
    rcv: int = 0
    queue: int = 0  # octets that came with the SYN and wait until the connection is ESTABLISHED
    left: tuple[int, int, int, int] | None = None  # ISS, IRS, SND.NXT and RCV.NXT of the TIME-WAIT that was left for this one


class State(NamedTuple):
    """A state of the whole system; the network is a set of bits, one for each segment."""

    tcbs: tuple[Tcb, Tcb]
    chosen: tuple[int, int]  # how many ISNs each endpoint has chosen, ever
    texts: tuple[int, int]  # how often each user has sent text, ever
    network: int


class Outcome(NamedTuple):
    """What an endpoint makes of one action: its new state, what it sends, and what the action uses up."""

    tcb: Tcb
    sent: tuple[Segment, ...] = ()
    isn: bool = False  # whether its next ISN was chosen
    text: bool = False  # whether its user has sent text
    taken: tuple[int, int] | None = None  # the numbers of the first octet taken, and of the one after the last
    fin: int | None = None  # the number of the FIN that was taken
    quiet: bool = False  # whether nothing that was sent before is left: 2 MSL have passed
    orderly: bool = False  # whether the connection ends as the RFC has it: by the ACK of a last FIN, or out of TIME-WAIT


class Step(NamedTuple):
    """One transition."""

    after: State
    actor: int  # -1 for a loss
    received: Segment | None = None
    did: Outcome | None = None


NO_TCB = Tcb(CLOSED)
LISTENING = Tcb(LISTEN)
INITIAL = State((NO_TCB, NO_TCB), (0, 0), (0, 0), 0)


# Sequence numbers


def plus(number: int, amount: int) -> int:
    """The sum modulo 2^32."""
    return (number + amount) % MODULUS


def at_most(low: int, number: int, high: int) -> bool:
    """Whether low =< number =< high, modulo 2^32."""
    return (number - low) % MODULUS <= (high - low) % MODULUS


def beyond(number: int, other: int) -> bool:
    """Whether number > other, modulo 2^32."""
    return 0 < (number - other) % MODULUS < MODULUS // 2


def length(seg: Segment) -> int:
    """SEG.LEN, which counts a SYN, a FIN and the text."""
    return ("SYN" in seg.ctl) + ("FIN" in seg.ctl) + seg.text


def acceptable(case: Case, seg: Segment, rcv: int) -> bool:
    """The first check; for a window it is Table 6 of RFC 9293."""
    if case.seq_check == "none":
        return True
    if case.seq_check == "exact":
        return seg.seq == rcv
    if case.rcv_wnd == 0:
        return length(seg) == 0 and seg.seq == rcv
    ends = (seg.seq, plus(seg.seq, length(seg) - 1)) if length(seg) else (seg.seq,)
    return any((number - rcv) % MODULUS < case.rcv_wnd for number in ends)


class World:
    """A case, with the segments that have occurred in it, each of which is a bit."""

    def __init__(self, case: Case) -> None:
        """Begin with no segment."""
        self.case = case
        self.bits: dict[Segment, int] = {}
        self.segments: list[Segment] = []
        self.known: dict[Any, tuple[Outcome, ...]] = {}

    def bit(self, seg: Segment) -> int:
        """The bit of a segment."""
        if seg not in self.bits:
            self.bits[seg] = 1 << len(self.segments)
            self.segments.append(seg)
        return self.bits[seg]

    def within(self, network: int) -> Iterator[Segment]:
        """The segments of a network."""
        while network:
            low = network & -network
            yield self.segments[low.bit_length() - 1]
            network ^= low


# What an endpoint sends


def an_ack(who: int, tcb: Tcb) -> Segment:
    """<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>."""
    return Segment(who, tcb.nxt, tcb.rcv, ACK)


def a_reset_for(who: int, seg: Segment) -> Segment:
    """The RST that the sender of a segment believes."""
    if "ACK" in seg.ctl:
        return Segment(who, seg.ack, 0, RST)
    return Segment(who, 0, plus(seg.seq, length(seg)), RST_ACK)


def text_of(case: Case, who: int, tcb: Tcb) -> Outcome:
    """SEND: the next piece of text, with an ACK."""
    return Outcome(tcb._replace(nxt=plus(tcb.nxt, case.octets)), (Segment(who, tcb.nxt, tcb.rcv, ACK, case.octets),), text=True)


def fin_of(who: int, tcb: Tcb, then: str, text: int = 0) -> Outcome:
    """A FIN after so many octets of text, the last that the user sends."""
    after = tcb._replace(state=then, nxt=plus(tcb.nxt, text + 1))
    return Outcome(after, (Segment(who, tcb.nxt, tcb.rcv, FIN_ACK, text),), text=text > 0)


# What an endpoint does by itself


def isns_of(case: Case, who: int) -> tuple[int, ...]:
    """The ISNs of an endpoint."""
    return case.client_isns if who == CLIENT else case.server_isns


def calls(case: Case, state: State, who: int) -> Iterator[Outcome]:
    """The calls of the user: OPEN, SEND, CLOSE and ABORT (RFC 9293 section 3.10.1 to 3.10.5)."""
    tcb = state.tcbs[who]
    more = state.texts[who] < case.data
    if tcb.state == CLOSED and who == SERVER:
        yield Outcome(LISTENING)
    if tcb.state == CLOSED and who == CLIENT and state.chosen[who] < len(case.client_isns):
        isn = case.client_isns[state.chosen[who]]
        opened = Tcb(SYN_SENT, isn, 0, isn, plus(isn, 1), 0)
        yield Outcome(opened, (Segment(who, isn, 0, SYN),), isn=True)
        if case.text_on_syn and more:  # section 3.10.2: data may be sent with the SYN
            opened = opened._replace(nxt=plus(opened.nxt, case.octets))
            yield Outcome(opened, (Segment(who, isn, 0, SYN, case.octets),), isn=True, text=True)
    if tcb.state in MAY_SEND and more:
        yield text_of(case, who, tcb)
    if tcb.state in (LISTEN, SYN_SENT):
        yield Outcome(NO_TCB)  # CLOSE, and ABORT just so
    said = plus(tcb.iss, 1) != tcb.nxt  # CLOSE waits in SYN-RECEIVED where there was a SEND
    unread = case.half_duplex and (tcb.queue > 0 or plus(tcb.irs, 1 + (tcb.state in GOT_FIN)) != tcb.rcv)
    if unread and tcb.state in (SYN_RECEIVED, *MAY_SEND):
        yield Outcome(NO_TCB, (Segment(who, tcb.nxt, 0, RST),))  # section 3.6.1
    if tcb.state == SYN_RECEIVED and case.close_early and not said and not unread:
        yield fin_of(who, tcb, FIN_WAIT_1)
    if tcb.state in MAY_SEND:
        then = FIN_WAIT_1 if tcb.state == ESTABLISHED else LAST_ACK
        yield fin_of(who, tcb, then)
        if more:
            yield fin_of(who, tcb, then, case.octets)
    if tcb.state == SYN_RECEIVED or (tcb.state in (ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT) and case.abort_established):
        for text in (0, case.octets) if case.text_on_syn else (0,):
            yield Outcome(NO_TCB, (Segment(who, tcb.nxt, 0, RST, text),))
    if tcb.state in (CLOSING, LAST_ACK, TIME_WAIT):
        yield Outcome(NO_TCB)
    if case.crashes and who == CLIENT and tcb.state != CLOSED:
        yield Outcome(NO_TCB)


def time_outs(case: Case, state: State, who: int) -> Iterator[Outcome]:
    """The three time-outs of section 3.10.8."""
    tcb = state.tcbs[who]
    for_good = tcb.state in (ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT) and not case.abort_established
    if tcb.state not in (CLOSED, LISTEN, TIME_WAIT) and not for_good:
        yield Outcome(NO_TCB)
    if tcb.state == TIME_WAIT and (case.time_wait == "short" or case.loss or case.kept or not state.network):
        yield Outcome(NO_TCB, quiet=case.time_wait == "2msl" and not case.kept, orderly=True)
    if case.keep_alive and tcb.state in IDLE and tcb.una == tcb.nxt:  # section 3.8.4
        yield Outcome(tcb, (Segment(who, plus(tcb.nxt, -1), tcb.rcv, ACK),))
        yield Outcome(NO_TCB)
    if tcb.state not in (CLOSED, LISTEN) and tcb.una != tcb.nxt:
        yield from (Outcome(tcb, (seg,)) for seg in front_of_the_queue(case, who, tcb))


def front_of_the_queue(case: Case, who: int, tcb: Tcb) -> Iterator[Segment]:
    """What a retransmission time-out sends again: what begins at SND.UNA. Text may have been sent with the FIN or without."""
    fin = tcb.state in SENT_FIN
    with_syn = (tcb.nxt - tcb.iss - 1 - fin) % MODULUS
    if tcb.state == SYN_SENT:
        yield Segment(who, tcb.iss, 0, SYN, with_syn)
    elif tcb.una == tcb.iss:
        yield Segment(who, tcb.iss, tcb.rcv, SYN_ACK, with_syn)
    elif plus(tcb.una, fin) == tcb.nxt and fin:
        yield Segment(who, tcb.una, tcb.rcv, FIN_ACK)
    else:
        text = min(case.octets, (tcb.nxt - tcb.una - fin) % MODULUS)
        yield Segment(who, tcb.una, tcb.rcv, ACK, text)
        if fin and plus(tcb.una, text + 1) == tcb.nxt:
            yield Segment(who, tcb.una, tcb.rcv, FIN_ACK, text)


# What an endpoint does with an arriving segment (section 3.10.7)


def arrives(case: Case, state: State, who: int, seg: Segment) -> list[Outcome]:
    """What the endpoint can do with a segment: mostly one thing, sometimes two, rarely none."""
    tcb = state.tcbs[who]
    if tcb.state == CLOSED:
        silent = "RST" in seg.ctl or case.closed_host == "silent"
        return [Outcome(tcb, () if silent else (a_reset_for(who, seg),))]
    if tcb.state == LISTEN:
        return in_listen(case, state, who, seg)
    if tcb.state == SYN_SENT:
        return in_syn_sent(case, state, who, seg)
    returns = case.new_syn == "returns"
    later = returns or (case.new_syn == "reopens" and beyond(seg.seq, plus(tcb.rcv, -1)))
    if tcb.state == TIME_WAIT and who == SERVER and seg.ctl == SYN and later:
        left = (tcb.iss, tcb.irs, tcb.nxt, tcb.rcv) if returns else None
        return [  # MAY-2: by an ISS beyond all that was used; where the bounds leave none, as in LISTEN, there is no outcome
            outcome._replace(orderly=True, tcb=outcome.tcb._replace(left=left))
            for outcome in in_listen(case, state, who, seg)
            if beyond(outcome.tcb.iss, plus(tcb.nxt, -1))
        ]
    return [in_other_states(case, who, tcb, seg)]


def in_listen(case: Case, state: State, who: int, seg: Segment) -> list[Outcome]:
    """Section 3.10.7.2."""
    if "RST" in seg.ctl:
        return [Outcome(state.tcbs[who])]
    if "ACK" in seg.ctl:
        return [Outcome(state.tcbs[who], (a_reset_for(who, seg),))]
    isns = isns_of(case, who)
    if state.chosen[who] == len(isns):
        return []
    isn = isns[state.chosen[who]]
    queue = min(seg.text, case.rcv_wnd) if case.text_on_syn else 0
    tcb = Tcb(SYN_RECEIVED, isn, seg.seq, isn, plus(isn, 1), plus(seg.seq, 1), queue)
    answers = [Outcome(tcb, (Segment(who, isn, tcb.rcv, SYN_ACK),), isn=True)]
    if case.text_on_syn and state.texts[who] < case.data:
        tcb = tcb._replace(nxt=plus(tcb.nxt, case.octets))
        answers.append(Outcome(tcb, (Segment(who, isn, tcb.rcv, SYN_ACK, case.octets),), isn=True, text=True))
    return answers


def in_syn_sent(case: Case, state: State, who: int, seg: Segment) -> list[Outcome]:
    """Section 3.10.7.3; the server of this composition never sends a SYN without an ACK."""
    tcb = state.tcbs[who]
    if "ACK" in seg.ctl and (seg.ack == tcb.iss or not at_most(tcb.iss, seg.ack, tcb.nxt)):
        return [Outcome(tcb, () if "RST" in seg.ctl else (a_reset_for(who, seg),))]
    if "RST" in seg.ctl:
        return [Outcome(NO_TCB if "ACK" in seg.ctl else tcb)]
    if "SYN" not in seg.ctl:
        return [Outcome(tcb)]
    assert "ACK" in seg.ctl
    opened = tcb._replace(state=ESTABLISHED, irs=seg.seq, una=seg.ack, rcv=plus(seg.seq, 1))
    if seg.text:  # goes on at the sixth check, and acknowledges the SYN with the text
        return [takes(case, who, opened, seg._replace(seq=plus(seg.seq, 1), ctl=ACK))]
    answers = [Outcome(opened, (an_ack(who, opened),))]
    if state.texts[who] < case.data:
        answers.append(text_of(case, who, opened))
    return answers


def in_other_states(case: Case, who: int, tcb: Tcb, seg: Segment) -> Outcome:
    """Section 3.10.7.4: the eight checks."""
    challenge = Outcome(tcb, (an_ack(who, tcb),))
    if "RST" in seg.ctl and tcb.state == TIME_WAIT and case.rfc1337:
        return Outcome(tcb)
    # First, the sequence number
    if not acceptable(case, seg, tcb.rcv):
        return Outcome(tcb) if "RST" in seg.ctl else challenge
    # Second, the RST bit
    if "RST" in seg.ctl:
        if case.rfc5961 and seg.seq != tcb.rcv:
            return challenge
        if tcb.state == SYN_RECEIVED and tcb.left:
            return Outcome(back_in_time_wait(*tcb.left))
        passive = tcb.state == SYN_RECEIVED and who == SERVER
        return Outcome(LISTENING if passive else NO_TCB, orderly=tcb.state == TIME_WAIT)
    # Fourth, the SYN bit
    if "SYN" in seg.ctl:
        trimmed_off = case.seq_check == "window" and (seg.seq - tcb.rcv) % MODULUS >= case.rcv_wnd
        if tcb.state == SYN_RECEIVED and not trimmed_off and tcb.left:
            return Outcome(back_in_time_wait(*tcb.left))
        if tcb.state == SYN_RECEIVED and not trimmed_off:
            return Outcome(LISTENING)
        if case.rfc5961:
            return challenge
        if not trimmed_off:
            return Outcome(NO_TCB, (a_reset_for(who, seg),), orderly=tcb.state == TIME_WAIT)
        seg = seg._replace(seq=plus(seg.seq, 1))
    # Fifth, the ACK field
    if "ACK" not in seg.ctl:
        return Outcome(tcb)
    opens = tcb.una == tcb.iss
    if tcb.state == SYN_RECEIVED:
        if seg.ack == tcb.una or not at_most(tcb.una, seg.ack, tcb.nxt):
            return Outcome(tcb, (a_reset_for(who, seg),))
        tcb = tcb._replace(state=ESTABLISHED)
    elif beyond(seg.ack, tcb.nxt) or (case.rfc5961 and not at_most(plus(tcb.una, -case.rcv_wnd), seg.ack, tcb.nxt)):
        return challenge
    if at_most(tcb.una, seg.ack, tcb.nxt):
        tcb = tcb._replace(una=seg.ack)
    fin = "FIN" in seg.ctl
    fin_is_acked = tcb.state in SENT_FIN and tcb.una == tcb.nxt
    if tcb.state == FIN_WAIT_1 and fin_is_acked:
        tcb = tcb._replace(state=FIN_WAIT_2)
    if tcb.state == CLOSING:
        tcb = tcb._replace(queue=0 if opens and tcb.una != tcb.iss else tcb.queue)
        if not fin_is_acked:
            return Outcome(tcb)
        return in_time_wait(case, tcb, Outcome(tcb, (an_ack(who, tcb),) if fin and case.time_wait != "none" else ()))
    if tcb.state == LAST_ACK and fin_is_acked:
        return Outcome(NO_TCB, orderly=True)
    # Seventh, the text, and eighth, the FIN bit
    if tcb.state not in TAKES_TEXT:
        return Outcome(tcb, (an_ack(who, tcb),) if fin else ())
    if opens and tcb.una != tcb.iss:
        return takes_with_queue(case, who, tcb, seg)
    return takes(case, who, tcb, seg)


def back_in_time_wait(iss: int, irs: int, nxt: int, rcv: int) -> Tcb:
    """Where the SYN for which TIME-WAIT was left was an old duplicate (section 3.6.1, MAY-2)."""
    return Tcb(TIME_WAIT, iss, irs, nxt, nxt, rcv)


def takes_with_queue(case: Case, who: int, tcb: Tcb, seg: Segment) -> Outcome:
    """What came with the SYN is processed when the SYN of the endpoint is acknowledged; then what came with that ACK."""
    first, tcb = seg._replace(seq=plus(tcb.irs, 1), text=tcb.queue, ctl=ACK), tcb._replace(queue=0)
    if (tcb.rcv - first.seq) % MODULUS >= first.text:
        return takes(case, who, tcb, seg)
    queued = takes(case, who, tcb, first)
    then = takes(case, who, queued.tcb, seg)
    assert queued.taken
    return then._replace(
        sent=queued.sent + then.sent, taken=(queued.taken[0], then.taken[1] if then.taken else queued.taken[1])
    )


def takes(case: Case, who: int, tcb: Tcb, seg: Segment) -> Outcome:
    """What of the text and the FIN lies in the window and begins at RCV.NXT is taken; all is acknowledged."""
    fin = "FIN" in seg.ctl
    known = (tcb.rcv - seg.seq) % MODULUS
    if seg.text + fin == 0:
        return Outcome(tcb)
    if known >= seg.text + fin:
        return Outcome(tcb, (an_ack(who, tcb),))
    new = max(seg.text - known, 0)
    if case.half_duplex and new and tcb.state in SENT_FIN:
        return Outcome(NO_TCB, (a_reset_for(who, seg),))
    text = min(new, case.rcv_wnd)
    after = tcb._replace(rcv=plus(tcb.rcv, text))
    taken = (tcb.rcv, after.rcv) if text else None
    if not fin or new >= case.rcv_wnd:
        return Outcome(after, (an_ack(who, after),), taken=taken)
    ends = {ESTABLISHED: CLOSE_WAIT, FIN_WAIT_1: CLOSING, FIN_WAIT_2: TIME_WAIT}
    ended = after._replace(state=ends[tcb.state], rcv=plus(after.rcv, 1))
    outcome = Outcome(ended, (an_ack(who, ended),), taken=taken, fin=after.rcv)
    return in_time_wait(case, ended, outcome) if ended.state == TIME_WAIT else outcome


def in_time_wait(case: Case, tcb: Tcb, outcome: Outcome) -> Outcome:
    """Enter TIME-WAIT, or end where there is none."""
    if case.time_wait == "none":
        return outcome._replace(tcb=NO_TCB, orderly=True)
    return outcome._replace(tcb=tcb._replace(state=TIME_WAIT))


# The transitions


def put(world: World, state: State, who: int, outcome: Outcome, network: int) -> State:
    """The state after an endpoint's action; `network` is what the action found, without what it received."""
    if outcome.quiet:
        network = 0
    for seg in outcome.sent:
        network |= world.bit(seg)
    client, server = state.tcbs
    chosen, texts = state.chosen, state.texts
    if outcome.isn:
        chosen = (chosen[0] + 1, chosen[1]) if who == CLIENT else (chosen[0], chosen[1] + 1)
    if outcome.text:
        texts = (texts[0] + 1, texts[1]) if who == CLIENT else (texts[0], texts[1] + 1)
    return State((outcome.tcb, server) if who == CLIENT else (client, outcome.tcb), chosen, texts, network)


def by_itself(world: World, state: State, who: int) -> tuple[Outcome, ...]:
    """What an endpoint can do without a segment, which depends on itself alone, and on whether the network is empty."""
    key = who, state.tcbs[who], state.chosen[who], state.texts[who], not state.network
    if key not in world.known:
        world.known[key] = (*calls(world.case, state, who), *time_outs(world.case, state, who))
    return world.known[key]


def by_arrival(world: World, state: State, who: int, seg: Segment) -> tuple[Outcome, ...]:
    """What an endpoint can do with a segment, which depends on the two alone."""
    key = seg, state.tcbs[who], state.chosen[who], state.texts[who]
    if key not in world.known:
        world.known[key] = tuple(arrives(world.case, state, who, seg))
    return world.known[key]


def steps(world: World, state: State, keep_only: bool) -> Iterator[Step]:
    """Every transition that the state has, those that change nothing too."""
    case, network = world.case, state.network
    for who in (CLIENT, SERVER):
        for outcome in by_itself(world, state, who):
            yield Step(put(world, state, who, outcome, network), who, None, outcome)
    for seg in world.within(network):
        who = 1 - seg.sender
        without = network & ~world.bit(seg)
        for outcome in by_arrival(world, state, who, seg):
            if keep_only or case.duplication:
                yield Step(put(world, state, who, outcome, network), who, seg, outcome)
            if not keep_only:
                yield Step(put(world, state, who, outcome, without), who, seg, outcome)
        if case.loss and not keep_only:
            yield Step(state._replace(network=without), -1)


def levels(case: Case, keep_only: bool, depth: int | None = None) -> tuple[list[int], int]:
    """The number of states first reached at each depth, and the number of transitions from them all."""
    world = World(case)
    seen, level, counts, transitions = {INITIAL}, [INITIAL], [1], 0
    while level and (depth is None or len(counts) <= depth):
        following = []
        for state in level:
            for step in steps(world, state, keep_only):
                transitions += 1
                if step.after not in seen:
                    seen.add(step.after)
                    following.append(step.after)
        level = following
        if level:
            counts.append(len(level))
    return counts, transitions


# The claims: each looks at one step, with what it remembers of the past, and says what to remember and whether the step
# violates it

Judgement = tuple[Any, bool]
Judge = Callable[[Any, State, Step], Judgement]


def pair(tcb: Tcb) -> tuple[int, int]:
    """The connection that an endpoint is in, as it knows it."""
    return tcb.iss, tcb.irs


def octets_sent(step: Step) -> frozenset[tuple[int, int, int, int]]:
    """Who sent which octet in the step, in which connection."""
    found = set()
    for seg in step.did.sent if step.did else ():
        connection = pair(step.did.tcb) if step.did else (0, 0)
        found |= {(seg.sender, *connection, plus(seg.seq, i)) for i in range(seg.text)}
    return frozenset(found)


def fins_sent(step: Step) -> frozenset[tuple[int, int, int, int]]:
    """Who sent a FIN with which number in the step, in which connection."""
    if not step.did:
        return frozenset()
    connection = pair(step.did.tcb)
    return frozenset((seg.sender, *connection, plus(seg.seq, seg.text)) for seg in step.did.sent if "FIN" in seg.ctl)


def numbers(first: int, end: int) -> list[int]:
    """The numbers from first up to end."""
    return [plus(first, i) for i in range((end - first) % MODULUS)]


def foreign_octet(sent: frozenset[Any], before: State, step: Step) -> bool:
    """Whether an octet is taken that the other's user has not sent in this connection."""
    if not (step.did and step.did.taken):
        return False
    x, y = pair(before.tcbs[step.actor])
    return any((1 - step.actor, y, x, n) not in sent for n in numbers(*step.did.taken))


def foreign_fin(sent: frozenset[Any], before: State, step: Step) -> bool:
    """Whether a FIN is taken that the other has not sent in this connection, with this number."""
    if not step.did or step.did.fin is None:
        return False
    x, y = pair(before.tcbs[step.actor])
    return (1 - step.actor, y, x, step.did.fin) not in sent


def no_octet_from_the_dead(history: frozenset[Any], before: State, step: Step) -> Judgement:
    """Remembers who sent which octet in which connection."""
    return history | octets_sent(step), foreign_octet(history, before, step)


def octets_in_order(history: frozenset[Any], before: State, step: Step) -> Judgement:
    """Remembers who sent which FIN in which connection."""
    found = foreign_fin(history, before, step)
    if step.did and step.did.taken:
        first, end = step.did.taken
        now = plus(end, 1) if step.did.fin is not None else end
        found |= first != before.tcbs[step.actor].rcv or (step.did.tcb.state != CLOSED and now != step.did.tcb.rcv)
    return history | fins_sent(step), found


def close_is_agreed(history: frozenset[Any], before: State, step: Step) -> Judgement:
    """Remembers who took a FIN in which connection."""
    if step.actor < 0 or not step.did:
        return history, False
    who, tcb = step.actor, before.tcbs[step.actor]
    x, y = pair(tcb)
    by_segment = step.received is not None and "RST" not in step.received.ctl
    acked = tcb.state in (FIN_WAIT_1, CLOSING, LAST_ACK) and by_segment and acked_in(tcb, step)
    found = acked and (1 - who, y, x) not in history
    if step.did.fin is not None:
        history |= {(who, x, y)}
    return history, found


def acked_in(tcb: Tcb, step: Step) -> bool:
    """Whether the ACK of the endpoint's FIN is taken."""
    assert step.did
    if step.did.tcb.state == CLOSED:
        return step.did.orderly
    return step.did.tcb.una == step.did.tcb.nxt and tcb.una != tcb.nxt


def no_data_after_end(history: tuple[int | None, int | None], before: State, step: Step) -> Judgement:
    """Remembers the number of the FIN that each endpoint has sent in the connection that it has."""
    if step.actor < 0 or not step.did:
        return history, False
    who, tcb, now = step.actor, before.tcbs[step.actor], step.did.tcb
    same = tcb.state not in (CLOSED, LISTEN) and pair(tcb) == pair(now) and not step.did.isn
    found = same and tcb.state in GOT_FIN and now.rcv != tcb.rcv
    mine = history[who] if same else None
    for seg in step.did.sent:
        last = plus(seg.seq, length(seg) - 1)
        if "FIN" in seg.ctl and mine is None:
            mine = last
        found |= same and mine is not None and length(seg) > 0 and "RST" not in seg.ctl and beyond(last, mine)
    return (mine, history[1]) if who == CLIENT else (history[0], mine), found


def fin_is_numbered(history: tuple[int | None, int | None], before: State, step: Step) -> Judgement:
    """Remembers the same."""
    if step.actor < 0 or not step.did:
        return history, False
    who, tcb, now = step.actor, before.tcbs[step.actor], step.did.tcb
    same = tcb.state not in (CLOSED, LISTEN) and pair(tcb) == pair(now) and not step.did.isn
    mine, found = history[who] if same else None, False
    for seg in step.did.sent:
        if "FIN" in seg.ctl:
            number = plus(seg.seq, seg.text)
            found |= plus(number, 1) != now.nxt or mine not in (None, number)
            mine = number
    return (mine, history[1]) if who == CLIENT else (history[0], mine), found


def time_wait_protects(history: tuple[bool, frozenset[Any], frozenset[Any]], before: State, step: Step) -> Judgement:
    """Remembers whether every connection that ended was closed in order, and who sent which octet and FIN in which."""
    orderly, octets, fins = history
    found = orderly and (foreign_octet(octets, before, step) or foreign_fin(fins, before, step))
    if step.actor >= 0 and step.did:
        tcb, peer = before.tcbs[step.actor], before.tcbs[1 - step.actor]
        ended = established(tcb) and (not established(step.did.tcb) or step.did.isn)
        reset = ended and step.received is not None and "RST" in step.received.ctl
        both = tcb.state == ESTABLISHED and established(peer) and (tcb.iss, tcb.irs) == (peer.irs, peer.iss)
        found |= orderly and reset and both
        orderly = orderly and (not ended or step.did.orderly)
    return (orderly, octets | octets_sent(step), fins | fins_sent(step)), found


def established(tcb: Tcb) -> bool:
    """Whether an endpoint is in a connection whose handshake is done for it."""
    return tcb.state not in (CLOSED, LISTEN, SYN_SENT, SYN_RECEIVED) and tcb.una != tcb.iss


CLAIMS: dict[str, tuple[Any, Judge]] = {
    "no-octet-from-the-dead": (frozenset(), no_octet_from_the_dead),
    "octets-in-order": (frozenset(), octets_in_order),
    "close-is-agreed": (frozenset(), close_is_agreed),
    "no-data-after-end": ((None, None), no_data_after_end),
    "fin-is-numbered": ((None, None), fin_is_numbered),
    "time-wait-protects": ((True, frozenset(), frozenset()), time_wait_protects),
}


def shortest(case: Case, claim: str, limit: int = 100) -> int | None:
    """How many transitions a shortest violation has, the violating one included; None when there is none up to the limit.

    Every segment is kept. Of two states that differ in the network alone, the one with less of it, found later, is left out:
    whatever it can do the other can.
    """
    start, judge = CLAIMS[claim]
    world = World(case)
    richest: dict[Any, list[int]] = defaultdict(list)
    level = [(INITIAL, start)]
    for depth in range(1, limit + 1):
        following: dict[Any, None] = {}
        for state, history in level:
            for step in steps(world, state, keep_only=True):
                remembered, found = judge(history, state, step)
                if found:
                    return depth
                following[step.after, remembered] = None
        level = []
        for state, remembered in following:
            key, net = (state.tcbs, state.chosen, state.texts, remembered), state.network
            if all(net & ~other for other in richest[key]):
                richest[key] = [other for other in richest[key] if other & ~net] + [net]
                level.append((state, remembered))
        level = [one for one in level if one[0].network in richest[one[0].tcbs, one[0].chosen, one[0].texts, one[1]]]
        if not level:
            return None
    return None
