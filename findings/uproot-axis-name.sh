#!/usr/bin/env bash
# hist to ROOT and back by uproot: the axis is found under another name, and integers become edges.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile uproot==5.7.7 awkward==2.14.0 hist==2.12.1 numpy==2.4.6
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version

import hist
import uproot

h = hist.Hist.new.Integer(0, 3, name="photons", label="number of photons").Weight()
h.fill(photons=[0, 1, 1, 5], weight=[1.0, 2.0, 3.0, 4.0])
with uproot.recreate("h.root") as file:
    file["h"] = h
with uproot.open("h.root") as file:
    back = file["h"].to_hist()

print("package:", "uproot", version("uproot"), "and hist", version("hist"))
print("guess:   contents, errors, axis and its name come back as they were written")
print("seen:    sum and variance with overflow:", h.sum(flow=True), "then", back.sum(flow=True))
print("         written:", h.axes[0])
print("         read:   ", back.axes[0])
print("         h[{'photons': 1}] no longer works, and a value of 1.5 fits into the axis")
print("source:  uproot/behaviors/TH1.py (boost: the axis is named by ROOT's own member, xaxis)")
assert back.sum(flow=True) == h.sum(flow=True), "contents changed"
assert back.axes[0].name == "xaxis" and h.axes[0].name == "photons", "the name changed"
assert isinstance(h.axes[0], hist.axis.Integer), "the axis written changed"
assert isinstance(back.axes[0], hist.axis.Variable), "the axis read changed"
EOF
