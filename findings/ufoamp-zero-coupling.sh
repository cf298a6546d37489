#!/usr/bin/env bash
# ufoamp: a coupling with a function that it does not know is 0, without a word.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile ufoamp==1.0.0 numpy==2.4.6
env/bin/python -W error - <<'EOF'
import math
from importlib.metadata import version
from pathlib import Path

from ufoamp.couplings import evaluate
from ufoamp.ufo_model import load

FILES = {
    "parameters": """from object_library import all_parameters, Parameter
d = Parameter(name='d', nature='external', type='real', value=1e-6, texname='d', lhablock='DIPOLE', lhacode=[1])
theta = Parameter(name='theta', nature='external', type='real', value=0.5, texname='t', lhablock='DIPOLE', lhacode=[2])
""",
    "couplings": """from object_library import all_couplings, Coupling
GC_1 = Coupling(name='GC_1', value='d/cmath.cos(theta)', order={'QED': 1})
GC_2 = Coupling(name='GC_2', value='d*sec(theta)', order={'QED': 1})
""",
    "function_library": """from object_library import all_functions, Function
sec = Function(name='sec', arguments=('z',), expression='1./cmath.cos(z)')
""",
    "vertices": "",
}
model = Path("Dipole_UFO")
model.mkdir()
for name, text in FILES.items():
    (model / f"{name}.py").write_text(text)
values = evaluate(load(str(model)))[1]

print("package:", "ufoamp", version("ufoamp"))
print("guess:   d/cos(theta) and d sec(theta) are one coupling; sec is in the model's function_library,")
print("         as FeynRules writes it; else an error")
print(f"seen:    GC_1 = {values['GC_1'].real:.4e}, GC_2 = {values['GC_2'].real:.4e}, no error and no warning")
print("source:  ufoamp/couplings.py, evaluate: any exception gives 0; arXiv:1108.2040 on function_library")
assert abs(values["GC_1"] - 1e-6 / math.cos(0.5)) < 1e-18, "the sound coupling changed"
assert values["GC_2"] == 0, "the function is known, or refused, now"
EOF
