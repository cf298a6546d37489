#!/usr/bin/env bash
# cffconvert: the citation that a file prefers is left out.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv --without-pip env
python3 -m pip --python env/bin/python install --quiet --no-compile cffconvert==2.0.0
cat > CITATION.cff <<'EOF'
cff-version: 1.2.0
message: Please cite the article.
title: A limit code
type: software
authors: [{family-names: Doe, given-names: Jo}]
preferred-citation:
  type: article
  title: The article on the limit
  authors: [{family-names: Roe, given-names: Ann}]
  journal: Journal of Limits
  year: 2025
EOF
valid=$(env/bin/cffconvert --validate)
bibtex=$(env/bin/cffconvert -f bibtex)

echo "package: cffconvert $(env/bin/cffconvert --version)"
echo "guess:   BibTeX of a file with preferred-citation is that of the article, as on GitHub"
echo "seen:    $valid The BibTeX is"
echo "$bibtex"
echo "source:  https://github.com/citation-file-format/cffconvert/issues/158"
grep -q 'A limit code' <<< "$bibtex" || { echo "the software is no longer cited" >&2; exit 1; }
if grep -q 'The article' <<< "$bibtex"; then echo "the article is cited now" >&2; exit 1; fi
