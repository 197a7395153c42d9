#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is too slow or too strict for every `make test`: format, lint, headers alone, sanitizers, slow tests, the minimal build, Arm
# under emulation, the model zoo. Goes on after a failure, so that one run tells everything; the last lines say what failed.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=()

step() {
  local name=$1
  shift
  echo "== $name"
  "$@" || { echo "FAILED: $name"; failed+=("$name"); }
}

lint() {
  # compile_commands.json lists the tests too; only what we ship is linted, without the flags of GCC that clang does not know.
  mkdir -p build/lint
  sed 's/ -fschedule-insns -fsched-pressure//' build/compile_commands.json >build/lint/compile_commands.json
  run-clang-tidy-14 -quiet -p build/lint -j "$(nproc)" "$PWD/(src|apps|python)/.*\.cpp$" >build/lint.log 2>&1 && return 0
  grep -E '(warning|error):' build/lint.log | sort -u | head -60
  echo "the whole output: build/lint.log"
  return 1
}

sanitized() {
  local preset=$1
  scripts/quietly.sh "build/$preset-configure.log" cmake --preset "$preset" &&
    cmake --build --preset "$preset" &&
    ctest --preset "$preset" --output-log "build/$preset-tests.log" --quiet ||
    { tail -40 "build/$preset-tests.log"; return 1; }
  tail -4 "build/$preset-tests.log"
}

minimal() {
  scripts/quietly.sh build/minimal-configure.log cmake --preset minimal &&
    scripts/quietly.sh build/minimal-build.log cmake --build --preset minimal && build/minimal/evenkeel --version
}

arm64() {
  scripts/arm64.sh >build/arm64.log 2>&1 || { tail -40 build/arm64.log; return 1; }
  tail -3 build/arm64.log
}

step "format" scripts/format.sh --check
step "headers alone" scripts/quietly.sh build/headers.log cmake --build --preset release --target all_verify_interface_header_sets
step "lint" lint
step "address and undefined-behaviour sanitizers" sanitized asan
step "thread sanitizer" sanitized tsan
step "minimal build" minimal
step "64-bit Arm, emulated" arm64
step "slow tests" .venv/bin/python scripts/run_tests.py --slow
step "model zoo" scripts/zoo.sh

if [ ${#failed[@]} -gt 0 ]; then
  printf 'check failed: %s\n' "${failed[@]}"
  exit 1
fi
echo "check passed"
