"""What a stack in a script may send by itself that its user's calls do not say: whether it may, the model is asked.

A host lists what an endpoint does next, and some of it cannot be listed: any part of the text again, an octet of nothing. The
watched endpoint (:mod:`model.tcp.handshakes.watched`) has these as actions whose numbers are in the segment that is seen, and
here it is asked about the one that a script shows. RFC 9293 allows each only where something else is so, which a script says:

- keep-alives where the user has asked for them (§3.8.4: they are off by default), after some time;
- an ACK that tells of more window where the user has read (§3.8.6.2.2);
- text again that is not the oldest where both SYNs allow SACK: its receiver has said what it has (RFC 2018, RFC 6675).
"""

from __future__ import annotations

from checker.conformance.host import HOST, Sent
from checker.conformance.steps import control, steps_under
from checker.conformance.tracking import World
from model.notation.system import Action
from model.tcp.endpoint import WHOLE
from model.tcp.handshakes.facing import FacingAssumptions

KEEPS_ALIVE, TELLS_WINDOW, AGAIN = "keeps_alive", "acknowledges", "retransmits"
"""The watched endpoint's actions that are asked about, by what their names begin with."""


def sends(world: World, segment: Sent, assumptions: FacingAssumptions, kinds: tuple[str, ...]) -> Action | None:
    """Return the action of one of some ``kinds`` by which an endpoint may send a segment now, None where it may not."""
    steps = steps_under(assumptions)
    values = {name: world.variables.get(name, 0) for name in steps.variables}
    values[f"{HOST}.state"] = WHOLE.members.index(world.state)
    state = tuple(value for value in values.values() if isinstance(value, int))
    assert len(state) == len(steps.variables)
    row = (segment.seq, segment.ack, control(segment.ctl), segment.data)
    actions = (steps.actions[step.action] for step in steps.sends(state, row))
    return next((action for action in actions if action.name.removeprefix(f"{HOST}_").startswith(kinds)), None)
