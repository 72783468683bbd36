"""The sentences of RFC 9293 that a handshake takes, read off its rules: none is lost, and none is taken that nothing meets."""

from __future__ import annotations

from checker.studies.mutants import mutants
from checker.studies.sentences import NOBODY, sentences
from model.notation.cases import Cases, first
from model.notation.expr import TRUE
from model.tcp.endpoint import Response, Tcb
from model.tcp.handshakes import ThreeWay
from model.tcp.segment import Segment

ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth")
CHECKS = {"LISTEN": 4, "SYN-SENT": 5, "SYN-RECEIVED": 8, "ESTABLISHED": 8}
"""How many checks RFC 9293 §3.10.7.2 to §3.10.7.4 has in each state."""


def test_every_check_of_the_rfc_is_taken_or_is_said_not_to_be() -> None:
    taken, untaken = sentences(ThreeWay)
    for state, number in CHECKS.items():
        named = [one.check for one in taken if one.state == state]
        named += [one.check for one in untaken if state in one.states and "," in one.check]
        assert {title.partition(",")[0] for title in named} == set(ORDINALS[:number])


def test_what_is_changed_is_a_sentence_that_is_taken() -> None:
    """The branches that have mutants, but for two that stand in SYN-RECEIVED for the states after it."""
    taken = {(one.state, one.branch) for one in sentences(ThreeWay).taken}
    changed = {(mutant.state, mutant.branch) for mutant in mutants(ThreeWay)}
    beyond = {"receives_data_in_syn_received", "acks_data_out_of_order_in_syn_received"}
    assert changed - taken == {("SYN-RECEIVED", branch) for branch in beyond}


def test_nothing_is_taken_twice_or_both_taken_and_not() -> None:
    taken, untaken = sentences(ThreeWay)
    assert len(taken) == len({(one.state, one.branch, one.check) for one in taken})
    both = {(one.state, one.check, one.doc) for one in taken}
    assert not [one for one in untaken for state in one.states if (state, one.check, one.doc) in both]


def test_a_sentence_that_is_taken_under_another_assumption_says_which() -> None:
    why = {one.doc: one.why for one in sentences(ThreeWay).untaken}
    assert "`--closed-host silent`" in why["has no connection and ignores the segment."]
    assert "`--no-rfc5961`" in why["resets a SYN in its window and aborts."]


class Deaf(ThreeWay):
    """A listener whose first check takes everything."""

    name = "deaf"

    def listen(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        return first(TRUE, Response("drops_everything", "drops everything.")) + super().listen(tcb, segment)


def test_what_stands_behind_a_branch_that_takes_everything_is_not_taken() -> None:
    taken, untaken = sentences(Deaf)
    assert [one.branch for one in taken if one.state == "LISTEN"] == ["drops_everything"]
    assert [one.doc for one in untaken if one.states == ("LISTEN",) and one.why == NOBODY]
