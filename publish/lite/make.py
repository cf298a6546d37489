"""Put Python beside the pages of the built book: what `make lite` adds to `_build/html`.

`make.py FILES` takes the files that `fetch.py` has put into FILES. It writes the folder `lite`,
with Pyodide, the wheels, the cells of every chapter, a page for every worksheet, and the workbench
twice: as a page that takes its files from the site, and as one that holds them all and needs no
server. Last it gives the pages of the book their button, by writing `_static/lite.js`, which is
empty without this.
"""

from __future__ import annotations

import ast
import base64
import gzip
import hashlib
import html
import importlib.util
import io
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import nbformat
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from nudp._tables import write_whole

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
HTML = ROOT / "_build" / "html"
EXECUTED = ROOT / "_build" / "executed" / "notebooks"
LITE = HTML / "lite"
INSIDE = "lite/files"
ARCHIVE = "book.zip"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first date that an archive can hold
# What `companion` imports, and nudp itself.
ALWAYS = ("nudp", "matplotlib", "pandas")
WORKBENCH = ("nudp",)
# What the workbench holds beyond that, for its plots.
PLOTS = ("nudp", "matplotlib")
MATHJAX = "../_static/mathjax/tex-mml-chtml.js"


def module(path: Path) -> ModuleType:
    """Import a script, which is in no package."""
    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_{path.stem}", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


fetch = module(FOLDER / "fetch.py")
worksheets = module(ROOT / "book" / "worksheets" / "make.py")
take_notebook = module(ROOT / "book" / "_ext" / "take_notebook.py")


def text(name: str) -> str:
    """Return a file of this folder."""
    return (FOLDER / name).read_text(encoding="utf-8")


def write(path: Path, content: str | bytes) -> None:
    """Write a file whole, in a folder that is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content.encode() if isinstance(content, str) else content)


def packed(files: dict[str, bytes]) -> bytes:
    """Return an archive of some files; the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return out.getvalue()


# ---- the files ------------------------------------------------------------------


def pure(wheel: bytes) -> bytes:
    """Return the half of a wheel that is Python alone."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        names = [name for name in archive.namelist() if not name.endswith((".so", "/"))]
        return packed({name: archive.read(name) for name in names})


def own_wheel() -> tuple[str, bytes]:
    """Build the wheel of nudp."""
    folder = ROOT / "_build" / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(ROOT)], check=True)
    (wheel,) = folder.glob("nudp-*.whl")
    return wheel.name, wheel.read_bytes()


def book_archive() -> bytes:
    """Return what chapters read: `companion` and the tables."""
    of_chapters = {*take_notebook.WITH, *(n for of in take_notebook.OF_ONE.values() for n in of)}
    return packed({name: (ROOT / name).read_bytes() for name in of_chapters})


def entry(name: str, version: str, file: str, content: bytes, depends: list[str]) -> dict:
    """Return the entry of a wheel that is not in Pyodide's lock file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        tops = {path.split("/")[0].removesuffix(".py") for path in archive.namelist()}
    return {
        "name": name,
        "version": version,
        "file_name": file,
        "install_dir": "site",
        "sha256": hashlib.sha256(content).hexdigest(),
        "package_type": "package",
        "imports": sorted(top for top in tops if top.isidentifier()),
        "depends": depends,
        "unvendored_tests": False,
    }


# What the authors' own wheels need, as far as they are used here.
DEPENDS = {
    "nudp": ["numpy", "scipy"],
    "pyhf": ["click", "jsonpatch", "jsonschema", "numpy", "pyyaml", "scipy", "tqdm"],
    "jsonschema": ["attrs", "pyrsistent"],
    "jsonpatch": ["jsonpointer"],
}


