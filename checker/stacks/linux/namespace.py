"""A network namespace that nobody else is in: by a user namespace where an unprivileged user may make one, and else as root."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

NEW_NET, NEW_USER = 0x40000000, 0x10000000
LIMIT = "/proc/sys/user/max_{}_namespaces"
SETTINGS: Mapping[str, str] = {
    "ip_unprivileged_port_start": "0",
    "tcp_timestamps": "0",
    "tcp_sack": "0",
    "tcp_window_scaling": "0",
    "tcp_ecn": "0",
    "tcp_syncookies": "0",
    "tcp_fastopen": "0",
    "tcp_invalid_ratelimit": "0",  # or the second of two answers within half a second is not sent
    "tcp_no_metrics_save": "1",
}
"""So that the kernel does nothing that RFC 9293 does not have, and answers every time."""


class CannotError(Exception):
    """The host does not let this be done; the message says what, and what would help."""


def private_network(others: Iterable[str]) -> None:
    """Move this process into a network namespace of its own, with settings of its own: ``others``, each as ``NAME=VALUE``."""
    before = Path("/proc/self/ns/net").readlink()
    ids = os.getuid(), os.getgid()
    if not (forbidden := unshared(NEW_NET | NEW_USER)):
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        for name, own in zip(("uid_map", "gid_map"), ids, strict=True):
            Path(f"/proc/self/{name}").write_text(f"0 {own} 1", encoding="ascii")
    elif as_root := unshared(NEW_NET):
        raise CannotError(_why(forbidden, as_root))
    assert Path("/proc/self/ns/net").readlink() != before, "what follows must not happen in the network of the host"
    _set({**SETTINGS, **dict(other.split("=") for other in others)})


def unshared(kinds: int) -> int:
    """Move this process into new namespaces; return 0, or the number of the error."""
    kernel = ctypes.CDLL(None, use_errno=True)
    return ctypes.get_errno() if kernel.unshare(kinds) else 0


def _why(*errors: int) -> str:
    """Return why no network namespace can be made, and what to do; ENOSPC is said of a limit, and of no disk."""
    if errno.ENOSPC not in errors:
        why = os.strerror(errors[-1])
        return f"this host lets this user make no private network namespace ({why}): run it as root, or allow that"
    limits = (
        f"user.max_{kind}_namespaces = {Path(LIMIT.format(kind)).read_text(encoding='ascii').strip()}"
        for kind in ("user", "net")
    )
    return f"a limit of namespaces is reached ({', '.join(limits)}): as root, raise it by sysctl -w"


def _set(settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        try:
            Path(f"/proc/sys/net/ipv4/{name}").write_text(value, encoding="ascii")
        except OSError as error:
            raise CannotError(f"net.ipv4.{name} cannot be set to {value} ({error.strerror})") from error
    with contextlib.suppress(OSError):  # or it announces itself by IPv6, which nobody here reads
        Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("1", encoding="ascii")
