"""Make the worksheets: what students get, and the key, from one solved source each.

`make.py --students DIR` writes the students' notebooks, `make.py --key DIR` the solved ones,
executed. In a source, `<name>.md`, the tags of a cell say what becomes of it:

solution
    Blanked for students: of code remains a place for each name that a later check asks for,
    and the head of a function; of text, a line to answer on.
questions
    What is right and what comes out by the usual mistakes; folded, below `checking.py`.
check
    Kept: tests the student's answer.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parent
SOURCES = sorted(FOLDER.glob("*.md"))
LAB = "find-the-signal"
GROUPS = 20
TURN = "# Your turn."
ANSWER = "*Your answer:*"


def tags(cell: nbformat.NotebookNode) -> list[str]:
    """Return the tags of a cell."""
    return cell.metadata.get("tags", [])


def solved(source: Path) -> nbformat.NotebookNode:
    """Read a source as a notebook that needs no other file: with `checking.py` inside."""
    nb = jupytext.read(source)
    helper = (FOLDER / "checking.py").read_text(encoding="utf-8")
    for i, cell in enumerate(nb.cells):
        cell.id = f"{source.stem}-{i}"  # the identifiers that nbformat makes are random
        if "questions" in tags(cell):
            cell.source = f"{helper}\n\n{cell.source}"
            cell.metadata["jupyter"] = {"source_hidden": True}
    nb.metadata = {
        "kernelspec": nb.metadata["kernelspec"],
        "language_info": {"name": "python"},
    }
    return nb


def student(nb: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the notebook without its solutions."""
    blank = copy.deepcopy(nb)
    wanted = asked_for(nb)
    for cell in blank.cells:
        if "solution" in tags(cell):
            is_code = cell.cell_type == "code"
            cell.source = blanked(cell.source, wanted) if is_code else ANSWER
            cell.metadata["tags"] = ["answer"]
    return blank


def asked_for(nb: nbformat.NotebookNode) -> set[str]:
    """Return the names that the checking cells look at."""
    return {
        node.id
        for cell in nb.cells
        if "check" in tags(cell)
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Name) and node.id != "check"
    }


def blanked(code: str, wanted: set[str]) -> str:
    """Return what is left of a solution: a place for every answer, in the order of the code."""
    lines = [TURN]
    for statement in ast.parse(code).body:
        if isinstance(statement, ast.FunctionDef):
            if statement.name in wanted:
                lines += head(statement)
        elif isinstance(statement, ast.Assign):
            names = [
                node.id
                for target in statement.targets
                for node in ast.walk(target)
                if isinstance(node, ast.Name) and node.id in wanted
            ]
            lines += [f"{name} = ..." for name in names]
    return "\n".join(dict.fromkeys(lines))


def head(function: ast.FunctionDef) -> list[str]:
    """Return the first lines of a function, with its docstring and nothing in it."""
    lines = [f"def {function.name}({ast.unparse(function.args)}):"]
    if docstring := ast.get_docstring(function):
        lines.append(f'    """{docstring}"""')
    return [*lines, "    ..."]


def execute(nb: nbformat.NotebookNode, allow_errors: bool = False) -> nbformat.NotebookNode:
    """Run a notebook in place and return it."""
    NotebookClient(nb, timeout=300, record_timing=False, allow_errors=allow_errors).execute()
    return nb


def write(nb: nbformat.NotebookNode, path: Path) -> None:
    """Write a notebook whole or not at all."""
    nbformat.validate(nb)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(nbformat.writes(nb) + "\n", encoding="utf-8")
    os.replace(temporary, path)


def write_students(folder: Path) -> None:
    """Write what students get."""
    for source in SOURCES:
        write(student(solved(source)), folder / f"{source.stem}.ipynb")


def hidden(groups: int = GROUPS) -> list[tuple[int, float, float]]:
    """Return what the lab hides from each group: its number, mass [GeV] and coupling [GeV^-1]."""
    nb = solved(FOLDER / f"{LAB}.md")
    (cell,) = (cell for cell in nb.cells if "questions" in tags(cell))
    namespace: dict = {"__name__": LAB}
    exec(compile(cell.source, f"{LAB}.md", "exec", dont_inherit=True), namespace)
    return [(group, *map(float, namespace["world"](group))) for group in range(1, groups + 1)]


def write_key(folder: Path) -> None:
    """Write the solved worksheets, executed, and the table of what the lab hides."""
    for source in SOURCES:
        write(execute(solved(source)), folder / f"{source.stem}.ipynb")
    lines = ["group,m_N [GeV],d [GeV^-1]", *(f"{g},{m:.4f},{d:.3e}" for g, m, d in hidden())]
    (folder / f"{LAB}-groups.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Make what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=Path, metavar="DIR", help="folder for the students'")
    parser.add_argument("--key", type=Path, metavar="DIR", help="folder for the solved ones")
    given = parser.parse_args(arguments)
    if given.students:
        write_students(given.students)
    if given.key:
        write_key(given.key)


if __name__ == "__main__":
    main(sys.argv[1:])
