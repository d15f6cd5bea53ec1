#!/bin/sh
# Print the path of a Chromium for tests. The machine's own; else Debian's package (as root); else Playwright's download.
# Installs fonts with Chinese characters too, where it may: without them screenshots show boxes.
set -eu
cd "$(dirname "$0")/.."

has() { command -v "$1" >/dev/null 2>&1; }
debian() { [ "$(id -u)" = 0 ] && has apt-get && apt-get -qq update && apt-get -qq install -y --no-install-recommends "$@"; }
found() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        if has "$name"; then
            command -v "$name"
            return
        fi
    done
    mac="/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    [ -x "$mac" ] && echo "$mac"
}
downloaded() {
    .venv/bin/python -c 'from playwright.sync_api import sync_playwright as start
with start() as playwright: print(playwright.chromium.executable_path)'
}

if has fc-list && [ -z "$(fc-list :lang=zh-cn)" ]; then
    DEBIAN_FRONTEND=noninteractive debian fonts-noto-cjk >&2 || echo "No Chinese fonts: install some to see screenshots" >&2
fi
if ! found; then
    if ! DEBIAN_FRONTEND=noninteractive debian chromium fonts-noto-cjk >&2 || ! found; then
        [ -x "$(downloaded)" ] || .venv/bin/playwright install chromium >&2 || {
            echo "No Chromium: none on this machine, and neither apt-get nor Playwright could install one" >&2
            exit 1
        }
        downloaded
    fi
fi
