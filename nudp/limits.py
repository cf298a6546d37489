r"""From yields to a limit: Eq. (7), the test statistics, and the upper limit d_95."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, overload

import numpy as np
from scipy.optimize import elementwise
from scipy.special import gammaincinv, ndtr, pdtr, pdtrik

from nudp import _checks, statistics
from nudp.background import _cross_sections
from nudp.quadrature import Grid, _grid
from nudp.searches import AnySearch, Search, runs_of
from nudp.signal import SignalModel, _rates_per_d2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeAlias, TypedDict, Unpack

    from numpy.typing import ArrayLike

    from nudp.typing import FloatArray, FloatOrArray, IntArray

    #: Test statistic as a function of the signal events, one row a run.
    Statistic: TypeAlias = Callable[[FloatArray], FloatArray]

    class _Options(TypedDict, total=False):
        """Keywords of `upper_limit`."""

        method: str
        confidence_level: float | None
        sided: int | None
        threshold: float | None
        correlated: bool


__all__ = [
    "CHI2_95",
    "Yields",
    "chi2",
    "discovery",
    "expected_events",
    "limit_band",
    "solve",
    "upper_limit",
    "yields",
]

#: The paper's threshold: chi^2 of a one-sided 95 % limit [1].
CHI2_95 = 2.71

# Field of a `Search`, and what a message calls it.
_UNCERTAINTY = "background_uncertainty"
# Step of a slope in log(d^2), small on the scale on which it changes.
_STEP = 1e-4
# Masses times runs that are in memory at one time.
_LARGEST_BLOCK = 100_000


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
    m_N : array_like
        Mass of the heavy neutral lepton [GeV].
    d : array_like
        Transition magnetic moment [GeV^-1].
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
    S = _signal(coupling**2, expected.prompt.reshape(per_mass), expected.decay.reshape(per_mass))
    B = expected.background.reshape(len(runs), *(1,) * axes)
    return S, np.broadcast_to(B, S.shape).copy()


def chi2(search: AnySearch, m_N: ArrayLike, d: ArrayLike, signal: SignalModel) -> FloatOrArray:
    r"""Test statistic of Sec. II, :math:`\chi^2 = \sum_i S_i^2/(S_i + B_i)` over the runs.

    Parameters
    ----------
    search : Search, Runs or iterable of these
        One search, or the runs of one.
    m_N : array_like
        Mass of the heavy neutral lepton [GeV].
    d : array_like
        Transition magnetic moment [GeV^-1].
    signal : SignalModel
        Charge modes, decay distribution and width.

    Returns
    -------
    ndarray or float
        Statistic chi^2 [1], broadcast over m_N and d.

    Raises
    ------
    ValueError
        As `expected_events`, or if a run has a background uncertainty.

    References
    ----------
    arXiv:2204.07802, Sec. II.A and II.B.

    Examples
    --------
    >>> from nudp import PUBLISHED, searches
    >>> round(float(chi2(searches.STCF_4GEV, m_N=1.0, d=2e-6, signal=PUBLISHED)), 2)
    3.7
    """
    runs = runs_of(search)
    statistics._demand_method("chi2", _per_run(runs, _UNCERTAINTY), _UNCERTAINTY)
    return _chi2(*_expected_events(runs, m_N, d, signal))[()]


@dataclass(frozen=True)
class Yields:
    r"""What `solve` needs of a search: expected events, apart from d.

    :math:`S_i(d) = s_i d^2\,(1 - e^{-k_i d^2})`: at Belle II, BESIII and STCF the
    coupling enters a limit in no other way.  Changed copies come from `dataclasses.replace`.

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
        Reducible background [1].
    uncertainty : ndarray, shape (runs,)
        Relative uncertainty of the reducible background [1].

    Raises
    ------
    ValueError
        If a number is negative or not finite, or shapes do not fit together.

    Examples
    --------
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

    def __post_init__(self) -> None:
        for name in ("prompt", "decay", "irreducible", "reducible", "uncertainty"):
            array = _checks.non_negative(name, getattr(self, name))
            per_mass = name in ("prompt", "decay")
            expected = np.shape(self.prompt) if per_mass else np.shape(self.prompt)[:1]
            if array.ndim == 0 or array.shape != expected:
                raise ValueError(f"{name} must have shape {expected}, got {array.shape}")
            object.__setattr__(self, name, array)

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
    """Runs under the same cuts, by their numbers, and these cuts at all their energies."""
    alike: dict[int, list[int]] = {}
    for i, run in enumerate(runs):
        alike.setdefault(id(run.selection), []).append(i)
    root_s = _per_run(runs, "sqrt_s")
    return [(rows, _grid(runs[rows[0]].selection, root_s[rows])) for rows in alike.values()]


