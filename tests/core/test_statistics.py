"""Counting statistics against direct minimisation, many-digit arithmetic and scipy.stats."""

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import brentq, minimize_scalar

from nudp import statistics
from nudp.beyond.observed import _shared_deviance
from nudp.statistics import count_limit, deviance, p_value

RNG = np.random.default_rng(271)


def shared_deviance(n, S, B, sigma=0.0, floor=0.0):
    """Of several runs, along the first axis, whose backgrounds move together."""
    return _shared_deviance(*(np.asarray(count, dtype=float) for count in (n, S, B, sigma, floor)))


def minus_two_log_l(n, t):
    """-2 ln of a Poisson probability, relative to the best one."""
    if n == 0:
        return 2 * t
    return 2 * (t - n - n * np.log(t / n)) if t > 0 else np.inf


def fitted(n, S, B, sigma, floor):
    """The best background and its deviance, by search, without the quadratic."""
    if sigma == 0:
        return B, minus_two_log_l(n, S + B)

    def cost(b):
        return minus_two_log_l(n, S + b) + ((b - B) / sigma) ** 2

    bounds = (max(floor, 1e-12), max(B, n) + 10 * sigma + 1)
    found = minimize_scalar(cost, bounds=bounds, method="bounded", options={"xatol": 1e-11})
    return min((found.x, found.fun), (floor, cost(floor)), key=lambda each: each[1])


def random_counts():
    for _ in range(200):
        B = 10 ** RNG.uniform(-1, 6)
        n = float(RNG.poisson(B)) if RNG.random() < 0.5 else B
        S = RNG.uniform(0, 5) * np.sqrt(B) + RNG.uniform(0.01, 3)
        floor = B * RNG.uniform(0, 1)
        yield n, S, B, 10 ** RNG.uniform(-3, 0.5) * (B - floor), floor


def test_profiled_background_is_the_minimum_found_by_search():
    for n, S, B, sigma, floor in random_counts():
        expected = fitted(n, S, B, sigma, floor)[1]
        assert deviance(n, S, B, sigma, floor) == pytest.approx(expected, rel=1e-5, abs=1e-7 * B)


@pytest.mark.parametrize("n", [0.0, 0.05, 1.0, 4.0])
@pytest.mark.parametrize("S", [0.0, 0.02, 0.4])
def test_profiled_background_of_less_than_one_event(n, S):
    """At its floor, or free: both are among them."""
    for B, sigma, floor in [
        (0.3, 0.1, 0.0),
        (0.3, 0.9, 0.0),
        (0.3, 0.9, 0.25),
        (0.02, 0.2, 0.01),
        (0.5, 0.05, 0.1),
    ]:
        expected = fitted(n, S, B, sigma, floor)[1]
        assert deviance(n, S, B, sigma, floor) == pytest.approx(expected, rel=1e-5, abs=1e-7)


def test_deviance_without_uncertainty_is_the_formula():
    S, B = np.array([0.3, 20.0, 1400.0]), np.array([1.0, 100.0, 7.5e5])
    expected = 2 * (S - B * np.log1p(S / B))
    np.testing.assert_allclose(deviance(B, S, B), expected, rtol=1e-10)
    discovery = 2 * ((S + B) * np.log1p(S / B) - S)
    np.testing.assert_allclose(deviance(S + B, 0.0, B), discovery, rtol=1e-10)


@pytest.mark.parametrize("B", [1e-12, 1e-3, 1.0, 1e6, 1e12])
@pytest.mark.parametrize("significance", [1e-3, 1.0, 5.0])
def test_deviance_keeps_its_digits(B, significance):
    S = significance * np.sqrt(B) + (B < 1e-6)
    with mpmath.workdps(50):
        s, b = mpmath.mpf(S), mpmath.mpf(B)
        exclusion = float(2 * (s - b * mpmath.log(1 + s / b)))
        # n is the float nearest to S + B, which the deviance takes as it stands
        n = mpmath.mpf(S + B)
        discovery = float(2 * (b - n - n * mpmath.log(b / n)))
    assert deviance(B, S, B) == pytest.approx(exclusion, rel=1e-12)
    assert deviance(S + B, 0.0, B) == pytest.approx(discovery, rel=1e-12)
    assert shared_deviance([S + B], [0.0], [B]) == pytest.approx(discovery, rel=1e-12)


