"""Claims: what each says, what it watches, and why it matters; and specifications, which are systems with claims.

What is here is loaded when it is asked for: to know which kinds of claims there are takes no claim, and help asks for no more.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

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

_OF = {
    "catalogue": ("CLAIMS",),
    "claim": ("Claim", "Needs", "eventually", "invariant", "leads_to", "reachable"),
    "fairness": ("Fairness", "delivery", "strongly", "weakly"),
    "kind": ("Kind",),
    "observe": ("Seen",),
    "specification": ("Specification", "specify"),
    "step": ("Step",),
}
"""Which module has what."""


def __getattr__(name: str) -> object:
    """Load what is asked for, once (PEP 562)."""
    module = next((module for module, names in _OF.items() if name in names), None)
    if module is None:
        raise AttributeError(f"module 'properties' has no attribute {name!r}", name=name)
    globals()[name] = found = getattr(importlib.import_module(f"properties.{module}"), name)
    return found


def __dir__() -> list[str]:
    return [*globals(), *__all__]
