"""Shape, resolution and gaps of a detector, against rays followed in the lab and sampled events."""

from dataclasses import replace

import numpy as np
import pytest
from independent import CUTS, ROOT_S_BELLE2, background_density, lab_angle
from scipy import stats
from scipy.integrate import quad

import nudp
from nudp import _intervals, background, events, kinematics, searches, selections, signal
from nudp.beyond import detector
from nudp.beyond.detector import BELLE2_ECL, BESIII_EMC, BESIII_MDC
from nudp.selections import BELLE2_BOOST

LIKELY = 1e-4
COUNT = 200_000
BELLE2 = searches.BELLE2_LOW_MASS
STCF = searches.STCF_4GEV


def draw(search, m_N, d, model=nudp.DIRAC, boost=0.0):
    rng = np.random.default_rng(28)
    # no cut is applied, and those of Belle II know their beams
    moving = replace(search, selection=searches.STCF_4GEV.selection, boost=boost)
    return events.signal_events(moving, m_N, d, COUNT, signal=model, rng=rng)


def inside(cylinder, x, y, z):
    return (np.hypot(x, y) < cylinder.radius) & (-cylinder.backward < z) & (z < cylinder.forward)


def with_flight(length, root_s, m_N):
    """The coupling that gives N a mean flight of so many metres."""
    return np.sqrt(signal.decay_length(root_s, m_N, 1.0) / length)


# ---- where N decays ----------------------------------------------------------


@pytest.mark.parametrize("velocity", [1.0, 0.8, 0.2, 0.05])
@pytest.mark.parametrize("boost", [0.0, BELLE2_BOOST])
def test_path_ends_on_the_surface(velocity, boost):
    """A point moved to the lab is inside just before the end of the path, outside just after."""
    z_N = np.linspace(-1, 1, 201)
    path = detector.path_length(BELLE2_ECL, z_N, velocity=velocity, boost=boost)
    gamma = 1 / np.sqrt(1 - boost**2)
    for share, expected in ((1 - 1e-9, True), (1 + 1e-9, False)):
        flown = path * share
        along = gamma * (flown * z_N + boost * flown / velocity)
        np.testing.assert_array_equal(
            inside(BELLE2_ECL, flown * np.sqrt(1 - z_N**2), 0.0, along), expected
        )


@pytest.mark.parametrize(
    ("search", "cylinder", "boost"),
    [(BELLE2, BELLE2_ECL, BELLE2_BOOST), (STCF, BESIII_MDC, 0.0), (STCF, BESIII_EMC, 0.1)],
)
@pytest.mark.parametrize("model", [nudp.DIRAC, nudp.MAJORANA], ids=lambda model: model.name)
@pytest.mark.parametrize(("share", "flight"), [(0.02, 5.0), (0.5, 1.0), (0.9, 0.5), (0.99, 1.0)])
def test_probability_is_the_share_of_vertices_inside(search, cylinder, boost, model, share, flight):
    m_N = share * search.sqrt_s
    d = with_flight(flight, search.sqrt_s, m_N)
    sample = draw(search, m_N, d, model, boost)
    caught = inside(cylinder, sample.vertex_x, sample.vertex_y, sample.vertex_z).sum()
    probability = detector.decay_probability(
        cylinder, search.sqrt_s, m_N, d, width_factor=model.width_factor, boost=boost
    )
    assert stats.binomtest(int(caught), COUNT, probability).pvalue > LIKELY


@pytest.mark.parametrize("flight", [0.1, 1.0, 1e12])
def test_effective_length_is_the_mean_over_directions(flight):
    """By adaptive quadrature; a very long flight leaves the mean path."""
    corner = BESIII_MDC.forward / np.hypot(BESIII_MDC.forward, BESIII_MDC.radius)
    r = 0.25

    def mean(function):
        def weighted(z_N):
            density = (1 - z_N**2 + r * (1 + z_N**2)) * 3 / (4 + 8 * r)
            return density * function(detector.path_length(BESIII_MDC, z_N))

        return quad(weighted, -1, 1, points=[-corner, corner], epsabs=1e-13)[0]

    if flight > 1e6:
        expected = mean(lambda path: path)
    else:
        expected = -flight * np.log(mean(lambda path: np.exp(-path / flight)))
    length = detector.effective_length(BESIII_MDC, 4.0, 2.0, with_flight(flight, 4.0, 2.0))
    assert length == pytest.approx(expected, rel=1e-7)


