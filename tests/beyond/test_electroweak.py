"""W and Z in e+e- -> nu nubar gamma: Ward identity, Dirac matrices, contact limit, the Z peak."""

from dataclasses import replace

import numpy as np
import pytest
import spinors
from independent import ROOT_S_BELLE2
from numpy.polynomial.legendre import leggauss
from scipy.integrate import quad
from spinors import GAMMA, METRIC, P_L, P_R, bar, u, v

import nudp
from nudp import background, constants, limits, searches, selections, signal
from nudp.beyond import electroweak, zpole

ROOT_S = 200.0


def slash(p):
    return np.einsum("a,aij->ij", METRIC @ p, GAMMA)


def dot(p, q):
    return p @ METRIC @ q


def momenta(root_s, E, z, cosine, azimuth):
    """Beams, photon and neutrinos, the pair decaying in its rest frame and boosted by matrix."""
    beam = root_s / 2
    one, two = np.array([beam, 0, 0, beam]), np.array([beam, 0, 0, -beam])
    k = E * np.array([1, np.sqrt(1 - z**2), 0, z])
    pair = one + two - k
    mass = np.sqrt(dot(pair, pair))
    sine = np.sqrt(1 - cosine**2)
    n = np.array([sine * np.cos(azimuth), sine * np.sin(azimuth), cosine])
    beta = pair[1:] / pair[0]
    gamma = pair[0] / mass
    along = n @ beta
    space = n + beta * (gamma**2 / (gamma + 1) * along + gamma)
    nu = mass / 2 * np.array([gamma * (1 + along), *space])
    return one, two, k, nu, pair - nu


HANDS = (P_L, constants.SIN2_THETA_W - 0.5), (P_R, constants.SIN2_THETA_W)


def squared(one, two, k, nu, other, polarisations, hands=HANDS):
    """|M|^2 with 4x4 matrices, all spins and flavours; no Goldstone couples to massless leptons."""
    s = 2 * dot(one, two)
    s_gamma = s - 2 * dot(one + two, k)
    g2 = 4 * np.sqrt(2) * constants.G_F
    z_pole = s_gamma - constants.M_Z**2 + 1j * s_gamma * constants.GAMMA_Z / constants.M_Z
    z_factor, w_factor = g2 * constants.M_Z**2 / z_pole, g2 * constants.M_W**2
    t1, t2 = -2 * dot(one, nu), -2 * dot(two, other)
    total = 0.0
    for eps in polarisations:
        first = slash(one - k) @ slash(eps) / (-2 * dot(one, k))
        second = slash(eps) @ slash(k - two) / (-2 * dot(two, k))
        for hand, coupling in hands:
            for a in (0, 1):
                for b in (0, 1):
                    amplitude, exchange = 0, 0
                    row, column = bar(v(two, 0, a)), hand @ u(one, 0, b)
                    for c in (0, 1):
                        for d in (0, 1):
                            out, back = bar(u(nu, 0, c)), P_L @ v(other, 0, d)
                            amplitude = sum(
                                METRIC[m, m]
                                * (row @ (GAMMA[m] @ first + second @ GAMMA[m]) @ column)
                                * (out @ GAMMA[m] @ back)
                                for m in range(4)
                            )
                            if hand is P_L:
                                one_nu = np.array([out @ g @ column for g in GAMMA])
                                two_nu = np.array([row @ g @ back for g in GAMMA])
                                from_one = np.array([out @ g @ first @ column for g in GAMMA])
                                from_two = np.array([row @ second @ g @ back for g in GAMMA])
                                vertex = (
                                    dot(one_nu, two_nu) * dot(one - nu - two + other, eps)
                                    + 2 * dot(two_nu, eps) * dot(one_nu, k)
                                    - 2 * dot(one_nu, eps) * dot(two_nu, k)
                                )
                                p1, p2 = t1 - constants.M_W**2, t2 - constants.M_W**2
                                exchange = (
                                    dot(from_one, two_nu) / p2
                                    + dot(one_nu, from_two) / p1
                                    + vertex / (p1 * p2)
                                )
                            through_z = coupling * z_factor * amplitude
                            total += 2 * abs(through_z) ** 2
                            total += abs(through_z - w_factor * exchange) ** 2
    return total


