"""The ends of what can be asked for, against mpmath with fifty digits: right, or refused clearly.

Each number is compared with a formula that mpmath evaluates from the same floats.
"""

from dataclasses import replace

import mpmath as mp
import numpy as np
import pytest

import nudp
from nudp import background, kinematics, limits, quadrature, searches, signal
from nudp.beyond import detector
from nudp.constants import ALPHA, FB_GEV2, G_F, HBAR_C, SIN2_THETA_W
from nudp.selections import (
    BeamBackgroundEdge,
    CosThetaWindows,
    EnergyWindow,
    Selection,
    beam_background_edge,
    lab_angles,
)

mp.mp.dps = 50

ROOT_S = 4.0
# m_N/sqrt(s)
RATIOS = [1e-8, 1e-6, 1e-4, 1e-2, 0.3, 0.7, 0.7072, 0.99, 1 - 1e-4, 1 - 1e-8, 1 - 1e-12]
MASSES = [float(ratio * ROOT_S) for ratio in RATIOS]
BELOW = float(np.nextafter(ROOT_S, 0))
GAUSS = np.polynomial.legendre.leggauss(20)
MODELS = [nudp.TEXT, nudp.PUBLISHED, nudp.DIRAC, nudp.MAJORANA, nudp.SignalModel(1, 1.0)]


def exact(m_N, root_s=ROOT_S):
    """The numbers s and r with all digits."""
    return mp.mpf(root_s) ** 2, (mp.mpf(m_N) / mp.mpf(root_s)) ** 2


def sigma(m_N, d, root_s=ROOT_S):
    _, r = exact(m_N, root_s)
    return mp.mpf(FB_GEV2) * mp.mpf(ALPHA) * mp.mpf(d) ** 2 / 3 * (1 - r) ** 2 * (1 + 2 * r)


def length(m_N, d):
    _, r = exact(m_N)
    width = mp.mpf(d) ** 2 * mp.mpf(m_N) ** 3 / (4 * mp.pi)
    return mp.mpf(HBAR_C) / width * mp.mpf(ROOT_S) * (1 - r) / 2 / mp.mpf(m_N)


def density(x, z, r, decay):
    """(1/sigma) d2sigma/dx dz."""
    p2 = (3 * z**2 - 1) / 2
    if decay == "exact":
        g0 = (1 - 2 * r**2) - x * (1 - 2 * r)
        g2 = -(1 + 6 * r + r**2) + (1 + r) * x + 6 * r * (1 + r) / x - 6 * r**2 / x**2
        return (g0 + g2 * p2) / ((1 - r) ** 2 * (1 + 2 * r))
    cos_star = (2 * x - 1 - r) / (1 - r)
    cos_alpha = (1 + r - 2 * r / x) / (1 - r)
    a2 = -(1 - r) / (1 + 2 * r) * (3 * cos_alpha**2 - 1) / 2
    return (1 + mp.mpf(decay) * cos_star) / (2 * (1 - r)) * (1 + a2 * p2)


def share(m_N, model, lower, upper, floor=0.0, ceiling=np.inf):
    """Acceptance of one window: Gauss-Legendre over x after ln x, which is smooth."""
    _, r = exact(m_N)
    low = max(r, 2 * mp.mpf(floor) / mp.mpf(ROOT_S))
    high = min(mp.mpf(1), 2 * mp.mpf(ceiling) / mp.mpf(ROOT_S))
    if low >= high:
        return mp.mpf(0)
    lower, upper = mp.mpf(lower), mp.mpf(upper)

    def over_z(x):
        # quadratic in z: two nodes are exact
        middle, half = (upper + lower) / 2, (upper - lower) / 2
        node = half / mp.sqrt(3)
        return half * sum(density(x, middle + step, r, model.decay) for step in (-node, node))

    def integrand(y):
        x = low * mp.exp(y)
        return over_z(x) * x

    span = mp.log(high / low)
    pieces = max(int(span / 2) + 1, 1)
    step = span / pieces
    # the integrand has all digits, the nodes have sixteen
    return sum(
        weight * integrand(step * (i + (1 + mp.mpf(t)) / 2)) * step / 2
        for i in range(pieces)
        for t, weight in zip(*GAUSS, strict=True)
    )


