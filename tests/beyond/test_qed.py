"""What is lost, against amplitudes from spinors, a Monte Carlo apart, limits and identities."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate
from spinors import GAMMA, METRIC, SPINS, bar, polarisations, u, v

from nudp import searches
from nudp.beyond import _three_body, qed
from nudp.beyond.detector import ScaledEnergy, without_ecl_gaps
from nudp.selections import (
    BELLE2_BOOST,
    CosThetaWindows,
    EnergyWindow,
    belle2_basic,
    belle2_bbg,
    belle2_high_mass,
    belle2_low_mass,
    besiii_advanced,
    besiii_basic,
    lab_angles,
)

ELECTRON = 0.51099895e-3
ALPHA = 1 / 137.035999
E6 = (4 * np.pi * ALPHA) ** 3
FB = 0.3893794e12  # fb GeV^2
ROOT_S, S = 4.0, 16.0
BELLE2 = 112**0.5
BEAM_P = np.sqrt(ROOT_S**2 / 4 - ELECTRON**2)
ELECTRON_BEAM, POSITRON_BEAM = (np.array([2.0, 0, 0, sign * BEAM_P]) for sign in (1, -1))
# twice the nodes, in one integral at a time
DOUBLED = [qed._ORDERS._replace(**{name: 2 * n}) for name, n in qed._ORDERS._asdict().items()]


def up_to(cos_theta, threshold=0.0):
    return CosThetaWindows(((-cos_theta, cos_theta, threshold),))


ECL = belle2_basic()
VETO = CosThetaWindows(
    ((-np.cos(np.deg2rad(2)), -0.95, 0.0), (-0.93, 0.93, 0.0), (0.95, np.cos(np.deg2rad(2)), 0.0))
)


# ---- amplitudes ----------------------------------------------------------------


def slash(p):
    return np.einsum("a,aij->ij", METRIC @ p, GAMMA)


def dot(a, b):
    return a @ METRIC @ b


def line(p, mass=ELECTRON):
    """Propagator of an electron."""
    return (slash(p) + mass * np.eye(4)) / (dot(p, p) - mass**2)


def three_photons(photons):
    """Spin-averaged |M|^2/e^6, six diagrams, massive electrons."""
    total = 0.0
    for eps in itertools.product(*map(polarisations, photons)):
        amplitude = sum(
            slash(eps[c])
            @ line(photons[c] - POSITRON_BEAM)
            @ slash(eps[b])
            @ line(ELECTRON_BEAM - photons[a])
            @ slash(eps[a])
            for a, b, c in itertools.permutations(range(3))
        )
        for a, b in itertools.product(SPINS, SPINS):
            row = bar(v(POSITRON_BEAM, ELECTRON, a))
            total += abs(row @ amplitude @ u(ELECTRON_BEAM, ELECTRON, b)) ** 2
    return total / 4


def lepton_pair(k, minus, plus, t_channel):
    """Spin-averaged |M|^2/e^6 of e+e- -> l+l- photon, leptons of the electron's mass."""

    def emitted(first, last, eps):
        """gamma^mu and a photon on a line that comes in with `first` and ends with `last`."""
        return [
            slash(eps) @ line(last + k) @ GAMMA[mu] + GAMMA[mu] @ line(first - k) @ slash(eps)
            for mu in range(4)
        ]

    total = 0.0
    beams = ELECTRON_BEAM + POSITRON_BEAM
    spinors = (
        [u(ELECTRON_BEAM, ELECTRON, a) for a in SPINS],
        [bar(v(POSITRON_BEAM, ELECTRON, a)) for a in SPINS],
        [bar(u(minus, ELECTRON, a)) for a in SPINS],
        [v(plus, ELECTRON, a) for a in SPINS],
    )
    for eps in polarisations(k):
        initial = emitted(ELECTRON_BEAM, -POSITRON_BEAM, eps)
        final = emitted(-plus, minus, eps)
        electron = emitted(ELECTRON_BEAM, minus, eps)
        positron = emitted(-plus, -POSITRON_BEAM, eps)
        for e_in, p_in, e_out, p_out in itertools.product(*spinors):
            for_all = 0.0
            for mu in range(4):
                plain = GAMMA[mu]
                term = (p_in @ initial[mu] @ e_in) * (e_out @ plain @ p_out) / dot(
                    minus + plus, minus + plus
                ) + (p_in @ plain @ e_in) * (e_out @ final[mu] @ p_out) / dot(beams, beams)
                if t_channel:
                    at_positron, at_electron = POSITRON_BEAM - plus, ELECTRON_BEAM - minus
                    term -= (e_out @ electron[mu] @ e_in) * (p_in @ plain @ p_out) / dot(
                        at_positron, at_positron
                    ) + (e_out @ plain @ e_in) * (p_in @ positron[mu] @ p_out) / dot(
                        at_electron, at_electron
                    )
                for_all += METRIC[mu, mu] * term
            total += abs(for_all) ** 2
    return total / 4


