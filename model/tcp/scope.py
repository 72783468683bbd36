"""Scopes: the bounds of a search, which are no part of the model.

A scope says how often a client may open and a server may answer, and which ISNs are chosen, in that order. In compositions of
other endpoints the same numbers bound how many ISNs each side chooses. Sequence numbers
are 32 bits in every scope; a scope only makes the set of those that can occur finite. Symbolic engines take the two counts and
range over all 2**32 ISNs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from model.notation.assumed import Scopes
from model.notation.said import counted, said
from model.notation.sorts import MODULUS, nearest
from model.tcp.composition import CLIENT_SERVER, PORTS, Composition

LARGEST = 8
"""The most attempts or answers a scope may ask for; far more than any search here gets through."""


class ScopeError(ValueError):
    """A scope that does not exist or is out of range; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Bounds of a search. ``client_isns`` has one ISN for each attempt, ``server_isns`` one for each answer.

    Between peers they are the ISNs of the left and of the right one.
    """

    name: str
    client_isns: tuple[int, ...]
    server_isns: tuple[int, ...]
    data: int = 1
    """How often a user sends text in all, at most once in each connection."""
    octets: int = 1
    """How many octets of text that is each time."""

    @property
    def attempts(self) -> int:
        """How often the client may open."""
        return len(self.client_isns)

    @property
    def answers(self) -> int:
        """How often the server may answer a SYN with a new connection."""
        return len(self.server_isns)

    @property
    def without_repeats(self) -> Scope:
        """The scope with each ISN once, which is all of it for a side that never chooses one again."""
        client, server = (tuple(dict.fromkeys(isns)) for isns in (self.client_isns, self.server_isns))
        return replace(self, client_isns=client, server_isns=server)

    @property
    def bounded(self) -> bool:
        """Whether there are bounds at all. Without ISNs to choose in turn, all are chosen among, as often as one likes."""
        return bool(self.client_isns)

    @property
    def spacing(self) -> int:
        """How far apart spaced ISNs lie at least: a connection mentions ISS, ISS+1, and the number after its text."""
        return 2 + self.octets

    @property
    def has_neighbours(self) -> bool:
        """Whether two ISNs of one side are not spaced."""
        return self.gap < self.spacing

    @property
    def gap(self) -> int:
        """How far apart two ISNs of one side lie at least; spaced where there are no two."""
        gaps = [(a - b) % MODULUS for isns in (self.client_isns, self.server_isns) for a in isns for b in isns if a != b]
        return min(gaps, default=self.spacing)

    @property
    def goes_back(self) -> bool:
        """Whether an ISN of the left side lies before one that it chose earlier, whose segments may then be in the window."""
        return any((later - earlier) % MODULUS >= MODULUS // 2 for earlier, later in combinations(self.client_isns, 2))

    @property
    def only_ahead(self) -> bool:
        """Whether every ISN of each side lies ahead of all that the side chose earlier, as a clock has them."""
        pairs = (pair for isns in (self.client_isns, self.server_isns) for pair in combinations(isns, 2))
        return all(0 < (later - earlier) % MODULUS < MODULUS // 2 for earlier, later in pairs)

    @property
    def crosses(self) -> bool:
        """Whether the left side's ISNs go back and the right side's, of which there are several, go on."""
        ahead = [0 < (later - earlier) % MODULUS < MODULUS // 2 for earlier, later in combinations(self.server_isns, 2)]
        return self.goes_back and bool(ahead) and all(ahead)

    @property
    def spread(self) -> int:
        """How far the ISNs of one side lie apart, a window that reaches as far being as good as any larger one."""
        sides = (self.client_isns, self.server_isns)
        return max(min((a - b) % MODULUS, (b - a) % MODULUS) for isns in sides for a in isns for b in isns) + self.spacing

    @property
    def expects_zero(self) -> bool:
        """Whether a number that an endpoint can expect next is 0: the SEQ of the RST of a closed host."""
        after = {isn + 1 + octets for isn in (*self.client_isns, *self.server_isns) for octets in (0, self.octets)}
        return any(number % MODULUS == 0 for number in after)

    def anywhere(self, *, neighbours: bool, ahead: bool = False) -> Scope:
        """Return the scope with ISNs that do whatever ISNs from all 2**32 can: go back, or only ``ahead``, and pass 2**32."""
        gap = (1 if neighbours else self.spacing) * (-1 if ahead else 1)
        client, server = (tuple((MODULUS - 1 - gap * i) % MODULUS for i in range(n)) for n in (self.attempts, self.answers))
        return replace(self, client_isns=client, server_isns=server)

    def bounds(self, composition: Composition = CLIENT_SERVER) -> str:
        """Return the counts alone, which is all that a scope says to an engine that ranges over all ISNs."""
        counts = {"name": self.name, "attempts": self.attempts, "answers": self.answers}
        if composition.symmetric:
            return said("{name}: {attempts} ISNs of A, {answers} of B, from all 2^32", **counts)
        of, each = self._text(composition), _each(composition)
        pattern = "{name}: {attempts} attempts, {answers} answers, {text}; ISNs from all 2^32{each}"
        return said(pattern, text=of, each=each, **counts)

    def within(self, composition: Composition) -> str:
        """Return the bounds as they concern a composition: the ISNs of each side, and the text that is sent."""
        if not self.bounded:
            return said("{name}: any number of attempts, answers and segments", name=self.name)
        left, right = (", ".join(map(str, isns)) for isns in (self.client_isns, self.server_isns))
        isns = {"name": self.name, "left": left, "right": right}
        if composition.symmetric:
            return said("{name}: ISNs {left} of A, {right} of B", **isns)
        of, each = self._text(composition), _each(composition)
        return said("{name}: attempts with ISN {left}; answers with ISN {right}; {text}{each}", text=of, each=each, **isns)

    def _text(self, composition: Composition) -> str:
        number = self.data * self.octets
        octets = {0: "no data octets", 1: "1 data octet"}.get(number) or said("{number} data octets", number=number)
        if 1 < self.octets < number:
            octets = said("{number} data octets, {each} at a time", number=number, each=self.octets)
        if composition.left.sends:
            return octets
        return said("{octets} of the {role}'s", octets=octets, role=composition.right.role)

    @property
    def decides(self) -> bool:
        """Whether the scope is large enough for the verdicts that handshakes declare: fewer answers hide violations."""
        return min(self.attempts, self.answers) > 1 and self.data > 0

    def decides_within(self, composition: Composition) -> bool:
        """Return whether the scope is large enough for the verdicts declared of a composition.

        What is declared of connections on several ports needs no text, and one attempt and one answer on each will do. What
        an attacker does who forges segments, or floods the server, needs no second attempt.
        """
        fewest, most = sorted((self.attempts, self.answers))
        attacker = composition.attacker
        if attacker is not None and (attacker.forges or attacker.floods or attacker.infers):
            return self.data > 0
        return self.decides or (composition.family == PORTS and (most == 1 or fewest > 1))

    def reaches_within(self, composition: Composition) -> bool:
        """Return whether the scope is large enough to say that a goal is out of reach, and not just out of its own.

        An attacker needs no second attempt for what it does, and a client does for what it can come to.
        """
        return self.decides_within(composition) and (self.decides or composition.attacker is None)

    def __str__(self) -> str:
        return self.within(CLIENT_SERVER)


def _each(composition: Composition) -> str:
    if composition.ports == 1:
        return ""
    if composition.slots == composition.ports:
        return said("; each of {ports} ports", ports=composition.ports)
    tcbs = counted(composition.slots, "1 TCB", "{number} TCBs")
    return said("; each of {ports} ports, {tcbs} at most", ports=composition.ports, tcbs=tcbs)


def easy_to_read(name: str, attempts: int, answers: int, data: int = 1) -> Scope:
    """Return a scope whose ISNs are 100, 200 and so on: those of the attempts, then those of the answers."""
    numbers = tuple(range(100, 100 * (attempts + answers) + 1, 100))
    return Scope(name, numbers[:attempts], numbers[attempts:], data)


UNBOUNDED = Scope("unbounded", (), ())
"""Any number of attempts, answers, segments and pieces of text, with ISNs from all of the sort: what a proof is about."""

SCOPES: dict[str, Scope] = {
    scope.name: scope
    for scope in (
        easy_to_read("default", 2, 2),
        easy_to_read("small", 1, 1),
        easy_to_read("large", 3, 3),
        Scope("wrap", (MODULUS - 2, 98), (MODULUS - 1, 99)),
        Scope("adjacent", (100, 101), (300, 301)),
        Scope("near", (100, 102), (300, 302)),
        Scope("backwards", (200, 100), (400, 300)),
        Scope("crossed", (200, 100), (300, 400)),
        Scope("repeats", (100, 200, 200), (300, 400, 400)),
    )
}

MEANINGS = {
    "default": "two attempts, two answers, one data octet",
    "small": "one attempt, one answer: hides violations, small enough to draw",
    "large": "three attempts, three answers",
    "wrap": "as default, with ISNs next to 2^32, so that numbers wrap",
    "adjacent": "as default, neighbouring ISNs (needs --isn-spacing adjacent)",
    "near": "as default, ISNs two apart (needs --isn-spacing adjacent)",
    "backwards": "as default, each ISN lower than the one before: old ones in the window",
    "crossed": "as default, the client's ISNs going back and the server's on: old text in the window",
    "repeats": "as default, and the last ISN of each side once more, for who does not look",
}


def scope_named(text: str) -> Scope:
    """Return the scope that ``text`` names: ``NAME`` or ``NAME,attempts=N,answers=N,data=N,octets=N``, each part optional."""
    name, *settings = text.split(",")
    if name not in SCOPES:
        raise ScopeError(f"there is no scope {name!r}; {nearest(name, tuple(SCOPES))}")
    scope = SCOPES[name]
    counts = {"attempts": scope.attempts, "answers": scope.answers, "data": scope.data, "octets": scope.octets}
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
    data, octets = counts.pop("data"), counts.pop("octets")
    attempts, answers = counts["attempts"], counts["answers"]
    if (attempts, answers) == (scope.attempts, scope.answers):
        return replace(scope, name=text, data=data, octets=octets)
    if name in ("wrap", "adjacent", "near", "backwards", "crossed", "repeats"):
        if attempts > scope.attempts or answers > scope.answers:
            has = f"{scope.attempts} for attempts and {scope.answers} for answers"
            raise ScopeError(f"scope {name!r} has ISNs of its own, {has}: it can have fewer, as in {name},attempts=1")
        return Scope(text, scope.client_isns[:attempts], scope.server_isns[:answers], data, octets=octets)
    return replace(easy_to_read(text, **counts, data=data), octets=octets)


DECLARED = Scopes(MEANINGS, scope_named, "default", ("attempts", "answers", "data", "octets"))
"""What TCP declares of scopes, from which the command line takes its option."""

APART = Scope("apart", (10_000, 20_000, 30_000), (1_010_000, 1_020_000, 1_030_000))
"""ISNs so far apart that numbers of different connections never meet."""
_LOOSE = 5
"""Among how many numbers the first ISN of a side lies, and how many more than needed the others may lie apart. It is few, so
that numbers of both sides often meet."""


def close(seeds: Iterable[int], gap: int) -> Iterator[Scope]:
    """Yield scopes of three attempts and three answers, with ISNs that lie at random, at least ``gap`` apart on each side."""
    for seed in seeds:
        import random  # noqa: PLC0415  # it takes as long to load as all scopes, and this scope is rare

        choose = random.Random(seed)  # noqa: S311  # chance, not secrecy
        origin = choose.choice((1000, 1000, -5))  # also across the end of the circle
        sides: list[tuple[int, ...]] = []
        for _ in range(2):
            isns = [place + number * gap for number, place in enumerate(sorted(choose.choices(range(_LOOSE), k=3)))]
            choose.shuffle(isns)
            sides.append(tuple((origin + isn) % MODULUS for isn in isns))
        yield Scope(f"random {seed}", sides[0], sides[1])
