"""Three-way, closed by three messages: who hears a FIN answers with its own, which acknowledges it."""

from model import Response
from model.tcp.handshakes import ThreeWay


class Mine(ThreeWay):
    name = "mine"
    summary = "three-way, closed by three messages"

    def fin(self, tcb, number, when, suffix, said):
        """§3.10.7.4, eighth: what a FIN with this number does, by the state that it finds."""
        both = Response(f"receives_fin{suffix}_and_closes", f"takes a FIN{said}, and closes at once.")
        both = both.set(tcb, rcv_nxt=number + 1).then_send(tcb.segment("FIN,ACK", seq=tcb.snd_nxt, ack=tcb.rcv_nxt))
        both = both.then_set(tcb, state="LAST-ACK").accept()
        return super().fin(tcb, number, when, suffix, said).replacing(f"receives_fin{suffix}", both)
