"""The upscattering cross section against explicit spinors, its limits and its kinematics."""

import itertools

import numpy as np
import pytest
import spinors

from nudp.beyond import upscattering
from nudp.constants import ALPHA, FB_GEV2, G_F, SIN2_THETA_W

ELECTRON = 0.000511


def momenta(E, m_N, M, z):
    """Four-momenta in the CM frame for a scattering angle of cosine z."""
    s = M**2 + 2 * M * E
    root_s = np.sqrt(s)
    k = (s - M**2) / (2 * root_s)
    E_N = (s + m_N**2 - M**2) / (2 * root_s)
    p = np.sqrt(max(E_N**2 - m_N**2, 0))
    out = np.array([np.sqrt(1 - z**2), 0, z])
    neutrino, target = np.array([k, 0, 0, k]), np.array([root_s - k, 0, 0, -k])
    heavy = np.array([E_N, *(p * out)])
    return neutrino, target, heavy, neutrino + target - heavy


def spinor_cross_section(E, m_N, M, z):
    """dsigma/dT [fb/GeV] at d = 1, and T, from the amplitude summed over spins."""
    neutrino, target, heavy, struck = momenta(E, m_N, M, z)
    q = neutrino - heavy
    t = q @ spinors.METRIC @ q
    charge = np.sqrt(4 * np.pi * ALPHA)
    total = 0.0
    for a, b, c in itertools.product(spinors.SPINS, repeat=3):
        row = spinors.bar(spinors.u(struck, M, a))
        column = spinors.u(target, M, b)
        current = [row @ spinors.GAMMA[mu] @ column for mu in range(4)]
        # N is made and the light neutrino destroyed: 2 d ubar(N) sigma(q, J) P_L u(nu)
        vertex = 2 * charge / t * spinors.dipole(q, np.array(current))
        for light in spinors.SPINS:
            amplitude = (
                spinors.bar(spinors.u(heavy, m_N, c))
                @ vertex
                @ spinors.P_L
                @ spinors.u(neutrino, 0, light)
            )
            total += abs(amplitude) ** 2
    # one neutrino helicity, two target spins; dsigma/dT = 2M dsigma/d|t| in the frame of the target
    T = -t / (2 * M)
    return FB_GEV2 * total / 2 / (32 * np.pi * M * E**2), T


@pytest.mark.parametrize(
    ("E", "m_N", "M"), [(24.0, 0.1, ELECTRON), (0.05, 0.02, 0.938), (3.0, 1.1, 0.9)]
)
@pytest.mark.parametrize("z", [-0.9, -0.2, 0.4, 0.9])
def test_cross_section_is_the_spinor_amplitude_squared(E, m_N, M, z):
    expected, T = spinor_cross_section(E, m_N, M, z)
    got = upscattering.differential_cross_section(T, E, m_N, 1.0, M)
    assert got == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize(
    ("E", "m_N", "M"), [(24.0, 0.1, ELECTRON), (0.016, 0.012, 122.0), (3.0, 1.1, 0.9)]
)
def test_recoil_range_is_forward_and_backward_scattering(E, m_N, M):
    ends = []
    for z in (1.0, -1.0):
        neutrino, _, heavy, _ = momenta(E, m_N, M, z)
        q = neutrino - heavy
        ends.append(-(q @ spinors.METRIC @ q) / (2 * M))
    lowest, highest = upscattering.recoil_range(E, m_N, M)
    assert highest == pytest.approx(ends[1], rel=1e-9)
    assert lowest == pytest.approx(ends[0], rel=1e-5)


def test_a_massless_N_gives_the_magnetic_moment_formula():
    """The textbook pi alpha^2 / m_e^2 (mu / mu_B)^2 (1/T - 1/E), mu = 2 d."""
    mu = 1e-10
    d = mu * np.sqrt(4 * np.pi * ALPHA) / (2 * ELECTRON) / 2
    T, E = np.array([1e-5, 1e-3, 5.0]), 24.0
    expected = FB_GEV2 * np.pi * ALPHA**2 / ELECTRON**2 * mu**2 * (1 / T - 1 / E)
    got = upscattering.differential_cross_section(T, E, 0.0, d, ELECTRON)
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    lowest, highest = upscattering.recoil_range(E, 0.0, ELECTRON)
    assert lowest == 0
    assert highest == pytest.approx(2 * E**2 / (ELECTRON + 2 * E))


