"""The wheel alone, in empty environments: three Pythons, and the oldest versions it allows."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
from packaging.version import Version
from release import building

import nudp

#: The core of the physics; what these need beside nudp is in TOOLS.
CORE = ("kinematics", "signal", "background", "selections", "landscape", "limits", "events")
#: Tests of many runs, or of an integral the other way round, which take minutes and no other
#: function of numpy or scipy than the rest.
SLOW = ("many_runs_multiply", "root_of_the_summed_chi2", "as_the_other_way_round")
TOOLS = ("pytest>=8", "pytest-timeout", "hypothesis", "mpmath")
OLDEST = building.PYTHONS[0]


def needs(version: str) -> pytest.MarkDecorator:
    """Leave a test out, with the reason, on a machine without that Python."""
    reason = f"NOT RUN: there is no Python {version} on this machine (uv python find {version})"
    return pytest.mark.skipif(building.interpreter(version) is None, reason=reason)


PYTHONS = [pytest.param(version, marks=needs(version)) for version in building.PYTHONS]


@pytest.fixture(scope="module")
def alone(
    request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> building.Environment:
    """The wheel alone in an empty environment of a Python."""
    environment = building.Environment(tmp_path_factory.mktemp("alone") / "env", request.param)
    environment.install(wheel)
    return environment


@pytest.fixture(scope="module")
def oldest(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> building.Environment:
    """The wheel with the extras and the lowest versions that its metadata allow."""
    environment = building.Environment(tmp_path_factory.mktemp("oldest") / "env", OLDEST)
    needed = building.requirements(wheel, "plots", "events")
    lowest = [f"{entry.name}{entry.specifier}" for entry in needed]
    environment.install("--resolution", "lowest-direct", wheel, *lowest)
    before = environment.installed()
    environment.install(*TOOLS)
    after = environment.installed()
    assert before.items() <= after.items(), "the tools changed what they were to test"
    return environment


def limits(environment: building.Environment) -> dict[str, list[float]]:
    """Compute the limits there."""
    return json.loads(environment.run("-c", building.LIMITS))


def assert_as_here(there: dict[str, list[float]], rel: float) -> None:
    """Compare limits with those of this checkout."""
    here = building.limits_here()
    assert there.keys() == here.keys()
    for name, values in here.items():
        np.testing.assert_allclose(there[name], values, rtol=rel, err_msg=name)


# ---- alone ---------------------------------------------------------------------------


ON_EVERY_PYTHON = pytest.mark.parametrize("alone", PYTHONS, indirect=True)


@ON_EVERY_PYTHON
def test_nothing_else_is_installed(alone: building.Environment) -> None:
    assert set(alone.installed()) == {"nudp", "numpy", "scipy"}


@ON_EVERY_PYTHON
def test_it_is_the_installed_one(alone: building.Environment) -> None:
    where = alone.run("-c", "import nudp; print(nudp.__file__)").strip()
    assert Path(where).is_relative_to(alone.folder)
    assert Path(where).with_name("py.typed").is_file()


@ON_EVERY_PYTHON
def test_limits_are_those_of_the_checkout(alone: building.Environment) -> None:
    assert_as_here(limits(alone), rel=1e-12)


@ON_EVERY_PYTHON
def test_every_module_that_needs_nothing_more_is_imported(alone: building.Environment) -> None:
    paths = [path.relative_to(building.ROOT) for path in (building.ROOT / "nudp").rglob("*.py")]
    left_out = {"plots", "events", "__init__", "__main__"}
    names = [".".join(path.with_suffix("").parts) for path in paths if path.stem not in left_out]
    assert "nudp.beyond.zpole" in names
    alone.run("-c", "".join(f"import {name}\n" for name in sorted(names)))


@pytest.mark.parametrize("isolated", [True, False])
@ON_EVERY_PYTHON
def test_it_tells_about_itself(alone: building.Environment, isolated: bool) -> None:
    told = alone.run("-m", "nudp", isolated=isolated)
    assert f"nudp {nudp.__version__}" in told
    assert "2204.07802" in told


# ---- the lowest versions -----------------------------------------------------------------


@needs(OLDEST)
def test_the_lowest_versions_are_in_use(oldest: building.Environment, wheel: Path) -> None:
    installed = oldest.installed()
    for needed in building.requirements(wheel, "plots", "events"):
        (bound,) = needed.specifier
        lowest = Version(bound.version).release
        assert Version(installed[needed.name]).release[: len(lowest)] == lowest


@needs(OLDEST)
def test_limits_with_the_lowest_versions(oldest: building.Environment) -> None:
    assert_as_here(limits(oldest), rel=1e-12)


@needs(OLDEST)
@pytest.mark.timeout(900)
def test_doctests_with_the_lowest_versions(oldest: building.Environment) -> None:
    told = pytest_there(
        # files of events need what nobody has without asking for it
        *(oldest, "--doctest-modules", "--ignore-glob=*/export/*", "--pyargs", "nudp")
    )
    assert " passed" in told


@needs(OLDEST)
@pytest.mark.timeout(900)
def test_core_tests_with_the_lowest_versions(oldest: building.Environment) -> None:
    core = [building.ROOT / "tests" / "core" / f"test_{name}.py" for name in CORE]
    told = pytest_there(oldest, *core, "-k", " and ".join(f"not {name}" for name in SLOW))
    assert " passed" in told


def pytest_there(environment: building.Environment, *words: str | Path) -> str:
    """Run tests in an environment, with the settings of this checkout."""
    return environment.run(
        *("-m", "pytest", "-q", "-p", "no:cacheprovider"),
        *("-c", building.ROOT / "pyproject.toml"),
        # an old matplotlib may use what a newer pyparsing gives up
        *("-W", "ignore::DeprecationWarning"),
        *words,
    )


# ---- the checks themselves -----------------------------------------------------------------


def test_the_pythons_are_those_that_the_package_names() -> None:
    project = tomllib.loads((building.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    prefix = "Programming Language :: Python :: 3."
    named = [entry for entry in project["classifiers"] if entry.startswith(prefix)]
    assert [f"3.{entry.removeprefix(prefix)}" for entry in named] == list(building.PYTHONS)
    assert project["requires-python"] == f">={OLDEST}"
