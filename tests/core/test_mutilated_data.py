"""Input tables, each broken in hundreds of ways: refused with file, line and reason, or harmless.

A way takes a file apart and puts it together wrongly at a place that a seed chooses.  Of some ways
it is claimed that they do no harm; then the values that are read must be the same to the last bit.
What no reader can see is a wrong digit within a number's range; the published points of
`test_landscape.py` and the sums of `test_data.py` are for that.
"""

from __future__ import annotations

import csv
import gzip
import importlib.util
import io
import itertools
import random
import re
import tomllib
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from nudp import _tables, landscape, searches
from nudp._tables import DataError, data_folder

DATA = data_folder()
BOUNDS = sorted(path.stem for path in (DATA / "bounds").glob("*.csv"))
FILES = ["besiii_runs.csv", "paper_claims.csv", *(f"bounds/{key}.csv" for key in BOUNDS)]
RECORDS = tomllib.loads((DATA / "bounds.toml").read_text(encoding="utf-8"))
NUMBERS = {
    "besiii_runs.csv": ("sqrt_s", "luminosity"),
    "paper_claims.csv": ("value", "low", "high"),
}
PLACES = 3  # seeded places at which a way is tried


# ---- taking a table apart -----------------------------------------------------------


class Table:
    """A table in pieces: comment lines, header, rows."""

    def __init__(self, name, text):
        lines = text.splitlines()
        self.name = name
        self.comments = [line for line in lines if line.startswith("#")]
        self.header, *self.rows = csv.reader(line for line in lines if not line.startswith("#"))
        self.numbers = NUMBERS.get(name, ("m_N", "d"))

    def line(self, row):
        """The line of the file on which a row stands."""
        return len(self.comments) + 2 + row

    def cell(self, rng, column=None):
        """A row and a column that hold a number."""
        column = column or rng.choice(self.numbers)
        place = self.header.index(column)
        return rng.choice([i for i, row in enumerate(self.rows) if row[place]]), place

    def lines(self, rows=None, header=None):
        """Lines of a file, with other rows or another header."""
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(
            [header or self.header, *(self.rows if rows is None else rows)]
        )
        return [*self.comments, *out.getvalue().splitlines()]

    def text(self, rows=None, header=None):
        """The same as one text."""
        return joined(self.lines(rows, header))

    def units(self):
        """The place of the line of units among the lines, and its pairs."""
        [place] = [i for i, line in enumerate(self.comments) if line.startswith("# units:")]
        pairs = self.comments[place].removeprefix("# units:").split(",")
        return place, dict(tuple(part.strip().split("=")) for part in pairs)

    def with_units(self, units):
        """The text, its line of units written anew."""
        place, _ = self.units()
        lines = self.lines()
        lines[place] = "# units: " + ", ".join(f"{name}={unit}" for name, unit in units.items())
        return joined(lines)


def joined(lines, end="\n"):
    return end.join(lines) + end


def with_cell(table, row, column, text):
    rows = [list(entries) for entries in table.rows]
    rows[row][column] = text
    return table.text(rows)


def permuted(table, order, rows=True):
    header = [table.header[i] for i in order]
    return table.text([[row[i] for i in order] for row in table.rows] if rows else None, header)


# ---- ways that must be refused: each yields (content, the line to be named or None) ----


def files_that_are_none(table, rng):
    text = table.text()
    content = text.encode()
    yield b"", None
    yield b"\n\n\n", None
    yield b"\x00" * 100, 1
    yield rng.randbytes(500), None
    yield gzip.compress(content), 1
    yield text.encode("utf-16"), 1
    yield text.encode("utf-16-le"), 1
    yield b"PK\x03\x04" + content, 1
    yield b"<!DOCTYPE html>\n<title>404</title>\n", None


def bytes_that_are_no_text(table, rng):
    """Bytes of Latin-1 and of a broken disk, and characters that are not printed."""
    content = table.text().encode()
    for bad in (b"\xe9", b"\xff", b"\xc3(", b"\x00", b"\x1a", b"\x0c", b"\x7f", "\u2028".encode()):
        for _ in range(PLACES):
            at = rng.randrange(len(content))
            yield content[:at] + bad + content[at:], content.count(b"\n", 0, at) + 1


