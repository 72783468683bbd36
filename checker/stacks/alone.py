"""One endpoint that faces anybody, as a model that scenarios are about, and a walk written as such a scenario.

``three-way/facing`` is one endpoint by RFC 9293, ``linux/facing`` one that does besides what Linux does otherwise. Its user and
its time act by the model's actions; what arrives is injected, since nobody has sent it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checker.conformance.host import HOST, ISNS, PEER
from checker.stacks.deeds import Deed
from model.notation.sorts import NotationError, nearest
from model.notation.system import TransitionSystem
from model.tcp.assumptions import Assumptions
from model.tcp.handshakes import NAMED, ThreeWay
from model.tcp.handshakes.facing import ALONE, facing
from model.tcp.scope import Scope
from properties.specification import Specification

RULES: dict[str, type[ThreeWay]] = {ThreeWay.name: ThreeWay, **NAMED}
"""By whose rules an endpoint may be, by name."""


def is_alone(model: str) -> bool:
    """Return whether a name is that of one endpoint that faces anybody."""
    return model.endswith(f"/{ALONE.name}")


def alone(model: str) -> Specification:
    """Return the model of one endpoint, ``three-way/facing`` for example, about which nothing is claimed."""
    name = model.partition("/")[0]
    if name not in RULES:
        raise NotationError(f"there is no handshake {name!r}; {nearest(name, tuple(RULES))}", name)
    rules = RULES[name]

    def built(scope: Scope, assumptions: Assumptions) -> TransitionSystem:
        return facing(rules)(scope, assumptions, ALONE).system()

    return Specification(model, rules.summary, built, lambda *_: None, (), ALONE, handshake=rules)


def scenario_of(deeds: Sequence[Deed], rules: type[ThreeWay]) -> dict[str, Any]:
    """Return what is done to an endpoint as a scenario, for ``json.dumps``."""
    steps: list[dict[str, Any]] = []
    for deed in deeds:
        if deed.arrives is None:
            steps.append({"action": f"{HOST}_{deed.call}"})
            continue
        cells = {"ctl": deed.arrives.ctl, "seq": deed.arrives.seq, "ack": deed.arrives.ack, "data": deed.arrives.data}
        given = {name: cell for name, cell in cells.items() if cell != 0}
        steps += [{"inject": {"source": PEER, **given}}, {"deliver": {"source": PEER}}]
    return {"models": [ALONE.of(rules.name)], "isns": {"A": list(ISNS)}, "steps": steps}
