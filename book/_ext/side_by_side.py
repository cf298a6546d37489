"""Read and set the pages on all cores."""

from __future__ import annotations

import os

from sphinx.application import Sphinx

# They do not say whether pages may be read apart. One only changes how sections are numbered,
# once all pages are read, the other only what LaTeX gets.
SILENT = ("sphinx_jupyterbook_latex", "sphinx_multitoc_numbering")


def share(app: Sphinx) -> None:
    """Let Sphinx use all cores; Jupyter Book has no option for it."""
    for name in SILENT:
        app.extensions[name].parallel_read_safe = True
    app.parallel = os.cpu_count() or 1


def forget_unused(app: Sphinx, _doctree: object) -> None:
    """Drop modules that gave a page no source, as reading in one process does before the next."""
    modules = getattr(app.env, "_viewcode_modules", {})
    for name in [name for name, entry in modules.items() if entry and not entry[2]]:
        del modules[name]


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx of this extension."""
    app.connect("builder-inited", share)
    app.connect("doctree-read", forget_unused, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
