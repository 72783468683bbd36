"""What an attacker infers: two runs that a shared limit tells apart, and connections that share nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.decide import Setting, decide
from checker.host.limits import Limits
from checker.proof.prove import sought
from checker.proof.steps import Steps
from checker.proof.terms import BITS
from checker.runs.trace import Trace
from checker.verdict import Outcome, Verdict
from model.notation.cases import Cases
from model.notation.protocol import Field
from model.notation.sorts import BOOL, NotationError
from model.tcp.composition import INFERENCE, RUNS
from model.tcp.endpoint import EventKind, Response, Tcb
from model.tcp.handshakes import FastOpen, Limited, SharedLimit
from model.tcp.handshakes.handshake import Handshake
from model.tcp.handshakes.three_way import ThreeWay
from model.tcp.scope import scope_named
from model.tcp.segment import Segment
from properties.inference import NOTHING_INFERRED, alike
from properties.specification import Specification, specification
from reports.language.catalogue import language
from reports.traces.grounds import because
from tests import inference_oracle

SMALL = Setting(scope_named("small"))


def asked(handshake: type[Handshake], challenge_acks: int = 1) -> Specification:
    given = {"challenge_acks": challenge_acks} if issubclass(handshake, Limited) else {}
    return specification(handshake, INFERENCE, given)


def decided(handshake: type[Handshake], challenge_acks: int = 1) -> Verdict:
    (verdict,) = decide(asked(handshake, challenge_acks), [NOTHING_INFERRED], SMALL)
    return verdict


def sent(trace: Trace) -> list[tuple[str, tuple[str, int, int]]]:
    """Return what the attacker sent in a run, by the address that it came from."""
    headers = (step.sent[0] for step in trace.steps if step.by == "attacker")
    return [(str(h.cells["source"]), (str(h.cells["ctl"]), int(h.cells["seq"]), int(h.cells["ack"]))) for h in headers]  # type: ignore[arg-type]


def answers(trace: Trace, run: str) -> list[tuple[str, int, int] | None]:
    """Return what the attacker was sent in one of the runs, None for each time that it was sent nothing."""
    steps = [step for step in trace.steps if step.by == run]
    rows = [step.sent[0].cells if step.sent else None for step in steps]
    return [None if row is None else (str(row["ctl"]), int(row["seq"]), int(row["ack"])) for row in rows]  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", [1, 2])
def test_a_shared_limit_tells_two_runs_apart(limit: int) -> None:
    """CVE-2016-5696, with as few segments as the second formulation needs: each is sent, and answered in either run."""
    trace = decided(SharedLimit, limit).trace
    fewest = inference_oracle.fewest(limit, shared=True)
    assert trace is not None
    assert fewest is not None
    assert len(sent(trace)) == fewest
    assert len(trace) == 1 + 3 * fewest


@pytest.mark.parametrize("limit", [1, 2])
def test_the_reason_says_what_the_attacker_was_sent_in_which_run(limit: int) -> None:
    """What reached it as the run has it; where the limit is used up by the client's challenge ACK it is sent nothing."""
    trace = decided(SharedLimit, limit).trace
    assert trace is not None
    answer = answers(trace, RUNS[0])[-1]
    assert answer is not None
    ctl, seq, ack = answer
    segment = f"<SEQ={seq}><ACK={ack}><CTL={ctl}>"
    assert because(NOTHING_INFERRED, trace, len(trace), language("en")) == (
        f"In the run without the client the attacker was sent {segment}, and in the run with it the attacker was sent nothing."
    )
    spoken = language("zh")
    told = because(spoken.claim(NOTHING_INFERRED), trace, len(trace), spoken)
    without, there = told.split("在有该客户端的运行中")
    assert without.startswith("在没有该客户端的运行中")
    assert segment in without
    assert "什么也没有收到" in there


def test_each_run_is_one_that_the_second_formulation_has() -> None:
    """Segment by segment: what each server answers to what the attacker sends; and only the last answers differ."""
    trace = decided(SharedLimit).trace
    assert trace is not None
    servers = {RUNS[0]: inference_oracle.Server(), RUNS[1]: inference_oracle.Server(client=("established", 101))}
    for run, server in servers.items():
        now, replies = server, []
        for source, segment in sent(trace):
            now, reply = inference_oracle.answer(now, source, segment, 1, shared=True)
            replies.append(reply if source == "attacker" else None)
        assert replies == answers(trace, run)
    without, there = (answers(trace, run) for run in RUNS)
    assert without[:-1] == there[:-1]
    assert without[-1] is not None
    assert there[-1] is None


