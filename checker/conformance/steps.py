"""The steps of one watched endpoint as Python functions: what it may do with a segment that arrived, given what it sent.

A search lists the choices of an action. Here the choices are what is seen: an action that sends a segment is asked whether
that can be the segment seen, and the numbers that it chooses (an ISN, where text begins, how many octets it has) follow from
the equations between the two. The formulas are those of the model, lowered as for the search (:mod:`checker.explicit.source`);
nothing here knows what they say.

States are tuples of the variables that formulas read; what is only noted (as the set of ISNs used) is left out. Numbers are
those that whoever asks makes of them: connections that are alike but for their ISNs are one where their numbers are counted
from the same place, and what was computed for one is looked up for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum as Enumeration
from enum import auto
from functools import lru_cache
from typing import Any

from checker.explicit.pace import Pace
from checker.explicit.source import Translation, compiled
from model.notation.analysis import mentions, references
from model.notation.expr import Binder, Expr, Key, Op, conj, conjuncts, parameter
from model.notation.interpreter import Interpreter
from model.notation.protocol import NETWORK
from model.notation.sorts import BOOL, SEQ, Enum, Nat
from model.notation.system import Action, Parameter, TransitionSystem
from model.tcp.handshakes.facing import FacingAssumptions
from model.tcp.handshakes.watched import WATCHED, Watched
from model.tcp.segment import ANY_CTL, COLUMNS
from properties.observe import Monitored

HOST, PEER = (side.role for side in WATCHED.sides)
State = tuple[int, ...]
Row = tuple[int, int, int, int]
"""SEQ, ACK, the position of CTL in its sort, octets of text."""
_SEEN = "seen"
_MOST = 50_000
"""How many answers are kept before all are forgotten: some tens of megabytes."""
_CELLS = COLUMNS[2:]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the action, the state after it, and whether something is sent that nobody sees."""

    action: int
    state: State
    unseen: bool = False


class Steps:
    """The steps of a watched endpoint under some assumptions."""

    def __init__(self, system: TransitionSystem) -> None:
        self.system = system
        self.actions = tuple(action for action in system.actions if action.by == HOST)
        lowering = _Lowering(system, self.actions)
        self._functions = compiled(lowering.written(), system.name, lowering, Pace(lambda: None))
        self.variables = tuple(lowering.kept)
        self.states: tuple[str, ...] = _members(system, f"{HOST}.state")
        initial = dict(zip(system.sorts, lowering.pack(Interpreter(system).initial()), strict=True))
        self.initial: State = tuple(initial[name] for name in self.variables)
        self._known: dict[tuple[object, ...], tuple[Step, ...]] = {}

    def place(self, name: str) -> int:
        """Return where a state has a variable of the endpoint's."""
        return self.variables.index(f"{HOST}.{name}")

    def takes(self, state: State, segment: Row, seen: Row) -> tuple[Step, ...]:
        """Return the ways in which it takes a segment that arrived, and sends what was seen."""
        return self._looked_up("takes", state, segment, seen)

    def takes_unseen(self, state: State, segment: Row) -> tuple[Step, ...]:
        """Return the ways in which it takes a segment that arrived, and nothing is seen of it."""
        return self._looked_up("takes_unseen", state, segment)

    def sends(self, state: State, seen: Row) -> tuple[Step, ...]:
        """Return the ways in which it sends by itself what was seen."""
        return self._looked_up("sends", state, seen)

    def rests(self, state: State) -> tuple[Step, ...]:
        """Return what it may do by itself that nobody sees."""
        return self._looked_up("rests", state)

    def nearly(self, state: State, segment: Row | None, seen: Row) -> list[tuple[Action, Row]]:
        """Return what it could send instead of what was seen, given the numbers that it chooses itself: by which action.

        It answers a ``segment``, or sends by itself where that is None.
        """
        given = (state, seen) if segment is None else (state, segment, seen)
        function = "nearly_sends" if segment is None else "nearly_takes"
        return [(self.actions[number], tuple(row)) for number, row in self._functions[function](*given)]

    def _looked_up(self, function: str, *given: tuple[int, ...]) -> tuple[Step, ...]:
        asked = (function, *given)
        found = self._known.get(asked)
        if found is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            found = self._known[asked] = tuple(Step(*step) for step in self._functions[function](*given))
        return found


