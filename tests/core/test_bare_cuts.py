"""A cut by itself, and one of one's own, are as good as a `Selection` of that one cut.

Every public function that takes a selection or a search is called with all three.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from public_calls import CALLS, CUT, RUN, label, valid

from nudp import selections
from nudp.selections import AnyOf, BeamBackgroundEdge, CosThetaWindows, LabAngleWindow, Selection

WINDOWS = CosThetaWindows(((-0.9, -0.2, 0.1), (0.1, 0.7, 0.5)))
EDGE = BeamBackgroundEdge(30.0, 140.0)
LEAVES = {
    "windows": WINDOWS,
    "edge": EDGE,
    "lab": LabAngleWindow((-60.0, 120.0), (20.0, 60.0), beta=0.2),
    "union": AnyOf((WINDOWS, EDGE)),
}
ROOT_S = 4.0
#: At the last two the beam energy lies below kinks of the cuts.
ENERGIES = [ROOT_S, 0.9, 0.15]


@dataclass(frozen=True)
class Own:
    """A cut of one's own: no name, one energy at a time, kinks in any order and too many."""

    cut: Any

    @property
    def beta(self):
        """That of the cut, if it was made for a lab."""
        return getattr(self.cut, "beta", None)

    def intervals(self, E, sqrt_s):
        """Those of the cut."""
        return self.cut.intervals(E, float(sqrt_s))

    def kinks(self, sqrt_s):
        """Those of the cut, and some that no photon can have."""
        return [99.0, *list(self.cut.kinks(sqrt_s))[::-1], -1.0]


def changed(value, cut, root_s):
    """An argument with another cut at another energy, if it holds one."""
    if value is RUN:
        return replace(RUN, selection=cut, sqrt_s=root_s, reducible_background=0.1)
    if isinstance(value, list | tuple) and any(each is RUN for each in value):
        return type(value)(changed(each, cut, root_s) for each in value)
    return cut if value is CUT else value


def arguments(function, cut, root_s):
    own = {name: changed(value, cut, root_s) for name, value in valid(function).items()}
    if "m_N" in own:
        own["m_N"] = 0.05 if np.ndim(own["m_N"]) == 0 else [0.03, 0.05]
    if "E_gamma" in own:
        own["E_gamma"] = 0.4 * root_s
    if "sqrt_s" in own:
        own["sqrt_s"] = np.full(np.shape(own["sqrt_s"]), root_s)[()]
    if "energies" in own:
        own["energies"] = [0.01, 0.07, 0.6]
    if "rng" in own:
        own["rng"] = np.random.default_rng(3)
    return own


TAKE_A_CUT = [
    function
    for function in CALLS
    if any(changed(v, WINDOWS, 4.0) is not v for v in valid(function).values())
]


def numbers(result):
    """All numbers in a result, in a row; of a cut what it accepts; names are none."""
    if callable(getattr(result, "intervals", None)):
        return np.ravel(result.intervals([0.3, 1.0, 1.7], ROOT_S)).tolist()
    if isinstance(result, pd.DataFrame):
        return numbers(result.to_dict("list"))
    if is_dataclass(result) and not isinstance(result, type):
        return numbers([getattr(result, field.name) for field in fields(result)])
    if isinstance(result, dict):
        return numbers(list(result.values()))
    if isinstance(result, list | tuple):
        return [number for each in result for number in numbers(each)]
    if isinstance(result, np.ndarray | np.number | np.bool_ | float | int):
        return np.ravel(result).astype(float).tolist()
    return []


def outcome(function, cut, root_s):
    """Numbers that come back, or the kind of refusal."""
    own = arguments(function, cut, root_s)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return numbers(function(**own))
        except (ValueError, TypeError) as refusal:
            return type(refusal)


def disagreements(function, leaf, root_s):
    """What differs between a selection and each of the two cuts."""
    expected = outcome(function, Selection("mine", (leaf,)), root_s)
    for cut in (leaf, Own(leaf)):
        got = outcome(function, cut, root_s)
        if isinstance(expected, list) and isinstance(got, list):
            if len(got) != len(expected) or not np.allclose(
                got, expected, 1e-10, 0.0, equal_nan=True
            ):
                yield f"{type(cut).__name__}: {got!r:.200} and not {expected!r:.200}"
        elif got != expected:
            yield f"{type(cut).__name__}: {got!r:.200} and not {expected!r:.200}"


@pytest.mark.parametrize("function", TAKE_A_CUT, ids=label)
@pytest.mark.parametrize("leaf", LEAVES)
def test_a_cut_by_itself_gives_what_its_selection_gives(function, leaf):
    for root_s in ENERGIES:
        assert list(disagreements(function, LEAVES[leaf], root_s)) == [], f"at {root_s} GeV"


def test_most_calls_return_numbers():
    """Or the comparison would be one of empty lists."""
    silent = {label(function) for function in TAKE_A_CUT if not outcome(function, WINDOWS, ROOT_S)}
    assert silent == {"cuts.demand_room"}
    assert len(TAKE_A_CUT) > 25


def test_a_selection_stays_as_it_is():
    assert selections.as_selection(CUT) is CUT
    assert selections.as_selection(EDGE).cuts == (EDGE,)
