"""The text of the chapters: numbers come from cells, figures can be read and taken away."""

from __future__ import annotations

import re
from pathlib import Path

import jupytext
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
CHAPTERS = sorted(path.stem for path in FOLDER.glob("*.md"))
# What is no prose: displayed and inline maths, fenced and inline code with roles, links.
NOT_PROSE = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$|```.*?```|\{[\w:]+\}`[^`]*`|`[^`]*`", re.DOTALL)
RESULT = re.compile(r"\d(?:\.\d+)?\s*[×x·]\s*10|\d[eE][-−+]\d|10⁻|10\^\{?-")
MATHS = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.DOTALL)
RESULT_IN_MATHS = re.compile(r"\d\s*\\(?:times|cdot)\s*10\s*\^")


def prose(markdown: str) -> str:
    """Return a cell's text without maths, code and roles."""
    return NOT_PROSE.sub(" ", markdown)


def typed_results(markdown: str) -> list[str]:
    """Return the numbers in scientific notation that somebody typed, in words or in maths."""
    in_words = RESULT.findall(prose(markdown))
    in_maths = [m for formula in MATHS.findall(markdown) for m in RESULT_IN_MATHS.findall(formula)]
    return in_words + in_maths


@pytest.mark.parametrize(
    "text",
    [
        "a limit of 8.1×10⁻⁶",
        "of 8e-6 GeV",
        r"down to $8 \times 10^{-6}$ GeV",
        "about 3 x 10 to the",
    ],
)
def test_typed_results_are_found(text: str) -> None:
    assert typed_results(text)


@pytest.mark.parametrize(
    "text", ["{glue:text}`limit` GeV⁻¹", "a slope of $10^{n}$", "`1e-6`", "2 charge modes"]
)
def test_other_text_is_left_alone(text: str) -> None:
    assert not typed_results(text)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_result_is_typed(chapter: str) -> None:
    cells = jupytext.read(FOLDER / f"{chapter}.md").cells
    found = {c.source[:80]: typed_results(c.source) for c in cells if c.cell_type == "markdown"}
    assert not {start: numbers for start, numbers in found.items() if numbers}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_title_holds_no_maths(chapter: str) -> None:
    text = (FOLDER / f"{chapter}.md").read_text(encoding="utf-8")
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    assert title and "$" not in title[1]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_figures_have_name_caption_and_alt(chapter: str) -> None:
    cells = jupytext.read(FOLDER / f"{chapter}.md").cells
    drawn = [c for c in cells if c.cell_type == "code" and "plt.show()" in c.source]
    assert drawn
    for cell in drawn:
        mystnb = cell.metadata.get("mystnb", {})
        assert mystnb.get("figure", {}).keys() >= {"name", "caption"}, cell.source
        assert len(mystnb.get("image", {}).get("alt", "")) >= 30, cell.source


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_figures_can_be_taken_away(chapter: str) -> None:
    text = (FOLDER / f"{chapter}.md").read_text(encoding="utf-8")
    made = re.findall(r"take_away\(\s*\w+,\s*\"([\w-]+)\"", text)
    assert len(made) == text.count("plt.show()")
    for name in made:
        for extension in ("png", "pdf", "csv"):
            assert f"<../book/figures/{name}.{extension}>" in text


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_exercises_have_folded_solutions(chapter: str) -> None:
    text = (FOLDER / f"{chapter}.md").read_text(encoding="utf-8")
    exercises = re.findall(r"\{exercise(?:-start)?\}.*\n:label: (\S+)", text)
    solutions = re.findall(r"\{solution(?:-start)?\} (\S+)\n:label: \S+\n:class: dropdown", text)
    assert len(exercises) >= 4
    assert sorted(solutions) == sorted(exercises)