def test_a_very_short_flight_leaves_the_shortest_path():
    """To 1 %: nothing but decays inside is left there, whatever the length."""
    short = detector.effective_length(BESIII_MDC, 4.0, 2.0, 1.0)
    assert BESIII_MDC.radius < short < 1.01 * BESIII_MDC.radius


def test_more_directions_change_nothing(monkeypatch):
    masses = ROOT_S_BELLE2 * np.array([0.001, 0.1, 0.9, 0.99])
    d = with_flight(0.3, ROOT_S_BELLE2, masses)
    arguments = (BELLE2_ECL, ROOT_S_BELLE2, masses, d)
    few = detector.effective_length(*arguments, boost=BELLE2_BOOST)
    T, W = np.polynomial.legendre.leggauss(96)
    monkeypatch.setattr(detector, "_T", T)
    monkeypatch.setattr(detector, "_W", W)
    np.testing.assert_allclose(
        few, detector.effective_length(*arguments, boost=BELLE2_BOOST), rtol=1e-9
    )


# ---- where its photon is seen ------------------------------------------------


def test_photons_from_the_interaction_point_are_seen_where_they_go():
    theta = np.radians(np.linspace(1, 179, 90))
    direction = np.stack([np.sin(theta), 0 * theta, np.cos(theta)], axis=-1)
    seen = detector.apparent_angle(BELLE2_ECL, [0.0, 0.0, 0.0], direction)
    np.testing.assert_allclose(seen, np.degrees(theta), rtol=1e-12)


