"""Units: an array that carries one is refused, and masses in MeV are noticed."""

import numpy as np
import pytest

import nudp
from nudp import limits, searches, signal
from nudp.beyond.scan import scan


class Unit:
    """A unit with a name."""

    def __init__(self, name):
        self.name = name

    def __str__(self):
        return self.name


class WithUnit(np.ndarray):
    """What astropy and unyt do: an array with a unit, which numpy drops."""

    unit = Unit("TeV")


class Quantity:
    """What pint does: a number beside an array, with the unit in another place."""

    units = Unit("megaelectron_volt")

    def __array__(self, dtype=None, copy=None):
        return np.array([100.0])


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (np.array([0.001]).view(WithUnit), "TeV"),
        (np.array(0.001).view(WithUnit), "TeV"),
        ([np.array(0.001).view(WithUnit)], "TeV"),
        (Quantity(), "megaelectron_volt"),
        ((1.0, Quantity()), "megaelectron_volt"),
    ],
)
def test_a_unit_is_refused_by_its_name(value, unit):
    with pytest.raises(TypeError, match=f"m_N must be plain numbers .* got the unit '{unit}'"):
        nudp.upper_limit(searches.STCF_4GEV, value, nudp.DIRAC)
    with pytest.raises(TypeError, match=f"sqrt_s must be plain numbers .* got the unit '{unit}'"):
        signal.total_cross_section(value, 1.0, 1e-5)


@pytest.mark.parametrize("name", ["", "dimensionless"])
def test_a_number_without_dimension_is_a_number(name):
    class Plain(np.ndarray):
        unit = Unit(name)

    value = np.array([1.0]).view(Plain)
    got = nudp.upper_limit(searches.STCF_4GEV, value, nudp.DIRAC)
    np.testing.assert_array_equal(got, nudp.upper_limit(searches.STCF_4GEV, [1.0], nudp.DIRAC))


def test_masses_in_MeV_are_noticed():
    words = "every m_N is above sqrt_s = 4 GeV, the lightest 100 GeV.*are the masses in MeV"
    with pytest.warns(UserWarning, match=words) as caught:
        assert np.isinf(nudp.upper_limit(searches.STCF_4GEV, [100, 500], nudp.DIRAC)).all()
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="every m_N is above sqrt_s = 4.951 GeV"):
        nudp.upper_limit(searches.BESIII, 100.0, nudp.DIRAC)
    with pytest.warns(UserWarning, match=words):
        scan({"a": searches.STCF_4GEV}, [100, 500], nudp.DIRAC)


def test_one_mass_that_can_be_made_is_no_reason_to_warn():
    assert np.isinf(nudp.upper_limit(searches.STCF_4GEV, [1.0, 100.0], nudp.DIRAC)[1])
    limits.limit_band(searches.STCF_4GEV, 1.0, nudp.DIRAC)


def test_no_message_is_longer_than_three_lines():
    runs = [searches.BESIII, searches.BELLE2_LOW_MASS]
    wrong = [
        lambda: nudp.upper_limit(runs, [[1.0], [2.0, 3.0]] * 100, nudp.DIRAC),
        lambda: nudp.upper_limit(runs, ["a"] * 500, nudp.DIRAC),
        lambda: nudp.upper_limit(runs, 1.0, runs),
        lambda: nudp.upper_limit(1.0, runs, nudp.DIRAC),
        lambda: nudp.upper_limit([searches.BESIII, 3.0, runs], 1.0, nudp.DIRAC),
        lambda: nudp.upper_limit(runs, 1.0, nudp.DIRAC, correlated=runs),
        lambda: nudp.upper_limit(runs, 1.0, nudp.DIRAC, correlated=[*runs] * 27),
        lambda: nudp.upper_limit(runs, 1.0, nudp.DIRAC, method=runs),
        lambda: nudp.upper_limit(runs, 1.0, nudp.DIRAC, observed=runs),
        lambda: nudp.upper_limit(runs, 1.0, nudp.DIRAC, threshold=runs),
        lambda: nudp.upper_limit(runs, 1.0, nudp.DIRAC, confidence_level=[0.95] * 500),
        lambda: searches.Runs("mine", {"a": runs}),
        lambda: nudp.SignalModel(charge_modes=2, decay=runs),
    ]
    for call in wrong:
        with pytest.raises((ValueError, TypeError)) as caught:
            call()
        assert len(str(caught.value)) < 300
