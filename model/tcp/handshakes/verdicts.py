"""The verdicts that the handshakes declare of claims: in which compositions and scopes, and under which assumptions.

The first that covers a claim counts, so that exceptions come before the general case. A verdict that is found and was declared
otherwise is a surprise, and loud. What is declared of the long run is in :mod:`model.tcp.handshakes.liveness`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from model.notation.sorts import MODULUS
from model.tcp.attackers import ATTACKERS, FLOOD, FLOOD_ANSWERING, FLOOD_SLOW, FLOODS, OFF_PATH, ON_PATH, REPLAY
from model.tcp.composition import BESIEGED, COMPOSITIONS, INFERENCE_FULL, LIFECYCLE, PORTS, R2, TWO_RUNS
from model.tcp.handshakes import liveness
from model.tcp.handshakes.handshake import Expectation, expect
from model.tcp.scope import Scope

ASYMMETRIC, SYMMETRIC = ("", "crash", "server-crash"), ("simultaneous", "listeners")
SAFE = (
    *("no-stale-establishment", "isn-acknowledged", "isn-paired", "numbering", "connection-possible"),
    *("half-open-is-dropped", "reset-is-meant", "old-syn-drops-nothing"),
)
OF_ATTEMPTS = (
    *("served-is-not-refused", "refused-is-told", "reset-draws-nothing", "acks-where-due"),
    *("reset-frees-the-tcb", "half-open-can-time-out"),
)
ONE_ARRIVAL = (
    *("reset-without-connection", "reset-draws-no-reset", "ack-ends-nothing", "wrong-ack-is-reset"),
    *OF_ATTEMPTS,
)
"""Claims about what a single segment does: they hold by the rule that it meets, whatever numbers there are."""
FOR_THIS = "reset-is-for-this-attempt"
TEXTBOOK = ("agreement", "one-connection-per-attempt", "client-agreement", "history-is-reset")
REUSED = (
    *("isn-paired", "no-stale-establishment", "one-connection-per-attempt", "agreement", "history-is-reset"),
    "reset-is-meant",
    FOR_THIS,
)
"""Claims that fail where an ISN is used again."""
MISNUMBERED = "acknowledged-was-received"
"""It fails there as well: text of the attempt before is taken for this one's, and the server expects what nobody has sent."""
SAFE_ANYWHERE = (
    *("refusal-is-believed", "abort-is-announced", "text-is-acknowledged", "numbers-only-grow"),
    *("acknowledged-was-received", "isn-is-not-reused"),
)
"""Claims that hold under every check of SEG.SEQ and wherever ISNs lie, as long as none is used again."""
NEVER_ALONE = ("no-stale-establishment", "agreement", "one-connection-per-attempt", "established-together")

BY_NUMBER = ("close-is-agreed", "no-data-after-end", "fin-is-numbered")
THIS_CONNECTION = ("no-octet-from-the-dead", "octets-in-order", "time-wait-protects")
"""Claims that fail where something of another connection is taken."""

HAZARDS = ("old-data-is-not-taken", "old-acks-confirm-nothing", "old-segments-end-nothing")
"""Those of RFC 1337."""


UNREAD, RETURNED = "closing-loses-nothing", "time-wait-is-returned-to"


def any_scope(_: Scope) -> bool:
    """Whatever the scope allows."""
    return True


def with_text(scope: Scope) -> bool:
    """Somebody sends text."""
    return scope.data > 0


def one_connection(scope: Scope) -> bool:
    """The client opens once, and the server answers once."""
    return scope.attempts == scope.answers == 1


def side_by_side(scope: Scope) -> bool:
    """One side's ISN is the next number after another of its ISNs."""
    return scope.decides and scope.gap == 1


def zero_follows_an_answer(scope: Scope) -> bool:
    """The client may expect the number 0: after the server's SYN, or after its text."""
    text = (0, scope.octets) if scope.data else (0,)
    return any((isn + 1 + octets) % MODULUS == 0 for isn in scope.server_isns for octets in text)


