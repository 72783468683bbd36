"""``python -m tests.golden`` draws the goldens anew. Look at them before they are committed; README.md says for what."""

from __future__ import annotations

from reports.traces.formats import FORMATS
from tests.runs import GOLDEN, RUNS
from tests.test_traces import PICTURED

for name in PICTURED:
    account = RUNS[name]()
    for made in (FORMATS["text"], FORMATS["svg"]):
        (GOLDEN / f"{name}{made.suffix}").write_text(str(made.write(account)), encoding="utf-8")
