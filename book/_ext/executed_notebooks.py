"""Pages from the chapters as `make` has executed them.

The notebooks beside the chapters hold the outputs that readers download and the tests compare; a
page shows what has just been computed, so the text that Sphinx reads is exchanged for it.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

EXECUTED = Path(__file__).resolve().parents[2] / "_build" / "executed"


def exchange(app: Sphinx, page: str, content: list[str]) -> None:
    """Read the executed notebook of a page."""
    if Path(app.env.doc2path(page)).suffix != ".ipynb":
        return
    notebook = EXECUTED / f"{page}.ipynb"
    if not notebook.is_file():
        raise ExtensionError(f"{page} has not been executed: `make book` does it")
    content[0] = notebook.read_text(encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("source-read", exchange)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
