"""A second, independent formulation of the TCP handshakes between two endpoints.

It was written by hand from a description in prose and from RFC 9293 (sections 3.5 and 3.10), and it is deliberately not in
the project's notation: it shares no code with the models, the properties and the checker.  It serves to confirm their
results: `count` gives the size of the reachable state space, `shortest` the length of a shortest trace to a violation.
Everything here is a plain breadth-first search over explicit states; where it and the checker disagree, one is wrong.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

MODULUS = 2**32

CLOSED, LISTEN, SYN_SENT, SYN_RECEIVED, ESTABLISHED = "CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED"
LEFT, RIGHT, BOTH, NETWORK = "left", "right", "both", "network"
SIDES = (LEFT, RIGHT)
SYN, SYN_ACK, ACK, RST, RST_ACK = "SYN", "SYN,ACK", "ACK", "RST", "RST,ACK"


@dataclass(frozen=True)
class Case:
    """The handshake and the bounds and assumptions under which it is explored."""

    handshake: str  # three-way, two-way or four-way
    client_isns: tuple[int, ...]  # of the left endpoint, in the order chosen
    server_isns: tuple[int, ...]  # of the right endpoint
    data: int  # how often the endpoint whose user sends text may do so in all, once in a connection
    seq_check: str = "exact"  # exact, window or none: the sequence check in SYN-RECEIVED and ESTABLISHED
    closed_host: str = "resets"  # resets or silent
    loss: bool = True
    duplication: bool = True
    composition: str = ""  # client and server; or simultaneous, listeners, crash, server-crash
    rcv_wnd: int = 65535
    rfc5961: bool = True
    isn: str = "fresh"  # or clock, unmentioned, unpaired, unacknowledged, arbitrary
    abort_established: bool = True
    quiet_time: bool = True
    octets: int = 1  # how many octets a text has


class Segment(NamedTuple):
    """A segment in the network; it is addressed to the endpoint that did not send it."""

    sender: str
    seq: int
    ack: int  # 0 without the ACK bit
    ctl: str
    data: int  # octets


class Endpoint(NamedTuple):
    """One side of the connection; all numbers are 0 when there is no transmission control block."""

    state: str
    passive: bool = False  # whether its connection was opened passively
    iss: int = 0
    irs: int = 0
    snd_una: int = 0
    snd_nxt: int = 0
    rcv_nxt: int = 0


class State(NamedTuple):
    """A state of the whole system."""

    left: Endpoint
    right: Endpoint
    left_chosen: int  # how often the left endpoint has chosen an ISN, ever
    right_chosen: int
    texts: int  # how often the users have sent text, ever
    network: frozenset[Segment]
    left_used: frozenset[int] = frozenset()  # the ISNs it has chosen
    right_used: frozenset[int] = frozenset()
    forgotten: frozenset[tuple[str, int]] = frozenset()  # those that an endpoint does not know that it used


class Outcome(NamedTuple):
    """What an endpoint makes of one action: its new state, what it sends, and what the action uses up."""

    endpoint: Endpoint
    sent: tuple[Segment, ...] = ()
    accepted: bool = False  # an arriving segment was taken, rather than dropped or refused with an ACK or RST
    isn: int | None = None
    texts: int = 0
    forgets: bool = False


class Step(NamedTuple):
    """One transition."""

    after: State
    actor: str  # left, right, both (a release) or network (a loss)
    received: Segment | None
    sent: tuple[Segment, ...]
    accepted: bool


NO_TCB = Endpoint(CLOSED)
LISTENING = Endpoint(LISTEN, passive=True)
INITIAL = State(NO_TCB, NO_TCB, 0, 0, 0, frozenset())


# The two endpoints and what each of them may do


def other(who: str) -> str:
    """The endpoint at the other side."""
    return RIGHT if who == LEFT else LEFT


def at(state: State, who: str) -> Endpoint:
    """The endpoint at one side."""
    return state.left if who == LEFT else state.right


def isns_of(case: Case, who: str) -> tuple[int, ...]:
    """The ISNs of an endpoint, in the order chosen."""
    return case.client_isns if who == LEFT else case.server_isns


def chosen_by(state: State, who: str) -> int:
    """How many of its ISNs an endpoint has chosen."""
    return state.left_chosen if who == LEFT else state.right_chosen


def used_by(state: State, who: str) -> frozenset[int]:
    """The ISNs that an endpoint has chosen."""
    return state.left_used if who == LEFT else state.right_used


def next_isns(case: Case, state: State, who: str, answered: int | None = None) -> list[int]:
    """The ISNs that the endpoint may choose next: those it used and the first that it did not, if they are free."""
    isns, used = isns_of(case, who), used_by(state, who)
    if chosen_by(state, who) == len(isns):
        return []
    unused = [isn for isn in isns if isn not in used][:1]
    return [isn for isn in (*sorted(used), *unused) if is_free(case, state, who, isn, answered)]


def is_free(case: Case, state: State, who: str, isn: int, answered: int | None) -> bool:
    """Whether the assumption about ISNs lets an endpoint choose this one, to answer the SYN with the number answered if any."""
    peer, name = at(state, other(who)), other(who)
    if case.isn in ("fresh", "clock"):
        known = {old for old in used_by(state, who) if (who, old) not in state.forgotten}
        return isn not in known and (case.isn == "fresh" or all(0 < (isn - old) % MODULUS < MODULUS // 2 for old in known))
    if case.isn == "unmentioned":
        numbers = [plus(isn, n) for n in range(2 + case.octets)]
        for seg in state.network:
            if seg.sender == who and seg.seq in numbers and seg.ctl != RST_ACK:
                return False
            if seg.sender == name and "ACK" in seg.ctl and seg.ack in numbers:
                return False
        return not (is_synchronized(peer) and peer.irs in numbers)
    if case.isn == "arbitrary" or answered is None:
        return True
    pairs = (plus(answered, 1), plus(isn, 1))
    if any(seg.sender == name and "ACK" in seg.ctl and (seg.seq, seg.ack) == pairs for seg in state.network):
        return False
    return case.isn == "unacknowledged" or not (is_synchronized(peer) and (peer.iss, peer.irs) == (answered, isn))


def are_peers(case: Case) -> bool:
    """Whether the two endpoints may do the same, rather than being a client and a server."""
    return case.composition in ("simultaneous", "listeners")


def may_open_actively(case: Case, who: str) -> bool:
    """Whether the endpoint's user opens actively."""
    return are_peers(case) or who == LEFT


