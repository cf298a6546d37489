"""Where to put the nodes: panels of photon energy on which a selection is smooth.

A selection is, at fixed energy, a list of intervals in cos(theta).  Between
two kinks (an interval opens, closes or meets another bound) the ends of the
intervals are smooth functions of the energy, except for a square root at a
kink.  The substitution x = b - (b - a) sin^2(psi) turns a square root at
either end of a panel into a smooth function of psi, so that Gauss-Legendre
converges exponentially.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from nudp import _checks
from nudp.cuts import _accepted, as_selection

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from nudp.typing import Cut, FloatArray, IntArray

__all__ = ["NODES", "WEIGHTS", "Grid", "accepted_grid", "accepted_nodes", "accepted_panels"]

_T, _W = np.polynomial.legendre.leggauss(24)
#: Gauss-Legendre nodes and weights on [0, 1]; 24 reach 1e-13 on every panel of
#: the paper's selections (tests/core/test_accuracy.py).
NODES, WEIGHTS = (1 + _T) / 2, _W / 2

# A factor 1/E or 1/E^2 is smooth on a panel only while the energy changes by a modest factor.
_LARGEST_RATIO = 8.0
# Below this fraction of a panel's upper end nothing is left to integrate in double precision.
_SMALLEST_ENERGY = 1e-16


@dataclass(frozen=True)
class Grid:
    r"""A selection on the nodes of its panels, at one or several collision energies.

    What signal and background need of the cuts, computed once; made by `accepted_grid`.
    An energy with fewer panels than another has its row filled up with panels of zero width at
    the highest photon energy, on which nothing is accepted.

    Parameters
    ----------
    selection : Selection
        The cuts.
    sqrt_s : ndarray, shape (n,)
        Centre-of-mass energies [GeV].
    panels : ndarray, shape (n, p, 2)
        Lower and upper ends in photon energy [GeV], ascending.
    energy, weight : ndarray, shape (n, p, n_nodes)
        Nodes and their weights [GeV].
    intervals : ndarray, shape (n, p, n_nodes, k, 2)
        Accepted intervals in cos(theta) at the nodes [1].
    integral_of_1, integral_of_P2 : ndarray, shape (n, p, n_nodes)
        Integrals of 1 and of :math:`P_2(z)` over these intervals [1].

    Examples
    --------
    >>> from nudp.selections import besiii_basic
    >>> accepted_grid(besiii_basic(), [0.09, 4.0]).panels.round(3)
    array([[[0.025, 0.045],
            [0.045, 0.045],
            [0.045, 0.045]],
    <BLANKLINE>
           [[0.025, 0.05 ],
            [0.05 , 0.316],
            [0.316, 2.   ]]])
    """

    selection: Cut
    sqrt_s: FloatArray
    panels: FloatArray
    energy: FloatArray
    weight: FloatArray
    intervals: FloatArray
    integral_of_1: FloatArray
    integral_of_P2: FloatArray


def accepted_grid(selection: Cut, sqrt_s: ArrayLike) -> Grid:
    """Evaluate a selection on the nodes of its panels.

    Parameters
    ----------
    selection : Selection
        The cuts.
    sqrt_s : array_like
        One centre-of-mass energy, or several in a row [GeV].

    Returns
    -------
    Grid
        Without a panel if nothing is accepted.

    Raises
    ------
    ValueError
        If an energy is not positive and finite, or there is none.

    Examples
    --------
    >>> from nudp.selections import besiii_basic
    >>> grid = accepted_grid(besiii_basic(), 4.0)
    >>> grid.energy.shape
    (1, 3, 24)
    >>> round(float(grid.weight.sum()), 3)  # from 25 MeV to 2 GeV
    1.975
    """
    _checks.cut("selection", selection)
    root_s = np.atleast_1d(_checks.positive("sqrt_s", sqrt_s))
    if root_s.ndim != 1 or not root_s.size:
        raise ValueError(f"sqrt_s must be one number or several in a row, got {sqrt_s!r}")
    return _grid(selection, root_s)


def accepted_panels(selection: Cut, sqrt_s: float) -> FloatArray:
    """Photon-energy panels on which a selection accepts something.

    Parameters
    ----------
    selection : Selection
        Provides `intervals(E, sqrt_s)` and `kinks(sqrt_s)`.
    sqrt_s : float
        Centre-of-mass energy [GeV].

    Returns
    -------
    ndarray, shape (n, 2)
        Lower and upper ends [GeV], ascending; empty if nothing is accepted.
        A panel that starts at exactly 0 means that there is no energy floor.

    Examples
    --------
    >>> from nudp.selections import besiii_basic
    >>> accepted_panels(besiii_basic(), 4.0).round(3)
    array([[0.025, 0.05 ],
           [0.05 , 0.316],
           [0.316, 2.   ]])
    """
    _checks.cut("selection", selection)
    return _panels(selection, np.array([_checks.number("sqrt_s", sqrt_s, _checks.positive)]))[0]


def accepted_nodes(
    selection: Cut, sqrt_s: float, edges: ArrayLike = ()
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Nodes and weights of an integral over photon energy and cos(theta), accepted ones only.

    Parameters
    ----------
    selection : Selection
        The cuts.
    sqrt_s : float
        Centre-of-mass energy [GeV].
    edges : array_like, optional
        Energies at which an integrand jumps or has an edge, such as the lowest photon
        energy of a signal, m_N^2/(2 sqrt_s) [GeV]; those outside are ignored.

    Returns
    -------
    energy : ndarray, shape (n_energies, n_angles)
        Photon energy in the CM frame [GeV]; a row has one energy, so that a sum over the
        last axis integrates over the angle.
    cos_theta : ndarray, shape (n_energies, n_angles)
        Cosine of the polar angle in the CM frame [1].
    weight : ndarray, shape (n_energies, n_angles)
        Weight of the node [GeV].

    Raises
    ------
    ValueError
        If sqrt_s is not positive, an edge is negative, or nothing is accepted.

    Examples
    --------
    >>> from nudp.selections import besiii_basic
    >>> energy, cos_theta, weight = accepted_nodes(besiii_basic(), 4.0)
    >>> round(float(weight.sum()), 4)  # 1.6 x 1.975 GeV + 0.12 x 1.95 GeV
    3.394
    """
    root_s = _checks.number("sqrt_s", sqrt_s, _checks.positive)
    cuts = np.atleast_1d(_checks.non_negative("edges", edges))
    panels = accepted_panels(selection, root_s)
    if not panels.size:
        name = as_selection(selection).name
        raise ValueError(f"selection {name!r} accepts nothing at {root_s} GeV")
    pieces = [
        np.concatenate([[a], np.unique(cuts[(cuts > a) & (cuts < b)]), [b]]) for a, b in panels
    ]
    a = np.concatenate([piece[:-1] for piece in pieces])[:, None]
    b = np.concatenate([piece[1:] for piece in pieces])[:, None]
    energy = (b - (b - a) * _SQUARED_SINES).ravel()
    intervals = selection.intervals(energy, root_s)
    lower, width = intervals[..., :1], np.diff(intervals, axis=-1)
    cos_theta = (lower + width * NODES).reshape(energy.size, -1)
    weight = ((b - a) * _PANEL_WEIGHTS).ravel()[:, None] * (width * WEIGHTS).reshape(
        energy.size, -1
    )
    return np.broadcast_to(energy[:, None], cos_theta.shape).copy(), cos_theta, weight


