"""A second, independent formulation of the TCP handshakes between one client and one server.

It was written by hand from a description in prose and from RFC 9293 (sections 3.5 and 3.10), and it is deliberately not in
the project's notation: it shares no code with the models, the properties and the checker.  It serves to confirm their
results: `count` gives the size of the reachable state space, `shortest` the length of a shortest trace to a violation.
Everything here is a plain breadth-first search over explicit states; where it and the checker disagree, one is wrong.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

MODULUS = 2**32
RCV_WND = 65535

CLOSED, LISTEN, SYN_SENT, SYN_RECEIVED, ESTABLISHED = "CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED"
CLIENT, SERVER, BOTH, NETWORK = "client", "server", "both", "network"
SYN, SYN_ACK, ACK, RST, RST_ACK = "SYN", "SYN,ACK", "ACK", "RST", "RST,ACK"


@dataclass(frozen=True)
class Case:
    """The handshake and the bounds and assumptions under which it is explored."""

    handshake: str  # three-way, two-way or four-way
    client_isns: tuple[int, ...]  # the k-th active open takes the k-th of them
    server_isns: tuple[int, ...]  # the k-th answer to a SYN takes the k-th of them
    data: int  # octets the client's user may send in all
    seq_check: str = "exact"  # exact, window or none: the sequence check in SYN-RECEIVED
    closed_host: str = "resets"  # resets or silent
    loss: bool = True
    duplication: bool = True


class Segment(NamedTuple):
    """A segment in the network; it is addressed to the endpoint that did not send it."""

    sender: str
    seq: int
    ack: int  # 0 without the ACK bit
    ctl: str
    data: int  # 0 or 1 octets


class Endpoint(NamedTuple):
    """One side of the connection; all numbers are 0 when there is no transmission control block."""

    state: str
    iss: int = 0
    irs: int = 0
    snd_una: int = 0
    snd_nxt: int = 0
    rcv_nxt: int = 0


class State(NamedTuple):
    """A state of the whole system."""

    client: Endpoint
    server: Endpoint
    client_chosen: int  # how many ISNs the client has chosen, ever
    server_chosen: int
    octets: int  # how many octets the client's user has sent, ever
    network: frozenset[Segment]


class Outcome(NamedTuple):
    """What an endpoint makes of one action: its new state, what it sends, and what the action uses up."""

    endpoint: Endpoint
    sent: tuple[Segment, ...] = ()
    accepted: bool = False  # an arriving segment was taken, rather than dropped or refused with an ACK or RST
    isns: int = 0
    octets: int = 0


class Step(NamedTuple):
    """One transition."""

    after: State
    actor: str  # client, server, both (a release) or network (a loss)
    received: Segment | None
    sent: tuple[Segment, ...]
    accepted: bool


NO_TCB = Endpoint(CLOSED)
LISTENING = Endpoint(LISTEN)
INITIAL = State(NO_TCB, NO_TCB, 0, 0, 0, frozenset())


# Sequence numbers; a bit is set when its name occurs in the segment's ctl


def plus(number: int, amount: int) -> int:
    """The sum modulo 2^32."""
    return (number + amount) % MODULUS


def in_range(low: int, number: int, high: int) -> bool:
    """Whether low < number =< high, modulo 2^32."""
    return 0 < (number - low) % MODULUS <= (high - low) % MODULUS


def length(segment: Segment) -> int:
    """SEG.LEN, which counts a SYN."""
    return 1 if "SYN" in segment.ctl else segment.data


def acceptable(case: Case, segment: Segment, rcv_nxt: int) -> bool:
    """The sequence check of SYN-RECEIVED."""
    if case.seq_check == "none":
        return True
    if case.seq_check == "exact":
        return segment.seq == rcv_nxt
    first = (segment.seq - rcv_nxt) % MODULUS
    if length(segment) == 0:
        return first < RCV_WND
    last = (segment.seq + length(segment) - 1 - rcv_nxt) % MODULUS
    return first < RCV_WND or last < RCV_WND


# The segments an endpoint sends


def a_reset(who: str, seq: int) -> Segment:
    """A RST without an ACK."""
    return Segment(who, seq, 0, RST, 0)


def an_ack(who: str, end: Endpoint) -> Segment:
    """An ACK of all that was received."""
    return Segment(who, end.snd_nxt, end.rcv_nxt, ACK, 0)


def a_syn(who: str, end: Endpoint) -> Segment:
    """The endpoint's SYN."""
    return Segment(who, end.iss, 0, SYN, 0)


