r"""Unweighted events: e+e- -> N nubar, N -> nu gamma with the place of the decay, and backgrounds.

Each variable is drawn by inverting its cumulative distribution, one after the other: for the
signal the direction of N from Eq. (2), the direction of the photon in the rest frame of N, the
flight distance; for a background the energy, then cos(theta) at that energy.  No event is thrown
away, and all have the same weight.  Complete events hold the four-momentum of every particle, as
`nudp.beyond.export` writes them.  The only module that needs pandas.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nudp import _checks, background, limits
from nudp._yields import _one_efficiency
from nudp.background import flat
from nudp.kinematics import heavy_momentum, lab_from_cm, mass_ratio, photon_energy_lab
from nudp.quadrature import NODES, WEIGHTS, accepted_panels
from nudp.searches import runs_of
from nudp.selections import as_selection
from nudp.signal import PDG_ID, SignalModel, decay_length, decay_probability, total_cross_section

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from nudp.searches import Search
    from nudp.selections import Selection
    from nudp.typing import BoolOrArray, Cut, FloatArray, FloatOrArray, IntArray

__all__ = [
    "background_events",
    "passes",
    "pseudo_experiment",
    "reducible_events",
    "signal_events",
]

# Cells of a table of cumulative probability: a panel in energy, and an interval in cos(theta).
# A cubic through value and slope at the ends of a cell errs by the fourth power of its width.
_ENERGY_CELLS, _ANGLE_CELLS = 512, 16
# Within so small a cell four nodes integrate to rounding.
_T, _W = np.polynomial.legendre.leggauss(4)
# Events whose table in cos(theta) is in memory at one time.
_CHUNK = 50_000
# Monte Carlo numbering.
_NEUTRINOS = {"e": 12, "mu": 14, "tau": 16}
_COMPONENTS = ("E", "px", "py", "pz")


def signal_events(
    search: Search,
    m_N: float,
    d: float,
    n: int,
    *,
    signal: SignalModel,
    rng: np.random.Generator,
    flavour: str = "e",
) -> pd.DataFrame:
    r"""Draw unweighted signal events before any cut.

    Of the charge-conjugate mode, CP turns z into -z and exchanges the beams; the density in
    energy and z is even in z, so one sample stands for both modes.  The event as a whole is
    one of N nubar.

    Parameters
    ----------
    search : Search
        Gives the energy in the centre of mass; its cuts are not applied.
    m_N, d : float
        Mass of the heavy neutral lepton [GeV], transition magnetic moment [GeV^-1]; this sets the
        flight distance alone.
    n : int
        How many events [1].
    signal : SignalModel
        Decay distribution and width.
    rng : numpy.random.Generator
        Source of random numbers.
    flavour : {"e", "mu", "tau"}, optional
        Of the neutrinos; only `pdg_nu` and `pdg_antinu` depend on it.

    Returns
    -------
    pandas.DataFrame
        One event a row: `E_gamma` [GeV] and `cos_theta` [1] of the photon in the CM frame,
        `E_gamma_lab` [GeV], `theta_lab` [deg], its azimuth `phi` [rad], `cos_theta_N` [1] in
        the CM frame, and the decay vertex in the lab, `vertex_x`, `vertex_y`, `vertex_z` [m].
        Then `phi_N` [rad], the mass `m_N` [GeV], c times the time of the decay in the lab,
        `vertex_t` [m], and on the clock of N, `proper_time` [m]; `weight` [fb], whose sum is
        the cross section of all charge modes; energy and momentum in the lab [GeV] as `N_E`,
        `N_px`, `N_py`, `N_pz`, and the same of `nu` (made in the decay), `antinu` (made with N)
        and `gamma`; and the numbers of N and the neutrinos in the Monte Carlo numbering,
        `pdg_N`, `pdg_nu`, `pdg_antinu`.  With a width factor of 2, N is taken to be Majorana,
        and half of the decays make an antineutrino.

    Raises
    ------
    ValueError
        If m_N is not below sqrt_s, d is not positive, n is negative, or the flavour is unknown.
    TypeError
        If search is not one Search or rng no generator.

    References
    ----------
    arXiv:2204.07802, Eqs. (2) and (6).

    Examples
    --------
    >>> from nudp import DIRAC, searches
    >>> rng = np.random.default_rng(1)
    >>> events = signal_events(searches.STCF_4GEV, 1.0, 1e-5, 1000, signal=DIRAC, rng=rng)
    >>> events.shape
    (1000, 33)
    >>> bool((events.E_gamma >= 0.125).all())  # m_N^2 / (2 sqrt_s)
    True
    """
    mass = _checks.number("m_N", m_N, _checks.positive)
    coupling = _checks.number("d", d, _checks.positive)
    search, count = _one_run(search, n, rng)
    _checks.instance("signal", signal, SignalModel)
    _checks.choice("flavour", flavour, _NEUTRINOS)
    mean = decay_length(search.sqrt_s, mass, coupling)  # refuses masses from threshold on
    E_gamma, z, z_N, azimuth = _photon_directions(search.sqrt_s, mass, count, signal, rng)
    azimuth_N = rng.uniform(-np.pi, np.pi, count)
    distance = rng.exponential(size=count) / signal.width * mean
    r, one_minus_r = mass_ratio(search.sqrt_s, mass)
    boost = search.beta
    # N leaves at t = 0 with velocity (1 - r)/(1 + r); the lab sees its vertex boosted
    time = distance * (1 + r) / one_minus_r
    s_N, cos_N, sin_N = np.sqrt((1 - z_N) * (1 + z_N)), np.cos(azimuth_N), np.sin(azimuth_N)
    t, vertex_z = _boosted(time, distance * z_N, boost)
    phi = (azimuth_N + azimuth + np.pi) % (2 * np.pi) - np.pi
    photons = _photons(E_gamma, z, phi, boost)
    p = search.sqrt_s / 2 * one_minus_r
    N_E, N_pz = _boosted(search.sqrt_s / 2 * (1 + r), p * z_N, boost)
    heavy = np.stack([N_E, p * s_N * cos_N, p * s_N * sin_N, N_pz])
    antinu_E, antinu_pz = _boosted(p, -p * z_N, boost)
    gamma = _momenta(photons, boost)
    lepton = _NEUTRINOS[flavour]
    majorana = signal.width_factor == 2
    sign = 1 - 2 * rng.integers(2, size=count) if majorana else np.ones(count, dtype=int)
    sigma = signal.rate * total_cross_section(search.sqrt_s, mass, coupling)
    sigma *= search.opposite_helicities
    # all columns at once: one by one takes as long as drawing them
    return pd.DataFrame(
        {
            **photons,
            "cos_theta_N": z_N,
            "vertex_x": distance * s_N * cos_N,
            "vertex_y": distance * s_N * sin_N,
            "vertex_z": vertex_z,
            "phi_N": azimuth_N,
            "vertex_t": t,
            "m_N": mass,
            "proper_time": distance * 2 * np.sqrt(r) / one_minus_r,
            "weight": sigma / max(count, 1),
            **_columns("N", heavy),
            **_columns("nu", heavy - gamma),
            **_columns("antinu", np.stack([antinu_E, -heavy[1], -heavy[2], antinu_pz])),
            **_columns("gamma", gamma),
            "pdg_N": PDG_ID,
            "pdg_nu": lepton * sign,
            "pdg_antinu": -lepton,
        }
    )


def background_events(search: Search, n: int, *, rng: np.random.Generator) -> pd.DataFrame:
    r"""Draw unweighted events of the irreducible background, e+e- -> nu nubar gamma.

    The density is infinite towards the beam line and at zero energy, so these are accepted
    events: energies follow `nudp.background.photon_spectrum`, and at fixed energy

    .. math::
        -kz + (1+2k)\,\mathrm{artanh}\,z, \qquad k = E^2/s_\gamma

    is uniform over the accepted intervals.

    Parameters
    ----------
    search : Search
        Gives the energy in the centre of mass and the cuts.
    n : int
        How many events [1].
    rng : numpy.random.Generator
        Source of random numbers.

    Returns
    -------
    pandas.DataFrame
        One event a row: `E_gamma` [GeV] and `cos_theta` [1] in the CM frame,
        `E_gamma_lab` [GeV], `theta_lab` [deg] and the azimuth `phi` [rad].  Then `weight` [fb],
        whose sum is the accepted cross section, energies and momenta in the lab [GeV] of
        `nu`, `antinu` and `gamma`, named as in `signal_events`, and `pdg_nu`, `pdg_antinu`.
        What nothing detects is simplified: the neutrinos are those of the electron, and
        share what the photon leaves isotropically.

    Raises
    ------
    ValueError
        If n is negative, or the background is infinite or nothing of it is accepted.
    TypeError
        If search is not one Search or rng no generator.

    Examples
    --------
    >>> from nudp import searches
    >>> rng = np.random.default_rng(1)
    >>> events = background_events(searches.STCF_4GEV, 1000, rng=rng)
    >>> bool(passes(searches.STCF_4GEV.selection, events.E_gamma, events.cos_theta, 4.0).all())
    True
    """
    search, count = _one_run(search, n, rng)
    selection, root_s = as_selection(search.selection), search.sqrt_s
    sigma = background.cross_section(selection, root_s)
    if not sigma > 0:
        raise ValueError(f"selection {selection.name!r} accepts no background at {root_s} GeV")
    photons = _irreducible_photons(search, count, rng)
    up, turn = rng.uniform(size=(2, count))
    E = photons.E_gamma.to_numpy()
    # the pair has the mass sqrt(s - 2 sqrt(s) E) and flies against the photon
    half = np.sqrt(root_s * (root_s - 2 * E)) / 2
    direction = _unit(2 * up - 1, 2 * np.pi * turn)
    photon = _unit(photons.cos_theta.to_numpy(), photons.phi.to_numpy())
    along = -(direction * photon).sum(0)
    # one neutrino, boosted by gamma v = -E photon/(2 half)
    energy = (root_s - E) / 2 + E / 2 * along
    factor = E / 2 + (root_s / 2 - E / 2 - half) * along
    nu = half * direction - factor * photon
    nu_E, nu_pz = _boosted(energy, nu[2], search.beta)
    antinu_E, antinu_pz = _boosted(root_s - E - energy, -E * photon[2] - nu[2], search.beta)
    across = -E * photon[:2] - nu[:2]
    sigma *= float(background.polarised_ratio(*search.polarisation))
    return pd.DataFrame(
        {
            **photons,
            "weight": sigma / max(count, 1),
            **_columns("nu", np.stack([nu_E, nu[0], nu[1], nu_pz])),
            **_columns("antinu", np.stack([antinu_E, *across, antinu_pz])),
            **_columns("gamma", _momenta(photons, search.beta)),
            "pdg_nu": _NEUTRINOS["e"],
            "pdg_antinu": -_NEUTRINOS["e"],
        }
    )


def _irreducible_photons(search: Search, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Photons of the irreducible background, as `background_events` says."""
    selection, root_s = as_selection(search.selection), search.sqrt_s
    share, turn = rng.uniform(size=(2, count))
    energy = _energies(
        share, lambda E: background.photon_spectrum(E, selection, root_s), selection, root_s
    )
    z = _irreducible_cosines(rng.uniform(size=count), energy, selection, root_s)
    return _photons(energy, z, np.pi * (2 * turn - 1), search.beta)


