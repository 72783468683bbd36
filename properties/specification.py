"""Specifications: a system, the claims about it, and the verdicts that it declares. What every command is asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

from model.notation.assumed import Assumption, Choice
from model.notation.pretty import value_text
from model.notation.protocol import Protocol
from model.notation.sorts import NotationError, brief, check_is, check_name, check_tuple, nearest
from model.notation.system import TransitionSystem
from model.tcp.assumptions import OTHERWISE, Assumptions
from model.tcp.composition import CLIENT_SERVER, COMPOSITIONS, Composition, composition_named
from model.tcp.endpoint import SEEN, SPENT
from model.tcp.handshakes import HANDSHAKES, NAMED
from model.tcp.handshakes.handshake import Expectation, Handshake
from model.tcp.scope import APART, UNBOUNDED, Scope, close
from properties.catalogue import CLAIMS
from properties.claim import Claim, Kind
from properties.observe import observer_name
from properties.resources import counting
from properties.sanity import NUMBERING

VERDICTS = ("holds", "violated")
OWN = "("
"""What names of synproof's own begin with, such as that of the claim about events, which is asked beside those of the user."""


@dataclass(frozen=True, eq=False, repr=False)
class Specification:
    """A system that claims are decided about, under each scope and assumptions where it takes them.

    ``build`` makes the system, ``declared`` names the verdict that is expected of a claim, if one is. ``claims`` are those that
    apply to it, but for those of liveness, which are ``liveness``: each of them is decided on a graph of its own.
    ``composition`` is that of a handshake, which takes a scope and assumptions; a system of another kind has none and brings
    its own bounds. ``composed`` puts the handshake together for other endpoints. ``file`` is where it was read from, "" for one
    that comes with synproof; ``sources`` are the files that were read, each with the SHA-256 of its bytes. Within
    ``reporting()`` a mistake that an engine meets in it is reported with file and line. ``left_out`` are the general claims
    that it cannot serve, by name, with the reason. ``declares`` are the assumptions that its protocol declares, ``own`` the
    values of those among them that TCP does not know, and ``assuming`` returns the specification with other values of these.
    ``handshake`` is the class whose rules it is made of, None for a system of another kind.
    """

    name: str
    summary: str
    build: Callable[[Scope, Assumptions], TransitionSystem]
    declared: Callable[[str, Scope, Assumptions], str | None]
    claims: tuple[Claim, ...]
    composition: Composition | None = None
    composed: Callable[[Composition], Specification] | None = None
    file: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)
    reporting: Callable[[], AbstractContextManager[None]] = nullcontext
    liveness: tuple[Claim, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    declares: Mapping[str, Assumption] = field(default_factory=dict)
    own: Mapping[str, Choice] = field(default_factory=dict)
    assuming: Callable[[Mapping[str, Choice]], Specification] | None = None
    handshake: type[Handshake] | None = None

    def __repr__(self) -> str:
        return f"<{self.reference}: {self.summary or f'a model of {len(self.claim)} claims'}>"

    @property
    def scoped(self) -> bool:
        """Whether it takes a scope and assumptions."""
        return self.composition is not None

    @property
    def asks_apart(self) -> bool:
        """Whether its claims are decided one by one: an attacker who forges segments does whatever they remember."""
        attacker = None if self.composition is None else self.composition.attacker
        return attacker is not None and attacker.forges

    @property
    def claim(self) -> Mapping[str, Claim]:
        """The claims by name, those of liveness among them."""
        return {claim.name: claim for claim in (*self.claims, *self.liveness)}

    @property
    def asserted(self) -> tuple[Claim, ...]:
        """The claims without the deliberate non-properties."""
        return tuple(claim for claim in self.claims if claim.asserted)

    @property
    def safety(self) -> tuple[Claim, ...]:
        """The asserted claims that a step can violate, which are those to look for in a single run."""
        return tuple(claim for claim in self.asserted if claim.kind is Kind.SAFETY)

    def without_bounds(self, assumptions: Assumptions) -> TransitionSystem:
        """Return the system without the bounds of any scope: what a proof is about."""
        return self.build(UNBOUNDED, assumptions)

    def to_learn_from(self, assumptions: Assumptions, scope: Scope, seeds: Iterable[int] | None = None) -> list[Scope]:
        """Return scopes to run the system in: by ``seeds`` with ISNs close to each other, else with ISNs far apart.

        A system with bounds of its own has only those, which stand for the second and no first.
        """
        if not self.scoped:
            return [] if seeds is None else [scope]
        return [APART] if seeds is None else list(close(seeds, 1 if assumptions.isn_spacing == "adjacent" else scope.spacing))

    def alternatives(self, assumptions: Assumptions) -> Iterator[tuple[str, str | bool, Assumptions]]:
        """Yield what endpoints may be assumed to do with a segment instead, one assumption being another at a time."""
        for name, value in OTHERWISE if self.scoped else ():
            if assumptions.as_dict()[name] != value:
                yield name, value, assumptions.otherwise(name, value)

    def assumed(self, assumptions: Assumptions) -> Mapping[str, Choice]:
        """Return what is assumed of it, by name: ``assumptions`` where it takes them, and its own."""
        return {**(assumptions.as_dict() if self.scoped else {}), **self.own}

    def unusual(self, assumptions: Mapping[str, Choice]) -> tuple[str, ...]:
        """Return those of ``assumptions`` of its system, by name, that are not what is declared as their default."""
        usual = {name: declared.default for name, declared in self.declares.items()}
        return tuple(name for name, value in assumptions.items() if name not in usual or usual[name] != value)

    def under(self, own: Mapping[str, Choice]) -> Specification:
        """Return the specification with other values of assumptions of its own; raise for those that they cannot have."""
        for name, value in own.items():
            self.declares[name].check(value)
        return replace(self.assuming(own), file=self.file) if own and self.assuming is not None else self

    @property
    def asked_again(self) -> tuple[str, ...]:
        """The words that ask for its own assumptions, as far as they are not the usual ones."""
        unusual = [(name, value) for name, value in self.own.items() if value != self.declares[name].default]
        return tuple(word for name, value in unusual for word in ("--assume", f"{name}={value_text(value)}"))

    def leaving_out(self, claims: Mapping[str, str]) -> Specification:
        """Return the specification without some claims, each with the reason."""
        if not claims:
            return self
        steps, liveness = (tuple(c for c in some if c.name not in claims) for some in (self.claims, self.liveness))
        return replace(self, claims=steps, liveness=liveness, left_out={**self.left_out, **claims})

    @property
    def reference(self) -> str:
        """What to type for it: its name, or its file."""
        return self.file or self.name


def specify(
    system: TransitionSystem | type[Protocol[Any, Any, Any]],
    claims: Iterable[Claim] = (),
    expects: Mapping[str, str] | None = None,
    summary: str = "",
) -> Specification:
    """Return the specification of a system: ``claims`` about it, and by claim the verdict expected, "holds" or "violated".

    The class of a protocol stands for its system under each choice of the assumptions that it declares; what is expected is
    expected under their defaults. The claims about handshakes come with it where they apply: where it has a client, a server,
    and TCP's segments.
    """
    given: object = system
    if isinstance(given, type) and issubclass(given, Protocol):
        if issubclass(given, Handshake):
            name = given.__name__
            raise NotationError(f"{name} is a handshake, and a model as it stands: leave out specify()", name)
        return _of_protocol(given, claims if isinstance(claims, Claim) else tuple(claims), expects, summary, {})
    if not isinstance(system, TransitionSystem):
        raise NotationError(f"specify() is for a TransitionSystem, and not for {brief(system)}: write specify(system, claims)")
    if "/" in system.name:
        raise NotationError(f"{system.name!r} is no name for a system: what stands after a slash is a composition", system.name)
    check_is(f"what {system.name} expects", expects or {}, Mapping, "a dictionary, such as {'claim': 'holds'}")
    check_is(f"the summary of {system.name}", summary, str, "a text")
    left_out = {name: why for name, claim in CLAIMS.items() if (why := claim.unserved(system))}
    general = tuple(claim for name, claim in CLAIMS.items() if name not in left_out)
    every = _together(system.name, general, claims)
    _check_views(system, every)
    _check_apart(system, every)
    declared = dict(expects or {})
    for name, verdict in declared.items():
        _check_expectation(system.name, name, verdict, every)
    return Specification(
        system.name,
        summary,
        lambda *_: system,
        lambda claim, *_: declared.get(claim),
        _of_steps(every),
        liveness=_liveness(every),
        left_out=left_out,
    )


def _of_protocol(
    protocol: type[Protocol[Any, Any, Any]],
    claims: Iterable[Claim],
    expects: Mapping[str, str] | None,
    summary: str,
    given: Mapping[str, Choice],
) -> Specification:
    """Return the specification of a protocol where some of its assumptions are not the default."""
    write = "a class derived from Assumed"
    check_is(f"what {protocol.__name__} assumes", protocol.assumes, type, write, "assumes")
    assumptions = protocol.assumes.of(given)
    return replace(
        specify(protocol(assumptions).system(), claims, expects if assumptions == protocol.assumes() else None, summary),
        declares=protocol.assumes.declared(),
        own=assumptions.as_dict(),
        assuming=lambda others: _of_protocol(protocol, claims, expects, summary, {**given, **others}),
    )


def specification(
    handshake: type[Handshake], composition: Composition = CLIENT_SERVER, given: Mapping[str, Choice] | None = None
) -> Specification:
    """Return the specification of a handshake in a composition: the claims about it, and those that the handshake brings.

    ``given`` are assumptions of the handshake's own, beside those about TCP, that are not the default.
    """
    check_is(f"what {handshake.__name__} assumes", handshake.assumes, type, "a class derived from Assumptions", "assumes")
    usual = handshake.assumes.of(given or {})
    beside = {name: value for name, value in usual.as_dict().items() if name not in Assumptions.declared()}

    def assumed(assumptions: Assumptions) -> Assumptions:
        return handshake.assumes.of({**assumptions.as_dict(), **beside}) if beside else assumptions

    check_name(f"the name of handshake {handshake.__name__}", handshake.name)
    check_is(f"the summary of handshake {handshake.__name__}", handshake.summary, str, "a text")
    check_tuple(f"what {handshake.name} expects", handshake.expects, Expectation)
    own = _together(handshake.name, tuple(CLAIMS.values()), handshake.claims)
    for expectation in handshake.expects:
        for name in expectation.claims:
            _check_expectation(handshake.name, name, expectation.verdict, own)
    asked = ((claim, claim.name in handshake.asks) for claim in (*own, *counting(composition)))
    concerned = (claim for claim, any_ in asked if claim.concerns(composition.roles, *composition.families, anywhere=any_))
    apply = tuple(claim for claim in concerned if claim.within or _asked_within(composition, claim))
    return Specification(
        composition.of(handshake.name),
        f"{handshake.summary}; {composition.summary}" if composition.name else handshake.summary,
        lambda scope, assumptions: _built(handshake(scope, assumed(assumptions), composition), apply),
        lambda claim, scope, assumptions: handshake.expected(claim, composition, scope, assumed(assumptions)),
        _of_steps(apply),
        composition,
        lambda other: specification(handshake, other, beside),
        liveness=_liveness(apply),
        declares=handshake.assumes.declared(),
        own=beside,
        assuming=lambda others: specification(handshake, composition, {**beside, **others}),
        handshake=handshake,
    )


def _asked_within(composition: Composition, claim: Claim) -> bool:
    """Return whether a claim that names no composition is asked in one: a claim about one run is not asked of two."""
    two_runs = composition.attacker is not None and composition.attacker.infers
    return not two_runs and (not composition.closes or _of_any_connection(claim))


def _of_any_connection(claim: Claim) -> bool:
    """Return whether a claim about opening is asked of connections that are closed by FINs, which have states of their own."""
    of_one_text = claim.name == NUMBERING.name  # it knows what may be sent where a user sends once, and nobody a FIN
    return claim.kind is not Kind.LIVENESS and not claim.needs.variables and not of_one_text


def _of_steps(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    return tuple(claim for claim in claims if claim.kind is not Kind.LIVENESS)


def _liveness(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    return tuple(claim for claim in claims if claim.kind is Kind.LIVENESS)


def _built(handshake: Handshake, claims: Iterable[Claim]) -> TransitionSystem:
    system: object = handshake.system()
    if not isinstance(system, TransitionSystem):
        raise NotationError(f"system() of {handshake.name} returns {brief(system)}: return a TransitionSystem", "system")
    _check_apart(system, claims)
    return system


def _together(name: str, general: tuple[Claim, ...], own: Iterable[object]) -> tuple[Claim, ...]:
    if isinstance(own, Claim):
        raise NotationError(
            f"what {name} has as its claims is one claim, {own.name!r}: write a tuple, as in (a, b), or (a,) for one"
        )
    every = general
    for claim in own:
        if not isinstance(claim, Claim):
            raise NotationError(f"{brief(claim)} is no claim of {name}: write invariant(...), reachable(...) or Claim(...)")
        if claim.name in {other.name for other in every}:
            raise NotationError(f"{name} has two claims called {claim.name!r}: give each its own name", claim.name)
        every = (*every, claim)
    return every


def _check_views(system: TransitionSystem, claims: Iterable[Claim]) -> None:
    """Raise for a part of a view that nobody asks for: its name may be a slip."""
    kinds = {event.kind for action in system.actions for event in action.events}
    own = {part for claim in claims for part in claim.needs.views} | {p for kind in kinds for p in (kind.enters, kind.leaves)}
    known = tuple(sorted(filter(None, {*SEEN, SPENT, *own})))
    for role, view in system.views.items():
        for part in view.parts:
            if part not in known:
                raise NotationError(
                    f"the view of {role!r} shows {part!r}, which no claim asks for; {nearest(part, known)}", role
                )


def _check_apart(system: TransitionSystem, claims: Iterable[Claim]) -> None:
    """Raise where an observer, which is called by its claim's name and its own, has the name of something else."""
    owners = dict.fromkeys(system.sorts, f"a variable of {system.name}")
    for claim in claims:
        for name in (observer_name(claim.name, v.name) for v in claim.observing(system)):
            if name in owners:
                called = f"claim {claim.name!r} remembers {name!r}, which is also {owners[name]}"
                raise NotationError(f"{called}: give one of them another name", claim.name)
            owners[name] = f"what claim {claim.name!r} remembers"
    for name in (*system.sorts, *system.action, *(claim.name for claim in claims)):
        if name.startswith(OWN):
            raise NotationError(f"{name!r} begins with a parenthesis, as names of synproof's own do: choose another", name)


def _check_expectation(name: str, claim: str, verdict: str, claims: tuple[Claim, ...]) -> None:
    known = tuple(c.name for c in claims)
    if claim not in known:
        raise NotationError(
            f"{name} expects a verdict of {claim!r}, which is none of its claims; {nearest(claim, known)}", claim
        )
    if verdict not in VERDICTS:
        raise NotationError(f"{name} expects {verdict!r} of {claim!r}; {nearest(verdict, VERDICTS)}", verdict)


SPECIFICATIONS: dict[str, Specification] = {
    spec.name: spec
    for composition in COMPOSITIONS.values()
    for spec in (specification(handshake, composition) for handshake in HANDSHAKES.values())
}
"""The specifications that come with synproof, by name: each handshake in each composition."""


def built_in(name: str) -> Specification:
    """Return what comes with synproof under a name, ``three-way/lifecycle`` too, or raise :class:`NotationError`."""
    handshake, _, composition = name.partition("/")
    if handshake in NAMED:
        return specification(NAMED[handshake], composition_named(composition))
    if name in SPECIFICATIONS or handshake not in SPECIFICATIONS:
        if name not in SPECIFICATIONS:
            raise NotationError(f"there is no handshake {name!r}; {nearest(name, tuple(SPECIFICATIONS))}", name)
        return SPECIFICATIONS[name]
    return specification(HANDSHAKES[handshake], composition_named(composition))
