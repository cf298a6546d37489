"""Settings of all tests, and the last results of those that take long."""

from __future__ import annotations

import platform
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from hypothesis import settings

import nudp
from nudp._tables import write_whole

# The same examples in every run; a busy machine is no fault of the code.
settings.register_profile("nudp", derandomize=True, deadline=None)
settings.load_profile("nudp")

RESULTS = Path(__file__).parent / "results"


def pytest_addoption(parser):
    parser.addoption("--store", metavar="NAME", help="keep the results in tests/results/NAME.csv")


def pytest_terminal_summary(terminalreporter, config):
    # a worker of xdist has no option of its own to store, and sees a part of the tests only
    if name := config.getoption("--store"):
        RESULTS.mkdir(exist_ok=True)
        write_whole(RESULTS / f"{name}.csv", table_of(terminalreporter.stats).encode())


def table_of(stats):
    """A row for each file: how many tests passed, failed, were left out, and how long they took."""
    passed, failed, skipped, spent = Counter(), Counter(), Counter(), Counter()
    for outcome, reports in stats.items():
        for report in reports:
            if not hasattr(report, "nodeid") or not hasattr(report, "when"):
                continue
            file = report.nodeid.split("::")[0]
            spent[file] += report.duration
            passed[file] += outcome == "passed"
            failed[file] += outcome in ("failed", "error")
            skipped[file] += outcome in ("skipped", "xfailed", "xpassed")
    rows = [
        (file, passed[file], failed[file], skipped[file], round(spent[file], 1))
        for file in sorted(spent)
    ]
    head = (
        f"# nudp {nudp.__version__}, Python {platform.python_version()}, {platform.machine()}, "
        f"{datetime.now(tz=UTC):%Y-%m-%d}\n"
    )
    table = pd.DataFrame(rows, columns=["file", "passed", "failed", "skipped", "time_s"])
    return head + table.to_csv(index=False, lineterminator="\n")
