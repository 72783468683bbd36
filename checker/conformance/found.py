"""What is found of a connection of a capture, when it is over: the verdict, its reasons, and what would have been right.

A connection *conforms* where there is an explanation; *deviates* at the first segment that has none; and it *cannot be told*
where what speaks against it may be the capture's doing: it began too late, missed packets, cut headers off, was made where
something rewrites numbers, or a segment is of a kind that the model does not have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from checker.conformance.connections import Connection, Judging
from checker.conformance.host import IRS, ISNS, Sent, text_of
from checker.conformance.profiles import PROFILES, Profile
from checker.conformance.running import run_of
from checker.conformance.seen import Entry
from checker.conformance.steps import Row
from checker.conformance.verdicts import Judged, Outcome
from checker.conformance.watching import Watch, kinds, possible
from model.notation.said import counted, said
from model.notation.system import Action
from model.tcp.segment import ANY_CTL

_ISS = ISNS[0]
_NEAR = 3
_LOOKED_AT = 32
"""How many segments that would have been right are said, and among how many possibilities they are looked for."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is said of one connection of the capture ``name``, which says that it ``missed`` so many packets."""

    name: str
    profile: Profile
    connection: Connection
    missed: int
    traced: bool = False

    def judged(self, judging: Judging) -> Judged:
        """Return what is found of one of its ends."""
        watch = judging.watch
        source = f"{self.name}: {named(judging.host.address)} > {named(judging.peer.address)}"
        why_not = self._cannot(judging)
        notes, more = tuple(self._notes(judging)), _record(self.connection, judging)
        run = run_of(judging) if self.traced else None
        if watch.failed is None:
            outcome = Outcome.CANNOT if why_not else Outcome.AGREES
            return Judged(source, outcome, why=why_not, notes=notes, more=more, run=run)
        near, rule, section, why = _nearest(watch)
        return Judged(
            source,
            Outcome.CANNOT if why_not else Outcome.DEVIATES,
            said("packet {number}", number=watch.failed.number),
            said("{why}; but {cannot}", why=why, cannot=why_not) if why_not else why,
            near,
            _segment(watch.failed.readings[0]),
            rule,
            section,
            () if why_not else tuple(self._elsewhere(watch)),
            notes,
            more,
            run,
        )

    def _elsewhere(self, watch: Watch) -> Iterator[str]:
        """Yield the other profiles that explain what was seen so far, as options."""
        for profile in PROFILES.values():
            known = profile is self.profile or watch.forgot or watch.narrowed
            if not known and any(watch.explained_by(kind.watch()) for kind in kinds(profile)):
                yield f"--profile {profile.name}"

    def _cannot(self, judging: Judging) -> str:
        """Return why what speaks against an endpoint may be the capture's doing, or why nothing speaks for it; or ""."""
        connection, watch = self.connection, judging.watch
        if connection.flaw is not None:
            flaw, number = connection.flaw
            return said("packet {number} cannot be judged: {flaw}", number=number, flaw=flaw)
        if connection.first.source == connection.first.destination:
            return said("a socket that is connected to itself has no two ends")
        if not judging.packets:
            return said("no packet was captured at its host")
        if not connection.began and (watch.failed is not None or not watch.spoke):
            pattern = "its opening was not seen, and it goes on with the numbers of {other}: ports or addresses were rewritten"
            return said(pattern, other=connection.goes_on) if connection.goes_on else said("its opening was not seen")
        if connection.rewritten:
            return connection.rewritten
        if watch.failed is None:
            return ""
        if self.missed:
            return said("the capture says that it missed {number} packets", number=self.missed)
        if connection.fast:
            return said("a SYN asks for Fast Open or has text, and the model does not speak of text that is taken with a SYN")
        if watch.narrowed:
            return said("there are more possibilities than were looked at")
        return judging.missed

    def _notes(self, judging: Judging) -> Iterator[str]:
        watch = judging.watch
        if watch.otherwise:
            yield said("it does what RFC 9293 leaves open: {otherwise}", otherwise=watch.otherwise)
        if self.connection.twice:
            several = "{number} packets are there twice, sent or captured"
            yield counted(self.connection.twice, "a packet is there twice, sent or captured", several)
        if watch.failed is None:
            explanation = watch.explanation()
            yield from (_told(entry, judging) for entry in explanation if entry.hidden)
            used = {watch.steps.actions[entry.action].name for entry in explanation if entry.action >= 0}
            for deviation in self.profile.deviations:
                if used & {f"host_{action}" for action in deviation.actions}:
                    yield said("a known deviation, {name}: {answer}", name=deviation.name, answer=deviation.answer)