@pytest.mark.parametrize("B", [1.0, 1e6])
def test_a_large_background_with_uncertainty_is_gaussian(B):
    """For B -> infinity: S^2/(B + sigma^2)."""
    scale = 1e6
    S, sigma = 2 * np.sqrt(B * scale), 3 * np.sqrt(B * scale)
    expected = S**2 / (B * scale + sigma**2)
    assert deviance(B * scale, S, B * scale, sigma) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("n", [0.0, 3.0, 2000.0])
@pytest.mark.parametrize("B", [1e-8, 1e-17, 1e-30, 1e-300])
def test_a_background_that_is_hardly_there_makes_no_difference(n, B):
    """Known to a tenth or to nothing at all; alone, and beside a run with a background."""
    sigma = 0.1 * B
    for S in (0.5, 10.0):
        none = deviance(n, S, 0.0)
        assert deviance(n, S, B, sigma) == pytest.approx(none, rel=1e-6)
        assert shared_deviance([n], [S], [B], [sigma]) == pytest.approx(none, rel=1e-6)
        alone = shared_deviance([n, 90.0], [S, 5.0], [0.0, 100.0], [0.0, 10.0])
        beside = shared_deviance([n, 90.0], [S, 5.0], [B, 100.0], [sigma, 10.0])
        assert beside == pytest.approx(alone, rel=1e-6)
    for method in ("asimov", "cls"):
        none = count_limit(n, 0.0, method=method)
        assert count_limit(n, B, sigma, method=method) == pytest.approx(none, rel=1e-6)


def test_shared_deviance_is_the_minimum_over_one_pull():
    for _ in range(30):
        B = 10 ** RNG.uniform(-1, 4, size=4)
        n, S = B.copy(), RNG.uniform(0, 3, size=4) * np.sqrt(B)
        S[0] = 0.0
        sigma = B * RNG.uniform(0, 0.4, size=4)
        sigma[1] = 0.0

        def cost(pull, n=n, S=S, B=B, sigma=sigma):
            fits = S + B + pull * sigma
            return sum(map(minus_two_log_l, n, fits)) + pull**2

        best = minimize_scalar(cost, bounds=(-2.4, 2.4), method="bounded", options={"xatol": 1e-11})
        expected = pytest.approx(best.fun, rel=1e-7, abs=1e-10)
        assert shared_deviance(n, S, B, sigma) == expected


def test_shared_pull_stops_where_a_background_would_fall_below_its_floor():
    n, S = np.array([100.0, 50.0]), np.array([90.0, 40.0])
    B, sigma, floor = n, np.array([200.0, 20.0]), np.array([80.0, 0.0])
    # the first background may fall by 20, a pull of -0.1
    fits = S + B - 0.1 * sigma
    expected = sum(map(minus_two_log_l, n, fits)) + 0.1**2
    assert shared_deviance(n, S, B, sigma, floor) == pytest.approx(expected, rel=1e-12)


def test_shared_deviances_of_many_masses_are_those_of_each():
    """With runs that expect nothing, see nothing, or are certain."""
    n = np.array([[0.4, 90.0, 0.0, 3.0], [2.0, 50.0, 0.5, 0.0], [0.0, 1.0, 7.0, 0.2]])
    S = np.array([[0.0, 20.0, 5.0, 0.1], [1.0, 0.0, 0.3, 0.4], [0.0, 0.0, 3.0, 0.0]])
    B = np.array([[0.5, 0.5, 0.75, 1.0], [0.8, 0.8, 1.0, 2.0], [0.3, 0.25, 0.3, 0.2]])
    for sigma, share in [
        ([0.2, 0.0, 0.3], 0.0),
        ([5.0, 2.0, 0.1], 0.9),
        ([0.9, 0.0, 0.1], 0.95),
        ([1.0, 0.0, 0.1], 0.0),  # the first, or the last, background may vanish
        ([0.1, 0.0, 1.0], 0.0),
    ]:
        together = shared_deviance(n, S, B, np.array(sigma)[:, None], share * B)
        for i, found in enumerate(together):
            counts = n[:, i], S[:, i], B[:, i], np.array(sigma), share * B[:, i]
            assert shared_deviance(*counts) == pytest.approx(found, rel=1e-12)
            assert found == pytest.approx(shared_by_search(*counts), rel=1e-6, abs=1e-9)


