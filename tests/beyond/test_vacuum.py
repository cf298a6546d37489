"""Vacuum polarisation: the one-loop integral, its limits, and the hadronic fit."""

import mpmath
import numpy as np
import pytest

from nudp.beyond import vacuum
from nudp.constants import ALPHA, M_Z


def _by_parameter_integral(root_s):
    """(2 alpha / pi) int x (1-x) ln|1 - x (1-x) s/m^2| dx, summed over the leptons."""
    total = 0.0
    for mass in vacuum.LEPTON_MASSES:
        ratio = mpmath.mpf(root_s) ** 2 / mpmath.mpf(mass) ** 2
        ends = [0, 0.5]
        if ratio > 4:
            # the logarithm is singular where the pair is on its mass shell
            ends.insert(1, (1 - mpmath.sqrt(1 - 4 / ratio)) / 2)
        total += 2 * mpmath.quad(
            lambda x, q=ratio: x * (1 - x) * mpmath.log(abs(1 - x * (1 - x) * q)), ends
        )
    return float(2 * ALPHA / mpmath.pi * total)


@pytest.mark.parametrize("root_s", [1e-5, 1e-3, 0.05, 0.3, 2.0, 3.5, 3.6, 10.58, 91.0])
def test_leptons_are_the_one_loop_integral(root_s):
    got = vacuum.delta_alpha_leptonic(root_s)
    assert got == pytest.approx(_by_parameter_integral(root_s), rel=1e-9)


def test_leptons_far_above_and_far_below_threshold():
    """ln(s/m^2) - 5/3 above; decoupled, and negative for a time-like photon, below."""
    masses = np.array(vacuum.LEPTON_MASSES)
    asymptotic = ALPHA / (3 * np.pi) * (np.log(1e6 / masses**2) - 5 / 3).sum()
    assert vacuum.delta_alpha_leptonic(1e3) == pytest.approx(asymptotic, rel=1e-6)
    slow = -ALPHA / (15 * np.pi) * (1e-10 / masses**2).sum()
    assert vacuum.delta_alpha_leptonic(1e-5) == pytest.approx(slow, rel=1e-3)


def test_leptons_join_where_the_series_begins():
    electron = vacuum.LEPTON_MASSES[0]
    join = 2 * electron * np.sqrt(1e-3)
    below, above = vacuum.delta_alpha_leptonic(join * np.array([1 - 1e-9, 1 + 1e-9]))
    assert below == pytest.approx(above, rel=1e-8)


@pytest.mark.parametrize("end", [0.7, 2.0, 4.0, 10.0])
def test_hadrons_are_continuous_where_the_fit_changes(end):
    """A mistyped constant would open a gap; five digits of B leave one of 3e-7 at most."""
    below, above = vacuum.delta_alpha_hadronic(end * np.array([1 - 1e-12, 1 + 1e-12]))
    assert above == pytest.approx(below, abs=3e-7)


def test_alpha_at_the_z_is_the_textbook_value():
    assert (1 - vacuum.delta_alpha(M_Z)) / ALPHA == pytest.approx(128.95, abs=0.05)


def test_the_signal_grows_by_the_square_of_the_propagator():
    root_s = np.array([[2.0, 4.0], [7.0, 10.58]])
    factor = vacuum.propagator_factor(root_s)
    np.testing.assert_allclose(factor * (1 - vacuum.delta_alpha(root_s)) ** 2, 1.0, rtol=1e-14)
    assert np.all(np.diff(factor.ravel()) > 0)
    assert np.ndim(vacuum.propagator_factor(4.0)) == 0


def test_above_the_fit_is_refused():
    with pytest.raises(ValueError, match=r"sqrt_s must be at most M_Z.*92\.0"):
        vacuum.delta_alpha_hadronic(92.0)
