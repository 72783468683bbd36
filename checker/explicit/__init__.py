"""The explicit engine: breadth-first search over the states of a scope."""
