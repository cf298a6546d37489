"""Below each figure of a chapter, what one may take away: the picture twice, and its curves.

`companion.take_away` has written the files when the chapter was executed.
"""

from __future__ import annotations

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

PREFIX = "fig-"
FOLDER = "/book/figures"
KINDS = ("png", "pdf", "csv")
BEFORE_DOWNLOADS = 400  # Sphinx collects what is to be downloaded at 500


def line(name: str, page: str) -> nodes.paragraph:
    """Return the line of one figure."""
    line = nodes.paragraph("", "Take away: ", classes=["take-away"])
    for kind in KINDS:
        link = addnodes.download_reference(
            "", "", reftarget=f"{FOLDER}/{name}.{kind}", refdoc=page, refexplicit=True
        )
        link += nodes.literal("", kind.upper(), classes=["xref", "download"])
        line += [link, nodes.Text("." if kind == KINDS[-1] else ", ")]
    return line


def add_lines(app: Sphinx, doctree: nodes.document) -> None:
    """Put a line below each figure of a page, outside the cell that draws it."""
    for figure in list(doctree.findall(nodes.figure)):
        names = [label for label in figure["names"] + figure["ids"] if label.startswith(PREFIX)]
        if not names:
            continue
        block: nodes.Element = figure
        while not isinstance(block.parent, nodes.section):
            block = block.parent
        at = block.parent.index(block) + 1
        block.parent.insert(at, line(names[0].removeprefix(PREFIX), app.env.docname))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("doctree-read", add_lines, priority=BEFORE_DOWNLOADS)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
