"""Closing a connection: counts and lengths against another formulation, the figures of §3.6, and faults that are caught."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from checker.decide import Setting, decide
from checker.explicit.search import search
from checker.host.limits import Limits
from checker.runs.graph import of_each_endpoint, searched_quotient
from checker.scenarios import scenario
from checker.scenarios.player import play
from checker.simulation.relating import relate
from checker.verdict import Outcome
from model.notation.cases import Cases, first
from model.notation.expr import TRUE, Expr, conj, disj
from model.notation.network import connect, keeping_everything
from model.tcp.assumptions import Assumptions
from model.tcp.composition import LIFECYCLE, LIFECYCLE_CRASH, Composition, Side
from model.tcp.endpoint import WHOLE, Response, Tcb, is_one_of
from model.tcp.handshakes import Handshake, ThreeWay
from model.tcp.handshakes.calls import ABORTED
from model.tcp.scope import SCOPES, Scope, scope_named
from model.tcp.segment import Segment
from properties.claim import monitored
from properties.observe import Monitored, Seen
from properties.relations import CLOSES, RELATIONS, closing_at_once
from properties.specification import Specification, specification
from properties.step import Step
from tests import closing_oracle
from tests.test_export import counts_are_the_same, needs_spin

ONE = Scope("one connection", (100,), (300,), data=0)
WRAPS = Scope("one connection, its numbers wrapping", (2**32 - 1,), (2**32 - 2,), data=0)
CLOSING = [
    *("no-octet-from-the-dead", "octets-in-order", "close-is-agreed", "no-data-after-end", "fin-is-numbered"),
    "time-wait-protects",
]
LIFE, CRASHES = specification(ThreeWay, LIFECYCLE), specification(ThreeWay, LIFECYCLE_CRASH)

CASES = [
    (ONE, Assumptions()),
    (WRAPS, Assumptions()),
    (ONE, Assumptions(seq_check="window")),
    (ONE, Assumptions(seq_check="window", rfc5961=False)),
    (ONE, Assumptions(time_wait="short", rfc1337=True)),
    (ONE, Assumptions(time_wait="none", close_early=False)),
]


def kept_by(spec: Specification) -> bool:
    """Return whether somebody keeps what was sent."""
    return spec.composition is not None and spec.composition.attacker is not None and spec.composition.attacker.repeats


def case(scope: Scope, assumed: Assumptions, *, crashes: bool = False, kept: bool = False) -> closing_oracle.Case:
    return closing_oracle.Case(
        scope.client_isns,
        scope.server_isns,
        scope.data,
        scope.octets,
        assumed.seq_check,
        assumed.rcv_wnd,
        assumed.rfc5961,
        assumed.closed_host,
        assumed.abort_established,
        assumed.close_early,
        assumed.time_wait,
        assumed.new_syn,
        assumed.rfc1337,
        assumed.loss,
        assumed.duplication,
        crashes,
        assumed.half_duplex,
        assumed.keep_alive,
        assumed.text_on_syn,
        kept,
    )


def agree(
    scope: Scope, assumed: Assumptions, *, keep_only: bool = True, depth: int | None = None, spec: Specification = LIFE
) -> None:
    """Hold the states at each depth, and the steps from them, against the other formulation."""
    system = spec.build(scope, assumed)
    watched = Monitored(keeping_everything(system) if keep_only else connect(system))
    counts = search(watched, Limits(depth=depth), exhaust=True).counts
    levels, transitions = closing_oracle.levels(
        case(scope, assumed, crashes=spec is CRASHES, kept=kept_by(spec)), keep_only, depth
    )
    assert (counts.levels, counts.transitions) == (tuple(levels), transitions)


@pytest.mark.parametrize(("scope", "assumed"), CASES[:1], ids=str)
def test_the_other_formulation_counts_as_many(scope: Scope, assumed: Assumptions) -> None:
    agree(scope, assumed)


@pytest.mark.long
@pytest.mark.parametrize(("scope", "assumed"), CASES[1:], ids=str)
def test_the_other_formulation_counts_as_many_in_other_scopes(scope: Scope, assumed: Assumptions) -> None:
    agree(scope, assumed)


RULES = [
    Assumptions(),
    Assumptions(close_early=False),
    Assumptions(abort_established=False),
    Assumptions(closed_host="silent"),
    Assumptions(seq_check="window"),
    Assumptions(seq_check="window", rcv_wnd=1),
    Assumptions(seq_check="window", rcv_wnd=0),
    Assumptions(seq_check="window", rfc5961=False),
    Assumptions(seq_check="none"),
    Assumptions(time_wait="short", rfc1337=True),
    Assumptions(time_wait="none"),
    Assumptions(new_syn="reopens", close_early=False),
]
TEXT = Scope("one connection with text", (100,), (200,))
PIECES = Scope("one connection, text of two octets twice", (100,), (200,), data=2, octets=2)
ANSWERED_TWICE = Scope("one attempt, two answers", (100,), (200, 300), data=0)
TWICE = Scope("two attempts, two answers", (100, 200), (300, 400), data=0)
LEAVING = ("reopens", "returns")
SHALLOW = [
    *((TEXT, assumed, True, 10) for assumed in RULES),
    *((PIECES, assumed, True, 9) for assumed in RULES),
    *((SCOPES["default"], assumed, True, 10) for assumed in RULES),
    *((SCOPES["backwards"], replace(assumed, new_syn="reopens"), True, 10) for assumed in RULES),
    *((SCOPES["adjacent"], replace(assumed, isn_spacing="adjacent"), True, 10) for assumed in RULES),
    *((TEXT, assumed, False, 7) for assumed in RULES),
    *((TEXT, Assumptions(loss=loss, duplication=not loss), False, 8) for loss in (False, True)),
    *((TEXT, replace(assumed, text_on_syn=True), True, 9) for assumed in RULES),
    *((PIECES, replace(assumed, text_on_syn=True), True, 8) for assumed in RULES),
    *((SCOPES["default"], replace(assumed, text_on_syn=True), True, 8) for assumed in RULES),
    *((TEXT, replace(assumed, half_duplex=True), True, 10) for assumed in RULES),
    (ANSWERED_TWICE, Assumptions(new_syn="returns"), True, 14),
    (ANSWERED_TWICE, Assumptions(new_syn="returns", seq_check="window"), True, 13),
    *((TWICE, Assumptions(new_syn=rule, close_early=False, abort_established=False), True, 12) for rule in LEAVING),
    *((TEXT, replace(assumed, half_duplex=True, text_on_syn=True), True, 8) for assumed in RULES),
    *((TEXT, replace(assumed, keep_alive=True), True, 9) for assumed in RULES),
    *((SCOPES["default"], replace(assumed, keep_alive=True), True, 9) for assumed in RULES),
    (TEXT, Assumptions(text_on_syn=True, keep_alive=True), False, 6),
]


NARROW = Assumptions(seq_check="window", rcv_wnd=1)


@pytest.mark.parametrize("assumed", [replace(NARROW, text_on_syn=True), replace(NARROW, keep_alive=True)], ids=str)
def test_the_other_formulation_counts_as_many_with_what_is_usually_off(assumed: Assumptions) -> None:
    agree(PIECES, assumed, depth=7)


def test_the_other_formulation_counts_as_many_where_the_client_crashes() -> None:
    agree(SCOPES["default"], Assumptions(abort_established=False), depth=7, spec=CRASHES)


@pytest.mark.long
@pytest.mark.parametrize("assumed", RULES, ids=str)
def test_the_other_formulation_counts_as_many_after_a_crash_up_to_a_depth(assumed: Assumptions) -> None:
    agree(SCOPES["default"], replace(assumed, keep_alive=True), depth=9, spec=CRASHES)


@pytest.mark.long
@pytest.mark.parametrize(("scope", "assumed", "keep_only", "depth"), SHALLOW, ids=str)
def test_the_other_formulation_counts_as_many_up_to_a_depth(
    scope: Scope, assumed: Assumptions, keep_only: bool, depth: int
) -> None:
    agree(scope, assumed, keep_only=keep_only, depth=depth)


LENGTHS = [
    (SCOPES["default"], Assumptions(), 10),
    (SCOPES["adjacent"], Assumptions(isn_spacing="adjacent"), 10),
    (SCOPES["adjacent"], Assumptions(isn_spacing="adjacent", close_early=False), 12),
    (SCOPES["adjacent"], Assumptions(isn_spacing="adjacent", close_early=False, time_wait="none"), 12),
    (SCOPES["backwards"], Assumptions(seq_check="window"), 9),
]


@pytest.mark.long
@pytest.mark.parametrize("name", CLOSING)
@pytest.mark.parametrize(("scope", "assumed", "limit"), LENGTHS, ids=str)
def test_the_other_formulation_needs_as_many_steps(scope: Scope, assumed: Assumptions, limit: int, name: str) -> None:
    """Up to a number of steps: beyond it the other search takes too long."""
    (verdict,) = decide(LIFE, [LIFE.claim[name]], Setting(scope, assumed))
    steps = len(verdict.trace.steps) if verdict.trace else None
    expected = steps if steps is not None and steps <= limit else None
    assert closing_oracle.shortest(case(scope, assumed), name, limit) == expected


@pytest.mark.long
@needs_spin
def test_spin_counts_as_many(tmp_path: Path) -> None:
    watched = monitored(keeping_everything(LIFE.build(ONE, Assumptions())), [LIFE.claim[name] for name in CLOSING[:2]])
    assert counts_are_the_same(watched, tmp_path).errors == 0


@pytest.mark.parametrize("name", ["fig12", "fig13"])
def test_figures_of_closing(name: str) -> None:
    """The scenario has the figure's lines, from which the run must not differ; its claims are looked for on the way."""
    run = play(scenario.read(name), LIFE, Assumptions())
    assert not run.violated
    assert run.trace.steps[-1].states == {"client": "CLOSED", "server": "CLOSED"}