def lines_cut(table, rng):
    """The file ends too early: at every one of many places, and within its last line."""
    text = table.text()
    last = text.rindex("\n", 0, -1) + 1
    for at in {*rng.sample(range(len(text) - 1), 8), *range(max(last, len(text) - 12), len(text))}:
        yield text[:at], None


def rows_missing(table, rng):
    yield table.text([]), None
    for i in rng.sample(range(len(table.rows)), min(PLACES, len(table.rows))):
        yield table.text([row for j, row in enumerate(table.rows) if j != i]), None


def rows_twice(table, rng):
    """Twice, with and without the count that would tell of it."""
    for _ in range(PLACES):
        i = rng.randrange(len(table.rows))
        for at in (i, len(table.rows)):
            rows = [*table.rows[:at], table.rows[i], *table.rows[at:]]
            yield table.text(rows), None
            text = re.sub(
                r"^# rows: .*$", f"# rows: {len(rows)}", table.text(rows), flags=re.MULTILINE
            )
            # going on round a closed region its first row may come again where it ended
            yield text, None


def rows_miscounted(table, rng):
    for count in (len(table.rows) - 1, len(table.rows) + 1, "many", "", "1e1"):
        lines = table.lines()
        [at] = [i for i, line in enumerate(lines) if line.startswith("# rows:")]
        lines[at] = f"# rows: {count}"
        yield joined(lines), at + 1
    yield joined(["# rows: 1", *table.lines()]), None


def headers_misplaced(table, rng):
    lines = table.lines()
    head = len(table.comments)
    yield joined([*lines[: head + 1], *lines[head:]]), head + 2
    yield joined([*lines, lines[head]]), len(lines) + 1
    yield joined([*lines[:head], *lines[head + 1 :]]), head + 1
    yield joined([*lines[:head], lines[head + 1], lines[head], *lines[head + 2 :]]), head + 1
    yield joined(lines[: head + 1]), None
    yield joined(lines[:head]), None


def columns_missing(table, rng):
    for i, name in enumerate(table.header):
        rest = [j for j in range(len(table.header)) if j != i]
        yield permuted(table, rest), len(table.comments) + 1
        yield table.text(header=[table.header[j] for j in rest]), len(table.comments) + 1
        short = [[field for j, field in enumerate(row) if j != i] for row in table.rows]
        yield table.text(short), table.line(0)
        for other in (name.upper() + "x", name + "2", "", table.header[i - 1]):
            header = [other if j == i else word for j, word in enumerate(table.header)]
            yield table.text(header=header), len(table.comments) + 1


def columns_swapped(table, rng):
    """Two names change places in the header, and the data below do not."""
    for i, j in itertools.combinations(range(len(table.header)), 2):
        order = list(range(len(table.header)))
        order[i], order[j] = j, i
        yield permuted(table, order, rows=False), None


def fields_swapped(table, rng):
    """In one row alone; a claim has three numbers that may stand for one another."""
    if table.name == "paper_claims.csv":
        return
    for i, j in itertools.combinations(range(len(table.header)), 2):
        k = rng.randrange(len(table.rows))
        rows = [list(row) for row in table.rows]
        rows[k][i], rows[k][j] = rows[k][j], rows[k][i]
        yield table.text(rows), table.line(k)


def fields_too_many_or_few(table, rng):
    for k in rng.sample(range(len(table.rows)), min(PLACES, len(table.rows))):
        for change in (lambda row: [*row, ""], lambda row: row[:-1], lambda row: ["", *row]):
            rows = [change(row) if i == k else row for i, row in enumerate(table.rows)]
            yield table.text(rows), table.line(k)
    for separator in (";", "\t", " ", "|"):
        lines = [line.replace(",", separator) for line in table.lines()[len(table.comments) :]]
        yield joined([*table.comments, *lines]), None


