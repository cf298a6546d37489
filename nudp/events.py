r"""Unweighted signal events: e+e- -> N nubar, N -> nu gamma, with the place of the decay.

Each variable is drawn by inverting its cumulative distribution, one after the other: the
direction of N from Eq. (2), the direction of the photon in the rest frame of N, the flight
distance.  No event is thrown away, none carries a weight.  The only module that needs pandas.
"""

import numpy as np
import pandas as pd

from nudp import checks
from nudp.kinematics import heavy_momentum, lab_from_cm, mass_ratio, photon_energy_lab
from nudp.signal import decay_length

__all__ = ["passes", "photon_directions", "signal_events"]


def signal_events(search, m_N, d, n, *, signal, rng, boost=0.0):
    r"""Draw unweighted signal events before any cut.

    Of the charge-conjugate mode, CP turns z into -z and exchanges the beams; the density in
    energy and z is even in z, so one sample stands for both modes.  The event as a whole is
    one of N nubar.

    Parameters
    ----------
    search : Search
        Gives the energy in the centre of mass; its cuts are not applied.
    m_N : float
        Mass of the heavy neutral lepton [GeV].
    d : float
        Transition magnetic moment [GeV^-1]; sets the flight distance alone.
    n : int
        How many events [1].
    signal : SignalModel
        Decay distribution and width.
    rng : numpy.random.Generator
        Source of random numbers.
    boost : float, optional
        Velocity of the CM frame in the lab along +z [c]; `nudp.selections.BELLE2_BOOST`
        for Belle II.

    Returns
    -------
    pandas.DataFrame
        One event a row: `E_gamma` [GeV] and `cos_theta` [1] of the photon in the CM frame,
        `E_gamma_lab` [GeV], `theta_lab` [deg], its azimuth `phi` [rad], `cos_theta_N` [1] in
        the CM frame, and the decay vertex in the lab, `vertex_x`, `vertex_y`, `vertex_z` [m].

    Raises
    ------
    ValueError
        If m_N is not below sqrt_s, d is not positive, or n is negative.

    References
    ----------
    arXiv:2204.07802, Eqs. (2) and (6).

    Examples
    --------
    >>> from nudp import DIRAC, searches
    >>> rng = np.random.default_rng(1)
    >>> events = signal_events(searches.STCF_4GEV, 1.0, 1e-5, 1000, signal=DIRAC, rng=rng)
    >>> events.shape
    (1000, 9)
    >>> bool((events.E_gamma >= 0.125).all())  # m_N^2 / (2 sqrt_s)
    True
    """
    mass = float(checks.positive("m_N", m_N))
    coupling = float(checks.positive("d", d))
    count = int(checks.non_negative("n", n))
    E_gamma, z, z_N, azimuth = photon_directions(search.sqrt_s, mass, count, signal, rng)
    azimuth_N = rng.uniform(-np.pi, np.pi, count)
    flight = rng.exponential(size=count) / signal.width_factor
    distance = flight * decay_length(search.sqrt_s, mass, coupling)
    r, one_minus_r = mass_ratio(search.sqrt_s, mass)
    # N leaves at t = 0 with velocity (1 - r)/(1 + r); the lab sees its vertex boosted
    time = distance * (1 + r) / one_minus_r
    across = distance * np.sqrt((1 - z_N) * (1 + z_N))
    along = (distance * z_N + boost * time) / np.sqrt((1 - boost) * (1 + boost))
    phi = azimuth_N + azimuth
    return pd.DataFrame(
        {
            "E_gamma": E_gamma,
            "cos_theta": z,
            "E_gamma_lab": photon_energy_lab(E_gamma, z, boost),
            "theta_lab": np.rad2deg(np.arccos(lab_from_cm(z, boost))),
            "phi": (phi + np.pi) % (2 * np.pi) - np.pi,
            "cos_theta_N": z_N,
            "vertex_x": across * np.cos(azimuth_N),
            "vertex_y": across * np.sin(azimuth_N),
            "vertex_z": along,
        }
    )


