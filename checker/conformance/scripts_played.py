"""Scripts of packetdrill's, played against the model: does the endpoint that RFC 9293 describes do what a script expects?

The stack under test is one endpoint (:class:`~checker.conformance.host.Host`), and the script is all that happens to it. The
order of its lines counts, and times do where only they can have ended something. A script says nothing of what is sent after
its last line, and packetdrill does not look.

Numbers of a script are its own: those of the stack begin where its first segment does, as in packetdrill, and those of the
other side are taken as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from checker.conformance import tracking
from checker.conformance.host import HOST, IRS, Host, Sent
from checker.conformance.scripts import Call, Code, Command, Event, Expression, Packet, Return, Script, shape, states_asserted
from checker.conformance.tracking import ERRNO, RESET, TIMED_OUT, World, after, ways
from checker.conformance.verdicts import Judged, Outcome
from model.notation.assumed import Choice
from model.notation.said import said
from model.notation.sorts import MODULUS
from model.tcp.endpoint import HAS_RECEIVED_FIN, HAS_SENT_FIN
from model.tcp.handshakes.facing import SCALED_WINDOW, FacingAssumptions, written

TCPI_STATES: Mapping[str, str] = {
    "ESTABLISHED": "ESTABLISHED",
    "SYN_SENT": "SYN-SENT",
    "SYN_RECV": "SYN-RECEIVED",
    "SYN_RECEIVED": "SYN-RECEIVED",
    "FIN_WAIT1": "FIN-WAIT-1",
    "FIN_WAIT_1": "FIN-WAIT-1",
    "FIN_WAIT2": "FIN-WAIT-2",
    "FIN_WAIT_2": "FIN-WAIT-2",
    "TIME_WAIT": "TIME-WAIT",
    "CLOSE": "CLOSED",
    "CLOSED": "CLOSED",
    "CLOSE_WAIT": "CLOSE-WAIT",
    "LAST_ACK": "LAST-ACK",
    "LISTEN": "LISTEN",
    "CLOSING": "CLOSING",
}
"""The states as Linux (TCP_) and BSD (TCPS_) call them."""
_NUMBERED = "ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN CLOSING".split()
"""Linux's states in the order of their numbers, from 1."""

SYSCTLS: Mapping[tuple[str, str], tuple[str, Choice]] = {
    ("net.ipv4.tcp_rfc1337", "1"): ("rfc1337", True),
    ("net.ipv4.tcp_rfc1337", "0"): ("rfc1337", False),
    ("net.inet.tcp.blackhole", "0"): ("closed_host", "resets"),
    ("net.inet.tcp.blackhole", "1"): ("closed_host", "silent"),
    ("net.inet.tcp.blackhole", "2"): ("closed_host", "silent"),
    ("net.inet.tcp.insecure_rst", "1"): ("without", "rst"),
    ("net.inet.tcp.insecure_rst", "0"): ("with", "rst"),
    ("net.inet.tcp.insecure_syn", "1"): ("without", "syn"),
    ("net.inet.tcp.insecure_syn", "0"): ("with", "syn"),
    ("net.inet.tcp.insecure_ack", "1"): ("without", "ack"),
    ("net.inet.tcp.insecure_ack", "0"): ("with", "ack"),
}
"""What settings of kernels come to: an assumption and its value, or a mechanism of RFC 5961 that is there or not."""
UNMODELLED: Mapping[tuple[str, str], str] = {
    ("net.ipv4.tcp_syncookies", "2"): said("SYN cookies are always used, and the model has none"),
    ("net.inet.tcp.syncookies_only", "1"): said("SYN cookies are always used, and the model has none"),
    ("net.inet.tcp.drop_synfin", "1"): said("segments with SYN and FIN are dropped, which RFC 9293 does not know"),
}
_SETS = re.compile(r"(?:/proc/sys/)?(net[./][\w./]+)\s*=\s*\"?(\d+)")
_ECHOES = re.compile(r"echo\s+\"?(\d+)\"?\s*>\s*/proc/sys/(net/[\w/]+)")

