"""What the chapter on statistics says of the gap background and of few counts, without its code."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.optimize import brentq

import nudp
from nudp import landscape, limits, searches, selections, statistics
from nudp.beyond import coverage
from nudp.kinematics import boost, cm_from_lab

GAPS = searches.BELLE2_LOW_MASS
FLAT_MASS = 1.0  # every N decays inside there, and S goes as d^2
B_BESIII = limits.yields(searches.BESIII, FLAT_MASS, nudp.PUBLISHED).background.sum()


def belle2(delta, m_N=FLAT_MASS, method="cls", **changes):
    run = replace(GAPS, background_uncertainty=delta, **changes)
    return float(nudp.upper_limit(run, m_N, nudp.PUBLISHED, method=method))


def counts():
    expected = limits.yields(GAPS, FLAT_MASS, nudp.PUBLISHED)
    return float(expected.reducible[0]), float(expected.background[0])


def where_it_falls_to(level, m_N=FLAT_MASS):
    """Relative uncertainty of the gaps, by bisection on the whole chain."""
    return np.exp(brentq(lambda x: np.log(belle2(np.exp(x), m_N) / level), *np.log([1e-5, 0.3])))


# ---- the gap background ------------------------------------------------------


@pytest.mark.parametrize("method", ["asimov", "cls"])
@pytest.mark.parametrize("delta", [1e-3, 3e-3, 1e-2, 3e-2])
def test_factor_of_the_limit_follows_the_rule(delta, method):
    gaps, B = counts()
    rule = (1 + delta**2 * gaps**2 / B) ** 0.25
    # corrections go as S/B, below 6 % at 3 %, and d as its square root
    assert belle2(delta, method=method) / belle2(0.0, method=method) == pytest.approx(
        rule, rel=3e-3
    )


def test_factors_in_plain_numbers():
    gaps, B = counts()
    assert gaps / B > 0.99
    got = [belle2(delta) / belle2(0.0) for delta in (1e-3, 1e-2, 3e-2)]
    # 1 % of 750 000 is 7500, the square root of 750 000 is 866: a ratio of 8.66 and its root
    assert got == pytest.approx([1.15, np.sqrt(8.66), np.sqrt(3 * 8.66)], rel=0.01)


def test_the_left_arm_suffers_half_as_much():
    """S goes as d^4 where few N decay inside."""
    ratio = belle2(0.01, m_N=0.01) / belle2(0.0, m_N=0.01)
    assert ratio == pytest.approx(np.sqrt(belle2(0.01) / belle2(0.0)), rel=0.02)


@pytest.mark.parametrize("method", ["cls", "poisson"])
def test_lead_over_besiii_ends_where_the_rule_says(method):
    rival = float(nudp.upper_limit(searches.BESIII, FLAT_MASS, nudp.PUBLISHED, method=method))
    assert rival > belle2(0.0)
    gaps, B = counts()
    by_rule = np.sqrt((rival / belle2(0.0)) ** 4 - 1) * np.sqrt(B) / gaps
    found = where_it_falls_to(rival)
    assert found == pytest.approx(by_rule, rel=0.01)
    assert belle2(0.9 * found) < rival < belle2(1.1 * found)
    assert 1.5e-3 < found < 2.5e-3


def test_exact_counting_at_besiii_prolongs_the_lead():
    cls, exact = (
        where_it_falls_to(
            float(nudp.upper_limit(searches.BESIII, FLAT_MASS, nudp.PUBLISHED, method=method))
        )
        for method in ("cls", "poisson")
    )
    assert 1.05 < exact / cls < 1.3


def test_lep_with_z_is_lost_below_one_per_cent_and_the_photon_alone_never():
    lep = {bound.key: float(bound.limit(FLAT_MASS)) for bound in landscape.bounds()}
    assert 5e-3 < where_it_falls_to(lep["lep_with_z"]) < 1e-2
    # no prediction at all: every event that is no neutrino's may be signal, and hardly more
    gaps, B = counts()
    nothing = belle2(1e3)
    S, _ = limits.expected_events(GAPS, FLAT_MASS, nothing, nudp.PUBLISHED)
    assert gaps < S < gaps + 5 * np.sqrt(B)
    assert nothing < lep["lep_photon_only"]


@pytest.mark.parametrize("delta", [3e-3, 1e-2, 3e-2])
def test_the_floor_and_the_luminosity_that_reaches_it(delta):
    per_fb = GAPS.reducible_background
    equal = 1 / (delta**2 * per_fb)
    floor = belle2(delta, luminosity=1e6 * equal)
    assert belle2(delta, luminosity=1e7 * equal) == pytest.approx(floor, rel=1e-5)
    assert belle2(delta, luminosity=equal) / floor == pytest.approx(2**0.25, rel=0.02)
    # the floor: a signal of z delta of the gap background; z = 1.96 for the median of CLs
    S, _ = limits.expected_events(
        replace(GAPS, luminosity=1e6 * equal), FLAT_MASS, floor, nudp.PUBLISHED
    )
    z = stats.norm.isf(0.025)
    assert S / (1e6 * equal * per_fb) == pytest.approx(z * delta, rel=0.01)


def test_control_events_for_a_loss_of_ten_per_cent():
    gaps, B = counts()
    allowed = where_it_falls_to(1.1 * belle2(0.0))
    control = 1 / allowed**2
    assert control == pytest.approx(gaps**2 / B / (1.1**4 - 1), rel=0.02)
    assert 2.0 < control / gaps < 2.3


def test_photon_pairs_by_quadrature_over_the_lab():
    """Closed form within the acceptance against an integral over angles in the lab."""
    c_m = np.abs(cm_from_lab(np.cos(np.deg2rad(selections.BELLE2_ECL_RANGE)), boost(7.0, 4.0)))
    assert c_m[1] < c_m[0]
    closed = np.log((1 + c_m[1]) / (1 - c_m[1])) - c_m[1]
    beta = 3 / 11  # (7 - 4)/(7 + 4)

    def weight(lab):
        c = (lab - beta) / (1 - beta * lab)
        jacobian = (1 - beta**2) / (1 - beta * lab) ** 2
        twin = (-c + beta) / (1 - beta * c)  # the other photon, boosted to the lab
        first, last = np.cos(np.deg2rad(selections.BELLE2_ECL_RANGE))
        return jacobian * (1 + c**2) / (1 - c**2) * (last < twin < first) / 2

    first, last = np.cos(np.deg2rad(selections.BELLE2_ECL_RANGE))
    edge = (-c_m[1], c_m[1])
    kinks = [(c + beta) / (1 + beta * c) for c in edge]
    found, _ = integrate.quad(weight, last, first, points=kinks, limit=200)
    assert found == pytest.approx(closed, rel=1e-4)


# ---- coverage at about one background event ----------------------------------

COUNTS = range(60)


def poisson_q(n, t):
    return 2 * (t - n - (n * np.log(t / n) if n else 0.0))


def excluded_by_chi2(n, S, B):
    return stats.norm.cdf((n - S - B) / np.sqrt(S + B)) < 0.05


def excluded_by_asimov(n, S, B):
    return n < S + B and stats.norm.sf(np.sqrt(poisson_q(n, S + B))) < 0.05


def excluded_by_cls(n, S, B):
    """The formulas for tilde q of arXiv:1007.1727 (Sec. 3.7), written out."""
    if n >= S + B:
        return False
    q = poisson_q(n, S + B) - (poisson_q(n, B) if n < B else 0.0)
    q_A = poisson_q(B, S + B)
    if q <= q_A:
        both, alone = np.sqrt(q), np.sqrt(q) - np.sqrt(q_A)
    else:
        both, alone = (q + q_A) / (2 * np.sqrt(q_A)), (q - q_A) / (2 * np.sqrt(q_A))
    return stats.norm.sf(both) < 0.05 * stats.norm.sf(alone)


def excluded_by_true_cls(n, S, B):
    return stats.poisson.cdf(n, S + B) < 0.05 * stats.poisson.cdf(n, B)


def covered(excluded, S, B):
    return sum(stats.poisson.pmf(n, S + B) for n in COUNTS if not excluded(n, S, B))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "excluded", "lowest"),
    [
        ("asimov", excluded_by_asimov, (0.73, 0.76)),
        ("chi2", excluded_by_chi2, (0.93, 0.94)),
        ("cls", excluded_by_cls, (0.915, 0.925)),
    ],
)
def test_asymptotic_methods_under_cover_at_besiii(method, excluded, lowest):
    S = np.arange(0.05, 10, 0.1) + 0.0123  # off the jumps, which two programs may round apart
    by_hand = np.array([covered(excluded, s, B_BESIII) for s in S])
    np.testing.assert_allclose(
        coverage.exact_coverage(S, B_BESIII, method=method), by_hand, atol=1e-9
    )
    assert lowest[0] < by_hand.min() < lowest[1]


@pytest.mark.slow
def test_cls_of_true_probabilities_covers_at_besiii():
    by_hand = [covered(excluded_by_true_cls, s, B_BESIII) for s in np.arange(0.05, 10, 0.1)]
    assert min(by_hand) > 0.95


def test_the_gaussian_is_to_blame_for_the_coverage_of_cls():
    """It gives three events half their weight: shifted by half a count it is nearly right."""
    S = float(statistics.count_limit(3, B_BESIII, method="cls"))
    true_S = brentq(
        lambda s: stats.poisson.cdf(3, s + B_BESIII) / stats.poisson.cdf(3, B_BESIII) - 0.05, 1, 20
    )
    assert S < 0.9 * true_S
    truth = stats.poisson.cdf(3, S + B_BESIII)
    assert stats.norm.sf(np.sqrt(poisson_q(3, S + B_BESIII))) < 0.6 * truth
    assert stats.norm.sf(np.sqrt(poisson_q(3.5, S + B_BESIII))) == pytest.approx(truth, rel=0.15)
    # coverage falls by the probability of three as they begin to exclude
    below, above = coverage.exact_coverage([S - 1e-6, S + 1e-6], B_BESIII, method="cls")
    assert below - above == pytest.approx(stats.poisson.pmf(3, S + B_BESIII), abs=1e-5)
    assert above < 0.925
