"""The irreducible background: identities, limits and where it is infinite."""

import numpy as np
import pytest
from independent import ROOT_S_BELLE2, background_density
from scipy.integrate import quad

from nudp import background, selections
from nudp.constants import G_F, SIN2_THETA_W
from nudp.selections import BeamBackgroundEdge, CosThetaWindows, LabAngleWindow, Selection


def test_density_is_the_formula_typed_a_second_time():
    E = np.array([0.1, 1.0, 1.9])
    z = np.array([-0.9, 0.2, 0.7])
    np.testing.assert_allclose(
        background.differential_cross_section(E, z, 4.0), background_density(E, z, 4.0), rtol=1e-9
    )


def test_spectrum_is_the_density_integrated_over_the_accepted_angles():
    selection = selections.besiii_advanced()
    for E in (1.2, 1.6, 1.95):
        expected = sum(
            quad(lambda z, E=E: background.differential_cross_section(E, z, 4.0), *ends)[0]
            for ends in selection.intervals(E, 4.0)
        )
        assert background.photon_spectrum(E, selection, 4.0) == pytest.approx(expected, rel=1e-9)


def test_soft_photons_factorise():
    """E -> 0: (2 alpha / pi) dE/E dz/(1 - z^2) times sigma(e+e- -> nu nubar)."""
    s = 16.0
    squares = (0.5 + SIN2_THETA_W) ** 2 + 2 * (0.5 - SIN2_THETA_W) ** 2 + 3 * SIN2_THETA_W**2
    neutrinos = background.FB_GEV2 * G_F**2 * s / (6 * np.pi) * squares
    E, z = 1e-6, 0.3
    radiator = 2 * background.ALPHA / np.pi / (E * (1 - z**2))
    got = background.differential_cross_section(E, z, 4.0)
    assert got == pytest.approx(radiator * neutrinos, rel=1e-5)


def test_couplings_are_those_of_three_flavours():
    """Left-handed electrons meet nu_e with g_L + 1, W and Z together, and the others with g_L."""
    for sin2 in (0.0, 0.2, SIN2_THETA_W, 0.25, 1.0):
        left, right = sin2 - 0.5, sin2
        expected = 4 / 3 * ((left + 1) ** 2 + 2 * left**2 + 3 * right**2)
        assert background.coupling_factor(sin2) == pytest.approx(expected, rel=1e-12)
    assert background.coupling_factor() == background.coupling_factor(SIN2_THETA_W)
    assert background.coupling_factor([[0.2, 0.25]]).shape == (1, 2)
    for wrong in (-0.1, 1.1):
        with pytest.raises(ValueError, match="sin2_theta_W must be"):
            background.coupling_factor(wrong)


def test_the_background_is_proportional_to_the_couplings(monkeypatch):
    selection = selections.besiii_advanced()
    before = background.cross_section(selection, 4.0)
    monkeypatch.setattr(background, "SIN2_THETA_W", 0.223)
    ratio = background.coupling_factor(0.223) / background.coupling_factor(SIN2_THETA_W)
    assert background.cross_section(selection, 4.0) / before == pytest.approx(ratio, rel=1e-12)


def test_it_rises_about_as_s_under_the_advanced_cuts():
    selection = selections.besiii_advanced()
    two, four, seven = (background.cross_section(selection, root_s) for root_s in (2.0, 4.0, 7.0))
    assert four / two == pytest.approx(4.0, rel=1e-9)
    assert seven / four == pytest.approx(49 / 16, rel=1e-9)


def test_it_vanishes_at_the_endpoint_and_beyond():
    selection = selections.besiii_advanced()
    spectrum = background.photon_spectrum([2.0, 2.5], selection, 4.0)
    np.testing.assert_array_equal(spectrum, 0.0)
    assert background.differential_cross_section(2.5, 0.0, 4.0) == 0.0


def test_no_cut_is_asked_beyond_the_endpoint():
    """These bounds on the angle would run into the beam line there."""
    window = LabAngleWindow((5.399, -58.82, 195.71), (-7.982, 87.77, -120.6), 3 / 11)
    assert abs(window.intervals(15.0, ROOT_S_BELLE2)).max() == 1.0
    assert background.photon_spectrum(15.0, window, ROOT_S_BELLE2) == 0.0


