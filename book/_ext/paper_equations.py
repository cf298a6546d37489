"""Equations that bear the paper's numbers.

A label ``eq-3`` is Eq. (3) of the paper and is printed as (3), wherever in the book it
stands. Any other label is an equation of this book, counted within its page and printed
as (signal.1), so that nobody takes it for one of the paper's.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from sphinx.application import Sphinx
from sphinx.domains.math import MathDomain

PAPER = re.compile(r"eq-(\d+)$")


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


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_domain(PaperEquations, override=True)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
