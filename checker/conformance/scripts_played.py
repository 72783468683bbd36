"""Scripts of packetdrill's, played against the model: what the endpoint of RFC 9293 does is held against what they expect.

The stack under test is one endpoint (:class:`~checker.conformance.host.Host`), and the script is all that happens to it. The
order of its lines counts, and times do where only they can have ended something. A script says nothing of what is sent after
its last line, and packetdrill does not look.

Numbers are those of packetdrill: on a SYN they are what the script says, and on all other segments they count from the ISNs of
the two SYNs. Which ISN the stack chooses is its own affair.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from checker.conformance import scripts_besides, tracking
from checker.conformance.host import IRS, Host, Sent
from checker.conformance.packets import Packet, tells_isn
from checker.conformance.scripts import Call, Code, Command, Event, Return, Script, read, states_asserted
from checker.conformance.scripts_settings import SYSCTLS, UNMODELLED, settings
from checker.conformance.scripts_user import Connection, Found, StopError, User
from checker.conformance.tracking import World, after, ways
from checker.conformance.verdicts import Judged, Outcome
from model.notation.assumed import Choice
from model.notation.said import said
from model.notation.sorts import MODULUS
from model.tcp.handshakes.facing import FACING, SCALED_WINDOW, FacingAssumptions, written
from model.tcp.handshakes.watched import Watched

_WINDOW = 65535
"""The size of the windows where nothing is said of it, or it does not matter."""
_LONG = 1.0
"""After how many seconds in which nothing is seen TIME-WAIT may be over, or a user's connection given up."""


def judge(script: Script, assumptions: FacingAssumptions, handshake: str = "three-way", *, fixed: Iterable[str] = ()) -> Judged:
    """Return what was found of a script. What ``fixed`` names is as given, whatever the script says of it."""
    play = _Play(script, assumptions, handshake, frozenset(fixed))
    found = play.judged()
    return found if found.outcome is not Outcome.DEVIATES else replace(found, otherwise=tuple(_otherwise(found, play)))


def _otherwise(found: Judged, play: _Play) -> Iterator[str]:
    """Yield the assumptions, as options, under which the line that deviates would agree."""
    line = found.more["line"]
    fixed = play.fixed | (set(play.assumptions.declared()) - {"rcv_wnd", "snd_wnd"})
    for name, value, other in Host(play.assumptions, 1, play.handshake).alternatives():
        again = _Play(play.script, other.assumptions, play.handshake, fixed).judged()
        if again.outcome is Outcome.AGREES or again.more.get("line", 0) > line:
            yield written(name, value)


