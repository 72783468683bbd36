"""close() in SYN-SENT does nothing: the SYN is sent again, and the answer connects a socket that nobody has."""

from model.tcp.handshakes import ThreeWay


class ClosedSocketGoesOnAsking(ThreeWay):
    name = "closed-socket-goes-on-asking"
    summary = "CLOSE has no effect in SYN-SENT"

    def calls(self, tcb):
        for section, condition, response in super().calls(tcb):
            if response.name == "closes":
                condition = condition & (tcb.state != "SYN-SENT")
            yield section, condition, response
