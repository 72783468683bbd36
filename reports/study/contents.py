"""What the report of a study says: its sections, in a language. Every number in it is read off the study."""

from __future__ import annotations

from checker.decide import KEPT_EVERYTHING
from checker.study import Study
from checker.verdict import Outcome, Verdict
from model import assumptions
from model import scope as scopes
from model.pretty import value_text
from properties.claim import Claim, Kind
from reports import figure
from reports.language.catalogue import Language
from reports.study.blocks import Arrow, Block, Cell, Definitions, Listing, Phase, Points, Prose, Runs, Section, Table
from reports.study.measures import assumptions_needed, by_depth, invariant, together, waste
from reports.traces.terminal import sequence_diagram


def sections(study: Study, language: Language) -> tuple[Section, ...]:
    """Return the sections of the report."""
    parts = (
        _question,
        _verdicts,
        _claims,
        _same_schedule,
        _counterexamples,
        _assumptions,
        invariant,
        waste,
        _states,
        _means,
    )
    return tuple(part(study, language) for part in parts)


def _question(study: Study, language: Language) -> Section:
    word = language.word
    said = []
    for spec, verdicts in zip(study.specs, study.verdicts, strict=True):
        asserted = [v for v in verdicts if v.question.claim.asserted]
        counts = {outcome: [v for v in asserted if v.outcome is outcome] for outcome in Outcome}
        names = word("comma").join(f"[`{v.question.claim.name}`](#{_trace(v)})" for v in counts[Outcome.VIOLATED])
        summary = language.specification(spec).summary
        key = "question-violates" if counts[Outcome.VIOLATED] else "question-holds"
        values = {"holds": len(counts[Outcome.HOLDS]), "asserted": len(asserted), "violated": len(counts[Outcome.VIOLATED])}
        said.append(f"**{spec.name}** — {summary}{word('stop')}{word(key, names=names, **values)}")
        if counts[Outcome.UNKNOWN]:
            said[-1] += word("question-unknown", unknown=len(counts[Outcome.UNKNOWN]))
    return Section("question", word("question"), (Prose(word("question-text")), Points(tuple(said))))


def _verdicts(study: Study, language: Language) -> Section:
    word = language.word
    every = {v.question.claim.name: v.question.claim for v in study.every}
    of = [{v.question.claim.name: v for v in verdicts} for verdicts in study.verdicts]
    rows = []
    for claim in sorted(every.values(), key=lambda claim: not claim.asserted):
        cells = (_cell(verdicts.get(claim.name), language) for verdicts in of)
        rows.append((_name(claim), Cell(language.claim(claim).brief), *cells))
    notes = [word("note-steps")]
    notes += [word("note-not-asserted")] if any(not c.asserted for c in every.values()) else []
    notes += [word("note-vacuous")] if any(v.vacuous for v in study.every) else []
    notes += [word("note-surprising")] if any(v.surprising for v in study.every) else []
    head = (word("claim"), word("in-brief"), *(spec.name for spec in study.specs))
    efforts = [verdicts[0].effort for verdicts in study.verdicts]
    counted = [
        (Cell(spec.name), *(Cell(_number(n)) for n in (e.states, e.transitions, e.depth)))
        for spec, e in zip(study.specs, efforts, strict=True)
    ]
    searched = Table(
        word("searched"), (word("handshake"), word("distinct-states"), word("generated"), word("depth")), tuple(counted)
    )
    return Section("verdicts", word("verdicts"), (Table(word("verdicts-caption"), head, tuple(rows), tuple(notes)), searched))


def _name(claim: Claim) -> Cell:
    return Cell(f"{claim.name}{'' if claim.asserted else ' *'}", link=f"claim-{claim.name}")


def _number(number: int | None) -> str:
    return "-" if number is None else f"{number:,}"


def _cell(verdict: Verdict | None, language: Language) -> Cell:
    if verdict is None:
        return Cell("-")
    marks = ("!" if verdict.surprising else "") + ("?" if verdict.vacuous else "")
    steps = "" if verdict.trace is None else f" ({len(verdict.trace)})"
    link = "" if verdict.trace is None else _trace(verdict)
    said = language.word(verdict.outcome.value)
    return Cell(f"{said}{steps}{' ' if marks else ''}{marks}", mark=verdict.outcome.value, link=link)


def _trace(verdict: Verdict) -> str:
    return f"trace-{verdict.question.handshake}-{verdict.question.claim.name}"


def _claims(study: Study, language: Language) -> Section:
    word = language.word
    every = {v.question.claim.name: v.question.claim for v in study.every}
    parts = []
    for claim in every.values():
        told = language.claim(claim)
        verdicts = [v for v in study.every if v.question.claim.name == claim.name]
        said = word("separator").join(
            v.question.handshake
            + word("colon")
            + (f"[{_cell(v, language).text}](#{_trace(v)})" if v.trace is not None else _cell(v, language).text)
            for v in verdicts
        )
        kind = word("kind-" + claim.kind.value) + ("" if claim.asserted else word("separator") + word("not-asserted"))
        items = (
            (word("formula"), f"`{told.formula}`"),
            (word("why"), told.why),
            (word("trigger"), told.trigger),
            (word("kind"), kind),
            (word("verdict"), said),
        )
        title = f"`{claim.name}` — {told.brief}"
        parts.append(Section(f"claim-{claim.name}", title, (Prose(told.statement), Definitions(items))))
    return Section("claims", word("claims"), (Prose(word("claims-text")),), tuple(parts))


