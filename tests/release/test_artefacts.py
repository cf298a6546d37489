"""Wheel and sdist hold what they should, say who they are, and come out the same twice."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from release import checks


def test_wheel_holds_the_package_and_its_tables(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")
    assert checks.wheel_contents(wheel) == []
    assert checks.record(wheel) == []


def test_sdist_holds_what_a_wheel_is_made_from(sdist: Path) -> None:
    assert checks.sdist_contents(sdist) == []


def test_what_is_wanted_is_not_empty() -> None:
    """A check against an empty list would pass whatever was built."""
    assert {"nudp/py.typed", "nudp/limits.py"} <= checks.package_files(checks.ROOT)
    tables = checks.table_files(checks.ROOT)
    assert {"data/besiii_runs.csv", "data/bounds.toml", "data/bounds/donut.csv"} <= tables
    assert not [name for name in tables if "figures" in name]


def test_wheel_of_the_sdist_is_that_of_the_checkout(
    sdist: Path, wheel: Path, tmp_path: Path
) -> None:
    unpacked = checks.unpack(sdist, tmp_path / "unpacked")
    (again,) = checks.build(unpacked, tmp_path / "dist", "wheel")
    assert checks.different_bytes(wheel, again) == []


def test_a_second_build_elsewhere_gives_the_same_bytes(
    sdist: Path, wheel: Path, tmp_path: Path
) -> None:
    """Other folder, other file times, other rights of new files."""
    copy = checks.snapshot(tmp_path / "copy")
    for first, second in zip(
        (sdist, wheel), checks.build(copy, tmp_path / "dist", umask=0o077), strict=True
    ):
        assert checks.different_bytes(first, second) == []


def test_an_index_would_take_them(sdist: Path, wheel: Path) -> None:
    assert checks.twine(sdist, wheel) == []


def test_numpy_and_scipy_are_all_it_needs(wheel: Path) -> None:
    assert checks.dependencies(wheel) == []


def test_one_version_everywhere(sdist: Path, wheel: Path) -> None:
    stated = checks.stated_versions()
    assert {"CITATION.cff", "CHANGELOG.md", "data/figures/fig1.csv"} <= set(stated)
    assert checks.versions(checks.ROOT, sdist, wheel) == []


# ---- the checks themselves: each fault put in is named -------------------------------


def rewritten(wheel: Path, folder: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Copy a wheel with some of its files changed."""
    with zipfile.ZipFile(wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    change(held)
    target = folder / wheel.name
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    return target


def about(held: dict[str, bytes], name: str) -> str:
    """Full name of a file of the metadata."""
    (found,) = (path for path in held if path.endswith(f".dist-info/{name}"))
    return found


def replaced(held: dict[str, bytes], name: str, old: bytes, new: bytes) -> None:
    """Change a piece of a file."""
    assert old in held[name]
    held[name] = held[name].replace(old, new)


def no_marker(held: dict[str, bytes]) -> None:
    del held["nudp/py.typed"]


def no_table(held: dict[str, bytes]) -> None:
    del held["nudp/data/bounds/donut.csv"]


def with_figures(held: dict[str, bytes]) -> None:
    held["nudp/data/figures/fig1.csv"] = b"m_N,besiii\n"


def with_tests(held: dict[str, bytes]) -> None:
    held["tests/test_limits.py"] = b""


def other_table(held: dict[str, bytes]) -> None:
    replaced(held, "nudp/data/bounds/donut.csv", b"5.78e-5", b"5.79e-5")


def no_licence(held: dict[str, bytes]) -> None:
    del held[about(held, "licenses/LICENSE")]


def unlisted(held: dict[str, bytes]) -> None:
    replaced(held, about(held, "RECORD"), b"nudp/limits.py,", b"nudp/limit.py,")


def third_dependency(held: dict[str, bytes]) -> None:
    line = b"Requires-Dist: numpy>=2.0\n"
    replaced(held, about(held, "METADATA"), line, line + b"Requires-Dist: tqdm>=4\n")


def no_lower_bound(held: dict[str, bytes]) -> None:
    replaced(held, about(held, "METADATA"), b"Dist: numpy>=2.0\n", b"Dist: numpy\n")


def capped(held: dict[str, bytes]) -> None:
    replaced(held, about(held, "METADATA"), b"Dist: numpy>=2.0\n", b"Dist: numpy>=2.0,<3\n")


def other_version(held: dict[str, bytes]) -> None:
    name = about(held, "METADATA")
    held[name] = b"\n".join(
        b"Version: 0.0.9" if line.startswith(b"Version:") else line
        for line in held[name].split(b"\n")
    )


def no_description(held: dict[str, bytes]) -> None:
    name = about(held, "METADATA")
    held[name] = held[name].partition(b"\n\n")[0] + b"\n\n"


FAULTS = [
    (checks.wheel_contents, no_marker, "nudp/py.typed is missing"),
    (checks.wheel_contents, no_table, "nudp/data/bounds/donut.csv is missing"),
    (checks.wheel_contents, with_figures, "nudp/data/figures/fig1.csv does not belong"),
    (checks.wheel_contents, with_tests, "tests/test_limits.py does not belong"),
    (checks.wheel_contents, other_table, "donut.csv is not that of the checkout"),
    (checks.wheel_contents, no_licence, "licenses/LICENSE is missing"),
    (checks.record, other_table, "donut.csv has another hash"),
    (checks.record, unlisted, "nudp/limits.py is missing"),
    (checks.dependencies, third_dependency, "tqdm does not belong"),
    (checks.dependencies, no_lower_bound, "numpy should have one lower bound"),
    (checks.dependencies, capped, "should have one lower bound"),
    (checks.twine, no_description, "long_description"),
    (lambda wheel: checks.versions(checks.ROOT, wheel), other_version, "says '0.0.9'"),
]


@pytest.mark.parametrize(
    ("check", "change", "message"), FAULTS, ids=[f"{fault[1].__name__}" for fault in FAULTS]
)
def test_faulty_wheel_is_refused(
    check: Callable[[Path], list[str]],
    change: Callable[[dict[str, bytes]], None],
    message: str,
    wheel: Path,
    tmp_path: Path,
) -> None:
    faults = check(rewritten(wheel, tmp_path, change))
    assert [fault for fault in faults if message in fault]


def test_file_that_the_build_forgets_is_missed(tmp_path: Path) -> None:
    """A table in a place that pyproject.toml does not name."""
    copy = checks.snapshot(tmp_path / "copy")
    table = copy / "data" / "efficiencies" / "belle2.csv"
    table.parent.mkdir()
    table.write_text("energy,efficiency\n", encoding="utf-8")
    sdist, wheel = checks.build(copy, tmp_path / "dist")
    assert checks.wheel_contents(wheel, copy) == [
        "wheel: nudp/data/efficiencies/belle2.csv is missing"
    ]
    assert checks.sdist_contents(sdist, copy) == ["sdist: data/efficiencies/belle2.csv is missing"]


def test_faulty_sdist_is_refused(sdist: Path, tmp_path: Path) -> None:
    top = sdist.name.removesuffix(".tar.gz")
    target = tmp_path / sdist.name
    with tarfile.open(sdist) as old, tarfile.open(target, "w:gz") as new:
        for member in old:
            if not member.name.endswith("besiii_runs.csv"):
                new.addfile(member, old.extractfile(member))
        new.addfile(tarfile.TarInfo(f"{top}/tests/test_limits.py"), io.BytesIO())
    assert checks.sdist_contents(target) == [
        "sdist: data/besiii_runs.csv is missing",
        "sdist: tests/test_limits.py does not belong there",
    ]


def test_another_build_is_noticed(wheel: Path, tmp_path: Path) -> None:
    other = rewritten(wheel, tmp_path, other_table)
    assert checks.different_bytes(wheel, other) == [f"{wheel.name} differs between two builds"]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("CITATION.cff", "\nversion: {}", "\nversion: 9.9"),
        ("CHANGELOG.md", "\n## [{}]", "\n## [9.9]"),
        ("data/figures/fig1.csv", "nudp {}", "nudp 9.9"),
    ],
)
def test_file_of_another_version_is_refused(name: str, old: str, new: str, tmp_path: Path) -> None:
    copy = checks.snapshot(tmp_path / "copy")
    version = checks.stated_versions(copy)["nudp.__version__"]
    text = (copy / name).read_text(encoding="utf-8")
    assert old.format(version) in text
    (copy / name).write_text(text.replace(old.format(version), new), encoding="utf-8")
    assert checks.versions(copy) == [f"{name} says '9.9', nudp.__version__ '{version}'"]


def test_version_is_in_the_normal_form(tmp_path: Path) -> None:
    copy = checks.snapshot(tmp_path / "copy")
    init = copy / "nudp" / "__init__.py"
    text = init.read_text(encoding="utf-8")
    version = checks.stated_versions(copy)["nudp.__version__"]
    init.write_text(text.replace(f'"{version}"', '"1.0.0-beta"'), encoding="utf-8")
    assert ["normal form" in fault for fault in checks.versions(copy)] == [True]
