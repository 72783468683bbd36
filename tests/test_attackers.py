"""Attackers and defences: verdicts that others have found, faulty listeners, and the number that a guess has to hit."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from checker.decide import Setting, decide
from checker.host.limits import Limits, Strategy
from checker.runs.trace import Trace
from checker.studies.parallel import decide_apart
from checker.studies.weakest import DEGREES, weakest
from checker.verdict import Verdict
from model.notation.cases import Cases
from model.notation.expr import Expr, conj
from model.notation.system import draw
from model.tcp.assumptions import Assumptions
from model.tcp.attackers import ATTACKER, ATTACKERS
from model.tcp.composition import ATTACKED
from model.tcp.endpoint import Response, Tcb
from model.tcp.handshakes import HANDSHAKES, NAMED, Cookies
from model.tcp.handshakes.forging import FORGED
from model.tcp.scope import scope_named
from model.tcp.segment import Segment
from properties.specification import Specification, built_in, specification
from tests import attack_oracle
from tests.command_line import Ask
from tests.test_export import length_by_spin, needs_spin

CONNECTION, RESET, DATA = "no-forged-connection", "no-forged-reset", "no-forged-data"
ROUTABILITY, ASKED_FOR = "return-routability", "lost-ack-is-asked-for"
REPLAYED = "no-replayed-request"
CLAIMS = (CONNECTION, RESET, DATA, ROUTABILITY, ASKED_FOR)

FALLS = {
    "two-way": (CONNECTION, ROUTABILITY),  # a SYN makes a connection (the reason for a third message, RFC 9293 §3.5)
    "three-way": (ROUTABILITY,),  # a SYN makes a TCB (RFC 4987 §2), and only <ACK=y+1> a connection
    "four-way": (CONNECTION, ROUTABILITY),  # a SYN in a segment of its own acknowledges nothing, so anybody's is taken
    "cookies": (ASKED_FOR,),  # RFC 4987 §3.6: no state until the ACK, and no SYN,ACK sent again
}
"""What falls to an attacker that sees and guesses nothing, and to one that only sends again."""


def decided(name: str | Specification, *claims: str, **asked: object) -> dict[str, Verdict]:
    spec = built_in(name) if isinstance(name, str) else name
    assert spec.composition is not None
    assert spec.composition.attacker is not None
    setting = replace(Setting(scope_named(spec.composition.attacker.scope)), **asked)  # type: ignore[arg-type]
    return {v.question.claim.name: v for v in decide(spec, [spec.claim[claim] for claim in claims], setting)}


def falls(verdicts: dict[str, Verdict]) -> set[str]:
    assert all(verdict.outcome.value in {"holds", "violated"} for verdict in verdicts.values())
    return {name for name, verdict in verdicts.items() if verdict.outcome.value == "violated"}


def forged(trace: Trace | None) -> list[tuple[int, int, str]]:
    """Return SEQ, ACK and the control bits of what the attacker sent in a run."""
    assert trace is not None
    rows = [header.row for step in trace.steps if step.by == ATTACKER for header in step.sent]
    return [(int(seq), int(ack), str(ctl)) for _, _, seq, ack, ctl, _ in rows]  # type: ignore[arg-type]


@pytest.mark.parametrize("attacker", ["replay", "off-path"])
@pytest.mark.parametrize("handshake", FALLS)
def test_who_sees_nothing_breaks_what_is_known_to_break(handshake: str, attacker: str) -> None:
    assert falls(decided(f"{handshake}/{attacker}", *CLAIMS)) == set(FALLS[handshake])


@pytest.mark.long
@pytest.mark.parametrize("handshake", FALLS)
def test_who_sees_the_numbers_forges_anything(handshake: str) -> None:
    """No handshake protects from who sees the numbers (RFC 6528 §1, RFC 5961 §1); what is no matter of numbers stays."""
    assert falls(decided(f"{handshake}/on-path", *CLAIMS)) == {*FALLS[handshake], CONNECTION, RESET, DATA}


def test_text_is_taken_only_where_it_is_counted() -> None:
    """Four-way's client hears an ACK before the SYN, and leaves the text that comes with it."""
    trace = decided("four-way/on-path", DATA)[DATA].trace
    assert trace is not None
    last = trace.steps[-1]
    assert last.state[f"{last.by}.rcv_nxt"] != trace.steps[-2].state[f"{last.by}.rcv_nxt"]


def test_two_way_falls_to_one_segment() -> None:
    verdict = decided("two-way/off-path", CONNECTION)[CONNECTION]
    ((_, _, ctl),) = forged(verdict.trace)
    assert ctl == "SYN"


def test_three_way_falls_to_one_right_guess() -> None:
    """The number is one that the other end holds, and that the attacker was not sent."""
    asked = decided("three-way/off-path", CONNECTION, assumptions=Assumptions(guesses=1))
    numbers = {number for seq, ack, _ in forged(asked[CONNECTION].trace) for number in (seq, ack)}
    assert numbers & {101, 301, 401}, "one more than an ISN of the scope, the only numbers that an ACK of a SYN has"


