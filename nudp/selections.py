r"""The cuts of the paper, Eqs. (8) to (14), as intervals in cos(theta) at fixed photon energy.

A `Selection` is a tuple of cuts that must all hold; ``&`` and ``|`` make new ones of
selections and bare cuts.  A cut is one of

- `CosThetaWindows`: fixed windows in cos(theta), each with an energy threshold,
- `EnergyWindow`: photon energies between two fixed values,
- `BeamBackgroundEdge`: Eqs. (8), (9) and (14), a photon too hard for the
  rest of the event to have escaped beyond the edges of the calorimeter,
- `LabAngleWindow`: Eqs. (10) to (13), bounds on the lab angle that depend on
  the energy,
- `AnyOf`: what at least one of several selections or cuts accepts.

Any other object may serve as a cut that has `intervals(E, sqrt_s)` and `kinks(sqrt_s)`; one
side of an ``&`` or ``|`` must be of this module.

Energies and cos(theta) are those of the CM frame unless "lab" is said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import elementwise

from nudp import _checks
from nudp.kinematics import boost, cm_from_lab, lab_from_cm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeGuard

    from numpy.typing import ArrayLike

    from nudp.typing import Cut, FloatArray, FloatOrArray, IntArray

__all__ = [
    "BELLE2_BOOST",
    "BELLE2_ECL_GAPS",
    "BELLE2_ECL_RANGE",
    "BESIII_COS_THETA_B",
    "AnyOf",
    "BeamBackgroundEdge",
    "CosThetaWindows",
    "EnergyWindow",
    "LabAngleWindow",
    "Selection",
    "as_selection",
    "beam_background_edge",
    "belle2_basic",
    "belle2_bbg",
    "belle2_high_mass",
    "belle2_low_mass",
    "besiii_advanced",
    "besiii_basic",
    "demand_room",
    "edge_energy",
    "lab_angles",
    "within_range",
    "without_lab_angles",
]

#: Velocity of the CM frame at Belle II, 7 GeV e- on 4 GeV e+ [c].
BELLE2_BOOST = float(boost(7.0, 4.0))

#: Polar angles covered by the Belle II calorimeter in the lab [deg]; arXiv:1808.10567.
BELLE2_ECL_RANGE = (12.4, 155.1)

#: Gaps between its barrel and endcaps in the lab [deg]; arXiv:1808.10567.
BELLE2_ECL_GAPS = ((31.4, 32.2), (128.7, 130.7))

#: Edge of the BESIII subdetectors, cos(theta_b) of Eq. (14) [1]; arXiv:1808.00983.
BESIII_COS_THETA_B = 0.95

# Points between two kinks where the moving edges of two cuts are compared.
_SCAN = 256
# Differences of cosines below this are rounding.
_TOUCHING = 1e-13


class _Combinable:
    """What ``&`` and ``|`` do, for selections and bare cuts alike."""

    if TYPE_CHECKING:
        # each class below has both

        def intervals(self, E: ArrayLike, sqrt_s: float, /) -> FloatArray: ...
        def kinks(self, sqrt_s: float, /) -> Sequence[float] | FloatArray: ...

    @property
    def takes_arrays(self) -> bool:
        """Whether sqrt_s may be an array beside E in `intervals`, as `quadrature` asks it."""
        return True

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

    Raises
    ------
    ValueError
        If there is no window, one is inverted, empty, overlapping or outside
        [-1, 1], or a threshold is negative.

    Examples
    --------
    >>> CosThetaWindows(((-0.8, 0.8, 0.025),)).intervals(np.array([0.01, 1.0]), 4.0)
    array([[[ 0. ,  0. ]],
    <BLANKLINE>
           [[-0.8,  0.8]]])
    """

    windows: tuple[tuple[float, float, float], ...]

    def __post_init__(self) -> None:
        if not isinstance(self.windows, tuple) or not self.windows:
            raise ValueError(f"windows must hold at least one window, got {self.windows!r}")
        if any(np.shape(_checks.real("windows", window)) != (3,) for window in self.windows):
            raise ValueError(f"windows must be three numbers each, got {self.windows!r}")
        previous = -1.0
        for lower, upper, threshold in self.windows:
            _checks.cosine("windows", [lower, upper])
            _checks.non_negative("windows", threshold)
            if not previous <= lower < upper:
                raise ValueError(
                    f"windows must ascend in cos_theta without overlap, got {self.windows!r}"
                )
            previous = upper

    def intervals(self, E: ArrayLike, sqrt_s: float) -> FloatArray:
        """Accepted intervals in cos(theta) in the CM frame.

        Parameters
        ----------
        E : array_like
            Photon energy in the CM frame [GeV].
        sqrt_s : float
            Centre-of-mass energy [GeV].

        Returns
        -------
        ndarray, shape E.shape + (n, 2)
            Lower and upper ends of each window [1]; an interval of zero width is empty.

        Examples
        --------
        >>> CosThetaWindows(((-0.8, 0.8, 0.025),)).intervals(1.0, 4.0)
        array([[-0.8,  0.8]])
        """
        lower, upper, threshold = np.array(self.windows, dtype=float).T
        passed = _checks.non_negative("E", E)[..., None] > threshold
        ends = np.stack([lower, upper], axis=-1)
        return np.where(passed[..., None], ends, 0.0)

    def kinks(self, sqrt_s: float) -> list[float]:
        """Energies at which a window opens.

        Parameters
        ----------
        sqrt_s : float
            Centre-of-mass energy [GeV].

        Returns
        -------
        list of float
            Photon energies [GeV], ascending.

        Examples
        --------
        >>> CosThetaWindows(((-0.8, 0.8, 0.025), (0.86, 0.92, 0.05))).kinks(4.0)
        [0.025, 0.05]
        """
        return sorted({threshold for *_, threshold in self.windows})

    def fixed_edges(self) -> list[float]:
        """Ends of the windows in cos(theta).

        Returns
        -------
        list of float
            Cosines in the CM frame [1], ascending.

        Examples
        --------
        >>> CosThetaWindows(((-0.8, 0.8, 0.025),)).fixed_edges()
        [-0.8, 0.8]
        """
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

    def intervals(self, E: ArrayLike, sqrt_s: float) -> FloatArray:
        """Whole sphere or nothing, by the energy.

        Parameters
        ----------
        E : array_like
            Photon energy in the CM frame [GeV].
        sqrt_s : float
            Centre-of-mass energy [GeV].

        Returns
        -------
        ndarray, shape E.shape + (1, 2)
            Ends in cos(theta) [1]; both 0 outside the window.

        Examples
        --------
        >>> EnergyWindow(1.0, 2.0).intervals(1.5, 4.0)
        array([[-1.,  1.]])
        """
        energy = _checks.non_negative("E", E)[..., None, None]
        inside = (energy > self.lowest) & (energy < self.highest)
        return np.where(inside, np.array([-1.0, 1.0]), 0.0)

    def kinks(self, sqrt_s: float) -> list[float]:
        """Energies at which the window opens and closes.

        Parameters
        ----------
        sqrt_s : float
            Centre-of-mass energy [GeV].

        Returns
        -------
        list of float
            Photon energies [GeV].

        Examples
        --------
        >>> EnergyWindow(1.0, 2.0).kinks(4.0)
        [1.0, 2.0]
        """
        return [self.lowest, self.highest]

    def fixed_edges(self) -> list[float]:
        """No end in cos(theta) of its own.

        Returns
        -------
        list of float
            Nothing; cosines [1] in other cuts.

        Examples
        --------
        >>> EnergyWindow(1.0, 2.0).fixed_edges()
        []
        """
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

    Raises
    ------
    ValueError
        If an angle is not strictly between 0 and 180 degrees or they are not ascending.

    References
    ----------
    arXiv:2204.07802, Eqs. (8), (9) and, with theta_2 = 180 deg - theta_1, Eq. (14).

    Examples
    --------
    >>> BeamBackgroundEdge(30.0, 150.0).intervals(np.array([2.0]), 4.0).round(3)
    array([[[-0.866,  0.866]]])
    """

    theta_1: float
    theta_2: float

    def __post_init__(self) -> None:
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

    def intervals(self, E: ArrayLike, sqrt_s: float) -> FloatArray:
        """Accepted interval in cos(theta) in the CM frame.

        Parameters
        ----------
        E : array_like
            Photon energy in the CM frame [GeV].
        sqrt_s : float
            Centre-of-mass energy [GeV].

        Returns
        -------
        ndarray, shape E.shape + (1, 2)
            Lower and upper end [1]; of zero width where nothing is accepted.

        Examples
        --------
        >>> BeamBackgroundEdge(30.0, 150.0).intervals(2.0, 4.0).round(3)
        array([[-0.866,  0.866]])
        """
        slope, intercept = self.chord
        length = np.hypot(1, slope)
        # sin + A cos = length * sin(theta + phi) is largest at the centre
        centre = np.arctan2(1, slope)
        energy, root_s = _checks.non_negative("E", E), _checks.positive("sqrt_s", sqrt_s)
        _checks.shapes_fit(E=energy, sqrt_s=root_s)
        with np.errstate(divide="ignore"):  # no photon of zero energy is accepted
            reach = intercept * (root_s / energy - 1) / length
        # below the opening nothing is accepted; at E = sqrt_s/2 the ends are opposite the edges
        half = np.arccos(np.minimum(reach, 1))
        ends = [np.cos(centre + half), np.cos(centre - half)]
        return np.stack(ends, axis=-1)[..., None, :]

    def kinks(self, sqrt_s: float) -> list[float]:
        """Energy at which the interval opens.

        Parameters
        ----------
        sqrt_s : float
            Centre-of-mass energy [GeV].

        Returns
        -------
        list of float
            One photon energy [GeV].

        Examples
        --------
        >>> [round(E, 4) for E in BeamBackgroundEdge(30.0, 150.0).kinks(4.0)]
        [1.3333]
        """
        slope, intercept = self.chord
        return [float(sqrt_s * intercept / (intercept + np.hypot(1, slope)))]

    def energies_at(self, cos_theta: float, sqrt_s: float) -> list[float]:
        """Photon energy at which an end of the interval passes cos(theta).

        Parameters
        ----------
        cos_theta : float
            Cosine of the photon polar angle in the CM frame [1].
        sqrt_s : float
            Centre-of-mass energy [GeV].

        Returns
        -------
        list of float
            One photon energy [GeV].

        Examples
        --------
        >>> [round(E, 4) for E in BeamBackgroundEdge(30.0, 150.0).energies_at(0.5, 4.0)]
        [1.4641]
        """
        return [float(_edge_energy(cos_theta, sqrt_s, *self.chord))]


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
    >>> LabAngleWindow((60.0,), (120.0,), beta=0.0).intervals(np.array([1.0]), 4.0).round(3)
    array([[[-0.5,  0.5]]])
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

    def intervals(self, E: ArrayLike, sqrt_s: float) -> FloatArray:
        """Accepted interval in cos(theta) in the CM frame.

        Parameters
        ----------
        E : array_like
            Photon energy in the CM frame [GeV].
        sqrt_s : float
            Centre-of-mass energy [GeV].

        Returns
        -------
        ndarray, shape E.shape + (1, 2)
            Lower and upper end [1]; of zero width where nothing is accepted.

        Examples
        --------
        >>> LabAngleWindow((60.0,), (120.0,), beta=0.0).intervals(1.0, 4.0).round(3)
        array([[-0.5,  0.5]])
        """
        # the fits run off the sphere at low energy, where nothing lies beyond its poles
        energy = _checks.non_negative("E", E)
        bounds = [np.clip(np.polyval(p, energy), 0, 180) for p in (self.lower, self.upper)]
        upper, lower = (cm_from_lab(np.cos(np.deg2rad(theta)), self.beta) for theta in bounds)
        return np.stack([np.minimum(lower, upper), upper], axis=-1)[..., None, :]

    def kinks(self, sqrt_s: float) -> list[float]:
        """Energies at which the bounds cross each other or the beam line.

        Parameters
        ----------
        sqrt_s : float
            Centre-of-mass energy [GeV].

        Returns
        -------
        list of float
            Photon energies [GeV], in no order.

        Examples
        --------
        >>> [round(E, 9) for E in LabAngleWindow((10.0, 60.0), (-5.0, 120.0), beta=0.0).kinks(4.0)]
        [4.0, -6.0, 24.0, 12.0, -12.0]
        """
        opening = np.polysub(self.lower, self.upper)
        return _real_roots(opening) + self._crossings(0.0) + self._crossings(180.0)

    def energies_at(self, cos_theta: float, sqrt_s: float) -> list[float]:
        """Photon energies at which an end of the interval passes cos(theta).

        Parameters
        ----------
        cos_theta : float
            Cosine of the photon polar angle in the CM frame [1].
        sqrt_s : float
            Centre-of-mass energy [GeV].

        Returns
        -------
        list of float
            Photon energies [GeV], in no order.

        Examples
        --------
        >>> window = LabAngleWindow((10.0, 60.0), (-5.0, 120.0), beta=0.0)
        >>> [round(E, 9) for E in window.energies_at(0.0, 4.0)]  # 90 degrees
        [3.0, 6.0]
        """
        return self._crossings(float(np.rad2deg(np.arccos(lab_from_cm(cos_theta, self.beta)))))

    def _crossings(self, angle: float) -> list[float]:
        return [E for p in (self.lower, self.upper) for E in _real_roots(np.polysub(p, [angle]))]


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
        if not self.parts:
            raise ValueError(f"parts must hold at least one cut, got {self.parts!r}")

    @property
    def takes_arrays(self) -> bool:
        """Whether all parts take arrays of sqrt_s.

        Examples
        --------
        >>> AnyOf((EnergyWindow(1.0, 2.0), besiii_basic())).takes_arrays
        True
        """
        return all(map(_checks.takes_arrays, self.parts))

    def intervals(self, E: ArrayLike, sqrt_s: float) -> FloatArray:
        """Accepted intervals in cos(theta) in the CM frame, merged.

        Parameters
        ----------
        E : array_like
            Photon energy in the CM frame [GeV].
        sqrt_s : float
            Centre-of-mass energy [GeV].

        Returns
        -------
        ndarray, shape E.shape + (n, 2)
            Lower and upper ends [1]; an interval of zero width is empty.

        Examples
        --------
        >>> left, right = CosThetaWindows(((-0.8, 0.3, 0.0),)), CosThetaWindows(((0.1, 0.7, 1.0),))
        >>> AnyOf((left, right)).intervals(2.0, 4.0)[0]
        array([-0.8,  0.7])
        """
        energy = _checks.non_negative("E", E)
        every = [part.intervals(energy, sqrt_s) for part in self.parts]
        return _merge(np.concatenate(every, axis=-2))

    def kinks(self, sqrt_s: float) -> list[float]:
        """Energies at which a part changes or the edges of two parts cross.

        Parameters
        ----------
        sqrt_s : float
            Centre-of-mass energy [GeV].

        Returns
        -------
        list of float
            Photon energies [GeV], in no order.

        Examples
        --------
        >>> AnyOf((EnergyWindow(1.0, 2.0), EnergyWindow(1.5, 3.0))).kinks(8.0)
        [1.0, 2.0, 1.5, 3.0]
        """
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
    >>> belle2_basic().intervals(2.0, 10.58).round(3)
    array([[-0.946,  0.96 ]])
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
        if not self.cuts:
            raise ValueError(f"cuts must hold at least one cut, got {self.cuts!r}")

    @property
    def takes_arrays(self) -> bool:
        """Whether all cuts take arrays of sqrt_s.

        Examples
        --------
        >>> besiii_advanced().takes_arrays
        True
        """
        return all(map(_checks.takes_arrays, self.cuts))

    def intervals(self, E: ArrayLike, sqrt_s: float) -> FloatArray:
        """Accepted intervals in cos(theta) in the CM frame.

        Parameters
        ----------
        E : array_like
            Photon energy in the CM frame [GeV].
        sqrt_s : float
            Centre-of-mass energy [GeV].

        Returns
        -------
        ndarray, shape E.shape + (n, 2)
            Lower and upper ends [1]; an interval of zero width is empty.

        Examples
        --------
        >>> besiii_basic().intervals(2.0, 4.0)
        array([[-0.92, -0.86],
               [-0.8 ,  0.8 ],
               [ 0.86,  0.92]])
        """
        energy = _checks.non_negative("E", E)
        result = self.cuts[0].intervals(energy, sqrt_s)
        for cut in self.cuts[1:]:
            result = _intersect(result, cut.intervals(energy, sqrt_s))
        return result

    def kinks(self, sqrt_s: float) -> FloatArray:
        """Photon energies at which the accepted intervals change form.

        Parameters
        ----------
        sqrt_s : float
            Centre-of-mass energy [GeV].

        Returns
        -------
        ndarray
            Energies strictly between 0 and sqrt_s/2 [GeV], ascending.

        Examples
        --------
        >>> besiii_advanced().kinks(4.0).round(3)
        array([0.025, 0.05 , 0.952, 1.369, 1.518, 1.774])
        """
        root_s = _one_energy(sqrt_s)
        return np.array(_within(self.kinks_anywhere(root_s), root_s))

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
        >>> selection = besiii_basic() & EnergyWindow(1.0, 5.0)
        >>> sorted(selection.kinks_anywhere(4.0))  # a photon has at most 2 GeV
        [0.025, 0.05, 1.0, 5.0]
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
    >>> as_selection(besiii_basic()) == besiii_basic()
    True
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
    return np.array(_within(every.tolist(), _one_energy(sqrt_s)))


def _within(energies: Iterable[float], root_s: float) -> list[float]:
    ascending = sorted(E for E in energies if E > 0)
    # one kink met from two sides is one kink; a panel between them would be rounding only
    return [
        E
        for before, E in pairwise([0.0, *ascending])
        if E - before > 1e-12 * root_s and E < root_s / 2 * (1 - 1e-12)
    ]


def edge_energy(
    cos_theta: ArrayLike, sqrt_s: ArrayLike, theta_1: float, theta_2: float
) -> FloatOrArray:
    r"""Eqs. (8) and (14): highest photon energy with nothing else in the calorimeter.

    .. math::
        E_\gamma^m = \sqrt s\,\frac{B}{B + \sin\theta_\gamma + A\cos\theta_\gamma}

    Parameters
    ----------
    cos_theta : array_like
        Cosine of the photon polar angle in the CM frame [1].
    sqrt_s : array_like
        Centre-of-mass energy [GeV].
    theta_1, theta_2 : float
        Polar angles of the calorimeter edges in the CM frame [deg].

    Returns
    -------
    ndarray or float
        E_gamma^m [GeV], broadcast over the arguments; above sqrt_s/2 no photon reaches it.

    Raises
    ------
    ValueError
        If a cosine is outside [-1, 1] or the edges are not two ascending angles.

    References
    ----------
    arXiv:2204.07802, Eq. (8) and, for symmetric edges, Eq. (14).

    Examples
    --------
    >>> round(float(edge_energy(0.0, 4.0, 30.0, 150.0)), 4)  # Eq. (14): 4 / (1 + 1/sin 30)
    1.3333
    """
    z = _checks.cosine("cos_theta", cos_theta)
    root_s = _checks.positive("sqrt_s", sqrt_s)
    _checks.shapes_fit(cos_theta=z, sqrt_s=root_s)
    chord = BeamBackgroundEdge(theta_1, theta_2).chord
    return np.asarray(_edge_energy(z, root_s, *chord))[()]


def _edge_energy(
    z: FloatOrArray | float, sqrt_s: FloatOrArray | float, slope: float, intercept: float
) -> FloatOrArray | float:
    return sqrt_s * intercept / (intercept + ((1 - z) * (1 + z)) ** 0.5 + slope * z)


def lab_angles(lower: float, upper: float, beta: float = 0.0) -> CosThetaWindows:
    """Photons between two fixed lab angles: a detector's coverage.

    A light ray at a fixed lab angle has a fixed angle in the CM frame, whatever its energy.

    Parameters
    ----------
    lower, upper : float
        Polar angles in the lab [deg], ascending.
    beta : float, optional
        Velocity of the CM frame in the lab [c]; 0 for beams of equal energy.

    Returns
    -------
    CosThetaWindows
        One window, without an energy threshold.

    Raises
    ------
    ValueError
        If an angle is outside 0 to 180 degrees or they do not ascend, or abs(beta) is not
        below 1.

    Examples
    --------
    >>> lab_angles(60.0, 120.0).intervals(1.0, 4.0).round(3)
    array([[-0.5,  0.5]])
    """
    upper_cos, lower_cos = _ascending_cosines("lower, upper", (lower, upper), beta)
    return CosThetaWindows(((lower_cos, upper_cos, 0.0),))


def without_lab_angles(gaps: Sequence[tuple[float, float]], beta: float = 0.0) -> CosThetaWindows:
    """Photons outside some ranges of lab angle: gaps of a detector, cut away.

    Parameters
    ----------
    gaps : sequence of (float, float)
        First and last polar angle of each gap in the lab [deg], ascending throughout.
    beta : float, optional
        Velocity of the CM frame in the lab [c].

    Returns
    -------
    CosThetaWindows
        What is left of the sphere, without an energy threshold.

    Raises
    ------
    ValueError
        If an angle is outside 0 to 180 degrees, they do not ascend or nothing is left.

    Examples
    --------
    >>> whole = belle2_basic() & without_lab_angles(BELLE2_ECL_GAPS, BELLE2_BOOST)
    >>> whole.intervals(2.0, 10.58).round(3)
    array([[-0.946, -0.785],
           [-0.767,  0.746],
           [ 0.757,  0.96 ]])
    """
    pairs = _checks.polar_angle("gaps", gaps)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or not pairs.size:
        raise ValueError(f"gaps must be pairs of angles, got {gaps!r}")
    angles = pairs.ravel()
    edges = _ascending_cosines("gaps", angles, beta)[::-1]
    ends = [-1.0, *edges, 1.0]
    left = [(a, b, 0.0) for a, b in zip(ends[::2], ends[1::2], strict=True) if a < b]
    if not left:
        raise ValueError(f"gaps must leave something, got {gaps!r}")
    return CosThetaWindows(tuple(left))


def beam_background_edge(theta_1: float, theta_2: float, beta: float = 0.0) -> BeamBackgroundEdge:
    """Eqs. (8) and (9) for a calorimeter whose edges are given in the lab.

    Parameters
    ----------
    theta_1, theta_2 : float
        Polar angles of the two edges in the lab [deg], theta_1 < theta_2.
    beta : float, optional
        Velocity of the CM frame in the lab [c].

    Returns
    -------
    BeamBackgroundEdge
        The same edges in the CM frame.

    Raises
    ------
    ValueError
        If an angle is not strictly between 0 and 180 degrees, they do not ascend, or
        abs(beta) is not below 1.

    References
    ----------
    arXiv:2204.07802, Eqs. (8) and (9).

    Examples
    --------
    >>> cut = beam_background_edge(*BELLE2_ECL_RANGE, BELLE2_BOOST)
    >>> cut == belle2_bbg().cuts[1]
    True
    """
    lab = [
        _checks.number(name, angle, _checks.polar_angle)
        for name, angle in (("theta_1", theta_1), ("theta_2", theta_2))
    ]
    return BeamBackgroundEdge(*_cm_angles(lab, beta))


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
    >>> demand_room(besiii_advanced(), 4.0)
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
    blamed = next(
        few
        for size in range(1, len(cuts) + 1)
        for few in combinations(cuts, size)
        if not _has_room(few, root_s)
    )
    raise ValueError(
        f"selection {_name(selection)!r} accepts nothing at {root_s:g} GeV: no photon passes "
        + " and ".join(map(_name, blamed))
    )


def belle2_basic() -> Selection:
    """Basic cuts of Belle II: 12.4 < theta_lab < 155.1 deg.

    Returns
    -------
    Selection
        Without an energy floor: fine for a signal, infinite for the background.

    References
    ----------
    arXiv:2204.07802, Sec. II.A.

    Examples
    --------
    >>> belle2_basic().name
    'Belle II basic'
    """
    return Selection("Belle II basic", (_belle2_ecl(),))


def belle2_bbg() -> Selection:
    """Basic cuts and the bBG cut of Belle II, Eqs. (8) and (9).

    Returns
    -------
    Selection
        Edges of Eq. (8) at the ends of the calorimeter.

    References
    ----------
    arXiv:2204.07802, Eqs. (8) and (9).

    Examples
    --------
    >>> belle2_bbg().kinks(112**0.5).round(3)
    array([2.463, 4.943])
    """
    return Selection("Belle II bBG", (_belle2_ecl(), BeamBackgroundEdge(*_belle2_edges())))


def belle2_low_mass() -> Selection:
    """Basic cuts and the low-mass cut of Belle II, Eqs. (10) and (11).

    Returns
    -------
    Selection
        Bounds on the lab angle from arXiv:1911.03176.

    References
    ----------
    arXiv:2204.07802, Eqs. (10) and (11).

    Examples
    --------
    >>> round(float(belle2_low_mass().kinks(112**0.5)[-1]), 3)  # the window opens
    2.955
    """
    window = LabAngleWindow((5.399, -58.82, 195.71), (-7.982, 87.77, -120.6), BELLE2_BOOST)
    return Selection("Belle II low-mass", (_belle2_ecl(), window))


def belle2_high_mass() -> Selection:
    """Basic cuts and the high-mass cut of Belle II, Eqs. (12) and (13).

    Returns
    -------
    Selection
        Bounds on the lab angle from arXiv:1911.03176.

    References
    ----------
    arXiv:2204.07802, Eqs. (12) and (13).

    Examples
    --------
    >>> round(float(belle2_high_mass().kinks(112**0.5)[-1]), 3)  # the window opens
    1.703
    """
    window = LabAngleWindow((3.3133, -33.58, 108.79), (-5.9133, 54.119, -13.781), BELLE2_BOOST)
    return Selection("Belle II high-mass", (_belle2_ecl(), window))


def besiii_basic() -> Selection:
    """Basic cuts of BESIII: 25 MeV in the barrel, 50 MeV in the end-caps.

    Returns
    -------
    Selection
        Photons of abs(z) < 0.8 or 0.86 < abs(z) < 0.92.

    References
    ----------
    arXiv:2204.07802, Sec. II.B.

    Examples
    --------
    >>> besiii_basic().kinks(4.0)
    array([0.025, 0.05 ])
    """
    return Selection("BESIII basic", (_besiii_calorimeter(),))


def besiii_advanced() -> Selection:
    """Advanced cuts of BESIII and STCF: the basic cuts and Eq. (14).

    Returns
    -------
    Selection
        Eq. (14) with cos(theta_b) = 0.95.

    References
    ----------
    arXiv:2204.07802, Sec. II.B and Eq. (14).

    Examples
    --------
    >>> round(float(besiii_advanced().kinks(4.0)[2]), 3)  # the first photons, at 90 degrees
    0.952
    """
    edge = float(np.rad2deg(np.arccos(BESIII_COS_THETA_B)))
    cuts = (_besiii_calorimeter(), BeamBackgroundEdge(edge, 180 - edge))
    return Selection("BESIII advanced", cuts)


def _one_energy(sqrt_s: float) -> float:
    return _checks.number("sqrt_s", sqrt_s, _checks.positive)


def _demand_cuts(name: str, cuts: tuple[Cut, ...]) -> None:
    _checks.instance(name, cuts, tuple)
    for cut in cuts:
        _checks.cut(name, cut)


def _belle2_edges() -> list[float]:
    return _cm_angles(BELLE2_ECL_RANGE, BELLE2_BOOST)


def _belle2_ecl() -> CosThetaWindows:
    return lab_angles(*BELLE2_ECL_RANGE, BELLE2_BOOST)


def _besiii_calorimeter() -> CosThetaWindows:
    endcap, barrel = 0.050, 0.025
    return CosThetaWindows(((-0.92, -0.86, endcap), (-0.8, 0.8, barrel), (0.86, 0.92, endcap)))


def _intersect(first: FloatArray, second: FloatArray) -> FloatArray:
    lower = np.maximum(first[..., :, None, 0], second[..., None, :, 0])
    upper = np.minimum(first[..., :, None, 1], second[..., None, :, 1])
    # the count in full: of no energies at all, -1 would not know it
    shape = (*lower.shape[:-2], lower.shape[-2] * lower.shape[-1])
    return _ends(lower.reshape(shape), upper.reshape(shape))


def _ends(lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Intervals of these ends; an empty one lies at 0, off the beam line."""
    return np.where((lower < upper)[..., None], np.stack([lower, upper], axis=-1), 0.0)


