"""Dark photon, vector meson and fits over a floated background, each by a second computation."""

import itertools

import numpy as np
import pytest
import spinors
from scipy.optimize import root
from scipy.special import ndtr

from nudp import signal
from nudp._tables import data_folder, read_table
from nudp.beyond import recast
from nudp.constants import ALPHA, FB_GEV2

# ---- e+e- -> gamma A' -------------------------------------------------------------------


def slashed(p):
    return np.einsum("a,aij->ij", spinors.METRIC @ p, spinors.GAMMA)


def squared_amplitude(root_s, m_A, z):
    """Spin-averaged |M(e+e- -> gamma A')|^2 in units of e^4 epsilon^2, from spinors."""
    E = (root_s**2 - m_A**2) / (2 * root_s)
    k = spinors.momentum(E, [np.sqrt(1 - z**2), 0, z])
    electron = spinors.momentum(root_s / 2, [0, 0, 1])
    positron = spinors.momentum(root_s / 2, [0, 0, -1])
    heavy = electron + positron - k
    first, second = electron - k, electron - heavy
    denominators = [q @ spinors.METRIC @ q for q in (first, second)]
    three = spinors.polarisations(np.array([E, *(-k[1:])]))
    if m_A:  # a massless one has no third polarisation
        along = -k[1:] / E
        three = [*three, np.array([E, *(heavy[0] * along)]) / m_A]
    total = 0.0
    for eps, pol in itertools.product(spinors.polarisations(k), three):
        vertex = (
            slashed(pol) @ slashed(first) @ slashed(eps) / denominators[0]
            + slashed(eps) @ slashed(second) @ slashed(pol) / denominators[1]
        )
        for a, b in itertools.product(spinors.SPINS, spinors.SPINS):
            row, column = spinors.bar(spinors.v(positron, 0, a)), spinors.u(electron, 0, b)
            total += abs(row @ vertex @ column) ** 2
    return total / 4


@pytest.mark.parametrize("m_A", [0.0, 0.3, 5.0, 9.0])
@pytest.mark.parametrize("z", [-0.9, 0.0, 0.4])
def test_dark_photon_is_the_spinor_amplitude_squared(m_A, z):
    root_s = 10.28
    squared = (4 * np.pi * ALPHA) ** 2 * 1e-6 * squared_amplitude(root_s, m_A, z)
    density = FB_GEV2 * squared * (1 - m_A**2 / root_s**2) / (32 * np.pi * root_s**2)
    result = recast.dark_photon_cross_section(z, root_s, m_A, 1e-3)
    assert result == pytest.approx(density, rel=1e-9)


def test_a_massless_dark_photon_makes_two_photons():
    """The textbook e+e- -> gamma gamma, 2 pi alpha^2/s (1 + z^2)/(1 - z^2) [Peskin, Eq. 5.107]."""
    z, s = np.array([-0.7, 0.0, 0.5]), 16.0
    textbook = FB_GEV2 * 2 * np.pi * ALPHA**2 / s * (1 + z**2) / (1 - z**2)
    np.testing.assert_allclose(recast.dark_photon_cross_section(z, 4.0, 0.0, 1.0), textbook)
    light = recast.dark_photon_cross_section(z, 4.0, 1e-6, 1.0)
    np.testing.assert_allclose(light, textbook, rtol=1e-11)


def test_dark_photon_near_threshold_is_a_soft_photon():
    """What is left is 1/(E (1 - z^2)), as of every soft photon of the beams."""
    root_s, z = 10.0, 0.3
    m_A = root_s - 1e-5
    E = (root_s**2 - m_A**2) / (2 * root_s)
    soft = 2 * np.pi * ALPHA**2 / root_s**2 * 4 / ((2 * E / root_s) * (1 - z**2))
    result = recast.dark_photon_cross_section(z, root_s, m_A, 1.0)
    assert result == pytest.approx(FB_GEV2 * soft, rel=1e-5)


