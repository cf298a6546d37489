r"""The irreducible background e+e- -> nu nubar gamma, three flavours, in the contact limit.

The paper does not print it; Ma and Okada (1978), Gaemers, Gastmans and Renard
(1979), arXiv:1808.00983 and arXiv:1903.12114 do.  Initial-state radiation
beyond the one photon is neglected.  Symbols: E = E_gamma and z = cos(theta)
in the CM frame, s_gamma = s - 2 sqrt_s E the squared mass of the neutrino pair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nudp import _checks, _old_names
from nudp.constants import ALPHA, FB_GEV2, G_F, SIN2_THETA_W
from nudp.quadrature import NODES, WEIGHTS, Grid, accepted_grid
from nudp.selections import as_selection

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from nudp.typing import Cut, FloatArray, FloatOrArray

__all__ = [
    "LARGEST_SQRT_S",
    "coupling_factor",
    "cross_section",
    "differential_cross_section",
    "flat",
    "photon_spectrum",
    "polarised_ratio",
]

if not TYPE_CHECKING:
    __getattr__ = _old_names.functions_of(__name__)

#: Above this energy the contact limit is refused [GeV]: up to here W and Z move the background
#: under the paper's cuts by less than 4 % (`nudp.beyond.electroweak.propagator_ratio`), then the
#: Z pole is near.
LARGEST_SQRT_S = 40.0


def differential_cross_section(
    E_gamma: ArrayLike, cos_theta: ArrayLike, sqrt_s: ArrayLike
) -> FloatOrArray:
    r"""Density of the background in photon energy and polar angle.

    .. math::
        \frac{d^2\sigma}{dE\,dz} = \frac{\alpha G_F^2 s_\gamma^2}{4\pi^2 s E (1-z^2)}
        \left(8 s_W^4 - \tfrac43 s_W^2 + 1\right)
        \left[1 + \frac{E^2}{s_\gamma}(1+z^2)\right]

    Parameters
    ----------
    E_gamma, cos_theta, sqrt_s : array_like
        Photon energy [GeV] and cosine of its polar angle [1] in the CM frame, centre-of-mass energy
        [GeV].

    Returns
    -------
    ndarray or float
        Density d2sigma/dE dz [fb GeV^-1], broadcast over the arguments; 0 above E = sqrt_s/2.

    Raises
    ------
    ValueError
        If E_gamma is not positive, cos_theta not strictly between -1 and 1,
        or sqrt_s above `LARGEST_SQRT_S`.

    Examples
    --------
    >>> round(float(differential_cross_section(1.0, 0.0, sqrt_s=4.0)), 4)
    0.0493
    """
    energy, root_s = _checks.positive("E_gamma", E_gamma), _checks.positive("sqrt_s", sqrt_s)
    z = _checks.cosine("cos_theta", cos_theta)
    _checks.shapes_fit(E_gamma=energy, cos_theta=z, sqrt_s=root_s)
    _demand_contact_limit(root_s)
    _demand_off_beam(z)
    mass2 = _squared_pair_mass(energy, root_s)
    shape = mass2 * (mass2 + energy**2 * (1 + z**2)) / (1 - z**2)
    return (_prefactor(energy, root_s) * shape)[()]


def photon_spectrum(E_gamma: ArrayLike, selection: Cut, sqrt_s: float) -> FloatOrArray:
    r"""Energy spectrum of the background after a selection.

    The z-integral is elementary: with :math:`k = E^2/s_\gamma`,
    :math:`\int (1 + k(1+z^2))/(1-z^2)\,dz = -kz + (1+2k)\,\mathrm{artanh}\,z`.

    Parameters
    ----------
    E_gamma : array_like
        Photon energy in the CM frame [GeV].
    selection : Selection
        The cuts.
    sqrt_s : float
        Centre-of-mass energy [GeV].

    Returns
    -------
    ndarray or float
        Spectrum dsigma/dE [fb GeV^-1], shaped like E_gamma; 0 where nothing is accepted.

    Raises
    ------
    ValueError
        If E_gamma is not positive, sqrt_s is above `LARGEST_SQRT_S`, or the
        selection reaches the beam line, where the spectrum is infinite.

    Examples
    --------
    >>> from nudp.selections import besiii_advanced
    >>> photon_spectrum([0.5, 1.0, 1.5], besiii_advanced(), sqrt_s=4.0).round(4)
    array([0.    , 0.0362, 0.0275])
    """
    _checks.cut("selection", selection)
    one_energy = _checks.number("sqrt_s", sqrt_s, _checks.positive)
    energy, root_s = _checks.positive("E_gamma", E_gamma), np.array(one_energy)
    _demand_contact_limit(root_s)
    # above the endpoint nothing is left to select
    intervals = selection.intervals(np.minimum(energy, one_energy / 2), one_energy)
    _demand_off_beam(intervals)
    return _spectrum(intervals, energy, root_s)[()]


def cross_section(selection: Cut, sqrt_s: float) -> float:
    """Background cross section after a selection, without photon efficiency.

    Parameters
    ----------
    selection : Selection
        The cuts.
    sqrt_s : float
        Centre-of-mass energy [GeV].

    Returns
    -------
    float
        Cross section sigma [fb].

    Raises
    ------
    ValueError
        If the selection has no energy floor or reaches the beam line, where
        the cross section is infinite, or sqrt_s is above `LARGEST_SQRT_S`.

    Examples
    --------
    >>> from nudp.selections import besiii_advanced
    >>> round(cross_section(besiii_advanced(), 4.0), 4)
    0.0295
    """
    grid = accepted_grid(selection, _checks.number("sqrt_s", sqrt_s))
    return float(_cross_sections(grid)[0])


def _cross_sections(grid: Grid) -> FloatArray:
    """Background cross sections [fb] at the energies of a grid."""
    total: FloatArray = _weighted_spectrum(grid).sum((-1, -2))
    return total


def coupling_factor(sin2_theta_W: ArrayLike = SIN2_THETA_W) -> FloatOrArray:
    r"""Electroweak couplings in the background, :math:`8 s_W^4 - \tfrac43 s_W^2 + 1`.

    With :math:`g_L` and :math:`g_R` of the electron it is
    :math:`\tfrac43[(g_L + 1)^2 + 2 g_L^2 + 3 g_R^2]`: the electron neutrino sees the W as well,
    the other two see the Z alone.  The whole background is proportional to it.

    Parameters
    ----------
    sin2_theta_W : array_like, optional
        Squared sine of the weak mixing angle [1].

    Returns
    -------
    ndarray or float
        The factor [1], shaped like sin2_theta_W.

    Raises
    ------
    ValueError
        If sin2_theta_W is negative or above 1.

    Examples
    --------
    >>> round(float(coupling_factor(0.25)), 4)
    1.1667
    """
    sin2 = _checks.non_negative("sin2_theta_W", sin2_theta_W)
    if np.any(sin2 > 1):
        raise ValueError(f"sin2_theta_W must be at most 1, got {sin2_theta_W!r}")
    return _couplings(sin2)[()]


def _couplings(sin2: FloatArray) -> FloatArray:
    return 8 * sin2**2 - 4 / 3 * sin2 + 1


def polarised_ratio(electron: ArrayLike, positron: ArrayLike) -> FloatOrArray:
    r"""Background with polarised beams over that without, in the contact limit.

    .. math::
        \frac{(1-P_-)(1+P_+)\,L + (1+P_-)(1-P_+)\,R}{L + R},
        \qquad L = (g_L+1)^2 + 2g_L^2,\quad R = 3g_R^2

    The W sees left-handed electrons alone.  Energies and angles of the photon do not change.

    Parameters
    ----------
    electron, positron : array_like
        Longitudinal polarisations :math:`P_-` and :math:`P_+`, 1 if all are right-handed [1].

    Returns
    -------
    ndarray or float
        Ratio [1], broadcast over the arguments.

    Raises
    ------
    ValueError
        If a polarisation is not between -1 and 1.

    Examples
    --------
    >>> round(float(polarised_ratio(0.7, 0.0)), 3)
    0.567
    """
    one, other = _checks.cosine("electron", electron), _checks.cosine("positron", positron)
    _checks.shapes_fit(electron=one, positron=other)
    return _polarised_ratio(one, other)[()]


def _polarised_ratio(electron: FloatArray, positron: FloatArray) -> FloatArray:
    left = (SIN2_THETA_W + 0.5) ** 2 + 2 * (SIN2_THETA_W - 0.5) ** 2
    right = 3 * SIN2_THETA_W**2
    weighed: FloatArray = (1 - electron) * (1 + positron) * left
    weighed = weighed + (1 + electron) * (1 - positron) * right
    return weighed / (left + right)


def flat(E_gamma: FloatArray, cos_theta: FloatArray) -> FloatArray:
    """Density of a reducible background that knows neither energy nor angle.

    Parameters
    ----------
    E_gamma, cos_theta : ndarray
        Photon energy [GeV] and cosine of its polar angle [1], in the CM frame.

    Returns
    -------
    ndarray
        Ones, shaped like the arguments [1].

    Examples
    --------
    >>> flat(np.array([1.0, 2.0]), np.array([0.0, 0.5]))
    array([1., 1.])
    """
    energy, z = _checks.non_negative("E_gamma", E_gamma), _checks.cosine("cos_theta", cos_theta)
    _checks.shapes_fit(E_gamma=energy, cos_theta=z)
    return np.ones(np.broadcast_shapes(energy.shape, z.shape))


def _weighted_spectrum(grid: Grid) -> FloatArray:
    """Accepted cross section [fb] that each node in energy stands for."""
    if (grid.panels[..., 0] == 0).any():
        name = as_selection(grid.selection).name
        raise ValueError(
            f"selection {name!r} has no energy floor: the background is infinite there"
        )
    root_s = grid.sqrt_s[:, None, None]
    _demand_contact_limit(root_s)
    _demand_off_beam(grid.intervals)
    weigh = getattr(grid.selection, "weigh", None)
    return grid.weight * _spectrum(grid.intervals, grid.energy, root_s, weigh)


def _spectrum(
    intervals: FloatArray,
    energy: FloatArray,
    root_s: FloatArray,
    weigh: Callable[[FloatArray, FloatArray], FloatArray] | None = None,
) -> FloatArray:
    """Spectrum dsigma/dE [fb GeV^-1] of what lies in the intervals, weighed by an efficiency."""
    square = (energy**2)[..., None, None]
    mass2 = _squared_pair_mass(energy, root_s)[..., None, None]
    if weigh is not None:
        # artanh(z) as variable takes the poles at the beams away
        span = np.diff(np.arctanh(intervals), axis=-1)
        z = np.tanh(np.arctanh(intervals[..., :1]) + span * NODES)
        density = mass2 * (mass2 + square * (1 + z**2)) * weigh(energy[..., None, None], z)
        weighed: FloatArray = (density * span * WEIGHTS).sum((-1, -2))
        return _prefactor(energy, root_s) * weighed
    # s_gamma^2 times the bracket: finite at the endpoint, where k = E^2/s_gamma is not
    antiderivative = mass2 * (-square * intervals + (mass2 + 2 * square) * np.arctanh(intervals))
    integral: FloatArray = np.diff(antiderivative, axis=-1).sum((-1, -2))
    return _prefactor(energy, root_s) * integral


def _prefactor(energy: FloatArray, root_s: FloatArray) -> FloatArray:
    couplings = _couplings(np.array(SIN2_THETA_W))
    return FB_GEV2 * ALPHA * G_F**2 * couplings / (4 * np.pi**2 * root_s**2 * energy)


def _squared_pair_mass(energy: FloatArray, root_s: FloatArray) -> FloatArray:
    """s_gamma of the neutrino pair [GeV^2]; 0 above the endpoint."""
    return np.maximum(root_s * (root_s - 2 * energy), 0.0)


def _demand_off_beam(cos_theta: FloatArray) -> None:
    if np.any(np.abs(cos_theta) == 1):
        raise ValueError(
            "cos_theta reaches the beam line, got 1.0 or -1.0: the background is infinite there"
        )


def _demand_contact_limit(root_s: FloatArray) -> None:
    too_high = root_s[root_s > LARGEST_SQRT_S]
    if too_high.size:
        raise ValueError(
            f"sqrt_s must be at most {LARGEST_SQRT_S} GeV, where the contact limit holds, "
            f"got {float(too_high[0])!r}"
        )
