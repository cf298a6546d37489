"""Reading the input tables in data/, and writing a file whole or not at all.

Errors of reading name file, line and fault.

A table is a CSV file with comment lines (`#`) above its header.  One comment
line, `# units: column=unit, ...`, gives the unit of every numerical column, a pair that holds a
comma in quotes; another, `# rows: number`, tells when the end or a row is lost.  Entries that hold
a comma, a quote or a `#` stand in quotes.

`read_table` takes for each column of `numbers` the units it may come in and their size in the
unit wanted, for columns of text a regular expression in `forms`; `within` has the lowest and
the highest number that a column may hold.
"""

from __future__ import annotations

import csv
import math
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from os import PathLike
    from typing import Any

__all__ = [
    "DataError",
    "data_folder",
    "read_table",
    "read_text",
    "write_whole",
]

# float() would read "1_000" and digits of other scripts as well
_NUMBER = re.compile(
    r"[-+]?((\d+\.?\d*|\.\d+)(e[-+]?\d+)?|nan|inf|infinity)", re.ASCII | re.IGNORECASE
)
# control characters, line ends that only some programs know, and what stands for a broken one
_NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffd]")


class DataError(ValueError):
    """An input table is broken; the message names file, line and fault."""


def data_folder() -> Path:
    """Folder of the input tables: inside an installed package, else in the checkout."""
    package = Path(__file__).resolve().parent
    for folder in (package / "data", package.parent / "data"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"no data folder in {package} or beside it")


def read_text(path: str | PathLike[str]) -> str:
    """Read a text file in UTF-8, its lines ended by a newline alone."""
    path = Path(path)
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise _fault(path, line, f"not UTF-8: byte {content[fault.start]:#04x}") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    odd = _NO_TEXT.search(text)
    if odd:
        line = text.count("\n", 0, odd.start()) + 1
        raise _fault(path, line, f"character {odd[0]!r} is no text")
    return text


def read_table(
    path: str | PathLike[str],
    numbers: Mapping[str, Mapping[str, float]],
    words: Iterable[str] = (),
    *,
    forms: Mapping[str, str] | None = None,
    within: Mapping[str, tuple[float, float]] | None = None,
) -> dict[str, list[Any]]:
    """Read a table, check it and convert its units: columns by name, and `line` of each row."""
    path = Path(path)
    lines = read_text(path).split("\n")
    units_line, units = _units(path, lines)
    header, rows = _rows(path, lines, _fields, (*numbers, *words))
    if not rows:
        raise _fault(path, len(lines), "no rows below the header")
    columns = {name: [row[i] for _, row in rows] for i, name in enumerate(header)}
    table: dict[str, list[Any]] = {name: columns[name] for name in words}
    table["line"] = [number for number, _ in rows]
    for name, form in (forms or {}).items():
        for line, text in zip(table["line"], table[name], strict=True):
            if not re.fullmatch(form, text):
                raise _fault(path, line, f"{name} cannot be {text!r}")
    for name, allowed in numbers.items():
        if units.get(name) not in allowed:
            text = f"unit of {name!r} is {units.get(name)!r}, known are {sorted(allowed)}"
            raise _fault(path, units_line, text)
        size = allowed[units[name]]
        table[name] = [
            _number(path, line, name, text) * size
            for line, text in zip(table["line"], columns[name], strict=True)
        ]
    for name, (low, high) in (within or {}).items():
        for line, value in zip(table["line"], table[name], strict=True):
            if not low <= value <= high:
                text = f"{name} must be between {low:g} and {high:g}, got {value:g}"
                raise _fault(path, line, text)
    return table


def write_whole(path: str | PathLike[str], content: bytes) -> None:
    """Write a file whole or not at all."""
    path = Path(path)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)  # mkstemp lets nobody else read it
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink()
        raise


def _fault(path: Path, line: int, what: str) -> DataError:
    return DataError(f"{path.name}, line {line}: {what}")


def _rows(
    path: Path,
    lines: list[str],
    parse: Callable[[Path, int, str], list[str]],
    columns: Iterable[str],
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header and rows, each with its line, of a table that is whole and has some columns."""
    rows = [
        (number, parse(path, number, line))
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.startswith("#")
    ]
    if not rows:
        raise _fault(path, len(lines), "no header line")
    (head, header), *rows = rows
    for name in columns:
        if header.count(name) != 1:
            raise _fault(path, head, f"column {name!r} found {header.count(name)} times")
    for number, row in rows:
        if len(row) != len(header):
            raise _fault(path, number, f"{len(row)} fields where the header has {len(header)}")
    number, said = _comment(path, lines, "rows")
    if said is not None and said.strip() != str(len(rows)):
        raise _fault(path, number, f"rows are {said.strip()!r}, found {len(rows)}")
    if lines[-1].strip():
        raise _fault(path, len(lines), "the line has no end: is the file cut?")
    return header, rows


def _units(path: Path, lines: list[str]) -> tuple[int, dict[str, str]]:
    """The line that gives the units, and the units."""
    number, text = _comment(path, lines, "units")
    if text is None:
        raise _fault(path, number, "no line '# units: column=unit, ...' so far")
    parts = _fields(path, number, text) if text.strip() else []  # a table of words
    pairs = [part.rpartition("=") for part in parts]
    names = [name.strip() for name, _, _ in pairs]
    if not all(equals for _, equals, _ in pairs) or len(set(names)) < len(names):
        raise _fault(path, number, "units must read column=unit, ...")
    return number, {name: unit.strip() for name, (_, _, unit) in zip(names, pairs, strict=True)}


def _comment(path: Path, lines: list[str], key: str) -> tuple[int, str | None]:
    """The number of the comment line `# key: ...` and what it says; the last line and None."""
    start = f"# {key}:"
    found = [
        (number, line.removeprefix(start))
        for number, line in enumerate(lines, start=1)
        if line.startswith(start)
    ]
    if len(found) > 1:
        raise _fault(path, found[1][0], f"a second line {start!r}")
    return found[0] if found else (len(lines), None)


def _fields(path: Path, number: int, line: str) -> list[str]:
    """The entries of a line without the blanks around them."""
    return [field.strip() for field in _entries(path, number, line, skipinitialspace=True)]


def _entries(path: Path, number: int, line: str, **dialect: Any) -> list[str]:
    try:
        return next(csv.reader([line], strict=True, **dialect))
    except csv.Error as fault:
        raise _fault(path, number, f"{fault}") from None


def _number(path: Path, line: int, name: str, text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise _fault(path, line, f"{name} is not a number: {text!r}")
    value = float(text)
    if not math.isfinite(value):
        raise _fault(path, line, f"{name} is not finite: {text!r}")
    return value
