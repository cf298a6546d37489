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

#: Where the nodes of a grid lie in the angle of the substitution.
PSI = np.pi / 4 * (1 + np.polynomial.legendre.leggauss(48)[0])


def power(lower, upper, n):
    """Integral of x^n."""
    return (upper ** (n + 1) - lower ** (n + 1)) / (n + 1)


# ---- one panel ------------------------------------------------------------------


@pytest.mark.parametrize("n", range(5))
def test_nodes_integrate_powers_of_the_squared_sine(n):
    psi_max = np.array([[0.1, 1.0], [1.4, np.pi / 2]])
    psi, weights = quadrature.panel_nodes(psi_max)
    assert psi.shape == weights.shape == (2, 2, 24)
    got = (weights * np.sin(psi) ** (2 * n)).sum(-1)
    np.testing.assert_allclose(got, power(0, np.sin(psi_max) ** 2, n), rtol=1e-13)


@pytest.mark.parametrize("n", [0.5, 0, 1, 2.5, 7])
def test_a_grid_integrates_powers_and_roots_at_both_ends(n):
    [panel] = quadrature.accepted_grid(UPPER_HALF, ROOT_S).panels
    grid = quadrature.accepted_grid(UPPER_HALF, ROOT_S)
    assert panel.tolist() == [1.0, 2.0]
    assert grid.energy.shape == grid.weight.shape == (1, 48)
    np.testing.assert_allclose((grid.weight * (grid.energy - 1) ** n).sum(), 1 / (n + 1), 1e-13)
    np.testing.assert_allclose((grid.weight * (2 - grid.energy) ** n).sum(), 1 / (n + 1), 1e-13)


@pytest.mark.parametrize("n", range(6))
def test_parts_of_a_panel_are_integrals_of_a_polynomial(n):
    """Of psi^n, in the angle that the nodes lie in."""
    grid = quadrature.accepted_grid(UPPER_HALF, ROOT_S)
    np.testing.assert_allclose(grid.energy[0], 2 - np.sin(PSI) ** 2, rtol=1e-15)
    values = grid.weight / np.sin(2 * PSI) * PSI**n
    ends = np.array([0.0, 0.3, 1.2, np.pi / 2])
    got = quadrature.partial_integrals(values[..., None], np.zeros(4, int), ends)
    np.testing.assert_allclose(got[:, 0], power(0, ends, n), rtol=1e-12, atol=1e-14)


def test_parts_of_several_panels_come_in_the_order_they_were_asked_for():
    """Of psi and 1 in the first panel, of 3 psi and 3 in the second."""
    grid = quadrature.accepted_grid(UPPER_HALF, ROOT_S)
    one = grid.weight[0] / np.sin(2 * PSI)
    values = np.stack([one * PSI, one], axis=-1) * [[[1]], [[3]]]
    rng = np.random.default_rng(1)
    panel, ends = rng.integers(0, 2, 40), rng.uniform(0, np.pi / 2, 40)
    got = quadrature.partial_integrals(values, panel, ends)
    expected = (1 + 2 * panel) * [ends**2 / 2, ends]
    np.testing.assert_allclose(got, expected.T, rtol=1e-11, atol=1e-14)
    assert quadrature.partial_integrals(values, panel[:0], ends[:0]).shape == (0, 2)


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


def test_grids_of_several_energies_are_those_of_each():
    energies = [4.0, 0.15, 3.0, 0.5]
    together = quadrature.accepted_grids(LOPSIDED, energies)
    assert [grid.sqrt_s for grid in together] == energies
    assert [len(grid.panels) for grid in together] == [2, 0, 2, 1]
    for grid, root_s in zip(together, energies, strict=True):
        alone = quadrature.accepted_grid(LOPSIDED, root_s)
        for name in ("panels", "energy", "weight", "intervals", "zeroth", "second"):
            np.testing.assert_array_equal(getattr(grid, name), getattr(alone, name))


def test_energies_at_which_nothing_is_accepted():
    for root_s in ([0.15], [0.15, 0.1]):
        grids = quadrature.accepted_grids(LOPSIDED, root_s)
        assert [grid.energy.shape for grid in grids] == [(0, 48)] * len(root_s)


