"""A server that is ESTABLISHED only while a gate is open: the smallest system with a claim that goes by events.

``gate`` says what it does. ``slips`` has one way more to be ESTABLISHED, past the gate, and does not say so: by its events it
is as good as the other, by its states it is not. Its claim is violated in two steps by anybody who looks at the state: the
server answers, and slips in while the gate is as it was at the start, shut. ``pretends-to-end`` and ``pretends-to-open`` say
what does not happen.
"""

from model import BOOL, Action, Enum, Event, EventKind, TransitionSystem, Variable, View, literal
from properties import Claim, Kind, Seen, eventually, invariant, reachable, specify
from properties.step import Step

STATE = Enum("State", ("CLOSED", "SYN-RECEIVED", "ESTABLISHED"))
state = Variable("server.state", STATE, "CLOSED")
is_open = Variable("open", BOOL, False)


def happens(kind: EventKind) -> tuple[Event, ...]:
    return (Event(kind, "server"),)


ANSWERS = Action(
    "answers", state.value == "CLOSED", {"server.state": "SYN-RECEIVED"}, events=happens(EventKind.ANSWERS), by="server"
)
ENTERS = Action(
    "enters",
    (state.value == "SYN-RECEIVED") & is_open.value,
    {"server.state": "ESTABLISHED"},
    events=happens(EventKind.ESTABLISHES),
    by="server",
)
SLIPS = Action("slips", (state.value == "SYN-RECEIVED") & ~is_open.value, {"server.state": "ESTABLISHED"}, by="server")
LEAVES = Action("leaves", state.value == "ESTABLISHED", {"server.state": "CLOSED"}, events=happens(EventKind.ENDS), by="server")
OPENS = Action("gate_opens", ~is_open.value, {"open": True})
SHUTS = Action("gate_shuts", is_open.value, {"open": False})


def watch(step: Step) -> Seen:
    enters = literal(step.establishes("server"), BOOL)
    return Seen(stop=enters & ~is_open.value, trigger=enters)


GUARDED = Claim(
    "enters-by-the-gate",
    Kind.SAFETY,
    brief="the server enters by the gate",
    statement="The server enters ESTABLISHED only while the gate is open.",
    formula="G (server enters ESTABLISHED => open)",
    why="",
    when_stopped="the server entered ESTABLISHED past the gate",
    trigger="the server entered ESTABLISHED",
    roles=(),
    watch=watch,
)
CLAIMS = (
    GUARDED,
    invariant("is-somewhere", (state.value == "CLOSED") | (state.value != "CLOSED"), trigger=is_open.value, when="it was open"),
    reachable("is-both", (state.value == "CLOSED") & (state.value == "ESTABLISHED")),
    eventually("is-established", state.value == "ESTABLISHED"),
)


def system(name: str, *actions: Action) -> TransitionSystem:
    seen = View(state.value, established=state.value == "ESTABLISHED", exists=state.value != "CLOSED")
    return TransitionSystem(name, (state, is_open), actions, views={"server": seen})


STAYS = Action("stays", state.value == "ESTABLISHED", {"open": False}, events=happens(EventKind.ENDS), by="server")
NOBODY = Action("nobody", state.value == "CLOSED", {"open": True}, events=happens(EventKind.OPENS), by="server")
GATE = specify(system("gate", ANSWERS, ENTERS, LEAVES, OPENS, SHUTS), CLAIMS)
ENDLESS = specify(system("pretends-to-end", ANSWERS, ENTERS, STAYS, LEAVES, OPENS), CLAIMS)
NOT_THERE = specify(system("pretends-to-open", ANSWERS, ENTERS, NOBODY, LEAVES, SHUTS), CLAIMS)
PAST = specify(system("slips", ANSWERS, ENTERS, SLIPS, LEAVES, OPENS, SHUTS), CLAIMS)
