r"""Counting statistics: what n events say about a signal S over a background B.

The background may carry a Gaussian uncertainty sigma, which is profiled.
Everything here is about numbers of events and knows no physics; `nudp.limits`
turns d into events.  The methods are those of `nudp.upper_limit`:

========== ====================================================================
Method     What it compares
========== ====================================================================
"chi2"     (S + B - n)^2/(S + B), one-sided; S^2/(S + B) at n = B, as in the paper
"asimov"   profile likelihood ratio, asymptotic (Cowan, Cranmer, Gross, Vitells)
"cls"      CLs of the same likelihood ratio, asymptotic; never excludes S = 0
"poisson"  exact Poisson counting: the probability of n events or fewer
========== ====================================================================

Three methods more, "marginal-normal", "marginal-gamma" and "marginal-lognormal", are for few
events and an uncertain background: CLs of the exact Poisson probabilities, each averaged over a
prior of the background, which the name tells.  "asimov" and "cls" are for large numbers: with
about ten events or fewer their limits are too strong, by 9 % for five events on 3.2 +- 1 and by
27 % for none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import elementwise
from scipy.special import gammaincc, gammaincinv, log_ndtr, ndtr, ndtri

from nudp import _checks

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import ArrayLike

    from nudp.typing import BoolArray, FloatArray, FloatOrArray

    #: Whether backgrounds of runs move together: all, none, or those of one label.
    Labels: TypeAlias = bool | Sequence[str | None]
    #: The same of "background", "signal" and "luminosity" each.
    Correlated: TypeAlias = Labels | Mapping[str, Labels]

__all__ = [
    "MARGINAL",
    "METHODS",
    "count_limit",
    "deviance",
    "p_value",
    "tail",
    "threshold",
]

#: Names of the methods.
METHODS = ("chi2", "asimov", "cls", "poisson")

#: Names of the methods that average over a prior of the background: a normal one without its
#: negative part, one of a gamma distribution, and a lognormal one.
MARGINAL = ("marginal-normal", "marginal-gamma", "marginal-lognormal")

# Methods that count the events of all runs as one number.
_COUNTING = ("poisson", *MARGINAL)
# Fewer events than this are none: a ratio to them may exceed all floats.
_FEWEST = 1e-290


def tail(confidence_level: float = 0.95, sided: int = 1) -> float:
    r"""Probability left in the tail, :math:`\alpha = (1 - \mathrm{CL})/\text{sided}`.

    Parameters
    ----------
    confidence_level : float, optional
        Confidence level, above 0.5 and below 1 [1].
    sided : int, optional
        1 for an upper limit, 2 for one end of a two-sided interval [1].

    Returns
    -------
    float
        Probability alpha [1].

    Raises
    ------
    ValueError
        If the confidence level is not between 0.5 and 1 or sided not 1 or 2.

    Examples
    --------
    >>> round(tail(0.95), 3), round(tail(0.90, sided=2), 3)
    (0.05, 0.05)
    """
    level = _checks.number("confidence_level", confidence_level)
    if not 0.5 < level < 1:
        raise ValueError(
            f"confidence_level must be above 0.5 and below 1, as in 0.95, got {level!r}"
        )
    if _checks.whole_number("sided", sided) not in (1, 2):
        raise ValueError(f"sided must be 1 or 2, got {sided!r}")
    return (1 - level) / sided


def threshold(
    method: str, confidence_level: float = 0.95, sided: int = 1, n_sigma: ArrayLike = 0.0
) -> FloatOrArray:
    r"""Value of the expected test statistic at the limit, for an asymptotic method.

    :math:`z^2` with :math:`z = \Phi^{-1}(1-\alpha) + N` for "chi2" and
    "asimov", and :math:`z = \Phi^{-1}(1-\alpha\,\Phi(N)) + N` for "cls".
    N = 0 is the median; N sigma is the edge of an expected band.

    Parameters
    ----------
    method : {"chi2", "asimov", "cls"}
        Statistical method.
    confidence_level : float, optional
        Confidence level [1].
    sided : int, optional
        1 or 2 [1].
    n_sigma : array_like, optional
        Fluctuation of the data above the expected background [sigma].

    Returns
    -------
    ndarray or float
        Statistic z^2 [1], shaped like n_sigma; 0 where the data exclude even S = 0.

    Raises
    ------
    ValueError
        If the method is unknown or has no asymptotic threshold, or a level is out of range.

    References
    ----------
    Cowan, Cranmer, Gross, Vitells, arXiv:1007.1727, Sec. 4.3; A. L. Read, CLs.

    Examples
    --------
    >>> round(float(threshold("asimov")), 4), round(float(threshold("cls")), 4)
    (2.7055, 3.8415)
    """
    alpha = tail(confidence_level, sided)
    fluctuation = _checks.real("n_sigma", n_sigma)
    _checks.choice("method", method, ("chi2", "asimov", "cls"))
    tail_probability = alpha * ndtr(fluctuation) if method == "cls" else alpha
    z = ndtri(1 - tail_probability) + fluctuation
    return (np.maximum(z, 0.0) ** 2)[()]


def deviance(
    n: ArrayLike, S: ArrayLike, B: ArrayLike, sigma: ArrayLike = 0.0, floor: ArrayLike = 0.0
) -> FloatOrArray:
    r"""How badly S + B events describe n, the background profiled.

    .. math::
        \min_b\; 2\left[t - n - n\ln\frac tn\right] + \frac{(b-B)^2}{\sigma^2},
        \qquad t = S + b

    Twice the logarithm of the likelihood ratio to a signal that fits n.  With
    n = B it is the median expected statistic of an exclusion, without sigma
    2[S - B ln(1 + S/B)]; with n = S + B and S = 0 in its place, that of a discovery.
    The minimum solves :math:`1 - n/t + (b-B)/\sigma^2 = 0`, a quadratic in t.

    Parameters
    ----------
    n, S, B : array_like
        Events seen or expected, which need not be whole, signal events of the hypothesis, and
        expected background [1].
    sigma, floor : array_like, optional
        Absolute uncertainty of the background, and what of it cannot be profiled away [1].

    Returns
    -------
    ndarray or float
        Deviance [1], broadcast over the arguments; inf for events where none can be.

    Raises
    ------
    ValueError
        If a number is negative or not finite, or the floor is above B.

    References
    ----------
    Cowan, Cranmer, Gross, Vitells, arXiv:1007.1727, Sec. 5.1.

    Examples
    --------
    >>> round(float(deviance(n=100.0, S=20.0, B=100.0)), 4)  # 2 [20 - 100 ln 1.2]
    3.5357
    >>> round(float(deviance(n=100.0, S=20.0, B=100.0, sigma=10.0)), 4)
    1.9334
    """
    return _deviance(*_counts(n, S, B, sigma, floor))[()]


def p_value(
    n: ArrayLike,
    S: ArrayLike,
    B: ArrayLike,
    sigma: ArrayLike = 0.0,
    floor: ArrayLike = 0.0,
    *,
    method: str,
) -> FloatOrArray:
    r"""How improbable n events are if the signal is S; S is excluded below alpha.

    Parameters
    ----------
    n, S, B : array_like
        Events seen, signal events of the hypothesis, and expected background [1].
    sigma, floor : array_like, optional
        Absolute uncertainty of the background, not for "chi2" and "poisson", and the part of it
        that is certain [1].
    method : {"chi2", "asimov", "cls", "poisson"} or one of `MARGINAL`
        Statistical method; where few events are expected, one of `MARGINAL`.

    Returns
    -------
    ndarray or float
        Probability [1], the ratio CLs = CLs+b/CLb for "cls" and `MARGINAL`, broadcast over the
        arguments.

    Raises
    ------
    ValueError
        If a number is negative, the floor is above B, or the method is unknown or cannot take
        an uncertainty.

    References
    ----------
    arXiv:1007.1727: q_mu for "asimov", tilde q_mu for "cls" (Secs. 3.6 and 3.7).

    Examples
    --------
    >>> round(float(p_value(n=0, S=2.9957, B=0.0, method="poisson")), 4)
    0.05
    >>> [round(float(p_value(3, 8.0, 3.0, method=m)), 4) for m in ("chi2", "asimov", "cls")]
    [0.0079, 0.0021, 0.0042]
    >>> round(float(p_value(5, 7.8156, 3.2, 1.0, method="marginal-normal")), 4)
    0.05
    """
    counts = _counts(n, S, B, sigma, floor)
    _demand_method(method, counts[3])
    return _p_value(method, *counts)[()]


def count_limit(
    n: ArrayLike,
    B: ArrayLike,
    sigma: ArrayLike = 0.0,
    floor: ArrayLike = 0.0,
    *,
    method: str,
    confidence_level: float = 0.95,
    sided: int = 1,
) -> FloatOrArray:
    r"""Upper limit on the signal events when n are seen: the root of `p_value` = alpha.

    Parameters
    ----------
    n, B : array_like
        Events seen, and expected background [1].
    sigma, floor : array_like, optional
        Absolute uncertainty of the background, not for "chi2" and "poisson", and the part of it
        that is certain [1].
    method : {"chi2", "asimov", "cls", "poisson"} or one of `MARGINAL`
        Statistical method; where few events are expected, one of `MARGINAL`.
    confidence_level : float, optional
        Confidence level [1].
    sided : int, optional
        1 or 2 [1].

    Returns
    -------
    ndarray or float
        Events [1], broadcast over the arguments; 0 where the data exclude even S = 0,
        which "cls" and `MARGINAL` never do.

    Raises
    ------
    ValueError
        If a number is out of its range, the floor is above B, or the method is unknown or
        cannot take an uncertainty.

    Examples
    --------
    >>> [round(float(count_limit(0, 0.0, method=m)), 3) for m in METHODS]
    [2.706, 1.353, 1.921, 2.996]
    >>> round(float(count_limit(7, 3.2, method="poisson")), 3)
    9.948
    >>> [round(float(count_limit(5, 3.2, 1.0, method=m)), 2) for m in ("cls", *MARGINAL)]
    [7.15, 7.82, 7.8, 7.7]
    """
    alpha = tail(confidence_level, sided)
    n, _, B, sigma, floor = _counts(n, 0.0, B, sigma, floor)
    _demand_method(method, sigma)
    counts = np.broadcast_arrays(n, B, sigma, floor)
    flat = (count.ravel() for count in counts)
    return _count_limit(method, alpha, *flat).reshape(counts[0].shape)[()]


def _count_limit(
    method: str, alpha: float, n: FloatArray, B: FloatArray, sigma: FloatArray, floor: FloatArray
) -> FloatArray:
    """`count_limit` of counts in a row."""
    if method == "poisson":
        needed: FloatArray = np.maximum(gammaincinv(n + 1, 1 - alpha) - B, 0.0)
        return needed
    result = np.zeros(n.size)
    # "cls" is 1 without a signal; the others may reject the background by itself
    possible = _p_value(method, n, np.zeros(n.size), B, sigma, floor) > alpha
    if possible.any():
        known = tuple(a[possible] for a in (n, B, sigma, floor))

        def excess(S: FloatArray, *counts: FloatArray) -> FloatArray:
            return _p_value(method, counts[0], S, *counts[1:]) - alpha

        guess = 1 + np.sqrt(known[0] + known[1] + known[2] ** 2)
        bracket = elementwise.bracket_root(excess, 0.0 * guess, guess, xmin=0.0, args=known)
        root = elementwise.find_root(excess, bracket.bracket, args=known)
        if not (bracket.success.all() and root.success.all()):
            raise RuntimeError("the limit on the number of events did not converge")
        result[possible] = root.x
    return result


def _counts(
    n: ArrayLike, S: ArrayLike, B: ArrayLike, sigma: ArrayLike, floor: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    counts = (
        _checks.non_negative("n", n),
        _checks.non_negative("S", S),
        _checks.non_negative("B", B),
        _checks.non_negative("sigma", sigma),
        _checks.non_negative("floor", floor),
    )
    _checks.shapes_fit(**dict(zip(("n", "S", "B", "sigma", "floor"), counts, strict=True)))
    if np.any(counts[4] > counts[2]):
        raise ValueError(f"floor must not exceed B, got {floor!r} and {B!r}")
    return counts


def _demand_method(method: str, uncertainty: FloatArray | None, name: str = "sigma") -> None:
    """Refuse what is no method, and an uncertainty where the method cannot take one."""
    _checks.choice("method", method, METHODS + MARGINAL)
    if uncertainty is not None and method in ("chi2", "poisson") and np.any(uncertainty > 0):
        raise ValueError(
            f"{name} must be 0 for method {method!r}, which has no room for it, "
            f"got {float(np.max(uncertainty))!r}: use 'asimov' or 'cls', for few events "
            f"'marginal-normal'"
        )


def _deviance(
    n: FloatArray, S: FloatArray, B: FloatArray, sigma: FloatArray, floor: FloatArray
) -> FloatArray:
    if not sigma.any():
        return _poisson_deviance(n, S + (B - n), S + B + 0.0 * (sigma + floor))
    distance, at_floor = _distance(n, S, B, sigma, floor)
    # t once more, since n + distance has no digits left where hardly anything is expected
    linear = S + B - sigma**2
    root = np.hypot(linear, 2 * sigma * np.sqrt(n))
    usual = linear >= 0
    total = np.where(
        usual, (linear + root) / 2, 2 * n * sigma**2 / np.where(usual, 1.0, root - linear)
    )
    total = np.where(at_floor, S + floor, total)
    inside = (sigma > 0) & ~at_floor
    # the condition of the minimum, (b - B)/sigma = sigma (n - t)/t, keeps its digits as well
    pull = np.where(
        at_floor,
        (floor - B) / np.where(at_floor, sigma, 1.0),
        -sigma * distance / np.where(inside, total, 1.0),
    )
    result: FloatArray = _poisson_deviance(n, distance, total) + pull**2
    return result


def _distance(
    n: FloatArray, S: FloatArray, B: FloatArray, sigma: FloatArray, floor: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """Find t - n at the best background b = t - S, and whether b is at its floor."""
    missing = S + (B - n)  # exact at n = B, however large they are
    # distance^2 + half * distance = n * missing, solved without a difference of equals
    half = n + sigma**2 - missing
    root = np.sqrt(np.maximum(half**2 + 4 * n * missing, 0.0))
    upper = half > 0
    quotient = 2 * n * missing / np.where(upper, half + root, 1.0)
    free = np.where(upper, quotient, (root - half) / 2)
    at_floor = _ends_at_floor(n, S, B, sigma, floor)
    return np.where(sigma > 0, np.where(at_floor, S + floor - n, free), missing), at_floor


def _ends_at_floor(
    n: FloatArray, S: FloatArray, B: FloatArray, sigma: FloatArray, floor: FloatArray
) -> BoolArray:
    """Whether the deviance rises with b from its floor on: 1 - n/t + (b-B)/sigma^2 >= 0 there.

    The best b itself is no help, since S + b has lost a background that is tiny beside S.
    """
    lowest = S + floor
    nothing = np.where(n > 0, np.inf, 0.0)
    # n/t may exceed all floats, and does so infinitely where t is 0
    with np.errstate(over="ignore", invalid="ignore"):
        ratio = np.where(lowest > 0, n / np.where(lowest > 0, lowest, 1.0), nothing)
        rises: BoolArray = sigma**2 * (1 - ratio) >= B - floor
    return (sigma > 0) & rises


def _ratio(n: FloatArray, total: FloatArray) -> FloatArray:
    """Over what is expected; as far from the best fit as numbers go where that is nothing."""
    lost = np.where(n > 0, 1e150, 0.0)
    ratio: FloatArray = np.divide(n, total, out=lost, where=total > 0)
    return ratio


def _poisson_deviance(n: FloatArray, distance: FloatArray, total: FloatArray) -> FloatArray:
    """2 [t - n - n ln(t/n)] for t = n + distance, each given, since either may be tiny."""
    seen = n > _FEWEST
    safe = np.where(seen, n, 1.0)
    x = np.where(seen, distance / safe, 0.0)
    # the series keeps the digits that the difference loses near 0
    near = np.abs(x) < 0.02
    small = np.where(near, x, 0.0)
    series = np.zeros_like(small)
    for k in range(8, 1, -1):
        series = small * series + (-1) ** k / k
    with np.errstate(divide="ignore"):
        far = x - np.log(np.where(seen & ~near, total / safe, 1.0))
    return 2 * np.where(seen, n * np.where(near, small**2 * series, far), distance)


def _p_value(
    method: str, n: FloatArray, S: FloatArray, B: FloatArray, sigma: FloatArray, floor: FloatArray
) -> FloatArray:
    if method == "poisson":
        return gammaincc(n + 1, S + B)
    if method in MARGINAL:
        from nudp.beyond import _marginal

        return _marginal.cls(method.removeprefix("marginal-"), n, S, B, sigma, floor)
    if method == "chi2":
        total = S + B
        # nothing expected: no n is too few
        return ndtr((n - total) / np.sqrt(np.where(total > 0, total, 1.0)))
    root = np.sqrt(_deviance(n, S, B, sigma, floor))
    if method == "asimov":
        return ndtr(-np.where(n < S + B, root, -root))
    return _asymptotic_cls(n, S, B, sigma, floor)


def _asymptotic_cls(
    n: FloatArray, S: FloatArray, B: FloatArray, sigma: FloatArray, floor: FloatArray
) -> FloatArray:
    # with tilde q a downward fluctuation counts from S = 0; the expected data are those
    # of the background that fits n without a signal
    best = np.where(n < B, _deviance(n, 0 * S, B, sigma, floor), 0.0)
    q = np.where(n < S + B, np.maximum(_deviance(n, S, B, sigma, floor) - best, 0.0), 0.0)
    alone = np.where(sigma > 0, n + _distance(n, 0 * S, B, sigma, floor)[0], B)
    q_A = _deviance(alone, S, alone, sigma, floor)
    return _cls_ratio(q, q_A)


def _cls_ratio(q: FloatArray, q_A: FloatArray) -> FloatArray:
    """CLs of the statistic tilde q, whose value for the background alone is q_A."""
    root, root_A = np.sqrt(q), np.sqrt(q_A)
    safe = np.where(q_A > 0, root_A, 1.0)
    beyond = q > q_A
    both = np.where(beyond, (q + q_A) / (2 * safe), root)
    background = np.where(beyond, (q - q_A) / (2 * safe), root - root_A)
    # logarithms, since both tails may be too small for a float
    ratio: FloatArray = np.exp(log_ndtr(-both) - log_ndtr(-background))
    return ratio
