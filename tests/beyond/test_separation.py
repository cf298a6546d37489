"""Telling signals apart: limits in closed form, another minimiser, and toys."""

import numpy as np
import pytest
from independent import ROOT_S_BELLE2
from scipy.optimize import minimize
from scipy.stats import binom, norm

import nudp
from nudp import background, kinematics, searches, selections, signal
from nudp.beyond import separation
from nudp.quadrature import accepted_nodes

# a falling and a rising signal on a background that falls: all bins differ
X = (np.arange(40) + 0.5) / 40
FALLING, RISING = (1 - X) / 20, X / 20
FLOOR = 3000 * np.exp(-2 * X) / 40
FREE = 2000 * np.ones(40) / 40


def _shapes(search, m_N):
    low, _ = kinematics.photon_energy_range(search.sqrt_s, m_N)
    E, z, weight = accepted_nodes(search.selection, search.sqrt_s, low)
    per_fb = background.differential_cross_section(E, z, search.sqrt_s)
    expected = search.luminosity * search.photon_efficiency * weight * per_fb
    expected += search.luminosity * search.reducible_background * weight / weight.sum()
    models = (nudp.DIRAC, nudp.MAJORANA)
    return *(weight * signal.photon_density(E, z, search.sqrt_s, m_N, m) for m in models), expected


def _by_nelder_mead(counts, fixed, templates):
    def distance(strengths):
        nu = fixed + np.abs(strengths) @ templates
        return 2 * np.sum(nu - counts + counts * np.log(counts / nu))

    start = np.ones(len(templates))
    best = minimize(distance, start, method="Nelder-Mead", options=dict(xatol=1e-11, fatol=1e-13))
    return best.fun


@pytest.mark.parametrize("m_N", [0.3, 6.0, 9.0])
@pytest.mark.parametrize("name", ["BELLE2_LOW_MASS", "BELLE2_BBG", "STCF_4GEV"])
def test_nodes_integrate_signal_and_background(name, m_N):
    search = getattr(searches, name)
    if m_N >= search.sqrt_s:
        m_N = 0.9 * search.sqrt_s
    low, _ = kinematics.photon_energy_range(search.sqrt_s, m_N)
    E, z, weight = accepted_nodes(search.selection, search.sqrt_s, low)
    density = signal.photon_density(E, z, search.sqrt_s, m_N, nudp.DIRAC)
    expected = signal.acceptance(search.selection, search.sqrt_s, m_N, nudp.DIRAC)
    assert np.sum(weight * density) == pytest.approx(expected, rel=1e-10)
    per_fb = background.differential_cross_section(E, z, search.sqrt_s)
    total = background.cross_section(search.selection, search.sqrt_s)
    # the poles just beyond the edges of the calorimeter cost a few digits
    assert np.sum(weight * per_fb) == pytest.approx(total, rel=1e-8)


@pytest.mark.parametrize("free", [None, FREE])
def test_separation_by_another_minimiser(free):
    expected = 400 * FALLING + FLOOR + (0 if free is None else free)
    templates = [400 * RISING] if free is None else [400 * RISING, free]
    got = separation.median_separation(400 * FALLING, RISING, FLOOR, free)
    assert got == pytest.approx(_by_nelder_mead(expected, FLOOR, np.array(templates)), rel=1e-7)


def test_small_signal_on_large_background_in_closed_form():
    """It tends to |a|^2 - (a.b)^2/|b|^2 with vectors in units of the root of the background."""
    a, b = FALLING / np.sqrt(FLOOR), RISING / np.sqrt(FLOOR)
    per_square = a @ a - (a @ b) ** 2 / (b @ b)
    got = separation.median_separation(0.1 * FALLING, RISING, FLOOR)
    assert got == pytest.approx(0.01 * per_square, rel=1e-3)
    # so the events needed go as the root of the background
    one, four = (separation.events_needed(0.2, FALLING, RISING, k * FLOOR) for k in (1e4, 4e4))
    assert four / one == pytest.approx(2.0, rel=1e-3)


def test_no_background_is_the_divergence_of_the_shapes():
    """It is 2 N sum p ln(p/p'): the strength of the other takes the same number of events."""
    shape, other = FALLING / FALLING.sum(), RISING / RISING.sum()
    expected = 2 * 50 * np.sum(shape * np.log(shape / other))
    got = separation.median_separation(50 * shape, RISING, 0 * FLOOR)
    assert got == pytest.approx(expected, rel=1e-9)


def test_equal_shapes_are_never_told_apart():
    assert separation.median_separation(100 * RISING, RISING, FLOOR) == pytest.approx(0, abs=1e-9)
    assert separation.events_needed(3.0, RISING, 2 * RISING, FLOOR) == np.inf
    assert separation.events_needed([], RISING, FALLING, FLOOR).shape == (0,)


@pytest.mark.parametrize("free", [None, FREE])
def test_events_needed_give_the_significance(free):
    wanted = np.array([1.0, 2.0, 5.0])
    for events, sigmas in zip(
        separation.events_needed(wanted, FALLING, RISING, FLOOR, free), wanted, strict=True
    ):
        true = events * FALLING / FALLING.sum()
        q = separation.median_separation(true, RISING, FLOOR, free)
        assert np.sqrt(q) == pytest.approx(sigmas, rel=1e-8)


