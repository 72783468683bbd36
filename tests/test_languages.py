"""Every text has its translation, no translation is of something that is gone, and none is of an English that has changed."""

from __future__ import annotations

import re
import string
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import replace

import pytest

from checker.runs.lasso import Met
from checker.scenarios import scenario
from checker.studies.study import INVARIANTS, PROVED
from model.tcp.assumptions import Assumptions
from model.tcp.composition import CLIENT_SERVER, CRASH, LIFECYCLE, MORE, Composition
from model.tcp.handshakes import ThreeWay
from model.tcp.handshakes.facing import Facing, FacingAssumptions
from model.tcp.scope import SCOPES
from properties.catalogue import CLAIMS
from properties.specification import SPECIFICATIONS, specification
from reports.explorer.page import OF_RUNS, PREFIX
from reports.language import CODES, ENGLISH, catalogue
from reports.language.catalogue import FOLDER, EnglishText, entries, glosses, language
from reports.wrapping import columns, wrapped

OTHERS = [code for code in CODES if code != ENGLISH]
ENTRIES = {(entry.kind, entry.name): entry for entry in entries()}
FILES = [tomllib.loads((FOLDER / name).read_text(encoding="utf-8")) for name in catalogue.WORDS]
WORDS = {key: texts for words in FILES for key, texts in words.items()}
HAN = re.compile(r"[\u4e00-\u9fff]")


def faults(code: str, known: dict[tuple[str, str], EnglishText]) -> list[str]:
    """Return what is wrong with the translations of a language."""
    given = tomllib.loads((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))
    translated = {(kind, name): parts for kind, names in given.items() for name, parts in names.items()}
    found = [f"{key} is not translated" for key in known if key not in translated]
    found += [f"{key} is translated, and is not there" for key in translated if key not in known]
    for key, entry in known.items():
        parts = dict(translated.get(key, {"english": entry.hash, **entry.parts}))
        if parts.pop("english", "") != entry.hash:
            found.append(f'the English of {key} has changed: look at its translation, then write english = "{entry.hash}"')
        if parts.keys() != entry.parts.keys():
            found.append(f"{key} has {sorted(entry.parts)}, and its translation {sorted(parts)}")
        found += [
            f"{key} has {len(said)} sentences, and its translation {len(parts.get(part, ()))}"
            for part, said in entry.parts.items()
            if isinstance(said, tuple) and len(parts.get(part, ())) != len(said)
        ]
    return found


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_is_translated_and_no_translation_is_stale(code: str) -> None:
    assert faults(code, ENTRIES) == []


def test_a_missing_a_stale_and_an_outdated_translation_are_noticed() -> None:
    """Catches a comparison that is always content."""
    key = ("claims", "agreement")
    outdated = replace(ENTRIES[key], parts={**ENTRIES[key].parts, "why": "For another reason."})
    assert len(faults("zh", {**ENTRIES, key: outdated})) == 1
    assert len(faults("zh", {**ENTRIES, ("claims", "new"): replace(outdated, name="new")})) == 1
    assert len(faults("zh", {k: e for k, e in ENTRIES.items() if k != key})) == 1


