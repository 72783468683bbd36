"""What a protocol declares beside its rules: variables of TCBs and of hosts, an environment, and what events are about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from checker.decide import Setting, decide
from checker.files import model_file
from checker.host.limits import Limits
from checker.verdict import Outcome
from model import Action, Cases, Endpoint, Field, Format, Nat, Response, Segment, Tcb, View, draw, first
from model.notation.expr import FALSE, disj, ite
from model.notation.sorts import BOOL, NotationError
from model.notation.system import TransitionSystem, Variable
from model.tcp.assumptions import Assumptions
from model.tcp.composition import composition_named
from model.tcp.handshakes import ThreeWay
from model.tcp.handshakes.handshake import Rule
from model.tcp.scope import SCOPES, scope_named
from properties import CLAIMS, Claim, Kind, Seen, Step, specify
from properties.claim import EVERYBODY
from properties.specification import Specification, specification
from tests.command_line import Ask

SMALL = scope_named("small,data=0")


def outcome(spec: Specification, claim: str, limits: Limits | None = None) -> tuple[Outcome, int | None]:
    """Return the verdict on a claim in a scope without text, and the length of its trace."""
    (verdict,) = decide(spec, [spec.claim[claim]], Setting(SMALL, limits=limits or Limits()))
    return verdict.outcome, None if verdict.trace is None else len(verdict.trace)


# -- variables that the TCBs of a host share ---------------------------------------------------------------------------------


def _counting_challenges(step: Step) -> Seen:
    """Look for a second ACK with which a server answers a SYN in ESTABLISHED: what its host sends once only."""
    role, segment = step.action.by, step.received
    if segment is None or not role.startswith("server") or step.establishes(role):
        return Seen()
    challenges = step.view(role).established & segment.syn if step.sent else FALSE
    step.set("sent", step["sent"] | challenges)
    return Seen(stop=challenges & step["sent"], trigger=challenges)


ONE_CHALLENGE = Claim(
    "one-challenge",
    Kind.SAFETY,
    brief="a host challenges once",
    statement="A host sends one challenge ACK at most, whichever of its connections a SYN is for.",
    formula="G (#challenge ACKs <= 1)",
    why="RFC 5961 §7 has hosts limit challenge ACKs, over all of their connections.",
    when_stopped="a second challenge ACK was sent",
    trigger="a challenge ACK was sent",
    roles=EVERYBODY,
    watch=_counting_challenges,
    observers=(Variable("sent", BOOL, False),),
    within=("", "ports"),
)


class Limited(ThreeWay):
    """Three-way, with one challenge ACK for all connections of a host together."""

    name = "limited"
    claims = (ONE_CHALLENGE,)

    def shared(self, tcb: Tcb) -> tuple[Field, ...]:  # noqa: ARG002  # alike for all
        return (Field("challenges", Nat(1), 1),)

    def rules(self, tcb: Tcb) -> Mapping[str, tuple[str, Rule]]:
        rules = super().rules(tcb)
        section, established = rules["ESTABLISHED"]

        def limited(tcb: Tcb, segment: Segment) -> Cases[Response]:
            left = tcb.read("challenges")
            spent = first(segment.syn & (left == 0), Response("is_tired", "has sent all its challenge ACKs."))
            for when, response in established(tcb, segment).branches:
                spent = spent.otherwise(when, response.set(tcb, challenges=ite(segment.syn, left - 1, left)))
            return spent

        return {**rules, "ESTABLISHED": (section, limited)}


class LimitedEach(Limited):
    """The same, each TCB having a limit of its own, which outlives it."""

    name = "limited-each"

    def shared(self, tcb: Tcb) -> tuple[Field, ...]:  # noqa: ARG002  # alike for all
        return ()

    def variables(self, tcb: Tcb) -> tuple[Field, ...]:  # noqa: ARG002  # alike for all
        return (Field("challenges", Nat(1), 1, outlives=True),)


@pytest.mark.parametrize("handshake", [Limited, LimitedEach])
def test_where_a_host_has_one_tcb_it_does_not_matter_whose_the_limit_is(handshake: type[Limited]) -> None:
    assert outcome(specification(handshake), "one-challenge") == (Outcome.HOLDS, None)


def test_a_listener_beside_two_connections_shares_the_limit_of_its_host() -> None:
    """Two ports of one host: each of its connections can challenge once by a limit of its own, and both once by a shared one.

    A connection takes four steps: the client opens, the server answers, the client and the server are ESTABLISHED; and a
    duplicate of its SYN makes five. Both servers listen from the beginning.
    """
    ports = composition_named("ports-2")
    assert outcome(specification(LimitedEach, ports), "one-challenge") == (Outcome.VIOLATED, 10)
    verdict, _ = outcome(specification(Limited, ports), "one-challenge", Limits(depth=11))
    assert verdict is Outcome.UNKNOWN  # looked at further than where the other fails, and not to the end
    shared = [v.name for v in Limited(SMALL, Assumptions(), ports).system().variables if v.name.endswith("challenges")]
    assert shared == ["client.challenges", "server.challenges"]


# -- variables of a TCB ------------------------------------------------------------------------------------------------------

SYN_COOKIES = '''
from model import SEQ, EventKind, Field, Relation, Response, first
from model.tcp.handshakes import ThreeWay

PAIRS = Relation((("own", SEQ), ("other", SEQ)))


class Cookies(ThreeWay):
    """A server that answers a SYN and keeps nothing but its secret: the pairs of ISNs that it would know again."""

    name = "cookies"

    def variables(self, tcb):
        return (Field("secret", PAIRS, frozenset(), outlives=True),) if tcb.listens else ()

    def rules(self, tcb):
        rules = super().rules(tcb)
        return {**rules, "LISTEN": ("RFC 4987 §3.6", self.with_cookies)} if tcb.listens else rules

    def with_cookies(self, tcb, segment):
        isn, admissible = self.fresh_isn(tcb, segment)
        x, y, secret = segment.seq, isn.value, tcb.read("secret")
        answers = Response("answers_syn", "answers a SYN with a cookie.").choosing(isn, when=admissible)
        answers = answers.set(tcb, secret=secret.add(y, x), **tcb.using(y), **tcb.counted(isn=True))
        answers = answers.send(tcb.segment("SYN,ACK", seq=y, ack=x + 1)).event(EventKind.ANSWERS, about=(y, x))
        mine, its = segment.ack - 1, segment.seq - 1
        takes = Response("takes_cookie", "makes a TCB of an ACK.").establish(tcb).accept()
        takes = takes.set(tcb, iss=mine, snd_una=segment.ack, snd_nxt=segment.ack, irs=its, rcv_nxt=segment.seq)
        bare_ack = segment.has_ack & ~segment.syn & ~segment.rst & ~segment.has_data
        syn = segment.syn & ~segment.has_ack
        return first(syn, answers).otherwise(bare_ack & secret.has(mine, its), takes)
'''


def cookies(folder: Path, right: str = "", wrong: str = "") -> Specification:
    """Return the handshake with SYN cookies, or one with a fault."""
    assert right in SYN_COOKIES
    path = folder / "cookies.py"
    path.write_text(SYN_COOKIES.replace(right, wrong) if right else SYN_COOKIES, encoding="utf-8")
    return model_file.read(str(path))


def test_a_listener_without_a_tcb_says_what_it_answers(tmp_path: Path) -> None:
    """The claim goes by the numbers of the event: in no variable of a TCB there is anything of the answer."""
    spec = cookies(tmp_path)
    (verdict,) = decide(spec, [spec.claim["client-agreement"]], Setting(SMALL))
    assert (verdict.outcome, verdict.vacuous) == (Outcome.HOLDS, False)
    believing = cookies(tmp_path, "about=(y, x)", "about=(y, x + 1)")  # it says that it answered somebody else
    assert outcome(believing, "client-agreement") == (Outcome.VIOLATED, 4)  # listens, is sent a SYN, answers, is believed


def test_what_an_answer_leaves_is_asked_of_nobody_who_keeps_nothing(tmp_path: Path, ask: Ask) -> None:
    spec = cookies(tmp_path)
    assert "no-stale-establishment" not in spec.claim
    assert "client-agreement" in spec.claim
    answer = ask("check", str(tmp_path / "cookies.py"), "no-stale-establishment")
    assert answer.code == 2
    assert "cookies is not asked no-stale-establishment: its server says itself what it answers" in answer.err


def test_an_answer_that_leaves_nothing_and_does_not_say_what_it_is_counts_for_none(tmp_path: Path) -> None:
    """Then the numbers of the server's TCB are taken, which are 0: nobody answered the client."""
    assert outcome(cookies(tmp_path, ", about=(y, x)", ""), "client-agreement") == (Outcome.VIOLATED, 4)


