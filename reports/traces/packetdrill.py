"""A run as a script of packetdrill's: what happens to one of its endpoints, and what that endpoint sends.

The script is for the stack that has the place of that endpoint: packetdrill plays all others. Numbers are packetdrill's: on a
SYN they are those of the run, and all others count from the ISNs of the two SYNs. What the user does is a system call. Some
things no script can cause, a crash above all: there it ends, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from checker.conformance.packets import Packet, tells_isn
from checker.runs.trace import Header, Trace, TraceStep
from model.notation.sorts import MODULUS
from model.tcp.handshakes.facing import FACES, FACING, NONE, written
from model.tcp.segment import COOKIE, TCP
from reports.traces.account import Account

_CONNECTED = ("ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT")
_SIDES = ("client", "server")
"""How an account names its left and its right endpoint, whatever the run calls them."""
_TIME_WAIT = 60
"""How many seconds TIME-WAIT lasts at most kernels."""


class NoScriptError(ValueError):
    """A run cannot be written as a script; the message says why."""


def packetdrill(account: Account, *commands: str) -> str:
    """Return a run as a script for the endpoint that the account is seen from; ``commands`` are for the shell, before it.

    Raises :class:`NoScriptError` where the run has no TCP segments, or some with options, or no such endpoint.
    """
    if account.trace.format.name != TCP.name:
        raise NoScriptError(account.say("no-script", system=account.trace.system))
    if COOKIE in account.trace.columns:
        raise NoScriptError(account.say("no-options", system=account.trace.system))
    before = [f"`{command}`" for command in commands]
    return "\n".join([*_head(account), *before, *_Script(account).lines()]) + "\n"


def side_of(trace: Trace, name: str) -> str:
    """Return the role that a side is: one of the run's roles, or its left or right one where those have other names."""
    named = next((role for role in trace.roles if role.startswith(name)), None)
    if named is not None:
        return named
    if len(trace.roles) == 2 and name in _SIDES:  # noqa: PLR2004  # a left one and a right one
        return trace.roles[_SIDES.index(name)]
    raise NoScriptError(f"this run has no endpoint {name!r}: write --as {' or --as '.join(trace.roles)}")


def _usual(trace: Trace) -> str:
    """Return the side that a script is for where nobody said which: a server, or what is drawn right."""
    return next((role for role in trace.roles if role.startswith("server")), trace.roles[-1])


def _head(account: Account) -> Iterator[str]:
    handshake = account.trace.system.partition("/")[0]
    said = [account.title, *account.says]
    yield from (f"// {' '.join(text.split())}" for text in said)
    if handshake in FACES:
        options = [f"--handshake {handshake}"] if handshake != "three-way" else []
        assumed = ((name, value) for name, value in account.assumed.items() if name in FACING)
        options += [written(name, value) for name, value in assumed if value != FACING[name].default]
        if account.assumed.get("rfc5961") is False:
            options.append(written("mechanisms", NONE))
        yield f"// {account.language.tell('read back: {command}', command=' '.join(['synproof conform FILE.pkt', *options]))}"


