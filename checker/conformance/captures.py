"""Captures judged: for each connection of a file, whether what was seen is a behaviour of the model.

The endpoint that is judged is the one whose host the tap stands at: who was opened (``server``), who opened (``client``), or
both of them, the tap being somewhere between (``middle``). Its peer may send what it likes. Numbers are counted from the ISNs,
so that connections that differ in them alone are one, and none is near the end of the circle. Of a capture that was made at
both hosts each endpoint is judged by what was seen at its own.

A connection *conforms* where there is an explanation; *deviates* at the first segment that has none; and it *cannot be told*
where what speaks against it may be the capture's doing: it began too late, missed packets, cut headers off, or a segment is of
a kind that the model does not have.
"""

from __future__ import annotations

import argparse
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from checker.conformance.capture_files import IN, OUT, Capture, CaptureError, Frame, Octets
from checker.conformance.headers import ACK, FIN, RST, SYN, Packet, decode
from checker.conformance.host import IRS, ISNS, Sent, text_of
from checker.conformance.profiles import PROFILES, SIDES, USUAL, Profile
from checker.conformance.steps import Row, Steps, control, steps_under
from checker.conformance.verdicts import Judged, Outcome
from checker.conformance.watching import PAUSE, Entry, Seen, Watch, possible
from checker.files.mistakes import UnreadableError
from model.notation.said import counted, said
from model.notation.sorts import MODULUS, NotationError
from model.notation.system import Action
from model.tcp.handshakes.facing import FACING, FacingAssumptions
from model.tcp.handshakes.watched import Watched
from model.tcp.segment import ANY_CTL, ANY_DATA, BITS, bits_of

_ISS = ISNS[0]
_BITS = {"SYN": SYN, "FIN": FIN, "RST": RST, "ACK": ACK}
_CONTROLS = tuple(control(",".join(bit for bit in BITS if flags & _BITS[bit]) or "none") for flags in range(32))
"""By the octet of flags, without those that opening and closing do not know."""
_MASK = SYN | FIN | RST | ACK
_TWICE = 10**6
"""Within how many nanoseconds the same segment again is one that was captured twice."""
_IDLE = 120 * 10**9
_MOST_OPEN = 2**16
"""How long a connection that is over is waited for, in nanoseconds, and how many are followed at once."""
_EVERY = 4096
_NEAR = 3
_LOOKED_AT = 32
_ENDED, _WAITED = ("CLOSED", "LISTEN"), ("TIME-WAIT",)
_MEGABYTE = 2**20


@dataclass(slots=True)
class Side:
    """One end of a connection: where its numbers begin, which window scale it offers, and how far its text went."""

    address: bytes
    isn: int | None = None
    base: int | None = None
    scale: int = -1
    finished: bool = False
    mark: tuple[object, ...] = ()
    marked: int = -_TWICE


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers that nobody saw where some seem to be missing: of the host or of its peer, from where to before where."""

    of_host: bool
    begins: int
    ends: int

    def filled_by(self, one: Seen) -> bool:
        """Return whether a segment has the first of them after all: what is out of order was not missed."""
        seq, _, ctl, octets = one.readings[0]
        length = octets + len({"SYN", "FIN"} & {*bits_of(ANY_CTL.members[ctl])})
        return one.sent is self.of_host and (self.begins - seq) % MODULUS < length

    def known_to(self, one: Seen) -> str:
        """Return how a segment of the peer's shows that they were sent, or "" where it does not."""
        seq, ack, ctl, _ = one.readings[0]
        if one.sent or "RST" in ANY_CTL.members[ctl]:
            return ""
        if self.of_host and ack and (ack - self.ends) % MODULUS < MODULUS // 2:
            pattern = "packet {number} acknowledges what the capture has not: it missed packets of the host"
            return said(pattern, number=one.number)
        if not self.of_host and (seq - self.ends) % MODULUS < MODULUS // 2:
            return said(
                "packet {number} goes on after what the capture has not: it missed packets of the peer", number=one.number
            )
        return ""


@dataclass(slots=True)
class Judging:
    """One endpoint of a connection that is judged: what it may be doing, and what speaks for the capture being wrong."""

    host: Side
    peer: Side
    watch: Watch
    gap: Gap | None = None
    missed: str = ""

    def hear(self, one: Seen) -> None:
        """Take notice of a segment that may say that the other end knows of numbers which nobody saw."""
        if self.gap is None:
            return
        if self.gap.filled_by(one):
            self.gap, self.missed = None, ""
        elif not self.missed:
            self.missed = self.gap.known_to(one)


