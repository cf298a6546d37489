"""Does a 95 % limit hold in 95 % of experiments?  By toys, and by the exact sum.

A method covers if the true signal is excluded no more often than it says.
Toys are Poisson counts; where the background is uncertain, its estimate
fluctuates as well, about the true value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import elementwise
from scipy.special import betaincinv, gammainc, gammaln, ndtr, xlogy

from nudp import _checks, statistics
from nudp.beyond.scan import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, MutableMapping
    from concurrent.futures import Executor
    from typing import Any

    from numpy.typing import ArrayLike

    from nudp.typing import FloatArray, FloatOrArray

__all__ = ["Coverage", "exact_coverage", "toy_coverage"]

# Toys of one task: enough to forget what sending a task costs, few enough for memory.
_TOYS_PER_TASK = 50_000
# An estimate is never so many sigma off; how well the one is known up to which a signal is kept.
_FARTHEST, _CLOSE = 6.0, 1e-7
# A count less probable than this does not count.
_SMALLEST = 1e-9


@dataclass(frozen=True)
class Coverage:
    """How many toys kept the true signal.

    Parameters
    ----------
    covered, toys : int
        Toys whose limit is at or above the true signal, and all toys [1].

    Raises
    ------
    ValueError
        If a number is negative, or more toys are covered than there are.
    TypeError
        If it is no whole number.

    Examples
    --------
    >>> found = Coverage(9513, 10000)
    >>> found.share, [round(end, 4) for end in found.interval]
    (0.9513, [0.9491, 0.9535])
    """

    covered: int
    toys: int

    def __post_init__(self) -> None:
        _checks.whole_number("covered", self.covered)
        _checks.whole_number("toys", self.toys, smallest=1)
        if self.covered > self.toys:
            raise ValueError(f"covered must be at most {self.toys}, got {self.covered!r}")

    @property
    def share(self) -> float:
        """Share of the toys that kept the true signal [1].

        Examples
        --------
        >>> Coverage(9513, 10000).share
        0.9513
        """
        return self.covered / self.toys

    @property
    def interval(self) -> tuple[float, float]:
        """Clopper-Pearson interval of one sigma, 68.3 %, for the coverage [1].

        Examples
        --------
        >>> [round(end, 4) for end in Coverage(9513, 10000).interval]
        [0.9491, 0.9535]
        """
        outside = float(ndtr(-1.0))
        lost = self.toys - self.covered
        low = betaincinv(self.covered, lost + 1, outside) if self.covered else 0.0
        high = betaincinv(self.covered + 1, lost, 1 - outside) if lost else 1.0
        return float(low), float(high)


def exact_coverage(
    S: ArrayLike,
    B: ArrayLike,
    sigma: ArrayLike = 0.0,
    floor: ArrayLike = 0.0,
    *,
    method: str,
    confidence_level: float = 0.95,
    sided: int = 1,
) -> FloatOrArray:
    r"""Coverage of a method as a sum over all counts.

    :math:`\sum_n P(n\,|\,S+B)\,[\,S \text{ not excluded by } n\,]`.  If the background is
    uncertain its estimate fluctuates as well, as in `toy_coverage`: the bracket is the
    probability of the estimates that keep S, those below one that depends on n.

    Parameters
    ----------
    S, B : array_like
        True signal events and background events [1].
    sigma : array_like, optional
        Absolute uncertainty of the background [1], not for "chi2" and "poisson".
    floor : array_like, optional
        Part of the background that is certain [1].
    method : {"chi2", "asimov", "cls", "poisson"} or one of `nudp.statistics.MARGINAL`
        Statistical method.
    confidence_level : float, optional
        Confidence level [1].
    sided : int, optional
        1 or 2 [1].

    Returns
    -------
    ndarray or float
        Coverage [1], broadcast over the arguments.

    Raises
    ------
    ValueError
        If a number is out of its range or the method is unknown.

    Examples
    --------
    >>> round(float(exact_coverage(3.0, 0.5, method="poisson")), 4)  # n = 0 alone excludes it
    0.9698
    >>> round(float(exact_coverage(6.0, 3.2, 1.0, method="marginal-normal")), 4)
    0.9808
    """
    alpha = statistics.tail(confidence_level, sided)
    _, *counts = statistics._counts(0.0, S, B, sigma, floor)
    statistics._demand_method(method, counts[2])
    signal, known, width, certain = np.broadcast_arrays(*counts)
    if width.any():
        flat = (count.ravel() for count in (signal, known, width, certain))
        return _over_estimates(method, alpha, *flat).reshape(signal.shape)[()]
    mean = signal + known
    # a larger count speaks for a larger signal: bisect for the smallest that keeps S
    lost, kept = np.full(mean.shape, -1.0), np.ceil(mean)
    while np.any(kept - lost > 1):
        middle = np.floor((lost + kept) / 2)
        keeps = statistics.p_value(np.maximum(middle, 0.0), signal, known, method=method) >= alpha
        open_ = kept - lost > 1
        kept = np.where(open_ & keeps, middle, kept)
        lost = np.where(open_ & ~keeps, middle, lost)
    # P(N >= n) is the regularised incomplete gamma function
    return np.where(kept > 0, gammainc(np.maximum(kept, 1.0), mean), 1.0)[()]


def _over_estimates(
    method: str, alpha: float, S: FloatArray, B: FloatArray, sigma: FloatArray, floor: FloatArray
) -> FloatArray:
    """Coverage of counts in a row, over all counts and estimates of the background."""
    mean = S + B
    n = np.arange(float((mean + 10 * np.sqrt(mean)).max()) + 10)[:, None]
    weight = np.exp(xlogy(n, mean) - mean - gammaln(n + 1))
    i, j = np.nonzero(weight > _SMALLEST)
    known = n[i, 0], *(count[j] for count in (S, sigma, floor))

    def excess(pull: FloatArray, true: FloatArray, *counts: FloatArray) -> FloatArray:
        seen, signal, width, certain = counts
        estimate = np.maximum(certain, true + pull * width)
        return statistics._p_value(method, seen, signal, estimate, width, certain) - alpha

    true, low = B[j], np.full(len(j), -_FARTHEST)
    pull = np.where(excess(low, true, *known) >= 0, np.inf, -np.inf)
    # with no uncertainty there is one estimate
    some = np.flatnonzero((pull > 0) & (known[2] > 0))
    some = some[excess(-low[some], true[some], *(count[some] for count in known)) < 0]
    counts = true[some], *(count[some] for count in known)
    root = elementwise.find_root(
        excess, (low[some], -low[some]), args=counts, tolerances={"xatol": _CLOSE}
    )
    if not root.success.all():
        raise RuntimeError("the estimates that keep a signal did not converge")
    pull[some] = root.x
    total = np.zeros(weight.shape[1])
    np.add.at(total, j, weight[i, j] * ndtr(pull))
    return total


def toy_coverage(
    S: float,
    B: float,
    sigma: float = 0.0,
    floor: float = 0.0,
    *,
    method: str,
    n_toys: int,
    seed: int,
    confidence_level: float = 0.95,
    sided: int = 1,
    executor: Executor | None = None,
    done: MutableMapping[str, Any] | None = None,
    progress: Callable[..., Iterable[Any]] | None = None,
) -> Coverage:
    """Coverage of a method from toy experiments.

    Every toy draws a count around S + B and, if sigma is not zero, an estimate
    of the background around B.  The toys are cut into tasks with random numbers of
    their own, so the same seed gives the same answer wherever they run.

    Parameters
    ----------
    S, B : float
        True signal events and true background [1].
    sigma : float, optional
        Absolute uncertainty of the background [1], not for "chi2" and "poisson".
    floor : float, optional
        Part of the background that is certain [1].
    method : {"chi2", "asimov", "cls", "poisson"} or one of `nudp.statistics.MARGINAL`
        Statistical method.
    n_toys : int
        Number of toys [1].
    seed : int
        Seed of the random numbers.
    confidence_level : float, optional
        Confidence level [1].
    sided : int, optional
        1 or 2 [1].
    executor : concurrent.futures.Executor, optional
        Where to work; in this process unless given.
    done : mutable mapping of str to object, optional
        Finished tasks of an earlier run, see `nudp.beyond.scan.run`.
    progress : callable, optional
        Shows the progress, such as `tqdm.auto.tqdm`; see `nudp.beyond.scan.run`.

    Returns
    -------
    Coverage
        Share of the toys that kept the true signal, with its error.

    Raises
    ------
    ValueError
        If a number is out of its range, or the method is unknown or cannot take an uncertainty.
    TypeError
        If n_toys or seed is no whole number.
    nudp.beyond.scan.Unfinished
        If a task or the executor fails; finished toys are in its `done`.

    Examples
    --------
    >>> found = toy_coverage(40.0, 900.0, method="asimov", n_toys=20_000, seed=1)
    >>> abs(found.share - 0.95) < 0.01
    True
    """
    alpha = statistics.tail(confidence_level, sided)
    statistics.p_value(0.0, 0.0, 0.0, sigma, method=method)  # refuses a bad method or sigma
    named = {"S": S, "B": B, "sigma": sigma, "floor": floor}
    truth = tuple(_checks.number(name, n, _checks.non_negative) for name, n in named.items())
    toys = _checks.whole_number("n_toys", n_toys, smallest=1)
    key = _checks.whole_number("seed", seed, largest=2**128 - 1)  # as secrets.randbits(128) gives
    work = {}
    for part, start in enumerate(range(0, toys, _TOYS_PER_TASK)):
        size = min(_TOYS_PER_TASK, toys - start)
        name = f"toys {method} {alpha!r} {truth!r} seed {key} part {part} of {size}"
        work[name] = (method, alpha, truth, size, key, part)
    kept = run(_toys_kept, work, executor=executor, done=done, progress=progress)
    return Coverage(sum(kept), toys)


def _toys_kept(
    method: str, alpha: float, truth: tuple[float, ...], size: int, seed: int, part: int
) -> int:
    S, B, sigma, floor = truth
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(part,)))
    n = rng.poisson(S + B, size).astype(float)
    # an estimate below zero is no background anybody would use
    estimate = np.maximum(rng.normal(B, sigma, size), 0.0)
    return int((statistics.p_value(n, S, estimate, sigma, floor, method=method) >= alpha).sum())
