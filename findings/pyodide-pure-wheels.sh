#!/usr/bin/env bash
# Pyodide: the lock file names pure wheels as PyPI does, with hashes that no file of PyPI has.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm pack --silent pyodide@314.0.3 > archive.txt
tar xzf "$(cat archive.txt)" package/pyodide-lock.json
python3 -m pip download --quiet --no-deps --only-binary :all: --python-version 3.14 --platform any \
  --implementation py --abi none --dest wheels \
  six==1.17.0 cycler==0.12.1 click==8.3.1 ipython==9.12.0
cat > compare.py <<'EOF'
import hashlib
import json
from pathlib import Path

packages = json.loads(Path("package/pyodide-lock.json").read_bytes())["packages"].values()
locked = {entry["file_name"]: entry["sha256"] for entry in packages}
for wheel in sorted(Path("wheels").iterdir()):
    here = hashlib.sha256(wheel.read_bytes()).hexdigest()
    same = "same" if here == locked[wheel.name] else "other"
    print(f"{wheel.name:34} {here[:8]} from PyPI, {locked[wheel.name][:8]} in the lock: {same}")
EOF
seen=$(python3 compare.py)

echo "package: pyodide 314.0.3 from npm; six 1.17.0, cycler 0.12.1, click 8.3.1, ipython 9.12.0"
echo "guess:   a wheel for any platform, named as on PyPI, is PyPI's, and passes the lock's sha256"
echo "seen:    ${seen//$'\n'/$'\n'         }"
echo "source:  pyodide-lock.json in the package: Pyodide packs what it passes on again; its wheels of"
echo "         six and cycler hold, file by file, what PyPI's hold, under the same name and size"
[[ $(grep -c 'other$' <<< "$seen") == 4 && $(wc -l <<< "$seen") == 4 ]]
