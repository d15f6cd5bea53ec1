#!/bin/sh
# Make .venv with everything pinned, from nothing but some python3. Run by `make setup`; safe to repeat.
# uv: the one on PATH, else one of our own in .tools. Python: 3.13 if there is one, 3.12 or later will do, else uv gets it.
set -eu
cd "$(dirname "$0")/.."
uv_version=0.13.9

works() { "$1" -c 'import sys, ssl, ctypes; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; }
real() { "$1" -c 'import sys; print(sys._base_executable)'; } # not the environment it may be in

find_python() {
    for name in python3.13 python3.14 python3.12 python3; do
        # every one on PATH, not the first alone: a shim of a version manager may be there and yet start nothing
        for folder in $(echo "$PATH" | tr ':' ' ') "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9]*/bin; do
            if [ -x "$folder/$name" ] && works "$folder/$name"; then
                real "$folder/$name"
                return
            fi
        done
    done
    echo 3.13
}

find_uv() {
    if uv --version >/dev/null 2>&1; then
        command -v uv
        return
    fi
    if [ "$(.tools/bin/uv --version 2>/dev/null | cut -d' ' -f2)" != "$uv_version" ]; then
        rm -rf .tools
        python=$1
        [ -x "$python" ] || python=python3
        "$python" -m venv .tools >&2
        .tools/bin/python -m pip install --quiet "uv==$uv_version" >&2
    fi
    echo "$PWD/.tools/bin/uv"
}

python=$(find_python)
uv=$(find_uv "$python")
if ! works .venv/bin/python; then
    echo "Making .venv with $python"
    "$uv" venv --quiet --clear --python "$python" .venv
fi
echo "Installing the pinned packages"
"$uv" pip sync --quiet --compile-bytecode --python .venv/bin/python --require-hashes requirements.txt
sh deploy/fonts.sh .venv || echo "No fonts for rare characters: they will be printed as 〓 (docs/fonts.md)" >&2
members="" sources=""
for project in */pyproject.toml */*/pyproject.toml; do
    folder=${project%/*}
    members="$members -e ./$folder" sources="$sources $folder/src"
done
# shellcheck disable=SC2086 # one word per member, here and below
"$uv" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation $members
# Compiled once here, or else every process of the first start (where Python may write nothing, of every start) compiles
# all it imports: more than half of the time until the platform is ready. Python compiles again what is edited.
.venv/bin/python -m compileall -q $sources
touch .venv/.ready
