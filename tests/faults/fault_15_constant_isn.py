"""Every connection begins with the same ISN."""

from model.notation.expr import literal
from model.notation.sorts import SEQ
from model.tcp.handshakes.three_way import ThreeWay


class ConstantIsn(ThreeWay):
    name = "constant-isn"
    summary = "the ISN is a constant"

    def select_iss(self, response, tcb, answered=None):
        isn = literal(tcb.isn_choices[0] if tcb.isn_choices else 1, SEQ)
        return response.set(tcb, iss=isn, **tcb.using(isn))
