"""Renderings of verdicts and traces."""
