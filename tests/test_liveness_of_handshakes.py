"""What handshakes do in the long run: what FINDINGS.md says, each with the reason why it has to be so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import networkx as nx
import pytest

from checker.decide import Setting, decide
from checker.engine import CannotDecideError
from checker.host.limits import Limits, Strategy
from checker.liveness.components import by_machine_code
from checker.liveness.search import find_lasso
from checker.runs.graph import state_graph
from checker.runs.lasso import replay_lasso
from checker.verdict import Outcome, Verdict
from model.notation.interpreter import evaluate
from model.tcp.assumptions import Assumptions
from model.tcp.endpoint import Response, Tcb
from model.tcp.handshakes import ThreeWay
from model.tcp.scope import scope_named
from model.tcp.segment import Segment
from properties import CLAIMS, Kind
from properties.claim import monitored
from properties.specification import SPECIFICATIONS
from tests.command_line import Ask
from tests.models import TUTORIALS

H, V = Outcome.HOLDS, Outcome.VIOLATED
LIVENESS = ("half-open-is-released", "handshake-completes", "server-stops-waiting", "no-server-waits-for-ever")
HANDSHAKES = ("two-way", "three-way", "four-way")
every_handshake = pytest.mark.parametrize("handshake", HANDSHAKES)


@cache
def found(handshake: str, name: str, scope: str = "small", unfair: str = "", **assumed: Any) -> Verdict:  # noqa: ANN401
    """Decide one claim of liveness, without some of its fairness."""
    spec = SPECIFICATIONS[handshake]
    claim = CLAIMS[name]
    if unfair:
        claim = claim.assuming(f for f in claim.fairness if f.name not in unfair.split(","))
    (verdict,) = decide(spec, [claim], Setting(scope_named(scope), Assumptions(**assumed)))
    return verdict


def outcome(*asked: str, **assumed: Any) -> Outcome:  # noqa: ANN401  # whatever an assumption is
    return found(*asked, **assumed).outcome


def lengths(verdict: Verdict) -> tuple[int, int] | None:
    """Return the lengths of the stem and of the cycle of a lasso."""
    return None if verdict.lasso is None else (verdict.lasso.stem, verdict.lasso.cycle)


# -- half-open-is-released -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("closed_host", ["resets", "silent"])
def test_two_way_keeps_a_tcb_for_a_stale_syn_for_ever(closed_host: str) -> None:
    """Its server waits for nothing. Listen, open, give up, the SYN arrives: that is the shortest way to such a TCB.

    The only thing that could end it is the client's RST, which may be lost, or never sent.
    """
    verdict = found("two-way", "half-open-is-released", closed_host=closed_host)
    assert verdict.outcome is V
    assert verdict.lasso is not None
    assert verdict.lasso.since == 4
    assert verdict.lasso.trace.end["server.state"] == "ESTABLISHED"
    assert verdict.lasso.trace.end["client.state"] == "CLOSED"
    assert not verdict.lasso.deadlock  # the server may still give up, and does not have to


WITHOUT: Sequence[tuple[str, Outcome, Outcome]] = (
    # The timer alone is enough.
    ("", H, H),
    ("retransmission,delivery", H, H),
    # Without it the SYN,ACK that is sent again draws a RST again, and one of them arrives. Who is silent sends none.
    ("timer", H, V),
    # If every RST may be lost, or the SYN,ACK is not sent again, the host might as well be silent.
    ("timer,delivery", V, V),
    ("timer,retransmission", V, V),
)


@pytest.mark.parametrize("handshake", ["three-way", "four-way"])
@pytest.mark.parametrize(("unfair", "resets", "silent"), WITHOUT)
def test_what_releases_a_half_open_connection(handshake: str, unfair: str, resets: Outcome, silent: Outcome) -> None:
    """The server that waits in SYN-RECEIVED has a timer; and it asks again, where two-way's does not."""
    assert outcome(handshake, "half-open-is-released", "small", unfair, closed_host="resets") is resets
    assert outcome(handshake, "half-open-is-released", "small", unfair, closed_host="silent") is silent


def test_without_any_fairness_it_is_enough_to_stop() -> None:
    """Four steps to the TCB for a stale SYN, and there the run may end."""
    verdict = found("three-way", "half-open-is-released", "small", "timer,delivery,retransmission")
    assert lengths(verdict) == (4, 0)
    assert found("three-way", "half-open-is-released").exercised is True
    witness = found("three-way", "half-open-is-released").trace
    assert witness is not None
    assert len(witness) == 4


