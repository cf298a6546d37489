"""Two-body kinematics of e+e- -> N nubar, N -> nu gamma, and polar angles CM <-> lab.

Frames: the centre-of-mass (CM) frame with +z along the electron beam; the
lab frame, which moves along z.  Symbols: s = sqrt_s^2, r = m_N^2 / s,
x = 2 E_gamma / sqrt_s, z = cos(theta_gamma).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nudp import _checks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from nudp.typing import FloatArray, FloatOrArray

__all__ = [
    "boost",
    "cm_energy",
    "cm_from_lab",
    "cos_opening_angle",
    "heavy_energy",
    "heavy_momentum",
    "lab_from_cm",
    "mass_ratio",
    "photon_energy_lab",
    "photon_energy_range",
]


def mass_ratio(sqrt_s: ArrayLike, m_N: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Mass ratio r = m_N^2 / s and its distance from threshold, 1 - r.

    The second number is computed from (sqrt_s - m_N)(sqrt_s + m_N), which
    keeps its digits when m_N is close to sqrt_s.

    Parameters
    ----------
    sqrt_s, m_N : array_like
        Centre-of-mass energy and mass of the heavy neutral lepton [GeV].

    Returns
    -------
    r : ndarray
        Ratio m_N^2 / s [1].
    one_minus_r : ndarray
        Distance 1 - m_N^2 / s [1]; zero or negative when N cannot be made.

    Raises
    ------
    ValueError
        If an energy or a mass is not positive and finite.

    Examples
    --------
    >>> r, one_minus_r = mass_ratio(4.0, 2.0)
    >>> float(r), float(one_minus_r)
    (0.25, 0.75)
    """
    root_s = _checks.positive("sqrt_s", sqrt_s)
    mass = _checks.positive("m_N", m_N)
    _checks.shapes_fit(sqrt_s=root_s, m_N=mass)
    return _ratio_to_threshold(root_s, mass)


def _ratio_to_threshold(root_s: FloatArray, mass: FloatArray) -> tuple[FloatArray, FloatArray]:
    """`mass_ratio` without its checks."""
    # the difference of two numbers close to each other is exact, that of 1 and their ratio is not
    one_minus_r = (root_s - mass) / root_s * ((root_s + mass) / root_s)
    return (mass / root_s) ** 2, one_minus_r


def heavy_energy(sqrt_s: ArrayLike, m_N: ArrayLike) -> FloatOrArray:
    r"""Energy of N in the CM frame, :math:`E_N = (s + m_N^2) / (2\sqrt{s})` (below Eq. 6).

    Parameters
    ----------
    sqrt_s, m_N : array_like
        Centre-of-mass energy and mass of the heavy neutral lepton [GeV].

    Returns
    -------
    ndarray or float
        E_N [GeV], broadcast over the arguments.

    Raises
    ------
    ValueError
        If an input is not positive and finite, or m_N is not below sqrt_s.

    Examples
    --------
    >>> float(heavy_energy(4.0, 2.0))
    2.5
    """
    root_s, _, r, _ = _below_threshold(sqrt_s, m_N)
    return (root_s * (1 + r) / 2)[()]


def heavy_momentum(sqrt_s: ArrayLike, m_N: ArrayLike) -> FloatOrArray:
    r"""Momentum of N in the CM frame, :math:`p_N = (s - m_N^2) / (2\sqrt{s})`.

    This is :math:`\sqrt{E_N^2 - m_N^2}` of Eq. 6, free of cancellation.

    Parameters
    ----------
    sqrt_s, m_N : array_like
        Centre-of-mass energy and mass of the heavy neutral lepton [GeV].

    Returns
    -------
    ndarray or float
        Momentum p_N [GeV], broadcast over the arguments.

    Raises
    ------
    ValueError
        If an input is not positive and finite, or m_N is not below sqrt_s.

    Examples
    --------
    >>> float(heavy_momentum(4.0, 2.0))
    1.5
    """
    root_s, _, _, one_minus_r = _below_threshold(sqrt_s, m_N)
    return (root_s * one_minus_r / 2)[()]


