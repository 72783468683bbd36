"""A command line run in this process, and what it came to; the fixture ``ask`` runs one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What a command line came to."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """What ``--json`` printed, alone on standard output."""
        return list(json.loads(self.out))


Ask = Callable[..., Answer]
