"""Chapters in any order, twice, stopped half-way, or where nothing can be written.

With NUDP_THOROUGH=1 in the environment all chapters are executed, in an order that chance
chooses, and once more the other way round.  That takes many minutes; without it the stored outputs
are compared with one execution by nbval, and here with none.
"""

from __future__ import annotations

import ast
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

# left to `make test-slow`
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CHAPTERS = [path.stem for path in NOTEBOOKS]


def in_another_process(code, *arguments, **options):
    """Run code that finds the module `companion`."""
    command = [sys.executable, "-W", "ignore", "-c", code, *map(str, arguments)]
    options = {"env": {**os.environ, "PYTHONPATH": str(ROOT / "notebooks")}, **options}
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


# ---- stopped while writing -----------------------------------------------------------

STOPPED = """
import os, signal, sys, time
from pathlib import Path
import companion

# started in the background of a shell, a process would ignore interrupts
signal.signal(signal.SIGINT, signal.default_int_handler)
whole, number = companion.write_atomically, getattr(signal, sys.argv[3])
write = {"whole": whole, "in place": Path.write_bytes}[sys.argv[2]]
folder = Path(sys.argv[1])
path, size = folder / "fig1.csv", 8_000_000
write(path, b"0" * size)
broken = half = i = 0
# on a busy machine many a child is killed before it has begun
while i < 20 or i < 400 and number == signal.SIGKILL and max(broken, half) < 6:
    i += 1
    child = os.fork()
    if not child:
        try:
            while True:
                for digit in b"123456789":
                    write(path, bytes([digit]) * size)
        finally:
            os._exit(0)
    time.sleep(0.003 + 0.0014 * (i % 20))
    os.kill(child, number)
    waited = 0
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        time.sleep(0.002)
        waited += 1
        if waited % 1000 == 0:  # an interrupt within a destructor is lost
            os.kill(child, number)
    content = path.read_bytes()
    broken += len(content) != size or content != content[:1] * size
    rest = [p for p in folder.iterdir() if p != path]
    half += any(p.stat().st_size < size for p in rest)
    for p in rest:
        assert p.name.startswith(".fig1.csv.")
        p.unlink()
    if broken:
        write(path, b"0" * size)
print(broken, half)
"""


def stopped(folder, how, number="SIGKILL"):
    """How often a file was broken, and how often half of one lay beside it."""
    done = in_another_process(STOPPED, folder, how, number)
    assert done.returncode == 0, done.stderr
    return [int(word) for word in done.stdout.split()]


def test_a_killed_write_leaves_a_whole_file(tmp_path):
    broken, half = stopped(tmp_path, "whole")
    assert broken == 0
    assert half > 5  # it was killed while writing, not in between


def test_an_interrupted_write_leaves_a_whole_file_and_nothing_else(tmp_path):
    broken, half = stopped(tmp_path, "whole", "SIGINT")
    assert broken == 0
    assert half < 5  # unless it came between making the file and writing into it


def test_a_write_in_place_would_break_the_file(tmp_path):
    assert stopped(tmp_path, "in place")[0] > 5


# ---- where nothing can be written ----------------------------------------------------

DENIED = """
import os, sys
from pathlib import Path
import companion
from matplotlib.figure import Figure

companion.CURVES = companion.TAKE_AWAY = Path(sys.argv[1])
if os.geteuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
fig = Figure()
fig.subplots().plot([1, 2])
for write in (
    lambda: companion.write_curves("fig1", [1.0], {"a": [1.0]}, what="", signal=""),
    lambda: companion.write_results("score", {"a": [1.0]}, comments=[]),
    lambda: companion.take_away(fig, "a-plot", {"a": [1.0]}, description=""),
):
    try:
        write()
    except OSError as error:
        print(error)
"""


