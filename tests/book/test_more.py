"""The claims of the chapter "More from the same photons", each by a second computation."""

from dataclasses import replace
from functools import cache
from math import exp, factorial, log, sqrt

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import brentq

import nudp
from nudp import background, limits, quadrature, searches, signal, statistics
from nudp.beyond import binning
from nudp.selections import EnergyWindow, Selection

BELLE2, STCF = searches.BELLE2_LOW_MASS, searches.STCF_4GEV_30AB
CLS = 1.959964**2


def edges(search, bins):
    panels = quadrature.accepted_panels(search.selection, search.sqrt_s)
    return np.linspace(panels[0, 0], panels[-1, 1], bins + 1)


def end_point(E, z):
    return np.exp(-(BELLE2.sqrt_s / 2 - E) / 0.5) * binning.flat(E, z)


def at_the_edges(E, z):
    ends = BELLE2.selection.intervals(E, BELLE2.sqrt_s)
    return np.exp(-np.minimum(z - ends[..., 0, 0], ends[..., 0, 1] - z) / 0.1)


@cache
def split_yields(search, bins, m_N, model, shape=binning.flat):
    return limits.yields(
        binning.split(search, edges(search, bins), shape=shape), np.atleast_1d(m_N), model
    )


def known(expected, uncertainty):
    return replace(expected, uncertainty=np.full(len(expected.reducible), uncertainty))


def merged(expected):
    return limits.Yields(
        expected.prompt.sum(0, keepdims=True),
        expected.decay[:1],
        expected.irreducible.sum(keepdims=True),
        expected.reducible.sum(keepdims=True),
        expected.uncertainty[:1],
    )


def limit(expected, correlated=True):
    return limits.solve(expected, method="cls", correlated=correlated)[0]


# ---- discovery ---------------------------------------------------------------


def at_least(n, mean):
    """P(N >= n), term by term."""
    return 1 - sum(exp(-mean) * mean**k / factorial(k) for k in range(n))


def exact_signal(B, Z):
    """Events to see, and the signal with which half of the experiments see them."""
    p = 0.5 * stats.chi2.sf(Z**2, 1)
    n = next(n for n in range(1, 100) if at_least(n, B) <= p)
    return n, brentq(lambda S: at_least(n, S + B) - 0.5, 0.0, 50.0)


def asymptotic_signal(B, Z):
    return brentq(lambda S: 2 * ((S + B) * log(1 + S / B) - S) - Z**2, 1e-9, 100 * (1 + B))


def test_asymptotic_discovery_is_too_hopeful_for_one_event():
    B = limits.yields(searches.BESIII, 1.0, nudp.PUBLISHED).background.sum()
    for Z, seen in ((3, 6), (5, 10)):
        n, S = exact_signal(B, Z)
        assert n == seen
        assert 1.03 < sqrt(S / asymptotic_signal(B, Z)) < 1.08
        assert Z * sqrt(B) < 0.75 * asymptotic_signal(B, Z)


@pytest.mark.parametrize("B", [885.7, 11206.0, 752344.0])
@pytest.mark.parametrize("Z", [3, 5])
def test_asymptotic_discovery_is_good_for_many_events(B, Z):
    n = stats.poisson.isf(stats.norm.sf(Z), B) + 1
    S = brentq(lambda S: stats.poisson.sf(n - 1, S + B) - 0.5, 0, 10 * Z * sqrt(B))
    assert sqrt(S / asymptotic_signal(B, Z)) == pytest.approx(1, abs=2e-3)


def test_limits_of_the_significance():
    assert statistics.deviance(1e8 + 1e3, 0.0, 1e8) == pytest.approx(1e6 / 1e8, rel=1e-4)
    few = 1e-6
    expected = 2 * 3.0 * (log(3.0 / few) - 1)
    assert statistics.deviance(3.0 + few, 0.0, few) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("m_N", "root"), [(1.0, 2), (0.005, 4)])
def test_discovery_over_exclusion(m_N, root):
    ratio = limits.discovery(BELLE2, m_N, nudp.PUBLISHED) / nudp.upper_limit(
        BELLE2, m_N, nudp.PUBLISHED, method="cls"
    )
    assert ratio == pytest.approx((5 / 1.959964) ** (1 / root), rel=1e-3)


