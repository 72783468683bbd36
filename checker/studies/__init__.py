"""Questions that take many verdicts."""
