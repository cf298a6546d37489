"""How fast and how accurate: nudp against what a user would write instead.

Run with `make bench`, which keeps numpy to one core.  Prints the tables and stores them in
benchmarks/results; the chapter on speed shows what is stored, so that the book does not change
with the machine that builds it.  All numbers of one table come from one run; each time is a
median of processor time, which other programs on the machine disturb least.  A competitor that
is slow is timed on a sample of the points and scaled, and the table says so.
"""

from __future__ import annotations

import platform
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from competitors import (
    MODEL,
    dblquad_acceptance,
    monte_carlo_acceptance,
    monte_carlo_three_photons,
    quad_limit,
    vegas_acceptance,
    vegas_three_photons,
)

import nudp
from nudp import searches, signal
from nudp._tables import write_whole
from nudp.beyond import qed

RESULTS = Path(__file__).resolve().parent / "results"
MASSES = np.geomspace(0.01, 10.5, 200)
CURVES = {
    "Belle II low-mass": searches.BELLE2_LOW_MASS,
    "Belle II high-mass": searches.BELLE2_HIGH_MASS,
    "Belle II bBG": searches.BELLE2_BBG,
    "BESIII, 53 runs": searches.BESIII,
    "STCF 2 GeV": searches.STCF_2GEV,
    "STCF 4 GeV": searches.STCF_4GEV,
    "STCF 7 GeV": searches.STCF_7GEV,
    "STCF 4 GeV, 30 ab^-1": searches.STCF_4GEV_30AB,
}
#: Points of the eight curves, each run of a search on its own, where a run makes N at all.
POINTS = sum(
    int((run.sqrt_s > MASSES).sum())
    for search in CURVES.values()
    for run in searches.runs_of(search)
)
#: Accuracy that the competitors are asked for.
GOAL = 1e-8


def seconds(function, repeats):
    """Median processor time of a call [s]."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return statistics.median(times)


def all_curves():
    """All eight curves of Figs. 1 to 3 at 200 masses."""
    return {name: nudp.upper_limit(search, MASSES, MODEL) for name, search in CURVES.items()}


# ---- side by side ------------------------------------------------------------


def side_by_side():
    """Table of nudp and its competitors, one row each."""
    curves = all_curves()
    own = seconds(all_curves, 21)
    quad_time, worst = loop_of_quad(curves)
    rows = [
        ("nudp", own, worst, "all of it", "its deviation is that from the loop of quad"),
        ("loop of quad and brentq", quad_time, 1e-10, f"{len(SAMPLE)} of {len(MASSES)} masses", ""),
        *by_points(),
    ]
    table = pd.DataFrame(rows, columns=["method", "time_s", "deviation", "measured_on", "remark"])
    table.insert(2, "ratio", table["time_s"] / own)
    return table


SAMPLE = MASSES[5::40]


def loop_of_quad(curves):
    """Time for all masses, from a sample, and the largest relative difference to nudp."""
    start = time.process_time()
    differences = [
        abs(curves[name][np.flatnonzero(MASSES == m_N)[0]] / slow - 1)
        for name, search in CURVES.items()
        for m_N in SAMPLE
        if np.isfinite(slow := quad_limit(search, m_N))
    ]
    spent = time.process_time() - start
    return spent * len(MASSES) / len(SAMPLE), max(differences)


def by_points():
    """Methods that need an integral a point: timed at one point, scaled to all of them."""
    run, m_N = searches.BELLE2_LOW_MASS, 1.0
    rng = np.random.default_rng(1)
    exact = signal.acceptance(run.selection, run.sqrt_s, m_N, MODEL)
    isotropic = signal.acceptance(run.selection, run.sqrt_s, m_N, nudp.PUBLISHED)

    n_eval = 100_000
    vegas_time = seconds(lambda: vegas_acceptance(run, m_N, n_eval, rng), 5)
    shares = [vegas_acceptance(run, m_N, n_eval, rng)[0] for _ in range(5)]
    vegas_off = float(np.sqrt(np.mean((np.array(shares) / exact - 1) ** 2)))
    longer = (vegas_off / GOAL) ** 2

    events = 1_000_000
    sampled_time = seconds(lambda: monte_carlo_acceptance(run, m_N, events, rng), 5)
    shares = [monte_carlo_acceptance(run, m_N, events, rng) for _ in range(5)]
    sampled_off = float(np.sqrt(np.mean((np.array(shares) / isotropic - 1) ** 2)))

    start = time.process_time()
    by_dblquad = dblquad_acceptance(run, m_N)
    dblquad_time = time.process_time() - start

    one = f"1 of {POINTS} points"
    return [
        ("vegas, 1e6 calls", vegas_time * POINTS, vegas_off, one, "at the accuracy it reaches"),
        (
            "vegas, at 1e-8",
            vegas_time * longer * POINTS,
            GOAL,
            one,
            "from its error, which falls as one over the root of the calls",
        ),
        ("numpy Monte Carlo, 1e6 events", sampled_time * POINTS, sampled_off, one, ""),
        (
            "dblquad, cuts as conditions",
            dblquad_time * POINTS,
            abs(by_dblquad / exact - 1),
            one,
            "asked for 1e-3",
        ),
    ]


# ---- three photons -----------------------------------------------------------


def three_photons():
    """Times [s] for one cross section to 1e-3: fixed nodes, vegas, a plain Monte Carlo."""
    cut, root_s = searches.STCF_4GEV.selection, searches.STCF_4GEV.sqrt_s
    own = seconds(lambda: qed.three_photons(cut, root_s, qed.BESIII_SEEN), 9)
    exact = qed.three_photons(cut, root_s, qed.BESIII_SEEN)
    rng = np.random.default_rng(1)
    rows = [("nudp", own, 1e-3, own, 1.0)]
    for name, method, calls in (
        ("vegas, 4e6 calls", vegas_three_photons, 400_000),
        ("plain Monte Carlo, 1e6 events", monte_carlo_three_photons, 1_000_000),
    ):
        spent = seconds(lambda f=method, n=calls: f(n, rng), 3)
        found = np.array([method(calls, rng) for _ in range(15)])
        off = float(np.sqrt(np.mean((found / exact - 1) ** 2)))
        at_goal = spent * (off / 1e-3) ** 2
        rows.append((name, spent, off, at_goal, at_goal / own))
    return pd.DataFrame(rows, columns=["method", "time_s", "deviation", "time_to_1e-3_s", "ratio"])


# ---- growth ------------------------------------------------------------------


def growth():
    """Time against the number of masses and of runs, and the memory it takes."""
    one = searches.BELLE2_LOW_MASS
    rows = []
    for count in (10, 100, 1000, 10_000, 100_000):
        masses = np.geomspace(0.01, 10.5, count)
        spent = seconds(lambda m=masses: nudp.upper_limit(one, m, MODEL), 5)
        rows.append(("masses", count, spent))
    base = searches.STCF_4GEV
    for count in (1, 10, 100, 1000):
        runs = [replace(base, sqrt_s=E) for E in np.linspace(3.5, 5.0, count)]
        spent = seconds(lambda r=runs: nudp.upper_limit(r, MASSES, MODEL), 3)
        rows.append(("runs", count, spent))
    rows += [("memory", count, peak_memory(count)) for count in (1, 100_000, 1_000_000)]
    return pd.DataFrame(rows, columns=["what", "count", "value"])


def peak_memory(count):
    """Memory [MB] of a process that computes a limit at many masses, at its highest; on Linux."""
    code = f"""
