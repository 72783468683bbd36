"""What the actions of a system do to formulas, asked of one solver: which step breaks one, and which others exclude that.

All that is said of the state before a step is said once, whichever action is taken: each action, each conjunct and each goal
has a literal that implies it, and a question is a set of literals.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from checker.host.solving import z3
from checker.proof.obligations import possible
from checker.proof.symbols import Kind, symbol
from checker.proof.terms import Evaluation, Term, Width
from model.notation.analysis import mentions, substitute
from model.notation.expr import FALSE, Expr, Key, Op, negate
from model.notation.interpreter import Arguments, State
from model.notation.sorts import Relation, Sort, Value
from model.notation.system import Action
from properties.observe import Monitored


@dataclass(frozen=True, slots=True)
class Induction:
    """A counterexample to induction: a state, the action, and its parameters by the names that formulas use."""

    state: State
    action: str
    parameters: Mapping[str, Value]


class Steps:
    """What the actions of a system do to formulas: one solver that is asked which step breaks one, and what excludes it."""

    def __init__(self, monitored: Monitored, width: Width, deadline: float | None = None) -> None:
        self.width, self._deadline = width, deadline
        self.actions = {action.name: action for action in monitored.system.actions}
        self._sorts = monitored.system.sorts
        self._evaluation = Evaluation(width, self._sorts)
        self._solver = z3.SolverFor("QF_UFBV" if width.vectors else "QF_UFLIA")
        self._assumed: dict[Key, Term] = {}
        self._goals: dict[Hashable, tuple[Term, list[tuple[str, Term]]]] = {}
        self._disjunctions = 0
        self._taken = {
            name: self._implied(symbol(Kind.SAID, "taken", name), possible(action), "taken ")
            for name, action in self.actions.items()
        }
        for name, sort in self._sorts.items():  # so that a counterexample says what they are
            if not isinstance(sort, Relation):
                self._evaluation.variable(name, sort)

    def _implied(self, called: str, formulas: Sequence[Expr], group: str) -> Term:
        """Return a literal that implies formulas, which share the names of their rows with others of the group."""
        literal = z3.Bool(called)
        self._evaluation.afresh(group)
        for e in formulas:
            said, *more = self._evaluation.assume(e)
            self._solver.add(z3.Implies(literal, said), *more)
        return literal

    def minimise_cores(self) -> None:
        """From here on take the time to say which conjuncts are needed, and not only which are enough."""
        self._solver.set("core.minimize", True)

    def breaking(self, conjuncts: Sequence[Expr], others: Sequence[Expr]) -> tuple[Induction | None, set[Key]]:
        """Return a step that breaks some of ``conjuncts``, where all and ``others`` are true before it, and which; or None."""
        goals = {c.key: self._broken(c) for c in conjuncts}
        self._disjunctions += 1
        one = z3.Bool(symbol(Kind.SAID, "one of", self._disjunctions))
        self._solver.add(z3.Implies(one, z3.Or([literal for literal, _ in goals.values()] or [z3.BoolVal(val=False)])))
        model, _ = self._ask(one, [*conjuncts, *others])
        if model is None:
            return None, set()
        found: str | None = None
        broken = set()
        for key, (_, alternatives) in goals.items():
            for name, term in alternatives:
                if found in (None, name) and z3.is_true(model.eval(term)):
                    found = name
                    broken.add(key)
                    break
        assert found is not None
        return self._counterexample(model, found), broken

    def broken_by(self, conjunct: Expr, conjuncts: Sequence[Expr]) -> tuple[Induction | None, list[Expr]]:
        """Return a step that breaks a conjunct where all of ``conjuncts`` are true before; or None, and which exclude it."""
        return self._answer(self._broken(conjunct), conjuncts)

    def meeting(self, stop: Mapping[str, Expr], conjuncts: Sequence[Expr]) -> tuple[Induction | None, list[Expr]]:
        """Return a step that meets what ``stop`` says of its action; or None, as above."""
        said = tuple((name, e.key) for name, e in stop.items())
        return self._answer(self._goal(said, lambda name: stop.get(name, FALSE)), conjuncts)

    def _answer(
        self, goal: tuple[Term, list[tuple[str, Term]]], conjuncts: Sequence[Expr]
    ) -> tuple[Induction | None, list[Expr]]:
        literal, alternatives = goal
        model, core = self._ask(literal, conjuncts)
        if model is None:
            return None, core
        name = next(name for name, term in alternatives if z3.is_true(model.eval(term)))
        return self._counterexample(model, name), []

    def _ask(self, goal: Term, conjuncts: Sequence[Expr]) -> tuple[z3.ModelRef | None, list[Expr]]:
        """Return a model, or None and a part of ``conjuncts`` that excludes one."""
        by_literal = {}
        for conjunct in conjuncts:
            if conjunct.key not in self._assumed:
                number = len(self._assumed)
                called = symbol(Kind.SAID, "assumed", number)
                self._assumed[conjunct.key] = self._implied(called, [conjunct], f"assumed {number} ")
            by_literal[self._assumed[conjunct.key].get_id()] = conjunct
        self._solver.add(*self._evaluation.instances())
        if self._deadline is not None:
            self._solver.set("timeout", max(1, int(1000 * (self._deadline - time.monotonic()))))
        answer = self._solver.check(goal, *(self._assumed[c.key] for c in conjuncts))
        if answer == z3.unknown and self._deadline is not None and time.monotonic() > self._deadline:
            raise UndecidedError("the time is over")
        if answer == z3.unknown:
            raise UndecidedError(f"Z3 gave up: {self._solver.reason_unknown()}")
        if answer == z3.sat:
            return self._solver.model(), []
        core = {literal.get_id() for literal in self._solver.unsat_core()}
        return None, [c for number, c in by_literal.items() if number in core]

    def _broken(self, conjunct: Expr) -> tuple[Term, list[tuple[str, Term]]]:
        reads = {name for op, name in mentions(conjunct) if op is Op.VARIABLE} if conjunct.key not in self._goals else set()

        def broken(name: str) -> Expr:
            updates = self.actions[name].updates
            return FALSE if reads.isdisjoint(updates) else negate(substitute(conjunct, updates))

        return self._goal(conjunct.key, broken)

    def _goal(self, key: Hashable, formula: Callable[[str], Expr]) -> tuple[Term, list[tuple[str, Term]]]:
        """Return a literal that implies that some step meets what ``formula`` says of its action, and what each action says."""
        if key not in self._goals:
            alternatives: list[tuple[str, Term]] = []
            for name, taken in self._taken.items():
                goal = formula(name)
                if goal is not FALSE:
                    self._evaluation.afresh("goal ")
                    said, *more = self._evaluation.assume(goal)
                    self._solver.add(*more)
                    alternatives.append((name, z3.And(taken, said)))
            literal = z3.Bool(symbol(Kind.SAID, "goal", len(self._goals)))
            self._solver.add(z3.Implies(literal, z3.Or([term for _, term in alternatives] or [z3.BoolVal(val=False)])))
            self._goals[key] = literal, alternatives
        return self._goals[key]

    def _counterexample(self, model: z3.ModelRef, action: str) -> Induction:
        return Induction(
            state_in(model, self._evaluation), action, parameter_values(model, self._evaluation, self.actions[action])
        )


def state_in(model: z3.ModelRef, evaluation: Evaluation) -> State:
    """Return the state before the step in a model of Z3's; its relations have the rows that were mentioned."""
    state: dict[str, Value] = {}
    for name, sort in evaluation.sorts.items():
        if isinstance(sort, Relation):
            holds = evaluation.function(name)
            held = [c for c in evaluation.rows.get(name, []) if z3.is_true(model.eval(holds(*c), model_completion=True))]
            sorts = [s for _, s in sort.columns]
            state[name] = frozenset(tuple(_value(model, evaluation, *c) for c in zip(row, sorts, strict=True)) for row in held)
        else:
            state[name] = _value(model, evaluation, evaluation.variable(name, sort), sort)
    return state


def parameter_values(model: z3.ModelRef, evaluation: Evaluation, action: Action, suffix: str = "") -> dict[str, Value]:
    """Return what the parameters of an action stand for in a model, by their names, which end in ``suffix`` there."""
    columns = [(n, s) for p in action.parameters for n, (_, s) in zip(p.names, p.columns, strict=True)]
    return {n: _value(model, evaluation, evaluation.parameter(n + suffix, s), s) for n, s in columns}


def arguments_of(action: Action, values: Mapping[str, Value]) -> Arguments:
    """Return the arguments of an action, given what stands for the names that formulas use."""
    return {p.name: tuple(values[n] for n in p.names) if p.source is not None else values[p.name] for p in action.parameters}


def _value(model: z3.ModelRef, evaluation: Evaluation, term: Term, sort: Sort) -> Value:
    return evaluation.width.value(model.eval(term, model_completion=True), sort)


class UndecidedError(Exception):
    """A solver gave no answer, or time is over; the message says why."""
