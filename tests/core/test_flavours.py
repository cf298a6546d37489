"""Three flavours at once, and decays to something else than a photon."""

from dataclasses import replace

import numpy as np
import pytest

import nudp
from nudp import events, limits, searches

UNIVERSAL = replace(nudp.DIRAC, flavours=3)
M_N = np.array([0.02, 0.1, 1.0, 3.0])


def test_three_flavours_are_made_and_decay_three_times_as_often():
    one = limits.yields(searches.STCF_4GEV, M_N, nudp.DIRAC)
    three = limits.yields(searches.STCF_4GEV, M_N, UNIVERSAL)
    np.testing.assert_allclose(three.prompt, 3 * one.prompt, rtol=1e-14)
    np.testing.assert_allclose(three.decay, 3 * one.decay, rtol=1e-14)
    np.testing.assert_array_equal(three.background, one.background)


def test_the_limit_is_that_of_the_length_of_the_vector_of_couplings():
    """Everything depends on the sum of the squared couplings alone."""
    for method in ("chi2", "cls", "poisson"):
        one = nudp.upper_limit(searches.BELLE2_LOW_MASS, M_N, nudp.DIRAC, method=method)
        three = nudp.upper_limit(searches.BELLE2_LOW_MASS, M_N, UNIVERSAL, method=method)
        np.testing.assert_allclose(three * np.sqrt(3), one, rtol=1e-11)


def test_a_branching_ratio_costs_photons_and_hurries_the_decay():
    half = replace(nudp.DIRAC, branching=0.5)
    one = limits.yields(searches.STCF_4GEV, M_N, nudp.DIRAC)
    got = limits.yields(searches.STCF_4GEV, M_N, half)
    np.testing.assert_allclose(got.prompt, one.prompt / 2, rtol=1e-14)
    np.testing.assert_allclose(got.decay, 2 * one.decay, rtol=1e-14)
    # where N flies far, the photons inside count the partial width, whatever else N does
    d = 1e-8
    S = [limits.expected_events(searches.STCF_4GEV, 0.01, d, m)[0] for m in (nudp.DIRAC, half)]
    assert S[1] == pytest.approx(S[0], rel=1e-3)


def test_events_follow():
    rng = np.random.default_rng
    options = dict(m_N=0.1, d=1e-6, n=4000)
    one = events.signal_events(searches.STCF_4GEV, **options, signal=nudp.DIRAC, rng=rng(1))
    three = events.signal_events(searches.STCF_4GEV, **options, signal=UNIVERSAL, rng=rng(1))
    np.testing.assert_allclose(3 * three["vertex_z"], one["vertex_z"], rtol=1e-9)


@pytest.mark.parametrize("flavours", [0, 4])
def test_there_are_three_flavours(flavours):
    with pytest.raises(ValueError, match=f"flavours must be 1, 2 or 3, got {flavours}"):
        replace(nudp.DIRAC, flavours=flavours)
    with pytest.raises(ValueError, match="branching must be above 0 and at most 1, got 0.0"):
        replace(nudp.DIRAC, branching=0.0)
