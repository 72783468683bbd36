"""Checkpoints: a search that goes on in another process from where one has come.

A checkpoint is a directory: files of states (:mod:`checker.explicit.shelf`), and a manifest that says which of them count and
what they mean. The manifest is written beside its place when all files are on the disk, and takes its place at once; only then
are files deleted that it does not name. So whatever ends the process, and at whatever moment, the directory has the last whole
checkpoint or the one before. A thread does so while the search goes on.

Nothing is believed of a checkpoint that can be computed: which steps a state has, which checks they decide and which triggers
they are comes from the formulas again. The manifest says by a hash of the formulas which question it belongs to, and it, and
each file, has a hash of its own. What does not agree is refused.
"""

from __future__ import annotations

import hashlib
import json
import operator
import os
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from checker.explicit.explorer import Learnt
from checker.explicit.levels import Snapshot
from checker.explicit.packing import Packing
from checker.explicit.shelf import DamagedError, Part, Run, Shelf
from checker.host.limits import Keep
from checker.release import VERSION
from model.notation.data import Writer
from properties.observe import Monitored

FORMAT, FORMAT_VERSION = "synproof-checkpoint", 2
MANIFEST = "checkpoint.json"
_STAGED = ".checkpoint.json"
_PARTS = ("visited", "frontier", "following")
_TEXTS = ("doc", "section", "check", "shown")
"""What an action says and shows to people, which is no part of a question."""
Record = dict[str, Any]


class CheckpointError(ValueError):
    """A checkpoint cannot be gone on from, or none can be begun; the message says why and what to do."""


class UnwritableError(CheckpointError):
    """States cannot be kept where they are to be: nothing is wrong with a checkpoint, and the place is no place for one."""


def question(monitored: Monitored) -> Record:
    """Return what is asked, so that two questions are the same where this is: by the formulas, not by what is said of them."""
    table = Writer()
    system = table.system(monitored.system)
    actions = [{name: of for name, of in action.items() if name not in _TEXTS} for action in system["actions"]]
    checks = [
        {
            "name": check.name,
            "guards": check.guards,
            **{
                name: {action: table.formula(e) for action, e in of.items()}
                for name, of in (("stop", check.stop), ("trigger", check.trigger))
            },
        }
        for check in monitored.checks
    ]
    whole = [system["variables"], actions, system["constraint"], checks, table.sorts, table.formulas]
    return {
        "model": monitored.system.name,
        "assumptions": dict(monitored.system.assumptions),
        "claims": [check.name for check in monitored.checks if not check.guards],
        "formulas": _digest(whole),
    }


class Checkpoints:
    """What writes the checkpoints of one search, each in place of the one before.

    Parameters
    ----------
    shelf : Shelf
        Where the states are. The checkpoint is in the same directory.
    keep : Keep
        How often, and by which command the search was begun.
    asked : Mapping[str, Any]
        The question that is searched.

    Attributes
    ----------
    reason : str
        Why there will be no other checkpoint, "" where there will.
    """

    def __init__(self, shelf: Shelf, keep: Keep, asked: Mapping[str, Any]) -> None:
        self._shelf = shelf
        self._keep = keep
        self._asked = asked
        self._due = time.monotonic() + keep.every
        self._latest: Snapshot | None = None
        self._written: Snapshot | None = None
        self._durable: set[str] = set()
        self._writer: threading.Thread | None = None
        self.reason = ""

    @property
    def failed(self) -> bool:
        """Whether there will be no other checkpoint."""
        return bool(self.reason)

    def take(self, snapshot: Snapshot) -> None:
        """Make a checkpoint of a snapshot, if it is time for one; else it is the one to finish with."""
        self._latest = snapshot
        if time.monotonic() >= self._due and (self._writer is None or not self._writer.is_alive()):
            self._due = time.monotonic() + self._keep.every
            self._writer = threading.Thread(target=self._write, args=(snapshot,))
            self._writer.start()

    def fail(self, reason: str) -> None:
        """Make no checkpoint any more; the last one stays."""
        self.reason = self.reason or reason

    def finish(self, *, last: bool) -> None:
        """Wait for the checkpoint that is being written, and make one of the ``last`` snapshot where that is wanted."""
        if self._writer is not None:
            self._writer.join()
        if last and self._latest is not None and self._latest is not self._written and not self.failed:
            self._write(self._latest)

    def _write(self, snapshot: Snapshot) -> None:
        runs = {part.run.name: part.run for part in snapshot.parts}
        try:
            self._shelf.sync(runs.keys() - self._durable)
            content = _manifest(snapshot, runs, {"question": self._asked, "command": list(self._keep.command)})
            staged = self._shelf.directory / _STAGED
            with staged.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            staged.replace(self._shelf.directory / MANIFEST)
            self._shelf.sync([])
            self._shelf.sweep(runs, snapshot.below)
        except OSError as error:
            self.fail(f"{self._shelf.directory}: {error.strerror}")
            return
        self._durable = set(runs)
        self._written = snapshot


