"""The kinds of claims. They are apart from claims because an engine says which it decides before any claim is there."""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """What kind of statement a claim makes."""

    SAFETY = "safety"  # no step violates it
    REACHABILITY = "reachability"  # some step reaches its goal
    LIVENESS = "liveness"  # whenever its premise is met, its goal is met then or later