def test_to_see_is_easier_than_to_exclude_only_where_nothing_is_expected():
    exact = {}
    for m_N in (4.3, 4.6, 4.65, 4.9):
        rates = limits.yields(searches.BESIII, m_N, nudp.PUBLISHED)
        B = rates.background[rates.prompt > 0].sum()
        n = next(n for n in range(20) if 1 - at_least(n + 1, B) >= 0.5)
        none = 1 - at_least(n + 1, B)
        top = brentq(lambda S, n=n, B=B, p=none: 1 - at_least(n + 1, S + B) - 0.05 * p, 0.1, 30)
        exact[m_N] = exact_signal(B, 3)[1] < top
    assert exact == {4.3: False, 4.6: False, 4.65: True, 4.9: True}
    # the asymptotic formula claims it too early
    see = limits.discovery(searches.BESIII, 4.6, nudp.PUBLISHED, significance=3)
    assert see < nudp.upper_limit(searches.BESIII, 4.6, nudp.PUBLISHED, method="cls")


# ---- spectrum ----------------------------------------------------------------


@pytest.mark.parametrize("model", [nudp.PUBLISHED, nudp.DIRAC])
@pytest.mark.parametrize("search", [STCF, BELLE2])
def test_gain_of_bins_by_counting_on_a_grid(search, model):
    m_N, bins, cells = 0.5 * search.sqrt_s, 24, 960
    border = edges(search, bins)
    E = border[0] + (np.arange(cells) + 0.5) / cells * (border[-1] - border[0])
    z = (np.arange(cells) + 0.5) / cells * 2 - 1
    E, z = np.meshgrid(E, z, indexing="ij")
    ends = search.selection.intervals(E[:, 0], search.sqrt_s)[:, None]
    inside = ((z[..., None] > ends[..., 0]) & (z[..., None] < ends[..., 1])).any(-1)
    density = np.where(inside, signal.photon_density(E, z, search.sqrt_s, m_N, model), 0.0)
    nu = np.where(inside, background.differential_cross_section(E, z, search.sqrt_s), 0.0)
    area = 2 * (border[-1] - border[0]) / cells**2
    share = inside / inside.sum()
    B = search.luminosity * (
        search.photon_efficiency * nu * area + search.reducible_background * share
    )
    S, B = (a.reshape(bins, -1).sum(1) for a in (density / density.sum(), B))
    # every N decays inside, so that S is proportional to d^2
    at_limit = [
        brentq(lambda x, s=s, b=b: 2 * np.sum(x * s - b * np.log1p(x * s / b)) - CLS, 1e-3, 1e6)
        for s, b in ((S.sum(), B.sum()), (S, B))
    ]
    expected = sqrt(at_limit[0] / at_limit[1])
    parts = split_yields(search, bins, m_N, model)
    assert limit(merged(parts)) / limit(parts) == pytest.approx(expected, abs=4e-3)


def test_gain_of_a_signal_confined_to_a_share_of_the_background():
    B = np.full(8, 1e6)
    S = np.array([[0.0]] * 6 + [[1e10]] * 2)
    parts = limits.Yields(S, np.full_like(S, 1e30), B, 0 * B, 0 * B)
    assert limit(merged(parts)) / limit(parts) == pytest.approx(4**0.25, rel=2e-3)


def test_shape_of_the_gaps_decides():
    one = merged(split_yields(BELLE2, 24, 1.0, nudp.PUBLISHED))
    flat = split_yields(BELLE2, 24, 1.0, nudp.PUBLISHED)
    peaked = split_yields(BELLE2, 24, 1.0, nudp.PUBLISHED, end_point)
    assert limit(one) / limit(flat) == pytest.approx(1, abs=5e-3)
    assert limit(one) / limit(peaked) > 1.3
    # a free normalisation: harmless if the shapes differ, ruinous if they do not
    for parts, low, high in ((peaked, 0.7, 0.9), (flat, 3.0, 10.0)):
        free = limit(known(parts, 100.0))
        assert low < free / limit(one) < high
        assert limit(known(parts, 1000.0)) == pytest.approx(free, rel=1e-3)


def test_angle_pays_if_gaps_crowd_at_the_edges():
    energies, angles = edges(BELLE2, 12), np.linspace(-0.69, 0.7, 9)
    for shape, low, high in ((binning.flat, 0.99, 1.02), (at_the_edges, 1.4, 3.0)):
        runs = [binning.split(BELLE2, energies, z, shape=shape) for z in ((-1, 1), angles)]
        one, both = (nudp.upper_limit(r, 1.0, nudp.PUBLISHED, method="cls") for r in runs)
        assert low < one / both < high