OF_CLOSING: tuple[Expectation, ...] = (
    # A SYN to a closed host draws a RST with SEQ=0, which is in order where the host then answers with an ISN of 2^32-1.
    expect(
        *("violated", "time-wait-protects", "old-segments-end-nothing"),
        within=(LIFECYCLE.name,),
        scopes=zero_follows_an_answer,
        closed_host=("resets",),
    ),
    expect("violated", UNREAD, within=(LIFECYCLE.name,), scopes=with_text, seq_check=("exact",), half_duplex=(True,)),
    expect("holds", UNREAD, within=(LIFECYCLE.name,), scopes=with_text, neighbours=False, seq_check=("exact",)),
    expect("holds", RETURNED, within=(LIFECYCLE.name,), scopes=any_scope, seq_check=("exact",), new_syn=("returns",)),
    # An old segment in TIME-WAIT draws an ACK, the ACK a RST, and the RST ends TIME-WAIT: its assassination (RFC 1337).
    expect(
        *("violated", *HAZARDS),
        within=(LIFECYCLE.name,),
        scopes=side_by_side,
        seq_check=("exact",),
        rfc1337=(False,),
        new_syn=("challenged",),
    ),
    expect(
        *("holds", *HAZARDS),
        within=(LIFECYCLE.name,),
        neighbours=True,
        seq_check=("exact",),
        time_wait=("2msl",),
        rfc1337=(True,),
        new_syn=("challenged", "reopens"),
        close_early=(False,),
    ),
    expect("holds", *HAZARDS, within=(LIFECYCLE.name,), neighbours=False, seq_check=("exact",), new_syn=("challenged",)),
    # CLOSE in SYN-RECEIVED leads to FIN-WAIT-1, where an ACK of something else does not draw a RST: an old octet, or FIN, to
    # which a stale SYN leads the way comes in without any handshake.
    expect("violated", *THIS_CONNECTION, within=(LIFECYCLE.name,), close_early=(True,), neighbours=False, seq_check=("exact",)),
    # An old SYN, answered by who listens again, and what was sent in the same connection after it, where its ACK passes.
    expect("violated", *THIS_CONNECTION, "close-is-agreed", within=(LIFECYCLE.name,), neighbours=True, seq_check=("exact",)),
    expect("holds", *THIS_CONNECTION, *BY_NUMBER, within=(LIFECYCLE.name,), neighbours=False, seq_check=("exact",)),
    expect("holds", *BY_NUMBER[1:], within=(LIFECYCLE.name,), neighbours=True, seq_check=("exact",)),
)

ASSASSINATION = "time-wait-is-not-reset"
AGAINST_LIFE = tuple(composition.name for composition in BESIEGED[LIFECYCLE.name].values())

FORGED_CONNECTION, ROUTABILITY, ASKED_FOR = "no-forged-connection", "return-routability", "lost-ack-is-asked-for"
REPLAYED, UNPROVED, EXPIRED = "no-replayed-request", "served-has-received", "no-expired-connection"
SERVED = (REPLAYED, UNPROVED)
FORGED_DATA = "no-forged-data"
FORGERIES = (FORGED_CONNECTION, "no-forged-reset", FORGED_DATA)

BY_ANYBODY = expect(
    "violated", FORGED_CONNECTION, within=AGAINST_LIFE[1:], scopes=one_connection, seq_check=("exact",), guesses=(0,)
)
"""Who sees nothing is connected where a SYN is enough, as it is to a connection that is closed later."""

OF_CLOSING_UNDER_ATTACK: tuple[Expectation, ...] = (
    # An old segment, or one with any numbers, draws an ACK, the ACK a RST, and the RST ends TIME-WAIT.
    expect("violated", ASSASSINATION, within=AGAINST_LIFE, scopes=any_scope, seq_check=("exact",), rfc1337=(False,)),
    expect("holds", ASSASSINATION, within=AGAINST_LIFE, scopes=any_scope, seq_check=("exact",), rfc1337=(True,)),
    # Who keeps segments for longer than TIME-WAIT lasts need not end it.
    expect("violated", *HAZARDS[2:], within=AGAINST_LIFE[:1], scopes=side_by_side, seq_check=("exact",), close_early=(False,)),
    expect("holds", *FORGERIES, within=AGAINST_LIFE, scopes=one_connection, seq_check=("exact",), guesses=(0,)),
)
INFERRED, NUMBER = "nothing-inferred", "no-number-inferred"
BLIND = (REPLAY.name, OFF_PATH.name)


