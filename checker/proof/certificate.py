"""Certificates: a proof as files that somebody else can check, and checking them.

A certificate is a directory::

    manifest.json             what is proved, of which model, under which assumptions, by what, and of which files it consists
    provenance.json           by which synproof, by which command and where it was made
    model.txt                 the model, as ``synproof show`` prints it
    32/invariant.txt          the invariant, a formula to a line
    32/initiation.smt2        the obligations at this width: each must be answered by unsat
    32/consecution-ACTION.smt2    (or consecution.1-ACTION.smt2 and so on)
    32/safety-ACTION.smt2
    32/events/...             the same for what the claim rests on: that declared events are what happens
    unbounded/...             the same over the integers

Nothing in it is believed. :func:`recheck` builds the system again from the model that the manifest names, reads the
invariants, makes every obligation anew, and compares; what it then asks the solvers is what stands in the files. (Those of
format 2 say the same in more words, and cannot be compared. They are asked, and what was made anew is asked as well.) What
kind of claim it is, what has to be shown of one, and at which widths, it does not take from the manifest either: it derives
the whole manifest, and compares. A certificate that says that it has only one of the widths is checked like any other, and what
it shows is less than that the claim holds. All files are the same each time, but for ``provenance.json``: that one is for
people, and is not read. TRUST.md says what all of this is worth.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from checker.files.mistakes import CertificateError, UncheckedError, UnreadableError
from checker.host import writing
from checker.host.forks import shared
from checker.proof.reading import read_formula, written
from checker.proof.solvers import SAT, SOLVERS, UNSAT, VERSIONS
from checker.proof.subject import Attempt, NotSafetyError, Shown, Subject
from checker.proof.terms import WIDTHS
from checker.verdict import Outcome
from model.notation.expr import Expr
from model.notation.sorts import NotationError

FORMAT, OLDEST = 3, 2
"""The format that is written, and the oldest that is read, of which obligations say ``x == x`` here and there."""
MANIFEST, MODEL, INVARIANT, PROVENANCE = "manifest.json", "model.txt", "invariant.txt", "provenance.json"
SECONDS = 60.0
"""How long a solver may take for one obligation."""
SHOWN_BY = "an inductive invariant: true at the start, kept by each action, and where it is true no action violates the claim"
"""What shows a claim of safety."""
LONGEST, LONGEST_LINE = 10_000_000, 50_000
"""How many bytes a file of a certificate has at most, and how many signs a formula: far more than any ever had."""


@dataclass(frozen=True, slots=True)
class Rechecked:
    """A certificate that was checked: what it proves, and how many obligations each solver showed.

    ``manifest`` was made anew from the model, as all of it was. Files are ``as_made``, to the byte, but where obligations are
    of an older format.
    """

    manifest: Mapping[str, Any]
    obligations: int
    widths: tuple[str, ...]
    solvers: tuple[str, ...]
    as_made: bool

    @property
    def outcome(self) -> Outcome:
        """What the certificate shows of the claim: that it holds, where it was shown at every width."""
        return Outcome(self.manifest["verdict"])


def files(attempt: Attempt, model: str) -> dict[str, str]:
    """Return the files of a certificate by their path; ``model`` is the text of the model."""
    contents = {MODEL: model}
    for width, shown in attempt.shown.items():
        contents |= _at_width(attempt.subject, width, shown)
    manifest = _described(attempt.subject, attempt.shown, contents)
    return {MANIFEST: json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", **contents}


def _described(subject: Subject, shown: Mapping[str, Shown], contents: Mapping[str, str]) -> dict[str, Any]:
    """Return the manifest of what is shown of a claim at some widths."""
    verdict = Outcome.HOLDS if shown.keys() == WIDTHS.keys() else Outcome.UNKNOWN
    return {
        "format": FORMAT,
        "model": subject.spec.reference,
        "claim": subject.claim.name,
        "kind": subject.claim.kind.value,
        "statement": subject.claim.statement,
        "formula": subject.claim.formula,
        "verdict": verdict.value,
        "shown_by": SHOWN_BY,
        "rests_on": [part.claim.brief for part in (subject.ground,) if part is not None],
        "helpers": [helper.name for helper in subject.helpers],
        "assumptions": dict(subject.spec.assumed(subject.setting.assumptions)),
        "needed_widths": list(WIDTHS),
        "widths": {width: WIDTHS[width].title for width in WIDTHS if width in shown},
        "solvers": VERSIONS,
        "sha256": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in sorted(contents.items())},
    }


def made_anew(subject: Subject, width: str, invariants: Mapping[str, Sequence[Expr]]) -> Shown:
    """Return what has to be shown at a width, given the invariant of each part of the subject; nothing is asked yet."""
    obligations = [
        (f"{key}/" if key else "", obligation)
        for key, part in subject.parts.items()
        for obligation in part.proof(invariants[key], WIDTHS[width]).obligations()
    ]
    scripts = dict(shared(lambda some: [(f"{where}{o.name}", o.smt2()) for where, o in some], obligations))
    return Shown({key: tuple(conjuncts) for key, conjuncts in invariants.items()}, scripts)


def _at_width(subject: Subject, width: str, shown: Shown) -> dict[str, str]:
    """Return the files of what is shown at a width by their path."""
    invariants = {
        _invariant(width, key): "".join(f"{written(conjunct, part.watched.system)}\n" for conjunct in shown.invariants[key])
        for key, part in subject.parts.items()
    }
    return invariants | {f"{width}/{name}.smt2": text for name, text in shown.scripts.items()}


def _invariant(width: str, part: str) -> str:
    return "/".join(filter(None, (width, part, INVARIANT)))


def write(contents: Mapping[str, str], directory: Path, replacing: Sequence[Path] = ()) -> None:
    """Write a certificate into a directory, all of it or nothing; others are removed when there is something in their place.

    Raises :class:`~checker.host.writing.CannotWriteError`.
    """

    def make_room() -> None:
        for old in replacing:
            remove(old)

    writing.write({directory / name: text for name, text in contents.items()}, make_room)


def remove(directory: Path) -> None:
    """Remove the files of a certificate, as far as its manifest names them, so that another one can take its place.

    Directories of its own that are then empty go too.
    """
    try:
        named = list(_read_manifest(directory).get("sha256", {}))
    except (CertificateError, TypeError):
        named = []
    for name in (MANIFEST, PROVENANCE, *named):
        path = directory / str(name)
        if path.resolve().is_relative_to(directory.resolve()) and not path.is_dir():
            path.unlink(missing_ok=True)
            while (path := path.parent) != directory and path.is_dir() and not any(path.iterdir()):
                path.rmdir()


def speaking_of(subject: Subject, lines: Sequence[str]) -> Subject:
    """Return the subject with those claims as helpers of which an invariant mentions observers."""
    every = replace(subject, helpers=tuple(claim for claim in subject.spec.asserted if claim is not subject.claim))
    try:
        return every.trimmed(list(read_invariant(lines, every, INVARIANT)))
    except CertificateError:  # what is wrong is said where they are read
        return every


def manifests(directory: Path) -> list[Path]:
    """Return the directories of the certificates in a directory: itself, or those in it."""
    if (directory / MANIFEST).is_file():
        return [directory]
    return sorted(path.parent for path in directory.glob(f"*/{MANIFEST}"))


def recheck(
    directory: Path, subject_of: Callable[[Mapping[str, Any]], Subject], model_of: Callable[[Subject], str]
) -> Rechecked:
    """Check a certificate; raise :class:`CertificateError` where it does not prove what it says.

    ``subject_of`` finds what a manifest names, ``model_of`` writes the text of its model. Raises
    :class:`~checker.files.mistakes.UncheckedError` where a solver gives no answer.
    """
    manifest = _manifest(directory)
    try:
        subject = subject_of(manifest)
    except NotSafetyError as error:
        raise CertificateError(f"it proves nothing: {error}: ask 'check', which decides it") from error
    contents = {MODEL: model_of(subject)}
    _same(directory, MODEL, contents[MODEL], "it belongs to another model, or to another version of it")
    shown: dict[str, Shown] = {}
    obligations: list[tuple[str, str]] = []
    for width in manifest["widths"]:
        read = {key: _conjuncts(directory, _invariant(width, key), part) for key, part in subject.parts.items()}
        shown[width] = made_anew(subject, width, read)
        made = _at_width(subject, width, shown[width])
        for name, text in made.items():
            if manifest["format"] == FORMAT or not name.endswith(_OBLIGATION):
                _same(directory, name, text, "it is not what the model and the invariant give")
            contents[name] = _text(directory, name)
        obligations += [(name, text) for name, text in made.items() if name.endswith(_OBLIGATION)]
    there = {path.relative_to(directory).as_posix() for path in directory.rglob("*")}
    own = {above.as_posix() for name in contents for above in (PurePosixPath(name), *PurePosixPath(name).parents)}
    if foreign := there - own - {MANIFEST, PROVENANCE}:
        raise CertificateError(f"{min(foreign)} is none of its files: take it away")
    described = _described(subject, shown, contents)
    for name in sorted(described.keys() | manifest.keys()):
        if name not in described:
            raise CertificateError(f"{MANIFEST} was changed: {name!r} is no part of it")
        if name not in ("format", "model", "solvers") and manifest.get(name) != described[name]:  # these may differ elsewhere
            raise CertificateError(f"{MANIFEST} was changed: its {name} is not that of the proof")
    as_made = manifest["format"] == FORMAT
    _show([*obligations, *([] if as_made else [(name, contents[name]) for name, _ in obligations])])
    return Rechecked(described, len(obligations), tuple(shown), tuple(SOLVERS), as_made)


_OBLIGATION = ".smt2"
_FIELDS: Mapping[str, type] = {
    **dict.fromkeys(("model", "claim", "kind", "statement", "formula", "verdict", "shown_by"), str),
    **dict.fromkeys(("rests_on", "helpers", "needed_widths"), list),
    **dict.fromkeys(("assumptions", "widths", "solvers", "sha256"), dict),
}
"""What a manifest has besides its format."""


def _manifest(directory: Path) -> dict[str, Any]:
    """Return what a manifest says, in the form that it must have; nothing of it is believed."""
    manifest = _read_manifest(directory)
    again = "make it anew with 'synproof prove MODEL CLAIM -o DIRECTORY'"
    if isinstance(manifest.get("format"), int) and manifest["format"] < OLDEST:
        old = f"it is of format {manifest['format']}, which does not say what has to be shown"
        raise CertificateError(f"{old}: {again}")
    if manifest.get("format") not in range(OLDEST, FORMAT + 1):
        raise CertificateError(f"{MANIFEST} is not of format {FORMAT}: {again}, or use the synproof that made it")
    for name, kind in _FIELDS.items():
        if not isinstance(manifest.get(name), kind):
            raise CertificateError(f"{MANIFEST} was changed: its {name} is missing, or not of its form")
    helpers = [manifest["claim"], *manifest["helpers"]]
    if not all(isinstance(helper, str) for helper in helpers) or len(set(helpers)) < len(helpers):
        raise CertificateError(f"{MANIFEST} was changed: its helpers are not names of other claims, each once")
    if not manifest["model"].isprintable():
        raise CertificateError(f"{MANIFEST} was changed: its model is no name, and no file's")
    if not manifest["widths"] or not manifest["widths"].keys() <= WIDTHS.keys():
        raise CertificateError(f"{MANIFEST} was changed: its widths are none of {', '.join(WIDTHS)}")
    return manifest


def _read_manifest(directory: Path) -> dict[str, Any]:
    def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            raise ValueError("a name is there twice")
        return dict(pairs)

    try:
        manifest = json.loads(_text(directory, MANIFEST), object_pairs_hook=each_once)
    except (ValueError, RecursionError) as error:
        why = "it is nested too deep" if isinstance(error, RecursionError) else error
        raise CertificateError(f"{MANIFEST} cannot be read: {why}") from error
    if not isinstance(manifest, dict):
        raise CertificateError(f"{MANIFEST} cannot be read: it is no object")
    return manifest


def _conjuncts(directory: Path, name: str, subject: Subject) -> list[Expr]:
    return list(read_invariant(_text(directory, name).splitlines(), subject, name))


def read_invariant(lines: Sequence[str], subject: Subject, name: str) -> Iterator[Expr]:
    """Yield the formulas of an invariant, one to a line; empty lines and those that begin with # say nothing."""
    system = subject.watched.system
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith("#"):
            if len(line) > LONGEST_LINE:
                raise CertificateError(
                    f"{name}, line {number}: it has more than {LONGEST_LINE:,} signs: write several formulas"
                )
            try:
                yield read_formula(line, system)
            except NotationError as error:
                raise CertificateError(f"{name}, line {number}: {error}") from error


