"""A second formulation of a replaying network, written from prose and in no common notation (compare tests/oracle.py).

A client and a server that goes on listening; every segment stays in the network for ever, since somebody keeps it and sends it
again. The client opens with fresh ISNs, sends one octet in all, gives up or ends when it likes, without a word; so does the
server. There is no RST: what is left out only ends connections, which both can do anyhow. Sets of (x, y) say what has happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

CLIENT_ISNS, SERVER_ISNS = (100, 200), (300, 400)
STATELESS = ("cookies", "expiring-cookies", "accepts-expired")
WINDOW = 65535


class World(NamedTuple):
    """Who is where: the client as (state, x, y), the server as (state, y, x, the number it expects), what the network keeps."""

    client: tuple[str, int, int] = ("closed", 0, 0)
    server: tuple[str, int, int, int] = ("listen", 0, 0, 0)
    opened: int = 0
    answered: int = 0
    network: frozenset[tuple[str, int, int, bool]] = frozenset()  # kind, SEQ, ACK, whether there is text
    tokens: frozenset[tuple[int, int]] = frozenset()  # x with the y that the server answers it by
    former: frozenset[tuple[int, int]] = frozenset()  # those of the secrets before
    had: frozenset[tuple[int, int]] = frozenset()  # pairs in which the client was established
    sent: bool = False
    given: frozenset[int] = frozenset()  # the numbers of text that the server's user was given
    violated: frozenset[str] = frozenset()

    def sends(self, kind: str, seq: int, ack: int = 0, *, text: bool = False) -> World:
        return self._replace(network=self.network | {(kind, seq, ack, text)})

    def breaks(self, claim: str, *, when: bool) -> World:
        return self._replace(violated=self.violated | {claim}) if when else self


def steps(w: World, handshake: str) -> Iterator[World]:
    """Yield what can come next."""
    state, x, y = w.client
    if state == "closed" and w.opened < len(CLIENT_ISNS):
        x = CLIENT_ISNS[w.opened]
        opens = w._replace(client=("waits", x, 0), opened=w.opened + 1)
        yield opens.sends("SYN", x)
        if handshake == "fast-open" and not w.sent:
            yield opens._replace(sent=True).sends("SYN", x, text=True)  # its cookie is that of its address, always
    if state == "waits":
        yield w.sends("SYN", x)  # again, without text
    if state == "established" and not w.sent:
        yield w._replace(sent=True).sends("ACK", x + 1, y + 1, text=True)
    if state != "closed":
        yield w._replace(client=("closed", 0, 0))
    if w.server[0] != "listen":
        yield w._replace(server=("listen", 0, 0, 0))
    if w.tokens and handshake in STATELESS[1:]:
        yield w._replace(tokens=frozenset(), former=w.former | w.tokens)
    for kind, seq, ack, text in w.network:
        if kind == "SYN,ACK" and state == "waits":
            yield from connects(w, handshake, seq, ack)
        if kind == "SYN" and w.server[0] == "listen":
            yield from answers(w, handshake, seq, text=text)
        if kind == "ACK" and w.server[0] == "listen" and handshake in STATELESS and tokens(w, handshake, seq - 1, ack - 1):
            after = established(w, ack - 1, seq - 1, seq).breaks(
                "no-expired-connection", when=handshake != "cookies" and (seq - 1, ack - 1) not in w.tokens
            )
            yield takes(after, text=text)
        if kind == "ACK" and w.server[0] == "received" and ack == w.server[1] + 1 and seq == w.server[3]:
            yield takes(established(w, *w.server[1:]), text=text)
        old = w.server[1] - WINDOW <= ack <= w.server[1] + 1  # RFC 5961 takes an ACK of what is older than the connection
        if kind == "ACK" and w.server[0] == "established" and text and seq == w.server[3] and old:
            yield takes(w, text=True)


def tokens(w: World, handshake: str, x: int, y: int) -> bool:
    return (x, y) in w.tokens or (handshake == "accepts-expired" and (x, y) in w.former)


def connects(w: World, handshake: str, y: int, ack: int) -> Iterator[World]:
    """Yield how a client that waits takes SYN,ACK(y), which acknowledges its SYN, and perhaps its text."""
    x = w.client[1]
    early = ("SYN", x, 0, True) in w.network
    if ack != x + 1 and not (early and ack == x + 2):
        return
    after = w._replace(client=("established", x, y), had=w.had | {(x, y)})
    after = after.breaks("lost-ack-is-asked-for", when=handshake in STATELESS and w.server[0] == "listen" and knows(w, x, y))
    if handshake == "two-way":
        yield after
        return
    unacknowledged = early and ack == x + 1
    yield after.sends("ACK", ack, y + 1, text=unacknowledged)
    if not w.sent:
        yield after._replace(sent=True).sends("ACK", x + 1, y + 1, text=True)


def knows(w: World, x: int, y: int) -> bool:
    return (x, y) in w.tokens | w.former


def answers(w: World, handshake: str, x: int, *, text: bool) -> Iterator[World]:
    """Yield how a server that listens answers SYN(x)."""
    known = dict(w.tokens).get(x)
    if handshake in STATELESS and known is not None:
        yield w.sends("SYN,ACK", known, x + 1)
    elif w.answered < len(SERVER_ISNS):
        y = SERVER_ISNS[w.answered]
        after = w._replace(answered=w.answered + 1)
        if handshake in STATELESS:
            yield after.sends("SYN,ACK", y, x + 1)._replace(tokens=w.tokens | {(x, y)})
        elif handshake == "two-way":
            yield established(after, y, x, x + 1).sends("SYN,ACK", y, x + 1)
        else:
            yield after._replace(server=("received", y, x, x + 1)).sends("SYN,ACK", y, x + 1)
            if text:
                early = after._replace(server=("received", y, x, x + 1)).sends("SYN,ACK", y, x + 2)
                yield takes(early, text=True)


def takes(w: World, *, text: bool) -> World:
    """Return the world in which the server's user is given the text that comes next, where there is any."""
    if not text:
        return w
    state, y, x, expected = w.server
    twice = expected in w.given
    after = w._replace(server=(state, y, x, expected + 1), given=w.given | {expected})
    return after.breaks("no-replayed-request", when=twice)


def established(w: World, y: int, x: int, expected: int) -> World:
    """Return the world in which the server is established with (x, y), and what that violates."""
    state, own, _ = w.client
    forged = (x, y) not in w.had and (state, own) != ("waits", x)
    return w._replace(server=("established", y, x, expected)).breaks("no-forged-connection", when=forged)


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
