"""The command line: what can be typed, and what it means. Names that do not exist are answered with the nearest that does."""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, version
from typing import NoReturn

from checker.decide import ENGINES, Setting
from checker.limits import Limits
from model.assumptions import CHOICES, MEANINGS, Assumptions
from model.handshakes import HANDSHAKES
from model.handshakes.handshake import Handshake
from model.scope import scope_named
from model.sorts import nearest
from properties import CLAIMS
from properties.claim import Claim

SUMMARY = """\
Decide what textbooks claim about opening a TCP connection, with the shortest
counterexample where a claim fails."""
EXIT_CODES = """\
exit codes:
  0    check: all claims asked for hold; compare: each is as declared;
       trace: a trace was written
  12   a safety or reachability claim is violated (compare: undeclared)
  13   a liveness claim is violated (there are none yet)
  20   unknown: a search was cut short by a limit, or bounded by its engine
  1    trace: the claim holds, so there is no counterexample to show
  2    usage     65  a bad model file     130  interrupted"""


BMC_DEPTH = 8
"""How deep bounded model checking looks unless told otherwise; each further step takes two to five times as long."""


class UsageError(Exception):
    """Something was asked for that does not exist or makes no sense; the message says what to write instead."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        unknown = re.fullmatch(r"unrecognized arguments: (-\S+).*", message, re.DOTALL)
        if unknown:
            own = tuple(option for action in self._actions for option in action.option_strings)
            raise UsageError(f"{self.prog} has no option {unknown[1]}; {nearest(unknown[1], own)}")
        raise UsageError(message)


def _parsers() -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """Return the parser of the whole command line, and that of each command."""
    root = _Parser(
        prog="synproof", description=SUMMARY, epilog=EXIT_CODES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    root.add_argument("--version", action="version", version=f"synproof {_version()}")
    commands = root.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)

    compare = commands.add_parser("compare", help="every handshake against every claim, as a table")
    compare.add_argument("handshakes", metavar="HANDSHAKE", nargs="*", type=handshake, help="default: all of them")
    check = commands.add_parser("check", help="decide claims about one handshake")
    check.add_argument("handshake", metavar="HANDSHAKE", type=handshake)
    check.add_argument("claims", metavar="CLAIM", nargs="*", type=claim, help="default: all that are asserted")
    trace = commands.add_parser("trace", help="a shortest counterexample or witness, as a sequence diagram")
    trace.add_argument("handshake", metavar="HANDSHAKE", type=handshake)
    trace.add_argument("claim", metavar="CLAIM", type=claim)
    for command in (compare, check, trace):
        _add_setting(command)
    for command in (check, trace):
        command.add_argument(
            "--engine", type=_one_of(tuple(ENGINES)), default="bfs", metavar="|".join(ENGINES), help="default: bfs"
        )
    for command in (compare, check):
        command.add_argument(
            "--json", action="store_true", help="print a list of one record for each verdict, and nothing else"
        )
    commands.add_parser("list", help="handshakes, claims, engines, scopes and assumptions, a line each")
    return root, commands.choices


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return what was typed. Options may stand between names, as in ``check three-way --max-depth 9 agreement``."""
    words = list(sys.argv[1:] if argv is None else argv)
    root, commands = _parsers()
    if words and words[0] in commands:  # argparse takes intermixed words from a command's parser only
        return commands[words[0]].parse_intermixed_args(words[1:], argparse.Namespace(command=words[0]))
    if words and not words[0].startswith("-"):
        raise UsageError(f"there is no command {words[0]!r}; {nearest(words[0], tuple(commands))}")
    return root.parse_args(words)


def setting(arguments: argparse.Namespace) -> Setting:
    """Return the setting that the options ask for."""
    named = {f.name: getattr(arguments, f.name) for f in fields(Assumptions) if hasattr(arguments, f.name)}
    engine = getattr(arguments, "engine", "bfs")
    if engine == "bmc" and arguments.max_states:
        raise UsageError("--max-states is for bfs: bmc counts no states; limit it by --max-depth or --timeout")
    depth = arguments.max_depth or (BMC_DEPTH if engine == "bmc" else None)
    limits = Limits(arguments.max_states, depth, arguments.timeout)
    return Setting(scope_named(arguments.scope), Assumptions(**named), engine, limits, arguments.reduction)


def handshake(name: str) -> type[Handshake]:
    """Return the handshake of that name."""
    if name not in HANDSHAKES:
        raise UsageError(f"there is no handshake {name!r}; {nearest(name, tuple(HANDSHAKES))}")
    return HANDSHAKES[name]


def claim(name: str) -> Claim:
    """Return the claim of that name."""
    if name not in CLAIMS:
        raise UsageError(f"there is no claim {name!r}; {nearest(name, tuple(CLAIMS))}")
    return CLAIMS[name]


def _add_setting(command: argparse.ArgumentParser) -> None:
    limits = command.add_argument_group("limits (a search that one of them ends is 'unknown')")
    limits.add_argument("--max-states", type=_count, metavar="N", help="distinct states")
    limits.add_argument("--max-depth", type=_count, metavar="N", help=f"steps from the initial state (bmc: {BMC_DEPTH})")
    limits.add_argument("--timeout", type=_seconds, metavar="S", help="seconds (bmc: for each claim)")
    group = command.add_argument_group("scope and assumptions")
    group.add_argument(
        "--scope",
        default="default",
        metavar="NAME",
        help="see 'synproof list'; attempts, answers and data can be set: default,answers=3",
    )
    for name, choices in CHOICES.items():
        option = "--" + name.replace("_", "-")
        group.add_argument(option, type=_one_of(choices), default=choices[0], metavar="|".join(choices), help=MEANINGS[name])
    group.add_argument("--no-loss", dest="loss", action="store_false", help="the network loses nothing")
    group.add_argument(
        "--no-duplication",
        dest="duplication",
        action="store_false",
        help="the network delivers each segment once (one sent again while in flight is that same segment)",
    )
    group.add_argument(
        "--no-reduction",
        dest="reduction",
        action="store_false",
        help="write out every loss and duplication, even where it decides the same",
    )


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def convert(text: str) -> str:
        if text not in choices:
            raise UsageError(f"{text!r} is none of {', '.join(choices)}; {nearest(text, choices)}")
        return text

    return convert


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and text.strip("0") and len(text) < 20):  # noqa: PLR2004  # digits
        raise UsageError(f"{text[:20]!r} is no limit: write a whole number greater than 0")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise UsageError(f"{text!r} is no time limit: write a number of seconds greater than 0")
    return seconds


def _version() -> str:
    try:
        return version("synproof")
    except PackageNotFoundError:
        return "(not installed)"
