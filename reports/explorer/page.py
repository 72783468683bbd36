"""The explorer as one HTML file: the model as JavaScript, the engine, the page, and the texts of the model in each language."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checker.decide import Setting
from checker.export.javascript import javascript
from checker.export.names import Names
from checker.host.limits import Schedule
from checker.scenarios.scenario import as_record
from checker.verdict import Verdict
from model.notation.network import connect
from model.notation.pretty import value_text
from model.notation.system import Action, TransitionSystem
from properties.claim import Claim, Kind, monitored
from properties.observe import Monitored
from properties.specification import Specification
from reports import document
from reports.explorer.subject import Subject
from reports.language import CODES, ENGLISH
from reports.language.catalogue import Language, language
from reports.traces import terminal
from reports.traces.formats import FONT, NATURAL, Size
from reports.traces.picture import TooNarrowError
from reports.traces.svg import drawing

if TYPE_CHECKING:
    from jinja2 import Template

    from checker.runs.trace import Trace
    from reports.traces.account import Account

_KEPT = 12
"""Of how many subjects what a page says is kept: a command writes the pages of one after those of another."""
_DRAWN = 200
"""How many steps a run has at most that is drawn for who has no JavaScript: hundreds are as large as the model."""
PREFIX = "explorer-"
"""What the ids of the page's words begin with."""
OF_RUNS = (
    *("arrives", "arrives-copy-stays", "is-lost", "leaves", "passes", "old-duplicate", "copy-stays", "duplicate"),
    *("in-the-cycle", "cycle-ends", "nothing-more", "step-of", "colon"),
)
"""The words of the other renderings of runs that the page says as well."""
_MARGIN, _LANE, _LANE_OF_MANY, _LEAST = 64, 330, 250, 460
"""Of the drawing, at least: from its edge to a lifeline, between two, between those of more than two, and its width."""
_CHARACTER, _OF_NAMES = 7.3, 8.5
"""How wide a character is, and one of an endpoint's name."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The run at which a page opens: its schedule, and where its cycle begins.

    ``accounts`` has what is said of it, by the code of each language: above and below it, and before its steps.
    ``at_end`` opens the page after its last step, and not before the first.
    """

    schedule: Schedule = ()
    loop: int | None = None
    accounts: Mapping[str, Account] = field(default_factory=dict)
    at_end: bool = False


