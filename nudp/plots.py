"""One look for every figure: a colour and a line style a search, and the exclusion plot.

The only module that plots; it needs matplotlib, which `import nudp` does not.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nudp import _checks
from nudp.landscape import Bound, convert

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from matplotlib.axes._secondary_axes import SecondaryAxis
    from matplotlib.text import Annotation
    from numpy.typing import ArrayLike

    from nudp.typing import FloatArray

__all__ = [
    "BOUND_STYLES",
    "COUPLING_LABELS",
    "MODEL_STYLES",
    "OWN_BOUND_STYLE",
    "SEARCH_STYLES",
    "annotate_curve",
    "coupling_axis",
    "curve",
    "exclusion_axes",
    "shade_bound",
    "use_style",
]

# Okabe-Ito: distinct for the usual kinds of colour blindness; line styles differ as well
_BLUE, _GREEN, _ORANGE, _VERMILION, _PURPLE, _SKY = (
    "#0072B2",
    "#009E73",
    "#B87A00",
    "#D55E00",
    "#AA4C86",
    "#3A93C9",
)

#: Line of each search, by its name in data/figures.
SEARCH_STYLES = {
    "belle2_low_mass": dict(color=_BLUE, linestyle="-", label="Belle II, low-mass cut"),
    "belle2_high_mass": dict(color=_SKY, linestyle="--", label="Belle II, high-mass cut"),
    "belle2_bbg": dict(color=_BLUE, linestyle="-.", label="Belle II, bBG cut, no gBG"),
    "besiii": dict(color=_GREEN, linestyle=":", label="BESIII"),
    "stcf_2gev": dict(color=_ORANGE, linestyle="--", label="STCF 2 GeV"),
    "stcf_4gev": dict(color=_VERMILION, linestyle="-", label="STCF 4 GeV"),
    "stcf_7gev": dict(color=_PURPLE, linestyle="-.", label="STCF 7 GeV"),
    "stcf_4gev_30ab": dict(
        color=_VERMILION, linestyle=(0, (5, 1, 1, 1, 1, 1)), label="STCF 4 GeV, 30 ab$^{-1}$"
    ),
}

#: Line of each signal model; colours that no search uses.
MODEL_STYLES = {
    "TEXT": dict(color="#882255", linestyle=":", label="TEXT"),
    "PUBLISHED": dict(color="#000000", linestyle="-", label="PUBLISHED"),
    "DIRAC": dict(color="#332288", linestyle="--", label="DIRAC"),
    "MAJORANA": dict(color="#7A7A1F", linestyle="-.", label="MAJORANA"),
}

#: Shade of each existing bound, by its key in data/bounds.toml: greys where it holds for
#: every flavour, else a colour a flavour.
BOUND_STYLES = {
    "borexino": dict(color="#8C8C8C", alpha=0.45),
    "xenon1t": dict(color="#A6A6A6", alpha=0.45),
    "sn1987a": dict(color="#6E6E6E", alpha=0.40),
    "lep_with_z": dict(color="#BBBBBB", alpha=0.45),
    "lep_photon_only": dict(color="#888888", alpha=0.45),
    "lsnd": dict(color="#A8A06A", alpha=0.55),
    "charm2": dict(color="#7FB8DE", alpha=0.50),
    "miniboone": dict(color="#5B9BC7", alpha=0.45),
    "nomad": dict(color="#3D7FB0", alpha=0.40),
    "donut": dict(color="#DDA0B8", alpha=0.60),
}

#: Shade of a bound that `BOUND_STYLES` does not know, such as one's own.
OWN_BOUND_STYLE = dict(color="#C9A227", alpha=0.45)

#: Labels of the coupling axis, by convention of `nudp.landscape.convert`.
COUPLING_LABELS = {
    "d": r"$d$ [GeV$^{-1}$]",
    "mu": r"$\mu = 2d$ [GeV$^{-1}$]",
    "mu_B": r"$\mu$ [$\mu_B$]",
    "Lambda": r"$\Lambda = 1/d$ [GeV]",
}


def use_style() -> None:
    """Set the look of every figure of the book, for the running session.

    Examples
    --------
    >>> use_style()
    """
    plt.rcParams.update(
        {
            "figure.figsize": (6.4, 4.6),
            "figure.dpi": 110,
            "savefig.dpi": 200,
            "figure.constrained_layout.use": True,
            "font.size": 12,
            "axes.labelsize": 13,
            "axes.titlesize": 12,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.alpha": 0.25,
            "grid.linewidth": 0.6,
            "lines.linewidth": 2.0,
            "legend.frameon": False,
            "legend.fontsize": 11,
            "image.cmap": "cividis",
        }
    )


def curve(
    ax: Axes, m_N: ArrayLike, d: ArrayLike, style: Mapping[str, Any], **changes: Any
) -> Line2D:
    """Draw one limit curve.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where.
    m_N : array_like
        Masses [GeV].
    d : array_like
        Limits [GeV^-1]; inf leaves a gap.
    style : dict
        An entry of `SEARCH_STYLES` or `MODEL_STYLES`.
    **changes
        Line properties that differ from the style.

    Returns
    -------
    matplotlib.lines.Line2D
        The line.

    Examples
    --------
    >>> fig, ax = plt.subplots()
    >>> curve(ax, [0.1, 1.0], [2e-5, 1e-5], SEARCH_STYLES["besiii"]).get_label()
    'BESIII'
    >>> plt.close(fig)
    """
    _checks.instance("ax", ax, Axes)
    _checks.instance("style", style, dict)
    mass, coupling = _checks.positive("m_N", m_N), _checks.positive_or_inf("d", d)
    _checks.shapes_fit(m_N=mass, d=coupling)
    limit = np.where(np.isfinite(coupling), coupling, np.nan)
    (line,) = ax.plot(mass, limit, **{**style, **changes})
    return line


def annotate_curve(
    ax: Axes,
    line: Line2D,
    at: float,
    text: str | None = None,
    offset: tuple[float, float] = (0, 6),
    **changes: Any,
) -> Annotation:
    """Write the name of a curve beside it, in its colour.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where.
    line : matplotlib.lines.Line2D
        The curve.
    at : float
        Abscissa of the label [units of the axis].
    text : str, optional
        What to write; by default the label of the line.
    offset : (float, float), optional
        Shift from the curve [points].
    **changes
        Text properties that differ.

    Returns
    -------
    matplotlib.text.Annotation
        The label.

    Raises
    ------
    ValueError
        If the abscissa is outside the curve, or the curve goes to and fro.

    Examples
    --------
    >>> fig, ax = plt.subplots()
    >>> line = curve(ax, [0.1, 1.0], [2e-5, 1e-5], SEARCH_STYLES["besiii"])
    >>> annotate_curve(ax, line, at=0.5).get_text()
    'BESIII'
    >>> plt.close(fig)
    """
    _checks.instance("ax", ax, Axes)
    _checks.instance("line", line, Line2D)
    _checks.number("at", at)
    x, y = (np.asarray(values, dtype=float) for values in line.get_data())
    drawn = np.isfinite(y)
    if not x[drawn].min() <= at <= x[drawn].max():
        raise ValueError(f"at must lie on the curve, got {at!r}")
    # straight between the points as the axes show them, logarithmic or not
    to_axes, from_axes = ax.transScale, ax.transScale.inverted()
    shown = to_axes.transform(np.column_stack([x[drawn], y[drawn]]))
    if shown[0, 0] > shown[-1, 0]:  # from heavy to light
        shown = shown[::-1]
    if (np.diff(shown[:, 0]) < 0).any():
        raise ValueError(f"line must have one height at each mass, got {line!r}")
    across = to_axes.transform((at, y[drawn][0]))[0]
    height = from_axes.transform((across, np.interp(across, *shown.T)))[1]
    look = dict(color=line.get_color(), ha="center", va="bottom", fontsize=12)
    return ax.annotate(
        str(line.get_label()) if text is None else text,
        (at, height),
        xytext=offset,
        textcoords="offset points",
        **{**look, **changes},
    )


def exclusion_axes(
    ax: Axes, m_N: tuple[float, float] = (0.01, 12.0), d: tuple[float, float] = (5e-7, 1e-3)
) -> None:
    """Give axes the scales, ranges and labels of an exclusion plot.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where.
    m_N : (float, float), optional
        Range of masses [GeV].
    d : (float, float), optional
        Range of couplings [GeV^-1].

    Examples
    --------
    >>> fig, ax = plt.subplots()
    >>> exclusion_axes(ax)
    >>> ax.get_xscale()
    'log'
    >>> plt.close(fig)
    """
    _checks.instance("ax", ax, Axes)
    for name, ends in (("m_N", m_N), ("d", d)):
        if not np.all(np.diff(_checks.positive(name, ends)) > 0) or np.shape(ends) != (2,):
            raise ValueError(f"{name} must be a lower and an upper end, got {ends!r}")
    ax.set(
        xscale="log",
        yscale="log",
        xlim=m_N,
        ylim=d,
        xlabel=r"$m_N$ [GeV]",
        ylabel=r"$d$ [GeV$^{-1}$]",
    )


def coupling_axis(ax: Axes, convention: str) -> SecondaryAxis:
    r"""Add an axis on the right that reads the coupling in another convention.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes with d [GeV^-1] on the left, logarithmic.
    convention : str
        One of `nudp.landscape.CONVENTIONS`.

    Returns
    -------
    matplotlib.axes.Axes
        The axis on the right.

    Raises
    ------
    ValueError
        If the convention is unknown.

    Examples
    --------
    >>> fig, ax = plt.subplots()
    >>> exclusion_axes(ax)
    >>> coupling_axis(ax, "mu_B").get_ylabel()
    '$\\mu$ [$\\mu_B$]'
    >>> plt.close(fig)
    """
    _checks.instance("ax", ax, Axes)
    _checks.choice("convention", convention, COUPLING_LABELS)
    there = partial(_tick, source="d", target=convention)
    back = partial(_tick, source=convention, target="d")
    right = ax.secondary_yaxis("right", functions=(there, back))
    right.set_ylabel(COUPLING_LABELS[convention])
    return right


def shade_bound(ax: Axes, bound: Bound, **changes: Any) -> None:
    """Shade what a bound excludes: the inside of a region, or all up to the top of the axes.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes with their ranges set.
    bound : nudp.landscape.Bound
        The bound.
    **changes
        Properties of the shade that differ from `BOUND_STYLES`, or from `OWN_BOUND_STYLE`
        for a bound of one's own.

    Examples
    --------
    >>> from nudp.landscape import bounds
    >>> fig, ax = plt.subplots()
    >>> exclusion_axes(ax)
    >>> shade_bound(ax, bounds()[0])
    >>> plt.close(fig)
    """
    _checks.instance("ax", ax, Axes)
    _checks.instance("bound", bound, Bound)
    look = {**BOUND_STYLES.get(bound.key, OWN_BOUND_STYLE), **changes}
    if bound.closed:
        ax.fill(bound.m_N, bound.d, linewidth=0, zorder=0.5, **look)
    else:
        top = ax.get_ylim()[1]
        ax.fill_between(bound.m_N, bound.d, max(top, bound.d.max()), lw=0, zorder=0.5, **look)
    # the outline keeps one shade apart from the next
    ax.plot(bound.m_N, bound.d, color=look["color"], linewidth=1.0, zorder=0.6)


def _tick(value: ArrayLike, source: str, target: str) -> FloatArray:
    # matplotlib asks for limits before they are set: only positive ones mean anything
    value = np.asarray(value, dtype=float)
    good = value > 0
    return np.where(good, convert(np.where(good, value, 1.0), source, target), np.nan)
