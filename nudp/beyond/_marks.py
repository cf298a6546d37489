"""Where the integral over what is lost has edges, for `qed`."""

from __future__ import annotations

from itertools import pairwise, product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nudp.quadrature import accepted_panels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nudp.beyond._three_body import _Region
    from nudp.typing import Cut, FloatArray, IntArray

_TOUCHING = 1e-9  # in cos(theta), rounding
# The widest panel in the energy of the seen photon, over sqrt_s.
_WIDEST = 0.1
# Energies in a panel at which the edges are compared, and halvings of the step between two.
_SCAN, _HALVINGS = 48, 40
# Sides of the beam, the seen photon's +1, on which the lost ones are: both on the other one, where
# a region opens, or one of them.
_SIDES = ((-1, -1), (1, -1), (-1, 1))


class _Marks(NamedTuple):
    """Where the integral over what is lost has edges, in the energy and angle of the seen photon.

    `lines`, three numbers each: chords n.x = d through two edges, drawn in the plane of the beam
    and the seen photon.  With both lost particles on such edges and all three in one plane,
    momentum and energy give -E n.(z, sin theta) = d (sqrt_s - E), as in Eq. (8).

    `corners`, two each: the polar angle of an edge, and the energy of a particle there; negative
    if it is that of the other one.  Again all three are in one plane.

    `energies`: where a threshold can be met at all.
    """

    lines: FloatArray
    corners: FloatArray
    energies: FloatArray


def _marks(
    pair: tuple[_Region, _Region], root_s: float, sides: Sequence[tuple[int, int]]
) -> _Marks:
    lines, corners = set(), set()
    for e, f in product(*((region.lower, region.upper) for region in pair)):
        y, v = np.sqrt((1 - e) * (1 + e)), np.sqrt((1 - f) * (1 + f))
        for side, other in sides:
            normal = np.array([other * v - side * y, e - f])
            length = np.hypot(*normal)
            d = normal @ [e, side * y]
            if length > _TOUCHING and abs(d) > _TOUCHING:
                line = np.array([*normal, d]) * np.sign(d) / length
                lines.add(tuple(line.round(12).tolist()))
    for one, other_one in (pair, pair[::-1]):
        bounds = one.thresholds() + [-bound for bound in other_one.thresholds()]
        corners |= set(product((one.lower, one.upper), bounds))
    first, second = (region.thresholds() for region in pair)
    energies = [root_s / 2 - bound for bound in first + second]
    energies += [root_s - a - b for a, b in product(first, second)]
    return _Marks(
        np.array(sorted(lines)).reshape(-1, 3),
        np.array(sorted(corners)).reshape(-1, 2),
        np.array(energies),
    )


def _crossings(marks: _Marks, energy: FloatArray, root_s: float) -> FloatArray:
    """Cosines at which a photon of an energy lies on lines or corners, nan where it does not.

    Four columns, one after the other: two crossings with each line, two with each corner.
    """
    x, y, d = np.moveaxis(marks.lines, -1, 0)
    edge, bound = np.moveaxis(marks.corners, -1, 0)
    one = energy[..., None]
    rest = root_s - one
    omega = np.where(bound > 0, bound, rest + bound)
    with np.errstate(invalid="ignore"):
        half = np.arccos(-d * rest / one)
        opening = np.arccos(((rest - omega) ** 2 - one**2 - omega**2) / (2 * one * omega))
    centre, edge = np.arctan2(y, x), np.arccos(edge)
    theta = np.concatenate([centre + half, centre - half], axis=-1)
    cosines = np.where(np.sin(theta) > 0, np.cos(theta), np.nan)
    return np.concatenate([cosines, np.cos(edge + opening), np.cos(edge - opening)], axis=-1)


def _one_each(marks: _Marks, column: IntArray) -> tuple[FloatArray, FloatArray, IntArray]:
    """Line and corner, one of them nan, of columns of `_crossings`, and which of the four it is."""
    lines, corners = (
        np.vstack([a, np.full(a.shape[1], np.nan)]) for a in (marks.lines, marks.corners)
    )
    n, m = len(lines) - 1, len(corners) - 1
    beyond = column - 2 * n
    kind, line = np.divmod(column, max(n, 1))
    other, corner = np.divmod(beyond, max(m, 1))
    return (
        lines[np.where(beyond < 0, line, n)],
        corners[np.where(beyond < 0, m, corner)],
        np.where(beyond < 0, kind, 2 + other),
    )


def _energy_panels(selection: Cut, root_s: float, every: Sequence[_Marks]) -> list[FloatArray]:
    """Panels of the selection, for each marks split where one of its edges passes or meets them."""
    panels = accepted_panels(selection, root_s)
    lower, upper = panels[:, :1], panels[:, 1:]

    def edges(energy: FloatArray) -> FloatArray:
        ends = selection.intervals(energy, root_s)
        ends = np.where(ends[..., :1] < ends[..., 1:], ends, np.nan)
        return ends.reshape(*energy.shape, 2 * ends.shape[-2])

    energy = lower + (upper - lower) * np.sin(np.linspace(0, np.pi / 2, _SCAN + 2)[1:-1]) ** 2
    ends = edges(energy)
    steps = []
    for marks in every:
        # nan where a mark has no point, 0 nowhere
        sign = np.sign(ends[..., None] - _crossings(marks, energy, root_s)[..., None, :])
        here, there = sign[:, :-1], sign[:, 1:]
        panel, k, i, j = np.nonzero((here != there) & ~(np.isnan(here) & np.isnan(there)))
        at = panel, k, i, j
        steps.append(
            (panel, energy[at[:2]], energy[panel, k + 1], here[at], i, *_one_each(marks, j))
        )
    if not steps:
        return []
    # all at a time
    panel, left, right, before, edge, line, corner, kind = map(
        np.concatenate, zip(*steps, strict=True)
    )
    single, row = _Marks(line[:, None], corner[:, None], np.zeros(0)), np.arange(len(left))
    for _ in range(_HALVINGS if len(row) else 0):
        half = (left + right) / 2
        here = np.sign(edges(half)[row, edge] - _crossings(single, half, root_s)[row, kind])
        same = (here == before) | (np.isnan(here) & np.isnan(before))
        left, right = np.where(same, half, left), np.where(same, right, half)
    owner = np.repeat(np.arange(len(steps)), [len(step[0]) for step in steps])
    return [
        _split(
            panels, marks, root_s, [left[(owner == o) & (panel == p)] for p in range(len(panels))]
        )
        for o, marks in enumerate(every)
    ]


def _split(
    panels: FloatArray, marks: _Marks, root_s: float, found: Sequence[FloatArray]
) -> FloatArray:
    """Panels split at what was found in each and where a threshold can be met, none too wide."""
    split: list[tuple[float, float]] = []
    for (a, b), energies in zip(panels, found, strict=True):
        every = np.concatenate([energies, marks.energies])
        inner = np.unique(every[(every - a > _TOUCHING * b) & (b - every > _TOUCHING * b)])
        inner = inner[np.diff(inner, prepend=0.0) > _TOUCHING * b]
        for low, high in pairwise([a, *inner.tolist(), b]):
            pieces = int(np.ceil((high - low) / (_WIDEST * root_s)))
            split += pairwise(np.linspace(low, high, pieces + 1).tolist())
    return np.array(split).reshape(-1, 2)
