"""Initial-state radiation: moments of the evolution, exact averages, and sampled beams."""

import numpy as np
import pytest
from independent import (
    ALPHA,
    CUTS,
    ROOT_S_BELLE2,
    background_density,
    exponent,
    over_soft_power,
    photon_density,
    sampled,
)
from scipy.integrate import fixed_quad, quad

import nudp
from nudp import background, selections, signal
from nudp.beyond import radiation
from nudp.selections import CosThetaWindows, Selection

EVERYTHING = Selection("all", (CosThetaWindows(((-1.0, 1.0, 0.0),)),))


def test_density_is_the_formula_typed_a_second_time():
    x = np.array([1e-12, 1e-5, 0.01, 0.3, 0.9])
    for root_s in (2.0, ROOT_S_BELLE2):
        half = exponent(root_s) / 2
        expected = half * x ** (half - 1) * over_soft_power(x, root_s)
        np.testing.assert_allclose(radiation.structure_function(x, root_s), expected, rtol=2e-6)


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_moments_are_those_of_the_evolution(n):
    """In leading log the n-th moment is exp(beta/4 int (y^n - 1)(1 + y^2)/(1 - y)); n = 0: 1."""
    kernel = quad(lambda x: ((1 - x) ** n - 1) * (1 + (1 - x) ** 2) / x, 0, 1)[0]
    betas, missing = [], []
    for root_s in (1.0, 40.0):
        b = exponent(root_s)

        def in_soft_power(t, b=b, root_s=root_s):  # t = x^(beta/2)
            x = max(t ** (2 / b), 1e-290)
            return (1 - x) ** n * over_soft_power(x, root_s)

        moment = quad(in_soft_power, 0, 1, points=[0.8, 0.95], epsabs=1e-10, limit=400)[0]
        betas.append(b)
        missing.append(moment - np.exp(b / 4 * kernel))
    # what is missing is of third order, and small
    assert missing[1] / missing[0] == pytest.approx((betas[1] / betas[0]) ** 3, rel=0.1)
    assert abs(missing[1]) < 1e-4


def test_a_harder_scale_radiates_more():
    one, two = radiation.radiation_exponent([2.0, 10.0])
    assert two - one == pytest.approx(4 * ALPHA / np.pi * np.log(5), rel=1e-6)


@pytest.mark.parametrize("m_N", [0.5, 2.0, 3.5, 3.95])
@pytest.mark.parametrize("model", [nudp.DIRAC, nudp.PUBLISHED], ids=lambda model: model.name)
def test_without_cuts_it_is_the_mean_cross_section(m_N, model):
    root_s, half = 4.0, exponent(4.0) / 2

    def mean(weight):
        # t = x^(beta/2) of either beam, up to where N can just be made
        T, W = np.polynomial.legendre.leggauss(160)
        top = (1 - m_N**2 / root_s**2) ** half
        x_1 = np.maximum((top * (1 + T) / 2) ** (1 / half), 1e-290)[:, None]
        top_2 = (1 - m_N**2 / (root_s**2 * (1 - x_1))) ** half
        x_2 = np.maximum((top_2 * (1 + T) / 2) ** (1 / half), 1e-290)
        tau = m_N**2 / (root_s**2 * (1 - x_1) * (1 - x_2))
        inner = (top_2 * W / 2 * over_soft_power(x_2, root_s) * weight(tau)).sum(1)
        return (top * W / 2 * over_soft_power(x_1[:, 0], root_s) * inner).sum()

    def sigma(tau):
        return (1 - tau) ** 2 * (1 + 2 * tau)

    tau_0 = m_N**2 / root_s**2
    yields, decays = radiation.signal_ratio(EVERYTHING, root_s, m_N, model)
    made = mean(sigma)
    assert yields == pytest.approx(made / sigma(tau_0), rel=3e-4)
    # p_N is proportional to (1 - tau)/sqrt(tau) at fixed m_N
    slower = mean(lambda tau: sigma(tau) * np.sqrt(tau) / (1 - tau)) / made
    assert decays == pytest.approx(slower * (1 - tau_0) / np.sqrt(tau_0), rel=1e-3)


