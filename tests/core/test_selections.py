"""Eqs. (8) to (14): intervals and kinks against yes/no functions written apart."""

from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from independent import (
    CUTS,
    ROOT_S_BELLE2,
    cm_edge,
    equation_8,
    equation_14,
    lab_angle,
)
from scipy.optimize import brentq

import nudp
from nudp import _intervals, background, selections
from nudp.beyond.detector import ScaledEnergy
from nudp.quadrature import accepted_nodes
from nudp.selections import (
    AnyOf,
    BeamBackgroundEdge,
    CosThetaWindows,
    EnergyWindow,
    LabAngleWindow,
    Selection,
    as_selection,
    demand_room,
)
from nudp.signal import acceptance

ROOT_S = {"belle2": ROOT_S_BELLE2, "besiii": 4.0}


@pytest.mark.parametrize("name", CUTS)
def test_intervals_say_what_the_yes_no_function_says(name):
    root_s = ROOT_S[name.split("_")[0]]
    E, z = np.meshgrid(np.linspace(0.003, root_s / 2, 499), np.linspace(-0.9997, 0.9997, 503))
    ends = getattr(selections, name)().intervals(E, root_s)
    inside = ((ends[..., 0] < z[..., None]) & (z[..., None] < ends[..., 1])).any(-1)
    np.testing.assert_array_equal(inside, CUTS[name][0](E, z, root_s))


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
        (lambda: CosThetaWindows(((0.1, 0.5),)), r"^windows must be three numbers each, got \(\(0"),
        (lambda: BeamBackgroundEdge(0.0, 150.0), r"theta_1 must be off the beam line, got 0\.0"),
        (lambda: BeamBackgroundEdge(150.0, 12.4), r"theta_1 must be below theta_2, got 150"),
        (lambda: EnergyWindow(2.0, 1.0), r"lowest must be below highest, got 2\.0 and 1\.0"),
        (lambda: Selection("none", ()), r"cuts must hold at least one cut, got \(\)"),
        (
            lambda: selections.edge_energy([0.1, 0.2], [4.0, 5.0, 6.0], 20, 160),
            "^cos_theta, sqrt_s must have shapes",
        ),
        (lambda: EnergyWindow(1.0, 2.0).intervals(-1.0, 4.0), r"^E must be .*-1\.0"),
        (lambda: BeamBackgroundEdge(30, 150).intervals(1.0, -4.0), r"^sqrt_s must be .*-4\.0"),
        (
            lambda: BeamBackgroundEdge(30, 150).intervals([1.0, 2.0], [4.0, 5.0, 6.0]),
            "^E, sqrt_s must have shapes",
        ),
        (lambda: LabAngleWindow((), (1.0,), 0.1), "^lower must be coefficients in a row"),
        (lambda: LabAngleWindow((1.0,), ((1.0,),), 0.1), "^upper must be coefficients in a row"),
        (lambda: selections.besiii_basic().kinks(-4.0), r"^sqrt_s must be .*-4\.0"),
        (lambda: selections.within_range([np.nan], 4.0), "^energies must be finite, got nan"),
        (
            lambda: selections.within_range([[1.0]], 4.0),
            r"^energies must be in a row, got shape \(1, 1\)",
        ),
        (lambda: selections.without_lab_angles([(10.0, 200.0)]), r"^gaps must be .*200\.0"),
        (lambda: selections.without_lab_angles([10.0, 20.0]), "^gaps must be pairs of angles"),
        (
            lambda: selections.without_lab_angles([(10.0, 20.0, 30.0, 40.0)]),
            "^gaps must be pairs of angles",
        ),
        (lambda: selections.without_lab_angles([]), r"^gaps must be pairs of angles, got \[\]"),
        (lambda: selections.lab_angles(20.0, 10.0), r"^lower, upper must ascend, got \[20\.0, 10"),
        (lambda: AnyOf(()), r"^parts must hold at least one cut, got \(\)"),
    ],
)
def test_bad_cuts_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: AnyOf([EnergyWindow(1.0, 2.0)]), "^parts must be a tuple"),
        (lambda: AnyOf(("barrel",)), "^parts must be a Selection, got 'barrel'"),
        (lambda: Selection("list", [EnergyWindow(1.0, 2.0)]), "^cuts must be a tuple"),
        (lambda: Selection(3, (EnergyWindow(1.0, 2.0),)), "^name must be a str, got 3"),
        (lambda: demand_room("basic", 4.0), "^selection must be a Selection, got 'basic'"),
        (lambda: as_selection("basic"), "^cut must be a Selection, got 'basic'"),
        (
            lambda: EnergyWindow(1.0, 2.0) & SimpleNamespace(intervals=EnergyWindow.intervals),
            "unsupported operand",
        ),
        (lambda: SimpleNamespace(kinks=None) | EnergyWindow(1.0, 2.0), "unsupported operand"),
    ],
)
def test_what_is_no_cut_is_a_type_error(call, message):
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize(
    ("cut", "edges"),
    [
        (CosThetaWindows(((-0.5, 0.5, 0.1),)), [0.1]),
        (EnergyWindow(0.1, 1.0), [0.1, 1.0]),
    ],
)
def test_an_energy_at_an_edge_is_outside(cut, edges):
    for edge in edges:
        below, at, above = np.ptp(cut.intervals(edge * np.array([0.99, 1, 1.01]), 4.0), axis=-1)
        assert at == 0
        assert (below > 0) != (above > 0)


