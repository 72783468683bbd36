"""A small model checker for the TLA+ that is exported: it reads the module as TLC does, and counts as TLC counts.

It knows nothing of this project's formulas, systems or engines; all it has is the text. What it takes of the language is what
the exporter writes. As in TLC, integers have 32 bits and a sign, and a number beyond is an error; a disjunction or a
quantifier that stands in an action is a choice, and each way through it a state generated. Where several bullets stand below
each other, each is a formula for itself, however loosely its operators bind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

Node = tuple[Any, ...]
Bound = Mapping[str, Any]
State = dict[str, Any]

_TOKEN = re.compile(
    r'\s*(?:("(?:[^"\\]|\\.)*")|(\d+)|([A-Za-z_]\w*)|(\\E\b|\\in\b|\\notin\b|\\union\b|\\/|/\\|\|->|=>|\.\.|>=|<<|>>|[-+%=#<>~(){}\[\],:.\'\\]))'
)
_COMPARISONS = ("=", "#", "<", ">", ">=", "\\in", "\\notin")


class TlaError(Exception):
    """What TLC would refuse."""


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise TlaError(f"no token at {text[at : at + 30]!r}")
        found.append(match[0].strip())
        at = match.end()
    return found


class _Parser:
    """A formula by precedence ("Specifying Systems", table 6): implication, junctions, negation, comparisons, sets, sums."""

    def __init__(self, text: str) -> None:
        self.tokens = [*_tokens(text), ""]
        self.at = 0

    def whole(self) -> Node:
        node = self.formula()
        if self.next:
            raise TlaError(f"{self.next!r} is left over in {' '.join(self.tokens)}")
        return node

    @property
    def next(self) -> str:
        return self.tokens[self.at]

    def take(self, expected: str = "") -> str:
        token = self.next
        if not token or (expected and token != expected):
            raise TlaError(
                f"{token!r} stands where {expected or 'something'!r} is needed: {' '.join(self.tokens[self.at - 5 :])}"
            )
        self.at += 1
        return token

    def takes(self, token: str) -> bool:
        if self.next == token:
            self.at += 1
            return True
        return False

    def listed(self, end: str, one: Callable[[], Any]) -> tuple[Any, ...]:
        found: list[Any] = []
        while not self.takes(end):
            if found:
                self.take(",")
            found.append(one())
        return tuple(found)

    def formula(self) -> Node:
        left = self.junction()
        return ("=>", left, self.junction()) if self.takes("=>") else left

    def junction(self) -> Node:
        parts, sign = [self.negation()], self.next
        while sign in ("/\\", "\\/") and self.takes(sign):
            parts.append(self.negation())
        if self.next in ("/\\", "\\/"):
            raise TlaError("/\\ and \\/ bind alike: one of them needs parentheses")
        return parts[0] if len(parts) == 1 else (sign, *parts)

    def negation(self) -> Node:
        return ("~", self.negation()) if self.takes("~") else self.comparison()

    def comparison(self) -> Node:
        left = self.sets()
        if self.next not in _COMPARISONS:
            return left
        node = (self.take(), left, self.sets())
        if self.next in _COMPARISONS:
            raise TlaError("comparisons cannot be chained")
        return node

    def sets(self) -> Node:
        left = self.range()
        if self.next not in ("\\union", "\\"):
            return left
        node = (self.take(), left, self.range())
        if self.next in ("\\union", "\\"):
            raise TlaError("\\union and \\ bind alike: one of them needs parentheses")
        return node

    def range(self) -> Node:
        left = self.sum()
        return ("..", left, self.sum()) if self.takes("..") else left

    def sum(self) -> Node:
        left: Node = ("-", ("value", 0), self.remainder()) if self.takes("-") else self.remainder()
        while self.next in ("+", "-"):
            left = (self.take(), left, self.remainder())
        return left

    def remainder(self) -> Node:
        left = self.postfix()
        return (self.take(), left, self.postfix()) if self.next == "%" else left

    def postfix(self) -> Node:
        node = self.primary()
        while self.next in (".", "'"):
            node = ("next", node[1]) if self.take() == "'" else ("field", node, self.take())
        return node

    def primary(self) -> Node:  # a branch for each thing there is
        sign = self.take()
        if sign == "(":
            node = self.formula()
            self.take(")")
            return node
        if sign == "{":
            return self.braces()
        if sign == "[":
            return ("record", *self.listed("]", self.cell))
        if sign == "<<":
            return ("tuple", *self.listed(">>", self.formula))
        if sign == "IF":
            test = self.formula()
            self.take("THEN")
            then = self.formula()
            self.take("ELSE")
            return ("IF", test, then, self.formula())
        if sign == "\\E":
            ranges = [self.bound()]
            while self.takes(","):
                ranges.append(self.bound())
            self.take(":")
            return ("\\E", tuple(ranges), self.formula())
        if sign == "UNCHANGED":
            return ("UNCHANGED", self.primary())
        if sign[0] == '"':
            return ("value", re.sub(r"\\(.)", r"\1", sign[1:-1]))
        if sign.isdecimal():
            return ("value", int(sign))
        if sign in ("TRUE", "FALSE"):
            return ("value", sign == "TRUE")
        if sign == "BOOLEAN":
            return ("value", frozenset({False, True}))
        if not re.fullmatch(r"\w+", sign):
            raise TlaError(f"{sign!r} begins nothing")
        return ("call", sign, self.listed(")", self.formula)) if self.takes("(") else ("call", sign, ())

    def bound(self) -> tuple[str, Node]:
        name = self.take()
        self.take("\\in")
        return name, self.sets()

    def cell(self) -> tuple[str, Node]:
        name = self.take()
        self.take("|->")
        return name, self.formula()

    def braces(self) -> Node:
        if self.tokens[self.at + 1] == "\\in":
            name, among = self.bound()
            if self.takes(":"):
                test = self.formula()
                self.take("}")
                return ("filter", name, among, test)
            raise TlaError("a set of truth values is written nowhere")
        return ("set", *self.listed("}", self.formula))


@dataclass(frozen=True)
class Counted:
    """What TLC would say: states, steps, depth, and by invariant how many steps lead to the nearest state that breaks it."""

    states: int
    transitions: int
    depth: int
    broken: Mapping[str, int]


class Module:
    """The definitions of a module."""

    def __init__(self, text: str) -> None:
        plain = re.sub(r"(?<!/)\\\*.*$", "", text, flags=re.MULTILINE)
        found = re.search(r"^VARIABLES (.*?)^$", plain, re.MULTILINE | re.DOTALL)
        if found is None:
            raise TlaError("a module has variables")
        self.variables = tuple(re.findall(r"\w+", found[1]))
        self.definitions: dict[str, tuple[tuple[str, ...], Node]] = {}
        for name, parameters, body in re.findall(
            r"^(\w+)(?:\(([^)]*)\))? ==(.*?)(?=^\w|^={4}|\Z)", plain, re.MULTILINE | re.DOTALL
        ):
            if name in self.definitions or name in self.variables:
                raise TlaError(f"{name} is defined twice")
            if name == "Spec":
                continue  # a formula of temporal logic, whose words are always the same
            self.definitions[name] = tuple(re.findall(r"\w+", parameters)), _body(body)

    # -- values --------------------------------------------------------------------------------------------------------
    def value(self, node: Node, state: State, bound: Bound) -> Any:  # noqa: ANN401  # what TLA+ calls a value
        of = partial(self.value, state=state, bound=bound)
        match node:
            case ("value", value):
                return value
            case ("call", name, arguments):
                return self._call(name, arguments, state, bound)
            case ("field", record, name):
                return dict(of(record))[name]
            case ("record", *cells):
                return tuple(sorted((name, of(cell)) for name, cell in cells))
            case ("tuple", *parts):
                return tuple(map(of, parts))
            case ("set", *parts):
                return frozenset(map(of, parts))
            case ("filter", name, among, test):
                return frozenset(v for v in of(among) if self._truth(test, state, {**bound, name: v}))
            case ("IF", test, then, otherwise):
                return of(then if self._truth(test, state, bound) else otherwise)
            case ("\\E", ranges, test):
                return any(self._truth(test, state, {**bound, **more}) for more in self._choices(ranges, state, bound))
            case ("~", part):
                return not self._truth(part, state, bound)
            case ("/\\", *parts):
                return all(self._truth(part, state, bound) for part in parts)
            case ("\\/", *parts):
                return any(self._truth(part, state, bound) for part in parts)
            case ("=>", left, right):
                return not self._truth(left, state, bound) or self._truth(right, state, bound)
            case (str(sign), left, right):
                return _computed(sign, of(left), of(right))
        raise TlaError(f"{node[0]} has no value")

    def _truth(self, node: Node, state: State, bound: Bound) -> bool:
        found = self.value(node, state, bound)
        if not isinstance(found, bool):
            raise TlaError(f"{found!r} is no truth value")
        return found

    def _call(self, name: str, arguments: tuple[Node, ...], state: State, bound: Bound) -> Any:  # noqa: ANN401
        if name in bound:
            return bound[name]
        if name in state:
            return state[name]
        if name not in self.definitions:
            raise TlaError(f"{name} is not defined")
        parameters, body = self.definitions[name]
        given = [self.value(argument, state, bound) for argument in arguments]
        return self.value(body, state, dict(zip(parameters, given, strict=True)))

    def _choices(self, ranges: tuple[tuple[str, Node], ...], state: State, bound: Bound) -> Iterator[Bound]:
        names = [name for name, _ in ranges]
        if taken := {*names} & {*self.variables, *self.definitions}:
            raise TlaError(f"{taken} has another meaning already")
        for chosen in product(*(self.value(among, state, bound) for _, among in ranges)):
            yield dict(zip(names, chosen, strict=True))

    # -- steps ---------------------------------------------------------------------------------------------------------
    def after(self, node: Node, state: State, bound: Bound, new: State) -> Iterator[State]:
        """Yield the values of the next state that each way through an action gives, ``new`` being those given so far."""
        match node:
            case ("/\\", first, *rest):
                for so_far in self.after(first, state, bound, new):
                    yield from self.after(("/\\", *rest), state, bound, so_far) if rest else [so_far]
            case ("\\/", *parts):
                for part in parts:
                    yield from self.after(part, state, bound, new)
            case ("\\E", ranges, body):
                for more in self._choices(ranges, state, bound):
                    yield from self.after(body, state, {**bound, **more}, new)
            case ("=", ("next", name), right):
                if name in new:
                    raise TlaError(f"{name}' is given twice")
                yield {**new, name: self.value(right, state, bound)}
            case ("UNCHANGED", ("tuple", *names)):
                yield {**new, **{name: state[name] for _, name, _ in names}}
            case ("call", name, arguments) if name in self.definitions and name not in bound:
                parameters, body = self.definitions[name]
                given = [self.value(argument, state, bound) for argument in arguments]
                yield from self.after(body, state, dict(zip(parameters, given, strict=True)), new)
            case _:
                if self._truth(node, state, bound):
                    yield new

    def check(self, invariants: tuple[str, ...], most: int = 20_000) -> Counted:
        """Explore all states, breadth first."""
        (begin,) = self._initial()
        found = {tuple(begin.items()): 0}
        broken: dict[str, int] = {}
        transitions, frontier, depth = 0, [begin], 0
        while frontier:
            following: list[State] = []
            for state in frontier:
                for name in invariants:
                    if name not in broken and not self._truth(("call", name, ()), state, {}):
                        broken[name] = depth
                for new in self.after(("call", "Next", ()), state, {}, {}):
                    if set(new) != set(self.variables):
                        raise TlaError(f"a step gives {sorted(new)} values, and no others")
                    transitions += 1
                    after = {name: new[name] for name in self.variables}
                    if tuple(after.items()) not in found:
                        found[tuple(after.items())] = depth + 1
                        following.append(after)
            if len(found) > most:
                raise TlaError("there is no end to it")
            frontier = following
            depth += 1
        return Counted(len(found), transitions, max(found.values()), broken)

    def _initial(self) -> Iterator[State]:
        _, body = self.definitions["Init"]
        parts = body[1:] if body[0] == "/\\" else (body,)
        given = {name: self.value(right, {}, {}) for _, (_, name, _), right in parts}
        yield {name: given[name] for name in self.variables}


def _body(text: str) -> Node:
    """Return the formula of a definition; bullets that stand at its margin are formulas for themselves."""
    bullets = re.split(r"^    (/\\|\\/) ", text.strip("\n"), flags=re.MULTILINE)
    if len(bullets) == 1:
        return _Parser(text).whole()
    if bullets[0].strip() or len({*bullets[1::2]}) > 1:
        raise TlaError(f"bullets of different kinds in {text}")
    return (bullets[1], *(_Parser(part).whole() for part in bullets[2::2]))


def _computed(sign: str, left: Any, right: Any) -> Any:  # noqa: ANN401
    match sign:
        case "=" | "#":
            if type(left) is not type(right):
                raise TlaError(f"TLC compares no {left!r} with {right!r}")
            return (left == right) is (sign == "=")
        case "\\in" | "\\notin":
            return (left in right) is (sign == "\\in")
        case "\\union":
            return left | right
        case "\\":
            return left - right
        case "..":
            return frozenset(range(left, right + 1))
        case "<" | ">" | ">=":
            return {"<": left < right, ">": left > right, ">=": left >= right}[sign]
    if sign == "%":
        if right <= 0:
            raise TlaError(f"{left} % {right} has no value")
        return left % right
    number = left + right if sign == "+" else left - right
    if not -(2**31) <= number < 2**31:
        raise TlaError(f"{left} {sign} {right} is beyond TLC's integers")
    return number
