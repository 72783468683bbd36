"""The handshakes that come with synproof, by name."""

from __future__ import annotations

from model.tcp.handshakes.backlogs import DropOldest, DropRandom, SynCache
from model.tcp.handshakes.cookies import Cookies
from model.tcp.handshakes.expiring import ExpiringCookies
from model.tcp.handshakes.fast_open import FastOpen
from model.tcp.handshakes.four_way import FourWay
from model.tcp.handshakes.guessable import Guessable
from model.tcp.handshakes.gvisor import Gvisor
from model.tcp.handshakes.handshake import Handshake
from model.tcp.handshakes.limited import Limited, SharedLimit
from model.tcp.handshakes.linux import Linux, LinuxCookies, LinuxFastOpen
from model.tcp.handshakes.lwip import Lwip
from model.tcp.handshakes.slirp import Slirp
from model.tcp.handshakes.smoltcp import Smoltcp
from model.tcp.handshakes.three_way import ThreeWay
from model.tcp.handshakes.two_way import TwoWay

__all__ = [
    "BACKLOGS",
    "DEFENCES",
    "HANDSHAKES",
    "LIMITING",
    "LISTED",
    "NAMED",
    "STACKS",
    "WITHOUT",
    "Cookies",
    "DropOldest",
    "DropRandom",
    "ExpiringCookies",
    "FastOpen",
    "FourWay",
    "Guessable",
    "Gvisor",
    "Handshake",
    "Limited",
    "Linux",
    "LinuxCookies",
    "LinuxFastOpen",
    "Lwip",
    "SharedLimit",
    "Slirp",
    "Smoltcp",
    "SynCache",
    "ThreeWay",
    "TwoWay",
]

HANDSHAKES: dict[str, type[Handshake]] = {h.name: h for h in (TwoWay, ThreeWay, FourWay)}
STACKS: dict[str, type[ThreeWay]] = {h.name: h for h in (Linux, LinuxCookies, LinuxFastOpen, Lwip, Slirp, Gvisor, Smoltcp)}
"""Handshakes as stacks have them, by name: what RFC 9293 has, and what a stack does otherwise. No table is made of them."""
WITHOUT: dict[str, type[ThreeWay]] = {h.name: h for h in (Guessable,)}
"""Handshakes that lack what others have, by name: what they fall to says what that is worth."""
DEFENCES: dict[str, type[ThreeWay]] = {h.name: h for h in (Cookies, ExpiringCookies, FastOpen)}
"""Handshakes as servers have them that are attacked, or attackable, by name."""
LIMITING: dict[str, type[ThreeWay]] = {h.name: h for h in (SharedLimit, Limited)}
"""Handshakes with a limit on challenge ACKs, by name: what differs is what an attacker infers."""
BACKLOGS: dict[str, type[ThreeWay]] = {h.name: h for h in (DropOldest, DropRandom, SynCache)}
"""What servers do besides where somebody floods them, by name."""
LISTED: dict[str, type[ThreeWay]] = {**WITHOUT, **DEFENCES, **BACKLOGS, **LIMITING}
"""All of these, which `list` names besides the handshakes of the tables."""
NAMED: dict[str, type[ThreeWay]] = {**STACKS, **LISTED}
"""What can be asked about by name besides the handshakes of the tables."""
