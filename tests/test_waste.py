"""What old SYNs cost a server: counts that can be reasoned out, a product built by hand, and servers that are at fault."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from checker.decide import Setting, decide
from checker.host.limits import Limits
from checker.proof.prove import Broken, first_fault
from checker.proof.subject import Subject
from checker.proof.terms import BITS, WIDTHS
from checker.studies.proving import check_invariant, prove
from checker.studies.waste import WAYS, Cost, waste
from checker.verdict import Outcome, Verdict
from model.notation.analysis import mentions
from model.notation.cases import Cases
from model.notation.expr import Expr, variable
from model.notation.interpreter import Interpreter, State, Transition, key
from model.notation.network import keeping_everything
from model.notation.sorts import NotationError
from model.tcp.assumptions import Assumptions
from model.tcp.composition import CLIENT_SERVER, LIMITED, PORTS, composition_named, several_ports
from model.tcp.endpoint import R2_SEARCHED, EventKind, Response, Tcb
from model.tcp.handshakes import HANDSHAKES, NAMED, Cookies, FourWay, Handshake, ThreeWay, TwoWay
from model.tcp.scope import Scope, scope_named
from model.tcp.segment import Segment
from properties.resources import (
    DEAD,
    HALF_OPEN,
    HALF_OPEN_GIVES_UP,
    NO_WASTED_CONNECTIONS,
    at_once,
    over_time,
    turns_away,
    wastes,
)
from properties.specification import built_in, specification
from tests.command_line import Ask
from tests.mutants import AcceptsAnyAck

H, V = Outcome.HOLDS, Outcome.VIOLATED
SCOPE = scope_named("small,data=0")
ROOT = Path(__file__).parents[1]


def asked(
    handshake: type[Handshake], ports: int, scope: Scope = SCOPE, *, slots: int | None = None, engine: str | None = None
) -> dict[str, Verdict]:
    """Decide every claim about so many ports, by an engine if one is named."""
    spec = specification(handshake, several_ports(ports, slots))
    claims = [claim for claim in spec.claims if claim.within]
    return {v.question.claim.name: v for v in decide(spec, claims, Setting(scope, engine=engine))}


def most(verdicts: Mapping[str, Verdict], waste: str) -> int:
    """Return how many there can be at once; every number has been decided."""
    found = [v for name, v in verdicts.items() if name.startswith(f"{waste}-at-once-")]
    assert Outcome.UNKNOWN not in {v.outcome for v in found}
    return sum(v.outcome is H for v in found)


# -- counts with a reason ----------------------------------------------------------------------------------------------------

# A server that believes a SYN wastes a connection for each; one that asks first has asked, and is half-open, for each. The
# client of each port has to open and to give up, and its SYN to arrive: three steps a port, and no step serves two ports.
BELIEVES, ASKS = {"dead": 1, "half-open": 0}, {"dead": 0, "half-open": 1}
AT_ONCE: Mapping[type[Handshake], Mapping[str, int]] = {TwoWay: BELIEVES, ThreeWay: ASKS, FourWay: ASKS}


@pytest.mark.parametrize("ports", [1, 2, 3])
@pytest.mark.parametrize("handshake", [TwoWay, ThreeWay])
def test_each_old_syn_of_another_port_costs_a_connection(handshake: type[Handshake], ports: int) -> None:
    verdicts = asked(handshake, ports)
    for name, each in AT_ONCE[handshake].items():
        assert most(verdicts, name) == each * ports
        for number in range(1, each * ports + 1):
            trace = verdicts[f"{name}-at-once-{number}"].trace
            assert trace is not None
            assert len(trace) == 3 * number


# A user who closes such a connection makes it a closing one: a step more for each port. In three-way that is done in
# SYN-RECEIVED, where RFC 9293 has the FIN sent at once (§3.10.4); where it waits for ESTABLISHED, it waits for the client.
CLOSES: Mapping[type[Handshake], Mapping[bool, int]] = {TwoWay: {True: 2, False: 2}, ThreeWay: {True: 2, False: 0}}


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize("handshake", [TwoWay, ThreeWay])
def test_a_server_that_closes_what_nobody_wants_waits_for_nobody(handshake: type[Handshake], early: bool) -> None:
    spec = specification(handshake, several_ports(2, closes=True))
    asked = [claim for claim in spec.claims if claim.within and "-at-once-" in claim.name]
    found = decide(spec, asked, Setting(SCOPE, replace(Assumptions(), close_early=early)))
    verdicts = {v.question.claim.name: v for v in found}
    assert {name: most(verdicts, name) for name in ("dead", "half-open")} == {k: 2 * n for k, n in AT_ONCE[handshake].items()}
    assert most(verdicts, "closing") == CLOSES[handshake][early]
    for number in range(1, CLOSES[handshake][early] + 1):
        trace = verdicts[f"closing-at-once-{number}"].trace
        assert trace is not None
        assert len(trace) == 4 * number


@pytest.mark.parametrize("language", ["en", "zh"])
def test_waste_of_a_lifecycle_has_a_column_more(ask: Ask, language: str) -> None:
    asked = ask("waste", "two-way/lifecycle", "--syns", "1", "--lang", language)
    assert asked.code == 0
    assert {"en": "half-open closing", "zh": "半连接    关闭中"}[language] in asked.out
    assert "R2" in asked.out.splitlines()[-1] or "3.8.3" in asked.out


def test_four_way_keeps_half_open_connections_as_three_way_does() -> None:
    verdicts = asked(FourWay, 2)
    assert {name: most(verdicts, name) for name in AT_ONCE[FourWay]} == {"dead": 0, "half-open": 2}


def test_the_run_to_dead_connections_ends_with_servers_alone() -> None:
    trace = asked(TwoWay, 3)["dead-at-once-3"].trace
    assert trace is not None
    states = trace.steps[-1].states
    assert {role.rstrip("123"): state for role, state in states.items()} == {"client": "CLOSED", "server": "ESTABLISHED"}
    assert len(states) == 6
    received = [step.received.source for step in trace.steps if step.received is not None]
    assert sorted(received) == ["client1", "client2", "client3"]


@cache
def costs(**assumptions: object) -> tuple[Cost, ...]:
    """Return what up to two SYNs cost."""
    assumed = replace(Assumptions(), **assumptions)  # type: ignore[arg-type]  # as the fields have it
    return tuple(waste([specification(h) for h in (TwoWay, ThreeWay)], 2, Setting(SCOPE, assumed)))


def test_under_the_window_check_four_way_wastes_connections_of_later_attempts() -> None:
    """It takes two attempts, whose halves are joined: one attempt on each of two ports has nothing to join."""
    (cost,) = waste([specification(FourWay)], 2, Setting(SCOPE, Assumptions(seq_check="window")))
    assert [cost.counts["attempts", syns, "dead"].most for syns in (1, 2)] == [0, 1]
    assert cost.counts["ports", 2, "dead"].most == 0


def test_on_one_port_there_is_one_connection_at_a_time() -> None:
    """Where a second SYN of the port arrives, the TCB that it meets is not the listener's."""
    for cost, wasted in zip(costs(), ("dead", "half-open"), strict=True):
        assert cost.decided
        assert not cost.surprising
        for syns in (1, 2):
            assert cost.counts["attempts", syns, wasted].most == 1


