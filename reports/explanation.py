"""What can happen in a state, and why the rest cannot: the answer to *explain*."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from checker.runs.explain import Refusal, enabled, refusals
from checker.runs.trace import Fact, Trace, decisive_steps, ground
from model.notation.expr import conjuncts
from model.notation.interpreter import Arguments, Interpreter, State
from model.notation.network import KEPT, LOSES
from model.notation.pretty import parameter_text, pretty, row_text, segment_text, value_text
from model.notation.reasons import Reason
from model.notation.system import Action
from properties.claim import Claim, Kind
from properties.observe import Check, Monitored
from reports.document import doc_text
from reports.language import ENGLISH
from reports.language.catalogue import Language, language
from reports.traces.account import fact_text, why_decided
from reports.width import line_width
from reports.wrapping import wrapped

_ENGLISH = language(ENGLISH)


def explanation(
    watched: Monitored, claims: Sequence[Claim], trace: Trace, action: Action | None = None, spoken: Language = _ENGLISH
) -> str:
    """Return what is the case after a run: the state, the actions enabled, and for each other why it is not.

    ``watched`` has the ``claims`` woven in; those that the run violates are explained too. Asked about one ``action``, of the
    system with its network written out, it says so for each choice that the action has.
    """
    interpreter = Interpreter(watched.exact)
    state = trace.end
    steps = spoken.counted("run-steps", len(trace))
    head = spoken.tell("{name}, after {steps}", name=trace.system, steps=steps)
    lines = [head, "", *_state(trace, state, spoken), ""]
    if action is not None:
        lines += _one(interpreter, action, state, spoken)
    else:
        lines += _every(interpreter, state, spoken)
        for claim, check in zip(claims, watched.checks, strict=True):
            lines += _claim(watched, spoken.claim(claim), check, trace, spoken)
    return "\n".join(line.rstrip() for line in lines)


def _state(trace: Trace, state: State, spoken: Language) -> list[str]:
    """Return the variables, those with a common prefix ("client.") on lines of their own."""
    together: dict[str, list[str]] = {}
    for name, value in state.items():
        prefix, dot, own = name.rpartition(".")
        if name in trace.observers or name == trace.network:
            continue
        together.setdefault(prefix if dot else name, []).append(f"{own} = {value_text(value)}" if dot else value_text(value))
    column = max(map(len, [*together, trace.network])) + 2
    lines: list[str] = []
    for prefix, texts in together.items():
        lines += _item(f"{prefix:<{column}}" + ", ".join(texts), 2, column)
    if trace.network:
        lines += _item(
            f"{trace.network:<{column}}" + (_in_flight(trace, state) or spoken.tell("no segment in flight")), 2, column
        )
    return lines


def _in_flight(trace: Trace, state: State) -> str:
    rows = state[trace.network]
    assert isinstance(rows, frozenset)
    return ", ".join(
        f"{row[0]} {segment_text(dict(zip(trace.columns, row, strict=True)), trace.format)}" for row in sorted(rows)
    )


def _item(text: str, indent: int = 2, hanging: int = 4) -> list[str]:
    return wrapped(text, line_width(), " " * indent, hanging)


def _every(interpreter: Interpreter, state: State, spoken: Language) -> list[str]:
    can: list[str] = []
    cannot: dict[str, list[str]] = {}
    for action in interpreter.system.actions:
        choices = list(enabled(interpreter, action, state))
        can += [line for chosen in choices for line in _item(_with(action.name, _choice(action, chosen), spoken))]
        if not choices:
            cannot.setdefault(_because(interpreter, action, state, spoken), []).append(action.name)
    lines = [spoken.tell("enabled"), *(can or ["  " + spoken.tell("nothing: the system is stuck")])]
    lines += ["", spoken.tell("not enabled")] if cannot else []
    for why, names in cannot.items():
        lines += [*_item(why + spoken.word("colon").rstrip()), *_item(", ".join(names), 6, 0)]
    return lines


def _reason(reason: Reason, spoken: Language) -> str:
    return fact_text(Fact(reason.text, reason.holds, reason.values), spoken)


def _because(interpreter: Interpreter, action: Action, state: State, spoken: Language) -> str:
    """Return why an action is not enabled: what is false whatever it chooses, or else what is for the choice nearest to it."""
    found = refusals(interpreter, action, state)
    if not found[0].reasons:
        return spoken.tell(found[0].missing)
    own = {parameter_text(name, state) for p in action.parameters for name in p.names}
    always = [r for r in found[0].reasons if all(str(r) in map(str, other.reasons) for other in found)]
    of_the_state = [r for r in always if not own & r.values.keys()]
    shown = of_the_state or always or found[0].reasons
    said = spoken.word("separator").join(_reason(r, spoken) for r in shown)
    if always or len(found) == 1:
        return said
    return spoken.tell("{said} (the nearest of {number} choices)", said=said, number=len(found))


def _with(what: str, choice: str, spoken: Language) -> str:
    return spoken.tell("{what} with {choice}", what=what, choice=choice) if choice else what


def _one(interpreter: Interpreter, action: Action, state: State, spoken: Language) -> list[str]:
    lines = [action.name + (f"   {action.section}" if action.section else "")]
    lines += _item(doc_text(action, spoken), 4, 0) if action.doc else []
    lines += ["", "  " + spoken.tell("it needs")]
    for part in conjuncts(action.guard) or (spoken.word("nothing-at-all"),):
        lines += _item(part if isinstance(part, str) else pretty(part, variables=state), 4)
    for chosen in enabled(interpreter, action, state):
        lines += ["", *_item(_with(spoken.tell("enabled"), _choice(action, chosen), spoken))]
    least = {KEPT: False} if any(p.name == KEPT for p in action.parameters) else None
    for refusal in refusals(interpreter, action, state, least):
        lines += ["", *_refusal(action, refusal, spoken)]
    return lines


def _choice(action: Action, chosen: Arguments) -> str:
    """Return what an action chooses, "" where it has no choice."""
    if not chosen:
        return ""
    texts = []
    for p in action.parameters:
        value = chosen[p.name]
        if isinstance(value, tuple) and (p.name == action.receives or action.name == LOSES):
            texts.append(segment_text(dict(zip([name for name, _ in p.columns], value, strict=True)), p.format))
        else:
            texts.append(f"{p.name} = {row_text(value) if isinstance(value, tuple) else value_text(value)}")
    return ", ".join(texts)


def _refusal(action: Action, refusal: Refusal, spoken: Language) -> list[str]:
    colon, refused = spoken.word("colon"), spoken.tell("not enabled")
    if refusal.arguments is None:
        return _item(colon.join((refused, spoken.tell(refusal.missing))))
    lines = _item(_with(refused, _choice(action, refusal.arguments), spoken) + colon.rstrip())
    for reason in refusal.reasons:
        lines += _item(_reason(reason, spoken), 4)
    return lines


def _claim(watched: Monitored, claim: Claim, check: Check, trace: Trace, spoken: Language) -> list[str]:
    """Return what it is in a run that violates a claim, or reaches its goal: the first step, and what is true there."""
    numbers = decisive_steps(watched, trace).get(claim.name)
    if numbers is None:
        return []
    number = numbers[0]
    why = ground(watched, check, trace, number)
    violates = claim.kind is Kind.SAFETY
    if number:
        said = (
            "step {number}, {action}, violates {claim}:"
            if violates
            else "step {number}, {action}, reaches the goal of {claim}:"
        )
        heading = spoken.tell(said, number=number, action=trace.steps[number - 1].action, claim=claim.name)
    else:
        said = "the initial state violates {claim}:" if violates else "the initial state reaches the goal of {claim}:"
        heading = spoken.tell(said, claim=claim.name)
    lines = ["", *_item(heading, 0), *_item(spoken.tell("{reason}.", reason=claim.when_stopped), 4, 0)]
    told = why_decided(claim, replace(trace, ground=why), number, spoken, verbose=True)
    return [*lines, *(line for said in told for line in _item(said, 4, 0))]
