"""What a page is about: a model as it is built, so that the page can compute every step of it by itself."""

from __future__ import annotations

from dataclasses import dataclass

from model.notation.system import TransitionSystem
from properties.claim import Claim
from properties.specification import Specification


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A model that a page explores: the system as it is built, and the name of the scope that it is built in.

    ``octets`` is how much text its users send at a time; a scenario says it. One subject is made for all runs of a model: what
    a page says of it is then made once.
    """

    spec: Specification
    system: TransitionSystem
    scope: str = ""
    octets: int = 1

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims whose truth the page shows: those about single steps first, then those of liveness."""
        return (*self.spec.claims, *(claim for claim in self.spec.liveness if claim not in self.spec.claims))
