"""Models as data: a system, the claims about it, and the verdicts expected, as a document in JSON, and read back from it.

A specification makes a system for each scope and choice of assumptions; a document has one of these, and says which. A claim is
a function from steps to formulas; a document has what that function makes of each action, once as the system stands and once
with its network written out. So a claim that was read watches the system of its document, and no other. What the formulas are,
and what is refused, is in :mod:`model.notation.data`; ``model.schema.json`` beside this file describes a document.

A claim of the catalogue is only named: who reads has it already, and nobody can say something else under its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from model.notation.data import USUAL, Bounds, Known, Reader, Record, Writer
from model.notation.expr import FALSE, Expr
from model.notation.network import connect
from model.notation.sorts import BOOL, NotationError, brief, nearest
from model.notation.system import TransitionSystem
from model.tcp.assumptions import Assumptions
from model.tcp.composition import composition_named
from model.tcp.endpoint import EventKind
from model.tcp.scope import Scope
from model.tcp.segment import TCP
from properties.catalogue import CLAIMS
from properties.claim import Claim, Kind, LeadsTo
from properties.fairness import Fairness, Per, Strength
from properties.observe import Seen, observer_name
from properties.specification import VERDICTS, Specification
from properties.step import Step, monitor

T = TypeVar("T")
FORMAT, VERSION = "synproof-model", 1
SCHEMA = Path(__file__).with_name("model.schema.json")
KNOWN = Known((EventKind,), (TCP,))
_WORDS = ("brief", "statement", "formula", "why", "when_stopped", "trigger", "because")
_FORMS = ("as_it_stands", "network_written_out")
"""In which forms a claim is shown a system."""


def document(spec: Specification, scope: Scope, assumptions: Assumptions, *, claims: bool = True) -> Record:
    """Return a model under a scope and assumptions as data; without ``claims`` its system alone."""
    system = spec.build(scope, assumptions)
    table = Writer()
    described = table.system(system)
    asked = tuple(spec.claim.values()) if claims else ()
    expected = {claim.name: spec.declared(claim.name, scope, assumptions) for claim in asked}
    own = [_claim(claim, system, table) for claim in asked if claim.name not in CLAIMS]
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": spec.name,
        "summary": spec.summary,
        "composition": None if spec.composition is None else spec.composition.name,
        "scope": _scope(scope) if spec.scoped else None,
        "sorts": table.sorts,
        "formulas": table.formulas,
        "system": described,
        "catalogue": [claim.name for claim in asked if claim.name in CLAIMS],
        "claims": own,
        "left_out": dict(spec.left_out),
        "expects": {name: verdict for name, verdict in expected.items() if verdict is not None},
    }


def setting_record(scope: Scope, assumptions: Assumptions) -> Record:
    """Return a scope and assumptions as data."""
    return {"scope": _scope(scope), "assumptions": assumptions.as_dict()}


def setting_of(record: Record) -> tuple[Scope, Assumptions]:
    """Return the scope and the assumptions that a record says, as :func:`setting_record` wrote it."""
    said = record["scope"]
    isns = {side: tuple(said[side]) for side in ("client_isns", "server_isns")}
    return Scope(**{**said, **isns}), Assumptions.of(record["assumptions"])


def _scope(scope: Scope) -> Record:
    return {
        "name": scope.name,
        "client_isns": list(scope.client_isns),
        "server_isns": list(scope.server_isns),
        "data": scope.data,
        "octets": scope.octets,
    }


def _claim(claim: Claim, system: TransitionSystem, table: Writer) -> Record:
    return {
        "name": claim.name,
        "kind": claim.kind.value,
        **{word: getattr(claim, word) for word in _WORDS},
        "roles": list(claim.roles),
        "asserted": claim.asserted,
        "auxiliary": claim.auxiliary,
        "observers": list(map(table.variable, claim.observing(system))),
        "at_start": table.formula(claim.at_start),
        "leads_to": None if claim.leads_to is None else _leads_to(claim.leads_to, table),
        "watch": {form: _watched(claim, of, table) for form, of in zip(_FORMS, (system, connect(system)), strict=True)},
    }


def _leads_to(asked: LeadsTo, table: Writer) -> Record:
    fairness = [
        {
            "name": f.name,
            "statement": f.statement,
            "strength": f.strength.value,
            "per": f.per.value,
            "actions": list(f.actions),
            "roles": list(f.roles),
            "when": table.formula(f.when),
        }
        for f in asked.fairness
    ]
    return {"premise": table.formula(asked.premise), "goal": table.formula(asked.goal), "fairness": fairness}


def _watched(claim: Claim, system: TransitionSystem, table: Writer) -> list[Record]:
    """Return what a claim makes of each action of which it makes anything."""
    own = {observer_name(claim.name, v.name): v.name for v in claim.observing(system)}
    woven, check = monitor(system, claim.name, claim.observing(system), claim.watch)
    return [
        {
            "action": action.name,
            "stop": table.formula(check.stop.get(action.name, FALSE)),
            "trigger": table.formula(check.trigger.get(action.name, FALSE)),
            "remembers": [
                {"name": own[name], "formula": table.formula(e)} for name, e in action.updates.items() if name in own
            ],
        }
        for action in woven.actions
        if action.name in check.stop or action.name in check.trigger or any(name in own for name in action.updates)
    ]


def read(record: object, bounds: Bounds = USUAL) -> Specification:
    """Return the model that a document describes: its system, its own claims, and those of the catalogue that it names.

    It is the system of one scope and one choice of assumptions, and refuses to be built for others. Raises
    :class:`~model.notation.sorts.NotationError` where the document is none, or something in it does not fit.
    """
    table, said = opened(record, bounds)
    system = table.system(said.get("system"))
    composition = None if said.get("composition") is None else composition_named(table.text("composition", said))
    own = tuple(_read_claim(table, one, system) for one in table.objects("claims", said))
    named = table.texts("catalogue", said)
    for name in named:
        if name not in CLAIMS:
            raise NotationError(f"there is no claim {brief(name)}; {nearest(name[:50], tuple(CLAIMS))}")
    claims = (*(CLAIMS[name] for name in dict.fromkeys(named)), *own)
    for claim in own:
        if claim.name in CLAIMS:
            raise NotationError(f"the claim {claim.name!r} is called like one of the catalogue's: give it a name of its own")
    names = [claim.name for claim in claims]
    if len(set(names)) < len(names):
        raise NotationError(f"two claims are called {max(names, key=names.count)!r}: give each its own name")
    expected = _texts(table, "expects", said)
    for name, verdict in expected.items():
        if name not in names or verdict not in VERDICTS:
            raise NotationError(f"{brief(verdict)} is expected of the claim {brief(name)}; {nearest(name[:50], tuple(names))}")
    within = None if said.get("scope") is None else table.fields("scope", said["scope"])
    if (within is None) != (composition is None):
        raise NotationError("a model has a composition and a scope, or neither of them")

    def build(scope: Scope, assumptions: Assumptions) -> TransitionSystem:
        if within is not None and _scope(scope) != within:
            raise NotationError(
                f"this model was written for the scope {brief(within.get('name'))}, and is asked in {scope.name!r}"
            )
        if within is not None and assumptions.as_dict() != system.assumptions:
            raise NotationError("this model was written under other assumptions than those under which it is asked")
        return system

    return Specification(
        table.text("name", said),
        table.text("summary", said),
        build,
        lambda claim, *_: expected.get(claim),
        tuple(claim for claim in claims if claim.kind is not Kind.LIVENESS),
        composition,
        liveness=tuple(claim for claim in claims if claim.kind is Kind.LIVENESS),
        left_out=_texts(table, "left_out", said),
    )


def opened(record: object, bounds: Bounds = USUAL) -> tuple[Reader, Record]:
    """Return the sorts and formulas of a document, and the document; raise where it is of another format or version."""
    given = record if isinstance(record, dict) else {}
    if given.get("format") != FORMAT:
        raise NotationError(f"this is no model of synproof's: {FORMAT!r} has to stand as its format")
    if given.get("version") != VERSION:
        raise NotationError(f"this model has the version {brief(given.get('version'))}, and {VERSION} is the one that is read")
    table = Reader(record, bounds, KNOWN)
    return table, table.fields("a document", record)


def _texts(table: Reader, name: str, said: Record) -> dict[str, str]:
    found = table.fields(name, said.get(name))
    return {key: table.text(key, found) for key in found}


def _read_claim(table: Reader, said: Record, system: TransitionSystem) -> Claim:
    name = table.text("name", said)
    seen = table.fields("watch", said.get("watch"))
    forms = {form: _Watch(table, table.objects(form, seen)) for form in _FORMS}
    asked = said.get("leads_to")

    def watch(step: Step) -> Seen:
        written_out = step.system.network is None or step.system.network.written_out
        own_form = system.network is None or system.network.written_out
        return forms[_FORMS[written_out and not own_form]].of(step)

    return Claim(
        name,
        _chosen("kind", said, {kind.value: kind for kind in Kind}),
        brief=table.text("brief", said),
        statement=table.text("statement", said),
        formula=table.text("formula", said),
        why=table.text("why", said),
        when_stopped=table.text("when_stopped", said),
        trigger=table.text("trigger", said),
        roles=table.texts("roles", said),
        watch=watch,
        observers=tuple(map(table.variable, table.objects("observers", said))),
        because=table.text("because", said),
        asserted=table.truth("asserted", said),
        auxiliary=table.truth("auxiliary", said),
        at_start=_condition(table, "at_start", said),
        leads_to=None if asked is None else _read_leads_to(table, table.fields("leads_to", asked)),
    )


def _read_leads_to(table: Reader, said: Record) -> LeadsTo:
    fairness = tuple(
        Fairness(
            table.text("name", one),
            table.text("statement", one),
            _chosen("strength", one, {s.value: s for s in Strength}),
            _chosen("per", one, {p.value: p for p in Per}),
            table.texts("actions", one),
            table.texts("roles", one),
            _condition(table, "when", one),
        )
        for one in table.objects("fairness", said)
    )
    return LeadsTo(_condition(table, "premise", said), _condition(table, "goal", said), fairness)


def _condition(table: Reader, name: str, said: Record) -> Expr:
    e = table.formula(name, said)
    if e.sort != BOOL:
        raise NotationError(f"{name!r} is a {e.sort}: a truth value is needed there")
    return e


def _chosen(name: str, said: Record, among: Mapping[str, T]) -> T:
    word = said.get(name)
    if not isinstance(word, str) or word not in among:
        raise NotationError(f"{name!r} is {brief(word)}; {nearest(str(word)[:50], tuple(among))}")
    return among[word]


@dataclass(frozen=True, slots=True, init=False)
class _Watch:
    """What a claim makes of the actions of a system, by their names."""

    seen: Mapping[str, Seen]
    remembers: Mapping[str, Mapping[str, Expr]]

    def __init__(self, table: Reader, said: Iterable[Record]) -> None:
        actions = {table.text("action", one): one for one in said}
        seen = {
            action: Seen(_condition(table, "stop", one), _condition(table, "trigger", one)) for action, one in actions.items()
        }
        object.__setattr__(self, "seen", seen)
        object.__setattr__(self, "remembers", {action: table.named("remembers", one) for action, one in actions.items()})

    def of(self, step: Step) -> Seen:
        """Return what the claim makes of a step, and let it remember."""
        for name, e in self.remembers.get(step.action.name, {}).items():
            step.set(name, e)
        return self.seen.get(step.action.name, Seen())
