"""A listener whose backlog is full resets a SYN in place of dropping it."""

from model import BOOL, Field, Response, first
from model.tcp.handshakes import ThreeWay


class FullBacklogResets(ThreeWay):
    name = "full-backlog-resets"
    summary = "a SYN that finds the backlog full is refused"

    def variables(self, tcb):
        return (Field("full", BOOL, initial=False, outlives=True),)

    def listen(self, tcb, segment):
        resets = Response("finds_the_backlog_full", "has a full backlog and resets a SYN.").send(tcb.refusal_of(segment))
        return first((segment.ctl == "SYN") & tcb.read("full"), resets) + super().listen(tcb, segment)

    def calls(self, tcb):
        yield from super().calls(tcb)
        for name, now in (("is_busy", True), ("has_time", False)):
            yield "RFC 4987", tcb.read("full") != now, Response(name, f"{name}.").set(tcb, full=now)