def test_the_guess_is_found_among_all_numbers() -> None:
    """Z3 has 2^32 ISNs to choose among, and 2^32 numbers for the segment: they have to meet."""
    asked = {"assumptions": Assumptions(guesses=1), "engine": "bmc", "limits": Limits(depth=3), "scope": scope_named("small")}
    trace = decided("three-way/off-path", CONNECTION, **asked)[CONNECTION].trace
    assert trace is not None
    chosen = {(isn + 1) % 2**32 for step in trace.steps if type(isn := step.arguments.get("isn")) is int}
    numbers = {number for seq, ack, _ in forged(trace) for number in (seq, ack)}
    assert numbers & chosen, "one that acknowledges a SYN, whichever Z3 has put into it"
    assert decided("three-way/off-path", CONNECTION, **{**asked, "assumptions": Assumptions()})[CONNECTION].trace is None


def test_the_attacker_acts_only_where_there_is_one() -> None:
    for name in ("three-way", "three-way/ports-1", "three-way/replay"):
        assert not any(action.by == ATTACKER for action in built_in(name).build(scope_named("small"), Assumptions()).actions)
    sends = [a for a in built_in("three-way/off-path").build(scope_named("small"), Assumptions()).actions if a.by == ATTACKER]
    assert len(sends) == len(FORGED) * 2
    assert not any(a.receives for a in sends), "it is off the path"


# -- faulty listeners that keep nothing --------------------------------------------------------------------------------


class TakesReset(Cookies):
    """A listener that takes a RST,ACK for the last ACK."""

    name = "takes-reset"

    def listen(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        token = conj(segment.rst, segment.has_ack, self.is_token(tcb, segment.seq - 1, segment.ack - 1))
        takes = replace(self.connects_by(tcb, segment), name="takes_reset")
        return Cases(((token, takes),)) + super().listen(tcb, segment)


class ForgetsSeq(Cookies):
    """A listener that looks at SEG.ACK alone."""

    name = "forgets-seq"

    def is_token(self, tcb: Tcb, isn: Expr, token: Expr) -> Expr:  # noqa: ARG002  # which is the fault
        return tcb.read("tokens").exists(lambda made: made.token == token)


class OneToken(Cookies):
    """A server whose token does not depend on the SYN: one for all, once it is made."""

    name = "one-token"

    def knows(self, tcb: Tcb, segment: Segment) -> Expr:  # noqa: ARG002  # which is the fault
        return tcb.isns_chosen > 0

    def repeats(self, tcb: Tcb, segment: Segment) -> Response:
        made = draw("made", tcb.read("tokens"))
        again = Response("answers_with_the_same_cookie", "answers any SYN with the same token.").choosing(made)
        again = again.set(tcb, tokens=tcb.read("tokens").add(segment.seq, made.row.token))
        return again.send(tcb.segment("SYN,ACK", seq=made.row.token, ack=segment.seq + 1))


@pytest.mark.parametrize(
    ("mutant", "attacker", "claim"),
    [
        (TakesReset, "on-path", "reset-without-connection"),
        (ForgetsSeq, "off-path", CONNECTION),
        (OneToken, "replay", CONNECTION),
    ],
)
def test_a_faulty_listener_is_noticed(mutant: type[Cookies], attacker: str, claim: str) -> None:
    composition = ATTACKED[attacker]
    assert not falls(decided(specification(Cookies, composition), claim))
    assert falls(decided(specification(mutant, composition), claim))


# -- what is declared, and what is asked by default ------------------------------------------------------------------------


@pytest.mark.parametrize("attacker", ATTACKERS.values(), ids=ATTACKERS)
def test_every_verdict_about_attackers_is_declared_in_the_scope_that_is_usual(attacker: object) -> None:
    for handshake in FALLS:
        spec = built_in(f"{handshake}/{attacker.name}")  # type: ignore[attr-defined]
        scope = scope_named(attacker.scope)  # type: ignore[attr-defined]
        assert all(spec.declared(claim, scope, Assumptions()) for claim in CLAIMS)


def test_the_usual_scope_of_an_attacker_is_searched_where_none_is_named(ask: Ask) -> None:
    answer = ask("check", "two-way/off-path", CONNECTION)
    assert "small,answers=2" in answer.out


@pytest.mark.parametrize(
    ("format_", "starts"),
    [
        ("text", "attacker ---- <SEQ=7000000><CTL=SYN> ----> ...  LISTEN"),
        ("mermaid", "p2->>p3: SEQ=7000000 CTL=SYN"),  # the second of three participants
    ],
)
def test_what_an_attacker_sends_starts_at_the_attacker(ask: Ask, format_: str, starts: str) -> None:
    """And not at the endpoint that the segment names as its source."""
    answer = ask("trace", "two-way/off-path", CONNECTION, "--format", format_)
    assert starts in re.sub("-{4,}", "----", answer.out)


@pytest.mark.parametrize("handshake", ["two-way", "three-way", "cookies"])
def test_a_second_formulation_of_replay_finds_runs_as_short(handshake: str) -> None:
    """The same violations, and no others, in as many steps (tests/attack_oracle.py)."""
    verdicts = decided(f"{handshake}/replay", CONNECTION, ASKED_FOR, REPLAYED)
    found = {name: len(verdict.trace) for name, verdict in verdicts.items() if verdict.trace is not None}
    assert found == attack_oracle.shortest(handshake)


@needs_spin
@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("two-way/off-path", CONNECTION),
        ("cookies/replay", ASKED_FOR),
        ("shared-limit/inference", "nothing-inferred"),
        ("drop-oldest/inference-slots-1", "nothing-inferred"),
    ],
)
def test_spin_finds_a_run_as_short(name: str, claim: str, tmp_path: Path) -> None:
    """Breadth first, to the first violation: what is exported has the attacker, and the losses and copies of the network."""
    trace = decided(name, claim, scope=scope_named("small"))[claim].trace
    assert trace is not None
    assert length_by_spin(name, claim, "small", tmp_path) == len(trace)


