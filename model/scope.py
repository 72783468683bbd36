"""Scopes: the bounds of a search, which are no part of the model.

A scope says how often a client may open and a server may answer, and which ISNs are chosen, in that order. Sequence numbers
are 32 bits in every scope; a scope only makes the set of those that can occur finite. Symbolic engines take the two counts and
range over all 2**32 ISNs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from model.sorts import MODULUS, nearest

LARGEST = 8
"""The most attempts or answers a scope may ask for; far more than any search here gets through."""


class ScopeError(ValueError):
    """A scope that does not exist or is out of range; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Bounds of a search. ``client_isns`` has one ISN for each attempt, ``server_isns`` one for each answer."""

    name: str
    client_isns: tuple[int, ...]
    server_isns: tuple[int, ...]
    data: int = 1
    """How many octets the client's user sends in all, at most one in each attempt."""

    @property
    def attempts(self) -> int:
        """How often the client may open."""
        return len(self.client_isns)

    @property
    def answers(self) -> int:
        """How often the server may answer a SYN with a new connection."""
        return len(self.server_isns)

    def has_neighbours(self, spacing: int) -> bool:
        """Return whether two ISNs of one side lie nearer to each other than ``spacing``."""
        gaps = [(a - b) % MODULUS for isns in (self.client_isns, self.server_isns) for a in isns for b in isns if a != b]
        return min(gaps, default=spacing) < spacing

    @property
    def bounds(self) -> str:
        """The counts alone, which is all that a scope says to an engine that ranges over all ISNs."""
        octets = {0: "no data octets", 1: "1 data octet"}.get(self.data, f"{self.data} data octets")
        return f"{self.name}: {self.attempts} attempts, {self.answers} answers, {octets}; ISNs from all 2^32"

    @property
    def decides(self) -> bool:
        """Whether the scope is large enough for the verdicts that handshakes declare: fewer answers hide violations."""
        return min(self.attempts, self.answers) > 1 and self.data > 0

    def __str__(self) -> str:
        client, server = (", ".join(map(str, isns)) for isns in (self.client_isns, self.server_isns))
        octets = {0: "no data octets", 1: "1 data octet"}.get(self.data, f"{self.data} data octets")
        return f"{self.name}: attempts with ISN {client}; answers with ISN {server}; {octets}"


def easy_to_read(name: str, attempts: int, answers: int, data: int = 1) -> Scope:
    """Return a scope whose ISNs are 100, 200 and so on: those of the attempts, then those of the answers."""
    numbers = tuple(range(100, 100 * (attempts + answers) + 1, 100))
    return Scope(name, numbers[:attempts], numbers[attempts:], data)


SCOPES: dict[str, Scope] = {
    scope.name: scope
    for scope in (
        easy_to_read("default", 2, 2),
        easy_to_read("small", 1, 1),
        easy_to_read("large", 3, 3),
        Scope("wrap", (MODULUS - 2, 98), (MODULUS - 1, 99)),
        Scope("adjacent", (100, 101), (300, 301)),
    )
}

MEANINGS = {
    "default": "two attempts, two answers, one data octet",
    "small": "one attempt, one answer: hides violations, small enough to draw",
    "large": "three attempts, three answers",
    "wrap": "as default, with ISNs next to 2^32, so that numbers wrap",
    "adjacent": "as default, neighbouring ISNs (needs --isn-spacing adjacent)",
}


def scope_named(text: str) -> Scope:
    """Return the scope that ``text`` names: ``NAME`` or ``NAME,attempts=N,answers=N,data=N``, each part optional."""
    name, *settings = text.split(",")
    if name not in SCOPES:
        raise ScopeError(f"there is no scope {name!r}; {nearest(name, tuple(SCOPES))}")
    scope = SCOPES[name]
    counts = {"attempts": scope.attempts, "answers": scope.answers, "data": scope.data}
    for setting in settings:
        what, _, number = setting.partition("=")
        if what not in counts:
            raise ScopeError(f"a scope has no {what!r}; {nearest(what, tuple(counts))}")
        low, high = (0 if what == "data" else 1), LARGEST
        if number not in map(str, range(low, high + 1)):
            raise ScopeError(f"{what}={number:.20} is out of range: write {what}=N with N from {low} to {high}")
        counts[what] = int(number)
    if not settings:
        return scope
    if (counts["attempts"], counts["answers"]) == (scope.attempts, scope.answers):
        return replace(scope, name=text, data=counts["data"])
    if name in ("wrap", "adjacent"):
        raise ScopeError(f"scope {name!r} has ISNs of its own: only its data can be changed, as in {name},data=0")
    return easy_to_read(text, **counts)
