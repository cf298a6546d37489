"""Wheel and sdist of this checkout, built once."""

from __future__ import annotations

from pathlib import Path

import pytest
from release import building


@pytest.fixture(scope="session")
def sdist_and_wheel(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Build both from the checkout."""
    sdist, wheel = building.build(building.ROOT, tmp_path_factory.mktemp("dist"))
    return sdist, wheel


@pytest.fixture(scope="session")
def sdist(sdist_and_wheel: tuple[Path, Path]) -> Path:
    """The sdist of the checkout."""
    return sdist_and_wheel[0]


@pytest.fixture(scope="session")
def wheel(sdist_and_wheel: tuple[Path, Path]) -> Path:
    """The wheel of the checkout."""
    return sdist_and_wheel[1]
