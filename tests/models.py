"""Models that several tests ask about: the tutorials, and a counter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from checker.files import model_file
from model.notation.sorts import Nat
from model.notation.system import Action, TransitionSystem, Variable
from properties import specify
from properties.claim import Claim
from properties.specification import SPECIFICATIONS, Specification

TUTORIALS = Path(__file__).parents[1] / "model" / "tutorials"
MODELS = (
    "credulous.py",
    "alternating_bit.py:in-order",
    "alternating_bit.py:reordering",
    "mutual_exclusion.py",
    "sctp.py",
    "throttled.py",
)
"""Every model of every tutorial."""
COUNTER = """
from model import Action, Nat, TransitionSystem, Variable
from properties import invariant, specify
n = Variable("n", Nat(9), 0)
up = Action("up", guard=n.value < 2, updates={"n": n.value + 1})
down = Action("down", guard=n.value > 0, updates={"n": n.value - 1})
low = invariant("low", n.value < 3, trigger=n.value > 1, when="it is high")
COUNTER = specify(TransitionSystem("counter", (n,), (up, down)), claims=(low,))
"""
"""A file with a model of which nothing takes long."""


def model(name: str) -> Specification:
    """Return a handshake that comes with synproof, or a tutorial's model."""
    return SPECIFICATIONS[name] if name in SPECIFICATIONS else model_file.read(f"{TUTORIALS}/{name}")


def counter(limit: int, claim: Callable[[Variable], Claim]) -> Specification:
    """Return a counter from 0 to ``limit``, with a claim about it."""
    n = Variable("n", Nat(limit + 1), 0)
    counts = Action("counts", guard=n.value < limit, updates={"n": n.value + 1})
    return specify(TransitionSystem("counter", (n,), (counts,)), [claim(n)])
