#!/usr/bin/env bash
# ROOT: a likelihood in HS3 that pyhs3 reads is refused for the name of its domain.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile root==0.1a12 numpy==2.4.6 pyhs3==0.4.2
cat > model.py <<'EOF'
AXES = [{"name": "x", "min": 0.0, "max": 1.0, "nbins": 1}]
MU = {"name": "mu", "type": "normfactor", "parameter": "mu"}
SAMPLE = {"name": "s", "data": {"contents": [5.0], "errors": [0.0]}, "modifiers": [MU]}


def hs3(domain):
    """One bin with 5 events times mu, 6 seen."""
    channel = {"name": "c", "type": "histfactory_dist", "axes": AXES, "samples": [SAMPLE]}
    bounds = {"name": domain, "type": "product_domain", "axes": [{"name": "mu", "min": 0, "max": 9}]}
    point = {"name": "default_values", "parameters": [{"name": "mu", "value": 1.0}]}
    data = {"name": "d", "type": "binned", "axes": AXES, "contents": [6.0]}
    likelihood = {"name": "l", "distributions": ["c"], "data": ["d"]}
    analysis = {"name": "a", "likelihood": "l", "parameters_of_interest": ["mu"], "domains": [domain]}
    return {
        "metadata": {"hs3_version": "0.2"},
        "distributions": [channel],
        "domains": [bounds],
        "parameter_points": [point],
        "data": [data],
        "likelihoods": [likelihood],
        "analyses": [analysis],
    }
EOF
env/bin/python -W ignore - <<'EOF'
import json
from importlib.metadata import version

import pyhs3
import ROOT
from model import hs3

read = [domain for domain in ("bounds", "default_domain") if pyhs3.Workspace(**hs3(domain)).model("a")]
seen = {}
for domain in ("bounds", "default_domain"):
    workspace = ROOT.RooWorkspace(domain)
    tool = ROOT.RooJSONFactoryWSTool(workspace)
    try:
        seen[domain] = tool.importJSONfromString(json.dumps(hs3(domain)))
    except Exception as error:
        seen[domain] = str(error).strip().splitlines()[-1].strip()

print("package:", "root", version("root"), "with pyhs3", version("pyhs3"))
print("guess:   an HS3 file names its domain and its analysis refers to it by that name")
print(f"seen:    pyhs3 reads both; ROOT with domain bounds: {seen['bounds']}")
print(f"         with domain default_domain: {seen['default_domain']}")
print("source:  roofit/hs3/src/RooJSONFactoryWSTool.cxx, importAllNodes")
assert read == ["bounds", "default_domain"], "pyhs3 changed"
assert seen["default_domain"] is True, "ROOT changed"
assert 'do not contain "default_domain"' in str(seen["bounds"]), "ROOT changed"
EOF
