"""A search in a file is the same search: equal, with the same limit to the last digit."""

import json
from dataclasses import dataclass, replace

import numpy as np
import pytest

import nudp
from nudp import searches
from nudp._tables import DataError
from nudp.beyond import detector
from nudp.beyond.search_file import read_search, write_search
from nudp.selections import EnergyWindow, beam_background_edge, lab_angles

FACTORY = nudp.Search(
    'charm "factory", ν\t№ 1',
    sqrt_s=3.5,
    luminosity=1000,
    selection=(lab_angles(37, 143) | (lab_angles(20, 33) & EnergyWindow(1.5, 2.0)))
    & beam_background_edge(20, 160),
    detector_length=np.float64(1 / 3),
    photon_efficiency=0.95,
    background_events=3.2,
    background_uncertainty=1 / 3.2,
    polarisation=(0.7, -0.1),
)
BARE = replace(searches.STCF_4GEV, selection=EnergyWindow(0.1, 1.0) & lab_angles(20, 160, 0.1))
SCALED = replace(BARE, selection=detector.ScaledEnergy(BARE.selection, 1.02))
MANY = searches.Runs("several", (FACTORY, BARE, SCALED, searches.BELLE2_LOW_MASS))
ALL = {
    "factory": FACTORY,
    "bare": BARE,
    "scaled": SCALED,
    "many": MANY,
    "besiii": searches.BESIII,
    "belle2": searches.BELLE2_HIGH_MASS,
}


@pytest.mark.parametrize("suffix", ["json", "toml"])
@pytest.mark.parametrize("name", ALL)
def test_the_same_search_comes_back(tmp_path, name, suffix):
    path = tmp_path / f"search.{suffix}"
    write_search(ALL[name], path)
    back = read_search(path)
    assert back == ALL[name] and type(back) is type(ALL[name])
    m_N = np.array([0.1, 1.0, 3.0])
    options = dict(method="cls")
    np.testing.assert_array_equal(
        nudp.upper_limit(back, m_N, nudp.DIRAC, **options),
        nudp.upper_limit(ALL[name], m_N, nudp.DIRAC, **options),
    )


def test_a_cut_of_ones_own_cannot_travel(tmp_path):
    @dataclass(frozen=True)
    class EnergyWindow:
        """Not the package's."""

        lowest: float = 0.1

        def intervals(self, E, sqrt_s):
            raise NotImplementedError

        def kinks(self, sqrt_s):
            return []

    mine = replace(BARE, selection=EnergyWindow())
    with pytest.raises(TypeError, match="search must hold cuts of this package alone"):
        write_search(mine, tmp_path / "mine.json")
    with pytest.raises(TypeError, match="search must be a Search or Runs, got 3"):
        write_search(3, tmp_path / "mine.json")
    with pytest.raises(ValueError, match="path must end in .json or .toml, got 'mine.yaml'"):
        write_search(BARE, tmp_path / "mine.yaml")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(format="other"), "search.json: no entry format = 'nudp search 1' at the top"),
        (dict(sqrt_s=-4.0), "search.json: sqrt_s must be positive, got -4.0"),
        (dict(sqrt_s="4"), "search.json: sqrt_s must be real numbers, got '4'"),
        (dict(colour="red"), "search.json: Search has no 'colour'"),
        (dict(selection={"cut": "Any"}), "search.json: cut must be one of .*, got 'Any'"),
        (dict(selection={"cut": "EnergyWindow", "low": 1.0}), "EnergyWindow has no 'low'"),
        (dict(selection={"cut": "EnergyWindow"}), "search.json: .*missing 2 required"),
        (dict(selection=[1.0]), "search.json: selection must be a Selection"),
        (dict(runs=[3.0]), "search.json: run must be a dict, got 3.0"),
    ],
)
def test_a_broken_file_is_named(tmp_path, change, message):
    path = tmp_path / "search.json"
    write_search(BARE, path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(DataError, match=message):
        read_search(path)


@pytest.mark.parametrize(("suffix", "text"), [("json", "{,}"), ("toml", "a = "), ("json", "[1]")])
def test_what_is_no_search_is_refused(tmp_path, suffix, text):
    path = tmp_path / f"search.{suffix}"
    path.write_text(text)
    with pytest.raises(DataError, match=f"search.{suffix}: "):
        read_search(path)
