"""How long a click takes in the explorer, in Chromium: ``python tests/benchmarks/explorer.py``.

A click is timed from the event to the end of its handler, drawing included; what the browser paints after it is not. Steps are
clicked as a seed says, in runs of up to 60 steps and then in one of 500.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from model.tcp.assumptions import Assumptions
from model.tcp.scope import SCOPES
from properties.specification import SPECIFICATIONS
from reports.explorer.page import page
from reports.explorer.subject import Subject
from tests import tools
from tests.browser import chromium

CLICKS = """
((steps, longest) => {
  let state = 1;
  const random = (n) => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return Math.floor((state / 2 ** 32) * n); };
  const took = [];
  while (took.length < steps) {
    const buttons = [...document.querySelectorAll("button.step")];
    if (!buttons.length || explorer.path(explorer.at()).length > longest) { explorer.go(explorer.path()[0]); continue; }
    const begun = performance.now();
    buttons[random(buttons.length)].click();
    took.push(performance.now() - begun);
  }
  took.sort((a, b) => a - b);
  return [took[took.length >> 1], took[Math.floor(took.length * 0.99)], took.at(-1), explorer.path().length - 1];
})
"""


def main() -> None:
    """Print a line for each handshake and length of run."""
    os.environ[tools.SAID] = "chromium"
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        for name in ("two-way", "three-way", "four-way/listeners"):
            spec = SPECIFICATIONS[name]
            path = Path(folder) / "page.html"
            path.write_text(page(Subject(spec, spec.build(SCOPES["default"], Assumptions()))), encoding="utf-8")
            browser.look(1280)
            for clicks, longest in ((2000, 60), (500, 500)):
                browser.load(path.as_uri())
                hundreds = range(clicks // 100)  # each answer is due in seconds
                took = [browser.run(f"{CLICKS}(100, {longest})") for _ in hundreds]
                median, most = sorted(t[0] for t in took)[len(took) // 2], max(t[1] for t in took)
                line = f"{name}, {clicks} clicks in runs of up to {longest}: median {median:.1f} ms, 99% {most:.1f} ms"
                print(f"{line}, worst {max(t[2] for t in took):.1f} ms")


if __name__ == "__main__":
    main()