def reducible_events(
    search: Search,
    n: int,
    *,
    rng: np.random.Generator,
    shape: Callable[[FloatArray, FloatArray], ArrayLike] = flat,
) -> pd.DataFrame:
    """Draw unweighted events of the reducible background, of a shape that the caller assumes.

    Where the reducible background of the paper lies within its cuts is not published.  The
    default spreads it evenly over photon energy and cos(theta); it is a stand-in.

    Parameters
    ----------
    search : Search
        Gives the energy in the centre of mass and the cuts.
    n : int
        How many events [1].
    rng : numpy.random.Generator
        Source of random numbers.
    shape : callable, optional
        Density as a function of E_gamma [GeV] and cos_theta in the CM frame, arrays that
        broadcast, in any normalisation.  Should be smooth: cumulative probabilities are then good
        to 1e-6 in the angle, where a table has 16 cells an interval, and better in energy.

    Returns
    -------
    pandas.DataFrame
        The first five columns of `background_events`: what is lost beside the photon is
        nobody's assumption.

    Raises
    ------
    ValueError
        If n is negative, nothing is accepted, or the shape is negative or zero everywhere.
    TypeError
        If search is not one Search or rng no generator.

    Examples
    --------
    >>> from nudp import searches
    >>> rng = np.random.default_rng(1)
    >>> hard = reducible_events(searches.BELLE2_LOW_MASS, 1000, rng=rng, shape=lambda E, z: E**2)
    >>> bool(hard.E_gamma.mean() > reducible_events(
    ...     searches.BELLE2_LOW_MASS, 1000, rng=rng).E_gamma.mean())
    True
    """
    search, count = _one_run(search, n, rng)
    _checks.function("shape", shape)
    selection, root_s = as_selection(search.selection), search.sqrt_s

    def density(energy: FloatArray, z: FloatArray) -> FloatArray:
        value = _checks.non_negative("shape", shape(energy, z))
        return np.broadcast_to(value, np.broadcast_shapes(energy.shape, z.shape))

    def spectrum(energy: FloatArray) -> FloatArray:
        intervals = selection.intervals(np.minimum(energy, root_s / 2), root_s)
        width = np.diff(intervals, axis=-1)
        z = intervals[..., :1] + width * NODES
        values = density(energy[..., None, None], z)
        integral: FloatArray = (values * width * WEIGHTS).sum((-1, -2))
        return integral

    share, turn = rng.uniform(size=(2, count))
    energy = _energies(share, spectrum, selection, root_s)
    share = rng.uniform(size=count)
    z = np.empty(count)
    for first in range(0, count, _CHUNK):
        part = slice(first, first + _CHUNK)
        z[part] = _reducible_cosines(share[part], energy[part], density, selection, root_s)
    return _photons(energy, z, np.pi * (2 * turn - 1), search.beta)


