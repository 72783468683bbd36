"""What claims about TCP ask of a system: what its views show, which events it says, and TCP's headers."""

from __future__ import annotations

from dataclasses import replace

from model.tcp.endpoint import ISNS, SEEN, TCB, EventKind
from model.tcp.segment import TCP
from properties.claim import Needs

ANSWERED = Needs(SEEN, (EventKind.OPENS, EventKind.ESTABLISHES, EventKind.ENDS), TCP.name)
"""What can be seen of any connection of TCP's, though its listener keep nothing of what it answers."""
CONNECTION = replace(ANSWERED, memory=True)
"""And that a listener which answers has a TCB from then on, as RFC 9293 has it."""
TCBS = replace(CONNECTION, variables=(*TCB.items(), ("isns", ISNS)))
"""And the variables of :class:`model.tcp.endpoint.Tcb`, of each endpoint."""
