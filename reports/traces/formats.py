"""The renderings by name: what each is written in, and what its files are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reports.traces import mermaid, page, pcapng, records, svg, terminal
from reports.traces.account import Account
from reports.traces.pcapng import NoSegmentsError

__all__ = ["FORMATS", "TEXT", "NoSegmentsError", "Rendering", "of_file"]

TEXT = "text"


@dataclass(frozen=True, slots=True)
class Rendering:
    """A rendering. ``suffix`` ends its files' names, and ``binary`` ones cannot be shown on a terminal."""

    name: str
    suffix: str
    summary: str
    write: Callable[[Account], str | bytes]
    binary: bool = False


FORMATS: Mapping[str, Rendering] = {
    made.name: made
    for made in (
        Rendering(TEXT, ".txt", "a sequence diagram for a terminal", lambda account: terminal.rendered(account) + "\n"),
        Rendering("svg", ".svg", "a drawing, for a browser or a text", svg.svg),
        Rendering("mermaid", ".mmd", "a sequenceDiagram, for Markdown", mermaid.mermaid),
        Rendering("html", ".html", "a page to step through, on its own", page.page),
        Rendering("itf", ".itf.json", "the trace format of Apalache and Quint", records.as_itf),
        Rendering("pcapng", ".pcapng", "packets, for Wireshark", pcapng.pcapng, binary=True),
        Rendering("json", ".json", "all there is to know, for programs", records.as_json),
    )
}


def of_file(name: str) -> Rendering | None:
    """Return the format that the end of a file's name says, the longest that fits; None where it says none."""
    fitting = [made for made in FORMATS.values() if name.endswith(made.suffix)]
    return max(fitting, key=lambda made: len(made.suffix), default=None)
