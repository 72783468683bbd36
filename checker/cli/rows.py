"""What several models are asked together: the rows of the table that ``compare`` prints.

A row is one claim. Claims of one name are one where they are written alike and see the same in every step of the models that
bring them; a file that is read twice, or composed anew, has new functions for the same claims. Where they see different things
each has a row of its own, and is called by the model that brings it as well, for every model alike: a model is asked about the
claims of the others, so that it could not tell two of one name apart.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace

from checker.cli.values import UsageError
from checker.decide import Setting, check_spacing
from checker.files.mistakes import ModelFileError
from model.notation.expr import Expr
from model.notation.sorts import NotationError
from properties.claim import Claim, monitored
from properties.observe import Monitored
from properties.specification import Specification

_FUNCTIONS = ("watch", "observers")
"""The parts of a claim that may be functions: what they say is seen where a system is watched."""


@dataclass(slots=True)
class _Row:
    """A claim, and the models that bring it, the first one first."""

    claim: Claim
    models: list[Specification]


def questions(
    models: Sequence[Specification], setting: Setting, *, liveness: bool = False
) -> list[tuple[Specification, list[Claim]]]:
    """Return each model with the claims that it is asked about, or only those of liveness where ``liveness``.

    These are its own, and those of the others that are about handshakes and concern it. No two have the same name. A model
    about which there is nothing to ask raises :class:`~checker.cli.values.UsageError`.
    """
    own = {spec.name: _own(spec, liveness=liveness) for spec in models}
    rows: dict[str, list[_Row]] = {}
    for spec in models:
        for claim in own[spec.name]:
            alike = rows.setdefault(claim.name, [])
            row = next((row for row in alike if _is_one(row, claim, spec, setting)), None)
            if row is None:
                alike.append(_Row(claim, [spec]))
            else:
                row.models.append(spec)
    found: list[tuple[Specification, list[Claim]]] = []
    for spec in models:
        renamed = {claim.name: _called(rows, claim.name, spec) for claim in own[spec.name]}
        mine = [
            replace(claim, name=renamed[claim.name]) if renamed[claim.name] != claim.name else claim for claim in own[spec.name]
        ]
        others = [
            replace(row.claim, name=_called(rows, name, row.models[0])) if len(alike) > 1 else row.claim
            for name, alike in rows.items()
            for row in alike
            if spec not in row.models and row.models[0].scoped and _concerns(row.claim, spec)
        ]
        if not mine and not others:
            raise UsageError(f"{spec.name} makes no claims{' of liveness' if liveness else ''}")
        found.append((_renamed(spec, renamed), [*mine, *others]))
    return found


def _own(spec: Specification, *, liveness: bool) -> tuple[Claim, ...]:
    if liveness:
        return spec.liveness
    return spec.claims if spec.scoped else (*spec.claims, *spec.liveness)


def _concerns(claim: Claim, spec: Specification) -> bool:
    of = spec.composition
    return bool(claim.roles) and of is not None and claim.concerns(of.roles, *of.families)


def _is_one(row: _Row, claim: Claim, spec: Specification, setting: Setting) -> bool:
    """Return whether a claim of ``spec`` is the one of a row."""
    if row.claim is claim:
        return True
    if _text(row.claim) != _text(claim):
        return False
    if row.claim.watch is claim.watch and row.claim.observers is claim.observers:
        return True
    seen = [(_seen(row.claim, of, setting), _seen(claim, of, setting)) for of in (row.models[0], spec)]
    return all(one is not None and _written(one) == _written(other) for one, other in seen)


def _text(claim: Claim) -> Hashable:
    return tuple(_written(getattr(claim, f.name)) for f in fields(claim) if f.name not in _FUNCTIONS)


def _seen(claim: Claim, spec: Specification, setting: Setting) -> Monitored | None:
    """Return what a claim sees in each step of a model, and remembers; None where the model has not what it reads."""
    check_spacing(setting)
    try:
        return monitored(spec.build(setting.scope, setting.assumptions), [claim])
    except (NotationError, ModelFileError):
        return None


def _written(what: object) -> Hashable:
    """Return what two things share that are written alike, formulas in them among it, as long as both are there."""
    if isinstance(what, Expr):
        return what.key
    if is_dataclass(what):
        return type(what), tuple(_written(getattr(what, f.name)) for f in fields(what))
    if isinstance(what, Mapping):
        return tuple((name, _written(value)) for name, value in what.items())
    if isinstance(what, tuple):
        return tuple(map(_written, what))
    assert isinstance(what, Hashable)
    return what


def _called(rows: Mapping[str, Sequence[_Row]], name: str, spec: Specification) -> str:
    """Return what the claim of a name that a model brings is called."""
    if len(rows[name]) == 1:
        return name
    called = f"{name} ({next(row.models[0] for row in rows[name] if spec in row.models).name})"
    while called in rows:  # somebody calls a claim so
        called += "'"
    return called


def _renamed(spec: Specification, renamed: Mapping[str, str]) -> Specification:
    """Return a model whose claims have other names; what it declares of them, it declares."""
    if all(old == new for old, new in renamed.items()):
        return spec
    names = {new: old for old, new in renamed.items()}

    def of(claims: Sequence[Claim]) -> tuple[Claim, ...]:
        return tuple(replace(claim, name=renamed.get(claim.name, claim.name)) for claim in claims)

    return replace(
        spec,
        claims=of(spec.claims),
        liveness=of(spec.liveness),
        declared=lambda name, scope, assumptions: spec.declared(names.get(name, name), scope, assumptions),
    )