def test_a_variable_goes_with_the_tcb_unless_it_outlives_it() -> None:
    class Remembering(ThreeWay):
        name = "remembering"

        def variables(self, tcb: Tcb) -> tuple[Field, ...]:  # noqa: ARG002  # alike for all
            return (Field("tries", Nat(3), 2), Field("ends", Nat(3), 0, outlives=True))

    system = Remembering(SMALL, Assumptions()).system()
    ends = system.action["client_times_out"].updates
    assert str(ends["client.tries"]) == "2"
    assert "client.ends" not in ends
    assert {v.name: v.initial for v in system.variables}["server.tries"] == 2


# -- an environment ----------------------------------------------------------------------------------------------------------


def _forged(step: Step) -> Seen:
    """Look for a RST that ends the client's connection, where neither endpoint ever sent one."""
    if step.action.by:
        step.set("sent", disj(step["sent"], *(segment.rst for segment in step.sent)))
    if step.received is None or step.action.by != "client" or not step.ends("client"):
        return Seen()
    return Seen(stop=step.received.rst & ~step["sent"], trigger=step.received.rst)


NOT_FORGED = Claim(
    "rst-is-not-forged",
    Kind.SAFETY,
    brief="a RST is from an endpoint",
    statement="No RST ends the client's connection before an endpoint sent one.",
    formula="G (a RST ends the client's connection => O (an endpoint sent RST))",
    why="On the way there are others who can write one.",
    when_stopped="a RST ended the client's connection that no endpoint had sent",
    trigger="a RST ended the client's connection",
    roles=("client", "server"),
    watch=_forged,
    observers=(Variable("sent", BOOL, False),),
)


