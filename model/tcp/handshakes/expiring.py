"""SYN cookies that expire: after a while the server changes the secret that it makes its tokens with (RFC 4987 §3.6).

What differs from :mod:`model.tcp.handshakes.cookies` is that: a token of an older secret is none any more. So who has kept an
ACK makes a connection of it for as long as the secret lasts, and not later. Deployed stacks accept the tokens of the period
before as well, which is a longer period; how long one is does not matter here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from model.notation.expr import Expr, literal
from model.notation.sorts import BOOL
from model.tcp.endpoint import EventKind, Response, Tcb
from model.tcp.handshakes.cookies import TOKENS, Cookies
from model.tcp.handshakes.verdicts import EXPIRED


class ExpiringCookies(Cookies):
    """Cookies, and a secret that changes."""

    name = "expiring-cookies"
    summary = "SYN cookies that expire: a token of an older secret is refused"
    asks: ClassVar[tuple[str, ...]] = (EXPIRED,)

    def calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        """A server that has made tokens may change its secret at any time."""
        yield from super().calls(tcb)
        if tcb.listens:
            yield "§3.6", tcb.read("tokens").exists(lambda _: literal(True, BOOL)), self.expires(tcb)

    def expires(self, tcb: Tcb) -> Response:
        """Return what a change of the secret does: no token is one any more."""
        changes = Response("changes_its_secret", "changes its secret, so that no token made before is one any more.")
        return changes.set(tcb, tokens=literal(frozenset(), TOKENS)).event(EventKind.EXPIRES)
