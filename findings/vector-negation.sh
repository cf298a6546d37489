#!/usr/bin/env bash
# vector: minus a four-vector keeps the energy positive if it was built with a mass.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile vector==1.9.0 numpy==2.4.6
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version

import vector

beams = vector.obj(px=0.0, py=0.0, pz=0.0, E=10.0)
by_energy = vector.obj(px=3.0, py=0.0, pz=0.0, E=3.0)
by_mass = vector.obj(px=3.0, py=0.0, pz=0.0, mass=0.0)
recoil = {
    "beams - photon": beams - by_mass,
    "beams + (-photon)": beams + (-by_mass),
    "beams + (-photon), photon by energy": beams + (-by_energy),
}

print("package:", "vector", version("vector"))
print("guess:   -p has the energy -E, so beams + (-photon) is beams - photon, however photon was built")
for name, p in recoil.items():
    print(f"seen:    {name}: E = {p.E:g}, mass = {p.mass:.4f}")
print("source:  vector/_compute/lorentz/scale.py (the mass is multiplied by the absolute factor);")
print("         ROOT warns of the same: https://github.com/root-project/root/pull/17143")
right, wrong, control = recoil.values()
assert by_mass.isclose(by_energy) and right.isclose(control), "the two photons differ"
assert abs(right.mass - 40**0.5) < 1e-12, "the recoil mass changed"
assert wrong.E == 13 and abs(wrong.mass - 160**0.5) < 1e-12, "the negation changed"
EOF
