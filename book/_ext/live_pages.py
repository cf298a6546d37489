"""Widgets that compute in the browser: where they stand, their tables and the plotting library.

A book must work from its folder without a network, so plotly.js is copied out of its wheel
beside the pages, and the tables of `explorer_tables` become a script: a page opened from a folder
may load scripts, but fetch no data. The directive `live` says where a widget stands:

    ```{live} explorer Change the search and watch the curve
    :controls: experiment luminosity
    {numref}`fig-results-shape` shows two of these curves.
    ```

With a line beside its name the widget is folded below that line and loads when it is opened; with
`controls` it has these alone. The text is for paper, and for a browser without scripts. One page
holds one widget, since their controls share names.
"""

from __future__ import annotations

import json
from html import escape
from importlib.metadata import distribution
from pathlib import Path
from shutil import copyfile

import explorer_tables
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

WHEEL = "plotly"  # only a source of its JavaScript
LIBRARY = "plotly.min.js"
FOLDER = "explorer"
TABLES = "tables.js"
START = "start.js"  # loads the others
STYLE = "live.css"
#: The page of each widget, to which a link to its state leads.
HOMES = {"explorer": "book/explorer", "player": "book/player"}


class Place(nodes.General, nodes.Element):
    """Where a widget stands; its children are what stands there on paper."""


class Live(SphinxDirective):
    """The directive `live`."""

    required_arguments = 1
    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = {"controls": directives.unchanged}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        """Return the place, with its text."""
        widget, *summary = self.arguments
        if widget not in HOMES:
            raise self.error(f"live must be one of {', '.join(HOMES)}, got {widget!r}")
        if not self.content:
            raise self.error("live needs a text for paper")
        place = Place(widget=widget, summary=summary, controls=self.options.get("controls", ""))
        self.state.nested_parse(self.content, self.content_offset, place)
        return [place]


def visit_place(self: HTML5Translator, node: Place) -> None:
    """Open what stands there on paper."""
    self.body.append('<div class="live-place"><div class="live-still">')


def depart_place(self: HTML5Translator, node: Place) -> None:
    """Write what the script of a page fills, hidden from pages without one."""
    home = self.builder.get_relative_uri(self.builder.current_docname, HOMES[node["widget"]])
    named = {"widget": node["widget"], "home": home, "controls": node["controls"]}
    data = "".join(f' data-{name}="{escape(value)}"' for name, value in named.items())
    root = f'<div class="live"{data}></div>'
    for line in node["summary"]:
        root = f"<details><summary>{escape(line)}</summary>{root}</details>"
    self.body.append(f'</div><div class="live-moving" hidden>{root}</div></div>\n')


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
    """Let a page with a widget load what it needs, once its text is there."""
    if isinstance(doctree, nodes.document) and next(iter(doctree.findall(Place)), None):
        app.add_js_file(f"{FOLDER}/{START}", loading_method="defer")
        app.add_css_file(f"{FOLDER}/{STYLE}")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_node(Place, html=(visit_place, depart_place))
    app.add_directive("live", Live)
    app.connect("builder-inited", write_files)
    app.connect("html-page-context", add_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