@pytest.mark.parametrize("root_s", [4.0, 91.0, 200.0, 365.0])
def test_density_against_dirac_matrices(root_s):
    E, z = 0.3 * root_s / 2, 0.4
    nodes, weights = leggauss(16)
    sum_ = 0.0
    for c, w in zip(nodes, weights, strict=True):
        for azimuth in 2 * np.pi * (np.arange(16) + 0.5) / 16:
            p = momenta(root_s, E, z, c, azimuth)
            sum_ += w / 2 / 16 * squared(*p, spinors.polarisations(p[2]))
    e2 = 4 * np.pi * constants.ALPHA
    # flux 1/(2s), spins 1/4, photon E dE dz/(8 pi^2), pair 1/(8 pi)
    density = e2 / 4 * sum_ / 4 / (2 * root_s**2) * E / (8 * np.pi**2) / (8 * np.pi)
    assert electroweak.differential_cross_section(E, z, root_s) == pytest.approx(
        constants.FB_GEV2 * density, rel=1e-5 if root_s > 100 else 1e-7
    )


def test_right_handed_electrons_make_fewer_neutrinos():
    """The weights of polarised beams against the two helicities of all diagrams, at low energy."""
    nodes, weights = leggauss(6)
    both = np.zeros(2)
    for c, w in zip(nodes, weights, strict=True):
        for azimuth in 2 * np.pi * (np.arange(6) + 0.5) / 6:
            p = momenta(0.05, 0.01, 0.4, c, azimuth)
            eps = spinors.polarisations(p[2])
            both += w * np.array([squared(*p, eps, [hand]) for hand in HANDS])
    left, right = both / both.mean()
    for electron, positron in ((1.0, 0.0), (0.7, 0.0), (-0.4, 0.8)):
        expected = (1 - electron) * (1 + positron) * left + (1 + electron) * (1 - positron) * right
        weight = background.polarised_ratio(electron, positron)
        assert weight == pytest.approx(expected / 2, rel=1e-6)


@pytest.mark.parametrize("root_s", [10.0, 200.0])
def test_photon_along_its_momentum_gives_nothing(root_s):
    p = momenta(root_s, 0.2 * root_s, -0.3, 0.5, 1.0)
    k = p[2]
    usual = squared(*p, spinors.polarisations(k))
    assert squared(*p, [k / k[0]]) < 1e-20 * usual


def test_contact_limit_for_heavy_bosons(monkeypatch):
    """Heavier bosons at the same G_F leave the formula of `background`."""
    heavier = 1e4
    for name in ("M_Z", "M_W"):
        monkeypatch.setattr(electroweak, name, heavier * getattr(constants, name))
    for name in ("_G_Z2", "_G_W2"):
        monkeypatch.setattr(electroweak, name, heavier**2 * getattr(electroweak, name))
    E, z = np.array([0.1, 2.0, 5.2]), np.array([0.9, -0.5, 0.0])
    np.testing.assert_allclose(
        electroweak.differential_cross_section(E, z, 10.58),
        background.differential_cross_section(E, z, 10.58),
        rtol=1e-8,
    )


def test_photon_recoils_against_the_z():
    """Above the Z, photons of E = (s - M_Z^2)/(2 sqrt_s) are a peak of the Z's width."""
    E_Z = (ROOT_S**2 - constants.M_Z**2) / (2 * ROOT_S)
    peak, off = electroweak.differential_cross_section([E_Z, 0.8 * E_Z], 0.0, ROOT_S)
    assert peak > 30 * off
    half = constants.M_Z * constants.GAMMA_Z / (2 * ROOT_S)
    left, right = electroweak.differential_cross_section([E_Z - half, E_Z + half], 0.0, ROOT_S)
    assert (left + right) / (2 * peak) == pytest.approx(0.5, abs=0.02)


def test_charge_conjugation_mirrors_the_photon():
    E, z = np.array([10.0, 60.0]), np.array([0.3, 0.8])
    np.testing.assert_allclose(
        electroweak.differential_cross_section(E, z, ROOT_S),
        electroweak.differential_cross_section(E, -z, ROOT_S),
        rtol=1e-5,
    )


def test_cross_section_is_the_integral_of_the_density():
    """Against scipy's adaptive cubature, on a rectangle."""
    from scipy.integrate import cubature

    selection = selections.Selection(
        "box", (selections.CosThetaWindows(((-0.8, 0.5, 1.0),)), selections.EnergyWindow(1.0, 4.0))
    )
    other = cubature(
        lambda p: electroweak.differential_cross_section(p[:, 0], p[:, 1], 10.58),
        [1.0, -0.8],
        [4.0, 0.5],
        rtol=1e-9,
    )
    assert electroweak.cross_section(selection, 10.58) == pytest.approx(other.estimate, rel=1e-8)


