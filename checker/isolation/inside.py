"""What runs within the walls: it reads one model file and prints the model as data. Nothing outside believes what it prints.

Started as ``python -I -S -c ... `` by :mod:`checker.isolation.sandbox`, with a request as JSON on standard input.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from typing import Any

from checker.files import model_file
from checker.files.mistakes import ModelFileError
from model.notation.sorts import NotationError
from model.tcp.scope import ScopeError
from properties.data import document, setting_of

REFUSED = "refused"
"""The key under which stands why a file is no model."""


def main() -> None:
    """Read the request, limit what this process may use, run the file, and print the model or why there is none."""
    request = json.load(sys.stdin)
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the file prints is no answer
    _limit(request["memory"], request["seconds"], request["octets"])
    json.dump(_read(request), answer)
    answer.flush()


def _limit(memory: int, seconds: int, octets: int) -> None:
    """Set limits that cannot be taken back: only who may do that to a whole machine may raise them again."""
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: octets,
        resource.RLIMIT_NOFILE: 32,
        resource.RLIMIT_NPROC: 0,  # no thread and no process beside this one
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for which, most in limits.items():
        resource.setrlimit(which, (most, most))


def _read(request: dict[str, Any]) -> dict[str, Any]:
    try:
        spec = model_file.composed(model_file.read(request["file"]), request["composition"] or "")
        return document(spec, *setting_of(request))
    except (ModelFileError, NotationError, ScopeError) as error:
        return {REFUSED: str(error)}
    except MemoryError:
        return {REFUSED: f"{request['file']}: it takes more than {request['memory'] >> 20} MB of memory: make it smaller"}
