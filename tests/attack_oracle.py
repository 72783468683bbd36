"""A second formulation of a replaying network, written from prose and in no common notation (compare tests/oracle.py).

A client and a server that goes on listening; every segment stays in the network for ever, since somebody keeps it and sends it
again. The client opens with fresh ISNs, gives up or ends when it likes, without a word; so does the server. There is no text
and no RST: what is left out only ends connections, which both can do anyhow. Sets of (x, y) say what has happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

CLIENT_ISNS, SERVER_ISNS = (100, 200), (300, 400)


class World(NamedTuple):
    """Who is where: the client as (state, x, y), the server as (state, y, x), and what the network keeps."""

    client: tuple[str, int, int] = ("closed", 0, 0)
    server: tuple[str, int, int] = ("listen", 0, 0)
    opened: int = 0
    answered: int = 0
    network: frozenset[tuple[str, int, int]] = frozenset()  # kind, SEQ, ACK
    tokens: frozenset[tuple[int, int]] = frozenset()  # x with the y that the server answers it by
    had: frozenset[tuple[int, int]] = frozenset()  # pairs in which the client was established
    violated: frozenset[str] = frozenset()


def steps(w: World, handshake: str) -> Iterator[World]:
    """Yield what can come next."""
    state, x, _ = w.client
    if state == "closed" and w.opened < len(CLIENT_ISNS):
        x = CLIENT_ISNS[w.opened]
        yield w._replace(client=("waits", x, 0), opened=w.opened + 1, network=w.network | {("SYN", x, 0)})
    if state != "closed":
        yield w._replace(client=("closed", 0, 0))
    if w.server[0] != "listen":
        yield w._replace(server=("listen", 0, 0))
    for kind, seq, ack in w.network:
        if kind == "SYN,ACK" and state == "waits" and ack == x + 1:
            after = w._replace(client=("established", x, seq), had=w.had | {(x, seq)})
            after = after._replace(network=w.network | {("ACK", x + 1, seq + 1)})
            alone = w.server[0] == "listen" and (x, seq) in w.tokens and handshake == "cookies"
            yield after._replace(violated=w.violated | ({"lost-ack-is-asked-for"} if alone else set()))
        if kind == "SYN" and w.server[0] == "listen":
            yield from answers(w, handshake, seq)
        if kind == "ACK" and handshake == "three-way" and w.server[:2] == ("received", ack - 1) and w.server[2] == seq - 1:
            yield established(w, ack - 1, seq - 1)
        if kind == "ACK" and handshake == "cookies" and w.server[0] == "listen" and (seq - 1, ack - 1) in w.tokens:
            yield established(w, ack - 1, seq - 1)


def answers(w: World, handshake: str, x: int) -> Iterator[World]:
    """Yield how a server that listens answers SYN(x)."""
    known = dict(w.tokens).get(x)
    if handshake == "cookies" and known is not None:
        yield w._replace(network=w.network | {("SYN,ACK", known, x + 1)})
    elif w.answered < len(SERVER_ISNS):
        y = SERVER_ISNS[w.answered]
        after = w._replace(answered=w.answered + 1, network=w.network | {("SYN,ACK", y, x + 1)})
        if handshake == "cookies":
            yield after._replace(tokens=w.tokens | {(x, y)})
        elif handshake == "three-way":
            yield after._replace(server=("received", y, x))
        else:
            yield established(after, y, x)


def established(w: World, y: int, x: int) -> World:
    """Return the world in which the server is established with (x, y), and what that violates."""
    state, own, _ = w.client
    forged = (x, y) not in w.had and (state, own) != ("waits", x)
    return w._replace(server=("established", y, x), violated=w.violated | ({"no-forged-connection"} if forged else frozenset()))


def shortest(handshake: str) -> dict[str, int]:
    """Return the fewest steps to each violation that there is."""
    level, seen, found, depth = [World()], {World()}, dict[str, int](), 0
    while level:
        depth += 1
        following: list[World] = []
        for world in level:
            for after in steps(world, handshake):
                if after not in seen:
                    seen.add(after)
                    following.append(after)
                    for claim in after.violated:
                        found.setdefault(claim, depth)
        level = following
    return found
