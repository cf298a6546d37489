"""One valid call of every public function, and for each argument a source of invalid values.

tests/test_fuzz.py replaces arguments by what they cannot be; tests/test_properties.py replaces
them by arrays, lists and tables.
"""

import re
import warnings
from datetime import date

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import nudp
from nudp import (
    background,
    events,
    kinematics,
    landscape,
    limits,
    plots,
    quadrature,
    searches,
    selections,
    signal,
    statistics,
)
from nudp.beyond import (
    binning,
    coverage,
    detector,
    efficiency,
    electroweak,
    export,
    observed,
    qed,
    radiation,
    recast,
    scan,
    separation,
    upscattering,
    vacuum,
    zpole,
)

RUN = searches.STCF_4GEV
CUT = selections.besiii_advanced()
YIELDS = limits.yields(RUN, [1.0, 2.0], nudp.DIRAC)
CYLINDER = detector.BESIII_MDC
RNG = np.random.default_rng(1)
FIGURE, AXES = plt.subplots()
LINE = plots.curve(AXES, [0.1, 1.0], [1e-5, 2e-5], plots.SEARCH_STYLES["besiii"])
plt.close(FIGURE)

# ---- what an argument cannot be ---------------------------------------------------------


def no_number(rng):
    """Something that holds no real number, or one that is not finite."""
    return pick(
        rng,
        lambda: rng.choice([np.nan, np.inf, -np.inf]),
        lambda: float(rng.choice([np.nan, np.inf, -np.inf])),
        lambda: complex(rng.normal(), rng.normal()),
        lambda: bool(rng.integers(2)),
        lambda: rng.integers(2, size=3).astype(bool),
        lambda: str(rng.normal()),
        lambda: rng.choice(["GeV", "", "1,5", "nan", "4 GeV"]).item(),
        lambda: b"1.0",
        lambda: object(),
        lambda: np.array([1.0, None], dtype=object),
        lambda: [1.0, "2"],
        lambda: [1.0, bool(rng.integers(2))],
        lambda: ([0.5, 1.0], [np.bool_(rng.integers(2)), 1.0]),
        lambda: [np.array([0.5, 1.0]), rng.integers(2, size=2).astype(bool)],
        lambda: [[1.0], [1.0, 2.0]],
        lambda: {"m_N": rng.uniform()},
        lambda: {1.0, 2.0},
        lambda: date(2022, 4, 7),
        lambda: np.datetime64("2022-04-07"),
        lambda: np.timedelta64(int(rng.integers(1, 99)), "s"),
        lambda: 10 ** int(rng.integers(400, 500)),
        lambda: np.ma.array([1.0, 2.0], mask=[False, True]),
        lambda: pd.Series([1.0, None], dtype="Float64"),
        lambda: spoilt(rng, rng.uniform(size=tuple(rng.integers(1, 4, size=2))), np.nan),
        lambda: spoilt(rng, rng.uniform(size=5).astype(np.float32), np.inf),
        lambda: np.array([(1.0, 2)], dtype=[("a", float), ("b", int)]),
        lambda: np.sin,
        lambda: float,
    )


def spoilt(rng, array, value):
    array[tuple(rng.integers(array.shape))] = value
    return array


def pick(rng, *makers):
    return makers[rng.integers(len(makers))]()


def some_of(rng, low, high):
    """A number between the two, or an array with one of them in it among ones."""
    value = rng.uniform(low, high)
    return pick(
        rng,
        lambda: value,
        lambda: np.float32(value),
        lambda: np.array(value),
        lambda: [value],
        lambda: pd.Series([1.0, value]),
        lambda: spoilt(rng, np.ones((2, 3)), value),
    )


def outside(low, high):
    """Beyond either end."""

    def make(rng):
        return pick(
            rng,
            lambda: no_number(rng),
            lambda: some_of(rng, *low),
            *([] if high is None else [lambda: some_of(rng, *high)]),
        )

    return make


