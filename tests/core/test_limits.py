"""Yields and limits: exact roots, scaling laws, and the numbers of the paper."""

from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import brentq

import nudp
from nudp import background, limits, searches, signal, statistics
from nudp.selections import CosThetaWindows, Selection

SINGLE = [
    searches.BELLE2_LOW_MASS,
    searches.BELLE2_HIGH_MASS,
    searches.BELLE2_BBG,
    searches.STCF_2GEV,
    searches.STCF_4GEV,
    searches.STCF_7GEV,
    searches.STCF_4GEV_30AB,
]
MODELS = [nudp.TEXT, nudp.PUBLISHED, nudp.DIRAC, nudp.MAJORANA]


# Neither depends on d, along which the bisection looks.
share = cache(signal.acceptance)
irreducible = cache(background.cross_section)


def events_by_hand(run, m_N, d, model):
    """Eq. (7), factor by factor."""
    if m_N >= run.sqrt_s:
        S = 0.0
    else:
        flight = signal.decay_length(run.sqrt_s, m_N, d) / model.width_factor
        S = (
            run.luminosity
            * model.charge_modes
            * signal.total_cross_section(run.sqrt_s, m_N, d)
            * share(run.selection, run.sqrt_s, m_N, model)
            * run.photon_efficiency
            * -np.expm1(-run.detector_length / flight)
        )
    seen = irreducible(run.selection, run.sqrt_s) * run.photon_efficiency
    return S, run.luminosity * (seen + run.reducible_background)


def chi2_by_hand(runs, m_N, d, model):
    pairs = [events_by_hand(run, m_N, d, model) for run in runs]
    return sum(S**2 / (S + B) for S, B in pairs)


def bisected(runs, m_N, model):
    def excess(log_d):
        return chi2_by_hand(runs, m_N, np.exp(log_d), model) - 2.71

    return np.exp(brentq(excess, -30, 10, xtol=1e-14))


@pytest.mark.parametrize("run", SINGLE, ids=lambda run: run.name)
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_limit_is_the_root_found_by_bisection(run, model):
    masses = run.sqrt_s * np.array([1e-3, 0.02, 0.3, 0.8, 0.99, 0.999])
    got = nudp.upper_limit(run, masses, model)
    for m_N, d in zip(masses, got, strict=True):
        assert d == pytest.approx(bisected([run], m_N, model), rel=1e-8)


@pytest.mark.parametrize("m_N", [0.01, 0.5, 2.5, 3.5, 4.9])
def test_besiii_limit_is_the_root_of_the_summed_chi2(m_N):
    d = nudp.upper_limit(searches.BESIII, m_N, nudp.DIRAC)
    assert d == pytest.approx(bisected(searches.BESIII, m_N, nudp.DIRAC), rel=1e-8)


def test_expected_events_shapes_and_values():
    S, B = limits.expected_events(searches.STCF_4GEV, 1.0, 2e-6, nudp.DIRAC)
    assert np.ndim(S) == np.ndim(B) == 0
    assert (S, B) == pytest.approx(events_by_hand(searches.STCF_4GEV, 1.0, 2e-6, nudp.DIRAC))
    masses, couplings = np.array([0.5, 3.0, 4.5]), np.array([[1e-6], [1e-5]])
    S, B = limits.expected_events(searches.BESIII, masses, couplings, nudp.TEXT)
    assert S.shape == B.shape == (53, 2, 3)
    for i, j, k in [(0, 0, 0), (7, 1, 1), (52, 1, 2), (20, 0, 2)]:
        by_hand = events_by_hand(searches.BESIII[i], masses[k], couplings[j, 0], nudp.TEXT)
        assert (S[i, j, k], B[i, j, k]) == pytest.approx(by_hand)


def test_no_coupling_no_events():
    S, _B = limits.expected_events(searches.BESIII, 1.0, 0.0, nudp.DIRAC)
    assert not S.any()
    assert limits.chi2(searches.BESIII, 1.0, 0.0, nudp.DIRAC) == 0


def test_one_coupling_and_many_masses():
    masses = [0.5, 3.0]
    pair = searches.BESIII[20:22]
    S, B = limits.expected_events(pair, masses, 1e-5, nudp.DIRAC)
    for i, run in enumerate(pair):
        for j, m_N in enumerate(masses):
            by_hand = events_by_hand(run, m_N, 1e-5, nudp.DIRAC)
            assert (S[i, j], B[i, j]) == pytest.approx(by_hand)