def test_windows_that_touch_become_one():
    left, right = CosThetaWindows(((-0.8, 0.3, 0.0),)), CosThetaWindows(((0.3, 0.7, 0.0),))
    ends = (right | left).intervals([0.5, 1.0], 4.0)
    assert sorted(map(tuple, ends[0])) == [(-0.8, 0.7), (0.0, 0.0)]
    np.testing.assert_array_equal(ends[0], ends[1])


def test_a_union_alone_has_the_kinks_of_its_parts():
    edge = BeamBackgroundEdge(30.0, 150.0)
    union = AnyOf((edge, CosThetaWindows(((-0.5, 0.4, 1.5),))))
    crossed = [E for z in (-0.5, 0.4) for E in edge.energies_at(z, 4.0)]
    np.testing.assert_allclose(sorted(union.kinks(4.0)), sorted([4.0 / 3.0, 1.5, *crossed]))
    whole = acceptance(Selection("union", (union,)), 4.0, 1.0, nudp.DIRAC)
    assert acceptance(union, 4.0, 1.0, nudp.DIRAC) == pytest.approx(whole, rel=1e-12)


def test_room_below_the_first_kink_is_room():
    soft = LabAngleWindow((240.0, 0.0), (120.0,), 0.0)  # closes at half a GeV
    assert demand_room(soft, 4.0) is None


def test_a_leading_coefficient_too_small_for_a_root_is_none():
    plain = LabAngleWindow((10.0, 60.0), (-5.0, 120.0), beta=0.0)
    padded = LabAngleWindow((5e-324, 10.0, 60.0), (-5.0, 120.0), beta=0.0)
    np.testing.assert_allclose(padded.kinks(4.0), plain.kinks(4.0), rtol=1e-12)


# ---- where two moving edges cross --------------------------------------------


def brackets(distance, nodes=5):
    """Brackets of the crossings of two edges, whose distance is known, on whole energies."""
    energy = np.arange(float(nodes))[None]
    gap = distance(energy)[:, None, None]
    left, right, _ = _intervals.brackets(energy, gap, lambda E, _i, _j: distance(E))
    return [tuple(map(float, ends)) for ends in zip(left, right, strict=True)]


def test_a_change_of_sign_is_bracketed_by_the_nodes_beside_it():
    assert brackets(lambda E: 1.4 - E) == [(1.0, 2.0)]
    assert brackets(lambda E: E - 2.8) == [(2.0, 3.0)]
    assert brackets(lambda E: 1.4 + E) == []


def test_edges_that_coincide_for_a_while_cross_from_the_last_node_apart():
    def together_from_2_to_3(E):
        return 2 * (np.maximum(2.0 - E, 0.0) - np.maximum(E - 3.0, 0.0))

    assert brackets(together_from_2_to_3, nodes=6) == [(1.0, 4.0)]


def test_rounding_is_no_crossing():
    assert brackets(lambda E: 1e-15 * np.cos(np.pi * E)) == []
    assert brackets(lambda E: np.abs(E - 2.5) - 0.5 + 1e-15 * np.cos(np.pi * E)) == []


