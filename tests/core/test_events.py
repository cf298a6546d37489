"""Sampled events against the closed forms, and against four-vectors."""

import subprocess
import sys
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from independent import CUTS, background_density, photon_density
from scipy import optimize, stats

import nudp
from nudp import background, events, limits, searches, selections, signal
from nudp.beyond import binning, detector

MODELS = (nudp.TEXT, nudp.PUBLISHED, nudp.DIRAC, nudp.MAJORANA)
LIKELY = 1e-4  # a p-value below this would be bad luck once in ten thousand
COUNT = 200_000
CASES = [(model, m_N) for model in MODELS for m_N in (0.05, 1.0, 2.83, 3.9)]
NAMES = [f"{model.name}-{m_N}" for model, m_N in CASES]


def draw(model, m_N, n=COUNT, d=1e-6, boost=0.0, search=searches.STCF_4GEV):
    rng = np.random.default_rng(20220407)
    # no cut is applied, and those of Belle II know their beams
    moving = replace(search, selection=searches.STCF_4GEV.selection, boost=boost)
    return events.signal_events(moving, m_N, d, n, signal=model, rng=rng)


@lru_cache
def photons(model, m_N):
    """Energy and cosine of a sample that several tests look at; nobody writes to it."""
    return draw(model, m_N)[["E_gamma", "cos_theta"]]


def test_the_velocity_of_the_beams_has_one_home():
    search = nudp.Search("mine", 10.58, 100.0, selections.belle2_bbg(), 3.0)
    assert search.boost is None and search.beta == selections.BELLE2_BOOST
    rng = np.random.default_rng(1)
    sample = events.background_events(search, 10_000, rng=rng)
    low, high = selections.BELLE2_ECL_RANGE
    assert ((low < sample.theta_lab) & (sample.theta_lab < high)).all()
    assert replace(search, boost=3 / 11).beta == 3 / 11
    assert replace(search, selection=selections.besiii_advanced()).beta == 0
    scaled = detector.ScaledEnergy(selections.belle2_low_mass(), 1.02)
    assert replace(search, selection=scaled).beta == selections.BELLE2_BOOST
    floor = detector.LabEnergyFloor(0.1, -0.2)
    for change in (
        {"boost": 0.0},
        {"boost": -3 / 11},
        {"selection": search.selection & selections.lab_angles(20.0, 100.0)},
        {"selection": search.selection & floor},
    ):
        with pytest.raises(ValueError, match="boost must be one for all cuts and the beams"):
            replace(search, **change)


@pytest.mark.parametrize(("model", "m_N"), CASES, ids=NAMES)
def test_energies_follow_the_spectrum(model, m_N):
    r = m_N**2 / 16
    P = (1 - 2 * r) / (1 + 2 * r)
    slope = -P if model.decay == "exact" else model.decay
    cos_star = (photons(model, m_N).E_gamma / 2 * 2 - 1 - r) / (1 - r)
    test = stats.kstest(cos_star, lambda c: (1 + c) / 2 + slope * (c**2 - 1) / 4)
    assert test.pvalue > LIKELY


def heavy_cosines(z, r):
    """Integral of Eq. (2), typed a second time: the share of N below z."""
    return 0.5 + ((1 + r) * z - (1 - r) * z**3 / 3) / (4 / 3 * (1 + 2 * r))


@pytest.mark.parametrize(("model", "m_N"), CASES, ids=NAMES)
def test_directions_of_N_follow_equation_2(model, m_N):
    z_N, r = draw(model, m_N).cos_theta_N, m_N**2 / 16
    assert stats.kstest(z_N, heavy_cosines, args=(r,)).pvalue > LIKELY
    # another mass has other directions, and the test sees it
    assert stats.kstest(z_N, heavy_cosines, args=((r + 0.5) % 1,)).pvalue < LIKELY


