"""How long the commands of the README take, beside those of an earlier commit, in one run.

`python benchmarks/commands.py` clones both commits, gives both the environment of this checkout,
and times each command in one clone right after the other.  Names of rows choose some of them:
`commands.py book chapter`.  Times are those of the clock; what is stored for the chapter on speed
says of which commits it is.  What a command says of its own steps is stored beside it: where the
time goes, and why an aim was missed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

import pandas as pd
from run import store

ROOT = Path(__file__).resolve().parents[1]
BEFORE = "8c34b35"  # chapters executed one after the other by the builder of the pages

# Each row goes on where the one before has ended: its words, what is edited, command, aim. Only the
# last has clones of its own: `make lint` finds fault with an edited module.
ROWS = {
    "book": ("`make book`, fresh clone", (), ["make", "book"], 0.5),
    "chapter": (
        "`make book`, one chapter edited",
        ("notebooks/signal.md", "notebooks/signal.ipynb"),
        ["make", "book"],
        0.22,
    ),
    "function": ("`make book`, nudp edited", ("nudp/signal.py",), ["make", "book"], 0.45),
    "beyond": (
        "`make book`, nudp/beyond edited",
        ("nudp/beyond/radiation.py",),
        ["make", "book"],
        0.45,
    ),
    "test": ("`make test`", (), ["make", "test"], 2.4),
    "scan": ("`scan`, 20 searches at 1,000 masses", (), [sys.executable, "-c"], 0.1),
    "ci": ("`.ci/run`", (), [".ci/run"], 0.8),
}
# A scan is short beside the imports: the process times itself, and prints the best of five.
SCAN = """
import timeit, warnings
from dataclasses import replace
import numpy as np, nudp
warnings.simplefilter("ignore")
from nudp.scan import scan
run = nudp.searches.STCF_4GEV
searches = {n: replace(run, luminosity=float(n)) for n in range(1, 21)}
masses = np.geomspace(0.01, 3.9, 1000)
print(min(timeit.repeat(lambda: scan(searches, masses, nudp.DIRAC), number=1, repeat=5)))
"""


def both(folder):
    """Return clones of both commits, without anything that git does not have."""
    clones = [folder / commit for commit in (BEFORE, "HEAD")]
    for path in clones:
        subprocess.run(["git", "clone", "--quiet", "--no-local", ROOT, path], check=True)
        subprocess.run(["git", "checkout", "--quiet", "--detach", path.name], cwd=path, check=True)
    return clones


def edit(path):
    """Change a word of a chapter, or add a comment to a module."""
    text = path.read_text(encoding="utf-8")
    changed = text.replace("computes how often", "computes how very often", 1)
    path.write_text(f"{text}# edited\n" if path.suffix == ".py" else changed, encoding="utf-8")


def timed(command, folder, prefix=Path(sys.prefix)):
    """Time of a command in a clone, by the clock [s], and what it printed."""
    # what `make` tells its children is not for a make of its own
    kept = {k: v for k, v in os.environ.items() if k not in ("MAKELEVEL", "MFLAGS")}
    # the environment is newer than its lock file says, and nudp is that of the clone
    kept |= {"PYTHONPATH": str(folder)}
    if command[0] == "make":
        command = [*command, f"VENV={prefix}", f"--old-file={prefix / '.ready'}"]
    if command[0] == sys.executable:
        command = [*command, SCAN]
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=kept, capture_output=True, text=True, check=False
    )
    clock = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout[-9000:]}\n{done.stderr[-3000:]}")
    return float(done.stdout) if command[-1] == SCAN else clock, done.stdout + done.stderr


def steps(output):
    """Times of the steps that a command says it has done [s]: chapters, commands of make."""
    each = r"^make ([a-z][\w =-]*): ([\d.]+) s$"
    found = {f"`make {name}`": float(time) for name, time in re.findall(each, output, re.MULTILINE)}
    # as `execute.py` says it, and as the builder of the pages did
    alone = re.findall(
        r"^\S+\.md: (\d+) s$|Executed notebook in ([\d.]+) seconds", output, re.MULTILINE
    )
    chapters = [float(now or before) for now, before in alone]
    if not found:
        found = {"chapters executed": len(chapters), "their times added": sum(chapters)}
    return pd.Series(found, dtype=float)


def measured(names):
    """After each command: times before and now, their ratio, what it should be, and its steps."""
    rows, inside = [], []
    with tempfile.TemporaryDirectory() as folder:
        # a test of the earlier version runs as another user, who has to find the environment
        Path(folder).chmod(0o755)
        old, new = both(Path(folder))
        # it executes every chapter each time, whatever was edited
        earlier = cache(lambda *command: timed(list(command), old))
        for name in names:
            what, files, command, goal = ROWS[name]
            if name == "ci":
                old, new = both(Path(folder) / name)
            for file in files:
                edit(new / file)
            (before, said), (now, says) = earlier(*command), timed(command, new)
            rows.append((what, before, now, now / before, goal))
            if name in ("book", "ci"):
                table = pd.DataFrame({"before": steps(said), "now": steps(says)})
                inside.append(table.rename_axis("step").reset_index().assign(what=what))
            columns = ["what", "before_s", "now_s", "ratio", "goal"]
            yield pd.DataFrame(rows, columns=columns), inside


def main(names):
    """Measure, print and store, one row after the other: the last takes most of the time."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.check_output(command, cwd=ROOT, text=True).strip()
    of = f"commit {commit} beside {BEFORE}, {os.cpu_count()} cores"
    for table, inside in measured(names or ROWS):
        print(table.tail(1).to_string(index=False, float_format="%.3g"), flush=True)
        store("commands", table, of)
        if inside:
            store("commands-steps", pd.concat(inside), of)


if __name__ == "__main__":
    main(sys.argv[1:])