def _yields(
    runs: tuple[Search, ...],
    grids: list[tuple[list[int], Grid]],
    mass: FloatArray,
    signal: SignalModel,
) -> Yields:
    """Eq. (7) apart from d, for runs whose cuts have been evaluated."""
    rates, decays = np.empty((2, len(runs), mass.size))
    background = np.empty(len(runs))
    for rows, grid in grids:
        rates[rows], decays[rows] = _rates_per_d2(grid, mass.ravel(), signal)
        background[rows] = _cross_sections(grid)
    luminosity = _per_run(runs, "luminosity")
    seen = luminosity * _per_run(runs, "photon_efficiency")
    shape = len(runs), *mass.shape
    return Yields(
        (seen[:, None] * rates).reshape(shape),
        (_per_run(runs, "detector_length")[:, None] * decays).reshape(shape),
        irreducible=seen * background,
        reducible=luminosity * _per_run(runs, "reducible_background"),
        uncertainty=_per_run(runs, _UNCERTAINTY),
    )


@overload
def upper_limit(
    search: AnySearch, m_N: float, signal: SignalModel, **options: Unpack[_Options]
) -> np.float64: ...
@overload
def upper_limit(
    search: AnySearch,
    m_N: Sequence[float] | FloatArray,
    signal: SignalModel,
    **options: Unpack[_Options],
) -> FloatArray: ...
@overload
def upper_limit(
    search: AnySearch, m_N: ArrayLike, signal: SignalModel, **options: Unpack[_Options]
) -> FloatOrArray: ...
def upper_limit(
    search: AnySearch,
    m_N: ArrayLike,
    signal: SignalModel,
    *,
    method: str = "chi2",
    confidence_level: float | None = None,
    sided: int | None = None,
    threshold: float | None = None,
    correlated: bool = False,
) -> FloatOrArray:
    r"""Expected upper limit on d at 95 % confidence level, d_95.

    The d at which the median expected test statistic, summed over the runs,
    meets its threshold.  For n = B events expected without a signal:

    ========== ========================================= ==================
    method     statistic                                 95 %, one-sided
    ========== ========================================= ==================
    "chi2"     S^2/(S + B), the paper's                  2.71
    "asimov"   2 [S - B ln(1 + S/B)], profiled           2.706
    "cls"      the same                                  3.841
    "poisson"  S of all runs, exact counting             3.00 where B = 0
    ========== ========================================= ==================

    Parameters
    ----------
    search : Search, Runs or iterable of these
        One search, or the runs of one; their likelihoods multiply.
    m_N : array_like
        Mass of the heavy neutral lepton [GeV].
    signal : SignalModel
        Charge modes, decay distribution and width; there is no default.
    method : {"chi2", "asimov", "cls", "poisson"}, optional
        Statistical method.  "poisson" counts the events of all runs in which N can be
        made together and takes the limit at their median number without a signal.
    confidence_level : float, optional
        Confidence level, 0.95 unless given [1].
    sided : int, optional
        1 for an upper limit, the default, or 2 for one end of an interval [1].
    threshold : float, optional
        Statistic at the limit [1], in place of a confidence level; "chi2" uses the paper's
        2.71 if neither is given.
    correlated : bool, optional
        Whether the background uncertainties of the runs are one and the same.

    Returns
    -------
    ndarray or float
        Limit d_95 [GeV^-1], shaped like m_N; inf where no run can make N or nothing
        of it is accepted.

    Raises
    ------
    ValueError
        If a mass or the threshold is not positive, the background is infinite, a
        confidence level is out of range, or the method cannot take a background uncertainty.

    References
    ----------
    arXiv:2204.07802, Sec. II.A; arXiv:1007.1727 for "asimov" and "cls".

    Examples
    --------
    >>> from nudp import PUBLISHED, searches
    >>> d_95 = upper_limit(searches.STCF_4GEV, [0.1, 1.0, 4.0], PUBLISHED)
    >>> [f"{d:.3g}" for d in d_95]
    ['3.93e-06', '1.84e-06', 'inf']
    >>> f"{upper_limit(searches.STCF_4GEV, 1.0, PUBLISHED, method='cls'):.3g}"
    '2e-06'
    """
    runs, mass = runs_of(search), _checks.positive("m_N", m_N)
    _checks.instance("signal", signal, SignalModel)
    wanted = _target(
        _per_run(runs, _UNCERTAINTY), method, confidence_level, sided, threshold, correlated
    )
    grids = _grids(runs)
    pieces = max(1, math.ceil(mass.size * len(runs) / _LARGEST_BLOCK))
    limits = [
        _solve(_yields(runs, grids, block, signal), *wanted)
        for block in np.array_split(mass.ravel(), pieces)
    ]
    return np.concatenate(limits).reshape(mass.shape)[()]


