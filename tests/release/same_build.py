"""Build the book twice from one commit, in two clean clones, and compare every file.

``python tests/release/same_build.py`` builds the last commit with the environment of this
checkout, one build after the other, and ends with an error if anything differs. The clones lie in
folders of different names, so a path of this machine in a page is found as well.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: What a build makes: the pages, the figures to take away, the curves of the paper's figures.
MADE = ("_build/html", "book/figures", "data/figures")

#: Files that may differ, and why; none is known.
KNOWN: dict[str, str] = {}


def clone(commit: str, folder: Path) -> Path:
    """Clone a commit, without anything that git does not have."""
    subprocess.run(["git", "clone", "--quiet", "--no-local", ROOT, folder], check=True)
    subprocess.run(["git", "checkout", "--quiet", "--detach", commit], cwd=folder, check=True)
    return folder


def build(folder: Path, prefix: Path = Path(sys.prefix)) -> None:
    """Make the book of a clone, with the packages that are here and the nudp that is there."""
    variables = {**os.environ, "PYTHONPATH": str(folder)}
    variables.pop("MAKEFLAGS", None)
    # the environment is newer than its lock file says: it is not to be made again
    ready = f"--old-file={prefix / '.ready'}"
    command = ["make", ready, f"VENV={prefix}", "book"]
    done = subprocess.run(
        command, cwd=folder, env=variables, text=True, capture_output=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} in {folder}\n{done.stdout}\n{done.stderr}")


def digests(folder: Path, made: tuple[str, ...] = MADE) -> dict[str, str]:
    """Return the hash of every file that was made."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for name in made
        for path in sorted((folder / name).rglob("*"))
        if path.is_file()
    }


def differences(first: Path, second: Path, made: tuple[str, ...] = MADE) -> dict[str, str]:
    """Name every file that differs, with the first place where it does."""
    one, other = digests(first, made), digests(second, made)
    if not one:
        raise FileNotFoundError(f"nothing was made in {first}")
    found = dict.fromkeys(sorted(one.keys() ^ other.keys()), "is in one of them only")
    for name in sorted(one.keys() & other.keys()):
        if one[name] != other[name]:
            found[name] = first_difference(first / name, second / name)
    return found


def first_difference(first: Path, second: Path) -> str:
    """Show where two files part."""
    one, other = first.read_bytes(), second.read_bytes()
    pairs = zip(one, other, strict=False)
    at = next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
    start = max(at - 60, 0)
    return f"byte {at}: {one[start : at + 60]!r} against {other[start : at + 60]!r}"


def leaks(folder: Path, made: tuple[str, ...] = MADE) -> list[str]:
    """Name files that hold the path of the folder they were made in."""
    path = str(folder).encode()
    return [name for name in digests(folder, made) if path in (folder / name).read_bytes()]


def main() -> None:
    """Build, compare, report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, help="folder in which the two builds stay")
    keep = parser.parse_args().keep
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()
    work = keep or Path(tempfile.mkdtemp(prefix="same-build-"))
    try:
        clones = [clone(commit, work / name) for name in ("one", "the-other")]
        for folder in clones:
            build(folder)
        found = differences(*clones)
        found |= dict.fromkeys(leaks(clones[0]), "holds the path of its build")
        print(f"{len(digests(clones[0]))} files of {commit[:9]} compared, {len(found)} differ")
        for name, what in found.items():
            print(f"{name}: {KNOWN.get(name, what)}")
    finally:
        if not keep:
            shutil.rmtree(work)
    sys.exit(bool(found.keys() - KNOWN.keys()))


if __name__ == "__main__":
    main()
