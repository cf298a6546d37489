"""Where edges cross: intervals in cos(theta) and the energies at which their ends meet.

Geometry only.  An array of intervals has the shape (..., n, 2); one of zero width is empty.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import elementwise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import ArrayLike

    from nudp.typing import Cut, FloatArray, IntArray

__all__ = ["between", "brackets", "crossings", "intersect", "merge", "real_roots", "width"]

# Points between two kinks where the moving edges of two cuts are compared.
_SCAN = 256
# Differences of cosines below this are rounding.
_TOUCHING = 1e-13


def intersect(first: FloatArray, second: FloatArray) -> FloatArray:
    """What lies in an interval of both."""
    lower = np.maximum(first[..., :, None, 0], second[..., None, :, 0])
    upper = np.minimum(first[..., :, None, 1], second[..., None, :, 1])
    # the count in full: of no energies at all, -1 would not know it
    shape = (*lower.shape[:-2], lower.shape[-2] * lower.shape[-1])
    return _ends(lower.reshape(shape), upper.reshape(shape))


def merge(intervals: FloatArray) -> FloatArray:
    """Union of intervals: overlapping ones become one, the others of zero width."""
    order = np.argsort(intervals[..., 0], axis=-1)
    lower, upper = (np.take_along_axis(intervals[..., side], order, axis=-1) for side in (0, 1))
    reach = np.maximum.accumulate(upper, axis=-1)
    first = np.ones(lower.shape, dtype=bool)
    first[..., 1:] = lower[..., 1:] > reach[..., :-1]
    last = np.roll(first, -1, axis=-1)
    # each run of overlapping intervals ends where its last one has reached
    ends = np.where(last, reach, np.inf)[..., ::-1]
    ends = np.minimum.accumulate(ends, axis=-1)[..., ::-1]
    return _ends(np.where(first, lower, ends), ends)


def width(intervals: FloatArray) -> FloatArray:
    """Length of all intervals together."""
    total: FloatArray = np.diff(intervals, axis=-1).sum((-1, -2))
    return total


def real_roots(polynomial: ArrayLike) -> list[float]:
    """Real roots of coefficients, highest power first."""
    coefficients = np.asarray(polynomial, dtype=float)
    # a leading coefficient as small as that has its root where no photon is, beyond all floats
    counts = np.abs(coefficients) > 1e-290 * np.abs(coefficients).max()
    roots = np.roots(coefficients[np.argmax(counts) :])
    return [float(root.real) for root in roots if abs(root.imag) < 1e-12]


def between(energies: Iterable[float], root_s: float) -> list[float]:
    """Those strictly between 0 and root_s/2, ascending, each once."""
    ascending = sorted(E for E in energies if E > 0)
    # one kink met from two sides is one kink; a panel between them would be rounding only
    return [
        E
        for before, E in pairwise([0.0, *ascending])
        if E - before > 1e-12 * root_s and E < root_s / 2 * (1 - 1e-12)
    ]


def crossings(first: Cut, second: Cut, sqrt_s: float) -> list[float]:
    """Energies [GeV] at which an edge of one cut passes an edge of the other."""
    if hasattr(first, "fixed_edges") and hasattr(second, "fixed_edges"):
        return []
    for one, other in ((first, second), (second, first)):
        if hasattr(one, "energies_at") and hasattr(other, "fixed_edges"):
            return [E for edge in other.fixed_edges() for E in one.energies_at(edge, sqrt_s)]
    return _moving_crossings(first, second, sqrt_s)


def _moving_crossings(first: Cut, second: Cut, sqrt_s: float) -> list[float]:
    """Crossings without a closed form: brackets from a scan, then roots to full precision."""

    def edges(energy: FloatArray) -> list[FloatArray]:
        pair = (cut.intervals(energy, sqrt_s) for cut in (first, second))
        return [ends.reshape(*energy.shape, 2 * ends.shape[-2]) for ends in pair]

    def distance(energy: FloatArray, i: IntArray, j: IntArray) -> FloatArray:
        picked = zip(edges(energy), (i, j), strict=True)
        one, two = (np.take_along_axis(ends, k[..., None], -1)[..., 0] for ends, k in picked)
        return one - two

    own = [E for cut in (first, second) for E in cut.kinks(sqrt_s)]
    borders = np.concatenate([[0.0], between(own, 2 * sqrt_s), [sqrt_s]])
    # closer near the kinks, where an edge may move as a square root; the kinks themselves
    # belong to two panels and are left out
    share = np.sin(np.linspace(0, np.pi / 2, _SCAN)) ** 2
    share[0], share[-1] = 1e-12, 1 - 1e-12
    energy = borders[:-1, None] + np.diff(borders)[:, None] * share
    one, two = edges(energy)
    gap = np.moveaxis(one[..., :, None] - two[..., None, :], 1, -1)  # (panel, edge, edge, node)
    left, right, pair = brackets(energy, gap, distance)
    if not left.size:
        return []
    roots = elementwise.find_root(distance, (left, right), args=pair)
    if not roots.success.all():
        raise RuntimeError("a crossing of two edges did not converge")
    energies: list[float] = np.ravel(roots.x).tolist()
    return energies


def brackets(
    energy: FloatArray,
    gap: FloatArray,
    distance: Callable[[FloatArray, IntArray, IntArray], FloatArray],
) -> tuple[FloatArray, FloatArray, tuple[IntArray, IntArray]]:
    """Where a gap changes sign: seen on the nodes, or at a dip between them."""
    gap = np.where(np.abs(gap) < _TOUCHING, 0.0, gap)
    node = np.broadcast_to(np.arange(gap.shape[-1]), gap.shape)
    before = np.maximum.accumulate(np.where(gap != 0, node, 0), axis=-1)[..., :-1]
    changed = np.take_along_axis(gap, before, -1) * gap[..., 1:] < 0
    panel, i, j, k = np.nonzero(changed)
    found = [(energy[panel, before[changed]], energy[panel, k + 1], i, j)]

    near, here, far = np.abs(gap[..., :-2]), np.abs(gap[..., 1:-1]), np.abs(gap[..., 2:])
    same = (gap[..., :-2] * gap[..., 1:-1] > 0) & (gap[..., 1:-1] * gap[..., 2:] > 0)
    dip = same & (here <= near) & (here <= far) & (here < np.maximum(near, far))
    panel, i, j, k = np.nonzero(dip)
    if panel.size:
        low, middle, high = (energy[panel, k + step] for step in range(3))
        sign = np.sign(gap[panel, i, j, k + 1])

        def signed(energy: FloatArray, sign: FloatArray, i: IntArray, j: IntArray) -> FloatArray:
            return sign * distance(energy, i, j)

        lowest = elementwise.find_minimum(signed, (low, middle, high), args=(sign, i, j))
        through = np.ravel(lowest.f_x) < -_TOUCHING
        bottom = np.ravel(lowest.x)[through]
        found.append((low[through], bottom, i[through], j[through]))
        found.append((bottom, high[through], i[through], j[through]))
    left, right, i, j = (np.concatenate(column) for column in zip(*found, strict=True))
    return left, right, (i, j)


def _ends(lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Intervals of these ends; an empty one lies at 0, off the beam line."""
    return np.where((lower < upper)[..., None], np.stack([lower, upper], axis=-1), 0.0)