_NOTHING_CHANGES = frozenset(
    "bind fcntl ioctl poll ppoll select epoll_create epoll_create1 epoll_ctl epoll_wait getsockname getpeername dup mmap "
    "munmap inet_pton print pipe open stat cap_set".split()
)
"""Calls that change nothing of what the model has."""
_WRITES = frozenset("write writev send sendto sendmsg sendfile splice".split())
_READS = frozenset("read readv recv recvfrom recvmsg".split())
_FAST_OPEN = ("TCP_FASTOPEN", "TCP_FASTOPEN_CONNECT", "TCP_FASTOPEN_KEY", "MSG_FASTOPEN")
_UNKNOWN_OPTIONS: Mapping[str, str] = {
    **dict.fromkeys(_FAST_OPEN, said("the model has no Fast Open")),
    **dict.fromkeys(("TCP_MD5SIG", "TCP_AO_ADD_KEY"), said("the model signs no segments")),
    "TCP_DEFER_ACCEPT": said("the model does not wait with its answer for text"),
    "TCP_REPAIR": said("the state of a connection is set by hand"),
    "MSG_OOB": said("the model knows no urgent data"),
}
_WINDOW = 65535
_LONG = 1.0
"""After how many seconds in which nothing is seen TIME-WAIT may be over, or a user's connection given up."""


@dataclass
class _Socket:
    """A socket of the user's."""

    listens: bool = False
    connects: bool = False
    aborts: bool = False
    other: str = ""


@dataclass
class _User:
    """What the user has done with the present connection."""

    socket: int | None = None
    closing: bool = False
    closed: bool = False
    written: int = 0
    read: int = 0
    read_since: bool = False
    reads_no_more: bool = False


@dataclass
class _Found:
    """What was found at a line: that it cannot be told, or that it deviates."""

    outcome: Outcome
    why: str
    found: str = ""
    expected: tuple[str, ...] = ()
    rule: str = ""
    section: str = ""


def judge(script: Script, assumptions: FacingAssumptions, handshake: str = "three-way", *, fixed: Iterable[str] = ()) -> Judged:
    """Return what was found of a script. What ``fixed`` names is as given, whatever the script says of it."""
    found = _Play(script, assumptions, handshake, frozenset(fixed)).judged()
    if found.outcome is not Outcome.DEVIATES:
        return found
    return replace(found, otherwise=tuple(_otherwise(found, script, assumptions, handshake, frozenset(fixed))))


def _otherwise(
    found: Judged, script: Script, assumptions: FacingAssumptions, handshake: str, fixed: frozenset[str]
) -> Iterator[str]:
    """Yield the assumptions, as options, under which the line that deviates would agree."""
    play = _Play(script, assumptions, handshake, fixed)
    play.prepare()
    line = found.more["line"]
    for name, value, other in Host(play.assumptions, 1, handshake).alternatives():
        again = _Play(script, other.assumptions, handshake, fixed | set(vars_of(other.assumptions))).judged()
        if again.outcome is Outcome.AGREES or again.more.get("line", 0) > line:
            yield written(name, value)


def vars_of(assumptions: FacingAssumptions) -> Iterable[str]:
    """Return the names of what is assumed."""
    return (name for name in assumptions.declared() if name not in ("rcv_wnd", "snd_wnd"))


