"""A second formulation of two runs side by side, written from RFC 9293 and RFC 5961 in plain Python (compare tests/oracle.py).

A server has a connection for each of two addresses, as (state, next number expected), and counts challenge ACKs, for all or
for each. In one run the client's is there from the beginning. The attacker sends the same to both, from either address, and
sees the answers to its own. There is no text, and the server's number is always the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

Reply = tuple[str, int, int]
"""Control bits, SEQ and ACK."""
Y, X, OWN = 200, 100, 7000


class Server(NamedTuple):
    """Who is connected, and how many challenge ACKs have been sent."""

    client: tuple[str, int] = ("listen", 0)
    attacker: tuple[str, int] = ("listen", 0)
    sent: tuple[int, int] = (0, 0)


def answer(server: Server, source: str, segment: Reply, limit: int, shared: bool) -> tuple[Server, Reply | None]:
    """Return what a segment makes of a server, and what it answers."""
    (state, expected), (ctl, seq, ack) = getattr(server, source), segment
    syn, rst, acks = "SYN" in ctl, "RST" in ctl, "ACK" in ctl

    def become(state: str, expected: int) -> Server:
        there = (state, expected)
        return server._replace(client=there) if source == "client" else server._replace(attacker=there)

    def challenge() -> tuple[Server, Reply | None]:
        which = 0 if shared or source == "client" else 1
        if server.sent[which] >= limit:
            return server, None
        sent = tuple(n + (i == which) for i, n in enumerate(server.sent))
        return server._replace(sent=sent), ("ACK", Y + 1, expected)  # type: ignore[arg-type]

    if state == "listen":
        if rst:
            return server, None
        if acks:
            return server, ("RST", ack, 0)
        return become("received", seq + 1), ("SYN,ACK", Y, seq + 1)
    if seq != expected:
        if rst:
            return server, None
        return challenge() if syn and state == "established" else (server, ("ACK", Y + 1, expected))
    if rst:
        ended = become("listen", 0)
        return ended if shared else ended._replace(
            sent=(ended.sent[0], 0) if source == "attacker" else (0, ended.sent[1])
        ), None
    if state == "received":
        if syn:
            return become("listen", 0), None
        return (server, ("RST", ack, 0)) if ack != Y + 1 else (become("established", expected), None)
    return challenge() if syn or ack > Y + 1 else (server, None)


def stimuli(server: Server) -> Iterator[tuple[str, Reply]]:
    """Yield what the attacker may send: with a number of nobody's, and from its own address with that of its connection."""
    for source in ("client", "attacker"):
        known = {OWN, *([server.attacker[1]] if source == "attacker" else [])}
        for seq in known:
            yield from ((source, (ctl, seq, 0)) for ctl in ("SYN", "RST"))
            yield from ((source, ("ACK", seq, ack)) for ack in {OWN, Y + 1})


def fewest(limit: int, *, shared: bool) -> int | None:
    """Return how many segments tell two runs apart, the fewest; None where none do."""
    level = [(Server(), Server(client=("established", X + 1)))]
    seen, number = set(level), 0
    while level:
        number += 1
        following = []
        for without, there in level:
            for source, segment in stimuli(without):
                (one, first), (other, second) = (answer(s, source, segment, limit, shared) for s in (without, there))
                if source == "attacker" and first != second:
                    return number
                if (one, other) not in seen:
                    seen.add((one, other))
                    following.append((one, other))
        level = following
    return None
