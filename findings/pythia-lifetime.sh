#!/usr/bin/env bash
# Pythia: a particle with a width but no lifetime decays where it is made.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile pythia8mc==8.317.2 numpy==2.4.6
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version

import pythia8mc

HBAR_C = 1.973269804e-13  # GeV mm
C_TAU = 100.0  # mm
WIDTH = HBAR_C / C_TAU


def mean_flight(*settings):
    """Mean distance in z of 500 decays at p = 3, m = 1 GeV [mm], and tau0 [mm]."""
    pythia = pythia8mc.Pythia("", False)
    for line in (
        "Print:quiet = on",
        "ProcessLevel:all = off",
        f"9900099:new = N Nbar 2 0 0 1.0 {WIDTH} 0 0 0",
        "9900099:isResonance = off",
        "9900099:mayDecay = on",
        "9900099:addChannel = 1 1.0 0 12 22",
        *settings,
    ):
        pythia.readString(line)
    pythia.init()
    total = 0.0
    for _ in range(500):
        pythia.event.reset()
        pythia.event.append(9900099, 1, 0, 0, 0.0, 0.0, 3.0, 10**0.5, 1.0)
        made = pythia.event[1]
        made.tau(made.tau0() * pythia.rndm.exp())
        pythia.next()
        total += pythia.event[pythia.event.size() - 1].zProd()
    return total / 500, pythia.particleData.tau0(9900099)


guessed, tau0 = mean_flight()
told, told_tau0 = mean_flight(f"9900099:tau0 = {C_TAU}")
print("package:", "pythia8mc", version("pythia8mc"))
print(f"guess:   with mWidth = hbar c / ({C_TAU:g} mm) and p/m = 3 the mean flight is 300 mm")
print(f"seen:    tau0 = {tau0:g} mm, mean flight {guessed:g} mm;")
print(f"         with tau0 given as well ({told_tau0:g} mm) it is {told:.0f} mm")
print("source:  Pythia's manual, page ParticleDataScheme: mWidth and tau0 are set one by one")
assert tau0 == 0 and guessed == 0, "the lifetime follows from the width now"
assert abs(told - 300) < 60, "the flight with tau0 changed"
EOF
