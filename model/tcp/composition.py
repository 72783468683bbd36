"""Compositions: which endpoints the rules of a handshake are put together for.

The rules say what *an* endpoint does. A client and a server, two that open at once, two that listen, and a host that crashes
are the same rules for endpoints that are opened differently: RFC 9293 §3.5 has a figure for each. Several connections of one
server are the same rules once more for each port: a connection is known by its pair of sockets (§3.3.2), so that what belongs
to one port neither reads nor writes what belongs to another. All that they share is the host's table of TCBs, where that has
fewer slots than there are ports.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from model.notation.sorts import NotationError, meant, nearest
from model.tcp.attackers import ATTACKER, ATTACKERS, FLOODS, INFERS, OFF_PATH, REPLAY, Attacker


@dataclass(frozen=True, slots=True)
class Side:
    """What happens to an endpoint from outside: how its user may open it, whether the user sends data, whether it crashes.

    One that both ``connects`` and ``listens`` is opened now this way, now that. One that ``accepts`` belongs to a process that
    listens for as long as its host runs, so that there is a listener again where a connection has ended (the LISTEN of
    RFC 9293 §3.10.1 with an unspecified remote socket). One that is ``limited`` sends its SYN again at most R2 times, R2 being
    any number (§3.8.3, MUST-20). One that ``closes`` does so by FINs (§3.6), and not in one step with the other.
    """

    role: str
    connects: bool = False
    listens: bool = False
    sends: bool = False
    crashes: bool = False
    accepts: bool = False
    limited: bool = False
    closes: bool = False
    host: str = ""
    """What its host is called where it has several endpoints, "" where it is called like the one."""

    def on(self, port: int) -> Side:
        """Return the endpoint of the same kind on a port."""
        return replace(self, role=f"{self.role}{port}", host=self.role)


@dataclass(frozen=True, slots=True)
class Composition:
    """Two endpoints, drawn left and right. ``name`` follows the handshake's after a slash; a client and a server have none.

    Where there are several ``ports``, there are two for each of them; the table of the server's host then has so many ``slots``
    for TCBs. ``family`` is what the compositions of any number of ports have in common. An ``attacker`` may be between them.
    """

    name: str
    summary: str
    left: Side
    right: Side
    ports: int = 1
    slots: int = 1
    family: str = ""
    attacker: Attacker | None = None
    like: str = ""
    """The family whose claims are asked of it besides its own, where an attacker comes to what has endpoints of its own."""
    besides: tuple[str, ...] = ()
    """The addresses of those who are no endpoints here, and whose segments are."""
    secret: str = ""
    """What two runs differ in, "" where there is one run."""

    def __post_init__(self) -> None:
        if not self.family:
            object.__setattr__(self, "family", self.name)

    @property
    def families(self) -> tuple[str, ...]:
        """Whose claims are asked of it: its own family's, and those of what an attacker comes to."""
        return (self.family, self.like) if self.like else (self.family,)

    @property
    def pairs(self) -> tuple[tuple[Side, Side], ...]:
        """The endpoints of each port, from left to right."""
        if self.ports == 1:
            return ((self.left, self.right),)
        return tuple((self.left.on(port), self.right.on(port)) for port in range(1, self.ports + 1))

    @property
    def sides(self) -> tuple[Side, ...]:
        """All endpoints, port by port, from left to right."""
        return tuple(side for pair in self.pairs for side in pair)

    @property
    def roles(self) -> tuple[str, ...]:
        """The names of all endpoints."""
        return tuple(side.role for side in self.sides)

    @property
    def hosts(self) -> tuple[str, ...]:
        """From where segments come, and where they go."""
        return (*self.roles, *self.besides)

    @property
    def symmetric(self) -> bool:
        """Whether both endpoints are opened alike."""
        return (self.left.connects, self.left.listens) == (self.right.connects, self.right.listens)

    @property
    def closes(self) -> bool:
        """Whether connections are closed by FINs."""
        return self.left.closes or self.right.closes

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

