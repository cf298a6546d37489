"""The wheel alone, in empty environments: three Pythons, and the oldest versions it allows."""

from __future__ import annotations

import copy
import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
from packaging.version import Version
from release import checks

#: The core of the physics; what these need beside nudp is in TOOLS.
CORE = (
    "test_kinematics.py",
    "test_signal.py",
    "test_background.py",
    "test_selections.py",
    "test_data.py",
    "test_landscape.py",
    "test_limits.py",
    "test_events.py",
)
#: Tests of many runs, or of an integral the other way round, which take minutes and no other
#: function of numpy or scipy than the rest.
SLOW = ("many_runs_multiply", "root_of_the_summed_chi2", "as_the_other_way_round")
TOOLS = ("pytest>=8", "pytest-timeout", "hypothesis", "mpmath")
OLDEST = checks.PYTHONS[0]


def needs(version: str) -> pytest.MarkDecorator:
    """Leave a test out, with the reason, on a machine without that Python."""
    reason = f"NOT RUN: there is no Python {version} on this machine (uv python find {version})"
    return pytest.mark.skipif(checks.interpreter(version) is None, reason=reason)


PYTHONS = [pytest.param(version, marks=needs(version)) for version in checks.PYTHONS]


@pytest.fixture(scope="module")
def alone(
    request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> checks.Environment:
    """The wheel alone in an empty environment of a Python."""
    environment = checks.Environment(tmp_path_factory.mktemp("alone") / "env", request.param)
    environment.install(wheel)
    return environment


@pytest.fixture(scope="module")
def oldest(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> checks.Environment:
    """The wheel with the extras and the lowest versions that its metadata allow."""
    environment = checks.Environment(tmp_path_factory.mktemp("oldest") / "env", OLDEST)
    needed = checks.requirements(wheel, "plots", "events")
    lowest = [f"{entry.name}{entry.specifier}" for entry in needed]
    environment.install("--resolution", "lowest-direct", wheel, *lowest)
    before = environment.installed()
    environment.install(*TOOLS)
    after = environment.installed()
    assert before.items() <= after.items(), "the tools changed what they were to test"
    return environment


def limits(environment: checks.Environment) -> dict[str, list[float]]:
    """Compute the limits there."""
    return json.loads(environment.run("-c", checks.LIMITS))


def assert_as_here(there: dict[str, list[float]], rel: float) -> None:
    """Compare limits with those of this checkout."""
    here = checks.limits_here()
    assert there.keys() == here.keys()
    for name, values in here.items():
        np.testing.assert_allclose(there[name], values, rtol=rel, err_msg=name)


# ---- alone ---------------------------------------------------------------------------


ON_EVERY_PYTHON = pytest.mark.parametrize("alone", PYTHONS, indirect=True)


@ON_EVERY_PYTHON
def test_nothing_else_is_installed(alone: checks.Environment) -> None:
    assert set(alone.installed()) == {"nudp", *checks.NEEDED}


@ON_EVERY_PYTHON
def test_it_is_the_installed_one(alone: checks.Environment) -> None:
    where = alone.run("-c", "import nudp; print(nudp.__file__)").strip()
    assert Path(where).is_relative_to(alone.folder)
    assert Path(where).with_name("py.typed").is_file()


@ON_EVERY_PYTHON
def test_limits_are_those_of_the_checkout(alone: checks.Environment) -> None:
    assert_as_here(limits(alone), rel=1e-12)


@ON_EVERY_PYTHON
def test_every_module_that_needs_nothing_more_is_imported(alone: checks.Environment) -> None:
    modules = {Path(name).stem for name in checks.package_files(checks.ROOT)}
    modules -= {"plots", "events", "__init__", "__main__", "py"}
    alone.run("-c", "".join(f"import nudp.{name}\n" for name in sorted(modules)))


@pytest.mark.parametrize("isolated", [True, False])
@ON_EVERY_PYTHON
def test_it_tells_about_itself(alone: checks.Environment, isolated: bool) -> None:
    told = alone.run("-m", "nudp", isolated=isolated)
    assert checks.stated_versions()["nudp.__version__"] in told
    assert "2204.07802" in told


# ---- the lowest versions -----------------------------------------------------------------


@needs(OLDEST)
def test_the_lowest_versions_are_in_use(oldest: checks.Environment, wheel: Path) -> None:
    installed = oldest.installed()
    for needed in checks.requirements(wheel, "plots", "events"):
        (bound,) = needed.specifier
        lowest = Version(bound.version).release
        assert Version(installed[needed.name]).release[: len(lowest)] == lowest


@needs(OLDEST)
def test_limits_with_the_lowest_versions(oldest: checks.Environment) -> None:
    assert_as_here(limits(oldest), rel=1e-12)


@needs(OLDEST)
@pytest.mark.timeout(900)
def test_doctests_with_the_lowest_versions(oldest: checks.Environment) -> None:
    told = pytest_there(oldest, "--doctest-modules", "--pyargs", "nudp")
    assert " passed" in told


@needs(OLDEST)
@pytest.mark.timeout(900)
def test_core_tests_with_the_lowest_versions(oldest: checks.Environment) -> None:
    core = [checks.ROOT / "tests" / name for name in CORE]
    told = pytest_there(oldest, *core, "-k", " and ".join(f"not {name}" for name in SLOW))
    assert " passed" in told


def pytest_there(environment: checks.Environment, *words: str | Path) -> str:
    """Run tests in an environment, with the settings of this checkout."""
    return environment.run(
        *("-m", "pytest", "-q", "-p", "no:cacheprovider"),
        *("-c", checks.ROOT / "pyproject.toml"),
        # an old matplotlib may use what a newer pyparsing gives up
        *("-W", "ignore::DeprecationWarning"),
        *words,
    )


# ---- the checks themselves -----------------------------------------------------------------


def test_another_limit_is_noticed() -> None:
    there = copy.deepcopy(checks.limits_here())
    assert_as_here(there, rel=1e-12)
    there["BESIII DIRAC"][1] *= 1 + 1e-11
    with pytest.raises(AssertionError, match="BESIII DIRAC"):
        assert_as_here(there, rel=1e-12)


@needs(OLDEST)
def test_wheel_without_a_table_does_not_run(tmp_path: Path) -> None:
    doctored = checks.snapshot(tmp_path / "doctored")
    (doctored / "data" / "besiii_runs.csv").unlink()
    (wheel,) = checks.build(doctored, tmp_path / "dist", "wheel")
    environment = checks.Environment(tmp_path / "env", OLDEST)
    environment.install(wheel)
    with pytest.raises(RuntimeError, match=r"besiii_runs\.csv"):
        limits(environment)


def test_no_python_that_nobody_has_is_found() -> None:
    assert checks.interpreter("3.99") is None


def test_the_pythons_are_those_that_the_package_names() -> None:
    project = tomllib.loads((checks.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    prefix = "Programming Language :: Python :: 3."
    named = [entry for entry in project["classifiers"] if entry.startswith(prefix)]
    assert [f"3.{entry.removeprefix(prefix)}" for entry in named] == list(checks.PYTHONS)
    assert project["requires-python"] == f">={OLDEST}"
