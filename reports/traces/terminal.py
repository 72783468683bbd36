"""A run as plain text, for a terminal or a pipe: a sequence diagram where the endpoints fit side by side, else a list of steps.

It is drawn like the figures of RFC 9293 §3.5, with one difference: there a line is a segment that leaves one end and arrives at
the other, here leaving and arriving are separate steps, because the time between them is what the claims are about. ``...``
stands for the network in both. What is lost, old, or stays behind is said in words; colour only repeats it.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping

from checker.runs.trace import Header, Trace, TraceStep
from model.notation.interpreter import Arguments
from model.notation.network import KEPT
from model.notation.pretty import row_text, value_text
from reports.traces.account import Account, changes, of_trace, together, variables
from reports.traces.journeys import outsider
from reports.width import WIDTH
from reports.wrapping import columns, padded, wrapped

_NUMBER = 4
_STATE = 13
_SIDES = 2
_LEAST_MIDDLE = 30
"""The narrowest arrow; where there is less room the steps are listed."""
_LEAST_LANE = 14
"""The narrowest column of an endpoint that is one of several."""

_UNBROKEN = "\N{NO-BREAK SPACE}"
"""Stands for a space within a change, so that no line ends between a name and its value."""

Paint = Callable[[str, str], str]
"""What gives a text (the second argument) the colour for a role that it has (the first)."""

COLOURS = {
    "action": "1",
    "change": "2",
    "old": "33",
    "lost": "31",
    "copy": "36",
    "state": "1;32",
    "wrong": "31",
    "cycle": "35",
}
"""How ECMA-48 calls them; :data:`reports.wrapping.CONTROLS` lets these through."""


def plain(_: str, text: str) -> str:
    """Return a text without colour."""
    return text


def coloured(role: str, text: str) -> str:
    """Return a text in the colour of a role, by the control sequences of ECMA-48 (SGR)."""
    return f"\x1b[{COLOURS[role]}m{text}\x1b[0m" if text.strip() else text


def of_output() -> tuple[int, Paint]:
    """Return how wide standard output is, and whether it has colours: not on a pipe, nor where NO_COLOR asks for none."""
    if not sys.stdout.isatty():
        return WIDTH, plain
    colours = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return shutil.get_terminal_size().columns, coloured if colours else plain


def alone(account: Account, width: int = WIDTH, paint: Paint = plain) -> str:
    """Return a run under its title, and what is said of it."""
    width = min(width, WIDTH)
    ends = [line for end in account.ends for line in ("", *wrapped(end, width, hanging=4))]
    return "\n".join([*wrapped(account.title, width), "", diagram(account, width, paint), *ends])


def as_file(account: Account) -> str:
    """Return a run as what a file of text has."""
    return rendered(account) + "\n"


def rendered(account: Account, width: int = WIDTH, paint: Paint = plain, *, number: int = 0, of: int = 1) -> str:
    """Return a run with what is said above and below it; ``number`` is its place among several that have one heading."""
    width = min(width, WIDTH)
    steps = account.language.counted("run-steps", len(account.trace)) if of == 1 else account.say("run-traces", number=of)
    lines: list[str] = []
    if not number:
        room = width - columns(steps) - 1
        lines += [f"{padded(account.title, room)} {steps}"] if columns(account.title) <= room else []
        lines += [] if lines else wrapped(f"{account.title}, {steps}", width)
        lines += [line for sentence in account.says for line in wrapped(sentence, width)]
    if of > 1:
        lines += ["", f"-- {number + 1}: {account.language.counted('run-steps', len(account.trace))} --"]
    lines += ["", diagram(account, width, paint), ""]
    lines += [line for end in account.ends for line in wrapped(end, width)]
    return "\n".join(lines)


def sequence_diagram(trace: Trace, width: int = WIDTH, paint: Paint = plain) -> str:
    """Return a run as a diagram, with nothing above and below it."""
    return diagram(of_trace(trace), width, paint)


def diagram(account: Account, width: int = WIDTH, paint: Paint = plain) -> str:
    """Return the steps: each one's number and action, its segments, the states after it, and the variables that it changed."""
    trace = account.trace
    roles = len(trace.roles)
    if roles == _SIDES and width - _NUMBER - 2 * _STATE >= _LEAST_MIDDLE:
        drawn: _Steps = _Pair(account, width, paint)
    elif roles > _SIDES and (width - _NUMBER) // roles >= _LEAST_LANE:
        drawn = _Lanes(account, width, paint)
    else:
        drawn = _Steps(account, width, paint)
    lines = drawn.begin()
    for number, step in enumerate(trace.steps, 1):
        lines += _between(account, number - 1, width, paint)
        lines += drawn.step(number, step)
    lines += _between(account, len(trace), width, paint)
    return "\n".join(line.rstrip() for line in lines)


