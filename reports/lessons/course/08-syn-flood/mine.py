"""Yours: three-way, with a server that does not wait for ever."""

from model.tcp.handshakes import ThreeWay


class Mine(ThreeWay):
    name = "mine"
    summary = "three-way, with a server that gives up"

    def calls(self, tcb):
        """§3.10.8 without its user time-out."""
        for section, condition, response in super().calls(tcb):
            if response.name != "times_out":
                yield section, condition, response
