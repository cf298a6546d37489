#!/usr/bin/env bash
# papermill: a mass window given as a tuple arrives as a text of ten letters.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile papermill==2.7.0 ipykernel==7.4.0 nbformat==5.11.1
PATH="$PWD/env/bin:$PATH" env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version

import nbformat
import papermill

cells = [
    nbformat.v4.new_code_cell("window = (0.0, 1.0)", metadata={"tags": ["parameters"]}),
    nbformat.v4.new_code_cell("print(type(window).__name__, len(window))"),
]
kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), "in.ipynb")


def run(window):
    """What the notebook prints of its window."""
    done = papermill.execute_notebook(
        "in.ipynb", "out.ipynb", parameters={"window": window}, progress_bar=False
    )
    outputs = [o for cell in done.cells for o in cell.get("outputs", ()) if o.get("name") == "stdout"]
    return "".join(o.text for o in outputs).split()


by_tuple, by_list = run((0.2, 0.5)), run([0.2, 0.5])
print("package:", "papermill", version("papermill"))
print("guess:   parameters={'window': (0.2, 0.5)} gives the notebook two numbers")
print(f"seen:    the tuple arrives as {by_tuple[0]} of length {by_tuple[1]}, no warning;")
print(f"         a list arrives as {by_list[0]} of length {by_list[1]}")
print("source:  https://github.com/nteract/papermill/issues/784")
assert by_tuple[:2] == ["str", "10"] and by_list[:2] == ["list", "2"], "the translation changed"
EOF
