"""Make the folder that a class works from without a network, and one beside it for the teacher.

`make.py CLASS TEACHER [SYSTEM ...]` takes the book that `make lite` has built. CLASS holds it, the
students' worksheets, a handout, a quiz, the wheels of what the worksheets need and `start.py`;
TEACHER the solutions, the answers of the quiz, the marks, what the lab hides, and a course for
nbgrader. Wheels are for the system and the Python that run this, or, if systems are named, for
these with Python 3.11 to 3.13. Each is accepted by its hash in `requirements.lock` alone. A folder
is written whole or not at all.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import math
import random
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from types import ModuleType

from packaging.requirements import Requirement
from scipy.stats import norm

import nudp
from nudp import background, searches, signal
from nudp.constants import ALPHA, FB_GEV2

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
HTML = ROOT / "_build" / "html"
STORE = ROOT / "_build" / "wheels"
LOCK = FOLDER / "requirements.lock"
REQUIREMENTS = "requirements.txt"
LITE = "lite/nudp-offline.html"
PYTHONS = ("3.11", "3.12", "3.13")
# What pip calls a system, and what markers of the lock file ask of it.
SYSTEMS = {
    "windows": (("win_amd64",), ("nt", "win32", "Windows", "AMD64")),
    "macos": (("macosx_14_0_arm64",), ("posix", "darwin", "Darwin", "arm64")),
    "linux": (
        tuple(f"manylinux_2_{minor}_x86_64" for minor in range(36, 4, -1)),
        ("posix", "linux", "Linux", "x86_64"),
    ),
}
MARKERS = ("os_name", "sys_platform", "platform_system", "platform_machine")
HERE = "here"


def module(path: Path) -> ModuleType:
    """Import a script, which is in no package."""
    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_{path.stem}", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


lite = module(ROOT / "publish" / "lite" / "make.py")
worksheets = lite.worksheets


# ---- wheels ------------------------------------------------------------------


def locked() -> list[tuple[Requirement, str]]:
    """Return what the lock file names, each with its whole entry."""
    entries = LOCK.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    return [(Requirement(entry.split(" --hash")[0]), entry) for entry in entries]


def needed(system: str, version: str) -> str:
    """Return the entries that a system needs with any Python 3.x.y of a version."""
    names = {} if system == HERE else dict(zip(MARKERS, SYSTEMS[system][1], strict=True))
    pythons = [
        {**names, "python_version": version, "python_full_version": f"{version}.{patch}"}
        for patch in (0, 99)
    ]
    kept = [
        re.sub(r";.*?(?= --hash)", "", entry)  # pip would ask the machine on which it runs
        for what, entry in locked()
        if not what.marker or any(what.marker.evaluate(python) for python in pythons)
    ]
    return "\n".join(kept) + "\n"


def download(system: str, version: str) -> Path:
    """Let pip put the wheels for a system and a Python into a folder that stays."""
    store = STORE / f"{system}-{version}"
    store.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary=:all:", "--dest", str(store)]
    # a wheel may ask for a late 3.x.y, and not be had for 3.x.0
    command += [f"--python-version={version}.99", "--implementation=cp"]
    if system != HERE:
        command += [f"--platform={name}" for name in SYSTEMS[system][0]]
    # two versions of one package are two commands: one for a Python 3.x.0, one for later ones
    for entries in apart(needed(system, version).splitlines()):
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as wanted:
            wanted.write("\n".join(entries) + "\n")
            wanted.flush()
            subprocess.run([*command, "-r", wanted.name], check=True)
    return store


def apart(entries: list[str]) -> Iterator[list[str]]:
    """Give lists in which no package stands twice."""
    while entries:
        once = {entry.split("==")[0]: entry for entry in reversed(entries)}
        yield list(once.values())
        entries = [entry for entry in entries if entry not in once.values()]


def write_wheels(folder: Path, systems: list[str]) -> None:
    """Write the wheels, nudp's own with them, and what pip is to install of them."""
    folder.mkdir()
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    wanted = [(s, v) for s in systems for v in PYTHONS] or [(HERE, here)]
    lock = LOCK.read_text(encoding="utf-8")
    hashes = set(re.findall(r"sha256:(\w+)", lock))
    for path in chain.from_iterable(download(*one).iterdir() for one in wanted):
        # the folder that stays may hold what an older lock file asked for
        if hashlib.sha256(path.read_bytes()).hexdigest() in hashes:
            shutil.copy(path, folder)
    name, content = lite.own_wheel()
    lite.write(folder / name, content)
    own = f"nudp=={nudp.__version__} --hash=sha256:{hashlib.sha256(content).hexdigest()}\n"
    lite.write(folder / REQUIREMENTS, lock + own)


# ---- pages -------------------------------------------------------------------


def write_page(path: Path, text: str, book: str = "book") -> None:
    """Write a page that begins with its title, and sets formulas with what the book has."""
    title = text.splitlines()[0].removeprefix("# ")
    style = f"<style>{lite.text('page.css')}\n{(FOLDER / 'sheet.css').read_text()}</style>"
    script = f'<script defer src="{book}/_static/mathjax/tex-mml-chtml.js"></script>'
    lite.write(path, lite.page(title, lite.to_html(text), script if "$" in text else "", style))


def source(name: str) -> str:
    """Return a text of this folder."""
    return (FOLDER / name).read_text(encoding="utf-8")


