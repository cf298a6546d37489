r"""Vacuum polarisation: how the virtual photon of the signal grows with energy.

A virtual photon of mass s carries the dressed propagator 1/(s (1 - Delta alpha(s))).
The coupling d is defined by the real photon of the decay, at s = 0, so that
the production of N nubar grows by 1/abs(1 - Delta alpha)^2.  Only the real part is kept:
the imaginary part, between -0.01 and -0.02, enters squared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nudp import _checks
from nudp.constants import ALPHA, ELECTRON_MASS, M_Z

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from nudp.typing import FloatArray, FloatOrArray

__all__ = [
    "LEPTON_MASSES",
    "delta_alpha",
    "delta_alpha_hadronic",
    "delta_alpha_leptonic",
    "propagator_factor",
]

#: Masses of electron, muon and tau [GeV]; CODATA for the first, PDG 2024 for the others.
LEPTON_MASSES = (ELECTRON_MASS, 0.1056583755, 1.77693)

# Burkhardt and Pietrzyk: sqrt(s) up to which a row holds [GeV], then A, B, C [GeV^-2]
_HADRONIC = np.array(
    [
        [0.7, 0.0, 0.0023092, 3.9925370],
        [2.0, 0.0, 0.0022333, 4.2191779],
        [4.0, 0.0, 0.0024402, 3.2496684],
        [10.0, 0.0, 0.0027340, 2.0995092],
        [M_Z, 0.0010485, 0.0029431, 1.0],
    ]
)


def delta_alpha_leptonic(sqrt_s: ArrayLike) -> FloatOrArray:
    r"""Real part of the one-loop contribution of e, mu and tau, time-like.

    .. math::
        \Delta\alpha = \frac{\alpha}{3\pi}\sum_\ell\left[-\frac83 + \beta^2
        + \frac{\beta(3-\beta^2)}{2}\ln\frac{1+\beta}{1-\beta}\right],
        \qquad \beta^2 = 1 - \frac{4m_\ell^2}{s}

    Below the threshold of a pair, with :math:`b^2 = -\beta^2`, the last term is
    :math:`b\,(3+b^2)\arctan(1/b)`.

    Parameters
    ----------
    sqrt_s : array_like
        Energy of the virtual photon [GeV].

    Returns
    -------
    ndarray or float
        Delta alpha [1], shaped like sqrt_s.

    Raises
    ------
    ValueError
        If an energy is not positive and finite.

    References
    ----------
    Any textbook of quantum electrodynamics; the constant is fixed by Delta alpha(0) = 0.

    Examples
    --------
    >>> round(float(delta_alpha_leptonic(91.188)), 4)
    0.0314
    """
    root_s = _checks.positive("sqrt_s", sqrt_s)
    # in units of the threshold 2 m: s / (4 m^2)
    t = (root_s[..., None] / (2 * np.array(LEPTON_MASSES))) ** 2
    total: FloatArray = _one_loop(t).sum(-1)
    return (ALPHA / (3 * np.pi) * total)[()]


def delta_alpha_hadronic(sqrt_s: ArrayLike) -> FloatOrArray:
    r"""Contribution of hadrons, a smooth fit :math:`A + B\ln(1 + C s)`.

    The fit is to the space-like function, at :math:`-s`.  For a time-like photon it is the
    size away from resonances: it knows nothing of the rho, the J/psi or the Upsilon.

    Parameters
    ----------
    sqrt_s : array_like
        Energy of the virtual photon [GeV], at most M_Z.

    Returns
    -------
    ndarray or float
        Delta alpha [1], shaped like sqrt_s.

    Raises
    ------
    ValueError
        If an energy is not positive or above M_Z.

    References
    ----------
    H. Burkhardt and B. Pietrzyk, Phys. Lett. B 513 (2001) 46.

    Examples
    --------
    >>> round(float(delta_alpha_hadronic(91.188)), 5)
    0.02761
    """
    root_s = _checks.positive("sqrt_s", sqrt_s)
    if np.any(root_s > M_Z):
        raise ValueError(f"sqrt_s must be at most M_Z, where the fit ends, got {sqrt_s!r}")
    row = np.searchsorted(_HADRONIC[:, 0], root_s)
    _, constant, slope, scale = np.moveaxis(_HADRONIC[row], -1, 0)
    result: FloatArray = constant + slope * np.log1p(scale * root_s**2)
    return result[()]


def delta_alpha(sqrt_s: ArrayLike) -> FloatOrArray:
    r"""Leptons and hadrons together, so that alpha(s) = alpha / (1 - Delta alpha).

    Parameters
    ----------
    sqrt_s : array_like
        Energy of the virtual photon [GeV], at most M_Z.

    Returns
    -------
    ndarray or float
        Delta alpha [1], shaped like sqrt_s; accurate away from resonances.

    Raises
    ------
    ValueError
        If an energy is not positive or above M_Z.

    Examples
    --------
    >>> round(float(delta_alpha(10.58)), 4)
    0.0362
    """
    return delta_alpha_leptonic(sqrt_s) + delta_alpha_hadronic(sqrt_s)


def propagator_factor(sqrt_s: ArrayLike) -> FloatOrArray:
    r"""What the dressed propagator does to the signal, :math:`1/(1-\Delta\alpha)^2`.

    Parameters
    ----------
    sqrt_s : array_like
        Centre-of-mass energy [GeV], at most M_Z.

    Returns
    -------
    ndarray or float
        Factor on the cross section of Eq. (3) [1], shaped like sqrt_s.

    Raises
    ------
    ValueError
        If an energy is not positive or above M_Z.

    Examples
    --------
    >>> round(float(propagator_factor(4.0)), 3)
    1.052
    """
    return (1 - delta_alpha(sqrt_s)) ** -2.0


def _one_loop(t: FloatArray) -> FloatArray:
    """The bracket of `delta_alpha_leptonic` at t = s / (4 m^2)."""
    open_, low = t >= 1, t < 1e-3
    beta = np.sqrt(np.where(open_, 1 - 1 / np.where(open_, t, 2.0), 0.5))
    # (1 + beta)/(1 - beta) = t (1 + beta)^2, without the cancellation at t -> inf
    above = -8 / 3 + beta**2 + beta * (3 - beta**2) / 2 * (np.log(t) + 2 * np.log1p(beta))
    b = np.sqrt(np.where(open_ | low, 1.0, 1 / np.where(open_ | low, 0.5, t) - 1))
    below = -8 / 3 - b**2 + b * (3 + b**2) * np.arctan(1 / b)
    # far below threshold large terms cancel: the power series instead
    series = -4 * t * (1 / 5 + t * (3 / 35 + t * (16 / 315 + t * 8 / 231)))
    return np.where(open_, above, np.where(low, series, below))
