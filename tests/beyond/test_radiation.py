"""Initial-state radiation: moments of the evolution, exact averages, and sampled beams."""

from dataclasses import replace

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
from scipy import stats
from scipy.integrate import fixed_quad, quad

import nudp
from nudp import background, limits, searches, selections, signal
from nudp.beyond import radiation
from nudp.constants import ELECTRON_MASS
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


@pytest.mark.parametrize("x", [0.1, 0.5, 0.9])
def test_photons_at_all_angles_make_the_logarithm_of_s(x):
    """Off the beams by the radiator, and two cones with the mass of the electron: not of s'."""
    root_s, edge = 4.0, 1e-2
    y, mass = 1 - x, 2 * ELECTRON_MASS / root_s

    def cone(log):
        square = np.exp(log)
        whole = square + mass**2
        return square * ((1 + y**2) / whole - 2 * y * mass**2 / whole**2) / x

    def wide(eta):
        return radiation.radiator(x, np.tanh(eta)) / np.cosh(eta) ** 2

    near = quad(cone, -50, 2 * np.log(edge), epsrel=1e-10, points=[2 * np.log(mass)])[0]
    far = quad(wide, 0, np.arctanh(np.cos(edge)))[0]
    density = 2 * far + 2 * ALPHA / (2 * np.pi) * near
    beta = radiation.radiation_exponent(root_s)
    assert density == pytest.approx(beta / 2 * (1 + y**2) / x, rel=1e-4)


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


@pytest.mark.parametrize("name", ["belle2_bbg", "belle2_low_mass", "besiii_advanced"])
@pytest.mark.parametrize("m_N", [0.003, 0.3, 1.5, 2.4])
def test_tagged_cross_section_under_cuts_with_kinks(name, m_N):
    """Photon by photon, with the cuts as a yes or no; and at many masses as at one."""
    selection, root_s = getattr(selections, name)(), 4.0 if "bes" in name else ROOT_S_BELLE2
    passes, _ = CUTS[name]
    z = (np.arange(4000) + 0.5) / 2000 - 1
    top = 1 - (m_N / root_s) ** 2

    def per_energy(x):
        accepted = passes(np.full(z.shape, x * root_s / 2), z, root_s)
        pair = signal.total_cross_section(root_s * np.sqrt(1 - x), m_N, 1.0)
        return pair * (radiation.radiator(x, z) * accepted).sum() / 2000

    # 1 - x = top_of_x times a square: many nodes where the pair cross section falls
    t, w = np.polynomial.legendre.leggauss(400)
    x = top * (1 - ((1 + t) / 2) ** 4)
    direct = sum(
        per_energy(one) * v for one, v in zip(x, w * 2 * top * ((1 + t) / 2) ** 3, strict=True)
    )
    tagged = radiation.tagged_cross_section(selection, root_s, m_N)
    assert tagged == pytest.approx(direct, rel=5e-3)
    beside = radiation.tagged_cross_section(selection, root_s, [[1e-5, m_N], [9.0, 20.0]])
    assert beside[0, 1] == pytest.approx(tagged, rel=1e-13)
    assert np.all(beside >= 0)


@pytest.mark.parametrize("model", [nudp.PUBLISHED, nudp.DIRAC, nudp.MAJORANA, nudp.TEXT])
def test_the_photon_off_the_beams_is_a_small_signal(model):
    """What keeps S rising with d, and moves the limit of a heavy N by less than a per cent."""
    masses = np.concatenate([np.geomspace(1e-4, 3, 50), np.linspace(3, 11, 50)])
    for run in (searches.BELLE2_BBG, searches.BELLE2_LOW_MASS, searches.STCF_4GEV):
        both = radiation.tagged_yields(run, masses, model)
        assert np.all(both.tagged <= 0.015 * both.prompt)
        assert (both.tagged[:, 0] > 0).all()
        heavy, without = masses > 1, limits.upper_limit(run, masses, model)
        assert np.all(limits.solve(both)[heavy] >= 0.99 * without[heavy])


