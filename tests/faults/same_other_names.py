"""The same actions by other names."""

from dataclasses import replace

from model.tcp.handshakes.three_way import ThreeWay


class OtherNames(ThreeWay):
    name = "other-names"
    summary = "three-way with names of its own"

    def calls(self, tcb):
        for section, condition, response in super().calls(tcb):
            given = response if "retransmit" in response.name else replace(response, name=f"now_{response.name}")
            yield section, condition, given

    def listen(self, tcb, segment):
        return super().listen(tcb, segment).replacing("receives_syn", lambda r: replace(r, name="takes_it"))
