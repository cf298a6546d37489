#!/usr/bin/env bash
# myst-nb with numpy 2: a glued number is printed as np.float64(0.5), and no build complains.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile \
  myst-nb==1.4.0 sphinx==9.0.4 numpy==2.4.6 ipykernel==7.4.0
mkdir page
echo 'extensions = ["myst_nb"]' > page/conf.py
cat > page/index.md <<'EOF'
---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3}
---
# Page
```{code-cell} python
import numpy as np
from myst_nb import glue

glue("scalar", np.sqrt(np.float64(0.25)), display=False)
glue("python", float(np.sqrt(0.25)), display=False)
```
Scalar {glue:}`scalar`, python {glue:}`python`.
EOF
PATH="$PWD/env/bin:$PATH" env/bin/python -m sphinx -q -W -b text page out 2> log.txt || { cat log.txt >&2; exit 1; }
line=$(grep '^Scalar' out/index.txt)

echo "package: myst-nb 1.4.0 with numpy 2.4.6 and sphinx 9.0.4 (-W: a warning would be an error)"
echo "guess:   both numbers stand in the sentence as 0.5"
echo "seen:    $line"
echo "source:  https://myst-nb.readthedocs.io/en/latest/render/glue.html (the repr of the object is stored);"
echo "         https://numpy.org/neps/nep-0051-scalar-representation.html"
[[ $line == "Scalar np.float64(0.5), python 0.5." ]]
