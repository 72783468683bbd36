"""synproof from Python: what the command line asks, as functions.

>>> from checker import check, compare, play, prove, read, trace

Each takes models by what one types for them (``"three-way"``, ``"three-way/simultaneous"``, ``"my_model.py:Name"``), by what
:func:`read` returns, or as what a model file would define: a class of a handshake or of a protocol, or a system. Scope and
assumptions are those of the command line, and have its defaults. Results print in a line or two, show themselves whole when
they are printed and in a notebook, and have ``records()`` as ``--json`` prints them, and ``rows()`` for a table:
``pandas.DataFrame(check("two-way").rows())``.

What is wrong with a question is raised as the sentence that the command line prints:
:class:`~checker.files.mistakes.ModelFileError` for what is in a file, :class:`~model.notation.sorts.NotationError` for a model
that is given as it is, :class:`~checker.explicit.checkpoint.CheckpointError` for a checkpoint that cannot be begun or gone on
with, :class:`~checker.cli.values.UsageError` for all else.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypedDict, Unpack

from checker.api.results import Comparison, NoRunError, Proof, Run, Runs, Verdicts
from checker.cli import request, rows
from checker.cli.check import asked_about, related
from checker.cli.scenario import check_composition, scenario_named
from checker.cli.values import UsageError
from checker.decide import Setting, check_spacing, decide
from checker.files import model_file
from checker.host.machine import processors
from checker.proof.engine import SECONDS
from checker.records import provenance
from checker.scenarios.player import Played
from checker.scenarios.player import play as played
from checker.studies.parallel import decide_each
from checker.studies.proving import prove as proved
from model.notation.assumed import Choice
from model.notation.pretty import value_text
from model.notation.protocol import Protocol
from model.notation.system import TransitionSystem
from model.tcp.composition import CLIENT_SERVER
from properties.claim import Kind
from properties.specification import SPECIFICATIONS, Specification
from reports import text
from reports.explorer.subject import Subject
from reports.traces.account import of_play, of_scenario, of_verdict, told

__all__ = [
    "Comparison",
    "Model",
    "NoRunError",
    "Proof",
    "Run",
    "Runs",
    "Verdicts",
    "check",
    "compare",
    "play",
    "prove",
    "read",
    "trace",
]

Model = str | Path | Specification | TransitionSystem | type[Protocol[Any, Any, Any]]
"""What stands for a model."""


class Options(TypedDict, total=False):
    """How far is looked, and by what: the options of the command line, by their names there.

    ``timeout`` is in seconds, ``memory`` in bytes; ``workers`` are threads, by default one for each processor.
    """

    scope: str
    engine: str
    timeout: float
    max_states: int
    max_depth: int
    memory: int
    workers: int
    keep_going: bool
    hash_compaction: bool
    symmetry: bool
    reduction: bool


class Searching(Options, total=False):
    """The options of :func:`check`, which are those of all and where a search keeps states on disk.

    ``checkpoint``, ``resume`` and ``spill`` are directories, ``every`` is in seconds, ``disk`` in bytes. They are for
    ``engine="bfs"``. Who resumes asks the same question again.
    """

    checkpoint: str | Path
    resume: str | Path
    every: float
    spill: str | Path
    disk: int


def read(model: Model, composition: str = "") -> Specification:
    """Return a model: one that comes with synproof, one in a file, or one that is defined here.

    ``composition`` puts a handshake together for other endpoints, as what is typed after a slash does.

    >>> read("three-way")
    <three-way: SYN, SYN,ACK, ACK: the handshake of RFC 9293>
    >>> [claim.name for claim in read("two-way").claims][:2]
    ['no-stale-establishment', 'agreement']
    """
    if isinstance(model, str | Path):
        return request.model(f"{model}/{composition}" if composition else str(model))
    spec = model_file.specified(model)
    return request.composed(spec, composition, spec.name) if composition else spec


def check(
    model: Model,
    *claims: str,
    assume: Mapping[str, Choice] | None = None,
    unfair: Sequence[str] = (),
    **options: Unpack[Searching],
) -> Verdicts:
    """Decide claims about a model, or relations; without any, those that ``synproof check`` decides.

    ``assume`` has assumptions by name, with their values; ``unfair`` the fairness assumptions to leave out, or ``"all"``.

    >>> found = check("two-way", "agreement", "isn-paired", scope="small")
    >>> found
    <two-way: 1 hold; 1 violated: agreement (3)>
    >>> found["agreement"].trace.schedule[-1][0]
    'server_receives_syn'
    >>> check("two-way", "isn-paired", scope="small", assume={"isn_spacing": "adjacent"})
    <two-way: 1 hold>
    """
    (spec,), setting = _asked([model], assume, options, known=Searching)
    chosen, relations = asked_about(spec, claims)
    chosen = request.assuming(chosen, Namespace(unfair=list(unfair)))
    decided = decide(spec, chosen, setting) if chosen else []
    return Verdicts((*decided, *related(spec, relations, setting)), _made(setting, spec))


def compare(
    *models: Model, liveness: bool = False, assume: Mapping[str, Choice] | None = None, **options: Unpack[Options]
) -> Comparison:
    """Decide every claim about several models, without any about all handshakes that come with synproof.

    >>> found = compare("two-way", "three-way", scope="small")
    >>> found["three-way"]["agreement"].outcome.value
    'holds'
    >>> len(found.rows())
    52
    """
    default = [spec for spec in SPECIFICATIONS.values() if spec.composition is CLIENT_SERVER]
    specs, setting = _asked(models or default, assume, options)
    questions = rows.questions(request.told_apart(specs), setting, liveness=liveness)
    found = decide_each(questions, setting)
    return Comparison(
        tuple(Verdicts(tuple(verdicts), _made(setting, spec)) for (spec, _), verdicts in zip(questions, found, strict=True)),
        _made(setting, *specs),
    )


def trace(
    model: Model,
    claim: str,
    *,
    assume: Mapping[str, Choice] | None = None,
    unfair: Sequence[str] = (),
    **options: Unpack[Options],
) -> Run:
    """Return a shortest run that violates a claim, or that shows one of reachability to hold.

    Raises :class:`NoRunError` where there is none, with what is known.

    >>> run = trace("two-way", "agreement", scope="small")
    >>> run
    <two-way: agreement violated: 3 steps>
    >>> [row["action"] for row in run.rows()]
    ['server_listens', 'client_opens', 'server_receives_syn']
    """
    (spec,), setting = _asked([model], assume, options)
    (asked,) = request.assuming([request.claim(claim, spec)], Namespace(unfair=list(unfair)))
    (verdict,) = decide(spec, [asked], setting)
    if verdict.trace is None:
        raise NoRunError(text.counterexample(verdict))
    subject = Subject(spec, spec.build(setting.scope, setting.assumptions), octets=setting.scope.octets)
    return Run(replace(told(of_verdict(verdict), subject), provenance=_made(setting, spec)))


def prove(
    model: Model, claim: str, *, assume: Mapping[str, Choice] | None = None, timeout: float = SECONDS, cover: bool = False
) -> Proof:
    """Prove a claim of safety without bounds, or refute it by a run, within so many seconds.

    >>> prove("two-way", "agreement")
    <two-way: agreement violated (3 steps)>
    """
    (spec,), setting = _asked([model], assume, {})
    asked = request.claim(claim, spec)
    if asked.kind is not Kind.SAFETY:
        raise UsageError(f"{claim} is a claim of {asked.kind.value}, which no proof shows: check() decides it")
    return Proof(proved(spec, asked, setting, timeout, cover=cover), _made(setting, spec))


def play(
    scenario: str | Path, *models: Model, numbers: Mapping[str, int] | None = None, assume: Mapping[str, Choice] | None = None
) -> Runs:
    """Play a scenario, by its name or from a file, on models: those it is about, unless told which.

    ``numbers`` sets numbers of the scenario, as ``--set`` does.

    >>> play("stale-syn")
    <stale-syn on two-way, three-way>
    >>> [len(run.violated) for run in play("stale-syn", "two-way", "three-way")]
    [4, 0]
    """
    asked = scenario_named(str(scenario), numbers or {})
    specs, setting = _asked(models or asked.models, assume, {})
    if not specs:
        raise UsageError(f"{asked.name} does not say which model it is for: name one, play({str(scenario)!r}, MODEL)")
    check_composition(asked, specs)
    setting = Setting(asked.scope, setting.assumptions)
    check_spacing(setting)
    runs = [played(asked, spec, setting.assumptions, spec.safety) for spec in specs]

    def as_run(spec: Specification, of: Played) -> Run:
        subject = Subject(of.spec, of.spec.build(asked.scope, setting.assumptions), octets=asked.scope.octets)
        account = told(of_play(of, asked.name, asked.summary), subject)
        retold = partial(of_scenario, asked, spec, setting.assumptions)
        return Run(replace(account, provenance=_made(setting, of.spec), retold=retold), of.violated)

    return Runs(asked, tuple(runs), tuple(map(as_run, specs, runs)))


def _asked(
    models: tuple[Model, ...] | list[Any],
    assume: Mapping[str, Choice] | None,
    options: Any,  # noqa: ANN401  # by their names
    known: type[Any] = Options,
) -> tuple[list[Specification], Setting]:
    """Return models under assumptions, and the setting, by the way that a command line takes."""
    names = known.__annotations__  # those of a TypedDict that it derives from are among them
    unknown = [name for name in options if name not in names]
    if unknown:
        raise TypeError(
            f"{unknown[0]!r} is no option: known are {', '.join(names)}; assumptions are written assume={{NAME: VALUE}}"
        )
    given = [(name, value_text(value)) for name, value in (assume or {}).items()]
    arguments = Namespace(models=[read(model) for model in models], assumed=given, **options)
    request.assume(arguments)
    return arguments.models, request.setting(arguments, *arguments.models)


def _made(setting: Setting, *specs: Specification) -> dict[str, Any]:
    return provenance(*specs, threads=setting.strategy.workers or processors())
