"""The listener takes the ISN of the SYN for its own."""

from model.tcp.handshakes import ThreeWay


class IsnIsEchoed(ThreeWay):
    name = "isn-is-echoed"
    summary = "ISS = IRS"

    def select_iss(self, response, tcb, answered=None):
        if answered is None:
            return super().select_iss(response, tcb, answered)
        return response.set(tcb, iss=answered.seq, isns=tcb.isns.add(answered.seq))
