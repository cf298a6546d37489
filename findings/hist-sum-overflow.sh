#!/usr/bin/env bash
# hist: h[::sum] counts the overflow, h.sum() and h[0:len:sum] do not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile hist==2.12.1 boost-histogram==1.8.1 numpy==2.4.6
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version

import hist

h = hist.Hist.new.Reg(4, 0, 4, name="mass").Double()
h.fill(mass=[-1.0, 0.5, 1.5, 2.5, 9.0])
seen = {"h.sum()": h.sum(), "h[0:len:sum]": h[0:len:sum], "h[::sum]": h[::sum]}

print("package:", "hist", version("hist"), "on boost-histogram", version("boost-histogram"))
print("guess:   three ways to write the number of entries between 0 and 4 (3 of 5 entries)")
print("seen:   ", ", ".join(f"{name} = {value:g}" for name, value in seen.items()))
print("source:  https://uhi.readthedocs.io/en/latest/indexing.html (an open end includes the flow bin)")
assert list(seen.values()) == [3, 3, 5], "the sums changed"
EOF
