"""Bounds recomputed from the experiments' own numbers, against the tables of data/bounds."""

import numpy as np
import pytest

import nudp
from nudp import landscape, signal
from nudp.beyond import upscattering, zpole
from nudp.constants import ELECTRON_MASS, M_Z
from nudp.selections import CosThetaWindows, Selection

BOUNDS = {bound.key: bound for bound in landscape.bounds()}

# Magill et al., arXiv:1803.03262: a search like that of OPAL, sigma x A < 0.1 pb at abs(z) < 0.7
LEP_WINDOW = Selection("LEP", (CosThetaWindows(((-0.7, 0.7, 0.0),)),))
LEP_CROSS_SECTION = 100.0  # fb


def lep(m_N, with_z):
    sigma = signal.total_cross_section(M_Z, m_N, 1.0)
    if with_z:
        sigma = sigma + zpole.total_cross_section(m_N, zpole.z_coupling(1.0))
    seen = 2 * sigma * signal.acceptance(LEP_WINDOW, M_Z, m_N, nudp.PUBLISHED)
    return np.sqrt(LEP_CROSS_SECTION / seen)


@pytest.mark.parametrize(("key", "with_z"), [("lep_photon_only", False), ("lep_with_z", True)])
def test_lep_plateaus_to_5_percent(key, with_z):
    masses = np.geomspace(0.2, 2.0, 7)
    np.testing.assert_allclose(lep(masses, with_z), BOUNDS[key].limit(masses), rtol=0.05)


@pytest.mark.parametrize("m_N", [50.0, 80.0])
def test_the_lep_recipe_fails_towards_the_z_mass(m_N):
    """Known, and said in the book: the recipe is too strong there, for a reason not known."""
    assert BOUNDS["lep_with_z"].limit(m_N) > 1.3 * lep(m_N, True)


def electron_bin(m_N, E, T):
    """The d at which the cross section at one recoil is that of d = 1 for a massless N."""
    heavy = upscattering.differential_cross_section(T, E, m_N, 1.0, ELECTRON_MASS)
    massless = upscattering.differential_cross_section(T, E, 0.0, 1.0, ELECTRON_MASS)
    with np.errstate(divide="ignore"):
        return np.sqrt(massless / heavy)


def test_charm2_mass_shape_to_2_percent():
    masses = np.array([0.005, 0.02, 0.05, 0.08, 0.1, 0.12, 0.135])
    drawn = BOUNDS["charm2"].limit(masses) / BOUNDS["charm2"].limit(0.001)
    np.testing.assert_allclose(electron_bin(masses, E=24.0, T=5.0), drawn, rtol=0.02)


def test_charm2_height_is_a_fifth_of_the_standard_model():
    standard = upscattering.standard_model_cross_section(5.0, 24.0)
    at_limit = upscattering.differential_cross_section(
        5.0, 24.0, 1e-3, BOUNDS["charm2"].limit(0.001), ELECTRON_MASS
    )
    assert at_limit / standard == pytest.approx(0.18, rel=0.02)


def test_donut_weakens_with_the_mass_and_closes():
    weaker = electron_bin(np.array([0.1, 0.2, 0.29]), E=100.0, T=20.0)
    np.testing.assert_allclose(weaker[:2], [1.06, 1.24], atol=0.005)
    assert np.isinf(weaker[2])
    assert upscattering.maximum_mass(100.0, ELECTRON_MASS, 20.0) == pytest.approx(0.286, abs=5e-4)


def test_charm2_wall_is_kinematic():
    wall = upscattering.maximum_mass(24.0, ELECTRON_MASS, 5.0)
    assert wall == pytest.approx(BOUNDS["charm2"].m_N[-1], rel=0.01)
