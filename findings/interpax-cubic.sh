#!/usr/bin/env bash
# interpax: 'cubic' is not a spline, the 'natural' one is not natural, and numbers keep seven digits.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile interpax==0.3.16 jax==0.10.2 numpy==2.4.6 scipy==1.17.1
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version

import numpy as np
from interpax import interp1d
from scipy.interpolate import CubicSpline

x = np.linspace(0, 3, 7)
y = np.exp(-x) * np.sin(3 * x)
at = np.array([0.13, 1.3, 2.9])
natural, spline = (CubicSpline(x, y, bc_type=ends)(at) for ends in ("natural", "not-a-knot"))
cubic = interp1d(at, x, y, method="cubic")
cubic2 = interp1d(at, x, y, method="cubic2")
off, ends, digits = (
    np.max(np.abs(a - b)) / np.max(np.abs(y))
    for a, b in ((cubic, spline), (cubic2, natural), (cubic2, spline))
)

print("package:", "interpax", version("interpax"))
print("guess:   method='cubic' is SciPy's spline; 'cubic2', natural by the manual, the natural one;")
print("         both to double precision")
print(f"seen:    differences in units of the largest value: 'cubic' from a spline {off:.0%} (its slopes")
print(f"         are local), 'cubic2' from the natural spline {ends:.0%}, from SciPy's default with ends")
print(f"         not a knot {digits:.0e} ({cubic2.dtype})")
print("source:  https://interpax.readthedocs.io, docstring of interp1d; jax is left at 32 bit")
assert off > 0.1 and ends > 0.1, "'cubic' or the ends of 'cubic2' changed"
assert 1e-9 < digits < 1e-6 and cubic2.dtype == np.float32, "'cubic2' or the precision changed"
EOF
