"""Each notebook is its .md half, executed: readers get what authors wrote."""

from __future__ import annotations

import re
from pathlib import Path

import jupytext
import nbformat
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
CHAPTERS = sorted(path.stem for path in FOLDER.glob("*.md"))
# A path of the machine that ran the notebook, such as a warning prints.
MACHINE = re.compile(r"(?<![\w./])/(?:home|root|tmp|usr|work|var|Users|private)/|[A-Z]:\\\\")
VOLATILE = {"jupytext_version", "language_info", "widgets"}


def read(chapter: str) -> nbformat.NotebookNode:
    """Read the executed half."""
    return nbformat.read(FOLDER / f"{chapter}.ipynb", as_version=4)


def code_cells(chapter: str) -> list[nbformat.NotebookNode]:
    """Return the cells with code in them."""
    return [c for c in read(chapter).cells if c.cell_type == "code" and c.source.strip()]


def test_both_halves_are_there() -> None:
    assert CHAPTERS
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == CHAPTERS


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_same_cells(chapter: str) -> None:
    written = jupytext.read(FOLDER / f"{chapter}.md")
    executed = read(chapter)
    kept = [(c.cell_type, c.source, dict(c.metadata)) for c in written.cells]
    assert [(c.cell_type, c.source, dict(c.metadata)) for c in executed.cells] == kept
    assert executed.metadata.kernelspec == written.metadata.kernelspec


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_executed_in_order(chapter: str) -> None:
    counts = [cell.execution_count for cell in code_cells(chapter)]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_outputs_are_clean(chapter: str) -> None:
    for cell in code_cells(chapter):
        for output in cell.outputs:
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", output.get("text")
            data = {
                k: v for k, v in output.get("data", {}).items() if not k.startswith("image/png")
            }
            shown = f"{output.get('text', '')} {data}"
            assert not MACHINE.search(shown), shown
            assert not re.search(r"\bnan\b", shown, re.IGNORECASE), shown
            assert " object at 0x" not in shown, shown


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_nothing_volatile(chapter: str) -> None:
    header = (FOLDER / f"{chapter}.md").read_text(encoding="utf-8").split("---")[1]
    assert not [field for field in VOLATILE if field in header]
    assert read(chapter).metadata.language_info == {"name": "python"}
    assert all("execution" not in cell.metadata for cell in read(chapter).cells)