# ---- V -> N nubar -----------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [0.01, 0.3, 0.9])
def test_vector_decay_is_the_spinor_amplitudes_squared(ratio):
    m_V = 3.0969
    m_N = ratio * m_V
    p = (m_V**2 - m_N**2) / (2 * m_V)
    direction = np.array([0.3, -0.4, 0.5])
    heavy = spinors.momentum(m_V - p, direction, m_N)
    light = spinors.momentum(p, -direction)
    electron = spinors.momentum(m_V / 2, direction)
    positron = spinors.momentum(m_V / 2, -direction)
    at_rest = np.array([m_V, 0.0, 0.0, 0.0])
    dipole = leptons = 0.0
    for axis in (1, 2, 3):
        vertex = 2 * spinors.dipole(at_rest, np.eye(4)[axis]) @ spinors.P_L
        for a, b in itertools.product(spinors.SPINS, spinors.SPINS):
            row, column = spinors.bar(spinors.u(heavy, m_N, a)), spinors.v(light, 0, b)
            dipole += abs(row @ vertex @ column) ** 2
            row, column = spinors.bar(spinors.u(electron, 0, a)), spinors.v(positron, 0, b)
            leptons += abs(row @ spinors.GAMMA[axis] @ column) ** 2
    both_modes = 2 * dipole * p / (4 * np.pi * ALPHA * leptons * m_V / 2)
    assert recast.vector_decay_ratio(m_V, m_N, 1.0) == pytest.approx(both_modes, rel=1e-9)


def test_vector_decay_goes_as_the_cross_sections():
    """A virtual photon does not know what made it: sigma(N nubar + c.c.)/sigma(mu mu)."""
    m_V, m_N = np.array([3.0969, 9.4604]), np.array([0.5, 8.0])
    muons = FB_GEV2 * 4 * np.pi * ALPHA**2 / (3 * m_V**2)
    ratio = 2 * signal.total_cross_section(m_V, m_N, 1e-3) / muons
    np.testing.assert_allclose(recast.vector_decay_ratio(m_V, m_N, 1e-3), ratio, rtol=1e-12)


def test_no_decay_above_the_mass_of_the_vector():
    assert list(recast.vector_decay_ratio(3.0969, [3.0969, 5.0], 1.0)) == [0.0, 0.0]


# ---- fits over a floated background -----------------------------------------------------

EDGES = np.linspace(-1.0, 1.0, 41)
CENTRES = (EDGES[1:] + EDGES[:-1]) / 2
POWERS = np.vander(CENTRES, 3, increasing=True).T
LEVEL = 400 * (1.3 + 0.5 * CENTRES)
BUMP = np.diff(ndtr((EDGES - 0.2) / 0.1))
KINK = np.maximum(CENTRES + 0.3, 0.0)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_information_is_the_curvature_of_the_profile_likelihood(n):
    """The Poisson likelihood of expected counts, its gradient solved by scipy."""

    def profiled(strength):
        def expected(c):
            return LEVEL + strength * KINK + c @ POWERS[:n]

        c = np.zeros(n)
        if n:
            c = root(lambda c: POWERS[:n] @ (1 - LEVEL / expected(c)), c, tol=1e-13).x
        nu = expected(c)
        return np.sum(nu - LEVEL - LEVEL * np.log(nu / LEVEL))

    step = 5.0
    curvature = (profiled(step) + profiled(-step)) / step**2
    floated = POWERS[:n] if n else None
    assert recast.information(KINK, LEVEL, floated) == pytest.approx(curvature, rel=1e-3)


def test_toys_scatter_and_answer_as_the_fit_says():
    """Poisson toys with a smooth signal, fitted with a bump and a line by least squares."""
    rng = np.random.default_rng(16)
    strength = 4.0
    toys = rng.poisson(LEVEL + strength * KINK, size=(20000, LEVEL.size))
    design = np.vstack([BUMP, POWERS[:2]]) / np.sqrt(LEVEL)
    fitted = np.linalg.pinv(design.T) @ ((toys - LEVEL) / np.sqrt(LEVEL)).T
    expected = strength * recast.response(BUMP, KINK, LEVEL, POWERS[:2])
    error = recast.information(BUMP, LEVEL, POWERS[:2]) ** -0.5
    assert fitted[0].std() == pytest.approx(error, rel=0.03)
    assert fitted[0].mean() == pytest.approx(expected, abs=4 * error / np.sqrt(len(toys)))