def close(got, wanted, rel, abs_=0.0):
    assert abs(mp.mpf(float(got)) - wanted) <= rel * abs(wanted) + abs_, (got, mp.nstr(wanted, 17))


# ---- masses from 1e-8 sqrt(s) to the threshold ------------------------------------------


@pytest.mark.parametrize("m_N", [*MASSES, BELOW])
def test_closed_forms_keep_their_digits(m_N):
    _, r = exact(m_N)
    root_s = mp.mpf(ROOT_S)
    close(signal.total_cross_section(ROOT_S, m_N, 1e-5), sigma(m_N, 1e-5), 1e-14)
    close(signal.decay_length(ROOT_S, m_N, 1e-5), length(m_N, 1e-5), 1e-14)
    close(kinematics.heavy_momentum(ROOT_S, m_N), root_s * (1 - r) / 2, 1e-15)
    close(kinematics.heavy_energy(ROOT_S, m_N), root_s * (1 + r) / 2, 1e-15)
    close(kinematics.photon_energy_range(ROOT_S, m_N)[0], mp.mpf(m_N) ** 2 / (2 * root_s), 1e-15)
    z = mp.mpf(0.3)
    angular = (1 - z**2) + (1 + z**2) * r
    wanted = mp.mpf(FB_GEV2) * mp.mpf(ALPHA) / 4 * (1 - r) ** 2 * angular
    close(signal.differential_cross_section(0.3, ROOT_S, m_N, 1.0), wanted, 1e-14)
    close(
        signal.decay_probability(0.8, ROOT_S, m_N, 1e-5),
        -mp.expm1(-mp.mpf(0.8) / length(m_N, 1e-5)),
        1e-14,
    )


@pytest.mark.parametrize("root_s", [10.583, 2.125, 91.2])
def test_nothing_cancels_at_the_threshold(root_s):
    for gap in (1e-4, 1e-8, 1e-12):
        m_N = root_s * (1 - gap)
        close(signal.total_cross_section(root_s, m_N, 1.0), sigma(m_N, 1.0, root_s), 1e-14)


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_acceptances_at_all_masses(model):
    """A barrel with a floor in energy, 1e-8 of the acceptance."""
    barrel = CosThetaWindows(((-0.8, 0.7, 0.05),))
    got = signal.acceptance(barrel, ROOT_S, MASSES, model)
    for m_N, one in zip(MASSES, got, strict=True):
        close(one, share(m_N, model, -0.8, 0.7, 0.05), 1e-8)


@pytest.mark.parametrize("m_N", [1e-8 * ROOT_S, (1 - 1e-12) * ROOT_S])
def test_limits_at_the_ends_of_the_masses(m_N):
    """End to end: Eq. (7) and its root in mpmath; the background from its own integral."""
    z, floor = 0.8, 0.05
    run = nudp.Search("extreme", ROOT_S, 100.0, CosThetaWindows(((-z, z, floor),)), 0.8)
    s_rate = 100 * 2 * sigma(m_N, 1) * share(m_N, nudp.DIRAC, -z, z, floor)
    k_rate = mp.mpf(0.8) / length(m_N, 1)
    B = 100 * irreducible(z, floor)
    wanted = root_of_chi2(s_rate, k_rate, B, mp.mpf(2.71))
    close(nudp.upper_limit(run, m_N, nudp.DIRAC), wanted, 1e-8)