def may_listen(case: Case, who: str) -> bool:
    """Whether the endpoint's user opens passively."""
    return case.composition == "listeners" or (not are_peers(case) and who == RIGHT)


def sends_text(case: Case, who: str) -> bool:
    """Whether the endpoint's user sends text."""
    return (case.composition in ("", "server-crash") and who == LEFT) or (case.composition == "crash" and who == RIGHT)


def may_crash(case: Case, who: str) -> bool:
    """Whether the endpoint's host may crash."""
    return (case.composition, who) in (("crash", LEFT), ("server-crash", RIGHT))


# Sequence numbers; a bit is set when its name occurs in the segment's ctl


def plus(number: int, amount: int) -> int:
    """The sum modulo 2^32."""
    return (number + amount) % MODULUS


def at_most(low: int, number: int, high: int) -> bool:
    """Whether low =< number =< high, modulo 2^32."""
    return (number - low) % MODULUS <= (high - low) % MODULUS


def in_range(low: int, number: int, high: int) -> bool:
    """Whether low < number =< high, modulo 2^32."""
    return number != low and at_most(low, number, high)


def length(segment: Segment) -> int:
    """SEG.LEN, which counts a SYN and the text."""
    return ("SYN" in segment.ctl) + segment.data


def acceptable(case: Case, segment: Segment, rcv_nxt: int) -> bool:
    """The sequence check; for a window it is Table 6 of RFC 9293."""
    if case.seq_check == "none":
        return True
    if case.seq_check == "exact":
        return segment.seq == rcv_nxt
    first = (segment.seq - rcv_nxt) % MODULUS
    last = (segment.seq + length(segment) - 1 - rcv_nxt) % MODULUS
    if case.rcv_wnd == 0:
        return length(segment) == 0 and first == 0
    if length(segment) == 0:
        return first < case.rcv_wnd
    return first < case.rcv_wnd or last < case.rcv_wnd


# The segments an endpoint sends


def a_reset(who: str, seq: int) -> Segment:
    """A RST without an ACK."""
    return Segment(who, seq, 0, RST, 0)


def a_reset_for(who: str, segment: Segment) -> Segment:
    """A RST that the sender of a segment believes."""
    if "ACK" in segment.ctl:
        return a_reset(who, segment.ack)
    return Segment(who, 0, plus(segment.seq, length(segment)), RST_ACK, 0)


def an_ack(who: str, end: Endpoint) -> Segment:
    """An ACK of all that was received."""
    return Segment(who, end.snd_nxt, end.rcv_nxt, ACK, 0)


def a_syn(who: str, end: Endpoint) -> Segment:
    """The endpoint's SYN."""
    return Segment(who, end.iss, 0, SYN, 0)


def a_syn_ack(who: str, end: Endpoint) -> Segment:
    """The endpoint's SYN with an ACK of the other's."""
    return Segment(who, end.iss, plus(end.irs, 1), SYN_ACK, 0)


def the_text(case: Case, who: str, end: Endpoint) -> Segment:
    """The one text that is sent in a connection."""
    return Segment(who, plus(end.iss, 1), end.rcv_nxt, ACK, case.octets)


# What an endpoint does by itself


