"""Scenarios: fixed schedules, written as data, that :mod:`checker.scenarios.player` replays on one or several systems.

A scenario is a JSON file. Its steps name actions, or say what becomes of the segments in flight, so that the same
scenario can be played on handshakes that send different segments. ``model/SCENARIOS.md`` describes the format; those that
come with synproof are in ``model/scenarios``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from checker.files.mistakes import ModelFileError, Place, not_utf8, read_bytes
from checker.runs.trace import Trace
from checker.scenarios.figure_lines import parse
from model.notation.assumed import Choice
from model.notation.interpreter import Argument
from model.notation.sorts import MODULUS, NotationError, nearest
from model.tcp.assumptions import Assumptions
from model.tcp.scope import LARGEST, Scope, easy_to_read
from model.tcp.segment import COLUMNS, DATA

TRACE = "synproof-trace"
"""The format of a file that has all there is to know of a run, its scenario among it."""
FOLDER = Path(__file__).parents[2] / "model" / "scenarios"
_OPENS = "client_opens"


class RenumberingError(Exception):
    """A scenario was to be renumbered in a way in which it cannot be; the message says what can."""


@dataclass(frozen=True)
class Entry:
    """One line of a scenario.

    ``kind`` is one of :data:`KINDS`, ``what`` its subject, ``given`` the arguments chosen for the action taken. ``number``
    counts the steps of the file and ``line`` its lines, so that an error can name one.
    """

    kind: str
    what: Any
    number: int
    line: int
    given: Mapping[str, Any] = field(default_factory=dict)
    if_possible: bool = False


@dataclass(frozen=True)
class Scenario:
    """A schedule: what it is about, the models it is meant for, the ISNs chosen in it, and its lines.

    ``names`` are what it calls some numbers, by these. ``assumed`` are the assumptions of the run that it was kept from, by
    name, where its file says them.
    """

    name: str
    summary: str
    models: tuple[str, ...]
    scope: Scope
    entries: tuple[Entry, ...]
    numbers: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    assumed: Mapping[str, Choice] = field(default_factory=dict)


KINDS = ("says", "action", "deliver", "inject", "lose", "hold", "absent", "line", "repeat")
_KEYS = ("summary", "models", "isns", "data", "octets", "numbers", "steps", "provenance")
_PLAIN = {"says", "inject", "hold", "absent", "lose", "line", "repeat"}
_SIDES = ("A", "B")
"""The endpoints as the RFC's figures call them: A is drawn left, B right."""
_LONGEST = 1000
"""How many steps a scenario may come to."""
_BRIEF = 40
"""How much of a value a message shows."""


@cache
def names() -> tuple[str, ...]:
    """Return the names of the scenarios that come with synproof."""
    found = (path.stem for path in FOLDER.glob("*.json"))
    return tuple(sorted(found, key=lambda name: (name.startswith("fig"), len(name) if name.startswith("fig") else 0, name)))


