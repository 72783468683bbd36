"""Three-way, with a server that waits for the last ACK for as long as it takes."""

from model.tcp.handshakes import ThreeWay


class Patient(ThreeWay):
    name = "patient"
    summary = "three-way, with a server that never gives up in SYN-RECEIVED"

    def calls(self, tcb):
        """§3.10.8 without its user time-out."""
        for section, condition, response in super().calls(tcb):
            if response.name != "times_out":
                yield section, condition, response
