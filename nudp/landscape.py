"""Existing bounds on the dipole portal, read from data/bounds with their provenance."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from nudp import _checks
from nudp._tables import DataError, data_folder, read_table, read_text
from nudp.constants import BOHR_MAGNETON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from numpy.typing import ArrayLike

    from nudp.typing import BoolArray, BoolOrArray, FloatArray, FloatOrArray

__all__ = [
    "CONVENTIONS",
    "FLAVOURS",
    "LEP_LINES",
    "Bound",
    "NewGround",
    "bounds",
    "convert",
    "excluded",
    "references",
    "unexplored",
]

#: Neutrino flavours a bound can hold for.
FLAVOURS = ("e", "mu", "tau")

#: Keys of the two LEP lines; which one holds depends on the coupling to the Z.
LEP_LINES = ("lep_with_z", "lep_photon_only")

#: Conventions of the coupling: d [GeV^-1] of L = d nubar sigma F N, the magnetic moment
#: mu = 2 d [GeV^-1], the same in Bohr magnetons [1], and the scale Lambda = 1/d [GeV].
CONVENTIONS = ("d", "mu", "mu_B", "Lambda")

# What is larger is in another unit: GeV and GeV^-1.
_HEAVIEST, _STRONGEST = 1e3, 1.0


@dataclass(frozen=True, eq=False)
class Bound:
    """One published bound: a curve above which, or a region within which, d is excluded.

    Parameters
    ----------
    key : str
        Name of its table in data/bounds.
    name : str
        What to call it in figures.
    flavours : tuple of str
        Neutrino flavours it holds for, of "e", "mu", "tau".
    m_N : array_like
        Masses of the support points [GeV], from light to heavy or back; if closed, round
        the region from any point, once to its heaviest and back.
    d : array_like
        Couplings of the support points [GeV^-1].
    closed : bool
        True if the inside of a region is excluded, False if all above a curve is, out to
        the masses of the table.
    confidence_level : float
        Confidence level of the source [1].
    sided, source, citation, convention, conversion, method, remark, date : str, optional
        One- or two-sided; paper and figure; key in the bibliography; coupling convention
        of the source and its conversion; quoted, read off or recomputed; known
        disagreements; when it was typed in.

    Raises
    ------
    ValueError
        If masses or couplings are not positive and finite, too large for their units, of
        different length, or go to and fro; if a flavour is unknown.
    TypeError
        If a field is not of its type.

    Examples
    --------
    >>> bound = bounds("tau")[0]
    >>> bound.key, bound.closed, len(bound.m_N) == len(bound.d)
    ('borexino', False, True)
    >>> mine = Bound("mine", "My search", ("tau",), [2.0, 0.1], [3e-6, 2e-6], False, 0.95)
    >>> mine.excludes(1.0, [1e-6, 1e-5])
    array([False,  True])
    """

    key: str
    name: str
    flavours: tuple[str, ...]
    m_N: FloatArray
    d: FloatArray
    closed: bool
    confidence_level: float
    sided: str = ""
    source: str = ""
    citation: str = ""
    convention: str = ""
    conversion: str = ""
    method: str = ""
    remark: str = ""
    date: str = ""

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.type == "str":
                _checks.instance(field.name, getattr(self, field.name), str)
        _checks.instance("closed", self.closed, bool)
        level = _checks.number("confidence_level", self.confidence_level, _checks.fraction)
        if level == 1:
            raise ValueError(f"confidence_level must be below 1, got {level!r}")
        object.__setattr__(self, "flavours", _flavours(self.flavours))
        for name, value in zip(("m_N", "d"), _outline(self.m_N, self.d, self.closed), strict=True):
            value.flags.writeable = False
            object.__setattr__(self, name, value)

    def limit(self, m_N: ArrayLike) -> FloatOrArray:
        """Lowest coupling that is excluded, log-log between the support points.

        Parameters
        ----------
        m_N : array_like
            Mass of the heavy neutral lepton [GeV].

        Returns
        -------
        ndarray or float
            Coupling d [GeV^-1], shaped like m_N; inf outside the masses of the table.

        Raises
        ------
        ValueError
            If a mass is not positive and finite.

        Examples
        --------
        >>> [donut] = [bound for bound in bounds("tau") if bound.key == "donut"]
        >>> [float(d) for d in donut.limit([0.1, 0.5]).round(7)]
        [5.78e-05, inf]
        """
        return self._edges(_checks.positive("m_N", m_N))[0][()]

    def excludes(self, m_N: ArrayLike, d: ArrayLike) -> BoolOrArray:
        """Whether the bound excludes a coupling at a mass.

        Parameters
        ----------
        m_N, d : array_like
            Mass of the heavy neutral lepton [GeV] and transition magnetic moment [GeV^-1].

        Returns
        -------
        ndarray of bool or bool
            Broadcast over the arguments; False outside the masses of the table.

        Raises
        ------
        ValueError
            If a mass or a coupling is not positive and finite.

        Examples
        --------
        >>> [donut] = [bound for bound in bounds("tau") if bound.key == "donut"]
        >>> donut.excludes(0.1, [1e-5, 1e-4])
        array([False,  True])
        """
        coupling, mass = _checks.positive("d", d), _checks.positive("m_N", m_N)
        _checks.shapes_fit(m_N=mass, d=coupling)
        return self._covers(mass, coupling)[()]

    def _covers(self, mass: FloatArray, coupling: FloatArray) -> BoolArray:
        """`excludes` without its checks."""
        low, high = self._edges(mass)
        return (coupling > low) & (coupling < high)

    def _edges(self, m_N: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Lower and upper ends of what is excluded at a mass; inf, inf if nothing is."""
        mass = np.log(m_N)
        outline = np.log(self.m_N), np.log(self.d)
        if not self.closed:
            low = np.interp(mass, *outline, left=np.inf, right=np.inf)
            return np.exp(low), np.full(np.shape(mass), np.inf)
        # the masses of each side ascend (_outline), so it has one coupling at a mass
        sides = [np.interp(mass, *side, left=np.inf, right=np.inf) for side in _sides(*outline)]
        crossings = np.stack(sides)
        return np.exp(crossings.min(0)), np.exp(crossings.max(0))


