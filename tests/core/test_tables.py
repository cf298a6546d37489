"""Input tables: what they hold, and that a broken one is refused with file and line."""

import itertools
import random
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nudp import _tables, landscape, searches
from nudp._tables import DataError, data_folder, read_table

DATA = data_folder()
RUNS = (DATA / "besiii_runs.csv").read_text(encoding="utf-8")
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
    table = read_table(DATA / "besiii_runs.csv", {}, words=("reference", "status"))
    assert set(table["status"]) == {"confirmed", "confirmed to 1 %", "unconfirmed"}
    assert all(re.search(r"arXiv:\d{4}\.\d{4,5}", text) for text in table["reference"])


def test_besiii_has_gone_on():
    """Three periods at one energy, whose sum is what is left of 20.3 fb^-1 without 2010-2011."""
    today = searches.besiii_to_2024()
    later = [run for run in today if run not in searches.BESIII.runs]
    assert [run.luminosity for run in later] == pytest.approx([4.995, 8.157, 4.191])
    assert {run.sqrt_s for run in later} == {3.773}
    assert sum(run.luminosity for run in later) + 2.93 == pytest.approx(20.3, abs=0.05)
    assert today.luminosity == pytest.approx(searches.BESIII.luminosity + 17.343)


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
        ("polarisation", (0.7, 1.1), ValueError),
        ("polarisation", (0.7,), ValueError),
        ("polarisation", 0.7, TypeError),
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
        ((FIRST, "J/psi 2012,2012,315.02,3.0969,"), "line 8: sqrt_s must be .*, got 315.02"),
        (
            (FIRST, "J/psi 2012,2012,3.0969,-315.02,"),
            "line 8: luminosity must be .*, got -0.315",
        ),
        (("luminosity=pb^-1", "luminosity=fb^-1"), "line 8: luminosity must be .*, got 315.02"),
        ((RUNS, "# units: sqrt_s=GeV\n"), "no header line"),
    ],
)
def test_a_broken_run_table_is_refused_with_file_and_line(tmp_path, change, message):
    path = tmp_path / "runs.csv"
    path.write_text(RUNS.replace(*change), encoding="utf-8")
    with pytest.raises(DataError, match=r"runs\.csv.*" + message):
        searches.read_besiii_runs(path)


