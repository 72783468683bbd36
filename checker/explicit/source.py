"""From a transition system to Python source that computes its steps.

The reference interpreter walks every formula anew in every state. Here each formula becomes a Python expression once, and the
whole system one function, which is some hundred times faster. The shape of the function is a tree of ``if`` and ``for``:
conditions that need no parameter stand before the loop over it, and neighbouring actions share the tests they have in common,
as those of one rule do ("not a RST, and not an ACK, and ...").

Values: truth values and numbers are Python's, a name is its position in its sort, and a relation is a bit mask. Which row a bit
stands for is decided when the row is first met (:class:`Rows`), so nothing has to be known about the rows beforehand.

**The pool.** Where formulas look at a relation only by drawing a row from it, and change it only by adding and removing
rows, it is set apart from the rest of the state (the network of a handshake is such a relation). What a row drawn from the
pool does then depends on the row and on the rest of the state alone, so it is computed once for each such pair, however
many pools contain the row. An update of the pool is a function of the form ``pool & keep | add``, and those two masks are
what it makes of the full and of the empty pool.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from types import CodeType
from typing import Any

from checker.explicit.pace import Pace, only
from checker.host.machine import cramped
from model.notation.analysis import mentions, substitute
from model.notation.expr import FALSE, Binder, Expr, Key, Op, conjuncts
from model.notation.pool import drawn_from, is_pool
from model.notation.sorts import BOOL, Distance, Enum, Nat, NotationError, Relation, Seq, Sort, Value
from model.notation.system import Action, Parameter, TransitionSystem
from properties.observe import Monitored

Packed = tuple[int, ...]

_KEPT = 4096
"""How many pieces of source are kept as Python runs them."""
_NESTED = 40
"""How many tests of one action stand inside each other, to be shared; Python allows a hundred levels."""


class Rows(dict[tuple[int, ...], int]):
    """The bit of each row of one relation. A row asked for the first time gets the next bit."""

    def __init__(self) -> None:
        super().__init__()
        self.members = Members()

    def __missing__(self, row: tuple[int, ...]) -> int:
        bit = 1 << len(self)
        self[row] = bit
        self.members.order.append(row)
        return bit


class Members(dict[int, tuple[tuple[int, ...], ...]]):
    """The rows in each set of rows that was ever looked into, by bit mask."""

    def __init__(self) -> None:
        super().__init__()
        self.order: list[tuple[int, ...]] = []

    def __missing__(self, mask: int) -> tuple[tuple[int, ...], ...]:
        rows = tuple(row for i, row in enumerate(self.order) if mask >> i & 1)
        self[mask] = rows
        return rows


class Translation:
    """The translation of one system: names of variables, tables of rows, and formulas as source.

    ``pool`` is the variable that is set apart, "" for none; by default one that is drawn from alone.
    """

    def __init__(self, monitored: Monitored, pool: str | None = None) -> None:
        self.monitored = monitored
        self.system = system = monitored.system
        self.pool = pool_of(system, monitored.formulas) if pool is None else pool
        self.asking: set[int] = set()
        """The numbers of the actions whose steps depend on rows that are in the pool, beside the one that they draw."""
        self.names = {v.name: f"v{i}_{_identifier(v.name)}" for i, v in enumerate(system.variables)}
        parameters = dict.fromkeys(name for a in system.actions for p in a.parameters for name in p.names)
        self.parameters = {name: f"p{i}_{_identifier(name)}" for i, name in enumerate(parameters)}
        self.rest = [local for name, local in self.names.items() if name != self.pool]
        self._quantifiers = 0
        self.tables: dict[Relation, int] = {}
        self.rows: list[Rows] = []

    def pack(self, state: Mapping[str, Value]) -> Packed:
        """Return a state of the interpreter as this translation represents it."""
        return tuple(self._packed(sort, state[name]) for name, sort in self.system.sorts.items())

    def unpack(self, packed: Packed) -> dict[str, Value]:
        """Return a packed state as the interpreter represents it."""
        return {name: self.value(sort, v) for (name, sort), v in zip(self.system.sorts.items(), packed, strict=True)}

    def table(self, sort: Sort) -> int:
        """Return the number of the table of rows that relations of ``sort`` use."""
        assert isinstance(sort, Relation)
        if sort not in self.tables:
            self.tables[sort] = len(self.rows)
            self.rows.append(Rows())
        return self.tables[sort]

    def environment(self, pace: Pace) -> dict[str, Any]:
        """Return what the generated source refers to: for each table, the bits of rows and the rows of bits; and loops."""
        tables: dict[str, Any] = {f"rows_{i}": rows for i, rows in enumerate(self.rows)}
        tables |= {f"members_{i}": rows.members for i, rows in enumerate(self.rows)}
        return tables | {"over": pace.over, "below": pace.below, "only": only}

    def _packed(self, sort: Sort, value: Value) -> int:
        if isinstance(sort, Relation):
            assert isinstance(value, frozenset)
            rows = self.rows[self.table(sort)]
            cells = (tuple(self._packed(s, c) for (_, s), c in zip(sort.columns, row, strict=True)) for row in sorted(value))
            return sum(rows[row] for row in cells)
        if isinstance(sort, Enum):
            return sort.members.index(str(value))
        assert isinstance(value, int)
        return value

    def value(self, sort: Sort, packed: int) -> Value:
        """Return one packed value as the interpreter represents it."""
        if isinstance(sort, Relation):
            rows = self.rows[self.table(sort)].members[packed]
            return frozenset(tuple(self.value(s, c) for (_, s), c in zip(sort.columns, row, strict=True)) for row in rows)
        if isinstance(sort, Enum):
            return sort.members[packed]
        return bool(packed) if sort == BOOL else packed

    def expression(self, e: Expr, bound: Mapping[Binder, str] | None = None, pool: str = "pool") -> str:
        """Return Python source for ``e``; ``bound`` names the rows of the quantifiers around it, ``pool`` is the pool's."""
        bound = bound or {}

        def of(child: Expr) -> str:
            return self.expression(child, bound, pool)

        def cells() -> str:
            return f"rows_{self.table(e.args[0].sort)}[({''.join(of(a) + ', ' for a in e.args[1:])})]"

        match e.op:
            case Op.LITERAL:
                packed = self._packed(e.sort, e.value)
                return repr(bool(packed)) if e.sort == BOOL else repr(packed)
            case Op.VARIABLE:
                return pool if e.name == self.pool else self.names[e.name]
            case Op.PARAMETER:
                return self.parameters[e.name]
            case Op.BOUND:
                return f"{bound[e.scope]}[{e.column}]"
            case Op.EQUAL:
                return f"({of(e.args[0])} == {of(e.args[1])})"
            case Op.NOT:
                return f"(not {of(e.args[0])})"
            case Op.AND:
                return f"({' and '.join(map(of, e.args))})"
            case Op.OR:
                return f"({' or '.join(map(of, e.args))})"
            case Op.ITE:
                return f"({of(e.args[1])} if {of(e.args[0])} else {of(e.args[2])})"
            case Op.SHIFT:
                assert isinstance(e.sort, Seq)
                return f"(({of(e.args[0])} + {of(e.args[1])}) % {e.sort.modulus})"
            case Op.DIFFERENCE:
                assert isinstance(e.sort, Distance)
                return f"(({of(e.args[0])} - {of(e.args[1])}) % {e.sort.modulus})"
            case Op.LESS:
                return f"({of(e.args[0])} < {of(e.args[1])})"
            case Op.CONVERT:
                if isinstance(e.sort, Nat):
                    return f"min({of(e.args[0])}, {e.sort.limit})"
                assert isinstance(e.sort, Seq)
                return f"({of(e.args[0])} % {e.sort.modulus})"
            case Op.COUNT:
                assert isinstance(e.sort, Nat)
                return f"min(max({of(e.args[0])} + {e.data}, 0), {e.sort.limit})"
            case Op.HAS:
                return f"(({of(e.args[0])} & {cells()}) != 0)"
            case Op.ADD:
                return f"({of(e.args[0])} | {cells()})"
            case Op.REMOVE:
                return f"({of(e.args[0])} & ~{cells()})"
            case Op.EXISTS:
                self._quantifiers += 1
                row = f"row_{self._quantifiers}"
                body = self.expression(e.args[1], {**bound, e.scope: row}, pool)
                return f"any({body} for {row} in over(members_{self.table(e.args[0].sort)}[{of(e.args[0])}]))"
        raise AssertionError(e.op)

    def steps(self) -> str:
        """Return the source of ``steps(state, rows, begin)``, a generator of the steps of a state without its pool.

        ``rows`` are the rows of the pool to consider, each with its bit; steps that draw none are yielded where ``begin`` is
        true. A step is ``(looks, need, keep, add, action, successor, arguments, stops, triggers)``: the rows of the pool that
        it looks at and those of them that it needs (one bit, or 0 for none, unless formulas look into the pool), the masks that
        make the pool after it, the number of the action, the state after it without the pool, the values of its parameters, and
        the checks that it decides and those whose trigger it is, as sets of bits.
        """
        tree: dict[str, Any] = {}
        for number, action in enumerate(self.system.actions):
            node = tree
            for line in self.conditions(action):
                node = node.setdefault(line, {})
            node[f"# {number} {action.name!a}"] = self.leaf(number, action)
        lines = ["def steps(state, rows, begin):"]
        lines += [f"    {', '.join(self.rest)}, = state"] if self.rest else []
        lines += ["    " + line for line in _flatten(tree)]
        lines += ["    yield from ()"]  # a generator, whatever there is to yield
        return "\n".join(lines)

    def conditions(self, action: Action) -> Iterator[str]:
        """Yield the ``if`` and ``for`` lines that lead to the step, each condition as soon as what it reads is bound."""
        waiting = list(conjuncts(action.guard))
        known: set[str] = set()

        def bound(c: Expr) -> bool:
            return all(op is Op.VARIABLE or name in known for op, name in mentions(c))

        def ready() -> Iterator[str]:
            now = [c for c in waiting if bound(c)]
            waiting[:] = [c for c in waiting if not bound(c)]
            return self.tests(now)

        drawn = drawn_from(action, self.pool)
        if drawn is None:
            yield "if begin:"
        yield from ready()
        for p in action.parameters:
            names = ", ".join(self.parameters[name] for name in p.names)
            source = "over(rows)" if p is drawn else self.only(p, waiting, bound) or self.ranged(p)
            yield f"for {'bit, ' if p is drawn else ''}{names}{',' if p.source is not None else ''} in {source}:"
            known.update(p.names)
            yield from ready()

    def tests(self, conditions: Iterable[Expr]) -> Iterator[str]:
        """Yield the ``if`` lines for some conditions."""
        tests = [self.expression(c) for c in conditions]
        apart, together = tests[:_NESTED], tests[_NESTED:]
        return (f"if {test}:" for test in [*apart, *([" and ".join(together)] if together else [])])

    def ranged(self, p: Parameter) -> str:
        """Return what a parameter ranges over, as source for a loop."""
        if p.source is not None:
            return f"over(members_{self.table(p.source.sort)}[{self.expression(p.source)}])"
        if p.candidates:
            return f"over(tuple(dict.fromkeys(({''.join(self.expression(c) + ', ' for c in p.candidates)}))))"
        ((_, sort),) = p.columns
        return "over((False, True))" if sort == BOOL else f"below({_size(sort)})"

    def only(self, p: Parameter, waiting: Iterable[Expr], bound: Callable[[Expr], bool]) -> str:
        """Return the loop over the one value that a condition allows where it says what the value is; or "".

        All others would be tried in vain: of a large sort, for ever.
        """
        ((name, sort),) = zip(p.names, (sort for _, sort in p.columns), strict=True) if len(p.names) == 1 else [("", BOOL)]
        if p.source is not None or p.candidates or sort == BOOL:
            return ""
        equations = (c.args for c in waiting if c.op is Op.EQUAL)
        sides = (side for one, other in equations for side in ((one, other), (other, one)))
        value = next((v for chosen, v in sides if chosen.op is Op.PARAMETER and chosen.name == name and bound(v)), None)
        return "" if value is None else f"only({self.expression(value)}, {_size(sort)})"

    def leaf(self, number: int, action: Action) -> list[str]:
        """Return the lines that yield a step of an action."""
        keep, add, bit, arguments, stops, triggers = self.made(action)
        return [f"yield {bit}, {bit}, {keep}, {add}, {number}, ({self.successor(action)}), ({arguments}), {stops}, {triggers}"]

    def successor(self, action: Action) -> str:
        """Return source for the values of the variables after a step, but for the pool."""
        values = (self.expression(action.updates.get(v.name, v.value)) for v in self.system.variables if v.name != self.pool)
        return "".join(value + ", " for value in values)

    def made(self, action: Action) -> tuple[str, str, str, str, str, str]:
        """Return the parts of a step that are the same however states are kept."""
        keep, add = "-1", "0"
        if self.pool in action.updates:
            keep, add = (self.expression(action.updates[self.pool], {}, pool) for pool in ("-1", "0"))
        bit = "0" if drawn_from(action, self.pool) is None else "bit"
        arguments = "".join(f"{self.parameters[name]}, " for p in action.parameters for name in p.names)
        checks = self.monitored.checks
        stops, triggers = self.bits(action, [c.stop for c in checks]), self.bits(action, [c.trigger for c in checks])
        return keep, add, bit, arguments, stops, triggers

    def bits(self, action: Action, formulas: list[Mapping[str, Expr]]) -> str:
        """Return source for the set of those formulas that are true of a step of an action, as bits."""
        watched = [(1 << i, by_action[action.name]) for i, by_action in enumerate(formulas) if action.name in by_action]
        settled, known = settled_by(action), dict[Key, Expr]()
        told = ((bit, substitute(e, settled, known)) for bit, e in watched)
        return " | ".join(f"({bit} if {self.expression(e)} else 0)" for bit, e in told if e is not FALSE) or "0"


