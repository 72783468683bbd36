"""Tutorial 1: the three-way handshake with one deliberate bug, and what it breaks.

RFC 9293 §3.10.7.3 begins with a check of the ACK: a client that has sent SYN x resets whatever acknowledges anything else. This
is how the client, and only the client, recognises an answer to an old SYN. Here the check is left out.

    synproof compare model/tutorials/credulous.py three-way
    synproof trace model/tutorials/credulous.py client-agreement
    synproof explain model/tutorials/credulous.py --after own-numbers client_receives_syn_ack

A handshake is a class with a rule for each state. It says only what differs from the one it is derived from. What a rule
returns is a list of cases in the order of the RFC; each is a condition and a response.

Exercise: the server is not deceived, because it checks SEG.SEQ exactly. Try ``--seq-check window``.
"""

from __future__ import annotations

from model import SEQ, STATE, Cases, Response, Segment, Tcb, variable
from model.tcp.handshakes import ThreeWay
from model.tcp.handshakes.handshake import expect
from properties import invariant

state = variable("client.state", STATE)
acknowledged, first = variable("client.snd_una", SEQ), variable("client.iss", SEQ)

OWN_NUMBERS = invariant(
    "own-numbers",
    (state == "ESTABLISHED") >> (acknowledged - first <= 2),
    trigger=state == "ESTABLISHED",
    when="the client was ESTABLISHED",
    statement="What is acknowledged to an ESTABLISHED client is its SYN, or its SYN and its one octet.",
    roles=("client",),
    why="A client that lets others acknowledge what it never sent does not know where its own data begins.",
)


class Credulous(ThreeWay):
    """A client that believes every SYN,ACK."""

    name = "credulous"
    summary = "three-way, but the client does not check what a SYN,ACK acknowledges"
    claims = (OWN_NUMBERS,)
    expects = (
        expect("violated", "client-agreement", "history-is-reset", "isn-acknowledged", "isn-paired", "own-numbers"),
        # An ACK of an earlier attempt's SYN is taken for one of its own, and SND.UNA with it goes back.
        expect("violated", "numbers-only-grow"),
        # For want of the RST that a wrong SYN,ACK should draw.
        expect("violated", "wrong-ack-is-reset", "half-open-is-dropped", "figure-8"),
        *ThreeWay.expects,
    )

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        """§3.10.7.3 without its first check."""
        return super().syn_sent(tcb, segment).without("resets_wrong_ack")