def photon_directions(sqrt_s, m_N, n, signal, rng):
    r"""Draw energy and direction of the photon, and the polar angle of N, in the CM frame.

    N leaves with the density of Eq. (2).  With c = cos(theta*) and the azimuth psi about the
    flight direction, both in the rest frame of N and psi = 0 towards the electron beam, the
    photon follows

    .. math::
        (1-z_N^2)(1-c) + r(1+z_N^2)(1+c)
        + 2\sqrt r\,z_N\sqrt{1-z_N^2}\,\sqrt{1-c^2}\,\cos\psi

    for "exact": two helicities of N, each with its decay, and their interference.  For a
    slope h it is 1 + h c.

    Parameters
    ----------
    sqrt_s : array_like
        Centre-of-mass energy [GeV], one for all events or one an event.
    m_N : float
        Mass of the heavy neutral lepton [GeV].
    n : int
        How many events [1].
    signal : SignalModel
        Decay distribution.
    rng : numpy.random.Generator
        Source of random numbers.

    Returns
    -------
    E_gamma : ndarray, shape (n,)
        Photon energy [GeV].
    cos_theta : ndarray, shape (n,)
        Cosine of the photon polar angle [1].
    cos_theta_N : ndarray, shape (n,)
        Cosine of the polar angle of N [1].
    azimuth : ndarray, shape (n,)
        Azimuth of the photon about the beam, counted from that of N [rad].

    Raises
    ------
    ValueError
        If m_N is not below sqrt_s.

    Examples
    --------
    >>> from nudp import PUBLISHED
    >>> rng = np.random.default_rng(1)
    >>> E_gamma, cos_theta, *_ = photon_directions(4.0, 2.0, 5, PUBLISHED, rng)
    >>> bool(np.all((E_gamma > 0.5) & (E_gamma < 2.0)))
    True
    """
    heavy_momentum(sqrt_s, m_N)  # refuses masses at and above threshold
    r, one_minus_r = mass_ratio(sqrt_s, m_N)
    first, second, third = rng.uniform(size=(3, n))
    z_N = _heavy_cosine(first, r, one_minus_r)
    s_N = np.sqrt((1 - z_N) * (1 + z_N))
    if signal.decay == "exact":
        minus, plus = s_N**2, r * (1 + z_N**2)
        slope = (plus - minus) / (plus + minus)
    else:
        slope = np.full(n, float(signal.decay))
    up = _share_upward(second, slope)
    down = 1 - up
    psi = 2 * np.pi * third
    if signal.decay == "exact":
        # with c = up - down: 1 - c = 2 down, 1 + c = 2 up, sqrt(1 - c^2) = 2 sqrt(up down)
        wave = 2 * np.sqrt(r * up * down) * z_N * s_N / (minus * down + plus * up)
        psi = _kepler(psi, wave)
    x = r + one_minus_r * up
    # about the flight direction of N in the CM frame
    cos_alpha = (up - r * down) / x
    sin_alpha = 2 * np.sqrt(r * up * down) / x
    z = cos_alpha * z_N + sin_alpha * s_N * np.cos(psi)
    outward = cos_alpha * s_N - sin_alpha * z_N * np.cos(psi)
    azimuth = np.arctan2(sin_alpha * np.sin(psi), outward)
    # rounding alone can carry z over 1
    return x * (np.asarray(sqrt_s) / 2), np.clip(z, -1, 1), z_N, azimuth


def passes(selection, E_gamma, cos_theta, sqrt_s):
    """Whether photons pass a selection.

    Parameters
    ----------
    selection : Selection
        The cuts.
    E_gamma : array_like
        Photon energies in the CM frame [GeV].
    cos_theta : array_like
        Cosines of their polar angles in the CM frame [1].
    sqrt_s : float
        Centre-of-mass energy [GeV].

    Returns
    -------
    ndarray of bool
        Shaped like E_gamma.

    Examples
    --------
    >>> from nudp.selections import besiii_basic
    >>> passes(besiii_basic(), [1.0, 1.0, 0.01], [0.0, 0.83, 0.0], 4.0)
    array([ True, False, False])
    """
    intervals = selection.intervals(E_gamma, sqrt_s)
    z = np.asarray(cos_theta)[..., None]
    return ((intervals[..., 0] < z) & (z < intervals[..., 1])).any(-1)


def _heavy_cosine(share, r, one_minus_r):
    """The z_N below which Eq. (2) has the given share: the middle root of a cubic."""
    # z^3 - 3 q z = -2 q^(3/2) sin(3 t) with z = 2 sqrt(q) sin(t), q = (1 + r)/(1 - r)
    sine = (2 * share - 1) * (1 + 2 * r) * np.sqrt(one_minus_r) / (1 + r) ** 1.5
    angle = np.arcsin(np.clip(sine, -1, 1)) / 3
    return np.clip(2 * np.sqrt((1 + r) / one_minus_r) * np.sin(angle), -1, 1)


def _share_upward(share, slope):
    """The (1 + c)/2 below which 1 + slope c has the given share, c from -1 to 1."""
    return 2 * share / (1 - slope + np.sqrt((1 - slope) ** 2 + 4 * slope * share))


def _kepler(turn, wave):
    """Solve psi + wave sin(psi) = turn, the cumulative distribution of 1 + wave cos(psi)."""
    psi = turn.copy()
    # abs(wave) is at most 1/sqrt(2): Newton gains digits from here on, 8 steps are ample
    for _ in range(8):
        psi -= (psi + wave * np.sin(psi) - turn) / (1 + wave * np.cos(psi))
    return psi
