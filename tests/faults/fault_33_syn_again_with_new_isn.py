"""Each SYN that is sent again has a new ISN."""

from dataclasses import replace

from model import EventKind
from model.tcp.handshakes import ThreeWay


class SynAgainWithNewIsn(ThreeWay):
    name = "syn-again-with-new-isn"
    summary = "the timer of SYN-SENT calls connect() once more"

    def calls(self, tcb):
        for section, condition, response in super().calls(tcb):
            if response.name == "retransmits_syn":
                response = replace(self.open(tcb), name="retransmits_syn").event(EventKind.ENDS)
            yield section, condition, response
