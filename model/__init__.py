"""The notation, in one place: ``from model import BOOL, Action, TransitionSystem, Variable, draw`` and so on.

``model/NOTATION.md`` has all of it with examples. The handshakes are in :mod:`model.handshakes`.
"""

from __future__ import annotations

from model.cases import Cases, first, in_turn
from model.circle import between, from_to, within
from model.endpoint import CONTINUE, STATE, Response, Tcb, continuing
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
from model.segment import CTL, DATA, Segment, ctl_with, segments_between
from model.sorts import BOOL, DISTANCE, SEQ, Enum, Nat, NotationError, Relation, Sort
from model.system import (
    Action,
    Event,
    EventKind,
    Network,
    Parameter,
    TransitionSystem,
    Variable,
    View,
    choose,
    draw,
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
    "Enum",
    "Event",
    "EventKind",
    "Expr",
    "Family",
    "Nat",
    "Network",
    "NotationError",
    "Parameter",
    "Relation",
    "Response",
    "Row",
    "Segment",
    "Sort",
    "Tcb",
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
    "parameter",
    "segments_between",
    "variable",
    "within",
]
