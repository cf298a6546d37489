"""What Sherpa makes of our UFO model and of our background; outside the tests.

`python benchmarks/sherpa.py PREFIX` needs a Sherpa 3.0.3 in PREFIX, built from the source of
sherpa-mc 3.0.3b2 on PyPI with the cmake options SHERPA_ENABLE_UFO=ON, SHERPA_ENABLE_LHAPDF=OFF and
SHERPA_ENABLE_PYTHON=OFF (with gfortran and libzip), and pylhe beside nudp.  It puts two models in
PREFIX and writes a table in benchmarks/results, which a chapter shows.
"""

from __future__ import annotations

import datetime
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import pylhe
from generators import store

import nudp
from nudp import constants, searches, signal
from nudp.beyond import electroweak, export
from nudp.cuts import CosThetaWindows

CARD = """\
BEAMS: [11, -11]
BEAM_ENERGIES: [{one!r}, {two!r}]
PDF_LIBRARY: None
SHOWER_GENERATOR: None
FRAGMENTATION: None
BEAM_REMNANTS: false
SCALES: VAR{{{scale!r}}}
ME_GENERATORS: [Comix]
"""
#: Couplings that follow from G_F and both masses, which is what Sherpa does unless told otherwise.
WEAK = f"""\
WIDTH_SCHEME: Fixed
EW_SCHEME: Gmu
GF: {constants.G_F!r}
PARTICLE_DATA:
  23: {{Mass: {constants.M_Z!r}, Width: {constants.GAMMA_Z!r}}}
  24: {{Mass: {constants.M_W!r}}}
PROCESSES:
- 11 -11 -> 91 91 22:
    Order: {{QCD: 0, EW: 3}}
    Integration_Error: 0.0015
SELECTORS:
- VariableSelector:
    Variable: "Calc(FORMULA)"
    Flavs: [22]
    Ranges: [[0.5, 10]]
"""
ON_SHELL = 1 - (constants.M_W / constants.M_Z) ** 2
ALPHA_GMU = np.sqrt(2) * constants.G_F * constants.M_W**2 * ON_SHELL / np.pi
D = 1e-3


# ---- the background ----------------------------------------------------------


def background(prefix):
    """Cross section of nu nubar photon, in the beams of each experiment, and what we have."""
    rows = []
    for search, beams in ((searches.STCF_4GEV, (2.0, 2.0)), (searches.BELLE2_BBG, (7.0, 4.0))):
        text = card(*beams) + WEAK.replace("FORMULA", selected(search))
        found, error = integrated(prefix, text)
        with mock.patch.multiple(electroweak, ALPHA=ALPHA_GMU, SIN2_THETA_W=ON_SHELL):
            same = electroweak.cross_section(search.selection, search.sqrt_s)
        ours = electroweak.cross_section(search.selection, search.sqrt_s)
        contact = nudp.background.cross_section(search.selection, search.sqrt_s)
        what = f"nu nubar photon, {search.name}"
        # by the couplings alone
        couplings = nudp.background.coupling_factor
        factor = ALPHA_GMU / constants.ALPHA * float(couplings(ON_SHELL) / couplings())
        rows += [
            (f"{what}, ours with its couplings", found, error, same, "fb"),
            (f"{what}, over ours with W and Z", found / ours, error / ours, factor, "1"),
            (
                f"{what}, over ours in the contact limit",
                found / contact,
                error / contact,
                factor * nudp.background.propagator_ratio(search.selection, search.sqrt_s),
                "1",
            ),
        ]
        print(*rows[-3:], sep="\n", flush=True)
    return rows


def selected(search):
    """The cuts on the photon's energy and momentum in the lab, 1 if it passes and 0 if not."""
    windows, edge = search.selection.cuts
    assert isinstance(windows, CosThetaWindows)
    beta, root_s = search.beta, search.sqrt_s
    gamma = 1 / np.sqrt(1 - beta**2)
    energy, along = "Comp(p[0],0)", "Comp(p[0],3)"
    cosine = f"(({along}-{beta!r}*{energy})/({energy}-{beta!r}*{along}))"
    inside = "+".join(
        f"theta({cosine}-({a!r}))*theta({b!r}-{cosine})" for a, b, _ in windows.windows
    )
    # Eq. (8): B E + A p_z + p_T above B sqrt(s) in the CM frame
    A, B = edge.chord
    in_energy, in_momentum = float(gamma * (B - A * beta)), float(gamma * (A - B * beta))
    high = f"{in_energy!r}*{energy}+({in_momentum!r})*{along}+PPerp(p[0])-{float(B * root_s)!r}"
    return f"({inside})*theta({high})"


# ---- the signal --------------------------------------------------------------


