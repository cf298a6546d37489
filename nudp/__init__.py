"""Limits on the neutrino dipole portal from monophoton searches at e+e- colliders.

The formulas behind the companion to arXiv:2204.07802.

Examples
--------
>>> import nudp
>>> d_95 = nudp.upper_limit(nudp.searches.BELLE2_LOW_MASS, 1.0, nudp.PUBLISHED)
>>> f"{d_95:.1e} GeV^-1"
'7.6e-06 GeV^-1'
"""

from typing import TYPE_CHECKING

from nudp import (
    background,
    binning,
    constants,
    coverage,
    detector,
    explorer,
    kinematics,
    landscape,
    limits,
    radiation,
    scan,
    searches,
    selections,
    separation,
    signal,
    statistics,
    tasks,
    vacuum,
)
from nudp.limits import upper_limit
from nudp.searches import Search
from nudp.selections import Selection
from nudp.signal import DIRAC, MAJORANA, PUBLISHED, TEXT, SignalModel

if TYPE_CHECKING:
    from types import ModuleType

    from nudp import events as events
    from nudp import plots as plots
else:

    def __getattr__(name: str) -> "ModuleType":
        # loaded when asked for: they need pandas and matplotlib, which `import nudp` does not
        if name in ("events", "plots"):
            from importlib import import_module

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
    "binning",
    "constants",
    "coverage",
    "detector",
    "explorer",
    "kinematics",
    "landscape",
    "limits",
    "radiation",
    "scan",
    "searches",
    "selections",
    "separation",
    "signal",
    "statistics",
    "tasks",
    "upper_limit",
    "vacuum",
]
