"""The HEPData record: valid, the numbers of nudp, the same bytes twice, and faults refused."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import nudp
from nudp import limits, searches, selections
from nudp.beyond import radiation, search_file

# left to `make test SLOW=1`
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "publish" / "hepdata" / "make.py"


def load_script():
    spec = importlib.util.spec_from_file_location("hepdata_make", SCRIPT)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


make = load_script()
CURVES = [
    (figure, model, name)
    for figure in make.FIGURES
    for model in make.MODELS
    for name in figure.curves
]


def no_network(*_):
    raise AssertionError("asked for a server")


@pytest.fixture(scope="module")
def offline():
    """Whatever asks for another machine fails."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", no_network)
        patch.setattr(socket, "getaddrinfo", no_network)
        yield


@pytest.fixture(scope="module")
def submission(offline, tmp_path_factory) -> Path:
    """The folder, made and validated here."""
    target = tmp_path_factory.mktemp("first") / "hepdata"
    make.write(make.record(), target)
    return target


@pytest.fixture(scope="module")
def tables(submission) -> dict[str, dict]:
    """The tables, by name."""
    return {
        entry["name"]: yaml.load((submission / entry["data_file"]).read_text(), yaml.CSafeLoader)
        for entry in documents(submission)[1:]
    }


@pytest.fixture
def results(tmp_path) -> Path:
    """A copy of the tables of results, to break."""
    return shutil.copytree(make.RESULTS, tmp_path / "results")


def documents(folder: Path) -> list[dict]:
    """Return the head and the entries of the tables."""
    text = (folder / "submission.yaml").read_text(encoding="utf-8")
    return list(yaml.load_all(text, Loader=yaml.CSafeLoader))


def column(found: dict, name: str) -> list:
    """Return the values of the column of some name."""
    both = found["independent_variables"] + found["dependent_variables"]
    (wanted,) = [variable for variable in both if variable["header"]["name"] == name]
    return [entry["value"] for entry in wanted["values"]]


# ---- what it holds ---------------------------------------------------------------


def test_every_figure_under_every_model_and_the_scorecard(submission):
    head, *entries = documents(submission)
    names = [
        f"Figure {n} {model}"
        for model in ("PUBLISHED", "TEXT", "DIRAC", "MAJORANA")
        for n in (1, 2, 3)
    ]
    assert [entry["name"] for entry in entries] == [
        *names,
        "Scorecard claims",
        "Scorecard equations and figures",
    ]
    assert nudp.__version__ in head["comment"] and "arXiv:2204.07802" in head["comment"]
    licences = {doc["data_license"]["name"] for doc in (head, *entries)}
    assert licences == {"CC BY 4.0"}
    for entry in entries:
        assert entry["location"] and entry["description"]
        keywords = {keyword["name"]: keyword["values"] for keyword in entry["keywords"]}
        assert any(reaction.startswith("E+ E- -->") for reaction in keywords["reactions"])


def demand_values(found: dict, model, name: str) -> None:
    """Demand of a curve what nudp gives, at every twentieth mass and close to the threshold."""
    picked = [*range(0, 200, 20), -3, -2, -1]
    m_N = np.array(column(found, "Mass of N"))
    assert m_N.shape == (200,)
    search = getattr(searches, name.upper())
    tagged = limits.solve(radiation.tagged_yields(search, m_N[picked], model))
    # the curves of PUBLISHED were computed for masses of more than the eight digits printed
    rtol = 1e-6 if model == nudp.PUBLISHED else 1e-7
    for title, expected in (
        ("Upper limit on d", nudp.upper_limit(search, m_N[picked], model)),
        ("Upper limit on d with radiated photons as tag", tagged),
    ):
        printed = column(found, f"{title}, {search.name}")
        for i, d in zip(picked, expected, strict=True):
            if np.isinf(d):
                assert printed[i] == make.NOTHING
            else:
                assert printed[i] == pytest.approx(d, rel=rtol, abs=0.0)


@pytest.mark.parametrize(("figure", "model", "name"), CURVES)
def test_a_curve_is_what_nudp_gives(tables, figure, model, name):
    demand_values(tables[f"Figure {figure.number} {model.name}"], model, name)


@pytest.mark.parametrize(("figure", "model", "name"), CURVES)
def test_qualifiers_define_the_curve(tables, figure, model, name):
    found = tables[f"Figure {figure.number} {model.name}"]
    (curve,) = [
        variable
        for variable in found["dependent_variables"]
        if variable["header"]["name"] == f"Upper limit on d, {make.search_of(name).name}"
    ]
    told = {qualifier["name"]: qualifier for qualifier in curve["qualifiers"]}
    runs = searches.runs_of(make.search_of(name))
    assert told["Signal model"]["value"].startswith(f"{model.name}: ")
    assert told["Luminosity"]["value"] == pytest.approx(
        sum(run.luminosity for run in runs), abs=0.01
    )
    assert told["Detector length"]["value"] == runs[0].detector_length
    assert told["Reducible background"]["value"] == runs[0].reducible_background
    assert (told["SQRT(S)"]["units"], curve["header"]["units"]) == ("GeV", "GeV$^{-1}$")
    ends = {round(end([run.sqrt_s for run in runs]), 3) for end in (min, max)}
    assert {float(end) for end in str(told["SQRT(S)"]["value"]).split("-")} == ends
    assert "Eq" in told["Cuts"]["value"]
    assert "95%" in told["Confidence level"]["value"]


