"""What stands behind an option: its conversion, and what is said where it means nothing."""

from __future__ import annotations

import math
from collections.abc import Callable

from checker.host.machine import in_bytes, parsed
from model.notation.assumed import Assumption, Choice
from model.notation.sorts import MODULUS, NotationError, meant
from model.tcp.assumptions import Assumptions

NO_CLAIMS = "none"
"""What is written for no claim at all."""
STANDARD_OUTPUT = "-"
"""What is written for standard output in the place of a file."""
MOST_WORKERS = 256
MOST_PIXELS = 100_000
LEAST_MEMORY = 2**20
"""The least memory that a search can be given: its smallest table takes half of it."""


class UsageError(Exception):
    """Something was asked for that does not exist or makes no sense; the message says what to write instead."""


def one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    """Return what takes one of these words and no other."""

    def convert(text: str) -> str:
        if text not in choices:
            close = meant(text, choices)
            raise UsageError(f"{text!r} is none of {', '.join(choices)}{f'; {close}' if close else ''}")
        return text

    return convert


_DIGITS = 19
"""The most digits of a number that is typed; more are a slip."""


def _whole(text: str, wrong: str, least: int = 0) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS and int(text) >= least):
        raise UsageError(wrong)
    return int(text)


def count(text: str) -> int:
    """Return a limit: a whole number greater than 0."""
    return _whole(text, f"{text[:20]!r} is no limit: write a whole number greater than 0", 1)


def messages(text: str) -> int:
    """Return how many messages a handshake has."""
    from model.tcp.handshakes.parametric import FEWEST, MOST

    wrong = f"{text[:20]!r} is no number of messages for a handshake here: write one from {FEWEST} to {MOST}"
    messages = _whole(text, wrong, FEWEST)
    if messages > MOST:
        raise UsageError(wrong)
    return messages


def no_claims(text: str) -> str:
    """Return the word for no claim at all, which is the only one taken."""
    if text != NO_CLAIMS:
        raise UsageError(f"--claims takes only {NO_CLAIMS}; a claim is written after the handshake, without --claims")
    return text


def workers(text: str) -> int:
    """Return a number of threads."""
    workers = _whole(text, wrong := f"{text[:20]!r} is no number of threads: write one from 1 to {MOST_WORKERS}", 1)
    if workers > MOST_WORKERS:
        raise UsageError(wrong)
    return workers


def memory(text: str) -> int:
    """Return a number of bytes of memory, as in ``500M``."""
    return _size(text, "memory")


def disk(text: str) -> int:
    """Return a number of bytes of disk, as in ``100G``."""
    return _size(text, "disk")


def _size(text: str, of: str) -> int:
    try:
        size = parsed(text)
    except ValueError:
        size = 0
    if size < LEAST_MEMORY:
        least = in_bytes(LEAST_MEMORY)
        raise UsageError(f"{text[:20]!r} is no amount of {of}: write {least} or more, as in --{of} 500M or --{of} 2G")
    return size


def pixels(text: str) -> int:
    """Return a length in a drawing."""
    pixels = _whole(text, wrong := f"{text[:20]!r} is no length: write a number of pixels from 1 to {MOST_PIXELS}", 1)
    if pixels > MOST_PIXELS:
        raise UsageError(wrong)
    return pixels


def number(text: str) -> int:
    """Return a seed: a whole number."""
    return _whole(text, f"{text[:20]!r} is no seed: write a whole number")


def assignment(text: str) -> tuple[str, int]:
    """Return what ``NAME=N`` sets, and to which number."""
    name, equals, number = text.partition("=")
    if not (name and equals):
        raise UsageError(f"{text!r} sets nothing: write --set NAME=N, as in --set syns=5")
    return name, _whole(number, f"{number[:20]!r} is no value for {name}: write a whole number, as in --set {name}=5")


def definition(text: str) -> tuple[str, str]:
    """Return what ``NAME=VALUE`` has a word of a script stand for."""
    from checker.conformance.scripts_defined import definition as defined  # the grammar is loaded where a script is read

    try:
        return defined(text)
    except NotationError as error:
        raise UsageError(str(error)) from error


def choice(assumption: Assumption) -> Callable[[str], Choice]:
    """Return what takes the values of an assumption that is no switch."""
    if assumption.words:
        return one_of(assumption.words)

    def convert(text: str) -> Choice:
        try:
            return assumption.read(text)
        except NotationError as error:
            raise UsageError(str(error)) from error

    return convert


def assumed(text: str) -> tuple[str, str]:
    """Return the two sides of ``NAME=VALUE``."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise UsageError(f"{text[:40]!r} assumes nothing: write --assume NAME=VALUE, as in --assume seq_check=window")
    return name, value


def isns(text: str) -> dict[str, tuple[int, ...]] | str:
    """Return which ISNs ``A=N,B=N:N`` gives each side; or a word that says how ISNs are chosen."""
    if text in Assumptions.named("isn").words:
        return text
    found: dict[str, tuple[int, ...]] = {}
    for part in text.split(","):
        side, equals, numbers = part.partition("=")
        if side not in ("A", "B") or not equals or side in found:
            raise UsageError(f"{text[:40]!r} renumbers nothing: write --isn A=N,B=N, A being the side drawn left")
        wrong = f"{numbers[:40]!r} is no ISN for {side}: write a number below 2^32, as in --isn {side}=1000"
        found[side] = tuple(_whole(n, wrong) for n in numbers.split(":"))
        if max(found[side]) >= MODULUS:
            raise UsageError(wrong)
    return found


def file(text: str) -> str | None:
    """Return the name of a file to write; None for ``-``, which is standard output, as where no file is named."""
    return None if text == STANDARD_OUTPUT else text


def directory(text: str) -> str:
    """Return the name of a directory to write."""
    if text == STANDARD_OUTPUT:
        raise UsageError("-o names a directory here, and - is standard output: write -o DIR")
    return text


def seconds(text: str) -> float:
    """Return a time limit."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise UsageError(f"{text!r} is no time limit: write a number of seconds greater than 0")
    return seconds
