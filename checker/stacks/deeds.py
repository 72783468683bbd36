"""What a run does to one of its endpoints, step by step, and what that endpoint answers: what a stack in its place is held to.

All the run's other endpoints are whoever sends it something. Numbers are the run's: whoever plays them on a stack finds out
which ISNs the stack has instead (:mod:`checker.stacks.playing`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from checker.conformance.host import HOST, OPENED_ACTIVELY, OPENED_PASSIVELY, WAYS, Answer, Host, Sent
from checker.conformance.stimuli import Arrival
from checker.conformance.table import Row
from checker.runs.trace import Header, Trace, TraceStep
from model.notation.interpreter import State
from model.notation.said import said
from model.notation.sorts import MODULUS, Value
from model.tcp.segment import COOKIE, NO_COOKIE

OPENED = ("ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT")
"""The states in which a user has its connection."""
NUMBERS = ("iss", "irs", "snd_una", "snd_nxt", "rcv_nxt")


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that happens to the endpoint, and its answer.

    ``call`` is what its user has it do, by its name in the model, "" where a segment ``arrives``. ``expected`` is what it
    sends, ``state`` its state after it. ``before`` are the variables of its TCB before it, ``iss`` is the ISS after it.
    ``given`` is how many octets of text its user is given. ``number`` is that of the step in the run, ``passive`` whether it
    was opened passively.
    """

    number: int
    call: str
    arrives: Sent | None
    expected: tuple[Sent, ...]
    state: str
    before: Mapping[str, Value]
    iss: int
    rule: str
    section: str
    passive: bool = False
    given: int = 0

    @property
    def again(self) -> bool:
        """Whether it sends something again because time has passed."""
        return is_timeout(self.call)

    @property
    def isn(self) -> int:
        """The ISN that it has chosen: its ISS, or that of the SYN that it sends where no TCB has it, as of a SYN cookie."""
        return self.iss or next((segment.seq for segment in self.expected if "SYN" in segment.ctl.split(",")), 0)


def is_timeout(call: str) -> bool:
    """Return whether a call is a time-out, after which something is sent again."""
    return call.startswith(("retransmits", "repeats"))


def of_trace(trace: Trace, side: str) -> Iterator[Deed]:
    """Yield what a run does to one of its endpoints."""
    passive = trace.initial_states[side] == "LISTEN"
    if passive:  # the model begins with that, and a stack has to be told
        closed = {**_tcb(trace.before(0), side), "state": "CLOSED"}
        yield Deed(0, "listens", None, (), "LISTEN", closed, 0, f"{side}_listens", "§3.10.1", passive=True)
    for number, step in enumerate(trace.steps, 1):
        before = _tcb(trace.before(number - 1), side)
        state, now = step.states[side], str(before["state"])
        passive = {f"{side}_listens": True, f"{side}_opens": False}.get(step.action, passive)
        if step.by == side:
            yield replace(_of_step(step, number, side, before), passive=passive)
        elif step.action.endswith("release") and now == "ESTABLISHED" != state:
            yield from (replace(deed, passive=passive) for deed in _released(number, before, state))


def _tcb(state: State, side: str) -> Mapping[str, Value]:
    prefix = f"{side}."
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}


def _of_step(step: TraceStep, number: int, side: str, before: Mapping[str, Value]) -> Deed:
    arrives = None if step.received is None else _sent(step.received)
    call = "" if arrives is not None else step.action.removeprefix(f"{side}_")
    iss = step.state.get(f"{side}.iss", 0)
    assert isinstance(iss, int)
    expected = tuple(_sent(header) for header in step.sent)
    given = _given(before, _tcb(step.state, side), arrives)
    return Deed(number, call, arrives, expected, step.states[side], before, iss, step.action, step.section, given=given)


