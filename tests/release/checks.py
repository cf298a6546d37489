"""What a release must be: each check returns the faults it finds, an empty list if there are none.

They look at built artefacts, a wheel and an sdist, beside the folder that these were built from.
"""

from __future__ import annotations

import ast
import base64
import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from email.parser import BytesParser
from functools import cache
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.version import Version

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
#: Beside the package and its tables, what an sdist carries.
EXTRAS = {*SOURCES[2:], "PKG-INFO"}
#: All that importing nudp may need from others.
NEEDED = {"numpy", "scipy"}


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


def unpack(sdist: Path, folder: Path) -> Path:
    """Unpack an sdist and return its one folder."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (top,) = folder.iterdir()
    return top


# ---- what is in it -------------------------------------------------------------


def package_files(root: Path) -> set[str]:
    """Return every file of the package in a checkout."""
    return {
        path.relative_to(root).as_posix()
        for path in (root / "nudp").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def table_files(root: Path) -> set[str]:
    """Return every input table: not the curves of figures, and not what describes the folder."""
    return {
        path.relative_to(root).as_posix()
        for path in (root / "data").rglob("*")
        if path.is_file() and "figures" not in path.parts and path.suffix != ".md"
    }


def differences(what: str, found: set[str], wanted: set[str]) -> list[str]:
    """Say what is missing and what is too much."""
    missing = [f"{what}: {name} is missing" for name in sorted(wanted - found)]
    return missing + [f"{what}: {name} does not belong there" for name in sorted(found - wanted)]


def wheel_contents(wheel: Path, root: Path = ROOT) -> list[str]:
    """Compare the files of a wheel, names and bytes, with the checkout."""
    sources = {name: name for name in package_files(root)}
    sources |= {f"nudp/{name}": name for name in table_files(root)}
    with zipfile.ZipFile(wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    about = {name for name in held if name.partition("/")[0].endswith(".dist-info")}
    faults = differences("wheel", set(held) - about, set(sources))
    faults += differences(
        "wheel",
        {name.partition("/")[2] for name in about} - {"entry_points.txt"},
        {"METADATA", "RECORD", "WHEEL", "licenses/LICENSE"},
    )
    for name in sorted(set(sources) & set(held)):
        if (root / sources[name]).read_bytes() != held[name]:
            faults.append(f"wheel: {name} is not that of the checkout")
    return faults


def sdist_contents(sdist: Path, root: Path = ROOT) -> list[str]:
    """Compare the files of an sdist, names and bytes, with the checkout."""
    with tarfile.open(sdist) as archive:
        held = {
            member.name.partition("/")[2]: archive.extractfile(member).read()
            for member in archive
            if member.isfile()
        }
    wanted = package_files(root) | table_files(root) | EXTRAS
    faults = differences("sdist", set(held), wanted)
    for name in sorted((wanted & set(held)) - {"PKG-INFO"}):
        if (root / name).read_bytes() != held[name]:
            faults.append(f"sdist: {name} is not that of the checkout")
    return faults


def record(wheel: Path) -> list[str]:
    """Check a wheel's own list of its files and their hashes, as an installer does."""
    faults = []
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (listing,) = (name for name in names if name.endswith(".dist-info/RECORD"))
        rows = {row[0]: row[1] for row in csv.reader(archive.read(listing).decode().splitlines())}
        faults += differences("RECORD", set(rows), names)
        for name in sorted((names & set(rows)) - {listing}):
            digest = base64.urlsafe_b64encode(hashlib.sha256(archive.read(name)).digest())
            if rows[name] != f"sha256={digest.decode().rstrip('=')}":
                faults.append(f"RECORD: {name} has another hash")
    return faults


def different_bytes(first: Path, second: Path) -> list[str]:
    """Compare two artefacts of the same name, byte for byte."""
    if first.name != second.name:
        return [f"{first.name} and {second.name} have different names"]
    if first.read_bytes() != second.read_bytes():
        return [f"{first.name} differs between two builds"]
    return []


def twine(*artefacts: Path) -> list[str]:
    """Return what twine finds wrong for an index, warnings too."""
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, artefacts)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [done.stdout + done.stderr] if done.returncode else []


# ---- what it says of itself ------------------------------------------------------


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


def dependencies(wheel: Path) -> list[str]:
    """Check that a wheel needs numpy and scipy alone, and that all it asks of users is bounded."""
    faults = differences("Requires-Dist", {needed.name for needed in requirements(wheel)}, NEEDED)
    for needed in requirements(wheel, "plots", "events", "pyhf"):
        operators = {part.operator for part in needed.specifier}
        if operators != {">="}:
            faults.append(f"Requires-Dist: {needed} should have one lower bound")
    return faults


def stated_versions(root: Path = ROOT) -> dict[str, str]:
    """Return the version that each file of a checkout states."""
    tree = ast.parse((root / "nudp" / "__init__.py").read_text(encoding="utf-8"))
    (package,) = (
        node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__version__"
    )
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    changes = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[(\d[^\]]*)\]", changes, re.MULTILINE)
    curves = {
        f"data/figures/{path.name}": found[1]
        for path in sorted((root / "data" / "figures").glob("*.csv"))
        if (found := re.search(r"^#.*\bnudp (\d[\w.]*\w)", path.read_text("utf-8"), re.MULTILINE))
    }
    return {
        "nudp.__version__": package,
        "CITATION.cff": str(citation["version"]),
        "CHANGELOG.md": released[0] if released else "none",
        **curves,
    }


def versions(root: Path = ROOT, *artefacts: Path) -> list[str]:
    """Compare every statement of the version with that of the package."""
    stated = stated_versions(root)
    for artefact in artefacts:
        stated[artefact.name] = re.sub(r"\.tar\.gz$", "", artefact.name).split("-")[1]
        if artefact.suffix == ".whl":
            stated[f"METADATA of {artefact.name}"] = metadata(artefact)["Version"]
    version = stated.pop("nudp.__version__")
    if str(Version(version)) != version:
        return [f"nudp.__version__ is {version!r}, not in the normal form {Version(version)}"]
    return [
        f"{where} says {other!r}, nudp.__version__ {version!r}"
        for where, other in stated.items()
        if other != version
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
