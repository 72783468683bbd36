"""The report says what is found, in every language, and is a page that a browser and a reader can use."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import networkx as nx
import pytest

from checker.decide import Setting, decide
from checker.explicit.search import search
from checker.host.limits import Strategy
from checker.runs.graph import state_graph
from checker.studies import study as studied
from checker.studies.study import Study
from checker.verdict import Outcome
from model.notation.network import keeping_everything
from model.tcp.assumptions import Assumptions
from model.tcp.scope import SCOPES, scope_named
from properties.claim import monitored
from properties.specification import SPECIFICATIONS
from reports.explorer.page import file_name
from reports.language import CODES
from reports.language.catalogue import language
from reports.study.blocks import Section, Table, pictures
from reports.study.contents import sections
from reports.study.grid import ORDER, grid, steps
from reports.study.write import every_language, files, page_name, prose
from tests.command_line import Ask
from tests.test_closing import FIGURE_5, GIVEN_UP, IN_ONE_SEGMENT

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def study() -> Study:
    """Return a study as a report has it, with the assumptions of a scope that takes no time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(studied, "NEEDS_SCOPE", "small,data=0")
        return studied.study(syns=1)


def tables(parts: tuple[Section, ...]) -> list[Table]:
    found = [block for part in parts for block in part.blocks if isinstance(block, Table)]
    return found + [table for part in parts for table in tables(part.sections)]


def _left(pair: object) -> str:
    assert isinstance(pair, tuple)
    return str(pair[0])


def page(study: Study, code: str) -> ET.Element:
    """Return a page as a tree: it is written so that XML can read it as well."""
    text = files(study, code, CODES)[f"{page_name(code)}.html"]
    return ET.fromstring(text.partition("<!DOCTYPE html>\n")[2])


def test_closing_is_told_as_it_is_decided_and_drawn(study: Study) -> None:
    """An old octet gets in only where a user closes in SYN-RECEIVED, and data is lost only where it may be left unread."""
    parts = {part.anchor: part for part in sections(study, language("en"))}
    verdicts, moves = tables((parts["closing"],))
    usual, waits, unread = 3, 5, 6  # the columns of three-way
    cells = {row[0].text.removesuffix(" *"): [cell.mark for cell in row] for row in verdicts.rows}
    assert verdicts.head[usual] == "three-way"
    assert cells["no-octet-from-the-dead"][2:] == ["violated", "violated", "violated", "holds", "violated"]
    assert {of[waits] for of in cells.values()} == {"holds"}
    assert [of[unread] for name, of in cells.items() if name == "closing-loses-nothing"] == ["violated"]
    assert {(row[0].text, row[1].text) for row in moves.rows} == FIGURE_5 | GIVEN_UP | IN_ONE_SEGMENT


def test_a_flood_is_told_as_it_is_decided_and_drawn(study: Study) -> None:
    """RFC 4987: two-way is connected with nobody, and only cookies keep nothing; these let (nearly) everybody in."""
    parts = {part.anchor: part for part in sections(study, language("en"))}
    verdicts, counted = tables((parts["floods"],))
    cells = {row[0].text.removesuffix(" *"): [cell.mark for cell in row] for row in verdicts.rows}
    of = {name: verdicts.head.index(name) for name in verdicts.head}
    connected, place = cells["flood-is-not-connected"], cells["flood-takes-no-place"]
    assert [connected[of[name]] for name in ("two-way", "three-way", "cookies")] == ["violated", "holds", "holds"]
    assert [name for name, column in of.items() if place[column] == "holds"] == ["cookies", "expiring-cookies"]
    shares = {(row[0].text, row[1].text): [int(cell.text.partition("%")[0]) for cell in row[2:]] for row in counted.rows}
    assert shares["two-way", "8"] == [0, 0, 0]
    assert min(shares["cookies", "2"]) > 90  # a few ACKs overtake others
    assert shares["drop-oldest", "8"][0] > shares["drop-oldest", "8"][-1]


