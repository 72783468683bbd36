"""Floods: which defence keeps whom out, faulty tables, and a second formulation with addresses that have names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker.decide import Setting, decide
from checker.verdict import Verdict
from model.notation.expr import FALSE, Expr, disj, literal
from model.notation.network import connect, keeping_everything
from model.notation.sorts import BOOL, NotationError
from model.tcp.assumptions import Assumptions
from model.tcp.attackers import ATTACKER, FLOODS
from model.tcp.composition import ATTACKED, composition_named
from model.tcp.endpoint import Tcb
from model.tcp.handshakes import DropOldest, Handshake, ThreeWay
from model.tcp.scope import scope_named
from properties.claim import monitored
from properties.floods import CLAIMS
from properties.specification import Specification, built_in, specification
from tests import flood_oracle, naive
from tests.command_line import Ask
from tests.test_export import length_by_spin, needs_spin

SCOPE = scope_named("small,answers=2")
BOUNDED, ENDS, KEEPS = "backlog-is-bounded", "flood-ends-no-connection", "client-keeps-its-place"
PLACE, CONNECTED = "flood-takes-no-place", "flood-is-not-connected"
GETS_IN, BY_CHANCE = "client-gets-in", "client-gets-in-by-chance"
SAFETY = (BOUNDED, ENDS, KEEPS, PLACE, CONNECTED, "return-routability")

FALLS = {
    "two-way": {PLACE, CONNECTED, "return-routability"},  # a SYN makes a connection
    "three-way": {
        PLACE,
        "return-routability",
    },  # RFC 4987 §2: half-open TCBs, and what comes when they are all taken is dropped
    "drop-oldest": {PLACE, KEEPS, "return-routability"},  # RFC 4987 §3.4
    "drop-random": {PLACE, KEEPS, "return-routability"},
    "syn-cache": {PLACE, KEEPS},  # RFC 4987 §3.5: no TCB before the ACK, and a cache that can be full
    "cookies": set(),  # RFC 4987 §3.6
}
"""What falls to a flood from addresses that do not answer."""

LONG_RUN = {
    "two-way": (False, False),  # nobody ends a connection with an address where nobody is
    "three-way": (False, True),  # who is timed against is kept out; who meets room keeps it
    "drop-oldest": (False, False),
    "drop-random": (False, False),
    "syn-cache": (False, False),
    "cookies": (True, True),
}
"""Whether a client gets in, and by chance."""


def decided(spec: Specification, *claims: str) -> dict[str, Verdict]:
    verdicts = decide(spec, [spec.claim[claim] for claim in claims], Setting(SCOPE))
    assert all(verdict.outcome.value in {"holds", "violated"} for verdict in verdicts)
    return {verdict.question.claim.name: verdict for verdict in verdicts}


def falls(verdicts: dict[str, Verdict]) -> set[str]:
    return {name for name, verdict in verdicts.items() if verdict.outcome.value == "violated"}


@pytest.mark.parametrize("handshake", FALLS)
def test_what_a_flood_takes_is_what_is_known(handshake: str) -> None:
    assert falls(decided(built_in(f"{handshake}/flood"), *SAFETY)) == FALLS[handshake]


def test_a_cookie_holds_against_a_flood_that_does_something() -> None:
    assert not decided(built_in("cookies/flood"), PLACE)[PLACE].vacuous


@pytest.mark.parametrize(
    "handshake", ["cookies", *(pytest.param(h, marks=pytest.mark.long) for h in LONG_RUN if h != "cookies")]
)
def test_who_gets_in_is_what_is_known(handshake: str) -> None:
    found = decided(built_in(f"{handshake}/flood"), GETS_IN, BY_CHANCE)
    assert tuple(verdict.outcome.value == "holds" for verdict in found.values()) == LONG_RUN[handshake]


@pytest.mark.long
def test_the_oldest_is_a_good_one_to_drop_where_the_flood_is_slow() -> None:
    """RFC 4987 §3.4: as long as fewer SYNs come than there are places while a client is half-open. A random one is not."""
    assert not falls(decided(built_in("drop-oldest/flood-slow"), KEEPS, GETS_IN))
    assert falls(decided(built_in("drop-random/flood-slow"), KEEPS, GETS_IN)) == {KEEPS, GETS_IN}
    assert falls(decided(built_in("three-way/flood-slow"), KEEPS, GETS_IN)) == {GETS_IN}


@pytest.mark.long
@pytest.mark.parametrize("handshake", ["three-way", "cookies", "syn-cache"])
def test_nothing_helps_against_addresses_that_answer(handshake: str) -> None:
    """RFC 4987 §2 is about addresses that do not: these are connections like any other."""
    assert {CONNECTED, GETS_IN, BY_CHANCE} <= falls(
        decided(built_in(f"{handshake}/flood-answering"), CONNECTED, GETS_IN, BY_CHANCE)
    )


@pytest.mark.parametrize("flood", FLOODS)
@pytest.mark.parametrize("handshake", FALLS)
def test_every_verdict_about_a_flood_is_declared(handshake: str, flood: str) -> None:
    spec = built_in(f"{handshake}/{flood}")
    assert all(spec.declared(claim.name, SCOPE, Assumptions()) for claim in CLAIMS)


@pytest.mark.long
def test_a_table_that_nobody_leaves_has_no_gaps() -> None:
    """Without time-outs of what is half-open a full table stays full, and chance does not help."""
    spec = built_in("three-way/flood")
    claim = spec.claim[BY_CHANCE]
    waits = claim.assuming(fair for fair in claim.fairness if fair.name != "others-time-out")
    assert decide(spec, [waits], Setting(SCOPE))[0].outcome.value == "violated"


def test_a_fairness_that_looks_at_the_table_says_so() -> None:
    """What is seen becomes a formula: there is room where not both places are taken."""
    spec = built_in("three-way/flood")
    system = spec.build(SCOPE, Assumptions())
    (fair,) = [one for one in spec.claim[BY_CHANCE].fairness if one.name == "sent-in-time"]
    assert "backlog.others" in fair.symbols(system)
    assert "backlog.others" in str(fair.within(system).when)


# -- faulty tables -----------------------------------------------------------------------------------------------------


class ForgetsToCount(ThreeWay):
    """A table that does not count the client's own connection."""

    name = "forgets-to-count"

    def has_place(self, tcb: Tcb) -> Expr:  # noqa: ARG002  # which is the fault
        return FALSE


