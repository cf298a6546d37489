#!/usr/bin/env bash
# vector: a momentum with a nan in it has the polar angle 0, straight along the beam.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile vector==1.9.0 numpy==2.4.6
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version

import numpy as np
import vector

p = vector.obj(px=np.nan, py=0.0, pz=1.0)
seen = {"theta": p.theta, "costheta": p.costheta, "eta": p.eta, "p": p.p}

print("package:", "vector", version("vector"))
print("guess:   every angle of a vector with px = nan is nan")
print("seen:   ", ", ".join(f"{name} = {value:g}" for name, value in seen.items()))
print("         so a broken event passes a cut on theta near the beam, and fails the same cut on eta")
print("source:  vector/_compute/spatial/costheta.py (nan is replaced by 1); of eta it was changed in")
print("         https://github.com/scikit-hep/vector/pull/139")
assert seen["theta"] == 0 and seen["costheta"] == 1, "theta changed"
assert np.isnan(seen["eta"]) and np.isnan(seen["p"]), "eta or the momentum changed"
EOF
