"""What a trace and a verdict show in a notebook: the drawing, with a verdict above it, and text where there are no pictures.

There is Markdown for whoever asks for it. Jupyter takes HTML where there is some.
"""

from __future__ import annotations

from collections.abc import Callable
from xml.sax.saxutils import escape

from checker.runs.trace import Trace
from checker.simulation.relating import Related
from checker.verdict import Verdict
from reports import text
from reports.traces import terminal
from reports.traces.account import of_trace, of_verdict
from reports.traces.svg import drawing


def _trace(trace: Trace) -> dict[str, str]:
    drawn = drawing(of_trace(trace), style=True)
    return {"text/plain": terminal.sequence_diagram(trace), "text/html": drawn, "image/svg+xml": drawn}


def _verdict(verdict: Verdict) -> dict[str, str]:
    said = text.verdicts([verdict])
    if verdict.trace is None:
        return {"text/plain": said, "text/html": f"<pre>{escape(said)}</pre>"}
    shown = f"{said}\n\n{text.counterexample(verdict)}"
    drawn = drawing(of_verdict(verdict), style=True)
    return {"text/plain": shown, "text/html": f"<pre>{escape(said)}</pre>\n{drawn}"}


def _related(related: Related) -> dict[str, str]:
    said = text.related(related)
    return {"text/plain": said, "text/html": f"<pre>{escape(said)}</pre>"}


_BUNDLES: dict[type, Callable[..., dict[str, str]]] = {Trace: _trace, Verdict: _verdict, Related: _related}


def bundle(shown: object) -> dict[str, str]:
    """Return a result by media type."""
    made = next(made(shown) for kind, made in _BUNDLES.items() if isinstance(shown, kind))
    return {**made, "text/markdown": fenced(made["text/plain"])}


def fenced(text: str) -> str:
    """Return text as it is, in Markdown."""
    return f"```text\n{text}\n```"
