"""What can be said of two messages beyond the family: of every server whatever, and of one that never forgets.

Of two messages only the first goes to the server, so all that a server can observe is which of them arrive, and in which
order; what is in one was fixed when it was sent. Nothing that the server does changes what can arrive: the client answers
nothing. So when two runs show a server the same messages in the same order, it does the same in both, whatever its program
is and whatever it remembers (and if it throws dice, it does the same with the same throws).

- ``no-stale-establishment``: for each sequence of messages that any run can show a server there is a run that shows it the
  same, and in which each attempt has ended when its message arrives. A server that becomes ESTABLISHED in the one run does so
  in the other, for an attempt that had ended. Only a server that never does is safe.
- ``one-connection-per-attempt`` can be had, by a server that remembers every attempt that it answered.

Both are from H. Attiya and R. Rappoport, Distributed Computing 11 (1997), where a message may be delayed without bound, as
here. With a known maximum lifetime of messages a server could tell by waiting.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from checker.engine import Counts
from checker.host.limits import Limits, Schedule
from checker.runs.trace import Trace, replay
from checker.studies.minimal.synthesis import claims_named
from checker.studies.minimal.trial import ATTACK, CONNECTION, Trial, searched
from model.notation.expr import TRUE
from model.notation.interpreter import Interpreter, State, key
from model.notation.network import keeping_everything
from model.notation.sorts import Value
from model.tcp.handshakes.parametric import FEWEST, MESSAGES, REFUSES, Member, Parametric, takes
from model.tcp.scope import Scope
from properties.observe import Check, Monitored

STALE, AGAIN = "no-stale-establishment", "one-connection-per-attempt"
"""The claims about which there is something general to say."""

_REFUSED = "(refused)"
_SEEN = MESSAGES.names.index("attempt")
"""How many fields of a message its receiver can see: those before the one that is for claims alone."""

Observations = tuple[tuple[Value, ...], ...]
"""The messages that arrived at a server, in order, with what is to be seen in them."""

_Run = tuple[State, Observations, tuple[bool, ...], Schedule]
"""A run: the state it leads to, what the server saw, whether each attempt was alive then, and the steps."""


@dataclass(frozen=True, slots=True)
class Undecidable:
    """Why no server of two messages can avoid stale connections.

    ``sequences`` is how many sequences of at most ``longest`` messages a server can observe; ``shown`` says for how many of
    them there is a run in which each attempt has ended when its message arrives. ``alive`` and ``ended`` are two runs that
    show the same: in the one the attempt is alive when its message arrives, in the other it has ended.
    """

    sequences: int
    shown: int
    longest: int
    alive: Trace
    ended: Trace

    @property
    def holds(self) -> bool:
        """Whether all that a server can observe it can observe of attempts that have ended, and the two runs look alike."""
        return self.shown == self.sequences and observed(self.alive) == observed(self.ended)


def observed(trace: Trace) -> Observations:
    """Return what a server sees in a run: the messages that arrive there, and nothing else."""
    arrived = (step.received for step in trace.steps if step.action == takes(1))
    return tuple(message.row[:_SEEN] for message in arrived if message is not None)


def undecidable(scope: Scope, longest: int = 3) -> Undecidable:
    """Find for every sequence that a server can observe a run in which each attempt has ended when its message arrives.

    The scope bounds how often the client opens, and ``longest`` how many messages arrive.
    """
    every: dict[Observations, Schedule] = {}
    ended: dict[Observations, Schedule] = {}
    alive: dict[Observations, Schedule] = {}
    for seen, lived, schedule in _runs(scope, longest):
        every.setdefault(seen, schedule)
        if not any(lived):
            ended.setdefault(seen, schedule)
        if all(lived):
            alive.setdefault(seen, schedule)
    pair = next(seen for seen in alive if seen in ended)
    return Undecidable(len(every), len(ended), longest, _trace(scope, alive[pair]), _trace(scope, ended[pair]))


def _natural(family: Parametric) -> Member:
    """Return the member whose messages carry and echo all they can."""
    return family.member((True,) * len(family.choices))


def _runs(scope: Scope, longest: int) -> Iterator[tuple[Observations, tuple[bool, ...], Schedule]]:
    """Yield, shortest first, the runs that end with the arrival of a message at a server.

    Each comes with what the server has seen, and whether each attempt was alive when its message arrived. Of runs that
    agree in this and lead to the same state one is followed.
    """
    family = Parametric(FEWEST, scope)
    interpreter = Interpreter(keeping_everything(family.client(_natural(family))))
    queue: deque[_Run] = deque([(interpreter.initial(), (), (), ())])
    met: set[tuple[object, ...]] = {(key(interpreter.initial()), (), ())}
    while queue:
        state, seen, lived, schedule = queue.popleft()
        for step in interpreter.steps(state):
            seen_then, lived_then = seen, lived
            then = (*schedule, (step.action, step.arguments))
            if step.action == takes(1):
                if len(seen) == longest:
                    continue
                message = step.arguments["message"]
                assert isinstance(message, tuple)
                seen_then = (*seen, message[:_SEEN])
                lived_then = (*lived, state["client.at"] != 0 and state["client.iss"] == message[_SEEN])
                yield seen_then, lived_then, then
            reached = (key(step.state), seen_then, lived_then)
            if reached not in met:
                met.add(reached)
                queue.append((step.state, seen_then, lived_then, then))


def _trace(scope: Scope, schedule: Schedule) -> Trace:
    family = Parametric(FEWEST, scope)
    arrives = Check("(arrives)", {takes(1): TRUE})
    return replay(Monitored(family.client(_natural(family)), (arrives,)), arrives, schedule, kept_everything=True)


@dataclass(frozen=True, slots=True)
class Remembering:
    """Two messages with a server that never forgets, under ``one-connection-per-attempt``, and with one that does.

    ``attack`` is a run in which the former connects an attempt twice, None where a ``complete`` search found none. In
    ``witness`` both become ESTABLISHED and know both ISNs; in ``refusal`` a message 1 is dropped that was answered before.
    ``forgetful`` is a run in which a server that forgets connects an attempt twice, None where the scope has too few
    answers for it.
    """

    attack: Trace | None
    complete: bool
    counts: Counts
    witness: Trace | None
    refusal: Trace | None
    forgetful: Trace | None

    @property
    def holds(self) -> bool:
        """Whether two messages do: no attack in the whole scope, and a connection is possible."""
        return self.complete and self.attack is None and self.witness is not None and self.refusal is not None


def remembering(scope: Scope) -> Remembering:
    """Decide ``one-connection-per-attempt`` for the server that remembers every attempt that it answered."""
    family = Parametric(FEWEST, scope, remembers=True)
    trial = Trial(family, _natural(family), claims_named([AGAIN]))
    found = trial.search(Limits(), connection=True)
    refuses = Check(_REFUSED, {REFUSES: TRUE})
    refused = searched(Monitored(keeping_everything(trial.system), (refuses,))).schedules.get(_REFUSED)
    forgetting = Trial(Parametric(FEWEST, scope), _natural(family), claims_named([AGAIN]))
    twice = forgetting.search(Limits()).schedules.get(ATTACK)

    def shown(name: str, decides: str) -> Trace | None:
        return trial.trace(decides, found.schedules[name]) if name in found.schedules else None

    return Remembering(
        attack=shown(ATTACK, AGAIN),
        complete=found.complete,
        counts=found.counts,
        witness=shown(CONNECTION, CONNECTION),
        refusal=None
        if refused is None
        else replay(Monitored(trial.system, (refuses,)), refuses, refused, kept_everything=True),
        forgetful=None if twice is None else forgetting.trace(AGAIN, twice),
    )
