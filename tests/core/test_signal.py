"""Eqs. (2) to (7) by identity and limit, and against sampled events."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from independent import CUTS, ROOT_S_BELLE2
from scipy.integrate import quad
from scipy.stats import binom

import nudp
from nudp import kinematics, limits, searches, selections, signal
from nudp.constants import ALPHA, FB_GEV2, HBAR_C

MODELS = [nudp.TEXT, nudp.PUBLISHED, nudp.DIRAC, nudp.MAJORANA, nudp.SignalModel(2, 1.0)]
ROOT_S = st.floats(0.5, 20)
RATIO = st.floats(1e-3, 0.999)


@given(ROOT_S, RATIO)
def test_equation_2_integrates_to_equation_3(root_s, ratio):
    m_N = ratio * root_s
    # a quadratic in z_N: two Gauss nodes integrate it exactly
    node = 1 / np.sqrt(3)
    integral = sum(signal.differential_cross_section(z, root_s, m_N, 1e-5) for z in (-node, node))
    assert integral == pytest.approx(signal.total_cross_section(root_s, m_N, 1e-5), rel=1e-12)


def test_light_n_cross_section_does_not_know_the_energy():
    flat = FB_GEV2 * ALPHA * 1e-5**2 / 3
    for root_s in (2.0, 4.0, 7.0, 10.58):
        got = signal.total_cross_section(root_s, 1e-3 * root_s, 1e-5)
        # the next term is of order (m_N^2/s)^2: the linear one cancels
        assert got == pytest.approx(flat, rel=1e-11)


def test_equation_2_reaches_both_helicities():
    at_threshold = signal.differential_cross_section([0, 1], 4.0, 4.0 * (1 - 1e-9), 1.0)
    assert at_threshold[1] / at_threshold[0] == pytest.approx(1.0, rel=1e-6)
    light = signal.differential_cross_section([0, 1], 4.0, 4e-4, 1.0)
    assert light[1] / light[0] < 1e-7


@given(st.floats(1e-2, 3.9), st.floats(1e-7, 1e-3))
def test_decay_length_is_c_tau_beta_gamma(m_N, d):
    momentum = kinematics.heavy_momentum(4.0, m_N)
    expected = HBAR_C / signal.decay_width(m_N, d) * momentum / m_N
    assert signal.decay_length(4.0, m_N, d) == pytest.approx(expected, rel=1e-12)


def test_decay_probability_limits():
    short = signal.decay_probability(0.8, 4.0, 2.0, 1e-2)
    long = signal.decay_probability(0.8, 4.0, 1e-3, 1e-8)
    assert short == 1.0
    assert long == pytest.approx(0.8 / signal.decay_length(4.0, 1e-3, 1e-8), rel=1e-9)
    assert signal.decay_probability(0.8, 4.0, 1.0, 0.0) == 0.0
    assert signal.decay_length(4.0, 1.0, 0.0) == np.inf


@pytest.mark.parametrize("model", MODELS, ids=str)
@pytest.mark.parametrize("ratio", [0.02, 0.4, 0.71, 0.97])
def test_spectrum_is_normalised_and_is_the_density_integrated(model, ratio):
    root_s = 4.0
    m_N = ratio * root_s
    lowest, highest = kinematics.photon_energy_range(root_s, m_N)
    total, _ = quad(signal.photon_spectrum, lowest, highest, args=(root_s, m_N, model))
    assert total == pytest.approx(1.0, rel=1e-9)
    node = 1 / np.sqrt(3)
    energy = np.linspace(lowest, highest, 7)[1:-1]
    by_angle = sum(signal.photon_density(energy, z, root_s, m_N, model) for z in (-node, node))
    np.testing.assert_allclose(
        by_angle, signal.photon_spectrum(energy, root_s, m_N, model), rtol=1e-9
    )


@given(st.sampled_from(MODELS), RATIO, st.floats(0, 1), st.floats(-1, 1))
def test_density_is_never_negative(model, ratio, share, z):
    lowest, highest = kinematics.photon_energy_range(4.0, 4.0 * ratio)
    energy = lowest + share * (highest - lowest)
    assert signal.photon_density(energy, z, 4.0, 4.0 * ratio, model) >= -1e-9


def test_exact_spectrum_is_soft_flat_and_hard():
    def ends(m_N):
        lowest, highest = kinematics.photon_energy_range(4.0, m_N)
        inside = np.array([lowest * 1.000001, highest * 0.999999])
        return signal.photon_spectrum(inside, 4.0, m_N, nudp.DIRAC)

    soft, flat, hard = ends(0.04), ends(4.0 / np.sqrt(2)), ends(3.9)
    assert soft[0] > 100 * soft[1]
    assert flat[0] == pytest.approx(flat[1], rel=1e-4)
    assert hard[1] > hard[0]


def test_nothing_outside_the_photon_range():
    lowest, highest = kinematics.photon_energy_range(4.0, 2.0)
    outside = [0.0, lowest * 0.99, highest * 1.01, 10.0]
    assert not signal.photon_spectrum(outside, 4.0, 2.0, nudp.DIRAC).any()
    assert not signal.photon_density(outside, 0.3, 4.0, 2.0, nudp.DIRAC).any()


def test_the_four_models_are_what_the_book_says():
    assert (nudp.TEXT.charge_modes, nudp.TEXT.decay, nudp.TEXT.width_factor) == (1, -1.0, 1.0)
    assert (nudp.PUBLISHED.charge_modes, nudp.PUBLISHED.decay) == (2, 0.0)
    assert (nudp.DIRAC.charge_modes, nudp.DIRAC.decay, nudp.DIRAC.width_factor) == (2, "exact", 1.0)
    assert nudp.MAJORANA == replace(nudp.PUBLISHED, width_factor=2.0, name="MAJORANA")


# ---- sampled events: four-vectors, boosts, yes/no cuts -------------------------


@pytest.mark.parametrize(
    ("cut", "root_s", "ratio"),
    [
        ("belle2_low_mass", ROOT_S_BELLE2, 0.1),
        ("belle2_bbg", ROOT_S_BELLE2, 0.85),
        ("belle2_high_mass", ROOT_S_BELLE2, 0.5),
        ("besiii_advanced", 4.0, 0.3),
        ("besiii_basic", 3.1, 0.8),
    ],
)
@pytest.mark.parametrize("model", [nudp.TEXT, nudp.PUBLISHED, nudp.SignalModel(1, 1.0)], ids=str)
def test_acceptance_counts_sampled_events(cut, root_s, ratio, model):
    events = 200_000
    rng = np.random.default_rng(20220407)
    energy, z = _sample(rng, events, root_s, ratio * root_s, model.decay)
    passed = int(CUTS[cut][0](energy, z, root_s).sum())
    share = signal.acceptance(getattr(selections, cut)(), root_s, ratio * root_s, model)
    # a two-sided 1e-6 tail: a wrong formula fails, a fluctuation does not
    low, high = binom.interval(1 - 1e-6, events, share)
    assert low <= passed <= high


def _sample(rng, events, root_s, m_N, slope):
    """Produce N by Eq. (2), decay it at rest about its flight direction, boost."""
    r = (m_N / root_s) ** 2
    z_N = _accept(rng, events, lambda z: (1 - z**2) + (1 + z**2) * r, 1 + r)
    star = _accept(rng, events, lambda c: 1 + slope * c, 2.0)
    psi = rng.uniform(0, 2 * np.pi, events)
    E, p = (root_s**2 + m_N**2) / (2 * root_s), (root_s**2 - m_N**2) / (2 * root_s)
    gamma, beta = E / m_N, p / E
    along = gamma * (star + beta) * m_N / 2
    across = np.sqrt(1 - star**2) * m_N / 2
    energy = gamma * (1 + beta * star) * m_N / 2
    longitudinal = along * z_N - across * np.cos(psi) * np.sqrt(1 - z_N**2)
    return energy, longitudinal / energy


def _accept(rng, events, density, bound):
    kept = np.empty(0)
    while kept.size < events:
        trial = rng.uniform(-1, 1, events)
        kept = np.append(kept, trial[rng.uniform(0, bound, events) < density(trial)])
    return kept[:events]


# ---- shapes and bad input -------------------------------------------------------


def test_scalars_in_scalars_out_and_arrays_broadcast():
    selection = selections.besiii_advanced()
    assert np.ndim(signal.acceptance(selection, 4.0, 1.0, nudp.DIRAC)) == 0
    grid = np.array([[0.5, 1.0, 2.0], [3.0, 3.9, 4.1]])
    shaped = signal.acceptance(selection, 4.0, grid, nudp.DIRAC)
    one_by_one = [signal.acceptance(selection, 4.0, m, nudp.DIRAC) for m in grid.ravel()]
    np.testing.assert_allclose(shaped.ravel(), one_by_one, rtol=1e-14)
    assert signal.total_cross_section([[2.0], [4.0]], [0.1, 1.0, 3.0], 1e-5).shape == (2, 3)
    assert np.ndim(signal.decay_length(4.0, 1.0, 1e-5)) == 0


def test_at_and_above_threshold():
    assert signal.total_cross_section(4.0, 4.0, 1.0) == 0
    assert signal.total_cross_section(4.0, 5.0, 1.0) == 0
    assert signal.differential_cross_section(0.2, 4.0, 5.0, 1.0) == 0
    assert signal.acceptance(selections.besiii_advanced(), 4.0, 4.0, nudp.DIRAC) == 0
    with pytest.raises(ValueError, match=r"m_N must be below sqrt_s, got m_N 4\.0"):
        signal.decay_length(4.0, 4.0, 1e-5)


@pytest.mark.parametrize("mass", [-1.0, 0.0, np.nan, np.inf])
@pytest.mark.parametrize(
    "call",
    [
        lambda m: signal.total_cross_section(4.0, m, 1e-5),
        lambda m: signal.differential_cross_section(0.0, 4.0, m, 1e-5),
        lambda m: signal.decay_width(m, 1e-5),
        lambda m: signal.decay_length(4.0, m, 1e-5),
        lambda m: signal.decay_probability(1.0, 4.0, m, 1e-5),
        lambda m: signal.photon_spectrum(1.0, 4.0, m, nudp.DIRAC),
        lambda m: signal.photon_density(1.0, 0.0, 4.0, m, nudp.DIRAC),
        lambda m: signal.acceptance(selections.besiii_basic(), 4.0, m, nudp.DIRAC),
        lambda m: kinematics.heavy_energy(4.0, m),
    ],
)
def test_a_bad_mass_is_named(call, mass):
    with pytest.raises(ValueError, match=f"m_N must be .*{mass}"):
        call(mass)


# ---- several energies at once, parts of panels ---------------------------------------------


@pytest.mark.parametrize("m_N", [0.5, 2.0, 3.5, 3.9, 4.05])
def test_runs_in_any_order_of_energy_are_what_each_is_alone(m_N):
    """The first and the last at one energy, another between them; two cannot make the heaviest."""
    energies = [4.0, 4.4, 4.1, 4.0]
    cut = selections.besiii_advanced()
    own = SimpleNamespace(
        intervals=lambda E, sqrt_s: cut.intervals(E, float(sqrt_s)), kinks=cut.kinks
    )
    alone = [signal.acceptance(cut, E, m_N, nudp.DIRAC) for E in energies]
    for selection in (cut, own):
        run = replace(searches.STCF_4GEV, selection=selection, reducible_background=1.0)
        runs = [replace(run, sqrt_s=E) for E in energies]
        sigma = 2 * signal.total_cross_section(energies, m_N, 1.0)
        got = limits.yields(runs, m_N, nudp.DIRAC).prompt
        np.testing.assert_allclose(got, run.luminosity * sigma * alone, rtol=1e-13)


def test_many_masses_are_taken_in_blocks(monkeypatch):
    """The same numbers, each computed once, and no step holds more than a block."""
    cut, masses = selections.besiii_advanced(), np.linspace(0.1, 3.99, 50)
    sizes, whole = [], signal._share_of_panel

    def watched(grid, row, *rest):
        sizes.append(len(row))
        return whole(grid, row, *rest)

    monkeypatch.setattr(signal, "_share_of_panel", watched)
    at_once = signal.acceptance(cut, 4.0, masses, nudp.DIRAC)
    monkeypatch.setattr(signal, "_CHUNK", 4)
    in_blocks = signal.acceptance(cut, 4.0, masses, nudp.DIRAC)
    np.testing.assert_allclose(in_blocks, at_once, rtol=1e-14)
    assert len(sizes) > 3
    assert max(sizes[1:]) == 4
    assert sum(sizes[1:]) == sizes[0]


def test_masses_of_any_type_of_number_keep_their_digits():
    single = np.float32(0.1)
    expected = signal.decay_length(4.0, float(single), 1e-5)
    assert signal.decay_length(4.0, single, 1e-5) == pytest.approx(expected, rel=1e-14)
    whole = signal.decay_length(1e6, np.array([100_000]), 1e-9)
    assert whole == pytest.approx(signal.decay_length(1e6, 1e5, 1e-9), rel=1e-14)


def test_models_may_be_made_by_hand():
    assert nudp.SignalModel(2, "exact", name="DIRAC") == nudp.DIRAC
    assert nudp.SignalModel(1, "exact").charge_modes == 1
    for call, message in [
        (lambda: nudp.SignalModel(1.5, 0.0), "^charge_modes must be a whole number, got 1.5"),
        (lambda: nudp.SignalModel(2, 0.0, 1.0, 3), "^name must be a str, got 3"),
        (lambda: signal.photon_spectrum(1, 4, 1, "DIRAC"), "^signal must be a SignalModel"),
        (lambda: signal.photon_density(1, 0, 4, 1, "DIRAC"), "^signal must be a SignalModel"),
        (
            lambda: signal.acceptance(selections.besiii_basic(), 4.0, 1.0, "DIRAC"),
            "^signal must be a SignalModel",
        ),
    ]:
        with pytest.raises(TypeError, match=message):
            call()


@pytest.mark.parametrize("model", MODELS, ids=str)
@pytest.mark.parametrize("name", CUTS)
def test_parts_of_panels_are_those_on_nodes_of_their_own(monkeypatch, name, model):
    """Two ways of integrating a panel from the lowest photon energy upwards agree."""
    cut = getattr(selections, name)()
    masses = np.geomspace(1e-3, 0.999, 301) * ROOT_S_BELLE2
    by_moments = signal.acceptance(cut, ROOT_S_BELLE2, masses, model)
    monkeypatch.setattr(signal, "_LARGEST_R_OF_MOMENTS", 0.0)
    on_nodes = signal.acceptance(cut, ROOT_S_BELLE2, masses, model)
    np.testing.assert_allclose(by_moments, on_nodes, rtol=2e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: signal.differential_cross_section(1.2, 4, 1, 1e-5), r"cos_theta_N .*1\.2"),
        (lambda: signal.photon_density(1, -1.2, 4, 1, nudp.DIRAC), r"cos_theta .*-1\.2"),
        (lambda: signal.total_cross_section(4, 1, -1e-5), "d must be zero or positive, got -1e-05"),
        (lambda: signal.total_cross_section(-4, 1, 1e-5), r"sqrt_s must be positive, got -4\.0"),
        (lambda: signal.decay_probability(-1, 4, 1, 1e-5), r"length .*-1\.0"),
        (lambda: signal.photon_spectrum(-1, 4, 1, nudp.DIRAC), r"E_gamma .*-1\.0"),
        (lambda: signal.differential_cross_section(0, 4, 1, -1e-5), "^d must be .*-1e-05"),
        (lambda: signal.decay_width(1, -1e-5), "^d must be .*-1e-05"),
        (lambda: signal.decay_length(4, 1, -1e-5), "^d must be .*-1e-05"),
        (
            lambda: signal.differential_cross_section([0, 0.1], 4, 1, [1e-5] * 3),
            "^cos_theta_N, sqrt_s, m_N, d must have shapes",
        ),
        (
            lambda: signal.total_cross_section([4, 5], 1, [1e-5] * 3),
            "^sqrt_s, m_N, d must have shapes",
        ),
        (lambda: signal.decay_width([1, 2], [1e-5] * 3), "^m_N, d must have shapes"),
        (lambda: signal.decay_length([4, 5], 1, [1e-5] * 3), "^sqrt_s, d must have shapes"),
        (
            lambda: signal.decay_probability([1, 2], [4, 5, 6], 1, 1e-5),
            "^length, sqrt_s must have shapes",
        ),
        (
            lambda: signal.photon_density([1, 1.5], [0, 0.1, 0.2], 4, 1, nudp.DIRAC),
            "^cos_theta, E_gamma must have shapes",
        ),
        (
            lambda: signal.photon_spectrum([1, 1.5], [4, 5, 6], 1, nudp.DIRAC),
            "^E_gamma, sqrt_s must have shapes",
        ),
        (lambda: kinematics.cos_opening_angle(3.0, 4, 1), r"E_gamma must be between .*3\.0"),
        (lambda: kinematics.lab_from_cm(0.0, 1.0), r"beta .*1\.0"),
        (lambda: kinematics.lab_from_cm(1.2, 0.1), r"cos_theta .*1\.2"),
        (lambda: nudp.SignalModel(3, 0.0), "charge_modes must be 1 or 2, got 3"),
        (lambda: nudp.SignalModel(2, "soft"), "decay must be .*'soft'"),
        (lambda: nudp.SignalModel(2, 1.5), r"decay .*1\.5"),
        (lambda: nudp.SignalModel(2, 0.0, 0.0), r"width_factor .*0\.0"),
    ],
)
def test_bad_input_names_argument_and_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("value", ["1", None, 1j, [None]])
def test_what_is_no_number_is_a_type_error(value):
    with pytest.raises(TypeError, match="m_N must be real numbers"):
        signal.decay_width(value, 1e-5)