# ---- the scorecard ----------------------------------------------------------------


def test_scorecard_is_that_of_the_results(tables):
    rows = pd.read_csv(make.RESULTS / "scorecard.csv", comment="#", dtype=str)
    verdicts = [
        verdict
        for name in ("Scorecard claims", "Scorecard equations and figures")
        for verdict in column(tables[name], "Verdict")
    ]
    assert sorted(verdicts) == sorted(rows["verdict"])
    claims = rows[rows["part"] == "claim"].set_index("name")
    found = tables["Scorecard claims"]
    for name, ratio in zip(column(found, "Claim"), column(found, "Ratio"), strict=True):
        told = claims.loc[name, "ratio"]
        assert ratio == make.NOTHING if pd.isna(told) else ratio == float(told)


# ---- any searches -----------------------------------------------------------------


MINE = nudp.Search(
    "Mine, 3.5 GeV",
    sqrt_s=3.5,
    luminosity=10.0,
    selection=selections.CosThetaWindows(((-0.8, 0.8, 0.5),)),
    detector_length=1.0,
    background_events=3.2,
    background_uncertainty=0.3,
    polarisation=(0.7, 0.0),
)


@pytest.mark.parametrize("count", ["decays", "tag"])
def test_limits_of_any_searches_come_back_with_all_digits(offline, tmp_path, count):
    path = tmp_path / "mine.toml"
    search_file.write_search(MINE, path)
    target = tmp_path / "record"
    masses = ["0.1", "0.12345678901234567", "3.2", "3.9"]
    words = f"--search besiii {path} --signal MAJORANA --method cls --count {count}"
    make.main([str(target), *words.split(), "--mass", *masses])
    _, entry = documents(target)
    found = yaml.load((target / entry["data_file"]).read_text(), yaml.CSafeLoader)
    m_N = np.array(masses, dtype=float)
    assert column(found, "Mass of N") == m_N.tolist()
    yields = radiation.tagged_yields if count == "tag" else limits.yields
    for search in (searches.BESIII, MINE):
        d = limits.solve(yields(search, m_N, nudp.MAJORANA), method="cls")
        expected = [each if np.isfinite(each) else make.NOTHING for each in d.tolist()]
        assert column(found, f"Upper limit on d, {search.name}") == expected
    assert expected[-1] == make.NOTHING
    told = {q["name"]: q["value"] for q in found["dependent_variables"][1]["qualifiers"]}
    assert told["All background, as given"] == 3.2
    assert told["Polarisation of electrons, positrons"] == "0.7, 0.0"
    assert ("radiated" in told["Signal counted"]) == (count == "tag")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--search BESIII --mass 1", "needs --mass and --signal"),
        ("--search LHC --mass 1 --signal DIRAC", "LHC"),
        ("--search none.toml --mass 1 --signal DIRAC", "none.toml"),
        ("--search BESIII --mass -1 --signal DIRAC", "m_N"),
    ],
)
def test_a_command_without_sense_is_refused(tmp_path, capsys, words, message):
    with pytest.raises(SystemExit):
        make.main([str(tmp_path / "record"), *words.split()])
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


# ---- the same bytes ---------------------------------------------------------------


def test_a_second_run_gives_the_same_bytes(submission, tmp_path):
    other = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai"}
    target = tmp_path / "second"
    done = subprocess.run(
        [sys.executable, "-W", "error", str(SCRIPT), str(target)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=other,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {path.name for path in tmp_path.iterdir()} == {"second", "second.tar.gz"}
    first = submission.with_name("hepdata.tar.gz").read_bytes()
    assert (tmp_path / "second.tar.gz").read_bytes() == first


# ---- faults ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("fig1.csv", "m_N,belle2_low_mass,", "m_N,", r"fig1\.csv: columns must be"),
        ("fig1.csv", "m_N=GeV", "m_N=MeV", r"fig1\.csv: no comment line says"),
        ("fig1.csv", f"nudp {nudp.__version__}", "nudp 0.0.9", r"fig1\.csv is not of nudp"),
        ("fig1.csv", "\n0.01,", "\n0.01,nan,", r"fig1\.csv: row 1 has 5 entries"),
        ("scorecard.csv", ",GeV^-1,", ",keV^-1,", r"unknown unit 'keV\^-1' of belle2-reach"),
        ("scorecard.csv", "\nclaim,", "\nremark,", r"claims, equations or figures are missing"),
        ("scorecard.csv", "holds_under,verdict", "verdict,holds_under", r"columns must be"),
    ],
)
def test_broken_results_are_refused(results, name, old, new, message):
    path = results / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        make.figure_table(make.FIGURES[0], nudp.PUBLISHED, results)
        make.score_tables(results)


def test_a_nan_is_refused():
    assert [make.entry(text) for text in ("inf", "", "both", "8e-6")] == ["-", "-", "both", 8e-6]
    with pytest.raises(ValueError, match="nan"):
        make.entry("nan")


def test_another_folder_is_not_overwritten(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ValueError, match="holds something other than a submission"):
        make.write(make.Record(), tmp_path)
    assert (tmp_path / "thesis.tex").exists()
