"""What two handshakes differ in, by the battery: the consequence in a sentence, the shortest run that shows it, and a table."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from checker.runs.trace import Trace
from checker.studies.asking import Asked
from checker.studies.battery import Asks, Question, Shown
from checker.studies.differing import Difference, What
from checker.studies.following import Departure
from checker.studies.lockstep import Apart
from checker.studies.nearest import Nearest
from checker.verdict import Outcome, Verdict
from properties.catalogue import CLAIMS
from properties.claim import Kind
from properties.specification import Specification
from reports import liveness, nearness
from reports.language import ENGLISH
from reports.language.catalogue import Language, language
from reports.text import command, in_one_run
from reports.traces import terminal
from reports.traces.account import of_play, of_trace, of_verdict, of_verdicts
from reports.width import line_width
from reports.wrapping import columns, padded, wrapped

_ENGLISH = language(ENGLISH)
GRAVE = (What.VERDICT, What.LINE)
"""In what a claim or a figure comes out differently; the rest is how that is shown."""


@dataclass(frozen=True, slots=True)
class Unreached:
    """What is said of a goal that no run of a model reaches: its verdict, how near one comes, where another's run is none."""

    verdict: Verdict
    near: Nearest
    departed: Departure | None

    def told(self, spoken: Language = _ENGLISH) -> list[str]:
        """Return it in sentences."""
        said = list(nearness.sentences(self.near, self.verdict, spoken))
        if self.departed is not None:
            number, model = self.departed.number + 1, self.verdict.question.handshake
            pattern = "Step {number} of this run, {action}, is none of {model}."
            if self.departed.instead:
                pattern = "Step {number} of this run, {action}, is none of {model}, which takes {instead} there."
            instead = spoken.word("comma").join(step.action for step in self.departed.instead)
            given = {"number": number, "model": model, "instead": instead}
            said.insert(0, spoken.tell(pattern, action=self.departed.step.action, **given))
        return [line for sentence in said for line in _wrapped(sentence)]


def headline(found: Sequence[Asked]) -> Difference | None:
    """Return the difference that an answer begins with: what the first model does wrong, the gravest first.

    It is shown by the shortest run that there is. A violation of what is asserted comes before what it cannot do, before a
    figure that comes out differently, before what the second does wrong, and before evidence that changed.
    """
    return min(differing(found), key=_rank, default=None)


def differing(found: Sequence[Asked]) -> list[Difference]:
    """Return all differences, in the order of the questions."""
    return [difference for asked in found for difference in asked.differences]


_POSSIBLE = "connection-possible"
_PLACES = {name: place for place, name in enumerate((_POSSIBLE, *CLAIMS))} | {_POSSIBLE: 0}


def _rank(difference: Difference) -> tuple[int, int, int]:
    """Return how grave a difference is, the gravest first: what is asserted and violated, in the order of the table of claims.

    That goes from what becomes of connections to what becomes of attempts. A claim of a user's own comes before all, and then
    that there is no connection at all.
    """
    length = len(difference.trace or ())
    one = difference.one
    if difference.what is What.VERDICT and isinstance(one, Verdict):
        asserted, wrong = one.question.claim.asserted, one.outcome is Outcome.VIOLATED
        shown = one.trace is not None or difference.subject == _POSSIBLE
        place = _PLACES.get(difference.subject, -1)
        return (0 if asserted and wrong and shown else 1 if asserted and wrong else 3 if wrong else 4), place, length
    order = {What.LINE: 2, What.OTHERWISE: 5, What.LENGTH: 6, What.LASSO: 6, What.STEP: 6, What.TRIGGER: 7, What.NEVER_TAKEN: 8}
    return order[difference.what], int(difference.apart is not None and difference.apart.anybody), length


