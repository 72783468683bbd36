"""What students get wrong in the course earns what it deserves: part of the points, or none.

Each folder beside a solution has a file as somebody might have written it who was mistaken. What it earns follows from the
task, and is written here by hand with the reason.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.cli.manual.pages import COURSE
from checker.grading import assignment_file
from checker.grading.grade import graded

SOLUTIONS = Path(__file__).parent / "course"
EARNED: dict[str, dict[str, dict[str, str]]] = {
    "01-missing-rule": {
        "drops-it": {"the handshake, mended": "6"},  # one of the seven claims wants the reset
        "gives-up": {"the handshake, mended": "6"},  # all seven hold, and an old ACK now ends a connection
        "reset-from-zero": {"the handshake, mended": "5"},  # nobody believes the reset, for which there are two claims
        "upside-down": {"the handshake, mended": "0"},  # only wrong ACKs are taken: as bad as before, and nothing opens
    },
    "02-old-syn": {
        "resent": {"a connection that nobody wants": "1"},  # one step more than is needed
        "never-stale": {"a connection that nobody wants": "0"},  # its client still waits
        "injected": {"a connection that nobody wants": "0"},  # no endpoint sent that SYN
        "no-copy": {"two connections by one SYN": "0"},  # the SYN is used up
        "two-attempts": {"two connections by one SYN": "0"},  # each connection has its own SYN
        "newer-answer": {"two ends that do not fit": "0"},  # the answer that is believed is the good one
    },
    "03-two-or-three": {
        "something-acknowledged": {"a claim": "8"},  # in four faulty ones any ACK moves SND.UNA
        "not-still-asking": {"a claim": "8"},  # in the same four the client asks no more
        "when-both-are": {"a claim": "8"},  # in four of two-way's the client is never ESTABLISHED
        "both-or-none": {"a claim": "0"},  # the client of three-way may be gone already
    },
    "04-both-numbers": {
        "numbers-fit": {"a claim": "8"},  # they do in the four where nobody gives up
        "server-alone": {"a claim": "9"},  # three have their fault in the client
        "moved-at-all": {"a claim": "6"},  # six take an ACK that is not theirs
        "nothing-in-flight": {"a claim": "0"},  # text may be under way in three-way
        "without-parentheses": {"a claim": "0"},  # >> binds more tightly than &, so that it is false at the start
        "answer-first": {"two messages are not enough": "0"},  # the client is not ESTABLISHED yet
    },
    "05-crossing-syns": {
        "connected-at-once": {
            "the rule for a SYN in SYN-SENT": "3",
            "the same, as RFC 9293 has it": "0",
        },  # unacknowledged ISNs
        "new-number": {"the rule for a SYN in SYN-SENT": "3", "the same, as RFC 9293 has it": "0"},  # its numbering is wrong
        "plain-ack": {
            "the rule for a SYN in SYN-SENT": "4",
            "the same, as RFC 9293 has it": "0",
        },  # its SYN,ACK comes by a time-out
        "silent": {"the rule for a SYN in SYN-SENT": "4", "the same, as RFC 9293 has it": "0"},  # and so does this one's
        "detour": {"Figure 7": "3/2"},  # a retransmission more than is needed
        "one-after-the-other": {"Figure 7": "0"},  # B is closed when the SYN arrives
    },
    "06-half-open": {
        "silent": {"a reset that is believed": "0"},  # nobody is told anything
        "next-number": {"a reset that is believed": "0"},  # one beside RCV.NXT is not believed
        "without-ack": {"a reset that is believed": "2"},  # a SYN's sender cannot check it
        "resets-resets": {"a reset that is believed": "0"},  # both claims hold, and two others no more
        "aborted": {"Figure 10": "0"},  # the client tells by itself
        "figure-9": {"Figure 10": "0"},  # it opens again, and the server sends no text
    },
    "07-alternating-bit": {
        "acks-have-no-bit": {"the protocol": "3"},  # one of two claims: an old ACK still counts for the next message
        "duplicates-are-not-answered": {"the protocol": "3"},  # both are won, and one that held is lost
        "reads-the-sender": {"the protocol": "0"},  # every claim would hold, by looking at the other end
    },
    "08-syn-flood": {
        "clients-stay": {"the table is full": "0"},  # the connections that fill the table are wanted
        "one-step-more": {"the table is full": "3/2"},
        "resets-instead": {"a server that gives up": "0"},  # it tells the client, which RFC 9293's time-out does not
    },
    "09-time-wait": {
        "no-copy-stays": {"the wait is cut short": "0"},  # nothing is left that could draw the RST
        "one-step-more": {"nobody waits": "2"},
        "the-other-end": {"a wait that lasts": "0"},  # TIME-WAIT ends as before
    },
    "10-find-the-invariant": {
        "of-three-way": {"the client's pair": "0"},  # it says nothing of who repeats an answer
        "one-side": {"one works": "0"},
        "the-claim-again": {"the client's pair": "0"},  # true, and not kept by a step
    },
    "11-the-same-rule": {
        "believes-none": {"SYN-SENT": "0"},
        "nothing-written": {"LISTEN": "0", "SYN-SENT": "0"},
        "resets-a-reset": {"LISTEN": "0"},
    },
    "12-four-or-three": {
        "fin-has-no-number": {"close in three": "0"},  # the one claim is won, and one about FINs is lost
        "server-alone": {"open in three": "2"},  # one of three claims: two of the client's are not won
        "two-segments": {"close in three": "0"},  # that is four messages
    },
}
"""By exercise and mistake: the points of the tasks whose file is there."""


@pytest.mark.long
@pytest.mark.parametrize("exercise", EARNED)
def test_a_mistake_earns_what_it_deserves(exercise: str) -> None:
    asked, earned = assignment_file.read(str(COURSE / exercise)), EARNED[exercise]
    results = graded(asked, [str(SOLUTIONS / exercise / name) for name in earned], trust=True)
    found = {one.name: {mark.task: mark.points for mark in one.marks} for one in results}
    assert {name: {task: found[name][task] for task in tasks} for name, tasks in earned.items()} == earned


def test_each_mistake_is_judged_and_each_exercise_has_two() -> None:
    kept = {exercise: {path.name for path in (SOLUTIONS / exercise).iterdir() if path.is_dir()} for exercise in EARNED}
    assert kept == {exercise: set(mistakes) for exercise, mistakes in EARNED.items()}
    assert min(map(len, kept.values())) >= 2
