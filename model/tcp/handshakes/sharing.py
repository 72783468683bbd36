"""A table whose places the connections of several addresses share, where each of them has a TCB.

Under a flood the addresses of the others are counted (:mod:`model.tcp.handshakes.flooding`). Where one of the others looks at
what becomes of its own connection, that has to be there. What a handshake does when the table is full is what it does under a
flood: it ``drops`` the newest SYN, or a half-open connection of somebody else; and where it is ``cached`` what is half-open has
an entry of a cache, and a place only when it is ESTABLISHED.

There is one other at most that could have to make room, so that the oldest is the same as any.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from model.notation.cases import Cases
from model.notation.expr import Expr, at_least, conj
from model.tcp.endpoint import EventKind, Response, Tcb
from model.tcp.handshakes.flooding import CONNECTED, HALF_OPEN, NEWEST

if TYPE_CHECKING:
    from model.tcp.handshakes.handshake import Handshake


def sharing(handshake: Handshake, tcb: Tcb, others: Sequence[Tcb], cases: Cases[Response]) -> Cases[Response]:
    """Return what the server does with segments of one address where ``others`` have places of the same table."""
    branches: list[tuple[Expr, Response]] = []
    taken = at_least(handshake.slots, [handshake.has_place(other) for other in others])
    for when, response in cases.branches:
        enters = response.updates.get(tcb.variable_name("state"))
        answers, state = EventKind.ANSWERS in response.events, None if enters is None else enters.data
        if state == CONNECTED and (answers or handshake.cached):
            drops = Response(
                f"has_no_room_where_it_{response.name}", "has no room for another connection and drops the segment."
            )
            branches.append((when & taken, replace(drops, check=response.check, state=response.state)))
        elif state == HALF_OPEN and answers:
            branches += _half_opened(handshake, others, when, response)
        branches.append((when, response))
    return replace(cases, branches=tuple(branches))


def _half_opened(handshake: Handshake, others: Sequence[Tcb], when: Expr, takes: Response) -> Iterator[tuple[Expr, Response]]:
    """Yield what a SYN does that finds no room: another has to make it, or the SYN is dropped."""
    entries = [handshake.half_open(other) if handshake.cached else handshake.has_place(other) for other in others]
    full = at_least(handshake.entries, entries)
    for other in others if handshake.drops != NEWEST else ():
        ended = Response("is_dropped", "is dropped.").end(other).updates
        makes = replace(
            takes,
            name=f"{takes.name}_in_place_of_another",
            doc="takes a SYN in the place of another, which is dropped, and answers it.",
            updates={**takes.updates, **ended},
        )
        yield conj(when, full, handshake.half_open(other)), makes
    finds = f"finds_the_table_full_where_it_{takes.name}"
    yield when & full, Response(finds, "has no room for another connection and drops a SYN.", check=takes.check)
