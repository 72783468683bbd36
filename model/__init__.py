"""The notation, in one place: ``from model import BOOL, Action, TransitionSystem, Variable, draw`` and so on.

``model/NOTATION.md`` has all of it with examples. The handshakes are in :mod:`model.handshakes`.
"""

from __future__ import annotations

from model.cases import Cases, first, in_turn
from model.circle import between, from_to, within
from model.endpoint import CONTINUE, STATE, EventKind, Response, Tcb, continuing
from model.expr import (
    FALSE,
    TRUE,
    Expr,
    Row,
    conj,
    disj,
    exists_in,
    forall_in,
    ite,
    lift,
    literal,
    negate,
    parameter,
    variable,
)
from model.family import Family, family
from model.protocol import Endpoint, Field, Protocol, Reaction
from model.queue import Contents, Queue, queue
from model.segment import CTL, DATA, Segment, ctl_with, segments_between
from model.sorts import BOOL, DISTANCE, SEQ, Distance, Enum, Format, Modulo, Nat, NotationError, Relation, Seq, Sort, Token
from model.system import (
    Action,
    Event,
    Happening,
    Network,
    Parameter,
    TransitionSystem,
    Variable,
    View,
    choose,
    draw,
    one_of,
)

__all__ = [
    "BOOL",
    "CONTINUE",
    "CTL",
    "DATA",
    "DISTANCE",
    "FALSE",
    "SEQ",
    "STATE",
    "TRUE",
    "Action",
    "Cases",
    "Contents",
    "Distance",
    "Endpoint",
    "Enum",
    "Event",
    "EventKind",
    "Expr",
    "Family",
    "Field",
    "Format",
    "Happening",
    "Modulo",
    "Nat",
    "Network",
    "NotationError",
    "Parameter",
    "Protocol",
    "Queue",
    "Reaction",
    "Relation",
    "Response",
    "Row",
    "Segment",
    "Seq",
    "Sort",
    "Tcb",
    "Token",
    "TransitionSystem",
    "Variable",
    "View",
    "between",
    "choose",
    "conj",
    "continuing",
    "ctl_with",
    "disj",
    "draw",
    "exists_in",
    "family",
    "first",
    "forall_in",
    "from_to",
    "in_turn",
    "ite",
    "lift",
    "literal",
    "negate",
    "one_of",
    "parameter",
    "queue",
    "segments_between",
    "variable",
    "within",
]
