"""The helicity amplitudes of the chain, their interference included, against two other ways."""

import numpy as np
import pytest
import spinors

import nudp
from nudp.constants import ALPHA, FB_GEV2

POINTS = np.random.default_rng(20251)


def _amplitudes(z_N, cos_star, phi_star, r):
    """Two amplitudes, photon helicity along the beam +1 and -1, in closed form.

    Production d^1_{M 0} and sqrt(2 r) d^1_{M -1} for helicity +1/2 and -1/2 of N; decay
    -sin(theta*/2) and cos(theta*/2) with the phases exp(+-i phi*/2).
    """
    sine = np.sqrt(1 - z_N**2)
    up = -np.sqrt((1 - cos_star) / 2) * np.exp(0.5j * phi_star)
    down = np.sqrt((1 + cos_star) / 2) * np.exp(-0.5j * phi_star)
    return [
        -M * sine / np.sqrt(2) * up + np.sqrt(2 * r) * (1 - M * z_N) / 2 * down for M in (1, -1)
    ]


def _density(z_N, cos_star, phi_star, r):
    return sum(abs(amplitude) ** 2 for amplitude in _amplitudes(z_N, cos_star, phi_star, r))


def _momenta(root_s, m_N, z_N, cos_star, phi_star):
    """Photon, neutrino, antineutrino in the CM frame; phi* from the plane of beam and N."""
    r = (m_N / root_s) ** 2
    E, p = root_s * (1 + r) / 2, root_s * (1 - r) / 2
    sine = np.sqrt(1 - z_N**2)
    flight = np.array([sine, 0, z_N])
    across = np.array([z_N, 0, -sine])
    side = np.array([0, 1, 0])
    transverse = np.cos(phi_star) * across + np.sin(phi_star) * side
    along = (E * cos_star + p) / 2
    vector = along * flight + m_N / 2 * np.sqrt(1 - cos_star**2) * transverse
    k = np.array([(E + p * cos_star) / 2, *vector])
    return k, np.array([E, *(p * flight)]) - k, np.array([p, *(-p * flight)])


@pytest.mark.parametrize("ratio", [0.02, 0.4, 1 / np.sqrt(2), 0.95])
def test_coherent_sum_is_the_spinor_chain(ratio):
    root_s = 4.0
    quotients = []
    for a, b, c in POINTS.uniform(size=(20, 3)):
        point = 2 * a - 1, 2 * b - 1, 2 * np.pi * c
        momenta = _momenta(root_s, ratio * root_s, *point)
        quotients.append(
            spinors.chain(root_s, ratio * root_s, *momenta) / _density(*point, ratio**2)
        )
    np.testing.assert_allclose(quotients, np.mean(quotients), rtol=1e-10)


def test_each_photon_helicity_alone_is_the_spinor_chain():
    """Stronger than the sum: unpolarised beams hide half of the interference."""
    root_s, m_N = 3.0, 1.7
    electron = spinors.momentum(root_s / 2, [0, 0, 1])
    total = electron + spinors.momentum(root_s / 2, [0, 0, -1])
    vectors = {M: np.array([0, -M, -1j, 0]) / np.sqrt(2) for M in (1, -1)}
    quotients = []
    for a, b, c in POINTS.uniform(size=(20, 3)):
        point = 2 * a - 1, 2 * b - 1, 2 * np.pi * c
        k, neutrino, antineutrino = _momenta(root_s, m_N, *point)
        heavy = k + neutrino
        middle = np.einsum("a,aij->ij", spinors.METRIC @ heavy, spinors.GAMMA) + m_N * np.eye(4)
        expected = _amplitudes(*point, (m_N / root_s) ** 2)
        for M, one in zip((1, -1), expected, strict=True):
            made = spinors.dipole(total, vectors[M]) @ spinors.P_L
            rate = sum(
                abs(
                    spinors.bar(spinors.u(neutrino, 0, i))
                    @ spinors.P_R
                    @ spinors.dipole(k, eps)
                    @ middle
                    @ made
                    @ spinors.v(antineutrino, 0, j)
                )
                ** 2
                for i in spinors.SPINS
                for j in spinors.SPINS
                for eps in spinors.polarisations(k)
            )
            quotients.append(rate / abs(one) ** 2)
    np.testing.assert_allclose(quotients, np.mean(quotients), rtol=1e-9)


def _photon_first(x, z, psi, r):
    """Angles of the helicity frame from photon energy and angle and the place of N around it."""
    cos_star = (2 * x - 1 - r) / (1 - r)
    cos_a = (1 + r - 2 * r / x) / (1 - r)
    sin_a = np.sqrt(1 - cos_a**2)
    z_N = cos_a * z + sin_a * np.sqrt(1 - z**2) * np.cos(psi)
    cos_phi = (cos_a * z_N - z) / (sin_a * np.sqrt(1 - z_N**2))
    return z_N, cos_star, np.arccos(np.clip(cos_phi, -1, 1))


@pytest.mark.parametrize("ratio", [0.1, 0.5, 1 / np.sqrt(2), 0.9])
def test_integrated_over_n_it_is_the_photon_density(ratio):
    """Normalisation and shape: nothing is divided out."""
    root_s, r = 5.0, ratio**2
    m_N = ratio * root_s
    turns = 2 * np.pi * (np.arange(8) + 0.5) / 8  # second harmonics at most
    production = FB_GEV2 * ALPHA / 4 * (1 - r) ** 2
    for a, b in POINTS.uniform(size=(15, 2)):
        x, z = r + (1 - r) * a, 2 * b - 1
        mean = np.mean([_density(*_photon_first(x, z, psi, r), r) for psi in turns])
        # dz_N dcos* dphi*/2pi = dz dcos* dpsi/2pi, and dcos* = 2 dx/(1 - r), E = x sqrt(s)/2
        per_energy = production * mean * 2 / (1 - r) * 2 / root_s
        sigma = nudp.signal.total_cross_section(root_s, m_N, 1.0)
        density = nudp.signal.photon_density(x * root_s / 2, z, root_s, m_N, nudp.DIRAC)
        assert per_energy / sigma == pytest.approx(density, rel=1e-9)


