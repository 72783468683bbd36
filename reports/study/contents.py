"""What the report of a study says: its sections, in a language. Every number in it is read off the study."""

from __future__ import annotations

from checker.decide import NETWORKS
from checker.studies.study import LIVENESS_SCOPE, Study
from checker.verdict import Outcome
from model.notation.pretty import value_text
from model.tcp import scope as scopes
from properties.claim import Kind
from reports import figure, text
from reports.language.catalogue import Language
from reports.liveness import cell
from reports.study.blocks import Arrow, Cell, Definitions, Points, Prose, Runs, SchedulePart, Section, Table
from reports.study.closing import closing
from reports.study.floods import floods
from reports.study.measures import assumptions_needed, by_depth, invariant, together, waste
from reports.study.rules import rules
from reports.study.verdicts import anchor, claims_of, each_claim, is_drawn, table, verdict_diagram


def sections(study: Study, language: Language) -> tuple[Section, ...]:
    """Return the sections of the report."""
    parts = (
        _question,
        _verdicts,
        _claims,
        *((_same_schedule,) if study.runs else ()),
        _counterexamples,
        _liveness,
        _assumptions,
        invariant,
        *((_rules,) if study.ruled else ()),
        waste,
        closing,
        floods,
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
        names = word("comma").join(f"[`{v.question.claim.name}`](#{anchor(v)})" for v in counts[Outcome.VIOLATED])
        summary = language.specification(spec).summary
        key = "question-violates" if counts[Outcome.VIOLATED] else "question-holds"
        values = {"holds": len(counts[Outcome.HOLDS]), "asserted": len(asserted), "violated": len(counts[Outcome.VIOLATED])}
        said.append(f"**{spec.name}** — {summary}{word('stop')}{word(key, names=names, **values)}")
        if counts[Outcome.UNKNOWN]:
            said[-1] += word("question-unknown", unknown=len(counts[Outcome.UNKNOWN]))
    return Section("question", word("question"), (Prose(word("question-text")), Points(tuple(said))))


def _names(study: Study) -> list[str]:
    return [spec.name for spec in study.specs]


def _number(number: int | None) -> str:
    return "-" if number is None else f"{number:,}"


def _verdicts(study: Study, language: Language) -> Section:
    word = language.word
    efforts = [verdicts[0].counts for verdicts in study.verdicts]
    counted = [
        (Cell(spec.name), *(Cell(_number(n)) for n in (e.states, e.transitions, e.depth)))
        for spec, e in zip(study.specs, efforts, strict=True)
    ]
    searched = Table(
        word("searched"), (word("handshake"), word("distinct-states"), word("generated"), word("depth")), tuple(counted)
    )
    return Section("verdicts", word("verdicts"), (table(_names(study), study.verdicts, language), searched))


def _claims(study: Study, language: Language) -> Section:
    parts = each_claim(study.verdicts, language)
    return Section("claims", language.word("claims"), (Prose(language.word("claims-text")),), parts)


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
        phases.append(SchedulePart(says.get(beside[0].says, beside[0].says), columns))
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


def _arrow(line: figure.FigureRow, violates: tuple[str, ...], left: str, language: Language) -> Arrow:
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
        shown = []
        for v in verdicts:
            if v.trace is None:
                continue
            claim = language.claim(v.question.claim)
            what = word("witness" if claim.kind is Kind.REACHABILITY else "counterexample", steps=len(v.trace))
            last = word("last-step", step=len(v.trace), shows=claim.when_stopped)
            shown.append(verdict_diagram(v, f"`{claim.name}`{word('colon')}{what}{word('stop')}{last}", language))
        parts.append(Section(f"traces-{spec.name}", spec.name, tuple(shown)))
    return Section("traces", word("traces"), (Prose(word("traces-text")),), tuple(parts))


def _liveness(study: Study, language: Language) -> Section:
    """Return what happens in the long run: verdicts under fairness, and the lassos of what is violated."""
    word, verdicts = language.word, study.liveness
    fair = {f.name: f.statement for claim in claims_of(verdicts) for f in claim.fairness}
    terms = Definitions(tuple((name, language.text("fairness", name, "statement", said)) for name, said in fair.items()))
    shown = [
        verdict_diagram(v, f"{v.question.handshake}{word('colon')}`{v.question.claim.name}` ({cell(v.trace)})", language)
        for of in verdicts
        for v in of
        if v.trace is not None and is_drawn(v)
    ]
    told = word("liveness-text", scope=LIVENESS_SCOPE)
    blocks = (Prose(told), table(_names(study), verdicts, language, "liveness-caption"), Prose(word("fairness-text")), terms)
    parts = (*each_claim(verdicts, language), Section("lassos", word("lassos"), tuple(shown)))
    return Section("liveness", word("liveness"), blocks, parts)


def _rules(study: Study, language: Language) -> Section:
    assert study.ruled is not None
    return rules(study.ruled, {verdict.question.claim.name for verdict in study.every}, language)


def _assumptions(study: Study, language: Language) -> Section:
    word, assumptions = language.word, study.setting.assumptions
    rows = tuple(
        (
            Cell(name),
            Cell(value_text(value)),
            Cell(language.text("assumptions", name, "meaning", assumptions.declared()[name].meaning)),
        )
        for name, value in assumptions.as_dict().items()
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
    scope, name = study.setting.scope, study.setting.scope.name.partition(",")[0]
    files = {f"`{path}` (SHA-256 `{digest}`)": None for spec in study.specs for path, digest in spec.sources.items()}
    again = text.command("report", *(spec.reference for spec in study.specs if study.chosen))
    again += text.asked_again(study.specs[0], study.setting) + " -o DIR"
    network = dict.fromkeys(v.counts.network for v in study.every)
    told = [language.text("networks", NETWORKS[how], "meaning", how) if how in NETWORKS else how for how in network]
    items = (
        (word("scope"), f"`{scope.name}`: {language.text('scopes', name, 'meaning', scopes.MEANINGS[name])}"),
        (word("attempts"), word("isns", isns=", ".join(map(str, scope.client_isns)))),
        (word("answers"), word("isns", isns=", ".join(map(str, scope.server_isns)))),
        (word("engine"), word("engine-bfs")),
        (word("network"), word("stop").join(told)),
        (word("versions"), ", ".join(f"{name} {number}" for name, number in study.versions.items())),
        *([(word("model-files"), word("comma").join(files))] if files else []),
        (word("again"), f"`{again}{'' if language.code == 'en' else ' --lang ' + language.code}`"),
    )
    return Section("means", word("means"), (Prose(word("means-text")), Definitions(items)))
