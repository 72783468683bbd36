"""Bounded model checking: is there a run of d steps that decides a claim? For d = 1, 2, 3, ... in turn.

ISNs range over all 2**32 here; a scope bounds only how many are chosen. A run found at depth d is a shortest one, because
none was found before it. That none is found up to some depth never means that a claim holds.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Hashable, Mapping

from checker.engine import Answer, Counts
from checker.host.limits import INTERRUPTED, Limits, Schedule, out_of_time
from checker.host.solving import z3
from checker.symbolic.lower import Lowering, Slot, Slots, Term, constant, in_range, lowered_value, raised_value
from checker.symbolic.pruning import Pruning, UnrolledStep
from model.notation.expr import FALSE, Expr
from model.notation.interpreter import Argument, Arguments
from model.notation.said import said
from model.notation.sorts import Relation, Sort
from model.notation.system import Parameter
from properties.observe import Monitored

Source = tuple[tuple[str, ...], tuple[tuple[str, Sort], ...], Hashable]
"""What tells parameters apart: the names of their cells, their columns, and what they are drawn from."""

Choices = dict[tuple[str, Sort], Term]
"""The unknowns that stand for parameters in one step, by name and sort."""


def bounded_search(monitored: Monitored, limits: Limits) -> Answer:
    """Look for runs of 1, 2, ... steps, up to ``limits.depth`` of them, that decide the checks.

    Without a limit of depth the search ends when every check is decided or the time is over, which may be never. A check that
    only guards the search is looked for at each depth, and does not make it last. The answer has a shortest run for each check
    that some run of at most as many steps as its ``depth`` decides, and names those whose trigger some such run meets.
    """
    run = _Unrolling(monitored, limits)
    try:
        reason = run.explore()
    except KeyboardInterrupt:
        reason = INTERRUPTED
    return Answer(schedules=run.schedules, triggered=frozenset(run.triggered), reason=reason, counts=Counts(depth=run.depth))


class _UndecidedError(Exception):
    """Z3 gave no answer; the message says why."""


class _Unrolling:
    """The formula for runs of some length, extended by one step at a time."""

    def __init__(self, monitored: Monitored, limits: Limits) -> None:
        self.system = monitored.system
        self.depth = 0
        self.schedules: dict[str, Schedule] = {}
        self.triggered: set[str] = set()
        self._checks = monitored.checks
        self._formula: list[Term] = []
        self._model: z3.ModelRef | None = None
        self._limits = limits
        self._deadline: float | None = None
        self._state = {v.name: lowered_value(v.initial, v.sort) for v in self.system.variables}
        self._selectors: list[Term] = []
        self._choices: list[Choices] = []
        self._parameters = dict.fromkeys(
            (name, sort)
            for action in self.system.actions
            for p in action.parameters
            for name, (_, sort) in zip(p.names, p.columns, strict=True)
        )
        self._triggers: dict[str, list[Term]] = {check.name: [] for check in self._checks}
        self._pruning = Pruning(monitored)

    def explore(self) -> str:
        """Deepen until everything is decided and return "", or until something forbids it and return what."""
        limits = self._limits
        self._deadline = deadline = None if limits.seconds is None else time.monotonic() + limits.seconds
        timed_out = out_of_time(limits.seconds or 0)
        while limits.depth is None or self.depth < limits.depth:
            try:
                stops = self._deepen()
                for check in self._checks:
                    if check.name not in self.schedules and self._satisfiable(stops[check.name], deadline):
                        self.schedules[check.name] = self._schedule()
                    if check.guards or check.name in self.triggered:
                        continue
                    if self._satisfiable(self._triggers[check.name][-1], deadline):
                        self.triggered.add(check.name)
            except _UndecidedError as undecided:
                return timed_out if deadline is not None and time.monotonic() >= deadline else str(undecided)
            self.depth += 1
            if all(check.guards or check.name in self.schedules for check in self._checks):
                return ""
        return said("runs of more than {depth} steps were not looked at", depth=limits.depth)

    def _satisfiable(self, formula: Term, deadline: float | None) -> bool:
        if z3.is_false(formula):
            return False
        solver = z3.SolverFor("QF_BV")  # a new one for each question: it simplifies first, which an incremental one cannot
        if deadline is not None:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise _UndecidedError
            solver.set("timeout", min(max(1, int(remaining * 1000)), 2**32 - 1))
        solver.add(*self._formula, formula, self._last)
        answer = self._ask(solver)
        if answer == z3.unknown:
            why = solver.reason_unknown()
            raise _UndecidedError(f"Z3 gave up: {why}")
        self._model = solver.model() if answer == z3.sat else None
        return self._model is not None

    def _ask(self, solver: z3.Solver) -> z3.CheckSatResult:
        """Let Z3 work in a thread of its own, so that this one can look up when Ctrl-C is pressed."""
        answers: list[z3.CheckSatResult] = []
        thread = threading.Thread(target=lambda: answers.append(solver.check()))
        try:
            thread.start()
        except RuntimeError:  # there are no more threads to be had
            return solver.check()
        while thread.is_alive():
            thread.join(0.1)
            if self._interrupted:
                solver.interrupt()
        if self._interrupted:
            raise KeyboardInterrupt
        return answers[0]

    @property
    def _interrupted(self) -> bool:
        return self._limits.interrupted is not None and self._limits.interrupted()

    def _look(self) -> None:
        """Raise where Ctrl-C was pressed or the time is over, while a formula is built."""
        if self._interrupted:
            raise KeyboardInterrupt
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise _UndecidedError

    def _deepen(self) -> dict[str, Term]:
        """Add a step to the formula; return, for each check, a literal that says that the step decides it."""
        k, actions = self.depth, self.system.actions
        selector = z3.BitVec(f"#action@{k}", max(1, (len(actions) - 1).bit_length()))
        self._add(z3.ULE(selector, len(actions) - 1))
        chosen = {
            (name, sort): constant(f"parameter {number} {name}@{k}", sort)
            for number, (name, sort) in enumerate(self._parameters)
        }
        lower = Lowering(self._state, chosen)
        taken: list[Term] = [selector == i for i in range(len(actions))]
        present = self._draw(lower, chosen)
        for action, this in zip(actions, taken, strict=True):
            self._look()
            sound = [
                in_range(chosen[p.columns[0]], p.columns[0][1]) if p.source is None else present[_source(p)]
                for p in action.parameters
            ]
            self._add(z3.Implies(this, z3.And(lower(action.guard), *sound)))
        self._add(*self._pruning.step(UnrolledStep(taken, lower, self._state)))
        watched = {}
        for check in self._checks:
            watched[check.name] = self._literal(f"#stop {check.name}@{k}", check.stop, lower, taken)
            self._triggers[check.name].append(self._literal(f"#trigger {check.name}@{k}", check.trigger, lower, taken))
        after = {
            name: self._next_slots(name, lower, taken) if isinstance(sort, Relation) else self._next(name, lower, taken)
            for name, sort in self.system.sorts.items()
        }
        self._state = after
        self._last = z3.Bool(f"#last@{k}")
        self._add(*(z3.Implies(self._last, constraint) for constraint in self._pruning.end(after)))
        self._selectors.append(selector)
        self._choices.append(chosen)
        return watched

    def _draw(self, lower: Lowering, chosen: Choices) -> dict[Source, Term]:
        """Tie the rows drawn to the slots they are drawn from; return, by parameter and source, that there is such a row.

        The unknown is which slot is drawn, a few bits, and the cells follow from it. (An unknown row that must equal some slot
        says the same, but leaves the solver 64 bits to guess.) Only where different parameters have a name in common do they
        need unknown cells.
        """
        parameters = {_source(p): p for action in self.system.actions for p in action.parameters}
        names = Counter(name for p in parameters.values() for name in p.names)
        present: dict[Source, Term] = {}
        for number, (key, p) in enumerate(parameters.items()):
            if p.source is None:
                continue
            slots: Slots = lower(p.source)
            if not slots or any(names[name] > 1 for name in p.names):
                present[key] = lower(p.source.has(*p.row))
                continue
            which = z3.BitVec(f"#slot {number} of {p.name}@{self.depth}", max(1, (len(slots) - 1).bit_length()))
            at = [which == i for i in range(len(slots))]
            present[key] = z3.Or([z3.And(here, slot.present) for here, slot in zip(at, slots, strict=True)])
            for c, (cell, (_, sort)) in enumerate(zip(p.names, p.columns, strict=True)):
                value = slots[0].cells[c]
                for here, slot in zip(at[1:], slots[1:], strict=True):
                    value = z3.If(here, slot.cells[c], value)
                self._add(chosen[cell, sort] == value)
        return present

    def _add(self, *formulas: Term) -> None:
        self._formula.extend(formulas)

    def _literal(self, name: str, formulas: Mapping[str, Expr], lower: Lowering, taken: list[Term]) -> Term:
        cases = [
            z3.And(this, lower(formulas[action.name]))
            for action, this in zip(self.system.actions, taken, strict=True)
            if formulas.get(action.name, FALSE) is not FALSE
        ]
        if not cases:
            return z3.BoolVal(False)
        literal = z3.Bool(name)
        self._add(literal == z3.Or(cases))
        return literal

    def _next(self, name: str, lower: Lowering, taken: list[Term]) -> Term:
        value = self._state[name]
        assert not isinstance(value, tuple)
        for action, this in zip(self.system.actions, taken, strict=True):
            self._look()
            if name in action.updates:
                value = z3.If(this, lower(action.updates[name]), value)
        return self._named(f"variable {name}@{self.depth + 1}", value)

    def _named(self, name: str, value: Term) -> Term:
        """Return an unknown that equals ``value``, so that the next step refers to it by name and formulas stay small."""
        if z3.is_const(value):
            return value
        unknown = z3.Const(name, value.sort())
        self._add(unknown == value)
        return unknown

    def _next_slots(self, name: str, lower: Lowering, taken: list[Term]) -> Slots:
        """Merge what each action makes of a relation: the rows there were, and as many new slots as one action fills."""
        before = self._state[name]
        assert isinstance(before, tuple)
        edits: list[tuple[Term, list[Term], Slots]] = []
        for action, this in zip(self.system.actions, taken, strict=True):
            self._look()
            if name in action.updates:
                slots: Slots = lower(action.updates[name])
                kept = 0  # how many of the slots are those of before; a relation that becomes another one keeps none
                while kept < min(len(before), len(slots)) and slots[kept].cells is before[kept].cells:
                    kept += 1
                gone: list[Term] = [z3.BoolVal(False)] * (len(before) - kept)
                edits.append((this, [slot.present for slot in slots[:kept]] + gone, slots[kept:]))
        prefix = f"variable {name}@{self.depth + 1}"
        after: list[Slot] = []
        for i, slot in enumerate(before):
            present = slot.present
            for this, presence, _ in edits:
                if presence[i] is not slot.present:
                    present = z3.If(this, presence[i], present)
            after.append(Slot(self._named(f"{prefix}:{i}", present), slot.cells))
        for j in range(max((len(new) for _, _, new in edits), default=0)):
            filling = [(this, new[j]) for this, _, new in edits if j < len(new)]
            present = z3.Or([z3.And(this, slot.present) for this, slot in filling])
            cells = list(filling[-1][1].cells)
            for this, slot in filling[:-1]:
                cells = [z3.If(this, new, old) for new, old in zip(slot.cells, cells, strict=True)]
            at = f"{prefix}:{len(before) + j}"
            named = tuple(self._named(f"{at}.{c}", cell) for c, cell in enumerate(cells))
            after.append(Slot(self._named(at, present), named))
        return tuple(after)

    def _schedule(self) -> Schedule:
        model = self._model
        assert model is not None
        schedule: list[tuple[str, Arguments]] = []
        for selector, chosen in zip(self._selectors, self._choices, strict=True):
            number = model.eval(selector, model_completion=True)
            assert isinstance(number, z3.BitVecNumRef)
            action = self.system.actions[number.as_long()]
            schedule.append((action.name, {p.name: _argument(model, p, chosen) for p in action.parameters}))
        return tuple(schedule)


def _source(p: Parameter) -> Source:
    return p.names, p.columns, None if p.source is None else p.source.key


def _argument(model: z3.ModelRef, p: Parameter, chosen: Choices) -> Argument:
    values = tuple(raised_value(model, chosen[name, sort], sort) for name, (_, sort) in zip(p.names, p.columns, strict=True))
    return values if p.source is not None else values[0]
