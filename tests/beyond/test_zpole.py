"""Z -> N nubar against explicit spinors, and the part of LEP through the Z."""

import itertools

import numpy as np
import pytest
import spinors

from nudp import signal
from nudp.beyond import zpole
from nudp.constants import BR_Z_EE, FB_GEV2, GAMMA_Z, M_Z, SIN2_THETA_W


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
