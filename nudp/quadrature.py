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
from numpy.polynomial.legendre import legint, legvander

from nudp import _checks
from nudp.selections import as_selection, within_range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from nudp.typing import Cut, FloatArray, IntArray

__all__ = [
    "NODES",
    "WEIGHTS",
    "Grid",
    "accepted_grid",
    "accepted_grids",
    "accepted_nodes",
    "accepted_panels",
    "demand_grids",
    "interval_moments",
    "panel_nodes",
    "partial_integrals",
]

_T, _W = np.polynomial.legendre.leggauss(24)
#: Gauss-Legendre nodes and weights on [0, 1]; 24 reach 1e-13 on every panel of
#: the paper's selections (tests/core/test_accuracy.py).
NODES, WEIGHTS = (1 + _T) / 2, _W / 2

# A grid has twice as many: the polynomial through them is integrated over parts of a panel,
# and it converges half as fast as the sum over the whole.
_GRID_T, _GRID_W = np.polynomial.legendre.leggauss(48)

# A factor 1/E or 1/E^2 is smooth on a panel only while the energy changes by a modest factor.
_LARGEST_RATIO = 8.0
# Below this fraction of a panel's upper end nothing is left to integrate in double precision.
_SMALLEST_ENERGY = 1e-16


@dataclass(frozen=True)
class Grid:
    """A selection at one collision energy, on the nodes of its panels.

    What signal and background need of the cuts, computed once; made by `accepted_grid`.

    Parameters
    ----------
    selection : Selection
        The cuts.
    sqrt_s : float
        Centre-of-mass energy [GeV].
    panels : ndarray, shape (p, 2)
        Lower and upper ends in photon energy [GeV], ascending.
    energy, weight : ndarray, shape (p, n_nodes)
        Nodes and their weights [GeV].
    intervals : ndarray, shape (p, n_nodes, k, 2)
        Accepted intervals in cos(theta) at the nodes [1].
    zeroth, second : ndarray, shape (p, n_nodes)
        Their `interval_moments` [1].

    Examples
    --------
    >>> from nudp.selections import besiii_basic
    >>> accepted_grid(besiii_basic(), 4.0).panels.round(3)
    array([[0.025, 0.05 ],
           [0.05 , 0.316],
           [0.316, 2.   ]])
    """

    selection: Cut
    sqrt_s: float
    panels: FloatArray
    energy: FloatArray
    weight: FloatArray
    intervals: FloatArray
    zeroth: FloatArray
    second: FloatArray


def accepted_grid(selection: Cut, sqrt_s: float) -> Grid:
    """Evaluate a selection on the nodes of its panels.

    Parameters
    ----------
    selection : Selection
        The cuts.
    sqrt_s : float
        Centre-of-mass energy [GeV].

    Returns
    -------
    Grid
        Without a panel if nothing is accepted.

    Raises
    ------
    ValueError
        If sqrt_s is not positive and finite.

    Examples
    --------
    >>> from nudp.selections import besiii_basic
    >>> grid = accepted_grid(besiii_basic(), 4.0)
    >>> grid.energy.shape
    (3, 48)
    >>> round(float(grid.weight.sum()), 3)  # from 25 MeV to 2 GeV
    1.975
    """
    return accepted_grids(selection, [_checks.number("sqrt_s", sqrt_s, _checks.positive)])[0]


def accepted_grids(selection: Cut, sqrt_s: ArrayLike) -> list[Grid]:
    """Evaluate a selection on the nodes of its panels, at several collision energies.

    The cuts of `nudp.selections` are asked once for all energies, others once for each.

    Parameters
    ----------
    selection : Selection
        The cuts.
    sqrt_s : array_like
        Centre-of-mass energies in a row [GeV].

    Returns
    -------
    list of Grid
        One for each energy.

    Raises
    ------
    ValueError
        If an energy is not positive and finite, or there is none.

    Examples
    --------
    >>> from nudp.selections import besiii_basic
    >>> [len(grid.panels) for grid in accepted_grids(besiii_basic(), [0.08, 4.0])]
    [1, 3]
    """
    _checks.cut("selection", selection)
    root_s = _checks.positive("sqrt_s", sqrt_s)
    if root_s.ndim != 1 or not root_s.size:
        raise ValueError(f"sqrt_s must be numbers in a row, got {sqrt_s!r}")
    if len(root_s) > 1 and not _checks.takes_arrays(selection):
        return [accepted_grid(selection, E) for E in root_s]
    panels, row = _panels(selection, root_s)
    a, b = panels[:, :1], panels[:, 1:]
    energy = b - (b - a) * _SQUARED_SINES
    intervals = selection.intervals(energy, _one_or_all(root_s, row[:, None]))
    weight = (b - a) * _PANEL_WEIGHTS
    parts = (panels, energy, weight, intervals, *interval_moments(intervals))
    ends = np.searchsorted(row, np.arange(len(root_s) + 1))
    return [
        Grid(selection, float(E), *(part[start:stop] for part in parts))
        for E, start, stop in zip(root_s, ends[:-1], ends[1:], strict=True)
    ]


