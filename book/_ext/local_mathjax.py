"""Pages that ask nothing from outside: MathJax beside the book, no scripts of thebe.

A book must open from its folder without a network. Left alone, every page fetches
MathJax from a content network and carries thebe, which fetches a kernel on a click.
"""

from __future__ import annotations

import re
from importlib.metadata import distribution
from pathlib import Path
from shutil import copyfile

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

WHEEL = "sphinx-mathjax-offline"  # only a source of files: 24 MB whole, 2 MB of it needed
FOLDER = "mathjax"
ENTRY = "tex-mml-chtml.js"
NEEDED = re.compile(
    r"static/mathjax/(" + re.escape(ENTRY) + r"|input/tex/extensions/.+\.js"
    r"|output/chtml/fonts/woff-v2/.+\.woff)$"
)


def mathjax_files() -> dict[str, Path]:
    """Return the files to copy, by their path inside MathJax's folder."""
    dist = distribution(WHEEL)
    found = {
        match[1]: Path(dist.locate_file(file))
        for file in dist.files or ()
        if (match := NEEDED.search(file.as_posix()))
    }
    if ENTRY not in found:
        raise ExtensionError(f"{WHEEL} holds no {ENTRY}")
    return found


def copy_mathjax(app: Sphinx) -> None:
    """Copy MathJax into the static folder of a build in HTML."""
    if app.builder.format != "html":
        return
    for name, source in mathjax_files().items():
        target = Path(app.outdir, "_static", FOLDER, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        copyfile(source, target)


def point_to_copy(app: Sphinx, config: Config) -> None:
    """Let the pages load the copy."""
    config.mathjax_path = f"{FOLDER}/{ENTRY}"


def drop_thebe(app: Sphinx, pagename: str, template: str, context: dict, doctree: object) -> None:
    """Take thebe's scripts and styles off a page."""
    for key in ("script_files", "css_files"):
        context[key] = [file for file in context.get(key, ()) if not of_thebe(file)]


def of_thebe(file: object) -> bool:
    """Tell whether a script or style sheet, linked or inline, belongs to thebe."""
    body = getattr(file, "attributes", {}).get("body") or ""
    return "thebe" in f"{getattr(file, 'filename', file)} {body}".lower()


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("config-inited", point_to_copy)
    app.connect("builder-inited", copy_mathjax)
    app.connect("html-page-context", drop_thebe, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
