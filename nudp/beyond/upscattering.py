r"""Upscattering of a light neutrino on a charged target at rest: nu + target -> N + target.

The dipole portal, Eq. (1), with a photon exchanged.  Symbols: E is the energy of
the neutrino, M the mass of the target, T its kinetic energy after the collision
(the recoil), m_N the mass of N.  With d = mu/2 and m_N = 0 this is the scattering
of a neutrino with magnetic moment mu.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nudp import _checks
from nudp.constants import ALPHA, ELECTRON_MASS, FB_GEV2, G_F, SIN2_THETA_W

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from nudp.typing import BoolArray, FloatArray, FloatOrArray

__all__ = [
    "differential_cross_section",
    "maximum_mass",
    "recoil_range",
    "standard_model_cross_section",
    "total_cross_section",
]

# enough for the integrand in log T, which is smooth, to nine digits
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


def maximum_mass(E: ArrayLike, M: ArrayLike, T: ArrayLike | None = None) -> FloatOrArray:
    r"""Largest mass of N that a neutrino can make on a target at rest.

    Over all recoils it is :math:`\sqrt s - M` with :math:`s = M^2 + 2ME`.  If the
    target is to recoil with the kinetic energy T and the momentum
    :math:`q = \sqrt{T^2 + 2MT}`, then N is heaviest when it flies straight ahead,

    .. math::
        m_{max}^2 = (E - T)^2 - (E - q)^2 = (q - T)\,(2E - T - q)

    Parameters
    ----------
    E, M : array_like
        Energy of the neutrino and mass of the target [GeV].
    T : array_like, optional
        Kinetic energy of the recoiling target [GeV]; any by default.

    Returns
    -------
    ndarray or float
        Mass [GeV], broadcast over the arguments; 0 where the recoil cannot be
        reached with any N.

    Raises
    ------
    ValueError
        If an argument is not positive and finite.

    Examples
    --------
    >>> round(float(maximum_mass(E=24.0, M=0.000511, T=5.0)), 4)
    0.1393
    >>> round(float(maximum_mass(E=0.016, M=0.000511)) * 1e3, 2)  # MeV
    3.56
    """
    energy = _checks.positive("E", E)
    mass = _checks.positive("M", M)
    _checks.shapes_fit(E=energy, M=mass)
    if T is None:
        return (2 * mass * energy / (np.sqrt(mass**2 + 2 * mass * energy) + mass))[()]
    recoil = _checks.positive("T", T)
    _checks.shapes_fit(E=energy, M=mass, T=recoil)
    q = np.sqrt(recoil**2 + 2 * mass * recoil)
    # q - T without cancellation
    squared = 2 * mass * recoil / (q + recoil) * (2 * energy - recoil - q)
    return np.sqrt(np.maximum(squared, 0.0))[()]


def recoil_range(E: ArrayLike, m_N: ArrayLike, M: ArrayLike) -> tuple[FloatOrArray, FloatOrArray]:
    r"""Smallest and largest recoil of the target, :math:`T_-` and :math:`T_+`.

    .. math::
        T_+ = \frac{2E^*(E_N^* + p^*) - m_N^2}{2M}, \qquad
        T_- = \frac{m_N^4}{4\,s\,T_+}

    with the energies of neutrino and N, and the momentum of N, in the centre-of-mass
    frame, where :math:`s = M^2 + 2ME`.

    Parameters
    ----------
    E, m_N, M : array_like
        Energy of the neutrino, mass of N, of which 0 is allowed, and of the target [GeV].

    Returns
    -------
    tuple of ndarray or float
        Kinetic energies [GeV], broadcast over the arguments.

    Raises
    ------
    ValueError
        If m_N is above `maximum_mass`, negative, or another argument is not positive.

    Examples
    --------
    >>> lowest, highest = recoil_range(E=24.0, m_N=0.1, M=0.000511)
    >>> round(float(lowest), 6), round(float(highest), 3)
    (7.2e-05, 14.215)
    """
    energy, mass, target, allowed = _state(E, m_N, M)
    if not np.all(allowed):
        raise ValueError(f"m_N must not be above maximum_mass(E, M), got {m_N!r} with E {E!r}")
    lowest, highest = _limits(energy, mass, target)
    return lowest[()], highest[()]


def differential_cross_section(
    T: ArrayLike,
    E: ArrayLike,
    m_N: ArrayLike,
    d: ArrayLike,
    M: ArrayLike,
    Z: ArrayLike = 1.0,
    form_factor: Callable[[FloatArray], ArrayLike] | None = None,
) -> FloatOrArray:
    r"""Cross section of nu + target -> N + target, differential in the recoil.

    .. math::
        \frac{d\sigma}{dT} = 4\alpha d^2 Z^2 F^2 \left[\frac1T - \frac1E
        - \frac{m_N^2}{2ETM}\left(1 - \frac{T}{2E} + \frac{M}{2E}\right)
        - \frac{m_N^4\,(M - T)}{8E^2T^2M^2}\right]

    for a target of spin 1/2 with the magnetic moment of a Dirac particle, and a
    neutrino of the helicity that Eq. (1) couples.

    Parameters
    ----------
    T, E, m_N : array_like
        Recoil, energy of the neutrino and mass of N, of which 0 is allowed [GeV].
    d : array_like
        Transition magnetic moment [GeV^-1].
    M : array_like
        Mass of the target [GeV].
    Z : array_like, optional
        Charge of the target [e].
    form_factor : callable, optional
        F [1] as a function of the momentum transfer Q = sqrt(2MT) [GeV]; 1 by default.

    Returns
    -------
    ndarray or float
        Density dsigma/dT [fb/GeV], broadcast over the arguments; 0 outside `recoil_range`.

    Raises
    ------
    ValueError
        If d or m_N is negative, or T, E or M is not positive and finite.

    Examples
    --------
    >>> light = differential_cross_section(5.0, 24.0, 1e-6, 4.27e-7, 0.000511)
    >>> f"{light:.4e}"
    '3.2812e-04'
    >>> float(differential_cross_section(5.0, 24.0, 0.14, 4.27e-7, 0.000511))
    0.0
    """
    recoil = _checks.positive("T", T)
    coupling = _checks.non_negative("d", d)
    charge = _checks.real("Z", Z)
    if form_factor is not None:
        _checks.function("form_factor", form_factor)
    energy, mass, target, allowed = _state(E, m_N, M)
    _checks.shapes_fit(T=recoil, d=coupling, Z=charge, E=allowed)
    lowest, highest = _limits(energy, np.where(allowed, mass, 0.0), target)
    # a hair of rounding at the ends is not outside
    slack = 1 + 8 * np.finfo(float).eps
    inside = allowed & (recoil >= lowest / slack) & (recoil <= highest * slack)
    bracket = (
        1 / recoil
        - 1 / energy
        - mass**2 / (2 * energy * recoil * target) * (1 + (target - recoil) / (2 * energy))
        - mass**4 * (target - recoil) / (8 * energy**2 * recoil**2 * target**2)
    )
    F = 1.0 if form_factor is None else form_factor(np.sqrt(2 * target * recoil))
    factor = np.asarray(F, dtype=float)
    sigma = 4 * ALPHA * FB_GEV2 * coupling**2 * charge**2 * factor**2 * bracket
    # at the ends of the range the bracket vanishes, up to rounding of either sign
    return np.where(inside, np.maximum(sigma, 0.0), 0.0)[()]


def total_cross_section(
    E: ArrayLike,
    m_N: ArrayLike,
    d: ArrayLike,
    M: ArrayLike,
    Z: ArrayLike = 1.0,
    form_factor: Callable[[FloatArray], ArrayLike] | None = None,
    T_min: float = 0.0,
    T_max: float = np.inf,
) -> FloatOrArray:
    r"""Cross section of nu + target -> N + target with the recoil in a window.

    Parameters
    ----------
    E, m_N : array_like
        Energy of the neutrino and mass of N; 0 is allowed with T_min above 0 [GeV].
    d : array_like
        Transition magnetic moment [GeV^-1].
    M : array_like
        Mass of the target [GeV].
    Z : array_like, optional
        Charge of the target [e].
    form_factor : callable, optional
        F [1] as a function of the momentum transfer [GeV]; 1 by default.
    T_min, T_max : float, optional
        Lowest and highest recoil that counts [GeV].

    Returns
    -------
    ndarray or float
        Cross section sigma [fb], broadcast over the arguments; 0 where no recoil in the
        window is possible.

    Raises
    ------
    ValueError
        If an argument is not in its range, or both T_min and m_N are 0: then the
        integral diverges.

    Examples
    --------
    >>> f"{total_cross_section(0.01, 0.002, 1e-7, ELECTRON_MASS):.4e}"
    '2.2374e-04'
    """
    energy, mass, target, allowed = _state(E, m_N, M)
    coupling, charge = _checks.non_negative("d", d), _checks.real("Z", Z)
    _checks.shapes_fit(d=coupling, Z=charge, E=allowed)
    floor = _checks.number("T_min", T_min, _checks.non_negative)
    ceiling = _checks.number("T_max", T_max, _checks.positive_or_inf)
    if floor == 0 and np.any(mass == 0):
        raise ValueError("T_min must be positive for a massless N, got 0.0")
    lowest, highest = _limits(energy, np.where(allowed, mass, 0.0), target)
    lowest, highest = np.maximum(lowest, floor), np.minimum(highest, ceiling)
    open_ = allowed & (lowest < highest)
    low, high = (np.log(np.where(open_, end, 1.0)) for end in (lowest, highest))
    half = (high - low)[..., None] / 2
    recoil = np.exp((high + low)[..., None] / 2 + half * _NODES)
    arrays = (energy, mass, coupling, target, charge)
    E, m_N, d, M, Z = (array[..., None] for array in arrays)
    sigma = differential_cross_section(recoil, E, m_N, d, M, Z, form_factor)
    return np.where(open_, (sigma * recoil * half * _WEIGHTS).sum(-1), 0.0)[()]


def standard_model_cross_section(T: ArrayLike, E: ArrayLike) -> FloatOrArray:
    r"""Cross section of nu e -> nu e for a muon or tau neutrino, differential in the recoil.

    .. math::
        \frac{d\sigma}{dT} = \frac{2 G_F^2 m_e}{\pi}\left[g_L^2
        + g_R^2\left(1 - \frac TE\right)^2 - g_L g_R\frac{m_e T}{E^2}\right]

    with :math:`g_L = -1/2 + \sin^2\theta_W` and :math:`g_R = \sin^2\theta_W`.

    Parameters
    ----------
    T, E : array_like
        Kinetic energy of the electron after the collision and energy of the neutrino [GeV].

    Returns
    -------
    ndarray or float
        Density dsigma/dT [fb/GeV], broadcast over the arguments; 0 above the highest recoil.

    Raises
    ------
    ValueError
        If an argument is not positive and finite.

    Examples
    --------
    >>> f"{standard_model_cross_section(5.0, 24.0):.4e}"
    '1.8224e-03'
    """
    recoil = _checks.positive("T", T)
    energy = _checks.positive("E", E)
    _checks.shapes_fit(T=recoil, E=energy)
    left, right = SIN2_THETA_W - 0.5, SIN2_THETA_W
    shape = (
        left**2
        + right**2 * (1 - recoil / energy) ** 2
        - left * right * ELECTRON_MASS * recoil / energy**2
    )
    _, highest = recoil_range(energy, 0.0, ELECTRON_MASS)
    sigma = FB_GEV2 * 2 * G_F**2 * ELECTRON_MASS / np.pi * shape
    return np.where(recoil <= highest, sigma, 0.0)[()]


def _state(
    E: ArrayLike, m_N: ArrayLike, M: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, BoolArray]:
    energy = _checks.positive("E", E)
    mass = _checks.non_negative("m_N", m_N)
    target = _checks.positive("M", M)
    _checks.shapes_fit(E=energy, m_N=mass, M=target)
    return energy, mass, target, mass <= maximum_mass(energy, target)


def _limits(
    energy: FloatArray, mass: FloatArray, target: FloatArray
) -> tuple[FloatArray, FloatArray]:
    s = target**2 + 2 * target * energy
    root_s = np.sqrt(s)
    neutrino = target * energy / root_s
    # lambda(s, m^2, M^2) as a product, which vanishes exactly at the wall
    top = maximum_mass(energy, target)
    product = np.maximum((top - mass) * (top + mass) * (root_s + target - mass), 0.0)
    momentum = np.sqrt(product * (root_s + target + mass)) / (2 * root_s)
    heavy = neutrino + mass**2 / (2 * root_s)
    highest = (2 * neutrino * (heavy + momentum) - mass**2) / (2 * target)
    return mass**4 / (4 * s * highest), highest