def _released(number: int, before: Mapping[str, Value], state: str) -> Iterator[Deed]:
    """Yield the exchange of FINs that the model has as one step of both: the other side closes first, and nothing is lost."""
    nxt, rcv, iss = (number_of(before, name) for name in ("snd_nxt", "rcv_nxt", "iss"))
    after, last = (rcv + 1) % MODULUS, (nxt + 1) % MODULUS
    heard = {**before, "state": "CLOSE-WAIT", "rcv_nxt": after}
    closed = {**heard, "state": "LAST-ACK", "snd_nxt": last}
    acks, fins = (Sent(ctl, nxt, after) for ctl in ("ACK", "FIN,ACK"))
    yield Deed(number, "", Sent("FIN,ACK", rcv, nxt), (acks,), "CLOSE-WAIT", before, iss, "receives_fin", "§3.10.7.4")
    yield Deed(number, "closes_after_the_other", None, (fins,), "LAST-ACK", heard, iss, "closes_after_the_other", "§3.10.4")
    yield Deed(number, "", Sent("ACK", after, last), (), state, closed, 0, "is_released", "§3.10.7.4")


def _given(before: Mapping[str, Value], after: Mapping[str, Value], arrives: Sent | None) -> int:
    """Return how many octets of text a user is given: those that RCV.NXT goes over, and which are no SYN and no FIN."""
    if arrives is None or after["state"] in ("CLOSED", "LISTEN", "SYN-SENT"):
        return 0
    begins = before["state"] in ("CLOSED", "LISTEN", "SYN-SENT") or before["irs"] != after["irs"]
    over = number_of(after, "rcv_nxt") - (number_of(after, "irs") + 1 if begins else number_of(before, "rcv_nxt"))
    ends = arrives.seq + arrives.data + ("SYN" in arrives.ctl.split(",")) + 1
    fin = "FIN" in arrives.ctl.split(",") and over and (ends - number_of(after, "rcv_nxt")) % MODULUS == 0
    return (over - fin) % MODULUS


def given(answer: Answer) -> int:
    """Return how many octets of text an answer gives to the user."""
    return _given(_tcb(answer.before, HOST), _tcb(answer.after, HOST), answer.took)


def number_of(tcb: Mapping[str, Value], name: str) -> int:
    """Return a number of a TCB."""
    value = tcb[name]
    assert isinstance(value, int)
    return value


def _sent(header: Header) -> Sent:
    cells = header.cells
    seq, ack, data = (value if isinstance(value := cells.get(name, 0), int) else 0 for name in ("seq", "ack", "data"))
    return Sent(str(cells["ctl"]), seq, ack, data, str(cells.get(COOKIE, NO_COOKIE)))


def of_rows(come_to: Sequence[Deed], rows: Iterable[Row]) -> Iterator[tuple[Row, tuple[Deed, ...]]]:
    """Yield rows of the table of all answers in one state, each with how that is ``come_to``, and what is asked there."""
    for row in rows:
        yield row, (*come_to, of_answer(len(come_to) + 1, row.answer))


def ways(host: Host, state: str, passive: bool) -> Iterator[tuple[Deed, ...]]:  # as rows have it
    """Yield how an endpoint comes to a state; and how else, where it makes no difference there who opened."""
    texts = WAYS[state][passive]
    yield tuple(_way(host, texts))
    if len(WAYS[state]) == 1 and texts[: len(OPENED_ACTIVELY)] == OPENED_ACTIVELY:
        yield tuple(_way(host, (*OPENED_PASSIVELY, *texts[len(OPENED_ACTIVELY) :])))


def _way(host: Host, texts: Iterable[str]) -> Iterator[Deed]:
    variables = host.initial()
    for number, text in enumerate(texts, 1):
        answer = host.does(host.read(text), variables)
        yield of_answer(number, answer)
        variables = answer.after


def of_answer(number: int, answer: Answer) -> Deed:
    """Return what was done to an endpoint, and its answer, as step ``number`` of a run."""
    call = "" if isinstance(answer.stimulus, Arrival) else str(answer.stimulus)
    before, after = (_tcb(state, HOST) for state in (answer.before, answer.after))
    action = answer.action
    rule, section = ("", "") if action is None else (action.name.removeprefix(f"{HOST}_"), action.section)
    iss, passive = number_of(after, "iss"), bool((after if before["state"] == "CLOSED" else before)["passive"])
    return Deed(number, call, answer.took, answer.sent, answer.state, before, iss, rule, section, passive, given(answer))


CANNOT: Mapping[str, str] = {
    "aborts_when_closed": said("no user can abort what it has closed and said good-bye to"),
}
"""What no user of a stack can have it do, by the name of the call, and why."""
