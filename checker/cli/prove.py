"""The commands about proofs: prove, recheck."""

from __future__ import annotations

import json
import shlex
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from checker.cli import answers, exits, progress, request, values
from checker.cli.exits import NOTHING_TO_SHOW, OK, UNKNOWN, VIOLATED
from checker.decide import Setting
from checker.engines import ENGINES, able
from checker.files.mistakes import CertificateError, ModelFileError, UncheckedError, UnreadableError, not_utf8
from checker.host import writing
from checker.host.crew import answers as answers_of
from checker.host.crew import far_away
from checker.host.forks import Message, Parent, within
from checker.proof import certificate
from checker.proof.engine import InductiveInvariant, KInduction
from checker.proof.files import file_name
from checker.proof.prove import Broken
from checker.proof.subject import Attempt, Subject
from checker.records import mistake
from checker.runs.trace import Trace
from checker.studies.proving import Log, check_invariant, prove_by_k_induction
from checker.studies.proving import prove as proved
from checker.verdict import Outcome
from model.notation.expr import Expr
from model.notation.sorts import NotationError
from model.tcp.assumptions import Assumptions
from model.tcp.scope import SCOPES, UNBOUNDED
from properties.claim import Claim
from properties.specification import Specification
from reports import document
from reports import proof as text
from reports.language.catalogue import language

_Attempted = tuple[Attempt, Broken | Trace | None]
"""What came of an attempt at a claim, and what stands in its way where an invariant was given or k-induction asked for."""
_CODES = {Outcome.HOLDS: OK, Outcome.VIOLATED: VIOLATED, Outcome.UNKNOWN: UNKNOWN}


def prove(arguments: Namespace) -> int:
    """Prove safety claims about a model, or refute them."""
    spec: Specification = arguments.model
    claims = _claims(arguments, spec)
    setting = request.setting(arguments, spec)
    output = None if arguments.output is None else Path(arguments.output)
    stale = [] if output is None else prepared(output)
    arguments.claims = [claim.name for claim in claims]
    arguments.answered = records = list[answers.Record]()
    outcomes: set[Outcome] = set()
    for number, (claim, (attempt, fault)) in enumerate(zip(claims, _attempts(spec, claims, setting, arguments), strict=True)):
        outcomes.add(attempt.outcome)
        where = None
        if output is not None and attempt.shown:
            where = output if len(claims) == 1 else output / file_name(claim.name)
            save(attempt, where, answers.found_by(arguments, spec), stale)
            stale = []
        if arguments.json:
            records.append(answers.signed(text.record(attempt, where), arguments, spec))
        else:
            print(("\n" if number else "") + _told(attempt, fault, where, arguments), flush=True)
    if arguments.json:
        answers.show(records)
    return exits.smallest(_CODES[outcome] for outcome in outcomes)


def _told(attempt: Attempt, fault: Broken | Trace | None, where: Path | None, arguments: Namespace) -> str:
    return text.attempt(attempt, fault, where, language(arguments.lang), verbose=arguments.verbose)


def _claims(arguments: Namespace, spec: Specification) -> list[Claim]:
    claims = [request.claim(name, spec) for name in dict.fromkeys(arguments.claims)] or list(spec.safety)
    if not claims:
        raise values.UsageError(f"{spec.name} makes no safety claims: give specify() some, or name one")
    engine = ENGINES[(InductiveInvariant if arguments.max_k is None else KInduction).name]
    for claim in claims:
        if claim.kind not in engine.kinds:
            why = f"{claim.name} is a claim of {claim.kind.value}, and {engine.because(claim.kind)}"
            raise values.UsageError(f"{why}: 'check' decides it, by {able(claim.kind)[0].name}")
    if arguments.invariant is not None and len(claims) > 1:
        raise values.UsageError("--invariant is for one claim: name it after the handshake")
    if arguments.max_k is not None and arguments.output is not None:
        raise values.UsageError("a certificate is an invariant and what it has to show: leave out -o, or --max-k")
    return claims