@dataclass(slots=True)
class Connection:
    """What is known of one connection while its packets come."""

    first: Packet
    number: int
    began: bool
    ends: tuple[Side, Side]
    judged: tuple[Judging, ...] = ()
    packets: int = 0
    last: int = 0
    reset: bool = False
    fast: bool = False
    flaw: tuple[str, int] | None = None
    twice: int = 0

    @property
    def over(self) -> bool:
        """Whether it looks as if it were over."""
        return (
            self.reset
            or (self.ends[0].finished and self.ends[1].finished)
            or any(judging.watch.stuck() for judging in self.judged)
        )

    def side(self, address: bytes) -> tuple[Side, Side]:
        """Return the end with an address, and the other."""
        one, other = self.ends
        return (one, other) if one.address == address else (other, one)


@dataclass(slots=True)
class Judge:
    """Judges the connections of one capture, one after the other, as they end."""

    name: str
    side: str
    profile: Profile
    missed: Callable[[], int] = field(default=lambda: 0)
    _open: OrderedDict[tuple[bytes, bytes], Connection] = field(default_factory=OrderedDict)
    _count: int = 0

    def see(self, frame: Frame) -> Iterator[Judged]:
        """Take notice of one packet, and yield what is found of connections that it ends."""
        self._count += 1
        if self._count % _EVERY == 0:
            yield from self._tidy(frame.time)
        packet = decode(frame.link, frame.octets, frame.wire)
        if packet is None:
            return
        ends = (packet.source, packet.destination)
        key = ends if ends[0] <= ends[1] else ends[::-1]
        connection = self._open.get(key)
        if connection is not None and self._anew(connection, packet, frame.time - connection.last >= PAUSE):
            yield from self._found(self._open.pop(key))
            connection = None
        if connection is None:
            if len(self._open) >= _MOST_OPEN:
                yield from self._found(self._open.popitem(last=False)[1])
            connection = self._open[key] = self._opened(packet, frame.number)
        self._open.move_to_end(key)
        self._packet(connection, packet, frame)

    def end(self) -> Iterator[Judged]:
        """Yield what is found of the connections that are left."""
        while self._open:
            yield from self._found(self._open.popitem(last=False)[1])

    def _tidy(self, now: int) -> Iterator[Judged]:
        """Yield what is found of those that are over, and that nothing was seen of for long."""
        for key, connection in list(self._open.items()):
            if now - connection.last < _IDLE:
                break
            if connection.over:
                yield from self._found(self._open.pop(key))

    def _opened(self, packet: Packet, number: int) -> Connection:
        syn = packet.flags & (SYN | ACK)
        ends = (Side(packet.source), Side(packet.destination))
        by_source = syn == SYN or (syn != SYN | ACK and packet.source[-2:] > packet.destination[-2:])
        client, server = ends if by_source else ends[::-1]
        connection = Connection(packet, number, syn == SYN, ends)
        wanted = {"server": ((server, client),), "client": ((client, server),), "middle": ((client, server), (server, client))}
        connection.judged = tuple(
            Judging(host, peer, self._watch(self.profile, self.profile.choices[0])) for host, peer in wanted[self.side]
        )
        return connection

    def _watch(self, profile: Profile, assumptions: FacingAssumptions) -> Watch:
        known = frozenset(f"host_{action}" for deviation in profile.deviations for action in deviation.actions)
        return Watch(steps_under(assumptions, profile.endpoint), known)

    def _anew(self, connection: Connection, packet: Packet, paused: bool) -> bool:  # it is what is known
        """Return whether a SYN begins a new connection between the same ports."""
        if packet.flags & (SYN | ACK | RST) != SYN or packet.flaw:
            return False
        source, _ = connection.side(packet.source)
        if source.isn == packet.seq or not connection.over:
            return False
        return all(
            judging.watch.stuck()
            or judging.watch.settled() <= {*_ENDED, *(_WAITED if judging.host is source and paused else ())}
            for judging in connection.judged
        )

    def _packet(self, connection: Connection, packet: Packet, frame: Frame) -> None:
        source, destination = connection.side(packet.source)
        mark = (packet.seq, packet.ack, packet.flags, packet.window, packet.octets, packet.mark)
        again = mark == source.mark and frame.time - source.marked < _TWICE
        connection.twice += again
        source.mark, source.marked = mark, frame.time
        paused = bool(connection.packets) and frame.time - connection.last >= PAUSE
        connection.packets += 1
        connection.last = max(connection.last, frame.time)
        flaw = packet.flaw
        if packet.octets > ANY_DATA.limit:
            flaw = said("it has {octets} octets of text, more than a segment can have", octets=packet.octets)
        if flaw:
            connection.flaw = connection.flaw or (flaw, frame.number)
            return
        if packet.flags & SYN:
            if source.isn is None or connection.over:
                source.scale = packet.scale
            source.isn = packet.seq if source.isn is None or connection.over else source.isn
            connection.fast = connection.fast or packet.fast or (packet.octets > 0)
        source.finished = source.finished or bool(packet.flags & FIN)
        connection.reset = connection.reset or bool(packet.flags & RST)
        if source.base is None and not (packet.flags & RST and packet.seq == 0):
            source.base = packet.seq
        if destination.base is None and packet.flags & ACK:
            destination.base = packet.ack
        scaled = not packet.flags & SYN and source.scale >= 0 and destination.scale >= 0
        window = packet.window << source.scale if scaled else packet.window
        for judging in connection.judged:
            seen = Seen(frame.number, judging.host is source, (), window, paused, again)
            if frame.way in (0, OUT if seen.sent else IN):
                self._seen(judging, packet, seen)

    def _seen(self, judging: Judging, packet: Packet, one: Seen) -> None:
        """Take notice of a segment in the numbers of the model."""
        sent = one.sent
        host, peer = judging.host.base or 0, judging.peer.base or 0
        ours, theirs = (host, peer) if sent else (peer, host)
        begins, other = (_ISS, IRS) if sent else (IRS, _ISS)
        seq = (packet.seq - ours + begins) % MODULUS
        ack = (packet.ack - theirs + other) % MODULUS if packet.flags & ACK else 0
        row = (seq, ack, _CONTROLS[packet.flags & _MASK], packet.octets)
        readings = (row, (0, *row[1:])) if sent and packet.seq == 0 else (row,)
        one = one._replace(readings=readings, window=one.window if sent and not packet.flags & RST else -1)
        if not judging.watch.stuck():
            judging.watch.see(one)
            if judging.watch.stuck():
                judging.gap = _gap(judging.watch, one)
                for before in judging.watch.seen:
                    judging.hear(before)
        else:
            judging.hear(one)

    # -- what is found ------------------------------------------------------------------------------------------------------

    def _found(self, connection: Connection) -> Iterator[Judged]:
        for judging in connection.judged:
            yield self._verdict(connection, judging)

    def _verdict(self, connection: Connection, judging: Judging) -> Judged:
        watch, otherwise = judging.watch, ""
        if watch.failed is not None:
            watch, otherwise = self._tried(watch, self.profile)
        source = f"{self.name}: {_named(judging.host.address)} > {_named(judging.peer.address)}"
        why_not = self._cannot(connection, judging, watch)
        notes = tuple(self._notes(connection, watch, otherwise))
        if watch.failed is None and not why_not:
            return Judged(source, Outcome.AGREES, notes=notes, more=_record(connection, watch, judging))
        more = _record(connection, watch, judging)
        if watch.failed is None:
            return Judged(source, Outcome.CANNOT, why=why_not, notes=notes, more=more)
        near, rule, section, why = _nearest(watch)
        place = said("packet {number}", number=watch.failed.number)
        return Judged(
            source,
            Outcome.CANNOT if why_not else Outcome.DEVIATES,
            place,
            said("{why}; but {cannot}", why=why, cannot=why_not) if why_not else why,
            near,
            _segment(watch.failed.readings[0]),
            rule,
            section,
            () if why_not else self._elsewhere(watch),
            notes,
            more,
        )

    def _tried(self, watch: Watch, profile: Profile) -> tuple[Watch, str]:
        """Return the watch under which what was seen is explained, of all choices that a profile leaves; or the one given."""
        for assumptions in () if watch.forgot or watch.narrowed else profile.choices:
            other = self._watch(profile, assumptions)
            if other.steps is watch.steps:
                continue
            for one in watch.seen:
                other.see(one)
            if not other.stuck():
                usual = profile.choices[0].as_dict()
                differ = [f"{name}={value}" for name, value in assumptions.as_dict().items() if usual[name] != value]
                return other, ", ".join(differ)
        return watch, ""

    def _elsewhere(self, watch: Watch) -> tuple[str, ...]:
        """Return the other profiles that explain what was seen, as options."""
        others = (profile for profile in PROFILES.values() if profile is not self.profile)
        return tuple(f"--profile {profile.name}" for profile in others if not self._tried(watch, profile)[0].stuck())

    def _cannot(self, connection: Connection, judging: Judging, watch: Watch) -> str:
        """Return why what speaks against an endpoint may be the capture's doing, or why nothing speaks for it; or ""."""
        if connection.flaw is not None:
            flaw, number = connection.flaw
            return said("packet {number} cannot be judged: {flaw}", number=number, flaw=flaw)
        if connection.first.source == connection.first.destination:
            return said("a socket that is connected to itself has no two ends")
        if watch.failed is None:
            if not connection.began and not watch.spoke:
                return said("its opening was not seen")
            return ""
        if not connection.began:
            return said("its opening was not seen")
        if self.missed():
            return said("the capture says that it missed {number} packets", number=self.missed())
        if connection.fast:
            return said("a SYN asks for Fast Open or has text, and the model does not speak of text that is taken with a SYN")
        if watch.narrowed:
            return said("there are more possibilities than were looked at")
        return judging.missed

    def _notes(self, connection: Connection, watch: Watch, otherwise: str) -> Iterator[str]:
        if otherwise:
            yield said("it does what RFC 9293 leaves open: {otherwise}", otherwise=otherwise)
        if connection.twice:
            several = "{number} packets are there twice, sent or captured"
            yield counted(connection.twice, "a packet is there twice, sent or captured", several)
        if watch.failed is None:
            yield from (_told(entry, watch.steps) for entry in watch.explanation() if entry.hidden)
            used = {watch.steps.actions[entry.action].name for entry in watch.explanation() if entry.action >= 0}
            for deviation in self.profile.deviations:
                if used & {f"host_{action}" for action in deviation.actions}:
                    yield said("a known deviation, {name}: {answer}", name=deviation.name, answer=deviation.answer)


