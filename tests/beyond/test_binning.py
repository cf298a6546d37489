"""Bins of a search: together they are the search, and a spectrum never says less."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import dblquad

import nudp
from nudp import limits, searches
from nudp.beyond import binning
from nudp.selections import CosThetaWindows, Selection

MASSES = np.array([0.02, 0.5, 3.0, 7.0, 9.5])
EDGES = np.array([2.5, 3.1, 3.7, 4.4, 5.0, 5.3])


def rising(E_gamma, cos_theta):
    return E_gamma**2 * (1 + cos_theta**2)


@pytest.mark.parametrize("angles", [(-1.0, 1.0), (-1.0, -0.3, 0.2, 1.0)])
@pytest.mark.parametrize("shape", [binning.flat, rising])
def test_bins_add_up_to_the_search(angles, shape):
    whole = limits.yields(searches.BELLE2_LOW_MASS, MASSES, nudp.DIRAC)
    bins = binning.split(searches.BELLE2_LOW_MASS, EDGES, angles, shape=shape)
    parts = limits.yields(bins, MASSES, nudp.DIRAC)
    np.testing.assert_allclose(parts.prompt.sum(0), whole.prompt[0], rtol=1e-12)
    assert parts.irreducible.sum() == pytest.approx(whole.irreducible[0], rel=1e-12)
    assert parts.reducible.sum() == pytest.approx(whole.reducible[0], rel=1e-12)


def test_reducible_shares_are_the_integral_of_the_shape():
    window = Selection("box", (CosThetaWindows(((-0.8, 0.7, 0.5),)),))
    search = replace(searches.STCF_4GEV, selection=window, reducible_background=3.0)
    bins = binning.split(search, [0.5, 0.9, 2.0], [-1.0, 0.1, 1.0], shape=rising)
    corners = [(0.5, 0.9, -0.8, 0.1), (0.5, 0.9, 0.1, 0.7), (0.9, 2.0, -0.8, 0.1)]
    whole = dblquad(lambda z, E: rising(E, z), 0.5, 2.0, -0.8, 0.7)[0]
    for run, (low, high, left, right) in zip(bins, corners, strict=False):
        part = dblquad(lambda z, E: rising(E, z), low, high, left, right)[0]
        assert run.reducible_background == pytest.approx(3.0 * part / whole, rel=1e-9)
    assert len(bins) == 4


def test_bins_that_accept_nothing_are_left_out():
    bins = binning.split(searches.BELLE2_LOW_MASS, [0.1, 1.0, 2.0, 5.3])
    assert len(bins) == 1


@pytest.mark.parametrize("method", ["chi2", "asimov", "cls"])
def test_a_spectrum_is_never_weaker_than_its_count(method):
    count = nudp.upper_limit(searches.BELLE2_LOW_MASS, MASSES, nudp.DIRAC, method=method)
    limit = count * (1 + 1e-9)
    for pieces in (1, 3, 9):
        bins = binning.split(searches.BELLE2_LOW_MASS, np.linspace(2.5, 5.3, pieces + 1))
        finer = nudp.upper_limit(bins, MASSES, nudp.DIRAC, method=method)
        assert (finer <= limit).all()
        limit = finer * (1 + 1e-9)


def test_knowing_the_shape_of_an_uncertain_background_helps():
    vague = replace(searches.BELLE2_LOW_MASS, background_uncertainty=0.01)
    count = nudp.upper_limit(vague, MASSES, nudp.DIRAC, method="cls")
    bins = binning.split(vague, EDGES)
    known = nudp.upper_limit(bins, MASSES, nudp.DIRAC, method="cls", correlated=True)
    assert (known < count).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda run: binning.split(run, [3.0]), r"energies must be .*\[3\.0\]"),
        (lambda run: binning.split(run, [3.0, 2.0]), "energies must be two or more ascending"),
        (lambda run: binning.split(run, EDGES, shape=lambda E, z: -E), "shape must be zero or"),
        (lambda run: binning.split(run, EDGES, shape=lambda E, z: 0 * E), r"shape .* got 0\.0"),
    ],
)
def test_bad_bins_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(searches.BELLE2_LOW_MASS)