def test_no_signal_on_no_background_says_nothing():
    idle = replace(searches.STCF_4GEV, luminosity=0.0)
    couplings = np.geomspace(1e-8, 1e-3, 1000)
    # memory that is given back holds something else than zeros
    used = [np.full(1000, 7.0) for _ in range(20)]
    del used
    assert not limits.chi2(idle, 1.0, couplings, nudp.DIRAC).any()


@pytest.mark.filterwarnings("ignore:every m_N is above")
def test_inf_where_nothing_can_be_seen():
    got = nudp.upper_limit(searches.BESIII, [1.0, 4.95093, 6.0], nudp.DIRAC)
    assert np.isfinite(got[0])
    assert np.isinf(got[1:]).all()
    assert np.isinf(nudp.upper_limit(searches.STCF_4GEV, 4.0, nudp.DIRAC))
    blind = Selection("blind", (CosThetaWindows(((-0.5, 0.5, 100.0),)),))
    assert np.isinf(nudp.upper_limit(replace(searches.STCF_4GEV, selection=blind), 1.0, nudp.DIRAC))
    idle = replace(searches.STCF_4GEV, luminosity=0.0)
    assert np.isinf(nudp.upper_limit(idle, 1.0, nudp.DIRAC))


def test_a_split_run_is_the_run():
    half = replace(searches.STCF_4GEV, luminosity=searches.STCF_4GEV.luminosity / 2)
    masses = np.geomspace(0.01, 3.9, 20)
    np.testing.assert_allclose(
        nudp.upper_limit([half, half], masses, nudp.DIRAC),
        nudp.upper_limit(searches.STCF_4GEV, masses, nudp.DIRAC),
        rtol=1e-9,
    )


@pytest.mark.filterwarnings("ignore:every m_N is above")
def test_arrays_equal_scalars_and_keep_their_shape():
    grid = np.array([[0.02, 0.5, 3.0], [3.3, 4.2, 5.0]])
    got = nudp.upper_limit(searches.BESIII, grid, nudp.MAJORANA)
    one_by_one = [nudp.upper_limit(searches.BESIII, m, nudp.MAJORANA) for m in grid.ravel()]
    np.testing.assert_allclose(got.ravel(), one_by_one, rtol=1e-10)
    assert np.ndim(nudp.upper_limit(searches.STCF_4GEV, 1, nudp.DIRAC)) == 0