class _Script:
    """Writes a script line by line, and keeps count of sockets and of the ISNs that numbers count from."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.trace = account.trace
        self.side = side_of(self.trace, account.side) if account.side else _usual(self.trace)
        self.free = 3
        self.listening: int | None = None
        self.socket: int | None = None
        self.iss = self.irs = 0
        self.named = 0
        self.passive = False
        self.awaits_syn_ack = False
        self.pause = ""

    def lines(self) -> Iterator[str]:
        for number, step in enumerate(self.trace.steps, 1):
            if number - 1 == self.trace.loop:
                yield from ("", f"// {self.account.say('cycle-begins')}")
            if number - 1 in self.account.remarks:
                yield from ("", f"// {' '.join(self.account.remarks[number - 1].split())}")
            if step.by == self.side or self._is_release(number):
                yield from ("", f"// {number}. {step.action}")
                why = self._impossible(step)
                if why:
                    yield f"// {self.account.language.tell('packetdrill cannot cause this, and the script ends here')}: {why}"
                    return
                yield from self._step(step, number)
        if self.trace.loop == len(self.trace):
            yield from ("", f"// {self.account.say('nothing-more')}")
        if self.socket is not None and self._state(len(self.trace)) in _CONNECTED[:-1]:
            name = self._state(len(self.trace)).replace("-", "_").replace("WAIT_1", "WAIT1").replace("WAIT_2", "WAIT2")
            yield from ("", f"+0 %{{ assert tcpi_state == TCP_{name} }}%")

    def _impossible(self, step: TraceStep) -> str:
        """Return why no script makes a step happen, or "" where one does."""
        name, tell = self._own(step), self.account.language.tell
        if name == "crashes":
            return tell("a host that crashes")
        if name == "closes_in_syn_received" and self.socket is None:
            return tell("a CLOSE of a connection that its user does not have yet")
        return ""

    def _is_release(self, number: int) -> bool:
        """Return whether a step of the run is the release that both sides take together."""
        released = self.trace.steps[number - 1].action.endswith("release")
        return released and self._state(number - 1) == "ESTABLISHED" != self._state(number)

    def _own(self, step: TraceStep) -> str:
        return step.action.removeprefix(f"{self.side}_")

    def _state(self, number: int) -> str:
        states = self.trace.steps[number - 1].states if number else self.trace.initial_states
        return states.get(self.side, "")

    def _number(self, number: int, name: str) -> int | None:
        """Return one of its numbers after so many steps, None where a model of a user's has no such variable."""
        value = self.trace.before(number).get(f"{self.side}.{name}")
        return value if isinstance(value, int) else None

    def _at(self, what: str) -> str:
        pause, self.pause = self.pause or "+0", ""
        return f"{pause} {what}"

    # -- one step ------------------------------------------------------------------------------------------------------------

    def _step(self, step: TraceStep, number: int) -> Iterator[str]:
        before, now = self._state(number - 1), self._state(number)
        if self._is_release(number):
            yield from self._released(number)
            return
        if step.received is not None:
            yield self._at(str(self._arriving(step.received, before)))
        yield from self._called(step, number)
        for header in step.sent:
            yield self._at(str(self._sent(header, number)))
        if before not in _CONNECTED and now in _CONNECTED and self.passive and self.listening is not None:
            self.socket = self._new()
            yield f"+0 accept({self.listening}, ..., ...) = {self.socket}"
            yield f"+0 close({self.listening}) = 0"
            self.listening = None

    def _called(self, step: TraceStep, number: int) -> Iterator[str]:
        """Yield what the user does in a step, before the endpoint sends anything."""
        name = self._own(step)
        again = "retransmits" in name or "repeats" in name
        octets = 0 if again else sum(_whole(header, "data") for header in step.sent)
        if octets and self.socket is not None:
            yield f"+0 write({self.socket}, ..., {octets}) = {octets}"
        if again:
            self.pause = "+1"
        call = _CALLS.get(name)
        if call is not None:
            yield from call(self, number)

    def _new(self) -> int:
        self.free += 1
        return self.free - 1

    def listens(self, _: int) -> Iterator[str]:
        self.passive, self.listening, self.socket = True, self._new(), None
        yield f"+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = {self.listening}"
        yield f"+0 setsockopt({self.listening}, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0"
        yield f"+0 bind({self.listening}, ..., ...) = 0"
        yield f"+0 listen({self.listening}, 1) = 0"

    def opens(self, number: int) -> Iterator[str]:
        self.passive, self.awaits_syn_ack, self.irs = False, True, 0
        if self._state(number - 1) == "LISTEN" and self.listening is not None:
            self.socket, self.listening = self.listening, None
            yield f"// {self.account.language.tell('a listener opens actively (RFC 9293 §3.10.1), which some kernels refuse')}"
        else:
            self.socket = self._new()
            yield f"+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = {self.socket}"
            yield f"+0 fcntl({self.socket}, F_SETFL, O_RDWR|O_NONBLOCK) = 0"
        yield f"+0 connect({self.socket}, ..., ...) = -1 EINPROGRESS (Operation now in progress)"

    def closes(self, _: int) -> Iterator[str]:
        which = self.socket if self.listening is None else self.listening
        self.listening = self.socket = None
        yield f"+0 close({which}) = 0"

    def shuts(self, _: int) -> Iterator[str]:
        yield f"+0 shutdown({self.socket}, SHUT_WR) = 0"

    def aborts(self, _: int) -> Iterator[str]:
        which = self.socket if self.socket is not None else self.listening
        if self.socket is not None:
            yield f"+0 setsockopt({which}, SOL_SOCKET, SO_LINGER, {{onoff=1, linger=0}}, 8) = 0"
        self.socket = self.listening = None
        yield f"+0 close({which}) = 0"

    def times_out(self, _: int) -> Iterator[str]:
        tell = self.account.language.tell
        if self.socket is None:
            yield f"// {tell('it gives up, which its user brings about here by listening no more')}"
            yield from self.closes(0)
        else:
            yield f"// {tell('it gives up after the user time-out (TCP_USER_TIMEOUT), and its user is told')}"
            yield f"+0 getsockopt({self.socket}, SOL_SOCKET, SO_ERROR, [ETIMEDOUT], [4]) = 0"

    def has_waited(self, _: int) -> Iterator[str]:
        self.pause = f"+{_TIME_WAIT}"
        yield from ()

    def _released(self, number: int) -> Iterator[str]:
        """Yield an exchange of FINs, which the model has as one step: the other side closes first."""
        seq = ((self._number(number - 1, "snd_nxt") or 0) - self.iss) % MODULUS
        ack = ((self._number(number - 1, "rcv_nxt") or 0) - self.irs) % MODULUS
        own, window = Packet(inbound=False, ctl="ACK", seq=seq, ack=(ack + 1) % MODULUS), self._window
        yield f"// {self.account.language.tell('one abstract step of the model: here it is an exchange of FINs')}"
        yield f"+0 {Packet(inbound=True, ctl='FIN,ACK', seq=ack, ack=seq, win=window)}"
        yield f"+0 {own}"
        yield f"+0 close({self.socket}) = 0"
        yield f"+0 {replace(own, ctl='FIN,ACK')}"
        yield f"+0 {Packet(inbound=True, ctl='ACK', seq=(ack + 1) % MODULUS, ack=(seq + 1) % MODULUS, win=window)}"
        self.socket = None

    # -- segments -------------------------------------------------------------------------------------------------------------

    @property
    def _window(self) -> int:
        return min(self.account.window, 65535)

    def _arriving(self, header: Header, before: str) -> Packet:
        ctl = str(header.cells["ctl"])
        seq, ack = _whole(header, "seq"), _whole(header, "ack")
        listening = before in ("CLOSED", "LISTEN") and self.listening is not None
        if tells_isn(ctl, listening=listening, opening=self.awaits_syn_ack):
            self.irs, self.awaits_syn_ack = seq, False
        syn = "SYN" in ctl
        seq -= 0 if syn else self.irs
        ack -= self.iss - (self.named if syn else 0)
        return self._packet(header, seq, ack, inbound=True)

    def _sent(self, header: Header, number: int) -> Packet:
        ctl = str(header.cells["ctl"])
        seq, ack = _whole(header, "seq"), _whole(header, "ack")
        syn = "SYN" in ctl
        if self._state(number) not in ("CLOSED", "LISTEN") and seq == self._number(number, "iss"):
            self.iss, self.named = seq, seq
        refusal = ctl == "RST,ACK" and seq == 0
        seq -= 0 if refusal else self.iss - (self.named if syn else 0)
        ack -= 0 if syn else self.irs
        made = self._packet(header, seq, ack, inbound=False)
        return replace(made, options=None) if syn else made

    def _packet(self, header: Header, seq: int, ack: int, *, inbound: bool) -> Packet:
        data, ctl = _whole(header, "data"), str(header.cells["ctl"])
        return Packet(
            inbound=inbound,
            ctl=ctl,
            seq=seq % MODULUS,
            data=data,
            ack=ack % MODULUS if "ACK" in ctl.split(",") else 0,
            win=self._window if inbound else None,
            passed_over=("PSH",) if data else (),
        )


def _whole(header: Header, column: str) -> int:
    value = header.cells.get(column, 0)
    assert isinstance(value, int)
    return value


_CALLS: Mapping[str, Callable[[_Script, int], Iterator[str]]] = {
    "listens": _Script.listens,
    "opens": _Script.opens,
    "closes": _Script.closes,
    "closes_first": _Script.shuts,
    "closes_after_the_other": _Script.shuts,
    "closes_in_syn_received": _Script.shuts,
    "aborts": _Script.aborts,
    "aborts_when_closed": _Script.aborts,
    "times_out": _Script.times_out,
    "has_waited": _Script.has_waited,
}
"""What the user does in a step, by the name of the action."""