class _Play:
    def __init__(self, script: Script, assumptions: FacingAssumptions, handshake: str, fixed: frozenset[str]) -> None:
        self.script = script
        self.assumptions = assumptions
        self.handshake = handshake
        self.fixed = fixed
        self.notes: list[str] = []
        self.worlds: list[World] = []
        self.sockets: dict[int, _Socket] = {}
        self.user = _User()
        self.scale = {True: 0, False: 0}
        self.windowed = False
        self.stamp: int | None = None
        self.time = 0.0
        self.passed_over: dict[str, list[int]] = {}

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
                self.worlds = tracking.distinct(self.worlds)
        except _StopError as stop:
            return self._judged(stop.found, line)
        self._leftover()
        return self._judged(_Found(Outcome.AGREES, ""), 0)

    def _judged(self, found: _Found, line: int) -> Judged:
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
        """Yield events in the order in which they happen: a call that blocks returns after what happens meanwhile."""
        waiting: list[tuple[float, Event]] = []
        for event in self.script.events:
            for ends, call in sorted((one for one in waiting if one[0] < event.time), key=lambda one: one[0]):
                yield _return(call, ends)
            waiting = [one for one in waiting if one[0] >= event.time]
            yield event
            if isinstance(event.what, Call) and event.what.ends is not None:
                waiting.append((event.what.ends, event))
        for ends, call in sorted(waiting, key=lambda one: one[0]):
            yield _return(call, ends)

    def host(self, octets: int = 1) -> Host:
        """Return the endpoint as it is about what it does by itself; its user sends so many octets at a time."""
        return Host(self._assuming(_WINDOW, _WINDOW), octets, self.handshake, deaf=True)

    def facing(self, world: World, segment: Sent) -> Host:
        """Return the endpoint as it is about a segment.

        A system is made for each size of the windows, which takes a while. So the usual ones are taken where it does not matter:
        where all of a segment lies in the smaller window or is old, and its ACK is no further back.
        """
        length = segment.data + ("SYN" in segment.ctl) + ("FIN" in segment.ctl)
        end = after(segment.seq, world.number("rcv_nxt")) + length
        back = after(world.number("snd_una"), segment.ack)
        announced, others = self.assumptions.rcv_wnd, self.assumptions.snd_wnd
        rcv_wnd = _WINDOW if end < min(announced, _WINDOW) else announced
        snd_wnd = _WINDOW if not segment.has_ack or back <= min(others, _WINDOW) else others
        return Host(self._assuming(rcv_wnd, snd_wnd), 1, self.handshake)

    def _assuming(self, rcv_wnd: int, snd_wnd: int) -> FacingAssumptions:
        return self.assumptions.otherwise("rcv_wnd", rcv_wnd).otherwise("snd_wnd", snd_wnd)

    def _happens(self, event: Event) -> None:
        match event.what:
            case Packet(inbound=True) as packet:
                self._arrives(packet, event.line)
            case Packet() as packet:
                self._is_sent(packet, event.line)
            case Return(call=call):
                self._returns(call)
            case Call() as call:
                self._calls(call, event.line)
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
        texts = {
            tuple(self._text(world, due.segment) for due in world.due if not due.may_wait) for world in self.worlds
        }
        if len(texts) == 1 and any(texts):
            (sent,) = texts
            self.notes.append(said("after its last line there comes, which it does not look at: {what}", what="; ".join(sent)))

    # -- settings and assertions ------------------------------------------------------------------------------------------------

    def _command(self, event: Event) -> None:
        assert isinstance(event.what, Command)
        text = event.what.text
        settings = [(name.replace("/", "."), value) for name, value in _SETS.findall(text)]
        settings += [(name.replace("/", "."), value) for value, name in _ECHOES.findall(text)]
        for setting in settings:
            if setting in UNMODELLED:
                raise _StopError(_Found(Outcome.CANNOT, UNMODELLED[setting]))
            if setting in SYSCTLS:
                self._assume(*SYSCTLS[setting], f"{setting[0]}={setting[1]}")
        if not settings or not all(setting in SYSCTLS for setting in settings):
            self._pass_over(said("commands of the shell, which are never run"), event.line)

    def _assume(self, name: str, value: Choice, why: str) -> None:
        if name in ("with", "without"):
            there = self.assumptions.mechanisms.split(",")
            wanted = [one for one in ("rst", "syn", "ack") if (one in there and one != value) or (one == value and name == "with")]
            name, value = "mechanisms", ",".join(wanted) or "none"
        if name in self.fixed or getattr(self.assumptions, name) == value:
            return
        self.assumptions = self.assumptions.otherwise(name, value)
        self.notes.append(said("{setting} is read as {option}", setting=why, option=written(name, value)))

    def _asserts(self, code: Code, line: int) -> None:
        states, more = states_asserted(code)
        for word in states:
            self._must_be_in(word, f"tcpi_state == {word}")
        if more or not states:
            self._pass_over(said("assertions about what the model does not have"), line)

    def _must_be_in(self, word: str, found: str) -> None:
        name = _NUMBERED[int(word) - 1] if word.isdigit() and 0 < int(word) <= len(_NUMBERED) else word
        state = TCPI_STATES.get(name.removeprefix("TCPS_").removeprefix("TCP_"))
        if state is None:
            raise _StopError(_Found(Outcome.CANNOT, said("{word} is no state of TCP's that is known here", word=word)))
        if state == "CLOSED":
            self._let_time_out()
        self._only(lambda world: world.state == state, said("it is in another state there"), found)

    def _let_time_out(self) -> None:
        """Add the worlds in which the connection was given up, as what is seen next says."""
        gives_up = said("it gives up after the user time-out")
        host = self.host()
        more = [later for world in self.worlds for later in ways(host, world, "times_out", "has_waited", hidden=gives_up)]
        self.worlds = tracking.distinct([*self.worlds, *more])

    def _only(self, keep: Callable[[World], bool], why: str, found: str) -> None:
        """Keep the worlds that are as the script says; where there is none, that deviates."""
        kept = [world for world in self.worlds if keep(world)]
        if not kept:
            states = dict.fromkeys(world.state for world in self.worlds)
            self._deviates(why, found, tuple(said("state {state}", state=state) for state in states))
        self.worlds = kept

    def _deviates(self, why: str, found: str, wanted: tuple[str, ...], action: object = None) -> None:
        last = action or (self.worlds[0].last if self.worlds else None)
        rule = last.name.removeprefix(f"{HOST}_") if last is not None else ""  # type: ignore[attr-defined]
        section = f"RFC 9293 {last.section}" if last is not None else ""  # type: ignore[attr-defined]
        check = getattr(last, "check", "")
        raise _StopError(
            _Found(Outcome.DEVIATES, why, found, wanted, rule, f"{section}: {check}" if check and section else section)
        )

    def _pass_over(self, what: str, line: int) -> None:
        self.passed_over.setdefault(what, []).append(line)

    # -- packets --------------------------------------------------------------------------------------------------------------

    def _arrives(self, packet: Packet, line: int) -> None:
        self._check(packet, line)
        window = packet.win
        if window is not None and "snd_wnd" not in self.fixed and "RST" not in packet.ctl:
            shown = min(window << (0 if "SYN" in packet.ctl else self.scale[True]), SCALED_WINDOW)
            if shown > self.assumptions.snd_wnd or not self.windowed:
                self.assumptions = self.assumptions.otherwise("snd_wnd", shown)
                self.windowed = True
        listening = any(socket.listens for socket in self.sockets.values())
        host, later, cannot = self.host(), [], ""
        unopened = all(world.state in ("CLOSED", "LISTEN") for world in self.worlds)
        for world in self.worlds:
            if listening and world.state == "CLOSED":
                world = next(ways(host, world, "listens"), world)  # noqa: PLW2901  # the same one, ready
            ack = (packet.ack + world.offset) % MODULUS if packet.has_ack else 0
            segment = Sent(packet.ctl, (packet.seq + IRS) % MODULUS, ack, packet.data)
            facing = self.facing(world, segment)
            after_it, why = tracking.received(facing, world, segment)
            if after_it is None:
                cannot = why
                continue
            later += [self._settled(one) for filled in tracking.filled(facing, after_it) for one in self._reset_instead(host, filled, packet)]
        if not later:
            raise _StopError(_Found(Outcome.CANNOT, cannot or said("the model does not speak of it"), _line(packet)))
        self.worlds = later
        if unopened and any(world.state not in ("CLOSED", "LISTEN") for world in later):
            self.user = _User()

    def _reset_instead(self, host: Host, world: World, packet: Packet) -> Iterator[World]:
        """Yield the world, and that in which text that nobody will read is answered by a RST (§3.6.1, SHLD-3)."""
        yield world
        if self.user.closed and packet.data and world.state in ("FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "TIME-WAIT"):
            bare = replace(world, due=tuple(due for due in world.due if not due.may_wait))
            yield from ways(host, bare, "aborts", hidden=said("text that nobody will read resets the connection (SHLD-3)"))

    def _settled(self, world: World) -> World:
        """Return the world in which its FIN is sent, where its user has closed and there is no text left to be sent before."""
        if not self.user.closing or self._unsent(world) or world.state not in ("ESTABLISHED", "CLOSE-WAIT"):
            return world
        return next(ways(self.host(), world, "closes_first", "closes_after_the_other"), world)

    def _unsent(self, world: World) -> int:
        return max(0, self.user.written - world.text_sent)

    def _check(self, packet: Packet, line: int) -> None:
        """Raise where a packet has what the model does not speak of; note what of it changes nothing."""
        if packet.lacking:
            raise _StopError(_Found(Outcome.CANNOT, packet.lacking, _line(packet)))
        if packet.passed_over and packet.passed_over != ("PSH",):
            bits = ", ".join(bit for bit in packet.passed_over if bit != "PSH")
            self._pass_over(said("flags {flags}, of which the model does not speak", flags=bits), line)
        if packet.option("md5") is not None:
            raise _StopError(_Found(Outcome.CANNOT, said("the model signs no segments"), _line(packet)))
        if packet.data and "SYN" in packet.ctl and any(packet.option(name) is not None for name in ("fo", "foexp", "exp-fo")):
            raise _StopError(_Found(Outcome.CANNOT, said("the model has no Fast Open"), _line(packet)))
        scale = packet.option("wscale")
        if "SYN" in packet.ctl and (packet.options is not None):
            self.scale[packet.inbound] = int(scale[0]) if scale and scale[0].isdigit() and int(scale[0]) <= _SCALES else 0
        stamped = packet.option("ts")
        if packet.inbound and stamped and len(stamped) > 1 and stamped[1].isdigit() and "RST" not in packet.ctl:
            stamp = int(stamped[1]) % MODULUS
            if self.stamp is not None and after(stamp, self.stamp) < 0 and "SYN" not in packet.ctl:
                raise _StopError(_Found(Outcome.CANNOT, said("its timestamp is old, and the model knows no PAWS"), _line(packet)))
            self.stamp = stamp

    def _is_sent(self, packet: Packet, line: int) -> None:
        self._check(packet, line)

        def seen(world: World, segment: Sent) -> World | None:
            return _matching(packet, world, segment)

        def own(world: World) -> Iterator[World]:
            return self._own(world, packet)

        found = [self._settled(later) for world in self.worlds for later in tracking.shown(world, seen, own)]
        if not found:
            self._not_sent(packet, own)
        self.worlds = found
        self.user.read_since = False
        if packet.win is not None and "rcv_wnd" not in self.fixed and "RST" not in packet.ctl:
            announced = packet.win << (0 if "SYN" in packet.ctl else self.scale[False])
            self.assumptions = self.assumptions.otherwise("rcv_wnd", min(announced, SCALED_WINDOW))

    def _own(self, world: World, packet: Packet) -> Iterator[World]:
        """Yield what it may do by itself: send text, with its FIN or without, and send again what was not acknowledged."""
        host = self.host()
        calls = [call for call in host.calls if call not in (*tracking.OF_USER, *tracking.SILENT, "retransmits_data")]
        yield from ways(host, world, *calls)
        if not packet.data:
            return
        of_size = self.host(packet.data)
        yield from ways(of_size, world, "retransmits_data")
        unsent = self._unsent(world)
        if 0 < packet.data <= unsent:
            yield from ways(of_size, world, "sends_data")
        if packet.data == unsent and self.user.closing:
            for later in ways(of_size, world, "closes_first", "closes_after_the_other"):
                if later.due[-1].segment.data:
                    yield later

    def _not_sent(self, packet: Packet, own: Callable[[World], Iterator[World]]) -> None:
        """Raise what a packet is that no world sends: it deviates, or cannot be told."""
        for world in self.worlds:
            why = self._beyond(world, packet)
            if why:
                raise _StopError(_Found(Outcome.CANNOT, why, _line(packet)))
        due = [(world, one) for world in self.worlds for one in tracking.expected(world, own)]
        wanted = tuple(dict.fromkeys(self._text(world, one.segment) for world, one in due))
        action = due[0][1].action if due else None
        why = said("the model sends something else there") if wanted else said("the model sends nothing there")
        self._deviates(why, _line(packet), wanted, action)

    def _beyond(self, world: World, packet: Packet) -> str:
        """Return why the model cannot say whether a packet is sent in a world, or "" where it can."""
        if world.state in tracking.UNOPENED or {"SYN", "RST"} & {*packet.ctl.split(",")} or not packet.has_ack:
            return ""
        if any(not due.may_wait for due in world.due):
            return ""
        seq = (packet.seq + world.offset) % MODULUS
        una, nxt, ack = world.number("snd_una"), world.number("snd_nxt"), (packet.ack + IRS) % MODULUS
        current = ack == world.number("rcv_nxt")
        again = after(seq, una) >= 0 and after(nxt, seq) > 0
        if current and again and (packet.data or "FIN" in packet.ctl):
            return said("it is sent again, and not the oldest that was not acknowledged, or not as it was: the model sends that again")
        if current and packet.data <= 1 and seq == (nxt - 1) % MODULUS and packet.ctl == "ACK":
            return said("it is a keep-alive, or a probe of a window that is closed, which the model does not have")
        if current and packet.ctl == "ACK" and not packet.data and seq == nxt and self.user.read_since:
            return said("it tells of a window that has opened, which the model does not do")
        return ""

    def _text(self, world: World, segment: Sent) -> str:
        return _line(
            Packet(
                inbound=False,
                ctl=segment.ctl,
                seq=0 if _is_zero(segment) else (segment.seq - _offset(world, segment)) % MODULUS,
                data=segment.data,
                ack=(segment.ack - IRS) % MODULUS if segment.has_ack else 0,
            )
        )

    # -- the user ---------------------------------------------------------------------------------------------------------------

    def _calls(self, call: Call, line: int) -> None:
        for word in _words(call.arguments):
            if word in _UNKNOWN_OPTIONS and not call.errno:
                raise _StopError(_Found(Outcome.CANNOT, _UNKNOWN_OPTIONS[word], call.name))
        handler = _CALLS.get(call.name)
        if call.name in _WRITES:
            handler = _Play._write
        elif call.name in _READS:
            handler = _Play._read if call.ends is None else _Play._begins
        if handler is None:
            if call.name not in _NOTHING_CHANGES:
                self._pass_over(said("calls of {name}", name=call.name), line)
            return
        handler(self, call)

    def _returns(self, call: Call) -> None:
        """Take what the end of a call that blocked says."""
        ending = {"connect": _Play._connected, "accept": _Play._accepted, "accept4": _Play._accepted}
        handler = _Play._read if call.name in _READS else ending.get(call.name)
        if handler is not None:
            handler(self, call)

    def _begins(self, call: Call) -> None:
        """Do nothing: what a call says that waits is said when it returns."""

    def _fd(self, call: Call) -> int:
        word = call.arguments[0] if call.arguments else ""
        return int(word) if isinstance(word, str) and word.isdigit() else -1

    def _of_connection(self, call: Call) -> bool:
        """Return whether a call is about the socket of the present connection."""
        return self._fd(call) == self.user.socket

    def _socket(self, call: Call) -> None:
        words = list(_words(call.arguments))
        streams = any(word == "SOCK_STREAM" for word in words) and "IPPROTO_SCTP" not in words and "IPPROTO_MPTCP" not in words
        other = "" if streams else said("the socket is not one of TCP's")
        if call.result.isdigit():
            self.sockets[int(call.result)] = _Socket(other=other)
        if other:
            raise _StopError(_Found(Outcome.CANNOT, other, "socket"))

    def _listen(self, call: Call) -> None:
        if call.errno:
            return
        self.sockets.setdefault(self._fd(call), _Socket()).listens = True
        host = self.host()
        self.worlds = [
            later for world in self.worlds for later in (ways(host, world, "listens") if world.state == "CLOSED" else (world,))
        ]

    def _connect(self, call: Call) -> None:
        socket = self.sockets.setdefault(self._fd(call), _Socket())
        if not socket.connects:
            socket.connects = True
            host = self.host()
            if all(world.state not in ("CLOSED", "LISTEN") for world in self.worlds):
                self._let_time_out()
            opened = [later for world in self.worlds for later in ways(host, world, "opens")]
            if not opened:
                raise _StopError(_Found(Outcome.CANNOT, said("a second connection is opened beside the first"), "connect"))
            self.worlds = opened
            self.user = _User(self._fd(call))
        if call.ends is None:
            self._connected(call)

    def _connected(self, call: Call) -> None:
        if call.result == "0":
            self._only(lambda world: world.state not in tracking.UNOPENED, said("no connection is established there"), "connect() = 0")
        else:
            self._failed(call)

    def _failed(self, call: Call) -> None:
        """Take what the error of a call says of how the connection has ended."""
        if call.errno in ERRNO and call.errno != "EPIPE" and self._of_connection(call):
            self._has_ended(call.errno, f"{call.name}() = -1 {call.errno}")

    def _has_ended(self, errno: str, found: str) -> None:
        how = ERRNO[errno]
        if how == TIMED_OUT:
            self._let_time_out()
        self._only(lambda world: world.error == how, said("the connection has not ended so there"), found)
        self.worlds = [replace(world, error="") for world in self.worlds]

    def _accept(self, call: Call) -> None:
        if call.ends is None:
            self._accepted(call)

    def _accepted(self, call: Call) -> None:
        if call.errno in ("EAGAIN", "EWOULDBLOCK"):
            waits = ("LISTEN", "SYN-RECEIVED", "CLOSED")
            taken = self.user.socket is not None
            self._only(lambda world: taken or world.state in waits, said("a connection is established there"), f"accept() = -1 {call.errno}")
        if call.errno or not (call.result.isdigit() or call.result == "..."):
            return
        fd = int(call.result) if call.result.isdigit() else max(self.sockets, default=2) + 1
        if self.user.socket is not None and self.user.socket in self.sockets and not self.user.closed:
            raise _StopError(_Found(Outcome.CANNOT, said("a second connection is taken beside the first"), "accept"))
        there = lambda world: world.state not in tracking.UNOPENED or world.error == RESET  # noqa: E731
        self._only(there, said("no connection is established there"), f"accept() = {call.result}")
        self.sockets[fd] = _Socket(connects=True)
        self.user = _User(fd)

    def _write(self, call: Call) -> None:
        if not self._of_connection(call):
            return
        if call.result.isdigit():
            self.user.written += int(call.result)
        elif call.result == "...":
            raise _StopError(_Found(Outcome.CANNOT, said("how much text the user sends is not said"), call.name))
        else:
            self._failed(call)

    def _read(self, call: Call) -> None:
        if not self._of_connection(call) or any(word == "MSG_PEEK" for word in _words(call.arguments)):
            return
        if call.result == "0" and not self.user.reads_no_more and _asks_for_some(call):
            ended = said("the other side has not closed there")
            self._only(lambda world: world.state in HAS_RECEIVED_FIN or world.state == "CLOSED", ended, f"{call.name}() = 0")
        elif call.result.isdigit():
            wanted = self.user.read + int(call.result)
            less = said("fewer octets have arrived there")
            enough = lambda world: world.state == "CLOSED" or world.text_received >= wanted  # noqa: E731
            self._only(enough, less, f"{call.name}() = {call.result}")
            self.user.read = wanted
            self.user.read_since = True
        else:
            self._failed(call)

    def _getsockopt(self, call: Call) -> None:
        words = list(_words(call.arguments))
        if "SO_ERROR" in words and len(call.arguments) > _VALUE and not call.errno:
            value = next((word for word in _words(call.arguments[_VALUE : _VALUE + 1])), "0")
            if value in ERRNO and self._of_connection(call):
                self._has_ended(value, f"SO_ERROR is {value}")
            elif value == "0" and self._of_connection(call):
                self._only(lambda world: not world.error, said("the connection has ended there"), "SO_ERROR is 0")
        if "TCP_INFO" in words and self._of_connection(call):
            for argument in call.arguments:
                for name, word in shape(argument):
                    if name == "tcpi_state":
                        self._must_be_in(word, f"tcpi_state == {word}")

    def _setsockopt(self, call: Call) -> None:
        if "SO_LINGER" in _words(call.arguments) and not call.errno:
            given = {name.removeprefix("l_"): word for argument in call.arguments for name, word in shape(argument)}
            self.sockets.setdefault(self._fd(call), _Socket()).aborts = given.get("onoff") not in (None, "0") and given.get("linger") == "0"

    def _shutdown(self, call: Call) -> None:
        how = call.arguments[1] if len(call.arguments) > 1 else ""
        if call.errno or not self._of_connection(call):
            return
        if how in ("SHUT_RD", "SHUT_RDWR", "0", "2"):
            self.user.reads_no_more = True
        if how in ("SHUT_WR", "SHUT_RDWR", "1", "2"):
            self._close_connection()

    def _close(self, call: Call) -> None:
        fd = self._fd(call)
        socket = self.sockets.pop(fd, None)
        if call.errno or socket is None:
            return
        if fd == self.user.socket:
            self.user.closed = True
            if socket.aborts:
                self._abort_connection()
            else:
                self._close_connection()
                self._reset_unread()
        elif socket.listens and not any(other.listens for other in self.sockets.values()):
            host = self.host()
            before, self.worlds = self.worlds, []
            for world in before:
                taken = self.user.socket is not None and world.state not in ("LISTEN", "SYN-RECEIVED")
                later = () if taken else ways(host, world, "closes", "aborts", "times_out")
                self.worlds += list(later) or [world]

    def _close_connection(self) -> None:
        host = self.host()
        self.user.closing = True
        before, self.worlds = self.worlds, []
        for world in before:
            if world.state == "SYN-SENT":
                self.worlds += list(ways(host, world, "closes")) or [world]
            elif world.state == "SYN-RECEIVED" and not self._unsent(world):
                self.worlds += [*ways(host, world, "closes_in_syn_received"), world]
            else:
                self.worlds.append(self._settled(world))

    def _reset_unread(self) -> None:
        """Add the worlds in which a CLOSE with text that was not read resets the connection (§3.6.1, SHLD-3)."""
        host, more = self.host(), []
        for world in self.worlds:
            if world.text_received > self.user.read and world.state not in tracking.UNOPENED:
                bare = replace(world, due=tuple(due for due in world.due if not due.may_wait and "FIN" not in due.segment.ctl))
                fin = world.state in HAS_SENT_FIN and len(bare.due) < len(world.due)
                numbers = {**bare.variables, f"{HOST}.snd_nxt": (world.number("snd_nxt") - fin) % MODULUS}
                hidden = said("a CLOSE with text that nobody has read resets the connection (SHLD-3)")
                more += ways(host, replace(bare, variables=numbers), "aborts", hidden=hidden)
        self.worlds = [*self.worlds, *more]

    def _abort_connection(self) -> None:
        host = self.host()
        before, self.worlds = self.worlds, []
        for world in before:
            self.worlds += list(ways(host, world, "aborts", "aborts_when_closed", "closes")) or [world]


_SCALES = 14
"""The largest shift count of a window (RFC 7323 §2.3)."""
_VALUE = 3
"""Which argument of ``getsockopt`` has the value."""

_CALLS: Mapping[str, Callable[[_Play, Call], None]] = {
    "socket": _Play._socket,
    "listen": _Play._listen,
    "connect": _Play._connect,
    "accept": _Play._accept,
    "accept4": _Play._accept,
    "getsockopt": _Play._getsockopt,
    "setsockopt": _Play._setsockopt,
    "shutdown": _Play._shutdown,
    "close": _Play._close,
}
"""What calls do that the model has something for."""


class _StopError(Exception):
    """Something was found that ends a script."""

    def __init__(self, found: _Found) -> None:
        super().__init__(found.why)
        self.found = found


def _return(event: Event, ends: float) -> Event:
    assert isinstance(event.what, Call)
    return Event(event.line, ends, Return(event.what))


def _few(lines: list[int]) -> list[int]:
    return lines[:10]


def _words(value: Iterable[Expression]) -> Iterator[str]:
    """Yield the words in expressions, however deep."""
    stack = list(reversed(list(value)))
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            yield one
        else:
            stack += reversed(one[1:])


def _asks_for_some(call: Call) -> bool:
    """Return whether a call asks for any octets at all."""
    return not any(word == "0" for word in call.arguments[2:3])


def _is_zero(segment: Sent) -> bool:
    """Return whether a segment is the reset of a closed host for one without an ACK, whose SEQ is 0 (§3.5.2)."""
    return segment.seq == 0 and segment.ctl == "RST,ACK"


def _offset(world: World, segment: Sent) -> int:
    """Return by how much a segment's SEQ is larger than it is seen: until a segment with its ISS is seen, that is 0."""
    unnamed = world.state not in ("CLOSED", "LISTEN") and world.named != world.number("iss") and segment.seq == world.number("iss")
    return segment.seq if unnamed else world.offset


def _matching(packet: Packet, world: World, segment: Sent) -> World | None:
    """Return the world in which a segment is the packet of a script, None where it is another."""
    if (packet.ctl, packet.data) != (segment.ctl, segment.data):
        return None
    if packet.has_ack and (packet.ack + IRS) % MODULUS != segment.ack:
        return None
    if "seq" in packet.absolute or _is_zero(segment):
        return world if packet.seq == segment.seq else None
    unnamed = world.state not in ("CLOSED", "LISTEN") and world.named != world.number("iss")
    if unnamed and segment.seq == world.number("iss"):
        return replace(world, named=segment.seq, offset=(segment.seq - packet.seq) % MODULUS)
    return world if (packet.seq + world.offset) % MODULUS == segment.seq else None


def _line(packet: Packet) -> str:
    """Return a packet as a script has it."""
    letters = "".join(letter for bit, letter in (("SYN", "S"), ("FIN", "F"), ("RST", "R")) if bit in packet.ctl.split(","))
    flags = letters + ("." if packet.has_ack else "") or "-"
    ack = f" ack {packet.ack}" if packet.has_ack else ""
    return f"{'<' if packet.inbound else '>'} {flags} {packet.seq}:{packet.seq + packet.data}({packet.data}){ack}"


line_of = _line
