"""The backlog counts half-open connections up, and down only when they are established: a RST leaves one counted."""

from model import Field, Nat, Response, first
from model.tcp.handshakes import ThreeWay


class BacklogLeaks(ThreeWay):
    name = "backlog-leaks"
    summary = "a backlog of one, which a RST does not give back"

    def shared(self, tcb):
        return (Field("pending", Nat(1), 0),)

    def listen(self, tcb, segment):
        full = Response("has_no_room", "drops a SYN because its backlog is full.")
        return first((segment.ctl == "SYN") & (tcb.read("pending") == 1), full) + super().listen(tcb, segment)

    def answer_syn(self, tcb, segment):
        return super().answer_syn(tcb, segment).set(tcb, pending=1)

    def syn_received(self, tcb, segment):
        cases = super().syn_received(tcb, segment)
        for name in ("receives_ack", "receives_ack_with_data"):
            cases = cases.replacing(name, lambda r: r.set(tcb, pending=0))
        return cases
