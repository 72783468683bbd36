"""Scenarios: fixed schedules, written as data, that :mod:`checker.playing` replays on one or several systems.

A scenario is a JSON file. Its steps name actions, or say what becomes of the segments in flight, so that the same
scenario can be played on handshakes that send different segments. ``model/SCENARIOS.md`` describes the format; those that
come with synproof are in ``model/scenarios``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from checker.files import ModelFileError
from checker.trace import Trace
from model.interpreter import Argument
from model.scope import LARGEST, Scope, easy_to_read
from model.sorts import nearest

FOLDER = Path(__file__).parents[1] / "model" / "scenarios"
_OPENS = "client_opens"


@dataclass(frozen=True)
class Entry:
    """One line of a scenario.

    ``kind`` is one of :data:`KINDS`, ``what`` its subject, ``given`` the arguments chosen for the action taken. ``number``
    counts the lines of the file, so that an error can name one.
    """

    kind: str
    what: Any
    number: int
    given: Mapping[str, Any] = field(default_factory=dict)
    if_possible: bool = False


@dataclass(frozen=True)
class Scenario:
    """A schedule: what it is about, the models it is meant for, the ISNs chosen in it, and its lines."""

    name: str
    summary: str
    models: tuple[str, ...]
    scope: Scope
    entries: tuple[Entry, ...]
    numbers: Mapping[str, int] = field(default_factory=dict)


KINDS = ("says", "action", "deliver", "lose", "hold", "absent", "repeat")
_KEYS = ("summary", "models", "client_isns", "server_isns", "data", "numbers", "steps")
_PLAIN = {"says", "hold", "absent", "lose", "repeat"}


@cache
def names() -> tuple[str, ...]:
    """Return the names of the scenarios that come with synproof."""
    return tuple(sorted((path.stem for path in FOLDER.glob("*.json")), key=lambda name: (name.startswith("fig"), name)))


def read(text: str, settings: Mapping[str, int] | None = None) -> Scenario:
    """Return the scenario of that name, or in that file. ``settings`` give its numbers other values."""
    path = FOLDER / f"{text}.json" if text in names() else Path(text)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelFileError(f"{text} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ModelFileError(f"{text} cannot be read: it is not UTF-8") from error
    except (json.JSONDecodeError, RecursionError) as error:
        line = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        said = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deep"
        raise ModelFileError(f"{text}{line}: this is not JSON: {said}") from error
    return _Reader(text, settings or {}).scenario(content)


class _Reader:
    def __init__(self, name: str, settings: Mapping[str, int]) -> None:
        self.name = name
        self.settings = settings
        self.numbers: Mapping[str, int] = {}
        self.count = 0

    def scenario(self, content: object) -> Scenario:
        given = self._object(content, _KEYS, "a scenario")
        self.numbers = self._numbers(given.get("numbers", {}))
        entries = tuple(self._entries(given.get("steps")))
        opened = sum(e.kind == "action" and e.what == _OPENS for e in entries)
        default = easy_to_read(self.name, max(1, min(opened, LARGEST)), LARGEST)
        scope = Scope(
            self.name,
            self._isns(given, "client_isns") or default.client_isns,
            self._isns(given, "server_isns") or default.server_isns,
            self._whole(given.get("data", LARGEST), "data", LARGEST),
        )
        models = given.get("models", [])
        if not (isinstance(models, list) and all(isinstance(m, str) for m in models)):
            self._fail('"models" is a list of names, such as ["two-way", "three-way"]')
        return Scenario(self.name, str(given.get("summary", "")), tuple(models), scope, entries, self.numbers)

    def _numbers(self, given: object) -> Mapping[str, int]:
        defaults = {name: self._whole(n, name, LARGEST) for name, n in self._object(given, None, '"numbers"').items()}
        for name, n in self.settings.items():
            if name not in defaults:
                has = f"; {nearest(name, tuple(defaults))}" if defaults else ": it has none to set"
                self._fail(f"it has no number {name!r}{has}")
            self._whole(n, name, LARGEST)
        return {**defaults, **self.settings}

    def _isns(self, given: Mapping[str, Any], key: str) -> tuple[int, ...]:
        isns = given.get(key, [])
        if not (isinstance(isns, list) and len(isns) <= LARGEST):
            self._fail(f'"{key}" is a list of at most {LARGEST} numbers')
        return tuple(self._whole(n, key, 2**32 - 1) for n in isns)

    def _entries(self, steps: object) -> Iterator[Entry]:
        if not isinstance(steps, list):
            self._fail('its "steps" are a list, such as [{"action": "server_listens"}]')
        for step in steps:
            self.count += 1
            here = self.count
            given = self._object(step, None, f"step {here}")
            kinds = [key for key in given if key in KINDS]
            if len(kinds) != 1:
                hint = "" if kinds or not given else f"; {nearest(next(iter(given)), KINDS)}"
                self._fail(f"step {here} has to have one of {', '.join(KINDS)}, and has {', '.join(kinds) or 'none'}{hint}")
            kind = kinds[0]
            others = {key: value for key, value in given.items() if key not in (kind, "if_possible")}
            if kind == "repeat":
                times = self.numbers.get(given[kind], given[kind]) if isinstance(given[kind], str) else given[kind]
                inner = others.pop("steps", None)
                self._nothing_else(here, kind, others)
                for _ in range(self._whole(times, f'"repeat" in step {here}', LARGEST)):
                    self.count = here
                    yield from self._entries(inner)
                continue
            if kind in _PLAIN:
                self._nothing_else(here, kind, others)
            self._check_subject(here, kind, given[kind])
            yield Entry(kind, given[kind], here, others, given.get("if_possible") is True)

    def _check_subject(self, here: int, kind: str, what: object) -> None:
        if kind in ("says", "action") and not isinstance(what, str):
            self._fail(f'"{kind}" in step {here} is a text, and not {what!r}')
        if kind in ("deliver", "lose", "hold", "absent") and not (
            isinstance(what, dict) or (kind == "deliver" and what == "all")
        ):
            alternative = ', or "all"' if kind == "deliver" else ""
            self._fail(f'"{kind}" in step {here} says which segment, as in {{"ctl": "SYN", "seq": 100}}{alternative}')

    def _nothing_else(self, here: int, kind: str, others: Mapping[str, Any]) -> None:
        if others:
            self._fail(f'step {here} has "{kind}" and cannot have {", ".join(others)} as well')

    def _object(self, value: object, known: tuple[str, ...] | None, what: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            self._fail(f"{what} is an object in braces, and not {json.dumps(value)[:40]}")
        for key in value:
            if known is not None and key not in known:
                self._fail(f"{what} has no {key!r}; {nearest(key, known)}")
        return value

    def _whole(self, value: object, what: str, most: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            self._fail(f"{what} is a whole number from 0 to {most}, and not {value!r}")
        return value

    def _fail(self, message: str) -> NoReturn:
        raise ModelFileError(f"{self.name}: {message}")


def as_record(trace: Trace, summary: str = "") -> dict[str, Any]:
    """Return a run as a scenario, for ``json.dumps``: each step an action with all its arguments."""

    def plain(argument: Argument) -> Any:  # noqa: ANN401  # what JSON has for it
        if isinstance(argument, frozenset):
            return sorted(list(row) for row in argument)
        return list(argument) if isinstance(argument, tuple) else argument

    steps = [{"action": s.action, **{name: plain(a) for name, a in s.arguments.items()}} for s in trace.steps]
    return {"summary": summary, "models": [trace.system], "steps": steps}
