#!/usr/bin/env bash
# pylhe: whoever counts the events of a file writes a file without events.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile pylhe==2.1.0 awkward==2.14.0 vector==1.9.0 numpy==2.4.6
env/bin/python -W ignore - <<'EOF'
from importlib.metadata import version
from pathlib import Path

import pylhe

EVENT = """<event>
2 1 1.0 10.0 0.0073 0.1
 22 1 0 0 0 0 0.0 0.0 5.0 5.0 0.0 0.0 9.0
 12 1 0 0 0 0 0.0 0.0 -5.0 5.0 0.0 0.0 9.0
</event>
"""
Path("in.lhe").write_text(
    '<LesHouchesEvents version="3.0">\n<init>\n11 -11 5.0 5.0 0 0 0 0 3 1\n'
    "1.0 0.1 1.0 1\n</init>\n" + 3 * EVENT + "</LesHouchesEvents>\n"
)
file = pylhe.LHEFile.fromfile("in.lhe")
counted = sum(1 for _ in file.events)
file.tofile("out.lhe")
written = pylhe.LHEFile.count_events("out.lhe")
as_list = len(pylhe.LHEFile.fromfile("in.lhe", generator=False).events)

print("package:", "pylhe", version("pylhe"))
print("guess:   a file read, its events counted, is written with the same events")
print(f"seen:    {counted} events counted, {written} written, no error")
print(f"         (generator=False reads a list of {as_list})")
print("source:  pylhe/__init__.py, LHEFile.fromfile(generator=True): events are a generator, spent once")
assert (counted, written, as_list) == (3, 0, 3), "the events changed"
EOF
