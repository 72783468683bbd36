"""A socket that listened and was closed goes on answering SYNs."""

from dataclasses import replace

from model.tcp.handshakes import ThreeWay


class ClosedListenerAnswers(ThreeWay):
    name = "closed-listener-answers"
    summary = "the table of listeners is not cleared on close()"

    def closed(self, tcb, segment):
        if not tcb.listens:
            return super().closed(tcb, segment)
        return (
            super()
            .closed(tcb, segment)
            .replacing("resets_syn_when_closed", replace(self.answer_syn(tcb, segment), name="receives_syn_when_closed"))
        )
