r"""TLA+, for TLC: the variables, an operator for each action, and each claim as an invariant.

Relations are sets of records, so nothing has to be known beforehand; formulas read much as they do here.

TLC's integers have 32 bits and a sign, so that sequence numbers from 2^31 on are written as negative numbers, and
``Plus``, ``Minus`` and ``Below`` do modulo 2^32 what they do here, without ever overflowing. Narrower numbers stay as they
are, and ``Onward`` and ``Apart`` go round; wider ones TLC does not have.

**A guard is a test and not a choice.** TLC takes a disjunction or an existential quantifier that stands in an action for a
choice, and counts a state for each alternative that is true. So that its states generated are the transitions counted here,
guards have implications in place of disjunctions and sets that are not empty in place of quantifiers.

**A claim is an invariant.** What violates a claim is a step, and ``[][~stop]_vars`` would not see a step that changes nothing.
But whether a step violates a claim depends on the state before it and its parameters only; so the claim says of a state that no
step which may be taken from it does.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from checker.export.names import one_line
from checker.export.tla_formulas import Formulas, called
from model.notation.analysis import mentions
from model.notation.expr import Expr, Op, conjuncts
from model.notation.interpreter import Interpreter
from model.notation.sorts import BOOL, Nat, NotationError
from model.notation.system import Action, Parameter
from properties.observe import Check, Monitored

_ARITHMETIC = {
    "Plus": r"""
\* x1 + x2 modulo 2^32, numbers from 2^31 on being written as the negative numbers that have the same bits
Plus(x1, x2) ==
    IF x1 >= 0 /\ x2 > 2147483647 - x1 THEN (x1 - 2147483647 - 1) + (x2 - 2147483647 - 1)
    ELSE IF x1 < 0 /\ x2 < (-2147483647 - 1) - x1 THEN (x1 + 2147483647 + 1) + (x2 + 2147483647 + 1)
    ELSE x1 + x2
""",
    "Minus": r"""
\* x1 - x2 modulo 2^32: how far x1 lies ahead of x2
Minus(x1, x2) == Plus(Plus(x1, -1 - x2), 1)
""",
    "Below": r"""
\* x1 < x2 for distances, of which the negative ones are those from 2^31 on
Below(x1, x2) == IF (x1 < 0) = (x2 < 0) THEN x1 < x2 ELSE x2 < 0
""",
    "Onward": r"""
\* x1 + x2, where 0 comes after x3
Onward(x1, x2, x3) == IF x1 > x3 - x2 THEN x1 - (x3 - x2) - 1 ELSE x1 + x2
""",
    "Apart": r"""
\* How far x1 lies ahead of x2, where 0 comes after x3
Apart(x1, x2, x3) == IF x1 < x2 THEN x1 + (x3 - x2) + 1 ELSE x1 - x2
""",
    "AtMost": r"""
\* x1, or x2 where that is less
AtMost(x1, x2) == IF x1 > x2 THEN x2 ELSE x1
""",
    "Remainder": r"""
\* What is left of x1 where 0 comes after every x2 numbers
Remainder(x1, x2) == x1 % x2
""",
    "Counted": r"""
\* x1 + x2, stopping at 0 and at the limit x3
Counted(x1, x2, x3) == IF x2 < 0 THEN (IF x1 < -x2 THEN 0 ELSE x1 + x2) ELSE IF x1 > x3 - x2 THEN x3 ELSE x1 + x2
""",
}

_WIDTH = 118
"""How long a line is, if it can be broken."""


def tla(monitored: Monitored, module: str, heading: Sequence[str]) -> str:
    """Return a system and its claims as a module in TLA+.

    Parameters
    ----------
    monitored : Monitored
        The system, with the observers of the claims. Its network has to be written out as formulas.
    module : str
        The name of the module; TLC wants its file to be called so.
    heading : Sequence[str]
        The lines of the comment at the beginning.

    Returns
    -------
    str
        The text of the file.

    Raises
    ------
    NotationError
        Where the system counts further than TLC can, or has no variables.
    """
    if not monitored.system.variables:
        raise NotationError(
            f"{monitored.system.name} has no variables, and TLC takes no model without: add one, or export to Promela"
        )
    return "\n".join(_Module(monitored).lines(module, heading)) + "\n"


def configuration(monitored: Monitored) -> str:
    """Return TLC's configuration for the module of a system: the text of the file that says what to check."""
    claims = _Module(monitored).claims.values()
    return "\n".join(["SPECIFICATION Spec", *(f"INVARIANT {claim}" for claim in claims)]) + "\n"