@dataclass(frozen=True)
class NewGround:
    """A mass interval in which a sensitivity curve reaches what no bound covers.

    Parameters
    ----------
    low, high : float
        Ends of the interval [GeV].
    lead : float
        Largest factor in it by which the curve is below the lowest excluded coupling
        above it [1]; inf if no bound stands above the curve somewhere.

    Examples
    --------
    >>> NewGround(low=0.1, high=10.0, lead=21.3).lead
    21.3
    """

    low: float
    high: float
    lead: float


def bounds(flavour: str | None = None) -> tuple[Bound, ...]:
    """Existing bounds with their metadata.

    Parameters
    ----------
    flavour : str, optional
        "e", "mu" or "tau" to keep the bounds that hold for it; all by default.

    Returns
    -------
    tuple of Bound
        In the order of data/bounds.toml.

    Raises
    ------
    ValueError
        If the flavour is not one of the three.
    DataError
        If a record or a table is broken, or a table has no record.

    Examples
    --------
    >>> [bound.name for bound in bounds("mu") if "e" not in bound.flavours]
    ['CHARM-II', 'MiniBooNE', 'NOMAD']
    """
    if flavour is not None:
        _checks.choice("flavour", flavour, FLAVOURS)
    folder = data_folder()
    records = _records(folder / "bounds.toml")
    orphans = {path.stem for path in (folder / "bounds").glob("*.csv")} - set(records)
    if orphans:
        text = read_text(folder / "bounds.toml")
        last = len(text.splitlines())
        raise DataError(f"bounds.toml, line {last}: no record for {sorted(orphans)} so far")
    every = (_bound(folder, key, *entry) for key, entry in records.items())
    return tuple(bound for bound in every if flavour is None or flavour in bound.flavours)