def solve(expected: Yields, **options: Unpack[_Options]) -> FloatOrArray:
    """Upper limit from yields that are known already: the second half of `upper_limit`.

    Parameters
    ----------
    expected : nudp.limits.Yields
        Expected events, from `yields` or changed by hand.
    **options
        Keywords of `upper_limit`, with the same defaults.

    Returns
    -------
    ndarray or float
        Limit d_95 [GeV^-1], shaped like the masses of the yields.

    Raises
    ------
    ValueError
        As `upper_limit`.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from nudp import PUBLISHED, searches
    >>> stcf = yields(searches.STCF_4GEV, 1.0, PUBLISHED)
    >>> f"{solve(stcf):.3g}, with twice the signal {solve(replace(stcf, prompt=2*stcf.prompt)):.3g}"
    '1.84e-06, with twice the signal 1.3e-06'
    """
    _checks.instance("expected", expected, Yields)
    return _solve(expected, *_target(expected.uncertainty, **options))[()]


def _target(
    uncertainty: FloatArray,
    method: str = "chi2",
    confidence_level: float | None = None,
    sided: int | None = None,
    threshold: float | None = None,
    correlated: bool = False,
) -> tuple[str, bool, float]:
    """Method, correlation and statistic at the limit; to count exactly, the tail's probability."""
    statistics._demand_method(method, uncertainty, _UNCERTAINTY)
    _checks.instance("correlated", correlated, bool)
    level_given = confidence_level is not None or sided is not None
    if threshold is not None:
        if level_given:
            raise ValueError(
                f"threshold takes the place of confidence_level and sided, got {threshold!r}"
            )
        if method == "poisson":
            raise ValueError(f"threshold has no meaning for exact counting, got {threshold!r}")
        return method, correlated, _checks.number("threshold", threshold, _checks.positive)
    if method == "chi2" and not level_given:
        return method, correlated, CHI2_95
    level = 0.95 if confidence_level is None else confidence_level
    sides = 1 if sided is None else sided
    value = statistics.tail if method == "poisson" else partial(statistics.threshold, method)
    return method, correlated, float(value(level, sides))


def _solve(expected: Yields, method: str, correlated: bool, target: float) -> FloatArray:
    """`solve` without its checks."""
    if method == "poisson":
        return _counting_limit(expected, 0.0, target)
    return _coupling_at(expected, _exclusion(method, expected, correlated), target)