def direction(cos_theta, phi=0.0):
    sine = np.sqrt((1 - cos_theta) * (1 + cos_theta))
    return np.array([sine * np.cos(phi), sine * np.sin(phi), cos_theta])


def event(energy, first, second, mass=0.0):
    """Photon of an energy and a direction, the two others, of a mass, from the direction of one."""
    k = energy * np.array([1, *first])
    # (beams - k - q)^2 = m^2 is quadratic in the energy of q
    a, rest, mass2 = energy * (first @ second), ROOT_S - energy, S - 2 * ROOT_S * energy
    b = mass2 * rest
    c = (mass2 / 2) ** 2 + (a * mass) ** 2
    omega = (b - np.sign(a) * np.sqrt(max(b**2 - 4 * (rest**2 - a**2) * c, 0))) / (
        2 * (rest**2 - a**2)
    )
    if mass == 0:
        omega = mass2 / (2 * (rest + a))
    q = np.array([omega, *(np.sqrt(omega**2 - mass**2) * second)])
    return k, q, ELECTRON_BEAM + POSITRON_BEAM - k - q


def products(p, cos_theta):
    """With both beams, of energies and directions as the module takes them."""
    speed = BEAM_P / 2
    return [p[0] * 2 * (1 - sign * speed * cos_theta) for sign in (1, -1)]


@pytest.mark.parametrize("angle", [2.3, 1.0, 0.1, 1e-2, 1e-3, 2e-4])
@pytest.mark.parametrize("energy", [0.4, 1.3, 1.9])
def test_three_photons_are_those_of_massive_spinors(energy, angle):
    cosine = np.cos(angle)
    photons = event(energy, direction(0.3), direction(cosine, 1.1))
    k1, k2 = products(photons[0], 0.3), products(photons[1], cosine)
    k3 = [S / 2 - a - b for a, b in zip(k1, k2, strict=True)]
    share = np.prod(k3) / (np.prod(k2) + np.prod(k3))
    got = _three_body._photons(S, *k1, *k2)
    assert got == pytest.approx(share * three_photons(photons), rel=2e-6)


@pytest.mark.parametrize("energy", [0.9, 1.7])
@pytest.mark.parametrize("angle", [2.3, 1.0, 0.1, 1e-2, 1e-3, 3e-4, 1e-4])
def test_bhabha_is_that_of_massive_spinors(energy, angle):
    cosine = np.cos(angle)
    exact = closed = 0.0
    # close to the beam up to terms odd in the angle, which the azimuth averages away
    for phi in np.pi / 3 * (np.arange(6) + 0.2):
        k, minus, plus = event(energy, direction(0.3), direction(cosine, phi), ELECTRON)
        k1, k2 = products(k, 0.3), products(minus, cosine)
        k3 = [S / 2 - a - b for a, b in zip(k1, k2, strict=True)]
        both = (
            _three_body._electrons(S, *k1, *k2),
            _three_body._charge_conjugate(_three_body._electrons)(S, *k1, *k3),
        )
        one, other = lepton_pair(k, minus, plus, t_channel=True), sum(both)
        if angle > 0.5:
            assert other == pytest.approx(one, rel=2e-5)
        exact, closed = exact + one, closed + other
    assert closed == pytest.approx(exact, rel=3e-5)


def test_symmetry_of_the_photons():
    photons = event(1.2, direction(0.3), direction(-0.8, 1.1))
    cosines = [q[3] / q[0] for q in photons]
    each = [products(q, z) for q, z in zip(photons, cosines, strict=True)]
    values = []
    for a, b, c in itertools.permutations(each):
        share = np.prod(c) / (np.prod(b) + np.prod(c))
        values.append(_three_body._photons(S, *a, *b) / share)
    np.testing.assert_allclose(values, values[0], rtol=1e-10)


