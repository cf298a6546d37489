r"""What a detector loses: e+e- -> 3 photons, 2 photons and e+e- photon with one photon seen.

The paper takes the reducible background to vanish above its Eq. (14).  It does if everything up
to the angle of Eq. (14) is seen; if less is, these processes come through, and here is how many.

One photon passes a selection, the two other particles leave where nothing is noticed.  Energy
and momentum fix both of them by their polar angles: with the seen photon at (E, z),

.. math::
    \omega_2 = \frac{-Ez - (\sqrt s - E) z_3}{z_2 - z_3},\qquad
    \omega_3 = \frac{(\sqrt s - E) z_2 + Ez}{z_2 - z_3},

and the three transverse momenta must close to a triangle.  Four integrals are left: over E and z
of the seen photon, over the rapidity and the azimuth of the lost particle that is closer to the
beam.  All edges of the detector are bounds on the energy of that particle, and so on its
azimuth, in closed form.  Fixed Gauss-Legendre nodes, split where a bound begins or ceases to
bind, give 1e-3, and 3e-3 with a resolution (tests/beyond/test_qed.py doubles them).

A detector notices a particle inside a cut ``seen``: intervals in cos(theta), which may have
energy thresholds.  Veto counters at small angles are further windows of it.  All of it is at
tree level, without further photons.  Pairs of muons do not matter: two thousandths of the sum
at BESIII.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations_with_replacement, pairwise, product
from typing import TYPE_CHECKING

import numpy as np

from nudp import _checks, searches
from nudp.beyond._marks import _SIDES, _TOUCHING, _crossings, _energy_panels, _Marks, _marks
from nudp.beyond._three_body import _BHABHA, _ORDERS, _PHOTONS, _density, _graded, _Orders, _Region
from nudp.beyond.detector import ScaledEnergy
from nudp.constants import ALPHA, FB_GEV2
from nudp.quadrature import accepted_panels
from nudp.selections import (
    BELLE2_BOOST,
    BELLE2_ECL_GAPS,
    BELLE2_ECL_RANGE,
    BeamBackgroundEdge,
    CosThetaWindows,
    Selection,
    as_selection,
    besiii_basic,
    lab_angles,
    without_lab_angles,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike

    from nudp.beyond._three_body import _Channel
    from nudp.typing import Cut, FloatArray, FloatOrArray

__all__ = [
    "BELLE2_GAPS",
    "BELLE2_SEEN",
    "BESIII_GAP",
    "BESIII_SEEN",
    "BESIII_TRUE_EDGE",
    "STCF_TRUE_EDGE",
    "GapBackground",
    "besiii_edge",
    "radiative_bhabha",
    "three_photon_density",
    "three_photons",
    "three_photons_in_gaps",
    "two_photons",
]

#: Where BESIII notices a photon, and follows a track; Nucl. Instrum. Meth. A 614 (2010) 345.
BESIII_SEEN = CosThetaWindows(((-0.93, 0.93, 0.0),))
#: Between barrel and end-caps of BESIII, where the paper accepts no photon.
#:
#: :meta hide-value:
BESIII_GAP = CosThetaWindows(((-0.86, -0.80, 0.0), (0.80, 0.86, 0.0)))
#: Gaps of the calorimeter of Belle II between barrel and end-caps; arXiv:1808.10567.
#:
#: :meta hide-value:
BELLE2_GAPS = lab_angles(*BELLE2_ECL_GAPS[0], BELLE2_BOOST) | lab_angles(
    *BELLE2_ECL_GAPS[1], BELLE2_BOOST
)
#: The calorimeter of Belle II without them.
#:
#: :meta hide-value:
BELLE2_SEEN = lab_angles(*BELLE2_ECL_RANGE, BELLE2_BOOST) & without_lab_angles(
    BELLE2_ECL_GAPS, BELLE2_BOOST
)

# Below that energy the terms of order m_e^2/s that are left out are no longer small.
_LOWEST_SQRT_S = 0.1
# A measured energy is followed that many standard deviations, in panels split at these.
_REACH, _PULLS = 5.0, (-2.0, 0.0, 2.0)


def three_photons(selection: Cut, sqrt_s: float, seen: Cut, *, resolution: float = 0.0) -> float:
    r"""Cross section of e+e- -> 3 photons with one selected and two lost.

    .. math::
        \overline{|M|^2} = e^6\left[s\,\frac{\sum_i \kappa_i\kappa'_i(\kappa_i^2+\kappa_i'^2)}
        {\prod_i\kappa_i\kappa'_i} - 2m_e^2\sum_i\left(
        \frac{\kappa'_j/\kappa'_k + \kappa'_k/\kappa'_j}{\kappa_i^2} +
        \frac{\kappa_j/\kappa_k + \kappa_k/\kappa_j}{\kappa_i'^2}\right)\right]

    with :math:`\kappa_i = p_-\cdot q_i` and :math:`\kappa'_i = p_+\cdot q_i` of the massive
    electrons, and a factor 1/2! for the two lost photons.  The relative error is below 1e-3.

    Parameters
    ----------
    selection : Selection
        Cuts on the photon that is selected.
    sqrt_s : float
        Centre-of-mass energy [GeV].
    seen : Selection
        Where a photon is noticed, with fixed windows in cos(theta) [1].
    resolution : float, optional
        Standard deviation of measured over true energy of the selected photon [1]; the
        selection acts on the measured one, up to five standard deviations away.

    Returns
    -------
    float
        Cross section [fb]; 0 if nothing can be lost.

    Raises
    ------
    ValueError
        If the selected photon is not seen itself, `seen` reaches the beam line, or the
        cross section is infinite: without an energy floor, or where a photon opposite to a
        selected one is lost, which is `two_photons` with any number of soft ones.

    References
    ----------
    F. A. Berends and R. Kleiss, Nucl. Phys. B 186 (1981) 22, for massless electrons.

    Examples
    --------
    >>> from nudp.selections import besiii_advanced
    >>> print(f"{three_photons(besiii_advanced(), 4.0, BESIII_SEEN):.2e} fb")
    3.00e+04 fb
    >>> three_photons(besiii_edge(0.93), 4.0, BESIII_SEEN)
    0.0
    """
    root_s = _energy(sqrt_s)
    regions = _unseen({"seen": seen}, root_s)
    width = _resolution(resolution)
    _demand_finite(selection, root_s, {"seen": regions}, regions, width)
    return _integral(selection, root_s, _pairs(regions), [_PHOTONS], width)


def two_photons(selection: Cut, sqrt_s: float, seen: Cut, *, resolution: float = 0.0) -> float:
    r"""Cross section of e+e- -> 2 photons with one selected and one lost.

    .. math::
        \sigma = \frac{2\pi\alpha^2}{s}\int\frac{1+z^2}{1-z^2}\,dz

    over the selected z whose opposite is not seen.  Both have E = sqrt_s/2; softer photons
    beside them are merged with the lost one.  A selection that ends below that energy has none.

    Parameters
    ----------
    selection : Selection
        Cuts on the photon that is selected.
    sqrt_s : float
        Centre-of-mass energy [GeV].
    seen : Selection
        Where a photon is noticed, with fixed windows in cos(theta) [1].
    resolution : float, optional
        Standard deviation of measured over true energy of the selected photon [1]; the
        selection acts on the measured one, up to five standard deviations away.

    Returns
    -------
    float
        Cross section [fb].  What is lost with a probability takes that as a factor.

    Raises
    ------
    ValueError
        If the selected photon is not seen itself or `seen` reaches the beam line.

    Examples
    --------
    Belle II, the photon opposite to a gap, for a gap that sees nothing:

    >>> from nudp.beyond.detector import without_ecl_gaps
    >>> from nudp.selections import belle2_high_mass
    >>> cut = without_ecl_gaps(belle2_high_mass())
    >>> print(f"{two_photons(cut, 112**0.5, BELLE2_SEEN):.2e} fb")
    8.46e+04 fb
    """
    root_s = _energy(sqrt_s)
    _checks.cut("selection", selection)
    regions = _unseen({"seen": seen}, root_s)
    energy, chance = _measured(selection, root_s, _resolution(resolution))
    ends = selection.intervals(energy, root_s)
    _demand_seen(energy, ends, {"seen": regions})
    flux = FB_GEV2 * 2 * np.pi * ALPHA**2 / root_s**2
    total = 0.0
    for intervals, share in zip(ends, chance, strict=True):
        lost = _opposite(intervals, regions, root_s)
        total += share * float(np.diff(2 * np.arctanh(lost) - lost).sum())
    return float(flux * total)


def radiative_bhabha(
    selection: Cut,
    sqrt_s: float,
    seen_photons: Cut,
    seen_charged: Cut,
    *,
    resolution: float = 0.0,
) -> float:
    r"""Cross section of e+e- -> e+e- photon with the photon selected and both electrons lost.

    .. math::
        \overline{|M|^2} = e^6\,W\,\frac{ss'(s^2+s'^2) + tt'(t^2+t'^2) + uu'(u^2+u'^2)}{ss'tt'}

    with :math:`W = -(p_+/p_+k - p_-/p_-k - q_+/q_+k + q_-/q_-k)^2`.  Where an electron follows
    the beam, :math:`t = -Q^2` is that of massive electrons, and the flux of virtual photons has
    its mass term, a factor :math:`1 - 2m_e^2y^2/[Q^2(1+(1-y)^2)]`, y the fraction of energy that
    the electron has lost.  The relative error is below 1e-3.

    Parameters
    ----------
    selection : Selection
        Cuts on the photon.
    sqrt_s : float
        Centre-of-mass energy [GeV].
    seen_photons : Selection
        Where a photon is noticed, and an electron by its shower; windows in cos(theta) [1].
    seen_charged : Selection
        Where an electron is noticed by its track; windows in cos(theta) [1].
    resolution : float, optional
        Standard deviation of measured over true energy of the selected photon [1]; the
        selection acts on the measured one, up to five standard deviations away.

    Returns
    -------
    float
        Cross section [fb]; 0 if nothing can be lost.

    Raises
    ------
    ValueError
        As `three_photons`.

    References
    ----------
    F. A. Berends et al., Phys. Lett. B 103 (1981) 124, for massless electrons.

    Examples
    --------
    >>> from nudp.selections import besiii_advanced
    >>> sigma = radiative_bhabha(besiii_advanced(), 4.0, BESIII_SEEN, BESIII_SEEN)
    >>> print(f"{sigma:.2e} fb")
    1.12e+04 fb
    """
    root_s, width = _energy(sqrt_s), _resolution(resolution)
    unseen = {"seen_photons": _unseen({"seen_photons": seen_photons}, root_s)}
    lost = _unseen({"seen_photons": seen_photons, "seen_charged": seen_charged}, root_s)
    _demand_finite(selection, root_s, unseen, lost, width)
    return _integral(selection, root_s, _pairs(lost), _BHABHA, width)


def three_photon_density(
    E_gamma: ArrayLike, cos_theta: ArrayLike, sqrt_s: float, seen: Cut
) -> FloatOrArray:
    """Density of the photons that are left alone in e+e- -> 3 photons.

    Parameters
    ----------
    E_gamma : array_like
        Photon energy in the CM frame [GeV].
    cos_theta : array_like
        Cosine of the photon polar angle in the CM frame [1].
    sqrt_s : float
        Centre-of-mass energy [GeV].
    seen : Selection
        Where a photon is noticed, with fixed windows in cos(theta) [1].

    Returns
    -------
    ndarray or float
        Density d2sigma/dE dz [fb GeV^-1], broadcast over the arguments; 0 from E = sqrt_s/2 on.

    Raises
    ------
    ValueError
        If E_gamma is not positive, cos_theta not strictly between -1 and 1, or `seen` reaches
        the beam line.

    Examples
    --------
    At z = 0.91 Eq. (14) asks for 1.72 GeV; photons of 1.75 GeV can still be alone:

    >>> print(f"{three_photon_density(1.75, 0.91, 4.0, BESIII_SEEN):.2e} fb/GeV")
    9.41e+06 fb/GeV
    >>> float(three_photon_density(1.75, 0.5, 4.0, BESIII_SEEN))
    0.0
    """
    root_s = _energy(sqrt_s)
    regions = _unseen({"seen": seen}, root_s)
    energy, z = _checks.positive("E_gamma", E_gamma), _checks.cosine("cos_theta", cos_theta)
    if np.any(np.abs(z) == 1):
        raise ValueError(f"cos_theta must be strictly between -1 and 1, got {cos_theta!r}")
    _checks.shapes_fit(E_gamma=energy, cos_theta=z)
    energy, z = np.broadcast_arrays(energy, z)
    result = np.zeros(energy.shape)
    possible = energy < root_s / 2
    for pair in _pairs(regions):
        result[possible] += _density(
            energy[possible], z[possible], root_s, pair, [_PHOTONS], _ORDERS
        )
    return result[()]


# ---- gaps -----------------------------------------------------


@dataclass(frozen=True)
class GapBackground:
    r"""Cross section as a function of the inefficiency of the gaps of a detector.

    Parameters
    ----------
    none, one, two : float
        With no, one and two particles in the gaps, for gaps that see nothing [fb].

    Raises
    ------
    ValueError
        If a cross section is negative or not finite.

    Examples
    --------
    >>> GapBackground(none=0.0, one=100.0, two=10.0).cross_section([0.0, 0.1, 1.0])
    array([  0. ,  10.1, 110. ])
    """

    none: float
    one: float
    two: float

    def __post_init__(self) -> None:
        for field in ("none", "one", "two"):
            _checks.number(field, getattr(self, field), _checks.non_negative)

    def cross_section(self, inefficiency: ArrayLike) -> FloatOrArray:
        r"""Sum :math:`\sigma_0 + \epsilon\sigma_1 + \epsilon^2\sigma_2`.

        Parameters
        ----------
        inefficiency : array_like
            Probability that a particle in a gap is not noticed [1].

        Returns
        -------
        ndarray or float
            Cross section [fb], shaped like inefficiency.

        Raises
        ------
        ValueError
            If an inefficiency is outside 0 to 1.

        Examples
        --------
        >>> float(GapBackground(1.0, 100.0, 10.0).cross_section(0.0))
        1.0
        """
        epsilon = _checks.non_negative("inefficiency", inefficiency)
        if np.any(epsilon > 1):
            raise ValueError(f"inefficiency must be at most 1, got {inefficiency!r}")
        return (self.none + epsilon * (self.one + epsilon * self.two))[()]


def three_photons_in_gaps(
    selection: Cut, sqrt_s: float, seen: Cut, gaps: Cut, *, resolution: float = 0.0
) -> GapBackground:
    """Cross section of `three_photons` with gaps that notice a photon with a probability.

    Parameters
    ----------
    selection : Selection
        Cuts on the photon that is selected.
    sqrt_s : float
        Centre-of-mass energy [GeV].
    seen : Selection
        Where a photon is noticed, the gaps included; fixed windows in cos(theta) [1].
    gaps : Selection
        The part of it that has an inefficiency; fixed windows in cos(theta) [1].
    resolution : float, optional
        Standard deviation of measured over true energy of the selected photon [1]; the
        selection acts on the measured one, up to five standard deviations away.

    Returns
    -------
    GapBackground
        Cross sections [fb] by the number of photons in the gaps.

    Raises
    ------
    ValueError
        As `three_photons`, and if the selection accepts photons in the gaps.

    Examples
    --------
    >>> gaps = three_photons_in_gaps(besiii_edge(), 4.0, BESIII_SEEN, BESIII_GAP)
    >>> print(f"{gaps.none} {gaps.one:.2e} {gaps.two:.2e} fb")
    0.0 5.51e+05 1.19e+04 fb
    """
    root_s = _energy(sqrt_s)
    lost = _unseen({"seen": seen}, root_s)
    in_gaps = _unseen({"seen": seen}, root_s, {"gaps": gaps})
    width = _resolution(resolution)
    _demand_finite(selection, root_s, {"seen": lost, "gaps": in_gaps}, lost + in_gaps, width)
    every = (_pairs(lost), list(product(lost, in_gaps)), _pairs(in_gaps))
    return GapBackground(
        *(_integral(selection, root_s, pairs, [_PHOTONS], width) for pairs in every)
    )


# ---- searches beside the paper's ---------------------------------------------


def besiii_edge(cos_theta_b: float = 0.92, margin: float = 0.0) -> Selection:
    """Basic cuts of BESIII and Eq. (14) with another edge.

    Parameters
    ----------
    cos_theta_b : float, optional
        Where particles cease to be seen [1]; by default where photons cease to be accepted.
    margin : float, optional
        Relative distance to the edge, E > E_b (1 + margin) [1].

    Returns
    -------
    Selection
        Named by its edge.

    Raises
    ------
    ValueError
        If cos_theta_b is not between 0 and 1 or the margin negative.

    Examples
    --------
    >>> besiii_edge().name
    'BESIII, edge at 0.92'
    >>> round(float(besiii_edge(margin=0.1).kinks(4.0)[2]), 3)  # Eq. (14) at 90 degrees, plus 10 %
    1.239
    """
    cosine = _checks.number("cos_theta_b", cos_theta_b, _checks.cosine)
    if not 0 < cosine < 1:
        raise ValueError(f"cos_theta_b must be between 0 and 1, got {cos_theta_b!r}")
    above = _checks.number("margin", margin, _checks.non_negative)
    angle = float(np.rad2deg(np.arccos(cosine)))
    edge: Cut = BeamBackgroundEdge(angle, 180 - angle)
    if above:
        edge = ScaledEnergy(edge, 1 / (1 + above))
    name = f"BESIII, edge at {cosine:g}" + (f" and {above:.1%}" if above else "")
    return Selection(name, (*besiii_basic().cuts, edge))


#: BESIII and STCF, 30 ab^-1, with Eq. (14) where photons cease to be accepted.
#:
#: :meta hide-value:
BESIII_TRUE_EDGE = tuple(replace(run, selection=besiii_edge()) for run in searches.BESIII)
STCF_TRUE_EDGE = replace(
    searches.STCF_4GEV_30AB, name="STCF, edge at 0.92", selection=besiii_edge()
)


# ---- where a particle is lost ------------------------------------------------


def _unseen(
    cuts: Mapping[str, Cut], root_s: float, gaps: Mapping[str, Cut] | None = None
) -> list[_Region]:
    """Regions outside all cuts; with gaps, those inside a cut and a gap."""
    every = {**cuts, **(gaps or {})}
    for name, cut in every.items():
        _checks.cut(name, cut)
    kinks = [E for cut in every.values() for E in cut.kinks(root_s) if 0 < E < root_s / 2]
    edges = np.unique([0.0, *kinks, root_s / 2]).tolist()
    regions = []
    for softest, hardest in pairwise(edges):
        middle = softest + (hardest - softest) * np.array([0.2, 0.5, 0.8])
        outside = _outside(_windows(cuts, middle, root_s))
        if not outside or outside[0][0] > -1 or outside[-1][1] < 1:
            names = ", ".join(cuts)
            raise ValueError(f"{names} must end off the beam line, where nothing can be seen")
        if gaps is not None:
            outside = _outside([*_outside(_windows(gaps, middle, root_s)), *outside])
        top = hardest if hardest < root_s / 2 else np.inf
        regions += [_Region(a, b, softest, top) for a, b in outside]
    return regions


def _windows(
    cuts: Mapping[str, Cut], energies: FloatArray, root_s: float
) -> list[tuple[float, float]]:
    found = []
    for name, cut in cuts.items():
        ends = cut.intervals(energies, root_s)
        if np.ptp(ends, axis=0).max(initial=0) > _TOUCHING:
            raise ValueError(f"{name} must have fixed windows in cos_theta, got {cut!r:.80}")
        found += [(a, b) for a, b in ends[0].tolist() if a < b]
    return found


def _outside(windows: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """What windows leave of the sphere."""
    left, reached = [], -1.0
    for a, b in sorted(windows):
        if a - reached > _TOUCHING:
            left.append((reached, a))
        reached = max(reached, b)
    if 1 - reached > _TOUCHING:
        left.append((reached, 1.0))
    return left


def _pairs(regions: Sequence[_Region]) -> list[tuple[_Region, _Region]]:
    """Two particles in the same regions, each pair of them once."""
    return list(combinations_with_replacement(regions, 2))


def _resolution(resolution: float) -> float:
    width = _checks.number("resolution", resolution, _checks.non_negative)
    if width > 0.1:
        raise ValueError(f"resolution must be at most 0.1, got {resolution!r}")
    return width


def _energy(sqrt_s: float) -> float:
    root_s = _checks.number("sqrt_s", sqrt_s, _checks.positive)
    if root_s < _LOWEST_SQRT_S:
        raise ValueError(f"sqrt_s must be at least {_LOWEST_SQRT_S} GeV, got {sqrt_s!r}")
    return root_s


def _demand_finite(
    selection: Cut,
    root_s: float,
    unseen: Mapping[str, Sequence[_Region]],
    lost: Sequence[_Region],
    resolution: float,
) -> None:
    """Raise unless the selected photon is seen and no divergence is met."""
    panels = _measured_panels(selection, root_s, resolution)
    if not panels.size:
        return
    if panels[0, 0] == 0:
        raise ValueError("selection must have an energy floor, without it the rate is infinite")
    share = np.array([1e-6, 0.25, 0.5, 0.75, 1 - 1e-6])
    energy = (panels[:, :1] + np.diff(panels) * share).ravel()
    _demand_seen(energy, selection.intervals(energy, root_s), unseen)
    # what photons of sqrt_s/2 may be measured as
    near = 1 + np.linspace(-_REACH, _REACH, 21) * resolution - 1e-12
    hardest = selection.intervals(root_s / 2 * near, root_s).reshape(-1, 2)
    if _opposite(hardest, lost, root_s).size:
        raise ValueError(
            "selection must not accept photons up to sqrt_s/2 whose opposite is lost: that is "
            "infrared divergent; two_photons has it, and an upper energy cut leaves the rest"
        )


def _demand_seen(
    energy: FloatArray, ends: FloatArray, unseen: Mapping[str, Sequence[_Region]]
) -> None:
    for name, regions in unseen.items():
        for region in regions:
            lower = np.maximum(ends[..., 0], region.lower)
            upper = np.minimum(ends[..., 1], region.upper)
            inside = (upper - lower).max(-1, initial=0) > _TOUCHING
            if np.any(inside & (energy > region.softest) & (energy < region.hardest)):
                raise ValueError(
                    f"{name} must leave every photon that the selection accepts seen: one of "
                    f"cos_theta {region.lower:.4g} to {region.upper:.4g} is not"
                )


def _opposite(ends: FloatArray, lost: Sequence[_Region], root_s: float) -> FloatArray:
    """Intervals of selected photons of sqrt_s/2 whose opposite is lost, in (-1, 1)."""
    regions = [region for region in lost if region.hardest >= root_s / 2]
    found = [(max(a, -region.upper), min(b, -region.lower)) for a, b in ends for region in regions]
    return np.array([(a, b) for a, b in found if b - a > _TOUCHING]).reshape(-1, 2)


# ---- nodes of what is seen --------------------------------------------------


def _seen_nodes(
    selection: Cut, root_s: float, marks: _Marks, panels: FloatArray, orders: _Orders
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Energy, cos(theta) and weight of the seen photon, cos(theta) split at the marks."""
    t, w = _graded(orders.energy)
    lower, width = panels[:, :1], np.diff(panels)
    energy, weight = (lower + width * t).ravel(), (width * w).ravel()
    ends = selection.intervals(energy, root_s)
    return _angle_nodes(energy, weight, ends, _crossings(marks, energy, root_s), orders.angle)