def units_wrong(table, rng):
    place, units = table.units()
    other = {"GeV": ["MeV", "keV", "gev", "TeV"], "GeV^-1": ["MeV^-1", "mu_B", "GeV", "GeV-1"]}
    other |= {"pb^-1": ["fb^-1", "nb^-1", "pb", "ab^-1"], "see column unit": ["GeV", "GeV^-1"]}
    for name, unit in units.items():
        for wrong in ("", "1", *other[unit]):
            # a wrong unit that is known shows in the size of the numbers
            known = (unit, wrong) in (("GeV", "MeV"), ("pb^-1", "fb^-1"))
            yield table.with_units(units | {name: wrong}), None if known else place + 1
        yield table.with_units({key: value for key, value in units.items() if key != name}), None
        yield table.with_units({key.upper(): value for key, value in units.items()}), place + 1
    first, second = table.numbers[0], table.numbers[1]
    swapped = units | {first: units[second], second: units[first]}
    if swapped != units:
        yield table.with_units(swapped), place + 1
    lines = table.lines()
    yield joined(line for i, line in enumerate(lines) if i != place), None
    yield joined([*lines[: place + 1], lines[place], *lines[place + 1 :]]), place + 2
    for change in (
        lambda line: line.replace("=", " "),
        lambda line: line.replace("=", ":"),
        lambda line: line + ",,",
        lambda line: line.replace("# units", "# Units"),
        lambda line: line.replace("# units", "units"),
        lambda line: f'"{line}"',
        lambda line: line + ", " + line.removeprefix("# units:").split(",")[0],
    ):
        yield joined([*lines[:place], change(lines[place]), *lines[place + 1 :]]), None


NO_NUMBERS = [
    *("nan", "NaN", "-nan", "inf", "Inf", "-inf", "Infinity", "1e999", "-1e999", "None", "N/A"),
    *("-", "?", "1.2.3", "1_000", "0x1A", "1e", "e5", "\u0663.\u0661", "\uff13.1", "3.1 GeV"),
    *("3,1", "3;1", "3 1", "3.1%", "=A1+1", "#REF!", "TRUE", "\u00bd", "1/3", "'3.1'", "3\u00d710"),
    *(
        "\u22123.1",
        "3.1\u00b10.1",
        "~3",
        "<3",
        "3.1e\u22125",
        "1d-5",
        "1e-5f",
        "(3.1)",
        "3.1*",
        "$3",
    ),
]
NO_SIZES = ["0", "-0.0", "1e30", "1e308", "-1e-5", "1e-30", "1e-320", "9" * 400]


def numbers_that_are_none(table, rng):
    for text in NO_NUMBERS:
        row, column = table.cell(rng)
        # in front of a line it makes a comment
        line = None if text.startswith("#") else table.line(row)
        yield with_cell(table, row, column, text), line
    for column in table.numbers:
        # the range of masses of a claim may be open, its value may not
        if column not in ("low", "high"):
            row, place = table.cell(rng, column)
            yield with_cell(table, row, place, ""), table.line(row)
            yield with_cell(table, row, place, "  "), table.line(row)


def numbers_of_no_size(table, rng):
    for column in table.numbers:
        for text in NO_SIZES:
            row, place = table.cell(rng, column)
            yield with_cell(table, row, place, text), None
        row, place = table.cell(rng, column)
        yield with_cell(table, row, place, "-" + table.rows[row][place]), None
        yield with_cell(table, row, place, f"{float(table.rows[row][place]) * 1e9:g}"), None


def decimal_commas(table, rng):
    places = [table.header.index(name) for name in table.numbers]

    def changed(row):
        return [x.replace(".", ",") if i in places else x for i, x in enumerate(row)]

    yield table.text([changed(row) for row in table.rows]), None
    lines = table.lines([changed(row) for row in table.rows])
    yield (
        joined([*table.comments, *(x.replace('"', "") for x in lines[len(table.comments) :])]),
        None,
    )
    for _ in range(PLACES):
        row, place = table.cell(rng)
        if "." in table.rows[row][place]:
            comma = table.rows[row][place].replace(".", ",")
            yield with_cell(table, row, place, comma), table.line(row)


