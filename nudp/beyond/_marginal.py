r"""Counts over an uncertain background that is integrated over: :math:`P(N \le n)` with a prior.

The background is b = floor + x.  A normal prior of x has mean B - floor and width sigma before
what is negative is taken away, a gamma prior this mean and this width, a lognormal prior this
median and sigma/(B - floor) as the width of the logarithm.  Every prior is written with a standard
normal number z, so that one integral over z serves all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaincc, gammaincinv, ndtr

if TYPE_CHECKING:
    from collections.abc import Callable

    from nudp.typing import FloatArray

__all__ = ["PRIORS", "cls", "probability", "quantile"]

#: Priors of the background: a normal one without what is below the floor, and two that need no end.
PRIORS = ("normal", "gamma", "lognormal")

_T, _W = np.polynomial.legendre.leggauss(96)
_COARSE = np.linspace(0.0, 1.0, 65)
# Nothing is left so many sigma below or above, or so many powers of e below the largest value.
_WIDEST, _HIGHEST, _DEEPEST = 38.0, 9.0, 42.0
# Counts that are integrated over at one time.
_BLOCK = 4096


def cls(
    prior: str, n: FloatArray, S: FloatArray, B: FloatArray, sigma: FloatArray, floor: FloatArray
) -> FloatArray:
    """CLs of n or fewer events, both probabilities averaged over the prior."""
    background = probability(prior, n, B, sigma, floor)
    if np.any(background == 0):
        first = int(np.argmax(background == 0))
        raise ValueError(
            f"n is too far below B for any signal to be judged, "
            f"got {float(np.ravel(n)[first])!r} and {float(np.ravel(B)[first])!r}"
        )
    ratio: FloatArray = probability(prior, n, B, sigma, floor, S) / background
    return ratio


def probability(
    prior: str,
    n: FloatArray,
    B: FloatArray,
    sigma: FloatArray,
    floor: FloatArray,
    S: FloatArray | float = 0.0,
) -> FloatArray:
    """P(N <= n) for a signal S over a background with a prior; exact where sigma is 0."""
    n, S, B, sigma, floor = np.broadcast_arrays(n, S, B, sigma, floor)
    result = np.ravel(gammaincc(n + 1, S + B))
    # what is nothing by a factor stays nothing
    vague = np.flatnonzero((sigma > 0) & ((B > floor) | (prior == "normal")))
    counts = [array.ravel()[vague] for array in (n, S, B, sigma, floor)]
    for start in range(0, vague.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        result[vague[block]] = _integral(prior, *(count[block, None] for count in counts))
    return result.reshape(n.shape)


def quantile(
    below: Callable[[FloatArray], FloatArray], probability: float, most: FloatArray
) -> FloatArray:
    """Smallest n with P(N <= n) at or above a probability, by bisection from `most` down."""
    low, high = np.full(most.shape, -1.0), most
    while (open_ := high - low > 1).any():
        middle = np.floor((low + high) / 2)
        reached = below(np.maximum(middle, 0.0))
        high = np.where(open_ & (reached >= probability), middle, high)
        low = np.where(open_ & (reached < probability), middle, low)
    return high


def _integral(
    prior: str, n: FloatArray, S: FloatArray, B: FloatArray, sigma: FloatArray, floor: FloatArray
) -> FloatArray:
    """Average over z, on the stretch where the integrand is not negligible."""
    mean = B - floor
    ends_at = np.where(prior == "normal", mean / sigma, _WIDEST)
    low, high = -np.minimum(ends_at, _WIDEST), np.full_like(mean, _HIGHEST)
    norm = ndtr(ends_at)[:, 0]

    def integrand(z: FloatArray) -> FloatArray:
        x = _background(prior, z, mean, sigma)
        value: FloatArray = np.exp(-(z**2) / 2) * gammaincc(n + 1, S + floor + x)
        return value

    for _ in range(2):
        z = low + (high - low) * _COARSE
        values = integrand(z)
        kept = values >= values.max(-1, keepdims=True) * np.exp(-_DEEPEST)
        first = np.maximum(kept.argmax(-1) - 1, 0)
        last = np.minimum(len(_COARSE) - kept[:, ::-1].argmax(-1), len(_COARSE) - 1)
        low = np.take_along_axis(z, first[:, None], -1)
        high = np.take_along_axis(z, last[:, None], -1)
    half = (high - low) / 2
    nodes = low + half * (1 + _T)
    total: FloatArray = (half * _W * integrand(nodes)).sum(-1) / (np.sqrt(2 * np.pi) * norm)
    return total


def _background(prior: str, z: FloatArray, mean: FloatArray, sigma: FloatArray) -> FloatArray:
    """The uncertain part of the background at z standard deviations."""
    if prior == "normal":
        return np.maximum(mean + sigma * z, 0.0)
    if prior == "lognormal":
        with np.errstate(over="ignore"):  # infinite is what it then is
            vague: FloatArray = mean * np.exp(sigma / mean * z)
        return vague
    gamma: FloatArray = gammaincinv((mean / sigma) ** 2, ndtr(z)) * sigma**2 / mean
    return gamma