NEGATIVE = (-1e9, -1e-9)
non_negative = outside(NEGATIVE, None)
cosine = outside((-90, -1.01), (1.01, 180.0))
velocity = outside((-5, -1.0), (1.0, 3e8))
# percent, as people write it
fraction = outside(NEGATIVE, (1.01, 100.0))
angle = outside((-180, -0.01), (180.1, 360.0))
level = outside((-1, 0.5), (1.0, 99.0))
# GeV and MeV
low_energy = outside(NEGATIVE, (40.1, 1e4))
below_threshold = outside(NEGATIVE, (4.0, 4e3))


def positive(rng):
    return pick(rng, lambda: non_negative(rng), lambda: 0, lambda: np.zeros(3), lambda: -0.0)


def share(rng):
    return pick(rng, lambda: no_number(rng), lambda: some_of(rng, 1.01, 100.0))


def strictly_inside(rng):
    return pick(rng, lambda: fraction(rng), lambda: 0.0, lambda: 1.0)


def one(kind):
    """The same for an argument that takes no array."""

    def make(rng):
        shape = tuple(rng.integers(1, 4, size=rng.integers(1, 3)))
        return pick(rng, lambda: kind(rng), lambda: np.full(shape, 0.75), list, lambda: [0.75])

    return make


def maybe(kind):
    """The same for an argument that can be left out as None."""

    def make(rng):
        value = kind(rng)
        return "1.0" if value is None else value

    return make


def whole(rng):
    return pick(
        rng, lambda: no_number(rng), lambda: -int(rng.integers(1, 99)), lambda: 0.5, lambda: 2.5
    )


def no_thing(rng):
    """None of the package's own objects, and nothing that can be called."""
    return pick(
        rng,
        lambda: rng.normal(),
        lambda: int(rng.integers(99)),
        lambda: rng.choice(["STCF", "DIRAC", "", "chi"]).item(),
        lambda: object(),
        lambda: rng.uniform(size=3),
        lambda: {"a": 1},
        lambda: [1, "a"],
        lambda: (None,),
        lambda: True,
        lambda: 1j,
        lambda: np.nan,
        lambda: b"DIRAC",
    )


def thing(rng):
    return pick(rng, lambda: None, lambda: no_thing(rng))


def text(rng):
    return pick(rng, lambda: None, lambda: object(), lambda: rng.normal(), lambda: ["a"], lambda: 7)


def flag(rng):
    return pick(rng, lambda: "no", lambda: 0, lambda: None, lambda: [True], lambda: rng.normal())


def labels(rng):
    """What says neither whether runs move together nor which."""
    return pick(
        rng,
        lambda: flag(rng),
        lambda: {"luminosities": True},
        lambda: {"signal": flag(rng)},
        lambda: {"luminosity": ["a"] * 9},
        lambda: {1: True},
        lambda: ["a"] * 9,
    )


def real(rng):
    return no_number(rng)


# what optional arguments are when they are left out
optional_thing = maybe(no_thing)


# ---- one valid call of every function, and what each argument is ------------------------

