"""How fast and how accurate: nudp against what a user would write instead.

Run with `make bench`, which keeps numpy to one core.  All numbers of one
table come from one run; each time is the median of several.  A competitor that
is slow is timed on a sample of the points and scaled, and the table says so.
"""

import statistics
import subprocess
import sys
import time

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq

import nudp
from nudp import background, kinematics, limits, searches, signal

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
MODEL = nudp.DIRAC


def seconds(function, repeats):
    """Median time of a call."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def all_curves():
    """All eight curves of Figs. 1 to 3 at 200 masses."""
    return {name: nudp.upper_limit(search, MASSES, MODEL) for name, search in CURVES.items()}


# ---- what a user would write: one mass at a time ------------------------------


def quad_limit(search, m_N):
    """A loop of scipy.integrate.quad over the closed form, and brentq for the limit."""
    runs = (search,) if isinstance(search, nudp.Search) else search
    parts = []
    for run in runs:
        B = run.luminosity * (
            run.photon_efficiency * _quad_background(run) + run.reducible_background
        )
        if m_N >= run.sqrt_s:
            parts.append((0.0, 0.0, B))
            continue
        share = _quad_acceptance(run, m_N)
        sigma = MODEL.charge_modes * signal.total_cross_section(run.sqrt_s, m_N, 1.0)
        yield_ = run.luminosity * run.photon_efficiency * sigma * share
        slope = run.detector_length / signal.decay_length(run.sqrt_s, m_N, 1.0)
        parts.append((yield_, slope, B))
    if not any(part[0] for part in parts):
        return np.inf

    def excess(log_d):
        square = np.exp(2 * log_d)
        events = [(-a * square * np.expm1(-b * square), B) for a, b, B in parts]
        return sum(S**2 / (S + B) for S, B in events if S) - limits.CHI2_95

    return np.exp(brentq(excess, -25, 10, xtol=1e-13))


def _points(run, low):
    kinks = run.selection.kinks(run.sqrt_s)
    return [kink for kink in kinks if low < kink < run.sqrt_s / 2]


def _quad_acceptance(run, m_N):
    node = 1 / np.sqrt(3)

    def slice_(E):
        total = 0.0
        for low, high in run.selection.intervals(E, run.sqrt_s):
            middle, half = (low + high) / 2, (high - low) / 2
            # quadratic in z: two Gauss nodes are exact
            z = middle + half * np.array([-node, node])
            total += half * signal.photon_density(E, z, run.sqrt_s, m_N, MODEL).sum()
        return total

    low, high = kinematics.photon_energy_range(run.sqrt_s, m_N)
    edges = [low, *_points(run, low), high]
    return sum(
        quad(slice_, a, b, epsabs=1e-11, epsrel=1e-10)[0]
        for a, b in zip(edges[:-1], edges[1:], strict=True)
    )


def _quad_background(run):
    edges = [*_points(run, 0.0), run.sqrt_s / 2]
    return sum(
        quad(background.photon_spectrum, a, b, args=(run.selection, run.sqrt_s), epsrel=1e-10)[0]
        for a, b in zip(edges[:-1], edges[1:], strict=True)
    )


def monte_carlo_acceptance(search, m_N, events, rng):
    """Sampled isotropic decays with boosts, the cuts applied event by event."""
    r = (m_N / search.sqrt_s) ** 2
    z_N = rng.uniform(-1, 1, 2 * events)
    kept = rng.uniform(0, 1 + r, 2 * events) < (1 - z_N**2) + r * (1 + z_N**2)
    z_N = z_N[kept][:events]
    star, psi = rng.uniform(-1, 1, z_N.size), rng.uniform(0, 2 * np.pi, z_N.size)
    energy = search.sqrt_s / 4 * ((1 + r) + (1 - r) * star)
    along = search.sqrt_s / 4 * ((1 + r) * star + (1 - r))
    across = m_N / 2 * np.sqrt(1 - star**2)
    z = (along * z_N - across * np.cos(psi) * np.sqrt(1 - z_N**2)) / energy
    ends = search.selection.intervals(energy, search.sqrt_s)
    return ((ends[..., 0] < z[:, None]) & (z[:, None] < ends[..., 1])).any(-1).mean()


def import_times():
    """Seconds that `import nudp` adds to numpy and scipy.optimize; median of seven."""
    base = "import numpy, scipy.optimize.elementwise, scipy.constants"
    code = "import time; t = time.perf_counter(); import nudp; print(time.perf_counter() - t)"
    runs = [
        float(subprocess.check_output([sys.executable, "-c", f"{base}; {code}"], text=True))
        for _ in range(7)
    ]
    return statistics.median(runs)


def table():
    """Rows of (what, time [s], ratio to nudp, deviation, remark)."""
    curves = all_curves()
    own = seconds(all_curves, 5)
    points = MASSES.size * len(CURVES)
    rows = [("nudp, eight curves at 200 masses", own, 1.0, 0.0, "")]

    sample = MASSES[10::40]
    start = time.perf_counter()
    worst = 0.0
    for name, search in CURVES.items():
        for m_N in sample:
            slow = quad_limit(search, m_N)
            fast = curves[name][np.flatnonzero(MASSES == m_N)[0]]
            if np.isfinite(slow) or np.isfinite(fast):
                worst = max(worst, abs(fast / slow - 1))
    quad_time = (time.perf_counter() - start) * MASSES.size / sample.size
    remark = f"{sample.size} of {MASSES.size} masses"
    rows.append(("loop of quad and brentq", quad_time, quad_time / own, worst, remark))

    rng = np.random.default_rng(1)
    search, m_N, events = searches.BELLE2_LOW_MASS, 1.0, 1_000_000
    one = seconds(lambda: monte_carlo_acceptance(search, m_N, events, rng), 3)
    exact = signal.acceptance(search.selection, search.sqrt_s, m_N, nudp.PUBLISHED)
    off = abs(monte_carlo_acceptance(search, m_N, events, rng) / exact - 1)
    runs = sum(1 if isinstance(search, nudp.Search) else len(search) for search in CURVES.values())
    total = one * MASSES.size * runs
    remark = f"1 of {runs * MASSES.size} samples"
    rows.append(("numpy Monte Carlo, 1e6 events", total, total / own, off, remark))
    rows.append(("nudp, one point", own / points, 1 / points, 0.0, "eight curves / points"))
    return rows


def main():
    """Print the table."""
    print(f"{'what':36s} {'time [s]':>12s} {'ratio':>12s} {'deviation':>10s}  measured on")
    for what, time_, ratio, deviation, remark in table():
        print(f"{what:36s} {time_:12.4g} {ratio:12.4g} {deviation:10.1e}  {remark}")
    print(f"import nudp adds {import_times() * 1e3:.0f} ms to numpy and scipy.optimize")


if __name__ == "__main__":
    main()