def a_syn_ack(who: str, end: Endpoint) -> Segment:
    """The endpoint's SYN with an ACK of the other's."""
    return Segment(who, end.iss, end.rcv_nxt, SYN_ACK, 0)


def the_octet(end: Endpoint) -> Segment:
    """The one octet the client sends in an attempt."""
    return Segment(CLIENT, plus(end.iss, 1), end.rcv_nxt, ACK, 1)


# What an endpoint does by itself


def client_alone(case: Case, end: Endpoint, chosen: int, octets: int) -> Iterator[Outcome]:
    """The actions that only the client has."""
    if end.state == CLOSED and chosen < len(case.client_isns):
        isn = case.client_isns[chosen]
        opened = Endpoint(SYN_SENT, iss=isn, snd_una=isn, snd_nxt=plus(isn, 1))
        yield Outcome(opened, (a_syn(CLIENT, opened),), isns=1)
    if end.state == SYN_SENT:
        yield Outcome(NO_TCB)  # closes
        yield Outcome(NO_TCB)  # times out
    waits_for_ack_of_syn = (SYN_SENT, SYN_RECEIVED) if case.handshake == "four-way" else (SYN_SENT,)
    if end.state in waits_for_ack_of_syn and end.snd_una == end.iss:
        yield Outcome(end, (a_syn(CLIENT, end),))  # retransmits
    if end.state == ESTABLISHED and end.snd_nxt == plus(end.iss, 1) and octets < case.data:
        yield Outcome(end._replace(snd_nxt=plus(end.snd_nxt, 1)), (the_octet(end),), octets=1)
    if end.state == ESTABLISHED and end.snd_nxt == plus(end.iss, 2) and end.snd_una != end.snd_nxt and case.data > 0:
        yield Outcome(end, (the_octet(end),))  # retransmits


def server_alone(case: Case, end: Endpoint) -> Iterator[Outcome]:
    """The actions that only the server has."""
    if end.state == CLOSED:
        yield Outcome(LISTENING)
    if end.state == LISTEN:
        yield Outcome(NO_TCB)  # closes
    if end.state == SYN_RECEIVED and case.handshake == "four-way" and end.snd_nxt == end.iss:
        yield Outcome(end._replace(snd_nxt=plus(end.iss, 1)), (a_syn(SERVER, end),))  # sends its SYN
    if end.state == SYN_RECEIVED and case.handshake == "four-way" and end.snd_nxt != end.iss:
        yield Outcome(end, (an_ack(SERVER, end), a_syn(SERVER, end)))  # retransmits


def either_alone(case: Case, who: str, end: Endpoint) -> Iterator[Outcome]:
    """The actions that both sides have."""
    if end.state in (SYN_RECEIVED, ESTABLISHED):
        yield Outcome(NO_TCB, (a_reset(who, end.snd_nxt),))  # aborts
        yield Outcome(NO_TCB)  # times out
    if end.state == SYN_RECEIVED and case.handshake == "three-way":
        yield Outcome(end, (a_syn_ack(who, end),))  # retransmits


# What an endpoint does with an arriving segment


def in_closed(case: Case, who: str, end: Endpoint, seg: Segment) -> Outcome:
    """An arrival where there is no connection."""
    if "RST" in seg.ctl:
        return Outcome(end)
    if case.closed_host == "silent":
        return Outcome(end)
    if "ACK" not in seg.ctl:
        return Outcome(end, (Segment(who, 0, plus(seg.seq, length(seg)), RST_ACK, 0),))
    return Outcome(end, (a_reset(who, seg.ack),))


def in_listen(case: Case, end: Endpoint, seg: Segment, chosen: int) -> list[Outcome]:
    """An arrival at the listening server; there is no outcome when it needs an ISN and has none left."""
    if "RST" in seg.ctl:
        return [Outcome(end)]
    if "ACK" in seg.ctl:
        return [Outcome(end, (a_reset(SERVER, seg.ack),))]
    if chosen == len(case.server_isns):
        return []
    isn = case.server_isns[chosen]
    received = Endpoint(SYN_RECEIVED, isn, seg.seq, isn, plus(isn, 1), plus(seg.seq, 1))
    if case.handshake == "two-way":
        received = received._replace(state=ESTABLISHED)
    if case.handshake == "four-way":
        received = received._replace(snd_nxt=isn)
        return [Outcome(received, (an_ack(SERVER, received),), accepted=True, isns=1)]
    return [Outcome(received, (a_syn_ack(SERVER, received),), accepted=True, isns=1)]


