"""Bounds of one's own: checked when they are made, right from whatever end they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nudp import landscape, plots
from nudp.landscape import Bound

CURVE = [0.1, 0.5, 1.0, 2.0], [4e-6, 2e-6, 1e-6, 3e-6]
# round a region: lower side out, upper side back
REGION = [0.1, 0.5, 2.0, 1.0, 0.3], [2e-6, 1e-6, 2e-6, 9e-6, 8e-6]
POINTS = np.meshgrid(np.geomspace(0.05, 4.0, 31), np.geomspace(3e-7, 3e-5, 37))


def bound(m_N, d, closed=False, flavours=("mu",), key="mine", level=0.95):
    return Bound(key, "Mine", flavours, m_N, d, closed, level)


def test_a_curve_may_come_from_heavy_to_light():
    there, back = bound(*CURVE), bound(*(row[::-1] for row in CURVE))
    assert back.excludes(0.7, 2e-6) and not back.excludes(0.7, 1e-6)
    np.testing.assert_array_equal(there.excludes(*POINTS), back.excludes(*POINTS))
    assert (np.diff(back.m_N) > 0).all()


@given(start=st.integers(0, 4), backwards=st.booleans(), repeated=st.booleans())
def test_a_region_may_begin_anywhere(start, backwards, repeated):
    m_N, d = (np.roll(row, -start) for row in REGION)
    if backwards:
        m_N, d = m_N[::-1], d[::-1]
    if repeated:
        m_N, d = np.append(m_N, m_N[0]), np.append(d, d[0])
    moved, plain = bound(m_N, d, closed=True), bound(*REGION, closed=True)
    np.testing.assert_array_equal(moved.excludes(*POINTS), plain.excludes(*POINTS))
    assert moved.excludes(0.5, 3e-6)
    assert not moved.excludes(0.5, [5e-7, 2e-5]).any()
    assert (moved.m_N[0], moved.d[0]) == (moved.m_N[-1], moved.d[-1])


def test_the_bounds_of_the_package_are_as_in_their_tables():
    for known in landscape.bounds():
        again = bound(known.m_N[::-1], known.d[::-1], known.closed)
        m_N = np.geomspace(known.m_N.min(), known.m_N.max(), 50)
        np.testing.assert_array_equal(again.limit(m_N), known.limit(m_N))


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        (dict(m_N=[0.1, 0.5, 0.3, 1.0]), ValueError, "m_N must ascend or descend all along"),
        (dict(m_N=[0.1, 0.1, 0.3, 1.0]), ValueError, "m_N must ascend or descend all along"),
        (dict(d=[1e-6, np.nan, 1e-6, 1e-6]), ValueError, "d must be finite, got nan"),
        (dict(d=[1e-6, 0.0, 1e-6, 1e-6]), ValueError, "d must be positive, got 0.0"),
        (
            dict(m_N=[100.0, 500.0, 1e3, 2e3]),
            ValueError,
            "m_N must be at most 1000 GeV, got 2000.0",
        ),
        (dict(d=[1e5, 1e5, 2e5, 1e5]), ValueError, "d must be at most 1 GeV.-1, got 200000.0"),
        (dict(m_N=[0.1, 0.5]), ValueError, "m_N and d must be two equally long rows"),
        (dict(flavours="mu"), TypeError, r"flavours must be a tuple such as .*, got 'mu'"),
        (dict(flavours=("muon",)), ValueError, "flavours must be one of e, mu, tau, got 'muon'"),
        (dict(flavours=()), ValueError, "flavours must hold one flavour at least"),
        (dict(flavours=("e", "e")), ValueError, "flavours must hold one flavour at least"),
        (dict(level=95), ValueError, "confidence_level must be above 0 and at most 1, got 95"),
        (dict(closed=1), TypeError, "closed must be a bool, got 1"),
        (dict(key=None), TypeError, "key must be a str, got None"),
        (
            dict(m_N=[0.1, 1.0, 0.5, 2.0], closed=True),
            ValueError,
            "m_N must go once to the heaviest point of a closed region and back",
        ),
        (dict(m_N=[0.1] * 4, closed=True), ValueError, "m_N must differ round a closed region"),
    ],
)
def test_a_bound_that_cannot_answer_is_refused(fields, error, message):
    with pytest.raises(error, match=message) as caught:
        bound(**{"m_N": CURVE[0], "d": CURVE[1], **fields})
    assert len(str(caught.value)) < 300


def test_a_long_outline_makes_a_short_message():
    with pytest.raises(ValueError, match="m_N must ascend") as caught:
        bound(np.r_[1.0, np.linspace(0.1, 2.0, 5000)], np.full(5001, 1e-6))
    assert len(str(caught.value)) < 200


def test_a_curve_from_heavy_to_light_has_its_label_on_it():
    fig, ax = plt.subplots()
    plots.exclusion_axes(ax)
    heights = []
    for step in (1, -1):
        line = plots.curve(ax, CURVE[0][::step], CURVE[1][::step], plots.SEARCH_STYLES["besiii"])
        heights.append(plots.annotate_curve(ax, line, at=0.7).xy[1])
    assert heights[1] == pytest.approx(heights[0])
    assert 1e-6 < heights[0] < 2e-6
    line = plots.curve(ax, [0.1, 2.0, 0.5], [1e-6, 1e-6, 2e-6], plots.SEARCH_STYLES["besiii"])
    with pytest.raises(ValueError, match="line must have one height at each mass"):
        plots.annotate_curve(ax, line, at=0.7)
    plt.close(fig)


# ---- in the landscape and in figures ----------------------------------------------------


def test_bounds_from_outside_count():
    mine = bound([0.1, 3.0], [5e-7, 5e-7], flavours=("tau",))
    every = [*landscape.bounds(), mine]
    assert not landscape.excluded(1.0, 1e-6, "tau")
    assert landscape.excluded(1.0, 1e-6, "tau", bounds=every)
    assert not landscape.excluded(1.0, 1e-6, "e", bounds=every)  # it is not about nu_e
    again = landscape.excluded(*POINTS, "mu", bounds=landscape.bounds())
    np.testing.assert_array_equal(again, landscape.excluded(*POINTS, "mu"))
    assert not landscape.excluded(*POINTS, "mu", bounds=[]).any()
    curve = [0.1, 1.0, 10.0], [1e-6] * 3
    [ground] = landscape.unexplored(curve, "tau", bounds=every)
    assert ground.low == pytest.approx(3.0) and ground.high == pytest.approx(10.0)
    [ground] = landscape.unexplored(curve, "tau", bounds=[])
    assert ground.lead == np.inf


@pytest.mark.parametrize("wrong", ["mine", 3.0, [1.0], landscape.bounds()[0]])
def test_what_is_no_bound_is_refused(wrong):
    with pytest.raises(TypeError, match="bounds must be"):
        landscape.excluded(1.0, 1e-6, "tau", bounds=wrong)


def test_a_bound_without_a_style_is_drawn():
    fig, ax = plt.subplots()
    plots.exclusion_axes(ax)
    plots.shade_bound(ax, bound(*CURVE))
    plots.shade_bound(ax, bound(*REGION, closed=True), color="red")
    assert len(ax.lines) == 2 and ax.lines[1].get_color() == "red"
    assert ax.lines[0].get_color() == plots.OWN_BOUND_STYLE["color"]
    plt.close(fig)