def test_one_syn_is_enough_for_any_number_one_after_another() -> None:
    """After the first, which takes three steps, an end and an arrival make the next."""
    for cost, wasted, other in zip(costs(), ("dead", "half-open"), ("half-open", "dead"), strict=True):
        for syns in (1, 2):
            count = cost.counts["copies", syns, wasted]
            assert count.most == syns
            assert count.trace is not None
            assert len(count.trace) == 3 + 2 * (syns - 1)
            assert cost.counts["copies", syns, other].most == 0
            opened = [step.action for step in count.trace.steps if step.action == "client_opens"]
            assert len(opened) == 1


def test_without_duplication_a_syn_is_stale_once() -> None:
    """It is delivered once after its attempt has ended, and who gave up sends it no more."""
    two_way, three_way = costs(duplication=False)
    assert [two_way.counts["copies", syns, "dead"].most for syns in (1, 2)] == [1, 1]
    assert [three_way.counts["copies", syns, "half-open"].most for syns in (1, 2)] == [1, 1]
    assert two_way.counts["ports", 2, "dead"].most == 2


def test_what_the_server_can_end_alone() -> None:
    """Where nobody aborts, two-way's server has nothing to wait for: whoever waits in SYN-RECEIVED has a time-out."""
    two_way, three_way = costs()
    assert (two_way.ends["dead"].outcome, two_way.always["dead"].outcome) == (V, V)
    assert (three_way.ends["half-open"].outcome, three_way.always["half-open"].outcome) == (H, H)
    assert two_way.ends["dead"].exercised
    assert three_way.always["half-open"].exercised
    stuck = two_way.always["dead"].trace
    assert stuck is not None
    assert len(stuck) == 3  # from the beginning
    trace = three_way.ends["half-open"].trace
    assert trace is not None
    assert len(trace) == 4  # the three steps to it, and one more
    (aborting,) = decide(
        specification(TwoWay, several_ports(1)),
        [claim for claim in specification(TwoWay, several_ports(1)).claims if claim.name == "dead-ends-by-itself"],
        Setting(SCOPE),
    )
    assert aborting.outcome is H  # a user may abort, where that is allowed