def in_syn_sent(case: Case, end: Endpoint, seg: Segment, octets: int) -> list[Outcome]:
    """An arrival at the client that has sent its SYN."""
    bad = "ACK" in seg.ctl and not in_range(end.iss, seg.ack, end.snd_nxt)
    if bad and "RST" in seg.ctl:
        return [Outcome(end)]
    if bad:
        return [Outcome(end, (a_reset(CLIENT, seg.ack),))]
    if "RST" in seg.ctl and "ACK" in seg.ctl:
        return [Outcome(NO_TCB)]
    if "RST" in seg.ctl:
        return [Outcome(end)]
    synchronized = end._replace(irs=seg.seq, rcv_nxt=plus(seg.seq, 1))
    if case.handshake == "four-way":
        if "SYN" in seg.ctl and end.snd_una != end.iss:
            established = synchronized._replace(state=ESTABLISHED)
            return [Outcome(established, (an_ack(CLIENT, established),), accepted=True)]
        if "SYN" in seg.ctl:
            return [Outcome(synchronized._replace(state=SYN_RECEIVED), accepted=True)]
        return [Outcome(end._replace(snd_una=seg.ack), accepted=True)]
    if seg.ctl == SYN_ACK:
        established = synchronized._replace(state=ESTABLISHED, snd_una=seg.ack)
        if case.handshake == "two-way":
            return [Outcome(established, accepted=True)]
        outcomes = [Outcome(established, (an_ack(CLIENT, established),), accepted=True)]
        if octets < case.data:
            more = established._replace(snd_nxt=plus(established.snd_nxt, 1))
            outcomes.append(Outcome(more, (the_octet(established),), accepted=True, octets=1))
        return outcomes
    if seg.ctl == SYN:
        received = synchronized._replace(state=SYN_RECEIVED)
        return [Outcome(received, (a_syn_ack(CLIENT, received),), accepted=True)]
    return [Outcome(end)]


def in_syn_received_four_way_client(end: Endpoint, seg: Segment) -> Outcome:
    """An arrival at the client of the four-way handshake that waits for the ACK of its SYN."""
    right = "ACK" in seg.ctl and in_range(end.iss, seg.ack, end.snd_nxt)
    if "RST" in seg.ctl and (right or seg.seq == end.rcv_nxt):
        return Outcome(NO_TCB)
    if "RST" in seg.ctl or "SYN" in seg.ctl:
        return Outcome(end)
    if not right:
        return Outcome(end, (a_reset(CLIENT, seg.ack),))
    established = end._replace(state=ESTABLISHED, snd_una=seg.ack)
    return Outcome(established, (an_ack(CLIENT, established),), accepted=True)


def in_syn_received(case: Case, who: str, end: Endpoint, seg: Segment) -> Outcome:
    """An arrival in SYN-RECEIVED."""
    if not acceptable(case, seg, end.rcv_nxt) and "RST" in seg.ctl:
        return Outcome(end)
    if not acceptable(case, seg, end.rcv_nxt):
        return Outcome(end, (an_ack(who, end),))
    if "RST" in seg.ctl:
        return Outcome(LISTENING if who == SERVER else NO_TCB)
    if "SYN" in seg.ctl:
        return Outcome(LISTENING) if who == SERVER else Outcome(end, (an_ack(who, end),))
    if not in_range(end.snd_una, seg.ack, end.snd_nxt):
        return Outcome(end, (a_reset(who, seg.ack),))
    established = end._replace(state=ESTABLISHED, snd_una=seg.ack)
    if seg.data == 0:
        return Outcome(established, accepted=True)
    if seg.seq == end.rcv_nxt:
        established = established._replace(rcv_nxt=plus(end.rcv_nxt, 1))
    return Outcome(established, (an_ack(who, established),), accepted=True)