def _text(directory: Path, name: str) -> str:
    """Return what stands in a file of a certificate."""
    path = directory / name
    try:
        if not path.is_file() or path.is_symlink():
            raise CertificateError(f"{name} is missing, or is no file")
        if path.stat().st_size > LONGEST:
            raise CertificateError(f"{name} has more than {LONGEST:,} bytes, which no certificate needs")
        return path.read_bytes().decode()
    except OSError as error:
        raise UnreadableError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CertificateError(f"{name} cannot be read: it is not UTF-8") from error


def _same(directory: Path, name: str, text: str, why: str) -> None:
    if _text(directory, name) != text:
        raise CertificateError(f"{name} was changed: {why}")


def _show(scripts: Sequence[tuple[str, str]]) -> None:
    """Have both solvers show each obligation; raise where one is refuted, or has no answer."""
    answers = shared(_asked, scripts)
    refuted = next((answer for answer in answers if answer[2] == SAT), None)
    if refuted is not None:
        raise CertificateError(f"{refuted[0]} is not shown: {refuted[1]} answers {refuted[2]}")
    for name, solver, answer in answers:
        if answer != UNSAT:
            raise UncheckedError(f"{name} was not shown within {SECONDS:g} s: {solver} answers {answer}")


def _asked(scripts: Sequence[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """Return what each solver answers to each obligation: its name, the solver, and the answer; up to one that is refuted."""
    answers: list[tuple[str, str, str]] = []
    for name, text in scripts:
        for solver, ask in SOLVERS.items():
            answers.append((name, solver, ask(text, SECONDS)))
            if answers[-1][2] == SAT:
                return answers
    return answers
