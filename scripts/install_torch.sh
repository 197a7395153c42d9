#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# install_torch.sh FOLDER: PyTorch for CPUs into a Python environment, where pip has it (requirements-torch.txt); asked once per list. A
# PyTorch that stands there already is taken as it is.
set -euo pipefail
folder=$1
here=$(cd "$(dirname "$0")" && pwd)
requirements="$here/requirements-torch.txt"

key=$(sha256sum <"$requirements" | cut -d' ' -f1)
stamp="$folder/.torch.sha256"
[ "$(cat "$stamp" 2>/dev/null)" = "$key" ] && exit 0
if ! "$folder/bin/python" -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("torch") is None)'; then
  echo "Looking for PyTorch (the build for CPUs)"
  log="$folder/torch.log"
  if ! "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements" >"$log" 2>&1; then
    if ! grep -q 'No matching distribution found for torch' "$log"; then
      cat "$log" >&2
      exit 1
    fi
    echo "pip finds no PyTorch for CPUs here: the tests with PyTorch will be skipped. To run them, install any into $folder, for instance"
    echo "  $folder/bin/pip install torch    # on Linux this brings CUDA, several GB"
  fi
fi
echo "$key" >"$stamp"
