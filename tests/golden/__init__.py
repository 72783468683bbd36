"""Drawings that were looked at, and are to stay as they are."""