def files_of(source: Path) -> tuple[dict[str, bytes], dict]:
    """Return all files by name, and the lock file that names what is here and nothing else."""
    rows = fetch.wanted()
    files = {row["file"]: (source / row["file"]).read_bytes() for row in rows}
    lock = json.loads(files.pop(fetch.LOCK))
    theirs = {entry["file_name"]: (key, entry) for key, entry in lock["packages"].items()}
    packages = {}
    for row in rows:
        name, version, file = row["name"], row["version"], row["file"]
        if file in theirs and theirs[file][1]["sha256"] == row["sha256"]:
            key, found = theirs[file]
            packages[key] = found
        elif file.endswith(".whl"):
            if "manylinux" in file:
                files[file := f"{name}-{version}-py3-none-any.whl"] = pure(files.pop(row["file"]))
            packages[name] = entry(name, version, file, files[file], DEPENDS.get(name, []))
    file, wheel = own_wheel()
    files[file] = wheel
    packages["nudp"] = entry("nudp", file.split("-")[1], file, wheel, DEPENDS["nudp"])
    lock["packages"] = packages
    files[fetch.LOCK] = json.dumps(lock, sort_keys=True, separators=(",", ":")).encode()
    return files, lock


def closure(lock: dict, names: tuple[str, ...]) -> list[str]:
    """Return the files of some packages and of what these need."""
    all_: dict[str, None] = {}
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        if name not in all_:
            all_[name] = None
            ahead += lock["packages"][name]["depends"]
    return [lock["packages"][name]["file_name"] for name in all_]


def interpreter(files: dict[str, bytes]) -> list[str]:
    """Return the files of Pyodide itself."""
    return [name for name in files if not name.endswith(".whl") and name != ARCHIVE]


# ---- the cells -------------------------------------------------------------------


def imported(code: str) -> set[str]:
    """Return the names of the modules that a cell imports."""
    tree = ast.walk(ast.parse(code))
    names = {a.name for node in tree if isinstance(node, ast.Import) for a in node.names}
    tree = ast.walk(ast.parse(code))
    names |= {node.module for node in tree if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in names}


def cells_of(nb: nbformat.NotebookNode, printed: bool) -> list[dict]:
    """Return the code of a notebook, with what it gave when the book was made."""
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    return [{"code": c.source, "outputs": light(c.outputs) if printed else None} for c in code]


def light(outputs: list[nbformat.NotebookNode]) -> list[dict]:
    """Return outputs without their pictures, of which only the number is compared."""
    return [
        {**output, "data": {**output["data"], "image/png": ""}}
        if "image/png" in output.get("data", {})
        else dict(output)
        for output in outputs
    ]


def described(cells: list[dict], lock: dict, files: dict[str, bytes]) -> dict:
    """Return what a page must load for its cells, and how much that is."""
    modules = {name for cell in cells for name in imported(cell["code"])}
    packages = {
        name for name, package in lock["packages"].items() if modules & set(package["imports"])
    }
    packages = tuple(sorted(packages | set(ALWAYS)))
    names = [*interpreter(files), *closure(lock, packages), ARCHIVE]
    return {
        "packages": packages,
        "size": sum(len(files[name]) for name in names),
        "archive": ARCHIVE,
    }


# ---- pages of our own -------------------------------------------------------------


def page(title: str, body: str, scripts: str, style: str) -> str:
    """Return a page that stands alone."""
    parts = {"title": html.escape(title), "body": body, "scripts": scripts, "style": style}
    content = text("page.html")
    for name, part in parts.items():
        content = content.replace(f"{{{name}}}", part)
    return content


def to_html(text: str) -> str:
    """Return Markdown with formulas as HTML."""
    return (
        MarkdownIt("commonmark")
        .enable("table")
        .use(
            dollarmath_plugin,
            renderer=lambda content, options: (
                rf"\[{html.escape(content)}\]"
                if options["display_mode"]
                else rf"\({html.escape(content)}\)"
            ),
        )
        .render(text)
    )


def worksheet(nb: nbformat.NotebookNode) -> tuple[str, str]:
    """Return the title of a worksheet and its text and cells as the book would set them."""
    parts = []
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            parts.append(to_html(cell.source))
            continue
        code = f'<div class="cell_input"><pre tabindex="0">{html.escape(cell.source)}</pre></div>'
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            label = "For the checks; run it, and leave it folded"
            code = f"<details><summary>{label}</summary>{code}</details>"
        parts.append(f'<div class="cell">{code}</div>')
    title = next(line for line in nb.cells[0].source.splitlines() if line.startswith("# "))
    return title.removeprefix("# "), "\n".join(parts)


