"""``make pages``: make the pages anew that are made from what they are about, and run what all of them show.

Names of pages as arguments are those that are looked at; without any it is all of them, which takes some minutes.
"""

import sys
import tempfile
from pathlib import Path

from checker.cli.manual.made import made
from checker.cli.manual.pages import ROOT, Session, Shell, exercise, filled, pages, ran

_printed: dict[tuple[object, ...], str] = {}


def _terminal(session: Session) -> str:
    """Return what a session prints; one that several pages show runs once."""
    key = (session.commands, session.files, session.exercise)
    if key not in _printed:
        with tempfile.TemporaryDirectory() as directory:
            _printed[key] = ran(session, Shell(Path(directory), session.files, session.exercise).run)
    return _printed[key]


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != content:
        path.write_text(content, encoding="utf-8")
        print(f"{path.relative_to(ROOT)} has changed", flush=True)  # what it is run for


for path, content in made().items():
    _write(path, content)
named = [(ROOT / name).resolve() for name in sys.argv[1:]]
for page in named or pages():
    _write(page, filled(page.read_text(encoding="utf-8"), _terminal, exercise(page)))
