r"""An efficiency that depends on photon energy and angle: a table, or a function.

It takes the place of the one number in `nudp.Search.photon_efficiency`.  The search stays one
count: signal and irreducible background become integrals with a weight,
:math:`\int\epsilon(E,z)\,dz` in place of the width of an accepted interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from nudp import _checks, cuts

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from numpy.typing import ArrayLike

    from nudp.typing import Cut, FloatArray, FloatOrArray

__all__ = ["Efficiency"]


@dataclass(frozen=True)
class Efficiency:
    """Share of the photons that are found, as a table or a function of energy and angle.

    Beyond the outer edges nothing is found.  A table has one number a box; a function should be
    smooth within each box, and is good to 1e-10 where it is a polynomial there or nearly so.

    Parameters
    ----------
    values : array_like, shape (n, k), or callable
        Efficiency of each box, a row for each step in energy [1]; or a function of E_gamma
        [GeV] and cos_theta, arrays that broadcast.
    energies : array_like, shape (n + 1,)
        Ascending edges in photon energy, CM frame [GeV].
    cos_theta : array_like, shape (k + 1,), optional
        Ascending edges in the cosine of the polar angle, CM frame [1];
        `nudp.kinematics.cm_from_lab` makes them of lab angles.

    Raises
    ------
    ValueError
        If edges do not ascend, the table does not fit them, or a value is not from 0 to 1.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from nudp import DIRAC, searches, upper_limit
    >>> table = Efficiency([[0.5, 0.7, 0.5], [0.8, 0.9, 0.8]], [0.5, 1.5, 2.0], [-1, -0.8, 0.8, 1])
    >>> table([1.0, 1.8, 0.2], 0.0)
    array([0.7, 0.9, 0. ])
    >>> real = replace(searches.STCF_4GEV, photon_efficiency=table)
    >>> [f"{upper_limit(one, 1.0, DIRAC):.3g}" for one in (searches.STCF_4GEV, real)]
    ['2.44e-06', '2.59e-06']
    >>> rising = Efficiency(lambda E, z: 1 - np.exp(-2 * E) + 0 * z, [0.0, 2.0])
    """

    values: Any
    energies: Any
    cos_theta: Any = (-1.0, 1.0)

    def __post_init__(self) -> None:
        for name, check in (("energies", _checks.non_negative), ("cos_theta", _checks.cosine)):
            edges = _checks.edges(name, getattr(self, name), check)
            object.__setattr__(self, name, tuple(edges))
        if callable(self.values):
            return
        table = _shares("values", self.values)
        shape = len(self.energies) - 1, len(self.cos_theta) - 1
        if table.shape != shape:
            raise ValueError(f"values must have shape {shape}, got {table.shape}")
        object.__setattr__(self, "values", tuple(map(tuple, table.tolist())))

    def __call__(self, E_gamma: ArrayLike, cos_theta: ArrayLike) -> FloatOrArray:
        """The efficiency for some photons [1], broadcast over energies [GeV] and cosines."""
        energy = _checks.non_negative("E_gamma", E_gamma)
        z = _checks.cosine("cos_theta", cos_theta)
        _checks.shapes_fit(E_gamma=energy, cos_theta=z)
        return self._at(energy, z)[()]

    def through(self, selection: Cut) -> Cut:
        """Weigh each photon of a selection by its efficiency, for integrals alone.

        Parameters
        ----------
        selection : Selection
            The cuts.

        Returns
        -------
        Cut
            The same cuts, with intervals that no edge of the efficiency divides.

        Examples
        --------
        Of a window of 2 GeV, where half of all photons are found:

        >>> from nudp.quadrature import accepted_grid
        >>> half = Efficiency([[0.5]], [0.0, 2.0])
        >>> window = cuts.CosThetaWindows(((-0.5, 0.5, 0.0),))
        >>> grid = accepted_grid(half.through(window), 4.0)
        >>> f"{float((grid.weight * grid.integral_of_1).sum()):.3f} GeV"
        '1.000 GeV'
        """
        return _Weighted(selection, self)

    def _at(self, energy: FloatArray, z: FloatArray) -> FloatArray:
        """`__call__` without checks of the photons."""
        row, column = (
            np.searchsorted(edges, at, side="right") - 1
            for edges, at in ((self.energies, energy), (self.cos_theta, z))
        )
        rows, columns = len(self.energies) - 1, len(self.cos_theta) - 1
        # the last edge belongs to the last box
        row, column = row - (energy == self.energies[-1]), column - (z == self.cos_theta[-1])
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        if callable(self.values):
            value = _shares("efficiency", self.values(energy, z))
        else:
            value = np.array(self.values)[
                np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)
            ]
        return np.where(inside, value, 0.0)


@dataclass(frozen=True)
class _Weighted:
    """Cuts, their intervals divided at the edges of an efficiency, and its weight."""

    selection: Cut
    efficiency: Efficiency
    takes_arrays = True

    @property
    def name(self) -> str:
        """Name of the cuts."""
        return cuts.as_selection(self.selection).name

    def intervals(self, E: ArrayLike, sqrt_s: Any) -> FloatArray:
        """Accepted intervals, none of which holds an edge of the efficiency."""
        energy = np.asarray(E, dtype=float)
        accepted = cuts._accepted(self.selection, energy, sqrt_s)
        edges, ends = np.array(self.efficiency.cos_theta), self.efficiency.energies
        lower = np.maximum(accepted[..., :1], edges[:-1])
        upper = np.minimum(accepted[..., 1:], edges[1:])
        known = ((ends[0] < energy) & (energy < ends[-1]))[..., None, None]
        divided = np.where(
            ((lower < upper) & known)[..., None], np.stack([lower, upper], axis=-1), 0.0
        )
        pieces = accepted.shape[-2] * (len(edges) - 1)
        return divided.reshape(*energy.shape, pieces, 2)

    def kinks(self, sqrt_s: float) -> list[float]:
        """Kinks of the cuts, and where their edges pass those of the efficiency."""
        boxes = tuple((a, b, 0.0) for a, b in pairwise(self.efficiency.cos_theta))
        every = (*cuts.as_selection(self.selection).cuts, cuts.CosThetaWindows(boxes))
        return [*cuts._kinks(every, sqrt_s), *self.efficiency.energies]

    def weigh(self, energy: FloatArray, cos_theta: FloatArray) -> FloatArray:
        """Efficiency at the nodes of an integral."""
        return self.efficiency._at(energy, cos_theta)


def _shares(name: str, value: ArrayLike | Callable[..., Any]) -> FloatArray:
    """Give `value` as an array of numbers from 0 to 1."""
    array = _checks.non_negative(name, value)  # type: ignore[arg-type]
    if np.any(array > 1):
        raise ValueError(f"{name} must be from 0 to 1, got {float(array.max())!r}")
    return array