def begun(directory: Path) -> None:
    """Have a directory for checkpoints that has none yet; raise :class:`CheckpointError` where it has something else."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        names = {path.name for path in directory.iterdir()}
    except OSError as error:
        why = f"cannot be made a directory for checkpoints: {error.strerror}; name another directory"
        raise UnwritableError(f"{directory} {why}") from error
    if MANIFEST in names:
        why = "has a checkpoint already: go on from it with --resume, or name another directory"
        raise CheckpointError(f"{directory} {why}")
    if others := sorted(name for name in names if not _is_own(name)):
        raise CheckpointError(f"{directory} has other files, such as {others[0]}: name a directory of its own")


def _is_own(name: str) -> bool:
    """Return whether a file may be left from a search that ended before its first checkpoint."""
    return name in {_STAGED, ".lock"} or (name.startswith("states-") and name.endswith(".npy"))


def resumed(directory: Path, asked: Mapping[str, Any], shelf: Shelf) -> Snapshot:
    """Return where the search came to that left its checkpoint in a directory.

    Raises :class:`CheckpointError` where there is none, where it is damaged, or where it belongs to another question.
    """
    said = read(directory)
    try:
        differs = _differing(said["question"], asked)
        if differs:
            raise CheckpointError(f"the checkpoint in {directory} is of another question: {differs}")
        return _snapshot(said, shelf)
    except DamagedError as error:
        raise CheckpointError(f"the checkpoint in {directory} is damaged: {error}") from error
    except (LookupError, TypeError, AttributeError) as error:  # somebody has written it, with the hash of what it says
        raise CheckpointError(f"the checkpoint in {directory} is damaged: {MANIFEST} does not say what it should") from error


def _snapshot(said: Record, shelf: Shelf) -> Snapshot:
    """Return what a manifest says; raise where it says nothing of the kind, or its files are not what it says."""
    runs = {
        name: shelf.opened(name, of["states"], Packing(of["control_bits"], of["words"]), of["sha256"])
        for name, of in said["files"].items()
    }
    parts = {name: tuple(_part(runs, *of) for of in said[name]) for name in _PARTS}
    learnt = said["learnt"]
    snapshot = Snapshot(
        parts["visited"],
        parts["frontier"],
        parts["following"],
        operator.index(said["transitions"]),
        operator.index(said["depth"]),
        tuple(map(operator.index, said["levels"])),
        Packing(**said["packing"]),
        Learnt(_tuples(learnt["rows"]), _tuples(learnt["controls"]), _tuples(learnt["pools"])),
        shelf.next,
    )
    found = sum(snapshot.sizes) + sum(part.count for part in snapshot.following)
    if not snapshot.frontier or not snapshot.states == said["states"] == found:
        raise DamagedError("its files have another number of states than it says")
    return snapshot


def read(directory: Path) -> Record:
    """Return the manifest of a checkpoint; raise :class:`CheckpointError` where there is none, or it is damaged."""
    try:
        content = (directory / MANIFEST).read_bytes()
    except FileNotFoundError as error:
        why = "a search has its first one when it has run for some seconds; ask with --checkpoint in place of --resume"
        raise CheckpointError(f"{directory} has no checkpoint: {why}") from error
    except OSError as error:
        raise CheckpointError(f"the checkpoint in {directory} cannot be read: {error.strerror}") from error
    try:
        said = json.loads(content)
    except ValueError:
        said = None
    own = said.pop("sha256", None) if isinstance(said, dict) else None
    if not isinstance(said, dict) or own != _digest(said):
        raise CheckpointError(f"the checkpoint in {directory} is damaged: {MANIFEST} is not what was written")
    if (said.get("format"), said.get("version")) != (FORMAT, FORMAT_VERSION) or said.get("synproof") != VERSION:
        by = f"synproof {said.get('synproof')}, and this is {VERSION}"
        raise CheckpointError(f"the checkpoint in {directory} was written by {by}: go on with that, or begin anew")
    return said


def _manifest(snapshot: Snapshot, runs: Mapping[str, Run], more: Record) -> bytes:
    learnt = snapshot.learnt
    said = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "synproof": VERSION,
        **more,
        "states": snapshot.states,
        "transitions": snapshot.transitions,
        "depth": snapshot.depth,
        "levels": list(snapshot.sizes),
        "packing": asdict(snapshot.packing),
        "files": {
            name: {
                "states": run.count,
                "control_bits": run.packing.control_bits,
                "words": run.packing.words,
                "sha256": run.digest,
            }
            for name, run in runs.items()
        },
        **{name: [(part.run.name, part.first, part.count) for part in getattr(snapshot, name)] for name in _PARTS},
        "learnt": {"rows": learnt.rows, "controls": learnt.controls, "pools": learnt.pools},
    }
    return signed(said).encode()


def signed(said: Record) -> str:
    """Return what a manifest says as text, with its hash."""
    return json.dumps({**said, "sha256": _digest(said)})


def _part(runs: Mapping[str, Run], name: str, first: int, count: int) -> Part:
    if name not in runs or first < 0 or count <= 0 or first + count > runs[name].count:
        raise DamagedError(f"it names states of {name!r} that there are not")
    return Part(runs[name], first, count)


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Return in what the question of a checkpoint is another one than what is asked, "" where they are the same."""
    if one["model"] != other["model"]:
        return f"it is about {one['model']}, and asked is {other['model']}"
    changed = {name for name in {**one["assumptions"], **other["assumptions"]} if not _same_in(name, one, other)}
    if changed:
        name = min(changed)
        return f"{name} was {one['assumptions'].get(name)}, and is {other['assumptions'].get(name)} now"
    if one["claims"] != other["claims"]:
        return f"it decides {', '.join(one['claims']) or 'no claims'}, and asked is {', '.join(other['claims']) or 'none'}"
    return "" if one == other else "the scope is another, or the formulas of the model or of its claims have changed"


def _same_in(name: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(one["assumptions"].get(name) == other["assumptions"].get(name))


def _tuples(rows: Sequence[Any]) -> tuple[Any, ...]:
    """Return what JSON has as lists in lists as tuples in tuples."""
    return tuple(_tuples(row) if isinstance(row, list) else row for row in rows)


def _digest(said: Record | Iterable[Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