def consequence(difference: Difference, names: tuple[str, str], spoken: Language = _ENGLISH) -> str:
    """Return in a sentence what a difference comes to."""
    one, other = names
    both, mine = {"one": one, "other": other}, difference.one
    if difference.what is What.VERDICT and isinstance(mine, Verdict):
        claim = spoken.claim(mine.question.claim)
        wrong, right = (one, other) if mine.outcome is Outcome.VIOLATED else (other, one)
        given = {"wrong": wrong, "right": right}
        if claim.kind is Kind.REACHABILITY:
            return spoken.tell("{right} can do what {wrong} cannot: {brief}.", brief=claim.brief, **given)
        return spoken.tell("In {wrong}, and not in {right}, this can happen: {what}.", what=claim.when_stopped, **given)
    if difference.what is What.LINE and isinstance(mine, Shown) and isinstance(difference.other, Shown):
        wrong, right, why = (one, other, mine.why_not) if mine.why_not else (other, one, difference.other.why_not)
        pattern = "{right} goes through {figure} as it is written, and {wrong} does not: {why}."
        return spoken.tell(pattern, wrong=wrong, right=right, figure=difference.subject, why=why)
    if difference.what is What.OTHERWISE and difference.apart is not None:
        met, number = _met(difference.apart), difference.apart.steps + 1
        done = [_does(trace, spoken, met=bool(met)) for trace in (difference.apart.one, difference.apart.other)]
        pattern = _PARTING[difference.apart.anybody if met else None]
        return spoken.tell(pattern, number=number, mine=done[0], its=done[1], **met, **both)
    return spoken.tell(
        "{one} and {other} come to the same verdicts, and not in the same way: {row}.", row=_plain(difference, spoken), **both
    )


_PARTING = {
    None: "No claim says so, but {one} and {other} do not do the same: in step {number} of a run {one} {mine}, "
    "and {other} {its}.",
    False: "No claim says so, but {one} and {other} do not do the same where {segment} arrives in {state}: "
    "in step {number} of a run {one} {mine}, and {other} {its}.",
    True: "No claim says so, but {one} and {other} do not do the same where {segment}, which neither end sends, arrives in "
    "{state}: in step {number} of a run {one} {mine}, and {other} {its}.",
}
"""What is said where two part, by whether anybody else sent the segment that they meet there; None where nothing arrives."""


def _met(apart: Apart) -> dict[str, str]:
    """Return the segment with which two part, and the state that it meets; nothing where they part without one."""
    trace = apart.one or apart.other
    assert trace is not None
    step = trace.steps[-1]
    before = trace.steps[-2].states if len(trace.steps) > 1 else trace.initial_states
    return {} if step.received is None else {"segment": str(step.received), "state": before[step.by]}


def _does(trace: Trace | None, spoken: Language, *, met: bool) -> str:
    """Return in words what is done in the last step of a run that only one takes, ``met`` where a segment arrives there."""
    if trace is None:
        return spoken.tell("does nothing about it" if met else "does nothing like it")
    step = trace.steps[-1]
    given = {
        "action": step.action,
        "state": step.states.get(step.by, ""),
        "sent": spoken.word("comma").join(map(str, step.sent)),
    }
    if not given["state"]:
        return spoken.tell("takes {action}", **given)
    if not step.sent:
        return spoken.tell("takes {action}, sends nothing and is {state}", **given)
    return spoken.tell("takes {action}, sends {sent} and is {state}", **given)


def _plain(difference: Difference, spoken: Language) -> str:
    subject, one, other = _cells(difference, spoken)
    return f"{subject} ({one} / {other})"


def run(difference: Difference, spoken: Language = _ENGLISH) -> str:
    """Return the run that shows a difference, as a diagram; both runs where each takes a step that the other does not."""
    for side in (difference.one, difference.other):
        if isinstance(side, Verdict) and side.trace is not None:
            return terminal.rendered(of_verdict(side, spoken=spoken), line_width())
        if isinstance(side, Shown) and side.why_not and side.played is not None:
            account = replace(of_play(side.played, side.name, "", spoken), ends=(spoken.tell(side.why_not),))
            return terminal.rendered(account, line_width())
    if difference.apart is None:
        return ""
    return "\n\n".join(_parted(difference.apart.one, difference.apart.other, spoken))


