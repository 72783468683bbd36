"""A SYN,ACK is never sent again: where it is lost, its client asks for ever."""

from collections.abc import Iterator

from model import Response, Tcb
from model.notation.expr import Expr
from model.tcp.handshakes import ThreeWay


class SendsSynAckOnce(ThreeWay):
    name = "sends-syn-ack-once"

    def retransmit_answer(self, _tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        return iter(())