def made(prefix):
    """Cross sections and photons of the models of Dirac and Majorana N."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, majorana, expected, other in (
            ("Dirac", False, nudp.DIRAC, nudp.PUBLISHED),
            ("Majorana", True, nudp.MAJORANA, nudp.DIRAC),
        ):
            model = Path(folder, "majorana" if majorana else "dipole")
            export.ufo(model, 1.0, [D, 0, 0], majorana=majorana)
            make = [str(Path(prefix, "bin", "Sherpa-generate-model")), str(model)]
            subprocess.run(make, cwd=folder, check=True, capture_output=True)
            if not majorana:  # one charge mode of either is the same
                rows += cross_sections(prefix, model)
            photons = decayed(prefix, model, (1, -1) if majorana else (1,))
            rows += spectra(photons, name, expected, other)
    return rows


def cross_sections(prefix, model):
    """Of N nubar, against Eq. (3)."""
    rows = []
    for root_s, mass in ((4.0, 1.0), (4.0, 3.0), (10.583, 0.3), (10.583, 8.0)):
        process = f"- 11 -11 -> {signal.PDG_ID} -12:\n    Integration_Error: 0.0005\n"
        found = integrated(prefix, card_of(model, root_s, mass) + process)
        expected = float(signal.total_cross_section(root_s, mass, D))
        what = f"N nubar, {root_s:g} GeV, m_N = {mass:g} GeV"
        rows.append((what, *found, expected, "fb"))
        print(rows[-1], flush=True)
    return rows


def decayed(prefix, model, lepton_numbers, count=40_000):
    """Energy [GeV] and cosine of photons, with spins, at 4 GeV with m_N = 1 GeV."""
    process = "".join(
        f"- 11 -11 -> {signal.PDG_ID}[a] {-12 * made}:\n"
        f"    DecayOS: {signal.PDG_ID}[a] -> {12 * left} 22\n"
        for made in lepton_numbers
        for left in lepton_numbers
    )
    with tempfile.TemporaryDirectory() as folder:
        output = "EVENT_GENERATION_MODE: Unweighted\nEVENT_OUTPUT: LHEF[events]\n"
        run(prefix, folder, card_of(model, 4.0, 1.0) + process + output, count)
        (path,) = Path(folder).glob("events*")
        photons = [
            (particle.e, particle.pz / particle.e)
            for event in pylhe.LHEFile.fromfile(path).events
            for particle in event.particles
            if particle.id == 22
        ]
    return np.array(photons)


def spectra(photons, name, model, other):
    """chi^2 of the photons in x, in z, and in both, against one model and another."""
    rows = []
    for what, cells, against in (
        ("energy, 24 bins", (24, 1), model),
        ("angle, 24 bins", (1, 24), model),
        ("energy and angle, 48 cells", (8, 6), model),
        ("energy and angle, 48 cells", (8, 6), other),
    ):
        energies = np.linspace(1 / 8, 2, cells[0] + 1)
        cosines = np.linspace(-1, 1, cells[1] + 1)
        found, *_ = np.histogram2d(*photons.T, bins=[energies, cosines])
        expected = len(photons) * shares(energies, cosines, against)
        chi2 = float(((found - expected) ** 2 / expected).sum())
        text = f"{len(photons)} photons of {name} N, {what}, against {against.name}"
        # no number is expected where it must not agree
        freedom = found.size - 1 if against is model else np.nan
        rows.append((text, chi2, np.nan, freedom, "chi^2"))
        print(rows[-1], flush=True)
    return rows


def shares(energies, cosines, model, root_s=4.0, mass=1.0):
    """Probability of each cell."""
    nodes, weights = np.polynomial.legendre.leggauss(16)
    E, wide = (f[:, None] for f in (energies[:-1], np.diff(energies) / 2))
    z, tall = (f[:, None] for f in (cosines[:-1], np.diff(cosines) / 2))
    E, z = E + wide * (1 + nodes), z + tall * (1 + nodes)
    density = signal.photon_density(E[:, :, None, None], z, root_s, mass, model)
    share = np.einsum("ijkl,j,l,im,kn->ik", density, weights, weights, wide, tall)
    assert abs(share.sum() - 1) < 1e-9
    return share


# ---- Sherpa ------------------------------------------------------------------


def card(one, two):
    """Head of a card for beams of these energies, nothing but the hard process."""
    return CARD.format(one=one, two=two, scale=4 * one * two)


def card_of(model, root_s, mass):
    """A card for one of our models, with another mass of N in its parameter card."""
    text = Path(model, "param_card.dat").read_text()
    changed = model.parent / f"{model.name}-{mass}.dat"
    changed.write_text(text.replace(f"  {signal.PDG_ID} 1.0 ", f"  {signal.PDG_ID} {mass!r} "))
    head = card(root_s / 2, root_s / 2)
    return f"{head}MODEL: {model.name}\nUFO_PARAM_CARD: {changed}\nPROCESSES:\n"


def integrated(prefix, text):
    """Cross section and its error [fb]."""
    # a folder of its own: Sherpa takes up what an earlier run has integrated, whatever the card
    with tempfile.TemporaryDirectory() as folder:
        printed = run(prefix, folder, text, 0)
    numbers = re.findall(r"([\d.e+-]+) pb \+- \( ([\d.e+-]+) pb", printed)[-1]
    return [1e3 * float(number) for number in numbers]


def run(prefix, folder, text, count):
    """What Sherpa prints."""
    Path(folder, "Sherpa.yaml").write_text(text)
    command = [str(Path(prefix, "bin", "Sherpa")), "-e", str(count)]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    printed = re.sub("\x1b\\[[0-9;]*m", "", done.stdout)
    # which is no error in its eyes
    assert "No hard process found" not in printed, printed
    return printed


def main():
    """The table."""
    (prefix,) = sys.argv[1:]
    rows = made(prefix) + background(prefix)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    remarks = [
        f"What Sherpa 3.0.3 (sherpa-mc 3.0.3b2, Comix) makes of our UFO model for d_e = {D} GeV^-1",
        f"and of the background; nudp {nudp.__version__}, by benchmarks/sherpa.py, {today}.",
        "Its couplings: G_F, M_Z, M_W and the width of the Z as ours, and from them",
        f"1/alpha = {1 / ALPHA_GMU:.3f} and sin^2(theta_W) = {ON_SHELL:.4f}.",
        "units: value=see column unit, error=see column unit, expected=see column unit",
    ]
    table = pd.DataFrame(rows, columns=["what", "value", "error", "expected", "unit"])
    store("sherpa-runs", table, remarks)


if __name__ == "__main__":
    main()
