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
    """Mean distance in z of 500 decays at p = 3, m = 1 GeV [mm], tau0 [mm] and the flag tauCalc."""
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
    entry = pythia.particleData.findParticle(9900099)
    return total / 500, entry.tau0(), entry.tauCalc()


guessed, tau0, calculated = mean_flight()
told, told_tau0, _ = mean_flight(f"9900099:tau0 = {C_TAU}")
resonance_tau0 = mean_flight("9900099:isResonance = on")[1]
print("package:", "pythia8mc", version("pythia8mc"))
print(f"guess:   with mWidth = hbar c / ({C_TAU:g} mm) and p/m = 3 the mean flight is 300 mm, since by")
print("         the manual tau0 follows from mWidth as long as tauCalc is on, as it is by default")
print(f"seen:    tauCalc = {calculated}, tau0 = {tau0:g} mm, mean flight {guessed:g} mm;")
print(f"         tau0 = {resonance_tau0:.0f} mm if the particle is declared a resonance;")
print(f"         with tau0 given as well ({told_tau0:g} mm) it is {told:.0f} mm")
print("source:  Pythia's manual, page The Particle Data Scheme, on tauCalc")
assert calculated and tau0 == 0 and guessed == 0, "the lifetime follows from the width now"
assert abs(resonance_tau0 - C_TAU) < 1e-3, "the lifetime of a resonance changed"
assert abs(told - 300) < 60, "the flight with tau0 changed"
EOF