def _real_roots(polynomial: ArrayLike) -> list[float]:
    coefficients = np.asarray(polynomial, dtype=float)
    # a leading coefficient as small as that has its root where no photon is, beyond all floats
    counts = np.abs(coefficients) > 1e-290 * np.abs(coefficients).max()
    roots = np.roots(coefficients[np.argmax(counts) :])
    return [float(root.real) for root in roots if abs(root.imag) < 1e-12]


def _merge(intervals: FloatArray) -> FloatArray:
    """Union of intervals: overlapping ones become one, the others of zero width."""
    order = np.argsort(intervals[..., 0], axis=-1)
    lower, upper = (np.take_along_axis(intervals[..., side], order, axis=-1) for side in (0, 1))
    reach = np.maximum.accumulate(upper, axis=-1)
    first = np.ones(lower.shape, dtype=bool)
    first[..., 1:] = lower[..., 1:] > reach[..., :-1]
    last = np.roll(first, -1, axis=-1)
    # each run of overlapping intervals ends where its last one has reached
    ends = np.where(last, reach, np.inf)[..., ::-1]
    ends = np.minimum.accumulate(ends, axis=-1)[..., ::-1]
    return _ends(np.where(first, lower, ends), ends)


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
    if len(cuts) == 1:
        return cuts[0].parts if isinstance(cuts[0], AnyOf) else (cuts[0],)
    return (thing,)


