"""RFC 1337's hazards: the table of what TIME-WAIT keeps from the next connection, and what a new SYN does to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from checker.decide import Setting, decide
from checker.verdict import Outcome
from model.notation.cases import Cases
from model.notation.expr import Expr, conj
from model.tcp.assumptions import CHOICES, Assumptions
from model.tcp.composition import LIFECYCLE
from model.tcp.endpoint import Response, Tcb
from model.tcp.handshakes import ThreeWay
from model.tcp.scope import scope_named
from model.tcp.segment import Segment
from properties.specification import built_in, specification

LIFE = built_in("three-way/lifecycle")
HAZARDS = ("old-data-is-not-taken", "old-acks-confirm-nothing", "old-segments-end-nothing")
PAGES = [Path("properties/FINDINGS.md"), Path("properties/FINDINGS.zh-CN.md")]
WORDS = {"有无均可": "either", "无": "no", "有": "yes", "成立": "holds", "任意": "any"}
RETURN = "time-wait-is-returned-to"
RULES = list(product(CHOICES["time_wait"], CHOICES["new_syn"], (False, True)))

Row = tuple[str, ...]


def table(page: Path) -> dict[tuple[str, str, bool], Row]:
    """Return what a page says of each rule for TIME-WAIT, each for a new SYN, and with and without RFC 1337."""
    text = page.read_text(encoding="utf-8").partition("| `--time-wait` | `--new-syn` | `--rfc1337` |")[2]
    said: dict[tuple[str, str, bool], Row] = {}
    for line in text.partition("\n\n")[0].splitlines()[2:]:
        wait, syn, fix, *found = (WORDS.get(cell.strip(), cell.strip()) for cell in line.strip("|").split("|"))
        syns = CHOICES["new_syn"] if syn == "any" else re.findall(r"`(\w+)`", syn)
        for one, fixed in product(syns, {"either": (False, True), "no": (False,), "yes": (True,)}[fix]):
            said[wait.strip("`"), str(one), fixed] = tuple(found)
    return said


def test_the_pages_have_one_table_with_a_row_for_every_rule() -> None:
    english, chinese = map(table, PAGES)
    assert english == chinese
    assert english.keys() == set(RULES)


@pytest.mark.long
@pytest.mark.parametrize(("wait", "syn", "fix"), RULES)
def test_what_the_table_says_is_found(wait: str, syn: str, fix: bool) -> None:
    assumed = Assumptions(isn_spacing="adjacent", close_early=False, time_wait=wait, new_syn=syn, rfc1337=fix)
    verdicts = decide(LIFE, [LIFE.claim[name] for name in HAZARDS], Setting(scope_named("near,octets=2"), assumed))
    assert all(verdict.exercised for verdict in verdicts)
    found = {v.question.claim.name: "holds" if v.outcome is Outcome.HOLDS else str(len(v.trace or ())) for v in verdicts}
    assert tuple(found[name] for name in HAZARDS) == table(PAGES[0])[wait, syn, fix]


# -- faults ----------------------------------------------------------------------------------------------------------------


class AnyIssReopens(ThreeWay):
    """A SYN reopens whatever ISS the endpoint chooses for it: MAY-2 without its first condition."""

    name = "any-iss-reopens"

    def reopening(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        def whatever(response: Response) -> Response:
            kept = replace(tcb, fields=())  # what is asked of the ISS alone is what opening asks
            return replace(response, when=Response("leaves", "").end(kept).then(self.answer_syn(kept, segment)).when)

        cases = super().reopening(tcb, segment)
        return cases.replacing("reopens", whatever) if cases.branches else cases


class AnySynReopens(ThreeWay):
    """A SYN reopens wherever it begins: RFC 6191 without its condition."""

    name = "any-syn-reopens"

    def reopening(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        cases = super().reopening(tcb, segment)
        any_syn = conj(segment.syn, ~segment.has_ack, tcb.state == "TIME-WAIT")
        return replace(cases, branches=tuple((any_syn, response) for _, response in cases.branches))


class NeverReturns(ThreeWay):
    """Who left TIME-WAIT for a SYN that was an old one listens again: MAY-2 without its second condition."""

    name = "never-returns"

    def returning(self, tcb: Tcb, when: Expr, suffix: str = "") -> Cases[Response]:
        return super().returning(tcb, when, suffix).under(tcb.state == "CLOSED")


class ReturnsToAnother(ThreeWay):
    """TIME-WAIT is returned to with the RCV.NXT of the connection for which it was left."""

    name = "returns-to-another"

    def returning(self, tcb: Tcb, when: Expr, suffix: str = "") -> Cases[Response]:
        cases = super().returning(tcb, when, suffix)
        return replace(cases, branches=tuple((when, back.set(tcb, rcv_nxt=tcb.rcv_nxt)) for when, back in cases.branches))


class TakesFinBeyondTheWindow(ThreeWay):
    """A FIN is taken with its text also where that does not fit into the window."""

    name = "takes-fin-beyond-the-window"

    def text_and_fin(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        new, end, _ = self.new_text(tcb, segment)
        return self.fin(tcb, end, conj(new, segment.fin), "_with_data", " with the last data")


class ResetsWhatIsUnread(ThreeWay):
    """CLOSE with data unread sends a RST, though nobody says that it is half-duplex."""

    name = "resets-what-is-unread"

    def closing_calls(self, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        yield from super().closing_calls(tcb)
        if tcb.closes:
            lost = Response("closes_unread", "closes and resets.").send(tcb.segment("RST", seq=tcb.snd_nxt)).end(tcb)
            yield "§3.10.4", (tcb.state == "ESTABLISHED") & (tcb.rcv_nxt != tcb.irs + 1), lost


NEAR = Assumptions(isn_spacing="adjacent", close_early=False, rfc1337=True)
FAULTS = [
    (AnyIssReopens, "near,octets=2", replace(NEAR, new_syn="reopens"), HAZARDS[0]),
    (AnySynReopens, "near,octets=2", replace(NEAR, new_syn="reopens"), HAZARDS[0]),
    (AnySynReopens, "near,octets=2", replace(NEAR, new_syn="reopens"), HAZARDS[2]),
    *((fault, "small,answers=2,data=0", Assumptions(new_syn="returns"), RETURN) for fault in (NeverReturns, ReturnsToAnother)),
    (TakesFinBeyondTheWindow, "small,octets=2", Assumptions(rcv_wnd=1, seq_check="window"), "octets-in-order"),
    (ResetsWhatIsUnread, "small", Assumptions(), "closing-loses-nothing"),
]


def outcome(handshake: type[ThreeWay], scope: str, assumed: Assumptions, name: str) -> Outcome:
    spec = specification(handshake, LIFECYCLE)
    (verdict,) = decide(spec, [spec.claim[name]], Setting(scope_named(scope), assumed))
    return verdict.outcome


def test_who_does_not_return_to_time_wait_is_noticed() -> None:
    assert outcome(NeverReturns, "small,answers=2,data=0", Assumptions(new_syn="returns"), RETURN) is Outcome.VIOLATED


@pytest.mark.long
def test_by_rfc_6191_nobody_returns_to_time_wait() -> None:
    """A SYN later than all that was received may be of an attempt that was given up since."""
    assert outcome(ThreeWay, "default,data=0", Assumptions(new_syn="reopens"), RETURN) is Outcome.VIOLATED


@pytest.mark.long
@pytest.mark.parametrize(("fault", "scope", "assumed", "name"), FAULTS, ids=lambda x: getattr(x, "name", str(x)))
def test_a_fault_is_caught_by_a_claim(fault: type[ThreeWay], scope: str, assumed: Assumptions, name: str) -> None:
    """And because of the fault: without it the claim holds."""
    assert outcome(fault, scope, assumed, name) is Outcome.VIOLATED
    assert outcome(ThreeWay, scope, assumed, name) is Outcome.HOLDS


@pytest.mark.parametrize(("host", "outcome"), [("resets", Outcome.VIOLATED), ("silent", Outcome.HOLDS)])
def test_the_reset_of_a_closed_host_is_in_order_where_0_is_expected(host: str, outcome: Outcome) -> None:
    """SYN; RST,ACK with SEQ=0 (§3.10.7.1); LISTEN; the SYN again, ISS=2^32-1; SYN,ACK; ACK; and the RST: seven steps."""
    assumed = Assumptions(close_early=False, closed_host=host)
    setting = Setting(scope_named("wrap,attempts=1,answers=1"), assumed)
    verdicts = decide(LIFE, [LIFE.claim["time-wait-protects"], LIFE.claim["old-segments-end-nothing"]], setting)
    assert {verdict.outcome for verdict in verdicts} == {outcome}
    assert all(verdict.as_declared for verdict in verdicts)
    lengths = [None if verdict.trace is None else len(verdict.trace) for verdict in verdicts]
    assert lengths == ([7, 7] if outcome is Outcome.VIOLATED else [None, None])
