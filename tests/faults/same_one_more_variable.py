"""A variable that counts nothing and decides nothing."""

from model.notation.protocol import Field
from model.notation.sorts import BOOL
from model.tcp.handshakes.three_way import ThreeWay


class OneMoreVariable(ThreeWay):
    name = "one-more-variable"
    summary = "three-way that notes whether it has met a SYN"

    def variables(self, tcb):
        return (Field("met", BOOL, initial=False),)

    def answer_syn(self, tcb, segment):
        return super().answer_syn(tcb, segment).set(tcb, met=True)
