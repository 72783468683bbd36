r"""TLA+, for TLC: the variables, an operator for each action, and each claim as an invariant.

Relations are sets of records, so nothing has to be known beforehand; formulas read much as they do here.

TLC's integers have 32 bits and a sign, so that sequence numbers from 2^31 on are written as negative numbers, and
``Plus``, ``Minus`` and ``Below`` do modulo 2^32 what they do here, without ever overflowing.

**A guard is a test and not a choice.** TLC takes a disjunction or an existential quantifier that stands in an action for a
choice, and counts a state for each alternative that is true. So that its states generated are the transitions counted here,
guards have implications in place of disjunctions and sets that are not empty in place of quantifiers.

**A claim is an invariant.** What violates a claim is a step, and ``[][~stop]_vars`` would not see a step that changes nothing.
But whether a step violates a claim depends on the state before it and its parameters only; so the claim says of a state that no
step which may be taken from it does.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from checker.export.names import Names
from model.analysis import mentions, structure
from model.expr import Expr, Op, Scope, conjuncts
from model.interpreter import Interpreter
from model.sorts import BOOL, DISTANCE, MODULUS, SEQ, Enum, Nat, NotationError, Relation, Sort, Value
from model.system import Action, Parameter
from properties.observe import Check, Monitored

LARGEST = MODULUS // 2 - 1
"""The largest integer of TLC's."""

_RESERVED = """
ACTION ASSUME ASSUMPTION AXIOM BOOLEAN BY CASE CHOOSE CONSTANT CONSTANTS COROLLARY DEF DEFINE DEFS DOMAIN ELSE ENABLED EXCEPT
EXTENDS FALSE HAVE HIDE IF IN INSTANCE LAMBDA LEMMA LET LOCAL MODULE NEW OBVIOUS OMITTED OTHER PICK PROOF PROPOSITION PROVE QED
RECURSIVE SF_ STATE STRING SUBSET SUFFICES TAKE TEMPORAL THEN THEOREM TRUE UNCHANGED UNION USE VARIABLE VARIABLES WF_ WITH
WITNESS Int Nat Real Naturals Integers Init Next Spec vars Plus Minus Below Counted
"""
"""Words of TLA+, what its modules define, and what is defined here."""

_ARITHMETIC = {
    Op.SHIFT: r"""
\* a + b modulo 2^32, numbers from 2^31 on being written as the negative numbers that have the same bits
Plus(a, b) ==
    IF a >= 0 /\ b > 2147483647 - a THEN (a - 2147483647 - 1) + (b - 2147483647 - 1)
    ELSE IF a < 0 /\ b < (-2147483647 - 1) - a THEN (a + 2147483647 + 1) + (b + 2147483647 + 1)
    ELSE a + b
""",
    Op.DIFFERENCE: r"""
\* a - b modulo 2^32: how far a lies ahead of b
Minus(a, b) == Plus(Plus(a, -1 - b), 1)
""",
    Op.LESS: r"""
\* a < b for distances, of which the negative ones are those from 2^31 on
Below(a, b) == IF (a < 0) = (b < 0) THEN a < b ELSE b < 0
""",
    Op.COUNT: r"""
\* n + by, stopping at 0 and at limit
Counted(n, by, limit) == IF by < 0 THEN (IF n < -by THEN 0 ELSE n + by) ELSE IF n > limit - by THEN limit ELSE n + by
""",
}

_OPEN = {Op.EQUAL, Op.NOT, Op.AND, Op.OR, Op.ITE, Op.HAS, Op.ADD, Op.REMOVE, Op.EXISTS, Op.LESS}
"""The operators whose text does not show by itself where it ends."""


def tla(monitored: Monitored, module: str, heading: Sequence[str]) -> str:
    """Return the module of that name for a system whose network is written out, ``heading`` in a comment at its beginning.

    Raises :class:`~model.sorts.NotationError` for a system that counts further than TLC can.
    """
    return "\n".join(_Module(monitored).lines(module, heading)) + "\n"