def _attempts(spec: Specification, claims: Sequence[Claim], setting: Setting, arguments: Namespace) -> Iterator[_Attempted]:
    """Attempt claims, and yield what comes of each in order: here one after another, on a cluster all at once."""
    log: Log = (lambda line: print(f"  {line}", file=sys.stderr)) if arguments.verbose else (lambda _: None)
    attempt = partial(
        _attempt,
        spec=spec,
        setting=setting,
        invariant=arguments.invariant,
        max_k=arguments.max_k,
        timeout=arguments.timeout,
        cover=arguments.cover,
    )
    if not far_away() or len(claims) == 1:
        for claim in claims:
            what = f"{spec.name}: {claim.name}: a proof, or a counterexample, in {arguments.timeout:g} s"
            with progress.waiting(what, log=arguments.log):
                attempted = attempt(claim, log)
            yield attempted
        return
    found: dict[int, _Attempted] = {}
    tasks = [partial(_attempt_there, attempt, claim) for claim in claims]
    with progress.bar("claims", log=arguments.log) as show, answers_of(tasks) as attempts:
        for number, answer in attempts.said():
            if isinstance(answer, Message):
                log(answer.message)
            elif isinstance(answer, Exception):
                raise answer
            else:
                found[number] = answer
                show(len(found), len(claims))
    yield from (found[number] for number in range(len(claims)))


def _attempt_there(attempt: Callable[[Claim, Log], _Attempted], claim: Claim, parent: Parent) -> _Attempted:
    return attempt(claim, parent.tell)


def _attempt(  # noqa: PLR0913  # what is asked, and how
    claim: Claim,
    log: Log,
    *,
    spec: Specification,
    setting: Setting,
    invariant: str | None,
    max_k: int | None,
    timeout: float,
    cover: bool,
) -> _Attempted:
    subject, conjuncts = _given(Subject(spec, claim, (), setting), invariant)
    if max_k is not None:
        return prove_by_k_induction(subject, conjuncts, max_k, timeout, log)
    if invariant is None:
        return proved(spec, claim, setting, timeout, log, cover=cover), None
    return check_invariant(subject, conjuncts, timeout, log)


def _given(subject: Subject, name: str | None) -> tuple[Subject, list[Expr]]:
    """Return the conjuncts of an invariant in a file, and the subject with the claims whose observers they mention."""
    if name is None:
        return subject, []
    path = Path(name)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UnreadableError(f"{path} cannot be read: {error.strerror}; write the name of a file") from error
    except UnicodeDecodeError as error:
        raise ModelFileError(not_utf8(name, error)) from error
    subject = certificate.speaking_of(subject, lines)
    return subject, list(certificate.read_invariant(lines, subject, str(path)))


def recheck(arguments: Namespace) -> int:
    """Check certificates: each obligation is made anew, compared, and shown by two solvers.

    A certificate that shows less than that its claim holds is accepted as what it is, and answered like an unknown verdict.
    One that is refused does not keep others from being checked.
    """
    directory = Path(arguments.directory)
    if not directory.exists():
        raise UnreadableError(f"{directory} cannot be read: there is no such directory; name one that prove -o wrote")
    found = certificate.manifests(directory)
    if not found:
        raise CertificateError(
            f"{directory} is no certificate, it has no {certificate.MANIFEST}: name a directory that prove -o wrote"
        )
    arguments.answered = records = list[answers.Record]()
    specs = filter(None, [arguments.trusted])
    codes: set[int] = set()
    for number, path in enumerate(found):
        checked: certificate.Rechecked | None = None
        try:
            checked = _rechecked(path, arguments)
        except (CertificateError, UncheckedError) as error:
            code, what = (NOTHING_TO_SHOW, "refused") if isinstance(error, CertificateError) else (UNKNOWN, "not checked")
            print(f"synproof: {path}: {what}: {error}", file=sys.stderr)
            record = {"certificate": str(path), "accepted": False, **mistake(str(error), code=code)}
        else:
            code, record = _CODES[checked.outcome], {"certificate": str(path), **text.rechecked_record(checked)}
        codes.add(code)
        records.append(answers.signed(record, arguments, *specs))
        if checked is not None and not arguments.json:
            print(("\n" if number else "") + text.rechecked(checked, language(arguments.lang)), flush=True)
    if arguments.json:
        answers.show(records)
    return exits.smallest(codes)


