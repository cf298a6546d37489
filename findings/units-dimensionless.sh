#!/usr/bin/env bash
# pint, astropy: a number of events in fb/ab is 500,000 to float and 500 to SciPy, without a warning.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile astropy==7.2.3 pint==0.25.3 numpy==2.4.6 scipy==1.17.1
env/bin/python -W error - <<'EOF'
from importlib.metadata import version

import astropy.units
import pint
from scipy.stats import poisson

registry = pint.UnitRegistry()
barn = astropy.units.Unit
events = {
    "pint": registry.Quantity(10, "fb") * registry.Quantity(50, "1/ab"),
    "astropy": 10 * barn("fbarn") * 50 / barn("abarn"),
}

print("package:", ", ".join(f"{name} {version(name)}" for name in (*events, "scipy")))
print("guess:   10 fb times 50 ab^-1 are 500,000 events for whoever takes the number")
print("seen:    float(events), mean of scipy.stats.poisson(events)")
seen = {name: (float(n), float(poisson(n).mean())) for name, n in events.items()}
for name, numbers in seen.items():
    print(f"         {name:<8}", *(f"{number:,.0f}" for number in numbers))
print("source:  https://github.com/astropy/astropy/issues/6008 (numpy.asarray takes the bare value)")
assert all(abs(numbers[0] / 5e5 - 1) < 1e-12 for numbers in seen.values()), "float changed"
assert all(abs(numbers[1] / 500 - 1) < 1e-12 for numbers in seen.values()), "scipy changed"
EOF