@pytest.mark.parametrize("method", ["chi2", "asimov", "cls", "poisson"])
def test_limits_with_both_channels_solve_their_equation(method):
    runs = [searches.STCF_4GEV, searches.BELLE2_BBG, searches.STCF_2GEV]
    masses = np.array([1e-4, 0.005, 0.03, 0.5, 2.5])
    both = radiation.tagged_yields(runs, masses, nudp.PUBLISHED)
    d = limits.solve(both, method=method)
    u = d**2
    S = u * (both.tagged * np.exp(-both.decay * u) + both.prompt * (1 - np.exp(-both.decay * u)))
    B = both.background[:, None]
    if method == "chi2":
        assert (S**2 / (S + B)).sum(0) == pytest.approx(np.full(5, 2.71), rel=1e-9)
    elif method != "poisson":
        q = 2 * (S - B * np.log1p(S / B)).sum(0)
        assert q == pytest.approx(np.full(5, 2.7055 if method == "asimov" else 3.8415), rel=1e-4)
    else:
        n = stats.poisson.ppf(0.5, B[:2].sum())
        assert stats.poisson.cdf(n, S.sum(0)[-1] + B[:2].sum()) == pytest.approx(0.05, abs=1e-9)


@pytest.mark.parametrize(
    ("run", "floor"),
    [
        (searches.STCF_4GEV_30AB, 1.7e-5),
        (searches.BELLE2_BBG, 2.4e-5),
        (searches.BELLE2_LOW_MASS, 1.3e-4),
        (searches.BESIII, 1.5e-4),
    ],
)
def test_floors_of_the_left_arms(run, floor):
    """A light N hardly decays: d^2 = S/t, S of a large background."""
    both = radiation.tagged_yields(run, [1e-5, 1e-4], nudp.PUBLISHED)
    limit = limits.solve(both)
    assert limit == pytest.approx([floor, floor], rel=0.03)
    if isinstance(run, nudp.Search):
        needed = (2.71 + np.sqrt(2.71**2 + 4 * 2.71 * both.background[0])) / 2
        assert limit == pytest.approx(np.sqrt(needed / both.tagged[0]), rel=1e-3)


def test_more_tagged_events_than_decays_are_refused():
    """Above the upper energy cut lie all photons of a heavy N, below it some off the beams."""
    window = CosThetaWindows(((-0.8, 0.8, 0.1),)) & selections.EnergyWindow(0.1, 0.5)
    run = replace(searches.STCF_4GEV, selection=window)
    with pytest.raises(ValueError, match="tagged must not exceed prompt"):
        radiation.tagged_yields(run, 3.0, nudp.PUBLISHED)


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


def test_veto_knows_no_light_mass_and_ends_at_threshold():
    """At 3.99 GeV no photon of 25 MeV can be radiated: 4 GeV leave it less than 10 MeV."""
    seen = selections.CosThetaWindows(((-0.92, 0.92, 0.025),))
    cuts = selections.besiii_advanced()
    light, lighter, heavy, heavier = radiation.signal_veto(
        cuts, 4.0, [1e-2, 1e-4, 3.5, 3.99], nudp.PUBLISHED, seen
    )
    assert lighter == pytest.approx(light, rel=1e-4)
    assert light > heavy > heavier == 0


def test_background_veto_against_events():
    """Drawn pairs of photons, the first boosted with its direction, and the cuts."""
    rng = np.random.default_rng(11)
    n, root_s, z_seen, lowest = 600_000, 4.0, 0.92, 0.025
    reach, low = np.arctanh(z_seen), 2 * lowest / root_s
    x, z = low ** (1 - rng.random(n)), np.tanh(reach * (2 * rng.random(n) - 1))
    weight = radiation.radiator(x, z) * x * -np.log(low) * (1 - z**2) * 2 * reach
    inner = root_s * np.sqrt(1 - x)
    # off the beam line and above 0.2 GeV, where the cuts begin
    edge = np.arctanh(0.99)
    E, c = 0.2 + rng.random(n) * (inner / 2 - 0.2), np.tanh(edge * (2 * rng.random(n) - 1))
    drawn = (1 - c**2) * 2 * edge * np.maximum(inner / 2 - 0.2, 0)
    weight *= drawn * background_density(E, c, inner) * (inner > 0.4)
    azimuth = 2 * np.pi * rng.random(n)
    between = c * z + np.sqrt((1 - c**2) * (1 - z**2)) * np.cos(azimuth)
    gamma, momentum = (1 - x / 2) / np.sqrt(1 - x), x / 2 / np.sqrt(1 - x)
    moved = E * (gamma - momentum * between)
    along = E * c + ((gamma - 1) * E * between - momentum * E) * z
    passes, _ = CUTS["besiii_advanced"]
    both = np.mean(weight * passes(moved, along / moved, root_s))
    seen = selections.CosThetaWindows(((-z_seen, z_seen, lowest),))
    computed = radiation.background_veto(selections.besiii_advanced(), root_s, seen)
    alone = background.cross_section(selections.besiii_advanced(), root_s)
    assert computed == pytest.approx(both / alone, rel=0.03)


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
