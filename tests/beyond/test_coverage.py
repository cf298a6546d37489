"""Coverage: toys against exact sums, and against what the methods promise."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from scipy import stats

from nudp import statistics
from nudp.beyond.coverage import Coverage, exact_coverage, toy_coverage

BACKGROUNDS = [1.0, 900.0, 7.5e5]


def by_hand(S, B, method):
    """Sum over counts one by one, each asked for its limit."""
    counts = np.arange(stats.poisson.ppf(1e-14, S + B), stats.poisson.isf(1e-14, S + B) + 1)
    limits = statistics.count_limit(counts, B, method=method)
    return stats.poisson.pmf(counts, S + B)[limits >= S].sum()


@pytest.mark.parametrize("method", statistics.METHODS)
@pytest.mark.parametrize("B", [0.0, 1.0, 40.0])
def test_exact_coverage_is_the_sum_over_limits(method, B):
    for S in (0.7, 3.3, 12.0):
        assert exact_coverage(S, B, method=method) == pytest.approx(by_hand(S, B, method), abs=1e-9)


@pytest.mark.parametrize("method", statistics.METHODS)
@pytest.mark.parametrize("B", BACKGROUNDS)
def test_toys_agree_with_the_exact_coverage(method, B):
    S = float(statistics.count_limit(B, B, method=method))
    found = toy_coverage(S, B, method=method, n_toys=100_000, seed=11)
    expected = exact_coverage(S, B, method=method)
    # one in 1e5 such tests would fail by chance
    low, high = stats.binom.ppf([5e-6, 1 - 5e-6], found.toys, expected)
    assert low <= found.covered <= high


@pytest.mark.parametrize("B", BACKGROUNDS)
def test_exact_counting_never_covers_less_than_it_says(B):
    S = np.linspace(0.01, 5, 200) * np.sqrt(B)
    assert (exact_coverage(S, B, method="poisson") >= 0.95 - 1e-9).all()


def test_large_backgrounds_make_the_asymptotic_methods_right():
    S = np.linspace(1.0, 4.0, 20) * np.sqrt(7.5e5)
    for method in ("chi2", "asimov"):
        np.testing.assert_allclose(exact_coverage(S, 7.5e5, method=method), 0.95, atol=1e-3)
    # CLs covers more, the more the smaller the signal
    found = exact_coverage(S, 7.5e5, method="cls")
    assert (found > 0.95).all()
    assert found[0] > found[-1] > 0.95


def test_an_uncertain_background_is_covered_if_it_is_profiled():
    S, B, sigma = 3000.0, 7.5e5, 7500.0
    profiled = toy_coverage(S, B, sigma, method="asimov", n_toys=50_000, seed=2)
    assert profiled.share == pytest.approx(0.95, abs=5 * np.sqrt(0.05 * 0.95 / 50_000))
    # and not if one looks away: the same spread without the profile
    rng = np.random.default_rng(3)
    n, estimate = rng.poisson(S + B, 50_000), rng.normal(B, sigma, 50_000)
    blind = statistics.p_value(n, S, estimate, method="asimov") >= 0.05
    assert blind.mean() < 0.75


def test_intervals_of_the_toys_are_clopper_and_pearsons():
    for covered, toys in ((9513, 10_000), (0, 50), (50, 50)):
        expected = stats.binomtest(covered, toys).proportion_ci(1 - 2 * stats.norm.sf(1))
        assert Coverage(covered, toys).interval == pytest.approx(tuple(expected))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "chi2", "sigma": 1.0}, "method 'chi2', which has no room"),
        ({"method": "guess"}, "method .*'guess'"),
        ({"n_toys": 0}, "n_toys must be a whole number, .* got 0"),
        ({"seed": 10**60}, "seed must be a whole number, from 0 to .*"),
    ],
)
def test_bad_input_is_named(change, message):
    arguments = {"S": 3.0, "B": 1.0, "method": "cls", "n_toys": 10, "seed": 0, **change}
    with pytest.raises(ValueError, match=message):
        toy_coverage(**arguments)


def test_no_more_toys_are_covered_than_there_are():
    with pytest.raises(ValueError, match="covered must be at most 2, got 3"):
        Coverage(3, 2)


def test_a_number_of_toys_is_an_integer():
    with pytest.raises(TypeError, match=r"n_toys must be a whole number, got 100000\.0"):
        toy_coverage(3.0, 1.0, method="cls", n_toys=1e5, seed=0)


TOYS = dict(S=40.0, B=900.0, sigma=9.0, method="cls", n_toys=120_001, seed=5)


@pytest.mark.slow
def test_toys_are_the_same_on_every_executor():
    here = toy_coverage(**TOYS)
    processes = ProcessPoolExecutor(2, mp_context=get_context("spawn"))
    for pool in (ThreadPoolExecutor(2), processes):
        with pool as executor:
            assert toy_coverage(**TOYS, executor=executor) == here


def test_toys_go_on_where_they_stopped():
    done = {}
    whole = toy_coverage(**TOYS, done=done)
    assert len(done) == 3
    done.popitem()
    calls = []

    def watch(iterable, total):
        calls.append(total)
        return iterable

    assert toy_coverage(**TOYS, done=done, progress=watch) == whole
    assert calls == [1]
    # other toys never mistake these for theirs
    assert toy_coverage(**{**TOYS, "seed": 6}, done=done) != whole
    assert len(done) == 6


@pytest.mark.parametrize("method", ["cls", "marginal-normal"])
def test_the_sum_over_counts_and_estimates_against_toys(method):
    for S in (6.0,):
        exact = float(exact_coverage(S, 3.2, 1.0, method=method))
        toys = toy_coverage(S, 3.2, 1.0, method=method, n_toys=1000, seed=5)
        error = np.sqrt(exact * (1 - exact) / toys.toys)
        assert abs(toys.share - exact) < 4.5 * error + 1e-3
    nearly = exact_coverage([1.0, 7.3], 3.2, 1e-7, method=method)
    known = exact_coverage([1.0, 7.3], 3.2, method=method)
    np.testing.assert_allclose(nearly, known, atol=1e-6)
