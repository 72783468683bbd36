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
from checker.host.limits import Limits
from checker.scenarios.injecting import INJECTS
from checker.studies import asking, differing
from checker.studies.battery import BATTERY, STEPS, Shown, answer, named
from checker.studies.differing import What
from checker.studies.following import departure
from checker.studies.lockstep import compared
from model import BOOL, Cases, Response, Segment, Tcb, choose, first
from model.notation.sorts import NotationError
from model.tcp.assumptions import Assumptions
from model.tcp.handshakes import ThreeWay
from model.tcp.scope import SCOPES, ScopeError, scope_named
from properties.specification import Specification
from reports import differences
from tests.command_line import Ask

FOLDER = Path(__file__).parent / "faults"
STEPWISE = (("03_never_gives_up", 4), ("09_reset_acks_seq", 2), ("10_rst_draws_ack", 6), ("28_unwanted_syn_is_dropped", 2))
"""Faults that the comparison step by step is held to, without any claim, each with the step in which it shows."""


class Fault(NamedTuple):
    """A fault: its file, the part of the battery and the claim or figure that notices it, in how many steps, and what it costs.

    ``claim`` is "" where no claim says so, and the two are told apart step by step. ``source`` is where such a fault was
    reported, "" for those that the RFC's own sentences suggest.
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
        "ports-1",
        "served-is-not-refused",
        3,
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
    Fault(
        "03_never_gives_up",
        "ports-1",
        "half-open-can-time-out",
        2,
        "a TCB is lost for ever to whoever does not answer",
        "RIOT 10945",
    ),
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
    Fault("09_reset_acks_seq", "textbook", "refused-is-told", 2, "whoever is refused does not believe it", "zephyr 90086"),
    Fault("10_rst_draws_ack", "ports-1", "reset-draws-nothing", 6, "ACK and RST are exchanged", "tricep 97"),
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
        "27_rst_ends_the_listener", "textbook", "reset-without-connection", 7, "an old RST switches a service off", "zephyr 567"
    ),
    Fault(
        "28_unwanted_syn_is_dropped",
        "textbook",
        "refused-is-told",
        2,
        "who asks where nobody is waits for a time-out",
        "smoltcp 1120",
    ),
    Fault("29_reset_of_an_ack_has_no_number", "textbook", "half-open-is-dropped", 6, "the survivor does not believe the reset"),
    Fault("30_rst_draws_rst", "textbook", "reset-draws-no-reset", 4, "two closed hosts answer each other for ever", "pytcp 5"),
    Fault(
        "31_syn_ack_in_established_is_ignored",
        "liveness-simultaneous",
        "peers-connect-or-part",
        8,
        "a lost last segment leaves one end half open",
        "arcbox 479",
    ),
    Fault("32_retransmitted_syn_counts_again", "steps", "", 2, "a lost SYN and nobody is ever connected", "machnet 56"),
    Fault("33_syn_again_with_new_isn", "textbook", "numbering", 5, "the answer to the first SYN is reset"),
    Fault(
        "34_rst_in_syn_received_closes_the_listener",
        "textbook",
        "refusal-is-believed",
        6,
        "a refusal closes the service",
        "freertos-plus-tcp 545",
    ),
    Fault("35_backlog_leaks", "liveness-ports-1", "handshake-completes", 10, "after a RST nobody gets an answer", "picotcp 53"),
    Fault(
        "36_rst_check_is_off_by_one",
        "textbook",
        "refusal-is-believed",
        3,
        "connect() hangs where it is refused",
        "amazon-freertos 592",
    ),
    Fault("37_syn_ack_of_iss_is_taken", "steps-listeners", "", 3, "whoever guesses ISS connects a client"),
    Fault("38_any_rst_ends_a_connection", "ports-1", "reset-is-meant", 6, "any RST ends a connection", "tricep 32"),
    Fault(
        "39_challenge_ack_echoes",
        "window",
        "half-open-is-dropped",
        8,
        "ACK and RST are exchanged for ever",
        "freertos-plus-tcp 1235",
    ),
    Fault("40_refusal_is_ignored", "textbook", "refusal-is-believed", 3, "connect() hangs where it is refused", "seastar 1334"),
    Fault(
        "41_rst_ack_is_an_invalid_flag", "steps-listeners", "", 6, "a connection stays that was reset by RST,ACK", "picotcp 248"
    ),
    Fault("42_bare_ack_establishes", "ports-1", "numbering", 5, "a client is connected without a SYN"),
    Fault("43_meets_syn_by_ack", "figures", "fig7", 4, "two that open at once wait for a time-out"),
    Fault("44_meets_syn_and_is_established", "simultaneous", "no-stale-establishment", 4, "an old SYN connects a client"),
    Fault(
        "45_meeting_syn_ack_begins_at_snd_nxt",
        "simultaneous",
        "numbering",
        3,
        "two that open at once do not understand each other",
    ),
    Fault("46_rst_ack_completes", "simultaneous", "no-stale-establishment", 6, "a refusal makes a connection", "gvisor 6076"),
    Fault(
        "47_listener_takes_syn_ack",
        "listeners",
        "wrong-ack-is-reset",
        6,
        "the other end is not told that it is history",
        "gvisor 6683",
    ),
    Fault(
        "48_peer_in_syn_received_listens",
        "simultaneous",
        "refusal-is-believed",
        6,
        "a client listens that never wanted to",
        "gvisor 2814",
    ),
    Fault("49_closed_listener_answers", "textbook", "refused-is-told", 2, "a service goes on that was closed", "picotcp 150"),
    Fault("50_last_ack_finds_no_room", "textbook", "ack-ends-nothing", 6, "a client is connected to nobody", "osv 283"),
    Fault("51_full_backlog_resets", "steps", "", 4, "a busy service refuses its clients", "asterinas 1734"),
    Fault("52_second_syn_moves_rcv_nxt", "steps", "", 4, "a lost SYN,ACK and nobody is ever connected", "mtcp 79"),
    Fault(
        "53_second_syn_ends_the_first",
        "ports-1",
        "ack-ends-nothing",
        3,
        "a late answer and the attempt is over",
        "serenity 7512",
    ),
    Fault("54_second_syn_is_dropped", "steps", "", 4, "who asks again is not answered before a time-out", "zephyr 380"),
    Fault(
        "55_second_syn_gets_another_isn",
        "textbook",
        "old-syn-drops-nothing",
        7,
        "the answer that was sent first is worth nothing",
    ),
    Fault("56_abort_says_nothing", "ports-1", "abort-is-announced", 3, "the other end waits for nobody", "libxlio 334"),
    Fault("57_abort_has_seq_0", "ports-1", "abort-is-announced", 3, "nobody believes the RST", "gvisor 12567"),
    Fault("58_connect_never_times_out", "figures", "stale-syn-early", 2, "connect() hangs where nobody answers", "zephyr 9944"),
    Fault("59_closed_socket_goes_on_asking", "figures", "blocked-syns", 1, "a socket that was closed connects"),
    Fault("60_ack_of_the_future_ends", "window", "ack-ends-nothing", 11, "an old ACK ends a connection"),
    Fault("61_ack_draws_ack", "ports-1", "acks-where-due", 5, "ACKs are exchanged for ever", "inetstack 67"),
    Fault("62_syn_ack_acks_seq", "ports-1", "numbering", 2, "the client resets the answer", "nuttx 7508"),
    Fault("63_third_segment_is_not_sent", "steps", "", 4, "the server waits until it asks again"),
    Fault("64_isn_is_echoed", "ports-1", "no-stale-establishment", 7, "an old connection's ACK makes a new one"),
    Fault("65_no_quiet_time", "crash", "isn-is-not-reused", 3, "after a reboot old segments pass for new ones", "uc-tcp-ip 6"),
    Fault("66_seq_is_not_checked_in_syn_received", "ports-1", "ack-ends-nothing", 3, "a copy of the SYN ends the attempt"),
    Fault(
        "67_any_rst_ends_syn_received",
        "ports-1",
        "reset-is-for-this-attempt",
        8,
        "an old RST ends a new attempt",
        "zephyr 29835",
    ),
    Fault(
        "68_text_of_third_segment_counts_double", "textbook", "acknowledged-was-received", 5, "what nobody sent is acknowledged"
    ),
    Fault(
        "69_text_of_third_segment_is_lost",
        "textbook",
        "text-is-acknowledged",
        5,
        "the first text has to be sent twice",
        "mtcp 121",
    ),
    Fault("70_sends_before_it_is_connected", "textbook", "numbering", 2, "text is sent to whom nobody knows", "gvisor 3995"),
    Fault("71_window_is_one_too_wide", "steps-listeners-window", "", 5, "what lies beyond the window is taken"),
    Fault(
        "72_numbers_do_not_wrap",
        "wrap",
        "connection-possible",
        5,
        "once in 2^32 numbers nobody is connected",
        "freertos-plus-tcp 225",
    ),
    Fault("73_old_acks_are_taken", "steps-listeners", "", 6, "text that somebody guesses is taken"),
    Fault(
        "74_rst_is_ignored_in_established",
        "ports-1",
        "half-open-is-dropped",
        5,
        "a connection stays that the other end has left",
        "zephyr 124",
    ),
    Fault(
        "75_retransmissions_are_not_counted", "r2", "half-open-gives-up", 4, "a SYN,ACK is sent again for ever", "riot 10945"
    ),
)
SAME = (
    *("branches_in_another_order", "other_names", "one_more_variable", "ack_by_equality", "counts_what_it_drops"),
    *("keeps_a_timer", "one_rule_for_who_has_no_connection", "remembers_whom_it_met"),
)
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
    asked = asking.ask(question, fault_of(f"fault_{fault.file}"), reference)
    assert not asked.unanswered
    found = {d.subject: d for d in asked.differences if d.what in {What.VERDICT, What.LINE, What.OTHERWISE}}
    shown = found[fault.claim].trace
    assert shown is not None
    assert fault.length == len(shown)
    assert command.code([asked]) in {12, 13}


@pytest.mark.parametrize(("file", "length"), STEPWISE)
def test_a_fault_is_told_apart_step_by_step(file: str, length: int, reference: Specification) -> None:
    (question,) = named(["steps"])
    asked = asking.ask(question, fault_of(f"fault_{file}"), reference)
    (difference,) = asked.differences
    assert difference.apart is not None
    assert difference.apart.steps + 1 == length
    for trace in (difference.apart.one, difference.apart.other):
        assert trace is None or len(trace) == length


@pytest.mark.parametrize(
    ("part", "composition"), [("liveness-simultaneous", "simultaneous"), ("liveness-listeners", "listeners")]
)
def test_of_peers_it_is_asked_what_happens_in_the_end(part: str, composition: str, reference: Specification) -> None:
    """A SYN,ACK that is sent once leaves peers apart for ever, as it leaves a client and a server."""
    (question,) = named([part])
    asked = asking.ask(question, fault_of("fault_02_syn_ack_sent_once"), reference)
    assert question.composition == composition
    noticed = {d.subject for d in asked.differences if d.what is What.VERDICT}
    assert "peers-connect-or-part" in noticed
    assert command.code([asked]) == 13


def test_an_answer_begins_with_the_gravest_and_not_with_the_shortest(reference: Specification) -> None:
    """A constant ISN is reused in three steps; what that comes to, a connection for an attempt that had ended, takes six."""
    (question,) = named(["ports-1"])
    claims = ("no-stale-establishment", "isn-is-not-reused")
    one, other = (answer(question, spec, claims=claims) for spec in (fault_of("fault_15_constant_isn"), reference))
    asked = asking.Asked(question, one, other, differing.differences(one, other))
    first = differences.headline([asked])
    assert first is not None
    assert first.subject == "no-stale-establishment"
    lengths = {d.subject: len(d.trace or ()) for d in asked.differences}
    assert lengths["isn-is-not-reused"] < lengths["no-stale-establishment"]
    said = " ".join(differences.answer([asked], (one.model, other.model)).split())
    assert said.startswith(
        "In constant-isn/ports-1, and not in three-way/ports-1, this can happen: an endpoint entered ESTABLISHED"
    )


def test_each_part_is_asked_once_by_whoever_is_free(reference: Specification) -> None:
    questions = named(["steps", "steps-simultaneous", "steps-listeners"])
    heard: list[str] = []
    found = asking.ask_each(
        questions, fault_of("fault_09_reset_acks_seq"), reference, heard=lambda a: heard.append(a.question.name)
    )
    assert [asked.question for asked in found] == list(questions)
    assert sorted(heard) == sorted(question.name for question in questions)
    assert all(asked.differences for asked in found)


@pytest.mark.parametrize("name", SAME)
def test_in_what_does_the_same_nothing_differs_step_by_step(name: str, reference: Specification) -> None:
    asked = [asking.ask(question, fault_of(f"same_{name}"), reference) for question in STEPS if question.scope == "small"]
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
    assert given.out.startswith(("In ", "three-way can", "three-way goes", "No claim"))


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


@pytest.mark.parametrize(
    ("file", "part", "anybody"),
    [
        ("37_syn_ack_of_iss_is_taken", "steps-listeners", True),
        ("41_rst_ack_is_an_invalid_flag", "steps-listeners", True),
        ("71_window_is_one_too_wide", "steps-listeners-window", True),
        ("72_numbers_do_not_wrap", "steps-listeners-window", False),
    ],
)
def test_what_two_do_with_what_neither_sends(file: str, part: str, anybody: bool, reference: Specification) -> None:
    """Nobody in the model sends a RST,ACK with RCV.NXT, nor a number beyond the window; by numbers that wrap ACKs fail."""
    (question,) = named([part])
    asked = asking.ask(question, fault_of(f"fault_{file}"), reference)
    (difference,) = asked.differences
    apart = difference.apart
    assert apart is not None
    assert apart.anybody is anybody
    for trace in filter(None, (apart.one, apart.other)):
        assert (trace.steps[-2].action == INJECTS) is anybody
        assert trace.steps[-1].received is not None
    said = differences.consequence(difference, ("mine", "three-way"))
    assert ("which neither end sends" in said) is anybody


def test_a_schedule_is_followed_by_what_is_seen_only_where_it_names_no_action_of_the_other(reference: Specification) -> None:
    """Who calls its actions otherwise plays every figure; who has no time-out where the schedule has one does not."""
    (question,) = named(["figures"])
    assert asking.ask(question, fault_of("same_other_names"), reference).differences == ()
    asked = asking.ask(question, fault_of("fault_58_connect_never_times_out"), reference)
    assert [difference.subject for difference in asked.differences] == ["stale-syn-early"]


def test_what_never_ends_is_said_to(reference: Specification) -> None:
    (question,) = named(["figures"])
    asked = asking.ask(question, fault_of("fault_61_ack_draws_ack"), reference)
    shown = next(difference.one for difference in asked.differences if difference.subject == "lost-syn")
    assert isinstance(shown, Shown)
    assert "this never ends: after" in shown.why_not
    assert shown.played is not None
    assert len(shown.played.trace) < 20  # and not a hundred times the same


def test_a_file_whose_numbers_grow_without_end_is_cut(reference: Specification) -> None:
    """No RST is answered by a RST, and that is never found out of states without end."""
    (question,) = named(["wrap"])
    question = replace(question, claims=("reset-draws-no-reset",))
    asked = asking.ask(question, fault_of("fault_52_second_syn_moves_rcv_nxt"), reference, Limits(seconds=1))
    assert asked.unanswered
    assert asked.differences == ()
    assert command.code([asked]) == 20


def test_two_systems_are_not_told_apart_from_themselves(reference: Specification) -> None:
    system = reference.build(SCOPES["small"], Assumptions())
    found = compared(system, system)
    assert found.apart is None
    assert found.states > 100  # it has looked


def test_only_and_quick_narrow_the_battery(ask: Ask) -> None:
    given = ask("compare", str(FOLDER / "same_other_names.py"), "three-way", "--only", "steps-simultaneous")
    assert given.code == 0
    assert "1 part:" in given.out
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


def test_a_claim_about_the_server_does_not_keep_a_file_from_being_asked_of_peers() -> None:
    spec = request.model("model/tutorials/throttled.py")
    (question,) = named(["simultaneous"])
    own = {"last-ack-is-what-is-expected", "silence-ends"}
    assert own <= set(spec.claim)
    assert own == set(question.of(spec).left_out) - set(spec.left_out)


class ChoosesInACondition(ThreeWay):
    name = "chooses-in-a-condition"

    def listen(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        full = choose("full", BOOL)
        return first(full.value & segment.syn, Response("drops", "drops a SYN.").choosing(full)) + super().listen(tcb, segment)


class GoesToCloseWait(ThreeWay):
    name = "goes-to-close-wait"

    def closed(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        return first(segment.syn, Response("waits", "waits.").set(tcb, state="CLOSE-WAIT"))


@pytest.mark.parametrize(
    ("handshake", "said"),
    [
        (ChoosesInACondition, r"'drops' reads the choice 'full'.*\.choosing\(full, when=\.\.\.\)"),
        (GoesToCloseWait, "not in CLOSE-WAIT here: .* lifecycle only"),
    ],
)
def test_what_stacks_do_and_a_rule_cannot_say_is_refused_with_what_to_write(handshake: type[ThreeWay], said: str) -> None:
    with pytest.raises(NotationError, match=said):
        handshake(SCOPES["small"], Assumptions()).system()


def test_a_scope_with_isns_of_its_own_can_have_fewer() -> None:
    assert scope_named("wrap,attempts=1,answers=1").client_isns == SCOPES["wrap"].client_isns[:1]
    with pytest.raises(ScopeError, match="2 for attempts and 2 for answers: it can have fewer"):
        scope_named("wrap,attempts=3")