def _parted(one: Trace | None, other: Trace | None, spoken: Language) -> Iterator[str]:
    for trace in (one, other):
        if trace is not None:
            title = spoken.tell("{model}: the last step is one that only it takes", model=trace.system)
            yield terminal.rendered(replace(of_trace(trace, title), language=spoken), line_width())


def answer(
    found: Sequence[Asked],
    models: tuple[Specification, Specification],
    spoken: Language = _ENGLISH,
    *,
    near: Unreached | None = None,
    verbose: bool = False,
) -> str:
    """Return what came of the battery: the consequence, the shortest run, the table of what differs, and what was asked.

    ``near`` says how near a run comes where the consequence is that none gets there. ``verbose`` shows the run of each verdict
    that differs.
    """
    names = (models[0].name, models[1].name)
    first = headline(found)
    lines: list[str] = []
    if first is not None:
        lines += _wrapped(consequence(first, names, spoken))
        lines += _wrapped(_where(first.question, spoken))
        lines += _also(found, first, names, spoken)
        lines += ["", run(first, spoken), ""] if (first.trace is not None) else [""]
        if near is not None:
            lines += [*near.told(spoken), ""]
        lines += [*_table(found, models, spoken, verbose=verbose), ""]
        if verbose:
            lines += _others(found, first, spoken)
    lines += _asked(found, models, spoken)
    return "\n".join(line.rstrip() for part in lines for line in part.split("\n"))


def _where(question: Question, spoken: Language) -> str:
    """Return in which part something is so, where that is asked in another setting than the usual; "" elsewhere."""
    if not question.assumptions and question.scope.split(",")[0] in {"default", "small"}:
        return ""
    return spoken.tell("That is in the part {name}: {title}.", name=question.name, title=spoken.tell(question.title))


def _also(found: Sequence[Asked], first: Difference, names: tuple[str, str], spoken: Language) -> list[str]:
    """Return what else comes of it, a sentence each, and of how many claims more than a reader wants to be told."""
    every = [d for d in sorted(differing(found), key=_rank) if d.what is What.VERDICT and _rank(d)[0] < _rank_of_evidence]
    told = dict.fromkeys(consequence(d, names, spoken) for d in every)
    told.pop(consequence(first, names, spoken), None)
    lines = [line for sentence in list(told)[:_FEW] for line in _wrapped(sentence)]
    if len(told) > _FEW:
        lines += _wrapped(spoken.tell("Of {more} more claims the table below says so.", more=len(told) - _FEW))
    return lines


_rank_of_evidence = 3


def _others(found: Sequence[Asked], first: Difference, spoken: Language) -> list[str]:
    shown = [
        side
        for d in differing(found)
        if d is not first and d.what in {What.VERDICT, What.LENGTH, What.LASSO, What.STEP}
        for side in (d.one, d.other)
        if isinstance(side, Verdict) and side.trace is not None
    ]
    lines: list[str] = []
    for group in in_one_run(shown):
        lines += ["=" * line_width(), terminal.rendered(of_verdicts(group, spoken), line_width()), ""]
    return lines