def numbers() -> dict[str, str]:
    """Return what the handout tells, computed as the worksheets compute it."""
    stcf, belle2 = searches.STCF_4GEV, searches.BELLE2_LOW_MASS
    accepted = [
        signal.acceptance(search.selection, search.sqrt_s, 1.0, nudp.PUBLISHED)
        for search in (stcf, belle2)
    ]
    passing = background.cross_section(belle2.selection, belle2.sqrt_s)
    masses = [0.05, 1.0]
    light, heavy = signal.decay_length(belle2.sqrt_s, masses, 1e-5)
    power = math.floor(math.log10(FB_GEV2))
    gauss = {f"gauss_{percent}": f"{norm.isf(percent / 100):.3f}" for percent in (10, 5)}
    return {
        **gauss,
        "gauss_both": f"{norm.isf(0.025):.3f}",
        "kept_stcf": f"{accepted[0]:.2f}",
        "kept_belle2": f"{accepted[1]:.3f}",
        "sqrt_s": f"{belle2.sqrt_s:.2f}",
        "luminosity": f"{belle2.luminosity:,.0f}".replace(",", "\u202f"),
        "seen": f"{belle2.photon_efficiency:g}",
        "reach": f"{belle2.detector_length:g}",
        "neutrinos": f"{passing:.3g}",
        "sigma": f"{signal.total_cross_section(belle2.sqrt_s, masses[1], 1e-5):.3g}",
        "light": f"{masses[0]:g}",
        "long": f"{light:.3g}",
        "short": f"{1000 * heavy:.3g}",
        "alpha": f"{1 / ALPHA:.3f}",
        "fb": rf"{FB_GEV2 / 10**power:.3f}\times10^{{{power}}}",
    }


def filled(text: str, values: Mapping[str, str]) -> str:
    """Put numbers where a text says <<name>>."""
    return re.sub(r"<<(\w+)>>", lambda name: values[name[1]], text)


def quiz(answers: bool) -> str:
    """Return the quiz as Markdown, with or without its answers."""
    all_ = tomllib.loads(source("quiz.toml"))
    parts = [f"# {all_['title']}\n", all_["teacher" if answers else "students"] + "\n"]
    for number, asked in enumerate(all_["question"], 1):
        choices = [(asked["right"], f" **Right.** {asked['why']}")]
        choices += [(wrong, f" *{thought}*") for wrong, thought in asked["wrong"]]
        random.Random(number).shuffle(choices)
        parts.append(f"<div class='asked'>\n\n**{number}.** {asked['ask']}\n")
        parts += (
            f"- {letter}. {choice}{remark if answers else ''}"
            for letter, (choice, remark) in zip("ABCD", choices, strict=True)
        )
        parts.append("\n</div>\n")
    return "\n".join(parts)


def hidden() -> str:
    """Return what the lab hides, as a table."""
    lines = ["| group | photons | mass | coupling | fitted mass | fitted coupling | its error |"]
    lines.append("|---|---|---|---|---|---|---|")
    lines += (
        f"| {g.number} | {g.photons} | {g.m_N:.3f} | {g.d:.2e} | {g.m_fit:.3f} | {g.d_fit:.2e}"
        f" | {g.d_error:.1e} |"
        for g in worksheets.hidden()
    )
    return "\n".join(lines)


# ---- the two folders -----------------------------------------------------------


def write_class(folder: Path, systems: list[str]) -> None:
    """Write what students get."""
    shutil.copytree(HTML, folder / "book")
    worksheets.write_students(folder / "worksheets")
    write_page(folder / "README.html", source("readme.md"))
    write_page(folder / "handout.html", filled(source("handout.md"), numbers()))
    write_page(folder / "quiz.html", quiz(answers=False))
    shutil.copy(FOLDER / "start.py", folder)
    write_wheels(folder / "wheels", systems)


def write_teacher(folder: Path, book: str) -> None:
    """Write what only the teacher gets."""
    worksheets.write_key(folder / "solutions")
    for path in worksheets.SOURCES:
        nb = worksheets.student(worksheets.solved(path))
        worksheets.write(nb, folder / "nbgrader" / "source" / path.stem / f"{path.stem}.ipynb")
    shutil.copy(FOLDER / "nbgrader_config.py", folder / "nbgrader")
    write_page(folder / "quiz-answers.html", quiz(answers=True), book)
    write_page(folder / "marks.html", source("marks.md"), book)
    write_page(folder / "README.html", filled(source("teacher.md"), {"hidden": hidden()}), book)


def main() -> None:
    """Write both folders."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("students", type=Path, metavar="CLASS", help="folder for the class")
    parser.add_argument("teacher", type=Path, metavar="TEACHER", help="folder for the teacher")
    parser.add_argument("systems", nargs="*", metavar="SYSTEM", help=" ".join(SYSTEMS))
    asked = parser.parse_args()
    if unknown := set(asked.systems) - set(SYSTEMS):
        parser.error(f"systems must be of {', '.join(SYSTEMS)}, got {', '.join(sorted(unknown))}")
    if not (HTML / LITE).is_file():
        parser.error(f"{HTML} has no Python in its pages: run `make lite` first")
    asked.students.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=asked.students.parent) as temporary:
        made = Path(temporary) / "students", Path(temporary) / "teacher"
        write_class(made[0], asked.systems)
        write_teacher(made[1], f"../{asked.students.name}/book")
        for path, target in zip(made, (asked.students, asked.teacher), strict=True):
            shutil.rmtree(target, ignore_errors=True)
            path.rename(target)
            size = sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
            print(f"{target}: {size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
