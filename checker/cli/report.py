"""The command that writes the report of the whole study: report."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from checker.cli import exits, progress, values
from checker.cli.exits import INTERRUPTED, OK, UNKNOWN
from checker.decide import InterruptedSearchError, Setting
from checker.host import writing
from checker.host.machine import processors
from checker.studies.study import study
from model.tcp.scope import SCOPES
from reports.study.write import files


def report(arguments: argparse.Namespace) -> int:
    """Decide and count what the study is about, and write it as an HTML page and a Markdown page with its pictures."""
    directory = Path(arguments.output)
    if directory.is_file():
        raise values.UsageError(f"{directory} is a file: name a directory for the report")
    writing.directory(directory)
    setting = Setting(SCOPES["default"])
    try:
        with progress.shown() as show:
            limits = replace(setting.limits, progress=show)
            found = study(replace(setting, limits=limits, strategy=replace(setting.strategy, workers=processors())))
    except InterruptedSearchError:
        print("synproof: interrupted; nothing was written", file=sys.stderr)
        return INTERRUPTED
    pages = {directory / name: content for name, content in files(found, arguments.lang).items()}
    writing.write(pages)
    print(*pages, sep="\n")
    return exits.smallest((exits.declared(found.every), OK if found.decided else UNKNOWN))
