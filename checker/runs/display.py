"""How a result shows itself: in a few words where it is one of many things, and whole in a notebook or printed.

``repr`` is what a prompt, a debugger and a list show, and takes a line. IPython asks an object for its ``_repr_mimebundle_``,
other notebooks for ``_repr_html_`` and ``_repr_markdown_``, and ``print`` for its ``str``; all of these are of one bundle. What
it looks like is the business of :mod:`reports`, which lies above this package; it is imported when somebody looks, and not
before. This is the one import against the order of the layers, and the contract in ``pyproject.toml`` names it. Rejected: a
registry that :mod:`reports` fills, which is empty for whoever has not imported that; an entry point of the distribution, which
is found only once that is installed.
"""

from __future__ import annotations

from typing import Any


class Displayed:
    """What shows itself in a notebook: as a picture, and as text where there are none.

    A dataclass that is one has no ``repr`` of all its fields (``repr=False``), but says itself what it is ``in_brief``.
    """

    __slots__ = ()

    @property
    def in_brief(self) -> str:
        """What it is, in a line."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{self.in_brief}>"

    def __str__(self) -> str:
        return self._repr_mimebundle_()["text/plain"]

    def _repr_html_(self) -> str:
        return self._repr_mimebundle_()["text/html"]

    def _repr_markdown_(self) -> str:
        return self._repr_mimebundle_()["text/markdown"]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ANN401, ARG002
        """Return it by media type; a notebook takes what it can show, so nothing is left out."""
        from reports.traces import notebook

        return notebook.bundle(self)
