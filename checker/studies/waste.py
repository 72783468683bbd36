"""What stale SYNs cost a server: for each number of them that are held up, how many connections they make it hold.

The same number of SYNs is looked at in three ways, since the textbook's "each old duplicate opens a connection" is true of one
of them only. SYNs of as many ports are for as many connections. SYNs of one port, of attempts that followed each other, are
for one connection: what arrives later meets the TCB that is there. When that has ended a copy of the very same SYN can open the
next, so that one SYN is enough for any number of connections one after another: as many as it arrives.

Where connections are closed by FINs, what a stale SYN began can be closing too, and is counted by itself.

Each answer is the largest number that is reachable: a witness shows it, and an exhausted search that the next larger one is
not, except where no more is asked, there being no more ports, or arrivals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from checker.decide import InterruptedSearchError, Setting, decide
from checker.runs.trace import Trace
from checker.studies.parallel import at_once as in_processes
from checker.verdict import Outcome, Verdict
from model.tcp.composition import LIMITED, Composition, several_ports
from model.tcp.scope import Scope, easy_to_read, scope_named
from properties.claim import Claim
from properties.resources import (
    HALF_OPEN_GIVES_UP,
    NO_WASTED_CONNECTIONS,
    Waste,
    at_once,
    can_always_end,
    ends_by_itself,
    over_time,
    turns_away,
    wastes,
)
from properties.specification import Specification

SCOPE = "small,data=0"
"""What each of several ports does: one attempt and one answer are enough for a stale SYN, and no text has to be sent."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way in which so many SYNs are held up: on which ports, in which scope, and what is counted.

    ``ports`` and ``scope`` are for a number of SYNs, ``claims`` for a waste and a number of SYNs: one claim for each
    number of connections that there can be, from 1.
    """

    name: str
    summary: str
    ports: Callable[[int], int]
    scope: Callable[[int], Scope]
    claims: Callable[[Waste, int], tuple[Claim, ...]]


def _each_on_its_own(syns: int) -> int:
    return syns


def _on_one_port(_: int) -> int:
    return 1


def _each_at_once(waste: Waste, syns: int) -> tuple[Claim, ...]:
    return tuple(at_once(waste, number) for number in range(1, syns + 1))


def _the_one(waste: Waste, _: int) -> tuple[Claim, ...]:
    return _each_at_once(waste, 1)


def _each_in_turn(waste: Waste, syns: int) -> tuple[Claim, ...]:
    return tuple(over_time(waste, number) for number in range(1, syns + 1))


def _once(_: int) -> Scope:
    return scope_named(SCOPE)


def _attempts(syns: int) -> Scope:
    """Return so many attempts, and two answers: what comes while a TCB is there, and after that."""
    return easy_to_read(f"{syns} attempts", syns, 2, data=0)


def _copies(syns: int) -> Scope:
    return easy_to_read(f"{syns} answers", 1, syns, data=0)


WAYS = (
    Way("ports", "of as many ports, at once", _each_on_its_own, _once, _each_at_once),
    Way("attempts", "of as many attempts on one port, at once", _on_one_port, _attempts, _the_one),
    Way("copies", "copies of one SYN, one after another", _on_one_port, _copies, _each_in_turn),
)


@dataclass(frozen=True, slots=True)
class Count:
    """How many connections there can be, ``verdicts`` having one for each number from 1."""

    verdicts: tuple[Verdict, ...]

    @property
    def most(self) -> int:
        """The largest number that was reached."""
        return max((n for n, v in enumerate(self.verdicts, 1) if v.outcome is Outcome.HOLDS), default=0)

    @property
    def decided(self) -> bool:
        """Whether it is known that there can be no more."""
        return all(v.outcome is not Outcome.UNKNOWN for v in self.verdicts)

    @property
    def trace(self) -> Trace | None:
        """A shortest run to as many as there can be."""
        return self.verdicts[self.most - 1].trace if self.most else None

    def as_record(self) -> dict[str, Any]:
        """Return it as part of the record that ``--json`` prints."""
        trace = self.trace
        return {
            "most": self.most,
            "decided": self.decided,
            "trace_length": None if trace is None else len(trace),
            "trace": None if trace is None else [step.action for step in trace.steps],
            "states": self.verdicts[0].counts.states,
        }


@dataclass(frozen=True, slots=True)
class Cost:
    """What stale SYNs cost the server of one handshake.

    ``counts`` are by the name of a way, the number of SYNs and the name of a waste; ``none`` are the verdicts about
    ``no-wasted-connections``, by the number of ports. By the name of a waste ``ends`` says whether the server can ever end it
    by itself, ``always`` whether it can at any time, and ``turned_away`` whether it can keep a client out of a table with one
    slot. ``gives_up`` is whether the server stops sending its SYN again.
    """

    spec: Specification
    counts: Mapping[tuple[str, int, str], Count]
    none: tuple[Verdict, ...]
    ends: Mapping[str, Verdict]
    always: Mapping[str, Verdict]
    turned_away: Mapping[str, Verdict]
    gives_up: Verdict

    @property
    def wastes(self) -> tuple[Waste, ...]:
        """What is counted."""
        return _wastes(self.spec)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Every verdict."""
        counted = (v for count in self.counts.values() for v in count.verdicts)
        others = (v for of in (self.ends, self.always, self.turned_away) for v in of.values())
        return (*counted, *self.none, *others, self.gives_up)

    @property
    def decided(self) -> bool:
        """Whether everything was."""
        return all(v.outcome is not Outcome.UNKNOWN for v in self.verdicts)

    @property
    def surprising(self) -> bool:
        """Whether some verdict is not what the handshake declares."""
        return any(v.surprising for v in self.verdicts)

    def worst(self, waste: Waste) -> Verdict | None:
        """Return the verdict with a run to as many connections at once as there can be; None where there are none."""
        counts = [count for (way, _, name), count in self.counts.items() if (way, name) == (WAYS[0].name, waste.name)]
        most = max(counts, key=lambda count: count.most)
        return most.verdicts[most.most - 1] if most.most else None

    def as_record(self) -> dict[str, Any]:
        """Return it as part of the record that ``--json`` prints."""
        return {
            "handshake": self.spec.name,
            "counts": [
                {"way": way, "syns": syns, "waste": waste, **count.as_record()}
                for (way, syns, waste), count in self.counts.items()
            ],
            "no_wasted_connections": [v.as_record() for v in self.none],
            "ends_by_itself": {name: v.as_record() for name, v in self.ends.items()},
            "can_always_end": {name: v.as_record() for name, v in self.always.items()},
            "turned_away": {name: v.as_record() for name, v in self.turned_away.items()},
            "gives_up": self.gives_up.as_record(),
        }