def read(text: str, settings: Mapping[str, int] | None = None, isns: Mapping[str, tuple[int, ...]] | None = None) -> Scenario:
    """Return the scenario of that name, or in that file. ``settings`` give its numbers other values, ``isns`` its ISNs."""
    content = read_bytes(str(FOLDER / f"{text}.json") if text in names() else text, "*.json")
    try:
        return _Reader(text, settings or {}, isns or {}).scenario(_loaded(content.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise ModelFileError(not_utf8(text, error)) from error
    except json.JSONDecodeError as error:
        raise ModelFileError(f"{Place(text, error.lineno)}: this is not JSON: {error.msg}") from error
    except RecursionError as error:
        raise ModelFileError(f"{text}: this is nested too deep: write the steps one after the other") from error
    except ValueError as error:  # a number of thousands of digits
        raise ModelFileError(f"{text}: this is not JSON: {error}") from error


class _Object(dict[str, Any]):
    """A JSON object that knows the line it begins on, the line of each of its keys, and a key that it has twice."""

    def __init__(self, pairs: Sequence[tuple[str, Any]], line: int, keys: Sequence[int]) -> None:
        super().__init__(pairs)
        self.line = line
        self.lines = {key: at for (key, _), at in zip(pairs, keys, strict=True)}
        names = [key for key, _ in pairs]
        self.twice = next((key for i, key in enumerate(names) if key in names[:i]), None)


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"(\s*:)?|[{}]')
"""A text, which is a key where a colon follows, or where an object begins or ends."""


def _loaded(text: str) -> object:
    """Return what JSON says, each object as an :class:`_Object`. Objects come in the order in which they end."""
    json.loads(text)  # from here on, it is JSON
    begun: list[tuple[int, list[int]]] = []
    ended: list[tuple[int, list[int]]] = []
    for token in _TOKEN.finditer(text):
        line = text.count("\n", 0, token.start()) + 1
        if token[0] == "{":
            begun.append((line, []))
        elif token[0] == "}":
            ended.append(begun.pop())
        elif token[1]:
            begun[-1][1].append(line)
    places = iter(ended)

    def placed(pairs: list[tuple[str, Any]]) -> _Object:
        line, keys = next(places)
        return _Object(pairs, line, keys)

    return json.loads(text, object_pairs_hook=placed)


_NOTHING = _Object((), 1, ())


class _Reader:
    def __init__(self, name: str, settings: Mapping[str, int], isns: Mapping[str, tuple[int, ...]]) -> None:
        self.name = name
        self.settings = settings
        self.wanted = isns
        self.named: dict[str, int] = {}
        self.renumbered: dict[int, int] = {}
        self.numbers: Mapping[str, int] = {}
        self.count = 0
        self.written = 0

    def scenario(self, content: object) -> Scenario:
        assumed: Mapping[str, Choice] = {}
        if isinstance(content, _Object) and content.get("format") == TRACE:
            assumed, content = self._assumed(content), content.get("scenario")
            if content is None:
                self._fail("this run was kept without its scenario: print it again with --format json")
        given = self._object(content, _KEYS, "a scenario", 1)
        self.numbers = self._numbers(given)
        if "steps" not in given:
            self._fail('it has no "steps": write "steps": [{"action": "server_listens"}]', given.line)
        octets = self._whole(given.get("octets", 1), '"octets"', DATA.limit, given.lines.get("octets"))
        isns = self._isns(given, octets)
        entries = tuple(self._entries(given, "the scenario"))
        opened = sum(e.kind == "action" and e.what == _OPENS for e in entries)
        peers = any(e.kind == "action" and str(e.what).startswith(("A_", "B_")) for e in entries)
        default = easy_to_read(self.name, LARGEST if peers else max(1, min(opened, LARGEST)), LARGEST)
        scope = Scope(
            self.name,
            isns["A"] or default.client_isns,
            isns["B"] or default.server_isns,
            self._whole(given.get("data", LARGEST), '"data"', LARGEST, given.lines.get("data")),
            octets,
        )
        models = given.get("models", [])
        if not (isinstance(models, list) and all(isinstance(m, str) for m in models)):
            self._fail('"models" is a list of names, such as ["two-way", "three-way"]', given.lines["models"])
        summary = given.get("summary", "")
        if not isinstance(summary, str):
            self._fail(f'"summary" is a text, and not {_written(summary)}', given.lines["summary"])
        names = {} if self.renumbered else self._names()
        return Scenario(self.name, summary, tuple(models), scope, entries, self.numbers, names, assumed)

    def _assumed(self, trace: _Object) -> Mapping[str, Choice]:
        """Return what a run was found under; a model's own assumptions are checked where the model is known."""
        given = self._object(trace.get("assumptions", _NOTHING), None, '"assumptions"', trace.lines.get("assumptions"))
        declared = Assumptions.declared()
        for name, value in given.items():
            try:
                if name in declared:
                    declared[name].check(value)
            except NotationError as error:
                self._fail(str(error), given.lines[name])
        return dict(given)

    def _numbers(self, scenario: _Object) -> Mapping[str, int]:
        given = self._object(scenario.get("numbers", _NOTHING), None, '"numbers"', scenario.lines.get("numbers"))
        defaults = {name: self._whole(n, f'the number "{name}"', LARGEST, given.lines[name]) for name, n in given.items()}
        for name, n in self.settings.items():
            if name not in defaults:
                has = f"; {nearest(name, tuple(defaults))}" if defaults else ": it has none to set"
                self._fail(f"it has no number {name!r}{has}")
            self._whole(n, name, LARGEST)
        return {**defaults, **self.settings}

    def _isns(self, scenario: _Object, octets: int) -> Mapping[str, tuple[int, ...]]:
        """Return the ISNs of both sides, and remember what they are called and how they are renumbered."""
        line = scenario.lines.get("isns")
        given = self._object(scenario.get("isns", _NOTHING), _SIDES, '"isns"', line)
        written = {side: self._isns_of(side, given) for side in _SIDES}
        self._name(given)
        chosen = dict(written)
        for side, wanted in self.wanted.items():
            old = chosen[side]
            if not old:
                raise RenumberingError(f"{self.name} does not say which ISNs {side} has, so that they cannot be renumbered")
            if len(wanted) not in (1, len(old)):
                all_of = ":".join(map(str, old))
                has = f"{len(old)} ISNs" if len(old) > 1 else "one ISN"
                raise RenumberingError(f"{side} has {has} in {self.name}: write one, or all, as in --isn {side}={all_of}")
            if len(set(wanted)) < len(wanted):
                raise RenumberingError(f"--isn gives {side} the same ISN twice: an ISN is chosen once")
            first = self._first_shown(scenario, side, old)
            shifted = tuple((n - first + wanted[0]) % MODULUS for n in old)
            chosen[side] = wanted if len(wanted) == len(old) else shifted
        if self.wanted:
            self._renumber(written, chosen, octets)
        return chosen

    def _renumber(self, written: Mapping[str, tuple[int, ...]], chosen: Mapping[str, tuple[int, ...]], octets: int) -> None:
        """Remember what becomes of each number that the connections of the scenario mention."""
        for side, isns in written.items():
            for before, after in zip(isns, chosen[side], strict=True):
                for i in range(2 + octets):
                    number, new = (before + i) % MODULUS, (after + i) % MODULUS
                    if self.renumbered.setdefault(number, new) != new:
                        what = f"{number} belongs to two ISNs of {self.name}, which cannot be renumbered apart"
                        raise RenumberingError(what)

    def _first_shown(self, scenario: _Object, side: str, isns: tuple[int, ...]) -> int:
        """Return the ISN of the first SYN of a side that the lines of a figure show, or else the first that it chooses."""
        lines = [step["line"] for step in scenario["steps"] if isinstance(step, dict) and isinstance(step.get("line"), str)]
        for line in lines:
            try:
                shown = parse(line, self._number)
            except NotationError:
                continue  # said when the steps are read
            fields = dict(shown.fields)
            if "SYN" in fields.get("CTL", "") and shown.rightwards == (side == "A") and int(fields.get("SEQ", -1)) in isns:
                return int(fields["SEQ"])
        return isns[0]

    def _isns_of(self, side: str, given: _Object) -> tuple[int, ...]:
        isns, line = given.get(side, []), given.lines.get(side)
        numbers = list(isns.values()) if isinstance(isns, _Object) else isns
        if not (isinstance(numbers, list) and len(numbers) <= LARGEST):
            self._fail(f'the ISNs of "{side}" are a list of at most {LARGEST} numbers, such as [100, 200]', line)
        return tuple(self._whole(n, f'each ISN of "{side}"', MODULUS - 1, line) for n in numbers)

    def _name(self, given: _Object) -> None:
        """Remember the ISNs that have names."""
        for isns in given.values():
            for name, number in isns.items() if isinstance(isns, _Object) else ():
                if not (name.isascii() and name.isalpha() and name.isupper()):
                    self._fail(f"{name!r} is no name of an ISN: write capital letters, such as X", isns.lines[name])
                if name in self.named or any(abs(number - n) <= 1 for n in self.named.values()):
                    self._fail(f"{name!r} is there twice, or as near as 1 to another: choose another", isns.lines[name])
                self.named[name] = number

    def _names(self) -> Mapping[str, str]:
        """Return what to call the named ISNs and the numbers after them."""
        offsets = {0: "", 1: "+1"}
        return {str((n + i) % MODULUS): name + plus for name, n in self.named.items() for i, plus in offsets.items()}

    def _number(self, text: str) -> str:
        """Return the number that stands for one in a line: as it is written, by its name, or renumbered."""
        name, _, offset = text.partition("+")
        if name in self.named and (offset or "0").isdigit():
            number = (self.named[name] + int(offset or "0")) % MODULUS
        elif text.isascii() and text.isdigit() and len(text) <= len(str(MODULUS)):
            number = int(text)
        else:
            known = f"; {nearest(name, tuple(self.named))}" if self.named else ""
            raise NotationError(f"{text!r} is no number in it{known}")
        return str(self.renumbered.get(number, number))

    def _entries(self, around: _Object, what: str) -> Iterator[Entry]:
        """Yield what the steps of a scenario, or of a step that repeats some, come to."""
        steps, line = around.get("steps"), around.lines.get("steps", around.line)
        if not isinstance(steps, list):
            self._fail(f'the "steps" of {what} are a list, such as [{{"action": "server_listens"}}]', line)
        for step in steps:
            self.count += 1
            here = self.count
            given = self._object(step, None, f"step {here}", line)
            kinds = [key for key in given if key in KINDS]
            if len(kinds) != 1:
                hint = "" if kinds or not given else f"; {nearest(next(iter(given)), KINDS)}"
                has = ", ".join(kinds) or "none"
                self._fail(f"step {here} has to have one of {', '.join(KINDS)}, and has {has}{hint}", given.line)
            kind = kinds[0]
            others = {key: value for key, value in given.items() if key not in (kind, "if_possible")}
            if given.get("if_possible", True) is not True:
                self._fail(f'"if_possible" in step {here} is true or left out', given.lines["if_possible"])
            if kind == "repeat":
                self._nothing_else(here, given, {key: value for key, value in others.items() if key != "steps"})
                if "if_possible" in given:
                    self._fail(f'step {here} repeats others: say "if_possible" of each of them', given.lines["if_possible"])
                once = list(self._entries(given, f"step {here}"))  # read also where it is repeated no times
                for _ in range(self._times(here, given)):
                    yield from self._counted(once, given.line)
                continue
            if kind in _PLAIN:
                self._nothing_else(here, given, others)
            if kind in ("says", "line") and "if_possible" in given:
                self._fail(f'step {here} only says something: leave out "if_possible"', given.lines["if_possible"])
            self._check_subject(here, kind, given)
            what = self._subject(here, kind, given)
            others = {key: self._argument(key, value) for key, value in others.items()}
            yield from self._counted([Entry(kind, what, here, given.line, others, "if_possible" in given)], given.line)

    def _counted(self, entries: list[Entry], line: int) -> Iterator[Entry]:
        self.written += len(entries)
        if self.written > _LONGEST:
            self._fail(f"it has more than {_LONGEST} steps with all that is repeated: repeat less", line)
        yield from entries

    def _times(self, here: int, given: _Object) -> int:
        times, line = given["repeat"], given.lines["repeat"]
        if isinstance(times, str) and times not in self.numbers:
            known = nearest(times, tuple(self.numbers)) if self.numbers else f'write "numbers": {{"{times}": 2}}'
            self._fail(f'"repeat" in step {here} names {times!r}, which is none of its numbers; {known}', line)
        return self._whole(self.numbers[times] if isinstance(times, str) else times, f'"repeat" in step {here}', LARGEST, line)

    def _check_subject(self, here: int, kind: str, given: _Object) -> None:
        what, line = given[kind], given.lines[kind]
        if kind in ("says", "action", "line"):
            if not isinstance(what, str):
                self._fail(f'"{kind}" in step {here} is a text, and not {_written(what)}', line)
        elif not (kind == "deliver" and what == "all"):
            alternative = ', or "all"' if kind == "deliver" else ""
            example = f'says which segment, as in {{"ctl": "SYN", "seq": 100}}{alternative}: it'
            self._object(what, None, f'"{kind}" in step {here} {example}', line)

    def _subject(self, here: int, kind: str, given: _Object) -> Any:  # noqa: ANN401  # what JSON has there, or a line
        what = given[kind]
        if kind == "line":
            try:
                return parse(what, self._number)
            except NotationError as error:
                self._fail(f"step {here}: {error}", given.lines[kind])
        if isinstance(what, dict):
            return {key: self._renumbered(n) if key in ("seq", "ack") else n for key, n in what.items()}
        return what

    def _argument(self, name: str, value: Any) -> Any:  # noqa: ANN401  # what JSON has there
        if name == "isn":
            return self._renumbered(value)
        if isinstance(value, list) and len(value) == len(COLUMNS):  # a segment
            numbers = {COLUMNS.index("seq"), COLUMNS.index("ack")}
            return [self._renumbered(cell) if i in numbers else cell for i, cell in enumerate(value)]
        return value

    def _renumbered(self, number: Any) -> Any:  # noqa: ANN401  # what JSON has there, a number or a mistake
        return self.renumbered.get(number, number) if isinstance(number, int) else number

    def _nothing_else(self, here: int, given: _Object, others: Mapping[str, Any]) -> None:
        if others:
            kind = next(key for key in given if key in KINDS)
            more = ", ".join(map(json.dumps, others))
            self._fail(
                f'step {here} has "{kind}" and cannot have {more} as well: leave that out', given.lines[next(iter(others))]
            )

    def _object(self, value: object, known: tuple[str, ...] | None, what: str, line: int | None) -> _Object:
        if not isinstance(value, _Object):
            self._fail(f"{what} is an object in braces, and not {_written(value)}", line)
        if value.twice is not None:
            self._fail(f"{what} has {value.twice!r} twice: leave one out", value.lines[value.twice])
        for key in value:
            if known is not None and key not in known:
                self._fail(f"{what} has no {key!r}; {nearest(key, known)}", value.lines[key])
        return value

    def _whole(self, value: object, what: str, most: int, line: int | None = None) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            self._fail(f"{what} is a whole number from 0 to {most}, and not {_written(value)}", line)
        return value

    def _fail(self, message: str, line: int | None = None) -> NoReturn:
        raise ModelFileError(f"{Place(self.name, line)}: {message}")


def _written(value: object) -> str:
    """Return a value as JSON writes it, cut short where that is long."""
    text = json.dumps(value)
    return text if len(text) <= _BRIEF else f"{text[:_BRIEF]}..."


def as_record(trace: Trace, model: str, summary: str = "", octets: int = 1) -> dict[str, Any]:
    """Return a run of a model as a scenario, for ``json.dumps``: each step an action with all its arguments.

    ``octets`` is how much text its users send at a time.
    """

    def plain(argument: Argument) -> Any:  # noqa: ANN401  # what JSON has for it
        if isinstance(argument, frozenset):
            return sorted(list(row) for row in argument)
        return list(argument) if isinstance(argument, tuple) else argument

    steps = [{"action": s.action, **{name: plain(a) for name, a in s.arguments.items()}} for s in trace.steps]
    chosen = {
        side: [s.arguments["isn"] for s in trace.steps if s.by == role and "isn" in s.arguments]
        for side, role in zip(_SIDES, trace.roles, strict=False)
    }
    isns = {"isns": {side: list(numbers) for side, numbers in chosen.items() if numbers}} if any(chosen.values()) else {}
    size = {} if octets == 1 else {"octets": octets}
    return {"summary": summary, "models": [model], **isns, **size, "steps": steps}