def _between(account: Account, taken: int, width: int, paint: Paint) -> list[str]:
    """Return what stands between two steps: what a scenario says there, and where the cycle of a lasso begins and ends."""
    trace, said = account.trace, account.remarks.get(taken, "")
    lines = ["", *wrapped(said, width)] if said else []
    if trace.loop is None:
        return lines
    if taken == trace.loop:
        key = "cycle-begins" if trace.loop < len(trace) else "nothing-more"
        lines += [paint("cycle", line) for line in wrapped(f"== {account.say(key)} ==", width)]
    elif taken == len(trace):
        text = f"== {account.say('cycle-ends', number=trace.loop + 1)} =="
        lines += [paint("cycle", line) for line in wrapped(text, width)]
    return lines


def arguments_text(arguments: Arguments) -> str:
    """Return the arguments of a step in parentheses, "" where it has none."""
    texts = {name: row_text(a) if isinstance(a, tuple) else value_text(a) for name, a in arguments.items()}
    return f" ({', '.join(f'{name} = {text}' for name, text in texts.items())})" if texts else ""


def chosen(step: TraceStep) -> Arguments:
    """Return what a step chooses besides the segment that arrives or is lost, and what becomes of it."""
    taken = [header.row for header in (step.received, step.lost) if header is not None]
    return {name: value for name, value in step.arguments.items() if name != KEPT and value not in taken}


def traffic(step: TraceStep) -> Iterator[tuple[Header, str]]:
    """Yield the segments of a step, each with the id of what becomes of it in that step."""
    if step.received is not None:
        yield step.received, "arrives-copy-stays" if step.kept else "arrives"
    if step.lost is not None:
        yield step.lost, "is-lost"
    yield from ((header, "leaves") for header in step.sent)
    yield from ((header, "passes") for header in step.passed)


_ROLES = {"is-lost": "lost", "arrives-copy-stays": "copy"}


def _role(header: Header, what: str) -> str | None:
    return _ROLES.get(what, "old" if header.old else None)


class _Steps:
    """A run as a list of steps: what a system without endpoints has, and what fits where endpoints do not."""

    def __init__(self, account: Account, width: int, paint: Paint) -> None:
        self.trace = account.trace
        self.say = account.say
        self.width = width
        self.paint = paint

    def begin(self) -> list[str]:
        trace = self.trace
        if trace.roles and trace.network:
            first = ", ".join(f"{role} {state}" for role, state in trace.initial_states.items())
        else:
            first = ", ".join(f"{name} = {value_text(trace.initial[name])}" for name in variables(trace))
        return wrapped(first, self.width, " " * _NUMBER)

    def step(self, number: int, step: TraceStep) -> list[str]:
        lines = self.action(number, step)
        for header, what in traffic(step):
            to = header.destination
            source = outsider(step) or header.source
            way = f"{source} -> {to}: " if source and to else ""
            old = f" {self.say('old')}" if header.old else ""
            said = wrapped(f"{way}{header}{old} {self.say(what)}", self.width, " " * _NUMBER, 2)
            role = _role(header, what)
            lines += [self.paint(role, line) for line in said] if role else said
        before = self.trace.steps[number - 2].states if number > 1 else self.trace.initial_states
        moved = [f"{role} {state}" for role, state in step.states.items() if state != before[role]]
        lines += [self.paint("state", line) for line in wrapped(", ".join(moved), self.width, " " * _NUMBER, 2)]
        return [*lines, *self.changed(number)]

    def action(self, number: int, step: TraceStep) -> list[str]:
        text = f"{number:>2}. {step.action}{arguments_text(chosen(step))}"
        first, *rest = wrapped(text, self.width, hanging=_NUMBER)
        own = len(f"{number:>2}. ")
        return [first[:own] + self.paint("action", first[own:]), *rest]

    def changed(self, number: int) -> list[str]:
        lines: list[str] = []
        for prefix, texts in together(changes(self.trace, number)).items():
            said = ", ".join(text.replace(" ", _UNBROKEN) for text in texts)
            whole = wrapped(f"{prefix}: {said}" if prefix else said, self.width, " " * (_NUMBER + 2), 2)
            lines += [line.replace(_UNBROKEN, " ") for line in whole]
        return [self.paint("change", line) for line in lines]


