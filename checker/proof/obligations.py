"""What has to be shown so that an invariant proves a claim, and whether it is so.

A set of formulas over the state, its *conjuncts*, proves a safety claim when the initial state meets them (*initiation*),
when each action preserves them (*consecution*, one obligation for each action, several for one that changes many), and when no
action that violates the claim is possible where they are true (*safety*, one for each action that can). Each obligation is a
list of assertions that must be unsatisfiable.

They speak of the exact network, with its losses and duplicates written out (:mod:`model.notation.network`), which may hold any
number of segments. Each obligation is an SMT-LIB file without quantifiers that any solver for QF_UFBV or QF_UFLIA can read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from checker.host.solving import z3
from checker.proof.files import file_name
from checker.proof.smtlib import Said, script
from checker.proof.terms import Evaluation, Width
from model.notation.analysis import subformulas, substitute
from model.notation.expr import FALSE, Expr, disj, literal, negate
from model.notation.sorts import Sort
from model.notation.system import Action, TransitionSystem
from properties.observe import Check, Monitored

INITIATION, CONSECUTION, SAFETY = "initiation", "consecution", "safety"
LARGE, PART = 600, 8
"""From how many nodes on, in all conjuncts that an action changes, these are shown in parts, and how many in each.

Solvers say of a few conjuncts within a second what they do not find out of fifty in minutes: that none of them is broken.
"""


@dataclass(frozen=True)
class Obligation:
    """One of the things to show; ``formulas`` must not all be true.

    ``name`` is its kind, after a point its part, where it has parts, and after a hyphen the action, as the name of a file
    has it (:mod:`checker.proof.files`).
    """

    name: str
    says: str
    width: Width
    sorts: Mapping[str, Sort]
    formulas: tuple[Expr, ...]

    def smt2(self) -> str:
        """Return the obligation as an SMT-LIB 2 script, which must be answered by ``unsat``."""
        evaluation = Evaluation(self.width, self.sorts)
        said: list[Said] = []
        for formula in self.formulas:
            first, *more = evaluation.assume(formula)
            said += [(str(formula), first), *(("", term) for term in more)]
        said += [("", term) for term in evaluation.instances()]
        head = [f"{self.name}: {self.says}.", f"Numbers are {self.width.title}. Expected: unsat."]
        logic = "QF_UFBV" if self.width.vectors else "QF_UFLIA"
        return script([(text, term) for text, term in said if not z3.is_true(term)], head, logic)


@dataclass(frozen=True)
class Proof:
    """An invariant and the claim that it is to prove, of the system ``monitored`` with its network written out."""

    monitored: Monitored
    check: Check
    conjuncts: tuple[Expr, ...]
    width: Width

    @property
    def system(self) -> TransitionSystem:
        """The system."""
        return self.monitored.system

    def obligations(self, only: Collection[str] | None = None) -> Iterator[Obligation]:
        """Yield what is to be shown, in the order of the actions; ``only`` of some actions, where that is said."""
        start = {v.name: literal(v.initial, v.sort) for v in self.system.variables}
        at_start = [substitute(conjunct, start) for conjunct in self.conjuncts]
        wrong = disj(*(negate(c) for c in at_start), substitute(self.check.at_start, start))
        yield self._obligation(INITIATION, "the initial state meets every conjunct", [wrong])
        for action in self.system.actions if only is None else filter(lambda action: action.name in only, self.system.actions):
            changed = [c for c in self.conjuncts if substitute(c, action.updates) is not c]
            broken = [negate(substitute(c, action.updates)) for c in changed]
            size = PART if sum(len(list(subformulas(c))) for c in changed) > LARGE else max(1, len(changed))
            parts = [broken[i : i + size] for i in range(0, max(1, len(broken)), size)]
            said = "the action preserves every conjunct"
            for number, part in enumerate(parts, 1):
                which, of = (f".{number}", f", part {number} of {len(parts)}") if len(parts) > 1 else ("", "")
                name = f"{CONSECUTION}{which}-{file_name(action.name)}"
                yield self._obligation(name, said + of, [*self.before(action), disj(*part)])
        for name, stop in self.check.stop.items():
            said = "no such step violates the claim"
            if stop is not FALSE and (only is None or name in only):
                yield self._obligation(f"{SAFETY}-{file_name(name)}", said, [*self.before(self.system.action[name]), stop])

    def before(self, action: Action) -> list[Expr]:
        """Return what is true when an action is taken in a state that meets the invariant."""
        return [*self.conjuncts, *possible(action)]

    def _obligation(self, name: str, says: str, formulas: Sequence[Expr]) -> Obligation:
        return Obligation(name, says, self.width, self.system.sorts, tuple(formulas))


def possible(action: Action) -> list[Expr]:
    """Return what makes an action possible: its guard, and that the rows it draws are there."""
    drawn = [p.source.has(*p.row) for p in action.parameters if p.source is not None]
    return [action.guard, *drawn]
