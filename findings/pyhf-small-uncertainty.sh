#!/usr/bin/env bash
# pyhf: a very small uncertainty of the background freezes the fit, and the limit moves.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile pyhf==0.7.6 numpy==2.4.6 scipy==1.17.1
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version

import pyhf
from pyhf.infer.intervals.upper_limits import upper_limit


def limit(uncertainty):
    model = pyhf.simplemodels.uncorrelated_background([5.0], [10.0], [uncertainty])
    data = [12.0, *model.config.auxdata]
    fitted = float(pyhf.infer.mle.fit(data, model)[0])
    return fitted, float(upper_limit(data, model)[0])


print("package:", "pyhf", version("pyhf"))
print("guess:   12 events on 10 +- u, signal 5: as u falls to 0 the fit tends to (12 - 10)/5 = 0.4")
print("         and the limit to that of a known background")
print("seen:    u, fitted mu, limit on mu at 95 % CL")
found = {u: limit(u) for u in (1.0, 0.1, 0.01, 0.001, 0.0)}
for u, (mu, upper) in found.items():
    print(f"         {u:<6} {mu:.4f}  {upper:.4f}")
print("         no error and no warning at 0.001, where the fit never left its start at 1")
print("source:  pyhf/optimize/mixins.py (SciPy's flag of success is the only check of a fit);")
print("         https://github.com/scikit-hep/pyhf/issues/2232 has other fits that stop too early")
assert all(abs(found[u][0] - 0.4) < 2e-3 for u in (1.0, 0.1, 0.01, 0.0)), "a sound fit changed"
assert abs(found[0.01][1] - found[0.0][1]) < 1e-4, "the limit at u = 0.01 changed"
assert abs(found[0.001][0] - 1) < 1e-3, "the fit moves now"
assert found[0.001][1] > 1.1 * found[0.0][1], "the limit is right now"
EOF
