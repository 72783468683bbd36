"""What the commands print for programs: a record for each question, whatever happens, by a schema, with its provenance."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shlex
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from checker import __version__
from checker.cli import prove
from checker.proof.subject import Attempt
from checker.records import SCHEMA, flat, provenance, source
from checker.studies import proving
from properties.claim import Claim
from properties.specification import SPECIFICATIONS, Specification
from reports.tables import latex
from tests.command_line import Answer, Ask
from tests.forgeries import GATE
from tests.models import TUTORIALS

ROOT = Path(__file__).parents[1]
SMALL = ("--scope", "small", "--json")
PETERSON = str(TUTORIALS / "mutual_exclusion.py")
RECORDS = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
MINE = """
from model.tcp.handshakes import ThreeWay
from mine_too import SUMMARY

class Mine(ThreeWay):
    name = "mine"
    summary = SUMMARY
"""


def valid(printed: str) -> list[dict[str, Any]]:
    """Return the records that were printed, which the schema has to allow."""
    records = json.loads(printed)
    RECORDS.validate(records)
    return list(records) if isinstance(records, list) else [records]


def written(folder: Path, text: str, name: str = "mine") -> str:
    """Write a model file, and the one beside it that it imports."""
    folder.mkdir(exist_ok=True)
    (folder / "mine_too.py").write_text('SUMMARY = "as three-way"\n', encoding="utf-8")
    (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return str(folder / f"{name}.py")


# -- the schema ----------------------------------------------------------------------------------------------------------------


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(RECORDS.schema)


QUICK = (
    ("check", "two-way", "agreement", "connection-possible", *SMALL),
    ("check", "two-way", "--claims", "none", "--max-states", "100", *SMALL),
    ("check", PETERSON, "--json"),
    ("compare", PETERSON, "--json"),
    ("trace", "two-way", "agreement", *SMALL),
    ("trace", PETERSON, "mutual-exclusion", "--json"),
    ("minimal", "--messages", "2", "--json"),
    ("guesses", "three-way", "--seq-check", "window", "--json"),
    ("prove", "three-way", "agreement", "--timeout", "0.01", "--json"),
    ("check", "two-way", "agrement", "--json"),
    ("check", "tow-way", "--json"),
    ("trace", "two-way", "figure-8", "--json", "--scope", "smal"),
)
SLOW = (
    ("check", "two-way", "half-open-is-released", *SMALL),
    ("check", "four-way", "four-way-unmerged", *SMALL),
    ("check", str(TUTORIALS / "alternating_bit.py:reordering"), "--json"),
    ("compare", "two-way", "three-way", *SMALL),
    ("trace", "two-way", "agreement", "--traces", "2", *SMALL),
    ("scenario", "stale-syn", "--json"),
    ("simulate", "two-way", "--json"),
    ("assumptions", "two-way", "agreement", *SMALL),
    ("waste", "two-way", "--syns", "1", "--json"),
    ("minimal", "--messages", "3", "--json"),
    ("prove", "two-way", "agreement", "--json"),
)


@pytest.mark.parametrize("words", [*QUICK, *(pytest.param(words, marks=pytest.mark.long) for words in SLOW)], ids=" ".join)
def test_each_record_is_as_the_schema_says(ask: Ask, words: tuple[str, ...]) -> None:
    answer = ask(*words)
    for record in valid(answer.out):
        made = record["provenance"]
        assert made["synproof"] == __version__
        assert shlex.split(made["command"]) == ["synproof", *words]
        assert record.get("exit_code", answer.code) == answer.code


@pytest.mark.long
def test_each_certificate_is_a_record_and_one_that_is_refused_keeps_no_other_from_it(ask: Ask, tmp_path: Path) -> None:
    (proved,) = valid(ask("prove", PETERSON, "mutual-exclusion", "-o", str(tmp_path / "one" / "peterson"), "--json").out)
    assert proved["certificate"] == str(tmp_path / "one" / "peterson")
    (tmp_path / "one" / "empty").mkdir()
    (tmp_path / "one" / "empty" / "manifest.json").write_text("{}", encoding="utf-8")
    answer = ask("recheck", str(tmp_path / "one"), "--model", PETERSON, "--json")
    accepted = {Path(record["certificate"]).name: record["accepted"] for record in valid(answer.out)}
    assert accepted == {"empty": False, "peterson": True}
    assert answer.code == 1


@pytest.mark.parametrize("part", ["verdict", "provenance", "trace", "states"])
def test_a_record_that_lacks_something_is_none(ask: Ask, part: str) -> None:
    """Catches a schema that allows anything."""
    (record,) = valid(ask("check", "two-way", "agreement", *SMALL).out)
    assert not RECORDS.is_valid([{name: value for name, value in record.items() if name != part}])
    assert not RECORDS.is_valid([{**record, f"{part}s": record[part]}])


# -- whatever happens ----------------------------------------------------------------------------------------------------------


def test_a_bad_file_is_a_record_and_the_others_are_compared(ask: Ask, tmp_path: Path) -> None:
    """In text, as CSV and as JSON; that one is left out is what the exit code says, whatever is found of the others."""
    bad, none = written(tmp_path, "x = (", "bad"), str(tmp_path / "none.py")
    words = ("compare", f"{GATE}:gate", bad, PETERSON, none)
    asked = ask(*words, "--json")
    records = valid(asked.out)
    wrong = {record["handshake"]: record["exit_code"] for record in records if record["verdict"] == "error"}
    assert wrong == {bad: 65, none: 65}
    assert {record["handshake"] for record in records} == {"gate", "peterson", bad, none}
    assert (asked.code, asked.err.count("\n")) == (65, 2)
    text = ask(*words)
    assert (text.code, text.err) == (65, asked.err)
    assert re.search(r"^claim +gate +peterson", text.out, re.MULTILINE)
    rows = list(csv.DictReader(io.StringIO(ask(*words, "--csv").out)))
    assert [(row["handshake"], row["claim"], row["verdict"]) for row in rows] == [
        (record["handshake"], record["claim"] or "", record["verdict"]) for record in records
    ]


def test_a_mistake_that_a_search_meets_leaves_out_one_model(ask: Ask) -> None:
    """It is read without complaint: that its event is not what happens is seen when states are."""
    asked = ask("compare", f"{GATE}:gate", f"{GATE}:slips", "--json")
    records = valid(asked.out)
    assert {record["handshake"] for record in records if record["verdict"] != "error"} == {"gate"}
    assert [record["handshake"] for record in records if record["verdict"] == "error"] == [f"{GATE}:slips"]
    assert (asked.code, asked.err.count("\n")) == (65, 1)


def test_nothing_but_bad_files_is_no_comparison_of_all_handshakes(ask: Ask, tmp_path: Path) -> None:
    asked = ask("compare", written(tmp_path, "x = (", "bad"))
    assert (asked.code, asked.out, asked.err.count("\n")) == (65, "", 1)


def test_what_was_answered_before_an_interruption_keeps_its_record(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    found = proving.prove

    def interrupted(spec: Specification, claim: Claim, *rest: Any, **more: Any) -> Attempt:  # noqa: ANN401  # as it is called
        if claim.name == "isn-paired":
            raise KeyboardInterrupt
        return found(spec, claim, *rest, **more)

    monkeypatch.setattr(prove, "proved", interrupted)
    answer = ask("prove", "two-way", "agreement", "isn-paired", "client-agreement", "--json")
    said = [(record["claim"], record["verdict"], record.get("exit_code")) for record in valid(answer.out)]
    assert said == [("agreement", "violated", None), ("isn-paired", "error", 130), ("client-agreement", "error", 130)]
    assert answer.code == 130


# -- provenance ----------------------------------------------------------------------------------------------------------------


def test_the_files_of_a_model_are_named_with_their_sums(ask: Ask, tmp_path: Path) -> None:
    """Also what it imports from beside it; nothing of what comes with synproof."""
    mine = written(tmp_path, MINE)
    (record,) = valid(ask("check", mine, "agreement", *SMALL).out)
    sums = {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(tmp_path.glob("*.py"))}
    assert record["provenance"]["files"] == [{"path": path, "sha256": digest} for path, digest in sums.items()]
    assert len(sums) == 2


def test_seeds_and_threads_are_said(ask: Ask) -> None:
    (drawn,) = valid(ask("simulate", "two-way", "--seed", "5", "--steps", "2", "--json").out)
    assert drawn["provenance"]["seed"] == 5
    (decided,) = valid(ask("check", PETERSON, "mutual-exclusion", "--workers", "3", "--json").out)
    assert (decided["provenance"]["threads"], decided["provenance"]["seed"]) == (3, None)


def test_a_run_for_programs_has_its_provenance(ask: Ask, tmp_path: Path) -> None:
    """Printed, and as a file in a directory."""
    words = ("trace", PETERSON, "right-enters", "--format", "json")
    printed = json.loads(ask(*words).out)
    assert shlex.split(printed["provenance"]["command"]) == ["synproof", *words]
    assert ask("check", PETERSON, "right-enters", "--format", "json", "-o", str(tmp_path / "runs")).code in {0, 12}
    (path,) = (tmp_path / "runs").iterdir()
    assert json.loads(path.read_text(encoding="utf-8"))["provenance"]["files"] == printed["provenance"]["files"] != []


def test_a_run_with_its_provenance_is_a_scenario_still(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(ask("trace", "two-way", "agreement", *SMALL).out, encoding="utf-8")
    assert ask("scenario", str(path)).code == 0


def test_another_line_of_code_is_another_source(tmp_path: Path) -> None:
    found = set()
    for folder, text in (("a", "one = 1"), ("b", "one = 1"), ("c", "one = 2")):
        (tmp_path / folder / "model").mkdir(parents=True)
        (tmp_path / folder / "model" / "one.py").write_text(text, encoding="utf-8")
        found.add(source(tmp_path / folder))
    assert len(found) == 2
    assert source() not in found


def test_the_release_that_is_cited_is_the_one_that_records_name() -> None:
    """CITATION.cff names the last release, and the changelog its day; what is worked on comes after it."""
    citation = dict(
        re.findall(r'^([a-z-]+): "?([^"\n]+)"?$', (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    )
    released = re.findall(r"^## \[(\d\S*)\] - (\S+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert (citation["version"], citation["date-released"]) == released[0]
    assert date.fromisoformat(citation["date-released"]).isoformat() == citation["date-released"]
    number = [int(part) for part in re.findall(r"\d+", __version__.partition(".dev")[0])]
    last = [int(part) for part in citation["version"].split(".")]
    assert number > last if ".dev" in __version__ else number == last


# -- tables --------------------------------------------------------------------------------------------------------------------


def test_a_flat_record_has_nothing_nested(ask: Ask) -> None:
    (record,) = valid(ask("check", "two-way", "agreement", *SMALL).out)
    row = flat(record)
    assert not [value for value in row.values() if isinstance(value, dict | list)]
    assert row["trace"] == "server_listens client_opens server_receives_syn"
    assert row["assumptions.seq_check"] == "exact"


def table(answer: Answer) -> dict[str, list[str]]:
    """Return the rows of a table in LaTeX by their first cell."""
    lines = [line.removesuffix(r" \\") for line in answer.out.splitlines() if line.endswith(r" \\")]
    return {cells[0]: cells[1:] for cells in (line.split(" & ") for line in lines)}


def test_the_table_for_latex_says_what_the_records_say(ask: Ask) -> None:
    words = ("compare", PETERSON, "two-way", "--scope", "small")
    answer, records = ask(*words, "--latex"), valid(ask(*words, "--json").out)
    rows = table(answer)
    assert rows.pop("claim") == ["peterson", "two-way"]
    for number, name in enumerate(("peterson", "two-way")):
        said = {
            r["claim"]: r["verdict"] + ("" if r["trace_length"] is None else f" ({r['trace_length']})")
            for r in records
            if r["handshake"] == name
        }
        assert {claim: cells[number] for claim, cells in rows.items() if cells[number] != "--"} == said
    assert f"% command: {shlex.join(('synproof', *words, '--latex'))}" in answer.out


def test_signs_of_latex_are_escaped(ask: Ask, tmp_path: Path) -> None:
    """Each stands for itself: as a command, a comment or a cell of its own it would spoil the table."""
    text = GATE.read_text(encoding="utf-8").replace('system("gate"', "system('a&b_c%d#{e}~f^g$h'")
    answer = ask("compare", f"{written(tmp_path, text, 'toys')}:a&b_c%d#{{e}}~f^g$h", "--latex")
    assert table(answer)["claim"] == [r"a\&b\_c\%d\#\{e\}\textasciitilde{}f\textasciicircum{}g\$h"]


def test_only_one_form_is_printed(ask: Ask) -> None:
    for words in (("--csv", "--latex"), ("--csv", "--json"), ("--latex", "--json")):
        answer = ask("compare", "two-way", *words)
        assert answer.code == 2


def test_models_that_come_with_synproof_have_no_files() -> None:
    assert [spec.name for spec in SPECIFICATIONS.values() if spec.sources] == []


def test_no_verdicts_make_no_table() -> None:
    assert r"\begin{tabular}{l}" in latex([], provenance())
