"""The worksheets and the slides, put beside the pages that link to them.

Worksheets are made from their solved sources while the book is built, and the solved ones are
left out: the key is `make classroom`. Slides hold figures, which exist once the chapters have
been executed, so they come last.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

from sphinx.application import Sphinx
from sphinx.util import logging

ROOT = Path(__file__).resolve().parents[2]
# not a page of the book, and so beside its other files
SLIDES = "_static/slides"
WORKSHEETS = "_static/worksheets"

logger = logging.getLogger(__name__)


def maker(folder: str) -> ModuleType:
    """Return the script `make.py` of a folder, which is no package."""
    spec = importlib.util.spec_from_file_location(
        f"make_{folder}", ROOT / "book" / folder / "make.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_files(app: Sphinx, exception: Exception | None) -> None:
    """Write both into a build in HTML."""
    if exception is not None or app.builder.format != "html":
        return
    outdir = Path(app.outdir)
    maker("worksheets").write_students(outdir / WORKSHEETS)
    try:
        maker("slides").write(outdir / SLIDES)
    except FileNotFoundError as error:
        logger.warning("no slides: the figure %s has not been made", error.filename)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("build-finished", write_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
