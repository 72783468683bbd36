"""What is found about handshakes of N messages, as plain text for a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from checker.runs.trace import Trace
from checker.studies.minimal.decision import Decision, conditions_text, scope_text, steps_text
from checker.studies.minimal.synthesis import Attack, Synthesis
from checker.studies.minimal.two_messages import Remembering, Undecidable, observed
from model.tcp.handshakes.parametric import CARRIES, CLIENT, RFC_793, SERVER, Choice, Member, message_text
from reports.text import counted
from reports.width import line_width

_FIELD = 11
_MEMBER = 63
_TWIN = Member(3, RFC_793.chosen | {Choice(CARRIES, 3)})
_KNOWN = {
    RFC_793: "RFC 793: SYN, SYN-ACK, ACK",
    _TWIN: "its twin, whose ACK has a sequence number too, as TCP's header does",
}
"""What survivors are called, where they have names."""


def decision(found: Decision) -> str:
    """Return all of it: the family, who survives, what killed the rest, and what confirms it."""
    synthesis = found.synthesis
    lines = [f"minimal: handshakes of {counted(synthesis.family.messages, 'message')}", "", *_heading(synthesis)]
    lines += ["", *_survivors(synthesis), "", *_attacks(synthesis)]
    lines += _confirmed(found)
    if found.undecidable is not None:
        lines += ["", *_no_server(found.undecidable)]
    if found.remembering is not None:
        lines += ["", *_never_forgets(found.remembering)]
    return "\n".join(lines)


def _heading(synthesis: Synthesis) -> Iterable[str]:
    members, useless = len(synthesis.family.members), len(synthesis.useless)
    yield from _field(
        "family",
        f"{members} members: whether each message carries its sender's ISN and echoes the other's, and which message makes "
        "each side ESTABLISHED",
    )
    yield from _field("useless", f"{useless}, in whose honest run not both become ESTABLISHED and know both ISNs")
    yield from _field("claims", ", ".join(synthesis.claims))
    yield from _field("scope", scope_text(synthesis.family.scope))


def _survivors(synthesis: Synthesis) -> Iterable[str]:
    number, rest = len(synthesis.survivors), len(synthesis.family.members) - len(synthesis.useless)
    if not synthesis.survivors:
        yield f"Survivors: none of {rest}"
        return
    what = "Survivors" if synthesis.decided else "Survivors so far"
    yield f"{f'{what}: {number} of {rest}':<{_MEMBER - 1}}ESTABLISHED by"
    yield f"{'':{_MEMBER}} server client"
    for survivor in synthesis.survivors:
        member = survivor.member
        yield f"  {member!s:<{_MEMBER - 2}} {member.established_by(SERVER):>6} {member.established_by(CLIENT):>6}"
        if member in _KNOWN:
            yield f"    {_KNOWN[member]}"
    holding = sum(survivor.member.chosen >= RFC_793.chosen for survivor in synthesis.survivors)
    if synthesis.family.messages > RFC_793.messages and holding:
        yield from _wrapped(f"{holding} of them have all fields of RFC 793's three messages in their first three.")
    if synthesis.decided:
        yield from _wrapped(f"Searched to the end of the scope: no state is more than {synthesis.depth} steps from the first.")
    else:
        yield from _wrapped(f"No attack in runs of up to {synthesis.depth} steps; longer ones were not looked at.")


def _attacks(synthesis: Synthesis) -> Iterable[str]:
    killed = sum(len(attack.killed) for attack in synthesis.attacks)
    yield f"Attacks: {len(synthesis.attacks)}, by which {killed} are killed"
    for number, attack in enumerate(synthesis.attacks, 1):
        yield from _attack(number, attack)


def _attack(number: int, attack: Attack) -> Iterable[str]:
    yield ""
    yield from _wrapped(f"{number}. kills {len(attack.killed)}: {conditions_text(attack.conditions)}", 2, 5)
    yield from _wrapped(f"found on {attack.on}", 5)
    yield from _wrapped(f"violates {', '.join(attack.claims)} in {counted(len(attack.trace), 'step')}:", 5)
    yield from _steps(attack.trace)


def _steps(trace: Trace) -> Iterable[str]:
    return (f"{number:>8}. {text}" for number, text in enumerate(steps_text(trace), 1))


def _confirmed(found: Decision) -> Sequence[str]:
    if found.exhaustive is None:
        return []
    each = f"each of the {found.exhaustive.members} members alone ({found.exhaustive.states:,} states)"
    said = {
        True: f"Confirmed: a search of {each} finds the same survivors.",
        False: f"NOT confirmed: a search of {each} finds other survivors, so that something here is wrong.",
        None: f"Not confirmed: the search of {each} did not come to the end of the scope.",
    }
    return ["", *_wrapped(said[found.agrees])]


def _no_server(found: Undecidable) -> Iterable[str]:
    yield "no-stale-establishment, whatever the server's program is"
    if not found.holds:
        yield from _wrapped("Not shown: something can be observed of attempts that are alive only.", 2)
        return
    number, isn, echo = observed(found.alive)[0]
    seen = message_text(int(str(number)), str(isn or ""), str(echo or ""))
    yield from _wrapped(
        f"No server does. In both of these runs all that it observes is {seen}, so that it does the same in both; in the "
        "first the attempt is alive, in the second it has ended.",
        2,
    )
    for trace in (found.alive, found.ended):
        yield from _steps(trace)
        yield ""
    yield from _wrapped(
        f"And so for each of the {found.sequences} sequences of up to {found.longest} messages that a server can observe: "
        "each can be observed of attempts that have all ended.",
        2,
    )


def _never_forgets(found: Remembering) -> Iterable[str]:
    yield "one-connection-per-attempt, for a server that never forgets whom it answered"
    if not found.holds or found.witness is None or found.refusal is None:
        yield "  Not shown."
        return
    yield from _wrapped(
        f"Two messages do. No run violates it ({found.counts.states} states, to the end of the scope), "
        "and a connection is possible:",
        2,
    )
    yield from _steps(found.witness)
    yield from _wrapped("What protects it is its memory:", 2)
    yield from _steps(found.refusal)
    if found.forgetful is not None:
        yield from _wrapped("A server that forgets connects the attempt twice:", 2)
        yield from _steps(found.forgetful)


def _field(name: str, text: str) -> list[str]:
    return textwrap.wrap(f"{name:<{_FIELD}}{text}", line_width(), subsequent_indent=" " * _FIELD, break_on_hyphens=False)


def _wrapped(text: str, indent: int = 0, hanging: int | None = None) -> list[str]:
    further = " " * (indent if hanging is None else hanging)
    return textwrap.wrap(text, line_width(), initial_indent=" " * indent, subsequent_indent=further, break_on_hyphens=False)
