#!/usr/bin/env bash
# Sphinx: nitpick_ignore written as lists, all that YAML has, ignores nothing and says nothing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile sphinx==9.0.4
mkdir page
cat > page/index.rst <<'EOF'
Page
====

:py:class:`elsewhere.Thing`
EOF

build() { # builds with the given line in the configuration; fails on any warning
  printf 'nitpicky = True\n%s\n' "$1" > page/conf.py
  rm -rf out
  env/bin/python -m sphinx -q -W -b text page out 2>> log.txt
}
seen=
for line in 'nitpick_ignore = [("py:class", "elsewhere.Thing")]' \
  'nitpick_ignore = [["py:class", "elsewhere.Thing"]]' \
  'nitpick_ignore_regex = [["py:class", r"elsewhere\..*"]]'; do
  if build "$line"; then seen+="ignored "; else seen+="warned "; fi
done

echo "package: sphinx $(env/bin/python -c 'import sphinx; print(sphinx.__version__)')"
echo "guess:   a list of pairs is a list of pairs, also from the _config.yml of Jupyter Book; or an error"
echo "seen:    tuples, lists, lists of regular expressions: $seen; not a word on the lists themselves:"
sed 's/^.*index.rst/         index.rst/' log.txt
echo "source:  sphinx/transforms/post_transforms/__init__.py (the pair is looked up as a tuple);"
echo "         https://www.sphinx-doc.org/en/master/usage/configuration.html#confval-nitpick_ignore"
[[ $seen == "ignored warned ignored " ]]
[[ $(grep -c WARNING log.txt) == 1 ]]
