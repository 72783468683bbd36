"""What stale SYNs cost the servers of several handshakes, as a table of 80 columns, and the runs that show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from checker.decide import Setting
from checker.studies.waste import WAYS, Cost, Count, Way
from checker.verdict import Outcome, Verdict
from model.notation.pretty import value_text
from model.notation.said import said
from model.tcp.composition import LIFECYCLE, LIMITED, several_ports
from model.tcp.endpoint import R2_SEARCHED
from properties.resources import CLOSING, DEAD, HALF_OPEN, HALF_OPEN_GIVES_UP, Waste
from reports.language import ENGLISH
from reports.language.catalogue import Language, language
from reports.text import command, counterexample, field
from reports.width import line_width
from reports.wrapping import padded, wrapped

_ENGLISH = language(ENGLISH)
_NAME = 23
_CELLS = {DEAD.name: 9, HALF_OPEN.name: 10, CLOSING.name: 9}


def table(costs: Sequence[Cost], syns: int, setting: Setting, spoken: Language = _ENGLISH, *, verbose: bool = False) -> str:
    """Return how many connections SYNs make each server hold, in each way, and how it gets rid of them."""
    tell = spoken.tell
    lines = [*_wrapped(tell("synproof: what old SYNs cost a server when no client wants them any more")), ""]
    lines += field(tell("each port"), tell(setting.scope.within(several_ports(1))))
    assumed = setting.assumptions.as_dict()
    unusual = () if verbose else costs[0].spec.unusual(assumed)
    named = ", ".join(f"{name}={value_text(assumed[name])}" for name in (assumed if verbose else unusual))
    usual = "the usual ones (-v lists them)" if not named else "{named}; else the usual ones (-v lists them)"
    lines += field(tell("assumptions"), named if verbose else tell(usual, named=named))
    kinds = {of.name: of for cost in costs for of in cost.wastes}
    column = max(sum(_CELLS[name] for name in kinds), *(len(_head(cost)) + 1 for cost in costs))
    fit = max(1, (line_width() - _NAME) // column)
    for first in range(0, len(costs), fit):
        lines += ["", *"\n".join(_table(costs[first : first + fit], syns, column, spoken)).split("\n")]
    marks = {
        spoken.word("dead"): (True, "ESTABLISHED for a SYN whose attempt had ended before it was accepted"),
        spoken.word("half-open"): (True, "SYN-RECEIVED for such a SYN: the server has asked, and waits"),
        spoken.word("closing"): (
            CLOSING.name in kinds,
            "in a state after ESTABLISHED for such a SYN: the server waits for ACKs",
        ),
        "(n)": (True, "steps of a shortest run to it"),
        ">=": (not all(cost.decided for cost in costs), "at least: a limit ended the search for more"),
        "!": (any(cost.surprising for cost in costs), "not what the handshake declares of no-wasted-connections"),
    }
    told = [(mark, tell(said)) for mark, (there, said) in marks.items() if there]
    lines += ["", *(line for mark, said in told for line in wrapped(padded(mark, 11) + said, line_width(), hanging=11))]
    lines += ["", *_notes(costs, spoken)]
    return "\n".join(line.rstrip() for line in lines)


def _table(costs: Sequence[Cost], syns: int, column: int, spoken: Language) -> list[str]:
    tell, below = spoken.tell, _NAME + column > line_width()

    def name_of(name: str) -> str:
        """Return what begins a row; where there is no room beside its cells they stand below."""
        return (f"{tell(name)}\n" if name.strip() else "") + "  " if below else padded(tell(name), _NAME)

    def row(name: str, cells: Callable[[Cost, Waste], str]) -> str:
        said = ("".join(padded(tell(cells(cost, of)), _CELLS[of.name]) for of in cost.wastes) for cost in costs)
        return name_of(name) + "".join(padded(cell, column) for cell in said)

    def counted(way: Way, number: int) -> str:
        return row(f"  {number}", lambda cost, of: _count(cost.counts[way.name, number, of.name]))

    lines = [name_of("") + "".join(f"{_head(cost):<{column}}" for cost in costs)]
    lines += [row("old SYNs", lambda _, of: spoken.word(of.name))]
    lines += [("  " if below else "-" * (_NAME - 1) + " ") + row("", lambda _, of: "-" * (_CELLS[of.name] - 1)).strip()]
    for way in WAYS:
        lines += [tell(way.summary), *(counted(way, number) for number in range(1, syns + 1))]
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
    return {Outcome.HOLDS: said("yes{steps}", steps=steps), Outcome.VIOLATED: "-", Outcome.UNKNOWN: "?"}[verdict.outcome]


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
_CLOSING = (
    "A server that has sent a FIN sends it again until R2 ends the connection (RFC 9293 §3.8.3). That is an abort too, so that "
    "without aborts only TIME-WAIT ends by itself. A user who closes in SYN-RECEIVED makes a half-open connection a closing "
    "one; with --no-close-early the FIN waits until somebody has answered."
)


def _notes(costs: Sequence[Cost], spoken: Language) -> list[str]:
    notes = [_ONE_PORT, _TURNS_AWAY, _ALONE, *([_CLOSING] if any(CLOSING in cost.wastes for cost in costs) else [])]
    limited = [cost for cost in costs if cost.gives_up.outcome is Outcome.HOLDS and not cost.gives_up.vacuous]
    if limited:
        searched = ", ".join(map(str, R2_SEARCHED))
        reference = limited[0].spec.reference.removesuffix(f"/{LIFECYCLE.name}")
        proves = command("prove", f"{reference}/{LIMITED.name}", HALF_OPEN_GIVES_UP.name)
        notes += [said("R2 was {searched} here. To prove it for every R2: {command}", searched=searched, command=proves)]
    return [line for note in notes for line in _wrapped(spoken.tell(note))]


def runs(costs: Sequence[Cost], spoken: Language = _ENGLISH, *, verbose: bool = False) -> str:
    """Return for each handshake a shortest run to as many connections as stale SYNs make its server hold at once."""
    shown = [worst for cost in costs for of in cost.wastes if (worst := cost.worst(of)) is not None]
    told = (counterexample(verdict, spoken, verbose=verbose) for verdict in shown)
    return "\n\n".join(told) or spoken.tell("There is no run to show.")


def _wrapped(text: str) -> list[str]:
    return wrapped(text, line_width())
