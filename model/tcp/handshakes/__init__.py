"""The handshakes that come with synproof, by name."""

from __future__ import annotations

from model.tcp.handshakes.four_way import FourWay
from model.tcp.handshakes.handshake import Handshake
from model.tcp.handshakes.three_way import ThreeWay
from model.tcp.handshakes.two_way import TwoWay

__all__ = ["HANDSHAKES", "FourWay", "Handshake", "ThreeWay", "TwoWay"]

HANDSHAKES: dict[str, type[Handshake]] = {h.name: h for h in (TwoWay, ThreeWay, FourWay)}