def references(existing: Iterable[Bound]) -> dict[str, tuple[str, ...]]:
    r"""Papers to cite with a figure that draws some bounds.

    Parameters
    ----------
    existing : iterable of Bound
        What is drawn.

    Returns
    -------
    dict of str to tuple of str
        Key in the bibliography, and what was taken from it: papers and figures.

    Examples
    --------
    >>> cite = references(bound for bound in bounds("mu") if bound.key in ("xenon1t", "borexino"))
    >>> for key, sources in cite.items():
    ...     print(key, *sources, sep="\n  ")
    Brdar:2020quo
      Brdar, Greljo, Kopp, Opferkuch, arXiv:2007.15563, Fig. 2, Borexino curve
      Brdar, Greljo, Kopp, Opferkuch, arXiv:2007.15563, Fig. 2, XENON1T nuclear-recoil curve
    """
    found: dict[str, dict[str, None]] = {}
    for bound in existing:
        # one paper may hold several bounds, and one figure two of them
        found.setdefault(bound.citation, {})[bound.source] = None
    return {key: tuple(sources) for key, sources in found.items()}


def excluded(
    m_N: ArrayLike,
    d: ArrayLike,
    flavour: str,
    *,
    lep: str = "lep_with_z",
    bounds: Iterable[Bound] | None = None,
) -> BoolOrArray:
    """Whether any bound excludes a coupling at a mass: the union of the landscape.

    Parameters
    ----------
    m_N, d : array_like
        Mass of the heavy neutral lepton [GeV] and transition magnetic moment [GeV^-1].
    flavour : str
        "e", "mu" or "tau".
    lep : str, optional
        Which LEP line counts, one of `LEP_LINES`.
    bounds : iterable of Bound, optional
        What counts in place of the bounds of data/bounds; of these, too, those that hold
        for the flavour.

    Returns
    -------
    ndarray of bool or bool
        Broadcast over m_N and d.

    Raises
    ------
    ValueError
        If the flavour or the LEP line is unknown, or a mass or coupling not positive.

    Examples
    --------
    >>> excluded(0.05, [1e-7, 1e-6], "e")
    array([False,  True])
    >>> mine = Bound("mine", "My search", ("e",), [0.01, 1.0], [3e-8, 3e-8], False, 0.95)
    >>> excluded(0.05, [1e-7, 1e-6], "e", bounds=[*bounds(), mine])
    array([ True,  True])
    """
    counted = _counted(flavour, lep, bounds)
    mass, coupling = _checks.positive("m_N", m_N), _checks.positive("d", d)
    _checks.shapes_fit(m_N=mass, d=coupling)
    nothing = np.zeros(np.broadcast(mass, coupling).shape, bool)
    union: BoolArray = np.any([nothing, *(bound.excludes(mass, coupling) for bound in counted)], 0)
    return union[()]


