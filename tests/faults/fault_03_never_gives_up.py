"""SYN-RECEIVED repeats its SYN,ACK and never gives up."""

from model.tcp.handshakes.three_way import ThreeWay


class NeverGivesUp(ThreeWay):
    name = "never-gives-up"
    summary = "no user time-out in SYN-RECEIVED"

    def calls(self, tcb):
        for section, condition, response in super().calls(tcb):
            limited = condition & (tcb.state != "SYN-RECEIVED") if response.name == "times_out" else condition
            yield section, limited, response
