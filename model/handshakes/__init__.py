"""The handshakes that come with synproof, by name."""

from __future__ import annotations

from model.handshakes.four_way import FourWay
from model.handshakes.handshake import Handshake
from model.handshakes.three_way import ThreeWay
from model.handshakes.two_way import TwoWay

__all__ = ["HANDSHAKES", "FourWay", "Handshake", "ThreeWay", "TwoWay"]

HANDSHAKES: dict[str, type[Handshake]] = {h.name: h for h in (TwoWay, ThreeWay, FourWay)}
