"""What can be typed, read off the parser: the data of the page of commands and of the manual page."""

from __future__ import annotations

import argparse
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from checker.cli.commands import COMMANDS, parsers, synopsis
from checker.cli.manual.chinese import told
from reports.language import ENGLISH

HERE = Path(__file__).parent
MOST = 8
"""An option that so many commands have is described once, for all."""


@dataclass(frozen=True, slots=True)
class Option:
    """An argument or option: how it is written, and what it says."""

    written: str
    says: str


@dataclass(frozen=True, slots=True)
class Group:
    """Options that belong together, under a title; that of a command's own is ""."""

    title: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A command line to try: what it shows, and for about how many seconds one waits on two processors."""

    typed: str
    says: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its name, what it does in a line, more about it, how it is written, its options, and examples."""

    name: str
    says: str
    about: str
    synopsis: str
    groups: tuple[Group, ...]
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Manual:
    """All commands, and the groups of options that several of them share."""

    summary: str
    commands: tuple[Command, ...]
    shared: tuple[Group, ...]

    def shares(self, group: Group) -> Group | None:
        """Return the shared group that has all options of this one, if there is one."""
        written = {option.written for option in group.options}
        return next((other for other in self.shared if written <= {option.written for option in other.options}), None)


@cache
def _read(name: str) -> Mapping[str, Any]:
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


def said() -> Iterator[str]:
    """Yield what the command line says in English, for its translation."""
    yield from _said(_manual())


def _said(manual: Manual) -> Iterator[str]:
    yield manual.summary
    groups = [*manual.shared, *(group for command in manual.commands for group in command.groups)]
    for group in groups:
        yield from (text for text in (group.title, *(option.says for option in group.options)) if text)
    yield from (text for command in manual.commands for text in (command.says, command.about))


def manual(code: str = ENGLISH) -> Manual:
    """Return the manual in a language."""

    def group_told(group: Group) -> Group:
        options = tuple(Option(option.written, told(option.says, code)) for option in group.options)
        return Group(told(group.title, code) if group.title else "", options)

    english = _manual()
    return Manual(
        told(english.summary, code),
        tuple(
            replace(
                c,
                says=told(c.says, code),
                about=told(c.about, code),
                groups=tuple(map(group_told, c.groups)),
                examples=_examples(c.name, code),
            )
            for c in english.commands
        ),
        tuple(map(group_told, english.shared)),
    )


def _examples(command: str, code: str) -> tuple[Example, ...]:
    return tuple(
        Example(given["run"].replace("{lang}", "" if code == ENGLISH else f" --lang {code}"), given[code], given["seconds"])
        for given in _read("examples.toml")[command]
    )


def _manual() -> Manual:
    """Return the manual in English, with options that several commands have in one place."""
    root, commands = parsers()
    every = {name: list(_groups(parser)) for name, parser in commands.items()}
    titles = Counter(group.title for groups in every.values() for group in groups if group.title)
    shared = [_merged(title, every.values()) for title, count in titles.items() if count > 1]
    frequent = Counter(option for groups in every.values() for group in groups if not group.title for option in group.options)
    common = Group("every command", tuple(option for option, count in frequent.items() if count >= MOST))
    return Manual(
        " ".join((root.description or "").split()),
        tuple(
            Command(
                name,
                COMMANDS[name].summary,
                COMMANDS[name].about,
                synopsis(commands[name]),
                tuple(
                    replace(group, options=tuple(o for o in group.options if group.title or o not in common.options))
                    for group in groups
                ),
                _examples(name, ENGLISH),
            )
            for name, groups in every.items()
        ),
        (*shared, common),
    )


def _merged(title: str, every: Iterable[list[Group]]) -> Group:
    """Return the group of a title with the options of all commands, each as the command says it that says most."""
    options: dict[str, Option] = {}
    for option in (o for groups in every for group in groups if group.title == title for o in group.options):
        known = options.get(option.written, option)
        options[option.written] = max(known, option, key=lambda o: len(o.says))
    return Group(title, tuple(options.values()))


def _groups(parser: argparse.ArgumentParser) -> Iterator[Group]:
    """Yield the arguments and options of a command, its own first."""
    own: list[Option] = []
    titled: list[Group] = []
    for group in parser._action_groups:  # argparse tells nobody otherwise what a parser takes
        options = tuple(_option(a) for a in group._group_actions if a.help != argparse.SUPPRESS and a.dest != "help")
        if group in (parser._positionals, parser._optionals):
            own += options
        elif options:
            titled.append(Group(group.title or "", options))
    yield Group("", tuple(own))
    yield from titled


def _option(action: argparse.Action) -> Option:
    value = f" {action.metavar}" if action.metavar and action.option_strings else ""
    written = f"{', '.join(action.option_strings)}{value}" if action.option_strings else str(action.metavar)
    return Option(written, action.help or "")