class NeverDrops(ThreeWay):
    """A table that is never full."""

    name = "never-drops"

    def full(self) -> Expr:
        return literal(False, BOOL)


class DropsConnections(DropOldest):
    """A table that drops what is ESTABLISHED as well."""

    name = "drops-connections"

    def half_open(self, tcb: Tcb) -> Expr:
        return disj(*(tcb.state == state for state in ("SYN-RECEIVED", "ESTABLISHED")))


class DropsTheClient(DropOldest):
    """A table that takes the client's connection for the oldest, whichever is."""

    name = "drops-the-client"

    def first_out(self, tcb: Tcb) -> Expr:
        return self.half_open(tcb)


@pytest.mark.parametrize(
    ("mutant", "origin", "flood", "claim"),
    [
        (ForgetsToCount, ThreeWay, "flood", BOUNDED),
        (NeverDrops, ThreeWay, "flood", BOUNDED),
        (DropsConnections, DropOldest, "flood", ENDS),
        (DropsTheClient, DropOldest, "flood-slow", KEEPS),
    ],
)
def test_a_faulty_table_is_noticed(mutant: type[Handshake], origin: type[Handshake], flood: str, claim: str) -> None:
    assert not falls(decided(specification(origin, ATTACKED[flood]), claim))
    assert falls(decided(specification(mutant, ATTACKED[flood]), claim))


# -- second opinions ---------------------------------------------------------------------------------------------------

QUEUES = ("three-way", "drop-oldest", "drop-random", "syn-cache")


@pytest.mark.parametrize("handshake", QUEUES)
@pytest.mark.parametrize("places", [1, pytest.param(2, marks=pytest.mark.long)])
def test_addresses_that_have_names_come_to_the_same_tables(handshake: str, places: int) -> None:
    """What the model counts is what there is (tests/flood_oracle.py), by the reference semantics, which search it all."""
    name = "flood" if places == 2 else f"flood-slots-{places}"  # the usual number
    spec = built_in(f"{handshake}/{name}")
    system = keeping_everything(spec.build(scope_named("small,data=0"), Assumptions()))
    explored = naive.explore(monitored(system, [spec.claim[KEEPS]]))
    read = ["server.state", "backlog.others", *(["server.older"] if "server.older" in explored.variables else [])]
    columns = [explored.variables.index(variable) for variable in read]
    tables = {tuple(values[column] for column in columns) for values in explored.found}
    width = len(read)
    assert tables == {table[:width] for table in flood_oracle.counts(handshake, places)}
    assert explored.shortest.get(KEEPS) == flood_oracle.pushed_out(handshake, places)