def photon_energy_range(sqrt_s: ArrayLike, m_N: ArrayLike) -> tuple[FloatOrArray, FloatOrArray]:
    r"""Lowest and highest photon energy in the CM frame.

    A photon of energy m_N/2 in the rest frame of N, boosted backward or
    forward, has :math:`m_N^2/(2\sqrt s) \le E_\gamma \le \sqrt s/2`.

    Parameters
    ----------
    sqrt_s, m_N : array_like
        Centre-of-mass energy and mass of the heavy neutral lepton [GeV].

    Returns
    -------
    lowest : ndarray or float
        Lower bound on E_gamma [GeV], broadcast over the arguments.
    highest : ndarray or float
        Upper bound on E_gamma [GeV], of the same shape.

    Raises
    ------
    ValueError
        If an input is not positive and finite, or m_N is not below sqrt_s.

    Examples
    --------
    >>> lowest, highest = photon_energy_range(4.0, 2.0)
    >>> float(lowest), float(highest)
    (0.5, 2.0)
    """
    root_s, _, r, _ = _below_threshold(sqrt_s, m_N)
    highest = root_s / 2 * np.ones_like(r)
    return (highest * r)[()], highest[()]


def cos_opening_angle(E_gamma: ArrayLike, sqrt_s: ArrayLike, m_N: ArrayLike) -> FloatOrArray:
    r"""Cosine of the angle between photon and N in the CM frame.

    Two-body decay fixes it by the photon energy alone:
    :math:`\cos\alpha = (1 + r - 2r/x) / (1 - r)`.

    Parameters
    ----------
    E_gamma, sqrt_s, m_N : array_like
        Photon energy in the CM frame, centre-of-mass energy, mass of N [GeV].

    Returns
    -------
    ndarray or float
        Cosine cos(alpha) [1], broadcast over the arguments.

    Raises
    ------
    ValueError
        If E_gamma lies outside `photon_energy_range`, or m_N is not below sqrt_s.

    Examples
    --------
    >>> cos_opening_angle([0.5, 2.0], sqrt_s=4.0, m_N=2.0)
    array([-1.,  1.])
    """
    root_s, _, r, one_minus_r = _below_threshold(sqrt_s, m_N)
    highest = root_s / 2
    energy = _checks.positive("E_gamma", E_gamma)
    _checks.shapes_fit(E_gamma=energy, sqrt_s=r)
    # a hair of rounding at the ends is not an error of the caller
    slack = 1 + 4 * np.finfo(float).eps
    if np.any((energy < highest * r / slack) | (energy > highest * slack)):
        raise ValueError(
            f"E_gamma must be between m_N^2/(2 sqrt_s) and sqrt_s/2, got {E_gamma!r} "
            f"with sqrt_s {sqrt_s!r} and m_N {m_N!r}"
        )
    x = energy / highest
    return ((x - r) - r * (1 - x)) / (x * one_minus_r)


def boost(energy_electron: ArrayLike, energy_positron: ArrayLike) -> FloatOrArray:
    """Velocity of the CM frame in the lab for collinear beams.

    Parameters
    ----------
    energy_electron, energy_positron : array_like
        Energies of the beams, the electrons along +z [GeV].

    Returns
    -------
    ndarray or float
        ``beta = (E_- - E_+) / (E_- + E_+)`` [c], positive along the electron.

    Raises
    ------
    ValueError
        If an energy is not positive and finite.

    Examples
    --------
    >>> round(float(boost(7.0, 4.0)), 6)  # 3/11, Belle II
    0.272727
    """
    electron = _checks.positive("energy_electron", energy_electron)
    positron = _checks.positive("energy_positron", energy_positron)
    _checks.shapes_fit(energy_electron=electron, energy_positron=positron)
    return ((electron - positron) / (electron + positron))[()]


def cm_energy(energy_electron: ArrayLike, energy_positron: ArrayLike) -> FloatOrArray:
    """CM energy of collinear beams, with the electron mass left out.

    Parameters
    ----------
    energy_electron, energy_positron : array_like
        Energies of the beams [GeV].

    Returns
    -------
    ndarray or float
        ``sqrt(4 E_- E_+)`` [GeV].

    Raises
    ------
    ValueError
        If an energy is not positive and finite.

    Examples
    --------
    >>> round(float(cm_energy(7.0, 4.0)) ** 2, 9)  # s of Belle II [GeV^2]
    112.0
    """
    electron = _checks.positive("energy_electron", energy_electron)
    positron = _checks.positive("energy_positron", energy_positron)
    _checks.shapes_fit(energy_electron=electron, energy_positron=positron)
    return (2 * np.sqrt(electron * positron))[()]