def _angle_nodes(
    energy: FloatArray, weight: FloatArray, ends: FloatArray, splits: FloatArray, n: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Nodes in the intervals at each energy, which are split at some cosines."""
    inner = np.clip(np.nan_to_num(splits)[:, None, :], ends[..., :1], ends[..., 1:])
    edges = np.sort(np.concatenate([ends, inner], axis=-1), axis=-1)
    i, j, k = np.nonzero(np.diff(edges) > 1e-13)
    first, last = edges[i, j, k][:, None], edges[i, j, k + 1][:, None]
    t, w = _graded(n)
    z, weight = first + (last - first) * t, weight[i][:, None] * (last - first) * w
    return np.repeat(energy[i], n), z.ravel(), weight.ravel()


def _measured_panels(selection: Cut, root_s: float, resolution: float) -> FloatArray:
    """Panels of measured energy, above sqrt_s/2 as far as a photon may be mismeasured."""
    if not resolution:
        return accepted_panels(selection, root_s)
    top = 1 + _REACH * resolution
    return top * accepted_panels(ScaledEnergy(selection, top), root_s)


def _measured(selection: Cut, root_s: float, resolution: float) -> tuple[FloatArray, FloatArray]:
    """What a photon of sqrt_s/2 is measured as, with probabilities."""
    if not resolution:
        return np.array([root_s / 2]), np.array([1.0])
    ends = root_s / 2 * (1 + np.array([-_REACH, *_PULLS, _REACH]) * resolution)
    kinks = np.array(as_selection(selection).kinks_anywhere(root_s))
    inside = kinks[(kinks > ends[0]) & (kinks < ends[-1])]
    edges = np.unique(np.concatenate([ends, inside]))
    t, w = _graded(_ORDERS.measured)
    energy = (edges[:-1, None] + np.diff(edges)[:, None] * t).ravel()
    pull = (2 * energy / root_s - 1) / resolution
    density = np.exp(-(pull**2) / 2) / (np.sqrt(2 * np.pi) * resolution * root_s / 2)
    return energy, (np.diff(edges)[:, None] * w).ravel() * density


def _smeared_nodes(
    selection: Cut, root_s: float, marks: _Marks, resolution: float, orders: _Orders
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """True energy, cos(theta) and weight of a seen photon that is selected as it is measured."""
    steps = 1 + resolution * np.array(_PULLS)
    top, bottom = 1 + _REACH * resolution, 1 - _REACH * resolution
    panels = _measured_panels(selection, root_s, resolution)
    t, w = _graded(orders.measured)
    lower, width = panels[:, :1], np.diff(panels)
    measured, weight = (lower + width * t).ravel(), (width * w).ravel()
    splits = np.concatenate([_crossings(marks, measured / step, root_s) for step in steps], axis=-1)
    ends = selection.intervals(measured, root_s)
    measured, z, weight = _angle_nodes(measured, weight, ends, splits, orders.angle)
    # the true energy, split where something opens at this angle
    x, y, d = marks.lines.T
    towards = z[:, None] * x + np.sqrt((1 - z) * (1 + z))[:, None] * y
    with np.errstate(divide="ignore", invalid="ignore"):
        opening = np.nan_to_num(root_s * d / (d - towards))
    first = (measured / top)[:, None]
    last = np.minimum(measured / bottom, root_s / 2)[:, None]
    inner = np.concatenate([measured[:, None] / steps, opening], axis=-1)
    last = np.maximum(first, last)
    edges = np.sort(np.concatenate([first, np.clip(inner, first, last), last], axis=-1), axis=-1)
    i, k = np.nonzero(np.diff(edges) > _TOUCHING * root_s)
    t, w = _graded(orders.energy)
    lower, width = edges[i, k][:, None], (edges[i, k + 1] - edges[i, k])[:, None]
    energy = lower + width * t
    pull = (measured[i][:, None] / energy - 1) / resolution
    chance = np.exp(-(pull**2) / 2) / (np.sqrt(2 * np.pi) * resolution * energy)
    weight = weight[i][:, None] * width * w * chance
    return energy.ravel(), np.repeat(z[i], orders.energy), weight.ravel()


# ---- the integral over what is seen ------------------------------------------


def _integral(
    selection: Cut,
    root_s: float,
    pairs: Sequence[tuple[_Region, _Region]],
    channels: Sequence[_Channel],
    resolution: float,
    orders: _Orders = _ORDERS,
) -> float:
    """Cross section [fb] with the two lost particles in one of the pairs of regions."""
    total = 0.0
    marks = [_marks(pair, root_s, _SIDES[:1] if resolution else _SIDES) for pair in pairs]
    panels = [] if resolution else _energy_panels(selection, root_s, marks)
    for i, pair in enumerate(pairs):
        if resolution:
            energy, z, weight = _smeared_nodes(selection, root_s, marks[i], resolution, orders)
        else:
            energy, z, weight = _seen_nodes(selection, root_s, marks[i], panels[i], orders)
        total += float(weight @ _density(energy, z, root_s, pair, channels, orders))
    return total
