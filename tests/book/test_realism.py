"""What the chapter on beams and detector says of the limits, found a second way."""

from dataclasses import replace

import numpy as np
import pytest
from independent import (
    CUTS,
    ROOT_S_BELLE2,
    background_density,
    exponent,
    over_soft_power,
    photon_density,
    sampled,
)

import nudp
from nudp import background, constants, limits, searches, selections
from nudp._tables import data_folder
from nudp.beyond import detector, radiation, vacuum

BELLE2, BBG, STCF = searches.BELLE2_LOW_MASS, searches.BELLE2_BBG, searches.STCF_4GEV_30AB
FIG_3 = {"low": BELLE2, "bbg": BBG, "besiii": searches.BESIII, "stcf": STCF}
HIGH = {"low": 9.5, "bbg": 9.5, "besiii": 3.5, "stcf": 3.6}


def limit(search, m_N, model=nudp.PUBLISHED, **ratios):
    """Limit from yields of which some are multiplied."""
    expected = limits.yields(search, m_N, model)
    return limits.solve(
        replace(expected, **{part: getattr(expected, part) * by for part, by in ratios.items()})
    )


def masses(name):
    return np.array([0.02, 1.0, HIGH[name]])


def largest(**ratios):
    """The largest shift of d_95 over the limits of Fig. 3 and three masses each."""
    shifts = [
        limit(search, masses(name), **ratios) / limit(search, masses(name)) - 1
        for name, search in FIG_3.items()
    ]
    return max(np.concatenate(shifts), key=abs)


def largest_model(model):
    shifts = [
        limit(search, masses(name), model) / limit(search, masses(name)) - 1
        for name, search in FIG_3.items()
    ]
    return max(np.concatenate(shifts), key=abs)


def in_cylinder(search, m_N):
    """Limit of Belle II with the effective length at that very limit in place of l_D."""
    boost, d = selections.BELLE2_BOOST, limit(search, m_N)
    for _ in range(10):
        length = detector.effective_length(detector.BELLE2_ECL, search.sqrt_s, m_N, d, boost=boost)
        d = limit(search, m_N, decay=length / search.detector_length)
    return d


def with_radiation(search, m_N):
    ratio, decays = radiation.signal_ratio(search.selection, search.sqrt_s, m_N, nudp.PUBLISHED)
    behind = radiation.background_ratio(search.selection, search.sqrt_s)
    return limit(search, m_N, prompt=ratio, decay=decays, irreducible=behind)


# ---- how a limit follows its yields ------------------------------------------


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.1, 3.0])
def test_flat_part_goes_as_the_root_of_the_yield(factor):
    """All N decay, and the background is given: d^2 times the yield is fixed."""
    for search in (BELLE2, STCF):
        shift = limit(search, 1.0, prompt=factor) / limit(search, 1.0)
        assert shift == pytest.approx(factor**-0.5, rel=1e-6)
        # and how long the detector is does not matter
        assert limit(search, 1.0, decay=factor) == pytest.approx(limit(search, 1.0), rel=1e-6)


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.1, 3.0])
def test_left_arm_goes_as_the_fourth_root_of_yield_and_length(factor):
    for search in (BELLE2, STCF):
        for part in ("prompt", "decay"):
            shift = limit(search, 1e-3, **{part: factor}) / limit(search, 1e-3)
            assert shift == pytest.approx(factor**-0.25, rel=1e-3)


@pytest.mark.parametrize("factor", [0.25, 4.0])
def test_much_background_counts_with_its_fourth_root(factor):
    shift = limit(BELLE2, 1.0, reducible=factor, irreducible=factor) / limit(BELLE2, 1.0)
    assert shift == pytest.approx(factor**0.25, rel=3e-3)


# ---- the shape of the detector -----------------------------------------------


