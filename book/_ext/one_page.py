"""The whole book as one page, for the PDF.

Several extensions tell Sphinx how to write their nodes on many pages, and not on one: the
two ways are the same.
"""

from __future__ import annotations

from sphinx.application import Sphinx

BUILDER = "singlehtml"


def share_writers(app: Sphinx) -> None:
    """Let one page be written as many pages are."""
    if app.builder.name == BUILDER:
        handlers = app.registry.translation_handlers
        handlers[BUILDER] = handlers["html"] | handlers.get(BUILDER, {})


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", share_writers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
