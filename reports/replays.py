"""What came out of runs played on stacks, as text, as records, and as pages: one for each stack, and a table of all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checker.conformance.host import Sent, text_of
from checker.stacks.adapters import Adapter
from checker.stacks.alone import scenario_of
from checker.stacks.deeds import Deed
from checker.stacks.deviations import Deviation
from checker.stacks.explaining import Explained
from checker.stacks.playing import Differs
from checker.stacks.replaying import Found, counts
from checker.stacks.runs import TABLE
from model.notation.said import counted
from model.tcp.assumptions import LARGEST_WINDOW
from reports.language.catalogue import Language
from reports.text import command
from reports.traces.pcapng import capture
from reports.wrapping import columns, padded, wrapped

_CHECKS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_SHOWN = 3
"""How many rows of the table are shown that have no explanation, where not all are asked for."""


@dataclass(frozen=True, slots=True)
class Played:
    """What came out on one stack, in the ``version`` that was run."""

    adapter: Adapter
    version: str
    found: tuple[Found, ...]

    @property
    def seen(self) -> Mapping[Deviation, tuple[tuple[Found, Differs], ...]]:
        """What is known of the stack and was seen, each with where."""
        every = [(one, differs, name) for one in self.found for differs, why in one.differences for name in why.deviations]
        return {
            known: tuple((one, differs) for one, differs, name in every if name is known)
            for known in self.adapter.known
            if any(name is known for *_, name in every)
        }


def title(adapter: Adapter, version: str, spoken: Language) -> str:
    """Return which stack it is."""
    return f"{adapter.name} {version}: {spoken.tell(adapter.summary)}"


def line(found: Found, width: int, spoken: Language) -> str:
    """Return what came out of one run."""
    played = found.played
    outcome = spoken.tell(played.verdict.value)
    if _place(found):
        outcome = spoken.tell("{outcome} (step {number})", outcome=outcome, number=_place(found))
    head = spoken.tell("{run}: {outcome}", run=_run(found, spoken), outcome=outcome)
    told = spoken.word("comma").join(found.names) or (spoken.tell("without a name") if found.differences else "")
    if played.why:
        told = spoken.tell(played.why)
    lines = wrapped(spoken.tell("{run}: {outcome}", run=head, outcome=told) if told else head, width, "  ", 2)
    for differs, why in found.differences:
        lines += [] if why.named else _difference(differs, width, spoken)
    if found.run.stimuli:
        lines += ["", *_again(found, width, spoken), "", scenario(found)]
    return "\n".join(lines)


def _again(found: Found, width: int, spoken: Language) -> list[str]:
    """Return how a walk is played again: as a scenario, by the window that the stack had announced."""
    windows = [differs.window for differs, _ in found.differences if differs.window != LARGEST_WINDOW]
    asked = command("replay", "FILE.json", *(["--rcv-wnd", str(windows[0])] if windows else []))
    return wrapped(spoken.tell("this is the scenario, for {command}:", command=asked), width, "  ", 2)


def scenario(found: Found) -> str:
    """Return what was done in a walk as a scenario that can be played again, a step on a line."""
    record = scenario_of(found.run.deeds, found.run.rules)
    steps = ",\n".join(f"    {json.dumps(step)}" for step in record.pop("steps"))
    return (
        "{\n"
        + "".join(f"  {json.dumps(key)}: {json.dumps(value)},\n" for key, value in record.items())
        + f'  "steps": [\n{steps}\n  ]\n}}'
    )


def _run(found: Found, spoken: Language) -> str:
    return spoken.word("comma").join(filter(None, (found.run.name, spoken.tell(found.run.of or found.run.side))))


def _place(found: Found) -> int:
    return found.played.number or next((differs.deed.number for differs, _ in found.differences), 0)


def _difference(differs: Differs, width: int, spoken: Language) -> list[str]:
    deed = differs.deed
    told = {
        "in": str(deed.before["state"]),
        "comes": deed.call or _segments(deed, [deed.arrives]),
        "expected": f"{_segments(deed, deed.expected)}, {deed.state}",
        "there": f"{_segments(deed, differs.sent)}, {differs.state}",
    }
    if differs.given not in (None, deed.given):
        for label, octets in (("expected", deed.given), ("there", differs.given)):
            text = counted(octets or 0, "1 octet for the user", "{number} octets for the user")
            told[label] += f"{spoken.word('comma')}{spoken.tell(text)}"
    return _labelled(told, width, spoken, 6)


def _labelled(told: Mapping[str, str], width: int, spoken: Language, indent: int) -> list[str]:
    """Return texts, each after its label, in a column of their own."""
    room = max(columns(spoken.tell(label)) for label in told) + 2
    lines: list[str] = []
    for label, text in told.items():
        first, *rest = wrapped(text, width, " " * (indent + room)) or [""]
        lines += [" " * indent + padded(spoken.tell(label), room) + first.strip(), *rest]
    return lines


def _segments(deed: Deed, segments: Sequence[Sent | None]) -> str:
    numbers = {name: value if isinstance(value := deed.before[name], int) else 0 for name in ("iss", "irs")}
    numbers["iss"] = numbers["iss"] or deed.iss
    arrives = deed.arrives
    numbers["irs"] = numbers["irs"] or (arrives.seq if arrives is not None else 0)
    return "; ".join(text_of(one, numbers) for one in segments if one is not None) or "-"


def text(played: Played, width: int, spoken: Language, *, verbose: bool) -> str:
    """Return what the stack did otherwise, and how many runs came out how; with ``verbose`` where each was seen first."""
    lines: list[str] = []
    rows = [one for one in played.found if one.run.name == TABLE]
    if rows:
        lines += wrapped(f"{TABLE}: {_counted(rows, spoken)}", width, "  ", 2)
        unclear = [one for one in rows if not one.named or one.played.why]
        shown = unclear if verbose else unclear[:_SHOWN]
        lines += [line(one, width, spoken) for one in shown]
        if len(unclear) > len(shown):
            more = spoken.tell("and {number} more, which -v shows", number=len(unclear) - len(shown))
            lines += wrapped(more, width, "  ", 2)
    for known, where in played.seen.items():
        lines += ["", *_deviation(known, where, width, spoken, verbose=verbose)]
    return "\n".join([*lines, "", *wrapped(f"{played.adapter.name}: {_counted(played.found, spoken)}", width)])


def _counted(found: Sequence[Found], spoken: Language) -> str:
    """Return how many runs came out how."""
    return spoken.word("comma").join(f"{spoken.tell(kind)} {number}" for kind, number in counts(found).items())


def _deviation(
    known: Deviation, where: Sequence[tuple[Found, Differs]], width: int, spoken: Language, *, verbose: bool
) -> list[str]:
    times = counted(len(where), "seen once", "seen {number} times")
    seen = spoken.tell("{standing}, {times}", standing=known.standing.value, times=times)
    head = spoken.tell("{name} ({section}): {seen}", name=known.name, section=known.section, seen=seen)
    told = {"when": spoken.tell(known.stimulus), "answer": spoken.tell(known.answer), "RFC 9293": f"“{known.sentence}”"}
    lines = [*wrapped(head, width, "", 2), *_labelled(told, width, spoken, 4)]
    if verbose:
        one, differs = where[0]
        lines += [*wrapped(_run(one, spoken), width, "    ", 2), *_difference(differs, width, spoken)]
    return lines


def records(played: Played) -> Iterator[dict[str, Any]]:
    """Yield what came out of each run, for programs."""
    for one in played.found:
        yield {
            "stack": played.adapter.name,
            "version": played.version,
            "run": one.run.name,
            "as": one.run.of or one.run.side,
            "verdict": one.played.verdict.value,
            "step": _place(one) or None,
            "why": one.played.why or None,
            "differences": [_record(differs, why) for differs, why in one.differences],
            **({"scenario": scenario_of(one.run.deeds, one.run.rules)} if one.run.stimuli else {}),
        }


def _record(differs: Differs, why: Explained) -> dict[str, Any]:
    deed = differs.deed
    return {
        "step": deed.number,
        "rule": deed.rule,
        "section": deed.section,
        "state": deed.before["state"],
        "stimulus": deed.call or _segments(deed, [deed.arrives]),
        "expected": {"sent": _segments(deed, deed.expected), "state": deed.state, "given": deed.given},
        "found": {"sent": _segments(deed, differs.sent), "state": differs.state, "given": differs.given},
        "deviations": [
            {"name": one.name, "section": one.section, "sentence": one.sentence, "standing": one.standing.value}
            for one in why.deviations
        ],
        "otherwise": list(why.otherwise),
    }


def absences(absent: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield for programs which stacks are left out as they are ``absent``, each with why."""
    for name, why in absent.items():
        nothing = {"version": None, "run": None, "as": None, "verdict": "absent", "step": None}
        yield {"stack": name, **nothing, "why": why, "differences": []}