def shared_by_search(n, S, B, sigma, floor):
    """Minimum over one pull on a fine grid, then between its neighbours."""

    def cost(pull):
        return sum(map(minus_two_log_l, n, S + B + pull * sigma)) + pull**2

    lowest = max(-b / s for b, s in zip(B - floor, sigma, strict=True) if s)
    grid = lowest + np.geomspace(1e-12, 30, 4001)
    best = int(np.argmin([cost(pull) for pull in grid]))
    ends = grid[max(best - 1, 0)], grid[min(best + 1, 4000)]
    found = minimize_scalar(cost, bounds=ends, method="bounded", options={"xatol": 1e-12})
    return min(found.fun, cost(grid[0]))


def test_one_run_shared_is_one_run():
    for n, S, B, sigma, floor in random_counts():
        single = deviance(n, S, B, sigma, floor)
        arrays = [[value] for value in (n, S, B, sigma, floor)]
        assert shared_deviance(*arrays) == pytest.approx(single, rel=1e-9, abs=1e-9)


def test_thresholds():
    assert statistics.threshold("asimov") == pytest.approx(stats.norm.ppf(0.95) ** 2, rel=1e-12)
    assert statistics.threshold("chi2", 0.90, 2) == pytest.approx(statistics.threshold("chi2"))
    assert statistics.threshold("cls") == pytest.approx(stats.chi2.ppf(0.95, 1), rel=1e-12)
    edges = statistics.threshold("cls", n_sigma=[-2, -1, 0, 1, 2])
    # CLs = Phi(N - z)/Phi(N) = 5 % at each edge of the band
    n_sigma = np.arange(-2, 3)
    cls = stats.norm.cdf(n_sigma - np.sqrt(edges)) / stats.norm.cdf(n_sigma)
    np.testing.assert_allclose(cls, 0.05, rtol=1e-10)
    assert statistics.threshold("asimov", n_sigma=-2) == 0


@pytest.mark.parametrize(
    ("method", "events"),
    [
        ("chi2", stats.norm.ppf(0.95) ** 2),
        ("asimov", stats.norm.ppf(0.95) ** 2 / 2),
        ("cls", stats.chi2.ppf(0.95, 1) / 2),
        ("poisson", -np.log(0.05)),
    ],
)
def test_without_background_a_limit_is_a_number_of_events(method, events):
    assert count_limit(0, 0.0, method=method) == pytest.approx(events, rel=1e-9)


def test_the_gaussian_of_the_paper_needs_no_large_count():
    for n, S, B in ((0, 0.3, 0.1), (1, 0.0, 0.5), (3, 2.0, 1.0)):
        p = p_value(n, S, B, method="chi2")
        assert p == pytest.approx(stats.norm.cdf((n - S - B) / np.sqrt(S + B)), rel=1e-12)


@pytest.mark.parametrize("B", [0.9, 900.0, 7.5e5])
def test_expected_limits_are_the_roots_of_the_equations(B):
    z = stats.norm.ppf(0.95)
    roots = {
        "chi2": (z**2 + np.sqrt(z**4 + 4 * z**2 * B)) / 2,
        "asimov": brentq(lambda S: 2 * (S - B * np.log1p(S / B)) - z**2, 1e-9, 1e5, xtol=1e-12),
        "cls": brentq(lambda S: 2 * (S - B * np.log1p(S / B)) - stats.chi2.ppf(0.95, 1), 1e-9, 1e5),
    }
    for method, expected in roots.items():
        assert count_limit(B, B, method=method) == pytest.approx(expected, rel=1e-9)


