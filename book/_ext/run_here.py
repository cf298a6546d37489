"""The script that lets a chapter run in its page, where `make lite` has put one.

`make book` makes pages without Python, whose script is empty: no button, and no link that leads
nowhere. `make lite` writes another in its place, and Python beside the pages.
"""

from __future__ import annotations

from sphinx.application import Sphinx

SCRIPT = "lite.js"
# Pages that only link to what runs.
LINKING = ("book/data", "book/teaching")


def add_script(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Let chapters load it, and pages that link to what runs."""
    if page.startswith("notebooks/") or page in LINKING:
        app.add_js_file(SCRIPT, loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("html-page-context", add_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