def unexplored(
    curve: tuple[ArrayLike, ArrayLike],
    flavour: str,
    *,
    lep: str = "lep_with_z",
    bounds: Iterable[Bound] | None = None,
) -> tuple[NewGround, ...]:
    """Where a sensitivity curve reaches ground that no bound covers, and by how much.

    Judged at the curve itself: (m_N, d_curve) is excluded by no bound.

    Parameters
    ----------
    curve : (array_like, array_like)
        Masses [GeV], ascending, and couplings [GeV^-1] of a sensitivity curve; log-log
        between its points, inf where it reaches nothing.
    flavour : str
        "e", "mu" or "tau".
    lep : str, optional
        Which LEP line counts, one of `LEP_LINES`.
    bounds : iterable of Bound, optional
        What counts in place of the bounds of data/bounds; of these, too, those that hold
        for the flavour.

    Returns
    -------
    tuple of NewGround
        Mass intervals, ascending; empty if there is none.

    Raises
    ------
    ValueError
        If the masses do not ascend, the flavour or the LEP line is unknown, or a mass or
        coupling is not positive.

    Examples
    --------
    >>> [ground] = unexplored(([0.1, 1.0, 10.0], [1e-6, 1e-6, 1e-6]), "tau")
    >>> round(ground.low, 9), round(ground.high, 9), round(ground.lead, 1)
    (0.1, 10.0, 21.3)
    """
    if not isinstance(curve, tuple) or len(curve) != 2:
        raise TypeError(f"curve must be a pair of masses and couplings, got {curve!r}")
    mass, coupling = _curve(*curve)
    counted = _counted(flavour, lep, bounds)
    # near a wall the answer changes within a step of the curve: look between its points
    steps = np.linspace(np.log(mass[:-1]), np.log(mass[1:]), 16, endpoint=False, axis=-1)
    log_m = np.append(steps.ravel(), np.log(mass[-1]))

    def log_d(at: FloatArray) -> FloatArray:
        return np.interp(at, np.log(mass), np.log(coupling))

    def free(at: FloatArray) -> BoolArray:
        points = np.exp(at), np.exp(log_d(at))
        covered = np.zeros(at.shape, bool)
        for bound in counted:
            covered |= bound._covers(*points)
        return ~covered

    inside = np.concatenate([[False], free(log_m), [False]])
    starts = np.flatnonzero(inside[1:] & ~inside[:-1])
    stops = np.flatnonzero(~inside[1:] & inside[:-1]) - 1
    found = []
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        low = _border(free, log_m, start, start - 1)
        high = _border(free, log_m, stop, stop + 1)
        within = np.concatenate([[low], log_m[start : stop + 1], [high]])
        lead = _lead(np.exp(within), np.exp(log_d(within)), counted)
        found.append(NewGround(float(np.exp(low)), float(np.exp(high)), float(lead.max())))
    return tuple(found)


def convert(value: ArrayLike, source: str, target: str) -> FloatOrArray:
    """A coupling from one convention to another.

    Parameters
    ----------
    value : array_like
        Coupling in the convention `source` [GeV^-1, 1 or GeV].
    source, target : str
        One of `CONVENTIONS`: "d" [GeV^-1], "mu" = 2 d [GeV^-1], "mu_B" = mu in Bohr
        magnetons [1], "Lambda" = 1/d [GeV].

    Returns
    -------
    ndarray or float
        Coupling in the convention `target` [GeV^-1, 1 or GeV], shaped like value.

    Raises
    ------
    ValueError
        If a convention is unknown or a value is not positive and finite.

    Examples
    --------
    >>> f"{convert(3.9e-7, 'mu_B', 'd'):.2e}"  # DONUT
    '5.78e-05'
    """
    _checks.choice("source", source, CONVENTIONS)
    _checks.choice("target", target, CONVENTIONS)
    number = _checks.positive("value", value)
    factors = {"d": 1.0, "mu": 2.0, "mu_B": 2.0 / BOHR_MAGNETON}
    d = 1 / number if source == "Lambda" else number / factors[source]
    return (1 / d if target == "Lambda" else d * factors[target])[()]


def _counted(flavour: str, lep: str, given: Any) -> list[Bound]:
    _checks.choice("lep", lep, LEP_LINES)
    _checks.choice("flavour", flavour, FLAVOURS)
    if given is not None and (isinstance(given, str) or not isinstance(given, Iterable)):
        raise TypeError(f"bounds must be an iterable of Bound, got {given!r:.80}")
    existing = bounds() if given is None else tuple(given)
    for bound in existing:
        _checks.instance("bounds", bound, Bound)
    counted = [bound for bound in existing if bound.key == lep or bound.key not in LEP_LINES]
    return [bound for bound in counted if flavour in bound.flavours]


def _curve(m_N: ArrayLike, d: ArrayLike) -> tuple[FloatArray, FloatArray]:
    mass, coupling = _checks.positive("curve", m_N), _checks.positive_or_inf("curve", d)
    if mass.shape != coupling.shape or mass.ndim != 1 or mass.size < 2:
        raise ValueError(
            f"curve must be two equally long rows, got shapes {mass.shape}, {coupling.shape}"
        )
    if np.any(np.diff(mass) <= 0):
        raise ValueError(f"curve must ascend in mass, got {m_N!r}")
    reached = np.isfinite(coupling)
    if np.count_nonzero(reached) < 2:
        raise ValueError(f"curve must reach some coupling at two masses at least, got {d!r}")
    return mass[reached], _checks.positive("curve", coupling[reached])