def test_a_flat_signal_fills_a_window_of_two_root_pi_sigma():
    fine = np.linspace(-3, 3, 1201)
    gaussian = np.diff(ndtr(fine / 0.2))
    flat = np.full(1200, fine[1] - fine[0])
    window = recast.response(gaussian, flat, np.ones(1200))
    assert window == pytest.approx(2 * np.sqrt(np.pi) * 0.2, rel=1e-4)


def test_what_the_background_can_imitate_is_not_seen():
    line = 2 + 3 * CENTRES
    assert recast.information(line, LEVEL, POWERS[:2]) == 0.0
    assert recast.response(BUMP, line, LEVEL, POWERS[:2]) == 0.0
    assert recast.information(line, LEVEL, POWERS[:1]) > 0.0
    twice = np.vstack([POWERS[:2], POWERS[:2]])  # shapes that are not independent do no harm
    full = recast.information(KINK, LEVEL, POWERS[:2])
    assert recast.information(KINK, LEVEL, twice) == pytest.approx(full, rel=1e-9)


def test_more_freedom_never_adds_information():
    found = [recast.information(KINK, LEVEL, POWERS[:n] if n else None) for n in range(4)]
    assert found == sorted(found, reverse=True)
    assert found[-1] > 0


# ---- bad input, and the tables ----------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: recast.dark_photon_cross_section(1.0, 4.0, 1.0, 1e-3), "cos_theta"),
        (lambda: recast.dark_photon_cross_section(0.0, 4.0, 4.0, 1e-3), "m_A"),
        (lambda: recast.dark_photon_cross_section(0.0, 4.0, -1.0, 1e-3), "m_A"),
        (lambda: recast.vector_decay_ratio(0.0, 1.0, 1e-3), "m_V"),
        (lambda: recast.vector_decay_ratio(3.0, 1.0, -1e-3), "d"),
        (lambda: recast.information([1.0], [0.0]), "background"),
        (lambda: recast.information([], []), "background"),
        (lambda: recast.information([1.0], [[1.0]]), "background"),
        (lambda: recast.information([1.0, 2.0], [1.0]), "signal"),
        (lambda: recast.information([1.0], [1.0], [1.0]), "floated"),
        (lambda: recast.response([1.0], [1.0], [1.0], [[1.0]]), "bump"),
    ],
)
def test_bad_input_is_refused(call, name):
    with pytest.raises(ValueError, match=name):
        call()


def test_tables_of_the_searches_can_be_read():
    table = read_table(
        data_folder() / "real_searches.csv",
        numbers={"value": {"see column unit": 1.0}},
        words=("id", "unit", "status", "source"),
        forms={
            "id": r"[a-z0-9]+(-[a-z0-9]+)+",
            "unit": r"1|events|m|GeV(\^2)?|fb\^-1",
            "status": "read|second hand|quoted|assumed",
        },
    )
    values = dict(zip(table["id"], table["value"], strict=True))
    assert len(values) == len(table["id"])
    # the parts that a public note quotes add up to the 53 fb^-1 of the abstract
    parts = sum(values[f"babar-luminosity-{n}s"] for n in (2, 3, 4))
    assert parts == pytest.approx(values["babar-luminosity"])
    assert sum(values[f"babar-tight-{n}s"] for n in (2, 3, 4)) == 41


def test_limit_of_babar_where_it_is_known():
    """Points of the traced figure that are no support points."""
    table = read_table(
        data_folder() / "babar_dark_photon.csv",
        numbers={"m_A": {"GeV": 1.0}, "epsilon": {"1": 1.0}},
    )
    assert np.all(np.diff(table["m_A"]) > 0)
    for m_A, epsilon in ((0.7, 9.621e-4), (2.0, 8.226e-4), (3.9, 5.003e-4), (5.0, 5.471e-4)):
        drawn = np.interp(np.log(m_A), np.log(table["m_A"]), np.log(table["epsilon"]))
        assert np.exp(drawn) == pytest.approx(epsilon, rel=0.015)