import numpy as np, nudp
masses = np.geomspace(0.01, 10.5, {count})
nudp.upper_limit(nudp.searches.BELLE2_LOW_MASS, masses, nudp.DIRAC)
# getrusage would give the peak of the process that started this one, if that is higher
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
    line = subprocess.check_output([sys.executable, "-c", code], text=True)
    return float(line.split()[1]) / 1e3


def import_times():
    """Seconds that an import takes in a fresh process; medians of seven."""
    base = "import numpy, scipy.optimize.elementwise, scipy.constants, scipy.special"
    cases = {"numpy and the parts of scipy": base, "nudp on top": "import nudp"}
    before = {"numpy and the parts of scipy": "pass", "nudp on top": base}
    rows = []
    for what, statement in cases.items():
        code = (
            f"{before[what]}; import time; t = time.process_time(); {statement}; "
            "print(time.process_time() - t)"
        )
        runs = [
            float(subprocess.check_output([sys.executable, "-c", code], text=True))
            for _ in range(7)
        ]
        rows.append((what, statistics.median(runs)))
    return pd.DataFrame(rows, columns=["what", "time_s"])


# ---- what is kept ------------------------------------------------------------


def store(name, table, cores="one core"):
    """Write a table whole or not at all, with what it was measured with above it."""
    head = (
        f"# nudp {nudp.__version__}, Python {platform.python_version()}, "
        f"numpy {version('numpy')}, scipy {version('scipy')}, {platform.machine()}, {cores}\n"
    )
    RESULTS.mkdir(exist_ok=True)
    text = table.to_csv(index=False, float_format="%.3g", lineterminator="\n")
    write_whole(RESULTS / f"{name}.csv", (head + text).encode())


def main():
    """Measure, print and store."""
    tables = {
        "side-by-side": side_by_side,
        "three-photons": three_photons,
        "growth": growth,
        "import": import_times,
    }
    for name, measure in tables.items():
        table = measure()
        print(f"\n{name}\n{table.to_string(index=False, float_format='%.3g')}", flush=True)
        store(name, table)


if __name__ == "__main__":
    main()
