#!/bin/sh
# Makes the virtual environment and installs what the lock files name; what is missing is said in a sentence.
set -eu
cd "$(dirname "$0")/.."
what=${1:-run}
venv=${VENV:-.venv}

stop() { printf '\n%s\n' "$*" >&2; exit 1; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if new_enough "$candidate"; then echo "$candidate"; return; fi
    done
    stop "Python 3.11 or newer was not found. Install it (Debian: apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3 setup"
}

make_venv() {
    python=$(find_python)
    mkdir -p "$venv" 2>/dev/null && [ -w "$venv" ] || stop "This folder cannot be written: $(pwd). Clone Kairn where you may write, or: make VENV=\$HOME/kairn-venv run"
    echo "Making $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv" ||
        stop "Python could not make a virtual environment. Debian and Ubuntu keep that part in a package of its own: apt-get install python3-venv"
}

unreached() {
    stop "The packages could not be installed. Either the package registry was not reached (check the network, a proxy, or pip's own settings), or this" \
        "machine has no ready-made build of a package named above (Kairn needs no compiler on Linux and macOS, x86-64 or arm64). Nothing half-done is kept: run make again."
}

[ -x "$venv/bin/python" ] && new_enough "$venv/bin/python" || make_venv
[ -w "$venv" ] || stop "$venv belongs to somebody else. Remove it, or keep your own: make VENV=\$HOME/kairn-venv $what"
[ -x "$venv/bin/uv" ] || "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements/uv.txt || unreached

echo "Installing the packages of requirements/$what.txt"
VIRTUAL_ENV=$(cd "$venv" && pwd)
export VIRTUAL_ENV
"$venv/bin/uv" pip install --require-hashes --no-deps --no-build -r "requirements/$what.txt" || unreached
"$venv/bin/uv" pip install --quiet --no-deps --no-index --no-build-isolation --editable . || unreached
touch "$venv/.$what"
