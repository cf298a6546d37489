"""An efficiency that depends on energy and angle, against bins, Monte Carlo and one number."""

from dataclasses import replace

import numpy as np
import pytest

import nudp
from nudp import events, limits, searches
from nudp.beyond import binning, electroweak, radiation
from nudp.beyond.efficiency import Efficiency
from nudp.beyond.search_file import read_search, write_search

BELLE2, STCF = searches.BELLE2_BBG, searches.STCF_4GEV
MODELS = (nudp.TEXT, nudp.DIRAC, nudp.MAJORANA)
ENERGIES, ANGLES = [0.5, 2.0, 3.0, 4.1, 5.0], [-0.9, -0.3, 0.2, 0.9]
TABLE = np.random.default_rng(1).uniform(size=(4, 3))
M_N = np.array([0.1, 1.0, 3.0, 8.0, 10.0])


def yields(search, efficiency, model, m_N=M_N):
    return limits.yields(replace(search, photon_efficiency=efficiency), m_N, model)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
@pytest.mark.parametrize("search", [BELLE2, STCF, searches.BELLE2_LOW_MASS])
def test_one_number_in_a_box_is_that_number(search, model):
    top = search.sqrt_s / 2
    for flat in (Efficiency([[0.7]], [0.0, top]), Efficiency(lambda E, z: 0.7 + 0 * E * z, [0, 9])):
        got, number = yields(search, flat, model), yields(search, 0.7, model)
        np.testing.assert_allclose(got.prompt, number.prompt, rtol=1e-12)
        np.testing.assert_allclose(got.irreducible, number.irreducible, rtol=1e-12)
        np.testing.assert_array_equal(got.decay, number.decay)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_table_is_the_sum_of_its_boxes(model):
    """Each box is a bin of the search, which knows no efficiency but a number."""
    signal, background = 0.0, 0.0
    for i in range(4):
        for j in range(3):
            box = ENERGIES[i : i + 2], ANGLES[j : j + 2]
            for one in binning.split(replace(BELLE2, photon_efficiency=1.0), *box):
                part = limits.yields(one, M_N, model)
                signal = signal + TABLE[i, j] * part.prompt
                background = background + TABLE[i, j] * part.irreducible
    got = yields(BELLE2, Efficiency(TABLE, ENERGIES, ANGLES), model)
    np.testing.assert_allclose(got.prompt, signal, rtol=1e-11)
    np.testing.assert_allclose(got.irreducible, background, rtol=1e-11)


def test_a_function_against_sampled_photons():
    def turn_on(E, z):
        return (1 - np.exp(-E / 0.8)) * (1 - 0.5 * z**2)

    seen, rng, n = Efficiency(turn_on, [0.0, 2.0]), np.random.default_rng(5), 400_000
    search = replace(STCF, photon_efficiency=seen)
    for m_N in (0.3, 2.5):
        drawn = events.signal_events(STCF, m_N, 1e-5, n, signal=nudp.DIRAC, rng=rng)
        passed = events.passes(STCF.selection, drawn.E_gamma, drawn.cos_theta, 4.0)
        weights = passed * seen(drawn.E_gamma, drawn.cos_theta)
        ratio = (
            limits.yields(search, m_N, nudp.DIRAC).prompt
            / limits.yields(STCF, m_N, nudp.DIRAC).prompt
        )
        error = weights.std() / np.sqrt(n) / passed.mean()
        assert abs(weights.mean() / passed.mean() - ratio[0]) < 4.5 * error
    lost = events.background_events(STCF, n, rng=rng)
    weights = seen(lost.E_gamma, lost.cos_theta)
    ratio = yields(STCF, seen, nudp.DIRAC).irreducible / yields(STCF, 1.0, nudp.DIRAC).irreducible
    assert abs(weights.mean() - ratio[0]) < 4.5 * weights.std() / np.sqrt(n)


def test_data_sets_lose_the_photons_that_are_not_found():
    table = Efficiency([[0.2, 0.9]], [0.0, 2.0], [-1.0, 0.0, 1.0])
    search = replace(STCF, photon_efficiency=table, luminosity=4e6)
    data = events.pseudo_experiment(
        search, 3.0, 2e-6, signal=nudp.DIRAC, rng=np.random.default_rng(2)
    )
    expected = limits.expected_events(search, 3.0, 2e-6, nudp.DIRAC)
    for kind, mean in zip(("signal", "irreducible"), expected, strict=True):
        found = data[data.kind == kind]
        assert abs(len(found) - mean) < 4.5 * np.sqrt(mean)
        backward = (found.cos_theta < 0).sum()  # of every eleven two
        assert abs(backward - len(found) * 2 / 11) < 4.5 * np.sqrt(len(found) * 18) / 11


def test_runs_with_one_cut_and_different_tables_stay_apart():
    one, two = Efficiency([[0.5]], [0.0, 9.0]), Efficiency([[0.9]], [0.0, 9.0])
    runs = [replace(STCF, photon_efficiency=e) for e in (one, two, 0.5, 0.9)]
    got = limits.yields(runs, 1.0, nudp.DIRAC)
    np.testing.assert_allclose(got.prompt[:2], got.prompt[2:], rtol=1e-12)
    alone = Efficiency([[0.5]], [0.0, 9.0])
    boss = searches.Runs(
        "BESIII", tuple(replace(r, photon_efficiency=alone) for r in searches.BESIII)
    )
    halved = [replace(run, photon_efficiency=0.5) for run in searches.BESIII]
    for method in ("chi2", "cls"):
        np.testing.assert_allclose(
            nudp.upper_limit(boss, M_N[:3], nudp.DIRAC, method=method),
            nudp.upper_limit(halved, M_N[:3], nudp.DIRAC, method=method),
            rtol=1e-11,
        )


@pytest.mark.parametrize("suffix", ["json", "toml"])
def test_a_table_travels_in_a_file(tmp_path, suffix):
    search = replace(BELLE2, photon_efficiency=Efficiency(TABLE, ENERGIES, ANGLES))
    path = tmp_path / f"mine.{suffix}"
    write_search(search, path)
    assert read_search(path) == search
    function = replace(BELLE2, photon_efficiency=Efficiency(lambda E, z: E / 9, [0.0, 6.0]))
    with pytest.raises(TypeError, match="search must hold"):
        write_search(function, path)


def test_where_only_a_number_will_do_a_table_is_refused():
    search = replace(STCF, photon_efficiency=Efficiency([[0.5]], [0.0, 2.0]))
    for function in (radiation.tagged_yields, electroweak.yields):
        with pytest.raises(TypeError, match="photon_efficiency must be real numbers"):
            function(search, 1.0, nudp.DIRAC)


def test_what_is_no_share_is_refused():
    percent = replace(STCF, photon_efficiency=Efficiency(lambda E, z: 95 + 0 * E, [0.0, 2.0]))
    with pytest.raises(ValueError, match=r"efficiency must be from 0 to 1, got 95.0"):
        nudp.upper_limit(percent, 1.0, nudp.DIRAC)
    with pytest.raises(ValueError, match=r"values must have shape \(2, 1\), got \(1, 2\)"):
        Efficiency([[0.5, 0.5]], [0.0, 1.0, 2.0])
