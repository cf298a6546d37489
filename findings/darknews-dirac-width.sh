#!/usr/bin/env bash
# DarkNews: the width of a Dirac N is half of d^2 m^3 / (4 pi), and d is half of the parameter.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile darknews==0.4.8 numpy==2.4.6 scipy==1.17.1
env/bin/python -W ignore - <<'EOF'
import math
from importlib.metadata import version

import numpy as np
from DarkNews.decay_rates import gamma_Ni_to_Nj_gamma
from DarkNews.model import ThreePortalModel

MOMENT, MASS = 2e-6, 1.0  # GeV^-1, GeV


def width(kind):
    """Dipole that the model makes of mu_tr [GeV^-1] and the width of N to a neutrino and a photon [GeV]."""
    model = ThreePortalModel(m4=MASS, mu_tr_mu4=MOMENT, HNLtype=kind)
    dipole = float(np.max(np.abs(model.t_aj)))
    return dipole, float(gamma_Ni_to_Nj_gamma(dipole, MASS, 0.0, HNLtype=kind))


dipole, dirac = width("dirac")
majorana = width("majorana")[1]
expected = dipole**2 * MASS**3 / (4 * math.pi)
print("package:", "DarkNews", version("darknews"))
print(f"guess:   mu_tr = {MOMENT:g}/GeV is d of d nubar_L sigma F N, and a Dirac N of {MASS:g} GeV has")
print(f"         the width d^2 m^3/(4 pi) = {MOMENT**2 * MASS**3 / (4 * math.pi):.4e} GeV")
print(f"seen:    d = {dipole:g}/GeV, for which d^2 m^3/(4 pi) = {expected:.4e} GeV;")
print(f"         Dirac {dirac:.4e} GeV, Majorana {majorana:.4e} GeV: eight times too long a flight")
print("source:  DarkNews/model.py (t_aj = mu_tr/2), DarkNews/decay_rates.py (gamma_Ni_to_Nj_gamma);")
print("         the expected width is Eq. (4) of arXiv:2204.07802")
assert dipole == MOMENT / 2, "the dipole changed"
assert abs(dirac / expected - 0.5) < 1e-12, "the Dirac width changed"
assert abs(majorana / expected - 1) < 1e-12, "the Majorana width changed"
EOF
