"""Steps that look into the pool: which rows have to be there, and which must not be, for a step to be what it is.

A guard may ask whether some segment is in flight, and so may whatever a step computes. Such a formula is evaluated for the pool
of one state that was met, a *witness*, and what it asked is written down: the rows that it found, and those that it found
missing. Every pool that gives the same answers gives the same step, so the step has two masks: the rows that it looks at, and
those of them that are there. A question asks rows one after another, always in the same order, and ends with the answer. So
different answers to it belong to different pools, and no pool has one step twice.

Each time that a row was asked for, the other answer would have led elsewhere. Those pools are a *gap*, unless a witness has
been among them: the steps of a state that lies in one are not known. Nothing is computed for pools that no state has, so that
an action is taken, and a claim decided, by a step that there is.

What asks whether any row meets a condition asks the rows that are numbered, which are more and more. A state with a row that
was not numbered has all witnesses of its control looked at anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checker.explicit.pace import Pace
from checker.explicit.source import Packed, Rows, Translation
from model.notation.analysis import mentions, subformulas
from model.notation.expr import Binder, Expr, Key, Op, conj, conjuncts
from model.notation.pool import drawn_from, has_rows_of, is_looked_into, reads
from model.notation.system import Action, Parameter
from properties.observe import Monitored

Cube = tuple[int, int]
"""Pools that agree about some rows: the rows, and those of them that they have."""


@dataclass(slots=True)
class Asked:
    """What was asked of the pools of one control.

    ``pools`` are the witnesses, ``numbered`` the rows that there were for questions about any. ``gaps`` are pools among which
    no witness has been. ``steps`` tell which there are already.
    """

    pools: list[int] = field(default_factory=list)
    numbered: int = 0
    gaps: set[Cube] = field(default_factory=set)
    met: set[Cube] = field(default_factory=set)
    steps: set[tuple[int, int, int, Packed]] = field(default_factory=set)

    def forget(self, numbered: int) -> None:
        """Forget all but the witnesses, since more rows are ``numbered``."""
        self.numbered = numbered
        for asked in (self.gaps, self.met, self.steps):
            asked.clear()

    def is_new(self, *step: *tuple[int, int, int, Packed]) -> bool:
        """Note a step, and return whether it was not there yet: what it looks at and needs, its action and arguments."""
        before = len(self.steps)
        self.steps.add(step)
        return len(self.steps) > before

    def end(self, pool: int) -> None:
        """Note a witness whose steps are computed."""
        self.pools.append(pool)
        self.gaps -= self.met


class Looks:
    """What formulas ask of the pool of one witness, and what they are told."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._listed: dict[int, list[tuple[int, Packed]]] = {}
        self._pool = self._at = self._have = 0
        self._asked = Asked()

    def begin(self, pool: int, asked: Asked) -> None:
        """Answer from now on for ``pool``, and note what is asked."""
        self._pool, self._asked = pool, asked

    def there(self, bit: int) -> bool:
        """Return whether the pool has a row."""
        at, have = self._at, self._have
        if at & bit:
            return bool(have & bit)
        self._at = at | bit
        answer = self._pool & bit
        self._have = have | answer
        self._asked.met.add((self._at, self._have))
        self._asked.gaps.add((self._at, self._have ^ bit))
        return bool(answer)

    def numbered(self, *added: int) -> Sequence[tuple[int, Packed]]:
        """Return all rows that there are, each with its bit, and those ``added``."""
        whole = self._asked.numbered
        for bit in added:
            whole |= bit
        if whole not in self._listed:
            self._listed[whole] = [(self._rows[row], row) for row in self._rows.members[whole]]
        return self._listed[whole]

    def when(self, known: Cube, test: Callable[[], bool]) -> Cube | None:
        """Return what is known of the pool after a test, None where it fails."""
        self._at, self._have = known
        return (self._at, self._have) if test() else None

    def chosen(self, known: Cube, values: Callable[[], Iterable[Any]]) -> Iterator[tuple[Cube, Any]]:
        """Yield each of some values that the pool decides, with what is known of it after that."""
        self._at, self._have = known
        listed = values()
        after = self._at, self._have
        for value in listed:
            yield after, value

    def drawn(
        self, known: Cube, rows: Callable[[], Iterable[tuple[int, Packed]]], has: Callable[[int], bool]
    ) -> Iterator[tuple[Cube, Packed]]:
        """Yield each of some rows that is in a relation, with what is known of the pool after that."""
        self._at, self._have = known
        listed, asked = rows(), (self._at, self._have)
        for bit, row in listed:
            self._at, self._have = asked
            if has(bit):
                yield (self._at, self._have), row

    def step(self, known: Cube, made: Callable[[], tuple[Any, ...]]) -> tuple[Any, ...]:
        """Return what is known of the pool after a step has been made, and the step."""
        self._at, self._have = known
        step = made()
        return self._at, self._have, *step