@pytest.mark.parametrize(("handshake", "wasted"), [(TwoWay, "dead"), (ThreeWay, "half-open")])
@pytest.mark.parametrize(("ports", "slots"), [(2, 1), (3, 2), (3, 1)])
def test_a_full_table_keeps_a_client_out(handshake: type[Handshake], wasted: str, ports: int, slots: int) -> None:
    """Three steps fill each slot; then another client opens, and its SYN arrives and is dropped."""
    verdicts = asked(handshake, ports, slots=slots)
    assert most(verdicts, wasted) == slots
    trace = verdicts[f"{wasted}-turn-away"].trace
    assert trace is not None
    assert len(trace) == 3 * slots + 2
    (other,) = {"dead", "half-open"} - {wasted}
    assert verdicts[f"{other}-turn-away"].outcome is V


def test_a_table_with_a_slot_for_each_port_turns_nobody_away() -> None:
    assert not [name for name in asked(TwoWay, 2) if name.endswith("turn-away")]
    system = TwoWay(SCOPE, Assumptions(), several_ports(2)).system()
    assert not [name for name in system.action if "table" in name]


class ServesNobody(TwoWay):
    """A listener that drops every SYN, and so has no connection."""

    name = "serves-nobody"

    def listen(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        return super().listen(tcb, segment).replacing("receives_syn", Response("drops_syn", "drops a SYN."))


@pytest.mark.parametrize("wasted", ["dead", "half-open"])
def test_nobody_is_turned_away_by_connections_that_are_not_there(wasted: str) -> None:
    """Catches "all its connections are dead" of a server that has none."""
    assert asked(ServesNobody, 2, slots=1)[f"{wasted}-turn-away"].outcome is V


# -- a product built by hand -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Port:
    """One port: the values of all its variables, and whether the server's SYN was stale, judged from two states alone."""

    values: tuple[Any, ...]
    stale: bool


Graph = Callable[[Port], list[Port]]


def one_port(handshake: type[Handshake]) -> tuple[Port, Graph, Callable[[Port], str]]:
    """Return the initial state of one port, what it can become in a step, and the state of its server."""
    system = keeping_everything(handshake(SCOPE, Assumptions(), several_ports(1)).system())
    interpreter = Interpreter(system)
    names = tuple(system.sorts)

    def stale_after(port: Port, before: State, step: Transition) -> bool:
        if step.state["server.state"] == "LISTEN":
            return False
        if before["server.state"] != "LISTEN":
            return port.stale
        return before["client.state"] == "CLOSED" or before["client.iss"] != step.state["server.irs"]

    @cache
    def successors(port: Port) -> list[Port]:
        before = dict(zip(names, port.values, strict=True))
        return [Port(key(step.state), stale_after(port, before, step)) for step in interpreter.steps(before)]

    return Port(key(interpreter.initial()), stale=False), successors, lambda port: str(port.values[names.index("server.state")])


@pytest.mark.parametrize("slots", [2, 1])
@pytest.mark.parametrize("handshake", [TwoWay, ThreeWay])
def test_two_ports_are_the_product_of_one(handshake: type[Handshake], slots: int) -> None:
    """The same states, steps and counts as the composition of two ports, of which the rules know nothing here.

    Where there is one slot, no server leaves LISTEN while the other one has.
    """
    initial, successors, state = one_port(handshake)

    def after(pair: tuple[Port, Port]) -> list[tuple[Port, Port]]:
        left, right = pair
        pairs = [*((new, right) for new in successors(left)), *((left, new) for new in successors(right))]
        return [p for p in pairs if sum(state(port) != "LISTEN" for port in p) <= slots]

    found = {(initial, initial): 0}
    frontier, transitions, nearest = [(initial, initial)], 0, dict[tuple[str, int], int]()
    while frontier:
        following = []
        for before in frontier:
            pairs = after(before)
            transitions += len(pairs)
            for pair in pairs:
                if pair in found:
                    continue
                found[pair] = found[before] + 1
                following.append(pair)
                for of in wastes(CLIENT_SERVER):
                    number = sum(port.stale and state(port) == of.state for port in pair)
                    nearest.setdefault((of.name, number), found[pair])
        frontier = following
    verdicts = asked(handshake, 2, slots=slots)
    effort = verdicts["no-wasted-connections"].counts
    assert (len(found), max(found.values())) == (effort.states, effort.depth)
    assert transitions == effort.transitions or slots == 1  # a SYN that is dropped is a step too
    for of in wastes(CLIENT_SERVER):
        reached = {n: steps for (name, n), steps in nearest.items() if name == of.name and n}
        traces = {n: verdicts[f"{of.name}-at-once-{n}"].trace for n in (1, 2)}
        assert reached == {n: len(trace) for n, trace in traces.items() if trace is not None}


def test_as_many_states_as_one_port_to_the_power_of_ports() -> None:
    one, three = (asked(TwoWay, ports, engine="bfs")["no-wasted-connections"].counts.states for ports in (1, 3))
    assert one is not None
    assert three == one**3


@pytest.mark.parametrize("handshake", HANDSHAKES.values())
def test_ports_share_nothing_but_the_network(handshake: type[Handshake]) -> None:
    system = handshake(SCOPE, Assumptions(), several_ports(3)).system()
    for action in system.actions:
        formulas = [action.guard, *action.updates.values(), *(cell for sent in action.sends for cell in sent)]
        read = {name for e in formulas for op, name in mentions(e) if op.value == "variable"}
        ports = {name.partition(".")[0][-1] for name in (*read, *action.updates) if "." in name}
        assert len(ports) == 1, action.name


def test_the_listener_goes_on_listening() -> None:
    system = ThreeWay(SCOPE, Assumptions(), several_ports(2)).system()
    assert Interpreter(system).initial()["server1.state"] == "LISTEN"
    assert not {"server1_listens", "server1_closes", "server1_resets_syn_when_closed"} & set(system.action)
    for action in system.actions:
        new = action.updates.get("server1.state")
        assert new is None or str(new) != "CLOSED"


def test_the_same_is_found_where_every_loss_is_written_out() -> None:
    spec = specification(TwoWay, several_ports(2))
    claims = [at_once(DEAD, 2), at_once(HALF_OPEN, 1)]
    for reduction in (True, False):
        dead, half_open = decide(spec, claims, Setting(SCOPE, reduction=reduction))
        assert dead.trace is not None
        assert (dead.outcome, len(dead.trace), half_open.outcome) == (H, 6, V)


# -- declared verdicts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seq_check", ["exact", "window", "none"])
@pytest.mark.parametrize("scope", ["small,data=0", "default,data=0", "backwards,data=0"])
@pytest.mark.parametrize("handshake", HANDSHAKES.values())
def test_what_is_declared_is_found(handshake: type[Handshake], scope: str, seq_check: str) -> None:
    """Four-way's joined halves waste a connection wherever they deceive the server (two attempts, two answers)."""
    spec = specification(handshake, several_ports(1))
    setting = Setting(scope_named(scope), Assumptions(seq_check=seq_check))
    (verdict,) = decide(spec, [NO_WASTED_CONNECTIONS], setting)
    assert verdict.question.expected is verdict.outcome
    assert verdict.exercised


def test_nothing_is_declared_where_attempts_or_answers_are_too_few() -> None:
    spec = specification(FourWay, several_ports(1))
    assert spec.declared(NO_WASTED_CONNECTIONS.name, scope_named("small,data=0,answers=2"), Assumptions()) is None


# -- servers at fault --------------------------------------------------------------------------------------------------------


class EstablishesOnSyn(ThreeWay):
    """A server that does not wait for the last ACK."""

    name = "establishes-on-syn"

    def answer_syn(self, tcb: Tcb, segment: Segment) -> Response:
        return super().answer_syn(tcb, segment).establish(tcb)


def test_a_server_that_establishes_on_a_syn_wastes_a_connection_for_each() -> None:
    verdicts = asked(EstablishesOnSyn, 2)
    assert {of.name: most(verdicts, of.name) for of in wastes(CLIENT_SERVER)} == {"dead": 2, "half-open": 0}
    assert verdicts["no-wasted-connections"].surprising


def test_a_server_that_accepts_any_ack_wastes_a_connection_of_one_that_was() -> None:
    """The ACK of the connection that the SYN had opened before passes for that of the answer to its duplicate."""
    scope = scope_named("small,data=0,answers=2")
    assert most(asked(AcceptsAnyAck, 1, scope), "dead") == 1
    assert most(asked(ThreeWay, 1, scope), "dead") == 0


class NeverGivesUp(ThreeWay):
    """A server without a user time-out in SYN-RECEIVED, whose user does not abort either."""

    name = "never-gives-up"

    def calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        for section, condition, response in super().calls(tcb):
            waits = tcb.passive & (tcb.state == "SYN-RECEIVED")
            yield section, condition & ~waits if EventKind.ENDS in response.events else condition, response


def test_a_server_that_never_gives_up_keeps_what_is_half_open() -> None:
    verdicts = asked(NeverGivesUp, 1)
    assert (verdicts["half-open-ends-by-itself"].outcome, verdicts["half-open-can-always-end"].outcome) == (V, V)
    assert (asked(ThreeWay, 1)["half-open-ends-by-itself"].outcome, most(verdicts, "half-open")) == (H, 1)


# -- retransmissions ---------------------------------------------------------------------------------------------------------


class NeverCounts(ThreeWay):
    name = "never-counts"

    def limited(self, _: Tcb, condition: Expr, again: Response) -> tuple[Expr, Response]:
        return condition, again


class CountsOneTooMany(ThreeWay):
    name = "counts-one-too-many"

    def limited(self, tcb: Tcb, condition: Expr, again: Response) -> tuple[Expr, Response]:
        _, counting = super().limited(tcb, condition, again)
        return (condition & ~(tcb.read("r2") < tcb.read("retransmissions")) if tcb.limited else condition), counting


class LimitsSmallNumbersOnly(ThreeWay):
    """A server that obeys each R2 that a search chooses, and no larger one."""

    name = "limits-small-numbers-only"

    def limited(self, tcb: Tcb, condition: Expr, again: Response) -> tuple[Expr, Response]:
        obeyed, counting = super().limited(tcb, condition, again)
        return (obeyed | (condition & (tcb.read("r2") > R2_SEARCHED[-1])) if tcb.limited else obeyed), counting


R2_SCOPE = scope_named("small,data=0")


def giving_up(handshake: type[Handshake]) -> Verdict:
    (verdict,) = decide(specification(handshake, LIMITED), [HALF_OPEN_GIVES_UP], Setting(R2_SCOPE))
    return verdict


@pytest.mark.parametrize("handshake", HANDSHAKES.values())
def test_a_half_open_connection_is_not_kept_alive_for_long(handshake: type[Handshake]) -> None:
    """Two-way never sends its SYN again by itself: it has nothing to give up."""
    verdict = giving_up(handshake)
    assert verdict.outcome is H
    assert verdict.vacuous == (handshake is TwoWay)


@pytest.mark.parametrize("r2", R2_SEARCHED)
def test_as_many_retransmissions_as_r2_can_be_made(r2: int) -> None:
    """So the claim is no weaker than it says: that the r2-th is made can be reached."""
    system = keeping_everything(ThreeWay(R2_SCOPE, Assumptions(), LIMITED).system())
    interpreter, state = Interpreter(system), Interpreter(system).initial()
    segment = ("client", "server", 100, 0, "SYN", 0)
    for action, arguments in (("server_listens", {"r2": r2}), ("client_opens", {"isn": 100}), ("client_closes", {})):
        state = interpreter.take(state, action, arguments).state
    state = interpreter.take(state, "server_receives_syn", {"segment": segment, "isn": 200}).state
    for _ in range(r2):
        state = interpreter.take(state, "server_retransmits_syn_ack", {}).state
    assert "server_retransmits_syn_ack" not in {step.action for step in interpreter.steps(state)}
    assert "server_times_out" in {step.action for step in interpreter.steps(state)}


def test_z3_finds_it_out_as_well() -> None:
    setting = Setting(R2_SCOPE, engine="bmc", limits=Limits(depth=4))
    (verdict,) = decide(specification(NeverCounts, LIMITED), [HALF_OPEN_GIVES_UP], setting)
    assert verdict.outcome is V
    assert verdict.trace is not None
    assert (len(verdict.trace), verdict.trace.end["server.r2"]) == (4, 0)


@pytest.mark.parametrize(("handshake", "steps"), [(NeverCounts, 4), (CountsOneTooMany, 4)])
def test_a_server_that_goes_on_is_found_out(handshake: type[Handshake], steps: int) -> None:
    """With R2 = 0: it listens, a client opens, the SYN is answered, and the answer sent again."""
    verdict = giving_up(handshake)
    assert verdict.outcome is V
    assert verdict.trace is not None
    assert len(verdict.trace) == steps
    assert verdict.trace.steps[0].arguments == {"r2": 0}


COUNTED = variable(
    "server.retransmissions", LIMITED_SORT := ThreeWay(R2_SCOPE, Assumptions(), LIMITED).system().sorts["server.r2"]
)
AGAIN = variable(f"{HALF_OPEN_GIVES_UP.name}.again", LIMITED_SORT)
INVARIANT = ~(COUNTED < AGAIN)
"""What the server counts is not less than what was sent: with the rule's "less than R2" that is all a proof needs."""


def test_it_is_proved_for_every_r2_and_not_only_for_those_searched() -> None:
    """The invariant that proves the rule proves nothing of one that obeys small numbers only, which no search notices."""
    assert giving_up(LimitsSmallNumbersOnly).outcome is H
    attempts = {}
    for handshake in (ThreeWay, LimitsSmallNumbersOnly):
        subject = Subject(specification(handshake, LIMITED), HALF_OPEN_GIVES_UP, (), Setting(R2_SCOPE))
        attempts[handshake] = check_invariant(subject, [INVARIANT], 60)
    proved, fault = attempts[ThreeWay]
    assert (proved.outcome, fault, set(proved.invariants)) == (H, None, set(WIDTHS))
    assert (
        attempts[LimitsSmallNumbersOnly][0].outcome is not H
    )  # bounded model checking may find what it does, if it has the time
    subject = Subject(specification(LimitsSmallNumbersOnly, LIMITED), HALF_OPEN_GIVES_UP, (), Setting(R2_SCOPE))
    fault = first_fault(subject, [INVARIANT], BITS)
    assert isinstance(fault, Broken)
    assert fault.trace is not None
    r2 = fault.trace.initial["server.r2"]
    assert isinstance(r2, int)
    assert r2 > R2_SEARCHED[-1]


def test_the_invariant_is_found() -> None:
    spec = specification(ThreeWay, LIMITED)
    attempt = prove(spec, HALF_OPEN_GIVES_UP, Setting(R2_SCOPE), 120)
    assert attempt.outcome is H
    assert {str(conjunct) for conjuncts in attempt.invariants.values() for conjunct in conjuncts} == {str(INVARIANT)}


# -- the command -------------------------------------------------------------------------------------------------------------


def cells(table: str, row: str) -> Iterator[list[str]]:
    """Yield the cells of each line of the table that begins with ``row``."""
    for line in table.splitlines():
        if line.startswith(row):
            yield line.removeprefix(row).split()


def test_the_table(ask: Ask) -> None:
    answer = ask("waste", "two-way", "three-way", "--syns", "2")
    assert (answer.code, answer.err) == (0, "")
    assert max(map(len, answer.out.splitlines())) <= 80
    assert list(cells(answer.out, "  2 ")) == [
        ["2", "(6)", "0", "0", "2", "(6)"],
        ["1", "(3)", "0", "0", "1", "(3)"],
        ["2", "(5)", "0", "0", "2", "(5)"],
    ]
    assert list(cells(answer.out, "full table turns away")) == [["yes", "(5)", "-", "-", "yes", "(5)"]]
    assert list(cells(answer.out, "server alone ends it")) == [["never", "-", "-", "always"]]
    assert list(cells(answer.out, "sends SYN again")) == [["-", "<=", "R2"]]


def test_the_record(ask: Ask) -> None:
    answer = ask("waste", "two-way", "--syns", "2", "--json")
    record = json.loads(answer.out)
    (found,) = record["handshakes"]
    assert (answer.code, record["syns"], found["handshake"]) == (0, 2, "two-way")
    counted = {(c["way"], c["syns"], c["waste"]): (c["most"], c["decided"], c["trace_length"]) for c in found["counts"]}
    assert set(counted) == {(way.name, syns, of.name) for way in WAYS for syns in (1, 2) for of in wastes(CLIENT_SERVER)}
    assert counted["ports", 2, "dead"] == (2, True, 6)
    assert counted["ports", 2, "half-open"] == (0, True, None)


def test_the_runs(ask: Ask) -> None:
    answer = ask("waste", "two-way", "three-way", "--syns", "1", "--trace")
    assert "two-way/ports-1: dead-at-once-1 holds" in answer.out
    assert "three-way/ports-1: half-open-at-once-1 holds" in answer.out
    assert "no run" not in answer.out


def test_a_run_of_several_ports_shows_the_state_of_each(ask: Ask) -> None:
    answer = ask("trace", "two-way/ports-2", "dead-at-once-2", "--scope", "small,data=0")
    assert answer.code == 0
    rows = [line.split() for line in answer.out.splitlines()]
    assert ["client1", "server1", "client2", "server2"] in rows
    assert ["CLOSED", "LISTEN", "CLOSED", "LISTEN"] in rows
    assert ["CLOSED", "ESTABLISHED", "CLOSED", "ESTABLISHED"] in rows


def test_a_search_that_is_cut_short_says_at_least(ask: Ask) -> None:
    answer = ask("waste", "two-way", "--syns", "2", "--max-states", "300")
    assert answer.code == 20
    assert next(cells(answer.out, "  2 ")) == ["2", "(6)", ">=0"]  # both are dead; that none is half-open was not seen
    assert "a limit ended the search" in answer.out


def test_a_handshake_that_is_not_as_declared_is_noticed(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "hasty.py"
    path.write_text(
        "from model.tcp.handshakes import ThreeWay\n\n\n"
        "class Hasty(ThreeWay):\n"
        '    name = "hasty"\n\n'
        "    def answer_syn(self, tcb, segment):\n"
        "        return super().answer_syn(tcb, segment).establish(tcb)\n",
        encoding="utf-8",
    )
    answer = ask("waste", str(path), "--syns", "1")
    assert answer.code == 12
    assert "hasty !" in answer.out
    assert next(cells(answer.out, "  1 ")) == ["1", "(3)", "0"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("three-way/crash",), "waste is for handshakes of clients and a server"),
        (("--syns", "0"), "is no limit"),
        (("--syns", "9"), "write one from 1 to 8"),
        (("--scope", "default"), "write --syns N"),
        (("two-way", "two-way/ports-2"), "waste is for handshakes of clients and a server"),
        ((str(ROOT / "model/tutorials/mutual_exclusion.py"),), "waste is for handshakes of clients and a server"),
    ],
)
def test_what_cannot_be_asked(ask: Ask, words: tuple[str, ...], says: str) -> None:
    answer = ask("waste", *words)
    assert (answer.code, answer.out) == (2, "")
    assert says in answer.err