def under_attack(*fall: str) -> tuple[Expectation, ...]:
    """Return what is declared of attackers, where claims ``fall`` to those who see and guess nothing, or only repeat.

    The others hold against these. Who sees the numbers forges whatever there is, and what is no matter of numbers is as before.
    """
    exactly, kept = partial(expect, guesses=(0,), seq_check=("exact",)), (ROUTABILITY, ASKED_FOR)
    twice = set(fall) & set(SERVED)  # these take a second answer
    return (
        exactly("violated", *(set(fall) - twice), within=tuple(ATTACKERS), answers=1),
        exactly("violated", *twice, within=tuple(ATTACKERS)),
        exactly("violated", *FORGERIES, within=(ON_PATH.name,), answers=1, neighbours=False),
        exactly("holds", *FORGERIES, *kept, *SERVED, within=BLIND, neighbours=False, zero=False),
        exactly("holds", *kept, within=(ON_PATH.name,), answers=1, neighbours=False, zero=False),
        # A place that a client has is none for who comes after it.
        exactly("violated", INFERRED, within=(INFERENCE_FULL.name,), answers=1),
        exactly("holds", INFERRED, NUMBER, within=tuple(TWO_RUNS), answers=1),
    )


PLACE, CONNECTED, KEEPS = "flood-takes-no-place", "flood-is-not-connected", "client-keeps-its-place"
GETS_IN, BY_CHANCE = "client-gets-in", "client-gets-in-by-chance"
OF_FLOODS = (PLACE, CONNECTED, KEEPS, GETS_IN, BY_CHANCE)
"""What defences differ in."""


def one_client(scope: Scope) -> bool:
    """A client opens once and has text to send, and there is an answer left where its first one is dropped."""
    return scope.attempts == 1 < scope.answers and scope.data > 0


def flooded(
    *fall: str, slow: tuple[str, ...] | None = None, routes: bool = False, asks: bool = True
) -> tuple[Expectation, ...]:
    """Return what is declared of floods, where claims ``fall`` to one from addresses that do not answer.

    ``slow`` are those that fall to a slow one, where they differ. Addresses that answer come to be connected everywhere, and
    fill the table with connections that nothing drops. ``routes`` says whether a TCB is made for none but who has received
    something, and ``asks`` whether a lost ACK is asked for.
    """
    exactly = partial(expect, seq_check=("exact",), scopes=one_client, neighbours=False)
    each = {
        FLOOD: fall,
        FLOOD_SLOW: fall if slow is None else slow,
        FLOOD_ANSWERING: (PLACE, CONNECTED, GETS_IN, BY_CHANCE, *fall),
    }
    kept = {ROUTABILITY: routes, ASKED_FOR: asks}
    return (
        exactly("holds", "backlog-is-bounded", "flood-ends-no-connection", within=tuple(FLOODS)),
        *(exactly("violated", *some, within=(flood.name,)) for flood, some in each.items()),
        exactly("holds", *OF_FLOODS, within=tuple(FLOODS), loss=(True,), duplication=(True,)),
        *(exactly("holds" if holds else "violated", claim, within=tuple(FLOODS)) for claim, holds in kept.items()),
    )