@lru_cache(16)
def steps_under(assumptions: FacingAssumptions, endpoint: type[Watched] = Watched) -> Steps:
    """Return the steps of an endpoint under some assumptions."""
    return Steps(endpoint.by(assumptions).system())


def _members(system: TransitionSystem, name: str) -> tuple[str, ...]:
    sort = system.sorts[name]
    assert isinstance(sort, Enum)
    return sort.members


def control(ctl: str) -> int:
    """Return the position of a combination of control bits."""
    return ANY_CTL.members.index(ctl)


class _Asked(Enumeration):
    """What is asked of an action that sends: whether that is what was seen, what it is when nothing was, what it would be."""

    EXACTLY = auto()
    UNSEEN = auto()
    NEARLY = auto()


class _Lowering(Translation):
    """Formulas as Python source, of the endpoint's actions alone, in which what was seen is known."""

    def __init__(self, system: TransitionSystem, actions: tuple[Action, ...]) -> None:
        super().__init__(Monitored(system))
        self._written: dict[Key, str] = {}
        self.actions = actions
        read = {name for action in actions for name in _read_by(action)}
        self.kept = {name: local for name, local in self.names.items() if name in read and name != NETWORK}
        self.parameters |= {f"{_SEEN}.{column}": f"seen_{column}" for column in _CELLS}
        (segment,) = {p for action in actions for p in action.parameters if p.name == action.receives}
        self.arrives = dict(zip(COLUMNS, (self.parameters[name] for name in segment.names), strict=True))
        self.known = frozenset((*segment.names, *(f"{_SEEN}.{column}" for column in _CELLS)))

    def expression(self, e: Expr, bound: Mapping[Binder, str] | None = None, pool: str = "pool") -> str:
        """Return Python source for a formula. Neighbouring actions have most of theirs in common, which is written once."""
        if bound:
            return super().expression(e, bound, pool)
        if e.key not in self._written:
            self._written[e.key] = super().expression(e, bound, pool)
        return self._written[e.key]

    def written(self) -> str:
        """Return the source of the functions that :class:`Steps` asks."""
        segments = self.system.segments
        assert segments is not None
        ends = segments.columns[0][1]
        assert isinstance(ends, Enum)
        fixed = (
            f"{self.arrives['source']}, {self.arrives['destination']} = {ends.members.index(PEER)}, {ends.members.index(HOST)}"
        )
        segment = ", ".join(self.arrives[column] for column in _CELLS)
        seen = ", ".join(f"seen_{column}" for column in _CELLS)
        arriving, calls = ([a for a in self.actions if bool(a.receives) is receives] for receives in (True, False))
        functions = (
            ("takes(state, segment, seen)", (segment, seen), [a for a in arriving if a.sends], _Asked.EXACTLY),
            ("takes_unseen(state, segment)", (segment, ""), arriving, _Asked.UNSEEN),
            ("sends(state, seen)", ("", seen), [a for a in calls if a.sends], _Asked.EXACTLY),
            ("rests(state)", ("", ""), [a for a in calls if not a.sends], _Asked.UNSEEN),
            ("nearly_takes(state, segment, seen)", (segment, seen), [a for a in arriving if a.sends], _Asked.NEARLY),
            ("nearly_sends(state, seen)", ("", seen), [a for a in calls if a.sends], _Asked.NEARLY),
        )
        return "\n".join(line for function in functions for line in self._function(fixed, *function))

    def _function(self, fixed: str, name: str, given: tuple[str, str], actions: list[Action], asked: _Asked) -> Iterator[str]:
        yield f"def {name}:"
        yield f"    {', '.join(self.kept.values())}, = state"
        yield from (f"    {row} = {what}" for row, what in zip(given, ("segment", "seen"), strict=True) if row)
        yield f"    {fixed}"
        tree: dict[str, Any] = {}
        for action in actions:
            number = self.actions.index(action)
            for sent in action.sends if asked is not _Asked.UNSEEN else [()]:
                lines = self._lines(action, sent, asked)
                if lines is None:
                    continue
                node = tree
                for line in lines:
                    node = node.setdefault(line, {})
                node[f"# {number} {action.name!a}"] = self._yielded(number, action, sent, asked)
        yield from ("    " + line for line in _flat(tree))
        yield "    yield from ()"

    def _lines(self, action: Action, sent: tuple[Expr, ...], asked: _Asked) -> list[str] | None:
        """Return the lines that lead to a step, or None where it has to choose a number that nothing says."""
        cells = [(column, cell) for column, cell in zip(COLUMNS, sent, strict=bool(sent)) if column in _CELLS]
        if asked is _Asked.NEARLY:
            cells = [(column, cell) for column, cell in cells if cell.op is Op.PARAMETER and cell.name not in self.known]
        equations = [cell == parameter(f"{_SEEN}.{column}", cell.sort) for column, cell in cells]
        waiting = list(conjuncts(conj(action.guard, *equations)))
        known = set(self.known)
        lines: list[str] = []

        def bound(c: Expr) -> bool:
            return all(op is Op.VARIABLE or name in known for op, name in mentions(c))

        def ready() -> None:
            lines.extend(f"if {self.expression(c)}:" for c in waiting if bound(c))
            waiting[:] = [c for c in waiting if not bound(c)]

        ready()
        choices = [p for p in action.parameters if p.name != action.receives]
        while choices:
            p = next((p for p in choices if self._said(p, waiting, bound)), choices[0])
            values = self._said(p, waiting, bound) or self._least(p)
            if not values:
                return None
            choices.remove(p)
            lines.append(f"for {self.parameters[p.name]} in {values}:")
            known.add(p.name)
            ready()
        assert not waiting, action.name
        return lines

    def _said(self, p: Parameter, waiting: list[Expr], bound: Callable[[Expr], bool]) -> str:
        """Return the loop over the one value that an equation allows, or ""."""
        sides = ((c.args, c.args[::-1]) for c in waiting if c.op is Op.EQUAL)
        values = (v for pair in sides for chosen, v in pair if chosen.op is Op.PARAMETER and chosen.name == p.name and bound(v))
        value = next(values, None)
        if value is None:
            return ""
        ((_, sort),) = p.columns
        written = self.expression(value)
        return f"only({written}, {sort.limit + 1})" if isinstance(sort, Nat) else f"({written},)"

    def _least(self, p: Parameter) -> str:
        """Return the loop over the least value: of what nobody sees there is none. No number is the least."""
        ((_, sort),) = p.columns
        return "" if sort == SEQ else "(False,)" if sort == BOOL else "(0,)"

    def _yielded(self, number: int, action: Action, sent: tuple[Expr, ...], asked: _Asked) -> list[str]:
        if asked is _Asked.NEARLY:
            cells = (self.expression(cell) for column, cell in zip(COLUMNS, sent, strict=True) if column in _CELLS)
            return [f"yield {number}, ({', '.join(cells)})"]
        values = [
            self.expression(action.updates[name]) if name in action.updates else local for name, local in self.kept.items()
        ]
        unseen = asked is _Asked.UNSEEN and bool(action.sends)
        return [f"yield {number}, ({''.join(value + ', ' for value in values)}), {unseen}"]


def _read_by(action: Action) -> Iterator[str]:
    """Yield the variables that an action reads, but for those that it only reads to update themselves."""
    formulas = [action.guard, *(cell for sent in action.sends for cell in sent)]
    formulas += [candidate for p in action.parameters for candidate in p.candidates]
    of: Mapping[str, list[Expr]] = {"": formulas, **{name: [e] for name, e in action.updates.items()}}
    for target, several in of.items():
        yield from (name for e in several for op, name, _ in references(e) if op is Op.VARIABLE and name != target)


def _flat(tree: Mapping[str, Any]) -> Iterator[str]:
    for line, below in tree.items():
        yield line
        if isinstance(below, dict):
            yield from ("    " + inner for inner in _flat(below))
        else:
            yield from below
