"""The handshakes that come with synproof, by name."""

from __future__ import annotations

from model.tcp.handshakes.cookies import Cookies
from model.tcp.handshakes.four_way import FourWay
from model.tcp.handshakes.gvisor import Gvisor
from model.tcp.handshakes.handshake import Handshake
from model.tcp.handshakes.linux import Linux, LinuxCookies
from model.tcp.handshakes.lwip import Lwip
from model.tcp.handshakes.slirp import Slirp
from model.tcp.handshakes.three_way import ThreeWay
from model.tcp.handshakes.two_way import TwoWay

__all__ = [
    "DEFENCES",
    "HANDSHAKES",
    "NAMED",
    "STACKS",
    "Cookies",
    "FourWay",
    "Gvisor",
    "Handshake",
    "Linux",
    "LinuxCookies",
    "Lwip",
    "Slirp",
    "ThreeWay",
    "TwoWay",
]

HANDSHAKES: dict[str, type[Handshake]] = {h.name: h for h in (TwoWay, ThreeWay, FourWay)}
STACKS: dict[str, type[ThreeWay]] = {h.name: h for h in (Linux, LinuxCookies, Lwip, Slirp, Gvisor)}
"""Handshakes as stacks have them, by name: what RFC 9293 has, and what a stack does otherwise. No table is made of them."""
DEFENCES: dict[str, type[ThreeWay]] = {h.name: h for h in (Cookies,)}
"""Handshakes as servers have them that are attacked, by name."""
NAMED: dict[str, type[ThreeWay]] = {**STACKS, **DEFENCES}
"""What can be asked about by name besides the handshakes of the tables."""