OF_THREE_WAY: tuple[Expectation, ...] = (
    # A silent host tells nobody. With adjacent ISNs an ACK of the old attempt's octet passes for one of the new SYN.
    expect("violated", "half-open-is-dropped", within=tuple(COMPOSITIONS), closed_host=("silent",)),
    expect("violated", "half-open-is-dropped", within=("", "server-crash"), neighbours=True),
    # The RST with which an attempt was aborted after its octet has the number that the next one's server expects.
    expect("violated", "reset-is-meant", FOR_THIS, within=("", "server-crash"), neighbours=True),
    # The RST of a closed host has SEQ=0 whatever it answers, and 0 is what is expected after a SYN of 2^32-1.
    expect("violated", "reset-is-meant", within=tuple(COMPOSITIONS), zero=True, closed_host=("resets",)),
    # In SYN-RECEIVED it is one for an earlier bare SYN, which only peers send.
    expect("violated", FOR_THIS, within=SYMMETRIC, zero=True, closed_host=("resets",)),
    # RFC 793: an old SYN or RST in the window ends what it hits.
    expect("violated", "reset-is-meant", within=ASYMMETRIC, seq_check=("none",), rfc5961=(False,)),
    expect("violated", FOR_THIS, within=tuple(COMPOSITIONS), seq_check=("none",), rfc5961=(False,)),
    expect(
        "violated",
        "reset-is-meant",
        FOR_THIS,
        within=tuple(COMPOSITIONS),
        back=True,
        seq_check=("window",),
        rfc5961=(False,),
    ),
    # A listener falls back on an old SYN in its window, and RFC 5961 does not help there.
    expect("violated", "old-syn-drops-nothing", within=ASYMMETRIC, seq_check=("none",)),
    expect("violated", "old-syn-drops-nothing", within=(*ASYMMETRIC, "listeners"), back=True, seq_check=("window",)),
    expect("violated", "old-syn-drops-nothing", within=SYMMETRIC, back=True, seq_check=("window",), rfc5961=(False,)),
    # SYN(x) of an ended attempt, met in SYN-SENT; then the ACK with which the live attempt answers a duplicate: it has the
    # right SEG.ACK, and lies in the window of x. Only the exact check ties it to the SYN that was met.
    expect("violated", "no-stale-establishment", within=SYMMETRIC, neighbours=False, seq_check=("window",)),
    # A's old ACK lies in the window of what B has met since, and A has met an old SYN of B's: each is in another connection.
    expect("violated", "isn-paired", within=SYMMETRIC, seq_check=("window",), scopes=lambda scope: scope.crosses),
    # RFC 793 has the survivor reset a SYN in its window and abort at once, so that there is no ACK for Figure 9.
    expect("violated", "figure-9", within=("crash",), seq_check=("none",), rfc5961=(False,)),
    expect("violated", "figure-9", within=("crash",), back=False, seq_check=("window",), rfc5961=(False,)),
    # Where the server sends data as well, its ACK and its octet have the numbers of the next answer's SYN.
    expect("violated", "no-stale-establishment", "agreement", "isn-paired", within=("crash",), neighbours=True),
    expect("violated", "one-connection-per-attempt", "reset-is-meant", within=("crash",), neighbours=True),
    expect("holds", *SAFE, *TEXTBOOK, "figure-6", "figure-8"),
    expect("holds", *SAFE, *TEXTBOOK, "figure-8", "figure-9", "figure-10", within=("crash",), neighbours=False),
    expect("holds", *SAFE, *TEXTBOOK, "figure-8", within=("server-crash",)),
    expect("holds", *SAFE, "figure-7", "figure-11", within=SYMMETRIC, neighbours=False, seq_check=("exact", "window")),
    expect("violated", "established-together", within=ASYMMETRIC),
    expect("holds", FOR_THIS, within=tuple(COMPOSITIONS)),
    expect(
        "holds",
        *ONE_ARRIVAL,
        within=tuple(COMPOSITIONS),
        isn=("fresh", "clock", "arbitrary"),
        abort_established=(True, False),
        quiet_time=(True, False),
    ),
    # What a stale SYN costs the server is a half-open connection, and that not for ever.
    expect("holds", "no-wasted-connections", within=(PORTS,), answers=1),
    expect("holds", "half-open-gives-up", within=(R2,)),
    expect("holds", *OF_ATTEMPTS, within=(R2, PORTS)),
    # An ISN that is used again, by chance or after a crash without a quiet time: old segments pass for new ones.
    expect(
        *("violated", *REUSED, MISNUMBERED),
        isn=("arbitrary",),
        neighbours=False,
        zero=False,
        seq_check=("exact",),
        closed_host=("resets",),
    ),
    expect(
        *("violated", *REUSED[:3], MISNUMBERED),
        within=("crash",),
        quiet_time=(False,),
        neighbours=False,
        seq_check=("exact",),
    ),
    expect("violated", FOR_THIS, within=("crash",), quiet_time=(False,), neighbours=False, closed_host=("resets",)),
    expect(
        *("violated", *REUSED[1:5], MISNUMBERED),
        within=("server-crash",),
        quiet_time=(False,),
        neighbours=False,
        seq_check=("exact",),
    ),
    expect("violated", "isn-is-not-reused", within=tuple(COMPOSITIONS), isn=("arbitrary",)),
    expect("violated", "isn-is-not-reused", within=("crash", "server-crash"), quiet_time=(False,)),
    expect("holds", *SAFE_ANYWHERE, within=(*COMPOSITIONS, R2)),
    # Who never gives up is there when the other becomes ESTABLISHED.
    expect("holds", *NEVER_ALONE, abort_established=(False,), neighbours=False, zero=False, seq_check=("exact",)),
    *liveness.OF_THREE_WAY,
    *OF_CLOSING,
    *OF_CLOSING_UNDER_ATTACK,
    # A SYN costs nothing, and has a TCB made. All else takes the server's ISN, which only the client is sent.
    *under_attack(ROUTABILITY),
    # A table that is full drops the SYN that comes, and keeps what is in it.
    *flooded(PLACE, GETS_IN),
)
"""What the three-way handshake declares."""