# -- guessable ISNs, the weakest attacker, and searches at once ---------------------------------------------------------------


def test_guessable_isns_let_who_sees_nothing_in() -> None:
    """RFC 6528 §1: no guess is needed where anybody can tell the ISN, and three-way then falls as to who sees it."""
    assert falls(decided("guessable/off-path", CONNECTION)) == {CONNECTION}
    assert not falls(decided("three-way/off-path", CONNECTION))


def test_claims_that_are_decided_at_once_have_the_verdicts_that_they_have_in_turn() -> None:
    spec, asked = built_in("two-way/off-path"), (CONNECTION, ASKED_FOR, ROUTABILITY)
    setting = Setting(scope_named("small"), strategy=Strategy(workers=2))
    verdicts = decide_apart(spec, [spec.claim[name] for name in asked], setting)
    assert [v.question.claim.name for v in verdicts] == list(asked)
    assert {v.question.claim.name: v.outcome for v in verdicts} == {
        name: verdict.outcome for name, verdict in decided(spec, *asked, scope=scope_named("small")).items()
    }


def test_a_proof_is_of_an_attacker_that_has_no_guess() -> None:
    """One right guess breaks three-way, so that what is proved of who has none says nothing of it."""
    attacked = {degree: built_in(f"three-way/{degree.attacker.name}") for degree in DEGREES}
    proved = {degree.name for degree, spec in attacked.items() if degree.has_proof(spec, spec.claim[CONNECTION])}
    assert proved == {"replay", "off-path"}
    two = built_in("two-way/replay")  # which replay breaks
    assert not any(degree.has_proof(two, two.claim[CONNECTION]) for degree in DEGREES)


@pytest.mark.long
def test_the_weakest_attacker_of_each_claim() -> None:
    """Replay and a SYN of anybody's are enough for two-way; three-way takes a right guess; text takes two numbers."""
    ((*two,), (*three,)) = weakest([built_in("two-way"), built_in("three-way")], Setting(scope_named("small")))
    broken = [{one.claim.name: one.breaks[0] for one in of if one.breaks is not None} for of in (two, three)]
    assert [of[CONNECTION] for of in broken] == ["replay", "one guess"]
    assert [of[RESET] for of in broken] == ["one guess", "one guess"]
    assert all(of[DATA] == "on-path" and ASKED_FOR not in of for of in broken)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("two-way/crash",), "two-way/crash is a composition already"),
        (("two-way", "--scope", "small"), "leave out --scope"),
        (("two-way", "--guesses", "1"), "leave out --guesses"),
    ],
)
def test_what_the_weakest_attacker_is_not_asked(words: tuple[str, ...], says: str, ask: Ask) -> None:
    answer = ask("compare", "--attacker", "weakest", *words)
    assert answer.code == 2
    assert says in answer.err


def test_how_isns_are_chosen_by_what_is_in_flight_is_refused_where_nothing_is(ask: Ask) -> None:
    answer = ask("check", "three-way/inference", "nothing-inferred", "--isn", "unmentioned")
    assert "take fresh, clock or arbitrary" in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("attacker", ["replay", "flood", "weakest"])
def test_an_attacker_is_put_between_a_client_and_a_server(ask: Ask, attacker: str) -> None:
    answer = ask("compare", "three-way/replay", "--attacker", attacker)
    assert (answer.code, answer.out) == (2, "")
    assert "three-way/replay is a composition already: leave out --attacker, or write the handshake alone" in answer.err


@pytest.mark.parametrize("composition", ATTACKED)
@pytest.mark.parametrize("name", [*HANDSHAKES, *NAMED])
def test_each_handshake_meets_each_attacker(name: str, composition: str) -> None:
    """Catches two actions of one name, where a defence and an attacker each add a branch to the same rule."""
    spec = built_in(name)
    assert spec.composed is not None
    system = spec.composed(ATTACKED[composition]).build(scope_named("small"), Assumptions())
    assert len({action.name for action in system.actions}) == len(system.actions)