def by_its_user(case: Case, state: State, who: str) -> Iterator[Outcome]:
    """The calls of the user: OPEN, CLOSE, ABORT and SEND."""
    end = at(state, who)
    if may_listen(case, who) and end.state == CLOSED:
        yield Outcome(LISTENING)
    if may_open_actively(case, who) and end.state in (CLOSED, LISTEN):
        for isn in next_isns(case, state, who):
            opened = Endpoint(SYN_SENT, iss=isn, snd_una=isn, snd_nxt=plus(isn, 1))
            yield Outcome(opened, (a_syn(who, opened),), isn=isn)
    if end.state in (LISTEN, SYN_SENT):
        yield Outcome(NO_TCB)  # closes
    if end.state == SYN_RECEIVED or (end.state == ESTABLISHED and case.abort_established):
        yield Outcome(NO_TCB, (a_reset(who, end.snd_nxt),))  # aborts
    unused = end.state == ESTABLISHED and end.snd_nxt == plus(end.iss, 1)
    if sends_text(case, who) and unused and state.texts < case.data:
        yield Outcome(end._replace(snd_nxt=plus(end.snd_nxt, case.octets)), (the_text(case, who, end),), texts=1)


def by_itself(case: Case, state: State, who: str) -> Iterator[Outcome]:
    """What the endpoint does without its user: time-outs, retransmissions, the four-way server's SYN, a crash."""
    end = at(state, who)
    four_way = case.handshake == "four-way"
    if end.state in (SYN_SENT, SYN_RECEIVED) or (end.state == ESTABLISHED and case.abort_established):
        yield Outcome(NO_TCB)  # times out
    if may_crash(case, who) and end.state != CLOSED:
        yield Outcome(NO_TCB, forgets=not case.quiet_time and case.isn in ("fresh", "clock"))
    waits_for_ack_of_syn = end.state == SYN_SENT or (four_way and end.state == SYN_RECEIVED and not end.passive)
    if waits_for_ack_of_syn and end.snd_una == end.iss:
        yield Outcome(end, (a_syn(who, end),))  # retransmits
    if end.state == SYN_RECEIVED and not four_way:  # a passive opener of the two-way handshake is never here
        yield Outcome(end, (a_syn_ack(who, end),))  # retransmits
    if end.state == SYN_RECEIVED and four_way and end.passive and end.snd_nxt == end.iss:
        yield Outcome(end._replace(snd_nxt=plus(end.iss, 1)), (a_syn(who, end),))  # sends its SYN
    if end.state == SYN_RECEIVED and four_way and end.passive and end.snd_nxt != end.iss:
        yield Outcome(end, (an_ack(who, end), a_syn(who, end)))  # retransmits
    if end.state == ESTABLISHED and end.snd_nxt == plus(end.iss, 1 + case.octets) and end.snd_una != end.snd_nxt:
        yield Outcome(end, (the_text(case, who, end),))  # retransmits


# What an endpoint does with an arriving segment


def in_closed(case: Case, who: str, end: Endpoint, seg: Segment) -> Outcome:
    """An arrival where there is no connection."""
    if "RST" in seg.ctl or case.closed_host == "silent":
        return Outcome(end)
    return Outcome(end, (a_reset_for(who, seg),))


def in_listen(case: Case, state: State, who: str, seg: Segment) -> list[Outcome]:
    """An arrival at a listening endpoint; there is no outcome when it needs an ISN and has none left."""
    end = at(state, who)
    if "RST" in seg.ctl:
        return [Outcome(end)]
    if "ACK" in seg.ctl:
        return [Outcome(end, (a_reset(who, seg.ack),))]
    return [an_answer(case, who, seg, isn) for isn in next_isns(case, state, who, seg.seq)]


def an_answer(case: Case, who: str, seg: Segment, isn: int) -> Outcome:
    """What a listening endpoint makes of a SYN with this ISN of its own."""
    received = Endpoint(SYN_RECEIVED, True, isn, seg.seq, isn, plus(isn, 1), plus(seg.seq, 1))
    if case.handshake == "two-way":
        received = received._replace(state=ESTABLISHED)
    if case.handshake == "four-way":
        received = received._replace(snd_nxt=isn)
        return Outcome(received, (an_ack(who, received),), accepted=True, isn=isn)
    return Outcome(received, (a_syn_ack(who, received),), accepted=True, isn=isn)


def in_syn_sent(case: Case, state: State, who: str, seg: Segment) -> list[Outcome]:
    """An arrival at an endpoint that has sent its SYN."""
    end = at(state, who)
    bad = "ACK" in seg.ctl and not in_range(end.iss, seg.ack, end.snd_nxt)
    if bad and "RST" in seg.ctl:
        return [Outcome(end)]
    if bad:
        return [Outcome(end, (a_reset(who, seg.ack),))]
    if "RST" in seg.ctl and "ACK" in seg.ctl:
        return [Outcome(NO_TCB)]
    if "RST" in seg.ctl:
        return [Outcome(end)]
    synchronized = end._replace(irs=seg.seq, rcv_nxt=plus(seg.seq, 1))
    if case.handshake == "four-way":
        if "SYN" in seg.ctl and end.snd_una != end.iss:
            established = synchronized._replace(state=ESTABLISHED)
            return [Outcome(established, (an_ack(who, established),), accepted=True)]
        if "SYN" in seg.ctl:
            return [Outcome(synchronized._replace(state=SYN_RECEIVED), accepted=True)]
        return [Outcome(end._replace(snd_una=seg.ack), accepted=True)]
    if seg.ctl == SYN_ACK:
        established = synchronized._replace(state=ESTABLISHED, snd_una=seg.ack)
        if case.handshake == "two-way":
            return [Outcome(established, accepted=True)]
        outcomes = [Outcome(established, (an_ack(who, established),), accepted=True)]
        if sends_text(case, who) and state.texts < case.data:
            more = established._replace(snd_nxt=plus(established.snd_nxt, case.octets))
            outcomes.append(Outcome(more, (the_text(case, who, established),), accepted=True, texts=1))
        return outcomes
    if seg.ctl == SYN:
        received = synchronized._replace(state=SYN_RECEIVED)
        return [Outcome(received, (a_syn_ack(who, received),), accepted=True)]
    return [Outcome(end)]


