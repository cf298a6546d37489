#!/usr/bin/env bash
# root: the wheel's root-config names folders that are not in the wheel.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile root==0.1a12 numpy==2.4.6
env/bin/python - <<'EOF'
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

home = Path(find_spec("ROOT").origin).parent
told = {
    what: Path(subprocess.check_output([home / "bin/root-config", f"--{what}dir"], text=True).strip())
    for what in ("inc", "lib")
}

print("package:", "root", version("root"))
print("guess:   a program is compiled with what root-config prints")
for what, folder in told.items():
    print(f"seen:    --{what}dir is ROOT/{folder.relative_to(home)}: there {folder.exists()}")
print(f"         ROOT/include/TROOT.h: there {(home / 'include/TROOT.h').exists()}")
print("source:  ROOT/bin/root-config; its prefix is that of the build")
assert not any(folder.exists() for folder in told.values()), "the paths changed"
assert (home / "include/TROOT.h").exists() and (home / "lib/libCore.so").exists()
EOF
