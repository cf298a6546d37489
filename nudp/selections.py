r"""Eqs. (8) to (14): the cuts of the paper by name, and makers of cuts for other detectors.

The classes of cuts, ``&`` and ``|`` come from `nudp.cuts`, where their protocol is told; all
its public names are found here as well.  Energies and cos(theta) are those of the CM frame
unless "lab" is said.

Examples
--------
>>> hard = belle2_bbg() & EnergyWindow(4.0, 6.0)
>>> hard.name, hard.kinks(112**0.5).round(3)
('Belle II bBG & EnergyWindow', array([2.463, 4.   , 4.943]))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nudp import _checks
from nudp.cuts import (
    AnyOf,
    BeamBackgroundEdge,
    CosThetaWindows,
    EnergyWindow,
    LabAngleWindow,
    Selection,
    as_selection,
    demand_room,
    within_range,
)
from nudp.kinematics import boost, cm_from_lab

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from nudp.typing import FloatOrArray

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


def edge_energy(
    cos_theta: ArrayLike, sqrt_s: ArrayLike, theta_1: float, theta_2: float
) -> FloatOrArray:
    r"""Eqs. (8) and (14): highest photon energy with nothing else in the calorimeter.

    .. math::
        E_\gamma^m = \sqrt s\,\frac{B}{B + \sin\theta_\gamma + A\cos\theta_\gamma}

    Parameters
    ----------
    cos_theta, sqrt_s : array_like
        Cosine of the photon polar angle in the CM frame [1], centre-of-mass energy [GeV].
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
    energies = BeamBackgroundEdge(theta_1, theta_2).energies_at(z, root_s)
    return np.asarray(energies[0])[()]


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
    return CosThetaWindows(((lower_cos, upper_cos, 0.0),), beta)


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
    ends = [-1.0, *_ascending_cosines("gaps", pairs.ravel(), beta)[::-1], 1.0]
    left = [(a, b, 0.0) for a, b in zip(ends[::2], ends[1::2], strict=True) if a < b]
    if not left:
        raise ValueError(f"gaps must leave something, got {gaps!r}")
    return CosThetaWindows(tuple(left), beta)


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
    >>> edge = beam_background_edge(*BELLE2_ECL_RANGE, BELLE2_BOOST)
    >>> round(edge.theta_1, 2), round(edge.theta_2, 2)
    (16.36, 161.05)
    """
    lab = [
        _checks.number(name, angle, _checks.polar_angle)
        for name, angle in (("theta_1", theta_1), ("theta_2", theta_2))
    ]
    first, second = _cm_angles(lab, beta)
    return BeamBackgroundEdge(first, second, beta)


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
    edge = beam_background_edge(*BELLE2_ECL_RANGE, BELLE2_BOOST)
    return Selection("Belle II bBG", (_belle2_ecl(), edge))


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


def _belle2_ecl() -> CosThetaWindows:
    return lab_angles(*BELLE2_ECL_RANGE, BELLE2_BOOST)


def _besiii_calorimeter() -> CosThetaWindows:
    endcap, barrel = 0.050, 0.025
    return CosThetaWindows(((-0.92, -0.86, endcap), (-0.8, 0.8, barrel), (0.86, 0.92, endcap)))


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
