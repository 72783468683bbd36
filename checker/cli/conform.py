"""The command that holds scripts and captures against the model: conform."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from checker.cli import answers, progress, rendering
from checker.cli.exits import BAD_FILE, OK, UNKNOWN, VIOLATED
from checker.cli.values import UsageError
from checker.conformance.capture_files import is_capture
from checker.conformance.verdicts import Judged, Outcome, counted, junit
from checker.files.mistakes import ModelFileError, UnreadableError
from checker.host import writing
from model.notation.sorts import NotationError
from model.tcp.handshakes.facing import FACING, FacingAssumptions, mechanisms
from reports import conformity
from reports.language.catalogue import Language, language
from reports.traces import terminal
from reports.traces.account import Account
from reports.traces.formats import Rendering
from reports.traces.terminal import Paint
from reports.width import line_width

Judge = Callable[[Path, argparse.Namespace], Iterator[Judged]]

_SCRIPTS, _CAPTURES = "scripts_played.judge_file", "captures.judge"
READERS: Mapping[str, str] = {".pkt": _SCRIPTS, ".pcap": _CAPTURES, ".pcapng": _CAPTURES, ".cap": _CAPTURES}
"""What judges a file, in the modules of :mod:`checker.conformance`, by the end of its name; another is looked into."""
_CODES = {Outcome.AGREES: OK, Outcome.DEVIATES: VIOLATED, Outcome.CANNOT: UNKNOWN}


def conform(arguments: argparse.Namespace) -> int:
    """Say of each script, and of each connection of a capture, whether it agrees with the model."""
    spoken = language(arguments.lang)
    arguments.assumed = assumptions(arguments)
    files = list(_files(arguments.files))
    if arguments.junit is not None:
        writing.check(arguments.junit)
    several = arguments.output is not None and not Path(arguments.output).suffix
    made = rendering.prepared(arguments, several=several)
    runs = _Runs(arguments, made, spoken, several=several or (made is not None and Path(arguments.output or "").is_dir()))
    found: list[Judged] = []
    unreadable: dict[str, str] = {}
    with progress.bar("MB") as arguments.progress:
        for path in files:
            try:
                for judged in _reader(path)(path, arguments):
                    found.append(replace(judged, run=None))
                    _tell(arguments, judged, spoken)
                    runs.take(judged)
            except UnreadableError:
                raise
            except ModelFileError as error:
                if len(files) == 1:
                    raise
                unreadable[str(path)] = str(error)
                print(f"synproof: {error}", file=sys.stderr)
    if arguments.json:
        records = [answers.signed(one.record, arguments) for one in found]
        answers.show(records[0] if len(files) == 1 and len(records) == 1 else records)
    elif arguments.shown and len(found) + len(unreadable) > 1:
        print(f"\n{conformity.summary(counted(found), len(unreadable), spoken)}")
    if arguments.junit is not None:
        writing.write({Path(arguments.junit): junit(found, unreadable) + "\n"})
    runs.end()
    return of_outcomes(one.outcome for one in found) or (BAD_FILE if unreadable else OK)


class _Runs:
    """The runs that explain connections of captures, in the format that was asked for: each is written as it is found.

    Where there are ``several`` each is a file in a directory; otherwise there has to be one.
    """

    def __init__(self, arguments: argparse.Namespace, made: Rendering | None, spoken: Language, *, several: bool) -> None:
        self.arguments, self.made, self.spoken, self.several = arguments, made, spoken, several
        self.names: Counter[str] = Counter()
        self.waiting: list[Account] = []
        arguments.traced, arguments.shown = made is not None, made is None or arguments.output is not None

    def take(self, judged: Judged) -> None:
        """Take the run of one connection, and write it where each has a file of its own."""
        if self.made is None or judged.run is None:
            return
        account = conformity.account(judged, self.spoken, listed=self.made.explored)
        self.names[account.name] += 1
        if self.names[account.name] > 1:
            account = replace(account, name=f"{account.name}-{self.names[account.name]}")
        if self.several:
            rendering.show(self.arguments, [account], terminal_of(account), several=True)
        else:
            self.waiting.append(account)

    def end(self) -> None:
        """Write the one run, where one was asked for."""
        if self.made is None or (self.several and self.names):
            return
        if not self.waiting:
            raise UsageError("only connections of captures have runs, and there was none: leave out --format and -o")
        if len(self.waiting) > 1:
            raise UsageError(f"there are {len(self.waiting)} runs: write -o DIR, and each becomes a file in it")
        rendering.show(self.arguments, self.waiting, terminal_of(self.waiting[0]))


def terminal_of(account: Account) -> Callable[[int, Paint], str]:
    """Return what shows a run as text."""
    return lambda width, paint: terminal.alone(account, width, paint)


def _tell(arguments: argparse.Namespace, judged: Judged, spoken: Language) -> None:
    if not arguments.json and arguments.shown:
        progress.clear()
        print(conformity.said(judged, width=line_width(), spoken=spoken, verbose=arguments.verbose))
        sys.stdout.flush()


def of_outcomes(outcomes: Iterable[Outcome]) -> int:
    """Return how the command exits: a deviation is more than what cannot be told."""
    return min((code for code in map(_CODES.__getitem__, outcomes) if code != OK), default=OK)


def assumptions(arguments: argparse.Namespace) -> FacingAssumptions:
    """Return what is assumed of an endpoint, as it was typed."""
    given = {name: getattr(arguments, name) for name in FACING if getattr(arguments, name, None) is not None}
    try:
        if "mechanisms" in given:
            given["mechanisms"] = mechanisms(given["mechanisms"])
        return FacingAssumptions.of(given)
    except NotationError as error:
        raise UsageError(str(error)) from error


def _files(names: Iterable[str]) -> Iterator[Path]:
    """Yield the files that were named, and those of directories that were named, in their order."""
    for name in names:
        path = Path(name)
        if not path.is_dir():
            yield path
            continue
        inside = sorted(one for one in path.rglob("*") if one.suffix in READERS and one.is_file())
        if not inside:
            raise UsageError(f"{name} has no file that ends in {', '.join(READERS)}: name another directory, or a file")
        yield from inside


def _reader(path: Path) -> Judge:
    module, _, function = (READERS.get(path.suffix) or (_CAPTURES if _is_capture(path) else _SCRIPTS)).partition(".")
    found: Judge = getattr(importlib.import_module(f"checker.conformance.{module}"), function)
    return found


def _is_capture(path: Path) -> bool:
    """Return whether a file begins as captures do. One that cannot be read is not: who reads it next says why."""
    try:
        with path.open("rb") as stream:
            return is_capture(stream.read(4))
    except OSError:
        return False