@dataclass(frozen=True, slots=True)
class _Asked:
    """Claims that are decided in one search: about which composition, in which scope."""

    composition: Composition
    scope: Scope
    claims: tuple[Claim, ...]
    aborts: bool = True


def waste(specs: Sequence[Specification], syns: int, setting: Setting) -> list[Cost]:
    """Count for 1, 2, ... ``syns`` SYNs. Each specification is a process; one that closes by FINs is asked about them too.

    Raises :class:`~checker.decide.InterruptedSearchError` when Ctrl-C ends the searches.
    """
    asked = [tuple(_asked(syns, spec)) for spec in specs]
    tasks = [
        (partial(_answered, spec, own), [claim for question in own for claim in question.claims])
        for spec, own in zip(specs, asked, strict=True)
    ]
    return [_cost(spec, syns, found) for spec, found in zip(specs, in_processes(tasks, setting), strict=True)]


def _wastes(spec: Specification) -> tuple[Waste, ...]:
    assert spec.composition is not None
    return wastes(spec.composition)


def _asked(syns: int, spec: Specification) -> Iterator[_Asked]:
    assert spec.composition is not None
    of, scope = partial(several_ports, closes=spec.composition.closes), _once(syns)
    kinds = _wastes(spec)
    for number in range(1, syns + 1):
        yield _Asked(of(number), scope, (NO_WASTED_CONNECTIONS, *_of(WAYS[0], number, kinds)))
        for way in WAYS[1:]:
            yield _Asked(of(way.ports(number)), way.scope(number), _of(way, number, kinds))
    ending = (*map(ends_by_itself, kinds), *map(can_always_end, kinds))
    yield _Asked(of(1), _attempts(syns), ending, aborts=False)
    yield _Asked(of(2, slots=1), scope, tuple(map(turns_away, kinds)))
    yield _Asked(LIMITED, scope, (HALF_OPEN_GIVES_UP,))


def _of(way: Way, syns: int, kinds: Sequence[Waste]) -> tuple[Claim, ...]:
    return tuple(claim for of in kinds for claim in way.claims(of, syns))


def _answered(spec: Specification, asked: Sequence[_Asked], setting: Setting) -> list[Verdict]:
    """Decide what is asked of one handshake, in order."""
    assert spec.composed is not None
    verdicts: list[Verdict] = []
    for question in asked:
        assumed = replace(setting.assumptions, abort_established=setting.assumptions.abort_established and question.aborts)
        own = replace(setting, scope=question.scope, assumptions=assumed)
        try:
            verdicts += decide(spec.composed(question.composition), question.claims, own)
        except InterruptedSearchError as interrupted:
            raise InterruptedSearchError([*verdicts, *interrupted.verdicts]) from None
    return verdicts


def _cost(spec: Specification, syns: int, found: Sequence[Verdict]) -> Cost:
    """Sort verdicts, which come in the order in which they were asked for."""
    verdicts, kinds = iter(found), _wastes(spec)
    counts: dict[tuple[str, int, str], Count] = {}
    none: list[Verdict] = []
    for number in range(1, syns + 1):
        none.append(next(verdicts))
        for way in WAYS:
            for of in kinds:
                counts[way.name, number, of.name] = Count(tuple(next(verdicts) for _ in way.claims(of, number)))
    ends, always, turned_away = ({of.name: next(verdicts) for of in kinds} for _ in range(3))
    return Cost(spec, counts, tuple(none), ends, always, turned_away, next(verdicts))
