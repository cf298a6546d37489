"""Limits from counts that were seen: one count, several runs, bins, and one point."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize

import nudp
from nudp import limits, searches, statistics
from nudp.beyond import binning
from nudp.beyond import observed as seen_counts
from nudp.beyond.observed import combined_p_value

# what the warning says has tests of its own, in test_marginal.py
pytestmark = pytest.mark.filterwarnings("ignore:only .* background events are expected:UserWarning")

LIKELIHOODS = ("asimov", "cls")
VAGUE = replace(
    searches.STCF_4GEV, luminosity=100.0, reducible_background=0.02, background_uncertainty=0.4
)
few = st.integers(0, 12)
events = st.floats(0.05, 20.0)


@pytest.mark.parametrize("method", statistics.METHODS)
@pytest.mark.parametrize("n", [0, 3, 9])
def test_one_search_has_the_limit_of_its_count(method, n):
    run = VAGUE if method in LIKELIHOODS else replace(VAGUE, background_uncertainty=0.0)
    d = nudp.upper_limit(run, 1.0, nudp.DIRAC, method=method, observed=n, confidence_level=0.95)
    S, B = limits.expected_events(run, 1.0, d, nudp.DIRAC)
    known = limits.yields(run, 1.0, nudp.DIRAC)
    sigma = float(known.uncertainty[0] * known.reducible[0])
    if method == "poisson":
        sigma = 0.0
    assert S == pytest.approx(
        statistics.count_limit(n, B, sigma, known.irreducible[0] * (sigma > 0), method=method),
        rel=1e-9,
    )
    if d > 0:
        p = seen_counts.p_value(run, 1.0, d, nudp.DIRAC, observed=n, method=method)
        assert p == pytest.approx(0.05, rel=1e-9)


def test_five_events_on_three_make_a_coupling():
    """A background of 3.2 +- 1 and five events: 7.15 signal events by asymptotic CLs."""
    run = replace(VAGUE, reducible_background=1.0)
    known = replace(
        limits.yields(run, 1.0, nudp.DIRAC),
        irreducible=np.zeros(1),
        reducible=np.array([3.2]),
        uncertainty=np.array([1 / 3.2]),
    )
    d = limits.solve(known, method="cls", observed=5)
    S = known.prompt[0] * d**2 * -np.expm1(-known.decay[0] * d**2)
    assert S == pytest.approx(7.154, abs=5e-4)


@pytest.mark.parametrize("method", statistics.METHODS)
def test_the_paper_s_threshold_stands(method):
    """Only "chi2" takes 2.71 unless a level is given."""
    run = searches.STCF_4GEV
    d = nudp.upper_limit(run, 1.0, nudp.PUBLISHED, method=method, observed=300)
    S, B = limits.expected_events(run, 1.0, d, nudp.PUBLISHED)
    if method == "chi2":
        assert (S + B - 300) ** 2 / (S + B) == pytest.approx(2.71, rel=1e-9)
    else:
        assert S == pytest.approx(statistics.count_limit(300, B, method=method), rel=1e-9)


@pytest.mark.parametrize("method", ["chi2", *LIKELIHOODS])
def test_the_expected_counts_give_the_expected_limit(method):
    m_N = np.array([0.1, 1.0, 2.0])
    known = limits.yields(searches.BESIII, m_N, nudp.PUBLISHED)
    got = limits.solve(known, method=method, observed=known.background)
    np.testing.assert_allclose(got, limits.solve(known, method=method), rtol=1e-10)


def test_more_events_give_a_weaker_limit():
    limits_of = [
        nudp.upper_limit([VAGUE, VAGUE], 1.0, nudp.DIRAC, method="cls", observed=[n, 3])
        for n in range(8)
    ]
    assert (np.diff(limits_of) > 0).all()


def test_a_deficit_may_exclude_everything_but_by_cls():
    run = replace(searches.STCF_4GEV, luminosity=1e4)
    for method in ("chi2", "asimov", "poisson"):
        assert nudp.upper_limit(run, 1.0, nudp.DIRAC, method=method, observed=200) == 0
    assert nudp.upper_limit(run, 1.0, nudp.DIRAC, method="cls", observed=200) > 0
    two = [run, replace(run, luminosity=5e3)]
    for method in ("chi2", "asimov", "poisson"):
        assert nudp.upper_limit(two, 1.0, nudp.DIRAC, method=method, observed=[200, 100]) == 0
    assert nudp.upper_limit(two, 1.0, nudp.DIRAC, method="cls", observed=[200, 100]) > 0


def test_above_threshold_nothing_is_learned():
    runs = [searches.STCF_2GEV, searches.STCF_4GEV]
    got = nudp.upper_limit(runs, [1.0, 3.0, 5.0], nudp.DIRAC, method="cls", observed=[80, 290])
    assert np.isfinite(got[:2]).all() and got[2] == np.inf
    # N of 3 GeV is made at 4 GeV alone
    alone = nudp.upper_limit(runs[1], 3.0, nudp.DIRAC, method="cls", observed=290)
    assert got[1] == pytest.approx(alone, rel=1e-9)


def test_bins_are_runs():
    bins = binning.split(searches.STCF_4GEV, energies=[1.0, 1.5])
    counts = limits.yields(bins, 1.0, nudp.DIRAC).background.round()
    d = nudp.upper_limit(bins, 1.0, nudp.DIRAC, method="cls", observed=counts)
    p = seen_counts.p_value(bins, 1.0, d, nudp.DIRAC, observed=counts)
    assert p == pytest.approx(0.05, rel=1e-9)


# ---- several runs: against a general minimiser, and by identities -----------------------


def minimised(n, S, B, sigma, method, shared):
    """The same probability from scipy's minimiser, over the strength and every pull."""
    n, S, B, sigma = (np.array(a, dtype=float) for a in (n, S, B, sigma))
    pulls = 1 if shared else len(n)

    def misfit(seen, centre, parameters, mu=None):
        pull = parameters[-pulls:]
        strength = parameters[0] if mu is None else mu
        total = strength * S + centre + sigma * pull
        if (total <= 0).any() or (centre + sigma * pull < 0).any():
            return 1e12
        logs = np.where(seen > 0, seen * np.log(np.where(seen > 0, seen, 1) / total), 0.0)
        return 2 * (total - seen + logs).sum() + (pull**2).sum()

    def least(seen, centre, mu=None):
        start = np.zeros(pulls) if mu is not None else np.r_[0.3, np.zeros(pulls)]
        options = dict(xatol=1e-10, fatol=1e-13, maxiter=20000, maxfev=20000)
        found = [
            minimize(
                lambda p: misfit(seen, centre, p, mu), s, method="Nelder-Mead", options=options
            )
            for s in (start, start + 0.2)
        ]
        return min(found, key=lambda f: f.fun)

    free, fixed = least(n, B), least(n, B, mu=1.0)
    if method == "asimov":
        q = max(fixed.fun - free.fun, 0.0)
        return statistics.ndtr(-np.sqrt(q) if free.x[0] < 1 else np.sqrt(q))
    alone = least(n, B, mu=0.0)
    best = alone.fun if free.x[0] < 0 else free.fun
    q = 0.0 if free.x[0] > 1 else max(fixed.fun - best, 0.0)
    fitted = B + sigma * alone.x[-pulls:]
    return statistics._cls_ratio(q, least(fitted, fitted, mu=1.0).fun)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("method", LIKELIHOODS)
