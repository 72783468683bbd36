"""SYN-RECEIVED repeats its SYN,ACK and has no timer that ends it: a half-open connection stays until somebody sends."""

from collections.abc import Iterator

from model import Response, Tcb
from model.notation.expr import Expr
from model.tcp.handshakes import ThreeWay


class NeverGivesUp(ThreeWay):
    name = "never-gives-up"

    def calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        for section, condition, response in super().calls(tcb):
            waits = tcb.state != "SYN-RECEIVED"
            yield section, condition & waits if response.name == "times_out" else condition, response
