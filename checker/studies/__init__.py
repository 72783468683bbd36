"""Questions that take many verdicts."""

from __future__ import annotations

SYNS = 3
"""How many old SYNs are counted with by default; four-way takes twenty times as long for one more."""
