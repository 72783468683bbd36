"""The claims about handshakes, by name, in the order of the tables."""

from __future__ import annotations

from properties import (
    anomalies,
    attacks,
    attempts,
    closing,
    endings,
    figures,
    floods,
    hazards,
    inference,
    liveness,
    numbers,
    resets,
    resources,
    returning,
    safety,
    sanity,
    served,
    unread,
)
from properties.claim import Claim

CLAIMS: dict[str, Claim] = {
    claim.name: claim
    for claim in sorted(
        (
            *safety.CLAIMS,
            *anomalies.CLAIMS,
            *resets.CLAIMS,
            *attempts.CLAIMS,
            *endings.CLAIMS,
            *numbers.CLAIMS,
            *sanity.CLAIMS,
            *figures.CLAIMS,
            *resources.CLAIMS,
            *liveness.CLAIMS,
            *closing.CLAIMS,
            *hazards.CLAIMS,
            *returning.CLAIMS,
            *unread.CLAIMS,
            *attacks.CLAIMS,
            *inference.CLAIMS,
            *served.CLAIMS,
            *floods.CLAIMS,
        ),
        key=lambda c: not c.asserted,
    )
}
