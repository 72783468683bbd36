"""What a listener may do when it is flooded, and does otherwise than RFC 9293's (RFC 4987 §3).

A table that is full drops the SYN that comes next, in every handshake: the newest. Here are two that drop something else, and
one that keeps less of each half-open connection and so has room for more. One that keeps nothing is in
:mod:`model.tcp.handshakes.cookies`.
"""

from __future__ import annotations

from typing import ClassVar

from model.tcp.handshakes.flooding import OLDEST, RANDOM
from model.tcp.handshakes.handshake import Expectation
from model.tcp.handshakes.three_way import ThreeWay
from model.tcp.handshakes.verdicts import OF_DROPPING_OLDEST, OF_DROPPING_RANDOM, OF_SYN_CACHE


class DropOldest(ThreeWay):
    """A table that is full makes room by dropping the oldest half-open connection (RFC 4987 §3.4)."""

    name = "drop-oldest"
    summary = "three-way, with a table that drops its oldest half-open connection when it is full"
    drops: ClassVar[str] = OLDEST
    expects: ClassVar[tuple[Expectation, ...]] = OF_DROPPING_OLDEST


class DropRandom(ThreeWay):
    """A table that is full makes room by dropping any half-open connection: which one nobody can foresee."""

    name = "drop-random"
    summary = "three-way, with a table that drops a random half-open connection when it is full"
    drops: ClassVar[str] = RANDOM
    expects: ClassVar[tuple[Expectation, ...]] = OF_DROPPING_RANDOM


class SynCache(DropOldest):
    """A half-open connection is an entry of a cache, of which there are more than TCBs (RFC 4987 §3.5; J. Lemon, 2002)."""

    name = "syn-cache"
    summary = "a SYN cache: what is half-open has no TCB but a small entry, and the oldest is dropped when the cache is full"
    cached: ClassVar[int] = 2
    expects: ClassVar[tuple[Expectation, ...]] = OF_SYN_CACHE
