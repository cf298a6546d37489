"""How the scorecard judges: what the paper quotes, what comes out, and whether the two agree.

The chapters `scorecard` and `which-signal` import it. A claim is a function from a signal model to
an :class:`Outcome`; :func:`judge` turns it into a verdict. The rules stand in the scorecard, and
what the paper claims in `data/paper_claims.csv`.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace

import companion
import numpy as np
from companion import rounded
from scipy import optimize

import nudp
from nudp import PUBLISHED, TEXT, background, landscape, plots, searches, selections, signal
from nudp.beyond import qed

TOLERANCE = 0.12


REPRODUCED, ASSUMPTION = "reproduced", "reproduced under an assumption"


NOT, OPEN = "not reproduced", "not judged here"


@dataclass(frozen=True)
class Outcome:
    """What one signal model makes of a claim."""

    holds: bool
    computed: str
    deviation: str = "–"
    ends: str = "–"
    ratio: float | None = None  # computed over quoted, and the same at both ends
    end_ratios: tuple[float, ...] = ()


def within(ratio):
    """Whether a ratio of computed to quoted lies in the band."""
    return abs(ratio - 1) <= TOLERANCE


def judge(claim):
    """Outcome, signal models under which the claim holds, and the verdict that follows."""
    outcomes = {model: claim(model) for model in (PUBLISHED, TEXT)}
    good = [model for model, outcome in outcomes.items() if outcome.holds]
    verdict = {2: REPRODUCED, 1: ASSUMPTION, 0: NOT}[len(good)]
    holds_under = {2: "both", 1: good[0].name if good else "", 0: "neither"}[len(good)]
    return outcomes[good[0] if good else PUBLISHED], holds_under, verdict


def geometric_mean(m_N, values):
    """Mean over a range of masses, each factor of the mass counting the same."""
    log_m = np.log(m_N)
    return np.exp(np.trapezoid(np.log(values), log_m) / (log_m[-1] - log_m[0]))


def percent(ratio, bold=False):
    """A ratio as a deviation in per cent; bold, if asked for, outside the band."""
    shown = f"{100 * (ratio - 1):+.0f}".replace("-", "−")
    shown = ("0" if shown[1:] == "0" else shown) + "\u00a0%"
    return f"**{shown}**" if bold and not within(ratio) else shown


table = companion.read_table("data/paper_claims.csv", dtype=str).fillna("")


claims = table.set_index("id", drop=False).to_dict("index")


def quoted(claim, column="value"):
    """What the paper quotes, as a number."""
    return float(claims[claim][column])


def digits_of(claim):
    """Significant digits that the paper gives."""
    return len(claims[claim]["value"].partition("e")[0].replace(".", ""))


def masses(claim, points=41):
    """Masses over the range for which a claim is made [GeV]."""
    return np.geomspace(quoted(claim, "low"), quoted(claim, "high"), points)


SEARCHES = {
    "belle2-reach": searches.BELLE2_LOW_MASS,
    "bes-reach": searches.BESIII,
    "stcf-reach": searches.STCF_4GEV_30AB,
}


MAGNITUDES = ("belle2-reach", "gbg-factor", "bes-reach", "stcf-reach")


def limit(search, m_N, model, kappa=1.0):
    """d_95 with kappa times the signal."""
    runs = searches.runs_of(search)
    runs = [replace(run, detector_length=run.detector_length / kappa) for run in runs]
    return nudp.upper_limit(runs, m_N, model) / np.sqrt(kappa)


def curve(claim, model, points=41, kappa=1.0):
    """Masses, and the computed over the quoted value at each."""
    m_N = masses(claim, points)
    if claim == "gbg-factor":
        with_gbg = limit(searches.BELLE2_LOW_MASS, m_N, model, kappa)
        value = with_gbg / limit(searches.BELLE2_BBG, m_N, model, kappa)
    else:
        value = limit(SEARCHES[claim], m_N, model, kappa)
    return m_N, value / quoted(claim)


@functools.cache
def ratio(claim, model, kappa=1.0):
    """Computed over quoted, as the geometric mean over the quoted masses."""
    return geometric_mean(*curve(claim, model, kappa=kappa))


@functools.cache
def crossing(model, kappa=1.0, stcf=searches.STCF_4GEV_30AB):
    """Mass at which STCF stops being better than Belle II without gBG [GeV]."""

    def advantage(log_m):
        m_N = np.exp(log_m)
        belle2 = limit(searches.BELLE2_BBG, m_N, model, kappa)
        return np.log(limit(stcf, m_N, model, kappa) / belle2)

    return float(np.exp(optimize.brentq(advantage, np.log(2.0), np.log(3.9), xtol=1e-6)))


def show(value, unit, digits=2):
    """A number with its unit."""
    return rounded(value, digits) + ("" if unit == "1" else f" {unit}".replace("^-1", "⁻¹"))


def reach(claim):
    """The test of a magnitude."""

    def test(model):
        value, (_, ends) = ratio(claim, model), curve(claim, model, points=2)
        computed = show(value * quoted(claim), claims[claim]["unit"])
        at_ends = ", ".join(percent(end, bold=True) for end in ends)
        return Outcome(bool(within(value)), computed, percent(value), at_ends, value, tuple(ends))

    return test


def low_vs_high(model):
    """The test of the low-mass against the high-mass cut, at every mass."""
    m_N = np.geomspace(0.01, 10.5, 200)
    low, high = (
        nudp.upper_limit(search, m_N, model)
        for search in (searches.BELLE2_LOW_MASS, searches.BELLE2_HIGH_MASS)
    )
    gain = high / low
    computed = f"stronger by {rounded(gain.min(), 2)} to {rounded(gain.max(), 2)}"
    return Outcome(bool(np.all(gain > 1)), computed)


def stcf_energies(model):
    """The test of the lower against the higher energies, at low mass."""
    m_N = np.geomspace(0.01, 1.99, 400)
    d = [
        nudp.upper_limit(search, m_N, model)
        for search in (searches.STCF_2GEV, searches.STCF_4GEV, searches.STCF_7GEV)
    ]
    ordered = (d[0] < d[1]) & (d[1] < d[2])
    until = m_N[-1] if ordered.all() else m_N[np.argmin(ordered)]
    return Outcome(
        bool(until > 1),
        f"2 before 4 before 7 GeV up to {rounded(until, 2)} GeV",
    )


three_photons = functools.cache(qed.three_photons)


def no_reducible(model):
    """The test of what is left above Eq. (14)."""
    cut = selections.besiii_advanced()
    left = three_photons(cut, 4.0, qed.BESIII_SEEN)
    neutrinos = background.cross_section(cut, 4.0)
    return Outcome(
        bool(left < TOLERANCE * neutrinos),
        f"{rounded(left, 2)} fb of three photons at 4 GeV, neutrinos {rounded(neutrinos, 2)} fb",
    )


def sigma_flat(model):
    """The test of the cross section of a light N against the energy."""
    # light against every machine: m_N below a fifth of the lowest sqrt_s
    sqrt_s, m_N = np.array([2.0, 4.0, 7.0, 10.58])[:, None], np.geomspace(0.01, 0.4, 20)
    spread = np.ptp(signal.total_cross_section(sqrt_s, m_N, 1.0), axis=0)
    change = (spread / signal.total_cross_section(10.58, m_N, 1.0)).max()
    return Outcome(bool(change < TOLERANCE), f"changes by {rounded(100 * change, 1)} % at most")


def stcf_belle2(model):
    """The test of STCF against Belle II without gBG, up to the quoted mass."""
    value = crossing(model)
    m_N = np.geomspace(0.01, 0.99 * value, 200)
    stcf, belle2 = (
        nudp.upper_limit(search, m_N, model)
        for search in (searches.STCF_4GEV_30AB, searches.BELLE2_BBG)
    )
    return Outcome(
        bool(within(value / quoted("stcf-belle2")) and np.all(stcf < belle2)),
        f"{rounded(value)} GeV",
        percent(value / quoted("stcf-belle2")),
        ratio=value / quoted("stcf-belle2"),
    )


def bes_belle2(model):
    """The test of BESIII against Belle II."""
    m_N = np.geomspace(0.01, quoted("bes-belle2"), 200)
    factor = nudp.upper_limit(searches.BESIII, m_N, model) / nudp.upper_limit(
        searches.BELLE2_LOW_MASS, m_N, model
    )
    computed = f"weaker by {rounded(factor.min(), 2)} to {rounded(factor.max(), 2)}"
    return Outcome(bool(np.all(np.abs(np.log(factor)) < np.log(2))), computed)


def against_lep(key):
    """The test of Belle II and BESIII against one of the LEP lines."""
    [line] = [bound for bound in landscape.bounds() if bound.key == key]

    def test(model):
        belle2, bes = (
            line.limit(masses(claim)) / nudp.upper_limit(SEARCHES[claim], masses(claim), model)
            for claim in ("belle2-reach", "bes-reach")
        )
        computed = (
            f"Belle II stronger by {rounded(min(belle2), 2)} to {rounded(max(belle2), 2)}, "
            f"BESIII by {rounded(min(bes), 2)} to {rounded(max(bes), 2)}"
        )
        competitive = np.all(np.abs(np.log(bes)) < np.log(2))
        return Outcome(bool(min(belle2) > 1 and competitive), computed)

    return test


def better_than_existing(flavour):
    """The test of BESIII against every bound on one flavour."""

    def test(model):
        m_N = masses("bes-existing", 200)
        d = nudp.upper_limit(searches.BESIII, m_N, model)
        free = ~landscape.excluded(m_N, d, flavour)
        share = "all" if free.all() else f"{100 * free.mean():.0f} %"
        return Outcome(
            bool(free.all()), f"better at {share} of the masses, spread evenly in ln m_N"
        )

    return test


@functools.cache
def ground(search, flavour, model, lep="lep_with_z"):
    """The widest interval of masses in which a search reaches what no bound covers [GeV]."""
    steep = search.sqrt_s * (1 - np.geomspace(1e-5, 0.1, 120))
    m_N = np.union1d(np.geomspace(1e-3, 0.9 * search.sqrt_s, 200), steep)
    line = m_N, nudp.upper_limit(search, m_N, model)
    found = landscape.unexplored(line, flavour, lep=lep)
    return max(found, key=lambda interval: interval.high / interval.low)


def new_ground(claim, search, flavour, lep="lep_with_z"):
    """The test of a claim on unexplored masses."""

    def test(model):
        interval = ground(search, flavour, model, lep)
        off = interval.low / quoted(claim, "low"), interval.high / quoted(claim, "high")
        return Outcome(
            all(within(end) for end in off),
            f"{rounded(interval.low, 2)} to {rounded(interval.high, 3)} GeV",
            "–",
            ", ".join(percent(end, True) for end in off),
            end_ratios=off,
        )

    return test


GROUND = {
    f"{claim}, d_{flavour}" if claim.startswith("unexplored-e") else claim: (claim, search, flavour)
    for claim, search, flavours in (
        ("unexplored-e-tau-belle2", searches.BELLE2_LOW_MASS, ("e", "tau")),
        ("unexplored-e-tau-stcf", searches.STCF_4GEV_30AB, ("e", "tau")),
        ("unexplored-mu-belle2", searches.BELLE2_LOW_MASS, ("mu",)),
        ("leading-mu-belle2", searches.BELLE2_LOW_MASS, ("mu",)),
        ("unexplored-mu-stcf", searches.STCF_4GEV_30AB, ("mu",)),
    )
    for flavour in flavours
}


DONUT_MU = 3.9e-7  # hep-ex/0102026, in Bohr magnetons


def donut(model):
    """The test of the coupling that DONUT excludes."""
    value = landscape.convert(DONUT_MU, "mu_B", "d")
    return Outcome(
        bool(within(value / quoted("donut"))),
        show(value, "GeV^-1"),
        percent(value / quoted("donut")),
        ratio=value / quoted("donut"),
    )


# claim: its test, and whether it needs no signal model
tests = {
    "belle2-reach": (reach("belle2-reach"), False),
    "low-vs-high": (low_vs_high, False),
    "gbg-factor": (reach("gbg-factor"), False),
    "bes-reach": (reach("bes-reach"), False),
    "stcf-reach": (reach("stcf-reach"), False),
    "stcf-energies": (stcf_energies, False),
    "no-reducible": (no_reducible, True),
    "sigma-flat": (sigma_flat, True),
    "stcf-belle2": (stcf_belle2, False),
    "bes-belle2": (bes_belle2, False),
    "belle2-lep, LEP with Z": (against_lep("lep_with_z"), False),
    "belle2-lep, LEP photon only": (against_lep("lep_photon_only"), False),
    "bes-existing, d_e": (better_than_existing("e"), False),
    "bes-existing, d_tau": (better_than_existing("tau"), False),
    **{name: (new_ground(*entry), False) for name, entry in GROUND.items()},
    "donut": (donut, True),
}


TYPESET = {
    "ab^-1": "ab⁻¹",
    "fb^-1": "fb⁻¹",
    "m_N << sqrt(s)": r"$m_N \ll \sqrt s$",
    "sqrt(s)": r"$\sqrt s$",
    "sigma is": r"$\sigma$ is",
    "this d": "this $d$",
    "m_N": "$m_N$",
    "d_e": "$d_e$",
    "d_mu": r"$d_\mu$",
    "d_tau": r"$d_\tau$",
}


def typeset(statement):
    """A statement with its symbols set."""
    return re.sub("|".join(map(re.escape, TYPESET)), lambda found: TYPESET[found[0]], statement)


SHORT = {
    "belle2-reach": "belle2",
    "gbg-factor": "gbg",
    "bes-reach": "bes",
    "stcf-reach": "stcf",
}


STYLES = {
    "belle2-reach": plots.SEARCH_STYLES["belle2_low_mass"],
    "gbg-factor": plots.SEARCH_STYLES["belle2_bbg"],
    "bes-reach": plots.SEARCH_STYLES["besiii"],
    "stcf-reach": plots.SEARCH_STYLES["stcf_4gev_30ab"],
}


LABELS = {
    "belle2-reach": "Belle II reach",
    "gbg-factor": "gBG factor",
    "bes-reach": "BESIII reach",
    "stcf-reach": "STCF reach",
}


def follows(model):
    """Whether all four magnitudes come out under a signal model."""
    return all(within(ratio(claim, model)) for claim in MAGNITUDES)
