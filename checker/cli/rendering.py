"""Writing runs in the format asked for: one way for every command that has runs to show."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from checker.cli.exits import OK
from checker.cli.failures import UsageError
from reports.traces import words
from reports.traces.account import Account
from reports.traces.formats import FORMATS, TEXT, Format, NoSegmentsError, of_file


def asked(arguments: argparse.Namespace) -> Format | None:
    """Return the format that was asked for, by name or by the file's; None where neither was, which is text."""
    if arguments.format is None and arguments.output is None:
        return None
    if getattr(arguments, "json", False):
        raise UsageError("--json prints a scenario: leave it out, or --format and -o")
    if arguments.format is not None:
        return FORMATS[arguments.format]
    if Path(arguments.output).is_dir() or not Path(arguments.output).suffix:
        raise UsageError(f"{arguments.output} says no format: add --format {'|'.join(FORMATS)}")
    found = of_file(arguments.output)
    if found is None:
        raise UsageError(f"{arguments.output} says no format: write FILE{', FILE'.join(f.suffix for f in FORMATS.values())}")
    return found


def show(arguments: argparse.Namespace, accounts: Sequence[Account], plain: Callable[[], str]) -> int:
    """Print runs, or write each to a file; ``plain`` is how the command shows them in text. Return the exit code."""
    made = asked(arguments)
    if arguments.output is None and (made is None or made.name == TEXT):
        print(plain())
        return OK
    assert made is not None
    if arguments.output is None:
        _print(made, accounts)
        return OK
    if len(accounts) == 1 and not Path(arguments.output).is_dir():
        _write(Path(arguments.output), made, accounts[0])
        return OK
    return write_each(arguments.output, made, accounts)


def write_each(directory: str, made: Format, accounts: Sequence[Account]) -> int:
    """Write each run to a file of its own in a directory, which is made where there is none; return the exit code."""
    if Path(directory).is_file() or Path(directory).suffix:
        raise UsageError(f"there are {len(accounts)} runs: name a directory for them in place of {directory}")
    try:
        Path(directory).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{directory} cannot be made: {error.strerror}") from error
    names = [account.name for account in accounts]
    for number, account in enumerate(accounts, 1):
        several = f"-{number}" if names.count(account.name) > 1 else ""
        _write(Path(directory) / f"{account.name}{several}{made.suffix}", made, account)
    return OK


def _written(made: Format, account: Account) -> str | bytes:
    try:
        return made.write(account)
    except NoSegmentsError as error:
        raise UsageError(str(error)) from error


def _print(made: Format, accounts: Sequence[Account]) -> None:
    if len(accounts) > 1:
        raise UsageError(f"there are {len(accounts)} runs: write -o DIR, and each becomes a file in it")
    if made.binary and sys.stdout.isatty():
        raise UsageError(f"{made.name} is not for a terminal: write -o FILE{made.suffix}, or a pipe")
    written = _written(made, accounts[0])
    if isinstance(written, bytes):
        sys.stdout.buffer.write(written)
    else:
        print(written, end="")


def _write(path: Path, made: Format, account: Account) -> None:
    written = _written(made, account)
    try:
        path.write_bytes(written if isinstance(written, bytes) else written.encode())
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    print(f"{path}: {made.name}, {words.counted('steps', len(account.trace))}")
