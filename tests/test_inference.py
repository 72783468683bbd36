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
from model.notation.network import connect
from model.notation.protocol import Field
from model.notation.sorts import BOOL, NotationError
from model.tcp.assumptions import Assumptions
from model.tcp.composition import INFERENCE, INFERENCE_FULL, NUMBERED, RUNS, TWO_RUNS, Composition
from model.tcp.endpoint import EventKind, Response, Tcb
from model.tcp.handshakes import Cookies, DropOldest, FastOpen, FourWay, Limited, SharedLimit, SynCache
from model.tcp.handshakes.handshake import Handshake
from model.tcp.handshakes.inferring import DISTANT, Inferring
from model.tcp.handshakes.three_way import ThreeWay
from model.tcp.scope import scope_named
from model.tcp.segment import Segment
from properties.claim import monitored
from properties.inference import NO_NUMBER_INFERRED, NOTHING_INFERRED, alike
from properties.specification import Specification, specification
from reports.language.catalogue import language
from reports.traces.grounds import because
from tests import inference_oracle, naive
from tests.inference_oracle import Host

SMALL = Setting(scope_named("small"))


def asked(handshake: type[Handshake], challenge_acks: int = 1, composition: Composition = INFERENCE) -> Specification:
    given = {"challenge_acks": challenge_acks} if issubclass(handshake, Limited) else {}
    return specification(handshake, composition, given)


def decided(
    handshake: type[Handshake], challenge_acks: int = 1, composition: Composition = INFERENCE, **assumed: str
) -> Verdict:
    claim = NOTHING_INFERRED if composition.left.role in RUNS else NO_NUMBER_INFERRED
    setting = replace(SMALL, assumptions=Assumptions(**assumed))  # type: ignore[arg-type]
    (verdict,) = decide(asked(handshake, challenge_acks, composition), [claim], setting)
    return verdict


def sent(trace: Trace) -> list[tuple[str, tuple[str, int, int]]]:
    """Return what the attacker sent in a run, by the address that it came from."""
    headers = (step.sent[0] for step in trace.steps if step.by == "attacker")
    return [(str(h.cells["source"]), (str(h.cells["ctl"]), int(h.cells["seq"]), int(h.cells["ack"]))) for h in headers]  # type: ignore[arg-type]


def answers(trace: Trace, run: str) -> list[tuple[str, int, int] | None]:
    """Return what the attacker was sent in one of the runs, None for each time that it was sent nothing."""
    steps = [step for step in trace.steps if step.by == run and not step.action.endswith("_of_the_client")]
    rows = [step.sent[0].cells if step.sent else None for step in steps]
    return [None if row is None else (str(row["ctl"]), int(row["seq"]), int(row["ack"])) for row in rows]  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", [1, 2])
def test_a_shared_limit_tells_two_runs_apart(limit: int) -> None:
    """CVE-2016-5696, with as few segments as the second formulation needs: each is sent, and answered in either run."""
    trace = decided(SharedLimit, limit).trace
    assert trace is not None
    assert (len(trace), len(sent(trace))) == inference_oracle.fewest(Host(limit, shared=True))


@pytest.mark.parametrize(("seq_check", "window"), [("exact", 1), ("window", 65535)])
@pytest.mark.parametrize("secret", ["seq", "ack"])
def test_a_shared_limit_tells_a_right_guess_from_a_wrong_one(secret: str, seq_check: str, window: int) -> None:
    """The further steps of CVE-2016-5696: what lies in the window of one of the runs, and what acknowledges enough in one."""
    composition = TWO_RUNS[f"inference-{secret}"]
    trace = decided(SharedLimit, 1, composition, seq_check=seq_check).trace
    assert trace is not None
    assert (len(trace), len(sent(trace))) == inference_oracle.fewest(Host(1, shared=True, window=window), secret)


@pytest.mark.parametrize("secret", ["seq", "ack"])
@pytest.mark.parametrize("handshake", [ThreeWay, pytest.param(Limited, marks=pytest.mark.long)])
def test_a_guess_of_a_number_stays_a_guess_where_connections_share_nothing(handshake: type[Handshake], secret: str) -> None:
    verdict = decided(handshake, 1, TWO_RUNS[f"inference-{secret}"])
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.exercised
    assert inference_oracle.fewest(Host(int(handshake is Limited)), secret) is None


@pytest.mark.parametrize(("handshake", "makes_room"), [(ThreeWay, False), (DropOldest, True)])
def test_a_shared_table_tells_two_runs_apart(handshake: type[Handshake], makes_room: bool) -> None:
    """The attacker's SYN finds no room, or its half-open connection is dropped, where a client connects and nowhere else."""
    trace = decided(handshake, composition=INFERENCE_FULL).trace
    assert trace is not None
    assert (len(trace), len(sent(trace))) == inference_oracle.fewest(Host(places=1, makes_room=makes_room))
    assert decided(handshake).outcome is Outcome.HOLDS, "of a place for each nothing is seen"


