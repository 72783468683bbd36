"""Three-way, and a claim about its server."""

from model import SEQ, STATE, variable
from model.tcp.handshakes import ThreeWay
from properties import invariant

server = variable("server.state", STATE)
iss, una, nxt = (variable(f"server.{name}", SEQ) for name in ("iss", "snd_una", "snd_nxt"))

client, x = variable("client.state", STATE), variable("client.iss", SEQ)
CLAIM = ~((server == "ESTABLISHED") & (client == "SYN-SENT") & (x == variable("server.irs", SEQ)))


class Mine(ThreeWay):
    name = "mine"
    summary = "three-way, and a claim about its server"
    claims = (
        invariant(
            "mine", CLAIM, trigger=server == "ESTABLISHED", when="the server was ESTABLISHED", roles=("client", "server")
        ),
    )