PORTS, SLOTS, R2 = "ports", "slots", "r2"
MOST_PORTS = 8
"""The most ports that can be asked for; far more than any search here gets through."""


def several_ports(ports: int, slots: int | None = None, *, closes: bool = False) -> Composition:
    """Return the composition of a client on each of so many ports, and a server that listens as long as its host runs.

    Its table has ``slots`` for TCBs, by default one for each port. Where it ``closes``, connections are closed by FINs.
    """
    slots = ports if slots is None else slots
    clients = "a client" if ports == 1 else f"a client on each of {ports} ports"
    tcbs = "1 TCB" if slots == 1 else f"{slots} TCBs"
    return Composition(
        f"{PORTS}-{ports}" + (f"-{SLOTS}-{slots}" if slots < ports else "") + (f"-{LIFECYCLE.name}" if closes else ""),
        f"{clients}, a server that goes on listening"
        + (f" and has {tcbs} at most" if slots < ports else "")
        + ("; connections are closed by FINs" if closes else ""),
        Side("client", connects=True, sends=True, closes=closes),
        Side("server", listens=True, accepts=True, closes=closes),
        ports,
        slots,
        PORTS,
    )


LIMITED = Composition(
    R2,
    "a server that sends its SYN again at most R2 times, whatever R2 is (RFC 9293 §3.8.3)",
    Side("client", connects=True, sends=True),
    Side("server", listens=True, limited=True),
)

LIFECYCLE = Composition(
    "lifecycle",
    "a connection from its opening to its end: both send, and close it by FINs (RFC 9293 §3.6)",
    Side("client", connects=True, sends=True, closes=True),
    Side("server", listens=True, sends=True, closes=True),
)

LIFECYCLE_CRASH = replace(
    LIFECYCLE,
    name="lifecycle-crash",
    summary="as lifecycle, with a client that crashes and loses all memory (RFC 9293 §3.4.3, §3.5.1)",
    left=replace(LIFECYCLE.left, crashes=True),
)


def attacked(attacker: Attacker, between: Composition | None = None) -> Composition:
    """Return the composition of a client, a server that goes on listening, and an attacker between them.

    Where the attacker is ``between`` the endpoints of another composition, it is that with the attacker, in a small scope.
    """
    if between is not None:
        return replace(
            between,
            name=f"{between.name}-{attacker.name}",
            family=f"{between.name}-{attacker.name}",
            summary=f"{between.summary}; and {attacker.summary}",
            like=between.name,
            attacker=replace(attacker, scope=ATTACKED_SCOPE),
        )
    return Composition(
        attacker.name,
        f"a client, a server that goes on listening, and {attacker.summary}",
        Side("client", connects=True, sends=True),
        Side("server", listens=True, accepts=True),
        attacker=attacker,
    )


def flooded(attacker: Attacker, slots: int) -> Composition:
    """Return the composition of a client, a server whose table has so many ``slots``, and a flood of SYNs from elsewhere.

    What the flood takes of the table is counted (:mod:`model.tcp.handshakes.flooding`); it has as many addresses as it likes.
    """
    composition = replace(attacked(attacker), besides=(ATTACKER,))
    if slots == FLOODED_SLOTS:
        return replace(composition, slots=slots)
    summary = f"{composition.summary}; the server has {'1 place' if slots == 1 else f'{slots} places'}"
    return replace(composition, name=f"{attacker.name}-{SLOTS}-{slots}", summary=summary, slots=slots)


FLOODED_SLOTS = 2
"""How many places the server's table has under a flood where it is not said: the fewest among which one is the oldest."""

ATTACKED_SCOPE = "small"
"""What is searched of endpoints that close, or open at once, where there is an attacker between them and no scope is named."""

BESIEGED: dict[str, dict[str, Composition]] = {
    between.name: {attacker.name: attacked(attacker, between) for attacker in (REPLAY, OFF_PATH)}
    for between in (LIFECYCLE, SIMULTANEOUS)
}
"""The compositions of others than a client and a server that opens, by their names, with who repeats and with who sees nothing.

Who sees the numbers has nothing to show there that it has not where there is less.
"""