def limit_band(
    search: AnySearch,
    m_N: ArrayLike,
    signal: SignalModel,
    *,
    method: str = "cls",
    confidence_level: float = 0.95,
    sided: int = 1,
    n_sigma: ArrayLike = (-2, -1, 0, 1, 2),
    correlated: bool = False,
) -> FloatArray:
    r"""Upper limits to be expected when the data fluctuate by N sigma.

    Parameters
    ----------
    search : Search, Runs or iterable of these
        One search, or the runs of one.
    m_N : array_like
        Mass of the heavy neutral lepton [GeV].
    signal : SignalModel
        Charge modes, decay distribution and width.
    method : {"cls", "asimov", "poisson"}, optional
        Statistical method; "chi2" is no statement about data and has no band.
    confidence_level : float, optional
        Confidence level [1].
    sided : int, optional
        1 or 2 [1].
    n_sigma : sequence of float, optional
        Fluctuations of the data; 0 is the median [sigma].
    correlated : bool, optional
        Whether the background uncertainties of the runs are one and the same.

    Returns
    -------
    ndarray, shape (n, ...)
        Limits on d [GeV^-1], one row an n_sigma, shaped like m_N behind it; 0 where such
        data exclude even d = 0.

    Raises
    ------
    ValueError
        As `upper_limit`, or if the method has no band.

    References
    ----------
    arXiv:1007.1727, Sec. 4.3, for the asymptotic methods.

    Examples
    --------
    >>> from nudp import PUBLISHED, searches
    >>> [f"{d:.2g}" for d in limit_band(searches.STCF_4GEV, 1.0, PUBLISHED)]
    ['1.5e-06', '1.7e-06', '2e-06', '2.4e-06', '2.8e-06']
    """
    if isinstance(method, str) and method == "chi2":
        raise ValueError("method must be 'cls', 'asimov' or 'poisson' for a band, got 'chi2'")
    expected = yields(search, m_N, signal)
    statistics._demand_method(method, expected.uncertainty, _UNCERTAINTY)
    _checks.instance("correlated", correlated, bool)
    fluctuations = np.atleast_1d(_checks.real("n_sigma", n_sigma))
    if method == "poisson":
        alpha = statistics.tail(confidence_level, sided)
        return np.stack([_counting_limit(expected, n, alpha) for n in fluctuations])
    targets = np.atleast_1d(statistics.threshold(method, confidence_level, sided, fluctuations))
    statistic = _exclusion(method, expected, correlated)
    return np.stack([_coupling_at(expected, statistic, target) for target in targets])


def discovery(
    search: AnySearch,
    m_N: ArrayLike,
    signal: SignalModel,
    *,
    significance: float = 5.0,
    correlated: bool = False,
) -> FloatOrArray:
    r"""Coupling at which the median significance of an excess reaches a number of sigma.

    The root of :math:`2[(S+B)\ln(1+S/B) - S] = Z^2`, with the background profiled
    where it is uncertain.

    Parameters
    ----------
    search : Search, Runs or iterable of these
        One search, or the runs of one; their likelihoods multiply.
    m_N : array_like
        Mass of the heavy neutral lepton [GeV].
    signal : SignalModel
        Charge modes, decay distribution and width.
    significance : float, optional
        Z [sigma].
    correlated : bool, optional
        Whether the background uncertainties of the runs are one and the same.

    Returns
    -------
    ndarray or float
        Coupling d [GeV^-1], shaped like m_N; inf where nothing can be seen.

    Raises
    ------
    ValueError
        If a mass or the significance is not positive, or the background is infinite.

    References
    ----------
    arXiv:1007.1727, Sec. 5.1.

    Examples
    --------
    >>> from nudp import PUBLISHED, searches
    >>> f"{discovery(searches.STCF_4GEV, 1.0, PUBLISHED):.3g}"
    '3.21e-06'
    """
    target = _checks.number("significance", significance, _checks.positive) ** 2
    _checks.instance("correlated", correlated, bool)
    expected = yields(search, m_N, signal)
    B, *rest = _uncertain(expected)
    deviance = statistics._shared_deviance if correlated else statistics._summed_deviance
    return _coupling_at(expected, lambda S: deviance(S + B, 0 * S, B, *rest), target)[()]


def _exclusion(method: str, expected: Yields, correlated: bool) -> Statistic:
    """Median expected statistic of an exclusion, as a function of the signal events."""
    if method == "chi2":
        return lambda S: _chi2(S, expected.background[:, None])
    B, *rest = _uncertain(expected)
    deviance = statistics._shared_deviance if correlated else statistics._summed_deviance
    return lambda S: deviance(B, S, B, *rest)


