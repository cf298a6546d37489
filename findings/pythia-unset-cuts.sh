#!/usr/bin/env bash
# Pythia: two cuts that nobody sets, on the mass of a virtual photon and on transverse momenta.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile pythia8mc==8.317.2 numpy==2.4.6
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version

import pythia8mc


def events(process, *settings):
    """Lowest mass and transverse momentum of 300 events at 10.58 GeV, and the cross section [mb]."""
    pythia = pythia8mc.Pythia("", False)
    for line in (
        "Print:quiet = on",
        "Beams:idA = 11",
        "Beams:idB = -11",
        "Beams:eCM = 10.58",
        "PartonLevel:all = off",
        "PhaseSpace:mHatMin = 1.0",
        "23:onMode = off",
        "23:onIfAny = 13",
        f"WeakSingleBoson:{process} = on",
        *settings,
    ):
        assert pythia.readString(line)
    assert pythia.init()
    masses, momenta = [], []
    for _ in range(300):
        while not pythia.next():
            pass
        masses.append(pythia.infoPython().mHat())
        momenta.append(pythia.infoPython().pTHat())
    return min(masses), min(momenta), pythia.infoPython().sigmaGen()


one, photon = "ffbar2gmZ", "WeakZ0:gmZmode = 1"
guessed, _, sigma = events(one, photon)
told, _, more = events(one, photon, "23:mMin = 1.0")
print("package:", "pythia8mc", version("pythia8mc"))
print("guess:   e+e- to gamma* to mu mu at 10.58 GeV, beams that radiate, PhaseSpace:mHatMin = 1:")
print("         events down to 1 GeV")
print(f"seen:    none below {guessed:.2f} GeV, {1e9 * sigma:.0f} pb; with 23:mMin = 1 down to {told:.2f} GeV,")
print(f"         {1e9 * more:.0f} pb")
print("source:  Pythia's particle data, where mMin of the Z is 10 GeV")
assert guessed > 10 and told < 1.5 and more > 1.2 * sigma, "the lowest mass changed"
two, wide = "ffbar2ffbar(s:gmZ)", "PhaseSpace:pTHatMin = 0"
mass, momentum, sigma = events(two, wide)
_, told, more = events(two, wide, "PhaseSpace:pTHatMinDiverge = 0.5")
print("guess:   e+e- to mu mu by an s channel, which is finite, with pTHatMin = 0 as by default:")
print("         muons at all angles, pTHatMinDiverge being for processes that diverge")
print(f"seen:    no transverse momentum below {momentum:.2f} GeV, no mass below {mass:.2f} GeV, {1e9 * sigma:.0f} pb;")
print(f"         with pTHatMinDiverge = 0.5, the lowest allowed, {told:.2f} GeV and {1e9 * more:.0f} pb")
print("source:  Pythia's manual, page Phase Space Cuts, on pTHatMinDiverge: for massless particles")
assert 1 <= momentum < 1.5 and mass > 2 and 0.5 <= told < 1, "the cut changed"
EOF
