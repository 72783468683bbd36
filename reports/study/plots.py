"""The plots of a study as SVG: what old SYNs cost, and how many states need how many steps.

pygal lays them out. What it adds that would differ from day to day, and its colours, are taken away: pictures are the same
whenever they are made, and legible on light and on dark paper (``picture.css``).
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from typing import Any

import pygal

from reports.study.pictures import STYLE

_NUMBER = re.compile(r"-?\d+\.\d+")
_SVG = "http://www.w3.org/2000/svg"
_SHAPES = {
    "width": 720,
    "height": 400,
    "show_legend": True,
    "legend_at_bottom": True,
    "legend_at_bottom_columns": 3,
    "legend_box_size": 14,
    "spacing": 14,
}
_PLAIN = {"js": [], "css": [], "no_prefix": True, "disable_xml_declaration": True, "explicit_size": False}


def bars(title: str, across: str, up: str, labels: Sequence[str], series: Mapping[str, Sequence[int]]) -> str:
    """Return groups of bars, a group for each label and in it a bar for each of the series, with its number."""
    most = max((n for numbers in series.values() for n in numbers), default=0)
    chart = pygal.Bar(
        **_SHAPES,
        **_PLAIN,
        title=title,
        x_title=across,
        y_title=up,
        range=(0, most + 1),
        y_labels=list(range(most + 2)),
        print_values=True,
        print_zeroes=True,
        print_values_position="top",
        value_formatter=lambda n: f"{n:.0f}",
    )
    chart.x_labels = list(labels)
    return _drawn(chart, series)


def curves(title: str, across: str, up: str, series: Mapping[str, Sequence[int]], floor: int = 1) -> str:
    """Return a curve for each of the series over 0, 1, 2 and so on, on a logarithmic scale."""
    most = max(n for numbers in series.values() for n in numbers)
    ticks = [10**n for n in range(len(str(most)) + 1) if 10**n >= floor]
    chart = pygal.Line(
        **_SHAPES,
        **_PLAIN,
        title=title,
        x_title=across,
        y_title=up,
        logarithmic=True,
        y_labels=ticks,
        dots_size=3,
        value_formatter=lambda n: f"{n:,.0f}",
        x_labels_major_every=5,
        show_minor_x_labels=False,
    )
    chart.x_labels = [str(n) for n in range(max(map(len, series.values())))]
    return _drawn(chart, series)


def _drawn(chart: Any, series: Mapping[str, Sequence[int]]) -> str:  # noqa: ANN401  # pygal has no types
    for name, numbers in series.items():
        chart.add(name, list(numbers))
    tree = ET.fromstring(chart.render())  # noqa: S314  # pygal's own output
    tree.attrib.pop("id", None)
    tree.set("role", "img")
    for parent in list(tree.iter()):
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}defs", f"{{{_SVG}}}script") or _for_scripts(child):
                parent.remove(child)
    style = ET.Element(f"{{{_SVG}}}style")
    style.text = STYLE
    tree.insert(0, style)
    for element in tree.iter():
        for name, value in element.attrib.items():
            element.set(name, _NUMBER.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), value))
    ET.register_namespace("", _SVG)
    ET.indent(tree)
    return ET.tostring(tree, encoding="unicode") + "\n"


def _for_scripts(element: ET.Element) -> bool:
    """Return whether an element is only there for pygal's script, which shows its text when the mouse is over it."""
    of_script = {"value", "x", "y", "x centered", "y centered", "x top", "y top", "x_label", "label", "tooltip-overlay"}
    return element.tag == f"{{{_SVG}}}desc" and element.get("class") in of_script
