#!/usr/bin/env bash
# JupyterLite: the static site is built without its Python, which readers fetch from elsewhere.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile \
  jupyterlite-core==0.8.6 jupyterlite-pyodide-kernel==0.8.6
mkdir lite
PATH="$PWD/env/bin:$PATH" env/bin/jupyter-lite build --lite-dir lite --output-dir site > log.txt 2>&1 ||
  { cat log.txt >&2; exit 1; }
size=$(du -sm site | cut -f1)
inside=$(find site -name 'pyodide.asm.*' | wc -l)
outside=$(grep -rhoE --include='*.js' 'https://[^"]+/pyodide\.m?js' site | sort -u)

echo "package: jupyterlite-core 0.8.6 with jupyterlite-pyodide-kernel 0.8.6"
echo "guess:   what is built runs as it is, put on a server without a network beyond"
echo "seen:    of $size MB none is the interpreter ($inside files of it); the kernel asks"
echo "         $outside"
echo "         and nothing is said of it while building"
echo "source:  https://jupyterlite-pyodide-kernel.readthedocs.io (option --pyodide of the build)"
[[ $inside == 0 && $(wc -l <<< "$outside") == 1 && $outside == https://*/v314.0.6/* ]]
if grep -qi cdn log.txt; then echo "the build names it now" >&2; exit 1; fi