def lab_from_cm(cos_theta: ArrayLike, beta: ArrayLike) -> FloatOrArray:
    """Polar angle of a photon in the lab (aberration).

    Parameters
    ----------
    cos_theta, beta : array_like
        Cosine of the polar angle in the CM frame [1], and velocity of this frame along +z [c].

    Returns
    -------
    ndarray or float
        Cosine cos(theta_lab) [1], broadcast over the arguments.

    Raises
    ------
    ValueError
        If a cosine is outside [-1, 1] or abs(beta) is not below 1.

    Examples
    --------
    >>> round(float(lab_from_cm(0.0, 3 / 11)), 6)  # sideways photons are swept forward
    0.272727
    """
    z = _checks.cosine("cos_theta", cos_theta)
    velocity = _checks.velocity("beta", beta)
    _checks.shapes_fit(cos_theta=z, beta=velocity)
    return _to_lab(z, velocity)[()]


def _to_lab(z: FloatArray, velocity: FloatArray | float) -> FloatArray:
    """`lab_from_cm` without its checks; the way back is that of the opposite velocity."""
    return (z + velocity) / (1 + velocity * z)


def cm_from_lab(cos_theta_lab: ArrayLike, beta: ArrayLike) -> FloatOrArray:
    """Polar angle of a photon in the CM frame, the inverse of `lab_from_cm`.

    Parameters
    ----------
    cos_theta_lab, beta : array_like
        Cosine of the polar angle in the lab [1], and velocity of the CM frame along +z [c].

    Returns
    -------
    ndarray or float
        Cosine cos(theta) in the CM frame [1], broadcast over the arguments.

    Raises
    ------
    ValueError
        If a cosine is outside [-1, 1] or abs(beta) is not below 1.

    Examples
    --------
    >>> round(float(cm_from_lab(3 / 11, 3 / 11)), 6)
    0.0
    """
    z = _checks.cosine("cos_theta_lab", cos_theta_lab)
    velocity = _checks.velocity("beta", beta)
    _checks.shapes_fit(cos_theta_lab=z, beta=velocity)
    return _to_lab(z, -velocity)[()]


def photon_energy_lab(E_gamma: ArrayLike, cos_theta: ArrayLike, beta: ArrayLike) -> FloatOrArray:
    """Energy of a photon in the lab, from its energy and angle in the CM frame.

    Parameters
    ----------
    E_gamma, cos_theta, beta : array_like
        Photon energy [GeV] and cosine of its angle [1] in the CM frame; its velocity along +z [c].

    Returns
    -------
    ndarray or float
        Energy gamma E (1 + beta cos_theta) [GeV], broadcast over the arguments.

    Raises
    ------
    ValueError
        If an energy is negative, a cosine outside [-1, 1] or abs(beta) not below 1.

    Examples
    --------
    >>> round(float(photon_energy_lab(5.0, 1.0, 3 / 11)), 4)
    6.6144
    """
    energy = _checks.non_negative("E_gamma", E_gamma)
    z = _checks.cosine("cos_theta", cos_theta)
    velocity = _checks.velocity("beta", beta)
    _checks.shapes_fit(E_gamma=energy, cos_theta=z, beta=velocity)
    return (energy * (1 + velocity * z) / np.sqrt((1 - velocity) * (1 + velocity)))[()]


def _below_threshold(
    sqrt_s: ArrayLike, m_N: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Both arguments as arrays, and their `mass_ratio`; refuses what cannot be made."""
    root_s, mass = _checks.positive("sqrt_s", sqrt_s), _checks.positive("m_N", m_N)
    _checks.shapes_fit(sqrt_s=root_s, m_N=mass)
    r, one_minus_r = _ratio_to_threshold(root_s, mass)
    if np.any(one_minus_r <= 0):
        raise ValueError(f"m_N must be below sqrt_s, got m_N {m_N!r} with sqrt_s {sqrt_s!r}")
    return root_s, mass, r, one_minus_r
