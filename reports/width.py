"""How wide plain text is."""

from __future__ import annotations

WIDTH = 80
"""In columns, where no terminal says otherwise."""