# -- what it says --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_every_number_of_the_table_is_that_of_a_decision_of_its_own(study: Study, code: str) -> None:
    """Each claim is asked alone, so that nothing is carried over from the search that the report shares among claims."""
    word = language(code).word
    table = tables(sections(study, language(code)))[0]
    assert table.head[2:] == tuple(SPECIFICATIONS[name].name for name in ("two-way", "three-way", "four-way"))
    cells = {
        (row[0].text.removesuffix(" *"), name): cell
        for row in table.rows
        for name, cell in zip(table.head[2:], row[2:], strict=True)
    }
    assert len(cells) == sum(len(verdicts) for verdicts in study.verdicts)
    for (claim, name), cell in cells.items():
        shown = re.fullmatch(rf"({word('holds')}|{word('violated')})(?: \((\d+)\))?", cell.text)
        assert shown, cell
        if shown[2]:
            spec = SPECIFICATIONS[name]
            (verdict,) = decide(spec, [spec.claim[claim]], Setting(SCOPES["default"]))
            assert (word(verdict.outcome.value), len(verdict.trace or ())) == (shown[1], int(shown[2]))
            assert cell.mark == verdict.outcome.value


def test_what_holds_and_what_was_searched_are_those_of_a_decision(study: Study) -> None:
    verdicts, counted = tables(sections(study, language("en")))[:2]
    for column, (row, spec) in enumerate(zip(counted.rows, study.specs, strict=True), 2):
        again = decide(spec, spec.claims, Setting(SCOPES["default"], engine="bfs"))
        effort = again[0].counts
        assert [cell.text for cell in row] == [spec.name, f"{effort.states:,}", f"{effort.transitions:,}", str(effort.depth)]
        shown = {cells[0].text.removesuffix(" *"): cells[column].text.split()[0] for cells in verdicts.rows}
        assert shown == {v.question.claim.name: v.outcome.value for v in again}


def test_a_verdict_that_differs_is_seen_in_the_page(study: Study) -> None:
    """Catches a page that says what it always says."""
    first, *others = study.verdicts[1]
    changed = replace(first, outcome=Outcome.UNKNOWN, reason="the time was over")
    other = replace(study, verdicts=(study.verdicts[0], (changed, *others), study.verdicts[2]))
    for code in CODES:
        before, after = files(study, code), files(other, code)
        assert {name for name in before if before[name] != after[name]} >= {f"{page_name(code)}.html", f"{page_name(code)}.md"}
        assert language(code).word("unknown") in after[f"{page_name(code)}.md"]


def test_states_by_depth_are_distances_in_the_state_graph() -> None:
    """The levels of the search are held against the interpreter's graph, in Python and where machine code goes on."""
    spec = SPECIFICATIONS["three-way"]
    system = keeping_everything(spec.build(SCOPES["small"], Assumptions()))
    graph = state_graph(system)
    distances = nx.single_source_shortest_path_length(graph, graph.graph["initial"])
    counted = Counter(distances.values())
    expected = tuple(counted[depth] for depth in range(max(counted) + 1))
    bare = monitored(spec.build(SCOPES["small"], Assumptions()), [])
    watched = replace(bare, system=system)
    for strategy in (Strategy(handover=None), Strategy(handover=1), Strategy(2, handover=100)):
        found = search(watched, exhaust=True, strategy=strategy)
        assert found.counts.levels == expected
        assert sum(found.counts.levels) == found.counts.states


def test_the_invariant_is_shown_by_both_solvers(study: Study) -> None:
    assert study.proof is not None
    assert study.proof.outcome is Outcome.HOLDS
    assert set(study.proof.invariants) == {"32", "unbounded"}
    table = next(table for table in tables(sections(study, language("en"))) if table.head[0] == "no.")
    assert len(table.rows) == len(study.proof.invariants["32"])
    assert all(row[2].text for row in table.rows)


