"""The slides: one file a deck, figures and their texts from the chapters, nothing from outside."""

from __future__ import annotations

import base64
import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup

# left to `make test SLOW=1`
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)


def module(path: str):
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


slides = module("book/slides/make.py")
PICTURES = ("data:image/png;base64,", "data:image/svg+xml;base64,")
DECKS = {source.stem: slides.read_deck(source) for source in slides.DECKS}


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a small picture for every figure; the true ones exist once a book is built.

    Nor is there a curve yet, so every number is 1.
    """
    folder = tmp_path_factory.mktemp("figures")
    for name in slides.figures():
        (folder / f"{name}.png").write_bytes(PIXEL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slides.alt_text, "filled", lambda name, template, folder: ones(template))
        yield folder


def ones(template: str) -> str:
    """Put 1 for every number of an alternative text."""
    return slides.alt_text.PLACEHOLDER.sub("1", template)


@pytest.fixture(scope="module")
def pages(figures: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("slides")
    slides.write(folder, figures)
    return {path.stem: path.read_text(encoding="utf-8") for path in folder.iterdir()}


@pytest.mark.parametrize("name", DECKS)
def test_nothing_from_outside(pages: dict[str, str], name: str) -> None:
    page = pages[name]
    assert "http" not in page and "//" not in page
    soup = BeautifulSoup(page, "html.parser")
    assert not soup.find_all(["link", "iframe", "object"])
    assert not soup.find_all("script", src=True)
    assert all(image["src"].startswith(PICTURES) for image in soup.find_all("img"))


@pytest.mark.parametrize("name", DECKS)
def test_figures_bring_the_texts_of_the_chapter(pages: dict[str, str], name: str) -> None:
    soup = BeautifulSoup(pages[name], "html.parser")
    sections = soup.find_all("section")
    assert len(sections) == len(DECKS[name])
    for section, slide in zip(sections, DECKS[name], strict=True):
        assert section.find("h2", id=section["aria-labelledby"]).text == slide.title
        assert section.find("p").text == slide.line
        if slide.figure:
            figure = slides.figures()[slide.figure]
            assert section.img["alt"] == ones(figure.alt) != figure.alt
            assert base64.b64decode(section.img["src"].partition(",")[2]) == PIXEL
            assert figure.chapter in section.figcaption.text
            assert len(section.figcaption.text) > 40


def test_a_drawing_stands_in_its_slide_with_words_for_it(pages: dict[str, str]) -> None:
    shown = [(name, slide) for name, deck in DECKS.items() for slide in deck if slide.drawing]
    assert shown
    for name, slide in shown:
        image = BeautifulSoup(pages[name], "html.parser").find("img", src=re.compile("svg"))
        assert image.find_parent("section").h2.text == slide.title
        assert b"<svg" in base64.b64decode(image["src"].partition(",")[2])
        assert len(image["alt"]) > 60
    with pytest.raises(ValueError, match="no drawing nowhere"):
        slides.drawing_alt("nowhere")


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        (r"\sqrt{2s}", '√<span class="root">2<i>s</i></span>'),
        (r"\bar\nu", "ν̄"),
        (r"x^{-1/2}", "<i>x</i><sup>−1/2</sup>"),
        (r"\ell_{\text{dec}}", "ℓ<sub>dec</sub>"),
        (r"a \to b", "<i>a</i>  → <i>b</i>"),
        (r"\pi \propto \cos\theta", "π ∝ cos θ"),
    ],
)
def test_formula(formula: str, shown: str) -> None:
    assert slides.formula_html(formula) == shown


@pytest.mark.parametrize("caption", [r"$\int f$", "an open ` tick", r"{doc}`elsewhere`", "$a"])
def test_what_cannot_be_set_is_refused(caption: str) -> None:
    with pytest.raises(ValueError, match="cannot set"):
        slides.caption_html(caption)


def test_references_of_a_caption_keep_their_meaning() -> None:
    """Outside the book an equation has its number, and no figure has the name of a file."""
    page = (ROOT / "notebooks" / "results.md").read_text(encoding="utf-8")
    labels = re.findall(r"^\$\$ \((eq-results-[a-z]+)\)$", page, re.MULTILINE)
    place = 1 + labels.index("eq-results-left")
    shown = slides.caption_html("Left: {eq}`eq-results-left`, as in {numref}`fig-results-shape`.")
    assert shown == f"Left: (results.{place}) of the book, as in another figure of the chapter."
    assert (
        slides.caption_html("The edge {eq}`eq-8` again.") == "The edge (Eq. 8 of the paper) again."
    )


@pytest.mark.parametrize("name", DECKS)
def test_formulas_and_notes_are_in_the_deck(pages: dict[str, str], name: str) -> None:
    sections = BeautifulSoup(pages[name], "html.parser").find_all("section")
    assert sum(slide.formula is not None for slide in DECKS[name]) >= 5
    for section, slide in zip(sections, DECKS[name], strict=True):
        assert bool(section.select_one("p.formula")) == (slide.formula is not None)
        note = section.select_one("aside.note")
        assert (note.text if note else None) == slide.note
    assert "slides 4 and 5" in (ROOT / "book" / "teaching.md").read_text(encoding="utf-8")
    assert DECKS["limits"][3].title == "Excluded at 95 %"


def test_an_unknown_figure_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no chapter makes the figure nowhere"):
        slides.deck_html([slides.Slide("A", "b", "nowhere")], tmp_path)


# ---- beside the book ---------------------------------------------------------


@pytest.fixture
def built(tmp_path: Path, figures: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the extension puts into a build."""
    extension = module("book/_ext/teachers_pack.py")
    maker = extension.maker

    def with_small_pictures(folder: str):
        found = maker(folder)
        if folder == "slides":
            monkeypatch.setattr(found.write, "__defaults__", (figures,))
        return found

    monkeypatch.setattr(extension, "maker", with_small_pictures)
    app = SimpleNamespace(builder=SimpleNamespace(format="html"), outdir=tmp_path)
    extension.write_files(app, None)
    return tmp_path


def test_beside_the_book_lie_slides_and_unsolved_worksheets(built: Path) -> None:
    files = {path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file()}
    sources = {path.stem for path in (ROOT / "book" / "worksheets").glob("*.md")}
    assert files == {f"_static/slides/{name}.html" for name in DECKS} | {
        f"_static/worksheets/{name}.ipynb" for name in sources
    }
    for path in built.rglob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        assert not [c for c in cells if "solution" in c["metadata"].get("tags", [])]
        assert not [c for c in cells if c.get("outputs")]
