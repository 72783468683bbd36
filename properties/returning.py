"""What RFC 9293 asks of who leaves TIME-WAIT for a SYN (§3.6.1, MAY-2, second condition): to return if it was an old one.

It is about ``--new-syn returns``. By RFC 6191's rule (``reopens``) nobody returns: there a SYN has to be later than all that
was received, which that of an attempt that was given up since can be. Where a SYN is challenged it ends nothing, and the claim
says nothing. So nobody asserts it.
"""

from __future__ import annotations

from model.notation.expr import Expr, conj, ite
from model.notation.sorts import BOOL, SEQ
from model.notation.system import Variable
from model.tcp.composition import LIFECYCLE
from properties.claim import Claim, Kind
from properties.needs import CONNECTION
from properties.observe import Seen
from properties.safety import BOTH, SERVER, remembered_staleness, watch_staleness
from properties.step import Step

NUMBERS = ("iss", "irs", "snd_nxt", "rcv_nxt")
"""What TIME-WAIT answers by, and knows its connection by."""
LEFT = Variable("left", BOOL, False)
KEPT = tuple(Variable(f"left_{name}", SEQ, 0) for name in NUMBERS)


def _watch(step: Step) -> Seen:
    stale, seen = step["stale"], Seen()
    watch_staleness(step)
    state = step.of(SERVER, "state")
    if step.answers(SERVER):
        left = state == "TIME-WAIT"
        step.set("left", left)
        for name in NUMBERS:
            step.set(f"left_{name}", ite(left, step.of(SERVER, name), 0))
        return seen
    if step.ends(SERVER):
        if step.received is not None and step.by == SERVER:
            met = conj(step["left"], stale, state == "SYN-RECEIVED")
            seen = Seen(met & ~_is_back(step), met)
        step.set("left", value=False)
        for name in NUMBERS:
            step.set(f"left_{name}", 0)
    return seen


def _is_back(step: Step) -> Expr:
    """Return whether the server is in TIME-WAIT after a step, with the numbers with which it had left it."""
    same = (step.after(step.of(SERVER, name)) == step[f"left_{name}"] for name in NUMBERS)
    return conj(step.after(step.of(SERVER, "state") == "TIME-WAIT"), *same)


TIME_WAIT_IS_RETURNED_TO = Claim(
    "time-wait-is-returned-to",
    Kind.SAFETY,
    brief="an old SYN does not end TIME-WAIT for good",
    statement=(
        "A server that has left TIME-WAIT for a SYN that was stale, and learns so in SYN-RECEIVED by a RST or another SYN, is "
        "in TIME-WAIT again, with the numbers that it had there."
    ),
    formula=(
        "G (a server left TIME-WAIT for the SYN of an ended attempt & a segment ends its SYN-RECEIVED => TIME-WAIT after the "
        "step, with ISS, IRS, SND.NXT and RCV.NXT as they were)"
    ),
    why=(
        "RFC 9293 §3.6.1, MAY-2, second condition. Without it a duplicate of an old SYN ends TIME-WAIT for nothing, and what "
        "TIME-WAIT was to keep from the next connection is let through. The first condition, a later ISS, does not help there."
    ),
    when_stopped="an old SYN had ended TIME-WAIT, it was known for an old one, and TIME-WAIT was not returned to",
    trigger="a SYN for which TIME-WAIT had been left turned out to be an old one",
    because="{step}; {server}, {client}",
    watch=_watch,
    observers=(*remembered_staleness(BOTH), LEFT, *KEPT),
    roles=BOTH,
    asserted=False,
    within=(LIFECYCLE.name,),
    needs=CONNECTION,
)

CLAIMS = (TIME_WAIT_IS_RETURNED_TO,)