def pseudo_experiment(
    search: Search,
    m_N: float,
    d: float,
    *,
    signal: SignalModel,
    rng: np.random.Generator,
    shape: Callable[[FloatArray, FloatArray], ArrayLike] = flat,
) -> pd.DataFrame:
    """Draw one data set: signal and both backgrounds, each with its Poisson fluctuation.

    Of the signal remain the photons that pass the cuts, from an N that flew less than the
    detector length in the CM frame, as in Eqs. (5) and (6).  The photon efficiency is applied.

    Parameters
    ----------
    search : Search
        One search; of several runs draw one data set each.
    m_N, d : float
        Mass of the heavy neutral lepton [GeV], transition magnetic moment [GeV^-1]; 0 without N.
    signal : SignalModel
        Charge modes, decay distribution and width.
    rng : numpy.random.Generator
        Source of random numbers.
    shape : callable, optional
        Density of the reducible background, as in `reducible_events`; constant unless given.

    Returns
    -------
    pandas.DataFrame
        What the detector sees, one event a row in random order: the first five columns of
        `background_events`; and `kind`, the truth, which no experiment has: "signal",
        "irreducible" or "reducible".

    Raises
    ------
    ValueError
        If m_N is not positive and below sqrt_s, d is negative, or a background is infinite.
    TypeError
        If search is not one Search or rng no generator.

    References
    ----------
    arXiv:2204.07802, Eq. (7).

    Examples
    --------
    >>> from nudp import DIRAC, searches
    >>> rng = np.random.default_rng(1)
    >>> data = pseudo_experiment(searches.STCF_4GEV, 3.0, 5e-6, signal=DIRAC, rng=rng)
    >>> sorted(data.kind.unique())
    ['irreducible', 'signal']
    """
    search, _ = _one_run(search, 0, rng)
    efficiency = search.photon_efficiency
    if callable(efficiency):  # every photon is drawn, and found with its own probability
        search = replace(search, photon_efficiency=1.0)
    _checks.function("shape", shape)
    coupling = _checks.number("d", d, _checks.non_negative)
    mass = _checks.number("m_N", m_N, _checks.positive)
    heavy_momentum(search.sqrt_s, mass)  # refuses masses at and above threshold
    expected = limits.yields(search, mass, signal)
    irreducible = rng.poisson(expected.irreducible[0])
    reducible = rng.poisson(expected.reducible[0])
    tables = dict.fromkeys(("signal", "irreducible", "reducible"), _none(search.beta))
    tables["signal"] = _seen(search, mass, coupling, signal, rng)
    if irreducible:
        tables["irreducible"] = _irreducible_photons(search, irreducible, rng)
    if reducible:
        tables["reducible"] = reducible_events(search, reducible, rng=rng, shape=shape)
    if callable(efficiency):
        for kind in ("signal", "irreducible"):
            found = efficiency(tables[kind].E_gamma, tables[kind].cos_theta)
            tables[kind] = tables[kind][rng.random(len(tables[kind])) < found]
    kinds = np.repeat(list(tables), [len(table) for table in tables.values()])
    data = pd.concat(tables.values(), ignore_index=True).assign(kind=kinds)
    return data.iloc[rng.permutation(len(data))].reset_index(drop=True)


