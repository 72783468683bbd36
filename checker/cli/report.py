"""The command that writes the report of the whole study: report."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from checker.cli import exits, progress, request, values
from checker.cli.exits import INTERRUPTED, OK, UNKNOWN
from checker.decide import InterruptedSearchError
from checker.studies.study import study
from model.tcp.composition import CLIENT_SERVER
from properties.specification import Specification
from reports.study.write import files


def report(arguments: argparse.Namespace) -> int:
    """Decide and count what the study is about, and write it as an HTML page and a Markdown page with its pictures."""
    given: list[Specification] = arguments.models
    models = request.told_apart(given)
    other = next((spec for spec in models if spec.composition is not CLIENT_SERVER), None)
    if other is not None:
        raise values.UsageError(f"report is for handshakes of a client and a server: {other.name} is another model")
    setting = request.setting(arguments, *models)
    directory = Path(arguments.output)
    if directory.exists() and not directory.is_dir():
        raise values.UsageError(f"{directory} is a file: name a directory for the report")
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise values.UsageError(f"{directory} cannot be made: {error.strerror}; name another directory") from error
    try:
        with progress.shown() as show:
            found = study(replace(setting, limits=replace(setting.limits, progress=show)), models)
    except InterruptedSearchError:
        print("synproof: interrupted; nothing was written", file=sys.stderr)
        return INTERRUPTED
    try:
        for name, content in files(found, arguments.lang).items():
            (directory / name).write_text(content, encoding="utf-8", newline="\n")
            print(directory / name)
    except OSError as error:
        raise values.UsageError(f"{directory} cannot be written: {error.strerror}; name another directory") from error
    return exits.smallest((exits.declared(found.every), OK if found.decided else UNKNOWN))
