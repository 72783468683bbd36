"""Breadth-first search: every state of a scope, and a shortest way to whatever stops the search.

The search begins in Python, which is quick to start: most questions are decided before machine code would have been loaded.
Where that is not so, :mod:`checker.explicit.compiled` goes on from the states found. When that is depends on how many states
there are, and not on a clock, and the order in which states are explored is the same in both. So is the trace reported, on
every run and with any number of threads.
"""

from __future__ import annotations

import importlib
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from checker.engine import Answer, Counts
from checker.explicit.explorer import Explorer, Node, Successor
from checker.explicit.symmetry import Representatives, Symmetry, exchangeable
from checker.host.interrupt import giving_up
from checker.host.limits import (
    INTERRUPTED,
    LimitReachedError,
    Limits,
    Progress,
    Schedule,
    Strategy,
    clock,
    out_of_depth,
    out_of_memory,
    out_of_states,
    out_of_time,
)
from checker.host.machine import resident, room, sensible
from model.notation.expr import TRUE
from model.notation.said import said
from model.notation.system import TransitionSystem
from properties.observe import Monitored

if TYPE_CHECKING:
    from checker.explicit.cluster.driver import ClusterSearch
    from checker.explicit.compiled import CompiledSearch, Decide, Machine
    from checker.explicit.levels import Snapshot
    from checker.explicit.packing import Packing
    from checker.explicit.spilling import Keeping
    from checker.host.cluster import Cluster

_SLICE = 512
"""How many states are explored in Python between two looks at the clock."""

_COMPILER = 2**29
"""How many bytes of address space the compiler of machine code and its tables need; with less its libraries end the process."""

_REPORT = 0.25
"""After how many seconds progress is reported again."""

_PATIENCE = 5.0
"""For how many seconds after Ctrl-C the runs are looked for that decide what is decided."""

_TOLD = 2**12
"""Of how many states it is told whether steps look at too much."""
_ALIKE = 4
"""How many of them have the steps of one that were computed, on average, where to set the network apart is of use."""
_SHRINKING = 3
"""How many levels are compared to tell how fast they shrink."""

_ENOUGH = "enough"
"""Why a search stops in which all is decided."""


def saw_all(system: TransitionSystem) -> str:
    """Return how it is known that there is no other run where a search came to its end."""
    within = "" if system.constraint is TRUE else " within the constraint"
    return f"Every state that the scope can reach{within} was searched"


def search(
    monitored: Monitored, limits: Limits | None = None, *, exhaust: bool = False, strategy: Strategy | None = None
) -> Answer:
    """Explore the reachable states, nearest first, until all checks are decided, a limit is reached, or there are no more.

    Told to ``exhaust`` it goes on when all are decided. Ctrl-C ends the search like a limit does, with the reason
    "interrupted". ``triggered`` names the checks whose trigger was met until then. Raises
    :class:`~checker.host.limits.NotSymmetricError` where ISNs are to be renamed and may not be.
    """
    strategy, limits = strategy or Strategy(), limits or Limits()
    symmetry = exchangeable(monitored) if strategy.symmetry else None
    if strategy.keep is not None and strategy.keep.saves:
        from checker.explicit.checkpoint import begun

        begun(strategy.keep.directory)
    elif strategy.keep is not None and not strategy.keep.resumes:
        from checker.explicit.keeping import refuse_unwritable

        refuse_unwritable(strategy.keep.directory)
    run = _Run(monitored, limits, exhaust=exhaust, symmetry=symmetry, looking=True)
    try:
        return run.found(strategy)
    except UnlikeError:
        anew = _Run(monitored, limits, exhaust=exhaust, symmetry=symmetry)
        anew.watch = run.watch  # its time has begun
        return anew.found(strategy)


def explore(
    monitored: Monitored, limits: Limits | None = None, *, exhaust: bool = True, looking: bool = False
) -> tuple[Answer, Explorer, Mapping[int, Mapping[int, Node | None]]]:
    """Search as :func:`search` does, in Python; return also the explorer, and the pools found with each control.

    With each pool is the state that it was found from. Who asks with ``looking`` takes steps that look at more rows than they
    need, and is told by :class:`UnlikeError` where that is of no use.
    """
    run = _Run(monitored, limits or Limits(), exhaust=exhaust, looking=looking)
    found = run.found(Strategy(handover=None))
    return found, run.explorer, run.seen


class UnlikeError(Exception):
    """Steps look at so much of the network that few states with the same control have the same steps.

    Then it is quicker to take each network for a part of the control.
    """


