"""A search by many owners of states, who are driven level by level; its results are those of a search by one process.

The driver has the explorer that numbers controls and rows for all, and none of the states. Of each level it asks the owners
which steps nobody knows yet, computes them, and tells everybody; that is also when checks are decided. Then there are rounds:
each owner expands some of its states, and takes what the others have sent it in the round before. States go from owner to owner
through Ray's object store, in arrays. A level is over when all have expanded theirs and taken what was sent.

Where an owner ends, all are made anew, on the machines that there are, and go on from the level that was saved last; without
checkpoints that is where Python left off. Where it happens again before another level was saved, the search is given up.
Machines that have joined get a part of the states before the next level.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import ray
from ray.exceptions import RayError, RayTaskError

from checker.explicit.cluster.kernels import SHARES
from checker.explicit.cluster.owner import Figures, Met, Owner, Owners, Post
from checker.explicit.compiled import Decide
from checker.explicit.explorer import Explorer, Node, Successor
from checker.explicit.levels import Snapshot
from checker.explicit.packing import Packing, Words
from checker.explicit.shelf import DamagedError, Part, Run
from checker.explicit.spilling import Keeping
from checker.host.cluster import Cluster, sending
from checker.host.limits import LimitReachedError, out_of_depth
from model.notation.said import said
from properties.observe import Monitored

_LOOK = 0.2
"""After how many seconds without news somebody looks up."""
_PATIENCE = 120.0
"""How many seconds owners have to start; they load machine code."""

_MOURNING = 30.0
"""For how many seconds it is tried to have owners where one has ended; on a machine that is lost, it takes Ray that long."""
_LONG = 10.0
"""After how many seconds without an answer an owner is taken for dead; what it was asked before takes less."""
_LEVELS = (None, 0, 1)
"""How lists of states are told apart: all; those of this level; those of the next."""

Watch = Callable[[], str]


@dataclass(frozen=True, slots=True)
class _Start:
    """A search between two levels, or in one, all of whose states are in memory: what owners begin with."""

    states: tuple[Words, Words, Words]
    """All, those that wait in this level, those that wait in the next."""
    packing: Packing
    transitions: int
    depth: int
    sizes: tuple[int, ...]


class ClusterSearch:
    """A search of the states of an explorer by the processors of a cluster.

    Parameters and attributes are as those of :class:`checker.explicit.compiled.CompiledSearch`; ``memory`` bounds the bytes on
    each machine, and a state has ``words`` words at least. ``keeping`` says where levels are saved, in a directory that all
    machines have; None is nowhere. ``sent`` are the bytes that owners have sent each other.
    """

    owner: type[Owner] = Owner

    def __init__(  # noqa: PLR0913, PLR0917  # as the search in one process
        self,
        monitored: Monitored,
        explorer: Explorer,
        memory: int | None,
        words: int,
        decide: Decide,
        cluster: Cluster,
        keeping: Keeping | None = None,
        *,
        packing: Packing | None = None,
    ) -> None:
        self.explorer = explorer
        self.memory = memory
        self.transitions = self.depth = self.most_bytes = 0
        self.complete = False
        self.sizes: list[int] = []
        self.reason = ""
        self._decide = decide
        self._cluster = cluster
        self._keeping = keeping
        with sending(monitored.system.name):
            self._asked = ray.put(monitored)
        self._packing = packing or Packing.of(len(explorer.moves), explorer.rows, words)
        self._start: _Start | Snapshot | None = None
        self._saved: list[Part] = []
        self._failed_from: _Start | Snapshot | None = None
        self._owners: list[Any] = []
        self._whose: Owners = np.zeros(SHARES, np.int64)
        self._figures: list[Figures] = []
        self._places: list[str] = []
        self._told = 0
        self._token = ""
        """Under which owners are held, from when they begin."""
        self._before = 0
        """The transitions that were counted before the owners began."""

    # --- what is seen of it

    @property
    def states(self) -> int:
        """How many states were met."""
        return sum(figures.states for figures in self._figures)

    @property
    def frontier(self) -> int:
        """How many states of the next level there are."""
        return sum(figures.following for figures in self._figures)

    @property
    def waiting(self) -> int:
        """How many states of the present level wait to be expanded."""
        return sum(figures.waiting for figures in self._figures)

    @property
    def most_disk(self) -> int:
        """The most bytes of disk that were in use by this process."""
        return 0

    @property
    def nbytes(self) -> int:
        """The bytes in use on the machine on which there are most."""
        on = dict.fromkeys(self._places, 0)
        for place, figures in zip(self._places, self._figures, strict=True):
            on[place] += figures.nbytes
        return max(on.values(), default=0)

    @property
    def disk(self) -> int | None:
        """The bytes of disk in use, None where it uses none."""
        return None if self._keeping is None else self._keeping.shelf.used

    @property
    def workers(self) -> int:
        """How many owners there are."""
        return len(self._owners)

    @property
    def packing(self) -> Packing:
        """How states are packed."""
        return self._packing

    @property
    def sent(self) -> int:
        """How many bytes of states owners have sent each other."""
        return sum(figures.sent for figures in self._figures)

    # --- how it begins

    def begin(self, seen: Mapping[int, Iterable[int]], frontier: Iterable[Node], following: Iterable[Node], depth: int) -> bool:
        """Take over a search that Python has begun, as the search in one process does."""
        packed, split = self._packing.packed, self._packing.split
        waiting, next_ = list(frontier), list(following)
        all_ = split(packed(control, pool) for control, pools in seen.items() for pool in pools)
        lists = (all_, split(packed(*n) for n in waiting), split(packed(*n) for n in next_))
        start = _Start(lists, self._packing, self.transitions, depth, tuple(self.sizes))
        self._start = start if self._keeping is None else self._written(start, {*waiting, *next_}, seen)
        return self._place()

    def resume(self, snapshot: Snapshot) -> bool:
        """Go on from a checkpoint, as the search in one process does; the explorer has learnt what it says."""
        self._start = snapshot
        return self._place()

    def _written(self, start: _Start, waiting: set[Node], seen: Mapping[int, Iterable[int]]) -> _Start | Snapshot:
        """Return the beginning as a snapshot, or as it is where it cannot be written."""
        assert self._keeping is not None
        packed, split = self._packing.packed, self._packing.split
        earlier = split(packed(c, pool) for c, pools in seen.items() for pool in pools if (c, pool) not in waiting)
        shelf, parts = self._keeping.shelf, list[tuple[Part, ...]]()
        try:
            for states in (earlier, *start.states[1:]):
                count = len(states) // self._packing.words
                parts.append((Part(shelf.write([states], count, self._packing), 0, count),) if count else ())
        except LimitReachedError as limit:
            self._fail(limit.reason)
            return start
        visited, (_, frontier, following) = tuple(part for some in parts for part in some), parts
        done = start.transitions, start.depth, start.sizes, start.packing, self.explorer.learnt()
        return Snapshot(visited, frontier, following, *done, shelf.next)

    def _place(self) -> bool:
        """Have owners on all processors, and give them the states that the search goes on from; say whether that was done."""
        while True:
            try:
                self._begin_owners()
            except LimitReachedError as limit:
                self._ended(limit.reason)
            except RayError as error:
                self._ended(said("a process of the cluster ended as it began: {why}", why=why_gone(error)))
            if self.reason:
                return False
            try:
                self._give()
            except LimitReachedError as limit:
                self._ended(limit.reason)
            except RayError as error:
                if self._may_fail(error):
                    continue
            return not self.reason

    def _give(self) -> None:
        """Give owners the states that the search goes on from."""
        start = self._start
        assert start is not None
        self._before, self.transitions, self.depth = start.transitions, start.transitions, start.depth
        self.sizes = list(start.sizes)
        if isinstance(start, Snapshot):
            assert self._keeping is not None
            self._saved = list(start.visited)
            waiting = [(part, level) for level, some in enumerate((start.frontier, start.following)) for part in some]
            self._tell("read", self._keeping.shelf.directory, [*((part, None) for part in start.visited), *waiting])
        else:
            for states, level in zip(start.states, _LEVELS, strict=True):
                self._tell("load", ray.put(states), start.packing, level)

    def _begin_owners(self) -> None:
        """Have an owner on each processor, and others in place of those that are dead."""
        end = time.monotonic() + _MOURNING
        while True:
            self._figures, self._token = [], secrets.token_hex(8)
            try:
                if self._made(self._cluster.processors):
                    return
            except RayError:
                if time.monotonic() > end:
                    raise
                self._bury()

    def _bury(self) -> None:
        """Keep no owners who are dead."""
        for owner in list(self._cluster.kept):
            try:
                ray.get(owner.place.remote(), timeout=_LONG)
            except RayError:
                ray.kill(owner)
                self._cluster.kept.remove(owner)

    def _made(self, number: int) -> bool:
        """Have so many owners, and tell each what it owns; return False where machines are lost meanwhile."""
        if not number:
            raise LimitReachedError(said("no machine of the cluster is left"))
        first, met = len(self._figures), ray.put(self._met(0))
        self._told = len(self.explorer.grown)
        posts, kept = ray.remote(num_cpus=1, max_restarts=0)(Post), self._cluster.kept
        while len(kept) > max(number, int(ray.cluster_resources().get("CPU", 0))):  # machines were lost
            ray.kill(kept.pop())
        kept += [posts.remote() for _ in range(number - len(kept))]
        self._owners = kept[:number]
        try:
            places = self._answers([owner.place.remote() for owner in self._owners], patience=_PATIENCE)
        except LimitReachedError:
            if self._cluster.processors < number:
                return False
            raise
        self._whose, self._places = _shared_out(self._whose, first, number), places
        asked = [
            self._owners[i].hold.remote(
                self._token, self.owner, self._asked, i, met, self._whose, self.memory, places.count(places[i])
            )
            for i in range(first, number)
        ]
        self._figures = [*self._figures, *self._answers(asked)]
        return True

    def _met(self, since: int) -> Met:
        return Met(self.explorer.learnt(), tuple(self.explorer.grown[since:]), self._packing)

    # --- what it asks of owners

    def _ask(self, owner: Any, what: str, *how: object, returns: int = 1) -> Any:  # noqa: ANN401  # Ray's own
        """Have an owner do something; return what stands for what it ``returns``, one by one where that is several."""
        return owner.ask.options(num_returns=returns).remote(self._token, what, *how)

    def _tell(self, what: str, *how: object) -> None:
        """Have all owners do something, and note how far they have come."""
        self._note(self._answers([self._ask(owner, what, *how) for owner in self._owners]))

    def _note(self, figures: list[Figures]) -> None:
        self._figures = figures
        self.transitions = self._before + sum(f.transitions for f in figures)
        self.most_bytes = max(self.most_bytes, sum(f.nbytes for f in figures))
        self.reason = self.reason or next((f.reason for f in figures if f.reason), "")

    def _answers(self, asked: list[Any], watch: Watch = lambda: "", patience: float | None = None) -> list[Any]:
        """Return what was answered; raise where somebody is gone, or ``watch`` has a reason to stop."""
        left, waited = asked, 0.0
        while True:
            _, left = ray.wait(left, num_returns=len(left), timeout=_LOOK, fetch_local=False)
            if not left:
                return list(ray.get(asked))
            waited += _LOOK
            reason = watch()
            if reason:
                raise LimitReachedError(reason)
            if patience is not None and waited > patience:
                raise LimitReachedError(said("the cluster started no process in {seconds:g} s", seconds=patience))

    # --- how it goes on

    def explore(self, watch: Watch, deepest: int | None) -> str:
        """Explore until there is nothing more, or a reason to stop, as the search in one process does."""
        while True:
            if self.depth == deepest:
                return out_of_depth(deepest)
            try:
                self._search_level(watch)
            except LimitReachedError as limit:
                return self._ended(limit.reason)
            except RayError as error:
                if not (self._may_fail(error) and self._place()):
                    return self.reason
                continue
            if self.reason:
                return self.reason
            if not self._figures or not any(figures.waiting for figures in self._figures):
                break
        self.complete = True
        return ""

    def _ended(self, reason: str) -> str:
        self.reason = self.reason or reason
        return self.reason

    def _may_fail(self, error: RayError) -> bool:
        """Return whether an owner may end here, and the search go on from the level that was saved last: from each, once."""
        why = why_gone(error)
        if self._failed_from is self._start and self._start is not None:
            depth = self._start.depth
            self._ended(said("a process of the cluster ended, and again from depth {depth} on: {why}", depth=depth, why=why))
            return False
        self._failed_from = self._start
        return True

    def _search_level(self, watch: Watch) -> None:
        self._widen()
        self._grow()
        self._look(watch)
        self._rounds(watch)
        if self.reason:
            return
        self._end_level(watch)

    def _look(self, watch: Watch) -> None:
        reason = watch()
        if reason:
            raise LimitReachedError(reason)

    def _grow(self) -> None:
        """Compute the steps that nobody knows yet, and tell all owners."""
        asked = self._answers([self._ask(owner, "lacking") for owner in self._owners])
        for _, (control, pool) in sorted(chain.from_iterable(asked), key=lambda one: one[0]):  # by rank, if they have one
            if self.explorer.lacks(control, pool):
                for checks, step in self.explorer.grow(control, pool):
                    self._decide(checks, (control, pool), step)
        if len(self.explorer.grown) == self._told:
            return
        outgrown = not self._packing.holds(len(self.explorer.moves), self.explorer.rows)
        if outgrown:
            self._packing = Packing.of(len(self.explorer.moves), self.explorer.rows, self._packing.words)
        met, self._told = self._met(self._told), len(self.explorer.grown)
        self._tell("learn", ray.put(met))
        if outgrown:  # a state has another hash now, and another owner
            self._exchange(range(len(self._owners)), range(len(self._owners)))

    def _rounds(self, watch: Watch) -> None:
        """Have all states of the level expanded, and what is found taken by its owners.

        In each round states are expanded and those of the round before are taken, so nobody waits for the slowest.
        """
        number = len(self._owners)
        before, taken = list[list[Any]](), list[Any]()
        while True:
            sent = [self._ask(owner, "expand", returns=number + 1) for owner in self._owners]
            taking = self._taken(before)
            figures = self._answers([*(figures for figures, *_ in sent), *taken], watch)[:number]
            before, taken = [to for _, *to in sent], taking
            self._note(figures)
            self._look(watch)
            if self.reason or not any(one.waiting for one in figures):
                break
        self._note(self._answers([*self._taken(before), *taken], watch)[:number])

    def _taken(self, sent: list[list[Any]]) -> list[Any]:
        """Have owners take what others have sent them."""
        to = [[rows[i] for sender, rows in enumerate(sent) if sender != i] for i in range(len(self._owners))]
        return [self._ask(owner, "take", *rows) for owner, rows in zip(self._owners, to, strict=True)] if sent else []

    def _end_level(self, watch: Watch) -> None:
        self._look(watch)
        runs = self._save()
        size = sum(figures.following for figures in self._figures)
        self._tell("next_level")
        if not size:
            return
        self.sizes.append(size)
        self.depth += 1
        keeping = self._keeping
        if keeping is None or keeping.saver is None or keeping.saver.failed or runs is None:
            return
        following = tuple(Part(run, 0, run.count) for run in runs)
        frontier = (*(self._start.following if isinstance(self._start, Snapshot) else ()), *following)
        self._saved += following
        done = self.transitions, self.depth, tuple(self.sizes), self._packing, self.explorer.learnt()
        self._start = snapshot = Snapshot(tuple(self._saved), frontier, (), *done, keeping.shelf.next)
        keeping.saver.take(snapshot)

    def _save(self) -> list[Run] | None:
        """Have all owners write what they found; return the files, or None where that is not wanted or cannot be done."""
        keeping = self._keeping
        if keeping is None or keeping.saver is None or keeping.saver.failed or not isinstance(self._start, Snapshot):
            return None
        shelf = keeping.shelf
        first, shelf.next = shelf.next, shelf.next + len(self._owners)
        runs = self._answers([self._ask(owner, "save", shelf.directory, first + i) for i, owner in enumerate(self._owners)])
        for why in runs:
            if isinstance(why, str):
                self._fail(why)
                return None
        found = [run for run in runs if isinstance(run, Run)]
        for run in found:
            shelf.note(run)
        return found

    def _fail(self, reason: str) -> None:
        assert self._keeping is not None
        if self._keeping.saver is not None:
            self._keeping.saver.fail(reason)

    def _widen(self) -> None:
        """Give processors that have joined a part of the states."""
        first, number = len(self._owners), self._cluster.processors
        if number > first and self._made(number):
            self._exchange(range(first), range(first, number))

    def _exchange(self, givers: Iterable[int], takers: Iterable[int]) -> None:
        """Have some owners give others what these own, one after the other: what is under way takes memory."""
        for giver in givers:
            others = [taker for taker in takers if taker != giver]
            returns = 1 + len(_LEVELS) * len(others)
            done, *parts = self._ask(self._owners[giver], "leave", self._whose, others, returns=returns)
            to = [(self._owners[other], level) for other in others for level in _LEVELS]
            asked = [
                self._ask(owner, "load", part, self._packing, level) for (owner, level), part in zip(to, parts, strict=True)
            ]
            self._answers([done, *asked])
        self._tell("figures")

    def path(self, node: Node) -> list[Successor]:
        """Return the steps of the first shortest run to a state of the present level; only where the search is ordered."""
        raise NotImplementedError

    def release(self) -> None:
        """Give all memory back; nothing but the results can be asked for then."""
        for owner in self._owners:
            owner.leave.remote(self._token)


def _shared_out(whose: Owners, first: int, number: int) -> Owners:
    """Return who owns the shares when owners from ``first`` on have joined, so that as few as possible change their owner."""
    after = whose.copy()
    if not first:
        return np.arange(SHARES, dtype=np.int64) % number
    least = SHARES // number
    joining = iter([owner for owner in range(first, number) for _ in range(least)])
    for owner in range(first):
        mine = np.flatnonzero(whose == owner)
        for share in mine[-(-SHARES // number) :]:
            to = next(joining, None)
            if to is not None:
                after[share] = to
    return after


def why_gone(error: RayError) -> str:
    """Return in a line why a process is gone; raise what went wrong in it where it is not that it is gone."""
    if isinstance(error, RayTaskError) and not isinstance(error.cause, RayError):
        if isinstance(error.cause, DamagedError):
            raise LimitReachedError(
                said("the machines of the cluster do not all have the checkpoint: {why}", why=str(error.cause))
            )
        if isinstance(error.cause, MemoryError):
            raise LimitReachedError(said("the system gave no more memory"))
        raise error.as_instanceof_cause() from error
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".:") if lines else type(error).__name__
