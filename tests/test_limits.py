"""Yields and limits: exact roots, scaling laws, and the numbers of the paper."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

import nudp
from nudp import background, limits, searches, signal
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
            * signal.acceptance(run.selection, run.sqrt_s, m_N, model)
            * run.photon_efficiency
            * -np.expm1(-run.detector_length / flight)
        )
    irreducible = background.cross_section(run.selection, run.sqrt_s) * run.photon_efficiency
    return S, run.luminosity * (irreducible + run.reducible_background)


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
    S, B = limits.expected_events(searches.BESIII, 1.0, 0.0, nudp.DIRAC)
    assert not S.any()
    assert limits.chi2(searches.BESIII, 1.0, 0.0, nudp.DIRAC) == 0


def test_inf_where_nothing_can_be_seen():
    got = nudp.upper_limit(searches.BESIII, [1.0, 4.95093, 6.0], nudp.DIRAC)
    assert np.isfinite(got[0])
    assert np.isinf(got[1:]).all()
    assert np.isinf(nudp.upper_limit(searches.STCF_4GEV, 4.0, nudp.DIRAC))
    blind = Selection("blind", (CosThetaWindows(((-0.5, 0.5, 100.0),)),))
    assert np.isinf(nudp.upper_limit(replace(searches.STCF_4GEV, selection=blind), 1.0, nudp.DIRAC))
    idle = replace(searches.STCF_4GEV, luminosity=0.0)
    assert np.isinf(nudp.upper_limit(idle, 1.0, nudp.DIRAC))


def test_without_background_the_limit_is_a_number_of_events():
    """S^2/(S + 0) = 2.71 asks for 2.71 events."""
    hard = Selection("hard", (CosThetaWindows(((-0.5, 0.5, 1.99999),)),))
    run = replace(searches.STCF_4GEV, selection=hard)
    d = nudp.upper_limit(run, 1.0, nudp.PUBLISHED)
    S, B = limits.expected_events(run, 1.0, d, nudp.PUBLISHED)
    assert B < 1e-4
    assert S**2 / (S + B) == pytest.approx(2.71)
    assert S == pytest.approx(2.71, rel=1e-4)


def test_luminosity_scaling_with_and_without_background():
    def gain(run):
        far = nudp.upper_limit(replace(run, luminosity=1e12), 2.0, nudp.DIRAC)
        farther = nudp.upper_limit(replace(run, luminosity=16e12), 2.0, nudp.DIRAC)
        return far / farther

    # prompt decays only: a detector that no N leaves
    prompt = replace(searches.BELLE2_LOW_MASS, detector_length=1e12)
    assert gain(prompt) == pytest.approx(2.0, rel=1e-3)
    few = [
        nudp.upper_limit(replace(prompt, luminosity=L, reducible_background=0.0), 2.0, nudp.DIRAC)
        for L in (1e-6, 16e-6)
    ]
    assert few[0] / few[1] == pytest.approx(4.0, rel=1e-3)


@settings(deadline=None, max_examples=30)
@given(st.floats(0.005, 0.99), st.floats(1.1, 10))
def test_more_data_less_background_never_hurt(ratio, factor):
    run = searches.BELLE2_LOW_MASS
    m_N = ratio * run.sqrt_s
    d = nudp.upper_limit(run, m_N, nudp.DIRAC)
    assert nudp.upper_limit(replace(run, luminosity=run.luminosity * factor), m_N, nudp.DIRAC) < d
    worse = replace(run, reducible_background=run.reducible_background * factor)
    assert nudp.upper_limit(worse, m_N, nudp.DIRAC) > d
    assert nudp.upper_limit([run, searches.STCF_7GEV], m_N, nudp.DIRAC) <= d
    assert nudp.upper_limit(run, m_N, nudp.DIRAC, threshold=2.71 * factor) > d


def test_a_split_run_is_the_run():
    half = replace(searches.STCF_4GEV, luminosity=searches.STCF_4GEV.luminosity / 2)
    masses = np.geomspace(0.01, 3.9, 20)
    np.testing.assert_allclose(
        nudp.upper_limit([half, half], masses, nudp.DIRAC),
        nudp.upper_limit(searches.STCF_4GEV, masses, nudp.DIRAC),
        rtol=1e-9,
    )


def test_arrays_equal_scalars_and_keep_their_shape():
    grid = np.array([[0.02, 0.5, 3.0], [3.3, 4.2, 5.0]])
    got = nudp.upper_limit(searches.BESIII, grid, nudp.MAJORANA)
    one_by_one = [nudp.upper_limit(searches.BESIII, m, nudp.MAJORANA) for m in grid.ravel()]
    np.testing.assert_allclose(got.ravel(), one_by_one, rtol=1e-10)
    assert np.ndim(nudp.upper_limit(searches.STCF_4GEV, 1, nudp.DIRAC)) == 0


def test_signal_has_no_default():
    with pytest.raises(TypeError, match="signal"):
        nudp.upper_limit(searches.STCF_4GEV, 1.0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nudp.upper_limit(searches.BESIII, -1.0, nudp.DIRAC), ValueError, r"m_N .*-1\.0"),
        (lambda: nudp.upper_limit(searches.BESIII, np.nan, nudp.DIRAC), ValueError, "m_N .*nan"),
        (lambda: nudp.upper_limit((), 1.0, nudp.DIRAC), ValueError, "search must hold"),
        (lambda: nudp.upper_limit(["run"], 1.0, nudp.DIRAC), TypeError, "search must be"),
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