@pytest.mark.parametrize("handshake", [SynCache, Cookies])
def test_who_keeps_less_of_what_is_half_open_tells_by_what_is_established(handshake: type[Handshake]) -> None:
    """A cache has an entry for either, and cookies need none; there is one TCB, which the client has when it is connected."""
    trace = decided(handshake, composition=INFERENCE_FULL).trace
    assert trace is not None
    established = [n for n, step in enumerate(trace.steps) if step.state["with.client.state"] == "ESTABLISHED"]
    no_room = [n for n, step in enumerate(trace.steps) if "has_no_room" in step.action]
    assert established
    assert no_room
    assert established[0] < no_room[0]


@pytest.mark.parametrize("composition", TWO_RUNS.values(), ids=TWO_RUNS)
def test_the_client_is_connected_by_the_rules(composition: Composition) -> None:
    """Each step that connects it is a response of the handshake's, and by them client and server come to be ESTABLISHED."""
    for handshake in (ThreeWay, FourWay, SharedLimit):
        inferring = Inferring(handshake(SMALL.scope, handshake.assumes(), composition))
        for run, client in inferring.clients.items():
            named = {name for name, _ in inferring.connections[run]}
            assert "client_opens" in named
            steps = [action for _, action in inferring.connections[run]]
            enters = {a.updates[f"{client.role}.state"].data for a in steps if f"{client.role}.state" in a.updates}
            assert {"SYN-SENT", "ESTABLISHED"} <= enters
    for name, (first, second) in {"seq": ("iss", "irs"), "ack": ("irs", "iss")}.items():
        if composition is TWO_RUNS[f"inference-{name}"]:
            trace = decided(SharedLimit, 1, composition).trace
            assert trace is not None
            ends = [step.state for step in trace.steps if step.state[f"{NUMBERED[1]}.client.state"] != "LISTEN"]
            secret, other = ([ends[0][f"{run}.client.{number}"] for run in NUMBERED] for number in (second, first))
            assert secret == [secret[0], int(str(secret[0])) + DISTANT]
            assert other[0] == other[1]


def test_the_interpreter_replays_a_run_of_each_kind() -> None:
    """By the reference semantics: what connects the client, what is forged, and that the runs are told apart at the end."""
    for composition, claim in ((INFERENCE_FULL, NOTHING_INFERRED), (TWO_RUNS["inference-ack"], NO_NUMBER_INFERRED)):
        spec = asked(SharedLimit, 1, composition)
        trace = decided(SharedLimit, 1, composition).trace
        assert trace is not None
        watched = monitored(connect(spec.build(SMALL.scope, Assumptions())), [claim])
        schedule = tuple((step.action, step.arguments) for step in trace.steps)
        assert naive.replay(watched, schedule, watched.checks[0])["attacker.told_apart"] is True


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
    established = ("established", inference_oracle.X + 1, inference_oracle.Y)
    servers = {RUNS[0]: inference_oracle.Server(), RUNS[1]: inference_oracle.Server(client=established)}
    for run, server in servers.items():
        now, replies = server, []
        for source, segment in sent(trace):
            now, reply = inference_oracle.answer(now, source, segment, Host(1, shared=True))
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
    assert inference_oracle.fewest(Host(int(handshake is Limited))) is None


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
    """A host that counts its connections, and has none but the first."""

    name = "one-connection-in-all"

    def shared(self, tcb: Tcb) -> tuple[Field, ...]:
        return (*super().shared(tcb), Field("used", BOOL, False))

    def answer_syn(self, tcb: Tcb, segment: Segment) -> Response:
        return super().answer_syn(tcb, segment).choosing(when=~tcb.read("used")).set(tcb, used=True)


def test_what_connecting_changes_for_all_is_found() -> None:
    assert decided(OneConnectionInAll).outcome is Outcome.VIOLATED


class KeepsItsTable(DropOldest):
    """A table that is full for who comes from elsewhere only: as many places as addresses, whatever is said."""

    name = "keeps-its-table"

    @property
    def slots(self) -> int:
        return len(RUNS)


def test_a_table_that_is_not_shared_tells_nothing() -> None:
    """So what tells the runs apart is the table, and nothing else of the composition."""
    assert decided(KeepsItsTable, composition=INFERENCE_FULL).outcome is Outcome.HOLDS


@pytest.mark.parametrize(("handshake", "why"), [(FastOpen, "with a cookie")])
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