def test_a_root_that_is_not_found_is_no_limit(monkeypatch):
    find_root = limits.elementwise.find_root
    monkeypatch.setattr(limits.elementwise, "find_root", partial(find_root, maxiter=0))
    with pytest.raises(RuntimeError, match="^the limit did not converge$"):
        nudp.upper_limit(searches.STCF_4GEV, 1.0, nudp.DIRAC)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nudp.upper_limit(searches.BESIII, -1.0, nudp.DIRAC), ValueError, r"m_N .*-1\.0"),
        (lambda: nudp.upper_limit(searches.BESIII, np.nan, nudp.DIRAC), ValueError, "m_N .*nan"),
        (lambda: nudp.upper_limit((), 1.0, nudp.DIRAC), ValueError, "^search must hold"),
        (lambda: nudp.upper_limit(["run"], 1.0, nudp.DIRAC), TypeError, r"search\[0\] must be"),
        (
            lambda: nudp.upper_limit(searches.STCF_4GEV, 1.0, nudp.DIRAC, threshold=0),
            ValueError,
            r"threshold .*0\.0",
        ),
        (
            lambda: limits.expected_events(searches.STCF_4GEV, 1.0, -1e-6, nudp.DIRAC),
            ValueError,
            "d must be zero or positive, got -1e-06",
        ),
        (
            lambda: limits.expected_events(searches.STCF_4GEV, -1.0, 1e-6, nudp.DIRAC),
            ValueError,
            r"^m_N must be positive, got -1\.0",
        ),
        (
            lambda: limits.expected_events(searches.STCF_4GEV, [1.0, 2.0], [1e-6] * 3, nudp.DIRAC),
            ValueError,
            "^m_N, d must have shapes that fit together",
        ),
        (
            lambda: limits.yields(searches.STCF_4GEV, -1.0, nudp.DIRAC),
            ValueError,
            r"^m_N must be positive, got -1\.0",
        ),
        (
            lambda: nudp.upper_limit("STCF", 1.0, nudp.DIRAC),
            TypeError,
            "^search must be a Search or an iterable of them, got 'STCF'",
        ),
        (
            lambda: nudp.upper_limit(4.0, 1.0, nudp.DIRAC),
            TypeError,
            r"^search must be a Search or an iterable of them, got 4\.0",
        ),
        (
            lambda: nudp.upper_limit(searches.STCF_4GEV, 1.0, nudp.DIRAC, method=["cls"]),
            ValueError,
            r"^method must be one of chi2, asimov, cls, poisson, marginal-.*, got \['cls'\]",
        ),
        (
            lambda: nudp.upper_limit(searches.STCF_4GEV, 1.0, "DIRAC"),
            TypeError,
            "^signal must be a SignalModel, got 'DIRAC'",
        ),
        (lambda: limits.solve(3.0), TypeError, r"^expected must be a Yields, got 3\.0"),
        (
            lambda: nudp.upper_limit(searches.STCF_4GEV, 1.0, nudp.DIRAC, correlated=1),
            TypeError,
            "^correlated must be True, False or a label a run, got 1",
        ),
        (
            lambda: limits.discovery(searches.STCF_4GEV, 1.0, nudp.DIRAC, correlated=1),
            TypeError,
            "^correlated must be True, False or a label a run, got 1",
        ),
        (
            lambda: nudp.upper_limit(
                replace(searches.BELLE2_BBG, selection=nudp.selections.belle2_basic()),
                1.0,
                nudp.DIRAC,
            ),
            ValueError,
            "no energy floor",
        ),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


# ---- other statistics ------------------------------------------------------------

METHODS = ["asimov", "cls", "poisson"]


def needed_by_hand(runs, m_N, model, method):
    """Root in d of each method's own equation, by brentq over Eq. (7) factor by factor."""
    z = {"asimov": stats.norm.ppf(0.95), "cls": stats.norm.ppf(0.975)}

    def excess(log_d):
        pairs = [events_by_hand(run, m_N, np.exp(log_d), model) for run in runs]
        if method == "poisson":
            S, B = np.sum([pair for pair in pairs if pair[0] > 0], axis=0)
            return stats.chi2.ppf(0.95, 2 * (stats.poisson.median(B) + 1)) / 2 - B - S
        return z[method] ** 2 - sum(2 * (S - B * np.log1p(S / B)) for S, B in pairs)

    return np.exp(brentq(excess, -20, 0, xtol=1e-14))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("run", SINGLE, ids=lambda run: run.name)
def test_each_method_solves_its_own_equation(run, method):
    masses = run.sqrt_s * np.array([2e-3, 0.1, 0.8, 0.99])
    got = nudp.upper_limit(run, masses, nudp.DIRAC, method=method)
    by_hand = [needed_by_hand([run], m, nudp.DIRAC, method) for m in masses]
    np.testing.assert_allclose(got, by_hand, rtol=1e-6)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("m_N", [0.01, 1.0, 3.5, 4.6])
def test_the_likelihoods_of_many_runs_multiply(m_N, method):
    got = nudp.upper_limit(searches.BESIII, m_N, nudp.DIRAC, method=method)
    by_hand = needed_by_hand(searches.BESIII, m_N, nudp.DIRAC, method)
    assert got == pytest.approx(by_hand, rel=1e-6)


def test_counting_adds_the_runs_that_can_make_n():
    """Three beams: at 3 GeV two of them are left, at 3.9 GeV one, at 4.5 GeV none."""
    runs = [searches.STCF_2GEV, replace(searches.STCF_4GEV, sqrt_s=3.5), searches.STCF_4GEV]
    masses = np.array([1.0, 3.0, 3.9, 4.5])
    got = nudp.upper_limit(runs, masses, nudp.DIRAC, method="poisson")
    by_hand = [needed_by_hand(runs, m, nudp.DIRAC, "poisson") for m in masses[:3]]
    np.testing.assert_allclose(got, [*by_hand, np.inf], rtol=1e-6)


