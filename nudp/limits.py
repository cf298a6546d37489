r"""From yields to a limit: Eq. (7), the test statistics, and the upper limit d_95.

The events of a search, `expected_events`, `yields` and `Yields`, stand here as well.
"""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, NamedTuple, overload

import numpy as np
from scipy.optimize import elementwise

from nudp import _checks, _old_names, statistics
from nudp._yields import (
    _SCALES,
    _UNCERTAINTY,
    Yields,
    _channels,
    _expected_events,
    _grids,
    _per_run,
    _scales,
    _signal,
    _yields,
    expected_events,
    yields,
)
from nudp.searches import AnySearch, Search, runs_of
from nudp.signal import SignalModel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias, TypedDict, Unpack

    from numpy.typing import ArrayLike

    from nudp.statistics import Correlated
    from nudp.typing import FloatArray, FloatOrArray, IntArray

    #: Relative uncertainties of signals and luminosities, by the fields of a `Search`.
    Scales: TypeAlias = dict[str, FloatArray | None]
    #: Test statistic as a function of the signal events, one row a run.
    Statistic: TypeAlias = Callable[[FloatArray], FloatArray]

    class _Options(TypedDict, total=False):
        """Keywords of `upper_limit`."""

        method: str
        confidence_level: float | None
        sided: int | None
        threshold: float | None
        correlated: Correlated
        observed: ArrayLike | None


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

if not TYPE_CHECKING:
    __getattr__ = _old_names.functions_of(__name__)

#: The paper's threshold: chi^2 of a one-sided 95 % limit [1].
CHI2_95 = 2.71

# Step of a slope in log(d^2), small on the scale on which it changes.
_STEP = 1e-4
# Masses times runs that are in memory at one time.
_LARGEST_BLOCK = 100_000


def chi2(search: AnySearch, m_N: ArrayLike, d: ArrayLike, signal: SignalModel) -> FloatOrArray:
    r"""Test statistic of Sec. II, :math:`\chi^2 = \sum_i S_i^2/(S_i + B_i)` over the runs.

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
    for name in (_UNCERTAINTY, *_SCALES):
        statistics._demand_method("chi2", _per_run(runs, name), name)
    return _chi2(*_expected_events(runs, m_N, d, signal))[()]


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
    correlated: Correlated = False,
    observed: ArrayLike | None = None,
) -> FloatOrArray:
    r"""Upper limit on d at 95 % confidence level, d_95: expected, or observed in data.

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

    The methods of `nudp.statistics.MARGINAL` count exactly as well, over an uncertain background:
    they are for few events, of which the other three know nothing.

    With `observed` the d at which the data's own probability, `nudp.beyond.observed.p_value`,
    is what the confidence level leaves.

    Parameters
    ----------
    search : Search, Runs or iterable of these
        One search, or the runs of one; their likelihoods multiply.
    m_N : array_like
        Mass of the heavy neutral lepton [GeV].
    signal : SignalModel
        Charge modes, decay distribution and width; there is no default.
    method : {"chi2", "asimov", "cls", "poisson"} or a name of `nudp.statistics.MARGINAL`, optional
        Statistical method.  The last four count the events of all runs in which N can be
        made together and, without data, take the limit at their median number without a signal.
    confidence_level : float, optional
        Confidence level, 0.95 unless given [1].
    sided : int, optional
        1 for an upper limit, the default, or 2 for one end of an interval [1].
    threshold : float, optional
        Statistic at the limit [1], in place of a confidence level; "chi2" uses the paper's
        2.71 if neither is given.
    correlated : bool, sequence of str or mapping, optional
        Whether the background uncertainties of the runs are one and the same: of all, of none,
        or of those with the same label, one a run, None for a run by itself.  A mapping says so
        of "background", "signal" and "luminosity" each; the last two, unless named, are of all.
    observed : array_like, optional
        Events seen [1]: a number for one search, one a run for several.

    Returns
    -------
    ndarray or float
        Limit d_95 [GeV^-1], shaped like m_N; inf where no run can make N, with a warning if
        that is so at every mass, or nothing of it is accepted; 0 where the data exclude even
        d = 0, which "cls" never does.

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
    >>> f"{upper_limit(searches.STCF_4GEV, 1.0, PUBLISHED, method='cls', observed=310):.3g}"
    '2.31e-06'
    >>> besiii = upper_limit(searches.BESIII, 1.0, PUBLISHED, method="marginal-normal")
    >>> f"{besiii:.3g}"
    '1.29e-05'
    """
    runs, mass = runs_of(search), _checks.positive("m_N", m_N)
    _checks.instance("signal", signal, SignalModel)
    wanted = _target(
        _per_run(runs, _UNCERTAINTY),
        _scales(runs),
        method,
        confidence_level,
        sided,
        threshold,
        correlated,
        observed,
    )
    _warn_of_heavy(runs, mass, 3)
    grids, limits = _grids(runs), np.empty(mass.size)
    pieces = max(1, math.ceil(mass.size * len(runs) / _LARGEST_BLOCK))
    for block in np.array_split(np.arange(mass.size), pieces):
        expected = _yields(runs, grids, mass.ravel()[block], signal)
        limits[block] = wanted.judge.limit(expected, wanted)
    return limits.reshape(mass.shape)[()]


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
    wanted = _target(expected.uncertainty, _scales_of(expected), **options)
    return wanted.judge.limit(expected, wanted)[()]


def _scales_of(expected: Yields) -> Scales:
    """Uncertainties of signals and luminosities."""
    return {name: getattr(expected, name) for name in _SCALES}


class _Apart:
    """Runs judged by what they expect, each with a background of its own; the paper's."""

    def deviance(
        self, n: FloatArray, S: FloatArray, B: FloatArray, sigma: FloatArray, floor: FloatArray
    ) -> FloatArray:
        """Deviance of all runs, which are along the first axis."""
        total: FloatArray = statistics._deviance(n, S, B, sigma, floor).sum(0)
        return total

    def limit(self, expected: Yields, wanted: _Wanted) -> FloatArray:
        """Limit on d where the median expected statistic of an exclusion meets its target."""
        B, *rest = _uncertain(expected)
        if wanted.method == "chi2":
            return _coupling_at(expected, lambda S: _chi2(S, B), wanted.target)
        return _coupling_at(expected, lambda S: self.deviance(B, S, B, *rest), wanted.target)