def test_a_run_that_stands_twice_is_refused(tmp_path):
    [first] = re.findall(rf"^{re.escape(FIRST)}.*\n", RUNS, re.MULTILINE)
    text = re.sub(r"^# rows: .*\n", "", RUNS.replace(first, first * 2), flags=re.MULTILINE)
    (tmp_path / "runs.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="line 8: 'J/psi 2012' stands on line 7 already"):
        searches.read_besiii_runs(tmp_path / "runs.csv")


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


# ---- every table broken by machine -------------------------------------------------

TABLES = ["besiii_runs.csv", *(f"bounds/{path.name}" for path in (DATA / "bounds").glob("*.csv"))]
NO_NUMBERS = ["nan", "inf", "-", "", "1_0", "1,5", "0x1p2", "3.1e", "~3", "3.1*", "\u0663", "1d-5"]


class Table:
    """A table in pieces: comment lines, and rows of fields with their quotes."""

    def __init__(self, name):
        lines = (DATA / name).read_text(encoding="utf-8").splitlines()
        self.comments = [line for line in lines if line.startswith("#")]
        self.header, *self.rows = (
            re.findall(r'"[^"]*"|[^,]+', line) for line in lines if not line.startswith("#")
        )
        columns = ("sqrt_s", "luminosity", "m_N", "d")
        self.numbers = [self.header.index(name) for name in columns if name in self.header]

    def text(self, rows=None, header=None, comments=None, end="\n"):
        """The file, with other rows, another header, or other comment lines."""
        lines = [header or self.header, *(self.rows if rows is None else rows)]
        every = [*(comments or self.comments), *(",".join(fields) for fields in lines)]
        return end.join(every) + end

    def with_row(self, i, fields):
        """The file with one row changed."""
        return self.text([*self.rows[:i], fields, *self.rows[i + 1 :]])


def broken(table, rng):
    """Files that are none of ours, cut, scrambled, or with numbers that are none."""
    text, rows, head = table.text(), table.rows, table.header
    some = rng.sample(range(len(rows)), min(3, len(rows)))
    yield from (b"", b"\n\n", b"\x00" * 100, rng.randbytes(500), text.encode("utf-16"))
    for bad in (b"\xe9", b"\xc3(", b"\x00", b"\x1a", b"\x7f", "\u2028".encode()):
        at = rng.randrange(len(text))
        yield text[:at].encode() + bad + text[at:].encode()
    # cut anywhere, also within the last number
    yield from (text[:at] for at in (*rng.sample(range(len(text) - 12), 20), *range(-12, 0)))
    yield table.text([])
    yield from (table.text([*rows[:i], *rows[i + 1 :]]) for i in some)
    yield from (table.text([*rows[:i], rows[i], *rows[i:]]) for i in some)
    yield table.text([head, *rows])
    yield table.text(comments=[*table.comments, "# rows: 1", "# rows: 1"])
    for i, j in itertools.combinations(range(len(head)), 2):
        order = [j if k == i else i if k == j else k for k in range(len(head))]
        yield table.text(header=[head[k] for k in order])
        yield table.with_row(some[0], [rows[some[0]][k] for k in order])
    for i in range(len(head)):
        yield table.text([row[:i] + row[i + 1 :] for row in rows], head[:i] + head[i + 1 :])
    for i in some:
        for fields in ([*rows[i], ""], rows[i][:-1], ["", *rows[i]], ['"x"y', *rows[i][1:]]):
            yield table.with_row(i, fields)
    row = rows[some[0]]
    for k in table.numbers:
        for bad in (*NO_NUMBERS, "0", "1e30", "-" + row[k]):
            yield table.with_row(some[0], [*row[:k], bad, *row[k + 1 :]])
    units = next(line for line in table.comments if line.startswith("# units:"))
    wrong = "# units: ", units.replace("=", " "), units.upper(), units.replace("GeV", "keV")
    for bad in wrong:
        yield table.text(comments=[bad if line == units else line for line in table.comments])


def harmless(table, rng):
    """Line ends of other systems, spaces, remarks, columns in another order."""
    text, lines = table.text(), table.text().splitlines()
    yield from (table.text(end="\r\n"), table.text(end="\r"), "\ufeff" + text, text + "\n  \n")
    yield "".join(f"{line}   \n" for line in lines)
    yield "".join(f"{line}\n# a remark, with commas: and = signs\n" for line in lines)
    yield table.text([[f" {row[0]}\u00a0", *row[1:]] for row in table.rows])
    yield table.text([[f'"{row[0]}"', *row[1:]] for row in table.rows])
    order = rng.sample(range(len(table.header)), len(table.header))
    moved = [[row[k] for k in order] for row in (table.header, *table.rows)]
    yield table.text(moved[1:], moved[0])
    yield table.text([[*row, "x"] for row in table.rows], [*table.header, "remark"])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of input tables, which the readers take for their own."""
    (tmp_path / "bounds").mkdir()
    monkeypatch.setattr(landscape, "data_folder", lambda: tmp_path)
    return tmp_path


def read(folder, name):
    """What is read from a table, in a form that == compares."""
    if name == "besiii_runs.csv":
        return searches.read_besiii_runs(folder / name)
    records = (DATA / "bounds.toml").read_text(encoding="utf-8")
    [one] = re.findall(rf"^\[{Path(name).stem}\]\n(?:(?!\[).*\n?)*", records, re.MULTILINE)
    (folder / "bounds.toml").write_text(one, encoding="utf-8")
    [bound] = landscape.bounds()
    return bound.m_N.tolist(), bound.d.tolist()


@pytest.mark.parametrize("name", TABLES)
def test_broken_tables_are_refused_and_harmless_changes_read_the_same(folder, name):
    shutil.copy(DATA / name, folder / name)
    table, original = Table(name), read(folder, name)
    for content in harmless(table, random.Random(name)):
        (folder / name).write_text(content, encoding="utf-8", newline="")
        assert read(folder, name) == original, content
    where = rf"^{re.escape(Path(name).name)}, line (\d+)(:|, record .*?:) \S"
    for content in broken(table, random.Random(name)):
        content = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(content)
        with pytest.raises(DataError, match=where) as fault:
            pytest.fail(f"read as {read(folder, name)}: {content!r}")
        line = int(re.match(where, str(fault.value))[1])
        assert 1 <= line <= len(re.findall(rb"\r\n|\r|\n", content)) + 1


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "kept.csv"
    path.write_bytes(b"old")
    for fault in (OSError("full"), KeyboardInterrupt()):
        monkeypatch.setattr(Path, "replace", lambda *_, fault=fault: (_ for _ in ()).throw(fault))
        with pytest.raises(type(fault)):
            _tables.write_whole(path, b"new")
        assert path.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [path]