class _Module(Formulas):
    """What writes the module of one system, part by part."""

    def lines(self, module: str, heading: Sequence[str]) -> Iterator[str]:
        """Yield the lines of the module."""
        body = [*self._init(), *(line for a in self.system.actions for line in self._action(a)), *self._next(), *self._claims()]
        title = f" MODULE {module} "
        yield title.center(max(78, len(title) + 8), "-")
        yield from (rf"\* {one_line(line)}".rstrip() for line in heading)
        yield "EXTENDS Integers"
        yield ""
        variables = list(self.variables.values())
        yield from _wrapped("VARIABLES ", variables, "")
        yield ""
        yield from _wrapped("vars == <<", variables, ">>")
        if "Minus" in self.used:
            self.used.add("Plus")
        yield from (line for name, text in _ARITHMETIC.items() if name in self.used for line in text.rstrip().split("\n"))
        yield ""
        yield from (short for line in body for short in _broken(line))
        yield "=" * 78

    def _init(self) -> Iterator[str]:
        initial = Interpreter(self.system).initial()
        yield "Init =="
        yield from (
            rf"    /\ {self.variables[name]} = {self._constant(sort, initial[name])}"
            for name, sort in self.system.sorts.items()
        )
        yield ""

    def _action(self, action: Action) -> Iterator[str]:
        self._about(action)
        section = f" (RFC 9293 section {action.section.lstrip('§')})" if action.section else ""
        said = f"{action.name}{section}{': ' if action.doc else ''}{action.doc}"
        yield from (rf"\* {line}" for line in textwrap.wrap(one_line(said), _WIDTH - 3))
        tests = [rf"    /\ {self._test(c)}" for c in conjuncts(action.guard)]
        name = self.actions[action.name]
        if action.name in self.guards:
            read = self._read(action, [action.guard])
            yield f"{called(self.guards[action.name], map(self._argument, read))} =="
            yield from tests or [r"    /\ TRUE"]
            tests = [rf"    /\ {called(self.guards[action.name], map(self._argument, read))}"]
        yield f"{called(name, map(self._argument, action.parameters))} =="
        yield from tests
        for updated, new in action.updates.items():
            value = self._within(new) if new.sort == BOOL else self.text(new)
            yield rf"    /\ {self.variables[updated]}' = {value}"
        same = [own for variable, own in self.variables.items() if variable not in action.updates]
        if same:
            yield from _wrapped(r"    /\ UNCHANGED <<", same, ">>")
        yield ""

    def _next(self) -> Iterator[str]:
        yield "Next =="
        for action in self.system.actions:
            self._about(action)
            step = called(self.actions[action.name], map(self._argument, action.parameters))
            yield rf"    \/ {self._chosen(action.parameters)}{step}"
        if not self.system.actions:
            yield "    FALSE"
        yield ""
        yield "Spec == Init /\\ [][Next]_vars"
        yield ""

    def _claims(self) -> Iterator[str]:
        for check in self.monitored.checks:
            yield rf"\* {check.name}: no step that may be taken from this state decides the claim."
            yield f"{self.claims[check.name]} =="
            watched = [self.system.action[name] for name in check.stop]
            read = [*check.stop.values(), *(a.guard for a in watched), *(p.source for a in watched for p in a.parameters)]
            if not any(op is Op.VARIABLE for e in read if e is not None for op, _ in mentions(e)):
                yield r"    /\ vars = vars \* TLC takes no invariant that reads no variable"
            yield from self._undecided(check)
            yield ""

    def _undecided(self, check: Check) -> Iterator[str]:
        for name, stop in check.stop.items():
            action = self.system.action[name]
            self._about(action)
            read = self._read(action, [action.guard, stop])
            may = called(self.guards[name], map(self._argument, self._read(action, [action.guard])))
            yield rf"    /\ ~({self._chosen(read)}{may} /\ {self._within(stop)})"

    def _read(self, action: Action, formulas: Iterable[Expr]) -> tuple[Parameter, ...]:
        """Return the parameters that formulas read, and those that perhaps cannot be chosen at all."""
        read = {name for e in formulas for op, name in mentions(e) if op is Op.PARAMETER}
        return tuple(p for p in action.parameters if p.source is not None or read.intersection(p.names))

    def _argument(self, p: Parameter) -> str:
        return self.parameters[p.name]

    def _chosen(self, parameters: Sequence[Parameter]) -> str:
        ranges = ", ".join(rf"{self._argument(p)} \in {self._range(p)}" for p in parameters)
        return rf"\E {ranges} : " if ranges else ""

    def _range(self, p: Parameter) -> str:
        if p.source is not None:
            return self._within(p.source)
        ((_, sort),) = p.columns
        if p.candidates:
            return f"{{{', '.join(map(self.text, p.candidates))}}}"
        if isinstance(sort, Nat):
            return f"0..{self._constant(sort, sort.limit)}"
        return "BOOLEAN" if sort == BOOL else f"{{{', '.join(self._constant(sort, value) for value in sort.values())}}}"


def _broken(line: str) -> list[str]:
    """Return a line broken into several where it is long, but not within a text."""
    if len(line) <= _WIDTH or any(" " in text for text in re.findall(r'"((?:[^"\\]|\\.)*)"', line)) or line.startswith("\\*"):
        return [line]
    return textwrap.wrap(line, _WIDTH, subsequent_indent=" " * 8, break_long_words=False, break_on_hyphens=False)


def _wrapped(begin: str, words: Sequence[str], end: str) -> list[str]:
    return textwrap.wrap(begin + ", ".join(words) + end, _WIDTH, subsequent_indent=" " * len(begin), break_long_words=False)