class _Wanted(NamedTuple):
    """What a limit is asked for: to count exactly, the target is the tail's probability."""

    method: str
    target: float
    n_sigma: float
    judge: _Apart


def _judge(
    runs: int,
    scales: Scales,
    correlated: Correlated,
    observed: ArrayLike | None = None,
    method: str = "asimov",
) -> _Apart:
    """Who judges the runs: what the paper has no need of loads when it is asked for."""
    common = correlated is not False or any(scale is not None for scale in scales.values())
    if not common and observed is None and method not in statistics._COUNTING:
        return _Apart()
    from nudp.beyond.observed import runs_together

    return runs_together(correlated, scales, observed, runs)


def _target(
    uncertainty: FloatArray,
    scales: Scales,
    method: str = "chi2",
    confidence_level: float | None = None,
    sided: int | None = None,
    threshold: float | None = None,
    correlated: Correlated = False,
    observed: ArrayLike | None = None,
    n_sigma: float = 0.0,
) -> _Wanted:
    """Check the options of a limit and give the statistic at it."""
    for name, relative in ((_UNCERTAINTY, uncertainty), *scales.items()):
        statistics._demand_method(method, relative, name)
    judge = _judge(len(uncertainty), scales, correlated, observed, method)
    level_given = confidence_level is not None or sided is not None
    level = 0.95 if confidence_level is None else confidence_level
    sides = 1 if sided is None else sided
    if threshold is not None:
        if level_given:
            raise ValueError(
                f"threshold takes the place of confidence_level and sided, got {threshold!r}"
            )
        if method in statistics._COUNTING:
            raise ValueError(f"threshold has no meaning for exact counting, got {threshold!r}")
        target = _checks.number("threshold", threshold, _checks.positive)
    elif method == "chi2" and not level_given:
        target = CHI2_95
    elif method in statistics._COUNTING:
        target = statistics.tail(level, sides)
    else:
        target = float(statistics.threshold(method, level, sides, n_sigma))
    return _Wanted(method, target, n_sigma, judge)


def _warn_of_heavy(runs: tuple[Search, ...], mass: FloatArray, depth: int) -> None:
    """Say so if no mass can be made at all, as when MeV are taken for GeV."""
    highest = float(_per_run(runs, "sqrt_s").max())
    if mass.size and mass.min() > highest:
        meant = ": are the masses in MeV?" if mass.min() < 1e3 * highest else ""
        warnings.warn(
            f"every m_N is above sqrt_s = {highest:.4g} GeV, the lightest {mass.min():.4g} GeV, "
            f"so that there is no limit{meant}",
            UserWarning,
            stacklevel=depth,
        )


