"""What a process within the walls may not even ask the kernel for, as a filter of seccomp.

Limits count processes for each user, and the kernel exempts root from that count, also in a namespace: so that no process
is started is said here. So are the ways to memory that is counted for nobody, and those parts of the kernel that are large,
new, and of no use to a model file. The filter is a program of classic BPF (``man 2 seccomp``): it compares the number of a
call with a list. Rejected: pyseccomp, which needs a library that Debian's bubblewrap does not bring.
"""

from __future__ import annotations

import errno
import platform
import struct
from collections.abc import Iterable, Mapping

_NUMBERS: Mapping[str, tuple[int, Mapping[str, int]]] = {
    "x86_64": (
        0xC000003E,
        {
            "clone": 56, "fork": 57, "vfork": 58, "clone3": 435,
            "shmget": 29, "semget": 64, "msgget": 68, "memfd_create": 319, "memfd_secret": 447,
            "ptrace": 101, "mount": 165, "unshare": 272, "setns": 308,
            "add_key": 248, "request_key": 249, "keyctl": 250,
            "perf_event_open": 298, "bpf": 321, "userfaultfd": 323, "io_uring_setup": 425,
        },
    ),
    "aarch64": (
        0xC00000B7,
        {
            "clone": 220, "clone3": 435,
            "shmget": 194, "semget": 190, "msgget": 186, "memfd_create": 279, "memfd_secret": 447,
            "ptrace": 117, "mount": 40, "unshare": 97, "setns": 268,
            "add_key": 217, "request_key": 218, "keyctl": 219,
            "perf_event_open": 241, "bpf": 280, "userfaultfd": 282, "io_uring_setup": 425,
        },
    ),
}  # fmt: skip
"""By machine: how the kernel calls it (``AUDIT_ARCH``), and the numbers of the calls that are refused."""
_OTHER_WAY = 0x40000000
"""From here on numbers are those of another way to call the same (x32)."""
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _MACHINE = 0, 4
"""Where a call's number and its machine stand."""
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000


def known() -> bool:
    """Return whether the numbers of this machine's calls are known."""
    return platform.machine() in _NUMBERS


def refusing() -> bytes:
    """Return the filter for this machine, as ``bwrap --seccomp`` reads it."""
    machine, refused = _NUMBERS[platform.machine()]
    return _program(machine, sorted(refused.values()))


def _program(machine: int, refused: Iterable[int]) -> bytes:
    """Return a program that kills who calls for another machine, refuses some calls, and allows all others."""
    steps = [(_LOAD, 0, 0, _MACHINE), (_EQUAL, 1, 0, machine), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, _NUMBER)]
    steps += [(_AT_LEAST, 0, 1, _OTHER_WAY), (_RETURN, 0, 0, _REFUSE)]
    for number in refused:
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE)]
    return b"".join(struct.pack("=HBBI", *step) for step in (*steps, (_RETURN, 0, 0, _ALLOW)))