def quotes_left_open(table, rng):
    lines = table.lines()
    for _ in range(PLACES):
        k = rng.randrange(len(table.comments), len(lines))
        for bad in (f'"{lines[k].replace(chr(34), "")}', f'{lines[k]},"', f'"x"y,{lines[k]}'):
            yield joined([*lines[:k], bad, *lines[k + 1 :]]), k + 1


def masses_out_of_order(table, rng):
    if not table.name.startswith("bounds/"):
        return
    rows = table.rows
    yield table.text([rows[-1], *rows[1:-1], [str(float(rows[0][0]) * 1.01), rows[0][1]]]), None
    for _ in range(PLACES):
        i = rng.randrange(len(rows) - 1)
        if rows[i][0] != rows[i + 1][0]:
            swapped = [*rows[:i], rows[i + 1], rows[i], *rows[i + 2 :]]
            yield table.text(swapped), None
            yield with_cell(table, i + 1, 0, str(float(rows[i][0]) * 0.9)), None


def words_that_are_none(table, rng):
    """Texts that stand in another column, or nowhere."""
    if table.name.startswith("bounds/"):
        return
    forms = {"besiii_runs.csv": ("run", "year", "reference", "status")}
    for column in forms.get(table.name, ("id", "section", "statement", "unit")):
        k, place = table.cell(rng, column)
        for text in ("", "?", "\u00e9"):
            yield with_cell(table, k, place, text), table.line(k)


REFUSED = [
    files_that_are_none,
    bytes_that_are_no_text,
    lines_cut,
    rows_missing,
    rows_twice,
    rows_miscounted,
    headers_misplaced,
    columns_missing,
    columns_swapped,
    fields_swapped,
    fields_too_many_or_few,
    units_wrong,
    numbers_that_are_none,
    numbers_of_no_size,
    decimal_commas,
    quotes_left_open,
    masses_out_of_order,
    words_that_are_none,
]


# ---- ways that do no harm ---------------------------------------------------------


def line_ends(table, rng):
    """Of Windows and of old Macs, a byte order mark, and blank lines."""
    lines = table.lines()
    yield joined(lines, "\r\n")
    yield joined(lines, "\r")
    yield "\ufeff" + joined(lines)
    yield "\ufeff" + joined(lines, "\r\n")
    yield joined([*lines, "", "  ", ""])
    yield joined(itertools.chain.from_iterable((line, "") for line in lines))


def spaces(table, rng):
    """After lines, around names and numbers; no-break spaces and tabs as well."""
    yield joined(line + "   " for line in table.lines())
    for space in (" ", "\t", "\u00a0"):
        rows = [[f"{space}{x}{space}" for x in row] for row in table.rows]
        yield table.text(rows, [f"{space}{x}{space}" for x in table.header])


def remarks(table, rng):
    """More comment lines, wherever; no line that counts rows."""
    lines = table.lines()
    for _ in range(PLACES):
        at = rng.randrange(len(lines))
        yield joined([*lines[:at], "# a remark, with commas: and = signs", *lines[at:]])
    yield joined(line for line in lines if not line.startswith("# rows:"))


def quoting(table, rng):
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([table.header, *table.rows])
    yield joined(table.comments) + out.getvalue()


def columns_moved(table, rng):
    """With their data; and a column that nobody asks for."""
    for _ in range(PLACES):
        yield permuted(table, rng.sample(range(len(table.header)), len(table.header)))
    yield table.text([[*row, "x"] for row in table.rows], [*table.header, "remark"])
    yield table.text([["1", *row] for row in table.rows], ["number", *table.header])
    _, units = table.units()
    yield table.with_units(units | {"other": "km"})


