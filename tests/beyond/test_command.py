"""``python -m nudp`` says what it is, and carries out commands."""

import gzip
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nudp
from nudp import constants, events
from nudp.beyond import command, export

ROOT = Path(__file__).resolve().parents[2]
# names of constants.py that are no numbers
WORDS = {"CODATA_EDITION", "PDG_EDITION", "SOURCES", "Source"}


@pytest.fixture
def lines(capsys):
    command.main()
    return capsys.readouterr().out.splitlines()


def test_version_first_and_how_to_cite_last(lines):
    assert lines[0] == f"nudp {nudp.__version__}"
    assert "arXiv:2204.07802" in lines[-1] and nudp.__version__ in lines[-1]
    cff = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {nudp.__version__}\n" in cff and "arXiv:2204.07802" in cff


def test_every_constant_with_value_unit_and_edition(lines):
    assert set(constants.SOURCES) == set(constants.__all__) - WORDS
    for name, source in constants.SOURCES.items():
        [row] = [line for line in lines if line.split()[:1] == [name]]
        assert float(row.split()[1]) == pytest.approx(getattr(constants, name), rel=1e-9)
        assert f" {source.unit} " in row and source.what in row
        assert row.endswith(source.edition)
        assert source.edition in {constants.CODATA_EDITION, constants.PDG_EDITION}


def test_python_minus_m_is_this_command():
    run = [sys.executable, "-m", "nudp", "limit", "STCF_4GEV", "--mass", "5", "--signal", "DIRAC"]
    said = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    assert said == "m_N [GeV],d_95 [GeV^-1]\n5.0,inf\n"


# ---- commands ---------------------------------------------------------------------------


def said(capsys, *words):
    command.main(words)
    return capsys.readouterr().out


def test_limits_as_csv_and_json(capsys):
    words = ["limit", "besiii", "--mass", "0.1", "1", "40", "--signal", "MAJORANA"]
    masses = [0.1, 1.0, 40.0]
    expected = nudp.upper_limit(nudp.searches.BESIII, masses, nudp.MAJORANA, method="cls")
    table = pd.read_csv(io.StringIO(said(capsys, *words, "--method", "cls")))
    assert list(table) == ["m_N [GeV]", "d_95 [GeV^-1]"]
    np.testing.assert_array_equal(table["d_95 [GeV^-1]"], expected)
    read = json.loads(said(capsys, *words, "--method", "cls", "--json"))
    assert read["d_95 [GeV^-1]"] == [*expected[:2], None]


def test_events_on_stdout_are_those_of_the_seed(capsys):
    words = ["events", "STCF_4GEV", "--number", "5", "--seed", "7"]
    heavy = ["--mass", "1", "--coupling", "1e-5", "--signal", "DIRAC"]
    search = nudp.searches.STCF_4GEV
    rng = np.random.default_rng(7)
    expected = events.signal_events(search, 1.0, 1e-5, 5, signal=nudp.DIRAC, rng=rng)
    table = pd.read_csv(io.StringIO(said(capsys, *words, *heavy)))
    pd.testing.assert_frame_equal(table, expected, check_exact=True)
    expected = events.background_events(search, 5, rng=np.random.default_rng(7))
    table = pd.read_csv(io.StringIO(said(capsys, *words)))
    pd.testing.assert_frame_equal(table, expected, check_exact=True)


def test_a_model_a_workspace_and_a_file_of_events(capsys, tmp_path):
    words = [str(tmp_path / "dipole"), "--mass", "1", "--coupling", "1e-5", "0", "0"]
    said(capsys, "ufo", *words, "--d-W", "0", "0", "0")
    assert "deW" in (tmp_path / "dipole" / "param_card.dat").read_text()
    search = nudp.searches.STCF_4GEV
    words = ["workspace", "STCF_4GEV", "--mass", "1", "--signal", "DIRAC"]
    assert json.loads(said(capsys, *words)) == export.pyhf(search, 1.0, nudp.DIRAC)
    assert json.loads(said(capsys, *words, "--hs3")) == export.hs3(search, 1.0, nudp.DIRAC)
    path = tmp_path / "events.lhe.gz"
    assert said(capsys, "events", "STCF_4GEV", "--number", "2", "--output", str(path)) == ""
    assert gzip.decompress(path.read_bytes()).count(b"<event>") == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["limit", "LHC", "--mass", "1", "--signal", "DIRAC"],
            "unknown search 'LHC', known are BELLE2_BBG",
        ),
        (["limit", "BESIII", "--mass", "-1", "--signal", "DIRAC"], "m_N must be positive"),
        (["limit", "BESIII", "--mass", "1"], "the following arguments are required: --signal"),
        (["events", "STCF_4GEV", "--mass", "1"], "--mass needs --coupling and --signal"),
        (["events", "STCF_4GEV", "--output", "events.root"], "--output must end in .lhe or .hepmc"),
        (
            ["workspace", "STCF_4GEV", "--mass", "5", "--signal", "DIRAC"],
            "m_N must be one that the search can limit",
        ),
        (["ufo", "SM", "--mass", "1", "--coupling", "1", "0", "0"], "folder must end in a name"),
    ],
)
@pytest.mark.filterwarnings("ignore:every m_N is above")
def test_what_cannot_be_done_is_said_on_stderr(words, message, capsys):
    with pytest.raises(SystemExit) as end:
        command.main(words)
    printed = capsys.readouterr()
    assert end.value.code == 2 and message in printed.err and not printed.out


@pytest.mark.parametrize("name", ["limit", "events", "ufo", "workspace"])
def test_the_example_of_each_help_runs(name, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        command.main([name, "--help"])
    text = " ".join(capsys.readouterr().out.split())
    _, example = text.split("example: python -m nudp ")
    command.main(example.split())
    assert capsys.readouterr().out or list(tmp_path.iterdir())