def page(  # noqa: PLR0913  # what may be left out is named
    subject: Subject,
    *,
    beside: Subject | None = None,
    opened: Opened | None = None,
    known: Mapping[str, Trace] | None = None,
    size: Size = NATURAL,
    spoken: Language | None = None,
) -> str:
    """Return the page of a model, or of two with one schedule.

    ``known`` has shortest runs, by the claims that they decide: what a reader may be challenged to find. ``size`` is that of
    the drawing. Without JavaScript a page that is opened at a run shows that run, as a drawing and as text.

    Raises
    ------
    TooNarrowError
        Where the drawing has no room in its width for text of its size.
    """
    spoken = spoken or language(ENGLISH)
    subjects = [subject, *([beside] if beside is not None else [])]
    run = opened or Opened()
    name = " / ".join(s.spec.name for s in subjects)
    titles = {code: account.title for code, account in run.accounts.items()} or dict.fromkeys(CODES, name)
    texts = {
        "language": spoken.code,
        "tags": {code: language(code).tag for code in CODES},
        "words": {code: _words(code) for code in CODES},
        "titles": titles,
        "says": {code: list(account.says) for code, account in run.accounts.items()},
        "ends": {code: list(account.ends) for code, account in run.accounts.items()},
        "setting": {code: _setting(subject, run.accounts.get(code), language(code)) for code in CODES},
        "drawing": _measures(subject, size),
        "known": {claim: _steps(trace, s) for claim, trace in (known or {}).items() for s in subjects[:1]},
        "models": [_texts(subject), *([_texts_beside(beside)] if beside is not None else [])],
        "run": _run(run),
    }
    told = run.accounts.get(spoken.code)
    return _template().render(
        title=titles.get(spoken.code, name),
        tag=spoken.tag,
        tags=texts["tags"],
        language=spoken.code,
        languages={code: language(code).name for code in CODES},
        without_script=spoken.word("explorer-without-script"),
        drawn="" if told is None or len(told.trace) > _DRAWN else drawing(told, style=True, size=size),
        written="" if told is None else terminal.rendered(told),
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
    own = {key.removeprefix(PREFIX): text for key, text in words.items() if key.startswith(PREFIX)}
    return {**{key: words[key] for key in OF_RUNS}, **own}


@lru_cache(maxsize=_KEPT)
def _written(subject: Subject, *, explained: bool = True) -> str:
    watched = _watched(subject)
    return javascript(replace(watched, system=watched.exact), explained=explained)


@lru_cache(maxsize=_KEPT)
def _watched(subject: Subject) -> Monitored:
    return monitored(subject.system, subject.claims)


@lru_cache(maxsize=_KEPT)
def _texts(subject: Subject) -> dict[str, Any]:
    exact = _watched(subject).exact
    spoken = [language(code) for code in CODES]
    told = {code: {c.name: language(code).claim(c) for c in subject.claims} for code in CODES}
    plain = connect(subject.system)

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


def _setting(subject: Subject, account: Account | None, spoken: Language) -> list[tuple[str, str]]:
    """Return under what the model is explored, or, where the run was found by a search, under what that was."""
    if account is not None and account.setting:
        return list(account.setting)
    comma = spoken.word("comma")
    assumed = comma.join(f"{name}={value_text(value)}" for name, value in subject.system.assumptions.items())
    given = (("run-scope", subject.scope), ("run-assumptions", assumed))
    return [(spoken.word(key), value) for key, value in given if value]


def _measures(subject: Subject, size: Size) -> dict[str, float | bool]:
    """Return where the lifelines of the drawing are, in its own units, and how many pixels a unit is.

    ``asked`` says that a size was asked for: the drawing then has it, and scrolls where the window is narrower.
    """
    system = subject.system
    roles, actions = list(system.views), [action.name for action in system.actions]
    margin = max(_MARGIN, _OF_NAMES * max(map(len, roles), default=0) / 2 + 8)
    lane = max(_LANE if len(roles) <= 2 else _LANE_OF_MANY, _CHARACTER * (max(map(len, actions)) + 6))  # noqa: PLR2004  # a pair
    scale, lanes = (size.font or FONT) / FONT, max(len(roles) - 1, 0)
    least = max(2 * margin + lane * lanes, _LEAST)
    width = size.width / scale if size.width else least
    if width < least:
        raise TooNarrowError.of(least, size)
    lane = (width - 2 * margin) / max(lanes, 1)
    return {"margin": margin, "lane": lane, "width": width, "scale": scale, "asked": size != NATURAL}


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


def pages(specs: Sequence[Specification], decided: Sequence[Sequence[Verdict]], setting: Setting) -> dict[str, str]:
    """Return the page of each model under a setting, by the name of its file; readers are challenged to find what was found."""
    return {
        file_name(spec): page(
            Subject(spec, spec.build(setting.scope, setting.assumptions), str(setting.scope), setting.scope.octets),
            known=challenges(verdicts),
        )
        for spec, verdicts in zip(specs, decided, strict=True)
    }


def file_name(spec: Specification) -> str:
    """Return what the page of a model is called beside a report."""
    return f"explorer/{spec.name.replace('/', '-')}.html"


def challenges(verdicts: Sequence[Verdict]) -> dict[str, Trace]:
    """Return the shortest runs of verdicts that have one that a reader can be challenged to find, by claim."""
    return {
        v.question.claim.name: v.trace
        for v in verdicts
        if v.trace is not None and v.question.claim.kind is not Kind.LIVENESS and v.trace.steps
    }