@pytest.mark.parametrize("name", [name for name in (*HANDSHAKES, *NAMED) if not name.startswith(("drop-", "syn-cache"))])
def test_each_handshake_has_a_table_that_is_full(name: str) -> None:
    """Catches two actions of one name, where a TCB is made in several ways. Policies about others' SYNs have none here."""
    spec = built_in(name)
    assert spec.composed is not None
    system = spec.composed(composition_named("ports-2-slots-1")).build(scope_named("small"), Assumptions())
    drops = [action for action in system.actions if "finds_the_table_full" in action.name]
    assert drops
    assert not any(action.sends for action in drops)


def test_a_full_table_drops_no_syn_that_takes_no_place() -> None:
    """A cookie is an answer that keeps nothing: what a full table drops is the ACK that brings it back (RFC 4987 §3.6)."""
    system = specification(Cookies, composition_named("ports-2-slots-1")).build(scope_named("small"), Assumptions())
    first, *drops = sorted(a.name for a in system.actions if "finds_the_table_full" in a.name and a.by == "server1")
    assert drops == [f"{first}_where_it_takes_cookie"], "an ACK with text, and one without"
    claim = turns_away(DEAD)
    setting = Setting(scope_named("small,data=0"))
    (verdict,) = decide(specification(Cookies, composition_named("ports-2-slots-1")), [claim], setting)
    assert verdict.trace is not None
    assert "finds_the_table_full_where_it_takes_cookie" in verdict.trace.steps[-1].action


def test_compositions_are_named() -> None:
    assert composition_named("ports-2").roles == ("client1", "server1", "client2", "server2")
    assert composition_named("ports-1").roles == CLIENT_SERVER.roles
    assert composition_named("ports-3-slots-2").slots == 2
    for name in ("ports-0", "ports-9", "ports", "r3", "ports-2-slots-2"):
        with pytest.raises(NotationError, match="there is no composition"):
            composition_named(name)


def test_claims_about_ports_apply_nowhere_else() -> None:
    for handshake in HANDSHAKES.values():
        assert NO_WASTED_CONNECTIONS.name not in specification(handshake).claim
        assert HALF_OPEN_GIVES_UP.name not in specification(handshake).claim
        assert over_time(DEAD, 2).concerns(several_ports(1).roles, PORTS)
        assert not over_time(DEAD, 2).concerns(CLIENT_SERVER.roles)
