"""The renderings by name: what each is written in, and what its files are called."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.traces.account import Account

TEXT = "text"
FONT = 12
"""The size of the text in a drawing, in pixels, where no other is asked for."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a drawing is: its width and its text, in pixels; None where it is as large as it needs to be."""

    width: int | None = None
    font: int | None = None


NATURAL = Size()


@dataclass(frozen=True, slots=True)
class Rendering:
    """A rendering. ``suffix`` ends its files' names, and ``binary`` ones cannot be shown on a terminal.

    ``drawn`` ones have a drawing in them, which is of some size. ``explored`` ones compute the model, so that its choices have
    to be finite.

    ``made_by`` is the function that makes it, in the modules beside this one. They are loaded when a run is rendered, and not
    when somebody asks which renderings there are.
    """

    name: str
    suffix: str
    summary: str
    made_by: str
    binary: bool = False
    drawn: bool = False
    explored: bool = False

    def write(self, account: Account, size: Size = NATURAL) -> str | bytes:
        """Return a run in this format; only one that is ``drawn`` can be asked for a size."""
        module, _, function = self.made_by.partition(".")
        made: str | bytes = getattr(importlib.import_module(f"reports.traces.{module}"), function)(
            account, *([size] if self.drawn else [])
        )
        return made


FORMATS: Mapping[str, Rendering] = {
    made.name: made
    for made in (
        Rendering(TEXT, ".txt", "a sequence diagram for a terminal", "terminal.as_file"),
        Rendering("svg", ".svg", "a drawing, for a browser or a text", "svg.svg", drawn=True),
        Rendering("mermaid", ".mmd", "a sequenceDiagram, for Markdown", "mermaid.mermaid"),
        Rendering("html", ".html", "a page to step through and play on, on its own", "page.page", drawn=True, explored=True),
        Rendering("itf", ".itf.json", "the trace format of Apalache and Quint", "records.as_itf"),
        Rendering("pcapng", ".pcapng", "packets, for Wireshark", "pcapng.pcapng", binary=True),
        Rendering("packetdrill", ".pkt", "a script for packetdrill, for the stack on one side", "packetdrill.packetdrill"),
        Rendering("json", ".json", "all there is to know, for programs", "records.as_json"),
    )
}


def of_file(name: str) -> Rendering | None:
    """Return the format that the end of a file's name says, the longest that fits; None where it says none."""
    fitting = [made for made in FORMATS.values() if name.endswith(made.suffix)]
    return max(fitting, key=lambda made: len(made.suffix), default=None)
