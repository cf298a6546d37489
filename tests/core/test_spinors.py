"""Eqs. (2) to (4) and the exact photon density against explicit Dirac spinors."""

import numpy as np
import pytest
import spinors

import nudp
from nudp.constants import ALPHA, FB_GEV2

POINTS = np.random.default_rng(20220407).uniform(size=(40, 3))


@pytest.mark.parametrize("ratio", [0.01, 0.3, 0.7, 0.99])
def test_equation_2_is_the_spinor_amplitude_squared(ratio):
    root_s = 4.0
    m_N = ratio * root_s
    z = np.linspace(-0.97, 0.97, 9)
    charge = np.sqrt(4 * np.pi * ALPHA)
    squared = np.array([spinors.production(root_s, m_N, one, charge=charge) for one in z]) / 4
    expected = FB_GEV2 * squared * (1 - ratio**2) / (32 * np.pi * root_s**2)
    got = nudp.signal.differential_cross_section(z, root_s, m_N, 1.0)
    np.testing.assert_allclose(got, expected, rtol=1e-10)


def test_electrons_of_either_helicity_make_n_alike():
    """Beams of opposite helicities, either way; like ones make nothing: 1 - P_- P_+."""
    root_s, m_N = 4.0, 1.0
    nodes, weights = np.polynomial.legendre.leggauss(4)
    made = np.zeros(4)
    for z, w in zip(nodes, weights, strict=True):
        heavy = spinors.momentum(2.125, [np.sqrt(1 - z**2), 0, z], m_N)
        light = spinors.momentum(1.875, [-np.sqrt(1 - z**2), 0, -z])
        for i, (current, Q) in enumerate(spinors.electron_currents(root_s)):
            vertex = spinors.dipole(Q, current) @ spinors.P_L
            for a in spinors.SPINS:
                for b in spinors.SPINS:
                    row = spinors.bar(spinors.u(heavy, m_N, a))
                    made[i] += w * abs(row @ vertex @ spinors.v(light, 0, b)) ** 2
    none, same = np.sort(made)[:2], np.sort(made)[2:]
    assert none == pytest.approx([0, 0], abs=1e-12 * same[0])
    assert same[0] == pytest.approx(same[1], rel=1e-12)


def test_equation_4_is_the_spinor_amplitude_squared():
    m_N = 0.7
    for direction in POINTS[:5] - 0.5:
        squared = spinors.decay(m_N, direction) / 2
        # two-body phase space of massless products: 1 / (16 pi m)
        width = squared / (16 * np.pi * m_N)
        assert nudp.signal.decay_width(m_N, 1.0) == pytest.approx(width, rel=1e-10)


def test_the_chain_is_energy_and_longitudinal_momentum():
    ratios = []
    root_s, m_N = 5.0, 2.3
    r = m_N**2 / root_s**2
    for a, b, c in POINTS:
        x, z, psi = r + (1 - r) * a, 2 * b - 1, 2 * np.pi * c
        k, nu, nubar = spinors.three_body(root_s, m_N, x, z, psi)
        rule = nu[0] * nubar[0] + nu[3] * nubar[3]
        ratios.append(spinors.chain(root_s, m_N, k, nu, nubar) / rule)
    np.testing.assert_allclose(ratios, np.mean(ratios), rtol=1e-10)


@pytest.mark.parametrize("ratio", [0.1, 0.5, 0.9])
def test_exact_density_is_the_spinor_chain_averaged_over_azimuth(ratio):
    """g0 and g2, helicity interference included."""
    quotients = _chain_over_density(ratio, nudp.DIRAC)
    np.testing.assert_allclose(quotients, np.mean(quotients), rtol=1e-9)


@pytest.mark.parametrize("ratio", [0.1, 0.5, 0.9])
def test_the_spectrum_alone_without_interference_is_not_enough(ratio):
    """The check above notices the interference: the same spectrum without it fails."""
    slope = -(1 - 2 * ratio**2) / (1 + 2 * ratio**2)
    quotients = _chain_over_density(ratio, nudp.SignalModel(2, slope))
    assert np.std(quotients) / np.mean(quotients) > 1e-3


def _chain_over_density(ratio, signal):
    root_s = 3.0
    m_N, r = ratio * root_s, ratio**2
    # cos(psi) and cos(2 psi) are all there is: five turns average it exactly
    turns = 2 * np.pi * np.arange(5) / 5
    quotients = []
    for a, b, _ in POINTS[:12]:
        x, z = r + (1 - r) * a, 2 * b - 1
        momenta = [spinors.three_body(root_s, m_N, x, z, psi) for psi in turns]
        chain = np.mean([spinors.chain(root_s, m_N, *three) for three in momenta])
        density = nudp.signal.photon_density(x * root_s / 2, z, root_s, m_N, signal)
        quotients.append(chain / density)
    return np.array(quotients)
