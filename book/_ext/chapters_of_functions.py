"""Links from each function in the reference to its equations and to its chapter.

The equations are those of the paper that the docstring names, in its summary or as a place in the
paper, and those of the book that are written here; what computes no equation is left with the
chapter. The chapters are the home of the equation and what is written here for the module or the
function.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

ROOT = Path(__file__).resolve().parents[2]
HOME = re.compile(r"^\$\$ \(eq-(\d+)\)$", re.MULTILINE)
NAMED = re.compile(r"\bEqs?\.\s+(\(\d+\)(?:(?:,| and| to|, and) \(\d+\))*)")
PAPER = "arXiv:2204.07802"

#: Where the book explains what a module computes.
MODULES = {
    "background": ("notebooks/background",),
    "binning": ("notebooks/more",),
    "typing": ("book/notation",),
    "constants": ("book/notation",),
    "command": ("notebooks/to-your-simulation",),
    "coverage": ("notebooks/statistics", "notebooks/few-events"),
    "cuts": ("notebooks/belle2",),
    "detector": ("notebooks/realism",),
    "efficiency": ("notebooks/your-search",),
    "electroweak": ("notebooks/background", "notebooks/higher-energies"),
    "events": ("notebooks/event-lab",),
    "export": ("notebooks/to-your-simulation",),
    "kinematics": ("notebooks/signal",),
    "landscape": ("notebooks/bounds",),
    "limits": ("notebooks/besiii-stcf", "notebooks/statistics"),
    "loading": ("notebooks/your-search",),
    "observed": ("notebooks/few-events",),
    "plots": ("notebooks/results",),
    "qed": ("notebooks/what-escapes",),
    "quadrature": ("notebooks/signal",),
    "radiation": ("notebooks/realism",),
    "recast": ("notebooks/data-already",),
    "scan": ("notebooks/your-search",),
    "search_file": ("notebooks/your-search",),
    "searches": ("notebooks/belle2", "notebooks/besiii-stcf"),
    "selections": ("notebooks/belle2",),
    "separation": ("notebooks/dirac-or-majorana",),
    "signal": ("notebooks/signal",),
    "statistics": ("notebooks/statistics",),
    "upscattering": ("notebooks/bounds",),
    "vacuum": ("notebooks/spin",),
    "zpole": ("notebooks/bounds",),
}
#: Functions that another chapter than their module's explains.
FUNCTIONS = {
    "kinematics.boost": ("notebooks/belle2",),
    "kinematics.cm_energy": ("notebooks/belle2",),
    "kinematics.cm_from_lab": ("notebooks/belle2",),
    "kinematics.cos_opening_angle": ("notebooks/helicity",),
    "kinematics.lab_from_cm": ("notebooks/belle2",),
    "kinematics.photon_energy_lab": ("notebooks/belle2",),
    "landscape.NewGround": ("notebooks/new-ground",),
    "landscape.excluded": ("notebooks/results",),
    "landscape.unexplored": ("notebooks/new-ground",),
    "limits.chi2": ("notebooks/besiii-stcf",),
    "limits.discovery": ("notebooks/discovery",),
    "limits.limit_band": ("notebooks/statistics",),
    "searches.read_besiii_runs": ("notebooks/besiii-stcf",),
    "selections.besiii_advanced": ("notebooks/besiii-stcf",),
    "selections.besiii_basic": ("notebooks/besiii-stcf",),
    "signal.photon_density": ("notebooks/helicity",),
}
#: Equations of the book, by their labels, that a function computes and its docstring cannot name.
EQUATIONS = {
    "background.cross_section": ("eq-background",),
    "background.coupling_factor": ("eq-background-f",),
    "background.differential_cross_section": ("eq-background",),
    "background.photon_spectrum": ("eq-background-angle",),
    "background.polarised_ratio": ("eq-spin-polarised",),
    "coverage.exact_coverage": ("eq-statistics-coverage",),
    "detector.Cylinder": ("eq-realism-cylinder",),
    "detector.decay_probability": ("eq-realism-cylinder",),
    "detector.path_length": ("eq-realism-cylinder",),
    "detector.smeared_acceptance": ("eq-realism-smeared",),
    "detector.smeared_background": ("eq-realism-smeared",),
    "kinematics.boost": ("eq-belle2-machine",),
    "kinematics.cm_energy": ("eq-belle2-machine",),
    "kinematics.cm_from_lab": ("eq-belle2-aberration",),
    "kinematics.cos_opening_angle": ("eq-alpha",),
    "kinematics.heavy_energy": ("eq-6",),
    "kinematics.heavy_momentum": ("eq-6",),
    "kinematics.lab_from_cm": ("eq-belle2-aberration",),
    "kinematics.mass_ratio": ("eq-ratios",),
    "kinematics.photon_energy_lab": ("eq-lab",),
    "kinematics.photon_energy_range": ("eq-event-lab-edge",),
    "limits.chi2": ("eq-besiii-stcf-chi2",),
    "limits.discovery": ("eq-discovery-q0",),
    "limits.limit_band": ("eq-statistics-fluctuation",),
    "limits.upper_limit": ("eq-besiii-stcf-chi2", "eq-statistics-profile", "eq-statistics-cls"),
    "quadrature.Grid": ("eq-how-fast-integrals",),
    "qed.GapBackground": ("eq-what-escapes-gap",),
    "qed.three_photon_density": ("eq-what-escapes-phase-space",),
    "radiation.background_ratio": ("eq-realism-fold",),
    "radiation.background_veto": ("eq-realism-radiator",),
    "radiation.radiation_exponent": ("eq-realism-first",),
    "radiation.radiator": ("eq-realism-radiator",),
    "radiation.signal_ratio": ("eq-realism-fold",),
    "radiation.signal_veto": ("eq-realism-radiator",),
    "radiation.structure_function": ("eq-realism-density",),
    "radiation.tagged_cross_section": ("eq-results-tag",),
    "radiation.tagged_yields": ("eq-realism-tag", "eq-results-floor"),
    "recast.dark_photon_cross_section": ("eq-data-already-dark",),
    "recast.information": ("eq-data-already-information",),
    "recast.response": ("eq-data-already-response",),
    "recast.vector_decay_ratio": ("eq-data-already-ratio",),
    "separation.events_needed": ("eq-dirac-or-majorana-q",),
    "separation.log_likelihood_ratio": ("eq-dirac-or-majorana-t",),
    "separation.median_separation": ("eq-dirac-or-majorana-q",),
    "signal.photon_density": ("eq-double", "eq-exact"),
    "signal.photon_spectrum": ("eq-double", "eq-polarisation"),
    "statistics.count_limit": ("eq-statistics-poisson", "eq-statistics-cls"),
    "statistics.deviance": ("eq-statistics-profile",),
    "statistics.p_value": ("eq-statistics-poisson", "eq-statistics-cls"),
    "statistics.threshold": ("eq-statistics-fluctuation",),
    "upscattering.differential_cross_section": ("eq-bounds-recoil",),
    "upscattering.maximum_mass": ("eq-bounds-wall",),
    "upscattering.recoil_range": ("eq-bounds-range",),
    "upscattering.standard_model_cross_section": ("eq-bounds-sm",),
    "upscattering.total_cross_section": ("eq-bounds-recoil",),
    "vacuum.delta_alpha_leptonic": ("eq-spin-lepton",),
    "vacuum.delta_alpha": ("eq-spin-dressed",),
    "vacuum.propagator_factor": ("eq-spin-dressed",),
    "zpole.exchange_ratio": ("eq-operator-z", "eq-operator-w"),
    "zpole.total_cross_section": ("eq-bounds-zpart",),
    "zpole.z_coupling": ("eq-bounds-dz",),
    "zpole.z_width": ("eq-bounds-width",),
}


@cache
def homes() -> dict[int, str]:
    """Return the chapter in which each of the paper's equations stands."""
    return {
        int(number): f"notebooks/{path.stem}"
        for path in sorted((ROOT / "notebooks").glob("*.md"))
        for number in HOME.findall(path.read_text(encoding="utf-8"))
    }


