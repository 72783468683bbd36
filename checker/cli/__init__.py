"""The command ``synproof``. Signals are heard, and streams made whole, before the rest is loaded, which takes a while."""

from __future__ import annotations

import gc
import sys

TYPE_CHECKING = False  # as typing has it, which takes longer to load than all that is needed here
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_SWEPT = 100_000, 20, 50
"""How much is made before Python looks for what refers to itself and is of no use: little is, since formulas stay."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line and return the exit code; without ``argv`` it is that of this process, which ends with it."""
    if argv is not None:
        from checker.cli.answering import answered

        return answered(argv)
    gc.set_threshold(*_SWEPT)
    try:
        from checker.host import interrupt, streams

        with interrupt.ending_at_signals():
            streams.complete()
            try:
                from checker.cli.answering import answer
            except (ImportError, MemoryError, OSError) as error:
                sys.stderr.write(f"synproof: it cannot be loaded: {type(error).__name__}: {error}\n")
                return 70
            return answer(sys.argv[1:])
    except KeyboardInterrupt:  # so early that nobody listens yet
        sys.stderr.write("synproof: interrupted\n")
        return 130
