"""Build the book twice from the last commit, in two clean clones, and compare every file.

``python tests/release/same_build.py`` uses the environment of this checkout, and ends with an
error if anything differs.  The clones lie in folders of different names, so that a path of this
machine in a page is found as well.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: What a build makes: the pages, the figures to take away, the curves of the paper's figures.
MADE = ("_build/html", "book/figures", "data/figures")


def built(folder):
    """Clone the last commit and make its book, with the packages that are here."""
    subprocess.run(["git", "clone", "--quiet", "--no-local", ROOT, folder], check=True)
    variables = {**os.environ, "PYTHONPATH": str(folder)}
    variables.pop("MAKEFLAGS", None)
    # the environment is newer than its lock file says: it is not to be made again
    ready = f"--old-file={sys.prefix}/.ready"
    command = ["make", "--silent", ready, f"VENV={sys.prefix}", "book"]
    subprocess.run(command, cwd=folder, env=variables, check=True)
    return folder


def main():
    """Build, compare, report."""
    with tempfile.TemporaryDirectory() as work:
        clones = [built(Path(work) / name) for name in ("one", "the-other")]
        codes = [
            subprocess.run(
                ["diff", "-r", "--brief", *(clone / name for clone in clones)]
            ).returncode
            for name in MADE
        ]
    sys.exit(any(codes))


if __name__ == "__main__":
    main()
