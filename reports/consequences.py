"""What follows of what stacks do otherwise: said by the model, and then shown on the stack itself. A page for each.

A claim that holds of RFC 9293 is violated with one deviation, by a shortest run. That run is played on the stack, and where it
conforms to its end, what the model said has happened. Real packets differ from one time to the next, in ISNs and times: pages
have them by the numbers of the run, so that they are the same every time, and captures have them as they were.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from checker.conformance.host import Sent
from checker.decide import Setting, decide
from checker.stacks.adapters import ADAPTERS
from checker.stacks.deviations import Deviation
from checker.stacks.explaining import together
from checker.stacks.playing import Played, play, ports
from checker.stacks.playing import Verdict as Outcome
from checker.stacks.runs import Run, of_run
from checker.verdict import Verdict
from model.tcp.composition import composition_named
from model.tcp.handshakes.three_way import ThreeWay
from model.tcp.scope import scope_named
from model.tcp.segment import NO_COOKIE, bits_of
from properties.specification import specification
from reports.language.catalogue import Language
from reports.replays import in_markdown
from reports.text import counterexample
from reports.traces.account import outcome
from reports.traces.pcapng import capture

SEQ_CHECK = "window"
"""How SEG.SEQ is checked: as the RFC has it, and stacks do."""


@dataclass(frozen=True, slots=True)
class Consequence:
    """A claim that a deviation of a stack breaks, and in whose place the stack shows it.

    ``besides`` are other deviations that the run meets, and by which alone the claim holds. ``scope`` is what is asked about.
    """

    stack: str
    deviation: str
    composition: str
    claim: str
    side: str
    besides: tuple[str, ...] = ()
    scope: str = "default,data=0"

    @property
    def name(self) -> str:
        """How its files are called."""
        return f"{self.stack}-{self.deviation}"

    @property
    def known(self) -> Deviation:
        """The deviation."""
        return _named(self.stack, self.deviation)

    @property
    def run(self) -> str:
        """What the commands call the run."""
        return f"{self.stack}{self.composition and f'/{self.composition}'}:{self.claim}"


def _named(stack: str, name: str) -> Deviation:
    return next(one for one in ADAPTERS[stack].known if one.name == name)


CONSEQUENCES = (
    Consequence("linux", "aborts-with-ack", "simultaneous", "reset-is-for-this-attempt", "A"),
    Consequence("lwip", "checks-no-seq-in-syn-received", "", "acks-where-due", "server"),
    Consequence("lwip", "resets-with-ack", "", "refused-is-told", "client"),
    Consequence("slirp", "trims-what-is-old", "", "reset-is-meant", "client"),
    Consequence("slirp", "resets-all-but-syn", "", "reset-draws-no-reset", "server"),
    Consequence(
        "linux-cookies", "keeps-nothing-of-a-syn", "", "one-connection-per-attempt", "server", besides=("aborts-with-ack",)
    ),
    Consequence(
        *("linux-fast-open", "gives-text-with-syn", "", "no-replayed-request", "server"),
        besides=("aborts-with-ack",),
        scope="default",
    ),
)
"""Those that pages are made of."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What came out: the claim of RFC 9293, and of it with that deviation, and its run as the stack played it.

    ``between`` is the claim of RFC 9293 with what the run meets besides, where there is any.
    """

    of: Consequence
    before: Verdict
    between: tuple[Verdict, ...]
    after: Verdict
    version: str
    run: Run
    played: Played

    @property
    def given(self) -> Sequence[int]:
        """In which steps its user was given text, where it did what the run has to its end."""
        return [deed.number for deed in self.run.deeds if deed.given] if self.played.verdict is Outcome.CONFORMS else []


def shown(every: Sequence[Consequence] = CONSEQUENCES) -> Iterator[Shown]:
    """Decide and play consequences. Raises :class:`~checker.stacks.stack.StackError` where a stack cannot be had."""
    for of in every:
        besides = [_named(of.stack, name).rules for name in of.besides]
        before, after = _decided(of, ThreeWay), _decided(of, together(*besides, of.known.rules))
        between = (_decided(of, together(*besides)),) if besides else ()
        assert after.trace is not None
        (run,) = of_run(of.run, after.trace, [of.side])
        with ADAPTERS[of.stack].running() as stack:
            yield Shown(of, before, between, after, stack.version, run, play(stack, run.deeds, ports()))


def _decided(of: Consequence, rules: type[ThreeWay]) -> Verdict:
    name = ThreeWay.name if rules is ThreeWay else of.deviation  # a deviation alone has no name of its own
    asked = type(rules.__name__, (rules,), {"name": name, "asks": (of.claim,)})
    setting = Setting(scope_named(of.scope), rules.assumes.of({"seq_check": SEQ_CHECK}))
    spec = specification(asked, composition_named(of.composition))
    (verdict,) = decide(spec, [spec.claim[of.claim]], setting)
    return verdict


def pages(every: Sequence[Shown], languages: Mapping[str, Language]) -> dict[str, str]:
    """Return the page of each consequence, and one that lists them, in languages by what the names of files end in."""
    found = {f"README{end}.md": _list(every, end, spoken) for end, spoken in languages.items()}
    return found | {f"{one.of.name}{end}.md": page(one, end, spoken) for end, spoken in languages.items() for one in every}


def captured(one: Shown) -> bytes:
    """Return the packets that passed, as they were."""
    packets = [(passed.when, passed.octets, passed.outgoing) for passed in one.played.wire]
    return capture(packets, f"{one.of.run}, {one.of.side}, on {one.of.stack} {one.version}")


def _list(every: Sequence[Shown], end: str, spoken: Language) -> str:
    tell = spoken.tell
    lines = [f"# {tell('What follows of what stacks do otherwise')}", "", *_other(one_of="README", end=end)]
    lines += [
        tell("Each claim holds of RFC 9293. With one deviation it does not: the model says so, and the stack shows it."),
        "",
    ]
    lines += [f"| {tell('stack')} | {tell('deviation')} | {tell('claim')} | {tell('run')} |", "|---" * 4 + "|"]
    for one in every:
        of, verdict = one.of, tell(one.played.verdict.value)
        steps = spoken.counted("run-steps", len(one.after.trace or ())) + spoken.word("comma")
        lines.append(f"| {of.stack} | [`{of.deviation}`]({of.name}{end}.md) | `{of.claim}` | {steps}{verdict} |")
    return "\n".join([*lines, ""])


def _other(one_of: str, end: str) -> tuple[str, str]:
    """Return the line that leads to a page in the other language."""
    return (f"[English]({one_of}.md)" if end else f"[中文]({one_of}.zh-CN.md)", "")


def page(one: Shown, end: str, spoken: Language) -> str:
    """Return the page of a consequence: deviation, claim, run, what the stack did. The names of files end in ``end``."""
    tell, of, known, colon = spoken.tell, one.of, one.of.known, spoken.word("colon")
    claim = spoken.claim(one.after.question.claim)
    others = spoken.word("comma").join(f"`{name}`" for name in of.besides)
    this = "RFC 9293 with this deviation and {others}" if others else "RFC 9293 with this deviation"
    return "\n".join(
        [
            f"# {of.stack}: {known.name}",
            "",
            *_other(of.name, end),
            f"## {tell('Deviation')}",
            "",
            f"- {tell(known.section)}{colon}“{in_markdown(known.sentence)}”",
            f"- {tell(known.standing.value)}",
            f"- {tell('when')}{colon}{tell(known.stimulus)}",
            f"- {tell('answer')}{colon}{tell(known.answer)}",
            "",
            f"## {tell('Claim')}",
            "",
            f"`{claim.name}`{colon}{in_markdown(claim.statement)}",
            "",
            f"| {tell('rules')} | {tell('outcome')} |",
            "|---|---|",
            f"| RFC 9293 | {outcome(one.before, spoken)} |",
            *(f"| {tell('RFC 9293 with {others}', others=others)} | {outcome(verdict, spoken)} |" for verdict in one.between),
            f"| {tell(this, others=others)} | {outcome(one.after, spoken)} |",
            "",
            f"## {tell('Run')}",
            "",
            "```",
            counterexample(one.after, spoken),
            "```",
            "",
            f"## {tell('On the stack')}",
            "",
            tell(
                "{stack} in place of {side}: {outcome}.", stack=of.stack, side=of.side, outcome=tell(one.played.verdict.value)
            ),
            tell("It sent (`<-`) and received (`->`), by the numbers of the run, while the capture has them as they were:"),
            f"[pcapng]({of.name}.pcapng)",
            "",
            "```",
            *(f"{'<-' if outgoing else '->'}  {_header(segment)}" for outgoing, segment in one.played.exchanged),
            "```",
            "",
            *_given(one.given, spoken),
            "```sh",
            f"synproof replay {of.run} --on {of.stack} --as {of.side} --seq-check {SEQ_CHECK} --scope {of.scope}",
            "```",
            "",
        ]
    )


def _given(steps: Sequence[int], spoken: Language) -> Sequence[str]:
    """Return the line about what its user read, which no packet shows."""
    told = "Its user was given text in steps {steps}, as in the run."
    return [spoken.tell(told, steps=spoken.word("comma").join(map(str, steps))), ""] if steps else []


def _header(segment: Sent) -> str:
    """Return a segment as the RFC writes one."""
    ack = f"<ACK={segment.ack}>" if "ACK" in bits_of(segment.ctl) else ""
    data = f"<DATA={segment.data}>" if segment.data else ""
    cookie = "" if segment.cookie == NO_COOKIE else f"<COOKIE={segment.cookie}>"
    return f"<SEQ={segment.seq}>{ack}<CTL={segment.ctl}>{data}{cookie}"
