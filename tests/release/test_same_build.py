"""The comparison of two builds sees what differs; `make same-build` makes and compares them."""

from __future__ import annotations

from pathlib import Path

import pytest
from release import same_build


@pytest.fixture
def builds(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders with the same files."""
    folders = tmp_path / "one", tmp_path / "the-other"
    for folder in folders:
        for made in same_build.MADE:
            (folder / made / "deep").mkdir(parents=True)
            (folder / made / "deep" / "page.html").write_text("<p>the same</p>", encoding="utf-8")
    return folders


def test_same_builds_are_the_same(builds: tuple[Path, Path]) -> None:
    assert same_build.differences(*builds) == {}
    assert len(same_build.digests(builds[0])) == len(same_build.MADE)


@pytest.mark.parametrize("made", same_build.MADE)
def test_other_bytes_are_seen(made: str, builds: tuple[Path, Path]) -> None:
    name = f"{made}/deep/page.html"
    (builds[1] / name).write_text("<p>the sane</p>", encoding="utf-8")
    found = same_build.differences(*builds)
    assert list(found) == [name]
    assert "byte 9: " in found[name]


@pytest.mark.parametrize("where", [0, 1])
def test_missing_file_is_seen(where: int, builds: tuple[Path, Path]) -> None:
    (builds[where] / same_build.MADE[0] / "deep" / "page.html").unlink()
    assert same_build.differences(*builds) == {
        f"{same_build.MADE[0]}/deep/page.html": "is in one of them only"
    }


def test_path_of_the_build_is_seen(builds: tuple[Path, Path]) -> None:
    name = f"{same_build.MADE[0]}/log.txt"
    (builds[0] / name).write_text(f"made in {builds[0]}", encoding="utf-8")
    assert same_build.leaks(builds[0]) == [name]


def test_no_build_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing was made"):
        same_build.differences(tmp_path, tmp_path)


def test_build_that_fails_is_told(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("book:\n\t@echo it broke; false\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match="it broke"):
        same_build.build(tmp_path)