@pytest.mark.parametrize("made", [True, False])
def test_a_folder_that_is_not_mine_is_named(tmp_path, made):
    """As somebody who may not write there; root, who may anywhere, becomes nobody."""
    ours = Path(tempfile.gettempdir())
    for parent in (tmp_path, *tmp_path.parents):
        if parent.stat().st_uid == os.geteuid() and ours in parent.parents:
            parent.chmod(parent.stat().st_mode | 0o055)
    folder = tmp_path / "figures"
    if made:
        folder.mkdir()
        (folder / "fig1.csv").write_text("old")
        folder.chmod(0o555)
    else:  # the folder above is closed, and this one would have to be made
        tmp_path.chmod(0o555)
    done = in_another_process(DENIED, folder)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        f"cannot write {name}" for name in ("fig1.csv", "score.csv", "a-plot.png")
    ]
    assert all(f"folder {folder} must be there and writable" in line for line in lines)
    assert all(line.endswith("Permission denied") for line in lines)
    tmp_path.chmod(0o755)
    folder.exists() and folder.chmod(0o755)
    assert [p.read_text() for p in folder.glob("*")] == (["old"] if made else [])


# ---- no chapter needs another to have run --------------------------------------------

WRITERS = {"take_away": 1, "write_curves": 0, "write_results": 0}
OTHER_WRITERS = {"savefig", "to_csv", "write_text", "write_bytes", "savetxt", "save", "dump"}


def source(nb):
    """The code of a notebook."""
    cells = ("".join(c["source"]) for c in nb["cells"] if c["cell_type"] == "code")
    return "\n".join(cells)


def written(code):
    """Names of the files that a chapter leaves."""
    names = []
    for call in ast.walk(ast.parse(code)):
        name = getattr(getattr(call, "func", None), "attr", None)
        if isinstance(call, ast.Call) and name in WRITERS:
            names.append(ast.literal_eval(call.args[WRITERS[name]]))
    return names


def apart(codes):
    """What ties chapters together: code by name of chapter."""
    faults = []
    names = {chapter: written(code) for chapter, code in codes.items()}
    everywhere = Counter(name for found in names.values() for name in found)
    faults += [f"{name} is written twice" for name, count in everywhere.items() if count > 1]
    for chapter, code in codes.items():
        tree = ast.parse(code)
        texts = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)} - set(
            names[chapter]
        )
        for text in filter(lambda text: isinstance(text, str), texts):
            left = re.search(r"\b([\w-]+)\.(csv|png|pdf|ipynb)$", text)
            if left and left[1] in {*everywhere, *codes}:
                faults.append(f"{chapter} names {text}")
            if re.search(r"\bfigures\b/?$|\bfigures/", text) and "/" in text:
                faults.append(f"{chapter} looks into {text}")
        attributes = Counter(n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute))
        faults += [
            f"{chapter} uses {name}"
            for name in ("CURVES", "TAKE_AWAY", *sorted(OTHER_WRITERS))
            if attributes[name]
        ]
    return faults


def codes():
    return {p.stem: source(json.loads(p.read_text(encoding="utf-8"))) for p in NOTEBOOKS}


def test_no_chapter_reads_what_another_writes():
    found = codes()
    assert apart(found) == []
    assert sum(len(written(code)) for code in found.values()) > 50


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ('pd.read_csv("../data/figures/other.csv")', "mine names ../data/figures/other.csv"),
        ('folder / "other.png"', "mine names other.png"),
        ('open(companion.CURVES / "x")', "mine uses CURVES"),
        ('folder = "data/figures"', "mine looks into data/figures"),
        ('companion.write_results("other", {}, comments=[])', "other is written twice"),
        ('fig.savefig("x.png")', "mine uses savefig"),
        ('%run_as_python = "theirs.ipynb"'.replace("%", ""), "mine names theirs.ipynb"),
    ],
)
def test_a_tie_between_chapters_is_found(code, fault):
    theirs = 'companion.write_curves("other", m, {}, what="", signal="")'
    assert fault in apart({"mine": code, "theirs": theirs})
    assert apart({"mine": 'print("nothing")', "theirs": theirs}) == []


# ---- a chapter alone, as readers take it away -----------------------------------------

sys.path.insert(0, str(ROOT / "book" / "_ext"))
import take_notebook  # noqa: E402


