#!/usr/bin/env bash
# nbgrader: a right answer that numpy warns of has no points.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile \
  nbgrader==0.9.6 nbclient==0.11.0 ipykernel==7.4.0 nbformat==5.11.1 numpy==2.4.6
env/bin/python -W ignore - 2>stderr <<'EOF' || { cat stderr; exit 1; }
from importlib.metadata import version

import nbformat
from nbclient import NotebookClient
from nbgrader.utils import determine_grade

answer = """import numpy as np
def efficiency(E):
    return np.where(E > 0, 1 - 0.1 / np.float64(E), 0.0)"""
quiet = answer.replace("np.float64(E)", "max(E, 1e-9)")
told = {"grade": True, "solution": False, "locked": True, "grade_id": "a", "points": 2}
test = nbformat.v4.new_code_cell("assert efficiency(0.0) == 0", metadata={"nbgrader": told})


def points(code):
    """What nbgrader gives for the test after this answer, and the errors that the test has."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code), test.copy()])
    nb.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cell = NotebookClient(nb, allow_errors=True).execute().cells[1]
    return determine_grade(cell), [o for o in cell.outputs if o.output_type == "error"]


(warned, errors), (silent, _) = points(answer), points(quiet)
print("package:", "nbgrader", version("nbgrader"))
print("guess:   a test that passes gives its 2 points")
print(f"seen:    {warned[0]} of {warned[1]:g} points, with {len(errors)} errors, if numpy warns of 0.1/0;")
print(f"         {silent[0]:g} of {silent[1]:g} without the warning")
print("source:  nbgrader/utils.py, determine_grade: any output on stderr is a failure")
assert errors == [] and warned == (0, 2) and silent == (2, 2), "the rule changed"
EOF
