"""What a command line asks for of a search that keeps states elsewhere, and how one on disk is gone on with."""

from __future__ import annotations

import argparse
import shlex
import sys
from functools import partial
from pathlib import Path

from checker.cli import commands
from checker.cli.values import UsageError
from checker.host.limits import EVERY, Keep

_NOT_ON_MANY = {
    "hash_compaction": "keeps no whole states",
    "symmetry": "has Python do all the work, in memory",
    "spill": "is for one machine that is too small, and a cluster has more memory with more machines",
    "workers": "says how many threads there are here, and a cluster has one process for each processor",
}
"""What does not go together with a cluster, and why."""
_OPTIONS = ("checkpoint", "resume", "spill", "disk", "every")


def keep(arguments: argparse.Namespace) -> Keep | None:
    """Return where a search is to keep states; None where it is nowhere."""
    checkpoint, resume, spill, disk, every = (getattr(arguments, name, None) for name in _OPTIONS)
    if disk is not None and spill is None:
        raise UsageError("--disk bounds what --spill writes: add --spill DIR, or leave it out")
    if every is not None and checkpoint is None and resume is None:
        raise UsageError("--every says how often there is a checkpoint: add --checkpoint DIR, or leave it out")
    if checkpoint is not None and resume is not None:
        raise UsageError("--resume goes on writing checkpoints where it finds one: leave out --checkpoint")
    named = [Path(name) for name in (checkpoint, resume, spill) if name is not None]
    if not named:
        return None
    if len({path.resolve() for path in named}) > 1:
        raise UsageError("what is spilled is a part of the checkpoint: give --spill the same directory")
    for option, why in (("hash_compaction", "keeps no whole states"), ("symmetry", "has Python do all the work, in memory")):
        if getattr(arguments, option, False):
            asked = next(name for name in _OPTIONS if getattr(arguments, name, None) is not None)
            raise UsageError(f"--{option.replace('_', '-')} {why}: leave out --{option.replace('_', '-')}, or --{asked}")
    return Keep(
        named[0],
        spills=spill is not None,
        disk=disk,
        saves=checkpoint is not None,
        resumes=resume is not None,
        every=EVERY if every is None else every,
        command=getattr(arguments, "words", ()),
        told=_tell,
        left=partial(tell_how_to_go_on, arguments),
    )


def cluster(arguments: argparse.Namespace) -> str | None:
    """Return the address of the cluster that a search is to work on; None where it works here."""
    address: str | None = getattr(arguments, "cluster", None)
    if address is None:
        return None
    for option, why in _NOT_ON_MANY.items():
        if getattr(arguments, option, None):
            name = option.replace("_", "-")
            raise UsageError(f"--{name} {why}: leave out --{name}, or --cluster")
    from checker.host.cluster import checked

    return checked(address)


def resumed(arguments: argparse.Namespace) -> argparse.Namespace:
    """Return the command line by which a checkpoint was begun, with what is typed now after it.

    A model file is code, so whoever goes on says which: then the command line is to be typed whole.
    """
    from checker.explicit import checkpoint

    begun: list[str] = checkpoint.read(Path(arguments.resume))["command"]
    if not begun or any(".py" in word for word in begun):
        how = shlex.join([commands.PROGRAM, *(begun or ["check", "HANDSHAKE"])])
        raise UsageError(
            f"name the model of this checkpoint, which is code: write {how}, with --resume in place of --checkpoint"
        )
    words = (*begun, *arguments.words[1:])
    again = commands.parse(words)
    again.checkpoint, again.words = None, words
    return again


def tell_how_to_go_on(arguments: argparse.Namespace) -> None:
    """Say on standard error, of a search that is not done, how it is gone on with, where there is a checkpoint."""
    place: str | None = getattr(arguments, "resume", None) or getattr(arguments, "checkpoint", None)
    if place is None or not (Path(place) / "checkpoint.json").exists():
        return
    code = any(".py" in word for word in arguments.words)
    words = (commands.PROGRAM, "check", *(["FILE", "..."] if code else []), "--resume", place)
    print(f"synproof: to go on: {shlex.join(words)}", file=sys.stderr)


def _tell(reason: str) -> None:
    print(f"synproof: no other checkpoint can be written: {reason}; the one before stays", file=sys.stderr)