def test_without_interference_the_angle_is_wrong_and_the_energy_right():
    r, x = 0.3, 0.6
    turns = 2 * np.pi * (np.arange(8) + 0.5) / 8
    nodes, weights = np.polynomial.legendre.leggauss(8)

    def diagonal(z_N, cos_star, phi_star):
        return (1 - z_N**2) * (1 - cos_star) / 2 + r * (1 + z_N**2) * (1 + cos_star) / 2

    with_, without = (
        np.array([np.mean([f(*_photon_first(x, z, psi, r)) for psi in turns]) for z in nodes])
        for f in (lambda *point: _density(*point, r), diagonal)
    )
    assert weights @ with_ == pytest.approx(weights @ without, rel=1e-12)
    assert np.max(np.abs(with_ / without - 1)) > 0.05


def test_density_matrix_of_n():
    """1 - z^2, r (1 + z^2) and sqrt(r) sin cos: positive, and pure only for one photon helicity."""
    r, z_N = 0.3, 0.4
    sine = np.sqrt(1 - z_N**2)
    rows = [[-M * sine / np.sqrt(2), np.sqrt(2 * r) * (1 - M * z_N) / 2] for M in (1, -1)]
    rho = sum(np.outer(row, row) for row in rows)
    expected = [
        [1 - z_N**2, np.sqrt(r) * sine * z_N],
        [np.sqrt(r) * sine * z_N, r * (1 + z_N**2)],
    ]
    np.testing.assert_allclose(rho, expected, rtol=1e-12)
    assert np.linalg.det(rho) == pytest.approx(r * (1 - z_N**2))
    production = nudp.signal.differential_cross_section(z_N, 1.0, np.sqrt(r), 1.0)
    assert np.trace(rho) * FB_GEV2 * ALPHA / 4 * (1 - r) ** 2 == pytest.approx(production)
    # the photon goes against the spin: along the flight, across it in the plane, and nothing else
    trace = np.trace(rho)
    along, across = (rho[0, 0] - rho[1, 1]) / trace, 2 * rho[0, 1] / trace
    for cos_star, phi_star in [(0.3, 0.4), (-0.8, 2.0), (0.0, 4.5)]:
        spin = along * cos_star + across * np.sqrt(1 - cos_star**2) * np.cos(phi_star)
        assert _density(z_N, cos_star, phi_star, r) == pytest.approx(trace * (1 - spin) / 2)


def test_at_threshold_only_photon_and_antineutrino_have_a_direction():
    for a, b, c in POINTS.uniform(size=(10, 3)):
        z_N, cos_star, phi_star = 2 * a - 1, 2 * b - 1, 2 * np.pi * c
        across = np.sqrt((1 - z_N**2) * (1 - cos_star**2)) * np.cos(phi_star)
        expected = 1 + z_N * (z_N * cos_star - across)
        assert _density(z_N, cos_star, phi_star, 1.0) == pytest.approx(expected, rel=1e-12)


def test_both_decays_of_a_majorana_n_together_are_isotropic():
    """The second is the mirror image: the photon goes along the spin."""
    r, z_N = 0.2, -0.6
    for cos_star, phi_star in [(0.3, 0.4), (-0.8, 2.0), (0.9, 4.5)]:
        first = _density(z_N, cos_star, phi_star, r)
        second = _density(z_N, -cos_star, phi_star + np.pi, r)
        assert first + second == pytest.approx((1 - z_N**2) + r * (1 + z_N**2), rel=1e-12)


def test_a_vector_meson_decays_to_n_as_the_continuum_does():
    """Its widths to N nubar and to muons, from spinors, against the ratio of cross sections."""
    mass, m_N, d = 3.0969, 1.2, 1e-5
    r = (m_N / mass) ** 2
    meson, direction = np.array([mass, 0, 0, 0]), np.array([0.6, 0, 0.8])
    heavy = spinors.momentum(mass * (1 + r) / 2, direction, m_N)
    light = spinors.momentum(mass * (1 - r) / 2, -direction)
    muon, antimuon = (spinors.momentum(mass / 2, side * direction) for side in (1, -1))
    to_n = to_muons = 0.0
    for eps in np.eye(4)[1:]:  # all three polarisations: the sum has no direction
        vector = np.einsum("a,aij->ij", spinors.METRIC @ eps, spinors.GAMMA)
        dipole = 2 * d * spinors.dipole(meson, eps) @ spinors.P_L
        for i in spinors.SPINS:
            for j in spinors.SPINS:
                made = spinors.bar(spinors.u(heavy, m_N, i)) @ dipole @ spinors.v(light, 0, j)
                pair = spinors.bar(spinors.u(muon, 0, i)) @ vector @ spinors.v(antimuon, 0, j)
                to_n += abs(made) ** 2
                to_muons += 4 * np.pi * ALPHA * abs(pair) ** 2
    by_widths = to_n / to_muons * (1 - r)  # phase space goes as the momentum
    pointlike = 4 * np.pi * ALPHA**2 / (3 * mass**2) * FB_GEV2
    by_cross_sections = nudp.signal.total_cross_section(mass, m_N, d) / pointlike
    closed = d**2 * mass**2 / (4 * np.pi * ALPHA) * (1 - r) ** 2 * (1 + 2 * r)
    assert by_widths == pytest.approx(closed, rel=1e-10)
    assert by_cross_sections == pytest.approx(closed, rel=1e-10)
