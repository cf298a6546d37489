r"""The cuts of the paper, Eqs. (8) to (14), as intervals in cos(theta) at fixed photon energy.

A `Selection` is a tuple of cuts that must all hold.  A cut is one of

- `CosThetaWindows`: fixed windows in cos(theta), each with an energy threshold,
- `EnergyWindow`: photon energies between two fixed values,
- `BeamBackgroundEdge`: Eqs. (8), (9) and (14), a photon too hard for the
  rest of the event to have escaped beyond the edges of the calorimeter,
- `LabAngleWindow`: Eqs. (10) to (13), bounds on the lab angle that depend on
  the energy.

Energies and cos(theta) are those of the CM frame unless "lab" is said.
"""

from dataclasses import dataclass

import numpy as np

from nudp import checks
from nudp.kinematics import boost, cm_from_lab, lab_from_cm

__all__ = [
    "BELLE2_BOOST",
    "BELLE2_ECL_GAPS",
    "BELLE2_ECL_RANGE",
    "BESIII_COS_THETA_B",
    "BeamBackgroundEdge",
    "CosThetaWindows",
    "EnergyWindow",
    "LabAngleWindow",
    "Selection",
    "belle2_basic",
    "belle2_bbg",
    "belle2_high_mass",
    "belle2_low_mass",
    "besiii_advanced",
    "besiii_basic",
    "edge_energy",
    "within_range",
]

#: Velocity of the CM frame at Belle II, 7 GeV e- on 4 GeV e+ [c].
BELLE2_BOOST = float(boost(7.0, 4.0))

#: Polar angles covered by the Belle II calorimeter in the lab [deg]; arXiv:1808.10567.
BELLE2_ECL_RANGE = (12.4, 155.1)

#: Gaps between its barrel and endcaps in the lab [deg]; arXiv:1808.10567.
BELLE2_ECL_GAPS = ((31.4, 32.2), (128.7, 130.7))

#: Edge of the BESIII subdetectors, cos(theta_b) of Eq. (14) [1]; arXiv:1808.00983.
BESIII_COS_THETA_B = 0.95


@dataclass(frozen=True)
class CosThetaWindows:
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

    windows: tuple

    def __post_init__(self):
        if not self.windows:
            raise ValueError(f"windows must hold at least one window, got {self.windows!r}")
        previous = -1.0
        for lower, upper, threshold in self.windows:
            checks.cosine("windows", [lower, upper])
            checks.non_negative("windows", threshold)
            if not previous <= lower < upper:
                raise ValueError(
                    f"windows must ascend in cos_theta without overlap, got {self.windows!r}"
                )
            previous = upper

    def intervals(self, E, sqrt_s):
        """Accepted intervals in cos(theta), shape E.shape + (n, 2); zero width if empty."""
        lower, upper, threshold = np.array(self.windows, dtype=float).T
        passed = np.asarray(E)[..., None] > threshold
        ends = np.stack([lower, upper], axis=-1)
        return np.where(passed[..., None], ends, 0.0)

    def kinks(self, sqrt_s):
        """Energies [GeV] at which a window opens."""
        return sorted({threshold for *_, threshold in self.windows})

    def fixed_edges(self):
        """Ends of the windows in cos(theta) [1]."""
        return sorted({edge for *edges, _ in self.windows for edge in edges})


@dataclass(frozen=True)
class EnergyWindow:
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

    def __post_init__(self):
        checks.non_negative("lowest", self.lowest)
        checks.non_negative("highest", self.highest)
        if not self.lowest < self.highest:
            raise ValueError(
                f"lowest must be below highest, got {self.lowest!r} and {self.highest!r}"
            )

    def intervals(self, E, sqrt_s):
        """Whole sphere or nothing, shape E.shape + (1, 2); zero width if empty."""
        energy = np.asarray(E)[..., None, None]
        inside = (energy > self.lowest) & (energy < self.highest)
        return np.where(inside, np.array([-1.0, 1.0]), 0.0)

    def kinks(self, sqrt_s):
        """Energies [GeV] at which the window opens and closes."""
        return [self.lowest, self.highest]

    def fixed_edges(self):
        """No end in cos(theta) of its own."""
        return []