def test_cross_section_finds_the_peak_of_the_z():
    """Far above the Z nearly all photons recoil against one, within its width."""
    selection = selections.CosThetaWindows(((-0.3, 0.3, 1.5),))
    peak = (ROOT_S**2 - constants.M_Z**2) / (2 * ROOT_S)
    t, w = leggauss(8)

    def spectrum(E):
        return 0.3 * electroweak.differential_cross_section(E, 0.3 * t, ROOT_S) @ w

    ends = [1.5, 20.0, 60.0, peak - 5, peak, peak + 5, 90.0, ROOT_S / 2]
    by_hand = sum(
        quad(spectrum, *pair, epsrel=1e-6)[0] for pair in zip(ends[:-1], ends[1:], strict=True)
    )
    assert electroweak.cross_section(selection, ROOT_S) == pytest.approx(by_hand, rel=1e-5)


@pytest.mark.parametrize("root_s", [10.58, 91.19, 240.0, 365.0])
def test_three_neutrinos_without_the_w_are_three_more_neutrinos(monkeypatch, root_s):
    """All diagrams with the W switched off, against the pole of the Z times the radiator."""
    monkeypatch.setattr(electroweak, "_G_W2", 0.0)
    photons = selections.CosThetaWindows(((-0.9, 0.7, 0.05 * root_s),))
    three = electroweak.cross_section(photons, root_s)
    assert electroweak.one_more_neutrino(photons, root_s) == pytest.approx(three / 3, rel=1e-9)


def test_yields_below_the_wall_are_those_of_the_contact_limit():
    runs = [searches.STCF_4GEV, searches.BELLE2_LOW_MASS]
    plain, full = (
        source.yields(runs, [0.5, 5.0], nudp.PUBLISHED) for source in (limits, electroweak)
    )
    for name in ("prompt", "decay", "reducible", "uncertainty"):
        np.testing.assert_allclose(getattr(full, name), getattr(plain, name), rtol=1e-12)
    ratio = [electroweak.propagator_ratio(run.selection, run.sqrt_s) for run in runs]
    np.testing.assert_allclose(full.irreducible / plain.irreducible, ratio, rtol=1e-5)


def test_background_that_is_given_is_not_computed():
    """As in `nudp.limits.yields`, at an energy where that has no formula."""
    photons = selections.CosThetaWindows(((-0.9, 0.9, 10.0),))
    told = searches.Search("", 200.0, 1.0, photons, 1.0, background_events=3.2)
    one = electroweak.yields(told, [1.0], nudp.PUBLISHED)
    assert (one.irreducible, one.reducible) == (0.0, 3.2)


def test_yields_on_the_z_pole_know_its_width():
    """Through the Z as from its measured width, beside the photon, without interference."""
    pole = replace(searches.STCF_4GEV, sqrt_s=constants.M_Z)
    alone = electroweak.yields(pole, 1.0, nudp.PUBLISHED)
    both = electroweak.yields(pole, 1.0, nudp.PUBLISHED, d_Z=-0.55)
    through_z = zpole.total_cross_section(1.0, 0.55)
    through_photon = signal.total_cross_section(constants.M_Z, 1.0, 1.0)
    # the width of the Z knows the charge at M_Z, the photon that at rest
    assert both.prompt / alone.prompt - 1 == pytest.approx(through_z / through_photon, rel=0.1)
    with pytest.raises(ValueError, match="m_N must be below M_Z"):
        electroweak.yields(replace(pole, sqrt_s=240.0), 100.0, nudp.PUBLISHED, d_Z=0.1)
    with pytest.raises(ValueError, match="unpolarised"):
        electroweak.yields(replace(pole, polarisation=(0.5, 0.0)), 1.0, nudp.PUBLISHED)


@pytest.mark.parametrize("function", [electroweak.cross_section, electroweak.one_more_neutrino])
@pytest.mark.parametrize(
    ("window", "message"),
    [((-0.9, 1.0, 10.0), "reaches the beam line"), ((-0.9, 0.9, 0.0), "no energy floor")],
)
def test_infinite_cross_sections_are_refused(function, window, message):
    with pytest.raises(ValueError, match=message):
        function(selections.CosThetaWindows((window,)), ROOT_S)


