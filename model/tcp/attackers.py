"""Attackers: what somebody who is no endpoint can do to the segments between a client and a server.

An attacker has no TCB and no view: it is part of the environment, as a loss is, and its steps are by :data:`ATTACKER`. How much
it sees decides how much it knows. Its segments have any source, and a number of its own: an ISN that it chose itself, which is
a secret of nobody. A number that an endpoint holds it *guesses*, and guesses are counted: ``guesses`` right ones are all that
it has. One that sees the numbers need not guess. RFC 9293 §3.4.1 and RFC 6528 are about how good a guess is; here it is right
or wrong, or as far from right as an *interval* lets it be: where an attacker knows that a number is one of so many in a row,
and has fewer ``tries`` than that, the nearest of its segments lies beside the number. How far, nature says, which wishes it no
luck.

By degrees:

- ``replay`` sees what passes, keeps it, and sends it again, later and as often as it likes. That is what a network does which
  duplicates and delays for ever: so in this composition it always does, and what arrives again is the attacker's.
- ``off-path`` sends segments and sees nothing.
- ``on-path`` sends segments and sees everything. It can drop and delay them as well, which the network does for it.

And one that forges nothing of anybody's connection:

- ``flood`` sends SYNs from addresses that are nobody's, so that what the server answers is lost, and no RST comes back
  (RFC 4987 §2). ``flood-answering`` has real addresses, and comes to be connected. ``flood-slow`` is no faster than one client
  is served: while the client's connection is half-open, fewer of its SYNs arrive than the server has places.
"""

from __future__ import annotations

from dataclasses import dataclass

ATTACKER = "attacker"
"""Who forges segments."""
GUESSES = f"{ATTACKER}.guesses"
"""How many right guesses it has made."""
OWN_ISN = 7_000_000
"""The number that it sends a SYN with, and sends where it knows none: no ISN of a scope, nor a window from one."""


@dataclass(frozen=True, slots=True)
class Attacker:
    """What an attacker can do: ``forges`` segments, ``sees`` those of others, ``repeats`` them, or ``infers`` by its own ones.

    It ``floods`` a server from other addresses, which may be ``answering``, and may be ``slow``. ``scope`` is the one to search
    where none is named, small enough to be searched at once.
    """

    name: str
    summary: str
    scope: str
    forges: bool = False
    sees: bool = False
    repeats: bool = False
    infers: bool = False
    floods: bool = False
    answering: bool = False
    slow: bool = False


REPLAY = Attacker("replay", "an attacker that sends again whatever it saw", "default", sees=True, repeats=True)
OFF_PATH = Attacker("off-path", "an attacker that sends what it likes, and sees nothing", "small,answers=2", forges=True)
ON_PATH = Attacker(
    "on-path", "an attacker that sends what it likes, and sees everything", "small", forges=True, sees=True, repeats=True
)

INFERS = Attacker(
    "inference", "an attacker that has a connection of its own and sees what it is sent there", "small", infers=True
)
"""It breaks nothing, and learns something: what, is a question about two runs (:mod:`model.tcp.handshakes.inferring`)."""

ATTACKERS: dict[str, Attacker] = {attacker.name: attacker for attacker in (REPLAY, OFF_PATH, ON_PATH)}
"""The attackers by name, from the weakest on."""

FLOOD = Attacker("flood", "a flood of SYNs from addresses that do not answer", "small,answers=2", floods=True)
FLOOD_ANSWERING = Attacker(
    "flood-answering", "a flood of SYNs from addresses that answer", "small,answers=2", floods=True, answering=True
)
FLOOD_SLOW = Attacker(
    "flood-slow",
    "a flood, from addresses that do not answer, of fewer SYNs than the server has places while a client is half-open",
    "small,answers=2",
    floods=True,
    slow=True,
)

FLOODS: dict[str, Attacker] = {attacker.name: attacker for attacker in (FLOOD, FLOOD_ANSWERING, FLOOD_SLOW)}
"""The floods by name."""
ALL: dict[str, Attacker] = {INFERS.name: INFERS, **ATTACKERS, **FLOODS}
"""All attackers by name: the one that only learns, those that forge and repeat, and the floods."""
WEAKEST = "weakest"
"""Whichever is the weakest to break a claim."""
