#!/usr/bin/env bash
# pdg: a broad resonance lives for ever, and limits are handed out as branching fractions.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile pdg==2026.0 sqlalchemy==2.1.9
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version

import pdg

review = pdg.connect()
roper = review.get_particle_by_name("N(1440)0")
muon = review.get_particle_by_name("mu-")
limits = [decay for decay in muon.exclusive_branching_fractions() if decay.is_limit]
forbidden = next(decay for decay in limits if decay.description.endswith("e- nu_e nubar_mu"))

print("package:", "pdg", version("pdg"), "(edition", review.default_edition + ")")
print("guess:   the N(1440), 200 to 400 MeV wide, lives some 1e-24 s;")
print("         a decay never seen has no number for its branching fraction")
print(f"seen:    N(1440): width = {roper.width}, lifetime = {roper.lifetime} s, no error;")
print(f"         {forbidden.description}: value = {forbidden.value}, is_limit = {forbidden.is_limit}")
print("source:  pdg/particle.py, the docstring of lifetime: without any datum, stable is assumed")
assert roper.has_width_entry and roper.width is None, "the width changed"
assert roper.lifetime == float("inf"), "the lifetime changed"
assert forbidden.value == 0.012, "the limit changed"
EOF
