"""Workflows and Binder ask for targets that the Makefile has."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def test_workflows_and_binder_run_targets_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {f"make {name}" for name in re.findall(r"^([a-z-]+):(?!=)", makefile, re.MULTILINE)}
    flows = [yaml.safe_load(p.read_text()) for p in (ROOT / ".github/workflows").glob("*.yml")]
    assert all(flow["permissions"] == {"contents": "read"} for flow in flows)
    jobs = [job for flow in flows for job in flow["jobs"].values()]
    commands = {step["run"] for job in jobs for step in job["steps"] if "run" in step}
    assert {"make book", "make test"} <= commands <= targets
    binder = (ROOT / ".binder" / "postBuild").read_text(encoding="utf-8")
    assert "\nmake env\n" in binder and "pip install" not in binder
