"""What the unknowns of a proof are called: symbols of SMT-LIB, of which no two stand for different things.

A name is the user's, and may be any text that can be seen: also one that another name is made of, or that a solver knows
already (``true``, ``bvadd``). So no symbol is a name alone. It begins with the mark of its kind, which begins no other mark
and nothing that a solver knows, and goes on with parts, whose own signs of that sort are escaped. Whoever has the symbol can
read the kind and the parts off it again, so that symbols are the same only where all of these are.
"""

from __future__ import annotations

import re
from enum import Enum


class Kind(Enum):
    """What an unknown stands for, by the mark that its symbol begins with."""

    VARIABLE = "$"  # a variable or a relation of the system, before the step
    PARAMETER = "?"  # what an action chooses, or a cell of the row that it draws
    CELL = "some#"  # a cell of a row that exists
    EXISTS = "exists#"  # whether some row meets the body of a quantifier
    SAID = "said#"  # a truth that stands for whole formulas in a question


def symbol(kind: Kind, *parts: str | int) -> str:
    """Return the symbol of an unknown."""
    return kind.value + "#".join(_escaped(str(part)) for part in parts)


def _escaped(part: str) -> str:
    """Return a part in signs that may stand between the bars of a symbol, and without the one that parts it from others."""
    return re.sub(r"[^ -~]|[#%|\\]", lambda found: f"%{ord(found[0]):x};", part)
