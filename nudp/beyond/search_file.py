"""A search as a file, JSON or TOML, cuts included: what a paper would put beside its plot.

Loaded elsewhere it gives the same limit to the last digit.  Each cut of this package is written
under the name of its class with its fields; a cut of one's own is refused, since its code cannot
travel in a file.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nudp import _checks, cuts
from nudp._tables import DataError, read_text, write_whole
from nudp.beyond import detector, efficiency
from nudp.searches import Runs, Search

if TYPE_CHECKING:
    from os import PathLike
    from typing import Any

__all__ = ["FORMAT", "read_search", "write_search"]

#: What the first line of a file says, so that a later reader knows the form.
FORMAT = "nudp search 1"

_CUTS = {
    kind.__name__: kind
    for kind in (
        cuts.CosThetaWindows,
        cuts.EnergyWindow,
        cuts.BeamBackgroundEdge,
        cuts.LabAngleWindow,
        cuts.AnyOf,
        cuts.Selection,
        detector.ScaledEnergy,
        detector.LabEnergyFloor,
        efficiency.Efficiency,
    )
}


def write_search(search: Search | Runs, path: str | PathLike[str]) -> None:
    r"""Write a search or several runs as JSON or TOML, whole or not at all.

    Parameters
    ----------
    search : Search or Runs
        The search.
    path : path_like
        The file, whose name ends in .json or .toml; its folder must exist.

    Raises
    ------
    ValueError
        If the name of the file ends otherwise.
    TypeError
        If it is no search, or holds a cut from outside the package.

    Examples
    --------
    >>> import tempfile
    >>> from nudp.searches import STCF_4GEV
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "stcf.toml"
    ...     write_search(STCF_4GEV, path)
    ...     print(*path.read_text().splitlines()[:5], sep="\n")
    ...     read_search(path) == STCF_4GEV
    format = "nudp search 1"
    name = "STCF 4 GeV"
    sqrt_s = 4.0
    luminosity = 10000.0
    detector_length = 0.8
    True
    """
    path = Path(path)
    if not isinstance(search, Search | Runs):
        raise TypeError(f"search must be a Search or Runs, got {_checks._short(search)}")
    suffix = _suffix(path)
    content = {"format": FORMAT, **_plain(search)}
    if suffix == ".json":
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    else:
        text = "\n".join(f"{key} = {_toml(value)}" for key, value in content.items())
    write_whole(path, f"{text}\n".encode())


def read_search(path: str | PathLike[str]) -> Search | Runs:
    """Read a search that `write_search` has written, or one typed in the same form.

    Parameters
    ----------
    path : path_like
        The file, whose name ends in .json or .toml.

    Returns
    -------
    Search or Runs
        Equal to what was written.

    Raises
    ------
    ValueError
        If the name of the file ends otherwise.
    DataError
        If the file is broken, or a field is missing, unknown or out of its range; the message
        names file and fault.

    Examples
    --------
    >>> import tempfile
    >>> from nudp.searches import BESIII
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "besiii.json"
    ...     write_search(BESIII, path)
    ...     read_search(path) == BESIII
    True
    """
    path = Path(path)
    suffix = _suffix(path)
    try:
        text = read_text(path)
        content = json.loads(text) if suffix == ".json" else tomllib.loads(text)
    except DataError:
        raise
    except ValueError as fault:  # of either parser, which name the line
        raise DataError(f"{path.name}: {fault}") from None
    if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
        raise DataError(f"{path.name}: no entry format = {FORMAT!r} at the top")
    try:
        if "runs" not in content:
            return _search(content)
        runs = [_search(run) for run in content.pop("runs")]
        # equal cuts become one, which is evaluated once
        one: dict[Any, Any] = {}
        shared = (one.setdefault(run.selection, run.selection) for run in runs)
        runs = [replace(run, selection=cut) for run, cut in zip(runs, shared, strict=True)]
        several: Runs = _made(Runs, {**content, "runs": tuple(runs)})
        return several
    except (TypeError, ValueError) as fault:
        raise DataError(f"{path.name}: {fault}") from None


def _suffix(path: Path) -> str:
    if path.suffix not in (".json", ".toml"):
        raise ValueError(f"path must end in .json or .toml, got {path.name!r:.80}")
    return path.suffix


def _plain(value: Any) -> Any:
    """What a file can hold: words, numbers, lists and mappings."""
    if isinstance(value, Search | Runs):
        entries = {field.name: getattr(value, field.name) for field in fields(value)}
        # the cuts last: they are long
        for key in ("selection", "runs"):
            if key in entries:
                entries[key] = entries.pop(key)
        return {key: _plain(entry) for key, entry in entries.items() if entry is not None}
    if type(value).__name__ in _CUTS and type(value) is _CUTS[type(value).__name__]:
        held = {field.name: getattr(value, field.name) for field in fields(value)}
        entries = {key: _plain(entry) for key, entry in held.items() if entry is not None}
        return {"cut": type(value).__name__, **entries}
    if isinstance(value, tuple | list):
        return [_plain(entry) for entry in value]
    if isinstance(value, str):
        return value
    if isinstance(value, int | float | np.integer | np.floating):
        return float(value)
    raise TypeError(f"search must hold cuts of this package alone, got {_checks._short(value)}")


def _search(entries: Any) -> Search:
    _checks.instance("run", entries, dict)
    search: Search = _made(Search, {key: _object(entry) for key, entry in entries.items()})
    return search


def _object(value: Any) -> Any:
    """The cut or the number that an entry of a file stands for."""
    if isinstance(value, list):
        return tuple(_object(entry) for entry in value)
    if not isinstance(value, dict):
        return value
    kind = value.get("cut")
    _checks.choice("cut", kind, _CUTS)
    return _made(_CUTS[str(kind)], {k: _object(v) for k, v in value.items() if k != "cut"})


def _made(kind: Any, entries: dict[str, Any]) -> Any:
    """An object of a class, if the entries are its fields."""
    if unknown := sorted(set(entries) - {field.name for field in fields(kind)}):
        raise ValueError(f"{kind.__name__} has no {unknown[0]!r:.60}")
    return kind(**entries)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        # a line an entry, where entries are long
        parts = [_toml(entry) for entry in value]
        long = any(isinstance(entry, dict) for entry in value)
        return "[\n" + ",\n".join(parts) + "\n]" if long else "[" + ", ".join(parts) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
