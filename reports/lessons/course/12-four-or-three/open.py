"""Yours: four-way, to be opened by three messages."""

from model.tcp.handshakes import FourWay


class Mine(FourWay):
    name = "mine"
    summary = "four-way, with its two middle messages in one"