@pytest.mark.parametrize("soft", [1e-3, 1e-5])
def test_soft_photon_factorises(soft):
    """-e^2 (p_-/p_-q - p_+/p_+q)^2 times 2 e^4 (u/t + t/u)."""
    z, cosine = 0.4, -0.6
    energy = ROOT_S / 2 - soft
    photons = event(energy, direction(z), direction(cosine, 2.0))
    k1, k2 = products(photons[0], z), products(photons[1], cosine)
    p = np.array([ELECTRON_BEAM, POSITRON_BEAM])
    current = p[0] / dot(p[0], photons[1]) - p[1] / dot(p[1], photons[1])
    pair = 2 * ((1 - z) / (1 + z) + (1 + z) / (1 - z))
    got = _three_body._photons(S, *k1, *k2)  # 2 is soft, its share is 1
    assert got == pytest.approx(-dot(current, current) * pair, rel=2 * soft)


# ---- phase space ---------------------------------------------------------------


def lost(energy, z, two, three, orders=qed._ORDERS):
    """Phase space, 2 being closer to the beam, from the shares alone."""

    def share(s, k1, l1, k2, l2):
        p2, p3 = k2 * l2, (s / 2 - k1 - k2) * (s / 2 - l1 - l2)
        return p3 / (p2 + p3)

    photon = _three_body._Photon.of(np.array([energy]), np.array([z]), ROOT_S)
    return float(
        _three_body._lost(
            photon, two, three, _three_body._Channel(share, _three_body._photon_tip), orders
        )[0]
    )


@pytest.mark.parametrize(("energy", "z"), [(0.3, 0.9), (0.9, 0.2), (1.3, -0.6)])
def test_phase_space_of_two_is_one_over_eight_pi(energy, z):
    """Half of it, as one of the two is closer to the beam; in regions of angle and energy."""
    sphere = qed._Region(-1.0, 1.0, 0.0, ROOT_S)
    orders = qed._Orders(rapidity=160, azimuth=80)
    whole = 1 / (16 * np.pi)
    assert lost(energy, z, sphere, sphere, orders) == pytest.approx(whole, rel=1e-4)
    parts = [
        qed._Region(a, b, c, d)
        for a, b in itertools.pairwise([-1.0, -0.5, 0.85, 0.95, 1.0])
        for c, d in itertools.pairwise([0.0, 0.4, 1.2, ROOT_S])
    ]
    orders = qed._Orders(rapidity=24, azimuth=16)
    total = sum(lost(energy, z, two, three, orders) for two in parts for three in parts)
    assert total == pytest.approx(whole, rel=1e-4)


def monte_carlo(cut, lost_2, lost_3, squared, box, n, seed, identical=True):
    """Plain Monte Carlo over a box in E and z: cross section [fb] and its error.

    Directions of particle 2 or, in turn, of particle 3 are drawn flat in rapidity; what is lost
    is asked of each event.
    """
    rng = np.random.default_rng(seed)
    (e_low, e_high), (z_low, z_high) = box
    energy, z = rng.uniform(e_low, e_high, n), rng.uniform(z_low, z_high, n)
    beta = 2 * BEAM_P / ROOT_S
    reach = np.arctanh(beta)
    drawn = np.tanh(rng.uniform(-reach, reach, n)) / beta
    phi = rng.uniform(0, 2 * np.pi, n)
    sine = np.sqrt(1 - z**2)
    across = np.sqrt(np.maximum((1 - drawn) * (1 + drawn), 0))
    mass2, rest = S - 2 * ROOT_S * energy, ROOT_S - energy
    omega = mass2 / (2 * (rest + energy * (z * drawn + sine * across * np.cos(phi))))
    other = rest - omega
    other_z = -(energy * z + omega * drawn) / other

    def chance(w, cosine):
        """Density of a draw in the phase space of two."""
        rapidity = beta / ((1 - beta * cosine) * (1 + beta * cosine)) / (2 * reach)
        return rapidity / (2 * np.pi) * 8 * np.pi**2 * mass2 / w**2

    swap = rng.random(n) < 0.5
    w2, w3 = np.where(swap, other, omega), np.where(swap, omega, other)
    z2, z3 = np.where(swap, other_z, drawn), np.where(swap, drawn, other_z)
    density = (chance(omega, drawn) + chance(other, other_z)) / 2
    passed = cut(energy, z) & lost_2(w2, z2) & lost_3(w3, z3)
    values = np.zeros(n)
    some = [array[passed] for array in (energy, z, w2, z2, w3, z3)]
    measure = energy * (e_high - e_low) * (z_high - z_low) / (8 * np.pi**2) / density
    values[passed] = squared(*some) * measure[passed]
    factor = FB * E6 / (2 * S) / (2 if identical else 1)
    return factor * values.mean(), factor * values.std() / np.sqrt(n)


