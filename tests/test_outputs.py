"""The outputs that readers download are those of the chapters as the book has just run them.

`make test-notebooks` asks the same of nbval, which runs every chapter once more. Here the run of
the build serves: it is the same code, in the same order, and costs nothing.
"""

from __future__ import annotations

import copy
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "notebooks"))
from execute import merged  # noqa: E402

STORED = sorted((ROOT / "notebooks").glob("*.ipynb"))
BUILT = ROOT / "_build" / "jupyter_execute" / "notebooks"


def code(path: Path) -> list[nbformat.NotebookNode]:
    """Return the code cells of a notebook."""
    return [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]


def outputs(cell: nbformat.NotebookNode) -> list[tuple]:
    """Return what a cell shows, without pictures, whose bytes hang on the machine's fonts."""
    shown = []
    for output in merged(copy.deepcopy(cell.outputs)):
        if output.output_type == "stream":
            shown.append((output.name, output.text))
        elif output.output_type == "error":
            shown.append(("error", output.ename))
        else:
            data = {k: v for k, v in output.data.items() if not k.startswith("image/")}
            shown.append((output.output_type, data))
    return shown


def differences(stored: list, fresh: list) -> list[str]:
    """Return the cells whose source or output differs."""
    found = [] if len(stored) == len(fresh) else [f"{len(stored)} cells, {len(fresh)} in the book"]
    for old, new in zip(stored, fresh, strict=False):
        if old.source != new.source:
            found.append(f"source of the cell: {old.source[:60]}")
        elif outputs(old) != outputs(new):
            found.append(f"{old.source[:60]}: {outputs(old)} became {outputs(new)}")
    return found


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_every_cell_was_executed_in_order(path: Path) -> None:
    counts = [cell.execution_count for cell in code(path) if cell.source.strip()]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_outputs_are_those_of_the_build(path: Path) -> None:
    assert not differences(code(path), code(BUILT / path.name))


def test_a_changed_output_is_seen() -> None:
    stored = code(next(path for path in STORED if path.stem == "signal"))
    fresh = copy.deepcopy(stored)
    assert not differences(stored, fresh)
    printed = next(cell for cell in fresh if any(o.output_type == "stream" for o in cell.outputs))
    stream = next(o for o in printed.outputs if o.output_type == "stream")
    stream.text = stream.text.replace("0", "1", 1) + "!"
    assert len(differences(stored, fresh)) == 1
    assert differences(stored, fresh[:-1])