@pytest.mark.parametrize("n", [(3, 9), (8, 20), (1, 6)])
def test_two_runs_against_a_general_minimiser(n, method, shared):
    S, B, sigma = [4.0, 3.0], [3.0, 12.0], [0.8, 2.5]
    got = combined_p_value(n, S, B, sigma, method=method, correlated=shared)
    assert got == pytest.approx(minimised(n, S, B, sigma, method, shared), rel=2e-5)


@given(n=few, S=events, B=events, share=st.floats(0.1, 0.9), relative=st.floats(1e-6, 0.6))
def test_a_run_cut_in_two_says_what_the_whole_says(n, S, B, share, relative):
    """Parts that expect the same share of all, and see it, know nothing that the whole does not."""
    parts = np.array([share, 1 - share])
    for method in LIKELIHOODS:
        got = combined_p_value(
            n * parts, S * parts, B * parts, relative * B * parts, method=method, correlated=True
        )
        whole = statistics.p_value(n, S, B, relative * B, method=method)
        assert got == pytest.approx(whole, rel=1e-6, abs=1e-12)


@given(n=few, S=events, B=events, other=few)
def test_a_run_without_signal_is_no_news(n, S, B, other):
    for method in ("chi2", *LIKELIHOODS):
        alone = statistics.p_value(n, S, B, method=method)
        both = combined_p_value([n, other], [S, 0.0], [B, 5.0], method=method)
        # the best signal is not below nothing in any run, which a single run does not ask
        assert both == pytest.approx(alone, rel=1e-6, abs=1e-12)