def test_a_run_with_little_signal_counts_and_one_without_does_not():
    B = np.array([400.0, 300.0, 200.0])
    prompt = limits.Yields(
        np.array([[0.5], [0.9], [0.0]]), np.full((3, 1), 1e3), 0 * B, B, np.zeros(3)
    )
    n = stats.poisson.median(700.0)
    needed = stats.chi2.ppf(0.95, 2 * (n + 1)) / 2 - 700.0
    assert 1.4 * limits.solve(prompt, method="poisson") ** 2 == pytest.approx(needed, rel=1e-9)


def test_few_events_may_exclude_no_coupling_or_less_than_one_event():
    """The limit on S at 295 expected: none is left if 245 are seen."""
    below = limits.limit_band(RUN, 1.0, nudp.DIRAC, method="poisson", n_sigma=[-3])
    assert below == 0
    S = []
    for n_sigma in np.linspace(-1.75, -1.5, 60):
        d = limits.limit_band(RUN, 1.0, nudp.DIRAC, method="poisson", n_sigma=n_sigma)
        S.append(limits.expected_events(RUN, 1.0, d, nudp.DIRAC)[0].item())
    assert any(0 < events < 1 for events in S)


@pytest.mark.parametrize(
    ("method", "events"),
    [
        ("chi2", 2.71),
        ("asimov", stats.norm.ppf(0.95) ** 2 / 2),
        ("cls", stats.norm.ppf(0.975) ** 2 / 2),
        ("poisson", -np.log(0.05)),
    ],
)
def test_without_background_each_method_needs_its_number_of_events(method, events):
    run = replace(searches.STCF_4GEV, luminosity=1e-9)
    d = nudp.upper_limit(run, 1.0, nudp.PUBLISHED, method=method)
    S, B = limits.expected_events(run, 1.0, d, nudp.PUBLISHED)
    assert B < 1e-10
    assert S == pytest.approx(events, rel=1e-6)


def test_confidence_levels_and_sides():
    def limit(**options):
        return nudp.upper_limit(searches.STCF_4GEV, 1.0, nudp.DIRAC, **options)

    z = stats.norm.ppf(0.95)
    for method in ("chi2", "asimov"):
        one_sided = limit(method=method, confidence_level=0.95)
        assert limit(method=method, confidence_level=0.90, sided=2) == pytest.approx(one_sided)
        assert limit(method=method, threshold=z**2) == pytest.approx(one_sided)
    assert limit() == limit(threshold=2.71) != limit(confidence_level=0.95)
    for method in ("chi2", "asimov", "cls", "poisson"):
        levels = [limit(method=method, confidence_level=level) for level in (0.68, 0.90, 0.99)]
        assert levels == sorted(levels)
        assert limit(method=method, sided=2) > limit(method=method, sided=1)


def test_a_background_uncertainty_weakens_asimov_and_cls_alike():
    run = searches.BELLE2_LOW_MASS
    for method in ("asimov", "cls"):
        got = [
            nudp.upper_limit(
                replace(run, background_uncertainty=relative), 1.0, nudp.DIRAC, method=method
            )
            for relative in (0.0, 0.001, 0.003, 0.01, 0.03)
        ]
        assert got == sorted(got)
        # S^2/(B + sigma^2) is the same, and S goes as d^2 there
        expected = limits.yields(run, 1.0, nudp.DIRAC)
        growth = 1 + (0.03 * expected.reducible[0]) ** 2 / expected.background[0]
        assert got[-1] / got[0] == pytest.approx(growth**0.25, rel=0.01)


def test_runs_with_one_common_systematic_are_one_run():
    whole = replace(searches.BELLE2_LOW_MASS, background_uncertainty=0.01)
    half = replace(whole, luminosity=whole.luminosity / 2)
    masses = np.array([0.02, 1.0, 8.0])
    for solve in (
        lambda runs, **options: nudp.upper_limit(runs, masses, nudp.DIRAC, method="cls", **options),
        lambda runs, **options: limits.discovery(runs, masses, nudp.DIRAC, **options),
    ):
        together = solve([half, half], correlated=True)
        np.testing.assert_allclose(together, solve(whole), rtol=1e-8)
        assert (solve([half, half]) < together).all()


