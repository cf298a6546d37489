r"""The background e+e- -> nu nubar gamma at tree level: Z and W exchange, and the photon off the W.

`nudp.background` works in the contact limit, as the literature of the monophoton does.  Here
the propagators are kept, so that the background holds up to the Z and past it.  Electrons are
massless.  With left-handed two-component spinors the electron current of the Z is

.. math::
    A_Z = \left[\bar v_2\left(\frac{\gamma^\alpha(p_1-k)\!\!\!/\,\epsilon\!\!/}{-2p_1k}
    + \frac{\epsilon\!\!/\,(k-p_2)\!\!\!/\,\gamma^\alpha}{-2p_2k}\right)u_1\right]
    \frac{\bar u_\nu\gamma_\alpha v_{\bar\nu}}{s_\gamma-M_Z^2+is_\gamma\Gamma_Z/M_Z}

and the W has the same two diagrams with :math:`1/(t_2-M_W^2)` and :math:`1/(t_1-M_W^2)`, and a
third in which it radiates itself.  Each of the two sums vanishes for epsilon -> k.  The width
of the Z grows with s_gamma, since it vanishes where the Z has nothing to decay to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nudp import _checks, background, limits
from nudp._yields import _given, _one_efficiency, _scales
from nudp.beyond.radiation import _nodes, _panels_of_radiation, radiator
from nudp.beyond.zpole import exchange_ratio
from nudp.constants import ALPHA, FB_GEV2, G_F, GAMMA_Z, M_W, M_Z, SIN2_THETA_W
from nudp.quadrature import NODES, WEIGHTS, accepted_grid
from nudp.searches import AnySearch, runs_of
from nudp.selections import as_selection
from nudp.signal import SignalModel, _rates_per_d2

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from numpy.typing import ArrayLike, NDArray

    from nudp.typing import Cut, FloatArray, FloatOrArray

    ComplexArray: TypeAlias = NDArray[np.complex128]

__all__ = [
    "contact_limit_ratio",
    "cross_section",
    "differential_cross_section",
    "one_more_neutrino",
    "propagator_ratio",
    "yields",
]

_G_Z2, _G_W2 = (4 * np.sqrt(2) * G_F * mass**2 for mass in (M_Z, M_W))
_PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
# photons times directions of the neutrino worked on at one time, so that they stay in the cache
_BLOCK = 20_000


def differential_cross_section(
    E_gamma: ArrayLike, cos_theta: ArrayLike, sqrt_s: float
) -> FloatOrArray:
    """Density of the background in photon energy and polar angle, with W and Z.

    Parameters
    ----------
    E_gamma : array_like
        Photon energy in the CM frame [GeV].
    cos_theta : array_like
        Cosine of the photon polar angle in the CM frame [1].
    sqrt_s : float
        Centre-of-mass energy [GeV].

    Returns
    -------
    ndarray or float
        Density d2sigma/dE dz [fb GeV^-1], broadcast over the arguments; 0 above E = sqrt_s/2.

    Raises
    ------
    ValueError
        If E_gamma or sqrt_s is not positive, or cos_theta not strictly between -1 and 1.

    Examples
    --------
    >>> from nudp import background
    >>> full = differential_cross_section(1.0, 0.0, sqrt_s=4.0)
    >>> round(float(full / background.differential_cross_section(1.0, 0.0, 4.0)), 5)
    0.99953
    """
    energy, z = _checks.positive("E_gamma", E_gamma), _checks.cosine("cos_theta", cos_theta)
    root_s = _checks.number("sqrt_s", sqrt_s, _checks.positive)
    _checks.shapes_fit(E_gamma=energy, cos_theta=z)
    if np.any(np.abs(z) == 1):
        raise ValueError("cos_theta must be off the beam line, where the background is infinite")
    energy, z = np.broadcast_arrays(energy, z)
    result = np.zeros(energy.shape)
    open_ = energy < root_s / 2
    result[open_] = _density(energy[open_], z[open_], root_s)
    return result[()]


def cross_section(selection: Cut, sqrt_s: float) -> float:
    """Background cross section after a selection, with W and Z, without photon efficiency.

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
        If nothing is accepted, or the selection has no energy floor or reaches the beam line,
        where the cross section is infinite.

    Examples
    --------
    >>> from nudp import background
    >>> from nudp.selections import besiii_advanced
    >>> full = cross_section(besiii_advanced(), 4.0)
    >>> f"{full / background.cross_section(besiii_advanced(), 4.0) - 1:.3%}"
    '-0.045%'
    """
    root_s = _checks.number("sqrt_s", sqrt_s, _checks.positive)
    energy, z, weight = _nodes_at_peak(selection, root_s)
    return float((weight * _density(energy, z, root_s)).sum())


def one_more_neutrino(selection: Cut, sqrt_s: float) -> float:
    r"""Background cross section that one more light neutrino would add, through the Z alone.

    What the number of neutrinos, as LEP counts it in single photons, is measured in:

    .. math::
        \frac{d\sigma}{dx\,dz} = H(x, z)\,\frac{G_F^2 s_\gamma}{6\pi}\,(g_L^2 + g_R^2)\,
        \frac{M_Z^4}{(s_\gamma - M_Z^2)^2 + (s_\gamma\Gamma_Z/M_Z)^2}

    with the photon density H of `nudp.beyond.radiation.radiator`.

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
        As `cross_section`.

    Examples
    --------
    >>> from nudp.selections import CosThetaWindows
    >>> photons = CosThetaWindows(((-0.9, 0.9, 10.0),))
    >>> f"{one_more_neutrino(photons, 200.0) / cross_section(photons, 200.0):.2f}"
    '0.23'
    """
    root_s = _checks.number("sqrt_s", sqrt_s, _checks.positive)
    energy, z, weight = _nodes_at_peak(selection, root_s)
    x = 2 * energy / root_s
    s_gamma = root_s**2 * (1 - x)
    pole = M_Z**4 / ((s_gamma - M_Z**2) ** 2 + (s_gamma * GAMMA_Z / M_Z) ** 2)
    couplings = (SIN2_THETA_W - 0.5) ** 2 + SIN2_THETA_W**2
    pair = FB_GEV2 * G_F**2 * s_gamma / (6 * np.pi) * couplings * pole
    return float((weight * 2 / root_s * radiator(x, z) * pair).sum())


def yields(
    search: AnySearch, m_N: ArrayLike, signal: SignalModel, d_Z: float = 0.0
) -> limits.Yields:
    """Yields of a search at any energy: the background with W and Z, the signal through a Z.

    `nudp.limits.solve` makes limits of them.  What a Z does to the signal is
    `nudp.beyond.zpole.exchange_ratio`; it leaves the angles as they are under cuts that are the
    same forwards and backwards.

    Parameters
    ----------
    search : Search, Runs or iterable of these
        One search, or the runs of one, with unpolarised beams.
    m_N : array_like
        Mass of the heavy neutral lepton [GeV].
    signal : SignalModel
        Charge modes, decay distribution and width.
    d_Z : float, optional
        Coupling to the Z over that to the photon [1], of either sign.

    Returns
    -------
    nudp.limits.Yields
        Prompt signal [GeV^2], decay [GeV^2] and background [1], runs along the first axis.

    Raises
    ------
    ValueError
        If a mass is not positive, or with d_Z not below M_Z, where N decays to Z and neutrino
        as well; if the background is infinite, nothing is accepted, or beams are polarised.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from nudp import PUBLISHED, searches
    >>> from nudp.beyond import zpole
    >>> factory = replace(searches.STCF_4GEV, sqrt_s=91.19, luminosity=100e3)
    >>> hypercharge = yields(factory, 1.0, PUBLISHED, d_Z=float(zpole.z_coupling(1.0)))
    >>> f"{limits.solve(hypercharge):.2g}"
    '4.7e-07'
    """
    runs, mass = runs_of(search), _checks.positive("m_N", m_N)
    _checks.instance("signal", signal, SignalModel)
    ratio = _checks.number("d_Z", d_Z)
    if ratio and np.any(mass >= M_Z):
        raise ValueError(f"m_N must be below M_Z where N couples to the Z, got {m_N!r}")
    if any(run.polarisation != (0.0, 0.0) for run in runs):
        raise ValueError("search must have unpolarised beams here")
    reducible = np.array([run.luminosity * run.reducible_background for run in runs])
    computed = [
        cross_section(run.selection, run.sqrt_s) if run.background_events is None else 0.0
        for run in runs
    ]
    seen = np.array([run.luminosity * _one_efficiency(run) for run in runs])
    prompt, decay = np.zeros((2, len(runs), mass.size))
    for i, run in enumerate(runs):
        grid = accepted_grid(run.selection, run.sqrt_s)
        prompt[i], decay[i] = (rate[0] for rate in _rates_per_d2(grid, mass.ravel(), signal))
        made = mass.ravel() < run.sqrt_s
        prompt[i, made] *= exchange_ratio(run.sqrt_s, mass.ravel()[made], ratio)
    shape = len(runs), *mass.shape
    length = np.array([run.detector_length for run in runs])
    return limits.Yields(
        (seen[:, None] * prompt).reshape(shape),
        (length[:, None] * decay).reshape(shape),
        irreducible=seen * computed,
        reducible=reducible + _given(tuple(runs)),
        uncertainty=np.array([run.background_uncertainty for run in runs]),
        **_scales(tuple(runs)),
    )


def _nodes_at_peak(selection: Cut, root_s: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Nodes and weights whose panels know where the photon recoils against a real Z."""
    _panels_of_radiation(selection, root_s)
    peak, half = (root_s**2 - M_Z**2) / (2 * root_s), M_Z * GAMMA_Z / (2 * root_s)
    edges = peak + half * np.array([-100, -30, -10, -3, -1, 0, 1, 3, 10, 30, 100])
    return _nodes(selection, root_s, 0.0, 18, 12, edges.tolist())


