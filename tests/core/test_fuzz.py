"""Invalid inputs by the thousand: each is a ValueError or TypeError that names its argument.

For every public function there is one valid call.  One argument after the other is replaced by
what it cannot be: the wrong type, no number, a number out of range, a wrong shape.  No such call
may return, warn, or end in another exception.
"""

import importlib
import inspect
import itertools
import pkgutil
from dataclasses import replace

import numpy as np
import pytest
from public_calls import (
    CALLS,
    CUT,
    ELSEWHERE,
    INF_IS_VALID,
    NOT_TRIED,
    RECORDS,
    RUN,
    UNUSED,
    answer,
    array_arguments,
    label,
    names,
    valid,
)

import nudp
from nudp import background, kinematics, signal, statistics
from nudp.beyond import detector

INPUTS = 1_500


def is_inf(value):
    array = value if isinstance(value, np.ndarray) else np.array(value, dtype=object)
    return array.dtype != bool and any(
        isinstance(entry, float) and entry == np.inf for entry in array.ravel().tolist()
    )


def faults(function, rng, tries):
    """Invalid inputs of one function that are not refused by name."""
    found = []
    for _ in range(tries):
        argument = str(rng.choice(list(CALLS[function])))
        bad = CALLS[function][argument][1](rng)
        if (function, argument) in INF_IS_VALID and is_inf(bad):
            continue
        got = answer(function, {**valid(function), argument: bad})
        if not names(got, argument):
            found.append(f"{argument}={bad!r:.120}: {got!r:.300}")
    return found


@pytest.mark.parametrize("function", CALLS, ids=label)
def test_the_valid_call_is_valid(function):
    got = answer(function, valid(function))
    assert isinstance(got, str) and got.startswith("returned"), got


@pytest.mark.parametrize("function", CALLS, ids=label)
def test_no_invalid_input_gets_through(function):
    share = len(CALLS[function]) / sum(map(len, CALLS.values()))
    rng = np.random.default_rng(list(CALLS).index(function))
    assert not faults(function, rng, int(np.ceil(INPUTS * share)))


# ---- shapes that do not fit, units mistaken for others ----------------------------------


@pytest.mark.parametrize("function", CALLS, ids=label)
def test_shapes_that_do_not_fit_are_named(function):
    for one_name, other in itertools.combinations(array_arguments(function).items(), 2):
        bad = {name: np.full(2 + i, value) for i, (name, value) in enumerate([one_name, other])}
        got = answer(function, {**valid(function), **bad})
        assert names(got, *bad), f"{list(bad)}: {got!r}"


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: nudp.upper_limit(replace(RUN, sqrt_s=4000.0), 1.0, nudp.DIRAC), "sqrt_s"),
        (lambda: background.cross_section(CUT, 10580.0), "sqrt_s"),
        (lambda: signal.decay_length(4.0, 300.0, 1e-5), "m_N"),
        (lambda: replace(RUN, photon_efficiency=95), "photon_efficiency"),
        (lambda: signal.photon_density(1.0, 60.0, 4.0, 1.0, nudp.DIRAC), "cos_theta"),
        (lambda: kinematics.lab_from_cm(0.1, 2.9e8), "beta"),
        (lambda: statistics.tail(95), "confidence_level"),
        (lambda: detector.smeared_background(CUT, 4.0, 2.5), "resolution"),
        (lambda: nudp.upper_limit(RUN, -1.0, nudp.DIRAC), "m_N"),
    ],
)
def test_other_units_are_noticed(call, argument):
    """MeV, percent, degrees, metres a second."""
    assert names(answer(call, {}), argument)


def test_every_argument_of_every_function_is_tried():
    """A new argument has to be added to `CALLS`."""
    for function, tried in CALLS.items():
        parameters = inspect.signature(function).parameters.values()
        named = {one.name for one in parameters if one.kind is not one.VAR_KEYWORD}
        left = named - set(tried) - set(UNUSED.get(function, {})) - set(NOT_TRIED)
        assert not left, f"{label(function)}: {left}"


def test_every_public_function_is_tried():
    """A new function has to be added to `CALLS`, or to `ELSEWHERE` with its reason."""
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(nudp.__path__, "nudp.")
        if "._" not in module.name and module.name.removeprefix("nudp.") not in ELSEWHERE
    ]
    public = {
        thing
        for module in modules
        for name in module.__all__
        if inspect.isfunction(thing := getattr(module, name)) or inspect.isclass(thing)
    }
    tried = {label(thing) for thing in CALLS}
    untried = {label(thing) for thing in public if inspect.signature(thing).parameters} - tried
    assert untried <= RECORDS
