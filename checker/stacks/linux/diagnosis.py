"""What the kernel has of a connection: asked for by ``sock_diag``, as ``ss`` does, which can also have it ended."""

from __future__ import annotations

import errno
import socket
import struct

from .namespace import CannotError
from .netlink import ACK, asked
from .wire import HERE

BY_FAMILY, DESTROY = 20, 21  # SOCK_DIAG_BY_FAMILY, SOCK_DESTROY
STATES = (
    *("", "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSED", "CLOSE-WAIT"),
    *("LAST-ACK", "LISTEN", "CLOSING", "SYN-RECEIVED"),
)
"""The kernel's numbers of states, the last being a request that a listener keeps."""


class Diagnosis:
    """Who can be asked about connections, by the two ports of each and the address of the other end."""

    def __init__(self) -> None:
        self._link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4)  # NETLINK_SOCK_DIAG

    def state(self, ports: tuple[int, int], there: str) -> str:
        """Return the state that the kernel has of the connection, or of its listener."""
        try:
            return STATES[asked(self._link, BY_FAMILY, 0, _about(ports, there))[1]]
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise
            return "CLOSED"

    def expire(self, ports: tuple[int, int], there: str) -> None:
        """Have TIME-WAIT end as its time-out ends it.

        In that state alone SOCK_DESTROY does what the timer does (``tcp_abort``: ``inet_twsk_deschedule_put``), and sends
        nothing; in most others it sends a RST.
        """
        if (state := self.state(ports, there)) != "TIME-WAIT":
            raise CannotError(f"no time-out is brought about in {state}: SOCK_DESTROY would abort the connection")
        try:
            asked(self._link, DESTROY, ACK, _about(ports, there))
        except OSError as error:
            raise CannotError(f"{error.strerror} by SOCK_DESTROY, which a kernel has by CONFIG_INET_DIAG_DESTROY") from error


def _about(ports: tuple[int, int], there: str) -> bytes:
    """Return a connection as it is asked for: both its sockets, and no cookie (``inet_diag_req_v2``)."""
    addresses = b"".join(socket.inet_aton(address) + bytes(12) for address in (HERE, there))
    about = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 2**32 - 1)
    return about + struct.pack("!HH", *ports) + addresses + struct.pack("=III", 0, 2**32 - 1, 2**32 - 1)