@pytest.mark.parametrize("handshake", [Limited, ThreeWay])
def test_where_connections_share_nothing_nothing_is_inferred(handshake: type[Handshake]) -> None:
    verdict = decided(handshake)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.exercised
    assert inference_oracle.fewest(1 if handshake is Limited else 10, shared=False) is None


class SharesItsCounter(Limited):
    """A limit that is said to be each connection's, and counted by the host."""

    name = "shares-its-counter"

    def variables(self, tcb: Tcb) -> tuple[Field, ...]:
        return super(Limited, self).variables(tcb)

    def shared(self, tcb: Tcb) -> tuple[Field, ...]:
        return (*super().shared(tcb), self.counter)


def test_a_limit_that_shares_its_counter_is_noticed() -> None:
    assert decided(SharesItsCounter).outcome is Outcome.VIOLATED


class SilentAfterAChallenge(ThreeWay):
    """A host that answers no SYN once it has acknowledged one to who was connected: to be silent is observed as well."""

    name = "silent-after-a-challenge"

    def shared(self, tcb: Tcb) -> tuple[Field, ...]:
        return (*super().shared(tcb), Field("used", BOOL, False))

    def amended(self, tcb: Tcb, cases: Cases[Response]) -> Cases[Response]:
        def used(response: Response) -> Response:
            if EventKind.ANSWERS in response.events:
                return response.choosing(when=~tcb.read("used"))
            return response.set(tcb, used=True) if response.name == "acks_repeated_syn" else response

        return replace(cases, branches=tuple((when, used(done)) for when, done in super().amended(tcb, cases).branches))


class CountsChallenges(SilentAfterAChallenge):
    """One that remembers the same, and does nothing by it."""

    name = "counts-challenges"

    def amended(self, tcb: Tcb, cases: Cases[Response]) -> Cases[Response]:
        def counted(response: Response) -> Response:
            return response.set(tcb, used=True) if response.name == "acks_repeated_syn" else response

        return replace(cases, branches=tuple((when, counted(done)) for when, done in cases.branches))


@pytest.mark.parametrize(("handshake", "leaks"), [(SilentAfterAChallenge, True), (CountsChallenges, False)])
def test_a_server_that_withholds_an_answer_is_observed(handshake: type[Handshake], leaks: bool) -> None:
    assert decided(handshake).outcome is (Outcome.VIOLATED if leaks else Outcome.HOLDS)


class OneConnectionInAll(ThreeWay):
    """A host that counts its connections: the client's comes to be without its rules here, and is not counted."""

    name = "one-connection-in-all"

    def shared(self, tcb: Tcb) -> tuple[Field, ...]:
        return (*super().shared(tcb), Field("used", BOOL, False))

    def answer_syn(self, tcb: Tcb, segment: Segment) -> Response:
        return super().answer_syn(tcb, segment).choosing(when=~tcb.read("used")).set(tcb, used=True)


@pytest.mark.parametrize(
    ("handshake", "why"), [(OneConnectionInAll, "changes what all connections have together"), (FastOpen, "with a cookie")]
)
def test_what_two_runs_cannot_be_asked_is_refused(handshake: type[Handshake], why: str) -> None:
    with pytest.raises(NotationError, match=why):
        decided(handshake)


@pytest.mark.parametrize(("handshake", "proves"), [(Limited, True), (SharedLimit, False)])
def test_an_invariant_made_of_the_rules_excludes_every_violation(handshake: type[Handshake], proves: bool) -> None:
    """At 32 bits, by one solver: no step from where it is met violates the claim; of a shared limit one leads out of it."""
    subject = sought(asked(handshake), NOTHING_INFERRED, SMALL)
    conjuncts = alike(subject.watched.system)
    steps = Steps(subject.exact, BITS)
    assert steps.meeting(subject.check(subject.exact).stop, conjuncts)[0] is None
    assert all(steps.broken_by(c, conjuncts)[0] is None for c in conjuncts) is proves


@pytest.mark.long
def test_the_limit_of_a_connection_is_proved() -> None:
    (verdict,) = decide(asked(Limited), [NOTHING_INFERRED], replace(SMALL, engine="proof", limits=Limits(seconds=900)))
    assert verdict.outcome is Outcome.HOLDS
