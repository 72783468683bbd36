"""What several tests are given."""

from __future__ import annotations

import pytest

from checker.cli import main
from tests.command_line import Answer, Ask


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run a command line in this process."""

    def run(*words: str) -> Answer:
        code = main(words)
        printed = capsys.readouterr()
        return Answer(code, printed.out, printed.err)

    return run