def _table(
    found: Sequence[Asked], models: tuple[Specification, Specification], spoken: Language, *, verbose: bool
) -> list[str]:
    """Return the differences, part by part, with what each of the two comes to, and the command that shows a run."""
    lines: list[str] = []
    stepwise: dict[tuple[tuple[str, str, str], ...], list[str]] = {}
    for asked in found:
        if asked.question.asks is Asks.STEPS and asked.differences:
            stepwise.setdefault(tuple(_cells(d, spoken) for d in asked.differences), []).append(asked.question.name)
    for asked in found:
        if not asked.differences or (asked.question.asks is Asks.STEPS and not _is_first(asked, stepwise)):
            continue
        rows = [_cells(difference, spoken) for difference in asked.differences if difference.what not in _FOLDED]
        heads = ("", models[0].name, models[1].name)
        width = [max(columns(row[i]) for row in [heads, *rows]) for i in range(3)]
        lines += ["", *_wrapped(spoken.word("colon").join((asked.question.name, spoken.tell(asked.question.title))), hanging=2)]
        if sum(width) + 6 <= line_width():
            for row in (heads, *rows) if rows else ():
                lines.append(f"  {padded(row[0], width[0])}  {padded(row[1], width[1])}  {row[2]}")
        else:
            for subject, one, other in rows:
                lines += _wrapped(subject, "  ", 2)
                lines += _wrapped(spoken.word("colon").join((models[0].name, one)), "    ", 2)
                lines += _wrapped(spoken.word("colon").join((models[1].name, other)), "    ", 2)
        lines += _folded(asked, models, spoken, verbose=verbose)
        again = _again(asked, models)
        lines += [f"  {again}"] if again else []
        alike = next((names[1:] for names in stepwise.values() if names[0] == asked.question.name), [])
        if alike:
            lines += _wrapped(spoken.tell("the same in {names}", names=spoken.word("comma").join(alike)), "  ", 2)
    return lines[1:]


_FOLDED = {
    What.TRIGGER: "holds in both, and is exercised only in {model}: {names}",
    What.NEVER_TAKEN: "taken only in {model}: {names}",
}
"""In what two differ more often than a table can hold, and what is said of all of one kind."""
_FEW = 3


def _folded(asked: Asked, models: tuple[Specification, Specification], spoken: Language, *, verbose: bool) -> Iterator[str]:
    """Yield the evidence that only one of two has, a line for each kind and model; all of it where it is ``verbose``."""
    for what, pattern in _FOLDED.items():
        for number, model in enumerate(models):
            names = [d.subject for d in asked.differences if d.what is what and _in_second(d) is bool(number)]
            some = names if verbose or len(names) <= _FEW else names[:_FEW]
            told = spoken.word("comma").join(some)
            if len(some) < len(names):
                told = spoken.tell("{names}, and {more} more (-v names them)", names=told, more=len(names) - len(some))
            if names:
                yield from _wrapped(spoken.tell(pattern, model=model.name, names=told), "  ", 2)


def _in_second(difference: Difference) -> bool:
    """Return whether it is the second of two in which a claim is exercised, or an action taken."""
    if difference.what is What.TRIGGER:
        return isinstance(difference.other, Verdict) and difference.other.exercised is True
    return difference.of_one


def _is_first(asked: Asked, stepwise: Mapping[tuple[tuple[str, str, str], ...], Sequence[str]]) -> bool:
    """Return whether a step by step comparison is the first of those that part alike."""
    return any(names[0] == asked.question.name for names in stepwise.values())


def _cells(difference: Difference, spoken: Language) -> tuple[str, str, str]:
    """Return a difference as it stands in the table: what it is about, and what it is in each of the two."""
    tell, one, other = spoken.tell, difference.one, difference.other
    if isinstance(one, Verdict) and isinstance(other, Verdict):
        subject = difference.subject + ("" if one.question.claim.asserted else " *")
        if difference.what is What.STEP and difference.departed is not None:
            own = tell("the run of step {number} is no run of the other", number=difference.departed.number + 1)
            cells = [_of(v, spoken) for v in (one, other)]
            cells[0 if difference.of_one else 1] += f"; {own}"
            return subject, cells[0], cells[1]
        if difference.what is What.TRIGGER:
            cells = [spoken.tell("exercised") if v.exercised else spoken.tell("not exercised") for v in (one, other)]
            return subject, cells[0], cells[1]
        return subject, _of(one, spoken), _of(other, spoken)
    if isinstance(one, Shown) and isinstance(other, Shown):
        went = [tell("goes another way") if shown.why_not else tell("as it is written") for shown in (one, other)]
        return difference.subject, went[0], went[1]
    if difference.apart is not None:
        done = [t.steps[-1].action if t else tell("nothing else") for t in (difference.apart.one, difference.apart.other)]
        return tell("step {number}", number=difference.apart.steps + 1), done[0], done[1]
    never, taken = tell("never taken"), tell("taken")
    return (difference.subject, never, taken) if difference.of_one else (difference.subject, taken, never)


