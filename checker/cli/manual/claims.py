"""What is claimed, read off the catalogue: the data of the page of claims."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from checker.cli.manual.chinese import told
from model.tcp.assumptions import Assumptions
from model.tcp.attackers import FLOOD
from model.tcp.composition import ATTACKED, CLIENT_SERVER
from model.tcp.scope import scope_named
from properties.catalogue import CLAIMS
from properties.claim import Claim, Kind
from properties.relations import RELATIONS, Relation
from properties.specification import SPECIFICATIONS, Specification, built_in
from reports.language.catalogue import Language

_ASSUMED = ("", "--seq-check window", "--no-rfc5961 --seq-check window", "--isn arbitrary", "--closed-host silent")
_SCOPES = ("default", "backwards", "wrap", "adjacent", "repeats")
_MEANT = {
    "--seq-check window": {"seq_check": "window"},
    "--no-rfc5961 --seq-check window": {"seq_check": "window", "rfc5961": False},
    "--isn arbitrary": {"isn": "arbitrary"},
    "--closed-host silent": {"closed_host": "silent"},
}
"""Where an example is looked for, the most usual first: what is typed, and what it means."""
_FAMILIES = (
    *("three-way/r2", "three-way/ports-1", "four-way/ports-1", "two-way/ports-1", "three-way/lifecycle"),
    *("two-way/off-path", "three-way/on-path", "cookies/off-path", "fast-open", "expiring-cookies"),
    *("shared-limit/inference", "shared-limit/inference-seq"),
    *("three-way/flood", "two-way/flood", "drop-oldest/flood", "three-way/lifecycle-replay"),
)
"""Handshakes in compositions that are in no table, for claims that are about nothing else."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A claim with what the handshakes declare of it, and a command that shows it at work."""

    claim: Claim
    declared: tuple[str, ...]
    """The verdict that is declared of each handshake under the usual assumptions, in order; "" where there is none."""
    example: str


def _plain() -> list[Specification]:
    return [spec for spec in SPECIFICATIONS.values() if spec.composition is CLIENT_SERVER]


def handshakes() -> list[str]:
    """Return the names of the columns."""
    return [spec.name for spec in _plain()]


def shown(language: Language) -> Iterator[Shown]:
    """Yield every claim, in the order of the catalogue."""
    for claim in CLAIMS.values():
        declared = tuple(_declared(spec, claim, "default", "") or "" for spec in _plain())
        yield Shown(language.claim(claim), declared, _example(claim))


def relations(code: str) -> list[Relation]:
    """Return the relations, in a language."""
    return [replace(r, statement=told(r.statement, code), why=told(r.why, code)) for r in RELATIONS.values()]


def said() -> Iterator[str]:
    """Yield what relations say in English, for its translation."""
    yield from (text for relation in RELATIONS.values() for text in (relation.statement, relation.why))


def _declared(spec: Specification, claim: Claim, scope: str, assumed: str) -> str | None:
    """Return the verdict that a handshake declares; None where it declares none, or the claim is not about it."""
    if claim.name not in spec.claim:
        return None
    given = Assumptions(**({"isn_spacing": "adjacent"} if scope == "adjacent" else {}), **_MEANT.get(assumed, {}))  # type: ignore[arg-type]
    return spec.declared(claim.name, scope_named(scope), given)


@cache
def _example(claim: Claim) -> str:
    """Return a command that shows a run which violates the claim, or reaches its goal; or one that decides it where none does.

    It is about a client and a server, unless the claim is not, and as usual as there is one.
    """
    concerned = [spec for spec in (*SPECIFICATIONS.values(), *map(built_in, _FAMILIES)) if claim.name in spec.claim]
    specs = [spec for spec in concerned if spec.composition is CLIENT_SERVER] or concerned
    usual = sorted(specs, key=lambda spec: not spec.name.startswith("three-way"))
    wanted, tried = ("holds", usual) if claim.kind is Kind.REACHABILITY else ("violated", specs)
    for scope in _scopes(claim, specs[0]):
        for assumed in _ASSUMED:
            for spec in tried:
                if _declared(spec, claim, scope, assumed) == wanted:
                    return _typed("trace", spec, claim, scope, assumed)
    return _typed("check", usual[0], claim, _scopes(claim, usual[0])[0], "")


def _scopes(claim: Claim, spec: Specification) -> tuple[str, ...]:
    """Return the scopes to look in: a small one where a large one takes long."""
    if spec.composition is not None and spec.composition.closes and claim.kind is Kind.LIVENESS:
        return ("small,data=0",)
    if FLOOD.name in claim.within and spec.composition == ATTACKED[FLOOD.name]:
        return (FLOOD.scope,)
    return ("small",) if claim.kind is Kind.LIVENESS or "/ports-" in spec.name else _SCOPES


def _typed(command: str, spec: Specification, claim: Claim, scope: str, assumed: str) -> str:
    words = ["synproof", command, spec.name, claim.name]
    if scope not in {_SCOPES[0], FLOOD.scope}:
        words += ["--scope", scope]
    if scope == "adjacent":
        words.append("--isn-spacing adjacent")
    return " ".join([*words, assumed]).strip()
