"""A host that has crashed does not keep quiet, and begins with the ISNs that it had begun with."""

from dataclasses import replace

from model.tcp.composition import CLIENT_SERVER
from model.tcp.handshakes import ThreeWay


class NoQuietTime(ThreeWay):
    name = "no-quiet-time"
    summary = "the ISN after a reboot is any number"

    def __init__(self, scope, assumptions, composition=CLIENT_SERVER):
        super().__init__(scope, replace(assumptions, quiet_time=False), composition)
