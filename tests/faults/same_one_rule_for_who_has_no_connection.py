"""CLOSED and LISTEN by one rule, written anew from RFC 9293."""

from model import Response, first
from model.tcp.handshakes import ThreeWay


class OneRuleForWhoHasNoConnection(ThreeWay):
    name = "one-rule-for-who-has-no-connection"
    summary = "CLOSED and LISTEN are written as one"

    def idle(self, tcb, segment, listening):
        drops = Response(f"lets_a_rst_pass_{listening}", "has no connection and ignores a RST.")
        resets = Response(f"has_no_connection_{listening}", "has no connection to which an ACK belongs.").send(
            tcb.reset_for(segment)
        )
        refuses = Response("refuses", "has no listener and refuses a SYN.").send(tcb.refusal_of(segment))
        last = self.answer_syn(tcb, segment) if listening == "listening" else refuses
        return first(segment.rst, drops).otherwise(segment.has_ack, resets).otherwise(segment.syn, last)

    def closed(self, tcb, segment):
        return self.idle(tcb, segment, "closed")

    def listen(self, tcb, segment):
        return self.idle(tcb, segment, "listening")
