"""The command that writes what a shell completes words by: completion.

The script is made from the parsers, and has the names that this release knows. Rejected: argcomplete, which starts Python each
time TAB is pressed, and would then load the model to say what can follow.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping

import shtab

from checker.cli import new
from checker.cli.commands import parsers
from checker.cli.exits import OK
from checker.engines import ENGINES
from checker.scenarios import scenario as scenarios
from model.tcp.scope import DECLARED
from properties.relations import RELATIONS
from properties.specification import SPECIFICATIONS
from reports.traces.formats import FORMATS

PLACES = {
    "bash": "~/.local/share/bash-completion/completions/synproof",
    "zsh": "a directory of $fpath, as _synproof",
    "fish": "~/.config/fish/completions/synproof.fish",
    "tcsh": "a file that ~/.tcshrc sources",
}
"""Where the script of each shell goes."""


def completion(arguments: argparse.Namespace) -> int:
    """Print what a shell completes words by."""
    root, commands = parsers()
    words = _words()
    for parser in commands.values():
        for action in parser._actions:
            _say_what_could_follow(action, words)
    first, _, rest = shtab.complete(root, shell=arguments.shell).partition("\n")
    print(f"{first}\n# Write this to {PLACES[arguments.shell]}.\n{rest}")
    return OK


def _words() -> Mapping[str, Iterable[str]]:
    """Return the names that arguments and options take, by what they set."""
    claims = dict.fromkeys(name for spec in SPECIFICATIONS.values() for name in spec.claim)
    return {
        "model": SPECIFICATIONS,
        "models": SPECIFICATIONS,
        "claim": claims,
        "claims": (*claims, *RELATIONS),
        "scenario": scenarios.names(),
        "after": (*scenarios.names(), *claims),
        "engine": ENGINES,
        "format": FORMATS,
        "scope": DECLARED.meanings,
        "origin": new.origins(),
    }


def _say_what_could_follow(action: argparse.Action, words: Mapping[str, Iterable[str]]) -> None:
    """Give an argument or option the words that it takes, or say that it names a file or a directory."""
    takes = str(action.metavar or "")
    if action.dest in words:
        action.choices = list(words[action.dest])
    elif "|" in takes and "=" not in takes:
        action.choices = takes.split("|")
    elif takes.startswith(("FILE", "DIR")):
        action.complete = shtab.DIRECTORY if takes == "DIR" else shtab.FILE  # type: ignore[attr-defined]  # shtab's own