class _Run:
    """A search: the part in Python, and what it has in common with the part in machine code."""

    def __init__(
        self, monitored: Monitored, limits: Limits, *, exhaust: bool, symmetry: Symmetry | None = None, looking: bool = False
    ) -> None:
        self.monitored = monitored
        self.limits = limits
        self.explorer = Explorer(monitored, self._look, looking=looking)
        self.undecided = (1 << len(monitored.checks)) - 1
        self.asked = sum(1 << i for i, check in enumerate(monitored.checks) if not check.guards)
        self.to_the_end = exhaust or not self.asked
        self.states = 1
        self.transitions = 0
        self.depth = 0
        self.levels = [1]
        self.complete = False
        self.schedules: dict[int, Schedule] = {}
        control, pool = self.explorer.initial
        self.seen: defaultdict[int, dict[int, Node | None]] = defaultdict(dict)
        self.seen[control][pool] = None
        self.compiled: CompiledSearch | ClusterSearch | None = None
        self.unshown = 0
        self.unfound = ""
        """Why a run that decides something was not found again, where something ended the search for it."""
        self.ended = False
        """Whether the process was asked to end, and notices it."""
        self.cluster: Cluster | None = None
        self.representatives = None if symmetry is None else Representatives(self.explorer, symmetry)
        self.watch = watching(limits)

    @property
    def enough(self) -> bool:
        """Whether nothing more is wanted."""
        return not (self.undecided & self.asked or self.to_the_end)

    def found(self, strategy: Strategy) -> Answer:
        """Search, and return what is found."""
        try:
            reason = self._resume(strategy) if strategy.keep is not None and strategy.keep.resumes else self._explore(strategy)
        except KeyboardInterrupt:
            reason = INTERRUPTED
        except LimitReachedError as limit:
            reason = limit.args[0]
        except MemoryError:
            self.seen.clear()  # what is said next needs some
            reason = "the system gave no more memory"
        reason = "" if reason == _ENOUGH else reason
        if self.compiled is not None:
            self.states, self.transitions = self.compiled.states, self.compiled.transitions
            self.depth, self.complete = self.compiled.depth, self.compiled.complete
            if self.unshown:
                missing = self.unfound or "the run that decides it was not found again within the memory allowed"
                self.complete, reason = False, reason or missing
            if self.complete and strategy.compaction:
                self.complete, reason = (
                    False,
                    said("every state that was told apart was explored; {chance}", chance=_chance(self.states)),
                )
        checks, actions = self.monitored.checks, self.monitored.system.actions
        return Answer(
            schedules={checks[i].name: schedule for i, schedule in self.schedules.items()},
            triggered=frozenset(check.name for i, check in enumerate(checks) if self.explorer.triggered >> i & 1),
            complete=self.complete,
            ground=saw_all(self.monitored.system) if self.complete else "",
            reason=reason,
            counts=Counts(
                states=self.states,
                transitions=self.transitions,
                depth=self.depth,
                never_taken=tuple(
                    a.name for a, taken in zip(actions, self.explorer.taken, strict=True) if self.complete and not taken
                ),
                workers=0 if self.compiled is None else self.compiled.workers,
                on_cluster=self.cluster is not None,
                memory=0 if self.compiled is None else self.compiled.most_bytes,
                disk=0 if self.compiled is None else self.compiled.most_disk,
                levels=tuple(self.levels if self.compiled is None else self.compiled.sizes),
            ),
        )

    def _explore(self, strategy: Strategy) -> str:
        """Explore until done and return "", or until something forbids to go on and return what."""
        limits = self.limits
        able = self.representatives is None and self.explorer.has_pool
        handover = (strategy.handover if able else None) or math.inf
        frontier: list[Node] = [self.explorer.initial]
        spills = strategy.keep is not None and strategy.keep.spills
        while frontier:
            if limits.depth is not None and self.depth >= limits.depth:
                return out_of_depth(limits.depth)
            new: list[Node] = []
            for i in range(0, len(frontier), _SLICE):
                self._expand(frontier[i : i + _SLICE], new)
                if self.enough:
                    return _ENOUGH
                disk = 0 if spills else None  # machine code bounds the memory, when it takes over
                reason = self.watch(self.states, len(new), self.depth, None, disk)
                if reason:
                    return reason
                self.explorer.pace.begin()
                if self.states >= _TOLD and self.states < _ALIKE * self.explorer.computed:
                    if strategy.keep is None and strategy.cluster is None:
                        raise UnlikeError
                    return said(
                        "so much of the network decides what steps do that Python searches it, in one process and in memory"
                    )
                if self.states >= handover:
                    with giving_up():  # loading machine code, and compiling it, may take a while
                        if _has_machine_code():
                            return self._hand_over(strategy, frontier[i + _SLICE :], new)
                    spills = False  # all stays in memory
            self.depth += bool(new)
            self.levels += [len(new)] if new else []
            frontier = new
        self.complete = True
        return ""

    def _expand(self, nodes: list[Node], new: list[Node]) -> None:
        before = len(new)
        try:
            self._expand_each(nodes, new)
        finally:  # also where something ends it
            self.states += len(new) - before

    def _expand_each(self, nodes: list[Node], new: list[Node]) -> None:
        explorer, seen, representatives = self.explorer, self.seen, self.representatives
        for node in nodes:
            control, pool = node
            if explorer.lacks(control, pool):
                for checks, step in explorer.grow(control, pool):
                    self._decide(checks, node, step)
                if self.enough:
                    break
            transitions = sum(count for need, count in explorer.idle[control].items() if pool & need == need)
            for looks, need, keep, add, next_control, _, _ in explorer.moves[control]:
                if pool & looks == need:
                    transitions += 1
                    after = pool & keep | add
                    if after == pool and next_control == control:
                        continue
                    if representatives is not None:
                        next_control, after = representatives.of((next_control, after))  # noqa: PLW2901
                    pools = seen[next_control]
                    if after not in pools:
                        pools[after] = node
                        new.append((next_control, after))
            self.transitions += transitions
            explorer.pace.spend(len(explorer.moves[control]))

    def _look(self) -> None:
        """Look up while the steps of a state are computed, or are taken; raise where the search has to end."""
        reason = self.watch(self.states, 0, self.depth, None) if self.compiled is None else self._seen_to(self.compiled)
        if reason:
            raise LimitReachedError(reason)

    def _decide(self, checks: int, node: Node, step: Successor) -> None:
        decided = checks & self.undecided
        self.undecided &= ~decided
        if decided:
            self.schedules |= {i: self._run_to(node, 1 << i, step) for i in bits_of(decided)}

    def _run_to(self, node: Node, checks: int, last: Successor) -> Schedule:
        """Return the run to a state and its last step, which decides the checks.

        Where states stand for others, it is a run of the states themselves: from each, a step to one that the next stands for.
        """
        nodes = [node]
        while (parent := self.seen[nodes[-1][0]][nodes[-1][1]]) is not None:
            nodes.append(parent)
        explorer, at, steps = self.explorer, nodes.pop(), list[Successor]()
        while nodes:
            steps.append(self._step_between(at, nodes.pop()))
            at = steps[-1].control, at[1] & steps[-1].keep | steps[-1].add
        if at != node:
            if explorer.lacks(*at):
                explorer.grow(*at)
            last = next(step for decided, step in explorer.decisive[at[0]] if decided & checks and step.possible(at[1]))
        return tuple(map(explorer.named, [*steps, last]))

    def _step_between(self, at: Node, node: Node) -> Successor:
        control, pool = at
        if self.explorer.lacks(control, pool):
            self.explorer.grow(control, pool)
        of = (lambda n: n) if self.representatives is None else self.representatives.of
        return next(
            step
            for step in self.explorer.moves[control]
            if step.possible(pool) and of((step.control, pool & step.keep | step.add)) == node
        )

    # --- in machine code

    def _hand_over(self, strategy: Strategy, rest: list[Node], new: list[Node]) -> str:
        """Let machine code go on from the states of this level that are left, and those of the next that were found."""
        with self._compiling(strategy) as (compiled, _):
            compiled.sizes, compiled.transitions = self.levels, self.transitions
            if not compiled.begin(self.seen, rest, new, self.depth):
                return compiled.reason
            self.seen.clear()
            return self._go_on(compiled, strategy)

    def _resume(self, strategy: Strategy) -> str:
        """Let machine code go on from a checkpoint."""
        from checker.explicit.compiled import CompiledSearch
        from checker.explicit.spilling import SpillingSearch

        self.seen.clear()
        if not _has_machine_code():
            return said("machine code goes on from a checkpoint, and there is no room for its compiler")
        with giving_up(), self._compiling(strategy) as (compiled, snapshot):
            assert snapshot is not None
            assert not isinstance(compiled, CompiledSearch) or isinstance(compiled, SpillingSearch)
            if not compiled.resume(snapshot):
                return compiled.reason
            return self._go_on(compiled, strategy)

    @contextmanager
    def _compiling(self, strategy: Strategy) -> Iterator[tuple[CompiledSearch | ClusterSearch, Snapshot | None]]:
        """Yield a search in machine code, and the snapshot that it goes on from, if it does."""
        from checker.explicit.keeping import kept, recall  # takes a while to load

        def decide(checks: int, _node: Node, _step: Successor) -> None:
            self.unshown |= checks & self.undecided
            self.undecided &= ~checks

        def end() -> None:
            self.ended = True

        def done() -> bool:
            return self.compiled is not None and (self.compiled.complete or self.enough) and not self.unshown

        with kept(strategy.keep, self.monitored, end, done) as (keeping, snapshot), _on(strategy.cluster) as self.cluster:
            if snapshot is not None:
                recall(snapshot, self.explorer, decide)
            packing = None if snapshot is None else snapshot.packing
            self.compiled = self._made(self.explorer, strategy, decide, keeping, packing=packing)
            yield self.compiled, snapshot

    def _go_on(self, compiled: CompiledSearch | ClusterSearch, strategy: Strategy) -> str:
        """Search in machine code, and find the runs that decide what it decides."""
        reason = ""
        try:
            reason = compiled.explore(lambda: _ENOUGH if self.enough else self._seen_to(compiled), self.limits.depth)
        except KeyboardInterrupt:
            self._find_runs(strategy, patience=_PATIENCE)
            raise
        except LimitReachedError as limit:  # in the middle of the steps of a state
            reason = limit.reason
        self._find_runs(strategy, patience=math.inf)
        return reason

    def _seen_to(self, compiled: CompiledSearch | ClusterSearch) -> str:
        if self.ended:
            raise KeyboardInterrupt
        of = compiled
        return self.watch(of.states, of.frontier, of.depth, of.nbytes, of.disk, lambda: rest(of.sizes, of.waiting))

    def _find_runs(self, strategy: Strategy, patience: float) -> None:
        """Search once more, for runs that decide what machine code has decided; they are as long as was found."""
        from checker.explicit.keeping import again as once_more

        if not self.unshown or self.compiled is None or self.ended:
            return
        self.compiled.release()
        end = time.monotonic() + patience

        def over() -> bool:
            return self.ended or time.monotonic() > end

        def patient() -> None:
            if over():
                raise LimitReachedError

        with once_more(strategy.keep) as keeping:
            ended = self._find_again(strategy, keeping, patient)
            if self.cluster is not None and self.unshown and ended != _ENOUGH:  # a process may have ended; the others are there
                ended = self._find_again(strategy, keeping, patient)
        self.unfound = "" if ended == _ENOUGH else ended

    def _find_again(self, strategy: Strategy, keeping: Keeping | None, patient: Callable[[], None]) -> str:
        """Search once for the runs that are not found yet, and return why that ended; ``patient`` raises when it has to."""
        explorer = Explorer(self.monitored, patient, looking=True)

        def decide(checks: int, node: Node, step: Successor) -> None:
            decided = checks & self.unshown
            if decided:
                schedule = (*map(explorer.named, again.path(node)), explorer.named(step))
                self.schedules |= dict.fromkeys(bits_of(decided), schedule)
            self.unshown &= ~decided

        def watch() -> str:
            patient()
            return "" if self.unshown else _ENOUGH

        try:
            packing = None if self.cluster is None or self.compiled is None else self.compiled.packing  # all there is has room
            again = self._made(explorer, replace(strategy, workers=1), decide, keeping, keep=True, packing=packing)
            control, pool = explorer.initial
            again.begin({control: [pool]}, [explorer.initial], [], 0)
            return again.explore(watch, None)
        except LimitReachedError as limit:
            return limit.reason
        finally:
            again.release()

    def _made(  # noqa: PLR0913  # as the searches that it makes
        self,
        explorer: Explorer,
        strategy: Strategy,
        decide: Decide,
        keeping: Keeping | None,
        *,
        keep: bool = False,
        packing: Packing | None = None,
    ) -> CompiledSearch | ClusterSearch:
        """Return a search in machine code that works as it is told, and keeps states where it is told."""
        if self.cluster is not None:
            from checker.explicit.cluster.driver import ClusterSearch
            from checker.explicit.cluster.ordered import OrderedSearch

            kind, room = OrderedSearch if keep else ClusterSearch, (self.limits.memory, strategy.words)
            return kind(self.monitored, explorer, *room, decide, self.cluster, keeping, packing=packing)
        from checker.explicit.compiled import CompiledSearch
        from checker.explicit.spilling import SpillingSearch

        machine = _machine(strategy, self.limits)
        if keeping is None:
            return CompiledSearch(explorer, machine, decide, keep=keep, packing=packing)
        return SpillingSearch(explorer, machine, decide, keeping, keep=keep, packing=packing)


