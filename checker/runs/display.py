"""How a result shows itself in a notebook.

IPython asks an object for its ``_repr_mimebundle_``. What it looks like is the business of :mod:`reports`, which lies above
this package; it is imported when somebody looks, and not before. This is the one import against the order of the layers, and
the contract in ``pyproject.toml`` names it. Rejected: a registry that :mod:`reports` fills, which is empty for whoever has not
imported that; an entry point of the distribution, which is found only once that is installed.
"""

from __future__ import annotations

from typing import Any


class Displayed:
    """What shows itself in a notebook: as a picture, and as text where there are none."""

    __slots__ = ()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ANN401, ARG002
        """Return it by media type; a notebook takes what it can show, so nothing is left out."""
        from reports.traces import notebook

        return notebook.bundle(self)
