"""What `--store` keeps of the tests that take long."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
from conftest import table_of


def report(file, when="call"):
    return SimpleNamespace(nodeid=f"{file}::test_it[1]", when=when, duration=0.5)


def test_a_table_counts_what_passed_and_what_did_not(tmp_path):
    stats = {
        "passed": [report("tests/test_a.py")],
        "": [report("tests/test_a.py", "setup"), report("tests/test_c.py", "setup")],
        "failed": [report("tests/test_b.py")],
        "error": [report("tests/test_b.py", "setup")],
        "warnings": [SimpleNamespace(nodeid="tests/test_a.py")],
    }
    path = tmp_path / "all.csv"
    path.write_text(table_of(stats))
    table = pd.read_csv(path, comment="#")
    assert table.to_numpy().tolist() == [
        ["tests/test_a.py", 1, 0, 1.0],
        ["tests/test_b.py", 0, 2, 1.0],
        ["tests/test_c.py", 0, 0, 0.5],
    ]