# name of the argument: a valid value, and what makes invalid ones
SQRT_S = {"sqrt_s": (4.0, one(positive))}
ENERGIES = {"sqrt_s": (4.0, positive)}
MASS = {"m_N": (1.0, positive)}
LIGHT = {"m_N": (1.0, below_threshold)}
COUPLING = {"d": (1e-5, non_negative)}
MODEL = {"signal": (nudp.DIRAC, thing)}
SELECTION = {"selection": (CUT, thing)}
SEARCH = {"search": (RUN, thing)}
BEAM = {"beta": (0.3, velocity)}
PHOTON = {"E_gamma": (1.0, non_negative)}
ANGLE = {"cos_theta": (0.2, cosine)}
CONTACT = {"sqrt_s": (4.0, low_energy)}
AT_ONE = {**SELECTION, "sqrt_s": (4.0, one(low_energy))}
LEVEL = {"confidence_level": (0.95, one(level)), "sided": (1, whole)}
CORRELATED = {"correlated": (False, labels)}
OPTIONS = {**LEVEL, **CORRELATED}
OBSERVED = {"observed": (300.0, maybe(non_negative))}
METHOD = {"method": ("cls", thing)}
UNCERTAIN = {"sigma": (1.0, non_negative), "floor": (0.5, non_negative)}
NUCLEUS = {"M": (0.9, positive), "Z": (6.0, real), "form_factor": (None, optional_thing)}
RANDOM = {"rng": (RNG, thing)}
FLAT = {"shape": (binning.flat, thing)}
BACKGROUNDS = {
    "background_events": ([9.0, 9.0], non_negative),
    "free_background": (None, maybe(non_negative)),
}
EDGES = {"theta_1": (20.0, one(angle)), "theta_2": (150.0, one(angle))}
NEUTRINO = {"E": (1.0, positive), "m_N": (0.1, non_negative)}
PHOTONS = {"E": (1.0, non_negative)}
ONE_BEAM = {"beta": (0.3, one(velocity))}
CYLINDERS = {"cylinder": (CYLINDER, thing)}
BOOSTED = {"boost": (0.2, maybe(one(velocity)))}
DRAWING = {"ax": (AXES, thing)}
EVENTS = {"n": (2, whole)}
BOX = {**NEUTRINO, **COUPLING, **NUCLEUS}
LIKELIHOOD = {
    **SEARCH,
    "m_N": (1.0, one(positive)),
    **MODEL,
    "observed": ([9.0], maybe(non_negative)),
    "correlated": (False, labels),
}
LEP = {
    "flavour": ("mu", thing),
    "lep": ("lep_with_z", thing),
    "bounds": (landscape.bounds(), no_thing),
}


SEEN = qed.BESIII_SEEN
LOST = {
    **SELECTION,
    **SQRT_S,
    "resolution": (0.02, one(outside(NEGATIVE, (0.101, 9.0)))),
}


def limit_at(threshold):
    """An upper limit where a threshold takes the place of a confidence level."""
    return nudp.upper_limit(RUN, 1.0, nudp.DIRAC, threshold=threshold)


WINDOW = selections.EnergyWindow(0.1, 1.0)
LAB = selections.LabAngleWindow((0.0, 20.0), (0.0, 120.0), 0.2)

