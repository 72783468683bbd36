"""The command that shows a model as text, or a claim with an example."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import replace

from checker.cli import request, values
from checker.cli.exits import OK
from checker.decide import Setting, check_spacing, decide
from checker.verdict import Verdict
from model.notation.network import LOSES, connect
from model.notation.sorts import nearest
from model.notation.system import Action, TransitionSystem
from model.tcp.composition import COMPOSITIONS, MORE
from model.tcp.handshakes.facing import written
from model.tcp.handshakes.handshake import Handshake
from model.tcp.handshakes.three_way import ThreeWay
from properties import data
from properties.catalogue import CLAIMS
from properties.claim import Claim, Kind, exercised
from properties.specification import Specification
from reports import document
from reports.claim import shown
from reports.language.catalogue import language


def show(arguments: argparse.Namespace) -> int:
    """Show the model as text or as data, one of its actions, or a claim."""
    if arguments.format == "json":
        return _as_data(arguments)
    if isinstance(arguments.model, Claim):
        return show_claim(arguments, arguments.model)
    spec: Specification = arguments.model
    if arguments.action in spec.claim:
        return show_claim(arguments, spec.claim[arguments.action], spec)
    setting = request.setting(arguments, spec)
    system = system_of(spec, setting)
    if arguments.action is None:
        print(document.document(spec, system, language(arguments.lang)))
    else:
        system = connect(system) if arguments.action == LOSES else system
        print(document.one_action(system, action_named(system, arguments.action, spec, setting), language(arguments.lang)))
    return OK


def _as_data(arguments: argparse.Namespace) -> int:
    """Print a model as other programs read it."""
    spec = arguments.model
    if isinstance(spec, Claim) or arguments.action is not None:
        raise values.UsageError("--format json is for a whole model: name a handshake or a file, and nothing after it")
    setting = request.setting(arguments, spec)
    check_spacing(setting)
    print(json.dumps(data.document(spec, setting.scope, setting.assumptions), indent=1, ensure_ascii=False))
    return OK


def show_claim(arguments: argparse.Namespace, claim: Claim, spec: Specification | None = None, *, verbose: bool = False) -> int:
    """Show a claim, what is declared of it, and a run: one that violates it, or one that it is about."""
    if spec is None and arguments.action is not None:
        raise values.UsageError(f"{claim.name} is a claim: write it after the model, or alone, without {arguments.action}")
    spoken = language(arguments.lang)
    models = [spec] if spec is not None else list(request.applies(claim))
    setting = request.setting(arguments, *models)
    declared = {of.name: of.declared(claim.name, setting.scope, setting.assumptions) for of in models}
    usual = next((of for of in models if of.name.partition("/")[0] == ThreeWay.name), models[0])
    example = next((of for of in models if _shows_failure(claim, declared[of.name])), usual)
    claim = spoken.claim(claim)
    verdict = _example(example, claim, setting)
    told: Mapping[str, str] = {name: outcome for name, outcome in declared.items() if outcome is not None}
    print(shown(claim, told, verdict, spoken, verbose=verbose))
    return OK


def _shows_failure(claim: Claim, declared: str | None) -> bool:
    return claim.kind is not Kind.REACHABILITY and declared == "violated"


def _example(spec: Specification, claim: Claim, setting: Setting) -> Verdict | None:
    """Return a verdict with a run: of the claim where it has one, else that its trigger can happen."""
    if claim.kind is Kind.LIVENESS and spec.scoped and setting.scope == Handshake.scopes.read(Handshake.scopes.usual):
        setting = replace(setting, scope=Handshake.scopes.read("small"))  # a whole graph is compared
    (verdict,) = decide(spec, [claim], setting)
    if verdict.trace is None and claim.kind is not Kind.LIVENESS:
        (verdict,) = decide(spec, [exercised(claim)], setting)
    return verdict if verdict.trace is not None else None


def action_named(system: TransitionSystem, name: str, spec: Specification, setting: Setting) -> Action:
    """Return an action by its name; a name that no action and no claim has is answered with the nearest.

    One that there is under another assumption than those of the ``setting``, or in another composition, is answered with that.
    """
    if name not in system.action:
        if name in CLAIMS:
            request.claim(name, spec)  # which says what it is about
        for assumption, value, others in spec.alternatives(setting.assumptions):
            if name in spec.build(setting.scope, others).action:
                ask = written(assumption, value)
                raise values.UsageError(f"{system.name} has the action {name!r} only under another assumption: write {ask}")
        composed = spec.composed
        for composition in (*COMPOSITIONS.values(), *MORE):
            if composed is not None and name in composed(composition).build(setting.scope, setting.assumptions).action:
                where = f"in the composition {composition.name!r}" if composition.name else "between a client and a server"
                raise values.UsageError(f"{system.name} has no action {name!r}; there is one {where}")
        raise values.UsageError(f"{system.name} has no action {name!r}; {nearest(name, (*system.action, *spec.claim))}")
    return system.action[name]


def system_of(spec: Specification, setting: Setting) -> TransitionSystem:
    """Return the system of a model under a setting."""
    check_spacing(setting)
    return spec.build(setting.scope, setting.assumptions)