def test_four_way_is_deceived_under_the_window_check_and_then_waits_for_ever() -> None:
    """An ACK in the window establishes its server for the stale SYN, and in ESTABLISHED there is no timer."""
    assert outcome("three-way", "half-open-is-released", "default,data=0", seq_check="window") is H
    verdict = found("four-way", "half-open-is-released", "default,data=0", seq_check="window")
    assert verdict.outcome is V
    assert verdict.lasso is not None
    assert verdict.lasso.trace.end["server.state"] == "ESTABLISHED"


# -- handshake-completes -----------------------------------------------------------------------------------------------------


@every_handshake
def test_a_first_attempt_comes_to_its_end(handshake: str) -> None:
    """Whatever is lost is sent again; and nothing is in the network that is not its own."""
    assert outcome(handshake, "handshake-completes") is H


@every_handshake
@pytest.mark.parametrize("unfair", ["delivery", "retransmission"])
def test_it_takes_a_network_that_delivers_and_ends_that_repeat(handshake: str, unfair: str) -> None:
    """The SYN may be lost each time, or once and for all."""
    assert outcome(handshake, "handshake-completes", "small", unfair) is V


def test_a_dead_connection_stands_in_the_way() -> None:
    """The client's RST ends it, and the server is closed for a moment, in which it refuses the SYN that comes again."""
    verdict = found("two-way", "handshake-completes", "default,data=0")
    assert verdict.outcome is V
    assert verdict.trace is not None
    actions = [step.action for step in verdict.trace.steps]
    assert actions.index("server_is_reset") < actions.index("server_resets_syn_when_closed")
    assert actions[-1] == "client_is_refused"
    assert outcome("two-way", "handshake-completes", "default,data=0", closed_host="silent") is H


def test_the_orphan_stands_in_the_way_of_three_way_too() -> None:
    """Only an ESTABLISHED client that gives up leaves one; else a half-open server falls back to LISTEN, and answers."""
    verdict = found("three-way", "handshake-completes", "default,data=0")
    assert verdict.trace is not None
    states = [step.states for step in verdict.trace.steps]
    gone = next(i for i, step in enumerate(verdict.trace.steps) if step.action == "client_aborts")
    assert states[gone - 1]["client"] == "ESTABLISHED"
    assert {s["server"] for s in states[gone:]} >= {"ESTABLISHED", "CLOSED"}
    assert outcome("three-way", "handshake-completes", "default,data=0", abort_established=False) is H
    assert outcome("two-way", "handshake-completes", "default,data=0", abort_established=False) is V


def test_an_old_syn_in_the_window_sends_the_server_back() -> None:
    """Its client is ESTABLISHED, and its ACK is lost: nobody sends anything any more. By the exact check it cannot happen."""
    asked = ("three-way", "handshake-completes", "backwards,data=0")
    assert outcome(*asked, seq_check="exact", abort_established=False) is H
    verdict = found(*asked, seq_check="window", abort_established=False)
    assert verdict.outcome is V
    assert verdict.trace is not None
    assert verdict.trace.steps[-1].action == "server_returns_to_listen"
    assert verdict.trace.steps[-1].states == {"client": "ESTABLISHED", "server": "LISTEN"}


class AnswersWithoutEnd(ThreeWay):
    """A server that takes the same ISN for each answer, and none from the scope."""

    name = "answers-without-end"

    def select_iss(self, response: Response, tcb: Tcb, answered: Segment | None = None) -> Response:
        if not tcb.listens:
            return super().select_iss(response, tcb, answered)
        isn, admissible = self.fresh_isn(tcb, answered)
        return response.choosing(isn, when=admissible).set(tcb, iss=isn.value)


def test_what_the_answers_of_a_scope_hide() -> None:
    """A SYN that is duplicated for ever is answered for ever: the live one comes too late each time, and that is fair."""
    claim, assumed = CLAIMS["handshake-completes"], Assumptions(abort_established=False)
    for attempts, lasso in ((1, None), (2, (4, 6))):
        system = AnswersWithoutEnd(scope_named(f"default,attempts={attempts},answers=1,data=0"), assumed).system()
        watched = monitored(system, [claim])
        counted = find_lasso(replace(watched, system=watched.exact))
        assert counted.complete
        if lasso is None:
            assert not counted.schedules
            continue
        assert counted.loop is not None
        shown = replay_lasso(watched, watched.checks[0], counted.schedules[claim.name], counted.loop)
        assert (shown.stem, shown.cycle) == lasso
        taken = {(step.action, step.received and step.received.cells["seq"]) for step in shown.trace.steps[shown.stem :]}
        assert {("server_receives_syn", 100), ("server_acks_wrong_seq_in_syn_received", 200)} <= taken


