"""What to look at next: where a run goes wrong, which rule would not have taken it there, and what is false then.

A hint is a sentence that can be told in another language (:mod:`model.notation.said`). None decides a mark, so that none is
looked for where a teacher has switched them off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

from checker.proof.prove import Broken
from checker.proof.subject import Subject
from checker.runs.trace import Fact, Trace, TraceStep, ground
from checker.studies.following import departure
from checker.studies.lockstep import Apart
from checker.verdict import Verdict
from model.notation.expr import FALSE, Expr, conjuncts, negate
from model.notation.interpreter import Interpreter, State, evaluate
from model.notation.pretty import pretty, value_text
from model.notation.reasons import reasons
from model.notation.said import said
from model.notation.sorts import Value
from model.notation.system import TransitionSystem
from model.tcp.composition import CLIENT_SERVER
from model.tcp.handshakes import HANDSHAKES
from properties.kind import Kind
from properties.specification import Specification, specification

YOURS = said("your model")
_UNLIKE = " != "


def of_failure(verdict: Verdict) -> Iterator[str]:
    """Yield the shortest run that violates a claim, and what is false at its end, or decides its last step."""
    claim, trace = verdict.question.claim, verdict.trace
    if trace is None:
        return
    actions = ", ".join(step.action for step in trace.steps)
    pattern = "{claim} fails at the end of this shortest run: {actions}"
    yield said(pattern if actions else "{claim} is false before any step is taken", claim=claim.name, actions=actions)
    if claim.at_start is not FALSE:
        yield from _false(negate(claim.at_start), trace.end)
    elif trace.ground is not None and trace.ground.facts:
        yield said("what decides it: {facts}", facts=_facts(trace.ground.facts, claim.name))


def of_rule(verdict: Verdict, system: TransitionSystem) -> Iterator[str]:
    """Yield the first step of the run of a verdict that another model does not take, and what that does there."""
    departed = None if verdict.trace is None else departure(verdict.trace, system)
    if departed is not None:
        its = departed.instead[0] if departed.instead else None
        yield _parting(departed.number + 1, (YOURS, departed.step), (system.name, its))


def of_lack(verdict: Verdict, own: TransitionSystem) -> Iterator[str]:
    """Yield the first step that a model lacks on the way of another, whose run shows that a claim holds there."""
    departed = None if verdict.trace is None else departure(verdict.trace, own)
    if departed is not None:
        model, claim = verdict.question.handshake, verdict.question.claim.name
        its = departed.instead[0] if departed.instead else None
        yield said("{claim} holds of {model} by a run that yours does not have", claim=claim, model=model)
        yield _parting(departed.number + 1, (YOURS, its), (model, departed.step))


def of_parting(apart: Apart, one: str, other: str, *, rules: bool = True) -> Iterator[str]:
    """Yield where two models part: the run of both up to there, and with ``rules`` what each does then."""
    ends = [None if trace is None else trace.steps[-1] for trace in (apart.one, apart.other)]
    way = apart.one or apart.other
    assert way is not None
    if way.steps[:-1]:
        yield said("both take these steps: {actions}", actions=", ".join(step.action for step in way.steps[:-1]))
    if rules:
        yield _parting(apart.steps + 1, (one, ends[0]), (other, ends[1]))


def of_run(run: Trace, verdict: Verdict) -> Iterator[str]:
    """Yield the first step at which a run leaves the shortest one that violates a claim, or reaches its goal."""
    theirs = [] if verdict.trace is None else [step.action for step in verdict.trace.steps]
    own = [step.action for step in run.steps]
    number = next((n for n, action in enumerate(theirs) if own[n : n + 1] != [action]), None)
    if number is not None:
        reaches = verdict.question.claim.kind is Kind.REACHABILITY
        yield said(
            "a shortest run of {model} that reaches {claim} takes {action} as step {number}"
            if reaches
            else "a shortest run of {model} that violates {claim} takes {action} as step {number}",
            model=verdict.question.handshake,
            claim=verdict.question.claim.name,
            action=theirs[number],
            number=number + 1,
        )


def of_proof(fault: Broken, subject: Subject) -> Iterator[str]:
    """Yield what keeps formulas from proving a claim: the one that is false, and the values that make it so."""
    if fault.trace is None:
        assert fault.conjunct is not None
        yield said("this is not true at the start: {formula}", formula=pretty(fault.conjunct))
        yield from _false(fault.conjunct, Interpreter(subject.watched.system).initial())
        return
    action = fault.trace.steps[-1].action
    if fault.conjunct is None:
        claim = subject.claim.name
        yield said("from a state that meets all of it, {action} violates {claim}", action=action, claim=claim)
        found = ground(subject.watched, subject.check(subject.watched), fault.trace, len(fault.trace))
        if found.facts:
            yield said("what decides it: {facts}", facts=_facts(found.facts, claim))
        return
    yield said("{action} breaks this: {formula}", action=action, formula=pretty(fault.conjunct))
    read = {name: value for reason in reasons(fault.conjunct, fault.trace.end) for name, value in reason.values.items()}
    before = {name: fault.trace.initial[name] for name in read if name in fault.trace.initial}
    if before:
        yield said("before it: {before}; after it: {after}", before=_values(before), after=_values(read))


def base(spec: Specification) -> Specification | None:
    """Return the handshake that comes with synproof which a model is derived from, None where there is none."""
    classes = () if spec.handshake is None else spec.handshake.__mro__
    known = next((one for one in classes if one in HANDSHAKES.values()), None)
    return None if known is None else specification(known, spec.composition or CLIENT_SERVER)


def _parting(number: int, one: tuple[str, TraceStep | None], other: tuple[str, TraceStep | None]) -> str:
    """Return what two models do in the same place: each a step, or none."""
    shown = one[1] or other[1]
    assert shown is not None
    given: dict[str, object] = {
        "number": number,
        "one": one[0],
        "own": _done(one[1], other[1]),
        "other": other[0],
        "its": _done(other[1], one[1]),
    }
    if shown.received is None:
        return said("at step {number}, {one} takes {own}, and {other} takes {its}", **given)
    return said("at step {number}, on {segment}, {one} takes {own}, and {other} takes {its}", segment=shown.received, **given)


def _done(step: TraceStep | None, other: TraceStep | None) -> str:
    """Return a step by its action, with the state it leads to, what it sends, and the section of the RFC.

    Where the ``other`` step leads to the same state and sends the same, the variables are said that are not the same after it.
    """
    if step is None:
        return said("no step")
    about = [step.states.get(step.by, ""), said("sends {segments}", segments=_segments(step)) if step.sent else ""]
    if other is not None and (step.states, _segments(step)) == (other.states, _segments(other)):
        differ = {name: value for name, value in step.state.items() if other.state.get(name, value) != value}
        about.append(_values(differ))
    about = [part for part in (*about, step.section) if part]
    return said("{action} ({about})", action=step.action, about=_listed(about)) if about else step.action


def _segments(step: TraceStep) -> str:
    return ", ".join(map(str, step.sent))


def _false(formula: Expr, state: State) -> Iterator[str]:
    """Yield the part of a conjunction that is false in a state, with the values that make it so."""
    for part in conjuncts(formula) or (formula,):
        if evaluate(part, state) is not True:
            values = {name: value for reason in reasons(part, state) for name, value in reason.values.items()}
            yield said("this is false there: {fact}", fact=_with(pretty(part), values))
            return


def _facts(facts: Sequence[Fact], claim: str) -> str:
    """Return what decides a step; what something is not, only where nothing else says what it is."""
    shown: list[Fact] = []
    for fact in sorted(facts, key=lambda fact: _UNLIKE in fact.formula):
        known = {name for other in shown for name in other.values}
        if _UNLIKE not in fact.formula or not fact.values.keys() <= known:
            shown.append(fact)
    return _listed([_fact(fact, f"{claim}.") for fact in shown])


def _fact(fact: Fact, own: str) -> str:
    """Return a part of a condition with whether it is true, and the values that it does not say itself.

    Variables of the claim are called by their ``own`` names.
    """
    pattern = "{formula} is true" if fact.holds else "{formula} is false"
    text = said(pattern, formula=fact.formula.replace(own, ""))
    values = {
        name.removeprefix(own): value
        for name, value in fact.values.items()
        if name != fact.formula and not (fact.holds and fact.formula == f"{name} == {value_text(value)}")
    }
    return said("{formula} ({values})", formula=text, values=_values(values)) if values else text


def _with(formula: str, values: Mapping[str, Value]) -> str:
    return said("{formula} ({values})", formula=formula, values=_values(values)) if values else formula


def _values(values: Mapping[str, Value]) -> str:
    return ", ".join(f"{name} = {value_text(value)}" for name, value in values.items())


def _listed(texts: Sequence[str]) -> str:
    """Return texts one after another, each of which can be told in another language."""
    return reduce(lambda one, other: said("{one}; {other}", one=one, other=other), texts)
