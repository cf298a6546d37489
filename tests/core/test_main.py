"""``python -m nudp`` says which version, which constants, and how to cite."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

import nudp
from nudp import __main__ as command
from nudp import constants

ROOT = Path(__file__).resolve().parents[2]
# names of constants.py that are no numbers
WORDS = {"CODATA_EDITION", "PDG_EDITION", "SOURCES", "Source"}


def row_of(text: str, name: str) -> str:
    """Return the line of a constant, and fail if there is not exactly one."""
    rows = [line for line in text.splitlines() if line.split()[:1] == [name]]
    assert len(rows) == 1, f"{name} stands in {len(rows)} lines"
    return rows[0]


def demand_constants(text: str) -> None:
    """Demand value, unit and edition of every constant."""
    for name, source in constants.SOURCES.items():
        row = row_of(text, name)
        assert float(row.split()[1]) == pytest.approx(getattr(constants, name), rel=1e-9)
        assert f" {source.unit} " in row and source.what in row, row
        assert row.endswith(source.edition), row


@pytest.fixture(scope="module")
def printed() -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "nudp"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_version_first_and_how_to_cite_last(printed):
    first, *_, last = printed.splitlines()
    assert first == f"nudp {nudp.__version__}"
    assert last == command.CITE
    assert "arXiv:2204.07802" in last and nudp.__version__ in last


def test_every_constant_with_its_edition(printed):
    demand_constants(printed)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (constants.PDG_EDITION, "of old"),
        ("GeV^-2", "MeV^-2"),
        ("91.188", "91.187"),
        ("\nM_W", "\nm_W"),
    ],
)
def test_a_fault_would_be_seen(old, new):
    text = command.about()
    assert old in text
    with pytest.raises(AssertionError):
        demand_constants(text.replace(old, new))


def test_no_constant_lacks_a_source():
    assert set(constants.SOURCES) == set(constants.__all__) - WORDS
    editions = {source.edition for source in constants.SOURCES.values()}
    assert editions == {constants.CODATA_EDITION, constants.PDG_EDITION}


def test_the_command_prints_the_text(capsys):
    command.main()
    assert capsys.readouterr().out == command.about() + "\n"


def test_examples_of_the_text():
    # pytest leaves a __main__.py out when it collects examples
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failed, tried = doctest.testmod(command, optionflags=flags)
    assert failed == 0
    assert tried >= 4


def test_citation_file_names_the_same():
    cff = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {nudp.__version__}\n" in cff
    assert "arXiv:2204.07802" in cff
