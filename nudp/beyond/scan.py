"""Much work at once: calls through any executor, and limits of many searches as one tidy table.

In this process by default; a process pool or the executor of a Dask client
(`client.get_executor()`) does the same work and gives the same results.  What is finished is
never lost: it is kept in `done` as it arrives, and a run that stopped goes on from there.

A point of a scan is one search, one signal model, one method and one mass.  It is known by
everything that its limit depends on, never by a name alone, so that a search with another
luminosity is another point.  The table needs pandas, which `import nudp` does not.
"""

from __future__ import annotations

import hashlib
import io
import math
import re
import warnings
from collections.abc import Iterable, Mapping
from concurrent.futures import as_completed
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

import nudp
from nudp import _checks
from nudp._tables import _NO_TEXT, _NUMBER, _entries, _fault, _rows, _units, read_text, write_whole
from nudp.limits import Yields, _warn_of_heavy, solve, upper_limit
from nudp.searches import AnySearch, Search, runs_of
from nudp.signal import SignalModel

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping, Sequence
    from concurrent.futures import Executor, Future
    from os import PathLike
    from typing import Any, TypeAlias

    import pandas as pd
    from numpy.typing import ArrayLike

    from nudp.typing import FloatArray, IntArray

    # runs, signal model and options; and of one case its key and which masses
    Case: TypeAlias = tuple[tuple[Search, ...], SignalModel, dict[str, Any]]
    Piece: TypeAlias = tuple[str, IntArray, Case]

__all__ = ["Unfinished", "fingerprint", "read_table", "run", "scan", "write_table"]

_Kind = TypeVar("_Kind")

# Masses times runs of one block at most, as many as `upper_limit` has in memory at one time.
_LARGEST_BLOCK = 100_000
# Blocks for an executor: enough for its workers to end at about the same time.
_BLOCKS = 64
# What a run costs before its first mass, in masses: the cuts are evaluated once a block.
_START = 500


class Unfinished(RuntimeError):
    """A run stopped before its end; what was finished is in `done`.

    Parameters
    ----------
    message : str
        What went wrong.
    done : mapping of str to object
        Results so far; pass it to `run` again to go on.

    Examples
    --------
    >>> try:
    ...     run(pow, {"fine": (2, 3), "not": (0, -1)})
    ... except Unfinished as stopped:
    ...     stopped.done
    {'fine': 8}
    """

    def __init__(self, message: str, done: Any) -> None:
        super().__init__(message)
        self.done = done


def run(
    function: Callable[..., Any],
    tasks: Mapping[str, tuple[Any, ...]],
    *,
    executor: Executor | None = None,
    done: MutableMapping[str, Any] | None = None,
    progress: Callable[..., Iterable[Any]] | None = None,
) -> list[Any]:
    """Call a function once for each task and collect the results.

    Parameters
    ----------
    function : callable
        Called with the arguments of a task; for a process pool or a cluster it must be
        importable by name, as must what it is given and returns.
    tasks : mapping of str to tuple
        Arguments of each call, under a key that tells it from all others, also from
        those of other runs if `done` is shared.
    executor : concurrent.futures.Executor, optional
        Where to work; in this process, one after the other, unless given.
    done : mutable mapping of str to object, optional
        Results known already, not computed again; new ones are added as they arrive.  A dict,
        or `shelve.open(path)` to keep them on disk.
    progress : callable, optional
        Wraps the iterable of finished tasks and takes its length as `total`, as
        `tqdm.auto.tqdm` does.

    Returns
    -------
    list
        Results in the order of the tasks.

    Raises
    ------
    Unfinished
        If a call or the executor fails; carries the finished results in `done`.

    Examples
    --------
    >>> run(pow, {"2^3": (2, 3), "3^2": (3, 2)})
    [8, 9]
    """
    _checks.function("function", function)
    known = {} if done is None else done
    left = [key for key in tasks if key not in known]

    def keep(i: int, result: Any) -> None:
        known[left[i]] = result

    _carry_out(function, [tasks[key] for key in left], keep, known, executor, progress)
    return [known[key] for key in tasks]


