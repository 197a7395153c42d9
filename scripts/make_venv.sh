#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make_venv.sh FOLDER REQUIREMENTS: a Python environment that holds exactly the pinned list. Keyed on the list's hash: a second run
# does nothing.
set -euo pipefail
folder=$1
requirements=$2
here=$(cd "$(dirname "$0")" && pwd)

key=$(sha256sum <"$requirements" | cut -d' ' -f1)
stamp="$folder/.requirements.sha256"
# The path is part of the key, since an environment cannot be moved.
wanted="$key $(cd "$(dirname "$folder")" && pwd)/$(basename "$folder")"
if [ -x "$folder/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then exit 0; fi

python=${PYTHON:-python3}
if ! command -v "$python" >/dev/null; then
  echo "No Python found (looked for '$python'). Install Python 3.11 or newer, or name it:  make test PYTHON=/path/to/python3" >&2
  exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "Python 3.11 or newer is needed, $("$python" --version) was found. Name another:  make test PYTHON=/path/to/python3" >&2
  exit 1
fi
# Debian ships venv without the part that installs pip.
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then "$here/install_packages.sh" venv; fi

echo "Making the Python environment $folder"
rm -rf "$folder"
"$python" -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements"
echo "$wanted" >"$stamp"