@pytest.mark.parametrize(
    ("cut", "root_s", "m_N", "model"),
    [
        ("besiii_advanced", 4.0, 0.3, nudp.DIRAC),
        ("besiii_advanced", 4.0, 3.0, nudp.PUBLISHED),
        ("belle2_low_mass", ROOT_S_BELLE2, 0.3, nudp.TEXT),
        ("belle2_low_mass", ROOT_S_BELLE2, 7.0, nudp.DIRAC),
        ("belle2_high_mass", ROOT_S_BELLE2, 9.5, nudp.MAJORANA),
        ("belle2_bbg", ROOT_S_BELLE2, 5.0, nudp.DIRAC),
    ],
)
def test_signal_agrees_with_sampled_beams(cut, root_s, m_N, model):
    selection = getattr(selections, cut)()

    def density(E, z, below):
        r = m_N**2 / below**2
        shape = photon_density(2 * E / below, z, r, model.decay) * 2 / below
        return (1 - r) ** 2 * (1 + 2 * r) * shape

    def lowest(below):
        return m_N**2 / (2 * below)

    mean, error = sampled(cut, root_s, density, lowest, reach=4.0)
    r = m_N**2 / root_s**2
    plain = (1 - r) ** 2 * (1 + 2 * r) * signal.acceptance(selection, root_s, m_N, model)
    ratio, _ = radiation.signal_ratio(selection, root_s, m_N, model)
    assert error / plain < 1.5e-3
    assert abs(mean / plain - ratio) < 4 * error / plain


@pytest.mark.parametrize(
    ("cut", "root_s"), [("besiii_advanced", 4.0), ("belle2_low_mass", ROOT_S_BELLE2)]
)
def test_background_agrees_with_sampled_beams(cut, root_s):
    selection = getattr(selections, cut)()
    # no cut takes a photon below 0.23 sqrt_s, and a boost at most doubles its energy
    mean, error = sampled(cut, root_s, background_density, lambda below: 0.05 * below, reach=4.0)
    plain = background.cross_section(selection, root_s)
    assert error / plain < 1.5e-3
    assert abs(mean / plain - radiation.background_ratio(selection, root_s)) < 4 * error / plain


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["besiii_advanced", "belle2_low_mass", "belle2_high_mass", "belle2_bbg"]
)
def test_more_nodes_change_nothing(monkeypatch, name):
    selection = getattr(selections, name)()
    root_s = 4.0 if name == "besiii_advanced" else ROOT_S_BELLE2
    masses = root_s * np.array([0.01, 0.5, 0.75, 0.95, 0.995])

    def ratios():
        yields, decays = radiation.signal_ratio(selection, root_s, masses, nudp.DIRAC)
        return np.concatenate([yields, decays, [radiation.background_ratio(selection, root_s)]])

    few = ratios()
    for nodes in ("_ENERGY", "_ANGLE", "_BEAM"):
        monkeypatch.setattr(radiation, nodes, 2 * getattr(radiation, nodes))
    np.testing.assert_allclose(few, ratios(), rtol=1e-3)


def test_errors_name_the_argument():
    empty = Selection("too hard", (CosThetaWindows(((-0.5, 0.5, 100.0),)),))
    with pytest.raises(ValueError, match="loss must be strictly between 0 and 1"):
        radiation.structure_function(0.0, 4.0)
    with pytest.raises(ValueError, match="two electrons"):
        radiation.radiation_exponent(1e-3)
    with pytest.raises(ValueError, match="must accept some signal"):
        radiation.signal_ratio(empty, 4.0, 1.0, nudp.DIRAC)
    with pytest.raises(ValueError, match="must accept something"):
        radiation.background_ratio(empty, 4.0)


# ---- one photon at a wide angle ---------------------------------------------------------

BARREL = selections.CosThetaWindows(((-0.8, 0.6, 0.2),))


def test_radiator_is_that_of_the_neutrinos():
    """Without W and Z the background is the pair cross section at s(1 - x) times H."""
    x, z, root_s = np.array([0.1, 0.5, 0.9]), np.array([0.9, -0.3, 0.0]), 4.0
    E = x * root_s / 2
    pair = background.differential_cross_section(E, z, root_s) / radiation.radiator(x, z)
    # sigma(s_gamma) is proportional to s_gamma
    np.testing.assert_allclose(pair / (1 - x), pair[0] / (1 - x[0]), rtol=1e-12)


@pytest.mark.parametrize("m_N", [0.01, 1.0, 3.0, 3.7])
def test_tagged_cross_section_the_other_way_round(m_N):
    """First over the photon energy, then over its angle, by scipy's adaptive rules."""

    def over_energy(z):
        def density(x):
            sigma = signal.total_cross_section(4.0 * np.sqrt(1 - x), m_N, 1.0)
            return sigma * radiation.radiator(x, z)

        top = 1 - m_N**2 / 16
        edges = [top - few * m_N**2 for few in (0.1, 1.0, 10.0)]
        return quad(density, 0.1, top, points=[x for x in edges if x > 0.1], epsrel=1e-9)[0]

    other = fixed_quad(lambda z: [over_energy(one) for one in z], -0.8, 0.6, n=20)[0]
    tagged = radiation.tagged_cross_section(BARREL, 4.0, m_N)
    # of a light N the last sliver, 1 - x of the size of r, has few nodes
    assert tagged == pytest.approx(other, rel=2e-6 if m_N < 0.1 else 1e-8)