def photons_again(energy, z, w2, z2, w3, z3):
    """The formula of the module, of energies and angles."""
    beta = 2 * BEAM_P / ROOT_S
    k = [2 * w * (1 - beta * c) for w, c in ((energy, z), (w2, z2), (w3, z3))]
    m = [2 * w * (1 + beta * c) for w, c in ((energy, z), (w2, z2), (w3, z3))]
    hard = sum(a * b * (a**2 + b**2) for a, b in zip(k, m, strict=True))
    total = S * hard / np.prod(k, axis=0) / np.prod(m, axis=0)
    for i in range(3):
        a, b = (j for j in range(3) if j != i)
        for near, far in ((k, m), (m, k)):
            total = total - 2 * ELECTRON**2 * (far[a] / far[b] + far[b] / far[a]) / near[i] ** 2
    return total


def electrons_again(energy, z, w2, z2, w3, z3):
    """Berends et al. with Q^2 of massive electrons, 2 the electron; scalar products of vectors."""
    beta = 2 * BEAM_P / ROOT_S
    k, m = (
        [2 * w * (1 - i * beta * c) for w, c in ((energy, z), (w2, z2), (w3, z3))] for i in (1, -1)
    )
    s1 = S - 2 * ROOT_S * energy
    k2, k3 = (ROOT_S * (ROOT_S - 2 * w) / 2 for w in (w3, w2))  # k.q_-, k.q_+
    W = 2 * (
        S / 2 / (k[0] * m[0])
        + m[2] / (m[0] * k3)
        + k[1] / (k[0] * k2)
        + s1 / 2 / (k2 * k3)
        - m[1] / (m[0] * k2)
        - k[2] / (k[0] * k3)
    )
    t1, t0, u0, u1 = -2 * k[1], -2 * m[2], -2 * m[1], -2 * k[2]
    hard = S * s1 * (S**2 + s1**2) + t0 * t1 * (t0**2 + t1**2) + u0 * u1 * (u0**2 + u1**2)
    for w, product in ((w2, k[1]), (w3, m[2])):
        y = 1 - w / 2
        q2 = 2 * product + ELECTRON**2 * (2 / w - 2)
        hard = hard * (1 - 2 * (ELECTRON * y) ** 2 / (q2 * (1 + (1 - y) ** 2))) / q2
    return W * hard / (S * s1)


def eq_14(cos_b):
    edge = np.sqrt(1 - cos_b**2)

    def passes(energy, z):
        inside = (np.abs(z) < 0.8) | ((np.abs(z) > 0.86) & (np.abs(z) < 0.92))
        return inside & (energy > ROOT_S / (1 + np.sqrt(1 - z**2) / edge))

    return passes


def beyond(edge):
    return lambda w, z: np.abs(z) > edge


def in_gap(w, z):
    return (np.abs(z) > 0.80) & (np.abs(z) < 0.86)


END_CAP = ((1.5, 2.0), (-0.92, -0.86))


def agree(found, monte, precision):
    value, error = monte
    assert error < precision * value
    assert found == pytest.approx(value, abs=4 * error)


def only(box):
    """The selection that a box in z leaves of another one."""
    return CosThetaWindows(((*box[1], 0.0),))


def test_three_photons_against_a_monte_carlo():
    cut = besiii_advanced() & only(END_CAP)
    monte = monte_carlo(
        eq_14(0.95), beyond(0.93), beyond(0.93), photons_again, END_CAP, 2_000_000, 1
    )
    agree(qed.three_photons(cut, ROOT_S, up_to(0.93)), monte, 0.02)


def test_wide_angles_against_a_monte_carlo():
    """A hole from 0.7 on, where nothing is close to an edge; soft photons are not noticed."""
    cut = up_to(0.6, 0.3) & EnergyWindow(0.3, 1.7)
    box = ((0.3, 1.7), (-0.6, 0.6))

    def unseen(w, z):
        return (np.abs(z) > 0.7) | (w < 0.2)

    monte = monte_carlo(lambda E, z: E > 0, unseen, unseen, photons_again, box, 1_000_000, 2)
    agree(qed.three_photons(cut, ROOT_S, up_to(0.7, 0.2)), monte, 0.01)


