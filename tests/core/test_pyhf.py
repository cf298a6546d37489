"""Upper limits of pyhf for the same counting models: a second program for the same numbers."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq

import nudp
from nudp import limits, searches, statistics
from nudp.beyond.observed import combined_p_value

# left to `make test SLOW=1`
pytestmark = pytest.mark.slow

pyhf = pytest.importorskip("pyhf")

CLOSE = 1e-3  # its numerical fits of 7.5e5 events are off by up to 5e-4; 1 % would do


def model(runs):
    """HistFactory model of (signal, irreducible, reducible, relative uncertainty, name)."""
    channels = []
    for i, (signal, irreducible, reducible, uncertainty, name) in enumerate(runs):
        systematic = {
            "hi_data": [reducible * (1 + uncertainty)],
            "lo_data": [reducible * (1 - uncertainty)],
        }
        moving = [{"name": name, "type": "histosys", "data": systematic}] if uncertainty else []
        strength = {"name": "mu", "type": "normfactor", "data": None}
        samples = [
            {"name": "signal", "data": [signal], "modifiers": [strength]},
            {"name": "irreducible", "data": [irreducible], "modifiers": []},
            {"name": "reducible", "data": [reducible], "modifiers": moving},
        ]
        channels.append({"name": f"run{i}", "samples": samples})
    # its validation would use a part of jsonschema that is deprecated
    return pyhf.Model({"channels": channels}, poi_name="mu", validate=False)


def pyhf_limits(runs, counts, highest, wanted):
    """Limits at which pyhf's CLs is 5 %: 0 the observed one, 1 to 5 the expected band."""
    spec = model(runs)
    bounds = spec.config.suggested_bounds()
    bounds[spec.config.poi_index] = (0, highest)
    data = [*counts, *spec.config.auxdata]

    def excess(mu, which):
        observed, band = pyhf.infer.hypotest(
            mu, data, spec, par_bounds=bounds, return_expected_set=True
        )
        return float([observed, *band][which]) - 0.05

    # pyhf's own scan begins at mu = 0, where it divides by its expected statistic, 0
    ends = 1e-3 * highest, highest
    return np.array([brentq(excess, *ends, args=(which,), rtol=1e-5) for which in wanted])


@pytest.mark.parametrize(
    ("n", "irreducible", "reducible", "uncertainty"),
    [
        (3, 0.5, 1.0, 0.2),
        (0, 1.0, 1.0, 0.1),
        (80, 50.0, 60.0, 0.1),
        (120, 50.0, 60.0, 0.1),
        (112, 50.0, 60.0, 0.0),
        (900, 400.0, 500.0, 0.03),
    ],
)
def test_observed_cls_limit_is_pyhfs(n, irreducible, reducible, uncertainty):
    parts = (1.0, irreducible, reducible, uncertainty, "gaps")
    (expected,) = pyhf_limits([parts], [n], 300, wanted=[0])
    got = statistics.count_limit(
        n, irreducible + reducible, uncertainty * reducible, irreducible, method="cls"
    )
    assert got == pytest.approx(expected, rel=CLOSE)


@pytest.mark.parametrize("uncertainty", [0.0, 0.001, 0.01])
@pytest.mark.parametrize(
    "search", [searches.BELLE2_LOW_MASS, searches.STCF_4GEV_30AB], ids=["belle2", "stcf"]
)
def test_expected_band_is_pyhfs(search, uncertainty):
    run = replace(search, background_uncertainty=uncertainty)
    expected = limits.yields(run, 1.0, nudp.DIRAC)
    unit = limits.expected_events(run, 1.0, nudp.upper_limit(search, 1.0, nudp.DIRAC), nudp.DIRAC)
    parts = (float(unit[0]), *expected.irreducible, *expected.reducible)
    relative = uncertainty if parts[2] else 0.0  # nothing reducible at STCF
    band = pyhf_limits([(*parts, relative, "gaps")], [sum(parts[1:])], 50, wanted=[1, 3, 5])
    d = limits.limit_band(run, 1.0, nudp.DIRAC, n_sigma=[-2, 0, 2])
    events, _ = limits.expected_events(run, 1.0, d, nudp.DIRAC)
    np.testing.assert_allclose(events / unit[0], band, rtol=CLOSE)


@pytest.mark.parametrize("correlated", [False, True])
def test_two_runs_with_common_and_with_separate_systematics(correlated):
    first = replace(searches.BELLE2_LOW_MASS, luminosity=20.0, background_uncertainty=0.1)
    second = replace(first, luminosity=60.0, reducible_background=5.0, background_uncertainty=0.2)
    runs = (first, second)
    d_1 = 1e-4
    signal, background = limits.expected_events(runs, 1.0, d_1, nudp.PUBLISHED)
    expected = limits.yields(runs, 1.0, nudp.PUBLISHED)
    names = ("gaps", "gaps" if correlated else "others")
    spec = [
        (
            float(signal[i]),
            expected.irreducible[i],
            expected.reducible[i],
            run.background_uncertainty,
            name,
        )
        for i, (run, name) in enumerate(zip(runs, names, strict=True))
    ]
    band = pyhf_limits(spec, list(background), 100, wanted=[2, 3, 4])
    d = limits.limit_band(runs, 1.0, nudp.PUBLISHED, n_sigma=[-1, 0, 1], correlated=correlated)
    events, _ = limits.expected_events(runs, 1.0, d, nudp.PUBLISHED)
    np.testing.assert_allclose(events[0] / signal[0], band, rtol=CLOSE)


@pytest.mark.parametrize("uncertainty", [0.0, 0.05])
def test_asimov_limit_is_where_pyhfs_tail_probability_is_5_per_cent(uncertainty):
    run = replace(searches.BELLE2_LOW_MASS, luminosity=100.0, background_uncertainty=uncertainty)
    d = nudp.upper_limit(run, 1.0, nudp.DIRAC, method="asimov")
    signal, background = limits.expected_events(run, 1.0, d, nudp.DIRAC)
    expected = limits.yields(run, 1.0, nudp.DIRAC)
    parts = (float(signal), *expected.irreducible, *expected.reducible, uncertainty, "gaps")
    spec = model([parts])
    data = [float(background), *spec.config.auxdata]
    bounds = spec.config.suggested_bounds()
    bounds[spec.config.poi_index] = (0, 20)
    _, (both, _) = pyhf.infer.hypotest(1.0, data, spec, par_bounds=bounds, return_tail_probs=True)
    assert float(both) == pytest.approx(0.05, rel=CLOSE)


@pytest.mark.parametrize("names", [("gaps", "others"), ("gaps", "gaps")])
@pytest.mark.parametrize("counts", [(3, 9), (1, 14), (12, 30)])
def test_observed_cls_of_two_runs_is_pyhfs(counts, names):
    S, B, relative = np.array([4.0, 3.0]), np.array([3.0, 12.0]), 0.2
    spec = [(s, 0.0, b, relative, name) for s, b, name in zip(S, B, names, strict=True)]
    (expected,) = pyhf_limits(spec, counts, 20, wanted=[0])
    got = combined_p_value(
        np.array(counts)[:, None],
        S[:, None] * expected,
        B[:, None],
        relative * B[:, None],
        method="cls",
        correlated=list(names),
    )
    assert got[0] == pytest.approx(0.05, rel=CLOSE)
