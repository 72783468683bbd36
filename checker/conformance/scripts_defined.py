"""Words of a script that stand for something else: ``--define=NAME=VALUE`` before it, and ``-D NAME=VALUE`` of the command.

As in packetdrill a word is replaced where it stands alone, and a value is a word, a number, a text in quotes or a command in
backquotes. What the command line says counts more than what the script does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile

from lark import Token

from model.notation.sorts import NotationError

_VALUES: Mapping[str, str] = {
    "INTEGER": r"-?[0-9]{1,18}",
    "WORD": r"[a-zA-Z0-9_]+",
    "STRING": r'"(\\[\s\S]|[^"\\])*"',
    "COMMAND": r"`(\\[\s\S]|[^`\\])*`",
}
"""What a word can stand for, by what the grammar calls that; the first that fits."""
_BEFORE = ("OPTION", "EQUAL", "IPV4", "IPV6", *_VALUES)
"""What stands before a script: its options."""
_DEFINES = "--define"


class WrongError(Exception):
    """Something that is written as it should be says something that cannot be; ``line`` is where."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def defined_in(tokens: Iterable[Token]) -> Iterator[tuple[str, str]]:
    """Yield what the options before a script define."""
    before = list(takewhile(lambda token: token.type in _BEFORE, tokens))
    for place, token in enumerate(before):
        if token == _DEFINES:
            given = before[place + 1 : place + 5]
            if [one.type for one in given[::2]] != ["EQUAL", "EQUAL"] or given[-1].type not in _VALUES:
                raise WrongError(token.line or 0, f"a definition is written {_DEFINES}=NAME=VALUE")
            yield str(given[1]), str(given[3])


def definition(text: str) -> tuple[str, str]:
    """Return what ``NAME=VALUE`` defines; raise :class:`~model.notation.sorts.NotationError` where it defines nothing."""
    name, _, value = text.partition("=")
    fits = any(re.fullmatch(kind, value) for kind in _VALUES.values())
    if not re.fullmatch(_VALUES["WORD"], name) or not fits:
        write = 'a value is a word, a number, a text in "quotes" or a command in `backquotes`'
        raise NotationError(f"{text[:40]!r} defines nothing: write -D NAME=VALUE, as in -D PORT=80; {write}")
    return name, value


def meant(defined: Mapping[str, str], word: Token) -> Token:
    """Return what a word stands for, which is the word itself where nobody defined it."""
    value = defined.get(str(word))
    if value is None:
        return word
    kind = next(kind for kind, pattern in _VALUES.items() if re.fullmatch(pattern, value))
    return Token.new_borrow_pos(kind, value, word)