def test_the_range_of_energies_is_closed():
    """The contact limit holds up to 40 GeV."""
    assert background.differential_cross_section(1.0, 0.0, 40.0) > 0
    with pytest.raises(ValueError, match=r"sqrt_s must be at most 40\.0 GeV, .*got 40\.01"):
        background.differential_cross_section(1.0, 0.0, 40.01)


def test_cuts_without_a_name_are_printed():
    everywhere = CosThetaWindows(((-0.5, 0.5, 0.0),))
    with pytest.raises(ValueError, match="CosThetaWindows.* has no energy floor"):
        background.cross_section(everywhere, 4.0)


def test_no_energy_floor_is_infinite():
    with pytest.raises(ValueError, match="'Belle II basic' has no energy floor"):
        background.cross_section(selections.belle2_basic(), ROOT_S_BELLE2)


def test_reaching_the_beam_line_is_infinite():
    open_ended = Selection("to the beam", (CosThetaWindows(((-1.0, 0.5, 0.1),)),))
    with pytest.raises(ValueError, match="reaches the beam line"):
        background.cross_section(open_ended, 4.0)


def test_the_beam_background_edge_alone_keeps_away_from_the_beam():
    """At E = sqrt_s/2 the photon is opposite an edge, which is off the beam line."""
    edge_alone = Selection("edge alone", (BeamBackgroundEdge(20.0, 150.0),))
    ends = edge_alone.intervals(2.0, 4.0)
    np.testing.assert_allclose(np.degrees(np.arccos(ends)), [[160.0, 30.0]])
    assert 0 < background.cross_section(edge_alone, 4.0) < np.inf


def test_nothing_accepted_is_no_background():
    empty = Selection("too hard", (CosThetaWindows(((-0.5, 0.5, 100.0),)),))
    assert background.cross_section(empty, 4.0) == 0.0


def test_polarised_beams_weigh_the_helicities():
    """R is what the Z alone does to right-handed electrons, three flavours alike."""
    assert background.polarised_ratio(0.7, 0.0) == pytest.approx(0.567, abs=5e-4)
    # unpolarised positrons, all helicities of electrons
    both = background.polarised_ratio([-1.0, 1.0], 0.0)
    assert both.mean() == pytest.approx(1.0, rel=1e-14)
    couplings = 4 / 3 * 3 * SIN2_THETA_W**2
    assert both[1] / 2 == pytest.approx(couplings / background.coupling_factor(), rel=1e-12)
    # like helicities make nothing, opposite ones twice as much
    assert background.polarised_ratio([1.0, -1.0], [1.0, -1.0]).tolist() == [0.0, 0.0]
    assert background.polarised_ratio(1.0, -1.0) == pytest.approx(2 * both[1], rel=1e-14)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: background.differential_cross_section(0.0, 0.0, 4.0), r"E_gamma .*0\.0"),
        (lambda: background.differential_cross_section(1.0, 1.0, 4.0), "beam line"),
        (lambda: background.differential_cross_section(1.0, 1.2, 4.0), r"cos_theta .*1\.2"),
        (lambda: background.differential_cross_section(1.0, 0.0, 91.2), r"sqrt_s .*91\.2"),
        (lambda: background.cross_section(selections.besiii_basic(), -4.0), r"sqrt_s .*-4\.0"),
        (lambda: background.differential_cross_section(1.0, 1.0, 4.0), "^cos_theta reaches"),
        (lambda: background.differential_cross_section(1.0, 0.0, -4.0), r"^sqrt_s .*-4\.0"),
        (
            lambda: background.differential_cross_section([1.0, 1.5], [0.1, 0.2, 0.3], 4.0),
            "E_gamma.*cos_theta",
        ),
        (
            lambda: background.differential_cross_section([1.0, 1.5], 0.0, [4.0, 5.0, 6.0]),
            "E_gamma.*sqrt_s",
        ),
        (
            lambda: background.photon_spectrum(1.0, selections.besiii_basic(), -4.0),
            r"^sqrt_s .*-4\.0",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_no_selection_is_named():
    with pytest.raises(TypeError, match="^selection must be"):
        background.photon_spectrum(1.0, "basic", 4.0)
