"""The outputs that readers download are those of the chapters as the book has just run them.

`make test-notebooks` asks the same of nbval, which runs every chapter once more. Here the run of
the build serves: it is the same code, in the same order, and costs nothing.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path

import nbformat
import pytest
from myst_nb.core.utils import coalesce_streams

ROOT = Path(__file__).resolve().parents[2]
STORED = sorted((ROOT / "notebooks").glob("*.ipynb"))
BUILT = ROOT / "_build" / "jupyter_execute" / "notebooks"


GLUED = "application/papermill.record/text/plain"


def code(path: Path) -> list[nbformat.NotebookNode]:
    """Return the code cells of a notebook."""
    return [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]


def outputs(cell: nbformat.NotebookNode) -> list[tuple]:
    """Return what a cell shows.

    Without pictures, whose bytes hang on the machine's fonts, and without what is glued into the
    text, which the build keeps in a file of its own.
    """
    shown = []
    # the build puts all of a stream into its first piece and leaves the others behind it
    printed: dict[str, str] = {}
    for output in cell.outputs:
        if output.output_type == "stream":
            printed.setdefault(output.name, output.text)
        elif output.output_type == "error":
            shown.append(("error", output.ename))
        elif GLUED not in output.data:
            data = {k: v for k, v in output.data.items() if not k.startswith("image/")}
            shown.append((output.output_type, data))
    return [*printed.items(), *shown]


def as_built(cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return a stored cell with its streams joined as the build joins them."""
    joined = copy.deepcopy(cell)
    joined.outputs = coalesce_streams(joined.outputs)
    return joined


def glued(cells: list[nbformat.NotebookNode]) -> dict[str, str]:
    """Return what the cells glue into the text."""
    every = [output for cell in cells for output in cell.outputs if GLUED in output.get("data", {})]
    return {output.metadata["scrapbook"]["name"]: output.data[GLUED] for output in every}


def glued_by_the_build(path: Path) -> dict[str, str]:
    """Return what the build has glued into the text of a chapter."""
    kept = json.loads(path.with_suffix(".glue.json").read_text(encoding="utf-8"))
    return {name: output["data"]["text/plain"] for name, output in kept.items()}


def differences(stored: list, fresh: list) -> list[str]:
    """Return the cells whose source or output differs."""
    found = [] if len(stored) == len(fresh) else [f"{len(stored)} cells, {len(fresh)} in the book"]
    for old, new in zip(stored, fresh, strict=False):
        if old.source != new.source:
            found.append(f"source of the cell: {old.source[:60]}")
        elif (before := outputs(as_built(old))) != (after := outputs(new)):
            found.append(f"{old.source[:60]}: {before} became {after}")
    return found


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_every_cell_was_executed_in_order(path: Path) -> None:
    counts = [cell.execution_count for cell in code(path) if cell.source.strip()]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_outputs_are_those_of_the_build(path: Path) -> None:
    assert not differences(code(path), code(BUILT / path.name))
    assert glued(code(path)) == glued_by_the_build(BUILT / path.name)
    assert glued(code(path))


def signal_chapter() -> list[nbformat.NotebookNode]:
    """Return the cells of a chapter, built without a fault."""
    return [as_built(cell) for cell in code(next(p for p in STORED if p.stem == "signal"))]


@pytest.mark.parametrize(
    "fault",
    [
        lambda text: text.replace("0", "1", 1) + "!",
        lambda text: text + text.splitlines()[-1] + "\n",  # a line printed twice
        lambda text: "\n" + text,
        lambda text: "",
    ],
)
def test_a_changed_output_is_seen(fault) -> None:
    stored, fresh = signal_chapter(), signal_chapter()
    assert not differences(stored, fresh)
    printed = next(cell for cell in fresh if any(o.output_type == "stream" for o in cell.outputs))
    stream = next(o for o in printed.outputs if o.output_type == "stream")
    stream.text = fault(stream.text)
    assert len(differences(stored, fresh)) == 1
    assert differences(stored, fresh[:-1])
