"""Wheel and sdist built from this checkout, and empty environments to install them in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from email.message import Message
from email.parser import BytesParser
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PYTHONS = ("3.11", "3.12", "3.13")

#: What the package is made from; a copy of it builds the same files.
SOURCES = (
    "nudp",
    "data",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "CITATION.cff",
    "CHANGELOG.md",
    ".gitignore",
)


# ---- building ----------------------------------------------------------------


def run(*command: str | Path, **options: object) -> str:
    """Run a command and return what it prints; a failure shows all of it."""
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False, **options
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def snapshot(folder: Path, source: Path = ROOT) -> Path:
    """Copy what the package is made from, with new times and without anything made."""
    made = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in SOURCES:
        origin, target = source / name, folder / name
        if origin.is_dir():
            shutil.copytree(origin, target, ignore=made, copy_function=shutil.copyfile)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(origin, target)
    return folder


def build(source: Path, folder: Path, *kinds: str, umask: int = -1) -> list[Path]:
    """Build wheel and sdist, or one of them ("wheel", "sdist"), with the tools that are here."""
    kinds = kinds or ("sdist", "wheel")
    run(
        *(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder),
        *(f"--{kind}" for kind in kinds),
        source,
        # the time of a commit in 2026, as a release would set it
        env={**os.environ, "SOURCE_DATE_EPOCH": "1790000000"},
        umask=umask,
    )
    endings = {"sdist": ".tar.gz", "wheel": ".whl"}
    return [next(folder.glob(f"*{endings[kind]}")) for kind in kinds]


def metadata(wheel: Path) -> Message:
    """Read the metadata of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return BytesParser().parsebytes(archive.read(name))


def requirements(wheel: Path, *extras: str) -> list[Requirement]:
    """Return what a wheel needs, with the extras asked for."""
    every = [Requirement(line) for line in metadata(wheel).get_all("Requires-Dist", [])]
    return [
        needed
        for needed in every
        if not needed.marker or any(needed.marker.evaluate({"extra": name}) for name in extras)
    ]


# ---- an empty environment --------------------------------------------------------


def search_path() -> str:
    """PATH for uv: it gives up at a pyenv shim whose version is not switched on."""
    folders = os.environ["PATH"].split(os.pathsep)
    installed = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/*/bin")
    real = [folder for folder in folders if Path(folder).name != "shims"]
    return os.pathsep.join([*real, *map(str, sorted(installed))])


def uv(*words: str | Path) -> str:
    """Run uv, which must not download an interpreter."""
    variables = {**os.environ, "PATH": search_path(), "UV_PYTHON_DOWNLOADS": "never"}
    for name in ("VIRTUAL_ENV", "PYTHONPATH"):
        variables.pop(name, None)
    return run(sys.executable, "-m", "uv", *words, env=variables)


def interpreter(version: str) -> str | None:
    """Find an interpreter of this version, outside of any environment."""
    try:
        return uv("python", "find", "--system", version).strip()
    except RuntimeError:
        return None


class Environment:
    """An empty environment, far from the checkout.

    Parameters
    ----------
    folder : pathlib.Path
        Where to make it.
    version : str
        Python version, such as "3.12".
    """

    def __init__(self, folder: Path, version: str) -> None:
        uv("venv", "--quiet", "--python", interpreter(version) or version, folder)
        self.folder = folder
        self.python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"

    def install(self, *words: str | Path) -> None:
        """Install something."""
        uv("pip", "install", "--quiet", "--python", self.python, *words)

    def installed(self) -> dict[str, str]:
        """Return names and versions of what is installed."""
        listing = json.loads(uv("pip", "list", "--format", "json", "--python", self.python))
        return {entry["name"]: entry["version"] for entry in listing}

    def run(self, *words: str | Path, isolated: bool = True) -> str:
        """Run its Python elsewhere; warnings are errors."""
        options = ("-I",) if isolated else ()
        variables = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        return run(self.python, *options, "-W", "error", *words, cwd=self.folder, env=variables)


#: Prints the limits of searches on one run and on many; repr keeps every digit.
LIMITS = """
import json
import nudp
from nudp import searches
single = ("BELLE2_LOW_MASS", "BELLE2_HIGH_MASS", "BELLE2_BBG", "STCF_4GEV")
cases = [(name, label) for name in single for label in ("TEXT", "PUBLISHED", "DIRAC", "MAJORANA")]
cases += [("BESIII", "PUBLISHED"), ("BESIII", "DIRAC")]
masses = [0.05, 1.0, 3.5]
print(json.dumps({
    f"{name} {label}": nudp.upper_limit(
        getattr(searches, name), masses, getattr(nudp, label)
    ).tolist()
    for name, label in cases
}))
"""


@cache
def limits_here() -> dict[str, list[float]]:
    """Compute the same limits in this checkout."""
    return json.loads(run(sys.executable, "-c", LIMITS, cwd=ROOT))