def in_established(case: Case, who: str, end: Endpoint, seg: Segment) -> Outcome:
    """An arrival in ESTABLISHED."""
    if case.handshake == "two-way" and who == SERVER and seg.ctl == SYN and seg.seq == end.irs:
        return Outcome(end, (Segment(SERVER, end.iss, plus(end.irs, 1), SYN_ACK, 0),))
    if seg.seq != end.rcv_nxt and "RST" in seg.ctl:
        return Outcome(end)
    if seg.seq != end.rcv_nxt:
        return Outcome(end, (an_ack(who, end),))
    if "RST" in seg.ctl:
        return Outcome(NO_TCB)
    if "SYN" in seg.ctl:
        return Outcome(end, (an_ack(who, end),))
    if 0 < (seg.ack - end.snd_nxt) % MODULUS < 2**31:
        return Outcome(end, (an_ack(who, end),))
    if in_range(end.snd_una, seg.ack, end.snd_nxt):
        end = end._replace(snd_una=seg.ack)
    if seg.data == 0:
        return Outcome(end, accepted=True)
    end = end._replace(rcv_nxt=plus(end.rcv_nxt, 1))
    return Outcome(end, (an_ack(who, end),), accepted=True)


def arrives(case: Case, state: State, who: str, seg: Segment) -> list[Outcome]:
    """What the endpoint `who` can do with a segment: mostly one thing, sometimes two, rarely none."""
    end = state.client if who == CLIENT else state.server
    if end.state == CLOSED:
        return [in_closed(case, who, end, seg)]
    if end.state == LISTEN:
        return in_listen(case, end, seg, state.server_chosen)
    if end.state == SYN_SENT:
        return in_syn_sent(case, end, seg, state.octets)
    if end.state == SYN_RECEIVED and case.handshake == "four-way" and who == CLIENT:
        return [in_syn_received_four_way_client(end, seg)]
    if end.state == SYN_RECEIVED:
        return [in_syn_received(case, who, end, seg)]
    return [in_established(case, who, end, seg)]


# The transitions


def both_established(state: State) -> bool:
    """Whether both sides are ESTABLISHED."""
    return state.client.state == ESTABLISHED and state.server.state == ESTABLISHED


def put(state: State, who: str, outcome: Outcome, network: frozenset[Segment]) -> State:
    """The state after an endpoint's action; `network` is what the action found, without what it sends."""
    for segment in outcome.sent:
        if segment not in network:
            network = network | {segment}
    client, server, client_chosen, server_chosen, octets, _ = state
    if who == CLIENT:
        return State(outcome.endpoint, server, client_chosen + outcome.isns, server_chosen, octets + outcome.octets, network)
    return State(client, outcome.endpoint, client_chosen, server_chosen + outcome.isns, octets, network)


def steps(case: Case, state: State, keep_only: bool) -> Iterator[Step]:
    """Every transition that the state has, those that change nothing too."""
    client, server, network = state.client, state.server, state.network
    for outcome in client_alone(case, client, state.client_chosen, state.octets):
        yield Step(put(state, CLIENT, outcome, network), CLIENT, None, outcome.sent, False)
    for outcome in server_alone(case, server):
        yield Step(put(state, SERVER, outcome, network), SERVER, None, outcome.sent, False)
    for who, end in ((CLIENT, client), (SERVER, server)):
        for outcome in either_alone(case, who, end):
            yield Step(put(state, who, outcome, network), who, None, outcome.sent, False)
    if both_established(state) and client.snd_nxt == server.rcv_nxt and server.snd_nxt == client.rcv_nxt:  # release
        yield Step(state._replace(client=NO_TCB, server=NO_TCB), BOTH, None, (), False)
    for segment in network:
        who = SERVER if segment.sender == CLIENT else CLIENT
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

History = tuple[int, ...]
Judgement = tuple[History, bool]


def client_enters(before: State, after: State) -> bool:
    """Whether the client enters ESTABLISHED in the step."""
    return before.client.state != ESTABLISHED and after.client.state == ESTABLISHED


def server_enters(before: State, after: State) -> bool:
    """Whether the server enters ESTABLISHED in the step."""
    return before.server.state != ESTABLISHED and after.server.state == ESTABLISHED


def paired(state: State) -> bool:
    """Whether each side has received the ISN that the other has sent."""
    return state.client.irs == state.server.iss and state.server.irs == state.client.iss


def has_tcb(end: Endpoint) -> bool:
    """Whether the endpoint has a connection of some kind."""
    return end.state not in (CLOSED, LISTEN)


def answers(history: History, before: State, after: State) -> History:
    """The client ISNs the server has answered, in order: the k-th with its own k-th ISN."""
    return (*history, after.server.irs) if after.server_chosen > before.server_chosen else history