def passes(selection: Cut, E_gamma: ArrayLike, cos_theta: ArrayLike, sqrt_s: float) -> BoolOrArray:
    """Whether photons pass a selection.

    Parameters
    ----------
    selection : Selection
        The cuts.
    E_gamma, cos_theta : array_like
        Photon energies [GeV] and cosines of their polar angles [1], in the CM frame.
    sqrt_s : float
        Centre-of-mass energy [GeV].

    Returns
    -------
    ndarray of bool or bool
        Shaped like E_gamma.

    Examples
    --------
    >>> from nudp.selections import besiii_basic
    >>> passes(besiii_basic(), [1.0, 1.0, 0.01], [0.0, 0.83, 0.0], 4.0)
    array([ True, False, False])
    """
    _checks.cut("selection", selection)
    energy = _checks.non_negative("E_gamma", E_gamma)
    cosine = _checks.cosine("cos_theta", cos_theta)
    _checks.shapes_fit(E_gamma=energy, cos_theta=cosine)
    intervals = selection.intervals(energy, _checks.number("sqrt_s", sqrt_s, _checks.positive))
    z = cosine[..., None]
    return ((intervals[..., 0] < z) & (z < intervals[..., 1])).any(-1)


# ---- tables of events --------------------------------------------------------


def _one_run(search: Search, n: int, rng: np.random.Generator) -> tuple[Search, int]:
    """Refuse what every generator here refuses; the one run, and the number of events."""
    runs = runs_of(search)
    if len(runs) > 1:
        raise TypeError(f"search must be one Search, got {len(runs)}: draw each run by itself")
    _checks.instance("rng", rng, np.random.Generator)
    return runs[0], _checks.whole_number("n", n)