def _uncertain(expected: Yields) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Background, its absolute uncertainty and what of it is certain, one row a run."""
    sigma = expected.uncertainty * expected.reducible
    return expected.background[:, None], sigma[:, None], expected.irreducible[:, None]


def _counting_limit(expected: Yields, n_sigma: float, alpha: float) -> FloatArray:
    """Limit of all runs counted together, at a quantile of their number without a signal."""
    made = expected.prompt.reshape(len(expected.background), -1) > 0
    counted = np.where(made, expected.background[:, None], 0.0).sum(0)
    n = _poisson_quantile(ndtr(n_sigma), counted)
    needed = gammaincinv(n + 1, 1 - alpha) - counted
    return _coupling_at(expected, lambda S: S.sum(0), np.maximum(needed, 0.0))


def _poisson_quantile(probability: float, mean: FloatArray) -> FloatArray:
    """Smallest n with P(N <= n) at or above a probability."""
    above = np.ceil(np.nan_to_num(pdtrik(probability, mean)))
    below = np.maximum(above - 1, 0.0)
    return np.where(pdtr(below, mean) >= probability, below, above)


def _coupling_at(
    expected: Yields, statistic: Statistic, target: FloatOrArray | float
) -> FloatArray:
    """The d at which a statistic of the signal events meets its target, for every mass."""
    runs, *masses = expected.prompt.shape
    rates, decays = expected.prompt.reshape(runs, -1), expected.decay.reshape(runs, -1)
    target = np.broadcast_to(target, rates.shape[1:])
    result: FloatArray = np.full(rates.shape[1], np.inf)
    seen = (rates > 0).any(0)
    result[seen] = 0.0
    open_ = seen & (target > 0)
    if open_.any():
        scale = expected.background + (expected.uncertainty * expected.reducible) ** 2
        square = _root(statistic, rates[:, open_], decays[:, open_], scale[:, None], target[open_])
        result[open_] = np.sqrt(square)
    return result.reshape(masses)


def _root(
    statistic: Statistic,
    rates: FloatArray,
    decays: FloatArray,
    variance: FloatArray,
    target: FloatArray,
) -> FloatArray:
    """d^2 at which the statistic meets the target, for every mass."""

    def excess(log_square: FloatArray, column: IntArray) -> FloatArray:
        # the solver passes the elements still open; column says which they are
        events = _signal(np.exp(log_square), rates[:, column], decays[:, column])
        return np.log(statistic(events) / target[column])

    columns = np.arange(rates.shape[1])
    start = np.log(_single_run_estimate(rates, decays, variance, target))
    # with an end close to the root the solver has little left to do
    for _ in range(3):
        here = excess(start, columns)
        slope = (excess(start + _STEP, columns) - here) / _STEP
        start -= here / slope.clip(min=1.0)
    first = excess(start, columns)
    # every statistic is convex in S and zero at S = 0, and S grows at least like d^2: the
    # statistic grows at least like d^2, which puts the root between the start and this step
    room = 1e-9
    bracket = start - room + np.minimum(-first, 0.0), start + room + np.maximum(-first, 0.0)
    solution = elementwise.find_root(
        excess,
        bracket,
        args=(columns,),
        tolerances={"xatol": 1e-13, "xrtol": 1e-13, "fatol": 1e-13, "frtol": 0.0},
    )
    if not solution.success.all():
        raise RuntimeError("the limit did not converge")
    square: FloatArray = np.exp(solution.x)
    return square


def _single_run_estimate(
    rates: FloatArray, decays: FloatArray, variance: FloatArray, target: FloatArray
) -> FloatArray:
    """The d^2 that the strongest run alone would give, from its two asymptotes."""
    needed = (target + np.sqrt(target**2 + 4 * target * variance)) / 2
    with np.errstate(divide="ignore"):
        prompt = needed / rates
        late = np.sqrt(prompt / decays)
    square: FloatArray = np.maximum(prompt, late).min(0)
    return square


def _signal(square: FloatArray, rates: FloatArray, decays: FloatArray) -> FloatArray:
    return -rates * square * np.expm1(-decays * square)


def _chi2(events: FloatArray, expected: FloatArray) -> FloatArray:
    total = events + expected
    # no signal on no background says nothing
    parts = np.divide(events**2, total, out=np.zeros_like(total), where=total > 0)
    chi2: FloatArray = parts.sum(0)
    return chi2