def settled_by(action: Action) -> dict[str, Expr]:
    """Return the variables that have one value where an action is possible, with that value: it need not be read there."""
    equations = (c.args for c in conjuncts(action.guard) if c.op is Op.EQUAL)
    sides = (side for one, other in equations for side in ((one, other), (other, one)))
    return {one.name: other for one, other in sides if one.op is Op.VARIABLE and other.op is Op.LITERAL}


@lru_cache(_KEPT)
def _code(source: str) -> CodeType:
    """Return source as Python runs it. Systems that are held against each other share most of theirs."""
    return compile(source, "<steps>", "exec")


def compiled(source: str, name: str, lowering: Translation, pace: Pace) -> dict[str, Any]:
    """Return what source defines that was made by the translation of a system of that name."""
    environment = lowering.environment(pace)
    try:
        exec(_code(source), environment)  # noqa: S102  # our own source
    except (SyntaxError, MemoryError, RecursionError) as error:  # Python's parser has limits
        if isinstance(error, MemoryError) and cramped():
            raise
        deep = f"a formula of {name} is nested too deep to be compiled"
        raise NotationError(f"{deep}: give the parts of it to several actions or variables") from error
    return environment


def pool_of(system: TransitionSystem, watched: tuple[Expr, ...]) -> str:
    """Return the variable that can be set apart as the pool (see above), the network before others; or "" where none can."""
    read = (*watched, *(e for view in system.views.values() for e in view.formulas))
    network = "" if system.network is None else system.network.variable
    names = sorted((v.name for v in system.variables), key=lambda name: name != network)
    pools = (name for name in names if is_pool(name, system.actions, read))
    return next((name for name in pools if any(drawn_from(action, name) is not None for action in system.actions)), "")


def _flatten(tree: Mapping[str, Any]) -> Iterable[str]:
    for line, below in tree.items():
        yield line
        if isinstance(below, dict):
            yield from ("    " + inner for inner in _flatten(below))
        else:
            yield from below


def _size(sort: Sort) -> int:
    """Return how many values a sort has, which are packed as the numbers below that."""
    return sort.limit + 1 if isinstance(sort, Nat) else len(sort.values())  # of more than 2**63 there is no len()


def _identifier(name: str) -> str:
    """Return as much of a name as Python takes in one, to follow a number that is its own."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)
