#!/bin/sh
# Install the packages that a folder's package-lock.json pins, unless they are there: `sh deploy/npm.sh web`.
set -eu
cd "$(dirname "$0")/.."
if ! cmp -s "$1/package-lock.json" "$1/node_modules/installed.json"; then
    echo "Installing the pinned packages of $1"
    sh deploy/node.sh npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund --silent
    cp "$1/package-lock.json" "$1/node_modules/installed.json"
fi