# Of a whole panel, whose angle ends at pi/2.
_SQUARED_SINES = np.sin(np.pi / 2 * NODES) ** 2
_PANEL_WEIGHTS = np.pi / 2 * WEIGHTS * np.sin(np.pi * NODES)


def _grid(selection: Cut, root_s: FloatArray) -> Grid:
    """`accepted_grid` without its checks."""
    ends, row = _panels(selection, root_s)
    a, b = ends[:, :1], ends[:, 1:]
    energy = b - (b - a) * _SQUARED_SINES
    intervals = _accepted_intervals(selection, energy, root_s[row])
    # panels lie in a row for each energy, which is filled up at its end
    column = np.arange(len(row)) - np.searchsorted(row, row)
    shape = len(root_s), column.max(initial=-1) + 1

    def rows(values: FloatArray, fill: FloatArray | float = 0.0) -> FloatArray:
        filled: FloatArray = np.full((*shape, *values.shape[1:]), fill)
        filled[row, column] = values
        return filled

    highest = root_s[:, None, None] / 2
    return Grid(
        selection,
        root_s,
        rows(ends, highest),
        rows(energy, highest),
        rows((b - a) * _PANEL_WEIGHTS),
        rows(intervals),
        *map(rows, _interval_moments(selection, energy, intervals)),
    )


def _panels(selection: Cut, root_s: FloatArray) -> tuple[FloatArray, IntArray]:
    """Panels of all energies, and the row of each in root_s."""
    kinks = as_selection(selection).kinks
    edges = [[0.0, *kinks(E), E / 2] for E in root_s.tolist()]
    lower = np.array([a for line in edges for a in line[:-1]])
    upper = np.array([b for line in edges for b in line[1:]])
    row = np.repeat(np.arange(len(root_s)), [len(line) - 1 for line in edges])
    middle = _accepted_intervals(selection, (lower + upper)[:, None] / 2, root_s[row])
    open_ = (middle[..., 0] < middle[..., 1]).any((-1, -2))
    pieces = [
        (i, piece)
        for i, a, b in zip(row[open_].tolist(), lower[open_], upper[open_], strict=True)
        for piece in _geometric_pieces(a, b)
    ]
    panels = np.reshape([piece for _, piece in pieces], (-1, 2))
    return panels, np.array([i for i, _ in pieces], dtype=np.intp)


def _accepted_intervals(selection: Cut, energy: FloatArray, root_s: FloatArray) -> FloatArray:
    """Intervals at photon energies, one collision energy for each row of them."""
    one = root_s.size and (root_s == root_s[0]).all()
    return _accepted(selection, energy, root_s[0] if one else root_s[:, None])


def _interval_moments(
    selection: Cut, energy: FloatArray, intervals: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Integrals of 1 and of P_2(z), the latter (z^3 - z)/2, over accepted intervals.

    Of cuts with an efficiency, its integrals with these.
    """
    if weigh := getattr(selection, "weigh", None):
        span = np.diff(intervals, axis=-1)
        z = intervals[..., :1] + span * NODES
        weight = span * WEIGHTS * weigh(energy[..., None, None], z)
        return weight.sum((-1, -2)), (weight * (1.5 * z**2 - 0.5)).sum((-1, -2))
    lower, upper = intervals[..., 0], intervals[..., 1]
    # [z^3 - z] as a product: the narrowest interval keeps its digits
    cubic = (upper - lower) * (upper**2 + upper * lower + lower**2 - 1) / 2
    return (upper - lower).sum(-1), cubic.sum(-1)


def _geometric_pieces(lower: float, upper: float) -> list[tuple[float, float]]:
    if upper <= _LARGEST_RATIO * lower:
        return [(lower, upper)]
    floor = max(lower, _SMALLEST_ENERGY * upper)
    pieces = int(np.ceil(np.log(upper / floor) / np.log(_LARGEST_RATIO)))
    edges = np.geomspace(floor, upper, pieces + 1)
    # geomspace rounds; the ends are kinks and must be met exactly
    edges[0], edges[-1] = lower, upper
    return list(pairwise(edges))
