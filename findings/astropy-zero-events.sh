#!/usr/bin/env bash
# astropy: the default interval of no events is [0, 0].
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile astropy==7.2.3 numpy==2.4.6 scipy==1.17.1
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version

from astropy.stats import poisson_conf_interval

default = poisson_conf_interval(0)
exact = poisson_conf_interval(0, interval="frequentist-confidence")

print("package:", "astropy", version("astropy"))
print("guess:   at one sigma 0 events allow a mean of up to 1.84 (Garwood)")
print(f"seen:    the default gives [{default[0]:g}, {default[1]:g}];")
print(f"         interval='frequentist-confidence' gives [{exact[0]:g}, {exact[1]:.4f}]")
print("source:  https://docs.astropy.org/en/stable/api/astropy.stats.poisson_conf_interval.html")
print("         (interval='root-n' is the default, n -+ sqrt(n))")
assert list(default) == [0, 0], "the default changed"
assert abs(exact[1] - 1.8410216) < 1e-6, "the exact interval changed"
EOF
