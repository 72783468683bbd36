"""What a command line asks for: models, claims, settings. A name that does not exist is answered with the nearest."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import fields, replace

from checker import files
from checker.cli.values import UsageError
from checker.decide import Setting
from checker.limits import Limits, Means
from checker.machine import processors
from checker.relating import relations_of
from model.assumptions import Assumptions
from model.composition import CLIENT_SERVER, composition_named
from model.scope import scope_named
from model.sorts import NotationError, nearest
from properties.claim import Claim, Kind
from properties.specification import SPECIFICATIONS, Specification

ALL_FAIRNESS = "all"
"""What is written for every fairness assumption of a claim."""
BMC_DEPTH = 8
"""How deep bounded model checking looks unless told otherwise; each further step takes two to five times as long."""


def setting(arguments: argparse.Namespace, *models: Specification) -> Setting:
    """Return the setting that the options ask for, which ``models`` have to be able to take."""
    named = {f.name: getattr(arguments, f.name) for f in fields(Assumptions) if hasattr(arguments, f.name)}
    given = [*(["scope"] if hasattr(arguments, "scope") else []), *named]
    bound = next((spec for spec in models if not spec.scoped), None)
    if given and bound is not None and all(not spec.scoped for spec in models):
        option = ("no-" if named.get(given[0]) is False else "") + given[0].replace("_", "-")
        raise UsageError(f"--{option} is for handshakes: {bound.name} has its bounds and assumptions in its file")
    engine, max_states = getattr(arguments, "engine", "bfs"), getattr(arguments, "max_states", None)
    if engine == "bmc" and max_states:
        raise UsageError("--max-states is for bfs: bmc counts no states; limit it by --max-depth or --timeout")
    depth = getattr(arguments, "max_depth", None) or (BMC_DEPTH if engine == "bmc" else None)
    memory, workers = getattr(arguments, "memory", None), getattr(arguments, "workers", None)
    compaction = getattr(arguments, "hash_compaction", False)
    bfs_only = {"memory": memory, "workers": workers, "hash-compaction": compaction}
    bfs_only["symmetry"] = getattr(arguments, "symmetry", False)
    for option, value in bfs_only.items():
        if engine == "bmc" and value:
            raise UsageError(f"--{option} is for bfs: bmc keeps no states; limit it by --max-depth or --timeout")
    limits = Limits(max_states, depth, getattr(arguments, "timeout", None), memory=memory)
    means = Means(workers or processors(), compaction, getattr(arguments, "symmetry", False))
    keep_going = getattr(arguments, "keep_going", False)
    if engine == "bmc" and keep_going:
        raise UsageError("--keep-going is for bfs: bmc takes claims one by one, and decides each of them anyhow")
    scope = scope_named(getattr(arguments, "scope", "default"))
    reduction = getattr(arguments, "reduction", True)
    return Setting(scope, Assumptions(**named), engine, limits, reduction, keep_going, means)


def model(name: str) -> Specification:
    """Return the handshake of that name, or the model in that file; after a slash, in that composition."""
    if name in SPECIFICATIONS:
        return SPECIFICATIONS[name]
    whole, _, composition = name.rpartition("/")
    if composition and not files.is_path(composition) and (whole in SPECIFICATIONS or files.is_path(whole)):
        return _composed(model(whole), composition, name)
    if files.is_path(name):
        return files.read(name)
    raise UsageError(f"there is no handshake {name!r}, and it is no FILE.py; {nearest(name, tuple(SPECIFICATIONS))}")


def comes_with_synproof(name: str) -> bool:
    """Return whether a name is that of a handshake, or of one in a composition, and not that of a file, which is code."""
    whole, _, composition = name.rpartition("/")
    return name in SPECIFICATIONS or (whole in SPECIFICATIONS and not files.is_path(composition))


def _composed(spec: Specification, composition: str, name: str) -> Specification:
    if spec.composed is None:
        raise UsageError(f"{spec.name} has no compositions: they are for handshakes")
    try:
        other = composition_named(composition)
    except NotationError as error:
        raise UsageError(str(error)) from error
    if spec.composition is not CLIENT_SERVER:
        raise UsageError(f"{spec.name} is a composition already: write {spec.name.partition('/')[0]}/{composition}")
    return replace(spec.composed(other), file=name if spec.file else "")


def claim(name: str, spec: Specification) -> Claim:
    """Return the claim of that name about a model."""
    if name in spec.left_out and name not in spec.claim:
        raise UsageError(f"{spec.name} is not asked {name}: {spec.left_out[name]}")
    if name not in spec.claim:
        if not spec.claims:
            raise UsageError(f"there is no claim {name!r}: {spec.name} has none")
        raise UsageError(f"there is no claim {name!r}; {nearest(name, (*spec.claim, *relations_of(spec)))}")
    return spec.claim[name]


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
