"""Endpoints: the variables of a TCB, and what an endpoint does in response to a segment, a call or a time-out.

The rules themselves are in :mod:`model.tcp.handshakes`, one for each state of RFC 9293. They are written for *an* endpoint, a
:class:`Tcb`, and say what it does with :class:`Response`; :mod:`model.tcp.handshakes.handshake` makes actions of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from model.notation.analysis import substitute
from model.notation.expr import FALSE, Expr, conj, disj, ite, lift, literal
from model.notation.protocol import Endpoint, Field, Reaction
from model.notation.sorts import BOOL, SEQ, Enum, Nat, NotationError, Relation, Sort, check_tuple
from model.notation.system import Happening, View, chosen_in_sequence
from model.tcp.segment import CTL, DATA, NO_COOKIE, Segment, spelt

STATE = Enum("State", ("CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED"))
"""The states of RFC 9293 §3.3.2 that opening a connection goes through."""
CLOSING_STATES = ("FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT")
"""Those that closing it goes through as well."""
WHOLE = Enum("State", (*STATE.members, *CLOSING_STATES))
"""The states of a connection that is closed in them."""
HAS_SENT_FIN = ("FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "LAST-ACK", "TIME-WAIT")
HAS_RECEIVED_FIN = ("CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT")
"""The states in which an endpoint has sent, and has received, a FIN: so no variable need say it."""
CLOSED_EARLY = ("FIN-WAIT-1", "CLOSING")
"""The states in which the SYN may not be acknowledged yet, where CLOSE came in SYN-RECEIVED."""
UNSYNCHRONIZED = ("CLOSED", "LISTEN", "SYN-SENT")


def synchronized(state: Expr) -> Expr:
    """Return whether it is one of the states of §3.10.7.4, in which an endpoint has the SYN of the other."""
    assert isinstance(state.sort, Enum)
    return disj(*(state == one for one in state.sort.members if one not in UNSYNCHRONIZED))


def is_one_of(state: Expr, names: tuple[str, ...]) -> Expr:
    """Return whether a state is one of these; an endpoint that does not close is in none that closing has."""
    assert isinstance(state.sort, Enum)
    return disj(*(state == one for one in names if one in state.sort.members))


class EventKind(Happening):
    """What can happen to the endpoint that plays a role, as TCP has it."""

    OPENS = "opens"  # an active OPEN: a new attempt, with the ISS that it has after the step
    ANSWERS = "answers"  # a listener creates a connection for a SYN, with the ISS that it has after the step
    ACCEPTS = "accepts"  # a segment is taken as part of the connection (not dropped, not answered with a reset)
    ESTABLISHES = "establishes", "established"  # the endpoint enters ESTABLISHED
    ENDS = "ends", "", "exists"  # the connection's TCB is deleted, for whatever reason (a return to LISTEN too)
    EXPIRES = "expires"  # a server that keeps nothing of its answers does not stand by those any more that it has given
    CRASHES = "crashes"  # its host crashes, and with it the connection ends


SEEN = ("established", "exists", "iss", "irs")
"""What claims see of an endpoint besides its state: whether it is ESTABLISHED, whether it has a TCB, and that TCB's ISNs."""
SPENDS = "spends"
"""And whether it has a TCB, where it may answer before that."""
SPENT = "spent"
"""And whether only a bound of the scope keeps it from answering, where there are such bounds."""

NUMBERS = ("iss", "irs", "snd_una", "snd_nxt", "rcv_nxt")
"""The sequence variables of a TCB (RFC 9293 §3.3.1). All are 0 where they have no meaning yet or any more."""

COUNTED = ("isns_chosen", "texts_sent")
"""What is counted of an endpoint because a scope bounds it."""
NOTED = ("isns", "isns_known", *COUNTED)
"""What is noted of an endpoint for the scope and the assumptions, and is no variable of the RFC's."""

TCB: Mapping[str, Sort] = {"state": STATE, **dict.fromkeys(NUMBERS, SEQ)}
"""The variables of every TCB, by sort."""

ISNS = Relation((("isn", SEQ),))
PASSIVE = "passive"
RETRANSMISSIONS = Nat(2**31 - 1)
"""How often a SYN is sent again: any number that the languages of other checkers have too."""
R2_SEARCHED = (0, 1, 2, 3)
"""The values of R2 that an explicit search chooses among; symbolic engines and proofs range over all."""