def contact_limit_ratio(s_gamma: ArrayLike) -> FloatOrArray:
    r"""How far W and Z propagators move e+e- -> nu nubar, without a photon, off the contact limit.

    The ratio of the cross section with
    :math:`M_Z^2/(M_Z^2-s_\gamma)` and :math:`M_W^2/(M_W^2-t)`,
    :math:`t = -s_\gamma(1-\cos\theta_\nu)/2`, to the one without, summed over flavours.
    Of nu nubar gamma it misses most: a photon off the electron lets the W see s as well as
    s_gamma, and the W may emit it.  `propagator_ratio` has both; it is two to four times as far
    from 1 under the cuts of the paper.

    Parameters
    ----------
    s_gamma : array_like
        Squared mass of the neutrino pair [GeV^2].

    Returns
    -------
    ndarray or float
        Ratio [1], shaped like s_gamma.

    Raises
    ------
    ValueError
        If s_gamma is negative or not below (M_Z/2)^2, too near the pole.

    Examples
    --------
    >>> contact_limit_ratio([0.0, 4.0, 112.0]).round(4)
    array([1.    , 0.9999, 0.9962])
    """
    mass2 = _checks.non_negative("s_gamma", s_gamma)
    if np.any(mass2 >= M_Z**2 / 4):
        raise ValueError(f"s_gamma must be below (M_Z/2)^2, too near the Z pole, got {s_gamma!r}")
    z_exchange = M_Z**2 / (M_Z**2 - mass2[..., None])
    right = SIN2_THETA_W * z_exchange
    left = (SIN2_THETA_W - 0.5) * z_exchange
    # left-handed electrons go as (1 + cos)^2 = 4 c^2, and see the W as well if nu = nu_e
    c = NODES
    w_exchange = M_W**2 / (M_W**2 + mass2[..., None] * (1 - c))
    electron_type = (3 * c**2 * WEIGHTS * (left + w_exchange) ** 2).sum(-1)
    squares = electron_type + (2 * left**2 + 3 * right**2)[..., 0]
    contact = (SIN2_THETA_W + 0.5) ** 2 + 2 * (SIN2_THETA_W - 0.5) ** 2 + 3 * SIN2_THETA_W**2
    ratio: FloatArray = squares / contact
    return ratio[()]


