"""The command ``synproof``."""

from checker.cli.main import main

__all__ = ["main"]