@pytest.mark.parametrize("steepness", [2.0, 8.0, 32.0])
def test_crossings_right_above_an_opening_are_found(steepness):
    """An interval opens as a square root; the edge of a window starts above and comes back."""
    edge = BeamBackgroundEdge(30.0, 150.0)
    [opening] = edge.kinks(4.0)
    slope = float(np.rad2deg(steepness))
    start = 90.0 - float(np.rad2deg(0.01)) + slope * opening
    window = LabAngleWindow((-slope, start), (170.0,), beta=0.0)

    def apart(above):
        rim = edge.intervals(opening + above, 4.0)[0, 1]
        return rim - np.cos(np.deg2rad(90.0) - 0.01 - steepness * above)

    kinks = Selection("both", (edge, window)).kinks(4.0)
    for bracket in ((1e-9, 1e-3), (1e-3, 1.5 / steepness)):
        crossing = opening + brentq(apart, *bracket, xtol=1e-14)
        assert np.abs(kinks - crossing).min() < 1e-9


@pytest.mark.parametrize("sign", [1, -1])
def test_two_crossings_between_nodes_show_as_a_dip(sign):
    got = brackets(lambda E: sign * ((E - 2.1) ** 2 - 0.005))
    assert len(got) == 2
    for root, (left, right) in zip(2.1 + 0.005**0.5 * np.array([-1, 1]), got, strict=True):
        assert left < root < right
    assert brackets(lambda E: sign * (E - 2.1) ** 2) == []  # touching
    assert brackets(lambda E: sign * ((E - 2.1) ** 2 + 0.005)) == []


def test_a_crossing_below_all_kinks_is_found():
    moving = LabAngleWindow((100.0, 20.0), (150.0,), 0.0)  # 50 degrees at 0.3 GeV
    still = LabAngleWindow((50.0,), (160.0,), 0.0)
    crossings = _intervals.crossings(moving, still, 4.0)
    assert min(np.abs(np.array(crossings) - 0.3)) < 1e-9


def test_a_crossing_that_is_not_found_is_an_error(monkeypatch):
    pair = LabAngleWindow((100.0, 20.0), (150.0,), 0.0), LabAngleWindow((50.0,), (160.0,), 0.0)
    find_root = _intervals.elementwise.find_root
    monkeypatch.setattr(_intervals.elementwise, "find_root", partial(find_root, maxiter=0))
    with pytest.raises(RuntimeError, match="^a crossing of two edges did not converge$"):
        _intervals.crossings(*pair, 4.0)


# ---- combinations --------------------------------------------------------------


def straight(intervals, z):
    return ((intervals[..., 0] < z) & (z < intervals[..., 1])).any(-1)


def says(cut, E, z, root_s):
    """Yes or no, from what the cut holds; written apart from its intervals."""
    if isinstance(cut, CosThetaWindows):
        return np.any([(lo < z) & (z < hi) & (E > least) for lo, hi, least in cut.windows], axis=0)
    if isinstance(cut, EnergyWindow):
        return (cut.lowest < E) & (cut.highest > E)
    if isinstance(cut, BeamBackgroundEdge):
        return E > equation_8(z, root_s, *np.radians([cut.theta_1, cut.theta_2]))
    angle = lab_angle(E, z, cut.beta)
    return (np.polyval(cut.lower, E) < angle) & (angle < np.polyval(cut.upper, E))


