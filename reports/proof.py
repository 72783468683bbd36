"""Proofs as text: what was proved and by which invariant, why an invariant proves nothing, and what a certificate came to."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from checker.engines import able
from checker.proof.certificate import Rechecked
from checker.proof.prove import Broken
from checker.proof.subject import Attempt
from checker.proof.terms import WIDTHS
from checker.runs.trace import Trace
from checker.verdict import Outcome
from model.notation.expr import Expr, Op, conjuncts
from model.notation.pretty import pretty, value_text
from model.notation.said import counted
from model.notation.said import said as told
from model.notation.sorts import Value
from properties.catalogue import CLAIMS
from reports import text
from reports.language import ENGLISH
from reports.language.catalogue import Language, language
from reports.traces.account import of_trace
from reports.traces.terminal import diagram
from reports.width import line_width
from reports.wrapping import wrapped

_ENGLISH = language(ENGLISH)

_INDENT = "    "


def attempt(
    done: Attempt,
    fault: Broken | Trace | None,
    where: Path | None,
    spoken: Language = _ENGLISH,
    *,
    verbose: bool = False,
) -> str:
    """Return what came of an attempt to prove a claim; ``fault`` keeps an invariant, or k-induction, from proving it."""
    subject, tell = done.subject, spoken.tell
    claim = spoken.claim(subject.claim)
    if done.violated is not None:
        again = text.asked_again(subject.spec, replace(subject.setting, engine=None))
        found_by = done.violated.question.engine
        again += "" if found_by == able(subject.claim.kind)[0].name else f" --engine {found_by}"
        shown = f"{text.command('trace', subject.spec.reference, subject.claim.name)}{again}"
        return text.verdicts([done.violated], spoken, verbose=verbose) + "\n\n" + tell("The trace: {command}", command=shown)
    head = spoken.word("colon").join((subject.spec.name, claim.name, spoken.word(done.outcome.value)))
    lines = [head, *_wrapped(claim.statement)]
    for width, proved in done.invariants.items():
        how = _how(done.ks.get(width), len(proved))
        lines += _wrapped(tell("Proved for {title}, {how}.", title=WIDTHS[width].title, how=how))
    for width, reason in done.reasons.items():
        lines += _wrapped(tell("Not proved for {title}: {reason}.", title=WIDTHS[width].title, reason=reason))
    for title, invariant in _invariants(done.invariants):
        conjuncts = (line for number, c in enumerate(invariant, 1) for line in _conjunct(number, c))
        lines += ["", *_wrapped(tell(title), ""), *conjuncts]
    if fault is not None:
        lines += ["", *(_fault(fault, spoken) if isinstance(fault, Broken) else _path(fault, spoken))]
    bounds = "any number of attempts, answers and segments, for ever" if subject.spec.scoped else "its own"
    assumptions = dict(subject.spec.assumed(subject.setting.assumptions))
    if verbose or not assumptions:
        named = ", ".join(f"{name}={value_text(value)}" for name, value in assumptions.items())
        lines += ["", *text.field(tell("scope"), tell(bounds))]
        lines += text.field(tell("assumptions"), named) if named else []
    else:
        unusual = subject.spec.unusual(assumptions)
        lines += ["", *text.usual_setting(bounds, assumptions, unusual, spoken=spoken, whole=True)]
    covers = ", ".join(f"{name}={value_text(value)}" for name, value in done.covers)
    same = tell("the same invariant proves it for 32-bit numbers with {covers}", covers=covers)
    lines += text.field(tell("covers"), same) if covers else []
    ground = subject.ground if done.shown else None
    lines += text.field(tell("rests on"), tell(ground.claim.brief)) if ground is not None else []
    lines += text.field(tell("helpers"), ", ".join(h.name for h in subject.helpers)) if subject.helpers else []
    lines += text.field(tell("took"), f"{done.seconds:.1f} s")
    if where is not None:  # a command stays on one line, so that it can be copied
        trusted = ("--model", subject.spec.reference) if subject.spec.file else ()
        part = "{where}; check it:" if done.outcome is Outcome.HOLDS else "of a part of a proof, {where}; check it:"
        lines += text.field(tell("certificate"), tell(part, where=str(where)))
        lines += [f"    {text.command('recheck', str(where), *trusted)}"]
    return "\n".join(lines)


def _how(k: int | None, conjuncts: int) -> str:
    """Return by what something was proved: an invariant, or k-induction from states that meet one."""
    invariant = counted(conjuncts, "an invariant of 1 conjunct", "an invariant of {number} conjuncts")
    if k is None:
        return told("by {invariant}", invariant=invariant)
    if not conjuncts:
        return told("by k-induction with k = {k}", k=k)
    return told("by k-induction with k = {k} from states that meet {invariant}", k=k, invariant=invariant)


def _invariants(invariants: Mapping[str, Sequence[Expr]]) -> list[tuple[str, Sequence[Expr]]]:
    """Return each invariant under a title, once where it is the same at both widths."""
    if not any(invariants.values()):
        return []
    written = {"\n".join(map(str, invariant)) for invariant in invariants.values()}
    if len(written) == 1:
        return [("The invariant, true in every state that is reached:", next(iter(invariants.values())))]
    for_width = {width: told("The invariant for {title}:", title=WIDTHS[width].title) for width in invariants}
    return [(for_width[width], invariant) for width, invariant in invariants.items()]


def said(conjunct: Expr) -> str:
    """Return a conjunct as an implication, where it is the denial of several things: what is positive implies the others.

    ``invariant.txt`` has it in the notation, which says the same with ``~``, ``&`` and ``exists`` alone.
    """
    if conjunct.op is not Op.NOT or conjunct.args[0].op not in (Op.AND, Op.EXISTS):
        return str(conjunct)
    if_, then = [], []
    for part in conjuncts(conjunct.args[0]):
        if part.op is Op.EXISTS:
            then.append(_rows(part))
        elif part.op is Op.NOT:
            then.append(_cells(part.args[0]))
        else:
            if_.append(_cells(part))
    if not then:
        return f"never {' & '.join(if_)}"
    return f"{' & '.join(if_)} => {' | '.join(then)}" if if_ else " | ".join(then)


def _rows(quantified: Expr) -> str:
    """Return that no row meets the body of a quantifier."""
    relation, body = quantified.args
    row = "segment" if str(relation) == "network" else f"row of {relation}"
    has = [_cells(part) for part in conjuncts(body) if part.op is not Op.NOT]
    lacks = [_cells(part.args[0]) for part in conjuncts(body) if part.op is Op.NOT]
    if not lacks:
        return f"no {row} has {' & '.join(has)}"
    return f"each {row}{' with ' + ' & '.join(has) if has else ''} has {' | '.join(lacks)}"


def _cells(e: Expr) -> str:
    return pretty(e, lambda part: part.scope.names[part.column] if part.op is Op.BOUND else None)


def _conjunct(number: int, conjunct: Expr) -> list[str]:
    return textwrap.wrap(
        said(conjunct),
        line_width(),
        initial_indent=f"{number:>4}  ",
        subsequent_indent=" " * 8,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _fault(fault: Broken, spoken: Language) -> list[str]:
    """Return why an invariant proves nothing: the conjunct, and the step that breaks it with the states around it."""
    tell = spoken.tell
    if fault.trace is None:
        head = tell("It is not an invariant: the initial state does not meet")
        return [*_wrapped(head, ""), f"  {fault.conjunct}"]
    trace, (step,) = fault.trace, fault.trace.steps
    what = "violates the claim" if fault.conjunct is None else "breaks a conjunct"
    head = "It is not inductive: from a state that meets all of it, {action} {what}."
    lines = _wrapped(tell(head, action=step.action, what=what), "")
    lines += [] if fault.conjunct is None else ["", *textwrap.wrap(str(fault.conjunct), line_width(), initial_indent="  ")]
    before = tell("The state before, which need not be one that is reached:")
    lines += ["", *_wrapped(before, ""), *_state(trace.initial, None)]
    lines += ["", diagram(replace(of_trace(trace), language=spoken), line_width())]
    changed = {name for name in trace.end if trace.end[name] != trace.initial[name]}
    after = _state(trace.end, changed) or ["  " + spoken.word("none")]
    return [*lines, "", *_wrapped(tell("The state after, where it differs:"), ""), *after]


def _path(path: Trace, spoken: Language) -> list[str]:
    """Return steps that violate a claim only at their end, from a state that k-induction has to begin from."""
    tell = spoken.tell
    many = "Such steps would be one too many: only the last violates the claim, and nothing excludes the first state."
    first = tell("The first state, which need not be one that is reached:")
    lines = [*_wrapped(tell(many), ""), "", *_wrapped(first, ""), *_state(path.initial, None)]
    return [*lines, "", diagram(replace(of_trace(path), language=spoken), line_width())]


def _state(state: Mapping[str, Value], only: set[str] | None) -> list[str]:
    lines: list[str] = []
    for name, value in state.items():
        if only is None or name in only:
            lines += textwrap.wrap(
                f"{name} = {value_text(value)}", line_width(), initial_indent="  ", subsequent_indent="      "
            )
    return lines


def record(done: Attempt, where: Path | None) -> dict[str, Any]:
    """Return an attempt as the record that ``prove --json`` prints."""
    subject = done.subject
    return {
        "handshake": subject.spec.name,
        "claim": subject.claim.name,
        "verdict": done.outcome.value,
        "invariants": {width: list(map(str, invariant)) for width, invariant in done.invariants.items()},
        "k": dict(done.ks),
        "reasons": dict(done.reasons),
        "covers": [{"assumption": name, "value": value} for name, value in done.covers],
        "rests_on": [] if subject.ground is None else [subject.ground.claim.brief],
        "helpers": [helper.name for helper in subject.helpers],
        "assumptions": dict(subject.spec.assumed(subject.setting.assumptions)),
        "trace_length": None if done.violated is None or done.violated.trace is None else len(done.violated.trace),
        "trace": None
        if done.violated is None or done.violated.trace is None
        else [step.action for step in done.violated.trace.steps],
        "seconds": round(done.seconds, 3),
        "certificate": None if where is None else str(where),
    }


def rechecked(checked: Rechecked, spoken: Language = _ENGLISH) -> str:
    """Return what a certificate that was checked proves."""
    manifest, tell = checked.manifest, spoken.tell
    whole = checked.outcome is Outcome.HOLDS
    outcome = tell("accepted" if whole else "unknown: this is a part of a proof")
    lines = [spoken.word("colon").join((manifest["model"], manifest["claim"], outcome))]
    known = CLAIMS.get(manifest["claim"])
    statement = spoken.claim(known).statement if known is not None and known.statement == manifest["statement"] else ""
    lines += _wrapped(statement or manifest["statement"])
    titles = tell(" and for ").join(tell(WIDTHS[width].title) for width in checked.widths)
    lines += _wrapped(tell("Proved for {titles}.", titles=titles))
    for width in WIDTHS.keys() - checked.widths:
        nothing = "Nothing is shown for {title}, so that the claim may be violated."
        lines += _wrapped(tell(nothing, title=WIDTHS[width].title))
    solvers = spoken.word("and").join(checked.solvers)
    found = (
        "{number} obligations were made anew, found as they are, and shown by {solvers} each."
        if checked.as_made
        else "{number} obligations were made anew and shown by {solvers} each."
    )
    lines += _wrapped(tell(found, number=checked.obligations, solvers=solvers))
    if not checked.as_made:
        older = "The files of obligations are of an older format: they were shown as well, and not compared."
        lines += _wrapped(tell(older))
    assumptions = ", ".join(f"{name}={value_text(value)}" for name, value in manifest["assumptions"].items())
    rests = spoken.word("comma").join(map(tell, manifest["rests_on"]))
    lines += text.field(tell("rests on"), rests) if rests else []
    lines += text.field(tell("assumptions"), assumptions) if assumptions else []
    return "\n".join(lines)


def rechecked_record(checked: Rechecked) -> dict[str, Any]:
    """Return it as the record that ``recheck --json`` prints."""
    return {
        "model": checked.manifest["model"],
        "claim": checked.manifest["claim"],
        "kind": checked.manifest["kind"],
        "verdict": checked.outcome.value,
        "rests_on": list(checked.manifest["rests_on"]),
        "assumptions": checked.manifest["assumptions"],
        "widths": list(checked.widths),
        "obligations": checked.obligations,
        "solvers": list(checked.solvers),
        "accepted": checked.outcome is Outcome.HOLDS,
    }


def _wrapped(words: str, indent: str = _INDENT) -> list[str]:
    return wrapped(words, line_width(), indent)