def test_cylinder_weakens_the_left_arm_of_belle_2_by_a_fifth():
    """Straight rays in the lab, in place of an integral over the CM frame."""
    m_N, n = 0.02, 400_000
    rng = np.random.default_rng(15)
    # a light N goes as 1 - z^2 = 4 t (1 - t), z = 2 t - 1
    z = 2 * rng.beta(2, 2, n) - 1
    gamma, beta = 1 / np.sqrt(1 - (3 / 11) ** 2), 3 / 11
    across, along = np.sqrt(1 - z**2), gamma * (z + beta)  # v = 1; per metre in the CM frame
    with np.errstate(divide="ignore"):
        to_end = np.where(along > 0, 1.96 / along, -1.02 / along)
    path = np.minimum(1.25 / across, to_end)
    expected = (path.mean() / 3.0) ** -0.25
    error = path.std() / np.sqrt(n) / path.mean() / 4
    assert error < 5e-4
    assert 1.20 < expected < 1.22

    # at 20 MeV the path is still a fraction of the decay length: a term of second order
    shift = in_cylinder(BELLE2, m_N) / limit(BELLE2, m_N)
    assert shift == pytest.approx(expected, abs=4 * error + 2e-3)


def test_the_drift_chamber_is_a_little_longer_than_its_radius():
    mean_path = detector.effective_length(detector.BESIII_MDC, 4.0, 0.02, 1e-9)
    ratio = mean_path / STCF.detector_length
    assert 1.1 < ratio < 1.2
    assert limit(STCF, 0.02, decay=ratio) / limit(STCF, 0.02) == pytest.approx(0.962, abs=0.002)


# ---- beams that radiate ------------------------------------------------------


def signal_by_sampling(search, cut, m_N, model):
    """Accepted cross section with radiation over that without, both sampled."""

    def density(E, z, below):
        r = m_N**2 / below**2
        shape = photon_density(2 * E / below, z, r, model.decay) * 2 / below
        return (1 - r) ** 2 * (1 + 2 * r) * shape

    mean, error = sampled(cut, search.sqrt_s, density, lambda below: m_N**2 / (2 * below), 4.0)
    r = m_N**2 / search.sqrt_s**2
    plain = (1 - r) ** 2 * (1 + 2 * r)
    plain *= nudp.signal.acceptance(search.selection, search.sqrt_s, m_N, model)
    return mean / plain, error / plain


def background_by_sampling(search, cut):
    mean, error = sampled(cut, search.sqrt_s, background_density, lambda below: 0.05 * below, 4.0)
    plain = background.cross_section(search.selection, search.sqrt_s)
    return mean / plain, error / plain


@pytest.mark.parametrize(
    ("search", "cut", "sign"), [(BELLE2, "belle2_low_mass", +1), (BBG, "belle2_bbg", -1)]
)
def test_radiation_weakens_the_limit_where_the_background_stays(search, cut, sign):
    """The low-mass cut by 4 %, as gBG does not radiate away; the bBG cut gains a little."""
    yields, error = signal_by_sampling(search, cut, 1.0, nudp.PUBLISHED)
    behind, error_behind = background_by_sampling(search, cut)
    expected = limit(search, 1.0, prompt=yields, irreducible=behind) / limit(search, 1.0) - 1
    shift = with_radiation(search, 1.0) / limit(search, 1.0) - 1
    tolerance = 4 * (error / 2 + error_behind / 4)
    assert tolerance < 3e-3
    assert shift == pytest.approx(expected, abs=tolerance)
    assert sign * shift > 0
    assert abs(shift) == pytest.approx(0.040 if sign > 0 else 0.004, abs=0.002)


def test_radiation_matters_most_near_the_highest_mass():
    changed = with_radiation(BELLE2, masses("low"))
    left, flat, high = changed / limit(BELLE2, masses("low")) - 1
    assert 0 < left < flat < high
    assert high == pytest.approx(0.107, abs=0.005)