def _told(entry: Entry, steps: Steps) -> str:
    """Return a step of an explanation as a sentence."""
    if entry.action < 0:
        return said("before packet {number}: packet {lost} was lost after the tap", number=entry.packet, lost=entry.about)
    action = steps.actions[entry.action]
    it = "It " + action.doc.removeprefix(f"The {action.by} ")
    if entry.about:
        pattern = "before packet {number}, at packet {about}: {it} What it sends then was not seen."
        return said(pattern, number=entry.packet, about=entry.about, it=it)
    return said("packet {number}: {it}" if action.sends else "before packet {number}: {it}", number=entry.packet, it=it)


def _record(connection: Connection, watch: Watch, judging: Judging) -> dict[str, object]:
    """Return what programs are told of a connection."""
    steps = watch.steps
    explanation = [
        {
            "packet": entry.packet,
            "about": entry.about or None,
            "action": steps.actions[entry.action].name if entry.action >= 0 else "network_loses",
            "section": steps.actions[entry.action].section if entry.action >= 0 else None,
            "seen": not entry.hidden,
        }
        for entry in ([] if watch.failed else watch.explanation())
    ]
    states = possible(watch.last if watch.failed else watch.nodes, steps)
    ends = {"host": _named(judging.host.address), "peer": _named(judging.peer.address)}
    return {
        "connection": {**ends, "first": connection.number, "packets": connection.packets},
        "states": [*states],
        "explanation": explanation,
    }


