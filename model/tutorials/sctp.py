"""Tutorial 4: SCTP's four-way handshake with its cookie (RFC 9260 §5.1): another protocol than TCP, in the same notation.

A server that answers an INIT keeps nothing of it: all that it would have to remember it puts into a State Cookie, which the
client echoes. So an old INIT, or a thousand of them, costs the server no memory. Each side has a verification tag, which every
packet to it has to carry. A tag is only ever compared with another: no formula can name one, but for zero, which means none.

    synproof check model/tutorials/sctp.py
    synproof check model/tutorials/sctp.py both-tags-are-agreed --engine bmc --max-depth 5
    synproof show model/tutorials/sctp.py server_answers_init
    synproof prove model/tutorials/sctp.py no-state-before-the-echo

A protocol says its endpoints and their variables, its segments, the kinds of its events, and for each state what a segment does
there. Left out: the cookie's MAC (nobody here can write one but the server) and its lifetime, collisions and restarts (§5.2),
and how an association is closed: each side forgets it when it likes.

Exercise: let the client not look at the verification tag of an INIT ACK. Which claim notices, and after how many steps?
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from model import (
    FALSE,
    TRUE,
    Cases,
    Endpoint,
    Enum,
    Expr,
    Field,
    Format,
    Happening,
    Parameter,
    Protocol,
    Reaction,
    Relation,
    Row,
    Token,
    Variable,
    View,
    choose,
    conj,
    first,
    ite,
)
from model.notation.protocol import Rule
from properties import Claim, Kind, Needs, Seen, Step, specify

HOST = Enum("Host", ("client", "server"))
STATE = Enum("State", ("CLOSED", "COOKIE-WAIT", "COOKIE-ECHOED", "ESTABLISHED"))
TYPE = Enum("Type", ("INIT", "INIT-ACK", "COOKIE-ECHO", "COOKIE-ACK"))
TAG = Token("Tag", 4, ("zero",))
TAGS, PAIRS = Relation((("tag", TAG),)), Relation((("own", TAG), ("other", TAG)))
TCB = (Field("state", STATE, "CLOSED"), Field("tag", TAG, "zero"), Field("peer_tag", TAG, "zero"))
USED = Field("used", TAGS, frozenset())
"""Every tag that was chosen, by whomever: tags are random, and so taken to be new (§5.3.1)."""
CELLS = ("tag", "new", "mine", "its")
"""The verification tag, the initiate tag, and the cookie: the tag of who made it, and that of the other."""
PACKETS = Relation(
    (("source", HOST), ("destination", HOST), ("type", TYPE), *((cell, TAG) for cell in CELLS)),
    Format("SCTP", silent=lambda told: [cell for cell in CELLS[1:] if told[cell] == "zero"]),
)


class Happens(Happening):
    """What can happen to an endpoint, and which part of its view shows it."""

    OPENS = "opens"
    ANSWERS = "answers an INIT"  # about the two tags that the cookie has, and nothing else
    ASSOCIATES = "is associated", "associated"
    ENDS = "ends", "", "exists"


class Peer(Endpoint):
    """An endpoint: what can be seen of it, and the packets that it sends."""

    def view(self) -> View:
        """Return whether it is associated, and whether it has anything of an association, a TCB."""
        return View(self.state, associated=self.state == "ESTABLISHED", exists=self.state != "CLOSED")

    def packet(
        self, chunk: str, tag: object, initiate: object = "zero", cookie: Iterable[object] = ("zero", "zero")
    ) -> Iterable[object]:
        """Return a packet to the other, with its verification ``tag``, an initiate tag and a cookie."""
        return (self.role, self.peer, chunk, tag, initiate, *cookie)

    def new_tag(self) -> tuple[Parameter, Expr, Expr]:
        """Return the choice of a tag, when it may be chosen, and all tags used then."""
        fresh, used = choose("own", TAG), self.read("used")
        return fresh, (fresh.value != "zero") & ~used.has(fresh.value), used.add(fresh.value)


class Sctp(Protocol[Peer, Row, Reaction]):
    """A client that opens, and a server that listens for ever."""

    name = "sctp"
    segments = PACKETS
    endpoints = tuple(Peer(me, it, TCB, "both", (USED,)) for me, it in (("client", "server"), ("server", "client")))

    def arriving(self, row: Row) -> Row:
        """Return a packet as it is."""
        return row

    def rules(self, end: Peer) -> Mapping[str, tuple[str, Rule[Peer, Row, Reaction]]]:
        """What a packet does; where no rule says it, the packet is none of theirs (§8.4)."""
        if end.role == "server":
            return {"CLOSED": ("§5.1", self.listening), "ESTABLISHED": ("§5.2.4", self.associated)}
        return {"COOKIE-WAIT": ("§5.1", self.cookie_wait), "COOKIE-ECHOED": ("§5.1", self.cookie_echoed)}

    def calls(self, end: Peer) -> Iterator[tuple[str, Expr, Reaction]]:
        """ASSOCIATE, the timers T1-init and T1-cookie, and the end of an association, of which nobody is told."""
        yield (
            "§9.1",
            end.state != "CLOSED",
            Reaction("ends", "gives up.").forget(end).set(end, state="CLOSED").event(Happens.ENDS),
        )
        if end.role == "server":
            return
        fresh, admissible, used = end.new_tag()
        opens = Reaction("opens", "sends INIT with a new tag.").choosing(fresh, when=admissible).set(end, used=used)
        opens = opens.set(end, state="COOKIE-WAIT", tag=fresh.value).send(end.packet("INIT", "zero", fresh.value))
        yield "§5.1", end.state == "CLOSED", opens.event(Happens.OPENS)
        again = Reaction("sends_init_again", "sends its INIT again.").send(end.packet("INIT", "zero", end.read("tag")))
        yield "§5.1", end.state == "COOKIE-WAIT", again

    def listening(self, end: Peer, packet: Row) -> Cases[Reaction]:
        """§5.1 B and D: an INIT is answered and forgotten; a cookie that comes back is all that a TCB is made of."""
        fresh, admissible, used = end.new_tag()
        answers = Reaction("answers_init", "answers an INIT with a cookie, and keeps nothing of it.")
        answers = answers.send(end.packet("INIT-ACK", packet.new, fresh.value, (fresh.value, packet.new)))
        answers = (
            answers.choosing(fresh, when=admissible).set(end, used=used).event(Happens.ANSWERS, about=(fresh.value, packet.new))
        )
        accepts = Reaction("takes_cookie", "makes a TCB of the cookie, and is ESTABLISHED.").event(Happens.ASSOCIATES)
        accepts = accepts.set(end, state="ESTABLISHED", tag=packet.mine, peer_tag=packet.its)
        accepts = accepts.send(end.packet("COOKIE-ACK", packet.its))
        valid = (packet.type == "COOKIE-ECHO") & (packet.tag == packet.mine)
        return first(packet.type == "INIT", answers).otherwise(valid, accepts)

    def associated(self, end: Peer, packet: Row) -> Cases[Reaction]:
        """§5.2.4 D: the cookie of this very association has come twice; its COOKIE ACK was lost."""
        same = conj(packet.type == "COOKIE-ECHO", packet.mine == end.read("tag"), packet.its == end.read("peer_tag"))
        again = Reaction("acknowledges_again", "acknowledges its cookie again.")
        return first(same, again.send(end.packet("COOKIE-ACK", end.read("peer_tag"))))

    def cookie_wait(self, end: Peer, packet: Row) -> Cases[Reaction]:
        """§5.1 C: the cookie is echoed as it is. A packet with another verification tag is dropped (§8.5)."""
        mine = (packet.type == "INIT-ACK") & (packet.tag == end.read("tag"))
        echoes = Reaction("echoes_cookie", "echoes the cookie.").set(end, state="COOKIE-ECHOED", peer_tag=packet.new)
        echo = end.packet("COOKIE-ECHO", packet.new, cookie=(packet.mine, packet.its))
        return first(mine, echoes.send(echo))

    def cookie_echoed(self, end: Peer, packet: Row) -> Cases[Reaction]:
        """§5.1 E: the COOKIE ACK with its own tag makes the association."""
        mine = (packet.type == "COOKIE-ACK") & (packet.tag == end.read("tag"))
        associates = Reaction("takes_cookie_ack", "is ESTABLISHED.").set(end, state="ESTABLISHED")
        return first(mine, associates.event(Happens.ASSOCIATES))


CLIENT, SERVER = Sctp.endpoints


def stale(step: Step) -> Seen:
    """Remember the tags with which the server answered an INIT whose attempt had ended."""
    answer = step.event(Happens.ANSWERS, "server")
    if answer is None:
        return Seen(step["stale"].has(step.after(SERVER.read("tag"))) if step.does(Happens.ASSOCIATES, "server") else FALSE)
    ended = CLIENT.read("tag") != answer.y
    step.set("stale", ite(ended, step["stale"].add(answer.x), step["stale"]))
    return Seen(trigger=ended)


def stateless(step: Step) -> Seen:
    """Look for a server that has something of an association, and got it otherwise than by a COOKIE ECHO."""
    nothing = conj(SERVER.state == "CLOSED", SERVER.read("tag") == "zero", SERVER.read("peer_tag") == "zero")
    packet = step.received_row
    echo = packet.type == "COOKIE-ECHO" if packet is not None else FALSE
    return Seen(nothing & ~step.after(nothing) & ~echo, TRUE if step.does(Happens.ANSWERS, "server") else FALSE)


def agreed(step: Step) -> Seen:
    """Remember the tags with which the server was associated."""
    if step.does(Happens.ASSOCIATES, "server"):
        step.set("made", step["made"].add(step.after(SERVER.read("tag")), step.after(SERVER.read("peer_tag"))))
    if not step.does(Happens.ASSOCIATES, "client"):
        return Seen()
    return Seen(~step["made"].has(CLIENT.read("peer_tag"), CLIENT.read("tag")), TRUE)


CLAIMS = (
    Claim(
        "no-association-from-a-stale-init",
        Kind.SAFETY,
        brief="no cookie for a stale INIT comes back",
        statement="The server is never associated by a cookie that it made for an INIT whose attempt had ended.",
        formula="G (server is associated => the attempt of the INIT lived when its cookie was made)",
        why="An old INIT must not start an association: only the client can tell, by its verification tag.",
        when_stopped="the server was associated for an attempt that had ended before its INIT arrived",
        trigger="a stale INIT was answered",
        roles=("client", "server"),
        watch=stale,
        observers=(Variable("stale", TAGS, frozenset()),),
        needs=Needs(events=(Happens.ANSWERS, Happens.ASSOCIATES)),
    ),
    Claim(
        "no-state-before-the-echo",
        Kind.SAFETY,
        brief="an INIT costs the server no memory",
        statement="A server that has nothing of an association gets something of one only by a COOKIE ECHO.",
        formula="G (server has no TCB & has one after the step => a COOKIE ECHO was received)",
        why="Who answers INITs from anybody with a TCB has none left for who is there (RFC 9260 §5.1.3, RFC 4987 for TCP).",
        when_stopped="the server made a TCB, and no cookie had come back",
        trigger="an INIT was answered",
        roles=("client", "server"),
        watch=stateless,
        needs=Needs(events=(Happens.ANSWERS,)),
    ),
    Claim(
        "both-tags-are-agreed",
        Kind.SAFETY,
        brief="the server had the client's pair of tags",
        statement="When the client is associated, the server was associated with the same two tags before.",
        formula="G (client is associated with (x, y) => O (server is associated with (y, x)))",
        why="Each side drops what does not carry its tag: two that do not agree about them do not hear each other.",
        when_stopped="the client was associated, and the server never had been with its tags",
        trigger="the client was associated",
        roles=("client", "server"),
        watch=agreed,
        observers=(Variable("made", PAIRS, frozenset()),),
        needs=Needs(events=(Happens.ASSOCIATES,)),
    ),
)
SCTP = specify(
    Sctp().system(), CLAIMS, dict.fromkeys((claim.name for claim in CLAIMS), "holds"), "the handshake of SCTP, RFC 9260"
)