# -- faults ----------------------------------------------------------------------------------------------------------------


def changed(
    calls: Iterator[tuple[str, Expr, Response]], name: str, tcb: Tcb, **values: Expr
) -> Iterator[tuple[str, Expr, Response]]:
    """Yield calls, of which the one of that name sets variables otherwise."""
    for section, when, response in calls:
        yield section, when, response.set(tcb, **values) if response.name == name else response


class FinWithoutNumber(ThreeWay):
    """CLOSE does not count its FIN in SND.NXT."""

    name = "fin-without-number"

    def closing_calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        return changed(super().closing_calls(tcb), "closes_first", tcb, snd_nxt=tcb.snd_nxt)


class SendsAfterClose(ThreeWay):
    """SEND is served in FIN-WAIT-1."""

    name = "sends-after-close"

    def send_text(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        for section, when, response in super().send_text(tcb):
            open_still = is_one_of(tcb.state, ("ESTABLISHED", "FIN-WAIT-1"))
            yield section, conj(open_still, self.may_send(tcb)) if response.name == "sends_data" else when, response


class TakesFinOutOfOrder(ThreeWay):
    """A FIN is taken wherever it lies in the window, and RCV.NXT goes to it."""

    name = "takes-fin-out-of-order"

    def fin_bit(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        return self.fin(tcb, segment.seq, segment.fin & ~segment.has_data, "", "")


class TakesTextOutOfOrder(ThreeWay):
    """Text is taken wherever it lies in the window, and RCV.NXT goes behind it."""

    name = "takes-text-out-of-order"

    def new_text(self, tcb: Tcb, segment: Segment) -> tuple[Expr, Expr, Expr]:
        new, end, fits = super().new_text(tcb, segment)
        del new
        later = is_one_of(tcb.state, ("ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2"))
        return conj(segment.has_data, end.is_after(tcb.rcv_nxt), later), end, fits


class SkipsAnOctet(ThreeWay):
    """RCV.NXT counts one octet more than there was."""

    name = "skips-an-octet"

    def new_text(self, tcb: Tcb, segment: Segment) -> tuple[Expr, Expr, Expr]:
        new, end, fits = super().new_text(tcb, segment)
        return new, end + 1, fits


class AnyAckIsOfFin(ThreeWay):
    """In FIN-WAIT-1, CLOSING and LAST-ACK any ACK passes for one of the FIN."""

    name = "any-ack-is-of-fin"
    where = "FIN-WAIT-1"

    def ack_of_fin(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        done = {
            "FIN-WAIT-1": Response("takes_any_ack", "takes an ACK.", continues=True).set(tcb, state="FIN-WAIT-2"),
            "CLOSING": Response("waits_by_any_ack", "takes an ACK.").set(tcb, state="TIME-WAIT"),
            "LAST-ACK": Response("ends_by_any_ack", "takes an ACK.").end(tcb),
        }[self.where]
        return first(tcb.state == self.where, replace(done.accept(), state=self.where)) + super().ack_of_fin(tcb, segment)


class AnyAckEndsClosing(AnyAckIsOfFin):
    """As above, in CLOSING."""

    name = "any-ack-ends-closing"
    where = "CLOSING"


class AnyAckReleases(AnyAckIsOfFin):
    """As above, in LAST-ACK."""

    name = "any-ack-releases"
    where = "LAST-ACK"


class TakesFinAgain(ThreeWay):
    """A FIN advances RCV.NXT in CLOSE-WAIT as well, as §3.10.7.4 can be read, and its number is not looked at."""

    name = "takes-fin-again"

    def fin_bit(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        again = Response("takes_it_again", "takes a FIN again.").set(tcb, rcv_nxt=tcb.rcv_nxt + 1).accept()
        return first(segment.fin & (tcb.state == "CLOSE-WAIT"), again) + super().fin_bit(tcb, segment)


class RenumbersFin(ThreeWay):
    """A FIN that is sent again takes the next number."""

    name = "renumbers-fin"

    def closing_calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        for section, when, response in super().closing_calls(tcb):
            again = replace(response, sends=()).send(tcb.segment("FIN,ACK", seq=tcb.snd_nxt, ack=tcb.rcv_nxt))
            yield section, when, again if response.name == "retransmits_fin" else response


class FinBeforeText(ThreeWay):
    """What is sent again of text and a FIN is the FIN, at the text's number."""

    name = "fin-before-text"

    def closing_calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        for section, when, response in super().closing_calls(tcb):
            early = is_one_of(tcb.state, ("FIN-WAIT-1", "LAST-ACK"))
            yield section, early if response.name == "retransmits_fin" else when, response


class AcknowledgesFinUnheard(ThreeWay):
    """ACKs count a FIN that has not come: one number more than was received."""

    name = "acknowledges-fin-unheard"

    def trimmed_text(self, tcb: Tcb, segment: Segment, takes: Response, drops: Response) -> Cases[Response]:
        ahead = tcb.segment("ACK", seq=tcb.snd_nxt, ack=segment.seq + segment.data + 1)

        def promises(response: Response) -> Response:
            return replace(response, sends=(ahead,))

        return super().trimmed_text(tcb, segment, takes, drops).replacing("receives_data", promises)


SMALL, WINDOW, NO_CHECK = Assumptions(), Assumptions(seq_check="window"), Assumptions(seq_check="none")
FAULTS = [
    (FinWithoutNumber, SMALL, "fin-is-numbered"),
    (RenumbersFin, SMALL, "fin-is-numbered"),
    (FinBeforeText, SMALL, "fin-is-numbered"),
    (SendsAfterClose, SMALL, "no-data-after-end"),
    (TakesFinAgain, NO_CHECK, "no-data-after-end"),
    (TakesFinOutOfOrder, WINDOW, "octets-in-order"),
    (TakesTextOutOfOrder, Assumptions(seq_check="window", rfc5961=False), "octets-in-order"),
    (SkipsAnOctet, SMALL, "octets-in-order"),
    (AnyAckIsOfFin, SMALL, "close-is-agreed"),
    (AnyAckEndsClosing, SMALL, "close-is-agreed"),
    (AnyAckReleases, SMALL, "close-is-agreed"),
    (AcknowledgesFinUnheard, SMALL, "close-is-agreed"),
]


@pytest.mark.parametrize(("fault", "assumed", "claim"), FAULTS, ids=lambda x: getattr(x, "name", str(x)))
def test_a_fault_is_caught_by_a_claim(fault: type[Handshake], assumed: Assumptions, claim: str) -> None:
    """And by that claim only because of the fault: without it the claim holds in the same scope."""
    scope = replace(SCOPES["small"], data=2)
    spec = specification(fault, LIFECYCLE)
    (verdict,) = decide(spec, [spec.claim[claim]], Setting(scope, assumed))
    assert verdict.outcome is Outcome.VIOLATED


@pytest.mark.long
@pytest.mark.parametrize(
    ("assumed", "claims"),
    [(assumed, [c for _, a, c in FAULTS if a == assumed]) for assumed in dict.fromkeys(a for _, a, _ in FAULTS)],
    ids=str,
)
def test_without_a_fault_these_claims_hold(assumed: Assumptions, claims: list[str]) -> None:
    found = decide(
        LIFE, [LIFE.claim[name] for name in dict.fromkeys(claims)], Setting(replace(SCOPES["small"], data=2), assumed)
    )
    assert {v.question.claim.name: (v.outcome, v.exercised) for v in found} == dict.fromkeys(claims, (Outcome.HOLDS, True))


# -- Figure 5 --------------------------------------------------------------------------------------------------------------

FIGURE_5 = {
    ("CLOSED", "LISTEN"),  # passive OPEN
    ("CLOSED", "SYN-SENT"),  # active OPEN
    ("LISTEN", "CLOSED"),  # CLOSE
    ("SYN-SENT", "CLOSED"),  # CLOSE
    ("LISTEN", "SYN-RECEIVED"),  # rcv SYN
    ("SYN-RECEIVED", "LISTEN"),  # rcv RST (note 1)
    ("SYN-SENT", "ESTABLISHED"),  # rcv SYN,ACK
    ("SYN-RECEIVED", "ESTABLISHED"),  # rcv ACK of SYN
    ("SYN-RECEIVED", "FIN-WAIT-1"),  # CLOSE
    ("ESTABLISHED", "FIN-WAIT-1"),  # CLOSE
    ("ESTABLISHED", "CLOSE-WAIT"),  # rcv FIN
    ("FIN-WAIT-1", "FIN-WAIT-2"),  # rcv ACK of FIN
    ("FIN-WAIT-1", "CLOSING"),  # rcv FIN
    ("CLOSE-WAIT", "LAST-ACK"),  # CLOSE
    ("FIN-WAIT-2", "TIME-WAIT"),  # rcv FIN
    ("CLOSING", "TIME-WAIT"),  # rcv ACK of FIN
    ("LAST-ACK", "CLOSED"),  # rcv ACK of FIN
    ("TIME-WAIT", "CLOSED"),  # Timeout=2MSL
    ("FIN-WAIT-1", "TIME-WAIT"),  # note 2
}
"""The edges, but for LISTEN to SYN-SENT and SYN-SENT to SYN-RECEIVED: of a client and a server neither can take one."""
GIVEN_UP = {(state, "CLOSED") for state in WHOLE.members if state not in ("CLOSED", "LISTEN")}
"""ABORT, the user time-out, and a RST (note 3)."""
IN_ONE_SEGMENT = {("SYN-RECEIVED", "CLOSE-WAIT")}
"""The ACK of the SYN with a FIN: two edges in one step."""


def test_the_edges_of_figure_5_are_those_that_the_other_formulation_takes() -> None:
    world = closing_oracle.World(case(ONE, Assumptions()))
    seen, waiting, edges = {closing_oracle.INITIAL}, [closing_oracle.INITIAL], set()
    while waiting:
        state = waiting.pop()
        for step in closing_oracle.steps(world, state, keep_only=True):
            edges.add((state.tcbs[step.actor].state, step.after.tcbs[step.actor].state))
            if step.after not in seen:
                seen.add(step.after)
                waiting.append(step.after)
    assert {edge for edge in edges if edge[0] != edge[1]} == FIGURE_5 | GIVEN_UP | IN_ONE_SEGMENT


def test_each_edge_of_figure_5_is_found() -> None:
    def goes(edge: tuple[str, str], step: Step) -> Seen:
        sides = [step.of(role, "state") for role in step.roles]
        return Seen(stop=disj(*((state == edge[0]) & (step.after(state) == edge[1]) for state in sides)), trigger=TRUE)

    some = LIFE.claim["connection-possible"]
    asked = [replace(some, name=f"edge-{n}", watch=partial(goes, edge)) for n, edge in enumerate(sorted(FIGURE_5))]
    assert {v.outcome for v in decide(LIFE, asked, Setting(SCOPES["small"]))} == {Outcome.HOLDS}


PEERS = Composition(
    "figure-5",
    "two that open either way, and close",
    Side("A", connects=True, listens=True, closes=True),
    Side("B", connects=True, listens=True, closes=True),
)
OPENED_EITHER_WAY = {("LISTEN", "SYN-SENT"), ("SYN-SENT", "SYN-RECEIVED")}
"""SEND in LISTEN, which opens actively, and a SYN that meets one's own."""


def drawn(composition: Composition, depth: int | None = None) -> dict[tuple[str, str], set[str]]:
    """Return the edges that ``graph --endpoint`` draws, and the actions at each."""
    system = specification(ThreeWay, composition).build(ONE, Assumptions())
    pairs, _ = searched_quotient(Monitored(keeping_everything(system)), Limits(depth=depth))
    edges: dict[tuple[str, str], set[str]] = {}
    graph: Any = of_each_endpoint(pairs, composition.roles)
    for a, b, action in graph.edges(data="action"):
        edges.setdefault((str(a), str(b)), set()).add(action)
    return edges


def test_what_is_drawn_of_one_endpoint_is_figure_5_and_its_notes() -> None:
    edges = drawn(LIFECYCLE)
    assert set(edges) == FIGURE_5 | GIVEN_UP | IN_ONE_SEGMENT
    assert edges["FIN-WAIT-1", "TIME-WAIT"] >= {"receives_ack_of_fin_and_receives_last_fin"}  # note 2
    late = set(WHOLE.members) - {"CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED"}
    assert all(any(name.startswith("is_reset") for name in edges[state, "CLOSED"]) for state in late)  # note 3
    assert {state for state, to in edges if "aborts" in edges[state, to]} == {*ABORTED, "SYN-RECEIVED"}


def test_who_opens_either_way_has_the_other_edges_of_figure_5_and_its_first_note() -> None:
    edges = drawn(PEERS, depth=6)
    assert set(edges) >= OPENED_EITHER_WAY
    assert "is_reset_in_syn_received" in edges["SYN-RECEIVED", "LISTEN"]
    assert "is_refused_in_syn_received" in edges["SYN-RECEIVED", "CLOSED"]


# -- four messages, or three -----------------------------------------------------------------------------------------------


def test_three_messages_close_a_connection_whose_second_user_closes_at_once() -> None:
    related = relate(LIFE, RELATIONS["three-messages-close"], Setting(scope_named("small,data=0")))
    assert related.outcome is Outcome.HOLDS
    assert [side.simulated for side in related.sides] == [True, True]


@pytest.mark.long
@pytest.mark.parametrize(
    ("scope", "assumed"),
    [("small", {}), ("default,data=0", {}), ("small,data=0", {"time_wait": "none"}), ("small", {"seq_check": "window"})],
)
def test_three_messages_close_in_other_scopes(scope: str, assumed: dict[str, str]) -> None:
    setting = Setting(scope_named(scope), replace(Assumptions(), **assumed))  # type: ignore[arg-type]
    assert relate(LIFE, RELATIONS["three-messages-close"], setting).outcome is Outcome.HOLDS


def test_the_fourth_message_is_for_who_goes_on_sending() -> None:
    """What three messages leave out is CLOSE-WAIT: the state that is entered at once is otherwise entered from there."""
    related = relate(LIFE, RELATIONS["three-messages-half-close"], Setting(scope_named("small,data=0")))
    assert related.outcome is Outcome.VIOLATED
    assert related.run is not None
    before, after = (step.states for step in related.run.steps[-2:])
    assert [(a, b) for a, b in zip(before.values(), after.values(), strict=True) if a != b] == [("ESTABLISHED", "LAST-ACK")]


def test_closing_at_once_sends_one_segment_for_both() -> None:
    """Of each step into LAST-ACK: a FIN with the ACK, and no ACK by itself; nobody is in CLOSE-WAIT any more."""
    system = closing_at_once(LIFE.build(SCOPES["small"], Assumptions()))
    at_once = [action for action in system.actions if action.name.endswith(f"_{CLOSES}")]
    assert {action.by for action in at_once} == {"client", "server"}
    assert all([Segment(*sent).ctl.data for sent in action.sends] == ["FIN,ACK"] for action in at_once)
    entered = [a.updates[f"{a.by}.state"].data for a in system.actions if f"{a.by}.state" in a.updates]
    assert "CLOSE-WAIT" not in entered
    assert "LAST-ACK" in entered
