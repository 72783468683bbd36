"""A run as SVG: one file that needs nothing else, text that stays text, colours for light, dark and paper.

:mod:`reports.traces.picture` says where everything is; here it is written down. What a colour says, a word or a kind of line
says as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from reports.traces.account import Account
from reports.traces.formats import FONT, NATURAL, Size
from reports.traces.picture import Picture, Stroke, picture

CLASS = "synproof-run"
_LIGHT = {
    "paper": "#ffffff",
    "ink": "#1b1f24",
    "faint": "#5a636e",
    "line": "#9aa3ad",
    "segment": "#0b57a4",
    "old": "#8a4b00",
    "lost": "#b3261e",
    "cycle": "#6a3fa0",
    "state": "#eef1f4",
    "established": "#d3efdb",
}
_DARK = {
    "paper": "#14171a",
    "ink": "#e8eaed",
    "faint": "#a5adb6",
    "line": "#6b747e",
    "segment": "#8ab8f0",
    "old": "#f0b36a",
    "lost": "#ff9a91",
    "cycle": "#c9a7f5",
    "state": "#2a2f35",
    "established": "#1f4a2d",
}


def _colours(colours: dict[str, str]) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


STYLE = f"""\
.{CLASS} {{ {_colours(_LIGHT)} }}
@media screen and (prefers-color-scheme: dark) {{ .{CLASS} {{ {_colours(_DARK)} }} }}
.{CLASS} text {{ font: {FONT}px ui-monospace, "DejaVu Sans Mono", "Liberation Mono", Menlo, Consolas, monospace;
  fill: var(--ink); paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; white-space: pre; }}
.{CLASS} {{ background: var(--paper); }}
.{CLASS} .paper {{ fill: var(--paper); }}
.{CLASS} .title, .{CLASS} .role, .{CLASS} .action {{ font-weight: bold; }}
.{CLASS} .says, .{CLASS} .legend, .{CLASS} .change {{ fill: var(--faint); }}
.{CLASS} .remark {{ font-style: italic; }}
.{CLASS} .wrong, .{CLASS} .mark.lost {{ fill: var(--lost); }}
.{CLASS} .mark {{ fill: var(--old); font-style: italic; }}
.{CLASS} text.segment {{ fill: var(--segment); }}
.{CLASS} text.cycle {{ fill: var(--cycle); }}
.{CLASS} line {{ stroke: var(--line); stroke-width: 1; }}
.{CLASS} line.segment {{ stroke: var(--segment); stroke-width: 1.5; }}
.{CLASS} line.old {{ stroke: var(--old); stroke-dasharray: 7 4; }}
.{CLASS} line.again {{ stroke-dasharray: 2 4; }}
.{CLASS} line.lost {{ stroke: var(--lost); }}
.{CLASS} line.pending {{ stroke: var(--line); }}
.{CLASS} line.cycle {{ stroke: var(--cycle); stroke-width: 1.5; }}
.{CLASS} .head {{ fill: var(--segment); }}
.{CLASS} .head.old {{ fill: var(--old); }}
.{CLASS} .head.cycle {{ fill: var(--cycle); }}
.{CLASS} .cross {{ stroke: var(--lost); stroke-width: 2.5; fill: none; }}
.{CLASS} .bar, .{CLASS} .dot {{ fill: var(--ink); }}
.{CLASS} .chip {{ fill: var(--state); stroke: var(--line); }}
.{CLASS} .chip.established {{ fill: var(--established); }}
.{CLASS} text.state {{ stroke: none; font-size: 11px; }}
"""


def svg(account: Account, size: Size = NATURAL) -> str:
    """Return the drawing as a file of its own."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{drawing(account, style=True, size=size)}\n'


def drawing(account: Account, *, style: bool, heading: bool = True, size: Size = NATURAL) -> str:
    """Return the drawing as an element; within a page that has the style and the heading, without these."""
    return "\n".join(_elements(account, picture(account, heading=heading, size=size), style=style))


def _elements(account: Account, drawn: Picture, *, style: bool) -> Iterator[str]:
    shown = f'width="{drawn.width * drawn.scale:g}" height="{drawn.height * drawn.scale:g}"'
    size = f'{shown} viewBox="0 0 {drawn.width:g} {drawn.height:g}"'
    name = escape(account.title)
    yield f'<svg xmlns="http://www.w3.org/2000/svg" class="{CLASS}" role="img" aria-label="{_quoted(name)}" {size}>'
    yield f"<title>{name}</title>"
    yield f"<desc>{escape(' '.join((*account.says, *account.ends)))}</desc>"
    if style:
        yield f"<style>\n{STYLE}</style>"
    yield f'<rect class="paper" width="{drawn.width:g}" height="{drawn.height:g}"/>'
    yield from map(_line, drawn.lines)
    yield from (f'<rect class="bar" x="{x - 3:g}" y="{y - 10:g}" width="6" height="20" rx="2"/>' for x, y in drawn.bars)
    for chip in drawn.chips:
        box = f'x="{chip.x - chip.width / 2:g}" y="{chip.y - 10:g}" width="{chip.width:g}" height="20" rx="4"'
        yield f'<rect class="chip {chip.kind}" {box}/>'
        yield f'<text class="{chip.kind}" x="{chip.x:g}" y="{chip.y + 4:g}" text-anchor="middle">{escape(chip.text)}</text>'
    for text in drawn.texts:
        anchor = "" if text.anchor == "start" else f' text-anchor="{text.anchor}"'
        yield f'<text class="{text.kind}" x="{text.x:g}" y="{text.y:g}"{anchor}>{escape(text.text)}</text>'
    for line in drawn.lines:  # last, so that no state and no label hides where a segment arrives
        yield from _end(line)
    yield "</svg>"


def _quoted(escaped: str) -> str:
    return escaped.replace('"', "&quot;")


def _line(line: Stroke) -> str:
    (x, y), (to, bottom) = line.begin, line.to
    return f'<line class="{line.kind}" x1="{x:g}" y1="{y:g}" x2="{to:g}" y2="{bottom:g}"/>'


def _end(line: Stroke) -> Iterator[str]:
    """Yield the far end of a line; arrowheads are no markers, whose ids would clash where a page has two drawings."""
    (x, y), (to, bottom) = line.begin, line.to
    length = max(((to - x) ** 2 + (bottom - y) ** 2) ** 0.5, 1e-6)
    along, across = ((to - x) / length, (bottom - y) / length), (-(bottom - y) / length, (to - x) / length)
    if line.end == "arrow":
        back = [(to - 9 * along[0] + side * 4 * across[0], bottom - 9 * along[1] + side * 4 * across[1]) for side in (1, -1)]
        points = " ".join(f"{px:.1f},{py:.1f}" for px, py in ((to, bottom), *back))
        yield f'<polygon class="head {line.kind}" points="{points}"/>'
    elif line.end == "cross":
        yield f'<path class="cross" d="M{to - 6:g} {bottom - 6:g}l12 12m0 -12l-12 12"/>'
    elif line.end == "ellipsis":
        yield from (
            f'<circle class="dot" cx="{to + (5 + 5 * n) * along[0]:.1f}" cy="{bottom + (5 + 5 * n) * along[1]:.1f}" r="1.5"/>'
            for n in range(3)
        )
