"""Segments that no case of a rule takes: dropped without a word, which may be what was meant, and may be a case forgotten.

Where the order of the cases leaves nothing, as an ``otherwise(True, ...)`` at their end does, formulas say so. What they leave
open is looked for: in a small scope, so that what is said does happen, and what is not said may happen in a larger one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product

from checker.decide import decide
from checker.engine import Setting
from checker.host.limits import Limits
from checker.verdict import Outcome
from model.notation.analysis import replaced
from model.notation.expr import Expr, Op, Row, conj, literal, variable
from model.notation.protocol import STATE
from model.notation.reasons import contradicts_itself
from model.notation.sorts import Enum
from model.notation.system import TransitionSystem, Untaken
from model.tcp.scope import scope_named
from properties.claim import Claim, reachable
from properties.specification import Specification

SEARCHED = "small,data=0"
"""The scope in which what formulas leave open is looked for."""
SECONDS = 0.3
"""How long that may take, all together."""
DRAWN = "segment"
"""What rules call the segment that arrives."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Who drops, in which state, which kind of segment: what its columns of names say, as "SYN,ACK"."""

    by: str
    state: str
    kind: str


def dropped(spec: Specification, setting: Setting) -> list[Dropped]:
    """Return what arrives and is taken by no case of a model's rules, under the assumptions of a setting.

    Nothing is searched where formulas say that every segment is taken. What that had not decided when its time was over
    is left out.
    """
    scope = scope_named(SEARCHED)
    system = spec.build(scope, setting.assumptions)
    asked = [(found, claim) for one in system.untaken for found, claim in _open(system, one)]
    if not asked:
        return []
    own = Setting(scope, setting.assumptions, limits=Limits(seconds=SECONDS))
    verdicts = decide(spec, [claim for _, claim in asked], own)
    return [found for (found, _), verdict in zip(asked, verdicts, strict=True) if verdict.outcome is Outcome.HOLDS]


def _open(system: TransitionSystem, one: Untaken) -> list[tuple[Dropped, Claim]]:
    """Return, by kind of segment, the claim that one arrives which no case takes, where formulas do not exclude it."""
    segments = system.segments
    assert segments is not None
    assert system.network is not None
    ends = (segments.format.source, segments.format.destination)
    # A Token is told apart only, and says no kind.
    columns = {name: sort for name, sort in segments.columns if type(sort) is Enum and name not in ends}
    network = variable(system.network.variable, segments)
    state = f"{one.by}.{STATE}"
    found: list[tuple[Dropped, Claim]] = []
    for kind in product(*(sort.members for sort in columns.values())):
        cells = {name: literal(value, columns[name]) for name, value in zip(columns, kind, strict=True)}
        when = replaced(one.when, _cells({f"{DRAWN}.{name}": cell for name, cell in cells.items()}))
        if contradicts_itself(when):
            continue

        def meets(row: Row, when: Expr = when, cells: Mapping[str, Expr] = cells) -> Expr:
            drawn = _cells({f"{DRAWN}.{name}": row[name] for name in segments.names})
            kinds = (row[name] == cell for name, cell in cells.items())
            return conj(row[ends[1]] == one.by, *kinds, replaced(when, drawn))

        arrives = (variable(state, system.sorts[state]) == one.state) & network.exists(meets)
        dropped_here = Dropped(one.by, one.state, ",".join(kind))
        found.append((dropped_here, reachable(f"untaken-by-{one.by}-in-{one.state}-{'-'.join(kind)}", arrives)))
    return found


def _cells(values: Mapping[str, Expr]) -> Callable[[Expr], Expr | None]:
    """Return what replaces the cells of a segment that is drawn."""
    return lambda node: values.get(str(node.data)) if node.op is Op.PARAMETER else None