def test_apparent_angle_is_that_of_the_ray_followed_in_steps():
    sample = draw(STCF, 0.1, 1e-5).iloc[:300]
    vertex = sample[["vertex_x", "vertex_y", "vertex_z"]].to_numpy()
    theta, phi = np.radians(sample.theta_lab), sample.phi
    direction = np.stack(
        [np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=-1
    )
    start_inside = inside(BESIII_EMC, *vertex.T)
    np.testing.assert_array_equal(BESIII_EMC.holds(vertex), start_inside)
    with pytest.raises(ValueError, match="vertex must be inside the cylinder, got"):
        detector.apparent_angle(BESIII_EMC, vertex, direction)
    vertex, direction = vertex[start_inside], direction[start_inside]
    seen = detector.apparent_angle(BESIII_EMC, vertex, direction)
    low, high = np.zeros(len(seen)), np.full(len(seen), 10.0)
    for _ in range(60):  # halve the step in which the ray leaves
        middle = (low + high) / 2
        still = inside(BESIII_EMC, *(vertex + middle[:, None] * direction).T)
        low, high = np.where(still, middle, low), np.where(still, high, middle)
    x, y, z = (vertex + low[:, None] * direction).T
    expected = np.degrees(np.arctan2(np.hypot(x, y), z))
    np.testing.assert_allclose(seen, expected, rtol=1e-9)


def test_a_photon_along_the_beam_leaves_through_an_end():
    for step, angle in ((1.0, 0.1 / 1.38), (-1.0, np.pi - 0.1 / 1.38)):
        seen = detector.apparent_angle(BESIII_EMC, [0.1, 0.0, 0.3], [0.0, 0.0, step])
        assert seen == pytest.approx(np.degrees(angle), rel=2e-3)


# ---- how its energy is measured ----------------------------------------------


@pytest.mark.parametrize("factor", [0.95, 1.0, 1.06])
@pytest.mark.parametrize("cut", ["besiii_advanced", "belle2_low_mass", "belle2_bbg"])
def test_scaled_energies_pass_as_sampled_events_do(cut, factor):
    search = STCF if cut.startswith("bes") else BELLE2
    selection = getattr(selections, cut)()
    for m_N in (0.3, 0.8 * search.sqrt_s):
        sample = draw(search, m_N, 1e-6)
        passed = CUTS[cut][0](factor * sample.E_gamma, sample.cos_theta, search.sqrt_s)
        share = signal.acceptance(
            detector.ScaledEnergy(selection, factor), search.sqrt_s, m_N, nudp.DIRAC
        )
        assert stats.binomtest(int(passed.sum()), COUNT, share).pvalue > LIKELY


@pytest.mark.parametrize("factor", [0.9, 0.97, 1.03, 1.1])
@pytest.mark.parametrize("cut", ["besiii_advanced", "belle2_low_mass", "belle2_high_mass"])
def test_scaled_kinks_lose_no_window(cut, factor):
    """The integral between the kinks is that on a fine grid without any."""
    root_s = 4.0 if cut.startswith("bes") else ROOT_S_BELLE2
    scaled = detector.ScaledEnergy(getattr(selections, cut)(), factor)
    step = root_s / 2 / 200_000
    E = step * (0.5 + np.arange(200_000))
    by_grid = background.photon_spectrum(E, scaled, root_s).sum() * step
    assert background.cross_section(scaled, root_s) == pytest.approx(by_grid, rel=1e-5)


def test_unscaled_energies_change_nothing():
    selection = selections.besiii_advanced()
    plain = detector.ScaledEnergy(selection, 1.0)
    np.testing.assert_array_equal(plain.kinks(4.0), selection.kinks(4.0))
    assert detector.smeared_background(selection, 4.0, 0.0) == pytest.approx(
        background.cross_section(selection, 4.0), rel=1e-12
    )


@pytest.mark.parametrize("cut", ["besiii_advanced", "belle2_low_mass", "belle2_high_mass"])
def test_smeared_acceptance_is_that_of_smeared_events(cut):
    search = STCF if cut.startswith("bes") else BELLE2
    selection = getattr(selections, cut)()
    rng = np.random.default_rng(5)
    for m_N in (0.3, 0.9 * search.sqrt_s):
        sample = draw(search, m_N, 1e-6)
        measured = sample.E_gamma * (1 + 0.05 * rng.standard_normal(COUNT))
        passed = CUTS[cut][0](measured, sample.cos_theta, search.sqrt_s)
        share = detector.smeared_acceptance(selection, search.sqrt_s, m_N, nudp.DIRAC, 0.05)
        assert stats.binomtest(int(passed.sum()), COUNT, share).pvalue > LIKELY


def test_smeared_background_is_that_of_a_gaussian_in_the_energy():
    """Smear the spectrum at each angle instead of moving the cut."""
    selection = selections.besiii_advanced()
    width, root_s = 0.04, 4.0
    E = np.linspace(0.6, 2.0, 1401)[:-1] + 5e-4
    z = np.linspace(-0.92, 0.92, 1841)[:-1] + 5e-4
    density = background_density(E[:, None], z, root_s)
    # the share of photons of true energy E whose measured energy passes
    lowest = nudp.selections.edge_energy(z, root_s, *np.degrees(np.arccos([0.95, -0.95])))
    passes = stats.norm.sf(lowest / E[:, None], loc=1, scale=width)
    seen = (np.abs(z) < 0.8) | (np.abs(z) > 0.86)
    expected = (density * passes * seen).sum() * (E[1] - E[0]) * (z[1] - z[0])
    assert detector.smeared_background(selection, root_s, width) == pytest.approx(
        expected, rel=3e-3
    )


def test_more_energy_nodes_change_little(monkeypatch):
    masses = ROOT_S_BELLE2 * np.array([0.01, 0.5, 0.95])
    arguments = (BELLE2.selection, ROOT_S_BELLE2, masses, nudp.DIRAC, 0.02)
    few = detector.smeared_acceptance(*arguments)
    monkeypatch.setattr(detector, "_HERMITE", 30)
    np.testing.assert_allclose(few, detector.smeared_acceptance(*arguments), rtol=1e-4)


@pytest.mark.parametrize("factor", [1 / 1.05, 1.02])
def test_scaled_edges_cross_where_a_scan_finds_them(factor):
    """In closed form, as unscaled edges do; a whole selection has no closed form to hand on."""
    windows = selections.CosThetaWindows(((-0.5, 0.4, 0.0),))
    edge = selections.BeamBackgroundEdge(30.0, 150.0)
    scaled = detector.ScaledEnergy(edge, factor), detector.ScaledEnergy(windows, factor)
    assert scaled[1].fixed_edges() == [-0.5, 0.4]
    found = _intervals._moving_crossings(scaled[0], windows, 4.0)
    for pair in ((scaled[0], windows), scaled):
        closed = np.sort(_intervals.crossings(*pair, 4.0))
        np.testing.assert_allclose(closed, np.sort(found), rtol=1e-12)
    whole = detector.ScaledEnergy(selections.besiii_advanced(), factor)
    assert not hasattr(whole, "fixed_edges") and not hasattr(whole, "energies_at")


# ---- what it does not see ----------------------------------------------------


@pytest.mark.parametrize("cut", ["belle2_low_mass", "belle2_bbg"])
def test_gaps_are_cut_away(cut):
    sample = draw(BELLE2, 3.0, 1e-6)
    theta = lab_angle(sample.E_gamma, sample.cos_theta)
    gap = ((31.4 < theta) & (theta < 32.2)) | ((128.7 < theta) & (theta < 130.7))
    passed = CUTS[cut][0](sample.E_gamma, sample.cos_theta, ROOT_S_BELLE2) & ~gap
    selection = detector.without_ecl_gaps(getattr(selections, cut)())
    np.testing.assert_array_equal(
        passed, events.passes(selection, sample.E_gamma, sample.cos_theta, ROOT_S_BELLE2)
    )
    share = signal.acceptance(selection, ROOT_S_BELLE2, 3.0, nudp.DIRAC)
    assert stats.binomtest(int(passed.sum()), COUNT, share).pvalue > LIKELY


def test_errors_name_the_argument():
    with pytest.raises(ValueError, match=r"vertex must have three components, got shape \(2,\)"):
        BESIII_EMC.holds([0.0, 1.0])
    with pytest.raises(ValueError, match="direction must not be zero"):
        detector.apparent_angle(BESIII_EMC, [0.0, 0.0, 0.0], [0.0, 0.0, 0.0])
    with pytest.raises(ValueError, match="resolution must be at most 0.1"):
        detector.smeared_background(selections.besiii_advanced(), 4.0, 0.2)


@pytest.mark.parametrize("boost", [3 / 11, -0.4])
def test_photons_above_an_energy_in_the_lab(boost):
    """Photon by photon, and the moment when the coverage is whole."""
    floor = detector.LabEnergyFloor(0.1, boost)
    rng = np.random.default_rng(5)
    E, z = rng.uniform(0.0, 0.25, 2000), rng.uniform(-1, 1, 2000)
    expected = kinematics.photon_energy_lab(E, z, boost) > 0.1
    np.testing.assert_array_equal(events.passes(floor, E, z, 10.0), expected)
    first, last = floor.kinks(10.0)
    np.testing.assert_allclose(floor.intervals(last * (1 + 1e-12), 10.0), [[-1, 1]], atol=1e-9)
    assert np.ptp(floor.intervals(first * (1 - 1e-12), 10.0)) == 0
    [at] = floor.energies_at(0.3, 10.0)
    assert np.isclose(floor.intervals(at, 10.0), 0.3).any()
    both = selections.belle2_basic() & floor
    accepted = events.passes(both, E, z, 10.0)
    inside = events.passes(selections.belle2_basic(), E, z, 10.0)
    np.testing.assert_array_equal(accepted, expected & inside)
    with pytest.raises(ValueError, match="boost must not be 0"):
        detector.LabEnergyFloor(0.1, 0.0)
