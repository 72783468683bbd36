"""Claims about the sequence spaces of a connection: they only grow, and what one end believes of the other's is so.

RFC 9293 §3.4: SND.UNA is the oldest number that was sent and not acknowledged, SND.NXT the next one to send, RCV.NXT the next
one expected. Numbers of one space are compared by their distances from the ISN that it begins with.
"""

from __future__ import annotations

from model.notation.circle import between, from_to, within
from model.notation.expr import TRUE, Expr, conj, disj
from model.tcp.endpoint import synchronized
from properties.anomalies import remembered_isns, used_isns
from properties.claim import PEERS, Claim, Kind
from properties.needs import TCBS
from properties.observe import Seen
from properties.resets import passes_first_check
from properties.safety import both_established, paired, paired_before
from properties.sanity import end_in_window, sends_data
from properties.step import Step


def _watch_text(step: Step) -> Seen:
    segment, by = step.received, step.by
    if segment is None or by not in step.roles:
        return Seen()
    state, una, nxt, expected = (step.of(by, name) for name in ("state", "snd_una", "snd_nxt", "rcv_nxt"))
    established, after = state == "ESTABLISHED", step.after(expected)
    arrives = established | ((state == "SYN-RECEIVED") & between(una, segment.ack, nxt))
    text = arrives & (segment.ctl == "ACK") & segment.has_data
    acknowledged = disj(*((s.ctl == "ACK") & (s.seq == nxt) & (s.ack == after) for s in step.sent))
    stop = text & ~acknowledged
    acceptable = passes_first_check(step, by, segment, unsaid=segment.seq == expected, in_part=True)
    if step.assumptions.get("rcv_wnd") != 0:
        counts = conj(text, within(segment.seq, expected, segment.end), acceptable, from_to(una, segment.ack, nxt))
        stop |= counts & (after != end_in_window(step, segment, expected))
    new = conj(established, segment.ctl == "ACK", acceptable, between(una, segment.ack, nxt))
    stop |= new & (step.after(una) != segment.ack)
    return Seen(stop, trigger=text if sends_data(step.system) else established & (segment.ctl == "ACK"))


TEXT_IS_ACKNOWLEDGED = Claim(
    "text-is-acknowledged",
    Kind.SAFETY,
    brief="text is acknowledged, and counted in order",
    statement=(
        "Text that arrives in ESTABLISHED, or with the ACK that leads there, is answered by "
        "<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK> in that step. Where RCV.NXT was one of its numbers, SEG.SEQ was acceptable, and "
        "SND.UNA =< SEG.ACK =< SND.NXT, RCV.NXT then counts its octets from there on, as far as the window reached, unless "
        "that is 0. What an ACK with an acceptable SEG.SEQ acknowledges for the first time in ESTABLISHED is counted in "
        "SND.UNA."
    ),
    formula=(
        "G (text received & (ESTABLISHED | SYN-RECEIVED & SND.UNA < SEG.ACK =< SND.NXT) => <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK> "
        "is sent & (SEG.SEQ =< RCV.NXT < SEG.SEQ+SEG.LEN & SEG.SEQ is acceptable & SND.UNA =< SEG.ACK =< SND.NXT & "
        "RCV.WND =/= 0 => RCV.NXT after the step = the lower of SEG.SEQ+SEG.LEN and RCV.NXT+RCV.WND)) & "
        "G (an ACK with an acceptable SEG.SEQ in ESTABLISHED & SND.UNA < SEG.ACK =< SND.NXT => SND.UNA = SEG.ACK after the "
        "step)"
    ),
    why=(
        "Text that nobody acknowledges is sent again for ever; so is text that arrived, where the ACK was lost and the "
        "repeated text draws no other, and text whose ACK its sender does not take (RFC 9293 §3.10.7.4, first, fifth and "
        "seventh). ACKs are not delayed here (§3.8.6.3), and a window of 0 lets no text in."
    ),
    when_stopped="text arrived that was not acknowledged, or not counted, or its ACK was not taken",
    trigger="text arrived, or an ACK in ESTABLISHED where nobody sends text",
    because=(
        "{step}; SND.NXT is {actor.snd_nxt}, RCV.NXT was {actor.before.rcv_nxt} and is {actor.rcv_nxt}, SND.UNA was "
        "{actor.before.snd_una} and is {actor.snd_una}"
    ),
    roles=PEERS,
    watch=_watch_text,
    needs=TCBS,
)


def _is_in(step: Step, role: str, *states: str) -> Expr:
    return disj(*(step.of(role, "state") == state for state in states))


def _sent(step: Step, role: str, name: str) -> Expr:
    """Return how far ``name``, a number of the send sequence space, lies from the ISS."""
    return step.of(role, name) - step.of(role, "iss")


def _received(step: Step, role: str) -> Expr:
    """Return how far RCV.NXT lies from the IRS."""
    return step.of(role, "rcv_nxt") - step.of(role, "irs")


