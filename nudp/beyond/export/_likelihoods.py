"""Likelihoods as text: the channels of HistFactory, for pyhf, and the same in HS3."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from nudp import __version__, _checks, limits
from nudp.beyond.observed import _groups
from nudp.searches import runs_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from nudp.beyond.observed import Groups
    from nudp.searches import AnySearch
    from nudp.signal import SignalModel
    from nudp.statistics import Correlated

# Below so many events the asymptotic formulae are rough.
_FEW = 10


def pyhf(
    search: AnySearch,
    m_N: float,
    signal: SignalModel,
    *,
    observed: ArrayLike | None = None,
    correlated: Correlated = False,
) -> dict[str, Any]:
    r"""Likelihood of a search as a workspace of pyhf, one channel a run.

    A channel has the three terms of Eq. (7): signal times mu, irreducible and reducible
    background.  Photons off the beams, which tag an N that leaves, are not counted.  The signal
    strength mu is 1 at the expected d_95 of method "cls".  A background uncertainty moves the
    reducible part by a straight line in its pull (``histosys``), as in `nudp.upper_limit`;
    ``normsys`` would bend it.  Uncertainties of signal and luminosity are the factors that
    ``normsys`` makes.  The measurement's name, the one free text of the format, says what a
    reader of the file must know.

    Parameters
    ----------
    search : Search, Runs or iterable of these
        One search, its runs, or its bins from `nudp.beyond.binning.split`.
    m_N : float
        Mass of the heavy neutral lepton [GeV].
    signal : SignalModel
        Charge modes, decay distribution and width.
    observed : array_like, shape (runs,), optional
        Events seen in each run [1]; what is expected without a signal, unless given.
    correlated : bool, sequence of str or mapping, optional
        Which runs one pull moves, as in `nudp.upper_limit`.

    Returns
    -------
    dict
        What ``pyhf.Workspace`` takes and ``json.dump`` writes.

    Raises
    ------
    ValueError
        If the search has no limit at m_N, there is not one number of events a run, or as
        `nudp.upper_limit`.

    References
    ----------
    arXiv:2204.07802, Eq. (7); pyhf, schema 1.0.0.

    Examples
    --------
    >>> from nudp import DIRAC, searches
    >>> workspace = pyhf(searches.BESIII, 1.0, DIRAC)
    >>> len(workspace["channels"]), workspace["measurements"][0]["config"]["poi"]
    (53, 'mu')
    """
    mass = _checks.number("m_N", m_N, _checks.positive)
    runs = runs_of(search)
    d_95 = float(limits.upper_limit(runs, mass, signal, method="cls", correlated=correlated))
    if not 0 < d_95 < np.inf:
        raise ValueError(f"m_N must be one that the search can limit, got {mass!r}")
    expected = limits.yields(runs, mass, signal)
    events, background = limits.expected_events(runs, mass, d_95, signal)
    seen = background if observed is None else _checks.non_negative("observed", observed)
    if seen.shape != background.shape:
        raise ValueError(f"observed must have shape {background.shape}, got {seen.shape}")
    # a channel needs a name of its own, in HS3 too
    plain = [_plain(run.name) for run in runs]
    names = [
        run.name if plain.count(word) == 1 else f"{run.name}, {i}"
        for i, (run, word) in enumerate(zip(runs, plain, strict=True))
    ]
    moving = expected.uncertainty * expected.reducible > 0
    told = correlated if isinstance(correlated, Mapping) else {}
    pulls = _pulls("pull", _groups(correlated, len(runs)), names)
    scales = {
        kind: (relative, _pulls(kind, _groups(told.get(kind, True), len(runs)), names))
        for kind in ("signal", "luminosity")
        if (relative := getattr(expected, f"{kind}_uncertainty")) is not None
    }
    channels = []
    for i, name in enumerate(names):
        size = expected.reducible[i] * (1 + expected.uncertainty[i] * np.array([1, -1]))
        ends = {"hi_data": [float(size[0])], "lo_data": [float(size[1])]}
        histosys = [{"name": pulls[i], "type": "histosys", "data": ends}] if moving[i] else []
        factors = {
            kind: [{"name": at[i], "type": "normsys", "data": _factor(float(relative[i]))}]
            for kind, (relative, at) in scales.items()
            if relative[i]
        }
        luminosity = factors.get("luminosity", [])
        strength: list[dict[str, Any]] = [{"name": "mu", "type": "normfactor", "data": None}]
        strength += [*factors.get("signal", []), *luminosity]
        samples = [
            {"name": name, "data": [float(count)], "modifiers": modifiers}
            for name, count, modifiers in (
                ("signal", events[i], strength),
                ("irreducible", expected.irreducible[i], luminosity),
                ("reducible", expected.reducible[i], histosys),
            )
        ]
        channels.append({"name": name, "samples": samples})
    # no background falls below zero: a shared pull stops at the first one that would
    lowest: dict[str, float] = {}
    for pull, share, moves in zip(pulls, expected.uncertainty, moving, strict=True):
        if moves:
            lowest[pull] = max(lowest.get(pull, -10.0), -1 / float(share))
    parameters = [{"name": "mu", "bounds": [[0.0, 10.0]], "inits": [1.0]}]
    parameters += [{"name": pull, "bounds": [[low, 10.0]]} for pull, low in lowest.items()]
    names_of_factors = {at[i] for relative, at in scales.values() for i in np.flatnonzero(relative)}
    parameters += [{"name": name, "bounds": [[-10.0, 10.0]]} for name in sorted(names_of_factors)]
    few = int((background < _FEW).sum())
    notes = (
        f"mu = 1 is d = {d_95:.17g} GeV^-1, the expected d_95 of method cls at m_N = {mass!r} GeV, "
        f"signal model {signal.name or signal}. mu counts signal events: it is (d/d_95)^2 only "
        "where every N decays inside; where N flies far the signal grows up to the fourth power "
        "of d, and photons radiated by the beams, which are not counted, would add to it. Runs "
        f"with fewer than {_FEW} background events: {few} of {len(runs)}; asymptotic "
        "formulae are rough for them. Limits above mu = 10 need other bounds."
    )
    return {
        "channels": channels,
        "measurements": [{"name": notes, "config": {"poi": "mu", "parameters": parameters}}],
        "observations": [
            {"name": name, "data": [float(n)]} for name, n in zip(names, seen, strict=True)
        ],
        "version": "1.0.0",
    }


def _pulls(kind: str, groups: Groups, names: list[str]) -> list[str]:
    """Name of the pull that moves each run: one for a group, else one of its own."""
    pulls = [f"{kind} {name}" for name in names]
    for k, rows in enumerate(groups):
        for i in rows:
            pulls[i] = kind if len(rows) == len(names) else f"{kind} of group {k}"
    return pulls


def _factor(relative: float) -> dict[str, float]:
    """Ends of a lognormal factor at a pull of one."""
    return {"hi": math.exp(relative), "lo": math.exp(-relative)}


def hs3(
    search: AnySearch,
    m_N: float,
    signal: SignalModel,
    *,
    observed: ArrayLike | None = None,
    correlated: Correlated = False,
) -> dict[str, Any]:
    """The likelihood of `pyhf` in HS3, the HEP Statistics Serialization Standard: experimental.

    The standard is at version 0.2 and may change, and so may this.  A factor (``normsys``) says
    its ends alone; between them pyhs3 0.4 and ROOT 6.40 interpolate as pyhf does, and give its
    likelihood.  ROOT wants names of letters, digits and underscores, so all names are that here.

    Parameters
    ----------
    search : Search, Runs or iterable of these
        One search, its runs, or its bins from `nudp.beyond.binning.split`.
    m_N : float
        Mass of the heavy neutral lepton [GeV].
    signal : SignalModel
        Charge modes, decay distribution and width.
    observed : array_like, shape (runs,), optional
        Events seen in each run [1]; what is expected without a signal, unless given.
    correlated : bool, sequence of str or mapping, optional
        Which runs one pull moves, as in `nudp.upper_limit`.

    Returns
    -------
    dict
        What ``pyhs3.Workspace`` takes and ``json.dump`` writes.

    Raises
    ------
    ValueError
        As `pyhf`.

    Examples
    --------
    >>> from nudp import DIRAC, searches
    >>> sorted(hs3(searches.STCF_4GEV, 1.0, DIRAC))[:4]
    ['analyses', 'data', 'distributions', 'domains']
    """
    workspace = pyhf(search, m_N, signal, observed=observed, correlated=correlated)
    measurement = workspace["measurements"][0]
    channels, parameters = workspace["channels"], measurement["config"]["parameters"]
    names = [_plain(channel["name"]) for channel in channels]
    # one bin each, of a variable that no other channel has
    axes = [[{"name": f"count_{name}", "min": 0.0, "max": 1.0, "nbins": 1}] for name in names]
    return {
        "metadata": {
            "hs3_version": "0.2",
            "packages": [{"name": "nudp", "version": __version__}],
            "publications": ["arXiv:2204.07802"],
            "description": f"Experimental. {measurement['name']}",
        },
        "distributions": [
            {
                "name": name,
                "type": "histfactory_dist",
                "axes": axis,
                "samples": [_hs3_sample(sample) for sample in channel["samples"]],
            }
            for name, channel, axis in zip(names, channels, axes, strict=True)
        ],
        "data": [
            {"name": f"data_{name}", "type": "binned", "axes": axis, "contents": n["data"]}
            for name, n, axis in zip(names, workspace["observations"], axes, strict=True)
        ],
        "likelihoods": [
            {"name": "counts", "distributions": names, "data": [f"data_{name}" for name in names]}
        ],
        "domains": [
            {
                "name": "default_domain",
                "type": "product_domain",
                "axes": [
                    {"name": _plain(p["name"]), "min": p["bounds"][0][0], "max": p["bounds"][0][1]}
                    for p in parameters
                ],
            }
        ],
        "parameter_points": [
            {
                "name": "default_values",
                "parameters": [
                    {"name": _plain(p["name"]), "value": p.get("inits", [0.0])[0]}
                    for p in parameters
                ],
            }
        ],
        "analyses": [
            {
                "name": "limit",
                "likelihood": "counts",
                "parameters_of_interest": ["mu"],
                "domains": ["default_domain"],
                "init": "default_values",
            }
        ],
    }


def _plain(name: str) -> str:
    """A name of letters, digits and underscores that begins with no digit."""
    return re.sub(r"\W+|^(?=\d)", "_", name, flags=re.ASCII)


def _hs3_sample(sample: dict[str, Any]) -> dict[str, Any]:
    """One sample of a channel of pyhf in the words of HS3."""
    modifiers = []
    for modifier in sample["modifiers"]:
        name = _plain(modifier["name"])
        told = {"name": name, "type": modifier["type"], "parameter": name}
        if modifier["type"] == "histosys":
            hi, lo = ({"contents": modifier["data"][f"{end}_data"]} for end in ("hi", "lo"))
            told |= {"constraint": "Gauss", "data": {"hi": hi, "lo": lo}}
        if modifier["type"] == "normsys":
            told |= {"constraint": "Gauss", "data": modifier["data"]}
        modifiers.append(told)
    contents = {"contents": sample["data"], "errors": [0.0]}
    return {"name": sample["name"], "data": contents, "modifiers": modifiers}