def left_out(absent: Mapping[str, str], width: int, spoken: Language) -> str:
    """Return which stacks are left out, each with why."""
    return "\n".join(line for told in _left_out(absent, spoken) for line in wrapped(told, width, "", 2))


def _left_out(absent: Mapping[str, str], spoken: Language) -> list[str]:
    return [spoken.tell("left out: {why}", why=why) for why in absent.values()]


def pages(played: Played, spoken: Language) -> Mapping[str, str | bytes]:
    """Return the page of a stack, and a capture of each run that differs."""
    found: dict[str, str | bytes] = {f"{played.adapter.name}.md": _page(played, spoken)}
    for one in played.found:
        if one.differences and one.run.name != TABLE:
            found[_capture_of(played, one)] = _captured(played, one)
        if one.run.stimuli and one.told_alone:
            found[_capture_of(played, one).replace(".pcapng", ".json")] = scenario(one) + "\n"
    return found


def _capture_of(played: Played, found: Found) -> str:
    name = f"{found.run.name}-{found.run.side}".replace(":", "-").replace("/", "-").removesuffix(".json")
    return f"{played.adapter.name}-{name}.pcapng"


def _captured(played: Played, found: Found) -> bytes:
    packets = [(passed.when, passed.octets, passed.outgoing) for passed in found.played.wire]
    return capture(packets, f"{found.run} on {played.adapter.name} {played.version}: {', '.join(found.names)}")