@pytest.mark.parametrize(("model", "m_N"), CASES, ids=NAMES)
def test_energy_and_angle_follow_the_density(model, m_N):
    """Pearson's chi^2 in cells of u = (x - r)/(1 - r) and z, the density typed a second time."""
    r = m_N**2 / 16
    sample = photons(model, m_N)
    u = (sample.E_gamma / 2 - r) / (1 - r)
    u_edges, z_edges = np.linspace(0, 1, 9), np.linspace(-1, 1, 11)
    seen, *_ = np.histogram2d(u, sample.cos_theta, bins=[u_edges, z_edges])
    T, W = np.polynomial.legendre.leggauss(40)

    def nodes(edges, power):
        # the angle turns round quickly at small x when r is small: crowd the nodes there
        a, b = edges[:-1, None] ** (1 / power), edges[1:, None] ** (1 / power)
        t = a + (b - a) * (1 + T) / 2
        return t**power, W * (b - a) / 2 * power * t ** (power - 1)

    u, u_weights = nodes(u_edges, 4)
    z = z_edges[:-1, None] + np.diff(z_edges)[:, None] * (1 + T) / 2
    z_weights = W * np.diff(z_edges)[:, None] / 2
    x = (r + (1 - r) * u)[:, :, None, None]
    density = (1 - r) * photon_density(x, z, r, model.decay)
    expected = COUNT * np.einsum("aibj,ai,bj->ab", density, u_weights, z_weights)
    assert expected.sum() == pytest.approx(COUNT, rel=1e-6)
    assert stats.chisquare(seen.ravel(), expected.ravel() / expected.sum() * COUNT).pvalue > LIKELY


@pytest.mark.parametrize("cut", ["besiii_advanced", "besiii_basic"])
@pytest.mark.parametrize(("model", "m_N"), CASES, ids=NAMES)
def test_share_that_passes_is_the_acceptance(cut, model, m_N):
    selection = getattr(selections, cut)()
    sample = photons(model, m_N)
    passed = events.passes(selection, sample.E_gamma, sample.cos_theta, 4.0)
    by_hand = CUTS[cut][0](sample.E_gamma.to_numpy(), sample.cos_theta.to_numpy(), 4.0)
    np.testing.assert_array_equal(passed, by_hand)
    share = signal.acceptance(selection, 4.0, m_N, model)
    assert stats.binomtest(int(passed.sum()), COUNT, share).pvalue > LIKELY


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
@pytest.mark.parametrize("boost", [0.0, selections.BELLE2_BOOST])
def test_four_vectors(model, boost):
    """The photon, in the lab, makes a massless neutrino with an N that flew to the vertex."""
    m_N = 3.0
    root_s = searches.BELLE2_BBG.sqrt_s
    sample = draw(model, m_N, n=1000, boost=boost, search=searches.BELLE2_BBG)
    azimuth = np.arctan2(sample.vertex_y, sample.vertex_x)
    energy, momentum = (root_s**2 + m_N**2) / (2 * root_s), (root_s**2 - m_N**2) / (2 * root_s)
    gamma = 1 / np.sqrt(1 - boost**2)
    z_N = sample.cos_theta_N
    across = momentum * np.sqrt(1 - z_N**2)
    along = gamma * (momentum * z_N + boost * energy)
    energy_lab = gamma * (energy + boost * momentum * z_N)
    heavy = np.array([energy_lab, across * np.cos(azimuth), across * np.sin(azimuth), along])
    theta = np.radians(sample.theta_lab)
    photon = np.array(sample.E_gamma_lab) * np.array(
        [np.ones(1000), *(np.sin(theta) * f(sample.phi) for f in (np.cos, np.sin)), np.cos(theta)]
    )
    neutrino = heavy - photon
    metric = np.array([1.0, -1, -1, -1])
    np.testing.assert_allclose(metric @ photon**2, 0, atol=1e-9)
    np.testing.assert_allclose(metric @ heavy**2, m_N**2, rtol=1e-9)
    np.testing.assert_allclose(metric @ neutrino**2, 0, atol=1e-6)
    vertex = np.array([sample.vertex_x, sample.vertex_y, sample.vertex_z])
    np.testing.assert_allclose(np.cross(vertex.T, heavy[1:].T), 0, atol=1e-9 * np.abs(vertex).max())
    np.testing.assert_allclose(sample.E_gamma, gamma * (photon[0] - boost * photon[3]), rtol=1e-9)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_flight_is_exponential_in_proper_time(model):
    m_N, d = 0.3, 3e-6
    sample = draw(model, m_N, d=d, boost=0.4)
    length = signal.decay_length(4.0, m_N, d) / model.width_factor
    across = np.hypot(sample.vertex_x, sample.vertex_y)
    flown = across / np.sqrt(1 - sample.cos_theta_N**2) / length
    assert stats.kstest(flown, "expon").pvalue > LIKELY


