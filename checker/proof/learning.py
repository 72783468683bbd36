"""Finding an inductive invariant: learned from states that can be reached, and directed by what cannot be shown yet.

The search begins with what is always true of an endpoint in some state, or of a segment of some kind. Then, where an
obligation fails, the solver shows a state from which a step violates the claim (a *counterexample to induction*). Lemmas are
made that exclude it: of few atoms, which no state that was reached makes true together. Those that are inductive, all
together with what is known (Houdini), are kept. Where none of them excludes the state, the states are looked at in which
steps break them, lemmas are made that exclude these, and so on. So what is kept is always an invariant, and a lemma that is
wrong does no harm but take time.

Nothing that is learned is believed: the obligations of the result are shown again, from nothing, over the exact network.

The idea of learning from counterexamples to induction is that of property-directed reachability (Bradley, 2011; with
quantifiers Karbyshev et al., 2015), that of reading lemmas off reached states that of Daikon and, for protocols, of DistAI
(Yao et al., 2021), that of keeping the largest inductive subset that of Houdini (Flanagan and Leino, 2001).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import z3

from checker.proof.obligations import possible
from checker.proof.terms import Evaluation, Term, Width
from checker.proof.vocabulary import Cube, Vocabulary
from model.analysis import substitute
from model.expr import FALSE, Expr, negate
from model.interpreter import State
from model.sorts import SEQ, Relation, Value
from model.system import Action
from properties.observe import Check, Monitored


@dataclass(frozen=True, slots=True)
class Induction:
    """A counterexample to induction: a state, the action, and its parameters by the names that formulas use."""

    state: State
    action: str
    parameters: Mapping[str, Value]


class Step:
    """What one action does to conjuncts, as a solver that is asked about one of them at a time."""

    def __init__(self, monitored: Monitored, action: Action, width: Width) -> None:
        self.action = action
        self.width = width
        self._sorts = monitored.system.sorts
        self._evaluation = Evaluation(width, self._sorts)
        self._solver = z3.SolverFor("QF_UFBV" if width.vectors else "QF_UFLIA")
        self._assumed: dict[int, Term] = {}
        self._goals: dict[int, Term | None] = {}
        self._keep: list[Expr] = []
        self._disjunctions = 0
        for e in possible(action):
            self._solver.add(*self._evaluation.assume(e))
        for name, sort in self._sorts.items():  # so that a counterexample says what they are
            if not isinstance(sort, Relation):
                self._evaluation.constant(name, sort)
        for p in action.parameters:
            for name, (_, sort) in zip(p.names, p.columns, strict=True):
                self._evaluation.constant(name, sort)

    def minimise_cores(self) -> None:
        """From here on take the time to say which conjuncts are needed, and not only which are enough."""
        self._solver.set("core.minimize", True)

    def assumed(self, conjunct: Expr) -> Term:
        """Return a literal that says that a conjunct is true before the step."""
        if id(conjunct) not in self._assumed:
            literal = z3.Bool(f"assumed {len(self._assumed)}")
            self._evaluation.afresh()
            said, *more = self._evaluation.assume(conjunct)
            self._solver.add(z3.Implies(literal, said), *more)
            self._assumed[id(conjunct)] = literal
            self._keep.append(conjunct)
        return self._assumed[id(conjunct)]

    def broken_by(self, conjunct: Expr, conjuncts: Sequence[Expr]) -> tuple[Any, list[Expr]]:
        """Ask whether the step can break a conjunct when all of ``conjuncts`` are true before.

        Return a counterexample, or None and the conjuncts that exclude one.
        """
        return self._ask(conjunct, lambda: negate(substitute(conjunct, self.action.updates)), conjuncts)

    def possible(self, stop: Expr, conjuncts: Sequence[Expr]) -> tuple[Any, list[Expr]]:
        """Ask whether a step that meets ``stop`` is possible; return as above."""
        return self._ask(stop, lambda: stop, conjuncts)

    def breaks(self, conjuncts: Sequence[Expr], others: Sequence[Expr]) -> tuple[Induction | None, set[int]]:
        """Return a step that breaks some of ``conjuncts``, where all and ``others`` are true before it, and which; or None."""
        goals = [(c, self._broken(c)) for c in conjuncts if self.concerns(c)]
        asked = [(c, goal) for c, goal in goals if goal is not None]
        if not asked:
            return None, set()
        assumed = [self.assumed(c) for c in (*conjuncts, *others)]
        self._solver.add(*self._evaluation.instances())
        self._disjunctions += 1
        one = z3.Bool(f"one of {self._disjunctions}")
        self._solver.add(z3.Implies(one, z3.Or([goal for _, goal in asked])))
        if self._solver.check(one, *assumed) == z3.unsat:
            return None, set()
        model = self._solver.model()
        return self._counterexample(model), {id(c) for c, goal in asked if z3.is_true(model.eval(goal))}

    def _broken(self, conjunct: Expr) -> Term | None:
        return self._goal(conjunct, lambda: negate(substitute(conjunct, self.action.updates)))

    def concerns(self, conjunct: Expr) -> bool:
        """Return whether the action changes anything that a conjunct reads."""
        return substitute(conjunct, self.action.updates) is not conjunct

    def _ask(self, key: Expr, formula: Callable[[], Expr], conjuncts: Sequence[Expr]) -> tuple[Any, list[Expr]]:
        goal_literal = self._goal(key, formula)
        if goal_literal is None:
            return None, []
        by_literal = {self.assumed(c).get_id(): c for c in conjuncts}
        self._solver.add(*self._evaluation.instances())
        answer = self._solver.check(goal_literal, *(self.assumed(c) for c in conjuncts))
        if answer == z3.unsat:
            core = {literal.get_id() for literal in self._solver.unsat_core()}
            return None, [c for number, c in by_literal.items() if number in core]
        if answer == z3.unknown:
            raise UndecidedError(f"Z3 gave up on {self.action.name}: {self._solver.reason_unknown()}")
        return self._counterexample(self._solver.model()), []

    def _goal(self, key: Expr, formula: Callable[[], Expr]) -> Term | None:
        if id(key) not in self._goals:
            goal = formula()
            literal = None
            if goal is not FALSE:
                literal = z3.Bool(f"goal {len(self._goals)}")
                self._evaluation.afresh()
                said, *more = self._evaluation.assume(goal)
                self._solver.add(z3.Implies(literal, said), *more)
            self._goals[id(key)] = literal
            self._keep.append(key)
        return self._goals[id(key)]

    def _counterexample(self, model: Any) -> Induction:
        def value(term: Term, sort: Any) -> Value:
            return self.width.value(model.eval(term, model_completion=True), sort)

        state: dict[str, Value] = {}
        for name, sort in self._sorts.items():
            if isinstance(sort, Relation):
                held = set()
                for cells in self._evaluation.rows.get(name, []):
                    if z3.is_true(model.eval(self._evaluation.function(name)(*cells), model_completion=True)):
                        held.add(tuple(value(cell, s) for cell, (_, s) in zip(cells, sort.columns, strict=True)))
                state[name] = frozenset(held)
            else:
                state[name] = value(self._evaluation.constants[name], sort)
        columns = [(n, s) for p in self.action.parameters for n, (_, s) in zip(p.names, p.columns, strict=True)]
        return Induction(state, self.action.name, {n: value(self._evaluation.constants[n], s) for n, s in columns})


class UndecidedError(Exception):
    """A solver gave no answer, or time is over; the message says why."""


@dataclass
class Learner:
    """The search for an invariant that proves a check of a system whose network keeps everything."""

    monitored: Monitored
    width: Width
    vocabulary: Vocabulary
    reached: np.ndarray
    """Vectors of what was reached, one for each state and each row of its network."""
    without: np.ndarray
    """The same of states, whatever their network: only atoms that are about no row count in them."""
    deadline: float
    log: Callable[[str], None] = lambda _: None
    lemmas: list[Expr] = field(default_factory=list)
    """What is known to be inductive, all together."""
    cubes: dict[int, Cube] = field(default_factory=dict)
    known: dict[Cube, Expr] = field(default_factory=dict)
    broken: dict[int, np.ndarray] = field(default_factory=dict)
    """For each lemma that was not inductive the vectors of a state in which a step breaks it."""

    def __post_init__(self) -> None:
        self.steps = {a.name: Step(self.monitored, a, self.width) for a in self.monitored.system.actions}

    def suggest(self, lemmas: Sequence[Expr]) -> None:
        """Begin with ``lemmas``, and with what is always true of a state and of a kind of segment, if inductive."""
        mine = [self._lemma(cube) for lemma in lemmas if (cube := self._cube(lemma)) is not None]
        self._absorb([*mine, *self._basic()])
        self.log(f"{len(self.lemmas)} basic lemmas")

    def _cube(self, lemma: Expr) -> Cube | None:
        said = str(lemma)
        return next((cube for cube, known in self.vocabulary.said.items() if known == said), None)

    def prove(self, check: Check, patience: int) -> None:
        """Learn lemmas until they prove a check; raise :class:`UndecidedError` where that is not possible."""
        while (induction := self._violation(check)) is not None:
            self._exclude(induction, patience)
        self.log(f"{check.name}: shown with {len(self.lemmas)} lemmas")

    def _violation(self, check: Check) -> Induction | None:
        for name, stop in check.stop.items():
            induction, _ = self.steps[name].possible(stop, self.lemmas)
            if induction is not None:
                return induction  # type: ignore[no-any-return]
        return None

    def _exclude(self, target: Induction, rounds: int) -> None:
        """Learn lemmas that exclude a state, and where they are not inductive those that exclude what breaks them."""
        asked: dict[Cube, int] = {}
        explored: dict[Cube, np.ndarray] = {}
        goal = self._vectors(target)
        frontier = [(0, target)]
        for round_ in range(rounds):
            for depth, induction in frontier:
                for cube in self._candidates(induction):
                    asked.setdefault(cube, depth)
            self._absorb([self._lemma(cube) for cube in asked])
            self.log(f"round {round_}: {target.action}, {len(frontier)} states, {len(asked)} asked, {len(self.lemmas)} lemmas")
            if self._excluded(goal, self.lemmas):
                return
            inductive = {id(lemma) for lemma in self.lemmas}
            explored = {cube: of for cube, of in explored.items() if not self._excluded(of, self.lemmas)}
            todo = [cube for cube in asked if id(self._lemma(cube)) not in inductive and cube not in explored]
            frontier = []
            for cube in sorted(todo, key=lambda cube: (asked[cube], self._price(cube))):
                if len(frontier) >= WIDEST:
                    break
                breaking = self._breaks(self._lemma(cube))
                if breaking is not None:
                    explored[cube] = self._vectors(breaking)
                    if not any(i.state == breaking.state for _, i in frontier):
                        frontier.append((asked[cube] + 1, breaking))
            if not frontier:
                break
        raise UndecidedError("no lemma that excludes a state leading to a violation was found to be inductive")

    def _breaks(self, lemma: Expr) -> Induction | None:
        for step in self.steps.values():
            if step.concerns(lemma):
                induction, _ = step.broken_by(lemma, [*self.lemmas, lemma])
                if induction is not None:
                    return induction  # type: ignore[no-any-return]
        return None

    def _vectors(self, induction: Induction) -> np.ndarray:
        """Return the vectors of a state: of no row, and of each row of its network."""
        return self.vocabulary.vectors([induction.state], [[None, *self._rows(induction)]])

    def _rows(self, induction: Induction) -> list[Any]:
        network = self.vocabulary.network
        return sorted(induction.state[network.name]) if network is not None else []  # type: ignore[arg-type]

    def _excluded(self, vectors: np.ndarray, lemmas: Iterable[Expr]) -> bool:
        """Return whether a state, given by its vectors, does not meet one of ``lemmas``."""
        return any(self._in(self.cubes[id(lemma)], vectors) for lemma in lemmas)

    def _in(self, cube: Cube, vectors: np.ndarray) -> bool:
        columns, truth = zip(*cube, strict=True)
        rows = vectors[1:] if any(self.vocabulary.of_row[i] for i in columns) else vectors
        return bool((rows[:, columns] == np.array(truth)).all(axis=1).any())

    def _lemma(self, cube: Cube) -> Expr:
        if cube not in self.known:
            self.known[cube] = lemma = self.vocabulary.excludes(cube)
            self.cubes[id(lemma)] = cube
        return self.known[cube]

    def _price(self, cube: Cube) -> float:
        return float(sum(self.vocabulary.costs[i, 0 if truth else 1] for i, truth in cube))

    # -- lemmas --------------------------------------------------------------------------------------------------------------

    def _basic(self) -> list[Expr]:
        """Return what was always true of an endpoint in some state, and of a segment of some kind."""
        vocabulary, cubes = self.vocabulary, dict[Cube, None]()

        def add(*cube: tuple[int, bool]) -> None:
            if not any(frozenset(part) in cubes for n in range(1, len(cube)) for part in combinations(cube, n)):
                cubes.setdefault(frozenset(cube))

        for of_row, matrix in ((False, self.without), (True, self.reached)):
            usable = [i for i in range(len(vocabulary.atoms)) if vocabulary.of_row[i] == of_row]
            names = [i for i in usable if vocabulary.atoms[i].test == "is" and vocabulary.atoms[i].data != 0]
            names = [i for i in names if matrix[:, i].any()]
            for i in usable:
                if not matrix[:, i].any():
                    add((i, True))
            for kind in [(i,) for i in names] + (list(combinations(names, 2)) if of_row else []):
                of_kind = matrix[matrix[:, kind].all(axis=1)]
                for i in usable if len(of_kind) else ():
                    if i not in kind and not of_kind[:, i].any() and vocabulary.atoms[i].test != "ahead":
                        add(*((k, True) for k in kind), (i, True))
                    elif i not in kind and of_kind[:, i].all():
                        add(*((k, True) for k in kind), (i, False))
        return [self._lemma(cube) for cube in cubes]

    def _candidates(self, induction: Induction) -> Iterator[Cube]:
        """Yield cubes of few atoms that a state is in, and that nothing which was reached is in."""
        scalar = ~self.vocabulary.of_row
        for number, vector in enumerate(self._vectors(induction)):
            matrix, usable = (self.reached, np.ones_like(scalar)) if number else (self.without, scalar)
            yield from self._separating(vector, matrix == vector, usable)

    def _separating(self, vector: np.ndarray, same: np.ndarray, usable: np.ndarray) -> Iterator[Cube]:
        atoms = self.vocabulary.atoms
        here: list[int] = np.flatnonzero(usable).tolist()
        numbers = [self.vocabulary.sort(atom.columns[0]) == SEQ for atom in atoms]
        context = [i for i in here if atoms[i].test == "is" and (vector[i] or atoms[i].data is True) and not numbers[i]]
        cost = np.where(vector, self.vocabulary.costs[:, 0], self.vocabulary.costs[:, 1])
        relational = sorted((i for i in here if atoms[i].test != "is"), key=lambda i: cost[i])
        within = same[same[:, context].all(axis=1)]
        if not len(within):
            yield self._smallest(vector, same, context, [])
            return
        for i in relational:
            if not within[:, i].any():
                yield self._smallest(vector, same, context, [i])
        distinct = {within[:, i].tobytes(): i for i in reversed(relational)}  # of those that agree here the cheapest
        chosen = [i for i in distinct.values() if within[:, i].any() and not within[:, i].all()]
        chosen.sort(key=lambda i: cost[i])
        table = within[:, chosen].astype(np.int32)
        together = table.T @ table
        for (a, i), (b, j) in combinations(enumerate(chosen), 2):
            if not together[a, b]:
                yield self._smallest(vector, same, context, [i, j])

    def _smallest(self, vector: np.ndarray, same: np.ndarray, context: list[int], relational: list[int]) -> Cube:
        """Return the cube without what it takes not to be reached."""
        cube = [*context, *relational]
        for i in sorted(context, key=lambda i: (bool(self.vocabulary.of_row[i]), -self.vocabulary.costs[i, 0])):
            less = [j for j in cube if j != i]
            if less and not same[:, less].all(axis=1).any():
                cube = less
        return frozenset((int(i), bool(vector[i])) for i in cube)

    # -- what is inductive ---------------------------------------------------------------------------------------------------

    def _absorb(self, lemmas: list[Expr]) -> None:
        """Add the largest set of ``lemmas`` that is inductive, together with what is known (Houdini: Flanagan and Leino, 2001).

        A lemma that was broken before is not asked about again until the state in which that happened is excluded.
        """
        known = {id(lemma) for lemma in self.lemmas}
        new = {id(lemma): lemma for lemma in lemmas if id(lemma) not in known}
        fresh = [lemma for key, lemma in new.items() if key not in self.broken]
        while True:  # what may be inductive now, if what it needs is
            more = [lemma for key, lemma in new.items() if key in self.broken and self._excluded(self.broken[key], fresh)]
            if not more:
                break
            for lemma in more:
                del self.broken[id(lemma)]
            fresh += more
        new = {id(lemma): lemma for lemma in fresh}
        settled = False
        while new and not settled:
            settled = True
            for step in self.steps.values():
                while new:
                    if time.monotonic() > self.deadline:
                        raise UndecidedError("the time is over")
                    induction, broken = step.breaks(list(new.values()), self.lemmas)
                    if induction is None:
                        break
                    settled = False
                    vectors = self._vectors(induction)
                    self.broken.update(dict.fromkeys(broken, vectors))
                    new = {key: lemma for key, lemma in new.items() if key not in broken}
        self.lemmas += new.values()

    def needed(self, check: Check) -> list[Expr]:
        """Return lemmas that prove a check, none of which can be left out."""
        for step in self.steps.values():
            step.minimise_cores()
        asked: dict[tuple[int, str], Callable[[Sequence[Expr]], tuple[Any, list[Expr]]]] = {}
        cores: dict[tuple[int, str], set[int]] = {}
        found: dict[int, Expr] = {}

        def ask(key: int, step: Step, question: Callable[[Sequence[Expr]], tuple[Any, list[Expr]]]) -> list[Expr]:
            asked[key, step.action.name] = question
            _, core = question(self.lemmas)
            cores[key, step.action.name] = {id(c) for c in core}
            return core

        todo: list[Expr] = []
        for name, stop in check.stop.items():
            todo += ask(0, self.steps[name], lambda known, s=self.steps[name], e=stop: s.possible(e, known))  # type: ignore[misc]
        while todo:
            lemma = todo.pop()
            if id(lemma) in found:
                continue
            found[id(lemma)] = lemma
            for step in self.steps.values():
                if step.concerns(lemma):
                    todo += ask(id(lemma), step, lambda known, s=step, c=lemma: s.broken_by(c, known))  # type: ignore[misc]
        for key in sorted(found, key=lambda key: -self._price(self.cubes[key])):
            without = {k: c for k, c in found.items() if k != key}
            again = {}
            for what, core in cores.items():
                if key in core and what[0] != key:
                    induction, instead = asked[what](list(without.values()))
                    if induction is not None:
                        break
                    again[what] = {id(c) for c in instead}
            else:
                found = without
                cores = {what: core for what, core in (cores | again).items() if what[0] != key}
        return [lemma for lemma in self.lemmas if id(lemma) in found]


ROUNDS = 40
"""How often lemmas are looked for that lemmas need, before a state is given up."""
WIDEST = 10
"""How many states that break lemmas are looked at together."""
