"""Bounds and curves from the files that people have: digitised, printed, or saved by a spreadsheet.

Nothing is guessed: the units are asked for, and a line that does not fit is an error that names
it.  The masses and couplings that come back are what `nudp.landscape.Bound`,
`nudp.landscape.unexplored` and `nudp.plots.curve` take.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nudp import _checks
from nudp._tables import _NUMBER, DataError, read_text
from nudp.landscape import CONVENTIONS, convert

if TYPE_CHECKING:
    from os import PathLike

    from nudp.typing import FloatArray

__all__ = ["COUPLING_UNITS", "MASS_UNITS", "SEPARATORS", "read_curve"]

#: Units of masses, in GeV.
MASS_UNITS = {"eV": 1e-9, "keV": 1e-6, "MeV": 1e-3, "GeV": 1.0, "TeV": 1e3}

_INVERSE = {"keV^-1": 1e6, "MeV^-1": 1e3, "GeV^-1": 1.0, "TeV^-1": 1e-3}
#: Units of a coupling in each of `nudp.landscape.CONVENTIONS`, in those of `convert`.
COUPLING_UNITS = {"d": _INVERSE, "mu": _INVERSE, "mu_B": {"1": 1.0}, "Lambda": MASS_UNITS}

#: What stands between two fields of a line; "space" is any number of blanks.
SEPARATORS = {",": ",", ";": ";", "tab": "\t", "space": " "}


def read_curve(
    path: str | PathLike[str],
    *,
    mass_unit: str,
    coupling_unit: str,
    convention: str,
    m_N: str | int = "m_N",
    d: str | int = "d",
    separator: str = ",",
    decimal: str = ".",
    comments: str = "#%!",
    skip: int = 0,
) -> tuple[FloatArray, FloatArray]:
    r"""Masses and couplings from two columns of a text file, in the units of this package.

    Parameters
    ----------
    path : path_like
        The file, in UTF-8.
    mass_unit : str
        Unit of the masses, one of `MASS_UNITS`.
    coupling_unit : str
        Unit of the couplings, one of `COUPLING_UNITS` of the convention: "GeV^-1" and the like
        for "d" and "mu", "1" for "mu_B", "GeV" and the like for "Lambda".
    convention : str
        What the couplings are, one of `nudp.landscape.CONVENTIONS`.
    m_N, d : str or int, optional
        Columns of masses and couplings: names in a header line, or numbers from 0 where
        the file has no header.
    separator : str, optional
        What stands between two fields, one of `SEPARATORS`.
    decimal : str, optional
        What stands before the decimals, "." or ",".
    comments : str, optional
        Characters, each of which makes the line that it begins a comment.
    skip : int, optional
        Lines at the top that are no part of the table [1].

    Returns
    -------
    m_N : ndarray
        Masses [GeV], in the order of the file.
    d : ndarray
        Couplings d [GeV^-1].

    Raises
    ------
    DataError
        If a line does not fit; the message names file, line and fault.
    ValueError
        If a unit, a convention, a separator or a column is unknown.

    Examples
    --------
    >>> import tempfile
    >>> from nudp.landscape import Bound
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "theirs.txt"
    ...     _ = path.write_text("mass/MeV;Lambda/TeV\n100;2000\n500,5;3000\n")
    ...     points = read_curve(
    ...         path, mass_unit="MeV", coupling_unit="TeV", convention="Lambda",
    ...         m_N="mass/MeV", d="Lambda/TeV", separator=";", decimal=",",
    ...     )
    >>> theirs = Bound("theirs", "Theirs", ("mu",), *points, closed=False, confidence_level=0.9)
    >>> theirs.m_N, theirs.d.round(9)
    (array([0.1   , 0.5005]), array([5.00e-07, 3.33e-07]))
    """
    _checks.choice("mass_unit", mass_unit, MASS_UNITS)
    _checks.choice("convention", convention, CONVENTIONS)
    _checks.choice("coupling_unit", coupling_unit, COUPLING_UNITS[convention])
    _checks.choice("separator", separator, SEPARATORS)
    _checks.choice("decimal", decimal, (".", ","))
    _checks.instance("comments", comments, str)
    if decimal == separator:
        raise ValueError(f"decimal must differ from separator, got {decimal!r} for both")
    top = _checks.whole_number("skip", skip)
    lines = [
        (number, _fields(Path(path), number, line, separator))
        for number, line in enumerate(read_text(path).split("\n"), start=1)
        if number > top and line.strip() and line.strip()[0] not in comments
    ]
    columns, rows = _columns(Path(path), lines, m_N=m_N, d=d)
    values = np.array(
        [
            [_number(Path(path), number, row[column], decimal) for column in columns]
            for number, row in rows
        ]
    )
    mass = values[:, 0] * MASS_UNITS[mass_unit]
    coupling = values[:, 1] * COUPLING_UNITS[convention][coupling_unit]
    return mass, np.asarray(convert(coupling, convention, "d"))


def _fields(path: Path, number: int, line: str, separator: str) -> list[str]:
    """The fields of a line, without quotes and blanks around them."""
    if separator == "space":
        return line.split()
    try:
        row = next(csv.reader([line], delimiter=SEPARATORS[separator], strict=True))
    except csv.Error as fault:
        raise DataError(f"{path.name}, line {number}: {fault}") from None
    return [field.strip() for field in row]


def _columns(
    path: Path, lines: list[tuple[int, list[str]]], **wanted: str | int
) -> tuple[list[int], list[tuple[int, list[str]]]]:
    """Numbers of the columns, and the rows below a header."""
    if not lines:
        raise DataError(f"{path.name}, line 1: nothing but comments")
    first, head = lines[0]
    named = {isinstance(column, str) for column in wanted.values()}
    if len(named) > 1:
        raise ValueError(f"m_N and d must both be names or both numbers, got {wanted!r}")
    if named == {True}:
        lines = lines[1:]
    columns = []
    for name, column in wanted.items():
        if isinstance(column, str):
            if head.count(column) != 1:
                raise DataError(
                    f"{path.name}, line {first}: column {column!r} for {name} found "
                    f"{head.count(column)} times in {head!r:.120}"
                )
            columns.append(head.index(column))
        else:
            columns.append(_checks.whole_number(name, column, largest=len(head) - 1))
    for number, row in lines:
        if len(row) != len(head):
            raise DataError(
                f"{path.name}, line {number}: {len(row)} fields where line {first} has {len(head)}"
            )
    if not lines:
        raise DataError(f"{path.name}, line {first}: no rows below the header")
    return columns, lines


def _number(path: Path, line: int, text: str, decimal: str) -> float:
    """A positive number of a table."""
    usual = text if decimal == "." else text.replace(",", ".")
    mixed = decimal == "," and "." in text
    if mixed or not _NUMBER.fullmatch(usual) or not 0 < float(usual) < math.inf:
        raise DataError(f"{path.name}, line {line}: {text!r:.60} is not a positive number")
    return float(usual)
