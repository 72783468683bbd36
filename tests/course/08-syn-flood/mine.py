"""Three-way, with a server that gives up by itself: it deletes its TCB, sends nothing, and waits for nothing."""

from model import Response
from model.tcp.handshakes import ThreeWay


class Mine(ThreeWay):
    name = "mine"
    summary = "three-way, with a server that gives up"

    def calls(self, tcb):
        """§3.10.8 with a time-out of SYN-RECEIVED, and of the client's attempt."""
        for section, condition, response in super().calls(tcb):
            if response.name != "times_out":
                yield section, condition, response
        waits = (tcb.state == "SYN-RECEIVED") | (tcb.state == "ESTABLISHED")
        yield "§3.10.8", waits, Response("gives_up", "has waited long enough.").end(tcb)