@dataclass(frozen=True)
class BeamBackgroundEdge:
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

    def __post_init__(self):
        for name in ("theta_1", "theta_2"):
            angle = float(checks.polar_angle(name, getattr(self, name)))
            if angle in (0.0, 180.0):
                raise ValueError(f"{name} must be off the beam line, got {angle!r}")
        if not self.theta_1 < self.theta_2:
            raise ValueError(
                f"theta_1 must be below theta_2, got {self.theta_1!r} and {self.theta_2!r}"
            )

    @property
    def chord(self):
        """Slope A and intercept B of the chord through the two edges [1]."""
        one, two = np.deg2rad([self.theta_1, self.theta_2])
        # (sin 1 - sin 2)/(cos 1 - cos 2), without the cancellation
        slope = -1 / np.tan((one + two) / 2)
        return float(slope), float(np.sin(one) - slope * np.cos(one))

    def intervals(self, E, sqrt_s):
        """Accepted interval in cos(theta), shape E.shape + (1, 2); zero width if empty."""
        slope, intercept = self.chord
        length = np.hypot(1, slope)
        # sin + A cos = length * sin(theta + phi) is largest at the centre
        centre = np.arctan2(1, slope)
        reach = intercept * (sqrt_s / np.asarray(E) - 1) / length
        # below the opening nothing is accepted; at E = sqrt_s/2 the ends are opposite the edges
        half = np.arccos(np.minimum(reach, 1))
        ends = [np.cos(centre + half), np.cos(centre - half)]
        return np.stack(ends, axis=-1)[..., None, :]

    def kinks(self, sqrt_s):
        """Energy [GeV] at which the interval opens."""
        slope, intercept = self.chord
        return [sqrt_s * intercept / (intercept + np.hypot(1, slope))]

    def energies_at(self, cos_theta, sqrt_s):
        """Photon energy [GeV] at which an end of the interval passes cos(theta)."""
        return [edge_energy(cos_theta, sqrt_s, self.theta_1, self.theta_2)]


@dataclass(frozen=True)
class LabAngleWindow:
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

    lower: tuple
    upper: tuple
    beta: float

    def __post_init__(self):
        checks.real("lower", self.lower)
        checks.real("upper", self.upper)
        lab_from_cm(0.0, self.beta)

    def intervals(self, E, sqrt_s):
        """Accepted interval in cos(theta), shape E.shape + (1, 2); zero width if empty."""
        # the fits run off the sphere at low energy, where nothing lies beyond its poles
        bounds = [np.clip(np.polyval(p, E), 0, 180) for p in (self.lower, self.upper)]
        upper, lower = (cm_from_lab(np.cos(np.deg2rad(theta)), self.beta) for theta in bounds)
        return np.stack([np.minimum(lower, upper), upper], axis=-1)[..., None, :]

    def kinks(self, sqrt_s):
        """Energies [GeV] at which the bounds cross each other or the beam line."""
        opening = np.polysub(self.lower, self.upper)
        return _real_roots(opening) + self._crossings(0.0) + self._crossings(180.0)

    def energies_at(self, cos_theta, sqrt_s):
        """Photon energies [GeV] at which an end of the interval passes cos(theta)."""
        return self._crossings(np.rad2deg(np.arccos(lab_from_cm(cos_theta, self.beta))))

    def _crossings(self, angle):
        return [E for p in (self.lower, self.upper) for E in _real_roots(np.polysub(p, [angle]))]


