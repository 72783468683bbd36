"""Writing runs in the format asked for: one way for every command that has runs to show."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from checker.cli import answers, printing
from checker.cli.exits import OK
from checker.cli.values import UsageError
from checker.host import writing
from reports.traces import terminal
from reports.traces.account import Account
from reports.traces.formats import FORMATS, NATURAL, TEXT, Rendering, Size, of_file
from reports.traces.packetdrill import NoScriptError
from reports.traces.pcapng import NoSegmentsError
from reports.traces.picture import TooNarrowError
from reports.traces.terminal import Paint
from reports.width import WIDTH
from reports.wrapping import visible


def format_asked(arguments: argparse.Namespace) -> Rendering | None:
    """Return the format that was asked for, by name or by the file's; None where neither was, which is text."""
    made = _format(arguments)
    given = [name for name, value in (("--width", arguments.width), ("--font-size", arguments.font_size)) if value is not None]
    if given and (made is None or not made.drawn):
        drawn = "|".join(other.name for other in FORMATS.values() if other.drawn)
        what = made.name if made is not None and made.name != TEXT else "text, whose width is that of the terminal"
        raise UsageError(f"{given[0]} is for drawings, and this is {what}: add --format {drawn}, or leave it out")
    return made


def _format(arguments: argparse.Namespace) -> Rendering | None:
    if arguments.format is None and arguments.output is None:
        return None
    if getattr(arguments, "json", False):
        raise UsageError("--json prints a record of its own: leave it out, or --format and -o")
    if arguments.format is not None:
        return FORMATS[arguments.format]
    if Path(arguments.output).is_dir() or not Path(arguments.output).suffix:
        raise UsageError(f"{arguments.output} says no format: add --format {'|'.join(FORMATS)}")
    return of_name(arguments.output)


def of_name(file: str) -> Rendering:
    """Return the format that a file's name says."""
    found = of_file(file)
    if found is None:
        raise UsageError(f"{file} says no format: write FILE{', FILE'.join(f.suffix for f in FORMATS.values())}")
    return found


def prepared(arguments: argparse.Namespace, *, several: bool) -> Rendering | None:
    """Return the format asked for, and see that what is to be written can be, before there is anything to write."""
    made, output = format_asked(arguments), arguments.output
    if output is not None and (several or Path(output).is_dir()):
        _directory(output)
    elif output is not None:
        writing.check(output)
    return made


def show(
    arguments: argparse.Namespace, accounts: Sequence[Account], plain: Callable[[int, Paint], str], *, several: bool = False
) -> int:
    """Print runs, or write them to files; ``plain`` is how the command shows them as text. Return the exit code.

    Where ``several`` were asked for, they are written to a directory, however many were found.
    """
    made, output = format_asked(arguments), arguments.output
    if made is not None:
        accounts = [replace(one, side=one.side or arguments.side or "") for one in answers.accounted(arguments, accounts)]
    if output is None and (made is None or made.name == TEXT):
        print(plain(*terminal.of_output()))
    elif output is None:
        assert made is not None
        _print(arguments, made, accounts)
    elif several or len(accounts) > 1 or Path(output).is_dir():
        assert made is not None
        write_each(arguments, made, accounts)
    else:
        assert made is not None
        written = plain(WIDTH, terminal.plain) + "\n" if made.name == TEXT else _written(made, accounts[0], _size(arguments))
        _write({Path(output): written}, made, accounts)
    return OK


def write_each(arguments: argparse.Namespace, made: Rendering, accounts: Sequence[Account]) -> None:
    """Write each run to a file of its own in the directory asked for, which is made where there is none."""
    directory = arguments.output
    _directory(directory)
    names = [account.name for account in accounts]
    contents: dict[Path, str | bytes] = {}
    for number, account in enumerate(accounts, 1):
        several = f"-{number}" if names.count(account.name) > 1 else ""
        contents[Path(directory) / f"{account.name}{several}{made.suffix}"] = _written(made, account, _size(arguments))
    _write(contents, made, accounts)


def _directory(name: str) -> None:
    if Path(name).is_file() or Path(name).suffix:
        raise UsageError(f"there may be several runs: name a directory for them in place of {name}")
    writing.directory(name)


def files(arguments: argparse.Namespace) -> Rendering | None:
    """Return the format in which a command that prints verdicts is to write their runs, None where it is not to."""
    made = format_asked(arguments)
    if made is not None and arguments.output is None:
        raise UsageError(f"{arguments.command} prints verdicts: add -o DIR, and each run becomes a file in it")
    if made is not None:
        _directory(arguments.output)
    return made


def _size(arguments: argparse.Namespace) -> Size:
    return Size(arguments.width, arguments.font_size)


def _written(made: Rendering, account: Account, size: Size = NATURAL) -> str | bytes:
    try:
        return made.write(account, size)
    except (NoScriptError, NoSegmentsError, TooNarrowError) as error:
        raise UsageError(str(error)) from error


def _print(arguments: argparse.Namespace, made: Rendering, accounts: Sequence[Account]) -> None:
    if len(accounts) > 1:
        raise UsageError(f"there are {len(accounts)} runs: write -o DIR, and each becomes a file in it")
    if made.binary and sys.stdout.isatty():
        raise UsageError(f"{made.name} is not for a terminal: write -o FILE{made.suffix}, or a pipe")
    written = _written(made, accounts[0], _size(arguments))
    if isinstance(written, bytes):
        printing.octets(written)
    else:
        print(written, end="")


def _write(contents: Mapping[Path, str | bytes], made: Rendering, accounts: Sequence[Account]) -> None:
    if made.name == TEXT:  # a terminal shows it as well, some day
        contents = {path: visible(str(text)) for path, text in contents.items()}
    writing.write(contents)
    for path, account in zip(contents, accounts, strict=True):
        print(f"{path}: {made.name}, {account.language.counted('run-steps', len(account.trace))}")


def write(path: Path, made: Rendering, account: Account) -> None:
    """Write a run to a file, in a format."""
    writing.write({path: _written(made, account)})
