"""Figs. 1 to 3 of the paper as images: a curve that moves by 3 % is seen.

The images in tests/baseline are drawn with `nudp.plots`, as the chapters do, in ranges in which
the curves run.  Text is left out, since its pixels change with the version of the font engine;
`test_figures.py` looks at what is written.  After a change that is meant they are drawn anew by

    pytest tests/test_images.py -k test_figure_ --mpl-generate-path=tests/baseline

The comparison of pytest-mpl, with --mpl, is done without that option as well.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.testing.compare import compare_images
from matplotlib.testing.decorators import remove_ticks_and_titles

import nudp
from nudp import landscape, plots, searches

BASELINE = Path(__file__).parent / "baseline"
# Root mean square over the pixels, of 255: well below what a curve does that moves by 3 %.
TOLERANCE = 2.0
SHIFT = 1.03
FIGURES = {
    "fig1": (("belle2_low_mass", "belle2_high_mass", "belle2_bbg"), (0.02, 11.0), (1e-6, 1e-4)),
    "fig2": (("besiii", "stcf_2gev", "stcf_4gev", "stcf_7gev"), (0.02, 8.0), (1e-6, 1e-4)),
    "fig3": (
        ("belle2_low_mass", "belle2_bbg", "besiii", "stcf_4gev_30ab"),
        (0.02, 12.0),
        (7e-7, 7e-5),
    ),
}
STYLE = dict(
    style="default",
    backend="agg",
    tolerance=TOLERANCE,
    remove_text=True,
    savefig_kwargs={"dpi": 80, "metadata": {"Software": None}},
)


def image_test(name):
    return pytest.mark.mpl_image_compare(baseline_dir="baseline", filename=f"{name}.png", **STYLE)


def draw(name, shifted=None, factor=1.0):
    """One of the paper's figures, one curve of it moved, if asked."""
    names, masses, couplings = FIGURES[name]
    plots.use_style()
    fig, ax = plt.subplots(figsize=(5.8, 5.0))
    plots.exclusion_axes(ax, m_N=masses, d=couplings)
    ax.set(xlabel="", ylabel="")
    if name == "fig3":
        for bound in landscape.bounds():
            plots.shade_bound(ax, bound)
    m_N = np.geomspace(*masses, 200)
    for search in names:
        d = nudp.upper_limit(getattr(searches, search.upper()), m_N, nudp.PUBLISHED)
        d = d * factor if search == shifted else d
        plots.curve(ax, m_N, d, plots.SEARCH_STYLES[search])
    return fig


@image_test("fig1")
def test_figure_1():
    return draw("fig1")


@image_test("fig2")
def test_figure_2():
    return draw("fig2")


@image_test("fig3")
def test_figure_3():
    return draw("fig3")


# ---- the same comparison, and what it would notice -------------------------------------


def difference(path, name, **changes):
    """What compare_images says of a figure and the baseline: None, or the deviation."""
    with matplotlib.rc_context(), plt.style.context("default", after_reset=True):
        plt.switch_backend(STYLE["backend"])
        fig = draw(name, **changes)
        remove_ticks_and_titles(fig)
        fig.savefig(path / f"{name}.png", **STYLE["savefig_kwargs"])
        plt.close(fig)
    return compare_images(
        str(BASELINE / f"{name}.png"), str(path / f"{name}.png"), TOLERANCE, in_decorator=True
    )


@pytest.mark.parametrize("name", FIGURES)
def test_images_are_as_they_were(tmp_path, name):
    assert difference(tmp_path, name) is None


CURVES = [(name, search) for name, (names, *_) in FIGURES.items() for search in names]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "search"), CURVES)
def test_a_curve_that_moves_is_seen(tmp_path, name, search):
    """Up or down by 3 %, in any of the figures; the image of what differs is kept beside it."""
    for factor in (SHIFT, 1 / SHIFT):
        found = difference(tmp_path, name, shifted=search, factor=factor)
        assert found and found["rms"] > 2 * TOLERANCE
        assert Path(found["diff"]).is_file()


def test_a_missing_curve_is_seen(tmp_path):
    assert difference(tmp_path, "fig3", shifted="besiii", factor=np.inf)["rms"] > 2 * TOLERANCE