def scan(
    searches: Mapping[Any, AnySearch],
    m_N: ArrayLike,
    signal: SignalModel | Iterable[SignalModel],
    *,
    method: str | Iterable[str] = "chi2",
    confidence_level: float | None = None,
    sided: int | None = None,
    threshold: float | None = None,
    correlated: bool = False,
    labels: str | tuple[str, ...] = "search",
    executor: Executor | None = None,
    done: MutableMapping[str, float] | None = None,
    progress: Callable[..., Iterable[Any]] | None = None,
) -> pd.DataFrame:
    """Upper limits on d for every search, signal model, method and mass.

    Finished points are kept in `done`, under keys that hold what they depend on and the
    version of this package; a scan that stopped, or one with more searches or masses, computes
    what is missing only.  Of a cut from outside the package the key holds the class's name and
    fields, not its code: rename the class if you change what it does.

    Parameters
    ----------
    searches : mapping
        Searches, or tuples of runs, by label; a label is a string or number, or a tuple of
        several, such as (luminosity, detector length).
    m_N : array_like
        Masses of the heavy neutral lepton [GeV].
    signal : SignalModel or iterable of SignalModel
        Signal models.
    method : str or iterable of str, optional
        Statistical methods, see `nudp.upper_limit`.
    confidence_level, sided, threshold, correlated : optional
        As in `nudp.upper_limit`, the same for every point.
    labels : str or tuple of str, optional
        Name of the column of labels; one a part, if a label is a tuple.
    executor : concurrent.futures.Executor, optional
        Where to work, a pool or the executor of a Dask client; in this process unless given.
        A task is one search or several, or a part of one, all of about the same time, and
        fails as a whole.
    done : mutable mapping of str to float, optional
        Finished points, d_95 [GeV^-1]: a dict, or `shelve.open(path)` to keep them on disk.
    progress : callable, optional
        Shows the progress, such as `tqdm.auto.tqdm`; see `nudp.beyond.scan.run`.

    Returns
    -------
    pandas.DataFrame
        One row a point: the labels, "signal", "method", "m_N" [GeV] and "d_95" [GeV^-1], inf
        where nothing can be reached; in the order of the arguments, masses running fastest.

    Raises
    ------
    TypeError
        If a search or a signal model is none, or holds what cannot be told apart for certain.
    ValueError
        If a mass is not positive, a method is unknown, or labels do not fit their names.
    nudp.beyond.scan.Unfinished
        If a point or the executor fails; finished points are in its `done`.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from nudp import PUBLISHED
    >>> from nudp.searches import STCF_4GEV
    >>> more = {L: replace(STCF_4GEV, luminosity=L) for L in (1e3, 1e4)}
    >>> scan(more, 1.0, PUBLISHED, labels="luminosity").round(8)
       luminosity     signal method  m_N     d_95
    0      1000.0  PUBLISHED   chi2  1.0  0.000003
    1     10000.0  PUBLISHED   chi2  1.0  0.000002
    """
    import pandas as pd

    columns = (labels,) if isinstance(labels, str) else tuple(labels)
    masses = np.atleast_1d(_checks.positive("m_N", m_N)).ravel()
    # once, before the loop: an iterator would be empty for the second search
    models, methods = _several("signal", signal, SignalModel), _several("method", method, str)
    options: dict[str, Any] = dict(
        confidence_level=confidence_level, sided=sided, threshold=threshold, correlated=correlated
    )
    no_mass, one_run = np.empty((1, 0)), np.zeros(1)
    for name in methods:  # a wrong option is refused here, not on some other machine
        solve(Yields(no_mass, no_mass, one_run, one_run, one_run), method=name, **options)
    if not isinstance(searches, Mapping):
        raise TypeError(f"searches must be a mapping of labels to searches, got {searches!r}")
    heads: list[tuple[Any, ...]] = []
    order: list[str] = []
    cases: dict[str, Case] = {}
    for label, search in searches.items():
        parts = label if isinstance(label, tuple) else (label,)
        if len(parts) != len(columns):
            raise ValueError(f"labels must have {len(parts)} names for {label!r}, got {columns!r}")
        runs = runs_of(search, f"search {label!r} in searches")
        _warn_of_heavy(runs, masses, 3)
        for model in models:
            for name in methods:
                case = (runs, model, {**options, "method": name})
                order.append(_key(case))
                cases[order[-1]] = case
                heads.append((*parts, model.name, name))
    # a point has the name of its case, and of its mass
    endings = [f" at {mass.hex()} GeV" for mass in masses.tolist()]
    known = {} if done is None else done
    # of each case its limits, no number where one is still to be found
    found: dict[str, FloatArray] = {key: np.full(len(masses), np.nan) for key in cases}
    if done is not None:
        for key, row in found.items():
            row[:] = [done.get(key + ending, np.nan) for ending in endings]
    left = {key: np.flatnonzero(np.isnan(limits)) for key, limits in found.items()}
    blocks = _blocks([(key, at, cases[key]) for key, at in left.items() if at.size], executor)

    def keep(i: int, limits: list[list[float]]) -> None:
        for (key, at, _), row in zip(blocks[i], limits, strict=True):
            found[key][at] = row
            if done is not None:
                names = (key + endings[j] for j in at.tolist())
                done.update(zip(names, row, strict=True))

    calls = [([(masses[at], case) for _, at, case in block],) for block in blocks]
    try:
        _carry_out(_limits, calls, keep, known, executor, progress)
    except Unfinished:
        if done is None:  # names of points are for those who keep them
            for key, row in found.items():
                pairs = zip(endings, row.tolist(), strict=True)
                known.update((key + ending, d) for ending, d in pairs if d == d)
        raise
    table = pd.DataFrame(heads, columns=[*columns, "signal", "method"])
    table = table.loc[np.repeat(table.index, len(masses))].reset_index(drop=True)
    table["m_N"] = np.tile(masses, len(heads))
    table["d_95"] = np.concatenate([found[key] for key in order]) if order else []
    return table