def test_gaps_against_a_monte_carlo():
    box = ((1.2, 2.0), (-0.8, 0.8))
    cut = qed.besiii_edge() & only(box)
    gaps = qed.three_photons_in_gaps(cut, ROOT_S, up_to(0.92), qed.BESIII_GAP)
    assert gaps.none == 0
    monte = monte_carlo(eq_14(0.92), in_gap, beyond(0.92), photons_again, box, 3_000_000, 3)
    # either photon may be the one in the gap
    agree(gaps.one, (2 * monte[0], 2 * monte[1]), 0.03)
    monte = monte_carlo(eq_14(0.92), in_gap, in_gap, photons_again, box, 3_000_000, 4)
    agree(gaps.two, monte, 0.05)


def test_bhabha_against_a_monte_carlo():
    cut = besiii_advanced() & only(END_CAP)
    monte = monte_carlo(
        eq_14(0.95),
        beyond(0.93),
        beyond(0.93),
        electrons_again,
        END_CAP,
        2_000_000,
        5,
        identical=False,
    )
    agree(qed.radiative_bhabha(cut, ROOT_S, up_to(0.93), up_to(0.93)), monte, 0.03)


# ---- numbers -------------------------------------------------------------------


def test_what_two_others_found():
    """At 4 GeV; two computations apart from this one, to the digits that they were given with."""
    advanced = besiii_advanced()
    assert qed.three_photons(advanced, ROOT_S, up_to(0.93)) == pytest.approx(3.0e4, rel=0.02)
    bhabha = qed.radiative_bhabha(advanced, ROOT_S, up_to(0.93), up_to(0.93))
    assert bhabha == pytest.approx(1.1e4, rel=0.05)
    gaps = qed.three_photons_in_gaps(qed.besiii_edge(), ROOT_S, up_to(0.92), qed.BESIII_GAP)
    assert gaps.one == pytest.approx(5.6e5, rel=0.02)
    high, bbg, low = (
        qed.two_photons(without_ecl_gaps(cut), BELLE2, qed.BELLE2_SEEN)
        for cut in (belle2_high_mass(), belle2_bbg(), belle2_low_mass())
    )
    assert (high, bbg, low) == (pytest.approx(8.5e4, rel=0.01), pytest.approx(1.3e5, rel=0.03), 0)


def test_nothing_is_lost_above_the_edge():
    """Eq. (14) with all seen up to its edge, Eq. (8) with the whole calorimeter."""
    for cos_b in (0.92, 0.95, 0.99):
        assert qed.three_photons(qed.besiii_edge(cos_b), ROOT_S, up_to(cos_b)) < 1e-3
    assert qed.three_photons(belle2_bbg(), BELLE2, ECL) < 1e-3
    assert qed.radiative_bhabha(besiii_advanced(), ROOT_S, up_to(0.95), up_to(0.93)) < 1e-3
    # and below it something is
    assert qed.three_photons(besiii_advanced(), ROOT_S, up_to(0.949)) > 1
    inner = belle2_bbg() & lab_angles(20.0, 150.0, BELLE2_BOOST)
    assert qed.three_photons(inner, BELLE2, lab_angles(12.5, 155.0, BELLE2_BOOST)) > 1e-3


CASES = {
    "paper": (besiii_advanced(), ROOT_S, up_to(0.93)),
    "equal edges": (besiii_advanced(), ROOT_S, up_to(0.92)),
    "barrel": (qed.besiii_edge() & up_to(0.8), ROOT_S, up_to(0.86)),
    "low thresholds": (besiii_advanced(), 2.0, up_to(0.93, 0.025)),
    "high thresholds": (
        qed.besiii_edge(0.755) & CosThetaWindows(((-0.73, 0.69, 0.1),)),
        ROOT_S,
        CosThetaWindows(((-0.73, 0.75, 0.2),)),
    ),
    "lop-sided": (besiii_advanced(), ROOT_S, CosThetaWindows(((-0.94, 0.925, 0.0),))),
    "veto": (qed.besiii_edge(0.96), ROOT_S, VETO),
    "no edge": (besiii_basic() & EnergyWindow(0.3, 1.9), ROOT_S, up_to(0.93)),
    "Belle II": (
        belle2_bbg() & lab_angles(20.0, 150.0, BELLE2_BOOST),
        BELLE2,
        lab_angles(13.0, 155.0, BELLE2_BOOST),
    ),
}


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=[pytest.mark.slow] if case == "veto" else []) for case in CASES],
)
def test_nodes_suffice(case):
    cut, root_s, seen = CASES[case]
    regions = qed._unseen({"seen": seen}, root_s)
    pairs = qed._pairs(regions)
    for channels in ([qed._PHOTONS], qed._BHABHA):
        few, *many = (
            qed._integral(cut, root_s, pairs, channels, 0.0, orders)
            for orders in (qed._ORDERS, *DOUBLED[:4])
        )
        np.testing.assert_allclose(many, few, rtol=1e-3)


