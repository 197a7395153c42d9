#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The numbers on another processor: compiles the layers that make them (base, rng, fill, linalg) and their tests for 64-bit Arm and runs
# these under QEMU, the NEON kernels and the golden values among them. A few files and no CMake, since the other libraries need not exist
# for Arm here. GoogleTest comes from its sources, fmt and Highway are used as headers.
set -euo pipefail
cd "$(dirname "$0")/.."
out=build/arm64
mkdir -p "$out"
googletest=/usr/src/googletest/googletest
export common="-std=c++20 -O2 -ffp-contract=off -Wall -Wextra -Wno-missing-field-initializers -DFMT_HEADER_ONLY
  -DEVENKEEL_TEST_DATA=\"$PWD/tests\" -Iinclude -Isrc -Itests
  -I$googletest/include -I$googletest -idirafter /usr/include"
export out

compile() {
  local source=$1 flags=()
  case $source in
    src/fill/neon.cpp | src/linalg/neon_kernel.cpp) flags=(-O3 -march=armv8-a+crypto) ;;
    src/fill/portable.cpp) flags=(-O3) ;;
    tests/unit/linalg/*) flags=(-I/usr/include/eigen3 -w) ;;
  esac
  # shellcheck disable=SC2086
  aarch64-linux-gnu-g++ $common "${flags[@]}" -MMD -c "$source" -o "$out/$(echo "$source" | tr / _).o"
}
export -f compile

kernels="src/linalg/orthogonal.cpp src/linalg/reflectors.cpp src/linalg/product_kernel.cpp src/linalg/portable_kernel.cpp
  src/linalg/arm_kernels.cpp src/linalg/neon_kernel.cpp"
tests="tests/backend/backends_agree_test.cpp tests/backend/philox_kernels_test.cpp tests/backend/stream_vectors_test.cpp
  tests/unit/linalg/orthogonal_test.cpp"
rm -f "$out"/*.o
# shellcheck disable=SC2086
printf '%s\n' src/base/*.cpp src/rng/*.cpp src/fill/*.cpp $kernels $tests tests/unit/fill/*_test.cpp tests/unit/rng/*_test.cpp \
  "$googletest/src/gtest-all.cc" "$googletest/src/gtest_main.cc" | xargs -P "$(nproc)" -I{} bash -c 'compile "$@"' _ {}
aarch64-linux-gnu-g++ "$out"/*.o -o "$out/tests" -lpthread
# One test starts its own program again, which the emulator does not see to.
qemu-aarch64 -L /usr/aarch64-linux-gnu "$out/tests" --gtest_brief=1 --gtest_filter=-fill.the_forced_backend_is_the_active_one "$@"
