"""The way through the book: chapters of one sitting, an hour that names all that is the paper's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from built import HTML, ROOT, read

CHAPTERS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.md"))
ONE_SITTING = 3000
THE_PATH = 13_000

HEAD = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
FENCE = re.compile(r"^(`{3,}|:{3,}).*?^\1$", re.DOTALL | re.MULTILINE)
FORMULA = re.compile(r"\$\$.*?\$\$(?: \([\w-]+\))?", re.DOTALL)


def words(source: Path) -> int:
    """Count the words of prose: no code, displayed formulas, exercises and solutions."""
    text = HEAD.sub("", source.read_text(encoding="utf-8"))
    text = re.split(r"\n## (?:Exercises|Ten questions)\n", text)[0]
    text = FORMULA.sub("", FENCE.sub("", text))
    return len(re.findall(r"\S*[A-Za-z0-9]\S*", text))


def path() -> list[Path]:
    """Return chapters 0 to 6: the five minutes, and the first six of the part on the paper."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [c["file"] for part in toc["parts"][:2] for c in part["chapters"]]
    return [ROOT / f"{file}.md" for file in files[:7]]


def test_words() -> None:
    assert words(ROOT / "book" / "five-minutes.md") > 400
    sample = ROOT / "notebooks" / "signal.md"
    assert 1000 < words(sample) < len(sample.read_text(encoding="utf-8").split()) / 2


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_is_one_sitting(chapter: str) -> None:
    assert words(ROOT / "notebooks" / f"{chapter}.md") <= ONE_SITTING


def test_the_path_is_short() -> None:
    assert path()[0].stem == "five-minutes" and path()[1].stem == "one-hour"
    assert sum(map(words, path())) <= THE_PATH


def page(name: str) -> BeautifulSoup:
    """Read a built page by its name."""
    return read(HTML / f"{name}.html")


def test_the_hour_is_an_hour_and_names_all_that_is_the_papers() -> None:
    hour = page("book/one-hour").find("article")
    stays = [float(m) for m in re.findall(r"\((\d+) min\)", hour.get_text())]
    total = int(re.search(r"about\s+(\d+)\s+minutes", hour.get_text())[1])
    assert 45 <= total <= 75 and abs(sum(stays) - total) < 2.5 + len(stays) / 2
    links = {link["href"].partition("#")[2] for link in hour.select("a[href]")}
    assert {f"equation-eq-{n}" for n in range(1, 15)} <= links
    for name, chapter in (
        ("belle2-limits", "belle2"),
        ("besiii-stcf-limits", "besiii-stcf"),
        ("results-landscape", "results"),
    ):
        assert f"fig-{name}" in links
        badge = page(f"notebooks/{chapter}").select_one(f"#fig-{name} .of-the-paper")
        assert re.fullmatch(r"Fig\. [123] of the paper", badge.text)


def test_badges_stand_on_the_papers_equations_alone() -> None:
    marked = {
        tag["id"].removeprefix("equation-eq-")
        for chapter in CHAPTERS
        for tag in page(f"notebooks/{chapter}").select("div.math.of-the-paper")
    }
    assert marked == {str(n) for n in range(1, 15)}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_chapter_says_how_long_it_takes(chapter: str) -> None:
    line = page(f"notebooks/{chapter}").select_one("h1 + p.reading-time, h1 ~ p.reading-time")
    minutes = int(re.match(r"Reading time: (\d+) min", line.text)[1])
    assert 2 < minutes <= 50


def test_the_cards_lead_to_the_hour() -> None:
    card = next(c for c in page("index").select(".welcome .sd-card") if "Read" in c.text)
    assert card.select_one("a")["href"].startswith("book/one-hour.html")
