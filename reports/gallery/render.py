"""What is in the gallery: the report of the study, tables, traces, scenarios, states that meet, how few messages will do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from checker.decide import Setting
from checker.runs.graph import endpoint_pairs, state_graph
from checker.scenarios import scenario
from checker.scenarios.player import play
from checker.studies.minimal.decision import decide_minimal
from checker.studies.parallel import decide_each
from checker.studies.study import study
from checker.studies.waste import SCOPE
from checker.verdict import Verdict
from model.notation.network import keeping_everything
from model.tcp.assumptions import Assumptions
from model.tcp.composition import CLIENT_SERVER, COMPOSITIONS
from model.tcp.handshakes.parametric import FEWEST, MOST
from model.tcp.scope import SCOPES, scope_named
from properties.specification import SPECIFICATIONS, Specification, built_in
from reports import figure, minimal, text, waste_table
from reports.explorer.page import pages
from reports.study.write import every_language
from reports.sufficiency import sufficiency
from reports.width import WIDTH


def files() -> dict[str, str]:
    """Return the content of each file of the gallery by name. Two calls return the same."""
    return {name: content for part in PARTS.values() for name, content in part().items()}


def explorers() -> dict[str, str]:
    """Return the explorer's page of each handshake, which challenges to find what the checker found."""
    setting = Setting(SCOPES["default"])
    specs = tuple(spec for spec in SPECIFICATIONS.values() if spec.composition is CLIENT_SERVER)
    decided = decide_each([(spec, spec.claims) for spec in specs], setting)
    return pages(specs, decided, setting)


def _of_the_study() -> dict[str, str]:
    """Return the report, and the texts about what it is about."""
    found = study(Setting(SCOPES["default"]))
    return {
        "table.txt": text.comparison(found.verdicts, seconds=False) + "\n",
        **{f"{verdicts[0].question.handshake}.txt": _traces(verdicts) for verdicts in found.verdicts},
        "liveness.txt": text.comparison(found.liveness, seconds=False) + "\n",
        "lassos.txt": _traces([v for of in found.liveness for v in of if v.lasso is not None]),
        "assumptions.txt": sufficiency(found.needs) + "\n",
        "waste.txt": waste_table.table(found.costs, found.syns, Setting(scope_named(SCOPE))) + "\n",
        **every_language(found),
    }


def _of_the_rest() -> dict[str, str]:
    specs = tuple(spec for spec in SPECIFICATIONS.values() if spec.composition is CLIENT_SERVER)
    composed = [SPECIFICATIONS[c.of("three-way")] for c in COMPOSITIONS.values() if c.name]
    others = decide_each([(spec, spec.claims) for spec in composed], Setting(SCOPES["default"]))
    return {
        "compositions.txt": text.comparison(others, seconds=False) + "\n",
        **{f"scenario-{name}.txt": _scenario(name) for name in scenario.names()},
        "endpoint-states.txt": "\n\n".join(map(_endpoint_states, specs)) + "\n",
        **{f"minimal-{messages}.txt": _minimal(messages) for messages in range(FEWEST, MOST + 1)},
    }


PARTS: dict[str, Callable[[], dict[str, str]]] = {"study": _of_the_study, "rest": _of_the_rest}
"""What the files are made of, in parts that can be made at once."""


def _traces(verdicts: Sequence[Verdict]) -> str:
    return ("\n\n" + "=" * WIDTH + "\n\n").join(text.counterexample(v) for v in verdicts if v.trace is not None) + "\n"


def _scenario(name: str) -> str:
    asked = scenario.read(name)
    specs = [built_in(model) for model in asked.models]
    return figure.played(asked, [play(asked, spec, Assumptions(), spec.safety) for spec in specs]) + "\n"


def _endpoint_states(spec: Specification) -> str:
    system = keeping_everything(spec.build(SCOPES["small"], Assumptions()))
    table = text.pairs_table(endpoint_pairs(state_graph(system), system), tuple(system.views))
    return f"{spec.name}: {SCOPES['small']}\n\n{table}"


def _minimal(messages: int) -> str:
    return minimal.decision(decide_minimal(messages, SCOPES["default"])) + "\n"