def _name(thing: Cut) -> str:
    return getattr(thing, "name", None) or repr(thing)


def _joined(operator: str, *things: Cut) -> str:
    names = [getattr(thing, "name", type(thing).__name__) for thing in things]
    if operator == " & ":
        names = [f"({name})" if " | " in name else name for name in names]
    return operator.join(names)


def _leaves(cuts: Iterable[Cut]) -> list[Cut]:
    """Cuts that are no combination, each once."""
    found: dict[int, Cut] = {}
    for cut in cuts:
        if isinstance(cut, Selection):
            inner = _leaves(cut.cuts)
        elif isinstance(cut, AnyOf):
            inner = _leaves(cut.parts)
        else:
            inner = [cut]
        found |= {id(leaf): leaf for leaf in inner}
    return list(found.values())


def _is_fixed(cut: Cut) -> bool:
    return all(isinstance(leaf, CosThetaWindows | EnergyWindow) for leaf in _leaves([cut]))


def _room_at_some_energy(cuts: Sequence[Cut]) -> bool:
    """Whether cuts that know neither beams nor moving edges have anything in common."""
    kinks = np.unique([0.0, *(E for leaf in _leaves(cuts) for E in leaf.kinks(np.nan))])
    energy = np.append((kinks[:-1] + kinks[1:]) / 2, kinks[-1] + 1.0)
    return bool(np.any(_width(_common(cuts, energy, np.nan))))