def test_labels_tie_those_that_share_them():
    n, S, B, sigma = [3, 9, 14], [2.0, 3.0, 1.0], [3.0, 8.0, 12.0], [1.0, 2.0, 3.0]

    def p(correlated):
        return combined_p_value(n, S, B, sigma, method="cls", correlated=correlated)

    assert p(["a", "a", "a"]) == p(True) == p(("b",) * 3)
    assert p([None, None, None]) == p(False) == p(["a", "b", "c"])
    assert p(["a", None, "a"]) == p(["a", "b", "a"])
    assert len({p(True), p(False), p(["a", None, "a"]), p(["a", "a", None])}) == 4


def test_two_experiments_in_one_call():
    """BESIII without an uncertainty and two Belle II searches that share theirs."""
    belle = [
        replace(run, background_uncertainty=0.01)
        for run in (searches.BELLE2_LOW_MASS, searches.BELLE2_HIGH_MASS)
    ]
    labels = [*[None] * len(searches.BESIII), "gamma pairs", "gamma pairs"]
    every = [searches.BESIII, *belle]
    together = nudp.upper_limit(every, 1.0, nudp.DIRAC, method="cls", correlated=labels)
    apart = nudp.upper_limit(every, 1.0, nudp.DIRAC, method="cls")
    besiii = nudp.upper_limit(searches.BESIII, 1.0, nudp.DIRAC, method="cls")
    assert together < besiii and together != apart
    B = limits.yields(every, 1.0, nudp.DIRAC).background
    seen = nudp.upper_limit(every, 1.0, nudp.DIRAC, method="cls", correlated=labels, observed=B)
    assert seen == pytest.approx(together, rel=1e-8)


@pytest.mark.parametrize(
    ("observed", "message"),
    [
        ([1.0, 2.0, 3.0], r"observed must have 2 counts, one a run, got an array of shape \(3,\)"),
        (4.0, r"observed must have 2 counts, one a run, got an array of shape \(1,\)"),
        ([1.0, -2.0], "observed must be zero or positive, got -2.0"),
        ([1.0, np.nan], "observed must be finite, got nan"),
    ],
)
def test_counts_that_do_not_fit_are_refused(observed, message):
    with pytest.raises(ValueError, match=message):
        nudp.upper_limit([VAGUE, VAGUE], 1.0, nudp.DIRAC, method="cls", observed=observed)


def test_labels_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="correlated must have 53 labels, one a run, got 2"):
        nudp.upper_limit(searches.BESIII, 1.0, nudp.DIRAC, method="cls", correlated=["a", "b"])
    with pytest.raises(TypeError, match="correlated must hold words or None, got 7 for run 1"):
        nudp.upper_limit([VAGUE, VAGUE], 1.0, nudp.DIRAC, method="cls", correlated=["a", 7])
    with pytest.raises(TypeError, match="correlated must be True, False or a label a run"):
        nudp.upper_limit([VAGUE, VAGUE], 1.0, nudp.DIRAC, method="cls", correlated="ab")


def test_poisson_quantile_is_the_smallest_count_that_reaches_it():
    means = np.array([[0.3], [7.5], [295.2]])
    probability = stats.poisson.cdf(np.arange(40), means)
    for row, mean in zip(probability, means, strict=True):
        for p in row[(row > 1e-3) & (row < 1 - 1e-6)]:
            n = seen_counts._poisson_quantile(p, mean)
            assert stats.poisson.cdf(n, mean) >= p > stats.poisson.cdf(n - 1, mean)
