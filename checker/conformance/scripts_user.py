"""What the user of the stack does in a script: its sockets and system calls, as what the model has for them.

A call has the endpoint do something, or says something of what it is in: that a connection is established, how much text has
arrived, how it has ended. Most calls change nothing of what the model has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NoReturn

from checker.conformance import tracking
from checker.conformance.host import HOST, Host
from checker.conformance.scripts import Call, Expression, shape
from checker.conformance.scripts_settings import state_named
from checker.conformance.tracking import ERRNO, RESET, TIMED_OUT, World, ways
from checker.conformance.verdicts import Outcome
from model.notation.said import said
from model.notation.sorts import MODULUS
from model.notation.system import Action
from model.tcp.endpoint import HAS_RECEIVED_FIN, HAS_SENT_FIN
from model.tcp.handshakes.facing import SCALED_WINDOW

_NOTHING_CHANGES = frozenset(
    (
        "bind",
        "fcntl",
        "ioctl",
        "poll",
        "ppoll",
        "select",
        "epoll_create",
        "epoll_create1",
        "epoll_ctl",
        "epoll_wait",
        "getsockname",
        "getpeername",
        "dup",
        "mmap",
        "munmap",
        "inet_pton",
        "pipe",
        "open",
        "stat",
    )
)
"""Calls that change nothing of what the model has."""
_WRITES = frozenset(["write", "writev", "send", "sendto", "sendmsg", "sendfile", "splice"])
_READS = frozenset(["read", "readv", "recv", "recvfrom", "recvmsg"])
_FAST_OPEN = ("TCP_FASTOPEN", "TCP_FASTOPEN_CONNECT", "TCP_FASTOPEN_KEY", "MSG_FASTOPEN")
_UNKNOWN_OPTIONS: Mapping[str, str] = {
    **dict.fromkeys(_FAST_OPEN, said("the model has no Fast Open")),
    **dict.fromkeys(("TCP_MD5SIG", "TCP_AO_ADD_KEY"), said("the model signs no segments")),
    "TCP_DEFER_ACCEPT": said("the model does not wait with its answer for text"),
    "TCP_REPAIR": said("the state of a connection is set by hand"),
    "MSG_OOB": said("the model knows no urgent data"),
}

_VALUE = 3
"""Which argument of ``getsockopt`` has the value."""


@dataclass
class Socket:
    """A socket of the user's."""

    listens: bool = False
    connects: bool = False
    aborts: bool = False
    kept_alive: bool = False
    other: str = ""


@dataclass
class Connection:
    """What the user has done with the present connection, whose socket is ``socket``."""

    socket: int | None = None
    closing: bool = False
    closed: bool = False
    written: int = 0
    read: int = 0
    read_since: bool = False
    awaits_syn_ack: bool = False
    reads_no_more: bool = False


@dataclass
class Found:
    """What was found at a line: that it cannot be told, or that it deviates."""

    outcome: Outcome
    why: str
    found: str = ""
    expected: tuple[str, ...] = ()
    rule: str = ""
    section: str = ""


class StopError(Exception):
    """Something was found that ends a script."""

    def __init__(self, found: Found) -> None:
        super().__init__(found.why)
        self.found = found


