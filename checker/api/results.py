"""What the functions of :mod:`checker.api` return.

Each says in a line what it is (``repr``), all there is to read of it when it is printed, and shows itself in a notebook. Its
``records()`` are what ``--json`` prints, each with its provenance; ``rows()`` are dictionaries without anything nested.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, overload

from checker.cli import prove as proving
from checker.cli import rendering
from checker.proof.subject import Attempt
from checker.records import PROVENANCE, flat
from checker.runs.display import Displayed
from checker.runs.trace import Trace
from checker.scenarios.player import Played
from checker.scenarios.scenario import Scenario
from checker.simulation.relating import Related
from checker.verdict import Outcome, Verdict
from reports import figure, tables, text
from reports import proof as proof_text
from reports.liveness import cell
from reports.traces import terminal
from reports.traces.account import Account
from reports.traces.formats import FORMATS
from reports.traces.notebook import fenced
from reports.traces.records import record
from reports.traces.svg import drawing

Record = dict[str, Any]


class NoRunError(LookupError):
    """There is no run to show; the message says what was found instead."""


class _Result(Displayed):
    """A result: text, and what a notebook shows beside it."""

    __slots__ = ()

    @property
    def _text(self) -> str:
        raise NotImplementedError

    @property
    def _html(self) -> str:
        return f"<pre>{escape(self._text)}</pre>"

    def records(self) -> list[Record]:
        """Return the records that ``--json`` prints."""
        raise NotImplementedError

    def rows(self) -> list[Record]:
        """Return a dictionary for each record, with nothing nested: what ``pandas.DataFrame`` takes."""
        return [flat(each) for each in self.records()]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ANN401, ARG002
        return {"text/plain": self._text, "text/html": self._html, "text/markdown": fenced(self._text)}


@dataclass(frozen=True, slots=True, repr=False)
class Verdicts(_Result, Sequence[Verdict | Related]):
    """Verdicts about one model, in order; ``found["agreement"]`` is that of a claim."""

    verdicts: tuple[Verdict | Related, ...]
    provenance: Mapping[str, Any]

    @overload
    def __getitem__(self, which: int | str) -> Verdict | Related: ...
    @overload
    def __getitem__(self, which: slice) -> tuple[Verdict | Related, ...]: ...
    def __getitem__(self, which: int | str | slice) -> Verdict | Related | tuple[Verdict | Related, ...]:
        by_claim = {_claim(verdict): verdict for verdict in self.verdicts}
        return by_claim[which] if isinstance(which, str) else self.verdicts[which]

    def __len__(self) -> int:
        return len(self.verdicts)

    @property
    def model(self) -> str:
        """The name of the model."""
        first = self.verdicts[0]
        return first.question.handshake if isinstance(first, Verdict) else first.handshake

    @property
    def in_brief(self) -> str:
        """How many verdicts there are of each kind; and what is violated, in how many steps."""
        numbers = {outcome: [v for v in self.verdicts if v.outcome is outcome] for outcome in Outcome}
        violated = ", ".join(f"{_claim(v)}{_steps(v)}" for v in numbers[Outcome.VIOLATED])
        said = {Outcome.HOLDS: "hold", Outcome.VIOLATED: f"violated: {violated}", Outcome.UNKNOWN: "unknown"}
        return f"{self.model}: " + "; ".join(f"{len(of)} {said[outcome]}" for outcome, of in numbers.items() if of)

    @property
    def _text(self) -> str:
        decided = [v for v in self.verdicts if isinstance(v, Verdict)]
        related = [v for v in self.verdicts if isinstance(v, Related)]
        return "\n\n".join([*([text.verdicts(decided)] if decided else []), *map(text.related, related)])

    @property
    def _html(self) -> str:
        head = ("claim", "verdict", "why")
        return _table(self.model, head, [(_claim(v), f"{v.outcome.value}{_steps(v)}", v.reason) for v in self.verdicts])

    def records(self) -> list[Record]:
        """Return the records that ``--json`` prints."""
        return [{**verdict.as_record(), PROVENANCE: dict(self.provenance)} for verdict in self.verdicts]


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(_Result, Sequence[Verdicts]):
    """Verdicts about several models, in order; ``found["two-way"]`` are those about one."""

    models: tuple[Verdicts, ...]
    provenance: Mapping[str, Any]

    @overload
    def __getitem__(self, which: int | str) -> Verdicts: ...
    @overload
    def __getitem__(self, which: slice) -> tuple[Verdicts, ...]: ...
    def __getitem__(self, which: int | str | slice) -> Verdicts | tuple[Verdicts, ...]:
        return {of.model: of for of in self.models}[which] if isinstance(which, str) else self.models[which]

    def __len__(self) -> int:
        return len(self.models)

    @property
    def in_brief(self) -> str:
        """What was found of each model."""
        return "\n ".join(of.in_brief for of in self.models)

    @property
    def _each(self) -> list[list[Verdict]]:
        return [[v for v in of if isinstance(v, Verdict)] for of in self.models]

    @property
    def _text(self) -> str:
        return text.comparison(self._each)

    @property
    def _html(self) -> str:
        found = {of.model: {_claim(v): f"{v.outcome.value}{_steps(v)}" for v in of} for of in self.models}
        claims = dict.fromkeys(claim for of in found.values() for claim in of)
        return _table("", ("claim", *found), [(claim, *(of.get(claim, "-") for of in found.values())) for claim in claims])

    def records(self) -> list[Record]:
        """Return the records that ``--json`` prints."""
        return [each for of in self.models for each in of.records()]

    def csv(self) -> str:
        """Return the rows as CSV."""
        return tables.csv(self.records())

    def latex(self) -> str:
        """Return the table for LaTeX, which wants the package ``booktabs``."""
        return tables.latex(self._each, self.provenance)


@dataclass(frozen=True, slots=True, repr=False)
class Proof(_Result):
    """What came of a proof: ``outcome``, and by width the ``invariants``; or the ``violation`` that was found."""

    attempt: Attempt
    provenance: Mapping[str, Any]

    @property
    def outcome(self) -> Outcome:
        """Holds, violated, or unknown."""
        return self.attempt.outcome

    @property
    def violation(self) -> Verdict | None:
        """The verdict that refutes the claim, where one does."""
        return self.attempt.violated

    @property
    def invariants(self) -> Mapping[str, tuple[str, ...]]:
        """The formulas of the invariant by width, ``"32"`` or ``"unbounded"``, where it is proved."""
        return {width: tuple(map(str, formulas)) for width, formulas in self.attempt.invariants.items()}

    @property
    def in_brief(self) -> str:
        """What came of it, and by what."""
        if self.violation is not None:
            return self.violation.in_brief
        subject, sizes = self.attempt.subject, sorted({len(of) for of in self.invariants.values()})
        proved = f" by an invariant of {' or '.join(map(str, sizes))} conjuncts" if self.outcome is Outcome.HOLDS else ""
        return f"{subject.spec.name}: {subject.claim.name} {self.outcome.value}{proved}"

    @property
    def _text(self) -> str:
        return proof_text.attempt(self.attempt, None, None)

    def records(self) -> list[Record]:
        """Return the one record that ``prove --json`` prints."""
        return [{**proof_text.record(self.attempt, None), PROVENANCE: dict(self.provenance)}]

    def save(self, directory: str | Path) -> Path:
        """Write the certificate of what is proved, which ``synproof recheck`` and any SMT solver can check; return where."""
        where = Path(directory)
        if not self.attempt.shown:
            raise ValueError(f"nothing is proved of {self.attempt.subject.claim.name}, so that there is no certificate")
        proving.save(self.attempt, where, dict(self.provenance), proving.prepared(where))
        return where


@dataclass(frozen=True, slots=True, repr=False)
class Run(_Result):
    """A run: its ``trace``, and what is said of it. What somebody wrote has ``violated``: the steps that violate a claim."""

    account: Account
    violated: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def trace(self) -> Trace:
        """The steps, with the states between them."""
        return self.account.trace

    def __len__(self) -> int:
        return len(self.trace)

    @property
    def in_brief(self) -> str:
        """What it shows, and how long it is."""
        return f"{self.account.title}: {self.account.language.counted('run-steps', len(self))}"

    @property
    def _text(self) -> str:
        return terminal.rendered(self.account)

    @property
    def _html(self) -> str:
        return drawing(self.account, style=True)

    def records(self) -> list[Record]:
        """Return the one record that ``--format json`` writes: all there is to know of the run."""
        return [record(self.account)]

    def rows(self) -> list[Record]:
        """Return a dictionary for each step: what is done by whom, what arrives and what is sent, and the states after it."""
        return [
            {
                "step": number,
                "action": step.action,
                "by": step.by,
                "received": "" if step.received is None else str(step.received),
                "sent": " ".join(map(str, step.sent)),
                **step.states,
            }
            for number, step in enumerate(self.trace.steps, 1)
        ]

    def written(self, format: str) -> str | bytes:  # noqa: A002  # the word of the command line
        """Return the run in a format of the command line: text, svg, mermaid, html, itf, pcapng or json."""
        return FORMATS[format].write(self.account)

    def save(self, file: str | Path) -> Path:
        """Write the run to a file, whose end says the format; return where."""
        rendering.write(Path(file), rendering.of_name(str(file)), self.account)
        return Path(file)


@dataclass(frozen=True, slots=True, repr=False)
class Runs(_Result, Sequence[Run]):
    """A scenario as it went on several models, in order; ``runs["two-way"]`` is that of one."""

    scenario: Scenario
    played: tuple[Played, ...]
    runs: tuple[Run, ...]

    @overload
    def __getitem__(self, which: int | str) -> Run: ...
    @overload
    def __getitem__(self, which: slice) -> tuple[Run, ...]: ...
    def __getitem__(self, which: int | str | slice) -> Run | tuple[Run, ...]:
        by_name = {of.spec.name: run for of, run in zip(self.played, self.runs, strict=True)}
        return by_name[which] if isinstance(which, str) else self.runs[which]

    def __len__(self) -> int:
        return len(self.runs)

    def __iter__(self) -> Iterator[Run]:
        return iter(self.runs)

    @property
    def in_brief(self) -> str:
        """What was played, on what."""
        return f"{self.scenario.name} on {', '.join(of.spec.name for of in self.played)}"

    @property
    def _text(self) -> str:
        return figure.played(self.scenario, self.played)

    def records(self) -> list[Record]:
        """Return the record of each run."""
        return [each for run in self.runs for each in run.records()]

    def rows(self) -> list[Record]:
        """Return a dictionary for each step of each run, with the model that it is of."""
        return [{"model": of.spec.name, **row} for of, run in zip(self.played, self.runs, strict=True) for row in run.rows()]


def _claim(verdict: Verdict | Related) -> str:
    return verdict.question.claim.name if isinstance(verdict, Verdict) else verdict.relation.name


def _steps(verdict: Verdict | Related) -> str:
    run = verdict.trace if isinstance(verdict, Verdict) else verdict.run
    return "" if run is None else f" ({cell(run)})"


def _table(caption: str, head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """Return a table in HTML."""

    def row(kind: str, cells: Sequence[str]) -> str:
        return "<tr>" + "".join(f'<{kind} style="text-align: left">{escape(text)}</{kind}>' for text in cells) + "</tr>"

    return "\n".join(
        [
            "<table>",
            *([f"<caption>{escape(caption)}</caption>"] if caption else []),
            row("th", head),
            *(row("td", cells) for cells in body),
            "</table>",
        ]
    )