@pytest.mark.parametrize("case", ["BESIII", "Belle II"])
def test_nodes_suffice_for_gaps(case):
    cut, root_s, seen, gaps = {
        "BESIII": (besiii_advanced(), ROOT_S, up_to(0.93), qed.BESIII_GAP),
        "Belle II": (without_ecl_gaps(belle2_low_mass()), BELLE2, ECL, qed.BELLE2_GAPS),
    }[case]
    lost_ = qed._unseen({"seen": seen}, root_s)
    in_gaps = qed._unseen({"seen": seen}, root_s, {"gaps": gaps})
    for pairs in (list(itertools.product(lost_, in_gaps)), qed._pairs(in_gaps)):
        few, *many = (
            qed._integral(cut, root_s, pairs, [qed._PHOTONS], 0.0, orders)
            for orders in (qed._ORDERS, *DOUBLED[:4])
        )
        np.testing.assert_allclose(many, few, rtol=1e-3)


@pytest.mark.parametrize("resolution", [0.01, 0.025])
@pytest.mark.parametrize("edge", [0.93, pytest.param(0.95, marks=pytest.mark.slow)])
def test_nodes_suffice_for_a_resolution(edge, resolution):
    regions = qed._unseen({"seen": up_to(0.93)}, ROOT_S)
    pairs = qed._pairs(regions)
    few, *many = (
        qed._integral(qed.besiii_edge(edge), ROOT_S, pairs, [qed._PHOTONS], resolution, orders)
        for orders in (qed._ORDERS, *DOUBLED)
    )
    np.testing.assert_allclose(many, few, rtol=3e-3)


# ---- identities ----------------------------------------------------------------


def test_density_is_what_is_integrated():
    """On a plain grid over one end-cap at one energy after the other."""
    cut, seen = besiii_advanced() & EnergyWindow(1.75, 1.85) & only(END_CAP), up_to(0.93)
    energy = 1.75 + 0.1 * (np.arange(40) + 0.5)[:, None] / 40
    z = -0.92 + 0.06 * (np.arange(1000) + 0.5) / 1000
    density = qed.three_photon_density(energy, z, ROOT_S, seen) * eq_14(0.95)(energy, z)
    total = qed.three_photons(cut, ROOT_S, seen)
    assert density.mean() * 0.1 * 0.06 == pytest.approx(total, rel=2e-3)
    assert qed.three_photon_density([2.0, 3.0], 0.9, ROOT_S, seen).tolist() == [0.0, 0.0]


def test_gaps_that_see_nothing_are_no_detector():
    cut = qed.besiii_edge()
    gaps = qed.three_photons_in_gaps(cut, ROOT_S, up_to(0.93), qed.BESIII_GAP)
    open_ = CosThetaWindows(((-0.93, -0.86, 0.0), (-0.80, 0.80, 0.0), (0.86, 0.93, 0.0)))
    whole = qed.three_photons(cut, ROOT_S, open_)
    assert gaps.cross_section(1.0) == pytest.approx(whole, rel=1e-4)
    assert gaps.cross_section(0.0) == gaps.none == 0
    np.testing.assert_allclose(
        gaps.cross_section([0.1, 0.2]), [gaps.one * e + gaps.two * e**2 for e in (0.1, 0.2)]
    )


def test_mirror_image_and_charge():
    """A reflection along the beam exchanges electron and positron."""
    cut = besiii_advanced() & EnergyWindow(0.0, 1.95)
    one_side = cut & CosThetaWindows(((0.5, 0.92, 0.0),))
    other = cut & CosThetaWindows(((-0.92, -0.5, 0.0),))
    seen, mirrored = (CosThetaWindows((ends,)) for ends in ((-0.93, 0.94, 0.0), (-0.94, 0.93, 0.0)))
    for function, more in ((qed.three_photons, ()), (qed.radiative_bhabha, (up_to(0.92),))):
        found = function(one_side, ROOT_S, seen, *more)
        assert found == pytest.approx(function(other, ROOT_S, mirrored, *more), rel=1e-4)
        assert found > 1


