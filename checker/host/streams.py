"""The standard streams of this process. It is loaded before all others and imports little."""

from __future__ import annotations

import os
import sys


def complete() -> None:
    """Open each standard stream that was closed, as by ``2>&-``, so that no file is opened in its place and written to.

    What is said on standard error is then lost. Standard output stays None, as Python has it: an answer must not be lost.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115


def drop(number: int) -> None:
    """Let what is still to be written to a standard stream go nowhere: Python would try once more at its end, and complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
