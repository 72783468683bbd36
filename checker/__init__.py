"""The checker: engines that decide claims, and the verdicts and traces they earn.

The questions of the command line as functions, documented in :mod:`checker.api`:

>>> from checker import check, compare, play, prove, read, trace

They are loaded when somebody asks for them, so that ``import checker`` loads nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checker import release

if TYPE_CHECKING:
    from checker.api import check, compare, play, prove, read, trace

_FUNCTIONS = ("check", "compare", "play", "prove", "read", "trace")
__version__ = release.VERSION
__all__ = ["__version__", "check", "compare", "play", "prove", "read", "trace"]


def __getattr__(name: str) -> Any:  # noqa: ANN401  # one of those functions
    if name not in _FUNCTIONS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from checker import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_FUNCTIONS])
