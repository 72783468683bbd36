"""What an attacker infers of connections that are not its own, by two runs (:mod:`model.tcp.handshakes.inferring`)."""

from __future__ import annotations

from model.notation.expr import FALSE, literal, variable
from model.notation.sorts import BOOL
from model.tcp.composition import INFERENCE, RUNS
from model.tcp.handshakes.inferring import TOLD_APART
from properties.claim import Claim, Kind
from properties.observe import Seen
from properties.step import Step


def _watch(step: Step) -> Seen:
    """See two runs told apart once both have answered, and that one of them had the attacker sent something."""
    if step.by not in RUNS:
        return Seen()
    met = literal(bool(step.sent), BOOL)
    return Seen(stop=step.after(variable(TOLD_APART, BOOL)) if step.by == RUNS[1] else FALSE, trigger=met)


NOTHING_INFERRED = Claim(
    "nothing-inferred",
    Kind.SAFETY,
    brief="an attacker does not learn who else is connected",
    statement=(
        "An attacker that sends the same in two runs, of which one has a connection of a client and the other has not, is sent "
        "the same in both."
    ),
    formula="G (both runs have answered => the attacker was sent the same in both)",
    why=(
        "Who can tell whether two hosts are connected, and then by which numbers, can end the connection or put text into it "
        "without seeing any of it (CVE-2016-5696; RFC 5961 §7)."
    ),
    when_stopped="the attacker was sent something in one run that it was not sent in the other",
    trigger="the attacker was sent something",
    because="{step}",
    roles=RUNS,
    watch=_watch,
    within=(INFERENCE.name,),
)
CLAIMS = (NOTHING_INFERRED,)
