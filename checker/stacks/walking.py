"""Random walks: what can be done to one endpoint, chosen by chance, and played on a stack while it is chosen.

A walk is held against the rules of a handshake, those of the stack's own profile for example. What can be done at each step is
what those rules answer: calls of its user, time-outs, and segments of all kinds, as the table of all answers has them. The
choice is among the states that a step may lead to, then among the rules that lead there, and then among what they answer: so
a walk comes far, and a rule about one segment of hundreds has its turn.

A walk in which the stack does otherwise is made as short as can be: the usual way to the state in which that was and the last
step, where that is enough, and else whatever of the walk cannot be left out. Steps are written by the variables of the TCB
(``SYN seq=rcv.nxt+1``), so that what is left of a walk still means something when the rest is gone.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import TypeVar

from checker.conformance.host import HOST, WAYS, Answer, Host
from checker.conformance.stimuli import Stimulus
from checker.conformance.table import questions
from checker.stacks.adapters import Adapter
from checker.stacks.deeds import Deed, of_answer
from checker.stacks.explaining import Explained, endpoint, explained
from checker.stacks.playing import Ports, Verdict, cannot, play
from checker.stacks.replaying import Found
from checker.stacks.runs import Run
from checker.stacks.stack import Stack
from model.notation.interpreter import State
from model.notation.sorts import NotationError
from model.tcp.handshakes.facing import FacingAssumptions, written
from model.tcp.handshakes.three_way import ThreeWay

LENGTH = 16
"""How many steps a walk has at most."""
_ASKED = 8
"""Of how many segments, chosen by chance, a step may be one."""
_EXPECTED = ("SYN", "SYN,ACK", "ACK", "FIN,ACK")
"""What it may be besides, with the numbers that one would expect."""
_RARELY = {"CLOSED": 0.3, "LISTEN": 0.3}
"""How likely a step leads back to where there is no connection, beside 1 for other states."""
_TEXT = 0.2
"""How many of them have an octet of text."""
_WAITED = 0.1
"""How likely something that is sent again is waited for where time is the host's, which takes a second."""
_OCTETS = 1

T = TypeVar("T")
Choose = Callable[[Host, State], Answer | None]
"""What is done next to an endpoint whose variables are these; None where a walk is at its end."""


@dataclass
class Course:
    """What is done in a walk, chosen while it is played: the window that the stack has announced decides what is at its edge.

    ``begin`` begins to choose. ``done`` is what was done when it was played last, and ``deeds`` what that is of a run.
    """

    stack: Stack
    rules: type[ThreeWay]
    assumed: FacingAssumptions
    begin: Callable[[], Choose]
    done: list[Stimulus] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)

    def __iter__(self) -> Iterator[Deed]:
        """Choose step after step. Each is done before the next is chosen."""
        choose, variables = self.begin(), self._host().initial()
        self.done, self.deeds = [], []
        while (answer := choose(self._host(), variables)) is not None:
            self.done.append(answer.stimulus)
            self.deeds.append(of_answer(len(self.done), answer))
            yield self.deeds[-1]
            variables = answer.after

    def _host(self) -> Host:
        return endpoint(self.rules, self.assumed.otherwise("rcv_wnd", self.stack.window), _OCTETS)


@dataclass(frozen=True)
class Chance:
    """A walk that is chosen by chance: among the states to which a step leads, its rules, and then what these answer.

    ``real`` says that time is the host's. ``refused`` are the calls that a stack could not do, by the number of the step. What
    was possible at a step is kept, since a walk is begun again where a call was refused.
    """

    seed: str
    real: bool
    refused: set[tuple[int, str]] = field(default_factory=set)
    _met: dict[int, tuple[Host, State, list[Answer]]] = field(default_factory=dict)

    def begin(self) -> Choose:
        """Begin to choose."""
        steps = count(1)
        waited = False

        def choose(host: Host, variables: State) -> Answer | None:
            nonlocal waited
            step = next(steps)
            chance = random.Random(f"{self.seed}/{step}")  # noqa: S311  # chance, not secrecy
            leads: dict[str, dict[str, list[Answer]]] = {}
            for answer in self._possible(step, host, variables) if step <= LENGTH else ():
                deed = of_answer(step, answer)
                wanted = not deed.again or not self.real or chance.random() < _WAITED
                wanted &= not (waited and deed.call and deed.expected)  # a window of congestion lets little out by then
                if wanted and not cannot(deed) and (step, deed.call) not in self.refused:
                    leads.setdefault(deed.state, {}).setdefault(deed.rule, []).append(answer)
            if not leads:
                return None
            (state,) = chance.choices(sorted(leads), [_RARELY.get(state, 1.0) for state in sorted(leads)])
            answer = chance.choice(leads[state][chance.choice(sorted(leads[state]))])
            waited = (waited or of_answer(step, answer).again) and answer.state != "CLOSED"
            return answer

        return choose

    def _possible(self, step: int, host: Host, variables: State) -> list[Answer]:
        """Return the calls that there are and that do something, and some of the segments that can arrive."""
        known = self._met.get(step)
        if known is not None and known[:2] == (host, variables):
            return known[2]
        chance, found = random.Random(f"{self.seed}/{step}/possible"), list[Answer]()  # noqa: S311  # chance, not secrecy
        for call in host.calls:
            done = next(host.ways(call, variables), None)
            if done is not None and (done.sent or done.after != done.before):
                found.append(done)
        written = [segment for *_, segment in questions(str(variables[f"{HOST}.state"]))]
        for segment in (*_EXPECTED, *chance.sample(written, _ASKED)):
            text = f"{segment} data={_OCTETS}" if chance.random() < _TEXT else segment
            answer = host.does(host.read(text), variables)
            if not answer.cannot:
                found.append(answer)
        self._met[step] = host, variables, found
        return found


