r"""Production of N at the Z pole, e+e- -> N nubar through the Z: what LEP could see.

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
from nudp.constants import BR_Z_EE, FB_GEV2, GAMMA_Z, M_Z, SIN2_THETA_W
from nudp.kinematics import mass_ratio

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from nudp.typing import FloatOrArray

__all__ = ["total_cross_section", "z_coupling", "z_width"]


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
