r"""Z and W beside the photon in e+e- -> N nubar: on the Z pole, what LEP could see, and off it.

If N couples to the hypercharge field alone (no coupling to the W fields, d_W = 0), the
photon coupling d of Eq. (1) brings a coupling to the Z with it,
:math:`d_Z = -d\tan\theta_W`.  The part through the photon is
`nudp.signal.total_cross_section` at sqrt_s = M_Z.  On the pole the two do not interfere:
the amplitude through the Z is imaginary there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nudp import _checks
from nudp.constants import BR_Z_EE, FB_GEV2, GAMMA_Z, M_W, M_Z, SIN2_THETA_W
from nudp.kinematics import heavy_momentum, mass_ratio
from nudp.quadrature import NODES, WEIGHTS

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from nudp.typing import FloatArray, FloatOrArray

__all__ = ["exchange_ratio", "total_cross_section", "z_coupling", "z_width"]


def z_coupling(d: ArrayLike) -> FloatOrArray:
    r"""Coupling to the Z without one to the W fields, :math:`d_Z = -d\tan\theta_W`.

    Parameters
    ----------
    d : array_like
        Transition magnetic moment, the coupling to the photon [GeV^-1].

    Returns
    -------
    ndarray or float
        Coupling d_Z [GeV^-1], shaped like d.

    Raises
    ------
    ValueError
        If d is negative or not finite.

    Examples
    --------
    >>> round(float(z_coupling(1.0)), 4)
    -0.5484
    """
    coupling = _checks.non_negative("d", d)
    tangent = float(np.sqrt(SIN2_THETA_W / (1 - SIN2_THETA_W)))
    return (-tangent * coupling)[()]


def z_width(m_N: ArrayLike, d_Z: ArrayLike) -> FloatOrArray:
    r"""Width of Z -> N nubar, one charge mode.

    .. math::
        \Gamma = \frac{d_Z^2 M_Z^3}{12\pi}\,(1-r)^2\,(1+2r), \qquad r = m_N^2/M_Z^2

    Parameters
    ----------
    m_N, d_Z : array_like
        Mass of the heavy neutral lepton [GeV] and coupling to the Z [GeV^-1], of either sign.

    Returns
    -------
    ndarray or float
        Gamma [GeV], broadcast over the arguments; 0 at and above M_Z.

    Raises
    ------
    ValueError
        If a mass is not positive and finite, or d_Z is not finite.

    Examples
    --------
    >>> f"{z_width(m_N=1.0, d_Z=1e-5):.4e}"
    '2.0113e-06'
    """
    coupling = _checks.real("d_Z", d_Z)
    r, one_minus_r = mass_ratio(M_Z, m_N)
    _checks.shapes_fit(m_N=r, d_Z=coupling)
    phase_space = np.maximum(one_minus_r, 0) ** 2 * (1 + 2 * r)
    return (coupling**2 * M_Z**3 / (12 * np.pi) * phase_space)[()]


def total_cross_section(m_N: ArrayLike, d_Z: ArrayLike) -> FloatOrArray:
    r"""Cross section of e+e- -> Z -> N nubar on the pole, one charge mode.

    .. math::
        \sigma = \frac{12\pi}{M_Z^2}\,B_{ee}\,\frac{\Gamma(Z\to N\bar\nu)}{\Gamma_Z}

    Parameters
    ----------
    m_N, d_Z : array_like
        Mass of the heavy neutral lepton [GeV] and coupling to the Z [GeV^-1], of either sign.

    Returns
    -------
    ndarray or float
        Cross section sigma [fb] at sqrt_s = M_Z, broadcast over the arguments; 0 at and above M_Z.

    Raises
    ------
    ValueError
        If a mass is not positive and finite, or d_Z is not finite.

    Examples
    --------
    >>> round(float(total_cross_section(m_N=1.0, d_Z=1e-5)), 2)
    47.85
    """
    peak = 12 * np.pi / M_Z**2 * BR_Z_EE
    return FB_GEV2 * peak * z_width(m_N, d_Z) / GAMMA_Z


def exchange_ratio(
    sqrt_s: ArrayLike, m_N: ArrayLike, d_Z: ArrayLike = 0.0, d_W: ArrayLike = 0.0
) -> FloatOrArray:
    r"""Factor on Eq. (3) from the exchange of a Z, and for d_e of a W, beside the photon.

    With T = s(1-r)(1-c)/2 and U = s(1-r)(1+c)/2, c the cosine of N's angle, a left-handed
    electron has the photon and the Z in the s-channel and the W in the t-channel:

    .. math::
        \frac{d\sigma}{dc} \propto |a_L|^2 (s - T)\,T + |a_R|^2 (s - U)\,U
        + w^2 (1 - r)\,T U - 2\,\mathrm{Re}\,a_L\,w\,T U,

    .. math::
        a_i = 1 - \frac{g_i}{s_W c_W}\,\frac{d_Z}{d}\,\frac{s}{s - M_Z^2 + iM_Z\Gamma_Z},
        \qquad w = \frac{1}{\sqrt2\,s_W}\,\frac{d_W}{d}\,\frac{s}{M_W^2 + U}

    Parameters
    ----------
    sqrt_s : array_like
        Centre-of-mass energy [GeV].
    m_N : array_like
        Mass of the heavy neutral lepton [GeV].
    d_Z : array_like, optional
        Coupling to the Z over that to the photon [1], of either sign.
    d_W : array_like, optional
        Coupling of electron and W to N over that to the photon [1], of either sign; 0 for
        d_mu and d_tau.

    Returns
    -------
    ndarray or float
        Cross section over that of the photon alone [1], broadcast over the arguments.

    Raises
    ------
    ValueError
        If an energy or a mass is not positive, m_N is not below sqrt_s, or a ratio is not finite.

    Examples
    --------
    >>> round(float(exchange_ratio(10.58, 1.0, d_Z=1.0)), 4)  # hardly any at Belle II
    0.9988
    >>> round(float(exchange_ratio(10.58, 1.0, d_W=1.0)), 3)
    0.976
    """
    z_ratio, w_ratio = _checks.real("d_Z", d_Z), _checks.real("d_W", d_W)
    heavy_momentum(sqrt_s, m_N)  # refuses masses at and above threshold
    r, one_minus_r = mass_ratio(sqrt_s, m_N)
    _checks.shapes_fit(sqrt_s=r, d_Z=z_ratio, d_W=w_ratio)
    r, one_minus_r, s, z_ratio, w_ratio = np.broadcast_arrays(
        r, one_minus_r, np.asarray(sqrt_s, dtype=float) ** 2, z_ratio, w_ratio
    )
    sine, cosine = np.sqrt(SIN2_THETA_W), np.sqrt(1 - SIN2_THETA_W)
    pole = z_ratio * s / (s - M_Z**2 + 1j * M_Z * GAMMA_Z) / (sine * cosine)
    left, right = 1 - (SIN2_THETA_W - 0.5) * pole, 1 - SIN2_THETA_W * pole
    c = 2 * NODES - 1
    T, U = (one_minus_r[..., None] * (1 + sign * c) / 2 for sign in (-1, 1))
    w = (w_ratio * s)[..., None] / (np.sqrt(2) * sine * (M_W**2 + s[..., None] * U))
    photon = np.stack([(1 - T) * T, (1 - U) * U])
    squares = np.stack([np.abs(left) ** 2, np.abs(right) ** 2])[..., None]
    through_w = w * T * U * (w * one_minus_r[..., None] - 2 * left.real[..., None])
    total: FloatArray = ((squares * photon).sum(0) + through_w) @ WEIGHTS
    ratio: FloatArray = total / (photon.sum(0) @ WEIGHTS)
    return ratio[()]
