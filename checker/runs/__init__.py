"""Runs: traces and lassos, and what can be asked of a model without deciding a claim."""
