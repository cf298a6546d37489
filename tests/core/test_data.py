"""Input tables: what they hold, and that a broken one is refused with file and line."""

import csv
import re
from dataclasses import replace

import numpy as np
import pytest

from nudp import _tables, searches
from nudp._tables import DataError, data_folder, read_table

RUNS = (data_folder() / "besiii_runs.csv").read_text(encoding="utf-8")
FIRST = "J/psi 2012,2012,3.0969,315.02,"


# ---- what they hold ---------------------------------------------------------------


def test_besiii_runs_are_those_of_the_luminosity_papers():
    runs = searches.BESIII
    assert len(runs) == 53
    assert sum(run.luminosity for run in runs) == pytest.approx(28.41, abs=0.005)
    assert min(run.sqrt_s for run in runs) == 2.125
    assert max(run.sqrt_s for run in runs) == 4.95093
    assert {run.detector_length for run in runs} == {0.8}


def test_every_run_has_a_reference_and_a_status():
    table = read_table(data_folder() / "besiii_runs.csv", {}, words=("reference", "status"))
    assert set(table["status"]) == {"confirmed", "confirmed to 1 %", "unconfirmed"}
    assert all(re.search(r"arXiv:\d{4}\.\d{4,5}", text) for text in table["reference"])


def test_claims_are_complete_and_readable():
    rows = list(csv.DictReader(_body(data_folder() / "paper_claims.csv")))
    assert len({row["id"] for row in rows}) == len(rows) == 16
    for row in rows:
        assert row["section"] and row["statement"]
        assert bool(row["value"]) == bool(row["unit"])
        numbers = [float(row[key]) for key in ("value", "low", "high") if row[key]]
        assert all(number > 0 for number in numbers)
        if row["low"]:
            assert float(row["low"]) < float(row["high"])


def test_searches_of_the_paper():
    assert searches.BELLE2_LOW_MASS.sqrt_s**2 == pytest.approx(112.0)
    assert searches.BELLE2_LOW_MASS.luminosity == 50_000
    assert searches.BELLE2_LOW_MASS.reducible_background == 15.0
    assert searches.BELLE2_HIGH_MASS.reducible_background == 1250.0
    assert searches.BELLE2_BBG.reducible_background == 0.0
    assert searches.STCF_4GEV_30AB.luminosity == 3 * searches.STCF_4GEV.luminosity
    belle2 = [searches.BELLE2_LOW_MASS, searches.BELLE2_HIGH_MASS, searches.BELLE2_BBG]
    assert {search.photon_efficiency for search in belle2} == {0.95}
    assert {search.detector_length for search in belle2} == {3.0}


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("luminosity", -1.0, ValueError),
        ("luminosity", np.nan, ValueError),
        ("luminosity", [1.0, 2.0], ValueError),
        ("sqrt_s", 0.0, ValueError),
        ("detector_length", -3.0, ValueError),
        ("photon_efficiency", 95, ValueError),
        ("reducible_background", -15.0, ValueError),
        ("name", 7, TypeError),
        ("selection", "low-mass", TypeError),
    ],
)
def test_a_bad_search_names_the_field(field, value, error):
    with pytest.raises(error, match=field):
        replace(searches.STCF_4GEV, **{field: value})


# ---- broken tables ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("sqrt_s,luminosity", "sqrt_s,lumi"), r"line 7: column 'luminosity' found 0 times"),
        (("year,sqrt_s", "sqrt_s,sqrt_s"), r"line 7: column 'sqrt_s' found 2 times"),
        (("luminosity=pb^-1", "luminosity=nb^-1"), r"unit of 'luminosity' is 'nb\^-1'"),
        (("# units: sqrt_s=GeV, luminosity=pb^-1", "# no units"), "no line '# units"),
        (("# units: sqrt_s=GeV,", "# units: sqrt_s GeV,"), "line 5: units must read"),
        ((FIRST, "J/psi 2012,2012,3;0969,315.02,"), r"line 8: sqrt_s is not a number: '3;0969'"),
        ((FIRST, "J/psi 2012,2012,3.0969,nan,"), "line 8: luminosity is not finite"),
        ((FIRST, "J/psi 2012,2012,3.0969,"), "line 8: 5 fields where the header has 6"),
        ((FIRST, "J/psi 2012,2012,3,0969,315.02,"), "line 8: 7 fields where the header has 6"),
        ((FIRST, "J/psi 2012,2012,315.02,3.0969,"), "line 8: sqrt_s of 'J/psi 2012' is 315.02 GeV"),
        (
            (FIRST, "J/psi 2012,2012,3.0969,-315.02,"),
            "line 8: luminosity of 'J/psi 2012' is -0.315",
        ),
        (("luminosity=pb^-1", "luminosity=fb^-1"), "line 8: luminosity of 'J/psi 2012' is 315.02"),
        ((RUNS, "# units: sqrt_s=GeV\n"), "no header line"),
    ],
)
def test_a_broken_run_table_is_refused_with_file_and_line(tmp_path, change, message):
    path = tmp_path / "runs.csv"
    path.write_text(RUNS.replace(*change), encoding="utf-8")
    with pytest.raises(DataError, match=r"runs\.csv.*" + message):
        searches.read_besiii_runs(path)


def test_units_are_converted(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text(
        "# units: sqrt_s=MeV, luminosity=fb^-1\nrun,year,sqrt_s,luminosity,reference,status\n"
        "A,2012,3096.9,0.31502,arXiv:1607.00738,confirmed\n",
        encoding="utf-8",
    )
    [run] = searches.read_besiii_runs(path)
    assert run.sqrt_s == pytest.approx(3.0969)
    assert run.luminosity == pytest.approx(0.31502)


def test_missing_data_folder_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(_tables, "__file__", str(tmp_path / "nudp" / "_tables.py"))
    with pytest.raises(FileNotFoundError, match="no data folder"):
        data_folder()


def _body(path):
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