def _has_room(cuts: Sequence[Cut], sqrt_s: float) -> bool:
    edges = np.concatenate([[0.0], within_range(_kinks(cuts, sqrt_s), sqrt_s), [sqrt_s / 2]])
    return bool(np.any(_width(_common(cuts, (edges[:-1] + edges[1:]) / 2, sqrt_s))))


def _common(cuts: Iterable[Cut], energy: FloatArray, sqrt_s: float) -> FloatArray:
    first, *rest = cuts
    result = first.intervals(energy, sqrt_s)
    for cut in rest:
        result = _intersect(result, cut.intervals(energy, sqrt_s))
    return result


def _width(intervals: FloatArray) -> FloatArray:
    width: FloatArray = np.diff(intervals, axis=-1).sum((-1, -2))
    return width


def _kinks(cuts: Iterable[Cut], sqrt_s: float) -> list[float]:
    leaves = _leaves(cuts)
    energies = [E for leaf in leaves for E in leaf.kinks(sqrt_s)]
    for pair in combinations(leaves, 2):
        energies.extend(_crossings(*pair, sqrt_s))
    return energies


def _crossings(first: Cut, second: Cut, sqrt_s: float) -> list[float]:
    """Energies [GeV] at which an edge of one cut passes an edge of the other."""
    fixed = [cut for cut in (first, second) if hasattr(cut, "fixed_edges")]
    if len(fixed) == 2:
        return []
    for one, other in ((first, second), (second, first)):
        if hasattr(one, "energies_at") and hasattr(other, "fixed_edges"):
            return [E for edge in other.fixed_edges() for E in one.energies_at(edge, sqrt_s)]
    return _moving_crossings(first, second, sqrt_s)


