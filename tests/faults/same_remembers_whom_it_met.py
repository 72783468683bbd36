"""A host remembers the ISN of each SYN that its listeners have taken, and makes no use of it."""

from model import SEQ, Field, Relation
from model.tcp.handshakes import ThreeWay

MET = Relation((("isn", SEQ),))


class RemembersWhomItMet(ThreeWay):
    name = "remembers-whom-it-met"
    summary = "three-way with a cache that nobody reads"

    def shared(self, tcb):
        return (Field("met", MET, frozenset()),)

    def answer_syn(self, tcb, segment):
        return super().answer_syn(tcb, segment).set(tcb, met=tcb.read("met").add(segment.seq))
