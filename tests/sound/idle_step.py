"""A claim that objects to any step in which nothing is sent or received: the network's losses are such steps.

By the interpreter: a segment is sent, and then lost. The claim beside it reads the network, which must change nothing.
"""

from model import BOOL, Action, Nat, Network, Relation, TransitionSystem, Variable, literal
from properties import Claim, Kind, Seen, invariant, specify
from properties.step import Step

net = Variable("net", Relation((("n", Nat(1)),)), frozenset())
n = Variable("n", Nat(1), 0)


def watch(step: Step) -> Seen:
    return Seen(stop=literal(step.received_row is None and not step.sent_rows, BOOL), trigger=literal(True, BOOL))


EACH = Claim(
    "each-step-sends-or-receives",
    Kind.SAFETY,
    brief="each step sends or receives",
    statement="Each step sends or receives a segment.",
    formula="G (a segment is sent or received)",
    why="",
    when_stopped="a step neither sent nor received",
    trigger="a step was taken",
    roles=(),
    watch=watch,
)
STAYS = invariant("sent-stays", (n.value == 0) | net.value.has(1), trigger=n.value == 1, when="it was sent")
A = specify(
    TransitionSystem("idle-step", (net, n), (Action("sends", n.value < 1, {"n": 1}, sends=((1,),)),), network=Network("net")),
    claims=(EACH, STAYS),
)
