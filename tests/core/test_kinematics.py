"""Frames, boosts and two-body kinematics."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from independent import lab_angle

from nudp import constants, kinematics

ROOT_S = st.floats(0.5, 20)
RATIO = st.floats(1e-3, 0.999)
COSINE = st.floats(-1, 1)
BETA = st.floats(-0.9, 0.9)


@given(ROOT_S, RATIO)
def test_energy_and_momentum_are_conserved(root_s, ratio):
    m_N = ratio * root_s
    E, p = kinematics.heavy_energy(root_s, m_N), kinematics.heavy_momentum(root_s, m_N)
    assert E + p == pytest.approx(root_s, rel=1e-14)
    assert E**2 - p**2 == pytest.approx(m_N**2, rel=1e-9, abs=1e-12 * root_s**2)


@given(ROOT_S, RATIO)
def test_photon_range_is_the_boosted_half_mass(root_s, ratio):
    m_N = ratio * root_s
    E, p = kinematics.heavy_energy(root_s, m_N), kinematics.heavy_momentum(root_s, m_N)
    lowest, highest = kinematics.photon_energy_range(root_s, m_N)
    assert highest == pytest.approx(m_N / 2 * (E + p) / m_N, rel=1e-12)
    assert lowest == pytest.approx(m_N / 2 * m_N / (E + p), rel=1e-12)


@given(ROOT_S, RATIO, st.floats(0, 1))
def test_opening_angle_conserves_four_momentum(root_s, ratio, share):
    m_N = ratio * root_s
    lowest, highest = kinematics.photon_energy_range(root_s, m_N)
    photon = lowest + share * (highest - lowest)
    E, p = kinematics.heavy_energy(root_s, m_N), kinematics.heavy_momentum(root_s, m_N)
    cosine = kinematics.cos_opening_angle(photon, root_s, m_N)
    # (p_N - k)^2 = 0 for the massless neutrino
    assert m_N**2 == pytest.approx(2 * photon * (E - p * cosine), rel=1e-7, abs=1e-9)


@given(COSINE, BETA)
def test_to_the_lab_and_back(cosine, beta):
    there = kinematics.lab_from_cm(cosine, beta)
    assert kinematics.cm_from_lab(there, beta) == pytest.approx(cosine, abs=1e-13)


@given(COSINE, st.floats(0.01, 5))
def test_lab_angle_is_that_of_the_boosted_four_vector(cosine, energy):
    beta = kinematics.boost(7.0, 4.0)
    angle = np.degrees(np.arccos(kinematics.lab_from_cm(cosine, beta)))
    assert angle == pytest.approx(lab_angle(energy, cosine), abs=1e-5)


def test_lab_energy_of_an_axial_photon_is_the_doppler_factor():
    doppler = np.sqrt((1 + 0.6) / (1 - 0.6))
    assert kinematics.photon_energy_lab(1.0, 1.0, 0.6) == pytest.approx(doppler)
    assert kinematics.photon_energy_lab(1.0, -1.0, 0.6) == pytest.approx(1 / doppler)


def test_belle2_beams():
    assert kinematics.cm_energy(7.0, 4.0) ** 2 == pytest.approx(112.0)
    assert kinematics.boost(7.0, 4.0) == pytest.approx(3 / 11)


def test_constants_agree_with_their_published_values():
    assert constants.ALPHA == pytest.approx(1 / 137.035999177, rel=1e-10)
    assert constants.G_F == pytest.approx(1.1663787e-5)
    assert constants.HBAR_C == pytest.approx(0.1973269804e-15, rel=1e-9)
    assert constants.FB_GEV2 == pytest.approx(3.893793721e11, rel=1e-9)
