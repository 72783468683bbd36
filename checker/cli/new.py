"""The commands for beginners: new, which writes a file to begin with, and tutorial, which says what to type first."""

from __future__ import annotations

import argparse
import keyword
import os
import re
import shlex
import tomllib
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from checker.cli.exits import OK
from checker.cli.values import UsageError
from checker.host import writing
from model.notation.sorts import nearest
from model.tcp.handshakes import HANDSHAKES
from reports.language.catalogue import FOLDER
from reports.traces.terminal import of_output
from reports.width import WIDTH
from reports.wrapping import wrapped

ROOT = Path(__file__).parents[2]
TUTORIALS = ROOT / "model" / "tutorials"
LESSONS = ROOT / "reports" / "lessons"
_TEMPLATE = Path(__file__).parent / "beginnings" / "handshake.txt"
_NARROW = 24
"""In fewer columns nothing is wrapped."""


def origins() -> tuple[str, ...]:
    """Return the names of what a file can begin as: handshakes, tutorials and lessons."""
    return (*HANDSHAKES, *_files())


def _files() -> Mapping[str, Path]:
    return {file.stem: file for file in (*sorted(TUTORIALS.glob("*.py")), *sorted(LESSONS.glob("*.ipynb")))}


def new(arguments: argparse.Namespace) -> int:
    """Write a model file, or a notebook, to begin with."""
    path, origin = Path(arguments.file), arguments.origin
    files = _files()
    if origin not in origins():
        raise UsageError(f"there is nothing called {origin!r} to begin with; {nearest(origin, origins())}")
    suffix = files[origin].suffix if origin in files else ".py"
    if path.suffix != suffix:
        raise UsageError(
            f"what is written is {'Python' if suffix == '.py' else 'a notebook'}: name a file as in {path.stem}{suffix}"
        )
    text = _copied(files[origin], path) if origin in files else _begun(origin, path)
    if os.path.lexists(path):
        raise UsageError(f"{path} is there already, and stays as it is: name another file")
    writing.check(path)
    writing.write({path: text})
    kind = "handshake" if origin in HANDSHAKES else {".py": "model", ".ipynb": "lesson"}[suffix]
    print(lessons()["written"][kind][arguments.lang].format(file=shlex.quote(str(path)), origin=origin))
    return OK


def _begun(base: str, path: Path) -> str:
    """Return a handshake derived from another, called as its file is."""
    name = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "mine"
    name = f"my-{name}" if name in HANDSHAKES else name
    mine = "".join(word.capitalize() for word in name.split("-"))
    parent = HANDSHAKES[base].__name__
    if not mine.isidentifier() or keyword.iskeyword(mine) or mine == parent:
        mine = f"My{mine}"
    given = {"base": base, "parent": parent, "file": shlex.quote(str(path)), "name": name, "mine": mine}
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(given)


def _copied(origin: Path, path: Path) -> str:
    """Return a file to learn from, whose commands are about the file that it becomes."""
    here = origin.relative_to(ROOT).as_posix()
    return origin.read_text(encoding="utf-8").replace(here, shlex.quote(str(path)))


def lessons() -> Mapping[str, Any]:
    """Return what the tutorial says, in both languages: what to type, and the files that there are to learn from."""
    return tomllib.loads((FOLDER / "tutorial.toml").read_text(encoding="utf-8"))


def tutorial(arguments: argparse.Namespace) -> int:
    """Say what to type first, and which files there are to learn from."""
    told, code = lessons(), arguments.lang
    width = max(min(of_output()[0], WIDTH), _NARROW)
    lines = wrapped(told["begin"][code], width)
    for number, step in enumerate(told["steps"], 1):
        lines += ["", f"{number}. {step['run']}", *wrapped(step[code], width, "   ")]
    lines += ["", *wrapped(told["learn"][code], width)]
    for file in told["files"]:
        lines += ["", f"   {file['run']}", *wrapped(file[code], width, "   ")]
    print("\n".join(lines))
    return OK