def test_tagged_cross_section_does_not_know_a_light_mass():
    tagged = radiation.tagged_cross_section(BARREL, 4.0, [1e-6, 1e-3, 1e-2])
    np.testing.assert_allclose(tagged, tagged[0], rtol=2e-4)


def test_tagged_cross_section_ends_where_no_photon_is_left():
    """The softest accepted photon, of 0.2 GeV, leaves sqrt(s') = 3.795 GeV for N."""
    masses = [3.79, 3.8, 4.0, 5.0]
    assert (radiation.tagged_cross_section(BARREL, 4.0, masses) > 0).tolist() == [True] + [
        False
    ] * 3


def test_veto_of_soft_photons_is_the_integral_of_the_radiator():
    """Photons too soft to move anything: the share is their number."""
    soft = selections.CosThetaWindows(((-0.5, 0.5, 1e-7),)) & selections.EnergyWindow(1e-6, 1e-5)
    share = radiation.signal_veto(selections.besiii_advanced(), 4.0, 1.0, nudp.PUBLISHED, soft)
    number = 4 * ALPHA / np.pi * np.log(10) * np.arctanh(0.5)
    assert share == pytest.approx(number, rel=1e-3)
    behind = radiation.background_veto(selections.besiii_advanced(), 4.0, soft)
    assert behind == pytest.approx(number, rel=1e-3)


def test_veto_against_events():
    """Drawn second photons, boosted four-vectors, isotropic N and decays, and the cuts."""
    rng = np.random.default_rng(7)
    n, root_s, m_N, z_seen, lowest = 400_000, 4.0, 1.0, 0.92, 0.025
    reach = np.arctanh(z_seen)
    top = 1 - m_N**2 / root_s**2
    low = 2 * lowest / root_s
    x = low * (top / low) ** rng.random(n)
    z = np.tanh(reach * (2 * rng.random(n) - 1))
    weight = radiation.radiator(x, z) * x * np.log(top / low) * (1 - z**2) * 2 * reach
    inner = root_s * np.sqrt(1 - x)
    weight *= signal.total_cross_section(inner, m_N, 1.0)
    weight /= signal.total_cross_section(root_s, m_N, 1.0)
    # flat energies: isotropic decay; the direction of the photon as of isotropic N
    r = m_N**2 / inner**2
    E = inner / 2 * (r + (1 - r) * rng.random(n))
    c, azimuth = 2 * rng.random(n) - 1, 2 * np.pi * rng.random(n)
    between = c * z + np.sqrt((1 - c**2) * (1 - z**2)) * np.cos(azimuth)
    gamma, momentum = (1 - x / 2) / np.sqrt(1 - x), x / 2 / np.sqrt(1 - x)
    moved = E * (gamma - momentum * between)
    # the momentum along the boost changes, that along the beam follows with it
    shift = (gamma - 1) * E * between - momentum * E
    passes, _ = CUTS["besiii_advanced"]
    r = m_N**2 / root_s**2
    alone = passes(root_s / 2 * (r + (1 - r) * rng.random(n)), 2 * rng.random(n) - 1, root_s)
    share = (weight * passes(moved, (E * c + shift * z) / moved, root_s)).mean() / alone.mean()
    seen = selections.CosThetaWindows(((-z_seen, z_seen, lowest),))
    computed = radiation.signal_veto(
        selections.besiii_advanced(), root_s, m_N, nudp.PUBLISHED, seen
    )
    assert computed == pytest.approx(share, rel=0.03)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: radiation.radiator(0.0, 0.0), "x must be"),
        (lambda: radiation.radiator(0.5, 1.0), "off the beam line"),
        (lambda: radiation.tagged_cross_section(selections.belle2_basic(), 10.0, 1.0), "no energy"),
        (
            lambda: radiation.tagged_cross_section(selections.EnergyWindow(1.0, 2.0), 10.0, 1.0),
            "beam line",
        ),
        (lambda: radiation.background_veto(BARREL, 0.1, BARREL), "must accept something"),
    ],
)
def test_infinite_radiation_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
