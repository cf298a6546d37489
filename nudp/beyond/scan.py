"""Limits of many searches as one tidy table, through any executor; it goes on where it stopped.

A point is one search, one signal model, one method and one mass.  It is known by everything
that its limit depends on, never by a name alone, so that a search with another luminosity is
another point.  The table needs pandas, which `import nudp` does not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

import numpy as np

from nudp import _checks, statistics
from nudp._tables import write_whole
from nudp.beyond import tasks
from nudp.limits import upper_limit
from nudp.searches import Search
from nudp.signal import SignalModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping
    from concurrent.futures import Executor
    from os import PathLike
    from typing import Any, TypeAlias

    import pandas as pd
    from numpy.typing import ArrayLike

    from nudp.typing import FloatArray

    # of each block its points, their masses and the case: runs, signal model and options
    Case: TypeAlias = tuple[tuple[Search, ...], SignalModel, dict[str, Any]]
    Blocks: TypeAlias = dict[str, tuple[list[str], FloatArray, Case]]

__all__ = ["fingerprint", "scan", "write_table"]

# Masses of one task: they share the nodes of the acceptance, and are lost together if it fails.
_MASSES_PER_TASK = 64


def scan(
    searches: Mapping[Any, Search | Iterable[Search]],
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
    confidence_level : float, optional
        Confidence level, as in `nudp.upper_limit`, the same for every point [1].
    sided : int, optional
        1 or 2, as in `nudp.upper_limit` [1].
    threshold : float, optional
        Statistic at the limit, as in `nudp.upper_limit` [1].
    correlated : bool, optional
        Whether the background uncertainties of the runs are one and the same.
    labels : str or tuple of str, optional
        Name of the column of labels; one a part, if a label is a tuple.
    executor : concurrent.futures.Executor, optional
        Where to work, a pool or the executor of a Dask client; in this process unless given.
    done : mutable mapping of str to float, optional
        Finished points, d_95 [GeV^-1]: a dict, or `shelve.open(path)` to keep them on disk.
    progress : callable, optional
        Shows the progress, such as `tqdm.auto.tqdm`; see `nudp.beyond.tasks.run`.

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
    nudp.beyond.tasks.Unfinished
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
    # a wrong option is refused here, not by a task on some other machine
    statistics.tail(
        0.95 if confidence_level is None else confidence_level, 1 if sided is None else sided
    )
    if threshold is not None:
        _checks.number("threshold", threshold, _checks.positive)
    _checks.instance("correlated", correlated, bool)
    options = dict(
        confidence_level=confidence_level, sided=sided, threshold=threshold, correlated=correlated
    )
    # once, before the loop: an iterator would be empty for the second search
    models, methods = _models(signal), _methods(method)
    rows, keys, blocks = [], [], {}
    for label, runs in _labelled(searches, columns):
        for model in models:
            for name in methods:
                case = (runs, model, {**options, "method": name})
                point = _point(*case)
                points = [f"{point} at {mass.hex()} GeV" for mass in masses.tolist()]
                for start in range(0, len(masses), _MASSES_PER_TASK):
                    part = slice(start, start + _MASSES_PER_TASK)
                    blocks["\n".join(points[part])] = (points[part], masses[part], case)
                keys += points
                rows += [(*label, model.name, name, mass) for mass in masses]
    known = {} if done is None else done
    _compute(blocks, known, executor, progress)
    table = pd.DataFrame(rows, columns=[*columns, "signal", "method", "m_N"])
    table["d_95"] = [known[key] for key in keys]
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
    >>> from nudp.selections import EnergyWindow
    >>> fingerprint(EnergyWindow(1.0, 2.5))
    'nudp.selections.EnergyWindow(lowest=0x1.0000000000000p+0, highest=0x1.4000000000000p+1)'
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
    table: pd.DataFrame, path: str | PathLike[str], comments: Iterable[str] = ()
) -> None:
    """Write a table as CSV, whole or not at all.

    A reader never meets half a file, whether the program is stopped or two write at once.
    Numbers keep all their digits; `pandas.read_csv(path, comment="#")` reads it back.

    Parameters
    ----------
    table : pandas.DataFrame
        The table, of `scan` or any other; its index is not written.
    path : path_like
        The file; its folder must exist.
    comments : iterable of str, optional
        Lines above the header, such as units and sources.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "limits.csv"
    ...     write_table(pd.DataFrame({"m_N": [1.0], "d_95": [np.inf]}), path, ["GeV, GeV^-1"])
    ...     print(path.read_text(), end="")
    # GeV, GeV^-1
    m_N,d_95
    1.0,inf
    """
    head = "".join(f"# {line}\n" for text in comments for line in text.splitlines())
    content = head + table.to_csv(index=False, na_rep="nan", lineterminator="\n")
    write_whole(path, content.encode())


class _Points:
    """Results of blocks of masses, kept point by point: what `tasks.run` calls `done`."""

    def __init__(self, known: MutableMapping[str, float], blocks: Blocks) -> None:
        self.known, self.blocks = known, blocks

    def __contains__(self, block: str) -> bool:
        return all(point in self.known for point in self.blocks[block][0])

    def __setitem__(self, block: str, limits: Iterable[float]) -> None:
        for point, limit in zip(self.blocks[block][0], limits, strict=True):
            self.known[point] = limit

    def __getitem__(self, block: str) -> list[float]:
        return [self.known[point] for point in self.blocks[block][0]]


def _compute(
    blocks: Blocks,
    known: MutableMapping[str, float],
    executor: Executor | None,
    progress: Callable[..., Iterable[Any]] | None,
) -> None:
    work = {block: (masses, *case) for block, (_, masses, case) in blocks.items()}
    points = _Points(known, blocks)
    try:
        tasks.run(_limits, work, executor=executor, done=points, progress=progress)
    except tasks.Unfinished as stopped:
        # the caller knows points, not blocks
        raise tasks.Unfinished(str(stopped), known) from stopped.__cause__


def _limits(
    masses: FloatArray, runs: tuple[Search, ...], model: SignalModel, options: Mapping[str, Any]
) -> list[float]:
    limits: list[float] = np.atleast_1d(upper_limit(runs, masses, model, **options)).tolist()
    return limits


def _point(runs: tuple[Search, ...], model: SignalModel, options: Mapping[str, Any]) -> str:
    from nudp import __version__

    digest = hashlib.sha256(fingerprint((runs, model, options)).encode()).hexdigest()
    return f"d_95 by nudp {__version__}, {digest}"


def _labelled(
    searches: Mapping[Any, Search | Iterable[Search]], columns: tuple[str, ...]
) -> Iterator[tuple[tuple[Any, ...], tuple[Search, ...]]]:
    if not isinstance(searches, Mapping):
        raise TypeError(f"searches must be a mapping of labels to searches, got {searches!r}")
    for label, search in searches.items():
        parts = label if isinstance(label, tuple) else (label,)
        if len(parts) != len(columns):
            raise ValueError(f"labels must have {len(parts)} names for {label!r}, got {columns!r}")
        if not isinstance(search, Iterable | Search):
            raise TypeError(
                f"search {label!r} must be a Search or several in searches, got {search!r}"
            )
        runs = (search,) if isinstance(search, Search) else tuple(search)
        if not runs or not all(isinstance(run, Search) for run in runs):
            raise TypeError(
                f"search {label!r} must be a Search or several in searches, got {search!r}"
            )
        yield parts, runs


def _models(signal: SignalModel | Iterable[SignalModel]) -> tuple[SignalModel, ...]:
    if not isinstance(signal, Iterable | SignalModel) or isinstance(signal, str):
        raise TypeError(f"signal must be a SignalModel or several, got {signal!r}")
    models = (signal,) if isinstance(signal, SignalModel) else tuple(signal)
    for model in models:
        if not isinstance(model, SignalModel):
            raise TypeError(f"signal must be a SignalModel or several, got {model!r}")
    return models


def _methods(method: str | Iterable[str]) -> tuple[str, ...]:
    names = (method,) if isinstance(method, str) or not isinstance(method, Iterable) else method
    names = tuple(names)
    for name in names:
        _checks.instance("method", name, str)
    for name in names:
        if name not in statistics.METHODS:
            raise ValueError(f"method must be one of {', '.join(statistics.METHODS)}, got {name!r}")
    return names
