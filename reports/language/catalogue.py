"""What a reader is told, in English or in Chinese.

No text is in two places. What is said of a claim, a handshake, an assumption, a scope or a scenario is written in English where
that is defined, and ``zh.toml`` has its Chinese, by kind, name and part. What only reports say is in ``words.toml``, and what
renderings say of runs in ``runs.toml``, in both languages side by side. Sentences that are put together elsewhere are known by
their English pattern, and ``zh-sentences.toml`` has its Chinese. A text of the user's own that has no translation stays
as it was written.

A translation keeps the beginning of a hash of the English it was made from. So a test can tell that one is missing, that one is
of something that is gone, and that the English has changed since, which is what gettext calls fuzzy.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from checker.decide import NETWORKS
from checker.scenarios import scenario as scenarios
from checker.scenarios.scenario import Scenario
from model.notation.said import Said
from model.tcp import scope
from model.tcp.assumptions import Assumptions
from model.tcp.composition import COMPOSITIONS, MORE
from model.tcp.handshakes import LISTED
from properties.catalogue import CLAIMS
from properties.claim import Claim
from properties.specification import SPECIFICATIONS, Specification
from reports.language import ENGLISH

FOLDER = Path(__file__).parent
CLAIM_PARTS = ("brief", "statement", "formula", "why", "when_stopped", "trigger", "because")
"""The parts of a claim that a reader is shown."""
WORDS = ("words.toml", "runs.toml", "explorer.toml")
"""What has no English elsewhere: what reports say, what is said of runs, and what the explorer says."""
_HASH = 8

Text = TypeVar("Text", str, tuple[str, ...])
Parts = Mapping[str, str | tuple[str, ...]]
"""The texts of one thing, by part; a scenario's sentences are several."""


@dataclass(frozen=True, slots=True)
class EnglishText:
    """What is said of one thing in English, where it is defined."""

    kind: str
    name: str
    parts: Parts

    @property
    def hash(self) -> str:
        """What changes when one of its texts does."""
        said = repr(sorted(self.parts.items()))
        return hashlib.sha256(said.encode()).hexdigest()[:_HASH]


def entries() -> Iterator[EnglishText]:
    """Yield all that comes with synproof and has texts to be translated."""
    for claim in CLAIMS.values():
        yield EnglishText("claims", claim.name, {part: getattr(claim, part) for part in CLAIM_PARTS})
    for spec in SPECIFICATIONS.values():
        if "/" not in spec.name:
            yield EnglishText("handshakes", spec.name, {"summary": spec.summary})
    for name, defence in LISTED.items():
        yield EnglishText("handshakes", name, {"summary": defence.summary})
    for composition in (*COMPOSITIONS.values(), *MORE):
        yield EnglishText("compositions", composition.name, {"summary": composition.summary})
    for name, assumption in Assumptions.declared().items():
        yield EnglishText("assumptions", name, {"meaning": assumption.meaning})
    for name, meaning in scope.MEANINGS.items():
        yield EnglishText("scopes", name, {"meaning": meaning})
    for how, name in NETWORKS.items():
        yield EnglishText("networks", name, {"meaning": how})
    fairness = {f.name: f.statement for claim in CLAIMS.values() for f in claim.fairness}
    for name, statement in fairness.items():
        yield EnglishText("fairness", name, {"statement": statement})
    for name in scenarios.names():
        scenario = scenarios.read(name)
        says = _sentences(scenario)
        yield EnglishText("scenarios", name, {"summary": scenario.summary} | ({"says": says} if says else {}))


def _sentences(scenario: Scenario) -> tuple[str, ...]:
    """Return what a scenario says between its steps, each sentence once."""
    return tuple(dict.fromkeys(str(entry.what) for entry in scenario.entries if entry.kind == "says"))


