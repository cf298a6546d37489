"""Alternative texts state numbers, and each number is read from the figure's own curves."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import alt_numbers
import alt_text
import jupytext
import numpy as np
import pandas as pd
import pytest
from curve_reading import unfound
from docutils import nodes

ROOT = Path(__file__).resolve().parents[2]
# psi(3686) is a name
TYPED = re.compile(r"(?<![\w.(])\d+(?:\.\d+)?(?![\w.]*\d)")


FIGURES = {
    cell.metadata["mystnb"]["figure"]["name"]: cell
    for source in sorted((ROOT / "notebooks").glob("*.md"))
    for cell in jupytext.read(source).cells
    if cell.cell_type == "code" and "take_away(" in cell.source
}
TABLE = pd.DataFrame(
    {
        "m [GeV]": [1.0, 4.0, 16.0, 20.0],
        "d at 1 GeV": [4e-6, 1e-6, 2e-6, np.inf],
        "change": [-1.0, 0.0, 2.0, 3.0],
        "d": [1.0, 2.0, 3.0, np.nan],
        "kind": ["a", "b", "a", "c d"],
        "modes": [1, 2, 2, 1],
    }
)


def typed_results(alt: str, cell: str) -> list[str]:
    """Return the numbers typed into a text that stand neither in its cell nor in its braces."""
    given = cell + " ".join(alt_text.PLACEHOLDER.findall(alt))
    words = alt_text.PLACEHOLDER.sub(" ", alt)
    return [
        n for n in TYPED.findall(words) if not re.search(rf"(?<![\d.]){n}(?:\.?0*)(?!\d)", given)
    ]


# ---- the texts of the chapters -----------------------------------------------


@pytest.mark.parametrize("label", FIGURES)
def test_a_figure_states_numbers_of_its_own_curves(label: str) -> None:
    cell = FIGURES[label]
    assert f'"{label.removeprefix("fig-")}"' in cell.source  # the files bear the figure's name
    alt = cell.metadata["mystnb"]["image"]["alt"]
    assert alt_text.PLACEHOLDER.search(alt)
    assert "{" not in alt_text.PLACEHOLDER.sub("", alt)
    caption = cell.metadata["mystnb"]["figure"]["caption"]
    assert not typed_results(alt, cell.source + caption)


# ---- the small language ------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("{max change} and {min change}", "3.0 and −1.0"),
        ("{first m [GeV]} to {last d at 1 GeV}", "1.0 to 2.0×10⁻⁶"),
        ("{d at 1 GeV at 2}", "2.0×10⁻⁶"),  # straight on logarithmic axes
        ("{change at 2.5}", "−0.50"),  # and on plain ones where they must be
        ("{m [GeV] where min d at 1 GeV}", "4.0"),
        ("{m [GeV] where max d}", "16"),
        ("{change where d = 2.5 to 3 digits}", "1.00"),
        ("{m [GeV] where change = 0}", "4.0"),
        ("{count d} of {count m [GeV]}, {sum d}", "3 of 4, 6.0"),
        ("{max d for kind = a and modes = 2}", "3.0"),
        ("{change for kind = c d}", "3.0"),
        ("{max d / first d}", "3.0"),
        ("broken\n{max\n  d}", "broken\n3.0"),
    ],
)
def test_language(template: str, shown: str, tmp_path: Path) -> None:
    assert alt_text.fill(template, TABLE) == shown
    path = tmp_path / "x.csv"
    path.write_text("# what it is\n" + TABLE.to_csv(index=False), encoding="utf-8")
    assert not unfound(shown, template, path)


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{max nothing}", "cannot read {max nothing} in the columns"),
        ("{d}", "cannot read"),
        ("{d for kind = a}", "cannot read"),
        ("{d at 50}", "does not pass 50"),
        ("{max d for kind = c}", "holds no number"),
        ("{max d / min d / min d}", "more than one ratio"),
        ("{max d for colour = c}", "cannot read"),
    ],
)
def test_what_cannot_be_read_is_an_error(template: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        alt_text.fill(template, TABLE)


# ---- in the book -------------------------------------------------------------


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Build a page with one figure, and return its image and the warnings."""
    warnings: list[str] = []
    TABLE.to_csv(tmp_path / "x.csv", index=False)
    monkeypatch.setattr(alt_text.filled, "__defaults__", (tmp_path,))
    monkeypatch.setattr(
        alt_numbers.logger, "warning", lambda text, *args, **_: warnings.append(text % args)
    )

    def build(alt: str | None, name: str = "fig-x") -> tuple[nodes.image, list[str]]:
        image = nodes.image(uri="x.png", **({} if alt is None else {"alt": alt}))
        figure = nodes.figure("", nodes.container("", image), names=[name], ids=[name])
        document = SimpleNamespace(findall=nodes.section("", figure).findall)
        alt_numbers.fill_in(None, document)
        return image, warnings

    return build


def test_the_book_fills_in(page) -> None:
    image, warnings = page("It rises to {max d}.")
    assert image["alt"] == "It rises to 3.0."
    assert not warnings


@pytest.mark.parametrize(
    ("alt", "name", "says"),
    [
        (None, "fig-x", "alternative text of x reads no number"),
        ("It rises.", "fig-x", "alternative text of x reads no number"),
        ("It rises to {max e}.", "fig-x", "cannot read {max e}"),
        ("It rises to {max d}.", "fig-y", "No such file"),
        ("It rises to {max d}.", "drawing", "no named figure"),
    ],
)
def test_a_fault_stops_the_build(page, alt: str | None, name: str, says: str) -> None:
    _, warnings = page(alt, name)
    assert len(warnings) == 1
    assert says in warnings[0]
