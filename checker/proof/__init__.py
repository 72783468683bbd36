"""Proofs without bounds: inductive invariants, how they are found, and certificates that others can check."""
