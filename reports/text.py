"""Verdicts as plain text, for a terminal of 80 columns. Traces are the business of :mod:`reports.traces`."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from checker.decide import Setting, StateSpace
from checker.engine import OWN_BOUNDS, Counts
from checker.engines import able
from checker.host.machine import in_bytes
from checker.runs.simulate import RandomRuns
from checker.runs.trace import Trace
from checker.simulation.relating import ENGINE, Related, RelatedSystem
from checker.studies.cutoff import Cutoff
from checker.studies.untaken import Dropped
from checker.verdict import Outcome, Verdict
from model.notation.pretty import value_text
from model.notation.system import TransitionSystem
from properties.claim import Claim, Kind
from properties.specification import Specification
from reports import liveness
from reports.language import ENGLISH
from reports.language.catalogue import Language, language
from reports.traces import terminal
from reports.traces.account import Account, decided, of_trace, of_verdict, of_verdicts, outcome
from reports.width import line_width
from reports.wrapping import columns, padded, wrapped

_STATE = 13
_ENGLISH = language(ENGLISH)


def command(*words: str) -> str:
    """Return a command of this program as it is typed: what a shell would take for something else is quoted."""
    return shlex.join(("synproof", *words))


def counterexample(verdict: Verdict, spoken: Language = _ENGLISH, *, verbose: bool = False) -> str:
    """Return the trace of a verdict under a heading, with what its last step shows."""
    if verdict.trace is None:
        return spoken.tell("{decided}; there is no trace ({reason}).", decided=decided(verdict, spoken), reason=verdict.reason)
    return terminal.rendered(of_verdict(verdict, spoken=spoken, verbose=verbose), line_width())


def no_more_traces(found: int, spoken: Language = _ENGLISH, *, every: bool) -> str:
    """Return why there are not as many traces as were asked for."""
    if every:
        none = "There is no other: in whatever else decides it, all of one of these is done, and more."
        return "\n".join(_wrapped(spoken.tell(none)))
    said = "Only {traces} so far: a limit ended the search for others; --max-states N looks further."
    return "\n".join(_wrapped(spoken.tell(said, traces=spoken.counted("run-traces", found))))


def failing(results: Sequence[Verdict], again: str, spoken: Language = _ENGLISH) -> str:
    """Return which of several verdicts on one model have a run to show, and why; ``again`` is what shows one of them."""
    name, shown = results[0].question.handshake, [verdict for verdict in results if _fails(verdict)]
    unknown = [verdict.question.claim.name for verdict in results if verdict.outcome is Outcome.UNKNOWN]
    said = "{name}: {failing} of {claims} claims fail." if shown else "{name}: none of {claims} claims fails."
    lines = _wrapped(spoken.tell(said, name=name, failing=len(shown), claims=len(results)))
    for verdict in shown:
        claim = spoken.claim(verdict.question.claim)
        name = spoken.word("colon").join((claim.name, claim.brief))
        lines += ["", *_wrapped(name)]
        if verdict.trace is not None:
            lines += [line for end in of_verdict(verdict, spoken=spoken).ends for line in _wrapped(end, "    ")]
    lines += ["", *_wrapped(spoken.tell("Not decided: {names}.", names=", ".join(unknown)))] if unknown else []
    beyond = ", ".join(verdict.question.claim.name for verdict in results if verdict.not_reached)
    lines += ["", *_wrapped(spoken.tell("Not reached in this scope: {names}.", names=beyond))] if beyond else []
    if any(verdict.trace is not None for verdict in shown):
        lines += ["", spoken.tell("To see a run: {command}", command=again)]
    return "\n".join(lines)


def _fails(verdict: Verdict) -> bool:
    return verdict.outcome is Outcome.VIOLATED and not verdict.not_reached


def counted(number: int, what: str) -> str:
    """Return a number of things, with the plural where it is one."""
    return f"{number} {what}" + ("" if number == 1 else "s")


def asked_again(spec: Specification, setting: Setting) -> str:
    """Return the options that ask for a setting of a model, each after a space, as far as it is not the usual one."""
    own = "".join(f" {shlex.quote(word)}" for word in spec.asked_again)
    if not spec.scoped:
        return own
    words = [] if setting.scope.name == "default" else [f" --scope {shlex.quote(setting.scope.name)}"]
    words += [] if setting.engine is None else [f" --engine {setting.engine}"]
    for name, assumption in setting.assumptions.declared().items():
        value, option = getattr(setting.assumptions, name), assumption.option
        if value != assumption.default:
            words.append(f" --{'' if value else 'no-'}{option}" if isinstance(value, bool) else f" --{option} {value}")
    return "".join(words) + own


def simulation(  # noqa: PLR0913, PLR0917  # what was done, and how
    system: TransitionSystem,
    done: RandomRuns,
    violated: Mapping[str, int],
    seed: int,
    steps: int,
    spoken: Language = _ENGLISH,
) -> str:
    """Return what happened in many random runs: how often each action was taken and each state pair seen."""
    tell, given = spoken.tell, {"name": system.name, "runs": len(done.runs), "steps": steps, "seed": seed}
    lines = [tell("{name}: {runs:,} random runs of at most {steps} steps, seed {seed}", **given)]
    lines += [tell("{stuck:,} of them ended early, in a state without a step", stuck=done.stuck)] if done.stuck else []
    lines += [tell("stopped by Ctrl-C before all were done")] if done.interrupted else []
    taken = sorted(done.taken.items(), key=lambda item: -item[1])
    pairs = sorted(done.pairs.items(), key=lambda item: (-item[1], item[0])) if system.views else []
    tables = {
        ("times taken", tell("action")): taken,
        ("times seen", " / ".join(system.views)): [(" / ".join(pair), n) for pair, n in pairs],
        ("runs", tell("that violate a claim")): list(violated.items()),
    }
    for (number, what), rows in tables.items():
        if not rows and number != "runs":
            continue
        lines += ["", f"{padded(tell(number), 12, '>')}  {what}"]
        lines += [f"{n:>12,}  {name}" for name, n in rows] or [padded(spoken.word("none"), 12, ">")]
    return "\n".join(lines)


def _wrapped(text: str, indent: str = "", hanging: int = 0) -> list[str]:
    return wrapped(text, line_width(), indent, hanging)


def field(name: str, text: str, width: int | None = None) -> list[str]:
    """Return what is said under a name, in a column of its own."""
    lines = wrapped(text, max((width or line_width()) - 13, 20))
    return [padded("" if number else name, 13) + line for number, line in enumerate(lines)]


def cutoff(found: Cutoff, spoken: Language = _ENGLISH) -> str:
    """Return with how many attempts and answers something new was seen last, and how far was looked."""
    new, last = found.last_new, len(found.rounds)
    if found.settled:
        said = spoken.tell(
            "nothing new after {new}: up to {last} attempts and {last} answers showed no other verdict, length or trigger. "
            "That is evidence that no larger scope does, and no proof.",
            new=new,
            last=last,
        )
    else:
        said = spoken.tell(
            "looked at up to {last} attempts and {last} answers; {new} showed something new. Nothing is said of larger scopes.",
            new=new,
            last=last,
        )
    return "\n".join(field(spoken.tell("cutoff"), said))


def counts(effort: Counts, spoken: Language = _ENGLISH) -> str:
    """Return what a search took: states generated, distinct states found, depth; "" where it counts nothing."""
    if effort.states is None:
        return "" if effort.depth is None else spoken.tell("depth {depth}", depth=effort.depth)
    if effort.richest:
        return spoken.tell(
            "{states:,} states explored, each for all with fewer segments; {steps:,} steps between them",
            states=effort.states,
            steps=effort.transitions,
        )
    return spoken.tell(
        "{generated:,} generated, {states:,} distinct states, depth {depth}",
        generated=effort.transitions,
        states=effort.states,
        depth=effort.depth,
    )


def _took(effort: Counts, spoken: Language, *, seconds: bool) -> str:
    if not seconds:
        return counts(effort, spoken)
    took = f"{effort.seconds:.2f} s"
    if effort.workers:
        threads = spoken.counted("processes" if effort.on_cluster else "threads", effort.workers)
        memory = in_bytes(effort.memory)
        took = spoken.tell("{took} on {threads}, {memory}", took=took, threads=threads, memory=memory)
    return spoken.word("separator").join(filter(None, (counts(effort, spoken), took)))


def _searches(results: Sequence[Verdict], spoken: Language, *, seconds: bool) -> str:
    """Return what the searches took that decided claims: most are decided by one search, those of liveness each by its own."""
    efforts = list(dict.fromkeys(verdict.counts for verdict in results))
    if len(efforts) == 1:
        return _took(efforts[0], spoken, seconds=seconds)
    largest = counts(max(efforts, key=lambda effort: effort.states or 0), spoken)
    said = spoken.tell("{number} searches, the largest: {largest}", number=len(efforts), largest=largest)
    return spoken.word("separator").join([said, f"{sum(e.seconds for e in efforts):.2f} s"]) if seconds else said


def setting_lines(
    verdict: Verdict, width: int | None = None, spoken: Language = _ENGLISH, *, verbose: bool = False
) -> list[str]:
    """Return what a verdict holds under: the scope, and what is not usual; ``verbose`` also says all that is."""
    question = verdict.question
    first = able(question.claim.kind)[0]
    usual = question.engine in (first.name, first.stand_in)
    lines = [] if usual and not verbose else field(spoken.tell("engine"), question.engine, width)
    if verbose:
        return lines + _setting(question.scope, question.assumptions, verdict.counts, width, spoken)
    return lines + usual_setting(question.scope, question.assumptions, question.unusual, width, spoken, whole=not usual)


def usual_setting(  # noqa: PLR0913  # what there is to say of a setting, and how
    scope: str,
    assumptions: Mapping[str, str | bool | int],
    unusual: Sequence[str],
    width: int | None = None,
    spoken: Language = _ENGLISH,
    *,
    whole: bool = False,
) -> list[str]:
    """Return a line with the scope, by its name or as a ``whole``, and the assumptions that are not the usual ones."""
    if not assumptions:
        return [] if scope == OWN_BOUNDS else field(spoken.tell("scope"), spoken.tell(scope), width)
    named = ", ".join(f"{name}={value_text(assumptions[name])}" for name in unusual)
    said = (
        "{scope}, with the usual assumptions (-v lists them)"
        if not unusual
        else "{scope}, with {unusual}"
        if len(unusual) == len(assumptions)
        else "{scope}, with {unusual}, and else the usual assumptions (-v lists them)"
    )
    bounds = scope if whole or scope == OWN_BOUNDS else scope.partition(":")[0]
    note = _without_window(assumptions, spoken) if "rcv_wnd" in unusual else []
    return field(spoken.tell("scope"), "; ".join([spoken.tell(said, scope=bounds, unusual=named), *note]), width)


def _without_window(assumptions: Mapping[str, str | bool | int], spoken: Language) -> list[str]:
    """Return what is not done with a receive window that is assumed, unless SEG.SEQ is checked as RFC 9293 has it."""
    said = {
        "exact": "SEG.SEQ is not compared with RCV.WND, and no RST in the window draws a challenge ACK: "
        "--seq-check window does both",
        "none": "SEG.SEQ is not compared with RCV.WND: --seq-check window does it",
    }
    check = assumptions.get("seq_check")
    return [spoken.tell(said[check])] if isinstance(check, str) and check in said and "rcv_wnd" in assumptions else []


def _setting(
    scope: str,
    assumptions: Mapping[str, str | bool | int],
    effort: Counts,
    width: int | None = None,
    spoken: Language = _ENGLISH,
) -> list[str]:
    assumed = ", ".join(f"{name}={value_text(value)}" for name, value in assumptions.items())
    assumed = "; ".join([assumed, *_without_window(assumptions, spoken)])
    given = {"scope": spoken.tell(scope), "assumptions": assumed, "network": spoken.tell(effort.network)}
    return [line for name, value in given.items() for line in field(spoken.tell(name), value, width)]


def state_space(space: StateSpace, spoken: Language = _ENGLISH, *, verbose: bool = False) -> str:
    """Return the counts of a state space, and under which setting."""
    said = spoken.tell("cut short: {reason}", reason=space.reason) if space.reason else spoken.tell("every state was explored")
    head = spoken.tell("{model}: the state space, without any claim; {said}.", model=space.model, said=said)
    lines = [*_wrapped(head), ""]
    if verbose:
        lines += _setting(space.scope, space.assumptions, space.counts, spoken=spoken)
    else:
        lines += usual_setting(space.scope, space.assumptions, space.unusual, spoken=spoken)
    lines += field(spoken.tell("search"), _took(space.counts, spoken, seconds=True))
    return "\n".join(lines + never_taken(space.counts, spoken, verbose=verbose))


def dropped(name: str, found: Sequence[Dropped], spoken: Language = _ENGLISH) -> list[str]:
    """Return the sentence about segments that no case of a model's rules takes, or nothing where there are none."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for one in found:
        kinds.setdefault((one.by, one.state), []).append(one.kind)
    where = "{by} in {state}: {kinds}"
    parts = [spoken.tell(where, by=by, state=state, kinds=" / ".join(some)) for (by, state), some in kinds.items()]
    said = (
        "{name}: no case takes these segments, and they are dropped without a word: {parts}. "
        "Where that is meant, write a case for them with Response(NAME, DOC), which does nothing."
    )
    return [spoken.tell(said, name=name, parts="; ".join(parts))] if parts else []


