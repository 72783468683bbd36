"""Claims: what each says, what it watches, and why it matters; and specifications, which are systems with claims."""

from __future__ import annotations

from properties.catalogue import CLAIMS
from properties.claim import Claim, Kind, invariant, reachable
from properties.observe import Seen, Step
from properties.specification import Specification, specify

__all__ = ["CLAIMS", "Claim", "Kind", "Seen", "Specification", "Step", "invariant", "reachable", "specify"]
