#!/usr/bin/env bash
# pyslha: of a block given at two scales the last one is kept.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile pyslha==3.3.2
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version

import pyslha

TEXT = """BLOCK MASS
  9900099 1.0
BLOCK DIPOLE Q= 1.0E+00
  1 1.0E-06
BLOCK DIPOLE Q= 1.0E+03
  1 2.0E-06
DECAY 9900099 6.36619772367581E-15
  1.0 2 22 12
"""
read = pyslha.readSLHA(TEXT)
block = read.blocks["DIPOLE"]
again = pyslha.writeSLHA(read)
width = float(next(line for line in again.splitlines() if line.startswith("DECAY")).split()[2])

print("package:", "pyslha", version("pyslha"))
print("guess:   a coupling listed at Q = 1 and at Q = 1000 GeV, as the accord allows, is read at both")
print(f"seen:    one block DIPOLE is left, Q = {block.q:g}, value {block[1]:g}; that of 1 GeV is gone")
print(f"         (and a file written again has the width to 8 digits: {width!r})")
print("source:  pyslha/__init__.py, readSLHA (blocks are keyed by name); arXiv:hep-ph/0311123 on Q=")
assert list(read.blocks) == ["MASS", "DIPOLE"] and block.q == 1000 and block[1] == 2e-6, "the blocks changed"
assert 0 < abs(width / 6.36619772367581e-15 - 1) < 1e-7, "the digits changed"
EOF