def test_azimuths_are_uniform():
    sample = draw(nudp.DIRAC, 1.0)
    assert stats.kstest(sample.phi, stats.uniform(-np.pi, 2 * np.pi).cdf).pvalue > LIKELY


# ---- irreducible background --------------------------------------------------

PAPER = {
    "besiii_advanced": searches.STCF_4GEV,
    "belle2_bbg": searches.BELLE2_BBG,
    "belle2_low_mass": searches.BELLE2_LOW_MASS,
    "belle2_high_mass": searches.BELLE2_HIGH_MASS,
}
PHOTON = ["E_gamma", "cos_theta", "E_gamma_lab", "theta_lab", "phi"]
T, W = np.polynomial.legendre.leggauss(40)


def generator():
    return np.random.default_rng(20220407)


def share_below(density, E, z, selection, root_s):
    """Share of the accepted density at each energy that lies below z, by quadrature."""
    lower, upper = np.moveaxis(selection.intervals(E, root_s), -1, 0)

    def content(top):
        nodes = lower[..., None] + (top - lower)[..., None] * (1 + T) / 2
        values = density(E[:, None, None], nodes)
        return ((values * W).sum(-1) * (top - lower) / 2).sum(-1)

    return content(np.clip(z[:, None], lower, upper)) / content(upper)


@pytest.mark.parametrize("cut", PAPER)
def test_background_energies_invert_the_distribution(cut):
    """The energy below which a share lies has that share below it, to ten digits."""
    search = PAPER[cut]
    share = np.array([1e-6, 0.001, 0.1, 0.3, 0.5, 0.77, 0.99, 1 - 1e-6])
    found = events._energies(
        share,
        lambda E: background.photon_spectrum(E, search.selection, search.sqrt_s),
        search.selection,
        search.sqrt_s,
    )
    whole = background.cross_section(search.selection, search.sqrt_s)
    for wanted, energy in zip(share, found, strict=True):
        part = search.selection & selections.EnergyWindow(0.0, float(energy))
        below = background.cross_section(part, search.sqrt_s)
        assert below / whole == pytest.approx(wanted, abs=1e-10)


@pytest.mark.parametrize("cut", PAPER)
def test_background_angles(cut):
    """At its own energy every cos(theta) has a uniform share below it."""
    search = PAPER[cut]
    sample = events.background_events(search, 20_000, rng=generator())
    E, z = sample.E_gamma.to_numpy(), sample.cos_theta.to_numpy()
    share = share_below(
        lambda E, z: background_density(E, z, search.sqrt_s), E, z, search.selection, search.sqrt_s
    )
    assert stats.kstest(share, "uniform").pvalue > LIKELY
    assert stats.kstest(sample.phi, stats.uniform(-np.pi, 2 * np.pi).cdf).pvalue > LIKELY


def test_background_angles_invert_the_distribution():
    search = searches.STCF_4GEV
    share = np.linspace(0, 1, 2001)[1:-1]
    E = np.resize([0.96, 1.2, 1.7, 1.95, 1.999999], share.size)
    z = events._irreducible_cosines(share, E, search.selection, search.sqrt_s)
    found = share_below(
        lambda E, z: background_density(E, z, 4.0), E, z, search.selection, search.sqrt_s
    )
    np.testing.assert_allclose(found, share, atol=1e-11)


LOOSE = {
    "besiii_advanced": (searches.STCF_4GEV, selections.besiii_basic()),
    **{
        cut: (
            searches.BELLE2_BBG,
            selections.belle2_basic() & selections.EnergyWindow(1.5, 6.0),
        )
        for cut in ("belle2_bbg", "belle2_low_mass", "belle2_high_mass")
    },
}