def _border(
    free: Callable[[FloatArray], BoolArray], log_m: FloatArray, inside: int, outside: int
) -> float:
    """Where the curve passes a bound, by bisection; the curve's own end if there is none."""
    if not 0 <= outside < log_m.size:
        return float(log_m[inside])
    good, bad = float(log_m[inside]), float(log_m[outside])
    for _ in range(50):
        middle = (good + bad) / 2
        good, bad = (middle, bad) if free(np.array([middle]))[0] else (good, middle)
    return good


def _lead(mass: FloatArray, coupling: FloatArray, counted: Iterable[Bound]) -> FloatArray:
    ahead = np.full(mass.shape, np.inf)
    for bound in counted:
        low = bound.limit(mass)
        # a region wholly below the curve is no competitor: the curve is not compared with it
        ahead = np.where(low >= coupling, np.minimum(ahead, low), ahead)
    return ahead / coupling


def _flavours(flavours: object) -> tuple[str, ...]:
    """Flavours of a bound; a word would be taken for its letters."""
    if isinstance(flavours, str) or not isinstance(flavours, Iterable):
        raise TypeError(f"flavours must be a tuple such as ('mu', 'tau'), got {flavours!r:.80}")
    kept = tuple(flavours)
    for flavour in kept:
        _checks.choice("flavours", flavour, FLAVOURS)
    if not kept or len(set(kept)) < len(kept):
        raise ValueError(f"flavours must hold one flavour at least, each once, got {kept!r:.80}")
    return kept


def _outline(m_N: ArrayLike, d: ArrayLike, closed: bool) -> tuple[FloatArray, FloatArray]:
    """The points of a bound from light to heavy; if closed, from the lightest round to it."""
    mass, coupling = _checks.positive("m_N", m_N), _checks.positive("d", d)
    if mass.ndim != 1 or mass.shape != coupling.shape or mass.size < 2 + closed:
        raise ValueError(
            f"m_N and d must be two equally long rows of {2 + closed} points at least, "
            f"got shapes {mass.shape} and {coupling.shape}"
        )
    for name, values, most, unit in (
        ("m_N", mass, _HEAVIEST, "GeV"),
        ("d", coupling, _STRONGEST, "GeV^-1"),
    ):
        if values.max() > most:
            raise ValueError(
                f"{name} must be at most {most:g} {unit}, got {float(values.max())!r}: "
                "is it in another unit?"
            )
    if not closed:
        mass, coupling = (mass, coupling) if mass[0] < mass[-1] else (mass[::-1], coupling[::-1])
        if (np.diff(mass) <= 0).any():
            raise ValueError(f"m_N must ascend or descend all along, got {_listed(m_N)}")
        return mass.copy(), coupling.copy()
    if (mass[0], coupling[0]) == (mass[-1], coupling[-1]):
        mass, coupling = mass[:-1], coupling[:-1]
    start = 0 if mass[0] == mass.min() else int(np.argmin(mass))
    mass, coupling = np.roll(mass, -start), np.roll(coupling, -start)
    mass, coupling = np.append(mass, mass[0]), np.append(coupling, coupling[0])
    heavy = int(np.argmax(mass))
    if (np.diff(mass[: heavy + 1]) < 0).any() or (np.diff(mass[heavy:]) > 0).any():
        raise ValueError(
            f"m_N must go once to the heaviest point of a closed region and back, "
            f"got {_listed(m_N)}"
        )
    if mass[0] == mass[heavy]:
        raise ValueError(f"m_N must differ round a closed region, got {_listed(m_N)}")
    return mass, coupling


def _listed(values: ArrayLike) -> str:
    """A row of numbers, cut to a line."""
    return np.array2string(np.asarray(values), threshold=6, edgeitems=3, max_line_width=10_000)


