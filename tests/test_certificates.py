"""Certificates: what is accepted, and what is refused, for any byte that differs and any part that is missing."""

from __future__ import annotations

import json
import random
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from checker.cli import main
from checker.cli.prove import _model_text
from checker.decide import Setting, decide
from checker.files import model_file
from checker.files.mistakes import CertificateError, UncheckedError
from checker.proof import certificate, solvers
from checker.proof.subject import NotSafetyError, Subject
from checker.proof.terms import BITS, UNBOUNDED, WIDTHS
from checker.proof.verifying import verified
from checker.studies.study import INVARIANTS
from checker.verdict import Outcome
from model.notation.expr import literal
from model.notation.interpreter import Interpreter
from model.notation.network import connect
from model.notation.sorts import BOOL, MODULUS
from model.notation.system import Variable
from model.tcp.assumptions import Assumptions
from model.tcp.scope import SCOPES
from properties import events
from properties.claim import Claim, Kind, eventually, invariant, leads_to, reachable
from properties.specification import SPECIFICATIONS
from tests import forgeries
from tests.command_line import Ask
from tests.forgeries import FORGERIES, GATE, manifest, says, summed
from tests.models import counter

DEFAULT = Setting(SCOPES["default"])
AGREEMENT = INVARIANTS / "three-way-agreement.txt"
SOUND = Path(__file__).parent / "sound"
TRUST = Path(certificate.__file__).parent / "TRUST.md"


def subject(handshake: str, claim: str) -> Subject:
    spec = SPECIFICATIONS[handshake]
    return Subject(spec, spec.claim[claim], (), DEFAULT)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a certificate of agreement, from the invariant that is kept."""
    directory = tmp_path_factory.mktemp("proofs") / "agreement"
    assert main(["prove", "three-way", "agreement", "--invariant", str(AGREEMENT), "-o", str(directory)]) == 0
    return directory


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a certificate of a small system with events, which is quick to make and to check."""
    directory = tmp_path_factory.mktemp("proofs") / "gate"
    assert main(["prove", f"{GATE}:gate", "enters-by-the-gate", "-o", str(directory)]) == 0
    return directory


@pytest.fixture
def copy(gate: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(gate, tmp_path / "copy"))


# -- what is accepted ----------------------------------------------------------------------------------------------------------


def test_a_certificate_is_accepted(made: Path, ask: Ask) -> None:
    answer = ask("recheck", str(made), "--json")
    assert (answer.code, answer.err) == (0, "")
    (record,) = answer.records
    assert (record["accepted"], record["kind"], record["verdict"]) == (True, "safety", "holds")
    assert set(record["widths"]) == set(WIDTHS)
    assert record["rests_on"] == ["events are what happens"]
    assert record["solvers"] == ["Z3", "cvc5"]
    assert record["obligations"] == len(list(made.rglob("*.smt2")))


def test_there_is_an_obligation_for_each_action_at_each_width(made: Path) -> None:
    """Those of consecution for each part; each action may do something else than it says, and so is asked about."""
    system = connect(subject("three-way", "agreement").watched.system)
    for part in (made / width / of for width in WIDTHS for of in ("", "events")):
        there = {path.stem for path in part.glob("*.smt2")}
        assert {"initiation", *(f"consecution-{name}" for name in system.action)} <= there
        assert {name for name in there if name.startswith("safety-")}
    assert {f"safety-{name}" for name in system.action if name != "network_loses"} <= there


def test_cvc5_alone_is_enough(made: Path) -> None:
    for path in sorted(made.rglob("*.smt2")):
        assert solvers.by_cvc5(path.read_text(encoding="utf-8"), 20) == "unsat", path.name


def test_files_are_the_same_every_time(made: Path, tmp_path: Path) -> None:
    """Made in this process once more, after everything else that Z3 was asked here; only the provenance says where to."""
    again = tmp_path / "again"
    assert main(["prove", "three-way", "agreement", "--invariant", str(AGREEMENT), "-o", str(again)]) == 0
    assert content(made) == content(again)
    provenances = [json.loads((of / "provenance.json").read_text(encoding="utf-8")) for of in (made, again)]
    assert all(f"-o {of}" in provenance.pop("command") for of, provenance in zip((made, again), provenances, strict=True))
    assert provenances[0] == provenances[1]


def test_what_was_noted_of_its_making_is_not_read(gate: Path, tmp_path: Path) -> None:
    """Catches a check that asks for it, or believes it: nobody can say whether it is true."""
    copy, of = Path(shutil.copytree(gate, tmp_path / "copy")), forgeries.gate()
    made = copy / "provenance.json"
    for change in (lambda: made.write_text("[" * 100_000, encoding="utf-8"), made.unlink):
        change()
        assert certificate.recheck(copy, lambda _: of, _model_text).outcome is Outcome.HOLDS


