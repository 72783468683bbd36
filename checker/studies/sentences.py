"""What a handshake does by each sentence of RFC 9293's rules, and which sentences no rule of opening a connection takes.

A sentence is a branch of a rule: it has the section and the check that the rule gives it, and what is done. It is *taken* where
some segment, or call, can meet its condition while a connection is opened, in some composition, however strictly SEG.SEQ is
checked. Of those that are not taken the rules say why: they leave a check out, nobody sends what it asks for, or it takes
something that is assumed otherwise, or a connection that is closed by FINs.

>>> from model.tcp.handshakes import ThreeWay
>>> taken, untaken = sentences(ThreeWay)
>>> print(taken[0].section, taken[0].state, taken[0].branch)
§3.10.7.1 CLOSED discards_rst_when_closed
>>> print(*(f"{one.check}: {one.why}" for one in untaken if one.states == ("SYN-SENT",)), sep=", ")
Third, check the security: there are no compartments
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from checker.studies.mutants import SETTINGS
from model.notation.expr import FALSE, TRUE, Expr, conj, lift
from model.notation.reasons import contradicts_itself
from model.notation.said import said
from model.notation.sorts import BOOL
from model.notation.system import draw
from model.tcp.assumptions import OTHERWISE, Assumptions
from model.tcp.composition import CLIENT_SERVER, LIFECYCLE, Composition
from model.tcp.handshakes.closing import Closing
from model.tcp.handshakes.facing import written
from model.tcp.handshakes.handshake import Handshake
from model.tcp.scope import scope_named

_SCOPE = scope_named("small")
NOBODY = said("nobody sends what it is for")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A branch of a rule. ``doc`` is what is done there; ``state`` is "" where it is no answer to a segment."""

    section: str
    state: str
    check: str
    branch: str
    doc: str


@dataclass(frozen=True, slots=True)
class Untaken:
    """What no rule of opening a connection takes, in which ``states``, and ``why``.

    A check that is left out has no ``doc``, and where nothing of a state is taken there is no ``check`` either.
    """

    section: str
    states: tuple[str, ...]
    check: str
    doc: str
    why: str


class Sentences(NamedTuple):
    """All sentences of a handshake, in the order of its rules."""

    taken: tuple[Sentence, ...]
    untaken: tuple[Untaken, ...]


class _Way(NamedTuple):
    """A way to look at the rules, and what it takes, in words; "" where a connection is only opened."""

    takes: str
    composition: Composition
    assumptions: Assumptions


@cache
def sentences(handshake: type[Handshake]) -> Sentences:
    """Read the sentences off the rules of a handshake, in every composition that opens connections.

    Of a handshake that closes them by FINs as well it is said which states and calls are for that.
    """
    order: list[Sentence] = []
    takes: dict[Sentence, str] = {}
    for way in _ways():
        model, place = handshake(_SCOPE, way.assumptions, way.composition), 0
        for sentence, when in _read(model):
            if sentence not in order:
                order.insert(place, sentence)
            place = order.index(sentence) + 1
            if when is not FALSE and sentence not in takes and not contradicts_itself(when):
                takes[sentence] = way.takes
    own = tuple(sorted((one for one in order if takes.get(one) == ""), key=_by_section))
    said_already = {(one.check, one.doc) for one in own}
    others = (one for one in order if takes.get(one) != "" and (one.check, one.doc) not in said_already)
    untaken = [Untaken(one.section, (one.state,), one.check, one.doc, takes.get(one, NOBODY)) for one in others]
    return Sentences(own, _together((*_omitted(handshake), *untaken, *_closing(handshake, {one.state for one in own}))))


def _ways() -> Iterator[_Way]:
    """Yield the ways to open a connection, and those under another assumption about what is done with a segment."""
    for setting in SETTINGS:
        yield _Way("", setting.composition, setting.assumptions)
    for name, value in OTHERWISE:
        if value != Assumptions.declared()[name].default:
            for composition in dict.fromkeys(setting.composition for setting in SETTINGS):
                takes = said("only with `{option}`", option=written(name, value))
                yield _Way(takes, composition, Assumptions.of({name: value}))


def _read(model: Handshake) -> Iterator[tuple[Sentence, Expr]]:
    """Yield each sentence of a model with the condition under which it is taken, rule by rule, and then the calls.

    After a branch that takes all that is left the condition is false, whatever it asks for.
    """
    segment = model.arriving(draw("segment", model.network).row)
    for tcb in model.acting:
        for state, (section, rule) in model.rules(tcb).items():
            left: Expr = TRUE
            for when, then in rule(tcb, segment).branches:
                yield Sentence(section, state, then.check, then.name, then.doc), conj(left, when)
                left = FALSE if when is TRUE else left
        for section, called, then in model.calls(tcb):
            yield Sentence(section, "", then.check, then.name, then.doc), lift(called, BOOL)


def _omitted(handshake: type[Handshake]) -> Iterator[Untaken]:
    """Yield the checks that the rules of opening a connection leave out."""
    for setting in SETTINGS:
        model = handshake(_SCOPE, setting.assumptions, setting.composition)
        segment = model.arriving(draw("segment", model.network).row)
        for tcb in model.acting:
            for state, (section, rule) in model.rules(tcb).items():
                yield from (Untaken(section, (state,), title, "", why) for title, why in rule(tcb, segment).omitted)


def _closing(handshake: type[Handshake], opening: Collection[str]) -> Iterator[Untaken]:
    """Yield the states that opening a connection does not come to, and the calls that send a FIN and what follows."""
    if not issubclass(handshake, Closing):
        return
    why = said("only where FINs close the connection: `{model}`", model=f"{handshake.name}/{LIFECYCLE.name}")
    before = {sentence.branch for sentence, _ in _read(handshake(_SCOPE, Assumptions(), CLIENT_SERVER))}
    for sentence, _ in _read(handshake(_SCOPE, Assumptions(), LIFECYCLE)):
        if sentence.state and sentence.state not in opening:
            yield Untaken(sentence.section, (sentence.state,), "", "", why)
        elif not sentence.state and sentence.branch not in before:
            yield Untaken(sentence.section, ("",), "", sentence.doc, why)


def _together(untaken: Iterable[Untaken]) -> tuple[Untaken, ...]:
    """Return what is the same in several states once, by sections."""
    states: dict[tuple[str, str, str, str], dict[str, None]] = {}
    for one in untaken:
        states.setdefault((one.section, one.check, one.doc, one.why), {}).update(dict.fromkeys(one.states))
    found = (Untaken(section, tuple(of), check, doc, why) for (section, check, doc, why), of in states.items())
    return tuple(sorted(found, key=_by_section))


def _by_section(one: Sentence | Untaken) -> str:
    return one.section
