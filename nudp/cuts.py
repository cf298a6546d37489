r"""Cuts on the photon, as intervals in cos(theta) at fixed photon energy.

A `Selection` is a tuple of cuts that must all hold; ``&`` and ``|`` make new ones of
selections and bare cuts.  Energies and cos(theta) are those of the CM frame unless "lab" is
said.

Every cut keeps the protocol `nudp.typing.Cut`, and so does a selection:

- ``intervals(E, sqrt_s)``: what it accepts at photon energies E [GeV], an array of shape
  E.shape + (n, 2) of lower and upper ends [1]; an interval of zero width is empty;
- ``kinks(sqrt_s)``: energies [GeV] at which the intervals open, close or change form.

A cut may have more, which saves time and digits:

- ``takes_arrays``: true if sqrt_s may be an array beside E in ``intervals``;
- ``fixed_edges()``: the ends in cos(theta) [1], if none of them moves with the energy;
- ``energies_at(cos_theta, sqrt_s)``: the energies [GeV] at which a moving end passes
  cos(theta), in any order; without it they are searched for;
- ``beta``: the velocity of the CM frame in the lab [c] for which the cut was worked out, where
  events of a search are then seen.

An object of any other class may serve as a cut if it has the first two; one side of an ``&``
or ``|`` must be of this module.

Examples
--------
>>> hard = BeamBackgroundEdge(30.0, 150.0) & EnergyWindow(1.4, 2.0)
>>> hard.intervals([1.0, 1.5], 4.0).round(3)
array([[[ 0.   ,  0.   ]],
<BLANKLINE>
       [[-0.553,  0.553]]])
>>> hard.kinks(4.0).round(3)
array([1.333, 1.4  ])
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from nudp import _checks
from nudp._intervals import between, crossings, intersect, merge, real_roots, width
from nudp.kinematics import _to_lab

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any, TypeGuard

    from numpy.typing import ArrayLike

    from nudp.typing import Cut, FloatArray, FloatOrArray

__all__ = [
    "AnyOf",
    "BeamBackgroundEdge",
    "CosThetaWindows",
    "EnergyWindow",
    "LabAngleWindow",
    "Selection",
    "as_selection",
    "demand_room",
    "within_range",
]


class _Combinable:
    """What all cuts of this module share: the door that checks, ``&`` and ``|``."""

    if TYPE_CHECKING:
        # each class below has both

        def _accepted(self, energy: FloatArray, sqrt_s: FloatOrArray | float) -> FloatArray: ...
        def kinks(self, sqrt_s: float, /) -> Sequence[float] | FloatArray: ...

    def intervals(self, E: ArrayLike, sqrt_s: float) -> FloatArray:
        """Accepted intervals in cos(theta), see `nudp.typing.Cut`."""
        energy, root_s = _checks.non_negative("E", E), _checks.positive("sqrt_s", sqrt_s)
        _checks.shapes_fit(E=energy, sqrt_s=root_s)
        return self._accepted(energy, root_s[()])

    def __and__(self, other: Cut) -> Selection:
        return _both(self, other) if _is_cut(other) else NotImplemented

    def __or__(self, other: Cut) -> Selection:
        return _either(self, other) if _is_cut(other) else NotImplemented

    # the other side is a cut of one's own, which knows no ``&``

    def __rand__(self, other: Cut) -> Selection:
        return _both(other, self) if _is_cut(other) else NotImplemented

    def __ror__(self, other: Cut) -> Selection:
        return _either(other, self) if _is_cut(other) else NotImplemented


@dataclass(frozen=True)
class CosThetaWindows(_Combinable):
    """Fixed windows in cos(theta), each above an energy threshold.

    Parameters
    ----------
    windows : tuple of (float, float, float)
        Lower and upper cos(theta) [1] and lowest photon energy [GeV] of each
        window; ascending, not overlapping.
    beta : float, optional
        Velocity of the CM frame in the lab [c] for which the windows were worked out.

    Raises
    ------
    ValueError
        If there is no window, one is inverted, empty, overlapping or outside
        [-1, 1], or a threshold is negative.

    Examples
    --------
    >>> barrel = CosThetaWindows(((-0.8, 0.8, 0.025),))
    >>> barrel.intervals(1.0, 4.0), barrel.kinks(4.0), barrel.fixed_edges()
    (array([[-0.8,  0.8]]), [0.025], [-0.8, 0.8])
    """

    windows: tuple[tuple[float, float, float], ...]
    beta: float | None = None

    def __post_init__(self) -> None:
        _demand_velocity(self.beta)
        table = _checks.real("windows", self.windows)
        if not isinstance(self.windows, tuple) or table.shape != (len(self.windows), 3):
            raise ValueError(f"windows must be three numbers each, got {self.windows!r}")
        ends = _checks.cosine("windows", table[:, :2])
        _checks.non_negative("windows", table[:, 2])
        if np.any(ends[:, 0] >= ends[:, 1]) or np.any(ends[:-1, 1] > ends[1:, 0]):
            raise ValueError(f"windows must ascend without overlap, got {self.windows!r}")

    def _accepted(self, energy: FloatArray, sqrt_s: FloatOrArray | float) -> FloatArray:
        windows = np.array(self.windows, dtype=float)
        passed = energy[..., None] > windows[:, 2]
        return np.where(passed[..., None], windows[:, :2], 0.0)

    def kinks(self, sqrt_s: float) -> list[float]:
        """Energies at which a window opens."""
        return sorted({threshold for *_, threshold in self.windows})

    def fixed_edges(self) -> list[float]:
        """Ends of the windows."""
        return sorted({edge for *edges, _ in self.windows for edge in edges})


@dataclass(frozen=True)
class EnergyWindow(_Combinable):
    """Photon energies between two fixed values: one bin of a spectrum.

    Parameters
    ----------
    lowest, highest : float
        Photon energies in the CM frame [GeV].

    Raises
    ------
    ValueError
        If an energy is negative or not finite, or they do not ascend.

    Examples
    --------
    >>> EnergyWindow(1.0, 2.0).intervals(np.array([0.5, 1.5]), 4.0)
    array([[[ 0.,  0.]],
    <BLANKLINE>
           [[-1.,  1.]]])
    """

    lowest: float
    highest: float

    def __post_init__(self) -> None:
        _checks.number("lowest", self.lowest, _checks.non_negative)
        _checks.number("highest", self.highest, _checks.non_negative)
        if not self.lowest < self.highest:
            raise ValueError(
                f"lowest must be below highest, got {self.lowest!r} and {self.highest!r}"
            )

    def _accepted(self, energy: FloatArray, sqrt_s: FloatOrArray | float) -> FloatArray:
        inside = (energy > self.lowest) & (energy < self.highest)
        return np.where(inside[..., None, None], np.array([-1.0, 1.0]), 0.0)

    def kinks(self, sqrt_s: float) -> list[float]:
        """Energies at which the window opens and closes."""
        return [self.lowest, self.highest]

    def fixed_edges(self) -> list[float]:
        """None of its own."""
        return []


@dataclass(frozen=True)
class BeamBackgroundEdge(_Combinable):
    r"""Eqs. (8), (9) and (14): the photon is too hard for the rest to have escaped.

    Two unseen massless particles at the calorimeter edges, opposite to the
    photon in azimuth, carry the rest of energy and momentum.  Then
    :math:`\sin\theta + A\cos\theta = B(\sqrt s/E - 1)`; a harder photon
    needs at least one of them inside the calorimeter.  A and B are the slope
    and the intercept of the chord :math:`\sin\theta = B + A\cos\theta`
    through the two edges.

    Parameters
    ----------
    theta_1, theta_2 : float
        Polar angles of the two edges in the CM frame [deg], theta_1 < theta_2.
    beta : float, optional
        Velocity of the CM frame in the lab [c] for which the edges were worked out.

    Raises
    ------
    ValueError
        If an angle is not strictly between 0 and 180 degrees or they are not ascending.

    References
    ----------
    arXiv:2204.07802, Eqs. (8), (9) and, with theta_2 = 180 deg - theta_1, Eq. (14).

    Examples
    --------
    >>> edge = BeamBackgroundEdge(30.0, 150.0)
    >>> edge.intervals(2.0, 4.0).round(3)
    array([[-0.866,  0.866]])
    >>> [round(E, 4) for E in (*edge.kinks(4.0), *edge.energies_at(0.5, 4.0))]
    [1.3333, 1.4641]
    """

    theta_1: float
    theta_2: float
    beta: float | None = None

    def __post_init__(self) -> None:
        _demand_velocity(self.beta)
        for name in ("theta_1", "theta_2"):
            angle = _checks.number(name, getattr(self, name), _checks.polar_angle)
            if angle in (0.0, 180.0):
                raise ValueError(f"{name} must be off the beam line, got {angle!r}")
        if not self.theta_1 < self.theta_2:
            raise ValueError(
                f"theta_1 must be below theta_2, got {self.theta_1!r} and {self.theta_2!r}"
            )

    @property
    def chord(self) -> tuple[float, float]:
        """Slope A and intercept B of the chord through the two edges [1].

        Examples
        --------
        >>> slope, intercept = BeamBackgroundEdge(30.0, 120.0).chord
        >>> round(slope, 4), round(intercept, 4)
        (-0.2679, 0.7321)
        """
        one, two = math.radians(self.theta_1), math.radians(self.theta_2)
        # (sin 1 - sin 2)/(cos 1 - cos 2), without the cancellation
        slope = -1 / math.tan((one + two) / 2)
        return slope, math.sin(one) - slope * math.cos(one)

    def _accepted(self, energy: FloatArray, sqrt_s: FloatOrArray | float) -> FloatArray:
        slope, intercept = self.chord
        # sin + A cos = length * sin(theta + phi) is largest at the centre
        length, centre = np.hypot(1, slope), np.arctan2(1, slope)
        with np.errstate(divide="ignore"):  # no photon of zero energy is accepted
            reach = intercept * (sqrt_s / energy - 1) / length
        # below the opening nothing is accepted; at E = sqrt_s/2 the ends are opposite the edges
        half = np.arccos(np.minimum(reach, 1))
        ends = [np.cos(centre + half), np.cos(centre - half)]
        return np.stack(ends, axis=-1)[..., None, :]

    def kinks(self, sqrt_s: float) -> list[float]:
        """Energy at which the interval opens."""
        slope, intercept = self.chord
        return [float(sqrt_s * intercept / (intercept + np.hypot(1, slope)))]

    def energies_at(self, cos_theta: Any, sqrt_s: Any) -> list[Any]:
        """One energy, that of Eqs. (8) and (14), of arrays as well."""
        slope, intercept = self.chord
        sine = ((1 - cos_theta) * (1 + cos_theta)) ** 0.5
        return [sqrt_s * intercept / (intercept + sine + slope * cos_theta)]


@dataclass(frozen=True)
class LabAngleWindow(_Combinable):
    """Eqs. (10) to (13): bounds on the lab angle, quadratic in the CM photon energy.

    Parameters
    ----------
    lower, upper : tuple of float
        Polynomial coefficients, highest power first [deg GeV^-2, deg GeV^-1, deg].
    beta : float
        Velocity of the CM frame in the lab [c].

    Raises
    ------
    ValueError
        If a coefficient is not finite or abs(beta) is not below 1.

    References
    ----------
    arXiv:2204.07802, Eqs. (10) to (13).

    Examples
    --------
    >>> window = LabAngleWindow((10.0, 60.0), (-5.0, 120.0), beta=0.0)
    >>> window.intervals(3.0, 8.0).round(3)
    array([[-0.259,  0.   ]])
    >>> [round(E, 9) for E in window.kinks(8.0)]  # of them a photon can have none
    [4.0, -6.0, 24.0, 12.0, -12.0]
    >>> [round(E, 9) for E in window.energies_at(0.0, 8.0)]  # 90 degrees
    [3.0, 6.0]
    """

    lower: tuple[float, ...]
    upper: tuple[float, ...]
    beta: float

    def __post_init__(self) -> None:
        for name in ("lower", "upper"):
            coefficients = _checks.real(name, getattr(self, name))
            if coefficients.ndim != 1 or not coefficients.size:
                raise ValueError(f"{name} must be coefficients in a row, got {coefficients!r}")
        _checks.number("beta", self.beta, _checks.velocity)

    def _accepted(self, energy: FloatArray, sqrt_s: FloatOrArray | float) -> FloatArray:
        # the fits run off the sphere at low energy, where nothing lies beyond its poles
        bounds = [np.clip(np.polyval(p, energy), 0, 180) for p in (self.lower, self.upper)]
        upper, lower = (_to_lab(np.cos(np.deg2rad(theta)), -self.beta) for theta in bounds)
        return np.stack([np.minimum(lower, upper), upper], axis=-1)[..., None, :]

    def kinks(self, sqrt_s: float) -> list[float]:
        """Energies at which the bounds cross each other or the beam line."""
        opening = np.polysub(self.lower, self.upper)
        return real_roots(opening) + self._meetings(0.0) + self._meetings(180.0)

    def energies_at(self, cos_theta: float, sqrt_s: float) -> list[float]:
        """Up to four energies, as many as the parabolas have at one angle."""
        return self._meetings(
            float(np.rad2deg(np.arccos(_to_lab(np.asarray(cos_theta), self.beta))))
        )

    def _meetings(self, angle: float) -> list[float]:
        """Energies at which a bound passes a lab angle."""
        return [E for p in (self.lower, self.upper) for E in real_roots(np.polysub(p, [angle]))]


@dataclass(frozen=True)
class AnyOf(_Combinable):
    """What at least one of several selections or cuts accepts; what ``|`` makes.

    Parameters
    ----------
    parts : tuple
        Selections or cuts.

    Raises
    ------
    ValueError
        If there is no part.

    Examples
    --------
    >>> left, right = CosThetaWindows(((-0.8, 0.3, 0.0),)), CosThetaWindows(((0.1, 0.7, 1.0),))
    >>> AnyOf((left, right)).intervals(np.array([0.5, 2.0]), 4.0)[..., 0, :]
    array([[-0.8,  0.3],
           [-0.8,  0.7]])
    """

    parts: tuple[Cut, ...]

    def __post_init__(self) -> None:
        _demand_cuts("parts", self.parts)

    def _accepted(self, energy: FloatArray, sqrt_s: FloatOrArray | float) -> FloatArray:
        every = [_accepted(part, energy, sqrt_s) for part in self.parts]
        return merge(np.concatenate(every, axis=-2))

    def kinks(self, sqrt_s: float) -> list[float]:
        """Energies at which a part changes or the edges of two parts cross."""
        return _kinks(self.parts, sqrt_s)


@dataclass(frozen=True)
class Selection(_Combinable):
    """Cuts on the photon that must all hold.

    ``a & b`` accepts what both accept, ``a | b`` what at least one does; either side may be
    a bare cut.  A combination has its name from its parts; `dataclasses.replace` changes it.

    Parameters
    ----------
    name : str
        What to call it in messages and tables.
    cuts : tuple
        Cuts of this module.

    Raises
    ------
    ValueError
        If there is no cut, or if the fixed windows in an ``&`` have nothing in common at any
        energy.  A selection may still accept nothing at one sqrt_s: then the acceptance is 0 and a
        limit inf; `demand_room` makes an error of it.

    Examples
    --------
    >>> from nudp.selections import belle2_bbg, belle2_high_mass, belle2_low_mass
    >>> hard = belle2_bbg() & EnergyWindow(4.0, 6.0)
    >>> hard.name, hard.kinks(112**0.5).round(3)
    ('Belle II bBG & EnergyWindow', array([2.463, 4.   , 4.943]))
    >>> (belle2_low_mass() | belle2_high_mass()).kinks(112**0.5).round(3)[:2]
    array([0.262, 0.274])
    >>> EnergyWindow(1.0, 2.0) & EnergyWindow(3.0, 4.0)
    Traceback (most recent call last):
    ...
    ValueError: 'EnergyWindow(lowest=1.0, highest=2.0)' and 'EnergyWindow(lowest=3.0,
    highest=4.0)' have no photon in common at any energy
    """

    name: str
    cuts: tuple[Cut, ...]

    def __post_init__(self) -> None:
        _checks.instance("name", self.name, str)
        _demand_cuts("cuts", self.cuts)

    def _accepted(self, energy: FloatArray, sqrt_s: FloatOrArray | float) -> FloatArray:
        return _common(self.cuts, energy, sqrt_s)

    def kinks(self, sqrt_s: float) -> FloatArray:
        """Energies strictly between 0 and sqrt_s/2, ascending."""
        root_s = _checks.number("sqrt_s", sqrt_s, _checks.positive)
        return np.array(between(_kinks(self.cuts, root_s), root_s))

    def kinks_anywhere(self, sqrt_s: float) -> list[float]:
        """Energies of all kinks, those that no photon can have included.

        Where the edges of two moving cuts cross is looked for up to sqrt_s, twice what a
        photon can have.

        Parameters
        ----------
        sqrt_s : float
            Centre-of-mass energy [GeV].

        Returns
        -------
        list of float
            Energies [GeV], in no order.

        Examples
        --------
        >>> selection = CosThetaWindows(((-0.8, 0.8, 0.025),)) & EnergyWindow(1.0, 5.0)
        >>> sorted(selection.kinks_anywhere(4.0))  # a photon has at most 2 GeV
        [0.025, 1.0, 5.0]
        """
        return _kinks(self.cuts, sqrt_s)


def as_selection(cut: Cut) -> Selection:
    """A cut by itself as a `Selection`; a selection is returned as it is.

    Parameters
    ----------
    cut : Selection or cut
        One cut, of this module or of one's own, or a selection.

    Returns
    -------
    Selection
        The same photons; named as the cut, or by how it is written if it has no name.

    Raises
    ------
    TypeError
        If ``intervals`` or ``kinks`` is missing.

    Examples
    --------
    >>> as_selection(EnergyWindow(1.0, 2.0)).name
    'EnergyWindow(lowest=1.0, highest=2.0)'
    """
    _checks.cut("cut", cut)
    return cut if isinstance(cut, Selection) else Selection(_name(cut), (cut,))


def within_range(energies: ArrayLike, sqrt_s: float) -> FloatArray:
    """Sort kinks and keep those that a photon can have, each once.

    Parameters
    ----------
    energies : array_like
        Photon energies in the CM frame, in a row [GeV].
    sqrt_s : float
        Centre-of-mass energy [GeV].

    Returns
    -------
    ndarray
        Energies strictly between 0 and sqrt_s/2 [GeV], ascending.

    Raises
    ------
    ValueError
        If an energy is not finite, or they are not in a row.

    Examples
    --------
    >>> within_range([3.0, 1.0, -1.0, 1.0, 0.5], 4.0)
    array([0.5, 1. ])
    """
    every = _checks.real("energies", energies)
    if every.ndim != 1:
        raise ValueError(f"energies must be in a row, got shape {every.shape}")
    root_s = _checks.number("sqrt_s", sqrt_s, _checks.positive)
    return np.array(between(every.tolist(), root_s))


def demand_room(selection: Cut, sqrt_s: float) -> None:
    """Raise unless a selection accepts some photon at a collision energy.

    An empty selection is no error elsewhere: its acceptance is 0 and its limit inf, which a
    scan over sqrt_s needs.  In a search described by hand it is nearly always a slip.

    Parameters
    ----------
    selection : Selection
        The cuts.
    sqrt_s : float
        Centre-of-mass energy [GeV].

    Raises
    ------
    ValueError
        If nothing is accepted; names the cuts to blame.

    Examples
    --------
    >>> from nudp.selections import besiii_basic
    >>> demand_room(besiii_basic() & EnergyWindow(1000.0, 2000.0), 4.0)  # MeV are no GeV
    Traceback (most recent call last):
    ...
    ValueError: selection 'BESIII basic & EnergyWindow' accepts nothing at 4 GeV: no photon
    passes EnergyWindow(lowest=1000.0, highest=2000.0)
    """
    _checks.cut("selection", selection)
    root_s = _checks.number("sqrt_s", sqrt_s, _checks.positive)
    if _has_room([selection], root_s):
        return
    cuts = getattr(selection, "cuts", (selection,))
    few = (few for size in range(1, len(cuts) + 1) for few in combinations(cuts, size))
    blamed = next(some for some in few if not _has_room(some, root_s))
    raise ValueError(
        f"selection {_name(selection)!r} accepts nothing at {root_s:g} GeV: no photon passes "
        + " and ".join(map(_name, blamed))
    )


def _demand_cuts(name: str, cuts: tuple[Cut, ...]) -> None:
    _checks.instance(name, cuts, tuple)
    if not cuts:
        raise ValueError(f"{name} must hold at least one cut, got ()")
    for cut in cuts:
        _checks.cut(name, cut)


# ---- combinations ------------------------------------------------------------


def _both(one: Cut, other: Cut) -> Selection:
    """Cuts of either side, which must all hold."""
    both = Selection(_joined(" & ", one, other), (*_cuts(one), *_cuts(other)))
    fixed = [cut for cut in both.cuts if _is_fixed(cut)]
    if fixed and not _room_at_some_energy(fixed):
        raise ValueError(
            f"{_name(one)!r} and {_name(other)!r} have no photon in common at any energy"
        )
    return both


def _either(one: Cut, other: Cut) -> Selection:
    """Photons that at least one side accepts."""
    return Selection(_joined(" | ", one, other), (AnyOf((*_parts(one), *_parts(other))),))


def _is_cut(thing: object) -> TypeGuard[Cut]:
    return hasattr(thing, "intervals") and hasattr(thing, "kinks")


def _cuts(thing: Cut) -> tuple[Cut, ...]:
    return thing.cuts if isinstance(thing, Selection) else (thing,)


def _parts(thing: Cut) -> tuple[Cut, ...]:
    """Parts of a union, so that a | b | c is one of three."""
    cuts = _cuts(thing)
    if len(cuts) > 1:
        return (thing,)
    return cuts[0].parts if isinstance(cuts[0], AnyOf) else cuts


def _name(thing: Cut) -> str:
    return getattr(thing, "name", None) or repr(thing)


def _joined(operator: str, *things: Cut) -> str:
    names = [getattr(thing, "name", type(thing).__name__) for thing in things]
    if operator == " & ":
        names = [f"({name})" if " | " in name else name for name in names]
    return operator.join(names)


def _inside(cut: object) -> tuple[Cut, ...]:
    """What a combination is made of."""
    if isinstance(cut, AnyOf):
        return cut.parts
    return cut.cuts if isinstance(cut, Selection) else ()


def _demand_velocity(beta: float | None) -> None:
    if beta is not None:
        _checks.number("beta", beta, _checks.velocity)


def _velocities(cut: Cut) -> list[float]:
    """Velocities of the CM frame for which cuts were worked out, each once [c]."""
    held = (getattr(leaf, "beta", getattr(leaf, "boost", None)) for leaf in _leaves([cut]))
    return sorted({float(beta) for beta in held if isinstance(beta, float | int)})


def _leaves(cuts: Iterable[Cut]) -> Iterator[Cut]:
    """Cuts that are no combination."""
    for cut in cuts:
        if inner := _inside(cut):
            yield from _leaves(inner)
        else:
            yield cut


def _is_fixed(cut: Cut) -> bool:
    return all(isinstance(leaf, CosThetaWindows | EnergyWindow) for leaf in _leaves([cut]))


def _room_at_some_energy(cuts: Sequence[Cut]) -> bool:
    """Whether cuts that know neither beams nor moving edges have anything in common."""
    kinks = np.unique([0.0, *(E for leaf in _leaves(cuts) for E in leaf.kinks(np.nan))])
    energy = np.append((kinks[:-1] + kinks[1:]) / 2, kinks[-1] + 1.0)
    return bool(np.any(width(_common(cuts, energy, np.nan))))


def _has_room(cuts: Sequence[Cut], sqrt_s: float) -> bool:
    edges = np.array([0.0, *between(_kinks(cuts, sqrt_s), sqrt_s), sqrt_s / 2])
    return bool(np.any(width(_common(cuts, (edges[:-1] + edges[1:]) / 2, sqrt_s))))


def _accepted(cut: Cut, energy: FloatArray, sqrt_s: FloatOrArray | float) -> FloatArray:
    """Intervals of a cut, without checks if it is of this module."""
    if isinstance(cut, _Combinable):
        return cut._accepted(energy, sqrt_s)
    if np.ndim(sqrt_s) == 0 or getattr(cut, "takes_arrays", False):
        intervals = _checks.cosine("intervals", cut.intervals(energy, sqrt_s))
        if intervals.shape != (*energy.shape, *intervals.shape[-2:-1], 2):
            raise ValueError(f"intervals must have shape E.shape + (n, 2), got {intervals.shape}")
        return intervals
    # a cut of one's own knows one collision energy at a time, and may add intervals with it
    every = np.broadcast_to(sqrt_s, energy.shape)
    parts = [(every == E, _accepted(cut, energy[every == E], E)) for E in np.unique(every).tolist()]
    most = max((part.shape[-2] for _, part in parts), default=0)
    intervals = np.zeros((*energy.shape, most, 2))
    for there, part in parts:
        intervals[there, : part.shape[-2]] = part
    return intervals


def _common(cuts: Iterable[Cut], energy: FloatArray, sqrt_s: FloatOrArray | float) -> FloatArray:
    return reduce(intersect, (_accepted(cut, energy, sqrt_s) for cut in cuts))


def _kinks(cuts: Iterable[Cut], sqrt_s: float) -> list[float]:
    leaves = list({id(leaf): leaf for leaf in _leaves(cuts)}.values())
    energies = [E for leaf in leaves for E in leaf.kinks(sqrt_s)]
    for pair in combinations(leaves, 2):
        energies.extend(crossings(*pair, sqrt_s))
    _checks.real("kinks", energies)  # a cut of one's own may say anything
    return energies