def test_poisson_is_scipys():
    n, S, B = np.arange(20), 4.2, 3.1
    np.testing.assert_allclose(p_value(n, S, B, method="poisson"), stats.poisson.cdf(n, S + B))
    limit = count_limit(n, B, method="poisson")
    seen = limit > 0
    np.testing.assert_allclose(stats.poisson.cdf(n[seen], limit[seen] + B), 0.05, rtol=1e-9)
    # nothing seen on three events: the classical limit is empty, and says so
    assert limit[0] == 0


@pytest.mark.parametrize("method", statistics.METHODS)
def test_limit_is_where_the_p_value_meets_alpha(method):
    n, B = np.array([3, 5, 12, 900, 1010]), np.array([2.0, 5.5, 7.0, 900.0, 950.0])
    limit = count_limit(n, B, method=method)
    assert (limit > 0).all()
    np.testing.assert_allclose(p_value(n, limit, B, method=method), 0.05, rtol=1e-8)


@pytest.mark.parametrize("method", ["chi2", "asimov", "poisson"])
def test_a_deep_downward_fluctuation_excludes_everything_but_not_with_cls(method):
    assert count_limit(50, 100.0, method=method) == 0
    assert count_limit(50, 100.0, method="cls") > 1


@pytest.mark.parametrize("method", ["asimov", "cls"])
def test_limits_with_an_uncertain_background_meet_alpha_too(method):
    n, B = np.array([3.0, 80.0, 1000.0]), np.array([2.0, 100.0, 950.0])
    sigma, floor = 0.2 * B, 0.3 * B
    limit = count_limit(n, B, sigma, floor, method=method)
    np.testing.assert_allclose(p_value(n, limit, B, sigma, floor, method=method), 0.05, rtol=1e-7)


def cls_of_the_publication(n, S, B, sigma, floor):
    """arXiv:1007.1727, Eqs. (16), (64) to (66), step by step, for tilde q."""
    q = 0.0
    if n < S + B:
        best = fitted(n, 0.0, B, sigma, floor)[1] if n < B else 0.0
        q = fitted(n, S, B, sigma, floor)[1] - best
    alone = fitted(n, 0.0, B, sigma, floor)[0]
    # the expected data have both: that number of events, and a background measured as that
    q_A = fitted(alone, S, alone, sigma, floor)[1]
    if q <= q_A:
        both, background = np.sqrt(q), np.sqrt(q) - np.sqrt(q_A)
    else:
        both, background = (q + q_A) / (2 * np.sqrt(q_A)), (q - q_A) / (2 * np.sqrt(q_A))
    return stats.norm.sf(both) / stats.norm.sf(background)


@pytest.mark.parametrize("relative", [0.0, 0.004, 0.2])
@pytest.mark.parametrize(
    ("n", "B"), [(100, 100.0), (60, 100.0), (85, 100.0), (110, 100.0), (2, 4.0), (5, 3.0)]
)
def test_cls_is_that_of_the_publication(n, B, relative):
    """Deficits beyond what the background alone would give among them."""
    S = np.sqrt(B) * np.array([0.1, 0.5, 1.5, 3.0])
    sigma, floor = relative * B, 0.4 * B
    got = p_value(n, S, B, sigma, floor, method="cls")
    expected = [cls_of_the_publication(n, s, B, sigma, floor) for s in S]
    np.testing.assert_allclose(got, expected, rtol=1e-6 if relative else 1e-9)


def test_a_band_of_one_sigma_is_that_of_the_fluctuated_count():
    """Threshold and p-value are two ways to the same edge, for a large background."""
    B = 1e8
    for n_sigma in (-1.0, 0.5, 1.0):
        edge = statistics.threshold("cls", n_sigma=n_sigma)
        assert p_value(B + n_sigma * np.sqrt(B), np.sqrt(edge * B), B, method="cls") == (
            pytest.approx(0.05, rel=2e-3)
        )


