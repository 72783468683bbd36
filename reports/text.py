"""Verdicts as plain text, for a terminal of 80 columns. Traces are the business of :mod:`reports.traces`."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from checker.decide import Setting, StateSpace
from checker.engine import Counts
from checker.host.machine import in_bytes
from checker.runs.simulate import RandomRuns
from checker.runs.trace import Trace
from checker.simulation.relating import ENGINE, Related, RelatedSystem
from checker.studies.cutoff import Cutoff
from checker.verdict import Outcome, Verdict
from model.notation.pretty import value_text
from model.notation.system import TransitionSystem
from properties.claim import Kind
from properties.specification import Specification
from reports import liveness
from reports.traces import terminal
from reports.traces.account import Account, of_trace, of_verdict
from reports.width import WIDTH
from reports.wrapping import wrapped

_STATE = 13


def command(*words: str) -> str:
    """Return a command of this program as it is typed: what a shell would take for something else is quoted."""
    return shlex.join(("synproof", *words))


def counterexample(verdict: Verdict) -> str:
    """Return the trace of a verdict under a heading, with what its last step shows."""
    question, trace = verdict.question, verdict.trace
    if trace is None:
        outcome = f"{question.handshake}: {question.claim.name} {verdict.outcome.value}{verdict.within}"
        return f"{outcome}; there is no trace ({verdict.reason})."
    return terminal.rendered(of_verdict(verdict))


def no_more_traces(found: int, *, every: bool) -> str:
    """Return why there are not as many traces as were asked for."""
    if every:
        return "\n".join(_wrapped("There is no other: in whatever else decides it, all of one of these is done, and more."))
    limit = "a limit ended the search for others; --max-states N looks further"
    return "\n".join(_wrapped(f"Only {counted(found, 'trace')} so far: {limit}."))


def counted(number: int, what: str) -> str:
    """Return a number of things, with the plural where it is one."""
    return f"{number} {what}" + ("" if number == 1 else "s")


def asked_again(spec: Specification, setting: Setting) -> str:
    """Return the options that ask for a setting of a model, each after a space, as far as it is not the usual one."""
    own = "".join(f" {word}" for word in spec.asked_again)
    if not spec.scoped:
        return own
    words = [] if setting.scope.name == "default" else [f" --scope {setting.scope.name}"]
    words += [] if setting.engine is None else [f" --engine {setting.engine}"]
    for name, assumption in setting.assumptions.declared().items():
        value, option = getattr(setting.assumptions, name), assumption.option
        if value != assumption.default:
            words.append(f" --{'' if value else 'no-'}{option}" if isinstance(value, bool) else f" --{option} {value}")
    return "".join(words) + own


def simulation(system: TransitionSystem, done: RandomRuns, violated: Mapping[str, int], seed: int, steps: int) -> str:
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
    return wrapped(text, WIDTH, indent, hanging)


def _field(name: str, text: str, width: int = WIDTH) -> list[str]:
    lines = textwrap.wrap(text, max(min(width, WIDTH) - 13, 20), break_on_hyphens=False, break_long_words=False)
    return [f"{'' if number else name:<13}{line}" for number, line in enumerate(lines)]


def cutoff(found: Cutoff) -> str:
    """Return with how many attempts and answers something new was seen last, and how far was looked."""
    last, new = len(found.rounds), found.last_new
    if found.settled:
        more = f"up to {last} attempts and {last} answers showed no other verdict, length or trigger"
        said = f"nothing new after {new}: {more}. That is evidence that no larger scope does, and no proof."
    else:
        said = (
            f"looked at up to {last} attempts and {last} answers; {new} showed something new. Nothing is said of larger scopes."
        )
    return "\n".join(_field("cutoff", said))


def counts(effort: Counts) -> str:
    """Return what a search took: states generated, distinct states found, depth; "" where it counts nothing."""
    if effort.states is None:
        return "" if effort.depth is None else f"depth {effort.depth}"
    if effort.richest:
        return f"{effort.states:,} states explored, each for all with fewer segments; {effort.transitions:,} steps between them"
    return f"{effort.transitions:,} generated, {effort.states:,} distinct states, depth {effort.depth}"


def _took(effort: Counts, seconds: bool) -> str:
    if not seconds:
        return counts(effort)
    machine_code = f" on {counted(effort.workers, 'thread')}, {in_bytes(effort.memory)}" if effort.workers else ""
    return "; ".join(filter(None, (counts(effort), f"{effort.seconds:.2f} s{machine_code}")))


def _searches(results: Sequence[Verdict], seconds: bool) -> str:
    """Return what the searches took that decided claims: most are decided by one search, those of liveness each by its own."""
    efforts = list(dict.fromkeys(verdict.counts for verdict in results))
    if len(efforts) == 1:
        return _took(efforts[0], seconds)
    largest = max(efforts, key=lambda effort: effort.states or 0)
    took = f"; {sum(effort.seconds for effort in efforts):.2f} s" if seconds else ""
    return f"{len(efforts)} searches, the largest: {counts(largest)}{took}"


def setting_lines(verdict: Verdict, width: int = WIDTH) -> list[str]:
    """Return the engine, scope, assumptions and network under which a verdict holds."""
    question = verdict.question
    lines = _setting(question.scope, question.assumptions, verdict.counts, width)
    return [*_field("engine", question.engine, width), *lines]


def _setting(scope: str, assumptions: Mapping[str, str | bool | int], effort: Counts, width: int = WIDTH) -> list[str]:
    assumed = ", ".join(f"{name}={value_text(value)}" for name, value in assumptions.items())
    said = {"scope": scope, "assumptions": assumed, "network": effort.network}
    return [line for name, value in said.items() for line in _field(name, value, width)]


def state_space(space: StateSpace) -> str:
    """Return the counts of a state space, and under which setting."""
    said = f"cut short: {space.reason}" if space.reason else "every state was explored"
    lines = [*_wrapped(f"{space.model}: the state space, without any claim; {said}."), ""]
    lines += [*_setting(space.scope, space.assumptions, space.counts), *_field("search", _took(space.counts, seconds=True))]
    lines += _field("never taken", ", ".join(space.counts.never_taken)) if space.counts.never_taken else []
    return "\n".join(lines)


def verdicts(results: Sequence[Verdict], *, seconds: bool = True) -> str:
    """Return verdicts about one handshake, the setting and the effort they share, and the actions never taken."""
    lines: list[str] = []
    for verdict in results:
        claim = verdict.question.claim
        mark = _surprise(verdict)
        lines += [f"{verdict.question.handshake}: {claim.name}: {verdict.outcome.value}{verdict.within}{mark}"]
        lines += [*_wrapped(claim.statement, "    "), *liveness.assumed(verdict)]
        own = "" if verdict.counts is results[0].counts is results[-1].counts else f" ({_took(verdict.counts, seconds)})"
        lines += _wrapped(f"{verdict.reason}{own}.", "    ")
        if verdict.vacuous:
            lines += _wrapped(f"Vacuous: it never happened that {claim.trigger}.", "    ")
    effort = results[0].counts
    for setting in dict.fromkeys(tuple(setting_lines(verdict)) for verdict in results):
        lines += ["", *setting]
    if effort is results[-1].counts:
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
            terminal.sequence_diagram(result.run),
        ]
        lines += ["", *_wrapped(f"Step {len(result.run)} shows {_endpoints(result.run)}.")]
    return "\n".join(lines)


def account(result: Related) -> Account:
    """Return the account of the run that tells two systems apart."""
    assert result.run is not None
    told = of_trace(result.run, f"{result.handshake}: {result.relation.name} {result.outcome.value}")
    name = f"{result.handshake}-{result.relation.name}".replace("/", "-")
    ends = (f"The run is of {result.mover}. Step {len(result.run)} shows {_endpoints(result.run)}.",)
    return replace(told, name=name, says=(result.relation.statement,), ends=ends)


def _compared(side: RelatedSystem, other: str) -> str:
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
    steps = f" ({liveness.cell(verdict.trace)})" if verdict.trace is not None else ""
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
    lines += ["", *assumed] if (assumed := liveness.fairness(every)) else []
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
            f"{name} {verdict.outcome.value}{verdict.within}{' vacuously' if verdict.vacuous else ''}"
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