def never_taken(effort: Counts, spoken: Language = _ENGLISH, *, verbose: bool = False) -> list[str]:
    """Return how many actions no run takes, or with ``verbose`` which."""
    names = effort.never_taken
    if not names:
        return []
    return field(spoken.tell("never taken"), ", ".join(names) if verbose else spoken.counted("actions-by-v", len(names)))


def verdicts(
    results: Sequence[Verdict],
    spoken: Language = _ENGLISH,
    *,
    seconds: bool = True,
    verbose: bool = False,
    near: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Return verdicts about one handshake, the setting and the effort they share, and the actions never taken.

    ``near`` says how near a run comes to what a claim asks for, by the name of the claim.
    """
    lines: list[str] = []
    for verdict in results:
        claim = spoken.claim(verdict.question.claim)
        mark = _surprise(verdict, spoken)
        lines += [f"{spoken.word('colon').join((verdict.question.handshake, claim.name, outcome(verdict, spoken)))}{mark}"]
        lines += [*_wrapped(claim.statement, "    "), *liveness.assumed(verdict, spoken)]
        own = ""
        if verdict.counts is not results[0].counts or verdict.counts is not results[-1].counts:
            own = f" ({_took(verdict.counts, spoken, seconds=seconds)})"
        lines += _wrapped(spoken.tell("{reason}.", reason=spoken.tell(verdict.reason) + own), "    ")
        lines += [line for sentence in (near or {}).get(claim.name, ()) for line in _wrapped(sentence, "    ")]
        if verdict.vacuous:
            lines += _wrapped(spoken.tell("Vacuous: it never happened that {trigger}.", trigger=claim.trigger), "    ")
    effort = results[0].counts
    settings = dict.fromkeys(tuple(setting_lines(verdict, spoken=spoken, verbose=verbose)) for verdict in results)
    told = [list(setting) for setting in settings if setting] or [[]]
    told[-1] += field(spoken.tell("search"), _took(effort, spoken, seconds=seconds)) if effort is results[-1].counts else []
    told[-1] += never_taken(effort, spoken, verbose=verbose)
    return "\n".join([*lines, *(line for part in told if part for line in ("", *part))])


def _surprise(verdict: Verdict, spoken: Language) -> str:
    expected = verdict.question.expected
    return _declared(expected, spoken) if verdict.surprising and expected is not None else ""


def _declared(expected: Outcome, spoken: Language) -> str:
    return "   !! " + spoken.tell("it declares: {outcome}", outcome=spoken.word(expected.value))


def related(result: Related, spoken: Language = _ENGLISH, *, seconds: bool = True, verbose: bool = False) -> str:
    """Return what was decided of a relation, what was compared, and the run that tells the two systems apart."""
    relation, expected, tell = result.relation, result.expected, spoken.tell
    mark = _declared(expected, spoken) if result.surprising and expected is not None else ""
    took = f" ({result.seconds:.2f} s)" if seconds else ""
    head = spoken.word("colon").join((result.handshake, relation.name, spoken.word(result.outcome.value)))
    lines = [f"{head}{mark}"]
    lines += [*_wrapped(tell(relation.statement), "    ")]
    lines += [*_wrapped(tell("{reason}.", reason=tell(result.reason) + took), "    "), ""]
    lines += [*field(tell("engine"), tell("{engine}, weak, both ways", engine=ENGINE))]
    lines += [*field(tell("observed"), tell(relation.seen))]
    if verbose:
        lines += _setting(result.scope, result.assumptions, Counts(network=result.network), spoken=spoken)
    else:
        lines += usual_setting(result.scope, result.assumptions, result.unusual, spoken=spoken)
    for side, other in zip(result.sides, reversed(result.sides), strict=True):
        lines += field(tell("compared"), _compared(side, other.name, spoken))
    if result.run is not None:
        told = replace(of_trace(result.run), language=spoken)
        steps = spoken.counted("run-steps", len(result.run))
        lines += ["", *_wrapped(tell("The run of {mover} ({steps}):", mover=result.mover, steps=steps))]
        lines += [terminal.diagram(told, line_width())]
        shows = tell("Step {number} shows {ends}.", number=len(result.run), ends=_endpoints(result.run, spoken))
        lines += ["", *_wrapped(shows)]
    return "\n".join(lines)


def account(result: Related, spoken: Language = _ENGLISH) -> Account:
    """Return the account of the run that tells two systems apart."""
    assert result.run is not None
    outcome = spoken.word(result.outcome.value)
    title = spoken.word("decided", system=result.handshake, claim=result.relation.name, outcome=outcome)
    told = replace(of_trace(result.run, title), language=spoken)
    name = f"{result.handshake}-{result.relation.name}".replace("/", "-")
    whose = spoken.tell("The run is of {mover}.", mover=result.mover)
    shows = spoken.tell("Step {number} shows {ends}.", number=len(result.run), ends=_endpoints(result.run, spoken))
    says = (spoken.tell(result.relation.statement),)
    return replace(told, name=name, says=says, ends=(f"{whose} {shows}",), retold=partial(account, result))


def _compared(side: RelatedSystem, other: str, spoken: Language) -> str:
    values = {"states": side.states, "steps": side.steps, "observations": side.distinct}
    counts = spoken.tell("{states:,} states, {steps:,} steps, {observations:,} observations", **values)
    said = spoken.word("colon").join((side.name, counts))
    if side.pairs is None:
        return said
    pairs = spoken.tell("{pairs:,} pairs of a state and one of {other} that simulates it", pairs=side.pairs, other=other)
    return spoken.word("separator").join((said, pairs))


def _endpoints(trace: Trace, spoken: Language) -> str:
    def one(role: str) -> str:
        numbers = ", ".join(f"{name.upper()} {value_text(trace.end[f'{role}.{name}'])}" for name in ("iss", "irs"))
        return f"{role} {trace.steps[-1].states[role]}, {numbers}"

    return spoken.word("separator").join(map(one, trace.roles))


def table(results: Sequence[Sequence[Verdict]], spoken: Language = _ENGLISH) -> str:
    """Return the verdicts as a table, a row for each claim and a column for each model; as several where they are many."""
    claims = {verdict.question.claim.name: verdict.question.claim for verdicts in results for verdict in verdicts}
    head = spoken.word("claim")
    name = max(map(columns, (head, *claims))) + 3
    names = [verdicts[0].question.handshake for verdicts in results]
    parts = [head.partition("/") for head in names]
    rows = [[handshake + slash for handshake, slash, _ in parts], [composition for _, _, composition in parts]]
    column = max(17, *(len(word) + 1 for row in rows for word in row))
    if name + column > line_width() + 1:
        return _table_below(claims.values(), results, spoken)
    fit = max(1, (line_width() + 1 - name) // column)
    if len(results) > fit:
        return "\n\n".join(table(results[i : i + fit], spoken) for i in range(0, len(results), fit))
    lines = ["".join([padded(head, name), *(padded(word, column) for word in rows[0])])]
    lines += ["".join([" " * name, *(padded(word, column) for word in rows[1])])] if any(rows[1]) else []
    lines += ["-" * (name - 1) + (" " + "-" * (column - 1)) * len(results)]
    answers = [{verdict.question.claim.name: verdict for verdict in verdicts} for verdicts in results]
    for claim in sorted(claims.values(), key=lambda claim: not claim.asserted):
        cells = "".join(padded(_cell(of[claim.name], spoken) if claim.name in of else "-", column) for of in answers)
        lines.append(padded(claim.name + ("" if claim.asserted else " *"), name) + cells)
    return "\n".join(line.rstrip() for line in lines)


def _table_below(claims: Iterable[Claim], results: Sequence[Sequence[Verdict]], spoken: Language) -> str:
    """Return the verdicts with the models under each claim: what is left where names are too long for columns."""
    lines: list[str] = []
    model = min(max(len(verdicts[0].question.handshake) for verdicts in results), line_width() // 2) + 2
    for claim in sorted(claims, key=lambda claim: not claim.asserted):
        lines += _wrapped(claim.name + ("" if claim.asserted else " *"), hanging=2)
        for verdict in (v for verdicts in results for v in verdicts if v.question.claim.name == claim.name):
            lines += _wrapped(f"  {verdict.question.handshake:<{model}}{_cell(verdict, spoken)}", hanging=4)
    return "\n".join(lines)


def _cell(verdict: Verdict, spoken: Language) -> str:
    steps = f" ({liveness.cell(verdict.trace)})" if verdict.trace is not None else ""
    said = spoken.word("not-reached-cell" if verdict.not_reached else verdict.outcome.value)
    return said + steps + (" !" if verdict.surprising else " ?" if verdict.vacuous else "")


def comparison(
    results: Sequence[Sequence[Verdict]], spoken: Language = _ENGLISH, *, seconds: bool = True, verbose: bool = False
) -> str:
    """Return the table with its setting above it, and under it what the marks mean and what the searches took."""
    every = [verdict for verdicts in results for verdict in verdicts]
    settings: dict[tuple[str, ...], list[str]] = {}
    for found in results:
        lines = setting_lines(found[0], spoken=spoken, verbose=verbose)
        settings.setdefault(tuple(lines), []).append(found[0].question.handshake)
    lines = _wrapped(spoken.tell("synproof: ways of opening a TCP connection, and what textbooks claim of them"))
    if len(settings) > 1 or not every[0].question.assumptions:
        lines = _wrapped(f"synproof: {', '.join(verdicts[0].question.handshake for verdicts in results)}", hanging=10)
    for setting, names in settings.items():
        head = _wrapped(f"{', '.join(names)}:") if len(settings) > 1 and setting else []
        lines += ["", *head, *setting] if setting else []
    lines += ["", table(results, spoken), ""]
    marks = {spoken.tell(mark): spoken.tell(said) for mark, said in _marks(every).items()}
    room = 7 if any("+" in mark for mark in marks) else 5
    lines += [line for mark, said in marks.items() for line in _wrapped(f"{padded(mark, room - 1)} {said}", hanging=room)]
    lines += ["", *assumed] if (assumed := liveness.fairness(every, spoken)) else []
    lines += [""]
    name = max(11, *(len(verdicts[0].question.handshake) for verdicts in results)) + 2
    took = [_searches(verdicts, spoken, seconds=seconds) for verdicts in results]
    beside = name + max(map(columns, took)) <= line_width()
    for of, said in zip(results, took, strict=True):
        heading = f"{of[0].question.handshake:<{name}}"
        lines += [heading + said] if beside else [heading, *_wrapped(said, "    ", 2)]
    reasons = dict.fromkeys((v.question.handshake, v.reason) for v in every if v.outcome is Outcome.UNKNOWN)
    unknown = (spoken.tell("{name}: unknown where {reason}.", name=name, reason=reason) for name, reason in reasons)
    lines += [line for said in unknown for line in _wrapped(said)]
    return "\n".join(line.rstrip() for part in lines for line in part.split("\n"))


def _marks(every: Sequence[Verdict]) -> dict[str, str]:
    """Return what the marks of a table mean, as far as they are in it."""
    liveness = [verdict.question.claim.kind is Kind.LIVENESS for verdict in every]
    marks = {
        "(n)": (not all(liveness), "steps of a shortest counterexample, or of a shortest witness where it holds"),
        "(n+m)": (any(liveness), "a lasso: n steps, and then a cycle of m for ever; 0 is to stop"),
        "(n) ": (any(liveness), "where a claim of liveness holds: steps until its premise is met"),
        "*": (not all(v.question.claim.asserted for v in every), "not asserted: violated in some scope, and there to show why"),
        "?": (any(v.vacuous for v in every), "vacuous: what the claim is about never happened in this scope"),
        "!": (any(v.surprising for v in every), "not the verdict that the handshake declares"),
        "not reached": (any(v.not_reached for v in every), "in this scope, which is too small to tell: try a larger one"),
    }
    return {mark: said for mark, (there, said) in marks.items() if there}


def differences(first: Sequence[Verdict], second: Sequence[Verdict], spoken: Language = _ENGLISH) -> str:
    """Return the verdicts that differ between two models, and the runs that show it; a run that shows several once."""
    of_second = {verdict.question.claim.name: verdict for verdict in second}
    pairs = [(v, of_second[v.question.claim.name]) for v in first if v.question.claim.name in of_second]
    differ = [(one, other) for one, other in pairs if one.outcome is not other.outcome]
    both = {"left": first[0].question.handshake, "right": second[0].question.handshake}
    if not pairs:
        return "\n".join(_wrapped(spoken.tell("No claim is about both {left} and {right}.", **both)))
    if not differ:
        return "\n".join(_wrapped(spoken.tell("No verdict differs between {left} and {right}.", **both)))
    differing = "One verdict differs" if len(differ) == 1 else "{number} verdicts differ"
    lines = _wrapped(spoken.tell(f"{differing} between {{left}} and {{right}}.", number=len(differ), **both))
    for group in in_one_run([verdict for pair in differ for verdict in pair if verdict.trace is not None]):
        lines += ["", "=" * line_width()]
        for verdict in group:
            one, other = next(pair for pair in differ if verdict in pair)
            claim = spoken.claim(one.question.claim)
            said = spoken.word("comma-clause").join(_of_one(v, spoken) for v in (one, other))
            lines += [*_wrapped(spoken.word("colon").join((claim.name, said))), *_wrapped(claim.why)]
        lines += ["", terminal.rendered(of_verdicts(group, spoken), line_width())]
    for one, other in differ:
        if one.trace is None and other.trace is None:
            claim = spoken.claim(one.question.claim)
            said = spoken.word("comma-clause").join(_of_one(v, spoken) for v in (one, other))
            lines += ["", "=" * line_width(), *_wrapped(spoken.word("colon").join((claim.name, said))), *_wrapped(claim.why)]
    return "\n".join(lines)


def _of_one(verdict: Verdict, spoken: Language) -> str:
    said = f"{verdict.question.handshake} {outcome(verdict, spoken)}"
    return spoken.tell("{said} vacuously", said=said) if verdict.vacuous else said


def in_one_run(shown: Sequence[Verdict]) -> list[list[Verdict]]:
    """Return verdicts of one outcome and model together whose runs are one: each is how the longest of them begins."""
    groups: list[list[Verdict]] = []
    for verdict in sorted(shown, key=lambda v: -len(v.trace or ())):
        for group in groups:
            longest = group[0]
            alike = (longest.question.handshake, longest.outcome) == (verdict.question.handshake, verdict.outcome)
            assert longest.trace is not None
            assert verdict.trace is not None
            if alike and longest.trace.loop is verdict.trace.loop is None and _begins_with(longest.trace, verdict.trace):
                group.append(verdict)
                break
        else:
            groups.append([verdict])
    return [[v for v in shown if v in group] for group in sorted(groups, key=lambda group: min(map(shown.index, group)))]


def _begins_with(longer: Trace, shorter: Trace) -> bool:
    return longer.schedule[: len(shorter)] == shorter.schedule


def listing(parts: Iterable[tuple[str, dict[str, str]]]) -> str:
    """Return names with what they mean, under a heading for each part."""
    lines: list[str] = []
    for heading, names in parts:
        column = max(map(columns, names)) + 2
        lines += ([""] if lines else []) + [heading]
        for name, meaning in names.items():
            lines += _wrapped(padded(name, column) + meaning, "  ", column)
    return "\n".join(lines)


def pairs_table(pairs: Iterable[tuple[tuple[str, ...], int, Iterable[tuple[str, ...]]]], roles: tuple[str, ...]) -> str:
    """Return a table of pairs of endpoint states: how many states of the system each stands for, and where steps lead."""
    heads = "".join(f"{role:<{_STATE + 1}}" for role in roles)
    lines = [f"{heads}{'states':>7}  steps lead to", "-" * line_width()]
    for pair, size, others in pairs:
        leads = ", ".join("/".join(other) for other in others)
        first, *rest = textwrap.wrap(leads, line_width() - 38, break_on_hyphens=False) or [""]
        lines.append("".join(f"{state:<{_STATE + 1}}" for state in pair) + f"{size:>7}  {first}")
        lines += [" " * (2 * _STATE + 11) + line for line in rest]
    return "\n".join(line.rstrip() for line in lines)
