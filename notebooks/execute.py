"""Execute one chapter: read its .md half, write the notebook with its outputs.

`make` calls this once for each chapter that is out of date.  A second run gives the same bytes.
A notebook is written whole or, where a cell fails, not at all.  Beside it is written, for `make`,
which modules of the project it has loaded: an edit of another one is no reason to execute it again.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

# What a chapter is asked last: which modules it has loaded, and from where.
LOADED = "import sys; print(*sys.modules.values(), sep='\\n')"
ANSI = re.compile(r"\x1b\[[0-9;]*m")


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


def fault(nb: nbformat.NotebookNode, error: Exception | None = None) -> str | None:
    """Say in which cell a chapter failed, or printed a warning, and how."""
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, 1):
        for output in cell.outputs:
            if output.output_type == "error":
                place = re.findall(
                    r"Cell In.*?(, line \d+)", ANSI.sub("", "".join(output.traceback))
                )
                shown = f"{output.ename}: {ANSI.sub('', output.evalue)[:400]}"
            elif output.get("name") == "stderr":
                place, shown = [], output.text.strip()[-400:]
            else:
                continue
            first = next(iter(cell.source.splitlines()), "")
            return f"cell {number}{''.join(place[:1])} ({first[:60]}): {shown}"
    return f"{type(error).__name__}: {str(error)[-400:]}" if error else None


def execute(source: Path) -> tuple[nbformat.NotebookNode, list[str]]:
    """Return a chapter with its outputs, and the modules it loads; or leave with what is wrong."""
    nb = notebook(source)
    nb.cells.append(nbformat.v4.new_code_cell(LOADED))
    folder = {"metadata": {"path": str(source.parent)}}
    error = None
    try:
        # by default what a busy machine prints late is dropped, and nothing is said
        late = {"iopub_timeout": 120, "raise_on_iopub_timeout": True}
        NotebookClient(nb, timeout=300, record_timing=False, resources=folder, **late).execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as caught:
        error = caught
    if wrong := fault(nb, error):
        sys.exit(f"{source}, {wrong}")
    modules = "".join(output.text for output in nb.cells.pop().outputs)
    own = rf"from '{re.escape(str(Path.cwd()))}/((?:nudp|notebooks)/[^']+)'"
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs = merged(cell.outputs)
    # which Python ran it is nothing to compare
    nb.metadata["language_info"] = {"name": "python"}
    return nb, sorted(set(re.findall(own, modules)))


def main(source: Path, target: Path) -> None:
    """Execute a chapter and write it."""
    print(f"{source} ...", flush=True)
    start = time.perf_counter()
    nb, loaded = execute(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    # a module that is gone is a reason to execute again, not a rule that is missing
    rules = [f"{target}: {' '.join(loaded)}", *(f"{module}:" for module in loaded)]
    outputs = {target.with_suffix(".d"): "\n".join(rules), target: nbformat.writes(nb)}
    for path, content in outputs.items():
        part = path.with_suffix(".part")
        part.write_text(f"{content}\n", encoding="utf-8")
        part.replace(path)
    print(f"{source}: {time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
