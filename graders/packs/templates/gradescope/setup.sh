#!/usr/bin/env bash
# Builds the image that grades: Python 3.11 or newer, the libraries, the graders. The
# platform runs this once, as root, when the zip is uploaded.
#
# To try it on another machine:
#   AUTOGRADER_ROOT  a folder laid out like /autograder, in place of it
#   KATA_PYTHON      an interpreter that has the libraries; nothing is installed then
set -euo pipefail

root=${AUTOGRADER_ROOT:-/autograder}
source=$root/source
venv=$root/venv
in_venv=$venv/bin/python

packages_of() {
    "$1" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    local name
    for name in python3.13 python3.12 python3.11 python3; do
        if is_new_enough "$name"; then
            echo "$name"
            return
        fi
    done
    return 1
}

rm -rf "$venv"
if [ -n "${KATA_PYTHON:-}" ]; then
    "$KATA_PYTHON" -m venv --without-pip "$venv"
    packages_of "$KATA_PYTHON" > "$(packages_of "$in_venv")/libraries.pth"
else
    export DEBIAN_FRONTEND=noninteractive
    apt-get update
    # Ubuntu 22.04 has Python 3.10 on board and 3.11 among its packages.
    python=$(find_python) || { apt-get install -y python3.11; python=python3.11; }
    version=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
    "$python" -m ensurepip --version > /dev/null 2>&1 ||
        apt-get install -y "$version-venv"
    "$python" -m venv "$venv"
    "$in_venv" -m pip install --upgrade pip
    "$in_venv" -m pip install -r "$source/requirements.txt"
fi
# They run where they are, apart from the libraries, which a submission may read.
echo "$source/grader" > "$(packages_of "$in_venv")/graders.pth"

# A grader that cannot work here must not be found out by the first learner.
. "$source/settings.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
code=0
"$in_venv" -I -m graders.cli autograde "$KATA" "$source/grader/katas/$KATA/$FILE" \
    --sandbox "$SANDBOX" --out "$work/verdict.json" || code=$?
if [ "$code" != 1 ] || [ ! -e "$work/verdict.json" ]; then
    echo "The grader does not work here: the untouched starter was not just failed." >&2
    exit 1
fi
