"""What stale SYNs cost the servers of several handshakes, as a table of 80 columns, and the runs that show it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence

from checker.decide import Setting
from checker.studies.waste import WAYS, Cost, Count, Way
from checker.verdict import Outcome, Verdict
from model.tcp.composition import LIMITED, several_ports
from model.tcp.endpoint import R2_SEARCHED
from properties.resources import DEAD, HALF_OPEN, HALF_OPEN_GIVES_UP, WASTE, Waste
from reports.text import command, counterexample
from reports.width import line_width

_NAME = 23
_CELLS = {DEAD.name: 9, HALF_OPEN.name: 10}


def table(costs: Sequence[Cost], syns: int, setting: Setting) -> str:
    """Return how many connections SYNs make each server hold, in each way, and how it gets rid of them."""
    lines = [*_wrapped("synproof: what old SYNs cost a server when no client wants them any more", 10), ""]
    lines += _field("each port", setting.scope.within(several_ports(1)))
    lines += _field("assumptions", ", ".join(f"{k}={str(v).lower()}" for k, v in setting.assumptions.as_dict().items()))
    column = max(sum(_CELLS.values()), *(len(_head(cost)) + 1 for cost in costs))
    fit = max(1, (line_width() - _NAME) // column)
    for first in range(0, len(costs), fit):
        lines += ["", *"\n".join(_table(costs[first : first + fit], syns, column)).split("\n")]
    lines += ["", *_wrapped("dead       ESTABLISHED for a SYN whose attempt had ended before it was accepted", 11)]
    lines += _wrapped("half-open  SYN-RECEIVED for such a SYN: the server has asked, and waits", 11)
    lines += _wrapped("(n)        steps of a shortest run to it", 11)
    if not all(cost.decided for cost in costs):
        lines += _wrapped(">=         at least: a limit ended the search for more", 11)
    if any(cost.surprising for cost in costs):
        lines += _wrapped("!          not what the handshake declares of no-wasted-connections", 11)
    lines += ["", *_notes(costs)]
    return "\n".join(line.rstrip() for line in lines)


def _table(costs: Sequence[Cost], syns: int, column: int) -> list[str]:
    below = _NAME + column > line_width()

    def name_of(name: str) -> str:
        """Return what begins a row; where there is no room beside its cells they stand below."""
        return (name + "\n" if name.strip() else "") + "  " if below else f"{name:<{_NAME}}"

    def row(name: str, cells: Callable[[Cost, Waste], str]) -> str:
        said = ("".join(f"{cells(cost, of):<{_CELLS[of.name]}}" for of in WASTE) for cost in costs)
        return name_of(name) + "".join(f"{cell:<{column}}" for cell in said)

    def counted(way: Way, number: int) -> str:
        return row(f"  {number}", lambda cost, of: _count(cost.counts[way.name, number, of.name]))

    lines = [name_of("") + "".join(f"{_head(cost):<{column}}" for cost in costs)]
    lines += [row("old SYNs", lambda _, of: of.name)]
    lines += [("  " if below else "-" * (_NAME - 1) + " ") + row("", lambda _, of: "-" * (_CELLS[of.name] - 1)).strip()]
    for way in WAYS:
        lines += [way.summary, *(counted(way, number) for number in range(1, syns + 1))]
    lines += [row("full table turns away", _turns_away)]
    lines += [row("server alone ends it", _ends)]
    return [*lines, row("sends SYN again", lambda cost, of: _again(cost.gives_up) if of is HALF_OPEN else "")]


def _head(cost: Cost) -> str:
    return cost.spec.name + (" !" if cost.surprising else "")


def _count(count: Count) -> str:
    steps = "" if count.trace is None else f" ({len(count.trace)})"
    return ("" if count.decided else ">=") + f"{count.most}{steps}"


def _ends(cost: Cost, of: Waste) -> str:
    return _ENDS.get((cost.ends[of.name].outcome, cost.always[of.name].outcome), "?")


_ENDS = {
    (Outcome.VIOLATED, Outcome.HOLDS): "-",  # there is nothing to end
    (Outcome.VIOLATED, Outcome.VIOLATED): "never",
    (Outcome.HOLDS, Outcome.VIOLATED): "at times",
    (Outcome.HOLDS, Outcome.HOLDS): "always",
}
"""Whether the server can end something by itself, by whether it ever can and whether it always can."""


def _turns_away(cost: Cost, of: Waste) -> str:
    verdict = cost.turned_away[of.name]
    steps = "" if verdict.trace is None else f" ({len(verdict.trace)})"
    return {Outcome.HOLDS: f"yes{steps}", Outcome.VIOLATED: "-", Outcome.UNKNOWN: "?"}[verdict.outcome]


def _again(verdict: Verdict) -> str:
    if verdict.vacuous:
        return "-"
    return {Outcome.HOLDS: "<= R2", Outcome.VIOLATED: "no limit", Outcome.UNKNOWN: "?"}[verdict.outcome]


_ONE_PORT = (
    "On one port an old SYN meets the TCB that an earlier one left, so that there is one connection at a time; the next begins "
    "when that has ended, and a copy of the same SYN will do."
)
_TURNS_AWAY = (
    "Where the server's table has one slot for two ports, what an old SYN of one port began keeps the client of the other out."
)
_ALONE = (
    "The server alone: by a call or a time-out, where nobody aborts in ESTABLISHED (--no-abort-established). A server that "
    "waits for no acknowledgment has no timer running."
)


def _notes(costs: Sequence[Cost]) -> list[str]:
    notes = [_ONE_PORT, _TURNS_AWAY, _ALONE]
    limited = [cost for cost in costs if cost.gives_up.outcome is Outcome.HOLDS and not cost.gives_up.vacuous]
    if limited:
        searched = ", ".join(map(str, R2_SEARCHED))
        again = command("prove", f"{limited[0].spec.reference}/{LIMITED.name}", HALF_OPEN_GIVES_UP.name)
        notes += [f"R2 was {searched} here. To prove it for every R2: {again}"]
    return [line for note in notes for line in textwrap.wrap(note, line_width(), break_on_hyphens=False)]


def runs(costs: Sequence[Cost]) -> str:
    """Return for each handshake a shortest run to as many connections as stale SYNs make its server hold at once."""
    shown = [worst for cost in costs for of in WASTE if (worst := cost.worst(of)) is not None]
    return "\n\n".join(map(counterexample, shown)) or "There is no run to show."


def _wrapped(said: str, hanging: int) -> list[str]:
    return textwrap.wrap(said, line_width(), subsequent_indent=" " * hanging, break_on_hyphens=False)


def _field(name: str, said: str) -> list[str]:
    return textwrap.wrap(f"{name:<13}{said}", line_width(), subsequent_indent=" " * 13, break_on_hyphens=False)