@contextmanager
def _on(address: str | None) -> Iterator[Cluster | None]:
    """Connect to a cluster, if there is one to work on."""
    if address is None:
        yield None
        return
    from checker.host.cluster import connected

    with connected(address) as cluster:
        yield cluster


def _machine(strategy: Strategy, limits: Limits) -> Machine:
    from checker.explicit.compiled import Machine

    return Machine(strategy.workers, sensible(limits.memory), strategy.words, strategy.compaction)


def _has_machine_code() -> bool:
    """Return whether machine code can be made here. Where there is too little memory for the compiler, Python does the work."""
    left = room()
    if left is not None and left < _COMPILER:
        return False
    try:
        importlib.import_module("checker.explicit.compiled")
    except (ImportError, OSError, MemoryError):
        return False
    return True


def bits_of(number: int) -> list[int]:
    """Return the numbers of the bits that are set."""
    return [i for i in range(number.bit_length()) if number >> i & 1]


class Watch(Protocol):
    """What is called between slices of a search, with what :func:`watching` says."""

    def __call__(  # noqa: PLR0913, PLR0917  # what there is to say of a search
        self,
        states: int,
        frontier: int,
        depth: int | None,
        memory: int | None,
        disk: int | None = None,
        rest: Callable[[], float | None] = lambda: None,
    ) -> str:
        """Report progress, and return why to stop, or "" to go on."""


