"""A name that is a line of SMT-LIB, if it is written into a comment as it is."""

from model import Action, Enum, TransitionSystem, Variable
from properties import invariant, specify

PHASE = Enum("Phase", ("idle", "done\n(assert false)\n; and so on"))
phase = Variable("phase", PHASE, "idle")
C = specify(
    TransitionSystem("inject", (phase,), (Action("goes", updates={"phase": PHASE.members[1]}),)),
    claims=(invariant("idle", phase.value == "idle", trigger=phase.value == "idle", when="it began"),),
)
