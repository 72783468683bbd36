"""The network: a set of the segments that were sent and can still arrive.

That one idea is reordering (any segment in the set may be the next to arrive) and unbounded delay (none ever has to be). A
stale SYN is simply one that is still there. Losing a segment and delivering it twice are choices of the network: an action
``network_loses``, and a parameter ``kept`` of every delivery. Since the network is a set, sending a segment that is in
flight already changes nothing; so without duplication a retransmission of a segment still in flight is that same segment.

:func:`connect` writes all of this into the actions, once, for every system. :func:`keeping_everything` is the same network
without its choices: each segment stays for ever. For a safety claim that nowhere reads the network this decides the same
questions over far fewer states:

- Every run of the smaller system is one of the larger (deliver and keep each time, lose nothing).
- Let a run of the larger system be given. Leave out its losses and keep each segment delivered. By induction the smaller
  system can follow it, with the same values of all variables but the network, which contains the other's network: a guard reads
  the network only by receiving a segment from it. So every step that a claim can see is seen in the smaller system, not later.

Hence verdicts and lengths of shortest traces agree, whether or not segments can be lost. Where duplication is switched off,
or a formula reads the network in any other way, that of a view among them, :func:`why_not_kept` says so and the argument is not
used.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from model.notation.expr import Expr, Op, ite, lift, variable
from model.notation.pool import reads
from model.notation.said import said
from model.notation.sorts import BOOL
from model.notation.system import KEPT, LOSES, SEGMENT, Action, Network, TransitionSystem, choose, draw

__all__ = ["KEPT", "LOSES", "SEGMENT", "connect", "keeping_everything", "why_not_kept"]


def connect(system: TransitionSystem) -> TransitionSystem:
    """Return the system with receiving, sending, duplication and loss written out as guards and updates of the network."""
    return _connect(system, keep_everything=False)


def keeping_everything(system: TransitionSystem) -> TransitionSystem:
    """Return the system with a network that never lets go of a segment; see above for when that decides the same."""
    return _connect(system, keep_everything=True)


def why_not_kept(system: TransitionSystem, others: Iterable[Expr] = ()) -> str:
    """Return why the network may not keep everything, or "" when it may. ``others`` are the formulas of the claim."""
    network = system.network
    if network is None:
        return "it has no network"
    for role, view in system.views.items():
        if any(reads(e, network.variable) for e in view.formulas):
            return said("the view of {role} reads the network", role=role)
    if network.written_out:
        return "the claim is about the network"
    if not network.duplication:
        return "duplication is switched off"
    for action in system.actions:
        formulas = [action.guard, *action.updates.values(), *(cell for segment in action.sends for cell in segment)]
        formulas += [candidate for p in action.parameters for candidate in p.candidates]
        if any(reads(e, network.variable) for e in formulas):
            return said("action {name} reads the network", name=action.name)
        drawn = [p for p in action.parameters if p.source is not None and reads(p.source, network.variable)]
        if [p.name for p in drawn] != [name for name in (action.receives,) if name]:
            return said("action {name} looks at segments that it does not receive", name=action.name)
        if any(p.source is not None and p.source.op is not Op.VARIABLE for p in drawn):
            return said("action {name} receives a segment under a condition on the network", name=action.name)
    return "the claim is about the network" if any(reads(e, network.variable) for e in others) else ""


def _connect(system: TransitionSystem, *, keep_everything: bool) -> TransitionSystem:
    network = system.network
    if network is None or network.written_out:
        return system
    segments = variable(network.variable, system.sorts[network.variable])
    connected = [_deliver(action, segments, network, keep_everything) for action in system.actions]
    if network.loss and not keep_everything:
        segment = draw(SEGMENT, segments)
        loses = Action(
            LOSES,
            parameters=(segment,),
            updates={network.variable: segments.remove(*segment.row)},
            doc="The network loses a segment.",
        )
        connected.append(system.constrained(loses))
    written = system.assembled(actions=tuple(connected), network=replace(network, written_out=True))
    written.check_names()
    return written


def _deliver(action: Action, segments: Expr, network: Network, keep_everything: bool) -> Action:
    after, parameters = segments, action.parameters
    if action.segment is not None and not keep_everything:
        after = segments.remove(*action.segment.row)
        if network.duplication:
            kept = choose(KEPT, BOOL)
            parameters = (*parameters, kept)
            after = ite(kept.value, segments, after)
    for sent in action.sends:
        after = after.add(*sent)
    if after is segments:
        return action
    return replace(action, parameters=parameters, updates={**action.updates, network.variable: lift(after, segments.sort)})
