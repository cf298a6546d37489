"""What the chapters write: rounded numbers, tables, files."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import nudp

SOURCE = Path(__file__).resolve().parents[2] / "notebooks" / "companion.py"


@pytest.fixture
def companion(tmp_path, monkeypatch):
    """The module, with its folders elsewhere."""
    spec = importlib.util.spec_from_file_location("companion", SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "TAKE_AWAY", tmp_path / "away")
    monkeypatch.setattr(module, "CURVES", tmp_path / "curves")
    return module


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (8.137e-6, 2, "8.1×10⁻⁶"),
        (9.9996e-4, 3, "0.00100"),
        (1e-4, 3, "1.00×10⁻⁴"),
        (0.001, 2, "0.0010"),
        (0.95, 3, "0.950"),
        (0.0, 3, "0.00"),
        (9999.6, 4, "1.000×10⁴"),
        (9999.4, 4, "9999"),
        (1234.0, 2, "1200"),
        (-2.5e-7, 2, "−2.5×10⁻⁷"),
        (np.float64(3.14159), 3, "3.14"),
        (28.41, 3, "28.4"),
    ],
)
def test_rounded(companion, value, digits, shown):
    assert companion.rounded(value, digits) == shown


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_no_reader_meets_a_nan(companion, value):
    with pytest.raises(ValueError, match="finite"):
        companion.rounded(value)


def test_table_is_numbered_and_escapes_bars(companion, monkeypatch):
    shown = []
    monkeypatch.setattr(companion, "display", shown.append)
    companion.table(pd.DataFrame({"a": ["x|y"], "b": ["2"]}), "What it says.", "tab-x")
    assert shown[0].data.splitlines() == [
        ":::{table} What it says.",
        ":name: tab-x",
        "",
        "| a | b |",
        "| --- | --- |",
        r"| x\|y | 2 |",
        ":::",
    ]


def test_table_refuses_numbers(companion):
    with pytest.raises(TypeError, match="'b'"):
        companion.table(pd.DataFrame({"a": ["1"], "b": [2.0]}), "Caption.", "tab-x")


def test_take_away_writes_the_same_bytes_twice(companion):
    def files():
        fig = Figure()
        fig.subplots().plot([1, 2], [3, 4])
        companion.take_away(fig, "a-plot", {"x": [1, 2], "y": [3.0]}, description="A line.")
        return {path.name: path.read_bytes() for path in companion.TAKE_AWAY.iterdir()}

    with matplotlib.rc_context({"backend": "agg"}):
        first = files()
        assert sorted(first) == ["a-plot.csv", "a-plot.pdf", "a-plot.png"]
        assert files() == first
    assert first["a-plot.csv"] == b"# A line.\nx,y\n1,3\n2,\n"


def test_curves_say_what_they_are(companion):
    m_N = np.array([0.1, 1 / 3])
    companion.write_curves(
        "fig1", m_N, {"belle2": m_N * 1e-6}, what="Limits of Fig. 1", signal="PUBLISHED"
    )
    assert (companion.CURVES / "fig1.csv").read_text().splitlines() == [
        "# Limits of Fig. 1",
        "# units: m_N=GeV, belle2=GeV^-1",
        "# signal model: PUBLISHED",
        f"# nudp {nudp.__version__}",
        "m_N,belle2",
        "0.1,1e-07",
        "0.33333333,3.3333333e-07",
    ]


@pytest.mark.parametrize("name", ["../out", "Fig 1", "", "fig1.csv"])
def test_names_stay_in_their_folder(companion, name):
    with pytest.raises(ValueError, match="name"):
        companion.write_curves(name, [1.0], {}, what="", signal="")


def test_a_folder_that_cannot_be_written_is_named(companion, tmp_path):
    (tmp_path / "curves").write_text("a file where a folder should be")
    with pytest.raises(OSError, match=r"cannot write fig1\.csv: folder .*curves"):
        companion.write_curves("fig1", [1.0], {"a": [1.0]}, what="", signal="")
