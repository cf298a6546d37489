r"""What a real detector does to the counting: its shape, its energy resolution, its gaps.

Sizes of effects, not a simulation: a detector is a cylinder, an energy is off by one factor,
a photon is measured where it hits the cylinder.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from nudp import _checks, background
from nudp.cuts import _velocities
from nudp.kinematics import mass_ratio
from nudp.selections import (
    BELLE2_BOOST,
    BELLE2_ECL_GAPS,
    as_selection,
    within_range,
    without_lab_angles,
)
from nudp.signal import acceptance, decay_length

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from numpy.typing import ArrayLike

    from nudp.selections import Selection
    from nudp.signal import SignalModel
    from nudp.typing import BoolOrArray, Cut, FloatArray, FloatOrArray

__all__ = [
    "BELLE2_ECL",
    "BELLE2_RESOLUTION",
    "BESIII_EMC",
    "BESIII_MDC",
    "BESIII_RESOLUTION",
    "Cylinder",
    "LabEnergyFloor",
    "ScaledEnergy",
    "apparent_angle",
    "decay_probability",
    "effective_length",
    "path_length",
    "smeared_acceptance",
    "smeared_background",
    "without_ecl_gaps",
]


@dataclass(frozen=True)
class Cylinder:
    """A closed cylinder about the beams, with the interaction point inside.

    Parameters
    ----------
    radius : float
        Radius [m].
    forward, backward : float
        Distances of its two ends along +z and -z [m].

    Raises
    ------
    ValueError
        If a size is not positive.

    Examples
    --------
    >>> Cylinder(radius=1.0, forward=2.0, backward=1.5).forward
    2.0
    """

    radius: float
    forward: float
    backward: float

    def __post_init__(self) -> None:
        for field in ("radius", "forward", "backward"):
            _checks.number(field, getattr(self, field), _checks.positive)

    def holds(self, vertex: ArrayLike) -> BoolOrArray:
        """Whether points lie inside.

        Parameters
        ----------
        vertex : array_like, shape (..., 3)
            Points, counted from the interaction point [m].

        Returns
        -------
        ndarray of bool or bool, shape (...)
            True inside, not on the surface.

        Examples
        --------
        >>> cylinder = Cylinder(radius=1.0, forward=2.0, backward=1.5)
        >>> cylinder.holds([[0.0, 0.5, 1.9], [0.0, 0.5, -1.9]])
        array([ True, False])
        """
        x, y, z = np.moveaxis(_vector("vertex", vertex), -1, 0)
        inside: BoolOrArray = (
            (np.hypot(x, y) < self.radius) & (-self.backward < z) & (z < self.forward)
        )
        return inside


#: Inner face of the Belle II calorimeter [m]: the crystals of Belle, Nucl. Instrum. Meth. A 479
#: (2002) 117, kept by Belle II, arXiv:1011.0352.
BELLE2_ECL = Cylinder(radius=1.25, forward=1.96, backward=1.02)
#: Drift chamber of BESIII [m], approximately, the length scale of the paper; arXiv:0911.4960.
BESIII_MDC = Cylinder(radius=0.81, forward=1.29, backward=1.29)
#: Inner face of the BESIII calorimeter [m], approximately; arXiv:0911.4960.
BESIII_EMC = Cylinder(radius=0.94, forward=1.38, backward=1.38)

#: Relative energy resolution of the Belle II calorimeter at a few GeV [1]: between 4 % at
#: 0.1 GeV and 1.6 % at 8 GeV; arXiv:1808.10567.
BELLE2_RESOLUTION = 0.02
#: Relative energy resolution of the BESIII calorimeter barrel at 1 GeV [1]; arXiv:0911.4960.
BESIII_RESOLUTION = 0.025

# Gauss-Legendre for the flight direction, Gauss-Hermite for the energy; doubling either
# changes nothing that a limit would show (tests/beyond/test_detector.py).
_T, _W = np.polynomial.legendre.leggauss(24)
_HERMITE = 15


# ---- where N decays ----------------------------------------------------------


def path_length(
    cylinder: Cylinder, cos_theta_N: ArrayLike, *, velocity: ArrayLike = 1.0, boost: float = 0.0
) -> FloatOrArray:
    r"""Distance that N flies, seen in the CM frame, until it leaves the cylinder.

    After a distance l in the CM frame N is in the lab at :math:`l\sin\theta` from the beam and
    at :math:`\gamma l(\cos\theta + \beta/v)` along it.  At rest, beta = 0, this is the distance
    to the surface.

    Parameters
    ----------
    cylinder : Cylinder
        The detector, at rest in the lab.
    cos_theta_N : array_like
        Cosine of the polar angle of N in the CM frame [1].
    velocity : array_like, optional
        Velocity v of N in the CM frame [c].
    boost : float, optional
        Velocity beta of the CM frame in the lab along +z [c].

    Returns
    -------
    ndarray or float
        Distance [m], broadcast over the arguments.

    Raises
    ------
    ValueError
        If a cosine is outside [-1, 1].

    Examples
    --------
    >>> path_length(Cylinder(1.0, 2.0, 1.5), [-1.0, 0.0, 1.0])
    array([1.5, 1. , 2. ])
    """
    _checks.instance("cylinder", cylinder, Cylinder)
    c = _checks.cosine("cos_theta_N", cos_theta_N)
    speed = _checks.fraction("velocity", velocity)
    _checks.number("boost", boost, _checks.velocity)
    _checks.shapes_fit(cos_theta_N=c, velocity=speed)
    along = (c + boost / speed) / np.sqrt((1 - boost) * (1 + boost))
    ends = np.where(along > 0, cylinder.forward, cylinder.backward)
    with np.errstate(divide="ignore"):
        to_end = ends / np.abs(along)
        to_side = cylinder.radius / np.sqrt((1 - c) * (1 + c))
    length: FloatArray = np.minimum(to_end, to_side)
    return length[()]


def effective_length(
    cylinder: Cylinder,
    sqrt_s: float,
    m_N: ArrayLike,
    d: ArrayLike,
    *,
    width_factor: float = 1.0,
    boost: float = 0.0,
) -> FloatOrArray:
    r"""The l_D of Eq. (5) that gives the same probability to decay as a cylinder does.

    .. math::
        l_D = -l_{dec}\ln\int e^{-l(z_N)/l_{dec}}\,\frac1\sigma\frac{d\sigma}{dz_N}\,dz_N

    For a long decay length it is the mean path, for a short one the shortest.  The photon may
    go anywhere.

    Parameters
    ----------
    cylinder : Cylinder
        The detector.
    sqrt_s : float
        Centre-of-mass energy [GeV].
    m_N, d : array_like
        Mass [GeV] and coupling [GeV^-1] of the heavy neutral lepton.
    width_factor : float, optional
        Width of N in units of Eq. (4) [1].
    boost : float, optional
        Velocity of the CM frame in the lab along +z [c].

    Returns
    -------
    ndarray or float
        Length [m], broadcast over m_N and d.

    Raises
    ------
    ValueError
        If m_N is not below sqrt_s or d is not positive.

    References
    ----------
    arXiv:2204.07802, Eqs. (2), (5) and (6).

    Examples
    --------
    >>> round(float(effective_length(BESIII_MDC, 4.0, 0.1, 1e-7)), 3)
    0.935
    """
    _checks.instance("cylinder", cylinder, Cylinder)
    _checks.positive("d", d)
    _checks.number("sqrt_s", sqrt_s, _checks.positive)
    _checks.number("width_factor", width_factor, _checks.positive)
    _checks.number("boost", boost, _checks.velocity)
    l_dec = np.asarray(decay_length(sqrt_s, m_N, d) / width_factor)
    r, one_minus_r = (a[..., None] for a in mass_ratio(sqrt_s, np.broadcast_arrays(m_N, d)[0]))
    slowness = (1 + r) / one_minus_r
    edges = _corner_directions(cylinder, boost * slowness, boost)
    half = np.diff(edges)[..., None] / 2
    z_N = edges[..., :-1, None] + half * (1 + _T)
    # Eq. (2), normalised
    r, slowness = r[..., None], slowness[..., None]
    share = (1 - z_N**2 + r * (1 + z_N**2)) * 3 / (4 + 8 * r) * half * _W
    path = path_length(cylinder, z_N, velocity=1 / slowness, boost=boost)
    shortest = path.min((-1, -2))
    beyond = (path - shortest[..., None, None]) / l_dec[..., None, None]
    mean = (share * np.expm1(-beyond)).sum((-1, -2))
    length: FloatArray = shortest - l_dec * np.log1p(mean)
    return length[()]


def decay_probability(
    cylinder: Cylinder,
    sqrt_s: float,
    m_N: ArrayLike,
    d: ArrayLike,
    *,
    width_factor: float = 1.0,
    boost: float = 0.0,
) -> FloatOrArray:
    r"""Probability that N decays inside a cylinder, averaged over its flight direction.

    Parameters
    ----------
    cylinder : Cylinder
        The detector.
    sqrt_s : float
        Centre-of-mass energy [GeV].
    m_N, d : array_like
        Mass [GeV] and coupling [GeV^-1] of the heavy neutral lepton.
    width_factor : float, optional
        Width of N in units of Eq. (4) [1].
    boost : float, optional
        Velocity of the CM frame in the lab along +z [c].

    Returns
    -------
    ndarray or float
        Probability [1], broadcast over m_N and d.

    Raises
    ------
    ValueError
        If m_N is not below sqrt_s or d is not positive.

    Examples
    --------
    >>> round(float(decay_probability(BESIII_MDC, 4.0, 0.1, 1e-5)), 3)
    0.841
    """
    length = effective_length(cylinder, sqrt_s, m_N, d, width_factor=width_factor, boost=boost)
    return (-np.expm1(-length * width_factor / decay_length(sqrt_s, m_N, d)))[()]


def _vector(name: str, value: ArrayLike) -> FloatArray:
    array = _checks.real(name, value)
    if array.shape[-1:] != (3,):
        raise ValueError(f"{name} must have three components, got shape {array.shape}")
    return array


def _corner_directions(cylinder: Cylinder, ratio: FloatArray, boost: float) -> FloatArray:
    """Cosines at which N flies through a rim of the cylinder, with -1 and 1 around them.

    ``ratio`` is beta/v.  At a rim R gamma (c + ratio) = +-end sin(theta), squared a quadratic
    in c; a root of the wrong sign is one edge more and does no harm.
    """
    stretched = cylinder.radius**2 / ((1 - boost) * (1 + boost))
    edges = [-np.ones_like(ratio), np.ones_like(ratio)]
    for end in (cylinder.forward, cylinder.backward):
        a, b, c = end**2 + stretched, stretched * ratio, stretched * ratio**2 - end**2
        root = np.sqrt(np.maximum(b**2 - a * c, 0))
        edges += [(-b - root) / a, (-b + root) / a]
    return np.sort(np.clip(np.concatenate(edges, axis=-1), -1, 1), axis=-1)


# ---- where its photon is seen ------------------------------------------------


def apparent_angle(cylinder: Cylinder, vertex: ArrayLike, direction: ArrayLike) -> FloatOrArray:
    """Polar angle at which a photon is seen that did not start at the interaction point.

    A calorimeter measures where a photon arrives and takes it to come from the interaction
    point.

    Parameters
    ----------
    cylinder : Cylinder
        The inner face of the calorimeter.
    vertex, direction : array_like, shape (..., 3)
        Where N decayed [m], and where the photon goes from there, of any length [1].

    Returns
    -------
    ndarray, shape (...)
        Polar angle in the lab [deg].

    Raises
    ------
    ValueError
        If a vertex is not inside the cylinder; `Cylinder.holds` tells.

    Examples
    --------
    >>> here = Cylinder(radius=1.0, forward=2.0, backward=2.0)
    >>> apparent_angle(here, [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]).round(9)
    np.float64(45.0)
    """
    _checks.instance("cylinder", cylinder, Cylinder)
    start, step = _vector("vertex", vertex), _vector("direction", direction)
    _checks.shapes_fit(vertex=start, direction=step)
    if np.any((step == 0).all(-1)):
        raise ValueError(f"direction must not be zero, got {direction!r}")
    start, step = np.broadcast_arrays(start, step)
    outside = ~cylinder.holds(start)
    if np.any(outside):
        raise ValueError(f"vertex must be inside the cylinder, got {start[outside][0].tolist()!r}")
    speed = (step[..., :2] ** 2).sum(-1)
    outward = (start[..., :2] * step[..., :2]).sum(-1)
    room = cylinder.radius**2 - (start[..., :2] ** 2).sum(-1)
    ends = np.where(step[..., 2] > 0, cylinder.forward, -cylinder.backward) - start[..., 2]
    with np.errstate(divide="ignore"):
        # the positive root of speed t^2 + 2 outward t = room; along the beam it is infinite
        to_side = room / (outward + np.sqrt(outward**2 + speed * room))
        # a photon straight across never meets an end, of either sign
        to_end = np.abs(ends / step[..., 2])
    hit = start + np.minimum(to_side, to_end)[..., None] * step
    seen: FloatArray = np.rad2deg(np.arctan2(np.hypot(hit[..., 0], hit[..., 1]), hit[..., 2]))
    return seen[()]


# ---- how its energy is measured ----------------------------------------------


@dataclass(frozen=True)
class ScaledEnergy:
    """A selection applied to energies that are all off by one factor.

    It can take the place of the selection wherever `nudp` asks for one; see `nudp.cuts`.

    Parameters
    ----------
    selection : Selection
        The cuts on the measured energy.
    factor : float
        Measured over true energy [1].

    Raises
    ------
    ValueError
        If the factor is not positive.

    Examples
    --------
    >>> from nudp.selections import besiii_basic
    >>> ScaledEnergy(besiii_basic(), 0.5).kinks(4.0)  # thresholds at 25 and 50 MeV
    array([0.05, 0.1 ])
    """

    selection: Cut
    factor: float

    def __post_init__(self) -> None:
        _checks.cut("selection", self.selection)
        _checks.number("factor", self.factor, _checks.positive)

    @property
    def name(self) -> str:
        """Name of the selection and the factor.

        Examples
        --------
        >>> from nudp.selections import besiii_basic
        >>> ScaledEnergy(besiii_basic(), 0.5).name
        'BESIII basic, energies times 0.5'
        """
        return f"{as_selection(self.selection).name}, energies times {self.factor:g}"

    @property
    def beta(self) -> float | None:
        """Velocity of the CM frame in the lab that the cuts are for [c]; None if they say none.

        Examples
        --------
        >>> from nudp.selections import belle2_bbg
        >>> round(ScaledEnergy(belle2_bbg(), 0.5).beta, 4)
        0.2727
        """
        return next(iter(_velocities(self.selection)), None)

    def intervals(self, E: ArrayLike, sqrt_s: float) -> FloatArray:
        """Accepted intervals at true energy."""
        return self.selection.intervals(np.asarray(E, dtype=float) * self.factor, sqrt_s)

    def kinks(self, sqrt_s: float) -> FloatArray:
        """True energies strictly between 0 and sqrt_s/2, ascending."""
        # a kink above sqrt_s/2 moves in when energies are overestimated
        measured = as_selection(self.selection).kinks_anywhere(sqrt_s)
        return within_range([E / self.factor for E in measured], sqrt_s)

    # what the cut offers beyond that, so that no crossing is looked for that has a closed form

    @property
    def fixed_edges(self) -> Callable[[], list[float]]:
        """That of the cut, if it has one."""
        edges: Callable[[], list[float]] = self.selection.fixed_edges  # type: ignore[attr-defined]
        return edges

    @property
    def energies_at(self) -> Callable[[Any, Any], list[Any]]:
        """That of the cut, if it has one, at true energy."""
        measured = self.selection.energies_at  # type: ignore[attr-defined]
        return lambda cos_theta, sqrt_s: [E / self.factor for E in measured(cos_theta, sqrt_s)]


def smeared_acceptance(
    selection: Cut, sqrt_s: float, m_N: ArrayLike, signal: SignalModel, resolution: float
) -> FloatOrArray:
    r"""Acceptance when the energy is measured with a Gaussian relative error.

    Parameters
    ----------
    selection : Selection
        The cuts on the measured energy.
    sqrt_s : float
        Centre-of-mass energy [GeV].
    m_N : array_like
        Mass of the heavy neutral lepton [GeV].
    signal : SignalModel
        Decay distribution.
    resolution : float
        Standard deviation of measured over true energy [1]; small against 1.

    Returns
    -------
    ndarray or float
        Acceptance [1], shaped like m_N.

    Raises
    ------
    ValueError
        If the resolution is negative or above 0.1.

    Examples
    --------
    >>> from nudp import PUBLISHED
    >>> from nudp.selections import besiii_advanced
    >>> round(float(smeared_acceptance(besiii_advanced(), 4.0, 1.0, PUBLISHED, 0.025)), 4)
    0.4663
    """
    start: FloatOrArray = np.float64(0.0)
    scales = _mismeasured(selection, resolution)
    return sum((w * acceptance(scaled, sqrt_s, m_N, signal) for scaled, w in scales), start)


def smeared_background(selection: Cut, sqrt_s: float, resolution: float) -> float:
    """Irreducible background when the energy is measured with a Gaussian relative error.

    Parameters
    ----------
    selection : Selection
        The cuts on the measured energy.
    sqrt_s : float
        Centre-of-mass energy [GeV].
    resolution : float
        Standard deviation of measured over true energy [1]; small against 1.

    Returns
    -------
    float
        Cross section [fb].

    Raises
    ------
    ValueError
        If the resolution is negative or above 0.1, or the background is infinite.

    Examples
    --------
    >>> from nudp.selections import besiii_advanced
    >>> round(smeared_background(besiii_advanced(), 4.0, 0.025), 4)
    0.0296
    """
    scales = _mismeasured(selection, resolution)
    return float(sum(w * background.cross_section(scaled, sqrt_s) for scaled, w in scales))


def _mismeasured(selection: Cut, resolution: float) -> Iterator[tuple[ScaledEnergy, float]]:
    """The selection at each node of a Gaussian in the energy scale, with its weight."""
    _checks.cut("selection", selection)
    width = _checks.number("resolution", resolution, _checks.non_negative)
    if width > 0.1:
        raise ValueError(f"resolution must be at most 0.1, got {resolution!r}")
    nodes, weights = np.polynomial.hermite_e.hermegauss(_HERMITE)
    scaled = [ScaledEnergy(selection, float(1 + width * node)) for node in nodes]
    return zip(scaled, weights / weights.sum(), strict=True)


# ---- what it sees, and what not ------------------------------------------------


@dataclass(frozen=True)
class LabEnergyFloor:
    """Photons above an energy in the lab: a threshold of a calorimeter that the beams move.

    A cut like those of `nudp.cuts`; for beams of equal energy it is `EnergyWindow`.

    Parameters
    ----------
    lowest : float
        Energy in the lab [GeV].
    boost : float
        Velocity of the CM frame in the lab along the electron beam, not 0 [c].

    Raises
    ------
    ValueError
        If the energy is not positive, or the velocity 0 or not below 1.

    Examples
    --------
    >>> floor = LabEnergyFloor(0.1, 0.6)
    >>> floor.intervals([0.04, 0.1], 10.0).round(3)
    array([[[ 0.   ,  0.   ]],
    <BLANKLINE>
           [[-0.333,  1.   ]]])
    >>> [round(E, 3) for E in floor.kinks(10.0)]
    [0.05, 0.2]
    """

    lowest: float
    boost: float

    def __post_init__(self) -> None:
        _checks.number("lowest", self.lowest, _checks.positive)
        if not _checks.number("boost", self.boost, _checks.velocity):
            raise ValueError(f"boost must not be 0, got {self.boost!r}: use EnergyWindow")

    def intervals(self, E: ArrayLike, sqrt_s: float) -> FloatArray:
        """Accepted intervals in the CM frame."""
        energy = _checks.non_negative("E", E)
        with np.errstate(divide="ignore"):  # no photon of zero energy is accepted
            edge = (self._straight / energy - 1) / self.boost
        edge = np.clip(edge, -1, 1)
        ends = [edge, np.ones_like(edge)] if self.boost > 0 else [-np.ones_like(edge), edge]
        whole: FloatArray = np.stack(ends, axis=-1)[..., None, :]
        return np.where(np.diff(whole) > 0, whole, 0.0)

    def kinks(self, sqrt_s: float) -> list[float]:
        """Energies at which the first photon is seen and the last one."""
        return sorted(self._straight / (1 + sign * self.boost) for sign in (1, -1))

    def energies_at(self, cos_theta: Any, sqrt_s: Any) -> list[Any]:
        """One energy, of arrays as well."""
        return [self._straight / (1 + self.boost * cos_theta)]

    @property
    def _straight(self) -> float:
        """Energy in the CM frame of a photon across the beams that has the lowest in the lab."""
        return float(self.lowest * np.sqrt(1 - self.boost**2))


def without_ecl_gaps(selection: Cut) -> Selection:
    """A Belle II selection that drops photons in the gaps of the calorimeter.

    Parameters
    ----------
    selection : Selection
        Cuts of Belle II.

    Returns
    -------
    Selection
        The same cuts outside `nudp.selections.BELLE2_ECL_GAPS`.

    References
    ----------
    arXiv:1808.10567; the gaps are named in arXiv:2204.07802, Sec. II.A.

    Examples
    --------
    >>> from nudp.selections import belle2_basic
    >>> without_ecl_gaps(belle2_basic()).intervals(2.0, 10.58).shape[0]  # three windows
    3
    """
    _checks.cut("selection", selection)
    whole = as_selection(selection)
    left = whole & without_lab_angles(BELLE2_ECL_GAPS, BELLE2_BOOST)
    return replace(left, name=f"{whole.name} without gaps")