def watching(limits: Limits) -> Watch:
    """Return what to call between slices of a search: it reports progress and returns why to stop, or "" to go on.

    It is told the states, those of the next level, the depth, the bytes of memory, None where the process has to be asked, and
    those of disk where a search has states there: it bounds its memory itself, which is then no reason to stop. The last says
    how much of the work is to be done yet, in terms of what is done, where that is known.
    """
    expired, started, before = clock(limits), time.monotonic(), resident()
    reported = started

    def watch(  # noqa: PLR0913, PLR0917  # as what it is
        states: int,
        frontier: int,
        depth: int | None,
        memory: int | None,
        disk: int | None = None,
        rest: Callable[[], float | None] = lambda: None,
    ) -> str:
        nonlocal reported
        if limits.states is not None and states >= limits.states:
            return out_of_states(limits.states)
        if limits.interrupted is not None and limits.interrupted():
            raise KeyboardInterrupt
        if expired():
            return out_of_time(limits.seconds or 0)
        used = max(0, resident() - before) if memory is None else memory
        if limits.memory is not None and disk is None and used >= limits.memory:
            return out_of_memory(limits.memory)
        now = time.monotonic()
        if limits.progress is not None and now - reported >= _REPORT:
            reported = now
            share = rest()
            left = None if share is None else share * (now - started)
            limits.progress(Progress(states, frontier, depth, now - started, used, disk or 0, left))
        return ""

    return watch


def rest(sizes: Sequence[int], waiting: int) -> float | None:
    """Return how much of the work is to be done yet, at most, in terms of what is done; None where that is not known.

    Once levels shrink they shrink faster and faster, in all models that were looked at: so each that is to come is to the one
    before at most as the last two are to theirs. It is not known where these did not both shrink.

    Parameters
    ----------
    sizes : Sequence[int]
        How many states each level has, up to the present one.
    waiting : int
        How many states of the present level are not expanded.
    """
    if len(sizes) < _SHRINKING or not sizes[-3] > sizes[-2] > sizes[-1]:
        return None
    ratio = max(sizes[-1] / sizes[-2], sizes[-2] / sizes[-3])
    return (waiting + sizes[-1] * ratio / (1 - ratio)) / max(1, sum(sizes) - waiting)


def _chance(states: int) -> str:
    """Return how likely it is that some state was taken for another, where a hash of 64 bits was kept of each."""
    return said(
        "one was taken for another, as hashes were kept, with a probability of at most {chance:.1g}", chance=states**2 / 2**64
    )