@pytest.mark.parametrize("code", OTHERS)
def test_translations_are_in_their_language(code: str) -> None:
    """Each has Chinese characters in it, and the names of states and segments that its English has."""
    spoken = language(code)
    for entry in ENTRIES.values():
        for part, english in entry.parts.items():
            told = spoken.translations[entry.kind][entry.name][part]
            said = told if isinstance(told, str) else "".join(told)
            words = re.sub(r"{[^}]*}|\W", "", "".join(english))
            assert not words or HAN.search(said), f"{entry.kind} {entry.name} {part}"
            assert part != "because" or fields(said) == fields(str(english)), f"{entry.kind} {entry.name} {part}"
            for name in ("LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "RST", "RFC 9293", "RFC 5961"):
                assert (name in "".join(english)) <= (name in said), f"{entry.kind} {entry.name} {part}: {name}"


@pytest.mark.parametrize(
    "assumed", [{}, {"new_syn": "returns"}, {"half_duplex": True, "rfc1337": True}, {"text_on_syn": True}], ids=str
)
def test_what_is_said_of_the_rules_of_a_whole_connection_is_translated(assumed: Mapping[str, str | bool]) -> None:
    """Also of an endpoint that may be sent anything."""
    told = language("zh").sentences
    whole = specification(ThreeWay, LIFECYCLE).build(SCOPES["default"], Assumptions.of(assumed))
    for system in (whole, Facing.alone((100,), 1, FacingAssumptions.of(assumed)).system()):
        said = {re.sub(r"^The (client|server|host|peer)", "It", action.doc) for action in system.actions}
        assert sorted(said - told.keys()) == []


@pytest.mark.parametrize("composition", [CLIENT_SERVER, CRASH, *MORE], ids=lambda composition: composition.name)
def test_what_a_handshake_is_in_a_composition_is_translated(composition: Composition) -> None:
    """Also in those that not every handshake is shown in; a user's handshake keeps its own words."""
    spoken = language("zh")
    told = spoken.specification(specification(ThreeWay, composition)).summary
    parts = [spoken.translations["handshakes"]["three-way"]["summary"]]
    if composition.name:
        parts.append(spoken.translations["compositions"][composition.name]["summary"])
    assert all(part in told for part in parts)

    class Mine(ThreeWay):
        summary = "one of mine"

    assert "one of mine" in spoken.specification(specification(Mine, composition)).summary


def fields(text: str) -> set[str]:
    """Return what is put into a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_words_are_in_each_language_with_the_same_values() -> None:
    for key, texts in WORDS.items():
        assert texts.keys() == set(CODES), key
        assert len({frozenset(fields(text)) for text in texts.values()}) == 1, key


def test_no_word_is_in_two_files() -> None:
    assert len(WORDS) == sum(map(len, FILES))


def test_every_word_that_is_asked_for_exists_and_every_word_is_used() -> None:
    """An id is written in quotes where it is used; those that are put together end in what they are put together with."""
    reports = FOLDER.parent
    sources = [path for folder in ("study", "language", "traces") for path in (reports / folder).rglob("*")]
    sources += [*reports.glob("*.py"), reports / "explorer" / "page.py", *(reports.parent / "checker" / "cli").glob("*.py")]
    read = [path.read_text(encoding="utf-8") for path in sources if path.suffix in {".py", ".j2"}]
    code = "\n".join(read).replace("'", '"')
    asked = set(re.findall(r"""\b(?:say|word|counted)\(\s*"([a-z][a-z-]+)"[,)]""", code))
    assert asked <= WORDS.keys()
    explorer = "\n".join(path.read_text(encoding="utf-8") for path in (reports / "explorer").glob("page.[jh]*"))
    shown = set(re.findall(r"""(?:\b(?:say|counted)\(|data-(?:say|label)=)"([a-z][a-z-]+)\"""", explorer))
    assert {key if key in OF_RUNS else f"{PREFIX}{key}" for key in shown} <= WORDS.keys()
    code += re.sub(r'"(?=[a-z][a-z-]*")', f'"{PREFIX}', explorer)
    put_together = tuple(re.findall(r'word\(\s*"([a-z-]+-)"\s*\+', code))
    named = {"holds", "violated", "unknown", "dead", "half-open", *(met.value for met in Met)}
    unused = [
        key
        for key in WORDS
        if f'"{key.removesuffix("-one")}"' not in code and not key.startswith(put_together) and key not in named
    ]
    assert unused == []


def test_glosses_are_of_the_invariant_in_the_report() -> None:
    kept = set((INVARIANTS / f"{'-'.join(PROVED)}.txt").read_text(encoding="utf-8").splitlines())
    for code in CODES:
        assert glosses(code).keys() == kept


def test_a_specification_speaks_and_stays_the_same_otherwise() -> None:
    spec = SPECIFICATIONS["three-way"]
    told = language("zh").specification(spec)
    assert HAN.search(told.summary)
    assert [claim.name for claim in told.claims] == [claim.name for claim in spec.claims]
    assert all(a.watch is b.watch for a, b in zip(told.claims, spec.claims, strict=True))
    assert [claim.name for claim in told.liveness] == [claim.name for claim in spec.liveness]
    assert all(
        HAN.search(said) for claim in told.liveness for said in (claim.statement, *(f.statement for f in claim.fairness))
    )
    assert language(ENGLISH).specification(spec) is spec
    assert "同时打开" in language("zh").specification(SPECIFICATIONS["three-way/simultaneous"]).claim["figure-7"].brief


def test_what_users_write_stays_as_they_write_it() -> None:
    """Also where a claim or a handshake of theirs has the name of one that comes with synproof."""

    class Own(ThreeWay):
        summary = "my own"

    own = specification(Own)
    mine = replace(CLAIMS["agreement"], statement="I say so.")
    assert language("zh").specification(own).summary == "my own"
    assert language("zh").claim(mine) is mine


def test_a_scenario_speaks_wherever_it_repeats_itself() -> None:
    told = language("zh").scenario(scenario.read("blocked-syns", {"syns": 2}))
    says = [str(entry.what) for entry in told.entries if entry.kind == "says"]
    assert len(says) == 3
    assert all(map(HAN.search, says))


@pytest.mark.parametrize("width", [40, 41, 80])
def test_chinese_is_wrapped_to_the_columns_that_it_takes(width: int) -> None:
    """And no line begins with a sign that closes, or ends with one that opens."""
    for said in (claim.why for claim in map(language("zh").claim, CLAIMS.values())):
        lines = wrapped(said, width, "  ", 4)
        assert all(columns(line) <= width for line in lines)
        assert "".join(line.strip() for line in lines).replace(" ", "") == said.replace(" ", "")
        begins = {line.strip()[0] for line in lines} - {"\N{SECTION SIGN}"}
        assert not any(unicodedata.category(sign) in {"Po", "Pe", "Pf"} for sign in begins)
        assert not any(unicodedata.category(line[-1]) in {"Ps", "Pi"} for line in lines)
    assert columns("三次握手 ok") == 11
