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
from model.notation.sorts import Value
from reports import text
from reports.traces.terminal import sequence_diagram
from reports.width import line_width

_INDENT = "    "


def attempt(done: Attempt, fault: Broken | Trace | None, where: Path | None) -> str:
    """Return what came of an attempt to prove a claim; ``fault`` keeps an invariant, or k-induction, from proving it."""
    subject = done.subject
    if done.violated is not None:
        again = text.asked_again(subject.spec, replace(subject.setting, engine=None))
        found_by = done.violated.question.engine
        again += "" if found_by == able(subject.claim.kind)[0].name else f" --engine {found_by}"
        shown = f"{text.command('trace', subject.spec.reference, subject.claim.name)}{again}"
        return text.verdicts([done.violated]) + f"\n\nThe trace: {shown}"
    lines = [f"{subject.spec.name}: {subject.claim.name}: {done.outcome.value}", *_wrapped(subject.claim.statement)]
    for width, proved in done.invariants.items():
        lines += _wrapped(f"Proved for {WIDTHS[width].title}, {_how(done.ks.get(width), len(proved))}.")
    for width, reason in done.reasons.items():
        lines += _wrapped(f"Not proved for {WIDTHS[width].title}: {reason}.")
    for title, invariant in _invariants(done.invariants):
        lines += ["", title, *(line for number, c in enumerate(invariant, 1) for line in _conjunct(number, c))]
    if fault is not None:
        lines += ["", *(_fault(fault) if isinstance(fault, Broken) else _path(fault))]
    lines += [
        "",
        *_field("scope", "any number of attempts, answers and segments, for ever" if subject.spec.scoped else "its own"),
    ]
    assumptions = dict(subject.spec.assumed(subject.setting.assumptions))
    lines += _field("assumptions", ", ".join(f"{name}={value_text(value)}" for name, value in assumptions.items()))
    covers = ", ".join(f"{name}={value_text(value)}" for name, value in done.covers)
    lines += _field("covers", f"the same invariant proves it for 32-bit numbers with {covers}") if covers else []
    lines += _field("rests on", done.subject.ground.claim.brief) if done.shown and done.subject.ground is not None else []
    lines += _field("helpers", ", ".join(h.name for h in subject.helpers)) if subject.helpers else []
    lines += _field("took", f"{done.seconds:.1f} s")
    part = "" if done.outcome is Outcome.HOLDS else "of a part of a proof, "
    trusted = ("--model", subject.spec.reference) if subject.spec.file else ()
    if where is not None:  # a command stays on one line, so that it can be copied
        lines += [*_field("certificate", f"{part}{where}; check it:"), f"    {text.command('recheck', str(where), *trusted)}"]
    return "\n".join(lines)


def _how(k: int | None, conjuncts: int) -> str:
    """Return by what something was proved: an invariant, or k-induction from states that meet one."""
    invariant = f"an invariant of {text.counted(conjuncts, 'conjunct')}"
    if k is None:
        return f"by {invariant}"
    return f"by k-induction with k = {k}" + (f" from states that meet {invariant}" if conjuncts else "")


def _invariants(invariants: Mapping[str, Sequence[Expr]]) -> list[tuple[str, Sequence[Expr]]]:
    """Return each invariant under a title, once where it is the same at both widths."""
    if not any(invariants.values()):
        return []
    written = {"\n".join(map(str, invariant)) for invariant in invariants.values()}
    if len(written) == 1:
        return [("The invariant, true in every state that is reached:", next(iter(invariants.values())))]
    return [(f"The invariant for {WIDTHS[width].title}:", invariant) for width, invariant in invariants.items()]


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


def _fault(fault: Broken) -> list[str]:
    """Return why an invariant proves nothing: the conjunct, and the step that breaks it with the states around it."""
    if fault.trace is None:
        return [*_wrapped("It is not an invariant: the initial state does not meet", ""), f"  {fault.conjunct}"]
    trace, (step,) = fault.trace, fault.trace.steps
    what = "violates the claim" if fault.conjunct is None else "breaks a conjunct"
    lines = _wrapped(f"It is not inductive: from a state that meets all of it, {step.action} {what}.", "")
    lines += [] if fault.conjunct is None else ["", *textwrap.wrap(str(fault.conjunct), line_width(), initial_indent="  ")]
    lines += ["", "The state before, which need not be one that is reached:", *_state(trace.initial, None)]
    lines += ["", sequence_diagram(trace)]
    changed = {name for name in trace.end if trace.end[name] != trace.initial[name]}
    lines += ["", "The state after, where it differs:", *(_state(trace.end, changed) or ["  nothing"])]
    return lines


def _path(path: Trace) -> list[str]:
    """Return steps that violate a claim only at their end, from a state that k-induction has to begin from."""
    lines = _wrapped(
        "Such steps would be one too many: only the last violates the claim, and nothing excludes the first state.", ""
    )
    lines += ["", "The first state, which need not be one that is reached:", *_state(path.initial, None)]
    return [*lines, "", sequence_diagram(path)]


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


def rechecked(checked: Rechecked) -> str:
    """Return what a certificate that was checked proves."""
    manifest = checked.manifest
    whole = checked.outcome is Outcome.HOLDS
    lines = [f"{manifest['model']}: {manifest['claim']}: {'accepted' if whole else 'unknown: this is a part of a proof'}"]
    lines += _wrapped(f"{manifest['statement']}")
    lines += _wrapped(f"Proved for {' and for '.join(WIDTHS[width].title for width in checked.widths)}.")
    for width in WIDTHS.keys() - checked.widths:
        lines += _wrapped(f"Nothing is shown for {WIDTHS[width].title}, so that the claim may be violated.")
    solvers = " and ".join(checked.solvers)
    found = ", found as they are, and" if checked.as_made else " and"
    lines += _wrapped(f"{checked.obligations} obligations were made anew{found} shown by {solvers} each.")
    if not checked.as_made:
        lines += _wrapped("The files of obligations are of an older format: they were shown as well, and not compared.")
    assumptions = ", ".join(f"{name}={value_text(value)}" for name, value in manifest["assumptions"].items())
    lines += _field("rests on", ", ".join(manifest["rests_on"])) if manifest["rests_on"] else []
    lines += _field("assumptions", assumptions) if assumptions else []
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
    return textwrap.wrap(words, line_width(), initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def _field(name: str, words: str) -> list[str]:
    return textwrap.wrap(
        words,
        line_width(),
        initial_indent=f"{name:<13}",
        subsequent_indent=" " * 13,
        break_on_hyphens=False,
        break_long_words=False,
    )
