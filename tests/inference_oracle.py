"""A second formulation of two runs side by side, written from RFC 9293 and RFC 5961 in plain Python (compare tests/oracle.py).

A server has a connection for each of two addresses, as (state, next number expected, its own number), and counts challenge
ACKs, for all or for each. A client connects in one of the runs, or in both with other numbers, in four steps: its SYN leaves
and arrives, and so does what it is answered, where the server is in the state for that. The attacker sends the same to both,
from either address, and sees the answers to its own. There is no text.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

Reply = tuple[str, int, int]
"""Control bits, SEQ and ACK."""
Tcb = tuple[str, int, int]
Y, X, OWN, FAR, CIRCLE = 200, 100, 7000, 2**30, 2**32
NOBODY: Tcb = ("listen", 0, 0)


class Host(NamedTuple):
    """What a host has: a limit, 0 being none, shared or not; places; whether a half-open connection makes room; a window."""

    limit: int = 0
    shared: bool = False
    places: int = 2
    makes_room: bool = False
    window: int = 1


class Server(NamedTuple):
    """Who is connected, and how many challenge ACKs have been sent."""

    client: Tcb = NOBODY
    attacker: Tcb = NOBODY
    sent: tuple[int, int] = (0, 0)

    def become(self, source: str, tcb: Tcb) -> Server:
        return self._replace(client=tcb) if source == "client" else self._replace(attacker=tcb)


def answer(server: Server, source: str, segment: Reply, host: Host) -> tuple[Server, Reply | None]:
    """Return what a segment makes of a server, and what it answers."""
    (state, expected, own), (ctl, seq, ack) = getattr(server, source), segment
    syn, rst, acks = "SYN" in ctl, "RST" in ctl, "ACK" in ctl
    which = 0 if host.shared or source == "client" else 1

    def challenge() -> tuple[Server, Reply | None]:
        if host.limit and server.sent[which] >= host.limit:
            return server, None
        sent = server.sent if not host.limit else tuple(n + (i == which) for i, n in enumerate(server.sent))
        return server._replace(sent=sent), ("ACK", own + 1, expected)  # type: ignore[arg-type]

    if state == "listen":
        if rst:
            return server, None
        if acks:
            return server, ("RST", ack, 0)
        return takes_syn(server, source, seq, host, Y)
    if (seq - expected) % CIRCLE >= host.window:
        if rst:
            return server, None
        return challenge() if syn and state == "established" else (server, ("ACK", own + 1, expected))
    if rst:
        if seq != expected:
            return challenge()
        ended = server.become(source, NOBODY)
        mine = (ended.sent[0], 0) if source == "attacker" else (0, ended.sent[1])
        return (ended if host.shared else ended._replace(sent=mine)), None
    if state == "received":
        if syn:
            return server.become(source, NOBODY), None
        if ack != own + 1:
            return server, ("RST", ack, 0)
        return server.become(source, ("established", expected, own)), None
    plausible = (own + 1 - ack) % CIRCLE <= 65535
    return challenge() if syn or not plausible else (server, None)


def takes_syn(server: Server, source: str, seq: int, host: Host, y: int) -> tuple[Server, Reply | None]:
    """Return what a SYN makes of a server that listens for its address, where there is room, or room is made."""
    other = "attacker" if source == "client" else "client"
    there: Tcb = getattr(server, other)
    if host.places == 1 and there != NOBODY:
        if not (host.makes_room and there[0] == "received"):
            return server, None
        server = server.become(other, NOBODY)
    return server.become(source, ("received", seq + 1, y)), ("SYN,ACK", y, seq + 1)


Runs = tuple[Server, Server, str]
"""The two servers, and what of the client's is under way."""


class Secret(NamedTuple):
    """In how many runs the client connects, and its number and the server's in the one and in the other."""

    runs: int = 1
    x: tuple[int, int] = (X, X)
    y: tuple[int, int] = (Y, Y)


SECRETS = {"connection": Secret(), "seq": Secret(2, x=(X, X + FAR)), "ack": Secret(2, y=(Y, Y + FAR))}


def connects(now: Runs, secret: Secret, host: Host) -> Iterator[Runs]:
    """Yield the next step of the client's connection, in each run in which it has one."""
    *servers, way = now
    if way in ("", "SYN,ACK"):  # the client does something
        yield (*now[:2], "SYN" if not way else "ACK")
        return
    after = []
    for i, server in enumerate(servers):
        x, y = secret.x[i], secret.y[i]
        if secret.runs == 1 and i == 0:
            after.append(server)
        elif way == "SYN" and server.client == NOBODY:
            after.append(takes_syn(server, "client", x, host, y)[0])
        elif way == "ACK" and server.client == ("received", x + 1, y):
            after.append(server._replace(client=("established", x + 1, y)))
        else:
            return
        if after[-1] == server and not (secret.runs == 1 and i == 0):  # its SYN found no room
            return
    if way in ("SYN", "ACK"):
        yield (*after, "SYN,ACK" if way == "SYN" else "over")  # type: ignore[misc]


def stimuli(server: Server, secret: Secret, host: Host) -> Iterator[tuple[str, Reply]]:
    """Yield what the attacker may send: a number of nobody's, one of its connection, or one that it has guessed."""
    for source in ("client", "attacker"):
        (_, expected, own), mine = getattr(server, source), source == "attacker"
        guesses = not mine and secret.runs == 2  # both
        seqs = {
            OWN,
            *([expected] if mine or guesses else []),
            *([expected + 1] if host.window > 1 and (mine or guesses) else []),
        }
        acks = {OWN, *([own + 1] if mine or (guesses and secret.y[0] != secret.y[1]) else [])}
        for seq in seqs:
            yield from ((source, (ctl, seq, 0)) for ctl in ("SYN", "RST"))
            yield from ((source, ("ACK", seq, ack)) for ack in acks)


def fewest(host: Host, kind: str = "connection") -> tuple[int, int] | None:
    """Return in how many steps two runs are told apart at least, and by how many segments; None where they never are.

    A step of the client's is one in each run that has it; each segment of the attacker's is sent, and answered in either run.
    """
    told, tie = SECRETS[kind], count()
    begin: Runs = (Server(), Server(), "")
    waiting, seen = [(0, 0, next(tie), begin)], {begin: 0}
    while waiting:
        steps, segments, _, now = heapq.heappop(waiting)
        if now == (Server(), Server(), "apart"):
            return steps, segments
        reached: list[tuple[int, int, Runs]] = [(steps + told.runs, segments, after) for after in connects(now, told, host)]
        without, there, way = now
        for source, segment in stimuli(without, told, host):
            (one, first), (other, second) = (answer(server, source, segment, host) for server in (without, there))
            apart = source == "attacker" and first != second
            reached.append((steps + 3, segments + 1, (Server(), Server(), "apart") if apart else (one, other, way)))
        for cost, number, after in reached:
            if cost < seen.get(after, cost + 1):
                seen[after] = cost
                heapq.heappush(waiting, (cost, number, next(tie), after))
    return None