def irreducible(z, floor):
    """Cross section of the background within |cos theta| < z above an energy, by mpmath."""
    s, E0 = mp.mpf(ROOT_S) ** 2, mp.mpf(floor)
    sin2 = mp.mpf(SIN2_THETA_W)
    couplings = 8 * sin2**2 - sin2 * 4 / 3 + 1

    def over_z(E):
        s_gamma = s - 2 * mp.mpf(ROOT_S) * E
        atanh = mp.atanh(mp.mpf(z))
        integral = 2 * (-(E**2) * mp.mpf(z) + (s_gamma + 2 * E**2) * atanh)
        return s_gamma * integral / (s * E)

    factor = mp.mpf(FB_GEV2) * mp.mpf(ALPHA) * mp.mpf(G_F) ** 2 * couplings / (4 * mp.pi**2)
    return factor * mp.quad(over_z, [E0, mp.mpf(ROOT_S) / 8, mp.mpf(ROOT_S) / 2])


def root_of_chi2(s_rate, k_rate, B, target):
    """Root d of S^2/(S + B) = target, S = s d^2 (1 - exp(-k d^2))."""
    needed = (target + mp.sqrt(target**2 + 4 * target * B)) / 2
    return root_of_events(s_rate, k_rate, needed)


def root_of_events(s_rate, k_rate, needed):
    prompt = needed / s_rate
    guess = mp.log(max(prompt, mp.sqrt(prompt / k_rate)))

    def excess(log_square):
        square = mp.exp(log_square)
        return mp.log(-s_rate * square * mp.expm1(-k_rate * square) / needed)

    return mp.exp(mp.findroot(excess, (guess - 1, guess + 1), solver="anderson", tol=1e-40) / 2)


def root_of_asimov(s_rate, k_rate, B, target):
    def excess(log_S):
        S = mp.exp(log_S)
        ratio = S / B if B else mp.inf
        q = 2 * S if not B else 2 * (S - B * mp.log1p(ratio))
        return mp.log(q / target)

    start = mp.log(target / 2 + mp.sqrt(target * B))
    S = mp.exp(mp.findroot(excess, (start - 1, start + 2), solver="anderson", tol=1e-35))
    return root_of_events(s_rate, k_rate, S)


# ---- luminosities and backgrounds -------------------------------------------------------


@pytest.mark.parametrize("B", [0.0, 1e-12, 1.0, 1e6, 1e12])
@pytest.mark.parametrize("luminosity", [1e-6, 1e-2, 1.0, 1e4, 1e9])
def test_limits_for_any_luminosity_and_background(luminosity, B):
    """From yields: with so many events, and with so many for each fb^-1."""
    for events in {B, B * luminosity}:
        for m_N in (4e-8, 1.0, 3.9999):
            s_rate = float(luminosity * 2 * sigma(m_N, 1) / 2)
            k_rate = float(mp.mpf(0.8) / length(m_N, 1))
            one = [np.array([[s_rate]]), np.array([[k_rate]])]
            expected = limits.Yields(*one, np.array([events]), np.zeros(1), np.zeros(1))
            rates = mp.mpf(s_rate), mp.mpf(k_rate), mp.mpf(events)
            close(limits.solve(expected)[0], root_of_chi2(*rates, mp.mpf(2.71)), 1e-11)
            for method, level in (("asimov", 0.95), ("cls", 0.975)):
                z = mp.sqrt(2) * mp.erfinv(2 * mp.mpf(level) - 1)
                got = limits.solve(expected, method=method)[0]
                close(got, root_of_asimov(*rates, z**2), 1e-9)


@pytest.mark.parametrize("luminosity", [1e-6, 1e9])
@pytest.mark.parametrize("reducible", [0.0, 1e12])
def test_searches_with_any_luminosity_and_background(luminosity, reducible):
    z, floor = 0.8, 0.05
    run = nudp.Search("extreme", ROOT_S, luminosity, CosThetaWindows(((-z, z, floor),)), 0.8)
    run = replace(run, reducible_background=reducible)
    L, m_N = mp.mpf(luminosity), 1.0
    s_rate = L * 2 * sigma(m_N, 1) * share(m_N, nudp.PUBLISHED, -z, z, floor)
    B = L * (irreducible(z, floor) + mp.mpf(reducible))
    wanted = root_of_chi2(s_rate, mp.mpf(0.8) / length(m_N, 1), B, mp.mpf(2.71))
    close(nudp.upper_limit(run, m_N, nudp.PUBLISHED), wanted, 1e-8)


