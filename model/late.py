"""Packages whose names are loaded when somebody asks for them (PEP 562).

Whoever asks for help, or how many ISNs a scope has, would otherwise wait for the whole notation and every claim. Rejected:
lazy-loader, which answers a name that a package lacks in words of its own, where a model file's mistakes are told by Python's.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence


def late(package: str, of: Mapping[str, Sequence[str]]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return what ``__getattr__`` and ``__dir__`` of a package are whose modules have these names."""
    module_of = {name: module for module, names in of.items() for name in names}

    def get(name: str) -> object:
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules[package])
        found: object = getattr(importlib.import_module(f"{package}.{module_of[name]}"), name)
        setattr(sys.modules[package], name, found)
        return found

    return get, lambda: sorted({*vars(sys.modules[package]), *module_of})
