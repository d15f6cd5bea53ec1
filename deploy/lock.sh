#!/bin/sh
# Pin every dependency with its hash. Index addresses and local packages stay out of the file.
set -eu
cd "$(dirname "$0")/.."
uv pip compile -q pyproject.toml --group dev --universal --python-version 3.12 --generate-hashes \
    --no-emit-index-url --no-header --no-annotate "$@" | grep -v '^-e ' > requirements.txt.new
mv requirements.txt.new requirements.txt