def run_alone(chapter, folder):
    """Execute a chapter from its archive, where nothing else is."""
    archive = folder / f"{chapter}.zip"
    take_notebook.write_archive(f"notebooks/{chapter}", archive)
    shutil.unpack_archive(archive, folder)
    kept = {k: v for k, v in os.environ.items() if k not in ("MPLBACKEND", "PYTHONPATH")}
    return subprocess.run(
        [sys.executable, "-m", "jupyter", "execute", f"{chapter}.ipynb"],
        cwd=folder / f"nudp-{chapter}" / "notebooks",
        env=kept,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_archive_of_a_chapter_holds_what_it_reads(chapter, tmp_path):
    done = run_alone(chapter, tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]


def test_an_archive_without_a_table_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(take_notebook, "OF_ONE", {})
    done = run_alone("how-fast", tmp_path)
    assert done.returncode
    assert "FileNotFoundError" in done.stderr


# ---- the same outputs in any order, and the second time ------------------------------


def copied(folder):
    """What chapters need, in another place."""
    for name in ("notebooks", "nudp", "data", "benchmarks", "tests/mutants"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def executed(folder, chapters):
    """Every file after chapters have run in this order, by its path."""
    environment = {k: v for k, v in os.environ.items() if k != "MPLBACKEND"}
    environment |= {
        "PYTHONPATH": str(folder),
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "notebooks/execute.py", *chapters]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return files(folder)


def files(folder):
    kept = [folder / name for name in ("notebooks", "data", "book")]
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for top in kept
        for path in sorted(top.rglob("*"))
        if path.is_file() and "ipython" not in path.parts and "__pycache__" not in path.parts
    }


def changed(before, after):
    """Files of before that are gone or different."""
    return sorted(name for name, content in before.items() if after.get(name) != content)


def without_images(tree):
    """Notebooks without their images, whose last pixels another version of numpy may move."""
    kept = {}
    for name, content in tree.items():
        if name.endswith(".ipynb"):
            nb = json.loads(content)
            for cell in nb["cells"]:
                for output in cell.get("outputs", []):
                    output.get("data", {}).pop("image/png", None)
            content = json.dumps(nb).encode()
        kept[name] = content
    return kept


def run_twice(folder, chapters):
    """What is wrong after chapters have run in this order and in the other one."""
    stored = files(folder)
    once = executed(folder, chapters)
    twice = executed(folder, chapters[::-1])
    return {
        "not as stored": changed(without_images(stored), without_images(once)),
        # now with images, and with the files to take away
        "not as before": changed(once, twice) + sorted(set(twice) - set(once)),
    }


LOTS = """
# Lots

```{code-cell} ipython3
import companion
path = companion.CURVES / "memory.csv"
print(path.exists())
companion.write_results("memory", {"a": [1.0]}, comments=[])
```
"""


def test_an_output_that_changes_is_seen():
    stored = {path.name: path.read_bytes() for path in NOTEBOOKS[:2]}
    name = NOTEBOOKS[0].name
    nb = json.loads(stored[name])
    outputs = [o for cell in nb["cells"] for o in cell.get("outputs", [])]
    image = next(o for o in outputs if "image/png" in o.get("data", {}))
    image["data"]["image/png"] = "another"
    other = stored | {name: json.dumps(nb).encode()}
    assert changed(stored, other) == [name]
    assert changed(without_images(stored), without_images(other)) == []
    number = next(o for o in outputs if "text/plain" in o.get("data", {}))
    number["data"]["text/plain"] = ["8.2"]
    other = stored | {name: json.dumps(nb).encode()}
    assert changed(without_images(stored), without_images(other)) == [name]


if os.environ.get("NUDP_THOROUGH") == "1":

    @pytest.mark.timeout(3600)
    def test_chapters_in_any_order_and_twice(tmp_path):
        order = random.Random().sample(CHAPTERS, len(CHAPTERS))
        found = run_twice(copied(tmp_path), order)
        assert found == {"not as stored": [], "not as before": []}, order

    def test_a_chapter_that_remembers_is_seen(tmp_path):
        """In a folder with this chapter alone, which tells whether it has run before."""
        folder = copied(tmp_path)
        head = (
            (folder / "notebooks" / "operator.md").read_text(encoding="utf-8").split("\n---\n")[0]
        )
        (folder / "notebooks" / "lots.md").write_text(f"{head}\n---\n{LOTS}", encoding="utf-8")
        assert run_twice(folder, ["lots"]) == {
            "not as stored": [],
            "not as before": ["notebooks/lots.ipynb"],
        }