def test_half_the_scale_weakens_radiation_by_a_fourteenth():
    """ln(s/m^2) - 1 is near 19, and ln 4 less is 7 % less: as said of the leading logarithm."""
    less = radiation.radiation_exponent(ROOT_S_BELLE2 / 2)
    assert less / exponent(ROOT_S_BELLE2) == pytest.approx(1 - np.log(4) / 18.88, abs=1e-4)


def test_one_beam_in_fourteen_loses_a_tenth():
    u = (np.arange(400_000) + 0.5) / 400_000
    x = u ** (2 / exponent(ROOT_S_BELLE2))
    weight = over_soft_power(np.maximum(x, 1e-290), ROOT_S_BELLE2)
    assert weight[x > 0.1].sum() / len(u) == pytest.approx(1 / 14, rel=0.02)


# ---- gaps and angles ---------------------------------------------------------


def test_the_low_mass_window_never_touches_a_gap():
    E = np.linspace(0.01, ROOT_S_BELLE2 / 2, 3001)[:, None]
    z = np.linspace(-0.999, 0.999, 3001)
    whole = CUTS["belle2_low_mass"][0](E, z, ROOT_S_BELLE2)
    gamma, beta = 1 / np.sqrt(1 - (3 / 11) ** 2), 3 / 11
    theta = np.degrees(np.arctan2(np.sqrt(1 - z**2), gamma * (z + beta)))
    gap = ((31.4 < theta) & (theta < 32.2)) | ((128.7 < theta) & (theta < 130.7))
    assert whole.any() and gap.any()
    assert not (whole & gap).any()


def test_gaps_cost_the_bbg_cut_less_than_a_percent():
    gapless = detector.without_ecl_gaps(BBG.selection)
    moved = limit(replace(BBG, selection=gapless), masses("bbg")) / limit(BBG, masses("bbg"))
    np.testing.assert_allclose(moved, 1, atol=0.006)
    assert (moved != 1).all()


# ---- the ranking -------------------------------------------------------------


def besiii_without(unwanted):
    """The largest shift of BESIII if some of its runs are left out."""
    lines = [
        line.rsplit(",", 1)[1].strip()
        for line in (data_folder() / "besiii_runs.csv").read_text().splitlines()
        if line and not line.startswith(("#", "run,"))
    ]
    assert len(lines) == len(searches.BESIII)
    kept = tuple(
        run for run, status in zip(searches.BESIII, lines, strict=True) if status != unwanted
    )
    shifts = limit(kept, masses("besiii")) / limit(searches.BESIII, masses("besiii")) - 1
    return max(shifts, key=abs)


def test_ranking():
    """The chart from the top, without the choices of data; the weak mixing angle is far below."""
    size = detector.BESIII_EMC.radius / detector.BESIII_MDC.radius
    running = limit(BELLE2, 9.5, prompt=vacuum.propagator_factor(BELLE2.sqrt_s))
    on_shell = 1 - (constants.M_W / constants.M_Z) ** 2
    weak = background.coupling_factor(on_shell) / background.coupling_factor()
    # three photons and Bhabha by a Monte Carlo over spinors, benchmarks/results/qed-generators.csv
    lost = replace(STCF, reducible_background=29980 + 11216)
    ranked = [
        limit(lost, 1.0) / limit(STCF, 1.0) - 1,
        largest_model(nudp.TEXT),
        largest_model(nudp.DIRAC),
        besiii_without("unconfirmed"),
        in_cylinder(BBG, 0.02) / limit(BBG, 0.02) - 1,
        largest(reducible=2.0),
        largest_model(nudp.MAJORANA),
        with_radiation(BELLE2, 9.5) / limit(BELLE2, 9.5) - 1,
        largest(decay=1 / size),
        running / limit(BELLE2, 9.5) - 1,
        largest(irreducible=weak),
    ]
    sizes = np.abs(ranked)
    assert (np.diff(sizes) < 0).all(), ranked
    assert [shift < 0 for shift in ranked[:7]] == [False] * 6 + [True]
    assert sizes[-1] < 0.005 < 0.03 < sizes[-2] < sizes[1] / 20
