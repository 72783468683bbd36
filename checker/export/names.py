"""Names for another language: like the model's, but of letters, digits and underscores, and no two alike; and comments."""

from __future__ import annotations

import re


class Names:
    """The names given out in one module of another language. ``reserved`` lists the words that mean something there already."""

    def __init__(self, reserved: str) -> None:
        self._taken = set(reserved.split())

    def new(self, *preferred: str) -> str:
        """Give out a name: the first preferred one that is free, spelt as it may be, or else the last with a number added."""
        spelt = [spelling(name) for name in preferred]
        free = next((name for name in spelt if name not in self._taken), "")
        number = 2
        while not free:
            numbered = f"{spelt[-1]}_{number}"
            free = "" if numbered in self._taken else numbered
            number += 1
        self._taken.add(free)
        return free


_LONGEST = 60
"""How long a name is made at most: there are languages that read no further."""


def spelling(name: str) -> str:
    """Return a name with an underscore for whatever is no letter or digit of ASCII; it begins with a letter."""
    spelt = re.sub(r"[^A-Za-z0-9_]", "_", name)[:_LONGEST]
    return spelt if re.match(r"[A-Za-z]", spelt) else f"its_{spelt.strip('_')}"


def one_line(text: str) -> str:
    """Return a text without anything that ends a line, for a comment that the end of a line ends."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