def test_scaling_with_energy_and_mass(monkeypatch):
    """With all energies and the mass doubled, a quarter."""
    cut, seen = qed.besiii_edge(0.95), up_to(0.93)
    before = [
        qed.three_photons(cut, 4.0, seen),
        qed.radiative_bhabha(cut, 4.0, seen, seen),
    ]
    monkeypatch.setattr(_three_body, "ELECTRON_MASS", 2 * _three_body.ELECTRON_MASS)
    after = [
        qed.three_photons(cut, 8.0, seen),
        qed.radiative_bhabha(cut, 8.0, seen, seen),
    ]
    np.testing.assert_allclose(4 * np.array(after), before, rtol=1e-6)


def test_less_is_lost_where_more_is_seen():
    edges = (0.92, 0.925, 0.93, 0.94, 0.945)
    for function in (
        lambda c: qed.three_photons(besiii_advanced(), ROOT_S, up_to(c)),
        lambda c: qed.radiative_bhabha(besiii_advanced(), ROOT_S, up_to(c), up_to(0.92)),
        lambda c: qed.radiative_bhabha(besiii_advanced(), ROOT_S, up_to(0.92), up_to(c)),
    ):
        assert np.all(np.diff([function(c) for c in edges]) < 0)
    # a soft photon that goes unnoticed adds to it
    assert qed.three_photons(besiii_advanced(), ROOT_S, up_to(0.93, 0.1)) > qed.three_photons(
        besiii_advanced(), ROOT_S, up_to(0.93)
    )


def test_two_photons_by_quadrature():
    cut = qed.besiii_edge(0.95) & up_to(0.9)
    seen = CosThetaWindows(((-0.93, -0.87, 0.0), (-0.7, 0.93, 0.0)))  # a hole on one side

    def both(z):
        return 2 * np.pi * ALPHA**2 / S * FB * (1 + z**2) / (1 - z**2)

    with pytest.raises(ValueError, match="seen must leave"):
        qed.two_photons(cut, ROOT_S, seen)
    forward = cut & CosThetaWindows(((0.0, 0.9, 0.0),))
    expected = integrate.quad(both, 0.7, 0.8)[0] + integrate.quad(both, 0.86, 0.87)[0]
    assert qed.two_photons(forward, ROOT_S, seen) == pytest.approx(expected, rel=1e-6)
    below = forward & EnergyWindow(0.0, ROOT_S / 2)
    assert qed.two_photons(below, ROOT_S, seen) == 0
    # an upper cut at the peak leaves half of what the resolution spreads
    half = qed.two_photons(below, ROOT_S, seen, resolution=0.02)
    assert half == pytest.approx(expected / 2, rel=1e-3)
    assert qed.two_photons(forward, ROOT_S, seen, resolution=0.02) == pytest.approx(
        expected, rel=1e-3
    )


@pytest.mark.parametrize("edge", [0.92, 0.95])
def test_resolution_is_a_mean_over_energy_scales(edge):
    cut, seen, width = qed.besiii_edge(edge), up_to(0.93), 0.025
    pull = np.linspace(-5, 5, 41)
    weight = np.exp(-(pull**2) / 2)
    values = [
        qed.three_photons(ScaledEnergy(cut, float(1 + width * g)), ROOT_S, seen) for g in pull
    ]
    expected = np.sum(weight * values) / weight.sum()
    found = qed.three_photons(cut, ROOT_S, seen, resolution=width)
    assert found == pytest.approx(expected, rel=5e-3)


def test_a_margin_is_an_edge_above_the_edge():
    seen = up_to(0.93)
    edges = [qed.besiii_edge(0.95, margin) for margin in (0.0, 0.01, 0.03)]
    found = [qed.three_photons(cut, ROOT_S, seen) for cut in edges]
    assert np.all(np.diff(found) < 0)
    direct = ScaledEnergy(besiii_advanced(), 1 / 1.01)
    assert found[1] == pytest.approx(qed.three_photons(direct, ROOT_S, seen), rel=1e-3)


