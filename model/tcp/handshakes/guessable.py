"""ISNs that anybody can tell: three-way as RFC 793 had it, whose ISNs a clock says and nothing else.

Who opens a connection of its own learns what the clock shows, and reckons what it shows next (R. T. Morris, "A Weakness in the
4.2BSD Unix TCP/IP Software", 1985). RFC 6528 adds a secret to it that is another for each pair of sockets, so that a blind
attacker is back to guessing: that is three-way as it stands here.
"""

from __future__ import annotations

from typing import ClassVar

from model.tcp.attackers import OFF_PATH
from model.tcp.handshakes.handshake import Expectation, expect
from model.tcp.handshakes.three_way import ThreeWay
from model.tcp.handshakes.verdicts import FORGERIES, OF_THREE_WAY


class Guessable(ThreeWay):
    """RFC 9293 without RFC 6528."""

    name = "guessable"
    summary = "RFC 9293 with ISNs that anybody can tell, as a clock alone makes them: what RFC 6528 is there for"
    guessable: ClassVar[bool] = True
    expects: ClassVar[tuple[Expectation, ...]] = (
        # Who knows the ISNs forges what one does that sees them.
        expect("violated", *FORGERIES, within=(OFF_PATH.name,), answers=1, neighbours=False, seq_check=("exact",)),
        *OF_THREE_WAY,
    )
