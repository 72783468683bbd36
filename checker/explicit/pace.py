"""Looking up from work now and then: the steps of one state may take longer to compute than a search is given.

What is counted is work and not time, since asking for the time takes about as long as trying a value. So a search that stops
for a number of states stops at the same one on every run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

EVERY = 2**16
"""After how many values tried, or steps taken, somebody looks up. It takes some hundredths of a second to come so far."""
_PIECE = 2**12
"""How many values are tried one after another without being counted."""


class Pace:
    """How much has been done since ``look`` was called last. It raises to end the work."""

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look
        self._left = EVERY

    def begin(self) -> None:
        """Begin to count anew: somebody has looked up just now."""
        self._left = EVERY

    def spend(self, work: int) -> None:
        """Count work that is done or is about to be done."""
        self._left -= work
        if self._left < 0:
            self._left = EVERY
            self._look()

    def over(self, values: Sequence[Any]) -> Iterable[Any]:
        """Return values for a loop over them, which are counted."""
        count = len(values)
        if count > _PIECE:
            return map(values.__getitem__, self.below(count))
        self._left -= count + 1
        if self._left < 0:
            self._left = EVERY
            self._look()
        return values

    def below(self, limit: int) -> Iterable[int]:
        """Return the numbers from 0 up to a limit, however large, as :meth:`over` does."""
        return self.over(range(limit)) if limit <= _PIECE else chain.from_iterable(self._pieces(limit))

    def _pieces(self, limit: int) -> Iterator[range]:
        for first in range(0, limit, _PIECE):
            self.spend(_PIECE)
            yield range(first, min(first + _PIECE, limit))


def only(value: int, limit: int) -> tuple[int, ...]:
    """Return a value for a loop over the numbers below a limit that does something for it alone."""
    return (value,) if 0 <= value < limit else ()
