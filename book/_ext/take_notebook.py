"""Each chapter's notebook to take away, in an archive with what it reads.

The theme links to the notebook itself, with its outputs. Opened from a folder, a browser shows
that file as text instead of saving it, and alone it does not run: it imports `companion` and
reads tables. An archive is saved everywhere, holds both, and gives the same bytes each time.
"""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]
FOLDER = "_static/chapters"
WITH = ("notebooks/companion.py", "data/paper_claims.csv", "data/besiii_runs.csv")
# What one chapter reads beyond that.
OF_ONE = {
    "data-already": ("data/babar_dark_photon.csv", "data/real_searches.csv"),
    "few-events": ("benchmarks/results/counts.csv",),
    "how-fast": (
        *(
            f"benchmarks/results/{name}.csv"
            for name in ("commands", "commands-steps", "growth", "import")
        ),
        "benchmarks/results/side-by-side.csv",
        "benchmarks/results/mutants.csv",
        "benchmarks/results/three-photons.csv",
    ),
    "scorecard": ("notebooks/scoring.py",),
    "to-your-simulation": (
        "benchmarks/results/exports.csv",
        "benchmarks/results/pythia-radiation.csv",
        *(f"benchmarks/results/{name}-runs.csv" for name in ("delphes", "pythia", "sherpa")),
    ),
    "what-escapes": ("benchmarks/results/qed-generators.csv",),
    "which-signal": ("notebooks/scoring.py",),
}
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first date that an archive can hold
BUTTON = {
    "type": "link",
    "text": ".zip",
    "icon": "fas fa-file-zipper",
    "tooltip": "Download notebook with its outputs and what it reads",
    "label": "download-archive-button",
}


def chapters(app: Sphinx) -> list[str]:
    """Return the pages that are chapters."""
    return sorted(name for name in app.env.found_docs if name.startswith("notebooks/"))


def write_archive(chapter: str, target: Path) -> None:
    """Pack a chapter with what it reads; it runs where nudp is installed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w") as packed:
        for name in sorted((f"{chapter}.ipynb", *WITH, *OF_ONE.get(target.stem, ()))):
            entry = zipfile.ZipInfo(f"nudp-{target.stem}/{name}", EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # the same on every system
            entry.external_attr = 0o100644 << 16
            packed.writestr(entry, (ROOT / name).read_bytes())


def write_archives(app: Sphinx, exception: Exception | None) -> None:
    """Write the archives into a build of pages."""
    if exception is None and app.builder.name == "html":
        for chapter in chapters(app):
            stem = PurePosixPath(chapter).name
            write_archive(chapter, Path(app.outdir, FOLDER, f"{stem}.zip"))


def add_button(app: Sphinx, pagename: str, template: str, context: dict, doctree: object) -> None:
    """Offer the archive among the downloads of its chapter."""
    if doctree is None or pagename not in chapters(app):
        return
    address = context["pathto"](f"{FOLDER}/{PurePosixPath(pagename).name}.zip", 1)
    for group in context.get("header_buttons", ()):
        if group.get("label") == "download-buttons":
            group["buttons"].insert(1, BUTTON | {"url": address})


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx, after the theme has made its buttons."""
    app.connect("html-page-context", add_button, priority=600)
    app.connect("build-finished", write_archives)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