def no_stale_establishment(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers whether the server's connection began with a SYN that was not that of the client's attempt."""
    after = step.after
    if not has_tcb(after.server):
        return (0,), False
    stale = history[0]
    if after.server_chosen > before.server_chosen:
        stale = int(not has_tcb(after.client) or after.client.iss != after.server.irs)
    return (stale,), server_enters(before, after) and stale == 1


def agreement(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers whether the client has entered ESTABLISHED with the server's two numbers since the server answered."""
    after = step.after
    if not has_tcb(after.server):
        return (0,), False
    agreed = history[0]
    if after.server_chosen > before.server_chosen:
        agreed = 0
    elif client_enters(before, after) and paired(after):
        agreed = 1
    return (agreed,), server_enters(before, after) and agreed == 0


def isn_acknowledged(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers of the client and of the server whether it has received an ACK of its ISN in its present connection."""
    seg, acked = step.received, []
    for who, known, end in ((CLIENT, history[0], step.after.client), (SERVER, history[1], step.after.server)):
        now = False
        if seg is not None and step.actor == who and step.accepted and "ACK" in seg.ctl:
            now = seg.ack in (plus(end.iss, 1), plus(end.iss, 2))
        acked.append(int(has_tcb(end) and (known == 1 or now)))
    return tuple(acked), both_established(step.after) and 0 in acked


def one_connection_per_attempt(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers the attempts for which the server has entered ESTABLISHED, by their places in client_isns."""
    after = step.after
    if not server_enters(before, after):
        return history, False
    attempt = max(k for k in range(after.client_chosen) if case.client_isns[k] == after.server.irs)
    return tuple(sorted({*history, attempt})), attempt in history


def client_agreement(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers the server's answers."""
    after = step.after
    history = answers(history, before, after)
    known = (after.client.iss, after.client.irs) in zip(history, case.server_isns, strict=False)
    return history, client_enters(before, after) and not known


def history_is_reset(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers the server's answers."""
    after, seg, client = step.after, step.received, before.client
    history = answers(history, before, after)
    if step.actor != CLIENT or seg is None or client.state == ESTABLISHED or "RST" in seg.ctl:
        return history, False
    if client.state == CLOSED and case.closed_host == "silent":
        return history, False
    ended = set(case.client_isns[: before.client_chosen])
    if has_tcb(client):
        ended.discard(client.iss)
    old_ack = "ACK" in seg.ctl and any(seg.ack == plus(isn, 1) for isn in ended)
    old_syn = "SYN" in seg.ctl and any((isn, seg.seq) in zip(history, case.server_isns, strict=False) for isn in ended)
    resets = any("RST" in sent.ctl for sent in step.sent)
    return history, (old_ack or old_syn) and (client_enters(before, after) or not resets)


def isn_paired(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers nothing."""
    return history, both_established(step.after) and not paired(step.after)


def connection_possible(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers nothing."""
    return history, both_established(step.after) and paired(step.after)


def established_together(case: Case, history: History, before: State, step: Step) -> Judgement:
    """Remembers nothing."""
    return history, step.after.server.state == ESTABLISHED and step.after.client.state != ESTABLISHED


_JUDGES: dict[str, tuple[History, Callable[[Case, History, State, Step], Judgement]]] = {
    "no-stale-establishment": ((0,), no_stale_establishment),
    "agreement": ((0,), agreement),
    "isn-acknowledged": ((0, 0), isn_acknowledged),
    "isn-paired": ((), isn_paired),
    "one-connection-per-attempt": ((), one_connection_per_attempt),
    "client-agreement": ((), client_agreement),
    "history-is-reset": ((), history_is_reset),
    "connection-possible": ((), connection_possible),
    "established-together": ((), established_together),
}
CLAIMS = tuple(_JUDGES)


def shortest(case: Case, claim: str, keep_only: bool) -> int | None:
    """How many transitions a shortest violation (or witness) has, the violating one included; None when there is none."""
    first_history, judge = _JUDGES[claim]
    start = (INITIAL, first_history)
    seen = {start}
    level = [start]
    depth = 0
    while level:
        depth += 1
        following = []
        for state, history in level:
            for step in steps(case, state, keep_only):
                new_history, found = judge(case, history, state, step)
                if found:
                    return depth
                node = (step.after, new_history)
                if node not in seen:
                    seen.add(node)
                    following.append(node)
        level = following
    return None
