"""A second formulation of a flooded table, written from prose and in no common notation (compare tests/attack_oracle.py).

The table is a list, the oldest first, of addresses with a name each: here nobody counts. One is the client's, the others are
the attacker's, one more than there are places, so that there is always one that is not in the table. The client's segments
arrive or do not; what they have in them does not matter here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

CLIENT = 0


class Table(NamedTuple):
    """What is half-open, the oldest first; whether the client has opened; and whether it is connected."""

    half_open: tuple[int, ...] = ()
    opened: bool = False
    connected: bool = False


def size(handshake: str, places: int) -> int:
    """Return how many half-open connections there is room for; a cache has twice the places."""
    return 2 * places if handshake == "syn-cache" else places


def room(t: Table, handshake: str, places: int) -> bool:
    """Return whether another half-open connection finds room: a connected client has a place of the table, not of a cache."""
    own = t.connected and handshake != "syn-cache"
    return len(t.half_open) + own < size(handshake, places)


def arrives(t: Table, who: int, handshake: str, places: int) -> Iterator[tuple[str, Table]]:
    """Yield what a SYN does: it has a place, or that of another, or is dropped."""
    if who in t.half_open or (who == CLIENT and t.connected):
        return
    if room(t, handshake, places):
        yield "takes", t._replace(half_open=(*t.half_open, who))
    elif handshake == "three-way":
        yield "is dropped", t
    else:
        candidates = t.half_open if handshake == "drop-random" else t.half_open[:1]
        for out in candidates:
            rest = tuple(other for other in t.half_open if other != out)
            yield ("pushes out the client" if out == CLIENT else "pushes out"), t._replace(half_open=(*rest, who))


def steps(t: Table, handshake: str, places: int) -> Iterator[tuple[str, Table]]:
    """Yield what can happen next, each with its name."""
    if not t.opened:
        yield "opens", t._replace(opened=True)
    else:
        yield from ((f"client {does}", after) for does, after in arrives(t, CLIENT, handshake, places))
    for address in range(1, size(handshake, places) + 2):
        yield from ((f"flood {does}", after) for does, after in arrives(t, address, handshake, places))
    others = [who for who in t.half_open if who != CLIENT]
    if others:
        yield "gives up", t._replace(half_open=tuple(who for who in t.half_open if who != others[0]))
    if CLIENT in t.half_open:
        without = tuple(who for who in t.half_open if who != CLIENT)
        yield "client ends", t._replace(half_open=without)
        yield "client connects", t._replace(half_open=without, connected=True)
    if t.connected:
        yield "client ends", t._replace(connected=False)


def reached(handshake: str, places: int) -> dict[Table, int]:
    """Return every table that there can be, with the fewest steps to it."""
    found, level, depth = {Table(): 0}, [Table()], 0
    while level:
        depth += 1
        level = list(
            dict.fromkeys(
                after for t in level for _, after in steps(t, handshake, places) if found.setdefault(after, depth) == depth
            )
        )
        level = [t for t in level if found[t] == depth]
    return found


def counts(handshake: str, places: int) -> set[tuple[str, int, int]]:
    """Return each table as the model has it: the state of the server, how many others there are, and how many are older."""
    return {
        (
            "ESTABLISHED" if t.connected else "SYN-RECEIVED" if CLIENT in t.half_open else "LISTEN",
            sum(who != CLIENT for who in t.half_open),
            t.half_open.index(CLIENT) if CLIENT in t.half_open else 0,
        )
        for t in reached(handshake, places)
    }


def pushed_out(handshake: str, places: int) -> int | None:
    """Return the fewest steps in which the client's half-open connection is dropped for a SYN of the flood, if it ever is."""
    pushes = [
        depth + 1
        for t, depth in reached(handshake, places).items()
        for does, _ in steps(t, handshake, places)
        if does == "flood pushes out the client"
    ]
    return min(pushes, default=None)


def kept_out(handshake: str, places: int, *wanted: str) -> bool:
    """Return whether the client, once it has opened, may wait for ever while all that is ``wanted`` happens again and again.

    That is a part of the graph, without being connected, from everywhere in which everywhere can be reached.
    """
    tables = [t for t in reached(handshake, places) if t.opened and not t.connected]
    unfair = {"client connects", "client ends"}
    follow = {
        t: [(does, after) for does, after in steps(t, handshake, places) if does not in unfair and not after.connected]
        for t in tables
    }

    def reachable(t: Table) -> set[Table]:
        seen, waiting = {t}, [t]
        while waiting:
            for _, after in follow[waiting.pop()]:
                if after not in seen:
                    seen.add(after)
                    waiting.append(after)
        return seen

    onward = {t: reachable(t) for t in tables}
    for t in tables:
        component = {other for other in onward[t] if t in onward[other]}
        if set(wanted) <= {does for one in component for does, after in follow[one] if after in component}:
            return True
    return False