@dataclass(frozen=True)
class Walker:
    """Walks on one stack, held against ``rules``."""

    stack: Stack
    adapter: Adapter
    at: Ports
    rules: type[ThreeWay]
    assumed: FacingAssumptions

    def walks(self, number: int, seed: int) -> Iterator[Found]:
        """Yield what comes out of so many walks, as short as can be where they deviate without a name.

        The same seed gives the same walks. What was found before is not made short again.
        """
        known: dict[object, Found] = {}
        for walk in range(1, number + 1):
            name = f"walk-{walk}"
            chance = Chance(f"{seed}/{walk}", real=not self.stack.virtual)
            found = self._played(name, self._course(chance.begin), chance.refused)
            if found.differences:  # it takes time to choose, in which a stack may do something by itself
                found = self._again(found, found.run.stimuli)
            if not found.named:
                kind = _kind(found)
                shortest = known.get(kind) or self._shortest(found)
                known[kind] = shortest
                found = replace(shortest, run=replace(shortest.run, name=name))
            yield found
            if found.played.verdict is Verdict.LOST:
                return

    def _course(self, begin: Callable[[], Choose]) -> Course:
        return Course(self.stack, self.rules, self.assumed, begin)

    def _played(self, name: str, course: Course, refused: set[tuple[int, str]]) -> Found:
        """Play a course up to where the stack does otherwise. A call that it ``refused`` is not chosen there again."""
        played = play(self.stack, course, self.at, further=False)
        while played.verdict is Verdict.UNPLAYED and played.number and course.deeds[-1].call:
            refused.add((played.number, course.deeds[-1].call))
            played = play(self.stack, course, self.at, further=False)
        whys = [(one, explained(one, self.adapter.known, self.assumed, self.rules)) for one in played.differs]
        differences = tuple((one, why) for one, why in whys if not _has_a_choice(why, self.assumed, self.rules))
        if not differences and played.verdict is Verdict.DEVIATES:
            played = replace(played, verdict=Verdict.CONFORMS, differs=())
        return Found(Run(name, HOST, tuple(course.deeds), rules=self.rules, stimuli=tuple(course.done)), played, differences)

    def _again(self, found: Found, stimuli: Sequence[Stimulus]) -> Found:
        """Do one thing after the other, as in a walk that was chosen before."""
        return self._played(found.run.name, self._course(partial(_in_turn, stimuli)), set())

    def _shortest(self, found: Found) -> Found:
        """Return the shortest run found that deviates as this one does: none of its steps can be left out."""
        kind, best = _kind(found), found

        def deviates(stimuli: Sequence[Stimulus]) -> bool:
            nonlocal best
            again = self._again(found, stimuli)
            if again.named or _kind(again) != kind:
                return False
            best = again
            return True

        last, before = found.run.stimuli[-1], found.differences[0][0].deed.before
        host = endpoint(self.rules, self.assumed, _OCTETS)
        any(deviates([*map(host.read, way), last]) for way in WAYS[str(before["state"])].values())
        shortened(list(best.run.stimuli), deviates)
        return best


def _in_turn(stimuli: Sequence[Stimulus]) -> Choose:
    """Begin to do one thing after the other; what is not possible any more is left out."""
    left = iter(stimuli)

    def choose(host: Host, variables: State) -> Answer | None:
        for stimulus in left:
            with contextlib.suppress(NotationError):  # there is no such call now
                answer = host.does(stimulus, variables)
                if not answer.cannot:
                    return answer
        return None

    return choose


def _kind(found: Found) -> object:
    """Return what two walks have in common that show the same."""
    differs, _ = found.differences[0]
    deed = differs.deed
    return deed.before["state"], deed.passive, deed.rule, tuple(one.ctl for one in differs.sent), differs.state


def _has_a_choice(why: Explained, assumed: FacingAssumptions, rules: type[ThreeWay]) -> bool:
    """Return whether the rules that a walk is held against do it as well: a call of theirs may do one thing or another."""
    return why.otherwise in ((written("seq_check", assumed.seq_check),), (rules.name,))


def shortened(steps: list[T], deviates: Callable[[Sequence[T]], bool]) -> list[T]:
    """Return what of some steps cannot be left out, ever smaller parts being tried: delta debugging.

    A. Zeller and R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 28(2), 2002.
    """
    size = len(steps) // 2
    while size:
        place, before = 0, len(steps)
        while place < len(steps):
            fewer = steps[:place] + steps[place + size :]
            if fewer and deviates(fewer):
                steps = fewer
            else:
                place += size
        size = size // 2 if size > 1 else int(len(steps) < before)
    return steps
