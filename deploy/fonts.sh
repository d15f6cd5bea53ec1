#!/bin/sh
# Fonts for rare characters (L-18), from Debian packages, into <environment>/share/fonts/zongping. No Python package has them.
# Needs apt-get and dpkg-deb, but no root. Run by deploy/setup.sh, and when an image is built: sh deploy/fonts.sh /path/of/venv
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1/share/fonts/zongping"
target=$(cd "$1/share/fonts/zongping" && pwd)
cmp -s "$here/fonts.txt" "$target/installed.txt" && exit 0
if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-deb >/dev/null 2>&1; then
    echo "No apt-get here: rare characters will be printed as 〓. Put the fonts of deploy/fonts.txt into $target" >&2
    exit 0
fi
echo "Getting fonts for rare characters"
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
chmod 755 "$temporary"
packages=$(grep -v '^#' "$here/fonts.txt" | cut -d' ' -f1 | sort -u)
own="-o Dir::State::Lists=$temporary/lists -o Dir::Cache=$temporary/cache"
cd "$temporary"
mkdir -p lists/partial cache/archives/partial
# shellcheck disable=SC2086 # one word per package and per option
apt-get -qq download $packages >/dev/null 2>&1 ||
    { apt-get -qq $own update >/dev/null && apt-get -qq $own download $packages >/dev/null 2>&1; }
for package in *.deb; do
    dpkg-deb -x "$package" unpacked
done
grep -v '^#' "$here/fonts.txt" | while read -r package file; do
    found=$(find "$temporary/unpacked" -name "$file" | head -n 1)
    if [ -z "$found" ]; then
        echo "$package has no $file: what only it has will be printed as 〓" >&2
        continue
    fi
    cp "$found" "$target/$file"
done
cp "$here/fonts.txt" "$target/installed.txt"
