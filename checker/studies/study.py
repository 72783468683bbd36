"""The whole study: what a report of it shows, decided and counted.

Nothing here is new: each part is what a command of its own answers, with the scope that this command would take. The invariant
is one that ``synproof prove`` found and that is kept in ``properties/invariants``. A study does not find it again, which takes
longer, but makes every obligation anew and has both solvers show it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from checker.covering.engine import PLAIN
from checker.decide import Setting, search_network
from checker.proof.certificate import read_invariant, speaking_of
from checker.proof.subject import Attempt, Subject
from checker.records import packages
from checker.release import VERSION
from checker.runs.graph import Graph, searched_quotient
from checker.scenarios import scenario as scenarios
from checker.scenarios.player import NotPossibleError, Played, play
from checker.scenarios.scenario import Scenario
from checker.studies import SYNS
from checker.studies.endings import Ending, Move, endings, moves
from checker.studies.floods import Flooded, floods, sieges
from checker.studies.lattice import Lattice, lattice
from checker.studies.mutants import mutants
from checker.studies.parallel import decide_each
from checker.studies.proving import check_invariant
from checker.studies.sentences import Sentences, sentences
from checker.studies.siege import Siege
from checker.studies.waste import SCOPE as WASTE_SCOPE
from checker.studies.waste import Cost, waste
from checker.verdict import Outcome, Verdict
from model.tcp.composition import CLIENT_SERVER
from model.tcp.scope import SCOPES, scope_named
from properties.claim import monitored
from properties.mutants import Alone, Reason, Row, alone, reasons, table
from properties.specification import SPECIFICATIONS, Specification, built_in

INVARIANTS = Path(__file__).parents[2] / "properties" / "invariants"
NEEDS = PROVED = ("three-way", "agreement")
"""The claim whose assumptions are varied, and the one that is proved for every scope: by handshake. Where others are studied
the assumptions of the first are varied, and nothing is proved but of this one. It is also the one whose mutants are kept."""
SCENARIO = "stale-syn"
"""The schedule that is shown side by side."""
MARKED = "agreement"
"""The claim whose violations are marked among the states of the endpoints."""
NEEDS_SCOPE = STATES_SCOPE = "default,data=0"
"""The scope where text decides nothing and only multiplies states: of the assumptions, and of the states of the endpoints."""
LIVENESS_SCOPE = "small"
"""The scope of the claims of liveness, which ask for the whole state graph with its losses."""
_SECONDS = 120.0
"""How long the obligations of the invariant may take; they take a tenth of that."""


@dataclass(frozen=True)
class Ruled:
    """A handshake's sentences of RFC 9293, and what is kept of its mutants: ``rows``, and what is said of some by name.

    ``words`` say what was changed in a mutant, so that it can be told in another language.
    """

    spec: Specification
    sentences: Sentences
    rows: tuple[Row, ...]
    words: Mapping[str, str]
    reasons: Mapping[str, Reason]
    alone: Mapping[str, Alone]


@dataclass(frozen=True)
class Study:
    """What was found. The handshakes were ``chosen``, or are those that come with synproof.

    ``verdicts`` has a sequence for each handshake, in the order of ``specs``, and so have ``liveness``, of claims of
    liveness, and ``quotients``. ``endings`` are about connections that are closed, ``moves`` what an endpoint does from its
    opening to its end; ``floods`` and ``sieges`` are about a server that is flooded. ``runs`` are of those on which the
    scenario is possible. There is no ``proof`` where the handshake that it is of is not studied, and its rules are not looked
    at (``ruled``): the table of its mutants is kept, since to make it takes too long.
    """

    specs: tuple[Specification, ...]
    chosen: bool
    setting: Setting
    verdicts: tuple[tuple[Verdict, ...], ...]
    liveness: tuple[tuple[Verdict, ...], ...]
    scenario: Scenario
    runs: tuple[Played, ...]
    needs: Lattice
    proof: Attempt | None
    costs: tuple[Cost, ...]
    syns: int
    quotients: tuple[Graph, ...]
    endings: tuple[Ending, ...]
    moves: tuple[Move, ...]
    floods: tuple[Flooded, ...]
    sieges: tuple[Siege, ...]
    ruled: Ruled | None
    versions: Mapping[str, str]

    @property
    def every(self) -> tuple[Verdict, ...]:
        """Every verdict of the tables."""
        closing = (ending.verdicts for ending in self.endings)
        flooded = (of.verdicts for of in self.floods)
        return tuple(verdict for of in (*self.verdicts, *self.liveness, *closing, *flooded) for verdict in of)

    @property
    def decided(self) -> bool:
        """Whether everything was."""
        proved = () if self.proof is None else (self.proof.outcome,)
        outcomes = (*proved, *(verdict.outcome for verdict in self.every))
        settled = Outcome.UNKNOWN not in outcomes
        return settled and not self.needs.unsettled and all(cost.decided for cost in self.costs)


def study(setting: Setting | None = None, models: Sequence[Specification] = (), *, syns: int = SYNS) -> Study:
    """Decide and count all of it, with up to so many old SYNs; about a minute on two processors.

    Most of that is the assumptions'. ``models`` are handshakes of a client and a server, without any all that come with
    synproof; the scope is that of the verdicts, and the other parts have their own. Raises
    :class:`~checker.decide.InterruptedSearchError` when Ctrl-C ends a search.
    """
    setting = setting or Setting(SCOPES["default"])
    counting = replace(setting, engine=PLAIN.name)  # a report says how many states there are, and how many steps away
    specs = tuple(models) or tuple(spec for spec in SPECIFICATIONS.values() if spec.composition is CLIENT_SERVER)
    asked = scenarios.read(SCENARIO)
    name, claim = NEEDS
    needing = models[0] if models else SPECIFICATIONS[name]
    return Study(
        specs=specs,
        chosen=bool(models),
        setting=setting,
        verdicts=tuple(map(tuple, decide_each([(spec, spec.claims) for spec in specs], counting))),
        liveness=tuple(map(tuple, decide_each([(spec, spec.liveness) for spec in specs], _at(setting, LIVENESS_SCOPE)))),
        scenario=asked,
        runs=_played(asked, models or [built_in(n) for n in asked.models], setting),
        needs=lattice(needing, needing.claim[claim], _at(setting, NEEDS_SCOPE)),
        proof=_proof(*PROVED, setting) if SPECIFICATIONS[PROVED[0]] in specs else None,
        costs=tuple(waste(specs, syns, _at(setting, WASTE_SCOPE))),
        syns=syns,
        quotients=tuple(_quotient(spec, _at(setting, STATES_SCOPE)) for spec in specs),
        endings=endings(specs, needing, setting),
        moves=moves(needing, setting),
        floods=floods(specs, setting),
        sieges=sieges(specs),
        ruled=ruled(SPECIFICATIONS[PROVED[0]]) if SPECIFICATIONS[PROVED[0]] in specs and table(PROVED[0]) else None,
        versions={"synproof": VERSION, **packages()},
    )


def _played(scenario: Scenario, specs: Sequence[Specification], setting: Setting) -> tuple[Played, ...]:
    """Return how a scenario goes on models, as far as it is possible on them."""
    found = []
    for spec in specs:
        with suppress(NotPossibleError):
            found.append(play(scenario, spec, setting.assumptions, spec.safety))
    return tuple(found)


def ruled(spec: Specification) -> Ruled:
    """Return the sentences of a handshake, with what is kept of its mutants."""
    assert spec.handshake is not None
    words = {mutant.name: mutant.words for mutant in mutants(spec.handshake)}
    name = spec.name
    return Ruled(spec, sentences(spec.handshake), table(name), words, reasons(name), alone(name))


def _at(setting: Setting, scope: str) -> Setting:
    return replace(setting, scope=scope_named(scope))


def _proof(handshake: str, claim: str, setting: Setting) -> Attempt:
    """Return what the invariant that is kept for a claim proves."""
    name = f"{handshake}-{claim}.txt"
    lines = (INVARIANTS / name).read_text(encoding="utf-8").splitlines()
    spec = SPECIFICATIONS[handshake]
    subject = speaking_of(Subject(spec, spec.claim[claim], (), setting), lines)
    attempt, _ = check_invariant(subject, list(read_invariant(lines, subject, name)), _SECONDS)
    return attempt


def _quotient(spec: Specification, setting: Setting) -> Graph:
    """Return which states of the endpoints occur together, and which steps lead from which to which."""
    watched = monitored(spec.build(setting.scope, setting.assumptions), [spec.claim[MARKED]])
    graph, _ = searched_quotient(search_network(watched, setting).connected(watched), setting.limits)
    return graph
