"""The explorer as one HTML file: the model as JavaScript, the engine, the page, and the texts of the model in each language."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checker.export.javascript import javascript
from checker.export.names import Names
from checker.host.limits import Schedule
from checker.scenarios.scenario import as_record
from model.notation.pretty import value_text
from model.notation.system import Action, TransitionSystem
from properties.claim import Claim, Kind, monitored
from properties.specification import Specification
from reports import document
from reports.language import CODES, ENGLISH
from reports.language.catalogue import Language, language

if TYPE_CHECKING:
    from jinja2 import Template

    from checker.runs.trace import Trace
    from reports.traces.account import Account

PREFIX = "explorer-"
"""What the ids of the page's words begin with."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The run at which a page opens: its schedule, and where its cycle begins.

    ``accounts`` has what is said of it, by the code of each language: above and below it, and before its steps. ``at_end``
    opens the page after its last step, and not before the first.
    """

    schedule: Schedule = ()
    loop: int | None = None
    accounts: Mapping[str, Account] = field(default_factory=dict)
    at_end: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """A model that a page explores: the system as it is built, and the name of the scope that it is built in.

    ``octets`` is how much text its users send at a time; a scenario says it.
    """

    spec: Specification
    system: TransitionSystem
    scope: str = ""
    octets: int = 1

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims whose truth the page shows: those about single steps first, then those of liveness."""
        return (*self.spec.claims, *(claim for claim in self.spec.liveness if claim not in self.spec.claims))


def page(  # noqa: PLR0913  # what may be left out is named
    subject: Subject,
    *,
    beside: Subject | None = None,
    opened: Opened | None = None,
    title: str = "",
    known: Mapping[str, Trace] | None = None,
    spoken: Language | None = None,
) -> str:
    """Return the page of a model, or of two with one schedule.

    ``known`` has shortest runs, by the claims that they decide: what a reader may be challenged to find.
    """
    spoken = spoken or language(ENGLISH)
    subjects = [subject, *([beside] if beside is not None else [])]
    run = opened or Opened()
    name = title or " / ".join(s.spec.name for s in subjects)
    texts = {
        "language": spoken.code,
        "tags": {code: language(code).tag for code in CODES},
        "words": {code: _words(code) for code in CODES},
        "says": {code: list(account.says) for code, account in run.accounts.items()},
        "ends": {code: list(account.ends) for code, account in run.accounts.items()},
        "known": {claim: _steps(trace, s) for claim, trace in (known or {}).items() for s in subjects[:1]},
        "models": [_texts(subject), *([_texts_beside(beside)] if beside is not None else [])],
        "run": _run(run),
    }
    return _template().render(
        title=name,
        tag=spoken.tag,
        tags=texts["tags"],
        language=spoken.code,
        languages={code: language(code).name for code in CODES},
        setting=_setting(subject, spoken),
        without_script=spoken.word("explorer-without-script"),
        models=",\n".join(_written(s, explained=s is subject) for s in subjects),
        texts=_embedded(texts),
    )


def _embedded(data: object) -> str:
    """Return data as JavaScript that can stand in a page: nothing in it ends the script."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/").replace("<!--", "<\\!--")


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template("page.html.j2")


def _words(code: str) -> dict[str, str]:
    words = language(code).words
    return {key.removeprefix(PREFIX): text for key, text in words.items() if key.startswith(PREFIX)}


def _written(subject: Subject, *, explained: bool = True) -> str:
    watched = monitored(subject.system, subject.claims)
    return javascript(replace(watched, system=watched.exact), explained=explained)


def _texts(subject: Subject) -> dict[str, Any]:
    watched = monitored(subject.system, subject.claims)
    exact = watched.exact
    spoken = [language(code) for code in CODES]
    told = {code: {c.name: language(code).claim(c) for c in subject.claims} for code in CODES}
    plain = monitored(subject.system, ()).exact

    def claim(c: Claim) -> dict[str, Any]:
        return {
            "kind": c.kind.value,
            "asserted": c.asserted,
            "brief": {code: told[code][c.name].brief for code in CODES},
            "statement": {code: told[code][c.name].statement for code in CODES},
            "shows": {code: told[code][c.name].when_stopped for code in CODES},
        }

    spelt = Names("")
    lines: dict[str, int] = {}  # rules have most of their lines in common
    return {
        "name": subject.spec.name,
        "reference": subject.spec.reference,
        "octets": subject.octets,
        "summary": {s.code: s.specification(subject.spec).summary for s in spoken},
        "actions": {
            a.name: {
                "section": a.section,
                "doc": {s.code: document.doc(a, s) for s in spoken},
                "text": {s.code: [_number(line, lines) for line in _lines(plain, a, s)] for s in spoken},
            }
            for a in plain.actions
        },
        "claims": {c.name: claim(c) for c in subject.claims},
        "lines": list(lines),
        "itf": {v.name: spelt.new(v.name) for v in exact.variables},
    }


def _lines(system: TransitionSystem, action: Action, spoken: Language) -> list[str]:
    return document.one_action(system, action, spoken).splitlines()


def _number(line: str, lines: dict[str, int]) -> int:
    """Return the number of a line among those there are, which gets one where it is new."""
    return lines.setdefault(line, len(lines))


def _texts_beside(subject: Subject) -> dict[str, Any]:
    """Return what the page says of the model that stands beside, of which it shows steps, states and claims that fall."""
    claims = {c.name: {"kind": c.kind.value, "asserted": c.asserted} for c in subject.claims}
    return {"name": subject.spec.name, "reference": subject.spec.reference, "claims": claims}


def _setting(subject: Subject, spoken: Language) -> str:
    comma = spoken.word("comma")
    assumed = comma.join(f"{name}={value_text(value)}" for name, value in subject.system.assumptions.items())
    given = (("run-scope", subject.scope), ("run-assumptions", assumed))
    return "; ".join(f"{spoken.word(key)}: {value}" for key, value in given if value)


def _run(run: Opened) -> dict[str, Any] | None:
    if not run.schedule:
        return None
    return {
        "schedule": [[name, {n: _plain(v) for n, v in arguments.items()}] for name, arguments in run.schedule],
        "loop": run.loop,
        "remarks": _remarks(run),
        "opens": "end" if run.at_end else "beginning",
    }


def _remarks(run: Opened) -> dict[int, dict[str, str]]:
    """Return what is said before steps, by the number of the steps before, in each language."""
    numbers = {number for account in run.accounts.values() for number in account.remarks}
    return {n: {code: account.remarks.get(n, "") for code, account in run.accounts.items()} for n in sorted(numbers)}


def _plain(value: object) -> Any:  # noqa: ANN401  # what JSON has for it
    return [_plain(cell) for cell in value] if isinstance(value, tuple) else value


def _steps(trace: Trace, subject: Subject) -> list[list[Any]]:
    record = as_record(trace, subject.spec.reference)
    return [[step["action"], {n: v for n, v in step.items() if n != "action"}] for step in record["steps"]]


def challenges(verdicts: Sequence[Any]) -> dict[str, Trace]:
    """Return the shortest runs of verdicts that have one that a reader can be challenged to find, by claim."""
    return {
        v.question.claim.name: v.trace
        for v in verdicts
        if v.trace is not None and v.question.claim.kind is not Kind.LIVENESS and v.trace.steps
    }
