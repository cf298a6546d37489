r"""Telling two signals apart by the shape of their photons, over a background.

Two hypotheses predict events mu a_i and mu b_i on top of background in every bin i, or at
every node of `nudp.quadrature.accepted_nodes`, which stands for an infinitesimal bin.  The
strength mu is unknown, as the coupling is, and fitted under each: only the shape separates.

The statistic is :math:`t = 2\ln(L_a/L_b)`, both maximised.  Its median is q_a if a is true,
and -q_b if b is true, with standard deviation :math:`2\sqrt{q_b}` where t is Gaussian.  So b
is excluded with :math:`Z = (q_a + q_b)/(2\sqrt{q_b}) \ge \sqrt{q_a}`, and the strength of b that is
hardest to exclude, q_b = q_a, gives the equality.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq

from nudp import _checks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from nudp.typing import FloatArray, FloatOrArray

__all__ = ["events_needed", "log_likelihood_ratio", "median_separation"]


def log_likelihood_ratio(
    counts: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    background: ArrayLike,
    free_background: ArrayLike | None = None,
) -> FloatOrArray:
    r"""Twice the log of the ratio of two maximised extended likelihoods.

    .. math::
        t = 2\ln\frac{\max_{\mu,\kappa} L(n\,|\,\mu a + b + \kappa f)}
                     {\max_{\mu,\kappa} L(n\,|\,\mu a' + b + \kappa f)}, \qquad
        \ln L = \sum_i \left(n_i\ln\nu_i - \nu_i\right)

    The strengths mu are not negative.

    Parameters
    ----------
    counts : array_like, shape (..., n)
        Events in each bin [1], or expected ones; any number of data sets at once.
    first, second : array_like, shape (n,)
        Expected events of the two signals at strength 1 [1].
    background : array_like, shape (n,)
        Expected events of the background that is known [1].
    free_background : array_like, shape (n,), optional
        A background whose normalisation kappa is fitted as well [1].

    Returns
    -------
    ndarray or float, shape (...)
        Statistic t [1]; above zero the data prefer `first`.

    Raises
    ------
    ValueError
        If an entry is negative, a signal is zero everywhere, or shapes do not match.

    Examples
    --------
    >>> rising, falling, flat = [1.0, 3.0], [3.0, 1.0], [10.0, 10.0]
    >>> data = [[11.0, 13.0], [13.0, 11.0]]
    >>> log_likelihood_ratio(data, rising, falling, flat).round(3)
    array([ 0.561, -0.561])
    """
    data = np.atleast_1d(_checks.non_negative("counts", counts))
    if not data.shape[-1]:
        raise ValueError(f"counts must have one bin at least, got {counts!r}")
    fixed = _template("background", background, data)
    free = [] if free_background is None else [_template("free_background", free_background, data)]
    best = [
        _best_fit(data, fixed, np.array([_signal(name, shape, data), *free]))
        for name, shape in (("first", first), ("second", second))
    ]
    return _twice_log_ratio(data, *best)[()]


def median_separation(
    true_events: ArrayLike,
    other_events: ArrayLike,
    background_events: ArrayLike,
    free_background: ArrayLike | None = None,
) -> float:
    r"""Median of the statistic if one signal is true: q, how far the other one is from it.

    Its root is the median significance with which the other signal is excluded.

    .. math::
        q = \min_\mu\; 2\sum_i\left[\nu_i - n_i + n_i\ln\frac{n_i}{\nu_i}\right], \qquad
        n_i = a_i + b_i, \quad \nu_i = \mu a'_i + b_i

    Parameters
    ----------
    true_events : array_like, shape (n,)
        Expected events of the signal that is there, in bins or at nodes [1].
    other_events : array_like, shape (n,)
        The other signal, at any strength [1].
    background_events : array_like, shape (n,)
        Expected events of the background that is known [1].
    free_background : array_like, shape (n,), optional
        Expected events of a background whose normalisation is fitted [1].

    Returns
    -------
    float
        Separation q [1], zero if the shapes are the same.

    Raises
    ------
    ValueError
        If an entry is negative, a signal is zero everywhere, or shapes do not match.

    References
    ----------
    G. Cowan et al., Eur. Phys. J. C 71 (2011) 1554, for data without fluctuations.

    Examples
    --------
    >>> round(median_separation([1.0, 3.0], [3.0, 1.0], [10.0, 10.0]), 3)
    0.561
    """
    true = _row("true_events", true_events)
    fixed = _template("background_events", background_events, true)
    templates = [_signal("other_events", other_events, true)]
    expected = true + fixed
    if free_background is not None:
        templates.append(_template("free_background", free_background, true))
        expected = expected + templates[1]
    nu = _best_fit(expected, fixed, np.array(templates))
    return max(float(_twice_log_ratio(expected, expected, nu)), 0.0)


def events_needed(
    significance: ArrayLike,
    true_shape: ArrayLike,
    other_shape: ArrayLike,
    background_events: ArrayLike,
    free_background: ArrayLike | None = None,
) -> FloatOrArray:
    r"""Accepted signal events at which the median significance, :math:`\sqrt q`, has a value.

    Parameters
    ----------
    significance : array_like
        Standard deviations wanted [1].
    true_shape, other_shape : array_like, shape (n,)
        Distributions of the accepted photons, in bins or at nodes, in any normalisation [1].
    background_events : array_like, shape (n,)
        Expected events of the background that is known [1].
    free_background : array_like, shape (n,), optional
        Expected events of a background whose normalisation is fitted [1].

    Returns
    -------
    ndarray or float
        Signal events [1], shaped like significance; inf if the shapes are the same.

    Raises
    ------
    ValueError
        If a significance is not positive, an entry is negative or a shape is zero everywhere.

    Examples
    --------
    >>> round(float(events_needed(3.0, [1.0, 3.0], [3.0, 1.0], [100.0, 100.0])), 1)
    51.5
    """
    target = _checks.positive("significance", significance)
    if not target.size:
        return target
    true = _row("true_shape", true_shape)
    share = true / true.sum()
    _signal("other_shape", other_shape, true)
    total = float(_template("background_events", background_events, true).sum())
    backgrounds = background_events, free_background

    @cache
    def reached(log_events: float) -> float:
        q = median_separation(np.exp(log_events) * share, other_shape, *backgrounds)
        # a floor keeps the logarithm below finite where nothing separates
        return float(np.sqrt(max(q, 1e-30)))

    # rounding leaves the likelihoods of equal shapes about 1e-8 sigma apart
    if reached(np.log(1e6 * max(1.0, total))) < 1e-3 * target.min():
        return np.full(target.shape, np.inf)[()]

    def needed(wanted: float) -> float:
        low, high = 0.0, 10.0
        while reached(low) > wanted:
            low -= 10.0
        while reached(high) < wanted:
            high += 10.0
        return float(brentq(lambda log_events: np.log(reached(log_events) / wanted), low, high))

    log_events = np.reshape([needed(wanted) for wanted in target.ravel()], target.shape)
    events: FloatArray = np.exp(log_events)
    return events[()]


def _best_fit(counts: FloatArray, fixed: FloatArray, templates: FloatArray) -> FloatArray:
    """Expectation of the largest likelihood, no strength below zero."""
    data = counts.reshape(-1, counts.shape[-1])
    strengths = _strengths(data, fixed, templates).reshape(*counts.shape[:-1], len(templates))
    return fixed + strengths @ templates


def _strengths(counts: FloatArray, fixed: FloatArray, templates: FloatArray) -> FloatArray:
    """Best strengths for every data set, shape (data sets, templates)."""
    best = np.zeros((len(counts), len(templates)))
    left = np.arange(len(counts))
    # the likelihood is concave: if without a template there is nothing to gain from a little
    # of it, it is best left out; if all are wanted, the best is inside
    for i, template in enumerate(templates):
        trial = np.zeros((len(left), len(templates)))
        others = [j for j in range(len(templates)) if j != i]
        if others:
            trial[:, others] = _strengths(counts[left], fixed, templates[others])
        nu = fixed + trial @ templates
        empty = np.where(counts[left] > 0, 1e100, 0.0)  # events where none are expected
        ratio = np.divide(counts[left], nu, out=empty, where=nu > 0)
        done = (1 - ratio) @ template >= 0
        best[left[done]] = trial[done]
        left = left[~done]
    if left.size:
        best[left] = _newton(counts[left], fixed, templates)
    return best


def _newton(counts: FloatArray, fixed: FloatArray, templates: FloatArray) -> FloatArray:
    """Strengths of the largest likelihood, all above zero, for every data set at once."""
    seen = (fixed > 0) | (templates > 0).any(0)
    counts, fixed, templates = counts[:, seen], fixed[seen], templates[:, seen]
    strengths: FloatArray = np.ones((len(counts), len(templates)))
    rest = counts.sum(-1) - fixed.sum() - templates[1:].sum()
    strengths[:, 0] = np.maximum(rest, 1e-3 * counts.sum(-1)) / templates[0].sum()
    for _ in range(100):
        nu = fixed + strengths @ templates
        ratio = counts / nu
        gradient = (1 - ratio) @ templates.T
        hessian = np.einsum("ni,ji,ki->njk", ratio / nu, templates, templates)
        # two templates of one shape are no error: their sum is fitted, this picks a share
        hessian += 1e-12 * hessian * np.eye(len(templates))
        step = np.linalg.solve(hessian, gradient[..., None])[..., 0]
        # stop short of zero: inside, all expectations are positive
        room = np.where(step > 0, strengths / np.where(step > 0, step, 1.0), np.inf).min(-1)
        strengths = strengths - np.minimum(1.0, 0.9 * room)[:, None] * step
        # what is left to gain in 2 ln L; the step just taken makes it far smaller
        if np.all((step * gradient).sum(-1) <= 1e-13):
            return strengths
    raise RuntimeError("the fit of the strengths did not converge")


def _twice_log_ratio(counts: FloatArray, one: FloatArray, two: FloatArray) -> FloatArray:
    # relative difference first: the logs of two close hypotheses cancel
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(counts > 0, counts * np.log1p((one - two) / two), 0.0)
    result: FloatArray = 2 * (logs - (one - two)).sum(-1)
    return result


def _template(name: str, values: ArrayLike, data: FloatArray) -> FloatArray:
    shape, bins = _checks.non_negative(name, values), data.shape[-1:]
    if shape.shape != bins:
        raise ValueError(f"{name} must have one entry a bin, {bins[0]}, got shape {shape.shape}")
    return shape


def _row(name: str, values: ArrayLike) -> FloatArray:
    """A signal that says how many bins there are."""
    row = np.atleast_1d(_checks.non_negative(name, values))
    if row.ndim > 1:
        raise ValueError(f"{name} must be one row of bins, got shape {row.shape}")
    return _signal(name, row, row)


def _signal(name: str, values: ArrayLike, data: FloatArray) -> FloatArray:
    shape = _template(name, values, data)
    if not shape.any():
        raise ValueError(f"{name} must be positive somewhere, got zeros")
    return shape
