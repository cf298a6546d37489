"""Files that come back: what is written is what is read, labels and numbers alike."""

import os
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nudp import _tables, searches
from nudp._tables import DataError
from nudp.beyond.scan import read_table, write_table

FIGURES = Path(__file__).parents[2] / "data" / "figures"

words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp"))).filter(
    lambda text: not _tables._NO_TEXT.search(text)
)
KINDS = {"words": words, "numbers": st.floats(), "counts": st.integers(-(10**15), 10**15)}


@st.composite
def tables(draw):
    name = words.filter(lambda text: text and text == text.strip())
    names = draw(st.lists(name, min_size=1, max_size=4, unique=True))
    rows = draw(st.integers(0, 5))
    return pd.DataFrame(
        {
            name: pd.Series(
                draw(st.lists(KINDS[kind], min_size=rows, max_size=rows)),
                dtype={"words": object, "numbers": float, "counts": np.int64}[kind],
            )
            for name in names
            for kind in [draw(st.sampled_from(sorted(KINDS)))]
        },
        columns=names,
    )


def back_and_forth(table, suffix, **options):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"table.{suffix}"
        write_table(table, path, **options)
        return read_table(path)


@settings(deadline=None)
@given(table=tables())
def test_what_is_written_is_what_is_read(table):
    back = back_and_forth(table, "csv")
    assert list(back.columns) == list(table.columns) and len(back) == len(table)
    for name in table.columns:
        there, here = table[name].tolist(), back[name].tolist()
        if table[name].dtype == object:
            assert there == here
        else:
            np.testing.assert_array_equal(np.array(there, dtype=float), np.array(here, dtype=float))


@pytest.mark.parametrize(
    "label",
    ["run #3", "#1", "A, B", 'a "b"', " blank ", "", "1.0", "nan", "x=y", "ν → N", "tab\there"],
)
def test_labels_that_other_programs_stumble_over(tmp_path, label):
    table = pd.DataFrame({"search": [label, "plain"], "m_N": [1.0, 2.0], "d_95": [np.inf, 3e-6]})
    path = tmp_path / "table.csv"
    write_table(table, path)
    pd.testing.assert_frame_equal(read_table(path), table, check_dtype=False)
    others = pd.read_csv(path, comment="#", keep_default_na=False)
    assert others["search"].tolist() == table["search"].tolist()
    # the reader of the package's own data knows the same grammar
    read = _tables.read_table(path, {"m_N": {"GeV": 1.0}}, ("search",))
    assert read["m_N"] == [1.0, 2.0] and read["search"][0] == label.strip()


@pytest.mark.parametrize("name", ["fig1", "fig2", "fig3"])
def test_our_own_curves_are_read(name):
    table = read_table(FIGURES / f"{name}.csv")
    curves = list(table.columns[1:])
    assert table.attrs["units"] == {"m_N": "GeV", **dict.fromkeys(curves, "GeV^-1")}
    assert (table[curves].to_numpy() > 0).any() and (np.diff(table["m_N"]) > 0).all()
    read = _tables.read_table(FIGURES / f"{name}.csv", {"m_N": {"GeV": 1.0, "MeV": 1e-3}})
    np.testing.assert_array_equal(read["m_N"], table["m_N"])


def test_the_scorecard_is_read():
    table = read_table(FIGURES / "scorecard.csv")
    assert table["ratio"].dtype == float and "verdict" in table


def test_units_and_comments_come_back(tmp_path):
    table = pd.DataFrame({"L, at best": [1, 2], "m_N": [1.0, 2.0], "k": [0.5, np.nan]})
    path = tmp_path / "table.csv"
    write_table(table, path, ["why: because"], units={"L, at best": "fb^-1"})
    assert '# units: "L, at best=fb^-1", m_N=GeV, k=?' in path.read_text()
    back = read_table(path)
    assert back.attrs["units"] == {"L, at best": "fb^-1", "m_N": "GeV", "k": "?"}
    assert back.attrs["comments"] == ["why: because"]
    assert back["L, at best"].dtype == np.int64


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        ({"a": ["two\nlines"]}, {}, "a table cannot hold line ends and control characters"),
        ({"a": ["\x00"]}, {}, "a table cannot hold line ends and control characters"),
        ({"a": [1.0]}, {"units": {"b": "GeV"}}, "units must be of columns of numbers, got .*'b'"),
        ({"a": [1.0]}, {"units": {"a": "x=y"}}, "units must be words without '=', got 'x=y'"),
        ({"a": [1.0]}, {"units": {"a": ""}}, "units must be words without '=', got ''"),
        ({"a": [1.0]}, {"comments": ["units: a in GeV"]}, "comments must leave units and rows"),
    ],
)
def test_what_would_not_come_back_is_refused(tmp_path, table, options, message):
    with pytest.raises(ValueError, match=message):
        write_table(pd.DataFrame(table), tmp_path / "table.csv", **options)
    twice = pd.DataFrame([[1.0, 2.0]], columns=["a", "a"])
    with pytest.raises(ValueError, match="table must have columns of different names"):
        write_table(twice, tmp_path / "table.csv")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("# units: m_N=GeV\n", ""), "table.csv, line 5: no line '# units: column=unit"),
        (("# rows: 2", "# rows: 3"), "table.csv, line 2: rows are '3', found 2"),
        (("2.0\n", "2.0"), "table.csv, line 5: the line has no end"),
        (("\n2.0", "\n2,0"), "table.csv, line 5: 2 fields where the header has 1"),
        (("\n2.0", "\ntwo"), "table.csv, line 5: m_N is not a number: 'two'"),
        (("\nm_N\n", "\nm\n"), "table.csv, line 3: column 'm_N' found 0 times"),
    ],
)
def test_a_broken_table_is_named(tmp_path, change, message):
    path = tmp_path / "table.csv"
    write_table(pd.DataFrame({"m_N": [1.5, 2.0]}), path)
    text = path.read_text()
    assert change[0] in text
    path.write_text(text.replace(*change))
    with pytest.raises(DataError, match=message):
        read_table(path)


def test_parquet(tmp_path):
    pytest.importorskip("pyarrow")
    table = pd.DataFrame({"search": ["a #1, b"], "m_N": [1.0], "d_95": [np.inf]})
    back = back_and_forth(table, "parquet", comments=["mine"])
    pd.testing.assert_frame_equal(back, table, check_dtype=False)
    assert back.attrs == {"comments": ["mine"], "units": {"m_N": "GeV", "d_95": "GeV^-1"}}


def test_runs_still_load():
    assert len(searches.read_besiii_runs()) == 53
