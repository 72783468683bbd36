"""What the files of a proof are called. An action's name may be any text that can be seen, and file systems take less.

There are those in which names differ only where they differ in more than capitals, names that mean a device, signs that part
directories, and an end to how long a name may be. So a name is spelt in letters that are no capitals, digits, ``_`` and ``-``,
and whatever else is in it becomes a percent sign and the number of its octet.
"""

from __future__ import annotations

import hashlib
import re

_LONGEST = 120
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])")
"""Names that are no files on some systems, whatever ends them."""


def file_name(action: str) -> str:
    """Return how an action is called in the name of a file: no two are called alike, and the name stands for nothing else."""
    spelt = "".join(map(_spelt, action))
    if _DEVICE.fullmatch(spelt):
        spelt = f"%{ord(spelt[0]):02x}{spelt[1:]}"
    if len(spelt) <= _LONGEST:
        return spelt
    return f"{spelt[: _LONGEST // 2]}~{hashlib.sha256(action.encode()).hexdigest()}"  # no other name has this sign


def _spelt(sign: str) -> str:
    return sign if re.fullmatch("[a-z0-9_-]", sign) else "".join(f"%{octet:02x}" for octet in sign.encode())