def _told(entry: Entry, judging: Judging) -> str:
    """Return a step of an explanation as a sentence."""
    if entry.about in judging.spoilt:
        return said("packet {number} has a wrong checksum, and was not taken", number=entry.about)
    if entry.action < 0:
        return said("before packet {number}: packet {lost} was lost after the tap", number=entry.packet, lost=entry.about)
    action = judging.watch.steps.actions[entry.action]
    it = "It " + action.doc.removeprefix(f"The {action.by} ")
    if entry.about:
        pattern = "before packet {number}, at packet {about}: {it} What it sends then was not seen."
        return said(pattern, number=entry.packet, about=entry.about, it=it)
    return said("packet {number}: {it}" if action.sends else "before packet {number}: {it}", number=entry.packet, it=it)


def _record(connection: Connection, judging: Judging) -> dict[str, object]:
    """Return what programs are told of a connection."""
    watch, steps = judging.watch, judging.watch.steps
    explanation = [
        {
            "packet": entry.packet,
            "about": entry.about or None,
            "action": steps.actions[entry.action].name if entry.action >= 0 else "network_loses",
            "section": steps.actions[entry.action].section if entry.action >= 0 else None,
            "seen": not entry.hidden,
        }
        for entry in ([] if watch.failed else watch.explanation())
    ]
    states = possible(watch.last if watch.failed else watch.nodes, steps)
    ends = {"host": named(judging.host.address), "peer": named(judging.peer.address)}
    return {
        "connection": {**ends, "role": judging.role, "first": connection.number, "packets": connection.packets},
        "states": [*states],
        "explanation": explanation,
    }


def named(end: bytes) -> str:
    """Return address and port of an end."""
    address = ip_address(end[:-2])
    port = int.from_bytes(end[-2:], "big")
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"  # noqa: PLR2004


def _segment(row: Row) -> str:
    """Return a segment as the RFC writes one."""
    seq, ack, ctl, octets = row
    return text_of(Sent(ANY_CTL.members[ctl], seq, ack, octets), {"iss": _ISS, "irs": IRS})


def _nearest(watch: Watch) -> tuple[tuple[str, ...], str, str, str]:
    """Return what could have been sent instead of what nothing explains: the nearest, by which rule, and what differs."""
    steps, one = watch.steps, watch.failed
    assert one is not None
    found: dict[Row, tuple[int, int, Action, str]] = {}
    for rank, (state, had, _) in enumerate(watch.last[:_LOOKED_AT]):
        segments: list[Row | None] = [None, *(row for one in watch.arrived[had : had + 1] for row in one.readings)]
        for segment in segments:
            for action, near in steps.nearly(state, segment, one.readings[0]):
                differ = sum(a != b for a, b in zip(near, one.readings[0], strict=True))
                known = found.get(near)
                if differ and (known is None or (differ, rank) < (known[0], known[1])):
                    found[near] = (differ, rank, action, steps.states[state[steps.place("state")]])
    nearest = sorted(found.items(), key=lambda pair: (pair[1][0], pair[1][1]))[:_NEAR]
    if not nearest:
        return (), "", "", said("an endpoint in {state} sends nothing here", state=possible(watch.last[:1], steps)[0])
    best, (_, _, action, of) = nearest[0]
    names = ("SEQ", "ACK", "CTL", "DATA")
    others = [name for name, a, b in zip(names, best, one.readings[0], strict=True) if a != b]
    why = said("an endpoint in {state} does not send that: {differ} would differ", state=of, differ=", ".join(others))
    section = f"{action.section}, {action.check}" if action.check else action.section
    return tuple(_segment(found_there) for found_there, _ in nearest), action.name, section, why