def test_profiled_statistic_by_matrix():
    parts = known(split_yields(BELLE2, 24, 1.0, nudp.DIRAC), 0.01)
    square = limit(parts) ** 2
    S = -parts.prompt[:, 0] * square * np.expm1(-parts.decay[:, 0] * square)
    sigma = 0.01 * parts.reducible
    V = np.diag(parts.background) + np.outer(sigma, sigma)
    assert S @ np.linalg.solve(V, S) == pytest.approx(CLS, rel=5e-3)
    B = parts.background
    formula = np.sum(S**2 / B) - np.sum(S * sigma / B) ** 2 / (1 + np.sum(sigma**2 / B))
    assert formula == pytest.approx(S @ np.linalg.solve(V, S), rel=1e-9)


def test_independent_errors_average_out_unless_their_sum_is_kept():
    spurious = []
    for bins in (1, 4, 16):
        parts = known(split_yields(BELLE2, bins, 1.0, nudp.PUBLISHED), 0.01)
        spurious.append(limit(parts, correlated=False))
        kept = 0.01 * np.sqrt(parts.reducible.sum() / parts.reducible)
        same = limit(replace(parts, uncertainty=kept), correlated=False)
        assert same == pytest.approx(spurious[0], rel=0.01)
    assert spurious[0] > 1.3 * spurious[1] > 1.6 * spurious[2]


# ---- the best window ---------------------------------------------------------


@pytest.mark.parametrize(
    ("search", "m_N", "model"),
    [
        (STCF, 0.003, nudp.PUBLISHED),  # most N escape
        (STCF, 1.0, nudp.PUBLISHED),
        (STCF, 3.6, nudp.DIRAC),
        (BELLE2, 9.5, nudp.PUBLISHED),
    ],
)
def test_best_window_by_trying_them_all(search, m_N, model):
    border, tried = edges(search, 6), {}
    parts = split_yields(search, 6, m_N, model)
    needed = {}
    for first in range(6):
        for last in range(first + 1, 7):
            cuts = (*search.selection.cuts, EnergyWindow(border[first], border[last]))
            [share] = binning.split(search, border[[first, last]])
            one = replace(
                search,
                selection=Selection("window", cuts),
                reducible_background=share.reducible_background,
            )
            tried[first, last] = nudp.upper_limit(one, m_N, model, method="cls")
            s, B = (a[first:last].sum() for a in (parts.prompt, parts.background))
            with np.errstate(divide="ignore"):
                needed[first, last] = statistics.count_limit(B, B, method="cls") / s
    best = min(tried, key=tried.get)
    assert min(needed, key=needed.get) == best  # whatever the decay length
    assert limit(parts) <= tried[best] * (1 + 1e-9)
    if search is BELLE2:  # the window follows the lowest photon energy
        lowest = m_N**2 / (2 * search.sqrt_s)
        assert abs(border[best[0]] - lowest) < border[1] - border[0] and best[1] == 6


# ---- luminosity --------------------------------------------------------------


def power(search, luminosity, m_N, uncertainty=0.0):
    """-dln d/dln L by a central difference."""
    step = 1.01
    d = [
        nudp.upper_limit(
            replace(search, luminosity=luminosity * f, background_uncertainty=uncertainty),
            m_N,
            nudp.PUBLISHED,
            method="cls",
        )
        for f in (1 / step, step)
    ]
    return log(d[0] / d[1]) / (2 * log(step))


@pytest.mark.parametrize(("m_N", "factor"), [(1.0, 1.0), (0.003, 0.5)])
def test_powers_of_the_luminosity(m_N, factor):
    assert power(STCF, 1e-2, m_N) == pytest.approx(0.5 * factor, abs=0.01)
    assert power(STCF, 1e7, m_N) == pytest.approx(0.25 * factor, abs=0.01)
    assert power(BELLE2, 10e3, m_N) == pytest.approx(0.25 * factor, abs=0.005)


@pytest.mark.parametrize("uncertainty", [0.001, 0.003, 0.01])
def test_floor_sets_in_where_both_errors_are_equal(uncertainty):
    onset = 1 / (uncertainty**2 * BELLE2.reducible_background)
    gaps = onset * BELLE2.reducible_background
    assert uncertainty * gaps == pytest.approx(sqrt(gaps))
    assert power(BELLE2, onset, 1.0, uncertainty) == pytest.approx(0.125, abs=0.004)
    assert power(BELLE2, 1e3 * onset, 1.0, uncertainty) == pytest.approx(0, abs=1e-3)
    # there the limit is weaker by the root of the root of two
    d = [
        nudp.upper_limit(
            replace(BELLE2, luminosity=onset, background_uncertainty=eps),
            1.0,
            nudp.PUBLISHED,
            method="cls",
        )
        for eps in (0.0, uncertainty)
    ]
    assert d[1] / d[0] == pytest.approx(2**0.25, rel=5e-3)
