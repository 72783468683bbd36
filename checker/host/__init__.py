"""The machine that a search runs on: memory, processors, processes, signals, limits."""
