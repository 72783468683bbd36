"""Records: what is said of an answer for programs, beside the answer itself.

Each result has a method ``as_record`` that says what was found; it depends on the question alone, but for its times. By what,
where and how it was found is its *provenance*, which is added where a record leaves the program and nowhere else: what is
compared, such as a manifest of a certificate, has none of it. ``records.schema.json`` beside this file says what every record
of every command may have (JSON Schema, draft 2020-12).
"""

from __future__ import annotations

import hashlib
import platform
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from checker.release import VERSION
from properties.specification import Specification

ERROR = "error"
"""The verdict in the record of a question that was not answered: why stands in its reason, of what kind in its exit code."""
PROVENANCE = "provenance"
SCHEMA = Path(__file__).with_name("records.schema.json")
_ROOT = Path(__file__).parents[1]
_PARTS = ("model", "properties", "checker", "reports")
_PACKAGES = ("z3-solver", "cvc5", "numba")


def provenance(
    *specs: Specification, command: Sequence[str] | None = None, threads: int | None = None, seed: int | None = None
) -> dict[str, Any]:
    """Return by what, where and how something is found about some models.

    ``command`` are the words after ``synproof``, None from Python. Only random runs have a ``seed``: all else is the same each
    time. Of a model that comes with synproof there is no file; ``source`` stands for it, and for everything else in synproof.
    """
    read = {path: digest for spec in specs for path, digest in spec.sources.items()}
    return {
        "synproof": VERSION,
        "source": source(),
        "command": None if command is None else shlex.join(("synproof", *command)),
        "files": [{"path": path, "sha256": digest} for path, digest in sorted(read.items())],
        "platform": platform.platform(),
        "python": platform.python_version(),
        "packages": packages(),
        "threads": threads,
        "seed": seed,
    }


def mistake(reason: str, *, handshake: str | None = None, claim: str | None = None, code: int) -> dict[str, Any]:
    """Return the record of a question that was not answered, and why; the command exits with ``code`` for it."""
    return {"handshake": handshake, "claim": claim, "verdict": ERROR, "reason": reason, "exit_code": code}


def flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record as a row of a table: what is nested gets a name with dots in it, and a list becomes a text.

    So a list of rows is what ``pandas.DataFrame`` and ``csv.DictWriter`` take.

    >>> flat({"claim": "agreement", "assumptions": {"loss": True}, "trace": ["server_listens", "client_opens"]})
    {'claim': 'agreement', 'assumptions.loss': True, 'trace': 'server_listens client_opens'}
    """
    return dict(_cells(record, ""))


def _cells(record: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        if isinstance(value, Mapping):
            yield from _cells(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", " ".join(map(_text, value)) if isinstance(value, list) else value


def _text(part: object) -> str:
    return "=".join(map(_text, part.values())) if isinstance(part, Mapping) else str(part)


def columns(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the names of all columns of a table, in the order in which they are first met."""
    return list(dict.fromkeys(name for row in rows for name in row))


@cache
def packages() -> dict[str, str]:
    """Return the versions of what an answer may depend on, besides synproof itself."""
    return {package: version(package) for package in _PACKAGES}


@cache
def source(root: Path = _ROOT) -> str:
    """Return the SHA-256 of synproof's own files: two that differ in it may differ in what they answer."""
    digest = hashlib.sha256()
    for path in sorted(path for part in _PARTS for path in (root / part).rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
