"""The chapters as files: both halves agree, numbers come from cells, exercises have solutions.

What the cells put out is compared by nbval, which runs every chapter: in its folder, or, where slow
tests are wanted, out of its archive.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import jupytext
import nbformat
import pytest
import take_notebook
import yaml
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
CHAPTERS = sorted(path.stem for path in FOLDER.glob("*.md"))
IN_EVERY_CHAPTER = pytest.mark.parametrize("chapter", CHAPTERS)


@cache
def text(chapter: str) -> str:
    """Return the half that people edit."""
    return (FOLDER / f"{chapter}.md").read_text(encoding="utf-8")


@cache
def written(chapter: str) -> nbformat.NotebookNode:
    """Read the half that people edit."""
    return jupytext.reads(text(chapter), "md:myst")


@cache
def executed(chapter: str) -> nbformat.NotebookNode:
    """Read the executed half."""
    return nbformat.read(FOLDER / f"{chapter}.ipynb", as_version=4)


# ---- two halves ----------------------------------------------------------------

# A path of the machine that ran the notebook, such as a warning prints.
MACHINE = re.compile(r"(?<![\w./])/(?:home|root|tmp|usr|work|var|Users|private)/|[A-Z]:\\\\")


def test_both_halves_are_there() -> None:
    assert CHAPTERS
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == CHAPTERS


@IN_EVERY_CHAPTER
def test_readers_get_what_authors_wrote(chapter: str) -> None:
    halves = [
        [(cell.cell_type, cell.source, dict(cell.metadata)) for cell in half.cells]
        for half in (written(chapter), executed(chapter))
    ]
    assert halves[0] == halves[1]
    assert executed(chapter).metadata.kernelspec == written(chapter).metadata.kernelspec
    # versions would change from machine to machine
    assert executed(chapter).metadata.language_info == {"name": "python"}
    assert "jupytext_version" not in text(chapter) and "language_info" not in text(chapter)


@IN_EVERY_CHAPTER
def test_executed_in_order_and_clean(chapter: str) -> None:
    code = [c for c in executed(chapter).cells if c.cell_type == "code" and c.source.strip()]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    for output in (output for cell in code for output in cell.outputs):
        assert output.output_type != "error" and output.get("name") != "stderr", output
        data = {k: v for k, v in output.get("data", {}).items() if not k.startswith("image/png")}
        shown = f"{output.get('text', '')} {data}"
        assert not MACHINE.search(shown) and " object at 0x" not in shown, shown
        assert not re.search(r"\bnan\b", shown, re.IGNORECASE), shown


def test_a_slow_cell_prints_in_one_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without these settings chance cuts it, and the outputs change from run to run."""
    (tmp_path / "profile_default").mkdir()
    shutil.copy(FOLDER / "ipython_kernel_config.py", tmp_path / "profile_default")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    slow = "import time\nprint('one', end='')\ntime.sleep(0.5)\nprint()"
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(slow)])
    NotebookClient(nb, timeout=60).execute()
    assert [output.text for output in nb.cells[0].outputs] == ["one\n"]


@pytest.mark.slow
@IN_EVERY_CHAPTER
def test_out_of_its_archive_a_chapter_gives_what_is_stored(chapter: str, tmp_path: Path) -> None:
    archive = tmp_path / f"{chapter}.zip"
    take_notebook.write_archive(f"notebooks/{chapter}", archive)
    shutil.unpack_archive(archive, tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", f"{chapter}.ipynb"],
        cwd=tmp_path / f"nudp-{chapter}" / "notebooks",
        env={name: value for name, value in os.environ.items() if name != "MPLBACKEND"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]


# ---- numbers and figures ---------------------------------------------------------

# What is no prose: displayed and inline maths, fenced and inline code with roles, links.
NOT_PROSE = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$|```.*?```|\{[\w:]+\}`[^`]*`|`[^`]*`", re.DOTALL)
RESULT = re.compile(r"\d(?:\.\d+)?\s*[×x·]\s*10|\d[eE][-−+]\d|10⁻|10\^\{?-")
MATHS = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.DOTALL)
RESULT_IN_MATHS = re.compile(r"\d\s*\\(?:times|cdot)\s*10\s*\^")


@IN_EVERY_CHAPTER
def test_no_result_is_typed(chapter: str) -> None:
    for cell in written(chapter).cells:
        if cell.cell_type == "markdown":
            assert not RESULT.findall(NOT_PROSE.sub(" ", cell.source)), cell.source[:80]
            assert not RESULT_IN_MATHS.findall(" ".join(MATHS.findall(cell.source)))


@IN_EVERY_CHAPTER
def test_title_holds_no_maths(chapter: str) -> None:
    assert "$" not in re.search(r"^# (.+)$", text(chapter), re.MULTILINE)[1]


@IN_EVERY_CHAPTER
def test_figures_have_caption_and_alt_and_can_be_taken_away(chapter: str) -> None:
    drawn = [
        c for c in written(chapter).cells if c.cell_type == "code" and "plt.show()" in c.source
    ]
    assert drawn
    for cell in drawn:
        mystnb = cell.metadata.get("mystnb", {})
        assert mystnb.get("figure", {}).keys() >= {"name", "caption"}, cell.source
        assert len(mystnb.get("image", {}).get("alt", "")) >= 30, cell.source
    made = re.findall(r"take_away\(\s*\w+,\s*\"([\w-]+)\"", text(chapter))
    assert len(made) == len(set(made)) == text(chapter).count("plt.show()")
    assert "Take away: {download}" not in text(chapter), "the line below a figure makes itself"


# ---- exercises -------------------------------------------------------------------

HEAD = re.compile(r"^`{3,}\{exercise(?:-start)?\}(.*)\n:label: (\S+)$", re.MULTILINE)
SOLUTION = re.compile(r"\{solution(?:-start)?\} (\S+)\n:label: \S+\n:class: dropdown")
TITLE = re.compile(r" (easy|medium|hard): ([^$`{}]+)")


@IN_EVERY_CHAPTER
def test_exercises_have_grades_and_folded_solutions(chapter: str) -> None:
    exercises = HEAD.findall(text(chapter))
    assert len(exercises) == len(re.findall(r"\{exercise(?:-start)?\}", text(chapter))) >= 4
    assert [title for title, _ in exercises if not TITLE.fullmatch(title)] == []
    assert sorted(SOLUTION.findall(text(chapter))) == sorted(label for _, label in exercises)
    # code of solutions stands in cells, not in a block that nobody runs
    markdown = "\n".join(c.source for c in written(chapter).cells if c.cell_type == "markdown")
    after = markdown.partition("\n## Exercises\n")[2]
    assert after and not re.findall(r"^`{3,}(?:python|ipython3|py)\b.*", after, re.MULTILINE)


def test_exercises_of_the_book() -> None:
    titles = [title for chapter in CHAPTERS for title, _ in HEAD.findall(text(chapter))]
    names = Counter(TITLE.fullmatch(title)[2] for title in titles)
    assert len(titles) >= 40 and set(names.values()) == {1}
    grades = Counter(TITLE.fullmatch(title)[1] for title in titles)
    assert min(grades[grade] for grade in ("easy", "medium", "hard")) >= 10
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = {chapter["file"] for part in toc["parts"] for chapter in part["chapters"]}
    assert {"book/exercises", *(f"notebooks/{chapter}" for chapter in CHAPTERS)} <= files