def _photons(E_gamma: FloatArray, z: FloatArray, phi: FloatArray, boost: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "E_gamma": E_gamma,
            "cos_theta": z,
            "E_gamma_lab": photon_energy_lab(E_gamma, z, boost),
            "theta_lab": np.rad2deg(np.arccos(lab_from_cm(z, boost))),
            "phi": phi,
        }
    )


def _boosted(
    energy: FloatArray | float, along: FloatArray, boost: float
) -> tuple[FloatArray, FloatArray]:
    """Energy and component along the beam, or time and place, in the lab."""
    gamma = 1 / np.sqrt((1 - boost) * (1 + boost))
    return gamma * (energy + boost * along), gamma * (along + boost * energy)


def _unit(z: FloatArray, azimuth: FloatArray) -> FloatArray:
    across = np.sqrt((1 - z) * (1 + z))
    return np.stack([across * np.cos(azimuth), across * np.sin(azimuth), z])


def _momenta(photons: pd.DataFrame, boost: float) -> FloatArray:
    """Energies and momenta of photons in the lab [GeV], one row a component."""
    E, z, phi = (photons[name].to_numpy() for name in ("E_gamma", "cos_theta", "phi"))
    px, py, pz = E * _unit(z, phi)
    E_lab, pz_lab = _boosted(E, pz, boost)
    return np.stack([E_lab, px, py, pz_lab])