def numbers_spelled_otherwise(table, rng):
    places = [table.header.index(name) for name in table.numbers]
    for spell in ("+{}".format, "0{}".format, lambda x: x.upper(), lambda x: repr(float(x))):
        rows = [
            [spell(x) if x and i in places else x for i, x in enumerate(row)] for row in table.rows
        ]
        yield table.text(rows)


HARMLESS = [line_ends, spaces, remarks, quoting, columns_moved, numbers_spelled_otherwise]


# ---- reading what came of it ---------------------------------------------------------


@pytest.fixture(scope="module")
def companion():
    source = Path(__file__).resolve().parents[2] / "notebooks" / "companion.py"
    spec = importlib.util.spec_from_file_location("companion", source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def folder(tmp_path, monkeypatch, companion):
    """A folder of data, which the readers take for their own."""
    (tmp_path / "bounds").mkdir()
    monkeypatch.setattr(landscape, "data_folder", lambda: tmp_path)
    monkeypatch.setattr(companion, "data_folder", lambda: tmp_path)
    return tmp_path


def read(folder, name, companion):
    """Everything that is read from one table, in a form that == compares."""
    if name == "besiii_runs.csv":
        return searches.read_besiii_runs(folder / name)
    if name == "paper_claims.csv":
        return companion.claims().to_csv(float_format="%r")
    if name == "bounds.toml":
        return {bound.key: comparable(bound) for bound in landscape.bounds()}
    return comparable(landscape.bounds()[0])


def comparable(bound):
    return asdict(replace(bound, m_N=None, d=None)), bound.m_N.tolist(), bound.d.tolist()


def one_record(folder, name):
    """Bounds with one record alone, so that a table is read quickly."""
    if name.startswith("bounds/"):
        text = (DATA / "bounds.toml").read_text(encoding="utf-8")
        [part] = re.findall(rf"^\[{Path(name).stem}\]\n(?:(?!\[).*\n?)*", text, re.MULTILINE)
        (folder / "bounds.toml").write_text(part, encoding="utf-8")


def verdict(content, folder, name, companion, original, line=None):
    """Say what comes of a broken file: "refused", "same", or what is wrong with that."""
    return outcome(content, folder, name, companion, original, line)[0]


def outcome(content, folder, name, companion, original, line=None):
    """The verdict, and the message of a refusal."""
    content = content if isinstance(content, bytes) else content.encode()
    (folder / name).write_bytes(content)
    try:
        found = read(folder, name, companion)
    except DataError as fault:
        message = str(fault)
    else:
        return "same" if found == original else "read otherwise", ""
    form = rf"{re.escape(Path(name).name)}, line (\d+)(?:, record '.*?')?: \S.*"
    match = re.fullmatch(form, message, re.DOTALL)
    if not match:
        return "unclear", message
    there = int(match[1])
    last = len(re.findall(rb"\r\n|\r|\n", content)) + 1
    if not 1 <= there <= last or (line is not None and there != line):
        return f"not line {line} of {last}", message
    return "refused", message


def read_whole(folder, name, companion):
    one_record(folder, name)
    (folder / name).write_bytes((DATA / name).read_bytes())
    return read(folder, name, companion)


def table_of(name):
    return Table(name, (DATA / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FILES)
def test_broken_tables_are_refused(folder, companion, name):
    table, original = table_of(name), read_whole(folder, name, companion)
    wrong, count = [], 0
    for way in REFUSED:
        rng = random.Random(f"{name} {way.__name__}")
        for content, line in way(table, rng):
            count += 1
            found, message = outcome(content, folder, name, companion, original, line)
            if found != "refused":
                wrong.append((way.__name__, found, message, content))
    assert not wrong, wrong[0]
    assert count >= 200


@pytest.mark.parametrize("name", FILES)
def test_harmless_changes_read_the_same(folder, companion, name):
    table, original = table_of(name), read_whole(folder, name, companion)
    for way in HARMLESS:
        rng = random.Random(f"{name} {way.__name__}")
        for content in way(table, rng):
            assert verdict(content, folder, name, companion, original) == "same", (way, content)


def test_every_table_counts_its_rows_and_is_tried():
    assert len(FILES) == 2 + len(RECORDS)
    for name in FILES:
        table = table_of(name)
        assert f"# rows: {len(table.rows)}" in table.comments
        # taking apart and putting together is no change of its own
        assert Table(name, table.text()).rows == table.rows


# ---- the records of the bounds -------------------------------------------------------

# of each kind one: a curve, a region, a quoted number, a record without remark
SOME = {key: RECORDS[key] for key in ("charm2", "sn1987a", "donut", "miniboone")}


def toml(records):
    """Records as TOML, in the few types that they have."""

    def written(value):
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, str):
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if isinstance(value, list):
            return "[" + ", ".join(map(written, value)) + "]"
        return repr(value)

    parts = []
    for key, fields in records.items():
        lines = [f"{name} = {written(value)}" for name, value in fields.items()]
        parts.append("\n".join([f"[{key}]", *lines, ""]))
    return "\n".join(parts)


def with_field(key, **changes):
    fields = {**SOME[key], **changes}
    return toml(SOME | {key: {k: v for k, v in fields.items() if v is not None}})


def broken_records(rng):
    """Broken bounds.toml, and the record that is to be named, or None."""
    text = "# records\n" + toml(SOME)
    content = text.encode()
    yield from ((bad, None) for bad in (b"", b"\n", b"# nothing\n", gzip.compress(content)))
    yield from ((text.encode(code), None) for code in ("utf-16", "utf-16-le"))
    for bad in (b"\xe9", b"\xff", b"\x00", b"\x0c", b"\n[", b"\n= 1\n", b"\nname\n"):
        for _ in range(PLACES):
            at = rng.randrange(len(content))
            at = content.index(b"\n", at) if bad.startswith(b"\n") else at
            yield content[:at] + bad + content[at:], None
    # nothing but blanks and comments may go from the end
    yield from ((text[:at], None) for at in rng.sample(range(len(text.rstrip())), 20))
    for key in SOME:
        yield toml({k: v for k, v in SOME.items() if k != key}), None
        yield toml({k if k != key else k.upper(): v for k, v in SOME.items()}), key
        yield text + f"\n[{key}]\n", None
        yield text + "\n[nowhere]\n" + toml({key: SOME[key]}).partition("\n")[2], "nowhere"
        yield f"{key} = 1\n" + toml({k: v for k, v in SOME.items() if k != key}), key
        for field, value in SOME[key].items():
            yield with_field(key, **{field: None}), key
            yield with_field(key, **{field: 7}), key
            yield with_field(key, **{field: [[]]}), key
            yield with_field(key, **{field: "?"}), key
            yield with_field(key, **{field: None, field.title(): value}), key
        yield with_field(key, other="x"), key
        yield with_field(key, closed=not SOME[key]["closed"]), "table"
        for level in (90, -0.9, 0.0, 1.0, 1e9, float("nan"), float("inf"), "0.9", True):
            yield with_field(key, confidence_level=level), key
        for flavours in ([], "mu", ["E"], ["mu", "mu"], ["e mu"], [1], [["e"]], ["\u03bc"]):
            yield with_field(key, flavours=flavours), key
        for date in ("2026-13-01", "2026-11-32", "25.11.2026", "26-11-25", "2026/11/25", ""):
            yield with_field(key, date=date), key
        texts = [k for k, v in SOME[key].items() if isinstance(v, str)]
        for one, other in itertools.combinations(texts, 2):
            swapped = {one: SOME[key][other], other: SOME[key][one]}
            yield with_field(key, **swapped), key


def harmless_records(rng):
    text = "# records\n" + toml(SOME)
    lines = text.splitlines()
    yield from (joined(lines, "\r\n"), joined(lines, "\r"), "\ufeff" + text, text.rstrip())
    yield joined(line + "  " for line in lines)
    yield joined(re.sub(r"^(\w+) = ", r"\1=", line) for line in lines)
    yield joined(itertools.chain.from_iterable((line, "# a remark") for line in lines))
    yield toml(dict(reversed(SOME.items())))
    yield toml({key: dict(reversed(fields.items())) for key, fields in SOME.items()})


@pytest.fixture
def recorded(folder, companion):
    for key in SOME:
        name = f"bounds/{key}.csv"
        (folder / name).write_bytes((DATA / name).read_bytes())
    (folder / "bounds.toml").write_text(toml(SOME), encoding="utf-8")
    return read(folder, "bounds.toml", companion)


def test_broken_records_are_refused(folder, companion, recorded, monkeypatch):
    # the tables are whole: read each once
    whole = {(folder / "bounds" / f"{key}.csv"): None for key in SOME}
    real = landscape.read_table

    def once(path, numbers):
        whole[path] = whole.get(path) or real(path, numbers=numbers)
        return whole[path]

    monkeypatch.setattr(landscape, "read_table", once)
    wrong, count = [], 0
    for content, key in broken_records(random.Random("bounds.toml")):
        count += 1
        found, message = outcome(content, folder, "bounds.toml", companion, recorded)
        if key == "table":  # a closed region that is none: the fault shows in the table
            assert found == "unclear" and ".csv, line" in message
        elif found != "refused" or (key and repr(key) not in message):
            wrong.append((found, message, content))
    assert not wrong, wrong[0]
    assert count >= 200


def test_harmless_changes_of_records_read_the_same(folder, companion, recorded):
    for content in harmless_records(random.Random("harmless")):
        assert verdict(content, folder, "bounds.toml", companion, recorded) == "same", content


def test_records_are_put_together_as_they_were():
    assert tomllib.loads(toml(RECORDS)) == RECORDS


# ---- a reader that sees less is found out ----------------------------------------------


def outcomes(way, folder, companion, name):
    table, original = table_of(name), read_whole(folder, name, companion)
    cases = way(table, random.Random(f"{name} {way.__name__}"))
    return {verdict(text, folder, name, companion, original, line) for text, line in cases}


@pytest.mark.parametrize(
    ("way", "name", "module", "attribute", "blind"),
    [
        (rows_missing, "besiii_runs.csv", _tables, "_count_rows", lambda *_: None),
        (lines_cut, "bounds/lep_with_z.csv", _tables, "_count_rows", lambda *_: None),
        (numbers_that_are_none, "bounds/donut.csv", _tables, "_NUMBER", re.compile(r"[\w.+-]+")),
        (
            columns_swapped,
            "besiii_runs.csv",
            searches,
            "_RUN_WORDS",
            dict.fromkeys(("run", "year", "reference", "status"), ".*"),
        ),
        (numbers_of_no_size, "bounds/nomad.csv", landscape, "_COUPLINGS", (0.0, np.inf)),
        (units_wrong, "bounds/donut.csv", landscape, "_MASSES", (0.0, np.inf)),
        (bytes_that_are_no_text, "paper_claims.csv", _tables, "_NO_TEXT", re.compile(r"(?!)")),
    ],
)
def test_a_blind_reader_fails(folder, companion, monkeypatch, way, name, module, attribute, blind):
    assert outcomes(way, folder, companion, name) == {"refused"}
    monkeypatch.setattr(module, attribute, blind)
    try:
        found = outcomes(way, folder, companion, name)
    except ValueError:  # what is no DataError names no line
        return
    assert found != {"refused"}


def test_a_wrong_line_and_a_silent_message_are_found(folder, companion, monkeypatch):
    name = "bounds/donut.csv"
    table, original = table_of(name), read_whole(folder, name, companion)
    text = with_cell(table, 0, 0, "x")
    line = table.line(0)
    assert verdict(text, folder, name, companion, original, line) == "refused"
    assert verdict(text, folder, name, companion, original, line + 1).startswith("not line 7 of")
    assert original[0]["key"] == "donut"

    def silent(*_):
        raise DataError("broken")

    monkeypatch.setattr(_tables, "_number", silent)
    assert verdict(text, folder, name, companion, original, line) == "unclear"
