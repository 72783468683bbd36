"""The notebook runs from top to bottom, and its exercises can be done."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).parents[1]
LESSONS = sorted((ROOT / "reports" / "lessons").glob("*.ipynb"))


def ran(notebook: nbformat.NotebookNode, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run a notebook in a kernel of its own and return what each of its cells prints or shows as text."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    done = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(ROOT)}}).execute()
    return [
        "".join(out.get("text", "") or out.get("data", {}).get("text/plain", "") for out in cell.outputs)
        for cell in done.cells
        if cell.cell_type == "code"
    ]


SAYS = {
    "break_the_handshake": (
        "three-way: nothing is violated",
        "violated:  no-stale-establishment, agreement",
        "Nothing is broken yet.",
        "arbitrary: no-stale-establishment, agreement",
    ),
    "from_python": (
        "<two-way: 27 hold; 4 violated: no-stale-establishment (4), agreement (3), isn-acknowledged (4), figure-8>",
        "unknown - ",
        "3 client_closes CLOSED LISTEN",
        "('two-way', 'agreement')",
        r"\begin{tabular}{lll}",
        "accepts-any-ack: agreement: violated",
        "<two-way: agreement violated (3 steps)> violated",
        "agreement: When the server enters ESTABLISHED",
    ),
}
"""What the text around the cells goes by."""


def test_each_lesson_is_looked_at() -> None:
    assert {path.stem for path in LESSONS} == SAYS.keys()


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs_and_is_kept_without_its_output(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cells print differs with how verdicts show themselves, so that none of it is kept."""
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    assert all(cell.outputs == [] and cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code")
    outputs = ran(notebook, monkeypatch)
    assert len([text for text in outputs if text]) == len(outputs) - 1  # the first cell only defines
    assert [said for said in SAYS[path.stem] if said not in "\n".join(outputs)] == []


def test_a_cell_that_fails_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a runner that goes on after an error."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("from checker.decide import decides")])  # type: ignore[no-untyped-call]
    with pytest.raises(CellExecutionError):
        ran(notebook, monkeypatch)
