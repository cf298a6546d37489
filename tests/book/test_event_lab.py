"""The mistakes of the chapter "Event lab": as large as stated, and stopped where they can be."""

from dataclasses import replace

import numpy as np
import pytest
from independent import ROOT_S_BELLE2, lab_angle, low_mass

import nudp
from nudp import (
    events,
    limits,
    searches,
    selections,
    signal,
    statistics,
)

STCF, BELLE2 = searches.STCF_4GEV, searches.BELLE2_LOW_MASS
PROMPT, LATE = 1.0, 0.002  # masses [GeV] whose N all decay inside, or hardly any
COUNT = 100_000


def limit(search=STCF, m_N=PROMPT, model=nudp.PUBLISHED, **keywords):
    return float(nudp.upper_limit(search, m_N, model, **keywords))


def belle2_photons():
    return events.signal_events(
        searches.BELLE2_BBG,
        1.0,
        1e-5,
        COUNT,
        signal=nudp.DIRAC,
        rng=np.random.default_rng(5),
    )


# ---- MeV and GeV -------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:every m_N is above")
def test_a_mass_in_MeV_is_above_threshold():
    with pytest.raises(ValueError, match="m_N must be below sqrt_s"):
        events.signal_events(STCF, 300.0, 1e-6, 1, signal=nudp.DIRAC, rng=np.random.default_rng())
    with pytest.raises(ValueError, match="m_N must be below sqrt_s"):
        signal.decay_length(4.0, 300.0, 1e-6)
    # a scan over masses may run past the threshold: there the limit is no number
    assert np.isinf(limit(m_N=300.0))


def test_three_MeV_typed_as_three_is_wrong_by_orders_of_magnitude():
    """Nearly no N decays inside at 3 MeV: S goes as d^4 m^4, while at 3 GeV it goes as d^2."""
    factor = limit(m_N=3e-3) / limit(m_N=3.0)
    assert 30 < factor < 100
    # deep in the region of late decays d_95 is inverse to the mass, so a factor 1000 is one of 1000
    assert limit(m_N=1e-6) / limit(m_N=1e-3) == pytest.approx(1000, rel=1e-2)


def test_luminosity_in_inverse_attobarn():
    """10 in place of 10 000 fb^-1: the background, and with it S, is too small."""
    wrong = replace(STCF, luminosity=STCF.luminosity / 1000)
    S, B = limits.expected_events(wrong, PROMPT, 2e-6, nudp.PUBLISHED)
    right = limits.expected_events(STCF, PROMPT, 2e-6, nudp.PUBLISHED)
    np.testing.assert_allclose([1000 * S, 1000 * B], right)
    # between 1000^(1/4), all background, and 1000^(1/2), none
    assert 1000**0.25 < limit(wrong) / limit() < 1000**0.5


# ---- lab and CM angle --------------------------------------------------------


def test_parabolas_take_the_lab_angle():
    sample = belle2_photons()
    E, z = sample.E_gamma.to_numpy(), sample.cos_theta.to_numpy()
    np.testing.assert_allclose(sample.theta_lab, lab_angle(E, z), atol=1e-9)

    def parabolas(theta):
        lower = 5.399 * E**2 - 58.82 * E + 195.71
        upper = -7.982 * E**2 + 87.77 * E - 120.6
        return (12.4 < theta) & (theta < 155.1) & (lower < theta) & (theta < upper)

    right = parabolas(sample.theta_lab.to_numpy())
    wrong = parabolas(np.degrees(np.arccos(z)))
    np.testing.assert_array_equal(right, low_mass(E, z, ROOT_S_BELLE2))
    share = signal.acceptance(BELLE2.selection, BELLE2.sqrt_s, 1.0, nudp.DIRAC)
    error = np.sqrt(share * (1 - share) / COUNT)
    assert abs(right.mean() - share) < 4 * error
    # the number of events hides it, the events do not
    assert abs(wrong.mean() - share) > 4 * error
    assert (wrong & right).sum() < 0.9 * right.sum()


