r"""What observed counts say: several runs, bins or experiments that share one signal.

`nudp.statistics` judges one count; here the counts of several runs are judged together, and
runs whose backgrounds move together.  At a given coupling the runs expect signal events S_i in
fixed proportions.  A common strength :math:`\mu` of this signal is fitted, and the statistic is
how much worse the hypothesis, :math:`\mu = 1`, describes the counts than the best strength does.
`nudp.upper_limit` asks here where counts are given, backgrounds are common, or a method counts
the events of all runs as one number.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import elementwise
from scipy.special import ndtr, pdtr, pdtrik

from nudp import _checks, _yields, limits, statistics
from nudp.beyond import _marginal

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from numpy.typing import ArrayLike

    from nudp.searches import AnySearch
    from nudp.signal import SignalModel
    from nudp.statistics import Correlated
    from nudp.typing import FloatArray, FloatOrArray, IntArray

    #: Events seen, background, its uncertainty and what of it is certain; one row a run.
    Counts: TypeAlias = tuple[FloatArray, ...]
    #: Rows of runs whose backgrounds move together, one array a group.
    Groups: TypeAlias = tuple[IntArray, ...]

__all__ = ["combined_p_value", "p_value"]

#: What a mapping in place of labels may speak of.
UNCERTAINTIES = ("background", "signal", "luminosity")

# With fewer background events the methods for large numbers are off by 5 % and more.
_FEW = 10.0
# So much below an expected limit in log(d^2), no signal is left.
_NOTHING = 50.0
# Steps towards an observed limit before it is bracketed, and of a fit.
_SECANTS = 4
_MOST_STEPS = 200
# A fit this close changes the statistic, which is flat there, in its last digit only.
_CLOSE = 1e-9


def combined_p_value(
    n: ArrayLike,
    S: ArrayLike,
    B: ArrayLike,
    sigma: ArrayLike = 0.0,
    floor: ArrayLike = 0.0,
    *,
    method: str,
    correlated: Correlated = False,
) -> FloatOrArray:
    r"""How improbable the counts of several runs are together if the signal is S.

    For "chi2", "asimov" and "cls" the statistic of `nudp.statistics`, summed over the runs,
    less its value at the best common strength of the signal; "poisson" and
    `nudp.statistics.MARGINAL` count the events of all runs as one number.  A single run
    gives `nudp.statistics.p_value`.

    Parameters
    ----------
    n : array_like, shape (runs, ...)
        Events seen, runs along the first axis [1].
    S : array_like, shape (runs, ...)
        Signal events of the hypothesis [1].
    B : array_like, shape (runs, ...)
        Expected background [1].
    sigma : array_like, optional
        Absolute uncertainty of the background [1], not for "chi2" and "poisson".
    floor : array_like, optional
        Part of the background that is certain [1].
    method : {"chi2", "asimov", "cls", "poisson"} or one of `nudp.statistics.MARGINAL`
        Statistical method.
    correlated : bool or sequence of str, optional
        Whether the backgrounds of the runs move together: all, none, or those of runs with
        the same label, one a run, None for a run by itself.

    Returns
    -------
    ndarray or float
        Probability [1], the ratio CLs for "cls", shaped like the arguments behind their
        first axis.

    Raises
    ------
    ValueError
        If a number is negative, the floor is above B, there is no run, or the method is
        unknown or cannot take an uncertainty.

    References
    ----------
    arXiv:1007.1727: q_mu for "asimov", tilde q_mu for "cls" (Secs. 3.6 and 3.7).

    Examples
    --------
    >>> round(float(combined_p_value([3, 9], [6.0, 2.0], [3.0, 8.0], method="cls")), 4)
    0.0188
    """
    seen, signal, background, uncertainty, certain = statistics._counts(n, S, B, sigma, floor)
    statistics._demand_method(method, uncertainty)
    counts = np.broadcast_arrays(seen, signal, background, uncertainty, certain)
    if not counts[0].ndim or not len(counts[0]):
        raise ValueError(f"n must have one count a run along its first axis, got {n!r}")
    shape = counts[0].shape[1:]
    seen, signal, *rest = (count.reshape(len(count), -1) for count in counts)
    runs = Together(_groups(correlated, len(seen)))
    return runs.p_values(method, signal, (seen, *rest)).reshape(shape)[()]


def p_value(
    search: AnySearch,
    m_N: ArrayLike,
    d: ArrayLike,
    signal: SignalModel,
    *,
    observed: ArrayLike,
    method: str = "cls",
    correlated: Correlated = False,
) -> FloatOrArray:
    r"""Probability of the data if N has a mass and a coupling; below 0.05, d is excluded at 95 %.

    Parameters
    ----------
    search : Search, Runs or iterable of these
        One search, or the runs of one.
    m_N, d : array_like
        Mass of the heavy neutral lepton [GeV] and transition magnetic moment [GeV^-1].
    signal : SignalModel
        Charge modes, decay distribution and width.
    observed : array_like
        Events seen [1]: a number for one search, one a run for several.
    method : {"cls", "asimov", "chi2", "poisson"} or a name of `nudp.statistics.MARGINAL`, optional
        Statistical method, see `combined_p_value`.
    correlated : bool, sequence of str or mapping, optional
        As in `nudp.upper_limit`.

    Returns
    -------
    ndarray or float
        Probability [1], the ratio CLs for "cls", broadcast over m_N and d.

    Raises
    ------
    ValueError
        As `nudp.limits.expected_events`, or if the counts do not fit the runs.

    Examples
    --------
    >>> from nudp import PUBLISHED, searches
    >>> p_value(searches.STCF_4GEV, 1.0, [1e-6, 2.4e-6], PUBLISHED, observed=310).round(4)
    array([0.7217, 0.0322])
    """
    coupling, mass = _checks.non_negative("d", d), _checks.positive("m_N", m_N)
    _checks.shapes_fit(m_N=mass, d=coupling)
    mass, coupling = np.broadcast_arrays(mass, coupling)
    expected = _yields.yields(search, mass.ravel(), signal)
    scales = limits._scales_of(expected)
    for name, relative in ((_yields._UNCERTAINTY, expected.uncertainty), *scales.items()):
        statistics._demand_method(method, relative, name)
    runs = runs_together(correlated, scales, observed, len(expected.background))
    _warn_of_few(method, expected, 3)
    channels = _yields._channels(expected, expected.prompt.shape)
    S = _yields._signal(coupling.ravel() ** 2, *channels)
    return runs.p_values(method, S, runs._counts(expected, method)).reshape(mass.shape)[()]


def _excluded_from(
    probability: Callable[[FloatArray, IntArray], FloatArray], start: FloatArray, alpha: float
) -> FloatArray:
    """Logarithm of d^2 from which on a probability is below alpha; -inf if it always is."""

    def excess(log_square: FloatArray, column: IntArray) -> FloatArray:
        # no probability is below the smallest float
        return np.log(np.maximum(probability(log_square, column), 1e-300) / alpha)

    columns = np.arange(start.size)
    before, there = start, excess(start, columns)
    now = start + np.clip(there, -0.5, 0.5)
    # with an end close to the root the solver has little left to do
    for _ in range(_SECANTS):
        here = excess(now, columns)
        change = np.where(here == there, 1.0, here - there)
        step = np.where(here == there, 0.0, -here * (now - before) / change)
        before, there, now = now, here, now + np.clip(step, -1.0, 1.0)
    result: FloatArray = np.full(start.size, -np.inf)
    floor = np.minimum(start, now) - _NOTHING
    possible = columns[excess(floor, columns) > 0]
    if possible.size:
        centre, room = now[possible], np.abs(now - before)[possible] + 1e-9
        bracket = elementwise.bracket_root(
            excess, centre - room, centre + room, xmin=floor[possible] - 1, args=(possible,)
        )
        root = elementwise.find_root(
            excess,
            bracket.bracket,
            args=(possible,),
            tolerances={"xatol": 1e-12, "xrtol": 1e-13, "fatol": 1e-13, "frtol": 0.0},
        )
        if not (bracket.success.all() and root.success.all()):
            raise RuntimeError("the observed limit did not converge")
        result[possible] = root.x
    return result


@dataclass(frozen=True)
class Together(limits._Apart):
    """Runs that are judged together: groups of backgrounds that move as one, and counts seen."""

    groups: Groups = ()
    seen: FloatArray | None = None

    def deviance(
        self, n: FloatArray, S: FloatArray, B: FloatArray, sigma: FloatArray, floor: FloatArray
    ) -> FloatArray:
        """Deviance of several runs; every background in no group is profiled by itself."""
        counts = n, S, B, sigma, floor
        alone = _outside(self.groups, len(n))
        total: FloatArray = statistics._deviance(*(count[alone] for count in counts)).sum(0)
        for rows in self.groups:
            total = total + _shared_deviance(*(count[rows] for count in counts))
        return total

    def limit(self, expected: _yields.Yields, wanted: limits._Wanted) -> FloatArray:
        """Limit on d from the data or, without, at a fluctuation of what is expected."""
        if self.seen is not None:
            _warn_of_few(wanted.method, expected, 4)
        if wanted.method in statistics._COUNTING:
            return self._counting_limit(expected, wanted)
        if self.seen is not None:
            return self._observed_limit(expected, wanted)
        return super().limit(expected, wanted)

    def p_values(self, method: str, S: FloatArray, counts: Counts) -> FloatArray:
        """Probability of the counts for every column of signals, runs along the first axis."""
        n, B, sigma, floor = counts
        if len(n) == 1:
            return statistics._p_value(method, n[0], S[0], B[0], sigma[0], floor[0])
        if method in statistics._COUNTING:
            total = self._as_one(counts)
            return statistics._p_value(method, total[0], S.sum(0), *total[1:])
        strength = self._strength(method, S, counts)
        if method == "cls":
            return self._cls(S, counts, strength.clip(0.0, 1.0))
        root = np.sqrt(self._above_best(method, S, counts, strength))
        return ndtr(np.where(strength < 1, -root, root))

    # ---- limits ------------------------------------------------------------------

    def _counts(self, expected: _yields.Yields, method: str) -> Counts:
        """Counts and backgrounds, one row a run, a column for each mass."""
        rates = expected.prompt.reshape(len(expected.background), -1)
        seen = np.zeros(len(rates)) if self.seen is None else self.seen
        counts: Counts = (seen[:, None], *limits._uncertain(expected))
        if method in statistics._COUNTING:  # counts those runs alone in which N can be made
            counts = tuple(np.where(rates > 0, count, 0.0) for count in counts)
        return tuple(np.broadcast_to(count, rates.shape) for count in counts)

    def _counting_limit(self, expected: _yields.Yields, wanted: limits._Wanted) -> FloatArray:
        """Limit of all runs counted together: at their counts, or a quantile of their number."""
        together = self._as_one(self._counts(expected, wanted.method))
        # most masses count the same runs
        columns, which = np.unique(together, axis=1, return_inverse=True)
        n, B, sigma, floor = columns
        if self.seen is None:
            n = _quantile(wanted.method, float(ndtr(wanted.n_sigma)), B, sigma, floor)
        needed = statistics._count_limit(wanted.method, wanted.target, n, B, sigma, floor)
        return limits._coupling_at(expected, lambda S: S.sum(0), needed[which.ravel()])

    def _observed_limit(self, expected: _yields.Yields, wanted: limits._Wanted) -> FloatArray:
        """Limit from the data: where their probability is what the confidence level leaves."""
        runs, *masses = expected.prompt.shape
        channels = _yields._channels(expected, (runs, -1))
        counts = self._counts(expected, wanted.method)
        result: FloatArray = np.full(channels[0].shape[1], np.inf)
        made = np.flatnonzero((channels[0] > 0).any(0))
        if made.size:
            channels = tuple(channel[:, made] for channel in channels)
            counts = tuple(count[:, made] for count in counts)

            def probability(log_square: FloatArray, column: IntArray) -> FloatArray:
                chosen = (channel[:, column] for channel in channels)
                S = _yields._signal(np.exp(log_square), *chosen)
                return self.p_values(wanted.method, S, tuple(count[:, column] for count in counts))

            log_square = _excluded_from(probability, _start(channels, counts), _left(wanted))
            result[made] = np.exp(log_square / 2)
        return result.reshape(masses)

    def _as_one(self, counts: Counts) -> Counts:
        """All runs as one count; the uncertainties of a group add, others add in quadrature."""
        n, B, sigma, floor = counts
        return n.sum(0), B.sum(0), _width(self.groups, sigma), floor.sum(0)

    # ---- statistic of the best strength --------------------------------------------

    def _cls(self, S: FloatArray, counts: Counts, strength: FloatArray) -> FloatArray:
        """CLs; the expected data are those of the background that fits the counts alone."""
        q = self._above_best("cls", S, counts, strength)
        n, B, sigma, floor = counts
        fitted = self._totals(n, np.zeros_like(B), B, sigma, floor)
        alone = np.where(sigma > 0, fitted, B)
        q_A = self.deviance(alone, S, alone, sigma, floor)
        return statistics._cls_ratio(q, q_A)

    def _above_best(
        self, method: str, S: FloatArray, counts: Counts, strength: FloatArray
    ) -> FloatArray:
        """How much worse the signal describes the counts than the best strength of it."""
        best = self._misfit(method, strength * S, counts)
        return np.maximum(self._misfit(method, S, counts) - best, 0.0)

    def _misfit(self, method: str, S: FloatArray, counts: Counts) -> FloatArray:
        """Statistic of a signal, summed over the runs; the signal may be negative."""
        n, B, sigma, floor = counts
        if method != "chi2":
            lowest = np.maximum(floor, -S)
            return self.deviance(n, S, B, sigma, np.minimum(lowest, B))
        total = np.maximum(S + B, 0.0)
        # with nothing expected any count is infinitely far, and none fits
        empty = np.where(n > 0, np.inf, 0.0)
        parts: FloatArray = np.divide((total - n) ** 2, total, out=empty, where=total > 0)
        total_misfit: FloatArray = parts.sum(0)
        return total_misfit

    def _total(self, method: str, S: FloatArray, counts: Counts) -> FloatArray:
        """Events expected with the backgrounds at their best."""
        n, B, sigma, floor = counts
        if method == "chi2":
            return S + B
        lowest = np.minimum(np.maximum(floor, -S), B)
        return self._totals(n, S, B, sigma, lowest)

    def _strength(self, method: str, S: FloatArray, counts: Counts) -> FloatArray:
        """The strength of the signal that describes the counts best, for every column."""
        n, B, *_ = counts
        made = S > 0
        safe = np.where(made, S, 1.0)
        # no run may expect less than nothing; at the upper end none expects less than it sees
        high = np.maximum(np.where(made, n / safe, 0.0).max(0), 1.0)
        low = np.zeros_like(high) if method == "cls" else -np.where(made, B / safe, np.inf).min(0)
        low = np.where(made.any(0), low, 0.0)
        whole = np.where(made.any(0), S.sum(0), 1.0)
        at_end = self._slope(method, low, S, counts)[0] >= 0
        guess = np.clip(np.where(made, n - B, 0.0).sum(0) / whole, low, high)
        strength: FloatArray = np.where(at_end, low, guess)
        slope, curvature = self._slope(method, strength, S, counts)
        for _ in range(_MOST_STEPS):
            low, high = np.where(slope < 0, strength, low), np.where(slope > 0, strength, high)
            step = np.divide(-slope, curvature, out=np.zeros_like(slope), where=curvature > 0)
            moved = strength + step
            inside = (moved >= low) & (moved <= high) & (curvature > 0)
            moved = np.where(inside, moved, (low + high) / 2)
            moved = np.where((slope == 0) | at_end, strength, moved)
            still = np.abs(moved - strength) <= _CLOSE * np.abs(moved) + 1e-300
            strength = moved
            if still.all():
                return strength
            slope, curvature = self._slope(method, strength, S, counts)
        raise RuntimeError("the strength of the signal did not converge")

    def _slope(
        self, method: str, strength: FloatArray, S: FloatArray, counts: Counts
    ) -> tuple[FloatArray, FloatArray]:
        """Slope of the misfit in the strength, and how fast it grows; both over two."""
        n, _, sigma, _ = counts
        total = self._total(method, strength * S, counts)
        ratio = statistics._ratio(n, total)
        weight = statistics._ratio(ratio, total)
        if method == "chi2":
            return (S * (1 - ratio**2)).sum(0) / 2, (S**2 * ratio * weight).sum(0)
        slope = (S * (1 - ratio)).sum(0)
        if not sigma.any():
            return slope, (S**2 * weight).sum(0)
        alone = _outside(self.groups, len(n))
        curvature = (S[alone] ** 2 * weight[alone] / (1 + sigma[alone] ** 2 * weight[alone])).sum(0)
        for rows in self.groups:
            mixed = (sigma[rows] * S[rows] * weight[rows]).sum(0)
            stiff = 1 + (sigma[rows] ** 2 * weight[rows]).sum(0)
            curvature = curvature + (S[rows] ** 2 * weight[rows]).sum(0) - mixed**2 / stiff
        return slope, curvature

    def _totals(
        self, n: FloatArray, S: FloatArray, B: FloatArray, sigma: FloatArray, floor: FloatArray
    ) -> FloatArray:
        """Events expected in each run once the backgrounds have moved to fit n."""
        if not sigma.any():
            return S + B
        total: FloatArray = n + statistics._distance(n, S, B, sigma, floor)[0]
        for rows in self.groups:
            seen, signal, known, width, lowest = (count[rows] for count in (n, S, B, sigma, floor))
            expected = signal + known
            pull = _shared_pull(seen, expected, known - lowest, width)
            total[rows] = np.maximum(expected + width * pull, 0.0)
        return total


def runs_together(
    correlated: Correlated, scales: limits.Scales, observed: ArrayLike | None, runs: int
) -> Together:
    """Runs as their options say, with what moves their signals and luminosities if anything."""
    groups = _groups(correlated, runs)
    seen = None if observed is None else _one_a_run(observed, runs)
    signal, luminosity = scales.values()
    if signal is None and luminosity is None:
        return Together(groups, seen)
    from nudp.beyond import _systematics  # which needs this module

    return _systematics.nuisances(groups, seen, correlated, signal, luminosity)


def _one_a_run(observed: ArrayLike, runs: int) -> FloatArray:
    """Counts that were seen, one a run."""
    counts = np.atleast_1d(_checks.non_negative("observed", observed))
    if counts.shape != (runs,):
        raise ValueError(
            f"observed must have {runs} counts, one a run, got an array of shape {counts.shape}"
        )
    return counts


def _warn_of_few(method: str, expected: _yields.Yields, depth: int) -> None:
    """Say so where a method for large numbers meets small ones."""
    events = float(expected.background.sum())
    if expected.prompt.size and method not in statistics._COUNTING and events < _FEW:
        warnings.warn(
            f"only {events:.2g} background events are expected, too few for method {method!r}, "
            "whose limit is too strong here: 'marginal-normal' counts exactly",
            UserWarning,
            stacklevel=depth,
        )


def _left(wanted: limits._Wanted) -> float:
    """Probability that a limit leaves: to count exactly it is the target."""
    if wanted.method in statistics._COUNTING:
        return wanted.target
    tail = float(ndtr(-math.sqrt(wanted.target)))
    return 2 * tail if wanted.method == "cls" else tail


def _start(channels: tuple[FloatArray, ...], counts: Counts) -> FloatArray:
    """Logarithm of d^2 near which an observed limit is looked for."""
    n, B, sigma, _ = counts
    variance, target = np.maximum(n, B) + sigma**2, np.full(n.shape[1], 4.0)
    return np.log(limits._single_run_estimate(*channels, variance=variance, target=target))


def _quantile(
    method: str, probability: float, B: FloatArray, sigma: FloatArray, floor: FloatArray
) -> FloatArray:
    """Smallest n with P(N <= n) at or above a probability, N of the background alone."""
    if method == "poisson" or not sigma.any():
        return _poisson_quantile(probability, B)
    prior = method.removeprefix("marginal-")
    most = np.ceil(B + 40 * (sigma + np.sqrt(B)) + 40)
    return _marginal.quantile(
        lambda n: _marginal.probability(prior, n, B, sigma, floor), probability, most
    )


def _poisson_quantile(probability: float, mean: FloatArray) -> FloatArray:
    """Smallest n with P(N <= n) at or above a probability."""
    above = np.ceil(np.nan_to_num(pdtrik(probability, mean)))
    below = np.maximum(above - 1, 0.0)
    return np.where(pdtr(below, mean) >= probability, below, above)


def _width(groups: Groups, moves: FloatArray) -> FloatArray:
    """How far a sum over the runs moves: within a group they add, apart in quadrature."""
    square: FloatArray = (moves[_outside(groups, len(moves))] ** 2).sum(0)
    for rows in groups:
        square = square + moves[rows].sum(0) ** 2
    return np.sqrt(square)


def _groups(correlated: object, runs: int) -> Groups:
    """Rows of runs whose backgrounds move together: all, none, or those of one label."""
    if isinstance(correlated, Mapping):
        for name, labels in correlated.items():
            _checks.choice("correlated", name, UNCERTAINTIES)
            if isinstance(labels, Mapping):
                raise TypeError(f"correlated must hold labels, got {labels!r:.60} for {name}")
            _groups(labels, runs)
        correlated = correlated.get("background", False)
    if isinstance(correlated, bool):
        return (np.arange(runs),) if correlated else ()
    if isinstance(correlated, str | bytes) or not isinstance(correlated, Sequence):
        raise TypeError(f"correlated must be True, False or a label a run, got {correlated!r:.60}")
    if len(correlated) != runs:
        raise ValueError(f"correlated must have {runs} labels, one a run, got {len(correlated)}")
    members: dict[str, list[int]] = {}
    for i, label in enumerate(correlated):
        if label is not None and not isinstance(label, str):
            raise TypeError(f"correlated must hold words or None, got {label!r:.60} for run {i}")
        if label is not None:
            members.setdefault(label, []).append(i)
    return tuple(np.array(rows) for rows in members.values() if len(rows) > 1)


def _outside(groups: Groups, runs: int) -> IntArray | slice:
    """Rows of the runs that are in no group."""
    if not groups:
        return slice(None)
    return np.setdiff1d(np.arange(runs), np.concatenate(groups))


def _shared_deviance(
    n: FloatArray, S: FloatArray, B: FloatArray, sigma: FloatArray, floor: FloatArray
) -> FloatArray:
    """Summed deviance of runs, along the first axis, whose backgrounds move together.

    One pull with a unit Gaussian constraint moves every background, b = B + pull sigma, instead
    of one for each run.
    """
    counts = np.broadcast_arrays(n, S, B, sigma, floor)
    shape = counts[0].shape[1:]
    n, S, B, sigma, floor = (count.reshape(len(count), -1) for count in counts)
    pull = _shared_pull(n, S + B, B - floor, sigma)
    moved = sigma * pull
    # rounding may carry a background just below its floor of zero
    parts = statistics._poisson_deviance(n, S + (B - n) + moved, np.maximum(S + B + moved, 0.0))
    result: FloatArray = (parts.sum(0) + pull**2).reshape(shape)
    return result


def _shared_pull(
    n: FloatArray, expected: FloatArray, above_floor: FloatArray, sigma: FloatArray
) -> FloatArray:
    """The pull at which the derivative by it, pull + sum sigma (1 - n/t), vanishes."""
    moving = sigma > 0
    room = np.divide(-above_floor, sigma, out=np.full(n.shape, -np.inf), where=moving)
    down = np.minimum(np.maximum(room.max(0), -sigma.sum(0)), 0.0)

    def slope(pull: FloatArray) -> tuple[FloatArray, FloatArray]:
        total = expected + pull * sigma
        ratio = statistics._ratio(n, total)
        return pull + (sigma * (1 - ratio)).sum(0), 1 + (
            sigma**2 * statistics._ratio(ratio, total)
        ).sum(0)

    at_end = slope(down)[0] >= 0
    up = np.sqrt(n.sum(0))  # there pull >= sum n/pull >= sum sigma n/t
    pull = np.where(at_end, down, np.where((expected > 0).all(0), 0.0, up))
    # the derivative rises and is concave: Newton's steps end left of its zero, and climb
    for _ in range(200):
        value, rise = slope(pull)
        step = -value / rise
        pull = np.where(pull + step > down, pull + step, (pull + down) / 2)
        # the deviance is rise step^2 off before this step, and less than its rounding after it
        if np.all(at_end | (rise * step**2 <= 1e-18 + 1e-28 * up**2)):
            return pull
    raise RuntimeError("the common pull of the backgrounds did not converge")
