"""What TLA+ calls the things of a system, and formulas in these words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checker.export.names import Names
from model.notation.expr import Binder, Expr, Op
from model.notation.sorts import BOOL, MODULUS, SEQ, Distance, Enum, Nat, NotationError, Relation, Seq, Sort, Value
from model.notation.system import Action
from properties.observe import Monitored

LARGEST = MODULUS // 2 - 1
"""The largest integer of TLC's."""

_RESERVED = """
ACTION ASSUME ASSUMPTION AXIOM BOOLEAN BY CASE CHOOSE CONSTANT CONSTANTS COROLLARY DEF DEFINE DEFS DOMAIN ELSE ENABLED EXCEPT
EXTENDS FALSE HAVE HIDE IF IN INSTANCE LAMBDA LEMMA LET LOCAL MODULE NEW OBVIOUS OMITTED OTHER PICK PROOF PROPOSITION PROVE QED
RECURSIVE SF_ STATE STRING SUBSET SUFFICES TAKE TEMPORAL THEN THEOREM TRUE UNCHANGED UNION USE VARIABLE VARIABLES WF_ WITH
WITNESS Int Nat Real Naturals Integers Init Next Spec vars Plus Minus Below Onward Apart AtMost Remainder Counted x1 x2 x3
"""
"""Words of TLA+, what its modules define, and what is defined here."""

_OPEN = {Op.EQUAL, Op.NOT, Op.AND, Op.OR, Op.ITE, Op.HAS, Op.ADD, Op.REMOVE, Op.EXISTS, Op.LESS}
"""The operators whose text does not show by itself where it ends."""


class Formulas:
    """The names of one system, and its formulas. ``used`` collects the names of what the module has to define."""

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
        self._names = names
        self._rows: list[str] = []
        self._chosen_now: dict[str, str] = {}
        self._fields = Names(_RESERVED)
        self._columns: dict[str, str] = {}
        self.used: set[str] = set()
        self._bound: dict[Binder, str] = {}

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
                return self._chosen_now[e.name]
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
            case Op.LESS if _plain(e.args[0].sort):
                return f"{self._within(e.args[0])} < {self._within(e.args[1])}"
            case Op.LESS:
                return self._called("Below", e)
            case Op.SHIFT | Op.DIFFERENCE:
                return self._around(e)
            case Op.CONVERT:
                return self._converted(e)
            case Op.COUNT:
                assert isinstance(e.sort, Nat)
                assert isinstance(e.data, int)
                by = str(max(min(e.data, e.sort.limit), -e.sort.limit))
                return self._called("Counted", e, by, self._constant(e.sort, e.sort.limit))
        raise AssertionError(e.op)

    def _called(self, name: str, e: Expr, *more: str) -> str:
        """Return what is computed by something that the module defines, of the arguments of a formula and of more."""
        self.used.add(name)
        return called(name, [*map(self.text, e.args), *more])

    def _converted(self, e: Expr) -> str:
        """Return a number in another sort, which is the same number unless it is too large there."""
        (before,), after = e.args, e.sort
        if _largest(before.sort) <= _largest(after):
            return self._within(before)
        if isinstance(after, Nat):
            return self._called("AtMost", e, self._constant(after, after.limit))
        return self._called("Remainder", e, str(_largest(after) + 1))

    def _around(self, e: Expr) -> str:
        """Return a sum or difference of sequence numbers."""
        assert isinstance(e.sort, Seq | Distance)
        if e.sort.modulus == MODULUS:
            return self._called("Plus" if e.op is Op.SHIFT else "Minus", e)
        by = e.args[1].sort
        if isinstance(by, Nat) and by.limit >= e.sort.modulus:
            raise NotationError(f"{e} may go round more than once, and that cannot be exported to TLA+: count less far")
        return self._called("Onward" if e.op is Op.SHIFT else "Apart", e, self._constant(e.sort, e.sort.modulus - 1))

    def _opposite(self, e: Expr) -> str:
        match e.op:
            case Op.EQUAL:
                return f"{self._within(e.args[0])} # {self._within(e.args[1])}"
            case Op.HAS:
                return rf"{self._row(e)} \notin {self._within(e.args[0])}"
            case Op.LESS if _plain(e.args[0].sort):
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
        if len({part.args[0].key for part in e.args}) > 1:
            return None
        return self._within(e.args[0].args[0]), f"{{{', '.join(self.text(part.args[1]) for part in e.args)}}}"

    def _some(self, e: Expr, compared: str) -> str:
        """Return whether some row meets a condition, as a set that is compared with the empty one."""
        relation, body = e.args
        while len(self._rows) <= len(self._bound):
            self._rows.append(self._names.new("row"))
        name = self._rows[len(self._bound)]
        ranged = self._within(relation)
        self._bound[e.scope] = name
        condition = self.text(body)
        del self._bound[e.scope]
        return rf"{{{name} \in {ranged} : {condition}}} {compared}"

    def _about(self, action: Action) -> None:
        """Let formulas from here on read the parameters of an action: another's may have cells of the same names."""
        self._chosen_now = {
            name: self.parameters[p.name] + (f".{self._column(column)}" if p.source is not None else "")
            for p in action.parameters
            for name, (column, _) in zip(p.names, p.columns, strict=True)
        }

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
        if isinstance(sort, Seq | Distance) and sort.modulus > LARGEST + 1 and sort.modulus != MODULUS:
            raise NotationError(f"a {sort} cannot be exported to TLA+: TLC's integers have {SEQ.bits} bits")
        if isinstance(sort, Seq | Distance) and value > LARGEST:
            return f"({value + 1 - MODULUS} - 1)" if value == LARGEST + 1 else str(value - MODULUS)
        if value > LARGEST:
            raise NotationError(f"a counter up to {value} cannot be exported: {LARGEST} is the most")
        return str(value)


def _largest(sort: Sort) -> int:
    """Return the largest number of a sort."""
    if isinstance(sort, Nat):
        return sort.limit
    assert isinstance(sort, Seq | Distance)
    return sort.modulus - 1


def _plain(sort: Sort) -> bool:
    """Return whether numbers of a sort are compared as TLC does: those of 32 bits are negative from 2^31 on."""
    return isinstance(sort, Nat) or (isinstance(sort, Distance) and sort.modulus < MODULUS)


def _record(columns: Sequence[str], cells: Iterable[str]) -> str:
    return f"[{', '.join(f'{column} |-> {cell}' for column, cell in zip(columns, cells, strict=True))}]"


def called(name: str, arguments: Iterable[str]) -> str:
    """Return an operator applied to arguments, or its name where there are none."""
    given = ", ".join(arguments)
    return f"{name}({given})" if given else name
