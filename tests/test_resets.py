"""What no table says of the claims of properties/resets.py: where they fail, by which segment, and why they cost nothing.

That each notices a fault that nobody noticed is in tests/test_mutants.py, and that a second formulation finds runs of the same
length in tests/test_against_oracle.py.
"""

from __future__ import annotations

import pytest

from checker.decide import Setting, decide
from checker.explicit.search import search
from checker.proof import solvers
from checker.proof.subject import Subject
from checker.proof.terms import BITS, UNBOUNDED, Width
from checker.runs.trace import Trace
from checker.verdict import Outcome
from model.notation.network import keeping_everything
from model.tcp.assumptions import Assumptions
from model.tcp.scope import SCOPES, scope_named
from properties.claim import monitored
from properties.observe import Monitored
from properties.resets import CLAIMS, RESET_IS_FOR_THIS_ATTEMPT
from properties.specification import SPECIFICATIONS

TWO = scope_named("default,data=0")
OF_ONE_ARRIVAL = [claim for claim in CLAIMS if claim is not RESET_IS_FOR_THIS_ATTEMPT]


def refused(model: str, scope: str, **assumed: str | bool) -> Trace:
    """Return the shortest run in which a RST ends an attempt that it is not for, as the handshake declares."""
    setting = Setting(scope_named(scope), Assumptions(**assumed))  # type: ignore[arg-type]  # as the fields have it
    (verdict,) = decide(SPECIFICATIONS[model], [RESET_IS_FOR_THIS_ATTEMPT], setting)
    assert verdict.outcome is Outcome.VIOLATED
    assert verdict.trace is not None
    return verdict.trace


def cells(trace: Trace) -> dict[str, object]:
    """Return the header of the RST that ends the attempt."""
    last = trace.steps[-1].received
    assert last is not None
    return dict(last.cells)


# -- a RST that nobody sent for this attempt -----------------------------------------------------------------------------------


def test_the_refusal_of_an_earlier_syn_refuses_one_with_the_same_isn() -> None:
    """Open, give up, the SYN is refused after all, open with the same ISN: five steps, and no check of numbers can help."""
    trace = refused("three-way", "default,data=0", isn="arbitrary")
    assert len(trace) == 5
    first, second = (step.arguments["isn"] for step in trace.steps if step.action == "client_opens")
    assert first == second
    assert (cells(trace)["ctl"], cells(trace)["ack"]) == ("RST,ACK", int(str(first)) + 1)


@pytest.mark.parametrize("model", ["three-way/simultaneous", "four-way"])
def test_the_refusal_of_an_earlier_syn_is_where_0_is_expected(model: str) -> None:
    """A SYN of 2^32-1 that comes alone makes RCV.NXT 0, and whatever a closed host refuses, it refuses with SEQ=0."""
    trace = refused(model, "wrap,data=0")
    role = trace.steps[-1].by
    end = trace.steps[-2].state
    assert (end[f"{role}.irs"], end[f"{role}.rcv_nxt"], cells(trace)["seq"]) == (2**32 - 1, 0, 0)
    assert cells(trace)["ack"] != (int(str(end[f"{role}.iss"])) + 1) % 2**32


def test_what_lies_in_the_window_of_rfc_793_ends_an_answer() -> None:
    """The client resets the answer to its earlier attempt, as it must, and ends that to its present one."""
    trace = refused("three-way", "backwards,data=0", seq_check="window", rfc5961=False)
    end = trace.steps[-2].state
    assert (trace.steps[-1].states["client"], end["client.iss"]) == ("SYN-SENT", end["server.irs"])
    distance = (int(str(cells(trace)["seq"])) - int(str(end["server.rcv_nxt"]))) % 2**32
    assert 0 < distance < Assumptions().rcv_wnd


# -- what they cost ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["two-way", "three-way", "four-way"])
def test_they_add_no_state(model: str) -> None:
    """Four remember nothing. Of fresh ISNs what the fifth remembers can be read off the network, which keeps every RST."""
    system = SPECIFICATIONS[model].build(TWO, Assumptions())
    bare, watched = Monitored(system), monitored(system, CLAIMS)
    counts = [search(Monitored(keeping_everything(of.system))).counts.states for of in (bare, watched)]
    assert counts[0] == counts[1]


# -- without bounds ------------------------------------------------------------------------------------------------------------


CHECKED = [(width, check) for width in (BITS, UNBOUNDED) for check in ("exact", "window", "none")]
MARKED = [pytest.param(*case, marks=() if case == (BITS, "window") else pytest.mark.long) for case in CHECKED]
"""At 32 bits and by the check that is RFC 9293's in any case; the others alike, where there is time for it."""


@pytest.mark.parametrize(("width", "seq_check"), MARKED, ids=lambda part: getattr(part, "name", part))
def test_what_is_about_one_arrival_is_proved_of_any_state(width: Width, seq_check: str) -> None:
    """No invariant is needed: whatever state an endpoint is in, its rule does what the claim says. Two solvers say so."""
    spec = SPECIFICATIONS["three-way"]
    for claim in OF_ONE_ARRIVAL:
        of = Subject(spec, claim, (), Setting(SCOPES["default"], Assumptions(seq_check=seq_check)))
        for obligation in of.proof([], width).obligations():
            text = obligation.smt2()
            assert {ask(text, 20) for ask in solvers.SOLVERS.values()} == {"unsat"}, obligation.name