def fingerprint(thing: object) -> str:
    """A text that two things share only if they are equal in all that they hold.

    The same in every process and on every machine: frozen dataclasses are written out field
    by field with the name of their class, numbers with all their digits.

    Parameters
    ----------
    thing : object
        Dataclasses, tuples, lists, mappings, arrays, numbers and strings, nested as they like.

    Returns
    -------
    str
        The text.

    Raises
    ------
    TypeError
        If it holds anything else, which could change without a trace.

    Examples
    --------
    >>> from nudp.cuts import EnergyWindow
    >>> fingerprint(EnergyWindow(1.0, 2.5))
    'nudp.cuts.EnergyWindow(lowest=0x1.0000000000000p+0, highest=0x1.4000000000000p+1)'
    >>> fingerprint(len)
    Traceback (most recent call last):
    ...
    TypeError: cannot tell builtin_function_or_method objects apart, got <built-in function len>:
    use a frozen dataclass
    """
    if is_dataclass(thing) and not isinstance(thing, type):
        kind = type(thing)
        inner = (
            f"{field.name}={fingerprint(getattr(thing, field.name))}" for field in fields(thing)
        )
        return f"{kind.__module__}.{kind.__qualname__}({', '.join(inner)})"
    if isinstance(thing, str | bool | np.bool_ | None):
        return repr(thing if isinstance(thing, str | None) else bool(thing))
    if isinstance(thing, int | float | np.integer | np.floating):
        # 4 and 4.0 are the same luminosity; beyond 2^53 a float cannot hold every integer
        return float(thing).hex() if float(thing) == thing or thing != thing else repr(int(thing))
    if isinstance(thing, np.ndarray):
        return fingerprint(thing.tolist())
    if isinstance(thing, tuple | list):
        return f"({', '.join(map(fingerprint, thing))})"
    if isinstance(thing, Mapping):
        pairs = sorted((fingerprint(key), fingerprint(value)) for key, value in thing.items())
        return f"{{{', '.join(': '.join(pair) for pair in pairs)}}}"
    raise TypeError(
        f"cannot tell {type(thing).__name__} objects apart, got {thing!r}: use a frozen dataclass"
    )


