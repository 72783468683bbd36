"""Asking solvers about SMT-LIB text: Z3 in a context of its own, and cvc5, which shares nothing with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import version

import cvc5

from checker.host.solving import z3

UNSAT, SAT = "unsat", "sat"


def by_z3(text: str, seconds: float) -> str:
    """Return what Z3 answers to a script: unsat, sat or unknown."""
    solver = z3.Solver(ctx=z3.Context())
    solver.set("timeout", int(seconds * 1000))
    try:
        solver.from_string(text)
        return str(solver.check())
    except z3.Z3Exception as error:
        return f"an error: {error}"


def by_cvc5(text: str, seconds: float) -> str:
    """Return what cvc5 answers to a script."""
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("tlimit-per", str(int(seconds * 1000)))
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "obligation")
    symbols, said = parser.getSymbolManager(), ""
    try:
        while not (command := parser.nextCommand()).isNull():
            said += str(command.invoke(solver, symbols))
    except RuntimeError as error:
        return f"an error: {error}"
    return said.strip()


SOLVERS: Mapping[str, Callable[[str, float], str]] = {"Z3": by_z3, "cvc5": by_cvc5}
VERSIONS = {"Z3": z3.get_version_string(), "cvc5": version("cvc5")}
"""The solvers, by name, each of which has to answer unsat to every obligation."""
