"""Models as data: what is read back is what was written, and what is no model is refused in a sentence."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from checker.decide import Setting, decide
from model.notation.data import USUAL, Reader, Writer, parsed
from model.notation.expr import Expr
from model.notation.sorts import PLAIN, NotationError, Relation
from model.notation.system import TransitionSystem
from model.tcp.assumptions import Assumptions
from model.tcp.scope import SCOPES
from properties.catalogue import CLAIMS
from properties.claim import Claim, monitored
from properties.data import KNOWN, SCHEMA, document, read
from properties.observe import Monitored
from properties.specification import SPECIFICATIONS, Specification, built_in, specify
from tests.command_line import Ask
from tests.models import MODELS, model
from tests.random_claims import questions
from tests.random_systems import networked_systems, plain_systems

SMALL = SCOPES["small"]
DOCUMENTS = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
COMPOSED = ("drop-oldest/flood", "three-way/inference-seq")
"""Two that have what others have not: what is only drawn, and two runs in one system."""
EVERY = (*SPECIFICATIONS, *MODELS, *COMPOSED)


def asked(name: str) -> Specification:
    """Return the model of that name."""
    return built_in(name) if name in COMPOSED else model(name)


def plain(value: Any) -> object:  # noqa: ANN401  # any part of a system
    """Return what a part of a system is, with formulas as they are: those written alike are one."""
    if isinstance(value, Expr):
        return value.key
    if isinstance(value, tuple | list):
        return tuple(map(plain, value))
    if isinstance(value, dict):
        return tuple((name, plain(one)) for name, one in value.items())
    if hasattr(value, "__dataclass_fields__"):
        return type(value), tuple(plain(getattr(value, f.name)) for f in fields(value))
    return (type(value).__name__, value.name, value.value) if hasattr(value, "enters") else value


def again(system: TransitionSystem) -> TransitionSystem:
    """Return a system after it has been text."""
    table = Writer()
    record = {"system": table.system(system), "sorts": table.sorts, "formulas": table.formulas}
    told = parsed(json.dumps(record).encode())
    assert isinstance(told, dict)
    return Reader(told, known=KNOWN).system(told["system"])


def has_other_formats(system: TransitionSystem) -> bool:
    """Return whether a segment of it is read by a function that is not data."""
    return any(isinstance(v.sort, Relation) and v.sort.format not in (PLAIN, *KNOWN.formats) for v in system.variables)


@pytest.mark.parametrize("name", EVERY)
def test_a_model_is_the_same_after_it_was_text(name: str) -> None:
    spec = asked(name)
    told = document(spec, SMALL, Assumptions())
    back = read(json.loads(json.dumps(told)))
    assert document(back, SMALL, Assumptions()) == told
    system, other = spec.build(SMALL, Assumptions()), back.build(SMALL, Assumptions())
    assert [a.name for a in system.actions] == [a.name for a in other.actions]
    if not has_other_formats(system):
        assert plain(system) == plain(other)
    own = [name for name in spec.claim if name not in CLAIMS]
    if own and not has_other_formats(system):
        one, same = (monitored(s, [of.claim[name] for name in own]) for s, of in ((system, spec), (other, back)))
        assert plain(one.system) == plain(same.system)
        assert [plain(check) for check in one.checks] == [plain(check) for check in same.checks]


@pytest.mark.parametrize("name", EVERY)
def test_the_schema_describes_every_model(name: str) -> None:
    told = json.loads(json.dumps(document(asked(name), SMALL, Assumptions())))
    DOCUMENTS.validate(told)
    assert not DOCUMENTS.is_valid({**told, "version": 2})
    assert not DOCUMENTS.is_valid({**told, "more": 1})


@settings(max_examples=40, deadline=None)
@given(st.one_of(plain_systems(), networked_systems(careless=True)))
def test_a_random_system_is_the_same_after_it_was_text(asked: Monitored) -> None:
    assert plain(again(asked.system)) == plain(asked.system)


@settings(max_examples=10, deadline=None)
@given(questions())
def test_random_claims_watch_the_same_after_they_were_text(asked: tuple[TransitionSystem, tuple[Claim, ...]]) -> None:
    system, claims = asked
    spec = specify(system, claims)
    back = read(json.loads(json.dumps(document(spec, SMALL, Assumptions()))))
    one, same = (monitored(s.build(SMALL, Assumptions()), s.claim.values()) for s in (spec, back))
    assert plain(one.system) == plain(same.system)
    assert [plain(check) for check in one.checks] == [plain(check) for check in same.checks]


@pytest.mark.parametrize("name", ["two-way", "mutual_exclusion.py"])
def test_what_was_read_has_the_same_verdicts(name: str) -> None:
    spec = asked(name)
    back = read(document(spec, SMALL, Assumptions()))
    setting = Setting(scope=SMALL)
    decided = [
        [(v.question.claim.name, v.outcome, v.trace and len(v.trace.steps)) for v in decide(s, list(s.claims)[:6], setting)]
        for s in (spec, back)
    ]
    assert decided[0] == decided[1]
    assert {outcome for _, outcome, _ in decided[0]}


def test_it_is_refused_in_another_scope_than_it_was_written_for() -> None:
    back = read(document(SPECIFICATIONS["two-way"], SMALL, Assumptions()))
    with pytest.raises(NotationError, match="written for the scope 'small'"):
        back.build(SCOPES["default"], Assumptions())
    with pytest.raises(NotationError, match="other assumptions"):
        back.build(SMALL, replace(Assumptions(), isn_spacing="adjacent"))


# -- what is no model --------------------------------------------------------------------------------------------------

Damage = Callable[[dict[str, Any]], object]


def node(told: dict[str, Any], op: str) -> dict[str, Any]:
    """Return the first formula with an operator."""
    return next(e for e in told["formulas"] if e["op"] == op)


def million(told: dict[str, Any]) -> None:
    told["formulas"] += [{"op": "not", "args": [0]}] * 1_000_000


def doubled(told: dict[str, Any]) -> None:
    """Make a formula that is short as data, and of 2**60 parts written out."""
    n = len(told["formulas"])
    truth = next(i for i, e in enumerate(told["formulas"]) if e["op"] == "equal")
    told["formulas"] += [{"op": "or", "args": [truth if i == 0 else n + i - 1] * 2} for i in range(60)]


def tower(told: dict[str, Any]) -> None:
    n = len(told["formulas"])
    truth = next(i for i, e in enumerate(told["formulas"]) if e["op"] == "equal")
    told["formulas"] += [{"op": "not", "args": [truth if i == 0 else n + i - 1]} for i in range(101)]


def swapped(told: dict[str, Any]) -> None:
    of = node(told, "equal")
    of["args"] = [of["args"][0], next(i for i, e in enumerate(told["formulas"]) if e["op"] == "variable")]
    told["formulas"][of["args"][1]] = {"op": "literal", "sort": 0, "value": told["formulas"][0].get("value", "CLOSED")}
    of["args"].append(0)


def unbound(told: dict[str, Any]) -> None:
    told["formulas"].append({"op": "bound", "sort": 0, "row": ["a"], "level": 1, "column": 0})
    told["system"]["actions"][0]["events"] = []
    told["system"]["views"][0]["state"] = len(told["formulas"]) - 1


def cells(told: dict[str, Any]) -> None:
    n = len(told["formulas"])
    names = [f"c{i}" for i in range(200)]
    boolean = next(i for i, s in enumerate(told["sorts"]) if s["kind"] == "bool")
    told["formulas"] += [{"op": "bound", "sort": boolean, "row": names, "level": 1, "column": i} for i in range(200)]
    told["formulas"].append({"op": "and", "args": list(range(n, n + 200))})


HOSTILE: dict[str, tuple[Damage, str]] = {
    "a million formulas": (million, r"and 200,000 are the most that are read"),
    "small, and endless written out": (doubled, r"more than 2,000,000 parts if it were written out"),
    "a tower": (tower, r"nested 10\d deep, and 100 is the most"),
    "cells of too many columns": (cells, r"reads 200 cells of rows, and 100 are the most"),
    "one side of another sort": (swapped, r"== is not for"),
    "a cell that nothing binds": (unbound, r"outside of its quantifier"),
    "a part that comes later": (lambda t: node(t, "not").update(args=[10**6]), r"there is no formula 1000000 before"),
    "a part that is itself": (lambda t: t["formulas"][5].update(op="not", args=[5]), r"there is no formula 5 before"),
    "a negative part": (lambda t: node(t, "not").update(args=[-1]), r"there is no formula -1"),
    "a truth as a number": (lambda t: node(t, "not").update(args=[True]), r"there is no formula True"),
    "an operator that there is not": (lambda t: node(t, "not").update(op="nott"), r"did you mean 'not'"),
    "Python as an operator": (
        lambda t: node(t, "not").update(op="__reduce__"),
        r"has the operator '__reduce__', which there is not",
    ),
    "a value of another sort": (lambda t: node(t, "literal").update(value=[["x"]]), r"literal: .*x"),
    "a sort that there is not": (lambda t: node(t, "variable").update(sort=999), r"there is no sort 999"),
    "a sort of another kind": (
        lambda t: node(t, "variable").update(sort=next(i for i, s in enumerate(t["sorts"]) if s["kind"] == "seq")),
        r"is not for Seq",
    ),
    "an endless counter": (lambda t: t["sorts"].append({"kind": "nat", "limit": 1 << 4000}), r"4,001 bits"),
    "a relation in a relation": (
        lambda t: t["sorts"].append(
            {
                "kind": "relation",
                "columns": [{"name": "a", "sort": next(i for i, s in enumerate(t["sorts"]) if s["kind"] == "relation")}],
                "format": {"name": "", "source": "", "destination": ""},
            }
        ),
        r"itself a relation",
    ),
    "an event that TCP has not": (
        lambda t: next(e for a in t["system"]["actions"] for e in a["events"]).update(kind="mro"),
        r"there is no event 'mro'",
    ),
    "an event of Python's": (
        lambda t: next(e for a in t["system"]["actions"] for e in a["events"]).update(kinds="A", kind="__class__"),
        r"no names of an enumeration",
    ),
    "a variable that no one has": (
        lambda t: t["system"]["actions"][0].update(updates=[{"name": "nobody", "formula": 0}]),
        r"updates 'nobody', which is no variable",
    ),
    "an action twice": (lambda t: t["system"]["actions"].append(t["system"]["actions"][0]), r"defined twice"),
    "a long text": (lambda t: t["system"]["actions"][0].update(doc="x" * 10_001), r"10,001 signs"),
    "no actions at all": (lambda t: t["system"].update(actions="none"), r"'actions' is 'none': a list is needed"),
    "another version": (lambda t: t.update(version=2), r"has the version 2, and 1 is the one"),
    "another format": (lambda t: t.update(format="pickle"), r"no model of synproof's"),
    "a claim that the catalogue has not": (lambda t: t["catalogue"].append("agreemant"), r"did you mean 'agreement'"),
    "a part of a view called self": (
        lambda t: t["system"]["views"][0]["parts"].append({"name": "self", "formula": 0}),
        r"a part that is called 'self'",
    ),
}
"""What somebody may make of a document, and what is said of it."""


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_no_model_is_refused(what: str) -> None:
    damage, said = HOSTILE[what]
    told = json.loads(json.dumps(document(SPECIFICATIONS["two-way"], SMALL, Assumptions())))
    read(told)
    damage(told)
    start = time.process_time()
    with pytest.raises(NotationError, match=said) as refused:
        read(told)
    assert time.process_time() - start < 5
    assert len(str(refused.value)) < 1_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"[" * 1_000_000, "nested too deep"),
        (b"\x80\x04\x95pickle", "not JSON"),
        (b"9" * 5_000, "not JSON"),
        (b" " * (USUAL.octets + 1), "are the most that are read"),
        (b'{"format": ', "not JSON"),
    ],
)
def test_what_is_not_json_is_refused(text: bytes, said: str) -> None:
    with pytest.raises(NotationError, match=said):
        parsed(text)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_a_document_with_anything_in_it_is_read_or_refused(data: st.DataObject) -> None:
    """Whatever stands somewhere in a document, reading it ends, with a model or with a sentence."""
    told = json.loads(json.dumps(document(model("mutual_exclusion.py"), SMALL, Assumptions())))
    for _ in range(data.draw(st.integers(1, 3))):
        at: Any = told
        while True:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            key = data.draw(st.sampled_from(keys))
            if not isinstance(at[key], dict | list) or not at[key] or data.draw(st.integers(0, 4)) == 0:
                break
            at = at[key]
        at[key] = data.draw(
            st.one_of(
                st.none(), st.booleans(), st.integers(-2, 40), st.text(max_size=3), st.just([]), st.just({}), st.just([[0]])
            )
        )
    with suppress(NotationError):  # anything else fails
        read(told)


# -- the command -------------------------------------------------------------------------------------------------------


def test_show_prints_a_model_as_data(ask: Ask) -> None:
    answer = ask("show", "two-way", "--scope", "small", "--format", "json")
    assert answer.code == 0
    assert json.loads(answer.out) == document(SPECIFICATIONS["two-way"], SMALL, Assumptions())


@pytest.mark.parametrize("what", [("agreement",), ("two-way", "agreement"), ("two-way", "server_receives_syn")])
def test_only_a_whole_model_is_shown_as_data(ask: Ask, what: tuple[str, ...]) -> None:
    answer = ask("show", *what, "--format", "json")
    assert answer.code == 2
    assert "--format json is for a whole model" in answer.err
