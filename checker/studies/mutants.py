"""Mutants: a handshake in which one branch of one rule is other than it is, made mechanically from the rules as they are read.

A rule is what an endpoint does with a segment in one of its states, or what it does by itself. Each of its branches is left
out, is given nothing to do, sends nothing, does what the next branch does, is taken without one of its conditions, gives way to
the next branch, or compares numbers with another sign of inequality. Nothing of the protocol is written here: a mutant is a
class derived from the handshake, whose ``rules`` and ``calls`` are those of the handshake with that one branch changed. What no
branch takes then is received and dropped, so that claims see that it came.

>>> from model.tcp.handshakes import ThreeWay
>>> one, *_ = mutants(ThreeWay, only=["ignores_rst"])
>>> print(f"{one.section} {one.branch} in {one.state}: {one.words}")
§3.10.7.2 ignores_rst in LISTEN: it is left out, and the branches after it take what it took
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from typing import cast

from model.notation.analysis import mentions, replaced, subformulas
from model.notation.cases import Cases
from model.notation.circle import as_written, between, from_to, within
from model.notation.expr import FALSE, Expr, conj, conjuncts, disj, disjuncts, lift, negate
from model.notation.pretty import pretty
from model.notation.reasons import contradicts_itself
from model.notation.said import said
from model.notation.sorts import BOOL, NotationError, nearest
from model.notation.system import draw
from model.tcp.assumptions import Assumptions
from model.tcp.composition import CLIENT_SERVER, Composition, composition_named
from model.tcp.endpoint import NOTED, Response, Tcb
from model.tcp.handshakes.handshake import Handshake, Rule
from model.tcp.scope import scope_named
from model.tcp.segment import Segment


class How(Enum):
    """In what a mutant's branch differs. What a branch does not take is left to those after it."""

    REMOVED = "removed"
    IDLE = "idle"
    SILENT = "silent"
    NEXT = "next"
    WEAKER = "weaker"
    STRONGER = "stronger"
    BOUND = "bound"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A handshake with one branch changed.

    ``state`` is the one whose rule has the branch, "" where it is of no rule for segments; ``section`` and ``check`` say where
    RFC 9293 has it, ``sentence`` what it says. ``words`` say what was changed, and ``name`` is the same for as long as the
    branch and its conditions are called the same.
    """

    name: str
    state: str
    branch: str
    section: str
    check: str
    sentence: str
    how: How
    words: str
    handshake: type[Handshake]


@dataclass(frozen=True, slots=True)
class _Setting:
    """Where branches are looked for: not every branch is there in every composition, and under all assumptions."""

    composition: Composition
    assumptions: Assumptions


SETTINGS = tuple(
    _Setting(composition, Assumptions.of({"seq_check": check}))
    for check in ("exact", "window")
    for composition in (CLIENT_SERVER, *map(composition_named, ("simultaneous", "listeners", "ports-1")))
)
_SCOPE = scope_named("small")

Branches = tuple[tuple[Expr, Response], ...]
_Change = Callable[[Tcb, Branches, int], Branches]
"""Returns the branches of a rule with the one of that number changed."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """One way to change a branch: ``what`` tells apart several of a sort."""

    how: How
    what: str
    words: str
    change: _Change


def mutants(handshake: type[Handshake], only: Collection[str] = ()) -> Iterator[Mutant]:
    """Yield every mutant of a handshake, in the order of its rules; ``only`` those of some branches.

    Raises :class:`~model.notation.sorts.NotationError` for a branch that no rule has, with the nearest.
    """
    found: dict[tuple[str, str], tuple[str, Response, dict[tuple[How, str], _Kind]]] = {}
    for setting in SETTINGS:
        model = handshake(_SCOPE, setting.assumptions, setting.composition)
        for tcb in model.acting:
            for state, section, branches in _rules(model, tcb):
                for number, (when, then) in enumerate(branches if state else branches[:1]):
                    if when is FALSE or contradicts_itself(when):
                        continue
                    _, _, kinds = found.setdefault((state, then.name), (section, then, {}))
                    for kind in _kinds(tcb, branches, number, arrives=bool(state)):
                        kinds.setdefault((kind.how, kind.what), kind)
    known = tuple(dict.fromkeys(branch for _, branch in found))
    for name in only:
        if name not in known:
            raise NotationError(f"{handshake.name} has no branch {name!r}; {nearest(name, known)}", name)
    for (state, branch), (section, then, kinds) in found.items():
        of_sort: Counter[How] = Counter()
        for kind in kinds.values() if not only or branch in only else ():
            of_sort[kind.how] += 1
            name = f"{f'{state}.' if state else ''}{branch}.{kind.how.value}{of_sort[kind.how]}"
            mutant = _mutated(handshake, state, branch, kind.change)
            yield Mutant(name, state, branch, section, then.check, then.doc, kind.how, kind.words, mutant)


def _rules(model: Handshake, tcb: Tcb) -> Iterator[tuple[str, str, Branches]]:
    """Yield the rules of an endpoint for segments by state, and then each of its calls, with the one after it."""
    segment = model.arriving(draw("segment", model.network).row)
    for state, (section, rule) in model.rules(tcb).items():
        yield state, section, rule(tcb, segment).branches
    calls = tuple(model.calls(tcb))
    for number, (section, _, _) in enumerate(calls):
        yield "", section, tuple((lift(when, BOOL), then) for _, when, then in calls[number : number + 2])


def _kinds(tcb: Tcb, branches: Branches, number: int, *, arrives: bool) -> Iterator[_Kind]:
    """Yield the ways to change one branch of a rule."""
    when, then = branches[number]
    left = "it is left out, and the branches after it take what it took" if arrives else "it is never done"
    yield _Kind(How.REMOVED, "", said(left), _left_out)
    does = bool(then.updates or then.sends or then.events)
    if arrives and does:
        yield _Kind(How.IDLE, "", said("it does nothing with the segment"), _idle)
    if then.sends and (then.updates or not arrives):
        yield _Kind(How.SILENT, "", said("it sends nothing"), _silent)
    following = _next(branches, number)
    if following is not None:
        other = branches[following][1].name
        yield _Kind(How.NEXT, "", said("it does what the next branch does: {other}", other=other), _as_the_next)
    parts = [part for part in conjuncts(when) if not any(name.rpartition(".")[2] in NOTED for _, name in mentions(part))]
    for part in parts if len(parts) > 1 or arrives else ():
        text = _text(tcb, part)
        yield _Kind(How.WEAKER, text, said("it does not ask for {text}", text=text), partial(_without, text))
    for part in parts:
        for less in disjuncts(part) if len(disjuncts(part)) > 1 else ():
            text = _text(tcb, less)
            yield _Kind(How.STRONGER, text, said("it is not for {text}", text=text), partial(_but_for, text))
    if following is not None and arrives:
        other = branches[following][1].name
        yield _Kind(How.STRONGER, "", said("it gives way to the next branch: {other}", other=other), _after_the_next)
    for part in subformulas(when):
        for text, instead, by in _bounds(tcb, part):
            words = said("it asks for {instead}, and not for {text}", instead=instead, text=text)
            yield _Kind(How.BOUND, instead, words, partial(_bounded, text, by))


def _text(tcb: Tcb, e: Expr) -> str:
    """Return a condition in words that are the same for every endpoint: those of the RFC for what has a name there."""
    for part, sign in ((e, ""), (negate(e) if e.sort == BOOL else e, "~")):
        if (written := as_written(part)) is not None:
            low, begins, x, ends, high = written
            return f"{sign}({_text(tcb, low)} {begins} {_text(tcb, x)} {ends} {_text(tcb, high)})"
    text = pretty(e).replace(f"{tcb.role}.", "").replace("segment.", "seg_").replace("\n", " ")
    return _LENGTH.sub("SEG.LEN", _NAMED.sub(lambda found: found[0].upper().replace("_", "."), text))


_NAMED = re.compile(r"\b(?:seg|snd|rcv)_\w+|\bi[sr]s\b")
_LENGTH = re.compile(r"ite\(SEG\.CTL == [^()]*, 1, 0\) \+ SEG\.DATA")  # a SYN counts as an octet


def _next(branches: Branches, number: int) -> int | None:
    """Return the number of the next branch that is another one, and can be taken."""
    name = branches[number][1].name
    after = (i for i in range(number + 1, len(branches)) if branches[i][0] is not FALSE and branches[i][1].name != name)
    return next(after, None)


def _put(branches: Branches, number: int, *branch: tuple[Expr, Response]) -> Branches:
    return (*branches[:number], *branch, *branches[number + 1 :])


def _left_out(_: Tcb, branches: Branches, number: int) -> Branches:
    return _put(branches, number)


def _idle(_: Tcb, branches: Branches, number: int) -> Branches:
    when, then = branches[number]
    return _put(branches, number, (when, Response(then.name, then.doc, check=then.check)))


def _silent(_: Tcb, branches: Branches, number: int) -> Branches:
    when, then = branches[number]
    return _put(branches, number, (when, replace(then, sends=())))


def _as_the_next(_: Tcb, branches: Branches, number: int) -> Branches:
    following = _next(branches, number)
    if following is None:
        return branches
    (when, then), other = branches[number], branches[following][1]
    return _put(branches, number, (when, replace(other, name=then.name, doc=then.doc, check=then.check)))


def _without(text: str, tcb: Tcb, branches: Branches, number: int) -> Branches:
    when, then = branches[number]
    return _put(branches, number, (conj(*(part for part in conjuncts(when) if _text(tcb, part) != text)), then))


def _but_for(text: str, tcb: Tcb, branches: Branches, number: int) -> Branches:
    """Leave one of several alternatives out of the condition."""
    when, then = branches[number]
    parts = (disj(*(one for one in disjuncts(part) if _text(tcb, one) != text)) for part in conjuncts(when))
    return _put(branches, number, (conj(*parts), then))


def _after_the_next(_: Tcb, branches: Branches, number: int) -> Branches:
    following = _next(branches, number)
    if following is None:
        return branches
    when, then = branches[number]
    return _put(branches, number, (conj(when, negate(branches[following][0])), then))


_SIGNS: Mapping[tuple[str, str], Callable[[Expr, Expr, Expr], Expr]] = {
    ("<", "=<"): between,
    ("=<", "<"): within,
    ("=<", "=<"): from_to,
    ("<", "<"): lambda low, x, high: conj(between(low, x, high), x != high),
}
_OTHER = {"<": "=<", "=<": "<"}


def _bounds(tcb: Tcb, e: Expr) -> Iterator[tuple[str, str, tuple[str, str]]]:
    """Yield an inequality of the RFC's as text, and each in which one sign is the other, as text and as signs."""
    written = as_written(e)
    if written is None:
        return
    low, begins, x, ends, high = written

    def text(*signs: str) -> str:
        return f"{_text(tcb, low)} {signs[0]} {_text(tcb, x)} {signs[1]} {_text(tcb, high)}"

    for signs in ((_OTHER[begins], ends), (begins, _OTHER[ends])):
        yield text(begins, ends), text(*signs), signs