def _columns(name: str, momenta: FloatArray) -> dict[str, FloatArray]:
    return {f"{name}_{what}": row for what, row in zip(_COMPONENTS, momenta, strict=True)}


def _none(boost: float) -> pd.DataFrame:
    nothing = np.zeros(0)
    return _photons(nothing, nothing, nothing, boost)


def _seen(
    search: Search, mass: float, coupling: float, signal: SignalModel, rng: np.random.Generator
) -> pd.DataFrame:
    """Signal photons of one data set: a Poisson number decays inside, of which some pass."""
    if coupling == 0:
        return _none(search.beta)
    length = signal.width * search.detector_length
    sigma = signal.rate * total_cross_section(search.sqrt_s, mass, coupling)
    sigma *= search.opposite_helicities
    inside = sigma * decay_probability(length, search.sqrt_s, mass, coupling)
    count = int(rng.poisson(search.luminosity * _one_efficiency(search) * inside))
    # how far N flies depends on no angle in the CM frame: the decay is in the number alone
    energy, z, _, azimuth = _photon_directions(search.sqrt_s, mass, count, signal, rng)
    phi = (rng.uniform(-np.pi, np.pi, count) + azimuth + np.pi) % (2 * np.pi) - np.pi
    passed = passes(search.selection, energy, z, search.sqrt_s)
    return _photons(energy[passed], z[passed], phi[passed], search.beta)


