"""Playing a run on a stack: each deed is done, and what the stack makes of it is held against what the run has.

A stack is alone in sending something again when it likes. What looks like that, and may be an answer as well because the
machine was slow, decides nothing: the run is played again, and where that does not help it could not be played.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from checker.conformance.host import Sent
from checker.stacks.comparing import Numbers, agrees, learnt_of, sends_again, without_repeats
from checker.stacks.deeds import CANNOT, OPENED, Deed, number_of
from checker.stacks.stack import LostError, Observed, Passed, Stack, StackError
from model.notation.said import said
from model.notation.sorts import MODULUS, Value
from model.tcp.segment import COOKIE, NO_COOKIE, TOKEN

COMMANDS: Mapping[str, str] = {
    "listens": "listen",
    "opens": "connect",
    "closes": "close",
    "closes_first": "shut",
    "closes_after_the_other": "shut",
    "closes_in_syn_received": "shut",
    "aborts": "abort",
    "times_out": "vanish",
    "crashes": "vanish",
    "sends_data": "state",  # its text is written below
    "has_waited": "expire",
}
"""What a user does, by the name of the call. That it gives up, or crashes, is seen by nobody but for what is not sent later."""
_PASSING: Mapping[str, str] = {"expire": "wait 240000"}  # two of RFC 9293's MSL of two minutes, as long as any stack waits
"""What is done in place of a command where time passes only in the stack."""
_AGAIN = 3500
"""How many milliseconds a stack has to send something again."""
_DELAYED = 500
"""How many milliseconds an ACK of text may be put off (RFC 9293 §3.8.6.3: half a second at most)."""
_SOON = {True: 0.9, False: 0.18}
"""In how many seconds a stack sends nothing again by itself, where a SYN is in it, and else."""
_PORT, _PEERS = 5001, 10000
"""The port of the stack in all runs, and the first of who talks to it."""
_TIMES = 5
"""How often a run is played at most, where the machine is too slow to tell."""


class Verdict(enum.Enum):
    """What comes out of playing a run on a stack."""

    CONFORMS = "conforms"
    DEVIATES = "deviates"
    UNPLAYED = "could not be played"
    LOST = "the stack was lost"


@dataclass(frozen=True, slots=True)
class Differs:
    """Where a stack first did otherwise than the run: the deed, and what was seen instead, by the numbers of the run.

    ``window`` is the one that the stack had announced before it, ``given`` how many octets of text its user was given, None
    where the stack does not say.
    """

    deed: Deed
    sent: tuple[Sent, ...]
    state: str
    window: int
    given: int | None = None


@dataclass(frozen=True, slots=True)
class Played:
    """What came out of one run on one stack, and what passed on the wire.

    ``differs`` is where it did otherwise, time after time as long as it was in the state of the run; ``number`` the step at
    which it ended, where it did not come to its end, and ``why``. ``state`` is the one that the stack was in last.
    """

    verdict: Verdict
    differs: tuple[Differs, ...] = ()
    number: int = 0
    why: str = ""
    state: str = ""
    wire: tuple[Passed, ...] = field(default=(), repr=False)
    numbers: Numbers = field(default_factory=Numbers)

    @property
    def exchanged(self) -> tuple[tuple[bool, Sent], ...]:
        """What passed by the numbers of the run, each with whether the stack sent it."""
        return tuple((one.outgoing, self._of_run(one.segment, one.outgoing)) for one in self.wire)

    def _of_run(self, segment: Sent, outgoing: bool) -> Sent:
        if outgoing:
            return self.numbers.segment_of_run(segment)
        return replace(segment, ack=self.numbers.of_run(segment.ack)) if segment.has_ack else segment


class _UntoldError(Exception):
    """What was seen may be an answer, or something that was sent again by itself."""


Ports = Iterator[tuple[int, int]]
"""Pairs of ports, of which none comes again: what is left of a connection does not answer for the next."""


def ports() -> Ports:
    """Return the ports that runs are played at."""
    return ((_PORT, peer) for peer in count(_PEERS))


def play(stack: Stack, deeds: Iterable[Deed], at: Ports, *, further: bool = True) -> Played:
    """Play what a run does to an endpoint on a stack, at the next ports; ``further`` says whether past a difference."""
    for _ in range(_TIMES):
        try:
            return _once(stack, deeds, next(at), further=further)
        except _UntoldError:
            continue
    return Played(Verdict.UNPLAYED, why=said("this machine was too slow to tell an answer from what is sent again by itself"))


def _once(stack: Stack, deeds: Iterable[Deed], at: tuple[int, int], *, further: bool) -> Played:
    numbers, state, number = Numbers(), "", 0
    differs: list[Differs] = []

    def ended(verdict: Verdict, why: str = "") -> Played:
        return Played(verdict, tuple(differs), number, why, state, tuple(stack.wire), numbers)

    try:
        stack.begin(*at)
        for deed in deeds:
            if not number and deed.before.get(COOKIE) == NO_COOKIE:  # a cookie that it has of somebody it never loses
                stack.begin(*at, stranger=True)
            number, why = deed.number, cannot(deed, cookie=bool(stack.cookie))
            if why:
                return ended(Verdict.UNPLAYED, why)
            window, before = stack.window, tuple(passed.segment for passed in stack.wire if passed.outgoing)
            observed = _accepted(stack, deed, _done(stack, deed, numbers))
            state = observed.state
            if observed.cannot:
                no_end = said("TIME-WAIT takes its time there, and nothing shortens it: {why}", why=observed.cannot)
                return ended(Verdict.UNPLAYED, no_end if deed.call == "has_waited" else observed.cannot)
            agreed = agrees(deed, observed, numbers)
            if agreed is None and (deed.again or not stack.virtual):
                wanted = [numbers.segment_of_stack(one).seq for one in deed.expected] if deed.again else []
                rest = without_repeats(observed, before, wanted)
                agreed = agrees(deed, rest, numbers)
                observed = rest if rest.sent else observed
            if agreed is None:
                _check_time(stack, observed)
                numbers = learnt_of(numbers, deed, observed)
                sent = tuple(numbers.segment_of_run(segment) for segment in observed.sent)
                differs.append(Differs(deed, sent, state, window, observed.given))
                if state != deed.state or observed.given not in (None, deed.given) or not further:
                    return ended(Verdict.DEVIATES)
            numbers = agreed or numbers
    except LostError as error:
        return ended(Verdict.LOST, error.args[0])
    except StackError as error:
        return ended(Verdict.UNPLAYED, error.args[0])
    number = 0
    return ended(Verdict.DEVIATES if differs else Verdict.CONFORMS)


def cannot(deed: Deed, *, cookie: bool = False) -> str:
    """Return why no user of a stack can have it do this, or "" where one can; ``cookie`` is whether it has given one."""
    asks_or_has = any(segment.cookie != NO_COOKIE for segment in deed.expected) and deed.call == "opens"
    if (asks_or_has or (deed.arrives is not None and deed.arrives.cookie == TOKEN)) and not cookie:
        return said("it has no TCP Fast Open: name linux-fast-open")
    if deed.call == "opens" and not asks_or_has and any(segment.data for segment in deed.expected):
        return said("no user of a stack sends text with its SYN but by TCP Fast Open")
    if deed.before["state"] in OPENED and deed.state == "LISTEN":
        return said("its listener takes one connection, and this run has it go on listening")
    requested = deed.passive and deed.before["state"] == "SYN-RECEIVED" and not _has_text(deed.before)
    if deed.call in ("closes_in_syn_received", "aborts") and requested:
        return said("its user has no connection to close before it is ESTABLISHED")
    if deed.arrives is None and deed.call not in COMMANDS and not deed.again:
        return CANNOT.get(deed.call) or said("nobody can have a stack do what the model calls {call}", call=deed.call)
    return ""


def _done(stack: Stack, deed: Deed, numbers: Numbers) -> Observed:
    """Do one deed, and all of it: what its user writes, and what may be put off."""
    text = 0 if deed.again else sum(segment.data for segment in deed.expected if not _was_sent(segment, deed))
    if deed.again:
        return stack.waits(_AGAIN)
    if deed.call == "opens" and any(segment.cookie != NO_COOKIE for segment in deed.expected):
        return stack.does(f"connect {text}")
    if deed.arrives is None:
        written = [stack.does(f"write {text}")] if text else []
        command = COMMANDS[deed.call]
        return _together(*written, stack.does(_PASSING.get(command, command) if stack.virtual else command))
    arrives = deed.arrives
    observed = stack.receives(replace(arrives, ack=numbers.of_stack(arrives.ack) if arrives.has_ack else 0))
    if text:
        observed = _together(observed, stack.does(f"write {text}"))
    if any(may_wait(segment, deed) for segment in deed.expected) and not observed.sent and observed.state == deed.state:
        observed = _together(observed, stack.waits(_DELAYED))
    return observed


def _accepted(stack: Stack, deed: Deed, observed: Observed) -> Observed:
    """Return what is seen once its user has taken the connection that was opened, or that has text for it before that."""
    opens = deed.passive and deed.before["state"] in ("LISTEN", "SYN-RECEIVED") and observed.state == deed.state
    if opens and deed.state in OPENED:
        taken = stack.does("accept")
        return observed if taken.given is None else _together(observed, taken)  # else it is only that a proxy has it
    if opens and deed.arrives is not None and deed.arrives.cookie == TOKEN:
        return _together(observed, replace(stack.does("accept"), cannot=""))  # there need not be one yet
    return observed


def _has_text(tcb: Mapping[str, Value]) -> bool:
    """Return whether its user was given text in SYN-RECEIVED, as by Fast Open alone, and so has its connection."""
    irs, rcv_nxt = tcb["irs"], tcb["rcv_nxt"]
    return isinstance(irs, int) and rcv_nxt != (irs + 1) % MODULUS


def _was_sent(segment: Sent, deed: Deed) -> bool:
    """Return whether what a segment begins with was sent before, and is not acknowledged: nobody writes it again."""
    una, nxt = (number_of(deed.before, name) for name in ("snd_una", "snd_nxt"))
    return (segment.seq - una) % MODULUS < (nxt - una) % MODULUS


def may_wait(segment: Sent, deed: Deed) -> bool:
    """Return whether a segment is an ACK of something new, which may be put off (§3.8.6.3)."""
    return (segment.ctl, segment.data) == ("ACK", 0) and segment.ack != deed.before["rcv_nxt"]


def _together(*observed: Observed) -> Observed:
    """Return what was seen of several things as one: an ACK that the next segment repeats is not seen apart."""
    sent = [segment for one in observed for segment in one.sent]
    told = [one for number, one in enumerate(sent) if not any(_repeats(later, one) for later in sent[number + 1 : number + 2])]
    cannot_do = next((one.cannot for one in observed if one.cannot), "")
    given = [one.given for one in observed if one.given is not None]
    return Observed(tuple(told), observed[-1].state, observed[-1].window, cannot_do, sum(given) if given else None)


def _repeats(later: Sent, bare: Sent) -> bool:
    more = later.has_ack and (later.data or later.ctl != "ACK")
    return (bare.ctl, bare.data) == ("ACK", 0) and bool(more) and (later.seq, later.ack) == (bare.seq, bare.ack)


def _check_time(stack: Stack, observed: Observed) -> None:
    """Raise where something that was seen may have been sent again by itself."""
    if stack.virtual:
        return
    now = time.monotonic()
    for segment in observed.sent:
        sent = [passed for passed in stack.wire if passed.outgoing]
        earlier = [one for one in sent if one.segment == segment or sends_again(segment, one.segment)]
        if any(now - passed.when > _SOON["SYN" in segment.ctl] for passed in earlier):
            raise _UntoldError
