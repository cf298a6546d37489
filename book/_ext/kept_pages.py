"""Numbered references without reading a page again for each.

To number a figure Sphinx reads the stored page on which it stands, once for each of the
references to it: a fifth of the time in which the pages are set.
"""

from __future__ import annotations

from functools import cache

from docutils.nodes import Element
from sphinx.application import Sphinx
from sphinx.domains.std import StandardDomain
from sphinx.environment import BuildEnvironment


class KeptPages(StandardDomain):
    """The standard domain, which keeps the pages that it has read to number something."""

    def _resolve_numref_xref(self, env: BuildEnvironment, *of_the_link: object) -> Element | None:
        if not hasattr(self, "stored"):
            self.stored = cache(env.get_doctree)
        # the writer changes the pages that it asks for, so these are not for it
        env.get_doctree = self.stored
        try:
            return super()._resolve_numref_xref(env, *of_the_link)
        finally:
            del env.get_doctree


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_domain(KeptPages, override=True)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
