"""The checker: engines that decide claims, and the verdicts and traces they earn."""

__version__ = "0.2.0.dev0"
"""The release that this tree is on its way to; CITATION.cff and CHANGELOG.md go by it."""
