"""Equations and figures of the paper, which bear its numbers and a badge.

A label ``eq-3`` is Eq. (3) of the paper and is printed as (3), wherever in the book it
stands. Any other label is an equation of this book, counted within its page and printed
as (signal.1), so that nobody takes it for one of the paper's. A figure that draws one of the
paper's again says so at the head of its caption.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.domains.math import MathDomain

PAPER = re.compile(r"eq-(\d+)$")
BADGE = "of-the-paper"
#: The number in the paper of each figure that draws one of its figures.
FIGURES = {
    "fig-belle2-limits": 1,
    "fig-besiii-stcf-limits": 2,
    "fig-results-landscape": 3,
    "fig-results-plane": 3,
}


class PaperEquations(MathDomain):
    """The math domain, with numbers that the label decides."""

    def note_equation(self, docname: str, labelid: str, location: object = None) -> None:
        """Register an equation under its number."""
        super().note_equation(docname, labelid, location)
        self.equations[labelid] = (docname, self.number(docname, labelid))

    def number(self, docname: str, labelid: str) -> str:
        """Return the number to print, without parentheses."""
        if match := PAPER.match(labelid):
            return match[1]
        own = [
            label
            for label, (home, _) in self.equations.items()
            if home == docname and not PAPER.match(label)
        ]
        return f"{PurePosixPath(docname).name}.{own.index(labelid) + 1}"


def add_badges(app: Sphinx, doctree: nodes.document) -> None:
    """Mark the equations and the figures of the paper on a page."""
    for equation in doctree.findall(nodes.math_block):
        if PAPER.match(equation.get("label") or ""):
            equation["classes"].append(BADGE)
    for figure in doctree.findall(nodes.figure):
        for label in FIGURES.keys() & {*figure["names"], *figure["ids"]}:
            badge = nodes.inline("", f"Fig. {FIGURES[label]} of the paper", classes=[BADGE])
            caption = next(figure.findall(nodes.caption))
            caption[:0] = [badge, nodes.Text(" ")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_domain(PaperEquations, override=True)
    app.connect("doctree-read", add_badges)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
