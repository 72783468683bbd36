"""What handshakes declare of claims of liveness: in which scopes, and under what.

Unlike others these claims are declared for small scopes, too, which are what can be exhausted quickly. They are declared for a
network that loses and duplicates, for endpoints that follow RFC 5961, for ISNs that are no neighbours, and, unless it is said,
whether or not anybody gives up in ESTABLISHED.
"""

from __future__ import annotations

from collections.abc import Callable

from model.tcp.composition import COMPOSITIONS, LIFECYCLE, PORTS, R2
from model.tcp.handshakes.handshake import Expectation, expect
from model.tcp.scope import Scope


def any_scope(_: Scope) -> bool:
    """Whatever the scope allows."""
    return True


def one_attempt(scope: Scope) -> bool:
    """There is nothing of an earlier attempt in the network."""
    return scope.attempts == scope.answers == 1


def several_attempts(scope: Scope) -> bool:
    """Old duplicates may be answered, and there is an answer left for the attempt that lives."""
    return scope.attempts > 1 and scope.answers > 1


def several_answers(scope: Scope) -> bool:
    """One SYN may be answered twice."""
    return scope.answers > 1


def expect_of_liveness(  # noqa: PLR0913  # each says under what circumstances
    verdict: str,
    *claims: str,
    scopes: Callable[[Scope], bool] = any_scope,
    back: bool | None = None,
    abort_established: tuple[bool, ...] = (True, False),
    seq_check: tuple[str, ...] = ("exact", "window", "none"),
    closed_host: tuple[str, ...] = ("resets", "silent"),
    keep_alive: tuple[bool, ...] = (True, False),
    within: tuple[str, ...] = ("",),
) -> Expectation:
    """Return an expectation about claims of liveness."""
    yes = (True,)
    return expect(
        verdict,
        *claims,
        within=within,
        neighbours=False,
        back=back,
        scopes=scopes,
        abort_established=abort_established,
        seq_check=seq_check,
        closed_host=closed_host,
        keep_alive=keep_alive,
        rfc5961=yes,
        loss=yes,
        duplication=yes,
    )


RELEASED, COMPLETES = "half-open-is-released", "handshake-completes"
SERVED, NO_ORPHAN = "server-stops-waiting", "no-server-waits-for-ever"

ASKS, PEERS = "who-asks-is-answered", "peers-connect-or-part"
CLOSE, LAST_ACK, FOUND = "both-close", "last-ack-is-released", "half-open-is-found"
SYMMETRIC = ("simultaneous", "listeners")

OF_ALL = (
    # A silent host answers nobody. One that resets has whoever asks refused, until somebody listens.
    expect_of_liveness("violated", ASKS, within=tuple(COMPOSITIONS), closed_host=("silent",)),
    expect_of_liveness("holds", ASKS, within=tuple(COMPOSITIONS), scopes=one_attempt, closed_host=("resets",)),
    expect_of_liveness("holds", PEERS, within=SYMMETRIC, scopes=one_attempt),
    # A server that goes on listening is never closed, so that a silent host keeps nobody waiting.
    expect_of_liveness("holds", ASKS, within=(PORTS,), scopes=one_attempt),
)
"""What all declare that does not depend on how a server answers."""

# Whoever asks a server that goes on listening is answered, however often: in two-way and three-way.
GOES_ON = expect_of_liveness("holds", ASKS, within=(PORTS,), scopes=several_answers, back=False)

OF_TWO_WAY = (
    # The server waits for nothing, and so nothing ends its waiting.
    expect_of_liveness("violated", RELEASED, NO_ORPHAN),
    expect_of_liveness("holds", COMPLETES, SERVED, scopes=one_attempt),
    # A server in a dead connection is reset by the client's RST, and refuses the client before it listens again.
    expect_of_liveness("violated", COMPLETES, scopes=several_attempts, closed_host=("resets",)),
    expect_of_liveness("holds", COMPLETES, scopes=several_attempts, closed_host=("silent",)),
    # It answers a duplicate once more, after the connection: both are ESTABLISHED and never agree.
    expect_of_liveness("violated", SERVED, scopes=several_answers, abort_established=(True,)),
    GOES_ON,
    *OF_ALL,
)

