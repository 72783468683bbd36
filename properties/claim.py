"""What a claim is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import repeat

from model.notation.analysis import mentions, substitute
from model.notation.expr import FALSE, Expr, Op, lift, negate
from model.notation.network import connect
from model.notation.sorts import BOOL, NotationError, Sort, brief, check_is, check_name, check_tuple
from model.notation.system import BEGINS, DEEPEST, Happening, TransitionSystem, Variable, about
from properties.fairness import Fairness, weakly
from properties.kind import Kind as Kind  # noqa: PLC0414  # those who have a claim take its kind from here
from properties.losses import notices
from properties.observe import Check, Monitored, Obligation, Seen, observer_name
from properties.step import Step, Told, effects, told


@dataclass(frozen=True, eq=False)
class LeadsTo:
    """What a claim of liveness says: in each fair run a state that meets ``premise`` meets ``goal``, or a later one does.

    Both are formulas over the state and the claim's observers, which they read by the observers' own names.
    """

    premise: Expr
    goal: Expr
    fairness: tuple[Fairness, ...] = ()

    def __post_init__(self) -> None:
        twice = [f.name for i, f in enumerate(self.fairness) if f.name in {other.name for other in self.fairness[:i]}]
        if twice:
            raise NotationError(f"two fairness assumptions are called {twice[0]!r}: give one of them another name", twice[0])


@dataclass(frozen=True, slots=True)
class Needs:
    """What a claim asks of a system besides its roles. A system that cannot serve it is not asked, and told why.

    ``views`` are the parts of each endpoint's view that it looks at, ``events`` the kinds that it goes by, ``headers`` is the
    name of the format that segments have to be in, and ``variables`` are those that each endpoint has to have, by sort. One
    that needs ``memory`` follows what an endpoint keeps of its answer: it has nothing to follow where an answer leaves nothing.
    """

    views: tuple[str, ...] = ()
    events: tuple[Happening, ...] = ()
    headers: str = ""
    variables: tuple[tuple[str, Sort], ...] = ()
    memory: bool = False

    def forgotten(self, system: TransitionSystem) -> str:
        """Return who answers and keeps nothing, in words, where the claim needs that it does; else ""."""
        roles = (e.role for action in system.actions for e in action.events if e.formulas) if self.memory else ()
        return next((f"its {role} says itself what it answers, and keeps nothing of it" for role in roles), "")

    def missing(self, system: TransitionSystem) -> str:
        """Return what a system lacks, in words, or "" where it has everything."""
        said = {event.kind for action in system.actions for event in action.events}
        unsaid = [kind.name for kind in self.events if kind not in said]
        unseen = [f"{role}'s {part}" for role, view in system.views.items() for part in self.views if part not in view.parts]
        own = ((f"{role}.{name}", sort) for role in system.views for name, sort in self.variables)
        unknown = [name for name, sort in own if system.sorts.get(name) != sort]
        if self.headers and (system.segments is None or system.segments.format.name != self.headers):
            return f"it has no segments with {self.headers}'s headers"
        if unseen:
            return f"its views do not show the {unseen[0]}"
        if unknown:
            return f"it has no variable {unknown[0]!r} of the sort that is needed"
        return f"no action of it says {unsaid[0]}" if unsaid else self.forgotten(system)


NOTHING = Needs()


@dataclass(frozen=True, eq=False)
class Claim:
    """A statement about a handshake, defined over events, so that it applies to any handshake that says its events.

    ``brief`` says it in a few words, ``statement`` in a sentence, ``formula`` in symbols; ``why`` says why it matters,
    ``when_stopped`` what a step that violates it (or reaches its goal) shows, and ``trigger`` without which event a verdict
    says little. A claim that is not ``asserted`` is a deliberate non-property: known to be violated, and there to show why the
    others are put more carefully. ``at_start`` is a formula over the state that stops the search before any step where the
    initial state meets it.

    ``because`` says in words why such a step does so, with what the run has there in braces (:mod:`reports.traces.grounds`
    has what can be put in); where it is "", the formulas that decide it are shown with their values.

    It applies where there are its ``roles``. One about ``PEERS`` applies to any two endpoints, whatever they are called, and
    one about ``EVERYBODY`` to any number of them; then ``observers`` may be a function from the roles to the variables. One
    that ``needs`` more of a system says so, and one that is only ``within`` some families of compositions applies in no other.
    """

    name: str
    kind: Kind
    brief: str
    statement: str
    formula: str
    why: str
    when_stopped: str
    trigger: str
    roles: tuple[str, ...]
    watch: Callable[[Step], Seen]
    observers: tuple[Variable, ...] | Callable[[tuple[str, ...]], tuple[Variable, ...]] = ()
    asserted: bool = True
    at_start: Expr = FALSE
    needs: Needs = NOTHING
    within: tuple[str, ...] = ()
    because: str = ""
    auxiliary: bool = False
    """Whether proofs of other claims may speak of what this one remembers."""
    leads_to: LeadsTo | None = None
    """What a claim of liveness says; its ``watch`` only remembers. None for any other claim."""
    besides: Callable[[TransitionSystem], tuple[Variable, ...]] | None = None
    """The observers that only some systems need; its ``watch`` asks ``step.remembers(name)`` whether they are there."""

    def __post_init__(self) -> None:
        if not self.trigger:
            raise NotationError(f"claim {self.name!r} has no trigger: {TRIGGER}")
        check_name("the name of a claim", self.name)
        for part in ("brief", "statement", "formula", "why", "when_stopped", "trigger", "because"):
            check_is(f"the {part} of claim {self.name!r}", getattr(self, part), str, "a text")
        check_tuple(f"what claim {self.name!r} has as its roles", self.roles, str)
        if not callable(self.observers):
            check_tuple(f"what claim {self.name!r} has as its observers", self.observers, Variable)
        if (self.kind is Kind.LIVENESS) != (self.leads_to is not None):
            raise NotationError(f"claim {self.name!r} is of liveness where it has a leads_to, and only there")

    def concerns(self, roles: Collection[str], *families: str, anywhere: bool = False) -> bool:
        """Return whether the claim is about these roles, in one of these families of compositions, or ``anywhere``."""
        return (anywhere or not self.within or not {*self.within}.isdisjoint(families)) and self._names(roles)

    def _names(self, roles: Collection[str]) -> bool:
        if self.roles == EVERYBODY:
            return bool(roles)
        return len(roles) == len(PEERS) if self.roles == PEERS else set(self.roles) <= set(roles)

    def unserved(self, system: TransitionSystem) -> str:
        """Return why a system by itself is not asked this, or "" where it is."""
        if not self.roles:
            return ""
        if self.within:
            return "it is about compositions of handshakes"
        if not self._names(system.views):
            return f"it is about {' and '.join(self.roles)}"
        return self.needs.missing(system)

    def observing(self, system: TransitionSystem) -> tuple[Variable, ...]:
        """Return the observers for a system."""
        always = self.observers(tuple(system.views)) if callable(self.observers) else self.observers
        return always if self.besides is None else (*always, *self.besides(system))

    @property
    def remembers(self) -> bool:
        """Whether it has observers, in some system."""
        return bool(self.observers) or self.besides is not None

    @property
    def fairness(self) -> tuple[Fairness, ...]:
        """What a claim of liveness assumes to happen in the end."""
        return () if self.leads_to is None else self.leads_to.fairness

    def assuming(self, fairness: Iterable[Fairness]) -> Claim:
        """Return the claim of liveness with other fairness."""
        assert self.leads_to is not None
        return replace(self, leads_to=replace(self.leads_to, fairness=tuple(fairness)))


PEERS = ("one endpoint", "the other")
"""The roles of a claim about any two endpoints."""
EVERYBODY = ("everybody",)
"""The roles of a claim about all endpoints, however many there are."""


ASKED = ("of handshakes that ask",)
"""The families of a claim that is asked of handshakes which name it (``asks``), and of no others."""


TRIGGER = "say what has to happen for its verdict to mean anything, so that a claim that holds for want of it is found out"


def leads_to(  # noqa: PLR0913  # all but three are words that a reader is shown
    name: str,
    premise: object,
    goal: object,
    *,
    fairness: tuple[Fairness, ...] = (),
    when: str = "",
    statement: str = "",
    brief: str = "",
    why: str = "",
) -> Claim:
    """Return the claim that whenever ``premise`` is true, ``goal`` is true then or later, in every run that is fair.

    ``when`` says the premise in words, as in "the left process wanted to enter".
    """
    first, then = _state_formula(name, premise), _state_formula(name, goal)
    check_tuple(f"what claim {name!r} has as its fairness", fairness, Fairness)
    return Claim(
        name,
        Kind.LIVENESS,
        brief=brief or statement or f"{first} leads to {then}",
        statement=statement or f"Whenever {first}, then or later {then}.",
        formula=f"G ({first} => F ({then}))",
        why=why,
        when_stopped=f"it never comes true that {then}",
        trigger=when or str(first),
        roles=(),
        watch=lambda step: Seen(trigger=first | step.after(first)),
        leads_to=LeadsTo(first, then, fairness),
    )


def eventually(  # noqa: PLR0913  # as leads_to
    name: str, goal: object, *, fairness: tuple[Fairness, ...] = (), statement: str = "", brief: str = "", why: str = ""
) -> Claim:
    """Return the claim that ``goal`` is true again and again in every fair run: at any time, it is true then or later."""
    then, always = _state_formula(name, goal), lift(True, BOOL)
    said = statement or f"At any time, then or later {then}."
    claim = leads_to(name, always, then, fairness=fairness, when="a run began", statement=said, brief=brief, why=why)
    return replace(claim, brief=brief or statement or f"again and again {then}", formula=f"G F ({then})")


def invariant(  # noqa: PLR0913  # all but two are words that a reader is shown
    name: str,
    condition: object,
    *,
    trigger: object,
    when: str,
    statement: str = "",
    brief: str = "",
    why: str = "",
    roles: tuple[str, ...] = (),
) -> Claim:
    """Return the claim that ``condition`` is true in every state.

    ``trigger`` is a condition that some state must meet for the verdict to mean anything, and ``when`` says it in words, as in
    "one of them was in its critical section". ``roles`` are those of a claim about every handshake with the same variables.
    """
    always, met = _state_formula(name, condition), _state_formula(name, trigger)
    said = statement or f"It is always true that {always}."
    return Claim(
        name,
        Kind.SAFETY,
        brief=brief or statement or str(always),
        statement=said,
        formula=f"G ({always})",
        why=why,
        when_stopped=f"it was not true any more that {always}",
        trigger=when,
        roles=roles,
        watch=lambda step: Seen(stop=negate(step.after(always)), trigger=met | step.after(met)),
        at_start=negate(always),
    )


def reachable(name: str, goal: object, *, statement: str = "", brief: str = "", why: str = "") -> Claim:
    """Return the claim that some state meets ``goal``."""
    some = _state_formula(name, goal)
    return Claim(
        name,
        Kind.REACHABILITY,
        brief=brief or statement or str(some),
        statement=statement or f"It can become true that {some}.",
        formula=f"EF ({some})",
        why=why,
        when_stopped=f"it was true that {some}",
        trigger="a step was taken",
        roles=(),
        watch=lambda step: Seen(stop=step.after(some), trigger=lift(True, BOOL)),
        at_start=some,
    )


def exercised(claim: Claim) -> Claim:
    """Return the claim that the trigger of a claim can happen: a run to it is an example of what the claim is about."""

    def watch(step: Step) -> Seen:
        trigger = claim.watch(step).trigger
        return Seen(stop=trigger, trigger=trigger)

    return replace(
        claim,
        kind=Kind.REACHABILITY,
        when_stopped=claim.trigger,
        because="{step}" if claim.because else "",
        watch=watch,
        at_start=FALSE,
        leads_to=None,
    )


def _state_formula(claim: str, condition: object) -> Expr:
    if not isinstance(condition, Expr) or condition.sort != BOOL:
        write = "write one over the state, such as x.value == 1"
        raise NotationError(f"claim {claim!r} has {brief(condition)} where a truth value is needed: {write}")
    if condition.depth > DEEPEST:
        raise NotationError(
            f"the formula of claim {claim!r} is nested {condition.depth} deep, and {DEEPEST} is the most: split it"
        )
    return condition


def monitored(system: TransitionSystem, claims: Iterable[Claim]) -> Monitored:
    """Return the system with the observers of ``claims`` woven in, and what to look for on behalf of each.

    Where a claim notices what the network does (:mod:`properties.losses`) the network is written out first: only then do the
    actions say what becomes of it, and losses are steps that a claim is shown.
    """
    asked = tuple(claims)
    watched, said = _woven(system, asked)
    if system.network is None or system.network.written_out:
        return watched
    exact, _ = _woven(connect(system), asked, said)
    return exact if notices(system, watched, exact) else watched


def _woven(
    system: TransitionSystem, claims: Sequence[Claim], before: Sequence[Told] | None = None
) -> tuple[Monitored, list[Told]]:
    """Weave claims into a system, and return beside it what each said; ``before`` is what they said of it not written out.

    Each is shown the system alone, so that none sees what another remembers.
    """
    checks: list[Check] = []
    observers: list[Variable] = []
    updates: dict[str, dict[str, Expr]] = {action.name: {} for action in system.actions}
    known = effects(system)
    every: list[Told] = []
    for claim, earlier in zip(claims, before or repeat(None), strict=False):
        said = told(system, claim.name, claim.observing(system), claim.watch, known, earlier)
        every.append(said)
        alone = system.extended(said.observers, said.updates)
        with about(f"claim {claim.name!r}", claim.name):
            _check_roles(claim, system, [claim.at_start, *said.stop.values(), *said.trigger.values()])
            alone.check_reads([claim.at_start])
            for watched in (said.stop, said.trigger):
                for action, formula in watched.items():
                    alone.check_reads([formula], system.action[action])
            obligation = _obligation(claim, system, alone)
        checks.append(replace(said.check, at_start=claim.at_start, obligation=obligation))
        observers += said.observers
        for action, remembered in said.updates.items():
            updates[action] |= remembered
    return Monitored(system.extended(tuple(observers), updates), tuple(checks)), every


def _check_roles(claim: Claim, system: TransitionSystem, formulas: Iterable[Expr]) -> None:
    """Raise for a claim that reads the variables of endpoints that the system has not, and does not say whom it is about."""
    read = {name for formula in formulas for op, name in mentions(formula) if op is Op.VARIABLE and name not in system.sorts}
    owners = {name.partition(".")[0] for name in read if "." in name}
    others = tuple(sorted(owners - {claim.name, *system.views}))
    if claim.roles or not others or not system.views:
        return
    names = " and ".join(repr(name) for name in sorted(read) if name.startswith(others))
    known = " and ".join(system.views)
    raise NotationError(f"reads {names}, and {system.name} is of {known}: if it is about others, say so by roles={others!r}")


def _obligation(claim: Claim, system: TransitionSystem, woven: TransitionSystem) -> Obligation | None:
    """Return what a claim of liveness asks for, in terms of the system that it is woven into."""
    if claim.leads_to is None:
        return None
    own = {v.name: replace(v, name=observer_name(claim.name, v.name)).value for v in claim.observing(system)}
    premise, goal = (substitute(e, own) for e in (claim.leads_to.premise, claim.leads_to.goal))
    woven.check_reads([premise, goal])
    fairness = tuple(assumption.within(system) for assumption in claim.fairness)
    for assumption in fairness:
        if not claim.roles:
            assumption.check(woven)
        woven.check_reads([assumption.when])
    begins = (weakly(BEGINS),) if system.chosen else ()  # a run that has not begun is none
    return Obligation(premise, goal, (*fairness, *begins))
