"""Compositions: which two endpoints the rules of a handshake are put together for.

The rules say what *an* endpoint does. A client and a server, two that open at once, two that listen, and a host that crashes
are the same rules for endpoints that are opened differently: RFC 9293 §3.5 has a figure for each.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Side:
    """What happens to an endpoint from outside: how its user may open it, whether the user sends data, whether it crashes.

    One that both ``connects`` and ``listens`` is opened now this way, now that.
    """

    role: str
    connects: bool = False
    listens: bool = False
    sends: bool = False
    crashes: bool = False


@dataclass(frozen=True, slots=True)
class Composition:
    """Two endpoints, drawn left and right. ``name`` follows the handshake's after a slash; a client and a server have none."""

    name: str
    summary: str
    left: Side
    right: Side

    @property
    def sides(self) -> tuple[Side, Side]:
        """Both endpoints, from left to right."""
        return self.left, self.right

    @property
    def roles(self) -> tuple[str, str]:
        """The names of both endpoints."""
        return self.left.role, self.right.role

    @property
    def symmetric(self) -> bool:
        """Whether both endpoints are opened alike."""
        return (self.left.connects, self.left.listens) == (self.right.connects, self.right.listens)

    def of(self, handshake: str) -> str:
        """Return what a handshake is called in this composition."""
        return f"{handshake}/{self.name}" if self.name else handshake


CLIENT_SERVER = Composition(
    "",
    "a client opens, a server listens",
    Side("client", connects=True, sends=True),
    Side("server", listens=True),
)
SIMULTANEOUS = Composition(
    "simultaneous",
    "two active openers (RFC 9293 Figure 7)",
    Side("A", connects=True),
    Side("B", connects=True),
)
LISTENERS = Composition(
    "listeners",
    "two that listen, and open themselves before or after (RFC 9293 Figure 11)",
    Side("A", connects=True, listens=True),
    Side("B", connects=True, listens=True),
)
CRASH = Composition(
    "crash",
    "a client that crashes and loses all memory, a server that sends (RFC 9293 Figures 9 and 10)",
    Side("client", connects=True, crashes=True),
    Side("server", listens=True, sends=True),
)
SERVER_CRASH = Composition(
    "server-crash",
    "a client that sends, a server that crashes and loses all memory (RFC 9293 §3.5.1)",
    Side("client", connects=True, sends=True),
    Side("server", listens=True, crashes=True),
)

COMPOSITIONS: dict[str, Composition] = {c.name: c for c in (CLIENT_SERVER, SIMULTANEOUS, LISTENERS, CRASH, SERVER_CRASH)}
"""The compositions by name, "" being a client and a server."""
