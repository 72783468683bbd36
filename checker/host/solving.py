"""Z3, told to leave signals alone: whoever needs it has it from here.

Z3 hears Ctrl-C itself while it works, stops, and answers "unknown"; it hears it also in processes that ignore it, and nobody
else is told. A solver that was stopped has no answer: whoever is asked to end ends the process it works in
(:mod:`checker.host.interrupt`).
"""

from __future__ import annotations

import z3

__all__ = ["z3"]

z3.set_param("ctrl_c", False)
