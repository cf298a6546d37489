#!/usr/bin/env bash
# particle: the upper limit of a width is the width, and a lifetime follows from it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile particle==1.1.0 pdg==2026.0 sqlalchemy==2.1.9
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version

import pdg
from particle import Particle

meson = Particle.from_pdgid(423)
review = pdg.connect().get_particle_by_mcid(423)
listed = next(review.widths())

print("package:", "particle", version("particle"), "beside pdg", version("pdg"))
print("guess:   the width of the D*(2007)0, of which only an upper limit is known, is None")
print(f"seen:    particle: width = {meson.width} MeV, lifetime = {meson.lifetime:.3g} ns;")
print(f"         only width_lower = {meson.width_lower} and width_upper = {meson.width_upper} tell")
print(f"         pdg: width = {review.width}, listed as {listed.display_value_text} {listed.units}")
print("source:  particle/data/particle2026.csv (error columns of -1); https://pdglive.lbl.gov")
assert meson.width == 2.1 and meson.lifetime > 0, "the width changed"
assert meson.width_lower is None and meson.width_upper is None, "the errors changed"
assert listed.is_limit and review.width is None, "the review changed"
EOF