def _moving_crossings(first: Cut, second: Cut, sqrt_s: float) -> list[float]:
    """Crossings without a closed form: brackets from a scan, then roots to full precision."""

    def edges(energy: FloatArray) -> list[FloatArray]:
        pair = (cut.intervals(energy, sqrt_s) for cut in (first, second))
        return [ends.reshape(*energy.shape, 2 * ends.shape[-2]) for ends in pair]

    def distance(energy: FloatArray, i: IntArray, j: IntArray) -> FloatArray:
        one, two = edges(energy)
        return (
            np.take_along_axis(one, i[..., None], -1)[..., 0]
            - (np.take_along_axis(two, j[..., None], -1)[..., 0])
        )

    own = [E for cut in (first, second) for E in cut.kinks(sqrt_s)]
    borders = np.concatenate([[0.0], within_range(own, 2 * sqrt_s), [sqrt_s]])
    # closer near the kinks, where an edge may move as a square root; the kinks themselves
    # belong to two panels and are left out
    share = np.sin(np.linspace(0, np.pi / 2, _SCAN)) ** 2
    share[0], share[-1] = 1e-12, 1 - 1e-12
    energy = borders[:-1, None] + np.diff(borders)[:, None] * share
    one, two = edges(energy)
    gap = np.moveaxis(one[..., :, None] - two[..., None, :], 1, -1)  # (panel, edge, edge, node)
    left, right, pair = _brackets(energy, gap, distance)
    if not left.size:
        return []
    roots = elementwise.find_root(distance, (left, right), args=pair)
    if not roots.success.all():
        raise RuntimeError("a crossing of two edges did not converge")
    energies: list[float] = np.ravel(roots.x).tolist()
    return energies


