"""What a click in the explorer takes, in Chromium: ``python -m tests.benchmarks.explorer``.

A click is measured from the event until the page has been laid out and drawn: in processor time of the page's thread, so that a
busy machine does not count, and of that what goes into the page's own script and into layout and style. Steps are clicked as a
seed says, in runs of up to 60 steps, and then in one of 500, where the drawing has its 81 steps.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from model.tcp.assumptions import Assumptions
from model.tcp.scope import SCOPES
from properties.specification import SPECIFICATIONS
from reports.explorer.page import page
from reports.explorer.subject import Subject
from tests import tools
from tests.browser import Browser, chromium

CHOOSE = """
((longest) => {
  globalThis.seed ??= 1;
  const random = (n) => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return Math.floor((seed / 2 ** 32) * n); };
  const buttons = () => [...document.querySelectorAll("button.step")];
  if (!buttons().length || explorer.path(explorer.at()).length > longest) explorer.go(explorer.path()[0]);
  const all = buttons();
  globalThis.chosen = all[random(all.length)];
  document.body.offsetHeight; // so that no layout from before is counted
})
"""
PARTS = {"all": ("TaskDuration",), "script": ("ScriptDuration",), "layout": ("LayoutDuration", "RecalcStyleDuration")}


def clicks(browser: Browser, number: int, longest: int) -> dict[str, list[float]]:
    """Return what each of so many clicks took, in milliseconds of processor time, sorted, by what it went into."""
    browser.ask("Performance.enable", timeDomain="threadTicks")
    took: dict[str, list[float]] = {part: [] for part in PARTS}
    for _ in range(number):
        browser.run(f"{CHOOSE}({longest})")
        before = _spent(browser)
        browser.run("chosen.click()")
        browser.drawn()
        after = _spent(browser)
        for part, spent in took.items():
            spent.append(1000 * (after[part] - before[part]))
    browser.ask("Performance.disable")
    return {part: sorted(spent) for part, spent in took.items()}


def _spent(browser: Browser) -> dict[str, float]:
    metrics = {m["name"]: m["value"] for m in browser.ask("Performance.getMetrics")["metrics"]}
    return {part: sum(metrics[name] for name in names) for part, names in PARTS.items()}


def _row(name: str, what: str, took: dict[str, Sequence[float]]) -> str:
    whole = took["all"]
    median, most = len(whole) // 2, int(len(whole) * 0.99)
    parts = " | ".join(f"{took[part][median]:.1f}" for part in ("script", "layout"))
    return f"| {name} | {what} | {whole[median]:.0f} | {whole[most]:.0f} | {whole[-1]:.0f} | {parts} |"


def main() -> None:
    """Print a table: a row for each handshake and length of run."""
    os.environ[tools.SAID] = "chromium"
    print("| page | clicks | median | 99 % | worst | script | layout and style |\n|---|---|---|---|---|---|---|")
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        for name in ("two-way", "three-way", "four-way/listeners"):
            spec = SPECIFICATIONS[name]
            path = Path(folder) / "page.html"
            subject = Subject(spec, spec.build(SCOPES["default"], Assumptions()))
            path.write_text(page(subject), encoding="utf-8")
            browser.look(1280)
            for number, longest in ((500, 60), (500, 500)):
                browser.load(path.as_uri())
                print(_row(name, f"{number}, runs of up to {longest}", dict(clicks(browser, number, longest))), flush=True)


if __name__ == "__main__":
    main()