class Bare(ThreeWay):
    """Three-way with a claim about who resets."""

    name = "bare"
    claims = (NOT_FORGED,)


class Meddling(Bare):
    """The same with a middlebox between client and server that refuses SYNs in the server's name."""

    name = "meddling"

    def environment(self) -> Iterator[Action]:
        arriving = draw("segment", self.network)
        syn = Segment.of(arriving.row)
        refusal = (syn.destination, syn.source, 0, syn.seq + 1, "RST,ACK", 0)
        yield Action(
            "middlebox_refuses",
            guard=syn.syn & ~syn.has_ack & (syn.source == "client"),
            parameters=(arriving,),
            receives="segment",
            sends=(refusal,),
            doc="A middlebox answers a SYN with a RST.",
        )


def test_a_middlebox_is_actions_of_no_endpoint() -> None:
    """It takes three steps: the client opens, the middlebox refuses, the client believes it."""
    assert outcome(specification(Bare), "rst-is-not-forged") == (Outcome.HOLDS, None)
    assert outcome(specification(Meddling), "rst-is-not-forged") == (Outcome.VIOLATED, 3)
    (verdict,) = decide(specification(Meddling), [NOT_FORGED], Setting(SMALL, engine="bmc", limits=Limits(depth=3)))
    assert verdict.trace is not None
    assert [step.by for step in verdict.trace.steps] == ["client", "", "client"]


# -- what claims need --------------------------------------------------------------------------------------------------------


def test_a_claim_that_a_system_cannot_serve_is_left_out_with_what_it_lacks() -> None:
    """Each part that is taken from a system is named by every claim that needs it, and by no other."""
    whole = replace(ThreeWay(SCOPES["small"], Assumptions()).system(), name="mine")
    asked = set(specify(whole).claim)
    assert {claim.name for claim in CLAIMS.values() if not claim.within} == asked
    blind = replace(whole, views={**whole.views, "server": View(whole.views["server"].state)})
    spec = specify(blind)
    assert not asked & set(spec.claim)
    assert spec.left_out["agreement"] == "its views do not show the server's established"
    quiet = replace(whole, actions=tuple(replace(a, events=()) for a in whole.actions))
    assert specify(quiet).left_out["agreement"] == "no action of it says OPENS"


STATE = Variable("lamp.on", BOOL, False)


@pytest.mark.parametrize(
    ("views", "said"),
    [
        (lambda: {"lamp": View(STATE.value, STATE.value)}, r"View\(\) takes one formula, the state: name the others, .*"),
        (lambda: {"lamp": View(stat=STATE.value)}, r"View\(\) got an argument 'stat'; did you mean 'state'\?"),
        (lambda: {"lamp": View()}, r"View\(\) got no state; write View\(state\)"),
        (
            lambda: {"lamp": View(STATE.value, establishd=STATE.value)},
            "the view of 'lamp' shows 'establishd', which no claim asks for; did you mean 'established'?".replace("?", r"\?"),
        ),
    ],
    ids=["by position", "mistyped state", "no state", "mistyped part"],
)
def test_a_view_that_is_written_wrongly_is_answered_in_a_sentence(views: Callable[[], Mapping[str, View]], said: str) -> None:
    with pytest.raises(NotationError, match=f"^{said}$"):
        specify(TransitionSystem("lamps", (STATE,), (), views=views()))


def test_a_part_that_a_view_does_not_have_is_a_mistake_of_the_claim_s() -> None:
    with pytest.raises(NotationError, match="the view has no part 'lti'; did you mean 'lit'"):
        _ = View(STATE.value, lit=STATE.value).lti


MISWRITTEN: Mapping[str, tuple[Callable[[], object], str]] = {
    "a field alone": (lambda: Endpoint("a", "b", Field("n", BOOL, False)), "write a tuple of Field"),  # type: ignore[arg-type]
    "no sort": (lambda: Field("n", 3, 3), "the sort of field 'n' is 3: write a sort"),  # type: ignore[arg-type]
    "no name": (lambda: Field("n ", BOOL, False), "the name of a Field is 'n '"),
    "a column": (lambda: Format("f", silent="n"), "what is silent in a Format is 'n': write a function"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("miswritten", MISWRITTEN)
def test_a_declaration_that_is_miswritten_is_answered_where_it_is_written(miswritten: str) -> None:
    """Catches a message of Python's about a line of the notation's own, and one that comes when a trace is shown."""
    write, said = MISWRITTEN[miswritten]
    with pytest.raises(NotationError, match=said):
        write()