@dataclass(frozen=True, kw_only=True)
class Tcb(Endpoint):
    """The variables of one endpoint, as formulas over the state before the step.

    ``connects`` and ``listens`` say whether it may be opened actively and passively, ``crashes`` whether its host may crash,
    ``forgets`` whether that makes it forget which ISNs it used, ``accepts`` whether a listener remains where its connection
    ends, ``limited`` whether it sends its SYN again at most R2 times, ``closes`` whether its connection is closed by FINs,
    ``isn_choices`` are the ISNs of a search in the order in which they are chosen, ``text_limit`` is how often its user may
    send text and ``text_octets`` how many octets that has each time. ``ctl`` are the combinations of control bits that it
    can send, ``text`` the octets of text that a segment can have, ``cookies`` the sort of the Fast Open option.

    Besides the TCB of the RFC there are the variables with which ISNs are kept fresh and a scope is bounded: ``isns``, the set
    of those the endpoint ever used, ``isns_chosen``, how often it chose one, and ``texts_sent``. They outlive the TCB. An
    endpoint that forgets has ``isns_known`` as well, those of ``isns`` that it has not forgotten. One that is limited has
    ``r2``, which its user chooses with a passive OPEN, and ``retransmissions``, how often it sent its SYN again.
    """

    hosts: Enum
    connects: bool
    listens: bool
    isn_choices: tuple[int, ...]
    text_limit: int | None = 0
    text_octets: int = 1
    crashes: bool = False
    forgets: bool = False
    accepts: bool = False
    limited: bool = False
    closes: bool = False
    ctl: Enum = CTL
    text: Nat = DATA
    cookies: Enum | None = None

    @property
    def declared(self) -> tuple[Field, ...]:
        """The variables of its TCB, and those that outlive it; after them what a handshake adds."""
        state = Field("state", WHOLE if self.closes else STATE, "LISTEN" if self.accepts else "CLOSED")
        return (
            state,
            *(Field(number, SEQ, 0) for number in NUMBERS),
            *((Field(PASSIVE, BOOL, initial=False, outlives=True),) if self.connects and self.listens else ()),
            Field("isns", ISNS, frozenset(), outlives=True),
            *((Field("isns_known", ISNS, frozenset(), outlives=True),) if self.forgets else ()),
            *((Field("isns_chosen", Nat(len(self.isn_choices)), 0, outlives=True),) if self.isn_choices else ()),
            *((Field("texts_sent", Nat(self.text_limit), 0, outlives=True),) if self.text_limit else ()),
            *((Field("r2", RETRANSMISSIONS, 0, outlives=True),) if self.limited else ()),
            *((Field("retransmissions", RETRANSMISSIONS, 0),) if self.limited else ()),
            *self.fields,
        )

    @property
    def passive(self) -> Expr:
        """Whether it was opened passively: what an implementation has to keep track of (RFC 9293 §3.5, MUST-11).

        It is a variable of an endpoint that can be opened either way, and a constant of one that cannot.
        """
        return self.read(PASSIVE) if self.connects and self.listens else literal(self.listens, BOOL)

    @property
    def iss(self) -> Expr:
        """ISS, the initial send sequence number."""
        return self.read("iss")

    @property
    def irs(self) -> Expr:
        """IRS, the initial receive sequence number."""
        return self.read("irs")

    @property
    def snd_una(self) -> Expr:
        """SND.UNA, the oldest number sent and not acknowledged."""
        return self.read("snd_una")

    @property
    def snd_nxt(self) -> Expr:
        """SND.NXT, the next number to send."""
        return self.read("snd_nxt")

    @property
    def rcv_nxt(self) -> Expr:
        """RCV.NXT, the next number expected."""
        return self.read("rcv_nxt")

    @property
    def isns(self) -> Expr:
        """Every ISN that this endpoint used."""
        return self.read("isns")

    @property
    def isns_known(self) -> Expr:
        """Every ISN that this endpoint knows that it used."""
        return self.read("isns_known") if self.forgets else self.isns

    def using(self, isn: Expr) -> Mapping[str, Expr]:
        """Return, by name, what the sets of ISNs used become where one is chosen."""
        return {name: self.read(name).add(isn) for name in ("isns", "isns_known") if name in self.sorts}

    @property
    def isns_chosen(self) -> Expr:
        """How many ISNs this endpoint chose; 0 where nobody counts."""
        return self.read("isns_chosen") if self.isn_choices else literal(0, Nat(0))

    @property
    def texts_sent(self) -> Expr:
        """How often its user sent text, over all connections; 0 where it sends none, or nobody counts."""
        return self.read("texts_sent") if self.text_limit else literal(0, Nat(0))

    @property
    def sends_text(self) -> bool:
        """Whether its user ever sends text."""
        return self.text_limit is None or self.text_limit > 0

    @property
    def may_send_text(self) -> Expr:
        """Whether the user may send text once more, by the bounds of the scope."""
        return literal(True, BOOL) if self.text_limit is None else self.texts_sent < self.text_limit

    @property
    def sent_fin(self) -> Expr:
        """Whether it has sent its FIN, which then has the number before SND.NXT."""
        return is_one_of(self.state, HAS_SENT_FIN)

    @property
    def received_fin(self) -> Expr:
        """Whether it has received the other's FIN, so that nothing follows what it has."""
        return is_one_of(self.state, HAS_RECEIVED_FIN)

    @property
    def end_of_text(self) -> Expr:
        """The number after the last octet that its user has sent: that of its FIN, where it has sent that."""
        return ite(self.sent_fin, self.snd_nxt - 1, self.snd_nxt) if self.closes else self.snd_nxt

    def counted(self, *, isn: Expr | bool = False, text: Expr | bool = False) -> Mapping[str, Expr]:
        """Return, by name, what the counters of the scope become where an ISN is chosen, or text is sent."""
        counters = {"isns_chosen": (self.isns_chosen, isn), "texts_sent": (self.texts_sent, text)}
        return {
            name: ite(when, counter + 1, counter)
            for name, (counter, when) in counters.items()
            if name in self.sorts and when is not False
        }

    def view(self) -> View:
        """Return what claims see of the endpoint."""
        offered = range(len(set(self.isn_choices)), len(self.isn_choices) + 1)  # who chooses none twice may be left with some
        spent = (self.state == "LISTEN") & disj(*(self.isns_chosen == n for n in offered)) if self.isn_choices else FALSE
        numbers = {"iss": self.iss, "irs": self.irs}
        established = is_one_of(self.state, ("ESTABLISHED", "FIN-WAIT-2", "CLOSE-WAIT", "LAST-ACK", "TIME-WAIT"))
        if self.closes:  # who closes in SYN-RECEIVED comes to these before its SYN is acknowledged
            established |= is_one_of(self.state, CLOSED_EARLY) & (self.snd_una != self.iss)
        return View(self.state, established=established, exists=self.state != "CLOSED", **numbers, spent=spent)

    def segment(self, ctl: str, *, seq: Expr | int, ack: Expr | int = 0, data: Expr | int = 0) -> Segment:
        """Return a segment from this endpoint to its peer. ``ctl`` are its control bits, as "SYN,ACK", or "none"."""
        ctl = spelt(ctl)
        if ctl not in self.ctl.members:
            declare = f"write in the class of the handshake: ctl = ctl_with({ctl!r})"
            raise NotationError(f"no segment of this handshake has CTL={ctl}; {declare}", ctl)
        return Segment(
            source=literal(self.role, self.hosts),
            destination=literal(self.peer, self.hosts),
            seq=lift(seq, SEQ),
            ack=lift(ack, SEQ),
            ctl=literal(ctl, self.ctl),
            data=lift(data, self.text),
            cookie=None if self.cookies is None else literal(NO_COOKIE, self.cookies),
        )

    def acknowledgment(self) -> Segment:
        """Return ``<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>``."""
        return self.segment("ACK", seq=self.snd_nxt, ack=self.rcv_nxt)

    def reset_for(self, segment: Segment) -> Segment:
        """Return the reset that a segment with an ACK draws, ``<SEQ=SEG.ACK><CTL=RST>`` (RFC 9293 §3.5.2)."""
        return self.segment("RST", seq=segment.ack)

    def refusal_of(self, segment: Segment) -> Segment:
        """Return the reset that a segment without an ACK draws, ``<SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>`` (§3.5.2)."""
        return self.segment("RST,ACK", seq=0, ack=segment.end)


