"""The command that writes the report of the whole study: report."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from checker.cli import exits, progress, request, values
from checker.cli.exits import INTERRUPTED, OK, UNKNOWN
from checker.decide import InterruptedSearchError
from checker.host import writing
from checker.studies.study import study
from model.tcp.composition import CLIENT_SERVER
from properties.specification import Specification
from reports.study.write import explorers, files


def report(arguments: argparse.Namespace) -> int:
    """Decide and count what the study is about, and write it as an HTML page and a Markdown page with its pictures."""
    given: list[Specification] = arguments.models
    models = request.told_apart(given)
    other = next((spec for spec in models if spec.composition is not CLIENT_SERVER), None)
    if other is not None:
        handshake = other.name.partition("/")[0]
        instead = f"write {handshake} in place of {other.name}" if other.composition else f"{other.name} is another model"
        raise values.UsageError(
            f"report is for handshakes of a client and a server, and decides what is claimed of their closing too: {instead}"
        )
    setting = request.setting(arguments, *models)
    directory = Path(arguments.output)
    if directory.is_file():
        raise values.UsageError(f"{directory} is a file: name a directory for the report")
    writing.directory(directory / "explorer")
    try:
        with progress.shown() as show:
            found = study(replace(setting, limits=replace(setting.limits, progress=show)), models)
    except InterruptedSearchError:
        print("synproof: interrupted; nothing was written", file=sys.stderr)
        return INTERRUPTED
    made = files(found, arguments.lang) | explorers(found)
    pages = {directory / name: content for name, content in made.items()}
    writing.write(pages)
    print(*pages, sep="\n")
    return exits.smallest((exits.declared(found.every), OK if found.decided else UNKNOWN))
