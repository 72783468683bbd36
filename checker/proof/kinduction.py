"""k-induction: a claim that no run violates in its first k steps, and that k steps without a violation never lead up to one.

The runs that end in a violation are followed backwards (M. Sheeran, S. Singh, G. Stålmarck, "Checking Safety Properties Using
Induction and a SAT-Solver", FMCAD 2000). A *path* is a list of actions of which only the last violates the claim; what it asks
of the state before its first step are the guards and the violation, with the updates of earlier steps put in for the variables.
No state is guessed and no step is bounded: it is a formula over one state of the exact network and the parameters of each step,
without quantifiers, as for invariants. Where no path of k steps is possible from any state, and none that is shorter from the
initial state, the claim is proved. Conjuncts that are inductive make fewer states possible.

A shortest run to a violation visits no state twice, so neither need a path. That two states differ in what a relation holds
cannot be said in these formulas; where a step may have changed one, nothing is asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from checker.host.forks import shared
from checker.host.limits import Schedule
from checker.host.solving import z3
from checker.proof.obligations import Obligation, Proof, possible
from checker.proof.prove import Findings, at_each_width
from checker.proof.solvers import SOLVERS, UNSAT
from checker.proof.steps import UndecidedError, arguments_of, parameter_values, state_in
from checker.proof.subject import Subject
from checker.proof.terms import Evaluation, Width
from checker.proof.verifying import verified
from checker.runs.trace import Trace, run_from
from model.notation.analysis import replaced, substitute
from model.notation.expr import FALSE, TRUE, Expr, Op, disj, literal, negate
from model.notation.sorts import Relation
from model.notation.system import Action

SECONDS = 20.0
"""How long one path may take one solver."""


@dataclass(frozen=True, slots=True)
class Path:
    """Actions, and what has to be true before the first of them so that only the last violates the claim.

    ``states`` are those before the later actions, as formulas over the first by variable.
    """

    actions: tuple[str, ...] = ()
    formulas: tuple[Expr, ...] = ()
    states: tuple[Mapping[str, Expr], ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What came of it at one width: the least ``k`` that proves the claim, or the last path that is possible all the same."""

    k: int
    path: Trace | None


def by_k_induction(
    subject: Subject, conjuncts: Sequence[Expr], most: int, deadline: float, log: Callable[[str], None] = lambda _: None
) -> Findings:
    """Try to prove a claim by k-induction for k up to ``most``, from states that meet ``conjuncts``.

    These have to be inductive by themselves. Where it is not proved its ``fault`` is a path that stands in the way: ``most``
    steps from a state, which need not be one that is reached.
    """
    ks: dict[str, int] = {}
    obstacles: list[Trace] = []

    def induced(width: Width, _: Sequence[Expr]) -> tuple[Sequence[Expr], Mapping[str, str]]:
        found = _Induction(subject, tuple(conjuncts), width, deadline, log).up_to(most)
        if found.path is not None:
            obstacles.append(found.path)
            raise UndecidedError(f"not {most}-inductive")
        ks[width.name] = found.k
        return conjuncts, {}

    found = at_each_width(subject, induced, deadline, log)
    return replace(found, ks=ks, fault=obstacles[-1] if obstacles else None)


