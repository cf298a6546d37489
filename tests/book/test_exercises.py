"""The exercises: enough of them, each with a grade, a name of its own and a solution."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import jupytext
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
CHAPTERS = sorted(path.stem for path in FOLDER.glob("*.md"))
HEAD = re.compile(r"^`{3,}\{exercise(?:-start)?\}(.*)\n:label: (\S+)$", re.MULTILINE)
TITLE = re.compile(r" (easy|medium|hard): ([^$`{}]+)")


def exercises(chapter: str) -> list[tuple[str, str]]:
    """Return title and label of each exercise of a chapter."""
    return HEAD.findall((FOLDER / f"{chapter}.md").read_text(encoding="utf-8"))


ALL = [(chapter, *entry) for chapter in CHAPTERS for entry in exercises(chapter)]


def test_there_are_forty() -> None:
    assert len(ALL) >= 40


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_exercise_is_seen(chapter: str) -> None:
    text = (FOLDER / f"{chapter}.md").read_text(encoding="utf-8")
    assert len(exercises(chapter)) == len(re.findall(r"\{exercise(?:-start)?\}", text)) >= 4


@pytest.mark.parametrize(("chapter", "title", "label"), ALL)
def test_exercise_has_a_grade_and_a_name(chapter: str, title: str, label: str) -> None:
    assert TITLE.fullmatch(title), f"{chapter}: {label}: {title!r}"


def test_names_are_unique() -> None:
    names = Counter(found[2] for _, title, _ in ALL if (found := TITLE.fullmatch(title)))
    assert not [name for name, times in names.items() if times > 1]


@pytest.mark.parametrize("grade", ["easy", "medium", "hard"])
def test_no_grade_is_rare(grade: str) -> None:
    assert sum(title.startswith(f" {grade}:") for _, title, _ in ALL) >= 10


@pytest.mark.parametrize(("chapter", "title", "label"), ALL)
def test_exercise_has_a_solution(chapter: str, title: str, label: str) -> None:
    text = (FOLDER / f"{chapter}.md").read_text(encoding="utf-8")
    assert len(re.findall(rf"\{{solution(?:-start)?\}} {label}\n", text)) == 1


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_code_of_solutions_is_executed(chapter: str) -> None:
    """Code in a solution stands in cells, not in a block that nobody runs."""
    cells = jupytext.read(FOLDER / f"{chapter}.md").cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    _, _, after = text.partition("\n## Exercises\n")
    assert after
    assert not re.findall(r"^`{3,}(?:python|ipython3|py)\b.*", after, re.MULTILINE)


def test_the_list_covers_every_chapter_with_exercises() -> None:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = {chapter["file"] for part in toc["parts"] for chapter in part["chapters"]}
    assert "book/exercises" in files
    assert {f"notebooks/{chapter}" for chapter, *_ in ALL} <= files
