#!/bin/sh
# Finds a Chromium for the tests: the one present, else the system's package, else Playwright's own download.
set -eu
cd "$(dirname "$0")/.."
venv=${VENV:-.venv}

works() { [ -n "$1" ] && "$1" --version >/dev/null 2>&1; }

present() {
    for candidate in "${KAIRN_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
        found=$(command -v "$candidate" 2>/dev/null || true)
        if works "$found"; then echo "$found"; return; fi
    done
    found=$("$venv/bin/python" -c 'from playwright.sync_api import sync_playwright as p
with p() as each: print(each.chromium.executable_path)' 2>/dev/null || true)
    if works "$found"; then echo "$found"; fi
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

from_the_system() {
    command -v apt-get >/dev/null || return 0
    echo "No Chromium here: asking apt-get for one"
    as_root apt-get update -qq >/dev/null 2>&1 && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null 2>&1 || true
}

from_playwright() {
    echo "No Chromium from the system: asking Playwright to download one"
    "$venv/bin/playwright" install chromium >/dev/null 2>&1 || true
}

browser=$(present)
[ -n "$browser" ] || { from_the_system; browser=$(present); }
[ -n "$browser" ] || { from_playwright; browser=$(present); }
if [ -n "$browser" ]; then
    echo "$browser" > "$venv/.browser"
    exit 0
fi
rm -f "$venv/.browser"
echo "No Chromium could be found or installed, so tests in a browser will be skipped. This mends it: sudo apt-get install chromium (or: $venv/bin/playwright install --with-deps chromium)" >&2
[ "${CI:-}" != true ]
