"""An installed wheel works without the checkout: the tables travel with it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

# left to `make test-slow`
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Build the wheel and unpack it far from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder / "installed")
    return folder / "installed"


def run(wheel: Path, code: str) -> str:
    """Run code that sees the unpacked wheel and not the checkout."""
    start = f"import sys; sys.path.insert(0, {str(wheel)!r}); "
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", start + code],
        cwd=wheel,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_wheel_holds_the_inputs_alone(wheel):
    files = {path.relative_to(wheel).as_posix() for path in wheel.rglob("*") if path.is_file()}
    assert {"nudp/__init__.py", "nudp/py.typed", "nudp/data/besiii_runs.csv"} <= files
    assert not [file for file in files if "figures" in file or file.startswith("data/")]
    data = ROOT / "data"
    inputs = {*data.glob("*.csv"), *data.glob("*.toml"), *data.glob("bounds/*")}
    assert {f"nudp/data/{path.relative_to(data).as_posix()}" for path in inputs} <= files


def test_wheel_reads_its_tables(wheel):
    where = run(wheel, "import nudp; print(nudp.__file__)")
    assert where.startswith(str(wheel))
    runs = run(wheel, "from nudp import searches; print(len(searches.BESIII))")
    assert int(runs) > 1


def test_import_is_light(wheel):
    loaded = run(wheel, "import nudp; print('matplotlib' in sys.modules, 'pandas' in sys.modules)")
    assert loaded == "False False"