def in_syn_received_four_way_active(who: str, end: Endpoint, seg: Segment) -> Outcome:
    """An arrival at the active opener of the four-way handshake that waits for the ACK of its SYN."""
    right = "ACK" in seg.ctl and in_range(end.iss, seg.ack, end.snd_nxt)
    if "RST" in seg.ctl and (right or seg.seq == end.rcv_nxt):
        return Outcome(NO_TCB)
    if "RST" in seg.ctl or "SYN" in seg.ctl:
        return Outcome(end)
    if not right:
        return Outcome(end, (a_reset(who, seg.ack),))
    established = end._replace(state=ESTABLISHED, snd_una=seg.ack)
    return Outcome(established, (an_ack(who, established),), accepted=True)


def takes_text(case: Case, who: str, end: Endpoint, seg: Segment) -> Outcome:
    """The last step for an accepted segment: of its text, if any, what is next is taken, and it is ACKed in any case.

    What lies before the window or after it is trimmed off. A window of 0 lets in what the first check lets in.
    """
    if seg.data == 0:
        return Outcome(end, accepted=True)
    octets = [plus(seg.seq, n) for n in range(seg.data)]
    if end.rcv_nxt in octets:
        new = octets[octets.index(end.rcv_nxt) :][: case.rcv_wnd or None]
        end = end._replace(rcv_nxt=plus(new[-1], 1))
    return Outcome(end, (an_ack(who, end),), accepted=True)


def in_syn_received(case: Case, who: str, end: Endpoint, seg: Segment) -> Outcome:
    """An arrival in SYN-RECEIVED."""
    answered = Outcome(end, (an_ack(who, end),))
    acks_the_syn = "ACK" in seg.ctl and in_range(end.snd_una, seg.ack, end.snd_nxt)
    if not end.passive and seg.ctl == SYN_ACK and seg.seq == end.irs and acks_the_syn:  # the known SYN is trimmed off
        return Outcome(end._replace(state=ESTABLISHED, snd_una=seg.ack), accepted=True)
    if not acceptable(case, seg, end.rcv_nxt):
        return Outcome(end) if "RST" in seg.ctl else answered
    if "RST" in seg.ctl and case.rfc5961 and seg.seq != end.rcv_nxt:
        return answered
    if "RST" in seg.ctl:
        return Outcome(LISTENING if end.passive else NO_TCB)
    if "SYN" in seg.ctl and end.passive:
        return Outcome(LISTENING)
    if "SYN" in seg.ctl:
        return answered if case.rfc5961 else Outcome(NO_TCB, (a_reset_for(who, seg),))
    if not acks_the_syn:
        return Outcome(end, (a_reset(who, seg.ack),))
    return takes_text(case, who, end._replace(state=ESTABLISHED, snd_una=seg.ack), seg)


def in_established(case: Case, who: str, end: Endpoint, seg: Segment) -> Outcome:
    """An arrival in ESTABLISHED."""
    answered = Outcome(end, (an_ack(who, end),))
    if case.handshake == "two-way" and end.passive and seg.ctl == SYN and seg.seq == end.irs:
        return Outcome(end, (a_syn_ack(who, end),))
    if not acceptable(case, seg, end.rcv_nxt):
        return Outcome(end) if "RST" in seg.ctl else answered
    if "RST" in seg.ctl:
        return answered if case.rfc5961 and seg.seq != end.rcv_nxt else Outcome(NO_TCB)
    if "SYN" in seg.ctl:
        return answered if case.rfc5961 else Outcome(NO_TCB, (a_reset_for(who, seg),))
    if case.rfc5961 and not at_most(plus(end.snd_una, -case.rcv_wnd), seg.ack, end.snd_nxt):
        return answered
    if not case.rfc5961 and 0 < (seg.ack - end.snd_nxt) % MODULUS < MODULUS // 2:
        return answered
    if in_range(end.snd_una, seg.ack, end.snd_nxt):
        end = end._replace(snd_una=seg.ack)
    return takes_text(case, who, end, seg)


def arrives(case: Case, state: State, who: str, seg: Segment) -> list[Outcome]:
    """What the endpoint `who` can do with a segment: mostly one thing, sometimes two, rarely none."""
    end = at(state, who)
    if end.state == CLOSED:
        return [in_closed(case, who, end, seg)]
    if end.state == LISTEN:
        return in_listen(case, state, who, seg)
    if end.state == SYN_SENT:
        return in_syn_sent(case, state, who, seg)
    if end.state == SYN_RECEIVED and case.handshake == "four-way" and not end.passive:
        return [in_syn_received_four_way_active(who, end, seg)]
    if end.state == SYN_RECEIVED:
        return [in_syn_received(case, who, end, seg)]
    return [in_established(case, who, end, seg)]


