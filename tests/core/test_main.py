"""``python -m nudp`` says which version, which constants, and how to cite."""

import doctest
from pathlib import Path

import pytest

import nudp
from nudp import __main__ as command
from nudp import constants

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


def test_examples_of_the_text():
    # pytest leaves a __main__.py out when it collects examples
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert doctest.testmod(command, optionflags=flags).failed == 0
