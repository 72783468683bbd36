"""Certificates made to deceive, one for each sentence of TRUST.md, by somebody who has the program and puts all sums right."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker.cli.prove import _model_text
from checker.decide import Setting
from checker.files import model_file
from checker.proof import certificate
from checker.proof.subject import Attempt, Subject
from checker.proof.terms import WIDTHS
from model.tcp.scope import SCOPES
from properties.specification import SPECIFICATIONS, Specification

GATE = Path(__file__).parent / "sound" / "gate.py"
DEFAULT = Setting(SCOPES["default"])
MANIFEST = "manifest.json"
UNSUMMED = (MANIFEST, "provenance.json")
"""The files of which the manifest has no sum: itself, and what is not read."""


def model(name: str) -> Specification:
    """Return a model that comes with synproof, or one of the gate's."""
    return SPECIFICATIONS[name] if name in SPECIFICATIONS else model_file.read(f"{GATE}:{name}")


def anything_goes(spec: Specification, claim: str) -> Subject:
    """Return the subject of a proof of any claim, also of one that no invariant shows."""
    subject = object.__new__(Subject)
    for name, value in (("spec", spec), ("claim", spec.claim[claim]), ("helpers", ()), ("setting", DEFAULT)):
        object.__setattr__(subject, name, value)
    return subject


def made(
    directory: Path,
    subject: Subject,
    invariants: Mapping[str, Sequence[str]] | None = None,
    *,
    widths: Sequence[str] = tuple(WIDTHS),
    **said: object,
) -> Path:
    """Write a certificate of which nothing was shown, with ``invariants`` by part; its manifest says what is ``said``."""
    shown = {}
    for width in widths:
        read = {
            part: list(certificate.read_invariant((invariants or {}).get(part, ["true"]), of, part))
            for part, of in subject.parts.items()
        }
        shown[width] = certificate.made_anew(subject, width, read)
    contents = certificate.files(Attempt(subject, 0.0, None, shown), _model_text(subject))
    certificate.write(contents, directory)
    if said:
        says(directory, **said)
    return directory


def manifest(directory: Path) -> dict[str, Any]:
    """Return what the manifest of a certificate says."""
    return dict(json.loads((directory / MANIFEST).read_text(encoding="utf-8")))


def says(directory: Path, **changed: object) -> None:
    """Let a manifest say something else."""
    (directory / MANIFEST).write_text(json.dumps({**manifest(directory), **changed}), encoding="utf-8")


def summed(directory: Path) -> None:
    """Let a manifest name the files that are there, with their sums."""
    there = sorted(path for path in directory.rglob("*") if path.is_file() and path.name not in UNSUMMED)
    sums = {path.relative_to(directory).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in there}
    says(directory, sha256=sums)


def edited(directory: Path, name: str, old: str, new: str) -> None:
    """Change a file of a certificate, which must have what is to be changed."""
    path = directory / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    summed(directory)