def _named(end: bytes) -> str:
    """Return address and port of an end."""
    address = ip_address(end[:-2])
    port = int.from_bytes(end[-2:], "big")
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"  # noqa: PLR2004


def _segment(row: Row) -> str:
    """Return a segment as the RFC writes one."""
    seq, ack, ctl, octets = row
    return text_of(Sent(ANY_CTL.members[ctl], seq, ack, octets), {"iss": _ISS, "irs": IRS})


def _nearest(watch: Watch) -> tuple[tuple[str, ...], str, str, str]:
    """Return what could have been sent instead of what nothing explains: the nearest, by which rule, and what differs."""
    steps, one = watch.steps, watch.failed
    assert one is not None
    found: dict[Row, tuple[int, int, Action, str]] = {}
    for rank, (state, had, _) in enumerate(watch.last[:_LOOKED_AT]):
        segments: list[Row | None] = [None, *(row for one in watch.arrived[had : had + 1] for row in one.readings)]
        for segment in segments:
            for action, near in steps.nearly(state, segment, one.readings[0]):
                differ = sum(a != b for a, b in zip(near, one.readings[0], strict=True))
                known = found.get(near)
                if differ and (known is None or (differ, rank) < (known[0], known[1])):
                    found[near] = (differ, rank, action, steps.states[state[steps.place("state")]])
    nearest = sorted(found.items(), key=lambda pair: (pair[1][0], pair[1][1]))[:_NEAR]
    if not nearest:
        return (), "", "", said("an endpoint in {state} sends nothing here", state=possible(watch.last[:1], steps)[0])
    best, (_, _, action, of) = nearest[0]
    names = ("SEQ", "ACK", "CTL", "DATA")
    others = [name for name, a, b in zip(names, best, one.readings[0], strict=True) if a != b]
    why = said("an endpoint in {state} does not send that: {differ} would differ", state=of, differ=", ".join(others))
    section = f"{action.section}, {action.check}" if action.check else action.section
    return tuple(_segment(found_there) for found_there, _ in nearest), action.name, section, why