def test_addresses_that_have_names_keep_the_same_clients_out() -> None:
    """Fairly: the client's SYN arrives again and again, and the server gives up on others again and again."""
    assert flood_oracle.kept_out("three-way", 2, "client is dropped", "gives up")
    for handshake in ("drop-oldest", "drop-random"):
        assert not flood_oracle.kept_out(handshake, 2, "client is dropped"), "it is always taken,"
        assert flood_oracle.kept_out(handshake, 2, "flood pushes out the client"), "and dropped again, for ever"


@needs_spin
def test_spin_finds_a_run_as_short(tmp_path: Path) -> None:
    assert length_by_spin("drop-oldest/flood", KEEPS, "small,data=0", tmp_path) == flood_oracle.pushed_out("drop-oldest", 2)


def test_the_interpreter_replays_what_is_found() -> None:
    """A step of the attacker, of a table that is full, ends the server's half-open connection: by the reference semantics."""
    spec = built_in("drop-oldest/flood")
    verdict = decide(spec, [spec.claim[KEEPS]], Setting(SCOPE))[0]
    assert verdict.trace is not None
    watched = monitored(connect(spec.build(SCOPE, Assumptions())), [spec.claim[KEEPS]])
    schedule = tuple((step.action, step.arguments) for step in verdict.trace.steps)
    state = naive.replay(watched, schedule, watched.checks[0])
    assert (state["server.state"], state["backlog.others"]) == ("LISTEN", 2)
    assert verdict.trace.steps[-1].by == ATTACKER


@pytest.mark.parametrize(
    ("format_", "drawn"),
    [
        ("text", "attacker - <SEQ=7000000><CTL=SYN> ->  LISTEN"),
        ("mermaid", "p2->>p3: SEQ=7000000 CTL=SYN"),  # the second of three participants, and the last
    ],
)
def test_a_syn_of_the_flood_goes_from_its_lifeline_to_the_server(ask: Ask, format_: str, drawn: str) -> None:
    """And it arrives: no arrow ends in the network, as one does whose segment is still under way."""
    answer = ask("trace", "drop-oldest/flood", KEEPS, "--format", format_)
    assert drawn in re.sub("-{2,}(?= <SEQ=7000000|>)", "-", answer.out)
    if format_ == "mermaid":
        assert re.findall(r"participant p\d as (\w+)", answer.out) == ["client", ATTACKER, "server"]
        assert answer.out.index("attacker_takes_a_place") < answer.out.index("attacker_takes_the_clients_place")
        assert "p2-)network" not in answer.out


def test_what_is_only_drawn_is_in_no_network_and_no_claim_sees_it() -> None:
    spec = built_in("drop-oldest/flood")
    system = connect(spec.build(SCOPE, Assumptions()))
    floods = [action for action in system.actions if action.shown]
    assert {action.by for action in floods} == {ATTACKER}
    assert not any(action.sends or "network" in action.updates for action in floods)
    trace = decide(spec, [spec.claim[KEEPS]], Setting(SCOPE))[0].trace
    assert trace is not None
    rows = [header.row for step in trace.steps for header in step.passed]
    assert rows
    assert not any(row in step.state["network"] for step in trace.steps for row in rows)  # type: ignore[operator]


# -- what is asked, and refused ----------------------------------------------------------------------------------------


def test_a_policy_asked_about_several_ports_says_where_it_belongs() -> None:
    spec = specification(DropOldest, composition_named("ports-2-slots-1"))
    with pytest.raises(NotationError, match="write drop-oldest/flood"):
        spec.build(scope_named("small"), Assumptions())


@pytest.mark.parametrize(("given", "says"), [({"drops": "latest"}, "drops 'latest'"), ({"cached": -1}, "has -1 as its cache")])
def test_a_table_that_is_none_is_refused(given: dict[str, object], says: str) -> None:
    mine = type("Mine", (ThreeWay,), {"name": "mine", **given})
    with pytest.raises(NotationError, match=says):
        specification(mine, ATTACKED["flood"]).build(SCOPE, Assumptions())


def test_a_slow_flood_has_two_places_at_least() -> None:
    with pytest.raises(NotationError, match="flood-slow-slots-1"):
        composition_named("flood-slow-slots-1")
    assert composition_named("flood-slots-3").slots == 3  # what is asked for


def test_compare_has_the_defences_beside_the_handshakes(ask: Ask) -> None:
    answer = ask("compare", "cookies", "--attacker", "flood", "--csv")
    assert {claim.name for claim in CLAIMS} <= set(re.findall(r"[a-z-]+", answer.out))
