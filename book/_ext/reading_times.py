"""How long a page and a section take to read, from the words that stand there.

A chapter says it below its title. The role ``section`` links to a section and says how long its
own text takes, up to the next heading: ``{section}`notebooks/signal#the-interaction```; without
``#`` it is the head of a page. ``{sections}`minutes``` is the sum of those on a page.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from docutils import nodes
from live_pages import Place
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole
from sphinx.util.nodes import make_refnode

# A page of physics is read half as fast as a novel; a formula and a figure want a look of their own
# each, and a live page a hand.
WORDS_A_MINUTE = 120
SECONDS_A_FORMULA = 30
SECONDS_A_FIGURE = 60
SECONDS_A_LIVE_PART = 180
#: Pages that are read from end to end, beside the notebooks.
PAGES = ("book/five-minutes", "book/since")
# What is worked through, folded away or looked up, but not read.
NOT_READ = (nodes.literal_block, nodes.table, nodes.comment, nodes.title)
EXERCISES = "exercises"

logger = logging.getLogger(__name__)


class section_link(nodes.General, nodes.Inline, nodes.Element):
    """A link to a section, with its time, or the sum of all such times on the page."""


class SectionRole(SphinxRole):
    """A link to a section with its time."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Leave a node until the times of all pages are known."""
        page, _, anchor = self.text.partition("#")
        return [section_link("", page=page, anchor=anchor)], []


class SumRole(SphinxRole):
    """The sum of the times on a page, in minutes."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Leave a node until the times of all pages are known."""
        return [section_link("", page="", anchor="")], []


def read(node: nodes.Node, inside: bool) -> Iterator[nodes.Node]:
    """Give what of a node is read; of the sections inside it only if asked for."""
    for child in node.children:
        is_exercise = type(child).__name__.startswith(("exercise", "solution"))
        if isinstance(child, NOT_READ) or is_exercise:
            continue
        if isinstance(child, nodes.section) and (not inside or EXERCISES in child["ids"]):
            continue
        yield child
        # what stands in a live part is for paper
        if not isinstance(child, Place):
            yield from read(child, inside)


def minutes(node: nodes.Node, inside: bool = False) -> float:
    """Return how long a section or a page takes."""
    words = seconds = 0
    for part in read(node, inside):
        if isinstance(part, nodes.Text):
            unread = isinstance(part.parent, (nodes.math_block, nodes.raw))
            words += 0 if unread else len(part.astext().split())
        elif isinstance(part, Place):
            # one that is folded away may wait
            seconds += SECONDS_A_LIVE_PART * (not part["summary"])
        elif isinstance(part, nodes.math_block):
            seconds += SECONDS_A_FORMULA
        elif isinstance(part, nodes.figure):
            seconds += SECONDS_A_FIGURE
    return words / WORDS_A_MINUTE + seconds / 60


def shown(time: float) -> str:
    """Return a time as a page shows it."""
    return f"{max(1, math.ceil(time - 0.5))} min"


def note_times(app: Sphinx, doctree: nodes.document) -> None:
    """Keep the times of the sections of a page, and say below its title how long it takes."""
    page = app.env.docname
    times: dict[str, tuple[str, float]] = {}
    for section in doctree.findall(nodes.section):
        title = section.next_node(nodes.title)
        entry = (title.astext() if title else page, minutes(section))
        times |= dict.fromkeys(section["ids"], entry) | ({} if "" in times else {"": entry})
    if not hasattr(app.env, "reading_times"):
        app.env.reading_times = {}
    app.env.reading_times[page] = times
    if page.startswith("notebooks/") or page in PAGES:
        top = next(doctree.findall(nodes.section))
        whole = f"Reading time: {shown(minutes(doctree, inside=True))}"
        if top.next_node(lambda node: type(node).__name__.startswith("exercise")):
            whole += ", without the exercises"
        top.insert(1, nodes.paragraph("", f"{whole}.", classes=["reading-time"]))


def resolve(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Turn the links to sections into what a reader sees."""
    times = app.env.reading_times
    links = list(doctree.findall(section_link))
    total = 0.0
    for link in links:
        if not link["page"]:
            continue
        known = times.get(link["page"], {})
        if link["anchor"] not in known:
            missing = f"{link['page']}#{link['anchor']}"
            logger.warning("no section %s", missing, location=page)
            link.replace_self(nodes.Text(missing))
            continue
        title, time = known[link["anchor"]]
        total += time
        target = make_refnode(
            app.builder, page, link["page"], link["anchor"], nodes.inline("", title)
        )
        link.replace_self([target, nodes.Text(f" ({shown(time)})")])
    for link in links:
        if not link["page"]:
            link.replace_self(nodes.Text(f"{5 * round(total / 5)}"))


def merge(app: Sphinx, env: BuildEnvironment, pages: list[str], other: BuildEnvironment) -> None:
    """Take over what another process has read."""
    env.reading_times = getattr(env, "reading_times", {}) | getattr(other, "reading_times", {})


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_node(section_link)
    app.add_role("section", SectionRole())
    app.add_role("sections", SumRole())
    app.connect("doctree-read", note_times)
    app.connect("doctree-resolved", resolve)
    app.connect("env-merge-info", merge)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
