"""What every chapter does with its results: numbers in the text, tables, files to take away.

A chapter begins with ``import companion``. Nothing here knows any physics; formulas are in
:mod:`nudp`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
import pandas as pd
from IPython.display import Markdown, display
from myst_nb import glue

import nudp
from nudp._tables import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

REPOSITORY = Path(__file__).resolve().parents[1]
TAKE_AWAY = REPOSITORY / "book" / "figures"
CURVES = REPOSITORY / "data" / "figures"

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MINUS = "−"


# ---- numbers and words in the text ------------------------------------------


def rounded(value: float, digits: int = 3) -> str:
    """Write a number as the text shows it.

    Parameters
    ----------
    value : float
        The number; not finite is an error, since no reader should meet a nan.
    digits : int
        Significant digits.

    Returns
    -------
    str
        Plain decimals from 0.001 up to 10000, a power of ten elsewhere.

    Examples
    --------
    >>> rounded(8.137e-6, 2), rounded(0.95), rounded(28410, 4), rounded(-3.456, 2)
    ('8.1×10⁻⁶', '0.950', '2.841×10⁴', '−3.5')
    """
    value = float(value)
    if not np.isfinite(value):
        raise ValueError(f"value must be finite to be shown in the text, got {value}")
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = int(exponent)
    if value and not -3 <= power < 4:
        shown = f"{mantissa}×10{str(power).translate(_SUPERSCRIPTS)}"
    else:
        shown = f"{float(f'{mantissa}e{power}'):.{max(digits - 1 - power, 0)}f}"
    return shown.replace("-", _MINUS)


def number(key: str, value: float, digits: int = 3) -> None:
    """Glue a number, rounded, for ``{glue:text}`` to show.

    Parameters
    ----------
    key : str
        What the text calls it; unique within the book.
    value : float
        The number.
    digits : int
        Significant digits.
    """
    text(key, rounded(value, digits))


def text(key: str, value: str) -> None:
    """Glue a short string, shown in the text without quotes.

    Parameters
    ----------
    key : str
        What the text calls it; unique within the book.
    value : str
        The string.
    """
    # a str keeps its zeros: myst_nb reads the quotes off, and would turn 0.950 into 0.95
    glue(key, str(value), display=False)


# ---- tables -----------------------------------------------------------------


def table(df: pd.DataFrame, caption: str, name: str) -> None:
    """Show a data frame as a numbered table with a caption.

    The cell needs the metadata ``mystnb: {markdown_format: myst}``; the text refers to the
    table with ``{numref}``.

    Parameters
    ----------
    df : pandas.DataFrame
        Strings, formatted by the chapter; its column names become the header row and its
        index is not shown.
    caption : str
        What the table says, in MyST.
    name : str
        Label of the table.
    """
    not_text = [column for column in df.columns if not all(isinstance(v, str) for v in df[column])]
    if not_text:
        raise TypeError(f"table {name}: columns {not_text} hold other things than strings")
    rows = [list(df.columns), ["---"] * df.shape[1], *df.to_numpy().tolist()]
    lines = ["| " + " | ".join(_cell(entry) for entry in row) + " |" for row in rows]
    display(Markdown("\n".join([f":::{{table}} {caption}", f":name: {name}", "", *lines, ":::"])))


def _cell(entry: str) -> str:
    return entry.replace("|", r"\|").replace("\n", " ")


# ---- input ------------------------------------------------------------------


def read_table(path: str, dtype: type | None = None) -> pd.DataFrame:
    """Read a table of this repository; its comment lines say what it holds, in which units.

    Parameters
    ----------
    path : str
        Where it is, from the top of the repository.
    dtype : type, optional
        Type of all columns, where pandas shall not choose it.

    Returns
    -------
    pandas.DataFrame
        The table.
    """
    options = {} if dtype else {"float_precision": "round_trip"}
    return pd.read_csv(REPOSITORY / path, comment="#", dtype=dtype, **options)


def claims() -> pd.DataFrame:
    """Read ``data/paper_claims.csv``: what the paper states in numbers, and for which masses.

    Returns
    -------
    pandas.DataFrame
        One row a claim, under its id: section, statement, value, unit, low and high; a claim
        in words has no value.

    Raises
    ------
    ValueError
        If an id stands twice, a value has no unit, or a number is not positive.
    """
    df = read_table("data/paper_claims.csv").set_index("id", verify_integrity=True)
    numbers = df[["value", "low", "high"]]
    wrong = (numbers <= 0).any(axis=1) | (df["low"] >= df["high"])
    wrong |= df["value"].isna() != df["unit"].isna()
    if wrong.any():
        raise ValueError(f"paper_claims.csv: number or unit of {list(df.index[wrong])} is wrong")
    return df


# ---- files ------------------------------------------------------------------


def take_away(
    fig: Figure, name: str, columns: Mapping[str, ArrayLike], *, description: str
) -> None:
    """Write a figure as PNG and PDF, and what it draws as CSV, for readers to take away.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure.
    name : str
        Name of the files, without extension.
    columns : mapping of str to array_like
        What is drawn, one entry a column, named with its unit; shorter ones are left empty
        at the end.
    description : str
        What the columns hold, for the first lines of the CSV.
    """
    metadata = {  # no dates and no versions, so that the same figure gives the same bytes
        "png": {"Software": None},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    }
    # the layout takes longer than a drawing: once for the files and for the page
    if engine := fig.get_layout_engine():
        engine.execute(fig)
    with matplotlib.rc_context({"figure.constrained_layout.use": False}):
        fig.set_layout_engine(None)
        box = fig.get_tightbbox().padded(matplotlib.rcParams["savefig.pad_inches"])
        for extension, entries in metadata.items():
            buffer = io.BytesIO()
            fig.savefig(buffer, format=extension, metadata=entries, dpi=200, bbox_inches=box)
            write_atomically(_file(TAKE_AWAY, name, extension), buffer.getvalue())
    # nor need its edges be looked for again when the page shows it
    draw = fig.canvas.print_figure
    fig.canvas.print_figure = lambda file, **how: draw(file, **how | {"bbox_inches": box})
    write_atomically(_file(TAKE_AWAY, name, "csv"), _csv([description], columns))


def write_curves(
    name: str, m_N: ArrayLike, curves: Mapping[str, ArrayLike], *, what: str, signal: str
) -> None:
    """Write the curves of one of the paper's figures into ``data/figures``.

    Parameters
    ----------
    name : str
        Name of the file, without extension.
    m_N : array_like
        Masses [GeV].
    curves : mapping of str to array_like
        One entry a curve, named like its search in lower case [GeV^-1].
    what : str
        What the curves are.
    signal : str
        Name of the signal model.
    """
    units = ", ".join(["m_N=GeV", *(f"{curve}=GeV^-1" for curve in curves)])
    comments = [
        what,
        f"units: {units}",
        f"signal model: {signal}",
    ]
    write_results(name, {"m_N": m_N, **curves}, comments=comments)


def write_results(name: str, columns: Mapping[str, ArrayLike], *, comments: list[str]) -> None:
    """Write a table of results into ``data/figures``, with the version of nudp above it.

    Parameters
    ----------
    name : str
        Name of the file, without extension.
    columns : mapping of str to array_like
        One entry a column, numbers or words.
    comments : list of str
        Lines that say what the table holds, and in which units.
    """
    lines = [*comments, f"nudp {nudp.__version__}"]
    write_atomically(_file(CURVES, name, "csv"), _csv(lines, columns))


def _file(folder: Path, name: str, extension: str) -> Path:
    if not _NAME.fullmatch(name):
        raise ValueError(f"name must be lower-case letters, digits and hyphens, got {name!r}")
    return folder / f"{name}.{extension}"


def _csv(comments: list[str], columns: Mapping[str, ArrayLike]) -> bytes:
    """Return columns as a CSV of eight significant digits, under lines that begin with #."""
    arrays = [np.atleast_1d(np.asarray(values)) for values in columns.values()]
    if any(array.ndim != 1 for array in arrays):
        raise ValueError(f"columns {list(columns)} must be one-dimensional")
    out = io.StringIO()
    for line in "\n".join(comments).splitlines():
        out.write(f"# {line}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for i in range(max(map(len, arrays))):
        writer.writerow(_entry(array[i]) if i < len(array) else "" for array in arrays)
    return out.getvalue().encode()


def _entry(value: object) -> str:
    return f"{value:.8g}" if isinstance(value, np.number) else str(value)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, so that two runs at once leave no half of one.

    Parameters
    ----------
    path : pathlib.Path
        The file; its folder is made if need be.
    content : bytes
        What it shall hold.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as error:
        raise OSError(
            f"cannot write {path.name}: folder {path.parent} must be there and writable, "
            f"for the files that a chapter leaves: {error.strerror or error}"
        ) from error