class _Play(User):
    """A script that is being played."""

    def __init__(self, script: Script, assumptions: FacingAssumptions, handshake: str, fixed: frozenset[str]) -> None:
        super().__init__()
        self.script = script
        self.assumptions = assumptions
        self.handshake = handshake
        self.fixed = fixed
        self.notes: list[str] = []
        self.scales: dict[bool, int | None] = {}
        self.windowed = False
        self.fast_open = False
        self.announced = 0
        self.stamp: int | None = None
        self.time = self.heard = 0.0
        self.selective: dict[bool, bool] = {}

    # -- the whole ------------------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Take what the script's settings say before anything happens."""
        for event in self.script.before:
            self._command(event)

    def judged(self) -> Judged:
        self.worlds = [World(self.host().initial())]
        line = 0
        try:
            self.prepare()
            for event in self._in_order():
                line = event.line
                if event.time - self.time >= _LONG:
                    self._long_pause()
                self.time = event.time
                self._happens(event)
                if isinstance(event.what, Packet):
                    self.heard = event.time
                self.worlds = tracking.distinct(self.worlds)
        except StopError as stop:
            return self._judged(stop.found, line)
        self._leftover()
        return self._judged(Found(Outcome.AGREES, ""), 0)

    def _judged(self, found: Found, line: int) -> Judged:
        if self.worlds and found.outcome is Outcome.AGREES:
            self.notes += [said("nobody sees that {what}", what=what) for what in dict.fromkeys(self.worlds[0].hidden)]
        for what, lines in self.passed_over.items():
            self.notes.append(said("passed over: {what} (line {lines})", what=what, lines=", ".join(map(str, _few(lines)))))
        return Judged(
            self.script.name,
            found.outcome,
            place=said("line {number}", number=line) if found.outcome is not Outcome.AGREES else "",
            why=found.why,
            expected=found.expected,
            found=found.found,
            rule=found.rule,
            section=found.section,
            notes=tuple(self.notes),
            more={"line": line} if line else {},
        )

    def _in_order(self) -> Iterator[Event]:
        """Yield events in the order in which they happen.

        A call that blocks returns after what happens meanwhile, and before the next call: a user does one at a time.
        """
        waiting: list[tuple[float, Event]] = []
        for event in self.script.events:
            over = [one for one in waiting if isinstance(event.what, Call) or one[0] + _TOLERANCE < event.time]
            for ends, call in sorted(over, key=lambda one: one[0]):
                yield _return(call, ends)
            waiting = [one for one in waiting if one not in over]
            yield event
            if isinstance(event.what, Call) and event.what.ends is not None:
                waiting.append((event.what.ends, event))
        for ends, call in sorted(waiting, key=lambda one: one[0]):
            yield _return(call, ends)

    def host(self, octets: int = 1) -> Host:
        """Return the endpoint as it is about what it does by itself; its user sends so many octets at a time."""
        return Host(self._assuming(_WINDOW, _WINDOW), octets, self.handshake, deaf=True)

    def facing(self, world: World, segment: Sent) -> Iterator[Host]:
        """Yield the endpoint as it may be about a segment.

        A system is made for each size of the windows, which takes a while. So the usual are taken where that changes nothing:
        where all of a segment lies in the smaller window or is old, and its ACK is no further back. A window that is announced
        as 65535 may be as large as the buffer is.
        """
        length = segment.data + ("SYN" in segment.ctl) + ("FIN" in segment.ctl)
        end = after(segment.seq, world.number("rcv_nxt")) + length
        back = after(world.number("snd_una"), segment.ack)
        announced, others = self.assumptions.rcv_wnd, self.assumptions.snd_wnd
        snd_wnd = _WINDOW if not segment.has_ack or back <= min(others, _WINDOW) else others
        for rcv_wnd in {announced, max(self.buffer, announced)} if announced == _WINDOW else {announced}:
            yield Host(self._assuming(_WINDOW if end < min(rcv_wnd, _WINDOW) else rcv_wnd, snd_wnd), 1, self.handshake)

    def _assuming(self, rcv_wnd: int, snd_wnd: int) -> FacingAssumptions:
        return self.assumptions.otherwise("rcv_wnd", rcv_wnd).otherwise("snd_wnd", snd_wnd)

    def _happens(self, event: Event) -> None:
        match event.what:
            case Packet(inbound=True) as packet:
                self._arrives(packet, event.line)
            case Packet() as packet:
                self._is_sent(packet, event.line)
            case Return(call=call):
                self.returns(call)
            case Call() as call:
                self.calls(call, event.line)
            case Command():
                self._command(event)
            case Code() as code:
                self._asserts(code, event.line)

    def _long_pause(self) -> None:
        """Let what only time ends be over: TIME-WAIT, and a connection that its user has closed (RFC 9293 §3.10.8)."""
        host, more = self.host(), list(self.worlds)
        for world in self.worlds:
            if world.due:
                continue
            if world.state == "TIME-WAIT":
                more += ways(host, world, "has_waited", hidden=said("TIME-WAIT ends"))
            if world.state == "FIN-WAIT-2" and self.user.closed:
                more += ways(host, world, "times_out", hidden=said("it gives up waiting in FIN-WAIT-2"))
        self.worlds = more

    def _leftover(self) -> None:
        """Note what is sent after the last line, which no script looks at."""
        texts = {tuple(self._text(world, due.segment) for due in world.due if not due.may_wait) for world in self.worlds}
        if len(texts) == 1 and any(texts):
            (sent,) = texts
            self.notes.append(said("after its last line there comes, which it does not look at: {what}", what="; ".join(sent)))

    # -- settings and assertions -----------------------------------------------------------------------------------------------

    def _command(self, event: Event) -> None:
        assert isinstance(event.what, Command)
        found = list(settings(event.what.text))
        for setting in found:
            if setting[0] == "net.ipv4.tcp_fastopen":
                self.fast_open |= int(setting[1], 0) > _WITH_COOKIES
            if setting in UNMODELLED:
                raise StopError(Found(Outcome.CANNOT, UNMODELLED[setting]))
            if setting in SYSCTLS:
                self._assume(*SYSCTLS[setting], f"{setting[0]}={setting[1]}")
        if not found or not all(setting in SYSCTLS for setting in found):
            self.pass_over(said("commands of the shell, which are never run"), event.line)

    def _assume(self, name: str, value: Choice, why: str) -> None:
        if name in ("with", "without"):
            there = self.assumptions.mechanisms.split(",")
            wanted = [
                one for one in ("rst", "syn", "ack") if (one in there and one != value) or (one == value and name == "with")
            ]
            name, value = "mechanisms", ",".join(wanted) or "none"
        if name in self.fixed or getattr(self.assumptions, name) == value:
            return
        self.assumptions = self.assumptions.otherwise(name, value)
        self.notes.append(said("{setting} is read as {option}", setting=why, option=written(name, value)))

    def _asserts(self, code: Code, line: int) -> None:
        states, more = states_asserted(code)
        for word in states:
            self.must_be_in(word, f"tcpi_state == {word}")
        if more or not states:
            self.pass_over(said("assertions about what the model does not have"), line)

    # -- packets --------------------------------------------------------------------------------------------------------------

    def _arrives(self, packet: Packet, line: int) -> None:
        self._check(packet, line)
        window = packet.win
        if window is not None and "snd_wnd" not in self.fixed and "RST" not in packet.ctl:
            shown = min(window << (0 if "SYN" in packet.ctl else self._scale(inbound=True)), SCALED_WINDOW)
            if shown > self.assumptions.snd_wnd or not self.windowed:
                self.assumptions = self.assumptions.otherwise("snd_wnd", shown)
                self.windowed = True
        listening = any(socket.listens for socket in self.sockets.values())
        host, later, cannot = self.host(), [], ""
        unopened = all(world.state in ("CLOSED", "LISTEN") for world in self.worlds)
        if tells_isn(packet.ctl, listening=unopened and listening, opening=self.user.awaits_syn_ack):
            self.irs = packet.seq
            self.user.awaits_syn_ack = False
        for world in self.worlds:
            if listening and world.state == "CLOSED":
                world = next(ways(host, world, "listens"), world)  # noqa: PLW2901  # the same one, ready
            segment = self._arriving(packet, world)
            for facing in dict.fromkeys(self.facing(world, segment)):
                after_it, why = tracking.received(facing, world, segment)
                filled = () if after_it is None else tracking.filled(facing, after_it)
                later += [self.settled(one) for kept in filled for one in self._reset_instead(host, kept, packet)]
                cannot = cannot or why
        if not later:
            raise StopError(Found(Outcome.CANNOT, cannot or said("the model does not speak of it"), str(packet)))
        self.worlds = later
        if unopened and any(world.state not in ("CLOSED", "LISTEN") for world in later):
            self.user = Connection()

    def _arriving(self, packet: Packet, world: World) -> Sent:
        """Return a packet as a segment with the numbers of a world (:class:`~checker.conformance.scripts.Packet`)."""
        syn = "SYN" in packet.ctl
        seq = packet.seq + IRS + (0 if syn else self.irs)
        ack = packet.ack + world.iss - ((world.named or 0) if syn else 0) if packet.has_ack else 0
        return Sent(packet.ctl, seq % MODULUS, ack % MODULUS, packet.data)

    def _reset_instead(self, host: Host, world: World, packet: Packet) -> Iterator[World]:
        """Yield the world, and that in which text that nobody will read is answered by a RST (§3.6.1, SHLD-3)."""
        yield world
        if self.user.closed and packet.data and world.state in ("FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "TIME-WAIT"):
            bare = replace(world, due=tuple(due for due in world.due if not due.may_wait))
            yield from ways(host, bare, "aborts", hidden=said("text that nobody will read resets the connection (SHLD-3)"))

    def _check(self, packet: Packet, line: int) -> None:
        """Raise where a packet has what the model does not speak of; note what of it changes nothing."""
        if packet.lacking:
            raise StopError(Found(Outcome.CANNOT, packet.lacking, str(packet)))
        if packet.passed_over and packet.passed_over != ("PSH",):
            bits = ", ".join(bit for bit in packet.passed_over if bit != "PSH")
            self.pass_over(said("flags {flags}, of which the model does not speak", flags=bits), line)
        if packet.option("md5") is not None:
            raise StopError(Found(Outcome.CANNOT, said("the model signs no segments"), str(packet)))
        cookie = packet.option("fo") or packet.option("foexp")
        if "SYN" in packet.ctl and (cookie or (packet.data and (self.fast_open or cookie is not None))):
            raise StopError(Found(Outcome.CANNOT, said("the model has no Fast Open"), str(packet)))
        scale = packet.option("wscale")
        if "SYN" in packet.ctl and packet.options is not None:
            said_so = scale and scale[0].isdigit() and int(scale[0]) <= _SCALES
            self.scales[packet.inbound] = int(scale[0]) if scale and said_so else None
        if "SYN" in packet.ctl:
            unsaid = not packet.inbound and not packet.options  # as where a script has <...>
            self.selective[packet.inbound] = unsaid or packet.option("sackok") is not None
        stamped = packet.option("ts")
        if packet.inbound and stamped and len(stamped) > 1 and stamped[1].isdigit() and "RST" not in packet.ctl:
            stamp = int(stamped[1]) % MODULUS
            if self.stamp is not None and after(stamp, self.stamp) < 0 and "SYN" not in packet.ctl:
                raise StopError(
                    Found(Outcome.CANNOT, said("its timestamp is old, and scripts are not judged by PAWS"), str(packet))
                )
            self.stamp = stamp

    def _scale(self, *, inbound: bool) -> int:
        """Return how windows are scaled that one side announces: both have to want it (RFC 7323 §2.2)."""
        other = self.scales.get(not inbound, 0)
        return 0 if other is None else self.scales.get(inbound) or 0

    def _is_sent(self, packet: Packet, line: int) -> None:
        self._check(packet, line)

        def seen(world: World, segment: Sent) -> World | None:
            return _matching(packet, world, segment, self.irs)

        def own(world: World) -> Iterator[World]:
            return self._own(world, packet)

        found = [self.settled(later) for world in self.worlds for later in tracking.shown(world, seen, own)]
        if not found:
            found = [world for world in self.worlds if self._besides(world, packet)]
        if not found:
            self._not_sent(packet, own)
        self.worlds = found
        self.user.read_since = False
        if packet.win is not None and "rcv_wnd" not in self.fixed and "RST" not in packet.ctl:
            self.announced = min(packet.win << (0 if "SYN" in packet.ctl else self._scale(inbound=False)), SCALED_WINDOW)
            self._receives_in(self.announced)

    def _receives_in(self, window: int) -> None:
        if "rcv_wnd" not in self.fixed:
            self.assumptions = self.assumptions.otherwise("rcv_wnd", window)

    def _own(self, world: World, packet: Packet) -> Iterator[World]:
        """Yield what it may do by itself: send text, with its FIN or without, and send again what was not acknowledged."""
        host = self.host()
        calls = [call for call in host.calls if call not in (*tracking.OF_USER, *tracking.SILENT, "retransmits_data")]
        yield from ways(host, world, *calls)
        if not packet.data:
            return
        of_size = self.host(packet.data)
        yield from ways(of_size, world, "retransmits_data")
        unsent = self.unsent(world)
        if 0 < packet.data <= unsent:
            yield from ways(of_size, world, "sends_data")
        if packet.data == unsent and self.user.closing:
            for later in ways(of_size, world, "closes_first", "closes_after_the_other"):
                if later.due[-1].segment.data:
                    yield later

    def _besides(self, world: World, packet: Packet) -> bool:
        """Return whether it is sent by itself: a keep-alive, an ACK that tells of more window, text in the middle again."""
        if self.handshake != Watched.name or any(not due.may_wait for due in world.due):
            return False
        socket = self.sockets.get(-1 if self.user.socket is None else self.user.socket)
        allowed = {
            scripts_besides.KEEPS_ALIVE: socket is not None and socket.kept_alive and self.time - self.heard >= _LONG,
            scripts_besides.TELLS_WINDOW: self.user.read_since,
            scripts_besides.AGAIN: all(self.selective.values()) and len(self.selective) == _BOTH,
        }
        kinds = tuple(kind for kind, allows in allowed.items() if allows)
        if not kinds or world.state in tracking.UNOPENED:
            return False
        action = scripts_besides.sends(world, self._numbered(packet, world), self._assuming(_WINDOW, _WINDOW), kinds)
        if action is not None:
            did = f"It {action.doc.removeprefix(f'The {action.by} ')}"
            self.notes.append(said("{packet}: {doc}", packet=str(packet), doc=did))
        return action is not None

    def _numbered(self, packet: Packet, world: World) -> Sent:
        """Return a packet that is sent, with the numbers of a world."""
        ack = packet.ack + IRS + self.irs if packet.has_ack else 0
        return Sent(packet.ctl, (packet.seq + world.iss) % MODULUS, ack % MODULUS, packet.data)

    def _not_sent(self, packet: Packet, own: tracking.Own) -> None:
        """Raise what a packet is that no world sends: it deviates, or cannot be told."""
        for world in self.worlds:
            why = self._beyond(world, packet)
            if why:
                raise StopError(Found(Outcome.CANNOT, why, str(packet)))
        due = [(world, one) for world in self.worlds for one in tracking.expected(world, own)]
        wanted = tuple(dict.fromkeys(self._text(world, one.segment) for world, one in due))
        action = due[0][1].action if due else None
        why = said("the model sends something else there") if wanted else said("the model sends nothing there")
        self.deviates(why, str(packet), wanted, action)

    def _beyond(self, world: World, packet: Packet) -> str:
        """Return why the model cannot say whether a packet is sent in a world, or "" where it can."""
        if world.state in tracking.UNOPENED or {"SYN", "RST"} & {*packet.ctl.split(",")} or not packet.has_ack:
            return ""
        if any(not due.may_wait for due in world.due):
            return ""
        numbered = self._numbered(packet, world)
        seq, ack = numbered.seq, numbered.ack
        una, nxt = world.number("snd_una"), world.number("snd_nxt")
        current = ack == world.number("rcv_nxt")
        again = after(seq, una) >= 0 and after(nxt, seq) > 0
        if current and again and (packet.data or "FIN" in packet.ctl):
            return said("it is sent again, and not the oldest that was not acknowledged, and SACK was not agreed")
        if current and packet.data <= 1 and seq == (nxt - 1) % MODULUS and packet.ctl == "ACK":
            return said("it is a keep-alive for which nobody asked (SO_KEEPALIVE), or a probe of a window that is closed")
        return ""

    def _text(self, world: World, segment: Sent) -> str:
        return str(written_as(segment, world, self.irs))


_WITH_COOKIES = 3
"""The largest value of Linux's tcp_fastopen by which text on a SYN needs a cookie."""
_TOLERANCE = 0.004
"""How far apart two times may be to be the same, in seconds: packetdrill's default."""
_BOTH = 2
_SCALES = 14
"""The largest shift count of a window (RFC 7323 §2.3)."""


def _return(event: Event, ends: float) -> Event:
    assert isinstance(event.what, Call)
    return Event(event.line, ends, Return(event.what))


def _few(lines: list[int]) -> list[int]:
    return lines[:10]


def _is_zero(segment: Sent) -> bool:
    """Return whether a segment is the reset of a closed host for one without an ACK, whose SEQ is 0 (§3.5.2)."""
    return segment.seq == 0 and segment.ctl == "RST,ACK"


def written_as(segment: Sent, world: World, irs: int) -> Packet:
    """Return a segment that was sent as a script has it, where the ISN of the other side is ``irs``.

    Numbers on a SYN are what they are, and all others count from the ISNs. Where nobody has seen the ISS it is 0.
    """
    syn = "SYN" in segment.ctl.split(",")
    iss = segment.seq if world.unseen and segment.seq == world.number("iss") else world.iss
    seq = 0 if _is_zero(segment) else segment.seq - iss + ((world.named or 0) if syn else 0)
    ack = segment.ack - IRS - (0 if syn else irs) if segment.has_ack else 0
    return Packet(inbound=False, ctl=segment.ctl, seq=seq % MODULUS, data=segment.data, ack=ack % MODULUS)


def _matching(packet: Packet, world: World, segment: Sent, irs: int) -> World | None:
    """Return the world in which a segment is the packet of a script, None where it is another."""
    here = written_as(segment, world, irs)
    if (packet.ctl, packet.data, packet.ack) != (here.ctl, here.data, here.ack):
        return None
    if "seq" in packet.absolute:
        return world if packet.seq == segment.seq else None
    if world.unseen and segment.seq == world.number("iss"):
        if "SYN" in packet.ctl:
            return replace(world, iss=segment.seq, named=packet.seq)
        return replace(world, iss=segment.seq, named=None) if packet.seq == 0 else None
    return world if packet.seq == here.seq else None


def judge_file(path: Path, arguments: argparse.Namespace) -> Iterator[Judged]:
    """Yield what was found of a script in a file, under what the command line assumes."""
    assumed: FacingAssumptions = arguments.assumed
    fixed = [name for name in ("seq_check", *FACING) if getattr(arguments, name, None) is not None]
    yield judge(read(path, dict(arguments.definitions)), assumed, arguments.handshake, fixed=fixed)