def _bounded(text: str, signs: tuple[str, str], tcb: Tcb, branches: Branches, number: int) -> Branches:
    def by(e: Expr) -> Expr | None:
        if (found := next((one for one in _bounds(tcb, e) if one[0] == text), None)) is None:
            return None
        written = as_written(e)
        assert written is not None
        assert found is not None
        low, _, x, _, high = written
        return _SIGNS[signs](low, x, high)

    when, then = branches[number]
    return _put(branches, number, (replaced(when, by), then))


_DROPS = Response("drops_the_rest", "drops what no case takes.")


def _named_apart(cases: Cases[Response]) -> Cases[Response]:
    """Return cases in which no two that can be taken are called alike: what was never reached may be reached in a mutant."""
    named: set[str] = set()
    branches: list[tuple[Expr, Response]] = []
    for (when, then), (alone, _) in zip(cases.branches, cases.disjoint(), strict=True):
        taken = not contradicts_itself(alone)
        branches.append((when, replace(then, name=f"{then.name}_again") if taken and then.name in named else then))
        named |= {then.name} if taken else set()
    return replace(cases, branches=tuple(branches))


def _mutated(handshake: type[Handshake], state: str, branch: str, change: _Change) -> type[Handshake]:
    """Return the handshake in which the branches of that name, in that state or among the calls, are changed."""

    def changed(tcb: Tcb, branches: Branches) -> Branches:
        for number in reversed([i for i, (_, then) in enumerate(branches) if then.name == branch]):
            branches = change(tcb, branches, number)
        return branches

    def of(rule: Rule) -> Rule:
        def cases(tcb: Tcb, segment: Segment) -> Cases[Response]:
            found = rule(tcb, segment)
            return _named_apart(replace(found, branches=changed(tcb, found.branches)).otherwise(True, _DROPS))

        return cases

    def was() -> type[Handshake]:
        return cast(
            "type[Handshake]", made.__base__
        )  # looked up each time: tests put a mutant in place of what it derives from

    def rules(self: Handshake, tcb: Tcb) -> Mapping[str, tuple[str, Rule]]:
        own = was().rules(self, tcb)
        return {one: (section, of(rule) if one == state else rule) for one, (section, rule) in own.items()}

    def calls(self: Handshake, tcb: Tcb) -> Iterator[tuple[str, Expr, Response]]:
        every = tuple(was().calls(self, tcb))
        for number, (section, when, then) in enumerate(every):
            if then.name != branch:
                yield section, when, then
                continue
            after = tuple((lift(one, BOOL), other) for _, one, other in every[number + 1 : number + 2])
            found = change(tcb, ((lift(when, BOOL), then), *after), 0)
            for condition, response in found[: len(found) - len(after)]:
                yield section, condition, response

    own = {"rules": rules} if state else {"calls": calls}
    made = cast("type[Handshake]", type(handshake.__name__, (handshake,), own))
    return made
