"""A timer of its own runs and runs out, and nothing comes of it but a note."""

from model import BOOL, Field, Response
from model.tcp.handshakes import ThreeWay


class KeepsATimer(ThreeWay):
    name = "keeps-a-timer"
    summary = "three-way with a timer for statistics"

    def variables(self, tcb):
        return (Field("late", BOOL, initial=False),)

    def calls(self, tcb):
        yield from super().calls(tcb)
        notes = Response("notes_that_it_waits", "notes that nobody has answered yet.").set(tcb, late=True)
        yield "§3.10.8", (tcb.state == "SYN-SENT") & ~tcb.read("late"), notes
