"""Three-way with its closing, and what four messages are for."""

from model import FALSE, conj, disj
from model.tcp.handshakes import ThreeWay
from properties import Claim, Kind, Seen


def watch(step):
    """What is looked at in each step: is anybody in CLOSE-WAIT after it, and does who goes to LAST-ACK send one segment?"""
    waits = [step.after(step.view(role).state == "CLOSE-WAIT") for role in step.roles]
    if step.by not in step.roles:
        return Seen(stop=disj(*waits))
    state = step.view(step.by).state
    closes = conj(state != "LAST-ACK", step.after(state == "LAST-ACK"))
    return Seen(stop=disj(*waits, FALSE if len(step.sent) == 1 else closes), trigger=closes)


CLOSED_BY_THREE = Claim(
    "closed-by-three",
    Kind.SAFETY,
    brief="who hears a FIN sends its own in the ACK",
    statement=(
        "Who hears that the other has closed, closes in that step, and says both in one segment: nobody is ever in CLOSE-WAIT."
    ),
    formula="G (a FIN is taken by an endpoint that has not closed => it sends one segment and enters LAST-ACK)",
    why="Then the ACK of the one FIN and the other FIN are one segment, and a connection is closed by three messages.",
    when_stopped="somebody had heard the other's FIN, and had not sent its own with the ACK",
    trigger="somebody had heard the other's FIN and sent its own",
    roles=("client", "server"),
    within=("lifecycle",),
    watch=watch,
)


class Closing(ThreeWay):
    name = "closing"
    summary = "three-way, closed by four messages"
    claims = (CLOSED_BY_THREE,)
