r"""The signal e+e- -> N nubar, N -> nu gamma: Eqs. (1) to (6) and the acceptance of Eq. (7).

Everything follows from the dipole portal, Eq. (1),
:math:`\mathcal L \supset d\,\bar\nu_L\sigma_{\mu\nu}F^{\mu\nu}N + \mathrm{h.c.}`
Symbols: s = sqrt_s^2, r = m_N^2 / s, x = 2 E_gamma / sqrt_s,
z = cos(theta_gamma) and z_N = cos(theta_N) in the CM frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np

from nudp import _checks
from nudp.constants import ALPHA, FB_GEV2, HBAR_C
from nudp.kinematics import _below_threshold, _ratio_to_threshold
from nudp.quadrature import (
    NODES,
    WEIGHTS,
    Grid,
    _accepted_intervals,
    _interval_moments,
    accepted_grid,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from nudp.typing import BoolArray, Cut, FloatArray, FloatOrArray, IntArray

__all__ = [
    "DIRAC",
    "MAJORANA",
    "PDG_ID",
    "PUBLISHED",
    "TEXT",
    "SignalModel",
    "acceptance",
    "decay_length",
    "decay_probability",
    "decay_width",
    "differential_cross_section",
    "photon_density",
    "photon_spectrum",
    "total_cross_section",
]

# Heavier than this, moments over whole panels cancel against each other.
_LARGEST_R_OF_MOMENTS = 0.75
# Panels on nodes of their own that are in memory at one time.
_CHUNK = 10_000

#: Number of N in the Monte Carlo numbering: it has none of its own, and 9900012 is another
#: particle to Pythia.
PDG_ID = 72


@dataclass(frozen=True)
class SignalModel:
    """What is assumed of N beyond Eqs. (1) to (4).

    Parameters
    ----------
    charge_modes : int
        1 counts N nubar alone, as Eq. (7) is written; 2 adds Nbar nu [1].
    decay : float or str
        Slope h of 1 + h cos(theta*) about the flight direction of N, in its
        rest frame [1]; or "exact", the spin correlations of the Lagrangian.
    width_factor : float
        Width of N to photons in units of Eq. (4) [1]; 2 for a Majorana N.
    name : str, optional
        What to call it in tables and file headers.
    flavours : int, optional
        Flavours of neutrino that couple with the same d, 1 to 3: each adds to production
        and width alike [1].
    branching : float, optional
        Share of the decays that go to a neutrino and a photon [1]; the width of Eq. (4) is of
        these alone, and N decays faster by one over it.

    Raises
    ------
    ValueError
        If a field is not one of the above.

    Examples
    --------
    >>> SignalModel(charge_modes=2, decay=+1.0, width_factor=1.0).decay
    1.0
    >>> from dataclasses import replace
    >>> universal = replace(DIRAC, flavours=3, name="DIRAC, three flavours")
    >>> universal.rate, universal.width
    (6.0, 3.0)
    """

    charge_modes: int
    decay: float | str
    width_factor: float = 1.0
    name: str = ""
    flavours: int = 1
    branching: float = 1.0

    def __post_init__(self) -> None:
        if _checks.whole_number("charge_modes", self.charge_modes) not in (1, 2):
            raise ValueError(f"charge_modes must be 1 or 2, got {self.charge_modes!r}")
        if isinstance(self.decay, str):
            if self.decay != "exact":
                raise ValueError(f'decay must be "exact" or a slope, got {self.decay!r}')
        else:
            _checks.number("decay", self.decay, _checks.cosine)
        _checks.number("width_factor", self.width_factor, _checks.positive)
        _checks.instance("name", self.name, str)
        if _checks.whole_number("flavours", self.flavours) not in (1, 2, 3):
            raise ValueError(f"flavours must be 1, 2 or 3, got {self.flavours!r}")
        _checks.number("branching", self.branching, _checks.fraction)

    @property
    def rate(self) -> float:
        """Decays to a photon in units of Eq. (3) for one charge mode and flavour [1].

        Examples
        --------
        >>> DIRAC.rate
        2.0
        """
        return self.charge_modes * self.flavours * self.branching

    @property
    def width(self) -> float:
        """Width of N in units of Eq. (4) for one flavour, all its decays together [1].

        Examples
        --------
        >>> MAJORANA.width
        2.0
        """
        return self.width_factor * self.flavours / self.branching


#: Eq. (7) and the sentence below it, taken literally.
TEXT = SignalModel(charge_modes=1, decay=-1.0, width_factor=1.0, name="TEXT")
#: Reproduces the published numbers.
PUBLISHED = SignalModel(charge_modes=2, decay=0.0, width_factor=1.0, name="PUBLISHED")
#: What the Lagrangian predicts for a Dirac N.
DIRAC = SignalModel(charge_modes=2, decay="exact", width_factor=1.0, name="DIRAC")
#: What it predicts for a Majorana N.
MAJORANA = SignalModel(charge_modes=2, decay=0.0, width_factor=2.0, name="MAJORANA")


def differential_cross_section(
    cos_theta_N: ArrayLike, sqrt_s: ArrayLike, m_N: ArrayLike, d: ArrayLike
) -> FloatOrArray:
    r"""Eq. (2): angular distribution of N in the CM frame, one charge mode.

    .. math::
        \frac{d\sigma}{dz_N} = \frac{\alpha d^2}{4}\,(1-r)^2
        \left[(1-z_N^2) + (1+z_N^2)\,r\right]

    Parameters
    ----------
    cos_theta_N, sqrt_s, m_N, d : array_like
        Cosine of the angle between N and the electron beam [1], centre-of-mass energy [GeV], mass
        of the heavy neutral lepton [GeV] and transition magnetic moment [GeV^-1].

    Returns
    -------
    ndarray or float
        Density dsigma/dz_N [fb], broadcast over the arguments; 0 at and above threshold.

    Raises
    ------
    ValueError
        If a cosine is outside [-1, 1], an energy or mass is not positive, or d is negative.

    References
    ----------
    arXiv:2204.07802, Eq. (2).

    Examples
    --------
    >>> round(float(differential_cross_section(0.0, sqrt_s=4.0, m_N=1.0, d=1e-5)), 4)
    0.0663
    """
    z_N = _checks.cosine("cos_theta_N", cos_theta_N)
    coupling = _checks.non_negative("d", d)
    root_s, mass = _checks.positive("sqrt_s", sqrt_s), _checks.positive("m_N", m_N)
    _checks.shapes_fit(cos_theta_N=z_N, sqrt_s=root_s, m_N=mass, d=coupling)
    r, one_minus_r = _ratio_to_threshold(root_s, mass)
    shape = (1 - z_N**2) + (1 + z_N**2) * r
    phase_space: FloatArray = np.maximum(one_minus_r, 0) ** 2 * shape
    return (FB_GEV2 * ALPHA * coupling**2 / 4 * phase_space)[()]


def total_cross_section(sqrt_s: ArrayLike, m_N: ArrayLike, d: ArrayLike) -> FloatOrArray:
    r"""Eq. (3): cross section of e+e- -> N nubar, one charge mode.

    .. math::
        \sigma = \frac{\alpha d^2}{3}\,(1-r)^2\,(1+2r)

    The charge-conjugate mode Nbar nu has the same cross section and is not included.

    Parameters
    ----------
    sqrt_s, m_N, d : array_like
        Centre-of-mass energy, mass of the heavy neutral lepton [GeV]; transition moment [GeV^-1].

    Returns
    -------
    ndarray or float
        Cross section sigma [fb], broadcast over the arguments; 0 at and above threshold.

    Raises
    ------
    ValueError
        If an energy or mass is not positive and finite, or d is negative.

    References
    ----------
    arXiv:2204.07802, Eq. (3).

    Examples
    --------
    >>> round(float(total_cross_section(sqrt_s=4.0, m_N=1.0, d=1e-5)), 4)
    0.0937
    >>> float(total_cross_section(sqrt_s=4.0, m_N=5.0, d=1e-5))
    0.0
    """
    coupling = _checks.non_negative("d", d)
    root_s, mass = _checks.positive("sqrt_s", sqrt_s), _checks.positive("m_N", m_N)
    _checks.shapes_fit(sqrt_s=root_s, m_N=mass, d=coupling)
    return (coupling**2 * _sigma_per_d2(*_ratio_to_threshold(root_s, mass)))[()]


def _sigma_per_d2(r: FloatArray, one_minus_r: FloatArray) -> FloatArray:
    """Eq. (3) over d^2 [fb GeV^2]."""
    phase_space: FloatArray = np.maximum(one_minus_r, 0) ** 2 * (1 + 2 * r)
    return FB_GEV2 * ALPHA / 3 * phase_space


def decay_width(m_N: ArrayLike, d: ArrayLike) -> FloatOrArray:
    r"""Eq. (4): width of N -> nu gamma, :math:`\Gamma = d^2 m_N^3 / (4\pi)`.

    Parameters
    ----------
    m_N, d : array_like
        Mass of the heavy neutral lepton [GeV] and transition magnetic moment [GeV^-1].

    Returns
    -------
    ndarray or float
        Gamma [GeV], broadcast over the arguments.

    Raises
    ------
    ValueError
        If a mass is not positive and finite, or d is negative.

    References
    ----------
    arXiv:2204.07802, Eq. (4).

    Examples
    --------
    >>> f"{decay_width(m_N=1.0, d=1e-5):.4e}"
    '7.9577e-12'
    """
    mass = _checks.positive("m_N", m_N)
    coupling = _checks.non_negative("d", d)
    _checks.shapes_fit(m_N=mass, d=coupling)
    return (coupling**2 * mass**3 / (4 * np.pi))[()]


def decay_length(sqrt_s: ArrayLike, m_N: ArrayLike, d: ArrayLike) -> FloatOrArray:
    r"""Eq. (6): mean decay length of N in the CM frame.

    .. math::
        l_{dec} = \frac{4\pi}{d^2 m_N^4}\,p_N\,\hbar c

    Parameters
    ----------
    sqrt_s, m_N, d : array_like
        Centre-of-mass energy, mass of the heavy neutral lepton [GeV]; transition moment [GeV^-1].

    Returns
    -------
    ndarray or float
        Length l_dec [m], broadcast over the arguments; inf where d is 0.

    Raises
    ------
    ValueError
        If m_N is not below sqrt_s, an energy or mass is not positive, or d is negative.

    References
    ----------
    arXiv:2204.07802, Eq. (6).

    Examples
    --------
    >>> round(float(decay_length(sqrt_s=4.0, m_N=0.1, d=1e-5)), 3)
    0.496
    """
    coupling = _checks.non_negative("d", d)
    root_s, mass, _, one_minus_r = _below_threshold(sqrt_s, m_N)
    _checks.shapes_fit(sqrt_s=one_minus_r, d=coupling)
    inverse = coupling**2 * _inverse_length_per_d2(root_s, mass, one_minus_r)
    with np.errstate(divide="ignore"):
        length: FloatArray = np.divide(1.0, inverse)
    return length[()]


def _inverse_length_per_d2(
    root_s: FloatArray, mass: FloatArray, one_minus_r: FloatArray
) -> FloatArray:
    """One over Eq. (6) and d^2 [GeV^2 m^-1]."""
    return mass**4 / (4 * np.pi * HBAR_C * (root_s / 2 * one_minus_r))


def decay_probability(
    length: ArrayLike, sqrt_s: ArrayLike, m_N: ArrayLike, d: ArrayLike
) -> FloatOrArray:
    r"""Eq. (5): probability that N decays within a distance, with Br = 1.

    :math:`P_{dec}(l) = 1 - e^{-l/l_{dec}}`.  A width larger by a factor k is
    the same as a detector longer by k.

    Parameters
    ----------
    length, sqrt_s, m_N, d : array_like
        Distance from the production point [m], centre-of-mass energy [GeV], mass of the heavy
        neutral lepton [GeV] and transition magnetic moment [GeV^-1].

    Returns
    -------
    ndarray or float
        P_dec [1], broadcast over the arguments.

    Raises
    ------
    ValueError
        If m_N is not below sqrt_s, or an input is negative or not finite.

    References
    ----------
    arXiv:2204.07802, Eq. (5).

    Examples
    --------
    >>> round(float(decay_probability(0.8, sqrt_s=4.0, m_N=0.1, d=1e-5)), 3)
    0.801
    """
    distance = _checks.non_negative("length", length)
    mean = np.asarray(decay_length(sqrt_s, m_N, d))
    _checks.shapes_fit(length=distance, sqrt_s=mean)
    return (-np.expm1(-distance / mean))[()]


def photon_spectrum(
    E_gamma: ArrayLike, sqrt_s: ArrayLike, m_N: ArrayLike, signal: SignalModel
) -> FloatOrArray:
    r"""Photon energy spectrum in the CM frame, normalised to 1.

    :math:`(1/\sigma)\,d\sigma/dE = (2/\sqrt s)\,(1 + h\cos\theta^*)/(1-r)` with
    :math:`\cos\theta^* = (2x - 1 - r)/(1-r)`.  The exact result has
    :math:`h = -(1-2r)/(1+2r)`: soft for a light N, flat at m_N^2 = s/2, hard above.

    Parameters
    ----------
    E_gamma, sqrt_s, m_N : array_like
        Photon energy in the CM frame, centre-of-mass energy, mass of N [GeV].
    signal : SignalModel
        Decay distribution.

    Returns
    -------
    ndarray or float
        Density [GeV^-1], broadcast over the arguments; 0 outside the photon range.

    Raises
    ------
    ValueError
        If m_N is not below sqrt_s, or an input is negative or not finite.

    Examples
    --------
    >>> photon_spectrum([0.3, 0.5, 2.0], sqrt_s=4.0, m_N=2.0, signal=PUBLISHED).round(4)
    array([0.    , 0.6667, 0.6667])
    """
    _checks.instance("signal", signal, SignalModel)
    x, u, r, inside, jacobian = _photon_variables(E_gamma, sqrt_s, m_N)
    energy, _ = _harmonics(x, u, 1 - u, r, signal)
    return np.where(inside, jacobian * energy, 0.0)[()]


def photon_density(
    E_gamma: ArrayLike, cos_theta: ArrayLike, sqrt_s: ArrayLike, m_N: ArrayLike, signal: SignalModel
) -> FloatOrArray:
    r"""Photon density in energy and polar angle in the CM frame, normalised to 1.

    :math:`(1/\sigma)\,d^2\sigma/dE\,dz`, from the addition theorem and, for
    the exact Dirac result,
    :math:`d^2\sigma/dx\,dz = (\alpha d^2/3)\,[g_0 + g_2 P_2(z)]`.

    Parameters
    ----------
    E_gamma, cos_theta, sqrt_s, m_N : array_like
        Energy [GeV] of the photon and cosine of its polar angle [1] in the CM frame, centre-of-mass
        energy and mass of the heavy neutral lepton [GeV].
    signal : SignalModel
        Decay distribution.

    Returns
    -------
    ndarray or float
        Density [GeV^-1], broadcast over the arguments; 0 outside the photon range.

    Raises
    ------
    ValueError
        If m_N is not below sqrt_s, a cosine is outside [-1, 1], or an input is not finite.

    Examples
    --------
    >>> round(float(photon_density(1.0, 0.0, sqrt_s=4.0, m_N=0.01, signal=DIRAC)), 4)  # 3/2 (1-x)
    0.375
    """
    _checks.instance("signal", signal, SignalModel)
    z = _checks.cosine("cos_theta", cos_theta)
    x, u, r, inside, jacobian = _photon_variables(E_gamma, sqrt_s, m_N)
    _checks.shapes_fit(cos_theta=z, E_gamma=x)
    energy, angle = _harmonics(x, u, 1 - u, r, signal)
    legendre = (3 * z**2 - 1) / 2
    return np.where(inside, jacobian * (energy + angle * legendre) / 2, 0.0)[()]


@overload
def acceptance(selection: Cut, sqrt_s: float, m_N: float, signal: SignalModel) -> np.float64: ...
@overload
def acceptance(
    selection: Cut, sqrt_s: float, m_N: Sequence[float] | FloatArray, signal: SignalModel
) -> FloatArray: ...
@overload
def acceptance(
    selection: Cut, sqrt_s: float, m_N: ArrayLike, signal: SignalModel
) -> FloatOrArray: ...
def acceptance(selection: Cut, sqrt_s: float, m_N: ArrayLike, signal: SignalModel) -> FloatOrArray:
    r"""Share of photons that pass a selection: epsilon_cuts of Eq. (7).

    .. math::
        \epsilon = \frac12\int_0^1 du\,
        \left[f_0\int dz + f_2\int P_2(z)\,dz\right], \qquad u = \frac{x-r}{1-r}

    with the integrals over z in closed form on the accepted intervals.

    Parameters
    ----------
    selection : Selection
        The cuts.
    sqrt_s : float
        Centre-of-mass energy [GeV].
    m_N : array_like
        Mass of the heavy neutral lepton [GeV].
    signal : SignalModel
        Decay distribution.

    Returns
    -------
    ndarray or float
        Acceptance [1], shaped like m_N, without photon efficiency; 0 at and above threshold.

    Raises
    ------
    ValueError
        If an energy or a mass is not positive and finite.

    References
    ----------
    arXiv:2204.07802, Eq. (7).

    Examples
    --------
    >>> from nudp.selections import besiii_basic
    >>> acceptance(besiii_basic(), 4.0, [0.5, 3.0, 5.0], PUBLISHED).round(4)
    array([0.9357, 0.8607, 0.    ])
    """
    _checks.instance("signal", signal, SignalModel)
    mass = _checks.positive("m_N", m_N)
    grid = accepted_grid(selection, _checks.number("sqrt_s", sqrt_s))
    ratios = _ratio_to_threshold(grid.sqrt_s[:, None], mass.ravel())
    result: FloatOrArray = _acceptances(grid, *ratios, signal).reshape(mass.shape)[()]
    return result


def _rates_per_d2(
    grid: Grid, mass: FloatArray, signal: SignalModel
) -> tuple[FloatArray, FloatArray]:
    """Accepted cross section [fb GeV^2] and 1/decay length [GeV^2 m^-1], over d^2.

    A row for each energy of a grid, a column for each mass; 0 at and above threshold.
    """
    root_s = grid.sqrt_s[:, None]
    r, one_minus_r = _ratio_to_threshold(root_s, mass)
    sigma = signal.rate * _sigma_per_d2(r, one_minus_r)
    # what cannot be made does not decay; a wider N flies less far
    made = one_minus_r > 0
    inverse_length = _inverse_length_per_d2(root_s, mass, np.where(made, one_minus_r, 1.0))
    decay = np.where(made, signal.width * inverse_length, 0.0)
    return sigma * _acceptances(grid, r, one_minus_r, signal), decay


def _acceptances(
    grid: Grid, every_r: FloatArray, every_distance: FloatArray, signal: SignalModel
) -> FloatArray:
    """Acceptances at r and 1 - r, a row for each energy of a grid; 0 at and above threshold.

    The density in x = 2 E_gamma/sqrt_s is a polynomial in 1 - x and 1/x with coefficients that
    depend on r alone.  Where all of a panel lies above the lowest photon energy, x = r, its
    share is a sum of few moments, the same at every mass.  The one panel that r cuts has nodes
    of its own above r, and so have all panels near threshold, where moments cancel.
    """
    made = every_distance > 0
    row, r, one_minus_r = np.nonzero(made)[0], every_r[made], every_distance[made]
    ends = grid.panels * (2 / grid.sqrt_s[:, None, None])
    lower, upper = ends[..., 0], ends[..., 1]
    begins_below = lower[row] < r[:, None]
    by_moments = r <= _LARGEST_R_OF_MOMENTS
    first = np.where(by_moments, begins_below.sum(-1), lower.shape[1])
    moments = _moments_from(grid)[row, first].T
    total: FloatArray = np.sum(_polynomials(r, one_minus_r, signal) * moments, axis=0)
    total /= 2 * one_minus_r
    not_yet = begins_below | ~by_moments[:, None]
    which, panel = np.nonzero(not_yet & (np.maximum(r[:, None], lower[row]) < upper[row]))
    for start in range(0, len(which), _CHUNK):
        i, j = which[start : start + _CHUNK], panel[start : start + _CHUNK]
        share = _share_of_panel(grid, row[i], ends[row[i], j], r[i], one_minus_r[i], signal)
        np.add.at(total, i, share)
    result: FloatArray = np.zeros(made.shape)
    result[made] = total
    return result


def _moments_from(grid: Grid) -> FloatArray:
    """Moments over each panel and all above it, at last over none.

    Along the last axis: the integral over z of 1 times 1 and 1-x, then that of P_2(z) times
    1, 1-x, and these over x and x^2.
    """
    scale = 2 / grid.sqrt_s[:, None, None]
    x = grid.energy * scale
    y = 1 - x
    plain = grid.weight * scale * grid.integral_of_1
    angle = grid.weight * scale * grid.integral_of_P2
    by_x = angle / x
    by_x2 = by_x / x
    terms = [plain, plain * y, angle, angle * y, by_x, by_x * y, by_x2, by_x2 * y]
    result: FloatArray = np.zeros((len(x), x.shape[1] + 1, len(terms)))
    per_panel = np.stack([term.sum(-1) for term in terms], axis=-1)
    result[:, :-1] = per_panel[:, ::-1].cumsum(1)[:, ::-1]
    return result


def _polynomials(r: FloatArray, one_minus_r: FloatArray, signal: SignalModel) -> FloatArray:
    """Coefficients of f0 and f2 of `_harmonics` on the powers of `_moments_from`."""
    zero = np.zeros_like(r)
    if isinstance(signal.decay, str):
        norm = 2 / (1 + 2 * r)
        energy = [2 * r, (1 - 2 * r) / one_minus_r]
        powers = np.array([-r * (5 + r), -(1 + r), 6 * r * (1 + r), zero, -6 * r**2, zero])
        exact: FloatArray = norm * np.array([*energy, *(powers / one_minus_r)])
        return exact
    plain, falling = 1 + signal.decay + zero, -2 * signal.decay / one_minus_r
    # P2 of the angle between photon and N
    legendre = np.array([1.5 * (1 + r) ** 2, -6 * r * (1 + r), 6 * r**2]) / one_minus_r**2
    legendre[0] -= 0.5
    angle = np.stack([plain * legendre, falling * legendre], axis=1).reshape(6, -1)
    factors: FloatArray = np.array([plain, falling, *(-one_minus_r / (1 + 2 * r) * angle)])
    return factors


def _share_of_panel(
    grid: Grid,
    row: IntArray,
    ends: FloatArray,
    r: FloatArray,
    one_minus_r: FloatArray,
    signal: SignalModel,
) -> FloatArray:
    """Share of the photons in one panel of each row, from the lowest energy upwards."""
    a, b, r, one_minus_r = (column[:, None] for column in (*ends.T, r, one_minus_r))
    whole = r <= a
    # r lies where x = b - (b - a) sin^2(psi) has this psi
    cut = np.arcsin(np.sqrt(np.clip((one_minus_r - (1 - b)) / (b - a), 0, 1)))
    span = np.where(whole, np.pi / 2, cut)
    psi = span * NODES
    from_top = (b - a) * np.sin(psi) ** 2
    x = b - from_top
    root_s = grid.sqrt_s[row]
    intervals = _accepted_intervals(grid.selection, x * (root_s[:, None] / 2), root_s)
    weight = span * WEIGHTS * np.sin(2 * psi) * ((b - a) / one_minus_r) / 2
    # u and 1 - u each from a difference that keeps its digits, at r -> 0 and at r -> 1
    down = ((1 - b) + from_top) / one_minus_r
    up = np.where(whole, x - r, (b - a) * np.sin(span - psi) * np.sin(span + psi)) / one_minus_r
    energy, angle = _harmonics(x, up, down, r, signal)
    of_1, of_P2 = _interval_moments(grid.selection, x * (root_s[:, None] / 2), intervals)
    share: FloatArray = (weight * (energy * of_1 + angle * of_P2)).sum(-1)
    return share


def _harmonics(
    x: FloatArray, u: FloatArray, v: FloatArray, r: FloatArray, signal: SignalModel
) -> tuple[FloatArray, FloatArray]:
    """Coefficients f0, f2 of (f0 + f2 P2(z)) / 2, the density in u = (x - r)/(1 - r) and z."""
    cos_alpha = (u - r * v) / x  # angle between photon and N
    legendre = 1.5 * cos_alpha**2 - 0.5
    if isinstance(signal.decay, str):  # "exact"
        # N comes with helicity weights 1 and 2r, as 1 - P2(z_N) and 1 + P2(z_N)/2, and
        # decays as 1 - cos(theta*) = 2v and 1 + cos(theta*) = 2u; then they interfere
        norm = 2 / (1 + 2 * r)
        interference = 6 * r * u * v * cos_alpha / x
        return norm * (v + 2 * r * u), norm * ((r * u - v) * legendre + interference)
    energy = 1 + signal.decay * (u - v)  # cos(theta*) = u - v
    return energy, -(1 - r) / (1 + 2 * r) * legendre * energy


def _photon_variables(
    E_gamma: ArrayLike, sqrt_s: ArrayLike, m_N: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, BoolArray, FloatArray]:
    root_s, _, r, one_minus_r = _below_threshold(sqrt_s, m_N)
    energy = _checks.non_negative("E_gamma", E_gamma)
    _checks.shapes_fit(E_gamma=energy, sqrt_s=r)
    x = 2 * energy / root_s
    slack = 4 * np.finfo(float).eps
    inside = (x >= r * (1 - slack)) & (x <= 1 + slack)
    # outside the range the formula means nothing; any x keeps it finite until it is dropped
    x = np.where(inside, x, 1.0)
    return x, (x - r) / one_minus_r, r, inside, 2 / (root_s * one_minus_r)
