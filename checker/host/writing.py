"""Files that are written whole or not at all, and what is said where they cannot be written.

What is written goes to a new file beside the one that is meant, which then takes its place at once. So a disk that is full, or
a process that ends, leaves what was there before.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from checker.host.interrupt import noticing


class CannotWriteError(OSError):
    """Something cannot be written; the message says what, why, and what to do."""


@contextmanager
def _explaining(path: Path | str, done: str = "written", what: str = "file") -> Iterator[None]:
    try:
        yield
    except CannotWriteError:
        raise
    except OSError as error:
        raise CannotWriteError(f"{path} cannot be {done}: {error.strerror}; name another {what}") from error


def check(path: Path | str) -> None:
    """Raise :class:`CannotWriteError` where a file could not be written, before work is done for it."""
    with _explaining(path):
        _check(_real(path))


def directory(path: Path | str) -> None:
    """Make a directory, and those above it, where there are none; see that files can be made in it, before work is done."""
    with _explaining(path, "made", "directory"):
        Path(path).mkdir(parents=True, exist_ok=True)
    with _explaining(path, what="directory"):
        _check(_real(path) / "any")


def _check(target: Path) -> None:
    if target.is_dir():
        raise IsADirectoryError(0, "it is a directory")
    if _is_special(target):
        return
    _check_old(target)
    staged = _beside(target)
    os.close(_opened(staged))
    staged.unlink()


def write(contents: Mapping[Path, str | bytes], making_room: Callable[[], None] = lambda: None) -> None:
    """Write files, all of them or none; directories for them are made. Text is written as UTF-8.

    What has to go before they take their places goes in ``making_room``, when all of them are written. Raises
    :class:`CannotWriteError`.
    """
    pressed: list[bool] = []
    staged: dict[Path, Path] = {}
    with noticing(lambda: pressed.append(True)):  # nothing is left half done
        try:
            for path, content in contents.items():
                with _explaining(path):
                    _stage(path, content.encode() if isinstance(content, str) else content, staged)
            making_room()
            for target, path in staged.items():
                with _explaining(target):
                    path.replace(target)
        finally:
            for path in staged.values():
                with suppress(OSError):  # it has taken its place
                    path.unlink()
    if pressed:
        raise KeyboardInterrupt


def _stage(path: Path, content: bytes, staged: dict[Path, Path]) -> None:
    """Write a file beside its place, and remember it; what is no file of a disk, such as a pipe, has no other place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    target = _real(path)  # a link goes on to be one
    if _is_special(target):
        target.write_bytes(content)
        return
    mode = _check_old(target)
    staged[target] = _beside(target)
    with os.fdopen(_opened(staged[target]), "wb") as file:
        if mode is not None:
            os.fchmod(file.fileno(), mode)
        file.write(content)


def _check_old(target: Path) -> int | None:
    """Return the permissions of the file that is to be replaced, if there is one; raise where it may not be written."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if not os.access(target, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise PermissionError(0, "it may not be changed")
    return stat.S_IMODE(mode)


def _real(path: Path | str) -> Path:
    """Return the place that a path leads to; links that lead to themselves stay what they are, and are refused later."""
    return Path(os.path.realpath(path))


def _is_special(target: Path) -> bool:
    return target.exists() and not target.is_file() and not target.is_dir()


def _beside(target: Path) -> Path:
    return target.with_name(f".synproof-{os.urandom(8).hex()}")


def _opened(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
