"""What a command line asks for: models, claims, settings. A name that does not exist is answered with the nearest."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from checker.cli import keeping
from checker.cli.values import UsageError
from checker.engine import Option, Setting
from checker.engines import ENGINES, refusal
from checker.files import model_file
from checker.files.mistakes import ModelFileError
from checker.host.limits import Limits, Strategy
from checker.host.machine import processors
from model.notation.sorts import NotationError, nearest
from model.tcp.composition import BESIEGED, CLIENT_SERVER, COMPOSITIONS, MORE, composition_named, several_ports
from model.tcp.handshakes import NAMED
from model.tcp.handshakes.handshake import Handshake
from properties.catalogue import CLAIMS
from properties.claim import Claim, Kind
from properties.relations import RELATIONS
from properties.specification import SPECIFICATIONS, Specification, built_in

_COMPOSED = (*COMPOSITIONS.values(), *MORE, several_ports(1))
"""One composition of each kind."""
ALL_FAIRNESS = "all"
"""What is written for every fairness assumption of a claim."""


def setting(arguments: argparse.Namespace, *models: Specification) -> Setting:
    """Return the setting that the options ask for, which ``models`` have to be able to take."""
    named = {name: getattr(arguments, name) for name in Handshake.assumes.declared() if hasattr(arguments, name)}
    varied = [*(["scope"] if hasattr(arguments, "scope") else []), *named]
    bound = next((spec for spec in models if not spec.scoped), None)
    if varied and bound is not None and all(not spec.scoped for spec in models):
        if varied[0] in bound.own:
            raise UsageError(f"{varied[0]} is an assumption of {bound.name}'s own: write --assume {varied[0]}=VALUE")
        option = ("no-" if named.get(varied[0]) is False else "") + varied[0].replace("_", "-")
        raise UsageError(f"--{option} is for handshakes: {bound.name} has its bounds and assumptions in its file")
    given = {option: value for option in Option if (value := _given(arguments, option))}
    engine: str | None = getattr(arguments, "engine", None)
    usual = Limits()
    if engine is not None:
        refused = next(filter(None, (refusal(ENGINES[engine], option) for option in given)), "")
        if refused:
            raise UsageError(refused)
        usual = ENGINES[engine].usual
    return Setting(
        scope=Handshake.scopes.read(getattr(arguments, "scope", usual_scope(*models))),
        assumptions=Handshake.assumes.of(named),
        engine=engine,
        limits=Limits(
            states=given.get(Option.STATES, usual.states),
            depth=given.get(Option.DEPTH, usual.depth),
            seconds=given.get(Option.SECONDS, usual.seconds),
            memory=given.get(Option.MEMORY, usual.memory),
        ),
        reduction=getattr(arguments, "reduction", True),
        keep_going=Option.KEEP_GOING in given,
        strategy=Strategy(
            workers=given.get(Option.WORKERS, processors()),
            compaction=Option.COMPACTION in given,
            symmetry=Option.SYMMETRY in given,
            keep=keeping.keep(arguments),
            cluster=keeping.cluster(arguments),
        ),
    )


def usual_scope(*models: Specification) -> str:
    """Return the scope that is searched where none is named: where a model has an attacker, the one that is for that."""
    attackers = [spec.composition.attacker for spec in models if spec.composition is not None]
    return next((attacker.scope for attacker in attackers if attacker is not None), Handshake.scopes.usual)


def assume(arguments: argparse.Namespace) -> None:
    """Set what ``--assume`` says: in models that declare it as their own, and else as the option of that name does."""
    named = [*getattr(arguments, "models", ()), getattr(arguments, "model", None)]
    models = [spec for spec in named if isinstance(spec, Specification)]
    given = dict(getattr(arguments, "assumed", ()))
    if len(given) < len(getattr(arguments, "assumed", ())):
        raise UsageError("--assume gives one assumption twice: give each once")
    known = (
        tuple(dict.fromkeys(name for spec in models for name in spec.declares))
        if models
        else tuple(Handshake.assumes.declared())
    )
    for name in given:
        if not known:
            raise UsageError(f"{models[0].name} declares no assumptions: leave out --assume {name}")
        if name not in known:
            raise UsageError(f"there is no assumption {name!r}; {nearest(name, known)}")
    try:
        if not models or any(spec.scoped for spec in models):
            for name in given.keys() & Handshake.assumes.declared().keys():
                if hasattr(arguments, name):
                    raise UsageError(f"--assume gives {name} a second time: give it once")
                setattr(arguments, name, Handshake.assumes.named(name).read(given[name]))
        told = [
            spec.under({name: spec.declares[name].read(text) for name, text in given.items() if name in spec.own})
            for spec in models
        ]
    except NotationError as error:
        raise UsageError(str(error)) from error
    if hasattr(arguments, "models"):
        arguments.models = told
    elif models:
        arguments.model = told[0]


def _given(arguments: argparse.Namespace, option: Option) -> Any:  # noqa: ANN401  # a number, or whether it was written
    """Return what was typed for an option, as far as it asks for something: one trace is what there is anyhow."""
    value = getattr(arguments, option.value.replace("-", "_").replace(" ", "_"), None)
    return None if option is Option.TRACES and value == 1 else value


def model(name: str) -> Specification:
    """Return the handshake of that name, or the model in that file; after a slash, in that composition."""
    if name in SPECIFICATIONS:
        return SPECIFICATIONS[name]
    if name in NAMED:
        return built_in(name)
    whole, _, composition = name.rpartition("/")
    if composition and not model_file.is_path(composition) and _begins_with_a_model(whole):
        return composed(model(whole), composition, name)
    if model_file.is_path(name):
        return model_file.read(name)
    raise UsageError(
        f"there is no handshake {name!r}, and it is no FILE.py; {nearest(_spelt(name), (*SPECIFICATIONS, *NAMED))}"
    )


def _begins_with_a_model(name: str) -> bool:
    """Return whether a name is that of a model, or has one before a slash."""
    whole, slash, _ = name.rpartition("/")
    return name in SPECIFICATIONS or name in NAMED or model_file.is_path(name) or (bool(slash) and _begins_with_a_model(whole))


@dataclass(frozen=True, slots=True)
class Unread:
    """A model file that is named and was not run: an option, which may stand after it, says whether walls are needed."""

    name: str


def unread(name: str) -> Specification | Unread:
    """Return a model that comes with synproof; what may be a file is not touched yet."""
    return Unread(name) if ".py" in name and not comes_with_synproof(name) else model(name)


def read(given: Unread, arguments: argparse.Namespace) -> Specification:
    """Return the model in a file; with ``--isolated`` as it comes out of the walls, for what the options ask and no other."""
    if not arguments.isolated:
        return model(given.name)
    if getattr(arguments, "assumed", ()):
        raise UsageError("--isolated takes no --assume: write the option of that assumption, or leave out --isolated")
    from checker.isolation.sandbox import isolated

    asked = setting(arguments)
    return isolated(given.name, asked.scope, asked.assumptions)


def _spelt(name: str) -> str:
    """Return a name with a number at its beginning as a word: 3way and 3-way are three-way."""
    numbers = {"2": "two-", "3": "three-", "4": "four-"}
    return numbers.get(name[:1], name[:1]) + name[1:].lstrip("-_ ")


def model_or_claim(name: str) -> Specification | Claim:
    """Return the model of that name or file, or the claim of that name."""
    if name in CLAIMS:
        return CLAIMS[name]
    try:
        return model(name)
    except UsageError as error:
        if _begins_with_a_model(name):  # what is wrong is said of that
            raise
        known = (*SPECIFICATIONS, *CLAIMS)
        hint = nearest(_spelt(name), known)
        raise UsageError(f"there is no handshake and no claim {name!r}, and it is no FILE.py; {hint}") from error


@dataclass(frozen=True, slots=True)
class Mistaken:
    """A model that cannot be had, where others go on without it: how it was named, and what is wrong with it."""

    name: str
    why: str


def model_or_mistake(name: str) -> Specification | Mistaken:
    """Return a model; or what is wrong in its file, where several are asked about and the others go on."""
    try:
        return model(name)
    except (ModelFileError, NotationError) as error:
        return Mistaken(name, str(error))


def told_apart(models: Iterable[Specification]) -> list[Specification]:
    """Return models, each once; of those that share a name, what comes from a file is called by its file instead."""
    each = list({spec.reference: spec for spec in models}.values())
    names = [spec.name for spec in each]
    return [replace(spec, name=spec.reference) if names.count(spec.name) > 1 else spec for spec in each]


def comes_with_synproof(name: str) -> bool:
    """Return whether a name is that of a handshake, or of one in a composition, and not that of a file, which is code."""
    whole, _, composition = name.rpartition("/")
    return name in SPECIFICATIONS or (whole in SPECIFICATIONS and not model_file.is_path(composition))


def composed(spec: Specification, composition: str, name: str) -> Specification:
    """Return a handshake put together for other endpoints; ``name`` is what was typed for that."""
    if spec.composed is None or spec.composition is None:
        raise UsageError(f"{spec.name} has no compositions: they are for handshakes")
    try:
        other = composition_named(composition)
    except NotationError as error:
        raise UsageError(str(error)) from error
    if spec.composition is not CLIENT_SERVER:
        own = spec.reference.removesuffix(spec.composition.of(""))
        instead = f"leave out /{composition}" if own == spec.reference else f"write {own}/{composition}"
        raise UsageError(f"{spec.reference} is a composition already: {instead}")
    return replace(spec.composed(other), file=name if spec.file else "")


def attacked(spec: Specification, attacker: str) -> Specification:
    """Return a handshake with an attacker: a client and a server, or the endpoints of the composition that it is in."""
    own = spec.composition and BESIEGED.get(spec.composition.name, {}).get(attacker)
    if own is None or spec.composed is None:
        return composed(spec, attacker, f"{spec.reference}/{attacker}")
    return replace(spec.composed(own), file=f"{spec.file}-{attacker}" if spec.file else "")


def of_attack(spec: Specification) -> list[Claim]:
    """Return the claims that an attacker is there for, and those of the composition that it comes to."""
    assert spec.composition is not None
    families = set(spec.composition.families)
    return [claim for claim in spec.claim.values() if families & {*claim.within}]


def by_default(spec: Specification) -> list[Claim]:
    """Return the claims that ``check`` decides unless told which: of a handshake not those of liveness, which take longer."""
    return [*spec.asserted, *(() if spec.scoped else (claim for claim in spec.liveness if claim.asserted))]


def claim(name: str, spec: Specification) -> Claim:
    """Return the claim of that name about a model."""
    if name in spec.left_out and name not in spec.claim:
        raise UsageError(f"{spec.name} is not asked {name}: {spec.left_out[name]}")
    if name not in spec.claim:
        if (others := _is_about(name, spec)) is not None:
            raise UsageError(f"{name} is about {others}: write that in place of {spec.reference}")
        if not spec.claims:
            raise UsageError(f"there is no claim {name!r}: {spec.name} has none")
        from checker.simulation.relating import relations_of

        raise UsageError(f"there is no claim {name!r}; {nearest(name, (*spec.claim, *relations_of(spec)))}")
    return spec.claim[name]


def _is_about(name: str, spec: Specification) -> str | None:
    """Return the model that a claim, or a relation, of that name is about; None where there is none such.

    Of a handshake it is its own in another composition, where it is about one of them.
    """
    if name in RELATIONS:
        return RELATIONS[name].model
    about: Iterator[str] = iter(())
    if spec.composed is not None and spec.composition is not None:
        own = spec.reference.removesuffix(spec.composition.of(""))
        about = (composition.of(own) for composition in _COMPOSED if name in spec.composed(composition).claim)
    elif name in CLAIMS:
        about = (other.name for other in applies(CLAIMS[name]))
    return next(about, None)


def applies(claim: Claim) -> Iterator[Specification]:
    """Yield the handshakes that come with synproof, in the compositions that a claim is about."""
    handshakes = [spec for spec in SPECIFICATIONS.values() if spec.composition is CLIENT_SERVER]
    composed = (spec.composed(composition) for composition in _COMPOSED for spec in handshakes if spec.composed is not None)
    yield from (spec for spec in composed if claim.name in spec.claim)


def assuming(claims: Sequence[Claim], arguments: argparse.Namespace) -> list[Claim]:
    """Return claims without the fairness assumptions that ``--unfair`` names."""
    unfair = [name for given in arguments.unfair for name in given.split(",")]
    if not unfair:
        return list(claims)
    known = tuple(dict.fromkeys(assumption.name for claim in claims for assumption in claim.fairness))
    if not known:
        raise UsageError("--unfair is for claims of liveness that assume fairness: name one, or leave it out")
    for name in unfair:
        if name not in (*known, ALL_FAIRNESS):
            raise UsageError(f"none of these claims assumes {name!r}; {nearest(name, (*known, ALL_FAIRNESS))}")
    left_out = known if ALL_FAIRNESS in unfair else unfair
    return [
        claim.assuming(f for f in claim.fairness if f.name not in left_out) if claim.kind is Kind.LIVENESS else claim
        for claim in claims
    ]


def renumbering(arguments: argparse.Namespace) -> dict[str, tuple[int, ...]]:
    """Return what all ``--isn`` of a scenario together ask for; one that says how ISNs are chosen becomes an assumption."""
    found: dict[str, tuple[int, ...]] = {}
    for isns in arguments.isns:
        if isinstance(isns, str):
            arguments.isn = isns
            continue
        if found.keys() & isns.keys():
            raise UsageError(f"--isn gives {min(found.keys() & isns.keys())} twice: give each side once")
        found |= isns
    return found
