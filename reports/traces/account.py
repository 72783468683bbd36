"""What a rendering of a run is given: the trace, and what is to be said about it.

A trace alone has its steps. What stands above and below it (which claim, what its last step shows, and why), what a scenario
says on the way, whether each claim is true so far, and the text of the model that a step follows come with it here, so that all
renderings say the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from checker.runs.trace import Fact, Trace, run
from checker.runs.trace import decided as decided_by
from checker.scenarios.player import Played, play
from checker.scenarios.scenario import Scenario, as_record
from checker.verdict import Verdict
from model.notation.pretty import row_text, value_text
from model.notation.sorts import Value
from model.tcp.assumptions import LARGEST_WINDOW, Assumptions
from properties.claim import Claim, Kind, monitored
from properties.specification import Specification
from reports import liveness
from reports.explorer.subject import Subject
from reports.language import ENGLISH
from reports.language.catalogue import Language, language
from reports.traces.grounds import because

_TRUTHS = {
    Kind.SAFETY: ("violated-now", "violated-before", "not-violated"),
    Kind.REACHABILITY: ("reached-now", "reached-before", "not-reached"),
}
"""The words for a claim that a step decides, that one before it did, and that none did. Others are not about single steps."""

_ENGLISH = language(ENGLISH)


@dataclass(frozen=True, slots=True)
class TracedClaim:
    """A claim beside a run: whether the initial state decides it, and then for each step whether that does."""

    name: str
    brief: str
    kind: Kind
    decides: tuple[bool, ...]
    asserted: bool = True

    def newly(self, number: int) -> bool:
        """Return whether that many steps are the first, or the first again, to decide it."""
        return self.decides[number] and not (number and self.decides[number - 1])

    def truth(self, number: int) -> str:
        """Return the id of the words for what the claim is after so many steps."""
        now, before, never = _TRUTHS[self.kind]
        return now if self.decides[number] else before if any(self.decides[:number]) else never


@dataclass(frozen=True, slots=True)
class Account:
    """A run and what is said of it. ``name`` is for a file, ``title`` and ``says`` stand above it, ``ends`` below.

    ``remarks`` has what is said before a step, by the number of the steps before it; ``claims`` are empty, and there is no
    ``subject``, where only the trace is known. ``record`` is the run as a scenario. ``window`` is RCV.WND. ``provenance`` is by
    what it was found (:mod:`checker.records`). ``assumed`` are the assumptions by name. ``side`` is the endpoint that a
    rendering is for which is for one of them, "" where nobody said which. ``retold`` returns the account in another language
    (``spoken``), where it can be had: a page can be switched.
    """

    trace: Trace
    name: str
    title: str
    says: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    remarks: Mapping[int, str] = field(default_factory=dict)
    setting: tuple[tuple[str, str], ...] = ()
    claims: tuple[TracedClaim, ...] = ()
    record: Mapping[str, Any] = field(default_factory=dict)
    window: int = LARGEST_WINDOW
    provenance: Mapping[str, Any] = field(default_factory=dict)
    language: Language = _ENGLISH
    assumed: Mapping[str, Any] = field(default_factory=dict)
    side: str = ""
    subject: Subject | None = None
    retold: Callable[..., Account] | None = None

    def say(self, key: str, **values: object) -> str:
        """Return the words of an id in the language of the account."""
        return self.language.word(key, **values)


def of_trace(trace: Trace, title: str = "") -> Account:
    """Return the account of a run of which nothing else is known."""
    return Account(trace, trace.system.replace("/", "-"), title or trace.system)


def of_verdict(verdict: Verdict, trace: Trace | None = None, spoken: Language = _ENGLISH, *, verbose: bool = False) -> Account:
    """Return the account of a run that decides a claim: its own, or another of the same kind.

    ``verbose`` says also the formulas that decide it and what the claim remembers, where the claim has words for its reason.
    """
    question, shown = verdict.question, trace or verdict.trace
    assert shown is not None
    claim, system = spoken.claim(question.claim), question.handshake
    assumed = ", ".join(f"{name}={value_text(value)}" for name, value in question.assumptions.items())
    setting = (("run-engine", question.engine), ("run-scope", question.scope), ("run-assumptions", assumed))
    return Account(
        shown,
        f"{system}-{claim.name}".replace("/", "-"),
        decided(verdict, spoken),
        (claim.statement,),
        tuple(_ends(verdict, claim, shown, spoken, verbose=verbose)),
        setting=tuple((spoken.word(name), value) for name, value in setting if value),
        language=spoken,
        retold=partial(of_verdict, verdict, trace, verbose=verbose),
    )


def of_verdicts(together: Sequence[Verdict], spoken: Language = _ENGLISH) -> Account:
    """Return the account of one run that decides several claims: the longest of their runs, which the others begin."""
    longest = max(together, key=lambda verdict: len(verdict.trace or ()))
    accounts = [of_verdict(verdict, spoken=spoken) for verdict in together]
    names = spoken.word("comma").join(verdict.question.claim.name for verdict in together)
    return replace(
        of_verdict(longest, spoken=spoken),
        title=decided(longest, spoken, names),
        says=tuple(dict.fromkeys(said for account in accounts for said in account.says)),
        ends=tuple(dict.fromkeys(end for account in accounts for end in account.ends)),
        retold=partial(of_verdicts, together),
    )


def decided(verdict: Verdict, spoken: Language = _ENGLISH, claims: str = "") -> str:
    """Return which claim, or which ``claims``, of which model turned out to be what."""
    question = verdict.question
    return spoken.word(
        "decided", system=question.handshake, claim=claims or question.claim.name, outcome=outcome(verdict, spoken)
    )


def outcome(verdict: Verdict, spoken: Language = _ENGLISH) -> str:
    """Return what a claim turned out to be, in words."""
    if verdict.not_reached:
        return spoken.word("not-reached-in-scope")
    said = spoken.word(verdict.outcome.value)
    return spoken.tell("{outcome} within the constraint", outcome=said) if verdict.within else said


def of_play(played: Played, title: str, summary: str, spoken: Language = _ENGLISH) -> Account:
    """Return the account of a scenario as it went on one model."""
    name = played.spec.name
    remarks = {phase.begin: phase.says for phase in played.phases if phase.says}
    return Account(
        played.trace,
        name.replace("/", "-"),
        spoken.word("played", scenario=title, system=name),
        (summary,) if summary else (),
        (violated(name, played.violated, spoken),),
        remarks,
        language=spoken,
    )


def of_scenario(asked: Scenario, spec: Specification, assumptions: Assumptions, spoken: Language = _ENGLISH) -> Account:
    """Return the account of a scenario, as it is written, as it goes on a model in some language."""
    said = spoken.scenario(asked)
    return of_play(play(said, spec, assumptions, spec.safety), said.name, said.summary, spoken)


def of_random(
    trace: Trace,
    steps: Mapping[str, tuple[int, ...]],
    seed: int,
    number: int | None = None,
    spoken: Language = _ENGLISH,
) -> Account:
    """Return the account of a random run; ``steps`` are those that violate a claim, ``number`` its place among several."""
    name = f"{trace.system}-seed-{seed}".replace("/", "-") + ("" if number is None else f"-{number}")
    title = spoken.word("random-run", system=trace.system, seed=seed)
    stuck = () if trace.steps else (spoken.word("no-step"),)
    ends = (*stuck, violated(trace.system, steps, spoken))
    return Account(trace, name, title, ends=ends, language=spoken, retold=partial(of_random, trace, steps, seed, number))


def violated(name: str, steps: Mapping[str, tuple[int, ...]], spoken: Language = _ENGLISH, *, numbered: bool = True) -> str:
    """Return which claims some step of a run violates, with the numbers of these steps."""
    if not steps:
        return spoken.word("violates-nothing", system=name)
    comma, found = spoken.word("comma"), sorted(steps.items(), key=lambda item: item[1])
    said = [
        spoken.word("claim-at", claim=claim, steps=comma.join(map(str, numbers))) if numbered else claim
        for claim, numbers in found
    ]
    return spoken.word("violates", system=name, claims=comma.join(said))


def told(account: Account, subject: Subject) -> Account:
    """Return the account with its subject, and the truth of each claim at each step."""
    spec, system = subject.spec, subject.system
    stepwise = [claim for claim in spec.claims if claim.kind in _TRUTHS]
    watched = monitored(system, stepwise)
    decides = decided_by(watched, run(watched, account.trace.schedule))
    summary = f"{account.title}. {' '.join(account.says)}".strip()
    window = system.assumptions.get("rcv_wnd", LARGEST_WINDOW)
    return replace(
        account,
        claims=tuple(
            TracedClaim(claim.name, claim.brief, claim.kind, decides[claim.name], claim.asserted) for claim in stepwise
        ),
        record=as_record(account.trace, spec.reference, summary, subject.octets),
        window=window if isinstance(window, int) else LARGEST_WINDOW,
        assumed=system.assumptions,
        subject=subject,
    )


def _ends(verdict: Verdict, claim: Claim, trace: Trace, spoken: Language, *, verbose: bool) -> Iterator[str]:
    """Yield what the last step of a run shows."""
    if claim.kind is Kind.LIVENESS:
        yield from liveness.shows(verdict, claim, trace, spoken)
        reason = because(claim, trace, len(trace), spoken)
        yield from [reason] if reason else []
        return
    yield spoken.word("shows" if trace.steps else "shows-at-once", number=len(trace), what=claim.when_stopped)
    yield from why_decided(claim, trace, len(trace), spoken, verbose=verbose)


def why_decided(
    claim: Claim, trace: Trace, number: int, spoken: Language = _ENGLISH, *, verbose: bool = False
) -> Iterator[str]:
    """Yield why step ``number`` decides a claim, as the ground of the trace has it.

    That is in the claim's words, and, where it has none or with ``verbose``, by the formulas and what the claim remembers.
    """
    ground = trace.ground
    reason = because(claim, trace, number, spoken)
    if reason:
        yield reason
    if reason and not verbose:
        return
    if ground is not None and ground.facts:
        where = "because-at-once" if not number else "because-after" if ground.after else "because-before"
        reasons = spoken.word("separator").join(by_own_names(fact_text(f, spoken), claim.name, trace) for f in ground.facts)
        yield spoken.word(where, number=number, reasons=reasons)
    yield from remembered(claim.name, trace, number, spoken)


def by_own_names(text: str, claim: str, trace: Trace) -> str:
    """Return a text in which the observers of a claim are called without the name of the claim before theirs."""
    for name, of in trace.observers.items():
        if of == claim:
            own = name.removeprefix(f"{claim}.")
            text = re.sub(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", own.replace("\\", r"\\"), text)
    return text


def fact_text(fact: Fact, spoken: Language = _ENGLISH) -> str:
    """Return a part of a condition, whether it is true, and the values that make it so, where it is not the value itself."""
    read = ", ".join(f"{name} = {value_text(value)}" for name, value in fact.values.items() if name != fact.formula)
    said = spoken.word("fact-holds" if fact.holds else "fact-fails", formula=fact.formula)
    return f"{said} ({read})" if read else said


def remembered(claim: str, trace: Trace, number: int, spoken: Language = _ENGLISH) -> Iterator[str]:
    """Yield what a claim remembers after so many steps, where it remembers anything."""
    state, own = trace.before(number), f"{claim}."
    values = [f"{n.removeprefix(own)} = {value_text(state[n])}" for n, of in trace.observers.items() if of == claim]
    if values:
        yield spoken.word("remembers", claim=claim, values="; ".join(values))


def variables(trace: Trace) -> list[str]:
    """Return the variables that a reader is shown: all but the network and what claims remember."""
    hidden = {trace.network, *trace.observers}
    return [name for name in trace.initial if name not in hidden]


def changes(trace: Trace, number: int) -> dict[str, str]:
    """Return the variables that step ``number``, from 1, changed, and how: ``= 3`` or, of a set, ``+ ⟨100⟩``.

    Those are left out that the states of the endpoints, which stand beside each step, show already.
    """
    before, step = trace.before(number - 1), trace.steps[number - 1]
    earlier = trace.steps[number - 2].states if number > 1 else trace.initial_states
    shown = {role: (earlier[role], step.states[role]) for role in trace.roles}
    found: dict[str, str] = {}
    for name in variables(trace):
        old, new = before[name], step.state[name]
        if old == new or any(role in name and pair == (value_text(old), value_text(new)) for role, pair in shown.items()):
            continue
        found[name] = change(old, new)
    return found


def change(old: Value, new: Value) -> str:
    """Return how a value changed."""
    if isinstance(old, frozenset) and isinstance(new, frozenset) and (new or len(old) == 1):
        rows = [("+", row) for row in sorted(new - old)] + [("-", row) for row in sorted(old - new)]
        return " ".join(f"{sign} {row_text(row)}" for sign, row in rows)
    return f"= {value_text(new)}"


def together(changed: Mapping[str, str]) -> dict[str, list[str]]:
    """Return changes with those of one endpoint together: ``client`` to ``iss = 100`` and ``snd_nxt = 101``."""
    lines: dict[str, list[str]] = {}
    for name, how in changed.items():
        prefix, dot, own = name.rpartition(".")
        lines.setdefault(prefix if dot else "", []).append(f"{own} {how}")
    return lines


def changes_text(trace: Trace, number: int) -> list[str]:
    """Return what step ``number``, from 1, changed, in a sentence for each endpoint."""
    told = together(changes(trace, number))
    return [f"{prefix}: {', '.join(texts)}" if prefix else ", ".join(texts) for prefix, texts in told.items()]


def segments_in_flight(trace: Trace, number: int) -> list[Mapping[str, Value]]:
    """Return the segments in the network after so many steps, by column."""
    rows = trace.before(number).get(trace.network, frozenset())
    assert isinstance(rows, frozenset)
    return [dict(zip(trace.columns, row, strict=True)) for row in sorted(rows)]
