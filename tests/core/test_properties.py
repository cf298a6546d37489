"""What must hold whatever the numbers are: hypothesis looks for some that break it."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from public_calls import CALLS, array_arguments, label, valid
from scipy import integrate

import nudp
from nudp import (
    background,
    kinematics,
    limits,
    searches,
    selections,
    signal,
)
from nudp.beyond import detector, electroweak, radiation
from nudp.cuts import _velocities
from nudp.selections import CosThetaWindows, EnergyWindow, LabAngleWindow, Selection


def examples(count):
    """Settings: how many examples."""
    return settings(max_examples=count, report_multiple_bugs=False)


MODELS = [nudp.TEXT, nudp.PUBLISHED, nudp.DIRAC, nudp.MAJORANA, nudp.SignalModel(2, 1.0)]
METHODS = ["chi2", "asimov", "cls"]
RUNS = [searches.BELLE2_LOW_MASS, searches.BELLE2_BBG, searches.STCF_4GEV, searches.BESIII[7]]
MODEL = st.sampled_from(MODELS)
METHOD = st.sampled_from(METHODS)
RUN = st.sampled_from(RUNS)
RATIO = st.floats(1e-3, 0.995)
ROOT_S = st.floats(2.0, 12.0)
FACTOR = st.floats(1.05, 20.0)
BETA = st.floats(-0.95, 0.95)


@st.composite
def cuts(draw):
    """Cuts of any kind: windows in angle and energy, edges in the lab, edges of beam background."""
    low, high = sorted(draw(st.lists(st.floats(2, 178), min_size=2, max_size=2, unique=True)))
    kind = draw(st.sampled_from(["window", "energy", "edge", "lab"]))
    if kind == "window":
        a, b = np.cos(np.deg2rad([high, low])).tolist()
        assume(a < b)
        return CosThetaWindows(((a, b, draw(st.floats(0.0, 0.5))),))
    if kind == "energy":
        return EnergyWindow(low / 200, high / 100)
    if kind == "edge":
        return selections.beam_background_edge(low, high, draw(st.floats(-0.4, 0.4)))
    slope = draw(st.floats(-20, 20))
    return LabAngleWindow((slope, low), (-slope, high), draw(st.floats(-0.4, 0.4)))


@st.composite
def photon_selections(draw):
    return Selection("drawn", tuple(draw(st.lists(cuts(), min_size=1, max_size=3))))


# ---- acceptances ------------------------------------------------------------------------


@examples(12)
@given(photon_selections(), ROOT_S, RATIO, MODEL)
def test_acceptances_are_shares(selection, root_s, ratio, model):
    share = signal.acceptance(selection, root_s, ratio * root_s, model)
    assert -1e-12 <= share <= 1 + 1e-12


@examples(8)
@given(photon_selections(), ROOT_S, RATIO, MODEL, st.floats(-0.9, 0.9), st.floats(0.05, 0.95))
def test_acceptances_of_parts_add_up(selection, root_s, ratio, model, z, share):
    """Cut in two in angle, and in two in energy."""
    edge = share * root_s / 2
    in_angle = [CosThetaWindows(((-1.0, z, 0.0),)), CosThetaWindows(((z, 1.0, 0.0),))]
    in_energy = [EnergyWindow(0.0, edge), EnergyWindow(edge, root_s)]
    whole = signal.acceptance(selection, root_s, ratio * root_s, model)
    for parts in (in_angle, in_energy):
        # a part that has nothing in common with the selection may be refused outright
        each = [Selection("part", (*selection.cuts, part)) for part in parts]
        halves = [signal.acceptance(part, root_s, ratio * root_s, model) for part in each]
        assert sum(halves) == pytest.approx(whole, abs=2e-8)
        for half in halves:
            assert half <= whole + 1e-8


@examples(8)
@given(photon_selections(), photon_selections(), ROOT_S, RATIO, MODEL)
def test_either_and_both_add_up_to_one_and_the_other(one, two, root_s, ratio, model):
    """Inclusion and exclusion: |A or B| + |A and B| = |A| + |B|."""
    both = Selection("both", (*one.cuts, *two.cuts))
    union, common, first, second = (
        signal.acceptance(selection, root_s, ratio * root_s, model)
        for selection in (one | two, both, one, two)
    )
    assert union + common == pytest.approx(first + second, abs=2e-7)


@examples(10)
@given(ROOT_S, RATIO, MODEL)
def test_everything_is_accepted_without_a_cut(root_s, ratio, model):
    everything = CosThetaWindows(((-1.0, 1.0, 0.0),))
    assert signal.acceptance(everything, root_s, ratio * root_s, model) == pytest.approx(
        1.0, abs=1e-10
    )


# ---- spectra ----------------------------------------------------------------------------


@examples(15)
@given(ROOT_S, RATIO, MODEL, st.floats(0, 1), st.floats(-1, 1))
def test_signal_spectra_are_never_negative_and_are_zero_outside(root_s, ratio, model, share, z):
    m_N = ratio * root_s
    lowest, highest = kinematics.photon_energy_range(root_s, m_N)
    energy = lowest + share * (highest - lowest)
    spectrum = signal.photon_spectrum(energy, root_s, m_N, model)
    scale = 2 / (root_s * (1 - ratio**2))
    assert spectrum >= -1e-12 * scale
    assert signal.photon_density(energy, z, root_s, m_N, model) >= -1e-9 * scale
    assert signal.photon_spectrum(highest * 1.01, root_s, m_N, model) == 0


@examples(5)
@given(ROOT_S, st.floats(0.01, 0.99), MODEL)
def test_signal_spectra_are_normalised(root_s, ratio, model):
    m_N = ratio * root_s
    ends = kinematics.photon_energy_range(root_s, m_N)
    # a polynomial in 1/x and x, over a range that may be wide
    x, w = np.polynomial.legendre.leggauss(60)
    log_E = np.log(ends[0]) + np.log(ends[1] / ends[0]) * (1 + x) / 2
    energy, weight = np.exp(log_E), w / 2 * np.log(ends[1] / ends[0]) * np.exp(log_E)
    z, wz = np.polynomial.legendre.leggauss(3)
    spectrum = signal.photon_spectrum(energy, root_s, m_N, model)
    density = signal.photon_density(energy[:, None], z, root_s, m_N, model)
    assert spectrum @ weight == pytest.approx(1.0, rel=1e-9)
    assert weight @ density @ wz == pytest.approx(1.0, rel=1e-9)


@examples(6)
@given(ROOT_S, st.floats(15, 80), st.floats(0.05, 0.5))
def test_background_spectra_are_positive_and_integrate_to_the_cross_section(root_s, angle, share):
    z = float(np.cos(np.deg2rad(angle)))
    floor = share * root_s / 2
    selection = CosThetaWindows(((-z, z, floor),))
    assert (
        background.photon_spectrum(np.linspace(0.01, 0.6, 9) * root_s, selection, root_s) >= 0
    ).all()
    assert (
        background.differential_cross_section(np.array([0.1, 0.5, 0.9]) * root_s, 0.3, root_s) >= 0
    ).all()
    integral, _ = integrate.quad(
        background.photon_spectrum, floor, root_s / 2, args=(selection, root_s), epsrel=1e-10
    )
    assert background.cross_section(selection, root_s) == pytest.approx(integral, rel=1e-8)


# ---- limits -----------------------------------------------------------------------------


@examples(8)
@given(RUN, RATIO, MODEL, METHOD, FACTOR)
def test_limits_fall_with_luminosity_and_efficiency(run, ratio, model, method, factor):
    m_N = ratio * run.sqrt_s
    d = nudp.upper_limit(run, m_N, model, method=method)
    longer = dataclasses.replace(run, luminosity=factor * run.luminosity)
    blinder = dataclasses.replace(run, photon_efficiency=run.photon_efficiency / factor)
    assert nudp.upper_limit(longer, m_N, model, method=method) < d
    assert nudp.upper_limit(blinder, m_N, model, method=method) > d


@examples(8)
@given(RUN, RATIO, MODEL, METHOD, FACTOR)
def test_limits_rise_with_background(run, ratio, model, method, factor):
    m_N = ratio * run.sqrt_s
    worse = dataclasses.replace(run, reducible_background=factor * (run.reducible_background + 1))
    ours, theirs = (nudp.upper_limit(r, m_N, model, method=method) for r in (run, worse))
    assert theirs > ours


@pytest.mark.filterwarnings("ignore:every m_N is above")
@examples(8)
@given(RUN, RUN, RATIO, MODEL, METHOD)
def test_another_run_never_weakens_a_limit(run, other, ratio, model, method):
    m_N = ratio * max(run.sqrt_s, other.sqrt_s)
    alone = [nudp.upper_limit(r, m_N, model, method=method) for r in (run, other)]
    together = nudp.upper_limit([run, other], m_N, model, method=method)
    assert together <= min(alone) * (1 + 1e-9)
    assert together == pytest.approx(
        nudp.upper_limit([other, run], m_N, model, method=method), rel=1e-9
    )


def close_masses(run):
    """Masses anywhere, and where the lowest photon energy passes an edge of the selection."""
    kinks = run.selection.kinks(run.sqrt_s)
    opening = np.sqrt(2 * kinks * run.sqrt_s)
    return [*opening[opening < 0.98 * run.sqrt_s], *run.sqrt_s * np.array([0.01, 0.3, 0.7, 0.95])]


@examples(8)
@given(RUN, st.integers(0, 100), MODEL, METHOD)
def test_limits_are_continuous_in_the_mass(run, place, model, method):
    masses = close_masses(run)
    m_N = masses[place % len(masses)] * (1 + np.array([-1e-8, 0, 1e-8]))
    d = nudp.upper_limit(run, m_N, model, method=method)
    # a limit that is cut off in fact has a slope of a hundred at most
    np.testing.assert_allclose(d, d[1], rtol=1e-6)


@examples(6)
@given(st.floats(0.2, 0.9), MODEL, METHOD, st.floats(2.0, 50.0))
def test_limits_scale_with_luminosity(ratio, model, method, factor):
    """As L^-1/4 under background and L^-1/2 without, where N decays at once."""
    run = dataclasses.replace(searches.BELLE2_LOW_MASS, detector_length=1e15)
    m_N = ratio * run.sqrt_s

    def gain(luminosity):
        near, far = (
            nudp.upper_limit(dataclasses.replace(run, luminosity=L), m_N, model, method=method)
            for L in (luminosity, factor * luminosity)
        )
        return near / far

    assert gain(1e12) == pytest.approx(factor**0.25, rel=1e-3)
    assert gain(1e-12) == pytest.approx(factor**0.5, rel=1e-3)


# ---- frames -----------------------------------------------------------------------------


@examples(30)
@given(st.floats(-1, 1), BETA, st.floats(0, 20))
def test_to_the_lab_and_back(z, beta, energy):
    there = kinematics.lab_from_cm(z, beta)
    assert kinematics.cm_from_lab(there, beta) == pytest.approx(z, abs=1e-14 / (1 - abs(beta)))
    in_lab = kinematics.photon_energy_lab(energy, z, beta)
    back = kinematics.photon_energy_lab(in_lab, there, -beta)
    assert back == pytest.approx(energy, rel=1e-13 / (1 - abs(beta)))


def mirrored(cut):
    """The same cut seen from the other side: z to -z, theta to 180 - theta, beta to -beta."""
    if isinstance(cut, Selection):
        return Selection(cut.name, tuple(map(mirrored, cut.cuts)))
    if isinstance(cut, CosThetaWindows):
        return CosThetaWindows(tuple((-b, -a, E) for a, b, E in cut.windows[::-1]))
    if isinstance(cut, selections.BeamBackgroundEdge):
        beta = None if cut.beta is None else -cut.beta
        return selections.BeamBackgroundEdge(180 - cut.theta_2, 180 - cut.theta_1, beta)
    if isinstance(cut, LabAngleWindow):
        lower, upper = (tuple(np.polysub([180.0], p).tolist()) for p in (cut.upper, cut.lower))
        return LabAngleWindow(lower, upper, -cut.beta)
    return cut


@examples(8)
@given(photon_selections(), ROOT_S, RATIO, MODEL)
def test_the_mirrored_machine_gives_the_same_limit(selection, root_s, ratio, model):
    """Electrons and positrons exchanged, by CP."""
    floor = EnergyWindow(0.02, root_s)
    barrel = CosThetaWindows(((-0.9, 0.95, 0.0),))
    selection = Selection("drawn", (*selection.cuts, barrel, floor))
    assume(len(_velocities(selection)) < 2)  # one pair of beams
    run = nudp.Search("drawn", root_s, 100.0, selection, 1.0)
    other = dataclasses.replace(run, selection=mirrored(selection))
    assert other.beta == -run.beta
    m_N = ratio * root_s
    assert nudp.upper_limit(other, m_N, model) == pytest.approx(
        nudp.upper_limit(run, m_N, model), rel=1e-6
    )


@examples(6)
@given(st.floats(1, 9), st.floats(1, 9), st.floats(5, 60), st.floats(110, 175), RATIO)
def test_a_whole_machine_is_mirrored(E_minus, E_plus, first, last, ratio):
    """From the energies of the beams: boost, angles, edges of beam background, a cylinder."""

    def machine(electron, positron, low, high, forward, backward):
        beta = kinematics.boost(electron, positron)
        root_s = kinematics.cm_energy(electron, positron)
        edge = selections.beam_background_edge(low, high, beta)
        ecl = selections.lab_angles(low, high, beta)
        run = nudp.Search("M", root_s, 100.0, Selection("M", (ecl, edge)), 1.0, boost=beta)
        inside = detector.decay_probability(
            detector.Cylinder(1.0, forward, backward), root_s, ratio * root_s, 1e-5, boost=beta
        )
        return nudp.upper_limit(run, ratio * root_s, nudp.DIRAC), inside

    there = machine(E_minus, E_plus, first, last, 2.0, 1.0)
    back = machine(E_plus, E_minus, 180 - last, 180 - first, 1.0, 2.0)
    assert there == pytest.approx(back, rel=1e-7)


# ---- arrays, lists, tables --------------------------------------------------------------

# Where the axes of an array stand in a result, if not in front.
YIELDS = limits.yields, electroweak.yields, radiation.tagged_yields
AXIS = {limits.limit_band: 1, **dict.fromkeys(YIELDS, 1)}
AXIS |= {limits.expected_events: 0}
DRAWS = {"rng", "n_toys"}


def vectorised():
    """Functions and the arguments that can be arrays, apart from sampling and drawing."""
    return [
        (function, name)
        for function in CALLS
        if not DRAWS & set(CALLS[function]) and "ax" not in CALLS[function]
        for name in array_arguments(function)
    ]


VECTORISED = vectorised()
IDS = [f"{label(function)}-{name}" for function, name in VECTORISED]


def numbers(result):
    """The arrays in a result."""
    if dataclasses.is_dataclass(result):
        return [np.asarray(value) for value in vars(result).values() if value is not None]
    if isinstance(result, pd.DataFrame):
        return [result.d_95.to_numpy()]
    return [np.asarray(part) for part in (result if isinstance(result, tuple) else (result,))]


def result(function, name, value):
    return numbers(function(**{**valid(function), name: value}))


def same(function, name, array, rtol=1e-12):
    """An array gives, entry by entry, what its entries give."""
    array = np.asarray(array)
    each = [result(function, name, entry) for entry in array.ravel().tolist()]
    for got, *alone in zip(result(function, name, array), *each, strict=True):
        axis = AXIS.get(function, 0)
        stacked = np.stack(alone, axis=min(axis, alone[0].ndim))
        if stacked.size == got.size:
            np.testing.assert_allclose(
                got.ravel(), stacked.ravel(), rtol=rtol, err_msg=f"{name} of {label(function)}"
            )
        else:  # yields: what does not depend on the mass stands once
            assert function in YIELDS
            np.testing.assert_array_equal(got, alone[0])


@pytest.mark.parametrize(("function", "name"), VECTORISED, ids=IDS)
def test_arrays_equal_scalars(function, name):
    number = CALLS[function][name][0]

    @examples(2)
    @given(st.lists(st.floats(0.7, 1.0), min_size=1, max_size=4))
    def check(shares):
        same(function, name, number * np.array(shares))
        same(function, name, number * np.array([shares, shares[::-1]]))

    check()


@pytest.mark.parametrize(("function", "name"), VECTORISED, ids=IDS)
def test_kinds_of_arrays(function, name):
    """float32, lists, tables and 0-d arrays are what the same numbers in float64 are.

    The result is float64 throughout; a 0-d array gives what a number gives, and an empty array
    an empty result.
    """
    number = CALLS[function][name][0]
    values = np.float32(number * np.array([1.0, 0.9, 0.8]))
    exact = values.astype(float)
    expected = result(function, name, exact)
    series = pd.Series(exact, index=[7, 3, 5])
    for kind in (
        values,
        exact.tolist(),
        tuple(exact),
        series,
        exact[::-1][::-1],
        exact.astype(">f8"),
    ):
        for got, wanted in zip(result(function, name, kind), expected, strict=True):
            np.testing.assert_array_equal(got, wanted)
            assert got.dtype in (float, bool)
    for got, wanted in zip(
        result(function, name, np.array(exact[1])), result(function, name, exact[1]), strict=True
    ):
        assert got.shape == wanted.shape
        np.testing.assert_array_equal(got, wanted)
    if number >= 1:
        n = int(number)
        for whole in (n, np.int32(n), [n], np.array([n, n], dtype=np.uint8)):
            for got, wanted in zip(
                result(function, name, whole),
                result(function, name, np.asarray(whole, float)),
                strict=True,
            ):
                np.testing.assert_array_equal(got, wanted)
    assert result(function, name, [])[0].size == 0
