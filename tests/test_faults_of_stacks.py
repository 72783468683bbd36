"""Faults that deployed stacks really had, written as a user would, and what notices each: :data:`FAULTS` is the table.

They stand in ``tests/faults``. Each is asked the question that notices it; the whole battery is asked in the long tests. Beside
them stand handshakes that are written otherwise and do the same, in which nothing may differ.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from checker.cli import battery as command
from checker.cli import request
from checker.studies import battery
from checker.studies.battery import BATTERY, STEPS, What, answer, named
from checker.studies.following import departure
from checker.studies.lockstep import compared
from model.tcp.assumptions import Assumptions
from model.tcp.scope import SCOPES
from properties.specification import Specification
from tests.command_line import Ask

FOLDER = Path(__file__).parent / "faults"
STEPWISE = ""
"""The claim of a fault that no claim notices yet: the comparison step by step does."""


class Fault(NamedTuple):
    """A fault: its file, the part of the battery and the claim or figure that notices it, in how many steps, and what it costs.

    ``source`` is where such a fault was reported, "" for those that the RFC's own sentences suggest.
    """

    file: str
    part: str
    claim: str
    length: int
    consequence: str
    source: str = ""


FAULTS = (
    Fault(
        "01_second_syn_is_reset",
        "liveness-ports-1",
        "handshake-completes",
        6,
        "a lost SYN,ACK and the attempt is refused",
        "picotcp 148",
    ),
    Fault(
        "02_syn_ack_sent_once",
        "liveness-ports-1-small",
        "handshake-completes",
        6,
        "a lost SYN,ACK and nobody is ever connected",
    ),
    Fault("03_never_gives_up", "steps", STEPWISE, 4, "a TCB is lost for ever to whoever does not answer", "RIOT 10945"),
    Fault("04_any_rst_is_believed", "ports-1", "reset-is-for-this-attempt", 4, "an old RST ends a new attempt", "tricep 97"),
    Fault(
        "05_wrong_ack_is_dropped",
        "ports-1",
        "wrong-ack-is-reset",
        5,
        "the other end is not told that it is history",
        "smoltcp 366",
    ),
    Fault("06_syn_in_syn_sent_is_ignored", "figures", "fig7", 4, "two that open at once never meet", "netstack 13"),
    Fault("07_rst_after_meeting_is_ignored", "simultaneous", "refusal-is-believed", 6, "an attempt goes on that was refused"),
    Fault("08_meeting_syn_ack_is_refused", "figures", "fig7", 6, "a simultaneous open never ends", "inet 92"),
    Fault("09_reset_acks_seq", "steps", STEPWISE, 2, "whoever is refused does not believe it", "zephyr 90086"),
    Fault("10_rst_draws_ack", "steps", STEPWISE, 6, "ACK and RST are exchanged", "tricep 97"),
    Fault("11_rfc793_syn_reset", "ports-1", "ack-ends-nothing", 7, "an old SYN ends a connection"),
    Fault("12_ack_is_not_compared", "ports-1", "agreement", 6, "the server is alone in a connection", "nonos 201"),
    Fault("13_resets_with_own_numbers", "ports-1", "half-open-is-dropped", 5, "nobody believes the reset"),
    Fault("14_rst_leaves_the_slot", "ports-1", "refusal-is-believed", 5, "the only slot stays taken", "gvisor-tap-vsock 127"),
    Fault("15_constant_isn", "ports-1", "isn-is-not-reused", 3, "old segments pass for new ones"),
    Fault("16_refusal_draws_rst", "textbook", "refusal-is-believed", 3, "it goes on asking where nobody is", "picotcp 57"),
    Fault("17_syn_in_established_is_ignored", "figures", "fig9", 8, "after a crash the port is dead", "smoltcp 815"),
    Fault("18_syn_sent_once", "figures", "lost-syn", 11, "a lost SYN and nobody is ever connected", "zephyr 9944"),
    Fault("19_acks_begin_at_zero", "ports-1", "numbering", 3, "the ACK is outside the window", "inetstack 107"),
    Fault("20_meets_syn_silently", "figures", "fig7", 4, "two that open at once never meet", "serenity 12329"),
    Fault(
        "21_repeated_syn_ack_has_another_number",
        "ports-1",
        "client-agreement",
        4,
        "the client counts from another number",
        "mtcp 78",
    ),
    Fault(
        "22_wrong_ack_draws_rst_ack",
        "ports-1",
        "wrong-ack-is-reset",
        6,
        "the reset does not have the number of the ACK",
        "gvisor 7199",
    ),
    Fault(
        "23_any_syn_ack_is_taken", "ports-1", "client-agreement", 5, "an old SYN,ACK connects a client to nobody", "nonos 201"
    ),
    Fault("24_any_ack_establishes", "ports-1", "agreement", 6, "an old ACK connects a server to nobody", "nonos 201"),
    Fault("25_any_rst_in_the_window_resets", "window", "reset-is-meant", 8, "an old RST ends a connection", "lwip 14"),
    Fault(
        "26_wrong_ack_draws_syn",
        "ports-1",
        "wrong-ack-is-reset",
        5,
        "the other end is not told that it is history",
        "picotcp 114",
    ),
    Fault(
        "27_rst_ends_the_listener", "ports-1", "reset-without-connection", 0, "an old RST switches a service off", "zephyr 567"
    ),
    Fault("28_unwanted_syn_is_dropped", "steps", STEPWISE, 2, "who asks where nobody is waits for a time-out", "smoltcp 1120"),
    Fault(
        "29_reset_of_an_ack_has_no_number", "server-crash", "half-open-is-dropped", 0, "the survivor does not believe the reset"
    ),
)
SAME = ("branches_in_another_order", "other_names", "one_more_variable")
BY_FILE = [pytest.param(fault, id=fault.file) for fault in FAULTS]


def fault_of(name: str) -> Specification:
    return request.model(str(FOLDER / f"{name}.py"))


@pytest.fixture(scope="module")
def reference() -> Specification:
    return request.model("three-way")


@pytest.mark.long
@pytest.mark.parametrize("fault", BY_FILE)
def test_the_question_of_the_table_notices_a_fault(fault: Fault, reference: Specification) -> None:
    (question,) = named([fault.part])
    asked = battery.ask(question, fault_of(f"fault_{fault.file}"), reference)
    assert not asked.unanswered
    found = {d.subject: d for d in asked.differences if d.what in {What.VERDICT, What.LINE, What.OTHERWISE}}
    shown = found[fault.claim].trace
    assert shown is not None
    assert fault.length in {0, len(shown)}  # 0: the claim alone is of interest
    assert command.code([asked]) in {12, 13}


@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault.file) for fault in FAULTS if fault.part == "steps"])
def test_what_no_claim_notices_is_told_apart_step_by_step(fault: Fault, reference: Specification) -> None:
    (question,) = named([fault.part])
    asked = battery.ask(question, fault_of(f"fault_{fault.file}"), reference)
    (difference,) = asked.differences
    assert difference.apart is not None
    assert difference.apart.steps + 1 == fault.length
    for trace in (difference.apart.one, difference.apart.other):
        assert trace is None or len(trace) == fault.length


@pytest.mark.parametrize("name", SAME)
def test_in_what_does_the_same_nothing_differs_step_by_step(name: str, reference: Specification) -> None:
    asked = [battery.ask(question, fault_of(f"same_{name}"), reference) for question in STEPS if question.scope == "small"]
    assert [a.differences for a in asked] == [()] * len(asked)
    assert all(a.states and not a.unanswered for a in asked)
    assert command.code(asked) == 0


@pytest.mark.long
@pytest.mark.parametrize("name", SAME)
def test_in_what_does_the_same_nothing_differs_at_all(ask: Ask, name: str) -> None:
    given = ask("compare", str(FOLDER / f"same_{name}.py"), "three-way")
    assert given.code == 0
    assert given.out.startswith("Nothing differs between")


@pytest.mark.long
@pytest.mark.parametrize("fault", BY_FILE)
def test_plain_compare_notices_each_fault(ask: Ask, fault: Fault) -> None:
    given = ask("compare", str(FOLDER / f"fault_{fault.file}.py"), "three-way")
    assert given.code in {12, 13}
    assert "Nothing differs between" not in given.out
    assert given.out.startswith(("In ", "three-way can", "No claim", "Of "))


def test_a_run_is_followed_by_what_is_seen_and_not_by_names(reference: Specification) -> None:
    """The run of one connection is one of a handshake whose actions have other names, and none of one that resets its SYN."""
    scope, assumptions = SCOPES["small"], Assumptions()
    (textbook,) = named(["textbook"])
    small = replace(textbook, scope="small")
    (verdict,) = answer(small, reference, claims=("connection-possible",)).verdicts
    assert verdict.trace is not None
    assert departure(verdict.trace, fault_of("same_other_names").build(scope, assumptions)) is None
    away = departure(verdict.trace, fault_of("fault_19_acks_begin_at_zero").build(scope, assumptions))
    assert away is not None
    assert away.step.received is not None
    assert away.step.received.cells["ctl"] == "SYN,ACK"  # its answer has another number


def test_two_systems_are_not_told_apart_from_themselves(reference: Specification) -> None:
    system = reference.build(SCOPES["small"], Assumptions())
    found = compared(system, system)
    assert found.apart is None
    assert found.states > 100  # it has looked


def test_only_and_quick_narrow_the_battery(ask: Ask) -> None:
    given = ask("compare", str(FOLDER / "same_other_names.py"), "three-way", "--only", "steps-simultaneous")
    assert given.code == 0
    assert "1 parts" in given.out
    unknown = ask("compare", str(FOLDER / "same_other_names.py"), "three-way", "--only", "windw")
    assert unknown.code == 2
    assert "'window'" in unknown.err
    assert {q.name for q in BATTERY if q.quick} < {q.name for q in BATTERY}


def test_a_schedule_that_is_not_possible_shows_its_run_so_far(ask: Ask) -> None:
    file = FOLDER / "fault_06_syn_in_syn_sent_is_ignored.py"
    given = ask("scenario", "fig7", f"{file}/simultaneous")
    assert given.code == 1
    assert "<SEQ=300><CTL=SYN>" in given.out
    assert "line 3 of fig7 comes out differently" in given.err


def test_no_part_that_differs_ends_with_0(ask: Ask) -> None:
    """As ``compare --liveness`` of ``ports-1`` files once did."""
    file = FOLDER / "fault_02_syn_ack_sent_once.py"
    given = ask("compare", f"{file}/ports-1", "three-way/ports-1", "--liveness", "--scope", "small")
    assert given.code == 13