@lru_cache
def loose_background(cut):
    """Which events of a wider selection pass the paper's, and its cross section [fb]."""
    search, wide = LOOSE[cut]
    sample = events.background_events(replace(search, selection=wide), COUNT, rng=generator())
    passed = CUTS[cut][0](sample.E_gamma.to_numpy(), sample.cos_theta.to_numpy(), search.sqrt_s)
    return passed, background.cross_section(wide, search.sqrt_s)


@pytest.mark.parametrize("cut", LOOSE)
def test_share_of_background_that_passes(cut):
    passed, wide = loose_background(cut)
    search = PAPER[cut]
    share = background.cross_section(search.selection, search.sqrt_s) / wide
    assert stats.binomtest(int(passed.sum()), COUNT, share).pvalue > LIKELY


def test_background_in_the_lab():
    sample = events.background_events(searches.BELLE2_BBG, 1000, rng=generator())
    theta = np.radians(sample.theta_lab)
    across = sample.E_gamma_lab * np.sin(theta)
    np.testing.assert_allclose(across, sample.E_gamma * np.sqrt(1 - sample.cos_theta**2))
    gamma, beta = 1 / np.sqrt(1 - (3 / 11) ** 2), 3 / 11
    np.testing.assert_allclose(
        sample.E_gamma, gamma * sample.E_gamma_lab * (1 - beta * np.cos(theta))
    )
    assert sample.theta_lab.between(12.4, 155.1).all()


# ---- reducible background ----------------------------------------------------


def steep(E, z):
    return np.exp(-E) * (1.1 + np.sin(2 * z))


@pytest.mark.parametrize("shape", [binning.flat, steep])
@pytest.mark.parametrize("cut", ["besiii_advanced", "belle2_low_mass"])
def test_reducible_events_follow_their_shape(cut, shape):
    search = PAPER[cut]
    sample = events.reducible_events(search, 20_000, rng=generator(), shape=shape)
    E, z = sample.E_gamma.to_numpy(), sample.cos_theta.to_numpy()
    assert events.passes(search.selection, E, z, search.sqrt_s).all()
    share = share_below(shape, E, z, search.selection, search.sqrt_s)
    assert stats.kstest(share, "uniform").pvalue > LIKELY
    # energies: bins of nudp.beyond.binning, whose integrals know nothing of tables
    edges = np.linspace(E.min(), E.max(), 12)
    edges[0], edges[-1] = 0.0, search.sqrt_s / 2
    run = replace(search, reducible_background=1.0)
    expected = [b.reducible_background for b in binning.split(run, edges, shape=shape)]
    seen, _ = np.histogram(E, edges)
    assert stats.chisquare(seen, np.array(expected) * len(E)).pvalue > LIKELY


def test_reducible_angles_invert_the_distribution():
    """The table of 16 cells an interval holds the accuracy that the documentation states."""
    share = np.linspace(0, 1, 501)[1:-1]
    E = np.resize([3.2, 4.0, 5.0], share.size)
    selection, root_s = searches.BELLE2_LOW_MASS.selection, searches.BELLE2_LOW_MASS.sqrt_s
    for shape, accuracy in ((binning.flat, 1e-12), (steep, 1e-6)):
        z = events._reducible_cosines(share, E, shape, selection, root_s)
        found = share_below(shape, E, z, selection, root_s)
        np.testing.assert_allclose(found, share, atol=accuracy)


def test_shape_may_vanish_in_places():
    def gap(E, z):
        return np.where(z > 0.2, 1.0, 0.0) * np.ones_like(E)

    sample = events.reducible_events(searches.BELLE2_BBG, 20_000, rng=generator(), shape=gap)
    # the cell of the table in which the shape jumps is smeared, and no other
    assert (sample.cos_theta > 0.2 - 2 / 16).all()
    assert (sample.cos_theta > 0.2).mean() > 0.9


# ---- pseudo-experiments ------------------------------------------------------

