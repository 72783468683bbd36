"""Certificates: a proof as files that somebody else can check, and checking them.

A certificate is a directory::

    manifest.json             what is proved, of which model, under which assumptions, and of which files it consists
    model.txt                 the model, as ``synproof show`` prints it
    32/invariant.txt          the invariant, a formula to a line
    32/initiation.smt2        the obligations at this width: each must be answered by unsat
    32/consecution-ACTION.smt2
    32/safety-ACTION.smt2
    unbounded/...             the same over the integers

Nothing in it is believed. :func:`recheck` builds the system again from the model that the manifest names, reads the
invariant, makes every obligation anew, and compares; what it then asks the solvers is what stands in the files. Whoever
trusts neither synproof nor the model can read ``model.txt`` and give the ``.smt2`` files to any solver.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from checker.forks import shared
from checker.mistakes import CertificateError
from checker.proof.prove import Attempt, Subject
from checker.proof.reading import read_formula
from checker.proof.solvers import SOLVERS, UNSAT, VERSIONS
from checker.proof.terms import WIDTHS
from model.expr import Expr
from model.sorts import NotationError

FORMAT = 1
MANIFEST, MODEL, INVARIANT = "manifest.json", "model.txt", "invariant.txt"
SECONDS = 60.0
"""How long a solver may take for one obligation."""


@dataclass(frozen=True, slots=True)
class Rechecked:
    """A certificate that was checked: what it proves, and how many obligations each solver showed.

    ``manifest`` was made anew from the model, as all of it was.
    """

    manifest: Mapping[str, Any]
    obligations: int
    widths: tuple[str, ...]
    solvers: tuple[str, ...]


def files(attempt: Attempt, model: str) -> dict[str, str]:
    """Return the files of a certificate by their path; ``model`` is the text of the model."""
    contents = {MODEL: model}
    for width, conjuncts in attempt.invariants.items():
        contents.update(_named(width, conjuncts, attempt.scripts[width]))
    manifest = _described(attempt.subject, attempt.invariants, contents)
    return {MANIFEST: json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", **contents}


def _described(subject: Subject, widths: Iterable[str], contents: Mapping[str, str]) -> dict[str, Any]:
    """Return the manifest of a proof at some widths."""
    return {
        "format": FORMAT,
        "model": subject.spec.reference,
        "claim": subject.claim.name,
        "statement": subject.claim.statement,
        "formula": subject.claim.formula,
        "helpers": [helper.name for helper in subject.helpers],
        "assumptions": subject.setting.assumptions.as_dict(),
        "widths": {width: WIDTHS[width].title for width in widths},
        "solvers": VERSIONS,
        "sha256": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in contents.items()},
    }


def _at_width(subject: Subject, width: str, conjuncts: Sequence[Expr]) -> dict[str, str]:
    obligations = list(subject.proof(conjuncts, WIDTHS[width]).obligations())
    return _named(width, conjuncts, dict(shared(lambda part: [(o.name, o.smt2()) for o in part], obligations)))


def _named(width: str, conjuncts: Sequence[Expr], scripts: Mapping[str, str]) -> dict[str, str]:
    invariant = {f"{width}/{INVARIANT}": "".join(f"{conjunct}\n" for conjunct in conjuncts)}
    return invariant | {f"{width}/{name}.smt2": text for name, text in scripts.items()}


def write(contents: Mapping[str, str], directory: Path) -> None:
    """Write a certificate into a directory, which must not have files of another one."""
    for name, text in contents.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def remove(directory: Path) -> None:
    """Remove the files of a certificate, as far as its manifest names them, so that another one can take its place.

    Directories of its own that are then empty go too.
    """
    try:
        named = json.loads((directory / MANIFEST).read_text(encoding="utf-8")).get("sha256", {})
    except (OSError, ValueError, AttributeError):
        named = {}
    for name in (MANIFEST, *named):
        path = directory / name
        if path.resolve().is_relative_to(directory.resolve()):
            path.unlink(missing_ok=True)
            if path.parent != directory and path.parent.is_dir() and not any(path.parent.iterdir()):
                path.parent.rmdir()


def speaking_of(subject: Subject, lines: Sequence[str]) -> Subject:
    """Return the subject with those claims as helpers of which an invariant mentions observers."""
    said = "\n".join(lines)
    others = (claim for claim in subject.spec.asserted if claim is not subject.claim)
    return replace(subject, helpers=tuple(claim for claim in others if f"{claim.name}." in said))


def manifests(directory: Path) -> list[Path]:
    """Return the directories of the certificates in a directory: itself, or those in it."""
    if (directory / MANIFEST).is_file():
        return [directory]
    return sorted(path.parent for path in directory.glob(f"*/{MANIFEST}"))


def recheck(
    directory: Path, subject_of: Callable[[Mapping[str, Any]], Subject], model_of: Callable[[Subject], str]
) -> Rechecked:
    """Check a certificate; raise :class:`CertificateError` where it does not prove what it says.

    ``subject_of`` finds what a manifest names, ``model_of`` writes the text of its model.
    """
    manifest = _manifest(directory)
    subject = subject_of(manifest)
    widths = manifest["widths"]
    if not isinstance(widths, dict) or not widths or set(widths) - set(WIDTHS):
        raise CertificateError(f"{MANIFEST} names no width: write some of {', '.join(WIDTHS)}")
    contents = {MODEL: model_of(subject)}
    _same(directory, MODEL, contents[MODEL], "it belongs to another model, or to another version of it")
    obligations = 0
    for width in widths:
        made = _at_width(subject, width, _conjuncts(directory / width / INVARIANT, subject))
        contents |= made
        for name, text in made.items():
            _same(directory, name, text, "it is not what the model and the invariant give")
        scripts = [item for item in made.items() if item[0].endswith(".smt2")]
        obligations += len(shared(_shown, scripts))
    there = {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()}
    if foreign := there - contents.keys() - {MANIFEST}:
        raise CertificateError(f"{min(foreign)} is none of its files: take it away")
    described = _described(subject, widths, contents)
    for name in described.keys() - {"model", "solvers"}:  # where its file is, and what was asked then, may differ
        if manifest.get(name) != described[name]:
            raise CertificateError(f"{MANIFEST} was changed: its {name} is not that of the proof")
    return Rechecked(described, obligations, tuple(widths), tuple(SOLVERS))


def _manifest(directory: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CertificateError(f"{MANIFEST} cannot be read: {error}") from error
    wanted = ("model", "claim", "helpers", "assumptions", "widths")
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT or any(name not in manifest for name in wanted):
        raise CertificateError(f"{MANIFEST} is not one of format {FORMAT}, with {', '.join(wanted)}")
    return manifest


def _conjuncts(path: Path, subject: Subject) -> list[Expr]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise CertificateError(f"{path.parent.name}/{INVARIANT} cannot be read: {error}") from error
    return list(read_invariant(lines, subject, f"{path.parent.name}/{INVARIANT}"))


def read_invariant(lines: Sequence[str], subject: Subject, name: str) -> Iterator[Expr]:
    """Yield the formulas of an invariant, one to a line; empty lines and those that begin with # say nothing."""
    system = subject.watched.system
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                yield read_formula(line, system)
            except NotationError as error:
                raise CertificateError(f"{name}, line {number}: {error}") from error


def _same(directory: Path, name: str, text: str, why: str) -> None:
    path = directory / name
    if not path.is_file():
        raise CertificateError(f"{name} is missing")
    if path.read_bytes() != text.encode():
        raise CertificateError(f"{name} was changed: {why}")


def _shown(scripts: Iterable[tuple[str, str]]) -> list[str]:
    """Return the names of the obligations shown; raise where one is not."""
    names = []
    for name, text in scripts:
        for solver, ask in SOLVERS.items():
            answer = ask(text, SECONDS)
            if answer != UNSAT:
                raise CertificateError(f"{name} is not shown: {solver} answers {answer}")
        names.append(name)
    return names