OF_THREE_WAY = (
    expect_of_liveness("holds", RELEASED, SERVED),
    # The orphan: its client gave up after its last message.
    expect_of_liveness("violated", NO_ORPHAN, abort_established=(True,)),
    expect_of_liveness("holds", NO_ORPHAN, abort_established=(False,)),
    expect_of_liveness("holds", COMPLETES, scopes=one_attempt),
    # An old SYN in the window sends the server back to LISTEN, behind the back of a client that has nothing to send any more.
    expect_of_liveness("violated", COMPLETES, scopes=several_attempts, back=True, seq_check=("window",)),
    expect_of_liveness("violated", COMPLETES, scopes=several_attempts, seq_check=("none",)),
    # The orphan again: reset by the next attempt, the server is closed for a while, and refuses it.
    expect_of_liveness("violated", COMPLETES, scopes=several_attempts, closed_host=("resets",), abort_established=(True,)),
    expect_of_liveness("holds", COMPLETES, scopes=several_attempts, seq_check=("exact",), closed_host=("silent",)),
    expect_of_liveness("holds", COMPLETES, scopes=several_attempts, seq_check=("exact",), abort_established=(False,)),
    # After R2 its answer is sent no more, and what the client repeats draws bare ACKs, until the server gives up.
    expect_of_liveness("violated", ASKS, within=(R2,), seq_check=("exact", "window")),
    GOES_ON,
    # A silent host does not say that it is gone. Who never gives up waits in FIN-WAIT-2 for a user who never closes.
    expect_of_liveness("violated", CLOSE, LAST_ACK, within=(LIFECYCLE.name,), closed_host=("silent",)),
    expect_of_liveness("violated", CLOSE, within=(LIFECYCLE.name,), abort_established=(False,)),
    expect_of_liveness("holds", CLOSE, LAST_ACK, within=(LIFECYCLE.name,), scopes=one_attempt),
    # Who has nothing to send is told nothing, unless it asks; and is not answered by a silent host.
    expect_of_liveness("violated", FOUND, within=(LIFECYCLE.name,), keep_alive=(False,)),
    expect_of_liveness("violated", FOUND, within=(LIFECYCLE.name,), closed_host=("silent",)),
    expect_of_liveness("holds", FOUND, within=(LIFECYCLE.name,), scopes=one_attempt, keep_alive=(True,)),
    *OF_ALL,
)

OF_FOUR_WAY = (
    # The old answer's SYN passes for that of the new one, and the RST that belongs to it ends the client.
    expect_of_liveness("violated", COMPLETES, scopes=several_attempts),
    # The ACK of the live attempt establishes a server that has answered an old SYN: who waits in ESTABLISHED has no timer.
    expect_of_liveness("violated", RELEASED, NO_ORPHAN, scopes=several_attempts, back=False, seq_check=("window",)),
    expect_of_liveness("violated", RELEASED, NO_ORPHAN, scopes=several_attempts, seq_check=("none",)),
    # Its SYN is acknowledged and not answered: a client that has had the ACK sends its SYN no more, and the server may give up.
    expect_of_liveness("violated", ASKS, within=("", "listeners", "crash", "server-crash", R2)),
    # The same where the server goes on listening; with one answer it has none left, and such runs are not followed further.
    expect_of_liveness("violated", ASKS, within=(PORTS,), scopes=several_answers, back=False),
    expect_of_liveness("holds", ASKS, within=(PORTS,), scopes=one_attempt),
    # Each has the other's SYN and waits for an ACK that nobody sends.
    expect_of_liveness("violated", PEERS, within=SYMMETRIC),
)
