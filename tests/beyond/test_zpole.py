"""Z -> N nubar against explicit spinors, and the part of LEP through the Z."""

import itertools

import numpy as np
import pytest
import spinors

from nudp import signal
from nudp.beyond import zpole
from nudp.constants import BR_Z_EE, FB_GEV2, GAMMA_Z, M_W, M_Z, SIN2_THETA_W


@pytest.mark.parametrize("ratio", [0.01, 0.3, 0.8])
def test_width_is_the_spinor_amplitude_squared(ratio):
    m_N = ratio * M_Z
    p = (M_Z**2 - m_N**2) / (2 * M_Z)
    direction = np.array([0.3, -0.4, 0.5])
    heavy = spinors.momentum(M_Z - p, direction, m_N)
    light = spinors.momentum(p, -direction)
    at_rest = np.array([M_Z, 0.0, 0.0, 0.0])
    squared = 0.0
    for axis in (1, 2, 3):  # three polarisations of the Z
        vertex = 2 * spinors.dipole(at_rest, np.eye(4)[axis]) @ spinors.P_L
        for a, b in itertools.product(spinors.SPINS, spinors.SPINS):
            row = spinors.bar(spinors.u(heavy, m_N, a))
            squared += abs(row @ vertex @ spinors.v(light, 0, b)) ** 2
    width = squared / 3 * p / (8 * np.pi * M_Z**2)
    assert zpole.z_width(m_N, 1.0) == pytest.approx(width, rel=1e-9)


def test_width_goes_with_the_cross_section_through_the_photon():
    """A photon of mass sqrt(s) decays as a Z does: the mass enters both in one way."""
    m_N = np.array([0.1, 20.0, 80.0])
    ratio = zpole.z_width(m_N, 1.0) / signal.total_cross_section(M_Z, m_N, 1.0)
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-12)


def test_coupling_is_the_tangent():
    assert zpole.z_coupling(2.0) ** 2 == pytest.approx(4 * SIN2_THETA_W / (1 - SIN2_THETA_W))
    assert zpole.z_coupling(2.0) < 0


def test_cross_section_is_the_peak_times_the_branching_fraction():
    sigma = zpole.total_cross_section(1.0, -1e-5)
    branching = zpole.z_width(1.0, 1e-5) / GAMMA_Z
    assert sigma == pytest.approx(12 * np.pi / M_Z**2 * BR_Z_EE * branching * FB_GEV2)


def test_nothing_above_the_z_mass():
    assert list(zpole.total_cross_section([M_Z, 2 * M_Z], 1e-5)) == [0.0, 0.0]


def of_spinors(root_s, m_N, d_Z, d_W, c):
    """|M|^2 of photon, Z and W with N at cosine c; charges in units of e, all spins."""
    sine, cosine = np.sqrt(SIN2_THETA_W), np.sqrt(1 - SIN2_THETA_W)
    s, p = root_s**2, (root_s**2 - m_N**2) / (2 * root_s)
    direction = np.array([np.sqrt(1 - c**2), 0, c])
    heavy, light = spinors.momentum(root_s - p, direction, m_N), spinors.momentum(p, -direction)
    one = spinors.momentum(root_s / 2, [0, 0, 1])
    two = spinors.momentum(root_s / 2, [0, 0, -1])
    z_pole = s / (s - M_Z**2 + 1j * M_Z * GAMMA_Z)
    total = 0.0
    for a, b, m, n in itertools.product(spinors.SPINS, repeat=4):
        row, column = spinors.bar(spinors.v(two, 0, a)), spinors.u(one, 0, b)
        out, back = spinors.bar(spinors.u(heavy, m_N, m)), spinors.v(light, 0, n)
        amplitude = 0
        for hand, g in ((spinors.P_L, SIN2_THETA_W - 0.5), (spinors.P_R, SIN2_THETA_W)):
            current = np.array([row @ gamma @ hand @ column for gamma in spinors.GAMMA])
            # the charge of the electron is -1, that of the Z is g/(sine cosine)
            strength = (1 - g / (sine * cosine) * d_Z * z_pole) / s
            amplitude += strength * out @ spinors.dipole(one + two, current) @ spinors.P_L @ back
        current = np.array([row @ gamma @ spinors.P_L @ back for gamma in spinors.GAMMA])
        away = heavy - one
        pole = away @ spinors.METRIC @ away - M_W**2
        # -1 for the exchange of two fermions, -1/(sqrt(2) sine) for the W and the positron
        vertex = spinors.dipole(away, current) @ spinors.P_L @ column
        amplitude += d_W / (np.sqrt(2) * sine) / pole * (out @ vertex)
        total += abs(amplitude) ** 2
    return total


@pytest.mark.parametrize(
    ("root_s", "m_N", "d_Z", "d_W"),
    [
        (4.0, 1.0, 0.3, 2.9),
        (10.58, 5.0, 0.0, 0.7),
        (10.58, 1e-3, 0.0, 0.7),
        (10.58, 10.57, 0.0, 0.7),
        (91.0, 1.0, -0.55, 0.0),
        (240.0, 80.0, 1.8, 2.9),
    ],
)
def test_exchange_ratio_against_spinors(root_s, m_N, d_Z, d_W):
    nodes, weights = np.polynomial.legendre.leggauss(30)
    integrals = [
        sum(w * of_spinors(root_s, m_N, *couplings, c) for c, w in zip(nodes, weights, strict=True))
        for couplings in ((d_Z, d_W), (0.0, 0.0))
    ]
    ratio = zpole.exchange_ratio(root_s, m_N, d_Z, d_W)
    assert ratio == pytest.approx(integrals[0] / integrals[1], rel=1e-8)


def test_exchange_ratio_of_the_photon_alone_is_one():
    np.testing.assert_allclose(zpole.exchange_ratio([4.0, 91.0, 240.0], 1.0), 1.0, rtol=1e-14)


def test_exchange_ratio_on_the_pole_is_that_of_the_width():
    """The width of the Z knows the charge at M_Z, Eq. (3) the one at rest: 7 % apart."""
    through_z = zpole.total_cross_section(1.0, 0.5) / signal.total_cross_section(M_Z, 1.0, 1.0)
    assert zpole.exchange_ratio(M_Z, 1.0, d_Z=0.5) - 1 == pytest.approx(through_z, rel=0.08)
