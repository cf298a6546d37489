#!/usr/bin/env bash
# hepdata-validator: nan, inf, errors below zero and bins that overlap are valid.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile hepdata-validator==0.3.6
env/bin/python -W ignore - <<'EOF'
import math
from importlib.metadata import version

from hepdata_validator.data_file_validator import DataFileValidator


def valid(bins, values, errors):
    """Whether one table passes, written here as HEPData has it."""
    points = [{"value": v, "errors": [{"symerror": e}]} for v, e in zip(values, errors)]
    table = {
        "independent_variables": [
            {"header": {"name": "m"}, "values": [{"low": a, "high": b} for a, b in bins]}
        ],
        "dependent_variables": [{"header": {"name": "d"}, "values": points}],
    }
    return DataFileValidator().validate(file_path="table.yaml", data=table)


good, odd = [(0, 1), (1, 2)], [(2, 1), (0, 9)]
seen = {
    "sound": valid(good, [1.0, 2.0], [0.1, 0.1]),
    "nan and inf as values": valid(good, [math.nan, math.inf], [0.1, 0.1]),
    "errors of -1 and nan": valid(good, [1.0, 2.0], [-1.0, math.nan]),
    "a bin turned round inside another": valid(odd, [1.0, 2.0], [0.1, 0.1]),
    "a text without a number as error": valid(good, [1.0, 2.0], ["wide", 0.1]),
}
print("package:", "hepdata-validator", version("hepdata-validator"))
print("guess:   a table that validates has finite numbers, errors of at least 0, bins in order")
for name, passed in seen.items():
    print(f"seen:    {name}: {'valid' if passed else 'not valid'}")
print("source:  hepdata_validator/schemas/1.1.1/data_schema.json (types, no ranges)")
assert list(seen.values()) == [True, True, True, True, False], "the rules changed"
EOF
