"""The command that lists what comes with synproof."""

from __future__ import annotations

import argparse

from checker.cli.exits import OK
from checker.engines import ENGINES
from checker.scenarios import scenario as scenarios
from model.tcp.composition import CLIENT_SERVER, COMPOSITIONS, MORE, PORTS
from model.tcp.handshakes import LISTED
from model.tcp.handshakes.handshake import Handshake
from properties import CLAIMS
from properties.relations import RELATIONS
from properties.specification import SPECIFICATIONS
from reports import text
from reports.language.catalogue import language

_MORE_COMPOSITIONS = {
    f"HANDSHAKE/{PORTS}-N": "a client on each of N ports, a server that goes on listening",
}


def listing(arguments: argparse.Namespace) -> int:
    """List the names of everything that comes with synproof."""
    spoken = language(arguments.lang)
    tell, not_asserted = spoken.tell, spoken.word("listed-not-asserted")
    more = {name: tell(said) for name, said in _MORE_COMPOSITIONS.items()}
    told = {name: spoken.specification(spec) for name, spec in SPECIFICATIONS.items()}
    defences = {name: spoken.text("handshakes", name, "summary", defence.summary) for name, defence in LISTED.items()}
    claims = map(spoken.claim, CLAIMS.values())
    composed = (*COMPOSITIONS.values(), *MORE)
    compositions = {c: spoken.text("compositions", c.name, "summary", c.summary) for c in composed}
    parts: list[tuple[str, dict[str, str]]] = [
        ("handshakes", {n: spec.summary for n, spec in told.items() if spec.composition is CLIENT_SERVER} | defences),
        ("compositions", {f"HANDSHAKE{c.of('')}": summary for c, summary in compositions.items()} | more),
        ("claims", {c.name: c.brief + ("" if c.asserted else not_asserted) for c in claims}),
        ("relations", {n: tell(r.brief) + ("" if r.asserted else not_asserted) for n, r in RELATIONS.items()}),
        ("scenarios", {name: spoken.scenario(scenarios.read(name)).summary for name in scenarios.names()}),
        ("engines", {n: spoken.word("colon").join((tell(e.title), tell(e.summary))) for n, e in ENGINES.items()}),
        ("scopes", {name: spoken.text("scopes", name, "meaning", said) for name, said in Handshake.scopes.meanings.items()}),
        (
            "assumptions",
            {n: spoken.text("assumptions", n, "meaning", a.meaning) for n, a in Handshake.assumes.declared().items()},
        ),
    ]
    print(text.listing((tell(heading), names) for heading, names in parts))
    return OK