OF_DROPPING_RANDOM = (*flooded(PLACE, KEEPS, GETS_IN, BY_CHANCE), *OF_THREE_WAY)
OF_DROPPING_OLDEST = (*flooded(PLACE, KEEPS, GETS_IN, BY_CHANCE, slow=(PLACE,)), *OF_THREE_WAY)
OF_SYN_CACHE = (*under_attack(), *flooded(PLACE, KEEPS, GETS_IN, BY_CHANCE, slow=(PLACE,), routes=True), *OF_THREE_WAY)
"""What is declared where something else is dropped, and where what is half-open has no TCB."""

OF_TWO_WAY: tuple[Expectation, ...] = (
    expect(
        "violated",
        *("no-stale-establishment", "agreement", "isn-acknowledged", "isn-paired", "one-connection-per-attempt"),
        "established-together",
        within=ASYMMETRIC,
    ),
    expect("violated", "no-wasted-connections", within=(PORTS,), answers=1),
    # A listener that is ESTABLISHED by an old SYN is reset to CLOSED: it has been in a synchronized state.
    expect("violated", "no-stale-establishment", "isn-acknowledged", "isn-paired", "figure-11", within=("listeners",)),
    expect("violated", "old-syn-drops-nothing", within=ASYMMETRIC, seq_check=("none",), rfc5961=(False,)),
    expect("holds", "old-syn-drops-nothing", within=ASYMMETRIC, back=False),
    expect("holds", "old-syn-drops-nothing", within=(*ASYMMETRIC, "listeners"), rfc5961=(True,)),
    # No RST finds a server waiting, and no SYN without an ACK comes to a client, so that only its own SYN's can end it.
    expect("holds", FOR_THIS, within=ASYMMETRIC),
    expect("violated", *NEVER_ALONE, abort_established=(False,)),
    *liveness.OF_TWO_WAY,
    # A SYN is all that it takes, an attacker's or an old one; old text follows it.
    *under_attack(ROUTABILITY, FORGED_CONNECTION, *SERVED),
    replace(BY_ANYBODY, within=AGAINST_LIFE),  # an old SYN will do as well
    # Its connection with an address where nobody is has no timer.
    *flooded(PLACE, CONNECTED, GETS_IN, BY_CHANCE),
    *OF_THREE_WAY,
)
"""What the two-way handshake declares: all that the three-way one does, but for what is said here."""

WITH_ANOTHER = ("no-stale-establishment", "agreement", "isn-paired")
"""Claims that fail when the client's ACK is for another answer than the one its SYN got."""
AND_SERVER_CRASH = ("", "server-crash")

