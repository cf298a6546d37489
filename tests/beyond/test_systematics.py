"""Uncertain signals and luminosities, against pyhf, minimisers, sums and each other."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize, stats
from scipy.special import gammaincc

import nudp
from nudp import limits, searches, statistics
from nudp.beyond import export
from nudp.beyond import observed as seen_counts

STCF = replace(searches.STCF_4GEV, reducible_background=0.02, background_uncertainty=0.1)
M_N = np.array([0.1, 1.0, 3.0])
FEW = [
    replace(
        searches.BESIII[i],
        luminosity=3.0,
        reducible_background=background,
        background_uncertainty=0.3,
        signal_uncertainty=signal,
        luminosity_uncertainty=luminosity,
    )
    for i, background, signal, luminosity in (
        (0, 1.1, 0.1, 0.03),
        (20, 0.4, 0.2, 0.02),
        (40, 2.0, 0.0, 0.05),
    )
]
GROUPS = [
    False,
    True,
    ["a", "a", None],
    {"background": ["a", "a", None], "signal": [None, "s", "s"], "luminosity": ["x", "y", "x"]},
]
NAMES = ["apart", "together", "labels", "mapping"]
# pyhf asks jsonschema for something that will go away
pytestmark = pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated")
quiet = pytest.mark.filterwarnings("ignore:only .* background events:UserWarning")


def limit(search, **options):
    return nudp.upper_limit(search, M_N[:2], nudp.DIRAC, **options)


@quiet
@pytest.mark.parametrize("correlated", GROUPS, ids=NAMES)
@pytest.mark.parametrize("observed", [None, [5, 2, 9], [1, 3, 4], [0, 0, 3]])
def test_cls_is_that_of_pyhf(correlated, observed):
    pyhf = pytest.importorskip("pyhf")
    accurate = pyhf.optimize.scipy_optimizer(solver_options={"ftol": 1e-14})
    pyhf.set_backend("numpy", accurate)
    wanted = export.pyhf(FEW, 1.0, nudp.DIRAC, observed=observed, correlated=correlated)
    workspace = pyhf.Workspace(wanted)
    model = workspace.model(measurement_name=wanted["measurements"][0]["name"])
    theirs = pyhf.infer.hypotest(1.0, workspace.data(model), model, test_stat="qtilde")
    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer())
    if observed is None:
        assert float(theirs) == pytest.approx(0.05, rel=1e-6)
        return
    d = nudp.upper_limit(FEW, 1.0, nudp.DIRAC, method="cls", correlated=correlated)
    ours = seen_counts.p_value(FEW, 1.0, d, nudp.DIRAC, observed=observed, correlated=correlated)
    assert float(ours) == pytest.approx(float(theirs), rel=1e-6)


@pytest.mark.parametrize("m_N", [1.0, 3.0])
def test_one_run_against_a_minimiser(m_N):
    """The median statistic with three pulls, found by a general minimiser."""
    search = replace(STCF, signal_uncertainty=0.2, luminosity_uncertainty=0.05)
    d = nudp.upper_limit(search, m_N, nudp.DIRAC, method="asimov")
    S = float(limits.expected_events(search, m_N, d, nudp.DIRAC)[0])
    known = limits.yields(search, m_N, nudp.DIRAC)
    certain, rest = float(known.irreducible[0]), float(known.reducible[0])
    n = certain + rest

    def statistic(pulls):
        s, luminosity, b = pulls
        factor = np.exp(0.05 * luminosity)
        t = S * np.exp(0.2 * s) * factor + certain * factor + rest * (1 + 0.1 * b)
        return 2 * (t - n - n * np.log(t / n)) + pulls @ pulls

    found = optimize.minimize(statistic, np.zeros(3), method="BFGS", options={"gtol": 1e-9})
    assert found.fun == pytest.approx(statistics.threshold("asimov"), rel=1e-8)


@quiet
@pytest.mark.parametrize("method", ["asimov", "cls", "marginal-normal"])
@pytest.mark.parametrize("correlated", GROUPS[:3], ids=NAMES[:3])
def test_what_is_hardly_uncertain_is_certain(method, correlated):
    certain = [replace(r, signal_uncertainty=0.0, luminosity_uncertainty=0.0) for r in FEW]
    hardly = [replace(r, signal_uncertainty=1e-8, luminosity_uncertainty=1e-8) for r in FEW]
    for observed in (None, [5, 0, 9]):
        if observed and method == "asimov":
            continue  # no strength below zero is tried with an uncertain signal
        options = dict(method=method, correlated=correlated, observed=observed)
        np.testing.assert_allclose(limit(hardly, **options), limit(certain, **options), rtol=1e-7)
    band = dict(method=method, correlated=correlated, n_sigma=[-1, 0, 2])
    got, expected = (limits.limit_band(r, M_N[:2], nudp.DIRAC, **band) for r in (hardly, certain))
    np.testing.assert_allclose(got, expected, rtol=1e-7)


@pytest.mark.parametrize("seen", [0, 3, 8])
def test_the_marginal_method_against_drawn_factors(seen):
    """CLs by the average over a million draws of background, signal and luminosity."""
    one = replace(
        searches.BESIII[0], luminosity=3.0, background_events=3.2, background_uncertainty=0.3,
        signal_uncertainty=0.25, luminosity_uncertainty=0.1,
    )  # fmt: skip
    d = limit(one, method="marginal-normal", observed=seen)[1]
    S = float(limits.expected_events(one, M_N[1], d, nudp.DIRAC)[0])
    rng = np.random.default_rng(4)
    background = stats.truncnorm(-1 / 0.3, np.inf, 3.2, 0.96).rvs(1_000_000, random_state=rng)
    factor = np.exp(rng.normal(0, 0.25, 1_000_000) + rng.normal(0, 0.1, 1_000_000))
    both = gammaincc(seen + 1, S * factor + background)
    alone = gammaincc(seen + 1, background)
    error = np.hypot(both.std() / both.mean(), alone.std() / alone.mean()) / 1000
    assert both.mean() / alone.mean() == pytest.approx(0.05, rel=5 * error)


def test_luminosity_moves_signal_and_irreducible_background_together():
    """With drawn luminosities, which the formula that treats them apart would miss."""
    one = replace(
        searches.STCF_4GEV, luminosity=300.0, luminosity_uncertainty=0.25
    )  # 9 events, none reducible
    d = limit(one, method="marginal-gamma", observed=6)[1]
    S, B = (float(x) for x in limits.expected_events(one, 1.0, d, nudp.DIRAC))
    factor = np.exp(0.25 * np.random.default_rng(4).normal(size=1_000_000))
    both, alone = gammaincc(7, (S + B) * factor), gammaincc(7, B * factor)
    error = np.hypot(both.std() / both.mean(), alone.std() / alone.mean()) / 1000
    assert both.mean() / alone.mean() == pytest.approx(0.05, rel=5 * error)
    apart = gammaincc(7, S * factor[::-1] + B * factor).mean() / alone.mean()
    assert abs(apart / 0.05 - 1) > 10 * error


@quiet
@pytest.mark.parametrize("method", ["asimov", "cls", "marginal-normal"])
def test_uncertainty_weakens_and_sharing_weakens_more(method):
    certain = [replace(r, signal_uncertainty=0.0, luminosity_uncertainty=0.0) for r in FEW]
    vague = [replace(r, signal_uncertainty=0.2, luminosity_uncertainty=0.05) for r in FEW]
    apart = {"signal": False, "luminosity": False}
    for observed in (None, [4, 2, 9]):
        options = dict(method=method, observed=observed)
        one, two, three = (
            limit(certain, **options),
            limit(vague, correlated=apart, **options),
            limit(vague, **options),
        )
        assert (one < two).all() and (two < three).all()


def test_what_no_luminosity_can_touch_is_discovered_alike():
    """A discovery asks whether there is a signal, not how large it is."""
    found = limits.discovery(STCF, M_N, nudp.DIRAC)
    vague = limits.discovery(replace(STCF, signal_uncertainty=0.3), M_N, nudp.DIRAC)
    np.testing.assert_allclose(vague, found, rtol=1e-9)
    moved = limits.discovery(replace(STCF, luminosity_uncertainty=0.05), M_N, nudp.DIRAC)
    assert (moved > found).all()


def test_BESIII_and_Belle_II_in_one_call():
    """Belle II's background and the two luminosities by themselves, 54 runs in all."""
    belle2 = replace(
        searches.BELLE2_LOW_MASS, background_uncertainty=0.01, luminosity_uncertainty=0.01
    )
    besiii = [replace(run, luminosity_uncertainty=0.01) for run in searches.BESIII]
    both = [*besiii, belle2]
    labels = {"luminosity": ["BESIII"] * 53 + ["Belle II"]}
    d = [
        nudp.upper_limit(search, 1.0, nudp.DIRAC, method="cls", correlated=correlated)
        for search, correlated in ((besiii, False), (belle2, False), (both, labels))
    ]
    assert d[2] < min(d[:2])
    with pytest.raises(ValueError, match="correlated must have 54 labels, one a run, got 2"):
        nudp.upper_limit(both, 1.0, nudp.DIRAC, method="cls", correlated={"signal": ["a", "b"]})
    with pytest.raises(ValueError, match="correlated must be one of background, signal, lum"):
        nudp.upper_limit(both, 1.0, nudp.DIRAC, method="cls", correlated={"gaps": True})
    with pytest.raises(TypeError, match=r"search\[1\]\[1\] must be a Search"):
        nudp.upper_limit([belle2, [searches.BESIII, 3.0]], 1.0, nudp.DIRAC)


@pytest.mark.parametrize("method", ["chi2", "poisson"])
@pytest.mark.parametrize("name", ["signal_uncertainty", "luminosity_uncertainty"])
def test_a_method_without_room_for_it_says_so(method, name):
    with pytest.raises(ValueError, match=f"{name} must be 0 for method '{method}'"):
        nudp.upper_limit(replace(searches.STCF_4GEV, **{name: 0.1}), 1.0, nudp.DIRAC, method=method)
