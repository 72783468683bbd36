"""What an engine is: what it declares of itself, what it is asked, and what it answers.

An engine decides claims about a system. It *declares* which kinds of claims it decides, how far it looks, and which options it
takes; everything else is derived from that: which engine a claim goes to, what the command line offers, and what is refused, in
a sentence that names an engine that can (:mod:`checker.engines`). It is asked a :class:`Problem` and gives an :class:`Answer`,
of which nothing is believed: :mod:`checker.decide` replays each run before it makes a verdict of it.

A new engine is a module with a class derived from :class:`Engine`, and a line in :data:`checker.engines.ENGINES`.
``tests/test_engine_conformance.py`` holds whatever is registered to what it declares.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from checker.host.limits import Limits, Schedule, Strategy
from model.tcp.assumptions import Assumptions
from model.tcp.scope import UNBOUNDED, Scope
from properties.kind import Kind

if TYPE_CHECKING:  # an engine is declared before there is anything to decide
    from properties.claim import Claim
    from properties.observe import Monitored
    from properties.specification import Specification


class CannotDecideError(ValueError):
    """An engine was asked for what it does not declare; the message says so, and which engine does."""


class Option(Enum):
    """What can be asked of a search besides its claims, as it is typed."""

    STATES = "max-states"
    DEPTH = "max-depth"
    SECONDS = "timeout"
    MEMORY = "memory"
    WORKERS = "workers"
    COMPACTION = "hash-compaction"
    SYMMETRY = "symmetry"
    KEEP_GOING = "keep-going"
    TRACES = "traces"
    NO_CLAIMS = "claims none"
    CHECKPOINT = "checkpoint"
    RESUME = "resume"
    SPILL = "spill"
    CLUSTER = "cluster"

    @property
    def typed(self) -> str:
        """The option as it is typed."""
        return f"--{self.value}"

    @property
    def limits(self) -> bool:
        """Whether it says when to give up."""
        return self in LIMITS


LIMITS = (Option.STATES, Option.DEPTH, Option.SECONDS, Option.MEMORY)
"""The options that say when to give up, in the order in which they are suggested in place of each other."""


KEEPING = (Option.CHECKPOINT, Option.RESUME, Option.SPILL, Option.CLUSTER)
"""The options that say where states are kept beside the memory of this process: on disk, or by others."""


OWN_BOUNDS = "the bounds of the model itself"
"""What bounds the runs of a model that takes no scope."""


class Range(Enum):
    """What runs an engine looks at, beside how long they are."""

    SCOPE = "the ISNs of the scope"
    EVERY_ISN = "ISNs from all 2^32, as many as the scope has"
    UNBOUNDED = "ISNs from all 2^32, any number of them, for ever"

    def text(self, spec: Specification, scope: Scope) -> str:
        """Return in words what bounds the runs of a model."""
        if spec.composition is None:
            return OWN_BOUNDS
        if self is Range.EVERY_ISN:
            return scope.bounds(spec.composition)
        return (scope if self is Range.SCOPE else UNBOUNDED).within(spec.composition)

    def declared(self, spec: Specification, claim: str, scope: Scope, assumptions: Assumptions) -> str | None:
        """Return the verdict that a model declares for a claim about such runs; of runs without bounds none does."""
        if self is Range.UNBOUNDED and spec.scoped:
            return None
        if self is Range.EVERY_ISN:
            scope = scope.anywhere(neighbours=assumptions.isn_spacing == "adjacent", ahead=assumptions.isn == "clock")
        return spec.declared(claim, scope, assumptions)


class Events(Enum):
    """How events that a model's author declares are held against what happens, since claims go by them."""

    SEARCHED_WITH = "by the same search: the engine is given a check that guards it"
    SEARCHED_BEFORE = "by a search of another engine before"
    PROVED = "by the engine itself"


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything about a question but the specification and the claims.

    ``engine`` is the name of the one that is asked; where it is None each claim goes to the first engine that decides its kind.
    """

    scope: Scope
    assumptions: Assumptions = field(default_factory=Assumptions)
    engine: str | None = None
    limits: Limits = field(default_factory=Limits)
    reduction: bool = True
    """Whether the network may be searched by keeping every segment, where that decides the same."""
    keep_going: bool = False
    """Whether the explicit search goes on to the end of the scope when every claim is decided."""
    strategy: Strategy = field(default_factory=Strategy)

    @property
    def searching(self) -> list[Option]:
        """The options asked for that say how states are searched, or where they are kept."""
        strategy, keep = self.strategy, self.strategy.keep
        asked = {
            Option.SYMMETRY: strategy.symmetry,
            Option.COMPACTION: strategy.compaction,
            Option.CHECKPOINT: keep is not None and keep.saves,
            Option.RESUME: keep is not None and keep.resumes,
            Option.SPILL: keep is not None and keep.spills,
            Option.CLUSTER: strategy.cluster is not None,
        }
        return [option for option, given in asked.items() if given]


@dataclass(frozen=True, slots=True)
class NetworkSearch:
    """How the network of a system is searched: whether every segment is kept, and why so, in words."""

    kept_everything: bool
    reason: str

    def connected(self, watched: Monitored) -> Monitored:
        """Return the system with its network written out."""
        return replace(watched, system=watched.kept if self.kept_everything else watched.exact)


@dataclass(frozen=True)
class Problem:
    """What an engine is asked: to decide the checks of a watched system.

    ``claims`` are those of ``spec`` that the checks are made of. An engine that looks at more than one scope builds the system
    from the specification again; to any other ``connected`` is all that there is to decide.
    """

    spec: Specification
    claims: tuple[Claim, ...]
    setting: Setting
    watched: Monitored
    network: NetworkSearch

    @cached_property
    def connected(self) -> Monitored:
        """The watched system with its network written out: what there is to search."""
        return self.network.connected(self.watched)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What an answer took. What an engine does not count is None.

    Claims that were asked together were decided by one search; each of their verdicts carries the counts of that search.
    """

    states: int | None = None
    """How many different states were found."""
    transitions: int | None = None
    """How many steps from them were taken, also to states that had been found before."""
    depth: int | None = 0
    """How many steps from the initial state were looked at."""
    seconds: float = 0.0
    never_taken: tuple[str, ...] = ()
    """The actions that no reachable state allows, where each was explored."""
    network: str = ""
    """How the network was searched, and why so."""
    workers: int = 0
    """How many threads ran machine code, or processes of a cluster; 0 where the search was too short for it."""
    on_cluster: bool = False
    """Whether those were processes of a cluster."""
    memory: int = 0
    """How many bytes their tables took."""
    disk: int = 0
    """How many bytes of disk it took, at most, where states were kept there."""
    levels: tuple[int, ...] = ()
    """How many states need 0, 1, 2 and so on steps; a level that was cut short is left out."""
    richest: bool = False
    """Whether each of the states stands for all with the same values and fewer segments (:mod:`checker.covering`)."""
    open_states: int | None = None
    """In how many states the obligation of a claim of liveness can be open."""

    def as_record(self) -> dict[str, Any]:
        """Return what the answer took as fields of a record."""
        return {
            "states": self.states,
            "transitions": self.transitions,
            "depth": self.depth,
            "seconds": round(self.seconds, 3),
            "network": self.network,
            "workers": self.workers,
            "memory": self.memory,
            **({"disk": self.disk} if self.disk else {}),
            "never_taken": list(self.never_taken),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an engine says of the checks that it was asked, by their names."""

    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    """For each check that is decided by a run, that run: it ends in the step that decides, or goes round for ever."""
    loop: int | None = None
    """Where a run goes round for ever, the number of the step, from 0, with which it begins again. No other engine says it."""
    triggered: frozenset[str] = frozenset()
    """The checks whose trigger was met."""
    trigger: Schedule | None = None
    """A shortest run to a state that meets the premise of the one claim of liveness, if any does."""
    complete: bool = False
    """Whether no run decides any other check."""
    ground: str = ""
    """Of a complete answer, in words, how that is known."""
    reason: str = ""
    """Of any other, what cut it short."""
    counts: Counts = field(default_factory=Counts)


@dataclass(frozen=True, slots=True)
class Several:
    """Runs that decide one check and differ in what is done in them, shortest first.

    ``every`` says that there is no other; else there were enough, or a limit ended the search.
    """

    schedules: tuple[Schedule, ...]
    every: bool


Reasons = Mapping[Kind | Option, str]
"""Why an engine does not decide a kind of claims, or take an option: what follows its name in a sentence."""


class Engine(ABC):
    """Something that decides claims. What it is asked for and does not declare is refused before it is asked.

    ``name`` is what ``--engine`` and records call it, ``title`` what it is, and ``summary`` what it can do, in a line.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    kinds: ClassVar[frozenset[Kind]]
    """The kinds of claims that it decides."""
    options: ClassVar[frozenset[Option]]
    """What else can be asked of it."""
    several: ClassVar[bool] = False
    """Whether it decides several claims in one search. Else it is asked one by one, and a limit of time is for each."""
    range: ClassVar[Range] = Range.SCOPE
    """Over which ISNs, and how many, it ranges."""
    finds_runs: ClassVar[bool] = True
    """Whether it can decide a claim by a run."""
    concludes: ClassVar[bool] = True
    """Whether its answer can be complete."""
    exhausts: ClassVar[bool] = True
    """Whether a complete answer is that of a search that saw every state, so that a trigger that was not met never is."""
    shortest: ClassVar[bool] = True
    """Whether no run that decides a check is shorter than the one that it finds."""
    exact: ClassVar[str] = ""
    """Why it is given the network as it is; "" where that may be searched by keeping every segment
    (:mod:`model.notation.network`)."""
    unconstrained: ClassVar[str] = ""
    """Why it decides nothing of a system that a constraint cuts; "" where it goes by the constraint."""
    events: ClassVar[Events] = Events.SEARCHED_BEFORE
    """How declared events are held against what happens."""
    usual: ClassVar[Limits] = Limits()
    """The limits of a command that names none."""
    stand_in: ClassVar[str] = ""
    """The engine that answers in place of this one where this one would be wrong, if one does."""
    why_not: ClassVar[Reasons] = MappingProxyType({})
    """Why it does not do what it does not declare; "does not do that" where it has nothing to say."""

    def answering(self, problem: Problem) -> tuple[Engine, str]:
        """Return the engine that answers: this one, or one in its place; and in words how that one searches the network."""
        return self, problem.network.reason

    @abstractmethod
    def search(self, problem: Problem) -> Answer:
        """Decide the checks of a problem, as far as its limits allow. Ctrl-C ends it like a limit, with "interrupted"."""

    def counterexamples(self, problem: Problem, number: int) -> Several:
        """Return so many runs at most that decide the one check of a problem; for engines with :attr:`Option.TRACES`."""
        raise NotImplementedError

    def because(self, what: Kind | Option) -> str:
        """Return why it does not do what it does not declare."""
        return f"{self.name} {self.why_not.get(what, 'does not do that')}"
