"""Limits on the neutrino dipole portal from monophoton searches at e+e- colliders.

The formulas behind the companion to arXiv:2204.07802.

Examples
--------
>>> import nudp
>>> d_95 = nudp.upper_limit(nudp.searches.BELLE2_LOW_MASS, 1.0, nudp.PUBLISHED)
>>> f"{d_95:.1e} GeV^-1"
'7.6e-06 GeV^-1'
"""

from importlib import import_module
from typing import TYPE_CHECKING

from nudp import (
    _old_names,
    background,
    constants,
    kinematics,
    landscape,
    limits,
    searches,
    selections,
    signal,
    statistics,
)
from nudp.limits import upper_limit
from nudp.searches import Search
from nudp.selections import Selection
from nudp.signal import DIRAC, MAJORANA, PUBLISHED, TEXT, SignalModel

if TYPE_CHECKING:
    from types import ModuleType

    from nudp import beyond as beyond
    from nudp import events as events
    from nudp import plots as plots
else:

    def __getattr__(name: str) -> "ModuleType":
        # loaded when asked for: two need pandas and matplotlib, and most scripts none of them
        if name in ("beyond", "events", "plots") or f"nudp.{name}" in _old_names.NEW_NAMES:
            return import_module(f"nudp.{name}")
        raise AttributeError(f"module 'nudp' has no attribute {name!r}")


__version__ = "0.1.0"

__all__ = [
    "DIRAC",
    "MAJORANA",
    "PUBLISHED",
    "TEXT",
    "Search",
    "Selection",
    "SignalModel",
    "background",
    "beyond",
    "constants",
    "events",
    "kinematics",
    "landscape",
    "limits",
    "plots",
    "searches",
    "selections",
    "signal",
    "statistics",
    "upper_limit",
]
