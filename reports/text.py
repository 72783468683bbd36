"""Verdicts and traces as plain text, for a terminal of 80 columns.

Traces are drawn like the figures of RFC 9293 §3.5, with one difference: there a line is a segment that leaves one end and
arrives at the other, here leaving and arriving are separate steps, because the time between them is what the claims are about.
``...`` stands for the network in both.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from checker.trace import Header, Trace, TraceStep
from checker.verdict import Effort, Outcome, Verdict
from model.pretty import value_text

WIDTH = 80
_NUMBER = 4
_STATE = 13
_MIDDLE = WIDTH - _NUMBER - 2 * _STATE


def segment_text(header: Header) -> str:
    """Return a segment in the notation of RFC 9293 §3.5, for example ``<SEQ=300><ACK=101><CTL=SYN,ACK>``."""
    ack = f"<ACK={header.ack}>" if "ACK" in header.ctl else ""
    data = f"<DATA={header.data}>" if header.data else ""
    return f"<SEQ={header.seq}>{ack}<CTL={header.ctl}>{data}"


def sequence_diagram(trace: Trace) -> str:
    """Return the trace as a sequence diagram: each step's number, action, segments, and the states after it on both sides."""
    left, right = trace.roles
    lines = [_row("", left, "", right), _row("", trace.initial_states[left], "", trace.initial_states[right])]
    for number, step in enumerate(trace.steps, 1):
        lines.append(f"{number:>2}. {step.action}")
        arrows = [line for header, what in _segments(step) for line in _arrow(header, what, left)]
        lines += [_row("", step.states[left], middle, step.states[right]) for middle in arrows or [""]]
    return "\n".join(line.rstrip() for line in lines)


def _row(number: str, left: str, middle: str, right: str) -> str:
    return f"{number:<{_NUMBER}}{left:<{_STATE}}{middle:<{_MIDDLE}} {right:<{_STATE - 1}}"


def _segments(step: TraceStep) -> list[tuple[Header, str]]:
    arrived = [(h, "arrives") for h in (step.received,) if h is not None]
    lost = [(h, "is lost") for h in (step.lost,) if h is not None]
    if arrived and step.kept:
        arrived = [(arrived[0][0], "arrives, a copy stays")]
    return [*arrived, *lost, *((h, "leaves") for h in step.sent)]


def _arrow(header: Header, what: str, left: str) -> list[str]:
    """Return an arrow in the direction of travel: from its sender into the network, or out of it to its receiver."""
    label = segment_text(header) + (" old" if header.old else "") + (" copy stays" if what.endswith("stays") else "")
    rightwards = header.source == left
    leaves = what == "leaves"
    network = "X lost" if what == "is lost" else "..."
    length = _MIDDLE - len(network) - 2
    above = []
    if len(label) > length - 7:
        above, label = [f"{label:^{_MIDDLE - 1}}"], ""
    else:
        label = f" {label} "
    shaft = f"{label:-^{length - 1}}"
    arrow = f"{shaft}>" if rightwards else f"<{shaft}"
    near_left = leaves == rightwards and what != "is lost"
    return [*above, f"{arrow} {network}" if near_left or (rightwards and what == "is lost") else f"{network} {arrow}"]


def counterexample(verdict: Verdict) -> str:
    """Return the trace of a verdict under a heading, with what its last step shows."""
    question, trace = verdict.question, verdict.trace
    if trace is None:
        return f"{question.handshake}: {question.claim.name} {verdict.outcome.value}; there is no trace ({verdict.reason})."
    steps = f"{len(trace)} steps"
    heading = f"{question.handshake}: {question.claim.name} {verdict.outcome.value}"
    last = f"Step {len(trace)}: {question.claim.when_stopped}."
    return "\n".join(
        [
            f"{heading:<{WIDTH - len(steps) - 1}} {steps}",
            *_wrapped(question.claim.statement),
            "",
            sequence_diagram(trace),
            "",
            *_wrapped(last),
            *_observed(verdict),
        ]
    )


def _observed(verdict: Verdict) -> Iterable[str]:
    trace = verdict.trace
    if trace is None:
        return []
    own = f"{verdict.question.claim.name}."
    values = [f"{n.removeprefix(own)} = {value_text(trace.steps[-1].state[n])}" for n in trace.observers if n.startswith(own)]
    return _wrapped("The claim remembers: " + "; ".join(values) + ".") if values else []


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def _field(name: str, text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=f"{name:<13}", subsequent_indent=" " * 13, break_on_hyphens=False, break_long_words=False
    )


def counts(effort: Effort) -> str:
    """Return what a search took: states generated, distinct states found, depth."""
    if effort.states is None:
        return f"depth {effort.depth}"
    return f"{effort.transitions:,} generated, {effort.states:,} distinct states, depth {effort.depth}"


def _took(effort: Effort, seconds: bool) -> str:
    return counts(effort) + (f", {effort.seconds:.2f} s" if seconds else "")


def setting_lines(verdict: Verdict) -> list[str]:
    """Return the engine, scope, assumptions and network under which a verdict holds."""
    question = verdict.question
    assumptions = ", ".join(f"{name}={value_text(value)}" for name, value in question.assumptions.items())
    return [
        *_field("engine", question.engine),
        *_field("scope", question.scope),
        *_field("assumptions", assumptions),
        *_field("network", verdict.effort.network),
    ]


