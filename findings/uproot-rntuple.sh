#!/usr/bin/env bash
# uproot: assigning columns to a ROOT file writes an RNTuple, no longer a TTree.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile uproot==5.7.7 awkward==2.14.0 numpy==2.4.6
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version

import numpy as np
import uproot

columns = {"mass": np.array([0.1, 1.0]), "d": np.array([2e-6, 1e-6])}
with uproot.recreate("limits.root") as file:
    file["assigned"] = columns
    file.mktree("made", columns)
with uproot.open("limits.root") as file:
    kinds = file.classnames(cycle=False)

print("package:", "uproot", version("uproot"))
print("guess:   file['limits'] = {name: array} writes a TTree, which every ROOT can read")
print("seen:   ", ", ".join(f"{name}: {kind}" for name, kind in kinds.items()))
print("         RNTuple needs a reader of that format; mktree still makes a TTree")
print("source:  uproot/writing/writable.py (since 5.7.0); https://github.com/scikit-hep/uproot5/pull/1488")
assert kinds == {"assigned": "ROOT::RNTuple", "made": "TTree"}, "the formats changed"
EOF
