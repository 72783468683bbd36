"""Table 6 with =< where it has <: the number after the window belongs to it."""

from model import within
from model.tcp.handshakes import ThreeWay


class WindowIsOneTooWide(ThreeWay):
    name = "window-is-one-too-wide"
    summary = "RCV.NXT =< SEG.SEQ =< RCV.NXT+RCV.WND"

    def in_receive_window(self, tcb, segment):
        return within(tcb.rcv_nxt, segment.seq, tcb.rcv_nxt + self.assumptions.rcv_wnd + 1)
