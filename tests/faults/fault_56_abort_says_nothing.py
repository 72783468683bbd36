"""ABORT frees the TCB and tells nobody."""

from dataclasses import replace

from model.tcp.handshakes import ThreeWay


class AbortSaysNothing(ThreeWay):
    name = "abort-says-nothing"
    summary = "no RST is sent on ABORT"

    def calls(self, tcb):
        for section, condition, response in super().calls(tcb):
            yield section, condition, replace(response, sends=()) if response.name == "aborts" else response
