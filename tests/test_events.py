"""Sampled events against the closed forms, and against four-vectors."""

import subprocess
import sys

import numpy as np
import pytest
from independent import CUTS, photon_density
from scipy import stats

import nudp
from nudp import events, searches, selections, signal

MODELS = (nudp.TEXT, nudp.PUBLISHED, nudp.DIRAC, nudp.MAJORANA)
LIKELY = 1e-4  # a p-value below this would be bad luck once in ten thousand
COUNT = 200_000
CASES = [(model, m_N) for model in MODELS for m_N in (0.05, 1.0, 2.83, 3.9)]
NAMES = [f"{model.name}-{m_N}" for model, m_N in CASES]


def draw(model, m_N, n=COUNT, d=1e-6, boost=0.0, search=searches.STCF_4GEV):
    rng = np.random.default_rng(20220407)
    return events.signal_events(search, m_N, d, n, signal=model, rng=rng, boost=boost)


@pytest.mark.parametrize(("model", "m_N"), CASES, ids=NAMES)
def test_energies_follow_the_spectrum(model, m_N):
    r = m_N**2 / 16
    P = (1 - 2 * r) / (1 + 2 * r)
    slope = -P if model.decay == "exact" else model.decay
    cos_star = (draw(model, m_N).E_gamma / 2 * 2 - 1 - r) / (1 - r)
    test = stats.kstest(cos_star, lambda c: (1 + c) / 2 + slope * (c**2 - 1) / 4)
    assert test.pvalue > LIKELY


@pytest.mark.parametrize(("model", "m_N"), CASES, ids=NAMES)
def test_energy_and_angle_follow_the_density(model, m_N):
    """Pearson's chi^2 in cells of u = (x - r)/(1 - r) and z, the density typed a second time."""
    r = m_N**2 / 16
    sample = draw(model, m_N)
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
    sample = draw(model, m_N)
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


def test_one_energy_an_event():
    """With an array of energies each event is kinematically its own."""
    root_s = np.linspace(2.1, 4.0, 1000)
    E, *_ = events.photon_directions(root_s, 2.0, 1000, nudp.DIRAC, np.random.default_rng(1))
    assert np.all(E <= root_s / 2) and np.all(E >= 2.0**2 / (2 * root_s))


def test_errors_name_the_argument():
    with pytest.raises(ValueError, match="d must be positive"):
        draw(nudp.DIRAC, 1.0, d=0.0)
    with pytest.raises(ValueError, match="m_N must be below sqrt_s"):
        draw(nudp.DIRAC, 4.0)
    with pytest.raises(ValueError, match="n must be zero or positive"):
        draw(nudp.DIRAC, 1.0, n=-1)


def test_the_package_alone_does_not_need_pandas():
    code = "import sys, nudp; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
