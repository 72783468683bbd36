"""The notation, in one place: ``from model import BOOL, Action, TransitionSystem, Variable, draw`` and so on.

``model/NOTATION.md`` has all of it with examples. The handshakes are in :mod:`model.tcp.handshakes`.

What is here is loaded when it is asked for (:mod:`model.late`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model.late import late

if TYPE_CHECKING:
    from model.notation.assumed import Assumed, assume
    from model.notation.cases import Cases, first, in_turn
    from model.notation.circle import between, from_to, within
    from model.notation.expr import (
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
    from model.notation.family import Family, family
    from model.notation.protocol import Endpoint, Field, Protocol, Reaction
    from model.notation.queue import Contents, Queue, queue
    from model.notation.sorts import (
        BOOL,
        DISTANCE,
        SEQ,
        Distance,
        Enum,
        Format,
        Modulo,
        Nat,
        NotationError,
        Relation,
        Seq,
        Sort,
        Token,
    )
    from model.notation.system import (
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
    from model.tcp.endpoint import CONTINUE, STATE, EventKind, Response, Tcb, continuing
    from model.tcp.segment import COOKIES, CTL, DATA, Segment, ctl_with, segments_between

__all__ = [
    "BOOL",
    "CONTINUE",
    "COOKIES",
    "CTL",
    "DATA",
    "DISTANCE",
    "FALSE",
    "SEQ",
    "STATE",
    "TRUE",
    "Action",
    "Assumed",
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
    "assume",
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

__getattr__, __dir__ = late(
    __name__,
    {
        "notation.assumed": (
            "Assumed",
            "assume",
        ),
        "notation.cases": (
            "Cases",
            "first",
            "in_turn",
        ),
        "notation.circle": (
            "between",
            "from_to",
            "within",
        ),
        "notation.expr": (
            "FALSE",
            "TRUE",
            "Expr",
            "Row",
            "conj",
            "disj",
            "exists_in",
            "forall_in",
            "ite",
            "lift",
            "literal",
            "negate",
            "parameter",
            "variable",
        ),
        "notation.family": (
            "Family",
            "family",
        ),
        "notation.protocol": (
            "Endpoint",
            "Field",
            "Protocol",
            "Reaction",
        ),
        "notation.queue": (
            "Contents",
            "Queue",
            "queue",
        ),
        "notation.sorts": (
            "BOOL",
            "DISTANCE",
            "SEQ",
            "Distance",
            "Enum",
            "Format",
            "Modulo",
            "Nat",
            "NotationError",
            "Relation",
            "Seq",
            "Sort",
            "Token",
        ),
        "notation.system": (
            "Action",
            "Event",
            "Happening",
            "Network",
            "Parameter",
            "TransitionSystem",
            "Variable",
            "View",
            "choose",
            "draw",
            "one_of",
        ),
        "tcp.endpoint": (
            "CONTINUE",
            "STATE",
            "EventKind",
            "Response",
            "Tcb",
            "continuing",
        ),
        "tcp.segment": (
            "COOKIES",
            "CTL",
            "DATA",
            "Segment",
            "ctl_with",
            "segments_between",
        ),
    },
)
