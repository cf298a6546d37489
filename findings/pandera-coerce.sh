#!/usr/bin/env bash
# pandera: coerce=True makes 1.9 events one event.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile 'pandera[pandas,polars]==0.35.0' pandas==3.1.1 polars==2.1.0 numpy==2.4.6
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version

import pandas as pd
import pandera.pandas
import pandera.polars
import polars as pl

events = [1.9, 2.0]
by_pandas = pandera.pandas.DataFrameSchema({"n": pandera.pandas.Column(int, coerce=True)})
by_polars = pandera.polars.DataFrameSchema({"n": pandera.polars.Column(int, coerce=True)})
seen = {
    "pandas": by_pandas.validate(pd.DataFrame({"n": events}))["n"].to_list(),
    "polars": by_polars.validate(pl.DataFrame({"n": events}))["n"].to_list(),
}

print("package:", "pandera", version("pandera"))
print("guess:   a schema refuses to turn 1.9 into an integer")
print(f"seen:    {events} becomes {seen['pandas']} (pandas {version('pandas')}),")
print(f"         {seen['polars']} (polars {version('polars')})")
print("source:  https://pandera.readthedocs.io/en/latest/dtype_validation.html (coerced, then checked)")
assert seen == {"pandas": [1, 2], "polars": [1, 2]}, "the coercion changed"
EOF