def configuration(monitored: Monitored) -> str:
    """Return TLC's configuration for that module: what to check."""
    claims = _Module(monitored).claims.values()
    return "\n".join(["SPECIFICATION Spec", *(f"INVARIANT {claim}" for claim in claims)]) + "\n"


class _Module:
    def __init__(self, monitored: Monitored) -> None:
        self.monitored = monitored
        self.system = system = monitored.system
        names = Names(_RESERVED)
        self.variables = {name: names.new(name) for name in system.sorts}
        self.actions = {action.name: names.new(action.name) for action in system.actions}
        self.claims = {check.name: names.new(check.name, f"claim_{check.name}") for check in monitored.checks}
        watched = {name for check in monitored.checks for name in check.stop}
        self.guards = {name: names.new(f"may_{own}") for name, own in self.actions.items() if name in watched}
        self.parameters = {
            name: names.new(name) for name in dict.fromkeys(p.name for a in system.actions for p in a.parameters)
        }
        self.row = names.new("row")
        self._fields = Names(_RESERVED)
        self._columns: dict[str, str] = {}
        for sort in system.sorts.values():
            if isinstance(sort, Nat) and sort.limit > LARGEST:
                raise NotationError(f"a counter up to {sort.limit} cannot be exported: {LARGEST} is the most")
        self.used: set[Op] = set()
        self._bound: dict[Scope, str] = {}

    # -- the parts of the module ---------------------------------------------------------------------------------------------
    def lines(self, module: str, heading: Sequence[str]) -> Iterator[str]:
        """Yield the lines of the module."""
        body = [*self._init(), *(line for a in self.system.actions for line in self._action(a)), *self._next(), *self._claims()]
        title = f" MODULE {module} "
        yield title.center(max(78, len(title) + 8), "-")
        yield from (rf"\* {line}".rstrip() for line in heading)
        yield "EXTENDS Integers"
        yield ""
        variables = list(self.variables.values())
        yield from _wrapped("VARIABLES ", variables, "")
        yield ""
        yield from _wrapped("vars == <<", variables, ">>")
        if Op.DIFFERENCE in self.used:
            self.used.add(Op.SHIFT)
        yield from (line for op, text in _ARITHMETIC.items() if op in self.used for line in text.rstrip().split("\n"))
        yield ""
        yield from body
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
        section = f" (RFC 9293 section {action.section.lstrip('§')})" if action.section else ""
        said = f"{action.name}{section}{': ' if action.doc else ''}{action.doc}"
        yield from (rf"\* {line}" for line in textwrap.wrap(said, 110))
        tests = [rf"    /\ {self._test(c)}" for c in conjuncts(action.guard)]
        name = self.actions[action.name]
        if action.name in self.guards:
            read = self._read(action, [action.guard])
            yield f"{_called(self.guards[action.name], map(self._argument, read))} =="
            yield from tests or [r"    /\ TRUE"]
            tests = [rf"    /\ {_called(self.guards[action.name], map(self._argument, read))}"]
        yield f"{_called(name, map(self._argument, action.parameters))} =="
        yield from tests
        for updated, new in action.updates.items():
            yield rf"    /\ {self.variables[updated]}' = {self.text(new)}"
        same = [own for variable, own in self.variables.items() if variable not in action.updates]
        if same:
            yield from _wrapped(r"    /\ UNCHANGED <<", same, ">>")
        yield ""

    def _next(self) -> Iterator[str]:
        yield "Next =="
        for action in self.system.actions:
            step = _called(self.actions[action.name], map(self._argument, action.parameters))
            yield rf"    \/ {self._chosen(action.parameters)}{step}"
        if not self.system.actions:
            yield "    FALSE"
        yield ""
        yield "Spec == Init /\\ [][Next]_vars"
        yield ""

    def _claims(self) -> Iterator[str]:
        for check in self.monitored.checks:
            yield rf"\* {check.name}: no step that may be taken decides it."
            yield f"{self.claims[check.name]} =="
            yield from self._undecided(check) if check.stop else ["    TRUE"]
            yield ""

    def _undecided(self, check: Check) -> Iterator[str]:
        for name, stop in check.stop.items():
            action = self.system.action[name]
            read = self._read(action, [action.guard, stop])
            may = _called(self.guards[name], map(self._argument, self._read(action, [action.guard])))
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
            return f"0..{sort.limit}"
        return "BOOLEAN" if sort == BOOL else f"{{{', '.join(self._constant(sort, value) for value in sort.values())}}}"

    # -- formulas ------------------------------------------------------------------------------------------------------------
    def _test(self, e: Expr) -> str:
        """Return a condition of a guard, written so that TLC sees no alternatives to choose from."""
        if e.op is Op.OR and self._listed(e) is None:
            *others, last = e.args
            first = self._all(others, Op.OR) if len(others) > 1 else self._within(others[0])
            if len(others) == 1 and others[0].op is Op.NOT:
                return f"{self._within(others[0].args[0])} => {self._inner_test(last)}"
            return f"~{first} => {self._inner_test(last)}"
        if e.op is Op.AND:
            return r" /\ ".join(map(self._inner_test, e.args))
        if e.op is Op.ITE:
            return f"IF {self.text(e.args[0])} THEN {self._inner_test(e.args[1])} ELSE {self._inner_test(e.args[2])}"
        if e.op is Op.NOT and e.args[0].op is Op.EXISTS:
            return self._some(e.args[0], "= {}")
        return self.text(e)

    def _inner_test(self, e: Expr) -> str:
        text = self._test(e)
        return f"({text})" if e.op in (Op.OR, Op.AND, Op.ITE) else text

    def _within(self, e: Expr) -> str:
        """Return a formula with parentheses around it, unless it shows by itself where it ends."""
        closed = e.op not in _OPEN or e.op is Op.AND or (e.op is Op.OR and self._listed(e) is None)
        return self.text(e) if closed else f"({self.text(e)})"

    def _all(self, parts: Sequence[Expr], op: Op) -> str:
        sign = r" /\ " if op is Op.AND else r" \/ "  # binds less than any comparison, and than not
        return f"({sign.join(self._within(part) if part.op is Op.ITE else self.text(part) for part in parts)})"

    def _column(self, name: str) -> str:
        if name not in self._columns:
            self._columns[name] = self._fields.new(name)
        return self._columns[name]

    def text(self, e: Expr) -> str:
        """Return a formula or term in TLA+."""
        match e.op:
            case Op.LITERAL:
                return self._constant(e.sort, e.value)
            case Op.VARIABLE:
                return self.variables[e.name]
            case Op.PARAMETER:
                return self._parameter(e)
            case Op.BOUND:
                return f"{self._bound[e.scope]}.{self._column(e.scope.names[e.column])}"
            case Op.EQUAL:
                return f"{self._within(e.args[0])} = {self._within(e.args[1])}"
            case Op.NOT:
                return self._opposite(e.args[0])
            case Op.AND:
                return self._all(e.args, e.op)
            case Op.OR:
                listed = self._listed(e)
                return self._all(e.args, e.op) if listed is None else rf"{listed[0]} \in {listed[1]}"
            case Op.ITE:
                return f"IF {self.text(e.args[0])} THEN {self._within(e.args[1])} ELSE {self._within(e.args[2])}"
            case Op.HAS:
                return rf"{self._row(e)} \in {self._within(e.args[0])}"
            case Op.ADD:
                return rf"{self._within(e.args[0])} \union {{{self._row(e)}}}"
            case Op.REMOVE:
                return f"{self._within(e.args[0])} \\ {{{self._row(e)}}}"
            case Op.EXISTS:
                return self._some(e, "# {}")
            case Op.LESS if isinstance(e.args[0].sort, Nat):
                return f"{self._within(e.args[0])} < {self._within(e.args[1])}"
        self.used.add(e.op)
        named = {Op.SHIFT: "Plus", Op.DIFFERENCE: "Minus", Op.LESS: "Below", Op.COUNT: "Counted"}[e.op]
        arguments = list(map(self.text, e.args))
        if e.op is Op.COUNT:
            assert isinstance(e.sort, Nat)
            assert isinstance(e.data, int)
            arguments += [str(max(min(e.data, e.sort.limit), -e.sort.limit)), str(e.sort.limit)]
        return _called(named, arguments)

    def _opposite(self, e: Expr) -> str:
        match e.op:
            case Op.EQUAL:
                return f"{self._within(e.args[0])} # {self._within(e.args[1])}"
            case Op.HAS:
                return rf"{self._row(e)} \notin {self._within(e.args[0])}"
            case Op.LESS if isinstance(e.args[0].sort, Nat):
                return f"{self._within(e.args[0])} >= {self._within(e.args[1])}"
            case Op.EXISTS:
                return self._some(e, "= {}")
            case Op.OR:
                listed = self._listed(e)
                return f"~{self._within(e)}" if listed is None else rf"{listed[0]} \notin {listed[1]}"
        return f"~{self._within(e)}"

    def _listed(self, e: Expr) -> tuple[str, str] | None:
        """Return the term and the set where a disjunction says that a term has one of some values."""
        if e.op is not Op.OR:
            return None
        if not all(part.op is Op.EQUAL and part.args[1].op is Op.LITERAL for part in e.args):
            return None
        if len({structure(part.args[0]) for part in e.args}) > 1:
            return None
        return self._within(e.args[0].args[0]), f"{{{', '.join(self.text(part.args[1]) for part in e.args)}}}"

    def _some(self, e: Expr, compared: str) -> str:
        """Return whether some row meets a condition, as a set that is compared with the empty one."""
        relation, body = e.args
        name = self.row if not self._bound else f"{self.row}_{len(self._bound) + 1}"
        ranged = self._within(relation)
        self._bound[e.scope] = name
        condition = self.text(body)
        del self._bound[e.scope]
        return rf"{{{name} \in {ranged} : {condition}}} {compared}"

    def _parameter(self, e: Expr) -> str:
        if e.name in self.parameters:
            return self.parameters[e.name]
        name, _, column = e.name.rpartition(".")
        while name not in self.parameters:  # the name of a parameter or of a column may have dots in it
            name, _, more = name.rpartition(".")
            column = f"{more}.{column}"
        return f"{self.parameters[name]}.{self._column(column)}"

    def _row(self, e: Expr) -> str:
        """Return the row that HAS, ADD or REMOVE is about: by name, where it is the row that was drawn."""
        assert isinstance(e.args[0].sort, Relation)
        cells = [self.text(cell) for cell in e.args[1:]]
        columns = list(map(self._column, e.args[0].sort.names))
        drawn = {cell[: -len(column) - 1] for cell, column in zip(cells, columns, strict=True) if cell.endswith(f".{column}")}
        whole = len(drawn) == 1 and all(cell in {f"{d}.{c}" for d in drawn} for cell, c in zip(cells, columns, strict=True))
        if whole and drawn <= {*self.parameters.values()}:
            return drawn.pop()
        return _record(columns, cells)

    def _constant(self, sort: Sort, value: Value) -> str:
        if isinstance(sort, Relation):
            assert isinstance(value, frozenset)
            columns = list(map(self._column, sort.names))
            rows = (_record(columns, map(self._constant, (s for _, s in sort.columns), row)) for row in sorted(value))
            return f"{{{', '.join(rows)}}}"
        if isinstance(sort, Enum):
            quoted = str(value).replace("\\", "\\\\").replace('"', '\\"')
            return f'"{quoted}"'
        if sort == BOOL:
            return "TRUE" if value else "FALSE"
        assert isinstance(value, int)
        if sort in (SEQ, DISTANCE) and value > LARGEST:
            return f"({value + 1 - MODULUS} - 1)" if value == LARGEST + 1 else str(value - MODULUS)
        return str(value)


def _record(columns: Sequence[str], cells: Iterable[str]) -> str:
    return f"[{', '.join(f'{column} |-> {cell}' for column, cell in zip(columns, cells, strict=True))}]"


def _called(name: str, arguments: Iterable[str]) -> str:
    given = ", ".join(arguments)
    return f"{name}({given})" if given else name


def _wrapped(begin: str, words: Sequence[str], end: str) -> list[str]:
    return textwrap.wrap(begin + ", ".join(words) + end, 110, subsequent_indent=" " * len(begin), break_long_words=False)
