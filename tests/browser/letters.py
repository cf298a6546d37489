"""How large the letters of a figure are on the page.

Each figure is offered as a PDF too, and a PDF says how large its letters are and how wide it is;
the browser says how wide the same figure is shown. On a phone a line of text must have letters of
8 CSS pixels, which is half of what the page's own text has, and an index must have 6.
"""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from playwright.sync_api import Page

TEXT = 8.0
INDEX = 6.0
SHRINK = 0.7  # an index over what it belongs to, in matplotlib

FIGURES = """() => [...document.querySelectorAll('figure[id^="fig-"]')].map(figure => {
    const name = figure.id.slice(4);
    const link = document.querySelector(`a.download[href$="/${name}.pdf"]`);
    const image = figure.querySelector('img');
    return [name, link?.href ?? null, image?.getBoundingClientRect().width ?? 0];
})"""


def sizes(pdf: Path) -> tuple[float, set[float]]:
    """Return the width of a figure and the sizes of its letters, both in points."""
    content = pdf.read_bytes()
    width = float(re.search(rb"/MediaBox \[\s*0 0 ([\d.]+)", content)[1])
    found = set()
    for part in re.finditer(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
        try:
            drawn = zlib.decompressobj().decompress(part[1])
        except zlib.error:  # a picture or a font
            continue
        found |= {float(size) for size in re.findall(rb"/F\S+ ([\d.]+) Tf", drawn)}
    return width, found


def too_small(pdf: Path, shown: float) -> list[str]:
    """Return the letters that are too small where a figure is so many CSS pixels wide."""
    width, points = sizes(pdf)
    faults = [] if points else ["no letters found"]
    for size in sorted(points):
        # a root is drawn a little smaller or larger, to fit
        index = any(abs(size / other - SHRINK) < 0.02 for other in points)
        pixels = size * shown / width
        if pixels < (INDEX if index else TEXT):
            faults.append(f"{'index' if index else 'text'} of {pixels:.1f} pixels")
    return faults


def letters_too_small(page: Page) -> dict[str, list[str]]:
    """Return the figures of a page, opened from its folder, with letters that are too small."""
    faults = {}
    for name, link, shown in page.evaluate(FIGURES):
        if link is None:
            faults[name] = ["no PDF is offered"]
        elif found := too_small(Path(url2pathname(unquote(urlsplit(link).path))), shown):
            faults[name] = found
    return faults