@st.composite
def windows(draw):
    edges = sorted(draw(st.lists(st.integers(-97, 97), min_size=2, max_size=6, unique=True)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    thresholds = st.sampled_from([0.0, 0.4, 1.3])
    return CosThetaWindows(tuple((a / 100, b / 100, draw(thresholds)) for a, b in pairs))


@st.composite
def lab_windows(draw):
    """Two parabolas in the energy, as those of Belle II are."""
    middle, width = draw(st.floats(40, 140)), draw(st.floats(5, 60))
    bends = [draw(st.integers(-2500, 2500)) / 100 for _ in range(4)]
    lower = (bends[0], bends[1], middle - width)
    return LabAngleWindow(lower, (bends[2], bends[3], middle + width), draw(st.floats(-0.5, 0.5)))


LEAVES = st.one_of(
    windows(),
    lab_windows(),
    st.builds(EnergyWindow, st.floats(0, 1.2), st.floats(1.3, 3)),
    st.builds(BeamBackgroundEdge, st.floats(2, 60), st.floats(100, 178)),
)
TREES = st.recursive(
    LEAVES, lambda inner: st.tuples(st.sampled_from("&|"), inner, inner), max_leaves=6
)


def combine(tree, E, z, root_s):
    """The combination, or None if it is refused, and what the parts say about each point."""
    if not isinstance(tree, tuple):
        return tree, says(tree, E, z, root_s)
    sign, *branches = tree
    (first, yes), (second, also) = (combine(branch, E, z, root_s) for branch in branches)
    together = yes & also if sign == "&" else yes | also
    if first is None or second is None:
        return None, together
    try:
        return (first & second if sign == "&" else first | second), together
    except ValueError:
        assert not together.any()  # refused only where no photon passes
        return None, together


@settings(max_examples=150)
@given(TREES, st.integers(0, 2**32 - 1))
def test_a_combination_says_what_its_parts_say(tree, seed):
    rng, root_s = np.random.default_rng(seed), 4.0
    E, z = rng.uniform(0.002, root_s / 2, 4000), rng.uniform(-1, 1, 4000)
    combined, yes = combine(tree, E, z, root_s)
    if combined is not None:
        intervals = combined.intervals(E, root_s)
        np.testing.assert_array_equal(straight(intervals, z[:, None]), yes)
        # no angle is counted twice
        width = np.diff(intervals, axis=-1)[..., 0]
        assert (width >= 0).all()
        order = np.argsort(np.where(width > 0, intervals[..., 0], 2.0), axis=-1)
        lower, upper = (np.take_along_axis(intervals[..., k], order, -1) for k in (0, 1))
        used = np.take_along_axis(width, order, -1) > 0
        assert (lower[:, 1:] >= upper[:, :-1])[used[:, 1:]].all()


def jumps(cuts):
    """Energies at which a fixed cut opens or closes all at once."""
    for cut in cuts:
        if isinstance(cut, CosThetaWindows):
            yield from (threshold for *_, threshold in cut.windows)
        elif isinstance(cut, EnergyWindow):
            yield from (cut.lowest, cut.highest)


def areas(combined, root_s, cuts=()):
    """Accepted area in energy and cos(theta), once by panels and once by brute force."""
    _, _, weight = accepted_nodes(combined, root_s)
    pieces = np.unique(np.clip([0.0, *jumps(cuts), root_s / 2], 0, root_s / 2))
    share = (np.arange(60_000) + 0.5) / 60_000
    total = 0.0
    for low, high in zip(pieces[:-1], pieces[1:], strict=True):
        width = np.diff(combined.intervals(low + (high - low) * share, root_s), axis=-1)
        total += width.sum() * (high - low) / len(share)
    return weight.sum(), total


@settings(max_examples=30)
@given(st.lists(st.one_of(lab_windows(), LEAVES), min_size=2, max_size=4), st.sampled_from("&|"))
def test_panels_of_several_moving_cuts_miss_no_kink(cuts, sign):
    combined = Selection("all", tuple(cuts))
    if sign == "|":
        combined = Selection("any", (AnyOf(tuple(cuts)),))
    root_s = 4.0
    try:
        demand_room(combined, root_s)
    except ValueError:
        E = np.linspace(1e-3, root_s / 2, 5000)
        assert not np.diff(combined.intervals(E, root_s), axis=-1).any()
        return
    exact, brute = areas(combined, root_s, cuts)
    assert exact == pytest.approx(brute, abs=1e-6)


NAMED = ("belle2_bbg", "belle2_low_mass", "belle2_high_mass")


@pytest.mark.parametrize("model", [nudp.PUBLISHED, nudp.DIRAC], ids=lambda model: model.name)
@pytest.mark.parametrize("pair", [(a, b) for a in NAMED for b in NAMED if a < b])
def test_either_and_both_add_up_to_the_two(pair, model):
    """A + B = A|B + A&B, for the signal at any mass and for the background."""
    first, second = (getattr(selections, name)() for name in pair)
    four = first, second, first | second, first & second
    masses = np.array([0.01, 1.0, 5.0, 8.0, 10.5])
    shares = [acceptance(cuts, ROOT_S_BELLE2, masses, model) for cuts in four]
    np.testing.assert_allclose(shares[0] + shares[1], shares[2] + shares[3], rtol=0, atol=1e-9)
    rates = [background.cross_section(cuts, ROOT_S_BELLE2) for cuts in four]
    assert rates[0] + rates[1] == pytest.approx(rates[2] + rates[3], rel=1e-9)
    assert rates[3] < min(rates[:2]) * (1 + 1e-12)


def test_crossings_are_found_to_full_precision_even_in_close_pairs():
    """A flat bound and a parabola that dips just below it: two crossings 1e-5 GeV apart."""
    dip, apart = 1.23456, 5e-6
    flat = LabAngleWindow((60.0,), (120.0,), 0.0)
    bent = LabAngleWindow((40.0,), (30.0, -60 * dip, 120.0 + 30 * (dip**2 - apart**2)), 0.0)
    kinks = (flat & bent).kinks(4.0)
    np.testing.assert_allclose(
        kinks[np.abs(kinks - dip) < 1e-3], [dip - apart, dip + apart], atol=1e-9
    )


def test_touching_and_equal_edges_do_no_harm():
    edge = BeamBackgroundEdge(20.0, 160.0)
    alone = Selection("one", (edge,))
    for twice in (edge & edge, edge | BeamBackgroundEdge(20.0, 160.0)):
        np.testing.assert_array_equal(twice.kinks(4.0), alone.kinks(4.0))
        assert acceptance(twice, 4.0, 1.0, nudp.PUBLISHED) == pytest.approx(
            float(acceptance(alone, 4.0, 1.0, nudp.PUBLISHED)), abs=1e-15
        )
    flat = LabAngleWindow((60.0,), (120.0,), 0.0)
    touching = LabAngleWindow((40.0,), (30.0, -60.0, 150.0), 0.0)  # touches 120 deg at 1 GeV
    both = acceptance(flat & touching, 4.0, 1.0, nudp.PUBLISHED)
    alone = acceptance(Selection("flat", (flat,)), 4.0, 1.0, nudp.PUBLISHED)
    assert both == pytest.approx(float(alone), abs=1e-12)


def test_names_and_cuts_of_combinations():
    low, high = selections.belle2_low_mass(), selections.belle2_high_mass()
    window = EnergyWindow(3.0, 4.0)
    assert (low & window).cuts == (*low.cuts, window)
    assert (low | high | window).cuts == (AnyOf((low, high, window)),)
    assert ((low | high) & window).name == (
        "(Belle II low-mass | Belle II high-mass) & EnergyWindow"
    )
    assert hash(low | high) == hash(low | high)
    with pytest.raises(TypeError, match="unsupported operand"):
        low & 3.0
    with pytest.raises(TypeError, match="unsupported operand"):
        low | "high"
    with pytest.raises(TypeError, match="unsupported operand"):
        3.0 & low
    with pytest.raises(TypeError, match="unsupported operand"):
        "high" | low


class Tilted:
    """A cut from outside the package: no closed form of its crossings."""

    name = "tilted"

    def intervals(self, E, sqrt_s):
        """One window whose upper end rises with the energy."""
        upper = np.clip(0.2 * np.asarray(E, dtype=float), -1, 1)
        return np.stack([np.full_like(upper, -0.7), upper], axis=-1)[..., None, :]

    def kinks(self, sqrt_s):
        """The upper end stops at the beam line."""
        return [5.0]


def test_a_cut_of_ones_own_is_combined_like_any_other():
    fixed = CosThetaWindows(((-0.5, 0.3, 0.1),))
    # its edge passes 0.3 at 1.5 GeV, and -0.5 never
    np.testing.assert_allclose((fixed & Tilted()).kinks(4.0), [0.1, 1.5], atol=1e-12)
    # on the left it is asked first, and knows no & or |
    tilted = Tilted()
    assert (tilted & fixed).cuts == (tilted, fixed)
    assert (tilted | fixed).cuts == (AnyOf((tilted, fixed)),)
    scaled = ScaledEnergy(selections.besiii_advanced(), 1.01)
    assert (scaled & fixed).cuts == (scaled, fixed)
    exact, brute = areas(Selection("both", (Tilted(), BeamBackgroundEdge(20.0, 170.0))), 4.0)
    assert exact == pytest.approx(brute, abs=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: EnergyWindow(1.0, 2.0) & EnergyWindow(2.0, 3.0),
            r"EnergyWindow\(lowest=1\.0.* and 'EnergyWindow\(lowest=2\.0.* no photon in common",
        ),
        (
            lambda: selections.besiii_basic() & CosThetaWindows(((0.81, 0.85, 0.0),)),
            "'BESIII basic' and 'CosThetaWindows.* no photon in common",
        ),
        (
            lambda: (
                (EnergyWindow(0.0, 0.04) | EnergyWindow(0.01, 0.05))
                & CosThetaWindows(((0.0, 0.5, 0.06),))
            ),
            "no photon in common at any energy",
        ),
        (lambda: selections.without_lab_angles([(0, 180)]), r"gaps must leave something"),
        (
            lambda: demand_room(selections.besiii_advanced() & EnergyWindow(0.1, 0.9), 4.0),
            (
                r"'BESIII advanced & EnergyWindow' accepts nothing at 4 GeV: no photon passes "
                r"BeamBackgroundEdge.* and EnergyWindow"
            ),
        ),
        (lambda: demand_room(EnergyWindow(4.0, 5.0), 4.0), "no photon passes EnergyWindow"),
    ],
)
def test_no_room_says_so(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_without_room_nothing_is_accepted_and_no_limit_reached():
    empty = selections.besiii_advanced() & EnergyWindow(0.1, 0.9)
    assert acceptance(empty, 4.0, 1.0, nudp.PUBLISHED) == 0
    assert background.cross_section(empty, 4.0) == 0
    search = replace(nudp.searches.STCF_4GEV, selection=empty)
    assert nudp.upper_limit(search, 1.0, nudp.PUBLISHED) == np.inf


# ---- detectors in the lab ------------------------------------------------------


@given(st.floats(1, 80), st.floats(90, 179), st.floats(-0.9, 0.9))
def test_lab_angles_are_those_of_a_boosted_ray(first, last, beta):
    window = selections.lab_angles(first, last, beta)
    z = np.random.default_rng(3).uniform(-1, 1, 500)
    theta = lab_angle(1.0, z, beta)
    yes = straight(window.intervals(np.ones(500), 4.0), z[:, None])
    np.testing.assert_array_equal(yes, (first < theta) & (theta < last))
    gaps = [(first, (first + last) / 2), (last, 180.0)]
    yes = straight(
        selections.without_lab_angles(gaps, beta).intervals(np.ones(500), 4.0), z[:, None]
    )
    outside = (theta < first) | ((theta > gaps[0][1]) & (theta < last))
    np.testing.assert_array_equal(yes, outside)


def test_gaps_and_what_they_leave_make_the_whole():
    whole = selections.belle2_bbg()
    left = whole & selections.without_lab_angles(
        selections.BELLE2_ECL_GAPS, selections.BELLE2_BOOST
    )
    lost = [
        whole & selections.lab_angles(*gap, selections.BELLE2_BOOST)
        for gap in selections.BELLE2_ECL_GAPS
    ]
    parts = [acceptance(cuts, ROOT_S_BELLE2, 1.0, nudp.DIRAC) for cuts in (left, *lost)]
    assert sum(parts) == pytest.approx(
        float(acceptance(whole, ROOT_S_BELLE2, 1.0, nudp.DIRAC)), abs=1e-12
    )
    assert min(parts) > 0


def test_the_lab_edges_make_the_bbg_cut_of_belle2():
    edge = selections.beam_background_edge(12.4, 155.1, 3 / 11)
    expected = np.degrees([cm_edge(12.4), cm_edge(155.1)])
    assert [edge.theta_1, edge.theta_2] == pytest.approx(expected, abs=1e-9)
    ecl = selections.lab_angles(*selections.BELLE2_ECL_RANGE, selections.BELLE2_BOOST)
    assert selections.belle2_basic().cuts == (ecl,)


# ---- ends of what can be asked for ------------------------------------------------------


def test_windows_may_be_whole_numbers():
    got = CosThetaWindows(((0, 1, 0),)).intervals(np.array([0.5, 1.0]), 4.0)
    assert got.dtype == float
    np.testing.assert_array_equal(got, [[[0.0, 1.0]], [[0.0, 1.0]]])


def test_a_photon_without_energy_is_kept_out_without_a_warning():
    ends = BeamBackgroundEdge(20.0, 160.0).intervals(np.array([0.0, 1.9]), 4.0)
    assert np.ptp(ends[0]) == 0.0
    assert np.ptp(ends[1]) > 1.0


def test_an_angle_below_the_beam_line_is_the_beam_line():
    """A parabola may run below 0 degrees; its cosine must not come back."""
    [[lower, upper]] = LabAngleWindow((-30.0,), (60.0,), 0.0).intervals(1.0, 4.0)
    assert (lower, upper) == pytest.approx((0.5, 1.0), abs=1e-15)