def test_common_and_separate_are_the_same_without_uncertainty():
    masses = np.array([0.5, 3.5])
    for options in ({"method": "asimov"}, {"method": "cls"}):
        np.testing.assert_allclose(
            nudp.upper_limit(searches.BESIII, masses, nudp.DIRAC, correlated=True, **options),
            nudp.upper_limit(searches.BESIII, masses, nudp.DIRAC, **options),
            rtol=1e-9,
        )


def test_solve_takes_changed_yields():
    expected = limits.yields(searches.STCF_4GEV, [0.02, 1.0], nudp.DIRAC)
    longer = replace(searches.STCF_4GEV, detector_length=1.6)
    np.testing.assert_allclose(
        limits.solve(replace(expected, decay=2 * expected.decay), method="cls"),
        nudp.upper_limit(longer, [0.02, 1.0], nudp.DIRAC, method="cls"),
        rtol=1e-12,
    )


def test_bands_ascend_and_hold_the_median():
    masses = np.geomspace(0.02, 3.9, 7)
    for method in METHODS:
        band = limits.limit_band(searches.STCF_4GEV, masses, nudp.DIRAC, method=method)
        assert band.shape == (5, 7)
        assert (np.diff(band, axis=0) > 0).all()
        median = nudp.upper_limit(searches.STCF_4GEV, masses, nudp.DIRAC, method=method)
        np.testing.assert_allclose(band[2], median, rtol=1e-12)
    deep = limits.limit_band(searches.STCF_4GEV, 1.0, nudp.DIRAC, method="asimov", n_sigma=[-3])
    assert deep == 0  # such data exclude even d = 0
    assert limits.limit_band(searches.STCF_4GEV, 5.0, nudp.DIRAC, n_sigma=[0]) == np.inf


def test_bands_know_sides_and_what_runs_share():
    for method in METHODS:
        band = limits.limit_band(RUN, 1.0, nudp.DIRAC, method=method, sided=2, n_sigma=0)
        assert band == nudp.upper_limit(RUN, 1.0, nudp.DIRAC, method=method, sided=2)
    for options in ({}, {"correlated": False}, {"correlated": True}):
        band = limits.limit_band([VAGUE, VAGUE], 1.0, nudp.DIRAC, n_sigma=0, **options)
        limit = nudp.upper_limit([VAGUE, VAGUE], 1.0, nudp.DIRAC, method="cls", **options)
        assert band == pytest.approx(limit, rel=1e-12)


def test_the_band_holds_what_pseudo_data_give():
    """Limits from 4000 background-only counts: their quantiles are the band."""
    run = searches.STCF_4GEV
    expected = limits.yields(run, 1.0, nudp.DIRAC)
    counts = np.random.default_rng(8).poisson(expected.background[0], 4000)
    for method, tolerance in (("poisson", 1e-9), ("cls", 0.02)):
        events = statistics.count_limit(counts, expected.background[0], method=method)
        band = limits.limit_band(run, 1.0, nudp.DIRAC, method=method, n_sigma=[-1, 0, 1])
        S, _ = limits.expected_events(run, 1.0, band, nudp.DIRAC)
        quantiles = np.quantile(events, stats.norm.cdf([-1, 0, 1]))
        # counts are whole: the quantile of 4000 may be one count off
        step = np.diff(np.unique(events)).max()
        np.testing.assert_allclose(S, quantiles, rtol=tolerance, atol=1.5 * step)


@pytest.mark.parametrize("run", SINGLE, ids=lambda run: run.name)
def test_discovery_is_the_root_of_its_equation(run):
    for significance in (3.0, 5.0):
        masses = run.sqrt_s * np.array([2e-3, 0.3, 0.95])
        d = limits.discovery(run, masses, nudp.DIRAC, significance=significance)
        S, B = limits.expected_events(run, masses, d, nudp.DIRAC)
        q = 2 * ((S + B) * np.log1p(S / B) - S)
        np.testing.assert_allclose(q, significance**2, rtol=1e-8)
        assert (d > nudp.upper_limit(run, masses, nudp.DIRAC, method="asimov")).all()


def test_discovery_of_many_runs_adds_up():
    d = limits.discovery(searches.BESIII, 1.0, nudp.DIRAC)
    S, B = limits.expected_events(searches.BESIII, 1.0, d, nudp.DIRAC)
    assert (2 * ((S + B) * np.log1p(S / B) - S)).sum() == pytest.approx(25, rel=1e-8)


