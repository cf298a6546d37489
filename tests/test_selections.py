"""Eqs. (8) to (14): intervals and kinks against yes/no functions written apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from independent import CUTS, ROOT_S_BELLE2, cm_edge, equation_8, equation_14

from nudp import selections
from nudp.selections import (
    BeamBackgroundEdge,
    CosThetaWindows,
    EnergyWindow,
    LabAngleWindow,
    Selection,
)

ROOT_S = {"belle2": ROOT_S_BELLE2, "besiii": 4.0}


@pytest.mark.parametrize("name", CUTS)
def test_intervals_say_what_the_yes_no_function_says(name):
    root_s = ROOT_S[name.split("_")[0]]
    E, z = np.meshgrid(np.linspace(0.003, root_s / 2, 499), np.linspace(-0.9997, 0.9997, 503))
    ends = getattr(selections, name)().intervals(E, root_s)
    inside = ((ends[..., 0] < z[..., None]) & (z[..., None] < ends[..., 1])).any(-1)
    np.testing.assert_array_equal(inside, CUTS[name][0](E, z, root_s))


@pytest.mark.parametrize("name", CUTS)
def test_intervals_ascend_and_do_not_overlap(name):
    root_s = ROOT_S[name.split("_")[0]]
    ends = getattr(selections, name)().intervals(np.linspace(0.003, root_s / 2, 200), root_s)
    assert (ends[..., 1] >= ends[..., 0]).all()
    full = np.sort(ends.reshape(len(ends), -1), axis=-1)
    width = np.diff(ends, axis=-1).sum((-1, -2))
    assert (width <= full[:, -1] - full[:, 0] + 1e-15).all()


@pytest.mark.parametrize("name", CUTS)
def test_kinks_ascend_within_the_photon_range(name):
    root_s = ROOT_S[name.split("_")[0]]
    kinks = getattr(selections, name)().kinks(root_s)
    assert (np.diff([0, *kinks, root_s / 2]) > 0).all()


@pytest.mark.parametrize("name", CUTS)
def test_between_kinks_the_intervals_are_smooth(name):
    """A polynomial of high order, in the angle of the substitution, follows every panel."""
    root_s = ROOT_S[name.split("_")[0]]
    selection = getattr(selections, name)()
    edges = np.concatenate([[0.05], selection.kinks(root_s), [root_s / 2]])
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        if low >= high:
            continue
        t = (1 - np.cos(np.pi * (np.arange(40) + 0.5) / 40)) / 2
        energy = high - (high - low) * np.sin(t * np.pi / 2) ** 2
        width = np.diff(selection.intervals(energy, root_s), axis=-1).sum((-1, -2))
        fit = np.polynomial.Chebyshev.fit(t, width, 32, domain=[0, 1])
        assert np.abs(fit(t) - width).max() < 1e-8


@given(st.floats(-0.99, 0.99), st.floats(1, 20))
def test_edge_energy_is_equation_8_as_printed(z, root_s):
    edges = [float(np.degrees(cm_edge(angle))) for angle in (12.4, 155.1)]
    expected = equation_8(z, root_s, cm_edge(12.4), cm_edge(155.1))
    assert selections.edge_energy(z, root_s, *edges) == pytest.approx(expected, rel=1e-10)


@given(st.floats(-0.99, 0.99), st.floats(0.1, 0.99))
def test_symmetric_edges_turn_equation_8_into_14(z, cos_b):
    edge = float(np.degrees(np.arccos(cos_b)))
    expected = equation_14(z, 4.0, cos_b)
    assert selections.edge_energy(z, 4.0, edge, 180 - edge) == pytest.approx(expected, rel=1e-10)


@given(st.floats(5, 85), st.floats(95, 175), st.floats(0, 1), st.floats(0, 1))
def test_equation_8_is_momentum_conservation(theta_1, theta_2, share, split):
    """Two unseen particles at the edges opposite the photon: energy and momentum add up."""
    one, two = np.radians([theta_1, theta_2])
    root_s, k_1, k_2 = 1.0, share * 0.5 + 0.01, split * 0.5 + 0.01
    across = k_1 * np.sin(one) + k_2 * np.sin(two)
    along = -(k_1 * np.cos(one) + k_2 * np.cos(two))
    energy = np.hypot(across, along)
    scale = root_s / (energy + k_1 + k_2)
    got = selections.edge_energy(along / energy, root_s, theta_1, theta_2)
    assert got == pytest.approx(energy * scale, rel=1e-9)


def test_nothing_harder_escapes_beyond_the_edges():
    """Sampled: photon plus two massless particles outside the calorimeter stay below Eq. (8)."""
    rng = np.random.default_rng(7)
    one, two = cm_edge(12.4), cm_edge(155.1)
    events = 200_000
    theta = np.where(
        rng.random((2, events)) < 0.5,
        rng.uniform(0, one, (2, events)),
        rng.uniform(two, np.pi, (2, events)),
    )
    phi = rng.uniform(0, 2 * np.pi, (2, events))
    energy = rng.random((2, events))
    unseen = energy * np.array(
        [np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)]
    )
    photon = -unseen.sum(axis=1)
    E = np.linalg.norm(photon, axis=0)
    root_s = E + energy.sum(0)
    z = photon[2] / E
    seen = (np.cos(two) < z) & (z < np.cos(one))
    edges = np.degrees([one, two])
    bound = selections.edge_energy(z[seen], root_s[seen], *map(float, edges))
    assert seen.sum() > 1000
    assert (E[seen] <= bound * (1 + 1e-12)).all()
    assert (E[seen] / bound).max() > 0.9


def test_the_besiii_energy_thresholds_never_bind():
    root_s = 2.125
    with_thresholds = selections.besiii_advanced()
    windows = CosThetaWindows(((-0.92, -0.86, 0.0), (-0.8, 0.8, 0.0), (0.86, 0.92, 0.0)))
    without = Selection("no thresholds", (windows, with_thresholds.cuts[1]))
    E = np.linspace(1e-3, root_s / 2, 5000)
    width, same = (
        np.diff(chosen.intervals(E, root_s), axis=-1)[..., 0]
        for chosen in (with_thresholds, without)
    )
    np.testing.assert_array_equal(width, same)
    assert width.any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: CosThetaWindows(((0.8, -0.8, 0.025),)), r"windows must ascend .*0\.8, -0\.8"),
        (lambda: CosThetaWindows(((-0.8, 0.8, 0), (0.5, 0.9, 0))), "windows must ascend"),
        (lambda: CosThetaWindows(((-0.8, 1.2, 0.0),)), r"windows .*1\.2"),
        (lambda: CosThetaWindows(((-0.8, 0.8, -1.0),)), r"windows .*-1\.0"),
        (lambda: CosThetaWindows(()), r"windows .*\(\)"),
        (lambda: BeamBackgroundEdge(12.4, 190.0), r"theta_2 must be between 0 and 180 .*190"),
        (lambda: BeamBackgroundEdge(0.0, 150.0), r"theta_1 must be off the beam line, got 0\.0"),
        (lambda: BeamBackgroundEdge(150.0, 12.4), r"theta_1 must be below theta_2, got 150"),
        (lambda: LabAngleWindow((1.0, np.nan), (1.0,), 0.1), "lower .*nan"),
        (lambda: LabAngleWindow((1.0,), (2.0,), 1.0), r"beta .*1\.0"),
        (lambda: EnergyWindow(-1.0, 2.0), r"lowest must be zero or positive, got -1\.0"),
        (lambda: EnergyWindow(2.0, 1.0), r"lowest must be below highest, got 2\.0 and 1\.0"),
        (lambda: EnergyWindow(1.0, np.inf), "highest must be finite, got inf"),
        (lambda: Selection("none", ()), r"cuts must hold at least one cut, got \(\)"),
        (lambda: selections.edge_energy(1.2, 4.0, 20, 160), r"cos_theta .*1\.2"),
    ],
)
def test_bad_cuts_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("name", CUTS)
def test_an_energy_window_cuts_a_piece_out_of_a_selection(name):
    root_s = ROOT_S[name.split("_")[0]]
    whole = getattr(selections, name)()
    low, high = 0.3 * root_s, 0.45 * root_s
    piece = Selection("piece", (*whole.cuts, EnergyWindow(low, high)))
    E, z = np.meshgrid(np.linspace(0.003, root_s / 2, 299), np.linspace(-0.9997, 0.9997, 303))
    ends = piece.intervals(E, root_s)
    inside = ((ends[..., 0] < z[..., None]) & (z[..., None] < ends[..., 1])).any(-1)
    np.testing.assert_array_equal(inside, CUTS[name][0](E, z, root_s) & (low < E) & (E < high))
    assert {low, high} <= set(piece.kinks(root_s))


def test_two_moving_cuts_are_refused():
    edge = BeamBackgroundEdge(20.0, 160.0)
    with pytest.raises(ValueError, match="at most one cut that moves"):
        Selection("two", (edge, edge))
