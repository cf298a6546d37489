"""Make the slides: one HTML file a deck, with nothing outside it.

`make.py DIR` writes them. A deck is `<name>.md`: a title with a line, then slides, each a
heading, a line, and below it lines that begin with what they are: `formula:`, `figure:` with the
name of a figure of a chapter, `drawing:`, and `note:` for what the speaker says. The figure comes
from `book/figures`, its caption and its alternative text, with numbers of its curves, from the
chapter. A drawing comes from `book/_static`, its alternative text from the page for those who have
never met one.
"""

from __future__ import annotations

import ast
import base64
import html
import re
import struct
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Template
from typing import NamedTuple

import jupytext
import nbformat

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "notebooks"))
import alt_text

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
CHAPTERS = ROOT / "notebooks"
DRAWINGS = ROOT / "book" / "_static"
SHOWS_DRAWINGS = ROOT / "book" / "five-minutes.md"
FIGURES = ROOT / "book" / "figures"
DECKS = sorted(FOLDER.glob("*.md"))

SYMBOLS = {
    "alpha": "α",
    "bar": "\u0304",  # combines with the letter before it
    "beta": "β",
    "cdot": "·",
    "chi": "χ",
    "cos": "cos ",
    "delta": "δ",
    "ell": "ℓ",
    "epsilon": "ε",
    "gamma": "γ",
    "gg": "≫",
    "le": "≤",
    "ll": "≪",
    "mu": "μ",
    "nu": "ν",
    "pi": "π",
    "propto": " ∝ ",
    "qquad": "\u2003\u2003",
    "sigma": "σ",
    "tau": "τ",
    "theta": "θ",
    "tfrac12": "½",
    "times": "×",
    "to": " → ",
    ",": "\u202f",
}
TOKEN = re.compile(r"\\tfrac12|\\[A-Za-z]+|\\.|[A-Za-z]|[\d.]+|\S|\s+")


# What a slide may have beside a heading and a line.
PARTS = re.compile(r"^(formula|figure|drawing|note): ((?:.+\n?)+)", re.MULTILINE)


class Slide(NamedTuple):
    """One slide: a heading, a line, perhaps a formula, a figure or a drawing, and a note."""

    title: str
    line: str
    figure: str | None = None
    drawing: str | None = None
    formula: str | None = None
    note: str | None = None


class Figure(NamedTuple):
    """What a chapter says of a figure; the alternative text is yet without its numbers."""

    chapter: str
    caption: str
    alt: str