@settings(deadline=None)
@given(
    st.integers(0, 2000),
    st.floats(0.0, 2000.0),
    st.floats(0.0, 0.5),
    st.sampled_from(["asimov", "cls"]),
)
@example(0, 1.2e-308, 0.0, "cls")
@example(3, 1e-43, 1e-180, "asimov")
def test_p_values_fall_with_the_signal_and_rise_with_the_count(n, B, relative, method):
    S = np.linspace(0, 200, 21)
    p = p_value(n, S, B, relative * B, method=method)
    assert ((p >= 0) & (p <= 1 + 1e-12)).all()
    assert (np.diff(p) <= 1e-9).all()
    more = p_value(n + 1, S, B, relative * B, method=method)
    assert (more >= p - 1e-9).all()


def test_more_uncertainty_is_a_weaker_limit():
    sigma = np.array([0.0, 0.1, 0.5, 1.0, 3.0]) * 30
    for method in ("asimov", "cls"):
        assert (np.diff(count_limit(100, 100.0, sigma, method=method)) > 0).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: statistics.tail(95), r"confidence_level .* as in 0\.95, got 95\.0"),
        (lambda: statistics.tail(0.0), r"confidence_level .*0\.0"),
        (lambda: statistics.tail(np.nan), "confidence_level .*nan"),
        (lambda: statistics.tail(0.95, sided=3), "sided must be 1 or 2, got 3"),
        (lambda: statistics.threshold("poisson"), "method .*'poisson'"),
        (lambda: p_value(1, 1, 1, method="bayes"), "method .*'bayes'"),
        (lambda: p_value(1, 1, 1, 0.5, method="chi2"), "method 'chi2', which has no room .*0.5"),
        (lambda: count_limit(1, 1, 0.5, method="poisson"), "method 'poisson', which has no room"),
        (lambda: deviance(-1, 1, 1), "n must be zero or positive, got -1.0"),
        (lambda: deviance(1, 1, 1, sigma=-0.1), "sigma must be zero or positive, got -0.1"),
        (lambda: deviance(1, 1, 1, 0.5, 2.0), "floor must not exceed B, got 2.0 and 1"),
        (lambda: statistics.tail(0.5), r"confidence_level .*0\.5"),
        (lambda: statistics.tail(1.0), r"confidence_level .*1\.0"),
        (lambda: statistics.tail(1.5), r"confidence_level .*1\.5"),
        (lambda: statistics.threshold("cls", n_sigma=np.nan), "^n_sigma must be finite, got nan"),
        (lambda: deviance(1, -1, 1), r"^S must be zero or positive, got -1\.0"),
        (lambda: deviance(1, 1, -1), r"^B must be zero or positive, got -1\.0"),
        (lambda: deviance(1, 1, 1, 0, -1), r"^floor must be zero or positive, got -1\.0"),
        (lambda: deviance([1, 2], [1] * 3, 1), "^n, S, B, sigma, floor must have shapes that fit"),
        (lambda: p_value(1, 1, 1, -0.5, method="chi2"), r"^sigma must be zero or .*-0\.5"),
        (lambda: p_value(1, 1, 1, method=3), "^method must be one of chi2, asimov, cls, poisson"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: statistics.tail(0.95, sided=1.5), "^sided must be a whole number, got 1.5"),
    ],
)
def test_what_is_of_another_kind_is_named(call, message):
    with pytest.raises(TypeError, match=message):
        call()


def test_a_limit_takes_the_level_and_the_side_it_is_asked_for():
    assert statistics.tail() == statistics.tail(0.95, 1)
    for level, sided in ((0.9, 1), (0.9, 2), (0.95, 2)):
        events = count_limit(5, 3.0, method="cls", confidence_level=level, sided=sided)
        alpha = (1 - level) / sided
        assert p_value(5, events, 3.0, method="cls") == pytest.approx(alpha, rel=1e-7)


def test_exact_counting_is_asked_for_by_its_name():
    assert count_limit(3, 0.0, method="poisson") == pytest.approx(stats.chi2.ppf(0.95, 8) / 2)
