"""What is in the gallery: the table, a trace for each verdict that has one, and which endpoint states can occur together."""

from __future__ import annotations

from collections.abc import Sequence

from checker.decide import Setting
from checker.graph import endpoint_pairs, state_graph
from checker.parallel import decide_each
from checker.verdict import Verdict
from model.assumptions import Assumptions
from model.handshakes import HANDSHAKES
from model.handshakes.handshake import Handshake
from model.network import keeping_everything
from model.scope import SCOPES
from properties import CLAIMS
from reports import text


def files() -> dict[str, str]:
    """Return the content of each file of the gallery by name. Two calls return the same."""
    handshakes = tuple(HANDSHAKES.values())
    results = decide_each(handshakes, tuple(CLAIMS.values()), Setting(SCOPES["default"]))
    return {
        "table.txt": text.comparison(results, seconds=False) + "\n",
        **{f"{verdicts[0].question.handshake}.txt": _traces(verdicts) for verdicts in results},
        "endpoint-states.txt": "\n\n".join(map(_endpoint_states, handshakes)) + "\n",
    }


def _traces(verdicts: Sequence[Verdict]) -> str:
    return ("\n\n" + "=" * text.WIDTH + "\n\n").join(text.counterexample(v) for v in verdicts if v.trace is not None) + "\n"


def _endpoint_states(handshake: type[Handshake]) -> str:
    system = keeping_everything(handshake(SCOPES["small"], Assumptions()).system())
    return f"{handshake.name}: {SCOPES['small']}\n\n" + text.pairs_table(
        endpoint_pairs(state_graph(system), system), tuple(system.views)
    )
