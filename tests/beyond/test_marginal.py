"""CLs averaged over a prior of the background: exact where it is certain, right for few events."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad
from scipy.special import gammaincc

import nudp
from nudp import limits, searches, statistics
from nudp.beyond import _marginal, coverage
from nudp.beyond import observed as seen_counts

VAGUE = replace(
    searches.STCF_4GEV, luminosity=100.0, reducible_background=0.02, background_uncertainty=0.4
)
DENSITIES = {
    "marginal-normal": lambda mean, sigma: stats.truncnorm(-mean / sigma, np.inf, mean, sigma),
    "marginal-gamma": lambda mean, sigma: stats.gamma((mean / sigma) ** 2, scale=sigma**2 / mean),
    "marginal-lognormal": lambda mean, sigma: stats.lognorm(sigma / mean, scale=mean),
}
COUNTS = [  # n, B, sigma, floor
    (5, 3.2, 1.0, 0.0),
    (0, 2.0, 0.7, 0.5),
    (3, 10.0, 4.0, 2.0),
    (20, 12.0, 3.0, 4.0),
    (12, 14.0, 9.0, 0.0),
]


@pytest.mark.parametrize(
    ("method", "limit"),
    [("marginal-normal", 7.82), ("marginal-gamma", 7.80), ("marginal-lognormal", 7.70)],
)
def test_five_events_on_three(method, limit):
    assert statistics.count_limit(5, 3.2, 1.0, method=method) == pytest.approx(limit, abs=0.005)


@pytest.mark.parametrize("method", statistics.MARGINAL)
@pytest.mark.parametrize("B", [(0.5, 0.3, 0.0), (7.0, 2.0, 3.0), (1.0, 5.0, 0.0), (3.0, 0.0, 0.0)])
def test_with_nothing_seen_no_background_matters(method, B):
    assert statistics.count_limit(0, *B, method=method) == pytest.approx(np.log(20), rel=1e-9)


@pytest.mark.parametrize("method", statistics.MARGINAL)
@pytest.mark.parametrize("counts", COUNTS)
def test_the_average_is_the_integral_over_the_density(method, counts):
    n, B, sigma, floor = counts
    prior = DENSITIES[method](B - floor, sigma)

    def average(S):
        def integrand(x):
            return prior.pdf(x) * gammaincc(n + 1, S + floor + x)

        ends = [0.0, *np.linspace(0.1, 4.0, 14) * B, 200 * B]
        pieces = [
            quad(integrand, a, b, epsabs=1e-14, epsrel=1e-11)[0]
            for a, b in itertools.pairwise(ends)
        ]
        return sum(pieces)

    for S in (0.3, 4.0, 11.0):
        got = statistics.p_value(n, S, B, sigma, floor, method=method)
        assert got == pytest.approx(average(S) / average(0.0), rel=1e-7)


def test_a_gamma_prior_makes_a_negative_binomial():
    """Then P(N <= n) is a finite sum: signal and background share n."""
    n, S, B, sigma = 6, 3.5, 4.0, 1.5
    shape, scale = (B / sigma) ** 2, sigma**2 / B
    noise = stats.nbinom(shape, 1 / (1 + scale))
    total = sum(noise.pmf(j) * gammaincc(n - j + 1, S) for j in range(n + 1))
    got = statistics.p_value(n, S, B, sigma, method="marginal-gamma")
    assert got == pytest.approx(total / noise.cdf(n), rel=1e-11)


@pytest.mark.parametrize("method", statistics.MARGINAL)
def test_exact_where_nothing_is_uncertain(method):
    n, S, B = np.array([0, 3, 40]), np.array([2.0, 4.0, 15.0]), np.array([0.7, 3.0, 35.0])
    exact = gammaincc(n + 1, S + B) / gammaincc(n + 1, B)
    np.testing.assert_array_equal(statistics.p_value(n, S, B, method=method), exact)
    nearly = statistics.p_value(n, S, B, 1e-6 * B, method=method)
    np.testing.assert_allclose(nearly, exact, rtol=1e-9)


@pytest.mark.parametrize("method", statistics.MARGINAL)
def test_large_numbers_meet_the_asymptotic_cls(method):
    n, B = 1_002_000, 1e6
    for sigma in (0.0, 1e3, 3e3):
        got = statistics.count_limit(n, B, sigma, method=method)
        assert got == pytest.approx(statistics.count_limit(n, B, sigma, method="cls"), rel=3e-3)


def test_the_asymptotic_formula_is_too_strong_for_few():
    """By 9 % for five events on 3.2 +- 1, by 27 % for none."""
    for n, B, sigma, lost in [(5, 3.2, 1.0, 0.085), (0, 0.5, 0.3, 0.269)]:
        formula = statistics.count_limit(n, B, sigma, method="cls")
        exact = statistics.count_limit(n, B, sigma, method="marginal-normal")
        assert 1 - formula / exact == pytest.approx(lost, abs=0.002)


def test_a_warning_says_so():
    words = "only 0.92 background events are expected, too few for method 'cls'"
    nothing = np.zeros(53)
    with pytest.warns(UserWarning, match=words):
        strong = nudp.upper_limit(
            searches.BESIII, 1.0, nudp.PUBLISHED, method="cls", observed=nothing
        )
    with pytest.warns(UserWarning, match="'marginal-normal' counts exactly"):
        seen_counts.p_value(searches.BESIII, 1.0, 1e-5, nudp.PUBLISHED, observed=nothing)
    exact = nudp.upper_limit(
        searches.BESIII, 1.0, nudp.PUBLISHED, method="marginal-normal", observed=nothing
    )
    S, _ = limits.expected_events(searches.BESIII, 1.0, exact, nudp.PUBLISHED)
    assert S.sum() == pytest.approx(np.log(20), rel=1e-9)
    assert exact > strong


def test_a_hopeless_deficit_is_refused():
    with pytest.raises(ValueError, match="n is too far below B .* got 0.0 and 2000.0"):
        statistics.p_value(0, 1.0, 2000.0, method="marginal-normal")


# ---- runs -------------------------------------------------------------------------------


def test_runs_are_counted_together():
    runs, counts = [VAGUE, replace(VAGUE, luminosity=300.0)], [4, 17]
    known = limits.yields(runs, 1.0, nudp.DIRAC)
    sigma = known.uncertainty * known.reducible
    for correlated, together in ((False, np.hypot(*sigma)), (True, sigma.sum())):
        d = nudp.upper_limit(
            runs, 1.0, nudp.DIRAC, method="marginal-gamma", observed=counts, correlated=correlated
        )
        S, B = limits.expected_events(runs, 1.0, d, nudp.DIRAC)
        wanted = statistics.count_limit(
            21, B.sum(), together, known.irreducible.sum(), method="marginal-gamma"
        )
        assert S.sum() == pytest.approx(wanted, rel=1e-9)
        p = seen_counts.p_value(
            runs,
            1.0,
            d,
            nudp.DIRAC,
            observed=counts,
            method="marginal-gamma",
            correlated=correlated,
        )
        assert p == pytest.approx(0.05, rel=1e-9)


def test_the_expected_limit_is_that_of_the_median_count():
    known = limits.yields(VAGUE, 1.0, nudp.DIRAC)
    B, sigma = known.background, known.uncertainty * known.reducible
    spread = DENSITIES["marginal-normal"](known.reducible[0], sigma[0])
    x = np.linspace(0, 6, 6001)
    chances = [
        np.trapezoid(spread.pdf(x) * stats.poisson.cdf(n, x + known.irreducible[0]), x)
        for n in range(20)
    ]
    for n_sigma, share in ((-1, stats.norm.cdf(-1)), (0, 0.5), (2, stats.norm.cdf(2))):
        n = int(np.argmax(np.array(chances) >= share))
        [got] = limits.limit_band(
            VAGUE, 1.0, nudp.DIRAC, method="marginal-normal", n_sigma=[n_sigma]
        )
        seen = nudp.upper_limit(VAGUE, 1.0, nudp.DIRAC, method="marginal-normal", observed=n)
        assert got == pytest.approx(seen, rel=1e-12)
    assert B[0] > known.irreducible[0] > 0


# ---- does it hold? ----------------------------------------------------------------------


@pytest.mark.parametrize("S", [0.0, 1.0, 3.0, 7.0, 20.0])
@pytest.mark.parametrize("method", statistics.MARGINAL)
def test_95_per_cent_hold_in_95_per_cent(method, S):
    toys = coverage.toy_coverage(S, 3.2, 0.8, method=method, n_toys=1500, seed=3)
    assert toys.interval[1] > 0.95


def test_without_uncertainty_it_holds_exactly():
    S, B = np.meshgrid(np.linspace(0.0, 20.0, 41), [0.0, 0.9, 3.2, 12.0])
    held = coverage.exact_coverage(S, B, method="marginal-normal")
    assert (held >= 0.95 - 1e-12).all()


def test_only_the_three_priors_are_known():
    assert tuple(f"marginal-{prior}" for prior in _marginal.PRIORS) == statistics.MARGINAL
    with pytest.raises(ValueError, match="method must be one of .*'marginal'"):
        statistics.p_value(1, 1.0, 1.0, method="marginal")
