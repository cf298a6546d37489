#!/usr/bin/env bash
# hepdata_lib: every number is rounded to five digits, the points of the grid too.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile hepdata_lib==0.21.0 numpy==2.4.6 pyyaml==6.0.4
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version
from pathlib import Path

import yaml
from hepdata_lib import Submission, Table, Variable

mass = Variable("sqrt(s)", is_independent=True, is_binned=False, units="MeV")
mass.values = [10580.1, 10580.4]
limit = Variable("d", is_independent=False, is_binned=False, units="GeV^-1")
limit.values = [1.23456789e-6, 2.0e-6]
table = Table("limits")
table.description = table.location = "a test"
table.add_variable(mass)
table.add_variable(limit)
submission = Submission()
submission.add_table(table)
submission.create_files("record", validate=True)
record = yaml.safe_load(Path("record/limits.yaml").read_text())
energies = [point["value"] for point in record["independent_variables"][0]["values"]]
limits = [float(point["value"]) for point in record["dependent_variables"][0]["values"]]

print("package:", "hepdata_lib", version("hepdata_lib"))
print("guess:   values are written as they are, or to their uncertainties")
print(f"seen:    sqrt(s) {mass.values} is written as {energies}: two points fall on one;")
print(f"         d {limit.values[0]} is written as {limits[0]}; the record validates")
print("source:  https://hepdata-lib.readthedocs.io; hepdata_lib/__init__.py, Variable.digits = 5")
assert energies == [10580, 10580] and limits == [1.2346e-6, 2e-6], "the digits changed"
EOF
