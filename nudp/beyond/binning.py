"""A search cut into bins of photon energy and angle: a spectrum instead of one count.

A bin is a `Search` of its own, with a narrower selection, so that
`nudp.upper_limit` takes a binned search like any set of runs.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from nudp import _checks
from nudp.background import flat
from nudp.quadrature import accepted_nodes, accepted_panels
from nudp.searches import AnySearch, Search, runs_of
from nudp.selections import CosThetaWindows, EnergyWindow, Selection, as_selection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import ArrayLike

    from nudp.typing import Cut, FloatArray

__all__ = ["flat", "split"]


def split(
    search: AnySearch,
    energies: ArrayLike,
    cos_theta: ArrayLike = (-1.0, 1.0),
    *,
    shape: Callable[[FloatArray, FloatArray], ArrayLike] = flat,
) -> tuple[Search, ...]:
    """Cut a search into bins, one `Search` each; of several runs one after the other.

    The irreducible background of a bin follows from its selection.  The shape of
    a reducible background is not known to this package: it is an assumption of the caller.

    Parameters
    ----------
    search : Search, Runs or iterable of these
        One search, or the runs of one.
    energies : array_like
        Ascending edges of the bins in photon energy, CM frame [GeV].
    cos_theta : array_like, optional
        Ascending edges of the bins in the cosine of the polar angle, CM frame [1].
    shape : callable, optional
        Density of the reducible background as a function of E_gamma [GeV] and cos_theta,
        in any normalisation; constant unless given.

    Returns
    -------
    tuple of Search
        Bins, the angle running fastest; those that accept nothing are left out.  What lies
        beyond the outer edges is lost, with its share of the reducible background.

    Raises
    ------
    ValueError
        If edges do not ascend, the search accepts nothing, or the shape is negative or
        zero everywhere.

    Examples
    --------
    >>> from nudp.searches import BELLE2_LOW_MASS
    >>> bins = split(BELLE2_LOW_MASS, [2.9, 4.0, 5.3])
    >>> [round(run.reducible_background, 2) for run in bins], BELLE2_LOW_MASS.reducible_background
    ([3.94, 11.06], 15.0)
    """
    runs = runs_of(search)
    _checks.function("shape", shape)
    energy_edges = _checks.edges("energies", energies, _checks.non_negative)
    angle_edges = _checks.edges("cos_theta", cos_theta, _checks.cosine)
    windows = [
        (low, high, left, right)
        for low, high in pairwise(energy_edges)
        for left, right in pairwise(angle_edges)
    ]
    return tuple(bin_ for run in runs for bin_ in _bins(run, windows, shape))


def _bins(
    search: Search,
    windows: list[tuple[float, float, float, float]],
    shape: Callable[[FloatArray, FloatArray], ArrayLike],
) -> Iterator[Search]:
    """The windows of one run that accept something."""
    selected = as_selection(search.selection)
    whole = _integral(shape, selected, search.sqrt_s)
    if not whole > 0:
        raise ValueError(f"shape must be positive somewhere in the selection, got {whole!r}")
    given = search.background_events
    angles = {(left, right) for *_, left, right in windows}
    for low, high, left, right in windows:
        label = f"{low:g} to {high:g} GeV"
        if len(angles) > 1:
            label += f", cos_theta {left:g} to {right:g}"
        cuts = (EnergyWindow(low, high), CosThetaWindows(((left, right, 0.0),)))
        selection = Selection(f"{selected.name}, {label}", (*selected.cuts, *cuts))
        if len(accepted_panels(selection, search.sqrt_s)):
            share = _integral(shape, selection, search.sqrt_s) / whole
            yield replace(
                search,
                name=f"{search.name}, {label}",
                selection=selection,
                reducible_background=search.reducible_background * share,
                background_events=None if given is None else given * share,
            )


def _integral(
    shape: Callable[[FloatArray, FloatArray], ArrayLike], selection: Cut, sqrt_s: float
) -> float:
    energy, cos_theta, weight = accepted_nodes(selection, sqrt_s)
    return float((_checks.non_negative("shape", shape(energy, cos_theta)) * weight).sum())