def test_no_luminosity_is_no_limit():
    assert nudp.upper_limit(replace(searches.STCF_4GEV, luminosity=0.0), 1.0, nudp.DIRAC) == np.inf
    with pytest.raises(ValueError, match="luminosity"):
        replace(searches.STCF_4GEV, luminosity=np.inf)


# ---- windows that close, edges on the beam ----------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CosThetaWindows(((0.5, 0.5, 0.0),)), "windows must ascend"),
        (lambda: EnergyWindow(1.0, 1.0), "lowest must be below highest"),
        (lambda: lab_angles(60.0, 60.0), "lower, upper must ascend"),
        (lambda: BeamBackgroundEdge(0.0, 90.0), "theta_1 must be off the beam line"),
        (lambda: BeamBackgroundEdge(90.0, 180.0), "theta_2 must be off the beam line"),
        (lambda: beam_background_edge(0.0, 180.0, 0.3), "theta_1 must be off the beam line"),
        (lambda: BeamBackgroundEdge(90.0, 90.0), "theta_1 must be below theta_2"),
        (lambda: lab_angles(-1e-9, 180.0), "lower, upper must be between 0 and 180"),
        (lambda: lab_angles(0.0, 180.0 + 1e-9), "lower, upper must be between 0 and 180"),
    ],
)
def test_a_window_of_measure_zero_or_an_edge_on_the_beam_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("width", [1e-3, 1e-7, 1e-11, 1e-15])
@pytest.mark.parametrize("model", [nudp.DIRAC, nudp.TEXT], ids=str)
def test_the_narrowest_windows_keep_their_digits(width, model):
    lower, upper = 0.5, 0.5 + width
    got = signal.acceptance(CosThetaWindows(((lower, upper, 0.0),)), ROOT_S, 1.0, model)
    close(got, share(1.0, model, lower, upper), 1e-10)
    low, high = 1.0, 1.0 + width
    if width > 1e-11:  # kinks closer than 1e-12 sqrt(s) are one
        got = signal.acceptance(EnergyWindow(low, high), ROOT_S, 1.0, model)
        close(got, share(1.0, model, -1, 1, low, high), 1e-9)


def test_windows_that_share_no_more_than_an_edge():
    touching = [CosThetaWindows(((-0.5, 0.2, 0.0),)), CosThetaWindows(((0.2, 0.9, 0.0),))]
    with pytest.raises(ValueError, match="no photon in common"):
        touching[0] & touching[1]
    both = Selection("edge", tuple(touching))
    assert signal.acceptance(both, ROOT_S, 1.0, nudp.DIRAC) == 0
    assert background.cross_section(both, ROOT_S) == 0
    run = replace(searches.STCF_4GEV, selection=both)
    assert nudp.upper_limit(run, 1.0, nudp.DIRAC) == np.inf


def test_edges_at_0_and_180_degrees():
    """Everything is accepted of the signal; the background is infinite there."""
    whole = lab_angles(0.0, 180.0, 0.3)
    for m_N in MASSES:
        close(signal.acceptance(whole, ROOT_S, m_N, nudp.DIRAC), mp.mpf(1), 1e-9)
    with pytest.raises(ValueError, match="no energy floor"):
        background.cross_section(whole, ROOT_S)
    with pytest.raises(ValueError, match="cos_theta reaches the beam line"):
        background.cross_section(whole & EnergyWindow(0.1, 3.0), ROOT_S)