def _same_schedule(study: Study, language: Language) -> Section:
    word = language.word
    told = language.scenario(study.scenario)
    says = {str(a.what): str(b.what) for a, b in zip(study.scenario.entries, told.entries, strict=True) if a.kind == "says"}
    lines = [figure.figure_lines(run.trace, (phase.begin for phase in run.phases)) for run in study.runs]
    phases = []
    for beside in zip(*(run.phases for run in study.runs), strict=True):
        columns = tuple(
            tuple(_arrow(line, tuple(figure.violations(run, every, line)), run.trace.roles[0], language) for line in shown)
            for run, every, phase in zip(study.runs, lines, beside, strict=True)
            for shown in [list(figure.in_phase(every, phase))]
        )
        phases.append(Phase(says.get(beside[0].says, beside[0].says), columns))
    names = tuple(run.spec.name for run in study.runs)
    left, right = study.runs[0].trace.roles
    runs = Runs(told.summary, names, (word("role-" + left), word("role-" + right)), tuple(phases))
    ends = [
        word("run-violates", name=run.spec.name, claims=word("comma").join(f"`{claim}`" for claim in run.violated))
        if run.violated
        else word("run-holds", name=run.spec.name)
        for run in study.runs
    ]
    return Section("schedule", word("schedule"), (Prose(word("schedule-text")), runs, Points(tuple(ends))))


def _arrow(line: figure.Line, violates: tuple[str, ...], left: str, language: Language) -> Arrow:
    notes = [language.word("line-" + note.replace(" ", "-")) for note in line.note.split(", ") if line.segment and note]
    if line.segment is None:
        return Arrow(line.left, line.right, f"`{line.note}`", "", "", violates)
    rightwards = line.segment.source == left
    whole, half_away, half_in = ("→", "→ …", "… →") if rightwards else ("←", "… ←", "← …")
    arrow = whole if line.leaves and line.arrives else half_away if line.leaves else half_in
    return Arrow(line.left, line.right, f"`{line.segment}`", arrow, language.word("separator").join(notes), violates)


def _counterexamples(study: Study, language: Language) -> Section:
    word = language.word
    parts = []
    for spec, verdicts in zip(study.specs, study.verdicts, strict=True):
        shown: list[Block] = []
        for v in verdicts:
            if v.trace is None:
                continue
            claim = language.claim(v.question.claim)
            what = word("witness" if claim.kind is Kind.REACHABILITY else "counterexample", steps=len(v.trace))
            last = word("last-step", step=len(v.trace), shows=claim.when_stopped)
            title = f"`{claim.name}`{word('colon')}{what}{word('stop')}{last}"
            shown.append(Listing(title, sequence_diagram(v.trace), anchor=_trace(v), folded=True))
        parts.append(Section(f"traces-{spec.name}", spec.name, tuple(shown)))
    return Section("traces", word("traces"), (Prose(word("traces-text")),), tuple(parts))


def _assumptions(study: Study, language: Language) -> Section:
    word = language.word
    rows = tuple(
        (
            Cell(name),
            Cell(value_text(value)),
            Cell(language.text("assumptions", name, "meaning", assumptions.MEANINGS[name])),
        )
        for name, value in study.setting.assumptions.as_dict().items()
    )
    table = Table(word("assumptions-caption"), (word("assumption"), word("value"), word("meaning")), rows)
    return Section(
        "assumptions",
        word("assumptions"),
        (Prose(word("assumptions-text")), table),
        (assumptions_needed(study, language),),
    )


def _states(study: Study, language: Language) -> Section:
    word = language.word
    return Section("states", word("states"), (), (by_depth(study, language), together(study, language)))


def _means(study: Study, language: Language) -> Section:
    word = language.word
    scope = study.setting.scope
    network = dict.fromkeys(v.effort.network for v in study.every)
    told = [
        language.text("networks", "kept-everything", "meaning", KEPT_EVERYTHING) if n == KEPT_EVERYTHING else n for n in network
    ]
    items = (
        (word("scope"), f"`{scope.name}`: {language.text('scopes', scope.name, 'meaning', scopes.MEANINGS[scope.name])}"),
        (word("attempts"), word("isns", isns=", ".join(map(str, scope.client_isns)))),
        (word("answers"), word("isns", isns=", ".join(map(str, scope.server_isns)))),
        (word("engine"), word("engine-bfs")),
        (word("network"), word("stop").join(told)),
        (word("versions"), ", ".join(f"{name} {number}" for name, number in study.versions.items())),
        (word("again"), f"`synproof report -o DIR{'' if language.code == 'en' else ' --lang ' + language.code}`"),
    )
    return Section("means", word("means"), (Prose(word("means-text")), Definitions(items)))
