#!/usr/bin/env bash
# pyhf: the level of an upper limit is dropped unless a scan is given.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile pyhf==0.7.6 numpy==2.4.6 scipy==1.17.1
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version

import numpy as np
import pyhf
from pyhf.infer.intervals.upper_limits import upper_limit

model = pyhf.simplemodels.uncorrelated_background([5.0], [10.0], [3.0])
data = [12.0, *model.config.auxdata]
grid = np.linspace(0, 5, 201)
at_95 = float(upper_limit(data, model, level=0.05)[0])
at_90 = float(upper_limit(data, model, level=0.10)[0])
scanned_90 = float(upper_limit(data, model, scan=grid, level=0.10)[0])

print("package:", "pyhf", version("pyhf"))
print("guess:   upper_limit(data, model, level=0.10) is the limit at 90 % CL")
print(f"seen:    level=0.05 gives {at_95:.4f}, level=0.10 gives {at_90:.4f};")
print(f"         with a scan, level=0.10 gives {scanned_90:.4f}")
print("source:  https://github.com/scikit-hep/pyhf/issues/2563")
assert at_90 == at_95, "the level is no longer dropped"
assert scanned_90 < 0.9 * at_95, "the scan no longer uses its level"
EOF
