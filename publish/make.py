"""Make what one takes along: the whole book as one archive and as one PDF, with checksums.

`make.py DIR archive pdf` writes one or both, from the book that `make book` has built, and
DIR/SHA256SUMS. The archive holds the pages as they are, for a room without a network. The PDF is
the same book on one page, printed by Chromium; it takes the chapters with their stored outputs,
which the tests compare with what a run gives. Neither holds a date, so the same book gives the
same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import yaml

from nudp import __version__

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent
HTML = ROOT / "_build" / "html"
WORK = ROOT / "_build" / "one-page"
EXTENSIONS = ROOT / "book" / "_ext"
NAME = f"nudp-book-{__version__}"
SUMS = "SHA256SUMS"

EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first date that a zip archive can hold
DATE = re.compile(rb"\(D:\d{14}([+-]\d\d'\d\d'|Z)?\)")
ZONES = {0: b"", 1: b"Z", 7: b"+00'00'"}

SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
ABOUT = (
    f"The companion to arXiv:2204.07802, version {__version__}, on paper. Solutions stand below "
    "their exercises; code that the pages fold away is in the notebooks, and so are the data."
)
LIVE = "Live only: this part computes in a browser, in the book on the web or in its archive."

# What is left on paper, with a list of contents. A link to a file beside the page would name a
# folder of this machine.
PREPARE = """([about, live]) => {
    const article = document.querySelector('article');
    const note = text => {
        const p = document.createElement('p');
        p.className = 'of-the-pdf';
        p.textContent = text;
        return p;
    };
    document.body.replaceChildren(article);
    document.querySelectorAll('script, noscript, a.headerlink').forEach(e => e.remove());
    document.querySelectorAll('.toggle-hidden').forEach(e => e.classList.remove('toggle-hidden'));
    document.querySelectorAll('details:not(.hide)').forEach(e => { e.open = true; });
    document.querySelectorAll('.live').forEach(e => e.replaceChildren(note(live)));
    document.querySelectorAll('article p').forEach(p => {
        if (p.textContent.startsWith('Take away:') && p.querySelector('.download')) p.remove();
    });
    document.querySelectorAll('a[href]').forEach(a => {
        if (!/^(#|https?:|mailto:)/.test(a.getAttribute('href'))) a.removeAttribute('href');
    });
    const contents = document.createElement('ul');
    document.querySelectorAll('.toctree-wrapper > span[id^="document-"]').forEach(span => {
        const chapter = span.nextElementSibling;
        const title = chapter.querySelector('h2');
        if (!title) return;  // a page below a chapter, as those of the reference
        chapter.classList.add('of-a-chapter');
        const link = document.createElement('a');
        link.href = '#' + chapter.id;
        link.textContent = title.textContent;
        const item = document.createElement('li');
        item.append(link);
        contents.append(item);
    });
    contents.className = 'of-the-contents';
    document.querySelector('.toctree-wrapper').before(contents);
    document.querySelector('h1').after(note(about));
}"""


# ---- the archive -------------------------------------------------------------


def archive(html: Path, target: Path) -> None:
    """Pack a built book, with names in order and no times.

    Parameters
    ----------
    html : Path
        Folder of the built book.
    target : Path
        The archive to write; its pages lie in a folder of the same name.

    Raises
    ------
    ValueError
        If the folder holds no book.
    """
    if not (html / "index.html").is_file():
        raise ValueError(f"html: {html} holds no index.html; build the book first")
    files = sorted((path for path in html.rglob("*") if path.is_file()), key=Path.as_posix)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in files:
            name = f"{target.stem}/{path.relative_to(html).as_posix()}"
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # the same on every system
            entry.external_attr = 0o100644 << 16
            packed.writestr(entry, path.read_bytes())


# ---- the PDF -----------------------------------------------------------------


def one_page_config() -> dict:
    """Return the settings of the book, changed so that it becomes one page."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    config["execute"]["exclude_patterns"] = ["notebooks/*"]  # they hold their outputs
    extensions = [*config["sphinx"]["local_extensions"], "one_page"]
    config["sphinx"]["local_extensions"] = dict.fromkeys(extensions, str(EXTENSIONS))
    return config


def one_page(work: Path = WORK) -> Path:
    """Build the book as one page of HTML and return it."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    settings = work / "_config.yml"
    settings.write_text(yaml.safe_dump(one_page_config(), sort_keys=False), encoding="utf-8")
    program = Path(sys.executable).with_name("jupyter-book")
    command = [program, "build", ROOT, "--config", settings, "--path-output", work]
    options = ["--builder", "singlehtml", "-W", "--keep-going", "--all", "-n"]
    subprocess.run([*command, *options], cwd=ROOT, check=True)
    return work / "_build" / "singlehtml" / "index.html"


def chromium() -> str:
    """Return the path of a Chromium, or say what is missing."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise FileNotFoundError("the PDF needs chromium on PATH (Debian: apt install chromium)")


def print_page(page: Path, target: Path) -> None:
    """Print a page of HTML, its formulas set and its solutions unfolded."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(SWITCHES))
        sheet = browser.new_page()
        sheet.set_default_timeout(0)
        sheet.goto(page.resolve().as_uri(), wait_until="load")
        sheet.evaluate("async () => { if (window.MathJax) await MathJax.startup.promise; }")
        sheet.evaluate(PREPARE, [ABOUT, LIVE])
        sheet.add_style_tag(content=(FOLDER / "print.css").read_text(encoding="utf-8"))
        sheet.pdf(
            path=target,
            format="A4",
            scale=0.72,
            outline=True,
            tagged=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=(
                '<span style="font-size: 8px; width: 100%; text-align: center">'
                '<span class="pageNumber"></span></span>'
            ),
            margin={"top": "16mm", "bottom": "18mm", "left": "18mm", "right": "18mm"},
        )
        browser.close()
    target.write_bytes(without_dates(target.read_bytes()))


def without_dates(content: bytes) -> bytes:
    """Set the dates in a PDF to the earliest one, each in the space that it has."""
    fixed = b"(D:%04d%02d%02d%02d%02d%02d" % EARLIEST
    return DATE.sub(lambda date: fixed + ZONES[len(date[1] or b"")] + b")", content)


# ---- both --------------------------------------------------------------------


def write_sums(folder: Path) -> None:
    """Write the checksums of all that a folder holds, as `sha256sum --check` reads them."""
    files = sorted(p for p in folder.iterdir() if p.is_file() and p.name != SUMS)
    lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.name}\n" for p in files]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def main() -> None:
    """Write what is asked for."""
    parser = argparse.ArgumentParser(description="The book as one archive and as one PDF.")
    parser.add_argument("folder", type=Path, help="where to write")
    parser.add_argument("what", nargs="+", choices=("archive", "pdf"))
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    if "archive" in asked.what:
        archive(HTML, asked.folder / f"{NAME}.zip")
    if "pdf" in asked.what:
        print_page(one_page(), asked.folder / f"{NAME}.pdf")
    write_sums(asked.folder)


if __name__ == "__main__":
    main()
