#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# quietly.sh LOG COMMAND...: runs the command with its output in LOG, and prints that output only where the command fails.
set -euo pipefail
log=$1
shift
mkdir -p "$(dirname "$log")"
if ! "$@" >"$log" 2>&1; then
  cat "$log" >&2
  echo "failed: $*" >&2
  exit 1
fi