CALLS = {
    nudp.Search: {
        "name": ("mine", text),
        **SQRT_S,
        "luminosity": (10.0, one(non_negative)),
        **SELECTION,
        "detector_length": (1.0, one(positive)),
        "photon_efficiency": (0.9, one(fraction)),
        "reducible_background": (1.0, one(non_negative)),
        "background_uncertainty": (0.1, one(non_negative)),
        **BOOSTED,
        "polarisation": ((0.7, 0.0), thing),
        "background_events": (None, maybe(one(non_negative))),
        "signal_uncertainty": (0.1, one(outside(NEGATIVE, (1.001, 99.0)))),
        "luminosity_uncertainty": (0.01, one(outside(NEGATIVE, (1.001, 99.0)))),
    },
    nudp.SignalModel: {
        "charge_modes": (2, whole),
        "decay": (0.5, one(cosine)),
        "width_factor": (1.0, one(positive)),
        "name": ("mine", text),
        "flavours": (3, whole),
        "branching": (0.5, one(fraction)),
    },
    searches.Runs: {"name": ("mine", text), "runs": ((RUN, RUN), thing)},
    searches.Runs("mine", (RUN,)).scaled_to: {"luminosity": (1.0, one(non_negative))},
    searches.runs_of: SEARCH,
    # ---- kinematics
    kinematics.boost: {"energy_electron": (7.0, positive), "energy_positron": (4.0, positive)},
    kinematics.cm_energy: {"energy_electron": (7.0, positive), "energy_positron": (4.0, positive)},
    kinematics.cm_from_lab: {"cos_theta_lab": (0.2, cosine), **BEAM},
    kinematics.lab_from_cm: {**ANGLE, **BEAM},
    kinematics.photon_energy_lab: {**PHOTON, **ANGLE, **BEAM},
    kinematics.cos_opening_angle: {
        "E_gamma": (1.0, outside((-9, 0.1249), (2.001, 99.0))),
        **ENERGIES,
        **LIGHT,
    },
    kinematics.heavy_energy: {**ENERGIES, **LIGHT},
    kinematics.heavy_momentum: {**ENERGIES, **LIGHT},
    kinematics.mass_ratio: {**ENERGIES, **MASS},
    kinematics.photon_energy_range: {**ENERGIES, **LIGHT},
    # ---- signal
    signal.acceptance: {**SELECTION, **SQRT_S, **MASS, **MODEL},
    signal.decay_length: {**ENERGIES, **LIGHT, **COUPLING},
    signal.decay_probability: {"length": (1.0, non_negative), **ENERGIES, **LIGHT, **COUPLING},
    signal.decay_width: {**MASS, **COUPLING},
    signal.differential_cross_section: {
        "cos_theta_N": (0.2, cosine),
        **ENERGIES,
        **MASS,
        **COUPLING,
    },
    signal.photon_density: {**PHOTON, **ANGLE, **ENERGIES, **LIGHT, **MODEL},
    signal.photon_spectrum: {**PHOTON, **ENERGIES, **LIGHT, **MODEL},
    signal.total_cross_section: {**ENERGIES, **MASS, **COUPLING},
    # ---- background
    background.coupling_factor: {"sin2_theta_W": (0.2, fraction)},
    background.cross_section: AT_ONE,
    background.differential_cross_section: {
        "E_gamma": (1.0, positive),
        "cos_theta": (0.2, outside((-90, -1.0), (1.0, 180.0))),
        **CONTACT,
    },
    background.photon_spectrum: {"E_gamma": (1.0, positive), **AT_ONE},
    background.polarised_ratio: {"electron": (0.7, cosine), "positron": (-0.3, cosine)},
    # ---- selections
    selections.EnergyWindow: {
        "lowest": (0.5, one(non_negative)),
        "highest": (1.0, one(non_negative)),
    },
    selections.BeamBackgroundEdge: {**EDGES, "beta": (None, maybe(one(velocity)))},
    selections.CosThetaWindows: {
        "windows": (((-0.5, 0.5, 0.1),), thing),
        "beta": (None, maybe(one(velocity))),
    },
    selections.LabAngleWindow: {
        "lower": ((1.0, 20.0), no_number),
        "upper": ((1.0, 120.0), no_number),
        **ONE_BEAM,
    },
    selections.AnyOf: {"parts": ((CUT, WINDOW), thing)},
    selections.Selection: {"name": ("mine", text), "cuts": ((CUT, WINDOW), thing)},
    CUT.intervals: {**PHOTONS, **ENERGIES},
    CUT.kinks: SQRT_S,
    WINDOW.intervals: {**PHOTONS},
    LAB.intervals: {**PHOTONS},
    selections.beam_background_edge: {**EDGES, **ONE_BEAM},
    selections.as_selection: {"cut": (CUT, thing)},
    selections.demand_room: {**SELECTION, **SQRT_S},
    selections.edge_energy: {**ANGLE, **ENERGIES, **EDGES},
    selections.lab_angles: {
        "lower": (20.0, one(angle)),
        "upper": (150.0, one(angle)),
        **ONE_BEAM,
    },
    selections.within_range: {"energies": ([0.1, 1.0], real), **SQRT_S},
    selections.without_lab_angles: {"gaps": (((31.0, 32.0),), thing), **ONE_BEAM},
    # ---- quadrature
    quadrature.accepted_grid: {**SELECTION, "sqrt_s": ([4.0], positive)},
    quadrature.accepted_nodes: {**SELECTION, **SQRT_S, "edges": ([0.5], non_negative)},
    quadrature.accepted_panels: {**SELECTION, **SQRT_S},
    # ---- limits
    limits.Yields: {
        "prompt": (np.array([[2e12]]), non_negative),
        "decay": (np.array([[1e15]]), non_negative),
        "irreducible": (np.array([9.0]), non_negative),
        "reducible": (np.array([9.0]), non_negative),
        "uncertainty": (np.array([0.1]), non_negative),
        "tagged": (np.array([[1e10]]), non_negative),
        "signal_uncertainty": (np.array([0.1]), outside(NEGATIVE, (1.001, 99.0))),
        "luminosity_uncertainty": (np.array([0.1]), outside(NEGATIVE, (1.001, 99.0))),
    },
    limits.chi2: {**SEARCH, **MASS, **COUPLING, **MODEL},
    limits.discovery: {
        **SEARCH,
        **MASS,
        **MODEL,
        "significance": (5.0, one(positive)),
        "correlated": (False, labels),
    },
    limits.expected_events: {**SEARCH, **MASS, **COUPLING, **MODEL},
    limits.limit_band: {**SEARCH, **MASS, **MODEL, **METHOD, **OPTIONS, "n_sigma": (0.0, real)},
    limits.solve: {"expected": (YIELDS, thing), **METHOD, **OPTIONS, **OBSERVED},
    limits.upper_limit: {**SEARCH, **MASS, **MODEL, **METHOD, **OPTIONS, **OBSERVED},
    limits.yields: {**SEARCH, **MASS, **MODEL},
    # ---- statistics, observed counts, coverage, separation
    observed.p_value: {
        **SEARCH,
        **MASS,
        **COUPLING,
        **MODEL,
        **METHOD,
        **CORRELATED,
        "observed": (300.0, non_negative),
    },
    observed.combined_p_value: {
        "n": ([9.0, 4.0], non_negative),
        "S": ([2.0, 1.0], non_negative),
        "B": ([9.0, 4.0], non_negative),
        "sigma": ([1.0, 1.0], non_negative),
        "floor": ([0.5, 0.5], non_negative),
        **METHOD,
        **CORRELATED,
    },
    statistics.count_limit: {
        "n": (9.0, non_negative),
        "B": (9.0, non_negative),
        **UNCERTAIN,
        **METHOD,
        **LEVEL,
    },
    statistics.deviance: {
        "n": (9.0, non_negative),
        "S": (2.0, non_negative),
        "B": (9.0, non_negative),
        **UNCERTAIN,
    },
    statistics.p_value: {
        "n": (9.0, non_negative),
        "S": (2.0, non_negative),
        "B": (9.0, non_negative),
        **UNCERTAIN,
        **METHOD,
    },
    statistics.tail: LEVEL,
    statistics.threshold: {**METHOD, **LEVEL, "n_sigma": (0.0, real)},
    coverage.Coverage: {"covered": (9, whole), "toys": (10, whole)},
    coverage.exact_coverage: {
        "S": (2.0, non_negative),
        "B": (9.0, non_negative),
        "sigma": (0.0, non_negative),
        "floor": (0.0, non_negative),
        "method": ("poisson", thing),
        **LEVEL,
    },
    coverage.toy_coverage: {
        "S": (2.0, one(non_negative)),
        "B": (9.0, one(non_negative)),
        "sigma": (1.0, one(non_negative)),
        "floor": (0.5, one(non_negative)),
        "method": ("cls", thing),
        "n_toys": (5, whole),
        "seed": (1, whole),
        **LEVEL,
        "executor": (None, optional_thing),
        "progress": (None, optional_thing),
    },
    separation.events_needed: {
        "significance": (3.0, positive),
        "true_shape": ([1.0, 3.0], non_negative),
        "other_shape": ([3.0, 1.0], non_negative),
        **BACKGROUNDS,
    },
    separation.log_likelihood_ratio: {
        "counts": ([9.0, 4.0], non_negative),
        "first": ([1.0, 3.0], non_negative),
        "second": ([3.0, 1.0], non_negative),
        "background": ([9.0, 9.0], non_negative),
        "free_background": (None, maybe(non_negative)),
    },
    separation.median_separation: {
        "true_events": ([1.0, 3.0], non_negative),
        "other_events": ([3.0, 1.0], non_negative),
        **BACKGROUNDS,
    },
    # ---- detector, radiation, vacuum, Z pole
    efficiency.Efficiency: {
        "values": ([[0.5], [0.9]], fraction),
        "energies": ([0.0, 1.0, 2.0], outside(NEGATIVE, (0.1, 99.0))),
        "cos_theta": ([-1.0, 1.0], outside((-90, -1.01), (1.01, 180.0))),
    },
    detector.Cylinder: {
        "radius": (1.0, one(positive)),
        "forward": (1.0, one(positive)),
        "backward": (1.0, one(positive)),
    },
    CYLINDER.holds: {"vertex": ([0.0, 0.0, 0.1], real)},
    detector.ScaledEnergy: {**SELECTION, "factor": (1.0, one(positive))},
    detector.LabEnergyFloor: {
        "lowest": (0.1, one(positive)),
        "boost": (0.3, one(outside((-5, -1.0), (1.0, 3e8)))),
    },
    detector.apparent_angle: {
        **CYLINDERS,
        "vertex": ([0.0, 0.0, 0.1], outside((2.0, 9.0), None)),
        "direction": ([0.0, 1.0, 0.1], real),
    },
    detector.decay_probability: {
        **CYLINDERS,
        "sqrt_s": (4.0, one(positive)),
        **LIGHT,
        "d": (1e-5, positive),
        "width_factor": (1.0, one(positive)),
        **BOOSTED,
    },
    detector.effective_length: {
        **CYLINDERS,
        "sqrt_s": (4.0, one(positive)),
        **LIGHT,
        "d": (1e-5, positive),
        "width_factor": (1.0, one(positive)),
        **BOOSTED,
    },
    detector.path_length: {
        **CYLINDERS,
        "cos_theta_N": (0.2, cosine),
        "velocity": (0.9, fraction),
        **BOOSTED,
    },
    detector.smeared_acceptance: {
        **SELECTION,
        **SQRT_S,
        **MASS,
        **MODEL,
        "resolution": (0.02, one(outside(NEGATIVE, (0.101, 9.0)))),
    },
    detector.smeared_background: {
        **AT_ONE,
        "resolution": (0.02, one(outside(NEGATIVE, (0.101, 9.0)))),
    },
    detector.without_ecl_gaps: SELECTION,
    electroweak.contact_limit_ratio: {
        "s_gamma": (9.0, outside(NEGATIVE, ((nudp.constants.M_Z / 2) ** 2 + 0.01, 1e5)))
    },
    electroweak.propagator_ratio: AT_ONE,
    electroweak.cross_section: {**SELECTION, **SQRT_S},
    electroweak.one_more_neutrino: {**SELECTION, **SQRT_S},
    electroweak.yields: {**SEARCH, **MASS, **MODEL, "d_Z": (-0.5, one(real))},
    electroweak.differential_cross_section: {
        "E_gamma": (1.0, positive),
        "cos_theta": (0.2, outside((-90, -1.0), (1.0, 180.0))),
        **SQRT_S,
    },
    qed.GapBackground: {
        "none": (1.0, one(non_negative)),
        "one": (1.0, one(non_negative)),
        "two": (1.0, one(non_negative)),
    },
    qed.GapBackground(0.0, 1.0, 1.0).cross_section: {"inefficiency": (0.1, share)},
    qed.besiii_edge: {
        "cos_theta_b": (0.92, one(strictly_inside)),
        "margin": (0.01, one(non_negative)),
    },
    qed.radiative_bhabha: {**LOST, "seen_photons": (SEEN, thing), "seen_charged": (SEEN, thing)},
    qed.three_photon_density: {
        "E_gamma": (1.0, positive),
        "cos_theta": (0.2, outside((-90, -1.0), (1.0, 180.0))),
        **SQRT_S,
        "seen": (SEEN, thing),
    },
    qed.three_photons: {**LOST, "seen": (SEEN, thing)},
    # a resolution takes it twenty times as long
    qed.three_photons_in_gaps: {
        **LOST,
        "resolution": (0.0, one(outside(NEGATIVE, (0.101, 9.0)))),
        "seen": (SEEN, thing),
        "gaps": (qed.BESIII_GAP, thing),
    },
    qed.two_photons: {**LOST, "seen": (SEEN, thing)},
    radiation.background_ratio: AT_ONE,
    radiation.background_veto: {**AT_ONE, "seen": (CUT, thing)},
    radiation.radiator: {
        "x": (0.1, fraction),
        "cos_theta": (0.2, outside((-90, -1.0), (1.0, 180.0))),
    },
    radiation.signal_veto: {**SELECTION, **SQRT_S, **LIGHT, **MODEL, "seen": (CUT, thing)},
    radiation.tagged_cross_section: {**SELECTION, **SQRT_S, **MASS},
    radiation.tagged_yields: {**SEARCH, **MASS, **MODEL},
    radiation.radiation_exponent: {"sqrt_s": (4.0, outside((-9.0, 0.001), None))},
    radiation.signal_ratio: {**SELECTION, **SQRT_S, **LIGHT, **MODEL},
    radiation.structure_function: {"loss": (0.1, strictly_inside), **ENERGIES},
    recast.dark_photon_cross_section: {
        "cos_theta": (0.2, outside((-90, -1.0), (1.0, 180.0))),
        **ENERGIES,
        "m_A": (1.0, below_threshold),
        "epsilon": (1e-3, non_negative),
    },
    recast.information: {
        "signal": ([1.0, 2.0, 3.0], real),
        "background": ([9.0, 9.0, 9.0], positive),
        "floated": ([[1.0, 1.0, 1.0]], maybe(real)),
    },
    recast.response: {
        "bump": ([0.0, 1.0, 0.0], real),
        "signal": ([1.0, 2.0, 4.0], real),
        "background": ([9.0, 9.0, 9.0], positive),
        "floated": ([[1.0, 1.0, 1.0]], maybe(real)),
    },
    recast.vector_decay_ratio: {"m_V": (3.0969, positive), **MASS, **COUPLING},
    vacuum.delta_alpha: {"sqrt_s": (4.0, outside(NEGATIVE, (91.2, 1e5)))},
    vacuum.delta_alpha_hadronic: {"sqrt_s": (4.0, outside(NEGATIVE, (91.2, 1e5)))},
    vacuum.delta_alpha_leptonic: ENERGIES,
    vacuum.propagator_factor: {"sqrt_s": (4.0, outside(NEGATIVE, (91.2, 1e5)))},
    zpole.exchange_ratio: {**ENERGIES, **LIGHT, "d_Z": (0.5, real), "d_W": (0.5, real)},
    zpole.total_cross_section: {**MASS, "d_Z": (1e-5, real)},
    zpole.z_coupling: COUPLING,
    zpole.z_width: {**MASS, "d_Z": (1e-5, real)},
    # ---- upscattering
    upscattering.differential_cross_section: {"T": (0.1, positive), **BOX},
    upscattering.maximum_mass: {"E": (1.0, positive), "M": (0.9, positive), "T": (0.1, positive)},
    upscattering.recoil_range: {**NEUTRINO, "M": (0.9, positive)},
    upscattering.standard_model_cross_section: {"T": (0.1, positive), "E": (1.0, positive)},
    upscattering.total_cross_section: {
        **BOX,
        "T_min": (0.01, one(non_negative)),
        "T_max": (0.1, one(outside(NEGATIVE, None))),
    },
    # ---- samples, bins, tables for pages
    binning.flat: {**PHOTON, **ANGLE},
    binning.split: {
        **SEARCH,
        "energies": ([0.5, 1.0], one(non_negative)),
        "cos_theta": ([-0.5, 0.5], one(cosine)),
        **FLAT,
    },
    events.background_events: {**SEARCH, **EVENTS, **RANDOM},
    events.passes: {**SELECTION, **PHOTON, **ANGLE, **SQRT_S},
    events.pseudo_experiment: {
        **SEARCH,
        "m_N": (1.0, one(below_threshold)),
        "d": (1e-7, one(non_negative)),
        **MODEL,
        **RANDOM,
        **FLAT,
    },
    events.reducible_events: {**SEARCH, **EVENTS, **RANDOM, **FLAT},
    events.signal_events: {
        **SEARCH,
        "m_N": (1.0, one(below_threshold)),
        "d": (1e-7, one(positive)),
        **EVENTS,
        **MODEL,
        **RANDOM,
        "flavour": ("mu", thing),
    },
    scan.scan: {
        "searches": ({"mine": RUN}, thing),
        **MASS,
        **MODEL,
        "method": ("cls", thing),
        **OPTIONS,
        "executor": (None, optional_thing),
        "progress": (None, optional_thing),
    },
    # ---- for other people's tools
    export.pyhf: LIKELIHOOD,
    export.hs3: LIKELIHOOD,
    # ---- existing bounds
    landscape.bounds: {"flavour": ("mu", no_thing)},
    landscape.convert: {
        "value": (1e-5, positive),
        "source": ("d", thing),
        "target": ("mu_B", thing),
    },
    landscape.excluded: {**MASS, "d": (1e-5, positive), **LEP},
    landscape.unexplored: {"curve": (([1.0, 2.0], [1e-5, 1e-5]), thing), **LEP},
    landscape.bounds("mu")[0].limit: MASS,
    landscape.bounds("mu")[0].excludes: {**MASS, "d": (1e-5, positive)},
    # ---- figures
    plots.annotate_curve: {**DRAWING, "line": (LINE, thing), "at": (0.5, one(real))},
    plots.coupling_axis: {**DRAWING, "convention": ("mu_B", thing)},
    plots.curve: {
        **DRAWING,
        "m_N": ([1.0, 2.0], positive),
        "d": ([1e-5, np.inf], outside(NEGATIVE, None)),
        "style": ({}, text),
    },
    plots.exclusion_axes: {
        **DRAWING,
        "m_N": ((0.1, 1.0), one(positive)),
        "d": ((1e-6, 1e-3), one(positive)),
    },
    plots.shade_bound: {**DRAWING, "bound": (landscape.bounds("mu")[0], thing)},
    limit_at: {"threshold": (2.71, one(positive))},
}

