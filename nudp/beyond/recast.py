r"""What other searches say about the dipole: for a dark photon, or a decay of J/psi or Upsilon.

A search for a bump measures how many events of one template the data hold, over a smooth
background that is fitted as well.  `response` says what such a fit answers to a smooth signal, and
`information` how much it can know of it.  Both are the least-squares fit of expected counts: bins
weigh with one over their background, and what a floated background can imitate drops out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nudp import _checks
from nudp.constants import ALPHA, FB_GEV2
from nudp.kinematics import mass_ratio

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from nudp.typing import FloatArray, FloatOrArray

__all__ = ["dark_photon_cross_section", "information", "response", "vector_decay_ratio"]

# What is left of a shape, relative to it, is rounding below this.
_ROUNDING = 1e-12


def dark_photon_cross_section(
    cos_theta: ArrayLike, sqrt_s: ArrayLike, m_A: ArrayLike, epsilon: ArrayLike
) -> FloatOrArray:
    r"""Angular distribution of the photon in e+e- -> gamma A', with massless electrons.

    .. math::
        \frac{d\sigma}{dz} = \frac{2\pi\alpha^2\epsilon^2}{s}\,(1-r)\,
        \frac{1 + z^2 + 4r/(1-r)^2}{1-z^2}, \qquad r = m_A^2/s

    The photon energy is :math:`(s - m_A^2)/(2\sqrt s)`; for a massless A' with epsilon = 1
    this is e+e- -> gamma gamma, both photons counted.

    Parameters
    ----------
    cos_theta : array_like
        Cosine of the photon polar angle in the CM frame [1].
    sqrt_s : array_like
        Centre-of-mass energy [GeV].
    m_A : array_like
        Mass of the dark photon [GeV]; 0 is allowed.
    epsilon : array_like
        Kinetic mixing, its coupling to electrons in units of e [1].

    Returns
    -------
    ndarray or float
        Density dsigma/dz [fb], broadcast over the arguments.

    Raises
    ------
    ValueError
        If a cosine is not between -1 and 1, both excluded, an energy is not positive, m_A or
        epsilon negative, or m_A not below sqrt_s.

    References
    ----------
    R. Essig, P. Schuster, N. Toro, arXiv:0903.3941.

    Examples
    --------
    >>> round(float(dark_photon_cross_section(0.0, sqrt_s=10.0, m_A=5.0, epsilon=1e-3)), 3)
    2.714
    """
    z = _checks.cosine("cos_theta", cos_theta)
    if np.any(np.abs(z) == 1):
        raise ValueError(
            "cos_theta reaches the beam line, got 1.0 or -1.0: the cross section is infinite there"
        )
    root_s = _checks.positive("sqrt_s", sqrt_s)
    mass = _checks.non_negative("m_A", m_A)
    mixing = _checks.non_negative("epsilon", epsilon)
    _checks.shapes_fit(cos_theta=z, sqrt_s=root_s, m_A=mass, epsilon=mixing)
    if np.any(mass >= root_s):
        raise ValueError(f"m_A must be below sqrt_s = {sqrt_s!r}, got {m_A!r}")
    r = (mass / root_s) ** 2
    one_minus_r = (root_s - mass) / root_s * ((root_s + mass) / root_s)
    shape = (1 + z**2 + 4 * r / one_minus_r**2) / (1 - z**2)
    strength = 2 * np.pi * (ALPHA * mixing / root_s) ** 2
    return (FB_GEV2 * strength * one_minus_r * shape)[()]


def vector_decay_ratio(m_V: ArrayLike, m_N: ArrayLike, d: ArrayLike) -> FloatOrArray:
    r"""Decays of a vector meson to N nubar and Nbar nu, relative to those to e+e-.

    .. math::
        \frac{B(V\to N\bar\nu + \text{c.c.})}{B(V\to e^+e^-)} =
        \frac{d^2 m_V^2}{2\pi\alpha}\,(1-r)^2\,(1+2r), \qquad r = m_N^2/m_V^2

    Both go through one virtual photon of mass m_V: what the meson is made of, and the vacuum
    polarisation, drop out.

    Parameters
    ----------
    m_V : array_like
        Mass of the meson [GeV].
    m_N : array_like
        Mass of the heavy neutral lepton [GeV].
    d : array_like
        Transition magnetic moment [GeV^-1].

    Returns
    -------
    ndarray or float
        Ratio of branching fractions [1], broadcast over the arguments; 0 at and above m_V.

    Raises
    ------
    ValueError
        If a mass is not positive and finite, or d is negative.

    Examples
    --------
    >>> round(float(vector_decay_ratio(m_V=3.0969, m_N=0.01, d=1.0)), 1)  # J/psi
    209.2
    """
    meson = _checks.positive("m_V", m_V)
    coupling = _checks.non_negative("d", d)
    r, one_minus_r = mass_ratio(meson, m_N)
    _checks.shapes_fit(m_V=r, d=coupling)
    phase_space: FloatArray = np.maximum(one_minus_r, 0) ** 2 * (1 + 2 * r)
    return (coupling**2 * meson**2 / (2 * np.pi * ALPHA) * phase_space)[()]


def information(
    signal: ArrayLike, background: ArrayLike, floated: ArrayLike | None = None
) -> np.float64:
    r"""Fisher information on the strength of a signal, over a background that is fitted as well.

    .. math::
        I = \min_c \sum_i \frac{(s_i - \sum_k c_k f_{ki})^2}{b_i}

    The fitted strength has the standard deviation :math:`I^{-1/2}`.

    Parameters
    ----------
    signal : array_like, shape (n,)
        Expected signal in each bin at strength 1 [1].
    background : array_like, shape (n,)
        Expected background in each bin [1].
    floated : array_like, shape (k, n), optional
        Shapes that are added to the background with free coefficients [1], as the powers of a
        polynomial are; the background is known exactly unless given.

    Returns
    -------
    float
        Information I [1]; 0 if the floated shapes can imitate the signal.

    Raises
    ------
    ValueError
        If an entry is not finite, a background not positive, or shapes do not match.

    Examples
    --------
    >>> rising, flat = [1.0, 2.0, 3.0], [4.0, 4.0, 4.0]
    >>> constant = [1.0, 1.0, 1.0]
    >>> [round(float(information(rising, flat, f)), 2) for f in (None, [constant])]
    [3.5, 0.5]
    >>> float(information(rising, flat, [constant, rising]))
    0.0
    """
    b = _background(background)
    left = _unfitted("signal", signal, b, floated)
    return np.float64(left @ left)


def response(
    bump: ArrayLike, signal: ArrayLike, background: ArrayLike, floated: ArrayLike | None = None
) -> np.float64:
    r"""How many bumps a fit finds in data that hold a signal of another shape and no bump.

    With the residuals t and s that the floated shapes leave of bump and signal, it is
    :math:`\sum_i t_i s_i/b_i` over :math:`\sum_i t_i^2/b_i`.

    Parameters
    ----------
    bump : array_like, shape (n,)
        Template of the search in each bin [1].
    signal : array_like, shape (n,)
        The signal in each bin [1].
    background : array_like, shape (n,)
        Expected background in each bin [1].
    floated : array_like, shape (k, n), optional
        Shapes that are added to the background with free coefficients [1]; the background is
        known exactly unless given.

    Returns
    -------
    float
        Fitted strength of the bump [1], of either sign.

    Raises
    ------
    ValueError
        If an entry is not finite, a background not positive, shapes do not match, or the
        floated shapes can imitate the bump.

    Examples
    --------
    >>> bump, flat, constant = [0.0, 1.0, 0.0], [4.0, 4.0, 4.0], [1.0, 1.0, 1.0]
    >>> [round(float(response(bump, constant, flat, f)), 2) for f in (None, [constant])]
    [1.0, 0.0]
    """
    b = _background(background)
    template = _unfitted("bump", bump, b, floated)
    other = _unfitted("signal", signal, b, floated)
    if not template.any():
        raise ValueError(f"bump must differ from the floated shapes, got {bump!r}")
    return np.float64(template @ other / (template @ template))


def _background(values: ArrayLike) -> FloatArray:
    b = _checks.positive("background", values)
    if b.ndim != 1 or not b.size:
        raise ValueError(f"background must have one entry a bin, got shape {b.shape}")
    return b


def _unfitted(name: str, values: ArrayLike, b: FloatArray, floated: ArrayLike | None) -> FloatArray:
    """What the floated shapes leave of a shape, each bin in units of its fluctuation."""
    shape = _checks.real(name, values)
    if shape.shape != b.shape:
        raise ValueError(f"{name} must have one entry a bin, {b.size}, got shape {shape.shape}")
    scaled: FloatArray = shape / np.sqrt(b)
    if floated is None:
        return scaled
    shapes = _checks.real("floated", floated)
    if shapes.ndim != 2 or shapes.shape[1:] != b.shape:
        raise ValueError(
            f"floated must have one row a shape and one entry a bin, {b.size}, "
            f"got shape {shapes.shape}"
        )
    columns = (shapes / np.sqrt(b)).T
    left = scaled - columns @ np.linalg.lstsq(columns, scaled)[0]
    size = np.abs(scaled).max()
    return np.where(np.abs(left) > _ROUNDING * size, left, 0.0)
