"""SendSyn sends from SND.NXT and counts it up, and the retransmission timer calls SendSyn."""

from dataclasses import replace

from model.tcp.handshakes import ThreeWay


class RetransmittedSynCountsAgain(ThreeWay):
    name = "retransmitted-syn-counts-again"
    summary = "a SYN that is sent again begins at SND.NXT, and moves it"

    def calls(self, tcb):
        for section, condition, response in super().calls(tcb):
            if response.name == "retransmits_syn":
                response = replace(response, sends=(tcb.segment("SYN", seq=tcb.snd_nxt),)).set(tcb, snd_nxt=tcb.snd_nxt + 1)
            yield section, condition, response
