"""Take the Python that runs in the pages from wherever it can be had, and accept no other bytes.

`fetch.py DIR [FOLDER ...]` fills DIR with the files of `files.csv`. A file is looked for in DIR
itself, in the folders named, such as an unpacked release of Pyodide, and then in the package that
the table names as its source: one of npm, or one for pip, each asked through its own client.
Wherever it comes from, it is taken only if its sha256 is that of the table, which for the wheels of
Pyodide is that of Pyodide's own lock file. A file is written whole or not at all.
"""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from nudp._tables import write_whole

TABLE = Path(__file__).with_name("files.csv")
LOCK = "pyodide-lock.json"
# Wheels for the Python that Pyodide has. Of one with compiled parts the pure half is taken.
FOR_PIP = "--no-deps --only-binary=:all: --ignore-requires-python --python-version=3.14".split()
FOR_PIP += "--implementation=cp --abi=cp314 --platform=manylinux2014_x86_64".split()
ADVICE = (
    "Is there a network, and are npm and pip at hand? Files from elsewhere will do: put them, or "
    "an unpacked release of Pyodide, into a folder and say make lite FILES=FOLDER."
)


class NotHad(Exception):
    """Files that could not be had, or whose bytes are others."""


def wanted(table: Path = TABLE) -> list[dict[str, str]]:
    """Return the rows of the table: name, version, file, sha256, licence and source."""
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def is_right(content: bytes, row: dict[str, str]) -> bool:
    """Whether bytes are those of the table."""
    return hashlib.sha256(content).hexdigest() == row["sha256"]


def from_npm(package: str, folder: Path) -> None:
    """Let npm put a package into a folder."""
    command = ["npm", "pack", "--silent", "--pack-destination", str(folder), package]
    subprocess.run(command, check=True, capture_output=True, text=True)


def from_pip(package: str, folder: Path) -> None:
    """Let pip put a wheel into a folder."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", *FOR_PIP]
    command += ["--dest", str(folder), package]
    subprocess.run(command, check=True, capture_output=True, text=True)


CLIENTS: dict[str, Callable[[str, Path], None]] = {"npm": from_npm, "pip": from_pip}


def held(folder: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Give every file in a folder, and every one inside its archives, by its name alone."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield path.name, path.read_bytes
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                for name in packed.namelist():
                    yield (
                        PurePosixPath(name).name,
                        lambda packed=packed, name=name: packed.read(name),
                    )
        elif path.name.endswith((".tgz", ".tar.gz", ".tar.bz2")):
            with tarfile.open(path) as packed:
                for member in filter(tarfile.TarInfo.isfile, packed):
                    take = packed.extractfile
                    yield (
                        PurePosixPath(member.name).name,
                        lambda m=member, take=take: take(m).read(),
                    )


def take(rows: list[dict[str, str]], folder: Path, target: Path) -> dict[str, str]:
    """Write what a folder holds of the rows into the target; say what else was found."""
    missing = {row["file"]: row for row in rows}
    wrong: dict[str, str] = {}
    for name, read in held(folder):
        if name not in missing:
            continue
        content = read()
        if is_right(content, missing[name]):
            write_whole(target / name, content)
            wrong.pop(name, None)
            del missing[name]
        else:
            wrong[name] = f"sha256 {hashlib.sha256(content).hexdigest()}"
    return wrong


def fetch(rows: list[dict[str, str]], target: Path, folders: list[Path]) -> None:
    """Fill a folder with the files of the table.

    Parameters
    ----------
    rows : list of dict
        What is wanted, as `wanted` returns it.
    target : pathlib.Path
        The folder to fill.
    folders : list of pathlib.Path
        Where to look before a client is asked.

    Raises
    ------
    NotHad
        If files cannot be had or have other bytes, with the name of each; those that are right
        have been written, and no other.
    """
    target.mkdir(parents=True, exist_ok=True)
    faults: dict[str, str] = {}

    def left() -> list[dict[str, str]]:
        paths = [(target / row["file"], row) for row in rows]
        return [r for path, r in paths if not (path.is_file() and is_right(path.read_bytes(), r))]

    for folder in folders:
        faults |= {
            name: f"{what} in {folder}" for name, what in take(left(), folder, target).items()
        }
    for source in dict.fromkeys(row["source"] for row in left()):
        client, package = source.split()
        rest = [row for row in left() if row["source"] == source]
        with tempfile.TemporaryDirectory() as folder:
            try:
                CLIENTS[client](package, Path(folder))
            except (OSError, subprocess.CalledProcessError) as error:
                reason = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1:]
                faults |= {
                    row["file"]: f"{source} not had: {''.join(reason)[:200]}" for row in rest
                }
                continue
            found = take(rest, Path(folder), target)
            faults |= {row["file"]: f"not in {source}" for row in rest}
            faults |= {name: f"{what} in {source}" for name, what in found.items()}
    if absent := left():
        lines = [f"{row['file']}: {faults[row['file']]}; wanted {row['sha256']}" for row in absent]
        raise NotHad("\n".join([*lines, ADVICE]))


def against_lock(rows: list[dict[str, str]], lock: dict) -> None:
    """Refuse another wheel than Pyodide's lock file has, where it is not the author's own."""
    theirs = {entry["file_name"]: entry["sha256"] for entry in lock["packages"].values()}
    carried = [row for row in rows if row["name"] not in row["source"]]
    if other := [row["file"] for row in carried if theirs.get(row["file"]) != row["sha256"]]:
        raise NotHad(f"not as in Pyodide's {LOCK}: {', '.join(other)}")


def main(target: Path, *folders: Path) -> None:
    """Fill the folder, or say what is missing."""
    rows = wanted()
    try:
        fetch(rows, target, list(folders))
        against_lock(rows, json.loads((target / LOCK).read_bytes()))
    except NotHad as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