def _watch_growth(step: Step) -> Seen:
    segment, by = step.received, step.by
    if by not in step.roles or step.ends(by):
        return Seen()
    una, nxt, expected = _sent(step, by, "snd_una"), _sent(step, by, "snd_nxt"), _received(step, by)
    if step.opens(by) or step.answers(by):  # there is no before
        return Seen(step.after(nxt < una))
    in_connection = synchronized(step.of(by, "state"))
    sending = in_connection | _is_in(step, by, "SYN-SENT")
    back = disj(*(step.after(number) < number for number in (una, nxt)), step.after(nxt < una))
    stop = (sending & back) | (in_connection & (step.after(expected) < expected))
    if segment is None:
        return Seen(stop)
    nothing_new = segment.has_ack & (segment.ack - step.of(by, "iss") <= una)
    return Seen(stop, trigger=_is_in(step, by, "ESTABLISHED") & nothing_new)


NUMBERS_ONLY_GROW = Claim(
    "numbers-only-grow",
    Kind.SAFETY,
    brief="SND.UNA, SND.NXT and RCV.NXT never move back",
    statement="As long as a connection lasts, neither SND.UNA nor SND.NXT nor RCV.NXT moves back, and SND.UNA =< SND.NXT.",
    formula=(
        "G (an endpoint keeps its connection => SND.UNA - ISS, SND.NXT - ISS and RCV.NXT - IRS are not less after the step "
        "than before) & G (an endpoint has or begins a connection => SND.UNA =< SND.NXT)"
    ),
    why=(
        "An old ACK arrives late as any segment may. It is a duplicate, and ignored (SEG.ACK =< SND.UNA, RFC 9293 §3.10.7.4, "
        "fifth): believed, it would have what was acknowledged sent again, and let still older ACKs pass for new ones (§3.4)."
    ),
    when_stopped="SND.UNA, SND.NXT or RCV.NXT moved back, or SND.UNA passed SND.NXT",
    trigger="an ACK that acknowledged nothing new arrived in ESTABLISHED",
    because=(
        "{step}; SND.UNA was {actor.before.snd_una} and is {actor.snd_una}, SND.NXT was {actor.before.snd_nxt} and is "
        "{actor.snd_nxt}, RCV.NXT was {actor.before.rcv_nxt} and is {actor.rcv_nxt}"
    ),
    roles=PEERS,
    watch=_watch_growth,
    needs=TCBS,
)


def _watch_receipt(step: Step) -> Seen:
    left, right = step.roles
    together = conj(*(synchronized(step.of(role, "state")) for role in step.roles), paired_before(step))
    wrong: list[Expr] = []
    for sender, receiver in ((left, right), (right, left)):
        una, nxt, expected = _sent(step, sender, "snd_una"), _sent(step, sender, "snd_nxt"), _received(step, receiver)
        wrong += [expected < una, nxt < expected]
    return Seen(stop=step.after(together & disj(*wrong)), trigger=both_established(step) & paired(step))


ACKNOWLEDGED_WAS_RECEIVED = Claim(
    "acknowledged-was-received",
    Kind.SAFETY,
    brief="acknowledged =< received =< sent",
    statement=(
        "While both are in one connection, in SYN-RECEIVED or ESTABLISHED, SND.UNA of the one =< RCV.NXT of the other =< "
        "SND.NXT of the one: what is acknowledged was received, and what was received was sent."
    ),
    formula="G (both in the connection (x, y) => SND.UNA of each =< RCV.NXT of the other =< SND.NXT of the first)",
    why=(
        "Who takes for acknowledged what was not received never sends it again, and it is lost (RFC 9293 §3.4). Who expects "
        "more than was sent takes the next octets for old ones."
    ),
    when_stopped="something was taken for acknowledged that had not been received, or for received that had not been sent",
    trigger="both were ESTABLISHED and in agreement",
    because=(
        "{left}, its SND.UNA {left.snd_una}, SND.NXT {left.snd_nxt} and RCV.NXT {left.rcv_nxt}; {right}, its SND.UNA "
        "{right.snd_una}, SND.NXT {right.snd_nxt} and RCV.NXT {right.rcv_nxt}"
    ),
    roles=PEERS,
    watch=_watch_receipt,
    needs=TCBS,
)


def _watch_isns(step: Step) -> Seen:
    by = step.by
    if by not in step.roles or not (step.opens(by) or step.answers(by)):
        return Seen()
    used, chosen = used_isns(step, by), step.after(step.of(by, "iss"))
    return Seen(stop=used.has(chosen), trigger=used.exists(lambda _: TRUE))


ISN_IS_NOT_REUSED = Claim(
    "isn-is-not-reused",
    Kind.SAFETY,
    brief="no ISN is chosen a second time",
    statement="No endpoint begins a connection with an ISN that it has used before.",
    formula="G (an endpoint opens or answers with ISN n => it never did so with n before)",
    why=(
        "Numbers of an earlier incarnation may still be in the network. So RFC 9293 has ISNs come from a clock that does not "
        "repeat itself while a segment lives (§3.4.1, MUST-8). Where one is used again, old segments pass for new ones: what "
        "then fails is agreement, and most other claims."
    ),
    when_stopped="an endpoint began a connection with an ISN that it had used before",
    trigger="an endpoint chose an ISN that was not its first",
    because="{actor}; it has used the ISN {actor.iss} before",
    roles=PEERS,
    watch=_watch_isns,
    besides=remembered_isns,
    needs=TCBS,
)

CLAIMS = (TEXT_IS_ACKNOWLEDGED, NUMBERS_ONLY_GROW, ACKNOWLEDGED_WAS_RECEIVED, ISN_IS_NOT_REUSED)