@dataclass(frozen=True, slots=True)
class Language:
    """A language: what it is called, ``tag`` in BCP 47, what reports say in it, and its translations by kind and name."""

    code: str
    name: str
    tag: str
    words: Mapping[str, str]
    translations: Mapping[str, Mapping[str, Mapping[str, Any]]]
    sentences: Mapping[str, str]
    """What is said elsewhere in English, by its pattern (:mod:`model.notation.said`)."""

    def tell(self, english: str, **values: object) -> str:
        """Return an English text in this language: a pattern with ``values``, or one that was put together before.

        Values that are sentences are told in it as well; a word by itself is a name. What has no translation stays as it is.
        """
        pattern, given = (english.pattern, english.values) if isinstance(english, Said) else (str(english), values)
        told = self.sentences.get(pattern, pattern)
        return (
            told.format(
                **{n: self.tell(v) if isinstance(v, Said) or (isinstance(v, str) and " " in v) else v for n, v in given.items()}
            )
            if given
            else told
        )

    def word(self, key: str, **values: object) -> str:
        """Return a text that only reports and runs have, with values put in. An id that does not exist is a mistake."""
        return self.words[key].format(**values)

    def counted(self, key: str, number: int) -> str:
        """Return a number of things; the id ``KEY-one`` has the words for a single one."""
        return self.word(f"{key}-one" if number == 1 else key, number=number)

    def text(self, kind: str, name: str, part: str, english: Text) -> Text:
        """Return a text in this language; as it is in English, where there is no translation."""
        found: Text = self.translations.get(kind, {}).get(name, {}).get(part, english)
        return found

    def claim(self, claim: Claim) -> Claim:
        """Return a claim whose texts are in this language."""
        if CLAIMS.get(claim.name) is not claim:
            own: dict[str, Any] = {part: getattr(claim, part) for part in CLAIM_PARTS}
            if not any(isinstance(text, Said) for text in own.values()):
                return claim  # the user's: its texts are its own, whatever its name
            own |= {part: self.tell(text) for part, text in own.items()}
            return replace(claim, **own)  # a count's
        told = replace(claim, **{part: self.text("claims", claim.name, part, getattr(claim, part)) for part in CLAIM_PARTS})
        if not told.fairness:
            return told
        return told.assuming(
            replace(f, statement=self.text("fairness", f.name, "statement", f.statement)) for f in told.fairness
        )

    def specification(self, spec: Specification) -> Specification:
        """Return a specification whose texts, and those of its claims, are in this language."""
        if self.code == ENGLISH:
            return spec
        composed, assuming = spec.composed, spec.assuming
        return replace(
            spec,
            summary=self._summary(spec),
            claims=tuple(map(self.claim, spec.claims)),
            liveness=tuple(map(self.claim, spec.liveness)),
            composed=None if composed is None else lambda other: self.specification(composed(other)),
            assuming=None if assuming is None else lambda others: self.specification(assuming(others)),
        )

    def _summary(self, spec: Specification) -> str:
        """Return what a handshake of ours is in a composition of ours, in this language; a user's says it in its own."""
        handshake, composition = spec.name.partition("/")[0], spec.composition
        ours = SPECIFICATIONS.get(handshake)
        if ours is None or composition is None or ours.composed is None or ours.composed(composition).summary != spec.summary:
            return spec.summary
        parts = [("handshakes", handshake), *([("compositions", composition.name)] if composition.name else [])]
        told = [self.text(kind, name, "summary", "") for kind, name in parts]
        return self.word("separator").strip().join(told) if all(told) else spec.summary

    def scenario(self, scenario: Scenario) -> Scenario:
        """Return a scenario that says what it says in this language."""
        english = _sentences(scenario)
        said = dict(zip(english, tuple(self.text("scenarios", scenario.name, "says", english)), strict=True))
        told = tuple(replace(e, what=said[str(e.what)]) if e.kind == "says" else e for e in scenario.entries)
        return replace(scenario, summary=self.text("scenarios", scenario.name, "summary", scenario.summary), entries=told)


@cache
def _read(name: str) -> Mapping[str, Any]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


@cache
def language(code: str) -> Language:
    """Return a language by its code; :data:`reports.language.CODES` has them."""
    words = {key: texts[code] for name in WORDS for key, texts in _read(name).items()}
    translations, sentences = ({}, {}) if code == ENGLISH else (_read(f"{code}.toml"), _read(f"{code}-sentences.toml"))
    return Language(code, words["language"], words["tag"], words, translations, sentences)


@cache
def glosses(code: str) -> Mapping[str, str]:
    """Return what the formulas of the invariants that are kept say, in words, by the formula as it is printed."""
    return {gloss["formula"]: gloss[code] for gloss in _read("invariants.toml")["glosses"]}
