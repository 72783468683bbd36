"""The second search, for the runs that decide: states in the order in which one thread of one process meets them.

The run that is reported is the first shortest one in that order, so the order has to be known although states are found by many
at a time. Each state of a level has a *rank*, its place in the order. The order of the next level is that of the pairs of the
rank of the state before and the number of the step, of each state its least. Such a pair is the *key* that is sent along with a
successor. At the end of a level each owner sorts what it has by key, and owners share out the keys by their size: each ranks a
part of them, and sends the ranks back.

States are packed as the search before has packed them last, so they need not be packed anew.

Steps get their numbers as the explorer computes them, so that is done in the order of the states as well. All levels are kept,
and a run is followed backwards: of the states of the level before from which a step leads there, the one with the least rank.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import numpy as np
from ray.exceptions import RayError

from checker.explicit import kernels
from checker.explicit.cluster import kernels as own
from checker.explicit.cluster.driver import ClusterSearch, Watch, why_gone
from checker.explicit.cluster.owner import Figures, Met, Owner
from checker.explicit.explorer import Node, Successor
from checker.explicit.packing import Words
from checker.host.limits import out_of_memory
from model.notation.said import said
from properties.observe import Monitored


class OrderedOwner(Owner):
    """An owner of states with ranks, which keeps all levels."""

    ordered = (0,)

    def __init__(self, monitored: Monitored, number: int, met: Met) -> None:
        super().__init__(monitored, number, met)
        self._levels: list[tuple[Words, Words]] = []
        """The states of each level up to the present one, and their ranks, in order."""

    @property
    def _nbytes(self) -> int:
        return super()._nbytes + sum(states.nbytes + ranks.nbytes for states, ranks in self._levels)

    def _wait(self, states: Words, level: int) -> None:
        super()._wait(states, level)
        if level == 0:
            self.rank(np.arange(len(states) // self.packing.words, dtype=np.uint64))

    def _accept(self, states: Words) -> None:
        count = len(states) // self._row
        if not count or self._reason:
            return
        found, table = np.empty(len(states), np.uint64), self._table
        kept = int(own.absent(states, count, found, table.array, table.shift, table.words, table.slots))
        if kept:
            self._following.append(found[: kept * self._row].copy())

    def ordered_level(self, size: int, owners: int) -> list[object]:
        """Have the states of the next level, each once, in order; return figures, how many keys go to each owner, and the keys.

        The level before has ``size`` states, whose ranks are shared out among ``owners`` evenly.
        """
        rows = np.concatenate([np.empty(0, np.uint64), *self._following]).reshape(-1, self._row)
        rows = rows[np.lexsort(rows.T[::-1])] if len(rows) else rows  # the first word counts most, the key least
        states = rows[:, :-1]
        first = np.ones(len(rows), np.bool_)
        first[1:] = (states[1:] != states[:-1]).any(axis=1)
        rows = rows[first]
        rows = rows[np.argsort(rows[:, -1], kind="stable")]
        new, keys = np.ascontiguousarray(rows[:, :-1]).ravel(), np.ascontiguousarray(rows[:, -1])
        self._following = []
        if self._has_room(len(keys)) and not self._table.insert(new):
            self._reason = out_of_memory(self.memory)
        self._frontier, self._position = [new] if len(new) else [], 0
        bounds = np.array([(size * i // owners) << own.STEP_BITS for i in range(1, owners)], np.uint64)
        parts = np.split(keys, np.searchsorted(keys, bounds))
        return [self.figures(), [len(part) for part in parts], *parts]

    def ranked(self, first: int, *keys: Words) -> list[Words] | Words:
        """Return the ranks of keys, of which the least has the rank ``first``: an array for each that is given."""
        every = np.concatenate(keys)
        ranks = np.empty(len(every), np.uint64)
        ranks[np.argsort(every, kind="stable")] = np.arange(first, first + len(every), dtype=np.uint64)
        return np.split(ranks, np.cumsum([len(some) for some in keys])[:-1]) if len(keys) > 1 else ranks

    def rank(self, *ranks: Words) -> Figures:
        """Hear the ranks of the states of this level, in order."""
        self._ranks = np.concatenate(ranks)
        self._levels.append((self._frontier[0] if self._frontier else np.empty(0, np.uint64), self._ranks))
        return self.figures()

    def into(self, level: int, target: Node) -> tuple[int, Node, int] | None:
        """Return the rank of its first state in a level from which a step leads to a state, that state, and the step."""
        width, steps = self.packing.words, self._steps
        states, ranks = self._levels[level]
        wanted = self.packing.split([self.packing.packed(*target)])
        how = self.packing.control_mask, self._words, steps.masks
        at, number = kernels.step_into(states, len(states) // width, wanted, steps.spans, steps.steps, *how)
        if at < 0:
            return None
        return int(ranks[at]), self.packing.node(states[at * width : (at + 1) * width].tolist()), int(number)


class OrderedSearch(ClusterSearch):
    """A search from the initial state that can be asked for the run to a state of the present level.

    Where an owner ends it ends: what was decided on the way would not be decided again.
    """

    owner = OrderedOwner

    def _may_fail(self, error: RayError) -> bool:
        self._ended(said("a process of the cluster ended: {why}", why=why_gone(error)))
        return False

    def _end_level(self, watch: Watch) -> None:
        self._look(watch)
        number, size = len(self._owners), self.sizes[-1] if self.sizes else 1
        asked = [self._ask(owner, "ordered_level", size, number, returns=number + 2) for owner in self._owners]
        counts = self._answers([counts for _, counts, *_ in asked], watch)
        firsts = accumulate((sum(to) for to in zip(*counts, strict=True)), initial=0)
        ranks = [
            _listed(self._ask(owner, "ranked", first, *(keys[i] for _, _, *keys in asked), returns=number))
            for i, (owner, first) in enumerate(zip(self._owners, firsts, strict=False))
        ]
        self._note(
            self._answers([self._ask(owner, "rank", *(of[i] for of in ranks)) for i, owner in enumerate(self._owners)], watch)
        )
        if any(figures.waiting for figures in self._figures):
            self.sizes.append(sum(map(sum, counts)))
            self.depth += 1

    def _widen(self) -> None:
        """Leave all as it is: ranks are where their states are."""

    def path(self, node: Node) -> list[Successor]:
        """Return the steps of the first shortest run to a state of the present level, the first step first."""
        steps: list[Successor] = []
        for level in reversed(range(self.depth)):
            found = [
                one
                for one in self._answers([self._ask(owner, "into", level, node) for owner in self._owners])
                if one is not None
            ]
            if not found:
                raise AssertionError("a state that was found is reached by no step")
            _, node, number = min(found)
            steps.append(self.explorer.moves[node[0]][number])
        return steps[::-1]


def _listed(results: Any) -> list[Any]:  # noqa: ANN401  # what Ray gives for so many results, which is none where it is one
    return results if isinstance(results, list) else [results]
