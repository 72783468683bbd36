"""Claims about attempts before ESTABLISHED: each notices the fault that it is for, and the handshake of RFC 9293 has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.decide import Setting, decide
from checker.files import model_file
from checker.files.mistakes import ModelFileError
from checker.verdict import Outcome
from model import Field
from model.notation.cases import Cases, first
from model.notation.circle import between
from model.notation.expr import Expr, conj, ite, variable
from model.notation.sorts import SEQ, Nat, NotationError, Relation
from model.notation.system import Action, TransitionSystem, Variable
from model.tcp.assumptions import Assumptions
from model.tcp.composition import composition_named
from model.tcp.endpoint import EventKind, Response, Tcb
from model.tcp.handshakes import HANDSHAKES, ThreeWay, TwoWay
from model.tcp.handshakes.verdicts import OF_ATTEMPTS
from model.tcp.scope import scope_named
from model.tcp.segment import Segment
from properties import CLAIMS, Claim, Kind, Seen, Step, specify
from properties.specification import Specification, specification
from reports.traces.account import of_verdict
from tests.command_line import Ask

FAULTS = Path(__file__).parent / "faults"
ANSWERED = Relation((("own", SEQ), ("other", SEQ)))
NOTICED = (
    ("fault_01_second_syn_is_reset", "", "served-is-not-refused"),
    ("fault_02_syn_ack_sent_once", "", "who-asks-is-answered"),  # what is lost once is never said again
    ("fault_03_never_gives_up", "", "half-open-can-time-out"),
    ("fault_04_any_rst_is_believed", "", "reset-is-for-this-attempt"),
    ("fault_05_wrong_ack_is_dropped", "", "wrong-ack-is-reset"),
    ("fault_06_syn_in_syn_sent_is_ignored", "simultaneous", "peers-connect-or-part"),
    ("fault_07_rst_after_meeting_is_ignored", "simultaneous", "reset-frees-the-tcb"),
    ("fault_14_rst_leaves_the_slot", "ports-1", "reset-frees-the-tcb"),
)
"""Faults, the composition in which they show, and a claim that says what they break."""


IN_TWO = {"wrong-ack-is-reset"}
"""Claims that need a second attempt."""
LONG = {"who-asks-is-answered", "simultaneous", "ports-1"}
"""Claims and compositions in which what is violated is found soon, and what holds takes long."""


def _outcome(spec: Specification, composition: str, claim: str) -> Outcome:
    assert spec.composed is not None
    asked = spec.composed(composition_named(composition)) if composition else spec
    (verdict,) = decide(asked, [CLAIMS[claim]], Setting(scope_named("default,data=0" if claim in IN_TWO else "small")))
    return verdict.outcome


@pytest.mark.parametrize(("fault", "composition", "claim"), NOTICED)
def test_a_fault_is_noticed(fault: str, composition: str, claim: str) -> None:
    assert _outcome(model_file.read(str(FAULTS / f"{fault}.py")), composition, claim) is Outcome.VIOLATED


@pytest.mark.parametrize(
    ("composition", "claim"),
    [pytest.param(c, claim, marks=pytest.mark.long if {c, claim} & LONG else ()) for _, c, claim in NOTICED],
)
def test_three_way_has_no_such_fault(composition: str, claim: str) -> None:
    assert _outcome(specification(ThreeWay), composition, claim) is Outcome.HOLDS


class AnswersRst(ThreeWay):
    """In SYN-RECEIVED a RST with a wrong number is answered by an ACK, as any other segment is."""

    name = "answers-rst"

    def sequence_number(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        return super().sequence_number(tcb, segment).without("drops_rst")


class AcknowledgesTooLittle(ThreeWay):
    """A closed host's RST,ACK acknowledges SEG.SEQ, and not the SYN."""

    name = "acknowledges-too-little"

    def closed(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        refusal = Response("resets_syn_when_closed", "resets a SYN.").send(tcb.segment("RST,ACK", seq=0, ack=segment.seq))
        return super().closed(tcb, segment).replacing("resets_syn_when_closed", refusal)


class KeepsItsNumbers(ThreeWay):
    """A RST returns to LISTEN, and the numbers of the connection stay."""

    name = "keeps-its-numbers"

    def rst_bit(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        keeps = Response("is_reset_in_syn_received", "listens again.", state="SYN-RECEIVED")
        keeps = keeps.set(tcb, state="LISTEN").event(EventKind.ENDS)
        return super().rst_bit(tcb, segment).replacing("is_reset_in_syn_received", keeps)


@pytest.mark.parametrize(
    ("handshake", "claim"),
    [
        (AnswersRst, "reset-draws-nothing"),
        (AcknowledgesTooLittle, "refused-is-told"),
        (KeepsItsNumbers, "reset-frees-the-tcb"),
    ],
)
def test_each_claim_can_fail(handshake: type[ThreeWay], claim: str) -> None:
    assert _outcome(specification(handshake), "", claim) is Outcome.VIOLATED


class IgnoresSyns(ThreeWay):
    """ESTABLISHED says nothing to a SYN, so that Figure 9 does not happen."""

    name = "ignores-syns"

    def established(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        ignores = Response("acks_repeated_syn", "ignores a SYN.")
        return super().established(tcb, segment).replacing("acks_repeated_syn", ignores)


def test_figure_9_is_about_the_ack_of_that_syn() -> None:
    """Catches a witness in which any ACK is reset after the SYN was met."""
    for handshake, outcome in ((IgnoresSyns, Outcome.VIOLATED), (ThreeWay, Outcome.HOLDS)):
        spec = specification(handshake, composition_named("crash"))
        (verdict,) = decide(spec, [CLAIMS["figure-9"]], Setting(scope_named("default")))
        assert verdict.outcome is outcome


class DropsWrongSynAck(ThreeWay):
    """SYN-SENT and LISTEN drop a SYN,ACK that is for nothing of theirs, and reset bare ACKs only."""

    name = "drops-wrong-syn-ack"

    def syn_sent(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        wrong = conj(segment.syn, segment.has_ack, ~between(tcb.iss, segment.ack, tcb.snd_nxt))
        return first(wrong, Response("drops_wrong_syn_ack", "drops it.")) + super().syn_sent(tcb, segment)

    def listen(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        return first(segment.syn & segment.has_ack, Response("drops_syn_ack", "drops it.")) + super().listen(tcb, segment)


@pytest.mark.parametrize(("figure", "composition"), [("figure-8", ""), ("figure-11", "listeners")])
def test_a_figure_is_about_the_reset_of_the_answer(figure: str, composition: str) -> None:
    """Catches a witness in which what is reset is another segment of the connection: a challenge ACK."""
    for handshake, outcome in ((DropsWrongSynAck, Outcome.VIOLATED), (ThreeWay, Outcome.HOLDS)):
        spec = specification(handshake, composition_named(composition))
        (verdict,) = decide(spec, [CLAIMS[figure]], Setting(scope_named("default,data=0")))
        assert verdict.outcome is outcome


class MisnumbersResetOfText(ThreeWay):
    """A closed host resets text by <SEQ=0>, which nobody believes, and everything else as it should."""

    name = "misnumbers-reset-of-text"

    def closed(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        wrong = Response("resets_text_when_closed", "resets text by a wrong number.").send(tcb.segment("RST", seq=0))
        return first(segment.has_data, wrong) + super().closed(tcb, segment)


def test_figure_10_ends_by_the_reset_of_the_text() -> None:
    """Catches a witness in which the text is reset to no effect, and the RST for a bare ACK ends the connection."""
    for handshake, outcome in ((MisnumbersResetOfText, Outcome.VIOLATED), (ThreeWay, Outcome.HOLDS)):
        spec = specification(handshake, composition_named("crash"))
        (verdict,) = decide(spec, [CLAIMS["figure-10"]], Setting(scope_named("default,attempts=1,answers=1")))
        assert verdict.outcome is outcome


class BeginsAcknowledged(ThreeWay):
    """Who answers begins with a SND.UNA that lies behind SND.NXT."""

    name = "begins-acknowledged"

    def answer_syn(self, tcb: Tcb, segment: Segment) -> Response:
        return super().answer_syn(tcb, segment).then_set(tcb, snd_una=tcb.iss + 2)


def test_numbers_are_in_order_from_the_beginning() -> None:
    """Catches a formula that looks at SND.UNA =< SND.NXT from the second step of a connection on."""
    for handshake, steps in ((BeginsAcknowledged, 3), (ThreeWay, None)):  # listens, opens, answers
        (verdict,) = decide(specification(handshake), [CLAIMS["numbers-only-grow"]], Setting(scope_named("small")))
        assert (None if verdict.trace is None else len(verdict.trace)) == steps


class SaysNothingOfIsns(ThreeWay):
    """The ISN is a constant, and nothing notes that it was used."""

    name = "says-nothing-of-isns"

    def select_iss(self, response: Response, tcb: Tcb, answered: Segment | None = None) -> Response:  # noqa: ARG002  # whatever it is for
        return response.set(tcb, iss=7)


def test_an_isn_is_reused_although_the_model_does_not_note_it() -> None:
    """Catches a claim that looks into the variable of the model, which only a model that chooses by it keeps."""
    scope = scope_named("default,attempts=2,answers=1,data=0")
    (verdict,) = decide(specification(SaysNothingOfIsns), [CLAIMS["isn-is-not-reused"]], Setting(scope))
    assert verdict.outcome is Outcome.VIOLATED
    assert verdict.trace is not None
    assert len(verdict.trace) == 3  # opens, closes or times out, opens


class EchoesSeq(ThreeWay):
    """A challenge ACK acknowledges SEG.SEQ, and so the RST that it draws is not at RCV.NXT."""

    name = "echoes-seq"

    def rst_bit(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        echo = Response("challenges_rst", "echoes SEG.SEQ.").send(tcb.segment("ACK", seq=tcb.snd_nxt, ack=segment.seq))
        return super().rst_bit(tcb, segment).replacing("challenges_rst", echo)


def test_a_number_attribute_is_no_slip_for_a_rule(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    head = 'from model.tcp.handshakes import ThreeWay\n\n\nclass Mine(ThreeWay):\n    name = "mine"\n'
    path.write_text(f"{head}    limitd = 3\n", encoding="utf-8")
    assert model_file.read(str(path)).name == "mine"
    path.write_text(f"{head}    def limitd(self): ...\n", encoding="utf-8")
    with pytest.raises(ModelFileError, match="limited"):
        model_file.read(str(path))


def test_what_is_not_there_is_named_in_full_and_in_order() -> None:
    """Catches a message that names one of several variables at random."""
    system = ThreeWay(scope_named("small"), Assumptions()).system()
    with pytest.raises(NotationError, match=r"'A\.iss', 'B\.iss'"):
        system.check_reads([variable("B.iss", SEQ) == variable("A.iss", SEQ)])


def test_half_open_is_dropped_sees_an_ack_that_echoes() -> None:
    """Catches a premise that asks for SEG.ACK = RCV.NXT, which is what the fault does not send."""
    setting = Setting(scope_named("default"), Assumptions(seq_check="window"))
    for handshake, outcome in ((EchoesSeq, Outcome.VIOLATED), (ThreeWay, Outcome.HOLDS)):
        (verdict,) = decide(specification(handshake), [CLAIMS["half-open-is-dropped"]], setting)
        assert verdict.outcome is outcome


class AtOnce(ThreeWay):
    """A server that answers a SYN by what it keeps for its host, and has a connection from the ACK on: in one step."""

    name = "at-once"

    def variables(self, tcb: Tcb) -> tuple[Field, ...]:
        return (Field("secret", ANSWERED, frozenset(), outlives=True),) if tcb.listens else ()

    def listen(self, tcb: Tcb, segment: Segment) -> Cases[Response]:
        isn, admissible = self.fresh_isn(tcb, segment)
        x, y, secret = segment.seq, isn.value, tcb.read("secret")
        answers = Response("sends_cookie", "answers a SYN.").choosing(isn, when=admissible)
        answers = answers.set(tcb, secret=secret.add(y, x), **tcb.using(y), **tcb.counted(isn=True))
        answers = answers.send(tcb.segment("SYN,ACK", seq=y, ack=x + 1))
        mine, its = segment.ack - 1, segment.seq - 1
        takes = Response("takes_cookie", "makes a TCB of an ACK.").establish(tcb).accept().event(EventKind.ANSWERS)
        takes = takes.set(tcb, iss=mine, snd_una=segment.ack, snd_nxt=segment.ack, irs=its, rcv_nxt=segment.seq)
        bare_ack = conj(segment.has_ack, ~segment.syn, ~segment.rst, ~segment.has_data)
        return first(segment.syn & ~segment.has_ack, answers).otherwise(bare_ack & self.knows(secret, mine, its), takes)

    def knows(self, secret: Expr, mine: Expr, its: Expr) -> Expr:
        return secret.has(mine, its)


class BelievesAnyAck(AtOnce):
    """It takes any ACK for the answer to one of its own."""

    name = "believes-any-ack"

    def knows(self, secret: Expr, mine: Expr, its: Expr) -> Expr:  # noqa: ARG002  # that is the fault
        return secret.exists(lambda row: row.own == mine)


def test_who_answers_and_is_connected_in_one_step_violates_nothing() -> None:
    """Catches observers that forget what came before in the step that they are asked in, though the client gave up since."""
    verdicts = decide(specification(AtOnce), [CLAIMS["agreement"], CLAIMS["isn-acknowledged"]], Setting(scope_named("small")))
    assert [(verdict.outcome, verdict.vacuous) for verdict in verdicts] == [(Outcome.HOLDS, False)] * 2


def test_who_believes_any_ack_is_connected_alone() -> None:
    (verdict,) = decide(specification(BelievesAnyAck), [CLAIMS["agreement"]], Setting(scope_named("small")))
    assert verdict.outcome is Outcome.VIOLATED


def test_a_value_that_a_step_gives_is_explained_by_why_it_is_given() -> None:
    """Catches "true is true": what a claim remembers becomes a constant by the step that decides it."""
    n = Variable("n", Nat(5), 0)
    counts = Action("counts", guard=n.value < 5, updates={"n": n.value + 1})

    def watch(step: Step) -> Seen:
        step.set("level", ite(n.value == 2, 3, step["level"]))
        return Seen(stop=step.after(step["level"]) == 3, trigger=n.value == 2)

    claim = Claim("low", Kind.SAFETY, "", "", "", "", "it was high", "it counted", (), watch, (Variable("level", Nat(3), 0),))
    (verdict,) = decide(specify(TransitionSystem("counter", (n,), (counts,)), [claim]), [claim], Setting(scope_named("small")))
    assert "Before step 3: n == 2 is true (n = 2)." in of_verdict(verdict).ends


def test_agreement_that_a_step_decides_by_itself_is_explained_by_what_is_remembered() -> None:
    """Two-way's server answers and is ESTABLISHED in one step: nobody agreed, whatever was before."""
    (verdict,) = decide(specification(TwoWay), [CLAIMS["agreement"]], Setting(scope_named("small")))
    assert "After step 3: agreed is false." in of_verdict(verdict, verbose=True).ends


@pytest.mark.parametrize(("composition", "scope"), [("r2", "default"), ("ports-1", "default,data=0")])
@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_what_is_declared_where_r2_or_ports_are_counted_is_found(handshake: str, composition: str, scope: str) -> None:
    spec, setting = specification(HANDSHAKES[handshake], composition_named(composition)), Setting(scope_named(scope))
    verdicts = decide(spec, [CLAIMS[name] for name in OF_ATTEMPTS], setting)
    declared = [spec.declared(name, setting.scope, Assumptions()) for name in OF_ATTEMPTS]
    answers_an_ack = {("four-way", "acks-where-due")}  # that of its SYN and the SYN that goes with it, by one
    expected = ["violated" if (handshake, name) in answers_an_ack else "holds" for name in OF_ATTEMPTS]
    assert [verdict.outcome.value for verdict in verdicts] == declared == expected


def test_after_r2_a_client_may_be_left_asking() -> None:
    """With R2 = 0 the SYN,ACK is sent once; it is lost, and the SYN that is repeated draws ACKs that SYN-SENT drops."""
    spec, setting = specification(ThreeWay, composition_named("r2")), Setting(scope_named("small"))
    (verdict,) = decide(spec, [CLAIMS["who-asks-is-answered"]], setting)
    assert verdict.outcome.value == spec.declared("who-asks-is-answered", setting.scope, Assumptions()) == "violated"


def test_that_a_half_open_connection_is_given_up_after_r2_is_said_by_two_claims() -> None:
    """One has the SYN sent no more, which says nothing of a time-out; the other asks for that."""
    spec = model_file.read(str(FAULTS / "fault_03_never_gives_up.py"))
    outcomes = [_outcome(spec, "r2", claim) for claim in ("half-open-gives-up", "half-open-can-time-out")]
    assert outcomes == [Outcome.HOLDS, Outcome.VIOLATED]
    assert "give" not in CLAIMS["half-open-gives-up"].brief


def test_an_action_of_another_assumption_is_explained_by_it(ask: Ask) -> None:
    answer = ask("explain", "three-way", "server_challenges_rst")
    assert answer.code == 2
    assert "--seq-check window" in answer.err


@pytest.mark.parametrize(
    ("words", "where"),
    [
        (("explain", "three-way", "client_crashes"), "in the composition 'crash'"),
        (("show", "three-way", "server_closes_first"), "in the composition 'lifecycle'"),
        (("show", "three-way/simultaneous", "client_opens"), "between a client and a server"),
        (("show", "three-way", "server_challenges_rst"), "--seq-check window"),
    ],
)
def test_an_action_that_is_elsewhere_is_said_to_be_there(ask: Ask, words: tuple[str, ...], where: str) -> None:
    """Catches "did you mean" something else that has nothing to do with it."""
    answer = ask(*words)
    assert answer.code == 2
    assert where in answer.err


def test_the_star_says_no_more_than_that_it_can_be_violated(ask: Ask) -> None:
    """Beside a row that holds "known to be violated" would be no explanation."""
    answer = ask("compare", "three-way", "two-way", "--scope", "small")
    assert "not asserted: violated in some scope" in " ".join(answer.out.split())


@pytest.mark.parametrize(
    ("handshake", "scope", "expected"),
    [
        *((name, "small", "holds") for name in HANDSHAKES),
        *(
            pytest.param(name, "default,data=0", expected, marks=pytest.mark.long)
            for name, expected in (("two-way", "holds"), ("three-way", "holds"), ("four-way", "violated"))
        ),
    ],
)
def test_who_asks_a_server_that_goes_on_is_answered(handshake: str, scope: str, expected: str) -> None:
    """A server on a port listens again at once, silent or not; four-way's client still has its ACK and asks no more.

    With a single answer that server has none left, and what follows is not looked at.
    """
    for closed_host in ("resets", "silent"):
        setting = Setting(scope_named(scope), Assumptions(closed_host=closed_host))
        spec = specification(HANDSHAKES[handshake], composition_named("ports-1"))
        (verdict,) = decide(spec, [CLAIMS["who-asks-is-answered"]], setting)
        declared = spec.declared("who-asks-is-answered", setting.scope, setting.assumptions)
        assert (verdict.outcome.value, declared) == (expected, expected)


OF_PEERS = """
from model.notation.expr import variable
from model.notation.sorts import SEQ
from model.tcp.handshakes import ThreeWay
from properties import invariant

SAME = variable("B.iss", SEQ) == variable("A.iss", SEQ)


class Mine(ThreeWay):
    name = "mine"
    claims = (invariant("one-isn", SAME, trigger=SAME, when="it was so"{roles}),)
"""


def test_a_claim_about_peers_says_whom_it_is_about(tmp_path: Path, ask: Ask) -> None:
    """Without that it is refused by what it reads; with it, it is asked where there are such endpoints, and nowhere else."""
    path = tmp_path / "mine.py"
    path.write_text(OF_PEERS.format(roles=""), encoding="utf-8")
    refused = ask("check", str(path), "one-isn", "--scope", "small")
    assert refused.code == 65
    assert "'A.iss' and 'B.iss'" in refused.err
    assert "roles=('A', 'B')" in refused.err
    path.write_text(OF_PEERS.format(roles=", roles=('A', 'B')"), encoding="utf-8")
    elsewhere = ask("check", str(path), "one-isn", "--scope", "small")
    assert (elsewhere.code, f"{path}/simultaneous" in elsewhere.err) == (2, True)
    assert ask("check", f"{path}/simultaneous", "one-isn", "--scope", "small").code == 12  # A opens, and B has 0
