"""The class without a network: installed from wheels, worksheets right, wrong and empty."""

from __future__ import annotations

import copy
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "publish" / "classroom"
# an index that is not there, for whatever does not heed the first two
NOWHERE = "http://127.0.0.1:9/"
NO_NETWORK = {"PIP_NO_INDEX": "1", "PIP_INDEX_URL": NOWHERE}
NO_NETWORK |= dict.fromkeys(("http_proxy", "https_proxy", "ALL_PROXY"), NOWHERE)


def maker():
    """Import the script that makes the folders."""
    spec = importlib.util.spec_from_file_location("classroom_make", FOLDER / "make.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


make = maker()
worksheets = make.worksheets
NAMES = [path.stem for path in worksheets.SOURCES]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def environment() -> dict[str, str]:
    """Return the variables of a machine that has no network and has not heard of this checkout."""
    own = ("PYTHONPATH", "VIRTUAL_ENV", "IPYTHONDIR", "MPLBACKEND")
    return {k: v for k, v in os.environ.items() if k not in own} | NO_NETWORK


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the class with its notebooks installed, as on a student's machine."""
    folder = tmp_path_factory.mktemp("class")
    make.write_wheels(folder / "wheels", [])
    shutil.copy(FOLDER / "start.py", folder)
    command = [sys.executable, "start.py", "install"]
    subprocess.run(command, cwd=folder, env=environment(), check=True, timeout=1500)
    return folder


def handed_in(name: str, how: str) -> nbformat.NotebookNode:
    """What a student called Ada has made of a worksheet."""
    nb = worksheets.solved(worksheets.FOLDER / f"{name}.md")
    if how != "right":
        nb = worksheets.student(nb)
    nb = copy.deepcopy(nb)
    for cell in nb.cells:
        if "answer" in worksheets.tags(cell) and how == "wrong":
            cell.source = cell.source.replace("= ...", "= -7.0")
    nb.cells[1].source = 'NAME = "Ada"'
    return nb


def run(folder: Path, nb: nbformat.NotebookNode) -> list[tuple[str, str, str]]:
    """Execute a notebook there; return of each cell its tag, what it prints, and its error."""
    nbformat.write(nb, folder / "in.ipynb")
    python = folder / ".environment" / ("Scripts" if os.name == "nt" else "bin") / "python"
    command = [python, "-m", "jupyter", "nbconvert", "--to", "notebook", "--execute"]
    command += ["--allow-errors", "--output", "out.ipynb", "in.ipynb"]
    subprocess.run(command, cwd=folder, env=environment(), check=True, capture_output=True)
    told = []
    for cell in nbformat.read(folder / "out.ipynb", as_version=4).cells:
        outputs = cell.get("outputs", ())
        printed = "".join(o["text"] for o in outputs if o.output_type == "stream")
        error = "".join(f"{o.ename}: {o.evalue}" for o in outputs if o.output_type == "error")
        told.append((*worksheets.tags(cell)[:1], printed, error))
    return [("", *cell)[-3:] for cell in told]


def test_what_is_installed_is_what_is_locked(installed: Path) -> None:
    python = installed / ".environment" / ("Scripts" if os.name == "nt" else "bin") / "python"
    listing = subprocess.check_output([python, "-m", "pip", "list", "--format=json"], text=True)
    found = {entry["name"].lower().replace("_", "-") for entry in json.loads(listing)}
    assert {"nudp", "jupyterlab", "numpy", "pandas"} <= found
    locked = {what.name for what, _ in make.locked()}
    assert found <= {*locked, "nudp", "pip", "setuptools"}
    subprocess.run([python, "-m", "pip", "check"], check=True)


@pytest.mark.parametrize("how", ["right", "wrong", "empty"])
@pytest.mark.parametrize("name", NAMES)
def test_worksheet(installed: Path, name: str, how: str) -> None:
    told = run(installed, handed_in(name, how))
    checks = [(printed, error) for tag, printed, error in told if tag == "check"]
    n = len(checks)
    (score,) = (printed for tag, printed, _ in told if tag == "score")
    assert score.startswith(f"Ada: {n if how == 'right' else 0} of {n} points\n")
    assert [error for tag, _, error in told if error and tag != "check"] == []
    for printed, error in checks:
        if how == "right":
            assert printed.endswith("right.\n") and not error
        else:
            assert error.startswith("NotRight: ")
            assert ("There is no answer yet" in error) is (how == "empty")
    assert ("Still open" in score) is (how != "right")
