"""Why a step decides a claim, in words: what a claim says in its ``because``, with what the run has put in.

In braces it may name

- ``each``: every endpoint after the step, as in "the client is SYN-SENT with ISS 100, the server is LISTEN";
- ``step``: what the step was: who received or did what in which state, what was sent, and the state after it;
- ``actor`` and ``other``, ``left`` and ``right``, or the name of a role: an endpoint after the step, in the same words.
  ``actor.name`` is only what it is called, ``actor.before`` the endpoint before the step, and ``actor.snd_nxt`` its variable;
  ``actor.was_sent`` is what somebody was sent by it in its last step, as in "was sent nothing";
- an observer of the claim by its own name, after the step;
- ``where.told`` and ``without.told``: those whose observer, called by the role and ``_told``, is true, and is not.

So that an endpoint is told in one way in all of them, with its pair of ISNs in the order in which the roles are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from checker.runs.trace import Trace
from model.notation.pretty import value_text
from model.notation.sorts import NotationError, Value, nearest
from properties.claim import Claim
from properties.safety import BOTH
from reports.language.catalogue import Language

_SYNCHRONIZED = ("SYN-RECEIVED", "ESTABLISHED")
_NOWHERE: Mapping[str, Value] = {}


def because(claim: Claim, trace: Trace, number: int, spoken: Language) -> str:
    """Return in a sentence why step ``number``, counted from 1, of a run decides a claim; "" where it does not say.

    0 stands for the initial state. Raises :class:`NotationError` where the claim names what a run has not.
    """
    if not claim.because or not trace.roles:
        return ""
    telling = _Telling(trace, number, spoken)
    known = telling.words(claim.name)
    try:
        said = claim.because.format_map(known)
    except (KeyError, AttributeError) as error:
        missing = str(error.args[0])
        raise NotationError(
            f"claim {claim.name!r} says {missing!r} in its because; {nearest(missing, tuple(known))}"
        ) from error
    return spoken.word("because", reason=said[:1].upper() + said[1:])


@dataclass(frozen=True, slots=True)
class _Telling:
    """How things are told after so many steps of a run."""

    trace: Trace
    number: int
    spoken: Language

    def words(self, claim: str) -> dict[str, object]:
        """Return what can be put in, by name."""
        roles = self.trace.roles
        by = self.trace.steps[self.number - 1].by if self.number else ""
        actor = by if by in roles else roles[0]
        index = roles.index(actor)
        other = roles[index ^ 1] if index ^ 1 < len(roles) else actor
        ends = {role: _Endpoint(self, role, self.number) for role in roles}
        own = {
            name.removeprefix(f"{claim}."): self.trace.before(self.number)[name]
            for name, of in self.trace.observers.items()
            if of == claim
        }
        return {
            **{name: self.value(value) for name, value in own.items()},
            "where": _Among(lambda name: self.named(role for role in roles if own.get(f"{role}_{name}") is True)),
            "without": _Among(lambda name: self.named(role for role in roles if own.get(f"{role}_{name}") is False)),
            "each": self.spoken.word("comma-clause").join(map(str, ends.values())),
            "step": self.step(actor),
            "left": ends[roles[0]],
            "right": ends[roles[-1]],
            "actor": ends[actor],
            "other": ends[other],
            **ends,
        }

    def value(self, value: Value) -> str:
        """Return a value in words; rows of a relation as pairs, none as such."""
        if not isinstance(value, frozenset):
            return value_text(value)
        rows = (", ".join(map(value_text, row)) for row in sorted(value))
        told = [f"({row})" if "," in row else row for row in rows]
        return self.spoken.word("comma").join(told) or self.spoken.word("none")

    def name(self, role: str) -> str:
        """Return what an endpoint is called in a sentence."""
        return self.spoken.word("the-" + (role if role in BOTH else "role"), role=role)

    def named(self, roles: Iterable[str]) -> str:
        """Return what several are called, joined as a sentence joins them."""
        return self.spoken.word("and").join(self.name(role).strip() for role in roles) or self.spoken.word("nobody")

    def seen(self, role: str, number: int) -> tuple[str, Mapping[str, Value]]:
        """Return the state of an endpoint after so many steps, and the parts of its view."""
        if not number:
            return self.trace.initial_states[role], self.trace.seen_first.get(role, _NOWHERE)
        step = self.trace.steps[number - 1]
        return step.states[role], step.seen.get(role, _NOWHERE)

    def how(self, role: str, number: int) -> str:
        """Return the state of an endpoint with the ISNs that it has: its own, or the pair."""
        state, seen = self.seen(role, number)
        iss, irs = seen.get("iss"), seen.get("irs")
        if iss is None or irs is None or not seen.get("exists", True) or state in ("CLOSED", "LISTEN"):
            return self.spoken.word("in-state", state=state)
        if not (irs or seen.get("established") or state in _SYNCHRONIZED):
            return self.spoken.word("in-state-with-iss", state=state, iss=iss)
        x, y = (irs, iss) if self.trace.roles.index(role) % 2 else (iss, irs)
        return self.spoken.word("in-state-with-pair", state=state, x=x, y=y)

    def was_sent(self, role: str) -> str:
        """Return what was sent to somebody in the last step of an endpoint, told of who was sent it."""
        sent = next((step.sent for step in reversed(self.trace.steps[: self.number]) if step.by == role), ())
        segments = self.spoken.word("comma").join(map(str, sent))
        return self.spoken.word("was-sent", segments=segments) if segments else self.spoken.word("was-sent-nothing")

    def step(self, actor: str) -> str:
        """Return what a step was: what arrived where or was done, what was sent, and the state after it."""
        if not self.number:
            return ""
        step = self.trace.steps[self.number - 1]
        segments = self.spoken.word("comma").join(map(str, step.sent))
        key = "step-does" if step.received is None else "step-receives"
        return self.spoken.word(
            key,
            who=self.name(actor),
            before=self.how(actor, self.number - 1),
            segment=step.received,
            action=step.action,
            sent=self.spoken.word("sent", segments=segments) if segments else self.spoken.word("sent-nothing"),
            after=self.how(actor, self.number),
        )


@dataclass(frozen=True, slots=True)
class _Among:
    """Those of the roles that a word after the point says."""

    of: Callable[[str], str]

    def __getattr__(self, name: str) -> str:
        return self.of(name)


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """An endpoint after so many steps: in words, or a part of it by name."""

    telling: _Telling
    role: str
    number: int

    def __str__(self) -> str:
        how = self.telling.how(self.role, self.number)
        return self.telling.spoken.word("endpoint-is", who=self.telling.name(self.role), how=how)

    def __getattr__(self, name: str) -> object:
        if name == "name":
            return self.telling.name(self.role)
        if name == "was_sent":
            return self.telling.was_sent(self.role)
        if name == "before":
            return _Endpoint(self.telling, self.role, max(self.number - 1, 0))
        seen = self.telling.seen(self.role, self.number)[1]
        if name in seen:
            return value_text(seen[name])
        state, variable = self.telling.trace.before(self.number), f"{self.role}.{name}"
        if variable not in state:
            raise AttributeError(variable)
        return value_text(state[variable])
