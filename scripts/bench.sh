#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every benchmark of the release build one after another, then the comparison with other libraries, from which docs/performance.md is
# written. Arguments go to the C++ programs: make bench ARGS='--benchmark_filter=normal'. PEERS holds options of bench/peers/fill.py.
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
.venv-bench/bin/python bench/startup.py
echo "== bench/peers/fill.py"
# shellcheck disable=SC2086
PYTHONPATH=build/python .venv-bench/bin/python bench/peers/fill.py --json build/performance.json ${PEERS:-}
[ -n "${PEERS:-}" ] && exit 0 # the page is written from whole runs
cp build/performance.json docs/performance.json
.venv-bench/bin/python bench/peers/page.py docs/performance.json docs/performance.md