class Looking(Translation):
    """The translation of a system whose formulas look into ``pool``."""

    def __init__(self, monitored: Monitored, pool: str) -> None:
        super().__init__(monitored, pool)
        self._rows_asked = self._questions = 0
        self._asks: dict[Key, bool] = {}
        self.looks = Looks(self.rows[self.table(self.system.sorts[pool])])

    def environment(self, pace: Pace) -> dict[str, Any]:
        """Return what the generated source refers to."""
        asked = ("there", "numbered", "when", "chosen", "drawn", "step")
        return super().environment(pace) | {name: getattr(self.looks, name) for name in asked}

    def asks(self, e: Expr) -> bool:
        """Return whether a formula asks the pool for rows; one that only edits it does not."""
        if e.key not in self._asks:
            parts = subformulas(e) if self.pool in e.variables else ()
            self._asks[e.key] = any(p.op in (Op.HAS, Op.EXISTS) and has_rows_of(p.args[0], self.pool) for p in parts)
        return self._asks[e.key]

    def expression(self, e: Expr, bound: Mapping[Binder, str] | None = None, pool: str = "pool") -> str:
        """Return Python source for ``e`` as :class:`Translation` does; what it asks of the pool goes through :class:`Looks`."""
        bound = bound or {}
        if e.op is Op.HAS and has_rows_of(e.args[0], self.pool):
            row = self._cells(e, bound)
            if e.args[0].op is Op.VARIABLE:
                return f"there({row})"
            asked = self._new_row()
            return f"any({self._has(e.args[0], asked, bound)} for {asked} in ({row},))"
        if e.op is Op.EXISTS and has_rows_of(e.args[0], self.pool):
            relation, body = e.args
            bit, row = self._new_row(), self._new_row()
            within = {**bound, e.scope: row}
            parts = sorted(conjuncts(body), key=self.asks)  # those first that ask nothing of the pool
            alone = [self.expression(part, within) for part in parts if not self.asks(part)]
            asking = [self.expression(part, within) for part in parts if self.asks(part)]
            said = " and ".join([*alone, self._has(relation, bit, bound), *asking])
            return f"any({said} for {bit}, {row} in over({self._rows_of(relation, bound)}))"
        return super().expression(e, bound, pool)

    def _new_row(self) -> str:
        self._rows_asked += 1
        return f"asked_{self._rows_asked}"

    def _cells(self, e: Expr, bound: Mapping[Binder, str]) -> str:
        """Return source for the bit of the row that HAS, ADD or REMOVE is about."""
        cells = "".join(self.expression(cell, bound) + ", " for cell in e.args[1:])
        return f"rows_{self.table(e.args[0].sort)}[({cells})]"

    def _has(self, relation: Expr, bit: str, bound: Mapping[Binder, str]) -> str:
        """Return source for whether a relation has the row with a bit."""
        if not has_rows_of(relation, self.pool):
            return f"({self.expression(relation, bound)} & {bit} != 0)"
        match relation.op:
            case Op.ADD:
                return f"({bit} == {self._cells(relation, bound)} or {self._has(relation.args[0], bit, bound)})"
            case Op.REMOVE:
                return f"({bit} != {self._cells(relation, bound)} and {self._has(relation.args[0], bit, bound)})"
            case Op.ITE:
                test, then, otherwise = relation.args
                yes, no = (self._has(branch, bit, bound) for branch in (then, otherwise))
                return f"({yes} if {self.expression(test, bound)} else {no})"
        return f"there({bit})"

    def _rows_of(self, relation: Expr, bound: Mapping[Binder, str]) -> str:
        """Return source for all rows that a relation can have."""
        return f"numbered({', '.join(self._added(relation, bound))})"

    def _added(self, relation: Expr, bound: Mapping[Binder, str]) -> Iterator[str]:
        match relation.op:
            case Op.ADD:
                yield self._cells(relation, bound)
                yield from self._added(relation.args[0], bound)
            case Op.REMOVE:
                yield from self._added(relation.args[0], bound)
            case Op.ITE:
                for branch in relation.args[1:]:
                    yield from self._added(branch, bound)
            case _ if not has_rows_of(relation, self.pool):
                yield self.expression(relation, bound)

    def conditions(self, action: Action) -> Iterator[str]:
        """Yield the lines that lead to the step. What asks the pool comes after the row that the action draws from it.

        So the rows that a control has steps for are known, whatever else is asked.
        """
        waiting = list(conjuncts(action.guard))
        chosen: set[str] = set()
        first = self._drawn_first(action)
        self._known, self._questions, self._rows_asked = "(0, 0)", 0, 0

        def bound(c: Expr) -> bool:
            return all(op is Op.VARIABLE or name in chosen for op, name in mentions(c))

        def ready() -> Iterator[str]:
            may_ask = first is None or chosen.issuperset(first.names)
            now = [c for c in waiting if bound(c) and (may_ask or not self.asks(c))]
            tested = {c.key for c in now}
            waiting[:] = [c for c in waiting if c.key not in tested]
            yield from self.tests(c for c in now if not self.asks(c))
            if asking := [c for c in now if self.asks(c)]:
                before, after = self._ask()
                yield f"if ({after} := when({before}, lambda: {self.expression(conj(*asking))})) is not None:"

        yield from ready()
        for p in action.parameters:
            yield self._drawn(p) if p is first else self._loop(p, waiting, bound)
            chosen.update(p.names)
            yield from ready()

    def leaf(self, number: int, action: Action) -> list[str]:
        """Return the lines that yield a step of an action."""
        asks = self._step_asks(action)
        if not (asks or self._questions):
            return super().leaf(number, action)
        self.asking.add(number)
        keep, add, _, arguments, stops, triggers = self.made(action)
        made = f"{keep}, {add}, {number}, ({self.successor(action)}), ({arguments}), {stops}, {triggers}"
        return [f"yield step({self._known}, lambda: ({made}))" if asks else f"yield *{self._known}, {made}"]

    def _ask(self) -> tuple[str, str]:
        """Return the names of what is known of the pool before a question, and after it."""
        before, self._questions = self._known, self._questions + 1
        self._known = f"known_{self._questions}"
        return before, self._known

    def _drawn_first(self, action: Action) -> Parameter | None:
        """Return the parameter that is drawn from the pool before anything is asked of it, if there is one."""
        for p in action.parameters:
            if p.source is not None and p.source.op is Op.VARIABLE and p.source.name == self.pool:
                return p
            if self._range_asks(p):
                return None
        return None

    def _range_asks(self, p: Parameter) -> bool:
        """Return whether the pool is asked what a parameter ranges over."""
        if p.source is None:
            return any(map(self.asks, p.candidates))
        return has_rows_of(p.source, self.pool) or self.asks(p.source)

    def _step_asks(self, action: Action) -> bool:
        """Return whether the pool is asked about what a step does, and not only whether it is possible."""
        watched = (of[action.name] for c in self.monitored.checks for of in (c.stop, c.trigger) if action.name in of)
        return any(map(self.asks, (*action.updates.values(), *watched)))

    def _drawn(self, p: Parameter) -> str:
        self._known = "(bit, bit)"
        return f"for bit, {self._chosen(p)} in over(rows):"

    def _chosen(self, p: Parameter) -> str:
        """Return the names that a parameter's values are given to."""
        names = ", ".join(self.parameters[name] for name in p.names)
        return names if p.source is None else f"{names},"

    def _loop(self, p: Parameter, waiting: Sequence[Expr], bound: Callable[[Expr], bool]) -> str:
        if p.source is not None and has_rows_of(p.source, self.pool):
            rows, has = self._rows_of(p.source, {}), self._has(p.source, "bit", {})
            before, after = self._ask()
            return f"for {after}, ({self._chosen(p)}) in drawn({before}, lambda: over({rows}), lambda bit: {has}):"
        alone = self.only(p, [c for c in waiting if not self.asks(c)], bound)
        said = alone or self.only(p, waiting, bound)
        if alone or not (said or self._range_asks(p)):
            return f"for {self._chosen(p)} in {said or self.ranged(p)}:"
        before, after = self._ask()
        return f"for {after}, ({self._chosen(p)}) in chosen({before}, lambda: {said or self.ranged(p)}):"


def looked_into(monitored: Monitored) -> str:
    """Return the relation, the network before others, into which formulas look, so that it can be set apart; "" for none.

    What is asked of whole states, as the goal of a claim of liveness is, must not look into it.
    """
    system, checks = monitored.system, monitored.checks
    seen = [e for check in checks for e in (*check.stop.values(), *check.trigger.values())]
    whole = [e for check in checks for e in check.of_states]
    network = "" if system.network is None else system.network.variable
    names = sorted((v.name for v in system.variables), key=lambda name: name != network)
    return next(
        (
            name
            for name in names
            if any(drawn_from(action, name) is not None for action in system.actions)
            and is_looked_into(name, system.actions, seen)
            and not any(reads(e, name) for e in whole)
        ),
        "",
    )


def translated(monitored: Monitored, *, looking: bool) -> Translation:
    """Return the translation of a system, whose formulas may be ``looking`` into the pool if whoever asks takes such steps."""
    plain, network = Translation(monitored), monitored.system.network
    if not looking or (plain.pool and (network is None or plain.pool == network.variable)):
        return plain
    pool = looked_into(monitored)
    own = not plain.pool or (network is not None and pool == network.variable)
    return Looking(monitored, pool) if pool and own else plain
