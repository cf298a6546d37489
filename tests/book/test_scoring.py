"""How the scorecard judges: the band, the verdicts, the mean, and the factor on the signal."""

from __future__ import annotations

import numpy as np
import pytest
import scoring

import nudp
from nudp import searches


def outcome(holds: bool) -> scoring.Outcome:
    return scoring.Outcome(holds, "as said")


@pytest.mark.parametrize(
    ("published", "text", "verdict", "under"),
    [
        (True, True, "reproduced", "both"),
        (True, False, "reproduced under an assumption", "PUBLISHED"),
        (False, True, "reproduced under an assumption", "TEXT"),
        (False, False, "not reproduced", "neither"),
    ],
)
def test_verdicts(published: bool, text: bool, verdict: str, under: str) -> None:
    holds = {nudp.PUBLISHED: published, nudp.TEXT: text}
    assert scoring.judge(lambda model: outcome(holds[model]))[1:] == (under, verdict)


def test_the_band_has_two_ends() -> None:
    edge = scoring.TOLERANCE
    assert scoring.within(1 + 0.99 * edge) and scoring.within(1 - 0.99 * edge)
    assert not scoring.within(1 + 1.01 * edge) and not scoring.within(1 - 1.01 * edge)


@pytest.mark.parametrize("power", [-1.0, 0.0, 2.5])
def test_the_mean_of_a_power_is_its_value_at_the_middle(power: float) -> None:
    m_N = np.geomspace(0.1, 8.1, 33)
    assert scoring.geometric_mean(m_N, m_N**power) == pytest.approx(0.9**power)


def test_every_claim_of_the_paper_has_a_test() -> None:
    assert {name.split(",")[0] for name in scoring.tests} == set(scoring.claims)
    assert set(scoring.SHORT) == set(scoring.MAGNITUDES) == set(scoring.LABELS)


@pytest.mark.parametrize("search", [searches.STCF_4GEV_30AB, searches.BESIII])
def test_a_factor_of_two_is_a_second_charge_mode(search: object) -> None:
    one, two = nudp.SignalModel(1, 0.0), nudp.SignalModel(2, 0.0)
    m_N = np.array([0.02, 1.0, 3.5])
    found = scoring.limit(search, m_N, one, kappa=2.0)
    np.testing.assert_allclose(found, nudp.upper_limit(search, m_N, two), rtol=1e-9)


def test_the_limits_cross_where_it_says() -> None:
    at = scoring.crossing(nudp.PUBLISHED)
    below, above = (
        scoring.limit(searches.STCF_4GEV_30AB, m_N, nudp.PUBLISHED)
        / scoring.limit(searches.BELLE2_BBG, m_N, nudp.PUBLISHED)
        for m_N in (0.99 * at, 1.01 * at)
    )
    assert below < 1 < above


@pytest.mark.parametrize("flavour", ["e", "tau"])
def test_besiii_against_existing_bounds(flavour: str) -> None:
    """By the bounds themselves, one by one, in place of their union."""
    m_N = np.geomspace(0.1, 3.0, 50)
    for model in (nudp.PUBLISHED, nudp.TEXT):
        d = nudp.upper_limit(searches.BESIII, m_N, model)
        covered = [
            bound.excludes(m_N, d).any()
            for bound in nudp.landscape.bounds(flavour)
            if bound.key != "lep_photon_only"
        ]
        assert scoring.better_than_existing(flavour)(model).holds == (not any(covered))
