"""What a claim is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from model.system import TransitionSystem, Variable
from properties.observe import Check, Monitored, Seen, Step, monitor


class Kind(Enum):
    """What kind of statement a claim makes."""

    SAFETY = "safety"  # no step violates it
    REACHABILITY = "reachability"  # some step reaches its goal


@dataclass(frozen=True)
class Claim:
    """A statement about a handshake, defined over events, so that it applies to any handshake that says its events.

    ``brief`` says it in a few words, ``statement`` in a sentence, ``formula`` in symbols; ``why`` says why it matters,
    ``when_stopped`` what a step that violates it (or reaches its goal) shows, and ``trigger`` without which event a verdict
    says little. A claim that is not ``asserted`` is a deliberate non-property: known to be violated, and there to show why the
    others are put more carefully.
    """

    name: str
    kind: Kind
    brief: str
    statement: str
    formula: str
    why: str
    when_stopped: str
    trigger: str
    roles: tuple[str, ...]
    watch: Callable[[Step], Seen]
    observers: tuple[Variable, ...] = ()
    asserted: bool = True

    def applies_to(self, system: TransitionSystem) -> bool:
        """Return whether the system has the roles that the claim is about."""
        return set(self.roles) <= set(system.views)


def monitored(system: TransitionSystem, claims: Iterable[Claim]) -> Monitored:
    """Return the system with the observers of ``claims`` woven in, and what to look for on behalf of each."""
    checks: list[Check] = []
    woven = system
    for claim in claims:
        woven, check = monitor(woven, claim.name, claim.observers, claim.watch)
        checks.append(check)
    return Monitored(woven, tuple(checks))
