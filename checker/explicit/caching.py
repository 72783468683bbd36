"""Machine code that is kept on disk, so that it is compiled once and not on every run.

Numba keeps what it compiles beside the source, or in the user's cache. It believes what it finds there: a file that was cut
short ends every run after it, and one in which a bit has changed is machine code that computes something else. Here a file
is believed only if it ends in the digest of what stands before it, and if it says that it was compiled for what is asked. Where
it is not, machine code is compiled and written anew. Where nothing can be kept (nobody may write, the disk is full) every run
compiles.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from numba import njit
from numba.core.caching import FunctionCache, IndexDataCacheFile


class _Files(IndexDataCacheFile):  # type: ignore[misc]
    """The files of one function, as Numba names them: an index, and one for each kind of arguments.

    Numba reads them with pickle, which stops before the digest.
    """

    def load(self, key: object) -> object:
        kept = super().load(key)
        return kept[1] if kept is not None and kept[0] == key else None  # two processes may have written at once

    def save(self, key: object, data: object) -> None:
        super().save(key, (key, data))

    def _load_index(self) -> object:
        return super()._load_index() if _is_whole(self._index_path) else {}

    def _load_data(self, name: str) -> object:
        return super()._load_data(name) if _is_whole(self._data_path(name)) else None

    @contextmanager
    def _open_for_write(self, filepath: str) -> Iterator[io.BytesIO]:
        content = io.BytesIO()
        yield content
        with super()._open_for_write(filepath) as file:
            file.write(content.getvalue() + _digest(content.getvalue()))


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _is_whole(path: str) -> bool:
    """Return whether a file is there and was written to its end and not changed since."""
    try:
        content = Path(path).read_bytes()
    except OSError:
        return False
    size = hashlib.sha256().digest_size
    return content[-size:] == _digest(content[:-size])


class _Cache(FunctionCache):  # type: ignore[misc]
    """The machine code of one function: what cannot be read is not there, and what cannot be written is not kept."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self._cache_file = _Files(self.cache_path, self._impl.filename_base, self._stamp(function))

    def _stamp(self, function: Callable[..., Any]) -> object:
        """Return what changes with the source of a function, and of the modules beside it, which are compiled into it."""
        beside = sorted(Path(function.__code__.co_filename).parent.glob("*.py"))
        return self._impl.locator.get_source_stamp(), [
            (path.name, path.stat().st_mtime, path.stat().st_size) for path in beside
        ]

    def load_overload(self, sig: object, target_context: object) -> object:
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # noqa: BLE001  # what another version of Numba or LLVM has kept; it is compiled anew
            return None

    def save_overload(self, sig: object, data: object) -> None:
        with suppress(OSError):
            super().save_overload(sig, data)


def kernel(function: Callable[..., Any]) -> Any:  # noqa: ANN401  # Numba has no types
    """Return a function that runs as machine code, without Python's lock, and is kept on disk where that can be done."""
    compiled = njit(nogil=True)(function)
    with suppress(RuntimeError, OSError):  # no directory in which anything can be kept, or none that can be looked at
        compiled._cache = _Cache(function)  # noqa: SLF001  # what njit(cache=True) does, with a cache of its own
    return compiled
