#!/usr/bin/env bash
# astropy: fb is a femtobit. In pint it is a femtobarn.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile astropy==7.2.3 pint==0.25.3 numpy==2.4.6
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version

import astropy.units as u
import pint

registry = pint.UnitRegistry()
by_pint = registry.Quantity(1, "fb").to("m^2").magnitude
fb = u.Unit("fb")
limit = (3 / (50 * u.Unit("1/ab"))).to(fb)

print("package:", "astropy", version("astropy"), "and pint", version("pint"))
print("guess:   Unit('fb') is the femtobarn, 1e-43 m^2, as in every paper")
print(f"seen:    astropy takes fb for {fb.physical_type}: 1 fb is {fb.to(u.bit):g} bit;")
print(f"         pint: 1 fb is {by_pint:g} m^2")
print(f"         3 events in 50/ab are {limit:g}, right as long as no other unit of area meets it")
print("source:  https://docs.astropy.org/en/stable/units/standard_units.html; fbarn is the femtobarn")
assert fb.is_equivalent(u.bit) and not fb.is_equivalent(u.barn), "fb changed in astropy"
assert abs(u.Unit("fbarn").to(u.m**2) / 1e-43 - 1) < 1e-12, "fbarn changed"
assert abs(by_pint / 1e-43 - 1) < 1e-12, "fb changed in pint"
assert abs(limit.value / 6e-5 - 1) < 1e-12, "the ratio of prefixes changed"
EOF
