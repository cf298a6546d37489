"""Wheel and sdist hold what they should, say who they are, and come out the same twice."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import yaml
from release.building import ROOT, SOURCES, build, metadata, requirements, snapshot

import nudp


def files(folder: str) -> dict[str, bytes]:
    """Return package files or input tables of the checkout: not the curves of figures."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in {".py", ".typed", ".csv", ".toml"}
        if "figures" not in path.parts
    }


def test_wheel_holds_the_package_and_its_tables(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    about = {name for name in held if ".dist-info/" in name}
    tables = {f"nudp/{name}": content for name, content in files("data").items()}
    assert {name: held[name] for name in set(held) - about} == files("nudp") | tables
    assert any(name.endswith("/licenses/LICENSE") for name in about)


def test_sdist_holds_what_a_wheel_is_made_from(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        members = [member for member in archive if member.isfile()]
        held = {m.name.partition("/")[2]: archive.extractfile(m).read() for m in members}
    del held["PKG-INFO"]
    extras = {name: (ROOT / name).read_bytes() for name in SOURCES if (ROOT / name).is_file()}
    assert held == files("nudp") | files("data") | extras


def test_wheel_of_the_sdist_is_that_of_the_checkout(
    sdist: Path, wheel: Path, tmp_path: Path
) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (top,) = (tmp_path / "unpacked").iterdir()
    (again,) = build(top, tmp_path / "dist", "wheel")
    assert again.read_bytes() == wheel.read_bytes()


def test_a_second_build_elsewhere_gives_the_same_bytes(
    sdist: Path, wheel: Path, tmp_path: Path
) -> None:
    """Other folder, other file times, other rights of new files."""
    copy = snapshot(tmp_path / "copy")
    again = build(copy, tmp_path / "dist", umask=0o077)
    assert [path.read_bytes() for path in again] == [sdist.read_bytes(), wheel.read_bytes()]


def test_an_index_would_take_them(sdist: Path, wheel: Path) -> None:
    command = [sys.executable, "-m", "twine", "check", "--strict", str(sdist), str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_numpy_and_scipy_are_all_it_needs(wheel: Path) -> None:
    assert {needed.name for needed in requirements(wheel)} == {"numpy", "scipy"}
    for needed in requirements(wheel, "plots", "events", "pyhf"):
        assert {part.operator for part in needed.specifier} == {">="}, needed


def test_one_version_everywhere(sdist: Path, wheel: Path) -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    stated = {
        "CITATION.cff": str(citation["version"]),
        "CHANGELOG.md": re.findall(r"^## \[(\d[^\]]*)\]", changes, re.MULTILINE)[0],
        "wheel": metadata(wheel)["Version"],
        "sdist": sdist.name.removesuffix(".tar.gz").split("-")[1],
    }
    for path in (ROOT / "data" / "figures").glob("*.csv"):
        stated[path.name] = re.search(r"^# nudp (\S+)$", path.read_text("utf-8"), re.MULTILINE)[1]
    assert stated == dict.fromkeys(stated, nudp.__version__)
