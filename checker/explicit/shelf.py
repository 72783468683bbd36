"""Files of states: what does not fit into memory, and what has to outlive the process.

A file is an array of NumPy's (``.npy``, format 1.0): a row for each state, of as many 64-bit words, little end first. A file is
written once, never changed, and not known to anybody before it is whole. States come as they are packed at the time, so each
file says how that was; where states have been packed anew since then, they are packed anew as they are read.

The states of a file that was made from a table come in the order of the table, by hash. Whoever looks them up in another table
goes through that from front to back, and passes over each part of the file of whose hashes the table has none.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from checker.explicit import kernels
from checker.explicit.packing import Packing, Words
from checker.host.limits import LimitReachedError
from checker.host.machine import in_bytes
from model.notation.said import said

CHUNK = 2**13
"""How many states are read at once, and passed over at once."""
_NAME = re.compile(r"states-(\d{6,})\.npy")
_ON_DISK = np.dtype("<u8")
_SHARE = 0.9
"""How much of what is free on a disk may be taken where no limit is set."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A file of states: its name, how many they are, how they are packed, and the SHA-256 of the file.

    ``hashes`` has the least and the greatest hash of each :data:`CHUNK` of it: uint64[chunks, 2].
    """

    name: str
    count: int
    packing: Packing
    digest: str
    hashes: NDArray[np.uint64]

    @property
    def nbytes(self) -> int:
        """How many bytes its states take."""
        return 8 * self.count * self.packing.words


@dataclass(frozen=True, slots=True)
class Part:
    """So many states of a run, from the one with number ``first`` on."""

    run: Run
    first: int
    count: int


class DamagedError(Exception):
    """A file is not what was written; the message says which, and what is wrong."""


class Shelf:
    """A directory with files of states.

    Parameters
    ----------
    directory : Path
        Where they are. It is there, and nobody else uses it.
    most : int or None
        How many bytes they may take together; None for most of what is free.
    """

    def __init__(self, directory: Path, most: int | None = None) -> None:
        self.directory = directory
        self._sizes: dict[str, int] = {
            path.name: path.stat().st_size for path in directory.iterdir() if _NAME.fullmatch(path.name)
        }
        self._most = int(_SHARE * shutil.disk_usage(directory).free) + self.used if most is None else most
        self.most_used = self.used
        """How many bytes the files have taken at most."""
        self.next = 1 + max((number(name) for name in self._sizes), default=0)
        """The number of the next file. Files are numbered in the order in which they are made."""

    @property
    def used(self) -> int:
        """How many bytes the files take."""
        return sum(list(self._sizes.values()))

    def write(self, parts: Iterable[Words], count: int, packing: Packing) -> Run:
        """Write ``count`` states, packed as ``packing`` says, of which each of ``parts`` has some.

        Raises :class:`~checker.host.limits.LimitReachedError` where the disk, or what may be taken of it, has no room.
        """
        if self.used + 8 * count * packing.words > self._most:
            raise LimitReachedError(said("the disk limit of {size} was reached", size=in_bytes(self._most)))
        name = f"states-{self.next:06}.npy"
        path, digest, hashes, written = self.directory / name, hashlib.sha256(), list[tuple[int, int]](), 0
        self.next += 1
        try:
            with path.open("xb", buffering=0) as file:
                head = _head(count, packing.words)
                digest.update(head)
                _write(file.fileno(), head)
                for states in _chunks(parts, packing.words):
                    hashes.append(_between(states, packing.words))
                    content = states.astype(_ON_DISK, copy=False).view(np.uint8).data
                    digest.update(content)
                    _write(file.fileno(), content)
                    written += len(states) // packing.words
                self._sizes[name] = file.tell()
                self.most_used = max(self.most_used, self.used)
        except BaseException as error:
            with suppress(OSError):
                path.unlink()
            if not isinstance(error, OSError):
                raise
            why = said("states cannot be written to {directory}: {why}", directory=self.directory, why=error.strerror)
            raise LimitReachedError(why) from error
        assert written == count
        return Run(name, count, packing, digest.hexdigest(), np.array(hashes, np.uint64).reshape(-1, 2))

    def read(self, part: Part, packing: Packing) -> Words:
        """Return the states of a part, packed as ``packing`` says: uint64[words * count].

        Raises :class:`DamagedError` where the file has fewer.
        """
        run, path = part.run, self.directory / part.run.name
        width = run.packing.words
        try:
            offset = path.stat().st_size - run.nbytes + 8 * part.first * width
            states = np.fromfile(path, _ON_DISK, part.count * width, offset=offset).astype(np.uint64, copy=False)
        except (OSError, ValueError) as error:
            raise DamagedError(f"{path} cannot be read: {error}") from error
        if len(states) != part.count * width:
            raise DamagedError(f"{path} is shorter than it was")
        return states if run.packing == packing else packing.repacked(states, run.packing)

    def chunks(self, run: Run, packing: Packing) -> Iterator[Words]:
        """Yield the states of a run, some at a time."""
        for first in range(0, run.count, CHUNK):
            yield self.read(Part(run, first, min(CHUNK, run.count - first)), packing)

    def opened(self, name: str, count: int, packing: Packing, digest: str) -> Run:
        """Return a run that was written before; raise :class:`DamagedError` where the file is not what it was."""
        if not _NAME.fullmatch(name):
            raise DamagedError(f"{name!r} is no name of a file of states")
        path = self.directory / name
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise DamagedError(f"{path} cannot be read: {error.strerror}") from error
        if found != digest:
            raise DamagedError(f"{path} is not what was written: its SHA-256 is another")
        size = len(_head(count, packing.words)) + 8 * count * packing.words
        if path.stat().st_size != size:
            raise DamagedError(f"{path} has another number of states than it should have")
        run = Run(name, count, packing, digest, np.empty((0, 2), np.uint64))
        hashes = [_between(states, packing.words) for states in self.chunks(run, packing)]
        return Run(name, count, packing, digest, np.array(hashes, np.uint64).reshape(-1, 2))

    def note(self, run: Run) -> None:
        """Know a file that somebody else has written there."""
        self._sizes[run.name] = (self.directory / run.name).stat().st_size

    def sync(self, names: Iterable[str]) -> None:
        """Wait until files are on the disk."""
        for path in (*(self.directory / name for name in names), self.directory):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def sweep(self, wanted: Iterable[str], before: int) -> None:
        """Delete files that are not ``wanted``, of those with a number below ``before``."""
        keep = set(wanted)
        for name in [name for name in list(self._sizes) if name not in keep and number(name) < before]:
            (self.directory / name).unlink(missing_ok=True)
            del self._sizes[name]


def number(name: str) -> int:
    """Return the number in the name of a file of states."""
    match = _NAME.fullmatch(name)
    assert match is not None
    return int(match[1])


def _between(states: Words, words: int) -> tuple[int, int]:
    """Return the least and the greatest hash of states."""
    hashes = kernels.hashed(states, len(states) // words, (0,) * words)
    return int(hashes.min()), int(hashes.max())


def _head(count: int, words: int) -> bytes:
    """Return how a file of so many states begins."""
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": _ON_DISK.str, "fortran_order": False, "shape": (count, words)})
    return head.getvalue()


def _write(descriptor: int, content: bytes | memoryview) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]


def _chunks(parts: Iterable[Words], width: int) -> Iterator[Words]:
    """Yield states anew, each time :data:`CHUNK` of them but for the last."""
    size, waiting, held = CHUNK * width, list[Words](), 0
    for part in parts:
        at = 0
        while held + len(part) - at >= size:
            taken = part[at : at + size - held]
            yield np.concatenate([*waiting, taken]) if waiting else np.ascontiguousarray(taken)
            at, waiting, held = at + size - held, [], 0
        if at < len(part):
            waiting.append(part[at:].copy())
            held += len(part) - at
    if waiting:
        yield np.concatenate(waiting)
