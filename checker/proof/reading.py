"""Reading formulas as :mod:`model.notation.pretty` writes them, so that an invariant can be printed, changed and given back.

A formula is a line. It names the variables of a system as they are shown (``client.state``), the members of their sorts bare
(``SYN-SENT``), and rows as in ``network.exists(row: row.ctl == SYN & row.seq == client.iss)``. What cannot stand bare is
quoted: a variable or a column in backquotes, a value in quotation marks. A bare name that a variable has means the variable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from model.notation.expr import Expr, Row, conj, disj, ite, literal
from model.notation.pretty import NAME, VALUE, pretty, stands_bare
from model.notation.sorts import BOOL, SEQ, Distance, Enum, Modulo, Nat, NotationError, Relation, Seq, Sort, nearest
from model.notation.system import TransitionSystem

_SIGNS = ("==", "!=", "<=", ">=", "(", ")", "~", "&", "|", "<", ">", "+", "-", ",", ":", ".")
_COMPARE: Mapping[str, Callable[[Expr, object], Expr]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
_DEEPEST = 100
"""How deep formulas stand in each other at most."""
_MIRRORED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}

_SORTS: Mapping[str, Callable[[int], Sort]] = {"Nat": Nat, "Modulo": Modulo, "Seq": Seq}
_CONVERTED = re.compile(r"\s*\.\s*to\s*\(\s*(?:(Nat|Modulo|Seq)\s*\(\s*([0-9]{1,320})\s*\)|(?:Seq))\s*\)")
_NUMBER = "[0-9]+"
"""Other digits mean numbers to Python that it cannot compute with."""
_WORD = r"[^\W\d]\w*"

Part = Expr | str | int | bool
"""A formula, or a constant whose sort is that of what it is compared with."""


def written(e: Expr, system: TransitionSystem) -> str:
    """Return a formula over the variables of ``system`` as :func:`read_formula` reads it."""
    return pretty(e, variables=system.sorts)


def read_formula(text: str, system: TransitionSystem) -> Expr:
    """Return the formula that ``text`` writes over the variables of ``system``; or raise :class:`NotationError`."""
    reader = _Reader(text, system)
    formula = reader.formula()
    if isinstance(formula, bool):
        formula = literal(formula, BOOL)
    if reader.rest():
        raise NotationError(f"after a formula stands {reader.rest()[:20]!r}: join formulas by & or |, one formula to a line")
    if not isinstance(formula, Expr) or formula.sort != BOOL:
        raise NotationError(f"{text[:40]!r} is not a truth value: write a comparison, as in client.state == CLOSED")
    system.check_reads([formula])
    return formula


@dataclass
class _Reader:
    """Reads one formula from left to right."""

    text: str
    system: TransitionSystem
    at: int = 0
    rows: dict[str, Row] = field(default_factory=dict)
    depth: int = 0

    def __post_init__(self) -> None:
        sorts = list(self.system.sorts.values())
        sorts += [column for sort in sorts if isinstance(sort, Relation) for _, column in sort.columns]
        self.values = {member for sort in sorts if isinstance(sort, Enum) for member in sort.members}
        self.bits = max([SEQ.bits, *(sort.bits for sort in sorts if isinstance(sort, Seq | Distance))])
        self.known = sorted(filter(stands_bare, {*self.system.sorts, *self.values}), key=len, reverse=True)

    def rest(self) -> str:
        """What has not been read yet."""
        return self.text[self.at :].strip()

    def _sign(self, *wanted: str) -> str:
        """Read one of some signs, if it is the next; return it, or ""."""
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1
        found = next((s for s in _SIGNS if self.text.startswith(s, self.at)), "")
        if found in wanted:
            self.at += len(found)
            return found
        return ""

    def _expect(self, sign: str) -> None:
        if not self._sign(sign):
            raise NotationError(
                f"{sign!r} is missing before {self.rest()[:20]!r}" if self.rest() else f"{sign!r} is missing at the end"
            )

    def formula(self) -> Part:
        """Read a disjunction: what binds least."""
        return self._joined("|", disj, lambda: self._joined("&", conj, self._negation))

    def _joined(self, sign: str, join: Callable[..., Expr], part: Callable[[], Part]) -> Part:
        parts = [part()]
        while self._sign(sign):
            parts.append(part())
        return parts[0] if len(parts) == 1 else join(*parts)

    def _negation(self) -> Part:
        if self.depth == _DEEPEST:
            raise NotationError(f"more than {_DEEPEST} formulas stand in each other: write it as several lines")
        self.depth += 1
        part = self._denied() if self._sign("~") else self._comparison()
        self.depth -= 1
        return part

    def _denied(self) -> Expr:
        part = self._negation()
        if not isinstance(part, Expr):
            raise NotationError("~ stands before what is no formula")
        return ~part

    def _comparison(self) -> Part:
        left = self._sum()
        sign = self._sign(*_COMPARE)
        if not sign:
            return left
        right = self._sum()
        if isinstance(left, Expr):
            return _COMPARE[sign](left, right)
        if isinstance(right, Expr):
            return _COMPARE[_MIRRORED[sign]](right, left)
        raise NotationError(f"{left!r} and {right!r} are both constants: compare a variable with one")

    def _sum(self) -> Part:
        left = self._number()
        while sign := self._sign("+", "-"):
            right = self._number()
            if not isinstance(left, Expr) or isinstance(right, str | bool):
                raise NotationError(f"{sign} is for numbers: write a variable, {sign}, and a number or variable")
            left = left + right if sign == "+" else left - right
        return left

    def _number(self) -> Part:
        """Read what stands beside + or -: perhaps a number as one of another sort, as in ``n.to(Nat(3))``."""
        part = self._atom()
        while isinstance(part, Expr) and (found := _CONVERTED.match(self.text, self.at)):
            self.at = found.end()
            sort = _SORTS[found[1]]
            part = part.to(sort(int(found[2])) if found[2] else SEQ)
        return part

    def _atom(self) -> Part:
        if self._sign("("):
            inner = self.formula()
            self._expect(")")
            return inner
        value = self._quoted(VALUE)
        if value is not None:
            return value
        name = self._quoted(NAME)
        if name is not None:
            if name not in self.system.sorts:
                raise NotationError(f"{name!r} is no variable; {nearest(name, tuple(self.system.sorts))}")
            return self._of_variable(name)
        word = self._word()
        if word in self.rows:
            self._expect(".")
            column = self._quoted(NAME)
            return self.rows[word][self._pattern(_WORD) if column is None else column]
        if word == "ite":
            condition, *choices = self._arguments()
            if not isinstance(condition, Expr) or len(choices) != 2:  # noqa: PLR2004
                raise NotationError("ite(...) takes a condition and what there is if it is true and if it is false")
            yes, no = choices
            return ite(condition, yes, no)
        if re.fullmatch(_NUMBER, word):
            if len(word) > self.bits or int(word) >= 1 << self.bits:
                raise NotationError(f"{word[:20]} is no {self.bits}-bit number: write one below 2^{self.bits}")
            return int(word)
        if word in ("true", "false"):
            return word == "true"
        return self._of_variable(word) if word in self.system.sorts else word

    def _of_variable(self, name: str) -> Expr:
        variable = next(v.value for v in self.system.variables if v.name == name)
        return self._of_relation(variable) if isinstance(variable.sort, Relation) else variable

    def _of_relation(self, relation: Expr) -> Expr:
        self._expect(".")
        what = self._pattern(r"[a-z]+")
        if what == "has":
            return relation.has(*self._arguments())
        if what not in ("exists", "forall"):
            raise NotationError(f"a relation has no {what!r}; {nearest(what, ('has', 'exists', 'forall'))}")
        self._expect("(")
        name = self._pattern(rf"{_WORD}'*")
        self._expect(":")

        def body(row: Row) -> Part:
            before = self.rows
            self.rows = {**before, name: row}
            try:
                return self.formula()
            finally:
                self.rows = before

        quantified = (relation.exists if what == "exists" else relation.forall)(body)
        self._expect(")")
        return quantified

    def _arguments(self) -> list[Part]:
        self._expect("(")
        found = [self.formula()]
        while self._sign(","):
            found.append(self.formula())
        self._expect(")")
        return found

    def _word(self) -> str:
        """Read a number, a row's name, or the longest name that is known and not part of a longer word."""
        self._sign()
        for name in (*self.rows, *self.known):
            end = self.at + len(name)
            ends = r"\s*\." if name in self.rows else r"(?!\w|')" if name in self.system.sorts else r"(?!\w|'|\.\w)"
            if self.text.startswith(name, self.at) and re.match(ends, self.text[end:]):
                self.at = end
                return name
        word = re.match(rf"{_NUMBER}(?!\w)|[\w.\[\]'-]*\w", self.text[self.at :])
        if word is None:
            raise NotationError(
                f"a formula is missing before {self.rest()[:20]!r}" if self.rest() else "a formula ends too early"
            )
        if re.fullmatch(_NUMBER, word[0]) or word[0] in ("true", "false", "ite"):
            self.at += len(word[0])
            return word[0]
        if word[0] in {*self.system.sorts, *self.values}:
            raise NotationError(f"{word[0]} is quoted: a variable in backquotes, a value in quotation marks")
        raise NotationError(f"{word[0]!r} is no variable and no name of a value; {nearest(word[0], tuple(self.known))}")

    def _quoted(self, sign: str) -> str | None:
        """Read a name between two signs, if one is next."""
        self._sign()
        if not self.text.startswith(sign, self.at):
            return None
        found = re.compile(rf"{sign}((?:[^\\{sign}]|\\.)*){sign}").match(self.text, self.at)
        if found is None:
            raise NotationError(f"{sign} is missing at the end of {self.rest()[:20]!r}")
        self.at = found.end()
        return re.sub(r"\\(.)", r"\1", found[1])

    def _pattern(self, pattern: str) -> str:
        self._sign()
        match = re.match(pattern, self.text[self.at :])
        if match is None:
            raise NotationError(f"a name is missing before {self.rest()[:20]!r}")
        self.at += len(match[0])
        return match[0]
