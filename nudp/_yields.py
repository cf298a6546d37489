r"""Eq. (7): signal and background events of a search; what `nudp.limits` begins with."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, overload

import numpy as np

from nudp import _checks
from nudp.background import _cross_sections, _polarised_ratio
from nudp.quadrature import Grid, _grid
from nudp.searches import AnySearch, Search, runs_of
from nudp.signal import SignalModel, _rates_per_d2

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike

    from nudp.typing import Cut, FloatArray, FloatOrArray

__all__ = ["Yields", "expected_events", "yields"]

# Fields of a `Search`, and what a message calls them.
_UNCERTAINTY = "background_uncertainty"
_SCALES = ("signal_uncertainty", "luminosity_uncertainty")


@overload
def expected_events(
    search: Search, m_N: ArrayLike, d: ArrayLike, signal: SignalModel
) -> tuple[FloatOrArray, FloatOrArray]: ...
@overload
def expected_events(
    search: Iterable[AnySearch], m_N: ArrayLike, d: ArrayLike, signal: SignalModel
) -> tuple[FloatArray, FloatArray]: ...
def expected_events(
    search: AnySearch, m_N: ArrayLike, d: ArrayLike, signal: SignalModel
) -> tuple[FloatOrArray, FloatOrArray]:
    r"""Eq. (7): expected signal and background events.

    .. math::
        S = L\,\sigma\,\epsilon_{cuts}\,\epsilon_{det}\,P_{dec}(l_D),\qquad
        B = L\,(\sigma_{ir}\,\epsilon_{det} + \sigma_{re})

    with sigma counting the charge modes of the signal model.

    Parameters
    ----------
    search : Search, Runs or iterable of these
        One search, or the runs of one.
    m_N, d : array_like
        Mass of the heavy neutral lepton [GeV] and transition magnetic moment [GeV^-1].
    signal : SignalModel
        Charge modes, decay distribution and width.

    Returns
    -------
    signal : ndarray or float
        Events [1], broadcast over m_N and d; for several searches with one
        entry a run in front.  A run below threshold expects no signal.
    background : ndarray or float
        Events [1], of the same shape.

    Raises
    ------
    ValueError
        If a mass is not positive, d is negative, or the background is infinite.

    References
    ----------
    arXiv:2204.07802, Eq. (7) and Sec. II.A.

    Examples
    --------
    >>> from nudp import PUBLISHED, searches
    >>> S, B = expected_events(searches.STCF_4GEV, m_N=1.0, d=2e-6, signal=PUBLISHED)
    >>> round(float(S), 1), round(float(B), 1)
    (35.0, 295.2)
    """
    S, B = _expected_events(runs_of(search), m_N, d, signal)
    return (S[0][()], B[0][()]) if isinstance(search, Search) else (S, B)


def _expected_events(
    runs: tuple[Search, ...], m_N: ArrayLike, d: ArrayLike, signal: SignalModel
) -> tuple[FloatArray, FloatArray]:
    """`expected_events` of several runs."""
    coupling, mass = _checks.non_negative("d", d), _checks.positive("m_N", m_N)
    _checks.shapes_fit(m_N=mass, d=coupling)
    _checks.instance("signal", signal, SignalModel)
    expected = _yields(runs, _grids(runs), mass, signal)
    axes = np.broadcast(mass, coupling).ndim
    per_mass = (len(runs), *(1,) * (axes - mass.ndim), *mass.shape)
    S = _signal(coupling**2, *_channels(expected, per_mass))
    B = expected.background.reshape(len(runs), *(1,) * axes)
    return S, np.broadcast_to(B, S.shape).copy()


@dataclass(frozen=True)
class Yields:
    r"""What `solve` needs of a search: expected events, apart from d.

    :math:`S_i(d) = s_i d^2\,(1 - e^{-k_i d^2})`, with a tag :math:`+\,t_i d^2 e^{-k_i d^2}`: at
    Belle II, BESIII and STCF the coupling enters a limit in no other way.  Changed copies come
    from `dataclasses.replace`.

    Parameters
    ----------
    prompt : ndarray, shape (runs, ...)
        Signal events per d^2 if every N decayed at once, s [GeV^2], shaped like m_N
        behind the first axis.
    decay : ndarray, shape (runs, ...)
        Detector length over decay length, per d^2, k [GeV^2], the same shape.
    irreducible : ndarray, shape (runs,)
        Irreducible background [1].
    reducible : ndarray, shape (runs,)
        Reducible background, or all of it where a search gives it [1].
    uncertainty : ndarray, shape (runs,)
        Relative uncertainty of the reducible background [1].
    tagged : ndarray, shape (runs, ...), optional
        Signal events per d^2 if no N decayed, t [GeV^2], the same shape as s and nowhere above
        it; from `nudp.beyond.radiation.tagged_yields`.
    signal_uncertainty, luminosity_uncertainty : ndarray, shape (runs,), optional
        Relative uncertainties of the signal, and of signal and irreducible background alike [1].

    Raises
    ------
    ValueError
        If a number is negative or not finite, shapes do not fit together, or t is above s.

    Examples
    --------
    >>> from nudp.limits import solve
    >>> one_mass, one_run = np.array([[2e12]]), np.array([900.0])
    >>> expected = Yields(one_mass, 500 * one_mass, one_run, 0 * one_run, 0 * one_run)
    >>> f"{solve(expected)[0]:.3g} GeV^-1"
    '5.04e-06 GeV^-1'
    """

    prompt: FloatArray
    decay: FloatArray
    irreducible: FloatArray
    reducible: FloatArray
    uncertainty: FloatArray
    tagged: FloatArray | None = None
    signal_uncertainty: FloatArray | None = None
    luminosity_uncertainty: FloatArray | None = None

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self)):
            if getattr(self, name) is None:
                continue
            array = _checks.non_negative(name, getattr(self, name))
            per_mass = name in ("prompt", "decay", "tagged")
            expected = np.shape(self.prompt) if per_mass else np.shape(self.prompt)[:1]
            if array.ndim == 0 or array.shape != expected:
                raise ValueError(f"{name} must have shape {expected}, got {array.shape}")
            if name in _SCALES:
                _checks.vagueness(name, array)
            object.__setattr__(self, name, array)
        # else S might fall as d grows, and a limit have two ends
        if self.tagged is not None and np.any(self.tagged > self.prompt):
            excess = float((self.tagged - self.prompt).max())
            raise ValueError(f"tagged must not exceed prompt, got {excess!r} more")

    @property
    def background(self) -> FloatArray:
        """Background events of each run [1].

        Examples
        --------
        >>> from nudp import PUBLISHED, searches
        >>> yields(searches.BELLE2_LOW_MASS, 1.0, PUBLISHED).background.round(-3)
        array([752000.])
        """
        return self.irreducible + self.reducible


def yields(search: AnySearch, m_N: ArrayLike, signal: SignalModel) -> Yields:
    """Factors of Eq. (7) that do not depend on d, for each run.

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
        Prompt signal [GeV^2], decay [GeV^2] and background [1], runs along the first axis.

    Raises
    ------
    ValueError
        If a mass is not positive, or the background is infinite.

    References
    ----------
    arXiv:2204.07802, Eqs. (5) to (7).

    Examples
    --------
    >>> from nudp import PUBLISHED, searches
    >>> stcf = yields(searches.STCF_4GEV, 1.0, PUBLISHED)
    >>> f"{stcf.prompt[0]:.3g} GeV^2, {stcf.irreducible[0]:.1f} events"
    '8.74e+12 GeV^2, 295.2 events'
    """
    runs, mass = runs_of(search), _checks.positive("m_N", m_N)
    _checks.instance("signal", signal, SignalModel)
    return _yields(runs, _grids(runs), mass, signal)


def _per_run(runs: tuple[Search, ...], field: str) -> FloatArray:
    return np.array([getattr(run, field) for run in runs])


def _grids(runs: tuple[Search, ...]) -> list[tuple[list[int], Grid]]:
    """Runs under the same cuts, by their numbers, and these cuts at all their energies.

    Apart where the background is computed and where it is given.
    """
    alike: dict[tuple[int, int, bool], list[int]] = {}
    for i, run in enumerate(runs):
        table = 0 if isinstance(run.photon_efficiency, float | int) else id(run.photon_efficiency)
        key = id(run.selection), table, run.background_events is None
        alike.setdefault(key, []).append(i)
    root_s = _per_run(runs, "sqrt_s")
    return [(rows, _grid(_cuts(runs[rows[0]]), root_s[rows])) for rows in alike.values()]


def _cuts(run: Search) -> Cut:
    """Cuts of a run, with the efficiency as a weight if it is no number."""
    efficiency = run.photon_efficiency
    return efficiency.through(run.selection) if callable(efficiency) else run.selection


def _one_efficiency(run: Search) -> float:
    """The efficiency of a run where only a number will do."""
    return _checks.number("photon_efficiency", run.photon_efficiency, _checks.fraction)  # type: ignore[arg-type]


def _given(runs: tuple[Search, ...]) -> FloatArray:
    """Background events that the user gives [1]."""
    return np.array([run.background_events or 0.0 for run in runs])


def _yields(
    runs: tuple[Search, ...],
    grids: list[tuple[list[int], Grid]],
    mass: FloatArray,
    signal: SignalModel,
) -> Yields:
    """Eq. (7) apart from d, for runs whose cuts have been evaluated."""
    rates, decays = np.empty((2, len(runs), mass.size))
    background = np.zeros(len(runs))
    for rows, grid in grids:
        rates[rows], decays[rows] = _rates_per_d2(grid, mass.ravel(), signal)
        if runs[rows[0]].background_events is None:
            background[rows] = _cross_sections(grid)
    luminosity = _per_run(runs, "luminosity")
    given = (run.photon_efficiency for run in runs)
    seen = luminosity * [1.0 if callable(efficiency) else efficiency for efficiency in given]
    shape = len(runs), *mass.shape
    background *= _polarised_ratio(*_per_run(runs, "polarisation").T)
    return Yields(
        ((seen * _per_run(runs, "opposite_helicities"))[:, None] * rates).reshape(shape),
        (_per_run(runs, "detector_length")[:, None] * decays).reshape(shape),
        irreducible=seen * background,
        reducible=luminosity * _per_run(runs, "reducible_background") + _given(runs),
        uncertainty=_per_run(runs, _UNCERTAINTY),
        **_scales(runs),
    )


def _scales(runs: tuple[Search, ...]) -> dict[str, FloatArray | None]:
    """Uncertainties of signals and luminosities, None where there are none."""
    every = [_per_run(runs, name) for name in _SCALES]
    some = any(relative.any() for relative in every)
    return {name: relative if some else None for name, relative in zip(_SCALES, every, strict=True)}


def _channels(expected: Yields, shape: tuple[int, ...]) -> tuple[FloatArray, ...]:
    """What `_signal` needs, reshaped; the tag only if there is one."""
    every = expected.prompt, expected.decay, expected.tagged
    return tuple(channel.reshape(shape) for channel in every if channel is not None)


def _signal(
    square: FloatArray, rates: FloatArray, decays: FloatArray, tagged: FloatArray | None = None
) -> FloatArray:
    if tagged is None:
        return -rates * square * np.expm1(-decays * square)
    return square * (tagged - (rates - tagged) * np.expm1(-decays * square))
