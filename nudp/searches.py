"""The searches of the paper: a collider, a data set, a detector and its cuts.

To change one, use `dataclasses.replace(search, luminosity=...)`; several runs under one name
are `Runs`, which `Runs.scaled_to` takes to another integrated luminosity.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, overload

from nudp import _checks
from nudp._tables import DataError, data_folder, read_table
from nudp.cuts import _velocities
from nudp.kinematics import cm_energy
from nudp.selections import (
    BELLE2_BOOST,
    belle2_bbg,
    belle2_high_mass,
    belle2_low_mass,
    besiii_advanced,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from nudp.beyond.efficiency import Efficiency
    from nudp.typing import Cut

__all__ = [
    "BELLE2_BBG",
    "BELLE2_HIGH_MASS",
    "BELLE2_LOW_MASS",
    "BESIII",
    "STCF_2GEV",
    "STCF_4GEV",
    "STCF_4GEV_30AB",
    "STCF_7GEV",
    "AnySearch",
    "Runs",
    "Search",
    "besiii_to_2024",
    "read_besiii_runs",
    "runs_of",
]


# Two velocities closer than this are one, rounded [c].
_SAME_VELOCITY = 1e-3


@dataclass(frozen=True)
class Search:
    """One monophoton search: everything that `nudp.upper_limit` needs.

    Parameters
    ----------
    name : str
        What to call it in figures and tables.
    sqrt_s : float
        Centre-of-mass energy [GeV].
    luminosity : float
        Integrated luminosity [fb^-1].
    selection : Selection
        Cuts on the photon; a cut by itself will do.
    detector_length : float
        Distance within which N must decay, l_D [m].
    photon_efficiency : float or nudp.beyond.efficiency.Efficiency, optional
        Efficiency epsilon_det; multiplies signal and irreducible background [1]; or a table or
        function of photon energy and angle.
    reducible_background : float, optional
        Reducible background after the selection, efficiency included [fb].
    background_uncertainty : float, optional
        Relative uncertainty of the reducible background, or of `background_events` [1];
        profiled by the methods "asimov" and "cls" of `nudp.upper_limit`, averaged over by
        those of `nudp.statistics.MARGINAL`.
    boost : float, optional
        Velocity of the CM frame in the lab along the electron beam [c]; what the cuts were
        worked out for, unless given, see `beta`.
    polarisation : (float, float), optional
        Longitudinal polarisation of the electrons and of the positrons, 1 if all are
        right-handed, -1 if all are left-handed [1]; weighs signal and neutrinos, not the
        reducible background.
    background_events : float, optional
        All background that is expected [1], in place of the computed one, as a generator or
        a side band gives it; at any energy.  What comes on top of the computed one is
        `reducible_background`.
    signal_uncertainty : float, optional
        Relative uncertainty of the signal events, as of efficiency and theory [1]; a lognormal
        factor.
    luminosity_uncertainty : float, optional
        Relative uncertainty of the luminosity [1]; a lognormal factor of signal and
        irreducible background.  What is reducible or given has `background_uncertainty`.

    Raises
    ------
    ValueError
        If a number is negative, not finite or outside its range, the background is given
        in two ways, or the cuts are for beams of another velocity than `boost`.
    TypeError
        If a field is not of its type.

    Examples
    --------
    >>> from dataclasses import replace
    >>> replace(STCF_4GEV, luminosity=30e3).luminosity
    30000.0
    >>> measured = replace(STCF_4GEV, background_events=3.2, background_uncertainty=1 / 3.2)
    """

    name: str
    sqrt_s: float
    luminosity: float
    selection: Cut
    detector_length: float
    photon_efficiency: float | Efficiency = 1.0
    reducible_background: float = 0.0
    background_uncertainty: float = 0.0
    boost: float | None = None
    polarisation: tuple[float, float] = (0.0, 0.0)
    background_events: float | None = None
    signal_uncertainty: float = 0.0
    luminosity_uncertainty: float = 0.0

    def __post_init__(self) -> None:
        _checks.instance("name", self.name, str)
        _checks.cut("selection", self.selection)
        for field, check in (
            ("sqrt_s", _checks.positive),
            ("luminosity", _checks.non_negative),
            ("detector_length", _checks.positive),
            ("reducible_background", _checks.non_negative),
            ("background_uncertainty", _checks.non_negative),
            ("signal_uncertainty", _checks.vagueness),
            ("luminosity_uncertainty", _checks.vagueness),
        ):
            _checks.number(field, getattr(self, field), check)
        if not hasattr(self.photon_efficiency, "through"):
            _checks.number("photon_efficiency", self.photon_efficiency, _checks.fraction)
        _checks.instance("polarisation", self.polarisation, tuple)
        if len(self.polarisation) != 2:
            raise ValueError(f"polarisation must be two numbers, got {self.polarisation!r}")
        for beam in self.polarisation:
            _checks.number("polarisation", beam, _checks.cosine)
        if self.background_events is not None:
            _checks.number("background_events", self.background_events, _checks.non_negative)
            if self.reducible_background:
                raise ValueError(
                    f"background_events is all background, so that reducible_background must be "
                    f"0, got {self.reducible_background!r}"
                )

        velocities = _velocities(self.selection)
        if self.boost is not None:
            velocities.append(_checks.number("boost", self.boost, _checks.velocity))
        if velocities and max(velocities) - min(velocities) > _SAME_VELOCITY:
            raise ValueError(
                f"boost must be one for all cuts and the beams, got {min(velocities)!r} and "
                f"{max(velocities)!r}"
            )

    @property
    def beta(self) -> float:
        """Velocity of the CM frame in the lab along the electron beam [c].

        That of `boost` or, where none is given, of the cuts; 0 where no cut knows of a lab.

        Examples
        --------
        >>> from nudp.selections import belle2_low_mass
        >>> round(Search("B", 10.58, 50e3, belle2_low_mass(), 3.0).beta, 4)
        0.2727
        """
        known = _velocities(self.selection) if self.boost is None else [self.boost]
        return float(known[0]) if known else 0.0

    @property
    def opposite_helicities(self) -> float:
        """Collisions that a vector can make something of, 1 for unpolarised beams [1].

        With :math:`1 - P_-P_+` goes the signal: electron and positron must have opposite
        helicities, either way.

        Examples
        --------
        >>> replace(STCF_4GEV, polarisation=(0.7, -0.3)).opposite_helicities
        1.21
        """
        electron, positron = self.polarisation
        return 1 - electron * positron


@dataclass(frozen=True)
class Runs:
    """Several runs under one name, whose likelihoods multiply; iterable like a tuple of them.

    Parameters
    ----------
    name : str
        What to call them in figures and tables.
    runs : tuple of Search
        One `Search` a run; lists, other `Runs` and what is nested are taken apart.

    Raises
    ------
    ValueError
        If there is no run.
    TypeError
        If a field is not of its type.

    Examples
    --------
    >>> BESIII.name, len(BESIII), BESIII[0].name
    ('BESIII', 53, 'BESIII J/psi 2012')
    >>> STCF = Runs("STCF", (STCF_2GEV, STCF_4GEV, STCF_7GEV))
    >>> [run.sqrt_s for run in STCF]
    [2.0, 4.0, 7.0]
    """

    name: str
    runs: tuple[Search, ...]

    def __post_init__(self) -> None:
        _checks.instance("name", self.name, str)
        object.__setattr__(self, "runs", runs_of(self.runs, "runs"))

    def __iter__(self) -> Iterator[Search]:
        return iter(self.runs)

    def __len__(self) -> int:
        return len(self.runs)

    @overload
    def __getitem__(self, index: int) -> Search: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Search, ...]: ...
    def __getitem__(self, index: int | slice) -> Search | tuple[Search, ...]:
        return self.runs[index]

    @property
    def luminosity(self) -> float:
        """Integrated luminosity of all runs [fb^-1].

        Examples
        --------
        >>> round(BESIII.luminosity, 2)
        28.41
        """
        return sum(run.luminosity for run in self.runs)

    def scaled_to(self, luminosity: float) -> Runs:
        """The same runs with another integrated luminosity, each by the same factor.

        A background given in events grows with it.

        Parameters
        ----------
        luminosity : float
            Integrated luminosity of all runs [fb^-1].

        Returns
        -------
        Runs
            A copy with the luminosity of each run changed.

        Raises
        ------
        ValueError
            If the luminosity is negative or not finite, or the runs have none to scale.

        Examples
        --------
        >>> round(BESIII.scaled_to(50.0).luminosity, 9)
        50.0
        """
        total = _checks.number("luminosity", luminosity, _checks.non_negative)
        if not self.luminosity:
            raise ValueError(f"runs must have some luminosity to scale to {total!r}, got 0.0")
        factor = total / self.luminosity
        return replace(self, runs=tuple(_scaled(run, factor) for run in self.runs))


def _scaled(run: Search, factor: float) -> Search:
    """A run with more data, or less."""
    given = run.background_events
    events = None if given is None else factor * given
    return replace(run, luminosity=factor * run.luminosity, background_events=events)


#: What limits take: one search, `Runs`, or lists and tuples of these, nested as one likes.
AnySearch: TypeAlias = "Search | Iterable[AnySearch]"


def runs_of(search: AnySearch, name: str = "search") -> tuple[Search, ...]:
    """Every run of what limits take, in a row.

    Parameters
    ----------
    search : Search, Runs or iterable of these
        One search or many, nested as one likes.
    name : str, optional
        What a message calls the argument.

    Returns
    -------
    tuple of Search
        The runs in order, one at least.

    Raises
    ------
    ValueError
        If there is no run.
    TypeError
        If something else than a search is found.

    Examples
    --------
    >>> len(runs_of([STCF_2GEV, BESIII, [STCF_4GEV, STCF_7GEV]]))
    56
    """
    runs = tuple(_each_run(search, name))
    if not runs:
        raise ValueError(f"{name} must hold at least one run, got none")
    return runs


def _each_run(search: AnySearch, name: str) -> Iterator[Search]:
    if isinstance(search, Search):
        yield search
    elif isinstance(search, Iterable) and not isinstance(search, str | bytes):
        for i, each in enumerate(search):
            yield from _each_run(each, f"{name}[{i}]")
    else:
        raise TypeError(
            f"{name} must be a Search or an iterable of them, got {_checks._short(search)}"
        )


def _belle2(name: str, selection: Cut, reducible_background: float = 0.0) -> Search:
    """Sec. II.A and its Refs. [25, 29, 30]: beams, efficiency and detector length."""
    return Search(
        name,
        sqrt_s=float(cm_energy(7.0, 4.0)),
        luminosity=50e3,
        selection=selection,
        detector_length=3.0,
        photon_efficiency=0.95,
        reducible_background=reducible_background,
        boost=BELLE2_BOOST,
    )


_CHARM_CUTS = besiii_advanced()


def _charm(name: str, sqrt_s: float, luminosity: float) -> Search:
    """Sec. II.B: outer radius of the drift chamber; efficiency above 99 % [34], taken as 1."""
    return Search(name, sqrt_s, luminosity, _CHARM_CUTS, detector_length=0.8)


# arXiv:1808.10567, quoted in Sec. II.A: events in the gaps of the calorimeter, per 20 fb^-1
_GBG_LUMINOSITY = 20.0
_GBG_LOW_MASS, _GBG_HIGH_MASS = 300.0, 25000.0

#: Belle II, low-mass cut of Eqs. (10) and (11) with gBG, 50 ab^-1.
BELLE2_LOW_MASS = _belle2(
    "Belle II, low-mass cut", belle2_low_mass(), _GBG_LOW_MASS / _GBG_LUMINOSITY
)
#: Belle II, high-mass cut of Eqs. (12) and (13) with gBG, 50 ab^-1.
BELLE2_HIGH_MASS = _belle2(
    "Belle II, high-mass cut", belle2_high_mass(), _GBG_HIGH_MASS / _GBG_LUMINOSITY
)
#: Belle II, bBG cut of Eqs. (8) and (9), gBG left out, 50 ab^-1.
BELLE2_BBG = _belle2("Belle II, bBG cut, no gBG", belle2_bbg())

#: STCF at 2, 4 and 7 GeV with 10 ab^-1 each, Fig. 2.
STCF_2GEV = _charm("STCF 2 GeV", sqrt_s=2.0, luminosity=10e3)
STCF_4GEV = _charm("STCF 4 GeV", sqrt_s=4.0, luminosity=10e3)
STCF_7GEV = _charm("STCF 7 GeV", sqrt_s=7.0, luminosity=10e3)
#: STCF at 4 GeV with 30 ab^-1, Fig. 3.
STCF_4GEV_30AB = replace(STCF_4GEV, name="STCF 4 GeV, 30 ab$^{-1}$", luminosity=30e3)


# what each column of words can hold: columns that change places are found
_RUN_WORDS = {
    "run": r"[ -~]*[A-Za-z0-9][ -~]*",
    "year": r"20\d\d(-20\d\d)?",
    "reference": r".*arXiv:\d{4}\.\d{4,5}.*",
    "status": r"confirmed|confirmed to 1 %|unconfirmed",
}


def read_besiii_runs(path: str | PathLike[str] | None = None) -> Runs:
    """The BESIII data sets since 2012, one `Search` a run.

    Parameters
    ----------
    path : path_like, optional
        Run table; by default data/besiii_runs.csv.

    Returns
    -------
    Runs
        Under the name "BESIII"; advanced cuts, detector length and efficiency of Sec. II.B.

    Raises
    ------
    DataError
        If the table is broken, an energy is not one BEPCII can reach, or a run stands twice.

    Examples
    --------
    >>> len(read_besiii_runs())
    53
    """
    path = data_folder() / "besiii_runs.csv" if path is None else Path(path)
    table = read_table(
        path,
        numbers={
            "sqrt_s": {"GeV": 1.0, "MeV": 1e-3},
            "luminosity": {"fb^-1": 1.0, "pb^-1": 1e-3},
        },
        words=tuple(_RUN_WORDS),
        forms=_RUN_WORDS,
        # BEPCII collides at 1.84 to 4.95 GeV; no single data set reaches 10 fb^-1 or needs less
        # than 1 pb^-1
        within={"sqrt_s": (1.8, 5.0), "luminosity": (0.001, 10.0)},
    )
    columns = (table[name] for name in ("line", "run", "sqrt_s", "luminosity"))
    runs: list[Search] = []
    seen: dict[tuple[str, float, float], int] = {}
    for line, run, root_s, luminosity in zip(*columns, strict=True):
        first = seen.setdefault((run, root_s, luminosity), line)
        if first != line:
            raise DataError(f"{path.name}, line {line}: {run!r} stands on line {first} already")
        runs.append(_charm(f"BESIII {run}", root_s, luminosity))
    return Runs("BESIII", tuple(runs))


#: BESIII at 53 energies, 28.41 fb^-1 in all.
BESIII = read_besiii_runs()


def besiii_to_2024() -> Runs:
    """BESIII with its data at 3.773 GeV of 2021 to 2024, which the paper could not count.

    Returns
    -------
    Runs
        Under the name "BESIII to 2024"; cuts and detector as in `BESIII`.

    References
    ----------
    arXiv:2406.05827, through a text that quotes it.

    Examples
    --------
    >>> round(besiii_to_2024().luminosity, 2)
    45.75
    """
    since = read_besiii_runs(data_folder() / "besiii_runs_since.csv")
    return Runs("BESIII to 2024", (*BESIII, *since))