def read_deck(source: Path) -> list[Slide]:
    """Read the text of a deck; the first slide is its title."""
    slides = []
    for part in re.split(r"^##? ", source.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title, _, rest = part.partition("\n")
        first = PARTS.search(rest)
        line = rest[: first.start()] if first else rest
        parts = {kind: " ".join(text.split()) for kind, text in PARTS.findall(rest)}
        slides.append(Slide(title.strip(), " ".join(line.split()), **parts))
    if not slides:
        raise ValueError(f"{source.name} holds no slides")
    return slides


@cache
def figures() -> Mapping[str, Figure]:
    """Return the figures of the chapters, by the name of their files."""
    found = {}
    for source in sorted(CHAPTERS.glob("*.md")):
        cells = jupytext.read(source).cells
        heading = re.search(r"^# (.+)$", "\n".join(c.source for c in cells), re.MULTILINE)[1]
        for cell in cells:
            made = re.search(r"take_away\(\s*\w+,\s*\"([\w-]+)\"", cell.source)
            if cell.cell_type == "code" and made:
                shown = cell.metadata["mystnb"]
                found[made[1]] = Figure(heading, shown["figure"]["caption"], shown["image"]["alt"])
    return found


def drawing_alt(name: str) -> str:
    """Return the alternative text of a drawing."""
    page = SHOWS_DRAWINGS.read_text(encoding="utf-8")
    found = re.search(rf"^`{{3}}{{image}} _static/{name}\.svg\n:alt: (.+)$", page, re.MULTILINE)
    if not found:
        raise ValueError(f"{SHOWS_DRAWINGS.name} shows no drawing {name}")
    return found[1]


@cache
def equations() -> Mapping[str, str]:
    """Return the numbers of the book's own equations, as `paper_equations` gives them."""
    found = {}
    for source in sorted(CHAPTERS.glob("*.md")):
        labels = re.findall(r"^\$\$ \((eq-.*)\)$", source.read_text(encoding="utf-8"), re.MULTILINE)
        own = [label for label in labels if not re.fullmatch(r"eq-\d+", label)]
        found |= {label: f"{source.stem}.{i}" for i, label in enumerate(own, 1)}
    return found


@cache
def glued() -> Mapping[str, str]:
    """Return the numbers that the chapters have put into their text."""
    return {
        output.metadata["scrapbook"]["name"]: ast.literal_eval(value)
        for path in sorted(CHAPTERS.glob("*.ipynb"))
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", ())
        if "scrapbook" in output.get("metadata", {})
        for value in output.data.values()
    }


def caption_html(caption: str) -> str:
    """Turn a caption in MyST into HTML, or refuse what it does not know."""
    text = html.escape(" ".join(caption.split()), quote=False)
    text = re.sub(r"\s*\{cite(?::\w+)?\}`[^`]*`", "", text)
    text = re.sub(r"\s*\{eq\}`eq-(\d+)`", r" (Eq. \1 of the paper)", text)
    text = re.sub(
        r"(?:Eq\.\s)?\{eq\}`([^`]*)`", lambda m: f"({equations()[m[1]]}) of the book", text
    )
    text = re.sub(r"\{numref\}`fig-[^`]*`", "another figure of the chapter", text)
    text = re.sub(r"\{glue:text\}`([^`]+)`", lambda m: html.escape(glued()[m[1]]), text)
    text = re.sub(r"\$([^$]+)\$", lambda m: formula_html(html.unescape(m[1])), text)
    text = re.sub(r"`([^`]+)`", r"\1", text)
    text = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", text)
    if left := re.search(r"[\\$`{}]", text):
        raise ValueError(f"cannot set {left[0]!r} in the caption {caption!r}")
    return text


def formula_html(formula: str) -> str:
    """Turn a short formula into HTML: letters, Greek, roots, upper and lower indices."""
    out, rest = [], formula.strip()
    while rest:
        argument, rest = _argument(rest)
        out.append(argument)
    return "".join(out)


def _argument(text: str) -> tuple[str, str]:
    """Set the first token of a formula, with what belongs to it."""
    if text[0] == "{":
        inside, rest = _braces(text)
        return formula_html(inside), rest
    token = TOKEN.match(text)[0]
    rest = text[len(token) :]
    if token in ("^", "_"):
        inside, rest = _argument(rest.lstrip())
        tag = "sup" if token == "^" else "sub"
        return f"<{tag}>{inside}</{tag}>", rest
    if token == "\\sqrt":
        inside, rest = _argument(rest.lstrip())
        return f'√<span class="root">{inside}</span>', rest
    if token in ("\\text", "\\mathrm"):
        return _braces(rest)
    if token == "\\bar":
        inside, rest = _argument(rest.lstrip())
        return inside + SYMBOLS["bar"], rest
    if token.startswith("\\"):
        if token[1:] not in SYMBOLS:
            raise ValueError(f"cannot set {token} in a slide")
        return SYMBOLS[token[1:]], rest.lstrip()
    if token.isalpha():
        return f"<i>{token}</i>", rest
    return html.escape(token.replace("-", "−")), rest


def _braces(text: str) -> tuple[str, str]:
    """Split a group in braces from what follows it."""
    depth = 0
    for i, letter in enumerate(text):
        depth += (letter == "{") - (letter == "}")
        if not depth:
            return text[1:i], text[i + 1 :]
    raise ValueError(f"a brace is open in {text!r}")


def deck_html(slides: list[Slide], folder: Path = FIGURES) -> str:
    """Return a deck as one page."""
    pieces = [_slide_html(i, slide, folder) for i, slide in enumerate(slides, 1)]
    template = Template((FOLDER / "template.html").read_text(encoding="utf-8"))
    return template.substitute(title=html.escape(slides[0].title), slides="\n".join(pieces))


def _slide_html(number: int, slide: Slide, folder: Path) -> str:
    lines = [
        f'<section aria-labelledby="title-{number}">',
        f'<h2 id="title-{number}">{html.escape(slide.title)}</h2>',
        f"<p>{html.escape(slide.line, quote=False)}</p>",
    ]
    if slide.formula:
        lines.append(f'<p class="formula">{formula_html(slide.formula)}</p>')
    if slide.figure:
        if slide.figure not in figures():
            raise ValueError(f"slide {slide.title!r}: no chapter makes the figure {slide.figure}")
        figure = figures()[slide.figure]
        picture = (folder / f"{slide.figure}.png").read_bytes()
        image = base64.b64encode(picture).decode()
        alt = html.escape(alt_text.filled(slide.figure, figure.alt, folder))
        lines += [
            f'<figure class="{shape(picture)}">',
            f'<img src="data:image/png;base64,{image}" alt="{alt}">',
            f"<figcaption>{caption_html(figure.caption)}",
            f"From the chapter “{html.escape(figure.chapter)}”.</figcaption>",
            "</figure>",
        ]
    if slide.drawing:
        image = base64.b64encode((DRAWINGS / f"{slide.drawing}.svg").read_bytes()).decode()
        alt = html.escape(drawing_alt(slide.drawing))
        lines.append(f'<img src="data:image/svg+xml;base64,{image}" alt="{alt}">')
    if slide.note:
        note = html.escape(slide.note, quote=False)
        lines.append(f'<aside class="note" aria-label="Speaker’s note">{note}</aside>')
    if number == 1:
        lines.append(
            '<p class="source">From the companion to arXiv:2204.07802; text and figures CC BY 4.0.'
            " Arrow keys turn the slides, N shows notes for the speaker; print for a handout.</p>"
        )
    return "\n".join([*lines, "</section>"])


def shape(picture: bytes) -> str:
    """Return whether a PNG is wide, tall or neither: its caption stands where room is left."""
    width, height = struct.unpack(">II", picture[16:24])
    return "wide" if width > 1.4 * height else "tall"


def write(target: Path, figures_folder: Path = FIGURES) -> None:
    """Write every deck into a folder."""
    target.mkdir(parents=True, exist_ok=True)
    for source in DECKS:
        page = deck_html(read_deck(source), figures_folder)
        (target / f"{source.stem}.html").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