def test_a_cut_of_ones_own_sees_one_energy_at_a_time():
    def intervals(E, sqrt_s):
        assert np.ndim(sqrt_s) == 0
        return LOPSIDED.intervals(E, sqrt_s)

    own = SimpleNamespace(intervals=intervals, kinks=LOPSIDED.kinks)
    for grid, expected in zip(
        quadrature.accepted_grids(own, [3.0, 4.0]),
        quadrature.accepted_grids(LOPSIDED, [3.0, 4.0]),
        strict=True,
    ):
        np.testing.assert_array_equal(grid.zeroth, expected.zeroth)


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
    intervals = np.array([[[-0.9, -0.2], [0.1, 0.7]], [[0.0, 0.0], [-1.0, 1.0]]])
    node, weight = np.polynomial.legendre.leggauss(3)
    middle, half = intervals.mean(-1), np.diff(intervals, axis=-1)[..., 0] / 2
    z = middle[..., None] + half[..., None] * node
    zeroth, second = quadrature.interval_moments(intervals)
    np.testing.assert_allclose(zeroth, [1.3, 2.0], rtol=1e-14)
    expected = (half[..., None] * weight * (1.5 * z**2 - 0.5)).sum((-1, -2))
    np.testing.assert_allclose(second, expected, rtol=1e-13, atol=1e-15)


# ---- what is refused ------------------------------------------------------------------

ONE = np.ones((1, 48, 1))
NAMELESS = SimpleNamespace(
    intervals=lambda E, sqrt_s: np.zeros((*np.shape(E), 1, 2)), kinks=lambda sqrt_s: []
)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: quadrature.accepted_grid(LOPSIDED, -4.0), r"sqrt_s must be positive, got -4\.0"),
        (lambda: quadrature.accepted_grid(LOPSIDED, [4.0]), r"sqrt_s must be one number, got"),
        (lambda: quadrature.accepted_grids(LOPSIDED, [-4.0]), r"sqrt_s must be positive, got"),
        (lambda: quadrature.accepted_grids(LOPSIDED, 4.0), r"sqrt_s must be numbers in a row"),
        (lambda: quadrature.accepted_grids(LOPSIDED, []), r"sqrt_s must be numbers in a row"),
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
        (lambda: quadrature.panel_nodes(np.nan), r"psi_max must be .*nan"),
        (lambda: quadrature.interval_moments([[-1.5, 0.0]]), r"intervals must be .*-1\.5"),
        (
            lambda: quadrature.interval_moments([-0.5, 0.5]),
            r"intervals must have shape \(\.\.\., n, 2\), got \(2,\)",
        ),
        (
            lambda: quadrature.interval_moments([[-0.5, 0.1, 0.5]]),
            r"intervals must have shape \(\.\.\., n, 2\), got \(1, 3\)",
        ),
        (
            lambda: quadrature.partial_integrals(ONE[:, :24], np.array([0]), np.ones(1)),
            r"values must have shape \(p, 48, k\), got \(1, 24, 1\)",
        ),
        (
            lambda: quadrature.partial_integrals(ONE[0], np.array([0]), np.ones(1)),
            r"values must have shape \(p, 48, k\), got \(48, 1\)",
        ),
        (
            lambda: quadrature.partial_integrals(np.nan * ONE, np.array([0]), np.ones(1)),
            r"values must be .*nan",
        ),
        (
            lambda: quadrature.partial_integrals(ONE, np.array([0]), np.ones(2)),
            r"panel, psi_max must be rows of one length",
        ),
        (
            lambda: quadrature.partial_integrals(ONE, np.array(0), np.array(1.0)),
            r"panel, psi_max must be rows of one length",
        ),
        (
            lambda: quadrature.partial_integrals(ONE, np.array([np.nan]), np.ones(1)),
            r"panel must be .*nan",
        ),
        (
            lambda: quadrature.partial_integrals(ONE, np.array([1]), np.ones(1)),
            r"panel must number the 1 of values, got array\(\[1\]\)",
        ),
        (
            lambda: quadrature.partial_integrals(ONE, np.array([0.5]), np.ones(1)),
            r"panel must number the 1 of values, got array\(\[0\.5\]\)",
        ),
        (
            lambda: quadrature.partial_integrals(ONE, np.array([0]), np.array([np.inf])),
            r"psi_max must be .*inf",
        ),
        (
            lambda: quadrature.partial_integrals(ONE, np.array([0]), np.array([1.6])),
            r"psi_max must be between 0 and pi/2, got array\(\[1\.6\]\)",
        ),
    ],
)
def test_what_is_refused_is_named(call, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: quadrature.accepted_grids("cuts", [4.0]), "selection must be"),
        (lambda: quadrature.accepted_panels("cuts", 4.0), "selection must be"),
        (lambda: quadrature.accepted_nodes("cuts", 4.0), "selection must be"),
        (lambda: quadrature.demand_grids([]), r"grids must be a list of them, .* got \[\]"),
        (lambda: quadrature.demand_grids([1]), "grids must be a Grid, got 1"),
    ],
)
def test_what_is_of_another_kind_is_named(call, message):
    with pytest.raises(TypeError, match=f"^{message}"):
        call()