def _of(verdict: Verdict, spoken: Language) -> str:
    steps = f" ({liveness.cell(verdict.trace)})" if verdict.trace is not None else ""
    return spoken.word("not-reached-cell" if verdict.not_reached else verdict.outcome.value) + steps


def _again(asked: Asked, models: tuple[Specification, Specification]) -> str:
    """Return the command that shows a run of a part by itself, where one of its claims has one."""
    question = asked.question
    for difference in asked.differences:
        for side, spec in zip((difference.one, difference.other), models, strict=True):
            if isinstance(side, Verdict) and (side.trace is not None or side.outcome is Outcome.VIOLATED):
                name = spec.reference + (f"/{question.composition}" if question.composition else "")
                return command("trace", name, difference.subject) + _options(question)
            if isinstance(side, Shown) and side.why_not and not spec.file.endswith("/"):
                name = spec.reference + (f"/{side.composition}" if side.composition else "")
                return command("scenario", side.name, name) + _options(replace(question, scope="default"))
    return ""


def _options(question: Question) -> str:
    """Return the options that ask for the setting of a question, each after a space."""
    words = [] if question.scope == "default" else ["--scope", question.scope]
    for name, value in question.assumptions.items():
        option = name.replace("_", "-")
        words += [f"--{'' if value else 'no-'}{option}"] if isinstance(value, bool) else [f"--{option}", str(value)]
    return "".join(f" {shlex.quote(word)}" for word in words)


def _asked(found: Sequence[Asked], models: tuple[Specification, Specification], spoken: Language) -> list[str]:
    """Return what was asked, in which of it nothing differs, and what could not be asked."""
    tell, comma = spoken.tell, spoken.word("comma")
    both = {"one": models[0].name, "other": models[1].name}
    unanswered = [asked for asked in found if asked.unanswered]
    done = [asked for asked in found if not asked.unanswered or asked.differences]
    same = [asked.question.name for asked in done if not asked.differences]
    verdicts = sum(len(asked.one.verdicts) for asked in done)
    figures = sum(len(asked.one.figures) for asked in done)
    states = sum(asked.states for asked in done)
    given = {"parts": len(done), "verdicts": verdicts, "figures": figures, "states": states}
    pattern = "{parts} parts: {verdicts} verdicts, {figures} schedules played, {states:,} states compared step by step"
    what = tell(pattern if len(done) != 1 else pattern.replace("parts:", "part:"), **given)
    lines: list[str] = []
    if not any(asked.differences for asked in found):
        begin = "Nothing differs between {one} and {other}, of what was asked: {what}." if done else "Nothing was asked."
        lines += _wrapped(tell(begin, what=what, **both))
        lines += _wrapped(tell("The parts: {names}.", names=comma.join(same)), hanging=2) if same else []
    else:
        lines += _wrapped(tell("Asked were {what}.", what=what))
        lines += _wrapped(tell("Nothing differs in: {names}.", names=comma.join(same)), hanging=2) if same else []
    for asked in unanswered:
        lines += _wrapped(
            tell("Not asked to the end: {name}: {why}.", name=asked.question.name, why=asked.unanswered), hanging=2
        )
    return lines


def progress(asked: Asked, names: tuple[str, str], spoken: Language = _ENGLISH) -> str:
    """Return what came of one part, and what that comes to: what is said while the others are still asked."""
    first = headline([asked])
    if first is not None:
        what = consequence(first, names, spoken)
    elif asked.unanswered:
        what = spoken.tell("not asked to the end")
    else:
        what = spoken.tell("the same")
    return "\n".join(_wrapped(spoken.word("colon").join((asked.question.name, what)), hanging=2))


def _wrapped(text: str, indent: str = "", hanging: int = 0) -> list[str]:
    return wrapped(text, line_width(), indent, hanging)