def test_searches_beside_the_paper():
    assert len(qed.BESIII_TRUE_EDGE) == len(searches.BESIII)
    assert {run.selection for run in qed.BESIII_TRUE_EDGE} == {qed.besiii_edge()}
    paper = searches.STCF_4GEV_30AB
    assert paper == replace(qed.STCF_TRUE_EDGE, name=paper.name, selection=paper.selection)
    same = qed.besiii_edge(0.95)
    energy = np.linspace(0.01, 2.0, 50)
    np.testing.assert_allclose(
        same.intervals(energy, ROOT_S), besiii_advanced().intervals(energy, ROOT_S), atol=1e-12
    )


# ---- what is refused -----------------------------------------------------------

FUNCTIONS = [
    qed.three_photons,
    lambda cut, root_s, seen: qed.radiative_bhabha(cut, root_s, seen, seen),
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_is_infinite_is_refused(function):
    gap = CosThetaWindows(((-0.93, -0.5, 0.0), (-0.4, 0.93, 0.0)))
    forward = besiii_advanced() & CosThetaWindows(((0.0, 0.92, 0.0),))
    with pytest.raises(ValueError, match="two_photons"):
        function(forward, ROOT_S, gap)
    assert np.isfinite(function(forward & EnergyWindow(0.0, 1.9), ROOT_S, gap))
    with pytest.raises(ValueError, match="energy floor"):
        function(up_to(0.9), ROOT_S, up_to(0.93))


@pytest.mark.parametrize("selected", [(2.05, 2.2), (1.9, 1.95)])
def test_what_a_resolution_makes_infinite_is_refused(selected):
    """Photons of sqrt_s/2 that are measured elsewhere."""
    gap = CosThetaWindows(((-0.93, -0.5, 0.0), (-0.4, 0.93, 0.0)))
    cut = CosThetaWindows(((0.0, 0.9, 0.0),)) & EnergyWindow(*selected)
    assert np.isfinite(qed.three_photons(cut, ROOT_S, gap))
    with pytest.raises(ValueError, match="two_photons"):
        qed.three_photons(cut, ROOT_S, gap, resolution=0.03)


@pytest.mark.parametrize("function", [*FUNCTIONS, qed.two_photons])
def test_what_makes_no_sense_is_refused(function):
    with pytest.raises(ValueError, match=r"must leave every photon"):
        function(besiii_advanced(), ROOT_S, up_to(0.9))
    for ends in ((-1.0, 0.93), (-0.93, 1.0), (-1.0, 1.0)):
        with pytest.raises(ValueError, match="beam line"):
            function(besiii_advanced(), ROOT_S, CosThetaWindows(((*ends, 0.0),)))
    with pytest.raises(ValueError, match="fixed windows"):
        function(besiii_advanced(), ROOT_S, besiii_advanced())
    with pytest.raises(ValueError, match="sqrt_s"):
        function(besiii_advanced(), 0.01, up_to(0.93))
    with pytest.raises(TypeError, match="selection"):
        function(None, ROOT_S, up_to(0.93))
    with pytest.raises(TypeError, match="seen"):
        function(besiii_advanced(), ROOT_S, 0.93)


def test_gaps_and_inefficiencies_that_are_refused():
    with pytest.raises(ValueError, match="gaps must leave"):
        qed.three_photons_in_gaps(besiii_advanced(), ROOT_S, up_to(0.93), up_to(0.81))
    for wrong in (1.5, -0.1, [0.5, 1.01]):
        with pytest.raises(ValueError, match="inefficiency"):
            qed.GapBackground(0.0, 1.0, 1.0).cross_section(wrong)
    with pytest.raises(ValueError, match="one"):
        qed.GapBackground(0.0, -1.0, 1.0)
    with pytest.raises(ValueError, match="resolution"):
        qed.three_photons(besiii_advanced(), ROOT_S, up_to(0.93), resolution=0.5)
    for wrong in (0.0, 1.0, -0.5):
        with pytest.raises(ValueError, match="cos_theta_b"):
            qed.besiii_edge(wrong)
    with pytest.raises(ValueError, match="margin"):
        qed.besiii_edge(margin=-0.1)


def test_a_selection_that_accepts_nothing_has_no_background():
    nothing = besiii_advanced() & EnergyWindow(5.0, 6.0)
    assert qed.three_photons(nothing, ROOT_S, up_to(0.93)) == 0
    assert qed.radiative_bhabha(nothing, ROOT_S, up_to(0.93), up_to(0.93)) == 0
