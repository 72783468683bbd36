"""Where a search keeps states beside its memory, from its beginning to its end: the directory, and who else is there."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from checker.explicit import checkpoint
from checker.explicit.checkpoint import CheckpointError, Checkpoints
from checker.explicit.compiled import Decide
from checker.explicit.explorer import Explorer
from checker.explicit.levels import Snapshot
from checker.explicit.shelf import Shelf
from checker.explicit.spilling import Keeping
from checker.host.interrupt import ENDING, noticing
from checker.host.limits import Keep
from properties.observe import Monitored

fcntl: Any = importlib.import_module("fcntl") if importlib.util.find_spec("fcntl") else None  # not on Windows


@contextmanager
def kept(
    keep: Keep | None, monitored: Monitored, ended: Callable[[], None], done: Callable[[], bool]
) -> Iterator[tuple[Keeping | None, Snapshot | None]]:
    """Yield where a search keeps states, and the snapshot that it goes on from, if it does.

    ``ended`` is called where a signal asks the process to end: what is of no use any more is deleted before it does, and the
    last snapshot becomes a checkpoint. That is also so in the end, unless the search is ``done``.
    Raises :class:`~checker.explicit.checkpoint.CheckpointError` where there is none to go on from, or none can be begun.
    """
    if keep is None:
        yield None, None
        return
    told: list[int] = []

    def told_to_end(number: int) -> None:
        told.append(number)
        ended()

    try:
        with ExitStack() as notices:
            for number in ENDING:
                notices.enter_context(noticing(partial(told_to_end, number), number))
            if keep.saves or keep.resumes:
                with _saving(keep, monitored, done) as found:
                    yield found
            else:
                with _own(keep.directory) as directory:
                    yield Keeping(Shelf(directory, keep.disk), spills=keep.spills), None
    finally:
        if told:
            with suppress(OSError):  # the terminal may be gone
                keep.left()
            signal.raise_signal(told[0])


@contextmanager
def _saving(keep: Keep, monitored: Monitored, done: Callable[[], bool]) -> Iterator[tuple[Keeping, Snapshot | None]]:
    """Yield where a search keeps states whose checkpoints stay."""
    asked = checkpoint.question(monitored)
    if keep.resumes:
        checkpoint.read(keep.directory)  # before anything is made where there is none
    with _alone(keep.directory):
        shelf = Shelf(keep.directory, keep.disk)
        snapshot = checkpoint.resumed(keep.directory, asked, shelf) if keep.resumes else None
        saver = Checkpoints(shelf, keep, asked)
        try:
            yield Keeping(shelf, spills=keep.spills, saver=saver), snapshot
        finally:
            saver.finish(last=not done())
            if saver.failed:
                keep.told(saver.reason)


def recall(snapshot: Snapshot, explorer: Explorer, decide: Decide) -> None:
    """Have an explorer learn what a snapshot is made of, and tell which checks its steps decide.

    Raises :class:`~checker.explicit.checkpoint.CheckpointError` where that cannot be: somebody has written the manifest.
    """
    try:
        for node, decisive in explorer.learn(snapshot.learnt):
            for checks, step in decisive:
                decide(checks, node, step)
    except (ValueError, LookupError, TypeError) as error:
        raise CheckpointError("the checkpoint is damaged: no search of this model has met what it says") from error
    if not snapshot.packing.holds(len(explorer.moves), explorer.rows):
        raise CheckpointError("the checkpoint is damaged: its states have no room for what was met")


@contextmanager
def again(keep: Keep | None) -> Iterator[Keeping | None]:
    """Yield where a search keeps states that is done once more, for the runs that decide, where it may have to."""
    if keep is None or not keep.spills:
        yield None
        return
    with _own(keep.directory) as directory:
        yield Keeping(Shelf(directory, keep.disk), spills=True)


def refuse_unwritable(directory: Path) -> None:
    """Raise where no states can be written, before hours have passed until some have to be."""
    with _own(directory):
        pass


@contextmanager
def _own(above: Path) -> Iterator[Path]:
    """Make a directory, and delete it in the end with what is in it."""
    try:
        above.mkdir(parents=True, exist_ok=True)
        directory = Path(tempfile.mkdtemp(prefix="synproof-spill-", dir=above))
    except OSError as error:
        raise CheckpointError(f"{above} cannot be written to: {error.strerror}; name another directory") from error
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Hold a directory, so that no other search writes to it."""
    with (directory / ".lock").open("w") as lock:
        try:
            if fcntl is not None:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            why = f"another search is at work in {directory}: name another directory, or wait for that"
            raise CheckpointError(why) from error
        yield
