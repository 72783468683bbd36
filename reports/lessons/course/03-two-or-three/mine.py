"""Three-way, and a claim about its server."""

from model import SEQ, STATE, variable
from model.tcp.handshakes import ThreeWay
from properties import invariant

client = variable("client.state", STATE)
server = variable("server.state", STATE)
iss = variable("server.iss", SEQ)

CLAIM = (server == "ESTABLISHED") >> (client != "LISTEN")


class Mine(ThreeWay):
    name = "mine"
    summary = "three-way, and a claim about its server"
    claims = (
        invariant(
            "mine", CLAIM, trigger=server == "ESTABLISHED", when="the server was ESTABLISHED", roles=("client", "server")
        ),
    )
