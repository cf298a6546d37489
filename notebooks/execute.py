"""Make each notebook anew from its .md half and execute it.

The .md halves are what people edit; the .ipynb halves carry the outputs that readers
download and the tests compare. A second run gives the same bytes. Without arguments every
chapter is made; `execute.py signal results` makes two.
"""

from __future__ import annotations

import sys
from pathlib import Path

import jupytext
import nbformat
from companion import write_atomically
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parent


def notebook(source: Path) -> nbformat.NotebookNode:
    """Read a .md half as a notebook without outputs.

    The cells are numbered, since the identifiers that nbformat makes are random.
    """
    nb = jupytext.read(source)
    for i, cell in enumerate(nb.cells):
        cell.id = f"{source.stem}-{i}"
    return nb


def merged(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Join neighbouring pieces of one stream: how a kernel splits a print is chance."""
    joined: list[nbformat.NotebookNode] = []
    for output in outputs:
        stream = output.get("name")
        if stream and joined and joined[-1].get("name") == stream:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def execute(source: Path) -> None:
    """Write the executed .ipynb half of a .md half."""
    nb = notebook(source)
    client = NotebookClient(
        nb,
        timeout=300,
        record_timing=False,
        resources={"metadata": {"path": str(source.parent)}},
    )
    client.execute()
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs = merged(cell.outputs)
    # which Python ran it is nothing to compare
    nb.metadata["language_info"] = {"name": "python"}
    write_atomically(source.with_suffix(".ipynb"), (nbformat.writes(nb) + "\n").encode())


def main(names: list[str]) -> None:
    """Execute the named chapters, or all of them."""
    for source in [FOLDER / f"{name}.md" for name in names] or sorted(FOLDER.glob("*.md")):
        print(f"notebooks/{source.name}", flush=True)
        execute(source)


if __name__ == "__main__":
    main(sys.argv[1:])
