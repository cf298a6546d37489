"""What Delphes, a public fast simulation, makes of our HepMC3 files; outside the tests.

`python benchmarks/delphes.py PROGRAM` needs the program DelphesHepMC3 of Delphes, pyhepmc and
uproot beside nudp.  The wheel root 0.1a12 of PyPI is enough to compile it (commit 0ee14ba, library
libDelphesNoFastJet), once ROOT/mock_site_packages/ROOT in it is a link to ROOT.  The table in
benchmarks/results is shown by a chapter.
"""

from __future__ import annotations

import datetime
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import uproot
from generators import store

import nudp
from nudp import events, searches
from nudp.beyond import detector, export

#: A cylinder of crystals, 0.01 in pseudorapidity by one degree, that sees photons alone.
CARD = f"""\
set ExecutionPath {{
  Cylinder
  Crystals
  Out
}}
module ParticlePropagator Cylinder {{
  set InputArray Delphes/stableParticles
  set Radius {detector.BESIII_EMC.radius}
  set HalfLength {detector.BESIII_EMC.forward}
}}
module SimpleCalorimeter Crystals {{
  set ParticleInputArray Cylinder/stableParticles
  set TrackInputArray Cylinder/electrons
  set IsEcal true
  set phis {{}}
  for {{set i -180}} {{$i <= 180}} {{incr i}} {{ lappend phis [expr {{$i * {np.pi} / 180}}] }}
  for {{set i -250}} {{$i <= 250}} {{incr i}} {{ add EtaPhiBins [expr {{$i * 0.01}}] $phis }}
  add EnergyFraction {{0}} {{0.0}}
  add EnergyFraction {{22}} {{1.0}}
  set ResolutionFormula {{energy * {detector.BESIII_RESOLUTION}}}
}}
module TreeWriter Out {{
  add Branch Crystals/towers Tower Tower
}}
"""
#: Where the crystals end, in cos(theta).
END = float(np.tanh(2.5))


def rows_of(program, count=40_000):
    """Photons that Delphes sees and our cuts accept, at STCF, and what we say of them."""
    search, cylinder, width = searches.STCF_4GEV, detector.BESIII_EMC, detector.BESIII_RESOLUTION
    rng, rows = np.random.default_rng(19), []
    for mass, d in ((1.0, 1e-3), (0.1, 1e-5)):
        sample = events.signal_events(search, mass, d, count, signal=nudp.DIRAC, rng=rng)
        E, z = through(program, sample)
        seen = E > 0
        kept = np.zeros(count, bool)
        kept[seen] = events.passes(search.selection, E[seen], z[seen], search.sqrt_s)
        # the same events in our detector
        vertex, momentum = (
            sample[[f"{name}_{axis}" for axis in axes]].to_numpy()
            for name, axes in (("vertex", "xyz"), ("gamma", ("px", "py", "pz")))
        )
        start = cylinder.holds(vertex)
        theta = detector.apparent_angle(cylinder, vertex[start], momentum[start])
        cosine = np.cos(np.deg2rad(theta))
        energy = sample["gamma_E"].to_numpy()[start] * rng.normal(1, width, start.sum())
        ours = events.passes(search.selection, energy, cosine, search.sqrt_s)
        where = f"m_N = {mass:g} GeV"
        numbers = [("are seen", seen, (abs(cosine) < END).sum() / count, "our detector")]
        numbers += [("pass the cuts", kept, ours.sum() / count, "our detector")]
        if mass == 1.0:
            smeared = detector.smeared_acceptance(
                search.selection, search.sqrt_s, mass, nudp.DIRAC, width
            )
            numbers += [("pass the cuts", kept, float(smeared), "the integral")]
        for what, found, expected, by in numbers:
            share = found.mean()
            error = np.sqrt(share * (1 - share) / count)
            rows.append(
                (f"share of photons that {what}, {where}; {by}", share, error, expected, "1")
            )
            print(rows[-1], flush=True)
    return rows


def through(program, sample):
    """Energy [GeV] and cosine of the one photon of each event in Delphes, 0 if there is none."""
    with tempfile.TemporaryDirectory() as folder:
        export.hepmc3(sample, Path(folder, "events.hepmc"))
        Path(folder, "card.tcl").write_text(CARD)
        command = [program, "card.tcl", "out.root", "events.hepmc"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        with uproot.open(Path(folder, "out.root")) as file:
            towers = file["Delphes"].arrays(["Tower.E", "Tower.Eta"], library="np")
    found = np.zeros((2, len(sample)))
    for i, (E, eta) in enumerate(zip(towers["Tower.E"], towers["Tower.Eta"], strict=True)):
        if len(E):
            found[:, i] = E[0], np.tanh(eta[0])
    return found


def main():
    """The table."""
    program = str(Path(sys.argv[1]).resolve())
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    remarks = [
        "Our HepMC3 files, DIRAC at STCF, through Delphes (commit 0ee14ba, ROOT wheel 0.1a12),",
        f"read by uproot {uproot.__version__}, with the cylinder and the resolution of BESIII of",
        f"nudp.beyond.detector; nudp {nudp.__version__}, by benchmarks/delphes.py, {today}.",
        "units: value=1, error=1, expected=1, unit=none",
    ]
    table = pd.DataFrame(rows_of(program), columns=["what", "value", "error", "expected", "unit"])
    store("delphes-runs", table, remarks)


if __name__ == "__main__":
    main()