def test_what_was_proved_stays_until_there_is_more(ask: Ask, made: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(made, tmp_path / "copy"))
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    assert ask("prove", "three-way", "agreement", "--timeout", "0.001", "-o", str(copy)).code == 20
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


def test_a_certificate_takes_the_place_of_another(ask: Ask, copy: Path) -> None:
    """Nothing of the old one is left, not even of the part that the new one has no need of."""
    peterson = Path(__file__).parents[1] / "model" / "tutorials" / "mutual_exclusion.py"
    assert ask("prove", str(peterson), "mutual-exclusion", "-o", str(copy)).code == 0
    assert ask("recheck", str(copy), "--model", str(peterson)).code == 0


# -- what is refused -----------------------------------------------------------------------------------------------------------


def test_each_sentence_about_trust_has_a_forgery() -> None:
    listed = re.search(r"(?s)## What is taken from it(.*?)\n## ", TRUST.read_text(encoding="utf-8"))
    assert listed is not None
    sentences = re.split(r"\n- ", listed[1])[1:]
    assert len(sentences) > 10
    named = [re.findall(r"`([a-z0-9-]+)`[,)]", sentence) for sentence in sentences]
    assert all(named)
    assert sorted(name for names in named for name in names) == sorted([*FORGERIES, "silent-solver"])


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_not_accepted(name: str, copy: Path, ask: Ask) -> None:
    """With one sentence, or for what is true and less with the words of a part; and nothing of it is run."""
    forgery = FORGERIES[name]
    forgery.forge(copy)
    answer = ask("recheck", str(copy), *(["--model", f"{GATE}:{forgery.model}"] if forgery.model else []))
    assert answer.code == forgery.code
    assert forgery.says in " ".join((answer.out or answer.err).split())
    assert not list(copy.glob("**/ran"))
    if forgery.code == 1:
        assert f"{copy}: refused: " in answer.err
        assert (answer.out, answer.err.count("\n")) == ("", 1)


def test_what_the_forgeries_change_is_accepted_as_it_was(copy: Path, ask: Ask) -> None:
    """Otherwise they might be refused for something else; and what a forger makes is accepted where it is true."""
    assert ask("recheck", str(copy), "--model", f"{GATE}:gate").code == 0
    shutil.rmtree(copy)
    forgeries.made(copy, forgeries.gate(), {"events": forgeries.BEGUN})
    assert ask("recheck", str(copy), "--model", f"{GATE}:gate").code == 0


