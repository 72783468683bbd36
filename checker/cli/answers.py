"""Answers for programs: what ``--json`` prints, with the provenance of each record, also when there is no answer.

Standard output has JSON whatever happens: a question that could not be asked, or not be answered, is a record too, with the
reason, and with the code that the command exits with.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from checker.cli import request
from checker.files import model_file
from checker.host.machine import processors
from checker.records import PROVENANCE, mistake, provenance
from properties.specification import Specification
from reports.traces.account import Account

Record = dict[str, Any]
_LISTS = ("compare", "check", "prove", "recheck")
"""The commands that may be asked several questions, and print a list of records for them, also where it was one."""


def found_by(arguments: argparse.Namespace, *specs: Specification) -> Record:
    """Return by what, where and how a command finds something about models."""
    threads = (arguments.workers or processors()) if hasattr(arguments, "workers") else None
    return provenance(*specs, command=arguments.words, threads=threads, seed=getattr(arguments, "seed", None))


def signed(record: Record, arguments: argparse.Namespace, *specs: Specification) -> Record:
    """Return a record with its provenance."""
    return {**record, PROVENANCE: found_by(arguments, *specs)}


def accounted(arguments: argparse.Namespace, accounts: Iterable[Account]) -> list[Account]:
    """Return accounts of runs with their provenance, which the format ``json`` has."""
    made = found_by(arguments, *_specs(arguments))
    return [replace(account, provenance=made) for account in accounts]


def show(records: Record | Sequence[Record]) -> None:
    """Print a record, or a list of them."""
    print(written(records))


def written(records: Record | Sequence[Record]) -> str:
    """Return a record, or a list of them, as text."""
    return json.dumps(records, indent=2, ensure_ascii=False)


def show_mistake(reason: str, code: int, words: Sequence[str], arguments: argparse.Namespace | None) -> None:
    """Print that there is no answer: a record for each question, as far as they are known.

    Those that had been answered before keep their records.
    """
    records: list[Record] = list(getattr(arguments, "answered", ()))
    done = {record.get("claim") for record in records}
    records += [
        {**mistake(reason, handshake=handshake, claim=claim, code=code), PROVENANCE: provenance(command=words)}
        for handshake in _models(words, arguments)
        for claim in _claims(arguments)
        if claim is None or claim not in done
    ]
    show(records if words[0] in _LISTS else records[0])


def _models(words: Sequence[str], arguments: argparse.Namespace | None) -> Iterable[str | None]:
    """Return the models that a command is asked about, as they were typed where they could not be read."""
    if arguments is None:
        return [word for word in words[1:] if request.comes_with_synproof(word) or model_file.is_path(word)] or [None]
    return [spec.reference for spec in _specs(arguments)] or [None]


def _specs(arguments: argparse.Namespace) -> list[Specification]:
    """Return the models that were named."""
    return [*getattr(arguments, "models", ()), *filter(None, [getattr(arguments, "model", None)])]


def _claims(arguments: argparse.Namespace | None) -> Iterable[str | None]:
    return getattr(arguments, "claims", None) or [getattr(arguments, "claim", None)]
