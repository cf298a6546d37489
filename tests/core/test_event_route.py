"""The paper's limits a second time, by counting events: four-vectors, cuts in words, one root.

From nudp come the sampled events and the limits that they are compared with; all between is done
here.  A photon is four numbers, the lab is reached by a matrix, Eqs. (10), (11) and (14) are asked
of one event after the other, N must decay within the detector in the frame of the collision, and
the background is a mean over points thrown at its density.  The counting error decides: one chi^2
over all points, which must be neither improbably large nor improbably small.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from independent import ALPHA, FB, ROOT_S_BELLE2, background_density, equation_14
from scipy import optimize, stats

import nudp
from nudp import events, searches

# left to `make test SLOW=1`
pytestmark = pytest.mark.slow

COUNT = 100_000
D = 1e-5  # where flights are drawn [GeV^-1]; they shrink as 1/d^2
THRESHOLD = 2.71
# what the paper says of each search, typed here again [GeV, fb^-1, m, 1, fb, c]
BELLE2 = dict(root_s=ROOT_S_BELLE2, L=50e3, length=3.0, eff=0.95, gaps=300 / 20, beta=3 / 11)
STCF = dict(root_s=4.0, L=10e3, length=0.8, eff=1.0, gaps=0.0, beta=0.0)
SEARCHES = {"belle2": (BELLE2, searches.BELLE2_LOW_MASS), "stcf": (STCF, searches.STCF_4GEV)}
MASSES = {"belle2": (0.05, 0.2, 1.0, 3.0, 6.0, 9.0), "stcf": (0.05, 0.2, 0.6, 1.5, 2.5, 3.5)}
MODELS = (nudp.PUBLISHED, nudp.DIRAC)
POINTS = [
    (name, model, m_N) for name, masses in MASSES.items() for m_N in masses for model in MODELS
]


# ---- four-vectors and cuts -----------------------------------------------------------


def lorentz(beta):
    """Boost along z, for columns (t, x, y, z)."""
    gamma = 1 / np.sqrt(1 - beta**2)
    matrix = np.eye(4)
    matrix[[0, 3], [0, 3]] = gamma
    matrix[[0, 3], [3, 0]] = gamma * beta
    return matrix


def four_vector(time, size, cos_theta, phi):
    across = size * np.sqrt(1 - cos_theta**2)
    return np.array([time, across * np.cos(phi), across * np.sin(phi), size * cos_theta])


def cos_polar(vector):
    return vector[3] / np.sqrt((vector[1:] ** 2).sum(0))


def belle2_low_mass(photon, in_lab, root_s):
    """In the calorimeter, and between two parabolas: lab angle [deg], energy in the CM frame."""
    theta, E = np.degrees(np.arccos(cos_polar(in_lab))), photon[0]
    barrel_and_endcaps = (12.4 < theta) & (theta < 155.1)
    above = theta > 5.399 * E**2 - 58.82 * E + 195.71
    below = theta < -7.982 * E**2 + 87.77 * E - 120.6
    return barrel_and_endcaps & above & below


def stcf_advanced(photon, in_lab, root_s):
    """Barrel and endcaps with their thresholds; no partner of the photon may go unseen."""
    z, E = cos_polar(photon), photon[0]
    barrel = (abs(z) < 0.8) & (E > 0.025)
    endcaps = (0.86 < abs(z)) & (abs(z) < 0.92) & (E > 0.050)
    return (barrel | endcaps) & (E > equation_14(z, root_s))


CUTS = {"belle2": belle2_low_mass, "stcf": stcf_advanced}


# ---- counting ------------------------------------------------------------------------


@lru_cache
def sample(name, model, m_N):
    """Events, different ones at every point; nobody writes to them."""
    rng = np.random.default_rng([2204, 7802, POINTS.index((name, model, m_N))])
    search = SEARCHES[name][1]
    return events.signal_events(search, m_N, D, COUNT, signal=model, rng=rng), rng


def accepted_flights(name, model, m_N):
    """How far N flew in the CM frame [m], of the events whose photon passes."""
    numbers, _ = SEARCHES[name]
    root_s = numbers["root_s"]
    table, _ = sample(name, model, m_N)
    table = {column: table[column].to_numpy() for column in table}
    photon = four_vector(*(table[key] for key in ("E_gamma", "E_gamma", "cos_theta", "phi")))
    passed = CUTS[name](photon, lorentz(numbers["beta"]) @ photon, root_s)
    # the vertex is where N came to in the lab; its momentum tells the time that it took
    vertex = np.array([table[f"vertex_{axis}"] for axis in "xyz"])
    E_N, p_N = (root_s**2 + m_N**2) / (2 * root_s), (root_s**2 - m_N**2) / (2 * root_s)
    azimuth = np.arctan2(vertex[1], vertex[0])
    heavy = lorentz(numbers["beta"]) @ four_vector(
        np.full(COUNT, E_N), p_N, table["cos_theta_N"], azimuth
    )
    way = np.sqrt((vertex**2).sum(0))
    time = way * heavy[0] / np.sqrt((heavy[1:] ** 2).sum(0))
    place = lorentz(-numbers["beta"]) @ np.array([time, *vertex])
    return np.sqrt((place[1:] ** 2).sum(0))[passed]


def irreducible(name, rng, count=200_000):
    """Cross section of e+e- -> nu nubar gamma that passes [fb], and its relative error.

    Points are even in energy and in artanh z, along which the density is nearly flat.
    """
    root_s, beta = (SEARCHES[name][0][key] for key in ("root_s", "beta"))
    lowest, widest = 0.2 * root_s, np.arctanh(0.995)
    E = rng.uniform(lowest, root_s / 2, count)
    z = np.tanh(rng.uniform(-widest, widest, count))
    photon = four_vector(E, E, z, rng.uniform(-np.pi, np.pi, count))
    density = background_density(E, z, root_s) * (1 - z**2)
    seen = np.where(CUTS[name](photon, lorentz(beta) @ photon, root_s), density, 0.0)
    sigma = seen.mean() * (root_s / 2 - lowest) * 2 * widest
    return sigma, seen.std() / seen.mean() / np.sqrt(count)


def cross_section(root_s, m_N, d):
    """Eq. (3) [fb]."""
    s = root_s**2
    return FB * ALPHA * d**2 * (s - m_N**2) ** 2 * (s + 2 * m_N**2) / (3 * s**3)


@lru_cache
def counted_limit(name, model, m_N):
    """The d at which chi^2 is 2.71, and its relative error from counting."""
    numbers, _ = SEARCHES[name]
    flights = accepted_flights(name, model, m_N)
    rng = np.random.default_rng([7802, 2204, POINTS.index((name, model, m_N))])
    sigma_B, error_B = irreducible(name, rng)
    light = numbers["L"] * numbers["eff"]
    B = light * sigma_B + numbers["L"] * numbers["gaps"]

    def inside(d):
        return (flights * (D / d) ** 2 < numbers["length"]).sum() / COUNT

    def signal(d):
        return light * 2 * cross_section(numbers["root_s"], m_N, d) * inside(d)

    def excess(log_d):
        S = signal(np.exp(log_d))
        return S**2 / (S + B) - THRESHOLD

    log_d = optimize.brentq(excess, np.log(1e-8), np.log(1e-2), xtol=1e-9)
    d, step = np.exp(log_d), 0.05
    S, share = signal(d), inside(d)
    slope = np.log(signal(d * np.exp(step)) / signal(d * np.exp(-step))) / (2 * step)
    by_signal = (S + 2 * B) / (S + B) * np.sqrt((1 - share) / (share * COUNT))
    by_background = light * sigma_B / (S + B) * error_B
    return d, np.hypot(by_signal, by_background) / ((S + 2 * B) / (S + B) * slope)


def pull(name, model, m_N):
    """Distance from the limit of nudp, in counting errors."""
    found, error = counted_limit(name, model, m_N)
    expected = nudp.upper_limit(SEARCHES[name][1], m_N, model)
    return float(np.log(found / expected) / error)


@pytest.fixture(scope="module")
def pulls():
    return np.array([pull(*point) for point in POINTS])


# ---- what must hold ------------------------------------------------------------------


def probability(pulls):
    return stats.chi2.sf((np.asarray(pulls) ** 2).sum(), len(pulls))


def test_limits_agree_within_the_counting_error(pulls):
    assert 1e-3 < probability(pulls) < 1 - 1e-3


def test_pulls_are_normal(pulls):
    assert stats.kstest(pulls, "norm").pvalue > 1e-3
