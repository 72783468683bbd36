"""The states met that do not fit into memory: runs on disk, which a table of candidates is held against.

This is delayed duplicate detection [1, 2]. What is found goes to the table, as in a search within memory. When the table is
full, or the level at its end, all runs are read once, and what they have is struck out of the table; what is left there is new,
and becomes a run. So no state is written twice to a run, and what is in one run is in no other. A run comes in the order of the
table, by hash, and all runs are read together in that order: so the table is gone through from front to back once, however
large it is and however many they are, and what is looked at is in the processor's cache.

References
----------
.. [1] Stern, Dill, "Using magnetic disk instead of main memory in the Murphi verifier", CAV 1998.
.. [2] Korf, "Best-first frontier search with delayed duplicate detection", AAAI 2004.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np

from checker.explicit import kernels
from checker.explicit.packing import Packing
from checker.explicit.shelf import CHUNK, Part, Run, Shelf
from checker.explicit.table import StateTable

_FEW = 2**16
"""Up to how many candidates their hashes are sorted, so that what cannot have any of them is not read."""


class Visited:
    """The runs on a shelf that have all states met before those in the table."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.runs: list[Run] = []

    def strike(
        self, table: StateTable, packing: Packing, threads: ThreadPoolExecutor, workers: int, look: Callable[[], bool]
    ) -> int:
        """Strike out of the table what the runs have; return how many that were.

        ``look`` is called between pieces, in the thread of the caller, and says whether to go on; where not, some are left.
        """
        asked = sorted(self._asked(table, packing), key=lambda part: int(part.run.hashes[part.first // CHUNK, 0]))
        waiting, struck, halted = deque(asked), [0] * workers, False

        def work(worker: int) -> None:
            while not halted:
                try:
                    part = waiting.popleft()
                except IndexError:
                    return
                states = self.shelf.read(part, packing)
                struck[worker] += table.strike(states, part.count)
                if not worker and not look():
                    return

        others = [threads.submit(work, worker) for worker in range(1, workers)] if len(waiting) > 1 else []
        try:
            work(0)
        finally:
            halted = bool(waiting)  # something ended it
            wait(others)
        for other in others:
            other.result()  # raises what it raised
        return sum(struck)

    def add(self, table: StateTable, packing: Packing, count: int) -> list[Run]:
        """Make a run of what is left in the table, which is ``count`` states; return it, if there are any."""
        made = [self.shelf.write(table.states(), count, packing)] if count else []
        self.runs += made
        return made

    def _asked(self, table: StateTable, packing: Packing) -> Iterator[Part]:
        """Yield the parts of runs that may have a state that is in the table."""
        wanted = None
        if table.new <= _FEW:
            hashes = [kernels.hashed(states, len(states) // len(table.words), table.words) for states in table.states()]
            wanted = np.sort(np.concatenate([np.empty(0, np.uint64), *hashes]))
        for run in self.runs:
            chunks = -(-run.count // CHUNK)
            may = np.ones(chunks, np.bool_)
            if wanted is not None and run.packing == packing:
                may = np.searchsorted(wanted, run.hashes[:, 0], "left") < np.searchsorted(wanted, run.hashes[:, 1], "right")
            for first in np.flatnonzero(may) * CHUNK:
                yield Part(run, int(first), min(CHUNK, run.count - int(first)))
