"""Questions that take many verdicts."""

from __future__ import annotations

SYNS = 3
"""How many old SYNs are counted with by default; four-way takes twenty times as long for one more."""
RUNS, SEED = 200, 1
"""How many clients try to get in under a flood by default, and which random runs those are."""
