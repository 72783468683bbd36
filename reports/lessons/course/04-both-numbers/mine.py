"""Three-way, and a claim about both of its endpoints."""

from model import SEQ, STATE, variable
from model.tcp.handshakes import ThreeWay
from properties import invariant

client, server = (variable(f"{role}.state", STATE) for role in ("client", "server"))
client_iss, server_iss = (variable(f"{role}.iss", SEQ) for role in ("client", "server"))

both = (client == "ESTABLISHED") & (server == "ESTABLISHED")
CLAIM = both >> (client_iss != server_iss)


class Mine(ThreeWay):
    name = "mine"
    summary = "three-way, and a claim about both of its endpoints"
    claims = (invariant("mine", CLAIM, trigger=both, when="both were ESTABLISHED", roles=("client", "server")),)
