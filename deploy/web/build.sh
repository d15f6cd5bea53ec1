#!/bin/sh
# Build the web client and release it into web/dist, unless its sources are those of the last build. Run by `make up`.
set -eu
cd "$(dirname "$0")/../.."
sh deploy/npm.sh web
exec sh deploy/node.sh node deploy/web/build.mjs "$@"