def test_a_beam_below_threshold_tells_nothing_of_an_excess():
    both = limits.discovery([searches.STCF_2GEV, RUN], 3.0, nudp.DIRAC)
    assert both == pytest.approx(limits.discovery(RUN, 3.0, nudp.DIRAC), rel=1e-9)


RUN = searches.STCF_4GEV
VAGUE = replace(searches.BELLE2_LOW_MASS, background_uncertainty=0.01)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: nudp.upper_limit(RUN, 1.0, nudp.DIRAC, method="bayes"),
            "^method must be one of chi2, .*'bayes'",
        ),
        (lambda: nudp.upper_limit(RUN, 1.0, nudp.DIRAC, confidence_level=95), r"level .*95\.0"),
        (lambda: nudp.upper_limit(RUN, 1.0, nudp.DIRAC, sided=0), "sided .*0"),
        (
            lambda: nudp.upper_limit(RUN, 1.0, nudp.DIRAC, threshold=2.7, sided=1),
            r"threshold .*2\.7",
        ),
        (
            lambda: nudp.upper_limit(RUN, 1.0, nudp.DIRAC, method="poisson", threshold=3.0),
            r"threshold .*3\.0",
        ),
        (lambda: nudp.upper_limit(VAGUE, 1.0, nudp.DIRAC), "background_uncertainty .*'chi2'.*0.01"),
        (
            lambda: nudp.upper_limit(VAGUE, 1.0, nudp.DIRAC, method="poisson"),
            "background_uncertainty .*'poisson'",
        ),
        (lambda: limits.chi2(VAGUE, 1.0, 1e-5, nudp.DIRAC), "background_uncertainty"),
        (lambda: limits.limit_band(RUN, 1.0, nudp.DIRAC, method="chi2"), "^method .*'chi2'"),
        (lambda: limits.limit_band(RUN, 1.0, nudp.DIRAC, n_sigma=[np.nan]), "n_sigma .*nan"),
        (lambda: limits.discovery(RUN, 1.0, nudp.DIRAC, significance=-3), r"significance .*-3\.0"),
        (lambda: replace(VAGUE, background_uncertainty=-0.1), r"background_uncertainty .*-0\.1"),
        (
            lambda: replace(limits.yields(RUN, 1.0, nudp.DIRAC), reducible=np.array([-1.0])),
            r"reducible .*-1\.0",
        ),
        (
            lambda: replace(limits.yields(RUN, 1.0, nudp.DIRAC), uncertainty=np.zeros(3)),
            r"uncertainty must have shape \(1,\), got \(3,\)",
        ),
    ],
)
def test_bad_statistics_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# ---- the paper's numbers ---------------------------------------------------------


def mean_ratio(curve, low, high, quoted):
    masses = np.geomspace(low, high, 200)
    return np.exp(np.mean(np.log(curve(masses) / quoted)))


def curve(search, model):
    return lambda masses: nudp.upper_limit(search, masses, model)


@pytest.mark.parametrize(
    ("search", "low", "high", "quoted"),
    [
        (searches.BELLE2_LOW_MASS, 0.1, 7, 8e-6),
        (searches.BESIII, 0.1, 3, 1.3e-5),
        (searches.STCF_4GEV_30AB, 0.2, 3, 1.3e-6),
    ],
    ids=["belle2-reach", "bes-reach", "stcf-reach"],
)
def test_published_model_meets_the_quoted_reach_within_12_percent(search, low, high, quoted):
    ratio = mean_ratio(curve(search, nudp.PUBLISHED), low, high, quoted)
    assert ratio == pytest.approx(1.0, abs=0.12)
    # and the sentence of the paper, taken literally, does not
    assert mean_ratio(curve(search, nudp.TEXT), low, high, quoted) > 1.5


def test_published_model_meets_the_gap_background_factor():
    def factor(masses):
        with_gaps = nudp.upper_limit(searches.BELLE2_LOW_MASS, masses, nudp.PUBLISHED)
        return with_gaps / nudp.upper_limit(searches.BELLE2_BBG, masses, nudp.PUBLISHED)

    assert mean_ratio(factor, 0.3, 9, 4.0) == pytest.approx(1.0, abs=0.12)