def test_what_an_invariant_shows_of_declared_events_is_nothing_without_them(
    tmp_path: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where what a claim rests on is not asked for, the forged proof of ``slips`` is accepted."""
    monkeypatch.setattr(Subject, "ground", None)
    forgeries.made(tmp_path / "slips", forgeries.slips())
    assert ask("recheck", str(tmp_path / "slips"), "--model", f"{GATE}:slips").code == 0


def test_no_kind_of_claim_but_safety_has_a_proof(tmp_path: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the kind is not asked for, the forged proof of what two-way violates is accepted."""
    with pytest.raises(NotSafetyError, match="claim of liveness"):
        subject("two-way", "half-open-is-released")
    monkeypatch.setattr(Subject, "__post_init__", lambda _: None)
    begun = [f"~({role}.state == {state} & {sign}`{events.NAME}.{role}`)" for role, state, sign in STATES]
    forgeries.made(
        tmp_path / "released", forgeries.anything_goes(SPECIFICATIONS["two-way"], "half-open-is-released"), {"events": begun}
    )
    assert ask("recheck", str(tmp_path / "released")).code == 0


STATES = [
    *(("client", state, "") for state in ("CLOSED", "LISTEN")),
    *(("server", state, "") for state in ("CLOSED", "LISTEN")),
    *((role, state, "~") for role in ("client", "server") for state in ("SYN-SENT", "SYN-RECEIVED", "ESTABLISHED")),
]
"""In which states an endpoint has not opened or answered, and in which it has."""


@pytest.mark.parametrize("name", ["three-way", "two-way"])
def test_an_older_proof_is_answered_in_a_sentence(name: str, made: Path, tmp_path: Path, ask: Ask) -> None:
    copy = Path(shutil.copytree(made, tmp_path / "copy"))
    old = {
        key: value for key, value in manifest(copy).items() if key in ("claim", "helpers", "assumptions", "widths", "sha256")
    }
    (copy / "manifest.json").write_text(json.dumps({"format": 1, "model": name, **old}), encoding="utf-8")
    answer = ask("recheck", str(copy))
    assert answer.code == 1
    assert "make it anew with 'synproof prove MODEL CLAIM -o DIRECTORY'" in answer.err


def test_an_obligation_that_says_the_same_in_more_words_is_of_an_older_format(copy: Path, ask: Ask) -> None:
    """Catches an older certificate that is refused, and one of today that is not compared to the byte."""
    forgeries.edited(copy, "32/safety-enters.smt2", "(check-sat)", "(assert (= (_ bv0 1) (_ bv0 1)))\n(check-sat)")
    answer = ask("recheck", str(copy), "--model", f"{GATE}:gate")
    assert answer.code == 1
    assert "32/safety-enters.smt2 was changed" in answer.err
    says(copy, format=2)
    older = ask("recheck", str(copy), "--model", f"{GATE}:gate")
    assert older.code == 0
    assert "of an older format" in older.out


def test_an_invariant_weakened_with_its_obligations_is_refused_by_the_solvers(tmp_path: Path, ask: Ask) -> None:
    """Everything matches, as somebody would forge it who has the program; what is false is still not shown."""
    lines = AGREEMENT.read_text(encoding="utf-8").splitlines()
    begun = [f"~({role}.state == {state} & {sign}`{events.NAME}.{role}`)" for role, state, sign in STATES]
    forgeries.made(tmp_path / "forged", subject("three-way", "agreement"), {"": lines[:-1], "events": begun})
    answer = ask("recheck", str(tmp_path / "forged"))
    assert answer.code == 1
    assert re.search(r"(32|unbounded)/[a-z_-]+.smt2 is not shown: Z3 answers sat", answer.err)


@pytest.mark.parametrize("solver", solvers.SOLVERS)
@pytest.mark.parametrize("answer", ["sat", "unknown"])
def test_each_solver_is_asked(solver: str, answer: str, gate: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not show an obligation is enough for no proof and no certificate; without an answer nothing is refused."""
    code, says_so = {"sat": (1, "is not shown"), "unknown": (20, "was not shown within")}[answer]
    monkeypatch.setitem(solvers.SOLVERS, solver, lambda *_: answer)
    of = subject("three-way", "agreement")
    assert verified(of, [], BITS, time.monotonic() + 60)[1] != ""
    refused = ask("recheck", str(gate), "--model", f"{GATE}:gate")
    assert (refused.code, refused.out) == (code, "")
    assert says_so in refused.err
    assert f"{solver} answers {answer}" in refused.err


def test_a_solver_that_is_interrupted_has_no_answer(gate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of = forgeries.gate()
    monkeypatch.setitem(solvers.SOLVERS, "Z3", lambda *_: "an error: canceled")
    with pytest.raises(UncheckedError, match="canceled"):
        certificate.recheck(gate, lambda _: of, _model_text)


def test_a_claim_that_only_the_initial_state_violates_is_not_proved() -> None:
    counted = counter(5, lambda n: invariant("counted", n.value != 0, trigger=n.value == 5, when="it was 5"))
    of = Subject(counted, counted.claim["counted"], (), DEFAULT)
    assert verified(of, [literal(value=True, sort=BOOL)], UNBOUNDED, time.monotonic() + 60)[1] == "initiation"


def test_a_check_is_ended_with_its_time_and_is_no_answer(gate: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.cli.commands._seconds", lambda _: None)  # the model is read, however long it takes
    answer = ask("recheck", str(gate), "--model", f"{GATE}:gate", "--timeout", "0.01")
    assert (answer.code, answer.out) == (20, "")
    assert answer.err == f"synproof: {gate}: not checked: it takes more than 0.01 s: give it more by --timeout S\n"


def test_a_model_of_a_strangers_is_not_run(ask: Ask, tmp_path: Path, made: Path) -> None:
    """Unless the command line names it, and then it has to be the same model."""
    directory, file = tmp_path / "certificate", tmp_path / "stranger.py"
    ran = tmp_path / "ran"
    code = f"""\
from pathlib import Path
from model import Action, Nat, TransitionSystem, Variable
from properties import invariant, specify
Path({str(ran)!r}).touch()
N = Variable("n", Nat(9), 0)
STEP = Action("step", guard=N.value < 5, updates={{"n": N.value + 1}}, by="clock", doc="One more.")
WITHIN = invariant("within", N.value < 6, trigger=N.value == 5, when="it was 5", statement="It stays below 6.")
SYSTEM = specify(TransitionSystem("stranger", variables=(N,), actions=(STEP,)), (WITHIN,), {{"within": "holds"}})
"""
    file.write_text(code, encoding="utf-8")
    assert ask("prove", str(file), "within", "-o", str(directory)).code == 0
    ran.unlink()
    refused = ask("recheck", str(directory))
    assert refused.code == 1
    assert "name the one you trust" in refused.err
    assert not ran.exists()
    assert ask("recheck", str(directory), "--model", str(file)).code == 0
    assert ask("recheck", str(made), "--model", str(file)).code == 1


def test_a_claim_that_fails_where_numbers_wrap_is_proved_by_half(ask: Ask, tmp_path: Path) -> None:
    """Without wrap x runs away from 0 for ever. With it the last number is followed by 0: the interpreter steps."""
    file, given, directory = SOUND / "wrap.py", tmp_path / "ahead.txt", tmp_path / "half"
    given.write_text("x - (z + 1) < 2147483647\n", encoding="utf-8")
    proved = ask("prove", str(file), "not-0", "--invariant", str(given), "--timeout", "5", "-o", str(directory))
    assert proved.code == 20
    assert "certificate of a part of a proof" in " ".join(proved.out.split())
    assert manifest(directory)["verdict"] == "unknown"
    answer = ask("recheck", str(directory), "--model", str(file))
    assert answer.code == 20
    assert "not-0: unknown: this is a part of a proof" in " ".join(answer.out.split())
    system = model_file.read(str(file)).build(SCOPES["default"], Assumptions())
    last = {"x": MODULUS - 1, "z": 0}
    assert Interpreter(system).take(last, "ticks", {}).state == {"x": 0, "z": 0}


def test_what_shows_that_a_goal_is_never_reached_proves_no_claim(ask: Ask, tmp_path: Path) -> None:
    """The invariant is right, and all obligations of a claim that n is never 3 are shown: the claim says that it can be."""
    file, directory = SOUND / "reach.py", tmp_path / "forged"
    spec = model_file.read(str(file))
    forgeries.made(directory, forgeries.anything_goes(spec, "gets-to-3"), {"": ["n < 3"]}, kind="safety", verdict="holds")
    refused = ask("recheck", str(directory), "--model", str(file))
    assert refused.code == 1
    assert "a claim of reachability, which no invariant shows" in refused.err
    assert ask("check", str(file), "gets-to-3").code == 12
    assert ask("prove", str(file), "gets-to-3").code == 2


# -- claims of every kind ------------------------------------------------------------------------------------------------------


def accepted_though_false(seed: int, directory: Path) -> bool:
    """Forge a proof of some claim about a counter, of any kind, and return whether it is accepted though it does not hold."""
    chance = random.Random(seed)  # noqa: S311  # chance, not secrecy
    top, number = chance.randint(1, 4), chance.randint(0, 4)

    def claim(n: Variable) -> Claim:
        number_ = min(number, top + 1)
        formula = chance.choice([n.value == number_, n.value != number_, n.value < number_, n.value >= number_])
        then = n.value == chance.randint(0, top)
        kinds: list[Callable[[], Claim]] = [
            lambda: invariant("it", formula, trigger=n.value == 1, when="it was 1"),
            lambda: reachable("it", formula),
            lambda: eventually("it", formula),
            lambda: leads_to("it", formula, then),
        ]
        return chance.choice(kinds)()

    spec = counter(top, claim)
    subject = forgeries.anything_goes(spec, "it")
    invariants = chance.choice([["true"], [f"n <= {top}"], [f"n != {top + 1}", "true"]])
    forgeries.made(directory / str(seed), subject, {"": invariants}, kind="safety", verdict="holds")
    try:
        certificate.recheck(directory / str(seed), lambda _: Subject(spec, spec.claim["it"], (), DEFAULT), _model_text)
    except (CertificateError, UncheckedError):
        return False
    (verdict,) = decide(spec, [spec.claim["it"]], DEFAULT)
    return verdict.outcome is not Outcome.HOLDS or spec.claim["it"].kind is not Kind.SAFETY


@pytest.mark.parametrize("seed", range(12))
def test_a_forged_proof_of_any_claim_is_accepted_only_where_it_holds(seed: int, tmp_path: Path) -> None:
    assert not accepted_though_false(seed, tmp_path)


@pytest.mark.long
def test_a_thousand_forged_proofs_are_accepted_only_where_the_claim_holds(tmp_path: Path) -> None:
    assert [seed for seed in range(1000) if accepted_though_false(seed, tmp_path)] == []


def test_forged_proofs_are_accepted_where_the_kind_is_not_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Subject, "__post_init__", lambda _: None)
    monkeypatch.setattr(certificate, "_FIELDS", {})
    described = certificate._described  # noqa: SLF001  # what the check compares with
    monkeypatch.setattr(certificate, "_described", lambda *given: {**described(*given), "kind": "safety", "verdict": "holds"})
    assert any(accepted_though_false(seed, tmp_path) for seed in range(40))


# -- parts left out, swapped, and changed at random ----------------------------------------------------------------------------


Tampering = Callable[[Path, random.Random], None]


def _leave_out(directory: Path, chance: random.Random) -> None:
    """Leave out files: some of one directory, a directory, or some of all."""
    paths = sorted(path for path in directory.rglob("*") if path.is_file() and path.name not in forgeries.UNSUMMED)
    where = chance.choice(sorted({path.parent for path in paths}))
    among = chance.choice([paths, [path for path in paths if path.parent == where], [p for p in paths if where in p.parents]])
    for path in chance.sample(among, chance.randint(1, len(among))):
        path.unlink()
    for path in sorted((path for path in directory.rglob("*") if path.is_dir()), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()


def _swap(directory: Path, chance: random.Random) -> None:
    """Exchange two files of obligations."""
    one, other = chance.sample(sorted(directory.rglob("*.smt2")), 2)
    texts = one.read_bytes(), other.read_bytes()
    other.write_bytes(texts[0])
    one.write_bytes(texts[1])


def _change(directory: Path, chance: random.Random) -> None:
    """Change, repeat or leave out a line of a file."""
    path = chance.choice(
        sorted(path for path in directory.rglob("*") if path.is_file() and path.name not in forgeries.UNSUMMED)
    )
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) or ["true\n"]
    number = chance.randrange(len(lines))
    lines[number : number + 1] = chance.choice(
        [
            [],
            [lines[number]] * 2,
            ["true\n"],
            [lines[number].replace("=", "!=", 1)],
            [lines[number].upper()],
            ["(assert false)\n"],
        ]
    )
    path.write_text("".join(lines), encoding="utf-8")


def _say(directory: Path, chance: random.Random) -> None:
    """Change a name of the manifest, leave one out, or say what it says of another."""
    said = manifest(directory)
    name = chance.choice(sorted(said))
    says(directory, **{name: chance.choice([None, "", [], {}, 0, True, chance.choice(list(said.values()))])})
    if chance.random() < 0.3:
        left = manifest(directory)
        del left[name]
        (directory / "manifest.json").write_text(json.dumps(left), encoding="utf-8")


def content(directory: Path) -> dict[str, object]:
    """Return what a certificate says, but for where the file of its model was, which solvers were asked, and its provenance."""
    texts: dict[str, object] = {
        p.relative_to(directory).as_posix(): p.read_bytes()
        for p in directory.rglob("*")
        if p.is_file() and p.name not in forgeries.UNSUMMED
    }
    said = manifest(directory)
    return texts | {"manifest.json": {name: value for name, value in said.items() if name not in ("model", "solvers")}}


def accepted_though_tampered(gate: Path, directory: Path, seed: int) -> bool:
    """Change a certificate at random, mostly put its sums right, and return whether it is accepted all the same."""
    chance = random.Random(seed)  # noqa: S311  # chance, not secrecy
    copy = Path(shutil.copytree(gate, directory / str(seed)))
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        if len(list(copy.rglob("*.smt2"))) > 1:
            chance.choice((_leave_out, _swap, _change, _say))(copy, chance)
    if chance.random() < 0.8 and isinstance(manifest(copy).get("sha256"), dict):  # mostly
        summed(copy)
    if content(copy) == content(gate):
        return False
    of = forgeries.gate()
    try:
        certificate.recheck(copy, lambda _: of, _model_text)
    except (CertificateError, UncheckedError):
        return False
    return True


@pytest.mark.parametrize("seed", range(40))
def test_what_was_tampered_with_at_random_is_not_accepted(seed: int, gate: Path, tmp_path: Path) -> None:
    assert not accepted_though_tampered(gate, tmp_path, seed)


@pytest.mark.long
def test_a_thousand_that_were_tampered_with_are_not_accepted(gate: Path, tmp_path: Path) -> None:
    assert [seed for seed in range(1000) if accepted_though_tampered(gate, tmp_path, seed)] == []


def test_parts_that_nobody_asks_for_are_noticed(gate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same changes are accepted now and then by a check that takes from the manifest what has to be there."""
    monkeypatch.setattr(certificate, "_same", lambda *_: None)
    assert any(accepted_though_tampered(gate, tmp_path, seed) for seed in range(40))
