"""How long the two commands of the README take: in a fresh clone, and once more.

Run with `make bench-commands`.  The first `make book` makes the environment as well, so that it
also waits for packages to arrive.  Times are those of the clock; they are stored beside those of
`make bench`.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path

import pandas as pd
from run import store

ROOT = Path(__file__).resolve().parents[1]


def timed(command, folder):
    """Time of a command in a folder [s]; what it printed, if it failed."""
    # what `make` tells its children is not for a make of its own
    kept = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=kept, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout[-9000:]}\n{done.stderr[-3000:]}")
    return time.perf_counter() - start


def commands(repository=ROOT):
    """Both commands in a fresh clone of the last commit, and both once more."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "nudp"
        subprocess.run(["git", "clone", "--quiet", "--no-local", repository, clone], check=True)
        rows = [
            (f"make {what}", when, timed(["make", what], clone))
            for when in ("in a fresh clone", "once more")
            for what in ("book", "test")
        ]
    return pd.DataFrame(rows, columns=["command", "when", "time_s"])


def main():
    """Measure, print and store."""
    table = commands()
    print(table.to_string(index=False, float_format="%.3g"))
    store("commands", table, f"{os.cpu_count()} cores")


if __name__ == "__main__":
    main()
