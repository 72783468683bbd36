"""What the machine has: memory, how much of it is used, and processors."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import sys
from pathlib import Path
from typing import Any

resource: Any = importlib.import_module("resource") if importlib.util.find_spec("resource") else None  # not on Windows

UNITS = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}

_SHARE = 0.75
"""How much of what is available a search may take where no limit is set."""
_UNKNOWN = 4 * 2**30
"""What is taken to be there where the system does not tell."""
_CRAMPED = 2**26
"""With how little room of its own a process fails at whatever it does next."""
_STATM = Path("/proc/self/statm")
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 2**12
_GROUP = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def parsed(text: str) -> int:
    """Return the bytes that a text such as ``500M`` or ``2G`` stands for; raise ValueError for any other."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if match is None:
        raise ValueError(text)
    number, unit = match.groups()
    return int(float(number) * UNITS.get(unit.upper(), 1))


def in_bytes(number: float) -> str:
    """Return a number of bytes as people read it."""
    unit = next((unit for unit in reversed(UNITS) if number >= UNITS[unit]), "")
    return f"{number / UNITS[unit]:.3g} {unit}iB" if unit else f"{number:.0f} bytes"


def processors() -> int:
    """Return how many processors the process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def available() -> int:
    """Return how many bytes can be taken without harm: what is free, within what this group of processes may have."""
    limits = [_UNKNOWN]
    try:
        meminfo = Path("/proc/meminfo").read_text(encoding="ascii")
        limits = [int(number) * 2**10 for number in re.findall(r"MemAvailable:\s*(\d+) kB", meminfo)] or limits
    except OSError:
        if hasattr(os, "sysconf"):
            limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2]
    for path in _GROUP:
        try:
            limits.append(int(path.read_text(encoding="ascii")))
        except (OSError, ValueError):  # there is no such group, or it has no limit
            continue
    return min(limits)


def sensible(limit: int | None = None) -> int:
    """Return how many bytes a search may take: ``limit``, or a part of what is there, and not more than a part of its room."""
    room_ = room()
    most = [int(_SHARE * available())] if limit is None else [limit]
    return min(most if room_ is None else [*most, int(_SHARE * room_)])


def room() -> int | None:
    """Return how many bytes of address space this process may still take (``ulimit -v`` and ``-d``); None is without limit."""
    if resource is None:
        return None
    left = []
    for limit, field in ((resource.RLIMIT_AS, "VmSize"), (resource.RLIMIT_DATA, "VmData")):
        soft, _ = resource.getrlimit(limit)
        if soft != resource.RLIM_INFINITY:
            left.append(max(0, soft - _of_this_process(field)))
    return min(left, default=None)


def cramped() -> bool:
    """Return whether there is next to no address space left."""
    left = room()
    return left is not None and left < _CRAMPED


def _of_this_process(field: str) -> int:
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:  # only Linux tells
        return 0
    return next((int(number) * 2**10 for number in re.findall(rf"{field}:\s*(\d+) kB", status)), 0)


def resident() -> int:
    """Return how many bytes of memory the process has.

    Where the system tells the most only that it has had so far, this; 0 where it tells nothing (Windows).
    """
    try:
        return int(_STATM.read_text(encoding="ascii").split()[1]) * _PAGE
    except (OSError, IndexError, ValueError):  # not Linux
        pass
    if resource is None:
        return 0
    peak: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 2**10
