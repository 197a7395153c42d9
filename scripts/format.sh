#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# format.sh [--check]: rewrites the C++ sources in the house format (.clang-format), or only says which of them differ.
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t files < <(find include src apps python tests bench examples fuzz -name '*.hpp' -o -name '*.cpp' | sort)
if [ "${1:-}" = --check ]; then
  clang-format-14 --dry-run --Werror "${files[@]}" || { echo "Some files are not in the house format: make format" >&2; exit 1; }
else
  clang-format-14 -i "${files[@]}"
fi