OF_FOUR_WAY: tuple[Expectation, ...] = (
    # The server's ACK of the client's SYN has the number of the server's own SYN, and the client answers both by one ACK.
    expect("violated", "acks-where-due", within=(*COMPOSITIONS, R2, PORTS)),
    expect("violated", "client-agreement", "history-is-reset", "established-together", within=ASYMMETRIC),
    # SYN(y) of one answer with ACK(x+1) of another: the client's ACK has an x+1 that the server lets in unexpected.
    expect("violated", *WITH_ANOTHER, within=ASYMMETRIC, seq_check=("none",)),
    expect("violated", *WITH_ANOTHER, within=ASYMMETRIC, back=False, seq_check=("window",)),
    expect("violated", "no-wasted-connections", within=(PORTS,), seq_check=("none",)),
    expect("violated", "no-wasted-connections", within=(PORTS,), back=False, seq_check=("window",)),
    # The same, after the stale attempt had its connection: that takes one answer more.
    expect("violated", "one-connection-per-attempt", within=ASYMMETRIC, answers=3, seq_check=("window", "none")),
    expect("violated", "one-connection-per-attempt", within=AND_SERVER_CRASH, neighbours=True, seq_check=("window", "none")),
    # An ACK of the old attempt's octet, <ACK=x+2>, is the ACK of the next one's SYN where that begins at x+1.
    expect("violated", "isn-paired", within=AND_SERVER_CRASH, neighbours=True),
    # Each has the other's SYN and waits for an ACK that nobody sends, since an answer begins in LISTEN.
    expect("violated", "connection-possible", "figure-7", within=("simultaneous",)),
    expect("holds", "half-open-is-dropped", "reset-is-meant", "old-syn-drops-nothing", within=("simultaneous",)),
    expect("holds", "no-stale-establishment", within=("simultaneous",)),
    # An old SYN(x) and the ACK of a listener's answer: SYN(x) does not say what it answers, and so passes for the answer's.
    expect("violated", "no-stale-establishment", "isn-paired", within=("listeners",)),
    # A SYN of 2^32-1 that comes alone makes RCV.NXT 0, the SEQ of the RST that an earlier attempt's SYN drew.
    expect("violated", FOR_THIS, within=(*ASYMMETRIC, "simultaneous"), zero=True, closed_host=("resets",)),
    # The server's RST of a connection aborted after its octet has the number that a client expects after its next SYN.
    expect("violated", FOR_THIS, within=("crash",), neighbours=True),
    # A client that has a SYN believes a RST with either of its numbers, and no other, whatever is checked elsewhere.
    expect("holds", FOR_THIS, within=("simultaneous",)),
    *liveness.OF_FOUR_WAY,
    # The server's SYN says nothing of the client's: the attacker's, or that of another answer, is as good.
    *under_attack(ROUTABILITY, FORGED_CONNECTION),
    BY_ANYBODY,
    *OF_THREE_WAY,
)
"""What the four-way handshake declares: all that the three-way one does, but for what is said here."""

OF_COOKIES: tuple[Expectation, ...] = (
    expect("holds", EXPIRED, within=("", *BLIND)),
    # Nobody remembers a SYN,ACK that could be sent again, nor an ACK that has made a connection before.
    *under_attack(ASKED_FOR, REPLAYED),
    *flooded(routes=True, asks=False),
)
"""What SYN cookies declare, those that expire too."""

OF_FAST_OPEN: tuple[Expectation, ...] = (
    # A SYN that comes again has its text and its cookie, whoever sends it and whenever (RFC 7413 §2.1).
    replace(expect("violated", REPLAYED, within=("", *ATTACKERS)), under={"cookie": ("held",)}),
    # The cookie is all that keeps text of others out: a right guess, and a SYN of whoever guessed has its text given at once.
    expect("violated", FORGED_DATA, within=(OFF_PATH.name,), answers=1, guesses=(1, 2)),
    *under_attack(ROUTABILITY),
)
"""What TCP Fast Open declares."""