def test_edges_close_to_the_beam():
    """A thousandth of a degree from it; atanh is large, not lost."""
    z = float(np.cos(np.deg2rad(1e-3)))
    got = background.cross_section(CosThetaWindows(((-z, z, 0.05),)), ROOT_S)
    close(got, irreducible(z, 0.05), 1e-9)


# ---- selections that touch the kinematic boundary ---------------------------------------


@pytest.mark.parametrize("model", MODELS, ids=str)
@pytest.mark.parametrize("m_N", [0.01, 1.0, 3.5, 3.999])
def test_a_floor_at_the_lowest_photon_energy(m_N, model):
    """At the boundary and one step to either side nothing jumps."""
    lowest = float(kinematics.photon_energy_range(ROOT_S, m_N)[0])
    for floor in (np.nextafter(lowest, 0), lowest, np.nextafter(lowest, 9), lowest * (1 + 1e-6)):
        window = CosThetaWindows(((-0.8, 0.7, float(floor)),))
        got = signal.acceptance(window, ROOT_S, m_N, model)
        close(got, share(m_N, model, -0.8, 0.7, floor), 1e-8)


@pytest.mark.parametrize("gap", [1e-3, 1e-6, 1e-9])
def test_a_floor_just_below_the_highest_photon_energy(gap):
    floor = ROOT_S / 2 * (1 - gap)
    window = CosThetaWindows(((-0.8, 0.7, floor),))
    for model in (nudp.PUBLISHED, nudp.DIRAC):
        for m_N in (0.01, 1.0, 3.5):
            close(
                signal.acceptance(window, ROOT_S, m_N, model),
                share(m_N, model, -0.8, 0.7, floor),
                1e-6,
            )


@pytest.mark.parametrize("floor", [ROOT_S / 2, np.nextafter(ROOT_S / 2, 9), 3.0])
def test_a_floor_at_or_above_the_highest_photon_energy(floor):
    window = CosThetaWindows(((-0.8, 0.8, float(floor)),))
    assert signal.acceptance(window, ROOT_S, 1.0, nudp.DIRAC) == 0
    assert background.cross_section(window, ROOT_S) == 0
    run = nudp.Search("blind", ROOT_S, 1.0, window, 1.0)
    assert nudp.upper_limit(run, 1.0, nudp.DIRAC) == np.inf
    with pytest.raises(ValueError, match="accepts nothing at 4"):
        quadrature.accepted_nodes(window, ROOT_S)


@pytest.mark.filterwarnings("ignore:every m_N is above")
def test_at_the_threshold_there_is_nothing_and_above_it_neither():
    barrel = CosThetaWindows(((-0.8, 0.8, 0.05),))
    run = nudp.Search("threshold", ROOT_S, 1.0, barrel, 1.0)
    for m_N in (ROOT_S, float(np.nextafter(ROOT_S, 9)), 1e6):
        assert signal.total_cross_section(ROOT_S, m_N, 1.0) == 0
        assert signal.acceptance(barrel, ROOT_S, m_N, nudp.DIRAC) == 0
        assert nudp.upper_limit(run, m_N, nudp.DIRAC) == np.inf
        with pytest.raises(ValueError, match="m_N must be below sqrt_s"):
            signal.decay_length(ROOT_S, m_N, 1.0)
    assert np.isfinite(nudp.upper_limit(run, BELOW, nudp.DIRAC))


@pytest.mark.parametrize("d", [1e-12, 1e-5, 1.0])
@pytest.mark.parametrize("m_N", MASSES)
def test_a_sphere_of_a_detector(m_N, d):
    """The effective length lies between the shortest and the longest way out."""
    cylinder = detector.Cylinder(1.0, 1.5, 1.5)
    length_ = detector.effective_length(cylinder, ROOT_S, m_N, d)
    assert 1.0 - 1e-9 <= length_ <= np.hypot(1.0, 1.5) + 1e-9
