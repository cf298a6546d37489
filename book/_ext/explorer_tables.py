r"""Tables for pages that compute in the browser: all that a limit needs, apart from d.

At Belle II, BESIII and STCF the coupling enters as :math:`S_i = s_i d^2 (1 - e^{-w k_i d^2})`
alone, with a radiated photon as the tag :math:`+\,c\,t_i d^2 e^{-w k_i d^2}`, so a page can move a
limit with tables of s, k and t and a few lines of its own.  `tables` gives dictionaries of lists,
numbers and strings that `json.dumps` takes:

``version``
    of nudp.
``threshold``
    of chi^2 where no confidence level is asked for [1].
``right_handed``
    irreducible background of right-handed electrons over that of unpolarised ones [1].
``models``
    ``name: {charge_modes, decay, width_factor}``, as `nudp.signal.SignalModel`: c, w.
``searches``
    ``key: {...}``, as `search_table` describes.
``photons``
    ``key: {...}``, as `photon_table` describes.
``bounds``
    ``[{key, name, flavours, closed, m_N, d}, ...]``, as `nudp.landscape.Bound`.

With an integrated luminosity L' in place of L, signal and both backgrounds scale by L'/L; with
another photon efficiency, signal and irreducible background do; with another detector length,
the decay does.  Electrons of polarisation P multiply the irreducible background by
:math:`1 + P(R - 1)`, R that of right-handed ones, and leave the signal alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

import nudp
from nudp import _checks, background, landscape, limits, searches
from nudp.beyond import radiation
from nudp.selections import within_range
from nudp.signal import DIRAC, MAJORANA, PUBLISHED, TEXT, SignalModel, acceptance

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike

    from nudp.searches import Search
    from nudp.typing import FloatArray

__all__ = [
    "MODELS",
    "SEARCHES",
    "mass_grid",
    "photon_table",
    "search_table",
    "tables",
]

#: Signal models by name.
MODELS = {model.name: model for model in (TEXT, PUBLISHED, DIRAC, MAJORANA)}

#: Searches by the key of `nudp.plots.SEARCH_STYLES`, each as its runs.
SEARCHES = {
    "belle2_low_mass": (searches.BELLE2_LOW_MASS,),
    "belle2_high_mass": (searches.BELLE2_HIGH_MASS,),
    "belle2_bbg": (searches.BELLE2_BBG,),
    "besiii": searches.BESIII,
    "stcf_2gev": (searches.STCF_2GEV,),
    "stcf_4gev": (searches.STCF_4GEV,),
    "stcf_7gev": (searches.STCF_7GEV,),
    "stcf_4gev_30ab": (searches.STCF_4GEV_30AB,),
}

_LIGHTEST = 0.01  # GeV


def mass_grid(runs: Iterable[Search], lightest: float = _LIGHTEST) -> FloatArray:
    """Masses for the tables of one search: even in the logarithm, closer near threshold.

    Parameters
    ----------
    runs : iterable of Search
        The runs.
    lightest : float, optional
        First mass [GeV].

    Returns
    -------
    ndarray
        Masses of four digits or fewer, so that a page shows them as they are [GeV].

    Raises
    ------
    ValueError
        If the first mass is not positive and below half the highest energy.

    Examples
    --------
    >>> grid = mass_grid([searches.STCF_4GEV])
    >>> float(grid[0]), 1.0 in grid, float(grid[-1])
    (0.01, True, 3.996)
    """
    top = max(run.sqrt_s for run in searches.runs_of(runs, "runs"))
    first = _checks.number("lightest", lightest, _checks.positive)
    if not first < top / 2:
        raise ValueError(f"lightest must be below half of {top:g} GeV, got {lightest!r}")
    even = _rounded(np.geomspace(first, 0.9 * top, 120), 3)
    steep = _rounded(top * (1 - np.geomspace(0.1, 1e-3, 20)), 4)
    decades = 10.0 ** np.arange(np.ceil(np.log10(first)), np.log10(top))
    return np.unique([*even, *steep, *decades])


def search_table(
    runs: Iterable[Search], m_N: ArrayLike | None = None, models: Mapping[str, SignalModel] = MODELS
) -> dict[str, Any]:
    """What a limit of one search needs, as lists.

    Parameters
    ----------
    runs : iterable of Search
        The runs; equal in detector length, efficiency, reducible background and its
        uncertainty.
    m_N : array_like, shape (n,), optional
        Masses, by default those of `mass_grid` [GeV].
    models : dict of str to SignalModel, optional
        Signal models by name.

    Returns
    -------
    dict
        ``name``; ``m_N`` [GeV]; for each run ``sqrt_s`` [GeV], ``luminosity`` [fb^-1],
        ``irreducible`` and ``reducible`` [1] and ``decay``, a row over the masses for a width
        factor of 1 [GeV^2]; ``signal``, such rows for each model [GeV^2], and ``tagged``,
        such rows for one charge mode [GeV^2], all as in `nudp.limits.Yields`; and once for all
        runs ``detector_length`` [m], ``photon_efficiency`` [1], ``reducible_background`` [fb] and
        ``background_uncertainty`` [1].

    Raises
    ------
    ValueError
        If there is no run, the runs differ in what they must share, or a mass is not positive.

    Examples
    --------
    >>> table = search_table([searches.STCF_4GEV], [1.0], {"PUBLISHED": PUBLISHED})
    >>> f"{table['signal']['PUBLISHED'][0][0]:.3g} GeV^2, {table['irreducible'][0]:.1f} events"
    '8.74e+12 GeV^2, 295.2 events'
    """
    runs = searches.runs_of(runs, "runs")
    _demand_models(models)
    common = (
        "detector_length",
        "photon_efficiency",
        "reducible_background",
        "background_uncertainty",
    )
    for name in common:
        values = {getattr(run, name) for run in runs}
        if len(values) > 1:
            raise ValueError(f"runs must share their {name}, got {sorted(values)}")
    masses = mass_grid(runs) if m_N is None else _masses(m_N)
    expected = {name: limits.yields(runs, masses, model) for name, model in models.items()}
    name, first = next(iter(expected.items()))
    tagged = np.asarray(radiation.tagged_yields(runs, masses, models[name]).tagged)
    return {
        "name": _plain(runs[0].name if len(runs) == 1 else runs[0].name.split()[0]),
        "m_N": masses.tolist(),
        "sqrt_s": [run.sqrt_s for run in runs],
        "luminosity": [run.luminosity for run in runs],
        "irreducible": first.irreducible.tolist(),
        "reducible": first.reducible.tolist(),
        "decay": _rounded(first.decay / models[name].width_factor).tolist(),
        "signal": {name: _rounded(each.prompt).tolist() for name, each in expected.items()},
        "tagged": _rounded(tagged / models[name].charge_modes, 8).tolist(),
        **{name: getattr(runs[0], name) for name in common},
    }


def photon_table(
    run: Search, m_N: ArrayLike | None = None, models: Mapping[str, SignalModel] = MODELS
) -> dict[str, Any]:
    """Where the photons of one run may be, and what share of them is accepted.

    Parameters
    ----------
    run : Search
        The run.
    m_N : array_like, shape (n,), optional
        Masses, by default those of `mass_grid` [GeV].
    models : dict of str to SignalModel, optional
        Signal models by name.

    Returns
    -------
    dict
        ``name``; ``sqrt_s`` [GeV]; ``beta``, the velocity of the CM frame in the lab [c];
        ``m_N`` [GeV]; ``acceptance`` [1], a row over the masses for each model; ``E_gamma``
        [GeV], photon energies in the CM frame with each kink of the cuts on both sides; and
        ``lower`` and ``upper``, a row over these energies for each accepted interval in
        cos(theta) [1], of zero width where it is empty.

    Raises
    ------
    ValueError
        If a mass is not positive.

    Examples
    --------
    >>> table = photon_table(searches.STCF_4GEV, [1.0], {"PUBLISHED": PUBLISHED})
    >>> round(table["acceptance"]["PUBLISHED"][0], 3), len(table["lower"]), table["E_gamma"][-1]
    (0.467, 3, 2.0)
    """
    _checks.instance("run", run, searches.Search)
    _demand_models(models)
    masses = mass_grid([run]) if m_N is None else _masses(m_N)
    kinks = within_range(run.selection.kinks(run.sqrt_s), run.sqrt_s)
    beam = run.sqrt_s / 2
    # where an interval opens it does so like a square root: more points just above
    opening = np.add.outer(kinks, beam * np.geomspace(1e-6, 0.05, 25)).ravel()
    sides = np.concatenate([kinks * (1 - 1e-9), kinks * (1 + 1e-9)])
    energies = np.concatenate([np.linspace(0, beam, 121)[1:], opening[opening < beam], sides])
    energies = np.unique(energies)
    ends = run.selection.intervals(energies, run.sqrt_s)
    shares = {
        name: _rounded(acceptance(run.selection, run.sqrt_s, masses, model)).tolist()
        for name, model in models.items()
    }
    return {
        "name": _plain(run.name),
        "sqrt_s": run.sqrt_s,
        "beta": run.beta,
        "m_N": masses.tolist(),
        "acceptance": shares,
        "E_gamma": energies.tolist(),
        "lower": _rounded(ends[..., 0].T, 7).tolist(),
        "upper": _rounded(ends[..., 1].T, 7).tolist(),
    }


def tables() -> dict[str, Any]:
    """All tables, of every search, signal model and existing bound.

    Returns
    -------
    dict
        As the head of this module describes; of BESIII the photons of its largest run.

    Examples
    --------
    >>> sorted(tables())
    ['bounds', 'models', 'photons', 'right_handed', 'searches', 'threshold', 'version']
    """
    outlines = [
        {
            "key": bound.key,
            "name": bound.name,
            "flavours": list(bound.flavours),
            "closed": bound.closed,
            "m_N": bound.m_N.tolist(),
            "d": bound.d.tolist(),
        }
        for bound in landscape.bounds()
    ]
    models = {
        name: {
            "charge_modes": model.charge_modes,
            "decay": model.decay,
            "width_factor": model.width_factor,
        }
        for name, model in MODELS.items()
    }
    photons: dict[str, dict[str, Any]] = {}
    for key, runs in SEARCHES.items():
        largest = max(runs, key=lambda run: run.luminosity)
        # more of the same data has no other photons
        if not any(_alike(largest, SEARCHES[other]) for other in photons):
            photons[key] = photon_table(largest)
    return {
        "version": nudp.__version__,
        "threshold": limits.CHI2_95,
        "right_handed": float(background.polarised_ratio(1.0, 0.0)),
        "models": models,
        "searches": {key: search_table(runs) for key, runs in SEARCHES.items()},
        "photons": photons,
        "bounds": outlines,
    }


def _masses(m_N: ArrayLike) -> FloatArray:
    masses = _checks.positive("m_N", m_N)
    if masses.ndim != 1:
        raise ValueError(f"m_N must be masses in a row, got shape {masses.shape}")
    return masses


def _demand_models(models: Mapping[str, SignalModel]) -> None:
    if not isinstance(models, Mapping) or not models:
        raise TypeError(f"models must be a mapping of names to signal models, got {models!r}")
    for model in models.values():
        _checks.instance("models", model, SignalModel)


def _alike(run: Search, others: Iterable[Search]) -> bool:
    return any((run.sqrt_s, run.selection) == (other.sqrt_s, other.selection) for other in others)


def _rounded(values: ArrayLike, digits: int = 10) -> FloatArray:
    """Round to significant digits, for files that stay small."""
    values = np.asarray(values, dtype=float)
    flat = [float(f"{value:.{digits}g}") for value in values.ravel()]
    return np.array(flat).reshape(values.shape)


def _plain(name: str) -> str:
    return name.replace("$^{-1}$", "⁻¹")
