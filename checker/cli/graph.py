"""The command that draws: graph. It is apart because networkx takes a while to load."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from checker.cli import request, values
from checker.cli.exits import OK, UNKNOWN
from checker.cli.show import system_of
from checker.decide import Setting, search_network
from checker.host import writing
from checker.host.limits import INTERRUPTED, Limits
from checker.runs.graph import Graph, GraphTooLargeError, mark_violations, of_each_endpoint, searched_quotient, state_graph
from model.notation.system import TransitionSystem
from properties.claim import Claim, Kind, monitored
from properties.observe import Monitored
from properties.specification import Specification
from reports.graph import FORMATS, NoLayoutError, label_states
from reports.language.catalogue import Language, language

_FOUND = {Kind.SAFETY: "violated", Kind.REACHABILITY: "reached"}
_DRAWN = 2000
"""How many states a graph without quotient may have."""
_SIDES = 2
_OF_ONE = "what one endpoint does is read off the combinations of endpoint states: leave out --no-quotient"


def graph(arguments: argparse.Namespace) -> int:
    """Write the state graph, or its quotient by the states of the endpoints."""
    spec: Specification = arguments.model
    setting = request.setting(arguments, spec)
    system = system_of(spec, setting)
    claims = [] if arguments.claim is None else [request.claim(arguments.claim, spec)]
    if claims and claims[0].kind not in _FOUND:
        raise values.UsageError(f"no step violates {claims[0].name}, which is about the long run: 'trace' shows its cycle")
    watched = monitored(system, claims)
    network = search_network(watched, setting)
    quotient = bool(system.views) if arguments.quotient is None else arguments.quotient
    if quotient and not system.views:
        raise values.UsageError(f"{spec.name} has no endpoints (views) to take the quotient by: write --no-quotient")
    if arguments.endpoint and not quotient:
        raise values.UsageError(f"{spec.name} has no endpoint to draw: leave out --endpoint" if not system.views else _OF_ONE)
    output = arguments.output
    if arguments.grid and arguments.endpoint:
        raise values.UsageError("a grid has the states of two endpoints: leave out --grid, or --endpoint")
    if arguments.grid and system.views and not quotient:
        raise values.UsageError("a grid has one node for each combination of endpoint states: leave out --no-quotient")
    spoken = language(arguments.lang)
    formats = {".svg": _grid(spec, setting, claims, system, spoken)} if arguments.grid else FORMATS
    usual = next(iter(formats))
    write = formats.get(Path(output).suffix if output else usual)
    if write is None:
        what = "a grid is SVG" if arguments.grid else f"{output} says no format"
        raise values.UsageError(f"{what}: write FILE{', FILE'.join(formats)}")
    if output:
        writing.check(output)
    title = _title(spec, setting, claims, ("any endpoint",) if arguments.endpoint else tuple(system.views) if quotient else ())
    drawn = _graph(network.connected(watched), arguments.max_states, quotient=quotient)
    if drawn is None:
        cures = [*(["a smaller --scope"] if spec.scoped else []), *(["--quotient"] if system.views and not quotient else [])]
        cure = ", ".join([*cures, "--max-states N"])
        print(f"synproof: {spec.name} has more states than can be drawn: try {cure}", file=sys.stderr)
        return UNKNOWN
    if arguments.endpoint:
        drawn = of_each_endpoint(drawn, tuple(system.views))
    try:
        content = write(drawn, title)
    except NoLayoutError as error:
        raise values.UsageError(str(error)) from error
    if output is None:
        print(content)
        return OK
    writing.write({Path(output): content + "\n"})
    print(f"{output}: {len(drawn)} nodes, {drawn.number_of_edges()} edges")
    return OK


def _grid(
    spec: Specification, setting: Setting, claims: list[Claim], system: TransitionSystem, spoken: Language
) -> Callable[[Graph, str], str]:
    """Return what draws a quotient as a grid, which has two sides, with what it shows below it."""
    from reports.study.grid import picture

    if len(system.views) != _SIDES:
        raise values.UsageError(f"a grid has two sides, and {spec.name} has {len(system.views)} endpoints: leave out --grid")
    across, down = system.views
    told = [spoken.word("grid-title", name=spec.name)]
    told += [spoken.word("grid-scope", scope=setting.scope.name)] if spec.scoped else []
    told += [spoken.word(f"grid-{_FOUND[claim.kind]}", claim=claim.name) for claim in claims]
    return lambda drawn, _: picture(drawn, "".join(told), (across, down), spoken, captioned=True)


def _graph(watched: Monitored, max_states: int | None, *, quotient: bool) -> Graph | None:
    if quotient:
        drawn, found = searched_quotient(watched, Limits(states=max_states))
        if found.reason == INTERRUPTED:
            raise KeyboardInterrupt
        return drawn if found.complete else None
    try:
        drawn = state_graph(watched.system, max_states or _DRAWN)
    except GraphTooLargeError:
        return None
    mark_violations(drawn, watched)
    label_states(drawn, frozenset(name for check in watched.checks for name in check.observers))
    return drawn


def _title(spec: Specification, setting: Setting, claims: list[Claim], roles: tuple[str, ...]) -> str:
    what = f"states of {', '.join(roles)}" if roles else "states"
    scope = f"; scope {setting.scope.name}" if spec.scoped else ""
    return f"{spec.name}: {what}{scope}" + "".join(f"; red: {claim.name} is {_FOUND[claim.kind]}" for claim in claims)