# Arguments that are not tried: the energy that a cut with fixed edges does not look at.
UNUSED = {WINDOW.intervals: {"sqrt_s": 4.0}, LAB.intervals: {"sqrt_s": 4.0}}

# Modules that hold no formula: names of files and what stands in them are mutilated in
# tests/test_mutilated_data.py, the rest are types, constants and the command line.
ELSEWHERE = {"typing", "constants", "__main__", "beyond.command"}
# Records that the package fills by itself, and functions that take anything.
RECORDS = {
    "beyond.export._events.hepmc3",
    "beyond.export._events.lhe",
    "beyond.export._ufo.ufo",
    "landscape.Bound",
    "landscape.NewGround",
    "landscape.references",
    "quadrature.Grid",
    "beyond.scan.Unfinished",
    "beyond.scan.fingerprint",
    "beyond.scan.run",
    "beyond.scan.read_table",
    "beyond.search_file.read_search",
    "beyond.search_file.write_search",
    "beyond.scan.write_table",
    "beyond.loading.read_curve",
    "searches.read_besiii_runs",
}
# Storage, words on figures and in messages; a threshold has a call of its own.
NOT_TRIED = {"done", "changes", "text", "offset", "labels", "threshold", "name", "options"}

# A limit may be inf: that is what `plots.curve` and `T_max` call "none".
INF_IS_VALID = {(plots.curve, "d"), (upscattering.total_cross_section, "T_max")}


