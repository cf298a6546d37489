"""Reading the input tables in data/, and writing a file whole or not at all.

Errors of reading name file, line and fault.

A table is a CSV file with comment lines (`#`) above its header.  One comment
line, `# units: column=unit, ...`, gives the unit of every numerical column.
"""

from __future__ import annotations

import csv
import math
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from os import PathLike
    from typing import Any

__all__ = ["DataError", "data_folder", "read_table", "write_whole"]


class DataError(ValueError):
    """An input table is broken; the message names file, line and fault.

    Examples
    --------
    >>> read_table(data_folder() / "besiii_runs.csv", numbers={"luminosity": {"km": 1.0}})
    Traceback (most recent call last):
    ...
    nudp.tables.DataError: besiii_runs.csv: unit of 'luminosity' is ..., known are ['km']
    """


def data_folder() -> Path:
    """Folder of the input tables: inside an installed package, else in the checkout.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    FileNotFoundError
        If neither exists.

    Examples
    --------
    >>> (data_folder() / "besiii_runs.csv").is_file()
    True
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "data", package.parent / "data"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"no data folder in {package} or beside it")


def read_table(
    path: str | PathLike[str], numbers: Mapping[str, Mapping[str, float]], words: Iterable[str] = ()
) -> dict[str, list[Any]]:
    """Read a table, check it and convert its units.

    Parameters
    ----------
    path : path_like
        The CSV file.
    numbers : dict of str to dict of str to float
        Numerical columns: for each, the units it may come in and their size
        [unit wanted].
    words : iterable of str, optional
        Columns of text.

    Returns
    -------
    dict of str to list
        The columns asked for, numbers in the unit wanted, and under "line"
        the line of the file each row stands on.

    Raises
    ------
    DataError
        If a column is missing or double, a unit unknown, a line has too many or too few
        fields, or a number is not finite.

    Examples
    --------
    >>> table = read_table(
    ...     data_folder() / "besiii_runs.csv",
    ...     numbers={"luminosity": {"pb^-1": 1e-3, "fb^-1": 1.0}},
    ... )
    >>> round(sum(table["luminosity"]), 2)
    28.41
    """
    path = Path(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    units = _units(path, lines)
    rows = [
        (number, next(csv.reader([line])))
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.startswith("#")
    ]
    if not rows:
        raise DataError(f"{path.name}: no header line")
    (head, header), *rows = rows
    for column in (*numbers, *words):
        if header.count(column) != 1:
            raise DataError(
                f"{path.name}, line {head}: column {column!r} found {header.count(column)} times"
            )
    for number, row in rows:
        if len(row) != len(header):
            raise DataError(
                f"{path.name}, line {number}: {len(row)} fields where the header has {len(header)}"
            )
    table: dict[str, list[Any]] = {
        name: [row[header.index(name)].strip() for _, row in rows] for name in words
    }
    table["line"] = [number for number, _ in rows]
    for name, allowed in numbers.items():
        if units.get(name) not in allowed:
            raise DataError(
                f"{path.name}: unit of {name!r} is {units.get(name)!r}, known are {sorted(allowed)}"
            )
        size = allowed[units[name]]
        table[name] = [
            _number(path, line, name, row[header.index(name)]) * size for line, row in rows
        ]
    return table


def write_whole(path: str | PathLike[str], content: bytes) -> None:
    """Write a file whole or not at all.

    A reader never meets half a file, whether the program is stopped or two write at once.

    Parameters
    ----------
    path : path_like
        The file; its folder must exist.
    content : bytes
        What it shall hold.

    Raises
    ------
    OSError
        If it cannot be written; an older file of that name is left as it was.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "limits.csv"
    ...     write_whole(path, b"m_N,d_95")
    ...     path.read_bytes(), len(list(path.parent.iterdir()))
    (b'm_N,d_95', 1)
    """
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


def _units(path: Path, lines: list[str]) -> dict[str, str]:
    for number, line in enumerate(lines, start=1):
        if line.startswith("# units:"):
            pairs = [part.partition("=") for part in line.removeprefix("# units:").split(",")]
            if not all(equals for _, equals, _ in pairs):
                raise DataError(f"{path.name}, line {number}: units must read column=unit, ...")
            return {name.strip(): unit.strip() for name, _, unit in pairs}
    raise DataError(f"{path.name}: no line '# units: column=unit, ...'")


def _number(path: Path, line: int, name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise DataError(f"{path.name}, line {line}: {name} is not a number: {text!r}") from None
    if not math.isfinite(value):
        raise DataError(f"{path.name}, line {line}: {name} is not finite: {text!r}")
    return value
