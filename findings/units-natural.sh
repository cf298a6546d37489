#!/usr/bin/env bash
# pint, astropy: their conversion between an energy and a length is h c, not hbar c.
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
by_pint = registry.Quantity(1, "GeV").to("fm", "spectroscopy").magnitude
by_astropy = (1 * u.GeV).to_value(u.fm, u.spectral())
hbar_c = (registry.Quantity(1, "hbar * c") / registry.Quantity(1, "GeV")).to("fm").magnitude
per_metre = (1 * u.GeV).to_value(1 / u.fm, u.spectral())

print("package:", "pint", version("pint"), "and astropy", version("astropy"))
print("guess:   1 GeV^-1 turned into a length is hbar c / GeV = 0.1973 fm")
print(f"seen:    pint {by_pint:.4f} fm, astropy {by_astropy:.4f} fm, hbar c is {hbar_c:.4f} fm;")
print(f"         the ratio is 2 pi, and so it is for 1/fm ({per_metre:.4f}, not {1 / hbar_c:.4f})")
print("source:  https://docs.astropy.org/en/stable/units/equivalencies.html (spectral);")
print("         pint/default_en.txt, the context 'spectroscopy'")
assert abs(hbar_c - 0.1973270) < 1e-6, "hbar c changed"
assert abs(by_pint / hbar_c - 6.283185307) < 1e-6, "pint changed"
assert abs(by_astropy / hbar_c - 6.283185307) < 1e-6, "astropy changed"
assert abs(per_metre * by_astropy - 1) < 1e-12, "the inverse length changed"
EOF
