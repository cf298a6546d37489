r"""Initial-state radiation: beams that lost energy before they meet, and the photon they lost.

In leading logarithm each beam carries a fraction y of its energy into the collision with density
D(y), the rest is in photons lost along the beam pipe.  The collision then has s' = y_1 y_2 s and
moves along the beams.  The cuts act in the nominal centre-of-mass frame.

Left out there: factors 1 + O(alpha/pi) without the large logarithm, 0.6 % and common to signal
and background.  One photon at a wide angle is taken to first order: it can be the one that is
selected (`tagged_cross_section`), or a second one whose being seen costs the event (`signal_veto`).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial.chebyshev import chebval, chebvander
from numpy.polynomial.legendre import legval, legvander
from scipy.special import gammaln, roots_jacobi

from nudp import _checks, background
from nudp._yields import Yields, _grids, _one_efficiency, _yields
from nudp.beyond._three_body import _gauss
from nudp.constants import ALPHA, ELECTRON_MASS, FB_GEV2
from nudp.kinematics import heavy_momentum
from nudp.quadrature import (
    NODES,
    WEIGHTS,
    Grid,
    accepted_grid,
    accepted_panels,
)
from nudp.searches import AnySearch, runs_of
from nudp.selections import as_selection
from nudp.signal import SignalModel, acceptance, photon_density, total_cross_section

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

    from nudp.typing import Cut, FloatArray, FloatOrArray

__all__ = [
    "background_ratio",
    "background_veto",
    "radiation_exponent",
    "radiator",
    "signal_ratio",
    "signal_veto",
    "structure_function",
    "tagged_cross_section",
    "tagged_yields",
]

# Nodes in the photon energy, in its angle and in each of the two beam energies: doubling them
# all moves no ratio by 1e-3 (tests/beyond/test_radiation.py).
_ENERGY, _ANGLE, _BEAM = 16, 10, 10
# Terms of a Chebyshev series in the mass: it is smooth up to rho^2 log(rho) at its end.
_SERIES = 24
# From values on the nodes of a panel to a Legendre series in its angle: row i is the polynomial
# that is 1 on node i and 0 on the others.
_TO_LEGENDRE = (
    legvander(2 * NODES - 1, NODES.size - 1) * WEIGHTS[:, None] * (2 * np.arange(NODES.size) + 1)
)


def radiation_exponent(sqrt_s: ArrayLike) -> FloatOrArray:
    r"""Strength of the radiation, :math:`\beta = \frac{2\alpha}{\pi}(\ln\frac{s}{m_e^2} - 1)`.

    Parameters
    ----------
    sqrt_s : array_like
        Centre-of-mass energy [GeV].

    Returns
    -------
    ndarray or float
        Exponent beta [1], both beams together.

    Raises
    ------
    ValueError
        If sqrt_s is not above the mass of two electrons.

    Examples
    --------
    >>> round(float(radiation_exponent(4.0)), 4)
    0.0787
    """
    root_s = _checks.positive("sqrt_s", sqrt_s)
    if np.any(root_s <= 2 * ELECTRON_MASS):
        raise ValueError(f"sqrt_s must be above the mass of two electrons, got {sqrt_s!r}")
    return (2 * ALPHA / np.pi * (2 * np.log(root_s / ELECTRON_MASS) - 1))[()]


def structure_function(loss: ArrayLike, sqrt_s: ArrayLike) -> FloatOrArray:
    r"""Density of the energy fraction x = 1 - y that one beam has radiated away.

    Soft photons to all orders, hard collinear ones to second order:

    .. math::
        D(x) &= \frac{e^{\frac\beta2(\frac34 - \gamma_E)}}{\Gamma(1 + \frac\beta2)}
        \,\frac\beta2\,x^{\frac\beta2 - 1} - \frac\beta4(1 + y) \\
        &\quad - \frac{\beta^2}{32}\left[4(1+y)\ln x + \frac{1 + 3y^2}{x}\ln y + 5 + y\right]

    Parameters
    ----------
    loss : array_like
        Fraction x, above 0 and below 1 [1].
    sqrt_s : array_like
        Centre-of-mass energy [GeV].

    Returns
    -------
    ndarray or float
        D [1], broadcast over the arguments; its integral is 1 up to beta^3.

    Raises
    ------
    ValueError
        If loss is not strictly between 0 and 1.

    References
    ----------
    E. A. Kuraev and V. S. Fadin, Sov. J. Nucl. Phys. 41 (1985) 466; with the soft factor of
    Gribov and Lipatov, M. Skrzypek and S. Jadach, Z. Phys. C 49 (1991) 577.

    Examples
    --------
    >>> structure_function([0.01, 0.5], 4.0).round(3)
    array([3.343, 0.049])
    """
    x = _checks.real("loss", loss)
    if np.any((x <= 0) | (x >= 1)):
        raise ValueError(f"loss must be strictly between 0 and 1, got {loss!r}")
    half = np.asarray(radiation_exponent(sqrt_s)) / 2
    _checks.shapes_fit(loss=x, sqrt_s=half)
    return (half * x ** (half - 1) * _smooth_part(x, half))[()]


def signal_ratio(
    selection: Cut, sqrt_s: float, m_N: ArrayLike, signal: SignalModel
) -> tuple[FloatOrArray, FloatOrArray]:
    r"""How initial-state radiation changes the signal yield and the decays within reach.

    .. math::
        \frac{\langle\sigma(s')\,\epsilon\rangle}{\sigma(s)\,\epsilon}, \qquad
        \frac{\langle\sigma(s')\,\epsilon\,p_N(s)/p_N(s')\rangle}
             {\langle\sigma(s')\,\epsilon\rangle}

    The brackets average over both beams.  The second number is the change of 1/l_dec, Eq. (6):
    a slower N decays sooner.  It is exact where l_dec is much longer than the detector, and
    plays no role where it is much shorter.

    Parameters
    ----------
    selection : Selection
        The cuts, in the nominal centre-of-mass frame.
    sqrt_s : float
        Nominal centre-of-mass energy [GeV].
    m_N : array_like
        Mass of the heavy neutral lepton [GeV].
    signal : SignalModel
        Decay distribution.

    Returns
    -------
    yield_ratio : ndarray or float
        First number, the change of the yield [1], shaped like m_N.
    decay_ratio : ndarray or float
        Second number, the change of 1/l_dec [1], shaped like m_N.

    Raises
    ------
    ValueError
        If a mass is not positive and below sqrt_s, or nothing is accepted without radiation.

    Examples
    --------
    >>> from nudp import PUBLISHED
    >>> from nudp.selections import besiii_advanced
    >>> ratio, decays = signal_ratio(besiii_advanced(), 4.0, [0.5, 3.0], PUBLISHED)
    >>> ratio.round(2), decays.round(2)
    (array([0.96, 0.9 ]), array([1.02, 1.04]))
    """
    root_s = _checks.number("sqrt_s", sqrt_s, _checks.positive)
    mass = _checks.positive("m_N", m_N)
    heavy_momentum(root_s, mass)  # refuses masses at and above threshold
    plain = total_cross_section(root_s, mass, 1.0) * acceptance(selection, root_s, mass, signal)
    if np.any(plain == 0):
        name = as_selection(selection).name
        raise ValueError(f"selection {name!r} must accept some signal, got none for m_N {m_N!r}")
    folded = np.array([_fold_signal(selection, root_s, m, signal) for m in mass.ravel()])
    folded = folded.reshape(*mass.shape, 2)
    return (folded[..., 0] / plain)[()], (folded[..., 1] / folded[..., 0])[()]


def background_ratio(selection: Cut, sqrt_s: float) -> float:
    """How initial-state radiation changes the irreducible background.

    Parameters
    ----------
    selection : Selection
        The cuts, in the nominal centre-of-mass frame.
    sqrt_s : float
        Nominal centre-of-mass energy [GeV].

    Returns
    -------
    float
        Cross section with radiation over that without [1].

    Raises
    ------
    ValueError
        As `nudp.background.cross_section`, or if nothing is accepted.

    Examples
    --------
    >>> from nudp.selections import besiii_advanced
    >>> round(background_ratio(besiii_advanced(), 4.0), 2)
    0.9
    """
    root_s = _checks.number("sqrt_s", sqrt_s, _checks.positive)
    plain = background.cross_section(selection, root_s)
    if plain == 0:
        name = as_selection(selection).name
        raise ValueError(f"selection {name!r} must accept something, got nothing")

    def density(E_gamma: FloatArray, cos_theta: FloatArray, root_s_prime: FloatArray) -> FloatArray:
        sigma = background.differential_cross_section(E_gamma, cos_theta, root_s_prime)
        return np.asarray(sigma)[None]

    return float(_fold(selection, root_s, 0.0, density)[0] / plain)


def radiator(x: ArrayLike, cos_theta: ArrayLike) -> FloatOrArray:
    r"""Density of one photon off the beams at a wide angle, H(x, z).

    .. math::
        H = \frac{2\alpha}{\pi}\,\frac{(1 - x/2)^2 + x^2 z^2/4}{x\,(1 - z^2)}

    What the beams start through a vector has d2sigma/dx dz = sigma((1 - x) s) H.

    Parameters
    ----------
    x : array_like
        Photon energy over the beam energy, above 0 and up to 1 [1].
    cos_theta : array_like
        Cosine of the photon polar angle in the CM frame [1].

    Returns
    -------
    ndarray or float
        H [1], broadcast over the arguments.

    Raises
    ------
    ValueError
        If x is not above 0 and at most 1, or cos_theta not strictly between -1 and 1.

    References
    ----------
    G. Bonneau and F. Martin, Nucl. Phys. B 27 (1971) 381.

    Examples
    --------
    >>> round(float(radiator(0.5, 0.0)), 5)
    0.00523
    """
    fraction, z = _checks.fraction("x", x), _checks.cosine("cos_theta", cos_theta)
    _checks.shapes_fit(x=fraction, cos_theta=z)
    if np.any(np.abs(z) == 1):
        raise ValueError(f"cos_theta must be off the beam line, got {cos_theta!r}")
    return (2 * ALPHA / np.pi * _bracket(fraction, z) / fraction)[()]


def tagged_cross_section(selection: Cut, sqrt_s: float, m_N: ArrayLike) -> FloatOrArray:
    r"""Cross section of e+e- -> gamma N nubar with the photon off the beams, after a selection.

    If N leaves the detector this is a monophoton, whatever the lifetime of N:

    .. math::
        \frac{\sigma}{d^2} = \frac{\alpha}{3}\int dx\,(1 - r')^2 (1 + 2r') \int dz\,H(x, z),
        \qquad r' = \frac{r}{1 - x}

    Parameters
    ----------
    selection : Selection
        The cuts.
    sqrt_s : float
        Centre-of-mass energy [GeV].
    m_N : array_like
        Mass of the heavy neutral lepton [GeV].

    Returns
    -------
    ndarray or float
        Cross section over d^2, of one charge mode [fb GeV^2], shaped like m_N; 0 at and above
        threshold.

    Raises
    ------
    ValueError
        If an energy or a mass is not positive and finite, or the selection has no energy floor
        or reaches the beam line, where the cross section is infinite.

    Examples
    --------
    >>> from nudp.selections import besiii_advanced
    >>> sigma = tagged_cross_section(besiii_advanced(), 4.0, [0.01, 1.0])
    >>> (1e-5**2 * sigma).round(5)  # fb, at d = 1e-5 GeV^-1
    array([0.00028, 0.0002 ])
    """
    root_s = _checks.number("sqrt_s", sqrt_s, _checks.positive)
    mass = _checks.positive("m_N", m_N)
    _panels_of_radiation(selection, root_s)
    grid = accepted_grid(selection, root_s)
    return _tagged_per_d2(grid, mass.ravel()).reshape(mass.shape)[()]


def tagged_yields(search: AnySearch, m_N: ArrayLike, signal: SignalModel) -> Yields:
    r"""Yields of `nudp.limits.yields` and the photon off the beams where N decays too late.

    .. math::
        S(d) = d^2\left[t\,e^{-kd^2} + s\,(1 - e^{-kd^2})\right]

    `nudp.limits.solve` makes limits of them.  The N beside such a photon is slower and decays
    a little sooner than k says; this moves S by no more than t/s, a per cent, since the photon
    counts for more only where hardly any N decays.

    Parameters
    ----------
    search : Search, Runs or iterable of these
        One search, or the runs of one.
    m_N : array_like
        Mass of the heavy neutral lepton [GeV].
    signal : SignalModel
        Charge modes, decay distribution and width.

    Returns
    -------
    nudp.limits.Yields
        Prompt and tagged signal [GeV^2], decay [GeV^2] and background [1], runs along the first
        axis.

    Raises
    ------
    ValueError
        As `nudp.limits.yields`, or if cuts pass more photons off the beams than of decays, as an
        upper bound on the photon energy can do for a heavy N.

    Examples
    --------
    >>> from nudp import PUBLISHED, limits, searches
    >>> both = tagged_yields(searches.STCF_4GEV_30AB, [0.01, 1.0], PUBLISHED)
    >>> [f"{d:.3g}" for d in limits.solve(both)]
    ['1.67e-05', '1.39e-06']
    >>> [f"{d:.3g}" for d in limits.upper_limit(searches.STCF_4GEV_30AB, [0.01, 1.0], PUBLISHED)]
    ['3.31e-05', '1.39e-06']
    """
    runs, mass = runs_of(search), _checks.positive("m_N", m_N)
    _checks.instance("signal", signal, SignalModel)
    seen = [run.luminosity * _one_efficiency(run) * run.opposite_helicities for run in runs]
    grids = _grids(runs)
    expected = _yields(runs, grids, mass, signal)
    tagged = np.empty((len(runs), mass.size))
    for rows, grid in grids:
        tagged[rows] = _tagged_per_d2(grid, mass.ravel())
    tagged *= signal.charge_modes * signal.flavours * np.array(seen)[:, None]
    return replace(expected, tagged=tagged.reshape(expected.prompt.shape))


def signal_veto(
    selection: Cut, sqrt_s: float, m_N: ArrayLike, signal: SignalModel, seen: Cut
) -> FloatOrArray:
    """Share of the signal that is lost because a photon off the beams is seen as well.

    To first order in alpha.  What recoils against that photon makes N: the selected photon
    has the energy spectrum of the moving frame; its polar angle is left as it is.

    Parameters
    ----------
    selection : Selection
        The cuts on the photon of the signal.
    sqrt_s : float
        Centre-of-mass energy [GeV].
    m_N : array_like
        Mass of the heavy neutral lepton [GeV].
    signal : SignalModel
        Decay distribution.
    seen : Selection
        Where and above which energy a second photon is seen.

    Returns
    -------
    ndarray or float
        Share of the selected events [1], shaped like m_N.

    Raises
    ------
    ValueError
        If a mass is not positive and below sqrt_s, nothing is accepted, or `seen` has no
        energy floor or reaches the beam line.

    Examples
    --------
    >>> from nudp import PUBLISHED
    >>> from nudp.selections import besiii_advanced, besiii_basic
    >>> f"{signal_veto(besiii_advanced(), 4.0, 1.0, PUBLISHED, besiii_basic()):.1%}"
    '3.9%'
    """
    _checks.cut("seen", seen)
    root_s = _checks.number("sqrt_s", sqrt_s, _checks.positive)
    mass = _checks.positive("m_N", m_N)
    heavy_momentum(root_s, mass)  # refuses masses at and above threshold

    def of_mass(one: float) -> float:
        def density(E: FloatArray, z: FloatArray, root_s_prime: float) -> FloatArray:
            sigma = total_cross_section(root_s_prime, one, 1.0)
            return np.asarray(sigma * photon_density(E, z, root_s_prime, one, signal))

        return _vetoed(selection, root_s, one, seen, density)

    return np.array([of_mass(one) for one in mass.ravel().tolist()]).reshape(mass.shape)[()]


def background_veto(selection: Cut, sqrt_s: float, seen: Cut) -> float:
    """Share of the irreducible background with a second photon that is seen, see `signal_veto`.

    Parameters
    ----------
    selection : Selection
        The cuts on the first photon.
    sqrt_s : float
        Centre-of-mass energy [GeV].
    seen : Selection
        Where and above which energy the second photon is seen.

    Returns
    -------
    float
        Share of the selected events [1].

    Raises
    ------
    ValueError
        As `signal_veto`, or if the background is infinite.

    Examples
    --------
    >>> from nudp.selections import besiii_advanced, besiii_basic
    >>> f"{background_veto(besiii_advanced(), 4.0, besiii_basic()):.1%}"
    '3.0%'
    """
    _checks.cut("seen", seen)
    root_s = _checks.number("sqrt_s", sqrt_s, _checks.positive)

    def density(E: FloatArray, z: FloatArray, root_s_prime: float) -> FloatArray:
        return np.asarray(background.differential_cross_section(E, z, root_s_prime))

    return _vetoed(selection, root_s, 0.0, seen, density)


def _tagged_per_d2(grid: Grid, mass: FloatArray) -> FloatArray:
    """Tagged cross section over d^2 [fb GeV^2], a row for each energy, a column for each mass.

    The pair at s(1 - x) is made at a rate 1 - 3q^2 + 2q^3, q = r/(1 - x).  Below x = 1 - r the
    panels of the grid need three moments each.  The panel that reaches x = 1 is cut by every r,
    but q is a ratio of lengths there: `_end_of_spectrum` serves all energies.  In other panels
    that r cuts the spectrum is interpolated to nodes of their own.
    """
    scale = 2 / grid.sqrt_s[:, None, None]
    r = (mass / grid.sqrt_s[:, None]) ** 2
    x, weight, ends = grid.energy * scale, grid.weight * scale, grid.panels * scale
    spectrum = _photon_number(x, grid.intervals)
    lower, room = ends[..., 0], 1 - ends[..., 1]  # beyond a panel there is as much room
    total = np.zeros(r.shape)

    inner = weight * spectrum * (room > 0)[..., None]
    y = np.where(room > 0, 1 - lower, 1.0)[..., None] + np.where(inner > 0, lower[..., None] - x, 0)
    moments = np.zeros((len(r), x.shape[1] + 1, 3))
    moments[:, 1:] = np.stack([inner, inner / y**2, inner / y**3], axis=-1).sum(2).cumsum(1)
    whole = (r[..., None] <= room[:, None]).sum(-1)
    of_1, of_2, of_3 = np.moveaxis(moments[np.arange(len(r))[:, None], whole], -1, 0)
    total += of_1 - 3 * r**2 * of_2 + 2 * r**3 * of_3

    row, last = np.nonzero((room == 0) & (lower < 1))
    length = 1 - lower[row, last][:, None]
    share = np.minimum(r[row] / length, 1)
    angle = 4 / np.pi * np.arcsin(np.sqrt(share)) - 1
    coefficients = (spectrum[row, last] @ _end_of_spectrum()).T[..., None]
    total[row] += length * (1 - share) ** 3 * chebval(angle, coefficients, tensor=False)

    cut = (room[:, None] < r[..., None]) & (r[..., None] < 1 - lower[:, None])
    which, column, panel = np.nonzero(cut & (room > 0)[:, None])
    start, heavy = lower[which, panel][:, None], r[which, column][:, None]
    width = 1 - start - heavy
    x = start + width * np.sin(np.pi / 2 * NODES) ** 2
    q = heavy / (1 - x)
    pairs = (1 - q) ** 2 * (1 + 2 * q) * width * np.pi / 2 * WEIGHTS * np.sin(np.pi * NODES)
    stop = 1 - room[which, panel][:, None]
    angle = 4 / np.pi * np.arcsin(np.sqrt((stop - x) / (stop - start))) - 1
    coefficients = (spectrum[which, panel] @ _TO_LEGENDRE).T[..., None]
    there = legval(angle, coefficients, tensor=False)
    np.add.at(total, (which, column), (pairs * there).sum(-1))
    sigma: FloatArray = FB_GEV2 * ALPHA / 3 * total
    return sigma


def _photon_number(x: FloatArray, intervals: FloatArray) -> FloatArray:
    """Integral of the radiator over accepted intervals in cos(theta)."""
    square = (x**2 / 4)[..., None, None]
    angular = ((1 - x / 2)[..., None, None] ** 2 + square) * np.arctanh(intervals)
    number: FloatArray = 2 * ALPHA / np.pi / x * np.diff(angular - square * intervals).sum((-1, -2))
    return number


@cache
def _end_of_spectrum() -> FloatArray:
    """From a spectrum on the nodes of a panel up to x = 1 to its integral with 1 - 3q^2 + 2q^3.

    With y = 1 - x over the length of the panel the integral runs from rho = r/length to 1, and
    q = rho/y.  Over (1 - rho)^3, as which it vanishes, it is a Chebyshev series in
    4 asin(sqrt(rho))/pi - 1; its terms for each node.  A spectrum is smooth in asin(sqrt(y)),
    square roots at kinks included.
    """
    points = np.cos(np.pi * (np.arange(_SERIES) + 0.5) / _SERIES)
    rho = np.sin(np.pi / 4 * (1 + points)) ** 2
    t, w = _gauss(80)
    log = np.log(rho)[:, None]
    y = np.exp(log * t**2)
    q = rho[:, None] / y
    weight = -2 * log * t * w * y * (1 - q) ** 2 * (1 + 2 * q) / (1 - rho[:, None]) ** 3
    at_y = legvander(4 / np.pi * np.arcsin(np.sqrt(y)) - 1, NODES.size - 1)
    values = np.einsum("jn,jnl,il->ij", weight, at_y, _TO_LEGENDRE)
    series: FloatArray = 2 / _SERIES * values @ chebvander(points, _SERIES - 1)
    series[:, 0] /= 2
    return series


def _fold_signal(selection: Cut, sqrt_s: float, m_N: float, signal: SignalModel) -> FloatArray:
    """Accepted cross section at d = 1 [fb], and the same weighted with p_N(s)/p_N(s')."""
    momentum = heavy_momentum(sqrt_s, m_N)

    def density(E_gamma: FloatArray, cos_theta: FloatArray, root_s_prime: FloatArray) -> FloatArray:
        sigma = total_cross_section(root_s_prime, m_N, 1.0)
        shape = photon_density(E_gamma, cos_theta, root_s_prime, m_N, signal)
        slower = momentum / heavy_momentum(root_s_prime, m_N)
        return np.stack([sigma * shape, sigma * shape * slower])

    return _fold(selection, sqrt_s, m_N, density)


def _fold(
    selection: Cut,
    sqrt_s: float,
    m_N: float,
    density: Callable[[FloatArray, FloatArray, FloatArray], FloatArray],
) -> FloatArray:
    """Integrate over what is accepted and over both beams, for each entry of density."""
    E, z, weights = _nodes(selection, sqrt_s, m_N**2 / (2 * sqrt_s), _ENERGY, _ANGLE)
    averaged = _radiated_density(E, z, sqrt_s, m_N, density)
    integral: FloatArray = averaged @ weights
    return integral


def _nodes(
    selection: Cut,
    sqrt_s: float,
    lowest: float,
    energies: int,
    angles: int,
    edges: Sequence[float] = (),
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Nodes in energy, above the lowest one, and cos(theta), and weights of what is accepted."""
    energy, weights = _energy_nodes(selection, sqrt_s, lowest, energies, edges)
    # the polar angle, not its cosine: near the beam the background goes as 1/sin(theta)
    upper, lower = np.moveaxis(np.arccos(selection.intervals(energy, sqrt_s)), -1, 0)[..., None]
    t, w = _gauss(angles)
    theta = lower + (upper - lower) * t
    weights = weights[:, None, None] * (upper - lower) * w * np.sin(theta)
    open_ = weights > 0
    E = np.broadcast_to(energy[:, None, None], theta.shape)[open_]
    return E, np.cos(theta[open_]), weights[open_]


def _energy_nodes(
    selection: Cut, sqrt_s: float, lowest: float, energies: int, edges: Sequence[float] = ()
) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights in the photon energy, above the lowest one, between kinks and edges."""
    panels = accepted_panels(selection, sqrt_s)
    panels = np.maximum(panels[panels[:, 1] > lowest], lowest)
    ends = [np.unique([a, *(edge for edge in edges if a < edge < b), b]) for a, b in panels]
    panels = np.array([pair for piece in ends for pair in pairwise(piece)]).reshape(-1, 2)
    # E = a + (b - a) (10 t^3 - 15 t^4 + 6 t^5): flat at both ends, where the square roots of a
    # kink and the power beta of the endpoint lose their bite
    t, w = _gauss(energies)
    share, slope = t**3 * (10 - 15 * t + 6 * t**2), 30 * (t * (1 - t)) ** 2
    a, width = panels[:, :1], np.diff(panels)
    return (a + width * share).ravel(), (width * slope * w).ravel()


def _radiated_density(
    E: FloatArray,
    z: FloatArray,
    sqrt_s: float,
    m_N: float,
    density: Callable[[FloatArray, FloatArray, FloatArray], FloatArray],
) -> FloatArray:
    r"""Density in nominal energy and angle, averaged over the energies of both beams.

    With k the photon and P' the colliding pair, :math:`m_N^2 \le 2 k P' \le s'` bounds y_2
    from below at each y_1.
    """
    e, tau = E / sqrt_s, (m_N / sqrt_s) ** 2
    forward, backward = 1 + z, 1 - z
    # y_1 at which the endpoint, or the threshold, asks for all of the second beam
    bottom = np.maximum(e * forward / (1 - e * backward), (tau / e - forward) / backward)
    x_1, w_1 = _beam_nodes(1 - bottom, sqrt_s)
    e, forward, backward = e[:, None], forward[:, None], backward[:, None]
    endpoint = e * (1 - x_1) * backward / ((1 - x_1) - e * forward)
    threshold = (tau / e - (1 - x_1) * backward) / forward
    x_2, w_2 = _beam_nodes(1 - np.maximum(endpoint, threshold), sqrt_s)
    y_1, y_2 = 1 - x_1[..., None], 1 - x_2
    forward, backward = y_2 * forward[..., None], y_1 * backward[..., None]
    root = np.sqrt(y_1 * y_2)
    # to the frame of the colliding pair; E dE dz is invariant
    ratio = (forward + backward) / (2 * root)
    z_prime = (forward - backward) / (forward + backward)
    inside = density(E[:, None, None] * ratio, z_prime, sqrt_s * root)
    average: FloatArray = (inside / ratio * w_2 * w_1[..., None]).sum((-1, -2))
    return average


def _beam_nodes(room: FloatArray, sqrt_s: float) -> tuple[FloatArray, FloatArray]:
    """Nodes x from 0 to room on a new last axis, and weights that hold D(x)."""
    half = float(radiation_exponent(sqrt_s)) / 2
    t, w = roots_jacobi(_BEAM, 0.0, half - 1)  # the weight (1 + t)^(beta/2 - 1)
    room = room[..., None]
    x = room * (1 + t) / 2
    return x, half * (room / 2) ** half * w * _smooth_part(x, half)


def _smooth_part(x: FloatArray, half: FloatOrArray | float) -> FloatArray:
    """D(x) over (beta/2) x^(beta/2 - 1)."""
    y = 1 - x
    soft = np.exp(half * (0.75 - np.euler_gamma) - gammaln(1 + half))
    second = 4 * (1 + y) * np.log(x) + (1 + 3 * y**2) / x * np.log1p(-x) + 5 + y
    return soft - x ** (1 - half) * ((1 + y) / 2 + half / 8 * second)


def _bracket(x: FloatArray, z: FloatArray) -> FloatArray:
    """The radiator without 2 alpha/(pi x)."""
    return ((1 - x / 2) ** 2 + x**2 * z**2 / 4) / (1 - z**2)


def _panels_of_radiation(selection: Cut, root_s: float) -> FloatArray:
    """Panels of photon energy on which the radiation is finite, or a complaint."""
    panels = accepted_panels(selection, root_s)
    name = as_selection(selection).name
    if panels.size and panels[0, 0] == 0:
        raise ValueError(f"selection {name!r} has no energy floor: the radiation is infinite there")
    if np.any(np.abs(selection.intervals(panels.mean(-1), root_s)) == 1):
        raise ValueError(f"selection {name!r} reaches the beam line: the radiation is infinite")
    return panels


def _vetoed(
    selection: Cut,
    sqrt_s: float,
    m_N: float,
    seen: Cut,
    density: Callable[[FloatArray, FloatArray, float], FloatArray],
) -> float:
    """Share of the selected photons of a density that have one off the beams beside them."""
    E, z, weight = _nodes(selection, sqrt_s, m_N**2 / (2 * sqrt_s), _ENERGY, _ANGLE)
    alone = weight @ density(E, z, sqrt_s)
    if alone == 0:
        name = as_selection(selection).name
        raise ValueError(f"selection {name!r} must accept something, got nothing")
    _panels_of_radiation(seen, sqrt_s)
    # the direction about that of the first photon, from 0 to pi: the density knows no more
    azimuth = np.pi * (np.arange(6) + 0.5) / 6
    sine = np.sqrt((1 - z) * (1 + z))[:, None] * np.cos(azimuth)
    both = 0.0
    for radiated, z_r, w_r in zip(*_nodes(seen, sqrt_s, 0.0, 6, 4), strict=True):
        x = 2 * radiated / sqrt_s
        if m_N**2 >= (1 - x) * sqrt_s**2:
            continue
        between = z[:, None] * z_r + np.sqrt(1 - z_r**2) * sine
        ratio = (1 - x / 2 + x / 2 * between) / np.sqrt(1 - x)
        moved = E[:, None] * ratio
        # above the end point nothing is left; E dE dOmega is invariant
        inside = moved <= sqrt_s * np.sqrt(1 - x) / 2
        values = density(np.where(inside, moved, E[:, None]), z[:, None], sqrt_s * np.sqrt(1 - x))
        mean = np.where(inside, values / ratio, 0.0).mean(-1)
        both += w_r * 2 / sqrt_s * 2 * ALPHA / np.pi * _bracket(x, z_r) / x * (weight @ mean)
    return float(both / alone)