def demand_grids(grids: Sequence[Grid]) -> None:
    """Raise unless there are grids, one at least.

    Parameters
    ----------
    grids : sequence of Grid
        What the caller passed.

    Raises
    ------
    TypeError
        If it is no list or tuple of grids, or an empty one.

    Examples
    --------
    >>> demand_grids([])
    Traceback (most recent call last):
    ...
    TypeError: grids must be a list of them, one at least, got []
    """
    if not isinstance(grids, list | tuple) or not grids:
        raise TypeError(f"grids must be a list of them, one at least, got {grids!r}")
    for grid in grids:
        _checks.instance("grids", grid, Grid)


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


def _panels(selection: Cut, root_s: FloatArray) -> tuple[FloatArray, IntArray]:
    """Panels of all energies, and the row of each in root_s."""
    # a cut by itself, or of one's own, need not say in order which of its kinks a photon can have
    edges = [[0.0, *within_range(selection.kinks(E), E), E / 2] for E in root_s.tolist()]
    lower = np.array([a for line in edges for a in line[:-1]])
    upper = np.array([b for line in edges for b in line[1:]])
    row = np.repeat(np.arange(len(root_s)), [len(line) - 1 for line in edges])
    middle = selection.intervals((lower + upper) / 2, _one_or_all(root_s, row))
    open_ = (middle[..., 0] < middle[..., 1]).any(-1)
    pieces = [
        (i, piece)
        for i, a, b in zip(row[open_].tolist(), lower[open_], upper[open_], strict=True)
        for piece in _geometric_pieces(a, b)
    ]
    panels = np.reshape([piece for _, piece in pieces], (-1, 2))
    return panels, np.array([i for i, _ in pieces], dtype=np.intp)


def _one_or_all(root_s: FloatArray, row: IntArray) -> FloatArray:
    """Energy of each row; one alone as a number, which every cut takes."""
    return root_s[0] if len(root_s) == 1 else root_s[row]


def panel_nodes(psi_max: FloatArray) -> tuple[FloatArray, FloatArray]:
    r"""Weights and squared sines of the nodes on [0, psi_max].

    Parameters
    ----------
    psi_max : ndarray
        Upper end of the angle of the substitution [rad], pi/2 for a whole panel.

    Returns
    -------
    psi : ndarray, shape psi_max.shape + (n_nodes,)
        Nodes [rad].
    weights : ndarray, same shape
        Weights of an integral over :math:`\sin^2\psi` [1].

    Examples
    --------
    >>> psi, weights = panel_nodes(np.array(np.pi / 2))
    >>> bool(np.isclose(weights.sum(), 1.0))  # the whole panel
    True
    """
    psi_max = _checks.real("psi_max", psi_max)
    psi = psi_max[..., None] * NODES
    return psi, psi_max[..., None] * WEIGHTS * np.sin(2 * psi)