def propagator_ratio(selection: Cut, sqrt_s: float) -> float:
    """How far W and Z move the accepted background cross section off the contact limit.

    All of tree level: `cross_section` over `nudp.background.cross_section`.

    Parameters
    ----------
    selection : Selection
        The cuts.
    sqrt_s : float
        Centre-of-mass energy [GeV].

    Returns
    -------
    float
        Ratio of the two cross sections [1].

    Raises
    ------
    ValueError
        As `nudp.background.cross_section`, or if nothing is accepted.

    Examples
    --------
    >>> from nudp.selections import besiii_advanced
    >>> round(propagator_ratio(besiii_advanced(), 4.0), 5)
    0.99955
    """
    if background.cross_section(selection, sqrt_s) == 0:
        name = as_selection(selection).name
        raise ValueError(f"selection {name!r} accepts no background at {sqrt_s} GeV")
    # few nodes do for what is close to 1
    energy, z, weight = _nodes(selection, float(sqrt_s), 0.0, 8, 6)
    contact = background.differential_cross_section(energy, z, float(sqrt_s))
    return float((weight @ _density(energy, z, float(sqrt_s))) / (weight @ contact))


def _density(energy: FloatArray, z: FloatArray, root_s: float) -> FloatArray:
    """Density [fb GeV^-1] below the end point, in blocks."""
    flat = np.stack([energy.ravel(), z.ravel()])
    # the higher the energy, the nearer the pole of the W
    n = 6 + round(root_s / 12)
    blocks = np.array_split(flat, 1 + flat.shape[1] * n**2 // _BLOCK, axis=1)
    squares = [_squared(some_E, some_z, root_s, n) for some_E, some_z in blocks]
    square = np.concatenate(squares).reshape(energy.shape)
    # flux, phase space of the photon and of the pair, spins of the beams, e^2/4
    factor = ALPHA * np.pi / (2 * root_s**2 * 8 * np.pi**2 * 8 * np.pi * 4)
    density: FloatArray = FB_GEV2 * factor * energy * square
    return density


def _squared(energy: FloatArray, z: FloatArray, root_s: float, n: int) -> FloatArray:
    """Square of the amplitude, summed over spins and flavours, averaged over neutrinos."""
    e, z = energy[:, None], z[:, None]
    # components of a vector first, then photons, then n**2 directions of the neutrino
    one, two = root_s / 2 * np.array([[1.0, 0, 0, 1], [1.0, 0, 0, -1]])[:, :, None, None]
    sine = np.sqrt((1 - z) * (1 + z))
    photon = e * np.stack([1 + 0 * z, sine, 0 * z, z])
    nodes, weights = np.polynomial.legendre.leggauss(n)
    c, azimuth = np.repeat(nodes, n), np.tile(2 * np.pi * np.arange(n) / n, n)
    weight = np.repeat(weights / 2, n) / n
    mass2 = root_s * (root_s - 2 * e)
    # the pair recoils against the photon
    along = -(e + (root_s - e) * c) / 2
    across = np.sqrt(mass2 * (1 - c**2)) / 2
    x, y = across * np.cos(azimuth), across * np.sin(azimuth)
    neutrino = np.stack([(root_s - e + e * c) / 2, along * sine + x * z, y, along * z - x * sine])
    other = one + two - photon - neutrino
    left = _left_spinor(one), _left_spinor(two), _left_spinor(neutrino), _left_spinor(other)
    pair = _current(left[2], left[3])
    through_w = _w_exchange(one, two, photon, (neutrino, other), left)
    z_factor = _G_Z2 / (mass2 - M_Z**2 + 1j * mass2 * GAMMA_Z / M_Z)
    g_left, g_right = SIN2_THETA_W - 0.5, SIN2_THETA_W
    total = np.zeros(neutrino.shape[1:])
    for polarisation in (
        np.stack([0 * z, z, 0 * z, -sine]),
        np.array([0.0, 0, 1, 0])[:, None, None],
    ):
        first, second = _emitted(one, two, photon, polarisation)
        current = _current(left[1], first) + _current(second, left[0])
        through_z = z_factor * _dot(current, pair)
        # parity turns the current of right-handed electrons into its complex conjugate
        mirrored = z_factor * _dot(current.conj(), pair)
        total += 3 * _modulus2(g_right * mirrored) + 2 * _modulus2(g_left * through_z)
        total += _modulus2(g_left * through_z - _G_W2 * through_w(polarisation, first, second))
    result: FloatArray = total @ weight
    return result


def _emitted(
    one: FloatArray, two: FloatArray, photon: FloatArray, polarisation: FloatArray
) -> tuple[ComplexArray, ComplexArray]:
    """Spinors of the two beams after the photon has left, with their propagators."""
    spinors = _left_spinor(one), _left_spinor(two)
    after = [
        _sigma(sign * (beam - photon), _sigma_bar(polarisation, spinor)) / (-2 * _dot(beam, photon))
        for beam, spinor, sign in zip((one, two), spinors, (1, -1), strict=True)
    ]
    return after[0], after[1]


def _w_exchange(
    one: FloatArray,
    two: FloatArray,
    photon: FloatArray,
    neutrinos: tuple[FloatArray, FloatArray],
    left: tuple[ComplexArray, ComplexArray, ComplexArray, ComplexArray],
) -> Callable[[FloatArray, ComplexArray, ComplexArray], ComplexArray]:
    """Exchange of a W, of a polarisation: the photon off the electron, the positron and the W."""
    spinor_one, spinor_two, spinor_nu, spinor_other = left
    lost, gained = one - neutrinos[0], two - neutrinos[1]
    to_nu, to_other = _current(spinor_nu, spinor_one), _current(spinor_two, spinor_other)
    nu_photon, other_photon = _dot(to_nu, photon), _dot(to_other, photon)
    first_pole, second_pole = _dot(lost, lost) - M_W**2, _dot(gained, gained) - M_W**2
    # Fierz: the product of two left-handed currents is twice that of their bras and of their kets
    nu = 2 * spinor_nu.conj()
    bras, kets = _wedge(nu, spinor_two.conj()), _wedge(spinor_one, spinor_other)

    def amplitude(
        polarisation: FloatArray, first: ComplexArray, second: ComplexArray
    ) -> ComplexArray:
        vertex = (
            bras * kets * _dot(lost - gained, polarisation)
            + 2 * _dot(to_other, polarisation) * nu_photon
            - 2 * _dot(to_nu, polarisation) * other_photon
        )
        result: ComplexArray = (
            bras * _wedge(first, spinor_other) / second_pole
            + _wedge(nu, second.conj()) * kets / first_pole
            + vertex / (first_pole * second_pole)
        )
        return result

    return amplitude


def _left_spinor(momentum: FloatArray) -> ComplexArray:
    """Two-component spinor of a massless left-handed particle, times sqrt(2E)."""
    energy, x, y, z = momentum
    plus = energy + z
    ahead = plus > 0
    root = np.sqrt(np.where(ahead, plus, 1.0))
    upper = np.where(ahead, -(x - 1j * y) / root, -np.sqrt(2 * energy))
    return np.stack([upper, np.where(ahead, root, 0.0)])


def _current(bra: ComplexArray, ket: ComplexArray) -> ComplexArray:
    """Four-vector of a left-handed current."""
    (a, b), (c, d) = bra.conj(), ket
    return np.stack([a * c + b * d, -(a * d + b * c), 1j * (a * d - b * c), b * d - a * c])


def _wedge(one: ComplexArray, other: ComplexArray) -> ComplexArray:
    """Antisymmetric product of two spinors."""
    product: ComplexArray = one[0] * other[1] - one[1] * other[0]
    return product


def _sigma_bar(vector: FloatArray, spinor: ComplexArray) -> ComplexArray:
    """Slashed vector on a left-handed spinor."""
    matrix = np.einsum("i...,iab->ab...", vector[1:], _PAULI)
    result: ComplexArray = vector[:1] * spinor + np.einsum("ab...,b...->a...", matrix, spinor)
    return result


def _sigma(vector: FloatArray, spinor: ComplexArray) -> ComplexArray:
    """Slashed vector on a right-handed spinor."""
    matrix = np.einsum("i...,iab->ab...", vector[1:], _PAULI)
    result: ComplexArray = vector[:1] * spinor - np.einsum("ab...,b...->a...", matrix, spinor)
    return result


def _dot(one: NDArray[Any], other: NDArray[Any]) -> Any:
    """Scalar product, time positive."""
    return one[0] * other[0] - one[1] * other[1] - one[2] * other[2] - one[3] * other[3]


def _modulus2(amplitude: ComplexArray) -> FloatArray:
    return amplitude.real**2 + amplitude.imag**2
