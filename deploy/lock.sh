#!/bin/sh
# Pin every dependency of all members with its hash. Index addresses and local packages stay out of the file.
# Pins that still fit are kept; `--upgrade` takes the newest.
set -eu
cd "$(dirname "$0")/.."
new=requirements.txt.new
cp requirements.txt "$new"
uv pip compile -q --group dev */pyproject.toml */*/pyproject.toml --universal --python-version 3.12 --generate-hashes \
    --no-emit-index-url --no-header --no-annotate -o "$new" "$@" > /dev/null
grep -v '^-e ' "$new" > requirements.txt
rm "$new"