def examples() -> list[dict]:
    """Return the ready examples; the first line of each is its title."""
    return [
        {"title": code.splitlines()[0].removeprefix("# "), "code": code}
        for code in (p.read_text(encoding="utf-8") for p in sorted(FOLDER.glob("examples/*.py")))
    ]


def program(told: object, last: str) -> str:
    """Return a script with what its page knows beforehand; a page must not end within it."""
    known = json.dumps(told, sort_keys=True, separators=(",", ":")).replace("</", "<\\/")
    parts = [f"const NUDP_LITE = {known};", text("session.js"), text(last)]
    return "\n".join(["(() => {", *parts, "})();\n"])


def inside(name: str, content: bytes) -> str:
    """Return a file as a part of a page."""
    small = gzip.compress(content, mtime=0)
    is_packed = len(small) < 0.9 * len(content)
    coded = base64.b64encode(small if is_packed else content).decode()
    how = ' data-packed="gzip"' if is_packed else ""
    return f'<script type="application/base64" id="file {name}"{how}>{coded}</script>'


def workbench(files: dict[str, bytes], known: dict, lock: dict, alone: bool) -> str:
    """Return the workbench, with all files inside it or beside it."""
    first = [*interpreter(files), *closure(lock, WORKBENCH)]
    told = {
        "files": known,
        "packages": WORKBENCH,
        "size": sum(len(files[name]) for name in first),
        "examples": examples(),
        "worker": text("worker.js"),
        "shell": text("shell.py"),
    }
    style = f"<style>{text('page.css')}\n{text('lite.css')}</style>"
    parts = [f"<script>{program(told, 'workbench.js')}</script>"]
    if alone:
        # what the plots need comes last: Python starts while the browser still reads it
        later = [name for name in closure(lock, PLOTS) if name not in first]
        before, after = ([inside(name, files[name]) for name in names] for names in (first, later))
        parts = [*before, *parts, *after]
    book = "The book behind it" if alone else '<a href="../index.html">The book behind it</a>'
    body = text("workbench.html").replace("{book}", book)
    return page("nudp in this page", body, "\n".join(parts), style)


# ---- all ------------------------------------------------------------------------


def main(source: Path) -> None:
    """Write the folder, then the button."""
    files, lock = files_of(source)
    files[ARCHIVE] = book_archive()
    known = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        for name, content in files.items()
    }
    shutil.rmtree(LITE, ignore_errors=True)
    for name, content in files.items():
        write(LITE / "files" / name, content)
    for name in ("worker.js", "shell.py"):
        write(LITE / name, text(name))
    chapters = {}
    for path in sorted((HTML / "notebooks").glob("*.html")):
        nb = nbformat.read(EXECUTED / f"{path.stem}.ipynb", as_version=4)
        cells = cells_of(nb, printed=True)
        chapters[path.stem] = described(cells, lock, files)
        write(LITE / "cells" / f"{path.stem}.json", json.dumps(cells))
    style = "".join(
        f'<link rel="stylesheet" href="../_static/{n}">' for n in ("page.css", "lite.css")
    )
    scripts = '<script defer src="../_static/lite.js"></script>\n'
    scripts += f'<script defer src="{MATHJAX}"></script>'
    for path in worksheets.SOURCES:
        nb = worksheets.student(worksheets.solved(path))
        cells = cells_of(nb, printed=False)
        chapters[path.stem] = described(cells, lock, files)
        write(LITE / "cells" / f"{path.stem}.json", json.dumps(cells))
        title, body = worksheet(nb)
        write(LITE / f"{path.stem}.html", page(title, body, scripts, style))
    write(LITE / "workbench.html", workbench(files, known, lock, alone=False))
    write(LITE / "nudp-offline.html", workbench(files, known, lock, alone=True))
    for name in ("page.css", "lite.css"):
        write(HTML / "_static" / name, text(name))
    told = {"files": known, "chapters": chapters}
    write(HTML / "_static" / "lite.js", program(told, "pages.js"))
    size = sum(len(content) for content in files.values())
    print(f"Python runs in the pages: {LITE}, {size / 1e6:.0f} MB of files")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
