"""What is printed: whatever stands in a text, it does nothing to a terminal; and what cannot be printed is noticed.

Texts come from files of others: what a scenario says, what a model calls its claims, the name of a file. So nothing but signs
that can be seen, and ends of lines, goes to a standard stream. The colours of :mod:`reports.traces.terminal` and the line of
:mod:`checker.cli.progress` are the exception. It is loaded before all else, and imports little.
"""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TextIO

from checker.host import streams
from checker.host.writing import CannotWriteError
from reports.width import WIDTH
from reports.wrapping import CONTROLS, visible


@contextmanager
def safe_streams() -> Iterator[None]:
    """Let what is printed be visible, and what cannot be printed be a :class:`CannotWriteError`."""
    with redirect_stdout(_Output(sys.stdout)), redirect_stderr(_Complaints(sys.stderr)):
        yield


def octets(content: bytes) -> None:
    """Print what is no text, such as packets for Wireshark."""
    assert isinstance(sys.stdout, _Stream)
    sys.stdout.write_octets(content)


def columns() -> int:
    """Return how wide standard output is, or is taken to be where it is no terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDTH


class _Stream(io.TextIOBase):
    """A standard stream through which only what can be seen is written."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a sign gets a question mark, not a traceback

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]  # the class of the base says that it can be set
        return self._stream.encoding

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        with self._failing():
            self._stream.write(visible(text, allowed=CONTROLS if self.isatty() else None))
        return len(text)

    def write_octets(self, content: bytes) -> None:
        """Write what is no text."""
        with self._failing():
            self._stream.buffer.write(content)

    def flush(self) -> None:
        with self._failing():
            self._stream.flush()

    @contextmanager
    def _failing(self) -> Iterator[None]:
        yield


class _Output(_Stream):
    """Standard output: an answer that cannot be written is not given."""

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            streams.drop(self.fileno())
            raise
        except OSError as error:
            streams.drop(self.fileno())
            raise CannotWriteError(f"standard output cannot be written: {error.strerror}") from error


class _Complaints(_Stream):
    """Standard error: where it cannot be written there is nobody to tell, and the exit code says the rest."""

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            streams.drop(self.fileno())
