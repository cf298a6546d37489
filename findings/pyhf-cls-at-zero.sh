#!/usr/bin/env bash
# pyhf: CLs of no signal at all is 1, or nan, as rounding has it.
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

seen = {}
for background, error in ((1.0, 1.0), (3.2, 1.0), (10.0, 1.0), (10.0, 3.0), (100.0, 3.0)):
    model = pyhf.simplemodels.uncorrelated_background([5.0], [background], [error])
    for events in (0.0, 1.0, 2.0, 5.0, 50.0, 80.0):
        data = [events, *model.config.auxdata]
        seen[background, error, events] = float(pyhf.infer.hypotest(0.0, data, model))
values = np.array(list(seen.values()))
bad = [case for case, value in seen.items() if np.isnan(value)]
one = np.sum(np.abs(values - 1) < 1e-2)

print("package:", "pyhf", version("pyhf"))
print("guess:   hypotest(0.0, data, model) is 1: a signal of strength 0 is never excluded")
print(f"seen:    of {len(seen)} cases {one} give 1 to a per cent, {len(bad)} nan, among them")
for background, error, events in bad[:3]:
    print(f"         {events:g} events on {background:g} +- {error:g}")
print("         a root finder that begins at 0 stops there")
print("source:  https://github.com/scikit-hep/pyhf/issues/1992")
assert 1 <= len(bad) < len(seen), "no case is nan, or all are"
assert np.all(np.abs(values[~np.isnan(values)] - 1) < 1e-2), "another value than 1 or nan"
EOF
