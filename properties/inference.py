"""What an attacker infers of connections that are not its own, by two runs (:mod:`model.tcp.handshakes.inferring`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from model.notation.analysis import substitute
from model.notation.expr import FALSE, Expr, conj, literal, negate, variable
from model.notation.sorts import BOOL, Relation, Sort
from model.notation.system import Action, TransitionSystem
from model.tcp.attackers import ATTACKER
from model.tcp.composition import CLIENT, INFERENCE, INFERENCE_ACK, INFERENCE_FULL, INFERENCE_SEQ, NUMBERED, RUNS
from model.tcp.handshakes.inferring import TOLD_APART
from properties.claim import Claim, Kind
from properties.observe import Seen
from properties.step import Step


def _watch(step: Step) -> Seen:
    """See two runs told apart once both have answered, and that one of them had the attacker sent something."""
    if step.by not in (*RUNS, *NUMBERED):
        return Seen()
    met = any(segment.destination.data == ATTACKER for segment in step.sent)
    stop = step.after(variable(TOLD_APART, BOOL)) if step.by in (RUNS[1], NUMBERED[1]) else FALSE
    return Seen(stop=stop, trigger=literal(met, BOOL))


NOTHING_INFERRED = Claim(
    "nothing-inferred",
    Kind.SAFETY,
    brief="an attacker does not learn who else is connected",
    statement=(
        "An attacker that sends the same in two runs, in one of which a client connects and in the other none does, is sent "
        "the same in both."
    ),
    formula="G (both runs have answered => the attacker was sent the same in both)",
    why=(
        "Who can tell whether two hosts are connected, and then by which numbers, can end the connection or put text into it "
        "without seeing any of it (CVE-2016-5696; RFC 5961 §7)."
    ),
    when_stopped="the attacker was sent something in one run that it was not sent in the other",
    trigger="the attacker was sent something",
    because=(
        "in the run without the client the attacker {without.was_sent}, and in the run with it the attacker {with.was_sent}"
    ),
    roles=RUNS,
    watch=_watch,
    within=(INFERENCE.name, INFERENCE_FULL.name),
)
NO_NUMBER_INFERRED = replace(
    NOTHING_INFERRED,
    name="no-number-inferred",
    brief="an attacker does not learn by which numbers a client is connected",
    statement=(
        "An attacker that sends the same in two runs, in which the connection of a client has another number, is sent the same "
        "in both, also where it has guessed the number of one of them."
    ),
    why=(
        "Who is told whether a guess is near, or too large, finds a number of 2^32 in some tens of thousands of segments "
        "(CVE-2016-5696; RFC 5961 §7)."
    ),
    because="in the one run the attacker {first.was_sent}, and in the other the attacker {second.was_sent}",
    roles=NUMBERED,
    within=(INFERENCE_SEQ.name, INFERENCE_ACK.name),
)


def alike(system: TransitionSystem) -> tuple[Expr, ...]:
    """Return why nothing is inferred where connections share nothing: an invariant, which is believed when it is shown.

    Both runs have the attacker's connection in the same state. Once the one run has answered, it is where the other run's
    answer will bring that, and what was observed is what that answer will send.
    """
    first, second = system.views
    turn, source = (variable(name, system.sorts[name]) for name in ("turn", "arrived.from"))
    of_run = _of_run(system, first)
    pairs = [(variable(f"{first}.{own}", sort), variable(f"{second}.{own}", sort)) for own, sort in of_run.items()]
    observed = [v for v in system.variables if v.name.startswith("observed.")]
    same = conj(
        *(one == other for one, other in pairs if not isinstance(one.sort, Relation)),
        *(v.value == literal(v.initial, v.sort) for v in observed),
    )
    read = {f"{first}.{own}": variable(f"{second}.{own}", sort) for own, sort in of_run.items()}

    def foreseen(action: Action) -> Expr:
        become = system.named(action.name.replace(second, first, 1)).updates
        return conj(
            *(
                one == substitute(become.get(str(one.data), one), read)
                for one, _ in pairs
                if not isinstance(one.sort, Relation)
            ),
            *(v.value == substitute(become[v.name], read) for v in observed),
        )

    answers = [a for a in system.actions if a.by == second and not a.parameters and not a.name.endswith(_OF_CLIENT)]
    answered = [(turn != second) | (source == CLIENT) | negate(action.guard) | foreseen(action) for action in answers]
    told_apart = variable(TOLD_APART, BOOL)
    return negate(told_apart) & (((turn == second) & (source == ATTACKER)) | same), conj(*answered)


_OF_CLIENT = (f"_from_{CLIENT}", f"_of_the_{CLIENT}")
"""How the names of what a server does end that concerns the client's connection."""


def _of_run(system: TransitionSystem, run: str) -> Mapping[str, Sort]:
    """Return the variables that a run has for the attacker's connection and for the host, by what they are called in both."""
    own, others = f"{run}.", f"{run}.{CLIENT}."
    return {
        name.removeprefix(own): s for name, s in system.sorts.items() if name.startswith(own) and not name.startswith(others)
    }


CLAIMS = (NOTHING_INFERRED, NO_NUMBER_INFERRED)