def write_table(
    table: pd.DataFrame,
    path: str | PathLike[str],
    comments: Iterable[str] = (),
    *,
    units: Mapping[str, str] | None = None,
) -> None:
    """Write a table as CSV, or as parquet if the name ends so, whole or not at all.

    A reader never meets half a file, whether the program is stopped or two write at once.
    Numbers keep all their digits; `read_table` reads it back, and so does
    `pandas.read_csv(path, comment="#")`.  Parquet, for millions of rows, needs pyarrow.

    Parameters
    ----------
    table : pandas.DataFrame
        The table, of `scan` or any other; its index is not written.
    path : path_like
        The file; its folder must exist.
    comments : iterable of str, optional
        Lines above the header, such as sources.
    units : mapping of str to str, optional
        Units of columns of numbers; "m_N" is in GeV and "d_95" in GeV^-1 unless told
        otherwise, "?" stands for what is not told.

    Raises
    ------
    ValueError
        If a label holds a line end or a control character, columns have the same name, or a
        unit is of no column of numbers.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> table = pd.DataFrame({"search": ["A, #1"], "m_N": [1.0], "d_95": [np.inf]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "limits.csv"
    ...     write_table(table, path, ["no source"])
    ...     print(path.read_text(), end="")
    # no source
    # units: m_N=GeV, d_95=GeV^-1
    # rows: 1
    search,m_N,d_95
    "A, #1",1.0,inf
    """
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    names = [str(name) for name in table.columns]
    if len(set(names)) < len(names) or any(name != name.strip() or not name for name in names):
        raise ValueError(
            f"table must have columns of different names without blanks around, got {names!r:.120}"
        )
    numbers = [
        name
        for name, kind in zip(names, table.dtypes, strict=True)
        if is_numeric_dtype(kind) and not is_bool_dtype(kind)
    ]
    known = {"m_N": "GeV", "d_95": "GeV^-1", **(units or {})}
    if strangers := sorted(set(units or {}) - set(numbers)):
        raise ValueError(f"units must be of columns of numbers, got one of {strangers[0]!r:.80}")
    of_numbers = {name: known.get(name, "?") for name in numbers}
    said = [line for text in comments for line in text.splitlines()]
    if any(line.startswith(("units:", "rows:")) for line in said):
        raise ValueError(f"comments must leave units and rows to this function, got {said!r:.120}")
    if str(path).endswith(".parquet"):
        kept = table.set_axis(names, axis="columns")
        kept.attrs = {"comments": said, "units": of_numbers}
        buffer = io.BytesIO()
        kept.to_parquet(buffer, index=False)
        write_whole(path, buffer.getvalue())
        return
    columns = [
        [_digits(entry) if name in of_numbers else _quoted(str(entry)) for entry in column.tolist()]
        for name, (_, column) in zip(names, table.items(), strict=True)
    ]
    head = [*(f"# {line}" for line in said), _units_line(of_numbers), f"# rows: {len(table)}"]
    rows = [",".join(row) for row in zip(*columns, strict=True)]
    lines = [*head, ",".join(map(_quoted, names)), *rows]
    write_whole(path, "".join(f"{line}\n" for line in lines).encode())


def read_table(path: str | PathLike[str]) -> pd.DataFrame:
    """Read a table that `write_table` has written, or one of the figures in data/figures.

    Parameters
    ----------
    path : path_like
        The file, CSV or parquet.

    Returns
    -------
    pandas.DataFrame
        The table, equal to the one that was written; columns with a unit hold numbers, whole
        ones int64, where nothing stands nan; all others words.  Comments and units are in
        its `attrs`.

    Raises
    ------
    DataError
        If the file has no units or is broken; the message names file, line and fault.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "limits.csv"
    ...     write_table(pd.DataFrame({"label": ["A, #1"], "d_95": [np.inf]}), path)
    ...     table = read_table(path)
    >>> table["label"].tolist(), table["d_95"].tolist()
    (['A, #1'], [inf])
    """
    import pandas as pd

    path = Path(path)
    if path.name.endswith(".parquet"):
        return pd.read_parquet(path)
    lines = read_text(path).split("\n")
    _, units = _units(path, lines)
    comments = [
        line.removeprefix("#").strip()
        for line in lines
        if line.startswith("#") and not line.startswith(("# units:", "# rows:"))
    ]
    header, rows = _rows(path, lines, _entries, units)
    columns = {
        name: [row[i] for _, row in rows]
        if name not in units
        else _numbers(path, name, [(line, row[i]) for line, row in rows])
        for i, name in enumerate(header)
    }
    table = pd.DataFrame(columns, columns=header)
    table.attrs = {"comments": comments, "units": units}
    return table


def _digits(entry: float) -> str:
    """A number with all its digits; pandas has values of its own for none."""
    return "nan" if entry != entry or not isinstance(entry, int | float) else repr(entry)


def _numbers(path: Path, name: str, entries: list[tuple[int, str]]) -> FloatArray | IntArray:
    """A column of numbers, whole ones as such."""
    if all(re.fullmatch(r"-?\d{1,18}", text) for _, text in entries):
        return np.array([int(text) for _, text in entries], dtype=np.int64)
    return np.array([_number(path, line, name, text) for line, text in entries], dtype=float)


def _number(path: Path, line: int, name: str, text: str) -> float:
    """A number of a table that may be anything a float is; where nothing stands, nan."""
    if text and not _NUMBER.fullmatch(text):
        raise _fault(path, line, f"{name} is not a number: {text!r}")
    return float(text or "nan")


