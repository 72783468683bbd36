"""SYN-SENT sends its SYN again and again, and has no time-out."""

from model.tcp.handshakes import ThreeWay


class ConnectNeverTimesOut(ThreeWay):
    name = "connect-never-times-out"
    summary = "connect() has no limit of retransmissions"

    def calls(self, tcb):
        for section, condition, response in super().calls(tcb):
            waits = tcb.state != "SYN-SENT"
            yield section, condition & waits if response.name == "times_out" else condition, response