RICH = replace(
    searches.BELLE2_LOW_MASS, luminosity=300.0, photon_efficiency=0.7, reducible_background=20.0
)


@pytest.fixture
def small_tables(monkeypatch):
    """Quick to draw from; numbers of events do not depend on tables of energies and angles."""
    monkeypatch.setattr(events, "_ENERGY_CELLS", 8)
    monkeypatch.setattr(events, "_ANGLE_CELLS", 2)


@pytest.mark.slow
@pytest.mark.parametrize("m_N", [0.02, 1.0, 3.5])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
@pytest.mark.parametrize("search", [RICH, searches.STCF_4GEV], ids=lambda search: search.name)
def test_mean_numbers_of_pseudo_experiments(search, model, m_N, small_tables):
    """Numbers of 40 times the data against Eq. (7), each a Poisson number; light N decay late."""
    d = 3 * nudp.upper_limit(search, m_N, model)
    rng, large = generator(), replace(search, luminosity=20 * search.luminosity)
    sets = [events.pseudo_experiment(large, m_N, d, signal=model, rng=rng) for _ in range(2)]
    kinds = pd.concat(sets).kind.value_counts()
    S, B = limits.expected_events(search, m_N, d, model)
    reducible = search.luminosity * search.reducible_background
    for kind, mean in (("signal", S), ("irreducible", B - reducible), ("reducible", reducible)):
        assert poisson_p(kinds.get(kind, 0), 40 * mean) > LIKELY, kind


def poisson_p(n, mean):
    if mean == 0:
        return float(n == 0)
    return 2 * min(stats.poisson.cdf(n, mean), stats.poisson.sf(n - 1, mean))


@pytest.mark.slow
def test_numbers_fluctuate_as_poisson(small_tables):
    # the cuts of STCF are quicker to set up than parabolas
    rng = generator()
    search = replace(searches.STCF_4GEV, luminosity=1.0, reducible_background=20.0)
    S, _B = limits.expected_events(search, 1.0, 1e-4, nudp.DIRAC)
    draws = [
        events.pseudo_experiment(search, 1.0, 1e-4, signal=nudp.DIRAC, rng=rng) for _ in range(400)
    ]
    for kind, mean in (("signal", S), ("reducible", 20.0)):
        n = np.array([(draw.kind == kind).sum() for draw in draws])
        dispersion = ((n - mean) ** 2).sum() / mean
        p = 2 * min(stats.chi2.cdf(dispersion, 400), stats.chi2.sf(dispersion, 400))
        assert p > LIKELY, kind


def test_a_data_set_tells_nothing_but_the_kind():
    sample = events.pseudo_experiment(RICH, 1.0, 3e-4, signal=nudp.DIRAC, rng=generator())
    assert list(sample.columns) == [*PHOTON, "kind"]
    assert events.passes(RICH.selection, sample.E_gamma, sample.cos_theta, RICH.sqrt_s).all()
    assert sample.index.equals(pd.RangeIndex(len(sample))) and not sample.isna().any(axis=None)
    # the order of the rows gives no kind away
    place = np.flatnonzero(sample.kind == "signal") / len(sample)
    assert len(place) > 100 and stats.kstest(place, "uniform").pvalue > LIKELY


def test_signal_of_a_data_set_has_the_density_of_what_passes():
    """Energies of the signal against those of whole events that pass by hand."""
    search = replace(searches.STCF_4GEV, luminosity=1e6)
    seen = events.pseudo_experiment(search, 2.0, 3e-6, signal=nudp.DIRAC, rng=generator())
    seen = seen[seen.kind == "signal"]
    whole = draw(nudp.DIRAC, 2.0)
    passed = CUTS["besiii_advanced"][0](whole.E_gamma.to_numpy(), whole.cos_theta.to_numpy(), 4.0)
    assert len(seen) > 5000
    for column in PHOTON:
        test = stats.ks_2samp(seen[column], whole[column][passed])
        assert test.pvalue > LIKELY, column


