"""What is proved, and what that rests on.

Only a claim of safety is proved here: that no step violates it, which an inductive invariant shows. One of reachability is
shown by a run, and one of liveness by the absence of fair cycles; an invariant says nothing of either.

A claim looks at the events that actions declare (:mod:`properties.events`). So it rests on another one, that these are what
happens, and that one is proved as well: what an invariant shows of declared events is nothing without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from checker.engine import Setting
from checker.host.limits import ConstrainedError
from checker.proof.obligations import Proof
from checker.proof.terms import WIDTHS, Width
from checker.verdict import Outcome, Verdict
from model.notation.analysis import mentions
from model.notation.expr import TRUE, Expr, Op
from model.notation.network import connect
from model.notation.sorts import NotationError
from properties import events
from properties.claim import Claim, Kind, monitored
from properties.observe import Check, Monitored
from properties.specification import Specification


class NotSafetyError(ValueError):
    """A claim is not one of safety, and no invariant shows it; the message says so."""


@dataclass(frozen=True)
class Subject:
    """What is proved: a claim about a specification under assumptions, watched together with claims whose observers help.

    Raises :class:`NotSafetyError` for a claim of another kind.
    """

    spec: Specification
    claim: Claim
    helpers: tuple[Claim, ...]
    setting: Setting
    grounding: bool = False
    """Whether it is what another subject rests on, and so the last."""

    def __post_init__(self) -> None:
        if self.claim.kind is not Kind.SAFETY:
            raise NotSafetyError(f"{self.claim.name} is a claim of {self.claim.kind.value}, which no invariant shows")

    @cached_property
    def watched(self) -> Monitored:
        """The system without bounds, with the observers of the claim and of its helpers, its network not written out yet."""
        system = self.spec.without_bounds(self.setting.assumptions)
        if system.constraint is not TRUE:
            raise ConstrainedError(
                f"{system.name} is searched within the constraint {system.constraint}, and a proof has no bounds: leave the "
                "constraint out, or make it a part of the guards that need it"
            )
        return monitored(system, [self.claim, *self.helpers])

    @cached_property
    def exact(self) -> Monitored:
        """The same with its network written out: what obligations are about."""
        return replace(self.watched, system=connect(self.watched.system))

    @cached_property
    def ground(self) -> Subject | None:
        """What the claim rests on: that declared events are what happens. None where nothing plays a role.

        Raises :class:`~model.notation.sorts.NotationError` where there are events of roles that nothing shows.
        """
        system = self.watched.system
        if not system.views and any(action.events for action in system.actions):
            raise NotationError(f"{system.name} says events, and has no views by which they could be held against its states")
        if not system.views or self.grounding:
            return None
        return replace(self, claim=events.events_claim(system), helpers=(), grounding=True)

    @property
    def parts(self) -> Mapping[str, Subject]:
        """What is to be shown, by the name of its part of a certificate: "" is the claim, the other what it rests on."""
        return {"": self} if self.ground is None else {"": self, EVENTS: self.ground}

    def check(self, watched: Monitored) -> Check:
        """Return what to look for on behalf of the claim."""
        return next(check for check in watched.checks if check.name == self.claim.name)

    def proof(self, conjuncts: Iterable[Expr], width: Width) -> Proof:
        """Return what an invariant has to show, over the exact network."""
        return Proof(self.exact, self.check(self.watched), tuple(conjuncts), width)

    def trimmed(self, conjuncts: Iterable[Expr]) -> Subject:
        """Return the subject without the helpers whose observers no conjunct mentions."""
        read = {name for conjunct in conjuncts for op, name in mentions(conjunct) if op is Op.VARIABLE}
        of = {check.name: check.observers for check in self.watched.checks}
        return replace(self, helpers=tuple(helper for helper in self.helpers if not read.isdisjoint(of[helper.name])))


EVENTS = "events"
"""The part of a certificate that shows what the claim rests on."""


@dataclass(frozen=True)
class Shown:
    """What was shown at one width, by invariants: those of each part of the subject, and the obligations as SMT-LIB.

    Obligations are named as :class:`~checker.proof.obligations.Obligation` says, those of a part after its name and a slash.
    """

    invariants: Mapping[str, tuple[Expr, ...]]
    scripts: Mapping[str, str]


@dataclass(frozen=True)
class Attempt:
    """What came of an attempt to prove: a violation, or for each width what was shown or the reason why it was not."""

    subject: Subject
    seconds: float
    violated: Verdict | None = None
    shown: Mapping[str, Shown] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    covers: tuple[tuple[str, str | bool], ...] = ()
    """Assumptions, by name and value, any one of which may take the place of the one made: the 32-bit proof is the same."""
    ks: Mapping[str, int] = field(default_factory=dict)
    """By width the k of a proof by k-induction, from states that meet the invariant."""

    @property
    def outcome(self) -> Outcome:
        """Holds, if it was proved at every width; violated; or unknown."""
        if self.violated is not None:
            return Outcome.VIOLATED
        return Outcome.HOLDS if self.shown.keys() == WIDTHS.keys() else Outcome.UNKNOWN

    @property
    def invariants(self) -> Mapping[str, tuple[Expr, ...]]:
        """The invariant of the claim by width, where it was proved."""
        return {width: shown.invariants[""] for width, shown in self.shown.items()}
