"""Claims: what each says, what it watches, and why it matters; and specifications, which are systems with claims.

What is here is loaded when it is asked for (:mod:`model.late`): to know which kinds of claims there are takes no claim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model.late import late

if TYPE_CHECKING:
    from properties.catalogue import CLAIMS
    from properties.claim import Claim, Needs, eventually, invariant, leads_to, reachable
    from properties.fairness import Fairness, delivery, strongly, weakly
    from properties.kind import Kind
    from properties.observe import Seen
    from properties.specification import Specification, specify
    from properties.step import Step

__all__ = [
    "CLAIMS", "Claim", "Fairness", "Kind", "Needs", "Seen", "Specification", "Step", "delivery", "eventually", "invariant",
    "leads_to", "reachable", "specify", "strongly", "weakly",
]  # fmt: skip

__getattr__, __dir__ = late(
    __name__,
    {
        "catalogue": ("CLAIMS",),
        "claim": ("Claim", "Needs", "eventually", "invariant", "leads_to", "reachable"),
        "fairness": ("Fairness", "delivery", "strongly", "weakly"),
        "kind": ("Kind",),
        "observe": ("Seen",),
        "specification": ("Specification", "specify"),
        "step": ("Step",),
    },
)