def _gap(watch: Watch, one: Seen) -> Gap | None:
    """Return the numbers that seem to be missing before a segment that nothing explains."""
    seq, ack, ctl, _ = one.readings[0]
    if not watch.last or {"SYN", "RST"} & {*bits_of(ANY_CTL.members[ctl])}:
        return None
    state = watch.last[0][0]
    sent, received = (state[watch.steps.place(name)] for name in ("snd_nxt", "rcv_nxt"))
    if ack and not received:  # a SYN is missing at least
        number = ack if sent else seq
        return Gap(of_host=not sent, begins=(number - 1) % MODULUS, ends=number)
    if sent and 0 < (seq - sent) % MODULUS < MODULUS // 2:
        return Gap(of_host=True, begins=sent, ends=seq)
    if received and ack and 0 < (ack - received) % MODULUS < MODULUS // 2:
        return Gap(of_host=False, begins=received, ends=ack)
    return None


def judged(stream: Octets, name: str, side: str = SIDES[0], profile: Profile = PROFILES[USUAL]) -> Iterator[Judged]:
    """Yield what is found of each connection of a capture, as each ends.

    Raise :class:`~checker.conformance.capture_files.CaptureError` where the file is damaged, after what was found before that.
    """
    capture = Capture(stream)
    judge = Judge(name, side, profile, lambda: capture.missed)
    try:
        for frame in capture:
            yield from judge.see(frame)
    except CaptureError:
        yield from judge.end()
        raise
    yield from judge.end()


def judge(path: Path, arguments: argparse.Namespace) -> Iterator[Judged]:
    """Yield what is found of each connection of a file, for the command."""
    if arguments.handshake != Watched.name:
        raise NotationError(said("captures are held against three-way only: leave out --handshake"))
    given = {name: getattr(arguments.assumed, name) for name in FACING if getattr(arguments, name, None) is not None}
    profile = PROFILES[arguments.profile or USUAL].under(given)
    try:
        with path.open("rb") as stream:
            whole = path.stat().st_size
            shown = _Counted(stream, lambda done: arguments.progress(done >> 20, whole >> 20))
            yield from judged(shown, str(path), arguments.side or SIDES[0], profile)
    except OSError as error:
        raise UnreadableError(said("{file} cannot be read: {why}", file=str(path), why=error.strerror or str(error))) from None
    except CaptureError as error:
        raise UnreadableError(said("{file} is no capture, or is damaged: {why}", file=str(path), why=error.args[0])) from None


class _Counted:
    """A file that says how far it was read, at each megabyte."""

    def __init__(self, stream: Octets, say: Callable[[int], None]) -> None:
        self._stream, self._say = stream, say
        self._done = self._said = 0

    def read(self, octets: int) -> bytes:
        """Read so many octets, or as many as there are."""
        found = self._stream.read(octets)
        self._done += len(found)
        if self._done - self._said >= _MEGABYTE:
            self._said = self._done
            self._say(self._done)
        return found
