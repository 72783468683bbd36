"""Three-way, and a claim about both of its endpoints."""

from model import SEQ, STATE, between, variable
from model.tcp.handshakes import ThreeWay
from properties import invariant

client, server = (variable(f"{role}.state", STATE) for role in ("client", "server"))


def acknowledged(role):
    """Return whether what was acknowledged to an endpoint is something that it sent, its SYN at the least."""
    iss, una, nxt = (variable(f"{role}.{name}", SEQ) for name in ("iss", "snd_una", "snd_nxt"))
    return between(iss, una, nxt)


both = (client == "ESTABLISHED") & (server == "ESTABLISHED")
CLAIM = both >> acknowledged("client") & acknowledged("server")


class Mine(ThreeWay):
    name = "mine"
    summary = "three-way, and a claim about both of its endpoints"
    claims = (invariant("mine", CLAIM, trigger=both, when="both were ESTABLISHED", roles=("client", "server")),)
