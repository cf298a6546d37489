"""A background that the user gives: in place of the computed one, or on top of it."""

from dataclasses import replace

import numpy as np
import pytest

import nudp
from nudp import limits, searches, statistics
from nudp.beyond import binning

STCF = searches.STCF_4GEV
MEASURED = replace(STCF, background_events=3.2, background_uncertainty=1 / 3.2)


def test_a_total_of_three_and_a_fifth_can_be_said():
    known = limits.yields(MEASURED, 1.0, nudp.DIRAC)
    assert known.background == pytest.approx(3.2)
    assert known.uncertainty * known.reducible == pytest.approx(1.0)
    assert known.irreducible == 0
    np.testing.assert_array_equal(known.prompt, limits.yields(STCF, 1.0, nudp.DIRAC).prompt)
    d = nudp.upper_limit(MEASURED, 1.0, nudp.DIRAC, method="marginal-normal", observed=5)
    S, B = limits.expected_events(MEASURED, 1.0, d, nudp.DIRAC)
    assert pytest.approx(3.2) == B
    assert pytest.approx(7.82, abs=0.005) == S
    assert S == pytest.approx(
        statistics.count_limit(5, 3.2, 1.0, method="marginal-normal"), rel=1e-9
    )


def test_the_computed_background_given_by_hand_changes_nothing():
    B = float(limits.yields(STCF, 1.0, nudp.DIRAC).background[0])
    m_N = np.array([0.1, 1.0, 3.0])
    by_hand = replace(STCF, background_events=B)
    for method in statistics.METHODS:
        np.testing.assert_allclose(
            nudp.upper_limit(by_hand, m_N, nudp.DIRAC, method=method),
            nudp.upper_limit(STCF, m_N, nudp.DIRAC, method=method),
            rtol=1e-13,
        )


def test_runs_with_and_without_stand_side_by_side():
    runs = [STCF, MEASURED, searches.STCF_2GEV]
    got = limits.yields(runs, 1.0, nudp.DIRAC)
    for i, run in enumerate(runs):
        alone = limits.yields(run, 1.0, nudp.DIRAC)
        np.testing.assert_allclose(got.prompt[i], alone.prompt[0], rtol=1e-13)
        assert got.background[i] == pytest.approx(alone.background[0], rel=1e-13)


def test_another_collider_fits_in():
    """Where the contact limit ends, a background from a generator takes over."""
    far = replace(STCF, sqrt_s=240.0, luminosity=5e3)
    with pytest.raises(ValueError, match="sqrt_s must be at most 40.0 GeV"):
        nudp.upper_limit(far, 1.0, nudp.DIRAC)
    given = replace(far, background_events=1e4, background_uncertainty=0.01)
    assert 0 < nudp.upper_limit(given, 10.0, nudp.DIRAC, method="cls") < 1e-3


def test_it_grows_with_the_luminosity_and_shares_itself_over_bins():
    [twice] = searches.Runs("mine", (MEASURED,)).scaled_to(2 * MEASURED.luminosity)
    assert twice.background_events == pytest.approx(6.4)
    bins = binning.split(MEASURED, [0.5, 1.0, 2.0])
    assert sum(bin_.background_events for bin_ in bins) == pytest.approx(3.2)


def test_two_ways_at_once_are_refused():
    with pytest.raises(ValueError, match="reducible_background must be 0, got 0.5"):
        replace(MEASURED, reducible_background=0.5)
    with pytest.raises(ValueError, match="background_events must be zero or positive, got -1.0"):
        replace(STCF, background_events=-1.0)
