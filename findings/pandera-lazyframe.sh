#!/usr/bin/env bash
# pandera: a polars LazyFrame is validated without a look at its values.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile 'pandera[polars]==0.35.0' polars==2.1.0
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version

import pandera.polars as pa
import polars as pl

schema = pa.DataFrameSchema({"luminosity": pa.Column(float, pa.Check.gt(0))})
table = {"luminosity": [400.0, -50.0]}
lazy = schema.validate(pl.LazyFrame(table)).collect()
try:
    schema.validate(pl.DataFrame(table))
    eager = "passes"
except pa.errors.SchemaError:
    eager = "is refused"

print("package:", "pandera", version("pandera"), "and polars", version("polars"))
print("guess:   a negative luminosity is refused, at the latest when the frame is collected")
print(f"seen:    the DataFrame {eager}; the LazyFrame passes, and collects {lazy['luminosity'].to_list()}")
print("source:  https://pandera.readthedocs.io/en/latest/polars.html;")
print("         https://github.com/unionai-oss/pandera/issues/1566 (PANDERA_VALIDATION_DEPTH changes it)")
assert eager == "is refused", "the DataFrame passes now"
assert lazy["luminosity"].to_list() == [400.0, -50.0], "the LazyFrame changed"
EOF
