"""Numbers in the alternative texts of the figures, read from what the figures draw.

A chapter's alternative text says in braces what to read, in the small language of
`notebooks/alt_text.py`; the figure's CSV, which the page has just written, says the number.
A text that cannot be filled in, or that states no number, is a warning and so fails the build.
"""

from __future__ import annotations

import sys
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "notebooks"))
import alt_text

PREFIX = "fig-"

logger = logging.getLogger(__name__)


def fill_in(app: Sphinx, doctree: nodes.document) -> None:
    """Fill in the alternative texts of a page."""
    for image in doctree.findall(nodes.image):
        figure = image.parent
        while figure is not None and not isinstance(figure, nodes.figure):
            figure = figure.parent
        labels = [] if figure is None else [*figure["names"], *figure["ids"]]
        names = [label.removeprefix(PREFIX) for label in labels if label.startswith(PREFIX)]
        alt = image.get("alt", "")
        if names:
            try:
                image["alt"] = alt_text.filled(names[0], alt)
            except (ValueError, OSError) as error:
                logger.warning("figure %s%s: %s", PREFIX, names[0], error, location=image)
        elif alt_text.PLACEHOLDER.search(alt):
            logger.warning(
                "an image that is no named figure reads numbers: %s", alt, location=image
            )


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("doctree-read", fill_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
