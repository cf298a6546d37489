"""Names of the release before: they work for one release more, with a DeprecationWarning."""

from __future__ import annotations

import sys
import warnings
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType
    from typing import Any

#: What each old module is called now.
NEW_NAMES = {
    f"nudp.{name}": f"nudp.beyond.{name}"
    for name in (
        "binning",
        "coverage",
        "detector",
        "observed",
        "radiation",
        "scan",
        "separation",
        "upscattering",
        "vacuum",
        "zpole",
    )
} | {
    "nudp.checks": "nudp._checks",
    "nudp.tables": "nudp._tables",
    "nudp.tasks": "nudp.beyond.scan",
    "nudp.beyond.tasks": "nudp.beyond.scan",
}

#: Where functions stand now that were of another module.
MOVED = {
    "nudp.background.contact_limit_ratio": "nudp.beyond.electroweak",
    "nudp.background.propagator_ratio": "nudp.beyond.electroweak",
    "nudp.limits.p_value": "nudp.beyond.observed",
}


def functions_of(module: str) -> Callable[[str], Any]:
    """Give what a module calls for a name that it lacks: one of `MOVED`, with a warning."""

    def find(name: str) -> Any:
        if f"{module}.{name}" not in MOVED:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        new = MOVED[f"{module}.{name}"]
        warnings.warn(f"{module}.{name} is in {new} now", DeprecationWarning, stacklevel=2)
        return getattr(import_module(new), name)

    return find


class OldNames(MetaPathFinder, Loader):
    """Finds a module under its old name."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Give a spec for an old name, none for others."""
        return ModuleSpec(fullname, self) if fullname in NEW_NAMES else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Give the module that has a new name, with a warning."""
        new = NEW_NAMES[spec.name]
        warnings.warn(f"{spec.name} is called {new} now", DeprecationWarning, stacklevel=2)
        module = import_module(new)
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Give back what the import system has just written over; nothing is left to run."""
        if module.__spec__ is not None:
            module.__spec__ = module.__spec__.loader_state


sys.meta_path.append(OldNames())