def test_a_free_background_and_coarse_bins_only_lose():
    full = separation.median_separation(400 * FALLING, RISING, FLOOR + FREE)
    free = separation.median_separation(400 * FALLING, RISING, FLOOR, FREE)
    four = [h.reshape(4, 10).sum(1) for h in (400 * FALLING, RISING, FLOOR + FREE)]
    coarse = separation.median_separation(*four)
    assert 0 < free < full
    assert 0.8 * full < coarse < full


def test_a_signal_that_looks_like_a_free_background_is_no_trouble():
    q = separation.median_separation(400 * FALLING, FREE, FLOOR, FREE)
    expected = 400 * FALLING + FLOOR + FREE
    assert q == pytest.approx(_by_nelder_mead(expected, FLOOR, FREE[None]), rel=1e-7)


def test_strengths_are_not_negative():
    """Fewer events than background: both hypotheses fit no signal, and none is preferred."""
    assert separation.log_likelihood_ratio(0.8 * FLOOR, FALLING, RISING, FLOOR) == 0.0


@pytest.mark.parametrize("free", [None, FREE])
def test_ratio_of_fluctuating_data_by_another_minimiser(free):
    counts = np.random.default_rng(6).poisson(400 * FALLING + FLOOR + FREE)
    fixed = FLOOR + FREE if free is None else FLOOR
    distances = []
    for shape in (RISING, FALLING):
        templates = [400 * shape] if free is None else [400 * shape, free]
        distances.append(_by_nelder_mead(counts, fixed, np.array(templates)))
    got = separation.log_likelihood_ratio(counts, FALLING, RISING, fixed, free)
    assert got == pytest.approx(distances[0] - distances[1], abs=1e-6)


def test_more_free_background_can_be_better_than_the_wrong_signal():
    """Then that signal has strength zero, and what is excluded is that there is none at all."""
    with_rising = separation.median_separation(100 * FALLING, RISING, FLOOR, 3 * FLOOR)
    with_none = separation.median_separation(100 * FALLING + 3 * FLOOR, FLOOR, FLOOR)
    assert 0 < with_rising == pytest.approx(with_none, rel=1e-9)


def test_data_sets_side_by_side_are_one_by_one():
    data = np.random.default_rng(5).poisson(300 * FALLING + FLOOR, (2, 3, 40))
    together = separation.log_likelihood_ratio(data, FALLING, RISING, FLOOR)
    assert together.shape == (2, 3)
    alone = [separation.log_likelihood_ratio(one, FALLING, RISING, FLOOR) for one in data[1]]
    np.testing.assert_allclose(together[1], alone, rtol=1e-9)


@pytest.mark.parametrize("name", ["BELLE2_LOW_MASS", "BELLE2_BBG"])
def test_toys_have_the_median_the_width_and_the_tail(name):
    """The median is q; under the other signal, at equal q, a share of Phi(-Z) lies above it."""
    toys, sigmas = 4000, 2.0
    dirac, majorana, expected = (h.sum(-1) for h in _shapes(getattr(searches, name), 1.0))
    data = {}
    for key, true, other in (("one", dirac, majorana), ("two", majorana, dirac)):
        events = separation.events_needed(sigmas, true, other, expected)
        rng = np.random.default_rng(20220407)
        counts = rng.poisson(expected + events * true / true.sum(), (toys, expected.size))
        data[key] = separation.log_likelihood_ratio(counts, dirac, majorana, expected)
    assert data["one"].mean() == pytest.approx(sigmas**2, abs=5 * 2 * sigmas / np.sqrt(toys))
    assert data["two"].mean() == pytest.approx(-(sigmas**2), abs=5 * 2 * sigmas / np.sqrt(toys))
    assert data["one"].std() == pytest.approx(2 * sigmas, rel=0.15)
    low, high = binom.interval(1 - 1e-4, toys, norm.sf(sigmas))
    assert low <= np.sum(data["two"] > sigmas**2) <= high


def test_only_the_angle_separates_at_half_of_s():
    """Where the exact energy spectrum is flat, all angles of an energy say nothing."""
    m_N = ROOT_S_BELLE2 / np.sqrt(2)
    whole = selections.Selection("all", (selections.CosThetaWindows(((-1.0, 1.0, 0.0),)),))
    low, _ = kinematics.photon_energy_range(ROOT_S_BELLE2, m_N)
    E, z, weight = accepted_nodes(whole, ROOT_S_BELLE2, low)
    dirac, majorana = (
        100 * weight * signal.photon_density(E, z, ROOT_S_BELLE2, m_N, model)
        for model in (nudp.DIRAC, nudp.MAJORANA)
    )
    with_angle = separation.median_separation(*(h.ravel() for h in (dirac, majorana, weight)))
    energy = [h.sum(-1) for h in (dirac, majorana, weight)]
    assert with_angle > 1.0
    assert separation.median_separation(*energy) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: separation.median_separation([1, 1], [0, 0], [1, 1]), "other_events .*zeros"),
        (lambda: separation.median_separation([[1, 1]], [1, 1], [1, 1]), r"true_events .*\(1, 2\)"),
        (lambda: separation.log_likelihood_ratio([], [], [], []), "counts must have one bin"),
        (lambda: separation.median_separation([1, 1], [1, 1], [1]), r"background_events .*\(1,\)"),
        (
            lambda: separation.log_likelihood_ratio([1, 1], [1, 2], [2, 1], [1, 1], [1, 1, 1]),
            r"free_background .*\(3,\)",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