# -- server-stops-waiting, and the orphan --------------------------------------------------------------------------------------


@every_handshake
def test_a_server_whose_client_is_there_is_served(handshake: str) -> None:
    assert outcome(handshake, "server-stops-waiting") is H


def test_both_may_wait_for_ever_in_two_way() -> None:
    """A duplicate of the SYN is answered once more, after the connection, with another ISN: both are ESTABLISHED, apart."""
    verdict = found("two-way", "server-stops-waiting", "default,attempts=1,answers=2")
    assert verdict.outcome is V
    assert verdict.trace is not None
    end = verdict.trace.end
    assert verdict.trace.steps[-1].states == {"client": "ESTABLISHED", "server": "ESTABLISHED"}
    assert end["client.irs"] != end["server.iss"]
    assert outcome("three-way", "server-stops-waiting", "default,attempts=1,answers=2") is H


@every_handshake
def test_every_handshake_has_the_orphan(handshake: str) -> None:
    """The client gives up when all it had to send for the handshake has been sent: the server cannot know."""
    verdict = found(handshake, "no-server-waits-for-ever")
    assert verdict.outcome is V
    assert verdict.trace is not None
    assert verdict.trace.steps[-1].states == {"client": "CLOSED", "server": "ESTABLISHED"}


def test_the_textbook_s_difference_is_who_has_to_give_up_for_it() -> None:
    """In three-way and four-way an ESTABLISHED client. In two-way nobody who is: a SYN that was given up is enough."""
    for handshake, expected in (("two-way", V), ("three-way", H), ("four-way", H)):
        assert outcome(handshake, "no-server-waits-for-ever", abort_established=False) is expected
    assert outcome("three-way", "no-server-waits-for-ever", "default,data=0", abort_established=False) is H


# -- declared, and decided alike -------------------------------------------------------------------------------------------


@every_handshake
@pytest.mark.parametrize("closed_host", ["resets", "silent"])
@pytest.mark.parametrize("seq_check", ["exact", "window", "none"])
def test_handshakes_declare_what_is_found(handshake: str, closed_host: str, seq_check: str) -> None:
    """In the small scope, and, with old duplicates, where it is quick and not asked above."""
    larger = handshake != "four-way" and (closed_host, seq_check) == ("resets", "window")
    for scope in ["small", "default,data=0"] if larger else ["small"]:
        for name in LIVENESS:
            verdict = found(handshake, name, scope, closed_host=closed_host, seq_check=seq_check)
            assert not verdict.surprising, (name, scope)
            if scope == "small":
                assert verdict.question.expected is not None


def test_nothing_is_declared_for_other_fairness() -> None:
    assert found("three-way", "half-open-is-released", "small", "timer").question.expected is None


@every_handshake
@pytest.mark.parametrize("name", LIVENESS[:2])
def test_the_graph_of_the_interpreter_has_the_same_states(handshake: str, name: str) -> None:
    """All of them, and those in which the obligation is open; found in Python, and by machine code."""
    spec = SPECIFICATIONS[handshake]
    watched = monitored(spec.build(scope_named("small,data=0"), Assumptions(closed_host="silent", loss=False)), [CLAIMS[name]])
    exact = replace(watched, system=watched.exact)
    (check,) = exact.checks
    assert check.obligation is not None
    graph = state_graph(exact.system)
    closed = [n for n, data in graph.nodes(data=True) if evaluate(check.obligation.goal, data["state"]) is True]
    begins = [n for n, data in graph.nodes(data=True) if evaluate(check.obligation.premise, data["state"]) is True]
    graph.remove_nodes_from(closed)
    opened = {m for n in begins if n in graph for m in (n, *nx.descendants(graph, n))}
    for strategy, decomposed in ((Strategy(handover=None), None), (Strategy(handover=1), by_machine_code)):
        kwargs: dict[str, Any] = {} if decomposed is None else {"decomposed": decomposed}
        counted = find_lasso(exact, Limits(), strategy, **kwargs)
        assert counted.counts.states == len(graph) + len(closed)
        assert counted.counts.open_states == len(opened)
        assert (counted.loop is None) is not bool(counted.schedules)
    assert counted.counts.workers == 1


# -- the command line ----------------------------------------------------------------------------------------------------------