def verdicts(results: Sequence[Verdict], *, seconds: bool = True) -> str:
    """Return verdicts about one handshake, the setting and the effort they share, and the actions never taken."""
    lines: list[str] = []
    for verdict in results:
        claim = verdict.question.claim
        mark = _surprise(verdict)
        lines += [f"{verdict.question.handshake}: {claim.name}: {verdict.outcome.value}{mark}"]
        lines += _wrapped(claim.statement, "    ")
        own = "" if verdict.effort is results[0].effort is results[-1].effort else f" ({_took(verdict.effort, seconds)})"
        lines += _wrapped(f"{verdict.reason}{own}.", "    ")
        if verdict.vacuous:
            lines += _wrapped(f"Vacuous: it never happened that {claim.trigger}.", "    ")
    effort = results[0].effort
    lines += ["", *setting_lines(results[0])]
    if effort is results[-1].effort:
        lines += _field("search", _took(effort, seconds))
    if effort.never_taken:
        lines += _field("never taken", ", ".join(effort.never_taken))
    return "\n".join(lines)


def _surprise(verdict: Verdict) -> str:
    expected = verdict.question.expected
    return f"   !! it declares: {expected.value}" if verdict.surprising and expected is not None else ""


def table(results: Sequence[Sequence[Verdict]]) -> str:
    """Return the verdicts as a table, a row for each claim and a column for each handshake."""
    column = 17
    claims = [verdict.question.claim for verdict in results[0]]
    name = max(len(claim.name) for claim in claims) + 3
    heads = "".join(f"{verdicts[0].question.handshake:<{column}}" for verdicts in results)
    lines = [f"{'claim':<{name}}{heads}", "-" * (name - 1) + (" " + "-" * (column - 1)) * len(results)]
    for i, claim in enumerate(claims):
        cells = "".join(f"{_cell(verdicts[i]):<{column}}" for verdicts in results)
        lines.append(f"{claim.name + ('' if claim.asserted else ' *'):<{name}}{cells}")
    return "\n".join(line.rstrip() for line in lines)


def _cell(verdict: Verdict) -> str:
    steps = f" ({len(verdict.trace)})" if verdict.trace is not None else ""
    return verdict.outcome.value + steps + (" !" if verdict.surprising else " ?" if verdict.vacuous else "")


def comparison(results: Sequence[Sequence[Verdict]], *, seconds: bool = True) -> str:
    """Return the table with its setting above it, and under it what the marks mean and what the searches took."""
    every = [verdict for verdicts in results for verdict in verdicts]
    lines = ["synproof: ways of opening a TCP connection, and what textbooks claim of them", ""]
    lines += [*setting_lines(every[0]), "", table(results), ""]
    lines += ["(n)  steps of a shortest counterexample, or of a shortest witness where it holds"]
    if any(not verdict.question.claim.asserted for verdict in every):
        lines += ["*    not asserted: known to be violated, and there to show why"]
    if any(verdict.vacuous for verdict in every):
        lines += ["?    vacuous: what the claim is about never happened in this scope"]
    if any(verdict.surprising for verdict in every):
        lines += ["!    not the verdict that the handshake declares"]
    lines += [""]
    for verdicts in results:
        took = f"; {verdicts[0].effort.seconds:.2f} s" if seconds else ""
        lines.append(f"{verdicts[0].question.handshake:<13}{counts(verdicts[0].effort)}{took}")
    reasons = dict.fromkeys((v.question.handshake, v.reason) for v in every if v.outcome is Outcome.UNKNOWN)
    lines += [line for handshake, reason in reasons for line in _wrapped(f"{handshake}: unknown where {reason}.")]
    return "\n".join(lines)


def listing(parts: Iterable[tuple[str, dict[str, str]]]) -> str:
    """Return names with what they mean, under a heading for each part."""
    lines: list[str] = []
    for heading, names in parts:
        column = max(map(len, names)) + 2
        lines += ([""] if lines else []) + [heading]
        lines += [f"  {name:<{column}}{meaning}" for name, meaning in names.items()]
    return "\n".join(lines)


def pairs_table(pairs: Iterable[tuple[tuple[str, ...], int, Iterable[tuple[str, ...]]]], roles: tuple[str, ...]) -> str:
    """Return a table of pairs of endpoint states: how many states of the system each stands for, and where steps lead."""
    heads = "".join(f"{role:<{_STATE + 1}}" for role in roles)
    lines = [f"{heads}{'states':>7}  steps lead to", "-" * WIDTH]
    for pair, size, others in pairs:
        leads = ", ".join("/".join(other) for other in others)
        first, *rest = textwrap.wrap(leads, WIDTH - 38, break_on_hyphens=False) or [""]
        lines.append("".join(f"{state:<{_STATE + 1}}" for state in pair) + f"{size:>7}  {first}")
        lines += [" " * (2 * _STATE + 11) + line for line in rest]
    return "\n".join(line.rstrip() for line in lines)
