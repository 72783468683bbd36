"""Mutants that are made from the rules, and who notices them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from checker.cli import exits, main
from checker.decide import Setting, decide
from checker.studies.battery import answer, named
from checker.studies.lockstep import compared
from checker.studies.mutants import How, Mutant, mutants
from checker.studies.survivors import Fate, look, reference
from checker.studies.unchanged import Doings, unchanged
from checker.verdict import Outcome
from model.notation.cases import Cases
from model.notation.expr import Expr
from model.notation.sorts import NotationError
from model.notation.system import TransitionSystem
from model.tcp.assumptions import Assumptions
from model.tcp.endpoint import EventKind, Response, Tcb
from model.tcp.handshakes import ThreeWay
from model.tcp.scope import scope_named
from model.tcp.segment import Segment
from properties import CLAIMS
from properties.specification import SPECIFICATIONS, specification

_SMALL = scope_named("small")


def _mutant(branch: str, how: How, state: str = "", words: str = "") -> Mutant:
    found = (m for m in mutants(ThreeWay, [branch]) if m.how is how and m.state == state and words in m.words)
    return next(found)


def test_each_branch_of_each_rule_is_changed_in_each_way() -> None:
    every = list(mutants(ThreeWay))
    assert len({mutant.name for mutant in every}) == len(every)
    assert {mutant.how for mutant in every} == set(How)
    removed = {(m.state, m.branch) for m in every if m.how is How.REMOVED}
    assert removed == {(m.state, m.branch) for m in every}
    system = SPECIFICATIONS["three-way"].build(_SMALL, Assumptions())
    arrivals = {action.name.partition("_")[2] for action in system.actions if action.by}
    assert arrivals <= {branch for _, branch in removed}


def test_a_branch_that_no_rule_has_is_answered_with_the_nearest() -> None:
    with pytest.raises(NotationError, match="aborts"):
        list(mutants(ThreeWay, ["abort"]))


def test_only_the_branch_changes() -> None:
    mutant = _mutant("aborts", How.SILENT)
    was, is_now = (s.build(_SMALL, Assumptions()) for s in (SPECIFICATIONS["three-way"], specification(mutant.handshake)))
    assert {a.name for a in was.actions} == {a.name for a in is_now.actions}
    apart = {a.name for a, b in zip(was.actions, is_now.actions, strict=True) if len(a.sends) != len(b.sends)}
    assert apart == {"client_aborts", "server_aborts"}


def test_what_does_the_same_is_known_and_what_does_not_is_not() -> None:
    was = SPECIFICATIONS["three-way"].build(_SMALL, Assumptions())
    same = specification(_mutant("receives_syn", How.STRONGER, "LISTEN", "SYN,ACK").handshake).build(_SMALL, Assumptions())
    assert unchanged(was, same)
    for mutant in (_mutant("aborts", How.SILENT), _mutant("is_refused", How.REMOVED, "SYN-SENT")):
        other = specification(mutant.handshake).build(_SMALL, Assumptions())
        assert not unchanged(was, other)
        assert not Doings(was).same(other)


def test_an_event_that_is_not_one_any_more_is_seen() -> None:
    class Silently(ThreeWay):
        def established(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
            return super().established(tcb, segment).replacing("takes_ack", lambda r: replace(r, events=()))

    was, is_now = (specification(h).build(_SMALL, Assumptions()) for h in (ThreeWay, Silently))
    assert not unchanged(was, is_now)
    assert not Doings(was).same(is_now)
    assert compared(was, is_now).apart is not None


def test_an_event_that_says_another_number_is_seen() -> None:
    def saying(number: Callable[[Tcb], Expr]) -> TransitionSystem:
        class Saying(ThreeWay):
            def established(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
                about = (tcb.iss, number(tcb))
                cases = super().established(tcb, segment)
                return cases.replacing("acks_repeated_syn", lambda r: r.event(EventKind.ACCEPTS, about=about))

        return specification(Saying).build(_SMALL, Assumptions())

    was, same, other = saying(lambda tcb: tcb.irs), saying(lambda tcb: tcb.irs), saying(lambda tcb: tcb.rcv_nxt)
    assert Doings(was).same(same)
    assert compared(was, same).apart is None
    assert not Doings(was).same(other)
    assert compared(was, other).apart is not None


def test_what_no_branch_takes_any_more_is_received_and_dropped() -> None:
    mutant = specification(_mutant("resets_ack", How.STRONGER, "LISTEN", "== ACK").handshake)
    verdict, *_ = decide(mutant, [CLAIMS["wrong-ack-is-reset"]], Setting(_SMALL, Assumptions()))
    assert verdict.outcome is Outcome.VIOLATED


def test_a_branch_that_was_never_reached_may_be_reached_in_a_mutant() -> None:
    mutant = _mutant("receives_ack_with_data_out_of_order", How.REMOVED, "SYN-RECEIVED")
    system = specification(mutant.handshake).build(_SMALL, Assumptions(seq_check="window"))
    names = {action.name for action in system.actions}
    assert {"server_receives_ack", "server_receives_ack_again"} <= names


@pytest.mark.long
def test_a_figure_whose_action_a_mutant_has_not_is_not_possible_in_it() -> None:
    [figures] = named(["figures"])
    found = answer(figures, specification(_mutant("closes", How.REMOVED).handshake)).figures
    why = {shown.name: shown.why_not for shown in found}
    assert "has no action 'client_closes'" in why["blocked-syns"]
    assert not why["fig6"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["three-way", "--csv", "--json"], "--csv and --json are two forms of one answer"),
        (["three-way/crash"], "mutants is for handshakes of a client and a server"),
        (["three-way", "--only", "abort"], "did you mean 'aborts'"),
    ],
)
def test_what_cannot_be_asked_is_said(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mutants", *words]) == exits.USAGE
    assert said in capsys.readouterr().err


@pytest.mark.long
def test_claims_notice_and_survivors_are_told_apart() -> None:
    against = reference(SPECIFICATIONS["three-way"], named(["textbook"]))
    noticed = look(against, _mutant("aborts", How.SILENT))
    assert (noticed.fate, noticed.first and noticed.first.subject) == (Fate.NOTICED, "abort-is-announced")
    assert look(against, _mutant("receives_syn", How.STRONGER, "LISTEN", "SYN,ACK")).fate is Fate.EQUIVALENT
    unmet = _mutant("is_refused_in_syn_received", How.STRONGER, "SYN-RECEIVED", "RST,ACK")
    assert look(against, unmet).fate is Fate.UNMET  # a RST,ACK answers what has no ACK, and SYN-RECEIVED sends none such