def partial_integrals(values: FloatArray, panel: IntArray, psi_max: FloatArray) -> FloatArray:
    r"""Integrals from the upper end of a panel down to an energy in it.

    The polynomial in psi through all nodes of the panel of a `Grid` is integrated over a part.

    Parameters
    ----------
    values : ndarray, shape (p, n_nodes, k)
        Integrands at the nodes of each panel, times their weights [any].
    panel : ndarray of int, shape (m,)
        Panel of each integral [1].
    psi_max : ndarray, shape (m,)
        Angle of the substitution at which it ends [rad], from 0 to pi/2.

    Returns
    -------
    ndarray, shape (m, k)
        Integrals [as the values].

    Raises
    ------
    ValueError
        If a number is not finite, a panel or a node is missing, or an angle is outside its range.

    Examples
    --------
    >>> from nudp.selections import besiii_basic
    >>> weight = accepted_grid(besiii_basic(), 4.0).weight[..., None]  # integrand 1
    >>> last = np.array([2, 2])  # from 0.316 to 2 GeV
    >>> partial_integrals(weight, last, np.array([np.pi / 2, np.pi / 4])).ravel().round(3)
    array([1.684, 0.842])
    """
    integrands = _checks.real("values", values)
    if integrands.ndim != 3 or integrands.shape[1] != len(_GRID_T):
        raise ValueError(f"values must have shape (p, {len(_GRID_T)}, k), got {integrands.shape}")
    ends, numbers = _checks.real("psi_max", psi_max), _checks.real("panel", panel)
    if ends.ndim != 1 or ends.shape != numbers.shape:
        raise ValueError(f"panel, psi_max must be rows of one length, got {panel!r}, {psi_max!r}")
    if not ((ends >= 0) & (ends <= np.pi / 2)).all():
        raise ValueError(f"psi_max must be between 0 and pi/2, got {psi_max!r}")
    if not np.isin(numbers, np.arange(len(integrands))).all():
        raise ValueError(f"panel must number the {len(integrands)} of values, got {panel!r}")
    series = _INTEGRAL @ integrands
    terms = legvander(4 / np.pi * ends - 1, len(_GRID_T))
    which = numbers.astype(np.intp)
    order = np.argsort(which)
    result: FloatArray = np.empty((len(which), integrands.shape[-1]))
    for some in np.split(order, np.flatnonzero(np.diff(which[order])) + 1):
        if some.size:
            result[some] = terms[some] @ series[which[some[0]]]
    return result


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
    psi, weights = panel_nodes(np.full(len(a), np.pi / 2))
    energy = (b - (b - a) * np.sin(psi) ** 2).ravel()
    intervals = selection.intervals(energy, root_s)
    lower, width = intervals[..., :1], np.diff(intervals, axis=-1)
    cos_theta = (lower + width * NODES).reshape(energy.size, -1)
    weight = ((b - a) * weights).ravel()[:, None] * (width * WEIGHTS).reshape(energy.size, -1)
    return np.broadcast_to(energy[:, None], cos_theta.shape).copy(), cos_theta, weight


def interval_moments(intervals: FloatArray) -> tuple[FloatArray, FloatArray]:
    r"""Integrals of 1 and of P_2(z) over accepted intervals.

    :math:`\int P_2(z)\,dz = (z^3 - z)/2`.

    Parameters
    ----------
    intervals : ndarray, shape (..., n, 2)
        Lower and upper ends in cos(theta) [1].

    Returns
    -------
    zeroth : ndarray, shape (...)
        Integral of 1, summed over the intervals [1].
    second : ndarray, shape (...)
        Integral of P_2(z), summed over the intervals [1].

    Examples
    --------
    >>> zeroth, second = interval_moments(np.array([[-1.0, 1.0]]))
    >>> float(zeroth), float(second)  # P_2 integrates to zero over the sphere
    (2.0, 0.0)
    """
    ends = _checks.cosine("intervals", intervals)
    if ends.ndim < 2 or ends.shape[-1] != 2:
        raise ValueError(f"intervals must have shape (..., n, 2), got {ends.shape}")
    lower, upper = ends[..., 0], ends[..., 1]
    # [z^3 - z] as a product: the narrowest interval keeps its digits
    cubic = (upper - lower) * (upper**2 + upper * lower + lower**2 - 1) / 2
    return (upper - lower).sum(-1), cubic.sum(-1)


_SQUARED_SINES = np.sin(np.pi / 4 * (1 + _GRID_T)) ** 2
_PANEL_WEIGHTS = np.pi / 4 * _GRID_W * np.sin(np.pi / 2 * (1 + _GRID_T))


# From weighted values at the nodes to the Legendre series of their integral from -1.
# (2n + 1)/2 P_n projects on the n-th polynomial; the weights are in the values already.
_PROJECTION = legvander(_GRID_T, len(_GRID_T) - 1) * (np.arange(len(_GRID_T)) + 0.5)
_INTEGRAL = np.ascontiguousarray(legint(_PROJECTION.T, lbnd=-1))


def _geometric_pieces(lower: float, upper: float) -> list[tuple[float, float]]:
    if upper <= _LARGEST_RATIO * lower:
        return [(lower, upper)]
    floor = max(lower, _SMALLEST_ENERGY * upper)
    pieces = int(np.ceil(np.log(upper / floor) / np.log(_LARGEST_RATIO)))
    edges = np.geomspace(floor, upper, pieces + 1)
    # geomspace rounds; the ends are kinks and must be met exactly
    edges[0], edges[-1] = lower, upper
    return list(pairwise(edges))