def valid(function):
    """The arguments of one call that is right."""
    arguments = {name: value for name, (value, _) in CALLS[function].items()}
    return {**UNUSED.get(function, {}), **arguments}


def answer(function, arguments):
    """None if the call is refused as it must be, else what happened instead."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            returned = function(**arguments)
        except (ValueError, TypeError) as error:
            return error
        except Exception as error:  # noqa: BLE001, any other is what is looked for
            return f"{type(error).__name__}: {error}"
    return f"returned {returned!r:.200}"


def names(error, *arguments):
    """Whether a refusal names one of the arguments."""
    return isinstance(error, ValueError | TypeError) and any(
        re.search(rf"\b{name}\b", str(error)) for name in arguments
    )


def label(function):
    return f"{function.__module__.removeprefix('nudp.')}.{function.__qualname__}"


def array_arguments(function):
    """Arguments that are one number in the valid call and may be arrays."""
    shaped = {
        name: value
        for name, (value, _) in CALLS[function].items()
        if isinstance(value, float) and name != "n_sigma"  # of an axis of its own
    }
    takes_arrays = {}
    for name, value in shaped.items():
        got = answer(function, {**valid(function), name: np.full(2, value)})
        if isinstance(got, str) and got.startswith("returned"):
            takes_arrays[name] = value
    return takes_arrays