def _photon_directions(
    sqrt_s: float, m_N: float, count: int, signal: SignalModel, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    r"""Photon energy and z, z_N, and the azimuth of the photon counted from that of N.

    N leaves with the density of Eq. (2).  With c = cos(theta*) and the azimuth psi about the
    flight direction, both in the rest frame of N and psi = 0 towards the electron beam, the
    photon follows

    .. math::
        (1-z_N^2)(1-c) + r(1+z_N^2)(1+c)
        + 2\sqrt r\,z_N\sqrt{1-z_N^2}\,\sqrt{1-c^2}\,\cos\psi

    for "exact": two helicities of N, each with its decay, and their interference.  For a
    slope h it is 1 + h c.
    """
    r, one_minus_r = mass_ratio(sqrt_s, m_N)
    first, second, third = rng.uniform(size=(3, count))
    z_N = _heavy_cosine(first, r, one_minus_r)
    s_N = np.sqrt((1 - z_N) * (1 + z_N))
    if signal.decay == "exact":
        minus, plus = s_N**2, r * (1 + z_N**2)
        slope = (plus - minus) / (plus + minus)
    else:
        slope = np.full(count, float(signal.decay))
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
    return x * (sqrt_s / 2), np.clip(z, -1, 1), z_N, azimuth


# ---- inverse cumulative distributions ----------------------------------------


def _energies(
    share: FloatArray,
    spectrum: Callable[[FloatArray], FloatOrArray],
    selection: Selection,
    sqrt_s: float,
) -> FloatArray:
    """The energies below which an accepted spectrum has the given shares."""
    panels = accepted_panels(selection, sqrt_s)
    if not panels.size:
        raise ValueError(f"selection {selection.name!r} accepts nothing at {sqrt_s} GeV")
    a, b = panels[:, :1], panels[:, 1:]
    # E = a + (b - a) sin^2(psi) takes the square roots at the kinks away, as in nudp.quadrature
    step = np.pi / 2 / _ENERGY_CELLS
    psi: FloatArray = step * np.arange(_ENERGY_CELLS + 1.0)

    def density(psi: FloatArray) -> FloatArray:
        energy = a + (b - a) * np.sin(psi) ** 2
        return (b - a) * np.sin(2 * psi) * spectrum(energy)

    nodes = (psi[:-1, None] + step * (1 + _T) / 2).ravel()
    content = (density(nodes).reshape(len(a), _ENERGY_CELLS, -1) * _W).sum(-1) * step / 2
    edges = density(psi)
    if not content.sum() > 0:
        raise ValueError(f"shape must be positive somewhere in {selection.name!r}, got zero")
    reached = np.cumsum(content)
    target = share * reached[-1]
    cell = np.minimum(np.searchsorted(reached, target, side="right"), content.size - 1)
    below = np.concatenate([[0.0], reached])[cell]
    panel, cell = np.divmod(cell, _ENERGY_CELLS)
    at = _within_cell(
        target - below, content[panel, cell], edges[panel, cell], edges[panel, cell + 1], step
    )
    psi = step * (cell + at)
    low, high = panels[panel].T
    energy: FloatArray = low + (high - low) * np.sin(psi) ** 2
    return energy


def _irreducible_cosines(
    share: FloatArray, energy: FloatArray, selection: Cut, sqrt_s: float
) -> FloatArray:
    """Cosines below which the accepted background of one energy has the given shares."""
    square = energy**2
    # k/(1 + 2k), finite at the endpoint where k = E^2/s_gamma is not
    w = square / (np.maximum(sqrt_s * (sqrt_s - 2 * energy), 0.0) + 2 * square)
    intervals = selection.intervals(energy, sqrt_s)
    reached = np.arctanh(intervals) - w[:, None, None] * intervals
    lower, target = _pick(share, np.diff(reached)[..., 0])
    # artanh(z) = y solves y - w tanh(y) = m with w at most 1/2: Newton, from the far side
    m = np.take_along_axis(reached[..., 0], lower, -1)[:, 0] + target
    y = m / (1 - w)
    for _ in range(8):
        z = np.tanh(y)
        y -= (y - w * z - m) / (1 - w * (1 - z) * (1 + z))
    ends = np.take_along_axis(intervals, lower[..., None], -2)[:, 0]
    return np.clip(np.tanh(y), ends[:, 0], ends[:, 1])


def _reducible_cosines(
    share: FloatArray,
    energy: FloatArray,
    density: Callable[[FloatArray, FloatArray], FloatArray],
    selection: Selection,
    sqrt_s: float,
) -> FloatArray:
    """Cosines below which a density of one energy has the given shares, from a table each."""
    intervals = selection.intervals(energy, sqrt_s)
    step = np.diff(intervals, axis=-1) / _ANGLE_CELLS
    z = intervals[..., :1] + step / 2 * np.arange(2 * _ANGLE_CELLS + 1)
    values = density(energy[:, None, None], z)
    edges = values[..., ::2]
    content = step / 6 * (edges[..., :-1] + 4 * values[..., 1::2] + edges[..., 1:])  # Simpson
    starts = z[..., :-1:2].reshape(len(energy), -1)
    left, right = (e.reshape(len(energy), -1) for e in (edges[..., :-1], edges[..., 1:]))
    content = content.reshape(len(energy), -1)
    steps = np.repeat(step[..., 0], _ANGLE_CELLS, axis=-1)
    cell, target = _pick(share, content)
    content, left, right, steps, starts = (
        np.take_along_axis(array, cell, -1)[:, 0] for array in (content, left, right, steps, starts)
    )
    return starts + steps * _within_cell(target, content, left, right, steps)


def _pick(share: FloatArray, content: FloatArray) -> tuple[IntArray, FloatArray]:
    """Which of a row's entries holds a share of their sum, and how far into it [content]."""
    reached = np.cumsum(content, axis=-1)
    target = share * reached[:, -1]
    entry = (reached <= target[:, None]).sum(-1, keepdims=True)
    entry = np.minimum(entry, content.shape[-1] - 1)
    below = np.take_along_axis(reached - content, entry, -1)[:, 0]
    return entry, target - below


def _within_cell(
    target: FloatArray,
    content: FloatArray,
    left: FloatArray,
    right: FloatArray,
    step: FloatOrArray | float,
) -> FloatArray:
    """Where in a cell, from 0 to 1, a cubic of the given content and end densities is at target.

    Newton steps that leave the bracket of the root become bisections.
    """
    y = np.clip(target / content, 0, 1)
    a, b = (np.minimum(step * density / content, 3.0) for density in (left, right))
    # the cubic Hermite polynomial from 0 to 1 with slopes a and b, monotone up to slopes of 3
    cubic, square = a + b - 2, 3 - 2 * a - b
    # root of the parabola that has the slopes in the same ratio: nearly right already
    start = np.divide(2 * a, a + b, out=np.ones_like(a), where=a + b > 0)
    t: FloatArray = 2 * y / np.maximum(start + np.sqrt(start**2 + 4 * (1 - start) * y), 1e-300)
    t = np.clip(t, 0, 1)
    low, high = np.zeros_like(t), np.ones_like(t)
    open_ = np.arange(t.size)
    for _ in range(60):
        here = t[open_]
        excess = ((cubic[open_] * here + square[open_]) * here + a[open_]) * here - y[open_]
        slope = (3 * cubic[open_] * here + 2 * square[open_]) * here + a[open_]
        high[open_] = np.where(excess > 0, here, high[open_])
        low[open_] = np.where(excess < 0, here, low[open_])
        move = np.divide(excess, slope, out=np.full_like(here, np.inf), where=slope > 0)
        new = here - move
        outside = ~((low[open_] <= new) & (new <= high[open_]))
        new[outside] = (low[open_][outside] + high[open_][outside]) / 2
        new[excess == 0] = here[excess == 0]
        t[open_] = new
        open_ = open_[np.abs(new - here) > 1e-12]
        if not open_.size:
            break
    return t


def _heavy_cosine(share: FloatArray, r: FloatArray, one_minus_r: FloatArray) -> FloatArray:
    """The z_N below which Eq. (2) has the given share: the middle root of a cubic."""
    # z^3 - 3 q z = -2 q^(3/2) sin(3 t) with z = 2 sqrt(q) sin(t), q = (1 + r)/(1 - r)
    sine = (2 * share - 1) * (1 + 2 * r) * np.sqrt(one_minus_r) / (1 + r) ** 1.5
    angle = np.arcsin(np.clip(sine, -1, 1)) / 3
    z_N: FloatArray = np.clip(2 * np.sqrt((1 + r) / one_minus_r) * np.sin(angle), -1, 1)
    return z_N


def _share_upward(share: FloatArray, slope: FloatArray) -> FloatArray:
    """The (1 + c)/2 below which 1 + slope c has the given share, c from -1 to 1."""
    return 2 * share / (1 - slope + np.sqrt((1 - slope) ** 2 + 4 * slope * share))


def _kepler(turn: FloatArray, wave: FloatArray) -> FloatArray:
    """Solve psi + wave sin(psi) = turn, the cumulative distribution of 1 + wave cos(psi)."""
    psi = turn.copy()
    # abs(wave) is at most 1/sqrt(2): Newton gains digits from here on, 8 steps are ample
    for _ in range(8):
        psi -= (psi + wave * np.sin(psi) - turn) / (1 + wave * np.cos(psi))
    return psi
