"""Limits on the neutrino dipole portal from monophoton searches at e+e- colliders.

The formulas behind the companion to arXiv:2204.07802.

Examples
--------
>>> import nudp
>>> d_95 = nudp.upper_limit(nudp.searches.BELLE2_LOW_MASS, 1.0, nudp.PUBLISHED)
>>> f"{d_95:.1e} GeV^-1"
'7.6e-06 GeV^-1'
"""

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
