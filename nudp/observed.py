r"""What observed counts say: several runs, bins or experiments that share one signal.

`nudp.statistics` judges one count; here the counts of several runs are judged together.  At
a given coupling the runs expect signal events S_i in fixed proportions.  A common strength
:math:`\mu` of this signal is fitted, and the statistic is how much worse the hypothesis,
:math:`\mu = 1`, describes the counts than the best strength does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import elementwise
from scipy.special import ndtr

from nudp import statistics

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from numpy.typing import ArrayLike

    from nudp.beyond._systematics import Nuisances
    from nudp.statistics import Correlated
    from nudp.typing import FloatArray, FloatOrArray, IntArray

    #: Events seen, background, its uncertainty and what of it is certain; one row a run.
    Counts: TypeAlias = tuple[FloatArray, ...]
    #: Rows of runs whose backgrounds move together, one array a group.
    Groups: TypeAlias = tuple[IntArray, ...]
    #: Or all that moves runs together, where signals or luminosities are uncertain as well.
    Moving: TypeAlias = Groups | Nuisances

__all__ = ["combined_p_value"]

# Methods that count the events of all runs as one number.
COUNTING = ("poisson", *statistics.MARGINAL)
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
    groups = statistics._groups(correlated, len(seen))
    return _p_values(method, groups, signal, (seen, *rest)).reshape(shape)[()]


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


def _together(groups: Groups, counts: Counts) -> Counts:
    """All runs as one count; the uncertainties of a group add, others add in quadrature."""
    n, B, sigma, floor = counts
    variance: FloatArray = (sigma[statistics._outside(groups, len(n))] ** 2).sum(0)
    for rows in groups:
        variance = variance + sigma[rows].sum(0) ** 2
    return n.sum(0), B.sum(0), np.sqrt(variance), floor.sum(0)


def _p_values(method: str, groups: Moving, S: FloatArray, counts: Counts) -> FloatArray:
    """Probability of the counts for every column of signals, runs along the first axis."""
    n, B, sigma, floor = counts
    if not isinstance(groups, tuple):
        return groups.p_values(method, S, counts)
    if len(n) == 1:
        return statistics._p_value(method, n[0], S[0], B[0], sigma[0], floor[0])
    if method in COUNTING:
        total = _together(groups, counts)
        return statistics._p_value(method, total[0], S.sum(0), *total[1:])
    strength = _strength(method, groups, S, counts)
    if method == "cls":
        return _cls(groups, S, counts, strength.clip(0.0, 1.0))
    root = np.sqrt(_above_best(method, groups, S, counts, strength))
    return ndtr(np.where(strength < 1, -root, root))


def _cls(groups: Groups, S: FloatArray, counts: Counts, strength: FloatArray) -> FloatArray:
    """CLs; the expected data are those of the background that fits the counts alone."""
    q = _above_best("cls", groups, S, counts, strength)
    n, B, sigma, floor = counts
    fitted = statistics._joint_totals(groups, n, np.zeros_like(B), B, sigma, floor)
    alone = np.where(sigma > 0, fitted, B)
    q_A = statistics._joint_deviance(groups, alone, S, alone, sigma, floor)
    return statistics._cls_ratio(q, q_A)


def _above_best(
    method: str, groups: Groups, S: FloatArray, counts: Counts, strength: FloatArray
) -> FloatArray:
    """How much worse the signal describes the counts than the best strength of it."""
    best = _misfit(method, groups, strength * S, counts)
    return np.maximum(_misfit(method, groups, S, counts) - best, 0.0)


def _misfit(method: str, groups: Groups, S: FloatArray, counts: Counts) -> FloatArray:
    """Statistic of a signal, summed over the runs; the signal may be negative."""
    n, B, sigma, floor = counts
    if method != "chi2":
        lowest = np.maximum(floor, -S)
        return statistics._joint_deviance(groups, n, S, B, sigma, np.minimum(lowest, B))
    total = np.maximum(S + B, 0.0)
    # with nothing expected any count is infinitely far, and none fits
    empty = np.where(n > 0, np.inf, 0.0)
    parts: FloatArray = np.divide((total - n) ** 2, total, out=empty, where=total > 0)
    total_misfit: FloatArray = parts.sum(0)
    return total_misfit


def _total(method: str, groups: Groups, S: FloatArray, counts: Counts) -> FloatArray:
    """Events expected with the backgrounds at their best."""
    n, B, sigma, floor = counts
    if method == "chi2":
        return S + B
    lowest = np.minimum(np.maximum(floor, -S), B)
    return statistics._joint_totals(groups, n, S, B, sigma, lowest)


def _strength(method: str, groups: Groups, S: FloatArray, counts: Counts) -> FloatArray:
    """The strength of the signal that describes the counts best, for every column."""
    n, B, *_ = counts
    made = S > 0
    safe = np.where(made, S, 1.0)
    # no run may expect less than nothing; at the upper end none expects less than it sees
    high = np.maximum(np.where(made, n / safe, 0.0).max(0), 1.0)
    low = np.zeros_like(high) if method == "cls" else -np.where(made, B / safe, np.inf).min(0)
    low = np.where(made.any(0), low, 0.0)
    whole = np.where(made.any(0), S.sum(0), 1.0)
    at_end = _slope(method, groups, low, S, counts)[0] >= 0
    guess = np.clip(np.where(made, n - B, 0.0).sum(0) / whole, low, high)
    strength: FloatArray = np.where(at_end, low, guess)
    slope, curvature = _slope(method, groups, strength, S, counts)
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
        slope, curvature = _slope(method, groups, strength, S, counts)
    raise RuntimeError("the strength of the signal did not converge")


def _slope(
    method: str, groups: Groups, strength: FloatArray, S: FloatArray, counts: Counts
) -> tuple[FloatArray, FloatArray]:
    """Slope of the misfit in the strength, and how fast it grows; both over two."""
    n, _, sigma, _ = counts
    total = _total(method, groups, strength * S, counts)
    ratio = statistics._ratio(n, total)
    weight = statistics._ratio(ratio, total)
    if method == "chi2":
        return (S * (1 - ratio**2)).sum(0) / 2, (S**2 * ratio * weight).sum(0)
    slope = (S * (1 - ratio)).sum(0)
    if not sigma.any():
        return slope, (S**2 * weight).sum(0)
    alone = statistics._outside(groups, len(n))
    curvature = (S[alone] ** 2 * weight[alone] / (1 + sigma[alone] ** 2 * weight[alone])).sum(0)
    for rows in groups:
        mixed = (sigma[rows] * S[rows] * weight[rows]).sum(0)
        stiff = 1 + (sigma[rows] ** 2 * weight[rows]).sum(0)
        curvature = curvature + (S[rows] ** 2 * weight[rows]).sum(0) - mixed**2 / stiff
    return slope, curvature