def test_exit_codes_tell_liveness_from_safety(ask: Ask) -> None:
    """13 where only a claim of liveness is violated, 12 where another is, too."""
    assert ask("check", "two-way", "half-open-is-released", "--scope", "small").code == 13
    assert ask("check", "two-way", "half-open-is-released", "agreement", "--scope", "small").code == 12
    assert ask("check", "three-way", "half-open-is-released", "--scope", "small").code == 0
    assert ask("check", "three-way", "half-open-is-released", "--scope", "small", "--max-states", "50").code == 20


def test_a_lasso_is_printed_with_its_cycle_and_its_fairness(ask: Ask) -> None:
    answer = ask(
        "trace", "three-way", "half-open-is-released", "--scope", "small", "--unfair", "timer", "--closed-host", "silent"
    )
    lines = answer.out.splitlines()
    begins, ends = (lines.index(mark) for mark in ("== from here on, for ever: ==", "== and so on for ever, from step 5 =="))
    assert [line.strip() for line in lines[begins:ends] if line[:3].strip(" .").isdigit()] == [
        "5. client_stays_silent",
        "6. server_retransmits_syn_ack",
    ]
    assert "That is fair: retransmission (it is taken); delivery (it is taken)." in answer.out
    stops = ask("trace", "two-way", "half-open-is-released", "--scope", "small").out
    assert "== nothing happens any more ==" in stops
    assert (
        "WF(server_times_out & server.state == SYN-RECEIVED)"
        in ask("check", "two-way", "half-open-is-released", "--scope", "small").out
    )


def test_a_record_says_what_was_assumed_and_where_the_cycle_begins(ask: Ask) -> None:
    (record,) = ask("check", "two-way", "half-open-is-released", "--scope", "small", "--json").records
    assert (record["kind"], record["engine"], record["verdict"], record["expected"]) == (
        "liveness",
        "scc",
        "violated",
        "violated",
    )
    assert (record["loop"], record["trace_length"]) == (5, 5)
    assert list(record["fairness"]) == ["timer", "retransmission", "delivery"]
    (bare,) = ask("check", "two-way", "half-open-is-released", "--scope", "small", "--unfair", "all", "--json").records
    assert (bare["fairness"], bare["loop"], bare["expected"]) == ({}, 4, None)


def test_compare_shows_claims_of_liveness_apart(ask: Ask) -> None:
    answer = ask("compare", "--liveness", "--scope", "small")
    assert answer.code == 0
    rows = [line for line in answer.out.splitlines() if line.startswith(LIVENESS)]
    assert len(rows) == len(LIVENESS)
    assert rows[0].split()[1:3] == ["violated", "(5+0)"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("check", "two-way", "half-open-is-released", "--engine", "bmc"), "leave out --engine bmc"),
        (("check", "two-way", "half-open-is-released", "--symmetry"), "leave out --symmetry"),
        (("check", "two-way", "half-open-is-released", "--hash-compaction"), "leave out --hash-compaction"),
        (("check", "two-way", "half-open-is-released", "--unfair", "tmier"), "did you mean 'timer'?"),
        (("check", "two-way", "agreement", "--unfair", "timer"), "--unfair is for claims of liveness"),
        (("trace", "two-way", "half-open-is-released", "--traces", "2"), "--traces is for covering and bfs: scc finds one run"),
        (("prove", "two-way", "half-open-is-released"), "'check' decides it, by scc"),
        (("graph", "two-way", "--claim", "half-open-is-released"), "'trace' shows its cycle"),
        (("assumptions", "two-way", "half-open-is-released"), "is a claim of liveness"),
        (("compare", "--liveness", str(TUTORIALS / "sctp.py")), "makes no claims of liveness"),
    ],
)
def test_what_is_not_for_liveness_is_refused(ask: Ask, words: tuple[str, ...], why: str) -> None:
    answer = ask(*words)
    assert answer.code == 2
    assert why in answer.err


def test_the_engines_of_steps_are_not_handed_claims_of_liveness() -> None:
    """Whoever calls from Python is told as well."""
    spec, refused = SPECIFICATIONS["two-way"], Setting(scope_named("small"), engine="bmc")
    with pytest.raises(CannotDecideError, match="looks at runs that end"):
        decide(spec, [CLAIMS["half-open-is-released"]], refused)
    assert all(claim.kind is not Kind.LIVENESS for claim in spec.claims)
    assert [claim.name for claim in spec.liveness] == ["who-asks-is-answered", *LIVENESS]