def test_a_forgotten_boost_is_that_of_the_cuts():
    """The lab columns of a sample drawn without a word on the boost are those of the lab."""
    rng = np.random.default_rng(1)
    sample = events.background_events(replace(BELLE2, boost=None), 20_000, rng=rng)
    upper = np.polyval((-7.982, 87.77, -120.6), sample.E_gamma)
    assert (sample.theta_lab < upper).all()
    assert not np.allclose(sample.E_gamma_lab, sample.E_gamma)


# ---- d and mu ----------------------------------------------------------------


@pytest.mark.parametrize(("m_N", "factor"), [(PROMPT, 4.0), (LATE, 16.0)])
def test_mu_for_d_multiplies_the_events(m_N, factor):
    d = 2e-6
    wrong, right = (limits.expected_events(STCF, m_N, c, nudp.PUBLISHED)[0] for c in (2 * d, d))
    assert wrong / right == pytest.approx(factor, rel=0.01)


# ---- 90 and 95 % -------------------------------------------------------------


def test_a_limit_at_90_looks_stronger():
    """By the fourth root of the thresholds where background rules, else by up to their root."""
    ratio = statistics.threshold("chi2", 0.90) / statistics.threshold("chi2", 0.95)
    weaker = limit(confidence_level=0.90) / limit(confidence_level=0.95)
    assert ratio**0.5 < weaker < ratio**0.25
    rich = replace(STCF, luminosity=1e9, detector_length=1e9)  # all decay inside
    weaker = limit(rich, confidence_level=0.90) / limit(rich, confidence_level=0.95)
    assert weaker == pytest.approx(ratio**0.25, rel=1e-3)


# ---- one charge mode ---------------------------------------------------------


def test_one_charge_mode_is_half_the_events():
    one = replace(nudp.PUBLISHED, charge_modes=1)
    for m_N in (LATE, PROMPT, 3.5):
        half, whole = (
            limits.expected_events(STCF, m_N, 2e-6, model)[0] for model in (one, nudp.PUBLISHED)
        )
        assert half / whole == pytest.approx(0.5, rel=1e-12)
    assert limit(model=one) / limit() == pytest.approx(2**0.5, rel=1e-6)
    assert limit(model=one, m_N=LATE) / limit(m_N=LATE) == pytest.approx(2**0.25, rel=1e-3)


# ---- degrees and radians -----------------------------------------------------


def test_radians_for_degrees_leave_next_to_nothing():
    """12.4 to 155.1 degrees given in radians: a needle around the beam."""
    right = selections.lab_angles(12.4, 155.1, selections.BELLE2_BOOST)
    wrong = selections.lab_angles(*np.radians([12.4, 155.1]), selections.BELLE2_BOOST)
    shares = [
        signal.acceptance(nudp.Selection("ECL", (cut,)), ROOT_S_BELLE2, 1.0, nudp.DIRAC)
        for cut in (wrong, right)
    ]
    assert shares[1] > 0.9 and shares[0] < 0.01


def test_degrees_in_a_cosine_pass_unnoticed():
    """The cosine of an angle in degrees is a cosine as well: abs(cos) < 1/2 a third of the time."""
    sample = events.signal_events(
        STCF, 1.0, 1e-6, COUNT, signal=nudp.PUBLISHED, rng=np.random.default_rng(3)
    )
    theta = np.degrees(np.arccos(sample.cos_theta))
    right = (np.abs(np.cos(np.radians(theta))) < 0.5).mean()
    wrong = (np.abs(np.cos(theta)) < 0.5).mean()
    selection = nudp.Selection("middle", (selections.lab_angles(60.0, 120.0),))
    share = signal.acceptance(selection, 4.0, 1.0, nudp.PUBLISHED)
    error = np.sqrt(share * (1 - share) / COUNT)
    assert abs(right - share) < 4 * error
    # taken as radians the angle goes round the circle many times: all phases are alike
    assert wrong == pytest.approx(1 / 3, abs=0.02)
    assert abs(wrong - share) > 20 * error