@dataclass(frozen=True)
class Response(Reaction):
    """What an endpoint of TCP's does in one atomic step, in the words of the RFC."""

    sends: tuple[Segment, ...] = ()
    continues: bool = False
    """Whether the next check has its turn after it (:func:`model.notation.cases.in_turn`). Otherwise it ends processing."""
    added: tuple[str, str] = ("", "")
    """How name and doc go on where it follows what has a name too, as ("with_data", " and the data with it.")."""
    state: str = ""
    """The state that it is for, where a rule is about several and they differ."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_tuple(f"what response {self.name!r} has as its sends", self.sends, Segment)

    def set(self, end: Endpoint, **values: object) -> Self:
        """Give variables of the endpoint, or of its host, new values."""
        state = values.get("state")
        if isinstance(state, str) and state in CLOSING_STATES and state not in end.state.sort.values():
            only = "connections are closed by FINs in the composition lifecycle only"
            raise NotationError(f"an endpoint is not in {state} here: {only}; write it under if tcb.closes", state)
        return super().set(end, **values)

    def then_set(self, tcb: Tcb, **values: Expr | str) -> Response:
        """Give variables new values, in which variables are read as the response has set them so far."""
        return self.set(tcb, **{name: self.after(v) if isinstance(v, Expr) else v for name, v in values.items()})

    def then_send(self, *segments: Segment) -> Response:
        """Send segments, in whose fields variables are read as the response has set them so far."""
        return self.send(*(Segment(*map(self.after, segment)) for segment in segments))

    def accept(self) -> Response:
        """Take the segment into the connection."""
        return self.event(EventKind.ACCEPTS)

    def establish(self, tcb: Tcb) -> Response:
        """Enter ESTABLISHED."""
        return self.set(tcb, state="ESTABLISHED").event(EventKind.ESTABLISHES)

    def end(self, tcb: Tcb, state: str = "CLOSED") -> Response:
        """Delete the TCB, or return it to LISTEN: either way the connection is over."""
        state = "LISTEN" if tcb.accepts else state
        return self.forget(tcb).opened(tcb, state, passive=state == "LISTEN").event(EventKind.ENDS)

    def opened(self, tcb: Tcb, state: str, *, passive: bool) -> Response:
        """Enter a state, and remember whether the endpoint was opened passively where it can be opened either way."""
        remembered = {PASSIVE: literal(passive, BOOL)} if PASSIVE in tcb.sorts else {}
        return self.set(tcb, state=state, **remembered)

    @property
    def idle(self) -> bool:
        """Whether it does nothing but to let the next check continue."""
        return self.continues and not (self.updates or self.sends or self.events or self.parameters) and self.when is True

    def after(self, e: Expr) -> Expr:
        """Return what a formula about the state is worth when the response has been given."""
        return substitute(e, self.updates)

    def then(self, other: Response) -> Response:
        """Return what does this and then the other, in one step.

        It is called by both; by the other alone where this has only noted numbers down, as an ACK that is taken does.
        """
        if self.idle or other.idle:
            return other if self.idle else self
        name, doc = other.name, other.doc
        enters = any(variable.endswith(".state") for variable in self.updates)
        if self.sends or enters or any(kind is not EventKind.ACCEPTS for kind in self.events):
            more, said = other.added if any(other.added) else (f"and_{name}", f", and {doc}")
            name, doc = f"{self.name}_{more}", f"{self.doc.removesuffix('.')}{said}"
        return replace(
            other,
            name=name,
            doc=doc,
            when=conj(self.when, self.after(lift(other.when, BOOL))),
            updates={**self.updates, **{variable: self.after(value) for variable, value in other.updates.items()}},
            sends=self.then_send(*other.sends).sends,
            events=tuple(dict.fromkeys((*self.events, *other.events))),
            parameters=chosen_in_sequence(self.parameters, other.parameters, self.after, f"{self.name} and {other.name}"),
            check=other.check or self.check,
            about={**self.about, **{kind: (self.after(x), self.after(y)) for kind, (x, y) in other.about.items()}},
            state=self.state or other.state,
        )


CONTINUE = Response("continues", "lets the next check continue.", continues=True)
"""What a check does that has nothing to do and leaves the segment to the next (:func:`model.notation.cases.in_turn`)."""


def continuing(name: str, doc: str, *added: str) -> Response:
    """Return a response after which the next check has its turn.

    Two texts may be ``added``: how name and doc go on where it follows what has a name too.
    """
    return Response(name, doc, continues=True, added=(added[0], added[1]) if added else ("", ""))
