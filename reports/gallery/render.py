"""What is in the gallery: the tables, each trace, each scenario, which states occur together, and how few messages do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from checker import scenario
from checker.decide import Setting
from checker.graph import endpoint_pairs, state_graph
from checker.minimal.decision import decide_minimal
from checker.parallel import decide_each
from checker.playing import play
from checker.verdict import Verdict
from model.assumptions import Assumptions
from model.composition import CLIENT_SERVER, COMPOSITIONS
from model.handshakes.parametric import FEWEST, MOST
from model.network import keeping_everything
from model.scope import SCOPES
from properties.specification import SPECIFICATIONS, Specification
from reports import figure, minimal, text

_BLOCK = re.compile(r"(<!-- gallery: (\S+) -->\n```\n).*?(```\n)", re.DOTALL)


def files() -> dict[str, str]:
    """Return the content of each file of the gallery by name. Two calls return the same."""
    specs = tuple(spec for spec in SPECIFICATIONS.values() if spec.composition is CLIENT_SERVER)
    composed = [SPECIFICATIONS[c.of("three-way")] for c in COMPOSITIONS.values() if c.name]
    results, others = (
        decide_each([(spec, spec.claims) for spec in some], Setting(SCOPES["default"])) for some in (specs, composed)
    )
    small = Setting(SCOPES["small"])
    lasting = decide_each([(spec, spec.lasting) for spec in specs], small)
    return {
        "liveness.txt": text.comparison(lasting, seconds=False) + "\n",
        "lassos.txt": _traces([v for found in lasting for v in found if v.lasso is not None]),
        "table.txt": text.comparison(results, seconds=False) + "\n",
        **{f"{found[0].question.handshake}.txt": _traces(found) for found in results},
        "compositions.txt": text.comparison(others, seconds=False) + "\n",
        **{f"scenario-{name}.txt": _scenario(name) for name in scenario.names()},
        "endpoint-states.txt": "\n\n".join(map(_endpoint_states, specs)) + "\n",
        **{f"minimal-{messages}.txt": _minimal(messages) for messages in range(FEWEST, MOST + 1)},
    }


def filled(document: str, gallery: dict[str, str]) -> str:
    """Return a Markdown document with each block marked ``<!-- gallery: FILE -->`` filled with that file."""
    return _BLOCK.sub(lambda block: block[1] + gallery[block[2]] + block[3], document)


def _traces(verdicts: Sequence[Verdict]) -> str:
    return ("\n\n" + "=" * text.WIDTH + "\n\n").join(text.counterexample(v) for v in verdicts if v.trace is not None) + "\n"


def _scenario(name: str) -> str:
    asked = scenario.read(name)
    specs = [SPECIFICATIONS[model] for model in asked.models]
    return figure.played(asked, [play(asked, spec, Assumptions(), spec.safety) for spec in specs]) + "\n"


def _endpoint_states(spec: Specification) -> str:
    system = keeping_everything(spec.build(SCOPES["small"], Assumptions()))
    table = text.pairs_table(endpoint_pairs(state_graph(system), system), tuple(system.views))
    return f"{spec.name}: {SCOPES['small']}\n\n{table}"


def _minimal(messages: int) -> str:
    return minimal.decision(decide_minimal(messages, SCOPES["default"])) + "\n"
