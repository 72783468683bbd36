"""Captures judged: for each connection of a file, whether what was seen is a behaviour of the model.

The endpoint that is judged is the one whose host the tap stands at: who was opened (``server``), who opened (``client``), or
both of them, the tap being somewhere between (``middle``). Its peer may send what it likes. Of a capture that was made at both
hosts each endpoint is judged by what was seen at its own.

A file is read once, packet by packet, and what is kept of it are the connections that are open
(:mod:`checker.conformance.connections`). As each ends, it is said what was found of it (:mod:`checker.conformance.found`).
"""

from __future__ import annotations

import argparse
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from checker.conformance.capture_files import Capture, CaptureError, Frame, Octets
from checker.conformance.connections import Connection, Judging, Side
from checker.conformance.found import Finding, named
from checker.conformance.headers import ACK, RST, SYN, Packet, decode
from checker.conformance.profiles import PROFILES, SIDES, USUAL, Profile
from checker.conformance.seen import PAUSE
from checker.conformance.verdicts import Judged
from checker.conformance.watching import Kind, kinds
from checker.files.mistakes import UnreadableError
from model.notation.said import said
from model.notation.sorts import NotationError
from model.tcp.handshakes.facing import FACING
from model.tcp.handshakes.watched import Watched

_IDLE = 120 * 10**9
_MOST_OPEN = 2**16
"""How long a connection that is over is waited for, in nanoseconds, and how many are followed at once."""
_EVERY = 4096
_ENDED, _WAITED = ("CLOSED", "LISTEN"), ("TIME-WAIT",)
_NEIGHBOURS = 256
"""Among how many of the connections of last one that was not opened is looked for, to see whose numbers it goes on with."""
_MEGABYTE = 2**20


@dataclass(slots=True)
class Judge:
    """Judges the connections of one capture, one after the other, as they end; ``traced`` where their runs are wanted."""

    name: str
    side: str
    profile: Profile
    missed: Callable[[], int] = field(default=lambda: 0)
    traced: bool = False
    kinds: tuple[Kind, ...] = ()
    _open: OrderedDict[tuple[bytes, bytes], Connection] = field(default_factory=OrderedDict)
    _count: int = 0

    def __post_init__(self) -> None:
        self.kinds = kinds(self.profile)

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
        connection.take(packet, frame)

    def _found(self, connection: Connection) -> Iterator[Judged]:
        finding = Finding(self.name, self.profile, connection, self.missed(), traced=self.traced)
        return map(finding.judged, connection.judged)

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
        connection.goes_on = "" if syn & SYN else self._continued(packet)
        roles = {SIDES[0]: (server, client), SIDES[1]: (client, server)}
        usual, *others = self.kinds
        connection.judged = tuple(
            Judging(*roles[role], usual.watch(), role, iter(others))
            for role in ((SIDES[1], SIDES[0]) if self.side not in roles else (self.side,))
        )
        return connection

    def _continued(self, packet: Packet) -> str:
        """Return the connection whose numbers a packet goes on with, of those that have one end with it; or ""."""
        for other in islice(reversed(self._open.values()), _NEIGHBOURS):
            for source, destination in (other.ends, other.ends[::-1]):
                one_end = packet.source == source.address or packet.destination == destination.address
                goes_on = one_end and source.numbers.goes_on_with(packet.seq) and packet.flags & ACK
                if goes_on and destination.numbers.may_acknowledge(packet.ack):
                    return f"{named(source.address)} > {named(destination.address)}"
        return ""

    def _anew(self, connection: Connection, packet: Packet, paused: bool) -> bool:  # it is what is known
        """Return whether a SYN begins a new connection between the same ports."""
        if packet.flags & (SYN | ACK | RST) != SYN or packet.flaw:
            return False
        source, _ = connection.side(packet.source)
        if source.numbers.isn == packet.seq or not connection.over:
            return False
        return all(
            judging.watch.stuck()
            or judging.watch.settled() <= {*_ENDED, *(_WAITED if judging.host is source and paused else ())}
            for judging in connection.judged
        )


def judged(
    stream: Octets, name: str, side: str = SIDES[0], profile: Profile = PROFILES[USUAL], *, traced: bool = False
) -> Iterator[Judged]:
    """Yield what is found of each connection of a capture, as each ends; where ``traced`` with a run of the model.

    Raise :class:`~checker.conformance.capture_files.CaptureError` where the file is damaged, after what was found before that.
    """
    capture = Capture(stream)
    judge = Judge(name, side, profile, lambda: capture.missed, traced)
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
            yield from judged(shown, str(path), arguments.side or SIDES[0], profile, traced=arguments.traced)
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