def _sides(log_m: FloatArray, log_d: FloatArray) -> Iterator[tuple[FloatArray, FloatArray]]:
    """The outline of a closed region from its lightest to its heaviest point and back."""
    # a wall, several points at one mass, lies between the sides
    light, heavy = (np.flatnonzero(log_m == end) for end in (log_m.min(), log_m.max()))
    out = slice(light[light < heavy[0]][-1], heavy[0] + 1)
    back = slice(heavy[-1], light[light > heavy[-1]][0] + 1)
    yield log_m[out], log_d[out]
    yield log_m[back][::-1], log_d[back][::-1]


# the form of each field of a record that is no number: what changes places is found
_FORMS = {
    "name": r"\w[^,.]{1,29}",
    "closed": r"True|False",
    "sided": r"one-sided|two-sided|not stated|not a statistical limit",
    "source": r".*(arXiv:\d{4}\.\d{4,5}|(astro-ph|hep-(ex|ph))/\d{7}|10\.\d{4,}/\w)(.*[^.])?",
    "citation": r"[\w-]+:\d{4}[a-z]{2,3}",
    "convention": "|".join(CONVENTIONS),
    "conversion": r"none\b.*|.*\bd = .*",
    "method": r"quoted|read off|recomputed",
    "remark": r"(.* .*\.)?",
    "date": r"20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])",
}
# What a table can hold: no bound is asked for below 1 MeV, and none is known beyond these
# [GeV, GeV^-1].
_RANGES = {"m_N": (1e-3, 1e3), "d": (1e-13, 1e-2)}


def _records(path: Path) -> dict[str, tuple[str, dict[str, Any]]]:
    """The records of bounds.toml, each with the words that say where it stands."""
    text = read_text(path)
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        # at the end of the document it names no line
        line = re.search(r"line (\d+)", str(fault))
        number = line[1] if line else len(text.splitlines())
        raise DataError(f"{path.name}, line {number}: {fault}") from None
    if not parsed:
        raise DataError(f"{path.name}, line {max(1, len(text.splitlines()))}: no records")
    records = {}
    for key, record in parsed.items():
        line = re.search(rf"^\s*\[?\s*[\"']?{re.escape(key)}\b", text, re.MULTILINE)
        number = text.count("\n", 0, line.end()) + 1 if line else 1
        where = f"{path.name}, line {number}, record {key!r}"
        if not isinstance(record, dict):
            raise DataError(f"{where}: not a record of its own")
        records[key] = (where, record)
    return records


def _bound(folder: Path, key: str, where: str, record: Mapping[str, Any]) -> Bound:
    path = folder / "bounds" / f"{key}.csv"
    if not path.is_file():
        raise DataError(f"{where}: no table {path.name}")
    asked = {*_FORMS, "flavours", "confidence_level"}
    if missing := sorted(asked - set(record)):
        raise DataError(f"{where}: {missing} missing")
    if unknown := sorted(set(record) - asked):
        raise DataError(f"{where}: {unknown} unknown")
    for name, form in _FORMS.items():
        if not re.fullmatch(form, str(record[name])):
            raise DataError(f"{where}: {name} cannot be {record[name]!r}")
    numbers = {"m_N": {"GeV": 1.0, "MeV": 1e-3}, "d": {"GeV^-1": 1.0}}
    table = read_table(path, numbers, within=_RANGES)
    m_N, d = np.array(table["m_N"]), np.array(table["d"])
    rises = np.diff(m_N, prepend=0.0) > 0
    if record["closed"]:
        if (m_N[0], d[0]) != (m_N[-1], d[-1]):
            line = table["line"][-1]
            raise DataError(f"{path.name}, line {line}: a closed region must end where it starts")
        step = np.diff(m_N, prepend=m_N[0])
        rises = np.where(np.arange(m_N.size) <= np.argmax(m_N), step >= 0, step <= 0)
    if not rises.all():
        row = int(np.argmin(rises))
        raise DataError(f"{path.name}, line {table['line'][row]}: m_N {m_N[row]} is out of order")
    try:
        return Bound(key=key, m_N=m_N, d=d, **record)
    except (TypeError, ValueError) as fault:
        raise DataError(f"{where}: {fault}") from None
