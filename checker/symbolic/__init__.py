"""The symbolic engine: bounded model checking on Z3."""