def test_low_mass_cut_is_better_at_every_mass():
    masses = np.geomspace(0.01, 9.5, 100)
    low = nudp.upper_limit(searches.BELLE2_LOW_MASS, masses, nudp.PUBLISHED)
    high = nudp.upper_limit(searches.BELLE2_HIGH_MASS, masses, nudp.PUBLISHED)
    assert (low < high).all()


# ---- several runs under one name ------------------------------------------------------------


def test_runs_behave_as_the_tuple_they_hold():
    BESIII = searches.BESIII
    assert list(BESIII) == list(BESIII.runs)
    assert (len(BESIII), BESIII[3], BESIII[-2:]) == (53, BESIII.runs[3], BESIII.runs[-2:])
    assert BESIII[5] in BESIII
    assert replace(BESIII, name="half", runs=BESIII[:20]).runs == BESIII.runs[:20]


def test_runs_are_scaled_to_another_luminosity():
    """As each run with its luminosity changed by hand."""
    double = searches.BESIII.scaled_to(2 * searches.BESIII.luminosity)
    by_hand = [replace(run, luminosity=2 * run.luminosity) for run in searches.BESIII]
    assert double.luminosity == pytest.approx(2 * searches.BESIII.luminosity)
    assert double.name == "BESIII"
    got, expected = (nudp.upper_limit(runs, 1.0, nudp.DIRAC) for runs in (double, by_hand))
    assert got == pytest.approx(expected, rel=1e-12)
    empty = searches.Runs("off", (replace(RUN, luminosity=0.0),))
    with pytest.raises(ValueError, match=r"^runs must have some luminosity to scale to 1\.0"):
        empty.scaled_to(1.0)


def test_runs_and_lists_are_taken_apart_however_they_are_nested():
    one, two, three = searches.BESIII[:3]
    nested = [one, [searches.Runs("two", (two,)), (run for run in [three])]]
    assert searches.runs_of(nested) == (one, two, three)
    nested[1][1] = (three,)
    assert searches.Runs("all", nested).runs == (one, two, three)
    assert searches.Runs("all", nested) == searches.Runs("all", (one, two, three))
    S, _ = limits.expected_events(nested, 1.0, 1e-6, nudp.DIRAC)
    np.testing.assert_array_equal(
        S, limits.expected_events((one, two, three), 1.0, 1e-6, nudp.DIRAC)[0]
    )
    with pytest.raises(
        TypeError, match=r"^search\[1\]\[1\] must be a Search or an iterable of them, got 1"
    ):
        nudp.upper_limit([one, [two, 1]], 1.0, nudp.DIRAC)
    with pytest.raises(ValueError, match="^runs must hold at least one run, got none"):
        searches.Runs("none", ([], ()))


def test_runs_with_different_cuts_keep_apart():
    """Two searches with the same cuts, one with others between them."""
    mixed = [searches.STCF_4GEV, searches.BELLE2_BBG, searches.STCF_7GEV]
    together = limits.yields(mixed, [0.5, 3.0], nudp.DIRAC)
    for i, search in enumerate(mixed):
        alone = limits.yields(search, [0.5, 3.0], nudp.DIRAC)
        for name in ("prompt", "decay", "irreducible"):
            np.testing.assert_allclose(getattr(together, name)[i], getattr(alone, name)[0], 1e-13)


def test_polarised_beams_gain_where_neutrinos_are_the_background():
    """70 % right-handed electrons at Belle II: fourth root of 1/0.57, and nothing over gBG."""
    upgraded = {"polarisation": (0.7, 0.0)}
    gains = [
        nudp.upper_limit(run, 1.0, nudp.PUBLISHED)
        / nudp.upper_limit(replace(run, **upgraded), 1.0, nudp.PUBLISHED)
        for run in (searches.BELLE2_BBG, searches.BELLE2_LOW_MASS)
    ]
    assert gains[0] == pytest.approx(1.15, abs=0.005)
    assert 1 < gains[1] < 1.001
    both = replace(searches.STCF_4GEV, polarisation=(0.8, -0.3))
    plain, weighed = (limits.yields(run, 1.0, nudp.DIRAC) for run in (searches.STCF_4GEV, both))
    assert weighed.prompt / plain.prompt == pytest.approx(1.24, rel=1e-12)
    ratio = background.polarised_ratio(0.8, -0.3)
    assert weighed.irreducible / plain.irreducible == pytest.approx(ratio, rel=1e-12)
