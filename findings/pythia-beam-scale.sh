#!/usr/bin/env bash
# Pythia: electron beams radiate as if they had the energy that is left afterwards.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile pythia8mc==8.317.2 numpy==2.4.6
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version
from math import log

import pythia8mc

ROOT_S = 10.58
pythia = pythia8mc.Pythia("", False)
for line in (
    "Print:quiet = on",
    "Beams:idA = 11",
    "Beams:idB = -11",
    f"Beams:eCM = {ROOT_S}",
    "PartonLevel:all = off",
    "PhaseSpace:mHatMin = 1.0",
    "23:mMin = 1.0",
    "WeakSingleBoson:ffbar2gmZ = on",
    "WeakZ0:gmZmode = 1",
):
    assert pythia.readString(line)
assert pythia.init()
scales = []
for _ in range(200):
    while not pythia.next():
        pass
    scales.append(pythia.infoPython().Q2Fac() / pythia.infoPython().sHat())
beam, s, half = pythia.getPDFPtr(11), ROOT_S**2, ROOT_S**2 / 2
ratio = beam.xf(11, 0.5, half) / beam.xf(11, 0.5, s)
alone = (log(half / 0.000510999**2) - 1) / (log(s / 0.000510999**2) - 1)
print("package:", "pythia8mc", version("pythia8mc"))
print("guess:   one beam that radiates half of its energy does so in proportion to ln(s/m_e^2) - 1, s of")
print("         the beams, as exact QED has it to first order")
print(f"seen:    by default Q^2 = s' of what is left, in all events: {ratio:.3f} of it (the logarithms alone")
print(f"         {alone:.3f}); SigmaProcess:factorScale1 = 2 with factorFixScale = s gives s")
print("source:  Pythia's manual, Couplings and Scales; G. Bonneau, F. Martin, Nucl. Phys. B 27 (1971) 381")
assert max(abs(scale - 1) for scale in scales) < 1e-9, "the scale changed"
assert abs(ratio - alone) < 0.005 and ratio < 0.97, "the beams changed"
EOF