class User:
    """An endpoint's user, and the worlds that what it does leads to. Subclasses say which endpoint it is."""

    def __init__(self) -> None:
        self.worlds: list[World] = []
        self.sockets: dict[int, Socket] = {}
        self.user = Connection()
        self.irs = 0
        self.buffer = 0
        self.passed_over: dict[str, list[int]] = {}

    def host(self, octets: int = 1) -> Host:
        """Return the endpoint as it is about what it does by itself; its user sends so many octets at a time."""
        raise NotImplementedError

    def pass_over(self, what: str, line: int) -> None:
        """Note that something changes nothing here."""
        self.passed_over.setdefault(what, []).append(line)

    def calls(self, call: Call, line: int) -> None:
        """Take a system call."""
        for word in _words(call.arguments):
            if word in _UNKNOWN_OPTIONS and (not call.errno or word in _FAST_OPEN):
                raise StopError(Found(Outcome.CANNOT, _UNKNOWN_OPTIONS[word], call.name))
        handler = _CALLS.get(call.name)
        if call.name in _READS and call.ends is not None:
            return  # what it says is said when it returns
        if handler is None:
            if call.name not in _NOTHING_CHANGES:
                self.pass_over(said("calls of {name}", name=call.name), line)
            return
        handler(self, call)

    def returns(self, call: Call) -> None:
        """Take what the end of a call that blocked says."""
        ending = {"connect": User.connected, "accept": User.accepted, "accept4": User.accepted}
        handler = User.call_read if call.name in _READS else ending.get(call.name)
        if handler is not None:
            handler(self, call)

    def _fd(self, call: Call) -> int:
        word = call.arguments[0] if call.arguments else ""
        return int(word) if isinstance(word, str) and word.isdigit() else -1

    def _of_connection(self, call: Call) -> bool:
        """Return whether a call is about the socket of the present connection."""
        return self._fd(call) == self.user.socket

    def call_socket(self, call: Call) -> None:
        """Make a socket, which has to be one of TCP's."""
        words = list(_words(call.arguments))
        streams = any(word == "SOCK_STREAM" for word in words) and "IPPROTO_SCTP" not in words and "IPPROTO_MPTCP" not in words
        other = "" if streams else said("the socket is not one of TCP's")
        if call.result.isdigit():
            self.sockets[int(call.result)] = Socket(other=other)
        if other:
            raise StopError(Found(Outcome.CANNOT, other, "socket"))

    def call_listen(self, call: Call) -> None:
        """Open passively."""
        if call.errno:
            return
        self.sockets.setdefault(self._fd(call), Socket()).listens = True
        host = self.host()
        self.worlds = [
            later for world in self.worlds for later in (ways(host, world, "listens") if world.state == "CLOSED" else (world,))
        ]

    def call_connect(self, call: Call) -> None:
        """Open actively, the first time."""
        socket = self.sockets.setdefault(self._fd(call), Socket())
        if not socket.connects:
            socket.connects, socket.listens = True, False
            host = self.host()
            if all(world.state not in ("CLOSED", "LISTEN") for world in self.worlds):
                self.let_time_out()
            opened = [later for world in self.worlds for later in ways(host, world, "opens")]
            if not opened:
                raise StopError(Found(Outcome.CANNOT, said("a second connection is opened beside the first"), "connect"))
            self.worlds = opened
            self.user = Connection(self._fd(call), awaits_syn_ack=True)
            self.irs = 0
        if call.ends is None:
            self.connected(call)

    def connected(self, call: Call) -> None:
        """Take what connect returns: that a connection is established, or how it failed."""
        if call.result == "0":
            self.only(
                lambda world: world.state not in tracking.UNOPENED, said("no connection is established there"), "connect() = 0"
            )
        else:
            self._failed(call)

    def _failed(self, call: Call) -> None:
        """Take what the error of a call says of how the connection has ended."""
        if call.errno in ERRNO and call.errno != "EPIPE" and self._of_connection(call):
            self._has_ended(call.errno, f"{call.name}() = -1 {call.errno}")

    def _has_ended(self, errno: str, found: str) -> None:
        how = ERRNO[errno]
        if how == TIMED_OUT:
            self.let_time_out()
        self.only(lambda world: world.error == how, said("the connection has not ended so there"), found)
        self.worlds = [replace(world, error="") for world in self.worlds]

    def call_accept(self, call: Call) -> None:
        """Take a connection, unless the call waits for one."""
        if call.ends is None:
            self.accepted(call)

    def accepted(self, call: Call) -> None:
        """Take what accept returns: that a connection is established, or that none is."""
        if call.errno in ("EAGAIN", "EWOULDBLOCK"):
            waits = ("LISTEN", "SYN-RECEIVED", "CLOSED")
            taken = self.user.socket is not None
            self.only(
                lambda world: taken or world.state in waits,
                said("a connection is established there"),
                f"accept() = -1 {call.errno}",
            )
        if call.errno or not (call.result.isdigit() or call.result == "..."):
            return
        fd = int(call.result) if call.result.isdigit() else max(self.sockets, default=2) + 1
        if self.user.socket is not None and self.user.socket in self.sockets and not self.user.closed:
            raise StopError(Found(Outcome.CANNOT, said("a second connection is taken beside the first"), "accept"))
        there = lambda world: world.state not in tracking.UNOPENED or world.error == RESET  # noqa: E731
        self.only(there, said("no connection is established there"), f"accept() = {call.result}")
        self.sockets[fd] = Socket(connects=True)
        self.user = Connection(fd)

    def call_write(self, call: Call) -> None:
        """Give text to be sent."""
        if not self._of_connection(call):
            return
        if call.result.isdigit():
            self.user.written += int(call.result)
        elif call.result == "...":
            raise StopError(Found(Outcome.CANNOT, said("how much text the user sends is not said"), call.name))
        else:
            self._failed(call)

    def call_read(self, call: Call) -> None:
        """Take text, the end of it, or how the connection has ended."""
        if not self._of_connection(call) or any(word in ("MSG_PEEK", "MSG_ERRQUEUE") for word in _words(call.arguments)):
            return
        if call.result == "0" and not self.user.reads_no_more and _asks_for_some(call):
            ended = said("the other side has not closed there")
            self.only(lambda world: world.state in HAS_RECEIVED_FIN or world.state == "CLOSED", ended, f"{call.name}() = 0")
        elif call.result.isdigit():
            wanted = self.user.read + int(call.result)
            less = said("fewer octets have arrived there")
            enough = lambda world: world.state == "CLOSED" or world.text_received >= wanted  # noqa: E731
            self.only(enough, less, f"{call.name}() = {call.result}")
            self.user.read = wanted
            self.user.read_since = True
        else:
            self._failed(call)

    def call_getsockopt(self, call: Call) -> None:
        """Take what is said of the error, the buffer, or the state."""
        words = list(_words(call.arguments))
        if "SO_ERROR" in words and len(call.arguments) > _VALUE and not call.errno:
            value = next((word for word in _words(call.arguments[_VALUE : _VALUE + 1])), "0")
            if value in ERRNO and self._of_connection(call):
                self._has_ended(value, f"SO_ERROR is {value}")
            elif value == "0" and self._of_connection(call):
                self.only(lambda world: not world.error, said("the connection has ended there"), "SO_ERROR is 0")
        if "SO_RCVBUF" in words and len(call.arguments) > _VALUE:
            size = next(iter(_words(call.arguments[_VALUE : _VALUE + 1])), "")
            self.buffer = int(size) if size.isdigit() and int(size) <= SCALED_WINDOW else 0
        if "TCP_INFO" in words and self._of_connection(call):
            for argument in call.arguments:
                for name, word in shape(argument):
                    if name == "tcpi_state":
                        self.must_be_in(word, f"tcpi_state == {word}")

    def call_setsockopt(self, call: Call) -> None:
        """Let CLOSE be ABORT, where SO_LINGER says so, and note whether keep-alives are wanted."""
        if "SO_KEEPALIVE" in _words(call.arguments) and not call.errno:
            value = next(iter(_words(call.arguments[_VALUE : _VALUE + 1])), "0")
            self.sockets.setdefault(self._fd(call), Socket()).kept_alive = value != "0"
        if "SO_LINGER" in _words(call.arguments) and not call.errno:
            given = {name.removeprefix("l_"): word for argument in call.arguments for name, word in shape(argument)}
            self.sockets.setdefault(self._fd(call), Socket()).aborts = (
                given.get("onoff") not in (None, "0") and given.get("linger") == "0"
            )

    def call_shutdown(self, call: Call) -> None:
        """Close one way or both."""
        how = call.arguments[1] if len(call.arguments) > 1 else ""
        if call.errno or not self._of_connection(call):
            return
        if how in ("SHUT_RD", "SHUT_RDWR", "0", "2"):
            self.user.reads_no_more = True
        if how in ("SHUT_WR", "SHUT_RDWR", "1", "2"):
            self._close_connection()

    def call_close(self, call: Call) -> None:
        """Give a socket up: close its connection, abort it, or listen no more."""
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
            elif world.state == "SYN-RECEIVED" and not self.unsent(world):
                self.worlds += [*ways(host, world, "closes_in_syn_received"), world]
            else:
                self.worlds.append(self.settled(world))

    def _reset_unread(self) -> None:
        """Add the worlds in which a CLOSE with text that was not read resets the connection (§3.6.1, SHLD-3)."""
        host = self.host()
        more: list[World] = []
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

    def must_be_in(self, word: str, found: str) -> None:
        """Keep the worlds in which the endpoint is in the state that a kernel calls so."""
        state = state_named(word)
        if state is None:
            raise StopError(Found(Outcome.CANNOT, said("{word} is no state of TCP's that is known here", word=word)))
        if state == "CLOSED":
            self.let_time_out()
        self.only(lambda world: world.state == state, said("it is in another state there"), found)

    def let_time_out(self) -> None:
        """Add the worlds in which the connection was given up, as what is seen next says."""
        gives_up = said("it gives up after the user time-out")
        host = self.host()
        more = [later for world in self.worlds for later in ways(host, world, "times_out", "has_waited", hidden=gives_up)]
        self.worlds = tracking.distinct([*self.worlds, *more])

    def only(self, keep: Callable[[World], bool], why: str, found: str) -> None:
        """Keep the worlds that are as the script says; where there is none, that deviates."""
        kept = [world for world in self.worlds if keep(world)]
        if not kept:
            states = dict.fromkeys(world.state for world in self.worlds)
            self.deviates(why, found, tuple(said("state {state}", state=state) for state in states))
        self.worlds = kept

    def deviates(self, why: str, found: str, wanted: tuple[str, ...], action: Action | None = None) -> NoReturn:
        """Raise that something deviates, from what an action does, or else from the one that was taken last."""
        last = action or (self.worlds[0].last if self.worlds else None)
        if last is None:
            raise StopError(Found(Outcome.DEVIATES, why, found, wanted))
        rule, where = last.name.removeprefix(f"{HOST}_"), f"RFC 9293 {last.section}"
        section = said("{where}: {check}", where=where, check=last.check) if last.check else where
        raise StopError(Found(Outcome.DEVIATES, why, found, wanted, rule, section))

    def settled(self, world: World) -> World:
        """Return the world in which its FIN is sent, where its user has closed and there is no text left to be sent before."""
        if not self.user.closing or self.unsent(world) or world.state not in ("ESTABLISHED", "CLOSE-WAIT"):
            return world
        return next(ways(self.host(), world, "closes_first", "closes_after_the_other"), world)

    def unsent(self, world: World) -> int:
        """Return how many octets the user has given that are not sent yet."""
        return max(0, self.user.written - world.text_sent)


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


_CALLS: Mapping[str, Callable[[User, Call], None]] = {
    "socket": User.call_socket,
    "listen": User.call_listen,
    "connect": User.call_connect,
    "accept": User.call_accept,
    "accept4": User.call_accept,
    "getsockopt": User.call_getsockopt,
    "setsockopt": User.call_setsockopt,
    "shutdown": User.call_shutdown,
    "close": User.call_close,
    **dict.fromkeys(_WRITES, User.call_write),
    **dict.fromkeys(_READS, User.call_read),
}
"""What calls do that the model has something for."""
