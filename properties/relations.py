"""Relations: what is claimed of two systems, and not of the steps of one.

The textbook has two claims like that. The two middle steps of the four-way handshake can be put into one, which gives the
three-way handshake. Here that is ``four-way-merges``: :func:`middle_steps_together` makes of four-way's own rules a system in
which the server answers in one step with one segment, and the claim is that this system and three-way simulate each other
(:mod:`checker.simulation.preorder`). And closing takes four messages, or three where the ACK of a FIN goes with the other FIN:
``three-messages-close``, of what :func:`closing_at_once` makes of the lifecycle's own rules.

What can be seen is the state, ISS and IRS of both endpoints. A step that changes none of them cannot be seen: segments that
are lost, dropped or sent again, challenge ACKs, text and its acknowledgment. Not seen are therefore SND.UNA, by which
four-way's client remembers a bare ACK that three-way's drops in SYN-SENT, and SND.NXT, which in three-way counts the text of
the third segment at once and in four-way afterwards.

Simulation both ways is less than bisimulation. It says of everything that one can show, in whatever order and with whatever
choices left open by then, that the other can show it too. So whatever is claimed of all runs, in terms of what can be seen,
holds of both or of neither.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from model.notation.expr import Expr, ite
from model.notation.sequence import in_sequence, merged
from model.notation.system import TransitionSystem
from model.tcp.composition import LIFECYCLE, composition_named
from model.tcp.merging import as_one_segment
from model.tcp.scope import Scope
from model.tcp.segment import Segment
from properties.events import ZERO

FIRST, SECOND = "receives_syn", "sends_syn"
"""The two middle steps of four-way: the server takes a SYN and acknowledges it; it sends its own."""
CLOSES = "closes_after_the_other"
"""What a user does in CLOSE-WAIT in the end."""


def endpoints(system: TransitionSystem) -> Sequence[Expr]:
    """Return what can be seen of a state: of each endpoint its state and its initial sequence numbers."""
    return tuple(e for view in system.views.values() for e in (view.state, view.iss, view.irs))


def connections(system: TransitionSystem) -> Sequence[Expr]:
    """Return what can be seen of a state where only connections count: who is ESTABLISHED, and with which numbers."""
    views = system.views.values()
    numbers = tuple(ite(view.established, number, ZERO) for view in views for number in (view.iss, view.irs))
    return (*(view.established for view in views), *numbers)


OBSERVED: dict[Callable[[TransitionSystem], Sequence[Expr]], str] = {
    endpoints: "state, ISS and IRS of both endpoints; a step that changes none of them cannot be seen",
    connections: "who is ESTABLISHED, and its ISS and IRS; all other steps cannot be seen",
}
"""What is observed, in words."""


@dataclass(frozen=True, eq=False)
class Relation:
    """A claim that two systems simulate each other: what ``left`` makes of ``handshake``, and the handshake ``right``.

    It is about these in the compositions ``within``. ``called`` is the name of what ``left`` makes. One that is not
    ``asserted`` is known to be violated, in scopes with at least so many ``attempts`` and ``answers``, and there to show what
    it takes. ``observed`` gives what can be seen.
    """

    name: str
    brief: str
    statement: str
    why: str
    handshake: str
    called: str
    left: Callable[[TransitionSystem], TransitionSystem]
    right: str
    asserted: bool = True
    attempts: int = 1
    answers: int = 1
    observed: Callable[[TransitionSystem], Sequence[Expr]] = endpoints
    within: tuple[str, ...] = ("", "crash")

    def declared(self, scope: Scope) -> str | None:
        """Return the verdict that is declared, "holds" or "violated"; None where the scope may hide a violation."""
        if self.asserted:
            return "holds"
        once = scope.without_repeats
        return "violated" if once.attempts >= self.attempts and once.answers >= self.answers else None

    @property
    def model(self) -> str:
        """The model of which it is asked first."""
        return composition_named(self.within[0]).of(self.handshake)

    @property
    def seen(self) -> str:
        """What is observed, in words."""
        return OBSERVED[self.observed]


def middle_steps_together(system: TransitionSystem, *, whole: bool = True) -> TransitionSystem:
    """Return a four-way handshake with its two middle steps taken together, derived from its own actions.

    - Of the server: the action in which it takes a SYN and acknowledges it, and the one in which it sends its own SYN, are one.
    - Of the network: an ACK and a SYN that are sent in one step travel as one segment, also where both are sent again.
    - Of the client: it takes them in one step, first the ACK and then the SYN, each as four-way does. Taken as a ``whole``, a
      segment of whose halves the first is refused is dropped with the second.

    Nothing else is changed. All other segments of the server, its challenge ACKs among them, are taken as four-way takes them.
    """
    for role in system.views:
        if {f"{role}_{FIRST}", f"{role}_{SECOND}"} <= system.action.keys():
            system = merged(system, f"{role}_{FIRST}", f"{role}_{SECOND}")
    return as_one_segment(system, whole=whole)


def closing_at_once(system: TransitionSystem) -> TransitionSystem:
    """Return a lifecycle whose users close as soon as they are told that the other has, derived from its own actions.

    Whatever leads to CLOSE-WAIT, and CLOSE there, are one step. The ACK of the other's FIN and the FIN go as one segment, since
    a FIN has an ACK anyway: a connection is closed by three messages.
    """
    actions = []
    for action in system.actions:
        closes = system.named(f"{action.by}_{CLOSES}")
        if action is closes:
            continue
        entered = action.updates.get(f"{action.by}.state")
        if entered is not None and entered.data == "CLOSE-WAIT":
            both = in_sequence(action, closes)
            action = replace(both, sends=tuple(s for s in both.sends if Segment(*s).ctl.data != "ACK"))  # noqa: PLW2901
        actions.append(action)
    return replace(system, actions=tuple(actions))


RELATIONS: dict[str, Relation] = {
    relation.name: relation
    for relation in (
        Relation(
            "four-way-merges",
            "with its two middle steps in one, four-way is three-way",
            statement="Four-way with its two middle steps taken together, and three-way, simulate each other.",
            why="Textbooks say that the server's ACK and SYN can be optimised into one step, and that this is the three-way "
            "handshake.",
            handshake="four-way",
            called="four-way merged",
            left=middle_steps_together,
            right="three-way",
        ),
        Relation(
            "four-way-unmerged",
            "without that it is not",
            statement="Four-way as it is, and three-way, simulate each other.",
            why="They do not: the halves of an answer can arrive in the other order, as in the split handshake.",
            handshake="four-way",
            called="four-way",
            left=lambda system: system,
            right="three-way",
            asserted=False,
        ),
        Relation(
            "four-way-unmerged-connections",
            "nor in the connections that come to be",
            statement="Four-way as it is, and three-way, simulate each other where only connections are seen.",
            why="They do not: halves of two answers make a connection that three-way never has, so that it is more than the "
            "names of the states on the way.",
            handshake="four-way",
            called="four-way",
            left=lambda system: system,
            right="three-way",
            asserted=False,
            attempts=2,
            answers=2,
            observed=connections,
        ),
        Relation(
            "four-way-merges-halfway",
            "nor where a client that refuses the ACK still looks at the SYN with it",
            statement="Four-way with its two middle steps taken together, but with a client that looks at the SYN of a segment "
            "whose ACK it refused, and three-way, simulate each other.",
            why="They do not: two segments in one are not yet one. The SYN is only safe with the check of the ACK beside it.",
            handshake="four-way",
            called="four-way merged halfway",
            left=lambda system: middle_steps_together(system, whole=False),
            right="three-way",
            asserted=False,
            attempts=2,
        ),
        Relation(
            "three-messages-close",
            "an ACK and a FIN in one: the same connections",
            statement="The lifecycle, and the lifecycle in which who is told that the other has closed closes at once, so that "
            "the ACK and the FIN are one segment, simulate each other where only connections are seen.",
            why="Closing needs a FIN and an ACK each way. Where the second user has nothing more to say, two of the four "
            "messages go as one, and three do.",
            handshake="three-way",
            called="three-way closing at once",
            left=closing_at_once,
            right="three-way",
            observed=connections,
            within=(LIFECYCLE.name,),
        ),
        Relation(
            "three-messages-half-close",
            "but then nobody is half closed",
            statement="The same two simulate each other where the states are seen.",
            why="They do not: CLOSE-WAIT is missing, in which one side is told that the other has no more to say, and goes on "
            "sending. That is what the fourth message is for.",
            handshake="three-way",
            called="three-way closing at once",
            left=closing_at_once,
            right="three-way",
            asserted=False,
            within=(LIFECYCLE.name,),
        ),
    )
}
"""The relations by name."""
