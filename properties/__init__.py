"""Claims: what each says, what it watches, and why it matters; and specifications, which are systems with claims."""

from __future__ import annotations

from properties.catalogue import CLAIMS
from properties.claim import Claim, Kind, Needs, eventually, invariant, leads_to, reachable
from properties.fairness import Fairness, delivery, strongly, weakly
from properties.observe import Seen
from properties.specification import Specification, specify
from properties.step import Step

__all__ = [
    "CLAIMS", "Claim", "Fairness", "Kind", "Needs", "Seen", "Specification", "Step", "delivery", "eventually", "invariant",
    "leads_to", "reachable", "specify", "strongly", "weakly",
]  # fmt: skip
