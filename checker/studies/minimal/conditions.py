"""What a set of members has in common, in terms of the parameters: the reason why an attack kills just those."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from model.tcp.handshakes.parametric import Choice, Member

Condition = Mapping[Choice, bool]
"""What some parameters are, the others being anything."""


def meets(member: Member, condition: Condition) -> bool:
    """Return whether a member is as a condition says."""
    return all((choice in member.chosen) == value for choice, value in condition.items())


def covering(wanted: Sequence[Member], allowed: Collection[Member], family: Sequence[Member]) -> tuple[Condition, ...]:
    """Return conditions of which each member ``wanted`` meets one, and no member of the family that is not ``allowed``.

    Each is as general as can be: were it silent about one parameter more, it would be met by a member that is not allowed.
    """
    forbidden = [member for member in family if member not in allowed]
    conditions: list[Condition] = []
    for member in wanted:
        if not any(meets(member, condition) for condition in conditions):
            conditions.append(_generalised(member, forbidden, family))
    return tuple(conditions)


def _generalised(member: Member, forbidden: Sequence[Member], family: Sequence[Member]) -> Condition:
    choices = sorted({choice for other in family for choice in other.chosen}, reverse=True)
    condition = {choice: choice in member.chosen for choice in choices}
    for choice in choices:
        without = {other: value for other, value in condition.items() if other != choice}
        if not any(meets(other, without) for other in forbidden):
            condition = without
    return condition