def _brackets(
    energy: FloatArray,
    gap: FloatArray,
    distance: Callable[[FloatArray, IntArray, IntArray], FloatArray],
) -> tuple[FloatArray, FloatArray, tuple[IntArray, IntArray]]:
    """Where a gap changes sign: seen on the nodes, or at a dip between them."""
    gap = np.where(np.abs(gap) < _TOUCHING, 0.0, gap)
    node = np.broadcast_to(np.arange(gap.shape[-1]), gap.shape)
    before = np.maximum.accumulate(np.where(gap != 0, node, 0), axis=-1)[..., :-1]
    changed = np.take_along_axis(gap, before, -1) * gap[..., 1:] < 0
    panel, i, j, k = np.nonzero(changed)
    found = [(energy[panel, before[changed]], energy[panel, k + 1], i, j)]

    near, here, far = np.abs(gap[..., :-2]), np.abs(gap[..., 1:-1]), np.abs(gap[..., 2:])
    same = (gap[..., :-2] * gap[..., 1:-1] > 0) & (gap[..., 1:-1] * gap[..., 2:] > 0)
    dip = same & (here <= near) & (here <= far) & (here < np.maximum(near, far))
    panel, i, j, k = np.nonzero(dip)
    if panel.size:
        low, middle, high = (energy[panel, k + step] for step in range(3))
        sign = np.sign(gap[panel, i, j, k + 1])

        def signed(energy: FloatArray, sign: FloatArray, i: IntArray, j: IntArray) -> FloatArray:
            return sign * distance(energy, i, j)

        lowest = elementwise.find_minimum(signed, (low, middle, high), args=(sign, i, j))
        through = np.ravel(lowest.f_x) < -_TOUCHING
        bottom = np.ravel(lowest.x)[through]
        found.append((low[through], bottom, i[through], j[through]))
        found.append((bottom, high[through], i[through], j[through]))
    left, right, i, j = (np.concatenate(column) for column in zip(*found, strict=True))
    return left, right, (i, j)


# ---- angles ------------------------------------------------------------------


def _cm_angles(lab: ArrayLike, beta: float) -> list[float]:
    """Polar angles in the CM frame [deg] of lab angles [deg]."""
    velocity = _checks.number("beta", beta, _checks.velocity)
    cosines = cm_from_lab(np.cos(np.deg2rad(lab)), velocity)
    return [float(theta) for theta in np.rad2deg(np.arccos(cosines))]


def _ascending_cosines(name: str, lab: ArrayLike, beta: float) -> list[float]:
    """Cosines in the CM frame of ascending lab angles, and so descending."""
    angles = _checks.polar_angle(name, lab)
    if np.any(np.diff(angles) <= 0):
        raise ValueError(f"{name} must ascend, got {angles.tolist()!r}")
    return [float(z) for z in np.cos(np.deg2rad(_cm_angles(angles, beta)))]
