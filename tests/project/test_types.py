"""mypy finds nothing in the package, nor in a script that uses it as it is meant to be used."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# What a user may write; each line is sound.
SOUND = '''
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

import nudp
from nudp.selections import EnergyWindow, besiii_advanced
from nudp.typing import BoolOrArray, Cut, FloatArray, FloatOrArray


class Forward:
    """A cut of one's own."""

    def intervals(self, E: ArrayLike, sqrt_s: float) -> FloatArray:
        return np.broadcast_to(np.array([0.0, 0.9]), (*np.shape(E), 1, 2))

    def kinks(self, sqrt_s: float) -> list[float]:
        return []


search = replace(nudp.searches.STCF_4GEV, luminosity=30e3)
one: float = nudp.upper_limit(search, 1.0, nudp.PUBLISHED)
masses = np.geomspace(0.1, 4.0, 50)
many: FloatArray = nudp.upper_limit(search, masses, nudp.DIRAC, method="cls")
first, last = many[0], nudp.upper_limit(nudp.searches.BESIII, [0.5, 1.0], nudp.TEXT)[-1]
mine = nudp.SignalModel(charge_modes=2, decay="exact", width_factor=2.0)
signal, background = nudp.limits.expected_events(search, 1.0, 1e-6, mine)
per_run: FloatArray = nudp.limits.expected_events(nudp.searches.BESIII, 1.0, 1e-6, mine)[0]
sigma: FloatOrArray = nudp.signal.total_cross_section(4.0, masses, 1e-5)
share: float = nudp.signal.acceptance(besiii_advanced() & Forward(), 4.0, 1.0, mine)
either = replace(search, selection=Forward() | EnergyWindow(1.0, 2.0))
cut: Cut = Forward()
fixed: Cut = besiii_advanced()
known = nudp.landscape.bounds("mu")
free: BoolOrArray = ~nudp.landscape.excluded(1.0, one, "tau")
rounded = f"{float(sigma.max()):.3g} {known[0].limit(1.0):.2e} {signal + background:.1f}"
'''

# What a user may get wrong, with the code of mypy's complaint.
WRONG = {
    'nudp.upper_limit(nudp.searches.BESIII, 1.0, "PUBLISHED")': "call-overload",
    "nudp.upper_limit(nudp.searches.BESIII, 1.0)": "call-overload",
    "nudp.upper_limit(nudp.BESIII, 1.0, nudp.PUBLISHED)": "attr-defined",
    'nudp.SignalModel(charge_modes="two", decay=0.0)': "arg-type",
    "nudp.signal.decay_length(4.0, 0.1)": "call-arg",
    "nudp.signal.acceptance(object(), 4.0, 1.0, nudp.TEXT)": "call-overload",
    "nudp.selections.besiii_basic() & 3.0": "operator",
    "cosine: str = nudp.kinematics.boost(7.0, 4.0)": "assignment",
}


ERROR = re.compile(r"^(?P<file>.+?\.py):(?P<line>\d+): error: .*\[(?P<code>[\w-]+)\]$")


def mypy(*arguments):
    """Exit code and complaints of mypy, as (name of the file, line, code)."""
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--no-pretty"]
    command += ["--config-file", str(ROOT / "pyproject.toml")]
    command += ["--cache-dir", str(ROOT / "_build" / "mypy"), *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    matches = [ERROR.match(line) for line in done.stdout.splitlines() if ": error: " in line]
    assert all(matches), done.stdout
    found = [(Path(m["file"]).name, int(m["line"]), m["code"]) for m in matches]
    return done.returncode, found


def test_the_package_is_clean():
    assert mypy("nudp") == (0, [])


@pytest.fixture(scope="module")
def complaints(tmp_path_factory):
    """Complaints about a sound script and a wrong one."""
    folder = tmp_path_factory.mktemp("scripts")
    scripts = {
        "sound.py": SOUND,
        "wrong.py": "import nudp\n" + "\n".join(WRONG) + "\n",
    }
    for name, text in scripts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return mypy(*(folder / name for name in scripts))[1]


def test_a_sound_script_is_clean(complaints):
    assert [found for found in complaints if found[0] == "sound.py"] == []


def test_the_sound_script_runs():
    exec(compile(SOUND, "sound.py", "exec"), {"__name__": "sound"})


@pytest.mark.parametrize(("number", "code"), list(enumerate(WRONG.values(), start=2)))
def test_a_slip_of_the_user_is_found(number, code, complaints):
    assert ("wrong.py", number, code) in complaints