def removed(directory: Path, pattern: str) -> None:
    """Leave out files, and let the manifest agree."""
    paths = [path for path in directory.glob(pattern) if path.is_file()]
    assert paths
    for path in paths:
        path.unlink()
    for path in sorted((p for p in directory.rglob("*") if p.is_dir()), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()
    summed(directory)


@dataclass(frozen=True)
class Forgery:
    """How a certificate is made to deceive, given a good one of ``gate``, and how it is answered."""

    forge: Callable[[Path], None]
    code: int
    says: str
    model: str = "gate"
    """The model that the command line trusts: one of the gate's, or "" for none."""


def anew(subject: Callable[[], Subject], **how: Any) -> Callable[[Path], None]:  # noqa: ANN401  # as made() takes it
    def forge(directory: Path) -> None:
        shutil.rmtree(directory)
        made(directory, subject(), **how)

    return forge


def changed(**said: object) -> Callable[[Path], None]:
    return lambda directory: says(directory, **said)


def written(name: str, text: str) -> Callable[[Path], None]:
    def forge(directory: Path) -> None:
        (directory / name).write_text(text, encoding="utf-8")

    return forge


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda directory: edited(directory, name, old, new)


def without(pattern: str) -> Callable[[Path], None]:
    return lambda directory: removed(directory, pattern)


def _twice(directory: Path) -> None:
    text = (directory / MANIFEST).read_text(encoding="utf-8")
    (directory / MANIFEST).write_text(text.replace("{", '{\n  "claim": "is-somewhere",', 1), encoding="utf-8")


def _link(directory: Path) -> None:
    path = directory / "32" / "invariant.txt"
    path.rename(directory.with_suffix(".elsewhere"))
    path.symlink_to(directory.with_suffix(".elsewhere"))


def _swapped(directory: Path) -> None:
    one, other = (directory / "32" / f"consecution-{name}.smt2" for name in ("answers", "leaves"))
    texts = one.read_bytes(), other.read_bytes()
    assert texts[0] != texts[1]
    one.write_bytes(texts[1])
    other.write_bytes(texts[0])
    summed(directory)


def _half(directory: Path) -> None:
    shutil.rmtree(directory / "32")
    widths = {"unbounded": manifest(directory)["widths"]["unbounded"]}
    says(directory, widths=widths, verdict="unknown")
    summed(directory)


def _half_that_says_whole(directory: Path) -> None:
    _half(directory)
    says(directory, verdict="holds")


def _events_left_out(directory: Path) -> None:
    removed(directory, "*/events/*")
    says(directory, rests_on=[])


def _stranger(directory: Path) -> None:
    says(directory, model=str(directory / "evil.py"))
    (directory / "evil.py").write_text(f"import pathlib; pathlib.Path({str(directory / 'ran')!r}).touch()", encoding="utf-8")


def _older_false(directory: Path) -> None:
    written(CONSECUTION, "(set-logic QF_UFBV)\n(check-sat)\n")(directory)
    summed(directory)
    says(directory, format=2)


def _older_weaker(directory: Path) -> None:
    anew(gate)(directory)
    for path in directory.rglob("*.smt2"):
        path.write_text("(set-logic QF_UFBV)\n(assert false)\n(check-sat)\n", encoding="utf-8")
    summed(directory)
    says(directory, format=2)


def gate() -> Subject:
    return Subject(model("gate"), model("gate").claim["enters-by-the-gate"], (), DEFAULT)


def slips() -> Subject:
    return Subject(model("slips"), model("slips").claim["enters-by-the-gate"], (), DEFAULT)


BEGUN = [
    "~(server.state != CLOSED & ~`(events).server`)",
    "~(server.state == CLOSED & `(events).server`)",
]
"""What shows the events of ``gate``: the server is not CLOSED exactly when it has answered and not left since."""

REFUSED, UNKNOWN = 1, 20
CONSECUTION = "32/consecution-enters.smt2"
FORGERIES: Mapping[str, Forgery] = {
    "stranger": Forgery(_stranger, REFUSED, "name the one you trust", model=""),
    "nested": Forgery(written(MANIFEST, "[" * 100_000), REFUSED, "it is nested too deep"),
    "twice": Forgery(_twice, REFUSED, "a name is there twice"),
    "unknown": Forgery(changed(proved_by="the author"), REFUSED, "'proved_by' is no part of it"),
    "escape": Forgery(changed(model="\x1b[2J\naccepted.py"), REFUSED, "its model is no name", model=""),
    "helper-twice": Forgery(
        changed(helpers=["is-somewhere", "is-somewhere"]), REFUSED, "its helpers are not names of other claims, each once"
    ),
    "shapeless": Forgery(changed(helpers="is-somewhere"), REFUSED, "its helpers is missing, or not of its form"),
    "link": Forgery(_link, REFUSED, "32/invariant.txt is missing, or is no file"),
    "huge": Forgery(written("32/invariant.txt", "\n" * 10_000_001), REFUSED, "which no certificate needs"),
    "python": Forgery(written("32/invariant.txt", "__import__('os').system('touch ran')\n"), REFUSED, "invariant.txt, line 1"),
    "digits": Forgery(written("32/invariant.txt", "server.state == ²\n"), REFUSED, "invariant.txt, line 1"),
    "liveness": Forgery(
        anew(lambda: anything_goes(model("two-way"), "half-open-is-released")), REFUSED, "a claim of liveness", model=""
    ),
    "reachability": Forgery(
        anew(lambda: anything_goes(model("gate"), "is-both"), invariants={"events": BEGUN}), REFUSED, "a claim of reachability"
    ),
    "statement": Forgery(changed(statement="Nothing can go wrong."), REFUSED, "its statement is not that of the proof"),
    "formula": Forgery(changed(formula="true"), REFUSED, "its formula is not that of the proof"),
    "claim": Forgery(changed(claim="is-somewhere"), REFUSED, "32/safety-gate_opens.smt2 is missing"),
    "assumptions": Forgery(changed(assumptions={"isn": "fresh"}), REFUSED, "it has to give each assumption"),
    "model-text": Forgery(edit("model.txt", "gate_opens", "gate_falls"), REFUSED, "model.txt was changed"),
    "another-model": Forgery(lambda _: None, REFUSED, "it belongs to another model", model="slips"),
    "byte": Forgery(edit(CONSECUTION, "; ", ";  "), REFUSED, f"{CONSECUTION} was changed"),
    "trivial": Forgery(written(CONSECUTION, "(assert false)\n(check-sat)\n"), REFUSED, f"{CONSECUTION} was changed"),
    "swapped": Forgery(_swapped, REFUSED, "consecution-answers.smt2 was changed"),
    "left-out": Forgery(without(CONSECUTION), REFUSED, f"{CONSECUTION} is missing"),
    "safety-left-out": Forgery(without("*/safety-*.smt2"), REFUSED, "safety-enters.smt2 is missing"),
    "slips": Forgery(
        anew(slips, invariants={"events": BEGUN}), REFUSED, "events/safety-slips.smt2 is not shown", model="slips"
    ),
    "events-left-out": Forgery(_events_left_out, REFUSED, "events/invariant.txt is missing"),
    "half": Forgery(_half, UNKNOWN, "Nothing is shown for 32-bit numbers"),
    "half-that-says-whole": Forgery(_half_that_says_whole, REFUSED, "its verdict is not that of the proof"),
    "half-by-manifest": Forgery(changed(needed_widths=["unbounded"]), REFUSED, "its needed_widths is not that of the proof"),
    "weaker": Forgery(anew(gate), REFUSED, "events/safety-answers.smt2 is not shown: Z3 answers sat"),
    "false-start": Forgery(
        anew(gate, invariants={"": ["open"], "events": BEGUN}), REFUSED, "initiation.smt2 is not shown: Z3 answers sat"
    ),
    "foreign": Forgery(written("32/consecution-nobody.smt2", "(check-sat)\n"), REFUSED, "is none of its files"),
    "empty-directory": Forgery(lambda directory: (directory / "32" / "more").mkdir(), REFUSED, "32/more is none of its files"),
    "older-weaker": Forgery(_older_weaker, REFUSED, "events/safety-answers.smt2 is not shown: Z3 answers sat"),
    "older-false": Forgery(_older_false, REFUSED, f"{CONSECUTION} is not shown: Z3 answers sat"),
    "format-1": Forgery(changed(format=1), REFUSED, "make it anew with 'synproof prove MODEL CLAIM -o DIRECTORY'"),
}
"""By the name that TRUST.md has for each. ``silent-solver`` changes no file, and has a test of its own."""
