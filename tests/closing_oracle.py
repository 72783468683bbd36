"""A second formulation of a connection's whole life, from the text of RFC 9293 §3.6 and §3.10, in no common notation.

Two endpoints, one that opens and one that listens; both send octets and close by FINs. Everything is a plain value and a plain
``if`` here, state by state as the RFC's text goes through them, where the model has one text for all synchronized states. It
serves to confirm counts and lengths: where it and the checker disagree, one is wrong. Segments stay in the network for ever,
except that nothing is left of them when TIME-WAIT ends after two segment lifetimes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

MODULUS = 2**32
WINDOW = 65535


@dataclass(frozen=True)
class Case:
    """Bounds and assumptions."""

    isns: tuple[tuple[int, ...], tuple[int, ...]]
    texts: int
    octets: int = 1
    exact: bool = True
    wait: str = "2msl"
    rfc1337: bool = False
    early: bool = True
    rfc5961: bool = True


class Seg(NamedTuple):
    """A segment on its way to the side ``to``."""

    to: int
    seq: int
    ack: int
    bits: str
    text: int


class End(NamedTuple):
    """A side: its state and the variables of its TCB; how many ISNs and texts it has used, ever."""

    state: str = "CLOSED"
    iss: int = 0
    irs: int = 0
    una: int = 0
    nxt: int = 0
    rcv: int = 0
    chosen: int = 0
    texts: int = 0


class World(NamedTuple):
    """Both sides, and what was sent."""

    ends: tuple[End, End]
    network: frozenset[Seg]


class Did(NamedTuple):
    """What a side has become, what it sends, and whether the network is emptied; ``heard`` says that it took a FIN."""

    end: End
    sends: tuple[Seg, ...] = ()
    empties: bool = False


START = World((End(), End()), frozenset())
FULLY_OPEN = ("ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT")
FIN_UNACKED = ("FIN-WAIT-1", "CLOSING", "LAST-ACK")


def up(number: int, by: int) -> int:
    """The number so far ahead."""
    return (number + by) % MODULUS


def ahead(number: int, of: int) -> int:
    """How far a number lies ahead of another."""
    return (number - of) % MODULUS


def gone(end: End, state: str = "CLOSED") -> End:
    """The side without a TCB."""
    return End(state, chosen=end.chosen, texts=end.texts)


def ack(who: int, end: End) -> Seg:
    """<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>."""
    return Seg(1 - who, end.nxt, end.rcv, "A", 0)


def size(seg: Seg) -> int:
    """SEG.LEN."""
    return seg.text + ("S" in seg.bits) + ("F" in seg.bits)


def text_end(end: End) -> int:
    """The number after the user's last octet: its FIN's where it is sent."""
    fin_sent = end.state in (*FIN_UNACKED, "FIN-WAIT-2", "TIME-WAIT")
    return up(end.nxt, -1) if fin_sent else end.nxt


def unasked(case: Case, who: int, end: End) -> Iterator[Did]:
    """What a side does of itself: calls of §3.10.1 to 3.10.5, then the time-outs of §3.10.8."""
    yield from _opens_and_aborts(case, who, end)
    yield from _sends_and_closes(case, who, end)
    yield from _times_out(case, who, end)


def _opens_and_aborts(case: Case, who: int, end: End) -> Iterator[Did]:
    if end.state == "CLOSED" and who == 1:
        yield Did(end._replace(state="LISTEN"))
    if end.state == "CLOSED" and who == 0 and end.chosen < len(case.isns[0]):
        iss = case.isns[0][end.chosen]
        opened = End("SYN-SENT", iss, 0, iss, up(iss, 1), 0, end.chosen + 1, end.texts)
        yield Did(opened, (Seg(1, iss, 0, "S", 0),))
    if end.state in ("LISTEN", "SYN-SENT"):
        yield Did(gone(end))
    if end.state in ("SYN-RECEIVED", *FULLY_OPEN):
        yield Did(gone(end), (Seg(1 - who, end.nxt, 0, "R", 0),))
    if end.state in ("CLOSING", "LAST-ACK", "TIME-WAIT"):
        yield Did(gone(end))


def _sends_and_closes(case: Case, who: int, end: End) -> Iterator[Did]:
    may_send = end.state in ("ESTABLISHED", "CLOSE-WAIT") and end.texts < case.texts
    if may_send:
        sent = end._replace(nxt=up(end.nxt, case.octets), texts=end.texts + 1)
        yield Did(sent, (Seg(1 - who, end.nxt, end.rcv, "A", case.octets),))
    closes = {"ESTABLISHED": "FIN-WAIT-1", "CLOSE-WAIT": "LAST-ACK"}
    if end.state in closes:
        for octets in (0, case.octets) if may_send else (0,):
            closed = end._replace(state=closes[end.state], nxt=up(end.nxt, octets + 1), texts=end.texts + (octets > 0))
            yield Did(closed, (Seg(1 - who, end.nxt, end.rcv, "FA", octets),))
    if end.state == "SYN-RECEIVED" and case.early:
        yield Did(end._replace(state="FIN-WAIT-1", nxt=up(end.nxt, 1)), (Seg(1 - who, end.nxt, end.rcv, "FA", 0),))


def _times_out(case: Case, who: int, end: End) -> Iterator[Did]:
    if end.state not in ("CLOSED", "LISTEN", "TIME-WAIT"):
        yield Did(gone(end))  # the user time-out
    if end.state == "SYN-SENT":
        yield Did(end, (Seg(1, end.iss, 0, "S", 0),))
    unopened = end.una == end.iss
    if end.state == "SYN-RECEIVED" or (end.state in ("FIN-WAIT-1", "CLOSING") and unopened):
        yield Did(end, (Seg(1 - who, end.iss, end.rcv, "SA", 0),))
    oldest = up(end.iss, 1) if unopened else end.una
    left = ahead(text_end(end), oldest)
    if end.state in ("ESTABLISHED", "CLOSE-WAIT", *FIN_UNACKED) and end.una != end.nxt and left:
        yield Did(end, (Seg(1 - who, oldest, end.rcv, "A", min(left, case.octets)),))
    if end.state in FIN_UNACKED and left == 0:
        yield Did(end, (Seg(1 - who, oldest, end.rcv, "FA", 0),))
    if end.state == "TIME-WAIT":
        yield Did(gone(end), empties=case.wait == "2msl")


def arrives(case: Case, who: int, end: End, seg: Seg) -> Iterator[Did]:
    """§3.10.7: what a segment does, in the state in which it finds its receiver."""
    refusal = Seg(1 - who, seg.ack, 0, "R", 0) if "A" in seg.bits else Seg(1 - who, 0, up(seg.seq, size(seg)), "RA", 0)
    if end.state == "CLOSED":
        yield Did(end, () if "R" in seg.bits else (refusal,))
    elif end.state == "LISTEN":
        yield from _meets_listener(case, who, end, seg, refusal)
    elif end.state == "SYN-SENT":
        yield from _meets_opener(case, who, end, seg, refusal)
    else:
        yield _meets_connection(case, who, end, seg)


def _meets_listener(case: Case, who: int, end: End, seg: Seg, refusal: Seg) -> Iterator[Did]:
    if "R" in seg.bits:
        yield Did(end)
    elif "A" in seg.bits:
        yield Did(end, (refusal,))
    elif end.chosen < len(case.isns[who]):
        iss, rcv = case.isns[who][end.chosen], up(seg.seq, 1)
        made = End("SYN-RECEIVED", iss, seg.seq, iss, up(iss, 1), rcv, end.chosen + 1, end.texts)
        yield Did(made, (Seg(1 - who, iss, rcv, "SA", 0),))


def _meets_opener(case: Case, who: int, end: End, seg: Seg, refusal: Seg) -> Iterator[Did]:
    mine = seg.ack == end.nxt
    if "A" in seg.bits and not mine:
        yield Did(end, () if "R" in seg.bits else (refusal,))
    elif "R" in seg.bits:
        yield Did(gone(end) if "A" in seg.bits else end)
    elif "S" in seg.bits:
        assert seg.bits == "SA", "nobody else opens"
        open_ = end._replace(state="ESTABLISHED", irs=seg.seq, rcv=up(seg.seq, 1), una=seg.ack)
        yield Did(open_, (ack(who, open_),))
        if end.texts < case.texts:
            text = Seg(1 - who, open_.nxt, open_.rcv, "A", case.octets)
            yield Did(open_._replace(nxt=up(open_.nxt, case.octets), texts=end.texts + 1), (text,))
    else:
        yield Did(end)


def _meets_connection(case: Case, who: int, end: End, seg: Seg) -> Did:
    """The checks of §3.10.7.4 for what lies within the window or, by the stricter reading, begins at RCV.NXT."""
    challenge = Did(end, (ack(who, end),))
    begins = ahead(seg.seq, end.rcv)
    inside = begins == 0
    if not case.exact:
        inside = begins < WINDOW or (size(seg) > 0 and ahead(up(seg.seq, size(seg) - 1), end.rcv) < WINDOW)
    if not inside:
        return Did(end) if "R" in seg.bits else challenge
    if "R" in seg.bits:
        return _is_reset(case, end, challenge, exactly=begins == 0)
    if "S" in seg.bits:
        if end.state == "SYN-RECEIVED":
            return Did(gone(end, "LISTEN"))
        if case.rfc5961:
            return challenge
        number = Seg(1 - who, seg.ack, 0, "R", 0) if "A" in seg.bits else Seg(1 - who, 0, up(seg.seq, size(seg)), "RA", 0)
        return Did(gone(end), (number,))
    return _acknowledges(case, who, end, seg)


def _is_reset(case: Case, end: End, challenge: Did, *, exactly: bool) -> Did:
    if end.state == "TIME-WAIT" and case.rfc1337:
        return Did(end)
    if case.rfc5961 and not exactly:
        return challenge
    return Did(gone(end, "LISTEN" if end.state == "SYN-RECEIVED" else "CLOSED"))


def _acknowledges(case: Case, who: int, end: End, seg: Seg) -> Did:
    new = 0 < ahead(seg.ack, end.una) <= ahead(end.nxt, end.una)
    if end.state == "SYN-RECEIVED":
        if not new:
            return Did(end, (Seg(1 - who, seg.ack, 0, "R", 0),))
        return _takes(who, end._replace(state="ESTABLISHED", una=seg.ack), seg)
    if case.rfc5961:
        low = up(end.una, -WINDOW)
        believable = ahead(seg.ack, low) <= ahead(end.nxt, low)
    else:
        believable = not 0 < ahead(seg.ack, end.nxt) < MODULUS // 2
    if not believable:
        return Did(end, (ack(who, end),))
    whole = new and seg.ack == end.nxt
    if whole and end.state == "LAST-ACK":
        return Did(gone(end))
    later = end._replace(una=seg.ack) if new else end
    if end.state == "CLOSING" and whole:
        return Did(gone(end) if case.wait == "none" else later._replace(state="TIME-WAIT"))
    if end.state == "CLOSING" and new and end.una == end.iss:
        return Did(later)
    if end.state == "FIN-WAIT-1" and whole:
        later = later._replace(state="FIN-WAIT-2")
    taken = _takes(who, later, seg)
    return Did(gone(taken.end), taken.sends) if case.wait == "none" and taken.end.state == "TIME-WAIT" else taken


def _takes(who: int, end: End, seg: Seg) -> Did:
    """The seventh and the eighth check: text that is next, and a FIN that is next then."""
    receives = end.state in ("ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2")
    moved = end
    if seg.text and receives:
        if ahead(end.rcv, seg.seq) >= seg.text:
            return Did(end, (ack(who, end),))  # all of it was there before, or it is not next
        moved = end._replace(rcv=up(seg.seq, seg.text))
    if "F" in seg.bits:
        if receives and up(seg.seq, seg.text) == moved.rcv:
            after = {"ESTABLISHED": "CLOSE-WAIT", "FIN-WAIT-1": "CLOSING", "FIN-WAIT-2": "TIME-WAIT"}[end.state]
            moved = moved._replace(rcv=up(moved.rcv, 1), state=after)
        return Did(moved, (ack(who, moved),))
    return Did(moved, (ack(who, moved),) if seg.text and receives else ())


def steps(case: Case, world: World) -> Iterator[tuple[int, Seg | None, World]]:
    """Every step: who takes it, what arrives in it, and what comes of it; those that change nothing, too."""
    for who in (0, 1):
        for did in unasked(case, who, world.ends[who]):
            yield who, None, _after(world, who, did)
    for seg in world.network:
        for did in arrives(case, seg.to, world.ends[seg.to], seg):
            yield seg.to, seg, _after(world, seg.to, did)


def _after(world: World, who: int, did: Did) -> World:
    ends = (did.end, world.ends[1]) if who == 0 else (world.ends[0], did.end)
    network = frozenset[Seg]() if did.empties else world.network
    sent = frozenset(did.sends)
    return World(ends, network if sent <= network else network | sent)


def count(case: Case) -> tuple[int, int, int]:
    """The number of states, of steps, and the greatest distance from the first state."""
    seen, level, taken, depth = {START}, [START], 0, 0
    while True:
        following = []
        for world in level:
            for _, _, after in steps(case, world):
                taken += 1
                if after not in seen:
                    seen.add(after)
                    following.append(after)
        if not following:
            return len(seen), taken, depth
        level, depth = following, depth + 1


def pairs(case: Case) -> dict[tuple[str, str], int]:
    """The pairs of states that both sides can be in, with the least number of steps to each."""
    return _least(case, lambda _, __, ___, after: (after.ends[0].state, after.ends[1].state))


def _least(case: Case, shows: Callable[[World, int, Seg | None, World], tuple[str, str]]) -> dict[tuple[str, str], int]:
    found = {("CLOSED", "CLOSED"): 0}
    seen, level, depth = {START}, [START], 0
    while level:
        depth += 1
        following = []
        for world in level:
            for who, seg, after in steps(case, world):
                found.setdefault(shows(world, who, seg, after), depth)
                if after not in seen:
                    seen.add(after)
                    following.append(after)
        level = following
    return found
