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

An answer in words has marks: `"marks": ["which_background", 3]`, its name and how many there are.
A cell for the name and one with the score are added. All cells bear the metadata of nbgrader, of
which a notebook takes no notice without it.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import sys
from pathlib import Path
from typing import NamedTuple

import jupytext
import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parent
SOURCES = sorted(FOLDER.glob("*.md"))
LAB = "find-the-signal"
GROUPS = 20
TURN = "# Your turn."
ANSWER = "*Your answer:*"
NAME = 'NAME = ""  # between the quotes: your name, or those of your group'
SCORE = "Run this cell last, and again after each change: it says how many points you have."
# Of a cell of nbgrader: is it graded, does a student write there, is it put back before grading?
KINDS = {
    "answer": (False, True, False),
    "marks": (True, True, False),
    "check": (True, False, True),
    "given": (False, False, True),
}


def tags(cell: nbformat.NotebookNode) -> list[str]:
    """Return the tags of a cell."""
    return cell.metadata.get("tags", [])


def solved(source: Path) -> nbformat.NotebookNode:
    """Read a source as a notebook that needs no other file: with `checking.py` inside."""
    nb = jupytext.read(source)
    helper = (FOLDER / "checking.py").read_text(encoding="utf-8")
    in_words = sum(cell.metadata.get("marks", (None, 0))[1] for cell in nb.cells)
    nb.cells.insert(1, nbformat.v4.new_code_cell(NAME))
    nb.cells.append(nbformat.v4.new_markdown_cell(SCORE))
    metadata = {"tags": ["score"]}
    nb.cells.append(nbformat.v4.new_code_cell(f"score(NAME, {in_words})", metadata=metadata))
    for i, cell in enumerate(nb.cells):
        cell.id = f"{source.stem}-{i}"  # the identifiers that nbformat makes are random
        if "questions" in tags(cell):
            cell.source = f"{helper}\n\n{cell.source}"
            cell.metadata["jupyter"] = {"source_hidden": True}
        for_nbgrader(cell)
    nb.metadata = {
        "kernelspec": nb.metadata["kernelspec"],
        "language_info": {"name": "python"},
    }
    return nb


def for_nbgrader(cell: nbformat.NotebookNode) -> None:
    """Say in a cell's metadata what nbgrader is to do with it."""
    kind, name, points = None, cell.id, None
    if marks := cell.metadata.pop("marks", None):
        kind, name, points = "marks", *marks
    elif "check" in tags(cell):
        kind, name, points = "check", asked_by(cell), 1
    elif {"questions", "score"} & set(tags(cell)):
        kind = "given"
    elif "solution" in tags(cell) and cell.cell_type == "code":
        kind = "answer"
    if kind:
        grade, solution, locked = KINDS[kind]
        cell.metadata["nbgrader"] = {
            "cell_type": cell.cell_type,
            "grade": grade,
            "grade_id": name,
            "locked": locked,
            "schema_version": 3,
            "solution": solution,
            "task": False,
        }
        if points:
            cell.metadata["nbgrader"]["points"] = points


def asked_by(cell: nbformat.NotebookNode) -> str:
    """Return the name of the question that a cell checks."""
    return ast.parse(cell.source).body[0].value.args[0].value


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


class Group(NamedTuple):
    """What the lab hides from a group, and what its data give: GeV and GeV^-1."""

    number: int
    photons: int
    m_N: float
    d: float
    m_fit: float
    d_fit: float
    d_error: float


def hidden(groups: int = GROUPS) -> list[Group]:
    """Return what the lab hides from each group, and what a right fit gives."""
    nb = solved(FOLDER / f"{LAB}.md")
    (cell,) = (cell for cell in nb.cells if "questions" in tags(cell))
    lab: dict = {"__name__": LAB}
    exec(compile(cell.source, f"{LAB}.md", "exec", dont_inherit=True), lab)
    rows = []
    for number in range(1, groups + 1):
        data = lab["data_of"](number)
        m_fit, d_fit, half_width = lab["fitted"](lab["DIRAC"], data)
        numbers = (*lab["world"](number), m_fit, d_fit, half_width(3.84))
        rows.append(Group(number, len(data), *map(float, numbers)))
    return rows


def write_key(folder: Path) -> None:
    """Write the solved worksheets, executed."""
    for source in SOURCES:
        write(execute(solved(source)), folder / f"{source.stem}.ipynb")


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
