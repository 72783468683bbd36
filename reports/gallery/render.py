"""What is in the gallery: the table, each trace, the stale SYN on two handshakes, and which endpoint states occur together."""

from __future__ import annotations

import re
from collections.abc import Sequence

from checker.decide import Setting
from checker.graph import endpoint_pairs, state_graph
from checker.limits import Schedule
from checker.parallel import decide_each
from checker.trace import Trace, run
from checker.verdict import Verdict
from model.assumptions import Assumptions
from model.handshakes import HANDSHAKES, Handshake, ThreeWay, TwoWay
from model.interpreter import Interpreter
from model.network import KEPT, connect, keeping_everything
from model.scope import SCOPES
from properties import CLAIMS
from properties.observe import Monitored
from reports import text

STALE = "no-stale-establishment"
_BLOCK = re.compile(r"(<!-- gallery: (\S+) -->\n```\n).*?(```\n)", re.DOTALL)


def files() -> dict[str, str]:
    """Return the content of each file of the gallery by name. Two calls return the same."""
    handshakes = tuple(HANDSHAKES.values())
    results = decide_each(handshakes, tuple(CLAIMS.values()), Setting(SCOPES["default"]))
    verdicts = {(v.question.handshake, v.question.claim.name): v for found in results for v in found}
    return {
        "table.txt": text.comparison(results, seconds=False) + "\n",
        **{f"{found[0].question.handshake}.txt": _traces(found) for found in results},
        "stale-syn-two-way.txt": text.counterexample(verdicts[TwoWay.name, STALE]) + "\n",
        "stale-syn-three-way.txt": _on_the_same_schedule(verdicts[TwoWay.name, STALE], ThreeWay),
        "endpoint-states.txt": "\n\n".join(map(_endpoint_states, handshakes)) + "\n",
    }


def filled(document: str, gallery: dict[str, str]) -> str:
    """Return a Markdown document with each block marked ``<!-- gallery: FILE -->`` filled with that file."""
    return _BLOCK.sub(lambda block: block[1] + gallery[block[2]] + block[3], document)


def _traces(verdicts: Sequence[Verdict]) -> str:
    return ("\n\n" + "=" * text.WIDTH + "\n\n").join(text.counterexample(v) for v in verdicts if v.trace is not None) + "\n"


def _on_the_same_schedule(verdict: Verdict, handshake: type[Handshake]) -> str:
    """Return what another handshake does on the schedule of a counterexample, and what its endpoints then say."""
    assert verdict.trace is not None
    monitored = Monitored(handshake(SCOPES["default"], Assumptions()).system())
    trace = run(monitored, tuple((step.action, step.arguments) for step in verdict.trace.steps))
    same = len(trace)
    while trace.steps[-1].sent:
        trace = run(monitored, (*((step.action, step.arguments) for step in trace.steps), *_answer(monitored, trace)))
    heading = f"{handshake.name}: the first {same} steps are those of {verdict.question.handshake}'s counterexample"
    end = f"Step {len(trace)}: the server is {trace.steps[-1].states['server']} again, and never was ESTABLISHED."
    assert all(step.states["server"] != "ESTABLISHED" for step in trace.steps)
    return f"{heading}\n\n{text.sequence_diagram(trace)}\n\n{end}\n"


def _answer(monitored: Monitored, trace: Trace) -> Schedule:
    """Return the step in which the segment just sent arrives, and no copy of it stays."""
    (sent,) = trace.steps[-1].sent
    cells = (sent.source, sent.destination, sent.seq, sent.ack, sent.ctl, sent.data)
    steps = Interpreter(connect(monitored.system)).steps(trace.steps[-1].state)
    (arrival,) = [s for s in steps if s.arguments.get("segment") == cells and s.arguments.get(KEPT) is False]
    return ((arrival.action, arrival.arguments),)


def _endpoint_states(handshake: type[Handshake]) -> str:
    system = keeping_everything(handshake(SCOPES["small"], Assumptions()).system())
    table = text.pairs_table(endpoint_pairs(state_graph(system), system), tuple(system.views))
    return f"{handshake.name}: {SCOPES['small']}\n\n{table}"