# The transitions


def both_established(state: State) -> bool:
    """Whether both sides are ESTABLISHED."""
    return state.left.state == ESTABLISHED and state.right.state == ESTABLISHED


def put(state: State, who: str, outcome: Outcome, network: frozenset[Segment]) -> State:
    """The state after an endpoint's action; `network` is what the action found, without what it sends."""
    for segment in outcome.sent:
        if segment not in network:
            network = network | {segment}
    after = state._replace(texts=state.texts + outcome.texts, network=network)
    after = after._replace(left=outcome.endpoint) if who == LEFT else after._replace(right=outcome.endpoint)
    if outcome.forgets:
        after = after._replace(forgotten=frozenset((who, isn) for isn in used_by(state, who)))
    if outcome.isn is None:
        return after
    after = after._replace(forgotten=after.forgotten - {(who, outcome.isn)})
    used = used_by(state, who) | {outcome.isn}
    if who == LEFT:
        return after._replace(left_chosen=after.left_chosen + 1, left_used=used)
    return after._replace(right_chosen=after.right_chosen + 1, right_used=used)


def steps(case: Case, state: State, keep_only: bool) -> Iterator[Step]:
    """Every transition that the state has, those that change nothing too."""
    left, right, network = state.left, state.right, state.network
    for who in SIDES:
        for outcome in (*by_its_user(case, state, who), *by_itself(case, state, who)):
            yield Step(put(state, who, outcome, network), who, None, outcome.sent, False)
    if both_established(state) and left.snd_nxt == right.rcv_nxt and right.snd_nxt == left.rcv_nxt:  # release
        yield Step(state._replace(left=NO_TCB, right=NO_TCB), BOTH, None, (), False)
    for segment in network:
        who = other(segment.sender)
        for outcome in arrives(case, state, who, segment):
            if keep_only or case.duplication:
                yield Step(put(state, who, outcome, network), who, segment, outcome.sent, outcome.accepted)
            if not keep_only:
                yield Step(put(state, who, outcome, network - {segment}), who, segment, outcome.sent, outcome.accepted)
        if case.loss and not keep_only:
            yield Step(state._replace(network=network - {segment}), NETWORK, None, (), False)


def count(case: Case, keep_only: bool) -> tuple[int, int, int]:
    """The numbers of reachable states and of transitions, and the greatest distance of a state from the first one."""
    seen = {INITIAL}
    level = [INITIAL]
    transitions = 0
    depth = 0
    while True:
        following = []
        for state in level:
            for step in steps(case, state, keep_only):
                transitions += 1
                if step.after not in seen:
                    seen.add(step.after)
                    following.append(step.after)
        if not following:
            return len(seen), transitions, depth
        level = following
        depth += 1


# The claims: each looks at one step, with what it remembers of the past, and says what to remember and whether the step
# violates it (or, for connection-possible, whether the step gets there)

History = tuple[Any, ...]  # whatever the claim remembers; it must be hashable
Judgement = tuple[History, bool]


def enters(before: State, after: State, who: str) -> bool:
    """Whether an endpoint enters ESTABLISHED in the step."""
    return at(before, who).state != ESTABLISHED and at(after, who).state == ESTABLISHED


def paired(state: State) -> bool:
    """Whether each side has received the ISN that the other has sent."""
    return state.left.irs == state.right.iss and state.right.irs == state.left.iss


def has_tcb(end: Endpoint) -> bool:
    """Whether the endpoint has a connection of some kind."""
    return end.state not in (CLOSED, LISTEN)


def is_synchronized(end: Endpoint) -> bool:
    """Whether the endpoint has a connection in which it knows the other's ISN."""
    return end.state in (SYN_RECEIVED, ESTABLISHED)


def ended_isns(state: State, who: str) -> frozenset[int]:
    """The ISNs of the endpoint's connections that are no more: of all it has chosen but for its present one."""
    end = at(state, who)
    return used_by(state, who) - ({end.iss} if has_tcb(end) else set())


# Claims about two endpoints of any kind


