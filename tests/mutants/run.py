"""Small faults planted in nudp one at a time, by mutmut, and which of them no test notices.

``make mutants``, or ``python tests/mutants/run.py limits`` for one module.  mutmut changes what
stands in functions; properties and what is computed at import it leaves alone.  It works in a
copy of the project, in ``_build/mutants``, and each survivor is printed as a diff.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = ("signal", "background", "selections", "limits", "quadrature", "statistics")
SETTINGS = """
[tool.mutmut]
source_paths = ["nudp"]
only_mutate = ["nudp/{module}.py"]
also_copy = ["data", "conftest.py", "CITATION.cff"]
pytest_add_cli_args = ["-m", "not slow", "-p", "no:cacheprovider"]
pytest_add_cli_args_test_selection = ["tests/core"]
timeout_constant = 10.0
use_git_change_detection = false
"""


def prepared(module):
    """Return a copy of the project in which mutmut can run."""
    folder = ROOT / "_build" / "mutants" / module
    shutil.rmtree(folder, ignore_errors=True)
    ignore = shutil.ignore_patterns("__pycache__")
    for name in ("nudp", "data", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    shutil.copy(ROOT / "CITATION.cff", folder)
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (folder / "pyproject.toml").write_text(settings + SETTINGS.format(module=module))
    (folder / "mutants").mkdir()  # Python does not look again for a folder that was missing
    # nudp as one package, whichever file is collected first
    (folder / "conftest.py").write_text("import nudp\n")
    return folder


def mutmut(folder, *words):
    """Run a command of mutmut on the copy of the package, and return what it prints."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    variables = os.environ | threads | {"PYTHONPATH": str(folder / "mutants"), "MPLBACKEND": "agg"}
    command = [sys.executable, "-m", "mutmut", *words]
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def main():
    """Plant and try the faults of each module asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="module", default=MODULES)
    parser.add_argument("--children", default=str(os.cpu_count()), help="processes")
    options = parser.parse_args()
    for module in options.modules:
        folder = prepared(module)
        mutmut(folder, "run", "--max-children", options.children)
        every = re.findall(
            r"^\s*(\S+): (.+)$", mutmut(folder, "results", "--all", "1"), re.MULTILINE
        )
        left = [name for name, verdict in every if verdict not in ("killed", "timeout")]
        for name in left:
            print(mutmut(folder, "show", name))
        print(f"{module}: {len(every) - len(left)} of {len(every)} faults noticed")


if __name__ == "__main__":
    main()
