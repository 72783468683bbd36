"""What is found of something from outside that was held against the model: a script, or a connection of a capture.

There are three outcomes and never two: what the model does not speak of, or what nobody saw, is neither right nor wrong.
"""

from __future__ import annotations

import enum
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from checker.conformance.running import Run


class Outcome(enum.Enum):
    """What can be found of it."""

    AGREES = "agrees"
    DEVIATES = "deviates"
    CANNOT = "cannot be told"


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found of one script, or of one connection of a capture.

    ``source`` says which it is. Where it does not agree ``place`` is the line or the packet, ``why`` a sentence, ``found`` what
    is there and ``expected`` what would have been right there; ``rule`` and ``section`` are the model's, and ``otherwise`` are
    assumptions, as options, under which that place would agree. ``notes`` explain: steps that nobody shows, what was not looked
    at. ``more`` is what only one kind has, for programs. ``run`` is the run that explains a capture, where it is wanted.
    """

    source: str
    outcome: Outcome
    place: str = ""
    why: str = ""
    expected: tuple[str, ...] = ()
    found: str = ""
    rule: str = ""
    section: str = ""
    otherwise: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    run: Run | None = None

    @property
    def record(self) -> dict[str, Any]:
        """What was found, for programs."""
        return {
            "source": self.source,
            "outcome": self.outcome.value,
            "place": self.place or None,
            "why": self.why or None,
            "found": self.found or None,
            "expected": list(self.expected),
            "rule": self.rule or None,
            "section": self.section or None,
            "otherwise": list(self.otherwise),
            "notes": list(self.notes),
            **self.more,
        }


def counted(judged: Iterable[Judged]) -> Mapping[str, int]:
    """Return how many have each outcome, by its name; those that none has are there too."""
    found = Counter(one.outcome for one in judged)
    return {outcome.value: found[outcome] for outcome in Outcome}


def junit(judged: Sequence[Judged], unreadable: Mapping[str, str] | None = None) -> str:
    """Return what was found as JUnit's XML: a test case each; what deviates is a failure, what cannot be told is skipped.

    ``unreadable`` are files that could not be read, with the reason: each is an error.
    """
    unreadable = unreadable or {}
    found = counted(judged)
    suite = ET.Element(
        "testsuite",
        name="synproof conform",
        tests=str(len(judged) + len(unreadable)),
        failures=str(found[Outcome.DEVIATES.value]),
        errors=str(len(unreadable)),
        skipped=str(found[Outcome.CANNOT.value]),
    )
    for one in judged:
        case = ET.SubElement(suite, "testcase", name=_legal(one.source), classname="conform")
        if one.outcome is not Outcome.AGREES:
            kind = "failure" if one.outcome is Outcome.DEVIATES else "skipped"
            element = ET.SubElement(case, kind, message=_legal(f"{one.place}: {one.why}" if one.place else one.why))
            element.text = _legal("\n".join(_lines(one)))
        if one.notes:
            ET.SubElement(case, "system-out").text = _legal("\n".join(one.notes))
    for source, why in unreadable.items():
        case = ET.SubElement(suite, "testcase", name=_legal(source), classname="conform")
        ET.SubElement(case, "error", message=_legal(why))
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True)


def _lines(one: Judged) -> list[str]:
    given = {
        "found": one.found,
        "expected": "; ".join(one.expected),
        "rule": one.rule,
        "section": one.section,
        "otherwise": " or ".join(one.otherwise),
    }
    return [f"{name}: {text}" for name, text in given.items() if text]


def _legal(text: str) -> str:
    """Return a text without the characters that XML cannot have at all."""
    return "".join(
        c if c in "\t\n" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff") else "?" for c in text
    )
