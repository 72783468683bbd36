"""Nothing is written: it is three-way."""

from model.tcp.handshakes import ThreeWay


class Mine(ThreeWay):
    name = "mine"
    summary = "three-way"