def test_charge_form_factor_and_coupling_enter_squared():
    T, E, m_N, M = 1e-6, 0.016, 0.005, 122.0
    one = upscattering.differential_cross_section(T, E, m_N, 1e-6, M)
    changed = upscattering.differential_cross_section(T, E, m_N, 3e-6, M, Z=54)
    assert changed == pytest.approx(9 * 54**2 * one)
    seen = []

    def half(Q):
        seen.append(float(Q))
        return 0.5

    halved = upscattering.differential_cross_section(T, E, m_N, 1e-6, M, form_factor=half)
    assert halved == pytest.approx(one / 4)
    assert seen == [pytest.approx(np.sqrt(2 * M * T))]


def test_outside_the_recoil_range_there_is_nothing():
    E, m_N = 24.0, 0.1
    lowest, highest = upscattering.recoil_range(E, m_N, ELECTRON)
    T = np.array([0.9 * lowest, 1.01 * lowest, 0.99 * highest, 1.01 * highest])
    sigma = upscattering.differential_cross_section(T, E, m_N, 1e-6, ELECTRON)
    assert list(sigma > 0) == [False, True, True, False]
    assert upscattering.differential_cross_section(1.0, E, 0.2, 1e-6, ELECTRON) == 0


@pytest.mark.parametrize(("E", "T"), [(24.0, 5.0), (100.0, 20.0)])
def test_the_wall_at_fixed_recoil_is_where_the_range_closes(E, T):
    wall = upscattering.maximum_mass(E, ELECTRON, T)
    below, above = (
        upscattering.differential_cross_section(T, E, m, 1e-6, ELECTRON)
        for m in (wall * (1 - 1e-9), wall * (1 + 1e-6))
    )
    assert below > 0 and above == 0


def test_the_wall_of_all_recoils_is_the_highest():
    E, top = 24.0, upscattering.maximum_mass(24.0, ELECTRON)
    recoils = np.linspace(0.01, 24.0, 4001)
    walls = upscattering.maximum_mass(E, ELECTRON, recoils)
    assert walls.max() == pytest.approx(top, rel=1e-6)
    lowest, highest = upscattering.recoil_range(E, top, ELECTRON)
    assert lowest == pytest.approx(highest, rel=1e-5)
    # more than any recoil can be
    assert upscattering.maximum_mass(1.0, ELECTRON, 1.0) == 0


def test_the_integral_over_recoils():
    E, low, high = 24.0, 1.0, 9.0
    got = upscattering.total_cross_section(E, 0.0, 1.0, ELECTRON, T_min=low, T_max=high)
    expected = 4 * ALPHA * FB_GEV2 * (np.log(high / low) - (high - low) / E)
    assert got == pytest.approx(expected, rel=1e-10)
    # a heavy one against a fine grid, and several energies at once
    m_N, M = 0.012, 122.0
    lowest, highest = upscattering.recoil_range(0.016, m_N, M)
    T = np.geomspace(lowest, highest, 200001)
    sigma = upscattering.differential_cross_section(T, 0.016, m_N, 1.0, M, Z=54)
    fine = np.trapezoid(sigma * T, np.log(T))
    several = upscattering.total_cross_section(np.array([0.005, 0.016]), m_N, 1.0, M, Z=54)
    assert several[0] == 0
    assert several[1] == pytest.approx(fine, rel=1e-6)
    assert upscattering.total_cross_section(0.016, m_N, 1.0, M, T_min=1.0) == 0


def test_standard_model_at_low_recoil():
    """At T = 0 it is 2 G_F^2 m_e / pi (g_L^2 + g_R^2); above the highest recoil nothing."""
    g = (SIN2_THETA_W - 0.5) ** 2 + SIN2_THETA_W**2
    expected = FB_GEV2 * 2 * G_F**2 * ELECTRON / np.pi * g
    assert upscattering.standard_model_cross_section(1e-9, 24.0) == pytest.approx(
        expected, rel=1e-4
    )
    assert upscattering.standard_model_cross_section(24.0, 24.0) == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda: upscattering.recoil_range(24.0, 0.2, ELECTRON),
        lambda: upscattering.total_cross_section(24.0, 0.0, 1e-6, ELECTRON),
    ],
)
def test_bad_input_is_refused(call):
    with pytest.raises(ValueError, match="must"):
        call()
