"""Which release this is. CITATION.cff and CHANGELOG.md go by it, and the package's metadata is read from here."""

VERSION = "0.2.0.dev0"
"""The release that this tree is on its way to (PEP 440)."""
