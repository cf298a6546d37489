"""data/figures holds what nudp gives today, and the plots show it.

With --mpl the paper's figures are compared with the images in tests/core/baseline, in which a curve
that moves by 3 % is seen.  Text is left out, since its pixels change with the version of the font
engine.  After a change that is meant they are drawn anew by

    pytest tests/core/test_plots.py -k of_the_paper --mpl-generate-path=tests/core/baseline
"""

import csv
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

import nudp
from nudp import landscape, plots, searches

matplotlib.use("agg")

FIGURES = Path(__file__).resolve().parents[2] / "data" / "figures"
CURVES = {
    "fig1": ["belle2_low_mass", "belle2_high_mass", "belle2_bbg"],
    "fig2": ["besiii", "stcf_2gev", "stcf_4gev", "stcf_7gev"],
    "fig3": ["belle2_low_mass", "belle2_bbg", "besiii", "stcf_4gev_30ab"],
}


@pytest.fixture
def ax():
    fig, ax = plt.subplots()
    yield ax
    plt.close(fig)


@pytest.mark.parametrize("name", CURVES)
def test_curves_are_recomputed(name):
    lines = (FIGURES / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    comments = [line for line in lines if line.startswith("#")]
    header, *rows = csv.reader(line for line in lines if not line.startswith("#"))
    assert header == ["m_N", *CURVES[name]]
    assert f"# nudp {nudp.__version__}" in comments
    assert "# signal model: PUBLISHED" in comments
    assert any("GeV^-1" in line for line in comments)
    table = np.array(rows, dtype=float)
    assert len(table) == 200
    for column, curve in zip(CURVES[name], table.T[1:], strict=True):
        search = getattr(searches, column.upper())
        # the file keeps eight digits of mass and limit
        np.testing.assert_allclose(
            nudp.upper_limit(search, table[:, 0], nudp.PUBLISHED), curve, rtol=1e-6
        )


def test_every_search_has_a_style_and_every_style_a_search():
    named = {name.lower() for name in searches.__all__ if name.isupper()}
    assert set(plots.SEARCH_STYLES) == named
    looks = [(style["color"], str(style["linestyle"])) for style in plots.SEARCH_STYLES.values()]
    assert len(set(looks)) == len(looks)


def test_every_bound_has_a_style():
    assert set(plots.BOUND_STYLES) == {bound.key for bound in landscape.bounds()}


def test_models_do_not_borrow_the_colour_of_a_search():
    models = {style["color"] for style in plots.MODEL_STYLES.values()}
    assert set(plots.MODEL_STYLES) == {"TEXT", "PUBLISHED", "DIRAC", "MAJORANA"}
    assert not models & {style["color"] for style in plots.SEARCH_STYLES.values()}


def test_a_curve_draws_the_finite_limits(ax):
    line = plots.curve(ax, [1.0, 2.0, 3.0], [1e-5, 2e-5, np.inf], plots.SEARCH_STYLES["besiii"])
    np.testing.assert_array_equal(np.isnan(line.get_ydata()), [False, False, True])
    with pytest.raises(ValueError, match=r"at must lie on the curve, got 9\.0"):
        plots.annotate_curve(ax, line, at=9.0)


def test_a_label_stands_on_its_curve(ax):
    plots.exclusion_axes(ax)
    line = plots.curve(ax, [0.1, 1.0], [1e-4, 1e-6], plots.SEARCH_STYLES["besiii"])
    label = plots.annotate_curve(ax, line, at=0.1**0.5)
    # half-way on logarithmic axes
    assert label.xy[1] == pytest.approx(1e-5)
    assert label.get_color() == line.get_color()


def test_a_bound_is_shaded_above_its_line(ax):
    plots.exclusion_axes(ax)
    [donut] = [bound for bound in landscape.bounds() if bound.key == "donut"]
    plots.shade_bound(ax, donut)
    [region] = ax.collections
    corners = region.get_paths()[0].vertices
    assert corners[:, 1].min() == pytest.approx(donut.d.min())
    assert corners[:, 1].max() == pytest.approx(ax.get_ylim()[1])
    assert corners[:, 0].max() == pytest.approx(0.3)


def test_a_closed_region_is_shaded_inside(ax):
    plots.exclusion_axes(ax, m_N=(1e-3, 1), d=(1e-11, 1e-6))
    [supernova] = [bound for bound in landscape.bounds() if bound.closed and "e" in bound.flavours]
    plots.shade_bound(ax, supernova, alpha=0.2)
    [patch] = ax.patches
    assert patch.get_path().vertices[:, 1].max() == pytest.approx(supernova.d.max())
    assert patch.get_alpha() == 0.2


@pytest.mark.parametrize("convention", landscape.CONVENTIONS)
def test_the_right_hand_axis_reads_another_convention(ax, convention):
    plots.exclusion_axes(ax, d=(1e-7, 1e-3))
    right = plots.coupling_axis(ax, convention)
    ax.figure.canvas.draw()
    assert right.get_ylabel() == plots.COUPLING_LABELS[convention]
    ends = landscape.convert([1e-7, 1e-3], "d", convention)
    np.testing.assert_allclose(sorted(right.get_ylim()), sorted(ends), rtol=1e-6)


def test_style_is_readable():
    with matplotlib.rc_context():
        plots.use_style()
        assert plt.rcParams["font.size"] >= 11


# ---- the paper's figures as images ---------------------------------------------------

RANGES = {
    "fig1": ((0.02, 11.0), (1e-6, 1e-4)),
    "fig2": ((0.02, 8.0), (1e-6, 1e-4)),
    "fig3": ((0.02, 12.0), (7e-7, 7e-5)),
}


def image_test(name):
    return pytest.mark.mpl_image_compare(
        baseline_dir="baseline",
        filename=f"{name}.png",
        style="default",
        backend="agg",
        tolerance=2.0,  # root mean square over the pixels, of 255
        remove_text=True,
        savefig_kwargs={"dpi": 80, "metadata": {"Software": None}},
    )


def drawn(name):
    masses, couplings = RANGES[name]
    plots.use_style()
    fig, ax = plt.subplots(figsize=(5.8, 5.0))
    plots.exclusion_axes(ax, m_N=masses, d=couplings)
    ax.set(xlabel="", ylabel="")
    for bound in landscape.bounds() if name == "fig3" else ():
        plots.shade_bound(ax, bound)
    m_N = np.geomspace(*masses, 200)
    for search in CURVES[name]:
        d = nudp.upper_limit(getattr(searches, search.upper()), m_N, nudp.PUBLISHED)
        plots.curve(ax, m_N, d, plots.SEARCH_STYLES[search])
    return fig


@image_test("fig1")
def test_figure_1_of_the_paper():
    return drawn("fig1")


@image_test("fig2")
def test_figure_2_of_the_paper():
    return drawn("fig2")


@image_test("fig3")
def test_figure_3_of_the_paper():
    return drawn("fig3")
