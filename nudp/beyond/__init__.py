"""What the paper does not have: observed counts, radiation, real detectors, other bounds, scans.

Each module loads when asked for.

Examples
--------
>>> from nudp.beyond import vacuum
>>> round(float(vacuum.propagator_factor(4.0)), 3)
1.052
"""

from importlib import import_module
from typing import TYPE_CHECKING

from nudp import _old_names

__all__ = [
    "binning",
    "command",
    "coverage",
    "detector",
    "efficiency",
    "electroweak",
    "export",
    "loading",
    "observed",
    "qed",
    "radiation",
    "recast",
    "scan",
    "search_file",
    "separation",
    "upscattering",
    "vacuum",
    "zpole",
]

if TYPE_CHECKING:
    from types import ModuleType


def __getattr__(name: str) -> "ModuleType":
    if name in __all__ or f"nudp.beyond.{name}" in _old_names.NEW_NAMES:
        return import_module(f"nudp.beyond.{name}")
    raise AttributeError(f"module 'nudp.beyond' has no attribute {name!r}")
