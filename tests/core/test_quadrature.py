"""Nodes, panels and parts of them, against integrals that are known in closed form."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from nudp import quadrature, selections
from nudp.selections import CosThetaWindows, EnergyWindow

ROOT_S = 4.0
#: Photons between 1 and 2 GeV, anywhere.
UPPER_HALF = EnergyWindow(1.0, 2.0)
#: Two windows that differ in all their edges.
LOPSIDED = CosThetaWindows(((-0.9, -0.2, 0.1), (0.1, 0.7, 0.5)))


def power(lower, upper, n):
    """Integral of x^n."""
    return (upper ** (n + 1) - lower ** (n + 1)) / (n + 1)


# ---- one panel ------------------------------------------------------------------


@pytest.mark.parametrize("n", [0.5, 0, 1, 2.5, 7])
def test_a_grid_integrates_powers_and_roots_at_both_ends(n):
    grid = quadrature.accepted_grid(UPPER_HALF, ROOT_S)
    assert grid.panels.tolist() == [[[1.0, 2.0]]]
    assert grid.energy.shape == grid.weight.shape == (1, 1, 24)
    np.testing.assert_allclose((grid.weight * (grid.energy - 1) ** n).sum(), 1 / (n + 1), 1e-13)
    np.testing.assert_allclose((grid.weight * (2 - grid.energy) ** n).sum(), 1 / (n + 1), 1e-13)


# ---- panels -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lowest", "pieces"), [(0.25, 1), (0.2499, 2), (2 / 64, 2), (2 / 65, 3), (2e-9, 10)]
)
def test_panels_span_a_factor_of_eight_at_most(lowest, pieces):
    panels = quadrature.accepted_panels(EnergyWindow(lowest, 2.0), ROOT_S)
    assert len(panels) == pieces
    assert (panels[0, 0], panels[-1, 1]) == (lowest, 2.0)
    assert panels[1:, 0].tolist() == panels[:-1, 1].tolist()
    ratios = panels[:, 1] / panels[:, 0]
    np.testing.assert_allclose(ratios, ratios[0], rtol=1e-12)
    assert ratios[0] < 8 * (1 + 1e-12)


@pytest.mark.parametrize("root_s", [ROOT_S, 4e-6, 4e6])
def test_without_a_floor_the_first_panel_starts_at_zero(root_s):
    anywhere = CosThetaWindows(((-0.5, 0.5, 0.0),))
    panels = quadrature.accepted_panels(anywhere, root_s)
    assert panels[0, 0] == 0.0
    # below this nothing is left in double precision, at any scale
    assert 1e-16 < panels[0, 1] / (root_s / 2) < 1e-15


def test_only_panels_with_something_accepted_are_kept():
    """One interval of two is enough."""
    panels = quadrature.accepted_panels(LOPSIDED, ROOT_S)
    assert panels.tolist() == [[0.1, 0.5], [0.5, 2.0]]
    few = quadrature.accepted_panels(LOPSIDED & EnergyWindow(0.2, 0.3), ROOT_S)
    assert few.tolist() == [[0.2, 0.3]]


def test_kinks_that_no_photon_can_have_do_no_harm():
    """In any order, met twice, or above the beam energy."""
    kinks = [3.0, 0.5, -1.0, 0.1, 0.5, 9.0]
    own = SimpleNamespace(intervals=LOPSIDED.intervals, kinks=lambda sqrt_s: kinks)
    assert quadrature.accepted_panels(own, ROOT_S).tolist() == [[0.1, 0.5], [0.5, 2.0]]
    assert quadrature.accepted_panels(own, 0.8).tolist() == [[0.1, 0.4]]
    assert quadrature.accepted_panels(own, 0.15).size == 0


def test_a_grid_of_several_energies_has_the_panels_of_each():
    """Rows with fewer panels are filled with panels of zero width, on which nothing counts."""
    energies = [4.0, 0.15, 3.0, 0.5]
    together = quadrature.accepted_grid(LOPSIDED, energies)
    assert together.sqrt_s.tolist() == energies
    for i, (root_s, panels) in enumerate(zip(energies, [2, 0, 2, 1], strict=True)):
        alone = quadrature.accepted_grid(LOPSIDED, root_s)
        assert alone.panels.shape[1] == panels
        for name in ("panels", "energy", "weight", "intervals", "integral_of_1", "integral_of_P2"):
            row = getattr(together, name)[i]
            np.testing.assert_array_equal(row[:panels], getattr(alone, name)[0])
        assert (together.panels[i, panels:] == root_s / 2).all()
        for name in ("weight", "intervals", "integral_of_1", "integral_of_P2"):
            assert not getattr(together, name)[i, panels:].any()


def test_energies_at_which_nothing_is_accepted():
    for root_s in ([0.15], [0.15, 0.1]):
        assert quadrature.accepted_grid(LOPSIDED, root_s).energy.shape == (len(root_s), 0, 24)


def test_a_cut_of_ones_own_sees_one_energy_at_a_time():
    """And may accept more intervals at one than at another."""

    def intervals(E, sqrt_s):
        assert np.ndim(sqrt_s) == 0
        accepted = LOPSIDED.intervals(E, sqrt_s)
        return accepted if sqrt_s > 3.5 else accepted[..., 1:, :]

    own = SimpleNamespace(intervals=intervals, kinks=LOPSIDED.kinks)
    grid = quadrature.accepted_grid(own, [3.0, 4.0, 3.0, 0.15])
    right = quadrature.accepted_grid(CosThetaWindows((LOPSIDED.windows[1],)), 3.0)
    np.testing.assert_array_equal(grid.integral_of_1[0, :1], right.integral_of_1[0])
    np.testing.assert_array_equal(grid.integral_of_1[0], grid.integral_of_1[2])
    both = quadrature.accepted_grid(LOPSIDED, 4.0)
    np.testing.assert_array_equal(grid.integral_of_1[1], both.integral_of_1[0])
    assert quadrature.accepted_grid(own, 0.15).intervals.shape == (1, 0, 24, 0, 2)


# ---- energy and angle ---------------------------------------------------------------


@pytest.mark.parametrize("n", range(4))
@pytest.mark.parametrize("k", range(4))
def test_nodes_integrate_powers_of_energy_and_angle(n, k):
    energy, z, weight = quadrature.accepted_nodes(LOPSIDED, ROOT_S)
    assert energy.shape == z.shape == weight.shape == (48, 48)
    expected = power(0.1, 2.0, n) * power(-0.9, -0.2, k) + power(0.5, 2.0, n) * power(0.1, 0.7, k)
    np.testing.assert_allclose((weight * energy**n * z**k).sum(), expected, rtol=1e-13)
    assert np.all(energy == energy[:, :1])


@pytest.mark.parametrize(
    ("edges", "pieces"),
    [
        ((), 2),
        ((1.3,), 3),
        (1.3, 3),
        ((1.5, 0.3, 1.3, 0.3), 5),
        ((0.1, 0.5, 2.0), 2),  # which are edges already
        ((0.0, 0.05, 2.5), 2),  # where nothing is accepted
    ],
)
def test_edges_divide_panels(edges, pieces):
    energy, _, weight = quadrature.accepted_nodes(LOPSIDED, ROOT_S, edges=edges)
    assert len(energy) == 24 * pieces
    np.testing.assert_allclose(weight.sum(), 1.9 * 0.7 + 1.5 * 0.6, rtol=1e-13)
    for edge in np.atleast_1d(edges):
        below = max(min(edge, 2.0) - 0.1, 0) * 0.7 + max(min(edge, 2.0) - 0.5, 0) * 0.6
        np.testing.assert_allclose(weight[energy < edge].sum(), below, rtol=1e-13, atol=1e-16)


def test_moments_are_integrals_of_legendre_polynomials():
    [[intervals]] = quadrature.accepted_grid(UPPER_HALF & LOPSIDED, ROOT_S).intervals
    node, weight = np.polynomial.legendre.leggauss(3)
    middle, half = intervals.mean(-1), np.diff(intervals, axis=-1)[..., 0] / 2
    z = middle[..., None] + half[..., None] * node
    grid = quadrature.accepted_grid(UPPER_HALF & LOPSIDED, ROOT_S)
    np.testing.assert_allclose(grid.integral_of_1, 1.3, rtol=1e-14)
    expected = (half[..., None] * weight * (1.5 * z**2 - 0.5)).sum((-1, -2))
    np.testing.assert_allclose(grid.integral_of_P2[0, 0], expected, rtol=1e-13)


# ---- what is refused ------------------------------------------------------------------

NAMELESS = SimpleNamespace(
    intervals=lambda E, sqrt_s: np.zeros((*np.shape(E), 1, 2)), kinks=lambda sqrt_s: []
)


def own_interval(ends):
    """A cut of one's own that always gives these ends."""
    return SimpleNamespace(
        intervals=lambda E, sqrt_s: np.broadcast_to(ends, (*np.shape(E), 1, *np.shape(ends))),
        kinks=lambda sqrt_s: [],
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: quadrature.accepted_grid(LOPSIDED, -4.0), r"sqrt_s must be positive, got -4\.0"),
        (lambda: quadrature.accepted_grid(LOPSIDED, [[4.0]]), r"sqrt_s must be one number or"),
        (lambda: quadrature.accepted_grid(LOPSIDED, []), r"sqrt_s must be one number or several"),
        (lambda: quadrature.accepted_panels(LOPSIDED, 0.0), r"sqrt_s must be positive, got 0\.0"),
        (lambda: quadrature.accepted_panels(LOPSIDED, [4.0]), r"sqrt_s must be one number, got"),
        (lambda: quadrature.accepted_nodes(LOPSIDED, -1.0), r"sqrt_s must be positive, got -1\.0"),
        (lambda: quadrature.accepted_nodes(LOPSIDED, [4.0]), r"sqrt_s must be one number, got"),
        (lambda: quadrature.accepted_nodes(LOPSIDED, 4.0, [-1.0]), r"edges must be .*-1\.0"),
        (
            lambda: quadrature.accepted_nodes(selections.besiii_basic(), 0.02),
            r"selection 'BESIII basic' accepts nothing at 0\.02 GeV",
        ),
        (
            lambda: quadrature.accepted_nodes(NAMELESS, 4.0),
            r"selection .namespace\(.*\). acc",
        ),
        (
            lambda: quadrature.accepted_grid(own_interval([-1.5, 0.0]), 4.0),
            r"intervals must be .*-1\.5",
        ),
        (
            lambda: quadrature.accepted_grid(own_interval(0.5), 4.0),
            r"intervals must have shape E\.shape \+ \(n, 2\), got \(1, 1, 1\)",
        ),
    ],
)
def test_what_is_refused_is_named(call, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: quadrature.accepted_grid("cuts", [4.0]), "selection must be"),
        (lambda: quadrature.accepted_panels("cuts", 4.0), "selection must be"),
        (lambda: quadrature.accepted_nodes("cuts", 4.0), "selection must be"),
    ],
)
def test_what_is_of_another_kind_is_named(call, message):
    with pytest.raises(TypeError, match=f"^{message}"):
        call()