def table(every: Sequence[Played], absent: Mapping[str, str], spoken: Language) -> str:
    """Return the rules that some stack does not follow, in the order of the RFC, against the stacks; and what is left out."""
    tell = spoken.tell
    names = {known.name: known for played in every for known in played.seen}
    lines = [f"# {tell('Stacks against RFC 9293')}", ""]
    stacks = " | ".join(f"[{one.adapter.name}]({one.adapter.name}.md)" for one in every)
    lines += [f"| {tell('rule')} | {tell('deviation')} | {stacks} |", "|---" * (len(every) + 2) + "|"]
    for known in sorted(names.values(), key=lambda known: _place_in_rfc(known.section)):
        cells = [str(sum(len(w) for k, w in one.seen.items() if k.name == known.name) or "-") for one in every]
        lines.append(f"| {tell(known.section)} | `{known.name}` | {' | '.join(cells)} |")
    for what in dict.fromkeys(kind for played in every for kind in counts(played.found)):
        cells = [str(counts(one.found).get(what, "-")) for one in every]
        lines.append(f"| {tell('all')} | {tell(what)} | {' | '.join(cells)} |")
    lines += ["", tell("The numbers say in how many runs each was seen; in the others it conforms, or was not asked."), ""]
    lines += [part for told in _left_out(absent, spoken) for part in (told, "")]
    return "\n".join(lines)


def _place_in_rfc(section: str) -> tuple[list[int], list[int]]:
    """Return what sections are sorted by: their numbers, and which checks of a section these are; all of them stand last."""
    checks = [number for number, check in enumerate(_CHECKS) if check in section]
    return [int(number) for number in re.findall(r"\d+", section)], checks or [len(_CHECKS)]


def in_markdown(text: str) -> str:
    """Return a text with segments in it as Markdown, which would take them for tags."""
    return text.replace("<", "\\<")


def _page(played: Played, spoken: Language) -> str:
    tell, comma = spoken.tell, spoken.word("comma")
    lines = [f"# {title(played.adapter, played.version, spoken)}", ""]
    lines += [_counted(played.found, spoken), ""]
    lines += [f"## {tell('Deviations')}", ""]
    for known, where in played.seen.items():
        one, differs = where[0]
        deed = differs.deed
        lines += [f"### {known.name}", ""]
        lines += [f"- {tell(known.section)}: “{in_markdown(known.sentence)}”", f"- {tell(known.standing.value)}"]
        lines += [f"- {tell('when')}: {tell(known.stimulus)}", f"- {tell('answer')}: {tell(known.answer)}"]
        lines += [f"- {tell(counted(len(where), 'seen once', 'seen {number} times'))}: {_run(one, spoken)}", "", "```"]
        lines += [f"{deed.before['state']}: {deed.call or _segments(deed, [deed.arrives])}"]
        lines += [f"{tell('expected')}: {_segments(deed, deed.expected)}, {deed.state}"]
        lines += [f"{tell('there')}: {_segments(deed, differs.sent)}, {differs.state}", "```", ""]
    unnamed = [one for one in played.found if not one.named]
    if unnamed:
        lines += [f"## {tell('Deviations without a name')}", ""]
        lines += [f"- {_run(one, spoken)}: {_in_a_line(one)}" for one in unnamed]
        lines.append("")
    lines += [f"## {tell('Runs')}", "", f"| {tell('run')} | {tell('outcome')} |", "|---|---|"]
    for one in played.found:
        if one.run.name != TABLE:
            why = tell(one.played.why) if one.played.why else comma.join(f"`{name}`" for name in one.names)
            linked = f"; [pcapng]({_capture_of(played, one)})" if one.differences else ""
            lines.append(f"| {_run(one, spoken)} | {tell(one.played.verdict.value)}{': ' + why if why else ''}{linked} |")
    return "\n".join([*lines, ""])


def _in_a_line(found: Found) -> str:
    """Return all that has no name in a run."""
    told = []
    for differs, why in found.differences:
        deed = differs.deed
        what, seen = deed.call or _segments(deed, [deed.arrives]), f"{_segments(deed, differs.sent)}, {differs.state}"
        told += [] if why.named else [f"`{what}` → `{seen}` ≠ `{_segments(deed, deed.expected)}, {deed.state}`"]
    return "; ".join(told)