def test_a_world_without_N():
    sample = events.pseudo_experiment(RICH, 1.0, 0.0, signal=nudp.DIRAC, rng=generator())
    assert set(sample.kind) == {"irreducible", "reducible"}


def test_shape_of_the_reducible_background_is_replaceable():
    run = replace(RICH, luminosity=2000.0)
    sample = events.pseudo_experiment(
        run, 1.0, 0.0, signal=nudp.DIRAC, rng=generator(), shape=steep
    )
    part = sample[sample.kind == "reducible"]
    share = share_below(
        steep, part.E_gamma.to_numpy(), part.cos_theta.to_numpy(), run.selection, run.sqrt_s
    )
    assert stats.kstest(share, "uniform").pvalue > LIKELY


def test_draws_differ_unless_the_generator_is_the_same():
    one, two, again = (
        events.background_events(searches.STCF_4GEV, 5, rng=np.random.default_rng(seed))[PHOTON]
        for seed in (1, 2, 1)
    )
    assert (one == again).all(axis=None) and not (one == two).any(axis=None)


def test_chances_at_an_edge():
    """The chapter's two chances for a mass from an edge, by walks of the likelihood alone.

    Photons of unit density, and a signal of a twentieth of it that begins at 0.  Moving the edge
    by t to the left adds a logarithm a photon and takes t/20 away, to the right the reverse.
    """
    rng, s, walks, steps = generator(), 0.05, 2000, 8000
    up = np.log1p(s)

    def arrivals(density):
        return np.cumsum(rng.exponential(1 / density, size=(walks, steps)), axis=1)

    photons = np.arange(1, steps + 1)
    left = np.maximum((up * photons - s * arrivals(1.0)).max(1), 0.0)  # highest after a photon
    right = (s * arrivals(1 + s) - up * (photons - 1)).max(1)  # and just before one
    for drop in (1.0, 2.3, 5.99):
        chance = 1 - np.exp(-drop / 2)
        filled = int((np.abs(left - right) < drop / 2).sum())
        assert stats.binomtest(filled, walks, chance).pvalue > LIKELY
        # with steps of finite height a little above the limit
        apart = int((np.maximum(left, right) < drop / 2).sum())
        assert stats.binomtest(apart, walks, chance**2).pvalue > LIKELY
        assert stats.binomtest(filled, walks, chance**2).pvalue < LIKELY


# ---- the paper's limits from events ------------------------------------------


@pytest.mark.parametrize("m_N", [0.05, 1.0, 3.0])
@pytest.mark.parametrize("cut", PAPER)
def test_limits_from_events(cut, m_N):
    """d_95 of the paper by counting: yes/no cuts on events, flights in metres, one root.

    The statistical error of the count goes through: S grows at least as d^2 with d, and the
    S that is needed no faster than the background.
    """
    search = PAPER[cut]
    d_95 = nudp.upper_limit(search, m_N, nudp.PUBLISHED)
    sample = draw(nudp.PUBLISHED, m_N, d=d_95, search=search)
    passed = CUTS[cut][0](sample.E_gamma.to_numpy(), sample.cos_theta.to_numpy(), search.sqrt_s)
    across = np.hypot(sample.vertex_x, sample.vertex_y)
    flown = (across / np.sqrt(1 - sample.cos_theta_N**2))[passed]
    kept, wide = loose_background(cut)
    share = kept.mean()
    B = search.luminosity * (search.photon_efficiency * wide * share + search.reducible_background)

    def excess(log_d):
        d = np.exp(log_d)
        # flights shrink as 1/d^2
        inside = (flown * (d_95 / d) ** 2 < search.detector_length).sum() / COUNT
        sigma = 2 * signal.total_cross_section(search.sqrt_s, m_N, d)
        S = search.luminosity * search.photon_efficiency * sigma * inside
        return S**2 / (S + B) - limits.CHI2_95

    log_d = np.log(d_95)
    found = np.exp(optimize.brentq(excess, log_d - 0.5, log_d + 0.5, xtol=1e-8))
    count = (flown < search.detector_length).sum()
    error = np.hypot(np.sqrt(1 / count), np.sqrt((1 - share) / (share * COUNT)) / 2) / 2
    assert error < 0.01
    assert abs(np.log(found / d_95)) < 4 * error


