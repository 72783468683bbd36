"""The question of ``synproof minimal``, and all that is found about it, as one record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from checker.host.limits import Limits
from checker.runs.trace import Header, Trace, TraceStep
from checker.studies.minimal.conditions import Condition
from checker.studies.minimal.synthesis import DEFAULT, Attack, Exhaustive, Survivor, Synthesis, exhaustive, synthesise
from checker.studies.minimal.two_messages import AGAIN, STALE, Remembering, Undecidable, remembering, undecidable
from model.notation.said import said
from model.tcp.handshakes.parametric import CLIENT, FEWEST, REFUSES, SERVER, Choice, Member, Parametric, message_text
from model.tcp.scope import Scope

QUICK = 3
"""Up to how many messages every member is searched one by one without being asked to: it takes about two seconds."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is known about handshakes of so many messages."""

    synthesis: Synthesis
    exhaustive: Exhaustive | None
    undecidable: Undecidable | None
    remembering: Remembering | None

    @property
    def agrees(self) -> bool | None:
        """Whether the search of every member found the survivors of the synthesis; None where there was none to the end."""
        if self.exhaustive is None or not (self.exhaustive.complete and self.synthesis.decided):
            return None
        return set(self.exhaustive.survivors) == {survivor.member for survivor in self.synthesis.survivors}

    @property
    def decided(self) -> bool:
        """Whether the family is decided in its scope, and nothing that was to confirm it says otherwise."""
        general = all(found is None or found.holds for found in (self.undecidable, self.remembering))
        confirmed = self.exhaustive is None or self.agrees is True
        return self.synthesis.decided and confirmed and general

    def as_record(self) -> dict[str, Any]:
        """Return it as the record that ``--json`` prints (see JSON.md)."""
        synthesis = self.synthesis
        return {
            "messages": synthesis.family.messages,
            "claims": list(synthesis.claims),
            "scope": scope_text(synthesis.family.scope),
            "family": len(synthesis.family.members),
            "useless": len(synthesis.useless),
            "survivors": [_survivor_record(survivor) for survivor in synthesis.survivors],
            "attacks": [_attack_record(attack) for attack in synthesis.attacks],
            "depth": synthesis.depth,
            "decided": self.decided,
            "exhaustive": None if self.exhaustive is None else _exhaustive_record(self.exhaustive, agrees=self.agrees),
            STALE: None if self.undecidable is None else _undecidable_record(self.undecidable),
            AGAIN: None if self.remembering is None else _remembering_record(self.remembering),
            "seconds": round(synthesis.seconds, 3),
        }


def decide_minimal(  # noqa: PLR0913  # what is asked, how far it is searched, and who hears of it
    messages: int,
    scope: Scope,
    names: Sequence[str] = DEFAULT,
    limits: Limits | None = None,
    *,
    each: bool | None = None,
    told: Callable[[str], None] = lambda _: None,
) -> Decision:
    """Decide the family of so many messages; ``each`` asks for a search of every member, None where that is quick.

    ``told`` hears now and then how far it is.
    """
    family = Parametric(messages, scope)
    found = synthesise(family, names, limits, told)
    return Decision(
        found,
        exhaustive(family, names, limits, told) if each or (each is None and messages <= QUICK) else None,
        undecidable(scope) if messages == FEWEST and STALE in names else None,
        remembering(scope) if messages == FEWEST and AGAIN in names else None,
    )


def scope_text(scope: Scope) -> str:
    """Return a scope as it concerns the family, which sends no data."""
    left, right = (", ".join(map(str, isns)) for isns in (scope.client_isns, scope.server_isns))
    return said("{name}: attempts with ISN {left}; answers with ISN {right}", name=scope.name, left=left, right=right)


def sorted_choices(condition: Condition) -> list[tuple[Choice, bool]]:
    """Return what a condition asks for in the order of the messages."""
    return sorted(condition.items(), key=lambda item: (item[0].message, item[0]))


def conditions_text(conditions: Sequence[Condition]) -> str:
    """Return in words where an attack works."""
    parts = map(sorted_choices, conditions)
    return (
        "; or ".join(" and ".join(choice.text(chosen=value) for choice, value in part) for part in parts)
        or "whatever is in them"
    )


def steps_text(trace: Trace) -> list[str]:
    """Return the steps of a run of a member, each in some words."""
    return [_step_text(trace, number, step) for number, step in enumerate(trace.steps)]


def _step_text(trace: Trace, number: int, step: TraceStep) -> str:
    before = trace.before(number)
    does = said("{who} opens" if step.sent else "{who} gives up", who=step.by)
    if step.received is not None:
        takes = "{who} drops {message}" if step.action == REFUSES else "{who} takes {message}"
        does = said(takes, who=step.by, message=_message(step.received))
    for role in (CLIENT, SERVER):
        if step.state.get(f"{role}.established") is True and before[f"{role}.established"] is False:
            does = said("{does}, is ESTABLISHED", does=does)
    for message in step.sent:
        does = said("{does}, sends {message}", does=does, message=_message(message))
    return does


def _message(header: Header) -> str:
    number, isn, echo, _ = header.row
    return message_text(int(str(number)), str(isn or ""), str(echo or ""))


def _member_record(member: Member) -> dict[str, Any]:
    return {
        "messages": [member.message(i) for i in range(1, member.messages + 1)],
        "server_established_by": member.established_by(SERVER),
        "client_established_by": member.established_by(CLIENT),
    }


def _survivor_record(survivor: Survivor) -> dict[str, Any]:
    searched = {"complete": survivor.complete, "states": survivor.counts.states, "depth": survivor.counts.depth}
    return {**_member_record(survivor.member), **searched}


def _attack_record(attack: Attack) -> dict[str, Any]:
    return {
        "on": _member_record(attack.on),
        "claims": list(attack.claims),
        "steps": steps_text(attack.trace),
        "works_on": len(attack.works_on),
        "killed": len(attack.killed),
        "where": conditions_text(attack.conditions),
    }


def _exhaustive_record(found: Exhaustive, *, agrees: bool | None) -> dict[str, Any]:
    return {
        "members": found.members,
        "survivors": [_member_record(member) for member in found.survivors],
        "complete": found.complete,
        "states": found.states,
        "agrees": agrees,
    }


def _undecidable_record(found: Undecidable) -> dict[str, Any]:
    return {
        "no_server_does": found.holds,
        "observable": found.sequences,
        "observable_of_ended_attempts": found.shown,
        "at_most": found.longest,
        "alive": steps_text(found.alive),
        "ended": steps_text(found.ended),
    }


def _remembering_record(found: Remembering) -> dict[str, Any]:
    runs = {"witness": found.witness, "refusal": found.refusal, "forgetful": found.forgetful, "attack": found.attack}
    shown = {name: None if trace is None else steps_text(trace) for name, trace in runs.items()}
    return {"remembering_does": found.holds, "states": found.counts.states, "depth": found.counts.depth, **shown}
