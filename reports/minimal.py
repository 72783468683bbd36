"""What is found about handshakes of N messages, as plain text for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checker.runs.trace import Trace
from checker.studies.minimal.decision import Decision, scope_text, sorted_choices, steps_text
from checker.studies.minimal.synthesis import Attack, Synthesis
from checker.studies.minimal.two_messages import Remembering, Undecidable, observed
from model.notation.said import counted
from model.tcp.handshakes.parametric import CARRIES, CLIENT, RFC_793, SERVER, Choice, Member, message_text
from reports.language import ENGLISH
from reports.language.catalogue import Language, language
from reports.width import line_width
from reports.wrapping import padded, wrapped

_ENGLISH = language(ENGLISH)

_FIELD = 11
_MEMBER = 63
_TWIN = Member(3, RFC_793.chosen | {Choice(CARRIES, 3)})
_KNOWN = {
    RFC_793: "RFC 793: SYN, SYN-ACK, ACK",
    _TWIN: "its twin, whose ACK has a sequence number too, as TCP's header does",
}
"""What survivors are called, where they have names."""


def decision(found: Decision, spoken: Language = _ENGLISH) -> str:
    """Return all of it: the family, who survives, what killed the rest, and what confirms it."""
    synthesis = found.synthesis
    head = counted(synthesis.family.messages, "minimal: handshakes of 1 message", "minimal: handshakes of {number} messages")
    lines = [spoken.tell(head), "", *_heading(synthesis, spoken)]
    lines += ["", *_survivors(synthesis, spoken), "", *_attacks(synthesis, spoken)]
    lines += _confirmed(found, spoken)
    if found.undecidable is not None:
        lines += ["", *_no_server(found.undecidable, spoken)]
    if found.remembering is not None:
        lines += ["", *_never_forgets(found.remembering, spoken)]
    return "\n".join(lines)


def _heading(synthesis: Synthesis, spoken: Language) -> Iterable[str]:
    members, useless, tell = len(synthesis.family.members), len(synthesis.useless), spoken.tell
    family = (
        "{members} members: whether each message carries its sender's ISN and echoes the other's, and which message makes "
        "each side ESTABLISHED"
    )
    yield from _field(tell("family"), tell(family, members=members))
    nobody = "{useless}, in whose honest run not both become ESTABLISHED and know both ISNs"
    yield from _field(tell("useless"), tell(nobody, useless=useless))
    yield from _field(tell("claims"), ", ".join(synthesis.claims))
    yield from _field(tell("scope"), tell(scope_text(synthesis.family.scope)))


def _survivors(synthesis: Synthesis, spoken: Language) -> Iterable[str]:
    number, rest, tell = len(synthesis.survivors), len(synthesis.family.members) - len(synthesis.useless), spoken.tell
    if not synthesis.survivors:
        yield tell("Survivors: none of {rest}", rest=rest)
        return
    what = "Survivors: {number} of {rest}" if synthesis.decided else "Survivors so far: {number} of {rest}"
    yield padded(tell(what, number=number, rest=rest), _MEMBER - 1) + tell("ESTABLISHED by")
    yield f"{'':{_MEMBER}} server client"
    for survivor in synthesis.survivors:
        member = survivor.member
        yield f"  {member!s:<{_MEMBER - 2}} {member.established_by(SERVER):>6} {member.established_by(CLIENT):>6}"
        if member in _KNOWN:
            yield f"    {tell(_KNOWN[member])}"
    holding = sum(survivor.member.chosen >= RFC_793.chosen for survivor in synthesis.survivors)
    if synthesis.family.messages > RFC_793.messages and holding:
        fields = "{number} of them have all fields of RFC 793's three messages in their first three."
        yield from _wrapped(tell(fields, number=holding))
    if synthesis.decided:
        whole = "Searched to the end of the scope: no state is more than {depth} steps from the first."
        yield from _wrapped(tell(whole, depth=synthesis.depth))
    else:
        part = "No attack in runs of up to {depth} steps; longer ones were not looked at."
        yield from _wrapped(tell(part, depth=synthesis.depth))


def _attacks(synthesis: Synthesis, spoken: Language) -> Iterable[str]:
    killed = sum(len(attack.killed) for attack in synthesis.attacks)
    yield spoken.tell("Attacks: {number}, by which {killed} are killed", number=len(synthesis.attacks), killed=killed)
    for number, attack in enumerate(synthesis.attacks, 1):
        yield from _attack(number, attack, spoken)


def _attack(number: int, attack: Attack, spoken: Language) -> Iterable[str]:
    tell = spoken.tell
    yield ""
    where = _conditions(attack, spoken)
    yield from _wrapped(tell("{number}. kills {killed}: {where}", number=number, killed=len(attack.killed), where=where), 2, 3)
    yield from _wrapped(tell("found on {member}", member=str(attack.on)), 5)
    steps = spoken.counted("run-steps", len(attack.trace))
    yield from _wrapped(tell("violates {claims} in {steps}:", claims=", ".join(attack.claims), steps=steps), 5)
    yield from _steps(attack.trace, spoken)


def _conditions(attack: Attack, spoken: Language) -> str:
    """Return in words where an attack works."""
    parts = (
        spoken.word("and").join(spoken.tell(choice.text(chosen=value)) for choice, value in sorted_choices(condition))
        for condition in attack.conditions
    )
    return spoken.tell("; or ").join(parts) or spoken.tell("whatever is in them")


def _steps(trace: Trace, spoken: Language) -> Iterable[str]:
    return (f"{number:>8}. {spoken.tell(text)}" for number, text in enumerate(steps_text(trace), 1))


def _confirmed(found: Decision, spoken: Language) -> Sequence[str]:
    if found.exhaustive is None:
        return []
    said = {
        True: "Confirmed: a search of each of the {members} members alone ({states:,} states) finds the same survivors.",
        False: "NOT confirmed: a search of each of the {members} members alone ({states:,} states) finds other survivors, so "
        "that something here is wrong.",
        None: "Not confirmed: the search of each of the {members} members alone ({states:,} states) did not come to the end "
        "of the scope.",
    }
    values = {"members": found.exhaustive.members, "states": found.exhaustive.states}
    return ["", *_wrapped(spoken.tell(said[found.agrees], **values))]


def _no_server(found: Undecidable, spoken: Language) -> Iterable[str]:
    tell = spoken.tell
    yield from _wrapped(tell("no-stale-establishment, whatever the server's program is"))
    if not found.holds:
        yield from _wrapped(tell("Not shown: something can be observed of attempts that are alive only."), 2)
        return
    number, isn, echo = observed(found.alive)[0]
    seen = message_text(int(str(number)), str(isn or ""), str(echo or ""))
    none = (
        "No server does. In both of these runs all that it observes is {seen}, so that it does the same in both; in the "
        "first the attempt is alive, in the second it has ended."
    )
    yield from _wrapped(tell(none, seen=seen), 2)
    for trace in (found.alive, found.ended):
        yield from _steps(trace, spoken)
        yield ""
    each = (
        "And so for each of the {sequences} sequences of up to {longest} messages that a server can observe: "
        "each can be observed of attempts that have all ended."
    )
    yield from _wrapped(tell(each, sequences=found.sequences, longest=found.longest), 2)


def _never_forgets(found: Remembering, spoken: Language) -> Iterable[str]:
    tell = spoken.tell
    yield from _wrapped(tell("one-connection-per-attempt, for a server that never forgets whom it answered"))
    if not found.holds or found.witness is None or found.refusal is None:
        yield "  " + tell("Not shown.")
        return
    two = "Two messages do. No run violates it ({states} states, to the end of the scope), and a connection is possible:"
    yield from _wrapped(tell(two, states=found.counts.states), 2)
    yield from _steps(found.witness, spoken)
    yield from _wrapped(tell("What protects it is its memory:"), 2)
    yield from _steps(found.refusal, spoken)
    if found.forgetful is not None:
        yield from _wrapped(tell("A server that forgets connects the attempt twice:"), 2)
        yield from _steps(found.forgetful, spoken)


def _field(name: str, text: str) -> list[str]:
    return wrapped(padded(name, _FIELD) + text, line_width(), hanging=_FIELD)


def _wrapped(text: str, indent: int = 0, hanging: int = 0) -> list[str]:
    return wrapped(text, line_width(), " " * indent, hanging)