# ---- what is refused ---------------------------------------------------------


def test_several_runs_are_refused():
    rng = generator()
    for call in (
        lambda: events.signal_events(searches.BESIII, 1.0, 1e-6, 5, signal=nudp.DIRAC, rng=rng),
        lambda: events.background_events(searches.BESIII, 5, rng=rng),
        lambda: events.reducible_events(searches.BESIII, 5, rng=rng),
        lambda: events.pseudo_experiment(searches.BESIII, 1.0, 1e-6, signal=nudp.DIRAC, rng=rng),
    ):
        with pytest.raises(TypeError, match="search must be one Search"):
            call()


def test_backgrounds_that_cannot_be_drawn():
    basic = replace(searches.BELLE2_BBG, selection=selections.belle2_basic())
    with pytest.raises(ValueError, match="energy floor"):
        events.background_events(basic, 5, rng=generator())
    nothing = replace(
        searches.STCF_4GEV,
        selection=selections.besiii_basic() & selections.EnergyWindow(3.0, 5.0),
    )
    with pytest.raises(ValueError, match="accepts no background"):
        events.background_events(nothing, 5, rng=generator())
    with pytest.raises(ValueError, match="accepts nothing"):
        events.reducible_events(nothing, 5, rng=generator())
    with pytest.raises(ValueError, match="shape must be zero or positive"):
        events.reducible_events(
            searches.STCF_4GEV, 5, rng=generator(), shape=lambda E, z: -np.ones_like(E + z)
        )
    with pytest.raises(ValueError, match="shape must be positive somewhere"):
        events.reducible_events(
            searches.STCF_4GEV, 5, rng=generator(), shape=lambda E, z: np.zeros_like(E + z)
        )


def test_no_seed_instead_of_a_generator():
    with pytest.raises(TypeError, match="rng must be a Generator, got 42"):
        events.background_events(searches.STCF_4GEV, 5, rng=42)


def test_no_events_are_a_table_as_well():
    for sample in (
        events.background_events(searches.STCF_4GEV, 0, rng=generator()),
        events.reducible_events(searches.STCF_4GEV, 0, rng=generator()),
    ):
        assert list(sample.columns)[:5] == PHOTON and not len(sample)


def test_errors_name_the_argument():
    with pytest.raises(ValueError, match="d must be positive"):
        draw(nudp.DIRAC, 1.0, d=0.0)
    with pytest.raises(ValueError, match="m_N must be below sqrt_s"):
        draw(nudp.DIRAC, 4.0)
    with pytest.raises(ValueError, match="n must be a whole number, from 0 .* got -1"):
        draw(nudp.DIRAC, 1.0, n=-1)


def test_the_package_alone_does_not_need_pandas():
    code = "import sys, nudp; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_events_are_at_hand_when_asked_for():
    code = (
        "import sys, nudp; nudp.events.signal_events; nudp.plots.use_style;"
        "sys.exit(hasattr(nudp, 'event'))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    with pytest.raises(AttributeError, match="module 'nudp' has no attribute 'event'"):
        nudp.event  # noqa: B018


def test_weights_know_the_polarisation():
    """Their sums are the cross sections behind the yields of the same beams."""
    run = replace(searches.STCF_4GEV, polarisation=(0.7, -0.3), photon_efficiency=0.5)
    seen, rng = run.luminosity * run.photon_efficiency, np.random.default_rng(3)
    expected = limits.yields(run, 1.0, nudp.DIRAC)
    made = events.signal_events(run, 1.0, 1e-5, 10, signal=nudp.DIRAC, rng=rng).weight.sum()
    accepted = signal.acceptance(run.selection, run.sqrt_s, 1.0, nudp.DIRAC)
    assert seen * made * accepted == pytest.approx(1e-10 * expected.prompt[0], rel=1e-10)
    behind = events.background_events(run, 10, rng=rng).weight.sum()
    assert seen * behind == pytest.approx(expected.irreducible[0], rel=1e-10)