@dataclass(frozen=True)
class Selection:
    """Cuts on the photon that must all hold.

    Parameters
    ----------
    name : str
        What to call it in messages and tables.
    cuts : tuple
        Cuts of this module; at most one with bounds that move with the energy.

    Raises
    ------
    ValueError
        If there is no cut, or more than one moving cut.

    Examples
    --------
    >>> belle2_basic().intervals(2.0, 10.58).round(3)
    array([[-0.946,  0.96 ]])
    """

    name: str
    cuts: tuple

    def __post_init__(self):
        if not self.cuts:
            raise ValueError(f"cuts must hold at least one cut, got {self.cuts!r}")
        if len(self._moving) > 1:
            raise ValueError(
                f"cuts must hold at most one cut that moves with the energy, got {self.cuts!r}"
            )

    @property
    def _moving(self):
        return [cut for cut in self.cuts if hasattr(cut, "energies_at")]

    def intervals(self, E, sqrt_s):
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
        """
        energy = np.asarray(E, dtype=float)
        result = self.cuts[0].intervals(energy, sqrt_s)
        for cut in self.cuts[1:]:
            result = _intersect(result, cut.intervals(energy, sqrt_s))
        return result

    def kinks(self, sqrt_s):
        """Photon energies at which the accepted intervals change form.

        Parameters
        ----------
        sqrt_s : float
            Centre-of-mass energy [GeV].

        Returns
        -------
        ndarray
            Energies strictly between 0 and sqrt_s/2 [GeV], ascending.
        """
        return within_range(self.kinks_anywhere(sqrt_s), sqrt_s)

    def kinks_anywhere(self, sqrt_s):
        """Energies [GeV] of all kinks, in no order, those no photon can have included."""
        energies = [E for cut in self.cuts for E in cut.kinks(sqrt_s)]
        for moving in self._moving:
            for fixed in self.cuts:
                if fixed is not moving:
                    for edge in fixed.fixed_edges():
                        energies.extend(moving.energies_at(edge, sqrt_s))
        return energies


def within_range(energies, sqrt_s):
    """Sort kinks and keep those that a photon can have, each once.

    Parameters
    ----------
    energies : iterable of float
        Photon energies in the CM frame [GeV].
    sqrt_s : float
        Centre-of-mass energy [GeV].

    Returns
    -------
    ndarray
        Energies strictly between 0 and sqrt_s/2 [GeV], ascending.

    Examples
    --------
    >>> within_range([3.0, 1.0, -1.0, 1.0, 0.5], 4.0)
    array([0.5, 1. ])
    """
    energies = np.sort([E for E in energies if E > 0])
    # one kink met from two sides is one kink; a panel between them would be rounding only
    apart = np.diff(energies, prepend=0.0) > 1e-12 * sqrt_s
    return energies[apart & (energies < sqrt_s / 2 * (1 - 1e-12))]


def edge_energy(cos_theta, sqrt_s, theta_1, theta_2):
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
    z = checks.cosine("cos_theta", cos_theta)
    slope, intercept = BeamBackgroundEdge(theta_1, theta_2).chord
    sine = np.sqrt((1 - z) * (1 + z))
    return (np.asarray(sqrt_s) * intercept / (intercept + sine + slope * z))[()]


def belle2_basic():
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


def belle2_bbg():
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


def belle2_low_mass():
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


def belle2_high_mass():
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


def besiii_basic():
    """Basic cuts of BESIII: 25 MeV in the barrel, 50 MeV in the end-caps.

    Returns
    -------
    Selection
        abs(z) < 0.8 or 0.86 < abs(z) < 0.92.

    References
    ----------
    arXiv:2204.07802, Sec. II.B.

    Examples
    --------
    >>> besiii_basic().kinks(4.0)
    array([0.025, 0.05 ])
    """
    return Selection("BESIII basic", (_besiii_calorimeter(),))


def besiii_advanced():
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


def _belle2_edges():
    lab = np.cos(np.deg2rad(BELLE2_ECL_RANGE))
    return [float(theta) for theta in np.rad2deg(np.arccos(cm_from_lab(lab, BELLE2_BOOST)))]


def _belle2_ecl():
    upper, lower = np.cos(np.deg2rad(_belle2_edges()))
    return CosThetaWindows(((float(lower), float(upper), 0.0),))


def _besiii_calorimeter():
    endcap, barrel = 0.050, 0.025
    return CosThetaWindows(((-0.92, -0.86, endcap), (-0.8, 0.8, barrel), (0.86, 0.92, endcap)))


def _intersect(first, second):
    lower = np.maximum(first[..., :, None, 0], second[..., None, :, 0])
    upper = np.minimum(first[..., :, None, 1], second[..., None, :, 1])
    ends = np.stack([lower, np.maximum(lower, upper)], axis=-1)
    return ends.reshape(*ends.shape[:-3], -1, 2)


def _real_roots(polynomial):
    roots = np.roots(polynomial)
    return [float(root.real) for root in roots if abs(root.imag) < 1e-12]