class _Pair(_Steps):
    """Two endpoints, and the segments between them: an arrow into the network for each that leaves, out of it if it arrives."""

    def begin(self) -> list[str]:
        left, right = self.trace.roles
        initial = self.trace.initial_states
        return [self._row(left, "", right), self._row(initial[left], "", initial[right])]

    @property
    def _middle(self) -> int:
        return self.width - _NUMBER - 2 * _STATE

    def _row(self, left: str, middle: str, right: str, role: str | None = None, new: tuple[bool, bool] = (False, False)) -> str:
        sides = (f"{left:<{_STATE}}", f"{right:<{_STATE - 1}}")
        near, far = (self.paint("state", text) if is_new else text for text, is_new in zip(sides, new, strict=True))
        between = padded(middle, self._middle)
        return f"{'':{_NUMBER}}{near}{self.paint(role, between) if role else between} {far}"

    def step(self, number: int, step: TraceStep) -> list[str]:
        left, right = self.trace.roles
        before = self.trace.steps[number - 2].states if number > 1 else self.trace.initial_states
        states, new = step.states, (step.states[left] != before[left], step.states[right] != before[right])
        rows: list[str] = []
        for header, what in traffic(step):
            role = _role(header, what)
            above, arrow = self._arrow(header, what, left, outsider(step))
            if columns(above) >= self._middle:
                rows += wrapped(above, self.width, " " * _NUMBER, 2)
            elif above:
                rows.append(self._row(states[left], padded(above, self._middle - 1, "^"), states[right], role, new))
            rows.append(self._row(states[left], arrow, states[right], role, new))
        rows = rows or [self._row(states[left], "", states[right], None, new)]
        return [*self.action(number, step), *rows, *self.changed(number)]

    def _arrow(self, header: Header, what: str, left: str, outsider: str) -> tuple[str, str]:
        """Return an arrow in the direction of travel, from its sender into the network, or out of it to its receiver.

        An ``outsider``, who is no endpoint, is named where the arrow begins. What stands above it, where it has no room for its
        label, comes first.
        """
        marks = [*(["old"] if header.old else []), *(["copy"] if what == "arrives-copy-stays" else [])]
        label = " ".join([str(header), *(self.say(mark) for mark in marks)])
        rightwards = header.source == left or (header.source not in self.trace.roles and header.destination != left)
        leaves = what in {"leaves", "passes"}
        network = {"is-lost": f"X {self.say('lost')}", "passes": ""}.get(what, "...")
        apart = " " if network else ""
        length = self._middle - columns(network + apart) - 1 - (columns(outsider) + 1 if outsider else 0)
        above = ""
        if columns(label) > length - 7:
            above, label = label, ""
        else:
            label = f" {label} "
        shaft = padded(label, length - 1, "^", "-")
        arrow = f"{shaft}>" if rightwards else f"<{shaft}"
        if outsider:
            arrow = f"{outsider} {arrow}" if rightwards else f"{arrow} {outsider}"
        near_left = leaves == rightwards and what != "is-lost"
        return above, apart.join((arrow, network) if near_left or (rightwards and what == "is-lost") else (network, arrow))


class _Lanes(_Steps):
    """Three endpoints and more, a column for each; a segment stands above its arrow, since no column has room for it."""

    @property
    def _lane(self) -> int:
        return (self.width - _NUMBER) // len(self.trace.roles)

    def _row(self, cells: Mapping[str, str], new: Mapping[str, bool] | None = None) -> str:
        parts = [f"{cells[role][: self._lane - 1]:<{self._lane}}" for role in self.trace.roles]
        painted = [
            self.paint("state", part) if new and new[role] else part for role, part in zip(self.trace.roles, parts, strict=True)
        ]
        return " " * _NUMBER + "".join(painted)

    def begin(self) -> list[str]:
        return [self._row({role: role for role in self.trace.roles}), self._row(self.trace.initial_states)]

    def step(self, number: int, step: TraceStep) -> list[str]:
        lines = self.action(number, step)
        for header, what in traffic(step):
            to = header.destination
            old = f" {self.say('old')}" if header.old else ""
            drawn = self._arrow(header.source, to, what)
            by = f"{outsider(step)}: " if outsider(step) else ""
            text = f"{by}{header}{old} {self.say(what)}"
            begin = min(len(drawn) - len(drawn.lstrip()), self.width - columns(text))  # above its arrow, where there is room
            label = wrapped(text, self.width, " " * max(_NUMBER, begin), 2)
            role = _role(header, what)
            lines += [self.paint(role, line) if role else line for line in [*label, drawn]]
        before = self.trace.steps[number - 2].states if number > 1 else self.trace.initial_states
        lines.append(self._row(step.states, {role: step.states[role] != before[role] for role in self.trace.roles}))
        return [*lines, *self.changed(number)]

    def _arrow(self, source: str, to: str, what: str) -> str:
        """Return an arrow from column to column: whole, or only the half that a step shows, with ``...`` for the network."""
        places = {role: _NUMBER + index * self._lane for index, role in enumerate(self.trace.roles)}
        if source not in places or to not in places or source == to:
            return ""
        begin, end = places[source], places[to]
        rightwards = begin < end
        low, high = sorted((begin, end))
        network = {"is-lost": f"X {self.say('lost')}", "passes": ""}.get(what, "...")
        length = high - low - columns(network) - 1
        shaft = "-" * (length - 1)
        arrow = f"{shaft}>" if rightwards else f"<{shaft}"
        from_left = (what in ("leaves", "passes", "is-lost")) == rightwards
        return " " * low + (f"{arrow} {network}" if from_left else f"{network} {arrow}")