def equations(docstring: str) -> list[int]:
    """Return the paper's equations that a docstring names as its own, in order."""
    summary, *rest = docstring.strip().split("\n\n", 1)
    places = "".join(re.findall(rf"^\s*{re.escape(PAPER)}.*$", "\n".join(rest), re.MULTILINE))
    numbers: set[int] = set()
    for listed in NAMED.findall(" ".join(f"{summary} {places}".split())):
        previous = 0
        for link, number in re.findall(r"(to )?\((\d+)\)", listed):
            numbers |= set(range(previous if link else int(number), int(number) + 1))
            previous = int(number)
    return sorted(numbers)


def chapters(name: str, numbers: list[int]) -> list[str]:
    """Return the pages that explain `nudp.<name>`, which computes these equations."""
    module = name.split(".")[0]
    if module not in MODULES:
        raise ExtensionError(f"{Path(__file__).name}: no chapter is named for nudp.{module}")
    found = [homes()[number] for number in numbers]
    return list(dict.fromkeys([*found, *FUNCTIONS.get(name, MODULES[module])]))


def line(name: str, docstring: str) -> str:
    """Return the line of links for one object."""
    numbers = equations(docstring)
    pages = ", ".join(f":doc:`/{page}`" for page in chapters(name, numbers))
    labels = [*(f"eq-{number}" for number in numbers), *EQUATIONS.get(name, ())]
    if not labels:
        return f"In the book: {pages}."
    word = "Eq." if len(labels) == 1 else "Eqs."
    listed = ", ".join(f":eq:`{label}`" for label in labels)
    return f"In the book: {word} {listed}; {pages}."


def add_links(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Put the links below the summary of a function, a class, or a value with an equation."""
    package, _, inside = name.partition(".")
    inside = inside.removeprefix("beyond.")
    docstring = "\n".join(lines)
    wanted = what in ("function", "class") or (what == "data" and equations(docstring))
    if package != "nudp" or not wanted:
        return
    end = next((i for i, text in enumerate(lines) if i and not text.strip()), len(lines))
    lines[end:end] = ["", line(inside, docstring), ""]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx, before napoleon turns the sections of a docstring into fields."""
    app.connect("autodoc-process-docstring", add_links, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
