#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh [--seconds N] [--corpus FOLDER] [TARGET...]: runs the programs of the fuzz preset one after another (all of them, a minute each).
# The corpus grows in FOLDER/TARGET (default build/fuzz-corpus); a finding is written to build/fuzz-findings and ends the run with 1.
# The limits say what a bad file may cost: 20 s under the sanitizers, one block of 256 MB, 2 GB in all.
set -uo pipefail
cd "$(dirname "$0")/.."
seconds=60
corpus=build/fuzz-corpus
targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) seconds=$2; shift 2 ;;
    --corpus) corpus=$2; shift 2 ;;
    *) targets+=("$1"); shift ;;
  esac
done
programs=${EVENKEEL_FUZZ_PROGRAMS:-build/libfuzzer/fuzz}
if [ ${#targets[@]} -eq 0 ]; then
  for program in "$programs"/fuzz_*; do [ -x "$program" ] && targets+=("${program##*/fuzz_}"); done
fi
[ ${#targets[@]} -gt 0 ] || { echo "no fuzz program was built: $programs/fuzz_*" >&2; exit 1; }

export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:allocator_may_return_null=0:quarantine_size_mb=32}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
status=0
for target in "${targets[@]}"; do
  mkdir -p "$corpus/$target" build/fuzz-findings
  words=()
  [ -f "fuzz/$target.dict" ] && words=("-dict=fuzz/$target.dict")
  "$programs/fuzz_$target" -max_total_time="$seconds" -timeout=20 -malloc_limit_mb=256 -rss_limit_mb=2048 -max_len=65536 \
    -artifact_prefix="build/fuzz-findings/$target-" -print_final_stats=1 "${words[@]}" "$corpus/$target" >"build/fuzz-$target.log" 2>&1 ||
    { status=1; grep -E 'ERROR|SUMMARY|does not hold|unexpected error' "build/fuzz-$target.log" | head -5; }
  echo "$target: $(grep -E '#[0-9]+' "build/fuzz-$target.log" | tail -1), $(grep -E 'number_of_executed_units' "build/fuzz-$target.log")"
done
exit $status