def limit_band(
    search: AnySearch,
    m_N: ArrayLike,
    signal: SignalModel,
    *,
    method: str = "cls",
    confidence_level: float = 0.95,
    sided: int = 1,
    n_sigma: ArrayLike = (-2, -1, 0, 1, 2),
    correlated: Correlated = False,
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
    method : {"cls", "asimov", "poisson"} or a name of `nudp.statistics.MARGINAL`, optional
        Statistical method; "chi2" is no statement about data and has no band.
    confidence_level : float, optional
        Confidence level [1].
    sided : int, optional
        1 or 2 [1].
    n_sigma : sequence of float, optional
        Fluctuations of the data; 0 is the median [sigma].
    correlated : bool, sequence of str or mapping, optional
        As in `upper_limit`.

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
    fluctuations = np.atleast_1d(_checks.real("n_sigma", n_sigma))
    known = expected.uncertainty, _scales_of(expected), method, confidence_level, sided
    every = [_target(*known, correlated=correlated, n_sigma=n) for n in fluctuations.tolist()]
    return np.stack([wanted.judge.limit(expected, wanted) for wanted in every])


def discovery(
    search: AnySearch,
    m_N: ArrayLike,
    signal: SignalModel,
    *,
    significance: float = 5.0,
    correlated: Correlated = False,
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
    correlated : bool, sequence of str or mapping, optional
        As in `upper_limit`.

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
    expected = yields(search, m_N, signal)
    B, *rest = _uncertain(expected)
    judge = _judge(len(B), _scales_of(expected), correlated)
    return _coupling_at(expected, lambda S: judge.deviance(S + B, 0 * S, B, *rest), target)[()]


def _uncertain(expected: Yields) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Background, its absolute uncertainty and what of it is certain, one row a run."""
    sigma = expected.uncertainty * expected.reducible
    return expected.background[:, None], sigma[:, None], expected.irreducible[:, None]


def _coupling_at(
    expected: Yields, statistic: Statistic, target: FloatOrArray | float
) -> FloatArray:
    """The d at which a statistic of the signal events meets its target, for every mass."""
    runs, *masses = expected.prompt.shape
    channels = _channels(expected, (runs, -1))
    seen = (channels[0] > 0).any(0)
    target = np.broadcast_to(target, seen.shape)
    result: FloatArray = np.full(seen.shape, np.inf)
    result[seen] = 0.0
    open_ = seen & (target > 0)
    if open_.any():
        scale = expected.background + (expected.uncertainty * expected.reducible) ** 2
        channels = tuple(channel[:, open_] for channel in channels)
        square = _root(statistic, channels, scale[:, None], target[open_])
        result[open_] = np.sqrt(square)
    return result.reshape(masses)


def _root(
    statistic: Statistic,
    channels: tuple[FloatArray, ...],
    variance: FloatArray,
    target: FloatArray,
) -> FloatArray:
    """d^2 at which the statistic meets the target, for every mass."""

    def excess(log_square: FloatArray, column: IntArray) -> FloatArray:
        # the solver passes the elements still open; column says which they are
        events = _signal(np.exp(log_square), *(channel[:, column] for channel in channels))
        return np.log(statistic(events) / target[column])

    columns = np.arange(len(target))
    start = np.log(_single_run_estimate(*channels, variance=variance, target=target))
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
    rates: FloatArray,
    decays: FloatArray,
    tagged: FloatArray | None = None,
    *,
    variance: FloatArray,
    target: FloatArray,
) -> FloatArray:
    """The d^2 that the strongest run alone would give, from its asymptotes."""
    needed = (target + np.sqrt(target**2 + 4 * target * variance)) / 2
    with np.errstate(divide="ignore"):
        prompt = needed / rates
        late = np.sqrt(prompt / decays)
        never = np.inf if tagged is None else needed / tagged
    square: FloatArray = np.minimum(np.maximum(prompt, late), never).min(0)
    return square


def _chi2(events: FloatArray, expected: FloatArray) -> FloatArray:
    total = events + expected
    # no signal on no background says nothing
    parts = np.divide(events**2, total, out=np.zeros_like(total), where=total > 0)
    chi2: FloatArray = parts.sum(0)
    return chi2
