#!/usr/bin/env bash
# Pyodide: loading a package that cannot be had succeeds; the import fails later.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm pack --silent pyodide@314.0.3 > archive.txt
tar xzf "$(cat archive.txt)"
cat > load.mjs <<'EOF'
import { loadPyodide } from "./package/pyodide.mjs";
// nobody listens there
const packages = { packageCacheDir: `${process.cwd()}/cache`, packageBaseUrl: "http://127.0.0.1:9/" };
const python = await loadPyodide(packages);
const said = [];
const listening = { messageCallback: () => {}, errorCallback: text => said.push(text) };
const end = await python.loadPackage("six", listening).then(
    given => `kept, with ${JSON.stringify(given)}`, error => `broken: ${error.message}`,
);
const found = python.runPython(`
try:
    import six
    found = "works"
except ModuleNotFoundError:
    found = "fails"
found`);
console.log(`the promise is ${end}; import six ${found}; errorCallback heard`);
said.forEach(text => console.log(`         "${text}"`));
EOF
seen=$(node load.mjs)

echo "package: pyodide 314.0.3 from npm, in Node $(node --version)"
echo "guess:   the promise of loadPackage is broken if the package is not loaded"
echo "seen:    $seen"
echo "source:  https://pyodide.org/en/stable/usage/api/js-api.html#pyodide.loadPackage (the promise"
echo "         gives what has been loaded, and errorCallback, console.error by default, hears the rest)"
[[ $(head -n 1 <<< "$seen") == "the promise is kept, with []; import six fails; errorCallback heard" ]]
