"""Verdicts and traces as plain text, for a terminal of 80 columns.

Traces are drawn like the figures of RFC 9293 §3.5, with one difference: there a line is a segment that leaves one end and
arrives at the other, here leaving and arriving are separate steps, because the time between them is what the claims are about.
``...`` stands for the network in both.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from checker.decide import Bare
from checker.machine import in_bytes
from checker.relating import ENGINE, Related, Side
from checker.simulate import Simulation
from checker.trace import Header, Trace, TraceStep
from checker.verdict import Effort, Outcome, Verdict
from model.interpreter import Arguments, State
from model.pretty import row_text, value_text
from model.system import TransitionSystem
from properties.claim import Kind
from reports import lasting

WIDTH = 80
_NUMBER = 4
_STATE = 13
_SIDES = 2
_MIDDLE = WIDTH - _NUMBER - 2 * _STATE


def sequence_diagram(trace: Trace) -> str:
    """Return the trace as a sequence diagram: each step's number, action, segments, and the states after it on both sides.

    A trace of a system that has not two roles is a list of steps, each with its arguments and what it changed.
    """
    if len(trace.roles) != _SIDES:
        return _steps(trace)
    left, right = trace.roles
    lines = [_row("", left, "", right), _row("", trace.initial_states[left], "", trace.initial_states[right])]
    for number, step in enumerate(trace.steps, 1):
        lines += lasting.begins(trace, number)
        lines.append(f"{number:>2}. {step.action}")
        arrows = [line for header, what in _segments(step) for line in _arrow(header, what, left)]
        lines += [_row("", step.states[left], middle, step.states[right]) for middle in arrows or [""]]
    lines += lasting.goes_round(trace)
    return "\n".join(line.rstrip() for line in lines)


def _steps(trace: Trace) -> str:
    hidden = {trace.network, *trace.observers}
    shown = {name: value for name, value in trace.initial.items() if name not in hidden}
    lines = _wrapped(", ".join(f"{name} = {value_text(value)}" for name, value in shown.items()), " " * _NUMBER)
    for number, step in enumerate(trace.steps, 1):
        lines += lasting.begins(trace, number)
        lines += _wrapped(f"{number:>2}. {step.action}{arguments_text(step.arguments)}", hanging=_NUMBER)
        before = trace.before(number - 1)
        changed = [n for n in shown if step.state[n] != before[n]]
        said = [f"{header} {what}" for header, what in _segments(step)]
        said += [f"{name} = {value_text(step.state[name])}" for name in changed]
        lines += _wrapped(", ".join(said), " " * _NUMBER)
    return "\n".join([*lines, *lasting.goes_round(trace)])


def arguments_text(arguments: Arguments) -> str:
    """Return the arguments of a step in parentheses, "" where it has none."""
    texts = {name: row_text(a) if isinstance(a, tuple) else value_text(a) for name, a in arguments.items()}
    return f" ({', '.join(f'{name} = {text}' for name, text in texts.items())})" if texts else ""


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
    label = str(header) + (" old" if header.old else "") + (" copy stays" if what.endswith("stays") else "")
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
    return counterexamples(verdict, [trace])


def counterexamples(verdict: Verdict, traces: Sequence[Trace]) -> str:
    """Return traces that decide a claim, under one heading, each with what its last step shows."""
    question = verdict.question
    heading = f"{question.handshake}: {question.claim.name} {verdict.outcome.value}"
    steps = lasting.length(traces[0]) if len(traces) == 1 else f"{len(traces)} traces"
    lines = [f"{heading:<{WIDTH - len(steps) - 1}} {steps}", *_wrapped(question.claim.statement)]
    for number, trace in enumerate(traces, 1):
        lines += ["", f"-- {number}: {counted(len(trace), 'step')} --"] if len(traces) > 1 else []
        lines += ["", sequence_diagram(trace), "", *_shows(verdict, trace)]
        lines += observed(question.claim.name, trace, trace.end)
    return "\n".join(lines)


def _shows(verdict: Verdict, trace: Trace) -> list[str]:
    claim = verdict.question.claim
    if claim.kind is Kind.LIVENESS:
        return lasting.shows(verdict, trace)
    when = f"Step {len(trace)}" if trace.steps else "In the initial state"
    return _wrapped(f"{when}: {claim.when_stopped}.")


def no_more_traces(found: int, *, every: bool) -> str:
    """Return why there are not as many traces as were asked for."""
    if every:
        return "\n".join(_wrapped("There is no other: in whatever else decides it, all of one of these is done, and more."))
    limit = "a limit ended the search for others; --max-states N looks further"
    return "\n".join(_wrapped(f"Only {counted(found, 'trace')} so far: {limit}."))


def counted(number: int, what: str) -> str:
    """Return a number of things, with the plural where it is one."""
    return f"{number} {what}" + ("" if number == 1 else "s")


def observed(claim: str, trace: Trace, state: State, width: int = WIDTH) -> list[str]:
    """Return what a claim remembers in a state of a run."""
    own = f"{claim}."
    values = [f"{n.removeprefix(own)} = {value_text(state[n])}" for n in trace.observers if n.startswith(own)]
    return textwrap.wrap("The claim remembers: " + "; ".join(values) + ".", width) if values else []


def simulated_run(trace: Trace, decided: Mapping[str, tuple[int, ...]], seed: int) -> str:
    """Return a random run, and which claims its steps violate."""
    ended = [] if trace.steps else ["", "There is no step to take."]
    heading = f"{trace.system}: a random run, seed {seed}"
    return "\n".join([heading, "", sequence_diagram(trace), *ended, "", *violated_on_the_way(trace.system, decided)])


def violated_on_the_way(name: str, decided: Mapping[str, tuple[int, ...]], *, steps: bool = True) -> list[str]:
    """Return which claims some step of a run violates, with the numbers of these steps."""
    if not decided:
        return [f"{name}: no step violates a claim."]

    def where(numbers: tuple[int, ...]) -> str:
        return f" (step {', '.join(map(str, numbers))})" if steps else ""

    said = ", ".join(f"{claim}{where(numbers)}" for claim, numbers in sorted(decided.items(), key=lambda item: item[1]))
    return _wrapped(f"{name} violates {said}.", hanging=4)


def simulation(system: TransitionSystem, done: Simulation, violated: Mapping[str, int], seed: int, steps: int) -> str:
    """Return what happened in many random runs: how often each action was taken and each state pair seen."""
    runs = len(done.runs)
    lines = [f"{system.name}: {runs:,} random runs of at most {steps} steps, seed {seed}"]
    lines += [f"{done.stuck:,} of them ended early, in a state without a step"] if done.stuck else []
    lines += ["stopped by Ctrl-C before all were done"] if done.interrupted else []
    lines += ["", f"{'times taken':>12}  action"]
    lines += [f"{n:>12,}  {name}" for name, n in sorted(done.taken.items(), key=lambda item: -item[1])]
    if system.views:
        lines += ["", f"{'times seen':>12}  {' / '.join(system.views)}"]
        lines += [
            f"{n:>12,}  {' / '.join(pair)}" for pair, n in sorted(done.pairs.items(), key=lambda item: (-item[1], item[0]))
        ]
    lines += ["", f"{'runs':>12}  that violate a claim"]
    lines += [f"{n:>12,}  {name}" for name, n in violated.items()] or [f"{'none':>12}"]
    return "\n".join(lines)


def _wrapped(text: str, indent: str = "", hanging: int = 0) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + " " * hanging, break_on_hyphens=False)


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
    if not seconds:
        return counts(effort)
    machine_code = f" on {counted(effort.workers, 'thread')}, {in_bytes(effort.memory)}" if effort.workers else ""
    return f"{counts(effort)}; {effort.seconds:.2f} s{machine_code}"


def _searches(results: Sequence[Verdict], seconds: bool) -> str:
    """Return what the searches took that decided claims: most are decided by one search, those of liveness each by its own."""
    efforts = list(dict.fromkeys(verdict.effort for verdict in results))
    if len(efforts) == 1:
        return _took(efforts[0], seconds)
    largest = max(efforts, key=lambda effort: effort.states or 0)
    took = f"; {sum(effort.seconds for effort in efforts):.2f} s" if seconds else ""
    return f"{len(efforts)} searches, the largest: {counts(largest)}{took}"


def setting_lines(verdict: Verdict) -> list[str]:
    """Return the engine, scope, assumptions and network under which a verdict holds."""
    question = verdict.question
    return [*_field("engine", question.engine), *_setting(question.scope, question.assumptions, verdict.effort)]


def _setting(scope: str, assumptions: Mapping[str, str | bool | int], effort: Effort) -> list[str]:
    assumed = ", ".join(f"{name}={value_text(value)}" for name, value in assumptions.items())
    return [*_field("scope", scope), *_field("assumptions", assumed), *_field("network", effort.network)]


def state_space(space: Bare) -> str:
    """Return the counts of a state space, and under which setting."""
    said = f"cut short: {space.reason}" if space.reason else "every state was explored"
    lines = [*_wrapped(f"{space.model}: the state space, without any claim; {said}."), ""]
    lines += [*_setting(space.scope, space.assumptions, space.effort), *_field("search", _took(space.effort, seconds=True))]
    lines += _field("never taken", ", ".join(space.effort.never_taken)) if space.effort.never_taken else []
    return "\n".join(lines)


def verdicts(results: Sequence[Verdict], *, seconds: bool = True) -> str:
    """Return verdicts about one handshake, the setting and the effort they share, and the actions never taken."""
    lines: list[str] = []
    for verdict in results:
        claim = verdict.question.claim
        mark = _surprise(verdict)
        lines += [f"{verdict.question.handshake}: {claim.name}: {verdict.outcome.value}{mark}"]
        lines += [*_wrapped(claim.statement, "    "), *lasting.assumed(verdict)]
        own = "" if verdict.effort is results[0].effort is results[-1].effort else f" ({_took(verdict.effort, seconds)})"
        lines += _wrapped(f"{verdict.reason}{own}.", "    ")
        if verdict.vacuous:
            lines += _wrapped(f"Vacuous: it never happened that {claim.trigger}.", "    ")
    effort = results[0].effort
    for setting in dict.fromkeys(tuple(setting_lines(verdict)) for verdict in results):
        lines += ["", *setting]
    if effort is results[-1].effort:
        lines += _field("search", _took(effort, seconds))
    if effort.never_taken:
        lines += _field("never taken", ", ".join(effort.never_taken))
    return "\n".join(lines)


def _surprise(verdict: Verdict) -> str:
    expected = verdict.question.expected
    return f"   !! it declares: {expected.value}" if verdict.surprising and expected is not None else ""


def related(result: Related, *, seconds: bool = True) -> str:
    """Return what was decided of a relation, what was compared, and the run that tells the two systems apart."""
    relation, expected = result.relation, result.expected
    mark = f"   !! it declares: {expected.value}" if result.surprising and expected is not None else ""
    took = f" ({result.seconds:.2f} s)" if seconds else ""
    lines = [f"{result.handshake}: {relation.name}: {result.outcome.value}{mark}"]
    lines += [*_wrapped(relation.statement, "    "), *_wrapped(f"{result.reason}{took}.", "    "), ""]
    lines += [*_field("engine", f"{ENGINE}, weak, both ways"), *_field("observed", relation.seen)]
    assumed = ", ".join(f"{name}={value_text(value)}" for name, value in result.assumptions.items())
    lines += [*_field("scope", result.scope), *_field("assumptions", assumed), *_field("network", result.network)]
    for side, other in zip(result.sides, reversed(result.sides), strict=True):
        lines += _field("compared", _compared(side, other.name))
    if result.run is not None:
        lines += [
            "",
            *_wrapped(f"The run of {result.mover} ({counted(len(result.run), 'step')}):"),
            sequence_diagram(result.run),
        ]
        lines += ["", *_wrapped(f"Step {len(result.run)} shows {_endpoints(result.run)}.")]
    return "\n".join(lines)


def _compared(side: Side, other: str) -> str:
    simulated = "" if side.pairs is None else f"; {side.pairs:,} pairs of a state and one of {other} that simulates it"
    return f"{side.name}: {side.states:,} states, {side.steps:,} steps, {counted(side.distinct, 'observation')}{simulated}"


def _endpoints(trace: Trace) -> str:
    def one(role: str) -> str:
        numbers = ", ".join(f"{name.upper()} {value_text(trace.end[f'{role}.{name}'])}" for name in ("iss", "irs"))
        return f"{role} {trace.steps[-1].states[role]}, {numbers}"

    return "; ".join(map(one, trace.roles))


def table(results: Sequence[Sequence[Verdict]]) -> str:
    """Return the verdicts as a table, a row for each claim and a column for each model; as several where they are many."""
    claims = {verdict.question.claim.name: verdict.question.claim for verdicts in results for verdict in verdicts}
    name = max(map(len, ("claim", *claims))) + 3
    names = [verdicts[0].question.handshake for verdicts in results]
    parts = [head.partition("/") for head in names]
    rows = [[handshake + slash for handshake, slash, _ in parts], [composition for _, _, composition in parts]]
    column = max(17, *(len(word) + 1 for row in rows for word in row))
    fit = max(1, (WIDTH + 1 - name) // column)
    if len(results) > fit:
        return "\n\n".join(table(results[i : i + fit]) for i in range(0, len(results), fit))
    lines = ["".join([f"{'claim':<{name}}", *(f"{word:<{column}}" for word in rows[0])])]
    lines += ["".join([" " * name, *(f"{word:<{column}}" for word in rows[1])])] if any(rows[1]) else []
    lines += ["-" * (name - 1) + (" " + "-" * (column - 1)) * len(results)]
    answers = [{verdict.question.claim.name: verdict for verdict in verdicts} for verdicts in results]
    for claim in sorted(claims.values(), key=lambda claim: not claim.asserted):
        cells = "".join(f"{_cell(of[claim.name]) if claim.name in of else '-':<{column}}" for of in answers)
        lines.append(f"{claim.name + ('' if claim.asserted else ' *'):<{name}}{cells}")
    return "\n".join(line.rstrip() for line in lines)


def _cell(verdict: Verdict) -> str:
    steps = f" ({lasting.cell(verdict.trace)})" if verdict.trace is not None else ""
    return verdict.outcome.value + steps + (" !" if verdict.surprising else " ?" if verdict.vacuous else "")


def comparison(results: Sequence[Sequence[Verdict]], *, seconds: bool = True) -> str:
    """Return the table with its setting above it, and under it what the marks mean and what the searches took."""
    every = [verdict for verdicts in results for verdict in verdicts]
    settings: dict[tuple[str, ...], list[str]] = {}
    for found in results:
        settings.setdefault(tuple(setting_lines(found[0])), []).append(found[0].question.handshake)
    lines = ["synproof: ways of opening a TCP connection, and what textbooks claim of them"]
    if len(settings) > 1 or not every[0].question.assumptions:
        lines = _wrapped(f"synproof: {', '.join(verdicts[0].question.handshake for verdicts in results)}", hanging=10)
    for setting, names in settings.items():
        lines += ["", *(_wrapped(f"{', '.join(names)}:") if len(settings) > 1 else []), *setting]
    lines += ["", table(results), ""]
    if any(verdict.question.claim.kind is not Kind.LIVENESS for verdict in every):
        lines += ["(n)  steps of a shortest counterexample, or of a shortest witness where it holds"]
    if any(verdict.question.claim.kind is Kind.LIVENESS for verdict in every):
        lines += ["(n+m)  a lasso: n steps, and then a cycle of m for ever; 0 is to stop"]
        lines += ["(n)    where a claim of liveness holds: steps until its premise is met"]
    if any(not verdict.question.claim.asserted for verdict in every):
        lines += ["*    not asserted: known to be violated, and there to show why"]
    if any(verdict.vacuous for verdict in every):
        lines += ["?    vacuous: what the claim is about never happened in this scope"]
    if any(verdict.surprising for verdict in every):
        lines += ["!    not the verdict that the handshake declares"]
    lines += ["", *assumed] if (assumed := lasting.fairness(every)) else []
    lines += [""]
    name = max(11, *(len(verdicts[0].question.handshake) for verdicts in results)) + 2
    took = [_searches(verdicts, seconds) for verdicts in results]
    between = "" if name + max(map(len, took)) <= WIDTH else "\n    "
    lines += [f"{of[0].question.handshake:<{name}}{between}{said}" for of, said in zip(results, took, strict=True)]
    reasons = dict.fromkeys((v.question.handshake, v.reason) for v in every if v.outcome is Outcome.UNKNOWN)
    lines += [line for handshake, reason in reasons for line in _wrapped(f"{handshake}: unknown where {reason}.")]
    return "\n".join(line.rstrip() for part in lines for line in part.split("\n"))


def differences(first: Sequence[Verdict], second: Sequence[Verdict]) -> str:
    """Return the verdicts that differ between two models, each with the trace that shows it."""
    of_second = {verdict.question.claim.name: verdict for verdict in second}
    pairs = [(v, of_second[v.question.claim.name]) for v in first if v.question.claim.name in of_second]
    differ = [(one, other) for one, other in pairs if one.outcome is not other.outcome]
    left, right = first[0].question.handshake, second[0].question.handshake
    if not pairs:
        return f"No claim is about both {left} and {right}."
    if not differ:
        return f"No verdict differs between {left} and {right}."
    verdicts_differ = "One verdict differs" if len(differ) == 1 else f"{len(differ)} verdicts differ"
    lines = [f"{verdicts_differ} between {left} and {right}."]
    for one, other in differ:
        claim = one.question.claim
        said = ", ".join(
            f"{name} {verdict.outcome.value}{' vacuously' if verdict.vacuous else ''}"
            for name, verdict in ((left, one), (right, other))
        )
        lines += ["", "=" * WIDTH, f"{claim.name}: {said}", *_wrapped(claim.why)]
        lines += ["\n" + counterexample(verdict) for verdict in (one, other) if verdict.trace is not None]
    return "\n".join(lines)


def listing(parts: Iterable[tuple[str, dict[str, str]]]) -> str:
    """Return names with what they mean, under a heading for each part."""
    lines: list[str] = []
    for heading, names in parts:
        column = max(map(len, names)) + 2
        lines += ([""] if lines else []) + [heading]
        for name, meaning in names.items():
            lines += _wrapped(f"  {name:<{column}}{meaning}", hanging=column + 2)
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
