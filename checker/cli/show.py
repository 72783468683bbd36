"""The command that shows a model as text."""

from __future__ import annotations

import argparse

from checker.cli import request, values
from checker.cli.exits import OK
from checker.decide import Setting, check_spacing
from model.notation.network import LOSES, connect
from model.notation.sorts import nearest
from model.notation.system import Action, TransitionSystem
from properties.specification import Specification
from reports import document


def show(arguments: argparse.Namespace) -> int:
    """Show the model as text, or one of its actions."""
    spec: Specification = arguments.model
    system = system_of(spec, request.setting(arguments, spec))
    if arguments.action is None:
        print(document.document(spec, system))
    else:
        system = connect(system) if arguments.action == LOSES else system
        print(document.one_action(system, action_named(system, arguments.action)))
    return OK


def action_named(system: TransitionSystem, name: str) -> Action:
    """Return an action by its name; a name that none has is answered with the nearest."""
    if name not in system.action:
        raise values.UsageError(f"{system.name} has no action {name!r}; {nearest(name, tuple(system.action))}")
    return system.action[name]


def system_of(spec: Specification, setting: Setting) -> TransitionSystem:
    """Return the system of a model under a setting."""
    check_spacing(setting)
    return spec.build(setting.scope, setting.assumptions)
