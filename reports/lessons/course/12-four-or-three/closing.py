"""Three-way with its closing, and what four messages are for."""

from model import disj
from model.tcp.handshakes import ThreeWay
from properties import Claim, Kind, Seen


def watch(step):
    """What is looked at in each step: is an endpoint in CLOSE-WAIT after it, and is one in LAST-ACK?"""
    states = [step.view(role).state for role in step.roles]
    waits, closes = ([step.after(state == name) for state in states] for name in ("CLOSE-WAIT", "LAST-ACK"))
    return Seen(stop=disj(*waits), trigger=disj(*closes))


NOBODY_WAITS = Claim(
    "nobody-is-half-closed",
    Kind.SAFETY,
    brief="who hears a FIN sends its own at once",
    statement="Who hears that the other has closed, closes in that step: nobody is ever in CLOSE-WAIT.",
    formula="G ~(client.state = CLOSE-WAIT | server.state = CLOSE-WAIT)",
    why="Then the ACK of the one FIN and the other FIN are one segment, and a connection is closed by three messages.",
    when_stopped="somebody had heard the other's FIN and not sent its own",
    trigger="somebody had heard the other's FIN and sent its own",
    roles=("client", "server"),
    within=("lifecycle",),
    watch=watch,
)


class Closing(ThreeWay):
    name = "closing"
    summary = "three-way, closed by four messages"
    claims = (NOBODY_WAITS,)