ATTACKED: dict[str, Composition] = {
    **{name: attacked(attacker) for name, attacker in ATTACKERS.items()},
    **{name: flooded(attacker, FLOODED_SLOTS) for name, attacker in FLOODS.items()},
}
"""The compositions with an attacker, by its name."""

CLIENT = "client"
RUNS, NUMBERED = ("without", "with"), ("first", "second")
"""Two runs of one server: without a connection of somebody else and with it, and two in which that has other numbers."""
OF_CONNECTION, OF_SEQ, OF_ACK = "connection", "seq", "ack"
"""What can be secret of a client: whether it is connected, its ISN, or the ISN that the server has for it."""


def inferred(secret: str, differ: str, *, slots: int = 2) -> Composition:
    """Return the composition of two runs that ``differ`` in what is secret, and an attacker that has one address of two.

    Where the server's host has fewer ``slots`` than there are addresses, their connections share what table it has.
    """
    runs, family = (RUNS, INFERS.name) if secret == OF_CONNECTION else (NUMBERED, f"{INFERS.name}-{secret}")
    places = "" if slots == len((CLIENT, ATTACKER)) else "; the server has 1 place"
    return Composition(
        f"{family}-{SLOTS}-{slots}" if places else family,
        f"two runs that differ in {differ}, and {INFERS.summary}{places}",
        Side(runs[0], listens=True, accepts=True),
        Side(runs[1], listens=True, accepts=True),
        slots=slots,
        attacker=INFERS,
        besides=(*(f"{run}.{CLIENT}" for run in runs), CLIENT, ATTACKER, *(f"{CLIENT}.{run}" for run in NUMBERED)),
        secret=secret,
    )


INFERENCE = inferred(OF_CONNECTION, "whether a client connects")
INFERENCE_FULL = inferred(OF_CONNECTION, "whether a client connects", slots=1)
INFERENCE_SEQ = inferred(OF_SEQ, "the ISN of a client that connects")
INFERENCE_ACK = inferred(OF_ACK, "the ISN that the server has for a client that connects")
TWO_RUNS: dict[str, Composition] = {c.name: c for c in (INFERENCE, INFERENCE_FULL, INFERENCE_SEQ, INFERENCE_ACK)}
"""The compositions of two runs, by name."""

_BESIEGED = tuple(composition for by_attacker in BESIEGED.values() for composition in by_attacker.values())

MORE = (LIMITED, LIFECYCLE, LIFECYCLE_CRASH, *ATTACKED.values(), *_BESIEGED, *TWO_RUNS.values())
"""Compositions that not every handshake is shown in."""

FAMILIES = (
    *COMPOSITIONS,
    PORTS,
    R2,
    LIFECYCLE.name,
    *ATTACKED,
    *(composition.name for composition in _BESIEGED),
    *TWO_RUNS,
)
"""What expectations and claims can be limited to."""


def composition_named(name: str) -> Composition:
    """Return the composition of that name, which may be ``ports-N``, ``ports-N-slots-M`` with M below N, or a lifecycle of it.

    It may be ``flood-slots-N`` as well, or that of another flood.

    Raise :class:`NotationError` with the nearest where there is none.
    """
    numbers = [(ports, slots) for ports in range(1, MOST_PORTS + 1) for slots in range(1, ports + 1)]
    several = [several_ports(*number, closes=closes) for number in numbers for closes in (False, True)]
    several += [flooded(attacker, slots) for attacker in FLOODS.values() for slots in range(1 + attacker.slow, MOST_PORTS + 1)]
    known = {**COMPOSITIONS, **{composition.name: composition for composition in (*several, *MORE)}}
    if name not in known:
        numbered = {PORTS: "N", SLOTS: "M"}
        kinds = dict.fromkeys(
            re.sub(rf"({PORTS}|{SLOTS})-\d+", lambda m: f"{m[1]}-{numbered[m[1]]}", each) for each in known if each
        )
        raise NotationError(f"there is no composition {name!r}; {meant(name, tuple(known)) or nearest(name, tuple(kinds))}")
    return known[name]