def no_stale_establishment(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers who is in a connection that began with a stale SYN, who opened actively with which ISN, and who met which SYN.

    A SYN counts if it is that of an active open. It is stale if that attempt has ended, unless the attempt had already met the
    SYN of the endpoint that now accepts it: then both were in this connection, and one of them just left early.
    """
    stale, opened, met = history
    seg, after, found = step.received, step.after, False
    for who in SIDES:
        end, peer = at(after, who), at(after, other(who))
        if end.state == SYN_SENT and chosen_by(after, who) > chosen_by(before, who):
            opened |= {(who, end.iss)}
        if not has_tcb(end):
            stale -= {who}
        if seg is None or seg.ctl != SYN or step.actor != who or not step.accepted or (other(who), seg.seq) not in opened:
            continue
        if at(before, who).state == SYN_SENT:
            met |= {(who, end.iss, seg.seq)}
        if at(before, who).state == LISTEN or (are_peers(case) and at(before, who).state == SYN_SENT):
            lives = has_tcb(peer) and not peer.passive and peer.iss == seg.seq
            stale = stale - {who} if lives or (other(who), seg.seq, end.iss) in met else stale | {who}
    for who in SIDES if are_peers(case) else (RIGHT,):
        found = found or (enters(before, after, who) and who in stale)
    return (stale, opened, met), found


def isn_acknowledged(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers of each endpoint whether it has received an ACK of its ISN in its present connection."""
    seg, acked = step.received, []
    for who, known in zip(SIDES, history, strict=True):
        end, now = at(step.after, who), False
        if seg is not None and step.actor == who and step.accepted and "ACK" in seg.ctl:
            now = seg.ack in (plus(end.iss, 1), plus(end.iss, 2))
        acked.append(has_tcb(end) and (known or now))
    return tuple(acked), both_established(step.after) and not all(acked)


def isn_paired(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers nothing."""
    return history, both_established(step.after) and not paired(step.after)


def connection_possible(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers nothing."""
    return history, both_established(step.after) and paired(step.after)


def half_open_is_dropped(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers nothing."""
    seg = step.received
    if seg is None:
        return history, False
    for who in SIDES:
        end, peer = at(before, who), at(before, other(who))
        if end.state != ESTABLISHED or (has_tcb(peer) and peer.iss == end.irs):
            continue  # it is not half-open
        if step.actor == who:
            believes = "RST" in seg.ctl and seg.seq == end.rcv_nxt
            violated = believes and at(step.after, who).state == ESTABLISHED
        else:
            current = seg.ack == end.rcv_nxt and at_most(end.iss, seg.seq, end.snd_nxt)
            to_be_reset = "ACK" in seg.ctl and "RST" not in seg.ctl and current
            resets = any("RST" in sent.ctl and sent.seq == seg.ack for sent in step.sent)
            violated = peer.state in (CLOSED, LISTEN, SYN_SENT) and to_be_reset and not resets
        if violated:
            return history, True
    return history, False


def reset_is_meant(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers nothing."""
    if step.received is None:
        return history, False
    end, peer = at(before, step.actor), at(before, other(step.actor))
    lost = end.state == ESTABLISHED and not has_tcb(at(step.after, step.actor))
    return history, lost and is_synchronized(peer) and paired(before)


def old_syn_drops_nothing(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers of each endpoint the latest connection, as (ISS, IRS), that it lost by an old SYN."""
    seg, remembered, found = step.received, [], False
    for who, dropped in zip(SIDES, history, strict=True):
        end, peer, latest = at(before, who), at(step.after, other(who)), dropped
        if seg is not None and step.actor == who and "SYN" in seg.ctl and seg.seq in ended_isns(before, other(who)):
            lost = is_synchronized(end) and not has_tcb(at(step.after, who))
            latest = (end.iss, end.irs) if lost else dropped
        remembered.append(latest)
        found = found or (peer.state == ESTABLISHED and (peer.irs, peer.iss) == latest)
    return tuple(remembered), found


def refusal_is_believed(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers nothing."""
    seg = step.received
    if seg is None or "RST" not in seg.ctl:
        return history, False
    end = at(before, step.actor)
    refuses = end.state == SYN_SENT and "ACK" in seg.ctl and at_most(plus(end.iss, 1), seg.ack, end.snd_nxt)
    resets = end.state == SYN_RECEIVED and seg.seq == end.rcv_nxt
    meant = LISTEN if resets and end.passive else CLOSED
    return history, (refuses or resets) and at(step.after, step.actor).state != meant


def abort_is_announced(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers nothing. Of a silent end it is asked whether the same endpoint could have ended with a RST."""
    if step.received is not None or step.actor not in SIDES:
        return history, False
    who = step.actor
    end = at(before, who)

    def speaks(one: Step) -> bool:
        leaves = one.actor == who and one.received is None and not has_tcb(at(one.after, who))
        return leaves and any((sent.ctl, sent.seq) == (RST, end.snd_nxt) for sent in one.sent)

    asked = end.state == SYN_RECEIVED or (end.state == ESTABLISHED and case.abort_established)
    leaves = asked and not has_tcb(at(step.after, who))
    return history, leaves and not any(speaks(one) for one in steps(case, before, keep_only=True))


def text_is_acknowledged(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers nothing."""
    seg = step.received
    if seg is None or seg.ctl != ACK:
        return history, False
    end, now = at(before, step.actor), at(step.after, step.actor)
    new = end.state == ESTABLISHED and acceptable(case, seg, end.rcv_nxt) and in_range(end.snd_una, seg.ack, end.snd_nxt)
    if seg.data == 0 or (new and now.snd_una != seg.ack):
        return history, new and now.snd_una != seg.ack
    opens = end.state == SYN_RECEIVED and end.snd_una != seg.ack and at_most(end.snd_una, seg.ack, end.snd_nxt)
    if end.state != ESTABLISHED and not opens:
        return history, False
    answered = any((sent.ctl, sent.seq, sent.ack) == (ACK, end.snd_nxt, now.rcv_nxt) for sent in step.sent)
    has_room = case.seq_check != "window" or case.rcv_wnd > 0
    there = has_room and acceptable(case, seg, end.rcv_nxt) and at_most(end.snd_una, seg.ack, end.snd_nxt)
    octets = [n for n in range(case.rcv_wnd or seg.data) if (plus(end.rcv_nxt, n) - seg.seq) % MODULUS < seg.data]
    counts = there and 0 in octets
    return history, not answered or (counts and now.rcv_nxt != plus(end.rcv_nxt, len(octets)))


def numbers_only_grow(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers nothing. A connection goes on where an endpoint has the ISS that it had, and chose none."""
    found = False
    for who in SIDES:
        end, now = at(before, who), at(step.after, who)
        same = has_tcb(end) and has_tcb(now) and chosen_by(before, who) == chosen_by(step.after, who)
        if same:
            found = found or not at_most(end.snd_una, now.snd_una, now.snd_nxt)
            found = found or not at_most(end.iss, end.snd_nxt, now.snd_nxt)
        if same and is_synchronized(end):
            found = found or not at_most(end.irs, end.rcv_nxt, now.rcv_nxt)
    return history, found


def acknowledged_was_received(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers nothing."""
    ends = step.after.left, step.after.right
    if not (paired(step.after) and all(map(is_synchronized, ends))):
        return history, False
    return history, not all(at_most(end.snd_una, peer.rcv_nxt, end.snd_nxt) for end, peer in (ends, ends[::-1]))


def isn_is_not_reused(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers nothing."""
    chose = (who for who in SIDES if chosen_by(step.after, who) > chosen_by(before, who))
    return history, any(at(step.after, who).iss in used_by(before, who) for who in chose)


def reset_without_connection(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers nothing."""
    if step.received is None or "RST" not in step.received.ctl or has_tcb(at(before, step.actor)):
        return history, False
    return history, at(step.after, step.actor).state != at(before, step.actor).state or step.sent != ()


def reset_draws_no_reset(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers nothing."""
    both = step.received is not None and "RST" in step.received.ctl and any("RST" in sent.ctl for sent in step.sent)
    return history, both


def reset_is_for_this_attempt(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers which SYNs drew a RST: whose, and the how manyeth ISN of that endpoint it had."""
    seg, who = step.received, step.actor
    if seg is None:
        return history, False
    end, peer = at(before, who), at(before, other(who))
    mine, theirs = (who, chosen_by(before, who)), (other(who), chosen_by(before, other(who)))
    lost = end.state in (SYN_SENT, SYN_RECEIVED) and not has_tcb(at(step.after, who))
    for_its_syn = mine in history and seg.ctl == RST_ACK and seg.ack == plus(end.iss, 1)
    left = end.state == SYN_RECEIVED and not (has_tcb(peer) and peer.iss == end.irs)
    if seg.ctl == SYN and has_tcb(peer) and peer.iss == seg.seq and any("RST" in sent.ctl for sent in step.sent):
        history = tuple(sorted({*history, theirs}))
    return history, lost and "RST" in seg.ctl and not for_its_syn and not left


def ack_ends_nothing(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers nothing."""
    if step.received is None or "RST" in step.received.ctl:
        return history, False
    end, then = at(before, step.actor), at(step.after, step.actor)
    lost = then.state == CLOSED != end.state or (then.state == LISTEN and has_tcb(end))
    may = "SYN" in step.received.ctl and is_synchronized(end) and acceptable(case, step.received, end.rcv_nxt)
    return history, lost and not may


def wrong_ack_is_reset(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers nothing."""
    seg = step.received
    if seg is None or "ACK" not in seg.ctl or "RST" in seg.ctl:
        return history, False
    end = at(before, step.actor)
    wrong = {
        LISTEN: True,
        SYN_SENT: not in_range(end.iss, seg.ack, end.snd_nxt),
        SYN_RECEIVED: seg.ctl == ACK and acceptable(case, seg, end.rcv_nxt) and not in_range(end.snd_una, seg.ack, end.snd_nxt),
    }
    return history, wrong.get(end.state, False) and a_reset(step.actor, seg.ack) not in step.sent


# Claims about a client, on the left, and a server, on the right


def answers(history: History, before: State, after: State) -> History:
    """The pairs of a client ISN that the server has answered and the ISN of its answer, in order."""
    pair = (after.right.irs, after.right.iss)
    return (*history, pair) if after.right_chosen > before.right_chosen and pair not in history else history


def agreement(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers whether the client has entered ESTABLISHED with the server's two numbers since the server answered."""
    after = step.after
    if not has_tcb(after.right):
        return (0,), False
    agreed = history[0]
    if after.right_chosen > before.right_chosen:
        agreed = 0
    elif enters(before, after, LEFT) and paired(after):
        agreed = 1
    return (agreed,), enters(before, after, RIGHT) and agreed == 0


def one_connection_per_attempt(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers the ISNs of all attempts, which of them the server's connection is for, and those that made it ESTABLISHED.

    A SYN is that of the latest attempt with its number when the server answers it.
    """
    attempts, present, connected = history
    after = step.after
    if after.left_chosen > before.left_chosen:
        attempts = (*attempts, after.left.iss)
    if after.right_chosen > before.right_chosen:
        present = max(k for k, isn in enumerate(attempts) if isn == after.right.irs)
    found = enters(before, after, RIGHT) and present in connected
    if enters(before, after, RIGHT):
        connected |= {present}
    return (attempts, present if has_tcb(after.right) else None, connected), found


def client_agreement(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers the server's answers."""
    after = step.after
    history = answers(history, before, after)
    return history, enters(before, after, LEFT) and (after.left.iss, after.left.irs) not in history


def history_is_reset(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers the server's answers."""
    after, seg, client = step.after, step.received, before.left
    history = answers(history, before, after)
    if step.actor != LEFT or seg is None or client.state == ESTABLISHED or "RST" in seg.ctl:
        return history, False
    if client.state == CLOSED and case.closed_host == "silent":
        return history, False
    ended = ended_isns(before, LEFT)
    old_ack = "ACK" in seg.ctl and any(seg.ack == plus(isn, 1) for isn in ended)
    old_syn = "SYN" in seg.ctl and any((isn, seg.seq) in history for isn in ended)
    resets = any("RST" in sent.ctl for sent in step.sent)
    return history, (old_ack or old_syn) and (enters(before, after, LEFT) or not resets)


def established_together(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers nothing."""
    return history, step.after.right.state == ESTABLISHED and step.after.left.state != ESTABLISHED


_Judges = dict[str, tuple[History, Callable[[Case, History, State, Step], Judgement]]]

_OF_ANY_ENDPOINTS: _Judges = {
    "no-stale-establishment": ((frozenset(), frozenset(), frozenset()), no_stale_establishment),
    "isn-acknowledged": ((False, False), isn_acknowledged),
    "isn-paired": ((), isn_paired),
    "connection-possible": ((), connection_possible),
    "half-open-is-dropped": ((), half_open_is_dropped),
    "reset-is-meant": ((), reset_is_meant),
    "old-syn-drops-nothing": ((None, None), old_syn_drops_nothing),
}
_OF_CLIENT_AND_SERVER: _Judges = {
    "agreement": ((0,), agreement),
    "one-connection-per-attempt": (((), None, frozenset()), one_connection_per_attempt),
    "client-agreement": ((), client_agreement),
    "history-is-reset": ((), history_is_reset),
    "established-together": ((), established_together),
}
_OF_RESETS: _Judges = {
    "reset-without-connection": ((), reset_without_connection),
    "reset-draws-no-reset": ((), reset_draws_no_reset),
    "reset-is-for-this-attempt": ((), reset_is_for_this_attempt),
    "ack-ends-nothing": ((), ack_ends_nothing),
    "wrong-ack-is-reset": ((), wrong_ack_is_reset),
}
_OF_NUMBERS: _Judges = {
    "refusal-is-believed": ((), refusal_is_believed),
    "abort-is-announced": ((), abort_is_announced),
    "text-is-acknowledged": ((), text_is_acknowledged),
    "numbers-only-grow": ((), numbers_only_grow),
    "acknowledged-was-received": ((), acknowledged_was_received),
    "isn-is-not-reused": ((), isn_is_not_reused),
}
_JUDGES = _OF_ANY_ENDPOINTS | _OF_CLIENT_AND_SERVER | _OF_RESETS | _OF_NUMBERS
CLAIMS = (*_OF_ANY_ENDPOINTS, *_OF_CLIENT_AND_SERVER)
ABOUT_RESETS, ABOUT_NUMBERS = tuple(_OF_RESETS), tuple(_OF_NUMBERS)


def claims_of(composition: str) -> tuple[str, ...]:
    """The claims that make sense for a composition."""
    return CLAIMS if composition in ("", "crash", "server-crash") else tuple(_OF_ANY_ENDPOINTS)


def shortest(case: Case, claim: str, keep_only: bool) -> int | None:
    """How many transitions a shortest violation (or witness) has, the violating one included; None when there is none."""
    return shortest_of_each(case, (claim,), keep_only)[claim]


def shortest_of_each(case: Case, claims: tuple[str, ...], keep_only: bool) -> dict[str, int | None]:
    """The same for several claims in one search, which is no larger than one where they remember next to nothing."""
    judges = {claim: _JUDGES[claim][1] for claim in claims}
    lengths: dict[str, int | None] = dict.fromkeys(claims)
    start = (INITIAL, tuple(_JUDGES[claim][0] for claim in claims))
    seen = {start}
    level = [start]
    depth = 0
    while level:
        depth += 1
        following = []
        for state, histories in level:
            for step in steps(case, state, keep_only):
                remembered = []
                for (claim, judge), history in zip(judges.items(), histories, strict=True):
                    new_history, found = judge(case, history, state, step)
                    remembered.append(new_history)
                    if found and lengths[claim] is None:
                        lengths[claim] = depth
                if None not in lengths.values():
                    return lengths
                node = (step.after, tuple(remembered))
                if node not in seen:
                    seen.add(node)
                    following.append(node)
        level = following
    return lengths