def _units_line(units: Mapping[str, str]) -> str:
    """The comment line that gives the unit of every numerical column."""
    for name, unit in units.items():
        if "=" in unit or unit.strip() != unit or not unit:
            raise ValueError(f"units must be words without '=', got {unit!r:.60} for {name!r:.60}")
    return "# units: " + ", ".join(_quoted(f"{name}={unit}") for name, unit in units.items())


def _quoted(text: str) -> str:
    """An entry of a table as it stands in a line, in quotes where it must be."""
    if "\n" in text or _NO_TEXT.search(text):
        raise ValueError(f"a table cannot hold line ends and control characters, got {text!r:.80}")
    plain = text and text.strip() == text and not any(mark in text for mark in ',"#')
    return text if plain else '"' + text.replace('"', '""') + '"'


def _carry_out(
    function: Callable[..., Any],
    calls: Sequence[tuple[Any, ...]],
    keep: Callable[[int, Any], None],
    done: MutableMapping[str, Any],
    executor: Executor | None,
    progress: Callable[..., Iterable[Any]] | None,
) -> None:
    """Make all calls, here or by an executor, and keep each result as it arrives."""
    if progress is not None:
        _checks.function("progress", progress)
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise TypeError(f"executor must be a concurrent.futures.Executor, got {executor!r}")
    show = progress or (lambda iterable, total: iterable)
    futures: dict[Future[Any], int] = {}
    left = set(range(len(calls)))

    def take(i: int, result: Any) -> None:
        keep(i, result)
        left.discard(i)

    try:
        if executor is None:
            for i, arguments in show(list(enumerate(calls)), total=len(calls)):
                take(i, function(*arguments))
        else:
            try:
                for i, arguments in enumerate(calls):
                    futures[executor.submit(function, *arguments)] = i
                for future in show(as_completed(futures), total=len(calls)):
                    take(futures[future], future.result())
            finally:
                # after a failure: stop what has not begun, keep what has ended well
                for future, i in futures.items():
                    future.cancel()
                    ended = future.done() and not future.cancelled()
                    if i in left and ended and future.exception() is None:
                        take(i, future.result())
    except Exception as error:
        raise Unfinished(
            f"{len(calls) - len(left)} of {len(calls)} tasks were finished when one failed with "
            f"{type(error).__name__}: {error}; pass the `done` of this error to go on",
            done,
        ) from error


def _blocks(work: Sequence[Piece], executor: Executor | None) -> list[list[Piece]]:
    """Points cut into calls: as large as memory allows here, of equal time for an executor."""
    costs = [(len(case[0]), at.size + _START) for _, at, case in work]
    share = 0.0
    if executor is not None and work:
        # of a block too short, most would be spent on what comes before the first mass
        least = 3 * _START * max(runs for runs, _ in costs)
        share = max(sum(runs * masses for runs, masses in costs) / _BLOCKS, least)
    blocks: list[list[Piece]] = []
    filled = share
    for key, at, case in work:
        runs = len(case[0])
        most = _LARGEST_BLOCK // runs
        if share:
            most = min(most, int(share / runs) - _START)
        for part in np.array_split(at, math.ceil(at.size / max(most, 1))):
            if filled >= share:
                blocks.append([])
                filled = 0.0
            blocks[-1].append((key, part, case))
            filled += runs * (part.size + _START)
    return blocks


def _limits(pieces: Iterable[tuple[FloatArray, Case]]) -> list[list[float]]:
    with warnings.catch_warnings():
        # a piece may hold heavy masses alone; of all masses `scan` has said so
        warnings.filterwarnings("ignore", "every m_N is above sqrt_s")
        limits = [upper_limit(runs, m_N, model, **rest) for m_N, (runs, model, rest) in pieces]
    return [limit.tolist() for limit in limits]


def _key(case: Case) -> str:
    """What all points of a case depend on."""
    digest = hashlib.sha256(fingerprint(case).encode()).hexdigest()
    return f"d_95 by nudp {nudp.__version__}, {digest}"


def _several(name: str, value: Any, kind: type[_Kind]) -> tuple[_Kind, ...]:
    """One of a kind, or several in any iterable, as a tuple."""
    single = isinstance(value, kind | str) or not isinstance(value, Iterable)
    several = (value,) if single else tuple(value)
    if not several:
        raise TypeError(f"{name} must hold one {kind.__name__} at least, got {value!r}")
    for each in several:
        _checks.instance(name, each, kind)
    return several
