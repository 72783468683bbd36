"""Profiles: what an endpoint in a capture is held against. A profile is a set of assumptions, and what it does otherwise.

``rfc9293`` is the RFC with what it leaves open: where a connection is not explained under the first choice, it is under one of
the others, or it deviates. A profile of a stack can have deviations by name: actions that its endpoint has besides
(:class:`~model.tcp.handshakes.watched.Watched`), each with the rule that it differs from and the sentence of the RFC. They are
taken as explanations where nothing else is one, and said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from model.notation.assumed import Choice
from model.tcp.handshakes.facing import NONE, FacingAssumptions
from model.tcp.handshakes.stacks import ABORTS_WITH_ACK, AbortsWithAck
from model.tcp.handshakes.watched import Watched


@dataclass(frozen=True, slots=True)
class Deviation:
    """What a stack does otherwise, and is known to: the ``actions`` of its endpoint that do it.

    ``section`` and ``sentence`` say what the RFC has, ``stimulus`` when the stack differs, and ``answer`` what it does then.
    """

    name: str
    actions: tuple[str, ...]
    section: str
    sentence: str
    stimulus: str
    answer: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What an endpoint is held against: ``assumed``, or else one of the choices ``otherwise``."""

    name: str
    meaning: str
    assumed: Mapping[str, Choice] = field(default_factory=dict)
    otherwise: tuple[Mapping[str, Choice], ...] = ()
    endpoint: type[Watched] = Watched
    deviations: tuple[Deviation, ...] = ()

    def under(self, given: Mapping[str, Choice]) -> Profile:
        """Return the profile with some assumptions as they were given."""
        others = tuple({name: value for name, value in other.items() if name not in given} for other in self.otherwise)
        return replace(self, assumed={**self.assumed, **given}, otherwise=tuple(other for other in others if other))

    @property
    def choices(self) -> tuple[FacingAssumptions, ...]:
        """All assumptions under which an endpoint conforms, those of most first."""
        return tuple(FacingAssumptions.of({**self.assumed, **other}) for other in ({}, *self.otherwise))


PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(
            "rfc9293",
            "RFC 9293, with RFC 5961 or without",
            {"new_syn": "reopens"},
            ({"new_syn": "challenged"}, {"mechanisms": NONE}, {"new_syn": "reopens", "rfc1337": True}),
        ),
        Profile(
            "rfc793",
            "RFC 793: a RST or a SYN in the window ends a connection",
            {"mechanisms": NONE, "new_syn": "challenged"},
        ),
        Profile(
            "linux",
            "RFC 9293, and what Linux does otherwise",
            {"new_syn": "reopens"},
            ({"new_syn": "challenged"}, {"new_syn": "reopens", "rfc1337": True}),
            AbortsWithAck,
            (
                Deviation(
                    "rst-with-ack",
                    (ABORTS_WITH_ACK,),
                    "§3.10.5",
                    "Send a reset segment: <SEQ=SND.NXT><CTL=RST>",
                    "the user aborts, or closes with text that was not read",
                    "the RST has the ACK bit, and RCV.NXT in its ACK field",
                ),
            ),
        ),
    )
}
"""The profiles by name."""
USUAL = next(iter(PROFILES))
"""The one that is meant where none is named."""


SIDES = ("server", "client", "middle")
"""At whose host a capture was made: of who was opened, of who opened, or at neither."""