class _Induction:
    """Paths of growing length at one width."""

    def __init__(
        self, subject: Subject, conjuncts: tuple[Expr, ...], width: Width, deadline: float, log: Callable[[str], None]
    ) -> None:
        self.subject, self.width, self.deadline, self.log = subject, width, deadline, log
        self.proof: Proof = subject.proof(conjuncts, width)
        self.conjuncts = conjuncts
        self.start = {v.name: literal(v.initial, v.sort) for v in self.proof.system.variables}

    def up_to(self, most: int) -> Found:
        """Return the least k that proves the claim, or the last path that is possible."""
        self._check_conjuncts()
        stops = self.proof.check.stop
        actions = self.proof.system.actions
        paths = [self._extended(Path(), a, stops[a.name]) for a in actions if stops.get(a.name, FALSE) is not FALSE]
        possible_: list[Path] = []
        for k in range(1, most + 1):
            answers = shared(self._answers, paths)
            possible_ = [path for path, answer in zip(paths, answers, strict=True) if answer != UNSAT]
            self.log(f"k = {k}: {len(paths)} paths, {len(possible_)} possible ({self.width.name})")
            if not possible_:
                return Found(k, None)
            for path in possible_:
                self._check_beginning(path)
            if k < most:
                paths = [self._extended(path, a, negate(stops.get(a.name, FALSE))) for path in possible_ for a in actions]
        return Found(most, self._shown(possible_[0]))

    def _check_conjuncts(self) -> None:
        """Raise where the conjuncts are no invariant by themselves."""
        if self.conjuncts:
            alone = replace(self.proof.check, stop={}, at_start=FALSE)
            _, missing = verified(self.subject, self.conjuncts, self.width, self.deadline, alone)
            if missing:
                raise UndecidedError(f"what the induction is to begin from is not inductive itself: {missing} fails")

    def _extended(self, path: Path, action: Action, how: Expr) -> Path:
        """Return the path with an action before it, which violates the claim or does not, as ``how`` says."""
        name = f"@{len(path.actions)}"

        def renamed(e: Expr) -> Expr:
            return replaced(e, lambda node: _renamed(node, name) if node.op is Op.PARAMETER else None)

        updates = {variable: renamed(value) for variable, value in action.updates.items()}
        own = (*(renamed(e) for e in possible(action)), renamed(how))
        later = tuple(substitute(e, updates) for e in path.formulas)
        here = {v.name: v.value for v in self.proof.system.variables}
        after = [here, *path.states] if path.actions else []
        states = tuple({name: substitute(value, updates) for name, value in state.items()} for state in after)
        return Path((action.name, *path.actions), (*own, *later, *(_differs(here, state) for state in states)), states)

    def _obligation(self, path: Path) -> Obligation:
        says = "no state allows these steps, of which only the last violates the claim"
        formulas = (*self.conjuncts, *path.formulas)
        return Obligation("-".join(path.actions), says, self.width, self.proof.system.sorts, formulas)

    def _answers(self, paths: Sequence[Path]) -> list[str]:
        """Return unsat for each path that both solvers find impossible, and what one of them says of the others."""
        answers = []
        for path in paths:
            if any(e is FALSE for e in path.formulas):
                answers.append(UNSAT)
                continue
            script = self._obligation(path).smt2()
            answer = UNSAT
            for ask in SOLVERS.values():
                remaining = self.deadline - time.monotonic()
                if remaining <= 0:
                    raise UndecidedError("the time is over")
                answer = ask(script, min(remaining, SECONDS))
                if answer != UNSAT:
                    break
            answers.append(answer)
        return answers

    def _check_beginning(self, path: Path) -> None:
        """Raise where a path is one of the system's runs: then the claim is violated."""
        formulas = tuple(substitute(e, self.start) for e in path.formulas)
        if not any(e is FALSE for e in formulas) and self._answers([Path(path.actions, formulas)]) != [UNSAT]:
            raise UndecidedError(f"it cannot be excluded that the system begins with {', '.join(path.actions)}")

    def _shown(self, path: Path) -> Trace:
        """Return a possible path as a trace, which the interpreter has taken."""
        evaluation = Evaluation(self.width, self.proof.system.sorts)
        solver = z3.Solver()
        solver.set("timeout", int(SECONDS * 1000))
        for formula in self._obligation(path).formulas:
            solver.add(*evaluation.assume(formula))
        solver.add(*evaluation.instances())
        if solver.check() != z3.sat:
            raise UndecidedError(f"Z3 does not say from which state {', '.join(path.actions)} is possible")
        state = state_in(solver.model(), evaluation)
        schedule: Schedule = ()
        for number, name in enumerate(path.actions):
            action = self.proof.system.action[name]
            suffix = f"@{len(path.actions) - 1 - number}"
            schedule += ((name, arguments_of(action, parameter_values(solver.model(), evaluation, action, suffix))),)
        return run_from(self.subject.watched, state, schedule)


def _differs(here: Mapping[str, Expr], there: Mapping[str, Expr]) -> Expr:
    """Return that two states differ, or TRUE where a relation may."""
    changed = [name for name in here if there[name] is not here[name]]
    if any(isinstance(here[name].sort, Relation) for name in changed):
        return TRUE
    return disj(*(negate(here[name] == there[name]) for name in changed))


def _renamed(node: Expr, suffix: str) -> Expr:
    """Return a parameter of some step of the path. Each gets a suffix, so that the last one in a name tells the step."""
    return Expr(Op.PARAMETER, node.sort, (), f"{node.name}{suffix}")
