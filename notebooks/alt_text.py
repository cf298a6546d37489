"""Alternative texts of figures, whose numbers are read from what the figures draw.

A number typed into an alternative text goes stale, so a chapter writes what to read::

    The limit is {bbg [GeV^-1] at 1} at 1 GeV and lowest, {min bbg [GeV^-1]}, at
    {m_N [GeV] where min bbg [GeV^-1]} GeV.

and the book fills it in from the columns that ``companion.take_away`` wrote. All there is:

=============================  =============================================================
``{max A}``                    also ``min``, ``first``, ``last``, ``sum``, ``count``
``{A at 1}``                   column A where the first column is 1, between its points
``{A where B = 1}``            column A where column B first is 1, between its points
``{A where max B}``            column A in the row of the largest B; also ``min``
``{A for B = x and C = y}``    only the rows that hold these words; goes with all of the above
``{max A / max B}``            a ratio of two of the above
``{max A to 3 digits}``        two significant digits otherwise
=============================  =============================================================
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
from companion import TAKE_AWAY, rounded

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_DIGITS = re.compile(r"(.+) to (\d) digits")


def filled(name: str, template: str, folder: Path = TAKE_AWAY) -> str:
    """Return the alternative text of a figure, with its numbers.

    Parameters
    ----------
    name : str
        Name of the figure's files, as `companion.take_away` has it.
    template : str
        The text as the chapter has it.
    folder : pathlib.Path
        Where the files are.

    Returns
    -------
    str
        The text with a number in place of each pair of braces.
    """
    if not PLACEHOLDER.search(template):
        raise ValueError(f"alternative text of {name} reads no number from its curves")
    table = pd.read_csv(folder / f"{name}.csv", comment="#")
    try:
        return fill(template, table)
    except ValueError as error:
        raise ValueError(f"alternative text of {name}: {error}") from error


def fill(template: str, table: pd.DataFrame) -> str:
    """Put numbers from a table into a text.

    Parameters
    ----------
    template : str
        The text, with what to read in braces.
    table : pandas.DataFrame
        What the figure draws.

    Returns
    -------
    str
        The text with numbers.

    Examples
    --------
    >>> table = pd.DataFrame({"m": [1.0, 4.0, 16.0], "d": [4e-6, 1e-6, 2e-6]})
    >>> fill("{d at 2} at 2, least, {min d}, at {m where min d}.", table)
    '2.0×10⁻⁶ at 2, least, 1.0×10⁻⁶, at 4.0.'
    """
    return PLACEHOLDER.sub(lambda match: _shown(" ".join(match[1].split()), table), template)


def _shown(words: str, table: pd.DataFrame) -> str:
    match = _DIGITS.fullmatch(words)
    what, digits = (match[1], int(match[2])) if match else (words, 2)
    parts = [_quantity(part, table) for part in what.split(" / ")]
    if len(parts) > 2:
        raise ValueError(f"{{{words}}} holds more than one ratio")
    value = parts[0] / parts[1] if len(parts) == 2 else parts[0]
    return str(round(value)) if what.startswith("count ") else rounded(value, digits)


def _quantity(words: str, table: pd.DataFrame) -> float:
    """Read one number."""
    # the longest first: a name may hold another, or the words of this small language
    names = "|".join(re.escape(name) for name in sorted(table.columns, key=len, reverse=True))
    if chosen := re.fullmatch(rf"(.*(?:{names}).*?) for ((?:{names}) = .+)", words):
        words, conditions = chosen.groups()
        for condition in conditions.split(" and "):
            column, _, text = condition.partition(" = ")
            if column not in table:
                raise ValueError(f"no column {column!r}")
            table = table[table[column].astype(str) == text]
    if match := re.fullmatch(rf"(max|min|first|last|sum|count) ({names})", words):
        return _reduced(match[1], table[match[2]].dropna())
    if match := re.fullmatch(rf"({names}) where (max|min) ({names})", words):
        rows = _finite(table[[match[1], match[3]]])
        at = rows[match[3]].idxmax() if match[2] == "max" else rows[match[3]].idxmin()
        return float(rows.loc[at, match[1]])
    if match := re.fullmatch(rf"({names}) where ({names}) = (\S+)", words):
        return _between(table, match[1], match[2], float(match[3]))
    if match := re.fullmatch(rf"({names}) at (\S+)", words):
        return _between(table, match[1], table.columns[0], float(match[2]))
    if words in table and len(table) == 1:
        return float(table[words].iloc[0])
    raise ValueError(f"cannot read {{{words}}} in the columns {list(table.columns)}")


def _reduced(how: str, column: pd.Series) -> float:
    if how == "count":
        return float(len(column))
    finite = column[np.isfinite(column)]
    if finite.empty:
        raise ValueError(f"column {column.name!r} holds no number")
    if how in ("first", "last"):
        return float(finite.iloc[0 if how == "first" else -1])
    return float(getattr(finite, how)())


def _finite(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[np.isfinite(rows).all(axis=1)]


def _between(table: pd.DataFrame, wanted: str, given: str, value: float) -> float:
    """Return one column where another first has a value.

    Straight between neighbouring rows, on logarithmic axes where nothing forbids it.
    """
    if wanted == given:
        return value
    x, y = _finite(table[[given, wanted]]).to_numpy(float).T
    inside = (np.minimum(x[:-1], x[1:]) <= value) & (value <= np.maximum(x[:-1], x[1:]))
    if not inside.any():
        raise ValueError(f"column {given!r} does not pass {value}")
    i = int(np.argmax(inside))
    ends = np.array([x[i], x[i + 1], y[i], y[i + 1], value])
    logarithmic = bool(np.all(ends > 0))
    x0, x1, y0, y1, at = np.log(ends) if logarithmic else ends
    found = y0 if x0 == x1 else y0 + (y1 - y0) * (at - x0) / (x1 - x0)
    return float(np.exp(found) if logarithmic else found)
