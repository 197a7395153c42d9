#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every benchmark of the release build one after another. Arguments go to each: make bench ARGS='--benchmark_filter=normal'.
set -euo pipefail
cd "$(dirname "$0")/.."
shopt -s nullglob
programs=()
for program in build/bench/*_bench; do [ -x "$program" ] && programs+=("$program"); done
if [ ${#programs[@]} -eq 0 ]; then
  echo "no benchmark was built: build/bench/*_bench" >&2
  exit 1
fi
for program in "${programs[@]}"; do
  echo "== $program"
  "$program" "$@"
done
echo "== bench/startup.py"
.venv/bin/python bench/startup.py
