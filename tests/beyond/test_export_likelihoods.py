"""Workspaces for other people's tools, against pyhf, which reads them."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import gammaln
from scipy.stats import norm

import nudp
from nudp import limits, searches, statistics
from nudp.beyond import binning, export

pyhf = pytest.importorskip("pyhf")
# its check of the schema uses a part of jsonschema that is deprecated
pytestmark = pytest.mark.filterwarnings("ignore:jsonschema.RefResolver:DeprecationWarning")

BELLE2 = replace(searches.BELLE2_LOW_MASS, background_uncertainty=0.01)
BINS = binning.split(
    replace(searches.BELLE2_LOW_MASS, luminosity=100.0, background_uncertainty=0.1),
    [1.8, 3.0, 4.0, 5.3],
)


def cls(workspace, mu=1.0):
    """Observed and median expected CLs of pyhf, from the text of a workspace."""
    # its fits end early otherwise: 1e-5 is missing at Belle II
    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(tolerance=1e-14))
    text = json.dumps(workspace, allow_nan=False)
    read = pyhf.Workspace(json.loads(text))
    model = read.model()
    found = pyhf.infer.hypotest(mu, read.data(model), model, return_expected=True)
    return [float(value) for value in found]


@pytest.mark.parametrize(
    ("search", "correlated"),
    [
        (searches.STCF_4GEV, False),
        (BELLE2, False),
        (searches.BESIII, False),
        (BINS, False),
        (BINS, True),
        ([BELLE2, replace(BELLE2, luminosity=20.0, background_uncertainty=0.3)], True),
    ],
    ids=["count", "Belle II", "runs", "bins", "bins, one pull", "two data sets, one pull"],
)
@pytest.mark.parametrize("m_N", [0.1, 1.0])
def test_cls_at_mu_1_is_5_per_cent(search, correlated, m_N):
    observed, expected = cls(export.pyhf(search, m_N, nudp.DIRAC, correlated=correlated))
    assert [observed, expected] == pytest.approx([0.05, 0.05], rel=1e-6)


@pytest.mark.parametrize("n", [0, 3, 40, 90, 130])
@pytest.mark.parametrize("mu", [0.5, 1.0, 2.0])
def test_cls_of_a_count_is_ours(n, mu):
    run = replace(BELLE2, luminosity=1.0, background_uncertainty=0.1, reducible_background=60.0)
    d_95 = limits.upper_limit(run, 1.0, nudp.MAJORANA, method="cls")
    S, B = limits.expected_events(run, 1.0, d_95, nudp.MAJORANA)
    ours = statistics.p_value(n, mu * S, B, 6.0, B - 60.0, method="cls")
    observed, _ = cls(export.pyhf(run, 1.0, nudp.MAJORANA, observed=[n]), mu)
    assert observed == pytest.approx(float(ours), rel=1e-6)


@pytest.mark.parametrize("correlated", [False, True])
def test_hs3_is_the_same_likelihood(correlated):
    runs = BINS[:2]
    workspace = export.pyhf(runs, 1.0, nudp.DIRAC, correlated=correlated)
    standard = json.loads(json.dumps(export.hs3(runs, 1.0, nudp.DIRAC, correlated=correlated)))
    read = pyhf.Workspace(workspace)
    model = read.model()
    rng = np.random.default_rng(1)
    for _ in range(5):
        values = {name: rng.uniform(0, 2) for name in model.config.par_order}
        theirs = model.logpdf([values[name] for name in model.config.par_order], read.data(model))
        plain = {re.sub(r"\W+", "_", name): value for name, value in values.items()}
        assert log_likelihood(standard, plain) == pytest.approx(float(theirs[0]), rel=1e-12)


def test_names_in_hs3_are_those_that_root_takes():
    runs = [
        replace(BELLE2, name=name) for name in ("4 GeV, a", "4 GeV+a", "\N{GREEK SMALL LETTER NU}")
    ]
    standard = export.hs3(runs, 1.0, nudp.DIRAC)
    names = [entry["name"] for entry in standard["distributions"] + standard["data"]]
    names += [axis["name"] for axis in standard["domains"][0]["axes"]]
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) for name in names)
    assert len(set(names)) == len(names) == 3 + 3 + 4
    assert standard["domains"][0]["name"] == "default_domain"


@pytest.mark.parametrize("correlated", [False, True])
def test_pyhs3_evaluates_the_likelihood_of_pyhf(correlated):
    pyhs3 = pytest.importorskip("pyhs3", reason="pyhs3 is not in the lock file")
    runs = [replace(run, signal_uncertainty=0.3, luminosity_uncertainty=0.1) for run in BINS[:2]]
    read = pyhf.Workspace(export.pyhf(runs, 1.0, nudp.DIRAC, correlated=correlated))
    theirs = pyhs3.Workspace(**export.hs3(runs, 1.0, nudp.DIRAC, correlated=correlated))
    theirs, model, rng = theirs.model("limit"), read.model(), np.random.default_rng(2)
    for _ in range(5):
        values = {name: rng.uniform(-1, 2) for name in model.config.par_order}
        values["mu"] = rng.uniform(0, 2)
        ours = model.logpdf([values[name] for name in model.config.par_order], read.data(model))
        plain = {re.sub(r"\W+", "_", name): value for name, value in values.items()}
        [found] = np.atleast_1d(evaluated(theirs, plain))
        assert found == pytest.approx(float(ours[0]), rel=1e-12)


def evaluated(model, values):
    """Logarithm of the likelihood of a model of pyhs3, which knows its data."""
    from pytensor.graph.traversal import explicit_graph_inputs

    return model.log_prob.eval(
        {
            node: np.full(node.type.shape, values[node.name], node.type.dtype)
            for node in explicit_graph_inputs([model.log_prob])
        },
        on_unused_input="ignore",
    )


def log_likelihood(standard, values):
    """What HS3 says of histfactory_dist: Poisson terms, and a Gaussian for each pull."""
    [likelihood] = standard["likelihoods"]
    distributions = {entry["name"]: entry for entry in standard["distributions"]}
    data = {entry["name"]: entry for entry in standard["data"]}
    total, pulls = 0.0, set()
    for name, seen in zip(likelihood["distributions"], likelihood["data"], strict=True):
        assert distributions[name]["axes"] == data[seen]["axes"]
        expected = 0.0
        for sample in distributions[name]["samples"]:
            [content] = sample["data"]["contents"]
            factor = 1.0
            for modifier in sample["modifiers"]:
                value = values[modifier["parameter"]]
                if modifier["type"] == "normfactor":
                    factor *= value
                else:
                    pulls.add(modifier["parameter"])
                    [high] = modifier["data"]["hi"]["contents"]
                    [low] = modifier["data"]["lo"]["contents"]
                    assert high + low == pytest.approx(2 * content)  # a straight line
                    content += value * (high - content)
            expected += factor * content
        [n] = data[seen]["contents"]
        total += n * np.log(expected) - expected - gammaln(n + 1)
    return total + norm.logpdf([values[pull] for pull in pulls]).sum()


@pytest.mark.parametrize("write", [export.pyhf, export.hs3])
def test_the_file_says_what_mu_is(write):
    text = json.dumps(write(searches.BESIII, 1.0, nudp.DIRAC))
    d_95 = nudp.upper_limit(searches.BESIII, 1.0, nudp.DIRAC, method="cls")
    assert f"mu = 1 is d = {d_95:.17g} GeV^-1" in text
    assert "fourth power" in text and "fewer than 10 background events: 53 of 53" in text


@pytest.mark.parametrize(
    ("m_N", "options", "message"),
    [
        (4.5, {}, "m_N must be one that the search can limit, got 4.5"),
        (1.0, {"observed": [1, 2]}, r"observed must have shape \(1,\), got \(2,\)"),
        (1.0, {"observed": [-1]}, "observed must be zero or positive"),
        ([1.0], {}, "m_N must be one number"),
    ],
)
@pytest.mark.filterwarnings("ignore:every m_N is above")
def test_what_has_no_likelihood_is_refused(m_N, options, message):
    with pytest.raises(ValueError, match=message):
        export.pyhf(searches.STCF_4GEV, m_N, nudp.DIRAC, **options)
