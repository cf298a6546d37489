#!/usr/bin/env bash
# formulate: 2 photons && 1 muon become 2 & 1, which is 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile formulate==1.1.0 numexpr==2.14.2 numpy==2.4.6
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version

import formulate
import numexpr
import numpy as np

counts = {"n_photon": np.array([2, 1, 2]), "n_muon": np.array([1, 1, 2])}
text = formulate.from_root("n_photon && n_muon").to_numexpr()
seen = numexpr.evaluate(text, local_dict=counts).tolist()
negated = formulate.from_root("!n_muon").to_numexpr()
seen_not = numexpr.evaluate(negated, local_dict=counts).tolist()

print("package:", "formulate", version("formulate"), "with numexpr", version("numexpr"))
print("guess:   a cut of ROOT keeps its meaning: 'n_photon && n_muon' takes all of (2,1) (1,1) (2,2),")
print("         '!n_muon' none")
print(f"seen:    {text} is {seen}, {negated} is {seen_not}")
print("         so (2,1) fails the first, and all three pass the second")
print("source:  formulate/identifiers.py, the table of numexpr: and is &, not is ~, both bitwise")
assert seen == [0, 1, 2], "the conjunction changed"
assert seen_not == [-2, -2, -3], "the negation changed"
EOF
