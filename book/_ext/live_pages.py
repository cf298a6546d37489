"""Pages that compute in the browser: their scripts, their tables and the plotting library.

A book must work from its folder without a network, so plotly.js is copied out of its wheel
beside the pages, and the tables of `explorer_tables` become a script: a page opened from a folder
may load scripts, but fetch no data. Only the pages named here load any of it.
"""

from __future__ import annotations

import json
from importlib.metadata import distribution
from pathlib import Path
from shutil import copyfile

import explorer_tables
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

WHEEL = "plotly"  # only a source of its JavaScript
LIBRARY = "plotly.min.js"
FOLDER = "explorer"
TABLES = "tables.js"
SHARED = (LIBRARY, TABLES, "solver.js", "live.js")
PAGES = {"book/explorer": "explorer.js", "book/player": "player.js"}
STYLE = "live.css"


def library() -> Path:
    """Return the plotting library, as its wheel brings it."""
    dist = distribution(WHEEL)
    for file in dist.files or ():
        if file.name == LIBRARY:
            return Path(dist.locate_file(file))
    raise ExtensionError(f"{WHEEL} holds no {LIBRARY}")


def tables_script() -> str:
    """Return the tables of nudp as a script, with the colours of the book's figures."""
    from nudp import plots  # needs matplotlib

    content = explorer_tables.tables()
    for key, search in content["searches"].items():
        search["color"] = plots.SEARCH_STYLES[key]["color"]
    for bound in content["bounds"]:
        style = plots.BOUND_STYLES[bound["key"]]
        bound |= {"color": style["color"], "alpha": style["alpha"]}
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    return f"window.nudpTables={text};\n"


def write_files(app: Sphinx) -> None:
    """Put the library and the tables into the static folder of a build in HTML."""
    if app.builder.format != "html":
        return
    folder = Path(app.outdir, "_static", FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    copyfile(library(), folder / LIBRARY)
    (folder / TABLES).write_text(tables_script(), encoding="utf-8")


def add_scripts(app: Sphinx, pagename: str, template: str, context: dict, doctree: object) -> None:
    """Let a page of ours load what it needs, once its text is there."""
    if pagename in PAGES:
        for name in (*SHARED, PAGES[pagename]):
            app.add_js_file(f"{FOLDER}/{name}", loading_method="defer")
        app.add_css_file(f"{FOLDER}/{STYLE}")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", write_files)
    app.connect("html-page-context", add_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