def _rechecked(path: Path, arguments: Namespace) -> certificate.Rechecked:
    """Check a certificate in a process of its own, which is ended with its time."""
    with progress.waiting(f"recheck {path}"):
        checked = within(
            arguments.timeout,
            lambda _: certificate.recheck(path, partial(_subject, trusted=arguments.trusted), _model_text),
        )
    if checked is None:
        raise UncheckedError(f"it takes more than {arguments.timeout:g} s: give it more by --timeout S")
    return checked


def _subject(manifest: Mapping[str, Any], trusted: Specification | None) -> Subject:
    """Return what a manifest names. A file is run only where it is ``trusted``, which the command line says."""
    name = manifest["model"]
    if trusted is None and not request.comes_with_synproof(name):
        raise CertificateError(
            f"it is about a model of its author's, which is code: name the one you trust, --model {shlex.quote(name)}"
        )
    try:
        spec = trusted or request.model(name)
        spec, assumptions = _assumed(spec, manifest["assumptions"])
        claim, *helpers = (request.claim(name, spec) for name in (manifest["claim"], *manifest["helpers"]))
        subject = Subject(spec, claim, tuple(helpers), Setting(SCOPES["default"], assumptions))
        subject.watched.system  # noqa: B018  # what cannot be built is refused as well
    except (values.UsageError, NotationError) as error:
        raise CertificateError(f"its manifest names what is not there: {error}") from error
    return subject


def _assumed(spec: Specification, given: Mapping[str, Any]) -> tuple[Specification, Assumptions]:
    """Return a specification under the assumptions that a manifest gives, and those of a setting; each has to be there."""
    known = spec.assumed(Assumptions())
    if given and [(n, type(given[n])) for n in sorted(given)] != [(n, type(known[n])) for n in sorted(known)]:
        each = ", ".join(known) or "none"
        raise CertificateError(f"{certificate.MANIFEST} was changed: it has to give each assumption: {each}")
    own = {name: value for name, value in given.items() if name in spec.own}
    return spec.under(own), Assumptions.of({n: value for n, value in given.items() if n not in own})


def _model_text(subject: Subject) -> str:
    """Return the model that a proof is about as text."""
    scope = UNBOUNDED if subject.spec.scoped else subject.setting.scope
    return document.document(subject.spec, subject.spec.build(scope, subject.setting.assumptions)) + "\n"


def prepared(directory: Path) -> list[Path]:
    """Make a directory for certificates, or return those in it, which stay there until there is another."""
    if directory.is_file():
        raise values.UsageError(f"{directory} is a file: name a directory for the certificate")
    old = certificate.manifests(directory) if directory.is_dir() else []
    if directory.is_dir() and any(directory.iterdir()) and not old:
        raise values.UsageError(f"{directory} has other files in it: name a new directory for the certificate")
    writing.directory(directory)
    return old


def save(attempt: Attempt, directory: Path, provenance: Mapping[str, Any], stale: Sequence[Path]) -> None:
    """Write the certificate of an attempt, and by what it was made; those that are ``stale`` make room for it."""
    made = {certificate.PROVENANCE: f"{json.dumps(provenance, indent=2, ensure_ascii=False)}\n"}
    certificate.write(certificate.files(attempt, _model_text(attempt.subject)) | made, directory, replacing=stale)
