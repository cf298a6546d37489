"""The last results of the tests that take long are stored, whole and without a failure."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from conftest import RESULTS, table_of

HERE = Path(__file__).parent
PUBLICATION = HERE / "release" / "test_publication.py"
# target of the Makefile: the files that it runs
STORED = {
    "browser": sorted((HERE / "browser").glob("test_*.py")),
    "test-publish": [PUBLICATION],
    "test-release": sorted(set((HERE / "release").glob("test_*.py")) - {PUBLICATION}),
    "test-thorough": [
        HERE / f"test_{name}.py" for name in ("properties", "extremes", "fuzz", "notebook_runs")
    ],
}


def faults(table, files):
    """What is wrong with a table of results."""
    names = [path.relative_to(HERE.parent).as_posix() for path in files]
    found = [f"{name} was not run" for name in names if name not in set(table["file"])]
    found += [f"{row.file} failed" for row in table.itertuples() if row.failed]
    found += [f"{row.file} left tests out" for row in table.itertuples() if row.skipped]
    return found + [f"{row.file} ran no test" for row in table.itertuples() if not row.passed]


@pytest.mark.parametrize("target", STORED)
def test_last_results_are_stored(target):
    table = pd.read_csv(RESULTS / f"{target}.csv", comment="#")
    assert faults(table, STORED[target]) == []


def report(file, when="call"):
    return SimpleNamespace(nodeid=f"{file}::test_it[1]", when=when, duration=0.5)


def test_a_failure_a_missing_file_and_an_empty_one_are_seen(tmp_path):
    stats = {
        "passed": [report("tests/test_a.py")],
        "": [report("tests/test_a.py", "setup"), report("tests/test_c.py", "setup")],
        "failed": [report("tests/test_b.py")],
        "error": [report("tests/test_b.py", "setup")],
        "skipped": [report("tests/test_a.py", "setup")],
        "warnings": [SimpleNamespace(nodeid="tests/test_a.py")],
    }
    path = tmp_path / "all.csv"
    path.write_text(table_of(stats))
    table = pd.read_csv(path, comment="#")
    assert table.to_numpy().tolist() == [
        ["tests/test_a.py", 1, 0, 1, 1.5],
        ["tests/test_b.py", 0, 2, 0, 1.0],
        ["tests/test_c.py", 0, 0, 0, 0.5],
    ]
    assert faults(table, [HERE / "test_a.py", HERE / "test_d.py"]) == [
        "tests/test_d.py was not run",
        "tests/test_b.py failed",
        "tests/test_a.py left tests out",
        "tests/test_b.py ran no test",
        "tests/test_c.py ran no test",
    ]