def test_an_invariant_that_proves_nothing_is_not_shown(study: Study, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kept = (studied.INVARIANTS / "three-way-agreement.txt").read_text(encoding="utf-8").splitlines()
    (tmp_path / "three-way-agreement.txt").write_text("\n".join(kept[:-1]) + "\n", encoding="utf-8")
    monkeypatch.setattr(studied, "INVARIANTS", tmp_path)
    proof = studied._proof("three-way", "agreement", Setting(SCOPES["default"]))  # noqa: SLF001  # the rest takes longer
    assert proof.outcome is Outcome.UNKNOWN
    for code in CODES:
        (part,) = [s for s in sections(replace(study, proof=proof), language(code)) if s.anchor == "invariant"]
        assert tables((part,)) == []
        assert "synproof prove three-way agreement" in str(part.blocks)


@pytest.mark.parametrize("code", CODES)
def test_a_report_of_other_handshakes_says_how_it_was_made(study: Study, code: str) -> None:
    """Nothing is proved of them, and where the schedule is not possible on any there is none; their files are named."""
    mine = replace(study.specs[0], file="mine.py", sources={"mine.py": "0" * 64})
    setting = Setting(scope_named("small,data=0"), Assumptions().otherwise("seq_check", "window"))
    other = replace(study, specs=(mine, *study.specs[1:]), chosen=True, setting=setting, proof=None, runs=())
    parts = {part.anchor: part for part in sections(other, language(code))}
    assert "schedule" not in parts
    assert "synproof prove mine.py CLAIM" in str(parts["invariant"].blocks)
    said = str(parts["means"].blocks)
    assert "synproof report mine.py three-way four-way --scope small,data=0 --seq-check window -o DIR" in said
    assert "0" * 64 in said
    page(other, code)


@pytest.mark.long
def test_a_report_takes_handshakes_of_ones_own_with_scope_and_assumptions(ask: Ask, tmp_path: Path) -> None:
    """What its table says of them is what ``check`` says."""
    (tmp_path / "mine.py").write_text(MINE, encoding="utf-8")
    words = (str(tmp_path / "mine.py"), "--scope", "small", "--seq-check", "window")
    assert ask("report", *words, "-o", str(tmp_path / "report")).code == 0
    text = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    for record in ask("check", *words, "--json").records:
        shown = "" if record["trace_length"] is None else f" ({record['trace_length']})"
        assert re.search(rf"{record['claim']}\]\(.*\b{record['verdict']}{re.escape(shown)}", text), record
    assert f"synproof report {' '.join(words)} -o DIR" in text


MINE = """
from model.tcp.handshakes import ThreeWay

class Mine(ThreeWay):
    name = "mine"
    summary = "as three-way"
"""


def test_a_report_of_what_has_no_client_and_server_is_refused(ask: Ask, tmp_path: Path) -> None:
    answer = ask("report", "three-way/simultaneous", "-o", str(tmp_path / "report"))
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "report is for handshakes of a client and a server" in answer.err
    assert answer.err.endswith("write three-way in place of three-way/simultaneous\n")
    assert not (tmp_path / "report").exists()


# -- the same every time -------------------------------------------------------------------------------------------------------


def test_two_reports_of_two_studies_are_the_same(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """Byte for byte, also with other threads and with other times."""
    monkeypatch.setattr(studied, "NEEDS_SCOPE", "small,data=0")
    setting = Setting(SCOPES["default"], strategy=Strategy(workers=2))
    assert every_language(studied.study(setting, syns=1)) == every_language(study)


def test_no_time_and_no_place_is_in_it(study: Study) -> None:
    for name, text in every_language(study).items():
        assert not re.search(r"\b20\d\d-\d\d-\d\d\b|\d+\.\d+ s\b|/home/|/tmp/|/usr/", text), name


# -- the page ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_links_lead_somewhere_and_nothing_is_loaded(study: Study, code: str) -> None:
    tree = page(study, code)
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    names = every_language(study).keys() | {file_name(spec) for spec in study.specs}
    for element in tree.iter():
        link = element.get("href")
        if link is not None:
            assert link[1:] in ids if link.startswith("#") else link in names
        assert element.tag not in {"link", "iframe", "object"}
        assert element.get("src", "data:").startswith("data:")
    style = "".join(text for element in tree.iter("style") for text in element.itertext())
    assert "url(" not in style
    assert "@import" not in style


@pytest.mark.parametrize("code", CODES)
def test_the_links_of_the_markdown_page_lead_somewhere(study: Study, code: str) -> None:
    text = every_language(study)[f"{page_name(code)}.md"]
    names = every_language(study).keys() | {file_name(spec) for spec in study.specs}
    anchors = re.findall(r'<a id="([^"]+)"></a>', text)
    assert len(anchors) == len(set(anchors))
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    assert len(links) > 50
    assert [link for link in links if (link[1:] not in anchors if link.startswith("#") else link not in names)] == []


@pytest.mark.parametrize("code", CODES)
def test_headings_captions_and_pictures_are_there_for_who_cannot_see_them(study: Study, code: str) -> None:
    tree = page(study, code)
    assert tree.get("lang") == language(code).tag
    levels = [int(element.tag[1]) for element in tree.iter() if re.fullmatch(r"h[1-6]", element.tag)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for table in tree.iter("table"):
        assert "".join(table.find("caption").itertext())  # type: ignore[union-attr]  # it fails where there is none
        assert all(head.get("scope") for head in table.iter("th"))
    images = list(tree.iter("img"))
    assert len(images) == len(pictures(sections(study, language(code)))) == 6
    for image in images:
        assert len(image.get("alt", "")) > 20
        drawing = ET.fromstring(unquote(image.get("src", "").removeprefix("data:image/svg+xml,")))
        assert drawing.tag == f"{SVG}svg"
        assert drawing.find(f"{SVG}title") is not None or list(drawing.iter(f"{SVG}text"))


def test_prose_is_escaped() -> None:
    assert str(prose("a < b & `c < d` [e](#f)")) == 'a &lt; b &amp; <code>c &lt; d</code> <a href="#f">e</a>'
    assert "<script" not in prose("<script>alert(1)</script>")


def test_the_grid_has_every_place_once_and_every_step_between_two_places(study: Study) -> None:
    for quotient, spec in zip(study.quotients, study.specs, strict=True):
        laid_out = grid(quotient)
        assert len({(node.x, node.y) for node in laid_out.nodes}) == len(quotient)
        assert len(laid_out.moves) == len({(a, b) for a, b, _ in quotient.edges(data=True) if a != b})
        assert sum(node.size for node in laid_out.nodes) == sum(data["size"] for _, data in quotient.nodes(data=True))
        assert [state for _, state in laid_out.columns] == [s for s in ORDER if s in {_left(node) for node in quotient}]
        violated = any(
            v.outcome is Outcome.VIOLATED
            for v in decide(spec, [spec.claim["agreement"]], Setting(scope_named("default,data=0")))
        )
        assert any(violates for *_, violates in steps(quotient)) == violated
        for node in laid_out.nodes:
            assert 0 < node.x < laid_out.width
            assert 0 < node.y < laid_out.height


# -- the command ---------------------------------------------------------------------------------------------------------------


def test_a_report_is_not_written_over_a_file(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text("mine", encoding="utf-8")
    answer = ask("report", "-o", str(path))
    assert (answer.code, answer.out) == (2, "")
    assert "name a directory" in answer.err
    assert path.read_text(encoding="utf-8") == "mine"


def test_the_command_writes_the_files_and_says_which(
    ask: Ask, tmp_path: Path, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checker.cli.report.study", lambda *_: study)
    answer = ask("report", "-o", str(tmp_path / "new" / "report"), "--lang", "zh")
    assert (answer.code, answer.err) == (0, "")
    directory = tmp_path / "new" / "report"
    paths = {str(path.relative_to(directory)): path for path in directory.rglob("*.*")}
    linked = {file_name(spec) for spec in study.specs}
    assert {name: path.read_text(encoding="utf-8") for name, path in paths.items() if name not in linked} == files(study, "zh")
    assert {str(Path(line).relative_to(directory)) for line in answer.out.splitlines()} == paths.keys()
    assert paths.keys() >= linked  # the page of each handshake, which the report links


def test_a_language_that_is_not_there(ask: Ask, tmp_path: Path) -> None:
    answer = ask("report", "-o", str(tmp_path), "--lang", "de")
    assert answer.code == 2
    assert "'de' is none of en, zh" in answer.err


def test_claims_are_told_in_the_language_asked_for(ask: Ask) -> None:
    told = language("zh").claim(SPECIFICATIONS["two-way"].claim["agreement"])
    for words in (("trace", "two-way", "agreement"), ("check", "two-way", "agreement")):
        answer = ask(*words, "--lang", "zh")
        assert told.statement.replace(" ", "") in re.sub(r"\s", "", answer.out)
    assert told.brief in ask("list", "--lang", "zh").out
    assert told.brief not in ask("list").out
