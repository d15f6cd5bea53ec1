#!/bin/sh
# Lint the OpenAPI documents with Redocly; run by `make check`. Redocly is pinned by hash (package-lock.json) and fetched once.
set -eu
cd "$(dirname "$0")/../.."
here=deploy/openapi
sh deploy/npm.sh "$here"
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
sh deploy/node.sh node "$here/node_modules/@redocly/cli/bin/cli.js" lint --config "$here/redocly.yaml" --format=stylish \
    services/*/openapi.json