def test_nothing_above_the_end_point():
    assert electroweak.differential_cross_section(6.0, 0.0, 10.0) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((0.0, 0.0, 4.0), "E_gamma"), ((1.0, 1.0, 4.0), "cos_theta"), ((1.0, 0.0, -4.0), "sqrt_s")],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        electroweak.differential_cross_section(*arguments)


# ---- how far from the contact limit --------------------------------------------------


def test_propagators_move_it_by_the_sizes_known():
    ratio = electroweak.contact_limit_ratio(np.array([0.0, 4.0, ROOT_S_BELLE2**2]))
    assert ratio[0] == pytest.approx(1.0, abs=1e-14)
    assert 1 - ratio[1] == pytest.approx(1e-4, rel=0.5)
    assert 1 - ratio[2] == pytest.approx(3e-3, rel=0.5)


def test_contact_limit_against_quadrature():
    s_gamma, W, Z, sin2 = 400.0, constants.M_W, constants.M_Z, constants.SIN2_THETA_W

    def squares(c):
        boson = Z**2 / (Z**2 - s_gamma)
        w = W**2 / (W**2 + s_gamma * (1 - c) / 2)
        left, right = (sin2 - 0.5) * boson, sin2 * boson
        flavours = (left + w) ** 2 + 2 * left**2
        return flavours * (1 + c) ** 2 + 3 * right**2 * (1 - c) ** 2

    contact = 8 / 3 * ((0.5 + sin2) ** 2 + 2 * (0.5 - sin2) ** 2 + 3 * sin2**2)
    expected = quad(squares, -1, 1)[0] / contact
    assert electroweak.contact_limit_ratio(s_gamma) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    ("name", "root_s", "per_cent"),
    [
        ("besiii_advanced", 2.0, -0.0114),
        ("besiii_advanced", 7.0, -0.138),
        ("belle2_bbg", ROOT_S_BELLE2, -0.303),
        ("belle2_high_mass", ROOT_S_BELLE2, -0.322),
        ("belle2_low_mass", ROOT_S_BELLE2, -0.398),
    ],
)
def test_propagator_ratio_is_that_of_all_diagrams(name, root_s, per_cent):
    """Against the two cross sections on all nodes, and the numbers of another code."""
    selection = getattr(selections, name)()
    got = 100 * (electroweak.propagator_ratio(selection, root_s) - 1)
    full = electroweak.cross_section(selection, root_s)
    assert got == pytest.approx(
        100 * (full / background.cross_section(selection, root_s) - 1), rel=1e-3
    )
    assert got == pytest.approx(per_cent, rel=0.01)
    # the pair alone, without the photon, is too small
    E = root_s / 2 * (np.arange(2000) + 0.5) / 2000
    spectrum = background.photon_spectrum(E, selection, root_s)
    pair = electroweak.contact_limit_ratio(root_s * (root_s - 2 * E)) - 1
    assert 1.9 < got / (100 * (spectrum * pair).sum() / spectrum.sum()) < 4.1


def test_the_ratio_of_the_pair_holds_up_to_half_the_mass_of_the_z():
    half = constants.M_Z / 2
    assert electroweak.contact_limit_ratio((0.99 * half) ** 2) > 1
    for s_gamma in (half**2, 8000.0):
        with pytest.raises(ValueError, match=r"^s_gamma must be below \(M_Z/2\)\^2, too near"):
            electroweak.contact_limit_ratio(s_gamma)
    with pytest.raises(ValueError, match=r"s_gamma .*-1\.0"):
        electroweak.contact_limit_ratio(-1.0)


def test_propagator_ratio_needs_a_background():
    empty = selections.Selection("too hard", (selections.CosThetaWindows(((-0.5, 0.5, 100.0),)),))
    with pytest.raises(ValueError, match="'too hard' accepts no background"):
        electroweak.propagator_ratio(empty, 4.0)
    with pytest.raises(ValueError, match="no energy floor"):
        electroweak.propagator_ratio(selections.belle2_basic(), ROOT_S_BELLE2)
    with pytest.raises(ValueError, match="CosThetaWindows.* accepts no background"):
        electroweak.propagator_ratio(selections.CosThetaWindows(((-0.5, 0.5, 3.0),)), 4.0)
