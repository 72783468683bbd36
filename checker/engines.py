"""The engines that there are, and which of them a question goes to.

What depends on what an engine can do is derived from what it declares (:mod:`checker.engine`): which engine decides a claim,
which claims are decided at once, what ``--engine`` offers and its help says, and what is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from checker.covering.engine import PLAIN, CoveringSearch
from checker.engine import CannotDecideError, Engine, Option, Setting
from checker.liveness.engine import FairComponents
from checker.proof.engine import InductiveInvariant, KInduction
from checker.symbolic.engine import BoundedModelChecking
from model.notation.sorts import nearest
from properties.kind import Kind

if TYPE_CHECKING:
    from properties.claim import Claim

ENGINES: dict[str, Engine] = {
    engine.name: engine
    for engine in (
        CoveringSearch(),
        PLAIN,
        BoundedModelChecking(),
        FairComponents(),
        InductiveInvariant(),
        KInduction(),
    )
}
"""The engines by name. Where none is named a claim goes to the first that decides its kind."""


def named(name: str) -> Engine:
    """Return the engine of that name."""
    if name not in ENGINES:
        raise CannotDecideError(f"there is no engine {name!r}; {nearest(name, tuple(ENGINES))}")
    return ENGINES[name]


def able(what: Kind | Option) -> list[Engine]:
    """Return the engines that decide a kind of claim, or take an option, those that are asked first before the others."""
    return [engine for engine in ENGINES.values() if what in (engine.kinds if isinstance(what, Kind) else engine.options)]


def names(engines: Iterable[Engine]) -> str:
    """Return the names of engines as they stand in a sentence."""
    *others, last = [engine.name for engine in engines]
    return f"{', '.join(others)} and {last}" if others else last


def shared_out(claims: Sequence[Claim], setting: Setting, *, apart: bool = False) -> Iterator[tuple[Engine, list[Claim]]]:
    """Yield which engine decides which claims at once.

    Where they are asked ``apart``, each that remembers something is asked alone: what one remembers multiplies the states of
    another.

    Raises :class:`~checker.engine.CannotDecideError` where an engine that is named does not decide a claim, or one that does
    not search as the setting asks for.
    """
    of = {claim: deciding(claim, setting) for claim in claims}
    for engine in dict.fromkeys(of.values()):
        mine = [claim for claim in claims if of[claim] is engine]
        alone = [claim for claim in mine if not engine.several or (apart and claim.remembers)]
        together = [claim for claim in mine if claim not in alone]
        yield from ((engine, asked) for asked in ([together] if together else []) + [[claim] for claim in alone])


def deciding(claim: Claim, setting: Setting) -> Engine:
    """Return the engine that decides a claim; :func:`shared_out` says what it raises."""
    decide = able(claim.kind)
    engine = decide[0] if setting.engine is None else named(setting.engine)
    if engine not in decide:
        leave = f"leave out --engine {engine.name}; {names(decide)} decide{'s' if len(decide) == 1 else ''} it"
        raise CannotDecideError(f"{claim.name} is a claim of {claim.kind.value}, and {engine.because(claim.kind)}: {leave}")
    for option in setting.searching:
        if option not in engine.options:
            others = [other for other in able(option) if other in decide]
            instead = f"or write --engine {others[0].name}" if others else f"which is for {names(able(option))}"
            why = f"{engine.because(option)}: leave out {option.typed}, {instead}"
            raise CannotDecideError(f"{claim.name} is a claim of {claim.kind.value}, and {why}")
    return engine


def refusal(engine: Engine, option: Option) -> str:
    """Return why an engine is not asked for an option, and what to write instead; "" where it takes it."""
    if option in engine.options:
        return ""
    said = f"{option.typed} is for {names(able(option))}: {engine.because(option)}"
    instead = [limit.typed for limit in (Option.DEPTH, Option.SECONDS) if limit in engine.options] if option.limits else []
    return f"{said}; limit it by {' or '.join(instead)}" if instead else said
